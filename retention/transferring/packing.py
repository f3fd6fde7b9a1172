"""The package of a transfer: a BagIt folder that opens without our keys, catalogue and files in plain (RFC 8493).

Here plaintext leaves the house: each record is judged and logged with its purpose before a byte of it is written.
The folder gets its name when it is whole; what a crash leaves beside it the next run clears away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive import people, registry
from archive.acts import Act
from archive.bags import Bag
from archive.custody import wholes
from archive.durable import storing
from archive.errors import TransferOtherwise
from archive.faults import point
from archive.forms.docx import docx
from archive.instance import Instance, Who
from archive.lives import TRANSFER
from archive.model import Party, Person
from archive.packages import books, describing, places
from archive.packages.books import METADATA, Counted
from archive.packages.head import Head
from archive.unit import Unit
from archive.words import Language
from retention.transferring import list_paper, transfer

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
    head: Head
    drafted_by: str
    approved_by: str
    records: Sequence[str]
    contents: str


def pack(instance: Instance, who: Who, number: str, to: Path, *, progress: Progress | None = None) -> Package:
    """Write the package of an approved list as the new folder *to*, outside the instance.

    The list is marked as packed when all bytes are on the disk, just before the folder gets its name. Raises
    `TargetExists`, `InsideInstance`, `FileMissing`, `WrongState`, `LineRefused`, `TransferOtherwise`, `Damaged`,
    `DiskFull`, `StorageFailed` and what the policy refuses; then nothing stands under the name.
    """
    target = places.target(instance.home, to)
    with instance.ask(who, Act.TRANSFER_PACK) as unit:
        outline = _outline(unit, number)
    with places.scratch(target, outline.uid) as temp:
        counted, package = books.bagged(
            temp, outline.head, lambda bag: _fill(instance, who, outline, bag, progress)
        )
        with instance.work(who, Act.TRANSFER_PACK) as unit:
            _finish(unit, outline, package, counted)
        with storing(target):
            point("transfer.before_rename")
            places.name(temp, target)
            point("transfer.after_rename")
    return Package(number, target, len(outline.records), counted.files, counted.size, package)


# --- reading the list -----------------------------------------------------------------------------


def _outline(unit: Unit, number: str) -> Outline:
    made = transfer.one(unit, number)
    unit.act(Act.TRANSFER_PACK, made, private={"purpose": number})
    TRANSFER.after(made.state, Act.TRANSFER_PACK)
    records = transfer.gate(unit, made)
    party = unit.session.get_one(Party, made.to_uid)
    head = Head(
        act="transfer", number=number, company=unit.settings.company, fonds=unit.settings.fonds,
        receiver=registry.party_line(unit, party).name, reason=transfer.noted(unit, made)["reason"],
        on=unit.today, at=unit.now.isoformat(timespec="seconds"),
    )  # fmt: skip
    return Outline(
        uid=made.uid, head=head, drafted_by=_name(unit, made.drafted_by), approved_by=_name(unit, made.approved_by),
        records=[record.uid for record in records], contents=transfer.contents(unit, records),
    )  # fmt: skip


def _name(unit: Unit, uid: str | None) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""


def _finish(unit: Unit, outline: Outline, package: str, counted: Counted) -> None:
    """Mark the list as packed, if nothing on it has changed meanwhile; raises `TransferOtherwise`."""
    made = transfer.one(unit, outline.head.number)
    unit.act(Act.TRANSFER_PACK, made, package=package, files=counted.files, bytes=counted.size)
    state = TRANSFER.after(made.state, Act.TRANSFER_PACK)
    records = transfer.gate(unit, made)
    if transfer.contents(unit, records) != outline.contents:
        raise TransferOtherwise(number=made.number, codes=None)
    made.state, made.packed_at, made.package = state, unit.now, package
    transfer.note(unit, made, contents=outline.contents)


# --- writing --------------------------------------------------------------------------------------


def _fill(instance: Instance, who: Who, outline: Outline, bag: Bag, progress: Progress | None) -> Counted:
    """Write every record with its files, the catalogue in all its forms, the printed list and the notice."""
    with books.written(bag, instance.vault, outline.head) as open_books:
        counted = open_books.counted
        for nth, uid in enumerate(outline.records, 1):
            with instance.ask(who, Act.TRANSFER_PACK) as unit:
                record = unit.record(uid)
                told = describing.whole(unit, record, Act.TRANSFER_PACK, outline.head.number)
                size = wholes.size(record)
            open_books.enter(told)
            counted.lines.append(_listed(nth, told[0].facts, size))
            if progress:
                progress(nth, len(outline.records))
    _printed(bag, outline, counted)
    _explained(bag, outline, counted)
    return counted


def _listed(nth: int, facts: dict[str, Any], size: tuple[int, int]) -> tuple[str, ...]:
    items, pages = size
    code, level = facts["reference_code"], facts["level"][Language.ZH.value]
    return (str(nth), code, facts["title"], facts["period"], str(items), str(pages), level, "")


def _printed(bag: Bag, outline: Outline, counted: Counted) -> None:
    """The list for signature, one line for each record (F9)."""
    head = outline.head
    told = {
        "number": head.number, "from": head.company, "to": head.receiver, "reason": head.reason,
        "drafted": outline.drafted_by, "approved": outline.approved_by,
    }  # fmt: skip
    with bag.payload(f"{METADATA}/list.docx") as out:
        out.write(docx(list_paper.described(told, counted.lines, Language.ZH)))


def _explained(bag: Bag, outline: Outline, counted: Counted) -> None:
    """How to read the package, in both languages."""
    head = outline.head
    books.explained(
        bag, "package.readme", number=head.number, company=head.company, receiver=head.receiver, on=head.on,
        records=len(outline.records), files=counted.files,
    )  # fmt: skip
