"""The retention clock: from a period and what started it to the day appraisal may begin.

Pure: this module reads no clock and no database. A hold freezes what follows, not this clock; who may
appraise, and what was decided, is known elsewhere. Dates are days in the instance's time zone (decision 9).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from archive.errors import BadValue
from archive.values import Period, PeriodKind, Trigger, Worded
from archive.words import Language, say

DAY = dt.timedelta(days=1)


class Reason(Worded):
    """Why a course is what it is; `explain` says it in full."""

    PERMANENT = "PERMANENT"
    NOT_STARTED = "NOT_STARTED"
    EXPIRES = "EXPIRES"
    UNTIL_EVENT = "UNTIL_EVENT"
    DAYS = "DAYS"
    UNDATED = "UNDATED"


class Note(Worded):
    """What a reader of a course must also be told."""

    FILING_YEAR = "FILING_YEAR"
    KEPT_ANEW = "KEPT_ANEW"


@dataclass(frozen=True, slots=True)
class Course:
    """How one period runs: first day, last day, first day appraisal may list it (None: not, or not yet).

    `began` is the day that started it: the trigger date, the filing date of an undated paper, or the day from which
    an appraisal let it run anew.
    """

    period: Period
    trigger: Trigger
    began: dt.date | None
    start: dt.date | None
    expires_on: dt.date | None
    review_due: dt.date | None
    reason: Reason
    note: Note | None = None

    def due_on(self, day: dt.date) -> bool:
        """True if appraisal may list it on *day* (V18: never inside the last day)."""
        return self.review_due is not None and self.review_due <= day


#: Triggers for which an undated paper counts from its filing year (DA/T 22); events never do.
_BY_DATE = frozenset({Trigger.FORMED, Trigger.YEAR_END})


def run(
    period: Period,
    trigger: Trigger,
    trigger_date: dt.date | None,
    *,
    undated_filed: dt.date | None = None,
    kept_from: dt.date | None = None,
) -> Course:
    """The course of *period* from *trigger_date* (a volume: its latest), or of an undated paper from its filing.

    A period set anew by appraisal runs from *kept_from*, or from the trigger where that is later (T14). Years run from 1 January after the trigger year to 31 December N years later; day and month of the
    trigger never matter (令10, 令79 art. 14). Raises `BadValue` if that lies beyond the year 9999.
    """
    note = None
    began = trigger_date
    if began is None and trigger in _BY_DATE and undated_filed is not None:
        began, note = undated_filed, Note.FILING_YEAR
    if trigger is Trigger.YEAR_END and began is not None:
        began = year_end(began.year)
    if kept_from is not None and (began is None or began <= kept_from):
        began, note = kept_from, Note.KEPT_ANEW
    if period.kind is PeriodKind.PERMANENT:
        return Course(period, trigger, began, None, None, None, Reason.PERMANENT, note)
    if began is None:
        reason = Reason.UNDATED if trigger in _BY_DATE else Reason.NOT_STARTED
        return Course(period, trigger, None, None, None, None, reason)
    try:
        return _running(period, trigger, began, note)
    except (ValueError, OverflowError):
        raise BadValue(field="period", value=period.code, expected=f"<= {dt.date.max}") from None


def _running(period: Period, trigger: Trigger, began: dt.date, note: Note | None) -> Course:
    if period.kind is PeriodKind.UNTIL_EVENT:
        return Course(period, trigger, began, None, began - DAY, began, Reason.UNTIL_EVENT, note)
    if period.kind is PeriodKind.DAYS:
        due = began + DAY * period.length
        return Course(period, trigger, began, began, due - DAY, due, Reason.DAYS, note)
    start = dt.date(began.year + 1, 1, 1)
    last = year_end(began.year + period.length)
    return Course(period, trigger, began, start, last, last + DAY, Reason.EXPIRES, note)


# --- trigger dates ---------------------------------------------------------------------------


def latest(days: Iterable[dt.date | None]) -> dt.date | None:
    """The date of a volume: its latest dated item (T5); None if none is dated."""
    return max((day for day in days if day is not None), default=None)


def year_end(year: int) -> dt.date:
    """31 December of the archive or accounting year *year*."""
    return dt.date(year, 12, 31)


def contract_end(
    agreed: dt.date | None, *, amended: Iterable[dt.date | None] = (), terminated: dt.date | None = None
) -> dt.date | None:
    """When a contract ended: its termination if it was terminated, else the latest end agreed (T9, T10).

    A contract without an agreed end, or amended to none that is known, ends when its end is recorded.
    """
    return terminated or latest([agreed, *amended])


def acceptance(accepted: dt.date | None, deposit_settled: dt.date | None) -> dt.date | None:
    """When a fit-out ended: accepted *and* deposit settled, the later of both (T11); None until then."""
    if accepted is None or deposit_settled is None:
        return None
    return max(accepted, deposit_settled)


# --- in words --------------------------------------------------------------------------------


def explain(course: Course, language: Language) -> str:
    """The reason of *course* as a sentence, with its note if it has one."""
    key = course.trigger.value.lower()
    year = course.began.year if course.began else None
    begun = {Note.FILING_YEAR: "filed", Note.KEPT_ANEW: "kept_anew", None: key}[course.note]
    told = say(
        course.reason.word,
        language,
        began=say(f"began.{begun}", language, year=year, on=course.began),
        awaited=say(f"awaited.{key}", language),
        length=course.period.length,
        start=course.start,
        expires_on=course.expires_on,
        review_due=course.review_due,
    )
    if course.note is not Note.FILING_YEAR:
        return told
    gap = "" if language is Language.ZH else " "
    return told + gap + say(course.note.word, language, year=year)
