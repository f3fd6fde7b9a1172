"""What was asked for, as lists and sheets show it: what waits for me, what I asked for, the register (F10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true

from archive import people
from archive.acts import Act
from archive.circulation import absences, routing, visitors
from archive.circulation.slips import (
    at_hand,
    number_of,
    opened,
    purpose_of,
    reader_of,
    record_of,
    request_of,
    shown,
    summons,
    turn_of,
    words_of,
)
from archive.circulation.slips import (
    mine as asked_by_me,
)
from archive.circulation.visitors import VisitorRow
from archive.errors import KeyGone, NotFound
from archive.model import (
    Decision,
    Holding,
    Item,
    Loan,
    Outing,
    Person,
    Record,
    Request,
    RequestLine,
    Visitor,
)
from archive.statuses import RequestKind, RequestState, VisitorKind
from archive.unit import Unit
from archive.values import Level, LoanState, Role

OPEN_STATES = (RequestState.ASKED, RequestState.ENDORSED)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One line of a request as the register shows it; the record only to who may see it."""

    number: str
    kind: RequestKind
    reader: str
    reader_department: str
    code: str
    title: str
    level: Level | None
    state: RequestState
    waits_for: Role | None
    asked_on: dt.date
    until: dt.date
    purpose: str
    uid: str


@dataclass(frozen=True, slots=True)
class InboxRow(RequestRow):
    """A line that waits for me, with what one must know to decide: in whose place, and how he keeps to dates."""

    deputy_for: str | None
    open_loans: int
    overdue: int
    out: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line on the sheet of its request."""

    line: int
    code: str
    title: str
    level: Level | None
    state: RequestState
    waits_for: Role | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision: which step, what, in which post, by whom, in whose place, when, why."""

    line: int
    step: int
    act: Act
    post: Role | None
    decider: str
    deputy_for: str | None
    at: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RequestSheet:
    """A whole request (F10): the head, its lines, every decision."""

    number: str
    kind: RequestKind
    reader: str
    reader_department: str
    asked_by: str
    asked_at: dt.datetime
    until: dt.date
    purpose: str
    matrix: str
    lines: list[LineRow]
    decisions: list[DecisionRow]
    outside: VisitorKind | None = None
    visitor: VisitorRow | None = None


def inbox(unit: Unit) -> list[InboxRow]:
    """The lines that wait for the actor, the oldest first."""
    unit.look(Act.REQUEST_SEE)
    open_ones = _rows().where(RequestLine.state.in_(OPEN_STATES), _perhaps_mine(unit))
    found, kept = _lines(unit, open_ones, summons)
    unit.listed(Act.REQUEST_SEE, _records(unit, found))
    return [_inbox_row(unit, line) for line in found] if kept else []


def _perhaps_mine(unit: Unit) -> ColumnElement[bool]:
    """What can wait for the actor at all: his posts, those he deputises for, words for who matches them."""
    deputised = (uid for uid, one in absences.away(unit).items() if one.deputy_uid == unit.actor.uid)
    posts = unit.actor.roles.union(*(unit.session.get_one(Person, uid).roles for uid in deputised))
    words = RequestLine.record_uid.is_(None)
    return words if not posts else words | (true() if Role.GM in posts else RequestLine.next_role.in_(posts))


def mine(
    unit: Unit, *, state: RequestState | None = None, among: Sequence[RequestState] = (), newest: int | None = None
) -> list[RequestRow]:  # fmt: skip
    """What the actor asked for, or was asked for him, the newest last; *among* these states, only the *newest*."""
    own = (Request.asked_by == unit.actor.uid) | (Request.person_uid == unit.actor.uid)
    wanted = _rows(state).where(own)
    if among:
        wanted = wanted.where(RequestLine.state.in_(among))
    if newest is None:
        return _listed(unit, wanted, state)
    last = (Request.asked_at.desc(), Request.number.desc(), RequestLine.ordinal.desc())
    return _listed(unit, wanted.order_by(None).order_by(*last).limit(newest), state)[::-1]


def rows(
    unit: Unit, *, state: RequestState | None = None, person: str | None = None, code: str | None = None
) -> list[RequestRow]:
    """The register of requests: one's own lines, and those of records one answers for."""
    wanted = _rows(state)
    if person:
        wanted = wanted.where(Request.person_uid == unit.person(person).uid)
    if code:
        wanted = wanted.where(RequestLine.record_uid == unit.record(code).uid)
    return _listed(unit, wanted, state)


def show(unit: Unit, number: str) -> RequestSheet:
    """One request with its lines and decisions, as far as the actor may see them; raises `NotFound`."""
    unit.look(Act.REQUEST_SEE)
    found, _ = _lines(unit, _rows().where(Request.number == number.strip().partition("/")[0]))
    if not found:
        raise NotFound(what="request", code=number[:120])
    unit.listed(Act.REQUEST_SEE, _records(unit, found))
    request = request_of(unit, found[0])
    reader, department = reader_told(unit, request)
    return RequestSheet(
        number=request.number,
        kind=request.kind,
        reader=reader,
        reader_department=department,
        asked_by=_name(unit, request.asked_by),
        asked_at=request.asked_at,
        until=request.until,
        purpose=purpose_of(unit, request),
        matrix=request.matrix,
        lines=[_line_row(unit, line) for line in found],
        decisions=[one for line in found for one in _decisions(unit, line)],
        **_from_outside(unit, request),
    )


def _from_outside(unit: Unit, request: Request) -> dict[str, Any]:
    """What kind of visitor is to use it; who he is only for those who may see the visitors."""
    reader = reader_of(unit, request)
    if isinstance(reader, Person):
        return {}
    return {"outside": reader.kind, "visitor": visitors.row(unit, reader) if _named(unit, reader) else None}


def _named(unit: Unit, visitor: Visitor) -> bool:
    return unit.may(Act.VISITOR_SEE) or visitor.host_uid == unit.actor.uid


# --- collecting -----------------------------------------------------------------------------------


def _rows(state: RequestState | None = None) -> Select[RequestLine]:
    rows = (
        select(RequestLine)
        .join(Request, Request.uid == RequestLine.request_uid)
        .order_by(Request.asked_at, Request.number, RequestLine.ordinal)
    )
    asked = OPEN_STATES if state is RequestState.ASKED else (state,)  # `_state` has the last word
    return rows if state is None else rows.where(RequestLine.state.in_(asked))


def _lines(
    unit: Unit,
    rows: Select[RequestLine],
    wanted: Callable[[Unit, Request, RequestLine], bool] = shown,
) -> tuple[list[RequestLine], Sequence[object]]:
    """The lines that are *wanted*, and what they speak of, to be kept as long as they are read."""
    lines = list(unit.session.scalars(rows))
    kept = at_hand(unit, lines)
    return [line for line in lines if wanted(unit, request_of(unit, line), line)], kept


def _listed(unit: Unit, wanted: Select[RequestLine], state: RequestState | None) -> list[RequestRow]:
    unit.look(Act.REQUEST_SEE)
    found, kept = _lines(unit, wanted)
    found = [line for line in found if state is None or _state(unit, line) is state]
    unit.listed(Act.REQUEST_SEE, _records(unit, found))
    return [row(unit, line) for line in found] if kept else []


def _records(unit: Unit, lines: Iterable[RequestLine]) -> list[Record]:
    """The records of *lines* that the actor sees on them."""
    found = (record_of(unit, line) for line in lines)
    return [record for record in found if record is not None and unit.may(Act.RECORD_SEE, record)]


# --- one row ----------------------------------------------------------------------------------------


def reader_told(unit: Unit, request: Request) -> tuple[str, str]:
    """Who is to use it, and the department he belongs to; a visitor's name only to who may see visitors."""
    reader = reader_of(unit, request)
    if isinstance(reader, Person):
        return people.name_of(unit, reader), reader.department
    named = _named(unit, reader)
    return (f"{reader.number} {visitors.row(unit, reader).name}" if named else reader.number), ""


def _name(unit: Unit, uid: str) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid))


def row(unit: Unit, line: RequestLine) -> RequestRow:
    """*line* as the register shows it to the actor."""
    request, record = request_of(unit, line), record_of(unit, line)
    seen = record if record is not None and unit.may(Act.RECORD_SEE, record) else None
    reader, department = reader_told(unit, request)
    return RequestRow(
        number=number_of(request, line),
        kind=request.kind,
        reader=reader,
        reader_department=department,
        code=seen.reference_code if seen else "",
        title=_title(unit, seen) if seen else words_of(unit, line),
        level=Level(seen.level) if seen else None,
        state=_state(unit, line),
        waits_for=_waits_for(unit, line),
        asked_on=request.asked_at.astimezone(unit.settings.zone).date(),
        until=request.until,
        purpose=purpose_of(unit, request),
        uid=line.uid,
    )


def _line_row(unit: Unit, line: RequestLine) -> LineRow:
    told = row(unit, line)
    return LineRow(line.ordinal, told.code, told.title, told.level, told.state, told.waits_for)


def _waits_for(unit: Unit, line: RequestLine) -> Role | None:
    """The post it waits for; not told of a hidden record, where it would say how secret the thing is (decision 6)."""
    if line.state not in OPEN_STATES or not line.next_role or _veiled(unit, line):
        return None
    return Role(line.next_role)


def _state(unit: Unit, line: RequestLine) -> RequestState:
    """That a step is done is not told of a record one may not see."""
    between = line.state is RequestState.ENDORSED and _veiled(unit, line)
    return RequestState.ASKED if between else line.state


def _veiled(unit: Unit, line: RequestLine) -> bool:
    """True of one's own words for what one may not see, or what is not there: both are told alike (decision 6)."""
    record = record_of(unit, line)
    seen = record is not None and unit.may(Act.RECORD_SEE, record)
    return not seen and asked_by_me(unit, request_of(unit, line))


def _title(unit: Unit, record: Record) -> str:
    try:
        return unit.card(record).title
    except KeyGone:
        return ""


def _inbox_row(unit: Unit, line: RequestLine) -> InboxRow:
    told, request = row(unit, line), request_of(unit, line)
    turn = turn_of(unit, request, line)
    seat = routing.seats(unit, turn)[0] if turn else None
    open_loans, overdue = _kept_to(unit, request)
    return InboxRow(
        **{name: getattr(told, name) for name in RequestRow.__dataclass_fields__},
        deputy_for=_name(unit, seat.for_uid) if seat and seat.for_uid else None,
        open_loans=open_loans,
        overdue=overdue,
        out=line.record_uid is not None and is_out(unit, line.record_uid),
    )


def _kept_to(unit: Unit, request: Request) -> tuple[int, int]:
    """How many loans the reader has open, and how many of them are overdue."""
    late = func.count().filter(Loan.due_on < unit.today)
    counts = select(func.count(), late).where(
        Loan.borrower_uid == (request.person_uid or ""), Loan.state == LoanState.OUT
    )
    found = unit.session.execute(counts).one()
    return int(found[0]), int(found[1])


def is_out(unit: Unit, record_uid: str) -> bool:
    """True if any piece of the record is off its shelf now."""
    pieces = (
        select(Outing.uid)
        .join(Holding, Holding.uid == Outing.holding_uid)
        .join(Item, Item.uid == Holding.item_uid)
        .where((Item.uid == record_uid) | (Item.volume_uid == record_uid), Outing.returned_at.is_(None))
    )
    return unit.session.scalar(pieces.limit(1)) is not None


def _decisions(unit: Unit, line: RequestLine) -> Sequence[DecisionRow]:
    """What was decided; of what the asker may not see only the refusal: who refused would say what it is (decision 6)."""
    rows = select(Decision).where(Decision.line_uid == line.uid).order_by(Decision.decided_at, Decision.step)
    veiled = _veiled(unit, line)
    if veiled:
        rows = rows.where(Decision.act == Act.REQUEST_REFUSE.value)
    return [
        DecisionRow(
            line=line.ordinal,
            step=1 if veiled else one.step,
            act=Act(one.act),
            post=None if veiled else Role(one.role),
            decider="" if veiled else _name(unit, one.decided_by),
            deputy_for=_name(unit, one.for_uid) if one.for_uid and not veiled else None,
            at=one.decided_at,
            reason=opened(unit, line, f"decision|{one.uid}", one.card).get("reason", ""),
        )
        for one in unit.session.scalars(rows)
    ]
