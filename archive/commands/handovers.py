"""移交: volumes become held by a list that two people sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import acting, argument, option, tell
from archive.custody import handover as handovers

if TYPE_CHECKING:
    from archive.unit import Unit


@clikit.group("handover")
def handover() -> None:
    """移交签收。 / Handover."""


@handover.command("accept", example="anjuan handover accept K001-… K001-… --from zhou --count 2")
@argument("codes", nargs=-1, required=True, help="案卷或件的档号 / Volumes, or items kept on their own")
@option("--from", "given_by", required=True, help="移交人账号 / Account of who hands over")
@option("--count", type=int, help="当面清点的数目 / How many both counted")
@acting(Act.HANDOVER_SIGN)
def accept(unit: Unit, codes: Sequence[str], given_by: str, count: int | None) -> None:
    """当面签收；全部或都不。 / Accept face to face; all or none."""
    made = handovers.accept(unit, codes, given_by=given_by, count=count)
    tell(Act.HANDOVER_SIGN, handover_number=made.number, count=len(codes))
