"""The log page by page, newest first: by act, person, day, outcome, record; what a page costs does not grow with it.

Only codes and ids are told, as everywhere of the log; what is sealed stays sealed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive import audit
from archive.acts import Act
from archive.model import Event
from archive.unit import Unit
from archive.values import Worded

#: How many lines are looked through for one page at most; then the page ends, and the next goes on.
REACH = 50_000


class Ended(Worded):
    """How what was tried ended."""

    DONE = "DONE"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class LogWanted:
    """What is asked of the log; days on the clock of the house, both inclusive."""

    act: Act | None = None
    account: str = ""
    ended: Ended | None = None
    code: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line in full: ids and codes, how it is chained, how many bytes of it are sealed."""

    seq: int
    at: dt.datetime
    account: str
    act: str
    outcome: str
    object_kind: str
    object_code: str
    object_uid: str
    facts: str
    client: str
    sealed: int
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """Lines, newest first, and the line before which the next page goes on; None at the beginning of the log."""

    events: list[LogLine]
    older: int | None
    size: int


def page(unit: Unit, wanted: LogWanted, *, before: int | None = None, limit: int = 50) -> LogPage:
    """At most *limit* lines older than *before*."""
    unit.look(Act.AUDIT_SEE)
    size, _ = audit.last(unit.session)
    first = _reached(unit, wanted.since, size) if wanted.since else 1
    after = _reached(unit, wanted.until + dt.timedelta(days=1), size) if wanted.until else size + 1
    end = min(after, before or size + 1)
    start = max(first, end - REACH)
    rows = select(Event).where(Event.seq >= start, Event.seq < end, *_narrowed(wanted))
    found = list(unit.session.scalars(rows.order_by(Event.seq.desc()).limit(limit + 1)))
    lines = [_line(one) for one in found[:limit]]
    more = found[limit - 1].seq if len(found) > limit else start
    return LogPage(lines, more if more > first else None, size)


def _narrowed(wanted: LogWanted) -> list[Any]:
    asked: list[Any] = []
    if wanted.act:
        asked.append(Event.act == wanted.act.value)
    if wanted.account:
        asked.append(Event.account == wanted.account)
    if wanted.code:
        asked.append(Event.object_code == wanted.code)
    if wanted.ended:
        done = Event.outcome == "done"
        asked.append(done if wanted.ended is Ended.DONE else ~done)
    return asked


def _reached(unit: Unit, day: dt.date, size: int) -> int:
    """The first line of *day* or later: lines are in the order of time, so it is found by halving."""
    moment = dt.datetime.combine(day, dt.time(), unit.settings.zone).astimezone(dt.UTC)
    low, high = 1, size + 1
    while low < high:
        middle = (low + high) // 2
        at = unit.session.scalar(select(Event.at).where(Event.seq == middle))
        if at is not None and dt.datetime.fromisoformat(at) < moment:
            low = middle + 1
        else:
            high = middle
    return low


def _line(event: Event) -> LogLine:
    return LogLine(
        event.seq, dt.datetime.fromisoformat(event.at), event.account, event.act, event.outcome, event.object_kind,
        event.object_code, event.object_uid, event.facts, event.client, len(event.sealed), event.prev, event.hash,
    )  # fmt: skip
