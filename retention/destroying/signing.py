"""Signatures on a destruction list: the approval, countersignatures, who carries it out, and the two supervisors.

Everybody signs over the hash of what he signs for. Who approves, operates and supervises are four people (V18).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from archive import quorum
from archive.acts import Act
from archive.cards import plain
from archive.custody import wholes
from archive.errors import BadValue, NothingToDestroy, NotToSign, SelfApproval, SignedAlready
from archive.lives import DESTRUCTION
from archive.model import DestructionList, DestructionSignature
from archive.statuses import SignedAs
from archive.unit import Unit
from archive.values import Role
from retention.destroying import destruction, gate
from retention.destroying.destruction import answered_for, going, lead, one, reason_given
from retention.destroying.freezing import agree, digest, frozen, keep_descriptions
from retention.destroying.gate import Crew
from retention.destroying.logged import choosers
from retention.destroying.standing import SIGNATURE_KEY, covered, personnel, place_of, signatures

#: Years an approved list may be made to wait at most (6.2: one to three are usual).
LONGEST_WAIT = 10


# --- the approval ---------------------------------------------------------------------------------


def approve(
    unit: Unit, number: str, *, fingerprint: str, not_before: dt.date | None = None
) -> DestructionList:
    """Let a frozen list be carried out from *not_before* on (today if not said); the general manager's act (R53).

    *fingerprint* is quoted from the list he read. Raises `SelfApproval` for who drafted it, added to it or
    froze it, `FingerprintDiffers`, `GateClosed` for a list that has changed, `LinesUnseen`, `MissingPeople`, `WrongState`, `BadValue`.
    """
    made = one(unit, number)
    unit.act(Act.DESTRUCTION_APPROVE, made, content_hash=made.content_hash)
    line = unit.lines[-1]
    state = DESTRUCTION.after(made.state, Act.DESTRUCTION_APPROVE)
    if unit.actor.uid in choosers(unit, made):
        raise SelfApproval(act=Act.DESTRUCTION_APPROVE)
    quorum.demand(unit, Act.DESTRUCTION_APPROVE)
    agree(made, fingerprint, Act.DESTRUCTION_APPROVE)
    earliest = _earliest(unit, not_before)
    standing = answered_for(unit, made, Act.DESTRUCTION_APPROVE)
    gate.demand(unit, made, standing)
    _sign(unit, made, SignedAs.APPROVER, made.content_hash)
    made.approved_by, made.approved_at, made.earliest_on = unit.actor.uid, unit.now, earliest
    made.state = state
    line.facts = {**line.facts, "lines": len(standing), "earliest_on": earliest}
    unit.session.flush()
    return made


def _earliest(unit: Unit, not_before: dt.date | None) -> dt.date:
    day = not_before or unit.today
    if not unit.today <= day or day.year > unit.today.year + LONGEST_WAIT:
        latest = unit.today.year + LONGEST_WAIT
        raise BadValue(field="earliest_on", value=day, expected=f"{unit.today} – {latest}-12-31")
    return day


def refuse(unit: Unit, number: str, *, reason: str) -> DestructionList:
    """Say no to a frozen list; its records may be listed anew. Raises `WrongState`, `BadValue`."""
    made, why = one(unit, number), reason_given(reason)
    unit.act(Act.DESTRUCTION_REFUSE, made, private={"reason": why})
    made.state = DESTRUCTION.after(made.state, Act.DESTRUCTION_REFUSE)
    destruction.say_of(unit, made, refused=why)
    unit.session.flush()
    return made


def countersign(unit: Unit, number: str, *, fingerprint: str) -> DestructionList:
    """Sign beside the general manager: the legal representative where one is set, HR where personnel files go.

    Raises `NotToSign` for anybody else, `SelfApproval` for his own draft, `SignedAlready`, `FingerprintDiffers`,
    `GateClosed` for a list that has changed, `WrongState`.
    """
    made = one(unit, number)
    unit.act(Act.DESTRUCTION_COUNTERSIGN, made, content_hash=made.content_hash)
    made.state = DESTRUCTION.after(made.state, Act.DESTRUCTION_COUNTERSIGN)
    if unit.actor.uid in choosers(unit, made):
        raise SelfApproval(act=Act.DESTRUCTION_COUNTERSIGN)
    if not wanted(unit, made):
        raise NotToSign(
            act=Act.DESTRUCTION_COUNTERSIGN, number=made.number, account=unit.actor.account, clause="DAT42-7.7"
        )  # fmt: skip
    agree(made, fingerprint, Act.DESTRUCTION_COUNTERSIGN)
    found = gate.obstacles(unit, made, going(unit, made), stage=gate.Stage.APPROVE)
    if found:
        gate.refuse(unit, found, made.number, Act.DESTRUCTION_COUNTERSIGN)
    _sign(unit, made, SignedAs.COUNTERSIGNER, made.content_hash)
    return made


def wanted(unit: Unit, made: DestructionList) -> bool:
    """True if the list asks for the actor's countersignature (domain §9)."""
    if unit.actor.account == unit.settings.legal_representative:
        return True
    return unit.actor.has(Role.HR) and personnel(unit, going(unit, made))


# --- carrying it out ------------------------------------------------------------------------------


def begin(unit: Unit, number: str, *, supervisors: Sequence[str]) -> DestructionList:
    """Take the papers of an approved list off their shelves to be destroyed: the actor, before two *supervisors*.

    The whole gate is asked; then every record on the list is 待销毁, and cannot be lent, read or moved.
    Raises `GateClosed`, `LinesUnseen`, `MissingPeople`, `WrongState`, `NotFound` for an unknown account.
    """
    made = one(unit, number)
    unit.act(Act.DESTRUCTION_BEGIN, made, supervisors=list(supervisors), content_hash=made.content_hash)
    state = DESTRUCTION.after(made.state, Act.DESTRUCTION_BEGIN)
    quorum.demand(unit, Act.DESTRUCTION_BEGIN)
    crew = Crew(unit.actor.uid, tuple(unit.person(account).uid for account in supervisors))
    if len(crew.supervisors) != 2:
        raise BadValue(
            field="supervisors", value=list(supervisors) or "—", expected="--supervisor A --supervisor B"
        )
    standing = answered_for(unit, made, Act.DESTRUCTION_BEGIN)
    gate.demand(unit, made, standing, crew=crew)
    records = wholes.by_uid(unit, [line.record_uid for line in standing])
    lead(unit, records, Act.DESTRUCTION_BEGIN)
    keep_descriptions(unit, standing, records)
    made.operator_uid, made.begun_at = crew.operator, unit.now
    made.supervisor_one, made.supervisor_two = crew.supervisors
    made.state = state
    unit.session.flush()
    return made


def confirm(
    unit: Unit, number: str, *, place: str, at: dt.datetime | None = None, remark: str = "",
    fingerprint: str = "",
) -> DestructionSignature:  # fmt: skip
    """Sign as one of the two supervisors that the papers were destroyed before him, *at* that time (now if not said).

    He signs for the lines that are still to go: what is missing is pulled first. Raises `NotToSign`,
    `SignedAlready`, `BadValue` for a time before it began or to come, `NothingToDestroy`, `FingerprintDiffers`.
    """
    made = one(unit, number)
    unit.act(Act.DESTRUCTION_CONFIRM, made, private={"place": place, "remark": remark})
    line = unit.lines[-1]
    made.state = DESTRUCTION.after(made.state, Act.DESTRUCTION_CONFIRM)
    if unit.actor.uid not in {made.supervisor_one, made.supervisor_two}:
        raise NotToSign(
            act=Act.DESTRUCTION_CONFIRM, number=made.number, account=unit.actor.account, clause="V18"
        )
    if not place.strip():
        raise BadValue(field="destroyed_where", value=place, expected="…")
    if fingerprint:
        agree(made, fingerprint, Act.DESTRUCTION_CONFIRM)
    standing = going(unit, made)
    if not standing:
        raise NothingToDestroy(number=made.number)
    happened = _happened(unit, made, at)
    whole = destruction.lines(unit, made)
    numbers = {one.nth for one in standing}
    pulled = [one.nth for one in frozen(whole) if one.nth not in numbers]
    content = digest(covered(whole, pulled))
    line.facts = {"content_hash": content, "lines": len(standing), "happened_at": happened}
    told: dict[str, object] = {"place": place.strip(), "remark": remark.strip(), "pulled": pulled}
    return _sign(unit, made, SignedAs.SUPERVISOR, content, happened_at=happened, said=told)


def _happened(unit: Unit, made: DestructionList, at: dt.datetime | None) -> dt.datetime:
    """When the papers were destroyed, in the office's zone where none is said; raises `BadValue`."""
    moment = at or unit.now
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=unit.settings.zone)
    assert made.begun_at is not None
    floor = made.begun_at.replace(second=0, microsecond=0)  # what people write has no seconds
    if not floor <= moment <= unit.now:
        span = [f"{one.astimezone(unit.settings.zone):%Y-%m-%d %H:%M}" for one in (floor, unit.now)]
        raise BadValue(field="destroyed_at", value=moment, expected=" – ".join(span))
    return moment


def _sign(
    unit: Unit, made: DestructionList, as_what: SignedAs, content: str, *,
    happened_at: dt.datetime | None = None, said: dict[str, object] | None = None,
) -> DestructionSignature:  # fmt: skip
    """Write a signature, which nobody changes any more; raises `SignedAlready`."""
    mine = (as_what, unit.actor.uid)
    if any((one.signed_as, one.person_uid) == mine for one in signatures(unit, made)):
        raise SignedAlready(number=made.number, signed_as=as_what)
    signed = DestructionSignature(
        list_uid=made.uid, signed_as=as_what, person_uid=unit.actor.uid, content_hash=content,
        signed_at=unit.now, happened_at=happened_at,
    )  # fmt: skip
    signed.card = (
        unit.keys.seal_with(SIGNATURE_KEY, place_of(signed), plain(said)) if said is not None else b""
    )
    unit.session.add(signed)
    unit.session.flush()
    return signed
