"""What somebody has in hand of the archive's: loans, readings, losses not closed, lists not signed (R41, V13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import select

from archive.acts import Act
from archive.circulation.incidents import SETTLED
from archive.custody.pieces import record_of
from archive.errors import NotClear, NotCleared
from archive.model import Clearance, HandoverDraft, Incident, Loan, Person, Reading
from archive.statuses import ClearanceState, HandoverState, ReadingState
from archive.unit import Unit
from archive.values import LoanState, Worded
from archive.words import Language, say


class PointKind(Worded):
    """What can be open when somebody leaves."""

    LOAN = "LOAN"
    READING = "READING"
    INCIDENT = "INCIDENT"
    SERIES = "SERIES"
    HANDOVER = "HANDOVER"
    ENTRY = "ENTRY"
    REQUEST = "REQUEST"
    WAITING = "WAITING"
    GRANT = "GRANT"
    DEPUTY = "DEPUTY"


#: What must be settled first; the rest only ends with the certificate, or goes on without him (V13).
BLOCKING = frozenset(
    {
        PointKind.LOAN,
        PointKind.READING,
        PointKind.INCIDENT,
        PointKind.SERIES,
        PointKind.HANDOVER,
        PointKind.ENTRY,
    }
)


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """One thing that is still open; *code* only if its record may be seen, *content* only if words may be read."""

    kind: PointKind
    slip_number: str = ""
    code: str = ""
    content: str = ""
    due_on: dt.date | None = None
    count: int = 1

    @property
    def blocks(self) -> bool:
        """True if there is no clean certificate while this is open."""
        return self.kind in BLOCKING

    def told(self, language: Language) -> str:
        """As it is read aloud in a refusal."""
        said = " ".join(one for one in (self.slip_number, self.code) if one)
        return f"{say(self.kind.word, language)} {said or self.count}"


def in_hand(unit: Unit, person: Person) -> list[OpenPoint]:
    """What he must give back or see through, whoever asks; the caller has judged."""
    return [point for look in LOOKS for point in look(unit, person)]


def demand(unit: Unit, person: Person) -> None:
    """Raise `NotCleared` unless this person has a clean certificate, `NotClear` if he took something since (V13)."""
    wanted = select(Clearance).where(
        Clearance.person_uid == person.uid, Clearance.state == ClearanceState.CERTIFIED
    )
    newest = unit.session.scalars(wanted.order_by(Clearance.certified_at.desc()).limit(1)).first()
    if newest is None:
        raise NotCleared(account=person.account)
    found = in_hand(unit, person)
    if found:
        raise NotClear(number=newest.number, points=found)


def code_of(unit: Unit, record_uid: str | None) -> str:
    """The reference code of a record, if it may be seen; else empty."""
    record = record_of(unit, record_uid) if record_uid else None
    return record.reference_code if record is not None and unit.may(Act.RECORD_SEE, record) else ""


def _loans(unit: Unit, person: Person) -> Iterator[OpenPoint]:
    wanted = select(Loan).where(Loan.borrower_uid == person.uid, Loan.state == LoanState.OUT)
    for loan in unit.session.scalars(wanted.order_by(Loan.due_on, Loan.number)):
        code = code_of(unit, loan.volume_uid or loan.item_uid)
        yield OpenPoint(PointKind.LOAN, loan.number, code, due_on=loan.due_on)


def _readings(unit: Unit, person: Person) -> Iterator[OpenPoint]:
    wanted = select(Reading).where(Reading.person_uid == person.uid, Reading.state == ReadingState.OPEN)
    for reading in unit.session.scalars(wanted.order_by(Reading.number)):
        yield OpenPoint(
            PointKind.READING, reading.number, code_of(unit, reading.volume_uid or reading.item_uid)
        )


def _incidents(unit: Unit, person: Person) -> Iterator[OpenPoint]:
    """What was lost or damaged in his hands and is not closed yet (R40)."""
    lent = select(Loan.uid).where(Loan.borrower_uid == person.uid)
    read = select(Reading.uid).where(Reading.person_uid == person.uid)
    his = Incident.loan_uid.in_(lent) | Incident.reading_uid.in_(read)
    wanted = select(Incident).where(his, Incident.state.not_in(sorted(SETTLED)))
    for incident in unit.session.scalars(wanted.order_by(Incident.number)):
        yield OpenPoint(PointKind.INCIDENT, incident.number, code_of(unit, incident.record_uid))


def _drafts(unit: Unit, person: Person) -> Iterator[OpenPoint]:
    mine = select(HandoverDraft).where(
        HandoverDraft.drafted_by == person.uid, HandoverDraft.state == HandoverState.DRAFT
    )
    for draft in unit.session.scalars(mine.order_by(HandoverDraft.number)):
        yield OpenPoint(PointKind.HANDOVER, draft.number)


LOOKS: tuple[Callable[[Unit, Person], Iterator[OpenPoint]], ...] = (_loans, _readings, _incidents, _drafts)
