"""One loan with everything about it: its line of the register, who signed, what was said of it, what may be done now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.acts import Act
from archive.circulation import chasing, ledger, requests, signing
from archive.circulation.chasing import ChaseLine
from archive.circulation.ledger import LoanRow
from archive.circulation.signing import SignatureRow
from archive.errors import NotFound
from archive.lives import LOAN
from archive.unit import Unit

#: What is done to a loan that is out, offered on its page.
OFFERED = (Act.LOAN_RETURN, Act.LOAN_RENEW, Act.LOAN_RECALL, Act.CHASE_SEND)
#: The newest chases that are shown.
NEWEST = 50


@dataclass(frozen=True, slots=True)
class LoanPage:
    """A loan as its page shows it; *open* says that the reader may see its record too."""

    row: LoanRow
    signatures: Sequence[SignatureRow]
    chases: Sequence[ChaseLine]
    may: Sequence[Act]
    incident: str
    waiting: int
    mine: bool
    open: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """A loan just made or ended: its line, the incident its return opened, and how many wait for the record."""

    row: LoanRow
    incident: str
    waiting: int


def page(unit: Unit, number: str) -> LoanPage:
    """The loan with this number; raises `NotFound` alike if it is absent or hidden."""
    row = ledger.one(unit, number)
    loan = ledger.by_number(unit, row.number)
    assert loan is not None
    record, mine = ledger.record_of(unit, loan), loan.borrower_uid == unit.actor.uid
    seen = unit.may(Act.RECORD_SEE, record)
    offered = [act for act in LOAN.open_to(loan.state) if act in OFFERED and seen and unit.may(act, record)]
    if not mine and Act.LOAN_RETURN not in offered:  # the borrower renews, or who may take it back
        offered = [act for act in offered if act is not Act.LOAN_RENEW]
    after = followed(unit, row) if seen else Followed(row, "", 0)
    chases = chasing.rows(unit, code=row.number, limit=NEWEST)
    return LoanPage(
        row, signing.of_loan(unit, row.number), chases, offered, after.incident, after.waiting, mine, seen
    )


def followed_up(unit: Unit, numbers: Sequence[str]) -> list[Followed]:
    """The loans with these numbers and what came of them; those one may not see are left out."""
    found = []
    for number in numbers:
        try:
            found.append(followed(unit, ledger.one(unit, number)))
        except NotFound:
            continue
    return found


def followed(unit: Unit, row: LoanRow) -> Followed:
    """What came of a loan whose record may be seen."""
    loan = ledger.by_number(unit, row.number)
    assert loan is not None
    record = ledger.record_of(unit, loan)
    waits = len(requests.queue(unit, record)) if unit.may(Act.LOAN_LEND, record) else 0
    return Followed(row, ledger.incident_of(unit, loan), waits)
