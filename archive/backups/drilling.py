"""A restore on trial: with the kit, into a folder of its own, looked at and taken away again (B2, reliability §5.8).

Only ciphertext and wrapped keys reach the disk; what is opened for the sample stays in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from archive import objects
from archive.acts import Act
from archive.backups import checking, restoring, reviving, sets
from archive.backups.alone import alone
from archive.backups.filling import Progress
from archive.backups.restoring import Kit, Rebuilt
from archive.errors import (
    Damaged,
    DatabaseDamaged,
    InsideInstance,
    NotABackup,
    SealBroken,
    SetAway,
    StorageFailed,
)
from archive.exchange import BackupCheckKind
from archive.instance import SYSTEM, Instance, Who
from archive.keys import FLOOR, Cost
from archive.model import BackupSet, Blob, DigitalObject, Item, Volume
from archive.unit import Unit
from archive.values import VolumeState, Worded

#: Cards and stored files opened on trial, spread evenly over all there are.
CARDS, FILES = 200, 50


class Trial(Worded):
    """What of a drill came out wrong."""

    RESTORE = "RESTORE"
    COUNT = "COUNT"
    CARD = "CARD"
    FILE = "FILE"


@dataclass(frozen=True, slots=True)
class DrillFault:
    """One thing that a restore in earnest would have stumbled over: which step, and where."""

    step: Trial
    where: str


@dataclass(frozen=True, slots=True)
class Drilled:
    """What came of a drill: records and stored files brought back, cards and files opened, records destroyed since."""

    number: str
    schema: str = ""
    records: int = 0
    files: int = 0
    size: int = 0
    cards: int = 0
    opened: int = 0
    gone: int = 0
    faults: list[DrillFault] = field(default_factory=list)


def drill(
    instance: Instance, who: Who, number: str, kit: Kit, *, to: Path | None = None, floor: Cost = FLOOR,
    progress: Progress | None = None,
) -> Drilled:  # fmt: skip
    """Bring a registered set back beside the instance (or in *to*), try it, take it away, and note what came of it.

    Raises `NotFound`, `SetAway`, `NotEmpty`, `BackupUnderWay`, and what says that the kit is the wrong one: `WrongSlip`,
    `WrongKey`, `RecoveryMistyped`, `SealBroken`.
    """
    with alone(instance.home, Act.BACKUP_DRILL, instance.clock()):
        with instance.work(who, Act.BACKUP_DRILL) as unit:
            made = sets.one(unit, number)
            unit.act(Act.BACKUP_DRILL, made, begun=True)
            folder = sets.folder_of(unit, made)
            if not sets.in_reach(unit, made):
                raise SetAway(number=made.number, path=str(folder))
        place = (to or instance.home.parent / f"anjuan-drill-{made.number}").expanduser().absolute()
        if place.resolve().is_relative_to(instance.home.resolve()):
            raise InsideInstance(path=str(place))
        found = _tried(instance, made, folder, place, kit, floor, progress)
        with instance.work(who, Act.BACKUP_DRILL) as unit:
            unit.act(
                Act.BACKUP_DRILL, made, schema=found.schema, records=found.records, files=found.files, cards=found.cards,
                opened=found.opened, gone=found.gone, faults=len(found.faults),
            )  # fmt: skip
            checking.note(
                unit, made, BackupCheckKind.DRILL, found.files, len(found.faults), records=found.records
            )
        return found


def _tried(
    instance: Instance, made: BackupSet, folder: Path, place: Path, kit: Kit, floor: Cost, progress: Progress | None
) -> Drilled:  # fmt: skip
    try:
        with restoring.rebuilt(
            folder,
            place,
            kit,
            instance.ports,
            clock=instance.clock,
            floor=floor,
            progress=progress,
            trial=True,
        ) as built:
            return _looked_at(built, made)
    except SealBroken:  # the slip of another instance, or a pack that `backup verify` names
        raise
    except (Damaged, DatabaseDamaged, NotABackup, StorageFailed) as fault:
        where = str(fault.facts.get("where") or fault.facts.get("path"))
        return Drilled(made.number, faults=[DrillFault(Trial.RESTORE, where)])


def _looked_at(built: Rebuilt, made: BackupSet) -> Drilled:
    """Counts, a sample of cards, a sample of files; every byte and the log were checked on the way."""
    with built.instance.ask(SYSTEM, Act.BACKUP_RESTORE) as unit:
        gone = {one.uid for one in reviving.keyless(unit)}
        kinds = (Volume, Item)
        records = sum(unit.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds)
        cards, faults = _cards(unit, gone)
        opened, unopened = _files(unit, gone)
    counted = [] if records == made.records else [DrillFault(Trial.COUNT, f"{records} / {made.records}")]
    if built.files != made.files:
        counted.append(DrillFault(Trial.COUNT, f"{built.files} / {made.files}"))
    return Drilled(
        made.number, built.schema, records, built.files, built.size, cards, opened, len(gone),
        [*counted, *faults, *unopened],
    )  # fmt: skip


def _cards(unit: Unit, gone: set[str]) -> tuple[int, list[DrillFault]]:
    opened, faults = 0, []
    for record in _sampled_records(unit):
        if record.uid in gone:
            continue
        try:
            unit.card(record)
            opened += 1
        except Damaged:
            faults.append(DrillFault(Trial.CARD, record.reference_code))
    return opened, faults


def _sampled_records(unit: Unit) -> Iterator[Volume | Item]:
    kept = Item.state != VolumeState.DESTROYED
    total = unit.session.scalar(select(func.count()).select_from(Item).where(kept)) or 0
    uids = unit.session.scalars(select(Item.uid).where(kept).order_by(Item.uid))
    wanted = [uid for nth, uid in enumerate(uids) if _drawn(nth, total, CARDS)]
    yield from unit.session.scalars(select(Item).where(Item.uid.in_(wanted)))
    yield from unit.session.scalars(
        select(Volume).where(Volume.state != VolumeState.DESTROYED).order_by(Volume.uid).limit(CARDS)
    )


def _files(unit: Unit, gone: set[str]) -> tuple[int, list[DrillFault]]:
    """Every byte of some files, decrypted and compared with what was put in."""
    rows = (
        select(DigitalObject.uid)
        .join(Item, Item.uid == DigitalObject.item_uid)
        .join(Blob, Blob.uid == DigitalObject.blob_uid)
        .where(Item.state != VolumeState.DESTROYED, Blob.erased_at.is_(None), Item.uid.not_in(gone))
    )
    total = unit.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    drawn = [
        uid
        for nth, uid in enumerate(unit.session.scalars(rows.order_by(DigitalObject.uid)))
        if _drawn(nth, total, FILES)
    ]
    opened, faults = 0, []
    for stored in unit.session.scalars(select(DigitalObject).where(DigitalObject.uid.in_(drawn))):
        try:
            unit.vault.check(objects.ref(unit, stored), objects.unwrapped(unit, stored))
            opened += 1
        except Damaged:
            faults.append(DrillFault(Trial.FILE, objects.ref(unit, stored).name))
    return opened, faults


def _drawn(nth: int, total: int, wanted: int) -> bool:
    """True for *wanted* of *total*, evenly spread."""
    return nth * wanted // total != (nth - 1) * wanted // total if total > wanted else True
