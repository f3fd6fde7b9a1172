"""The machine's clock held against the log: a clock that stands before the newest line lets nothing be done (M1).

The newest line by number is meant, but for the lines that may be written meanwhile.
This module does not know who may confirm a clock; `archive.circulation.clock` does.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.acts import Act
from archive.errors import ClockSetBack
from archive.model import ClockNote, Event

#: Clocks of one machine wander this much.
SLACK = dt.timedelta(minutes=5)
#: What can be done while the clock looks wrong: coming in and out, looking at the machine, confirming.
MEANWHILE = frozenset({Act.ACCOUNT_LOGIN, Act.ACCOUNT_LOGOUT, Act.CLOCK_CONFIRM, Act.INSTANCE_INSPECT})


def newest(session: Session) -> dt.datetime | None:
    """When the newest line was written; lines written in spite of a wrong clock are left out."""
    lasting = Event.act.not_in([act.value for act in sorted(MEANWHILE)])
    at = session.execute(select(Event.at).where(lasting).order_by(Event.seq.desc()).limit(1)).scalar()
    return dt.datetime.fromisoformat(at) if at else None


def check(session: Session, now: dt.datetime) -> None:
    """Raise `ClockSetBack` if *now* is before the newest line and nobody has confirmed that it is right (M1)."""
    last = newest(session)
    if last is not None and now < last - SLACK and not confirmed(session, last, now):
        raise ClockSetBack(now=now, last=last)


def behind(session: Session, now: dt.datetime) -> dt.datetime | None:
    """The newest line, if *now* is before it and two people have not said that this is right; else None."""
    try:
        check(session, now)
    except ClockSetBack:
        return newest(session)
    return None


def ahead(session: Session, now: dt.datetime) -> dt.timedelta:
    """How far *now* is ahead of the newest line: what destroys asks this first, and waits above a day (M1)."""
    last = newest(session)
    return max(dt.timedelta(0), now - last) if last is not None else dt.timedelta(0)


def confirmed(session: Session, last: dt.datetime, now: dt.datetime) -> bool:
    """True if two people confirmed against this very line; a clock set back once more is before their word too."""
    rows = select(ClockNote.uid).where(ClockNote.newest == last, ClockNote.confirmed_at <= now + SLACK)
    return session.execute(rows.limit(1)).first() is not None


def proposal(session: Session, last: dt.datetime, now: dt.datetime) -> ClockNote | None:
    """What one person has said of the clock since that line, if a second has not confirmed it yet."""
    rows = (
        select(ClockNote)
        .where(
            ClockNote.newest == last,
            ClockNote.confirmed_at.is_(None),
            ClockNote.proposed_at <= now + SLACK,
        )
        .order_by(ClockNote.proposed_at.desc())
    )
    return session.execute(rows.limit(1)).scalar()
