"""修复、复制: orders, their end, and what is damaged still."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, Named, acting, argument, listing, option, tell
from archive.custody import repairs
from archive.statuses import RepairMethod

if TYPE_CHECKING:
    from archive.unit import Unit

NUMBER = "修复单号 / Number of the order"


@clikit.group("repair")
def repair() -> None:
    """修复与复制登记。 / Repairs and copies."""


@repair.command(
    "order", example="anjuan repair order K001-… --method mend --damage 第3页撕裂 --handler 吴资料"
)
@argument("code", help="档号 / Reference code")
@option(
    "--method",
    type=Named(RepairMethod),
    required=True,
    help="修复方法：修裱、复制或扫描 / Method: mend, copy or scan",
)
@option("--damage", required=True, help="破损情况 / What is wrong")
@option("--handler", required=True, help="经办人 / Who does it")
@option(
    "--found-on",
    type=DAY,
    help="发现日期，默认今天 / Day it was noticed, today if not given",
)
@option("--piece", "pieces", multiple=True, help="其中的件（档号），可多次 / Papers of it, may be repeated")
@option("--incident", help="有关的事故编号 / The incident it belongs to")
@acting(Act.REPAIR_ORDER)
def order(unit: Unit, code: str, method: RepairMethod, damage: str, handler: str, found_on: dt.date | None, pieces: Sequence[str], incident: str | None) -> None:  # fmt: skip
    """安排修复或复制；下架期间不供借阅。 / Order a repair or a copy; nobody borrows it meanwhile."""
    made = repairs.order(
        unit, code, method=method, damage=damage, handler=handler, found_on=found_on or unit.today, pieces=pieces,
        incident=incident,
    )  # fmt: skip
    tell(Act.REPAIR_ORDER, repair_number=made.number, state=made.state)


@repair.command("done", example="anjuan repair done XF2026-0001 --result 已裱糊 --original 归还原位")
@argument("number", help=NUMBER)
@option("--result", required=True, help="完成情况 / What was done")
@option("--original", required=True, help="原件处置 / What becomes of the original")
@option("--copy", is_flag=True, help="做了复制件 / A copy was made")
@option("--copy-kept", default="", help="复制件存放何处 / Where the copy is kept")
@acting(Act.REPAIR_DONE)
def done(unit: Unit, number: str, result: str, original: str, copy_kept: str, *, copy: bool) -> None:
    """完成并归架。 / Done, and back on the shelf."""
    made = repairs.done(unit, number, result=result, original=original, copy=copy, copy_kept=copy_kept)
    tell(Act.REPAIR_DONE, repair_number=made.number, state=made.state)


@repair.command("cancel", example="anjuan repair cancel XF2026-0001 --reason 改为复制")
@argument("number", help=NUMBER)
@option("--reason", required=True, help="理由 / Reason")
@acting(Act.REPAIR_CANCEL)
def cancel(unit: Unit, number: str, reason: str) -> None:
    """取消，原样归架。 / Cancel; the pieces go back as they are."""
    made = repairs.cancel(unit, number, reason=reason)
    tell(Act.REPAIR_CANCEL, repair_number=made.number, state=made.state)


@repair.command("list", example="anjuan repair list --open")
@option("--open", "open_only", is_flag=True, help="只列未完成的 / Only what is not done")
@option("--code", help="只列这份档案的 / Only of this record")
@acting(Act.REPAIR_SEE, reads=True)
@listing("number:repair_number", "code", "title", "papers", "method", "state", "damage", "found_on", "handler", "incident:incident_number", "ordered_on", "ended_on", "result", "copy_kept", "original")  # fmt: skip
def rows(unit: Unit, *, open_only: bool, code: str | None) -> Sequence[object]:
    """修复与复制登记。 / The register of repairs and copies."""
    return repairs.rows(unit, open_only=open_only, code=code)


@repair.command("due", example="anjuan repair due --csv")
@acting(Act.REPAIR_SEE, reads=True)
@listing("code", "title", "volume:volume_code")
def due(unit: Unit) -> Sequence[object]:
    """破损而尚未安排的。 / What is damaged and not ordered yet."""
    return repairs.damaged(unit)
