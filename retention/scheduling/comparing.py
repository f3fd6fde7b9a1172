"""Two versions of the schedule beside each other: what each lays down where they differ; reads only.

A version is the one it was drafted on with its own changes made, back to the schedule as it was shipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from archive import classes, scheme
from archive.acts import Act
from archive.errors import NotFound
from archive.model import RecordClass
from archive.unit import Unit
from archive.values import Disposition, Trigger
from retention.scheduling import rules
from retention.scheduling.rules import Rule


@dataclass(frozen=True, slots=True)
class Difference:
    """What two versions lay down for one class."""

    class_code: str
    name: str
    name_en: str
    period: str
    new_period: str
    important: str
    new_important: str
    trigger: Trigger
    new_trigger: Trigger
    disposition: Disposition
    new_disposition: Disposition


def compare(unit: Unit, version: str, other: str) -> list[Difference]:
    """The classes for which *other* lays down what *version* does not, in the order of the tree; raises `NotFound`."""
    unit.look(Act.SCHEDULE_SEE)
    old, new = whole(unit, version), whole(unit, other)
    rows = unit.session.scalars(select(RecordClass).where(RecordClass.usable).order_by(RecordClass.sort))
    return [
        _difference(row, old[row.code], new[row.code])
        for row in rows
        if row.code in old and row.code in new and old[row.code] != new[row.code]
    ]


def whole(unit: Unit, version: str) -> Mapping[str, Rule]:
    """Every rule as *version* lays it down, by class; raises `NotFound`."""
    drafts, name, seen = [], version, set[str]()
    while (found := classes.version_of(unit, name)).text:
        if name in seen:
            raise NotFound(what="scheme", code=version[:40])
        seen.add(name)
        drafts.append(rules.parse(found.text))
        name = found.base
    made = {rule.code: rules.of_scheme(rule) for rule in scheme.load().classes}
    for draft in reversed(drafts):
        for change in draft.changes:
            made[change.code] = rules.revised(made[change.code], change)
    return made


def _difference(row: RecordClass, old: Rule, new: Rule) -> Difference:
    return Difference(
        class_code=row.code, name=row.name, name_en=row.name_en, period=old.period.code, new_period=new.period.code,
        important=_code(old), new_important=_code(new), trigger=old.trigger, new_trigger=new.trigger,
        disposition=old.disposition, new_disposition=new.disposition,
    )  # fmt: skip


def _code(rule: Rule) -> str:
    return rule.period_important.code if rule.period_important else ""
