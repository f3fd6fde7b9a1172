"""Whole records: a volume with every paper in it, or an item kept alone, taken as one thing by custody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import select, update

from archive.acts import Act
from archive.circulation.counting import pieces
from archive.errors import AskedTwice, NotOnShelf
from archive.lives import ITEM, VOLUME
from archive.model import Item, Outing, Volume
from archive.statuses import Whereabouts
from archive.unit import Unit
from archive.values import VolumeState
from archive.volumes import changed_whole

#: As many values as are asked for at a time.
BATCH = 500


def batches(uids: Collection[str]) -> Iterator[list[str]]:
    """*uids* in order, 500 at a time."""
    wanted = sorted(uids)
    for start in range(0, len(wanted), BATCH):
        yield wanted[start : start + BATCH]


def each_once(records: Sequence[Volume | Item]) -> None:
    """Raise `AskedTwice` for a record that stands twice on a slip."""
    seen: set[str] = set()
    for record in records:
        if record.uid in seen:
            raise AskedTwice(code=record.reference_code)
        seen.add(record.uid)


def after(record: Volume | Item, act: Act) -> VolumeState:
    """The state that *act* leads the record to; raises `WrongState`."""
    return (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, act)


def step(unit: Unit, record: Volume | Item, act: Act, **columns: Any) -> None:
    """Lead a record, and every paper in it, where *act* leads; set *columns* on all of them; tell the index."""
    columns["state"] = after(record, act)
    for name, value in columns.items():
        setattr(record, name, value)
    unit.session.flush()
    if isinstance(record, Volume):
        unit.session.execute(update(Item).where(Item.volume_uid == record.uid).values(**columns))
    changed_whole(unit, record)


def size(record: Volume | Item) -> tuple[int, int]:
    """How many items and pages the books give a record."""
    return (record.items, record.pages) if isinstance(record, Volume) else (1, record.page_count)


def on_shelf(unit: Unit, record: Volume | Item) -> int:
    """How many pieces of the record there are, all on the shelf; its row is locked where the database can.

    Raises `NotOnShelf` while one is on loan, being read or mended, `PieceLost` where nothing is left.
    """
    held = [holding.uid for holding in pieces(unit, record).holdings]
    out = select(Outing).where(Outing.returned_at.is_(None), Outing.holding_uid.in_(held))
    found = unit.session.scalars(out.limit(1)).first()
    if found is not None:
        raise NotOnShelf(code=record.reference_code, where=_where(found))
    return len(held)


def _where(outing: Outing) -> Whereabouts:
    if outing.reading_uid is not None:
        return Whereabouts.READING_ROOM
    return Whereabouts.REPAIR if outing.repair_uid is not None else Whereabouts.LOAN


def by_uid(unit: Unit, uids: Collection[str]) -> list[Volume | Item]:
    """The records with these uids, by reference code, hidden ones among them: the caller judges."""
    found: list[Volume | Item] = []
    wanted = sorted(uids)
    for start in range(0, len(wanted), 500):
        batch = wanted[start : start + 500]
        found += unit.session.scalars(select(Volume).where(Volume.uid.in_(batch)))
        found += unit.session.scalars(select(Item).where(Item.uid.in_(batch)))
    return sorted(found, key=lambda record: record.reference_code)
