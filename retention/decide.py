"""What is to become of a record on a day, and why: one pure function over plain facts; reads no clock, no database.

The due list, the appraisal and the forecast ask the same question; every record that is kept has its reason. The
reference code is no fact here: a period changes, the code does not (V24).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from archive.statuses import Verdict
from archive.values import Disposition, Period, PeriodKind, Trigger, VolumeState, Worded
from archive.words import Language, say
from retention.clock import Course, Reason, explain, run, year_end


class DueState(Worded):
    """What a record is on a day, in the order in which the questions are asked."""

    GONE = "GONE"
    HELD = "HELD"
    GOING = "GOING"
    PERMANENT = "PERMANENT"
    NOT_STARTED = "NOT_STARTED"
    KEEP = "KEEP"
    APPRAISING = "APPRAISING"
    DECIDED = "DECIDED"
    UNDATED = "UNDATED"
    DUE = "DUE"


#: Its period is over and it is still here.
OVER = (DueState.HELD, DueState.GOING, DueState.APPRAISING, DueState.DECIDED, DueState.UNDATED, DueState.DUE)
#: What nobody has taken up yet.
WAITING = (DueState.HELD, DueState.UNDATED, DueState.DUE)


class Ground(Worded):
    """One reason; `Decision.told` says it in full."""

    DESTROYED = "DESTROYED"
    TRANSFERRED = "TRANSFERRED"
    BEING_DESTROYED = "BEING_DESTROYED"
    COURSE = "COURSE"
    HELD = "HELD"
    APPRAISING = "APPRAISING"
    DECIDED = "DECIDED"
    UNDATED = "UNDATED"
    ON_LOAN = "ON_LOAN"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    CEILING = "CEILING"
    DISPOSITION = "DISPOSITION"


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of one record on *today*; `filed` is its archive year, `held` whether an active hold names it."""

    period: Period
    trigger: Trigger
    today: dt.date
    trigger_date: dt.date | None = None
    kept_from: dt.date | None = None
    undated: bool = False
    filed: int | None = None
    state: VolumeState = VolumeState.HELD
    held: bool = False
    out: bool = False
    appraising: bool = False
    verdict: Verdict | None = None
    ceiling: bool = False
    disposition: Disposition = Disposition.DESTROY

    @property
    def by_filing_year(self) -> bool:
        """True for papers without a date whose period counts from their filing year (T17)."""
        return self.undated and self.trigger is Trigger.FORMED


@dataclass(frozen=True, slots=True)
class Decision:
    """What it is, every ground for it in order, and the course of the period behind it."""

    state: DueState
    grounds: tuple[Ground, ...]
    course: Course
    disposition: Disposition
    verdict: Verdict | None = None

    def told(self, language: Language) -> str:
        """The reasons as sentences, one after the other."""
        gap = "" if language is Language.ZH else " "
        return gap.join(self._said(ground, language) for ground in self.grounds)

    def _said(self, ground: Ground, language: Language) -> str:
        if ground is Ground.COURSE:
            return explain(self.course, language)
        return say(ground.word, language, verdict=self.verdict, disposition=self.disposition)


Question = Callable[[Case, Course], bool]

#: The first that is answered with yes decides; a hold wins over all that follows the end of a period (T15).
QUESTIONS: tuple[tuple[DueState, Question], ...] = (
    (DueState.GONE, lambda case, _: case.state in {VolumeState.DESTROYED, VolumeState.TRANSFERRED}),
    (
        DueState.HELD,
        lambda case, course: case.held and (case.state is VolumeState.DUE or course.due_on(case.today)),
    ),
    (DueState.GOING, lambda case, _: case.state is VolumeState.DUE),
    (DueState.PERMANENT, lambda case, _: case.period.kind is PeriodKind.PERMANENT),
    (DueState.NOT_STARTED, lambda _, course: course.reason in {Reason.NOT_STARTED, Reason.UNDATED}),
    (DueState.KEEP, lambda case, course: not course.due_on(case.today)),
    (DueState.APPRAISING, lambda case, _: case.appraising),
    (DueState.DECIDED, lambda case, _: case.verdict is not None),
    (DueState.UNDATED, lambda case, _: case.by_filing_year),
    (DueState.DUE, lambda _case, _course: True),
)

_OVER = frozenset(OVER)
#: Still with the department: an appraisal may look at it, nothing lets it go.
_NOT_ACCEPTED = frozenset({VolumeState.OPEN, VolumeState.CLOSED})

#: Each ground with the states it may stand under and when it does.
GROUNDS: tuple[tuple[Ground, frozenset[DueState], Question], ...] = (
    (Ground.DESTROYED, frozenset({DueState.GONE}), lambda case, _: case.state is VolumeState.DESTROYED),
    (Ground.TRANSFERRED, frozenset({DueState.GONE}), lambda case, _: case.state is VolumeState.TRANSFERRED),
    (Ground.BEING_DESTROYED, _OVER, lambda case, _: case.state is VolumeState.DUE),
    (Ground.COURSE, frozenset(DueState) - {DueState.GONE}, lambda _case, _course: True),
    (Ground.HELD, frozenset(DueState) - {DueState.GONE}, lambda case, _: case.held),
    (Ground.APPRAISING, _OVER, lambda case, _: case.appraising),
    (Ground.DECIDED, _OVER, lambda case, _: case.verdict is not None),
    (Ground.UNDATED, _OVER, lambda case, _: case.by_filing_year),
    (Ground.ON_LOAN, _OVER, lambda case, _: case.out),
    (Ground.NOT_ACCEPTED, _OVER, lambda case, _: case.state in _NOT_ACCEPTED),
    (Ground.CEILING, _OVER, lambda case, _: case.ceiling),
    (Ground.DISPOSITION, frozenset({DueState.DUE}), lambda _case, _course: True),
)


def decide(case: Case) -> Decision:
    """What the record of *case* is on its day, and every reason for it; raises `BadValue` beyond the year 9999.

    Nothing is due before the first day after its period (V18, T16); a hold wins over everything but being gone (T15).
    """
    course = course_of(case)
    state = next(state for state, asked in QUESTIONS if asked(case, course))
    grounds = tuple(ground for ground, where, asked in GROUNDS if state in where and asked(case, course))
    return Decision(state, grounds, course, case.disposition, case.verdict)


def course_of(case: Case) -> Course:
    """The course of the period: of undated papers from their filing year, of what was kept anew from then."""
    return run(
        case.period,
        case.trigger,
        None if case.by_filing_year else case.trigger_date,
        undated_filed=year_end(case.filed) if case.filed is not None else None,
        kept_from=case.kept_from,
    )
