"""借阅: lending and taking back, face to face, counted and signed at both ends (R39, V11, V12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from archive import people, quorum
from archive.acts import Act
from archive.cards import plain
from archive.errors import (
    AlreadyOut,
    BadValue,
    CountDiffers,
    NotEmployed,
    NothingToLend,
    NotOnLoan,
    SameSigner,
)
from archive.faults import point
from archive.lives import ITEM, LOAN, VOLUME
from archive.model import Holding, Item, Loan, Outing, Person, Volume
from archive.unit import Unit
from archive.values import Employment, LoanState
from archive.volumes import next_number

LOAN_KEY = "loan"
#: A due date further away than this is none (V12).
LONGEST = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class LoanRow:
    """One line of the loan register (F11) that this person may see."""

    number: str
    code: str
    title: str
    borrower: str
    state: LoanState
    lent_on: dt.date
    due_on: dt.date
    items: int
    pages: int
    lent_by: str
    returned_on: dt.date | None
    received_by: str | None
    intact: bool | None
    overdue_days: int


def lend(
    unit: Unit, code: str, *, to: str, purpose: str, items: int | None = None, pages: int | None = None,
    days: int | None = None, due_on: dt.date | None = None,
) -> Loan:  # fmt: skip
    """Hand a volume, or a single item, over the counter and open a line in the ledger.

    *to* is the borrower's account, the second signer; *items* and *pages* are what both counted.
    Raises what the policy refuses, `WrongState`, `SameSigner`, `NotEmployed`, `CountDiffers`, `AlreadyOut`.
    """
    record = unit.record(code)
    borrower = unit.person(to)
    unit.act(Act.LOAN_LEND, record, borrower=borrower.account, private={"purpose": purpose})
    (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, Act.LOAN_LEND)
    _two_signers(unit, borrower, Act.LOAN_LEND)
    if borrower.employment is not Employment.ACTIVE:
        raise NotEmployed(account=borrower.account)
    code, holdings, booked = record.reference_code, _holdings(unit, record), _booked(record)
    _counted((len(holdings) if items is None else items, pages), (len(holdings), booked))
    loan = _loan(
        unit,
        record,
        borrower,
        purpose,
        due_on or _due(unit, days),
    )
    loan.items_out, loan.pages_out = len(holdings), booked
    loan.outings = [Outing(holding_uid=holding.uid) for holding in holdings]
    point("lending.before_lines")
    unit.session.add(loan)
    try:
        unit.session.flush()
    except IntegrityError as clash:  # the index one_open_outing_per_holding has the last word
        raise AlreadyOut(code=code) from clash
    unit.lines[-1].facts = {
        **unit.lines[-1].facts,
        "number": loan.number,
        "due_on": loan.due_on,
        "items": loan.items_out,
    }
    return loan


def _due(unit: Unit, days: int | None) -> dt.date:
    wanted = unit.settings.loan_days if days is None else days
    if not 0 <= wanted <= LONGEST.days:
        raise BadValue(field="days", value=wanted, expected=f"0–{LONGEST.days}")
    return unit.today + dt.timedelta(days=wanted)


def _two_signers(unit: Unit, other: Person, act: Act) -> None:
    if other.uid == unit.actor.uid:
        quorum.demand(unit, act)
        raise SameSigner(act=act)


def _holdings(unit: Unit, record: Volume | Item) -> Sequence[Holding]:
    """The physical pieces of a record, its parent row locked where the database can (decision 8)."""
    unit.session.scalar(select(type(record).uid).where(type(record).uid == record.uid).with_for_update())
    mine = Item.volume_uid == record.uid if isinstance(record, Volume) else Item.uid == record.uid
    rows = select(Holding).join(Item, Item.uid == Holding.item_uid).where(mine).order_by(Item.seq_no)
    holdings = list(unit.session.scalars(rows))
    if not holdings:
        raise NothingToLend(code=record.reference_code)
    return holdings


def _booked(record: Volume | Item) -> int:
    return record.pages if isinstance(record, Volume) else record.page_count


def _counted(counted: tuple[int, int | None], booked: tuple[int, int]) -> None:
    if counted[0] != booked[0] or counted[1] not in {None, booked[1]}:
        told = tuple(booked[place] if one is None else one for place, one in enumerate(counted))
        raise CountDiffers(counted=" / ".join(map(str, told)), booked=" / ".join(map(str, booked)))


def _loan(unit: Unit, record: Volume | Item, borrower: Person, purpose: str, due_on: dt.date) -> Loan:
    if not purpose.strip():
        raise BadValue(field="purpose", value=purpose, expected="…")
    latest = unit.today + LONGEST
    if not unit.today <= due_on <= latest:
        raise BadValue(field="due_on", value=due_on, expected=f"{unit.today} … {latest}")
    prefix = f"JY{unit.today.year}-"
    number = f"{prefix}{next_number(unit, prefix):05d}"
    return Loan(
        number=number,
        volume_uid=record.uid if isinstance(record, Volume) else None,
        item_uid=record.uid if isinstance(record, Item) else None,
        borrower_uid=borrower.uid,
        state=LoanState.OUT,
        card=unit.keys.seal(record.uid, f"{LOAN_KEY}|{number}", plain({"purpose": purpose.strip()})),
        lent_by=unit.actor.uid,
        lent_on=unit.today,
        lent_at=unit.now,
        due_on=due_on,
    )


def take_back(
    unit: Unit, code: str, *, by: str | None = None, items: int | None = None, pages: int | None = None,
    intact: bool = True,
) -> Loan:  # fmt: skip
    """Take back what is out, counted again; a difference is kept on the line for the incident (V11).

    *by* is the account of who brings it, the borrower if not said; the actor is the other signer.
    """
    record = _meant(unit, code)
    loan = open_loan(unit, record)
    unit.act(Act.LOAN_RETURN, record)
    if loan is None:
        raise NotOnLoan(code=record.reference_code)
    bringer = unit.person(by) if by else unit.session.get_one(Person, loan.borrower_uid)
    _two_signers(unit, bringer, Act.LOAN_RETURN)
    loan.state = LOAN.after(loan.state, Act.LOAN_RETURN)
    loan.returned_at, loan.returned_by, loan.received_by = unit.now, bringer.uid, unit.actor.uid
    if min(items or 0, pages or 0) < 0:
        raise BadValue(field="items", value=min(items or 0, pages or 0), expected="≥ 0")
    loan.items_back = loan.items_out if items is None else items
    loan.pages_back = loan.pages_out if pages is None else pages
    loan.intact = intact and (loan.items_back, loan.pages_back) == (loan.items_out, loan.pages_out)
    unit.session.execute(update(Outing).where(Outing.loan_uid == loan.uid).values(returned_at=unit.now))
    point("lending.before_return_log")
    unit.lines[-1].facts = {
        "number": loan.number,
        "items": loan.items_back,
        "pages": loan.pages_back,
        "intact": loan.intact,
    }
    return loan


def open_loan(unit: Unit, record: Volume | Item) -> Loan | None:
    """The open loan of exactly this record, if any."""
    mine = Loan.volume_uid == record.uid if isinstance(record, Volume) else Loan.item_uid == record.uid
    return unit.session.scalar(select(Loan).where(mine, Loan.state == LoanState.OUT))


def overdue(unit: Unit) -> int:
    """How many loans are out past their day: a number for the rounds, without names."""
    unit.look(Act.LOAN_SEE)
    late = select(func.count()).select_from(Loan).where(Loan.state == LoanState.OUT, Loan.due_on < unit.today)
    return unit.session.scalar(late) or 0


def holder(unit: Unit, record: Volume | Item) -> Loan | None:
    """The open loan that has the record or any piece of it out, if there is one."""
    mine = Item.volume_uid == record.uid if isinstance(record, Volume) else Item.uid == record.uid
    rows = (
        select(Loan)
        .join(Outing, Outing.loan_uid == Loan.uid)
        .join(Holding, Holding.uid == Outing.holding_uid)
        .join(Item, Item.uid == Holding.item_uid)
        .where(mine, Outing.returned_at.is_(None))
    )
    return unit.session.scalars(rows.limit(1)).first()


def _meant(unit: Unit, code: str) -> Volume | Item:
    """The record with this code, or the one on the loan with this number, if it may be seen."""
    loan = unit.session.scalar(select(Loan).where(Loan.number == code))
    record = _record(unit, loan) if loan else None
    return record if record is not None and unit.may(Act.RECORD_SEE, record) else unit.record(code)


def register(
    unit: Unit, *, open_only: bool = False, overdue: bool = False, borrower: str | None = None
) -> list[LoanRow]:
    """The loan register: lines of records this person may see, and his own loans."""
    unit.look(Act.LOAN_SEE)
    rows = select(Loan).order_by(Loan.lent_at, Loan.number)
    if open_only or overdue:
        rows = rows.where(Loan.state == LoanState.OUT)
    if overdue:
        rows = rows.where(Loan.due_on < unit.today)
    if borrower:
        rows = rows.where(Loan.borrower_uid == unit.person(borrower).uid)
    found = [(loan, _record(unit, loan)) for loan in unit.session.scalars(rows)]
    shown = [(loan, record) for loan, record in found if _mine_or_seen(unit, loan, record)]
    unit.listed(Act.LOAN_SEE, (record for _, record in shown))
    return [_row(unit, loan, record) for loan, record in shown]


def _mine_or_seen(unit: Unit, loan: Loan, record: Volume | Item) -> bool:
    return loan.borrower_uid == unit.actor.uid or unit.may(Act.RECORD_SEE, record)


def _record(unit: Unit, loan: Loan) -> Volume | Item:
    if loan.volume_uid is not None:
        return unit.session.get_one(Volume, loan.volume_uid)
    return unit.session.get_one(Item, loan.item_uid)


def _row(unit: Unit, loan: Loan, record: Volume | Item) -> LoanRow:
    def name(uid: str | None) -> str | None:
        return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else None

    out = loan.state is LoanState.OUT
    return LoanRow(
        number=loan.number,
        code=record.reference_code,
        title=unit.card(record).title,
        borrower=name(loan.borrower_uid) or "",
        state=loan.state,
        lent_on=loan.lent_on,
        due_on=loan.due_on,
        items=loan.items_out,
        pages=loan.pages_out,
        lent_by=name(loan.lent_by) or "",
        returned_on=loan.returned_at.astimezone(unit.settings.zone).date() if loan.returned_at else None,
        received_by=name(loan.received_by),
        intact=loan.intact,
        overdue_days=max(0, (unit.today - loan.due_on).days) if out else 0,
    )
