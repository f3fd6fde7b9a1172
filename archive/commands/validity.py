"""有效性复核: which papers are looked at again, when, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, Named, acting, argument, listing, option, tell
from archive.custody import validity as reviews
from archive.statuses import ReviewOutcome

if TYPE_CHECKING:
    from archive.unit import Unit

CODE = "档号 / Reference code"


@clikit.group("validity")
def validity() -> None:
    """有效性复核。 / Reviews of validity."""


@validity.command("set", example="anjuan validity set K001-… --on 2027-03-01 --reason 年度复核")
@argument("code", help=CODE)
@option("--on", type=DAY, required=True, help="下次复核日期 / Day of the next review")
@option("--reason", required=True, help="理由 / Reason")
@acting(Act.VALIDITY_SET)
def set_(unit: Unit, code: str, on: dt.date, reason: str) -> None:
    """设定复核日期。 / Set the day of the next review."""
    made = reviews.set(unit, code, on=on, reason=reason)
    tell(Act.VALIDITY_SET, code=code, next_on=made.next_on)


@validity.command("review", example="anjuan validity review K001-… --outcome valid --note 与现行流程一致")
@argument("code", help=CODE)
@option(
    "--outcome",
    type=Named(ReviewOutcome, but=[ReviewOutcome.SET]),
    required=True,
    help="结论 / What came of it",
)
@option("--note", required=True, help="说明 / Remark")
@option("--next-on", type=DAY, help="下次复核日期，默认一年后（须修订的九十天后） / Next review; in a year, or 90 days if to be revised")  # fmt: skip
@acting(Act.VALIDITY_REVIEW, Act.TRIGGER_RECORD)
def review(unit: Unit, code: str, outcome: ReviewOutcome, note: str, next_on: dt.date | None) -> None:
    """复核是否仍然有效；作废的从今天起算保管期限。 / Review; the retention of what is superseded starts today."""
    made = reviews.review(unit, code, outcome=outcome, note=note, next_on=next_on)
    tell(Act.VALIDITY_REVIEW, code=code, review_outcome=made.outcome, next_on=made.next_on)


@validity.command("list", example="anjuan validity list --due")
@option("--due", "due_only", is_flag=True, help="只列到期应复核的 / Only what is due")
@option("--code", help="一份档案的历次复核 / Every review of one record")
@acting(Act.VALIDITY_SEE, reads=True)
@listing(
    "code", "title", "outcome:review_outcome", "next_on", "overdue_days", "reviewed_on", "reviewed_by", "note"
)
def rows(unit: Unit, *, due_only: bool, code: str | None) -> Sequence[object]:
    """复核计划与结论。 / What is reviewed when, and what came of it."""
    return reviews.history(unit, code) if code else reviews.rows(unit, due_only=due_only)
