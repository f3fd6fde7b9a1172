"""待办: what beside requests waits for the actor's word: leavers, incidents, handover lists, a new matrix.

Each is one small question of open things only, asked where the actor could give that word at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from archive import people
from archive.acts import Act
from archive.circulation.incidents import known
from archive.custody.pieces import record_of
from archive.model import (
    Clearance,
    HandoverDraft,
    HandoverDraftLine,
    Incident,
    Item,
    MatrixVersion,
    Person,
    Volume,
)
from archive.policy import visible
from archive.statuses import ClearanceState, HandoverState, IncidentState
from archive.unit import Unit
from archive.values import Role


@dataclass(frozen=True, slots=True)
class Awaited:
    """One thing that waits for the actor: by which act he answers, what it is called, who laid it before him, since when.

    *about* says what it is of, *count* how many lines it has; *noun* names the kind of thing, for its page.
    """

    act: Act
    noun: str
    number: str
    by: str
    since: dt.date
    about: str = ""
    count: int | None = None


Look = Callable[[Unit], Iterator[Awaited]]


def rows(unit: Unit, looks: tuple[Look, ...] = ()) -> list[Awaited]:
    """Everything that waits for the actor, the oldest first; *looks* are asked beside those of the archive."""
    found = [one for look in (*LOOKS, *looks) for one in look(unit)]
    return sorted(found, key=lambda one: (one.since, one.number))


def name(unit: Unit, uid: str | None) -> str:
    """A person's name; nothing for nobody, or for the clock."""
    person = unit.session.get(Person, uid) if uid else None
    return people.name_of(unit, person) if person else ""


def day(unit: Unit, at: dt.datetime) -> dt.date:
    """The day of a moment in the office's zone."""
    return at.astimezone(unit.settings.zone).date()


def grouped(rows: Iterable[Any]) -> list[tuple[Any, list[str]]]:
    """Lists with the uids of their records, of rows that name both."""
    found: dict[Any, list[str]] = {}
    for made, uid in rows:
        found.setdefault(made, []).append(uid)
    return list(found.items())


def seen(unit: Unit, uids: Sequence[str]) -> int:
    """How many of the records with these uids the actor may see."""
    count = 0
    for start in range(0, len(uids), 500):
        for kind in (Volume, Item):
            mine = kind.uid.in_(uids[start : start + 500]), visible(unit.actor, kind)
            count += unit.session.scalar(select(func.count()).select_from(kind).where(*mine)) or 0
    return count


def _leavers(unit: Unit) -> Iterator[Awaited]:
    """Clearances that the leaver's manager signs, and those the archivist then certifies (R41)."""
    steps = ((Act.CLEARANCE_SIGN, ClearanceState.OPEN), (Act.CLEARANCE_CERTIFY, ClearanceState.SIGNED))
    for act, state in steps:
        if not unit.may(act):
            continue
        wanted = select(Clearance, Person).join(Person, Person.uid == Clearance.person_uid)
        wanted = wanted.where(Clearance.state == state, Clearance.person_uid != unit.actor.uid)
        if act is Act.CLEARANCE_SIGN and not unit.actor.has(Role.GM):
            wanted = wanted.where(Person.department == unit.actor.department)
        for clearance, person in unit.session.execute(wanted.order_by(Clearance.number)):
            if clearance.signed_by != unit.actor.uid:
                yield Awaited(
                    act, "clearance", clearance.number, name(unit, clearance.begun_by),
                    day(unit, clearance.begun_at), people.name_of(unit, person),
                )  # fmt: skip


def _incidents(unit: Unit) -> Iterator[Awaited]:
    """Incidents to be judged by who answers for the record, then decided by the general manager (R40)."""
    steps = ((Act.INCIDENT_JUDGE, IncidentState.REPORTED), (Act.INCIDENT_DECIDE, IncidentState.JUDGED))
    for act, state in steps:
        if not unit.may(act):
            continue
        wanted = select(Incident).where(Incident.state == state).order_by(Incident.number)
        for one in unit.session.scalars(wanted):
            record = record_of(unit, one.record_uid)
            own = act is Act.INCIDENT_JUDGE and one.reported_by == unit.actor.uid
            if not own and known(unit, one, record) and unit.may(act, record):
                code = record.reference_code
                by, since = name(unit, one.reported_by), day(unit, one.reported_at)
                yield Awaited(act, "incident", one.number, by, since, code)


def _handovers(unit: Unit) -> Iterator[Awaited]:
    """Handover lists that the archive checks and signs (F9), of records the actor may see."""
    if not unit.may(Act.HANDOVER_CHECK):
        return
    open_ones = HandoverDraft.state == HandoverState.DRAFT, HandoverDraft.drafted_by != unit.actor.uid
    wanted = (
        select(HandoverDraft, HandoverDraftLine.record_uid)
        .join(HandoverDraftLine, HandoverDraftLine.draft_uid == HandoverDraft.uid)
        .where(*open_ones)
        .order_by(HandoverDraft.number)
    )
    for draft, uids in grouped(unit.session.execute(wanted)):
        count = seen(unit, uids)
        if count:
            by, since = name(unit, draft.drafted_by), day(unit, draft.drafted_at)
            yield Awaited(
                Act.HANDOVER_SIGN, "handover", draft.number, by, since, draft.from_department, count
            )


def _matrices(unit: Unit) -> Iterator[Awaited]:
    """A matrix that was proposed and not adopted."""
    if not unit.may(Act.MATRIX_ADOPT):
        return
    wanted = select(MatrixVersion).where(MatrixVersion.adopted_at.is_(None))
    newest = func.max(MatrixVersion.adopted_at)
    last = unit.session.scalar(select(newest))
    for one in unit.session.scalars(wanted.order_by(MatrixVersion.proposed_at)):
        if one.proposed_by != unit.actor.uid and (last is None or one.proposed_at > last):
            by, since = name(unit, one.proposed_by), day(unit, one.proposed_at)
            yield Awaited(Act.MATRIX_ADOPT, "matrix", one.version, by, since)


LOOKS: tuple[Look, ...] = (_leavers, _incidents, _handovers, _matrices)
