"""The register of backup sets: which there are, where they lie, what they are worth (decision 12, R14, ADR 0018).

The folder is free text and sealed; the register knows where to look, never what is in a set.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from archive import audit
from archive.acts import Act
from archive.backups import manifest, pack, pools
from archive.backups.alone import alone
from archive.backups.manifest import Manifest
from archive.cards import plain
from archive.durable import storing, sync_folder
from archive.errors import NotABackup, NotFound, SetOutOfReach, SetPending
from archive.exchange import BackupCheckKind
from archive.faults import point
from archive.lives import BACKUP
from archive.model import BackupCheck, BackupSet, DestructionList, PendingErasure, Person
from archive.statuses import BackupState
from archive.unit import Unit

if TYPE_CHECKING:
    from archive.instance import Instance, Who

#: What seals the folder of a set.
CARD_KEY = "backup"
#: States in which a set holds keys that somebody could use.
ALIVE = (BackupState.CURRENT, BackupState.PENDING)


@dataclass(frozen=True, slots=True)
class SetLine:
    """One set as it is listed; *size* in bytes, *lists* the destruction lists whose keys it still holds.

    *sound* is what the last look at it found; None if nobody has looked.
    """

    number: str
    state: BackupState
    folder: str
    in_reach: bool
    made_at: dt.datetime
    made_by: str
    epoch: int
    records: int
    files: int
    size: int
    seen_at: dt.datetime
    lists: list[str]
    remark: str
    age_days: int
    verified_at: dt.datetime | None
    drilled_at: dt.datetime | None
    sound: bool | None


@dataclass(frozen=True, slots=True)
class PendingLine:
    """A set that still holds, or held, keys of a destruction list."""

    number: str
    set_number: str
    state: BackupState
    since: dt.datetime
    done_at: dt.datetime | None


def one(unit: Unit, number: str) -> BackupSet:
    """The set with this number or uid; raises `NotFound`."""
    found = unit.session.scalar(
        select(BackupSet).where((BackupSet.number == number) | (BackupSet.uid == number))
    )
    if found is None:
        raise NotFound(what="backup", code=number)
    return found


def sealed(unit: Unit, uid: str, **told: str) -> bytes:
    """The card of a set: its folder, a remark, why it was forgotten."""
    return unit.keys.seal_with(CARD_KEY, uid.encode(), plain(told))


def told(unit: Unit, made: BackupSet) -> dict[str, str]:
    """What the card of a set says."""
    return dict(json.loads(unit.keys.open_with(CARD_KEY, made.uid.encode(), made.card)))


def folder_of(unit: Unit, made: BackupSet) -> Path:
    """Where the set lies, or would if its disk were there."""
    return Path(told(unit, made)["folder"])


def found(unit: Unit, made: BackupSet) -> Manifest | None:
    """The manifest of a set in reach, signed by us and for this very set; None if it is away, or never finished."""
    public = audit.signer(unit.keys.subkey("audit-signing")).public_key()
    try:
        read = manifest.read(folder_of(unit, made), public)
    except NotABackup:
        return None
    return read if (read.set_uid, read.instance) == (made.uid, unit.keys.instance_id) else None


def in_reach(unit: Unit, made: BackupSet) -> bool:
    """True if the set's folder is there, finished or not."""
    return found(unit, made) is not None or manifest.marked(folder_of(unit, made), made.uid)


# --- lists ----------------------------------------------------------------------------------------


def listing(unit: Unit, *, every: bool = False) -> list[SetLine]:
    """The sets, newest first; with *every* also those that were forgotten."""
    unit.look(Act.BACKUP_SEE)
    rows = select(BackupSet).order_by(BackupSet.number.desc())
    if not every:
        rows = rows.where(BackupSet.state != BackupState.FORGOTTEN)
    sets = unit.session.scalars(rows).all()
    names = _accounts(unit, [made.made_by for made in sets])
    lists, tried = _lists(unit), _tried(unit)
    return [
        _line(
            unit,
            made,
            names.get(made.made_by, made.made_by),
            lists.get(made.uid, []),
            tried.get(made.uid, {}),
        )
        for made in sets
    ]


def undone(unit: Unit, *list_uids: str, every: bool = False) -> list[PendingLine]:
    """The sets out of reach that still hold keys of these destruction lists; with *every* those done as well.

    The caller has judged that each of the lists may be known of.
    """
    unit.look(Act.DESTRUCTION_SEE)
    rows = (
        select(PendingErasure, DestructionList.number, BackupSet.number, BackupSet.state)
        .join(DestructionList, DestructionList.uid == PendingErasure.list_uid)
        .join(BackupSet, BackupSet.uid == PendingErasure.set_uid)
        .where(PendingErasure.list_uid.in_(list_uids))
        .order_by(DestructionList.number, BackupSet.number)
    )
    if not every:
        rows = rows.where(PendingErasure.done_at.is_(None))
    return [
        PendingLine(number, of, state, row.since, row.done_at)
        for row, number, of, state in unit.session.execute(rows)
    ]


def _line(
    unit: Unit, made: BackupSet, made_by: str, lists: list[str], tried: dict[BackupCheckKind, BackupCheck]
) -> SetLine:
    card = told(unit, made)
    looks = [one for kind, one in tried.items() if kind is not BackupCheckKind.REPAIR]
    verified, drilled = tried.get(BackupCheckKind.VERIFY), tried.get(BackupCheckKind.DRILL)
    last = max(looks, key=lambda one: one.checked_at, default=None)
    return SetLine(
        made.number, made.state, card["folder"], in_reach(unit, made), made.made_at, made_by, made.epoch,
        made.records, made.files, made.size, made.seen_at, lists, card.get("remark", ""),
        (unit.now - made.made_at).days, verified.checked_at if verified else None,
        drilled.checked_at if drilled else None, last.sound if last else None,
    )  # fmt: skip


def _tried(unit: Unit) -> dict[str, dict[BackupCheckKind, BackupCheck]]:
    """The last look of each kind at each set."""
    newest = select(func.max(BackupCheck.checked_at)).group_by(BackupCheck.set_uid, BackupCheck.kind)
    rows = select(BackupCheck).where(BackupCheck.checked_at.in_(newest)).order_by(BackupCheck.checked_at)
    tried: dict[str, dict[BackupCheckKind, BackupCheck]] = {}
    for one in unit.session.scalars(rows):
        tried.setdefault(one.set_uid, {})[one.kind] = one
    return tried


def _lists(unit: Unit) -> dict[str, list[str]]:
    rows = (
        select(PendingErasure.set_uid, DestructionList.number)
        .join(DestructionList, DestructionList.uid == PendingErasure.list_uid)
        .where(PendingErasure.done_at.is_(None))
        .order_by(DestructionList.number)
    )
    lists: dict[str, list[str]] = {}
    for set_uid, number in unit.session.execute(rows):
        lists.setdefault(set_uid, []).append(number)
    return lists


def _accounts(unit: Unit, uids: Sequence[str]) -> dict[str, str]:
    rows = select(Person.uid, Person.account).where(Person.uid.in_(set(uids)))
    return {str(uid): str(account) for uid, account in unit.session.execute(rows)}


# --- forgetting -----------------------------------------------------------------------------------


def forget(instance: Instance, who: Who, number: str, *, reason: str) -> BackupSet:
    """Strike a set off the register: its key pack is wiped first, so that it is ciphertext for everybody.

    Then its files go, and the stored files no other set needs. One that was cut off is finished by being called again.
    Raises `SetPending` while it holds keys of what was destroyed, `SetOutOfReach` while its pack cannot be wiped,
    `WrongState` if it is forgotten already, `NotFound`, `BackupUnderWay`, `StorageFailed`.
    """
    with alone(instance.home, Act.BACKUP_FORGET, instance.clock()):
        return struck(instance, who, number, reason=reason)


def struck(instance: Instance, who: Who, number: str, *, reason: str) -> BackupSet:
    """The same for whoever holds the lock."""
    with instance.keys.packing(Act.BACKUP_FORGET.value), instance.work(who, Act.BACKUP_FORGET) as unit:
        made = one(unit, number)
        unit.act(Act.BACKUP_FORGET, made, private={"reason": reason})
        folder = folder_of(unit, made)
        if made.state is not BackupState.FORGOTTEN or not manifest.marked(folder, made.uid):
            _struck_off(unit, made, folder, reason)
    point("backups.forgotten")
    if manifest.marked(folder, made.uid):
        shared = manifest.pool(folder)
        pools.remove(folder)
        pools.collect(shared, instance.signer.public_key())
    return made


def _struck_off(unit: Unit, made: BackupSet, folder: Path, reason: str) -> None:
    if made.state is BackupState.PENDING:
        raise SetPending(number=made.number)
    state = BACKUP.after(made.state, Act.BACKUP_FORGET)
    if in_reach(unit, made):
        wipe(folder)
    elif made.state is BackupState.CURRENT:
        raise SetOutOfReach(number=made.number, path=str(folder))
    made.state, made.forgotten_at, made.forgotten_by = state, unit.now, unit.actor.uid
    made.card = sealed(unit, made.uid, **{**told(unit, made), "reason": reason})


def wipe(folder: Path) -> None:
    """Overwrite and remove every key pack in the set, as far as the file system lets one; raises `StorageFailed`."""
    with storing(folder):
        for path in sorted(folder.glob(f"*{pack.NAME}*")):
            overwrite(path)
            path.unlink()
        sync_folder(folder)


def overwrite(path: Path) -> None:
    """Zeros over every byte of the file, put on the disk; a copy the file system keeps elsewhere is not claimed."""
    handle = own_file(path)
    if handle is not None:
        try:
            blank(handle)
        finally:
            os.close(handle)


def own_file(path: Path) -> int | None:
    """The plain file of this name, open for writing; None if there is none.

    Raises `OSError` for anything else: on a foreign disk a link could lead into the instance, and what is opened
    here is blanked.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))


def blank(handle: int) -> None:
    """The same for an open file, whatever its name is by now."""
    left = os.fstat(handle).st_size
    os.lseek(handle, 0, os.SEEK_SET)
    while left > 0:
        left -= os.write(handle, bytes(min(left, 1 << 16)))
    os.fsync(handle)
