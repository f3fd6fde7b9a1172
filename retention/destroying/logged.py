"""What the log says of a destruction list: who had a hand in what it holds, and whether its days can be trusted (V18, M1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import func, select

from archive import clocks
from archive.acts import Act
from archive.model import Appraisal, AppraisalLine, DestructionLine, DestructionList, Event
from archive.unit import Unit

#: The acts by which somebody says what is to be destroyed.
CHOOSING = (Act.DESTRUCTION_DRAFT.value, Act.DESTRUCTION_FREEZE.value)


def choosers(unit: Unit, made: DestructionList) -> frozenset[str]:
    """Who drafted the list, added to it or froze it, by uid: none of them approves or supervises it (R53)."""
    rows = select(Event.actor_uid).where(
        Event.object_uid == made.uid, Event.act.in_(CHOOSING), Event.outcome == "done"
    )
    return frozenset({made.drafted_by, *unit.session.scalars(rows.distinct())})


def leapt(unit: Unit, made: DestructionList, going: Iterable[DestructionLine]) -> object:
    """From when to when the clock has leapt; False if not, or it was confirmed, or the list is not approved (M1).

    Every leap counts from the day the records were taken up. One before that counts if the log does not show, by a
    line written before the leap, that they were due already: else a clock set years ahead would make them due.
    """
    if made.approved_at is None:
        return False
    taken_up = (
        select(func.min(Appraisal.begun_at))
        .join(AppraisalLine, AppraisalLine.appraisal_uid == Appraisal.uid)
        .join(DestructionLine, DestructionLine.line_uid == AppraisalLine.uid)
        .where(DestructionLine.list_uid == made.uid)
    )
    found = clocks.leapt(unit.session, unit.now)
    if found is not None and found.before >= _due(unit, going):
        found = clocks.leapt(unit.session, unit.now, since=unit.session.scalar(taken_up) or made.approved_at)
    return [found.before, found.after] if found is not None else False


def _due(unit: Unit, going: Iterable[DestructionLine]) -> dt.datetime:
    """The first instant at which every one of these lines is due."""
    last = max((line.review_due for line in going if line.review_due is not None), default=dt.date.min)
    if last == dt.date.min:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    return dt.datetime.combine(last, dt.time(), unit.settings.zone)
