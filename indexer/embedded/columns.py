"""The facts of a segment's documents, column by column.

A fact is kept as the number of its value among the column's values in order. A condition is therefore an
interval of numbers, also one that asks for a path and what lies within it, and an answer is counted by value
in one pass.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from indexer.embedded.postings import Numbers
from indexer.engine import Entry
from indexer.question.tree import Column, Value, Where

#: What of an entry each column holds.
FACTS: Mapping[Column, str] = {
    Column.KIND: "kind",
    Column.CLASS: "class_code",
    Column.FAMILY: "family",
    Column.YEAR: "year",
    Column.LEVEL: "level",
    Column.DEPARTMENT: "department",
    Column.PLACE: "place",
    Column.STATE: "state",
    Column.DATE: "date",
}
#: Columns whose values are paths.
PATHS = frozenset({Column.CLASS, Column.PLACE})
#: Columns whose values have an order people ask by.
ORDERED = frozenset({Column.YEAR, Column.LEVEL, Column.DATE})
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class Facts:
    """One column: its values in order, and for each document the number of its value."""

    values: Sequence[Value]
    numbers: Numbers

    @classmethod
    def of(cls, given: Sequence[Value]) -> Facts:
        """A column of the values *given*, document by document."""
        values = sorted(set(given))
        number = {value: at for at, value in enumerate(values)}
        return cls(values, np.fromiter((number[value] for value in given), "<u2", len(given)))

    @classmethod
    def joined(cls, parts: Iterable[tuple[Facts, Numbers]]) -> Facts:
        """Several columns as one; of each the documents named."""
        held = [(facts.values, facts.numbers[kept]) for facts, kept in parts]
        used = {values[at] for values, numbers in held for at in np.unique(numbers).tolist()}
        values = sorted(used)
        number = {value: at for at, value in enumerate(values)}
        moved = [
            np.array([number.get(value, 0) for value in each] or [0], "<u2")[numbers]
            for each, numbers in held
        ]
        return cls(values, np.concatenate(moved) if moved else np.empty(0, "<u2"))

    def __getitem__(self, document: int) -> Value:
        """The value of one document."""
        return self.values[int(self.numbers[document])]

    def meeting(self, asked: Where) -> Numbers:
        """For each document, whether its value meets the condition."""
        first, last = self._interval(asked)
        if asked.column is Column.DATE:
            first = max(first, bisect_right(self.values, ""))
        return (self.numbers >= first) & (self.numbers < last)

    def among(self, chosen: Iterable[Value]) -> Numbers:
        """For each document, whether its value is one of those *chosen*."""
        wanted = frozenset(chosen)
        return np.array([value in wanted for value in self.values], bool)[self.numbers]

    def counts(self, documents: Numbers) -> dict[Value, int]:
        """How many of *documents* have which value."""
        times = np.bincount(self.numbers[documents], minlength=len(self.values))
        return {self.values[at]: int(times[at]) for at in np.flatnonzero(times).tolist()}

    @cached_property
    def days(self) -> Numbers:
        """For each document, its day counted from the year 1; infinite without one."""
        ordinals = [dt.date.fromisoformat(str(day)).toordinal() if day else np.inf for day in self.values]
        return np.array(ordinals, float)[self.numbers]

    def _interval(self, asked: Where) -> tuple[int, int]:
        least, most = asked.least, asked.most
        if asked.column in PATHS and least is not None:
            most = f"{least}{_LAST}"
        elif asked.column not in ORDERED:
            most = least
        first = 0 if least is None else bisect_left(self.values, least)
        last = len(self.values) if most is None else bisect_right(self.values, most)
        return first, last


def columns_of(entries: Sequence[Entry]) -> dict[str, Facts]:
    """The columns of new documents, by name; the access buckets are one of them."""
    columns = {
        column.value: Facts.of([getattr(one, name) for one in entries]) for column, name in FACTS.items()
    }
    return columns | {BUCKET: Facts.of([one.bucket for one in entries])}


#: The column of access buckets.
BUCKET = "bucket"
