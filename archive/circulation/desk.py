"""借还台: what a scanned code is, what it starts, and what stands in the way of it; nothing is changed here.

What is held starts lending, what is out starts its return, what is being read its end. What one may not see answers
exactly as what is not there (decision 6).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, select

from archive import people, policy, views
from archive.acts import Act
from archive.circulation import authority, boxes, calendar, ledger, lending, requests, slips
from archive.circulation.counting import pieces
from archive.codes import as_scanned
from archive.errors import AlreadyOut, ArchiveError, NotAllowed, NotFound, NothingToLend
from archive.lives import ITEM, VOLUME
from archive.model import Holding, Item, Loan, Location, Outing, Person, Reading, Request, Volume
from archive.statuses import ReadingState, RequestKind, RequestState
from archive.unit import Unit
from archive.values import Level, LoanState, Worded

#: More parcels than this are brought in by list.
MOST = 50
#: Papers of a parcel that are listed one by one, to be ticked where one is missing.
LISTED = 300
_REQUEST = re.compile(r"(SQ\d{4}-\d{5,})(?:/\d{1,4})?", re.ASCII)


class Starts(Worded):
    """What scanning a code starts."""

    LEND = "LEND"
    RETURN = "RETURN"
    READ = "READ"


@dataclass(frozen=True, slots=True)
class Claim:
    """An approved request that waits for a record."""

    number: str
    account: str
    name: str
    purpose: str
    until: dt.date


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paper of what is out."""

    code: str
    title: str
    pages: int


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One parcel on the desk: the code it is handed on by, what is to be counted, who has it or waits for it.

    *why* stands in the way of lending it (to this borrower); *parts* is how many records a box brings along.
    """

    code: str
    starts: Starts
    title: str
    level: Level | None
    items: int
    pages: int
    place: str = ""
    number: str = ""
    record: str = ""
    account: str = ""
    borrower: str = ""
    due_on: dt.date | None = None
    overdue_days: int = 0
    parts: int = 0
    papers: Sequence[PaperLine] = ()
    claims: Sequence[Claim] = ()
    why: ArchiveError | None = None
    in_turn: bool = True


@dataclass(frozen=True, slots=True)
class Borrower:
    """Who borrows: how much he has already, and what stands in the way of more."""

    account: str
    name: str
    department: str
    has: int
    most: int
    overdue_days: int
    why: ArchiveError | None


@dataclass(slots=True)
class Desk:
    """Everything that lies on the desk, sorted by what it starts; *unknown* are codes with what was answered."""

    lending: list[DeskLine] = field(default_factory=list)
    returning: list[DeskLine] = field(default_factory=list)
    reading: list[DeskLine] = field(default_factory=list)
    unknown: list[tuple[str, ArchiveError]] = field(default_factory=list)
    borrower: Borrower | None = None
    purpose: str = ""
    due_on: dt.date | None = None


# --- laying out ---------------------------------------------------------------------------------


def meant(unit: Unit, text: str) -> tuple[list[str], str]:
    """The codes of parcels, and the borrower's account, that one scan brings to the desk.

    A request brings what was approved on it, a staff card its account, anything else itself.
    """
    code = as_scanned(text.strip())[:120]
    form = _REQUEST.fullmatch(code)
    if form is not None:
        return _of_request(unit, form[1])
    account = unit.session.scalar(select(Person.account).where(Person.account == code.lower()))
    if account is not None and boxes.box(unit, code) is None:
        return [], account
    return ([code] if code else []), ""


def laid_out(unit: Unit, codes: Iterable[str], to: str = "") -> Desk:
    """The desk with these codes on it, for the borrower *to*; without one, for who waits longest for the first."""
    unit.look(Act.LOAN_SEE)
    made, parcels = Desk(), _parcels(unit, codes)
    person = _person(unit, made, to) or _first_claimant(unit, [parcel for _, parcel in parcels])
    for code, parcel in parcels:
        try:
            _put(made, _line(unit, parcel, person))
        except ArchiveError as why:
            made.unknown.append((code, why))
    unit.listed(Act.LOAN_SEE, _shown(unit, [parcel for _, parcel in parcels]))
    made.borrower = _borrower(unit, person) if person else None
    mine = (one for line in made.lending for one in line.claims if person and one.account == person.account)
    made.purpose = next((one.purpose for one in mine), "")
    made.due_on = calendar.due_after(unit, unit.settings.loan_days)
    return made


Parcel = Volume | Item | Loan | Location | ArchiveError


def _parcels(unit: Unit, codes: Iterable[str]) -> list[tuple[str, Parcel]]:
    """What each code is, each thing once, in the order it was scanned."""
    found: dict[str, tuple[str, Parcel]] = {}
    for code in list(codes)[:MOST]:
        parcel = _parcel(unit, code)
        found.setdefault(getattr(parcel, "uid", code), (code, parcel))
    return list(found.values())


def _parcel(unit: Unit, code: str) -> Parcel:
    try:
        place = boxes.box(unit, code)
        if place is not None:
            return place
        loan, record = lending.meant(unit, code)
    except ArchiveError as why:
        return why
    return loan or record


def _line(unit: Unit, parcel: Parcel, person: Person | None) -> DeskLine:
    if isinstance(parcel, ArchiveError):
        raise parcel
    if isinstance(parcel, Location):
        return _box(unit, parcel)
    if isinstance(parcel, Loan):
        return _out(unit, parcel)
    return _being_read(unit, parcel) or _held(unit, parcel, person)


def _put(made: Desk, line: DeskLine) -> None:
    {Starts.LEND: made.lending, Starts.RETURN: made.returning, Starts.READ: made.reading}[line.starts].append(
        line
    )


def _shown(unit: Unit, parcels: Sequence[Parcel]) -> list[Volume | Item]:
    records = [one for one in parcels if isinstance(one, (Volume, Item))]
    return records + [ledger.record_of(unit, one) for one in parcels if isinstance(one, Loan)]


# --- one parcel -----------------------------------------------------------------------------------


def _held(unit: Unit, record: Volume | Item, person: Person | None) -> DeskLine:
    """What is on its shelf, or seems to be: to be lent, if nothing stands in the way."""
    claims = _claims(unit, record)
    counted, why = (0, 0), _hindrance(unit, record, person)
    try:
        found = pieces(unit, record)
        counted = (found.items, found.pages)
        why = why or (None if found.items else NothingToLend(code=record.reference_code))
    except ArchiveError as lost:
        why = why or lost
    return DeskLine(
        record.reference_code, Starts.LEND, unit.card(record).title, Level(record.level), *counted,
        place=views.place(unit, record), record=record.reference_code, claims=claims, why=why,
        in_turn=not claims or person is None or claims[0].account == person.account,
    )  # fmt: skip


def _hindrance(unit: Unit, record: Volume | Item, person: Person | None) -> ArchiveError | None:
    """What lending it would be refused for, as far as it can be known before it is tried."""
    refused = policy.refusal(unit.actor, Act.LOAN_LEND, record)
    if refused is not None:
        return refused
    try:
        (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, Act.LOAN_LEND)
        if ledger.holder(unit, record) is not None:  # its volume, or a paper of it
            return AlreadyOut(code=record.reference_code)
        if person is not None:
            authority.demand(unit, RequestKind.LOAN, record, person)
    except ArchiveError as why:
        return why
    return None


def _claims(unit: Unit, record: Volume | Item) -> list[Claim]:
    """Who waits for it with an approved request, in the order of approval; for who decides about lending it."""
    if not unit.may(Act.LOAN_LEND, record):
        return []
    asked = [slips.request_of(unit, line) for line in requests.queue(unit, record)]
    return [_claim(unit, one) for one in asked if one.person_uid]


def _claim(unit: Unit, request: Request) -> Claim:
    person = unit.session.get_one(Person, request.person_uid)
    name, purpose = people.name_of(unit, person), slips.purpose_of(unit, request)
    return Claim(request.number, person.account, name, purpose, request.until)


def _out(unit: Unit, loan: Loan) -> DeskLine:
    """What is out: to be taken back."""
    record = ledger.record_of(unit, loan)
    return _back(unit, loan.number, [loan], unit.card(record).title, Level(record.level), record)


def _back(
    unit: Unit, code: str, loans: Sequence[Loan], title: str, level: Level | None,
    record: Volume | Item | None = None,
) -> DeskLine:  # fmt: skip
    borrower = unit.session.get_one(Person, loans[0].borrower_uid)
    due_on = min(loan.due_on for loan in loans)
    return DeskLine(
        code, Starts.RETURN, title, level, sum(one.items_out for one in loans),
        sum(one.pages_out for one in loans), place=views.place(unit, record) if record else "",
        number=loans[0].number, record=record.reference_code if record else code, account=borrower.account,
        borrower=people.name_of(unit, borrower), due_on=due_on,
        overdue_days=max(0, (unit.today - due_on).days), parts=len(loans) if record is None else 0,
        papers=_papers(unit, loans), why=policy.refusal(unit.actor, Act.LOAN_RETURN, record),
        claims=_claims(unit, record) if record else (),
    )  # fmt: skip


def _papers(unit: Unit, loans: Sequence[Loan]) -> list[PaperLine]:
    """The papers that are out, to be ticked off; none where there is only one."""
    return _listed(unit, Outing.loan_uid.in_([loan.uid for loan in loans]))


def papers_read(unit: Unit, number: str) -> list[PaperLine]:
    """The papers handed out for the reading with this number; none where there is only one, or none may be seen."""
    uid = select(Reading.uid).where(Reading.number == number).scalar_subquery()
    return _listed(unit, Outing.reading_uid == uid)


def _listed(unit: Unit, which: ColumnElement[bool]) -> list[PaperLine]:
    rows = (
        select(Item)
        .join(Holding, Holding.item_uid == Item.uid)
        .join(Outing, Outing.holding_uid == Holding.uid)
        .where(which)
        .order_by(Item.reference_code)
        .limit(LISTED)
    )
    found = [item for item in unit.session.scalars(rows) if unit.may(Act.RECORD_SEE, item)]
    both = zip(found, unit.cards(found), strict=True)
    lines = [PaperLine(item.reference_code, card.title, item.page_count) for item, card in both]
    return lines if len(lines) > 1 else []


def to_read(unit: Unit, code: str) -> DeskLine:
    """A record that is to be read on site, with what is to be counted; raises `NotFound`, and what refuses it."""
    record = unit.record(code)
    unit.look(Act.RECORD_SEE, record)
    refused = policy.refusal(unit.actor, Act.READING_BEGIN, record)
    if refused is not None:
        raise refused
    (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, Act.READING_BEGIN)
    if ledger.holder(unit, record) is not None or _being_read(unit, record) is not None:
        raise AlreadyOut(code=record.reference_code)
    found = pieces(unit, record)
    return DeskLine(
        record.reference_code, Starts.READ, unit.card(record).title, Level(record.level), found.items,
        found.pages, place=views.place(unit, record), record=record.reference_code,
    )  # fmt: skip


def _being_read(unit: Unit, record: Volume | Item) -> DeskLine | None:
    """What lies in the reading room: to be given back there."""
    mine = Reading.volume_uid == record.uid if isinstance(record, Volume) else Reading.item_uid == record.uid
    found = unit.session.scalars(select(Reading).where(mine, Reading.state == ReadingState.OPEN).limit(1))
    reading = found.first()
    if reading is None:
        return None
    return DeskLine(
        record.reference_code, Starts.READ, unit.card(record).title, Level(record.level), reading.items_out,
        reading.pages_out, number=reading.number, record=record.reference_code,
    )  # fmt: skip


def _box(unit: Unit, place: Location) -> DeskLine:
    """A box with all that stands in it, or went out in it; one with something hidden in it is nobody's to lend."""
    rows = select(Loan).where(Loan.box_uid == place.uid, Loan.state == LoanState.OUT).order_by(Loan.number)
    loans = list(unit.session.scalars(rows))
    if loans and all(unit.may(Act.RECORD_SEE, ledger.record_of(unit, loan)) for loan in loans):
        return _back(unit, place.code, loans, place.name, None)
    records = boxes.contents(unit, place)
    if loans or not all(unit.may(Act.RECORD_SEE, one) for one in records):
        refused = NotAllowed(act=Act.LOAN_RETURN if loans else Act.LOAN_LEND)
        return DeskLine(place.code, Starts.LEND, place.name, None, 0, 0, why=refused)
    found = [_held(unit, record, None) for record in records]
    why = next((one.why for one in found if one.why), None)
    return DeskLine(
        place.code, Starts.LEND, place.name, None, sum(one.items for one in found),
        sum(one.pages for one in found), parts=len(found), record=place.code, why=why,
    )  # fmt: skip


# --- who borrows ------------------------------------------------------------------------------------


def _person(unit: Unit, made: Desk, to: str) -> Person | None:
    account = as_scanned(to.strip())[:120].lower()
    if not account:
        return None
    try:
        return unit.person(account)
    except NotFound as why:
        made.unknown.append((account, why))
        return None


def _first_claimant(unit: Unit, parcels: Iterable[Parcel]) -> Person | None:
    """Who waits longest for the first thing on the desk."""
    for one in parcels:
        claims = _claims(unit, one) if isinstance(one, (Volume, Item)) else []
        if claims:
            return unit.person(claims[0].account)
    return None


def _borrower(unit: Unit, person: Person) -> Borrower:
    has, oldest = ledger.burden(unit, person)
    why: ArchiveError | None = None
    try:
        lending.may_borrow(unit, person)
    except ArchiveError as found:
        why = found
    late = max(0, (unit.today - oldest.due_on).days) if oldest else 0
    return Borrower(
        person.account, people.name_of(unit, person), person.department, has, unit.settings.loan_limit, late,
        why,
    )  # fmt: skip


def _of_request(unit: Unit, number: str) -> tuple[list[str], str]:
    """What of this request is approved and waits to be lent, and to whom; raises `NotFound`."""
    found = slips.picked(unit, [number], (), lambda *_: False)
    request = slips.request_of(unit, found[0])
    if request.kind is not RequestKind.LOAN or request.person_uid is None:
        raise NotFound(what="request", code=number)
    lines = [line for line in slips.lines_of(unit, request) if line.state is RequestState.APPROVED]
    records = [slips.record_of(unit, line) for line in lines]
    codes = [one.reference_code for one in records if one is not None and unit.may(Act.RECORD_SEE, one)]
    return codes, unit.session.get_one(Person, request.person_uid).account
