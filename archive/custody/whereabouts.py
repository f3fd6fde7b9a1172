"""现在在哪里: on the shelf, with whom, in the reading room, under repair, lost; from the ledgers, in one query (R23).

This module does not judge but in `where`; it says where things are to those who may know of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Subquery, and_, bindparam, case, func, literal, select
from sqlalchemy.orm import aliased

from archive import people
from archive.acts import Act
from archive.model import (
    Holding,
    Item,
    Loan,
    Location,
    Outing,
    Reading,
    Repair,
    Visitor,
    Volume,
)
from archive.registry import BETWEEN, GONE
from archive.statuses import Condition, Whereabouts
from archive.unit import Unit
from archive.values import VolumeState

#: Not on the shelf, but accounted for by a ledger: what the books leave out of a count (V16).
AWAY = frozenset({Whereabouts.LOAN, Whereabouts.READING_ROOM, Whereabouts.REPAIR, Whereabouts.LOST})


@dataclass(frozen=True, slots=True)
class Found:
    """Where one record, box or bag is: its place on the books, and whoever has it now.

    *away* of its *pieces* are elsewhere; *number* is the line of the ledger that says so.
    """

    uid: str
    whereabouts: Whereabouts
    place_uid: str | None
    place: str
    pieces: int = 0
    away: int = 0
    number: str = ""
    person_uid: str | None = None
    visitor: str = ""
    due_on: dt.date | None = None
    lost: int = 0


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A `Found` with the names that belong to it; of what was transferred or destroyed it is said that it was."""

    code: str
    title: str
    whereabouts: Whereabouts | VolumeState
    place: str
    holder: str
    due_on: dt.date | None
    number: str
    pieces: int
    away: int


# --- the one definition, in SQL ---------------------------------------------------------------


def papers(key: Any) -> Any:
    """For each record called *key* (`Item.scope_uid`, `Item.uid`): its pieces, and how many are gone to what.

    A paper counts by the piece it was filed as; further copies are no part of where the record is.
    """

    def those(when: Any) -> Any:
        return func.count(case((when, Item.uid)).distinct())

    lost = Holding.condition == Condition.LOST
    return (
        select(
            key.label("record_uid"),
            those(Item.uid.is_not(None)).label("pieces"),
            those(lost).label("lost"),
            those(~lost & Outing.loan_uid.is_not(None)).label("lent"),
            those(~lost & Outing.reading_uid.is_not(None)).label("reading"),
            those(~lost & Outing.repair_uid.is_not(None)).label("repair"),
            func.max(Outing.loan_uid).label("loan_uid"),
            func.max(Outing.reading_uid).label("reading_uid"),
            func.max(Outing.repair_uid).label("repair_uid"),
        )
        .select_from(Item)
        .join(Holding, and_(Holding.item_uid == Item.uid, Holding.is_copy != Item.is_original))
        .outerjoin(Outing, and_(Outing.holding_uid == Holding.uid, Outing.returned_at.is_(None)))
        .group_by(key)
    )


def kind_of(gone: Subquery, place_uid: Any) -> Any:
    """Where a record of these `papers` is, in SQL: away only if nothing of it is left on the shelf."""
    left = gone.c.pieces - gone.c.lost - gone.c.lent - gone.c.reading - gone.c.repair
    ways = (
        (gone.c.pieces.is_(None), Whereabouts.ELECTRONIC),
        (gone.c.lost == gone.c.pieces, Whereabouts.LOST),
        (left > 0, None),
        (gone.c.lent > 0, Whereabouts.LOAN),
        (gone.c.reading > 0, Whereabouts.READING_ROOM),
        (gone.c.repair > 0, Whereabouts.REPAIR),
    )
    shelf = case((place_uid.is_not(None), Whereabouts.SHELF.value), else_=Whereabouts.UNPLACED.value)
    return case(*((when, shelf if kind is None else kind.value) for when, kind in ways), else_=shelf)


def ways() -> Any:
    """The path of every place (`uid`, `path`), outermost first, as a recursive query."""
    top = select(Location.uid, Location.name.label("path")).where(Location.parent_uid.is_(None))
    tree = top.cte("ways", recursive=True)
    below = aliased(Location)
    step = select(below.uid, tree.c.path + literal(BETWEEN) + below.name).join(
        tree, below.parent_uid == tree.c.uid
    )
    return tree.union_all(step)


@cache
def _located(kind: type[Volume | Item]) -> Any:
    """Where volumes (or items, in a volume or alone) named by `uids` are, with the lines of the ledgers that say so."""
    volume = kind is Volume
    uids: BindParameter[list[str]] = bindparam("uids", expanding=True)
    key = Item.volume_uid if volume else Item.uid
    gone = papers(key).where(key.in_(uids)).subquery("gone")
    home, way = aliased(Volume), ways()
    place = kind.place_uid if volume else func.coalesce(kind.place_uid, home.place_uid)
    rows = select(
        kind.uid, kind_of(gone, place).label("kind"), place.label("place_uid"), way.c.path, gone.c.pieces,
        gone.c.lost, (gone.c.lent + gone.c.reading + gone.c.repair).label("away"),
        func.coalesce(Loan.number, Reading.number, Repair.number).label("number"),
        func.coalesce(Loan.borrower_uid, Reading.person_uid).label("person_uid"), Visitor.number.label("visitor"),
        Loan.due_on,
    ).outerjoin(gone, gone.c.record_uid == kind.uid)  # fmt: skip
    if not volume:
        rows = rows.outerjoin(home, home.uid == Item.volume_uid)
    return (
        rows.outerjoin(way, way.c.uid == place)
        .outerjoin(Loan, Loan.uid == gone.c.loan_uid)
        .outerjoin(Reading, Reading.uid == gone.c.reading_uid)
        .outerjoin(Visitor, Visitor.uid == Reading.visitor_uid)
        .outerjoin(Repair, Repair.uid == gone.c.repair_uid)
        .where(kind.uid.in_(uids))
    )


# --- asking -----------------------------------------------------------------------------------


def many(unit: Unit, uids: Iterable[str]) -> dict[str, Found]:
    """Where the volumes and items with these uids are; the caller has judged. What is unknown is left out."""
    wanted = sorted(set(uids))
    return {**_of_kind(unit, Volume, wanted), **_of_kind(unit, Item, wanted)}


def of_records(unit: Unit, records: Sequence[Volume | Item]) -> dict[str, Found]:
    """The same for records at hand."""
    volumes = [one.uid for one in records if isinstance(one, Volume)]
    items = [one.uid for one in records if isinstance(one, Item)]
    return {**_of_kind(unit, Volume, volumes), **_of_kind(unit, Item, items)}


def _of_kind(unit: Unit, kind: type[Volume | Item], uids: Sequence[str]) -> dict[str, Found]:
    found: dict[str, Found] = {}
    for start in range(0, len(uids), 500):
        for row in unit.session.execute(_located(kind), {"uids": uids[start : start + 500]}):
            found[row.uid] = _found(row)
    return found


def of(unit: Unit, record: Volume | Item) -> Found:
    """Where *record* is now, in one query; the caller has judged."""
    return _found(unit.session.execute(_located(type(record)), {"uids": [record.uid]}).one())


def _found(row: Any) -> Found:
    return Found(
        uid=row.uid, whereabouts=Whereabouts(row.kind), place_uid=row.place_uid, place=row.path or "",
        pieces=row.pieces or 0, away=row.away or 0, number=row.number or "", person_uid=row.person_uid,
        visitor=row.visitor or "", due_on=row.due_on, lost=row.lost or 0,
    )  # fmt: skip


def where(unit: Unit, code: str) -> FoundLine:
    """Where the record, box, bag or place with this code is now; raises `NotFound` alike for absent and hidden."""
    place = unit.session.scalar(select(Location).where(Location.code == code))
    if place is not None:
        unit.look(Act.LOCATION_SEE, place)
        tree = ways()
        way = unit.session.scalar(select(tree.c.path).where(tree.c.uid == place.uid))
        return FoundLine(place.code, place.name, Whereabouts.SHELF, way or "", "", None, "", 0, 0)
    record = unit.record(code)
    unit.look(Act.RECORD_SEE, record)
    found = of(unit, record)
    gone = record.state if record.state in GONE else None
    return FoundLine(
        record.reference_code, unit.card(record).title, gone or found.whereabouts, found.place, holder(unit, found),
        found.due_on, found.number, found.pieces, found.away + found.lost,
    )  # fmt: skip


def holder(unit: Unit, found: Found) -> str:
    """The name of the person who has it; a visitor's number, since visitors' names are for others to tell."""
    return holders(unit, [found])[found.uid]


def holders(unit: Unit, found: Iterable[Found]) -> dict[str, str]:
    """The same for many, by uid of the record; the people are asked for together."""
    every = list(found)
    names = people.names(unit, {one.person_uid for one in every if one.person_uid is not None})
    return {one.uid: names.get(one.person_uid or "", one.visitor) for one in every}
