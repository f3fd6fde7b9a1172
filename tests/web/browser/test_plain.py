"""The essentials in a browser without scripts, on a phone, and at two screens at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from archive import objects
from archive.acts import Act
from archive.circulation import asked, ledger
from archive.custody import stocktake
from archive.entrance import SignedBy
from archive.model import Signature
from archive.statuses import StocktakeKind
from indexer import sync
from tests import make
from tests.conftest import PASSWORD
from tests.web.browser.conftest import Visit, real, visiting
from tests.web.browser.test_days import code_of, settled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.conftest import Office

pytestmark = pytest.mark.slow


@pytest.fixture
def plain(chromium: Browser, office: Office) -> Iterator[Visit]:
    """A browser that runs no script at a fresh office."""
    with visiting(chromium, real(office), scripts=False) as made:
        yield made
    assert made.wrong == []


def opened(office: Office) -> str:
    """The code of a volume that is held, and opened to the supervisor."""
    uid = make.volume(office, "ZX·02", 2, held=True)
    make.approved(office, uid, to="supervisor")
    sync.drain(office.instance)
    with office.ask("archivist") as unit:
        return str(unit.record(uid).reference_code)


def on_loan(office: Office) -> list[str]:
    """The codes of what is out."""
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        return [row.code for row in ledger.register(unit, open_only=True) if row.state.value == "OUT"]


def laid(page: Page, code: str) -> None:
    """Scan *code* at the counter."""
    page.goto("/counter")
    page.fill("#scan", code)
    page.press("#scan", "Enter")
    page.locator("#desk .parcel").wait_for()


def lent(page: Page, code: str) -> None:
    """Lend *code* to the supervisor, who signs with his password."""
    laid(page, code)
    page.fill("#desk [name=to]", "supervisor")
    page.fill("#desk [name=purpose]", "核对装修图纸")
    page.fill("#desk [name=password]", PASSWORD)
    page.locator("#desk button[data-primary]").click()
    page.locator("#desk .done").wait_for()


def brought_back(page: Page, code: str) -> None:
    """Take *code* back."""
    laid(page, code)
    page.locator("#desk button[data-primary]").click()
    page.locator("#desk .done").wait_for()


def test_req_R39_without_scripts_one_searches_opens_lends_and_takes_back(plain: Visit):
    """Log-in, search, record, counter: every step a page; the pad is not there, the password is."""
    office = plain.office
    code, page = opened(office), plain.as_("clerk")
    page.goto("/")
    page.fill("#q", "装修平面图 OR ZX·02")
    page.press("#q", "Enter")
    page.locator("article.hit", has_text=code).first.locator("h2 a").click()
    assert code in page.inner_text("main")

    laid(page, code)
    assert page.locator("#desk [data-pad]").is_hidden()
    lent(page, code)
    assert [code] == on_loan(office)
    with office.ask("archivist") as unit:
        ways = {one.signed_by for one in unit.session.scalars(select(Signature))}
    assert ways == {SignedBy.ACCOUNT}
    brought_back(page, code)
    assert [] == on_loan(office)


def test_req_R39_without_scripts_one_asks_and_another_approves(plain: Visit):
    """What opens as a dialog elsewhere is a page here; the inbox approves what is ticked."""
    office = plain.office
    uid = make.volume(office, "ZX·02", 2, held=True)
    staff, manager = plain.as_("staff"), plain.as_("manager")
    staff.goto(f"/records/{code_of(plain, uid)}")
    staff.locator("main a[href^='/do/request/ask']").first.click()
    staff.select_option("main [name=kind]", "LOAN")
    staff.fill("main [name=purpose]", "核对施工范围")
    staff.locator("main form button[type=submit]").first.click()
    assert "核对施工范围" in (staff.goto("/mine"), staff.inner_text("main"))[1]

    manager.goto("/inbox")
    manager.check("li.decision [name=numbers]")
    manager.locator("button[name=decision][value=approve]").click()
    assert manager.locator("li.decision [name=numbers]").count() == 0
    with office.ask("staff", Act.REQUEST_SEE) as unit:
        assert [row.state.value for row in asked.mine(unit)] != ["OPEN"]


def test_req_R39_without_scripts_one_files_a_paper_and_sends_its_file(plain: Visit):
    """The form, and a file chosen and sent with a button."""
    page = plain.as_("archivist")
    page.goto("/catalogue/new?class_code=FW%C2%B701&year=2025&department=KF")
    page.fill("[name=title]", "云雀厅巡查记录")
    page.fill("[name=dated]", "2025-03-02")
    page.fill("[name=pages]", "3")
    page.locator("button[name=then][value=show]").click()
    settled(page)
    page.set_input_files(
        "#upload input[type=file]",
        {"name": "巡查.txt", "mimeType": "text/plain", "buffer": b"patrol" * 100_000},
    )
    page.locator("#upload button[type=submit]").click()
    settled(page)

    assert "巡查.txt" in page.inner_text("main")
    code = page.inner_text("main .code").split()[0] if page.locator("main .code").count() else ""
    with plain.office.ask("archivist") as unit:
        held = objects.contents(unit, unit.item(code))
        assert [objects.read(unit, one) for one in held] == [b"patrol" * 100_000]


def test_req_R39_without_scripts_a_batch_of_papers_is_entered(plain: Visit):
    """The table is a form as well: what is wrong is told in its cell, what is right is filed."""
    page = plain.as_("archivist")
    page.goto("/catalogue/grid?class_code=FW%C2%B701&year=2025&department=KF")
    for nth, dated in enumerate(("2025-03-02", "2025-02-30")):
        page.fill(f"[name=r{nth}-title]", f"第{nth}次例会")
        page.fill(f"[name=r{nth}-dated]", dated)
        page.fill(f"[name=r{nth}-pages]", "1")
    page.locator("button[name=then][value=file]").click()
    assert page.locator("td.bad").count() == 1 and page.input_value("[name=r0-title]") == "第0次例会"
    page.fill("[name=r1-dated]", "2025-02-28")
    page.locator("button[name=then][value=file]").click()
    settled(page)
    assert "2" in page.inner_text("#flash")


# --- the phone ------------------------------------------------------------------------------------


def across(page: Page) -> int:
    """How wide the page is."""
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_req_R39_the_counter_on_a_phone_lends_and_takes_back(visit: Visit):
    """At 390 pixels, and with letters twice as large: nothing moves sideways, every button is large enough for a thumb."""
    visit.size = (390, 844)
    code, page = opened(visit.office), visit.as_("clerk")
    laid(page, code)
    assert across(page) <= 390
    small = page.evaluate("""() => [...document.querySelectorAll('main button, main .btn')].filter(one => one.checkVisibility({visibilityProperty: true}) && !one.matches('.sr'))
        .map(one => [one.textContent.trim().slice(0, 20), one.getBoundingClientRect()]).filter(([, box]) => box.height < 32).map(([text, box]) => `${text} ${box.height}`)""")
    assert small == []
    lent(page, code)
    assert [code] == on_loan(visit.office) and across(page) <= 390
    brought_back(page, code)
    assert [] == on_loan(visit.office) and across(page) <= 390

    page.set_viewport_size({"width": 195, "height": 422})  # a phone of 390, enlarged twice
    laid(page, code)
    assert across(page) <= 195 + 1


def test_req_R28_a_count_by_phone_is_followed_at_the_desk(visit: Visit):
    """One goes along the shelves with a phone; at the desk the list of what is not found grows shorter by itself."""
    office = visit.office
    codes = [
        code_of(visit, make.volume(office, "ZX·02", 1, held=True, year=year)) for year in (2023, 2024, 2025)
    ]
    with office.work("archivist", Act.STOCKTAKE_BEGIN) as unit:
        number = stocktake.begin(unit, StocktakeKind.SPOT, counters=("clerk", "records")).number
    desk = visit.as_("archivist")
    visit.size = (390, 844)
    phone = visit.as_("clerk")
    desk.goto(f"/custody/stocktakes/{number}")
    desk.evaluate("window.same = true")
    assert all(code in desk.inner_text("#live") for code in codes)

    phone.goto(f"/custody/stocktakes/{number}")
    for code in codes[:2]:
        phone.fill("#scan", code)
        phone.press("#scan", "Enter")
        settled(phone)
        assert across(phone) <= 390 and phone.evaluate("document.activeElement.id") == "scan"
        desk.locator("#live td.code", has_text=code).wait_for(state="detached")

    assert codes[2] in desk.inner_text("#live table")
    assert desk.evaluate("window.same") is True  # it was never loaded again
    assert phone.locator("#live td.code", has_text=codes[2]).count() == 1
