"""The catalogue as printed lists read it: visible rows and counts only (decision 6), a batch at a time, never all at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import func, select

from archive import classes, registry
from archive.cards import Card
from archive.errors import NotFound
from archive.forms.kinds import Wanted
from archive.forms.page import Shown
from archive.model import (
    Department,
    DestructionLine,
    DestructionList,
    Item,
    Loan,
    Location,
    Record,
    RecordClass,
    Volume,
)  # fmt: skip
from archive.policy import visible
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Level, LoanState, Period, PeriodKind, VolumeState
from archive.views import VolumeLine
from archive.words import Language, say

BATCH = 500
R = TypeVar("R", Volume, Item)


@dataclass(frozen=True, slots=True)
class VolumeRow(VolumeLine):
    """One volume in a printed list; items and pages are those the reader may see."""

    destroyed: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item in a printed list."""

    seq_no: int
    code: str
    document_no: str
    creator: str
    title: str
    dated: dt.date | None
    first_page: int
    pages: int
    level: Level
    year: int
    department: str
    period: str
    note: str
    state: VolumeState
    destroyed: str


class Names:
    """Names of departments, classes and places, each asked for once."""

    def __init__(self, unit: Unit, language: Language) -> None:
        self._unit, self.language = unit, language
        self._places: dict[str, str] = {}
        self._departments = {one.code: one for one in unit.session.scalars(select(Department))}

    def department(self, code: str) -> str:
        """A department by its code, in the language of the paper."""
        found = self._departments.get(code)
        if found is None:
            return code
        return found.name_en if self.language is Language.EN and found.name_en else found.name

    def class_of(self, code: str) -> str:
        """A class by its code."""
        found = self._unit.session.get(RecordClass, code)
        if found is None:
            return code
        return found.name_en if self.language is Language.EN else found.name

    def place(self, uid: str | None) -> str:
        """Where something stands, outermost place first."""
        if uid is None:
            return ""
        if uid not in self._places:
            way = registry.path(self._unit, self._unit.session.get(Location, uid))
            self._places[uid] = " / ".join(one.name for one in way)
        return self._places[uid]

    def period(self, code: str) -> str:
        """保管期限 as it is printed: 永久, 30年."""
        return said_period(code, self.language)


def said_period(code: str, language: Language) -> str:
    """A period as it is printed: 永久, 30年, 90日."""
    period = Period.parse(code)
    if period.kind in {PeriodKind.YEARS, PeriodKind.DAYS}:
        return say(f"catalogue.period-{period.kind.value.lower()}", language, length=period.length)
    return say(period.kind.word, language)


def checked(unit: Unit, wanted: Wanted) -> None:
    """Raise `ClassUnknown`, `NotFound` or `BadValue` for a class, department or period that is none."""
    if wanted.class_code:
        classes.known(unit, wanted.class_code)
    if wanted.department:
        unit.one(Department, "department", wanted.department)
    if wanted.period:
        Period.parse(wanted.period)


# --- volumes ------------------------------------------------------------------------------------


def volumes(unit: Unit, wanted: Wanted, shown: Shown, names: Names) -> Iterator[VolumeRow]:
    """The volumes that may be seen, by reference code (F3)."""
    rows = narrowed(select(Volume).where(visible(unit.actor, Volume)), Volume, wanted)
    for batch in _batches(unit, rows, Volume):
        yield from volume_rows(unit, batch, shown, names)


def volume_rows(unit: Unit, found: Sequence[Volume], shown: Shown, names: Names) -> Iterator[VolumeRow]:
    """*found* as rows, their cards opened together; the caller has judged."""
    inside, out, gone = _inside(unit, found), _out(unit, found), destroyed(unit, found)
    shown.confidential += sum(volume.level >= CONFIDENTIAL for volume in found)
    for volume, card in zip(found, unit.cards(found), strict=True):
        items, pages = inside.get(volume.uid, (0, 0))
        yield VolumeRow(
            volume.reference_code, title_of(volume, card, names.language), volume.class_code, volume.archive_year,
            volume.department, volume.level, volume.period, volume.state, items, pages, volume.first_date,
            volume.last_date, names.place(volume.place_uid), volume.uid in out, gone.get(volume.uid, ""),
        )  # fmt: skip


def _inside(unit: Unit, found: Sequence[Volume]) -> dict[str, tuple[int, int]]:
    """How many items and pages of each volume may be seen."""
    uids = [volume.uid for volume in found]
    rows = select(Item.volume_uid, func.count(), func.sum(Item.page_count)).group_by(Item.volume_uid)
    counted = rows.where(Item.volume_uid.in_(uids), visible(unit.actor, Item))
    return {str(uid): (count, int(pages or 0)) for uid, count, pages in unit.session.execute(counted)}


def _out(unit: Unit, found: Sequence[Volume]) -> set[str]:
    """Those that are on loan as a whole."""
    uids = [volume.uid for volume in found]
    out = select(Loan.volume_uid).where(
        Loan.state == LoanState.OUT, Loan.only_copy.is_(False), Loan.volume_uid.in_(uids)
    )
    return {str(uid) for uid in unit.session.scalars(out)}


def destroyed(unit: Unit, found: Sequence[Record]) -> dict[str, str]:
    """Of what was destroyed: number of the list and day, to be written beside it (V19)."""
    uids = [record.uid for record in found if record.state is VolumeState.DESTROYED]
    scopes = {record.uid: record.scope_uid for record in found}
    rows = (
        select(DestructionLine.record_uid, DestructionList.number, DestructionLine.destroyed_at)
        .join(DestructionList, DestructionList.uid == DestructionLine.list_uid)
        .where(
            DestructionLine.destroyed_at.is_not(None),
            DestructionLine.record_uid.in_([*uids, *(scopes[uid] for uid in uids)]),
        )
    )
    told = {
        uid: f"{number} {day8(at.astimezone(unit.settings.zone).date()) if at else ''}"
        for uid, number, at in (unit.session.execute(rows) if uids else ())
    }
    return {uid: told.get(uid) or told.get(scopes[uid], "") for uid in uids}


# --- items ----------------------------------------------------------------------------------------


def items_of(unit: Unit, volume: Volume, shown: Shown, language: Language) -> Iterator[ItemRow]:
    """卷内目录: the items of a volume that may be seen, in order (F1, F2)."""
    rows = select(Item).where(Item.volume_uid == volume.uid, visible(unit.actor, Item))
    for batch in _in_batches(unit.session.scalars(rows.order_by(Item.seq_no))):
        yield from item_rows(unit, batch, shown, language)


def items_alone(
    unit: Unit, wanted: Wanted, shown: Shown, *, secret: bool | None = None
) -> Iterator[ItemRow]:  # fmt: skip
    """Items kept one by one, by reference code (F6): at 秘密 and above, or below, or all of them."""
    rows = select(Item).where(Item.volume_uid.is_(None), visible(unit.actor, Item))
    if secret is not None:
        rows = rows.where(Item.level >= CONFIDENTIAL if secret else Item.level < CONFIDENTIAL)
    for batch in _batches(unit, narrowed(rows, Item, wanted), Item):
        yield from item_rows(unit, batch, shown, wanted.language)


def item_rows(unit: Unit, found: Sequence[Item], shown: Shown, language: Language) -> Iterator[ItemRow]:
    """*found* as rows, their cards opened together; the caller has judged."""
    gone = destroyed(unit, found)
    shown.confidential += sum(item.level >= CONFIDENTIAL for item in found)
    for item, card in zip(found, unit.cards(found), strict=True):
        yield ItemRow(
            item.seq_no, item.reference_code, card.document_no, card.creator, title_of(item, card, language),
            item.dated, item.first_page, item.page_count, item.level, item.archive_year, item.department,
            item.period, card.note, item.state, gone.get(item.uid, ""),
        )  # fmt: skip


# --- what both share --------------------------------------------------------------------------------


def title_of(record: Record, card: Card, language: Language) -> str:
    """The title as catalogued, one made up in its [ ]; of what was destroyed only where it may stay (decision 10)."""
    return card.title or (
        say("catalogue.withheld", language) if record.state is VolumeState.DESTROYED else ""
    )


def day8(day: dt.date | None) -> str:
    """A day as catalogues print it: 20250302 (DA/T 22); nothing for none."""
    return f"{day:%Y%m%d}" if day else ""


def place_with(unit: Unit, code: str) -> Location:
    """The box or other place with this code; raises `NotFound`."""
    return unit.one(Location, "location", code)


def in_place(unit: Unit, place: Location) -> tuple[list[Volume], list[Item]]:
    """The volumes, and the items kept alone, that stand in a place itself and may be seen."""
    volumes = select(Volume).where(Volume.place_uid == place.uid, visible(unit.actor, Volume))
    items = select(Item).where(
        Item.place_uid == place.uid, visible(unit.actor, Item), Item.volume_uid.is_(None)
    )
    return (
        list(unit.session.scalars(volumes.order_by(Volume.reference_code))),
        list(unit.session.scalars(items.order_by(Item.reference_code))),
    )


def each(unit: Unit, codes: Sequence[str]) -> list[Volume]:
    """The volumes with these codes; raises `NotFound`, for none at all too."""
    if not codes:
        raise NotFound(what="volume", code="—")
    return [unit.volume(code) for code in codes]


def narrowed(rows: Any, kind: type[Any], wanted: Wanted) -> Any:
    """*rows* of class, year, department and period as wanted."""
    if wanted.class_code:
        below = kind.class_code.startswith(f"{wanted.class_code}·", autoescape=True)
        rows = rows.where((kind.class_code == wanted.class_code) | below)
    for name, value in (
        ("archive_year", wanted.year),
        ("department", wanted.department),
        ("period", wanted.period),
    ):
        if value:
            rows = rows.where(getattr(kind, name) == value)
    return rows


def _batches(unit: Unit, rows: Any, kind: type[R]) -> Iterator[list[R]]:
    """The records of *rows* by reference code, `BATCH` at a time; none is kept when the next come."""
    last = ""
    while True:
        page = rows.where(kind.reference_code > last).order_by(kind.reference_code).limit(BATCH)
        found = list(unit.session.scalars(page))
        if not found:
            return
        last = found[-1].reference_code
        yield found


def _in_batches(found: Iterable[R]) -> Iterator[list[R]]:
    batch: list[R] = []
    for one in found:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
