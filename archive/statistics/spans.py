"""Months, quarters and years of the office's own calendar, and the SQL that puts a moment into one of them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case
from sqlalchemy.orm.attributes import InstrumentedAttribute

from archive.errors import BadValue
from archive.model.base import Instant
from archive.values import Worded
from archive.words import Language, say


class By(Worded):
    """How long a span is."""

    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


#: Months in a span, how many spans are counted if nobody says, and how many at most.
MONTHS = {By.MONTH: 1, By.QUARTER: 3, By.YEAR: 12}
USUAL = {By.MONTH: 12, By.QUARTER: 8, By.YEAR: 10}
MOST = 120


@dataclass(frozen=True, slots=True)
class Span:
    """One month, quarter or year: its name, its first day, and the first day after it."""

    key: str
    first: dt.date
    after: dt.date


def spans(by: By, last: dt.date, *, since: dt.date | None = None, count: int | None = None) -> list[Span]:
    """The spans up to the one *last* lies in: from the one *since* lies in, else *count*, else as many as usual.

    Raises `BadValue` for more than `MOST` of them, or none.
    """
    end = _first(by, last)
    start = (
        _first(by, since)
        if since
        else _moved(end, MONTHS[by] * (1 - (USUAL[by] if count is None else count)))
    )
    many = 1 + ((end.year - start.year) * 12 + end.month - start.month) // MONTHS[by]
    if not 1 <= many <= MOST:
        raise BadValue(field="since", value=since or last, expected=f"1–{MOST}")
    firsts = [_moved(start, MONTHS[by] * nth) for nth in range(many + 1)]
    return [Span(_named(by, one), one, after) for one, after in itertools.pairwise(firsts)]


def _first(by: By, day: dt.date) -> dt.date:
    return day.replace(month=1 + (day.month - 1) // MONTHS[by] * MONTHS[by], day=1)


def _moved(day: dt.date, months: int) -> dt.date:
    """The first of a month so many months later; raises `BadValue` before the first year there is."""
    at = day.year * 12 + day.month - 1 + months
    if not dt.MINYEAR <= at // 12 <= dt.MAXYEAR:
        raise BadValue(field="count", value=months, expected=f"1–{MOST}")
    return dt.date(at // 12, at % 12 + 1, 1)


def _named(by: By, first: dt.date) -> str:
    if by is By.YEAR:
        return f"{first.year}"
    return f"{first.year}-{first.month:02}" if by is By.MONTH else f"{first.year}Q{(first.month + 2) // 3}"


def told(by: By, span: Span, language: Language) -> str:
    """The span in words: 2026 年 3 月, 2026 年第 1 季度."""
    nth = (span.first.month + MONTHS[by] - 1) // MONTHS[by]
    return say(f"statistics.span.{by.value.lower()}", language, year=span.first.year, nth=nth)


def within(column: Any, found: Sequence[Span], zone: dt.tzinfo) -> ColumnElement[bool]:
    """That *column*, a day or an instant, lies in one of *found*."""
    return and_(column >= bound(column, found[0].first, zone), column < bound(column, found[-1].after, zone))


def named(column: Any, found: Sequence[Span], zone: dt.tzinfo) -> ColumnElement[str]:
    """The key of the span that *column*, a day or an instant within them, lies in."""
    return case(*((column < bound(column, span.after, zone), span.key) for span in found))


def bound(column: Any, day: dt.date, zone: dt.tzinfo) -> dt.date:
    """The beginning of *day* as *column* has it: the day, or the instant at midnight in *zone* (decision 9)."""
    kind = column.type if isinstance(column, (ColumnElement, InstrumentedAttribute)) else None
    return dt.datetime(day.year, day.month, day.day, tzinfo=zone) if isinstance(kind, Instant) else day
