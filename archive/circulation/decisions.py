"""审批: endorsing, approving and refusing lines, each judged and logged; approval opens what was asked (R35, R48)."""

from __future__ import annotations

from collections.abc import Sequence

from archive import grants, quorum
from archive.acts import Act
from archive.circulation import authority, routing
from archive.circulation.requests import LONGEST_TEXT, WAITING, cleared
from archive.circulation.routing import Seat
from archive.circulation.slips import (
    askers,
    before,
    number_of,
    picked,
    reader_of,
    record_of,
    request_of,
    seal,
    turn_of,
    waits,
)
from archive.errors import (
    ApprovalNeeded,
    BadValue,
    NotAllowed,
    NotApprovable,
    NotEmployed,
    RequestUnmatched,
    SameSigner,
    SelfApproval,
    WrongState,
)
from archive.faults import point
from archive.lives import REQUEST
from archive.model import Decision, Grant, Person, Request, RequestLine, new_uid
from archive.statuses import RequestState
from archive.unit import Unit
from archive.values import Employment, Role


def decide(unit: Unit, lines: Sequence[str], act: Act, *, reason: str = "") -> list[RequestLine]:
    """Approve or refuse lines: uids, `SQ2026-00001/2`, or `SQ2026-00001` for all of it that waits for the actor.

    All of them or none: each is judged and logged for itself, the first that cannot be decided undoes the rest.
    An approval with steps to come is an endorsement; the last one yields the grant. A refusal needs a reason.
    Raises `NotFound`, `WrongState`, `SelfApproval`, `SameSigner`, `AwayYourself`, `NotYourTurn`,
    `RequestUnmatched`, `AboveClearance`, `NotEmployed`, `BadValue`; `ApprovalNeeded`, `NotApprovable` for what
    was raised to a higher level since it was asked for.
    """
    if act not in {Act.REQUEST_APPROVE, Act.REQUEST_REFUSE}:
        raise ValueError(act)
    told = reason.strip()
    if len(told) > LONGEST_TEXT or (act is Act.REQUEST_REFUSE and not told):
        raise BadValue(field="reason", value=told[:40], expected=f"1–{LONGEST_TEXT}", letters=LONGEST_TEXT)
    chosen = picked(unit, lines, WAITING, waits)
    if not chosen:
        raise BadValue(field="lines", value="—", expected="SQ2026-00001")
    return [_decided(unit, line, act, told) for line in chosen]


def _decided(unit: Unit, line: RequestLine, wanted: Act, reason: str) -> RequestLine:
    request, record = request_of(unit, line), record_of(unit, line)
    act = _meant(line, wanted)
    number = number_of(request, line)
    unit.act(act, record or request, private={"reason": reason}, number=number, step=line.step + 1)
    state = _next_state(unit, request, line, act)
    seat = _seat(unit, request, line, act)
    if act is not Act.REQUEST_REFUSE:
        _still_fit(unit, request, line)
        _still_theirs(unit, request, line, act, seat)
    _write(unit, line, act, seat, reason)
    point("decisions.before_grant")
    line.state, line.step = state, line.step + 1
    line.next_role = (line.steps.split()[line.step :] or [""])[0] if act is Act.REQUEST_ENDORSE else ""
    if act is Act.REQUEST_REFUSE:
        line.closed_at = unit.now
    if act is Act.REQUEST_APPROVE:
        _open(unit, request, line, reason)
    unit.session.flush()
    return line


def _meant(line: RequestLine, wanted: Act) -> Act:
    """An approval with posts still to come on the road is an endorsement."""
    more = line.step + 1 < len(line.steps.split())
    return Act.REQUEST_ENDORSE if wanted is Act.REQUEST_APPROVE and more else wanted


def _next_state(unit: Unit, request: Request, line: RequestLine, act: Act) -> RequestState:
    """Where *act* leads; what has been decided, or is past its day, is told so."""
    state = REQUEST.after(line.state, act)
    if request.until < unit.today:
        raise WrongState(state=RequestState.LAPSED, act=act)
    if line.record_uid is None and act is not Act.REQUEST_REFUSE:
        raise RequestUnmatched(number=number_of(request, line))
    return state


def _seat(unit: Unit, request: Request, line: RequestLine, act: Act) -> Seat:
    """The seat the actor decides in: never one's own matter, never two steps of one line."""
    if unit.actor.uid in askers(unit, request):
        raise SelfApproval(act=act)
    if unit.actor.uid in before(unit, line):
        raise SameSigner(act=act)
    quorum.demand(unit, Act.REQUEST_APPROVE)
    turn = turn_of(unit, request, line)
    if turn is not None:
        return routing.seat(unit, turn, act, number_of(request, line))
    if not unit.may(Act.REQUEST_MATCH):  # words nobody has matched are refused by who would match them
        raise NotAllowed(act=act)
    return Seat(min(role for role in unit.actor.roles if role in MATCHERS))


#: Who finds the record that words mean, and says so if there is none.
MATCHERS = frozenset({Role.ARCHIVIST, Role.CLERK, Role.RECORDS_CLERK, Role.GM_SECRETARY})


def _still_fit(unit: Unit, request: Request, line: RequestLine) -> None:
    """What was true when it was asked may have changed: the person may have left, or lost his clearance."""
    reader, record = reader_of(unit, request), record_of(unit, line)
    if isinstance(reader, Person) and reader.employment is not Employment.ACTIVE:
        raise NotEmployed(account=reader.account)
    if record is not None:
        cleared(reader, record)


def _still_theirs(unit: Unit, request: Request, line: RequestLine, act: Act, seat: Seat) -> None:
    """What was raised since it was asked for is no longer the lower post's to open (V9, R48)."""
    record = record_of(unit, line)
    if record is None:
        return
    reader, by = reader_of(unit, request), authority.of_version(unit, request.matrix)
    rule, code = authority.rule_for(unit, request.kind, record, reader, by), record.reference_code
    if rule.refused:
        raise NotApprovable(kind=request.kind, code=code, clause=rule.clause)
    posts = authority.said(unit, line, record) | {seat.post}
    if act is Act.REQUEST_APPROVE and rule.steps and not authority.covers(rule, posts):
        raise ApprovalNeeded(kind=request.kind, code=code, steps=rule.steps, clause=rule.clause)


def _write(unit: Unit, line: RequestLine, act: Act, seat: Seat, reason: str) -> None:
    uid = new_uid()
    unit.session.add(
        Decision(
            uid=uid,
            line_uid=line.uid,
            step=line.step + 1,
            act=act.value,
            role=seat.post.value,
            decided_by=unit.actor.uid,
            for_uid=seat.for_uid,
            decided_at=unit.now,
            card=seal(unit, line, f"decision|{uid}", {"reason": reason}),
        )
    )


def _open(unit: Unit, request: Request, line: RequestLine, reason: str) -> None:
    """The grant for a person; for a visitor, and for sealing, the approved line itself is the warrant."""
    act = authority.ACTS.get(request.kind)
    if act is None or request.person_uid is None:
        return
    grant = Grant(person_uid=request.person_uid, record_uid=line.record_uid, line_uid=line.uid)
    told = f"{number_of(request, line)} {reason}".strip()
    grants.answer(unit, grant, (act,), expires_on=request.until, reason=told)
