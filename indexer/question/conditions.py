"""What may stand after the colon of a fact: one value, several, or a range, as the tree of `Where` it means.

Years are numbers, levels the numbers of `archive.values.Level`, dates ISO days; codes, names and words of the other
facts stay as they were typed, since only the catalogue knows them.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archive.errors import BadValue
from archive.values import Level
from indexer.language.analysis import normalise
from indexer.language.dates import day_range
from indexer.question.slips import Fault
from indexer.question.tree import Column, Or, Tree, Value, Where

Bounds = tuple[Value | None, Value | None]


@dataclass(frozen=True, slots=True)
class Read:
    """The condition a text sets, and what had to be repaired; without a tree there is no such value."""

    tree: Or | Where | None
    fault: Fault | None = None


def read(column: Column, text: str, *, sign: str = "", whole: bool = False) -> Read:
    """The condition that *text* sets on *column*, after a *sign* such as `>=`; *whole*: quoted, so never a list."""
    values = [text] if whole else [value for value in _LIST.split(text) if value]
    found = [_range(column, sign + value) if column in _RANGED else _named(column, value) for value in values]
    trees = [one.tree for one in found if isinstance(one.tree, Where)]
    if not trees or len(trees) < len(found):
        return Read(None, _RANGED[column].fault if column in _RANGED else Fault.NO_VALUE)
    if len(trees) > 1:
        return Read(Or(tuple(trees)), Fault.SEVERAL)
    return found[0]


def single(tree: Tree, column: Column) -> bool:
    """True if *tree* names a value of *column*: two such never hold for one record; open ranges may."""
    if not isinstance(tree, Where) or tree.column is not column:
        return False
    return column not in _RANGED or None not in {tree.least, tree.most}


_LIST = re.compile(r"[,，、;；]+")
_SIGN = re.compile(r"([<>]=?|[≤≥])\s*")
_BETWEEN = re.compile(r"\s*(?:\.{2,}|[~〜至到])\s*")
_BETWEEN_YEARS = re.compile(r"(?<=\d{4})[-–—](?=\d{4})")
_LAST_NUMBER = re.compile(r"(.*\d)\D+\d+\D*")
_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def _named(column: Column, text: str) -> Read:
    """A value that the catalogue knows by code or name."""
    name = " ".join(text.split())
    return Read(Where(column, name) if re.search(r"\w", name) else None)


def _range(column: Column, text: str) -> Read:
    """A value or a range of an ordered fact."""
    text = unicodedata.normalize("NFKC", text).strip()
    if column is Column.YEAR:
        text = _BETWEEN_YEARS.sub("..", text)
    if sign := _SIGN.match(text):
        bounds, _ = _RANGED[column].one(text[sign.end() :])
        down = sign[1][0] in "<≤"
        return Read(bounds and Where(column, *((None, bounds[1]) if down else (bounds[0], None))), Fault.SIGN)
    ends = _BETWEEN.split(text)
    return _between(column, ends) if len(ends) == 2 else _single(column, text)


def _single(column: Column, text: str) -> Read:
    bounds, exact = _RANGED[column].one(text)
    return Read(bounds and Where(column, *bounds), None if exact else _RANGED[column].fault)


def _between(column: Column, ends: Sequence[str]) -> Read:
    """From the beginning of the one to the end of the other; an end left out is open."""
    rule = _RANGED[column]
    (low, low_exact), (high, high_exact) = (rule.one(end) if end else ((None, None), True) for end in ends)
    if low is None or high is None or not any(ends):
        return Read(None)
    least, most, fault = low[0], high[1], None if low_exact and high_exact else rule.fault
    if least is not None and most is not None and least > most:  # type: ignore[operator]
        least, most, fault = high[0], low[1], Fault.BACKWARDS
    return Read(Where(column, least, most), fault)


# --- one value: its bounds, or those of the nearest, and whether it was exact ------------------

One = tuple[Bounds | None, bool]


def _year(text: str) -> One:
    digits = text.removesuffix("度").removesuffix("年").translate(_DIGITS)
    if re.fullmatch(r"[12]\d{3}", digits, re.ASCII):
        return (int(digits), int(digits)), True
    if re.fullmatch(r"\d\d", digits, re.ASCII):
        return (2000 + int(digits), 2000 + int(digits)), False
    if re.fullmatch(r"[12]\d\d", digits, re.ASCII):
        return (int(digits) * 10, int(digits) * 10 + 9), False
    days = day_range(text)
    if days is None or days[0] is None:
        return None, False
    return (int(days[0][:4]), int(days[0][:4])), False


def _date(text: str) -> One:
    if days := day_range(text):
        return days, True
    shorter = _LAST_NUMBER.fullmatch(text)
    return (day_range(shorter[1]) if shorter else None), False


def _level(text: str) -> One:
    name = normalise(text).strip()
    try:
        level, exact = int(Level.named(name)), True
    except BadValue:
        near = difflib.get_close_matches(name, _LEVELS_MEANT, 1, 0.6)
        if not near:
            return None, False
        level, exact = int(_LEVELS_MEANT[near[0]]), False
    return (level, level), exact


@dataclass(frozen=True, slots=True)
class _Ranged:
    one: Callable[[str], One]
    fault: Fault


_RANGED = {
    Column.YEAR: _Ranged(_year, Fault.BAD_YEAR),
    Column.DATE: _Ranged(_date, Fault.BAD_DATE),
    Column.LEVEL: _Ranged(_level, Fault.BAD_LEVEL),
}

_LEVELS_MEANT = {
    **{level.name.lower(): level for level in Level},
    "绝密": Level.SECRET, "保密": Level.CONFIDENTIAL, "涉密": Level.CONFIDENTIAL, "公开级": Level.PUBLIC,
    "内部级": Level.INTERNAL, "秘密级": Level.CONFIDENTIAL, "机密级": Level.SECRET,
}  # fmt: skip
