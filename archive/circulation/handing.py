"""柜台交接: what lies on the desk goes out, or comes back, counted and signed by two, all of it in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archive.acts import Act
from archive.circulation import counter, ledger, readings, signing
from archive.circulation.counter import Counted, Returned
from archive.circulation.lending import Return, Terms
from archive.circulation.readings import subject
from archive.circulation.signing import Signing
from archive.model import Loan, Person, Reading
from archive.unit import Unit


def lend(
    unit: Unit, codes: Sequence[str], terms: Terms, signed: Signing, counted: Mapping[str, Counted] | None = None
) -> list[Loan]:  # fmt: skip
    """Lend everything on the desk to one person who signs for it, or nothing; raises as `lend_many` and `sign`."""
    loans = counter.lend_many(unit, codes, terms, counted)
    for loan in loans:
        borrower = unit.session.get_one(Person, loan.borrower_uid)
        signing.sign(unit, terms.act, loan, ledger.record_of(unit, loan), borrower, signed)
    return loans


def take_back(
    unit: Unit, codes: Sequence[str], signed: Signing, given: Mapping[str, Return], *, by: str | None = None
) -> list[Loan]:
    """Take back everything on the desk from who brings it and signs, or nothing; raises as `return_many` and `sign`."""
    told = counter.return_many(unit, codes, by=by, given=given)
    loans = [_loan(unit, one) for one in told]
    for loan in loans:
        bringer = unit.session.get_one(Person, loan.returned_by)
        signing.sign(unit, Act.LOAN_RETURN, loan, ledger.record_of(unit, loan), bringer, signed)
    return loans


def begin_reading(unit: Unit, code: str, signed: Signing, **terms: object) -> Reading:
    """Hand out for reading, signed by the reader, for a visitor by who stays with him; raises as `readings.begin`."""
    made = readings.begin(unit, code, **terms)  # type: ignore[arg-type]
    _sign_reading(unit, Act.READING_BEGIN, made, signed)
    return made


def end_reading(unit: Unit, code: str, signed: Signing, **given: object) -> Reading:
    """Take back what was read, signed likewise; raises as `readings.end`."""
    made = readings.end(unit, code, **given)  # type: ignore[arg-type]
    _sign_reading(unit, Act.READING_END, made, signed)
    return made


def _sign_reading(unit: Unit, act: Act, made: Reading, signed: Signing) -> None:
    other = unit.session.get_one(Person, made.person_uid or made.companion_uid)
    signing.sign(unit, act, made, subject(unit, made), other, signed)


def _loan(unit: Unit, one: Returned) -> Loan:
    found = ledger.by_number(unit, one.number)
    assert found is not None
    return found
