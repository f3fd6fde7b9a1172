"""All that the catalogue knows of a record, in plain words, for who takes it over: no key of ours is needed to read it.

This module judges nothing and writes no file; who calls it has judged every record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from archive import objects, reckoning, registry
from archive.acts import Act
from archive.cards import Card
from archive.custody.wholes import batches
from archive.model import (
    Blob,
    Component,
    DigitalObject,
    Dossier,
    Holding,
    Item,
    Party,
    PeriodMark,
    Premises,
    RecordClass,
    Volume,
)
from archive.packages import provenance
from archive.packages.provenance import Happened
from archive.statuses import Condition
from archive.unit import Unit
from archive.values import ComponentKind, ObjectPurpose
from archive.vault import BlobRef
from archive.words import Language, say


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of an item: its name, its part of the item, its bytes and their key, what reading it came to, when checked."""

    name: str
    part: ComponentKind
    ref: BlobRef
    outcome: str | None
    checked_at: dt.datetime | None
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Described:
    """One volume or item in words, with its files and its history; *facts* hold nothing that is sealed any more."""

    facts: dict[str, Any]
    files: Sequence[StoredFile]
    events: Sequence[Happened]


def whole(
    unit: Unit, record: Volume | Item, act: Act, purpose: str, *, without: Collection[str] = ()
) -> list[Described]:
    """A record, and after it every paper in it; each content opened leaves its line with *purpose* (V25).

    *act* is what hands it out; papers whose uid is in *without* are left out. Raises what the policy refuses, for any
    of the others: then nothing of the whole is handed out.
    """
    unit.act(act, record, private={"purpose": purpose})
    papers = [paper for paper in papers_of(unit, record) if paper.uid not in without]
    stored = _stored(unit, papers)
    for paper in papers:
        opens = Act.ITEM_GET if stored.get(paper.uid) else act
        unit.act(opens, paper, private={"purpose": purpose}, files=len(stored.get(paper.uid, ())))
    records: list[Volume | Item] = [record, *papers] if isinstance(record, Volume) else [record]
    uids = [one.uid for one in records]
    marks, pieces = _marks(unit, uids), _pieces(unit, uids)
    common, around = _common(unit, record), {"volume": record.reference_code}
    happened = provenance.of_records(unit, uids)
    return [
        Described(
            {**_facts(one, card), **_own(unit, one, marks, pieces), **(common if one is record else around)},
            _files(unit, stored.get(one.uid, ())),
            happened.get(one.uid, ()),
        )
        for one, card in zip(records, unit.cards(records), strict=True)
    ]


def papers_of(unit: Unit, record: Volume | Item) -> list[Item]:
    """The papers of a volume in order, or the item itself; the caller has judged."""
    if isinstance(record, Item):
        return [record]
    return list(unit.session.scalars(select(Item).where(Item.volume_uid == record.uid).order_by(Item.seq_no)))


Row = tuple[DigitalObject, Component, Blob]


def _stored(unit: Unit, papers: Sequence[Item]) -> Mapping[str, Sequence[Row]]:
    """The stored contents of many items, each item's in the fixed order of its parts."""
    rows = (
        select(DigitalObject, Component, Blob)
        .join(Component, Component.uid == DigitalObject.component_uid)
        .join(Blob, Blob.uid == DigitalObject.blob_uid)
        .where(DigitalObject.purpose == ObjectPurpose.CONTENT)
    )
    order, found = list(ComponentKind), dict[str, list[Row]]()
    for batch in batches([paper.uid for paper in papers]):
        for stored, part, blob in unit.session.execute(rows.where(DigitalObject.item_uid.in_(batch))):
            found.setdefault(stored.item_uid, []).append((stored, part, blob))
    for mine in found.values():
        mine.sort(key=lambda row: (order.index(row[1].kind), row[1].seq_no, row[0].version))
    return found


def _files(unit: Unit, rows: Sequence[Row]) -> list[StoredFile]:
    return [
        StoredFile(
            objects.name_of(unit, stored),
            part.kind,
            objects.blob_ref(blob),
            stored.outcome,
            blob.checked_at,
            objects.unwrapped(unit, stored),
        )
        for stored, part, blob in rows
    ]


# --- in words -------------------------------------------------------------------------------------

#: Columns told as they are.
_PLAIN = (
    "reference_code", "class_code", "department", "archive_year", "personal", "period", "own_period",
    "trigger_date", "undated", "expires_on", "review_due", "kept_from", "secrecy_until", "held_on",
)  # fmt: skip
_WORDED = ("level", "use_mode", "custody", "trigger", "state")
_OF_VOLUME = ("items", "pages", "first_date", "last_date")
_OF_ITEM = ("seq_no", "first_page", "page_count", "dated", "is_original")


def _facts(record: Volume | Item, card: Card) -> dict[str, Any]:
    """Card and columns of one record; named values by code and in both languages."""
    more = _OF_VOLUME if isinstance(record, Volume) else _OF_ITEM
    return {
        "kind": "volume" if isinstance(record, Volume) else "item",
        "title": card.title,
        "creator": card.creator,
        "document_no": card.document_no,
        "doc_type": card.doc_type,
        "note": card.note,
        "fields": dict(card.fields),
        **{name: getattr(record, name) for name in (*_PLAIN, *more)},
        **{name: _spoken(getattr(record, name)) for name in _WORDED},
    }


def _spoken(value: Any) -> dict[str, str]:
    code = value.name if isinstance(value.value, int) else value.value
    return {"code": code, **{tongue.value: say(value.word, tongue) for tongue in Language}}


def _own(unit: Unit, record: Volume | Item, marks: Marks, pieces: Pieces) -> dict[str, Any]:
    """What other tables say of one record: party, marks of its period, pieces on paper."""
    party = unit.session.get(Party, record.party_uid) if record.party_uid else None
    facts: dict[str, Any] = {
        "party": _party(unit, party) if party else None,
        "period_marks": marks.get(record.uid, []),
    }
    if isinstance(record, Item):
        premises = unit.session.get(Premises, record.premises_uid) if record.premises_uid else None
        paper = pieces.get(record.uid, {})
        facts["premises"] = premises.code if premises else None
        facts["premises_at"] = _premises(premises) if premises else None
        facts["on_paper"] = {"originals": paper.get(False, 0), "copies": paper.get(True, 0)}
    return facts


def _party(unit: Unit, party: Party) -> dict[str, Any]:
    told = registry.party_line(unit, party)
    return {"code": told.code, "name": told.name, "kind": told.kind, "natural_person": told.natural_person}


def _premises(premises: Premises) -> dict[str, str]:
    return {name: getattr(premises, name) for name in ("building", "floor", "kind", "area")}


Marks = Mapping[str, list[dict[str, Any]]]
Pieces = Mapping[str, Mapping[bool, int]]


def _marks(unit: Unit, uids: Sequence[str]) -> Marks:
    """Every change of a record's period, oldest first: the old ones stay readable (条例 24, V24)."""
    names = ("cause", "source", "before", "after", "kept_from", "expires_before", "expires_after")
    found: dict[str, list[dict[str, Any]]] = {}
    for batch in batches(uids):
        rows = select(PeriodMark).where(PeriodMark.record_uid.in_(batch)).order_by(PeriodMark.marked_at)
        for mark in unit.session.scalars(rows):
            told = {**{name: getattr(mark, name) for name in names}, "marked_on": _day(unit, mark.marked_at)}
            found.setdefault(mark.record_uid, []).append(told)
    return found


def _pieces(unit: Unit, uids: Sequence[str]) -> Pieces:
    """How many originals (False) and copies (True) of each paper there are, lost ones not counted."""
    found: dict[str, dict[bool, int]] = {}
    for batch in batches(uids):
        rows = (
            select(Holding.item_uid, Holding.is_copy, func.count())
            .where(Holding.item_uid.in_(batch), Holding.condition != Condition.LOST)
            .group_by(Holding.item_uid, Holding.is_copy)
        )
        for uid, is_copy, many in unit.session.execute(rows):
            found.setdefault(uid, {})[is_copy] = many
    return found


def _common(unit: Unit, record: Volume | Item) -> dict[str, Any]:
    """What is said once for a record and its papers: names of class and dossier, what happened to it."""
    rule = unit.session.get_one(RecordClass, record.class_code)
    dossier = unit.session.get(Dossier, record.dossier_uid) if record.dossier_uid else None
    return {
        "class_name": {"zh": rule.name, "en": rule.name_en},
        "ceiling": rule.ceiling,
        "dossier": dossier.code if dossier else None,
        "dossier_of": _dossier(unit, dossier) if dossier else None,
        "events": _events(unit, record),
    }


def _dossier(unit: Unit, dossier: Dossier) -> dict[str, Any]:
    """What a dossier is about."""
    premises = unit.session.get(Premises, dossier.premises_uid) if dossier.premises_uid else None
    at = {"code": premises.code, **_premises(premises)} if premises else None
    return {"kind": dossier.kind, "premises": at}


def _events(unit: Unit, record: Volume | Item) -> list[dict[str, Any]]:
    """What started its period, what was struck out again among it, with the evidence as it was told."""
    return [
        {
            "kind": event.kind, "on": event.happened_on, "recorded_on": event.recorded_on,
            "dossier": event.dossier, "evidence": event.evidence, "note": event.note, "counts": event.counts,
        }
        for event in reckoning.events(unit, record.uid)
    ]  # fmt: skip


def _day(unit: Unit, moment: Any) -> Any:
    return moment.astimezone(unit.settings.zone).date()
