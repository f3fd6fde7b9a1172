"""七防检查: the seven protections of a place, looked after one by one, and what is still amiss (R26, R27)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from archive.acts import Act
from archive.cards import plain
from archive.custody import stocktake as stocktakes
from archive.custody.shelves import Ladder
from archive.errors import BadValue
from archive.lives import STOCKTAKE
from archive.model import Inspection, InspectionLine, Location, Stocktake, new_uid
from archive.statuses import Protection
from archive.unit import Unit
from archive.values import PlaceKind
from archive.volumes import next_number

CARD_KEY = "inspection"
#: A room is looked over at least this often, in days: once a month (R27).
EVERY = 31
LONGEST_NOTE = 1000

#: What was found of one protection: in order or not, and what was seen.
Seen = tuple[bool, str]


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """One line of one inspection: a protection, whether it is in order, what was seen."""

    number: str
    place: str
    inspected_on: dt.date
    inspected_by: str
    stocktake: str
    protection: Protection
    sound: bool
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class DueInspection:
    """A room not looked over for too long, or a place where something is amiss since it was last inspected."""

    code: str
    place: str
    last_on: dt.date | None
    days: int | None
    unsound: tuple[Protection, ...]
    overdue: bool


def record(
    unit: Unit, place: str, findings: Mapping[Protection, Seen], *, on: dt.date | None = None,
    stocktake: str | None = None, note: str = "",
) -> Inspection:  # fmt: skip
    """Enter an inspection of *place*: exactly the seven, each sound or with words for what is amiss (R26).

    With the number of a *stocktake* it belongs to that run. Raises `NotFound`, `WrongState`, `BadValue`.
    """
    where = unit.one(Location, "location", place)
    told = {one.value: text for one, (_, text) in findings.items() if text}
    unit.act(Act.INSPECTION_RECORD, where, private={"note": note, **told}, stocktake=stocktake)
    _all_seven(findings)
    on = on or unit.today
    if on > unit.today:
        raise BadValue(field="on", value=on, expected=f"≤ {unit.today}")
    run = stocktakes.one(unit, stocktake) if stocktake else None
    if run is not None:
        STOCKTAKE.after(run.state, Act.INSPECTION_RECORD)
    made = _made(unit, where, run, on, _said(note))
    unit.session.add(made)
    unit.session.flush()
    for protection, (sound, text) in findings.items():
        card = _sealed(unit, f"{made.uid}|{protection}", {"text": text.strip()})
        unit.session.add(
            InspectionLine(inspection_uid=made.uid, protection=protection, sound=sound, card=card)
        )
    return made


def _all_seven(findings: Mapping[Protection, Seen]) -> None:
    missing = [one for one in Protection if one not in findings]
    if missing:
        raise BadValue(field="protections", value="—", expected=missing)
    for protection, (sound, text) in findings.items():
        _said(text)
        if not sound and not text.strip():
            raise BadValue(field=protection, value="—", expected="…")


def _said(text: str) -> str:
    if len(text.strip()) > LONGEST_NOTE:
        raise BadValue(field="note", value=text[:40], expected=f"≤ {LONGEST_NOTE}", letters=LONGEST_NOTE)
    return text.strip()


def _made(unit: Unit, where: Location, run: Stocktake | None, on: dt.date, note: str) -> Inspection:
    prefix, uid = f"JC{unit.today.year}-", new_uid()
    return Inspection(
        uid=uid, number=f"{prefix}{next_number(unit, prefix):04d}", place_uid=where.uid,
        stocktake_uid=run.uid if run else None, inspected_on=on, inspected_by=unit.actor.uid,
        card=_sealed(unit, uid, {"note": note}),
    )  # fmt: skip


def _sealed(unit: Unit, place: str, told: Mapping[str, str]) -> bytes:
    return unit.keys.seal_with(CARD_KEY, place.encode(), plain(dict(told)))


def _opened(unit: Unit, place: str, card: bytes) -> dict[str, str]:
    return dict(json.loads(unit.keys.open_with(CARD_KEY, place.encode(), card)))


def rows(unit: Unit, *, place: str | None = None, stocktake: str | None = None) -> list[InspectionRow]:
    """The lines of all inspections, newest first, seven to each; of one *place* or one *stocktake* if named."""
    unit.look(Act.INSPECTION_SEE)
    wanted = select(Inspection).order_by(Inspection.inspected_on.desc(), Inspection.number.desc())
    if place is not None:
        wanted = wanted.where(Inspection.place_uid == unit.one(Location, "location", place).uid)
    if stocktake is not None:
        wanted = wanted.where(Inspection.stocktake_uid == stocktakes.one(unit, stocktake).uid)
    ladder = Ladder(unit)
    return [line for one in unit.session.scalars(wanted) for line in _lines(unit, ladder, one)]


def _lines(unit: Unit, ladder: Ladder, one: Inspection) -> Iterable[InspectionRow]:
    run = unit.session.get(Stocktake, one.stocktake_uid) if one.stocktake_uid else None
    lines = {line.protection: line for line in _seven(unit, one)}
    for protection in Protection:
        line = lines[protection]
        yield InspectionRow(
            one.number, ladder.path(one.place_uid), one.inspected_on, stocktakes.name(unit, one.inspected_by),
            run.number if run else "", protection, line.sound,
            _opened(unit, f"{one.uid}|{protection}", line.card)["text"], _opened(unit, one.uid, one.card)["note"],
        )  # fmt: skip


def _seven(unit: Unit, one: Inspection) -> Iterable[InspectionLine]:
    return unit.session.scalars(select(InspectionLine).where(InspectionLine.inspection_uid == one.uid))


def inspected(unit: Unit, run: Stocktake) -> bool:
    """True if the seven protections have been looked after in this run (F16)."""
    found = select(Inspection.uid).where(Inspection.stocktake_uid == run.uid)
    return unit.session.scalar(found.limit(1)) is not None


def due(unit: Unit) -> list[DueInspection]:
    """Rooms not inspected for more than a month, and places with something amiss until it is found sound (R27)."""
    unit.look(Act.INSPECTION_SEE)
    ladder, last = Ladder(unit), _last(unit)
    found = []
    for place in sorted(ladder.by_uid.values(), key=lambda one: ladder.order(one.uid)):
        newest = last.get(place.uid)
        days = (unit.today - newest.inspected_on).days if newest else None
        overdue = place.kind is PlaceKind.ROOM and (days is None or days > EVERY)
        unsound = _unsound(unit, newest) if newest else ()
        if overdue or unsound:
            on = newest.inspected_on if newest else None
            found.append(DueInspection(place.code, ladder.path(place.uid), on, days, unsound, overdue))
    return found


def _last(unit: Unit) -> dict[str, Inspection]:
    """The newest inspection of every place that has one."""
    rows = select(Inspection).order_by(Inspection.inspected_on, Inspection.number)
    return {one.place_uid: one for one in unit.session.scalars(rows)}


def _unsound(unit: Unit, one: Inspection) -> tuple[Protection, ...]:
    amiss = {line.protection for line in _seven(unit, one) if not line.sound}
    return tuple(protection for protection in Protection if protection in amiss)
