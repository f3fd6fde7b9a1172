"""The order of papers in a volume that is being closed (R18, V4)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from archive.codes import template
from archive.exchange import RowFate
from archive.model import ImportRow, Item, RecordClass, Volume
from archive.unit import Unit


def arrange(unit: Unit, volume: Volume) -> None:
    """Number the items of an open volume by date, earliest first, undated ones last (R18).

    Papers that came with a list of the office are bound as that list says, and keep their order and codes.
    """
    items = list(
        unit.session.scalars(select(Item).where(Item.volume_uid == volume.uid).order_by(Item.seq_no))
    )
    ordered = sorted(items, key=lambda item: (item.dated or dt.date.max, item.seq_no))
    if ordered == items or _bound(unit, volume):
        return
    rule = unit.session.get_one(RecordClass, volume.class_code)
    spelt = template(rule.template)
    for item in items:  # out of each other's way first: both columns are unique
        item.seq_no, item.reference_code = -item.seq_no, f"~{item.uid}"
    unit.session.flush()
    page = 1
    for number, item in enumerate(ordered, 1):
        item.seq_no, item.first_page = number, page
        item.reference_code = spelt.item(volume.reference_code, number)
        page += item.page_count
    unit.session.flush()


def _bound(unit: Unit, volume: Volume) -> bool:
    """True if a paper of *volume* came with a list of the office."""
    inside = select(ImportRow.row).join(Item, Item.uid == ImportRow.thing_uid)
    came = inside.where(Item.volume_uid == volume.uid, ImportRow.fate == RowFate.MADE)
    return unit.session.scalar(came.limit(1)) is not None
