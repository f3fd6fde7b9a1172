"""库位图: rooms with their cabinets, each a grid of layers and positions, and how full every cell is (R16).

Fill counts only what the viewer may see (decision 6); the whole map takes four questions, however many places there are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.acts import Act
from archive.custody.shelves import Ladder, standing
from archive.model import Location
from archive.registry import PORTABLE
from archive.unit import Unit
from archive.values import PlaceKind


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the map; *percent* is None where no capacity is set, *locks* tells of itself or what it stands in."""

    code: str
    name: str
    kind: PlaceKind
    standing: int
    capacity: int | None
    percent: int | None
    locks: bool
    boxes: int


@dataclass(frozen=True, slots=True)
class Cabinet:
    """A cabinet with its rows, top to bottom; each row is a layer with its positions, left to right."""

    cell: Cell
    rows: Sequence[tuple[Cell, Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class Room:
    """A room with its cabinets in their order, and what else is in it (*others*)."""

    cell: Cell
    cabinets: Sequence[Cabinet]
    others: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Place:
    """One place: the way to it (code and name, outermost first), its cell, the cells in it, whether things may stand in it."""

    way: Sequence[tuple[str, str]]
    cell: Cell
    inside: Sequence[Cell]
    holds: bool


class _Map:
    """The places with what stands in them, asked once."""

    def __init__(self, unit: Unit) -> None:
        self.ladder = Ladder(unit)
        self.counts = standing(unit, self.ladder)
        self.inside: Mapping[str | None, list[Location]] = defaultdict(list)
        for place in sorted(self.ladder.by_uid.values(), key=lambda one: self.ladder.order(one.uid)):
            self.inside[place.parent_uid].append(place)
        boxes = (one.parent_uid for one in self.ladder.by_uid.values() if one.kind in PORTABLE)
        self.boxes = Counter(boxes)

    def cell(self, place: Location) -> Cell:
        """One place as a cell."""
        standing_here = self.counts[place.uid]
        percent = None if not place.capacity else round(100 * standing_here / place.capacity)
        locks = any(one.lockable for one in self.ladder.way(place.uid))
        return Cell(
            place.code,
            place.name,
            place.kind,
            standing_here,
            place.capacity,
            percent,
            locks,
            self.boxes[place.uid],
        )

    def furniture(self, place: Location) -> list[Location]:
        """What stands fast in a place."""
        return [one for one in self.inside[place.uid] if one.kind not in PORTABLE]

    def cabinet(self, place: Location) -> Cabinet:
        """A cabinet with its layers, and their positions."""
        rows = [(self.cell(one), list(map(self.cell, self.furniture(one)))) for one in self.furniture(place)]
        return Cabinet(self.cell(place), rows)

    def room(self, place: Location) -> Room:
        """A room with its cabinets."""
        known = self.furniture(place)
        cabinets = [self.cabinet(one) for one in known if one.kind is PlaceKind.CABINET]
        return Room(
            self.cell(place), cabinets, [self.cell(one) for one in known if one.kind is not PlaceKind.CABINET]
        )


def rooms(unit: Unit) -> list[Room]:
    """Every room with its cabinets; furniture without a room makes a room of its own."""
    unit.look(Act.LOCATION_SEE)
    drawn = _Map(unit)
    return [drawn.room(place) for place in drawn.inside[None] if place.kind not in PORTABLE]


def place(unit: Unit, code: str) -> Place:
    """One place; raises `NotFound`."""
    unit.look(Act.LOCATION_SEE)
    here = unit.one(Location, "location", code)
    drawn = _Map(unit)
    inside = drawn.furniture(here)
    way = [(one.code, one.name) for one in drawn.ladder.way(here.uid)]
    return Place(way, drawn.cell(here), [drawn.cell(one) for one in inside], not inside)
