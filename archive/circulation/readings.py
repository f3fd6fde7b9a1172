"""阅览: reading on site, counted and signed at both ends; for what is never lent the only way (R36, R39, V8, V11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from archive.acts import Act
from archive.cards import plain
from archive.circulation import counting, incidents, readers
from archive.circulation.readers import Reader
from archive.errors import (
    AlreadyOut,
    BadValue,
    CompanionNeeded,
    NotFound,
    NotReading,
    RoomClosed,
    SameSigner,
    SeveralReadings,
)
from archive.lives import ITEM, READING, VOLUME
from archive.model import Holding, Item, Location, Outing, Person, Reading, Visitor, Volume
from archive.statuses import ReadingState, RequestKind
from archive.unit import Unit
from archive.values import PlaceKind
from archive.volumes import next_number

READING_KEY = "reading"


def begin(  # noqa: PLR0913
    unit: Unit, code: str, *, place: str, purpose: str, reader: str | None = None, visitor: str | None = None,
    companion: str | None = None, items: int | None = None, pages: int | None = None, late: str | None = None,
) -> Reading:  # fmt: skip
    """Hand a volume, or a single item, to a reader in the reading room until it closes today.

    *reader* is an account, *visitor* a number; *companion* the account of who stays with him; *late* the reason
    for reading after closing time. What is electronic only is not counted.
    Raises what the policy refuses, `WrongState`, `SameSigner`, `CompanionNeeded`, `RoomClosed`, `CountDiffers`,
    `AlreadyOut`, `PieceLost`, and what `readers.warranted` raises.
    """
    record = unit.record(code)
    who = readers.named(unit, reader, visitor)
    unit.act(
        Act.READING_BEGIN, record, private={"purpose": purpose, "late": late or ""}, reader=readers.code(who)
    )
    (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, Act.READING_BEGIN)
    beside = _beside(unit, record, who, companion)
    warrant = readers.warranted(unit, RequestKind.READ, record, who)
    room, closes_at = _room(unit, place), _closing(unit, late)
    counted = counting.pieces(unit, record)
    counted.agree(items, pages)
    reading = Reading(
        number=_number(unit), **_subject(record), **readers.uids(who), state=ReadingState.OPEN,
        grant_uid=warrant.grant_uid, line_uid=warrant.line_uid, place_uid=room.uid,
        companion_uid=beside.uid if beside else None, begun_at=unit.now, begun_by=unit.actor.uid,
        closes_at=closes_at, items_out=counted.items, pages_out=counted.pages,
        outings=[Outing(holding_uid=holding.uid) for holding in counted.holdings],
    )  # fmt: skip
    told = {"purpose": _said("purpose", purpose), "late": (late or "").strip(), "effect": ""}
    write(unit, record, reading, told)
    return _kept(unit, record, reading)


def _kept(unit: Unit, record: Volume | Item, reading: Reading) -> Reading:
    unit.session.add(reading)
    code = record.reference_code
    try:
        unit.session.flush()
    except IntegrityError as clash:  # the index one_open_outing_per_holding has the last word
        raise AlreadyOut(code=code) from clash
    unit.lines[-1].facts = {
        **unit.lines[-1].facts, "number": reading.number, "items": reading.items_out, "pages": reading.pages_out,
    }  # fmt: skip
    return reading


def end(
    unit: Unit, code: str, *, items: int | None = None, pages: int | None = None, missing: Sequence[str] = (),
    damaged: bool = False, effect: str = "",
) -> Reading:  # fmt: skip
    """Take back what was read, counted again; a difference opens an incident (V11).

    *code* is the record's or the reading's number; *missing* are codes of papers that did not come back;
    *effect* is what came of the reading (利用效果).
    Raises `NotFound`, `NotReading`, `SeveralReadings`, `SameSigner`, `BadValue`, what the policy refuses.
    """
    reading, record = _meant(unit, code)
    unit.act(Act.READING_END, record, number=reading.number)
    reading.state = READING.after(reading.state, Act.READING_END)
    counting.face_to_face(unit, _other_signer(unit, reading), Act.READING_END)
    lacking = _lacking(unit, reading, record, missing)
    reading.ended_at, reading.ended_by = unit.now, unit.actor.uid
    reading.items_back = reading.items_out - len(lacking) if items is None else _number_of("items", items)
    reading.pages_back = _pages_back(reading, lacking) if pages is None else _number_of("pages", pages)
    same = (reading.items_back, reading.pages_back) == (reading.items_out, reading.pages_out)
    reading.intact = same and not damaged and not lacking
    if effect.strip():
        write(unit, record, reading, {**card(unit, record, reading), "effect": effect.strip()})
    unit.session.execute(update(Outing).where(Outing.reading_uid == reading.uid).values(returned_at=unit.now))
    unit.lines[-1].facts = {
        "number": reading.number, "items": reading.items_back, "pages": reading.pages_back, "intact": reading.intact,
    }  # fmt: skip
    if not reading.intact:
        incidents.from_reading(unit, reading, [item.reference_code for item in lacking], damaged=damaged)
    return reading


def late(unit: Unit) -> int:
    """How many readings are still open past closing time: a number for the rounds, without names."""
    unit.look(Act.READING_SEE)
    past = Reading.state == ReadingState.OPEN, Reading.closes_at <= unit.now
    return unit.session.scalar(select(func.count()).select_from(Reading).where(*past)) or 0


# --- who and where ----------------------------------------------------------------------------


def _beside(unit: Unit, record: Volume | Item, who: Reader, companion: str | None) -> Person | None:
    """Who stays with the reader: demanded for a visitor, and then neither the custodian nor unfit to know (R42)."""
    if isinstance(who, Person):
        counting.face_to_face(unit, who, Act.READING_BEGIN)
    if companion is None:
        if isinstance(who, Visitor):
            raise CompanionNeeded(number=who.number)
        return None
    person = unit.person(companion)
    readers.trusted(unit, record, person)
    if isinstance(who, Visitor):
        counting.face_to_face(unit, person, Act.READING_BEGIN)
    elif person.uid == who.uid:
        raise SameSigner(act=Act.READING_BEGIN)
    return person


def _other_signer(unit: Unit, reading: Reading) -> Person:
    """Who signs beside the custodian: the reader, or who stayed with the visitor."""
    return unit.session.get_one(Person, reading.person_uid or reading.companion_uid)


def _room(unit: Unit, place: str) -> Location:
    room = unit.one(Location, "location", place)
    if room.kind is not PlaceKind.ROOM:
        raise BadValue(field="room", value=place, expected=PlaceKind.ROOM)
    return room


def _closing(unit: Unit, late: str | None) -> dt.datetime:
    """When the room closes today; who reads later for a reason gives it back before the day is over."""
    closes = unit.settings.reading_closes
    hour = dt.time.fromisoformat(closes)
    closing = dt.datetime.combine(unit.today, hour, unit.settings.zone).astimezone(dt.UTC)
    if unit.now < closing:
        return closing
    if late is None:
        raise RoomClosed(closes=closes)
    _said("reason", late)
    tomorrow = unit.today + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), unit.settings.zone).astimezone(dt.UTC)


# --- which reading, which papers --------------------------------------------------------------


def _meant(unit: Unit, code: str) -> tuple[Reading, Volume | Item]:
    """The reading with this number, or the open one of the record with this code."""
    if unit.session.scalar(select(Reading.uid).where(Reading.number == code)):
        return _numbered(unit, code)
    record = unit.record(code)
    mine = Reading.volume_uid == record.uid if isinstance(record, Volume) else Reading.item_uid == record.uid
    found = list(
        unit.session.scalars(
            select(Reading).where(mine, Reading.state == ReadingState.OPEN).order_by(Reading.number)
        )
    )
    if not found:
        raise NotReading(code=record.reference_code)
    if len(found) > 1:
        raise SeveralReadings(code=record.reference_code, numbers=[one.number for one in found])
    return found[0], record


def _numbered(unit: Unit, number: str) -> tuple[Reading, Volume | Item]:
    """The reading with this number; raises `NotFound` alike for none and for one of a hidden record."""
    found = unit.session.scalar(select(Reading).where(Reading.number == number))
    record = subject(unit, found) if found is not None else None
    if found is None or record is None or not unit.may(Act.RECORD_SEE, record):
        raise NotFound(what="reading", code=number)
    return found, record


def subject(unit: Unit, reading: Reading) -> Volume | Item:
    """What is or was read."""
    if reading.volume_uid is not None:
        return unit.session.get_one(Volume, reading.volume_uid)
    return unit.session.get_one(Item, reading.item_uid)


def _subject(record: Volume | Item) -> dict[str, str | None]:
    volume = isinstance(record, Volume)
    return {"volume_uid": record.uid if volume else None, "item_uid": None if volume else record.uid}


def _lacking(unit: Unit, reading: Reading, record: Volume | Item, missing: Sequence[str]) -> list[Item]:
    """The papers named missing, each of which must have been handed out."""
    handed_out = select(Holding.item_uid).join(Outing, Outing.holding_uid == Holding.uid)
    among = set(unit.session.scalars(handed_out.where(Outing.reading_uid == reading.uid)))
    lacking = [unit.item(code) for code in dict.fromkeys(missing)]
    for item in lacking:
        if item.uid not in among:
            raise BadValue(field="missing", value=item.reference_code, expected=record.reference_code)
    return lacking


def _pages_back(reading: Reading, lacking: Sequence[Item]) -> int:
    return reading.pages_out - sum(item.page_count for item in lacking)


def _number_of(field: str, counted: int) -> int:
    if counted < 0:
        raise BadValue(field=field, value=counted, expected="≥ 0")
    return counted


# --- the card ---------------------------------------------------------------------------------


def _number(unit: Unit) -> str:
    prefix = f"YL{unit.today.year}-"
    return f"{prefix}{next_number(unit, prefix):05d}"


def _said(field: str, text: str) -> str:
    if not text.strip():
        raise BadValue(field=field, value=text, expected="…")
    return text.strip()


def write(unit: Unit, record: Volume | Item, reading: Reading, told: dict[str, str]) -> None:
    """Seal purpose, reason and effect under the record's key."""
    reading.card = unit.keys.seal(record.uid, f"{READING_KEY}|{reading.number}", plain(told))


def card(unit: Unit, record: Volume | Item, reading: Reading) -> dict[str, str]:
    """Purpose, reason and effect, opened; empty once the record is destroyed."""
    return unit.told(record.uid, f"{READING_KEY}|{reading.number}", reading.card)
