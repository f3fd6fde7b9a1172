"""阅览登记簿、外单位查档登记 (F15): the readings as those see them who may see the records, and their readers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from archive import people, policy
from archive.acts import Act
from archive.circulation import readers, readings, visitors
from archive.circulation.registers import BATCH, approvers, at_hand, seen_name
from archive.circulation.visitors import VisitorRow
from archive.errors import NotFound
from archive.model import CopyOrder, Item, Location, Person, Reading, Visitor, Volume
from archive.statuses import DocumentKind, ReadingState
from archive.unit import Unit


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One line of the register of readings, with the columns of F15 for a visitor."""

    number: str
    code: str
    title: str
    reader: str
    organisation: str
    letter_no: str
    document_kind: DocumentKind | None
    document: str
    purpose: str
    approved_by: str
    room: str
    companion: str
    begun_at: dt.datetime
    closes_at: dt.datetime
    ended_at: dt.datetime | None
    items: int
    pages: int
    begun_by: str
    ended_by: str
    intact: bool | None
    copied: int
    effect: str
    state: ReadingState
    late: bool
    outside: bool = False


def rows(
    unit: Unit, *, open_only: bool = False, today: bool = False, late: bool = False, code: str | None = None,
    reader: str | None = None, visitor: str | None = None, since: dt.date | None = None, until: dt.date | None = None,
) -> Sequence[ReadingRow]:  # fmt: skip
    """The register, the newest first: readings of records this person may see, and his own.

    *since* and *until* narrow it to what was begun from the one day to the other.
    """
    unit.look(Act.READING_SEE)
    wanted = _narrowed(unit, open_only=open_only, today=today, late=late)
    if code is not None:
        record = unit.record(code)
        wanted = wanted.where((Reading.volume_uid == record.uid) | (Reading.item_uid == record.uid))
    if reader is not None or visitor is not None:
        who = readers.named(unit, reader, visitor)
        wanted = wanted.where((Reading.person_uid == who.uid) | (Reading.visitor_uid == who.uid))
    if since:
        wanted = wanted.where(Reading.begun_at >= _midnight(unit, since))
    if until:
        wanted = wanted.where(Reading.begun_at < _midnight(unit, until + dt.timedelta(days=1)))
    found = list(unit.session.scalars(wanted.order_by(Reading.begun_at.desc(), Reading.number.desc())))
    return _told(unit, found)


def one(unit: Unit, number: str) -> ReadingRow:
    """One line of the register; raises `NotFound` alike if it is absent or hidden."""
    unit.look(Act.READING_SEE)
    found = unit.session.scalars(select(Reading).where(_seen(unit), Reading.number == number)).all()
    if not found:
        raise NotFound(what="reading", code=number)
    return _told(unit, found)[0]


def standing(unit: Unit) -> int:
    """How many of the readings one may hear of are open."""
    unit.look(Act.READING_SEE)
    open_ones = _narrowed(unit, open_only=True, today=False, late=False).with_only_columns(func.count())
    return unit.session.scalar(open_ones) or 0


def overdue(unit: Unit) -> Sequence[ReadingRow]:
    """What is still being read past closing time."""
    return rows(unit, late=True)


def _narrowed(unit: Unit, *, open_only: bool, today: bool, late: bool) -> Select[Reading]:
    wanted = select(Reading).where(_seen(unit))
    if open_only or late:
        wanted = wanted.where(Reading.state == ReadingState.OPEN)
    if late:
        wanted = wanted.where(Reading.closes_at <= unit.now)
    if today:
        wanted = wanted.where(Reading.begun_at >= _midnight(unit, unit.today))
    return wanted


def _midnight(unit: Unit, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), unit.settings.zone)


def _seen(unit: Unit) -> ColumnElement[bool]:
    return or_(
        Reading.person_uid == unit.actor.uid,
        exists().where(and_(Volume.uid == Reading.volume_uid, policy.visible(unit.actor, Volume))),
        exists().where(and_(Item.uid == Reading.item_uid, policy.visible(unit.actor, Item))),
    )


def _told(unit: Unit, found: Sequence[Reading]) -> list[ReadingRow]:
    kept = at_hand(unit, (one for reading in found for one in _named(reading)))
    records = [readings.subject(unit, reading) for reading in found]
    unit.listed(Act.READING_SEE, (one for one in records if unit.may(Act.RECORD_SEE, one)))
    approved = approvers(unit, [(reading.line_uid, reading.grant_uid) for reading in found])
    copied = _copied(unit, found, records)
    told = [
        _row(unit, reading, record, by, copied[reading.uid])
        for reading, record, by in zip(found, records, approved, strict=True)
    ]
    kept.clear()
    return told


def _named(reading: Reading) -> Sequence[tuple[type[Any], str | None]]:
    """Everything a line of the register names."""
    people = (reading.person_uid, reading.companion_uid, reading.begun_by, reading.ended_by)
    return (
        (Volume, reading.volume_uid), (Item, reading.item_uid), (Visitor, reading.visitor_uid),
        (Location, reading.place_uid), *((Person, uid) for uid in people),
    )  # fmt: skip


def _copied(unit: Unit, found: Sequence[Reading], records: Sequence[Volume | Item]) -> dict[str, int]:
    """How many pages were copied for each reader out of what he read, while he read it."""
    orders: list[CopyOrder] = []
    wanted = sorted({record.uid for record in records})
    for start in range(0, len(wanted), BATCH):
        orders += unit.session.scalars(
            select(CopyOrder).where(CopyOrder.record_uid.in_(wanted[start : start + BATCH]))
        )
    of_record: dict[str, list[CopyOrder]] = {}
    for order in orders:
        of_record.setdefault(order.record_uid, []).append(order)
    return {
        reading.uid: sum(
            one.pages for one in of_record.get(record.uid, []) if _during(reading, one, unit.now)
        )
        for reading, record in zip(found, records, strict=True)
    }


def _during(reading: Reading, order: CopyOrder, now: dt.datetime) -> bool:
    same = (reading.person_uid, reading.visitor_uid) == (order.person_uid, order.visitor_uid)
    return same and reading.begun_at <= order.made_at <= (reading.ended_at or now)


def _visitor(unit: Unit, reading: Reading) -> VisitorRow | None:
    if reading.visitor_uid is None or not unit.may(Act.VISITOR_SEE):
        return None
    return visitors.row(unit, unit.session.get_one(Visitor, reading.visitor_uid))


def _row(unit: Unit, reading: Reading, record: Volume | Item, approved_by: str, copied: int) -> ReadingRow:
    def name(uid: str | None) -> str:
        return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""

    seen = unit.may(Act.RECORD_SEE, record)
    card = readings.card(unit, record, reading)
    guest = _visitor(unit, reading)
    person = unit.session.get(Person, reading.person_uid) if reading.person_uid else None
    visitor = unit.session.get(Visitor, reading.visitor_uid) if reading.visitor_uid else None
    room = unit.session.get(Location, reading.place_uid) if reading.place_uid else None
    is_open = reading.state is ReadingState.OPEN
    return ReadingRow(
        number=reading.number,
        code=record.reference_code if seen else "",
        title=unit.card(record).title if seen else "",
        reader=seen_name(unit, person, visitor),
        organisation=guest.organisation if guest else (person.department if person else ""),
        letter_no=guest.letter_no if guest else "",
        document_kind=guest.document_kind if guest else None,
        document=guest.document if guest else "",
        purpose=card["purpose"],
        approved_by=approved_by,
        room=room.code if room else "",
        companion=name(reading.companion_uid),
        begun_at=reading.begun_at,
        closes_at=reading.closes_at,
        ended_at=reading.ended_at,
        items=reading.items_out,
        pages=reading.pages_out,
        begun_by=name(reading.begun_by),
        ended_by=name(reading.ended_by),
        intact=reading.intact,
        copied=copied,
        effect=card["effect"],
        state=reading.state,
        late=is_open and reading.closes_at <= unit.now,
        outside=reading.visitor_uid is not None,
    )
