"""What a version of the schedule lays down for a class, and what the law lets it lay down; pure but for the class rows.

A draft names only the rules it changes. Floor and ceiling are counted from the class's own trigger, so a class that
has either keeps its trigger.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from dataclasses import dataclass, replace

from archive import scheme, tables
from archive.errors import AboveCeiling, BadValue, BelowFloor, TriggerBound
from archive.model import RecordClass
from archive.scheme import ClassRule
from archive.tables import demand
from archive.values import Disposition, Period, PeriodKind, Trigger

#: Letters a draft may have.
LONGEST = 200_000
#: No period reckoned from today may run beyond the calendar.
LAST_YEAR = 9999
_BY_DATE = frozenset({Trigger.FORMED, Trigger.YEAR_END})


@dataclass(frozen=True, slots=True)
class Change:
    """What a draft lays down anew for one class; what is left out stays as it is."""

    code: str
    period: Period | None = None
    period_important: Period | None = None
    trigger: Trigger | None = None
    disposition: Disposition | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A version before it is laid down: its name and the rules it changes."""

    version: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a class is kept, from when, and what is done at the end."""

    code: str
    period: Period
    period_important: Period | None
    trigger: Trigger
    disposition: Disposition


def parse(text: str) -> Draft:
    """The draft written *text* (TOML); raises `BadValue` with the place of the slip."""
    demand(len(text) <= LONGEST, "schedule", len(text), f"≤ {LONGEST}")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as slip:
        raise BadValue(field="schedule", value=str(slip), expected="TOML") from slip
    unknown = sorted(set(table) - {"version", "class"})
    demand(not unknown, "schedule", " ".join(unknown), "version, [[class]]")
    version = table.get("version")
    sound = isinstance(version, str) and 0 < len(version.strip()) <= 40 and version.isprintable()
    demand(sound, "version", version, "1–40")
    changes = tables.rows(Change, "class", table.get("class", []))
    demand(bool(changes), "class", "—", "[[class]]")
    for code, times in Counter(one.code for one in changes).items():
        demand(times == 1, "class.code", code, "1")
    return Draft(str(version).strip(), changes)


def written(draft: Draft) -> str:
    """*draft* as TOML that `parse` reads."""
    lines = [f"version = {_quoted(draft.version)}"]
    for change in draft.changes:
        lines += ["", "[[class]]", f"code = {_quoted(change.code)}"]
        told = {"period": change.period, "period_important": change.period_important}
        lines += [f"{name} = {_quoted(period.code)}" for name, period in told.items() if period is not None]
        said = {"trigger": change.trigger, "disposition": change.disposition}
        lines += [f"{name} = {_quoted(word.value)}" for name, word in said.items() if word is not None]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# --- rules ------------------------------------------------------------------------------------------


def of_class(row: RecordClass) -> Rule:
    """The rule in force for a class."""
    important = Period.parse(row.period_important) if row.period_important else None
    return Rule(row.code, Period.parse(row.period), important, row.trigger, row.disposition)


def of_scheme(row: ClassRule) -> Rule:
    """The rule of a class as it is shipped."""
    return Rule(row.code, row.period, row.period_important, row.trigger, row.disposition)


def revised(rule: Rule, change: Change) -> Rule:
    """*rule* with *change* made; what is no longer than the period is no longer the period of important papers."""
    made = replace(
        rule,
        period=change.period or rule.period,
        period_important=change.period_important or rule.period_important,
        trigger=change.trigger or rule.trigger,
        disposition=change.disposition or rule.disposition,
    )
    important = made.period_important
    plain = important is None or important.longer_of(made.period) == made.period
    return replace(made, period_important=None) if plain else made


def lawful(rule: Rule, change: Change, year: int) -> Rule:
    """*rule* with *change* made, if the law lets it; *year* is the latest that records may be of.

    Raises `BelowFloor`, `AboveCeiling`, `TriggerBound` with the clause, `BadValue` for what cannot be reckoned.
    """
    law, made = scheme.load().rule(rule.code), revised(rule, change)
    if made.trigger is not rule.trigger and (law.floor_by or law.ceiling_by):
        clause = law.floor_by or law.ceiling_by
        raise TriggerBound(code=rule.code, trigger=rule.trigger, clause=clause)
    for period in filter(None, (made.period, change.period_important)):
        _within(law, period)
        demand(_reckoned(period, made.trigger, year), "period", period.code, "Y, D30, D10, E, T90")
    demand(not law.reference or made.period == rule.period, "period", made.period.code, rule.period.code)
    important = change.period_important
    sound = important is None or (important != made.period and important.longer_of(made.period) == important)
    demand(sound, "period_important", important and important.code, f"> {made.period.code}")
    return made


def _within(law: ClassRule, period: Period) -> None:
    if law.floor is not None and law.below_floor(period):
        raise BelowFloor(code=law.code, period=period.code, floor=law.floor.code, clause=law.floor_by)
    if law.ceiling_period is not None and law.above_ceiling(period):
        facts = {"ceiling": law.ceiling_period.code, "clause": law.ceiling_by}
        raise AboveCeiling(code=law.code, period=period.code, **facts)


def _reckoned(period: Period, trigger: Trigger, year: int) -> bool:
    """An end without years wants an event; a term of years must end within the calendar."""
    if period.kind is PeriodKind.UNTIL_EVENT:
        return trigger not in _BY_DATE
    return period.kind is not PeriodKind.YEARS or year + period.length + 1 <= LAST_YEAR


def enter(row: RecordClass, rule: Rule) -> None:
    """Write *rule* on its class: what is filed from now on takes it (V2)."""
    important = rule.period_important
    row.period, row.period_important = rule.period.code, important.code if important else None
    row.trigger, row.disposition = rule.trigger, rule.disposition
