"""What must hold of the whole ledger after any act by anybody (V6-V17): one function, one list of violations."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable

from sqlalchemy import select

from archive.model import (
    Clearance,
    CopyOrder,
    Decision,
    Grant,
    Handover,
    HandoverLine,
    Incident,
    Item,
    Loan,
    Outing,
    Person,
    Post,
    Reading,
    Renewal,
    Repair,
    Request,
    RequestLine,
    Seal,
    SealLine,
    SealOpening,
    Stocktake,
    StocktakeLine,
    Volume,
)
from archive.statuses import (
    ClearanceState,
    Finding,
    ReadingState,
    RequestState,
    SealState,
    StocktakeState,
)
from archive.unit import Unit
from archive.values import CONFIDENTIAL, LoanState, Role, UseMode, VolumeState

#: States of a record that the archive has accepted.
ACCEPTED = {VolumeState.HELD, VolumeState.SEALED, VolumeState.UNSEALED}


def ledger_faults(unit: Unit) -> list[str]:
    """Every violation of V6-V12, V16, V17 and of the approvals in the ledger; an empty list is the only good answer."""
    return [
        *_volumes(unit),
        *_held(unit),
        *_outings(unit),
        *_loans(unit),
        *_readings(unit),
        *_decided(unit),
        *_seals(unit),
        *_stocktakes(unit),
        *_cleared(unit),
    ]


def _records(unit: Unit) -> dict[str, Volume | Item]:
    found: dict[str, Volume | Item] = {one.uid: one for one in unit.session.scalars(select(Volume))}
    return found | {one.uid: one for one in unit.session.scalars(select(Item))}


def _volumes(unit: Unit) -> Iterable[str]:
    """V6: internal and external papers, and outside units, are never in one volume; state and level go together."""
    records = _records(unit)
    for item in [one for one in records.values() if isinstance(one, Item) and one.volume_uid]:
        volume = records[item.volume_uid]
        if item.external != volume.external or item.state is not volume.state:
            yield f"V6 {item.reference_code} is not as its volume"


def _held(unit: Unit) -> Iterable[str]:
    """V7: nothing is held without a list that two different people signed."""
    rows = select(HandoverLine.record_uid, Handover).join(Handover, Handover.uid == HandoverLine.handover_uid)
    signed = dict(unit.session.execute(rows).all())
    for record in _records(unit).values():
        on_its_own = isinstance(record, Volume) or record.volume_uid is None
        if on_its_own and record.state in ACCEPTED:
            handover = signed.get(record.uid)
            if handover is None or handover.given_by == handover.accepted_by:
                yield f"V7 {record.reference_code} is held without a list"


def _subject(one: Loan | Reading) -> str:
    return str(one.volume_uid or one.item_uid)


def _outings(unit: Unit) -> Iterable[str]:
    """X1: a piece is in one hand at a time, and its history can be told in order."""
    begun = {loan.uid: loan.lent_at for loan in unit.session.scalars(select(Loan))}
    begun |= {reading.uid: reading.begun_at for reading in unit.session.scalars(select(Reading))}
    begun |= {repair.uid: repair.ordered_at for repair in unit.session.scalars(select(Repair))}
    times: dict[str, list[tuple[dt.datetime, dt.datetime | None]]] = defaultdict(list)
    for outing in unit.session.scalars(select(Outing)):
        why = outing.loan_uid or outing.reading_uid or outing.repair_uid
        times[outing.holding_uid].append((begun[str(why)], outing.returned_at))
    for uid, stays in times.items():
        if sum(back is None for _, back in stays) > 1:
            yield f"X1 {uid} is out twice"
        stays.sort(key=lambda stay: (stay[0], stay[1] is None))
        for (_, back), (left, _) in zip(stays, stays[1:], strict=False):
            if back is None or back > left:
                yield f"X1 {uid} left again before it was back"


def _loans(unit: Unit) -> Iterable[str]:
    """V8, V10, V11, V12: what may be lent, two signers, a due day, an incident where the count differs."""
    records, incidents = _records(unit), set(unit.session.scalars(select(Incident.loan_uid)))
    renewals = Counter(unit.session.scalars(select(Renewal.loan_uid)))
    for loan in unit.session.scalars(select(Loan)):
        record = records[_subject(loan)]
        if record.use_mode is UseMode.READ_ON_SITE:
            yield f"V8 {loan.number} lends what is only read"
        if record.custodians_closed:
            yield f"V10 {loan.number} lends a personnel file"
        if loan.lent_by == loan.borrower_uid or loan.received_by in {
            loan.returned_by or "",
            loan.borrower_uid,
        }:
            yield f"V11 {loan.number} has one signer"
        if loan.state is LoanState.RETURNED and not loan.intact and loan.uid not in incidents:
            yield f"V11 {loan.number} came back short without an incident"
        if loan.due_on < loan.lent_on or renewals[loan.uid] != loan.renewals:
            yield f"V12 {loan.number} has no sound due day"
        yield from _warranted(unit, loan, records)
        out = {one.returned_at is None for one in loan.outings}
        if out != {loan.state is LoanState.OUT}:
            yield f"V11 {loan.number} and its pieces disagree"


def _warranted(unit: Unit, loan: Loan, records: dict[str, Volume | Item]) -> Iterable[str]:
    """R35, R45: a loan rests on a grant by somebody else, used up; taking out on the general manager's."""
    grant = unit.session.get(Grant, loan.grant_uid) if loan.grant_uid else None
    record = records[_subject(loan)]
    if grant is None or grant.person_uid != loan.borrower_uid or grant.spent_at is None:
        yield f"R35 {loan.number} rests on nothing"
    elif grant.record_uid not in {record.uid, record.scope_uid} or grant.approved_by == loan.borrower_uid:
        yield f"R35 {loan.number} rests on another's approval"
    if loan.take_out and not _opened(unit, loan.borrower_uid, record, "loan.take-out"):
        yield f"V12 {loan.number} left the premises"


def _opened(unit: Unit, person: str, record: Volume | Item, act: str) -> bool:
    rows = select(Grant).where(
        Grant.person_uid == person, Grant.record_uid.in_([record.uid, record.scope_uid])
    )
    return any(
        act in grant.acts.split() and _by_gm(unit, grant.approved_by) for grant in unit.session.scalars(rows)
    )


def _by_gm(unit: Unit, uid: str) -> bool:
    rows = select(Post.uid).where(Post.person_uid == uid, Post.role == Role.GM)
    return unit.session.scalar(rows.limit(1)) is not None


def _readings(unit: Unit) -> Iterable[str]:
    """V9: confidential records are read and copied only under the general manager's approval of person and act."""
    records = _records(unit)
    for reading in unit.session.scalars(select(Reading)):
        record = records[_subject(reading)]
        if reading.person_uid == reading.begun_by:
            yield f"V11 {reading.number} has one signer"
        if (reading.state is ReadingState.OPEN) != any(one.returned_at is None for one in reading.outings):
            yield f"V11 {reading.number} and its pieces disagree"
        if record.level >= CONFIDENTIAL and not _approved_by_gm(unit, reading.line_uid, reading.grant_uid):
            yield f"V9 {reading.number} was read without approval"
    for copy in unit.session.scalars(select(CopyOrder)):
        if records[copy.record_uid].level >= CONFIDENTIAL and not _approved_by_gm(unit, copy.line_uid, None):
            yield f"V9 {copy.number} was copied without approval"


def _approved_by_gm(unit: Unit, line_uid: str | None, grant_uid: str | None) -> bool:
    by = list(unit.session.scalars(select(Decision.decided_by).where(Decision.line_uid == line_uid)))
    grant = unit.session.get(Grant, grant_uid) if grant_uid else None
    return any(_by_gm(unit, uid) for uid in [*by, *([grant.approved_by] if grant else [])])


def _decided(unit: Unit) -> Iterable[str]:
    """Segregation (§9): who asks never decides, no two steps by one person, what was approved went its whole road."""
    decisions: dict[str, list[Decision]] = defaultdict(list)
    for one in unit.session.scalars(select(Decision)):
        decisions[one.line_uid].append(one)
    requests = {one.uid: one for one in unit.session.scalars(select(Request))}
    for line in unit.session.scalars(select(RequestLine)):
        request, made = requests[line.request_uid], decisions[line.uid]
        deciders = [one.decided_by for one in made]
        if len(set(deciders)) != len(deciders) or set(deciders) & {request.asked_by, request.person_uid}:
            yield f"R35 {request.number}/{line.ordinal} was decided by who may not"
        through = {RequestState.APPROVED, RequestState.FULFILLED}
        if line.state in through and len(made) != len(line.steps.split()):
            yield f"R35 {request.number}/{line.ordinal} skipped a step"


def _seals(unit: Unit) -> Iterable[str]:
    """V17: what is sealed lies under a whole seal; an opened one was approved, and by somebody else."""
    lines: dict[str, list[Seal]] = defaultdict(list)
    for line, seal in unit.session.execute(select(SealLine, Seal).join(Seal, Seal.uid == SealLine.seal_uid)):
        lines[line.record_uid].append(seal)
    for record in _records(unit).values():
        if isinstance(record, Item) and record.volume_uid:
            continue
        whole = [seal for seal in lines[record.uid] if seal.state is SealState.SEALED]
        if len(whole) != (record.state is VolumeState.SEALED):
            yield f"V17 {record.reference_code} is {record.state} under {len(whole)} whole seals"
    for opening in unit.session.scalars(select(SealOpening)):
        by = set(
            unit.session.scalars(select(Decision.decided_by).where(Decision.line_uid == opening.line_uid))
        )
        if not by or by & {opening.opened_by, opening.witness_uid}:
            yield f"V17 {opening.seal_uid} was opened without approval"


def _stocktakes(unit: Unit) -> Iterable[str]:
    """V16: a closed count names a finding for every line, and every difference is settled."""
    for run in unit.session.scalars(select(Stocktake).where(Stocktake.state == StocktakeState.CLOSED)):
        rows = select(StocktakeLine).where(StocktakeLine.stocktake_uid == run.uid)
        for line in unit.session.scalars(rows):
            fine = line.finding in {Finding.PRESENT, Finding.AWAY} or line.settled_at is not None
            if line.finding is None or not fine:
                yield f"V16 {run.number} was closed with {line.code} open"


def _cleared(unit: Unit) -> Iterable[str]:
    """V13: who has a certificate had nothing out when it was given; certificates are numbered without gap."""
    certified = list(
        unit.session.scalars(select(Clearance).where(Clearance.state == ClearanceState.CERTIFIED))
    )
    numbers = sorted(str(one.certificate) for one in certified)
    if [int(number[-4:]) for number in numbers] != list(range(1, len(numbers) + 1)):
        yield f"V13 certificates are not numbered in a row: {numbers}"
    for one in certified:
        person = unit.session.get_one(Person, one.person_uid)
        loans = select(Loan).where(Loan.borrower_uid == person.uid, Loan.lent_at <= one.certified_at)
        for loan in unit.session.scalars(loans):
            if loan.returned_at is None or loan.returned_at > one.certified_at:
                yield f"V13 {person.account} was cleared with {loan.number} out"
