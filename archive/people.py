"""People: accounts, posts, clearances, leaving; the three administrators kept apart (decision 3)."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from archive import identity, quorum
from archive.acts import Act
from archive.cards import plain
from archive.circulation import inhand
from archive.codes import code_checked, name_checked
from archive.errors import BadValue, CodeTaken, NotAllowed, PostsSeparated, SelfApproval, WrongState
from archive.model import Department, Person, Post, new_uid
from archive.unit import Unit
from archive.values import SEPARATED_POSTS, Employment, Level, Role

NAMES_KEY = "names"
CONTACT_KEY = "contact"
#: Who keeps other people's addresses, and who may read them beside the person himself.
CONTACT_KEEPERS = frozenset({Role.SYSTEM_ADMIN, Role.HR})
CONTACT_READERS = CONTACT_KEEPERS | {
    Role.ARCHIVIST, Role.CLERK, Role.RECORDS_CLERK, Role.GM_SECRETARY, Role.CS_SUPERVISOR, Role.DEPT_MANAGER, Role.GM,
}  # fmt: skip
_MAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{2,24}[0-9]")


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


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody is reached; empty where nothing is known."""

    account: str
    mail: str = ""
    phone: str = ""


def name_of(unit: Unit, person: Person) -> str:
    """The person's name, opened."""
    return unit.keys.open_with(NAMES_KEY, _place(person.uid), person.card).decode()


def own_name(unit: Unit) -> str:
    """The name of whoever asks."""
    return names(unit, [unit.actor.uid])[unit.actor.uid]


def names(unit: Unit, uids: Collection[str]) -> dict[str, str]:
    """The names of many people by uid, opened; nothing else of them is read."""
    rows = unit.session.execute(select(Person.uid, Person.card).where(Person.uid.in_(uids))) if uids else ()
    return {uid: unit.keys.open_with(NAMES_KEY, _place(uid), card).decode() for uid, card in rows}


def _place(uid: str) -> bytes:
    return f"person|{uid}".encode()


def add_department(unit: Unit, code: str, name: str, name_en: str = "") -> Department:
    """Add a department; adding it again changes nothing but adds an English name that was lacking.

    Raises `CodeTaken` where another has that code, `BadValue`.
    """
    name, name_en = name_checked(name, "name", longest=60), name_checked(name_en, "english", least=0)
    found = unit.session.get(Department, code)
    unit.act(Act.PERSON_EDIT, code_checked(code, "department"))
    if found is not None and found.name != name:
        raise CodeTaken(code=code)
    if found is None:
        found = Department(code=code, name=name, name_en=name_en)
        unit.session.add(found)
        unit.session.flush()
    found.name_en = found.name_en or name_en
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
        raise NotAllowed(act=Act.PERSON_CLEAR)
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
        card=unit.keys.seal_with(NAMES_KEY, _place(uid), name_checked(name, "name", longest=60).encode()),
        department=department,
        clearance=Level.INTERNAL,
        password_hash=identity.hash_password(password, least=unit.settings.password_length),
        one_time=one_time,
        created_at=unit.now,
    )


def set_roles(unit: Unit, account: str, roles: Iterable[Role]) -> Person:
    """Give and take posts; nobody changes his own, nobody holds two administrative posts. A change ends log-ins (W5)."""
    person = unit.person(account)
    unit.act(Act.PERSON_EDIT, person, roles=sorted(roles))
    if person.uid == unit.actor.uid:
        raise SelfApproval(act=Act.PERSON_EDIT)
    before = person.roles
    _set_posts(unit, person, frozenset(roles))
    if person.roles != before:
        identity.end_sessions(unit, person)
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
    """Record that a person has left: sessions end, posts end; the row stays.

    Nobody leaves without a clean certificate (R41): raises `NotCleared`, `NotClear`, `WrongState`, `SelfApproval`.
    """
    person = unit.person(account)
    unit.act(Act.PERSON_LEAVE, person, on=on or unit.today)
    if person.uid == unit.actor.uid:
        raise SelfApproval(act=Act.PERSON_LEAVE)
    if person.employment is Employment.LEFT:
        raise WrongState(state=person.employment, act=Act.PERSON_LEAVE)
    inhand.demand(unit, person)
    person.employment = Employment.LEFT
    identity.end_sessions(unit, person)
    for post in person.posts:
        post.ended_at = post.ended_at or unit.now
    return person


def suspend(unit: Unit, account: str, *, reason: str) -> Person:
    """Bar an account at once, cleared or not: its sessions end, nobody logs in; posts and papers stay as they are.

    Raises `SelfApproval`, `WrongState`, `BadValue`, `NotFound`.
    """
    return _employed(unit, account, Act.PERSON_SUSPEND, reason, (Employment.ACTIVE, Employment.SUSPENDED))


def restore(unit: Unit, account: str, *, reason: str) -> Person:
    """Let a suspended account in again; raises `SelfApproval`, `WrongState`, `BadValue`, `NotFound`."""
    return _employed(unit, account, Act.PERSON_RESTORE, reason, (Employment.SUSPENDED, Employment.ACTIVE))


def _employed(unit: Unit, account: str, act: Act, reason: str, step: tuple[Employment, Employment]) -> Person:
    person = unit.person(account)
    unit.act(act, person, private={"reason": reason})
    if person.uid == unit.actor.uid:
        raise SelfApproval(act=act)
    if person.employment is not step[0]:
        raise WrongState(state=person.employment, act=act)
    if not reason.strip():
        raise BadValue(field="reason", value=reason, expected="…")
    person.employment = step[1]
    identity.end_sessions(unit, person)
    return person


def everyone(unit: Unit) -> Sequence[PersonLine]:
    """All people by account."""
    unit.look(Act.PERSON_SEE)
    return [line(unit, person) for person in unit.session.scalars(select(Person).order_by(Person.account))]


def accounts(unit: Unit, limit: int) -> list[tuple[str, str]]:
    """Accounts of those who work here with their names, by account, at most *limit*: offered while one is typed."""
    unit.look(Act.PERSON_SEE)
    rows = select(Person).options(lazyload(Person.posts)).where(Person.employment == Employment.ACTIVE)
    found = unit.session.scalars(rows.order_by(Person.account).limit(limit))
    return [(person.account, name_of(unit, person)) for person in found]


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


# --- how people are reached -----------------------------------------------------------------------


def set_contact(unit: Unit, account: str, *, mail: str | None = None, phone: str | None = None) -> Contact:
    """Keep a person's mail address and telephone; None leaves one as it is, an empty text removes it.

    One's own, or anybody's for the system administrator and HR.
    Raises `NotAllowed`, `NotFound`, `BadValue`.
    """
    person = unit.person(account)
    unit.act(Act.PERSON_CONTACT, person)
    _about(unit, person, CONTACT_KEEPERS)
    old = contact_of(unit, person)
    made = Contact(
        person.account,
        old.mail if mail is None else mail_checked(mail) if mail.strip() else "",
        old.phone if phone is None else _phone_checked(phone) if phone.strip() else "",
    )
    told = plain({"mail": made.mail, "phone": made.phone})
    person.contact = unit.keys.seal_with(CONTACT_KEY, _contact_place(person.uid), told)
    return made


def contact(unit: Unit, account: str) -> Contact:
    """How a person is reached: shown to himself, to keepers and to managers; raises `NotAllowed`, `NotFound`."""
    unit.look(Act.PERSON_SEE)
    person = unit.person(account)
    _about(unit, person, CONTACT_READERS)
    return contact_of(unit, person)


def contact_of(unit: Unit, person: Person) -> Contact:
    """The person's addresses, opened; the caller has judged."""
    if person.contact is None:
        return Contact(person.account)
    raw = unit.keys.open_with(CONTACT_KEY, _contact_place(person.uid), person.contact)
    return Contact(person.account, **json.loads(raw))


def _contact_place(uid: str) -> bytes:
    return f"contact|{uid}".encode()


def _about(unit: Unit, person: Person, others: frozenset[Role]) -> None:
    """Raise `NotAllowed` unless it is the actor himself, or he holds one of the posts *others*."""
    if person.uid != unit.actor.uid and not unit.actor.has(*others):
        raise NotAllowed(act=Act.PERSON_CONTACT)


def mail_checked(text: str) -> str:
    """A mail address without its surrounding blanks; raises `BadValue` for anything but one plain address."""
    address = text.strip()
    local = address.partition("@")[0]
    sound = _MAIL.fullmatch(address) and not local.startswith(".") and not local.endswith(".")
    if not sound or ".." in address or len(address) > 254:
        raise BadValue(field="mail", value=text[:80], expected="name@example.com")
    return address


def _phone_checked(text: str) -> str:
    number = text.strip()
    if not _PHONE.fullmatch(number):
        raise BadValue(field="phone", value=text[:40], expected="0755-12345678, +86 138 0013 8000")
    return number
