"""个人信息的最长保管期限: personal records that are past it and still here, and what keeps them (个保法 19, 47).

The ceiling of a record is the end of its class's own period, whatever period it bears now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from archive.acts import Act
from archive.errors import BadValue
from archive.model import (
    Appraisal,
    AppraisalLine,
    DestructionLine,
    DestructionList,
    Item,
    RecordClass,
    TransferLine,
    TransferList,
    Volume,
)
from archive.policy import visible
from archive.statuses import AppraisalState, DestructionState, DestructionStep, TransferState
from archive.unit import Unit
from archive.values import Period, Trigger, Worded
from retention.clock import run, year_end
from retention.holding import holds
from retention.holding.hold_book import GONE
from retention.holding.holds import BATCH, KINDS


class StillHere(Worded):
    """Why a record past its ceiling has not gone: the first that applies."""

    HELD = "HELD"
    LISTED = "LISTED"
    TRANSFER = "TRANSFER"
    APPRAISED = "APPRAISED"
    DECIDED = "DECIDED"
    PROLONGED = "PROLONGED"
    WAITING = "WAITING"


@dataclass(frozen=True, slots=True)
class CeilingLine:
    """A personal record past its ceiling: since when, and what keeps it, by number."""

    code: str
    title: str
    class_code: str
    department: str
    period: str
    ceiling_on: dt.date
    late_days: int
    why: StillHere
    by: list[str]


#: Lists that are over, one way or the other.
_CLOSED = (DestructionState.REFUSED, DestructionState.WITHDRAWN, DestructionState.FINAL)
_LISTED = (DestructionStep.LISTED, DestructionStep.DESTROYING)
_ENDED = (TransferState.SIGNED, TransferState.WITHDRAWN)

Reasons = dict[str, tuple[StillHere, list[str]]]


def past(unit: Unit, *, personal: bool = False) -> list[CeilingLine]:
    """What of the classes under a ceiling is past it and still here, longest past first; as far as one may see.

    *personal* takes in every class with personal data, each by its own period.
    """
    unit.look(Act.SUBJECT_SEE)
    rules = {rule.code: rule for rule in _classes(unit, personal=personal)}
    late = [
        (record, day)
        for record in _candidates(unit, rules)
        if (day := ceiling(record, rules[record.class_code])) is not None and day <= unit.today
    ]
    records = [record for record, _ in late]
    unit.listed(Act.SUBJECT_SEE, records)
    why = _reasons(unit, records)
    lines = [
        CeilingLine(
            record.reference_code, card.title, record.class_code, record.department, record.period, day,
            (unit.today - day).days, *why.get(record.uid, _by_itself(record)),
        )
        for (record, day), card in zip(late, unit.cards(records), strict=True)
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (line.ceiling_on, line.code))


def ceiling(record: Volume | Item, rule: RecordClass) -> dt.date | None:
    """The first day the record is past its class's own period; None while that has not started, or never ends."""
    undated = record.undated and record.trigger is Trigger.FORMED
    try:
        course = run(
            Period.parse(rule.period), record.trigger, None if undated else record.trigger_date,
            undated_filed=year_end(record.archive_year),
        )  # fmt: skip
    except BadValue:  # beyond the year 9999
        return None
    return course.review_due


def _classes(unit: Unit, *, personal: bool) -> Iterable[RecordClass]:
    wanted = RecordClass.ceiling | RecordClass.personal if personal else RecordClass.ceiling
    return unit.session.scalars(select(RecordClass).where(RecordClass.usable, wanted))


def _candidates(unit: Unit, rules: Iterable[str]) -> list[Volume | Item]:
    """Records whose period has run out, or was set apart from their class's."""
    found: list[Volume | Item] = []
    for kind in KINDS:
        over = (kind.review_due <= unit.today) | kind.own_period.is_not(None) | kind.kept_from.is_not(None)
        rows = select(kind).where(kind.scope_uid == kind.uid, kind.state.not_in(GONE), over)
        found += unit.session.scalars(rows.where(kind.class_code.in_(list(rules)), visible(unit.actor, kind)))
    return found


# --- what keeps it --------------------------------------------------------------------------------


def _by_itself(record: Volume | Item) -> tuple[StillHere, list[str]]:
    due = record.own_period is None and record.kept_from is None
    return (StillHere.WAITING if due else StillHere.PROLONGED), []


def _reasons(unit: Unit, records: list[Volume | Item]) -> Reasons:
    """What keeps each of them, by uid: what is written last weighs most."""
    found: Reasons = {}
    for start in range(0, len(records), BATCH):
        some = records[start : start + BATCH]
        uids = [record.uid for record in some]
        found |= _appraised(unit, uids) | _transferring(unit, uids) | _listed(unit, uids)
        held = holds.held_among(unit, uids)
        for record in some:
            if record.uid in held:
                found[record.uid] = StillHere.HELD, [one.number for one in holds.held_by(unit, record)]
    return found


def _appraised(unit: Unit, uids: list[str]) -> Reasons:
    """On the worklist of an open appraisal, or decided on by one that is closed."""
    rows = (
        select(AppraisalLine.record_uid, Appraisal.number, Appraisal.state)
        .join(Appraisal, Appraisal.uid == AppraisalLine.appraisal_uid)
        .where(AppraisalLine.record_uid.in_(uids), AppraisalLine.removed_at.is_(None))
        .where(Appraisal.state != AppraisalState.CANCELLED)
        .order_by(Appraisal.begun_at)
    )
    words = {AppraisalState.OPEN: StillHere.APPRAISED, AppraisalState.CLOSED: StillHere.DECIDED}
    return {uid: (words[state], [number]) for uid, number, state in unit.session.execute(rows)}


def _transferring(unit: Unit, uids: list[str]) -> Reasons:
    rows = (
        select(TransferLine.record_uid, TransferList.number)
        .join(TransferList, TransferList.uid == TransferLine.list_uid)
        .where(TransferLine.record_uid.in_(uids), TransferLine.pulled_at.is_(None))
        .where(TransferList.state.not_in(_ENDED))
    )
    return {uid: (StillHere.TRANSFER, [number]) for uid, number in unit.session.execute(rows)}


def _listed(unit: Unit, uids: list[str]) -> Reasons:
    rows = (
        select(DestructionLine.record_uid, DestructionList.number)
        .join(DestructionList, DestructionList.uid == DestructionLine.list_uid)
        .where(DestructionLine.record_uid.in_(uids), DestructionLine.step.in_(_LISTED))
        .where(DestructionList.state.not_in(_CLOSED))
    )
    return {uid: (StillHere.LISTED, [number]) for uid, number in unit.session.execute(rows)}
