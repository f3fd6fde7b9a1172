"""Each post visits every link: no 500, no dead end, nothing offered that is refused, valid, accessible, at home (issue 7)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import request

from tests.conftest import PEOPLE, Office, opened
from tests.web.browser.conftest import Visit, real, unfit, visiting
from tests.web.browser.crawling import Crawl, crawled
from tests.web.browser.happening import Starts, more
from tests.web.browser.markup import faults, links, page_of, strangers
from tests.web.browser.pressing import forms, pressed
from tests.web.conftest import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

ACCOUNTS = (*(account for account, *_ in PEOPLE), "admin")


@pytest.fixture(scope="module")
def house(lived_in: Office, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Starts]:
    """The office in which everything has happened, and where its pages begin."""
    site = real(lived_in)
    return site, more(site, tmp_path_factory.mktemp("beside"))


@pytest.fixture(scope="module")
def throw_away(
    house: tuple[Site, Starts], template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A copy of that office, in which anything may be pressed."""
    office = house[0].office
    home = tmp_path_factory.mktemp("thrown-away") / "home"
    shutil.copytree(office.home, home)
    home.chmod(0o700)
    copy = Office(None, now=office.now)  # type: ignore[arg-type]
    copy.instance = opened(home, template / "key", lambda: copy.now)
    yield real(copy)
    copy.instance.close()


@pytest.fixture(scope="module")
def crawls(house: tuple[Site, Starts]) -> dict[str, Crawl]:
    """What each post found, asked once."""
    site, starts = house
    return {
        account: crawled(site, account, also=[page for whose, page in starts if whose == account])
        for account in ACCOUNTS
    }


@pytest.mark.parametrize("account", ACCOUNTS)
def test_rel_P6_every_link_of_every_post_leads_somewhere_it_may_go(crawls, account):
    """No 500, no 404 from a link of our own, nothing offered that answers 403, valid HTML, no stranger."""
    found = crawls[account]

    assert found.read > 40
    assert "\n".join(found.wrong) == ""


def test_req_R39_the_posts_together_see_every_kind_of_page(crawls, house):
    """A page that no link leads to is a page nobody finds; what is excused is truly not to be found."""
    site, _ = house
    reached = {endpoint for found in crawls.values() for endpoint in found.reached}
    own = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(("api.", "health.", "static"))
    }

    assert sorted(own - reached) == sorted(BESIDE)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_rel_P6_every_form_of_every_post_takes_nonsense_for_what_it_is(crawls, throw_away, account):
    """Empty, too long, days there are none, markup, null bytes: never a 500, always a page with a sentence, never a
    script in it; and what the post may not do has no form."""
    told = pressed(throw_away, account, crawls[account].forms)

    assert told.forms > 2 and told.answers > told.forms
    assert "\n".join(told.wrong) == ""


def test_rel_W9_what_was_pressed_in_is_shown_as_text_wherever_it_stands(crawls, throw_away):
    """After nonsense was stored where it could be, every kind of page still stands, and holds no script."""
    pressed(throw_away, "archivist", crawls["archivist"].forms, tries=2)
    found = crawled(throw_away, "archivist")

    assert found.read > 200
    assert "\n".join(one for one in found.wrong if "invalid-codepoint" not in one) == ""


#: Pages that no link leads to: each with the reason.
BESIDE = {
    "entrance.login": "whoever is signed in is led on",
    "entrance.here": "asked by a script while somebody types",
    "uploading.look": "asked by a script that goes on with a file",
    "lists.live": "asked by the page of a job while it runs, which ours are too short for",
    "packages.live": "asked by the page of a job while it runs, which ours are too short for",
    "workbooks.job": "where a workbook is waited for that takes longer than two seconds",
    "workbooks.live": "asked by that page",
    "workbooks.fetched": "on that page",
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_req_R39_each_kind_of_page_is_sound_in_a_browser(chromium: Browser, crawls, house, language):
    """No error on the console, no breach of the content policy, no request to a stranger, axe finds nothing serious."""
    wrong: list[str] = []
    seen: set[str] = set()
    with visiting(chromium, house[0]) as visit:
        for account, found in crawls.items():
            for kind, place in found.kinds.items():
                if route_of(kind) not in seen and not kind.startswith("moved"):
                    seen.add(route_of(kind))
                    wrong += looked_at(visit, account, place, language)
        wrong += visit.wrong

    assert len(seen) > 40
    assert "\n".join(wrong) == ""


def route_of(kind: str) -> str:
    """A kind of page without the names of what is asked; forms of verbs by what they are made of."""
    route = kind.split()[0]
    return route if not route.startswith("doing.") else " ".join(kind.split()[:2])


def looked_at(visit: Visit, account: str, place: str, language: str) -> list[str]:
    """What axe finds on a page, once it has settled."""
    page = visit.as_(account, language)
    answer = page.goto(place)
    if answer is None or "text/html" not in (answer.headers.get("content-type") or ""):
        return []
    page.wait_for_load_state("networkidle")
    return unfit(page)


def test_req_R39_nothing_is_wider_than_a_phone(chromium: Browser, crawls, house):
    """At 390 pixels no page must be moved sideways."""
    wide: list[str] = []
    seen: set[str] = set()
    with visiting(chromium, house[0], size=(390, 844)) as visit:
        for account, found in crawls.items():
            for kind, place in found.kinds.items():
                if kind.split()[0] in seen or kind.startswith("moved"):
                    continue
                seen.add(kind.split()[0])
                page = visit.as_(account)
                page.goto(place)
                across = page.evaluate("document.documentElement.scrollWidth")
                wide += [f"{place}: {across}"] * (across > 390)

    assert "\n".join(wide) == ""


# --- the checks see what they are for ---------------------------------------------------------

SOUND = (
    '<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>a</title></head><body>{}</body></html>'
)


@pytest.mark.parametrize(
    "body",
    [
        "<p><div></div></p>",
        '<a id="x">1</a><a id="x">2</a>',
        '<label for="gone">a</label>',
        '<p style="color:red">a</p>',
        '<button onclick="x()">a</button>',
        "<script>alert(1)</script>",
        '<img src="/a.png">',
        "<b>a",
    ],
)
def test_req_R39_witness_bad_markup_is_seen(body):
    """Each fault by itself; the sound page has none."""
    assert faults(page_of(SOUND.format("<p>a</p>"))) == []
    assert faults(page_of(SOUND.format(body))) != []


def test_req_R39_witness_a_stranger_and_a_dead_link_are_seen():
    """What leads out is told, what leads on is followed, what is no place is not."""
    page = page_of(
        SOUND.format('<a href="https://example.com/x">x</a><a href="/y?a=1#z">y</a><a href="#z">z</a>')
    )

    assert strangers(page, "http://localhost/") == ["a href=https://example.com/x"]
    assert [link.href for link in links(page, "http://localhost/")] == ["/y?a=1"]


def test_req_R39_witness_a_dead_end_and_a_refusal_are_seen(lived_in: Office):
    """A page with a link to nowhere, and one to what the post may not do, is found out."""
    site = real(lived_in)
    site.app.add_url_rule("/bad", "bad", lambda: SOUND.format('<a href="/nowhere">x</a><a href="/do/backup/create">y</a><form method="post" action="/gone"><button>z</button></form>'))  # fmt: skip
    site.app.view_functions["search.front"] = site.app.view_functions["bad"]
    front = next(rule.endpoint for rule in site.app.url_map.iter_rules() if rule.rule == "/")
    site.app.view_functions[front] = site.app.view_functions["bad"]

    assert len(crawled(site, "staff").wrong) == 3


def test_rel_P6_witness_a_form_that_falls_over_says_nothing_or_runs_what_was_typed_is_caught(
    lived_in: Office,
):
    """Four bad forms: without a token, one that falls over, one that repeats what was typed, one that is silent."""
    site, fields = real(lived_in), '<input name="a"><button>x</button></form>'
    token = '<input type="hidden" name="csrf_token" value="x">'
    deeds = {
        "/untold": lambda: (SOUND.format("<p>no</p>"), 422),
        "/falls": lambda: 1 // 0,
        "/runs": lambda: SOUND.format(request.form.get("a", "")),
        "/do/backup/create": lambda: "",
    }
    for way, deed in list(deeds.items())[:3]:
        site.app.add_url_rule(way, way.strip("/"), deed, methods=["POST"])
    page = page_of(
        SOUND.format(
            "".join(
                f'<form method="post" action="{way}">{"" if way == "/untold" else token}{fields}'
                for way in deeds
            )
        )
    )
    told = pressed(site, "staff", {form.kind: form for form in forms(page, "/")}, tries=18)

    assert told.forms == 4
    for slip in (
        "no token",
        "422 without a sentence",
        "/falls (on /): 500",
        "inline script",
        "may not do this",
    ):
        assert any(slip in one for one in told.wrong), slip


def test_rel_W4_witness_an_inline_script_is_told_by_the_browser(chromium: Browser, lived_in: Office):
    """Were one to slip into a page, the policy of content stops it and the visit says so."""
    site = real(lived_in)
    front = next(rule.endpoint for rule in site.app.url_map.iter_rules() if rule.rule == "/")
    site.app.view_functions[front] = lambda **_: SOUND.format('<script>document.title = "in"</script><img src="https://example.com/a.png" alt="">')  # fmt: skip
    with visiting(chromium, site) as visit:
        page = visit.as_("staff")
        page.goto("/")
        page.wait_for_timeout(300)
        title = page.title()

    assert title == "a"
    assert any("Content Security Policy" in one for one in visit.wrong)
