"""个人信息报告: what is kept about a party or an employee, why, until when (个保法 17, 19, 45, 47).

It names what its asker may see and nothing else, and hints at no more. Every report leaves a line in the log,
with the person's name sealed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from archive import people, registry, scheme
from archive.acts import Act
from archive.errors import BadValue
from archive.model import (
    Clearance,
    Dossier,
    Item,
    Loan,
    Party,
    Person,
    Reading,
    RecordClass,
    Visitor,
    Volume,
)
from archive.policy import visible
from archive.unit import Unit
from archive.values import CONFIDENTIAL, PartyKind, Trigger, VolumeState, Worded
from archive.words import Language, say
from retention.clock import Course, Reason, explain
from retention.due import course
from retention.holding import holds
from retention.holding.holds import KINDS

#: Dossiers of this kind are kept per person; the one of an employee bears his account as its code.
PERSONAL_DOSSIER = "PERSON"


class Keeping(Worded):
    """How it stands with the purpose a record is kept for."""

    CURRENT = "CURRENT"
    RUNNING = "RUNNING"
    STORED = "STORED"
    OVER = "OVER"
    HELD = "HELD"
    PERMANENT = "PERMANENT"
    TRANSFERRED = "TRANSFERRED"
    DESTROYED = "DESTROYED"


#: The purpose is fulfilled, yet it may not go: storage and protection, nothing else (个保法 47).
STORAGE_ONLY = frozenset({Keeping.STORED, Keeping.OVER, Keeping.HELD})


class Elsewhere(Worded):
    """Where else a person is named beside the records."""

    PARTY_CARD = "PARTY_CARD"
    VISITORS = "VISITORS"
    VISITOR_READINGS = "VISITOR_READINGS"
    ACCOUNT = "ACCOUNT"
    LOANS = "LOANS"
    READINGS = "READINGS"
    CLEARANCES = "CLEARANCES"


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """One record about the person: what, why it is kept, until when."""

    code: str
    title: str
    class_code: str
    class_name: str
    department: str
    clause: str
    keeping: Keeping
    kept_until: dt.date | None
    why: str
    held_by: list[str]


@dataclass(frozen=True, slots=True)
class OtherLine:
    """Entries about the person in a register: how many, from when to when, why they stay."""

    where: Elsewhere
    entries: int
    first: dt.date | None
    last: dt.date | None
    why: str


@dataclass(frozen=True, slots=True)
class SubjectReport:
    """All that its asker may know to be kept about one person on one day."""

    subject: str
    name: str
    kind: PartyKind | None
    made_on: dt.date
    made_by: str
    records: int
    storage_only: int
    kept: list[SubjectLine]
    elsewhere: list[OtherLine]


def report(
    unit: Unit, language: Language, *, party: str | None = None, person: str | None = None
) -> SubjectReport:
    """What is kept about the party with this code, or the employee with this account.

    Raises `NotFound`, and `BadValue` unless one of both is named.
    """
    if (party is None) == (person is None):
        raise BadValue(field="party", value=party or "—", expected="--party / --person")
    if party is not None:
        found = unit.one(Party, "party", party)
        name, mine, kind = registry.party_line(unit, found).name, _of_party(found), found.kind
        others = _visits(unit, found)
        return _report(unit, language, found, found.code, name, kind, mine, others)
    employee = unit.person(person or "")
    mine = _of_employee(employee)
    name, others = people.name_of(unit, employee), _employed(unit, employee)
    return _report(unit, language, employee, employee.account, name, None, mine, others)


Mine = Callable[[Any], ColumnElement[bool]]
Entries = list[tuple[Elsewhere, int, dt.date | None, dt.date | None]]


def _report(
    unit: Unit, language: Language, subject: Party | Person, code: str, name: str, kind: PartyKind | None,
    mine: Mine, others: Entries,
) -> SubjectReport:  # fmt: skip
    records = _records(unit, mine)
    confidential = sum(record.level >= CONFIDENTIAL for record in records)
    unit.act(
        Act.SUBJECT_SEE, subject, private={"name": name}, records=len(records), confidential=confidential
    )
    lines = _lines(unit, language, records)
    return SubjectReport(
        subject=code, name=name, kind=kind, made_on=unit.today, made_by=unit.actor.account, records=len(lines),
        storage_only=sum(line.keeping in STORAGE_ONLY for line in lines), kept=lines,
        elsewhere=[
            OtherLine(where, many, first, last, say(f"elsewhere_why.{where.value.lower()}", language))
            for where, many, first, last in others if many
        ],
    )  # fmt: skip


# --- records --------------------------------------------------------------------------------------


def _of_party(party: Party) -> Mine:
    """What bears the party itself, or belongs to a dossier of the party's."""
    theirs = select(Dossier.uid).where(Dossier.party_uid == party.uid)
    return lambda kind: (kind.party_uid == party.uid) | kind.dossier_uid.in_(theirs)


def _of_employee(person: Person) -> Mine:
    """What belongs to the personal dossier that bears the account as its code."""
    theirs = select(Dossier.uid).where(
        Dossier.kind == PERSONAL_DOSSIER, func.lower(Dossier.code) == person.account
    )
    return lambda kind: kind.dossier_uid.in_(theirs)


def _records(unit: Unit, mine: Mine) -> list[Volume | Item]:
    """Whole volumes and items kept alone, and papers about the person in volumes that are about something else."""
    volumes = select(Volume).where(visible(unit.actor, Volume), mine(Volume))
    inside = volumes.with_only_columns(Volume.uid)
    items = select(Item).where(visible(unit.actor, Item), mine(Item))
    items = items.where(Item.volume_uid.is_(None) | Item.volume_uid.not_in(inside))
    found: list[Volume | Item] = [*unit.session.scalars(volumes), *unit.session.scalars(items)]
    return sorted(found, key=lambda record: (record.class_code, record.reference_code))


def _lines(unit: Unit, language: Language, records: Sequence[Volume | Item]) -> list[SubjectLine]:
    rules = {rule.code: rule for rule in unit.session.scalars(select(RecordClass))}
    held = holds.held_among(unit, [record.uid for record in records])
    return [
        _line(unit, language, record, title, rules[record.class_code], held)
        for record, title in zip(records, (card.title for card in unit.cards(records)), strict=True)
    ]


def _line(
    unit: Unit, language: Language, record: Volume | Item, title: str, rule: RecordClass, held: Collection[str]
) -> SubjectLine:  # fmt: skip
    running = course(record)
    how = keeping(record.state, running, held=record.uid in held, on=unit.today)
    return SubjectLine(
        code=record.reference_code, title=title, class_code=rule.code,
        class_name=rule.name if language is Language.ZH else rule.name_en, department=record.department,
        clause=scheme.cited(rule.clause, language), keeping=how, kept_until=_until(record, running, how), why=explain(running, language),
        held_by=[hold.number for hold in holds.held_by(unit, record)] if record.uid in held else [],
    )  # fmt: skip


def keeping(state: VolumeState, running: Course, *, held: bool, on: dt.date) -> Keeping:
    """How it stands with the purpose of a record on a day; pure."""
    if state in {VolumeState.DESTROYED, VolumeState.TRANSFERRED}:
        return Keeping(state.value)
    if running.due_on(on):
        return Keeping.HELD if held else Keeping.OVER
    if running.reason is Reason.PERMANENT:
        return Keeping.PERMANENT
    if running.review_due is None:
        return Keeping.CURRENT
    return Keeping.RUNNING if running.trigger in {Trigger.FORMED, Trigger.YEAR_END} else Keeping.STORED


def _until(record: Volume | Item, running: Course, how: Keeping) -> dt.date | None:
    """The last day it is kept for certain; None if none is known, or it is gone."""
    gone = how in {Keeping.DESTROYED, Keeping.TRANSFERRED}
    return None if gone else record.expires_on or running.expires_on


# --- registers ------------------------------------------------------------------------------------


def _visits(unit: Unit, party: Party) -> Entries:
    """The party's own card, entries of the party's visitors, and what these read that the asker may see."""
    own = party.created_at.astimezone(unit.settings.zone).date()
    visitors = select(Visitor).where(Visitor.party_uid == party.uid)
    uids = visitors.with_only_columns(Visitor.uid)
    return [
        (Elsewhere.PARTY_CARD, 1, own, None),
        _span(unit, Elsewhere.VISITORS, visitors, Visitor.created_at),
        _span(
            unit, Elsewhere.VISITOR_READINGS, _seen(unit, Reading).where(Reading.visitor_uid.in_(uids)), Reading.begun_at
        ),
    ]  # fmt: skip


def _employed(unit: Unit, person: Person) -> Entries:
    """The account, loans and readings of what the asker may see, clearances."""
    own = person.created_at.astimezone(unit.settings.zone).date()
    clearances = select(Clearance).where(Clearance.person_uid == person.uid)
    return [
        (Elsewhere.ACCOUNT, 1, own, None),
        _span(unit, Elsewhere.LOANS, _seen(unit, Loan).where(Loan.borrower_uid == person.uid), Loan.lent_at),
        _span(unit, Elsewhere.READINGS, _seen(unit, Reading).where(Reading.person_uid == person.uid), Reading.begun_at),
        _span(unit, Elsewhere.CLEARANCES, clearances, Clearance.begun_at),
    ]  # fmt: skip


def _seen(unit: Unit, kind: type[Loan | Reading]) -> Select[Any]:
    """Lines of a register about records that the asker may see."""
    volumes, items = (select(one.uid).where(visible(unit.actor, one)) for one in KINDS)
    return select(kind).where(kind.volume_uid.in_(volumes) | kind.item_uid.in_(items))


def _span(
    unit: Unit, where: Elsewhere, rows: Select[Any], at: Any
) -> tuple[Elsewhere, int, dt.date | None, dt.date | None]:
    """How many rows, and the days of the first and the last."""
    many, first, last = unit.session.execute(
        rows.with_only_columns(func.count(), func.min(at), func.max(at))
    ).one()
    days: Iterable[dt.date | None] = (
        moment.astimezone(unit.settings.zone).date() if moment is not None else None
        for moment in (first, last)
    )
    began, ended = days
    return where, many, began, ended
