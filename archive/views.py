"""Lists and pages as typed rows: what this person may see, opened; reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select

from archive import objects, offers, people, recognition, registry
from archive.acts import Act
from archive.cards import Card
from archive.circulation.ledger import holder
from archive.codes import as_scanned
from archive.model import (
    DigitalObject,
    Dossier,
    Event,
    FormerCard,
    Item,
    Loan,
    Person,
    Record,
    RecordClass,
    Volume,
)
from archive.policy import visible
from archive.recognition import Recognition
from archive.unit import Unit
from archive.values import Level, LoanState, UseMode, VolumeState


@dataclass(frozen=True, slots=True)
class VolumeLine:
    """One volume in a list (F3)."""

    code: str
    title: str
    class_code: str
    year: int
    department: str
    level: Level
    period: str
    state: VolumeState
    items: int
    pages: int
    first_date: dt.date | None
    last_date: dt.date | None
    place: str
    out: bool


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item in a list (F1, F2, F6)."""

    seq_no: int
    code: str
    document_no: str
    creator: str
    title: str
    dated: dt.date | None
    first_page: int
    pages: int
    level: Level
    doc_type: str
    note: str


@dataclass(frozen=True, slots=True)
class Inherited:
    """A value and where it was set: here, on the volume, or on the class."""

    value: object
    origin: str

    @property
    def word(self) -> str:
        """The key of the origin's name."""
        return f"origin.{self.origin}"


def volumes(
    unit: Unit, *, class_code: str | None = None, year: int | None = None, department: str | None = None,
    state: VolumeState | None = None, limit: int = 1000, offset: int = 0,
) -> list[VolumeLine]:  # fmt: skip
    """案卷目录: the volumes this person may see, by reference code."""
    unit.look(Act.RECORD_SEE)
    rows = select(Volume).where(visible(unit.actor, Volume)).order_by(Volume.reference_code)
    rows = _narrowed(rows, Volume, class_code=class_code, year=year, department=department)
    if state is not None:
        rows = rows.where(Volume.state == state)
    found = list(unit.session.scalars(rows.limit(limit).offset(offset)))
    unit.listed(Act.RECORD_SEE, found)
    return volume_lines(unit, found)


def volume_lines(unit: Unit, found: Sequence[Volume]) -> list[VolumeLine]:
    """*found* as lines; the caller has judged."""
    out = _out(unit, found)
    both = zip(found, unit.cards(found), strict=True)
    return [_volume_line(unit, volume, card, out=volume.uid in out) for volume, card in both]


def _narrowed(
    rows: Any, kind: type[Any], *, class_code: str | None, year: int | None, department: str | None
) -> Any:
    if class_code:
        rows = rows.where(
            (kind.class_code == class_code) | kind.class_code.startswith(f"{class_code}·", autoescape=True)
        )
    if year:
        rows = rows.where(kind.archive_year == year)
    if department:
        rows = rows.where(kind.department == department)
    return rows


def _out(unit: Unit, found: Sequence[Volume]) -> set[str]:
    rows = select(Loan.volume_uid).where(
        Loan.state == LoanState.OUT, Loan.volume_uid.is_not(None), Loan.only_copy.is_(False)
    )
    return {uid for uid in unit.session.scalars(rows) if uid} if found else set()


def _volume_line(unit: Unit, volume: Volume, card: Card, *, out: bool) -> VolumeLine:
    return VolumeLine(
        volume.reference_code, card.title, volume.class_code, volume.archive_year, volume.department,
        volume.level, volume.period, volume.state, volume.items, volume.pages, volume.first_date, volume.last_date,
        place(unit, volume), out,
    )  # fmt: skip


def place(unit: Unit, record: Record) -> str:
    """Where a record stands, outermost place first."""
    return " / ".join(one.name for one in registry.path(unit, registry.stands(unit, record)))


def inner_list(unit: Unit, volume: Volume, some: slice = slice(None)) -> list[ItemLine]:
    """卷内目录: the items of a volume that this person may see, in order, or *some* of a long one."""
    rows = select(Item).where(Item.volume_uid == volume.uid, visible(unit.actor, Item)).order_by(Item.seq_no)
    most = None if some.stop is None else some.stop - (some.start or 0)
    return _item_lines(unit, list(unit.session.scalars(rows.offset(some.start).limit(most))))


def items(
    unit: Unit, *, class_code: str | None = None, year: int | None = None, department: str | None = None,
    alone: bool = False, limit: int = 1000, offset: int = 0,
) -> list[ItemLine]:  # fmt: skip
    """Items this person may see, by reference code; *alone*: only those kept item by item (F6)."""
    unit.look(Act.RECORD_SEE)
    rows = select(Item).where(visible(unit.actor, Item)).order_by(Item.reference_code)
    rows = _narrowed(rows, Item, class_code=class_code, year=year, department=department)
    if alone:
        rows = rows.where(Item.volume_uid.is_(None))
    found = list(unit.session.scalars(rows.limit(limit).offset(offset)))
    unit.listed(Act.RECORD_SEE, found)
    return _item_lines(unit, found)


def _item_lines(unit: Unit, found: Sequence[Item]) -> list[ItemLine]:
    """*found* as lines, their cards opened together."""
    return [
        ItemLine(
            item.seq_no, item.reference_code, card.document_no, card.creator, card.title, item.dated,
            item.first_page, item.page_count, item.level, card.doc_type, card.note,
        )
        for item, card in zip(found, unit.cards(found), strict=True)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Everything the catalogue says of one record, with what may be done to it."""

    kind: str
    code: str
    card: Card
    class_code: str
    class_name: str
    department: str
    year: int
    state: VolumeState
    level: Inherited
    period: Inherited
    use_mode: Inherited
    trigger: object
    trigger_date: dt.date | None
    expires_on: dt.date | None
    review_due: dt.date | None
    undated: bool
    place: str
    dossier: str
    items: list[ItemLine]
    files: list[FileOnPage]
    loan: str
    history: int
    may: list[Act]


@dataclass(frozen=True, slots=True)
class FileOnPage:
    """A stored object of an item: its name is content and needs the right to read."""

    number: int
    name: str
    outcome: str | None
    pages: int | None
    scans: int | None = None  # pages that only character recognition can read
    recognised: int = 0
    confidence: int | None = None  # of what was recognised, in percent


def page(unit: Unit, code: str, some: slice = slice(None)) -> RecordPage:
    """The page of the volume or item with this code; of a volume's contents all, or *some*."""
    record = unit.record(code)
    unit.look(Act.RECORD_SEE, record)
    rule = unit.session.get_one(RecordClass, record.class_code)
    loan = holder(unit, record)
    dossier = unit.session.get(Dossier, record.dossier_uid) if record.dossier_uid else None
    return RecordPage(
        kind="volume" if isinstance(record, Volume) else "item",
        code=record.reference_code,
        card=unit.card(record),
        class_code=record.class_code,
        class_name=rule.name,
        department=record.department,
        year=record.archive_year,
        state=record.state,
        level=_origin(record, "own_level", record.level),
        period=_origin(record, "own_period", record.period),
        use_mode=_origin(record, "own_use_mode", record.use_mode),
        trigger=record.trigger,
        trigger_date=record.trigger_date,
        expires_on=record.expires_on,
        review_due=record.review_due,
        undated=record.undated,
        place=place(unit, record),
        dossier=dossier.code if dossier else "",
        items=inner_list(unit, record, some) if isinstance(record, Volume) else [],
        files=_files(unit, record) if isinstance(record, Item) else [],
        loan=_loan_told(unit, loan),
        history=record.version - 1,
        may=offers.offered(unit, [record])[record.uid],
    )


def exactly(unit: Unit, text: str) -> str | None:
    """The code of the record called exactly *text*, as typed or scanned, if the person may see it; leaves no line."""
    unit.look(Act.RECORD_SEARCH)
    code = as_scanned(text.strip())
    for kind in (Volume, Item):
        rows = select(kind.reference_code).where(kind.reference_code == code, visible(unit.actor, kind))
        found = unit.session.scalar(rows)
        if found is not None:
            return found
    return None


def _origin(record: Record, own: str, value: object) -> Inherited:
    if getattr(record, own) is not None:
        return Inherited(value, "own")
    return Inherited(value, "volume" if isinstance(record, Item) and record.volume_uid else "class")


def _files(unit: Unit, item: Item) -> list[FileOnPage]:
    if item.state is VolumeState.DESTROYED or not unit.may(Act.RECORD_READ, item):
        return []
    held = objects.contents(unit, item)
    read = recognition.of_components(unit, [stored.component_uid for stored in held])
    return [
        _file(number, objects.name_of(unit, stored), stored, read.get(stored.component_uid))
        for number, stored in enumerate(held, 1)
    ]


def _file(number: int, name: str, stored: DigitalObject, read: Recognition | None) -> FileOnPage:
    done, confidence = (read.pages, read.confidence) if read else (0, None)
    return FileOnPage(number, name, stored.outcome, stored.page_count, stored.scans, done, confidence)


def _loan_told(unit: Unit, loan: Loan | None) -> str:
    if loan is None:
        return ""
    borrower = people.name_of(unit, unit.session.get_one(Person, loan.borrower_uid))
    return f"{loan.number} {borrower} → {loan.due_on}"


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One earlier state of a card."""

    version: int
    title: str
    replaced_at: dt.datetime
    replaced_by: str


def history(unit: Unit, code: str) -> list[HistoryLine]:
    """The earlier cards of a record, newest first."""
    record = unit.record(code)
    unit.look(Act.RECORD_SEE, record)
    rows = select(FormerCard).where(FormerCard.record_uid == record.uid).order_by(FormerCard.version.desc())
    return [
        HistoryLine(
            former.version,
            str(unit.told(record.uid, f"card|{former.version}", former.card)["title"]),
            former.replaced_at,
            people.name_of(unit, unit.session.get_one(Person, former.replaced_by)),
        )
        for former in unit.session.scalars(rows)
    ]


@dataclass(frozen=True, slots=True)
class TreeLine:
    """A class with what this person may see in it (V5: totals are sums of what is listed)."""

    code: str
    name: str
    name_en: str
    usable: bool
    period: str
    level: Level
    use_mode: UseMode
    volumes: int
    items: int
    pages: int


def tree(unit: Unit) -> list[TreeLine]:
    """总目录: the class tree with counts of what this person may see."""
    from archive import classes

    volume_counts = _counts(unit, select(Volume.class_code, func.count(), func.sum(Volume.pages)), Volume)
    item_counts = _counts(unit, select(Item.class_code, func.count(), func.sum(Item.page_count)), Item)
    return [
        TreeLine(
            rule.code, rule.name, rule.name_en, rule.usable, rule.period, rule.level, rule.use_mode,
            volume_counts.get(rule.code, (0, 0))[0], *item_counts.get(rule.code, (0, 0)),
        )
        for rule in classes.tree(unit)
    ]  # fmt: skip


def summed(lines: Sequence[TreeLine]) -> list[TreeLine]:
    """*lines* of `tree`, each group with the sums of its classes (V5)."""
    return [
        line if line.usable else added(line, [one for one in lines if one.code.startswith(f"{line.code}·")])
        for line in lines
    ]


def added(line: TreeLine, parts: Sequence[TreeLine]) -> TreeLine:
    """*line* with the sums of the classes in *parts*; groups among them are not counted again."""
    mine = [one for one in parts if one.usable]
    return replace(
        line,
        volumes=sum(one.volumes for one in mine),
        items=sum(one.items for one in mine),
        pages=sum(one.pages for one in mine),
    )


def _counts(unit: Unit, rows: Any, kind: type[Volume | Item]) -> Mapping[str, tuple[int, int]]:
    seen = rows.where(visible(unit.actor, kind)).group_by(kind.class_code)
    return {code: (count, int(pages or 0)) for code, count, pages in unit.session.execute(seen)}


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line of the log as the auditor reads it: ids and codes, no names or content."""

    seq: int
    at: str
    account: str
    act: str
    outcome: str
    object_code: str
    facts: str


def events(
    unit: Unit, *, limit: int = 50, refused: bool = False, account: str | None = None
) -> list[EventLine]:
    """The newest lines of the log."""
    unit.look(Act.AUDIT_SEE)
    rows = select(Event).order_by(Event.seq.desc()).limit(limit)
    if refused:
        rows = rows.where(Event.outcome != "done")
    if account:
        rows = rows.where(Event.account == account)
    return [
        EventLine(
            event.seq, event.at, event.account, event.act, event.outcome, event.object_code, event.facts
        )
        for event in unit.session.scalars(rows)
    ]
