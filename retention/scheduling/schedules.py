"""保管期限表: versions of the schedule, drafted, reviewed, adopted; what each lays down (AR10-11, C7).

The archivist drafts what is to change, a department manager reviews it, the general manager adopts it: three people.
A draft changes the version it was drafted on and no other; new filings take the new rules, records follow them as
`retention.scheduling.moving` has it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from archive import classes, people, quorum, scheme
from archive.acts import Act
from archive.cards import plain
from archive.errors import BadValue, BaseOutdated, CodeTaken, NoneInForce, ScheduleUnchanged, SelfApproval
from archive.lives import SCHEDULE
from archive.model import Adoption, Person, RecordClass
from archive.statuses import MarkCause, ScheduleState
from archive.unit import Unit
from archive.values import Disposition, Trigger
from retention.scheduling import moving, rules
from retention.scheduling.rules import Change, Draft, Rule

PURPOSE = "schedule"
#: Letters a reason may have.
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of the schedule: how far it has come, and who took it there."""

    version: str
    state: ScheduleState
    in_force: bool
    base: str
    classes: int
    drafted_by: str
    drafted_on: dt.date
    reviewed_by: str
    reviewed_on: dt.date | None
    adopted_by: str
    adopted_on: dt.date | None
    reason: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """What is laid down for one class, and what the law lets be laid down."""

    class_code: str
    name: str
    name_en: str
    period: str
    period_important: str
    trigger: Trigger
    disposition: Disposition
    floor: str
    floor_by: str
    ceiling: str
    ceiling_by: str
    clause: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """A version that came into force: of what this person sees, how much follows at once, and how much waits."""

    version: str
    follow: int
    wait: int


# --- the road of a version --------------------------------------------------------------------------


def draft(unit: Unit, text: str, *, reason: str) -> VersionLine:
    """Lay down a draft (TOML, see `retention.scheduling.rules`) on the version in force; the archivist's or secretary's act.

    Raises `BadValue`, `ClassUnknown`, `BelowFloor`, `AboveCeiling`, `TriggerBound`, `ScheduleUnchanged`,
    `CodeTaken`, `NoneInForce`, `MissingPeople`.
    """
    unit.act(Act.SCHEDULE_DRAFT, private={"reason": reason})
    why = told_reason(reason)
    made = rules.parse(text)
    unit.lines[-1].facts = {"version": made.version, "classes": [one.code for one in made.changes]}
    base = classes.in_force(unit)
    if base is None:
        raise NoneInForce(version=scheme.load().version)
    if unit.session.get(Adoption, made.version) is not None:
        raise CodeTaken(code=made.version)
    _changed(unit, made)
    quorum.demand(unit, Act.SCHEDULE_DRAFT)
    laid = Adoption(
        version=made.version, fingerprint=hashlib.sha256(text.encode()).hexdigest(), state=ScheduleState.DRAFT,
        base=base.version, text=text, card=_sealed(unit, made.version, {"reason": why}),
        proposed_by=unit.actor.uid, proposed_at=unit.now,
    )  # fmt: skip
    unit.session.add(laid)
    unit.session.flush()
    return _line(unit, laid, base.version)


def draft_one(unit: Unit, change: Change, *, version: str | None = None, reason: str) -> VersionLine:
    """As `draft`, for the rule of one class; the version is named after the year if it is given no name."""
    return draft_some(unit, [change], version=version, reason=reason)


def draft_some(
    unit: Unit, changes: Sequence[Change], *, version: str | None = None, reason: str
) -> VersionLine:
    """As `draft`, for the rules of some classes; the version is named after the year if it is given no name."""
    return draft(unit, rules.written(Draft(version or _next(unit), tuple(changes))), reason=reason)


def review(unit: Unit, version: str) -> VersionLine:
    """A department manager who did not draft it finds a draft in order (AR10-11).

    Raises `NotFound`, `WrongState`, `SelfApproval`, `BaseOutdated`.
    """
    found = classes.version_of(unit, version)
    unit.act(Act.SCHEDULE_REVIEW, found, fingerprint=found.fingerprint)
    state = SCHEDULE.after(found.state, Act.SCHEDULE_REVIEW)
    if unit.actor.uid == found.proposed_by:
        raise SelfApproval(act=Act.SCHEDULE_REVIEW)
    current = _on_base(unit, found)
    found.state, found.reviewed_at, found.reviewed_by = state, unit.now, unit.actor.uid
    unit.session.flush()
    return _line(unit, found, current)


def withdraw(unit: Unit, version: str, *, reason: str) -> VersionLine:
    """Take a version back before it is adopted; raises `NotFound`, `WrongState`, `BadValue`."""
    found = classes.version_of(unit, version)
    unit.act(Act.SCHEDULE_WITHDRAW, found, private={"reason": reason})
    found.state = SCHEDULE.after(found.state, Act.SCHEDULE_WITHDRAW)
    found.card = _sealed(unit, version, {**_told(unit, found), "withdrawn": told_reason(reason)})
    unit.session.flush()
    current = classes.in_force(unit)
    return _line(unit, found, current.version if current else "")


def adopt(unit: Unit, version: str) -> Adopted:
    """The general manager, who neither drafted nor reviewed it, puts a version in force, and records follow it.

    What is kept longer follows at once; what would be kept shorter waits for `retention.scheduling.remarking` (6.2).
    Raises `NotFound`, `WrongState`, `SelfApproval`, `BaseOutdated`, and as `draft` if the law has changed since.
    """
    found = classes.version_of(unit, version)
    if not found.text:
        return Adopted(classes.adopt(unit, version).version, 0, 0)
    current = classes.in_force(unit)
    classes.take_in_force(unit, found)
    _same_base(found, current.version if current else "")
    made = _changed(unit, rules.parse(found.text))
    seen = Counter(move.shift for move in moving.moves(unit, made, moving.seen(unit)))
    for rule in made:
        rules.enter(unit.session.get_one(RecordClass, rule.code), rule)
    follow = (move for move in moving.moves(unit, made, moving.everything) if move.shift in moving.FOLLOWS)
    count = moving.apply(unit, follow, MarkCause.SCHEDULE, found.version)
    unit.lines[-1].facts = {**unit.lines[-1].facts, "records": count}
    follows, waits = (sum(seen[one] for one in kinds) for kinds in (moving.FOLLOWS, moving.WAITS))
    return Adopted(found.version, follows, waits)


def changed(unit: Unit, version: str) -> list[Rule]:
    """The rules as *version* would lay them down, only those that it changes; raises `NotFound`, `ScheduleUnchanged`."""
    found = classes.version_of(unit, version)
    if not found.text:
        raise ScheduleUnchanged(version=version)
    return _changed(unit, rules.parse(found.text))


def _changed(unit: Unit, made: Draft) -> list[Rule]:
    """Each rule anew, judged by the law; raises `ScheduleUnchanged` if every one is as it is."""
    old = [rules.of_class(classes.usable(unit, change.code)) for change in made.changes]
    latest = unit.today.year + 1
    new = [rules.lawful(rule, change, latest) for rule, change in zip(old, made.changes, strict=True)]
    if new == old:
        raise ScheduleUnchanged(version=made.version)
    return new


def _on_base(unit: Unit, found: Adoption) -> str:
    current = classes.in_force(unit)
    _same_base(found, current.version if current else "")
    return current.version if current else ""


def _same_base(found: Adoption, current: str) -> None:
    if found.text and found.base != current:
        raise BaseOutdated(version=found.version, base=found.base, current=current)


def _next(unit: Unit) -> str:
    """A free name: 2026.2 after 2026.1."""
    taken = set(unit.session.scalars(select(Adoption.version)))
    number = 1
    while f"{unit.today.year}.{number}" in taken:
        number += 1
    return f"{unit.today.year}.{number}"


def told_reason(reason: str) -> str:
    """*reason* trimmed; raises `BadValue` for none, or too long a one."""
    told = reason.strip()
    if not 0 < len(told) <= LONGEST_REASON:
        raise BadValue(field="reason", value=told[:40] or "—", expected=f"1–{LONGEST_REASON}")
    return told


def _sealed(unit: Unit, version: str, card: Mapping[str, str]) -> bytes:
    return unit.keys.seal_with(PURPOSE, version.encode(), plain(card))


def _told(unit: Unit, found: Adoption) -> dict[str, str]:
    if not found.card:
        return {}
    return dict(json.loads(unit.keys.open_with(PURPOSE, found.version.encode(), found.card)))


# --- lists ------------------------------------------------------------------------------------------


def versions(unit: Unit) -> list[VersionLine]:
    """Every version, the oldest first."""
    unit.look(Act.SCHEDULE_SEE)
    current = classes.in_force(unit)
    rows = select(Adoption).order_by(Adoption.proposed_at, Adoption.version)
    return [_line(unit, row, current.version if current else "") for row in unit.session.scalars(rows)]


def _line(unit: Unit, row: Adoption, current: str) -> VersionLine:
    card = _told(unit, row)
    return VersionLine(
        version=row.version, state=row.state, in_force=row.version == current, base=row.base,
        classes=len(rules.parse(row.text).changes if row.text else scheme.load().classes),
        drafted_by=_name(unit, row.proposed_by), drafted_on=_day(unit, row.proposed_at),
        reviewed_by=_name(unit, row.reviewed_by),
        reviewed_on=_day(unit, row.reviewed_at) if row.reviewed_at else None,
        adopted_by=_name(unit, row.adopted_by),
        adopted_on=_day(unit, row.adopted_at) if row.adopted_at else None,
        reason=card.get("withdrawn") or card.get("reason", ""),
    )  # fmt: skip


def _name(unit: Unit, uid: str | None) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""


def _day(unit: Unit, at: dt.datetime) -> dt.date:
    return at.astimezone(unit.settings.zone).date()


def show(unit: Unit, version: str | None = None) -> list[RuleLine]:
    """The rules in force; or those that *version* lays down, of a revision only the ones it changes."""
    unit.look(Act.SCHEDULE_SEE)
    if version is None:
        return list(_lines(unit, None))
    found = classes.version_of(unit, version)
    if not found.text:
        return list(_lines(unit, [rules.of_scheme(rule) for rule in scheme.load().classes]))
    draft = rules.parse(found.text)
    old = (rules.of_class(classes.usable(unit, change.code)) for change in draft.changes)
    return list(_lines(unit, [rules.revised(*pair) for pair in zip(old, draft.changes, strict=True)]))


def _lines(unit: Unit, only: Sequence[Rule] | None) -> Iterator[RuleLine]:
    rows = unit.session.scalars(select(RecordClass).where(RecordClass.usable).order_by(RecordClass.sort))
    wanted = None if only is None else {rule.code: rule for rule in only}
    for row in rows:
        rule = rules.of_class(row) if wanted is None else wanted.get(row.code)
        if rule is not None:
            yield _rule_line(row, rule)


def _rule_line(row: RecordClass, rule: Rule) -> RuleLine:
    law = scheme.load().rule(rule.code)
    return RuleLine(
        class_code=rule.code, name=row.name, name_en=row.name_en, period=rule.period.code,
        period_important=rule.period_important.code if rule.period_important else "", trigger=rule.trigger,
        disposition=rule.disposition, floor=law.floor.code if law.floor else "", floor_by=_cited(law.floor_by),
        ceiling=law.ceiling_period.code if law.ceiling_period else "", ceiling_by=_cited(law.ceiling_by),
        clause=row.clause,
    )  # fmt: skip


def _cited(clause: str) -> str:
    """A clause with the name of its law, if it is of one: `LCL-50 劳动合同法`."""
    source = scheme.load().sources.get(clause.partition("-")[0])
    return f"{clause} {source.zh}" if source else clause
