"""清点: from the frozen books to the signed sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, Named, acting, argument, listing, note, option, showing, tell, warn
from archive.clikit.scans import scanned
from archive.custody import counts, tallies
from archive.custody import stocktake as runs
from archive.statuses import IncidentKind, StocktakeKind

if TYPE_CHECKING:
    from archive.unit import Unit

NUMBER = "清点号 / Number of the stocktake"
FILE = "每行一个扫码的文件；- 为标准输入 / A file of scanned codes, one a line; - for standard input"


@clikit.group("stocktake")
def stocktake() -> None:
    """清点：月末清点、年度核对、抽查。 / Stocktakes: at month's end, once a year, at random."""


@stocktake.command("begin", example="anjuan stocktake begin month --counter zhou --counter sun")
@argument("kind", type=Named(StocktakeKind), help="种类 / Kind")
@option(
    "--period", help="期间：2026-03 或 2026，默认本期 / Period: 2026-03 or 2026, the present one if not given"
)
@option(
    "--counter",
    "counters",
    multiple=True,
    required=True,
    help="清点人账号，须两人 / Account of a counter; two of them",
)
@option("--class", "class_code", default="", help="只点这一类 / Only this class")
@option("--department", default="", help="只点这一部门 / Only this department")
@option("--place", help="只点这一库位 / Only this place")
@option(
    "--blind", is_flag=True, help="盲点：清点人看不到应有什么 / The counters are not told what is expected"
)
@acting(Act.STOCKTAKE_BEGIN)
def begin(unit: Unit, kind: StocktakeKind, counters: Sequence[str], **given: Any) -> None:
    """开始清点，冻结账面。 / Begin a stocktake: the books are frozen."""
    run = runs.begin(unit, kind, counters=runs.two(counters), **given)
    tell(Act.STOCKTAKE_BEGIN, count_number=run.number, count_period=run.period)


@stocktake.command("count", example="anjuan stocktake count QD2026-0001 --file scanned.txt")
@argument("number", help=NUMBER)
@argument(
    "codes", nargs=-1, help="档号；库位码管其后的 / Codes; that of a place is where those after it stand"
)
@option("--file", help=FILE)
@option("--place", help="起始库位 / The place where counting starts")
@option("--damaged", is_flag=True, help="这些有破损、变质 / These are damaged or decayed")
@acting(Act.STOCKTAKE_COUNT)
def count(
    unit: Unit, number: str, codes: Sequence[str], file: str | None, place: str | None, *, damaged: bool
) -> None:
    """扫码清点；重复扫码只算一次。 / Scan what is there; twice the same is one."""
    told = counts.scan(unit, number, scanned(codes, file), place=place, damaged=damaged)
    tell(
        Act.STOCKTAKE_COUNT,
        count_taken=told.taken,
        count_again=told.again,
        count_places=told.places,
        count_bags=told.bags or None,
    )
    if told.other_fonds:
        note("told.other-fonds", codes=told.other_fonds[:10], count=len(told.other_fonds))


@stocktake.command("unscan", example="anjuan stocktake unscan QD2026-0001 K001-…")
@argument("number", help=NUMBER)
@argument("code", help="误扫的档号 / The code scanned by mistake")
@acting(Act.STOCKTAKE_COUNT)
def unscan(unit: Unit, number: str, code: str) -> None:
    """撤销误扫的一个码。 / Take back a code scanned by mistake."""
    run = counts.unscan(unit, number, code)
    tell(Act.STOCKTAKE_COUNT, count_number=run.number, count_void=code)


@stocktake.command("compare", example="anjuan stocktake compare QD2026-0001")
@argument("number", help=NUMBER)
@acting(Act.STOCKTAKE_COMPARE, Act.STOCKTAKE_SEE)
def compare(unit: Unit, number: str) -> None:
    """与冻结的账面核对。 / Compare what was scanned with the frozen books."""
    run = counts.compare(unit, number)
    told = tallies.report(unit, number)
    tell(
        Act.STOCKTAKE_COMPARE, count_number=run.number, count_expected=told.expected, count_counted=told.counted,
        count_short=len(told.short), count_over=len(told.over), count_misplaced=len(told.misplaced),
        count_damaged=len(told.damaged),
    )  # fmt: skip


@stocktake.command("differences", example="anjuan stocktake differences QD2026-0001 --open")
@argument("number", help=NUMBER)
@option("--open", "open_only", is_flag=True, help="只列未处理的 / Only what is not settled")
@acting(Act.STOCKTAKE_SEE, reads=True)
@listing("code", "title", "finding", "expected:expected_at", "place", "seen:seen_at", "incident:count_incident", "correction", "settled")  # fmt: skip
def differences(unit: Unit, number: str, *, open_only: bool) -> Sequence[object]:
    """差异清单；对账前是尚未点到的。 / The differences; before comparing, what is not scanned yet."""
    if runs.blinded(unit, runs.one(unit, number)):
        warn("warning.blind", number=number)
    return tallies.differences(unit, number, open_only=open_only)


@stocktake.command("settle", example="anjuan stocktake settle QD2026-0001 K001-… --with 已放回原位")
@argument("number", help=NUMBER)
@argument("code", help="档号 / Reference code")
@option("--with", "text", required=True, help="更正说明，或事故经过 / What was put right, or what happened")
@option(
    "--incident",
    type=Named(IncidentKind),
    help="立为事故：丢失、损坏、泄密 / Report an incident: lost, damaged, leaked",
)
@option(
    "--keep-here", is_flag=True, help="就放在发现处，账随物改 / It stays where it was found, the books follow"
)
@acting(Act.STOCKTAKE_SETTLE, Act.INCIDENT_REPORT, Act.VOLUME_MOVE)
def settle(unit: Unit, number: str, code: str, **given: Any) -> None:
    """处理一处差异：更正或立事故。 / Settle a difference: a correction, or an incident."""
    counts.settle(unit, number, code, **given)
    tell(Act.STOCKTAKE_SETTLE, count_number=number, code=code)


@stocktake.command("close", example="anjuan stocktake close QD2026-0001 --mend-by 2026-04-15")
@argument("number", help=NUMBER)
@option("--mend-by", type=DAY, help="整改期限 / Day by which what is amiss is mended")
@option("--remarks", default="", help="备注 / Remarks")
@acting(Act.STOCKTAKE_CLOSE)
def close(unit: Unit, number: str, mend_by: dt.date | None, remarks: str) -> None:
    """由第三人复核并下结论。 / Checked and closed by a third person."""
    run = tallies.close(unit, number, mend_by=mend_by, remarks=remarks)
    tell(Act.STOCKTAKE_CLOSE, count_number=run.number, count_agrees=run.agrees)


@stocktake.command("cancel", example="anjuan stocktake cancel QD2026-0001 --reason 范围有误")
@argument("number", help=NUMBER)
@option("--reason", required=True, help="理由 / Reason")
@acting(Act.STOCKTAKE_CANCEL)
def cancel(unit: Unit, number: str, reason: str) -> None:
    """作废一次清点；扫码记录保留。 / Give a stocktake up; its lines stay."""
    run = runs.cancel(unit, number, reason=reason)
    tell(Act.STOCKTAKE_CANCEL, count_number=run.number)


@stocktake.command("list", example="anjuan stocktake list --open")
@option("--open", "open_only", is_flag=True, help="只列未结束的 / Only those that are not over")
@acting(Act.STOCKTAKE_SEE, reads=True)
@listing("number:count_number", "kind", "period:count_period", "scope:count_scope", "blind", "state", "begun_at:count_begun", "counters", "checked_by", "closed_at", "agrees:count_agrees")  # fmt: skip
def rows(unit: Unit, *, open_only: bool) -> Sequence[object]:
    """历次清点。 / All stocktakes."""
    return runs.rows(unit, open_only=open_only)


@stocktake.command("show", example="anjuan stocktake show QD2026-0001")
@argument("number", help=NUMBER)
@acting(Act.STOCKTAKE_SEE, reads=True)
@showing(
    "number:count_number", "kind", "period:count_period", "scope:count_scope", "blind", "state",
    "begun_at:count_begun", "volumes:count_volumes", "items:count_items", "electronic:count_electronic",
    "out:count_out", "lost:count_lost", "expected:count_expected", "scanned:count_taken", "counted:count_counted",
    "short:count_short", "over:count_over", "misplaced:count_misplaced", "damaged:count_damaged",
    "unsettled:count_unsettled", "protections", "amiss", "counters", "checked_by", "closed_at",
    "agrees:count_agrees", "mend_by", "remarks", "blobs:count_blobs", "unread:count_unread",
    "oldest_read:count_oldest",
)  # fmt: skip
def show(unit: Unit, number: str) -> object:
    """清点表：账面、应在、实点、差异、七防、结论。 / The sheet: books, expected, counted, differences, protections, result."""
    return tallies.report(unit, number)


@stocktake.command("due", example="anjuan stocktake due")
@acting(Act.STOCKTAKE_SEE, reads=True)
@listing("kind", "period:count_period", "due_on:count_due", "overdue_days")
def due(unit: Unit) -> Sequence[object]:
    """该做而未做的月末清点和年度核对。 / Counts that are due or late."""
    return runs.due(unit)
