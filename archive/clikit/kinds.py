"""Kinds of values a command takes: days, levels, named words, pairs; each refuses with our own sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import click

from archive import fields
from archive.acts import Act
from archive.clikit.front import desk
from archive.errors import BadValue
from archive.values import Level, Worded
from archive.words import Language, say

W = TypeVar("W", bound=Worded)
Param = click.Parameter | None
#: Letters of a list of codes that still reads well in a help page.
WIDEST = 70
#: Letters of a beginning that says enough; a single one may be a slip.
LEAST = 3
TODAY = frozenset({"today", "今天", "今日"})


def _name(param: click.Parameter | None) -> str:
    return (param.name if param is not None else None) or "value"


class Day(click.ParamType[dt.date]):
    """2024-05-14, 20240514, 2024年5月14日, or today."""

    name = "day"

    def convert(self, value: Any, param: Param, _: Any) -> dt.date:
        if isinstance(value, dt.date):
            return value
        return desk().today() if value.strip().lower() in TODAY else fields.day(value, _name(param))


class LevelName(click.ParamType[Level]):
    """公开 内部 秘密 机密, or their English names."""

    name = "level"

    def convert(self, value: Any, _: Param, __: Any) -> Level:
        return value if isinstance(value, Level) else Level.named(value)


class Pair(click.ParamType[tuple[str, str]]):
    """`name=value`."""

    name = "name=value"

    def convert(self, value: Any, param: Param, _: Any) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, found, text = str(value).partition("=")
        if not found or not name.strip():
            raise BadValue(field=_name(param), value=value, expected=self.name)
        return name.strip(), text


def _names(one: Worded) -> set[str]:
    """The code of a named value and its words in both languages, in small letters."""
    return {one.value.casefold(), *(say(one.word, tongue).casefold() for tongue in Language)}


class Named(click.ParamType[W], Generic[W]):
    """One of some named values, by its code, by its word in either language, or by a beginning that fits one only."""

    def __init__(self, kind: type[W], but: Iterable[W] = ()) -> None:
        self.kind, self.known = kind, [one for one in kind if one not in set(but)]
        self.name = kind.__name__.lower()

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:  # noqa: ARG002
        """The codes themselves, if they are short enough to be read."""
        told = "|".join(one.value.lower() for one in self.known)
        return told if len(told) <= WIDEST else None

    def convert(self, value: Any, param: Param, _: Any) -> W:
        wanted = str(value).strip().casefold()
        meant = self._meant(wanted, str.__eq__)
        barred = any(
            wanted in _names(one) for one in self.kind
        )  # the whole name of one that may not be meant
        if not meant and len(wanted) >= LEAST and not barred:
            meant = self._meant(wanted, str.startswith)
        if len(meant) == 1:
            return meant[0]
        expected = [f"{one.value} {say(one.word, desk().language)}" for one in self.known]
        raise BadValue(field=_name(param), value=value, expected=expected)

    def _meant(self, wanted: str, fits: Callable[[str, str], bool]) -> list[W]:
        """Those of which a code or a word *fits* what was typed."""
        return [one for one in self.known if any(fits(name, wanted) for name in _names(one))]


class PathName(click.ParamType[str]):
    """A file or folder of this machine: only who sits at it may name one, never the web."""

    name = "path"

    def convert(self, value: Any, *_: Any) -> str:
        return str(value)


class Acts(click.ParamType[Act]):
    """An act by its whole name or its verb: `record.read` or `read`."""

    name = "act"

    def __init__(self, known: Iterable[Act]) -> None:
        self.known = sorted(known)

    def convert(self, value: Any, param: Param, _: Any) -> Act:
        for one in self.known:
            if value in {one.value, one.value.partition(".")[2], one}:
                return one
        raise BadValue(field=_name(param), value=value, expected=" ".join(self.known))


DAY, LEVEL, PAIR, PATH = Day(), LevelName(), Pair(), PathName()
