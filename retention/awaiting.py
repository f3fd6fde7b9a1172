"""待办 of retention: lists, proposals, versions and worklists that wait for the actor's word.

Each is one small question of open things only, asked where the actor could give that word at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import bindparam, select

from archive.acts import Act
from archive.circulation.awaiting import Awaited, Look, day, grouped, name, seen
from archive.custody.pieces import record_of
from archive.model import (
    Adoption,
    Appraisal,
    AppraisalLine,
    AppraisalMember,
    AppraisalOpinion,
    DestructionList,
    SecrecyReview,
    TransferLine,
    TransferList,
)
from archive.statuses import (
    AppraisalState,
    DestructionState,
    ScheduleState,
    SignedAs,
    TransferState,
)
from archive.unit import Unit
from retention.destroying import signing
from retention.destroying.destruction import going, involved
from retention.destroying.logged import choosers
from retention.destroying.standing import signatures


def _destructions(unit: Unit) -> Iterator[Awaited]:
    """Lists to be approved or countersigned, and those one is a supervisor of (R53)."""
    open_ones = (DestructionState.FROZEN, DestructionState.APPROVED, DestructionState.BEGUN)
    wanted = select(DestructionList).where(DestructionList.state.in_(open_ones))
    for made in unit.session.scalars(wanted.order_by(DestructionList.number)):
        act = _answer(unit, made)
        if act is not None:
            uids = [line.record_uid for line in going(unit, made)]
            count = len(uids) if unit.actor.uid in involved(made) else seen(unit, uids)
            by, since = (
                name(unit, made.drafted_by),
                day(unit, made.begun_at or made.frozen_at or made.drafted_at),
            )
            yield Awaited(act, "destruction", made.number, by, since, count=count)


def _answer(unit: Unit, made: DestructionList) -> Act | None:
    """The act by which the actor answers a list; None if it does not wait for him."""
    me = unit.actor.uid
    if made.state is DestructionState.BEGUN:
        mine = me in {made.supervisor_one, made.supervisor_two} and not _signed(
            unit, made, SignedAs.SUPERVISOR
        )
        return Act.DESTRUCTION_CONFIRM if mine else None
    if made.state is DestructionState.FROZEN and unit.may(Act.DESTRUCTION_APPROVE):
        return None if me in choosers(unit, made) else Act.DESTRUCTION_APPROVE
    if not unit.may(Act.DESTRUCTION_COUNTERSIGN) or not signing.wanted(unit, made):
        return None
    return None if _signed(unit, made, SignedAs.COUNTERSIGNER) else Act.DESTRUCTION_COUNTERSIGN


def _signed(unit: Unit, made: DestructionList, as_what: SignedAs) -> bool:
    return any(
        one.signed_as is as_what and one.person_uid == unit.actor.uid for one in signatures(unit, made)
    )


def _transfers(unit: Unit) -> Iterator[Awaited]:
    """Lists of what is to leave the company, for the general manager to approve."""
    if not unit.may(Act.TRANSFER_APPROVE):
        return
    wanted = (
        select(TransferList, TransferLine.record_uid)
        .join(TransferLine, TransferLine.list_uid == TransferList.uid)
        .where(TransferList.state == TransferState.DRAFT, TransferList.drafted_by != unit.actor.uid)
        .where(TransferLine.pulled_at.is_(None))
        .order_by(TransferList.number)
    )
    for made, uids in grouped(unit.session.execute(wanted)):
        count = seen(unit, uids)
        if count:
            by, since = name(unit, made.drafted_by), day(unit, made.drafted_at)
            yield Awaited(Act.TRANSFER_APPROVE, "transfer", made.number, by, since, count=count)


def _secrecy(unit: Unit) -> Iterator[Awaited]:
    """What was proposed about the secrecy of records the actor may see (R48)."""
    if not unit.may(Act.SECRECY_DECIDE):
        return
    wanted = select(SecrecyReview).where(SecrecyReview.decided_at.is_(None))
    for one in unit.session.scalars(wanted.order_by(SecrecyReview.number)):
        record = record_of(unit, one.record_uid)
        if one.proposed_by != unit.actor.uid and unit.may(Act.SECRECY_DECIDE, record):
            by, since = name(unit, one.proposed_by), day(unit, one.proposed_at)
            yield Awaited(Act.SECRECY_DECIDE, "secrecy", one.number, by, since, record.reference_code)


def _schedules(unit: Unit) -> Iterator[Awaited]:
    """Versions of the schedule to be reviewed, and those reviewed to be adopted (AR10-11)."""
    steps = ((Act.SCHEDULE_REVIEW, ScheduleState.DRAFT), (Act.CLASS_ADOPT, ScheduleState.REVIEWED))
    for act, state in steps:
        if not unit.may(act):
            continue
        wanted = select(Adoption).where(Adoption.state == state)
        for one in unit.session.scalars(wanted.order_by(Adoption.version)):
            if unit.actor.uid not in {one.proposed_by, one.reviewed_by}:
                by, since = name(unit, one.proposed_by), day(unit, one.proposed_at)
                yield Awaited(act, "schedule", one.version, by, since)


_GIVEN = select(AppraisalOpinion.uid).where(
    AppraisalOpinion.line_uid == AppraisalLine.uid, AppraisalOpinion.seat == AppraisalMember.seat
)
#: Lines of open worklists that a member of the panel gave no opinion on; asked for every page, so written once.
_UNJUDGED = (
    select(Appraisal, AppraisalLine.record_uid)
    .join(AppraisalMember, AppraisalMember.appraisal_uid == Appraisal.uid)
    .join(AppraisalLine, AppraisalLine.appraisal_uid == Appraisal.uid)
    .where(
        Appraisal.state == AppraisalState.OPEN, AppraisalMember.person_uid == bindparam("me"),
        AppraisalMember.until.is_(None), AppraisalLine.decided_at.is_(None),
        AppraisalLine.removed_at.is_(None), ~_GIVEN.exists(),
    )
    .order_by(Appraisal.number)
)  # fmt: skip


def _appraisals(unit: Unit) -> Iterator[Awaited]:
    """Worklists on whose panel the actor sits, with the lines he may see and gave no opinion on yet."""
    for made, uids in grouped(unit.session.execute(_UNJUDGED, {"me": unit.actor.uid})):
        count = seen(unit, uids)
        if count:
            by, since = name(unit, made.begun_by), day(unit, made.begun_at)
            yield Awaited(Act.APPRAISAL_OPINE, "appraisal", made.number, by, since, count=count)


LOOKS: tuple[Look, ...] = (_destructions, _transfers, _secrecy, _schedules, _appraisals)
