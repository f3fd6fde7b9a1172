"""Typed rows out of TOML: a row becomes a frozen dataclass, or is refused with its place named.

This module does not know what the rows mean.
"""

from __future__ import annotations

import tomllib
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from archive.errors import BadValue
from archive.values import Level, Period

T = TypeVar("T")


def shipped(name: str) -> dict[str, Any]:
    """The table in `archive/data/` called *name*."""
    return tomllib.loads(resources.files("archive").joinpath("data", name).read_text("utf-8"))


def given_table(where: str, given: object) -> Mapping[str, Any]:
    """*given* if it is a table; raises `BadValue`."""
    if not isinstance(given, Mapping):
        raise BadValue(field=where, value=given, expected=f"[{where}]")
    return given


def given_rows(where: str, given: object) -> list[Mapping[str, Any]]:
    """*given* if it is a list of tables; raises `BadValue`."""
    if not isinstance(given, list):
        raise BadValue(field=where, value=given, expected=f"[[{where}]]")
    return [given_table(f"{where}[{place}]", one) for place, one in enumerate(given, 1)]


def row(kind: type[T], where: str, given: object) -> T:
    """*given* as a *kind*; raises `BadValue` for unknown, missing or mistyped keys of *where*."""
    given = given_table(where, given)
    wanted: dict[str, Any] = _hints(cast("Hashable", kind))
    known = {field.name: field for field in fields(kind) if field.init}  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            raise BadValue(field=f"{where}.{name}", value=given[name], expected=" ".join(known))
    for name, field in known.items():
        if name not in given and field.default is MISSING and field.default_factory is MISSING:
            raise BadValue(field=f"{where}.{name}", value=None, expected=_spelt(wanted[name]))
    return kind(**{name: value(wanted[name], f"{where}.{name}", given[name]) for name in given})


def rows(kind: type[T], where: str, given: object) -> tuple[T, ...]:
    """The *given* list of tables as a tuple of *kind*; raises `BadValue`."""
    return tuple(row(kind, f"{where}[{place}]", one) for place, one in enumerate(given_rows(where, given), 1))


def named_rows(kind: type[T], where: str, given: object) -> dict[str, T]:
    """The *given* table of tables as *kind* by name; raises `BadValue`."""
    return {name: row(kind, f"{where}.{name}", one) for name, one in given_table(where, given).items()}


def value(kind: Any, where: str, given: object) -> Any:
    """One value as the type *kind* says: text, flag, number, day, list, named value, period or row."""
    if isinstance(kind, UnionType):
        kind = get_args(kind)[0]
    if get_origin(kind) is tuple and isinstance(given, list):
        return tuple(value(get_args(kind)[0], f"{where}[{place}]", one) for place, one in enumerate(given, 1))
    if isinstance(given, str) and (found := _named(kind, given)) is not None:
        return found
    if is_dataclass(kind) and kind is not Period and isinstance(kind, type):
        return row(kind, where, given)
    if type(given) is kind:
        return given
    raise BadValue(field=where, value=given, expected=_spelt(kind))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _named(kind: Any, text: str) -> object | None:
    if kind is Level:
        return Level.__members__.get(text)
    if kind is Period:
        return _period(text)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return next((member for member in kind if member.value == text), None)
    return None


def _period(text: str) -> Period | None:
    try:
        return Period.parse(text)
    except BadValue:
        return None


def _spelt(kind: Any) -> str:
    if isinstance(kind, UnionType):
        kind = get_args(kind)[0]
    if kind is Period:
        return "Y, D30, D10, E, T90"
    if kind is Level:
        return " ".join(Level.__members__)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return " ".join(member.value for member in kind)
    return getattr(kind, "__name__", None) or str(kind)


def demand(holds: bool, where: str, given: object, expected: object) -> None:
    """Raise `BadValue` at *where* unless *holds*."""
    if not holds:
        raise BadValue(field=where, value=given, expected=str(expected))
