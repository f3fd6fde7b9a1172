"""Key packs written anew: after a destruction, when a set comes back, and for a new epoch (K2, K3, ADR 0018).

A set's pack is replaced as a whole, never changed; the copied files stay as they are. Whoever writes packs holds
a lock meanwhile, so that no pack with a dropped key can be finished after the sets were gone through.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import or_, select, update

from archive.acts import Act
from archive.backups import manifest, pack, sets
from archive.backups.manifest import Entry, Manifest
from archive.backups.slip import current_slip
from archive.durable import NewFile, storing, sync_folder
from archive.errors import DiskFull, StorageFailed
from archive.faults import point
from archive.instance import Instance, Who
from archive.keys import Keyring
from archive.lives import BACKUP
from archive.model import BackupSet, PendingErasure
from archive.statuses import BackupState
from archive.unit import Unit


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The numbers of the sets whose packs hold what the keystore holds, and of those out of reach, which may hold more."""

    current: list[str]
    pending: list[str]


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """A new epoch: its number, its slip for paper, and the numbers of the sets that opened for the last time."""

    epoch: int
    slip: str
    current: list[str]
    dead: list[str]


@dataclass(frozen=True, slots=True)
class _Set:
    """One registered set as it is met: where it lies, and its manifest if it is in reach and finished."""

    uid: str
    number: str
    folder: Path
    manifest: Manifest | None
    begun: bool


def refresh(instance: Instance, who: Who, act: Act = Act.DESTRUCTION_EXECUTE) -> Refreshed:
    """Write the key pack of every registered set in reach anew from the live keystore; the rest is pending.

    *act* is the act this is part of. A set that cannot be written counts as out of reach. Raises `Busy`.
    """
    with instance.keys.packing(act.value):
        return _refreshed(instance, who, act, pressing=False)


def catch_up(instance: Instance, who: Who) -> Refreshed:
    """The same for the sets that were out of reach when something was destroyed, and no others; raises `Busy`."""
    with instance.keys.packing(Act.BACKUP_CATCH_UP.value):
        return _refreshed(instance, who, Act.BACKUP_CATCH_UP, pressing=True)


def rekey(instance: Instance, who: Who) -> Rekeyed:
    """Begin a new epoch: sets in reach are packed under it, the others are dead, the old secrets are erased last.

    Whoever finds it half done takes it up. Raises `Busy`, and `StorageFailed` or `DiskFull` where a set in reach
    cannot be written: then the old epoch stands, and nothing is dead yet.
    """
    act, keys = Act.DESTRUCTION_FINALIZE, instance.keys
    with keys.packing(act.value), storing(instance.home):
        if len(keys.pack_epochs()) < 2:
            keys.next_pack_epoch()
        current, away = [], []
        for one in _sets(instance, who, act, pressing=False):
            if one.manifest is None and not one.begun:
                away.append(one.uid)
                continue
            _rewrite(instance, who, act, one)
            current.append(one.number)
        dead = [_buried(instance, who, uid) for uid in away]
        keys.retire_pack_epochs()
        slip = current_slip(keys)
        return Rekeyed(slip.epoch, slip.text(), current, dead)


# --- inside ---------------------------------------------------------------------------------------


def _refreshed(instance: Instance, who: Who, act: Act, *, pressing: bool) -> Refreshed:
    current, pending = [], []
    for one in _sets(instance, who, act, pressing=pressing):
        if (one.manifest is not None or one.begun) and _rewritten(instance, who, act, one):
            current.append(one.number)
        else:
            _noted_away(instance, who, act, one.uid)
            pending.append(one.number)
    return Refreshed(current, pending)


def _sets(instance: Instance, who: Who, act: Act, *, pressing: bool) -> list[_Set]:
    """The sets that hold keys; only those somebody waits for if *pressing*."""
    with instance.ask(who, act) as unit:
        if not unit.may(act):
            unit.act(act)  # refused, with its line, before a pack is touched
        rows = select(BackupSet).where(BackupSet.state.in_(sets.ALIVE)).order_by(BackupSet.number)
        if pressing:
            owed = select(PendingErasure.set_uid).where(PendingErasure.done_at.is_(None))
            rows = rows.where(or_(BackupSet.state == BackupState.PENDING, BackupSet.uid.in_(owed)))
        return [_met(unit, made) for made in unit.session.scalars(rows)]


def _met(unit: Unit, made: BackupSet) -> _Set:
    """A set that was finished and whose manifest does not read is out of reach: its pack is not given up for that."""
    folder = sets.folder_of(unit, made)
    begun = not made.pack_sha256 and manifest.marked(folder, made.uid)
    return _Set(made.uid, made.number, folder, sets.found(unit, made), begun)


def _rewritten(instance: Instance, who: Who, act: Act, one: _Set) -> bool:
    try:
        _rewrite(instance, who, act, one)
    except (DiskFull, StorageFailed):
        return False
    return True


def _rewrite(instance: Instance, who: Who, act: Act, one: _Set) -> None:
    """A new pack for a set in reach, and what that means for the register; one never finished only loses its pack."""
    epoch = instance.keys.pack_epoch()
    digest = ""
    if one.manifest is None:
        sets.wipe(one.folder)
    else:
        digest = put_pack(instance, one.folder, one.manifest, epoch).file(pack.NAME).sha256
    with instance.work(who, act) as unit:
        made = sets.one(unit, one.uid)
        unit.act(act, made, epoch=epoch, pack=digest)
        made.state = BACKUP.after(made.state, Act.BACKUP_CATCH_UP)
        made.epoch, made.pack_sha256, made.seen_at = epoch, digest, unit.now
        _done(unit, made.uid)


def put_pack(instance: Instance, folder: Path, before: Manifest, epoch: int) -> Manifest:
    """Replace the key pack of the set in *folder*, its old bytes overwritten; the manifest that now holds.

    Killed at any moment the set has one of both packs, and a manifest that fits it.
    """
    path = folder / pack.NAME
    with storing(folder):
        sets.overwrite(folder / f".{pack.NAME}.part")
    with _doomed(path), NewFile(manifest.spare(path), points="backups") as file:
        fresh = before.with_pack(epoch, _written(instance.keys, before.set_uid, epoch, file))
        manifest.write(folder, fresh, instance.signer, manifest.NEXT)
        file.keep(path, replace=True)
    with storing(folder):
        point("backups.pack_written")
        (folder / manifest.NEXT).replace(folder / manifest.NAME)
        sync_folder(folder)
    return fresh


def _written(keys: Keyring, set_uid: str, epoch: int, file: NewFile) -> Entry:
    size = 0

    def keep(piece: bytes) -> None:
        nonlocal size
        size += len(piece)
        file.write(piece)

    digest = pack.write_pack(keys, set_uid, epoch, keep)
    return Entry(digest, size, pack.NAME)


@contextmanager
def _doomed(path: Path) -> Iterator[None]:
    """The file that *path* names now is blank once the block has given its name to another."""
    with storing(path.parent):
        handle = sets.own_file(path)
    try:
        yield
        if handle is not None:
            with storing(path.parent):
                sets.blank(handle)
    finally:
        if handle is not None:
            os.close(handle)


def _noted_away(instance: Instance, who: Who, act: Act, uid: str) -> None:
    """A set out of reach is pending from the destruction on; it does not become so by being looked for."""
    if act is not Act.DESTRUCTION_EXECUTE:
        return
    with instance.work(who, act) as unit:
        made = sets.one(unit, uid)
        unit.act(act, made, pending=True)
        made.state = BACKUP.after(made.state, act)


def _buried(instance: Instance, who: Who, uid: str) -> str:
    """A set that opens for nobody from now on: whatever it holds of what was destroyed is gone with it."""
    act = Act.DESTRUCTION_FINALIZE
    with instance.work(who, act) as unit:
        made = sets.one(unit, uid)
        unit.act(act, made, dead=True)
        if made.state is BackupState.CURRENT:
            made.state = BACKUP.after(made.state, Act.DESTRUCTION_EXECUTE)
        made.state = BACKUP.after(made.state, act)
        return made.number


def _done(unit: Unit, set_uid: str) -> None:
    owed = (PendingErasure.set_uid == set_uid) & PendingErasure.done_at.is_(None)
    unit.session.execute(update(PendingErasure).where(owed).values(done_at=unit.now))


def close_pending(unit: Unit) -> Sequence[str]:
    """What dead sets still owed is done, since they open for nobody; the lists it was owed to."""
    dead = select(BackupSet.uid).where(BackupSet.state == BackupState.DEAD)
    owed = PendingErasure.set_uid.in_(dead) & PendingErasure.done_at.is_(None)
    lists = unit.session.scalars(select(PendingErasure.list_uid).where(owed).distinct()).all()
    unit.session.execute(
        update(PendingErasure).where(owed).values(done_at=unit.now),
        execution_options={"synchronize_session": False},
    )
    return lists
