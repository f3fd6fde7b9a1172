"""借阅: lending and taking back over the counter, one by one or by scanner; renewing, recalling; the register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive import clikit
from archive.acts import Act
from archive.circulation import counter, ledger, renewing
from archive.circulation.lending import Return, Terms
from archive.clikit import DAY, acting, argument, listing, option, tell, warn
from archive.clikit.scans import numbered

if TYPE_CHECKING:
    from archive.model import Loan
    from archive.unit import Unit

CODE = "档号或盒号 / Reference code, or code of a box"
MEANT = "档号、借阅号或盒号 / Reference code, number of the loan, or code of a box"
ONE = "档号或借阅号 / Reference code, or number of the loan"
REGISTER = (
    "number:loan_number", "code", "title", "level", "borrower", "department", "state", "is_copy", "take_out", "purpose",
    "approved_by", "lent_on", "due_on", "items", "pages", "lent_by", "renewals", "recalled_on", "chases", "returned_on",
    "items_back", "pages_back", "returned_by", "received_by", "intact", "note", "overdue_days",
)  # fmt: skip


@clikit.group("loan")
def loan() -> None:
    """借阅。 / Loans."""


@loan.command("lend", example="anjuan loan lend K001-… --to sun --for 核对图纸 --items 2 --pages 4")
@argument("code", help=CODE)
@option("--to", required=True, help="借阅人账号 / Borrower's account")
@option("--for", "purpose", required=True, help="用途 / Purpose")
@option("--items", type=int, help="当面清点的件数 / Items both counted")
@option("--pages", type=int, help="当面清点的页数 / Pages both counted")
@option("--days", type=int, help="借期天数，遇休息日顺延 / Days, moved on to a working day")
@option("--due", "due_on", type=DAY, help="或：应还日期，须为工作日 / Or: due date, a working day")
@option(
    "--take-out",
    is_flag=True,
    help="可带离公司，须经总经理批准 / May leave the premises, if the general manager said so",
)
@option("--copy", is_flag=True, help="借出复制件，原件留存 / Lend a copy, the original stays")
@option("--pass-over", default="", help="越过等候在先者的理由 / Reason for leaving out who waits longer")
@option("--note", default="", help="备注 / Note")
@acting(Act.LOAN_LEND, Act.LOAN_LEND_COPY, Act.LOAN_TAKE_OUT)
def lend(unit: Unit, code: str, items: int | None, pages: int | None, **terms: Any) -> None:
    """借出，当面清点；盒号借出整盒。 / Lend, counted face to face; the code of a box lends all of it."""
    made = counter.lend(unit, code, Terms(**terms), items=items, pages=pages)
    _told_lent(Act.LOAN_LEND_COPY if terms["copy"] else Act.LOAN_LEND, made)


@loan.command("lend-many", example="anjuan loan lend-many --to sun --for 年度核对 --file scanned.txt")
@argument("codes", nargs=-1, help=CODE)
@option(
    "--file",
    help="每行一个扫码的文件；- 为标准输入 / A file of scanned codes, one a line; - for standard input",
)
@option("--to", required=True, help="借阅人账号 / Borrower's account")
@option("--for", "purpose", required=True, help="用途 / Purpose")
@option("--days", type=int, help="借期天数，遇休息日顺延 / Days, moved on to a working day")
@option("--due", "due_on", type=DAY, help="或：应还日期，须为工作日 / Or: due date, a working day")
@acting(Act.LOAN_LEND)
def lend_many(unit: Unit, codes: Sequence[str], file: str | None, **terms: Any) -> None:
    """扫码批量借出：一行不行，整批不办。 / Lend what was scanned: all of it, or nothing."""
    _told_lent(Act.LOAN_LEND, counter.lend_many(unit, numbered(codes, file), Terms(**terms)))


def _told_lent(act: Act, made: Sequence[Loan]) -> None:
    tell(
        act,
        loan_number=[one.number for one in made],
        items=sum(one.items_out for one in made),
        pages=sum(one.pages_out for one in made),
        due_on=min(one.due_on for one in made),
    )


@loan.command("return", example="anjuan loan return K001-… --items 2 --pages 4")
@argument("code", help=MEANT)
@option("--by", help="归还人账号，默认借阅人 / Who brings it, the borrower if not given")
@option("--items", type=int, help="当面清点的件数 / Items both counted")
@option("--pages", type=int, help="当面清点的页数 / Pages both counted")
@option("--damaged", is_flag=True, help="有损坏 / Something is damaged")
@option(
    "--missing",
    multiple=True,
    help="缺少的文件档号，可多次 / Code of a paper that did not come back; may be repeated",
)
@option("--note", default="", help="备注 / Note")
@acting(Act.LOAN_RETURN, Act.INCIDENT_REPORT)
def return_(unit: Unit, code: str, *, damaged: bool, **given: Any) -> None:
    """归还，当面清点；不符或有损坏的立事故。 / Take back, counted; a difference or damage opens an incident."""
    made = counter.take_back(unit, code, Return(intact=not damaged, **given))
    tell(
        Act.LOAN_RETURN,
        loan_number=[one.number for one in made],
        items=sum(one.items_back or 0 for one in made),
        pages=sum(one.pages_back or 0 for one in made),
        intact=all(one.intact for one in made),
    )
    for one in made:
        _followed_up(unit, one)


@loan.command("return-many", example="anjuan loan return-many --file scanned.txt --keep-going")
@argument("codes", nargs=-1, help=MEANT)
@option(
    "--file",
    help="每行一个扫码的文件；- 为标准输入 / A file of scanned codes, one a line; - for standard input",
)
@option("--by", help="归还人账号，默认各自的借阅人 / Who brings them, each one's borrower if not given")
@option(
    "--keep-going",
    is_flag=True,
    help="不能归还的留下，其余照收 / Leave what cannot be taken back, take the rest",
)
@acting(Act.LOAN_RETURN)
@listing("line", "code", "number:loan_number", "intact", "done:taken_back")
def return_many(
    unit: Unit, codes: Sequence[str], file: str | None, by: str | None, *, keep_going: bool
) -> Sequence[object]:
    """扫码批量归还，账面数照收；逐行报告。 / Take back what was scanned, counted as it went out; told line by line."""
    told = counter.return_many(unit, numbered(codes, file), by=by, keep_going=keep_going)
    for one in told:
        if one.why is not None:
            why = one.why.message(clikit.desk().language)
            warn("warning.not-returned", line=one.line, code=one.code, why=why)
            clikit.fail(1)
    return told


def _followed_up(unit: Unit, one: Loan) -> None:
    """What a return leads to: an incident, or somebody who waits for the record."""
    if not one.intact:
        warn("warning.not-intact", number=one.number, incident=ledger.incident_of(unit, one))
    record = ledger.record_of(unit, one)
    waiting = ledger.waiting(unit, record)
    if waiting:
        warn("warning.waiting", code=record.reference_code, count=len(waiting))


@loan.command("renew", example="anjuan loan renew JY2026-00001 --days 7")
@argument("code", help=ONE)
@option("--days", type=int, help="从应还日期起延长的天数 / Days after the due day it has")
@option(
    "--due", "due_on", type=DAY, help="或：新的应还日期，须为工作日 / Or: the new due date, a working day"
)
@acting(Act.LOAN_RENEW)
def renew(unit: Unit, code: str, days: int | None, due_on: dt.date | None) -> None:
    """续借：借阅人本人或经手人办理。 / Renew: the borrower himself, or who may take it back."""
    made = renewing.renew(unit, code, days=days, due_on=due_on)
    tell(Act.LOAN_RENEW, loan_number=made.number, due_on=made.due_on, renewals=made.renewals)


@loan.command("recall", example="anjuan loan recall JY2026-00001 --reason 检查组调阅 --days 3")
@argument("code", help=ONE)
@option("--reason", required=True, help="理由 / Reason")
@option(
    "--days",
    type=int,
    default=renewing.RECALL_DAYS,
    show_default=True,
    help="几个工作日内归还 / Working days to bring it back",
)
@option("--due", "due_on", type=DAY, help="或：归还日期，须为工作日 / Or: the day, a working day")
@acting(Act.LOAN_RECALL)
def recall(unit: Unit, code: str, *, reason: str, days: int, due_on: dt.date | None) -> None:
    """召回：提前收回，并通知借阅人。 / Recall: call it back sooner, with a notice to the borrower."""
    made = renewing.recall(unit, code, reason=reason, days=days, due_on=due_on)
    tell(Act.LOAN_RECALL, loan_number=made.number, due_on=made.due_on)


@loan.command("list", example="anjuan loan list --overdue --csv")
@option("--open", "open_only", is_flag=True, help="只列未还的 / Only what is out")
@option("--overdue", is_flag=True, help="只列逾期的 / Only what is overdue")
@option("--borrower", help="借阅人账号 / Borrower's account")
@option("--limit", type=int, default=1000, show_default=True, help="最多几行 / At most so many lines")
@option("--offset", type=int, default=0, help="从第几行起 / Lines to skip")
@acting(Act.LOAN_SEE, reads=True)
@listing(*REGISTER)
def rows(unit: Unit, **narrowed: Any) -> Sequence[object]:
    """借阅登记簿。 / The loan register."""
    return ledger.register(unit, **narrowed)


@loan.command("who", example="anjuan loan who K001-…")
@argument("code", help="档号 / Reference code")
@acting(Act.LOAN_SEE, reads=True)
@listing(*REGISTER)
def who(unit: Unit, code: str) -> Sequence[object]:
    """谁借着、谁借过，新的在前。 / Who has it and who had it, newest first."""
    return ledger.history(unit, code)


@loan.command("mine", example="anjuan loan mine")
@option("--all", "every", is_flag=True, help="连同已还的 / With what was returned")
@acting(Act.LOAN_SEE, reads=True)
@listing(*REGISTER)
def mine(unit: Unit, *, every: bool) -> Sequence[object]:
    """我借的。 / What I have on loan."""
    return ledger.mine(unit, open_only=not every)
