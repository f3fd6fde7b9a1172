"""Who is signed in: a sealed cookie holds the token of a log-in kept as a row, revocable at once (W5).

Rights are looked up anew in every transaction, so that what was withdrawn is gone with the next request (P4).
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from flask import current_app, g, request, session

from archive import identity, people, policy, sessions
from archive.acts import Act
from archive.conditions import Actor
from archive.entrance import SessionKind
from archive.errors import ArchiveError, Busy, LoginNeeded, NotEmployed, PasswordDue
from archive.instance import Instance, Who
from archive.values import Level, Role
from archive.words import Language

T = TypeVar("T")

#: Where the token lies in the cookie, and the cookie that keeps a chosen language.
TOKEN, TONGUE = "token", "anjuan-language"
#: Passwords tried at a time (each takes 64 MiB and most of a core), and how long one waits for its turn.
TRIED_AT_A_TIME, PATIENCE = 2, 10.0
_TRYING = threading.BoundedSemaphore(TRIED_AT_A_TIME)
#: Where programs ask: they show a token of their own, and a cookie says nothing there (W4).
PROGRAMS = "/api/"
#: Parts of pages that are asked for anew every few seconds, whether somebody sits there or not (W5).
BY_CLOCK = frozenset({"care.job", "custody.live", "lists.live", "packages.live", "workbooks.live"})


@dataclass(frozen=True, slots=True)
class Sitting:
    """The person signed in, as the shell of a page shows him."""

    uid: str
    account: str
    name: str
    department: str
    roles: tuple[Role, ...]
    clearance: Level
    password_due: bool
    suspended: bool
    actor: Actor = field(repr=False)


def _archive() -> Instance:
    found: Instance = current_app.extensions["anjuan"].instance
    return found


def who() -> Who:
    """The credential of this request: a program's token where one was shown, else the log-in of the cookie."""
    shown: Who | None = g.get("credential")
    return shown or _by_cookie()


def reader() -> Who:
    """Whoever asks in this request: his rights as they were looked up at its door; a change looks them up again."""
    here = g.get("sitting")
    return here.actor if here is not None else who()


def show(credential: Who) -> None:
    """Let this request act by *credential* instead of the cookie's: a program's token."""
    g.credential = credential


def lasting() -> Who:
    """The credential of what goes on while nobody looks: it ends with the log-in, not because a browser lies idle."""
    shown: Who | None = g.get("credential")
    return shown or _by_cookie(idles=False)


def _by_cookie(*, idles: bool = True) -> Who:
    settings = _archive().settings
    return identity.by_token(
        "" if request.path.startswith(PROGRAMS) else token(),
        today=lambda now: now.astimezone(settings.zone).date(),
        idle=dt.timedelta(minutes=settings.idle_minutes) if idles else None,
    )


def sitting() -> Sitting | None:
    """Who is signed in, None if nobody is; looked up once in a request."""
    if "sitting" not in g:
        g.sitting = None  # while it is not known: an error on the way is told to nobody in particular
        g.sitting = _found()
    found: Sitting | None = g.sitting
    return found


def _found() -> Sitting | None:
    if "credential" not in g and TOKEN not in session:
        return None
    try:
        with _archive().ask(who(), Act.ACCOUNT_LOGOUT) as unit:
            actor, name = unit.actor, people.own_name(unit)
    except (LoginNeeded, NotEmployed):
        leave()
        g.over = True
        return None
    return _sitting(actor, name)


def seat(actor: Actor) -> None:
    """Let this request know who asks, as he was found at its door: a program, which is called by no name."""
    g.sitting = _sitting(actor, "")


def _sitting(actor: Actor, name: str) -> Sitting:
    return Sitting(
        actor.uid, actor.account, name, actor.department, tuple(sorted(actor.roles)), actor.clearance,
        actor.password_due, actor.suspended, actor,
    )  # fmt: skip


def may(act: Act) -> bool:
    """Whether the person signed in could do *act* at all; for what is offered, never instead of judging."""
    here = sitting()
    return here is not None and policy.allowed(here.actor, act, None)


def leads_away(error: ArchiveError) -> bool:
    """True for what no form can mend: one must log in, or change a one-time code first."""
    if isinstance(error, NotEmployed):  # of a borrower who has left it is an answer like any other
        here = sitting()
        return here is None or error.facts.get("account") == here.account
    return isinstance(error, (LoginNeeded, PasswordDue))


# --- coming and going --------------------------------------------------------------------------


def sign_in(account: str, password: str) -> None:
    """Log in under a new id, whatever the visitor brought; raises as `identity.login` does, or `Busy`.

    The password is tried outside every transaction, and only few at a time: guessing keeps nobody else from working.
    """
    archive = _archive()
    with archive.ask(identity.NOBODY, Act.ACCOUNT_LOGIN) as looked:
        hashed = identity.kept(looked, account)
    opened = hashed if _tried(password, hashed) else ""
    with archive.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
        made = identity.login(unit, account, password, kind=SessionKind.WEB, opened=opened)
    if sitting() is not None:
        _end()
    leave()
    session[TOKEN] = made


def confirmed(typed: identity.Typed, change: Callable[[], T]) -> T:
    """What *change* comes to, which asks for a password: as a log-in, it is tried outside every transaction."""
    return identity.beforehand(typed, change, _tried)


def _tried(password: str, hashed: str) -> bool:
    with _turn():
        return identity.matches(password, hashed)


@contextmanager
def _turn() -> Iterator[None]:
    """One's turn at what takes Argon2's time; raises `Busy` where too many wait."""
    if not _TRYING.acquire(timeout=PATIENCE):
        raise Busy(what="login")
    try:
        yield
    finally:
        _TRYING.release()


def sign_out() -> None:
    """End the log-in of this browser, and forget everything in its cookie."""
    if sitting() is not None:
        _end()
    leave()


def _end() -> None:
    with _archive().work(who(), Act.ACCOUNT_LOGOUT) as unit:
        identity.logout(unit, token())


def leave() -> None:
    """Forget who was signed in here."""
    session.clear()
    g.sitting = None
    g.pop("csrf_token", None)


def change_password(old: str, new: str) -> None:
    """One's own password: every log-in ends, and this browser begins a new one; raises as `identity` does."""
    here, typed = sitting(), identity.Typed(old)
    with _turn():
        kept = identity.hashed(new)

    def change() -> None:
        with _archive().work(who(), Act.ACCOUNT_PASSWORD) as unit:
            identity.change_password(unit, typed, new, kept)

    confirmed(typed, change)
    leave()
    assert here is not None
    sign_in(here.account, new)


def token() -> str:
    """The token this browser brought; empty if none."""
    return str(session.get(TOKEN, ""))


def noting() -> Callable[[], object] | None:
    """What notes, once the answer has gone out, that the person was here; None if nobody is signed in."""
    if request.endpoint == "static" or request.path.startswith(PROGRAMS) or _by_clock():
        return None
    return partial(sessions.seen, _archive(), token()) if token() else None


def _by_clock() -> bool:
    """True for a part of a page that its browser asks for by itself."""
    return request.endpoint in BY_CLOCK and request.headers.get("HX-Request") == "true"


# --- language ----------------------------------------------------------------------------------


def tongue() -> Language:
    """The language chosen in this browser, else the instance's."""
    return chosen_tongue(_archive().settings.tongue)


def chosen_tongue(otherwise: Language = Language.ZH) -> Language:
    """The language chosen in this browser, else *otherwise*."""
    chosen = request.cookies.get(TONGUE)
    return Language(chosen) if chosen in set(Language) else otherwise
