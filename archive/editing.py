"""Changing a card: what was filled in, checked against the family of the record, and against who changed it meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from archive.cards import Card, title_checked
from archive.errors import BadValue, CardChanged
from archive.fields import checked
from archive.model import FormerCard, Item, Person, Record
from archive.unit import Unit

#: The most letters of who made a paper, of its number, of its type, of a remark.
LONGEST: Mapping[str, int] = {"creator": 200, "document_no": 120, "doc_type": 40, "note": 2000}


@dataclass(frozen=True, slots=True)
class Changes:
    """What a card is to say from now on; None leaves it as it is."""

    title: str | None = None
    note: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    creator: str | None = None
    document_no: str | None = None
    doc_type: str | None = None


def change(unit: Unit, record: Record, changes: Changes, seen: int | None = None) -> None:
    """Write the changed card of *record* as its next version; the caller has judged.

    *seen* is the version they were made from. Raises `CardChanged`, `BadValue` and what `fields.checked` raises.
    """
    _unchanged(unit, record, seen)
    unit.replace_card(record, edited(unit.card(record), record, changes))
    unit.changed(record)


def _unchanged(unit: Unit, record: Record, seen: int | None) -> None:
    if seen is None or record.version == seen:
        return
    mine = select(FormerCard).where(FormerCard.record_uid == record.uid)
    last = unit.session.scalar(mine.order_by(FormerCard.version.desc()).limit(1))
    by = unit.session.get_one(Person, last.replaced_by).account if last else ""
    raise CardChanged(code=record.reference_code, by=by, at=last.replaced_at if last else record.created_at)


def edited(card: Card, record: Record, changes: Changes) -> Card:
    """*card* with *changes*, checked."""
    if changes.title is not None:
        card = replace(card, title=title_checked(changes.title))
    said = {name: getattr(changes, name) for name in LONGEST}
    texts: Any = {name: _text(name, text) for name, text in said.items() if text is not None}
    card = replace(card, **texts)
    if changes.fields:
        told = checked(record.family, {**card.fields, **changes.fields}, complete=isinstance(record, Item))
        card = replace(card, fields=told)
    return card


def _text(name: str, told: str) -> str:
    """*told* without margins; raises `BadValue` for what is too long, or has signs nobody sees."""
    text = told.strip()
    lines = text.splitlines() if name == "note" else [text]
    if len(text) > LONGEST[name] or not all(line.isprintable() for line in lines):
        raise BadValue(field=name, value=text[:40], expected=f"≤ {LONGEST[name]}", letters=LONGEST[name])
    return text
