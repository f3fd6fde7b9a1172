"""The slips of a request: finding its lines by number, who may see them, and what is sealed on them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import select

from archive.acts import Act
from archive.cards import plain
from archive.circulation import routing
from archive.circulation.routing import Turn
from archive.errors import NotFound
from archive.model import Decision, Item, Person, Request, RequestLine, Visitor, Volume
from archive.permissions import KEEPERS
from archive.statuses import RequestState
from archive.unit import Unit
from archive.values import Level, Role

REQUEST_KEY = "requests"
#: Who answers for records and so sees what others ask of them; everybody else sees his own.
ANSWERING = (*KEEPERS, Role.CS_SUPERVISOR, Role.DEPT_MANAGER, Role.GM)
_SPELT = re.compile(r"(SQ\d{4}-\d{5,})(?:/(\d{1,4}))?", re.ASCII)

Kept = TypeVar("Kept", Request, Volume, Item, Person, Visitor)
Wanted = Callable[[Unit, Request, RequestLine], bool]


def number_of(request: Request, line: RequestLine) -> str:
    """A line as people write it: `SQ2026-00001/2`."""
    return f"{request.number}/{line.ordinal}"


def request_of(unit: Unit, line: RequestLine) -> Request:
    """The request that *line* stands on."""
    return unit.session.get_one(Request, line.request_uid)


def lines_of(unit: Unit, request: Request) -> list[RequestLine]:
    """The lines of *request* in order."""
    rows = select(RequestLine).where(RequestLine.request_uid == request.uid).order_by(RequestLine.ordinal)
    return list(unit.session.scalars(rows))


def record_of(unit: Unit, line: RequestLine) -> Volume | Item | None:
    """The record that *line* asks for; None while it is only words."""
    if line.record_uid is None:
        return None
    return unit.session.get(Volume, line.record_uid) or unit.session.get_one(Item, line.record_uid)


def reader_of(unit: Unit, request: Request) -> Person | Visitor:
    """Who is to use what was asked for."""
    if request.person_uid is not None:
        return unit.session.get_one(Person, request.person_uid)
    return unit.session.get_one(Visitor, request.visitor_uid)


def askers(unit: Unit, request: Request) -> frozenset[str]:
    """Who asked, for whom, and who answers for a visitor: none of them approves."""
    reader = reader_of(unit, request)
    host = reader.host_uid if isinstance(reader, Visitor) else reader.uid
    return frozenset({request.asked_by, host})


def before(unit: Unit, line: RequestLine) -> frozenset[str]:
    """Who decided an earlier step, himself or by his deputy."""
    rows = select(Decision.decided_by, Decision.for_uid).where(Decision.line_uid == line.uid)
    return frozenset(uid for row in unit.session.execute(rows) for uid in row if uid)


def turn_of(unit: Unit, request: Request, line: RequestLine) -> Turn | None:
    """The step that *line* waits for; None if it waits for none."""
    record = record_of(unit, line)
    if record is None or not line.next_role:
        return None
    return Turn(
        post=Role(line.next_role),
        department=line.department,
        level=Level(record.level),
        road=tuple(Role(step) for step in line.steps.split()),
        barred=askers(unit, request) | (before(unit, line) if line.step else frozenset()),
    )


def mine(unit: Unit, request: Request) -> bool:
    """True if the actor asked, or it was asked for him."""
    return unit.actor.uid in {request.asked_by, request.person_uid}


def shown(unit: Unit, request: Request, line: RequestLine) -> bool:
    """True if the actor may know of *line*: his own, what he answers for, what waits for him."""
    if mine(unit, request):
        return True
    record = record_of(unit, line)
    if record is None:
        return unit.may(Act.REQUEST_MATCH)
    if not unit.may(Act.RECORD_SEE, record):
        return False
    return unit.actor.has(*ANSWERING) or waits(unit, request, line)


def waits(unit: Unit, request: Request, line: RequestLine) -> bool:
    """True if *line* waits for the actor: for his post, his deputy's hand, or to be matched."""
    if line.state not in {RequestState.ASKED, RequestState.ENDORSED}:
        return False
    turn = turn_of(unit, request, line)
    if turn is None:
        return unit.may(Act.REQUEST_MATCH) and not mine(unit, request)
    return bool(routing.seats(unit, turn))


def summons(unit: Unit, request: Request, line: RequestLine) -> bool:
    """True if *line*, which is open, belongs into the actor's inbox: the GM's only where the post itself is empty."""
    turn = turn_of(unit, request, line)
    return waits(unit, request, line) if turn is None else routing.called(unit, turn)


def at_hand(unit: Unit, lines: Sequence[RequestLine]) -> Sequence[object]:
    """What *lines* speak of, fetched together; the session gives each at once as long as this list is kept."""
    requests = _fetched(unit, Request, {line.request_uid for line in lines})
    records = {line.record_uid for line in lines if line.record_uid}
    people = {uid for one in requests for uid in (one.asked_by, one.person_uid) if uid}
    visitors = {one.visitor_uid for one in requests if one.visitor_uid}
    return [
        *requests,
        *_fetched(unit, Volume, records),
        *_fetched(unit, Item, records),
        *_fetched(unit, Person, people),
        *_fetched(unit, Visitor, visitors),
    ]


def _fetched(unit: Unit, kind: type[Kept], uids: Collection[str]) -> list[Kept]:
    wanted, found = sorted(uids), list[Kept]()
    for start in range(0, len(wanted), 500):
        found += unit.session.scalars(select(kind).where(kind.uid.in_(wanted[start : start + 500])))
    return found


# --- finding ------------------------------------------------------------------------------------


def picked(
    unit: Unit, spelt: Sequence[str], states: Collection[RequestState], wanted: Wanted
) -> list[RequestLine]:
    """The lines meant by uids, `SQ2026-00001/2`, or `SQ2026-00001` (all of it that is *wanted* in these states).

    Where nothing of a request is wanted its first open line stands for it, so that the refusal says why.
    Raises `NotFound`, alike for what is absent and what is hidden.
    """
    found: dict[str, RequestLine] = {}
    for one in spelt:
        lines = [line for line in _spelt(unit, one.strip()) if shown(unit, request_of(unit, line), line)]
        if not lines:
            raise NotFound(what="request", code=one[:120])
        open_ones = [line for line in lines if line.state in states]
        chosen = [line for line in open_ones if wanted(unit, request_of(unit, line), line)]
        found |= {line.uid: line for line in chosen or open_ones[:1] or lines[:1]}
    return list(found.values())


def one_line(unit: Unit, spelt: str) -> RequestLine:
    """The one line meant; raises `NotFound`, also where a request of several lines is named as a whole."""
    lines = [line for line in _spelt(unit, spelt.strip()) if shown(unit, request_of(unit, line), line)]
    if len(lines) != 1:
        raise NotFound(what="request", code=spelt[:120])
    return lines[0]


def _spelt(unit: Unit, text: str) -> list[RequestLine]:
    rows = select(RequestLine).order_by(RequestLine.ordinal).with_for_update()
    form = _SPELT.fullmatch(text)
    if form is None:
        rows = rows.where(RequestLine.uid == text)
    else:
        rows = rows.join(Request, Request.uid == RequestLine.request_uid).where(Request.number == form[1])
        if form[2]:
            rows = rows.where(RequestLine.ordinal == int(form[2]))
    return list(unit.session.scalars(rows))


# --- what is sealed -------------------------------------------------------------------------------


def seal(unit: Unit, line: RequestLine, what: str, facts: Mapping[str, str]) -> bytes:
    """Seal free text about *line*: under its record's key, before it has one under the requests' own."""
    if line.record_uid is not None:
        return unit.keys.seal(line.record_uid, f"request|{what}", plain(facts))
    return unit.keys.seal_with(REQUEST_KEY, what.encode(), plain(facts))


def opened(unit: Unit, line: RequestLine, what: str, sealed: bytes) -> Mapping[str, str]:
    """What `seal` sealed; nothing once the record's key was destroyed."""
    if not sealed:
        return {}
    told = (
        unit.told(line.record_uid, f"request|{what}", sealed)
        if line.record_uid is not None
        else json.loads(unit.keys.open_with(REQUEST_KEY, what.encode(), sealed))
    )
    return {name: str(text) for name, text in told.items()}


def words_of(unit: Unit, line: RequestLine) -> str:
    """What was asked for in words."""
    return opened(unit, line, f"wanted|{line.uid}", line.wanted).get("wanted", "")


def seal_words(unit: Unit, line: RequestLine, words: str) -> None:
    """Write down *words* on *line*."""
    line.wanted = seal(unit, line, f"wanted|{line.uid}", {"wanted": words})


def purpose_of(unit: Unit, request: Request) -> str:
    """What it is asked for."""
    raw = unit.keys.open_with(REQUEST_KEY, f"request|{request.uid}".encode(), request.card)
    return str(json.loads(raw)["purpose"])


def seal_purpose(unit: Unit, uid: str, purpose: str) -> bytes:
    """The sealed card of the request *uid*."""
    return unit.keys.seal_with(REQUEST_KEY, f"request|{uid}".encode(), plain({"purpose": purpose}))
