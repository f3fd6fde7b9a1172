"""The loan ledger asked: who has what, since when, until when; the register (F11), and the lines of one record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import lazyload

from archive import people
from archive.acts import Act
from archive.circulation import chasing, requests
from archive.errors import BadValue, NotFound
from archive.model import Grant, Holding, Incident, Item, Loan, Outing, Person, Request, Volume
from archive.policy import visible
from archive.unit import Unit
from archive.values import Level, LoanState, Role

LOAN_KEY = "loan"
#: A list is never longer, and never begins later.
MOST_LINES = 100_000_000


@dataclass(frozen=True, slots=True)
class LoanRow:
    """One line of the loan register (F11); title, purpose and note only where the record may be seen."""

    number: str
    code: str
    title: str
    level: Level
    borrower: str
    department: str
    state: LoanState
    is_copy: bool
    take_out: bool
    purpose: str
    approved_by: str
    lent_on: dt.date
    due_on: dt.date
    items: int
    pages: int
    lent_by: str
    renewals: int
    recalled_on: dt.date | None
    chases: int
    returned_on: dt.date | None
    items_back: int | None
    pages_back: int | None
    returned_by: str
    received_by: str
    intact: bool | None
    note: str
    overdue_days: int


# --- questions of one record ------------------------------------------------------------------


def open_loan(unit: Unit, record: Volume | Item) -> Loan | None:
    """The open loan of exactly this record's originals, if any; lent copies do not count."""
    rows = _of(record).where(Loan.state == LoanState.OUT, Loan.only_copy.is_(False))
    return unit.session.scalar(rows)


def open_loans(unit: Unit, record: Volume | Item) -> Sequence[Loan]:
    """The open loans of exactly this record, its copies' too, by number."""
    rows = _of(record).where(Loan.state == LoanState.OUT)
    return list(unit.session.scalars(rows.order_by(Loan.number)))


def _of(record: Volume | Item) -> Select[Loan]:
    mine = Loan.volume_uid == record.uid if isinstance(record, Volume) else Loan.item_uid == record.uid
    return select(Loan).where(mine)


def holder(unit: Unit, record: Volume | Item) -> Loan | None:
    """The open loan that has the record or any original piece of it out, if there is one."""
    mine = Item.volume_uid == record.uid if isinstance(record, Volume) else Item.uid == record.uid
    rows = (
        select(Loan)
        .join(Outing, Outing.loan_uid == Loan.uid)
        .join(Holding, Holding.uid == Outing.holding_uid)
        .join(Item, Item.uid == Holding.item_uid)
        .where(mine, Outing.returned_at.is_(None), Loan.only_copy.is_(False))
    )
    return unit.session.scalars(rows.limit(1)).first()


def by_number(unit: Unit, number: str) -> Loan | None:
    """The loan with this number; the caller has judged who may hear of it."""
    return unit.session.scalar(select(Loan).where(Loan.number == number))


def record_of(unit: Unit, loan: Loan) -> Volume | Item:
    """The volume or item that was lent; the caller has judged who may hear of it."""
    if loan.volume_uid is not None:
        return unit.session.get_one(Volume, loan.volume_uid)
    return unit.session.get_one(Item, loan.item_uid)


def card_of(unit: Unit, loan: Loan) -> dict[str, str]:
    """Purpose, notes and reasons of a loan, opened with its record's key; empty once that is destroyed."""
    uid = loan.volume_uid or loan.item_uid or ""
    return unit.told(uid, f"{LOAN_KEY}|{loan.number}", loan.card)


def incident_of(unit: Unit, loan: Loan) -> str:
    """The number of the incident that the return of *loan* opened; empty if none."""
    rows = select(Incident.number).where(Incident.loan_uid == loan.uid).order_by(Incident.reported_at.desc())
    return unit.session.scalar(rows.limit(1)) or ""


# --- numbers ----------------------------------------------------------------------------------


def overdue(unit: Unit) -> int:
    """How many loans are out past their day: a number for the rounds, without names."""
    unit.look(Act.LOAN_SEE)
    late = select(func.count()).select_from(Loan).where(Loan.state == LoanState.OUT, Loan.due_on < unit.today)
    return unit.session.scalar(late) or 0


def burden(unit: Unit, person: Person, *, but_box: str | None = None) -> tuple[int, Loan | None]:
    """How many loans *person* has (a box counts once, *but_box* not), and the one that has been due longest."""
    mine = (Loan.borrower_uid == person.uid, Loan.state == LoanState.OUT)
    parcels = func.count(func.distinct(func.coalesce(Loan.box_uid, Loan.uid)))
    count = select(parcels).where(*mine)
    if but_box is not None:
        count = count.where(or_(Loan.box_uid.is_(None), Loan.box_uid != but_box))
    oldest = select(Loan).options(lazyload(Loan.outings)).where(*mine).order_by(Loan.due_on, Loan.number)
    return unit.session.scalar(count) or 0, unit.session.scalar(oldest.limit(1))


def waiting(unit: Unit, record: Volume | Item) -> list[Person]:
    """Who waits for *record* with an approved request, in the order of approval."""
    asked = [unit.session.get_one(Request, line.request_uid) for line in requests.queue(unit, record)]
    return [unit.session.get_one(Person, one.person_uid) for one in asked if one.person_uid]


def name_if_visible(unit: Unit, person: Person) -> str:
    """The name of who waits, for those who decide on requests; `—` for everybody else."""
    keepers = (Role.ARCHIVIST, Role.GM_SECRETARY, Role.GM, Role.DEPT_MANAGER)
    return people.name_of(unit, person) if unit.actor.has(*keepers) else "—"


# --- lists ------------------------------------------------------------------------------------


def register(
    unit: Unit, *, open_only: bool = False, overdue: bool = False, borrower: str | None = None,
    since: dt.date | None = None, until: dt.date | None = None, limit: int = 1000, offset: int = 0,
    due_on: dt.date | None = None,
) -> list[LoanRow]:  # fmt: skip
    """The loan register, oldest first (what is out: first due first): records one may see, and one's own loans.

    *since* and *until* narrow it to what was lent from the one day to the other, *due_on* to what is due that day.
    """
    unit.look(Act.LOAN_SEE)
    for name, value, least in (("limit", limit, 1), ("offset", offset, 0)):
        if not least <= value <= MOST_LINES:
            raise BadValue(field=name, value=value, expected=f"{least}–{MOST_LINES}")
    rows = _shown(unit)
    if open_only or overdue:
        rows = rows.where(Loan.state == LoanState.OUT)
    if overdue:
        rows = rows.where(Loan.due_on < unit.today)
    if due_on:
        rows = rows.where(Loan.due_on == due_on)
    if borrower:
        rows = rows.where(Loan.borrower_uid == unit.person(borrower).uid)
    if since:
        rows = rows.where(Loan.lent_on >= since)
    if until:
        rows = rows.where(Loan.lent_on <= until)
    order = (Loan.due_on, Loan.number) if open_only or overdue else (Loan.lent_at, Loan.number)
    return _told(unit, rows.order_by(*order).limit(limit).offset(offset))


def standing(unit: Unit) -> tuple[int, int, int]:
    """How many of the loans one may hear of are out, due today, and overdue."""
    unit.look(Act.LOAN_SEE)
    due, late = Loan.due_on == unit.today, Loan.due_on < unit.today
    found = _shown(unit).where(Loan.state == LoanState.OUT)
    counts = found.with_only_columns(func.count(), func.count().filter(due), func.count().filter(late))
    out, today, overdue = unit.session.execute(counts).one()
    return int(out), int(today), int(overdue)


def one(unit: Unit, number: str) -> LoanRow:
    """The loan with this number as the register shows it; raises `NotFound` alike if it is absent or hidden."""
    unit.look(Act.LOAN_SEE)
    found = _told(unit, _shown(unit).where(Loan.number == number.strip()))
    if not found:
        raise NotFound(what="loan", code=number[:120])
    return found[0]


def mine(unit: Unit, *, open_only: bool = True, newest: int | None = None) -> list[LoanRow]:
    """What the actor has on loan, first due first; with *open_only* false all he ever had.

    *newest*: of what he gave back only so much, what he borrowed last first.
    """
    unit.look(Act.LOAN_SEE)
    rows = _shown(unit).where(Loan.borrower_uid == unit.actor.uid)
    if newest is not None:
        rows = rows.where(Loan.state != LoanState.OUT)
        return _told(unit, rows.order_by(Loan.lent_at.desc(), Loan.number.desc()).limit(newest))
    if open_only:
        rows = rows.where(Loan.state == LoanState.OUT)
    return _told(unit, rows.order_by(Loan.due_on, Loan.number))


def history(unit: Unit, code: str) -> list[LoanRow]:
    """Who has, and who had, this record, the volume it stands in, or papers of it; newest first."""
    record = unit.record(code)
    unit.look(Act.LOAN_SEE, record)
    rows = _shown(unit)
    if isinstance(record, Volume):
        inside = select(Item.uid).where(Item.volume_uid == record.uid)
        rows = rows.where(or_(Loan.volume_uid == record.uid, Loan.item_uid.in_(inside)))
    elif record.volume_uid is not None:
        rows = rows.where(or_(Loan.item_uid == record.uid, Loan.volume_uid == record.volume_uid))
    else:
        rows = rows.where(Loan.item_uid == record.uid)
    return _told(unit, rows.order_by(Loan.lent_at.desc(), Loan.number.desc()))


def _shown(unit: Unit) -> Any:
    """Loans with their records that the actor may hear of, as a statement yet to be narrowed."""
    seen = or_(
        Loan.borrower_uid == unit.actor.uid,
        (Loan.volume_uid.is_not(None)) & visible(unit.actor, Volume),
        (Loan.item_uid.is_not(None)) & visible(unit.actor, Item),
    )
    return (
        select(Loan, Volume, Item)
        .options(lazyload(Loan.outings))
        .outerjoin(Volume, Volume.uid == Loan.volume_uid)
        .outerjoin(Item, Item.uid == Loan.item_uid)
        .where(seen)
    )


def _told(unit: Unit, rows: Any) -> list[LoanRow]:
    found = [(loan, volume or item) for loan, volume, item in unit.session.execute(rows)]
    open_to = [record for _, record in found if unit.may(Act.RECORD_SEE, record)]
    unit.listed(Act.LOAN_SEE, open_to)
    titles = dict(zip((one.uid for one in open_to), unit.cards(open_to), strict=True))
    about = _About(unit, [loan for loan, _ in found])
    return [
        about.row(loan, record, titles[record.uid].title if record.uid in titles else None)
        for loan, record in found
    ]


class _About:
    """What lines of the register say of people, approvals and chases, asked for once for all lines."""

    def __init__(self, unit: Unit, loans: Sequence[Loan]) -> None:
        self.unit = unit
        self.chases = chasing.counts(unit, [loan.uid for loan in loans])
        self.approvers = _approvers(unit, {loan.grant_uid for loan in loans if loan.grant_uid})
        uids = {
            uid
            for loan in loans
            for uid in (loan.borrower_uid, loan.lent_by, loan.returned_by, loan.received_by)
        }
        self.people = _people(unit, (uids | set(self.approvers.values())) - {None})

    def name(self, uid: str | None) -> str:
        """The name of the person with this uid; nothing for nobody."""
        return self.people[uid][0] if uid else ""

    def row(self, loan: Loan, record: Volume | Item, title: str | None) -> LoanRow:
        """*loan* as a line; without *title* nothing is told that the record's key opens."""
        unit = self.unit
        card = card_of(unit, loan) if title is not None else {}
        out = loan.state is LoanState.OUT
        return LoanRow(
            number=loan.number, code=record.reference_code, title=title or "", level=Level(record.level),
            borrower=self.name(loan.borrower_uid), department=self.people[loan.borrower_uid][1], state=loan.state,
            is_copy=loan.only_copy, take_out=loan.take_out, purpose=card.get("purpose", ""),
            approved_by=self.name(self.approvers.get(loan.grant_uid or "")), lent_on=loan.lent_on, due_on=loan.due_on,
            items=loan.items_out, pages=loan.pages_out, lent_by=self.name(loan.lent_by), renewals=loan.renewals,
            recalled_on=_day(unit, loan.recalled_at), chases=self.chases.get(loan.uid, 0),
            returned_on=_day(unit, loan.returned_at), items_back=loan.items_back, pages_back=loan.pages_back,
            returned_by=self.name(loan.returned_by), received_by=self.name(loan.received_by), intact=loan.intact,
            note=card.get("note", ""), overdue_days=max(0, (unit.today - loan.due_on).days) if out else 0,
        )  # fmt: skip


def _day(unit: Unit, at: dt.datetime | None) -> dt.date | None:
    return at.astimezone(unit.settings.zone).date() if at else None


def _approvers(unit: Unit, grants: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in _slices(grants):
        rows = unit.session.execute(select(Grant.uid, Grant.approved_by).where(Grant.uid.in_(some)))
        found |= {row.uid: row.approved_by for row in rows}
    return found


def _people(unit: Unit, uids: set[Any]) -> dict[Any, tuple[str, str]]:
    """Name and department of many people."""
    found: dict[Any, tuple[str, str]] = {}
    for some in _slices(uids):
        rows = select(Person).options(lazyload(Person.posts)).where(Person.uid.in_(some))
        found |= {one.uid: (people.name_of(unit, one), one.department) for one in unit.session.scalars(rows)}
    return found


def _slices(uids: set[Any], size: int = 500) -> Sequence[Sequence[Any]]:
    ordered = sorted(uids)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
