"""Secrecy periods in lists: what is over, what was never marked, what was proposed and decided; reads only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from archive import people
from archive.acts import Act
from archive.model import Item, Person, SecrecyReview, Volume
from archive.policy import visible
from archive.statuses import SecrecyOutcome
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Level
from retention.appraising.taking_up import KINDS
from retention.secrecy import GONE, YEARS


@dataclass(frozen=True, slots=True)
class SecrecyLine:
    """A confidential record: until when it is so, for how many days over, and the years usual for its level."""

    code: str
    title: str
    class_code: str
    level: Level
    until: dt.date | None
    over_days: int
    proposal: str
    usual_years: int


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A proposal and what was decided on it; `agreed` is None while it waits."""

    number: str
    code: str
    title: str
    outcome: SecrecyOutcome
    level_before: Level
    level_after: Level
    until_before: dt.date | None
    until_after: dt.date | None
    proposed_on: dt.date
    proposed_by: str
    reason: str
    agreed: bool | None
    decided_on: dt.date | None
    decided_by: str
    note: str


def due(unit: Unit, on: dt.date | None = None) -> list[SecrecyLine]:
    """Confidential records whose secrecy is over on a day (today): their last day has passed, longest first."""
    return _lines(unit, lambda kind: kind.secrecy_until < (on or unit.today))


def unmarked(unit: Unit) -> list[SecrecyLine]:
    """Confidential records that nobody has given a secrecy period."""
    return _lines(unit, lambda kind: kind.secrecy_until.is_(None))


def due_count(unit: Unit) -> int:
    """How many records' secrecy is over: a number for the rounds, without titles."""
    unit.look(Act.SECRECY_SEE)
    found = 0
    for kind in KINDS:
        rows = _confidential(unit, select(func.count()).select_from(kind), kind)
        found += unit.session.scalar(rows.where(kind.secrecy_until < unit.today)) or 0
    return found


def reviews(unit: Unit, code: str | None = None, *, waiting: bool = False) -> list[ReviewLine]:
    """What was proposed and decided, newest first: of one record, or only what waits; raises `NotFound`."""
    unit.look(Act.SECRECY_SEE)
    rows = select(SecrecyReview).order_by(SecrecyReview.number.desc())
    if code is not None:
        rows = rows.where(SecrecyReview.record_uid == unit.record(code).uid)
    if waiting:
        rows = rows.where(SecrecyReview.decided_at.is_(None))
    found = [(one, _record(unit, one.record_uid)) for one in unit.session.scalars(rows)]
    shown = [(one, record) for one, record in found if unit.may(Act.RECORD_SEE, record)]
    unit.listed(Act.SECRECY_SEE, (record for _, record in shown))
    return [_review(unit, one, record) for one, record in shown]


def _record(unit: Unit, uid: str) -> Volume | Item:
    return unit.session.get(Volume, uid) or unit.session.get_one(Item, uid)


def _confidential(unit: Unit, rows: Any, kind: type[Volume | Item]) -> Any:
    """Of *kind*, what is confidential, stands for itself, is still here and may be seen by this person."""
    return rows.where(
        kind.level >= CONFIDENTIAL, kind.scope_uid == kind.uid, kind.state.not_in(GONE),
        visible(unit.actor, kind, Act.SECRECY_SEE),
    )  # fmt: skip


def _lines(unit: Unit, which: Any) -> list[SecrecyLine]:
    unit.look(Act.SECRECY_SEE)
    found: list[Volume | Item] = []
    for kind in KINDS:
        found += unit.session.scalars(_confidential(unit, select(kind), kind).where(which(kind)))
    found.sort(key=lambda record: (record.secrecy_until or dt.date.max, record.reference_code))
    unit.listed(Act.SECRECY_SEE, found)
    waiting = _waiting(unit)
    return [
        _line(unit, record, card.title, waiting)
        for record, card in zip(found, unit.cards(found), strict=True)
    ]


def _waiting(unit: Unit) -> dict[str, str]:
    """The number of the proposal that waits for each record."""
    rows = select(SecrecyReview.record_uid, SecrecyReview.number).where(SecrecyReview.decided_at.is_(None))
    return {row.record_uid: row.number for row in unit.session.execute(rows)}


def _line(unit: Unit, record: Volume | Item, title: str, waiting: dict[str, str]) -> SecrecyLine:
    until = record.secrecy_until
    return SecrecyLine(
        record.reference_code, title, record.class_code, record.level, until,
        max(0, (unit.today - until).days) if until else 0, waiting.get(record.uid, ""), YEARS[record.level],
    )  # fmt: skip


def _review(unit: Unit, one: SecrecyReview, record: Volume | Item) -> ReviewLine:
    words = unit.told(record.uid, f"secrecy|{one.uid}", one.card)
    zone = unit.settings.zone
    return ReviewLine(
        one.number, record.reference_code, unit.card(record).title, one.outcome, one.level_before, one.level_after,
        one.until_before, one.until_after, one.proposed_at.astimezone(zone).date(), _name(unit, one.proposed_by),
        str(words.get("reason", "")), one.agreed,
        one.decided_at.astimezone(zone).date() if one.decided_at else None,
        _name(unit, one.decided_by) if one.decided_by else "", str(words.get("note", "")),
    )  # fmt: skip


def _name(unit: Unit, uid: str) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid))
