"""鉴定小组: a leader and at least two seats; who holds a seat may be replaced, what was said from it stays (DAT42-7.7).

A seat is a number; its opinion on a line is the newest given from it, whoever sat there. Each member sees only
the records he may see, and no opinion is awaited from a seat whose holder may not see the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from archive import identity, people, policy
from archive.acts import Act
from archive.conditions import Actor
from archive.errors import BadValue, NotLeader, NotOnPanel, PanelUnfit
from archive.lives import APPRAISAL
from archive.model import Appraisal, AppraisalLine, AppraisalMember, Item, Person, Volume
from archive.permissions import BUSINESS
from archive.policy import visible
from archive.unit import Unit
from archive.values import Employment

#: How many members must be able to give an opinion on a record.
LEAST = 2


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat and who holds it now; `actor` is None once he has left or is suspended: then he must be replaced."""

    number: int
    holder: Person
    actor: Actor | None

    def sees(self, record: Volume | Item) -> bool:
        """True if an opinion on *record* is awaited from here; of an empty chair it is awaited from the successor."""
        return self.actor is None or policy.allowed(self.actor, Act.RECORD_SEE, record)


def appoint(
    unit: Unit, made: Appraisal, *, leader: str | None = None, members: Sequence[str] = (),
    replaces: str | None = None,
) -> None:  # fmt: skip
    """Name the leader, give *members* new seats, or let the one of them take the seat of *replaces*.

    Opinions given from a seat stay and count until its new holder gives his own.
    Raises `WrongState`, `PanelUnfit`, `NotOnPanel`, `BadValue`, `NotFound`.
    """
    unit.act(Act.APPRAISAL_APPOINT, made, leader=leader, members=list(members), replaces=replaces)
    APPRAISAL.after(made.state, Act.APPRAISAL_APPOINT)
    if leader is None and not members:
        raise BadValue(field="member", value="—", expected="--leader, --member")
    seat_anew(unit, made, leader=leader, members=members, replaces=replaces)


def seat_anew(
    unit: Unit, made: Appraisal, *, leader: str | None, members: Sequence[str], replaces: str | None = None
) -> None:
    """`appoint` without judging: the caller has named the act."""
    if leader is not None:
        made.leader_uid = _leader(unit, made, leader).uid
    if replaces is not None and len(members) != 1:
        raise BadValue(field="replaces", value=replaces, expected="--member 1")
    freed = _ended(unit, made, replaces) if replaces is not None else None
    for account in members:
        _sit(unit, made, account, freed)
    unit.session.flush()


def seats(unit: Unit, made: Appraisal) -> list[Seat]:
    """The seats of the panel with their present holders, in order."""
    rows = (
        select(AppraisalMember.seat, Person)
        .join(Person, Person.uid == AppraisalMember.person_uid)
        .where(AppraisalMember.appraisal_uid == made.uid, AppraisalMember.until.is_(None))
    )
    return [
        Seat(seat, person, _actor(unit, person))
        for seat, person in unit.session.execute(rows.order_by(AppraisalMember.seat))
    ]


def own_seat(unit: Unit, made: Appraisal, act: Act) -> Seat:
    """The seat of the actor; raises `NotOnPanel`."""
    for seat in seats(unit, made):
        if seat.holder.uid == unit.actor.uid:
            return seat
    raise NotOnPanel(act=act, number=made.number, clause="DAT42-7.7")


def lead(unit: Unit, made: Appraisal, act: Act) -> None:
    """Raise `NotLeader` unless the actor leads the panel."""
    if made.leader_uid != unit.actor.uid:
        raise NotLeader(act=act, number=made.number, clause="DAT42-7.7")


def everybody(unit: Unit, made: Appraisal) -> Sequence[tuple[AppraisalMember, Person]]:
    """Who sits or sat on the panel, by seat and time."""
    rows = (
        select(AppraisalMember, Person)
        .join(Person, Person.uid == AppraisalMember.person_uid)
        .where(AppraisalMember.appraisal_uid == made.uid)
    )
    ordered = rows.order_by(AppraisalMember.seat, AppraisalMember.since, AppraisalMember.until.is_(None))
    return [(member, person) for member, person in unit.session.execute(ordered)]


def name(unit: Unit, uid: str | None) -> str:
    """The name of a person by uid; nothing for nobody and for the clock."""
    person = unit.session.get(Person, uid) if uid else None
    return people.name_of(unit, person) if person is not None else ""


def _actor(unit: Unit, person: Person) -> Actor | None:
    return (
        identity.actor(unit.session, person, unit.today) if person.employment is Employment.ACTIVE else None
    )


def _leader(unit: Unit, made: Appraisal, account: str) -> Person:
    """Who may lead: in business, and cleared for every record on the list, since each line is his to decide."""
    person, actor = _fit(unit, account, "leader")
    mine = select(AppraisalLine.record_uid).where(
        AppraisalLine.appraisal_uid == made.uid, AppraisalLine.removed_at.is_(None)
    )
    for kind in (Volume, Item):
        hidden = select(kind.uid).where(kind.uid.in_(mine), ~visible(actor, kind)).limit(1)
        if unit.session.scalar(hidden) is not None:
            raise _unfit("leader", account)
    return person


def _fit(unit: Unit, account: str, post: str) -> tuple[Person, Actor]:
    """A person who may be on a panel; raises `PanelUnfit`, `NotFound`."""
    person = unit.person(account)
    actor = _actor(unit, person)
    if actor is None or not policy.allowed(actor, Act.APPRAISAL_OPINE):
        raise _unfit(post, account)
    return person, actor


def _unfit(post: str, account: str) -> PanelUnfit:
    return PanelUnfit(field=post, value=account, expected=list(BUSINESS))


def _ended(unit: Unit, made: Appraisal, account: str) -> int:
    """End the time of who is replaced; the number of his seat."""
    person = unit.person(account)
    row = unit.session.scalar(
        select(AppraisalMember).where(
            AppraisalMember.appraisal_uid == made.uid,
            AppraisalMember.person_uid == person.uid,
            AppraisalMember.until.is_(None),
        )
    )
    if row is None:
        raise PanelUnfit(
            field="replaces", value=account, expected=[one.holder.account for one in seats(unit, made)]
        )
    row.until = unit.now
    unit.session.flush()
    return row.seat


def _sit(unit: Unit, made: Appraisal, account: str, seat: int | None) -> None:
    person, _ = _fit(unit, account, "member")
    if any(one.holder.uid == person.uid for one in seats(unit, made)):
        raise _unfit("member", account)
    taken = select(func.max(AppraisalMember.seat)).where(AppraisalMember.appraisal_uid == made.uid)
    number = seat if seat is not None else (unit.session.scalar(taken) or 0) + 1
    unit.session.add(
        AppraisalMember(
            appraisal_uid=made.uid, person_uid=person.uid, seat=number, since=unit.now,
            appointed_by=unit.actor.uid,
        )
    )  # fmt: skip
    unit.session.flush()
