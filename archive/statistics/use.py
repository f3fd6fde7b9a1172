"""What is done with the archive, counted: loans, readings, copies, visitors; what came back late (F11, F15, R47).

Each line of a register counts if its record may be seen (decision 6); moments belong to days of the office's zone.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, distinct, extract, func, or_, select

from archive.acts import Act
from archive.model import CopyOrder, Item, Loan, Reading, Renewal, Volume
from archive.policy import visible
from archive.statistics.holdings import class_names, department_names
from archive.statistics.spans import By, Span, bound, named, spans, told, within
from archive.unit import Unit
from archive.values import LoanState, Worded
from archive.words import Language


class UseBy(Worded):
    """By what use is counted."""

    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"
    CLASS = "CLASS"
    DEPARTMENT = "DEPARTMENT"


@dataclass(frozen=True, slots=True)
class UseLine:
    """One month or one class: how often what was used; *days*: how long a loan that came back was out, on average."""

    key: str
    name: str
    loans: int = 0
    lent_items: int = 0
    borrowers: int = 0
    readings: int = 0
    readers: int = 0
    copies: int = 0
    copied_pages: int = 0
    visitors: int = 0
    renewals: int = 0
    days: float | None = None


@dataclass(frozen=True, slots=True)
class LateLine:
    """One month: loans that fell due, came back late or are still out; overdue at its end (the last: today)."""

    key: str
    due: int
    late: int
    overdue: int


#: What groups a register, given the column of its day.
Grouping = Callable[[Any], ColumnElement[Any]]
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class _Register:
    """A register: the column of its day, the columns that name the volume or the item, and what is summed."""

    day: Any
    volume: Any
    item: Any
    sums: Mapping[str, Any]

    def rows(self, *columns: Any) -> Any:
        """*columns* of its lines with the records they name; a renewal names those of its loan."""
        rows = select(*columns).select_from(self.day.class_)
        if self.volume.class_ is not self.day.class_:
            rows = rows.join(self.volume.class_)
        return rows.outerjoin(Volume, Volume.uid == self.volume).outerjoin(Item, Item.uid == self.item)


LOANS = _Register(
    Loan.lent_on, Loan.volume_uid, Loan.item_uid,
    {
        "loans": func.count(), "lent_items": func.sum(Loan.items_out),
        "borrowers": func.count(distinct(Loan.borrower_uid)),
        "days": func.avg(extract("epoch", Loan.returned_at) - extract("epoch", Loan.lent_at)) / DAY_SECONDS,
    },
)  # fmt: skip
REGISTERS = (
    LOANS,
    _Register(
        Reading.begun_at, Reading.volume_uid, Reading.item_uid,
        {
            "readings": func.count(), "visitors": func.count(distinct(Reading.visitor_uid)),
            "readers": func.count(distinct(func.coalesce(Reading.person_uid, Reading.visitor_uid))),
        },
    ),
    _Register(
        CopyOrder.made_at, CopyOrder.record_uid, CopyOrder.record_uid,
        {"copies": func.count(), "copied_pages": func.sum(CopyOrder.pages)},
    ),
    _Register(Renewal.renewed_at, Loan.volume_uid, Loan.item_uid, {"renewals": func.count()}),
)  # fmt: skip


def use(
    unit: Unit, by: UseBy, language: Language, *, since: dt.date | None = None, until: dt.date | None = None
) -> list[UseLine]:
    """Use in the spans up to *until* (today), or in all of those months by class or department of what was used."""
    unit.look(Act.STATISTICS_SEE)
    zone, last = unit.settings.zone, until or unit.today
    if by in {UseBy.CLASS, UseBy.DEPARTMENT}:
        found = spans(By.MONTH, last, since=since)
        column = "class_code" if by is UseBy.CLASS else "department"
        sums = counted(unit, found, lambda _: func.coalesce(getattr(Volume, column), getattr(Item, column)))
        names = (class_names if by is UseBy.CLASS else department_names)(unit, language)
        return [UseLine(key, names[key], **sums[key]) for key in names if key in sums]
    length = By[by.name]
    found = spans(length, last, since=since)
    sums = counted(unit, found, lambda column: named(column, found, zone))
    return [UseLine(span.key, told(length, span, language), **sums.get(span.key, {})) for span in found]


def counted(unit: Unit, found: Sequence[Span], grouping: Grouping) -> dict[Any, dict[str, Any]]:
    """The sums of every register within *found*, by what *grouping* says of a line; the caller has judged."""
    sums: dict[Any, dict[str, Any]] = defaultdict(dict)
    for register in REGISTERS:
        rows = register.rows(grouping(register.day).label("key"), *register.sums.values())
        wanted = rows.where(_seen(unit), within(register.day, found, unit.settings.zone)).group_by("key")
        for key, *numbers in unit.session.execute(wanted):
            sums[key] |= zip(register.sums, map(_number, numbers), strict=True)
    return dict(sums)


def _number(number: Any) -> Any:
    """A mean with one decimal; None where nothing came back."""
    return number if number is None or isinstance(number, int) else round(float(number), 1)


def _seen(unit: Unit) -> ColumnElement[bool]:
    """That the record a line names may be seen."""
    volume = Volume.uid.is_not(None) & visible(unit.actor, Volume)
    return or_(volume, Item.uid.is_not(None) & visible(unit.actor, Item))


# --- what comes back late -------------------------------------------------------------------------


def overdue(unit: Unit, *, since: dt.date | None = None, until: dt.date | None = None) -> list[LateLine]:
    """Month by month up to *until* (today): what fell due, what of it was late, what stood overdue at the end."""
    unit.look(Act.STATISTICS_SEE)
    found, zone = spans(By.MONTH, until or unit.today, since=since), unit.settings.zone
    key = named(Loan.due_on, found, zone).label("key")
    late = func.sum(case((_late(unit), 1), else_=0))
    rows = LOANS.rows(key, func.count(), late).where(_seen(unit), within(Loan.due_on, found, zone))
    counts = {one: (due, late) for one, due, late in unit.session.execute(rows.group_by("key"))}
    both = zip(found, _at_the_ends(unit, found), strict=True)
    return [LateLine(span.key, *counts.get(span.key, (0, 0)), overdue=number) for span, number in both]


def _late(unit: Unit) -> ColumnElement[bool]:
    """That a loan came back after the day it was due, or is out although that day is over."""
    offset = unit.now.astimezone(unit.settings.zone).utcoffset() or dt.timedelta()
    after = extract("epoch", Loan.due_on) + DAY_SECONDS - int(offset.total_seconds())
    still = (Loan.state == LoanState.OUT) & (Loan.due_on < unit.today)
    return still | ((Loan.state == LoanState.RETURNED) & (extract("epoch", Loan.returned_at) >= after))


def _at_the_ends(unit: Unit, found: Sequence[Span]) -> list[int]:
    """How many loans stood overdue when each span was over; of one that is not over, how many do today."""
    zone, sums = unit.settings.zone, []
    for span in found:
        over = min(span.after, unit.today)
        out: ColumnElement[bool] = Loan.returned_at.is_(None)
        if span.after <= unit.today:
            out = out | (Loan.returned_at >= bound(Loan.returned_at, over, zone))
        sums.append(func.coalesce(func.sum(case(((Loan.due_on < over) & out, 1), else_=0)), 0))
    return [int(number) for number in unit.session.execute(LOANS.rows(*sums).where(_seen(unit))).one()]
