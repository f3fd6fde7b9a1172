"""One record laid out to be checked: its papers, cards, parts, stored files and what is read of each of them once.

Content is opened to be verified and is shown to nobody; evidence holds codes and counts only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from archive import objects
from archive.cards import Card
from archive.custody.wholes import batches
from archive.errors import ArchiveError
from archive.model import (
    Blob,
    Component,
    DigitalObject,
    Event,
    FormerCard,
    Holding,
    Item,
    RecordClass,
    Volume,
)
from archive.packages import formats
from archive.packages.describing import papers_of
from archive.statuses import Condition
from archive.unit import Unit
from archive.values import ObjectPurpose
from archive.vault import BlobRef


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found in the bytes of one file: whole in the vault, opening under its key, as long and as shaped as said."""

    stored: bool
    opens: bool
    size: bool
    shape: bool
    locked: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One stored content of a paper."""

    paper: Item
    component: Component
    stored: DigitalObject
    blob: Blob
    name: str
    probe: Probe


@dataclass(slots=True)
class Case:
    """A volume with its papers, or an item kept alone, as `laid_out` found it."""

    unit: Unit
    record: Volume | Item
    rule: RecordClass
    papers: Sequence[Item]
    cards: Mapping[str, Card]
    parts: Sequence[Part]
    components: Mapping[str, Sequence[Component]]
    on_paper: Mapping[str, int]
    log: Mapping[str, Sequence[str]]
    former: Mapping[str, Sequence[int]]
    chain: str | None = None

    @property
    def records(self) -> list[Volume | Item]:
        """The record and its papers, each once."""
        return [self.record, *self.papers] if isinstance(self.record, Volume) else [self.record]


def laid_out(unit: Unit, record: Volume | Item, *, chain: str | None) -> Case:
    """Everything that the checks of one record look at; the caller has judged. *chain*: what is wrong with the log."""
    papers = papers_of(unit, record)
    records: list[Volume | Item] = [record, *papers] if isinstance(record, Volume) else [record]
    uids = [one.uid for one in records]
    return Case(
        unit=unit, record=record, rule=unit.session.get_one(RecordClass, record.class_code), papers=papers,
        cards=_cards(unit, records), parts=_parts(unit, papers), components=_components(unit, papers),
        on_paper=_on_paper(unit, uids), log=_log(unit, uids), former=_former(unit, uids), chain=chain,
    )  # fmt: skip


def _cards(unit: Unit, records: Sequence[Volume | Item]) -> dict[str, Card]:
    """The cards that open; one that was tampered with is left out, and its absence told by the checks."""
    found: dict[str, Card] = {}
    for record in records:
        try:
            found[record.uid] = unit.card(record)
        except ArchiveError:
            continue
    return found


def _parts(unit: Unit, papers: Sequence[Item]) -> list[Part]:
    by_uid = {paper.uid: paper for paper in papers}
    rows = (
        select(DigitalObject, Component, Blob)
        .join(Component, Component.uid == DigitalObject.component_uid)
        .join(Blob, Blob.uid == DigitalObject.blob_uid)
        .where(DigitalObject.purpose == ObjectPurpose.CONTENT)
    )
    found: list[Part] = []
    for batch in batches(list(by_uid)):
        for stored, component, blob in unit.session.execute(rows.where(DigitalObject.item_uid.in_(batch))):
            name = _name(unit, stored)
            found.append(
                Part(by_uid[stored.item_uid], component, stored, blob, name, _probe(unit, stored, blob, name))
            )
    return found


def _name(unit: Unit, stored: DigitalObject) -> str:
    try:
        return objects.name_of(unit, stored)
    except ArchiveError:
        return ""


def _probe(unit: Unit, stored: DigitalObject, blob: Blob, name: str) -> Probe:
    ref = objects.blob_ref(blob)
    try:
        unit.vault.check(ref)
    except ArchiveError:
        return Probe(stored=False, opens=False, size=False, shape=False, locked=False)
    try:
        size, head, tail = _read(unit, stored, ref)
    except ArchiveError:
        return Probe(stored=True, opens=False, size=False, shape=False, locked=False)
    locked = formats.locked(name, head, tail)
    return Probe(
        stored=True, opens=True, size=size == blob.size, shape=locked or formats.fits(name, head), locked=locked
    )  # fmt: skip


def _read(unit: Unit, stored: DigitalObject, ref: BlobRef) -> tuple[int, bytes, bytes]:
    """Length, first and last bytes of a content, all of it verified; raises `KeyGone`, `SealBroken`, `Damaged`."""
    key = objects.unwrapped(unit, stored)
    unit.vault.check(ref, key)
    size, head, tail = 0, b"", b""
    for chunk in unit.vault.read(ref, key):
        head = head or chunk[: formats.HEAD]
        tail, size = (tail + chunk)[-formats.TAIL :], size + len(chunk)
    return size, head, tail


def _components(unit: Unit, papers: Sequence[Item]) -> dict[str, list[Component]]:
    found: dict[str, list[Component]] = {}
    for batch in batches([paper.uid for paper in papers]):
        rows = (
            select(Component).where(Component.item_uid.in_(batch)).order_by(Component.kind, Component.seq_no)
        )
        for one in unit.session.scalars(rows):
            found.setdefault(one.item_uid, []).append(one)
    return found


def _on_paper(unit: Unit, uids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for batch in batches(uids):
        rows = select(Holding.item_uid, func.count()).where(
            Holding.item_uid.in_(batch), Holding.condition != Condition.LOST
        )
        found.update((uid, many) for uid, many in unit.session.execute(rows.group_by(Holding.item_uid)))
    return found


def _log(unit: Unit, uids: Sequence[str]) -> dict[str, list[str]]:
    """The acts that the log has of each record, done ones only."""
    found: dict[str, list[str]] = {}
    for batch in batches(uids):
        rows = select(Event.object_uid, Event.act).where(Event.object_uid.in_(batch), Event.outcome == "done")
        for uid, act in unit.session.execute(rows):
            found.setdefault(uid, []).append(act)
    return found


def _former(unit: Unit, uids: Sequence[str]) -> dict[str, list[int]]:
    """The versions of earlier cards that open, in order."""
    found: dict[str, list[int]] = {}
    for batch in batches(uids):
        rows = select(FormerCard).where(FormerCard.record_uid.in_(batch)).order_by(FormerCard.version)
        for former in unit.session.scalars(rows):
            try:
                unit.told(former.record_uid, f"card|{former.version}", former.card)
            except ArchiveError:
                continue
            found.setdefault(former.record_uid, []).append(former.version)
    return found
