"""Walking through the holdings: a class with its volumes and lone papers, page by page, and one record with its surroundings.

Every count is of what this person may see, and is made by the database; only the lines of one page are opened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, func, select

from archive import classes, people, views
from archive.acts import Act
from archive.custody import whereabouts
from archive.model import Item, Movement, Person, RecordClass, Volume
from archive.policy import visible
from archive.registry import GONE
from archive.statuses import Whereabouts
from archive.unit import Unit
from archive.values import Level, VolumeState
from archive.views import RecordPage, TreeLine
from archive.words import Language

#: Lines on one page.
PAGE = 50
Kind = type[Volume] | type[Item]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which volumes, or papers kept alone: of a class with those below it, a year, a department, a state."""

    class_code: str
    year: int | None = None
    department: str | None = None
    state: VolumeState | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One volume, or paper kept alone, as the catalogue lists it."""

    code: str
    title: str
    class_code: str
    year: int
    department: str
    level: Level
    state: VolumeState
    items: int | None
    pages: int
    first_date: dt.date | None
    last_date: dt.date | None
    whereabouts: Whereabouts | VolumeState
    place: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of a class: its lines, how many there are in all, and by what they may be narrowed."""

    lines: list[Line]
    total: int
    years: list[tuple[int, int]]
    departments: list[tuple[str, int]]
    states: list[tuple[VolumeState, int]]


def volumes(unit: Unit, wanted: Narrowing, *, page: int = 1) -> Shelf:
    """The volumes of a class, by reference code; raises `ClassUnknown`."""
    return _shelf(unit, Volume, wanted, page)


def lone_papers(unit: Unit, wanted: Narrowing, *, page: int = 1) -> Shelf:
    """The papers of a class that are kept one by one; raises `ClassUnknown`."""
    return _shelf(unit, Item, wanted, page)


def totals(unit: Unit, wanted: Narrowing) -> tuple[int, int]:
    """How many volumes, and papers kept one by one, a class has; raises `ClassUnknown`."""
    unit.look(Act.RECORD_SEE)
    classes.known(unit, wanted.class_code)
    return _total(unit, Volume, wanted), _total(unit, Item, wanted)


def _total(unit: Unit, kind: Kind, wanted: Narrowing) -> int:
    rows = _narrowed(select(func.count()).select_from(kind), kind, unit, wanted)
    return unit.session.scalar(rows) or 0


def _shelf(unit: Unit, kind: Kind, wanted: Narrowing, page: int) -> Shelf:
    unit.look(Act.RECORD_SEE)
    classes.known(unit, wanted.class_code)
    rows = _narrowed(select(kind), kind, unit, wanted).order_by(kind.reference_code)
    found: list[Volume | Item] = list(unit.session.scalars(rows.limit(PAGE).offset((page - 1) * PAGE)))
    unit.listed(Act.RECORD_SEE, found)
    return Shelf(
        lines=_lines(unit, found),
        total=_total(unit, kind, wanted),
        years=sorted(_by(unit, kind, wanted, "year", kind.archive_year), reverse=True),
        departments=sorted(_by(unit, kind, wanted, "department", kind.department)),
        states=_by(unit, kind, wanted, "state", kind.state),
    )


def _narrowed(rows: Select[Any], kind: Kind, unit: Unit, wanted: Narrowing) -> Select[Any]:
    below = kind.class_code.startswith(f"{wanted.class_code}·", autoescape=True)
    rows = rows.where(visible(unit.actor, kind), (kind.class_code == wanted.class_code) | below)
    if kind is Item:
        rows = rows.where(Item.volume_uid.is_(None))
    if wanted.year is not None:
        rows = rows.where(kind.archive_year == wanted.year)
    if wanted.department is not None:
        rows = rows.where(kind.department == wanted.department)
    return rows if wanted.state is None else rows.where(kind.state == wanted.state)


def _by(unit: Unit, kind: Kind, wanted: Narrowing, name: str, column: Any) -> list[tuple[Any, int]]:
    """How many there are of each value of *column*, whatever it is narrowed to itself."""
    whatever: dict[str, Any] = {name: None}
    rows = _narrowed(select(column, func.count()), kind, unit, replace(wanted, **whatever))
    return [(value, count) for value, count in unit.session.execute(rows.group_by(column))]


def _lines(unit: Unit, found: Sequence[Volume | Item]) -> list[Line]:
    where = whereabouts.many(unit, [one.uid for one in found])
    cards = unit.cards(found)
    return [_line(record, card.title, where[record.uid]) for record, card in zip(found, cards, strict=True)]


def _line(record: Volume | Item, title: str, found: whereabouts.Found) -> Line:
    held = _extent(record)
    return Line(
        code=record.reference_code, title=title, class_code=record.class_code, year=record.archive_year,
        department=record.department, level=Level(record.level), state=record.state, items=held.items,
        pages=held.pages, first_date=held.first, last_date=held.last, whereabouts=_now(record, found),
        place=found.place,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Extent:
    """How much a record is, and of which days."""

    items: int | None
    pages: int
    first: dt.date | None
    last: dt.date | None
    first_page: int | None = None


def _extent(record: Volume | Item) -> _Extent:
    if isinstance(record, Volume):
        return _Extent(record.items, record.pages, record.first_date, record.last_date)
    return _Extent(None, record.page_count, record.dated, record.dated, record.first_page)


def _now(record: Volume | Item, found: whereabouts.Found) -> Whereabouts | VolumeState:
    return record.state if record.state in GONE else found.whereabouts


# --- the tree ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Branch:
    """A class of the tree with the sums of those below it."""

    line: TreeLine
    below: tuple[TreeLine, ...]

    def name(self, language: Language) -> str:
        """Its name in *language*."""
        return self.line.name if language is Language.ZH else self.line.name_en


def tree(unit: Unit) -> list[Branch]:
    """The groups of the class tree, each with its classes and what this person may see in them."""
    lines = views.summed(views.tree(unit))
    groups = [line for line in lines if "·" not in line.code]
    return [
        Branch(group, tuple(one for one in lines if one.code.startswith(f"{group.code}·")))
        for group in groups
    ]


# --- one record --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class About:
    """A record with what surrounds it: where it is now, the volume it stands in, its neighbours there, its rule."""

    page: RecordPage
    uid: str
    version: int
    whereabouts: Whereabouts | VolumeState
    place: str
    holder: str
    due_on: dt.date | None
    number: str
    volume: str
    before: str
    after: str
    clause: str
    personal: bool
    dated: dt.date | None
    pages: int
    first_page: int | None
    class_name_en: str
    inside: int

    def class_name(self, language: Language) -> str:
        """The name of its class in *language*."""
        return self.page.class_name if language is Language.ZH else self.class_name_en


#: Of a volume no contents: only what its head says.
HEAD = slice(0, 0)


def about(unit: Unit, code: str, some: slice = slice(None)) -> About:
    """Everything the head of a record's page says, and *some* of a volume's contents; raises `NotFound` alike for
    absent and hidden.
    """
    page = views.page(unit, code, some)
    record = unit.record(code)
    found, held = whereabouts.of(unit, record), _extent(record)
    rule = unit.session.get_one(RecordClass, record.class_code)
    volume, before, after = _neighbours(unit, record)
    return About(
        page=page, uid=record.uid, version=record.version, whereabouts=_now(record, found), place=found.place,
        holder=whereabouts.holder(unit, found) if unit.may(Act.LOAN_SEE, record) else "",
        due_on=found.due_on, number=found.number, volume=volume, before=before, after=after, clause=rule.clause,
        personal=record.personal, dated=held.first if isinstance(record, Item) else None, pages=held.pages,
        first_page=held.first_page, class_name_en=rule.name_en,
        inside=_inside(unit, record) if isinstance(record, Volume) else 0,
    )  # fmt: skip


def _inside(unit: Unit, volume: Volume) -> int:
    """How many items of a volume this person may see."""
    mine = Item.volume_uid == volume.uid, visible(unit.actor, Item)
    return unit.session.scalar(select(func.count()).select_from(Item).where(*mine)) or 0


def _neighbours(unit: Unit, record: Volume | Item) -> tuple[str, str, str]:
    """The volume a paper stands in, and the papers before and after it there, as far as this person sees them."""
    if not isinstance(record, Item) or record.volume_uid is None:
        return "", "", ""
    volume = unit.session.get_one(Volume, record.volume_uid)
    inside = select(Item.reference_code).where(Item.volume_uid == volume.uid, visible(unit.actor, Item))
    before = inside.where(Item.seq_no < record.seq_no).order_by(Item.seq_no.desc())
    after = inside.where(Item.seq_no > record.seq_no).order_by(Item.seq_no)
    shown = volume.reference_code if unit.may(Act.RECORD_SEE, volume) else ""
    return (
        shown,
        unit.session.scalar(before.limit(1)) or "",
        unit.session.scalar(after.limit(1)) or "",
    )


@dataclass(frozen=True, slots=True)
class MoveLine:
    """Where a record was put, when and by whom."""

    moved_at: dt.datetime
    place: str
    moved_by: str


def moves(unit: Unit, code: str) -> list[MoveLine]:
    """Every place a record was put in, newest first; raises `NotFound`."""
    record = unit.record(code)
    unit.look(Act.RECORD_SEE, record)
    way = whereabouts.ways()
    rows = (
        select(Movement, way.c.path)
        .outerjoin(way, way.c.uid == Movement.to_uid)
        .where(Movement.record_uid == record.uid)
        .order_by(Movement.moved_at.desc())
    )
    return [
        MoveLine(move.moved_at, path or "", people.name_of(unit, unit.session.get_one(Person, move.moved_by)))
        for move, path in unit.session.execute(rows)
    ]
