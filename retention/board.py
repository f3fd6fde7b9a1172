"""The due board: what is overdue, what comes up this quarter, this year, in a given year; what lacks a date, what is held.

Reads only; each heap is counted in SQL and listed page by page, of what the viewer may see (decision 6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from archive.errors import BadValue
from archive.unit import Unit
from archive.values import Worded
from retention import due
from retention.decide import WAITING, DueState
from retention.due import DueLine

#: Lines of a page, unless said otherwise.
PAGE = 50
#: Years that may be asked for.
FIRST_YEAR, LAST_YEAR = 1900, 9998


class Heap(Worded):
    """Where a record lies on the board."""

    OVERDUE = "OVERDUE"
    QUARTER = "QUARTER"
    YEAR = "YEAR"
    UNDATED = "UNDATED"
    HELD = "HELD"
    AHEAD = "AHEAD"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the board is narrowed to: a class with those below it, a department; *year* for what comes up in it."""

    class_code: str | None = None
    department: str | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the due list a heap is: due after one day and by another, in these states."""

    after: dt.date | None
    on: dt.date
    states: Collection[DueState]


@dataclass(frozen=True, slots=True)
class HeapCount:
    """How many records lie on a heap; volumes and items kept alone where both are told apart."""

    heap: Heap
    records: int
    volumes: int | None = None
    items: int | None = None
    ends: dt.date | None = None


def window(unit: Unit, heap: Heap, year: int | None = None) -> Window:
    """The part of the due list that *heap* is today; raises `BadValue` for a year nobody can mean."""
    today = unit.today
    if heap is Heap.AHEAD:
        return _of_year(today, year)
    end = {Heap.QUARTER: quarter_end(today), Heap.YEAR: dt.date(today.year, 12, 31)}.get(heap, today)
    after = {Heap.QUARTER: today, Heap.YEAR: quarter_end(today)}.get(heap)
    states: Mapping[Heap, Collection[DueState]] = {
        Heap.OVERDUE: (DueState.DUE,), Heap.UNDATED: (DueState.UNDATED,), Heap.HELD: (DueState.HELD,)
    }  # fmt: skip
    return Window(after, end, states.get(heap, (DueState.DUE,)))


def _of_year(today: dt.date, year: int | None) -> Window:
    """All that comes up in a year; this year's takes in what is overdue, as the forecast has it."""
    if year is None or not FIRST_YEAR < year <= LAST_YEAR:
        raise BadValue(field="year", value=year, expected=f"{FIRST_YEAR + 1}–{LAST_YEAR}")
    after = dt.date(year - 1, 12, 31) if year > today.year else None
    return Window(after, dt.date(year, 12, 31), WAITING)


def quarter_end(day: dt.date) -> dt.date:
    """The last day of the quarter of *day*."""
    first = dt.date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return (first + dt.timedelta(days=95)).replace(day=1) - dt.timedelta(days=1)


def counts(unit: Unit, narrowed: Narrowed) -> list[HeapCount]:
    """How much lies on each heap; raises as `due.due` does, and `BadValue` for a year."""
    within: dict[str, Any] = {"class_code": narrowed.class_code, "department": narrowed.department}
    now = due.count(unit, unit.today, **within)
    found = [HeapCount(Heap.OVERDUE, now.volumes + now.items, now.volumes, now.items)]
    ahead = [Heap.QUARTER, Heap.YEAR, *([Heap.AHEAD] if narrowed.year is not None else [])]
    for heap in ahead:
        part = window(unit, heap, narrowed.year)
        some = due.count(unit, part.on, after=part.after, **within)
        others = sum(some.others.get(state, 0) for state in part.states)
        found.append(HeapCount(heap, some.volumes + some.items + others, some.volumes, some.items, part.on))
    for heap, state in ((Heap.UNDATED, DueState.UNDATED), (Heap.HELD, DueState.HELD)):
        found.append(HeapCount(heap, now.others.get(state, 0)))
    return found


def lines(
    unit: Unit, heap: Heap, narrowed: Narrowed, *, skip: int = 0, limit: int = PAGE
) -> list[DueLine]:  # fmt: skip
    """A page of a heap, longest due first; raises as `counts` does."""
    part = window(unit, heap, narrowed.year)
    return due.due(
        unit, part.on, class_code=narrowed.class_code, department=narrowed.department, states=part.states,
        after=part.after, skip=skip, limit=limit,
    )  # fmt: skip
