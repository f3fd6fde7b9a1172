"""Digital objects: bytes into the vault with an item, and out again to a path a person asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Select, func, select

from archive import policy
from archive.acts import Act
from archive.cards import plain
from archive.errors import BadValue, HandedOn, InsideInstance, KeyGone, NothingStored, SealBroken
from archive.exchange import IntakeState
from archive.lives import ITEM
from archive.model import Blob, Component, DigitalObject, IntakeScan, Item, new_uid
from archive.unit import Unit
from archive.values import ComponentKind, ObjectPurpose, VolumeState
from archive.vault import BlobRef, NewBlob, Writing

#: Bytes to be stored: at hand, to be read, or written piece by piece already.
Source = BinaryIO | bytes | Writing


def add_component(unit: Unit, item: Item, kind: ComponentKind) -> Component:
    """Add a part to an item, after those of its kind."""
    unit.act(Act.COMPONENT_ADD, item, kind=kind)
    taken = select(func.max(Component.seq_no)).where(Component.item_uid == item.uid, Component.kind == kind)
    number = (unit.session.scalar(taken) or 0) + 1
    component = Component(item_uid=item.uid, kind=kind, seq_no=number, created_at=unit.now)
    unit.session.add(component)
    unit.session.flush()
    return component


def attach(
    unit: Unit, code: str, source: Source, *, name: str, kind: ComponentKind = ComponentKind.TEXT
) -> DigitalObject:
    """Store *source* as a component of an item; the bytes go encrypted straight into the vault.

    The blob is on disk and synced before the rows that name it are committed: never dangling, at most orphaned.
    """
    return attach_to(unit, unit.item(code), source, name=name, kind=kind)


def attach_to(
    unit: Unit,
    item: Item,
    source: Source,
    *,
    name: str,
    kind: ComponentKind = ComponentKind.TEXT,
) -> DigitalObject:
    """As `attach`, to an item just filed and still at hand."""
    component = _part(unit, item, name, kind)
    new = source.end() if isinstance(source, Writing) else unit.vault.write(source)
    blob, key = _shared_or_new(unit, new)
    return _attached(unit, item, component, blob, key, name)


def attach_stored(
    unit: Unit, item: Item, blob: Blob, key: bytes, *, name: str, kind: ComponentKind = ComponentKind.TEXT
) -> DigitalObject:
    """As `attach_to`, of bytes that are in the vault already, with their key."""
    return _attached(unit, item, _part(unit, item, name, kind), blob, key, name)


def _part(unit: Unit, item: Item, name: str, kind: ComponentKind) -> Component:
    """The new component for a file of *item*: judged, and its state one that takes files."""
    unit.act(Act.ITEM_ATTACH, item, private={"name": name}, kind=kind)
    ITEM.after(item.state, Act.ITEM_ATTACH)
    return add_component(unit, item, kind)


def _attached(
    unit: Unit, item: Item, component: Component, blob: Blob, key: bytes, name: str
) -> DigitalObject:
    card = plain({"name": Path(name).name[:200]})
    made = _object(unit, item, component, ObjectPurpose.CONTENT, (blob, key), card)
    unit.changed(item)
    return made


def has(unit: Unit, item: Item, content_id: str) -> bool:
    """True if *item* has a file of this content."""
    mine = select(DigitalObject.uid).join(Blob, Blob.uid == DigitalObject.blob_uid)
    alike = mine.where(DigitalObject.item_uid == item.uid, DigitalObject.purpose == ObjectPurpose.CONTENT)
    return unit.session.scalar(alike.where(Blob.content_id == content_id).limit(1)) is not None


def alike(unit: Unit, stored: DigitalObject) -> list[str]:
    """The codes of the papers this person may see that have another file of the same content (decision 6)."""
    same = select(Blob.content_id).where(Blob.uid == stored.blob_uid).scalar_subquery()
    rows = select(Item.reference_code).join(DigitalObject, DigitalObject.item_uid == Item.uid)
    rows = rows.join(Blob, Blob.uid == DigitalObject.blob_uid).where(
        Blob.content_id == same, DigitalObject.purpose == ObjectPurpose.CONTENT,
        DigitalObject.uid != stored.uid, policy.visible(unit.actor, Item),
    )  # fmt: skip
    return list(unit.session.scalars(rows.distinct().order_by(Item.reference_code).limit(20)))


def _object(
    unit: Unit, item: Item, component: Component, purpose: ObjectPurpose, kept: tuple[Blob, bytes], card: bytes, *,
    version: int = 1,
) -> DigitalObject:  # fmt: skip
    blob, key = kept
    uid = new_uid()
    made = DigitalObject(
        uid=uid,
        item_uid=item.uid,
        component_uid=component.uid,
        purpose=purpose,
        version=version,
        blob_uid=blob.uid,
        wrapped_key=unit.keys.wrap_key(item.uid, _place(uid, purpose), key),
        card=unit.keys.seal(item.uid, f"object|{uid}", card),
        created_at=unit.now,
    )
    unit.session.add(made)
    unit.session.flush()
    return made


def _shared_or_new(unit: Unit, new: NewBlob) -> tuple[Blob, bytes]:
    """The blob that has this content already, with its key taken from a living record; else the new one."""
    same = select(Blob, DigitalObject).join(DigitalObject, DigitalObject.blob_uid == Blob.uid)
    alike = (Blob.content_id == new.content_id) & Blob.erased_at.is_(None)
    for blob, other in unit.session.execute(same.where(alike).limit(4)):
        try:
            key = unwrapped(unit, other)
        except (KeyGone, SealBroken):
            continue
        unit.vault.discard(new.ref)
        return blob, key
    return new_blob(unit, new), new.key


def new_blob(unit: Unit, new: NewBlob) -> Blob:
    """The row of a blob just written."""
    blob = Blob(
        uid=new.uid, content_id=new.content_id, size=new.size, stored_size=new.stored_size,
        stored_sha256=new.stored_sha256, created_at=unit.now,
    )  # fmt: skip
    unit.session.add(blob)
    unit.session.flush()
    return blob


def _place(uid: str, purpose: ObjectPurpose) -> str:
    return f"blob|{uid}|{purpose.value}"


def unwrapped(unit: Unit, stored: DigitalObject) -> bytes:
    """The key of a stored object's bytes; the caller has judged."""
    return unit.keys.unwrap_key(stored.item_uid, _place(stored.uid, stored.purpose), stored.wrapped_key)


def wrapped_waiting(unit: Unit, uid: str, key: bytes) -> bytes:
    """The key of a scan's bytes, wrapped under the key the scan *uid* has while it waits in the tray."""
    return unit.keys.wrap_key(uid, f"intake|{uid}", key)


def waiting_key(unit: Unit, scan: IntakeScan) -> bytes:
    """The key of a waiting scan's bytes; the caller has judged. Raises `KeyGone` once it is settled."""
    return unit.keys.unwrap_key(scan.uid, f"intake|{scan.uid}", scan.wrapped_key)


def ref(unit: Unit, stored: DigitalObject) -> BlobRef:
    """Where a stored object's bytes are."""
    blob = unit.session.get_one(Blob, stored.blob_uid)
    return blob_ref(blob)


def blob_ref(blob: Blob) -> BlobRef:
    """The vault's reference of a row."""
    return BlobRef(
        uid=blob.uid, content_id=blob.content_id, size=blob.size, stored_size=blob.stored_size,
        stored_sha256=blob.stored_sha256,
    )  # fmt: skip


def name_of(unit: Unit, stored: DigitalObject) -> str:
    """The file name it came with; nothing once its record is destroyed."""
    return str(unit.told(stored.item_uid, f"object|{stored.uid}", stored.card)["name"])


def contents(unit: Unit, item: Item) -> Sequence[DigitalObject]:
    """The stored objects of *item* in the fixed order of its components."""
    rows = (
        select(DigitalObject, Component)
        .join(Component, Component.uid == DigitalObject.component_uid)
        .where(DigitalObject.item_uid == item.uid, DigitalObject.purpose == ObjectPurpose.CONTENT)
    )
    order = list(ComponentKind)
    found = sorted(unit.session.execute(rows), key=lambda row: (order.index(row[1].kind), row[1].seq_no))
    return [stored for stored, _ in found]


def purposeful(purpose: str) -> None:
    """What content is opened for must be said (V25); raises `BadValue`."""
    if not purpose.strip():
        raise BadValue(field="purpose", value=purpose, expected="…")


def still_ours(item: Item, act: Act) -> None:
    """Raise `HandedOn` for a paper that was transferred out of the company: who has it now opens it (PMR-29)."""
    if item.state is VolumeState.TRANSFERRED:
        raise HandedOn(state=item.state, act=act)


def fetch(
    unit: Unit, code: str, target: Path, *, number: int = 1, purpose: str, replace: bool = False
) -> Path:
    """Write an item's stored bytes to *target*, a path the person asked for; logged with the purpose (V25).

    Raises `NothingStored`, `TargetExists`, `Damaged`, and what the policy refuses.
    """
    item = unit.item(code)
    unit.act(Act.ITEM_GET, item, private={"purpose": purpose}, number=number)
    purposeful(purpose)
    still_ours(item, Act.ITEM_GET)
    if target.resolve().is_relative_to(unit.home.resolve()):
        raise InsideInstance(path=target)
    stored = contents(unit, item)
    if not 1 <= number <= len(stored):
        raise NothingStored(code=item.reference_code)
    wanted = stored[number - 1]
    path = target / name_of(unit, wanted) if target.is_dir() else target
    blob, key = ref(unit, wanted), unwrapped(unit, wanted)
    unit.log_now()
    unit.vault.export(blob, key, path, replace=replace)
    return path


def read(unit: Unit, stored: DigitalObject) -> bytes:
    """The bytes of a stored object in memory; the caller has judged."""
    return unit.vault.read_all(ref(unit, stored), unwrapped(unit, stored))


# --- extraction -------------------------------------------------------------------------------


def note_text(
    unit: Unit,
    stored: DigitalObject,
    *,
    outcome: str,
    text: str,
    pages: int | None,
    note: str = "",
    scans: int = 0,
) -> None:
    """Keep what extraction said of a stored object, and its text as an encrypted object beside it.

    *note* holds short facts, never words of the file; *scans* is the number of pages left to recognition.
    """
    item = unit.session.get_one(Item, stored.item_uid)
    unit.act(Act.ITEM_EXTRACT, item, outcome=outcome, pages=pages)
    stored.outcome, stored.page_count = outcome, pages
    stored.note, stored.scans = note or None, scans or None
    if text:
        text_beside(unit, item, unit.session.get_one(Component, stored.component_uid), text)
    unit.session.flush()


def text_beside(
    unit: Unit, item: Item, component: Component, text: str, *, version: int = 1
) -> DigitalObject:
    """A text of a component's file, encrypted beside it; extraction's is version 1."""
    kept = _shared_or_new(unit, unit.vault.write(text.encode()))
    return _object(unit, item, component, ObjectPurpose.TEXT, kept, plain({"name": "text"}), version=version)


Stored = Sequence[tuple[DigitalObject, Blob]]


def texts(unit: Unit, item_uids: Sequence[str]) -> Mapping[str, Stored]:
    """The extracted texts of several items, fetched together and not opened; the caller has judged."""
    if not item_uids:
        return {}
    rows = (
        select(DigitalObject, Blob)
        .join(Blob, Blob.uid == DigitalObject.blob_uid)
        .where(DigitalObject.item_uid.in_(item_uids), DigitalObject.purpose == ObjectPurpose.TEXT)
        .order_by(DigitalObject.created_at, DigitalObject.version, DigitalObject.uid)
    )
    found: dict[str, list[tuple[DigitalObject, Blob]]] = {}
    for stored, blob in unit.session.execute(rows):
        found.setdefault(stored.item_uid, []).append((stored, blob))
    return found


def opened(unit: Unit, stored: Stored) -> str:
    """The texts of one item, joined; raises `Damaged` or `KeyGone`."""
    parts = [unit.vault.read_all(blob_ref(blob), unwrapped(unit, one)) for one, blob in stored]
    return "\n".join(part.decode() for part in parts)


def text_of(unit: Unit, item: Item) -> str:
    """The extracted text of an item, its objects joined; the caller has judged."""
    return opened(unit, texts(unit, [item.uid]).get(item.uid, ()))


def unread(unit: Unit, item_uids: Sequence[str]) -> Sequence[DigitalObject]:
    """The stored contents of these items that extraction has not looked at yet."""
    rows = select(DigitalObject).where(
        DigitalObject.item_uid.in_(item_uids),
        DigitalObject.purpose == ObjectPurpose.CONTENT,
        DigitalObject.outcome.is_(None),
    )
    return list(unit.session.scalars(rows))


def unreadable(unit: Unit, item_uids: Sequence[str]) -> Sequence[DigitalObject]:
    """The stored contents of these items that extraction looked at and found no text in."""
    found: list[DigitalObject] = []
    for start in range(0, len(item_uids), 500):
        rows = select(DigitalObject).where(
            DigitalObject.item_uid.in_(item_uids[start : start + 500]),
            DigitalObject.purpose == ObjectPurpose.CONTENT,
            DigitalObject.outcome.is_not(None) & (DigitalObject.outcome != "text"),
        )
        found += unit.session.scalars(rows)
    return found


# --- checking ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing `vault verify` found: which blob, what is wrong, whose it is."""

    blob: str
    why: str
    items: list[str]


@dataclass(frozen=True, slots=True)
class VaultReport:
    """What `vault verify` read."""

    blobs: int
    bytes: int
    faults: list[Fault]
    orphans: int


def verify(unit: Unit, *, progress: Callable[[int, int], None] | None = None) -> VaultReport:
    """Read and decrypt every blob; every flipped byte is found (I1). Names items, never content.

    A file of a destroyed record that is still there counts among the orphans.
    """
    unit.act(Act.VAULT_VERIFY)
    kept = Blob.erased_at.is_(None)
    total = unit.session.scalar(select(func.count()).select_from(Blob).where(kept)) or 0
    faults: list[Fault] = []
    read_bytes, known = 0, set()
    rows = select(Blob).where(kept).order_by(Blob.uid).execution_options(yield_per=500)
    for number, blob in enumerate(unit.session.scalars(rows), 1):
        known.add(blob_ref(blob).name)
        read_bytes += blob.stored_size
        why = _checked(unit, blob)
        if why is not None:
            faults.append(Fault(blob.uid, why, items_of(unit, blob.uid)))
        if progress:
            progress(number, total)
    orphans = sum(1 for name in unit.vault.walk() if name not in known)
    unit.lines[-1].facts = {"blobs": total, "faults": len(faults), "orphans": orphans}
    return VaultReport(total, read_bytes, faults, orphans)


def _checked(unit: Unit, blob: Blob) -> str | None:
    living = (DigitalObject.blob_uid == blob.uid) & (Item.state != VolumeState.DESTROYED)
    owners = select(DigitalObject).join(Item, Item.uid == DigitalObject.item_uid)
    owner = unit.session.scalar(owners.where(living).limit(1))
    waiting = unit.session.scalar(_waiting(blob.uid)) if owner is None else None
    try:
        key = unwrapped(unit, owner) if owner is not None else None
        key = waiting_key(unit, waiting) if waiting is not None else key
    except KeyGone:
        key = None
    except SealBroken as fault:
        return fault.code
    return unit.vault.fault(blob_ref(blob), key)


def _waiting(blob_uid: str) -> Select[IntakeScan]:
    """The scan in the tray that has this blob."""
    return select(IntakeScan).where(IntakeScan.blob_uid == blob_uid, IntakeScan.state == IntakeState.WAITING)


def items_of(unit: Unit, blob_uid: str) -> list[str]:
    """The reference codes of the items that have this blob, or the number it waits under; the caller has judged."""
    rows = select(Item.reference_code).join(DigitalObject, DigitalObject.item_uid == Item.uid)
    codes = list(unit.session.scalars(rows.where(DigitalObject.blob_uid == blob_uid).distinct()))
    return codes or [scan.number for scan in unit.session.scalars(_waiting(blob_uid))]
