"""What a question is narrowed to: facts as people name them, made into the values the index holds.

A class, place or department is named by its code or its name, a level, state, kind or family by its word in
either language; a name that several share means each of them. What names nothing is told with the nearest.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from archive.errors import BadValue, ClassUnknown, ValueUnknown
from archive.model import Department, Location, RecordClass
from archive.unit import Unit
from archive.values import Family, Level, VolumeState, Worded
from archive.words import Language, say
from indexer.entries import Kind, class_path, place_path
from indexer.question.apart import together
from indexer.question.tree import And, Column, Or, Term, Tree, Value, Where, replaced


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search is narrowed to; None: anything. A class or place means everything in it too."""

    class_code: str | None = None
    year_from: int | None = None
    year_to: int | None = None
    level: Level | None = None
    department: str | None = None
    place: str | None = None
    state: str | None = None
    kind: str | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    family: str | None = None

    def conditions(self) -> tuple[Where, ...]:
        """The same as a question would say it."""
        level = int(self.level) if self.level is not None else None
        days = [day.isoformat() if day else None for day in (self.date_from, self.date_to)]
        every = (
            Where(Column.CLASS, self.class_code),
            Where(Column.YEAR, self.year_from, self.year_to),
            Where(Column.LEVEL, level, level),
            Where(Column.DEPARTMENT, self.department),
            Where(Column.PLACE, self.place),
            Where(Column.STATE, self.state),
            Where(Column.KIND, self.kind),
            Where(Column.DATE, *days),
            Where(Column.FAMILY, self.family),
        )
        return tuple(one for one in every if (one.least, one.most) != (None, None))


#: Not narrowed at all.
ANYTHING = Wanted()


def joined(*trees: Tree) -> Tree:
    """The question that asks for all of *trees* at once."""
    parts = tuple(part for tree in trees for part in (tree.parts if isinstance(tree, And) else (tree,)))
    return parts[0] if len(parts) == 1 else And(parts)


def meaning(unit: Unit, tree: Tree) -> Tree:
    """*tree* with the values of its conditions as the index holds them, and codes typed apart also as one.

    Raises `ClassUnknown` or `ValueUnknown` with the nearest there is, `BadValue` for bounds that leave nothing.
    """

    def change(part: Term | Where) -> Tree:
        return part if isinstance(part, Term) else _meant(unit, part)

    return replaced(together(tree), change)


def _meant(unit: Unit, where: Where) -> Tree:
    if where.column in _EXACT:
        name = str(where.least if where.least is not None else where.most)
        found = [Where(where.column, value) for value in _EXACT[where.column](unit, name)]
        return found[0] if len(found) == 1 else Or(tuple(found))
    bounds = [_bound(where.column, value) for value in (where.least, where.most)]
    least, most = bounds
    if least is not None and most is not None and least > most:  # type: ignore[operator]
        raise BadValue(
            field=where.column,
            value=f"{where.least} … {where.most}",
            expected=f"{where.most} … {where.least}",
        )
    return Where(where.column, least, most)


def _bound(column: Column, value: Value | None) -> Value | None:
    if column is Column.LEVEL and value is not None:
        return int(Level.named(value) if isinstance(value, str) else value)
    return value


# --- names ------------------------------------------------------------------------------------

#: The values of a fact and what each is called, its code first.
Names = Mapping[str, Sequence[str]]


def so_called(names: Names, text: str) -> list[str]:
    """The values called *text*, else those whose names hold it; none if there is no such name."""
    wanted = text.strip().casefold()
    spelt = {value: [name.casefold() for name in called] for value, called in names.items()}
    exact = [value for value, called in spelt.items() if wanted in called]
    return exact or [
        value for value, called in spelt.items() if wanted and any(wanted in name for name in called)
    ]


def nearest(names: Names, text: str) -> str:
    """The name most like *text*, with its code before it; nothing where there are no names."""
    called = {name: value for value, many in names.items() for name in many}
    near = difflib.get_close_matches(text.strip(), list(called), 1, 0.0)
    if not near:
        return ""
    code = names[called[near[0]]][0]
    return code if code == near[0] else f"{code} {near[0]}"


def _classes(unit: Unit, text: str) -> list[str]:
    rows = unit.session.execute(
        select(RecordClass.code, RecordClass.name, RecordClass.name_en).order_by(RecordClass.sort)
    )
    names = {code: [code, name, english] for code, name, english in rows}
    found = so_called(names, text)
    if not found:
        raise ClassUnknown(code=text, suggestion=nearest(names, text))
    inner = {one for one in found for other in found if one.startswith(f"{other}·")}
    return [class_path(code) for code in found if code not in inner]


def _departments(unit: Unit, text: str) -> list[str]:
    rows = unit.session.execute(
        select(Department.code, Department.name, Department.name_en).order_by(Department.code)
    )
    return _known(
        "department", {code: [code, name, *([english] * bool(english))] for code, name, english in rows}, text
    )


def _places(unit: Unit, text: str) -> list[str]:
    places = {one.code: one for one in unit.session.scalars(select(Location).order_by(Location.code))}
    found = _known("location", {code: [code, one.name] for code, one in places.items()}, text)
    return [place_path(unit, places[code]) for code in found]


def _worded(kind: type[Worded | Kind], field: str, _: Unit, text: str) -> list[str]:
    names = {one.value: [*(say(one.word, tongue) for tongue in Language), one.value] for one in kind}
    return _known(field, names, text)


def _known(field: str, names: Names, text: str) -> list[str]:
    found = so_called(names, text)
    if not found:
        raise ValueUnknown(field=field, value=text, near=nearest(names, text) or None)
    return found


_EXACT: Mapping[Column, Callable[[Unit, str], list[str]]] = {
    Column.CLASS: _classes,
    Column.DEPARTMENT: _departments,
    Column.PLACE: _places,
    Column.STATE: partial(_worded, VolumeState, "state"),
    Column.KIND: partial(_worded, Kind, "kind"),
    Column.FAMILY: partial(_worded, Family, "family"),
}
