"""A readable instance out of a set and the recovery kit (decision 12, B2): built beside, whole or not at all.

The settings make a folder an instance, and they get their name last: until then they lie under a mark that says
which set is being brought back. Killed at any moment it is run again and goes on with the stored files it has.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import text

from archive import audit, config, db, migrate
from archive.acts import Act
from archive.backups import filling, manifest, pack, pools, reviving
from archive.backups.filling import Progress
from archive.backups.manifest import Entry, Manifest
from archive.backups.slip import Slip
from archive.db import open_engine, sqlite_url
from archive.durable import private_folder, storing, sync_folder
from archive.errors import Damaged, NotABackup, NotEmpty, OtherRestore
from archive.faults import point
from archive.instance import SYSTEM, Instance, utc_now
from archive.keys import FLOOR, Cost, Keyring
from archive.keystore import bring_back
from archive.ports import Ports
from archive.sealing import Kept
from archive.vault import Vault

_MARK = re.compile(r"\.restoring-([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Kit:
    """What opens a set on an empty machine: the recovery key as it is typed, and the slip of the set's epoch."""

    recovery: str
    slip: Slip


@dataclass(frozen=True, slots=True)
class Restored:
    """An instance brought back: which set, as of when, what is in it, and what it was brought up from.

    *gone* counts records that were destroyed after the set was made; *newer* names sets beside it that it does not know.
    """

    number: str
    folder: Path
    made_at: dt.datetime
    records: int
    files: int
    size: int
    schema: str
    gone: int
    newer: list[str]


@dataclass(slots=True)
class Rebuilt:
    """A set laid out in a folder that is no instance yet, opened; *schema* is what its catalogue was written with."""

    instance: Instance
    manifest: Manifest
    source: Path
    mark: Path
    schema: str
    files: int = 0
    size: int = 0


def restore(
    source: Path, to: Path, kit: Kit, ports: Ports, *, clock: Callable[[], dt.datetime] = utc_now,
    floor: Cost = FLOOR, progress: Progress | None = None,
) -> Restored:  # fmt: skip
    """Build an instance in *to*, which must be empty, out of the set in *source*; the index is built when it is used.

    *source* is a set, or a folder of sets, of which the newest is taken. Raises `NotABackup`, `NotEmpty`,
    `OtherRestore`, `WrongSlip`, `WrongKey`, `RecoveryMistyped`, `SealBroken`, `SchemaNewer`, `ClockSetBack`,
    `Damaged` (a file of the set is not what was written), `DiskFull`, `StorageFailed`; what fails leaves *to* as it was.
    """
    with rebuilt(source, to, kit, ports, clock=clock, floor=floor, progress=progress) as made:
        with made.instance.work(SYSTEM, Act.BACKUP_RESTORE) as unit:
            settled = reviving.settle(unit, made.manifest, made.source, made.schema, made.files, made.size)
        reviving.bury(made.instance, settled)
        with storing(to):
            point("restore.before_last")
            made.mark.rename(to / config.FILE)
            sync_folder(to)
    return Restored(
        made.manifest.number, to, dt.datetime.fromisoformat(made.manifest.made_at), settled.records, made.files,
        made.size, made.schema, len(settled.gone), _newer(made),
    )  # fmt: skip


def _newer(made: Rebuilt) -> list[str]:
    beside = (one.name for one in pools.generations(manifest.pool(made.source)))
    return [name for name in beside if name > made.manifest.number and name.startswith("BF")]


@contextmanager
def rebuilt(
    source: Path, to: Path, kit: Kit, ports: Ports, *, clock: Callable[[], dt.datetime] = utc_now,
    floor: Cost = FLOOR, progress: Progress | None = None, trial: bool = False,
) -> Iterator[Rebuilt]:  # fmt: skip
    """A set laid out in *to* with every byte checked, brought up to date and its log verified; not yet an instance.

    If the block fails, *to* is as it was before; on *trial* it is so afterwards in any case. Raises as `restore` does.
    """
    folder = pools.meant(source)
    resumed = _place(to, folder)
    try:
        made = _laid_out(folder, to, kit, ports, clock, floor, progress)
        try:
            _verified(made)
            yield made
        finally:
            made.instance.close()
    except BaseException:
        if not resumed or trial:
            shutil.rmtree(to, ignore_errors=True)
        raise
    if trial:
        shutil.rmtree(to, ignore_errors=True)


def _place(to: Path, folder: Path) -> bool:
    """Make the folder; true if this very set was being brought back into it before. Raises `NotEmpty`, `OtherRestore`."""
    if to.exists() and not to.is_dir():
        raise NotEmpty(path=str(to))
    shared = manifest.pool(folder)
    if pools.is_one(shared) and to.resolve().is_relative_to(shared.resolve()):
        raise NotEmpty(path=str(shared))
    found = sorted(path.name for path in to.iterdir()) if to.exists() else []
    marks = [mark.group(1) for name in found if (mark := _MARK.fullmatch(name))]
    if not marks:
        if [name for name in found if not _HALF.fullmatch(name)]:
            raise NotEmpty(path=str(to))
        with storing(to):
            private_folder(to)
            with suppress(PermissionError):
                to.chmod(0o700)
        return False
    if config.FILE in found:
        raise NotEmpty(path=str(to))
    if marks != [manifest.read(folder).set_uid]:
        raise OtherRestore(path=str(to))
    return True


#: What a run leaves that was killed while it wrote its mark.
_HALF = re.compile(r"\.\.restoring-[0-9a-f]{32}\.part")


def _laid_out(
    folder: Path, to: Path, kit: Kit, ports: Ports, clock: Callable[[], dt.datetime], floor: Cost,
    progress: Progress | None,
) -> Rebuilt:  # fmt: skip
    """The mark first, then the keys, since only they tell whether the manifest is ours; then catalogue and files."""
    stated = manifest.read(folder)
    mark = to / f".restoring-{stated.set_uid}"
    if not mark.exists():
        _copy(folder, mark, stated.file(config.FILE))
    _cleared(to)
    bring_back(to, pack.open_pack(folder, kit.slip))
    point("restore.keys_back")
    keys = Keyring.unlock(to, recovery=kit.recovery, floor=floor)
    try:
        found = _ours(folder, keys, mark)
        keys.adopt_pack_epoch(kit.slip.epoch, kit.slip.secret)
        _copy(folder, to / pools.CATALOGUE, found.file(pools.CATALOGUE))
        instance, schema = _opened(folder, to, keys, ports, clock)
    except BaseException:
        keys.close()
        raise
    made = Rebuilt(instance, found, folder, mark, schema)
    try:
        _copy_all(made, to, progress)
    except BaseException:
        instance.close()
        raise
    return made


def _cleared(to: Path) -> None:
    """Take away what is quickly made anew; the stored files of an earlier run stay."""
    with storing(to):
        shutil.rmtree(to / "keys", ignore_errors=True)
        for path in to.glob(f"*{pools.CATALOGUE}*"):
            path.unlink()


def _ours(folder: Path, keys: Keyring, mark: Path) -> Manifest:
    """The manifest, signed by the instance whose keys these are; raises `NotABackup`, `Damaged`."""
    found = manifest.read(folder, audit.signer(keys.subkey("audit-signing")).public_key())
    if found.instance != keys.instance_id or not manifest.holds(folder, found.file(pack.NAME)):
        raise NotABackup(path=str(folder))
    for name in (manifest.FORMAT, manifest.FILES):
        if not manifest.holds(folder, found.file(name)):
            raise Damaged(what=Kept.BLOB, where=name)
    if not manifest.holds(mark.parent, replace(found.file(config.FILE), name=mark.name)):
        raise Damaged(what=Kept.BLOB, where=config.FILE)
    return found


def _opened(
    folder: Path, to: Path, keys: Keyring, ports: Ports, clock: Callable[[], dt.datetime]
) -> tuple[Instance, str]:
    """The catalogue, brought up from whatever schema it has, which is told.

    No anchor is written while a set is tried or brought back: it would speak against the living instance's.
    """
    path = to / pools.CATALOGUE
    engine = open_engine(sqlite_url(path))
    try:
        with db.told(path):
            schema = migrate.version(engine)
            migrate.check(engine)
        settings, origins = config.load(folder)
    except BaseException:
        engine.dispose()
        raise
    point("restore.catalogue_ready")
    quiet = replace(settings, anchor_file="")
    return Instance(to, quiet, origins, keys, Vault(to, keys), engine, ports, clock), schema


def _copy_all(made: Rebuilt, to: Path, progress: Progress | None) -> None:
    """Every stored file, its digest checked on the way; one that an earlier run has copied is read once more."""
    shared, folders = manifest.pool(made.source), filling.Folders()
    total = sum(1 for _ in manifest.listed(made.source))
    for entry in manifest.listed(made.source):
        target = to / entry.name
        if not manifest.holds(to, entry):
            with storing(to):
                target.unlink(missing_ok=True)
                folders.ready(target)
            _copy(shared, target, entry, late=folders.late)
        folders.late.add(target.parent)
        made.files += 1
        made.size += entry.size
        if progress is not None:
            progress(made.files, total)
    folders.sync()


def _copy(base: Path, target: Path, entry: Entry, *, late: set[Path] | None = None) -> None:
    with storing(base), (base / entry.name).open("rb") as file:
        filling.copy(file, target, entry, points="restore", late=late)


def _verified(made: Rebuilt) -> None:
    """Database and log are sound, and the log reaches to where the manifest says; raises `Damaged`."""
    instance = made.instance
    with db.told(instance.database), db.sessions(instance.engine, reading=True)() as session:
        wrong = db.integrity(session)
        verdict = audit.verify(session, instance.signer.public_key())
        size, _, root = made.manifest.log.partition(":")
        found = session.connection().execute(
            text("SELECT hash FROM event WHERE seq = :seq"), {"seq": int(size)}
        )
        told = found.scalar() or audit.START
    if wrong is not None:
        raise Damaged(what=Kept.VALUE, where=pools.CATALOGUE)
    if not verdict.sound or told != root:
        raise Damaged(what=Kept.VALUE, where=f"log {verdict.bad_seq or size}")
