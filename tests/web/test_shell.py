"""The frame of every page and its pieces: valid, without anything inline, in both languages, in every state."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import render_template_string

from archive.clikit.declared import Ask
from archive.values import Level, LoanState
from archive.words import Language, say
from tests.web.browser import markup
from web import menus

GALLERY = """
{% extends "base.html" %}{% import "macros.html" as m with context %}
{% block title %}Gallery{% endblock %}
{% block crumbs %}{{ m.crumbs([("A", "/"), ("B", None)]) }}{% endblock %}
{% block main %}
{% call m.page_head("Head", "below") %}<a class="btn" href="/">x</a>{% endcall %}
{{ m.tabs([("one", "/", true, 3), ("two", "/dashboard", false)]) }}
<div class="kpis">{{ m.kpi("label", 3, "/dashboard", "hint", "bad") }}{{ m.kpi("label", 3) }}</div>
{% call m.card("Card", "/") %}{{ m.note("told", "warn") }}{{ m.meter(3, 4, "fill") }}{{ m.chips([("a", "/"), ("b", "")]) }}{% endcall %}
{{ m.empty("Nothing", "do this") }}{{ m.badge(state) }}{{ m.badge(none) }}{{ m.level(level) }}{{ m.state("x", "good") }}{{ m.file_size(1234567) }}
{% call(row) m.table(rows, ["code", "title", "level", "state", "pages"], link=link, checks="codes") %}<a class="btn" href="/">{{ row.code }}</a>{% endcall %}
{{ m.sheet(rows[0], ["code", "title", "level"]) }}{{ m.timeline([(now, "who", "what", "more")]) }}
{{ m.facets("Year", [("2024", 3, "/?year=2024", true)]) }}{{ m.pager(2, true, link, 90) }}
<form method="post" action="/x">{{ m.csrf() }}{% for ask in asks %}{{ m.field(ask, none, "wrong" if loop.index == 2 else "") }}{% endfor %}
{{ m.check("yes", "Yes", true) }}{{ m.area("words", "Words", "<b>") }}</form>
{{ m.act_button("loan/lend", {"code": "a&b"}, icon_name="check") }}{{ m.post_button("/x", "Do", {"a": "1"}, "btn-danger", "Sure?") }}
{{ m.chart(svg) }}
{% endblock %}
"""
KINDS = ("text", "secret", "whole", "number", "flag", "choice", "day", "pairs")
ROWS = [
    {"code": "K001-1", "title": "<script>alert(1)</script> 很长的题名" * 2, "level": Level.SECRET, "state": LoanState.OUT, "pages": 7},
    {"code": "K001-2", "title": "", "level": Level.PUBLIC, "state": LoanState.RETURNED, "pages": 0},
]  # fmt: skip


def gallery(site, template=GALLERY):
    from archive.charts import Bars, svg

    asks = [Ask(f"ask_{kind}", kind, "问 / Ask", required=True, many=many, choices=(("A", None), ("B", "word.yes")))
            for kind in KINDS for many in (False,)] + [Ask("many", "choice", "多 / Many", many=True, choices=(("A", None),))]  # fmt: skip
    drawing = svg(Bars("T", "D", ["a"], [("p", [1])], wide=520, tall=300), "x-")
    with site.app.test_request_context("/gallery?a=1"):
        return render_template_string(
            template, rows=ROWS, state=LoanState.OUT, level=Level.CONFIDENTIAL, asks=asks, svg=drawing,
            now=dt.datetime(2026, 3, 2, tzinfo=dt.UTC), link=lambda _: "/dashboard",
            me=None, menu=[], language=Language.ZH,
        )  # fmt: skip


def test_every_piece_is_valid_and_nothing_in_it_runs(shared):
    html = gallery(shared)

    assert markup.faults(markup.page_of(html)) == []
    assert "<script>alert" not in html
    assert html.count("is-invalid") == 1
    assert 'aria-describedby="f-ask-secret-error"' in html
    assert 'data-state="out"' in html
    assert 'class="num"' in html
    assert 'id="x-title"' in html


def test_witness_a_piece_with_a_style_and_an_id_twice_is_found(shared):
    broken = GALLERY.replace("{{ m.badge(none) }}", '<b style="x" id="main" onclick="y">z</b>')

    told = markup.faults(markup.page_of(gallery(shared, broken)))
    assert len([one for one in told if "style" in one or "onclick" in one or "main" in one]) == 3


@pytest.mark.parametrize("account", ["clerk", "archivist", "admin", "security", "auditor", "gm"])
@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_the_frame_of_every_post_is_valid_and_offers_only_what_the_menu_has(shared, account, tongue):
    visitor = shared.visitor(account)
    visitor.post("/language", {"to": tongue})
    answer = visitor.get("/do/whoami")
    html = answer.get_data(as_text=True)
    page = markup.page_of(html)

    assert markup.faults(page) == []
    assert markup.strangers(page, "http://localhost/do/whoami") == []
    assert f'lang="{"zh-CN" if tongue == "zh" else "en"}"' in html
    assert ('id="search"' in html) == (account in {"clerk", "archivist", "gm"})
    known = {entry.href for section in menus.MENU for entry in section.entries}
    side = next(one for one in page.elements if one.get("id") == "side")
    assert {one.get("href") for one in side.iter("a")} <= known
    assert say("web.shell.log-out", Language(tongue)) in html
    visitor.post("/language", {"to": "zh"})


def test_req_issue7_three_separated_administrators_see_three_different_menus(shared):
    def menu(account):
        page = markup.page_of(shared.visitor(account).get("/do/whoami").get_data(as_text=True))
        side = next(one for one in page.elements if one.get("id") == "side")
        return {one.get("href") for one in side.iter("a") if one.get("href").startswith(("/admin", "/audit"))}

    system, security, auditor = menu("admin"), menu("security"), menu("auditor")
    assert "/admin/settings" in system - security - auditor
    assert "/admin/matrix" in security - system - auditor
    assert "/audit" in auditor - system - security
    assert "/admin/people" in system & security
    assert "/admin/people" not in auditor


def test_the_log_in_page_and_the_page_of_an_error_are_valid(shared):
    for answer in (shared.nobody().get("/login"), shared.visitor("clerk").get("/no/such/page")):
        html = answer.get_data(as_text=True)
        assert markup.faults(markup.page_of(html)) == []
        assert "<h1" in html


def test_a_button_leads_back_to_the_very_page_it_stands_on(site):
    """With all that was asked of it; an address escaped twice would lose its conditions."""
    page = site.visitor("admin").get("/admin/people", department="KF", left="1").get_data(as_text=True)

    assert "back=%2Fadmin%2Fpeople%3Fdepartment%3DKF%26left%3D1" in page
    assert "%26amp%3B" not in page
