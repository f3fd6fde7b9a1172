"""Making a set: the catalogue as at one moment, the stored files as they are, the keys last (B3, B4, decision 12).

A set is registered before it holds a key, and it is one only when its manifest is there: a killed run leaves a
folder of ciphertext and a line in the register, never a copy of keys nobody knows of; the next run clears both
away and keeps the stored files that run had copied. This module opens no content.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from archive import audit, config, db
from archive.acts import Act
from archive.backups import filling, manifest, pack, pools, sets, snapshots
from archive.backups.alone import alone
from archive.backups.filling import Filled, Progress
from archive.backups.manifest import Entry, Manifest
from archive.backups.rewriting import put_pack
from archive.backups.slip import current_slip
from archive.durable import NewFile, private_folder, storing
from archive.errors import ArchiveError
from archive.faults import point
from archive.instance import Instance, Who
from archive.model import BackupSet, new_uid
from archive.statuses import BackupState
from archive.unit import Unit
from archive.volumes import next_number


@dataclass(frozen=True, slots=True)
class MadeSet:
    """A finished set: how many stored files it has, how many of them (and bytes) were new in its folder.

    *aside* counts bad files found there and copied anew; *same_disk* warns that one fault takes both; *slip* is for
    paper, given with the first set an instance has.
    """

    number: str
    folder: Path
    records: int
    files: int
    size: int
    copied: int
    copied_size: int
    aside: int
    same_disk: bool
    epoch: int
    slip: str


def create(
    instance: Instance, who: Who, folder: Path, *, remark: str = "", thorough: bool = False,
    progress: Progress | None = None,
) -> MadeSet:  # fmt: skip
    """Make and register a set in *folder*: empty, not there yet, or with earlier sets, whose stored files it shares.

    With *thorough* every stored file that is there already is read. Raises `NotEmpty`, `FileMissing` (no such place),
    `InsideInstance`, `BackupElsewhere`, `BackupUnderWay`, `Damaged` (a stored file is not what was written),
    `DiskFull`, `StorageFailed`; whatever fails leaves no set, its line in the register forgotten, and earlier sets
    as they were.
    """
    with alone(instance.home, Act.BACKUP_CREATE, instance.clock()):
        pool = pools.checked(instance.home, instance.keys.instance_id, folder)
        first, uid = not instance.keys.pack_epochs(), new_uid()
        number = _registered(instance, who, uid, pool, remark)
        place = pool / number
        try:
            with storing(place):
                point("backups.registered")
                _cleared(instance, who, pool, uid)
            made, filled = _filled(instance, who, uid, number, place, thorough, progress)
        except BaseException:
            _undone(instance, who, uid, place)
            raise
        with suppress(ArchiveError):  # the set is whole; what nobody lists is in nobody's way
            pools.collect(pool, instance.signer.public_key())
        slip = current_slip(instance.keys).text() if first else ""
        return _told(instance, made, place, filled, slip)


def _told(instance: Instance, made: BackupSet, place: Path, filled: Filled, slip: str) -> MadeSet:
    same = place.stat().st_dev == instance.home.stat().st_dev
    return MadeSet(
        made.number, place, made.records, made.files, made.size, filled.copied, filled.bytes, filled.aside, same,
        made.epoch, slip,
    )  # fmt: skip


def _registered(instance: Instance, who: Who, uid: str, pool: Path, remark: str) -> str:
    """A line in the register and a mark in the folder, in this order of reaching the disk: the mark, the line."""
    place: Path | None = None
    try:
        with instance.work(who, Act.BACKUP_CREATE) as unit:
            unit.act(Act.BACKUP_CREATE)
            pools.ready(pool, unit.keys.instance_id)
            number = _number(unit, pool)
            place = pool / number
            _begun(place, uid)
            made = BackupSet(
                uid=uid, number=number, made_at=unit.now, made_by=unit.actor.uid, epoch=unit.keys.pack_epoch(),
                records=0, files=0, size=0, pack_sha256="", seen_at=unit.now,
                card=sets.sealed(unit, uid, folder=str(place), remark=remark),
            )  # fmt: skip
            unit.session.add(made)
            unit.lines[-1].kind, unit.lines[-1].uid, unit.lines[-1].code = "backupset", uid, number
    except BaseException:
        _taken_away(instance, place, pool)
        raise
    return number


def _number(unit: Unit, pool: Path) -> str:
    """The next number whose folder is free: an instance that was brought back finds later sets of its former life."""
    prefix = f"BF{unit.today.year}-"
    while (pool / (number := f"{prefix}{next_number(unit, prefix):05d}")).exists():
        pass
    return number


def _begun(place: Path, uid: str) -> None:
    with storing(place):
        private_folder(place)
    manifest.mark(place, uid)


def _cleared(instance: Instance, who: Who, pool: Path, but: str) -> None:
    """Strike off what killed runs began in this folder, end what they were taking away; stored files stay for this one."""
    with instance.ask(who, Act.BACKUP_CREATE) as unit:
        begun = (BackupSet.state == BackupState.CURRENT) & (BackupSet.pack_sha256 == "")
        rows = select(BackupSet).where(
            begun | (BackupSet.state == BackupState.FORGOTTEN), BackupSet.uid != but
        )
        folders = {one.uid: sets.folder_of(unit, one) for one in unit.session.scalars(rows)}
    for uid, folder in folders.items():
        if folder.parent == pool and manifest.marked(folder, uid):
            sets.struck(instance, who, uid, reason="")
    for folder in pools.generations(pool):
        if folder != pool and pools.hollow(folder) and not manifest.marked(folder, but):
            pools.remove(folder)


def _filled(
    instance: Instance,
    who: Who,
    uid: str,
    number: str,
    place: Path,
    thorough: bool,
    progress: Progress | None,
) -> tuple[BackupSet, Filled]:
    """Everything but the keys; then, under the lock, the keys and the manifest that makes it a set."""
    with db.sessions(instance.engine, reading=True)() as session:
        size, root = audit.last(session)
    made_at = instance.clock().isoformat()
    snapshots.take(instance, place)
    with NewFile(manifest.spare(place / config.FILE), points="backups") as file:
        file.write((instance.home / config.FILE).read_bytes())
        file.keep(place / config.FILE)
    filled = filling.fill(instance, place, thorough=thorough, progress=progress)
    fixed = [_entry(place, name) for name in (manifest.FORMAT, config.FILE, pools.CATALOGUE, manifest.FILES)]
    empty = Manifest(instance.keys.instance_id, uid, number, 0, made_at, f"{size}:{root}", tuple(fixed))
    with instance.keys.packing(Act.BACKUP_CREATE.value):
        whole = put_pack(instance, place, empty, instance.keys.pack_epoch())
        with instance.work(who, Act.BACKUP_CREATE) as unit:
            return _finished(unit, place, whole, filled), filled


def _finished(unit: Unit, place: Path, whole: Manifest, filled: Filled) -> BackupSet:
    made, digest = sets.one(unit, whole.set_uid), whole.file(pack.NAME).sha256
    size = sum(one.size for one in whole.files) + sum(one.size for one in manifest.listed(place))
    unit.act(
        Act.BACKUP_CREATE, made, epoch=whole.epoch, records=filled.records, files=filled.files, copied=filled.copied,
        pack=digest,
    )  # fmt: skip
    made.records, made.files, made.size = filled.records, filled.files, size
    made.epoch, made.pack_sha256, made.seen_at = whole.epoch, digest, unit.now
    return made


def _undone(instance: Instance, who: Who, uid: str, place: Path) -> None:
    """Leave nothing of a set that could not be made; a machine too ill for that leaves it to the next `create`."""
    if not manifest.marked(place, uid):
        return
    with suppress(Exception):
        sets.struck(instance, who, uid, reason="")
    with suppress(Exception):
        sets.wipe(place)
    _taken_away(instance, place, place.parent)


def _taken_away(instance: Instance, place: Path | None, pool: Path) -> None:
    if place is not None and place.exists():
        with suppress(Exception):
            pools.remove(place)
    with suppress(Exception):
        pools.collect(pool, instance.signer.public_key())


# --- the pieces -----------------------------------------------------------------------------------


def _entry(place: Path, name: str) -> Entry:
    with storing(place), (place / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Entry(digest, os.fstat(file.fileno()).st_size, name)
