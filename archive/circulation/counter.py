"""扫码借还: what the counter does with a code it scanned, one or many; one transaction, each act its own line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from archive.acts import Act
from archive.circulation import boxes, lending
from archive.circulation.lending import Return, Terms
from archive.errors import ArchiveError, BadValue, LineRefused, ScannedTwice, WithItsVolume
from archive.model import Item, Loan, Volume
from archive.unit import Line, Unit

#: More codes than this are not one person's parcel.
MOST = 1000


@dataclass(frozen=True, slots=True)
class Scan:
    """A code and the line it was scanned on, from 1."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Returned:
    """What became of one scanned code; *why* is the refusal, if it was refused."""

    line: int
    code: str
    number: str
    intact: bool | None
    why: ArchiveError | None = None

    @property
    def done(self) -> bool:
        """True if it was taken back."""
        return self.why is None


def scans(codes: Iterable[str]) -> list[Scan]:
    """The codes with their lines; empty lines are skipped. Raises `BadValue` for none or too many."""
    found = [Scan(line, code.strip()) for line, code in enumerate(codes, 1) if code.strip()]
    if not 1 <= len(found) <= MOST:
        raise BadValue(field="codes", value=len(found) or "—", expected=f"1–{MOST}")
    return found


def lend(
    unit: Unit, code: str, terms: Terms, *, items: int | None = None, pages: int | None = None
) -> list[Loan]:
    """Lend a record, or all that stands in a box; raises as `lending.lend` and `boxes.lend`."""
    place = boxes.box(unit, code)
    if place is not None:
        return boxes.lend(unit, place, terms, items=items, pages=pages)
    return [lending.hand_over(unit, lending.found(unit, code), terms, items=items, pages=pages)]


def take_back(unit: Unit, code: str, given: Return) -> list[Loan]:
    """Take back a record, a loan by its number, or all of a box; raises as `lending.take_back`."""
    place = boxes.box(unit, code)
    if place is not None:
        return boxes.take_back(unit, place, given)
    return [
        lending.take_back(
            unit, code, by=given.by, items=given.items, pages=given.pages, intact=given.intact,
            missing=given.missing, note=given.note,
        )
    ]  # fmt: skip


#: What both counted of one code: items and pages, None where it was not counted.
Counted = tuple[int | None, int | None]


def lend_many(
    unit: Unit, codes: Iterable[str], terms: Terms, counted: Mapping[str, Counted] | None = None
) -> list[Loan]:
    """Lend everything that was scanned to one person, or nothing; *counted* is what was counted of each code.

    Raises `LineRefused` for the first bad line.
    """
    scanned = scans(codes)
    _told_by_line(scanned, _once(scanned))
    _told_by_line(scanned, _without_its_volume(unit, scanned))
    loans: list[Loan] = []

    def one(scan: Scan) -> None:
        items, pages = (counted or {}).get(scan.code, (None, None))
        loans.extend(lend(unit, scan.code, terms, items=items, pages=pages))

    _told_by_line(scanned, one)
    return loans


def return_many(
    unit: Unit, codes: Iterable[str], *, by: str | None = None, keep_going: bool = False,
    given: Mapping[str, Return] | None = None,
) -> list[Returned]:  # fmt: skip
    """Take back everything that was scanned, counted as it went out or as is *given* of a code; what each came to.

    Raises `LineRefused` for the first bad line and takes nothing back, unless it is to *keep_going*.
    """
    scanned = scans(codes)
    once = _once(scanned)
    told: list[Returned] = []
    for scan in scanned:
        before = len(unit.lines)
        try:
            once(scan)
            with unit.session.begin_nested():
                how = (given or {}).get(scan.code, Return(by))
                told += [_returned(scan, loan) for loan in take_back(unit, scan.code, how)]
        except ArchiveError as why:
            if not keep_going:
                raise LineRefused(line=scan.line, code=scan.code, why=why) from why
            _undone(unit, before, scan.code, why)
            told.append(Returned(scan.line, scan.code, "", None, why))
    return told


def _returned(scan: Scan, loan: Loan) -> Returned:
    return Returned(scan.line, scan.code, loan.number, loan.intact)


def _undone(unit: Unit, before: int, code: str, why: ArchiveError) -> None:
    """The lines of an act that was undone tell how it ended; a refusal without one gets its own."""
    if len(unit.lines) == before:
        unit.lines.append(Line(Act.LOAN_RETURN, outcome=why.code, private={"asked": code}))
    for place, line in enumerate(unit.lines[before:], before):
        if line.outcome == "done":
            unit.lines[place] = replace(line, outcome=why.code, facts={})


def _told_by_line(scanned: Sequence[Scan], do: Callable[[Scan], object]) -> None:
    for scan in scanned:
        try:
            do(scan)
        except ArchiveError as why:
            raise LineRefused(line=scan.line, code=scan.code, why=why) from why


def _once(scanned: Sequence[Scan]) -> Callable[[Scan], None]:
    """A check that a code was not scanned before."""
    first: dict[str, int] = {}
    for scan in scanned:
        first.setdefault(scan.code, scan.line)

    def check(scan: Scan) -> None:
        if first[scan.code] != scan.line:
            raise ScannedTwice(code=scan.code, first=first[scan.code])

    return check


def _without_its_volume(unit: Unit, scanned: Sequence[Scan]) -> Callable[[Scan], None]:
    """A check that a paper was not scanned together with the volume it stands in."""
    lines = {scan.code: scan.line for scan in scanned}
    rows = (
        select(Item.reference_code, Volume.reference_code)
        .join(Volume, Volume.uid == Item.volume_uid)
        .where(Item.reference_code.in_(lines), Volume.reference_code.in_(lines))
    )
    inside = {row[0]: row[1] for row in unit.session.execute(rows)}

    def check(scan: Scan) -> None:
        volume = inside.get(scan.code)
        if volume is not None:
            unit.record(scan.code)  # what is hidden answers as absent
            raise WithItsVolume(code=scan.code, volume=volume, first=lines[volume])

    return check
