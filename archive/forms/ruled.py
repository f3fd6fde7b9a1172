"""Registers as ruled tables: which columns, how wide, what each says of a row; pure.

A column's name is the key of its heading (`paper.<name>`) and the name an office's own template uses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from archive.forms.page import Align, Column, Facts, Signatures, Signed, Table
from archive.words import Language, say, spoken

T = TypeVar("T")


@dataclass(frozen=True)  # no slots: Python 3.11 cannot name the rows of a slotted one, `Ruled[Row](…)`
class Ruled(Generic[T]):
    """A column of a register: its name, its share of the line in millimetres, what it says of a row and its number."""

    name: str
    wide: float
    said: Callable[[int, T], object]
    align: Align = Align.LEFT


def of(attribute: str) -> Callable[[int, Any], object]:
    """What a column says that shows one attribute of its row as it is."""
    return lambda _, row: getattr(row, attribute)


def nth(number: int, _: object) -> object:
    """What a column of running numbers says."""
    return number


def pen(_: int, __: object) -> object:
    """What a column says that is written by hand: nothing."""
    return ""


def written(fact: object, language: Language) -> str:
    """*fact* as it stands on paper: nothing for nothing, days in ISO, named values by their word."""
    if fact is None or fact == "" or (isinstance(fact, (list, tuple)) and not fact):
        return ""
    return spoken(fact, language)


def heading(name: str, language: Language, words: str = "paper") -> str:
    """What stands over a column or beside a box, of these *words*."""
    return say(f"{words}.{name}", language)


def table(
    columns: Sequence[Ruled[T]], rows: Iterable[T], language: Language, *, over: str = "", blank: int = 0,
    none: bool = False, dense: bool = False, words: str = "paper",
) -> Table:  # fmt: skip
    """*rows* under *columns*; *over* names the heading above; with *none* an empty list says that there is nothing."""
    cells = [
        [written(one.said(number, row), language) for one in columns] for number, row in enumerate(rows, 1)
    ]
    if none and not cells and not blank:
        cells = [[say("paper.nothing", language), *[""] * (len(columns) - 1)]]
    return Table(
        [Column(heading(one.name, language, words), one.wide, one.align) for one in columns],
        cells,
        heading=heading(over, language, words) if over else "",
        blank=blank,
        dense=dense,
    )


def lines(columns: Sequence[Ruled[T]], rows: Iterable[T], language: Language) -> Iterator[dict[str, str]]:
    """*rows* as an office's own template reads them."""
    for number, row in enumerate(rows, 1):
        yield {one.name: written(one.said(number, row), language) for one in columns}


def grid(
    told: Mapping[str, object], language: Language, *, across: int = 2, wide: Iterable[str] = (),
    tall: Mapping[str, float] | None = None,
) -> Facts:  # fmt: skip
    """Labelled boxes; *wide* and *tall* (millimetres) name boxes as *told* does."""
    return Facts(
        [(heading(name, language), written(fact, language)) for name, fact in told.items()],
        across=across,
        wide=frozenset(heading(name, language) for name in (*wide, *(tall or {}))),
        tall={heading(name, language): high for name, high in (tall or {}).items()},
    )


def values(told: Mapping[str, object], language: Language) -> dict[str, str]:
    """The boxes as an office's own template reads them."""
    return {name: written(fact, language) for name, fact in told.items()}


def signatures(
    names: Iterable[str], language: Language, *, across: int = 2, signed: Mapping[str, Signed] | None = None
) -> Signatures:
    """Lines to sign, by the names of their labels; those in *signed* were signed at the counter."""
    done = {heading(name, language): one for name, one in (signed or {}).items()}
    return Signatures([heading(name, language) for name in names], across=across, signed=done)


def span(since: dt.date | None, until: dt.date | None) -> str:
    """A range of days, open at either end; nothing for all."""
    return f"{since or '…'} — {until or '…'}" if since or until else ""


def moment(at: dt.datetime | None, zone: dt.tzinfo) -> str:
    """A moment to the minute on the clock of *zone*."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""


def day(at: dt.datetime | None, zone: dt.tzinfo) -> dt.date | None:
    """The day of a moment on the clock of *zone*."""
    return at.astimezone(zone).date() if at else None
