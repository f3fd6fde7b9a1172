"""Texts by character recognition: which pages wait for it, and what was read, page by page.

A recognised page is a text object beside the extracted one, encrypted with the record's key like it; a page
without words is kept too, so that it is not recognised twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from archive import objects
from archive.acts import Act
from archive.model import Component, DigitalObject, Item
from archive.unit import Unit
from archive.values import ObjectPurpose

#: What extraction says of files that recognition may read, though it did not count their pages.
PICTURES = ("image-only", "garbled")
#: A page recognised with less certainty (percent) is marked as doubtful where it is shown.
DOUBTFUL = 90


@dataclass(frozen=True, slots=True)
class Recognition:
    """How far the scans of a file or an item are recognised; *confidence* in percent, None without any words."""

    pages: int
    confidence: int | None


def waiting(unit: Unit) -> Sequence[str]:
    """The stored contents with pages still to recognise, oldest first."""
    return list(unit.session.scalars(_waiting()))


def left(unit: Unit) -> int:
    """How many pages wait, as far as they have been counted; a file not yet looked into counts as one."""
    rows = _waiting().with_only_columns(func.coalesce(DigitalObject.scans, 1) - _read_pages()).order_by(None)
    return sum(unit.session.scalars(rows))


def _waiting() -> Select[str]:
    uncounted = DigitalObject.scans.is_(None) & DigitalObject.outcome.in_(PICTURES)
    rows = select(DigitalObject.uid).where(
        DigitalObject.purpose == ObjectPurpose.CONTENT,
        or_(uncounted, DigitalObject.scans > _read_pages()),
    )
    return rows.order_by(DigitalObject.created_at, DigitalObject.uid)


def _read_pages() -> ScalarSelect[int]:
    """How many pages of the content at hand are recognised."""
    text = aliased(DigitalObject)
    count = select(func.count(text.page)).where(text.component_uid == DigitalObject.component_uid)
    return count.correlate(DigitalObject).scalar_subquery()


def pages_read(unit: Unit, stored: DigitalObject) -> frozenset[int]:
    """The pages of a stored content that are recognised, with or without words."""
    rows = select(DigitalObject.page).where(
        DigitalObject.component_uid == stored.component_uid, DigitalObject.page.is_not(None)
    )
    return frozenset(page for page in unit.session.scalars(rows) if page is not None)


def counted(unit: Unit, stored: DigitalObject, pages: int) -> None:
    """Note how many pages of a stored content only recognition can read; 0: none can be drawn."""
    item = unit.session.get_one(Item, stored.item_uid)
    unit.act(Act.ITEM_EXTRACT, item, outcome=stored.outcome, scans=pages)
    stored.scans = pages
    unit.session.flush()


def keep(unit: Unit, stored: DigitalObject, page: int, *, outcome: str, text: str, confidence: int) -> bool:
    """Keep what recognition said of one page; False if another process kept it first."""
    if page in pages_read(unit, stored):
        return False
    item = unit.session.get_one(Item, stored.item_uid)
    unit.act(Act.ITEM_EXTRACT, item, outcome=outcome, page=page, confidence=confidence)
    component = unit.session.get_one(Component, stored.component_uid)
    made = objects.text_beside(unit, item, component, text, version=1 + page)
    made.outcome, made.page = outcome, page
    made.confidence = confidence if text else None
    unit.changed(item)
    unit.session.flush()
    return True


def of_items(unit: Unit, item_uids: Sequence[str]) -> Mapping[str, Recognition]:
    """How far the scans of these items are recognised; items without a recognised page are left out."""
    return _told(unit, DigitalObject.item_uid, item_uids)


def of_components(unit: Unit, component_uids: Sequence[str]) -> Mapping[str, Recognition]:
    """The same for single files, by their component."""
    return _told(unit, DigitalObject.component_uid, component_uids)


def _told(unit: Unit, by: InstrumentedAttribute[str], uids: Sequence[str]) -> Mapping[str, Recognition]:
    if not uids:
        return {}
    rows = (
        select(by, func.count(), func.avg(DigitalObject.confidence))
        .where(by.in_(uids), DigitalObject.page.is_not(None))
        .group_by(by)
    )
    return {
        uid: Recognition(pages, None if mean is None else round(mean))
        for uid, pages, mean in unit.session.execute(rows)
    }
