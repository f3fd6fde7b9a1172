"""The register of seals, and what should be in a bag by now: stored for a year, or taken out and not put back (R21, F25)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from archive import people, registry
from archive.acts import Act
from archive.custody import bagging
from archive.errors import NotFound
from archive.model import Holding, Item, Location, Person, Seal, SealLine, SealOpening, Volume
from archive.policy import visible
from archive.statuses import SealState
from archive.unit import Unit
from archive.values import VolumeState

#: Days in which an opened bag is sealed again.
OPEN_DAYS = 7
KINDS: tuple[type[Volume], type[Item]] = (Volume, Item)


@dataclass(frozen=True, slots=True)
class SealDue:
    """A record that should be sealed: since when it counts, by which day, how late it is."""

    code: str
    title: str
    state: VolumeState
    since: dt.date
    due_on: dt.date
    late_days: int
    place: str


@dataclass(frozen=True, slots=True)
class SealRow:
    """One seal (F25); counts and codes are of the records this person may see."""

    number: str
    seal_no: str
    bag: str
    place: str
    state: SealState
    count: int
    first_code: str
    last_code: str
    sealed_on: dt.date
    sealed_by: str
    checked_by: str
    year_over: dt.date | None
    opened_on: dt.date | None
    opened_by: str
    witness: str
    approved_by: list[str]
    reason: str
    resealed_on: dt.date | None
    resealed_as: str


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """One record in a sealed bag, and since when it had been stored."""

    code: str
    title: str
    held_on: dt.date | None
    state: VolumeState


def year_after(day: dt.date) -> dt.date:
    """The same day a year later; 29 February comes back on 1 March."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return dt.date(day.year + 1, 3, 1)


def stored_by(on: dt.date) -> dt.date:
    """The last day of storing whose year is over on the day *on*."""
    try:
        return on.replace(year=on.year - 1)
    except ValueError:
        return dt.date(on.year - 1, 2, 28)


def _waiting(kind: type[Volume | Item], on: dt.date) -> Select[Any]:
    """Records on paper, held and stored a year before *on*, not sealed yet; papers go with their volume."""
    rows = select(kind).where(kind.state == VolumeState.HELD, kind.held_on <= stored_by(on))
    if kind is Item:
        held = select(Holding.uid).where(Holding.item_uid == Item.uid)
        return rows.where(Item.volume_uid.is_(None), held.exists())
    papers = select(Item.uid).join(Holding, Holding.item_uid == Item.uid)
    return rows.where(papers.where(Item.volume_uid == Volume.uid).exists())


def due(unit: Unit, on: dt.date | None = None, *, most: int | None = None) -> list[SealDue]:
    """What a year in the archive calls for sealing by the day *on* (today if not said), longest waiting first (R21).

    With *most* no more than that.
    """
    unit.look(Act.SEAL_SEE)
    day = on or unit.today
    found: list[Volume | Item] = []
    for kind in KINDS:
        mine = _waiting(kind, day).where(visible(unit.actor, kind))
        found += unit.session.scalars(mine.order_by(kind.held_on, kind.reference_code).limit(most))
    found = sorted(found, key=lambda one: (one.held_on or day, one.reference_code))[:most]
    unit.listed(Act.SEAL_SEE, found)
    spans = {one.uid: (one.held_on, year_after(one.held_on)) for one in found if one.held_on is not None}
    return _due(unit, found, spans, day)


def seen_due(unit: Unit) -> int:
    """How many records are due for sealing, of those this person may see."""
    unit.look(Act.SEAL_SEE)
    mine = (_waiting(kind, unit.today).where(visible(unit.actor, kind)) for kind in KINDS)
    return sum(unit.session.scalar(select(func.count()).select_from(one.subquery())) or 0 for one in mine)


def due_count(unit: Unit) -> int:
    """How many records are due for sealing, seen or not: a number for the rounds, without titles."""
    unit.look(Act.SEAL_SEE)
    counts = (select(func.count()).select_from(_waiting(kind, unit.today).subquery()) for kind in KINDS)
    return sum(unit.session.scalar(count) or 0 for count in counts)


def unsealed(unit: Unit) -> list[SealDue]:
    """What was taken out of its bag more than seven days ago and is not sealed again (R21)."""
    unit.look(Act.SEAL_SEE)
    late = {uid: at.astimezone(unit.settings.zone).date() for uid, at in _opened(unit).items()}
    found: list[Volume | Item] = []
    for kind in KINDS:
        found += unit.session.scalars(
            select(kind).where(kind.state == VolumeState.UNSEALED, visible(unit.actor, kind))
        )
    shown = [one for one in found if one.uid in late and (unit.today - late[one.uid]).days > OPEN_DAYS]
    unit.listed(Act.SEAL_SEE, shown)
    week = dt.timedelta(days=OPEN_DAYS)
    return _due(unit, shown, {uid: (day, day + week) for uid, day in late.items()}, unit.today)


def _opened(unit: Unit) -> dict[str, dt.datetime]:
    """When each record's bag was last opened, of the bags that lie open."""
    rows = (
        select(SealLine.record_uid, func.max(SealOpening.opened_at))
        .join(SealOpening, SealOpening.seal_uid == SealLine.seal_uid)
        .group_by(SealLine.record_uid)
    )
    return {row[0]: row[1] for row in unit.session.execute(rows)}


def _due(
    unit: Unit, records: Sequence[Volume | Item], spans: Mapping[str, tuple[dt.date, dt.date]], today: dt.date
) -> list[SealDue]:
    """Lines for *records*, longest late first; *spans* has the day each counts from and the day it is due."""
    lines = [
        SealDue(
            record.reference_code, card.title, record.state, *spans[record.uid],
            max(0, (today - spans[record.uid][1]).days), _place(unit, registry.stands(unit, record)),
        )
        for record, card in zip(records, unit.cards(records), strict=True)
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (line.due_on, line.code))


def _place(unit: Unit, location: Location | None) -> str:
    return " / ".join(place.code for place in registry.path(unit, location))


def rows(
    unit: Unit, *, state: SealState | None = None, bag: str | None = None, since: dt.date | None = None,
    until: dt.date | None = None,
) -> list[SealRow]:  # fmt: skip
    """Every seal on a bag with a record this person may see, oldest first (F25); sealed from *since* to *until*.

    *bag* narrows it to one bag: its code, or the number of a seal that was on it. Raises `NotFound`.
    """
    unit.look(Act.SEAL_SEE)
    wanted = select(Seal).order_by(Seal.sealed_on, Seal.number)
    if state is not None:
        wanted = wanted.where(Seal.state == state)
    if bag is not None:
        wanted = wanted.where(Seal.bag_uid == _one(unit, bag)[0].bag_uid)
    if since:
        wanted = wanted.where(Seal.sealed_on >= since)
    if until:
        wanted = wanted.where(Seal.sealed_on <= until)
    found = [(seal, _seen(unit, seal)) for seal in unit.session.scalars(wanted)]
    unit.listed(Act.SEAL_SEE, [record for _, records in found for record in records])
    return [_row(unit, seal, records) for seal, records in found if records]


def show(unit: Unit, code: str) -> SealRow:
    """One seal by its number, the number printed on it, or its bag; raises `NotFound`."""
    unit.look(Act.SEAL_SEE)
    seal, records = _one(unit, code)
    unit.listed(Act.SEAL_SEE, records)
    return _row(unit, seal, records)


def of_record(unit: Unit, code: str) -> list[SealRow]:
    """Every seal a record was under, newest first; raises `NotFound` alike for absent and hidden."""
    record = unit.record(code)
    unit.look(Act.SEAL_SEE, record)
    mine = select(SealLine.seal_uid).where(SealLine.record_uid == record.uid)
    rows = select(Seal).where(Seal.uid.in_(mine)).order_by(Seal.sealed_on.desc(), Seal.number.desc())
    return [_row(unit, seal, _seen(unit, seal)) for seal in unit.session.scalars(rows)]


def contents(unit: Unit, code: str) -> list[SealedRecord]:
    """What was sealed under one seal, as far as this person may see it; raises `NotFound`."""
    unit.look(Act.SEAL_SEE)
    _, records = _one(unit, code)
    unit.listed(Act.SEAL_SEE, records)
    return [
        SealedRecord(record.reference_code, unit.card(record).title, record.held_on, record.state)
        for record in records
    ]


def told(unit: Unit, opening: SealOpening) -> dict[str, object]:
    """The facts of an opening as the counter tells them."""
    seal = unit.session.get_one(Seal, opening.seal_uid)
    bag = unit.session.get_one(Location, seal.bag_uid)
    return {"sealing_number": seal.number, "bag": bag.code, "count": bagging.count(unit, seal)}


def _one(unit: Unit, code: str) -> tuple[Seal, list[Volume | Item]]:
    seal = bagging.named(unit, code)
    records = _seen(unit, seal) if seal else []
    if seal is None or not records:
        raise NotFound(what="seal", code=code)
    return seal, records


def _seen(unit: Unit, seal: Seal) -> list[Volume | Item]:
    return [record for record in bagging.inside(unit, seal) if unit.may(Act.RECORD_SEE, record)]


def _row(unit: Unit, seal: Seal, records: list[Volume | Item]) -> SealRow:
    bag = unit.session.get_one(Location, seal.bag_uid)
    again = unit.session.scalar(select(Seal).where(Seal.former_uid == seal.uid))
    return SealRow(
        number=seal.number,
        seal_no=seal.seal_no,
        bag=bag.code,
        place=_place(unit, bag),
        state=seal.state,
        count=len(records),
        first_code=records[0].reference_code,
        last_code=records[-1].reference_code,
        sealed_on=seal.sealed_on,
        sealed_by=_name(unit, seal.sealed_by),
        checked_by=_name(unit, seal.checked_by),
        year_over=_year_over(records),
        resealed_on=again.sealed_on if again and seal.state is SealState.RESEALED else None,
        resealed_as=again.number if again and seal.state is SealState.RESEALED else "",
        **_opening(unit, unit.session.get(SealOpening, seal.uid)),
    )


def _year_over(records: Sequence[Volume | Item]) -> dt.date | None:
    """The day on which the last of *records* has been stored for a year (R21)."""
    stored = [record.held_on for record in records if record.held_on is not None]
    return year_after(max(stored)) if stored else None


def _opening(unit: Unit, opening: SealOpening | None) -> dict[str, Any]:
    if opening is None:
        return {"opened_on": None, "opened_by": "", "witness": "", "approved_by": [], "reason": ""}
    raw = unit.keys.open_with(bagging.OPENING_KEY, opening.seal_uid.encode(), opening.card)
    return {
        "opened_on": opening.opened_at.astimezone(unit.settings.zone).date(),
        "opened_by": _name(unit, opening.opened_by),
        "witness": _name(unit, opening.witness_uid),
        "approved_by": [_name(unit, uid) for uid in sorted(bagging.approvers(unit, opening.line_uid))],
        "reason": json.loads(raw)["reason"],
    }


def _name(unit: Unit, uid: str) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid))
