"""What a catalogue out of a set must be told before anybody works with it (B2, K2).

Log-ins and the scheduler's credential of the old machine are void; the set is registered where it now lies; records
whose keys the set no longer has were destroyed after it was made, and stand so from now on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text, update

from archive import erasing
from archive.acts import Act
from archive.backups import pack, sets
from archive.backups.manifest import Manifest
from archive.instance import SYSTEM, Instance
from archive.model import (
    BackupSet,
    DestructionLine,
    DestructionList,
    Item,
    LoginSession,
    SystemCredential,
    Volume,
)
from archive.statuses import DestructionState, DestructionStep
from archive.unit import Unit
from archive.values import VolumeState

#: Records looked at together.
BATCH = 500
_KINDS: tuple[type[Any], ...] = (Volume, Item)


@dataclass(frozen=True, slots=True)
class Gone:
    """A record as the log names it: its card does not open any more."""

    uid: str
    reference_code: str


@dataclass(frozen=True, slots=True)
class Settled:
    """How many records there are, and those that were destroyed after the set was made."""

    records: int
    gone: list[Gone] = field(default_factory=list)


def settle(unit: Unit, found: Manifest, folder: Path, schema: str, files: int, size: int) -> Settled:
    """Make the catalogue that of this machine, in one act of the clock's actor, and log what was brought back."""
    records = sum(unit.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in _KINDS)
    gone = list(keyless(unit))
    unit.act(
        Act.BACKUP_RESTORE, set=found.number, made_at=found.made_at, schema=schema, records=records, files=files,
        gone=len(gone),
    )  # fmt: skip
    unit.lines[-1].kind, unit.lines[-1].uid, unit.lines[-1].code = "backupset", found.set_uid, found.number
    _ended(unit)
    _registered(unit, found, folder, records, files, size)
    if gone:
        for one in gone:
            unit.act(Act.BACKUP_RESTORE, one, gone=True)
        _let_go(unit, [one.uid for one in gone])
    return Settled(records, gone)


def _ended(unit: Unit) -> None:
    """Whoever was logged in on the old machine logs in anew; the scheduler is enrolled anew (decision 5)."""
    open_ones = update(LoginSession).where(LoginSession.ended_at.is_(None))
    unit.session.execute(open_ones.values(ended_at=unit.now))
    standing = update(SystemCredential).where(SystemCredential.revoked_at.is_(None))
    unit.session.execute(standing.values(revoked_at=unit.now))


def _registered(unit: Unit, found: Manifest, folder: Path, records: int, files: int, size: int) -> None:
    """The set as it is: its own snapshot knows it only as begun, or, of an older schema, not at all (K2)."""
    made = unit.session.get(BackupSet, found.set_uid)
    if made is None:
        if unit.session.scalar(select(BackupSet.uid).where(BackupSet.number == found.number)) is not None:
            return  # another life of this instance has given the number to another set
        made = BackupSet(uid=found.set_uid, number=found.number, made_at=unit.now, made_by=unit.actor.uid)
        made.card = sets.sealed(unit, made.uid, folder=str(folder), remark="")
        unit.session.add(made)
    made.records, made.files, made.size = records, files, size + sum(one.size for one in found.files)
    made.epoch, made.pack_sha256, made.seen_at = found.epoch, found.file(pack.NAME).sha256, unit.now
    made.card = sets.sealed(unit, made.uid, **{**sets.told(unit, made), "folder": str(folder.resolve())})


# --- destroyed after the set was made -------------------------------------------------------------


def keyless(unit: Unit) -> Iterator[Gone]:
    """The records that stand as if they were there and have no key: their pack was written after their destruction."""
    for kind in _KINDS:
        after = ""
        while True:
            rows = select(kind.uid, kind.reference_code).where(
                kind.uid > after, kind.state != VolumeState.DESTROYED
            )
            batch = [
                Gone(str(uid), str(code))
                for uid, code in unit.session.execute(rows.order_by(kind.uid).limit(BATCH))
            ]
            if not batch:
                break
            after = batch[-1].uid
            held = unit.keys.keys_held([one.uid for one in batch])
            yield from (one for one in batch if one.uid not in held)


def _let_go(unit: Unit, uids: Sequence[str]) -> None:
    """Let the catalogue say what became of them: DESTROYED, 题名略, no place, no file, nothing to find.

    The guards of the schema ask for an approved list, which this catalogue is too old to have; they are lifted in
    this one transaction, before the folder is an instance, and put back as they were.
    """
    with _guards_lifted(unit):
        for start in range(0, len(uids), BATCH):
            erasing.bury_unopened(unit, uids[start : start + BATCH])
        unit.session.flush()
    _finish_lists(unit, uids)


@contextmanager
def _guards_lifted(unit: Unit) -> Iterator[None]:
    raw = unit.session.connection()
    asked = text(
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name IN ('volume_may_go', 'item_may_go')"
    )
    guards = [str(sql) for (sql,) in raw.execute(asked)]
    raw.execute(text("DROP TRIGGER volume_may_go"))
    raw.execute(text("DROP TRIGGER item_may_go"))
    yield
    for sql in guards:
        raw.exec_driver_sql(sql)


def _finish_lists(unit: Unit, uids: Sequence[str]) -> None:
    """Lists that were being carried out when the set was made: these lines are past the point of no return."""
    begun = select(DestructionList.uid).where(DestructionList.state == DestructionState.BEGUN)
    for start in range(0, len(uids), BATCH):
        mine = DestructionLine.record_uid.in_(uids[start : start + BATCH]) & DestructionLine.list_uid.in_(
            begun
        )
        change = update(DestructionLine).where(mine, DestructionLine.step == DestructionStep.LISTED)
        unit.session.execute(
            change.values(step=DestructionStep.DESTROYING), execution_options={"synchronize_session": False}
        )


def bury(instance: Instance, settled: Settled) -> None:
    """Remove the stored files that only destroyed records had: nobody holds a key to them."""
    uids = [one.uid for one in settled.gone]
    for start in range(0, len(uids), BATCH):
        with instance.ask(SYSTEM, Act.BACKUP_RESTORE) as unit:
            left = erasing.traces(unit, uids[start : start + BATCH])
        erasing.erase(instance, left)
