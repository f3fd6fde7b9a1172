"""What is still open when somebody leaves: in hand, entered by hand, or hanging on him (R41, V13); judges nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import func, select

from archive.circulation.inhand import OpenPoint, PointKind, code_of, in_hand
from archive.custody import plan
from archive.model import (
    Absence,
    Clearance,
    ClearanceLine,
    Grant,
    Person,
    Post,
    Request,
    RequestLine,
)
from archive.statuses import ClearanceItem, ClearanceState, RequestState
from archive.unit import Unit
from archive.values import Employment, Role
from archive.words import say

LINES_KEY = "clearance"
#: A clearance that is still under way.
LIVE = (ClearanceState.OPEN, ClearanceState.SIGNED)
ASKING = (RequestState.ASKED, RequestState.ENDORSED, RequestState.APPROVED)
UNDECIDED = (RequestState.ASKED, RequestState.ENDORSED)


def points(unit: Unit, person: Person) -> list[OpenPoint]:
    """Everything that is open, what blocks first; the caller has judged."""
    found = [point for look in LOOKS for point in look(unit, person)]
    return sorted([*in_hand(unit, person), *found], key=lambda point: not point.blocks)


def blocking(unit: Unit, person: Person) -> list[OpenPoint]:
    """What refuses a clean certificate (V13)."""
    return [point for point in points(unit, person) if point.blocks]


def _series(unit: Unit, person: Person) -> Iterator[OpenPoint]:
    """Series he answers for that should have been filed already (R1, R12)."""
    for late in plan.late_of(unit, person):
        yield OpenPoint(PointKind.SERIES, late.period, content=late.name, due_on=late.due_on)


def _entries(unit: Unit, person: Person) -> Iterator[OpenPoint]:
    mine = select(Clearance).where(Clearance.person_uid == person.uid, Clearance.state.in_(LIVE))
    for clearance in unit.session.scalars(mine):
        for place, line in enumerate(entries(unit, clearance), 1):
            if line.settled_at is None:
                yield OpenPoint(
                    PointKind.ENTRY, f"{clearance.number}/{place}", content=_words(unit, person, line)
                )


def entries(unit: Unit, clearance: Clearance) -> list[ClearanceLine]:
    """The lines entered by hand, in the order they were entered."""
    wanted = select(ClearanceLine).where(ClearanceLine.clearance_uid == clearance.uid)
    return list(unit.session.scalars(wanted.order_by(ClearanceLine.nth)))


def entry_of(unit: Unit, line: ClearanceLine) -> dict[str, Any]:
    """The words of a line, opened."""
    opened: dict[str, Any] = json.loads(unit.keys.open_with(LINES_KEY, line.uid.encode(), line.card))
    return opened


#: Who reads what was entered by hand about a leaver, beside himself and the manager of his department.
READERS = (Role.HR, Role.ARCHIVIST, Role.GM_SECRETARY, Role.GM)
#: Who only sees that, and how much, is still open.
COUNTERS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
_AT_HOME = (Role.DEPT_MANAGER, Role.CLERK, Role.RECORDS_CLERK)


def reads(unit: Unit, person: Person) -> bool:
    """True if the actor may read the words of this person's clearance."""
    home = unit.actor.has(*_AT_HOME) and unit.actor.department == person.department
    return person.uid == unit.actor.uid or home or unit.actor.has(*READERS)


def _words(unit: Unit, person: Person, line: ClearanceLine) -> str:
    word = say(ClearanceItem(line.kind).word, unit.settings.tongue)
    return f"{word} {entry_of(unit, line)['what']}" if reads(unit, person) else word


def asking(unit: Unit, person: Person) -> list[tuple[Request, RequestLine]]:
    """The lines of his own requests that are not closed."""
    wanted = (
        select(Request, RequestLine)
        .join(RequestLine, RequestLine.request_uid == Request.uid)
        .where(Request.person_uid == person.uid, RequestLine.state.in_(ASKING))
        .order_by(Request.number, RequestLine.ordinal)
    )
    return [(request, line) for request, line in unit.session.execute(wanted)]


def _requests(unit: Unit, person: Person) -> Iterator[OpenPoint]:
    for request, line in asking(unit, person):
        number = f"{request.number}/{line.ordinal}"
        yield OpenPoint(PointKind.REQUEST, number, code_of(unit, line.record_uid))


def _waiting(unit: Unit, person: Person) -> Iterator[OpenPoint]:
    """Requests of others that wait at a post which nobody else holds."""
    for role in sorted(person.roles):
        count = _at_post(unit, role, person.department)
        if count and not _others(unit, role, person):
            yield OpenPoint(PointKind.WAITING, content=say(role.word, unit.settings.tongue), count=count)


def _at_post(unit: Unit, role: Role, department: str) -> int:
    wanted = select(func.count()).where(RequestLine.next_role == role.value, RequestLine.state.in_(UNDECIDED))
    if role is Role.DEPT_MANAGER:
        wanted = wanted.where(RequestLine.department == department)
    return unit.session.scalar(wanted) or 0


def _others(unit: Unit, role: Role, person: Person) -> bool:
    wanted = (
        select(Post.uid)
        .join(Person, Person.uid == Post.person_uid)
        .where(Post.role == role, Post.ended_at.is_(None), Person.uid != person.uid)
        .where(Person.employment == Employment.ACTIVE)
    )
    if role is Role.DEPT_MANAGER:
        wanted = wanted.where(Person.department == person.department)
    return unit.session.scalar(wanted.limit(1)) is not None


def grants_of(unit: Unit, person: Person) -> list[Grant]:
    """The grants in his name that still open something."""
    wanted = select(Grant).where(Grant.person_uid == person.uid, Grant.revoked_at.is_(None))
    return list(unit.session.scalars(wanted.where(Grant.expires_on >= unit.today)))


def _grants(unit: Unit, person: Person) -> Iterator[OpenPoint]:
    if count := len(grants_of(unit, person)):
        yield OpenPoint(PointKind.GRANT, count=count)


def deputyships(unit: Unit, person: Person) -> list[Absence]:
    """The absences of others, now or to come, in which he is the deputy."""
    wanted = select(Absence).where(Absence.deputy_uid == person.uid, Absence.ended_at.is_(None))
    return list(unit.session.scalars(wanted.where(Absence.last_day >= unit.today)))


def _deputies(unit: Unit, person: Person) -> Iterator[OpenPoint]:
    if count := len(deputyships(unit, person)):
        yield OpenPoint(PointKind.DEPUTY, count=count)


LOOKS: tuple[Callable[[Unit, Person], Iterator[OpenPoint]], ...] = (
    _series,
    _entries,
    _requests,
    _waiting,
    _grants,
    _deputies,
)
