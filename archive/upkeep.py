"""Care of the vault: what a crash may have left is collected, and every byte is read within thirty days.

Order of writing makes orphaned keys and blobs possible and harmless: never dangling, at most orphaned (decision 13).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import func, select, update

from archive.acts import Act
from archive.exchange import IntakeState
from archive.instance import Instance, Who
from archive.model import Blob, IntakeScan, Item, Volume
from archive.objects import Fault, blob_ref, items_of
from archive.unit import Unit
from archive.vault import BlobRef

GRACE_SECONDS = 24 * 3600.0
#: Within so many days every stored byte is read once (I2, C14).
ROTATION_DAYS = 30
#: Blobs read between two notes of how far the rotation has come.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was collected."""

    keys: int
    blobs: int


def sweep(unit: Unit, *, grace: float = GRACE_SECONDS) -> Swept:
    """Remove keys and blobs older than *grace* seconds that no row of the catalogue knows.

    What waits in the intake tray is known; what left it has no key of its own any more, and if discarded no blob.
    """
    unit.act(Act.VAULT_SWEEP, grace=int(grace))
    orphans = list(unit.keys.orphans(lambda uids: _recorded(unit, uids), older_than=grace))
    dropped = unit.keys.drop_keys(orphans) if orphans else 0
    removed = unit.vault.sweep(lambda names: _stored(unit, names), grace)
    unit.lines[-1].facts = {"keys": dropped, "blobs": len(removed)}
    return Swept(dropped, len(removed))


def _recorded(unit: Unit, uids: Sequence[str]) -> Iterable[str]:
    kinds: tuple[type[Any], ...] = (Volume, Item)
    for kind in kinds:
        yield from unit.session.scalars(select(kind.uid).where(kind.uid.in_(uids)))
    waiting = IntakeScan.state == IntakeState.WAITING
    yield from unit.session.scalars(select(IntakeScan.uid).where(IntakeScan.uid.in_(uids), waiting))


def _stored(unit: Unit, names: Sequence[str]) -> Iterable[str]:
    contents = {name.rsplit("/", 1)[-1].split(".")[0] for name in names}
    known = Blob.content_id.in_(contents) & Blob.erased_at.is_(None)
    rows = unit.session.scalars(select(Blob).where(known))
    return [blob_ref(blob).name for blob in rows]


# --- fixity ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a day's share of reading came to: blobs and bytes read, of how many, and what is damaged."""

    read: int
    bytes: int
    blobs: int
    faults: list[Fault]


def rotate(instance: Instance, who: Who) -> Rotation:
    """Read a thirtieth of the stored blobs, those unread longest first, and check each by its SHA-256.

    No key is used and nothing decrypted. Days missed are made up for; what was read today is not read again,
    but what is damaged is read and named until it is mended. No transaction is open while the disk is read.
    """
    with instance.ask(who, Act.VAULT_VERIFY) as unit:
        wanted, blobs = _share(unit)
    faults: list[Fault] = []
    size, queue = 0, iter(wanted)
    while batch := list(islice(queue, BATCH)):
        wrong = {ref.uid: why for ref in batch if (why := instance.vault.fault(ref)) is not None}
        with instance.work(who, Act.VAULT_VERIFY) as unit:
            found = _noted(unit, batch, wrong)
        faults += found
        size += sum(ref.stored_size for ref in batch)
    return Rotation(len(wanted), size, blobs, faults)


def _share(unit: Unit) -> tuple[list[BlobRef], int]:
    """Today's blobs, oldest reading first, and how many there are: a thirtieth less what today has read already.

    Whatever becomes older than thirty days today is read, however much it is.
    """
    unit.look(Act.VAULT_VERIFY)
    unit.lines.clear()  # counting what to read is no act; each batch read leaves its line
    begun = dt.datetime.combine(unit.today, dt.time(), unit.settings.zone).astimezone(dt.UTC)
    last = func.coalesce(Blob.checked_at, Blob.created_at)
    kept = Blob.erased_at.is_(None)
    counted = select(func.count()).select_from(Blob).where(kept)
    blobs = unit.session.scalar(counted) or 0
    read = unit.session.scalar(counted.where(Blob.checked_at >= begun)) or 0
    pressing = last <= begun - dt.timedelta(days=ROTATION_DAYS - 1)
    late = unit.session.scalar(counted.where(pressing)) or 0
    share = max(-(-blobs // ROTATION_DAYS) - read, late, 0)
    rows = select(Blob).where(kept, (Blob.checked_at < begun) | Blob.checked_at.is_(None))
    ordered = rows.order_by(last, Blob.uid).limit(share)
    return [blob_ref(blob) for blob in unit.session.scalars(ordered)], blobs


def _noted(unit: Unit, batch: Sequence[BlobRef], wrong: dict[str, str]) -> list[Fault]:
    """Date what was read and right; name what was not, unless it was erased meanwhile."""
    unit.act(Act.VAULT_VERIFY)
    sound = [ref.uid for ref in batch if ref.uid not in wrong]
    unit.session.execute(update(Blob).where(Blob.uid.in_(sound)).values(checked_at=unit.now))
    faults = [
        Fault(uid, why, items_of(unit, uid))
        for uid, why in sorted(wrong.items())
        if (blob := unit.session.get(Blob, uid)) is not None and blob.erased_at is None
    ]
    unit.lines[-1].facts = {
        "blobs": len(batch),
        "faults": len(faults),
        "damaged": sorted({code for fault in faults for code in fault.items}),
    }
    return faults
