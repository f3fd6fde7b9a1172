"""Lists out: the same columns a list comes in by, so that what is exported and imported again changes nothing.

Only what the person may see leaves; names that are sealed stay readable only to who may see parties (decision 6, V25).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select

from archive import classes, people, registry
from archive.acts import Act
from archive.cards import Card
from archive.circulation import ledger as loans
from archive.dossiers import DossierKind
from archive.durable import handed_out
from archive.erasing import may_stay
from archive.errors import BadValue
from archive.exchange import SheetKind
from archive.model import Department, Dossier, Item, Loan, Location, Party, Person, Premises, Record, Volume
from archive.policy import visible
from archive.sheets import leaving, ledger
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Family, VolumeState
from archive.words import Language

#: Records whose cards are opened together.
BATCH = 500
Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which records are wanted; a class stands for those below it too, a volume is named by its reference code."""

    class_code: str | None = None
    year: int | None = None
    department: str | None = None
    volume: str | None = None


def export(unit: Unit, kind: SheetKind, path: Path, wanted: Narrowed = Narrowed()) -> int:
    """Write the list of *kind* as XLSX, CSV or JSON, as the name of *path* says; how many rows it has.

    What leaves is in the log before it is written. Raises `NotFound` for a volume or department, `ClassUnknown`, `BadValue`, and as `durable.handed_out` does.
    """
    _asked(unit, kind, path.name, wanted)
    with handed_out(path, unit.home) as file:
        unit.log_now()
        return leaving.write(file, path.suffix, kind, rows(unit, kind, wanted), unit.settings.tongue)


def exported(
    unit: Unit, kind: SheetKind, name: str, wanted: Narrowed = Narrowed(), *, language: Language | None = None
) -> BytesIO:
    """The same in memory, for who asked over the network: a file to be called *name*; raises as `export` does."""
    _asked(unit, kind, name, wanted)
    unit.log_now()
    body = BytesIO()
    leaving.write(body, Path(name).suffix, kind, rows(unit, kind, wanted), language or unit.settings.tongue)
    body.seek(0)
    return body


def _asked(unit: Unit, kind: SheetKind, name: str, wanted: Narrowed) -> None:
    """Judge what is asked for, and let the line in the log tell it."""
    unit.act(Act.SHEET_EXPORT, kind=kind, private={"file": name})
    line = unit.lines[-1]
    leaving.known_form(Path(name))
    if kind not in _ROWS:
        raise BadValue(field="kind", value=kind.value, expected=" ".join(_ROWS))
    if wanted.class_code:  # the log keeps codes in clear, and nothing else that somebody types
        classes.known(unit, wanted.class_code)
    if wanted.department:
        unit.one(Department, "department", wanted.department)
    narrowed = {"class_code": wanted.class_code, "year": wanted.year, "department": wanted.department}
    told = {name: value for name, value in narrowed.items() if value}
    line.facts = {**line.facts, **told, "confidential": _confidential(unit, kind, wanted)}


def rows(unit: Unit, kind: SheetKind, wanted: Narrowed = Narrowed()) -> Iterator[Values]:
    """The rows of the list, by names of columns; the caller has judged and logged."""
    yield from _ROWS[kind](unit, wanted)


def _confidential(unit: Unit, kind: SheetKind, wanted: Narrowed) -> int:
    """How many confidential records the list will show (V25)."""
    counted: Any
    if kind is SheetKind.PARTIES:
        return 0
    if kind is SheetKind.LOANS:
        of = _lent(unit)
        return sum(record.level >= CONFIDENTIAL for _, record in of)
    model: type[Volume | Item] = Volume if kind is SheetKind.VOLUMES else Item
    counted = _records(unit, kind, wanted).where(model.level >= CONFIDENTIAL).order_by(None)
    return unit.session.scalar(select(func.count()).select_from(counted.subquery())) or 0


def _records(unit: Unit, kind: SheetKind, wanted: Narrowed) -> Select[Any]:
    """The records of a list that this person may see, in its order."""
    model: Any = Volume if kind is SheetKind.VOLUMES else Item
    found = select(model).where(visible(unit.actor, model))
    if wanted.class_code:
        below = model.class_code.startswith(f"{wanted.class_code}·", autoescape=True)
        found = found.where((model.class_code == wanted.class_code) | below)
    if wanted.year:
        found = found.where(model.archive_year == wanted.year)
    if wanted.department:
        found = found.where(model.department == wanted.department)
    if kind is SheetKind.VOLUMES:
        narrowed = found.where(Volume.reference_code == wanted.volume) if wanted.volume else found
        return narrowed.order_by(Volume.reference_code)
    if wanted.volume:
        found = found.where(Item.volume_uid == unit.volume(wanted.volume).uid)
    return _ITEMS[kind](found)


def _contents(found: Select[Any]) -> Select[Any]:
    inside = found.join(Volume, Volume.uid == Item.volume_uid)
    return inside.order_by(Volume.reference_code, Item.seq_no)


def _alone(found: Select[Any]) -> Select[Any]:
    return found.where(Item.volume_uid.is_(None)).order_by(Item.reference_code)


def _of_contracts(found: Select[Any]) -> Select[Any]:
    tied = found.join(Dossier, Dossier.uid == Item.dossier_uid).where(
        Dossier.kind == DossierKind.CONTRACT.value
    )
    return tied.where(Item.family == Family.CONTRACT).order_by(Dossier.code, Item.reference_code)


def _letters(found: Select[Any]) -> Select[Any]:
    return found.where(Item.family == Family.CORRESPONDENCE).order_by(Item.dated, Item.reference_code)


_ITEMS: Mapping[SheetKind, Callable[[Select[Any]], Select[Any]]] = {
    SheetKind.CONTENTS: _contents,
    SheetKind.FILED: _alone,
    SheetKind.CONTRACTS: _of_contracts,
    SheetKind.INCOMING: _letters,
    SheetKind.OUTGOING: _letters,
}


class _About:
    """What rows say of other tables, looked up once for a batch of records."""

    def __init__(self, unit: Unit, records: Sequence[Any]) -> None:
        def told(model: Any, column: Any, uids: set[str | None]) -> dict[str, Any]:
            wanted = sorted(uid for uid in uids if uid)
            return dict(unit.session.execute(select(model.uid, column).where(model.uid.in_(wanted))).all())

        dossiers = {record.dossier_uid for record in records}
        self.dossiers = told(Dossier, Dossier.code, dossiers)
        self.of_dossier = told(Dossier, Dossier.premises_uid, dossiers)
        self.parties = told(Party, Party.code, {record.party_uid for record in records})
        homes = {record.volume_uid for record in records if isinstance(record, Item)}
        self.volumes = {
            volume.uid: volume
            for volume in unit.session.scalars(
                select(Volume).where(Volume.uid.in_({uid for uid in homes if uid}))
            )
        }
        places = {record.place_uid for record in records} | {one.place_uid for one in self.volumes.values()}
        self.places = told(Location, Location.code, places)
        premises = {getattr(record, "premises_uid", None) for record in records}
        self.premises = told(Premises, Premises.code, premises | set(self.of_dossier.values()))

    def common(self, record: Any, card: Card) -> dict[str, object]:
        """The columns that every list of records has; whom a destroyed one was about goes with its title (decision 10)."""
        premises = getattr(record, "premises_uid", None) or self.of_dossier.get(record.dossier_uid)
        about = {
            "premises": self.premises.get(premises or "", ""),
            "party": self.parties.get(record.party_uid, ""),
            "dossier": self.dossiers.get(record.dossier_uid, ""),
        }
        return {
            "reference_code": record.reference_code,
            "title": card.title,
            "creator": card.creator,
            "note": card.note,
            "level": record.level,
            "period": record.period,
            "department": record.department,
            "year": record.archive_year,
            "class_code": record.class_code,
            **(dict.fromkeys(about, "") if _tombstone(record) else about),
            "place": self.places.get(record.place_uid, ""),
        }

    def paper(self, item: Item, card: Card) -> dict[str, object]:
        """The columns of a paper."""
        return self.common(item, card) | {
            "document_no": card.document_no,
            "dated": item.dated,
            "pages": item.page_count,
            "doc_type": card.doc_type,
            "is_original": item.is_original,
        }


Row = Callable[[_About, Any, Card], Values | None]


def _tombstone(record: Record) -> bool:
    """True of a destroyed record of which only code, class and pages may stay."""
    return record.state is VolumeState.DESTROYED and not may_stay(record)


def _opened(kind: SheetKind, row: Row) -> Callable[[Unit, Narrowed], Iterator[Values]]:
    def found(unit: Unit, wanted: Narrowed) -> Iterator[Values]:
        ordered, offset = _records(unit, kind, wanted), 0
        while records := list(unit.session.scalars(ordered.limit(BATCH).offset(offset))):
            about, offset = _About(unit, records), offset + BATCH
            for record, card in zip(records, unit.cards(records), strict=True):
                told = row(about, record, card)
                if told is not None:
                    yield told
            unit.session.expunge_all()

    return found


def _volumes(unit: Unit, wanted: Narrowed) -> Iterator[Values]:
    ordered, offset = _records(unit, SheetKind.VOLUMES, wanted), 0
    while records := list(unit.session.scalars(ordered.limit(BATCH).offset(offset))):
        about, offset = _About(unit, records), offset + BATCH
        claims = ledger.claimed(unit, [record.uid for record in records])
        for volume, card in zip(records, unit.cards(records), strict=True):
            claim = claims.get(volume.uid, (None, None))
            items, pages = (volume.items, volume.pages) if volume.items else claim
            yield about.common(volume, card) | {
                "items": items,
                "pages": pages,
                "first_date": volume.first_date,
                "last_date": volume.last_date,
            }
        unit.session.expunge_all()


def _content(about: _About, item: Item, card: Card) -> Values:
    volume = about.volumes[item.volume_uid or ""]
    told = {"number": item.seq_no, "volume": volume.reference_code, "first_page": item.first_page}
    return about.paper(item, card) | told


def _filed(about: _About, item: Item, card: Card) -> Values:
    return about.paper(item, card)


def _contract(about: _About, item: Item, card: Card) -> Values | None:
    if _tombstone(item):
        return None
    volume = about.volumes.get(item.volume_uid or "")
    told: dict[str, object] = {"contract_no": about.dossiers[item.dossier_uid or ""]}
    if volume is not None:
        told |= {
            "reference_code": volume.reference_code,
            "place": about.places.get(volume.place_uid or "", ""),
        }
    fields = {name: value for name, value in card.fields.items() if name != "contract_no"}
    return about.paper(item, card) | fields | told


def _letter(direction: str) -> Row:
    def row(about: _About, item: Item, card: Card) -> Values | None:
        if card.fields.get("direction") != direction:
            return None
        volume = about.volumes.get(item.volume_uid or "")
        told = {
            "filed_into": volume.reference_code if volume else "",
            "received_on": card.fields.get("received_on") or item.dated,
            "sent_on": item.dated,
            "correspondent": card.fields.get("correspondent", ""),
            "reply_to": card.fields.get("reply_to", ""),
        }
        return about.paper(item, card) | told

    return row


_PREMISES = {"premises": "code", "building": "building", "floor": "floor", "area": "area", "usage": "kind"}


def _parties(unit: Unit, _: Narrowed) -> Iterator[Values]:
    """Each occupancy, then the parties that live nowhere here."""
    unit.look(Act.PARTY_SEE)
    rows = (
        select(Party, Premises)
        .outerjoin(Dossier, (Dossier.party_uid == Party.uid) & (Dossier.kind == DossierKind.OCCUPANCY.value))
        .outerjoin(Premises, Premises.uid == Dossier.premises_uid)
        .order_by(Premises.code, Party.code)
    )
    for party, premises in unit.session.execute(rows):
        line = registry.party_line(unit, party)
        yield {
            "code": line.code, "name": line.name, "kind": line.kind, "phone": line.phone, "note": line.note,
            **{name: getattr(premises, column, "") for name, column in _PREMISES.items()},
        }  # fmt: skip


def _lent(unit: Unit) -> Iterator[tuple[Loan, Record]]:
    """The loans of originals whose record this person may see, in the order of lending."""
    rows = (
        select(Loan, Volume, Item)
        .outerjoin(Volume, Volume.uid == Loan.volume_uid)
        .outerjoin(Item, Item.uid == Loan.item_uid)
        .where(Loan.only_copy.is_(False))
        .where(
            (Loan.volume_uid.is_not(None) & visible(unit.actor, Volume))
            | (Loan.item_uid.is_not(None) & visible(unit.actor, Item))
        )
        .order_by(Loan.lent_at, Loan.number)
    )
    for loan, volume, item in unit.session.execute(rows):
        yield loan, volume or item


def _loans(unit: Unit, _: Narrowed) -> Iterator[Values]:
    persons = list(unit.session.scalars(select(Person)))
    names = {person.uid: people.name_of(unit, person) for person in persons}
    twice = {name for name, count in Counter(names.values()).items() if count > 1}
    by_uid = {person.uid: person for person in persons}
    zone = unit.settings.zone
    for loan, record in _lent(unit):
        borrower, card = by_uid[loan.borrower_uid], loans.card_of(unit, loan)
        name = names[borrower.uid]
        yield {
            "lent_on": loan.lent_on,
            "borrower": borrower.account if name in twice else name,
            "department": borrower.department,
            "reference_code": record.reference_code,
            "title": unit.card(record).title,
            "level": record.level,
            "purpose": card.get("purpose", ""),
            "due_on": loan.due_on,
            "lent_by": names[loan.lent_by],
            "returned_on": loan.returned_at.astimezone(zone).date() if loan.returned_at else None,
            "note": card.get("note", ""),
        }


_ROWS: Mapping[SheetKind, Callable[[Unit, Narrowed], Iterator[Values]]] = {
    SheetKind.VOLUMES: _volumes,
    SheetKind.CONTENTS: _opened(SheetKind.CONTENTS, _content),
    SheetKind.FILED: _opened(SheetKind.FILED, _filed),
    SheetKind.CONTRACTS: _opened(SheetKind.CONTRACTS, _contract),
    SheetKind.PARTIES: _parties,
    SheetKind.LOANS: _loans,
    SheetKind.INCOMING: _opened(SheetKind.INCOMING, _letter("IN")),
    SheetKind.OUTGOING: _opened(SheetKind.OUTGOING, _letter("OUT")),
}
