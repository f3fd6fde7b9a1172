"""What must hold of everything that was appraised, held, transferred or destroyed (V18-V25): one list of violations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select

from archive.model import (
    Appraisal,
    AppraisalLine,
    DestructionLine,
    DestructionList,
    DestructionSignature,
    Dossier,
    Hold,
    Holding,
    HoldTarget,
    Item,
    Loan,
    Outing,
    PeriodMark,
    Volume,
)
from archive.statuses import (
    AppraisalState,
    DestructionState,
    DestructionStep,
    HoldScope,
    Method,
    SignedAs,
    Verdict,
)
from archive.unit import Unit
from archive.values import CONFIDENTIAL, VolumeState

GONE = {VolumeState.DESTROYED}
LEAVING = {VolumeState.DUE, VolumeState.DESTROYED, VolumeState.TRANSFERRED}
CARRIED_OUT = {DestructionState.BEGUN, DestructionState.DESTROYED, DestructionState.FINAL}

Records = dict[str, Volume | Item]


def disposition_faults(unit: Unit) -> list[str]:
    """Every violation of V18-V21, V24, T14 and of holds; an empty list is the only good answer."""
    records = _records(unit)
    return [
        *_listed(unit, records),
        *_lists(unit),
        *_keys(unit, records),
        *_held(unit, records),
        *_out(unit, records),
        *_prolonged(unit, records),
        *_registered(unit, records),
    ]


def _records(unit: Unit) -> Records:
    found: Records = {one.uid: one for one in unit.session.scalars(select(Volume))}
    return found | {one.uid: one for one in unit.session.scalars(select(Item))}


def _lines(unit: Unit) -> dict[str, tuple[DestructionLine, DestructionList]]:
    """The line that leads each record out, if one does."""
    rows = select(DestructionLine, DestructionList).join(
        DestructionList, DestructionList.uid == DestructionLine.list_uid
    )
    going = {DestructionStep.DESTROYING, DestructionStep.DESTROYED}
    return {line.record_uid: (line, made) for line, made in unit.session.execute(rows) if line.step in going}


def _listed(unit: Unit, records: Records) -> Iterable[str]:
    """V18: destroyed only by a line of an approved list, appraised, after expiry; V21: by the method its level wants."""
    lines = _lines(unit)
    for record in records.values():
        if record.scope_uid != record.uid:
            if record.state is not records[record.scope_uid].state:
                yield f"V18 {record.reference_code} is not as its volume"
            continue
        if record.state in GONE and record.uid not in lines:
            yield f"V18 {record.reference_code} was destroyed by no list"
    for uid, (line, made) in lines.items():
        if records[uid].state not in GONE:
            yield f"V18 {line.code} is said to be destroyed and is not"
        if made.state not in CARRIED_OUT or made.begun_at is None:
            yield f"V18 {line.code} stands on a list that was not carried out"
        elif line.review_due is None or line.review_due > made.begun_at.astimezone(unit.settings.zone).date():
            yield f"V18 {line.code} was destroyed before its time"
        yield from _appraised(unit, line)
        if (line.level >= CONFIDENTIAL or line.personal) and line.method not in {Method.SHRED, Method.ERASE}:
            yield f"V21 {line.code} was not shredded"


def _appraised(unit: Unit, line: DestructionLine) -> Iterable[str]:
    opinion = unit.session.get_one(AppraisalLine, line.line_uid)
    appraisal = unit.session.get_one(Appraisal, opinion.appraisal_uid)
    if opinion.record_uid != line.record_uid or opinion.verdict not in {Verdict.DESTROY, Verdict.TAKE_OUT}:
        yield f"V18 {line.code} was not appraised"
    if appraisal.state is not AppraisalState.CLOSED:
        yield f"V18 {line.code} rests on an open appraisal"


def _lists(unit: Unit) -> Iterable[str]:
    """V18: approver, operator and two supervisors are four people, and each signed."""
    signed: dict[str, dict[SignedAs, set[str]]] = {}
    for one in unit.session.scalars(select(DestructionSignature)):
        signed.setdefault(one.list_uid, {}).setdefault(one.signed_as, set()).add(one.person_uid)
    for made in unit.session.scalars(select(DestructionList)):
        if made.state not in CARRIED_OUT:
            continue
        people = {made.approved_by, made.operator_uid, made.supervisor_one, made.supervisor_two}
        if len(people) < 4 or None in people or made.approved_by == made.drafted_by:
            yield f"V18 {made.number} was not carried out by four people"
        mine = signed.get(made.uid, {})
        if made.approved_by not in mine.get(SignedAs.APPROVER, set()):
            yield f"V18 {made.number} bears no approval"
        begun = made.state is not DestructionState.BEGUN or _any_gone(unit, made)
        if begun and mine.get(SignedAs.SUPERVISOR, set()) != {made.supervisor_one, made.supervisor_two}:
            yield f"V18 {made.number} was not witnessed by its two supervisors"


def _any_gone(unit: Unit, made: DestructionList) -> bool:
    going = (DestructionStep.DESTROYING, DestructionStep.DESTROYED)
    rows = select(DestructionLine).where(
        DestructionLine.list_uid == made.uid, DestructionLine.step.in_(going)
    )
    return unit.session.scalars(rows.limit(1)).first() is not None


def _keys(unit: Unit, records: Records) -> Iterable[str]:
    """V19: what is destroyed has no key, what is being destroyed is said to be, everything else has its own."""
    on_the_way = {uid for uid, (line, _) in _lines(unit).items() if line.step is DestructionStep.DESTROYING}
    for record in records.values():
        has = unit.keys.has_key(record.uid)
        if record.state in GONE and has and record.scope_uid not in on_the_way:
            yield f"V19 {record.reference_code} still has its key"
        if record.state not in GONE and not has:
            yield f"V19 {record.reference_code} has lost its key"


def _held(unit: Unit, records: Records) -> Iterable[str]:
    """A hold always wins: nothing was destroyed between its placing and its release."""
    lines = _lines(unit)
    for hold in unit.session.scalars(select(Hold)):
        for target in unit.session.scalars(select(HoldTarget).where(HoldTarget.hold_uid == hold.uid)):
            for uid, (line, _) in lines.items():
                at = line.destroyed_at
                if at is None or not names(unit, target, records[uid], records):
                    continue
                if hold.placed_at < at and (hold.released_at is None or hold.released_at > at):
                    yield f"HOLD {line.code} was destroyed under {hold.number}"


def names(unit: Unit, target: HoldTarget, record: Volume | Item, records: Records) -> bool:
    """True if *target* names the record: said once more, by hand."""
    inside = [one for one in records.values() if isinstance(one, Item) and one.volume_uid == record.uid]
    dossier = unit.session.get(Dossier, record.dossier_uid) if record.dossier_uid else None
    if target.scope is HoldScope.RECORD:
        return target.target in {record.uid, record.scope_uid, *(one.uid for one in inside)}
    if target.scope is HoldScope.CLASS:
        return f"{record.class_code}·".startswith(f"{target.target}·")
    if target.scope is HoldScope.PARTY:
        parties = {
            record.party_uid,
            dossier.party_uid if dossier else None,
            *(one.party_uid for one in inside),
        }
        return target.target in parties
    own = [record.premises_uid] if isinstance(record, Item) else []
    premises = {*own, dossier.premises_uid if dossier else None, *(one.premises_uid for one in inside)}
    return target.target in premises


def _out(unit: Unit, records: Records) -> Iterable[str]:
    """X3: nothing that leaves, or has left, is off its shelf for somebody."""
    rows = select(Holding.item_uid).join(Outing, Outing.holding_uid == Holding.uid)
    for uid in unit.session.scalars(rows.where(Outing.returned_at.is_(None))):
        if records[uid].state in LEAVING:
            yield f"X3 {records[uid].reference_code} is out and going"
    for line, made in _lines(unit).values():
        yield from _lent_meanwhile(unit, line, made)


def _lent_meanwhile(unit: Unit, line: DestructionLine, made: DestructionList) -> Iterable[str]:
    """No loan of the record ran while it was being destroyed."""
    end = line.destroyed_at or dt.datetime.max.replace(tzinfo=dt.UTC)
    mine = (Loan.volume_uid == line.record_uid) | (Loan.item_uid == line.record_uid)
    for loan in unit.session.scalars(select(Loan).where(mine)):
        back = loan.returned_at or dt.datetime.max.replace(tzinfo=dt.UTC)
        if made.begun_at is not None and loan.lent_at < end and back > made.begun_at:
            yield f"X3 {line.code} was destroyed while {loan.number} ran"


def _prolonged(unit: Unit, records: Records) -> Iterable[str]:
    """T14, V24: a period set anew by appraisal never ends sooner, and the record says what its last mark says."""
    last: dict[str, PeriodMark] = {}
    for mark in unit.session.scalars(select(PeriodMark).order_by(PeriodMark.marked_at, PeriodMark.uid)):
        last[mark.record_uid] = mark
        before, after = mark.expires_before, mark.expires_after
        if mark.cause.value == "APPRAISAL" and after is not None and (before is None or after < before):
            yield f"T14 a mark of {records[mark.record_uid].reference_code} shortens"
    for uid, mark in last.items():
        if records[uid].period != mark.after:
            yield f"T14 {records[uid].reference_code} does not say its period"


def _registered(unit: Unit, records: Records) -> Iterable[str]:
    """V20: what was carried out has a register, permanent and kept in WS·DA; V19: its lines say when."""
    for made in unit.session.scalars(select(DestructionList)):
        if made.state not in {DestructionState.DESTROYED, DestructionState.FINAL}:
            continue
        register = records.get(made.register_uid or "")
        if register is None or register.class_code != "WS·DA" or register.period != "Y":
            yield f"V20 {made.number} has no permanent register"
        if made.live_on is None or not made.certificate:
            yield f"V19 {made.number} is not certified"
