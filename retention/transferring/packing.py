"""The package of a transfer: a BagIt folder that opens without our keys, catalogue and files in plain (RFC 8493).

Here plaintext leaves the house: each record is judged and logged with its purpose before a byte of it is written.
The folder gets its name when it is whole; what a crash leaves beside it the next run clears away.
"""

from __future__ import annotations

import csv
import datetime as dt
import fcntl
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive import __version__, people, registry
from archive.acts import Act
from archive.bags import DATA, Bag, BagFile
from archive.custody import wholes
from archive.durable import storing, sync_folder
from archive.errors import FileMissing, InsideInstance, TargetExists, TransferOtherwise
from archive.faults import point
from archive.filenames import Names
from archive.instance import Instance, Who
from archive.lives import TRANSFER
from archive.model import Party, Person
from archive.printing import cell, harmless, label, plain
from archive.unit import Unit
from archive.vault import Vault
from archive.words import Language, say
from retention.paper import docx
from retention.transferring import describing, transfer
from retention.transferring.describing import Described

#: Where the catalogue lies in a package.
METADATA = "metadata"
README = "README.txt"
#: Bytes of UTF-8 that the name of a volume's folder may have.
_FOLDER = 80
#: The columns of `catalogue.csv`; `catalogue.json` has all there is.
COLUMNS = (
    "code", "kind", "title", "creator", "document_no", "dated", "class_code", "department", "year",
    "level", "period", "trigger_date", "expires_on", "items", "pages", "note", "files", "sha256",
)  # fmt: skip
LISTED = ("number", "code", "title", "period", "items", "pages", "level", "note")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Package:
    """A package just made: where, what it holds, and the check value that stands for all of it."""

    number: str
    folder: Path
    records: int
    files: int
    size: int
    package: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What is to be packed: the list, its records in order, what they were made of when it began."""

    uid: str
    number: str
    company: str
    receiver: str
    reason: str
    drafted_by: str
    approved_by: str
    on: dt.date
    records: Sequence[str]
    contents: str


@dataclass(slots=True)
class Counted:
    """What has been written so far: files, their bytes, and a line of the printed list for each record."""

    files: int = 0
    size: int = 0
    lines: list[tuple[str, ...]] = field(default_factory=list)


def pack(instance: Instance, who: Who, number: str, to: Path, *, progress: Progress | None = None) -> Package:
    """Write the package of an approved list as the new folder *to*, outside the instance.

    The list is marked as packed when all bytes are on the disk, just before the folder gets its name. Raises
    `TargetExists`, `InsideInstance`, `FileMissing`, `WrongState`, `LineRefused`, `TransferOtherwise`, `Damaged`,
    `DiskFull`, `StorageFailed` and what the policy refuses; then nothing stands under the name.
    """
    target = _target(instance, to)
    with instance.ask(who, Act.TRANSFER_PACK) as unit:
        outline = _outline(unit, number)
    with _scratch(target, outline.uid) as temp:
        bag = Bag(temp)
        try:
            counted = _fill(instance, who, outline, bag, progress)
            package = bag.close(_information(outline))
        finally:
            bag.abandon()
        with instance.work(who, Act.TRANSFER_PACK) as unit:
            _finish(unit, outline, package, counted)
        with storing(target):
            point("transfer.before_rename")
            temp.rename(target)
            point("transfer.after_rename")
            sync_folder(target.parent)
    return Package(number, target, len(outline.records), counted.files, counted.size, package)


def _target(instance: Instance, to: Path) -> Path:
    """The folder to be made; raises `InsideInstance`, `TargetExists`, `FileMissing` if its parent is none."""
    target = to.expanduser().absolute()
    real = target.resolve()
    if real.is_relative_to(instance.home.resolve()):
        raise InsideInstance(path=str(to))
    if os.path.lexists(target):
        raise TargetExists(path=str(to))
    if not target.parent.is_dir():
        raise FileMissing(path=str(target.parent))
    return real


@contextmanager
def _scratch(target: Path, uid: str) -> Iterator[Path]:
    """An empty folder beside *target*, cleared of what an earlier run of the same list left; one run at a time.

    Its name holds the list's uid, so it is nobody else's. It vanishes unless it has been renamed.
    """
    temp = target.with_name(f".{uid}.part")
    with storing(target.parent):
        temp.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(temp, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _alone(handle, temp)
        with storing(temp):
            for left in temp.iterdir():
                _cleared(left)
        try:
            yield temp
        finally:
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), temp.lstat()):
                    shutil.rmtree(temp, ignore_errors=True)
    finally:
        os.close(handle)


def _alone(handle: int, temp: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as busy:
        raise TargetExists(path=str(temp)) from busy


def _cleared(left: Path) -> None:
    if left.is_dir() and not left.is_symlink():
        shutil.rmtree(left)
    else:
        left.unlink()


# --- reading the list -----------------------------------------------------------------------------


def _outline(unit: Unit, number: str) -> Outline:
    made = transfer.one(unit, number)
    unit.act(Act.TRANSFER_PACK, made, private={"purpose": number})
    TRANSFER.after(made.state, Act.TRANSFER_PACK)
    records = transfer.gate(unit, made)
    party = unit.session.get_one(Party, made.to_uid)
    return Outline(
        uid=made.uid, number=number, company=unit.settings.company,
        receiver=registry.party_line(unit, party).name, reason=transfer.noted(unit, made)["reason"],
        drafted_by=_name(unit, made.drafted_by), approved_by=_name(unit, made.approved_by), on=unit.today,
        records=[record.uid for record in records], contents=transfer.contents(unit, records),
    )  # fmt: skip


def _name(unit: Unit, uid: str | None) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""


def _finish(unit: Unit, outline: Outline, package: str, counted: Counted) -> None:
    """Mark the list as packed, if nothing on it has changed meanwhile; raises `TransferOtherwise`."""
    made = transfer.one(unit, outline.number)
    unit.act(Act.TRANSFER_PACK, made, package=package, files=counted.files, bytes=counted.size)
    state = TRANSFER.after(made.state, Act.TRANSFER_PACK)
    records = transfer.gate(unit, made)
    if transfer.contents(unit, records) != outline.contents:
        raise TransferOtherwise(number=made.number, codes=None)
    made.state, made.packed_at, made.package = state, unit.now, package
    transfer.note(unit, made, contents=outline.contents)


# --- writing --------------------------------------------------------------------------------------


def _fill(instance: Instance, who: Who, outline: Outline, bag: Bag, progress: Progress | None) -> Counted:
    """Write every record with its files, the catalogue in both forms, the printed list and the notice."""
    counted, folders = Counted(), Names()
    folders.free(METADATA)
    with _catalogue(bag, outline) as enter:
        for nth, uid in enumerate(outline.records, 1):
            with instance.ask(who, Act.TRANSFER_PACK) as unit:
                record = unit.record(uid)
                told = describing.whole(unit, record, outline.number)
                size = wholes.size(record)
            folder = folders.free(told[0].facts["reference_code"], longest=_FOLDER)
            for one in _written(bag, instance.vault, told, folder, counted):
                enter(one)
            counted.lines.append(_listed(nth, told[0].facts, size))
            if progress:
                progress(nth, len(outline.records))
    _printed(bag, outline, counted)
    _explained(bag, outline, counted)
    return counted


def _written(
    bag: Bag, vault: Vault, told: Sequence[Described], folder: str, counted: Counted
) -> Iterator[dict[str, Any]]:
    """Write the files of one record, chunk by chunk; give the facts of each paper with what was written."""
    names = Names()
    for one in told:
        files = []
        for stored in one.files:
            nth = int(one.facts.get("seq_no", 0))
            path = f"{folder}/{names.free(f'{nth:03}_{stored.name}')}"
            with bag.payload(path) as out:
                for chunk in vault.read(stored.ref, stored.key):
                    out.write(chunk)
            counted.files, counted.size = counted.files + 1, counted.size + out.size
            files.append(
                {"path": f"{DATA}/{path}", "name": stored.name, "part": stored.part,
                 "size": out.size, "sha256": out.sha256}
            )  # fmt: skip
        yield {**one.facts, "files": files}


@contextmanager
def _catalogue(bag: Bag, outline: Outline) -> Iterator[Callable[[dict[str, Any]], None]]:
    """`catalogue.json` and `catalogue.csv`, grown by a record at a time."""
    with (
        bag.payload(f"{METADATA}/catalogue.json") as exact,
        bag.payload(f"{METADATA}/catalogue.csv") as sheet,
    ):
        head = {
            "transfer": outline.number, "from": outline.company, "to": outline.receiver,
            "reason": outline.reason, "on": outline.on.isoformat(),
        }  # fmt: skip
        exact.write(f'{json.dumps(head, ensure_ascii=False)[:-1]}, "records": [\n'.encode())
        sheet.write(b"\xef\xbb\xbf")
        _row(sheet, [_both(name) for name in COLUMNS])
        first = True

        def enter(facts: dict[str, Any]) -> None:
            nonlocal first
            exact.write(b"" if first else b",\n")
            exact.write(json.dumps(plain(facts), ensure_ascii=False).encode())
            _row(sheet, [_told(facts, name) for name in COLUMNS])
            first = False

        yield enter
        exact.write(b"\n]}\n")


def _both(name: str) -> str:
    return " / ".join(label(name, tongue) for tongue in Language)


def _row(sheet: BagFile, cells: Sequence[str]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    sheet.write(text.getvalue().encode())


def _told(facts: dict[str, Any], name: str) -> str:
    """One cell of the sheet: plain text, which no spreadsheet takes for a formula."""
    if name in {"files", "sha256"}:
        column = "path" if name == "files" else "sha256"
        return harmless(" | ".join(file[column] for file in facts["files"]))
    other = {"code": "reference_code", "pages": "page_count", "year": "archive_year"}.get(name, name)
    value = facts.get(other, facts.get(name))
    return harmless(cell(value[Language.ZH.value] if isinstance(value, dict) else value, Language.ZH))


def _listed(nth: int, facts: dict[str, Any], size: tuple[int, int]) -> tuple[str, ...]:
    items, pages = size
    code, level = facts["reference_code"], facts["level"][Language.ZH.value]
    return (str(nth), code, facts["title"], facts["period"], str(items), str(pages), level, "")


def _printed(bag: Bag, outline: Outline, counted: Counted) -> None:
    """The list for signature, one line for each record (F9)."""

    def said(key: str) -> str:
        return say(f"package.{key}", Language.ZH)

    facts = [
        (said("number"), outline.number), (said("from"), outline.company), (said("to"), outline.receiver),
        (said("reason"), outline.reason), (said("drafted"), outline.drafted_by),
        (said("approved"), outline.approved_by), (said("copies"), said("two")),
    ]  # fmt: skip
    columns = [label(name, Language.ZH) for name in LISTED]
    signatures = [said("giver"), said("taker"), said("witness")]
    with bag.payload(f"{METADATA}/list.docx") as out:
        out.write(docx(said("title"), facts, columns, counted.lines, signatures))


def _explained(bag: Bag, outline: Outline, counted: Counted) -> None:
    """How to read the package, in both languages."""
    facts = {
        "number": outline.number, "company": outline.company, "receiver": outline.receiver, "on": outline.on,
        "records": len(outline.records), "files": counted.files,
    }  # fmt: skip
    with bag.tag(README) as out:
        for tongue in Language:
            out.write(say("package.readme", tongue, **facts).replace("\n", "\r\n").encode() + b"\r\n\r\n")


def _information(outline: Outline) -> list[tuple[str, str]]:
    return [
        ("Source-Organization", outline.company),
        ("External-Identifier", outline.number),
        ("Bagging-Date", outline.on.isoformat()),
        ("Bag-Software-Agent", f"anjuan {__version__}"),
    ]
