"""People: accounts, posts, clearances, leaving; the three administrators kept apart (decision 3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from archive import identity, quorum
from archive.acts import Act
from archive.codes import code_checked
from archive.errors import BadValue, CodeTaken, PostsSeparated, SelfApproval
from archive.model import Department, Person, Post, new_uid
from archive.unit import Unit
from archive.values import SEPARATED_POSTS, Employment, Level, Role

NAMES_KEY = "names"


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person as lists show him."""

    uid: str
    account: str
    name: str
    department: str
    roles: list[Role]
    clearance: Level
    employment: Employment
    confirmed: bool


def name_of(unit: Unit, person: Person) -> str:
    """The person's name, opened."""
    return unit.keys.open_with(NAMES_KEY, _place(person.uid), person.card).decode()


def _place(uid: str) -> bytes:
    return f"person|{uid}".encode()


def add_department(unit: Unit, code: str, name: str, name_en: str = "") -> Department:
    """Add a department; adding it again changes nothing."""
    found = unit.session.get(Department, code)
    unit.act(Act.PERSON_EDIT, code_checked(code, "department"))
    if found is None:
        found = Department(code=code, name=name, name_en=name_en)
        unit.session.add(found)
        unit.session.flush()
    return found


def departments(unit: Unit) -> Sequence[Department]:
    """All departments by code."""
    unit.look(Act.PERSON_SEE)
    return list(unit.session.scalars(select(Department).order_by(Department.code)))


def add(
    unit: Unit, account: str, *, name: str, department: str, roles: Iterable[Role], password: str | None = None,
    clearance: Level = Level.INTERNAL,
) -> tuple[Person, str | None]:  # fmt: skip
    """Open an account; without *password* a one-time code is made and returned, to be told to the person.

    The clearance of a new account is at most 内部; more is the security administrator's to give.
    """
    account = code_checked(account, "account").lower()
    unit.act(Act.PERSON_ADD, account, private={"name": name}, roles=sorted(roles), department=department)
    unit.one(Department, "department", department)
    if unit.session.scalar(select(Person.uid).where(Person.account == account)):
        raise CodeTaken(code=account)
    if clearance > Level.INTERNAL:
        raise SelfApproval(act=Act.PERSON_CLEAR)
    code = None if password else identity.one_time_code()
    person = _new(unit, account, name, department, password or code or "", one_time=code is not None)
    person.clearance = clearance
    unit.session.add(person)
    unit.session.flush()
    _set_posts(unit, person, frozenset(roles))
    return person, code


def _new(unit: Unit, account: str, name: str, department: str, password: str, *, one_time: bool) -> Person:
    uid = new_uid()
    return Person(
        uid=uid,
        account=account,
        card=unit.keys.seal_with(NAMES_KEY, _place(uid), name.strip().encode()),
        department=department,
        clearance=Level.INTERNAL,
        password_hash=identity.hash_password(password, least=unit.settings.password_length),
        one_time=one_time,
        created_at=unit.now,
    )


def set_roles(unit: Unit, account: str, roles: Iterable[Role]) -> Person:
    """Give and take posts; nobody changes his own, nobody holds two administrative posts."""
    person = unit.person(account)
    unit.act(Act.PERSON_EDIT, person, roles=sorted(roles))
    if person.uid == unit.actor.uid:
        raise SelfApproval(act=Act.PERSON_EDIT)
    _set_posts(unit, person, frozenset(roles))
    return person


def _set_posts(unit: Unit, person: Person, roles: frozenset[Role]) -> None:
    if Role.SYSTEM in roles or not roles:
        raise BadValue(
            field="roles", value=sorted(roles), expected=" ".join(sorted(set(Role) - {Role.SYSTEM}))
        )
    if len(roles & SEPARATED_POSTS) > 1:
        raise PostsSeparated(posts=roles & SEPARATED_POSTS)
    held = list(
        unit.session.scalars(select(Post).where(Post.person_uid == person.uid, Post.ended_at.is_(None)))
    )
    for post in held:
        if post.role not in roles:
            post.ended_at = unit.now
    for role in sorted(roles - {post.role for post in held}):
        unit.session.add(Post(person_uid=person.uid, role=role, begun_at=unit.now))
    unit.session.flush()
    unit.session.refresh(person, ["posts"])


def clear(unit: Unit, account: str, level: Level) -> Person:
    """Set a person's clearance; never one's own."""
    person = unit.person(account)
    unit.act(Act.PERSON_CLEAR, person, level=level.name, before=person.clearance.name)
    quorum.demand(unit, Act.PERSON_CLEAR)
    if person.uid == unit.actor.uid:
        raise SelfApproval(act=Act.PERSON_CLEAR)
    person.clearance = level
    return person


def reset(unit: Unit, account: str) -> str:
    """A one-time code for somebody who lost the password; his confidential rights wait for confirmation (decision 4)."""
    person = unit.person(account)
    unit.act(Act.PERSON_RESET, person)
    quorum.demand(unit, Act.PERSON_RESET)
    if person.uid == unit.actor.uid:
        raise SelfApproval(act=Act.PERSON_RESET)
    code = identity.one_time_code()
    person.password_hash = identity.hash_password(code, least=unit.settings.password_length)
    person.one_time, person.confirmed = True, False
    identity.unbar(unit, person.account)
    identity.end_sessions(unit, person)
    return code


def confirm(unit: Unit, account: str) -> Person:
    """The second administrator's word after a reset: clearance and grants count again."""
    person = unit.person(account)
    unit.act(Act.PERSON_CLEAR, person, confirmed=True)
    if person.uid == unit.actor.uid:
        raise SelfApproval(act=Act.PERSON_CLEAR)
    person.confirmed = True
    return person


def leave(unit: Unit, account: str, *, on: dt.date | None = None) -> Person:
    """Record that a person has left: sessions end, posts end; the row stays."""
    person = unit.person(account)
    unit.act(Act.PERSON_LEAVE, person, on=on or unit.today)
    if person.uid == unit.actor.uid:
        raise SelfApproval(act=Act.PERSON_LEAVE)
    person.employment = Employment.LEFT
    identity.end_sessions(unit, person)
    for post in person.posts:
        post.ended_at = post.ended_at or unit.now
    return person


def everyone(unit: Unit) -> Sequence[PersonLine]:
    """All people by account."""
    unit.look(Act.PERSON_SEE)
    return [line(unit, person) for person in unit.session.scalars(select(Person).order_by(Person.account))]


def one(unit: Unit, account: str) -> PersonLine:
    """The person with this account."""
    unit.look(Act.PERSON_SEE)
    return line(unit, unit.person(account))


def line(unit: Unit, person: Person) -> PersonLine:
    """*person* as a line."""
    return PersonLine(
        person.uid, person.account, name_of(unit, person), person.department, sorted(person.roles),
        person.clearance, person.employment, person.confirmed,
    )  # fmt: skip


def bootstrap(unit: Unit, account: str, *, name: str, password: str, department: tuple[str, str]) -> Person:
    """The first account of a new instance: its system administrator. Only the system actor may."""
    unit.act(Act.INSTANCE_INIT, account)
    unit.session.add(Department(code=department[0], name=department[1]))
    person = _new(
        unit, code_checked(account, "account").lower(), name, department[0], password, one_time=False
    )
    unit.session.add(person)
    unit.session.flush()
    _set_posts(unit, person, frozenset({Role.SYSTEM_ADMIN}))
    return person
