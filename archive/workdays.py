"""Which days the office works: Chinese public holidays and the weekend days worked instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from archive import tables
from archive.errors import BadValue
from archive.tables import demand

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A run of days off, first to last day included."""

    zh: str
    en: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Year:
    """One year's notice; `announced` is false while only the fixed holidays are known."""

    announced: bool
    notice: str
    off: tuple[Holiday, ...]
    work: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off, weekend days worked, and the years whose notice is known."""

    off: frozenset[dt.date]
    work: frozenset[dt.date]
    announced: frozenset[int]
    names: Mapping[dt.date, Holiday] = field(default_factory=dict, compare=False)

    def changed(self, days: Mapping[dt.date, bool]) -> Calendar:
        """This calendar with the given days worked (true) or off (false)."""
        worked = frozenset(day for day, yes in days.items() if yes)
        off = frozenset(days) - worked
        return replace(self, off=(self.off - worked) | off, work=(self.work - off) | worked)

    def is_workday(self, day: dt.date) -> bool:
        """True if *day* is worked; an unknown year counts Monday to Friday."""
        return day in self.work or (day.weekday() < 5 and day not in self.off)

    def add_workdays(self, day: dt.date, count: int) -> dt.date:
        """The *count*-th workday after *day*; 0 is *day*, moved on if it is not worked; raises `BadValue`."""
        demand(count >= 0, "days", count, "0, 1, 2 …")
        while count > 0 or not self.is_workday(day):
            day += DAY
            count -= count > 0 and self.is_workday(day)
        return day


@cache
def calendar() -> Calendar:
    """The calendar shipped with the product."""
    return read(tables.shipped("holidays.toml"))


def read(table: Mapping[str, Any]) -> Calendar:
    """The calendar written in *table* (one table per year); raises `BadValue`."""
    years = tables.named_rows(Year, "years", table)
    for name, year in years.items():
        for day in (*year.work, *_days_off(name, year)):
            demand(str(day.year) == name, name, day, f"{name}-…")
        for day in year.work:
            demand(day.weekday() >= 5, f"{name}.work", day, "Sat Sun")
    return Calendar(
        off=frozenset(day for name, year in years.items() for day in _days_off(name, year)),
        work=frozenset(day for year in years.values() for day in year.work),
        announced=frozenset(int(name) for name, year in years.items() if year.announced),
        names={day: one for year in years.values() for one in year.off for day in _run(one)},
    )


def is_workday(day: dt.date) -> bool:
    """True if *day* is worked, by the shipped calendar."""
    return calendar().is_workday(day)


def add_workdays(day: dt.date, count: int) -> dt.date:
    """The *count*-th workday after *day*, by the shipped calendar; raises `BadValue`."""
    return calendar().add_workdays(day, count)


def name_of(day: dt.date, *, english: bool = False) -> str:
    """The holiday *day* belongs to, by the shipped calendar; empty if none."""
    holiday = calendar().names.get(day)
    return "" if holiday is None else holiday.en if english else holiday.zh


def _days_off(name: str, year: Year) -> list[dt.date]:
    days: list[dt.date] = []
    for holiday in year.off:
        if holiday.last < holiday.first:
            raise BadValue(field=f"{name}.off", value=holiday.last, expected=f">= {holiday.first}")
        days += _run(holiday)
    return days


def _run(holiday: Holiday) -> list[dt.date]:
    """Every day of *holiday*."""
    return [holiday.first + DAY * step for step in range((holiday.last - holiday.first).days + 1)]
