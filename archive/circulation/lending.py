"""借阅: lending and taking back, face to face, counted and signed at both ends (R35, R39, R44, R45, V11, V12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from archive.acts import Act
from archive.cards import plain
from archive.circulation import authority, calendar, incidents, ledger, notices
from archive.circulation.authority import Warrant
from archive.circulation.counting import Pieces, face_to_face, pieces
from archive.circulation.ledger import LOAN_KEY
from archive.errors import (
    AlreadyOut,
    ApprovalNeeded,
    BadValue,
    BorrowerOverdue,
    LoanLimit,
    NoCopy,
    NotEmployed,
    NotFound,
    NothingToLend,
    NotOnLoan,
    OtherFonds,
    SeveralLoans,
    SomebodyFirst,
)
from archive.faults import point
from archive.lives import ITEM, LOAN, VOLUME
from archive.model import Holding, Item, Loan, Outing, Person, Volume
from archive.statuses import Condition, RequestKind
from archive.unit import Line, Unit
from archive.values import Employment, LoanState
from archive.volumes import next_number


@dataclass(frozen=True, slots=True)
class Terms:
    """To whom, for what and until when; *pass_over* is the reason for leaving out who waits longer."""

    to: str
    purpose: str
    days: int | None = None
    due_on: dt.date | None = None
    take_out: bool = False
    copy: bool = False
    pass_over: str = ""
    note: str = ""

    @property
    def act(self) -> Act:
        """What is done: originals and copies are lent by different rights."""
        return Act.LOAN_LEND_COPY if self.copy else Act.LOAN_LEND


# --- lending ----------------------------------------------------------------------------------


def lend(  # noqa: PLR0913
    unit: Unit, code: str, *, to: str, purpose: str, items: int | None = None, pages: int | None = None,
    days: int | None = None, due_on: dt.date | None = None, take_out: bool = False, copy: bool = False,
    pass_over: str = "", note: str = "",
) -> Loan:  # fmt: skip
    """Hand a volume, or a single item, over the counter and open a line in the ledger.

    *to* is the borrower's account, the second signer; *items* and *pages* are what both counted; with *copy*
    a copy goes and the original stays; with *take_out* it may leave the premises (R45, V12).
    Raises what the policy refuses, `ApprovalNeeded`, `NotApprovable`, `WrongState`, `SameSigner`, `NotEmployed`,
    `CountDiffers`, `AlreadyOut`, `LoanLimit`, `BorrowerOverdue`, `SomebodyFirst`, `DueUnfit`, `OtherFonds`.
    """
    terms = Terms(to, purpose, days, due_on, take_out, copy, pass_over, note)
    return hand_over(unit, found(unit, code), terms, items=items, pages=pages)


def hand_over(
    unit: Unit, record: Volume | Item, terms: Terms, *, items: int | None = None, pages: int | None = None,
    box_uid: str | None = None,
) -> Loan:  # fmt: skip
    """`lend` of a record at hand, as one of what goes over the counter in the box *box_uid* if that is said."""
    borrower = unit.person(terms.to)
    unit.act(terms.act, record, borrower=borrower.account, private=_said(terms))
    line = unit.lines[-1]
    (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, terms.act)
    face_to_face(unit, borrower, Act.LOAN_LEND)
    may_borrow(unit, borrower, box_uid)
    counted = _copies(unit, record) if terms.copy else pieces(unit, record)
    if not counted.holdings:
        raise NothingToLend(code=record.reference_code)
    counted.agree(items, pages)
    warrants = _warrants(unit, record, borrower, terms)
    if not terms.copy:
        _in_turn(unit, record, borrower, terms)
    loan = _loan(unit, record, borrower, terms)
    loan.box_uid, loan.grant_uid = box_uid, warrants[0].grant_uid
    _write(unit, loan, counted, record.reference_code)
    for warrant, act in zip(warrants, (terms.act, Act.LOAN_TAKE_OUT), strict=False):
        authority.spend(unit, warrant, act)
    line.facts = {**line.facts, "number": loan.number, "due_on": loan.due_on, "items": loan.items_out}
    return loan


def found(unit: Unit, code: str) -> Volume | Item:
    """The record with this code; raises `OtherFonds` for a code of another archive, else `NotFound`."""
    try:
        return unit.record(code)
    except NotFound:
        fonds, _, rest = code.partition("-")
        if rest.count("-") and fonds.isalnum() and fonds[:1].isalpha() and fonds != unit.settings.fonds:
            raise OtherFonds(code=code, fonds=unit.settings.fonds) from None
        raise


def may_borrow(unit: Unit, borrower: Person, box_uid: str | None = None) -> None:
    """Raise `NotEmployed`, `LoanLimit` or `BorrowerOverdue` if nothing more is lent to *borrower* (R41, R44)."""
    if borrower.employment is not Employment.ACTIVE:
        raise NotEmployed(account=borrower.account)
    has, oldest = ledger.burden(unit, borrower, but_box=box_uid)
    if has >= unit.settings.loan_limit:
        raise LoanLimit(account=borrower.account, has=has, most=unit.settings.loan_limit)
    late = (unit.today - oldest.due_on).days if oldest is not None else 0
    if oldest is not None and late > unit.settings.loan_overdue_days:
        raise BorrowerOverdue(account=borrower.account, number=oldest.number, days=late)


def _said(terms: Terms) -> dict[str, str]:
    told = {"purpose": terms.purpose, "passed_over": terms.pass_over, "note": terms.note}
    return {name: text for name, text in told.items() if text}


def _copies(unit: Unit, record: Volume | Item) -> Pieces:
    """One free copy of each paper that has one beside its own piece; raises `NoCopy`."""
    own = {holding.uid for holding in pieces(unit, record).holdings}
    mine = Item.volume_uid == record.uid if isinstance(record, Volume) else Item.uid == record.uid
    away = select(Outing.holding_uid).where(Outing.returned_at.is_(None))
    rows = (
        select(Holding, Item.page_count)
        .join(Item, Item.uid == Holding.item_uid)
        .where(mine, Holding.is_copy, Holding.condition != Condition.LOST, Holding.uid.not_in(away))
        .order_by(Item.seq_no, Holding.created_at, Holding.uid)
    )
    first: dict[str, tuple[Holding, int]] = {}
    for holding, pages in unit.session.execute(rows):
        if holding.uid not in own:
            first.setdefault(holding.item_uid, (holding, pages))
    if not first:
        raise NoCopy(code=record.reference_code)
    return Pieces(tuple(one for one, _ in first.values()), sum(pages for _, pages in first.values()))


def _warrants(unit: Unit, record: Volume | Item, borrower: Person, terms: Terms) -> list[Warrant]:
    """What the loan rests on (R35); taking it out of the house needs an approval of its own (R45)."""
    try:
        granted = [authority.demand(unit, RequestKind.LOAN, record, borrower)]
    except ApprovalNeeded:
        if not terms.copy and ledger.holder(unit, record) is not None:  # the first thing to know of it
            raise AlreadyOut(code=record.reference_code) from None
        raise
    if terms.take_out:
        unit.act(Act.LOAN_TAKE_OUT, record, borrower=borrower.account)
        granted.append(authority.demand(unit, RequestKind.TAKE_OUT, record, borrower))
    return granted


def _in_turn(unit: Unit, record: Volume | Item, borrower: Person, terms: Terms) -> None:
    """Raise `SomebodyFirst` if another's approved request waits longer and is not passed over with a reason."""
    first = next(iter(ledger.waiting(unit, record)), None)
    if first is None or first.uid == borrower.uid or terms.pass_over.strip():
        return
    raise SomebodyFirst(code=record.reference_code, who=ledger.name_if_visible(unit, first))


def _loan(unit: Unit, record: Volume | Item, borrower: Person, terms: Terms) -> Loan:
    if not terms.purpose.strip():
        raise BadValue(field="purpose", value=terms.purpose, expected="…")
    due_on = _due(unit, terms)
    prefix = f"JY{unit.today.year}-"
    number = f"{prefix}{next_number(unit, prefix):05d}"
    return Loan(
        number=number,
        volume_uid=record.uid if isinstance(record, Volume) else None,
        item_uid=record.uid if isinstance(record, Item) else None,
        borrower_uid=borrower.uid,
        state=LoanState.OUT,
        card=sealed(unit, record.uid, number, {name: text.strip() for name, text in _said(terms).items()}),
        lent_by=unit.actor.uid,
        lent_on=unit.today,
        lent_at=unit.now,
        due_on=due_on,
        only_copy=terms.copy,
        take_out=terms.take_out,
    )


def _due(unit: Unit, terms: Terms) -> dt.date:
    if terms.due_on is not None:
        return calendar.due_given(unit, terms.due_on)
    return calendar.due_after(unit, unit.settings.loan_days if terms.days is None else terms.days)


def sealed(unit: Unit, record_uid: str, number: str, card: dict[str, str]) -> bytes:
    """The card of loan *number* under its record's key."""
    return unit.keys.seal(record_uid, f"{LOAN_KEY}|{number}", plain(card))


def _write(unit: Unit, loan: Loan, counted: Pieces, code: str) -> None:
    """Write the line and its pieces; the index one_open_outing_per_holding has the last word (X1)."""
    loan.items_out, loan.pages_out = counted.items, counted.pages
    loan.outings = [Outing(holding_uid=holding.uid) for holding in counted.holdings]
    point("lending.before_lines")
    unit.session.add(loan)
    try:
        unit.session.flush()
    except IntegrityError as clash:
        raise AlreadyOut(code=code) from clash


# --- taking back ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Return:
    """What comes back: counted, by whom, in what state; *missing* are codes of papers that did not."""

    by: str | None = None
    items: int | None = None
    pages: int | None = None
    intact: bool = True
    missing: Sequence[str] = ()
    note: str = ""


def take_back(
    unit: Unit, code: str, *, by: str | None = None, items: int | None = None, pages: int | None = None,
    intact: bool = True, missing: Sequence[str] = (), note: str = "",
) -> Loan:  # fmt: skip
    """Take back what is out, counted again; a difference opens an incident (V11).

    *code* is that of the record or of the loan; *by* the account of who brings it, the borrower if not said; the
    actor is the other signer. Raises `NotOnLoan`, `SeveralLoans`, `SameSigner`, `BadValue`, `NotFound`.
    """
    loan, record = meant(unit, code)
    unit.act(Act.LOAN_RETURN, record)
    if loan is None:
        raise NotOnLoan(code=record.reference_code)
    return receive(unit, loan, record, Return(by, items, pages, intact, tuple(missing), note), unit.lines[-1])


def receive(unit: Unit, loan: Loan, record: Volume | Item, given: Return, line: Line) -> Loan:
    """Close the line of *loan*; the caller has named the act, whose *line* gets the facts."""
    borrower = unit.session.get_one(Person, loan.borrower_uid)
    bringer = unit.person(given.by) if given.by else borrower
    for signer in (borrower, bringer):  # nobody takes back what he has himself, whoever is said to bring it
        face_to_face(unit, signer, Act.LOAN_RETURN)
    state = LOAN.after(loan.state, Act.LOAN_RETURN)
    items, pages = _back(unit, loan, given)
    loan.state, loan.items_back, loan.pages_back = state, items, pages
    loan.returned_at, loan.returned_by, loan.received_by = unit.now, bringer.uid, unit.actor.uid
    loan.intact = given.intact and (items, pages) == (loan.items_out, loan.pages_out)
    if given.note.strip():
        card = ledger.card_of(unit, loan)
        notes = [text for text in (card.get("note", ""), given.note.strip()) if text]
        loan.card = sealed(unit, record.uid, loan.number, {**card, "note": "；".join(notes)})
    unit.session.execute(update(Outing).where(Outing.loan_uid == loan.uid).values(returned_at=unit.now))
    point("lending.before_return_log")
    line.facts = {"number": loan.number, "items": items, "pages": pages, "intact": loan.intact}
    notices.cancel_for(unit, loan, Act.LOAN_RETURN)
    unit.session.flush()
    if not loan.intact:
        incidents.from_return(unit, loan, list(given.missing), not given.intact)
    return loan


def _back(unit: Unit, loan: Loan, given: Return) -> tuple[int, int]:
    """Items and pages that came back: as counted, else what went out less what is said to be missing."""
    lacking = missing_pages(unit, loan, given.missing)
    for name, counted in (("items", given.items), ("pages", given.pages)):
        if counted is not None and counted < 0:
            raise BadValue(field=name, value=counted, expected="≥ 0")
    items = loan.items_out - len(lacking) if given.items is None else given.items
    pages = loan.pages_out - sum(lacking.values()) if given.pages is None else given.pages
    return items, pages


def missing_pages(unit: Unit, loan: Loan, codes: Sequence[str]) -> dict[str, int]:
    """Pages of each paper of *loan* named in *codes*; raises `BadValue` for one that did not go out with it."""
    rows = (
        select(Item.reference_code, Item.uid, Item.page_count)
        .join(Holding, Holding.item_uid == Item.uid)
        .join(Outing, Outing.holding_uid == Holding.uid)
        .where(Outing.loan_uid == loan.uid)
    )
    went = (
        {key: row for row in unit.session.execute(rows) for key in (row.reference_code, row.uid)}
        if codes
        else {}
    )
    for code in codes:
        if code not in went:
            raise BadValue(field="missing", value=code, expected=loan.number)
    return {went[code].uid: went[code].page_count for code in codes}


def meant(unit: Unit, code: str) -> tuple[Loan | None, Volume | Item]:
    """The open loan that *code* means, by its number or its record's code, and its record if it may be seen.

    Raises `SeveralLoans` where copies are out too, `NotFound`, `OtherFonds`.
    """
    loan = unit.session.scalar(select(Loan).where(Loan.number == code))
    record = ledger.record_of(unit, loan) if loan is not None else None
    if loan is not None and record is not None and unit.may(Act.RECORD_SEE, record):
        return (loan if loan.state is LoanState.OUT else None), record
    record = found(unit, code)
    loans = ledger.open_loans(unit, record)
    if len(loans) > 1:
        raise SeveralLoans(code=code, numbers=[one.number for one in loans])
    return (loans[0] if loans else None), record
