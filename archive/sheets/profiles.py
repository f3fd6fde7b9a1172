"""Profiles: how an office's own list is to be read, kept under a name; a newer one replaces it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive import people
from archive.acts import Act
from archive.cards import plain
from archive.cells import plain as as_told
from archive.errors import BadValue, NotFound
from archive.exchange import SheetKind
from archive.model import ImportProfile, Person, new_uid
from archive.sheets.entries import Defaults
from archive.sheets.headers import Corrections, column_named
from archive.sheets.lists import Said
from archive.unit import Unit
from archive.values import Level

KEY = "import-profile"
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """A profile as a line: its name, the kind of list, heading by column, what it says for the whole list."""

    name: str
    kind: SheetKind
    columns: dict[str, str]
    header_row: int | None
    sheet: str | None
    said: dict[str, Any]
    changed_at: Any
    changed_by: str


def keep(unit: Unit, name: str, said: Said) -> ProfileLine:
    """Keep *said* under *name*, in place of what was kept there; raises `BadValue`, `ColumnUnknown`."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= _LONGEST or not name.isprintable():
        raise BadValue(field="name", value=name[:40], expected=f"1–{_LONGEST}")
    kind = said.corrections.kind
    if kind is None:
        raise BadValue(field="kind", value="—", expected="--kind")
    columns = {column_named(kind, one).name: head for one, head in said.corrections.columns.items()}
    row = _row(unit, name)
    unit.act(Act.SHEET_PROFILE, row or name, private={"name": name}, kind=kind.value, columns=len(columns))
    if row is None:
        row = ImportProfile(uid=new_uid(), name=name)
        unit.session.add(row)
    row.kind, row.changed_at, row.changed_by = kind, unit.now, unit.actor.uid
    card = {"columns": columns, "header_row": said.corrections.header_row, "sheet": said.sheet,
            "said": as_told(said.defaults.said())}  # fmt: skip
    row.card = unit.keys.seal_with(KEY, row.uid.encode(), plain(card))
    unit.session.flush()
    return _line(unit, row)


def remove(unit: Unit, name: str) -> None:
    """Remove the profile; raises `NotFound`."""
    row = _found(unit, name)
    unit.act(Act.SHEET_PROFILE, row, removed=True)
    unit.session.delete(row)
    unit.session.flush()


def rows(unit: Unit) -> list[ProfileLine]:
    """All profiles by name."""
    unit.look(Act.SHEET_SEE)
    return [
        _line(unit, row) for row in unit.session.scalars(select(ImportProfile).order_by(ImportProfile.name))
    ]


def show(unit: Unit, name: str) -> ProfileLine:
    """One profile; raises `NotFound`."""
    unit.look(Act.SHEET_SEE)
    return _line(unit, _found(unit, name))


def said(unit: Unit, name: str) -> Said:
    """What the profile called *name* says about a list; raises `NotFound`."""
    row = _found(unit, name)
    told = _opened(unit, row)
    level = told["said"].pop("level", None)
    defaults = Defaults(**told["said"], level=Level[level] if level else None)
    return Said(told["sheet"], Corrections(row.kind, told["header_row"], told["columns"]), defaults)


def _row(unit: Unit, name: str) -> ImportProfile | None:
    return unit.session.scalar(select(ImportProfile).where(ImportProfile.name == name))


def _found(unit: Unit, name: str) -> ImportProfile:
    row = _row(unit, " ".join(name.split()))
    if row is None:
        raise NotFound(what="profile", code=name)
    return row


def _opened(unit: Unit, row: ImportProfile) -> dict[str, Any]:
    return dict(json.loads(unit.keys.open_with(KEY, row.uid.encode(), row.card)))


def _line(unit: Unit, row: ImportProfile) -> ProfileLine:
    told = _opened(unit, row)
    person = unit.session.get_one(Person, row.changed_by)
    return ProfileLine(
        row.name, row.kind, told["columns"], told["header_row"], told["sheet"], told["said"], row.changed_at,
        people.name_of(unit, person),
    )  # fmt: skip
