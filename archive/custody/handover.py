"""移交: a record becomes held, or changes its keeper, only by a list that two people sign (R11, V7, R28)."""

from __future__ import annotations

from collections.abc import Sequence

from archive import quorum
from archive.acts import Act
from archive.custody import drafts, wholes
from archive.errors import (
    BadValue,
    CountDiffers,
    NotEmployed,
    NothingAccepted,
    SameSigner,
    Unchecked,
    WrongSide,
)
from archive.lives import HANDOVER
from archive.model import Handover, HandoverDraft, HandoverDraftLine, HandoverLine, Item, Person, Volume
from archive.statuses import HandoverKind, LineOutcome
from archive.unit import Unit
from archive.values import Employment
from archive.volumes import next_number, on_its_own


def accept(unit: Unit, codes: Sequence[str], *, given_by: str, count: int | None = None) -> Handover:
    """Accept closed volumes (or items kept on their own) from *given_by* in one step; all lines or none.

    The actor is the accepting signer; *count* is how many records both counted.
    Raises `SameSigner`, `CountDiffers`, `WrongState`, `InVolume`, `OnDraft`, `NotFound`, `BadValue`.
    """
    giver = unit.person(given_by)
    if not codes:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    records = [unit.record(code) for code in codes]
    for record in records:
        unit.act(Act.HANDOVER_SIGN, record, given_by=giver.account)
    _distinct(unit, giver)
    if count is not None and count != len(records):
        raise CountDiffers(counted=count, booked=len(records))
    drafts.on_none(unit, records)
    handover = _handover(unit, given_by=giver.uid, accepted_by=unit.actor.uid)
    for record in records:
        on_its_own(unit, record, Act.HANDOVER_SIGN)
        _enter(unit, handover, record, HandoverKind.INTO)
    return handover


def sign(
    unit: Unit, number: str, *, other: str, witness: str | None = None, count: int | None = None
) -> Handover:
    """Sign a checked list: accepted lines are handed over, refused ones stay with the giver (F9, R11, V7).

    The actor signs for the archive, *other* for the department: as giver, or as taker of what goes back.
    *witness* (监交人) is a third person; *count* is how many accepted records both counted.
    Raises `WrongState`, `Unchecked`, `NothingAccepted`, `CountDiffers`, `SameSigner`, `WrongSide`, `NotOnShelf`.
    """
    draft = drafts.found(unit, number)
    lines = drafts.lines(unit, draft)
    signer = unit.person(other)
    watching = unit.person(witness) if witness else None
    for record in lines.values():
        unit.act(Act.HANDOVER_SIGN, record, draft=draft.number, other=signer.account)
    draft.state = HANDOVER.after(draft.state, Act.HANDOVER_SIGN)
    _distinct(unit, signer, watching)
    _for_department(draft, signer)
    accepted = _accepted(draft, lines, count)
    ours, theirs = unit.actor.uid, signer.uid
    out = draft.kind is HandoverKind.OUT
    handover = _handover(
        unit, given_by=ours if out else theirs, accepted_by=theirs if out else ours, draft_uid=draft.uid,
        kind=draft.kind, witness=watching.uid if watching else None,
    )  # fmt: skip
    for line, record in accepted.items():
        if wholes.size(record) != (line.items, line.pages):
            raise CountDiffers(
                counted=f"{line.items} / {line.pages}", booked="{} / {}".format(*wholes.size(record))
            )
        _enter(unit, handover, record, draft.kind)
    draft.handover_uid = handover.uid
    unit.session.flush()
    return handover


def _accepted(
    draft: HandoverDraft, lines: dict[HandoverDraftLine, Volume | Item], count: int | None
) -> dict[HandoverDraftLine, Volume | Item]:
    waiting = [line for line in lines if line.outcome is LineOutcome.PENDING]
    if waiting:
        raise Unchecked(number=draft.number, count=len(waiting))
    accepted = {line: record for line, record in lines.items() if line.outcome is LineOutcome.ACCEPTED}
    if not accepted:
        raise NothingAccepted(number=draft.number)
    if count is not None and count != len(accepted):
        raise CountDiffers(counted=count, booked=len(accepted))
    return accepted


def _distinct(unit: Unit, *others: Person | None) -> None:
    """Every signer is another person, still employed; raises `SameSigner`, `NotEmployed`, `MissingPeople`."""
    quorum.demand(unit, Act.HANDOVER_SIGN)
    people = [person for person in others if person is not None]
    if len({unit.actor.uid, *(person.uid for person in people)}) <= len(people):
        raise SameSigner(act=Act.HANDOVER_SIGN)
    for person in people:
        if person.employment is not Employment.ACTIVE:
            raise NotEmployed(account=person.account)


def _for_department(draft: HandoverDraft, signer: Person) -> None:
    side = draft.to_department if draft.kind is HandoverKind.OUT else draft.from_department
    if signer.department != side and signer.uid != draft.drafted_by:
        raise WrongSide(account=signer.account, department=side)


def _handover(unit: Unit, **columns: object) -> Handover:
    prefix = f"YJ{unit.today.year}-"
    handover = Handover(number=f"{prefix}{next_number(unit, prefix):04d}", signed_at=unit.now, **columns)
    unit.session.add(handover)
    unit.session.flush()
    return handover


def _enter(unit: Unit, handover: Handover, record: Volume | Item, kind: HandoverKind) -> None:
    """Put one record on the signed list, and let it be kept where the list says."""
    if kind is HandoverKind.INTO:
        wholes.step(unit, record, Act.HANDOVER_SIGN, held_on=unit.today)
    else:
        wholes.on_shelf(unit, record)
        wholes.step(unit, record, Act.HANDOVER_DRAFT, centralised=kind is HandoverKind.CENTRAL)
    items, pages = wholes.size(record)
    unit.session.add(HandoverLine(handover_uid=handover.uid, record_uid=record.uid, items=items, pages=pages))
