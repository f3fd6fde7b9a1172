"""What hands bring into a browser: a file that falls on the page, a table from a spreadsheet, words typed for an hour."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from archive import objects
from archive.model import Item
from tests import make
from tests.web.browser.conftest import Visit
from tests.web.browser.test_days import settled

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from tests.conftest import Office

pytestmark = pytest.mark.slow

#: Five pieces of a file that tells one byte from another.
CONTENT = b"".join(b"%07d\n" % nth for nth in range(150_000))


def paper(office: Office) -> str:
    """A paper that takes files; its code."""
    (uid,) = make.filed(office, "FW·01", 1)
    with office.ask("archivist") as unit:
        return str(unit.item(uid).reference_code)


def stored(office: Office, code: str) -> list[bytes]:
    """What the files of a paper hold."""
    with office.ask("archivist") as unit:
        return [objects.read(unit, one) for one in objects.contents(unit, unit.item(code))]


# --- files ----------------------------------------------------------------------------------------


def dropped(page: Page, name: str, content: bytes) -> None:
    """Let a file fall on the place for files, as a hand with a mouse does."""
    given = page.evaluate_handle(
        "([name, text]) => { const given = new DataTransfer(); given.items.add(new File([text], name, {type: 'text/plain'})); return given; }",
        [name, content.decode()],
    )
    page.dispatch_event("form[data-upload]", "dragenter", {"dataTransfer": given})
    assert "over" in (page.get_attribute("form[data-upload]", "class") or "")
    page.dispatch_event("form[data-upload]", "drop", {"dataTransfer": given})


def watched(page: Page) -> Callable[[], list[str]]:
    """What is told of the file while it comes, kept over the next page."""
    page.evaluate("""() => { sessionStorage.seen = '[]'; const note = () => {
        const bar = document.querySelector('.drop-list progress'), state = document.querySelector('.drop-state');
        const seen = JSON.parse(sessionStorage.seen), told = bar && `${Math.round(100 * bar.value / bar.max)} ${state.textContent}`;
        if (told && seen[seen.length - 1] !== told) sessionStorage.seen = JSON.stringify([...seen, told]); };
      new MutationObserver(note).observe(document.querySelector('.drop-list'), {subtree: true, childList: true, characterData: true, attributes: true}); }""")
    return lambda: list(page.evaluate("JSON.parse(sessionStorage.seen)"))


def test_req_R39_a_file_is_dropped_its_progress_shown_and_it_is_there(visit: Visit):
    """It falls on the dashed box, the bar goes on piece by piece, the page comes again with the file."""
    code, page = paper(visit.office), visit.as_("archivist")
    page.goto(f"/records/{code}")
    seen = watched(page)
    with page.expect_navigation():
        dropped(page, "巡查记录.txt", CONTENT)

    assert "巡查记录.txt" in page.inner_text("main")
    assert [CONTENT] == stored(visit.office, code)
    shares = sorted({int(one.split()[0]) for one in seen()})
    assert shares[0] < 30 and shares[-1] == 100 and len(shares) > 3


def flaky(page: Page, *, lost: set[int], answers: int = 0) -> list[str]:
    """The pieces with these numbers never arrive, and the end is busy *answers* times; what was asked for."""
    asked: list[str] = []

    def piece(route: Route) -> None:
        asked.append(route.request.method)
        if asked.count("PUT") in lost and route.request.method == "PUT":
            route.abort("connectionreset")
        else:
            route.continue_()

    def done(route: Route) -> None:
        asked.append("done")
        if asked.count("done") <= answers:
            route.fulfill(status=503, json={"error": "忙", "code": "busy"})
        else:
            route.continue_()

    page.route("**/uploads/*", piece)
    page.route("**/uploads/*/*", piece)
    page.route("**/uploads/*/done", done)
    return asked


def test_rel_E4_a_broken_connection_and_a_busy_end_are_gone_on_with(visit: Visit):
    """Two pieces are lost on the way, the end is told to wait: the script asks how far it is and goes on from there."""
    code, page = paper(visit.office), visit.as_("archivist")
    page.goto(f"/records/{code}")
    asked, seen = flaky(page, lost={2, 4}, answers=1), watched(page)
    with page.expect_navigation(timeout=30_000):
        dropped(page, "长.txt", CONTENT)

    assert [CONTENT] == stored(visit.office, code)
    assert asked.count("GET") == 2 and asked.count("done") == 2
    assert asked.count("PUT") == -(-len(CONTENT) // (256 * 1024)) + 2  # none that came is sent again
    assert any("接着" in one or "续" in one for one in seen())
    assert [one.rpartition("/")[2] for one in visit.wrong] == ["done: 503"]
    visit.wrong.clear()


def test_rel_E4_witness_what_is_refused_leaves_nothing_and_says_so(visit: Visit):
    """A piece the server does not want is no broken connection: it is told at once, nothing is attached."""
    code, page = paper(visit.office), visit.as_("archivist")
    page.goto(f"/records/{code}")
    page.route(
        "**/uploads/*/*", lambda route: route.fulfill(status=413, json={"error": "太大了", "code": "x"})
    )
    dropped(page, "大.txt", CONTENT)
    page.locator(".drop-list .bad").wait_for()

    assert "太大了" in page.inner_text(".drop-list")
    assert [] == stored(visit.office, code)


def test_rel_W4_what_is_told_of_a_file_is_text_and_no_markup(visit: Visit):
    """A file with markup for a name, and a sentence with markup: both are shown as they stand."""
    code, page = paper(visit.office), visit.as_("archivist")
    page.goto(f"/records/{code}")
    page.route(
        "**/uploads",
        lambda route: route.fulfill(status=422, json={"error": "<img src=x onerror=alert(1)>", "code": "x"}),
    )
    dropped(page, "<b id=evil>x.txt", io.BytesIO(b"x").getvalue())
    page.locator(".drop-list .bad").wait_for()

    assert page.locator("#evil, .drop-list img").count() == 0
    assert "<img" in page.inner_text(".drop-list") and "<b id=evil>" in page.inner_text(".drop-list")


# --- a long form ----------------------------------------------------------------------------------


def typing(visit: Visit, minutes: int) -> Page:
    """A clerk who types for *minutes*, a word every six, and then sends the form."""
    page = visit.as_("clerk")
    page.clock.install()
    page.goto("/catalogue/new?class_code=FW%C2%B701&year=2025&department=KF")
    page.fill("[name=title]", "起草中")
    for nth in range(minutes // 6):
        page.clock.fast_forward(6 * 60_000)
        visit.office.tick(minutes=6)
        page.locator("[name=title]").press_sequentially(str(nth))
        page.wait_for_timeout(150)
    page.fill("[name=dated]", "2025-03-02")
    page.fill("[name=pages]", "1")
    page.locator("button[name=then][value=show]").click()
    settled(page)
    return page


def papers_of(office: Office) -> int:
    with office.ask("archivist") as unit:
        return unit.session.scalar(select(func.count()).select_from(Item)) or 0


def test_rel_W5_who_types_for_an_hour_is_not_signed_out(visit: Visit):
    """The page tells that somebody sits there; the form is filed, though no page was asked for in an hour."""
    before = papers_of(visit.office)
    page = typing(visit, 60)

    assert "/login" not in page.url and "起草中012345678" in page.inner_text("main")
    assert papers_of(visit.office) == before + 1


def test_rel_W5_witness_without_the_sign_of_life_the_log_in_has_run_out(visit: Visit):
    """The same hour with that request kept back: the idle limit is real."""
    before = papers_of(visit.office)
    visit.as_("clerk").route("**/account/here", lambda route: route.abort())
    page = typing(visit, 60)

    assert "/login" in page.url
    assert papers_of(visit.office) == before


# --- the table ------------------------------------------------------------------------------------


def cell(text: str) -> str:
    """A cell as a spreadsheet puts it on the clipboard."""
    return '"' + text.replace('"', '""') + '"' if set(text) & set('"\t\n') else text


def test_req_R39_two_hundred_rows_are_pasted_from_a_spreadsheet_and_filed(visit: Visit):
    """Cells with quotes, tabs and line ends come as they are meant; the table grows; all of it is filed."""
    page = visit.as_("archivist")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/catalogue/grid?class_code=FW%C2%B701&year=2025&department=KF")
    heads = page.locator("table.entry-grid thead th").all_inner_texts()
    titles = [f'第{nth}次"例会"\n纪要' if nth % 10 == 0 else f"第{nth}次例会纪要" for nth in range(1, 201)]
    names = [
        one.get_attribute("name") or ""
        for one in page.locator("table.entry-grid tbody tr").first.locator("input").all()
    ]
    columns = [name.partition("-")[2] for name in names]
    usual = {"dated": "2025-03-02", "pages": "2", "creator": "客服部"}
    rows = [
        "\t".join(cell(title) if name == "title" else usual.get(name, "") for name in columns)
        for title in titles
    ]
    page.evaluate("text => navigator.clipboard.writeText(text)", "\r\n".join(rows) + "\r\n")
    page.locator("table.entry-grid input").first.click()
    page.keyboard.press("Control+V")

    assert len(heads) == len(columns) + 1
    assert page.locator("table.entry-grid tbody tr").count() == 200
    assert page.input_value("[name=r9-title]") == '第10次"例会" 纪要'
    assert page.input_value("[name=r199-dated]") == "2025-03-02"
    before = papers_of(visit.office)
    page.locator("button[name=then][value=file]").click()
    settled(page)
    assert papers_of(visit.office) == before + 200
    assert "200" in page.inner_text("#flash")


def test_req_R39_the_table_is_walked_and_copied_by_keys(visit: Visit):
    """Enter goes down, Ctrl+D copies the cell above, Ctrl+Shift+D the row; a single word is pasted as a word."""
    page = visit.as_("archivist")
    page.goto("/catalogue/grid?class_code=FW%C2%B701&year=2025&department=KF")
    page.fill("[name=r0-title]", "甲")
    page.press("[name=r0-title]", "Enter")
    assert page.evaluate("document.activeElement.name") == "r1-title"
    page.keyboard.press("Control+D")
    assert page.input_value("[name=r1-title]") == "甲"
    page.fill("[name=r1-pages]", "7")
    rows = page.locator("table.entry-grid tbody tr").count()
    page.keyboard.press("Control+Shift+D")
    assert page.input_value("[name=r2-pages]") == "7" and page.input_value("[name=r2-title]") == "甲"
    assert page.locator("table.entry-grid tbody tr").count() == rows + 1
