"""离职清缴: nobody leaves with the archive's papers in hand; a numbered certificate says so (R41, V13, F14)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from archive import people, quorum
from archive.acts import Act
from archive.cards import plain
from archive.circulation import leaving
from archive.circulation.incidents import said
from archive.circulation.inhand import OpenPoint
from archive.circulation.leaving import LINES_KEY, LIVE
from archive.errors import (
    BadValue,
    ClearanceOpen,
    NotAllowed,
    NotClear,
    NotEmployed,
    NotFound,
    NotHisManager,
    SameSigner,
    SelfApproval,
)
from archive.lives import CLEARANCE, REQUEST
from archive.model import Clearance, ClearanceLine, Handover, HandoverDraft, Person, new_uid
from archive.statuses import ClearanceItem, ClearanceState
from archive.unit import Unit
from archive.values import Employment, Role
from archive.volumes import next_number

#: How far from today a leaving day may lie, either way.
LONGEST = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One thing entered by hand, and whether it was handed over."""

    place_no: int
    kind: ClearanceItem
    content: str
    settled_on: dt.date | None
    settled_by: str
    handover: str


@dataclass(frozen=True, slots=True)
class ClearanceRow:
    """One clearance in the list."""

    number: str
    account: str
    name: str
    department: str
    leaving_on: dt.date
    state: ClearanceState
    open_points: int
    certificate: str


@dataclass(frozen=True, slots=True)
class ClearancePage:
    """离职档案清缴单 (F14) as it stands now."""

    number: str
    account: str
    name: str
    department: str
    leaving_on: dt.date
    state: ClearanceState
    begun_by: str
    begun_on: dt.date
    points: list[OpenPoint]
    entries: list[EntryRow]
    clear: bool
    signed_by: str
    signed_on: dt.date | None
    certified_by: str
    certified_on: dt.date | None
    certificate: str


def begin(unit: Unit, account: str, leaving_on: dt.date) -> Clearance:
    """Begin the clearance of somebody who will leave, or has to, on a day.

    Raises `NotFound`, `NotEmployed`, `BadValue`, `ClearanceOpen` if his has begun already.
    """
    person = unit.person(account)
    unit.act(Act.CLEARANCE_BEGIN, person, leaving_on=leaving_on)
    line = unit.lines[-1]
    if person.employment is Employment.LEFT:
        raise NotEmployed(account=person.account)
    if abs(leaving_on - unit.today) > LONGEST:
        expected = f"{unit.today - LONGEST} … {unit.today + LONGEST}"
        raise BadValue(field="leaving_on", value=leaving_on, expected=expected)
    live = _live(unit, person)
    if live is not None:
        raise ClearanceOpen(account=person.account, number=live.number)
    prefix = f"QJ{unit.today.year}-"
    made = Clearance(
        uid=new_uid(), number=f"{prefix}{next_number(unit, prefix):04d}", person_uid=person.uid, leaving_on=leaving_on,
        state=ClearanceState.OPEN, begun_by=unit.actor.uid, begun_at=unit.now,
    )  # fmt: skip
    unit.session.add(made)
    unit.session.flush()
    line.facts = {**line.facts, "number": made.number}
    return made


def _live(unit: Unit, person: Person) -> Clearance | None:
    wanted = select(Clearance).where(Clearance.person_uid == person.uid, Clearance.state.in_(LIVE))
    return unit.session.scalar(wanted)


def add(unit: Unit, which: str, *, kind: ClearanceItem, what: str) -> ClearanceLine:
    """Enter by hand what must still be handed over: unfiled papers, confidential ones, keys.

    A manager who has signed signs anew. Raises `NotFound`, `WrongState`, `BadValue`.
    """
    clearance, _ = _meant(unit, which)
    unit.act(Act.CLEARANCE_ADD, clearance, kind=kind, private={"what": what})
    clearance.state = CLEARANCE.after(clearance.state, Act.CLEARANCE_ADD)
    clearance.signed_by = clearance.signed_at = None
    line = ClearanceLine(
        uid=new_uid(), clearance_uid=clearance.uid, nth=len(leaving.entries(unit, clearance)) + 1, kind=kind,
        added_by=unit.actor.uid, added_at=unit.now,
    )  # fmt: skip
    line.card = _seal(unit, line, {"what": said(what, "what")})
    unit.session.add(line)
    unit.session.flush()
    return line


def settle(unit: Unit, which: str, place: int, *, handover: str | None = None) -> ClearanceLine:
    """One entry is handed over, with the number of the *handover* list if there is one; not by the leaver.

    Raises `NotFound`, `SelfApproval`, `WrongState`, `BadValue`.
    """
    clearance, person = _meant(unit, which)
    unit.act(Act.CLEARANCE_SETTLE, clearance, place=place, private={"handover": handover or ""})
    _another(unit, person, Act.CLEARANCE_SETTLE)
    clearance.state = CLEARANCE.after(clearance.state, Act.CLEARANCE_SETTLE)
    lines = [line for line in leaving.entries(unit, clearance) if line.nth == place]
    if not lines or lines[0].settled_at is not None:
        raise NotFound(what="entry", code=f"{clearance.number}/{place}")
    if handover is not None and not _is_handover(unit, handover):
        raise NotFound(what="handover", code=handover)
    line = lines[0]
    line.card = _seal(unit, line, {**leaving.entry_of(unit, line), "handover": handover or ""})
    line.settled_by, line.settled_at = unit.actor.uid, unit.now
    return line


def _is_handover(unit: Unit, number: str) -> bool:
    return any(
        unit.session.scalar(select(kind.uid).where(kind.number == number))
        for kind in (Handover, HandoverDraft)
    )


def _seal(unit: Unit, line: ClearanceLine, told: dict[str, str]) -> bytes:
    return unit.keys.seal_with(LINES_KEY, line.uid.encode(), plain(told))


def sign(unit: Unit, which: str) -> Clearance:
    """The manager of the leaver's department signs (or the general manager), once nothing blocks.

    Raises `NotFound`, `SelfApproval`, `NotHisManager`, `WrongState`, `NotClear`.
    """
    clearance, person = _meant(unit, which)
    unit.act(Act.CLEARANCE_SIGN, clearance)
    _another(unit, person, Act.CLEARANCE_SIGN)
    if not unit.actor.has(Role.GM) and unit.actor.department != person.department:
        raise NotHisManager(account=person.account, department=person.department)
    state = CLEARANCE.after(clearance.state, Act.CLEARANCE_SIGN)
    _nothing_open(unit, clearance, person)
    clearance.state, clearance.signed_by, clearance.signed_at = state, unit.actor.uid, unit.now
    return clearance


def certify(unit: Unit, which: str) -> Clearance:
    """Give the numbered certificate; grants, requests and deputyships of the leaver end with it.

    Three people: leaver, manager, archivist. Raises `NotFound`, `SelfApproval`, `SameSigner`, `MissingPeople`,
    `WrongState`, `NotClear`.
    """
    clearance, person = _meant(unit, which)
    unit.act(Act.CLEARANCE_CERTIFY, clearance)
    line = unit.lines[-1]
    quorum.demand(unit, Act.CLEARANCE_CERTIFY)
    _another(unit, person, Act.CLEARANCE_CERTIFY)
    state = CLEARANCE.after(clearance.state, Act.CLEARANCE_CERTIFY)
    if clearance.signed_by == unit.actor.uid:
        raise SameSigner(act=Act.CLEARANCE_CERTIFY)
    _nothing_open(unit, clearance, person)
    ended = _end_rights(unit, person)
    prefix = f"ZM{unit.today.year}-"
    clearance.certificate = f"{prefix}{next_number(unit, prefix):04d}"
    clearance.state, clearance.certified_by, clearance.certified_at = state, unit.actor.uid, unit.now
    line.facts = {"certificate": clearance.certificate, **ended}
    return clearance


def _nothing_open(unit: Unit, clearance: Clearance, person: Person) -> None:
    found = leaving.blocking(unit, person)
    if found:
        raise NotClear(number=clearance.number, points=found)


def _end_rights(unit: Unit, person: Person) -> dict[str, int]:
    """Revoke his grants, withdraw what he asked for, end his deputyships; how many of each."""
    grants = leaving.grants_of(unit, person)
    for grant in grants:
        grant.revoked_at, grant.revoked_by = unit.now, unit.actor.uid
    asked = [line for _, line in leaving.asking(unit, person)]
    for one in asked:
        one.state, one.closed_at = REQUEST.after(one.state, Act.REQUEST_WITHDRAW), unit.now
    deputyships = leaving.deputyships(unit, person)
    for absence in deputyships:
        absence.ended_at = unit.now
    return {"grants": len(grants), "requests": len(asked), "deputyships": len(deputyships)}


def cancel(unit: Unit, which: str, *, reason: str) -> Clearance:
    """The person stays after all; raises `NotFound`, `SelfApproval`, `WrongState`, `BadValue`."""
    clearance, person = _meant(unit, which)
    unit.act(Act.CLEARANCE_CANCEL, clearance, private={"reason": said(reason, "reason")})
    _another(unit, person, Act.CLEARANCE_CANCEL)
    clearance.state = CLEARANCE.after(clearance.state, Act.CLEARANCE_CANCEL)
    return clearance


def _another(unit: Unit, person: Person, act: Act) -> None:
    if person.uid == unit.actor.uid:
        raise SelfApproval(act=act)


def _meant(unit: Unit, which: str) -> tuple[Clearance, Person]:
    """The clearance with this number, or the live one of this account; raises `NotFound` alike if it is not shown."""
    wanted = select(Clearance, Person).join(Person, Person.uid == Clearance.person_uid)
    named = (Clearance.number == which) | (Clearance.uid == which)
    live = (Person.account == which) & Clearance.state.in_(LIVE)
    found = unit.session.execute(wanted.where(named | live).with_for_update()).first()
    if found is None or not _shown(unit, found[1]):
        raise NotFound(what="clearance", code=which)
    return found[0], found[1]


def _shown(unit: Unit, person: Person) -> bool:
    return leaving.reads(unit, person) or unit.actor.has(*leaving.COUNTERS)


# --- lists ----------------------------------------------------------------------------------------


def open_points(unit: Unit, account: str) -> list[OpenPoint]:
    """What somebody has in hand, whether he leaves or not: about oneself, or for who keeps clearances.

    Raises `NotFound`, `NotAllowed`.
    """
    unit.look(Act.CLEARANCE_SEE)
    person = unit.person(account)
    if not _shown(unit, person):
        raise NotAllowed(act=Act.CLEARANCE_SEE)
    return leaving.points(unit, person)


def rows(unit: Unit, *, open_only: bool = False) -> list[ClearanceRow]:
    """The clearances this person may know of, by number."""
    unit.look(Act.CLEARANCE_SEE)
    wanted = select(Clearance, Person).join(Person, Person.uid == Clearance.person_uid)
    if open_only:
        wanted = wanted.where(Clearance.state.in_(LIVE))
    found = unit.session.execute(wanted.order_by(Clearance.begun_at, Clearance.number))
    return [_row(unit, clearance, person) for clearance, person in found if _shown(unit, person)]


def _row(unit: Unit, clearance: Clearance, person: Person) -> ClearanceRow:
    live = clearance.state in LIVE
    return ClearanceRow(
        number=clearance.number,
        account=person.account,
        name=people.name_of(unit, person),
        department=person.department,
        leaving_on=clearance.leaving_on,
        state=clearance.state,
        open_points=len(leaving.blocking(unit, person)) if live else 0,
        certificate=clearance.certificate or "",
    )


def show(unit: Unit, which: str) -> ClearancePage:
    """One clearance with everything that is open now; raises `NotFound` alike if it is absent or not shown."""
    unit.look(Act.CLEARANCE_SEE)
    clearance, person = _meant(unit, which)
    points = leaving.points(unit, person) if clearance.state in LIVE else []
    return ClearancePage(
        number=clearance.number,
        account=person.account,
        name=people.name_of(unit, person),
        department=person.department,
        leaving_on=clearance.leaving_on,
        state=clearance.state,
        begun_by=_name(unit, clearance.begun_by),
        begun_on=clearance.begun_at.astimezone(unit.settings.zone).date(),
        points=points,
        entries=_entries(unit, clearance, person),
        clear=clearance.state is ClearanceState.CERTIFIED,
        signed_by=_name(unit, clearance.signed_by),
        signed_on=_day(unit, clearance.signed_at),
        certified_by=_name(unit, clearance.certified_by),
        certified_on=_day(unit, clearance.certified_at),
        certificate=clearance.certificate or "",
    )


def _entries(unit: Unit, clearance: Clearance, person: Person) -> list[EntryRow]:
    words = leaving.reads(unit, person)
    rows = []
    for line in leaving.entries(unit, clearance):
        told = leaving.entry_of(unit, line) if words else {"what": ""}
        settled = _day(unit, line.settled_at)
        by = _name(unit, line.settled_by)
        rows.append(EntryRow(line.nth, line.kind, told["what"], settled, by, told.get("handover", "")))
    return rows


def _name(unit: Unit, uid: str | None) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""


def _day(unit: Unit, at: dt.datetime | None) -> dt.date | None:
    return at.astimezone(unit.settings.zone).date() if at else None
