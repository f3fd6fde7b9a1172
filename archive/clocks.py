"""The machine's clock held against the log: a clock that stands before the newest line lets nothing be done (M1).

The newest line by number is meant, but for the lines that may be written meanwhile. A clock that once ran ahead
by more than a day lets nothing be destroyed (`leap`): every line counts there, so that none can fill the gap.
This module does not know who may confirm a clock; `archive.circulation.clock` does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from archive.acts import Act
from archive.errors import ClockLeapt, ClockSetBack
from archive.model import ClockNote, Event

#: Clocks of one machine wander this much.
SLACK = dt.timedelta(minutes=5)
#: The log may be silent for a day (the rounds write to it daily); longer may be a clock set ahead.
SILENCE = dt.timedelta(hours=24) + SLACK
#: What can be done while the clock looks wrong: coming in and out, looking at the machine, confirming.
MEANWHILE = frozenset({Act.ACCOUNT_LOGIN, Act.ACCOUNT_LOGOUT, Act.CLOCK_CONFIRM, Act.INSTANCE_INSPECT})

#: Asked with every unit, so written once: the moment of the newest line that was not written meanwhile.
_NEWEST = (
    select(Event.at)
    .where(and_(*(Event.act != act.value for act in sorted(MEANWHILE))))
    .order_by(Event.seq.desc())
    .limit(1)
)


def newest(session: Session) -> dt.datetime | None:
    """When the newest line was written; lines written in spite of a wrong clock are left out."""
    at = session.execute(_NEWEST).scalar()
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


@dataclass(frozen=True, slots=True)
class Leap:
    """Two lines of the log, one after the other, with more than a day between them; or the newest and now."""

    before: dt.datetime
    after: dt.datetime


def leap(session: Session, now: dt.datetime, *, since: dt.datetime) -> None:
    """Let nothing be destroyed by a clock that ran ahead after *since*, until two people have confirmed it (M1).

    *since* is the earliest instant that what is destroyed rests on: the approval of its list. The step that leads
    up to it counts too. Raises `ClockSetBack` for a clock before the newest line, `ClockLeapt` for one set ahead.
    """
    check(session, now)
    found = leapt(session, now, since=since)
    if found is not None:
        raise ClockLeapt(before=found.before, after=found.after)


def leapt(session: Session, now: dt.datetime, *, since: dt.datetime | None = None) -> Leap | None:
    """The first leap ahead after *since* (the founding) that no two people have confirmed yet; None if there is none."""
    first = max(_confirmed_line(session), _line_before(session, since))
    before: dt.datetime | None = None
    for after in _instants(session, first, now):
        if before is not None and after - before > SILENCE:
            return Leap(before, after)
        before = after
    return None


def _instants(session: Session, first: int, now: dt.datetime) -> Iterator[dt.datetime]:
    """When each line from the *first* on was written, and now."""
    rows = select(Event.at).where(Event.seq >= first).order_by(Event.seq)
    for at in session.scalars(rows.execution_options(yield_per=10_000)):
        yield dt.datetime.fromisoformat(at)
    yield now


def _line_before(session: Session, since: dt.datetime | None) -> int:
    """The number of the newest line before *since*; 0 if there is none."""
    if since is None:
        return 0
    rows = select(Event.seq).where(Event.at < _stamp(since)).order_by(Event.seq.desc())
    return session.scalar(rows.limit(1)) or 0


def _confirmed_line(session: Session) -> int:
    """The number of the line by which a second person last confirmed the clock; 0 if nobody ever did."""
    said = session.scalars(select(ClockNote.confirmed_at).where(ClockNote.confirmed_at.is_not(None)))
    stamps = [_stamp(at) for at in said if at is not None]
    rows = select(func.max(Event.seq)).where(Event.act == Act.CLOCK_CONFIRM.value, Event.at.in_(stamps))
    return session.scalar(rows) or 0


def _stamp(instant: dt.datetime) -> str:
    """*instant* as the log writes it."""
    return instant.astimezone(dt.UTC).isoformat(timespec="microseconds")


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
