"""借阅申请: asking for the use of records, line by line, each on its own road of approval (F10, R35, domain §9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from archive.acts import Act
from archive.circulation import authority, routing, visitors
from archive.circulation.slips import (
    askers,
    mine,
    number_of,
    one_line,
    picked,
    reader_of,
    request_of,
    seal_purpose,
    seal_words,
    words_of,
)
from archive.conditions import LENDABLE, NOT_CLOSED
from archive.errors import (
    AboveClearance,
    AskedAlready,
    AskedTwice,
    BadValue,
    NotAllowed,
    NotApprovable,
    NotEmployed,
    NotFound,
    NotInWords,
    WrongState,
)
from archive.lives import REQUEST
from archive.model import (
    Decision,
    Grant,
    Item,
    Location,
    Person,
    Record,
    Request,
    RequestLine,
    Visitor,
    Volume,
    new_uid,
)
from archive.permissions import KEEPERS
from archive.statuses import RequestKind, RequestState
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Employment, PlaceKind, VolumeState
from archive.volumes import next_number

USUAL, LONGEST = dt.timedelta(days=14), dt.timedelta(days=366)
MOST_LINES, LONGEST_TEXT = 500, 1000
#: What still waits for somebody; with what is approved: what stands in the way of asking again.
WAITING = (RequestState.ASKED, RequestState.ENDORSED)
OPEN = (*WAITING, RequestState.APPROVED)
GONE = frozenset({VolumeState.DESTROYED, VolumeState.TRANSFERRED})


def ask(
    unit: Unit, kind: RequestKind, codes: Sequence[str], *, purpose: str, for_: str | None = None,
    visitor: str | None = None, until: dt.date | None = None, wanted: Sequence[str] = (),
) -> Request:  # fmt: skip
    """Ask for one kind of use of records (a box or bag: all in it), and of what is *wanted* in words only.

    *for_* is the account of whom a custodian enters it for, *visitor* a number; lines that need nobody's
    word are approved at once. Raises what `match` raises, `NotFound` alike for hidden and absent codes,
    `AskedTwice`, `NotAllowed`, `NotEmployed`.
    """
    purpose, words = _text("purpose", purpose), [_text("wanted", one) for one in wanted]
    unit.act(
        Act.REQUEST_ASK, private={"purpose": purpose, "wanted": words, "told": [for_ or "", visitor or ""]},
        kind=kind, words=len(words),
    )  # fmt: skip
    named = len(unit.lines) - 1
    reader = _reader(unit, for_, visitor)
    records = _meant(unit, codes)
    count = len(records) + len(words)
    if not 0 < count <= MOST_LINES:
        raise BadValue(field="codes", value=count or "—", expected=f"1–{MOST_LINES}")
    request = _request(unit, kind, reader, purpose, until)
    unit.session.add(request)
    unit.session.flush()
    told = {"number": request.number, "lines": len(records), "to": _account(reader)}
    unit.lines[named].facts = {**unit.lines[named].facts, **told}
    for place, record in enumerate(records, 1):
        unit.act(Act.REQUEST_ASK, record, number=f"{request.number}/{place}", kind=kind)
        _route(unit, request, _line(unit, request, place), record)
    for place, text in enumerate(words, len(records) + 1):
        line = _line(unit, request, place)
        seal_words(unit, line, text)
    unit.session.flush()
    return request


def _text(field: str, text: str) -> str:
    told = text.strip()
    if not 0 < len(told) <= LONGEST_TEXT:
        raise BadValue(field=field, value=told[:40], expected=f"1–{LONGEST_TEXT}", letters=LONGEST_TEXT)
    return told


def _reader(unit: Unit, account: str | None, visitor: str | None) -> Person | Visitor:
    """Who is to use it: for others custodians ask, for a visitor whoever answers for him too (R42)."""
    if visitor is not None:
        if account is not None:
            raise BadValue(field="visitor", value=visitor, expected=f"≠ {account}")
        found = visitors.one(unit, visitor)
        if found.host_uid != unit.actor.uid and not unit.may(Act.VISITOR_SEE):
            raise NotFound(what="visitor", code=visitor)
        return found
    person = unit.person(account or unit.actor.account)
    if person.uid != unit.actor.uid and not unit.actor.has(*KEEPERS):
        raise NotAllowed(act=Act.REQUEST_ASK)
    if person.employment is not Employment.ACTIVE:
        raise NotEmployed(account=person.account)
    return person


def _account(reader: Person | Visitor) -> str:
    return reader.account if isinstance(reader, Person) else reader.number


def _meant(unit: Unit, codes: Sequence[str]) -> list[Volume | Item]:
    """The records behind *codes*, in order; each once."""
    found: dict[str, Volume | Item] = {}
    for code in codes:
        for record in _inside(unit, code) or [unit.record(code)]:
            if record.uid in found:
                raise AskedTwice(code=record.reference_code)
            found[record.uid] = record
    return list(found.values())


def _inside(unit: Unit, code: str) -> list[Volume | Item]:
    """The records standing in the box or bag *code* that the actor may see; none if it is no such thing."""
    place = unit.session.scalar(select(Location).where(Location.code == code))
    if place is None or place.kind not in {PlaceKind.BOX, PlaceKind.BAG}:
        return []
    volumes = select(Volume).where(Volume.place_uid == place.uid).order_by(Volume.reference_code)
    alone = select(Item).where(Item.place_uid == place.uid, Item.volume_uid.is_(None))
    inside = [*unit.session.scalars(volumes), *unit.session.scalars(alone.order_by(Item.reference_code))]
    return [record for record in inside if unit.may(Act.RECORD_SEE, record)]


def _request(
    unit: Unit, kind: RequestKind, reader: Person | Visitor, purpose: str, until: dt.date | None
) -> Request:
    latest = unit.today + LONGEST
    if isinstance(reader, Visitor):
        latest = min(latest, reader.valid_until)
    last = until or min(unit.today + USUAL, max(latest, unit.today))
    if not unit.today <= last <= latest:
        raise BadValue(field="until", value=last, expected=f"{unit.today} … {latest}")
    uid, prefix = new_uid(), f"SQ{unit.today.year}-"
    return Request(
        uid=uid,
        number=f"{prefix}{next_number(unit, prefix):05d}",
        kind=kind,
        person_uid=reader.uid if isinstance(reader, Person) else None,
        visitor_uid=reader.uid if isinstance(reader, Visitor) else None,
        asked_by=unit.actor.uid,
        asked_at=unit.now,
        until=last,
        matrix=authority.in_force(unit).version,
        card=seal_purpose(unit, uid, purpose),
    )


def _line(unit: Unit, request: Request, place: int) -> RequestLine:
    line = RequestLine(
        uid=new_uid(), request_uid=request.uid, ordinal=place, state=RequestState.ASKED, steps="", wanted=b"",
        step=0, next_role="", department="",
    )  # fmt: skip
    unit.session.add(line)
    return line


def _route(unit: Unit, request: Request, line: RequestLine, record: Volume | Item) -> None:
    """Put *line* on the road that the request's version of the matrix says."""
    reader, barred = reader_of(unit, request), askers(unit, request)
    rule = authority.rule_for(unit, request.kind, record, reader, authority.of_version(unit, request.matrix))
    if rule.refused:
        raise NotApprovable(kind=request.kind, code=record.reference_code, clause=rule.clause)
    _usable(unit, request, record, reader)
    steps = routing.road(unit, rule, record, barred)
    routing.staffed(unit, steps, record, barred)
    line.record_uid, line.department = record.uid, record.department
    line.steps, line.next_role = " ".join(steps), steps[0] if steps else ""
    if not steps:
        line.state = RequestState.APPROVED


def _usable(unit: Unit, request: Request, record: Volume | Item, reader: Person | Visitor) -> None:
    """What no approval can mend: gone, never lent, above the reader's clearance, asked for already."""
    if record.state in GONE:
        raise WrongState(state=record.state, act=Act.REQUEST_ASK)
    if request.kind in {RequestKind.LOAN, RequestKind.TAKE_OUT}:
        for rule in (LENDABLE, NOT_CLOSED):
            if not rule.holds(unit.actor, Act.LOAN_LEND, record):
                raise rule.refusal(clause=rule.clause, act=Act.LOAN_LEND, code=record.reference_code)
    cleared(reader, record)
    earlier = _earlier(unit, request, record)
    if earlier is not None:
        raise AskedAlready(code=record.reference_code, number=earlier)


def cleared(reader: Person | Visitor, record: Record) -> None:
    """Raise `AboveClearance` where a person is not cleared for what he would open (R48)."""
    if isinstance(reader, Person) and record.level >= CONFIDENTIAL and reader.clearance < record.level:
        raise AboveClearance(has=reader.clearance, given=record.level)


def _earlier(unit: Unit, request: Request, record: Record) -> str | None:
    """The number under which the same reader has asked for the same already."""
    same = (
        Request.person_uid == request.person_uid
        if request.person_uid
        else Request.visitor_uid == request.visitor_uid
    )
    rows = (
        select(Request.number)
        .join(RequestLine, RequestLine.request_uid == Request.uid)
        .where(
            same,
            Request.kind == request.kind,
            Request.until >= unit.today,
            RequestLine.record_uid == record.uid,
            RequestLine.state.in_(OPEN),
        )
    )
    return unit.session.scalar(rows.limit(1))


def match(unit: Unit, line: str, code: str) -> RequestLine:
    """Say which record the words of a line mean; from then on it goes the usual road (decision 6).

    Raises `NotInWords`, `NotApprovable`, `AboveClearance`, `ReadingOnly`, `ClosedToUse`, `AskedAlready`,
    `ApproverAway`, `MissingPeople`, `WrongState`, `NotFound`.
    """
    found = one_line(unit, line)
    request, record = request_of(unit, found), unit.record(code)
    unit.act(Act.REQUEST_MATCH, record, number=number_of(request, found))
    found.state = REQUEST.after(found.state, Act.REQUEST_MATCH)
    if not found.wanted:
        raise NotInWords(number=number_of(request, found))
    words = words_of(unit, found)
    _route(unit, request, found, record)
    seal_words(unit, found, words)
    unit.session.flush()
    return found


def withdraw(unit: Unit, lines: Sequence[str]) -> list[RequestLine]:
    """Take back what one asked for or entered; what was approved opens nothing from then on."""
    chosen = picked(unit, lines, OPEN, lambda unit, request, _: mine(unit, request))
    return [_withdrawn(unit, line) for line in chosen]


def _withdrawn(unit: Unit, line: RequestLine) -> RequestLine:
    request = request_of(unit, line)
    unit.act(Act.REQUEST_WITHDRAW, request, line=line.ordinal)
    if not mine(unit, request):
        raise NotAllowed(act=Act.REQUEST_WITHDRAW)
    line.state, line.closed_at = REQUEST.after(line.state, Act.REQUEST_WITHDRAW), unit.now
    for grant in unit.session.scalars(select(Grant).where(Grant.line_uid == line.uid)):
        grant.revoked_at, grant.revoked_by = grant.revoked_at or unit.now, grant.revoked_by or unit.actor.uid
    return line


def lapse(unit: Unit) -> int:
    """Close what was asked for until a day that has passed, for the rounds; how many lines."""
    rows = (
        select(RequestLine)
        .join(Request, Request.uid == RequestLine.request_uid)
        .where(RequestLine.state.in_(OPEN), Request.until < unit.today)
    )
    late = list(unit.session.scalars(rows))
    unit.act(Act.ROUNDS_RUN, lapsed=len(late))
    for line in late:
        line.state, line.closed_at = REQUEST.after(line.state, Act.ROUNDS_RUN), unit.now
    return len(late)


def queue(unit: Unit, record: Record) -> list[RequestLine]:
    """The approved loans of *record* that wait for it, in the order of their approval."""
    rows = (
        select(RequestLine)
        .join(Request, Request.uid == RequestLine.request_uid)
        .outerjoin(
            Decision, (Decision.line_uid == RequestLine.uid) & (Decision.act == Act.REQUEST_APPROVE.value)
        )
        .where(
            RequestLine.record_uid == record.uid,
            RequestLine.state == RequestState.APPROVED,
            Request.kind == RequestKind.LOAN,
            Request.until >= unit.today,
        )
        .order_by(Decision.decided_at, Request.asked_at, RequestLine.ordinal)
    )
    return list(unit.session.scalars(rows))
