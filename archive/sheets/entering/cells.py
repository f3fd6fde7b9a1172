"""Reading the values of a row, and keeping in words what has no column of its own; changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from archive import classes, volumes
from archive.acts import Act
from archive.audit import canonical
from archive.codes import half_width, reference_checked, template
from archive.errors import BadValue, NotFound, RowDiffers
from archive.model import Department, RecordClass, Volume
from archive.policy import refusal
from archive.sheets.entries import Entry
from archive.unit import Unit
from archive.values import Level, Period
from archive.volumes import Found, Matter
from archive.words import knows, say

#: Joins the parts of a note.
JOINT = "；"


def text(entry: Entry, name: str) -> str:
    """The value as text; empty where the cell is."""
    value = entry.values.get(name)
    return "" if value is None else str(value).strip()


def number(entry: Entry, name: str) -> int | None:
    """The value as a count, None where the cell is empty; raises `BadValue`."""
    value = entry.values.get(name)
    if value is None or isinstance(value, int):
        return value
    if not str(value).strip().isdecimal():
        raise BadValue(field=name, value=str(value)[:40], expected="1–999999")
    return int(str(value))


def day(entry: Entry, name: str) -> dt.date | None:
    """The value as a day, None where the cell is empty."""
    value = entry.values.get(name)
    return value if isinstance(value, dt.date) else None


def level(entry: Entry) -> Level | None:
    """The level of the row, None where it is not said."""
    value = entry.values.get("level")
    return value if isinstance(value, Level) or value is None else Level.named(str(value))


def code(entry: Entry, name: str = "reference_code") -> str | None:
    """The reference code in column *name* as it will be kept, None where there is none; raises `BadValue`."""
    given = text(entry, name)
    return reference_checked(given) if given else None


def note(unit: Unit, entry: Entry, rest: Iterable[str]) -> str:
    """The remark of the row, and after it each of *rest* that has a value: what has no column here is not lost."""
    parts = [text(entry, "note")]
    parts += [f"{word(unit, name)}：{text(entry, name)}" for name in rest if text(entry, name)]
    return JOINT.join(part for part in parts if part)


def word(unit: Unit, name: str) -> str:
    """What a column is called in the language of the office."""
    keys = (key for key in (f"field.{name}", f"column.{name}") if knows(key, unit.settings.tongue))
    key = next(keys, None)
    return say(key, unit.settings.tongue) if key else name


def mark(unit: Unit, *facts: object) -> str:
    """The keyed MAC of what a row without a code is known again by."""
    told = [str(fact) if fact is not None else "" for fact in facts]
    return unit.keys.mac("import-row", canonical(told).encode()).hex()


def same(code: str, told: Iterable[tuple[str, object, object]]) -> None:
    """Raise `RowDiffers` at the first (field, on the books, in the list) that differ; an empty cell says nothing."""
    for field, has, given in told:
        if given is not None and given != "" and _alike(given) != _alike(has):
            raise RowDiffers(code=code, field=field, has="—" if has in {None, ""} else has, given=given)


def _alike(value: object) -> object:
    """*value* to be compared: what input methods and spreadsheets do to blanks and widths is no difference."""
    if type(value) is not str:
        return value
    return "".join(one for one in half_width(value) if one.isprintable() and not one.isspace())


# --- what a record is about -----------------------------------------------------------------------


class Matters:
    """The matters of a list, each looked up and judged once."""

    def __init__(self, unit: Unit, act: Act) -> None:
        self._unit, self._act = unit, act
        self._found: dict[Matter, Found] = {}
        self._departments: dict[str, str] | None = None
        self._spelt: dict[str, dict[str, list[RecordClass]]] | None = None

    def department(self, given: str) -> str:
        """The code of the department called *given*, by code or name; one's own where it is not said; raises `NotFound`."""
        if not given:
            return self._unit.actor.department
        if self._departments is None:
            rows = list(self._unit.session.scalars(select(Department)))
            self._departments = {key: row.code for row in rows for key in (row.name, row.code)}
        if given not in self._departments:
            raise NotFound(what="department", code=given[:40])
        return self._departments[given]

    def matter(
        self, entry: Entry, days: Sequence[dt.date | None], *, usual_class: str = "", **more: Any
    ) -> Matter:
        """What the row is about: as it says, else as its code says, else as the days in it say; raises `BadValue`."""
        words, rule = self._told_by(code(entry))
        known = [one.year for one in days if one is not None]
        year = number(entry, "year") or _year(words.get("year", "")) or (max(known) if known else None)
        class_code = text(entry, "class_code") or (rule.code if rule else "") or usual_class
        for field, value, expected in (("class", class_code, "--class"), ("year", year, "--year")):
            if not value:
                raise BadValue(field=field, value="—", expected=expected)
        about = {
            "department": self.department(text(entry, "department")),
            "premises": text(entry, "premises") or None,
            "party": text(entry, "party") or None,
            "dossier": text(entry, "dossier") or None,
            "level": level(entry),
            "period": text(entry, "period") or _period(words.get("period", "")),
        }
        return Matter(class_code, year or 0, **{**about, **more})

    def _told_by(self, given: str | None) -> tuple[dict[str, str], RecordClass | None]:
        """The words in a code by the template of its class, and the class if only one has such codes."""
        if given is None:
            return {}, None
        for spelt, series in self._templates().items():
            try:
                words, *_ = template(spelt).read(given)
            except BadValue:
                continue
            rules = series.get(words.get("series", ""), [])
            if rules:
                return words, rules[0] if len(rules) == 1 else None
        return {}, None

    def _templates(self) -> dict[str, dict[str, list[RecordClass]]]:
        """The classes by template and series."""
        if self._spelt is None:
            self._spelt = {}
            for rule in self._unit.session.scalars(select(RecordClass).where(RecordClass.usable)):
                self._spelt.setdefault(rule.template, {}).setdefault(rule.series, []).append(rule)
        return self._spelt

    def found(self, matter: Matter) -> Found:
        """The rows behind *matter*, if the actor may do the act to it; raises what `look_up` does, or the refusal."""
        if matter not in self._found:
            found = volumes.look_up(self._unit, matter, ahead=True)
            barred = refusal(self._unit.actor, self._act, volumes.prospect(found.rule, matter))
            if barred is not None:
                raise barred
            self._found[matter] = found
        return self._found[matter]

    def rule(self, class_code: str) -> RecordClass:
        """The class; raises `ClassUnknown`."""
        return classes.usable(self._unit, class_code)


def _year(word: str) -> int | None:
    return int(word) if len(word) == 4 and word.isdecimal() else None


def _period(word: str) -> str | None:
    try:
        return Period.parse(word).code
    except BadValue:
        return None


def stand(unit: Unit, volume: Volume, place: str) -> None:
    """Put a volume where the list says it stands."""
    volumes.move(unit, volume.uid, place)
