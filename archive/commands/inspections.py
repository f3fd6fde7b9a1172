"""七防检查: entering one, listing them, and what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, PAIR, Named, acting, argument, listing, option, tell
from archive.custody import inspections
from archive.custody.inspections import Seen
from archive.statuses import Protection

if TYPE_CHECKING:
    from archive.unit import Unit

SEVEN = Named(Protection)


@clikit.group("inspection")
def inspection() -> None:
    """七防检查：虫、霉、尘、火、盗、潮、高温。 / The seven protections: insects, mould, dust, fire, theft, damp, heat."""


@inspection.command("record", example="anjuan inspection record R1 --rest-sound --amiss damp=东墙渗水")
@argument("place", help="库房或其他库位 / Room, or another place")
@option(
    "--sound", type=SEVEN, multiple=True, help="完好的一项，可多次 / One that is in order; may be repeated"
)
@option(
    "--amiss",
    type=PAIR,
    multiple=True,
    help="有问题的一项=情况，可多次 / NAME=what is amiss; may be repeated",
)
@option(
    "--rest-sound",
    is_flag=True,
    help="其余各项都已查过，完好 / All the others were looked at and are in order",
)
@option("--on", type=DAY, help="检查日期，默认今天 / Day, today if not given")
@option("--stocktake", help="所属清点号 / Number of the stocktake it belongs to")
@option("--note", default="", help="备注 / Note")
@acting(Act.INSPECTION_RECORD)
def record(
    unit: Unit, place: str, sound: Sequence[Protection], amiss: Sequence[tuple[str, str]], on: dt.date | None,
    stocktake: str | None, note: str, *, rest_sound: bool,
) -> None:  # fmt: skip
    """登记七防检查，七项都要查。 / Enter an inspection: all seven are looked at."""
    findings: dict[Protection, Seen] = dict.fromkeys(Protection if rest_sound else sound, (True, ""))
    findings |= {SEVEN.convert(name, None, None): (False, text) for name, text in amiss}
    made = inspections.record(unit, place, findings, on=on, stocktake=stocktake, note=note)
    tell(Act.INSPECTION_RECORD, inspection_number=made.number, inspected_on=made.inspected_on)


@inspection.command("list", example="anjuan inspection list --place R1")
@option("--place", help="只列这一库位 / Only this place")
@option("--stocktake", help="只列这次清点的 / Only those of this stocktake")
@acting(Act.INSPECTION_SEE, reads=True)
@listing("number:inspection_number", "place", "inspected_on", "inspected_by", "stocktake:count_number", "protection", "sound:in_order", "text:amiss_text", "note")  # fmt: skip
def rows(unit: Unit, place: str | None, stocktake: str | None) -> Sequence[object]:
    """历次检查，每次七行。 / All inspections, seven lines each."""
    return inspections.rows(unit, place=place, stocktake=stocktake)


@inspection.command("due", example="anjuan inspection due")
@acting(Act.INSPECTION_SEE, reads=True)
@listing("code:own_code", "place", "last_on", "days:days_since", "unsound:amiss", "overdue:inspection_late")
def due(unit: Unit) -> Sequence[object]:
    """超过一个月未查的库房，和尚未整改的问题。 / Rooms not inspected for a month, and what is still amiss."""
    return inspections.due(unit)
