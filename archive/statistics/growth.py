"""How the archive grows: filed, taken in, destroyed, transferred, by month, quarter or year.

Counted from the rows that stay for ever (V19, V20), as far as the record of each may be seen (decision 6).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from archive.acts import Act
from archive.model import DestructionLine, Item, TransferLine, TransferList, Volume
from archive.policy import visible
from archive.statistics.spans import By, Span, named, spans, within
from archive.statuses import DestructionStep, TransferState
from archive.unit import Unit


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """One span: volumes and items catalogued, taken in, destroyed, transferred; items in volumes are counted too."""

    key: str
    filed_volumes: int = 0
    filed_items: int = 0
    accepted_volumes: int = 0
    accepted_items: int = 0
    destroyed_volumes: int = 0
    destroyed_items: int = 0
    transferred_volumes: int = 0
    transferred_items: int = 0


def growth(
    unit: Unit, by: By, *, since: dt.date | None = None, until: dt.date | None = None
) -> list[GrowthLine]:
    """The spans up to *until* (today) in order."""
    unit.look(Act.STATISTICS_SEE)
    found = spans(by, until or unit.today, since=since)
    sums = counted(unit, found)
    return [GrowthLine(span.key, **sums.get(span.key, {})) for span in found]


def counted(unit: Unit, found: Sequence[Span]) -> dict[str, dict[str, int]]:
    """What came and went in each of *found*; the caller has judged."""
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, name in ((Volume, "volumes"), (Item, "items")):
        for day, what in ((kind.created_at, "filed"), (kind.held_on, "accepted")):
            rows = _within(unit, day, found, func.count()).where(visible(unit.actor, kind))
            for key, number in unit.session.execute(rows):
                sums[key][f"{what}_{name}"] = number
    for what, rows in (("destroyed", _destroyed(unit, found)), ("transferred", _transferred(unit, found))):
        for key, volumes, items in unit.session.execute(rows):
            sums[key] |= {f"{what}_volumes": volumes, f"{what}_items": int(items or 0)}
    return dict(sums)


def _within(unit: Unit, day: Any, found: Sequence[Span], *sums: Any) -> Any:
    zone = unit.settings.zone
    rows = select(named(day, found, zone).label("key"), *sums)
    return rows.where(day.is_not(None), within(day, found, zone)).group_by("key")


def _destroyed(unit: Unit, found: Sequence[Span]) -> Any:
    line = DestructionLine
    rows = _within(unit, line.destroyed_at, found, func.count(Volume.uid), func.sum(line.items))
    return _joined(unit, rows, line.record_uid).where(line.step == DestructionStep.DESTROYED)


def _transferred(unit: Unit, found: Sequence[Span]) -> Any:
    line = TransferLine
    rows = _within(unit, TransferList.signed_on, found, func.count(Volume.uid), func.sum(line.items))
    gone = (TransferList.state == TransferState.SIGNED) & line.pulled_at.is_(None)
    rows = rows.select_from(line).join(TransferList, TransferList.uid == line.list_uid).where(gone)
    return _joined(unit, rows, line.record_uid)


def _joined(unit: Unit, rows: Any, record: Any) -> Any:
    """*rows* of lines whose record, a tombstone by now, may be seen."""
    seen: ColumnElement[bool] = or_(
        Volume.uid.is_not(None) & visible(unit.actor, Volume),
        Item.uid.is_not(None) & visible(unit.actor, Item),
    )
    return rows.outerjoin(Volume, Volume.uid == record).outerjoin(Item, Item.uid == record).where(seen)
