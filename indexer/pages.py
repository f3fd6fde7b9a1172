"""One page of an answer, opened for one person: policy once more, on the rows themselves.

Nothing that the index says reaches a page: it names records, and each is asked of the policy again, read
from the catalogue, and shown with what the person may read of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from archive import objects, offers, recognition, registry
from archive.acts import Act
from archive.cards import Card
from archive.custody import whereabouts
from archive.custody.whereabouts import Found
from archive.model import Item, Record, Volume
from archive.policy import visible
from archive.unit import Unit
from archive.values import Level, UseMode, VolumeState
from indexer.engine import Hit
from indexer.entries import UNREADABLE, Kind, Names, day_of, described
from indexer.question.highlight import Snippet, snippet, spans
from indexer.question.tree import Field, Tree

Spans = tuple[tuple[int, int], ...]

#: What a hit shows beside title and code, if a wanted word stands there.
MENTIONED = (Field.NUMBER, Field.CREATOR, Field.UNIT, Field.CONTRACT, Field.NAMES)


@dataclass(frozen=True, slots=True)
class Mention:
    """A part of the description that holds a wanted word, and where; on one line."""

    field: Field
    text: str
    spans: Spans


@dataclass(frozen=True, slots=True)
class Row:
    """One hit, opened for this person; no passage where he may not read the text."""

    kind: Kind
    code: str
    code_spans: Spans
    title: str
    title_spans: Spans
    mentions: tuple[Mention, ...]
    passage: Snippet | None
    class_code: str
    year: int
    level: Level
    department: str
    dated: dt.date | None
    use_mode: UseMode
    state: VolumeState
    place: str
    score: float
    confidence: int | None = None  # of a passage that may come from character recognition: percent
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a record stands now, if that was asked: where it is, who has it, what this person may do with it."""

    found: Found
    holder: str
    offers: tuple[Act, ...]


def opened(
    unit: Unit, tree: Tree, hits: Sequence[Hit], among: Collection[Act] | None = None, *, texts: bool = True
) -> list[Row]:
    """*hits* as rows, marked with the words of *tree*; what may not be seen (any more) is left out.

    With *among* each row also tells how the record stands, and which of these acts this person may do to it;
    without *texts* no text is opened, and there are no passages.
    """
    records = _seen(unit, [hit.uid for hit in hits])
    sheet = _Sheet(unit, tree, records, texts=texts)
    rows = [sheet.row(records[hit.uid], hit) for hit in hits if hit.uid in records]
    if among is None:
        return rows
    standing = _standing(unit, [records[hit.uid] for hit in hits if hit.uid in records], among)
    return [replace(row, standing=one) for row, one in zip(rows, standing, strict=True)]


def _standing(unit: Unit, records: Sequence[Volume | Item], among: Collection[Act]) -> list[Standing]:
    """How *records* stand, in order, asked for together."""
    found = whereabouts.of_records(unit, records)
    holders = whereabouts.holders(unit, found.values())
    may = offers.offered(unit, records, among)
    return [Standing(found[one.uid], holders[one.uid], tuple(may[one.uid])) for one in records]


def _seen(unit: Unit, uids: Sequence[str]) -> dict[str, Volume | Item]:
    """The rows behind the hits, asked of the policy once more: nothing the index says can leak."""
    volumes = select(Volume).where(Volume.uid.in_(uids), visible(unit.actor, Volume))
    items = select(Item).where(Item.uid.in_(uids), visible(unit.actor, Item))
    found: dict[str, Volume | Item] = {row.uid: row for row in unit.session.scalars(volumes)}
    found.update((row.uid, row) for row in unit.session.scalars(items))
    return found


class _Sheet:
    """One page being opened for this person: what its rows need is fetched together."""

    def __init__(self, unit: Unit, tree: Tree, records: Mapping[str, Volume | Item], *, texts: bool) -> None:
        self._unit, self._tree, self._names = unit, tree, Names(unit)
        items = [record for record in records.values() if isinstance(record, Item)]
        self._volumes = {one.uid: one for one in records.values() if isinstance(one, Volume)}
        around = {item.volume_uid for item in items if item.volume_uid} - self._volumes.keys()
        if around:
            rows = select(Volume).where(Volume.uid.in_(around))
            self._volumes |= {volume.uid: volume for volume in unit.session.scalars(rows)}
        self._ways = registry.ways(unit, {uid for uid in map(self._stands, records.values()) if uid})
        here = [item for item in items if item.state is not VolumeState.TRANSFERRED]
        readable = [item.uid for item in here if texts and unit.may(Act.RECORD_READ, item)]
        self._texts = objects.texts(unit, readable)
        self._recognised = recognition.of_items(unit, [uid for uid in readable if uid in self._texts])
        self._cards = self._opened(list(records.values()))

    def _opened(self, records: Sequence[Volume | Item]) -> Mapping[str, Card]:
        """The cards, their keys read together; one by one where some do not open (`vault verify` names them)."""
        try:
            return {one.uid: card for one, card in zip(records, self._unit.cards(records), strict=True)}
        except UNREADABLE:
            return {one.uid: self._card(one) for one in records}

    def row(self, record: Volume | Item, hit: Hit) -> Row:
        """One hit, opened."""
        card, passage = self._cards[record.uid], self._passage(record)
        scanned = self._recognised.get(record.uid) if passage else None
        return Row(
            kind=Kind.of(record),
            code=record.reference_code,
            code_spans=spans(record.reference_code, self._tree, Field.CODE),
            title=card.title,
            title_spans=spans(card.title, self._tree, Field.TITLE),
            mentions=tuple(self._mentions(record, card, hit)),
            passage=passage,
            class_code=record.class_code,
            year=record.archive_year,
            level=record.level,
            department=record.department,
            dated=day_of(record),
            use_mode=record.use_mode,
            state=record.state,
            place=self._ways.get(self._stands(record) or "", ""),
            score=hit.score,
            confidence=scanned.confidence if scanned else None,
        )

    def _stands(self, record: Volume | Item) -> str | None:
        """The uid of the place of *record*, or of the volume it is in."""
        if record.place_uid is None and isinstance(record, Item) and record.volume_uid:
            return self._volumes[record.volume_uid].place_uid
        return record.place_uid

    def _card(self, record: Record) -> Card:
        """The card; an empty one where it does not open."""
        try:
            return self._unit.card(record)
        except UNREADABLE:
            return Card("")

    def _mentions(self, record: Record, card: Card, hit: Hit) -> Iterator[Mention]:
        """The parts of the description, line by line, in which the index found a wanted word."""
        shown = [field for field in MENTIONED if field in hit.fields and card.title]
        texts = described(record, card, self._names) if shown else {}
        for field in shown:
            for line in texts[field].splitlines():
                found = spans(line, self._tree, field)
                if found:
                    yield Mention(field, line, found)

    def _passage(self, record: Record) -> Snippet | None:
        """The passage that answers; reading a confidential one leaves its line (V25)."""
        if record.uid not in self._texts:
            return None
        try:
            text = objects.opened(self._unit, self._texts[record.uid])
        except UNREADABLE:
            return None
        found = snippet(text, self._tree)
        if not found.spans:
            return None
        self._unit.look(Act.RECORD_READ, record, passage=True)
        return found
