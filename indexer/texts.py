"""Reading the texts of stored files: out of the vault, through the limited child, back into the vault.

No transaction is open while a file is read: a slow file holds up nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Select, func, select

from archive import objects
from archive.acts import Act
from archive.faults import point
from archive.instance import SYSTEM, Instance
from archive.model import DigitalObject, Item
from archive.unit import Unit
from archive.values import ObjectPurpose
from indexer.entries import BITE, UNREADABLE
from indexer.extract import Extracted, Extractor, Limits

BATCH = 100
Read = tuple[str, Extracted]


def unread(unit: Unit) -> int:
    """How many stored files have not been looked at yet."""
    return unit.session.scalar(select(func.count()).select_from(_unread().subquery())) or 0


def _unread() -> Select[str]:
    content = DigitalObject.purpose == ObjectPurpose.CONTENT
    rows = select(DigitalObject.uid).where(content, DigitalObject.outcome.is_(None))
    return rows.order_by(DigitalObject.created_at, DigitalObject.uid)


def read_texts(instance: Instance, *, step: Callable[[int], None] | None = None) -> int:
    """Extract the text of every stored file not looked at yet; returns how many were read.

    What has no text gets its reason on the record and is kept. A file that does not come out of the vault
    stays unread, is named by `vault verify`, and stops no other. *step* hears how many more were looked at.
    Raises `ReaderUnavailable` if the limited child does not start.
    """
    with instance.ask(SYSTEM, Act.ITEM_EXTRACT) as unit:
        waiting = list(unit.session.scalars(_unread()))
    done, found = 0, list[Read]()
    with Extractor(Limits(wall=float(instance.settings.extract_seconds))) as extractor:
        for uid in waiting:
            extracted = _extracted(instance, extractor, uid)
            found += [(uid, extracted)] if extracted else []
            if len(found) >= BATCH or sum(len(one.text) for _, one in found) >= BITE:
                done += _keep(instance, found)
                found = []
            if step:
                step(1)
        return done + _keep(instance, found)


def _extracted(instance: Instance, extractor: Extractor, uid: str) -> Extracted | None:
    with instance.ask(SYSTEM, Act.ITEM_EXTRACT) as unit:
        stored = unit.session.get_one(DigitalObject, uid)
        try:
            data, name = objects.read(unit, stored), objects.name_of(unit, stored)
        except UNREADABLE:
            return None
    return extractor.extract(data, name)


def _keep(instance: Instance, found: Sequence[Read]) -> int:
    """Write what was read in one transaction, and tell the index; what another process read first stays."""
    if not found:
        return 0
    with instance.work(SYSTEM, Act.ITEM_EXTRACT) as unit, unit.vault.together() as unit.vault:
        for uid, extracted in found:
            _note(unit, uid, extracted)
        point("index.after_texts")
    return len(found)


def _note(unit: Unit, uid: str, extracted: Extracted) -> None:
    stored = unit.session.get_one(DigitalObject, uid)
    if stored.outcome is not None:
        return
    item, mark = unit.session.get_one(Item, stored.item_uid), len(unit.lines)
    try:
        with unit.session.begin_nested():
            objects.note_text(
                unit, stored, outcome=extracted.outcome.value, text=extracted.text, pages=extracted.pages,
                note=extracted.note, scans=extracted.scans,
            )  # fmt: skip
            unit.changed(item)
    except UNREADABLE:  # the record's key went while its file was read
        del unit.lines[mark:]
