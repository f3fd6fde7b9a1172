"""补登在借: what was out already when the paper register was brought in becomes a loan like any other (R23, R36)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from archive.acts import Act
from archive.circulation import calendar, ledger, lending
from archive.circulation.counting import face_to_face, pieces
from archive.errors import AlreadyOut, BadValue, NothingToLend
from archive.lives import ITEM, VOLUME
from archive.model import Item, Loan, Outing, Person, Volume
from archive.unit import Unit
from archive.values import LoanState
from archive.volumes import next_number


@dataclass(frozen=True, slots=True)
class Entered:
    """A line of the paper register: who has it, since when, until when, what for, and what was counted then."""

    lent_on: dt.date
    due_on: dt.date | None = None
    purpose: str = ""
    note: str = ""
    items: int | None = None
    pages: int | None = None


def take_over(unit: Unit, record: Volume | Item, borrower: Person, line: Entered) -> Loan:
    """Enter that *borrower* has *record*, as the paper register says; the actor vouches for it, nobody approved it here.

    It is chased and comes back as any loan. Raises `WrongState`, `SameSigner`, `NothingToLend`, `CountDiffers`,
    `AlreadyOut`, `BadValue` for days that cannot be.
    """
    said = {name: text for name, text in (("purpose", line.purpose), ("note", line.note)) if text}
    unit.act(Act.LOAN_TAKE_OVER, record, borrower=borrower.account, private=said)
    told = unit.lines[-1]
    (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, Act.LOAN_TAKE_OVER)
    face_to_face(unit, borrower, Act.LOAN_TAKE_OVER)
    if ledger.holder(unit, record) is not None:
        raise AlreadyOut(code=record.reference_code)
    counted = pieces(unit, record)
    if not counted.holdings:
        raise NothingToLend(code=record.reference_code)
    counted.agree(line.items, line.pages)
    due_on = due(unit, line)
    loan = _loan(unit, record, borrower, line.lent_on, due_on)
    loan.card = lending.sealed(unit, record.uid, loan.number, said)
    loan.items_out, loan.pages_out = counted.items, counted.pages
    loan.outings = [Outing(holding_uid=holding.uid) for holding in counted.holdings]
    unit.session.add(loan)
    unit.session.flush()
    told.facts = {
        **told.facts,
        "number": loan.number,
        "lent_on": line.lent_on,
        "due_on": due_on,
        "items": loan.items_out,
    }
    return loan


def due(unit: Unit, line: Entered) -> dt.date:
    """The day it should come back: as the register says, else as long after the lending as loans are given (R44).

    Raises `BadValue` for a lending in the future, or a return due before it.
    """
    if line.lent_on > unit.today:
        raise BadValue(field="lent_on", value=line.lent_on, expected=f"≤ {unit.today}")
    if line.due_on is not None and line.due_on < line.lent_on:
        raise BadValue(field="due_on", value=line.due_on, expected=f"≥ {line.lent_on}")
    return line.due_on or calendar.due_after(unit, unit.settings.loan_days, start=line.lent_on)


def _loan(unit: Unit, record: Volume | Item, borrower: Person, lent_on: dt.date, due_on: dt.date) -> Loan:
    prefix = f"JY{unit.today.year}-"
    return Loan(
        number=f"{prefix}{next_number(unit, prefix):05d}",
        volume_uid=record.uid if isinstance(record, Volume) else None,
        item_uid=record.uid if isinstance(record, Item) else None,
        borrower_uid=borrower.uid,
        state=LoanState.OUT,
        lent_by=unit.actor.uid,
        lent_on=lent_on,
        lent_at=dt.datetime.combine(lent_on, dt.time(), unit.settings.zone).astimezone(dt.UTC),
        due_on=due_on,
        taken_over=True,
    )
