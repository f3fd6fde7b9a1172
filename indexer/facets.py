"""What an answer holds, counted by its facts and named for people.

A class and a place count what is in them too, so that each count is what narrowing by its value gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from archive.model import Department, Location, RecordClass
from archive.unit import Unit
from archive.values import Family, Level, VolumeState, Worded
from archive.words import Language, say
from indexer.engine import Counts
from indexer.entries import Kind
from indexer.question.tree import Column

#: What can be counted; dates are too many.
FACETS = tuple(column for column in Column if column is not Column.DATE)


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of a fact: as one types it, as one calls it, and how many records of the answer have it."""

    value: str
    name: str
    name_en: str
    count: int
    depth: int = 0  # of a class or place: how many are around it

    def called(self, language: Language) -> str:
        """The name in *language*."""
        return self.name if language is Language.ZH else self.name_en


Facets = Mapping[Column, Sequence[Facet]]


def named(unit: Unit, counted: Mapping[Column, Counts]) -> Facets:
    """*counted* with names, in the order of the columns."""
    return {column: _NAMED[column](unit, counted[column]) for column in FACETS if column in counted}


def _within(counts: Counts, joint: str) -> Counter[tuple[str, ...]]:
    """The counts of paths and of all that is around them; what stands nowhere is left out."""
    found: Counter[tuple[str, ...]] = Counter()
    for path, count in counts.items():
        codes = tuple(str(path).strip(joint).split(joint)) if path else ()
        found.update({codes[:end]: count for end in range(1, len(codes) + 1)})
    return found


def _classes(unit: Unit, counts: Counts) -> list[Facet]:
    rows = unit.session.execute(select(RecordClass.code, RecordClass.name, RecordClass.name_en))
    names = {code: (name, english) for code, name, english in rows}
    found = sorted(_within(counts, "·").items())
    return [
        Facet("·".join(codes), *names.get("·".join(codes), ("", "")), count, len(codes) - 1)
        for codes, count in found
        if "·".join(codes) in names
    ]


def _places(unit: Unit, counts: Counts) -> list[Facet]:
    found = sorted(_within(counts, "/").items())
    last = {codes[-1] for codes, _ in found}
    rows = unit.session.execute(select(Location.code, Location.name).where(Location.code.in_(last)))
    names = {code: name for code, name in rows}  # noqa: C416 - rows are no pairs to mypy
    ways = [(codes, " / ".join(names.get(code, code) for code in codes), count) for codes, count in found]
    return [Facet(codes[-1], way, way, count, len(codes) - 1) for codes, way, count in ways]


def _departments(unit: Unit, counts: Counts) -> list[Facet]:
    rows = unit.session.execute(select(Department.code, Department.name, Department.name_en))
    names = {code: (name, english or name) for code, name, english in rows}
    return _by_count(
        Facet(str(code), *names.get(str(code), (str(code),) * 2), n) for code, n in counts.items()
    )


def _worded(kind: type[Worded | Kind], _: Unit, counts: Counts) -> list[Facet]:
    return _by_count(
        Facet(str(value), *_both(kind(str(value)).word), count) for value, count in counts.items()
    )


def _levels(_: Unit, counts: Counts) -> list[Facet]:
    found = sorted((Level(int(value)), count) for value, count in counts.items())
    return [Facet(level.name, *_both(level.word), count) for level, count in found]


def _years(_: Unit, counts: Counts) -> list[Facet]:
    newest = sorted(((int(year), count) for year, count in counts.items()), reverse=True)
    return [Facet(str(year), str(year), str(year), count) for year, count in newest]


def _by_count(found: Iterable[Facet]) -> list[Facet]:
    return sorted(found, key=lambda one: (-one.count, one.value))


def _both(word: str) -> tuple[str, str]:
    return say(word, Language.ZH), say(word, Language.EN)


_NAMED: Mapping[Column, Callable[[Unit, Counts], list[Facet]]] = {
    Column.KIND: partial(_worded, Kind),
    Column.CLASS: _classes,
    Column.FAMILY: partial(_worded, Family),
    Column.YEAR: _years,
    Column.LEVEL: _levels,
    Column.DEPARTMENT: _departments,
    Column.PLACE: _places,
    Column.STATE: partial(_worded, VolumeState),
}
