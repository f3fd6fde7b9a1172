"""One list as one act: entered batch by batch, each a transaction that also says how far the list has come.

Killed anywhere, a rerun of the same file, read the same way, goes on after the last row that is in the books.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import dropwhile, islice
from typing import Any

from archive.acts import Act
from archive.audit import canonical
from archive.errors import ArchiveError, Busy, ImportAgain, RowsRefused, WrongState
from archive.exchange import ImportState, RowFate, SheetKind
from archive.faults import point
from archive.instance import Instance, Who
from archive.model import ImportRun
from archive.sheets import ledger
from archive.sheets.entering import Books, Verdict, prepared
from archive.sheets.entries import Entry
from archive.unit import Line, Unit

#: Rows entered in one transaction.
BATCH = 500
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list to be brought in: its kind, what knows it again, its rows from the first (asked for anew each time).

    *signs* are the digest of the file's bytes and everything that says how it is read; *card* is for people.
    """

    kind: SheetKind
    entries: Callable[[], Iterable[Entry]]
    signs: tuple[object, ...]
    card: Mapping[str, Any] = field(default_factory=dict)

    def rows(self) -> Iterator[Entry]:
        """The rows, completed by their neighbours."""
        return prepared(self.kind, self.entries())


@dataclass(frozen=True, slots=True)
class RunLine:
    """What an import came to."""

    number: str
    kind: SheetKind
    state: ImportState
    rows: int
    made: int
    known: int
    refused: int
    skipped: int
    started_at: dt.datetime
    finished_at: dt.datetime | None
    resumed: bool = False


def line_of(run: ImportRun, *, resumed: bool = False) -> RunLine:
    """*run* as a line; what is neither made, known nor refused was passed over."""
    skipped = max(0, run.rows - run.made - run.known - run.refused) if run.finished_at else 0
    return RunLine(
        run.number, run.kind, run.state, run.rows, run.made, run.known, run.refused, skipped, run.started_at,
        run.finished_at, resumed,
    )  # fmt: skip


def run(
    instance: Instance, who: Who, listing: Listing, *, partly: bool = False, progress: Told | None = None
) -> RunLine:
    """Bring *listing* in; goes on where an earlier run of it was cut off. Refused rows are passed over and noted.

    Unless *partly*, every row is looked at first, and a list with rows that would be refused is not begun.
    Raises `RowsRefused`, `ImportAgain` for a list that went in whole already, `WrongState` while it is being undone,
    `Busy` if another process is bringing it in, and what the machine cannot do: run it again.
    """
    digest = _digest(instance, listing)
    before = _before(instance, who, listing, digest)
    resumed = before is not None
    number, reached, rows = before or _begun(instance, who, listing, digest, partly=partly, progress=progress)
    entries = dropwhile(lambda entry: entry.row <= reached, listing.rows())
    done = sum(1 for _ in _until(listing, reached)) if resumed and progress else 0
    while batch := list(islice(entries, BATCH)):
        point("sheets.before_batch")
        with instance.work(who, Act.SHEET_IMPORT) as unit:
            _batch(unit, number, batch, reached)
        point("sheets.after_batch")
        reached, done = batch[-1].row, done + len(batch)
        if progress:
            progress(done, rows)
    with instance.work(who, Act.SHEET_IMPORT) as unit:
        return line_of(ledger.finish(unit, ledger.found(unit, number)), resumed=resumed)


def checked(
    instance: Instance, who: Who, listing: Listing, *, progress: Told | None = None
) -> Iterator[Verdict]:
    """What would become of every row, none being entered: one question to the catalogue as it stands."""
    with instance.ask(who, Act.SHEET_IMPORT) as unit:
        unit.look(Act.SHEET_SEE)
        books, entries, done = Books(unit, listing.kind), listing.rows(), 0
        while batch := list(islice(entries, BATCH)):
            yield from books.plan(batch)
            done += len(batch)
            if progress:
                progress(done, done)


def _until(listing: Listing, reached: int) -> Iterator[Entry]:
    return (entry for entry in listing.entries() if entry.row <= reached)


def _digest(instance: Instance, listing: Listing) -> str:
    told = canonical([listing.kind.value, *(str(sign) for sign in listing.signs)])
    return instance.keys.mac("import-run", told.encode()).hex()


def _before(instance: Instance, who: Who, listing: Listing, digest: str) -> tuple[str, int, int] | None:
    """Number, last row and rows of the run to go on with; None for a list that is begun anew."""
    with instance.ask(who, Act.SHEET_IMPORT) as unit:
        unit.look(Act.SHEET_SEE)
        found = ledger.latest(unit, listing.kind, digest)
        if found is None or found.state is ImportState.UNDONE:
            return None
        if found.state is ImportState.UNDOING:
            raise WrongState(state=found.state, act=Act.SHEET_IMPORT)
        if found.state is ImportState.RUNNING:
            return found.number, found.reached, found.rows
        if not found.refused:
            raise ImportAgain(number=found.number)
        return None


def _begun(
    instance: Instance, who: Who, listing: Listing, digest: str, *, partly: bool, progress: Told | None
) -> tuple[str, int, int]:
    rows = _looked_over(instance, who, listing, progress) if not partly else sum(1 for _ in listing.entries())
    with instance.work(who, Act.SHEET_IMPORT) as unit:
        run = ledger.begin(unit, listing.kind, digest, rows=rows, card=listing.card)
        return run.number, 0, rows


def _looked_over(instance: Instance, who: Who, listing: Listing, progress: Told | None) -> int:
    """How many rows there are, if each would go in; raises `RowsRefused` with the first that would not."""
    rows, refused, first = 0, 0, None
    for verdict in checked(instance, who, listing, progress=progress):
        rows += 1
        if verdict.fate is RowFate.REFUSED:
            refused += 1
            first = first or verdict
    if first is not None and first.error is not None:
        why = first.error.message(instance.settings.tongue)
        raise RowsRefused(refused=refused, rows=rows, first=first.row, why=why)
    return rows


def _batch(unit: Unit, number: str, batch: list[Entry], reached: int) -> None:
    """Enter a batch; raises `Busy` if another process has brought the list further meanwhile."""
    run = ledger.found(unit, number)
    unit.act(Act.SHEET_IMPORT, run, first=batch[0].row, last=batch[-1].row, rows=len(batch))
    if run.reached != reached or run.state is not ImportState.RUNNING:
        raise Busy(what=number)
    verdicts = Books(unit, run.kind).enter(batch)
    unit.lines += [
        _refusal(run, verdict, verdict.error)
        for verdict in verdicts
        if verdict.fate is RowFate.REFUSED and verdict.error
    ]
    ledger.note(unit, run, (verdict.noted() for verdict in verdicts))


def _refusal(run: ImportRun, verdict: Verdict, error: ArchiveError) -> Line:
    return Line(Act.SHEET_IMPORT, "importrun", run.uid, run.number, error.code, {"row": verdict.row})
