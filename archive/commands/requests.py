"""借阅申请: asking, deciding, withdrawing, matching; what waits and what was decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.circulation import asked, decisions, requests, slips
from archive.clikit import DAY, Named, acting, argument, listing, option, showing, tell
from archive.clikit.scans import scanned
from archive.statuses import RequestKind, RequestState

if TYPE_CHECKING:
    from archive.model import RequestLine
    from archive.unit import Unit

NUMBERS = "申请号；SQ2026-00001 为全部，SQ2026-00001/2 为一行 / Numbers: of a request, or of one line of it"
FILE = "从文件读取，每行一个；- 为标准输入 / From a file, one a line; - is standard input"
ROW = (
    "number:request_number", "kind", "reader", "reader_department", "code", "title", "level", "state", "waits_for",
    "asked_on", "until", "purpose",
)  # fmt: skip
INBOX = (
    "number:request_number", "kind", "reader", "reader_department", "code", "title", "level", "until", "purpose",
    "open_loans", "overdue", "out", "deputy_for",
)  # fmt: skip
SHEET = (
    "number:request_number", "kind", "reader", "reader_department", "asked_by", "asked_at", "until", "purpose",
    "matrix", "lines", "decisions",
)  # fmt: skip


@clikit.group("request")
def request() -> None:
    """借阅申请与审批。 / Requests for use, and their approval."""


@request.command("ask", example="anjuan request ask K001-… --kind loan --for 核对图纸 --until 2026-03-31")
@argument(
    "codes", nargs=-1, help="档号，或盒、袋代码（其内全部） / Reference codes, or a box or bag for all that is in it"
)  # fmt: skip
@option(
    "--kind",
    type=Named(RequestKind),
    required=True,
    help="申请种类：阅览、借出、带离公司、复制、摘抄、封存、启封 / Kind of request: read, loan, take_out, copy, extract, seal, unseal",
)
@option("--for", "purpose", required=True, help="用途 / Purpose")
@option("--until", type=DAY, help="用到哪天，默认十四天后 / Last day, in fourteen days if not given")
@option("--reader", "for_", help="为谁申请（账号），由保管人代填 / Account of whom a keeper enters it for")
@option("--visitor", help="或：来访号 / Or: number of a visitor")
@option(
    "--wanted",
    multiple=True,
    help="不知档号时用文字说明，可多次 / In words, where one knows no code; may be repeated",
)
@option("--file", "path", help=FILE)
@acting(Act.REQUEST_ASK)
def ask(unit: Unit, codes: Sequence[str], kind: RequestKind, purpose: str, until: dt.date | None, for_: str | None, visitor: str | None, wanted: Sequence[str], path: str | None) -> None:  # fmt: skip
    """提出申请；不需审批的当即批准。 / Ask; what needs nobody's word is approved at once."""
    made = requests.ask(
        unit, kind, scanned(codes, path), purpose=purpose, for_=for_, visitor=visitor, until=until,
        wanted=wanted,
    )  # fmt: skip
    rows = [asked.row(unit, line) for line in slips.lines_of(unit, made)]
    tell(
        Act.REQUEST_ASK,
        request_number=made.number,
        lines=len(rows),
        until=made.until,
        waits_for=sorted({row.waits_for for row in rows if row.waits_for}) or None,
        approved_lines=sum(row.state is RequestState.APPROVED for row in rows) or None,
    )


@request.command("inbox", example="anjuan request inbox")
@acting(Act.REQUEST_SEE, reads=True)
@listing(*INBOX)
def inbox(unit: Unit) -> Sequence[object]:
    """等我审批的。 / What waits for me."""
    return asked.inbox(unit)


@request.command("approve", example="anjuan request approve SQ2026-00001 SQ2026-00002/3 --reason 同意")
@argument("numbers", nargs=-1, help=NUMBERS)
@option("--reason", default="", help="意见 / Remark")
@option("--file", "path", help=FILE)
@acting(Act.REQUEST_APPROVE, Act.REQUEST_ENDORSE)
def approve(unit: Unit, numbers: Sequence[str], reason: str, path: str | None) -> None:
    """批准；后面还有审批人的为审核同意。可一次多行，逐行记录。 / Approve, or endorse where others follow; many lines at once."""
    _say(unit, decisions.decide(unit, scanned(numbers, path), Act.REQUEST_APPROVE, reason=reason))


@request.command("refuse", example="anjuan request refuse SQ2026-00001/2 --reason 与工作无关")
@argument("numbers", nargs=-1, help=NUMBERS)
@option("--reason", required=True, help="理由 / Reason")
@option("--file", "path", help=FILE)
@acting(Act.REQUEST_REFUSE)
def refuse(unit: Unit, numbers: Sequence[str], reason: str, path: str | None) -> None:
    """不批准，须写理由。 / Refuse, with a reason."""
    _say(unit, decisions.decide(unit, scanned(numbers, path), Act.REQUEST_REFUSE, reason=reason))


def _say(unit: Unit, lines: Sequence[RequestLine]) -> None:
    words = {RequestState.ENDORSED: Act.REQUEST_ENDORSE, RequestState.REFUSED: Act.REQUEST_REFUSE}
    for line in lines:
        row = asked.row(unit, line)
        act = words.get(line.state, Act.REQUEST_APPROVE)
        tell(act, request_number=row.number, code=row.code, state=row.state, waits_for=row.waits_for)


@request.command("withdraw", example="anjuan request withdraw SQ2026-00001")
@argument("numbers", nargs=-1, required=True, help=NUMBERS)
@acting(Act.REQUEST_WITHDRAW)
def withdraw(unit: Unit, numbers: Sequence[str]) -> None:
    """撤回自己的申请；已批准的随即失效。 / Take back one's own request; what was approved lapses at once."""
    for line in requests.withdraw(unit, numbers):
        row = asked.row(unit, line)
        tell(Act.REQUEST_WITHDRAW, request_number=row.number, state=row.state)


@request.command("match", example="anjuan request match SQ2026-00001/1 K001-…")
@argument("number", help="文字申请的行号 / Number of a line in words")
@argument("code", help="所指档案的档号 / Reference code of the record meant")
@acting(Act.REQUEST_MATCH)
def match(unit: Unit, number: str, code: str) -> None:
    """为文字申请找到所指的档案，随后照常审批。 / Say which record the words mean; then it goes the usual road."""
    row = asked.row(unit, requests.match(unit, number, code))
    tell(
        Act.REQUEST_MATCH, request_number=row.number, code=row.code, state=row.state, waits_for=row.waits_for
    )


@request.command("list", example="anjuan request list --mine")
@option("--mine", is_flag=True, help="只列我的 / Only one's own")
@option("--state", type=Named(RequestState), help="只列此状态 / Only in this state")
@option("--reader", "person", help="申请人账号 / Account of who is to use it")
@option("--record", "code", help="档号 / Reference code")
@acting(Act.REQUEST_SEE, reads=True)
@listing(*ROW)
def rows(unit: Unit, state: RequestState | None, person: str | None, code: str | None, *, mine: bool) -> Sequence[object]:  # fmt: skip
    """申请登记簿：自己的，和自己所管档案的。 / The register: one's own, and of records one answers for."""
    if mine:
        return asked.mine(unit, state=state)
    return asked.rows(unit, state=state, person=person, code=code)


@request.command("show", example="anjuan request show SQ2026-00001")
@argument("number", help="申请号 / Number of the request")
@acting(Act.REQUEST_SEE, reads=True)
@showing(*SHEET)
def show(unit: Unit, number: str) -> object:
    """一份申请：各行与各次审批意见（F10）。 / One request with its lines and every decision (F10)."""
    return asked.show(unit, number)
