"""重新标注: what a new rule would keep shorter, until somebody re-marks it; and every mark a record ever had (6.2, V24).

A shorter period is never applied silently, and never to what has expired, is held, or has been decided.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, select

from archive import classes, people
from archive.acts import Act
from archive.custody.wholes import each_once
from archive.errors import NotForRemark, NothingToRemark
from archive.model import Item, PeriodMark, Person, RecordClass, Volume
from archive.statuses import MarkCause
from archive.unit import Unit
from archive.values import Worded
from archive.volumes import on_its_own
from retention.holding.holds import held_among
from retention.scheduling import moving
from retention.scheduling.moving import BATCH, FOLLOWS, WAITS, Move, Shift
from retention.scheduling.preview import shown_confidential
from retention.scheduling.rules import Rule, of_class
from retention.scheduling.schedules import told_reason


class Barrier(Worded):
    """Why a record is not re-marked."""

    AS_RULED = "AS_RULED"
    DECIDED = "DECIDED"
    OWN = "OWN"
    EXPIRED = "EXPIRED"
    HELD = "HELD"


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A record that the rule in force would keep otherwise, and what stands against re-marking it (None: nothing)."""

    code: str
    class_code: str
    shift: Shift
    period: str
    new_period: str
    review_due: dt.date | None
    new_review_due: dt.date | None
    barrier: Barrier | None


@dataclass(frozen=True, slots=True)
class Remarked:
    """How many records were re-marked, and how many were left as they are."""

    count: int
    left: int


@dataclass(frozen=True, slots=True)
class MarkLine:
    """One change of a record's period: by what, from what to what (V24)."""

    marked_on: dt.date
    marked_by: str
    cause: MarkCause
    source: str
    before: str
    after: str
    kept_from: dt.date | None
    expires_before: dt.date | None
    expires_after: dt.date | None


# --- what waits -------------------------------------------------------------------------------------


def waiting(unit: Unit, *, class_code: str | None = None, limit: int | None = None) -> list[WaitingLine]:
    """What stands under another period or trigger than its class, undecided; raises `ClassUnknown`."""
    unit.look(Act.SCHEDULE_SEE)
    found = _otherwise(unit, _rules(unit, class_code), moving.seen(unit))
    shown = list(islice(found, limit))
    shown_confidential(unit, (move for move, _ in shown))
    return [
        WaitingLine(
            move.code, move.class_code, move.shift, move.period, move.new_period, move.review_due,
            move.new_review_due, barrier,
        )
        for move, barrier in shown
    ]  # fmt: skip


def count(unit: Unit, *, class_code: str | None = None) -> int:
    """How long the whole list of `waiting` is."""
    unit.look(Act.SCHEDULE_SEE)
    return sum(1 for _ in _otherwise(unit, _rules(unit, class_code), moving.seen(unit)))


def _rules(unit: Unit, class_code: str | None) -> list[Rule]:
    if class_code is not None:
        return [of_class(classes.usable(unit, class_code))]
    rows = select(RecordClass).where(RecordClass.usable).order_by(RecordClass.sort)
    return [of_class(row) for row in unit.session.scalars(rows)]


def _otherwise(
    unit: Unit, rules: Sequence[Rule], where: moving.Where
) -> Iterator[tuple[Move, Barrier | None]]:
    """What the rules would move, with what stands against it; what is decided or has its own period is left out."""
    found = (move for move in moving.moves(unit, rules, where) if move.shift in FOLLOWS | WAITS)
    while batch := list(islice(found, BATCH)):
        held = held_among(unit, [move.uid for move in batch])
        for move in batch:
            yield move, _barrier(unit, move, held)


def _barrier(unit: Unit, move: Move, held: Collection[str]) -> Barrier | None:
    if move.review_due is not None and move.review_due <= unit.today:
        return Barrier.EXPIRED
    return Barrier.HELD if move.uid in held else None


# --- re-marking -------------------------------------------------------------------------------------


def remark_class(unit: Unit, class_code: str, *, reason: str) -> Remarked:
    """Let everything in a class that this person sees follow the rule in force, but for what may not be re-marked.

    Raises `ClassUnknown`, `BadValue`, `NothingToRemark`.
    """
    rule = classes.usable(unit, class_code)
    unit.act(Act.SCHEDULE_REMARK, rule, private={"reason": told_reason(reason)})
    left = Counter[bool]()

    def free() -> Iterator[Move]:
        for move, barrier in _otherwise(unit, [of_class(rule)], moving.seen(unit, Act.SCHEDULE_REMARK)):
            left[barrier is not None] += 1
            if barrier is None:
                yield move

    source = _source(unit)
    made = moving.apply(unit, free(), MarkCause.REMARK, source)
    if not made:
        raise NothingToRemark(code=class_code)
    unit.lines[-1].facts = {"version": source, "count": made, "left": left[True]}
    return Remarked(made, left[True])


def remark(unit: Unit, codes: Sequence[str], *, reason: str) -> Remarked:
    """The same for volumes, or items kept alone, by code: all of them or none.

    Raises `NotFound`, `AskedTwice`, `InVolume`, `BadValue`, `NotForRemark`.
    """
    why = told_reason(reason)
    records = [unit.record(code) for code in codes]
    for record in records:
        unit.act(Act.SCHEDULE_REMARK, record, private={"reason": why}, before=record.period)
        on_its_own(unit, record, Act.SCHEDULE_REMARK)
    each_once(records)
    rules = [of_class(classes.usable(unit, code)) for code in sorted({one.class_code for one in records})]
    found = {move.uid: move for move in _of(unit, rules, [record.uid for record in records])}
    held = held_among(unit, list(found))
    for record in records:
        barrier = _against(unit, found.get(record.uid), held)
        if barrier is not None:
            raise NotForRemark(code=record.reference_code, why=barrier)
    ordered = sorted(found.values(), key=lambda move: (move.kind.__name__, move.class_code))
    return Remarked(moving.apply(unit, ordered, MarkCause.REMARK, _source(unit)), 0)


def _against(unit: Unit, move: Move | None, held: Collection[str]) -> Barrier | None:
    if move is None:
        return Barrier.AS_RULED
    fixed = {Shift.DECIDED: Barrier.DECIDED, Shift.OWN: Barrier.OWN}
    return fixed.get(move.shift) or _barrier(unit, move, held)


def _of(unit: Unit, rules: Sequence[Rule], uids: Sequence[str]) -> Iterator[Move]:
    """What the rules would make of the records with these uids."""
    for start in range(0, len(uids), BATCH):
        yield from moving.moves(unit, rules, _among(uids[start : start + BATCH]))


def _among(uids: Sequence[str]) -> Callable[[type[Volume | Item]], ColumnElement[bool]]:
    return lambda kind: kind.uid.in_(uids)


def _source(unit: Unit) -> str:
    current = classes.in_force(unit)
    return current.version if current else ""


# --- history ----------------------------------------------------------------------------------------


def history(unit: Unit, code: str) -> list[MarkLine]:
    """Every change of a record's period since it was filed, the oldest first (V24); raises `NotFound`."""
    record = unit.record(code)
    unit.look(Act.SCHEDULE_SEE, record)
    rows = select(PeriodMark).where(PeriodMark.record_uid == record.scope_uid)
    return [
        MarkLine(
            marked_on=row.marked_at.astimezone(unit.settings.zone).date(), marked_by=_name(unit, row.marked_by),
            cause=row.cause, source=row.source, before=row.before, after=row.after, kept_from=row.kept_from,
            expires_before=row.expires_before, expires_after=row.expires_after,
        )
        for row in unit.session.scalars(rows.order_by(PeriodMark.marked_at, PeriodMark.uid))
    ]  # fmt: skip


def _name(unit: Unit, uid: str) -> str:
    person = unit.session.get(Person, uid)
    return people.name_of(unit, person) if person else uid
