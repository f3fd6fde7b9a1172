"""The facts the gate judges: how a destruction list and each record on it stand, gathered in one transaction.

This module does not know what is right or wrong; `retention.destroying.gate` does.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive.acts import Act
from archive.custody.wholes import batches, by_uid
from archive.errors import WrongState
from archive.lives import ITEM, VOLUME
from archive.model import (
    Appraisal,
    AppraisalLine,
    DestructionLine,
    DestructionList,
    DestructionSignature,
    Holding,
    Item,
    Outing,
    Person,
    TransferLine,
    TransferList,
    Volume,
)
from archive.statuses import (
    AppraisalState,
    DestructionState,
    DestructionStep,
    Method,
    SignedAs,
    TransferState,
    Verdict,
)
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Employment, Level, Role, Trigger, VolumeState
from retention import bagged
from retention.destroying import logged
from retention.destroying.freezing import Content, contents, digest, frozen, method_fits, same
from retention.holding.holds import held_among

#: A verdict that lets a record go: of a volume something was taken out of, the rest goes.
LETS_GO = frozenset({Verdict.DESTROY, Verdict.TAKE_OUT})
#: Lists that came to nothing bind no record.
DEAD = (DestructionState.REFUSED, DestructionState.WITHDRAWN)
SIGNATURE_KEY = "destruction-signature"


@dataclass(frozen=True, slots=True)
class Opinion:
    """The verdict that counts for a record: the newest of a closed appraisal, and the day it was given."""

    line_uid: str
    number: str
    verdict: Verdict
    given_on: dt.date


@dataclass(frozen=True, slots=True)
class Standing:
    """One record as it is now, beside its line where it has one."""

    code: str
    state: VolumeState
    today: dt.date
    review_due: dt.date | None
    alone: bool
    may_go: bool
    appraised: bool
    undated: bool
    held: bool
    out: bool
    same: bool
    method_fits: bool
    elsewhere: str = ""
    bag: str = ""
    method: Method = Method.SHRED


@dataclass(frozen=True)
class Sheet:
    """A list as a whole, and the people around it by uid; `hands` operate, `helpers` said what it holds.

    `unfit` and `uncleared` are of the supervisors who have not signed yet: who has signed may leave.
    """

    today: dt.date
    lines: int
    hash_holds: bool
    approved: bool
    begun: bool
    crewed: bool
    drafter: str
    approver: str | None
    earliest_on: dt.date | None
    supervisors: tuple[str, ...]
    hands: frozenset[str | None]
    countersigners: frozenset[str]
    legal_missing: str
    hr_missing: bool
    unfit: frozenset[str]
    uncleared: frozenset[str]
    unconfirmed: frozenset[str]
    leapt: object
    names: Mapping[str, str]
    helpers: frozenset[str] = frozenset()

    def accounts(self, uids: Iterable[str | None]) -> list[str]:
        """The accounts of these people, in order; empty for none."""
        return sorted({self.names.get(uid, uid) for uid in uids if uid is not None})


# --- records --------------------------------------------------------------------------------------


def standings(
    unit: Unit, uids: Sequence[str], act: Act, lines: Sequence[DestructionLine] = ()
) -> list[Standing]:
    """How these records stand before *act*, in the order given, beside their *lines* if they have some."""
    records = {record.uid: record for record in by_uid(unit, uids)}
    own = {line.record_uid: line for line in lines}
    but = next((line.list_uid for line in lines), "")
    facts = _Facts(
        now=contents(unit, list(records.values())),
        verdicts=verdicts(unit, uids),
        held=held_among(unit, uids),
        out=_out(unit, uids),
        elsewhere=listed(unit, uids, but=but),
        bags=bagged.split(unit, list(records.values())),
    )
    return [_standing(unit, records[uid], own.get(uid), act, facts) for uid in uids]


@dataclass(frozen=True, slots=True)
class _Facts:
    now: Mapping[str, Content]
    verdicts: Mapping[str, Opinion]
    held: frozenset[str]
    out: frozenset[str]
    elsewhere: Mapping[str, str]
    bags: Mapping[str, tuple[str, str]]


def _standing(
    unit: Unit, record: Volume | Item, line: DestructionLine | None, act: Act, facts: _Facts
) -> Standing:
    uid, content = record.uid, facts.now[record.uid]
    opinion = facts.verdicts.get(uid)
    return Standing(
        code=record.reference_code,
        state=record.state,
        today=unit.today,
        review_due=record.review_due,
        alone=record.scope_uid == uid,
        may_go=_may_go(record, act),
        appraised=_stands(opinion, line) and not _outdated(opinion, record, unit.today),
        undated=record.undated and record.trigger is Trigger.FORMED,
        held=uid in facts.held,
        out=uid in facts.out,
        same=line is None or same(line, content),
        method_fits=line is None or method_fits(content, line.method),
        elsewhere=facts.elsewhere.get(uid, ""),
        bag=facts.bags.get(str(record.place_uid), ("", ""))[0],
        method=line.method if line is not None else Method.SHRED,
    )


def _may_go(record: Volume | Item, act: Act) -> bool:
    """True if its life cycle leads on: through the whole destruction, or (once begun) through the rest of it."""
    step = Act.DESTRUCTION_EXECUTE if act is Act.DESTRUCTION_EXECUTE else Act.DESTRUCTION_BEGIN
    try:
        (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, step)
    except WrongState:
        return False
    return True


def _stands(opinion: Opinion | None, line: DestructionLine | None) -> bool:
    if opinion is None or opinion.verdict not in LETS_GO:
        return False
    return line is None or opinion.line_uid == line.line_uid


def _outdated(opinion: Opinion | None, record: Volume | Item, today: dt.date) -> bool:
    """True if it was given before the day from which the record is due as its clock stands now: it has run anew since."""
    due = record.review_due
    return opinion is not None and due is not None and opinion.given_on < due <= today


def verdicts(unit: Unit, uids: Collection[str]) -> dict[str, Opinion]:
    """The verdict that counts for each of these records: the newest of a closed appraisal (AR24)."""
    found: dict[str, Opinion] = {}
    for some in batches(uids):
        rows = (
            select(AppraisalLine, Appraisal.number)
            .join(Appraisal, Appraisal.uid == AppraisalLine.appraisal_uid)
            .where(Appraisal.state == AppraisalState.CLOSED, AppraisalLine.verdict.is_not(None))
            .where(AppraisalLine.record_uid.in_(some), AppraisalLine.removed_at.is_(None))
            .order_by(Appraisal.closed_at, AppraisalLine.decided_at, Appraisal.number)
        )
        for line, number in unit.session.execute(rows):
            assert line.verdict is not None
            assert line.decided_at is not None
            given_on = line.decided_at.astimezone(unit.settings.zone).date()
            found[line.record_uid] = Opinion(line.uid, number, line.verdict, given_on)
    return found


def listed(unit: Unit, uids: Collection[str], *, but: str = "") -> dict[str, str]:
    """The number of the list of destruction or transfer that each of these records stands on, of other lists than *but*."""
    found: dict[str, str] = {}
    for some in batches(uids):
        gone = (
            select(DestructionLine.record_uid, DestructionList.number)
            .join(DestructionList, DestructionList.uid == DestructionLine.list_uid)
            .where(DestructionLine.step != DestructionStep.PULLED, DestructionList.state.not_in(DEAD))
            .where(DestructionLine.record_uid.in_(some), DestructionList.uid != but)
        )
        sent = (
            select(TransferLine.record_uid, TransferList.number)
            .join(TransferList, TransferList.uid == TransferLine.list_uid)
            .where(TransferLine.pulled_at.is_(None), TransferList.state != TransferState.WITHDRAWN)
            .where(TransferLine.record_uid.in_(some))
        )
        for rows in (sent, gone):
            found.update((uid, number) for uid, number in unit.session.execute(rows))
    return found


def _out(unit: Unit, uids: Collection[str]) -> frozenset[str]:
    """Of these records, those of which a piece is lent, being read or mended."""
    found: set[str] = set()
    for some in batches(uids):
        rows = (
            select(Item.scope_uid)
            .join(Holding, Holding.item_uid == Item.uid)
            .join(Outing, Outing.holding_uid == Holding.uid)
            .where(Outing.returned_at.is_(None), Item.scope_uid.in_(some))
        )
        found.update(unit.session.scalars(rows.distinct()))
    return frozenset(found)


# --- the list and its people ----------------------------------------------------------------------


def sheet(
    unit: Unit, made: DestructionList, *, operator: str | None, supervisors: tuple[str, ...] | None,
    hands: Collection[str] = (),
) -> Sheet:  # fmt: skip
    """How *made* stands, with who would carry it out, or (no *supervisors* said) who was named when it was begun."""
    lines = all_lines(unit, made)
    going = [line for line in lines if line.step is DestructionStep.LISTED]
    signed = signatures(unit, made)
    if supervisors is None:
        supervisors = tuple(uid for uid in (made.supervisor_one, made.supervisor_two) if uid is not None)
    helpers = logged.choosers(unit, made)
    people = _people(
        unit, {*supervisors, *hands, *helpers, *_named(made), *(one.person_uid for one in signed)}
    )
    counter = _over(signed, SignedAs.COUNTERSIGNER, made.content_hash)
    waited = _unconfirmed(unit, supervisors, signed, lines)
    levels = [line.level for line in going]
    return Sheet(
        today=unit.today,
        lines=len(going),
        hash_holds=digest(frozen(lines)) == made.content_hash,
        approved=_approved(made, signed),
        begun=made.state is DestructionState.BEGUN,
        crewed=bool(supervisors) or made.state is DestructionState.BEGUN,
        drafter=made.drafted_by,
        approver=made.approved_by,
        earliest_on=made.earliest_on,
        supervisors=supervisors,
        hands=frozenset({operator, *hands} - {None}),
        countersigners=counter,
        legal_missing=_legal_missing(unit, counter, people),
        hr_missing=personnel(unit, going) and not _signed_by_hr(counter - {made.approved_by}, people),
        unfit=frozenset(uid for uid in waited if not _fit(people[uid])),
        uncleared=frozenset(uid for uid in waited if not _cleared(people[uid], levels)),
        unconfirmed=waited,
        leapt=logged.leapt(unit, made, going),
        names={uid: person.account for uid, person in people.items()},
        helpers=helpers,
    )


def all_lines(unit: Unit, made: DestructionList) -> list[DestructionLine]:
    """Every line of a list, pulled ones among them, in order."""
    rows = select(DestructionLine).where(DestructionLine.list_uid == made.uid)
    return list(unit.session.scalars(rows.order_by(DestructionLine.nth, DestructionLine.code)))


def signatures(unit: Unit, made: DestructionList) -> list[DestructionSignature]:
    """Who signed a list, oldest first."""
    rows = select(DestructionSignature).where(DestructionSignature.list_uid == made.uid)
    return list(
        unit.session.scalars(rows.order_by(DestructionSignature.signed_at, DestructionSignature.person_uid))
    )


def place_of(signature: DestructionSignature) -> bytes:
    """Where the card of a signature is sealed to."""
    return f"{signature.list_uid}|{signature.signed_as}|{signature.person_uid}".encode()


def said(unit: Unit, signature: DestructionSignature) -> dict[str, Any]:
    """What a supervisor wrote beside his name: place, remark, and which lines had been pulled by then."""
    if not signature.card:
        return {}
    return dict(json.loads(unit.keys.open_with(SIGNATURE_KEY, place_of(signature), signature.card)))


def covered(lines: Sequence[DestructionLine], pulled: Collection[int]) -> list[DestructionLine]:
    """The lines a supervisor signed for: those frozen, without what had been pulled by then."""
    return [line for line in frozen(lines) if line.nth not in pulled]


def _named(made: DestructionList) -> set[str]:
    named = {made.drafted_by, made.approved_by, made.operator_uid, made.supervisor_one, made.supervisor_two}
    return {uid for uid in named if uid is not None}


def _people(unit: Unit, uids: Collection[str]) -> dict[str, Person]:
    return {one.uid: one for one in unit.session.scalars(select(Person).where(Person.uid.in_(sorted(uids))))}


def _over(signed: Sequence[DestructionSignature], as_what: SignedAs, content: str) -> frozenset[str]:
    """Who signed as *as_what* over *content*."""
    return frozenset(
        one.person_uid for one in signed if one.signed_as is as_what and one.content_hash == content
    )


def _approved(made: DestructionList, signed: Sequence[DestructionSignature]) -> bool:
    """True if the general manager approved this very content."""
    right = made.state in {DestructionState.APPROVED, DestructionState.BEGUN}
    return right and made.approved_by in _over(signed, SignedAs.APPROVER, made.content_hash)


def _legal_missing(unit: Unit, counter: frozenset[str], people: Mapping[str, Person]) -> str:
    """The account that must countersign and has not; empty where none must (DAT42-7.7)."""
    wanted = unit.settings.legal_representative
    return "" if wanted in {people[uid].account for uid in counter} else wanted


def _signed_by_hr(counter: frozenset[str], people: Mapping[str, Person]) -> bool:
    return any(Role.HR in people[uid].roles for uid in counter)


def personnel(unit: Unit, lines: Sequence[DestructionLine]) -> bool:
    """True if one of the records is closed even to its custodians (domain §9)."""
    for some in batches([line.record_uid for line in lines]):
        for kind in (Volume, Item):
            rows = select(kind.uid).where(kind.uid.in_(some), kind.custodians_closed)
            if unit.session.scalar(rows.limit(1)) is not None:
                return True
    return False


def _fit(person: Person) -> bool:
    """Employed, and not waiting for the security administrator after a reset (decision 4)."""
    return person.employment is Employment.ACTIVE and person.confirmed


def _cleared(person: Person, levels: Sequence[Level]) -> bool:
    highest = max(levels, default=Level.PUBLIC)
    return highest < CONFIDENTIAL or person.clearance >= highest


def _unconfirmed(
    unit: Unit, supervisors: Collection[str], signed: Sequence[DestructionSignature],
    lines: Sequence[DestructionLine],
) -> frozenset[str]:  # fmt: skip
    """The supervisors who have not signed for the lines that are still to go."""
    done = {
        one.person_uid
        for one in signed
        if one.signed_as is SignedAs.SUPERVISOR
        and one.content_hash == digest(covered(lines, said(unit, one).get("pulled", ())))
    }
    return frozenset(supervisors) - done
