"""What may be handed on: to the owners' committee or the next company, and what stands against it (PMR-29, 条例 24).

This module changes nothing; the lists of transfer ask it when they are drafted, approved, packed and signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from archive.acts import Act
from archive.custody import wholes
from archive.errors import (
    ArchiveError,
    NotForTransfer,
    OnOtherList,
    TransferTooSoon,
    TransferUndated,
)
from archive.model import (
    Appraisal,
    AppraisalLine,
    DestructionLine,
    DestructionList,
    Holding,
    Item,
    Outing,
    RecordClass,
    TransferLine,
    TransferList,
    TriggerEvent,
    Volume,
)
from archive.policy import visible
from archive.settling import standing
from archive.statuses import (
    AppraisalState,
    Condition,
    DestructionState,
    DestructionStep,
    Happening,
    TransferState,
    Verdict,
)
from archive.unit import Unit
from archive.values import Disposition, Trigger, VolumeState
from archive.volumes import on_its_own
from retention.holding.holds import KINDS, held_among, not_held

#: The states of a record that the archive has accepted and still has.
KEPT = (VolumeState.HELD, VolumeState.SEALED, VolumeState.UNSEALED)
#: What the end of the service contract is recorded as.
SERVICE_ENDED = Happening.SERVICE_ENDED
#: A list of transfer in one of these states is still going on.
OPEN = (TransferState.DRAFT, TransferState.APPROVED, TransferState.PACKED)
_DESTROYING = (
    DestructionState.DRAFT,
    DestructionState.FROZEN,
    DestructionState.APPROVED,
    DestructionState.BEGUN,
)
_LISTED = (DestructionStep.LISTED, DestructionStep.DESTROYING)

Whole = Volume | Item


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is known of many records at once: normal dispositions, newest verdicts, ended services, other lists.

    Only those among *held* and *away* (a piece of it is out or lost) need be looked at one by one.
    """

    dispositions: Mapping[str, Disposition]
    verdicts: Mapping[str, Verdict]
    ended: frozenset[str]
    listed: Mapping[str, str]
    held: frozenset[str]
    away: frozenset[str]

    def over(self, record: Whole) -> bool:
        """True if the service that the record belongs to has ended."""
        return record.uid in self.ended or (record.dossier_uid or "") in self.ended


def grounds(unit: Unit, records: Sequence[Whole], *, but: str = "") -> Grounds:
    """The grounds of *records*; the transfer list with the uid *but* does not count as another list."""
    uids = [record.uid for record in records]
    dossiers = {record.dossier_uid for record in records if record.dossier_uid}
    classes = unit.session.execute(select(RecordClass.code, RecordClass.disposition))
    return Grounds(
        dispositions=dict(classes.all()),
        verdicts=_verdicts(unit, uids),
        ended=frozenset(_ended(unit, [*uids, *dossiers])),
        listed=_listed(unit, uids, but),
        held=held_among(unit, uids),
        away=frozenset(_away(unit, uids)),
    )


def _verdicts(unit: Unit, uids: Sequence[str]) -> dict[str, Verdict]:
    """What the newest closed appraisal said of each."""
    rows = (
        select(AppraisalLine.record_uid, AppraisalLine.verdict)
        .join(Appraisal, Appraisal.uid == AppraisalLine.appraisal_uid)
        .where(Appraisal.state == AppraisalState.CLOSED, AppraisalLine.decided_at.is_not(None))
        .where(AppraisalLine.removed_at.is_(None))
        .order_by(Appraisal.closed_at, AppraisalLine.decided_at)
    )
    return {
        uid: verdict
        for batch in wholes.batches(uids)
        for uid, verdict in unit.session.execute(rows.where(AppraisalLine.record_uid.in_(batch)))
        if verdict is not None
    }


def _ended(unit: Unit, uids: Sequence[str]) -> Iterable[str]:
    """Of these dossiers, volumes and items, those whose service has ended."""
    columns = (TriggerEvent.dossier_uid, TriggerEvent.volume_uid, TriggerEvent.item_uid)
    for batch in wholes.batches(uids):
        for column in columns:
            rows = select(column).where(column.in_(batch), TriggerEvent.kind == SERVICE_ENDED, standing())
            yield from (uid for uid in unit.session.scalars(rows) if uid)


def _away(unit: Unit, uids: Sequence[str]) -> Iterable[str]:
    """Of these records, those of which a piece is lent, being read or mended, or lost."""
    gone = Holding.condition == Condition.LOST
    rows = (
        select(Item.scope_uid)
        .join(Holding, Holding.item_uid == Item.uid)
        .outerjoin(Outing, and_(Outing.holding_uid == Holding.uid, Outing.returned_at.is_(None)))
        .where(or_(gone, Outing.uid.is_not(None)))
    )
    for batch in wholes.batches(uids):
        yield from unit.session.scalars(rows.where(Item.scope_uid.in_(batch)))


def _listed(unit: Unit, uids: Sequence[str], but: str) -> dict[str, str]:
    """The number of the open list of transfer or destruction that each stands on."""
    moving = (
        select(TransferLine.record_uid, TransferList.number)
        .join(TransferList, TransferList.uid == TransferLine.list_uid)
        .where(TransferList.state.in_(OPEN), TransferLine.pulled_at.is_(None), TransferList.uid != but)
    )
    going = (
        select(DestructionLine.record_uid, DestructionList.number)
        .join(DestructionList, DestructionList.uid == DestructionLine.list_uid)
        .where(DestructionList.state.in_(_DESTROYING), DestructionLine.step.in_(_LISTED))
    )
    found: dict[str, str] = {}
    for batch in wholes.batches(uids):
        found |= dict(unit.session.execute(moving.where(TransferLine.record_uid.in_(batch))).all())
        found |= dict(unit.session.execute(going.where(DestructionLine.record_uid.in_(batch))).all())
    return found


# --- the checks -----------------------------------------------------------------------------------


def _whole(unit: Unit, _: Grounds, record: Whole) -> None:
    on_its_own(unit, record, Act.TRANSFER_SIGN)
    wholes.after(record, Act.TRANSFER_SIGN)


def _free(_: Unit, known: Grounds, record: Whole) -> None:
    number = known.listed.get(record.uid)
    if number is not None:
        raise OnOtherList(code=record.reference_code, number=number)


def _meant(_: Unit, known: Grounds, record: Whole) -> None:
    disposition, verdict = known.dispositions[record.class_code], known.verdicts.get(record.uid)
    if verdict is Verdict.TRANSFER:
        return
    if disposition is not Disposition.TRANSFER or verdict is Verdict.DESTROY:
        raise NotForTransfer(code=record.reference_code, disposition=verdict or disposition)


def _dated(_: Unit, known: Grounds, record: Whole) -> None:
    if record.undated and record.trigger is Trigger.FORMED and not known.over(record):
        raise TransferUndated(code=record.reference_code)


def _due(unit: Unit, known: Grounds, record: Whole) -> None:
    due = record.review_due is not None and record.review_due <= unit.today
    if not (due or known.over(record) or known.verdicts.get(record.uid) is Verdict.TRANSFER):
        raise TransferTooSoon(code=record.reference_code, review_due=record.review_due)


def _not_held(unit: Unit, known: Grounds, record: Whole) -> None:
    if record.uid in known.held:
        not_held(unit, record)


def _on_shelf(unit: Unit, known: Grounds, record: Whole) -> None:
    if record.uid in known.away:
        wholes.on_shelf(unit, record)


#: What is asked of each record, in this order; the first that raises is the reason told.
CHECKS: tuple[tuple[str, Callable[[Unit, Grounds, Whole], None]], ...] = (
    ("8-1.1.2⑥", _whole),
    ("house", _free),
    ("条例 24", _meant),
    ("DA/T 22", _dated),
    ("PMR-29", _due),
    ("V18", _not_held),
    ("V11", _on_shelf),
)


def demand(unit: Unit, known: Grounds, record: Whole) -> None:
    """Raise why *record* may not be handed on: `InVolume`, `WrongState`, `OnOtherList`, `NotForTransfer`, …"""
    for _, check in CHECKS:
        check(unit, known, record)


def obstacles(unit: Unit, records: Sequence[Whole], *, but: str = "") -> dict[str, ArchiveError]:
    """Why those of *records* that may not be handed on may not, by uid (see `demand`)."""
    known, found = grounds(unit, records, but=but), dict[str, ArchiveError]()
    for record in records:
        try:
            demand(unit, known, record)
        except ArchiveError as why:
            found[record.uid] = why
    return found


# --- what comes into question ---------------------------------------------------------------------


def candidates(unit: Unit, class_code: str | None = None) -> list[Whole]:
    """What class and clock, or an appraisal, want handed on, and this person may see; by reference code.

    Holds, loans and other lists may still stand against it (see `obstacles`).
    """
    found: dict[str, Whole] = {}
    for kind in KINDS:
        mine = [
            kind.scope_uid == kind.uid,
            kind.state.in_(KEPT),
            visible(unit.actor, kind, Act.TRANSFER_DRAFT),
        ]
        if class_code:
            below = kind.class_code.startswith(f"{class_code}·", autoescape=True)
            mine.append((kind.class_code == class_code) | below)
        rows: Any = select(kind).where(*mine)
        found |= {one.uid: one for one in unit.session.scalars(rows.where(_by_class(unit, kind)))}
        found |= _judged(unit, unit.session.scalars(rows.where(_by_verdict(kind))))
    return sorted(found.values(), key=lambda record: record.reference_code)


def _judged(unit: Unit, records: Iterable[Whole]) -> dict[str, Whole]:
    """Those of *records* of which the newest appraisal says so, not only an earlier one."""
    once = {record.uid: record for record in records}
    newest = _verdicts(unit, sorted(once))
    return {uid: record for uid, record in once.items() if newest.get(uid) is Verdict.TRANSFER}


def _by_class(unit: Unit, kind: Any) -> ColumnElement[bool]:
    classes = select(RecordClass.code).where(RecordClass.disposition == Disposition.TRANSFER)
    ended = select(TriggerEvent.uid).where(TriggerEvent.kind == SERVICE_ENDED, standing())
    own = TriggerEvent.volume_uid == kind.uid if kind is Volume else TriggerEvent.item_uid == kind.uid
    over = exists(ended.where(own | (TriggerEvent.dossier_uid == kind.dossier_uid)))
    return and_(kind.class_code.in_(classes), or_(kind.review_due <= unit.today, over))


def _by_verdict(kind: Any) -> ColumnElement[bool]:
    """Some closed appraisal said to hand it on."""
    said = (
        select(AppraisalLine.record_uid)
        .join(Appraisal, Appraisal.uid == AppraisalLine.appraisal_uid)
        .where(Appraisal.state == AppraisalState.CLOSED, AppraisalLine.verdict == Verdict.TRANSFER)
    )
    return and_(kind.uid.in_(said))
