"""What a version of the schedule would move, before anybody adopts it; reads only, and only what the viewer may see.

Rows are read as a stream: a million of them take no more memory than a thousand.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from archive.acts import Act
from archive.model import RecordClass
from archive.unit import Unit
from archive.values import CONFIDENTIAL
from retention.scheduling import schedules
from retention.scheduling.moving import FOLLOWS, WAITS, Move, Shift, moves, seen
from retention.scheduling.rules import Rule, of_class


@dataclass(frozen=True, slots=True)
class TotalLine:
    """What a version does to one class: the rule before and after, and how many records go which way.

    `later`, `stops` and `same` follow at once, `earlier` and `starts` wait to be re-marked (`waiting`);
    `decided` and `own` stay as they are. `most_days` is the furthest that a known due date moves, either way.
    """

    class_code: str
    name: str
    name_en: str
    period: str
    new_period: str
    trigger: str
    new_trigger: str
    records: int
    later: int
    stops: int
    same: int
    earlier: int
    starts: int
    waiting: int
    decided: int
    own: int
    most_days: int


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One record and where its due date would go; `days` is by how much where both days are known."""

    code: str
    class_code: str
    shift: Shift
    period: str
    new_period: str
    review_due: dt.date | None
    new_review_due: dt.date | None
    days: int | None


def totals(unit: Unit, version: str) -> list[TotalLine]:
    """Per class that *version* changes, what it does to records; raises `NotFound`, `ScheduleUnchanged`."""
    unit.look(Act.SCHEDULE_SEE)
    return [_total(unit, rule) for rule in schedules.changed(unit, version)]


def _total(unit: Unit, rule: Rule) -> TotalLine:
    counts: Counter[Shift] = Counter()
    most = 0
    for move in moves(unit, [rule], seen(unit)):
        counts[move.shift] += 1
        if move.shift in FOLLOWS or move.shift in WAITS:
            most = max(most, abs(by_days(move) or 0))
    row = unit.session.get_one(RecordClass, rule.code)
    old = of_class(row)
    return TotalLine(
        class_code=rule.code, name=row.name, name_en=row.name_en, period=old.period.code,
        new_period=rule.period.code, trigger=old.trigger, new_trigger=rule.trigger, records=counts.total(),
        later=counts[Shift.LATER], stops=counts[Shift.STOPS], same=counts[Shift.SAME],
        earlier=counts[Shift.EARLIER], starts=counts[Shift.STARTS], waiting=sum(counts[one] for one in WAITS),
        decided=counts[Shift.DECIDED], own=counts[Shift.OWN], most_days=most,
    )  # fmt: skip


def lines(unit: Unit, version: str, *, limit: int | None = None) -> list[MoveLine]:
    """Record by record what *version* moves, in the order of filing, the first *limit* of them."""
    unit.look(Act.SCHEDULE_SEE)
    found = moves(unit, schedules.changed(unit, version), seen(unit))
    shown = list(islice((move for move in found if move.shift in FOLLOWS | WAITS), limit))
    shown_confidential(unit, shown)
    return list(_lines(shown))


def _lines(found: Iterable[Move]) -> Iterator[MoveLine]:
    for move in found:
        yield MoveLine(
            move.code, move.class_code, move.shift, move.period, move.new_period, move.review_due,
            move.new_review_due, by_days(move),
        )  # fmt: skip


def by_days(move: Move) -> int | None:
    """By how many days a due date moves; None where one of the two is not known."""
    if move.review_due is None or move.new_review_due is None:
        return None
    return (move.new_review_due - move.review_due).days


def shown_confidential(unit: Unit, shown: Iterable[Move]) -> None:
    """Leave a line that names how many codes of confidential records a list showed; none, no line (V25)."""
    count = sum(move.level >= CONFIDENTIAL for move in shown)
    if count:
        unit.act(Act.SCHEDULE_SEE, confidential=count, listed=True)
