"""外来查档人: who comes from outside, with which letter and document, and who answers for him (R42, R43, F15).

A visitor only reads; what he may read is the matrix's to say. The number of his document is sealed apart and
opened by `identity` alone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive import people
from archive.acts import Act
from archive.cards import plain
from archive.circulation import identity_papers
from archive.errors import BadValue, FieldMissing, LetterExpired, NotEmployed, NotFound
from archive.model import Party, Person, Premises, Visitor, new_uid
from archive.statuses import DocumentKind, VisitorKind
from archive.unit import Unit
from archive.values import Employment, PartyKind
from archive.volumes import next_number

CARD_KEY, IDENTITY_KEY = "visitors", "visitor-identity"
#: How long a letter of introduction is good for, and an owner's entry.
GOOD_FOR = dt.timedelta(days=30)
#: The longest word or sentence on a visitor's card.
LONGEST = 120

#: What each kind of visitor must bring.
NEEDED: Mapping[VisitorKind, tuple[str, ...]] = {
    VisitorKind.OUTSIDE: ("name", "organisation", "letter_no", "letter_date", "identity_no", "host"),
    VisitorKind.PARENT_COMPANY: ("name", "organisation", "letter_no", "letter_date"),
    VisitorKind.OWNER: ("name", "premises", "identity_no"),
}


@dataclass(frozen=True, slots=True)
class VisitorRow:
    """One visitor as lists show him: the number of his document with its middle covered."""

    number: str
    kind: VisitorKind
    name: str
    organisation: str
    letter_no: str
    letter_date: dt.date | None
    document_kind: DocumentKind | None
    document: str
    phone: str
    premises: str
    party: str
    host: str
    valid_until: dt.date
    valid: bool


def add(  # noqa: PLR0913
    unit: Unit, *, kind: VisitorKind, name: str, organisation: str = "", letter_no: str = "",
    letter_date: dt.date | None = None, document_kind: DocumentKind = DocumentKind.RESIDENT_ID, document_no: str = "",
    phone: str = "", host: str | None = None, valid_until: dt.date | None = None, party: str | None = None,
    premises: str | None = None,
) -> Visitor:  # fmt: skip
    """Enter a visitor; *host* (an account, the actor if not said) answers for him.

    Raises `FieldMissing` for what his kind must bring, `BadValue`, `NotEmployed`, `NotFound`.
    """
    unit.act(Act.VISITOR_ADD, private={"name": name, "organisation": organisation}, kind=kind)
    number = document_no.strip()
    texts = {"name": name, "organisation": organisation, "letter_no": letter_no, "phone": phone}
    card = {field: _text(field, text) for field, text in texts.items()}
    card["letter_date"] = letter_date.isoformat() if letter_date else ""
    _complete(kind, {**card, "identity_no": number, "host": host, "premises": premises})
    number = identity_papers.checked(document_kind, number, unit.today) if number else ""
    card |= {
        "document_kind": document_kind.value if number else "", "document": identity_papers.masked(number),
    }  # fmt: skip
    visitor = Visitor(
        uid=new_uid(), number=_number(unit), kind=kind, card=b"", identity=b"",
        party_uid=_owner(unit, party).uid if party else None,
        premises_uid=_premises(unit, premises).uid if premises else None,
        valid_until=_good_until(unit, letter_date, valid_until), host_uid=_host(unit, host).uid,
        created_by=unit.actor.uid, created_at=unit.now,
    )  # fmt: skip
    return _keep(unit, visitor, card, number)


def _complete(kind: VisitorKind, given: Mapping[str, object]) -> None:
    for field in NEEDED[kind]:
        if not given[field]:
            raise FieldMissing(field=field, family=kind)


def _keep(unit: Unit, visitor: Visitor, card: Mapping[str, Any], number: str) -> Visitor:
    _seal(unit, visitor, card)
    if number:
        visitor.identity = unit.keys.seal_with(IDENTITY_KEY, visitor.uid.encode(), number.encode())
    unit.session.add(visitor)
    unit.session.flush()
    line = unit.lines[-1]
    line.kind, line.uid, line.code = "visitor", visitor.uid, visitor.number
    line.facts = {**line.facts, "valid_until": visitor.valid_until}
    return visitor


def edit(
    unit: Unit, number: str, *, organisation: str | None = None, letter_no: str | None = None,
    letter_date: dt.date | None = None, phone: str | None = None, host: str | None = None,
    valid_until: dt.date | None = None,
) -> Visitor:  # fmt: skip
    """Enter a new letter, telephone, host or last day; who he is never changes: somebody else is a new entry.

    Raises `NotFound`, `FieldMissing`, `BadValue`, `NotEmployed`.
    """
    visitor = one(unit, number)
    given = {"organisation": organisation, "letter_no": letter_no, "phone": phone}
    changes: dict[str, str] = {key: _text(key, text) for key, text in given.items() if text is not None}
    if letter_date is not None:
        changes["letter_date"] = letter_date.isoformat()
    unit.act(Act.VISITOR_EDIT, visitor, private={**changes, "host": host or ""}, valid_until=valid_until)
    for field in sorted({*changes} & {*NEEDED[visitor.kind]}):
        if not changes[field]:
            raise FieldMissing(field=field, family=visitor.kind)
    card = _opened(unit, visitor) | changes
    if letter_date is not None or valid_until is not None:
        visitor.valid_until = _good_until(unit, _day(card["letter_date"]), valid_until)
    if host is not None:
        visitor.host_uid = _host(unit, host).uid
    _seal(unit, visitor, card)
    return visitor


def identity(unit: Unit, number: str, *, reason: str) -> str:
    """The whole number of his document, for a reason that stays in the log; raises `NotFound`, `BadValue`."""
    visitor = one(unit, number)
    unit.act(Act.VISITOR_IDENTITY, visitor, private={"reason": reason})
    if not reason.strip():
        raise BadValue(field="reason", value=reason, expected="…")
    if not visitor.identity:
        raise NotFound(what="identity", code=number)
    return unit.keys.open_with(IDENTITY_KEY, visitor.uid.encode(), visitor.identity).decode()


def one(unit: Unit, number: str) -> Visitor:
    """The visitor with this number (or uid); raises `NotFound`."""
    found = unit.session.scalar(select(Visitor).where((Visitor.number == number) | (Visitor.uid == number)))
    if found is None:
        raise NotFound(what="visitor", code=number)
    return found


def welcome(unit: Unit, visitor: Visitor) -> None:
    """Raise `LetterExpired`, or `NotEmployed` if nobody who works here answers for him any more."""
    if visitor.valid_until < unit.today:
        raise LetterExpired(number=visitor.number, valid_until=visitor.valid_until)
    _employed(unit.session.get_one(Person, visitor.host_uid))


def rows(
    unit: Unit, *, kind: VisitorKind | None = None, valid_only: bool = False, host: str | None = None
) -> Sequence[VisitorRow]:
    """The visitors, the newest first."""
    unit.look(Act.VISITOR_SEE)
    wanted = select(Visitor).order_by(Visitor.created_at.desc(), Visitor.number.desc())
    if kind is not None:
        wanted = wanted.where(Visitor.kind == kind)
    if valid_only:
        wanted = wanted.where(Visitor.valid_until >= unit.today)
    if host is not None:
        wanted = wanted.where(Visitor.host_uid == unit.person(host).uid)
    return [row(unit, visitor) for visitor in unit.session.scalars(wanted)]


def show(unit: Unit, number: str) -> VisitorRow:
    """The visitor with this number; raises `NotFound`."""
    unit.look(Act.VISITOR_SEE)
    return row(unit, one(unit, number))


def row(unit: Unit, visitor: Visitor) -> VisitorRow:
    """*visitor* as a line, for who may see the visitors."""
    card = _opened(unit, visitor)
    premises = unit.session.get(Premises, visitor.premises_uid) if visitor.premises_uid else None
    party = unit.session.get(Party, visitor.party_uid) if visitor.party_uid else None
    return VisitorRow(
        number=visitor.number,
        kind=visitor.kind,
        name=card["name"],
        organisation=card["organisation"],
        letter_no=card["letter_no"],
        letter_date=_day(card["letter_date"]),
        document_kind=DocumentKind(card["document_kind"]) if card["document_kind"] else None,
        document=card["document"],
        phone=card["phone"],
        premises=premises.code if premises else "",
        party=party.code if party else "",
        host=people.name_of(unit, unit.session.get_one(Person, visitor.host_uid)),
        valid_until=visitor.valid_until,
        valid=visitor.valid_until >= unit.today,
    )


# --- what a card may hold ---------------------------------------------------------------------


def _text(field: str, given: str) -> str:
    text = given.strip()
    if len(text) > LONGEST or not (text.isprintable() or not text):
        raise BadValue(field=field, value=text[:40], expected=f"≤ {LONGEST}")
    return text


def _good_until(unit: Unit, letter_date: dt.date | None, wanted: dt.date | None) -> dt.date:
    """The last day of a letter: within 30 days of its date (of today, for who needs none), not over already."""
    begins = letter_date or unit.today
    latest = begins + GOOD_FOR
    if begins > unit.today or latest < unit.today:
        raise BadValue(field="letter_date", value=begins, expected=f"{unit.today - GOOD_FOR} … {unit.today}")
    last = latest if wanted is None else wanted
    if not unit.today <= last <= latest:
        raise BadValue(field="valid_until", value=last, expected=f"{unit.today} … {latest}")
    return last


def _host(unit: Unit, account: str | None) -> Person:
    return _employed(unit.person(account or unit.actor.uid))


def _employed(person: Person) -> Person:
    if person.employment is not Employment.ACTIVE:
        raise NotEmployed(account=person.account)
    return person


def _owner(unit: Unit, code: str) -> Party:
    party = unit.one(Party, "party", code)
    if party.kind is not PartyKind.OWNER:
        raise BadValue(field="party", value=code, expected=PartyKind.OWNER.value)
    return party


def _premises(unit: Unit, code: str) -> Premises:
    return unit.one(Premises, "premises", code.replace("-", ""))


def _number(unit: Unit) -> str:
    prefix = f"LF{unit.today.year}-"
    return f"{prefix}{next_number(unit, prefix):05d}"


def _place(visitor: Visitor) -> bytes:
    return f"visitor|{visitor.uid}".encode()


def _seal(unit: Unit, visitor: Visitor, card: Mapping[str, Any]) -> None:
    visitor.card = unit.keys.seal_with(CARD_KEY, _place(visitor), plain(card))


def _opened(unit: Unit, visitor: Visitor) -> dict[str, str]:
    return dict(json.loads(unit.keys.open_with(CARD_KEY, _place(visitor), visitor.card)))


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
