"""保密期限: marked, over, proposed, decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, LEVEL, Named, acting, argument, listing, option, tell
from archive.clikit.scans import scanned
from archive.statuses import SecrecyOutcome
from retention import secrecy as periods
from retention import secrecy_book

if TYPE_CHECKING:
    from archive.unit import Unit
    from archive.values import Level

CODE = "案卷，或单独保管的文件的档号 / Reference code of a volume, or of an item kept alone"
DUE = (
    "code", "title", "class_code", "level", "until:secrecy_until", "over_days", "proposal", "usual_years",
)  # fmt: skip
REVIEW = (
    "number:secrecy_number", "code", "title", "outcome:secrecy_outcome", "level_before", "level_after",
    "until_before", "until_after", "proposed_on", "proposed_by:secrecy_proposed_by", "reason", "agreed:secrecy_agreed", "decided_on:secrecy_decided_on", "decided_by:secrecy_decided_by",
    "note",
)  # fmt: skip


@clikit.group("secrecy")
def secrecy() -> None:
    """保密期限、降密、解密；与保管期限无关。 / Secrecy periods, downgrading, declassification; retention is another matter."""


@secrecy.command(
    "set",
    example="anjuan secrecy set K001-… --until 2030-12-31\nanjuan secrecy set --file codes.txt --years 10",
)
@argument("codes", nargs=-1, help=CODE)
@option("--until", type=DAY, help="保密的最后一天 / The last day of its secrecy")
@option(
    "--years",
    type=int,
    help="从今天起多少年；不写按密级常用年限 / Years from today; not said: usual of its level",
)
@option(
    "--file", "file", help="每行一个档号的文件，- 为标准输入 / File with a code a line, - for standard input"
)
@acting(Act.SECRECY_SET)
def set_(
    unit: Unit, codes: Sequence[str], until: dt.date | None, years: int | None, file: str | None
) -> None:
    """标注保密期限；已标注的只能改早，延长须经总经理决定。 / Mark until when a record is confidential; later only by decision."""
    for code in scanned(codes, file):
        last = periods.set_until(unit, code, until=until, years=years)
        tell(Act.SECRECY_SET, code=code, secrecy_until=last)


@secrecy.command("due", example="anjuan secrecy due --on 2027-01-01\nanjuan secrecy due --unmarked")
@option("--on", type=DAY, help="到哪一天为止，默认今天 / As of which day, today if not given")
@option("--unmarked", is_flag=True, help="涉密而未标保密期限的 / Confidential ones without a secrecy period")
@acting(Act.SECRECY_SEE, reads=True)
@listing(*DUE)
def due(unit: Unit, on: dt.date | None, *, unmarked: bool) -> Sequence[object]:
    """保密期限已满，应提请延长、降密或解密的。 / What is past its secrecy period and wants a decision."""
    return secrecy_book.unmarked(unit) if unmarked else secrecy_book.due(unit, on)


@secrecy.command(
    "propose", example="anjuan secrecy propose K001-… declassify --level internal --reason 合同已公开"
)
@argument("code", help=CODE)
@argument("outcome", type=Named(SecrecyOutcome), help="延长、降密或解密 / Prolong, downgrade or declassify")
@option("--until", type=DAY, help="延长到哪一天 / Until when")
@option("--level", type=LEVEL, help="降为、解为哪一级 / To which level")
@option("--reason", required=True, help="理由 / Why")
@acting(Act.SECRECY_PROPOSE)
def propose(
    unit: Unit, code: str, outcome: SecrecyOutcome, until: dt.date | None, level: Level | None, reason: str
) -> None:
    """提请延长保密期限、降低密级或解密。 / Propose to prolong, downgrade or declassify."""
    made = periods.propose(unit, code, outcome=outcome, until=until, level=level, reason=reason)
    tell(
        Act.SECRECY_PROPOSE, secrecy_number=made.number, code=code, level_after=made.level_after,
        until_after=made.until_after,
    )  # fmt: skip


@secrecy.command("decide", example="anjuan secrecy decide MS2026-0001 --agree")
@argument("number", help="提请号 / Number of the proposal")
@option("--agree/--refuse", "agree", required=True, default=None, help="是否同意 / Whether it is agreed")
@option("--note", default="", help="说明；不同意时必填 / A remark; needed to refuse")
@acting(Act.SECRECY_DECIDE)
def decide(unit: Unit, number: str, *, agree: bool, note: str) -> None:
    """总经理决定；不得决定自己的提请。 / The general manager decides, not on his own proposal."""
    made = periods.decide(unit, number, agree=agree, note=note)
    tell(
        Act.SECRECY_DECIDE, secrecy_number=made.number, secrecy_agreed=agree, level_after=made.level_after,
        until_after=made.until_after,
    )  # fmt: skip


@secrecy.command("list", example="anjuan secrecy list --waiting")
@argument("code", required=False, help=CODE)
@option("--waiting", is_flag=True, help="只列待决定的 / Only what waits for a decision")
@acting(Act.SECRECY_SEE, reads=True)
@listing(*REVIEW)
def rows(unit: Unit, code: str | None, *, waiting: bool) -> Sequence[object]:
    """提请与决定的登记。 / What was proposed and decided."""
    return secrecy_book.reviews(unit, code, waiting=waiting)
