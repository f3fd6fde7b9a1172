"""排架: what stands where in its order, how full places are, boxes and bags on the move, and every move made (R16, R23)."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from archive import people, registry, volumes
from archive.acts import Act
from archive.errors import BadValue, NotFound
from archive.model import Item, Location, Movement, Person, RecordClass, Volume
from archive.policy import visible
from archive.registry import BETWEEN, GONE, PORTABLE
from archive.unit import Unit
from archive.values import Level, PlaceKind
from archive.volumes import changed_whole

Kinds = tuple[type[Volume], type[Item]]
KINDS: Kinds = (Volume, Item)
_NUMBER = re.compile(r"(\d+)")
#: Codes that are moved in one go.
MOST_MOVED = 500

#: How a shelf is read: the order of a class, then the reference code with its numbers as numbers.
Order = tuple[int, tuple[tuple[int, str], ...]]


@dataclass(frozen=True, slots=True)
class ShelfLine:
    """One thing on the shelf, in the order it is read: a record, or a box or bag (*kind*) itself."""

    place: str
    kind: PlaceKind | None
    code: str
    title: str
    class_code: str
    level: Level | None
    astray: bool


@dataclass(frozen=True, slots=True)
class FillLine:
    """How full a place is: volumes, lone items, boxes and bags that this person may see, and its capacity."""

    code: str
    kind: PlaceKind
    place: str
    standing: int
    capacity: int | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One move of a record, a box or a bag."""

    moved_at: dt.datetime
    before: str
    place: str
    moved_by: str


# --- moving boxes and bags --------------------------------------------------------------------


def move(unit: Unit, code: str, to: str) -> Location:
    """Carry a box or bag, with all that is in it, to another place (R16, R22).

    No box ends up in itself: none may stand in a box, and a bag holds neither. Raises `NotFound`, `BadValue` for
    furniture or a place it may not stand in, `PlaceFull`, `NotLockable` for confidential papers without a lock.
    """
    box, target = unit.one(Location, "location", code), unit.one(Location, "location", to)
    unit.act(Act.LOCATION_MOVE, box, to=target.code)
    if box.kind not in PORTABLE:
        raise BadValue(field="location", value=box.code, expected=tuple(sorted(PORTABLE)))
    registry.may_stand_in(box.kind, target)
    now = unit.session.get(Location, box.parent_uid) if box.parent_uid else None
    registry.room_for_one(unit, target, now=now)
    moved = Movement(record_uid=box.uid, from_uid=box.parent_uid, to_uid=target.uid, moved_at=unit.now, moved_by=unit.actor.uid)  # fmt: skip
    unit.session.add(moved)
    box.parent_uid = target.uid
    unit.session.flush()
    registry.nothing_needs_it(unit, box)
    inside = registry.within(box)
    for volume in unit.session.scalars(select(Volume).where(Volume.place_uid.in_(inside))):
        changed_whole(unit, volume)
    unit.changed(*unit.session.scalars(select(Item).where(Item.place_uid.in_(inside))))
    return box


def put_here(unit: Unit, codes: Sequence[str], to: str) -> int:
    """Put what was scanned in the place *to*: records, boxes and bags alike, all or none; how many were moved.

    Raises `BadValue` for none, and as `volumes.move` and `move` do.
    """
    if not codes:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    portable = set(unit.session.scalars(select(Location.code).where(Location.code.in_(codes[:MOST_MOVED]))))
    if len(codes) > MOST_MOVED:
        raise BadValue(field="codes", value=len(codes), expected=f"≤ {MOST_MOVED}")
    for code in codes:
        if code in portable:
            move(unit, code, to)
        else:
            volumes.move(unit, code, to)
    return len(codes)


# --- the order of a shelf ---------------------------------------------------------------------


class Ladder:
    """All places once, with their paths and their order: left to right, top to bottom."""

    def __init__(self, unit: Unit) -> None:
        self.by_uid = {one.uid: one for one in unit.session.scalars(select(Location))}
        self._ways: dict[str, tuple[Location, ...]] = {}

    def way(self, uid: str | None) -> tuple[Location, ...]:
        """The places around the one with this uid, outermost first, itself last; none for none."""
        if uid is None or uid not in self.by_uid:
            return ()
        if uid not in self._ways:
            place = self.by_uid[uid]
            self._ways[uid] = (*self.way(place.parent_uid), place)
        return self._ways[uid]

    def path(self, uid: str | None) -> str:
        """The names along the way."""
        return BETWEEN.join(place.name for place in self.way(uid))

    def order(self, uid: str | None) -> tuple[tuple[int, str], ...]:
        """What to sort places by."""
        return tuple((place.sort, place.code) for place in self.way(uid))

    def shelf(self, uid: str | None) -> str:
        """The cabinet that a place belongs to, or the room where there is none: what is kept in one order."""
        way = self.way(uid)
        cabinets = [place.uid for place in way if place.kind is PlaceKind.CABINET]
        return (cabinets or [place.uid for place in way[:1]] or [""])[0]

    def contains(self, outer: str | None, inner: str | None) -> bool:
        """True if the place *inner* is *outer*, or stands in it."""
        return outer is not None and outer in {place.uid for place in self.way(inner)}


def order(unit: Unit, place: str | None = None) -> list[ShelfLine]:
    """排架单: what stands on the shelves (or in *place*), cabinets left to right, layers top to bottom (R16).

    Within a place by class and number. *astray* marks the fewest records that, put elsewhere, leave each
    cabinet in order. Only records this person may see.
    """
    return page(unit, place).lines


@dataclass(frozen=True, slots=True)
class Shelf:
    """Some lines of the order of a shelf, and how many it has in all that this person may see."""

    lines: list[ShelfLine]
    total: int


def page(unit: Unit, place: str | None = None, *, limit: int | None = None, offset: int = 0) -> Shelf:
    """As `order`, but only *limit* lines after *offset* are opened."""
    unit.look(Act.LOCATION_SEE)
    top = unit.one(Location, "location", place) if place else None
    ladder = Ladder(unit)
    records = _standing(unit, top)
    keys = _keys(unit, records)
    records.sort(key=lambda one: (ladder.order(one.place_uid), keys[one.uid]))
    astray = _astray(ladder, records, keys)
    boxes = [
        box
        for box in ladder.by_uid.values()
        if box.kind in PORTABLE and (top is None or ladder.contains(top.uid, box.uid))
    ]
    things: list[tuple[tuple[tuple[int, str], ...], int, Volume | Item | Location]] = [
        *((ladder.order(box.uid), 0, box) for box in boxes),
        *((ladder.order(one.place_uid), 1, one) for one in records),
    ]
    things.sort(key=lambda one: one[:2])
    shown = [one for *_, one in things[offset : None if limit is None else offset + limit]]
    opened = [one for one in shown if not isinstance(one, Location)]
    unit.listed(Act.RECORD_SEE, opened)
    titles = {one.uid: card.title for one, card in zip(opened, unit.cards(opened), strict=True)}
    lines = [
        _box_line(ladder, one)
        if isinstance(one, Location)
        else _record_line(ladder, one, titles[one.uid], astray=one.uid in astray)
        for one in shown
    ]
    return Shelf(lines, len(things))


def _standing(unit: Unit, top: Location | None) -> list[Volume | Item]:
    """The records on the shelf that this person may see."""
    found: list[Volume | Item] = []
    for kind in KINDS:
        rows = select(kind).where(
            kind.place_uid.is_not(None), kind.state.not_in(GONE), visible(unit.actor, kind)
        )
        if kind is Item:
            rows = rows.where(Item.volume_uid.is_(None))
        if top is not None:
            rows = rows.where(kind.place_uid.in_(registry.within(top)))
        found += unit.session.scalars(rows)
    return found


def _keys(unit: Unit, records: Iterable[Volume | Item]) -> dict[str, Order]:
    sorts = {one.code: one.sort for one in unit.session.scalars(select(RecordClass))}
    return {one.uid: (sorts[one.class_code], numbered(one.reference_code)) for one in records}


def numbered(code: str) -> tuple[tuple[int, str], ...]:
    """*code* cut into words and numbers, so that 9 comes before 10."""
    cut = _NUMBER.split(code)
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in cut if part)


def _astray(ladder: Ladder, records: Sequence[Volume | Item], keys: Mapping[str, Order]) -> set[str]:
    shelves: dict[str, list[str]] = {}
    for one in records:
        shelves.setdefault(ladder.shelf(one.place_uid), []).append(one.uid)
    return {uid for shelf in shelves.values() for uid in out_of_order(shelf, keys)}


def out_of_order(uids: Sequence[str], keys: Mapping[str, Order]) -> set[str]:
    """The fewest of *uids* that must be put elsewhere so that the rest stand by their keys."""
    ends: list[int] = []
    before: list[int | None] = []
    for number, uid in enumerate(uids):
        at = bisect_right(ends, keys[uid], key=lambda end: keys[uids[end]])
        before.append(ends[at - 1] if at else None)
        ends[at : at + 1] = [number]
    kept, last = set[str](), ends[-1] if ends else None
    while last is not None:
        kept.add(uids[last])
        last = before[last]
    return set(uids) - kept


def _record_line(ladder: Ladder, record: Volume | Item, title: str, *, astray: bool) -> ShelfLine:
    return ShelfLine(
        ladder.path(record.place_uid), None, record.reference_code, title, record.class_code, record.level, astray,
    )  # fmt: skip


def _box_line(ladder: Ladder, box: Location) -> ShelfLine:
    return ShelfLine(ladder.path(box.parent_uid), box.kind, box.code, box.name, "", None, astray=False)


# --- how full ---------------------------------------------------------------------------------


def fill(unit: Unit) -> list[FillLine]:
    """How full every place is, counting only what this person may see (decision 6)."""
    unit.look(Act.LOCATION_SEE)
    ladder = Ladder(unit)
    counts = standing(unit, ladder)
    places = sorted(ladder.by_uid.values(), key=lambda one: ladder.order(one.uid))
    return [_fill_line(ladder, one, counts[one.uid]) for one in places]


def standing(unit: Unit, ladder: Ladder) -> Counter[str]:
    """How many volumes, lone items, boxes and bags count for each place, of those this person may see; three questions."""
    counts = Counter[str]()
    for uid, number in _counted(unit, ladder):
        for place in _counts_for(ladder, uid):
            counts[place.uid] += number
    return counts


def _counted(unit: Unit, ladder: Ladder) -> Iterable[tuple[str, int]]:
    for box in ladder.by_uid.values():
        if box.kind in PORTABLE and box.parent_uid is not None:
            yield box.parent_uid, 1
    for kind in KINDS:
        rows = select(kind.place_uid, func.count()).where(
            kind.place_uid.is_not(None), kind.state.not_in(GONE), visible(unit.actor, kind)
        )
        if kind is Item:
            rows = rows.where(Item.volume_uid.is_(None))
        for uid, number in unit.session.execute(rows.group_by(kind.place_uid)):
            yield str(uid), number


def _counts_for(ladder: Ladder, uid: str) -> Iterable[Location]:
    """As `registry.counted_in`: the place itself and those around it, up to a box or bag."""
    for place in reversed(ladder.way(uid)):
        yield place
        if place.kind in PORTABLE:
            return


def _fill_line(ladder: Ladder, place: Location, standing: int) -> FillLine:
    percent = None if place.capacity is None else round(100 * standing / place.capacity)
    return FillLine(place.code, place.kind, ladder.path(place.uid), standing, place.capacity, percent)


# --- every move -------------------------------------------------------------------------------


def history(unit: Unit, code: str) -> list[MoveLine]:
    """Every place a record, box or bag has been put in, newest first; raises `NotFound`."""
    box = unit.session.scalar(select(Location).where(Location.code == code))
    if box is not None:
        unit.look(Act.LOCATION_SEE, box)
        if box.kind not in PORTABLE:
            raise NotFound(what="location", code=code)
        uid = box.uid
    else:
        record = unit.record(code)
        unit.look(Act.RECORD_SEE, record)
        uid = record.uid
    ladder = Ladder(unit)
    rows = select(Movement).where(Movement.record_uid == uid).order_by(Movement.moved_at.desc(), Movement.uid)
    return [
        MoveLine(
            one.moved_at, ladder.path(one.from_uid), ladder.path(one.to_uid),
            people.name_of(unit, unit.session.get_one(Person, one.moved_by)),
        )
        for one in unit.session.scalars(rows)
    ]  # fmt: skip
