"""续借、召回: a loan that lasts longer, and one that must come back sooner (R44, R47)."""

from __future__ import annotations

import datetime as dt

from archive.acts import Act
from archive.circulation import authority, calendar, ledger, notices
from archive.circulation.lending import meant, sealed
from archive.errors import (
    BadValue,
    LoanOverdue,
    LoanRecalled,
    NotAllowed,
    NotApprovable,
    NotEmployed,
    NotOnLoan,
    RenewalsSpent,
    SomebodyWaits,
)
from archive.lives import LOAN
from archive.model import Item, Loan, Person, Renewal, Volume
from archive.statuses import RequestKind
from archive.unit import Unit
from archive.values import Employment
from archive.words import say

#: Workdays somebody has to bring back what is recalled, if nothing else is said.
RECALL_DAYS = 3


def renew(unit: Unit, code: str, *, days: int | None = None, due_on: dt.date | None = None) -> Loan:
    """Let a loan run on from its due day: by the borrower himself, or by who may take it back.

    *days* are calendar days after the due day it has; the setting if nothing is said. Raises `RenewalsSpent`,
    `LoanRecalled`, `LoanOverdue`, `SomebodyWaits`, `NotEmployed`, `NotAllowed`, `NotOnLoan`, `DueUnfit`, `BadValue`,
    `NotApprovable` for what may no longer be lent.
    """
    loan, record = meant(unit, code)
    unit.act(Act.LOAN_RENEW, record)
    line = unit.lines[-1]
    if loan is None:
        raise NotOnLoan(code=record.reference_code)
    if loan.borrower_uid != unit.actor.uid and not unit.may(Act.LOAN_RETURN, record):
        raise NotAllowed(act=Act.LOAN_RENEW)
    _renewable(unit, loan, record)
    state, new = LOAN.after(loan.state, Act.LOAN_RENEW), _next_due(unit, loan, days, due_on)
    unit.session.add(
        Renewal(
            loan_uid=loan.uid, nth=loan.renewals + 1, from_day=loan.due_on, to_day=new,
            renewed_at=unit.now, renewed_by=unit.actor.uid,
        )
    )  # fmt: skip
    line.facts = {"number": loan.number, "before": loan.due_on, "due_on": new, "nth": loan.renewals + 1}
    loan.state, loan.due_on, loan.renewals = state, new, loan.renewals + 1
    unit.session.flush()
    return loan


def _renewable(unit: Unit, loan: Loan, record: Volume | Item) -> None:
    most, late = unit.settings.loan_renewals, (unit.today - loan.due_on).days
    borrower = unit.session.get_one(Person, loan.borrower_uid)
    if borrower.employment is not Employment.ACTIVE:
        raise NotEmployed(account=borrower.account)
    rule = authority.rule_for(unit, RequestKind.LOAN, record, borrower)
    if rule.refused:  # raised since it was lent: it comes back, and stays (R48)
        raise NotApprovable(kind=RequestKind.LOAN, code=record.reference_code, clause=rule.clause)
    if loan.recalled_at is not None:
        raise LoanRecalled(number=loan.number, due_on=loan.due_on)
    if late > 0:
        raise LoanOverdue(number=loan.number, due_on=loan.due_on, days=late)
    if loan.renewals >= most:
        raise RenewalsSpent(number=loan.number, most=most)
    if not loan.only_copy and any(one.uid != loan.borrower_uid for one in ledger.waiting(unit, record)):
        raise SomebodyWaits(code=record.reference_code, number=loan.number)


def _next_due(unit: Unit, loan: Loan, days: int | None, due_on: dt.date | None) -> dt.date:
    if due_on is not None:
        new = calendar.due_given(unit, due_on)
    else:
        days = unit.settings.loan_days if days is None else days
        new = calendar.due_given(unit, calendar.due_after(unit, days, start=loan.due_on))
    if new <= loan.due_on:
        raise BadValue(field="due_on", value=new, expected=f"> {loan.due_on}")
    return new


def recall(
    unit: Unit, code: str, *, reason: str, days: int = RECALL_DAYS, due_on: dt.date | None = None
) -> Loan:
    """Call a loan back by a nearer day (*days* workdays from today), and send the borrower a notice.

    A day later than it is due anyway changes nothing but that it can no longer be renewed.
    Raises `LoanRecalled` if it is recalled already, `NotOnLoan`, `BadValue`, `DueUnfit`.
    """
    loan, record = meant(unit, code)
    unit.act(Act.LOAN_RECALL, record, private={"reason": reason})
    line = unit.lines[-1]
    if loan is None:
        raise NotOnLoan(code=record.reference_code)
    if loan.recalled_at is not None:
        raise LoanRecalled(number=loan.number, due_on=loan.due_on)
    if not reason.strip():
        raise BadValue(field="reason", value=reason, expected="…")
    if not 0 <= days <= calendar.LONGEST.days:
        raise BadValue(field="days", value=days, expected=f"0–{calendar.LONGEST.days}")
    nearer = (
        calendar.due_given(unit, due_on) if due_on else calendar.working(unit).add_workdays(unit.today, days)
    )
    line.facts = {"number": loan.number, "before": loan.due_on, "due_on": min(nearer, loan.due_on)}
    loan.state, loan.due_on = LOAN.after(loan.state, Act.LOAN_RECALL), min(nearer, loan.due_on)
    loan.recalled_at, loan.recalled_by = unit.now, unit.actor.uid
    card = ledger.card_of(unit, loan) | {"recalled": reason.strip()}
    loan.card = sealed(unit, record.uid, loan.number, card)
    unit.session.flush()
    _tell_borrower(unit, loan, record)
    return loan


def _tell_borrower(unit: Unit, loan: Loan, record: Volume | Item) -> None:
    """A notice that names number, code and day; neither title nor reason, for it may leave the house by mail."""
    facts = {"number": loan.number, "code": record.reference_code, "due_on": loan.due_on}
    tongue = unit.settings.tongue
    borrower = unit.session.get_one(Person, loan.borrower_uid)
    notices.queue(
        unit, borrower, stage="recall", loan=loan,
        subject=say("recall.subject", tongue, **facts), text=say("recall.text", tongue, **facts),
    )  # fmt: skip
