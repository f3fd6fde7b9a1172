"""封存与启封: what is due for sealing, bags sealed and opened, the register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, Named, acting, argument, listing, option, showing, tell
from archive.clikit.scans import scanned
from archive.custody import bagging, seals
from archive.statuses import SealState

if TYPE_CHECKING:
    from archive.unit import Unit

SEAL = "封存号、封条号或档案袋代码 / Number of the sealing or of the seal, or code of the bag"
DUE = (
    "code",
    "title",
    "state",
    "since:seal_since",
    "due_on:seal_due_on",
    "late_days:seal_late_days",
    "place",
)
ROW = (
    "number:sealing_number", "seal_no", "bag", "place", "state", "count", "first_code", "last_code", "sealed_on",
    "sealed_by", "checked_by:seal_checked_by", "opened_on:seal_opened_on", "opened_by:seal_opened_by",
    "witness:seal_witness", "approved_by", "reason", "resealed_on", "resealed_as",
)  # fmt: skip


@clikit.group("seal")
def seal() -> None:
    """封存与启封。 / Sealing and unsealing."""


@seal.command("due", example="anjuan seal due --on 2027-01-31")
@option("--on", type=DAY, help="到哪一天为止，默认今天 / Due by this day, today if not said")
@option(
    "--again", is_flag=True, help="启封满七天仍未重封的 / Opened more than seven days ago, not sealed again"
)
@acting(Act.SEAL_SEE, reads=True)
@listing(*DUE)
def due(unit: Unit, on: dt.date | None, *, again: bool) -> Sequence[object]:
    """存满一年、应当封存的。 / What has been stored for a year and should be sealed."""
    return seals.unsealed(unit) if again else seals.due(unit, on)


@seal.command("close", example="anjuan seal close K001-… --bag R1-D1 --seal-no 000123 --checked-by zhou")
@argument(
    "codes", nargs=-1, help="档号；不写则封袋中所有 / Reference codes; none: all that stands in the bag"
)
@option("--bag", required=True, help="档案袋的库位代码 / Code of the bag")
@option("--seal-no", required=True, help="封条上的号码 / Number printed on the seal")
@option("--checked-by", required=True, help="核对人账号 / Account of who checks")
@option(
    "--file", "file", help="每行一个档号的文件，- 为标准输入 / File with a code a line, - for standard input"
)
@acting(Act.SEAL_CLOSE)
def close(
    unit: Unit, codes: Sequence[str], bag: str, seal_no: str, checked_by: str, file: str | None
) -> None:
    """装袋加封，两人在场。 / Seal in a bag, two people present."""
    made = bagging.close(unit, scanned(codes, file), bag=bag, seal_no=seal_no, checked_by=checked_by)
    tell(
        Act.SEAL_CLOSE,
        sealing_number=made.number,
        seal_no=made.seal_no,
        bag=bag,
        count=bagging.count(unit, made),
    )


@seal.command("open", example="anjuan seal open FC2026-0001 --witness zhou --reason 复查当年合同")
@argument("code", help=SEAL)
@option("--witness", required=True, help="在场人账号 / Account of who is present")
@option("--reason", required=True, help="启封事由 / Why it is opened")
@acting(Act.SEAL_OPEN)
def open_(unit: Unit, code: str, witness: str, reason: str) -> None:
    """凭批准当场启封，两人在场。 / Break the seal on an approval, two people present."""
    made = bagging.open_bag(unit, code, witness=witness, reason=reason)
    tell(Act.SEAL_OPEN, **seals.told(unit, made))


@seal.command("list", example="anjuan seal list --state unsealed")
@option("--state", type=Named(SealState), help="只列这一状态的 / Only those in this state")
@acting(Act.SEAL_SEE, reads=True)
@listing(*ROW)
def rows(unit: Unit, state: SealState | None) -> Sequence[object]:
    """封存登记。 / The register of seals."""
    return seals.rows(unit, state=state)


@seal.command("show", example="anjuan seal show FC2026-0001")
@argument("code", help=SEAL)
@acting(Act.SEAL_SEE, reads=True)
@showing(*ROW)
def show(unit: Unit, code: str) -> object:
    """一次封存：袋、封条、何人、启封。 / One sealing: bag, seal, who, and how it was opened."""
    return seals.show(unit, code)


@seal.command("contents", example="anjuan seal contents FC2026-0001")
@argument("code", help=SEAL)
@acting(Act.SEAL_SEE, reads=True)
@listing("code", "title", "held_on", "state")
def contents(unit: Unit, code: str) -> Sequence[object]:
    """袋中所封各卷。 / What was sealed in the bag."""
    return seals.contents(unit, code)
