"""Who uses a record, and whether he is fit to: somebody of the house or a visitor, today (R35, R38, R42, V9)."""

from __future__ import annotations

from archive import identity, people
from archive.acts import Act
from archive.circulation import authority, visitors
from archive.circulation.authority import Warrant
from archive.conditions import CLEARED, GRANTED
from archive.errors import AboveClearance, BadValue, ClosedToUse, NotEmployed
from archive.model import Item, Person, Visitor, Volume
from archive.statuses import RequestKind
from archive.unit import Unit
from archive.values import Employment, UseMode

Reader = Person | Visitor


def named(unit: Unit, reader: str | None, visitor: str | None) -> Reader:
    """The person with account *reader*, or the visitor with number *visitor*; raises `BadValue`, `NotFound`."""
    if (reader is None) == (visitor is None):
        raise BadValue(field="reader", value=reader or "—", expected="--reader | --visitor")
    return unit.person(reader) if reader is not None else visitors.one(unit, str(visitor))


def uids(reader: Reader) -> dict[str, str | None]:
    """The two columns that name a reader; one of them is empty."""
    person = isinstance(reader, Person)
    return {"person_uid": reader.uid if person else None, "visitor_uid": None if person else reader.uid}


def code(reader: Reader) -> str:
    """The account or number of *reader*, as the log keeps it."""
    return reader.account if isinstance(reader, Person) else reader.number


def name(unit: Unit, reader: Reader) -> str:
    """The name of *reader*, opened."""
    return people.name_of(unit, reader) if isinstance(reader, Person) else visitors.row(unit, reader).name


def warranted(unit: Unit, kind: RequestKind, record: Volume | Item, reader: Reader) -> Warrant:
    """What entitles *reader* to this use of *record* today.

    Raises `NotEmployed`, `AboveClearance`, `LetterExpired` for who he is; `NotApprovable`, `ApprovalNeeded`,
    `ClosedToUse` for what he may.
    """
    if isinstance(reader, Person):
        trusted(unit, record, reader)
    else:
        visitors.welcome(unit, reader)
    warrant = authority.demand(unit, kind, record, reader)
    if record.use_mode is UseMode.CLOSED and warrant == Warrant() and not _opened(unit, record, reader):
        raise ClosedToUse(act=unit.intent, code=record.reference_code, clause="8-1.2.4")
    return warrant


def trusted(unit: Unit, record: Volume | Item, person: Person) -> None:
    """Raise `NotEmployed`, or `AboveClearance` if *record* is above what the person may know."""
    if person.employment is not Employment.ACTIVE:
        raise NotEmployed(account=person.account)
    actor = identity.actor(unit.session, person, unit.today)
    if not CLEARED.holds(actor, Act.RECORD_READ, record):
        raise AboveClearance(has=actor.clearance, given=record.level)


def _opened(unit: Unit, record: Volume | Item, reader: Reader) -> bool:
    if not isinstance(reader, Person):
        return False
    actor = identity.actor(unit.session, reader, unit.today)
    return bool(GRANTED.holds(actor, Act.RECORD_READ, record))
