"""A file of an item, opened for somebody to look at or to take away: judged each time, logged with what it is for (V25).

Nothing is unpacked here; the bytes come out of the vault piece by piece, each verified before it is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import select

from archive import objects
from archive.acts import Act
from archive.errors import NothingStored
from archive.model import Blob, Component, DigitalObject, Item
from archive.unit import Unit
from archive.values import ComponentKind, Level, ObjectPurpose
from archive.vault import BlobRef, Vault


@dataclass(frozen=True, slots=True)
class OpenFile:
    """One file of an item as its reader has it: *number* of *count*, its name, what extraction said of it."""

    item_uid: str
    uid: str
    code: str
    level: Level
    number: int
    count: int
    name: str
    outcome: str | None
    pages: int | None
    size: int
    ref: BlobRef
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TextPart:
    """The text of a file, or of one of its pages that was recognised (with how surely, in percent)."""

    page: int | None
    text: str
    confidence: int | None


def opened(unit: Unit, code: str, number: int, *, purpose: str) -> OpenFile:
    """File *number* of an item, for reading on the screen; raises `BadValue` without a purpose, `NothingStored`."""
    return _judged(unit, Act.RECORD_READ, code, number, purpose)


def there(unit: Unit, code: str, number: int, act: Act = Act.RECORD_READ) -> Item:
    """The item whose file *number* may be opened by *act*; only a refusal leaves a line. Raises `NothingStored`."""
    item = unit.item(code)
    if not unit.may(act, item):
        unit.act(act, item, number=number)
    objects.still_ours(item, act)
    if not 1 <= number <= len(objects.contents(unit, item)):
        raise NothingStored(code=item.reference_code)
    return item


def still_open(unit: Unit, code: str, number: int) -> OpenFile:
    """As `opened`, for one more page of a file that was opened: judged anew, and only a refusal leaves a line."""
    return _file(unit, there(unit, code, number), number)


def taken(unit: Unit, code: str, number: int, *, purpose: str) -> OpenFile:
    """File *number* of an item, to be taken out of the house; the line is written before any byte leaves."""
    return _judged(unit, Act.ITEM_GET, code, number, purpose)


def _judged(unit: Unit, act: Act, code: str, number: int, purpose: str) -> OpenFile:
    item = unit.item(code)
    objects.purposeful(purpose)
    unit.look(
        act, item, private={"purpose": purpose}, number=number
    )  # what is no look leaves its line always
    objects.still_ours(item, act)
    found = _file(unit, item, number)
    unit.log_now()
    return found


def _file(unit: Unit, item: Item, number: int) -> OpenFile:
    stored = objects.contents(unit, item)
    if not 1 <= number <= len(stored):
        raise NothingStored(code=item.reference_code)
    one = stored[number - 1]
    blob = unit.session.get_one(Blob, one.blob_uid)
    return OpenFile(
        item_uid=item.uid, uid=one.uid, code=item.reference_code, level=Level(item.level), number=number,
        count=len(stored), name=objects.name_of(unit, one), outcome=one.outcome, pages=one.page_count,
        size=blob.size, ref=objects.blob_ref(blob), key=objects.unwrapped(unit, one),
    )  # fmt: skip


def pieces(vault: Vault, file: OpenFile) -> Iterator[bytes]:
    """The bytes of *file*, chunk by chunk; the first is verified before this returns. Raises `Damaged`, `BlobMissing`."""
    rest = vault.read(file.ref, file.key)
    first = next(rest)
    return _after(first, rest)


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def texts(unit: Unit, file: OpenFile) -> list[TextPart]:
    """What was extracted from *file*, then its recognised pages in order; the caller has judged."""
    component = unit.session.get_one(DigitalObject, file.uid).component_uid
    rows = select(DigitalObject).where(
        DigitalObject.component_uid == component, DigitalObject.purpose == ObjectPurpose.TEXT
    )
    return [
        TextPart(one.page, objects.read(unit, one).decode(), one.confidence)
        for one in unit.session.scalars(rows.order_by(DigitalObject.page, DigitalObject.version))
    ]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is told of a stored file beside its name: which part of the item it is, its size, papers with the same."""

    kind: ComponentKind
    size: int
    same_as: tuple[str, ...]


def facts(unit: Unit, code: str) -> list[FileFacts]:
    """Of each file of an item, in order; other papers only as far as this person sees them. The caller has judged."""
    stored = objects.contents(unit, unit.item(code))
    rows = (
        select(DigitalObject.uid, Component.kind, Blob.size)
        .join(Component, Component.uid == DigitalObject.component_uid)
        .join(Blob, Blob.uid == DigitalObject.blob_uid)
        .where(DigitalObject.uid.in_([one.uid for one in stored]))
    )
    known = {uid: (kind, size) for uid, kind, size in unit.session.execute(rows)}
    return [FileFacts(*known[one.uid], tuple(objects.alike(unit, one))) for one in stored]
