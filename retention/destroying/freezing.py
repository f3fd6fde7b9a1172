"""封定: what a destruction list says of each record, and the hash that holds it fast (F23, V18).

A record that is edited, relevelled or kept longer afterwards is no longer what was approved: the version on a
line is that of the record and of all its papers together. This module does not know who signs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import func, select

from archive.acts import Act
from archive.audit import canonical
from archive.cards import Card
from archive.custody.wholes import batches, size
from archive.erasing import may_stay
from archive.errors import BadValue, FingerprintDiffers
from archive.model import DestructionLine, DestructionList, Holding, Item, Volume
from archive.statuses import DestructionStep, Method
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Level, Period
from retention.clock import run

#: Seals what stays of a record on its line, from the day its papers are taken off the shelf.
LINE_KEY = "destruction-line"
#: Hex digits of a fingerprint as people read it aloud.
SHORT = 16


@dataclass(frozen=True, slots=True)
class Content:
    """What a line says of a record, under the names of the line's columns."""

    code: str
    class_code: str
    level: Level
    personal: bool
    archive_year: int
    items: int
    pages: int
    on_paper: bool
    period: str
    started_on: dt.date | None
    expires_on: dt.date | None
    review_due: dt.date | None
    version: int


NAMES = tuple(one.name for one in fields(Content))
#: What the hash covers of each line, beside its content.
ALSO = ("list_uid", "record_uid", "nth", "opinion", "line_uid", "method")


# --- what is said of a record ---------------------------------------------------------------------


def contents(unit: Unit, records: Sequence[Volume | Item]) -> dict[str, Content]:
    """What a line says of each of *records* as they are now, by uid."""
    papers = _papers(unit, [record.uid for record in records])
    paper = _on_paper(unit, [record.uid for record in records])
    return {
        record.uid: _content(record, record.uid in paper, record.version + papers.get(record.uid, 0))
        for record in records
    }


def _content(record: Volume | Item, on_paper: bool, version: int) -> Content:
    items, pages = size(record)
    return Content(
        code=record.reference_code, class_code=record.class_code, level=record.level, personal=record.personal,
        archive_year=record.archive_year, items=items, pages=pages, on_paper=on_paper, period=record.period,
        started_on=_started(record), expires_on=record.expires_on, review_due=record.review_due,
        version=version,
    )  # fmt: skip


def _started(record: Volume | Item) -> dt.date | None:
    """The first day it was kept for its period: of the first one, where an appraisal set another (T14)."""
    return run(Period.parse(record.period), record.trigger, record.trigger_date).start


def _papers(unit: Unit, uids: Collection[str]) -> Mapping[str, int]:
    """The versions of the papers in each volume, added up: any edit of any of them moves it."""
    found: dict[str, int] = {}
    for some in batches(uids):
        rows = (
            select(Item.volume_uid, func.sum(Item.version))
            .where(Item.volume_uid.in_(some))
            .group_by(Item.volume_uid)
        )
        found |= {uid: int(total) for uid, total in unit.session.execute(rows) if uid}
    return found


def _on_paper(unit: Unit, uids: Collection[str]) -> set[str]:
    """Of these records, those with a piece of paper to their name."""
    found: set[str] = set()
    for some in batches(uids):
        rows = select(Item.scope_uid).join(Holding, Holding.item_uid == Item.uid)
        found.update(unit.session.scalars(rows.where(Item.scope_uid.in_(some)).distinct()))
    return found


def same(line: DestructionLine, content: Content | None) -> bool:
    """True if a record still is what its line says."""
    return content is not None and all(getattr(line, name) == getattr(content, name) for name in NAMES)


# --- how it is destroyed --------------------------------------------------------------------------


def method_for(content: Content | DestructionLine, asked: Method = Method.SHRED) -> Method:
    """The method of a line: what is confidential or personal is shredded whatever was *asked* (V21, R54).

    What was never on paper is erased. Raises `BadValue` for erasing paper.
    """
    if not content.on_paper:
        return Method.ERASE
    if content.level >= CONFIDENTIAL or content.personal:
        return Method.SHRED
    if asked is Method.ERASE:
        raise BadValue(field="destroyed_how", value=asked, expected=[Method.SHRED, Method.TEAR, Method.PULP])
    return asked


def method_fits(content: Content, method: Method) -> bool:
    """True if *method* may be used on such a record: tearing and pulping only at 内部 and below (V21, C9)."""
    if not content.on_paper:
        return method is Method.ERASE
    if content.level >= CONFIDENTIAL or content.personal:
        return method is Method.SHRED
    return method is not Method.ERASE


# --- what stays -----------------------------------------------------------------------------------


def keep_descriptions(unit: Unit, lines: Sequence[DestructionLine], records: Sequence[Volume | Item]) -> None:
    """Write on each line what may stay of its record: title, creator and document number, or nothing (F23)."""
    own = {line.record_uid: line for line in lines}
    open_ = [record for record in records if may_stay(record)]
    for record, card in zip(open_, unit.cards(open_), strict=True):
        told = Card(card.title, creator=card.creator, document_no=card.document_no)
        line = own[record.uid]
        line.card = unit.keys.seal_with(LINE_KEY, _place(line), told.to_bytes())


def description(unit: Unit, line: DestructionLine) -> Card:
    """What was kept of a record when its destruction was begun; all of it empty where nothing may stay."""
    if line.step is DestructionStep.PULLED or not line.card:
        return Card("")
    return Card.from_bytes(unit.keys.open_with(LINE_KEY, _place(line), line.card))


def _place(line: DestructionLine) -> bytes:
    return f"{line.list_uid}|{line.record_uid}".encode()


# --- the hash -------------------------------------------------------------------------------------


def frozen(lines: Iterable[DestructionLine]) -> list[DestructionLine]:
    """The lines a list was frozen with, in order: what was pulled from the draft bears the number 0."""
    return sorted((line for line in lines if line.nth > 0), key=lambda line: line.nth)


def digest(lines: Iterable[DestructionLine]) -> str:
    """SHA-256 over all that *lines* say, in the one canonical way of writing it."""
    told = [{name: _told(getattr(line, name)) for name in (*ALSO, *NAMES)} for line in lines]
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def _told(fact: object) -> object:
    return fact.isoformat() if isinstance(fact, dt.date) else fact


def fingerprint(made: DestructionList) -> str:
    """The hash as people read it: `3fa9-0c17-88d2-41be`; empty before it is frozen."""
    return "-".join(made.content_hash[at : at + 4] for at in range(0, SHORT, 4)).strip("-")


def agree(made: DestructionList, given: str, act: Act) -> None:
    """Raise `FingerprintDiffers` unless *given* is the list's fingerprint, short or whole, dashes or none."""
    typed = "".join(given.lower().split()).replace("-", "")
    if typed not in {made.content_hash, made.content_hash[:SHORT]}:
        raise FingerprintDiffers(number=made.number, act=act)
