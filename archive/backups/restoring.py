"""A readable instance out of a set and the recovery kit (decision 12, B2): built beside, whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from archive import audit, config, migrate
from archive.backups import manifest, pack
from archive.backups.making import CATALOGUE
from archive.backups.manifest import Entry
from archive.backups.slip import Slip
from archive.chunks import CHUNK
from archive.db import open_engine, sqlite_url
from archive.durable import NewFile, private_folder, storing
from archive.errors import Damaged, NotABackup, NotEmpty
from archive.keys import FLOOR, Cost, Keyring
from archive.keystore import bring_back
from archive.sealing import Kept


def restore(source: Path, to: Path, *, recovery: str, slip: Slip, floor: Cost = FLOOR) -> Path:
    """Build an instance in *to*, which must be empty, out of the set in *source*; the index is built when it is used.

    Raises `NotABackup`, `NotEmpty`, `WrongSlip`, `WrongKey`, `RecoveryMistyped`, `SealBroken`, `Damaged`
    (a file of the set is not what was written), `DiskFull`, `StorageFailed`; what fails leaves *to* empty.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise NotEmpty(path=str(to))
    with storing(to):
        private_folder(to)
    try:
        _built(source, to, recovery, slip, floor)
    except BaseException:
        shutil.rmtree(to, ignore_errors=True)
        raise
    return to


def _built(source: Path, to: Path, recovery: str, slip: Slip, floor: Cost) -> None:
    """The keys first, since only they tell whether the manifest is ours; the settings last: they make it an instance."""
    bring_back(to, pack.open_pack(source, slip))
    with Keyring.unlock(to, recovery=recovery, floor=floor) as keys:
        keys.adopt_pack_epoch(slip.epoch, slip.secret)
        public = audit.signer(keys.subkey("audit-signing")).public_key()
        found = manifest.read(source, public)
        if found.instance != keys.instance_id or not manifest.holds(source, found.file(pack.NAME)):
            raise NotABackup(path=str(source))
    _copy(source, to, found.file(CATALOGUE))
    if not manifest.holds(source, found.file(manifest.FILES)):
        raise Damaged(what=Kept.BLOB, where=manifest.FILES)
    _copy_all(source, to, manifest.listed(source))
    engine = open_engine(sqlite_url(to / CATALOGUE))
    try:
        migrate.check(engine)
    finally:
        engine.dispose()
    _copy(source, to, found.file(config.FILE))


def _copy_all(source: Path, to: Path, entries: Iterable[Entry]) -> None:
    with storing(to):
        private_folder(to / "vault" / "tmp")
    for entry in entries:
        with storing(to):
            private_folder((to / entry.name).parent)
        _copy(source, to, entry)


def _copy(source: Path, to: Path, entry: Entry) -> None:
    """One file, checked on the way; raises `Damaged`."""
    digest = hashlib.sha256()
    with NewFile(to / f"{entry.name}.part", points="backups") as out:
        with storing(source), (source / entry.name).open("rb") as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
                out.write(piece)
        if digest.hexdigest() != entry.sha256:
            raise Damaged(what=Kept.BLOB, where=entry.name)
        out.keep(to / entry.name)
