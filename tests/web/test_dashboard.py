"""The overview: numbers that lead to their lists, of what the viewer may see."""

from __future__ import annotations

import re
from html import unescape

import pytest

from archive import charts
from archive.acts import Act
from archive.circulation import lending
from archive.statistics import pictures
from archive.statistics.holdings import View
from archive.statistics.pictures import Measure
from archive.values import Level
from archive.words import Language
from indexer import sync
from tests import make
from tests.web.browser import markup
from web import menus
from web.pages import dashboard


def text(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def plain(html):
    """*html* without what differs from visit to visit."""
    return re.sub(r'(csrf[-_]token"\s+(?:value|content)=")[^"]*', r"\1", html)


def numbers(html):
    """The tiles: address and number."""
    tiles = [one for one in markup.page_of(html).elements if (one.get("class") or "").startswith("kpi ") or one.get("class") == "kpi"]  # fmt: skip
    return [(one.get("href"), next(at.text for at in one.iter("strong"))) for one in tiles]


def lived_in(office):
    """Two volumes held, one of them lent and overdue."""
    first = make.volume(office, "ZX·02", held=True)
    make.volume(office, "ZX·02", held=True)
    make.approved(office, first)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, first, to="staff", purpose="核对", items=2, pages=4)
    office.tick(days=40)


@pytest.mark.parametrize(
    "account", ["archivist", "manager", "staff", "admin", "security", "auditor", "gm", "clerk"]
)
def test_req_issue7_every_post_opens_it_and_sees_what_it_may_count(shared, account):
    html = text(shared.visitor(account).get("/dashboard"))

    assert markup.faults(markup.page_of(html)) == []
    seen = {href for href, _ in numbers(html)}
    assert ("/retention" in seen) == (account in {"archivist", "manager", "gm", "clerk"})
    assert ("/admin/backups" in seen) == (account in {"archivist", "admin", "auditor"})
    assert ("/do/loan/list?overdue=1" in seen) == (account not in {"admin", "security", "auditor"})


def test_each_number_is_a_link_to_its_list_and_counts_what_stands_there(site):
    lived_in(site.office)
    visitor = site.visitor("archivist")
    html = text(visitor.get("/dashboard"))
    told = dict(numbers(html))

    assert told["/do/loan/list?overdue=1"] == "1" and told["/counter/due?which=today"] == "0"
    assert told["/do/volume/list"] == "2"
    for href, _ in numbers(html):
        assert visitor.get(href).status_code == 200, href
    listed = text(visitor.get("/do/loan/list?overdue=1"))
    assert listed.count("JY2026-00001") >= 1
    page = markup.page_of(html)
    drawn = [one for one in page.elements if one.tag.endswith("svg") and one.get("role") in {"img", "group"}]
    assert len(drawn) >= 4
    ways = {one.href for one in markup.links(page, "http://localhost/dashboard") if one.way == "get"}
    for way in ways:
        if way.startswith(("/catalogue/classes", "/do/volume/list?year", "/retention?heap", "/?")):
            assert visitor.get(way).status_code == 200, way


def test_each_bar_and_each_figure_beside_it_leads_to_just_what_it_counts(site):
    """The bars of a year lead to its volumes; its figures to the search that finds as many volumes and papers."""
    lived_in(site.office)
    sync.drain(site.office.instance)
    visitor = site.visitor("archivist")
    html = text(visitor.get("/dashboard"))

    assert '<a href="/do/volume/list?year=2025" aria-label="2025: 4"><rect' in html
    for kind, counted in (("volume", 2), ("item", 4)):
        href = f"/?year=2025&amp;kind={kind}"
        assert f'<a href="{href}">{counted}</a>' in html
        assert f"共 {counted} 条" in text(visitor.get(unescape(href)))
    bars = [pictures.of_holdings((), View.YEAR, Measure.ITEMS, Language.ZH)]
    assert all('role="img"' in charts.svg(bar) and "<a " not in charts.svg(bar) for bar in bars)


def test_inv_P2_what_one_may_not_see_changes_no_byte(site):
    lived_in(site.office)
    supervisor = site.visitor("supervisor")
    before = plain(text(supervisor.get("/dashboard")))
    seen_before = plain(text(site.visitor("archivist").get("/dashboard")))
    make.volume(site.office, "YH·01", level=Level.SECRET, held=True)

    assert plain(text(supervisor.get("/dashboard"))) == before
    assert plain(text(site.visitor("archivist").get("/dashboard"))) != seen_before


def test_witness_a_panel_that_counts_for_another_is_told_apart(site, monkeypatch):
    supervisor = site.visitor("supervisor")
    make.volume(site.office, "ZX·02", held=True)

    def leaking(_):
        with site.office.ask("archivist", Act.STATISTICS_SEE) as unit:
            yield from dashboard._by_class(unit)

    monkeypatch.setattr(dashboard, "PANELS", ((Act.STATISTICS_SEE, leaking),))
    before = plain(text(supervisor.get("/dashboard")))
    make.volume(site.office, "YH·01", level=Level.SECRET, held=True)

    assert plain(text(supervisor.get("/dashboard"))) != before


def test_the_panels_are_readings_that_somebody_of_the_menu_may_do():
    assert {act for act, _ in dashboard.PANELS} >= {
        Act.LOAN_SEE,
        Act.DUE_SEE,
        Act.STATISTICS_SEE,
        Act.BACKUP_SEE,
    }
    assert any(entry.href == "/dashboard" for section in menus.MENU for entry in section.entries)
