"""Whose turn it is: the posts on the road of a line, and who may sit in each of them today (domain §9, R35, R48)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from sqlalchemy import select

from archive.acts import Act
from archive.circulation import absences
from archive.circulation.matrix import Rule
from archive.errors import ApproverAway, AwayYourself, MissingPeople, NotYourTurn
from archive.model import Absence, Item, Person, Post, Record, Volume
from archive.unit import Unit
from archive.values import CONFIDENTIAL, SEPARATED_POSTS, Custody, Employment, Level, Role

#: Who answers for the records of a custody, in the place of the department's manager (R5, R49).
ANSWERS = {Custody.SECRETARY: Role.GM_SECRETARY, Custody.HR: Role.HR}


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of a road: the post, whose manager is meant, how secret it is, who must not sit here."""

    post: Role
    department: str
    level: Level
    road: tuple[Role, ...]
    barred: frozenset[str]

    @property
    def posts(self) -> tuple[Role, ...]:
        """The post, and the GM who may decide any lower step unless he has one of his own on the road."""
        return (self.post,) if Role.GM in self.road else (self.post, Role.GM)

    def post_of(self, person: Person) -> Role | None:
        """The post in which *person* could decide here, away or not."""
        if person.uid in self.barred or not _cleared(person, self.level):
            return None
        held = person.roles
        home = person.department == self.department
        return next(
            (post for post in self.posts if post in held and (home or post is not Role.DEPT_MANAGER)), None
        )


@dataclass(frozen=True, slots=True)
class Seat:
    """In which post somebody decides, and in whose place if he is a deputy."""

    post: Role
    for_uid: str | None = None


def _cleared(person: Person, level: Level) -> bool:
    return level < CONFIDENTIAL or person.clearance >= level


def road(unit: Unit, rule: Rule, record: Volume | Item, barred: frozenset[str]) -> tuple[Role, ...]:
    """The posts that *rule* means for *record*, each once; a manager nobody else can be is the GM's step."""
    posts: list[Role] = []
    for step in rule.steps:
        post = ANSWERS.get(record.custody, step) if step is Role.DEPT_MANAGER else step
        if step in {Role.DEPT_MANAGER, Role.GM_SECRETARY}:
            turn = Turn(post, record.department, record.level, (Role.GM,), barred)
            post = post if any(map(turn.post_of, _active(unit, post))) else Role.GM
        if post not in posts:
            posts.append(post)
    return tuple(posts)


def staffed(unit: Unit, posts: tuple[Role, ...], record: Record, barred: frozenset[str]) -> None:
    """See to it that distinct people can decide every step; raises `MissingPeople`, `ApproverAway`."""
    gone = absences.away(unit)
    there: list[frozenset[str]] = []
    for post in posts:
        turn = Turn(post, record.department, record.level, posts, barred)
        holders = [one for one in _active(unit, *turn.posts) if turn.post_of(one)]
        if not holders:
            raise MissingPeople(act=Act.REQUEST_APPROVE, needs=len(posts) + 1, missing={post})
        sitting = frozenset(uid for one in holders for uid in _sitting(unit, turn, one, gone))
        if not sitting:
            raise ApproverAway(post=post, back=_back(unit, turn, holders, gone))
        there.append(sitting)
    if posts and not any(len(set(one)) == len(posts) for one in product(*there)):
        raise MissingPeople(act=Act.REQUEST_APPROVE, needs=len(posts) + 1, missing=frozenset(posts))


def _active(unit: Unit, *posts: Role) -> Sequence[Person]:
    rows = (
        select(Person)
        .join(Post, Post.person_uid == Person.uid)
        .where(
            Post.role.in_(posts),
            Post.ended_at.is_(None),
            Person.employment == Employment.ACTIVE,
            Person.confirmed,
        )
        .order_by(Person.account)
    )
    return list(unit.session.scalars(rows).unique())


def _sitting(unit: Unit, turn: Turn, person: Person, gone: dict[str, Absence]) -> list[str]:
    """Who decides for *person* today: himself, or his deputy while he is away, or nobody."""
    if person.uid not in gone:
        return [person.uid]
    deputy = unit.session.get(Person, gone[person.uid].deputy_uid or "")
    return [deputy.uid] if deputy is not None and _deputises(turn, deputy, gone) else []


def _deputises(turn: Turn, deputy: Person, gone: dict[str, Absence]) -> bool:
    """Secret matters are decided by the post itself, never by a deputy (R48)."""
    return (
        turn.level < CONFIDENTIAL
        and deputy.employment is Employment.ACTIVE
        and deputy.confirmed
        and not deputy.roles & SEPARATED_POSTS
        and deputy.uid not in turn.barred
        and deputy.uid not in gone
    )


def _back(unit: Unit, turn: Turn, holders: Sequence[Person], gone: dict[str, Absence]) -> dt.date:
    """When the first holder of the post itself is back (of those who stand in for it, if it has none)."""
    own = [one for one in holders if turn.post in one.roles] or holders
    return min(absences.back(unit, gone[one.uid]) for one in own)


def seats(unit: Unit, turn: Turn) -> list[Seat]:
    """The seats the actor may take at *turn* today: his own before a deputy's."""
    me, gone = unit.session.get(Person, unit.actor.uid), absences.away(unit)
    if me is None or me.uid in gone or me.uid in turn.barred:
        return []
    post = turn.post_of(me)
    own = [Seat(post)] if post else []
    for uid, absence in gone.items():
        if absence.deputy_uid == me.uid and _deputises(turn, me, gone):
            absent = unit.session.get_one(Person, uid)
            meant = (
                turn.post_of(absent) if absent.confirmed else None
            )  # suspended: his word waits (decision 4)
            own += [Seat(meant, uid)] if meant else []
    return own


def called(unit: Unit, turn: Turn) -> bool:
    """True if the actor has a seat of the very post, or stands in for it and nobody sits in it today."""
    found = seats(unit, turn)
    if not found or any(one.post is turn.post for one in found):
        return bool(found)
    gone = absences.away(unit)
    holders = (one for one in _active(unit, turn.post) if turn.post_of(one) is turn.post)
    return not any(_sitting(unit, turn, one, gone) for one in holders)


def seat(unit: Unit, turn: Turn, act: Act, number: str) -> Seat:
    """The seat the actor takes; raises `AwayYourself` or `NotYourTurn`."""
    found = seats(unit, turn)
    if found:
        return found[0]
    gone = absences.away(unit).get(unit.actor.uid)
    if gone is not None:
        raise AwayYourself(act=act, until=gone.last_day)
    raise NotYourTurn(act=act, number=number, post=turn.post, department=turn.department)
