"""Each post visits every link: no 500, no dead end, nothing offered that is refused, valid, accessible, at home (issue 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import PEOPLE, Office
from tests.web.browser.conftest import Visit, real, unfit, visiting
from tests.web.browser.crawling import Crawl, crawled
from tests.web.browser.markup import faults, links, page_of, strangers

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

ACCOUNTS = (*(account for account, *_ in PEOPLE), "admin")


@pytest.fixture(scope="module")
def crawls(lived_in: Office) -> dict[str, Crawl]:
    """What each post found, asked once."""
    site = real(lived_in)
    return {account: crawled(site, account) for account in ACCOUNTS}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_rel_P6_every_link_of_every_post_leads_somewhere_it_may_go(crawls, account):
    """No 500, no 404 from a link of our own, nothing offered that answers 403, valid HTML, no stranger."""
    found = crawls[account]

    assert found.read > 40
    assert "\n".join(found.wrong) == ""


def test_req_R39_the_posts_together_see_every_kind_of_page(crawls, lived_in):
    """A page that no link leads to is a page nobody finds."""
    site = real(lived_in)
    reached = {endpoint for found in crawls.values() for endpoint in found.reached}
    own = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(("api.", "health.", "static"))
    }

    assert sorted(own - reached - set(BESIDE)) == []


#: Pages that no link leads to in this office: each with the reason.
BESIDE = {
    "entrance.login": "whoever is signed in is led on",
    "entrance.here": "asked by a script while somebody types",
    "uploading.look": "asked by a script that goes on with a file",
    "care.job": "no job has run",
    "care.one": "no backup set was made",
    "appraising.line": "a part of the worklist, asked by a script",
    "custody.live": "no stocktake is being counted",
    "destroying.certificate_note": "no list of this office was carried out by the web",
    "destroying.certificate_page": "no list of this office was carried out by the web",
    "destroying.ending": "no list waits for its end",
    "transferring.verify": "no package was handed over",
    "intake.scan": "the tray is empty",
    "intake.sight": "the tray is empty",
    "letters.one": "no letter was registered at the desk",
    "lists.job": "no list was brought in",
    "lists.live": "no list was brought in",
    "lists.mapping": "no list was brought in",
    "lists.run": "no list was brought in",
    "packages.job": "no package was made",
    "packages.live": "no package was made",
    "holding.one": "nothing is held",
    "rules.installed": "no template of the office's own",
    "retention.subject_docx": "asked by a form, for one person",
    "viewing.file": "no paper has a file",
    "viewing.sight": "no paper has a file",
    "viewing.take": "no paper has a file",
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_req_R39_each_kind_of_page_is_sound_in_a_browser(chromium: Browser, crawls, lived_in, language):
    """No error on the console, no breach of the content policy, no request to a stranger, axe finds nothing serious."""
    wrong: list[str] = []
    seen: set[str] = set()
    with visiting(chromium, real(lived_in)) as visit:
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


def test_req_R39_nothing_is_wider_than_a_phone(chromium: Browser, crawls, lived_in):
    """At 390 pixels no page must be moved sideways."""
    wide: list[str] = []
    seen: set[str] = set()
    with visiting(chromium, real(lived_in), size=(390, 844)) as visit:
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
