"""The due list: what appraisal may take up on a day, with the reason for each line; reads only.

A volume stands for its items, an item for itself where it is kept alone. What has not started, what is kept
permanently and what is gone has no line; what the viewer may not see is not counted either (decision 6).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, extract, func, select

from archive import classes
from archive.acts import Act
from archive.model import Item, Loan, Outing, Record, RecordClass, Volume
from archive.policy import visible
from archive.unit import Unit
from archive.values import Disposition, Level, Period, Trigger, VolumeState
from archive.words import Language
from retention.clock import Course, explain, run, year_end

#: What has left the archive is never due again.
GONE = (VolumeState.TRANSFERRED, VolumeState.DESTROYED)

#: Both kinds of record that carry a period of their own.
KINDS: tuple[type[Volume | Item], ...] = (Volume, Item)


@dataclass(frozen=True, slots=True)
class DueLine:
    """One volume, or item kept alone, with the course of its period and what its class wants done at the end."""

    kind: str
    code: str
    title: str
    class_code: str
    department: str
    level: Level
    state: VolumeState
    disposition: Disposition
    out: bool
    course: Course

    @property
    def period(self) -> str:
        """The period's short form: `D10`."""
        return self.course.period.code

    @property
    def trigger(self) -> Trigger:
        """What starts the period."""
        return self.course.trigger

    @property
    def began(self) -> dt.date | None:
        """The day of the trigger."""
        return self.course.began

    @property
    def start(self) -> dt.date | None:
        """The first day that counts."""
        return self.course.start

    @property
    def expires_on(self) -> dt.date | None:
        """The last day it is kept for certain."""
        return self.course.expires_on

    @property
    def review_due(self) -> dt.date | None:
        """The first day appraisal may take it up."""
        return self.course.review_due

    def reason(self, language: Language) -> str:
        """Why it is due, as a sentence."""
        return explain(self.course, language)


@dataclass(frozen=True, slots=True)
class Count:
    """How many volumes, and items kept alone, this person may see."""

    volumes: int
    items: int


@dataclass(frozen=True, slots=True)
class YearLine:
    """What comes up in one year; the first year also holds what is overdue."""

    year: int
    volumes: int
    items: int


def due(
    unit: Unit, on: dt.date, *, class_code: str | None = None, department: str | None = None,
    limit: int | None = None,
) -> list[DueLine]:  # fmt: skip
    """What appraisal may take up on *on*, longest due first; raises what the policy refuses.

    *class_code* takes the classes below it in; states and loans are those of today, whatever *on* is.
    An undated paper counts from its filing year and says so (T17).
    """
    unit.look(Act.DUE_SEE)
    found = [
        record
        for kind in KINDS
        for record in unit.session.scalars(
            _narrowed(_due(unit, select(kind), kind, on), kind, class_code, department)
            .order_by(kind.review_due, kind.reference_code)
            .limit(limit)
        )
    ]
    found.sort(key=lambda record: (record.review_due or dt.date.max, record.reference_code))
    return _lines(unit, found[:limit])


def count(unit: Unit, on: dt.date, *, class_code: str | None = None, department: str | None = None) -> Count:
    """How long the whole list of `due` is."""
    unit.look(Act.DUE_SEE)
    volumes, items = (
        unit.session.scalar(
            _narrowed(
                _due(unit, select(func.count()).select_from(kind), kind, on), kind, class_code, department
            )
        )
        for kind in KINDS
    )
    return Count(volumes or 0, items or 0)


def dispositions(
    unit: Unit, on: dt.date, *, class_code: str | None = None, department: str | None = None
) -> Counter[Disposition]:
    """How much of the whole list of `due` its classes want destroyed, transferred, reviewed."""
    unit.look(Act.DUE_SEE)
    found: Counter[Disposition] = Counter()
    for kind in KINDS:
        rows: Any = select(RecordClass.disposition, func.count()).join(
            kind, kind.class_code == RecordClass.code
        )
        rows = _narrowed(_due(unit, rows, kind, on), kind, class_code, department)
        for wanted, many in unit.session.execute(rows.group_by(RecordClass.disposition)):
            found[wanted] += many
    return found


def undated(unit: Unit) -> list[DueLine]:
    """Papers without a date, due or not: each runs from its filing year until somebody enters the date (T17)."""
    unit.look(Act.DUE_SEE)
    found = [
        record
        for kind in KINDS
        for record in unit.session.scalars(
            _kept(unit, select(kind), kind)
            .where(kind.undated, kind.trigger == Trigger.FORMED, kind.review_due.is_not(None))
            .order_by(kind.reference_code)
        )
    ]
    return _lines(unit, found)


def forecast(unit: Unit, years: int) -> list[YearLine]:
    """What comes up in this year and those after it, *years* lines; only what this person may see."""
    unit.look(Act.DUE_SEE)
    first = unit.today.year
    volumes, items = (_by_year(unit, kind, first, years) for kind in KINDS)
    return [YearLine(year, volumes[year], items[year]) for year in range(first, first + years)]


def adopted(unit: Unit) -> bool:
    """False while the general manager has not adopted the schedule: the days are then a proposal (C7)."""
    newest = classes.adoption(unit)
    return newest is not None and newest.adopted_at is not None


# --- the rows -------------------------------------------------------------------------------------


def _kept(unit: Unit, rows: Any, kind: type[Volume | Item]) -> Any:
    """Of *kind*, what stands for itself, is still here and may be seen by this person.

    `scope_uid = uid` says "kept alone" without inviting the index on `volume_uid`, which holds all of them.
    """
    return rows.where(
        kind.scope_uid == kind.uid, kind.state.not_in(GONE), visible(unit.actor, kind, Act.DUE_SEE)
    )


def _due(unit: Unit, rows: Any, kind: type[Volume | Item], on: dt.date) -> Any:
    return _kept(unit, rows, kind).where(kind.review_due <= on)


def _narrowed(rows: Any, kind: type[Volume | Item], class_code: str | None, department: str | None) -> Any:
    if class_code:
        rows = rows.where(_within(kind, class_code))
    if department:
        rows = rows.where(kind.department == department)
    return rows


def _within(kind: type[Volume | Item], class_code: str) -> ColumnElement[bool]:
    return (kind.class_code == class_code) | kind.class_code.startswith(f"{class_code}·", autoescape=True)


def _lines(unit: Unit, found: Sequence[Volume | Item]) -> list[DueLine]:
    """The records opened; one line in the log names how many confidential titles were shown (V25)."""
    unit.listed(Act.DUE_SEE, found)
    wanted = _dispositions(unit)
    out = _out(unit) if found else frozenset()
    return [
        DueLine(
            kind="volume" if isinstance(record, Volume) else "item", code=record.reference_code,
            title=card.title, class_code=record.class_code, department=record.department,
            level=record.level, state=record.state, disposition=wanted[record.class_code],
            out=record.uid in out, course=course(record),
        )
        for record, card in zip(found, unit.cards(found), strict=True)
    ]  # fmt: skip


def course(record: Record) -> Course:
    """The course of a record as it is kept, to be told by `clock.explain`."""
    undated_paper = record.undated and record.trigger is Trigger.FORMED
    return run(
        Period.parse(record.period),
        record.trigger,
        None if undated_paper else record.trigger_date,
        undated_filed=year_end(record.archive_year),
    )


def _dispositions(unit: Unit) -> Mapping[str, Disposition]:
    rows = unit.session.execute(select(RecordClass.code, RecordClass.disposition))
    return {row.code: row.disposition for row in rows}


def _out(unit: Unit) -> frozenset[str]:
    """The uids of what is lent now, by the index on open lines, not by the whole register."""
    rows = select(Loan.volume_uid, Loan.item_uid).join(Outing).where(Outing.returned_at.is_(None))
    return frozenset(uid for pair in unit.session.execute(rows.distinct()) for uid in pair if uid)


def _by_year(unit: Unit, kind: type[Volume | Item], first: int, years: int) -> Counter[int]:
    year = extract("year", kind.review_due)
    last = dt.date(first + years - 1, 12, 31)
    rows: Any = select(year, func.count())
    rows = _due(unit, rows, kind, last).group_by(year)
    found: Counter[int] = Counter()
    for when, many in unit.session.execute(rows):
        found[max(int(when), first)] += many
    return found
