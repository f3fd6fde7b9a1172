"""What a hold would stop if it were placed so: shown before anybody places it; reads only, of what the viewer may see."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from archive.acts import Act
from archive.custody import wholes
from archive.model import Item, Party, Premises, RecordClass, Volume
from archive.policy import visible
from archive.statuses import HoldScope
from archive.unit import Unit
from archive.values import Level, VolumeState
from retention.holding import placing
from retention.holding.hold_book import GONE
from retention.holding.holds import AT_ONCE, KINDS, Mark, Targets, uids_reached
from retention.holding.placing import Named

#: Lines shown, unless said otherwise.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class CaughtLine:
    """A record the hold would stop."""

    code: str
    title: str
    class_code: str
    department: str
    level: Level
    state: VolumeState


@dataclass(frozen=True, slots=True)
class Catch:
    """How many things are named, how many volumes and items kept alone they stop, and the first of these by code."""

    named: int
    records: int
    lines: Sequence[CaughtLine]


def catch(unit: Unit, wanted: Named, *, limit: int = SHOWN) -> Catch:
    """What a hold on *wanted* would stop today; raises as `placing.place` does for what cannot be named."""
    unit.look(Act.HOLD_SEE)
    marks = placing.marks(unit, wanted)
    found: dict[str, str] = {}
    for start in range(0, len(marks), AT_ONCE):
        for kind in KINDS:
            found.update((uid, code) for code, uid in _stopped(unit, kind, marks[start : start + AT_ONCE]))
    first = [uid for _, uid in heapq.nsmallest(limit, ((code, uid) for uid, code in found.items()))]
    records = sorted(wholes.by_uid(unit, first), key=lambda record: record.reference_code)
    unit.listed(Act.HOLD_SEE, records)
    lines = [
        CaughtLine(
            record.reference_code, card.title, record.class_code, record.department, record.level, record.state
        )
        for record, card in zip(records, unit.cards(records), strict=True)
    ]  # fmt: skip
    return Catch(len(marks), len(found), lines)


def _stopped(unit: Unit, kind: type[Volume | Item], marks: Sequence[Mark]) -> Sequence[Any]:
    """Code and uid of what of *kind* these marks stop, as `hold_book.stopped` counts it."""
    rows = select(kind.reference_code, kind.uid).where(
        kind.uid.in_(uids_reached(kind, _named(marks))), kind.scope_uid == kind.uid, kind.state.not_in(GONE),
        visible(unit.actor, kind),
    )  # fmt: skip
    return unit.session.execute(rows).all()


def _named(marks: Sequence[Mark]) -> Targets:
    """The things themselves, scope by scope: nothing of the hold is written down yet."""
    wanted = {scope: [target for of, target in marks if of is scope] for scope in HoldScope}

    def chosen(scope: HoldScope) -> Select[Any]:
        if scope is HoldScope.RECORD:
            volumes, items = (select(kind.uid).where(kind.uid.in_(wanted[scope])) for kind in KINDS)
            both = volumes.union_all(items).subquery()
            return select(both.c[0])
        column: Any = {
            HoldScope.PARTY: Party.uid, HoldScope.PREMISES: Premises.uid, HoldScope.CLASS: RecordClass.code
        }[scope]  # fmt: skip
        return select(column).where(column.in_(wanted[scope]))

    return chosen
