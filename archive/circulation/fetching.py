"""待取: what was approved to be lent and waits to be fetched, where it stands, and who has it meanwhile."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from archive.acts import Act
from archive.circulation import slips
from archive.circulation.registers import at_hand, seen_name
from archive.custody import whereabouts
from archive.model import Decision, Item, Person, Request, RequestLine, Visitor, Volume
from archive.policy import visible
from archive.statuses import RequestKind, RequestState, Whereabouts
from archive.unit import Unit
from archive.values import Level

#: What waits to be fetched at the counter, or to be read there.
FETCHED = (RequestKind.LOAN, RequestKind.READ)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One approved line that waits for its reader."""

    number: str
    kind: RequestKind
    code: str
    title: str
    level: Level
    reader: str
    account: str
    visitor: str
    purpose: str
    approved_on: dt.date | None
    until: dt.date
    whereabouts: Whereabouts | None
    place: str
    due_on: dt.date | None


def rows(unit: Unit, *, code: str | None = None, limit: int = 50, offset: int = 0) -> list[Waiting]:
    """Approved loans and readings not fetched yet, those approved first first; of records the actor keeps.

    *code* narrows them to one record; of one that is hidden there are none, as of one that is absent.
    """
    unit.look(Act.REQUEST_SEE)
    wanted = _wanted(unit)
    if code is not None:
        wanted = wanted.where(or_(Volume.reference_code == code, Item.reference_code == code))
    found = list(unit.session.execute(wanted.limit(limit).offset(offset)))
    kept = at_hand(unit, (one for _, request, *_ in found for one in _readers(request)))
    records = [volume or item for *_, volume, item in found]
    unit.listed(Act.REQUEST_SEE, records)
    where = whereabouts.many(unit, [record.uid for record in records])
    cards = unit.cards(records)
    told = [
        _row(unit, line, request, at, record, card.title, where.get(record.uid))
        for (line, request, at, *_), record, card in zip(found, records, cards, strict=True)
    ]
    kept.clear()
    return told


def count(unit: Unit) -> int:
    """How many lines wait."""
    unit.look(Act.REQUEST_SEE)
    return unit.session.scalar(select(func.count()).select_from(_wanted(unit).order_by(None).subquery())) or 0


def _wanted(unit: Unit) -> Any:
    said = aliased(Decision)
    seen = or_(
        (Volume.uid.is_not(None)) & visible(unit.actor, Volume, Act.READING_END),
        (Item.uid.is_not(None)) & visible(unit.actor, Item, Act.READING_END),
    )
    approved = (said.line_uid == RequestLine.uid) & (said.act == Act.REQUEST_APPROVE.value)
    return (
        select(RequestLine, Request, said.decided_at, Volume, Item)
        .join(Request, Request.uid == RequestLine.request_uid)
        .outerjoin(said, approved)
        .outerjoin(Volume, Volume.uid == RequestLine.record_uid)
        .outerjoin(Item, Item.uid == RequestLine.record_uid)
        .where(
            RequestLine.state == RequestState.APPROVED,
            Request.kind.in_(FETCHED),
            Request.until >= unit.today,
            seen,
        )
        .order_by(func.coalesce(said.decided_at, Request.asked_at), Request.number, RequestLine.ordinal)
    )


def _readers(request: Request) -> tuple[tuple[type[Any], str | None], ...]:
    return (Person, request.person_uid), (Visitor, request.visitor_uid)


def _row(
    unit: Unit, line: RequestLine, request: Request, at: dt.datetime | None, record: Volume | Item, title: str,
    found: whereabouts.Found | None,
) -> Waiting:  # fmt: skip
    person = unit.session.get(Person, request.person_uid) if request.person_uid else None
    visitor = unit.session.get(Visitor, request.visitor_uid) if request.visitor_uid else None
    return Waiting(
        number=slips.number_of(request, line), kind=request.kind, code=record.reference_code, title=title,
        level=Level(record.level), reader=seen_name(unit, person, visitor), account=person.account if person else "",
        visitor=visitor.number if visitor else "", purpose=slips.purpose_of(unit, request),
        approved_on=at.astimezone(unit.settings.zone).date() if at else None, until=request.until,
        whereabouts=found.whereabouts if found else None, place=found.place if found else "",
        due_on=found.due_on if found else None,
    )  # fmt: skip
