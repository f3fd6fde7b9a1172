"""Making a set: the catalogue as at one moment, the stored files as they are, the keys last (B3, B4, decision 12).

A set is registered before it holds a key, and it is one only when its manifest is there: a killed run leaves a
folder of ciphertext and a line in the register, never a copy of keys nobody knows of. This module opens no content.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from archive import audit, config, db
from archive.acts import Act
from archive.backups import manifest, pack, sets
from archive.backups.manifest import Entry, Manifest
from archive.backups.rewriting import put_pack
from archive.backups.slip import current_slip
from archive.chunks import CHUNK
from archive.durable import NewFile, private_folder, storing, sync_folder
from archive.errors import BlobMissing, Damaged, FileMissing, InsideInstance, NotEmpty
from archive.faults import point
from archive.instance import Instance, Who
from archive.model import BackupSet, Blob, Item, Volume, new_uid
from archive.sealing import Kept
from archive.unit import Unit
from archive.vault import BlobRef
from archive.volumes import next_number

CATALOGUE = "catalogue.db"
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class MadeSet:
    """A finished set; *slip* is for paper, given with the first set an instance has."""

    number: str
    folder: Path
    records: int
    files: int
    size: int
    epoch: int
    slip: str


def create(
    instance: Instance, who: Who, folder: Path, *, remark: str = "", progress: Progress | None = None
) -> MadeSet:
    """Make and register a set in *folder*, which is empty or not there yet, outside the instance.

    Raises `NotEmpty`, `FileMissing` (no such place), `InsideInstance`, `Damaged` (a stored file is not what was
    written), `DiskFull`, `StorageFailed`; whatever fails leaves no set, and its line in the register forgotten.
    """
    place = _place(instance, folder)
    first, uid = not instance.keys.pack_epochs(), new_uid()
    try:
        number = _registered(instance, who, uid, place, remark)
        with storing(place):
            point("backups.registered")
        made = _filled(instance, who, uid, number, place, progress)
    except BaseException:
        _undone(instance, who, uid, place)
        raise
    return MadeSet(
        number, place, made.records, made.files, made.size, made.epoch,
        current_slip(instance.keys).text() if first else "",
    )  # fmt: skip


def _place(instance: Instance, folder: Path) -> Path:
    place = folder.expanduser().absolute()
    if place.resolve().is_relative_to(instance.home.resolve()):
        raise InsideInstance(path=str(place))
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise NotEmpty(path=str(place))
    if not place.parent.is_dir():
        raise FileMissing(path=str(place.parent))
    return place


def _registered(instance: Instance, who: Who, uid: str, place: Path, remark: str) -> str:
    """A line in the register and a mark in the folder, in this order of reaching the disk: the mark, the line."""
    with instance.work(who, Act.BACKUP_CREATE) as unit:
        unit.act(Act.BACKUP_CREATE)
        _begun(place, uid)
        prefix = f"BF{unit.today.year}-"
        number = f"{prefix}{next_number(unit, prefix):05d}"
        made = BackupSet(
            uid=uid, number=number, made_at=unit.now, made_by=unit.actor.uid, epoch=unit.keys.pack_epoch(),
            records=0, files=0, size=0, pack_sha256="", seen_at=unit.now,
            card=sets.sealed(unit, uid, folder=str(place), remark=remark),
        )  # fmt: skip
        unit.session.add(made)
        unit.lines[-1].kind, unit.lines[-1].uid, unit.lines[-1].code = "backupset", uid, number
    return number


def _begun(place: Path, uid: str) -> None:
    with storing(place):
        private_folder(place)
        place.chmod(0o700)
    manifest.mark(place, uid)


def _filled(
    instance: Instance, who: Who, uid: str, number: str, place: Path, progress: Progress | None
) -> BackupSet:
    """Everything but the keys; then, under the lock, the keys and the manifest that makes it a set."""
    with db.sessions(instance.engine, reading=True)() as session:
        size, root = audit.last(session)
    made_at = instance.clock().isoformat()
    snapshot(instance, place)
    with NewFile(manifest.spare(place / config.FILE), points="backups") as file:
        file.write((instance.home / config.FILE).read_bytes())
        file.keep(place / config.FILE)
    count = _copied(instance, place, progress)
    fixed = [_entry(place, name) for name in (manifest.FORMAT, config.FILE, CATALOGUE, manifest.FILES)]
    empty = Manifest(instance.keys.instance_id, uid, number, 0, made_at, f"{size}:{root}", tuple(fixed))
    with instance.keys.packing(Act.BACKUP_CREATE.value):
        whole = put_pack(instance, place, empty, instance.keys.pack_epoch())
        with instance.work(who, Act.BACKUP_CREATE) as unit:
            return _finished(unit, place, whole, count)


def _finished(unit: Unit, place: Path, whole: Manifest, count: int) -> BackupSet:
    made, digest = sets.one(unit, whole.set_uid), whole.file(pack.NAME).sha256
    records = sum(unit.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in (Volume, Item))
    size = sum(one.size for one in whole.files) + sum(one.size for one in manifest.listed(place))
    unit.act(Act.BACKUP_CREATE, made, epoch=whole.epoch, records=records, files=count, pack=digest)
    made.records, made.files, made.size = records, count, size
    made.epoch, made.pack_sha256, made.seen_at = whole.epoch, digest, unit.now
    return made


def _undone(instance: Instance, who: Who, uid: str, place: Path) -> None:
    """Leave nothing of a set that could not be made; a machine too ill for that leaves it to `backup forget`."""
    if not manifest.marked(place, uid):
        return
    with suppress(Exception):
        sets.forget(instance, who, uid, reason="")
    with suppress(Exception):
        sets.wipe(place)
        for path in place.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


# --- the pieces -----------------------------------------------------------------------------------


def snapshot(instance: Instance, place: Path) -> None:
    """The catalogue as at one committed moment, without free pages; raises `DiskFull`, `StorageFailed`, `DatabaseDamaged`."""
    target = place / CATALOGUE
    temp = manifest.spare(target)
    with storing(place):
        os.close(os.open(temp, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with db.told(place), closing(sqlite3.connect(instance.database, timeout=20)) as live:
        live.execute("PRAGMA temp_store=MEMORY")
        live.execute("VACUUM INTO ?", (str(temp),))
    with storing(place):
        handle = os.open(temp, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        temp.replace(target)
        sync_folder(place)


def _copied(instance: Instance, place: Path, progress: Progress | None) -> int:
    """Every stored file the snapshot knows, checked on the way, and the list of them; how many."""
    late: set[Path] = set()
    count = 0
    frozen_at = f"{(place / CATALOGUE).as_uri()}?immutable=1"
    with closing(sqlite3.connect(frozen_at, uri=True)) as frozen, db.told(place):
        total = frozen.execute("SELECT count(*) FROM blob WHERE erased_at IS NULL").fetchone()[0]
        with NewFile(manifest.spare(place / manifest.FILES), points="backups") as listed:
            for ref in _refs(frozen):
                if (copied := _copy(instance, place, ref, late)) is not None:
                    listed.write(copied.line().encode())
                    count += 1
                if progress is not None:
                    progress(count, total)
            _synced(late)
            listed.keep(place / manifest.FILES)
    return count


def _synced(folders: set[Path]) -> None:
    for folder in sorted(folders):
        with storing(folder):
            sync_folder(folder)


def _refs(frozen: sqlite3.Connection) -> Iterator[BlobRef]:
    rows = frozen.execute(
        "SELECT uid, content_id, size, stored_size, stored_sha256 FROM blob WHERE erased_at IS NULL ORDER BY content_id, uid"
    )
    for row in rows:
        yield BlobRef(*row)


def _copy(instance: Instance, place: Path, ref: BlobRef, late: set[Path]) -> Entry | None:
    """One stored file, as it is; None for one that was destroyed since the snapshot. Raises `BlobMissing`, `Damaged`."""
    target = place / "vault" / ref.name
    try:
        source = (instance.vault.folder / ref.name).open("rb")
    except FileNotFoundError:
        if _erased(instance, ref):
            return None
        raise BlobMissing(what=Kept.BLOB, where=ref.name) from None
    digest = hashlib.sha256()
    with storing(place):
        private_folder(target.parent)
    with source, NewFile(manifest.spare(target), points="backups") as out:
        while piece := source.read(CHUNK):
            digest.update(piece)
            out.write(piece)
        if digest.hexdigest() != ref.stored_sha256:
            raise Damaged(what=Kept.BLOB, where=ref.name)
        out.keep(target, late=late)
    return Entry(ref.stored_sha256, ref.stored_size, f"vault/{ref.name}")


def _erased(instance: Instance, ref: BlobRef) -> bool:
    with db.sessions(instance.engine, reading=True)() as session:
        found = session.get(Blob, ref.uid)
        return found is None or found.erased_at is not None


def _entry(place: Path, name: str) -> Entry:
    with storing(place), (place / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Entry(digest, os.fstat(file.fileno()).st_size, name)
