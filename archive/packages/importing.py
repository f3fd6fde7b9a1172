"""Import of a package: checked whole, then record by record, each with its files in one transaction.

A run is known again by the seal of the package: after a kill it goes on where it was, and a package that is in
already adds nothing. A record that cannot be taken in is refused by itself, with its reason, and the others go on.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from sqlalchemy import select

from archive import objects
from archive.acts import Act
from archive.errors import ArchiveError, BadValue, BagUnsafe, Busy, Damaged, FileMissing, FileTooLarge
from archive.exchange import ImportState, MadeKind, RowFate, SheetKind
from archive.faults import point
from archive.filenames import readable
from archive.importing import MACHINE
from archive.instance import Instance, Who
from archive.model import ImportRow, ImportRun, Item, Record
from archive.packages import arriving, checking, reading
from archive.packages.arriving import Usual
from archive.packages.checking import Sound
from archive.packages.reading import Contents
from archive.packages.told import FileTold, RecordTold, Unfit
from archive.sealing import Kept
from archive.sheets import ledger
from archive.sheets.entering.books import brought
from archive.sheets.ledger import Noted, Thing
from archive.unit import Line, Unit

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Row:
    """What became, or would become, of one record of a package."""

    row: int
    fate: RowFate
    former: str
    code: str = ""
    papers: int = 0
    files: int = 0
    error: ArchiveError | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A package taken in, or only looked at (*number* is then empty): what became of each record."""

    number: str
    rows: Sequence[Row]

    def count(self, fate: RowFate) -> int:
        """How many records met this fate."""
        return sum(1 for one in self.rows if one.fate is fate)


@dataclass(slots=True)
class _Work:
    folder: Path
    sound: Sound
    contents: Contents
    usual: Usual
    rows: list[Row] = field(default_factory=list)


def bring(
    instance: Instance, who: Who, folder: Path, usual: Usual, *, dry_run: bool = False, progress: Progress | None = None
) -> Arrival:  # fmt: skip
    """Take in the package in *folder*; with *dry_run* only say what would become of it.

    Raises `FileMissing`, `PackageUnsound`, `PackageUnread`, and what the machine cannot do (`DiskFull`,
    `StorageFailed`, `Busy`): the record at hand is undone, run it again.
    """
    with instance.ask(who, Act.PACKAGE_IMPORT) as unit:
        unit.act(Act.PACKAGE_IMPORT, private={"folder": readable(folder.name)}, looked=True)
    if not folder.is_dir():
        raise FileMissing(path=folder)
    sound = checking.sound(folder)
    contents = reading.contents(folder, sound.info, sorted(sound.files))
    told = Usual(usual.class_code, usual.department, contents.fonds, contents.origin, contents.number)
    work = _Work(folder, sound, contents, told)
    if dry_run:
        return _looked(instance, who, work)
    number, reached = _begun(instance, who, work)
    if reached is None:
        return Arrival(number, work.rows)
    for nth, record in enumerate(contents.records[reached:], reached + 1):
        point("package.before_record")
        with instance.work(who, Act.PACKAGE_IMPORT) as unit:
            work.rows.append(_entered(unit, number, record, work))
        if progress:
            progress(nth, len(contents.records))
    with instance.work(who, Act.PACKAGE_IMPORT) as unit:
        ledger.finish(unit, ledger.found(unit, number))
    return Arrival(number, work.rows)


def _looked(instance: Instance, who: Who, work: _Work) -> Arrival:
    """What would become of each record; nothing is changed."""
    with instance.ask(who, Act.PACKAGE_IMPORT) as unit:
        return Arrival("", [_foreseen(unit, record, work) for record in work.contents.records])


def _foreseen(unit: Unit, record: RecordTold | Unfit, work: _Work) -> Row:
    if _is_in(unit, record.row, work):
        return _row(record, RowFate.KNOWN)
    if isinstance(record, Unfit):
        return _row(record, RowFate.REFUSED, error=record.error)
    try:
        _files_there(unit, record, work)
        arriving.foreseen(unit, record, work.usual)
    except ArchiveError as error:
        return _row(record, RowFate.REFUSED, error=error)
    return _row(record, RowFate.MADE)


# --- the run --------------------------------------------------------------------------------------


def _begun(instance: Instance, who: Who, work: _Work) -> tuple[str, int | None]:
    """The number of the run and the records it has done; None if it is through: then the rows are told again."""
    with instance.work(who, Act.PACKAGE_IMPORT) as unit:
        digest = _digest(unit, work)
        run = ledger.latest(unit, SheetKind.PACKAGE, digest)
        if (
            run is None
            or run.state in {ImportState.UNDONE, ImportState.UNDOING}
            or (run.state is ImportState.DONE and run.refused)
        ):  # what was refused may be fit by now: once more, and what is in stays known
            card = {
                "file": readable(work.folder.name),
                "origin": work.usual.origin,
                "number": work.usual.number,
            }
            run = ledger.begin(unit, SheetKind.PACKAGE, digest, rows=len(work.contents.records), card=card)
            return run.number, 0
        unit.act(Act.PACKAGE_IMPORT, run, again=True)
        work.rows += [_again(unit, run, record) for record in work.contents.records[: run.reached]]
        return run.number, None if run.state is ImportState.DONE else run.reached


def _digest(unit: Unit, work: _Work) -> str:
    """A keyed MAC of the package's seal and of what was said for all of it."""
    said = f"{work.sound.seal}|{work.usual.class_code or ''}|{work.usual.department or ''}"
    return unit.keys.mac("package", said.encode()).hex()


def _again(unit: Unit, run: ImportRun, record: RecordTold | Unfit) -> Row:
    """What an earlier run did with a record: it is known now, or was refused then."""
    rows = select(ImportRow).where(ImportRow.run_uid == run.uid, ImportRow.row == record.row)
    first = unit.session.scalar(rows.order_by(ImportRow.ordinal).limit(1))
    refused = first is not None and first.fate is RowFate.REFUSED
    error = record.error if isinstance(record, Unfit) else None
    return _row(record, RowFate.REFUSED if refused else RowFate.KNOWN, error=error)


def _is_in(unit: Unit, row: int, work: _Work) -> bool:
    """True if an earlier run of the same package made this record, and that run still stands."""
    standing = ImportRun.state.in_((ImportState.RUNNING, ImportState.DONE))
    rows = select(ImportRow.row).join(ImportRun, ImportRun.uid == ImportRow.run_uid)
    same = rows.where(ImportRun.digest == _digest(unit, work), ImportRun.kind == SheetKind.PACKAGE, standing)
    made = same.where(ImportRow.row == row, ImportRow.fate == RowFate.MADE)
    return unit.session.scalar(made.limit(1)) is not None


def _entered(unit: Unit, number: str, record: RecordTold | Unfit, work: _Work) -> Row:
    """Take in one record inside a savepoint: what fails is undone, logged and told, and the others go on.

    Raises `Busy` if another process has brought the run further, or begun to take it back.
    """
    run = ledger.found(unit, number)
    unit.act(Act.PACKAGE_IMPORT, run, row=record.row)
    if run.state is not ImportState.RUNNING or run.reached != record.row - 1:
        raise Busy(what=number)
    mark = len(unit.lines)
    things: list[Thing] = []
    try:
        if isinstance(record, Unfit):
            raise record.error
        if _is_in(unit, record.row, work):
            ledger.note(unit, ledger.found(unit, number), [Noted(record.row, RowFate.KNOWN)])
            return _row(record, RowFate.KNOWN)
        with brought(unit.session) as things, unit.session.begin_nested(), _together(unit):
            row, made = _made(unit, number, record, work)
        things = [*things, *made]
    except ArchiveError as error:
        if error.exit >= MACHINE:
            raise
        del unit.lines[mark:]
        unit.lines.append(
            Line(Act.PACKAGE_IMPORT, outcome=error.code, facts={"row": record.row, "run": number})
        )
        row, things = _row(record, RowFate.REFUSED, error=error), []
    ledger.note(unit, ledger.found(unit, number), [Noted(record.row, row.fate, tuple(things), row.error)])
    return row


@contextmanager
def _together(unit: Unit) -> Iterator[None]:
    """The files of one record are synced into the vault's folders together."""
    vault = unit.vault
    try:
        with vault.together() as unit.vault:
            yield
    finally:
        unit.vault = vault


def _made(unit: Unit, number: str, record: RecordTold, work: _Work) -> tuple[Row, list[Thing]]:
    _files_there(unit, record, work)
    arrived = arriving.arrive(unit, record, work.usual)
    for item, paper in zip(arrived.papers, record.papers, strict=True):
        for file in paper.files:
            _attached(unit, item, file, work)
    arriving.history(unit, arrived, record, number)
    unit.session.flush()
    whole: Record = arrived.record
    made = [Thing(MadeKind.ITEM, item.uid) for item in arrived.papers]
    return _row(record, RowFate.MADE, code=whole.reference_code), made


def _row(
    record: RecordTold | Unfit, fate: RowFate, *, code: str = "", error: ArchiveError | None = None
) -> Row:
    if isinstance(record, Unfit):
        return Row(record.row, fate, record.code, error=error or record.error)
    former = record.code or (record.papers[0].code if record.papers else "")
    files = sum(len(paper.files) for paper in record.papers)
    return Row(record.row, fate, former, code, len(record.papers), files, error)


# --- files ----------------------------------------------------------------------------------------


def _files_there(unit: Unit, record: RecordTold, work: _Work) -> None:
    """Every file that the catalogue names is in the package, as the catalogue says, and not too large."""
    for paper in record.papers:
        for file in paper.files:
            if file.path not in work.sound.files:
                raise FileMissing(path=file.path[:120])
            size = (work.folder / file.path).lstat().st_size
            if file.size not in {None, size}:
                raise BadValue(field="size", value=file.size, expected=str(size))
            algorithm, digest = work.sound.files[file.path]
            if file.sha256 and algorithm == "sha256" and file.sha256.lower() != digest:
                raise BadValue(field="sha256", value=file.sha256[:40], expected=digest[:12])
            if size > unit.settings.max_file_mib << 20:
                raise FileTooLarge(path=file.name, size=size >> 20, most=unit.settings.max_file_mib)


def _attached(unit: Unit, item: Item, file: FileTold, work: _Work) -> None:
    """Stream one file into the vault; raises `Damaged` if its bytes are no longer those that were checked."""
    algorithm, wanted = work.sound.files[file.path]
    with _opened(work.folder, file.path) as stream:
        read = _Hashed(stream, algorithm)
        objects.attach_to(unit, item, cast("BinaryIO", read), name=file.name, kind=file.part)
    if read.hexdigest() != wanted:
        raise Damaged(what=Kept.BLOB, where=file.path[:120])


@contextmanager
def _opened(folder: Path, path: str) -> Iterator[BinaryIO]:
    """A payload file, if no link has taken its place meanwhile; raises `BagUnsafe`, `FileMissing`."""
    try:
        handle = os.open(folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as gone:
        raise (BagUnsafe if (folder / path).is_symlink() else FileMissing)(path=path[:120]) from gone
    with os.fdopen(handle, "rb") as stream:
        yield stream


class _Hashed(io.RawIOBase):
    """A stream that hashes what is read of it."""

    def __init__(self, stream: BinaryIO, algorithm: str) -> None:
        self._stream, self._hash = stream, hashlib.new(algorithm, usedforsecurity=False)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._hash.update(data)
        return data

    def hexdigest(self) -> str:
        """The hash of what was read, in hex."""
        return self._hash.hexdigest()
