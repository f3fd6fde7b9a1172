"""The numbers beside entries of the menu: what waits for the person signed in, counted only of what he may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import g

from archive.acts import Act
from archive.circulation import awaiting, inbox, mine
from archive.errors import ArchiveError
from archive.unit import Unit
from retention import awaiting as of_retention
from web.asking import asking

Counter = Callable[[Unit], int]


def _inbox(unit: Unit) -> int:
    return inbox.count(unit) + len(awaiting.rows(unit, of_retention.LOOKS))


#: How each number is counted; no page of the menu costs more than these few small questions.
COUNTS: Mapping[str, Counter] = {"inbox": _inbox, "mine": mine.count}


def counts(unit: Unit) -> dict[str, int]:
    """Every number, for the actor of *unit*."""
    return {name: count(unit) for name, count in COUNTS.items()}


def counted(name: str) -> int:
    """The number called *name*, counted once in a request; nothing where nobody counts or may."""
    if name not in COUNTS:
        return 0
    if "badges" not in g:
        g.badges = {}  # while it is not known: an error on the way leaves the menu without numbers
        g.badges = _all()
    return int(g.badges.get(name, 0))


def _all() -> dict[str, int]:
    try:
        with asking(Act.REQUEST_SEE) as unit:
            return counts(unit)
    except ArchiveError:
        return {}
