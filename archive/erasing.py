"""Letting records go for good: the tombstone, then the keys, then the bytes (V19; reliability §5.2; ADR 0017).

What may stay is written in the catalogue's transaction; keys and files go after it and may be let go of again
and again, so that whoever finds a destruction half done finishes it. This module does not know who decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from archive import db
from archive.acts import Act
from archive.cards import Card
from archive.custody.wholes import after, by_uid
from archive.durable import locked, storing
from archive.errors import Busy, Damaged, KeyGone
from archive.faults import point
from archive.instance import Instance
from archive.model import Blob, DestructionLine, DestructionList, DigitalObject, Item, Record, Volume
from archive.objects import blob_ref
from archive.statuses import DestructionState, DestructionStep
from archive.unit import Unit
from archive.values import Level, VolumeState
from archive.vault import BlobRef
from archive.words import say

#: Values in one question to the database.
BATCH = 500
#: What extraction need not look at any more.
ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Traces:
    """What is left of records outside their rows: whose keys there were, and the files nobody else has."""

    uids: tuple[str, ...]
    files: tuple[BlobRef, ...]


def may_stay(record: Record) -> bool:
    """True if the title of a destroyed record stays: at 内部 and below, without personal data (decision 10)."""
    return record.level <= Level.INTERNAL and not record.personal


def title_omitted(unit: Unit) -> str:
    """What stands in place of a title that may not stay: 题名略."""
    return say("erasing.title-omitted", unit.settings.tongue)


# --- in the catalogue's transaction ---------------------------------------------------------------


def bury(unit: Unit, records: Sequence[Volume | Item], act: Act) -> None:
    """Lead whole records where *act* leads, their cards replaced by what may stay (V19), their places cleared.

    Files that no living record has are released; the index is told. Raises `WrongState`.
    """
    whole = _with_papers(unit, records)
    states = [after(record, act) for record in whole]
    titles = _titles(unit, whole)
    for record, state, title in zip(whole, states, titles, strict=True):
        unit.bury(record, Card(title))
        record.state, record.place_uid = state, None
    _gone(unit, whole)


def _gone(unit: Unit, whole: Sequence[Volume | Item]) -> None:
    unit.session.flush()
    unit.tell_index([(record.uid, record.version) for record in whole])
    _release(unit, [record.uid for record in whole if isinstance(record, Item)])


def bury_unopened(unit: Unit, uids: Sequence[str]) -> None:
    """The same for records whose keys are gone already, whatever their state: each by itself, no title is left (B2)."""
    whole = by_uid(unit, uids)
    for record in whole:
        unit.bury(record, Card(title_omitted(unit)))
        record.state, record.place_uid = VolumeState.DESTROYED, None
    _gone(unit, whole)


def papers(unit: Unit, uids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The uids of each of these whole records: its own first, then those of the papers in it."""
    found: dict[str, list[str]] = {uid: [uid] for uid in uids}
    for batch in _batches(uids):
        rows = select(Item.volume_uid, Item.uid).where(Item.volume_uid.in_(batch)).order_by(Item.uid)
        for volume, uid in unit.session.execute(rows):
            found[str(volume)].append(uid)
    return {uid: tuple(many) for uid, many in found.items()}


def traces(unit: Unit, uids: Sequence[str]) -> Traces:
    """What `erase` must take of these whole records after they were buried."""
    every = [uid for many in papers(unit, uids).values() for uid in many]
    files: dict[str, BlobRef] = {}
    for batch in _batches(every):
        held = select(DigitalObject.blob_uid).where(DigitalObject.item_uid.in_(batch))
        rows = select(Blob).where(Blob.uid.in_(held), Blob.erased_at.is_not(None))
        files |= {blob.uid: blob_ref(blob) for blob in unit.session.scalars(rows)}
    return Traces(tuple(every), tuple(files.values()))


def _with_papers(unit: Unit, records: Sequence[Volume | Item]) -> list[Volume | Item]:
    whole: list[Volume | Item] = list(records)
    for batch in _batches([record.uid for record in records if isinstance(record, Volume)]):
        whole += unit.session.scalars(select(Item).where(Item.volume_uid.in_(batch)).order_by(Item.uid))
    return whole


def _titles(unit: Unit, records: Sequence[Record]) -> list[str]:
    """What stays of each title; a card that does not open any more leaves nothing."""
    omitted, kept = title_omitted(unit), [record for record in records if may_stay(record)]
    try:
        titles = {record.uid: card.title for record, card in zip(kept, unit.cards(kept), strict=True)}
    except (Damaged, KeyGone):
        titles = {record.uid: _title(unit, record) for record in kept}
    return [titles.get(record.uid) or omitted for record in records]


def _title(unit: Unit, record: Record) -> str:
    try:
        return unit.card(record).title
    except (Damaged, KeyGone):
        return ""


def _release(unit: Unit, items: Sequence[str]) -> None:
    """Nothing of these items waits to be read any more; files that no living record has belong to nobody."""
    other, owner = aliased(DigitalObject), aliased(Item)
    living = exists().where(
        other.blob_uid == Blob.uid, owner.uid == other.item_uid, owner.state != VolumeState.DESTROYED
    )
    for batch in _batches(items):
        unread = DigitalObject.item_uid.in_(batch) & DigitalObject.outcome.is_(None)
        held = select(DigitalObject.blob_uid).where(DigitalObject.item_uid.in_(batch))
        free = Blob.uid.in_(held) & Blob.erased_at.is_(None) & ~living
        _set(unit, update(DigitalObject).where(unread).values(outcome=ERASED))
        _set(unit, update(Blob).where(free).values(erased_at=unit.now))


def _set(unit: Unit, change: object) -> None:
    unit.session.execute(change, execution_options={"synchronize_session": False})  # type: ignore[call-overload]


def _batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


# --- after it -------------------------------------------------------------------------------------


@contextmanager
def alone(instance: Instance) -> Iterator[None]:
    """Be the one process that erases; raises `Busy`. The lock goes with the process, also by kill -9."""
    with locked(instance.home / "erasing.lock", lambda _: Busy(what=Act.DESTRUCTION_EXECUTE)):
        yield


def unfinished(instance: Instance) -> list[str]:
    """The destruction lists with a line past the point of no return, or complete and not closed: indexed questions."""
    made, line = DestructionList, aliased(DestructionLine)
    mine = line.list_uid == made.uid
    gone = exists().where(mine, line.step == DestructionStep.DESTROYED)
    listed = exists().where(mine, line.step == DestructionStep.LISTED)
    half = select(DestructionLine.list_uid).where(DestructionLine.step == DestructionStep.DESTROYING)
    complete = (made.state == DestructionState.BEGUN) & gone & ~listed
    rows = select(made.uid).where(made.uid.in_(half) | complete).order_by(made.number)
    with db.told(instance.database), db.sessions(instance.engine, reading=True)() as session:
        return list(session.scalars(rows))


def erase(instance: Instance, left: Traces) -> None:
    """Destroy the keys, then remove the files; what is gone already is passed over. Raises `StorageFailed`."""
    with storing(instance.vault.folder):
        instance.keys.drop_keys(left.uids)
        point("destroy.keys_dropped")
        with instance.vault.together() as vault:
            for file in left.files:
                vault.discard(file)
        point("destroy.blobs_gone")


def remaining(instance: Instance, left: Traces) -> list[str]:
    """Of these traces, what is still there: uids that have a key, names of files. Empty proves that it is gone."""
    keys = sorted(instance.keys.keys_held(left.uids))
    return keys + [file.name for file in left.files if (instance.vault.folder / file.name).exists()]
