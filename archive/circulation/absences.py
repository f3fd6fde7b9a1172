"""外出与代理: who is away, from when to when, and who decides in his place meanwhile."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from archive import people
from archive.acts import Act
from archive.cards import plain
from archive.errors import (
    AwayAlready,
    BadValue,
    DeputyUnfit,
    NotAllowed,
    NotEmployed,
    NotFound,
    SelfApproval,
)
from archive.model import Absence, Person, new_uid
from archive.unit import Unit
from archive.values import SEPARATED_POSTS, Employment, Role

LONGEST = dt.timedelta(days=366)
ABSENCE_KEY = "absences"
#: Who enters absences for others: a GM who is ill cannot.
OFFICE = (Role.HR, Role.GM_SECRETARY)


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """One absence as lists show it; the reason only to the person himself and to those who enter absences."""

    uid: str
    account: str
    name: str
    first_day: dt.date
    last_day: dt.date
    deputy: str | None
    deputy_name: str | None
    reason: str
    live: bool


def enter(
    unit: Unit, first_day: dt.date, last_day: dt.date, *, account: str | None = None, deputy: str | None = None,
    reason: str = "",
) -> Absence:  # fmt: skip
    """Enter oneself (HR and the secretary: anybody) as away, with a deputy who decides meanwhile.

    Raises `NotAllowed`, `BadValue`, `AwayAlready`, `DeputyUnfit`, `NotEmployed`, `SelfApproval`.
    """
    person = unit.person(account or unit.actor.account)
    substitute = unit.person(deputy) if deputy else None
    unit.act(
        Act.ABSENCE_SET,
        person,
        private={"reason": reason},
        first=first_day,
        last=last_day,
        deputy=substitute.account if substitute else None,
    )
    _may_speak_for(unit, person, Act.ABSENCE_SET)
    _days_checked(unit, person, first_day, last_day)
    if substitute is not None:
        _deputy_checked(unit, person, substitute)
        _days_free(unit, substitute, first_day, last_day)
    uid = new_uid()
    absence = Absence(
        uid=uid, person_uid=person.uid, deputy_uid=substitute.uid if substitute else None,
        first_day=first_day, last_day=last_day, set_by=unit.actor.uid, set_at=unit.now,
        card=unit.keys.seal_with(ABSENCE_KEY, uid.encode(), plain({"reason": reason.strip()})),
    )  # fmt: skip
    unit.session.add(absence)
    unit.session.flush()
    return absence


def _may_speak_for(unit: Unit, person: Person, act: Act) -> None:
    if person.uid != unit.actor.uid and not unit.actor.has(*OFFICE):
        raise NotAllowed(act=act)


def _days_checked(unit: Unit, person: Person, first: dt.date, last: dt.date) -> None:
    if first < unit.today:
        raise BadValue(field="first_day", value=first, expected=f"≥ {unit.today}")
    if not first <= last <= first + LONGEST:
        raise BadValue(field="last_day", value=last, expected=f"{first} … {first + LONGEST}")
    if person.employment is not Employment.ACTIVE:
        raise NotEmployed(account=person.account)
    _days_free(unit, person, first, last)


def _days_free(unit: Unit, person: Person, first: dt.date, last: dt.date) -> None:
    """Nobody is away twice, and no deputy is away himself."""
    found = unit.session.scalar(
        select(Absence).where(
            Absence.person_uid == person.uid,
            Absence.ended_at.is_(None),
            Absence.first_day <= last,
            Absence.last_day >= first,
        )
    )
    if found is not None:
        raise AwayAlready(account=person.account, first=found.first_day, last=found.last_day)


def _deputy_checked(unit: Unit, person: Person, deputy: Person) -> None:
    if deputy.uid == person.uid:
        raise BadValue(field="deputy", value=deputy.account, expected=f"≠ {person.account}")
    if deputy.uid == unit.actor.uid:  # nobody hands himself another's word
        raise SelfApproval(act=Act.ABSENCE_SET)
    if deputy.employment is not Employment.ACTIVE:
        raise NotEmployed(account=deputy.account)
    if deputy.roles & SEPARATED_POSTS or deputy.clearance < person.clearance:
        raise DeputyUnfit(account=deputy.account, needs=person.clearance)


def end(unit: Unit, which: str) -> Absence:
    """End an absence early, by its uid or the account of who is (or will be) away; raises `NotFound`."""
    open_ones = select(Absence).where(Absence.ended_at.is_(None), Absence.last_day >= unit.today)
    found = unit.session.scalar(
        open_ones.join(Person, Person.uid == Absence.person_uid)
        .where((Absence.uid == which) | (Person.account == which))
        .order_by(Absence.first_day)
        .limit(1)
    )
    person = unit.session.get_one(Person, found.person_uid) if found else None
    unit.act(Act.ABSENCE_END, person)
    if found is None or person is None:
        raise NotFound(what="absence", code=which)
    _may_speak_for(unit, person, Act.ABSENCE_END)
    found.ended_at = unit.now
    return found


#: Absences of a day; asked for every page of everybody, so written once.
_AWAY = select(Absence).where(
    Absence.ended_at.is_(None),
    Absence.first_day <= bindparam("today"),
    Absence.last_day >= bindparam("today"),
)


def away(unit: Unit) -> dict[str, Absence]:
    """Who is away today, by uid."""
    return {one.person_uid: one for one in unit.session.scalars(_AWAY, {"today": unit.today})}


def back(unit: Unit, absence: Absence) -> dt.date:
    """The first day somebody is back, absences that follow each other without a gap taken together."""
    day = absence.last_day + dt.timedelta(days=1)
    rows = select(Absence).where(Absence.person_uid == absence.person_uid, Absence.ended_at.is_(None))
    for later in unit.session.scalars(rows.order_by(Absence.first_day)):
        if later.first_day <= day <= later.last_day:
            day = later.last_day + dt.timedelta(days=1)
    return day


def rows(unit: Unit, *, account: str | None = None, past: bool = False) -> Sequence[AbsenceLine]:
    """Absences by first day: those of today and to come, with *past* all."""
    unit.look(Act.ABSENCE_SEE)
    wanted = select(Absence).order_by(Absence.first_day, Absence.uid)
    if not past:
        wanted = wanted.where(Absence.ended_at.is_(None), Absence.last_day >= unit.today)
    if account:
        wanted = wanted.where(Absence.person_uid == unit.person(account).uid)
    return [line(unit, absence) for absence in unit.session.scalars(wanted)]


def line(unit: Unit, absence: Absence) -> AbsenceLine:
    """*absence* as a line."""
    person = unit.session.get_one(Person, absence.person_uid)
    deputy = unit.session.get(Person, absence.deputy_uid) if absence.deputy_uid else None
    told = person.uid == unit.actor.uid or unit.actor.has(*OFFICE, Role.GM)
    return AbsenceLine(
        uid=absence.uid,
        account=person.account,
        name=people.name_of(unit, person),
        first_day=absence.first_day,
        last_day=absence.last_day,
        deputy=deputy.account if deputy else None,
        deputy_name=people.name_of(unit, deputy) if deputy else None,
        reason=_reason(unit, absence) if told else "",
        live=absence.ended_at is None and absence.first_day <= unit.today <= absence.last_day,
    )


def _reason(unit: Unit, absence: Absence) -> str:
    opened = unit.keys.open_with(ABSENCE_KEY, absence.uid.encode(), absence.card)
    return str(json.loads(opened)["reason"])
