"""The due list: what appraisal may take up on a day, what stands against it, and the reasons; reads only.

A volume stands for its items, an item for itself where it is kept alone. What has not started, what is kept
permanently and what is gone has no line; what the viewer may not see is not counted either (decision 6).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, case, false, func, select

from archive import classes
from archive.acts import Act
from archive.model import Department, Hold, Item, Loan, Outing, Record, RecordClass, Volume
from archive.policy import visible
from archive.settling import undated_paper
from archive.statuses import HoldState
from archive.unit import Unit
from archive.values import Disposition, Level, Period, Trigger, VolumeState
from archive.words import Language
from retention.appraising.taking_up import KINDS, on_open, waiting, within
from retention.clock import Course
from retention.decide import OVER, WAITING, Case, Decision, DueState, course_of, decide
from retention.destroying.standing import verdicts
from retention.holding.holds import held, held_by

#: What has left the archive is never due again.
GONE = (VolumeState.TRANSFERRED, VolumeState.DESTROYED)


@dataclass(frozen=True, slots=True)
class DueLine:
    """One volume, or item kept alone: what it is on that day, why, and which holds stand on it."""

    kind: str
    code: str
    title: str
    class_code: str
    department: str
    level: Level
    state: VolumeState
    disposition: Disposition
    out: bool
    decision: Decision
    holds: tuple[str, ...] = ()

    @property
    def due_state(self) -> DueState:
        """Whether appraisal may take it up, or what stands against it."""
        return self.decision.state

    @property
    def course(self) -> Course:
        """How its period runs."""
        return self.decision.course

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
        """Why it is what it is, as sentences."""
        return self.decision.told(language)


@dataclass(frozen=True, slots=True)
class Count:
    """How many volumes, and items kept alone, this person may see that are ready; and the rest of the list by state."""

    volumes: int
    items: int
    others: Mapping[DueState, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: up to which day and *after* which, of which class (with those below it) and department, in which states."""

    on: dt.date
    class_code: str | None = None
    department: str | None = None
    states: Collection[DueState] = WAITING
    after: dt.date | None = None


def due(
    unit: Unit, on: dt.date, *, class_code: str | None = None, department: str | None = None,
    limit: int | None = None, states: Collection[DueState] = WAITING, after: dt.date | None = None, skip: int = 0,
) -> list[DueLine]:  # fmt: skip
    """What appraisal may take up on *on*, and what is held or undated beside it, longest due first.

    *class_code* takes the classes below it in; *states* are `WAITING` (what nobody has taken up yet) or more of
    `OVER`; *after* leaves out what is due by then already, *skip* the first lines. States, loans and holds are
    those of today, whatever *on* is. An undated paper counts from its filing year and says so (T17). Raises
    `ClassUnknown`, `NotFound` for a department, and what the policy refuses.
    """
    unit.look(Act.DUE_SEE)
    _known(unit, class_code, department)
    wanted = Wanted(on, class_code, department, states, after)
    most = None if limit is None else skip + limit
    found = [row for kind in KINDS for row in unit.session.execute(_listed(unit, kind, wanted).limit(most))]
    found.sort(key=lambda row: (row[0].review_due or dt.date.max, row[0].reference_code))
    return _lines(unit, found[skip:most], on)


def _known(unit: Unit, class_code: str | None, department: str | None) -> None:
    """A mistyped class or department is not an empty list."""
    if class_code:
        classes.known(unit, class_code)
    if department:
        unit.one(Department, "department", department)


def count(
    unit: Unit, on: dt.date, *, class_code: str | None = None, department: str | None = None,
    after: dt.date | None = None,
) -> Count:  # fmt: skip
    """How much of the whole list of `due` is ready, and how much is not, by state; the held are not ready (T15)."""
    unit.look(Act.DUE_SEE)
    _known(unit, class_code, department)
    wanted = Wanted(on, class_code, department, after=after)
    found = {kind: _tally(unit, kind, wanted) for kind in KINDS}
    others = sum(found.values(), Counter[DueState]())
    ready = others.pop(DueState.DUE, 0)
    volumes = found[Volume][DueState.DUE]
    return Count(volumes, ready - volumes, others)


def _tally(unit: Unit, kind: type[Volume | Item], wanted: Wanted) -> Counter[DueState]:
    rows: Any = select(_state(unit, kind).label("due_state"), func.count()).select_from(kind)
    rows = _narrowed(_due(unit, rows, kind, wanted.on), kind, wanted)
    return Counter(
        {DueState(state): many for state, many in unit.session.execute(rows.group_by("due_state"))}
    )


def dispositions(
    unit: Unit, on: dt.date, *, class_code: str | None = None, department: str | None = None
) -> Counter[Disposition]:
    """How much of what is ready its classes want destroyed, transferred, reviewed."""
    unit.look(Act.DUE_SEE)
    wanted = Wanted(on, class_code, department)
    rules, found = _rules(unit), Counter[Disposition]()
    for kind in KINDS:
        rows: Any = select(kind.class_code, func.count())
        rows = _narrowed(_due(unit, rows, kind, on), kind, wanted).where(_state(unit, kind) == DueState.DUE)
        for code, many in unit.session.execute(rows.group_by(kind.class_code)):
            found[rules[code].disposition] += many
    return found


def undated(unit: Unit) -> list[DueLine]:
    """Papers without a date, due or not: each runs from its filing year until somebody enters the date (T17)."""
    unit.look(Act.DUE_SEE)
    found = [
        row
        for kind in KINDS
        for row in unit.session.execute(
            _kept(unit, _flagged(unit, kind), kind)
            .where(undated_paper(kind), kind.review_due.is_not(None))
            .order_by(kind.reference_code)
        )
    ]
    return _lines(unit, found, unit.today)


def adopted(unit: Unit) -> bool:
    """False while the general manager has not adopted the schedule: the days are then a proposal (C7)."""
    newest = classes.adoption(unit)
    return newest is not None and newest.adopted_at is not None


# --- the rows -------------------------------------------------------------------------------------


def _listed(unit: Unit, kind: type[Volume | Item], wanted: Wanted) -> Select[Any]:
    """The rows of `due` of one kind in order, with what decides their state."""
    rows = _narrowed(_due(unit, _flagged(unit, kind), kind, wanted.on), kind, wanted)
    if set(wanted.states) < set(OVER):
        rows = rows.where(_state(unit, kind).in_(sorted(wanted.states)))
    ordered: Select[Any] = rows.order_by(kind.review_due, kind.reference_code)
    return ordered


def _flagged(unit: Unit, kind: type[Volume | Item]) -> Any:
    return select(
        kind,
        _held(unit, kind).label("held"),
        on_open(kind).label("appraising"),
        waiting(kind).label("decided"),
    )


def _held(unit: Unit, kind: type[Volume | Item]) -> ColumnElement[bool]:
    """The clause of holds; nothing is asked of any row while there is no hold at all."""
    any_hold = select(Hold.uid).where(Hold.state == HoldState.ACTIVE).limit(1)
    return held(kind) if unit.session.scalar(any_hold) is not None else false()


def _state(unit: Unit, kind: type[Volume | Item]) -> ColumnElement[str]:
    """`retention.decide` said in SQL, of records whose period is over."""
    return case(
        (_held(unit, kind), DueState.HELD.value),
        (kind.state == VolumeState.DUE, DueState.GOING.value),
        (on_open(kind), DueState.APPRAISING.value),
        (waiting(kind), DueState.DECIDED.value),
        (undated_paper(kind), DueState.UNDATED.value),
        else_=DueState.DUE.value,
    )


def _kept(unit: Unit, rows: Any, kind: type[Volume | Item]) -> Any:
    """Of *kind*, what stands for itself, is still here and may be seen by this person.

    `scope_uid = uid` says "kept alone" without inviting the index on `volume_uid`, which holds all of them.
    """
    return rows.where(
        kind.scope_uid == kind.uid, kind.state.not_in(GONE), visible(unit.actor, kind, Act.DUE_SEE)
    )


def _due(unit: Unit, rows: Any, kind: type[Volume | Item], on: dt.date) -> Any:
    return _kept(unit, rows, kind).where(kind.review_due <= on)


def _narrowed(rows: Any, kind: type[Volume | Item], wanted: Wanted) -> Any:
    if wanted.class_code:
        rows = rows.where(within(kind, wanted.class_code))
    if wanted.department:
        rows = rows.where(kind.department == wanted.department)
    return rows if wanted.after is None else rows.where(kind.review_due > wanted.after)


# --- the lines ------------------------------------------------------------------------------------


def _lines(unit: Unit, found: Sequence[Any], on: dt.date) -> list[DueLine]:
    """The records opened; one line in the log names how many confidential titles were shown (V25)."""
    records = [row[0] for row in found]
    unit.listed(Act.DUE_SEE, records)
    rules, out = _rules(unit), _out(unit) if found else frozenset()
    decided = [row[0].uid for row in found if row.decided]
    opinions = verdicts(unit, decided) if decided else {}
    lines = []
    for row, card in zip(found, unit.cards(records), strict=True):
        record = row[0]
        opinion = opinions.get(record.uid)
        facts = case_of(
            record, rules[record.class_code], on, held=row.held, out=record.uid in out,
            appraising=row.appraising, verdict=opinion.verdict if opinion else None,
        )  # fmt: skip
        lines.append(_line(unit, record, card.title, facts))
    return lines


def _line(unit: Unit, record: Volume | Item, title: str, facts: Case) -> DueLine:
    told = facts.held and unit.may(Act.HOLD_SEE)
    return DueLine(
        kind="volume" if isinstance(record, Volume) else "item", code=record.reference_code, title=title,
        class_code=record.class_code, department=record.department, level=record.level, state=record.state,
        disposition=facts.disposition, out=facts.out, decision=decide(facts),
        holds=tuple(hold.number for hold in held_by(unit, record)) if told else (),
    )  # fmt: skip


def case_of(record: Record, rule: RecordClass, on: dt.date, **found: Any) -> Case:
    """The facts of a record on *on* for `decide`; *found* is what the books say of it (held, out, appraising, verdict)."""
    return Case(
        Period.parse(record.period), record.trigger, on, trigger_date=record.trigger_date,
        kept_from=record.kept_from, undated=record.undated, filed=record.archive_year, state=record.state,
        ceiling=rule.ceiling, disposition=rule.disposition, **found,
    )  # fmt: skip


def course(record: Record) -> Course:
    """The course of a record as it is kept, to be told by `clock.explain`."""
    return course_of(
        Case(
            Period.parse(record.period), record.trigger, dt.date.min, trigger_date=record.trigger_date,
            kept_from=record.kept_from, undated=record.undated, filed=record.archive_year,
        )
    )  # fmt: skip


def _rules(unit: Unit) -> Mapping[str, RecordClass]:
    return {rule.code: rule for rule in unit.session.scalars(select(RecordClass))}


def _out(unit: Unit) -> frozenset[str]:
    """The uids of what is lent now, by the index on open lines, not by the whole register."""
    rows = select(Loan.volume_uid, Loan.item_uid).join(Outing).where(Outing.returned_at.is_(None))
    return frozenset(uid for pair in unit.session.execute(rows.distinct()) for uid in pair if uid)
