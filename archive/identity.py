"""Who is at the keyboard: passwords, log-ins, and the actor with today's rights.

Unknown account and wrong password are told alike and take the same work (W6).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Select, bindparam, delete, or_, select
from sqlalchemy.orm import Session

from archive.acts import Act
from archive.conditions import Actor
from archive.entrance import SessionKind
from archive.errors import (
    CodeOver,
    LoginFailed,
    LoginNeeded,
    LoginThrottled,
    NotEmployed,
    Refused,
    SamePassword,
    WeakPassword,
)
from archive.model import Decision, Event, Grant, Item, LoginBar, LoginSession, Person, RecordClass, Volume
from archive.unit import Line, Unit, named
from archive.values import CONFIDENTIAL, Employment, Level, Role

T = TypeVar("T")

FREE_TRIES = 5
LONGEST_BAR = dt.timedelta(hours=1)
FORGOTTEN_AFTER = dt.timedelta(days=1)
LONGEST_PASSWORD = 256
#: How long the code of a reset may wait for the person it was told to.
CODE_LASTS = dt.timedelta(minutes=30)
#: Whoever stands at the door before a log-in.
NOBODY = Actor("", "", frozenset(), "", Level.PUBLIC)
_HASHER = PasswordHasher()
#: A log-in by the mark of its token; asked in every transaction, so written once.
_SESSION = select(LoginSession).where(LoginSession.token_hash == bindparam("mark"))


def hash_password(password: str, *, least: int) -> str:
    """Argon2id of *password*; raises `WeakPassword` below *least* characters or above 256."""
    long_enough(password, least)
    return _HASHER.hash(password)


def long_enough(password: str, least: int) -> None:
    """Raise `WeakPassword` for what is shorter than *least* characters, or longer than any password."""
    if not least <= len(password) <= LONGEST_PASSWORD:
        raise WeakPassword(least=least)


def one_time_code() -> str:
    """A code for one log-in, easy to read aloud."""
    letters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


@cache
def _dummy() -> str:
    return _HASHER.hash(secrets.token_hex(16))


def matches(password: str, hashed: str) -> bool:
    """True if *password* is the one behind *hashed*; takes Argon2's time either way."""
    try:
        return len(password) <= LONGEST_PASSWORD and _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@dataclass(slots=True)
class Typed:
    """A password as it was typed, and what it was found to open: trying it takes Argon2's time."""

    text: str = field(default="", repr=False)
    opens: dict[str, bool] = field(default_factory=dict, repr=False)


class Untried(Exception):
    """A change was given up, with nothing done, because a password in it must first be tried against *hashed*."""

    def __init__(self, hashed: str) -> None:
        super().__init__("untried")
        self.hashed = hashed


def beforehand(typed: Typed, change: Callable[[], T], trying: Callable[[str, str], bool] = matches) -> T:
    """What *change* comes to, which asks for *typed*: that is tried between transactions, so that nobody waits for it.

    *change* opens the transaction; it is begun anew once it is known whether the password is the one it asks for.
    """
    while True:
        try:
            return change()
        except Untried as asked:
            typed.opens[asked.hashed] = trying(typed.text, asked.hashed)


def hashed(password: str) -> str:
    """What would be kept of *password*, whether it will do or not; takes Argon2's time."""
    return _HASHER.hash(password[: LONGEST_PASSWORD + 1])


def kept(unit: Unit, account: str) -> str:
    """What is kept of the account's password; of an unknown account something that takes the same work to try."""
    person = unit.session.scalar(select(Person).where(Person.account == _typed(account)))
    return person.password_hash if person else _dummy()


def _typed(account: str) -> str:
    return account.strip().lower()[:LONGEST_PASSWORD]


def login(
    unit: Unit, account: str, password: str, *, kind: SessionKind = SessionKind.CLI, opened: str | None = None
) -> str:
    """Open a session and return its token; raises `LoginFailed`, `LoginThrottled`, `NotEmployed` or `CodeOver`.

    The unit runs as `NOBODY`; a failure leaves one line and is counted, whether the account exists or not.
    *opened* is what `kept` gave and *password* was found to open, or nothing: tried beforehand, so that a long
    trying holds up nobody who writes.
    """
    account = _typed(account)
    person = unit.session.scalar(select(Person).where(Person.account == account))
    if opened is None:
        good = matches(password, person.password_hash if person else _dummy())
    else:
        good = person is not None and person.password_hash == opened
    barred = _barred(unit, account)
    if barred is not None:
        raise _turned_away(unit, account, person, barred)
    if person is None or not good:
        _count_failure(unit, account)
        raise _turned_away(unit, account, person, LoginFailed())
    if person.employment is not Employment.ACTIVE:
        raise _turned_away(unit, account, person, NotEmployed(account=account))
    if person.one_time and _lay_too_long(unit, person):
        raise _turned_away(unit, account, person, CodeOver(minutes=CODE_LASTS // dt.timedelta(minutes=1)))
    unit.actor = actor(unit.session, person, unit.today)
    unit.act(Act.ACCOUNT_LOGIN, person)
    unbar(unit, account)
    return _open_session(unit, person, kind)


def _lay_too_long(unit: Unit, person: Person) -> bool:
    """True if the code came of a reset longer ago than a code may wait (W6); that of a new account waits for its person."""
    resets = select(Event.at).where(
        Event.object_uid == person.uid, Event.act == Act.PERSON_RESET.value, Event.outcome == "done"
    )
    at = unit.session.scalar(resets.order_by(Event.seq.desc()).limit(1))
    return at is not None and unit.now - dt.datetime.fromisoformat(at) > CODE_LASTS


def _account_mac(unit: Unit, account: str) -> str:
    return unit.keys.mac("login-bar", account.encode()).hex()


def _turned_away(unit: Unit, account: str, person: Person | None, error: Refused) -> Refused:
    """Leave the line of a refused log-in; what was typed for an account may be a secret, so it is sealed."""
    line = Line(Act.ACCOUNT_LOGIN, *named(person), outcome=error.code, private={"account": account})
    unit.lines.append(line)
    return error


def _barred(unit: Unit, account: str) -> LoginThrottled | None:
    bar = unit.session.get(LoginBar, _account_mac(unit, account))
    left = (bar.barred_until - unit.now).total_seconds() if bar is not None else 0
    return LoginThrottled(seconds=math.ceil(left)) if left > 0 else None


def _count_failure(unit: Unit, account: str) -> None:
    """Count a failure though the act is refused; from the fifth on each bars the account twice as long."""
    mac, now = _account_mac(unit, account), unit.now

    def count(session: Session) -> None:
        session.execute(delete(LoginBar).where(LoginBar.failed_at < now - FORGOTTEN_AFTER))
        bar = session.get(LoginBar, mac) or LoginBar(account_mac=mac, failures=0)
        bar.failures += 1
        over = min(bar.failures - FREE_TRIES, 16)
        seconds = min(15 * 2**over, LONGEST_BAR.total_seconds()) if over >= 0 else 0
        bar.failed_at, bar.barred_until = now, now + dt.timedelta(seconds=seconds)
        session.add(bar)

    unit.despite.append(count)


def unbar(unit: Unit, account: str) -> None:
    """Forget the failures of *account*; the caller has named the act."""
    unit.session.execute(delete(LoginBar).where(LoginBar.account_mac == _account_mac(unit, account)))


def _open_session(unit: Unit, person: Person, kind: SessionKind) -> str:
    token = secrets.token_urlsafe(32)
    hours = dt.timedelta(hours=unit.settings.session_hours)
    row = LoginSession(
        person_uid=person.uid, token_hash=token_hash(token), begun_at=unit.now, expires_at=unit.now + hours,
        kind=kind,
    )  # fmt: skip
    unit.session.add(row)
    return token


def logout(unit: Unit, token: str) -> None:
    """End the session of *token*."""
    row = _session_row(unit.session, token)
    unit.act(Act.ACCOUNT_LOGOUT)
    if row is not None:
        row.ended_at = unit.now


def change_password(unit: Unit, old: Typed, new: str, kept_of_new: str) -> None:
    """One's own password, of which *kept_of_new* is what `hashed` gave of it before; ends every session.

    Raises `LoginFailed` (counted like a failed log-in), `LoginThrottled`, `WeakPassword`, `SamePassword`, `Untried`.
    """
    person = unit.person(unit.actor.account)
    unit.act(Act.ACCOUNT_PASSWORD, person)
    demand_password(unit, person, old)
    if old.text == new:
        raise SamePassword
    long_enough(new, unit.settings.password_length)
    person.password_hash = kept_of_new
    person.one_time = False
    end_sessions(unit, person)


def demand_password(unit: Unit, person: Person, password: Typed) -> None:
    """See that *password* is *person*'s own, as it was found to be beforehand; the caller has named the act.

    Raises `LoginThrottled`, or `LoginFailed`, which is counted like a failed log-in; `Untried` where it is not known.
    """
    barred = _barred(unit, person.account)
    if barred is not None:
        raise barred
    if person.password_hash not in password.opens:
        raise Untried(person.password_hash)
    if not password.opens[person.password_hash]:
        _count_failure(unit, person.account)
        raise LoginFailed


def end_sessions(unit: Unit, person: Person) -> None:
    """End all sessions of *person* at once."""
    rows = select(LoginSession).where(LoginSession.person_uid == person.uid, LoginSession.ended_at.is_(None))
    for row in unit.session.scalars(rows):
        row.ended_at = unit.now


def by_token(
    token: str, *, today: Callable[[dt.datetime], dt.date], idle: dt.timedelta | None = None
) -> Callable[[Session, dt.datetime], Actor]:
    """A credential: resolved inside each transaction, so that rights withdrawn are gone at the next act (P4).

    With *idle* the log-in of a browser that was not used for so long is over (W5).
    """

    def resolve(session: Session, now: dt.datetime) -> Actor:
        row = _session_row(session, token)
        if row is None or row.ended_at is not None or row.expires_at <= now or over(row, idle, now):
            raise LoginNeeded
        person = session.get_one(Person, row.person_uid)
        if person.employment is not Employment.ACTIVE:
            raise NotEmployed(account=person.account)
        found = actor(session, person, today(now))
        return replace(found, client=row.kind.lower(), scope=_scope(row.scopes))

    return resolve


def over(row: LoginSession, idle: dt.timedelta | None, now: dt.datetime) -> bool:
    """True for the log-in of a browser that nobody used for *idle*."""
    if idle is None or row.kind is not SessionKind.WEB:
        return False
    return now - (row.seen_at or row.begun_at) >= idle


def _scope(written: str) -> frozenset[Act] | None:
    """The acts a token is good for; None: all that its person may do."""
    return frozenset(Act(one) for one in written.split()) if written else None


def _session_row(session: Session, token: str) -> LoginSession | None:
    return session.scalar(_SESSION, {"mark": token_hash(token)})


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor(session: Session, person: Person, today: dt.date) -> Actor:
    """*person* as an actor with the clearance and grants of *today*."""
    roles = person.roles
    opened = _grants(session, person, roles, today) if person.confirmed else ({}, {}, {})
    return Actor(
        uid=person.uid,
        account=person.account,
        roles=roles,
        department=person.department,
        clearance=person.clearance if person.confirmed else min(person.clearance, Level.INTERNAL),
        suspended=not person.confirmed,
        password_due=person.one_time,
        granted=opened[0],
        duty=opened[1],
        duty_at_home=opened[2],
        as_of=today,
    )


Opened = dict[Act, frozenset[str]]


def _grants(
    session: Session, person: Person, roles: frozenset[Role], today: dt.date
) -> tuple[Opened, Opened, Opened]:
    """What single grants, duty grants, and duty grants over the own department open today."""
    granted: dict[Act, set[str]] = {}
    duty: dict[Act, set[str]] = {}
    at_home: dict[Act, set[str]] = {}
    asked = {"person": person.uid, "roles": sorted(roles), "today": today}
    found = session.scalars(_live(), asked).all()
    classes = _classes(session, {grant.class_code for grant in found if grant.class_code})
    for grant in found:
        if grant.role is not None and grant.department not in {None, person.department}:
            continue
        opened = granted if grant.record_uid else at_home if grant.at_home else duty
        what = {grant.record_uid} if grant.record_uid else classes[grant.class_code or ""]
        for act in grant.acts.split():
            opened.setdefault(Act(act), set()).update(one for one in what if one)
    return _frozen(granted), _frozen(duty), _frozen(at_home)


@cache
def _live() -> Select[Grant]:
    """The grants of a person and of roles that hold on a day; asked in every transaction, so written once."""
    mine = (Grant.person_uid == bindparam("person")) | Grant.role.in_(bindparam("roles", expanding=True))
    lasting = Grant.revoked_at.is_(None), Grant.spent_at.is_(None), Grant.expires_on >= bindparam("today")
    return select(Grant).where(mine, *lasting, _high_enough())


def _high_enough() -> ColumnElement[bool]:
    """Given by the GM himself; what a lower post (or a deputy) approved opens nothing that is confidential by now (V9)."""
    gm = (Decision.role == Role.GM.value) & Decision.for_uid.is_(None)
    below = (
        select(kind.uid).where(kind.uid == Grant.record_uid, kind.level < CONFIDENTIAL).exists()
        for kind in (Volume, Item)
    )
    decided = select(Decision.uid).where(Decision.line_uid == Grant.line_uid, gm)
    return or_(Grant.line_uid.is_(None), decided.exists(), *below)


def _classes(session: Session, codes: set[str]) -> dict[str, set[str]]:
    """Each of *codes* with the classes below it; nothing for no code."""
    found = {"": set[str](), **{code: {code} for code in codes}}
    below = select(RecordClass.parent, RecordClass.code).where(RecordClass.parent.in_(sorted(codes)))
    for parent, code in session.execute(below) if codes else ():
        found[str(parent)].add(code)
    return found


def _frozen(opened: dict[Act, set[str]]) -> Opened:
    return {act: frozenset(what) for act, what in opened.items()}
