"""From the catalogue's outbox to the index: reading texts, draining, rebuilding, comparing.

The index is a derivative: it may lag, it never leads, and it can always be made anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from archive import objects, registry
from archive.acts import Act
from archive.errors import Damaged, IndexOutdated
from archive.faults import point
from archive.fields import PERSONAL
from archive.instance import SYSTEM, Instance
from archive.keys import Keyring
from archive.model import DigitalObject, Dossier, IndexTask, Item, Location, Party, Premises, Record, Volume
from archive.unit import Unit
from archive.values import CONFIDENTIAL, ObjectPurpose
from indexer.engine import Entry
from indexer.extract import Extractor, Limits
from indexer.whoosh_engine import WhooshEngine

BATCH = 200
READ_BATCH = 20
SEALER = "index"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class KeySealer:
    """The keyring as the index's storage asks for it."""

    keys: Keyring

    def seal(self, name: str, data: bytes) -> bytes:
        """Sealed under the index's own key, bound to *name*."""
        return self.keys.seal_with(SEALER, name.encode(), data)

    def open(self, name: str, data: bytes) -> bytes:
        """Opened again; raises `SealBroken`, which is `Damaged`."""
        return self.keys.open_with(SEALER, name.encode(), data)


def engine(instance: Instance, folder: Path | None = None) -> WhooshEngine:
    """The index of *instance*."""
    return WhooshEngine(folder or instance.index_folder, KeySealer(instance.keys))


# --- reading texts ----------------------------------------------------------------------------


def read_texts(instance: Instance, *, progress: Progress | None = None) -> int:
    """Extract the text of every stored file not looked at yet; returns how many were read.

    What cannot be read gets its reason on the record and is kept; each batch is one transaction.
    """
    with instance.ask(SYSTEM, Act.ITEM_EXTRACT) as unit:
        waiting = list(unit.session.scalars(_unread()))
    if not waiting:
        return 0
    limits = Limits(wall=float(instance.settings.extract_seconds))
    with Extractor(limits) as extractor:
        done = 0
        rest = iter(waiting)
        while batch := list(islice(rest, READ_BATCH)):
            _read_batch(instance, extractor, batch)
            done += len(batch)
            if progress:
                progress(done, len(waiting))
    return len(waiting)


def _unread() -> Any:
    content = DigitalObject.purpose == ObjectPurpose.CONTENT
    return (
        select(DigitalObject.uid)
        .where(content, DigitalObject.outcome.is_(None))
        .order_by(DigitalObject.created_at)
    )


def _read_batch(instance: Instance, extractor: Extractor, uids: Sequence[str]) -> None:
    with instance.ask(SYSTEM, Act.ITEM_EXTRACT) as unit:
        found = {}
        for uid in uids:
            stored = unit.session.get_one(DigitalObject, uid)
            try:
                data = objects.read(unit, stored)
            except Damaged:
                continue  # `vault verify` names it; extraction waits until it is mended
            found[uid] = extractor.extract(data, objects.name_of(unit, stored))
    with instance.work(SYSTEM, Act.ITEM_EXTRACT) as unit:
        for uid, extracted in found.items():
            stored = unit.session.get_one(DigitalObject, uid)
            if stored.outcome is None:
                objects.note_text(
                    unit, stored, outcome=extracted.outcome.value, text=extracted.text, pages=extracted.pages
                )
        point("index.after_texts")


# --- draining ---------------------------------------------------------------------------------


def drain(instance: Instance, *, progress: Progress | None = None) -> int:
    """Bring the index up to date with the catalogue; returns how many records were taken in.

    An index that is damaged, outdated or ahead of the catalogue (an old backup) is built anew without asking.
    Raises `Busy` if another process writes it.
    """
    read_texts(instance, progress=progress)
    index = engine(instance)
    try:
        mark = index.mark()
        if mark > _last_task(instance):
            return rebuild(instance, progress=progress)
        return _take_in(instance, index, mark)
    except (Damaged, IndexOutdated):
        return rebuild(instance, progress=progress)
    finally:
        index.close()


def _last_task(instance: Instance) -> int:
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        return unit.session.scalar(select(func.max(IndexTask.id))) or 0


def _take_in(instance: Instance, index: WhooshEngine, mark: int) -> int:
    taken = 0
    while True:
        with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
            rows = select(IndexTask).where(IndexTask.id > mark).order_by(IndexTask.id).limit(BATCH)
            tasks = list(unit.session.scalars(rows))
            if not tasks:
                return taken
            uids = list(dict.fromkeys(task.record_uid for task in tasks))
            entries = list(_entries(unit, _records(unit, uids)))
        mark = tasks[-1].id
        point("index.before_put")
        index.put(entries, drops=set(uids) - {entry.uid for entry in entries}, mark=mark)
        point("index.after_put")
        taken += len(entries)


def _records(unit: Unit, uids: Sequence[str]) -> Iterator[Record]:
    yield from unit.session.scalars(select(Volume).where(Volume.uid.in_(uids)))
    yield from unit.session.scalars(select(Item).where(Item.uid.in_(uids)))


def _entries(unit: Unit, records: Iterable[Record]) -> Iterator[Entry]:
    names = Names(unit)
    for record in records:
        yield entry(unit, record, names)


class Names:
    """Parties, premises, dossiers and places of a batch, opened once each."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._known: dict[tuple[str, str], str] = {}

    def of(self, kind: type[Any], uid: str | None) -> str:
        """How the thing is called in the index; nothing for nothing."""
        if uid is None:
            return ""
        if (kind.__name__, uid) not in self._known:
            self._known[kind.__name__, uid] = self._told(kind, uid)
        return self._known[kind.__name__, uid]

    def person(self, uid: str | None) -> str:
        """The name of a party, natural persons included: for sealed entries only (decision 6)."""
        found = self._unit.session.get(Party, uid) if uid else None
        return registry.party_line(self._unit, found).name if found else ""

    def _told(self, kind: type[Any], uid: str) -> str:
        found = self._unit.session.get_one(kind, uid)
        if isinstance(found, Party):
            return found.code if found.natural_person else f"{found.code} {self.person(uid)}"
        if isinstance(found, Location):
            return "/".join(place.code for place in registry.path(self._unit, found))
        return str(found.code)


def bucket(record: Any) -> str:
    """Records alike in everything the policy asks of a record but its name share a bucket."""
    facts = (record.class_code, int(record.level), record.department, record.use_mode, record.custody)
    return "|".join(map(str, (*facts, int(record.custodians_closed))))


def entry(unit: Unit, record: Record, names: Names) -> Entry:
    """*record* as the index takes it in."""
    card = unit.card(record)
    dated = (
        record.dated if isinstance(record, Item) else record.last_date if isinstance(record, Volume) else None
    )
    premises = names.of(Premises, record.premises_uid) if isinstance(record, Item) else ""
    sealed = record.level >= CONFIDENTIAL
    party = getattr(record, "party_uid", None)
    about = [
        names.of(Party, party),
        names.person(party) if sealed else "",
        premises,
        names.of(Dossier, getattr(record, "dossier_uid", None)),
        getattr(record, "doc_type", ""),
        *(value for name, value in card.fields.items() if sealed or name not in PERSONAL),
        card.note,
    ]
    return Entry(
        uid=record.uid,
        version=_task_version(unit, record),
        sealed=sealed,
        title=card.title,
        code=record.reference_code,
        creator=card.creator,
        number=card.document_no,
        names="\n".join(part for part in about if part),
        body=objects.text_of(unit, record) if isinstance(record, Item) else "",
        class_code=record.class_code,
        family=record.family.value,
        year=record.archive_year,
        level=int(record.level),
        department=record.department,
        place=names.of(Location, record.place_uid),
        date=dated.isoformat() if dated else "",
        bucket=bucket(record),
    )


def _task_version(unit: Unit, record: Record) -> int:
    """The newest outbox number of the record: it grows with every change, also those that leave the card alone."""
    newest = select(func.max(IndexTask.id)).where(IndexTask.record_uid == record.uid)
    return unit.session.scalar(newest) or 0


# --- rebuilding and comparing -----------------------------------------------------------------


def rebuild(instance: Instance, *, progress: Progress | None = None) -> int:
    """Build a new index beside the old one, which answers until the new one takes its place."""
    fresh = instance.index_folder.with_name("index.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    index = engine(instance, fresh)
    try:
        count = _build(instance, index, progress)
    finally:
        index.close()
    _swap(instance.index_folder, fresh)
    return count


def _build(instance: Instance, index: WhooshEngine, progress: Progress | None) -> int:
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        mark = unit.session.scalar(select(func.max(IndexTask.id))) or 0
        uids = [
            uid
            for kind in (Volume, Item)
            for uid in unit.session.scalars(select(kind.uid).order_by(kind.uid))
        ]
        done = 0
        rest = iter(uids)
        index.put([], mark=0)
        while batch := list(islice(rest, BATCH)):
            done += len(batch)
            index.put(list(_entries(unit, _records(unit, batch))), mark=mark if done == len(uids) else 0)
            unit.session.expunge_all()
            if progress:
                progress(done, len(uids))
    return len(uids)


def _swap(folder: Path, fresh: Path) -> None:
    old = folder.with_name("index.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    point("index.between_renames")
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Status:
    """How the index stands to the catalogue."""

    records: int
    indexed: int
    waiting: int
    unread: int
    sound: bool


def status(instance: Instance) -> Status:
    """Counts of both sides; a damaged or outdated index is not sound and will be rebuilt."""
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        records = sum(
            unit.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in (Volume, Item)
        )
        unread = len(list(unit.session.scalars(_unread())))
        index = engine(instance)
        try:
            mark, indexed, sound = index.mark(), index.count(), True
        except (Damaged, IndexOutdated):
            mark, indexed, sound = 0, 0, False
        finally:
            index.close()
        waiting = (
            unit.session.scalar(select(func.count()).select_from(IndexTask).where(IndexTask.id > mark)) or 0
        )
    return Status(records, indexed, waiting, unread, sound)


def differs(instance: Instance) -> bool:
    """True if the index as it stands is not what a rebuild would give (text by text, posting by posting)."""
    beside = instance.home / "index.check"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=0o700)
    ours, anew = engine(instance), engine(instance, beside)
    try:
        _build(instance, anew, None)
        return list(ours.dump()) != list(anew.dump())
    finally:
        ours.close()
        anew.close()
        shutil.rmtree(beside, ignore_errors=True)
