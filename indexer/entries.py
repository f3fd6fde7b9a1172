"""What the index is told of a record: its words, its facts, and the bucket that says who may find it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import SimpleNamespace
from typing import Any, TypeVar

from sqlalchemy import func, select

from archive import objects, registry
from archive.cards import Card
from archive.dossiers import DossierKind
from archive.errors import Damaged, KeyGone, StorageFailed
from archive.fields import PERSONAL
from archive.model import Dossier, IndexTask, Item, Location, Party, Premises, Record, Volume
from archive.unit import Unit
from archive.values import CONFIDENTIAL, VolumeState
from indexer.engine import Entry, Part
from indexer.question.tree import Field

T = TypeVar("T")

#: What cannot be opened is left out; `vault verify` names it.
UNREADABLE = (Damaged, KeyGone, StorageFailed)
#: Characters of text taken in at once: a batch of long texts is cut, memory stays flat.
BITE = 2_000_000
#: What the policy asks of a record beside its name; records alike in all of these share a bucket.
ASKED = ("class_code", "level", "department", "use_mode", "custody", "custodians_closed")
#: The family's field that has a place of its own in the index (合同号).
CONTRACT_NUMBER = "contract_no"


#: The uid of a stand-in: no record has it, no grant names it.
_NOBODY = "-"


#: The fields of a description: all but the text.
_DESCRIBED = tuple(field for field in Field if field is not Field.BODY)


class Kind(StrEnum):
    """What a record is, as the index keeps it."""

    VOLUME = "volume"
    ITEM = "item"

    @property
    def word(self) -> str:
        """The key of this kind's name."""
        return f"record.{self.value}"

    @classmethod
    def of(cls, record: Record) -> Kind:
        """The kind of *record*."""
        return cls.VOLUME if isinstance(record, Volume) else cls.ITEM


def bucket(record: Any) -> str:
    """The access bucket of a record or of a row with the columns `ASKED`."""
    class_code, level, *others, closed = (getattr(record, name) for name in ASKED)
    return "\x1f".join(map(str, (class_code, int(level), *others, int(closed))))


def stand_in(bucket: str) -> Any:
    """A nameless stand-in for the records of a *bucket*: the columns `ASKED` again; Damaged if it is none."""
    parts = bucket.split("\x1f")
    if len(parts) != len(ASKED) or not parts[1].isdecimal() or parts[-1] not in {"0", "1"}:
        raise Damaged(what=Part.WHOLE, where="bucket")
    columns: dict[str, Any] = dict(zip(ASKED, parts, strict=True))
    columns |= {"level": int(parts[1]), "custodians_closed": parts[-1] == "1"}
    return SimpleNamespace(uid=_NOBODY, scope_uid=_NOBODY, reference_code="", **columns)


def within(codes: Sequence[str], joint: str) -> str:
    """A path that begins with the paths around it and with nothing else: `R1/` holds `R1/C1/`, not `R10/`."""
    return "".join(f"{code}{joint}" for code in codes)


def class_path(code: str) -> str:
    """A class so that `ZX` holds `ZX·02` and `ZX·02` only itself."""
    return within([code], "·")


def day_of(record: Record) -> dt.date | None:
    """The day a search by date goes by: an item's own, a volume's last."""
    return (
        record.dated if isinstance(record, Item) else record.last_date if isinstance(record, Volume) else None
    )


def told(unit: Unit, uids: Sequence[str]) -> tuple[list[Entry], int]:
    """Entries for the first of *uids*, as many as make one bite, and how many were looked at.

    A record that is gone, or whose card does not open, gives no entry.
    """
    records: dict[str, Record] = {
        **{one.uid: one for one in unit.session.scalars(select(Volume).where(Volume.uid.in_(uids)))},
        **{one.uid: one for one in unit.session.scalars(select(Item).where(Item.uid.in_(uids)))},
    }
    batch = Batch(_versions(unit, uids), objects.texts(unit, uids), Names(unit))
    entries: list[Entry] = []
    weight = looked = 0
    for looked, uid in enumerate(uids, 1):  # noqa: B007 - asked after the loop
        made = _entry_or_none(unit, records.get(uid), batch)
        if made is not None:
            entries.append(made)
            weight += len(made.body)
        if weight >= BITE:
            break
    return entries, looked


def _versions(unit: Unit, uids: Sequence[str]) -> Mapping[str, int]:
    """The newest outbox number of each record: it grows with every change, also those that leave the card alone."""
    newest = select(IndexTask.record_uid, func.max(IndexTask.id)).where(IndexTask.record_uid.in_(uids))
    rows = unit.session.execute(newest.group_by(IndexTask.record_uid))
    return {uid: number for uid, number in rows if number is not None}


def _entry_or_none(unit: Unit, record: Record | None, batch: Batch) -> Entry | None:
    if record is None:
        return None
    try:
        return entry(unit, record, batch)
    except UNREADABLE:
        return None


def entry(unit: Unit, record: Record, batch: Batch) -> Entry:
    """*record* as the index takes it in; of a destroyed one what may stay (V19)."""
    card = unit.card(record)
    gone = record.state is VolumeState.DESTROYED
    day = day_of(record)
    return Entry(
        uid=record.uid,
        version=batch.versions.get(record.uid, 0),
        sealed=record.level >= CONFIDENTIAL,
        **{field.value: text for field, text in described(record, card, batch.names).items()},
        body="" if gone else _text(unit, batch.texts.get(record.uid, ())),
        kind=Kind.of(record).value,
        class_code=class_path(record.class_code),
        family=record.family.value,
        year=record.archive_year,
        level=int(record.level),
        department=record.department,
        place="" if gone else batch.names.place(record),
        state=record.state.value,
        date=day.isoformat() if day else "",
        bucket=bucket(record),
    )


def described(record: Record, card: Card, names: Names) -> dict[Field, str]:
    """The words of a record's description, field by field, as they are found and marked.

    A destroyed one has a code and what may stay of its title: whom it was about went with it (V19).
    """
    if record.state is VolumeState.DESTROYED:
        return {**dict.fromkeys(_DESCRIBED, ""), Field.TITLE: card.title, Field.CODE: record.reference_code}
    dossier = names.dossier(getattr(record, "dossier_uid", None))
    own = record.premises_uid if isinstance(record, Item) else None
    return {
        Field.TITLE: card.title,
        Field.CODE: record.reference_code,
        Field.CREATOR: card.creator,
        Field.NUMBER: card.document_no,
        Field.UNIT: _lines([names.premises(own), names.premises(dossier.premises_uid)]),
        Field.CONTRACT: _lines(
            [card.fields.get(CONTRACT_NUMBER, ""), dossier.code if dossier.contract else ""]
        ),
        Field.NAMES: _lines(_about(record, card, names, dossier)),
    }


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(part for part in parts if part))


def _about(record: Record, card: Card, names: Names, dossier: About) -> list[str]:
    """Whom and what a record is about; names of natural persons only where it is sealed itself (decision 6)."""
    sealed = record.level >= CONFIDENTIAL
    hidden = {CONTRACT_NUMBER} if sealed else {CONTRACT_NUMBER, *PERSONAL}
    return [
        names.party(getattr(record, "party_uid", None), sealed=sealed),
        "" if dossier.contract else dossier.code,
        card.doc_type,
        *(value for name, value in card.fields.items() if name not in hidden),
        card.note,
    ]


def _text(unit: Unit, stored: objects.Stored) -> str:
    """The extracted text; nothing where it does not open, so that the description is found all the same."""
    try:
        return objects.opened(unit, stored)
    except UNREADABLE:
        return ""


@dataclass(frozen=True, slots=True)
class About:
    """What a dossier says of the records in it."""

    code: str = ""
    contract: bool = False  # its code is the contract's number
    premises_uid: str | None = None


class Names:
    """Parties, premises, dossiers and places of a batch, opened once each."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._known: dict[tuple[str, str, bool], Any] = {}

    def premises(self, uid: str | None) -> str:
        """The code of a flat, office or shop; nothing for nothing."""
        return self._once("premises", uid, lambda: self._unit.session.get_one(Premises, uid).code, "")

    def dossier(self, uid: str | None) -> About:
        """What a dossier says; nothing for nothing."""
        return self._once("dossier", uid, lambda: self._dossier(uid), About())

    def party(self, uid: str | None, *, sealed: bool) -> str:
        """Code and name of a party; of a natural person the code alone, unless *sealed*."""
        return self._once("party", uid, lambda: self._party(uid, sealed=sealed), "", sealed=sealed)

    def place(self, record: Record) -> str:
        """The path of the place a record stands in."""
        location = registry.stands(self._unit, record)
        key = location.uid if location else None
        return self._once("place", key, lambda: place_path(self._unit, location), "")

    def _dossier(self, uid: str | None) -> About:
        found = self._unit.session.get_one(Dossier, uid)
        return About(found.code, found.kind == DossierKind.CONTRACT, found.premises_uid)

    def _party(self, uid: str | None, *, sealed: bool) -> str:
        found = self._unit.session.get_one(Party, uid)
        if found.natural_person and not sealed:
            return found.code
        try:
            return f"{found.code} {registry.party_line(self._unit, found).name}"
        except UNREADABLE:
            return found.code

    def _once(
        self, kind: str, uid: str | None, find: Callable[[], T], nothing: T, *, sealed: bool = False
    ) -> T:
        if uid is None:
            return nothing
        key = (kind, uid, sealed)
        if key not in self._known:
            self._known[key] = find()
        found: T = self._known[key]
        return found


def place_path(unit: Unit, location: Location | None) -> str:
    """The codes of a place and those around it, outermost first."""
    return within([place.code for place in registry.path(unit, location)], "/")


@dataclass(frozen=True, slots=True)
class Batch:
    """What the records of a batch need, fetched together."""

    versions: Mapping[str, int]
    texts: Mapping[str, objects.Stored]
    names: Names
