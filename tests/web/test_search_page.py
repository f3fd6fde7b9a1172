"""The front page: what is found, where it is, what may be done; nothing of what one may not see, nothing that runs."""

from __future__ import annotations

import re
import sqlite3
from html import unescape
from itertools import islice
from urllib.parse import quote, urlencode

import pytest
from markupsafe import Markup
from sqlalchemy import event

from archive import items, views
from archive.acts import Act
from archive.circulation import lending
from indexer import sync
from tests import make
from tests.indexer.asking import hide
from tests.indexer.shelves import copied, filed, fill
from tests.web.conftest import site_of
from web import recents
from web.pages import search


@pytest.fixture(scope="module")
def plain(template, tmp_path_factory):
    """An office with papers of all levels."""
    made = copied(template / "home", template, tmp_path_factory.mktemp("found") / "plain")
    fill(made)
    yield made
    made.instance.close()


@pytest.fixture(scope="module")
def both(plain, template):
    """It and one with confidential papers more, served."""
    hidden = copied(plain.home, template, plain.home.with_name("hidden"))
    hide(hidden, 3)
    yield [site_of(plain), site_of(hidden)]
    hidden.instance.close()


@pytest.fixture
def library(plain, template, tmp_path):
    """A copy of the first, to be changed."""
    made = site_of(copied(plain.home, template, tmp_path / "home"))
    yield made
    made.office.instance.close()


def shown(answer):
    """The page as text."""
    return answer.get_data(as_text=True)


def codes(page):
    """The codes of the rows, in order."""
    return [
        unescape(re.sub("<[^>]*>", "", one)) for one in re.findall(r'<span class="code">(.*?)</span>', page)
    ]


def hits(page):
    """The rows."""
    return re.findall(r'<article class="hit".*?</article>', page, re.DOTALL)


def links(page, kind):
    """The addresses of the facets or of the conditions taken away."""
    part = re.search(rf'<{kind[0]} class="{kind[1]}".*?</{kind[0]}>', page, re.DOTALL)
    return [unescape(one) for one in re.findall(r'href="(/\?[^"]*)"', part[0])] if part else []


def total(page):
    """The total that is told."""
    found = re.search(r"共 ([0-9]+) 条", page)
    return int(found[1]) if found else 0


# --- what is found -----------------------------------------------------------------------------


def test_req_web_2_a_row_tells_what_and_where_and_offers_what_may_be_done(both):
    """Title and passage marked, level and place; the archivist may lend nothing that was never accepted, but edits it."""
    page = shown(both[0].visitor("archivist").get("/", q="A1203装修"))

    row = next(one for one in hits(page) if "平面图" in one and "hit-kind" in one and ">件<" in one)
    assert "<mark>A1203装修</mark>平面图" in row and "一号" in row and 'data-level="internal"' in row
    assert '/edit"' in row and "/do/loan/lend" not in row


def test_req_web_2_what_is_out_tells_with_whom_and_until_when(library):
    """The volume offers its return, and says who has it."""
    code = make.volume(library.office, "YH·05", 2, held=True)
    make.approved(library.office, code, to="clerk")
    with library.office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, code, to="clerk", purpose="核对")
    sync.drain(library.office.instance)
    page = shown(library.visitor("archivist").get("/", q="YH·05 案卷", kind="volume"))

    assert "借出：周文员" in page and "应还" in page and "/counter?code=" in page
    library.office.tick(days=400)
    assert "已逾期" in shown(again(library, "archivist").get("/", q="YH·05 案卷", kind="volume"))


def again(site, account):
    """The same person, signed in anew: the log-in of long ago is over."""
    site.visitors.pop(account, None)
    return site.visitor(account)


def test_req_web_2_staff_may_ask_for_what_they_find_and_nothing_else(both):
    """No button of the keepers; "ask" alone."""
    page = shown(both[0].visitor("staff").get("/", q="会议 或 纪要 或 装修"))

    offered = set(re.findall(r'href="/do/([a-z/-]+)\?', "".join(hits(page))))
    assert hits(page) and offered == {"request/ask"} and '/edit"' not in "".join(hits(page))


def test_req_web_2_each_facet_counts_what_narrowing_by_it_gives_and_each_condition_can_be_taken_away(both):
    """Every link of every facet followed."""
    visitor = both[0].visitor("archivist")
    page = shown(visitor.get("/", q="装修"))
    facets = re.findall(
        r'<a href="(/\?[^"]*)"[^>]*><span>[^<]*</span><span class="facet-count">([0-9]+)</span>', page
    )
    assert len(facets) >= 8
    for href, count in facets:
        narrowed = shown(visitor.get(unescape(href)))
        assert total(narrowed) == int(count), href
        assert links(narrowed, ("ul", "narrowed")) == ["/?" + urlencode({"q": "装修"})]


def test_req_web_2_pages_follow_each_other_by_token_and_show_every_record_once(both, monkeypatch):
    """Three to a page, to the end."""
    monkeypatch.setattr(search, "PAGE", 3)
    visitor = both[0].visitor("archivist")
    page, found = shown(visitor.get("/", kind="item", sort="code")), []
    while True:
        found += codes(page)
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        if not onward:
            break
        page = shown(visitor.get(unescape(onward[1])))
    assert found == sorted(found) and len(found) == len(set(found)) == total(page) > 6


def test_req_web_2_a_whole_code_opens_its_record_and_one_that_nobody_may_see_does_not(both):
    """As typed, in full width, as a scanner gives it; a hidden code is searched like an absent one."""
    visitor = both[0].visitor("archivist")
    code = codes(shown(visitor.get("/", q="A1203装修平面图", kind="item")))[0]
    wide = code.translate({ord("-"): "－", ord("0"): "0"})
    for typed in (code, f" {code} ", wide, code.encode().decode("latin-1")):
        answer = visitor.get("/", q=typed)
        assert (answer.status_code, answer.location) == (303, f"/records/{quote(code)}"), typed

    secret = next(one for one in codes(shown(visitor.get("/", level="秘密", kind="item"))))
    absent = secret[:-1] + "9"
    for told in (secret, absent):
        answer = both[0].visitor("staff").get("/", q=told)
        assert answer.status_code == 200 and "没有找到" in shown(answer)


def test_req_web_2_a_question_that_cannot_be_read_is_told_beside_the_box_with_the_nearest_reading(both):
    """Brackets that do not close; years that are none; an order there is not; a page that was never given out."""
    visitor = both[0].visitor("staff")
    answer = visitor.get("/", q="装修(")
    assert (
        answer.status_code == 422 and 'id="ask-error"' in shown(answer) and "改为检索：装修" in shown(answer)
    )
    for given in (
        {"year": "x"},
        {"sort": "x"},
        {"after": "x"},
        {"class": "没有"},
        {"level": "x"},
        {"family": "x"},
    ):
        answer = visitor.get("/", q="装修", **given)
        assert answer.status_code == 422 and 'id="ask-error"' in shown(answer), given


def test_req_web_2_synonyms_similar_records_and_other_questions_help_on(both):
    """One click each."""
    visitor = both[0].visitor("staff")
    assert "同时检索" in shown(visitor.get("/", q="押金", wide="1"))
    nothing = shown(visitor.get("/", q="装修 压金"))
    assert "您要找的也许是" in nothing and "文字相近的档案" in nothing
    code = codes(shown(visitor.get("/", q="例会纪要", kind="item")))[0]
    assert "相近" in shown(visitor.get("/", like=code))
    assert visitor.get("/", like="K001-没有").status_code == 404


def test_req_web_2_what_is_typed_is_completed_from_titles_classes_and_ones_own_searches(both):
    """Phrases, classes as conditions, records; and nothing for nothing."""
    visitor = both[0].visitor("staff")
    assert 'role="option"' not in shown(visitor.get("/search/suggest", q=""))
    offered = shown(visitor.get("/search/suggest", q="例会"))
    assert "<mark>例会</mark>纪要" in offered and "/records/" in offered
    assert "类别:" in shown(visitor.get("/search/suggest", q="押金 装修"))
    assert visitor.get("/search/suggest", q="(((").status_code == 200


def test_req_web_2_completions_never_come_from_confidential_records_not_even_for_the_cleared(both):
    """The archivist finds the paper by searching; the list that opens by itself does not show it, and leaves no line."""
    visitor = both[0].visitor("archivist")
    assert "<mark>保密例会</mark>纪要" in shown(visitor.get("/", q="保密例会"))
    before = lines(both[0].office)
    assert "</mark>纪要" not in shown(visitor.get("/search/suggest", q="保密例会"))
    assert lines(both[0].office) == before


def lines(office):
    """How many lines the log has."""
    with sqlite3.connect(office.home / "catalogue.db") as raw:
        return raw.execute("SELECT count(*) FROM event").fetchone()[0]


# --- what is kept ------------------------------------------------------------------------------


def test_req_web_2_a_search_is_saved_with_its_conditions_and_asked_again_from_the_front_page(library):
    """The form is filled in by the page; afterwards it stands on the front page."""
    visitor = library.visitor("staff")
    page = shown(visitor.get("/", q="装修", **{"class": "ZX"}))
    href = unescape(re.search(r'href="(/do/saved/save\?[^"]*)"', page)[1])
    assert "words=" in href and "class_code=ZX" in href
    assert (
        visitor.post("/do/saved/save", {"name": "装修图", "words": "装修", "class_code": "ZX"}).status_code
        == 303
    )
    front = shown(visitor.get("/"))
    again_ = unescape(re.search(r'href="(/\?q=[^"]*)"><svg[^>]*>.*?</svg><span>装修图</span>', front)[1])
    assert codes(shown(visitor.get(again_))) == codes(page)


def kept(visitor):
    """The cookie of recent searches as it lies in the browser."""
    return visitor.client.get_cookie(recents.COOKIE)


def test_req_web_2_recent_searches_are_sealed_for_one_person_and_forgotten_at_a_word(library):
    """Nobody reads the cookie; another person at the same browser is not told; forgetting leaves nothing."""
    visitor = library.visitor("staff")
    visitor.get("/", q="例会纪要")
    visitor.get("/", q="没有这样的词句")  # finds nothing: not worth keeping
    assert "例会纪要</span>" in shown(visitor.get("/")) and "没有这样的词句" not in shown(visitor.get("/"))
    assert "例会" not in kept(visitor).value and quote("例会") not in kept(visitor).value
    assert kept(visitor).http_only

    visitor.post("/logout")
    visitor.sign_in("clerk")
    assert "例会纪要</span>" not in shown(visitor.get("/"))
    visitor.post("/logout")
    visitor.sign_in("staff")
    assert "例会纪要</span>" in shown(visitor.get("/"))
    assert visitor.post("/search/forget").status_code == 303
    assert kept(visitor) is None and "例会纪要</span>" not in shown(visitor.get("/"))


def test_req_web_2_recent_searches_stay_within_what_a_browser_keeps(library):
    """Forty long questions: the newest are there, and the cookie is below 4096 bytes."""
    visitor = library.visitor("staff")
    for number in range(12):
        visitor.get("/", q="纪要 或 " + "或 ".join(f"某某某某某某{number}" for _ in range(20)))
    assert 100 < len(kept(visitor).value) < 3600


@pytest.mark.parametrize("text", ["", "x", "é", "AAAA", "%00"])
def test_rel_W4_a_forged_cookie_of_recent_searches_is_none(both, text):
    """Whatever lies there is not ours."""
    visitor = both[0].visitor("staff")
    visitor.client.set_cookie(recents.COOKIE, text)
    assert visitor.get("/").status_code == 200


def test_req_web_2_who_may_not_search_begins_elsewhere(both):
    """The administrators' front page is the first of their menu."""
    for account in ("admin", "security", "auditor"):
        answer = both[0].visitor(account).get("/")
        assert answer.status_code == 303 and answer.location.startswith("/") and answer.location != "/"
        assert both[0].visitor(account).get("/search/suggest", q="装修").status_code == 403


# --- P2: nothing of the hidden is told ---------------------------------------------------------

ASKED = (
    "/", "/?q=装修", "/?q=押金", "/?q=A1204", "/?q=押金&class=WS", "/?q=押金&sort=newest", "/?q=装修&wide=1",
    "/?level=秘密", "/?class=YH", "/?year=2023", "/?q=诉讼保险", "/?q=装修押金退还诉讼", "/?q=诉讼", "/?q=押晶", "/?kind=item&sort=code",
    "/?q=保密", "/?q=密码 或 押金", "/?q=供电局*", "/search/suggest?q=押", "/search/suggest?q=A12", "/search/suggest?q=诉",
    "/search/suggest?q=装修押", "/search/suggest?q=诉讼保险",
)  # fmt: skip
_OWN = re.compile(r'(name="csrf[_-]token" (?:value|content)=")[^"]*')


def told(site, account, asked):
    """Every page a person is shown, status and headers too, without what is each request's own."""
    visitor = site.visitor(account)
    visitor.post("/search/forget")  # what other tests searched for in this browser
    for path in asked:
        answer = visitor.get(path)
        headers = {
            name: value for name, value in answer.headers if name not in {"X-Request-Id", "Set-Cookie"}
        }
        yield path, answer.status_code, headers, _OWN.sub(r"\1", shown(answer))
    yield "after all", _OWN.sub(r"\1", shown(visitor.get("/")))


def differing(sites, account="staff", asked=ASKED):
    """The addresses at which the two offices answer differently."""
    answers = zip(told(sites[0], account, asked), told(sites[1], account, asked), strict=True)
    return [one[0] for one, other in answers if one != other]


def test_conf_P2_the_search_page_tells_the_uncleared_the_same_whether_or_not_hidden_papers_exist(both):
    """Rows, totals, facets, suggestions, other questions, similar records, recent searches: byte for byte."""
    assert differing(both) == []


def test_conf_P2_witness_the_cleared_are_told_more(both):
    """The same comparison sees the papers, where they may be seen."""
    asked = ("/?q=押金", "/?level=秘密", "/?q=诉讼保险")
    assert set(asked) <= set(differing(both, "archivist", asked))


def test_conf_P2_a_passage_of_a_confidential_text_is_shown_only_to_whom_may_read_it(both):
    """The GM reads; the archivist, who knows that the paper exists, is shown its title and no word of it."""
    found = {who: shown(both[0].visitor(who).get("/", q="保密例会纪要")) for who in ("archivist", "staff")}
    assert "保密例会" in found["archivist"] and "诉讼策略" not in found["archivist"]
    assert "诉讼策略" not in found["staff"] and not [one for one in hits(found["staff"]) if "保密" in one]


# --- W1, W3: nothing that is typed runs, here or in the database -------------------------------

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def hostile(plain, template, tmp_path_factory):
    """An office in which titles, notes, texts and places try to run."""
    site = site_of(copied(plain.home, template, tmp_path_factory.mktemp("hostile") / "home"))
    filed(site.office, "WS·HY", f"装修 {SCRIPT} {IMAGE}", f"装修正文 {SCRIPT} {IMAGE} 结束", department="KF")
    with site.office.work("archivist", Act.ITEM_FILE) as unit:
        paper = make.paper(f"电梯 {IMAGE}", "WS·HY", creator=f"装修 {SCRIPT}", note=f"装修 {IMAGE}")
        items.file_alone(unit, make.matter("WS·HY"), [paper])
    sync.drain(site.office.instance)
    yield site
    site.office.instance.close()


def running(site, account="archivist"):
    """Where something would run that somebody wrote."""
    visitor = site.visitor(account)
    paths = [
        "/?q=装修",
        "/?q=script",
        "/?q=img onerror",
        "/?q=电梯",
        "/search/suggest?q=装修",
        "/search/suggest?q=电梯",
    ]
    paths += [f"/?{name}={quote(evil)}" for name in PARAMETERS for evil in (SCRIPT, IMAGE)]
    found = []
    for path in [*paths, "/"]:
        page = shown(visitor.get(path))
        if SCRIPT in page or "<img src=x" in page or "onerror=alert(1)>" in page:
            found.append(path)
    return found


PARAMETERS = (
    "q",
    "class",
    "family",
    "year",
    "level",
    "department",
    "place",
    "state",
    "kind",
    "sort",
    "wide",
    "like",
    "after",
)


def test_rel_W1_search_titles_texts_questions_and_conditions_are_shown_and_never_run(hostile):
    """Where it is shown it is escaped, marks and all; the title is there to be read."""
    assert running(hostile) == []
    assert "&lt;<mark>script</mark>&gt;" in shown(hostile.visitor("archivist").get("/?q=装修 script"))


def test_rel_W1_search_witness_marks_put_in_raw_text_would_run(hostile, monkeypatch):
    """The same check over a page that trusts its texts."""
    monkeypatch.setattr(search, "marked", lambda text, spans: Markup(text))  # noqa: S704
    assert "/?q=装修" in running(hostile)


INJECTED = (
    "'", "' OR 1=1 --", "'; DROP TABLE item; --", '" OR ""="', "%' --", "\\", "\x00", "0x27", "1e309", "-1", "9" * 400,
    "../../etc/passwd", "NULL", "${7*7}", "{{7*7}}", "年度:2020..'", "(" * 25, "*", "\u202e", "\n\r", "a" * 5_000,
)  # fmt: skip


def shapes(site, asks):
    """The statuses, and the statements without the number of their values, that these questions take."""
    said, statuses, bind = set(), set(), site.office.instance.engine
    listen = lambda *given: said.add(re.sub(r"\?(, \?)*", "?", given[2]))  # noqa: E731
    event.listen(bind, "before_cursor_execute", listen)
    try:
        for path, given in asks:
            statuses.add(site.visitor("staff").get(path, **given).status_code)
    finally:
        event.remove(bind, "before_cursor_execute", listen)
    return statuses, {
        one for one in said if not re.search("checkpoint|FROM event", one)
    }  # written now and then


def benign():
    """Questions of every kind, as people ask them."""
    yield from (
        ("/", {"q": words})
        for words in ("装修", "没有这词", "K001-1", "A1203", "装修 年度:2020..2030", "类别:ZX", "押晶")
    )
    usual = {"class": "ZX", "family": "ZX", "year": "2025", "level": "内部", "department": "KF", "place": "R1", "state": "OPEN", "kind": "item"}  # fmt: skip
    yield from (
        ("/", {"q": words, name: value}) for name, value in usual.items() for words in ("装修", "没有这词")
    )
    yield from (("/", {"kind": one}) for one in ("item", "volume"))
    yield from (("/", {"q": "装修", "sort": one}) for one in ("newest", "oldest", "code", "x"))
    yield from (("/", {"q": "装修", name: "x"}) for name in PARAMETERS)
    yield from (
        ("/", {"q": "押金", "wide": "1"}),
        ("/", {"like": "K001-没有"}),
        ("/", {}),
        ("/search/suggest", {"q": "装修"}),
    )


def evil():
    """The same with what breaks sentences: every payload in every third parameter, in turn."""
    for at, one in enumerate(INJECTED):
        yield "/search/suggest", {"q": one}
        for name in PARAMETERS[at % 3 :: 3]:
            yield "/", {"q": "装修", name: one}


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_rel_W3_search_nothing_typed_changes_a_statement_or_breaks_the_page(library, every):
    """Parameters and payloads in turn: an answer people can read, and no statement that benign questions do not take."""
    _, usual = shapes(library, benign())
    statuses, said = shapes(library, islice(evil(), 0, None, every))
    assert statuses <= {200, 303, 404, 422}
    assert said <= usual, said - usual
    assert library.visitor("staff").get("/?q=%ff%ed%a0%80&class=%fe").status_code in {200, 422}


def test_rel_W3_search_witness_a_statement_put_together_from_words_is_seen(library, monkeypatch):
    """The same check over a look-up that writes the code into its statement."""

    def careless(unit, told_):
        unit.session.connection().exec_driver_sql("SELECT '{}'".format(told_.replace("'", "''")))

    monkeypatch.setattr(views, "exactly", careless)
    monkeypatch.setattr(search, "_CODE", re.compile(".*", re.DOTALL))
    usual = shapes(library, [("/", {"q": "装修"})])[1]
    assert not shapes(library, [("/", {"q": "'; DROP TABLE item"})])[1] <= usual


def test_rel_W4_search_asking_changes_no_row(library):
    """Pages, suggestions and recent searches of somebody without clearance: not a row more in any table."""
    visitor = library.visitor("staff")
    visitor.get("/", q="装修")
    before = rows(library.office)
    for path in ASKED:
        visitor.get(path)
    assert rows(library.office) == before


def rows(office):
    """How many rows each table has."""
    with sqlite3.connect(office.home / "catalogue.db") as raw:
        names = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: raw.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
