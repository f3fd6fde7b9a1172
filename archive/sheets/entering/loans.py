"""借阅登记簿 (F11): what is still out becomes a loan taken over; what came back long ago is passed over, and told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from archive import people
from archive.acts import Act
from archive.circulation import ledger as loans
from archive.circulation import taking_over
from archive.circulation.counting import face_to_face
from archive.circulation.taking_over import Entered
from archive.errors import (
    AlreadyOut,
    ArchiveError,
    BadValue,
    NameUnclear,
    NotFound,
    ReturnedLong,
    RowDiffers,
    RowNameless,
)
from archive.exchange import MadeKind, RowFate, SheetKind
from archive.lives import ITEM, VOLUME
from archive.model import Item, Loan, Person, Volume
from archive.policy import refusal, visible
from archive.sheets.entering import cells
from archive.sheets.entering.verdicts import Entering, Made, Verdict
from archive.sheets.entries import Entry
from archive.sheets.ledger import Thing
from archive.unit import Unit

#: Columns that have no place of their own on a loan.
REST = ("pieces", "use_mode", "approved_by", "lent_by", "renewals", "chased", "effect")


@dataclass(frozen=True, slots=True)
class NewLoan:
    """Something that is out: the record, who has it, what the register says."""

    uid: str
    borrower: str
    line: Entered


class Loans(Entering):
    """The rows of a loan register kept on paper."""

    kind, makes, act = SheetKind.LOANS, MadeKind.LOAN, Act.LOAN_TAKE_OVER

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._people: dict[str, list[Person]] | None = None
        self._coming: dict[str, str] = {}

    def plan(self, entry: Entry) -> Verdict:
        """A loan to be taken over, one that is known, or one that came back."""
        back = cells.day(entry, "returned_on")
        if back is not None:
            return self._passed_over(entry, back)
        record = self._record(entry)
        borrower = self._borrower(entry)
        line = self._line(entry)
        barred = refusal(self.unit.actor, Act.LOAN_TAKE_OVER, record)
        if barred is not None:
            raise barred
        if loans.holder(self.unit, record) is not None:
            return self._there(entry, record, borrower, line)
        former = self._came_back(record, borrower, line)
        if former is not None:
            thing = Thing(self.makes, former.uid)
            return Verdict(entry.row, RowFate.KNOWN, thing=thing, code=record.reference_code)
        (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, Act.LOAN_TAKE_OVER)
        face_to_face(self.unit, borrower, Act.LOAN_TAKE_OVER)
        taking_over.due(self.unit, line)
        if self._coming.setdefault(record.uid, f"{entry.row}") != f"{entry.row}":
            raise AlreadyOut(code=record.reference_code)
        job = NewLoan(record.uid, borrower.account, line)
        return Verdict(entry.row, RowFate.MADE, code=record.reference_code, job=job)

    def _passed_over(self, entry: Entry, back: dt.date) -> Verdict:
        """A loan that came back: known if it is in our register, else only told."""
        try:
            former = self._came_back(self._record(entry), self._borrower(entry), self._line(entry))
        except ArchiveError:
            former = None
        if former is None:
            return Verdict(entry.row, RowFate.SKIPPED, ReturnedLong(on=back))
        return Verdict(entry.row, RowFate.KNOWN, thing=Thing(self.makes, former.uid), code=former.number)

    def _record(self, entry: Entry) -> Volume | Item:
        """The record of the code in the row; raises `RowNameless` without one, `NotFound`."""
        code = cells.code(entry)
        if code is None:
            raise RowNameless(wanted="reference_code")
        volumes = select(Volume).where(Volume.reference_code == code, visible(self.unit.actor, Volume))
        papers = select(Item).where(Item.reference_code == code, visible(self.unit.actor, Item))
        found = self.unit.session.scalar(volumes) or self.unit.session.scalar(papers)
        if found is None:
            raise NotFound(what="record", code=code)
        return found

    def _borrower(self, entry: Entry) -> Person:
        """Who has it, by account or name, and by department where several are called so; raises `NotFound`, `NameUnclear`."""
        given = cells.text(entry, "borrower")
        if self._people is None:
            self._people = {}
            for person in self.unit.session.scalars(select(Person)):
                for key in {person.account, people.name_of(self.unit, person)}:
                    self._people.setdefault(key, []).append(person)
        found = self._people.get(given, [])
        if len(found) > 1 and cells.text(entry, "department"):
            of = cells.Matters(self.unit, Act.LOAN_TAKE_OVER).department(cells.text(entry, "department"))
            found = [person for person in found if person.department == of]
        if not found:
            raise NotFound(what="person", code=given[:40])
        if len(found) > 1:
            raise NameUnclear(name=given, count=len(found))
        return found[0]

    def _line(self, entry: Entry) -> Entered:
        lent_on = cells.day(entry, "lent_on")
        if lent_on is None:
            raise BadValue(field="lent_on", value="—", expected="YYYY-MM-DD")
        purpose = cells.text(entry, "purpose")
        return Entered(lent_on, cells.day(entry, "due_on"), purpose, cells.note(self.unit, entry, REST))

    def _there(self, entry: Entry, record: Volume | Item, borrower: Person, line: Entered) -> Verdict:
        """The loan the row speaks of; raises `AlreadyOut` if another has it, `RowDiffers`."""
        loan = loans.open_loan(self.unit, record)
        if loan is None or loan.borrower_uid != borrower.uid:
            raise AlreadyOut(code=record.reference_code)
        for field, has, given in (
            ("lent_on", loan.lent_on, line.lent_on),
            ("due_on", loan.due_on, line.due_on),
        ):
            if given is not None and has != given:
                raise RowDiffers(code=record.reference_code, field=field, has=has, given=given)
        return Verdict(
            entry.row, RowFate.KNOWN, thing=Thing(self.makes, loan.uid), code=record.reference_code
        )

    def _came_back(self, record: Volume | Item, borrower: Person, line: Entered) -> Loan | None:
        """The loan this row became when the list was brought in before, returned since."""
        mine = Loan.volume_uid == record.uid if isinstance(record, Volume) else Loan.item_uid == record.uid
        same = (Loan.borrower_uid == borrower.uid, Loan.lent_on == line.lent_on, Loan.only_copy.is_(False))
        return self.unit.session.scalars(select(Loan).where(mine, *same).limit(1)).first()

    def make(self, jobs: Sequence[NewLoan]) -> Sequence[Made | None]:
        """Take each over."""
        return [self._taken_over(job) for job in jobs]

    def _taken_over(self, job: NewLoan) -> Made:
        record = self.unit.record(job.uid)
        loan = taking_over.take_over(self.unit, record, self.unit.person(job.borrower), job.line)
        return Made(Thing(self.makes, loan.uid), loan.number)
