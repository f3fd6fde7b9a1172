"""Log-ins that stand open: one's own, listed and ended one by one; and when each was last used (W5, decision 18)."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select, update

from archive import db, identity
from archive.acts import Act
from archive.entrance import SessionKind
from archive.errors import ArchiveError, NotFound
from archive.instance import Instance
from archive.model import LoginSession
from archive.unit import Unit

#: A log-in's last use is written no oftener than this.
EVERY = dt.timedelta(minutes=1)
#: How many log-ins are remembered as written lately, before all are forgotten and written anew.
REMEMBERED = 10_000

_lately: dict[str, dt.datetime] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One log-in of one's own that stands open."""

    uid: str
    kind: SessionKind
    begun_at: dt.datetime
    used_at: dt.datetime | None
    expires_at: dt.datetime


def mine(unit: Unit) -> Sequence[SessionLine]:
    """One's own log-ins that stand open, the newest first; programs' tokens are listed as such elsewhere."""
    unit.look(Act.SESSION_SEE)
    rows = select(LoginSession).where(
        LoginSession.person_uid == unit.actor.uid, LoginSession.ended_at.is_(None),
        LoginSession.expires_at > unit.now, LoginSession.kind != SessionKind.API,
    )  # fmt: skip
    found = unit.session.scalars(rows.order_by(LoginSession.begun_at.desc()))
    idle = dt.timedelta(minutes=unit.settings.idle_minutes)
    return [
        SessionLine(row.uid, row.kind, row.begun_at, row.seen_at, row.expires_at)
        for row in found
        if not identity.over(row, idle, unit.now)
    ]


def one(unit: Unit, token: str) -> str:
    """The uid of the log-in that *token* opens; empty if there is none."""
    mark = identity.token_hash(token)
    return unit.session.scalar(select(LoginSession.uid).where(LoginSession.token_hash == mark)) or ""


def end(unit: Unit, uid: str) -> SessionLine:
    """End one log-in of one's own; of anybody else's it is said that there is none. Raises `NotFound`."""
    row = unit.session.scalar(
        select(LoginSession).where(LoginSession.uid == uid, LoginSession.person_uid == unit.actor.uid)
    )
    if row is None or row.ended_at is not None:
        raise NotFound(what="session", code=uid)
    unit.act(Act.SESSION_END, row)
    row.ended_at = unit.now
    return SessionLine(row.uid, row.kind, row.begun_at, row.seen_at, row.expires_at)


def seen(instance: Instance, token: str) -> bool:
    """Note the use of a log-in, at most once a minute; True if it was written.

    One that lay unused too long is over, and no use brings it back (W5). Where another writes at this moment nothing is: it is written at the next use.
    """
    mark, now = identity.token_hash(token), instance.clock()
    if not _due(mark, now):
        return False
    idle = dt.timedelta(minutes=instance.settings.idle_minutes)
    change = update(LoginSession).where(
        LoginSession.token_hash == mark, LoginSession.ended_at.is_(None),
        or_(LoginSession.seen_at.is_(None), LoginSession.seen_at < now),
        or_(LoginSession.kind != SessionKind.WEB, func.coalesce(LoginSession.seen_at, LoginSession.begun_at) > now - idle),
    )  # fmt: skip
    try:
        with db.told(instance.database), db.impatient(instance.engine) as connection:
            connection.execute(change.values(seen_at=now))
    except ArchiveError:
        return False
    with _lock:
        _lately[mark] = now
    return True


def _due(mark: str, now: dt.datetime) -> bool:
    """True if the use of this log-in was not written within the last minute."""
    with _lock:
        if len(_lately) > REMEMBERED:
            _lately.clear()
        last = _lately.get(mark)
    return last is None or abs(now - last) >= EVERY
