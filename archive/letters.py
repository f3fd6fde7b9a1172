"""来往文件: the letters in the catalogue, received and sent, as their registers tell them (R60, R68, F17, F18).

Reads only; `archive.registering` enters them. Who signed for a letter is not kept yet: the registers leave room for
the pen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from archive.acts import Act
from archive.cards import Card
from archive.entrance import Direction
from archive.errors import BadValue, NotFound
from archive.model import Component, Holding, Item, LetterEntry, Volume
from archive.policy import visible
from archive.statuses import Condition
from archive.unit import Unit
from archive.values import ComponentKind, Family, Level, VolumeState

IN, OUT, INTERNAL = Direction
BATCH = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as its register shows it: *answer* is the number of what was written back, as far as it may be seen.

    *number* is its own in the register, empty for a letter that was only filed; *handled_on* the day it came or went.
    """

    number: str
    code: str
    direction: Direction | None
    title: str
    document_no: str
    correspondent: str
    creator: str
    doc_type: str
    level: Level
    dated: dt.date | None
    received_on: dt.date | None
    handled_on: dt.date | None
    reply_to: str
    answer: str
    attachments: int
    copies: int
    pages: int
    department: str
    filed_on: dt.date | None
    volume: str
    note: str


def rows(
    unit: Unit, direction: str, *, year: int | None = None, department: str | None = None,
    since: dt.date | None = None, until: dt.date | None = None,
) -> list[Letter]:  # fmt: skip
    """The letters of one direction that this person may see, in the order they came or went.

    *since* and *until* are days of receiving, or of the letter itself.
    """
    unit.look(Act.RECORD_SEE)
    wanted = _letters(unit)
    if year is not None:
        wanted = wanted.where(Item.archive_year == year)
    if department is not None:
        wanted = wanted.where(Item.department == department)
    known = _opened(unit, wanted)
    shown = [pair for pair in known if _is(pair[1], direction) and _within(pair, since, until)]
    unit.listed(Act.RECORD_SEE, (item for item, _ in shown))
    answers = _answers(unit) if direction == IN else {}
    return sorted(
        (replace(one, answer=_answer(one, answers)) for one in _told(unit, shown)),
        key=lambda one: (one.handled_on or one.dated or dt.date.max, one.number, one.document_no, one.code),
    )


@dataclass(frozen=True, slots=True)
class Book:
    """A page of one register: its letters, newest first, and how many the year has, of those this person may see."""

    year: int
    years: list[int]
    total: int
    letters: list[Letter]


def book(unit: Unit, direction: str, *, year: int | None = None, limit: int = 50, offset: int = 0) -> Book:
    """The registered letters of one direction and year (the newest that has any, if not said), page by page."""
    unit.look(Act.RECORD_SEE)
    mine = LetterEntry.direction == direction, visible(unit.actor, Item)
    entered = select(LetterEntry.year).join(Item, Item.uid == LetterEntry.item_uid).where(*mine)
    years = sorted(unit.session.scalars(entered.distinct()), reverse=True)
    chosen = year if year is not None else years[0] if years else unit.today.year
    rows = (
        select(Item)
        .join(LetterEntry, LetterEntry.item_uid == Item.uid)
        .where(*mine, LetterEntry.year == chosen)
    )
    total = unit.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    ordered = rows.order_by(LetterEntry.handled_on.desc(), LetterEntry.number.desc())
    items = list(unit.session.scalars(ordered.limit(limit).offset(offset)))
    unit.listed(Act.RECORD_SEE, items)
    found = _told(unit, list(zip(items, unit.cards(items), strict=True)))
    came = min((one.handled_on for one in found if one.handled_on), default=None)
    answers = _answers(unit, since=came) if direction == IN and came else {}
    return Book(chosen, years, total, [replace(one, answer=_answer(one, answers)) for one in found])


def numbered(unit: Unit, number: str) -> Letter:
    """The letter with this number in its register, or this reference code; raises `NotFound` and as `one` does."""
    entry = unit.session.scalar(select(LetterEntry).where(LetterEntry.number == number.strip().upper()))
    if entry is None:
        return one(unit, number)
    try:
        return one(unit, entry.item_uid)
    except NotFound:  # told by the number asked for, as one that was never given
        raise NotFound(what="record", code=number) from None


def one(unit: Unit, code: str) -> Letter:
    """The letter with this reference code; raises `NotFound`, and `BadValue` for a paper that is none."""
    item = unit.item(code)
    unit.look(Act.RECORD_SEE, item)
    if item.family is not Family.CORRESPONDENCE:
        raise BadValue(field="reference_code", value=item.reference_code, expected=Family.CORRESPONDENCE)
    letter = _told(unit, [(item, unit.card(item))])[0]
    return replace(letter, answer=_answer(letter, _answers(unit))) if letter.direction == IN else letter


def _letters(unit: Unit) -> Select[Item]:
    rows = select(Item).where(Item.family == Family.CORRESPONDENCE, visible(unit.actor, Item))
    return rows.where(Item.state != VolumeState.DESTROYED)


def _opened(unit: Unit, wanted: Select[Item]) -> list[tuple[Item, Card]]:
    found = list(unit.session.scalars(wanted))
    return list(zip(found, unit.cards(found), strict=True))


def _is(card: Card, direction: str) -> bool:
    return card.fields.get("direction", "") == direction


def _way(card: Card) -> Direction | None:
    told = card.fields.get("direction", "")
    return Direction(told) if told else None


def _day(card: Card, item: Item) -> dt.date | None:
    received = card.fields.get("received_on", "")
    return dt.date.fromisoformat(received) if received else item.dated


def _came(card: Card, item: Item) -> dt.date | None:
    """The day a letter that was only filed came or went, where its card says so."""
    return None if _is(card, IN) and not card.fields.get("received_on") else _day(card, item)


def _within(pair: tuple[Item, Card], since: dt.date | None, until: dt.date | None) -> bool:
    day = _day(pair[1], pair[0])
    if day is None:
        return since is None and until is None
    return (since or dt.date.min) <= day <= (until or dt.date.max)


def _answers(unit: Unit, since: dt.date | None = None) -> dict[str, str]:
    """By the number or code of what was answered, the number of the answer; the first one counts.

    With *since* only what was registered as sent from that day to the end of the year after it: a letter is answered
    once it has come.
    """
    found: dict[str, str] = {}
    wanted = _letters(unit)
    if since is not None:
        sent = select(LetterEntry.item_uid).where(
            LetterEntry.direction == OUT, LetterEntry.handled_on >= since, LetterEntry.year <= since.year + 1
        )
        wanted = wanted.where(Item.uid.in_(sent))
    for item, card in _opened(unit, wanted.order_by(Item.dated)):
        told = card.fields.get("reply_to", "")
        if told and not _is(card, IN):
            found.setdefault(told, card.document_no or item.reference_code)
    return found


def _answer(letter: Letter, answers: dict[str, str]) -> str:
    """What was written back, naming the letter by its document number, its code, or its number in the register."""
    return next(
        (answers[one] for one in (letter.document_no, letter.code, letter.number) if one in answers), ""
    )


def _told(unit: Unit, pairs: Sequence[tuple[Item, Card]]) -> list[Letter]:
    uids = [item.uid for item, _ in pairs]
    attached, kept = _attachments(unit, uids), _copies(unit, uids)
    homes = _homes(unit, {item.volume_uid for item, _ in pairs if item.volume_uid})
    entries = _entries(unit, uids)
    return [
        Letter(
            number=entries[item.uid].number if item.uid in entries else "", code=item.reference_code, direction=_way(card), title=card.title,
            document_no=card.document_no, correspondent=card.fields.get("correspondent", ""),
            creator=card.creator, doc_type=card.doc_type, level=item.level, dated=item.dated,
            received_on=_day(card, item) if card.fields.get("received_on") else None,
            handled_on=entries[item.uid].handled_on if item.uid in entries else _came(card, item),
            reply_to=card.fields.get("reply_to", ""), answer="", attachments=attached.get(item.uid, 0),
            copies=kept.get(item.uid, 0), pages=item.page_count, department=item.department, filed_on=item.held_on,
            volume=homes.get(item.volume_uid or "", item.reference_code), note=card.note,
        )
        for item, card in pairs
    ]  # fmt: skip


def _entries(unit: Unit, uids: Sequence[str]) -> dict[str, LetterEntry]:
    """What the registers have of these items, by the item's uid."""
    found: dict[str, LetterEntry] = {}
    for some in _slices(uids):
        rows = select(LetterEntry).where(LetterEntry.item_uid.in_(some))
        found |= {entry.item_uid: entry for entry in unit.session.scalars(rows)}
    return found


def _attachments(unit: Unit, uids: Sequence[str]) -> dict[str, int]:
    return _counted(unit, Component.item_uid, Component.kind == ComponentKind.ATTACHMENT, uids)


def _copies(unit: Unit, uids: Sequence[str]) -> dict[str, int]:
    return _counted(unit, Holding.item_uid, Holding.condition != Condition.LOST, uids)


def _counted(unit: Unit, item: Any, which: ColumnElement[bool], uids: Sequence[str]) -> dict[str, int]:
    """How many rows of a table there are of each letter."""
    found: dict[str, int] = {}
    for some in _slices(uids):
        rows = select(item, func.count()).where(which, item.in_(some)).group_by(item)
        found |= {row[0]: row[1] for row in unit.session.execute(rows)}
    return found


def _homes(unit: Unit, uids: Iterable[str]) -> dict[str, str]:
    """The codes of the volumes the letters stand in."""
    found: dict[str, str] = {}
    for some in _slices(sorted(uids)):
        rows = select(Volume.uid, Volume.reference_code).where(Volume.uid.in_(some))
        found |= {row.uid: row.reference_code for row in unit.session.execute(rows)}
    return found


def _slices(uids: Sequence[str]) -> list[Sequence[str]]:
    return [uids[start : start + BATCH] for start in range(0, len(uids), BATCH)]
