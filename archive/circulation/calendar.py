"""The office calendar: Chinese public holidays as shipped, and the days this office declares otherwise (R44)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy import select

from archive import workdays
from archive.acts import Act
from archive.errors import BadValue, DayAsShipped, DueUnfit
from archive.model import OfficeDay
from archive.unit import Unit
from archive.words import Language
from archive.workdays import Calendar

#: How many years ahead the office may declare a day.
YEARS_AHEAD = 5
#: A due day further away than this is none (V12).
LONGEST = dt.timedelta(days=366)


class Weekday(IntEnum):
    """The days of the week, numbered as in ISO 8601."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7

    @property
    def word(self) -> str:
        """The key of this day's name."""
        return f"weekday.{self.name.lower()}"


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day that is not what its weekday says: off though Monday to Friday, or worked at a weekend."""

    day: dt.date
    weekday: Weekday
    worked: bool
    name: str
    declared: bool


def working(unit: Unit) -> Calendar:
    """The calendar this office works by."""
    days = unit.session.execute(select(OfficeDay.day, OfficeDay.worked))
    return workdays.calendar().changed({row.day: row.worked for row in days})


def edit(unit: Unit, day: dt.date, *, worked: bool, name: str = "") -> OfficeDay:
    """Declare *day* worked or off, whatever was shipped; declaring it again replaces what was said.

    Raises `BadValue` for a day before this year or more than five years ahead, and for a name over 60 characters.
    """
    unit.act(Act.CALENDAR_EDIT, str(day), worked=worked)
    first, last = dt.date(unit.today.year, 1, 1), dt.date(unit.today.year + YEARS_AHEAD, 12, 31)
    if not first <= day <= last:
        raise BadValue(field="date", value=day, expected=f"{first} … {last}")
    name = name.strip()
    if len(name) > 60 or not name.isprintable():
        raise BadValue(field="name", value=name[:40], expected="0–60")
    row = unit.session.get(OfficeDay, day) or OfficeDay(day=day)
    row.worked, row.name, row.changed_at, row.changed_by = worked, name, unit.now, unit.actor.uid
    unit.session.add(row)
    unit.session.flush()
    return row


def restore(unit: Unit, day: dt.date) -> bool:
    """Take the office's word about *day* back; true if it is worked as shipped. Raises `DayAsShipped`."""
    row = unit.session.get(OfficeDay, day)
    unit.act(Act.CALENDAR_EDIT, str(day), restored=True)
    if row is None:
        raise DayAsShipped(day=day)
    unit.session.delete(row)
    unit.session.flush()
    return workdays.is_workday(day)


def year(unit: Unit, number: int | None = None) -> Sequence[DayLine]:
    """The holidays, the weekend days worked, and every day the office declared, of one year (this one if not said)."""
    unit.look(Act.CALENDAR_SEE)
    number = unit.today.year if number is None else number
    if not 1900 <= number <= 9998:
        raise BadValue(field="year", value=number, expected="1900–9998")
    ours = {row.day: row for row in unit.session.scalars(select(OfficeDay)) if row.day.year == number}
    known, tongue = working(unit), unit.settings.tongue
    told = {day for day in (*known.off, *known.work) if day.year == number} | set(ours)
    return [_line(known, ours.get(day), day, tongue) for day in sorted(told)]


def _line(known: Calendar, ours: OfficeDay | None, day: dt.date, tongue: Language) -> DayLine:
    name = ours.name if ours is not None else workdays.name_of(day, english=tongue is Language.EN)
    return DayLine(day, Weekday(day.isoweekday()), known.is_workday(day), name, ours is not None)


def announced(unit: Unit, number: int | None = None) -> bool:
    """True if that year's holidays are known; before November only the fixed ones are."""
    return (unit.today.year if number is None else number) in workdays.calendar().announced


# --- days by which something is due ---------------------------------------------------------------


def due_after(unit: Unit, days: int, *, start: dt.date | None = None) -> dt.date:
    """The day *days* calendar days after today (or *start*), moved on to the next workday (R44); raises `BadValue`."""
    if not 0 <= days <= LONGEST.days:
        raise BadValue(field="days", value=days, expected=f"0–{LONGEST.days}")
    return working(unit).add_workdays((start or unit.today) + dt.timedelta(days=days), 0)


def due_given(unit: Unit, day: dt.date, *, field: str = "due_on") -> dt.date:
    """*day*, if something can be due then; raises `DueUnfit` with the next day that fits."""
    known, last = working(unit), unit.today + LONGEST
    if unit.today <= day <= last and known.is_workday(day):
        return day
    raise DueUnfit(field=field, value=day, next=_nearest(known, max(day, unit.today), last))


def _nearest(known: Calendar, day: dt.date, last: dt.date) -> dt.date:
    """The first workday from *day* on; the last one before *last* if *day* lies beyond it."""
    if day <= last:
        return known.add_workdays(day, 0)
    while not known.is_workday(last):
        last -= workdays.DAY
    return last
