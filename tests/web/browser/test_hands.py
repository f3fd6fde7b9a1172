"""What hands do in a browser: drop a file, paste a table, draw a signature, hold a code before the camera, press keys."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import segno
from sqlalchemy import func, select

from archive import objects
from archive.entrance import SignedBy
from archive.model import Item, Signature
from archive.statuses import Verdict
from tests import make
from tests.retention import campaigns
from tests.web.browser.conftest import CHROMIUM, Visit, real, visiting
from tests.web.browser.test_days import settled

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

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


def held(office: Office, count: int = 1) -> list[str]:
    """Volumes that are held, opened to a member of staff; their codes."""
    found = [make.volume(office, "ZX·02", 1, held=True, year=2020 + nth) for nth in range(count)]
    for uid in found:
        make.approved(office, uid)
    with office.ask("archivist") as unit:
        return [str(unit.record(uid).reference_code) for uid in found]


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


# --- the counter ----------------------------------------------------------------------------------


def test_req_R39_codes_scanned_faster_than_the_answer_all_lie_on_the_desk(visit: Visit):
    """A scanner types and does not wait; after each the cursor is back in the field."""
    codes, page = held(visit.office, 4), visit.as_("archivist")
    page.goto("/counter")
    for code in codes:
        page.keyboard.insert_text(code)
        page.keyboard.press("Enter")
    page.locator("#desk .parcel").nth(3).wait_for()

    assert page.evaluate("document.activeElement.id") == "scan" and page.input_value("#scan") == ""
    assert set(codes) <= set(page.locator("#desk .parcel-code").all_inner_texts())
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type("K9")
    assert page.input_value("#scan") == "K9"


def test_req_R43_a_signature_is_drawn_cleared_drawn_again_and_kept(visit: Visit):
    """Lines follow the pointer; what was cleared is not kept; a scan in between loses nothing."""
    (first, second), page = held(visit.office, 2), visit.as_("archivist")
    page.goto("/counter")
    page.fill("#scan", first)
    page.press("#scan", "Enter")
    page.locator("#desk [name=to]").fill("staff")
    page.fill("#desk [name=purpose]", "核对图纸")
    draw(page, 5)
    page.locator("#desk [data-clear]").click()
    assert page.input_value("#desk [name=strokes]") == ""
    draw(page, 9)
    drawn = page.input_value("#desk [name=strokes]")
    page.fill("#scan", second)
    page.press("#scan", "Enter")
    page.locator("#desk .parcel").nth(1).wait_for()
    assert page.input_value("#desk [name=strokes]") == drawn != ""
    page.locator("#desk button[data-primary]").click()
    page.locator("#desk .done").wait_for()

    with visit.office.ask("archivist") as unit:
        signed = list(unit.session.scalars(select(Signature).where(Signature.signed_by == SignedBy.PAD)))
        assert len(signed) == 2
    page.locator("#desk .done a.code").first.click()
    assert page.locator(f"path[d='{drawn}']").count() == 1


def draw(page: Page, lines: int) -> None:
    """Draw so many strokes on the pad."""
    box = page.locator("#desk [data-pad] svg").first
    box.scroll_into_view_if_needed()
    frame = box.bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + 20, frame["y"] + 20)
    page.mouse.down()
    for nth in range(1, lines + 1):
        page.mouse.move(frame["x"] + 20 + 15 * nth, frame["y"] + (80 if nth % 2 else 30))
    page.mouse.up()


def filmed(code: str, folder: Path) -> Path:
    """A film that shows the label of *code*, as a camera would see it."""
    rows = [
        bytes(row)
        for row in segno.make_qr(code, error="m", encoding="utf-8", eci=False).matrix_iter(scale=8, border=4)
    ]
    wide, high, side = 640, 480, len(rows)
    light = bytearray(b"\xeb" * (wide * high))
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                light[((high - side) // 2 + down) * wide + (wide - side) // 2 + across] = 16
    frame = b"FRAME\n" + bytes(light) + b"\x80" * (wide * high // 2)
    made = folder / "label.y4m"
    made.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420mpeg2\n" + frame * 10)
    return made


@pytest.fixture
def camera(chromium: Browser, office: Office, tmp_path: Path) -> Iterator[tuple[Visit, str]]:
    """A phone before whose camera a label is held; the code on it."""
    (code,) = held(office)
    args = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={filmed(code, tmp_path)}"]  # fmt: skip
    browser = chromium.browser_type.launch(executable_path=str(CHROMIUM), args=args)
    with visiting(browser, real(office), size=(390, 844)) as visit:
        yield visit, code
    browser.close()
    assert visit.wrong == []


def test_req_R39_a_label_before_the_camera_is_scanned_by_our_own_reader(camera: Any):
    """Where the browser has no reader of codes, the one of the house is loaded; a code that stays counts once."""
    visit, code = camera
    page = visit.as_("archivist")
    page.context.grant_permissions(["camera"])
    page.goto("/counter")
    page.evaluate("delete window.BarcodeDetector")
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.click("[data-camera]")
    page.locator("#desk .parcel").wait_for()
    page.wait_for_timeout(3_500)

    assert code in page.inner_text("#desk") and page.evaluate("Boolean(window.jsQR)")
    assert len(sent) == 1
    page.click("[data-camera]")
    assert page.locator("[data-camera-view]").is_hidden()


# --- the worklist ---------------------------------------------------------------------------------


def test_req_R52_the_worklist_is_judged_without_a_mouse(visit: Visit):
    """k and j walk, a number is the verdict, r the reason, Enter saves and goes on; x ticks."""
    office = visit.office
    codes = [str(campaigns.record(office, uid).reference_code) for uid in campaigns.alone(office, 3)]
    number = campaigns.begun(office, codes=codes)
    page = visit.as_("archivist")
    page.goto(f"/retention/appraisals/{number}")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("input[name=lines]:checked").count() == 1
    chosen = page.locator("[data-line].chosen").get_attribute("data-line")
    nth = 1 + [
        one.get_attribute("value") for one in page.locator(f"#line-{chosen} input[name=verdict]").all()
    ].index("DESTROY")
    page.keyboard.press(str(nth))
    page.keyboard.press("r")
    page.keyboard.type("期满，无保存价值")
    page.keyboard.press("Enter")
    page.locator(f"#line-{chosen}.is-saved").wait_for()
    page.wait_for_timeout(100)

    following = page.locator("[data-line].chosen").get_attribute("data-line")
    assert following is not None and int(following) == int(chosen or 0) + 1
    page.keyboard.press("k")
    assert page.locator("[data-line].chosen").get_attribute("data-line") == chosen
    with office.ask("archivist") as unit:
        from retention.appraising import desk

        (first, *_) = desk.line(unit, number, chosen or "").lines
        assert first.own is not None and first.own.verdict is Verdict.DESTROY


# --- every page -----------------------------------------------------------------------------------


def test_req_R39_the_shortcuts_are_listed_and_lead_where_they_say(visit: Visit):
    """`?` opens the list and Escape closes it; g and a letter go; / is the search box; typing is typing."""
    page = visit.as_("archivist")
    page.goto("/dashboard")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible() and page.locator("#keys kbd").count() > 10
    page.keyboard.press("Escape")
    assert page.locator("#keys").is_hidden()
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/inbox")
    page.keyboard.press("/")
    page.keyboard.type("g i?")
    assert page.input_value("#search") == "g i?"


def test_req_R39_a_dialog_opens_keeps_the_keys_within_and_closes(visit: Visit):
    """The first empty field has the cursor; Tab stays within; Escape asks before typed words are lost; the cursor goes back."""
    (code,), page = held(visit.office), visit.as_("staff")
    page.goto(f"/records/{code}")
    opener = page.locator("main a[hx-get^='/do/request/ask']").first
    opener.focus()
    page.keyboard.press("Enter")
    page.locator("#dialog-body [name=purpose]").wait_for()
    inside = "document.getElementById('dialog').contains(document.activeElement)"
    assert page.evaluate(inside)
    for _ in range(25):
        page.keyboard.press("Tab")
        assert page.evaluate(f"{inside} || document.activeElement === document.body")
    page.fill("#dialog-body [name=purpose]", "核对")
    asked: list[str] = []
    page.on("dialog", lambda said: asked.append(said.message))
    page.keyboard.press("Escape")
    page.locator("#dialog:not([open])").wait_for(state="attached")

    assert len(asked) == 1
    assert page.locator("#dialog-body").inner_text() == ""
    assert page.evaluate("document.activeElement.getAttribute('hx-get')") == opener.get_attribute("hx-get")


def test_req_R39_the_way_back_is_the_way_one_came(visit: Visit):
    """Back from a record stands the same list; back from what was sent, the form can be sent again; after the
    log-out, back shows nothing."""
    (code,), page = held(visit.office), visit.as_("clerk")
    page.goto(f"/catalogue?class_code={code[5:10]}")
    page.goto("/?q=ZX%C2%B702")
    page.goto(f"/records/{code}")
    page.go_back()
    assert page.input_value("#q") == "ZX·02"
    page.goto("/catalogue/new?class_code=FW%C2%B701&year=2025&department=KF")
    page.fill("[name=title]", "")
    page.evaluate("document.querySelector('[name=title]').removeAttribute('required')")
    page.locator("button[name=then][value=show]").click()
    settled(page)
    page.go_back()
    assert page.locator("form[data-sent]").count() == 0
    page.goto(f"/records/{code}")
    assert "A1203" in page.content()
    page.locator(".person-button").click()
    page.locator("form[action='/logout'] button").click()
    page.wait_for_url("**/login**")
    page.go_back()
    settled(page)
    assert "/login" in page.url and "A1203" not in page.content()


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
