"""What must hold of an instance after any fault (reliability §4): one function, one list of violations."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from archive import audit, db, objects
from archive.errors import ArchiveError
from archive.exchange import ImportState, RowFate
from archive.model import (
    Blob,
    DigitalObject,
    Dossier,
    Event,
    Holding,
    ImportedFile,
    ImportRow,
    ImportRun,
    IndexTask,
    Item,
    Loan,
    Outing,
    Party,
    Premises,
    Volume,
)
from archive.unit import Unit
from archive.values import LoanState, VolumeState

CODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")


@dataclass(frozen=True)
class Acked:
    """What somebody was told is done: titles filed, and loan numbers with the state they were left in."""

    titles: Sequence[str] = ()
    loans: Sequence[tuple[str, LoanState]] = ()


def check_all(office, acked: Acked = Acked(), *, canary: str | None = None) -> list[str]:
    """Every violation of I1-I6, I8 and I10 in *office*; an empty list is the only good answer."""
    with office.ask("gm") as unit:
        found = [
            *_sound(unit),
            *_acked(unit, acked),
            *_whole(unit),
            *_blobs(unit),
            *_loans(unit),
            *_chain(office, unit),
        ]
    if canary is not None:
        found += [f"I10 {path.name} holds the canary" for path in spellings_found(office.home, canary)]
    return found


def spellings_found(folder: Path, canary: str) -> list[Path]:
    """The files under *folder* that hold *canary* in any of four codings, in content or in name."""
    wanted = [canary.encode(coding) for coding in CODINGS]
    return [
        path
        for path in sorted(folder.rglob("*"))
        if canary in path.name or (path.is_file() and any(spelt in path.read_bytes() for spelt in wanted))
    ]


def _sound(unit: Unit) -> Iterable[str]:
    """I1: the database's own checks."""
    wrong = db.integrity(unit.session)
    if wrong is not None:
        yield f"I1 {wrong}"


def _acked(unit: Unit, acked: Acked) -> Iterable[str]:
    """I2: every acknowledged act is there, exactly once."""
    if acked.titles:
        titles = Counter(unit.card(item).title for item in unit.session.scalars(select(Item)))
        yield from (
            f"I2 {title} is there {titles[title]} times" for title in acked.titles if titles[title] != 1
        )
    if acked.loans:
        loans = dict(unit.session.execute(select(Loan.number, Loan.state)).all())
        for number, state in acked.loans:
            now = loans.get(number)
            if now is None or (state is LoanState.RETURNED and now is not state):
                yield f"I2 loan {number} was {state}, is {now}"


def _whole(unit: Unit) -> Iterable[str]:
    """I3: a record, its line in the log and its task for the index come together or not at all."""
    tasks = set(unit.session.scalars(select(IndexTask.record_uid)))
    kinds = {"item": (Item, ("item.file",)), "volume": (Volume, ("volume.open",))}
    for kind, (model, acts) in kinds.items():
        rows = set(unit.session.scalars(select(model.uid)))
        told = select(Event.object_uid).where(
            Event.object_kind == kind, Event.act.in_(acts), Event.outcome == "done"
        )
        lines = set(unit.session.scalars(told))
        yield from (f"I3 {kind} {uid} has no line" for uid in rows - lines)
        yield from (f"I3 a line, but no {kind} {uid}" for uid in lines - rows - _undone(unit) - {""})
        yield from (f"I3 {kind} {uid} has no task" for uid in rows - tasks)
        kept = set(unit.session.scalars(select(model.uid).where(model.state != VolumeState.DESTROYED)))
        yield from (f"I3 {uid} has no key" for uid in kept if not unit.keys.has_key(uid))
    yield from _counted(unit)
    yield from _imported(unit)
    yield from _runs(unit)


def _undone(unit: Unit) -> set[str]:
    """What imports made that were taken back, or are being taken back; it has neither row nor key."""
    rows = select(ImportRow.thing_uid).join(ImportRun, ImportRun.uid == ImportRow.run_uid)
    back = ImportRun.state.in_((ImportState.UNDOING, ImportState.UNDONE))
    return {uid for uid in unit.session.scalars(rows.where(back, ImportRow.fate == RowFate.MADE)) if uid}


def _runs(unit: Unit) -> Iterable[str]:
    """I3: an import that stands has everything it made, one taken back nothing; its counts are those of its rows."""
    there: set[str] = set()
    for model in (Volume, Item, Dossier, Party, Premises, Loan):
        there |= set(unit.session.scalars(select(model.uid)))
    for run in unit.session.scalars(select(ImportRun)):
        rows = list(unit.session.scalars(select(ImportRow).where(ImportRow.run_uid == run.uid)))
        made = {row.thing_uid for row in rows if row.fate is RowFate.MADE}
        if run.state in {ImportState.RUNNING, ImportState.DONE}:
            yield from (f"I3 {run.number} made {uid}, which is gone" for uid in made - there)
        if run.state is ImportState.UNDONE:
            yield from (f"I3 {run.number} is undone, but {uid} is there" for uid in made & there)
        fates = Counter(row.fate for row in rows if row.ordinal == 0)
        told = (run.made, run.known, run.refused)
        if told != (fates[RowFate.MADE], fates[RowFate.KNOWN], fates[RowFate.REFUSED]):
            yield f"I3 {run.number} counts {told}, its rows are {dict(fates)}"
        if rows and run.reached != max(row.row for row in rows):
            yield f"I3 {run.number} has reached {run.reached}, which is not its last row"


def _counted(unit: Unit) -> Iterable[str]:
    """The counts on a volume are those of its items, its numbers run without gap."""
    for volume in unit.session.scalars(select(Volume)):
        rows = unit.session.execute(
            select(Item.seq_no, Item.first_page, Item.page_count)
            .where(Item.volume_uid == volume.uid)
            .order_by(Item.seq_no)
        ).all()
        if [row.seq_no for row in rows] != list(range(1, len(rows) + 1)):
            yield f"I3 {volume.reference_code} has gaps"
        if (volume.items, volume.pages) != (len(rows), sum(row.page_count for row in rows)):
            yield f"I3 {volume.reference_code} counts wrongly"


def _imported(unit: Unit) -> Iterable[str]:
    """An imported item has its file, and was imported once."""
    stored = set(unit.session.scalars(select(DigitalObject.item_uid)))
    for uid, times in Counter(unit.session.scalars(select(ImportedFile.item_uid))).items():
        if times != 1 or uid not in stored:
            yield f"I3 imported {uid}: {times} lines, stored: {uid in stored}"


def _blobs(unit: Unit) -> Iterable[str]:
    """I4: no row points to missing or undecryptable bytes; I5: what no row knows is whole or temporary."""
    pairs = select(DigitalObject, Blob).join(Blob, Blob.uid == DigitalObject.blob_uid)
    living = pairs.join(Item, Item.uid == DigitalObject.item_uid).where(Item.state != VolumeState.DESTROYED)
    for stored, blob in unit.session.execute(living):
        try:
            unit.vault.check(objects.blob_ref(blob), objects.unwrapped(unit, stored))
        except ArchiveError as fault:
            yield f"I4 {stored.uid}: {fault.code}"
    known, kept = (
        {
            objects.blob_ref(blob).name
            for blob in unit.session.scalars(select(Blob).where(Blob.erased_at.is_(None)))
        },
        set(unit.vault.walk()),
    )
    yield from (f"I4 {name} is missing" for name in known - kept)
    for path in unit.vault.folder.rglob("*"):
        name = path.relative_to(unit.vault.folder).as_posix()
        if path.is_file() and name not in kept and not name.startswith("tmp/"):
            yield f"I5 {name} is neither a blob nor temporary"


def _loans(unit: Unit) -> Iterable[str]:
    """I6: one open loan a holding; lines and loan tell the same; every loan has its lines in the log."""
    open_lines = select(Outing.holding_uid).where(Outing.returned_at.is_(None))
    twice = open_lines.group_by(Outing.holding_uid).having(func.count() > 1)
    yield from (f"I6 holding {uid} is out twice" for uid in unit.session.scalars(twice))
    told = Counter(
        (event.act, event.number)
        for event in unit.session.execute(
            select(Event.act, func.json_extract(Event.facts, "$.number").label("number")).where(
                Event.act.in_(("loan.lend", "loan.lend-copy", "loan.take-over", "loan.return")),
                Event.outcome == "done",
            )
        )
    )
    for loan in unit.session.scalars(select(Loan)):
        lines = unit.session.scalars(select(Outing).where(Outing.loan_uid == loan.uid)).all()
        back = loan.state is LoanState.RETURNED
        if not lines or any((line.returned_at is not None) != back for line in lines):
            yield f"I6 {loan.number} and its lines disagree"
        lent = "loan.take-over" if loan.taken_over else "loan.lend-copy" if loan.only_copy else "loan.lend"
        lines_out = min(told[lent, loan.number], 1) if loan.taken_over else told[lent, loan.number]
        if (lines_out, told["loan.return", loan.number]) != (1, int(back)):
            yield f"I3 {loan.number} is not in the log as it is in the ledger"
    numbers = set(unit.session.scalars(select(Loan.number)))
    undone = "loan.take-over" if _undone(unit) else ""
    yield from (
        f"I3 a line, but no loan {number}" for act, number in told if number not in numbers and act != undone
    )


def explained(unit: Unit) -> list[str]:
    """V11: for each holding, its loans one after another, none begun before the last ended."""
    wrong = []
    rows = (
        select(Outing.holding_uid, Loan.number, Loan.lent_at, Outing.returned_at)
        .join(Loan, Loan.uid == Outing.loan_uid)
        .order_by(Outing.holding_uid, Loan.lent_at, Loan.number)
    )
    last: tuple[str, dt.datetime | None] | None = None
    for row in unit.session.execute(rows):
        if last and last[0] == row.holding_uid and (last[1] is None or last[1] > row.lent_at):
            wrong.append(f"{row.number} began before the loan before it ended")
        last = (row.holding_uid, row.returned_at)
    return wrong


def _chain(office, unit: Unit) -> Iterable[str]:
    """I8: the log verifies to its end and against its own signed checkpoints."""
    verdict = audit.verify(unit.session, office.instance.signer.public_key())
    if not verdict.sound:
        yield f"I8 line {verdict.bad_seq}: {verdict.why}"


def holdings_out(unit: Unit) -> set[str]:
    """The items whose original is out."""
    rows = select(Holding.item_uid).join(Outing, Outing.holding_uid == Holding.uid)
    return set(unit.session.scalars(rows.where(Outing.returned_at.is_(None))))
