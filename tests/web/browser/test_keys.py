"""Scanner, pointer, camera and keyboard: the counter, the worklist, the dialogs, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import segno
from sqlalchemy import select

from archive.entrance import SignedBy
from archive.model import Signature
from archive.statuses import Verdict
from retention.appraising import desk
from tests import make
from tests.retention import campaigns
from tests.web.browser.conftest import CHROMIUM, Visit, real, visiting
from tests.web.browser.test_days import settled

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.conftest import Office

pytestmark = pytest.mark.slow


def held(office: Office, count: int = 1) -> list[str]:
    """Volumes that are held, opened to a member of staff; their codes."""
    found = [make.volume(office, "ZX·02", 1, held=True, year=2020 + nth) for nth in range(count)]
    for uid in found:
        make.approved(office, uid)
    with office.ask("archivist") as unit:
        return [str(unit.record(uid).reference_code) for uid in found]


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
    """Back from a record stands the same list; back from what was sent, the form can be sent again."""
    (code,), page = held(visit.office), visit.as_("clerk")
    page.goto("/?q=ZX%C2%B702")
    page.goto(f"/records/{code}")
    page.go_back()
    assert page.input_value("#q") == "ZX·02"
    page.goto("/catalogue/new?class_code=FW%C2%B701&year=2025&department=KF")
    page.evaluate("document.querySelector('[name=title]').removeAttribute('required')")
    page.locator("button[name=then][value=show]").click()
    settled(page)
    page.go_back()
    assert page.locator("form[data-sent]").count() == 0


def back_after_leaving(visit: Visit) -> str:
    """What the browser shows to whoever presses back after somebody has logged out."""
    (code,), page = held(visit.office), visit.as_("clerk")
    page.goto(f"/records/{code}")
    assert "A1203" in page.content()
    page.locator(".person-button").click()
    page.locator("form[action='/logout'] button").click()
    page.wait_for_url("**/login**")
    page.go_back()
    settled(page)
    return page.content()


def test_rel_W5_after_the_log_out_the_way_back_shows_nothing(visit: Visit):
    """The page is asked for again, and the log-in comes instead."""
    told = back_after_leaving(visit)
    assert "A1203" not in told and 'name="password"' in told


def test_rel_W5_witness_a_page_the_browser_may_keep_is_shown_again(chromium: Browser, office: Office):
    """The same with pages that may be kept, whoever asks: the record stands there once more."""
    site = real(office)
    whole, told = site.app.wsgi_app, {"Cache-Control", "Vary", "Clear-Site-Data"}

    def keeping(asked: Any, start: Any) -> Any:
        def begun(status: str, headers: Any, *more: Any) -> Any:
            kept = [one for one in headers if one[0] not in told]
            return start(status, [*kept, ("Cache-Control", "max-age=600")], *more)

        return whole(asked, begun)

    site.app.wsgi_app = keeping  # type: ignore[method-assign]
    with visiting(chromium, site) as visit:
        assert "A1203" in back_after_leaving(visit)
