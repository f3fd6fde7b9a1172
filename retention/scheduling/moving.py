"""Which due dates a new rule moves, and by what: one stream for preview, adoption and re-marking.

A record with a period of its own, or about which something has been decided, stays as it is. What is kept longer
may follow at once; what would be kept shorter waits until somebody re-marks it (domain §6.2). Memory stays flat.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import groupby, islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, or_, select, true, update

from archive.acts import Act
from archive.model import (
    Appraisal,
    AppraisalLine,
    DestructionLine,
    DestructionList,
    Item,
    PeriodMark,
    TakenOut,
    TransferLine,
    TransferList,
    TriggerEvent,
    Volume,
    new_uid,
)
from archive.policy import visible
from archive.settling import HAPPENINGS, standing
from archive.statuses import (
    AppraisalState,
    DestructionState,
    DestructionStep,
    MarkCause,
    TransferState,
)
from archive.unit import Unit
from archive.values import Level, Period, Trigger, VolumeState, Worded
from retention.scheduling.rules import Rule

#: Rows read and written at a time.
BATCH = 500
#: What is being destroyed, or has left, keeps the period it went by.
LEFT = (VolumeState.DUE, VolumeState.TRANSFERRED, VolumeState.DESTROYED)
#: Both kinds of record that carry a period of their own.
KINDS: tuple[type[Volume | Item], ...] = (Volume, Item)


class Shift(Worded):
    """Where a due date goes."""

    LATER = "LATER"
    STOPS = "STOPS"
    SAME = "SAME"
    STARTS = "STARTS"
    EARLIER = "EARLIER"
    DECIDED = "DECIDED"
    OWN = "OWN"


#: What may follow a new rule at once, and what waits to be re-marked; the rest stays as it is.
FOLLOWS = frozenset({Shift.LATER, Shift.STOPS, Shift.SAME})
WAITS = frozenset({Shift.STARTS, Shift.EARLIER})


class Move(NamedTuple):
    """A volume, or item kept alone, as it stands and as the rule would have it."""

    kind: type[Volume | Item]
    uid: str
    code: str
    class_code: str
    level: Level
    period: str
    expires_on: dt.date | None
    review_due: dt.date | None
    new_period: str
    new_trigger: Trigger
    new_began: dt.date | None
    new_expires_on: dt.date | None
    new_review_due: dt.date | None
    shift: Shift


Where = Callable[[type[Volume | Item]], ColumnElement[bool]]


def everything(_: type[Volume | Item]) -> ColumnElement[bool]:
    """No narrowing: what a rule does, it does to every record."""
    return true()


def seen(unit: Unit, act: Act = Act.SCHEDULE_SEE) -> Where:
    """What this person may see, and do *act* to: for counts and lists (decision 6)."""
    return lambda kind: visible(unit.actor, kind, act)


def moves(unit: Unit, rules: Iterable[Rule], where: Where) -> Iterator[Move]:
    """What differs from *rules* among the records that *where* admits, class by class, volumes first."""
    for rule in rules:
        reckoner = _Reckoner(unit, rule)
        for kind in KINDS:
            rows = unit.session.execute(_rows(kind, rule, where), execution_options={"yield_per": BATCH})
            for batch in rows.partitions():
                yield from reckoner.moves(kind, batch)


def _rows(kind: type[Volume | Item], rule: Rule, where: Where) -> Any:
    dated = Volume.last_date if kind is Volume else Item.dated
    return select(
        kind.uid, kind.reference_code, kind.level, kind.period, kind.own_period, kind.trigger, kind.trigger_date,
        kind.archive_year, dated.label("dated"), kind.dossier_uid, kind.expires_on, kind.review_due,
        decided(kind).label("decided"),
    ).where(
        kind.class_code == rule.code, kind.scope_uid == kind.uid, kind.state.not_in(LEFT),
        (kind.period != rule.period.code) | (kind.trigger != rule.trigger), where(kind),
    )  # fmt: skip


@cache
def decided(kind: type[Volume | Item]) -> ColumnElement[bool]:
    """Its period was set anew, or it stands on a list that still counts: a clause that is never NULL; built once."""
    return or_(
        kind.kept_from.is_not(None),
        select(TakenOut.item_uid).where(TakenOut.item_uid == kind.uid).exists(),
        select(AppraisalLine.uid)
        .join(Appraisal, Appraisal.uid == AppraisalLine.appraisal_uid)
        .where(AppraisalLine.record_uid == kind.uid, AppraisalLine.removed_at.is_(None))
        .where(Appraisal.state != AppraisalState.CANCELLED)
        .exists(),
        select(TransferLine.nth)
        .join(TransferList, TransferList.uid == TransferLine.list_uid)
        .where(TransferLine.record_uid == kind.uid, TransferLine.pulled_at.is_(None))
        .where(TransferList.state != TransferState.WITHDRAWN)
        .exists(),
        select(DestructionLine.nth)
        .join(DestructionList, DestructionList.uid == DestructionLine.list_uid)
        .where(DestructionLine.record_uid == kind.uid, DestructionLine.step != DestructionStep.PULLED)
        .where(DestructionList.state.not_in((DestructionState.WITHDRAWN, DestructionState.REFUSED)))
        .exists(),
    )


# --- one record -------------------------------------------------------------------------------------


class _Reckoner:
    """What one rule makes of records; days that many records share are reckoned once."""

    def __init__(self, unit: Unit, rule: Rule) -> None:
        self.unit, self.rule = unit, rule
        self.course = lru_cache(BATCH)(unit.ports.clock.course)
        self.goes = lru_cache(BATCH)(lambda has, due, new: shift(Period.parse(has), due, rule.period, new))

    def moves(self, kind: type[Volume | Item], batch: Sequence[Any]) -> Iterator[Move]:
        happened = self._happened(kind, batch)
        rule, period = self.rule, self.rule.period.code
        for uid, code, level, has, own, trigger, on, year, dated, dossier, expires, due, fixed in batch:
            began = on
            if trigger is not rule.trigger:
                began = self._began(year, dated, [*happened.get(uid, ()), *happened.get(dossier, ())])
            ends = self.course(rule.period, rule.trigger, began)
            goes = Shift.OWN if own is not None else self.goes(has, due, ends.review_due)
            yield Move(
                kind, uid, code, rule.code, level, has, expires, due, period, rule.trigger, began,
                ends.expires_on, ends.review_due, Shift.DECIDED if fixed else goes,
            )  # fmt: skip

    def _began(self, year: int, dated: dt.date | None, happened: list[_Happened]) -> dt.date | None:
        """The day the rule's trigger happened to a record, as `archive.reckoning` would have it."""
        if self.rule.trigger is Trigger.YEAR_END:
            return dt.date(year, 12, 31)
        if self.rule.trigger is Trigger.FORMED:
            return dated or dt.date(year, 12, 31)
        told = [(kind, on) for _, on, kind in sorted(happened)]
        return self.unit.ports.clock.trigger_date(self.rule.trigger, told)

    def _happened(self, kind: type[Volume | Item], batch: Sequence[Any]) -> Mapping[str, list[_Happened]]:
        """What was recorded to have happened to records that change their trigger, and to their dossiers."""
        moved = [row for row in batch if row.trigger is not self.rule.trigger]
        counts = [one for one, trigger in HAPPENINGS.items() if trigger is self.rule.trigger]
        if not moved or not counts:
            return {}
        mine = TriggerEvent.volume_uid if kind is Volume else TriggerEvent.item_uid
        dossiers = {row.dossier_uid for row in moved if row.dossier_uid}
        rows = select(TriggerEvent).where(
            mine.in_([row.uid for row in moved]) | TriggerEvent.dossier_uid.in_(dossiers),
            TriggerEvent.kind.in_(counts),
            standing(),
        )
        found: dict[str, list[_Happened]] = {}
        for event in self.unit.session.scalars(rows):
            subject = event.dossier_uid or event.volume_uid or event.item_uid
            told = (event.recorded_at, event.happened_on, event.kind)
            found.setdefault(str(subject), []).append(told)
        return found


_Happened = tuple[dt.datetime, dt.date, str]


def shift(has: Period, due: dt.date | None, period: Period, new: dt.date | None) -> Shift:
    """Where a due date goes; one that is no longer known goes with its period: the longer rules (V3)."""
    shorter = period.least < has.least
    if due is None or new is None:
        if new is not None:
            return Shift.STARTS
        return Shift.EARLIER if shorter else Shift.SAME if due is None else Shift.STOPS
    if new == due:
        return Shift.EARLIER if shorter else Shift.SAME
    return Shift.LATER if new > due else Shift.EARLIER


# --- writing ----------------------------------------------------------------------------------------


def apply(unit: Unit, found: Iterable[Move], cause: MarkCause, source: str) -> int:
    """Give the records of *found* their new days, each change marked; how many. The caller named the act.

    The reference code stays (V24): neither it nor the volume's place in its series is touched.
    """
    unit.session.flush()
    count = 0
    for (kind, _), group in groupby(found, key=lambda move: (move.kind, move.class_code)):
        while batch := list(islice(group, BATCH)):
            _write(unit, kind, batch)
            unit.insert(PeriodMark, [_mark(unit, move, cause, source) for move in batch])
            count += len(batch)
    unit.session.expire_all()
    return count


def _write(unit: Unit, kind: type[Volume | Item], batch: Sequence[Move]) -> None:
    table: Any = kind.__table__
    names = ("period", "trigger", "trigger_date", "expires_on", "review_due")
    change = update(table).where(table.c.uid == bindparam("of"))
    rows = [
        dict(zip(("of", *names), (move.uid, *_days(move)), strict=True)) for move in batch
    ]  # bound under the columns' own names but for the key, which SQLAlchemy keeps for itself
    unit.session.execute(change.values({name: bindparam(name) for name in names}), rows)
    if kind is Volume:
        inside: Any = Item.__table__
        papers = update(inside).where(inside.c.volume_uid.in_([move.uid for move in batch]))
        unit.session.execute(papers.values(period=batch[0].new_period, trigger=batch[0].new_trigger))


def _days(move: Move) -> tuple[Any, ...]:
    return move.new_period, move.new_trigger, move.new_began, move.new_expires_on, move.new_review_due


def _mark(unit: Unit, move: Move, cause: MarkCause, source: str) -> dict[str, Any]:
    return {
        "uid": new_uid(), "record_uid": move.uid, "cause": cause, "source": source, "before": move.period,
        "after": move.new_period, "kept_from": None, "expires_before": move.expires_on,
        "expires_after": move.new_expires_on, "marked_at": unit.now, "marked_by": unit.actor.uid,
    }  # fmt: skip
