"""整盒借还: everything that stands in a box goes over the counter together, and comes back together (decision 8)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from archive.acts import Act
from archive.circulation import ledger
from archive.circulation.lending import Return, Terms, hand_over, missing_pages, receive
from archive.errors import CountDiffers, EmptyBox, NotAllowed
from archive.model import Item, Loan, Location, Volume
from archive.unit import Unit
from archive.values import LoanState, PlaceKind


def box(unit: Unit, code: str) -> Location | None:
    """The box with this code, if it is one."""
    return unit.session.scalar(select(Location).where(Location.code == code, Location.kind == PlaceKind.BOX))


def contents(unit: Unit, place: Location) -> list[Volume | Item]:
    """The volumes and the items kept alone that stand in the box, by code; the caller judges."""
    found: list[Volume | Item] = [
        *unit.session.scalars(select(Volume).where(Volume.place_uid == place.uid)),
        *unit.session.scalars(select(Item).where(Item.place_uid == place.uid, Item.volume_uid.is_(None))),
    ]
    return sorted(found, key=lambda record: record.reference_code)


def lend(
    unit: Unit, place: Location, terms: Terms, *, items: int | None = None, pages: int | None = None
) -> list[Loan]:
    """Lend all that stands in the box, a line for each, or nothing.

    *items* and *pages* are what both counted of the whole box. Raises `EmptyBox`, `CountDiffers`, and as
    `lending.lend`; a box with something in it that the actor may not see is not his to lend at all.
    """
    records = contents(unit, place)
    if not all(unit.may(Act.RECORD_SEE, record) for record in records):
        unit.act(terms.act)
        raise NotAllowed(act=terms.act)
    if not records:
        raise EmptyBox(code=place.code)
    loans = [hand_over(unit, record, terms, box_uid=place.uid) for record in records]
    booked = sum(loan.items_out for loan in loans), sum(loan.pages_out for loan in loans)
    _agree((booked[0] if items is None else items, booked[1] if pages is None else pages), booked)
    return loans


def take_back(unit: Unit, place: Location, given: Return) -> list[Loan]:
    """Take back all that went out in the box and is still out; what did not come back is named in *given*.

    Raises `EmptyBox` if nothing of it is out, and `CountDiffers` if the count is not explained by what is named:
    then each record is taken back on its own.
    """
    rows = select(Loan).where(Loan.box_uid == place.uid, Loan.state == LoanState.OUT).order_by(Loan.number)
    loans = list(unit.session.scalars(rows))
    records = [ledger.record_of(unit, loan) for loan in loans]
    if not all(unit.may(Act.RECORD_SEE, record) for record in records):
        unit.act(Act.LOAN_RETURN)
        raise NotAllowed(act=Act.LOAN_RETURN)
    if not loans:
        raise EmptyBox(code=place.code)
    shares = _shared(unit, loans, records, given)
    for loan, record, share in zip(loans, records, shares, strict=True):
        unit.act(Act.LOAN_RETURN, record)
        receive(unit, loan, record, share, unit.lines[-1])
    return loans


def _shared(
    unit: Unit, loans: Sequence[Loan], records: Sequence[Volume | Item], given: Return
) -> list[Return]:
    """Each loan's part of what came back."""
    inside = [{record.reference_code, record.uid, *_codes(unit, record)} for record in records]
    mine = [[code for code in given.missing if code in codes] for codes in inside]
    lacking = [missing_pages(unit, loan, codes) for loan, codes in zip(loans, mine, strict=True)]
    missing_pages(unit, loans[0], [code for code in given.missing if not any(code in some for some in mine)])
    expected = (
        sum(loan.items_out for loan in loans) - sum(map(len, lacking)),
        sum(loan.pages_out for loan in loans) - sum(sum(one.values()) for one in lacking),
    )
    counted = tuple(
        was if said is None else said for said, was in zip((given.items, given.pages), expected, strict=True)
    )
    _agree((counted[0], counted[1]), expected)
    return [Return(given.by, None, None, given.intact, tuple(codes), given.note) for codes in mine]


def _codes(unit: Unit, record: Volume | Item) -> list[str]:
    rows = unit.session.execute(select(Item.reference_code, Item.uid).where(Item.volume_uid == record.uid))
    return [code for row in rows for code in row]


def _agree(counted: tuple[int, int], booked: tuple[int, int]) -> None:
    if counted != booked:
        told = [" / ".join(map(str, pair)) for pair in (counted, booked)]
        raise CountDiffers(counted=told[0], booked=told[1])
