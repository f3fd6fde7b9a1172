"""Each person's day in a real browser, from the log-in to what is in the register at the end (issue 7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from archive.acts import Act
from archive.circulation import asked, ledger, requests
from archive.model import Stocktake
from archive.statuses import DestructionState, RequestKind
from archive.values import VolumeState
from indexer import sync
from retention.destroying import destruction
from tests import make
from tests.conftest import PASSWORD
from tests.retention import lists
from tests.retention.letting_go import letters
from tests.web.browser.conftest import Visit, unfit

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow


def code_of(visit: Visit, uid: str, who: str = "archivist") -> str:
    """The reference code of a record."""
    with visit.office.ask(who) as unit:
        return str(unit.record(uid).reference_code)


def button(page: Page, words: str) -> None:
    """Press the button of the page that says *words*."""
    page.locator("main").get_by_role("button", name=words).first.click()


def settled(page: Page) -> None:
    """Wait until the page has come, and nothing more is on its way."""
    page.wait_for_load_state("networkidle")


def send(page: Page) -> None:
    """Send the form of the dialog that stands open; whatever is said against it is told here."""
    with page.expect_response(lambda got: got.request.method == "POST") as sent:
        page.locator("#dialog-body form button[type=submit]").first.click()
    told = sent.value.text() if sent.value.status >= 400 else ""
    assert sent.value.status < 400, re.sub(r"<[^>]+>|\s+", " ", told)
    page.wait_for_timeout(200)
    settled(page)


def test_req_R39_the_day_of_a_clerk_files_a_paper_and_lends_a_volume(visit: Visit):
    """One screen for the paper; at the counter the scanner's code, the borrower, the count, the signature."""
    office, page = visit.office, visit.as_("clerk")
    volume = make.volume(office, "ZX·02", 2, held=True)
    make.approved(office, volume, to="supervisor")
    code = code_of(visit, volume)

    page.goto("/catalogue/new")
    page.fill("[name=q]", "ZX·02")
    page.locator("a", has_text="ZX·02").first.click()
    page.fill("[name=premises]", "A1204")
    page.fill("[name=party]", "P002")
    page.fill("[name=dossier]", "A1204-2026-1")
    page.fill("[name=title]", "A座1204室装修申请表")
    page.fill("[name=dated]", "2026-02-27")
    page.fill("[name=pages]", "3")
    page.locator("button[name=then][value=show]").click()
    settled(page)
    assert "A座1204室装修申请表" in page.inner_text("main")

    page.goto("/counter")
    page.fill("#scan", code)
    page.press("#scan", "Enter")
    page.locator("#desk [name=to]").wait_for()
    page.fill("#desk [name=to]", "supervisor")
    page.fill("#desk [name=purpose]", "核对装修图纸")
    page.fill("#desk [name=password]", PASSWORD)
    page.locator("#desk button[data-primary]").click()
    page.locator("#desk .done").wait_for()

    assert re.search(r"JY2026-\d{5}", page.inner_text("#desk"))
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        assert [(row.code, row.state.value) for row in ledger.register(unit, open_only=True)] == [
            (code, "OUT")
        ]
    assert unfit(page) == []


def test_req_R39_the_day_of_staff_searches_and_asks(visit: Visit):
    """One box, the words marked, and from the row the request; it stands on the own page."""
    office = visit.office
    make.volume(office, "ZX·02", 2, held=True)
    sync.drain(office.instance)
    page = visit.as_("staff")

    page.goto("/")
    page.fill("#q", "ZX·02")
    page.press("#q", "Enter")
    page.locator("article.hit").first.wait_for()
    page.locator("article.hit a", has_text="提出申请").first.click()
    page.locator("#dialog-body [name=purpose]").wait_for()
    page.select_option("#dialog-body [name=kind]", "LOAN")
    page.fill("#dialog-body [name=purpose]", "核对施工范围")
    send(page)
    page.goto("/mine")

    assert "核对施工范围" in page.inner_text("main")
    with office.ask("staff", Act.REQUEST_SEE) as unit:
        assert len(asked.mine(unit)) == 1
    assert unfit(page) == []


def test_req_R39_the_day_of_a_manager_approves_what_waits(visit: Visit):
    """The badge says how many, the inbox holds the facts; ticked, approved, gone."""
    office = visit.office
    volumes = [make.volume(office, "ZX·02", 1, held=True, year=year) for year in (2024, 2025)]
    codes = [code_of(visit, one) for one in volumes]
    with office.work("staff", Act.REQUEST_ASK) as unit:
        requests.ask(unit, RequestKind.LOAN, codes, purpose="核对施工范围")
    page = visit.as_("manager")

    page.goto("/inbox")
    assert page.locator("li.decision").count() == 2
    page.check("[data-all=numbers]")
    page.locator("button[name=decision][value=approve]").click()
    settled(page)

    assert page.locator("li.decision [name=numbers]").count() == 0
    with office.ask("staff", Act.REQUEST_SEE) as unit:
        assert {row.state.value for row in asked.mine(unit)} <= {
            "APPROVED",
            "WAITING",
            "PENDING",
            "OPEN",
        }
    assert unfit(page) == []


def test_req_R39_the_day_of_an_archivist_counts_a_cabinet(visit: Visit):
    """A stocktake begun, each volume scanned at its place, what is not found told live, the differences compared."""
    office = visit.office
    here, _missing = (make.volume(office, "ZX·02", 1, held=True, year=year) for year in (2024, 2025))
    page = visit.as_("archivist")

    page.goto("/custody/stocktakes")
    page.locator("main a", has_text="开始清点").first.click()
    page.locator("#dialog-body form").wait_for()
    page.select_option("#dialog-body [name=kind]", "SPOT")
    page.fill("#dialog-body [name=counters]", "archivist\nsecretary")
    send(page)
    page.goto("/custody/stocktakes")
    page.locator("main table a").first.click()
    page.fill("#scan", code_of(visit, here))
    page.press("#scan", "Enter")
    settled(page)

    assert code_of(visit, here) not in page.inner_text("#live table")
    page.locator("main form[action='/do/stocktake/compare'] button").click()
    settled(page)
    with office.ask("archivist", Act.STOCKTAKE_SEE) as unit:
        assert [one.value for one in unit.session.scalars(select(Stocktake.state))] == ["COMPARED"]
    assert unfit(page) == []


def test_req_R39_the_day_of_a_general_manager_decides_on_a_list(visit: Visit):
    """The list waits in his inbox; he reads the gate line by line, quotes the fingerprint and approves."""
    office = visit.office
    number = lists.frozen(office, letters(office, 2))
    page = visit.as_("gm")

    page.goto("/inbox")
    page.locator(f"a.decision-title:has-text('{number}')").first.click()
    settled(page)
    assert page.locator("ul.gate li").count() > 3
    page.locator("main a", has_text="批准").first.click()
    page.locator("#dialog-body form").wait_for()
    with office.ask("gm") as unit:
        fingerprint = destruction.one(unit, number).content_hash
    field = page.locator("#dialog-body [name=fingerprint]")
    if not field.input_value():
        field.fill(fingerprint)
    send(page)

    with office.ask("gm") as unit:
        assert destruction.one(unit, number).state is DestructionState.APPROVED
    assert unfit(page) == []


def test_req_R53_the_day_of_two_supervisors_who_destroy(visit: Visit):
    """Each signs on his own screen; before both have, nothing is destroyed; then the archivist carries it out."""
    office = visit.office
    uids = letters(office, 2)
    number = lists.approved(office, uids)
    lists.begin(office, number)
    way = f"/retention/destructions/{number}"

    for account in ("manager", "secretary"):
        page = visit.as_(account)
        page.goto(way)
        page.locator("main a", has_text="监销签字").first.click()
        page.locator("#dialog-body form").wait_for()
        page.fill("#dialog-body [name=place]", "碎纸房")
        confirm(page, number)
        send(page)
    page = visit.as_("archivist")
    page.goto(way)
    page.locator("main a", has_text="销毁").filter(has_text="…").first.click()
    page.locator("#dialog-body form").wait_for()
    confirm(page, number)
    send(page)
    page.goto(f"{way}/certificate")

    with office.ask("archivist") as unit:
        assert {unit.record(uid).state for uid in uids} == {VolumeState.DESTROYED}
    assert number in page.inner_text("main")
    assert unfit(page) == []


def confirm(page: Page, code: str) -> None:
    """Type again what cannot be taken back, where it is asked for."""
    if page.locator("#dialog-body [name=confirm]").count():
        page.fill("#dialog-body [name=confirm]", code)


def test_req_R39_the_day_of_an_auditor_verifies_the_log(visit: Visit):
    """The log browsed and narrowed; one button verifies the whole chain and tells what it found."""
    office = visit.office
    make.volume(office, "ZX·02", 1, held=True)
    page = visit.as_("auditor")

    page.goto("/audit")
    page.select_option("[name=act]", "handover.sign")
    button(page, "筛选")
    settled(page)
    assert page.locator("table.log tbody tr").count() == 1
    page.goto("/audit")
    page.locator("main form[action='/audit/verify'] button").click()
    settled(page)
    if "/admin/jobs/" not in page.url:
        page.locator("main a[href^='/admin/jobs/']").first.click()
    page.get_by_text("完成：校验审计日志").wait_for()
    assert unfit(page) == []
