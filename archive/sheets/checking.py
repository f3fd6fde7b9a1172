"""The dry run: what would become of every row of a list, and what is odd within the list itself; nothing is written.

Rows pass one by one: neither the list nor the verdicts are ever all in memory.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import select

from archive.acts import Act
from archive.errors import ArchiveError, NumbersSkip, PagesCross, RowRepeated, TotalDiffers
from archive.exchange import RowFate, SheetKind
from archive.model import Volume
from archive.sheets import ledger
from archive.sheets.entering import Books, Verdict, prepared
from archive.sheets.entries import Aside, Entry, Slip
from archive.sheets.lists import OpenList
from archive.sheets.rows import Row
from archive.unit import Unit

#: Rows asked of the catalogue together.
BATCH = 500
#: By which value a row of each kind is the same row again.
ONCE: dict[SheetKind, str] = {
    SheetKind.VOLUMES: "reference_code",
    SheetKind.CONTENTS: "reference_code",
    SheetKind.FILED: "reference_code",
    SheetKind.CONTRACTS: "contract_no",
    SheetKind.OUTGOING: "document_no",
    SheetKind.INCOMING: "register_no",
}
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """One row of the list: what would become of it, why not, and what is odd about it though it would go in.

    *slips* refuse the row; *remarks* do not. *aside* says why it is no entry.
    """

    row: Row
    fate: RowFate
    error: ArchiveError | None = None
    code: str = ""
    slips: tuple[Slip, ...] = ()
    remarks: tuple[Slip, ...] = ()
    aside: Aside | None = None

    @property
    def number(self) -> int:
        """The row as the sheet counts."""
        return self.row.number

    @property
    def suggestion(self) -> str:
        """What was surely meant where that is certain; empty otherwise."""
        return "；".join(slip.suggestion for slip in self.slips if slip.suggestion)


@dataclass(slots=True)
class Report:
    """What the dry run of a list came to: rows by fate, and the first rows that are refused or odd."""

    fates: Counter[RowFate] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    remarks: int = 0
    suggestions: int = 0
    problems: list[Checked] = field(default_factory=list)

    def take(self, checked: Checked, most: int) -> None:
        """Count one row; the first *most* with something to say are kept."""
        self.fates[checked.fate] += 1
        self.remarks += len(checked.remarks)
        self.suggestions += sum(slip.suggestion is not None for slip in checked.slips)
        if checked.error is not None and checked.fate is RowFate.REFUSED:
            self.reasons[checked.error.code] += 1
        odd = checked.remarks or checked.fate is RowFate.REFUSED
        if odd and len(self.problems) < most:
            self.problems.append(checked)


def check(
    unit: Unit, listing: OpenList, *, each: Callable[[Checked], None] | None = None, progress: Told | None = None,
    most: int = 20,
) -> Report:  # fmt: skip
    """Try the import of *listing*: nothing is written. *each* is handed every row, in order; the first *most* problems are kept.

    Raises `SheetUnreadable`, `SheetTooLarge` where the file ends in damage, and what the policy refuses.
    """
    unit.act(Act.SHEET_CHECK, private={"file": listing.sheet.file}, kind=listing.layout.kind.value)
    report = Report()
    total = max(listing.sheet.expected - listing.layout.header_row, 0)
    done = 0
    for done, checked in enumerate(_checked(unit, listing), 1):
        report.take(checked, most)
        if each:
            each(checked)
        if progress and done % BATCH == 0:
            progress(min(done, total), total)
    if progress:
        progress(max(done, 1), max(done, 1))
    return report


def _checked(unit: Unit, listing: OpenList) -> Iterator[Checked]:
    """Every row with its verdict; rows wait in a short queue until the catalogue has been asked."""
    waiting: deque[tuple[Row, Entry | None, Aside | None]] = deque()
    kind = listing.layout.kind
    books, within = Books(unit, kind), Within(unit, kind, listing.layout.columns)
    rows = prepared(kind, _entries(listing, waiting))
    following = next(rows, None)
    while following is not None:
        batch = [following, *islice(rows, BATCH - 1)]
        following = next(rows, None)
        for entry, verdict, coming in zip(batch, books.plan(batch), [*batch[1:], following], strict=True):
            yield from _asides(waiting, entry.row, within)
            row, _, _ = waiting.popleft()
            yield _judged(row, entry, verdict, [*within.entry(entry), *within.last(entry, coming)])
    yield from _asides(waiting, None, within)


def _entries(listing: OpenList, waiting: deque[tuple[Row, Entry | None, Aside | None]]) -> Iterator[Entry]:
    for row, entry, aside in listing.listed():
        waiting.append((row, entry, aside))
        if entry is not None:
            yield entry


def _asides(
    waiting: deque[tuple[Row, Entry | None, Aside | None]], until: int | None, within: Within
) -> Iterator[Checked]:
    """The rows in front of row *until* that are no entries."""
    while waiting and (until is None or waiting[0][0].number < until):
        row, _, aside = waiting.popleft()
        yield Checked(row, RowFate.SKIPPED, aside=aside, remarks=tuple(within.foot(row, aside)))


def _judged(row: Row, entry: Entry, verdict: Verdict, remarks: list[Slip]) -> Checked:
    slips = entry.slips
    if verdict.error is not None and verdict.fate is RowFate.REFUSED and not slips:
        slips = (Slip(str(verdict.error.facts.get("field", "")), verdict.error),)
    return Checked(row, verdict.fate, verdict.error, verdict.code, slips, tuple(remarks))


class Within:
    """What is odd within one list: the same thing twice, numbers that skip, pages that cross, totals that differ."""

    def __init__(self, unit: Unit, kind: SheetKind, columns: object) -> None:
        self._unit, self._kind, self._columns = unit, kind, dict(columns)  # type: ignore[call-overload]
        self._seen: dict[int, int] = {}
        self._number: int | None = None
        self._volume = ""
        self._ranges: list[tuple[int, int, int]] = []
        self._sums: Counter[str] = Counter()
        self._papers: Counter[str] = Counter()

    def entry(self, entry: Entry) -> Iterator[Slip]:
        """The remarks on one entry, in the light of those before."""
        yield from self._repeated(entry)
        yield from self._skipping(entry)
        if self._kind is SheetKind.CONTENTS:
            yield from self._crossing(entry)
        for name in ("items", "pages", "copies"):
            value = entry.values.get(name)
            if isinstance(value, int):
                self._sums[name] += value

    def _repeated(self, entry: Entry) -> Iterator[Slip]:
        name = ONCE.get(self._kind, "")
        value = entry.values.get(name)
        if value is None:
            return
        sign = hash((entry.values.get("year"), str(value).casefold()))
        first = self._seen.setdefault(sign, entry.row)
        if first != entry.row:
            yield Slip(name, RowRepeated(field=name, value=value, row=first))

    def _skipping(self, entry: Entry) -> Iterator[Slip]:
        """A running number goes up by one, or begins again at one."""
        told = str(entry.values.get("number") or "")
        if "number" not in self._columns or not told.isdecimal() or len(told) > 7:
            return
        before, self._number = self._number, int(told)
        if before is not None and self._number not in {before + 1, 1}:
            yield Slip("number", NumbersSkip(field="number", expected=before + 1, found=self._number))

    def _crossing(self, entry: Entry) -> Iterator[Slip]:
        volume = str(entry.values.get("volume") or "")
        if volume != self._volume:
            self._volume, self._ranges = volume, []
        first, last = entry.values.get("first_page"), entry.values.get("last_page")
        pages = entry.values.get("pages")
        if not isinstance(first, int):
            return
        if not isinstance(last, int):
            last = first + pages - 1 if isinstance(pages, int) and pages > 0 else first
        if self._ranges and first <= self._ranges[-1][1]:
            _, _, row = self._ranges[-1]
            yield Slip("first_page", PagesCross(first=first, last=last, row=row))
        self._ranges = [(first, last, entry.row)]

    def last(self, entry: Entry, coming: Entry | None) -> Iterator[Slip]:
        """At the last paper of a volume: whether the list has as many papers and pages as the 案卷目录 claimed (V5)."""
        if self._kind is not SheetKind.CONTENTS:
            return
        code = str(entry.values.get("volume") or "")
        self._papers["items"] += 1
        self._papers["pages"] += _pages(entry)
        if coming is not None and str(coming.values.get("volume") or "") == code:
            return
        papers, self._papers = self._papers, Counter()
        for name, claimed in zip(("items", "pages"), self._claimed(code), strict=True):
            if claimed is not None and claimed != papers[name]:
                yield Slip(name, TotalDiffers(field=name, told=claimed, counted=papers[name]))

    def _claimed(self, code: str) -> tuple[int | None, int | None]:
        """Papers and pages that the list of volumes claimed for the volume *code*, if this person may see it."""
        volume = (
            self._unit.session.scalar(select(Volume).where(Volume.reference_code == code)) if code else None
        )
        if volume is None or not self._unit.may(Act.RECORD_SEE, volume):
            return None, None
        return ledger.claimed(self._unit, [volume.uid]).get(volume.uid, (None, None))

    def foot(self, row: Row, aside: Aside | None) -> Iterator[Slip]:
        """Whether the list's own total is what its rows came to; a total ends what is added up."""
        if aside is not Aside.FOOT or "计" not in "".join(
            row.text(at) for at in range(min(len(row.cells), 6))
        ):
            return
        for name, counted in self._sums.items():
            told = row.text(self._columns[name]) if name in self._columns else ""
            if told.isdecimal() and len(told) < 10 and int(told) != counted:
                yield Slip(name, TotalDiffers(field=name, told=int(told), counted=counted))


def _pages(entry: Entry) -> int:
    """The pages of a paper: as told, or from its first to its last; 0 where neither is."""
    pages, first, last = (entry.values.get(name) for name in ("pages", "first_page", "last_page"))
    if isinstance(pages, int):
        return pages
    return last - first + 1 if isinstance(first, int) and isinstance(last, int) else 0
