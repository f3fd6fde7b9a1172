"""冻结: what a hold names, asked of one record and of whole lists; the schema asks the same (V18, 6.2).

Three formulations of one rule stand side by side and are compared by test: `marks` in Python, `held` in SQL, the
triggers of `archive/migrations/guards.py`. A hold freezes disposition, not the clock (T15).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    func,
    inspect,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from archive.acts import Act
from archive.errors import OnHold
from archive.model import Dossier, Hold, HoldTarget, Item, RecordClass, Volume
from archive.statuses import HoldScope, HoldState
from archive.unit import Unit

#: One thing a hold can name.
Mark = tuple[HoldScope, str]
#: As many values as are asked for at a time; of whole lists more, for every question gathers anew what is held.
BATCH, AT_ONCE = 500, 5_000

#: Which targets of holds are meant, asked of an alias of `HoldTarget`.
Which = Callable[[Any], ColumnElement[bool]]
#: What is named, scope by scope: a selection of one column.
Targets = Callable[[HoldScope], Select[Any]]
#: Both kinds of record that can be held.
KINDS: tuple[type[Volume | Item], ...] = (Volume, Item)


# --- one record -----------------------------------------------------------------------------------


def held_by(unit: Unit, record: Volume | Item) -> list[Hold]:
    """The active holds that name *record*, by number: itself, a paper in it, its class, its party, its premises."""
    return list({hold.uid: hold for hold, _ in naming(unit, record)}.values())


def naming(unit: Unit, record: Volume | Item) -> list[tuple[Hold, Mark]]:
    """Each active hold on *record* with what it names of it, by number."""
    found: list[tuple[Hold, Mark]] = []
    for scope, targets in _by_scope(marks(unit, record)).items():
        for start in range(0, len(targets), BATCH):
            rows = (
                select(Hold, HoldTarget.target)
                .join(HoldTarget, HoldTarget.hold_uid == Hold.uid)
                .where(Hold.state == HoldState.ACTIVE, HoldTarget.scope == scope)
                .where(HoldTarget.target.in_(targets[start : start + BATCH]))
            )
            found += [(hold, (scope, target)) for hold, target in unit.session.execute(rows)]
    return sorted(found, key=lambda one: (one[0].number, one[1]))


def not_held(unit: Unit, record: Volume | Item) -> None:
    """Raise `OnHold` while a hold names *record*: it is neither transferred nor destroyed (V18)."""
    holds = held_by(unit, record)
    if holds:
        raise OnHold(code=record.reference_code, numbers=[hold.number for hold in holds])


def marks(unit: Unit, record: Volume | Item) -> frozenset[Mark]:
    """All that a hold could name of *record*."""
    own = [(HoldScope.RECORD, record.uid), (HoldScope.PARTY, record.party_uid)]
    own += _of_volume(unit, record) if isinstance(record, Volume) else _of_item(unit, record)
    if record.dossier_uid is not None:
        dossier = unit.session.get_one(Dossier, record.dossier_uid)
        own += [(HoldScope.PARTY, dossier.party_uid), (HoldScope.PREMISES, dossier.premises_uid)]
    own += [(HoldScope.CLASS, code) for code in within(record.class_code)]
    return frozenset((scope, target) for scope, target in own if target)


def within(class_code: str) -> list[str]:
    """The groups a class belongs to and itself: WS, WS·BG."""
    parts = class_code.split("·")
    return ["·".join(parts[: end + 1]) for end in range(len(parts))]


def _of_volume(unit: Unit, volume: Volume) -> list[tuple[HoldScope, str | None]]:
    """What its papers bear."""
    rows = select(Item.uid, Item.party_uid, Item.premises_uid).where(Item.volume_uid == volume.uid)
    kinds = (HoldScope.RECORD, HoldScope.PARTY, HoldScope.PREMISES)
    return [mark for row in unit.session.execute(rows) for mark in zip(kinds, row, strict=True)]


def _of_item(unit: Unit, item: Item) -> list[tuple[HoldScope, str | None]]:
    """What it bears itself, and what the volume around it does."""
    party = select(Volume.party_uid).where(Volume.uid == item.volume_uid)
    return [
        (HoldScope.RECORD, item.scope_uid),
        (HoldScope.PREMISES, item.premises_uid),
        (HoldScope.PARTY, unit.session.scalar(party)),
    ]


def _by_scope(named: Iterable[Mark]) -> Mapping[HoldScope, list[str]]:
    found: dict[HoldScope, list[str]] = {}
    for scope, target in sorted(named):
        found.setdefault(scope, []).append(target)
    return found


# --- whole lists ----------------------------------------------------------------------------------


@cache
def held(kind: type[Volume | Item]) -> ColumnElement[bool]:
    """The rows of *kind* that an active hold names, as a clause that is never NULL (V18); built once."""
    hold = aliased(Hold)
    active = select(hold.uid).where(hold.state == HoldState.ACTIVE)
    return named(kind, lambda target: target.hold_uid.in_(active))


def held_among(unit: Unit, uids: Collection[str]) -> frozenset[str]:
    """Of the volumes and items with these uids, those an active hold names, asked 5,000 at a time."""
    found: set[str] = set()
    wanted = sorted(uids)
    for start in range(0, len(wanted), AT_ONCE):
        some = {"wanted": wanted[start : start + AT_ONCE]}
        for kind in KINDS:
            found.update(unit.session.scalars(_held_of(kind), some))
    return frozenset(found)


@cache
def _held_of(kind: type[Volume | Item]) -> Select[Any]:
    """What is held of the uids bound to `wanted`."""
    return select(kind.uid).where(kind.uid.in_(bindparam("wanted", expanding=True)), held(kind))


def named(kind: Any, which: Which) -> ColumnElement[bool]:
    """The rows of *kind* that the targets *which* chooses name: never NULL, so it may be negated."""
    return or_(*_ways(kind, _written(which)))


def uids_named(kind: type[Volume | Item], which: Which) -> CompoundSelect[Any]:
    """The uids of `named`, some twice: each way by its own index, so that few targets are found among a million rows."""
    return uids_reached(kind, _written(which))


def uids_reached(kind: type[Volume | Item], targets: Targets) -> CompoundSelect[Any]:
    """The uids of what *targets* name, as `uids_named` has it for targets that are written down already."""
    some = aliased(kind)
    return union_all(*(select(some.uid).where(way) for way in _ways(some, targets)))


def _written(which: Which) -> Targets:
    """The targets of holds that *which* chooses."""

    def chosen(scope: HoldScope) -> Select[Any]:
        target = aliased(HoldTarget)
        return select(target.target).where(target.scope == scope, which(target))

    return chosen


def _ways(kind: Any, targets: Targets) -> list[ColumnElement[bool]]:
    """Each way in which a row of *kind* can be named."""
    rule = _volume_named if inspect(kind).mapper.class_ is Volume else _item_named
    return [
        kind.uid.in_(targets(HoldScope.RECORD)),
        kind.class_code.in_(_classes(targets)),
        _bears(kind.party_uid, HoldScope.PARTY, targets),
        _in_dossier(kind, targets),
        *rule(kind, targets),
    ]


def _volume_named(kind: Any, targets: Targets) -> list[ColumnElement[bool]]:
    """By a paper in the volume: itself, its party, its premises; each looked up from what is held."""
    paper = aliased(Item)
    inside = select(paper.volume_uid).where(paper.volume_uid.is_not(None))
    borne = (
        (paper.uid, HoldScope.RECORD),
        (paper.party_uid, HoldScope.PARTY),
        (paper.premises_uid, HoldScope.PREMISES),
    )
    return [kind.uid.in_(inside.where(column.in_(targets(scope)))) for column, scope in borne]


def _item_named(kind: Any, targets: Targets) -> list[ColumnElement[bool]]:
    """By its premises, or by the volume around it: itself, its party."""
    around = aliased(Volume)
    theirs = select(around.uid).where(_bears(around.party_uid, HoldScope.PARTY, targets))
    return [
        _bears(kind.premises_uid, HoldScope.PREMISES, targets),
        _bears(kind.volume_uid, HoldScope.RECORD, targets),
        and_(kind.volume_uid.is_not(None), kind.volume_uid.in_(theirs)),
    ]


def _in_dossier(kind: Any, targets: Targets) -> ColumnElement[bool]:
    dossier = aliased(Dossier)
    theirs = or_(
        _bears(dossier.party_uid, HoldScope.PARTY, targets),
        _bears(dossier.premises_uid, HoldScope.PREMISES, targets),
    )
    return and_(kind.dossier_uid.is_not(None), kind.dossier_uid.in_(select(dossier.uid).where(theirs)))


def _bears(column: Any, scope: HoldScope, targets: Targets) -> ColumnElement[bool]:
    """The column bears something that is named; false, not NULL, where it bears nothing."""
    return and_(column.is_not(None), column.in_(targets(scope)))


def _classes(targets: Targets) -> Select[Any]:
    """The codes of the classes that are named, or stand below one that is."""
    rule, named_ones = aliased(RecordClass), targets(HoldScope.CLASS).subquery()
    (code,) = named_ones.c
    beginning = func.substr(rule.code, 1, func.length(code) + 1)
    return select(rule.code).join(named_ones, (code == rule.code) | (code + "·" == beginning))


# --- counts ---------------------------------------------------------------------------------------


def overdue_count(unit: Unit) -> int:
    """How many active holds have come to their review date, seen or not: a number for the rounds."""
    unit.look(Act.HOLD_SEE)
    rows = select(func.count()).select_from(Hold)
    return unit.session.scalar(rows.where(*to_review(unit))) or 0


def to_review(unit: Unit) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Active, and its review date has come."""
    return Hold.state == HoldState.ACTIVE, Hold.review_on <= unit.today
