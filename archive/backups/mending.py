"""Damaged or missing stored files copied back from a set: only after the hash fits, never over what is good (I1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from archive.acts import Act
from archive.backups import checking, filling, manifest, pools, sets
from archive.backups.alone import alone
from archive.backups.filling import Progress
from archive.backups.manifest import Entry
from archive.durable import private_folder, storing
from archive.errors import SetAway
from archive.exchange import BackupCheckKind
from archive.faults import point
from archive.instance import Instance, Who
from archive.model import Blob
from archive.objects import blob_ref, items_of
from archive.unit import Unit
from archive.values import Worded
from archive.vault import BlobRef

#: Stored files looked at between two questions to the catalogue.
BATCH = 500


class Mend(Worded):
    """What became of one damaged or missing file."""

    MENDED = "MENDED"
    NOT_IN_SET = "NOT_IN_SET"
    BAD_IN_SET = "BAD_IN_SET"


@dataclass(frozen=True, slots=True)
class MendLine:
    """One file of the vault that was not as it was written: why, what became of it, whose it is, where the bad one lies."""

    file: str
    why: str
    mended: Mend
    items: list[str]
    aside: str


@dataclass(frozen=True, slots=True)
class Mended:
    """What `repair` found: how many stored files it read, and each that was bad."""

    number: str
    files: int
    bad: list[MendLine]

    @property
    def left(self) -> int:
        """How many are still bad."""
        return sum(line.mended is not Mend.MENDED for line in self.bad)


def repair(instance: Instance, who: Who, number: str, *, progress: Progress | None = None) -> Mended:
    """Read the whole vault by its hashes and mend what is bad from a registered set in reach; nothing is deleted.

    Run again it goes on where it was cut off. Raises `NotFound`, `SetAway`, `BackupUnderWay`, `DiskFull`, `StorageFailed`.
    """
    with alone(instance.home, Act.BACKUP_REPAIR, instance.clock()):
        with instance.work(who, Act.BACKUP_REPAIR) as unit:
            made = sets.one(unit, number)
            unit.act(Act.BACKUP_REPAIR, made, begun=True)
            folder = sets.folder_of(unit, made)
            if not sets.in_reach(unit, made):
                raise SetAway(number=made.number, path=str(folder))
        files, lines = _gone_through(instance, who, manifest.pool(folder), progress)
        found = Mended(made.number, files, lines)
        with instance.work(who, Act.BACKUP_REPAIR) as unit:
            unit.act(Act.BACKUP_REPAIR, made, files=files, bad=len(lines), left=found.left)
            checking.note(unit, made, BackupCheckKind.REPAIR, files, found.left)
        return found


def _gone_through(
    instance: Instance, who: Who, pool: Path, progress: Progress | None
) -> tuple[int, list[MendLine]]:
    done, total, after = 0, 0, ""
    lines: list[MendLine] = []
    while True:
        with instance.ask(who, Act.BACKUP_REPAIR) as unit:
            batch, total = _batch(unit, after, total)
        if not batch:
            return done, lines
        after = batch[-1].uid
        for ref in batch:
            if (why := instance.vault.fault(ref)) is not None:
                lines += _mended(instance, who, pool, ref, why)
            done += 1
            if progress is not None:
                progress(done, total)


def _batch(unit: Unit, after: str, total: int) -> tuple[list[BlobRef], int]:
    kept = Blob.erased_at.is_(None)
    if not total:
        total = unit.session.scalar(select(func.count()).select_from(Blob).where(kept)) or 0
    rows = select(Blob).where(kept, Blob.uid > after).order_by(Blob.uid).limit(BATCH)
    return [blob_ref(blob) for blob in unit.session.scalars(rows)], total


def _mended(instance: Instance, who: Who, pool: Path, ref: BlobRef, why: str) -> Iterator[MendLine]:
    """One bad file; nothing if it was destroyed meanwhile."""
    with instance.ask(who, Act.BACKUP_REPAIR) as unit:
        blob = unit.session.get(Blob, ref.uid)
        if blob is None or blob.erased_at is not None:
            return
        items = items_of(unit, ref.uid)
    entry = Entry(ref.stored_sha256, ref.stored_size, f"{manifest.VAULT}/{ref.name}")
    if not manifest.holds(pool, entry):
        bad = Mend.BAD_IN_SET if (pool / entry.name).exists() else Mend.NOT_IN_SET
        yield MendLine(ref.name, why, bad, items, "")
        return
    yield MendLine(ref.name, why, Mend.MENDED, items, _put_back(instance, pool, entry))


def _put_back(instance: Instance, pool: Path, entry: Entry) -> str:
    """The good bytes under their name, the bad ones beside; the name of these, if there were any.

    What stands under the name was read a moment ago and was not good; the copy's hash is taken once more on the way.
    """
    target, aside = instance.home / entry.name, ""
    with storing(target):
        private_folder(target.parent)
    if target.exists():
        aside = pools.put_aside(target).name
    point("repair.aside")
    with storing(pool), (pool / entry.name).open("rb") as source:
        filling.copy(source, target, entry, points="repair")
    return aside
