"""冻结登记: which holds there are, what each names, why a record is held; only as far as the viewer may see.

A hold is seen by who answers for it, who placed it and the general manager, and by whoever may see a record it
names; the auditor sees its line without its words. All others find nothing, as if there were none (decision 6).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from archive import people, registry
from archive.acts import Act
from archive.custody import wholes
from archive.errors import NotFound
from archive.model import Hold, HoldTarget, Item, Party, Person, Premises, RecordClass, Volume
from archive.policy import visible
from archive.statuses import HoldScope, HoldState
from archive.unit import Unit
from archive.values import Role, VolumeState
from retention.holding import holds
from retention.holding.holds import KINDS, Which

HOLD_KEY = "hold"
#: What has left the archive is held by nobody.
GONE = (VolumeState.TRANSFERRED, VolumeState.DESTROYED)


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold; how many volumes and items kept alone it stops is counted of what this person may see."""

    number: str
    state: HoldState
    reason: str
    owner: str
    review_on: dt.date
    overdue: bool
    records: int
    placed_at: dt.datetime
    placed_by: str
    released_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One thing a hold names, with how many records it stops through it."""

    scope: HoldScope
    code: str
    name: str
    records: int


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A review: when, by whom, the day it had been due and the next one, what was found."""

    at: dt.datetime
    by: str
    was: dt.date
    review_on: dt.date
    owner: str
    remark: str


@dataclass(frozen=True, slots=True)
class HoldPage:
    """A hold with what it names and its history."""

    number: str
    state: HoldState
    reason: str
    question: str
    owner: str
    review_on: dt.date
    overdue: bool
    records: int
    placed_at: dt.datetime
    placed_by: str
    released_at: dt.datetime | None
    released_by: str
    ending: str
    targets: list[TargetLine]
    reviews: list[ReviewLine]


@dataclass(frozen=True, slots=True)
class Naming:
    """Why a record is held: which hold, through what."""

    number: str
    scope: HoldScope
    through: str
    reason: str
    owner: str
    review_on: dt.date
    placed_at: dt.datetime


# --- lists ----------------------------------------------------------------------------------------


def rows(unit: Unit, *, active: bool = False, due: bool = False) -> list[HoldRow]:
    """The holds this person may see, by number; only *active* ones, or those *due* for review."""
    unit.look(Act.HOLD_SEE)
    wanted = select(Hold).order_by(Hold.number)
    if active:
        wanted = wanted.where(Hold.state == HoldState.ACTIVE)
    if due:
        wanted = wanted.where(*holds.to_review(unit))
    found = [(hold, stopped(unit, _of(hold))) for hold in unit.session.scalars(wanted)]
    return [_row(unit, hold, many) for hold, many in found if _shown(unit, hold, many)]


def _row(unit: Unit, hold: Hold, many: int) -> HoldRow:
    told = card(unit, hold) if _whole(unit, hold) or many else {}
    return HoldRow(
        number=hold.number, state=hold.state, reason=told.get("reason", ""), owner=_name(unit, hold.owner_uid),
        review_on=hold.review_on, overdue=_overdue(unit, hold), records=many,
        placed_at=hold.placed_at, placed_by=_name(unit, hold.placed_by), released_at=hold.released_at,
    )  # fmt: skip


def show(unit: Unit, number: str) -> HoldPage:
    """One hold with what it names; raises `NotFound` alike for none and for one that is hidden."""
    unit.look(Act.HOLD_SEE)
    hold = one(unit, number)
    many = stopped(unit, _of(hold))
    row = _row(unit, hold, many)
    told = card(unit, hold) if _whole(unit, hold) or many else {}
    return HoldPage(
        number=row.number, state=row.state, reason=row.reason, question=told.get("question", ""), owner=row.owner,
        review_on=row.review_on, overdue=row.overdue, records=many, placed_at=row.placed_at, placed_by=row.placed_by,
        released_at=row.released_at, released_by=_name(unit, hold.released_by) if hold.released_by else "",
        ending=ending(unit, hold) if told else "", targets=_targets(unit, hold),
        reviews=[_review(unit, each) for each in told.get("reviews", [])],
    )  # fmt: skip


def check(unit: Unit, code: str) -> list[Naming]:
    """Which active holds name a record, and through what; raises `NotFound`."""
    record = unit.record(code)
    unit.look(Act.HOLD_SEE, record)
    return [
        Naming(
            number=hold.number, scope=scope, through=_code(unit, scope, target), reason=card(unit, hold)["reason"],
            owner=_name(unit, hold.owner_uid), review_on=hold.review_on, placed_at=hold.placed_at,
        )
        for hold, (scope, target) in holds.naming(unit, record)
    ]  # fmt: skip


def facts(unit: Unit, hold: Hold) -> dict[str, object]:
    """What is told of a hold that was just placed or reviewed."""
    owner = unit.session.get_one(Person, hold.owner_uid)
    return {
        "hold_number": hold.number, "hold_owner": owner.account, "hold_review_on": hold.review_on,
        "hold_records": stopped(unit, _of(hold)),
    }  # fmt: skip


# --- what may be seen -----------------------------------------------------------------------------


def one(unit: Unit, number: str) -> Hold:
    """The hold with this number, if this person may know of it; else `NotFound`."""
    hold = unit.session.scalar(select(Hold).where((Hold.number == number) | (Hold.uid == number)))
    if hold is None or not _shown(unit, hold, stopped(unit, _of(hold))):
        raise NotFound(what="hold", code=number)
    return hold


def stopped(unit: Unit, which: Which) -> int:
    """How many volumes and items kept alone those targets name, of what is still here and this person may see."""
    counts = [
        select(func.count())
        .select_from(kind)
        .where(
            kind.uid.in_(holds.uids_named(kind, which)), kind.scope_uid == kind.uid, kind.state.not_in(GONE)
        )
        .where(visible(unit.actor, kind))
        for kind in KINDS
    ]
    return sum(unit.session.scalar(count) or 0 for count in counts)


def _of(hold: Hold) -> Which:
    return lambda target: target.hold_uid == hold.uid


def _shown(unit: Unit, hold: Hold, many: int) -> bool:
    return many > 0 or _whole(unit, hold) or Role.AUDITOR in unit.actor.roles


def _whole(unit: Unit, hold: Hold) -> bool:
    """His own hold, or the general manager: words and targets are his to know though no record is."""
    return unit.actor.uid in {hold.owner_uid, hold.placed_by} or Role.GM in unit.actor.roles


# --- what it names --------------------------------------------------------------------------------


def _targets(unit: Unit, hold: Hold) -> list[TargetLine]:
    found = unit.session.scalars(select(HoldTarget).where(HoldTarget.hold_uid == hold.uid))
    by_scope: dict[HoldScope, list[str]] = {scope: [] for scope in HoldScope}
    for target in found:
        by_scope[target.scope].append(target.target)
    lines = _records(unit, by_scope.pop(HoldScope.RECORD))
    for scope, targets in by_scope.items():
        lines += [_line(unit, hold, scope, target) for target in targets]
    whole = _whole(unit, hold)
    return [line for line in lines if line.records or whole]


def _records(unit: Unit, uids: Sequence[str]) -> list[TargetLine]:
    """Those records of the targets that this person may see, with their titles."""
    seen = [record for record in wholes.by_uid(unit, uids) if unit.may(Act.RECORD_SEE, record)]
    unit.listed(Act.HOLD_SEE, seen)
    return [
        TargetLine(HoldScope.RECORD, record.reference_code, opened.title, int(record.state not in GONE))
        for record, opened in zip(seen, unit.cards(seen), strict=True)
    ]


def _line(unit: Unit, hold: Hold, scope: HoldScope, target: str) -> TargetLine:
    def this(alias: Any) -> Any:
        return (alias.hold_uid == hold.uid) & (alias.scope == scope) & (alias.target == target)

    name = ""
    if scope is HoldScope.PARTY and unit.may(Act.PARTY_SEE):
        name = registry.party_line(unit, unit.session.get_one(Party, target)).name
    elif scope is HoldScope.CLASS:
        name = unit.session.get_one(RecordClass, target).name
    return TargetLine(scope, _code(unit, scope, target), name, stopped(unit, this))


def _code(unit: Unit, scope: HoldScope, target: str) -> str:
    """The code of what is named; of a record only if this person may see it."""
    if scope is HoldScope.CLASS:
        return target
    if scope is HoldScope.RECORD:
        return next(iter(_seen(unit, wholes.by_uid(unit, [target]))), "")
    if scope is HoldScope.PARTY:
        return unit.session.get_one(Party, target).code
    return unit.session.get_one(Premises, target).code


def _seen(unit: Unit, records: Iterable[Volume | Item]) -> list[str]:
    return [record.reference_code for record in records if unit.may(Act.RECORD_SEE, record)]


# --- cards ----------------------------------------------------------------------------------------


def card(unit: Unit, hold: Hold) -> dict[str, Any]:
    """Why it was placed, the question asked of the index, its reviews."""
    return dict(json.loads(unit.keys.open_with(HOLD_KEY, hold.uid.encode(), hold.card)))


def ending(unit: Unit, hold: Hold) -> str:
    """Why it was released; empty while it is active."""
    if not hold.ending:
        return ""
    return str(json.loads(unit.keys.open_with(HOLD_KEY, _end(hold), hold.ending))["reason"])


def sealed(unit: Unit, hold: Hold, told: bytes, *, end: bool = False) -> bytes:
    """*told* as the card, or the *end*, of a hold."""
    return unit.keys.seal_with(HOLD_KEY, _end(hold) if end else hold.uid.encode(), told)


def _end(hold: Hold) -> bytes:
    return f"ending|{hold.uid}".encode()


def _review(unit: Unit, told: dict[str, str]) -> ReviewLine:
    return ReviewLine(
        at=dt.datetime.fromisoformat(told["at"]), by=_name(unit, told["by"]),
        was=dt.date.fromisoformat(told["was"]), review_on=dt.date.fromisoformat(told["review_on"]),
        owner=_name(unit, told["owner"]), remark=told["remark"],
    )  # fmt: skip


def _overdue(unit: Unit, hold: Hold) -> bool:
    return hold.state is HoldState.ACTIVE and hold.review_on <= unit.today


def _name(unit: Unit, uid: str) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid))
