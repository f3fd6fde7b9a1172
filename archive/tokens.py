"""Tokens of programs: what a person lets a program do in his name, and until when; shown once, ended at once.

A token is a log-in of kind API whose acts are written with it. It never reaches further than its person: the policy
judges every act anew, by his posts of that day (P4).
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive import identity, policy
from archive.acts import LOOKS, Act
from archive.cards import plain
from archive.conditions import Actor
from archive.entrance import SessionKind
from archive.errors import BadValue, LoginNeeded, NotAllowed, NotFound
from archive.model import LoginSession, Person, new_uid
from archive.unit import Unit
from archive.values import Role

USUAL_DAYS, LONGEST_DAYS, LONGEST_NAME = 90, 366, 80
#: The scope of all looks that one's posts allow.
READ = "read"
#: Who comes in, and by which secret, is a person's own business and never a program's.
BARRED = frozenset(
    {Act.TOKEN_MAKE, Act.SESSION_END, Act.ACCOUNT_LOGIN, Act.ACCOUNT_LOGOUT, Act.ACCOUNT_PASSWORD}
)
#: What any act needs to find its record, and any program to know whose it is.
_ALWAYS = frozenset({Act.RECORD_SEE, Act.PERSON_SEE})
_KEY = "tokens"


@dataclass(frozen=True, slots=True)
class Token:
    """A token just made: the only moment at which it can be read."""

    uid: str
    token: str
    name: str
    scopes: tuple[str, ...]
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token, or another log-in, that stands open; what it is called only its own person reads."""

    uid: str
    account: str
    kind: SessionKind
    name: str
    scopes: tuple[str, ...]
    begun_at: dt.datetime
    seen_at: dt.datetime | None
    expires_at: dt.datetime


def make(unit: Unit, name: str, scopes: Sequence[str], days: int = USUAL_DAYS) -> Token:
    """A token called *name*, good for *scopes* for so many *days*; raises `BadValue`, `NotAllowed`."""
    called, wanted = _called(name), tuple(dict.fromkeys(scopes))
    if not 1 <= days <= LONGEST_DAYS:
        raise BadValue(field="days", value=days, expected=f"1–{LONGEST_DAYS}")
    acts = expanded(unit.actor, wanted)
    uid, token = new_uid(), secrets.token_urlsafe(32)
    row = LoginSession(
        uid=uid, person_uid=unit.actor.uid, token_hash=identity.token_hash(token), kind=SessionKind.API,
        begun_at=unit.now, expires_at=unit.now + dt.timedelta(days=days), scopes=" ".join(sorted(acts)),
        card=unit.keys.seal_with(_KEY, uid.encode(), plain({"name": called, "scopes": wanted})),
    )  # fmt: skip
    unit.act(Act.TOKEN_MAKE, row, private={"name": called}, scopes=wanted, expires_at=row.expires_at)
    unit.session.add(row)
    return Token(uid, token, called, wanted, row.expires_at)


def _called(name: str) -> str:
    text = " ".join(name.split())
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable():
        raise BadValue(field="name", value=text[:40] or "—", expected=f"1–{LONGEST_NAME}")
    return text


def listed(unit: Unit, *, everybody: bool = False) -> list[TokenLine]:
    """One's own tokens that stand open, the newest first; with *everybody* all log-ins, for the system administrator."""
    unit.look(Act.SESSION_SEE)
    rows = select(LoginSession, Person.account).join(Person, Person.uid == LoginSession.person_uid)
    rows = rows.where(LoginSession.ended_at.is_(None), LoginSession.expires_at > unit.now)
    if everybody:
        if not cares_for_all(unit.actor):
            raise NotAllowed(act=Act.SESSION_SEE)
    else:
        rows = rows.where(LoginSession.person_uid == unit.actor.uid, LoginSession.kind == SessionKind.API)
    found = unit.session.execute(rows.order_by(LoginSession.begun_at.desc(), LoginSession.uid))
    return [_line(unit, row, account) for row, account in found]


def end(unit: Unit, uid: str) -> TokenLine:
    """End one of one's own tokens (the system administrator: anybody's log-in); raises `NotFound`."""
    row = unit.session.get(LoginSession, uid)
    if row is None or row.ended_at is not None or not _reached(unit.actor, row):
        raise NotFound(what="token", code=uid)
    person = unit.session.get_one(Person, row.person_uid)
    unit.act(Act.SESSION_END, row)
    row.ended_at = unit.now
    return _line(unit, row, person.account)


def _reached(actor: Actor, row: LoginSession) -> bool:
    return cares_for_all(actor) or (row.person_uid == actor.uid and row.kind is SessionKind.API)


def cares_for_all(actor: Actor) -> bool:
    """True for the system administrator, who sees and ends anybody's log-in."""
    return actor.has(Role.SYSTEM_ADMIN)


def _line(unit: Unit, row: LoginSession, account: str) -> TokenLine:
    name, scopes = "", ()
    if row.card and row.person_uid == unit.actor.uid:
        told = json.loads(unit.keys.open_with(_KEY, row.uid.encode(), row.card))
        name, scopes = told["name"], tuple(told["scopes"])
    return TokenLine(
        row.uid, account, row.kind, name, scopes, row.begun_at, row.seen_at, row.expires_at
    )  # fmt: skip


# --- scopes -----------------------------------------------------------------------------------


def expanded(actor: Actor, scopes: Collection[str]) -> frozenset[Act]:
    """The acts that *scopes* come to for *actor*; raises `BadValue` for what is no scope, `NotAllowed` for what is not his.

    A scope is `read`, a noun, or one act. What is a second person's word (an approval, a countersignature) no noun
    contains: it is asked for by its own name.
    """
    if not scopes:
        raise BadValue(field="scopes", value="—", expected=READ)
    own, found = his_own(actor), frozenset[Act]()
    for scope in scopes:
        meant = meaning(scope)
        if not meant & own:
            raise NotAllowed(act=min(meant))
        found |= meant & own
    seen = {f"{act.value.partition('.')[0]}.see" for act in found}
    return found | _ALWAYS | {act for act in own & LOOKS if act.value in seen}


def meaning(scope: str) -> frozenset[Act]:
    """The acts that *scope* stands for, whoever asks; raises `BadValue`."""
    if scope == READ:
        return LOOKS - BARRED
    meant = frozenset({Act(scope)}) if scope in set(Act) else _of_noun(scope)
    if not meant - BARRED:
        raise BadValue(field="scopes", value=scope[:40], expected=" ".join((READ, *nouns(Act))))
    return meant - BARRED


def his_own(actor: Actor) -> frozenset[Act]:
    """The acts that *actor*'s posts know, save those that no program does."""
    return frozenset(act for act, posts in policy.GRANTS.items() if actor.roles & posts.keys()) - BARRED


def nouns(acts: Iterable[Act]) -> list[str]:
    """The nouns of *acts* that are scopes."""
    found = {act.value.partition(".")[0] for act in acts}
    return sorted(noun for noun in found if _of_noun(noun) - BARRED)


def _of_noun(noun: str) -> frozenset[Act]:
    return frozenset(act for act in Act if act.value.partition(".")[0] == noun) - policy.APPROVALS


# --- showing one ------------------------------------------------------------------------------


def credential(
    token: str, *, today: Callable[[dt.datetime], dt.date]
) -> Callable[[Session, dt.datetime], Actor]:
    """A program's credential: only a token opens this door, no log-in of a person; raises `LoginNeeded`, `NotEmployed`."""
    by_token = identity.by_token(token, today=today)

    def resolve(session: Session, now: dt.datetime) -> Actor:
        found = by_token(session, now)
        if found.scope is None:
            raise LoginNeeded
        return found

    return resolve
