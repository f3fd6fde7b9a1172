"""How often a record was used, and when last: loans, readings and copies made, its papers' with its own (F21)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from archive.custody.wholes import batches
from archive.model import CopyOrder, Item, Loan, Reading
from archive.unit import Unit

#: Where uses are written: the column that names the record, the moment of use.
_SOURCES: tuple[tuple[Any, Any], ...] = (
    (Loan.volume_uid, Loan.lent_at),
    (Loan.item_uid, Loan.lent_at),
    (Reading.volume_uid, Reading.begun_at),
    (Reading.item_uid, Reading.begun_at),
    (CopyOrder.record_uid, CopyOrder.made_at),
)


@dataclass(frozen=True, slots=True)
class Use:
    """How many times, and the day of the last."""

    times: int = 0
    last: dt.date | None = None


NONE = Use()


def of(unit: Unit, uids: Collection[str]) -> Mapping[str, Use]:
    """The uses of the volumes and items with these uids; what was never used is left out.

    The caller judges who may know; the days are those of the instance's zone.
    """
    found: dict[str, Use] = {}
    for some in batches(uids):
        for uid, times, last in _rows(unit, some):
            day = last.astimezone(unit.settings.zone).date()
            before = found.get(uid, NONE)
            found[uid] = Use(before.times + times, max(day, before.last or day))
    return found


def _rows(unit: Unit, batch: Collection[str]) -> Iterable[Any]:
    """(uid, times, last) from each register: by the record itself, and by a paper of the volume."""
    for named, moment in _SOURCES:
        counted = select(named, func.count(), func.max(moment)).where(named.in_(batch))
        yield from unit.session.execute(counted.group_by(named))
        if named is not Loan.volume_uid and named is not Reading.volume_uid:
            inside = select(Item.volume_uid, func.count(), func.max(moment)).join(Item, Item.uid == named)
            yield from unit.session.execute(
                inside.where(Item.volume_uid.in_(batch)).group_by(Item.volume_uid)
            )
