"""A fact as it stands in a cell: in words for people, as JSON for programs, harmless in a spreadsheet; pure.

This module does not know whether the cell is of a table on a screen, of a file or of a package.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from archive.words import Language, knows, say, spoken

#: What a spreadsheet takes for the beginning of a formula, half and full width (CWE-1236).
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def label(name: str, language: Language) -> str:
    """The heading of column *name*: the sentence `column.<name>`, else `field.<name>`; KeyError if neither.

    Of `attribute:word` it is the heading of *word*: what is one attribute has several names in an archive.
    """
    name = name.rpartition(":")[2]
    key = f"column.{name}"
    return say(key if knows(key, language) else f"field.{name}", language)


def soft_label(name: str, language: Language) -> str:
    """As `label`, but a name that no sentence says stands for itself."""
    word = name.rpartition(":")[2]
    known = any(knows(f"{kind}.{word}", language) for kind in ("column", "field"))
    return label(name, language) if known else word


def attribute(column: str) -> str:
    """The attribute that a column shows, without the word it is shown under."""
    return column.partition(":")[0]


def columns_of(rows: Sequence[object], columns: Sequence[str]) -> tuple[str, ...]:
    """*columns*, or those the first row has if none are named."""
    if columns or not rows:
        return tuple(columns)
    first: Any = rows[0]
    return tuple(first) if isinstance(first, Mapping) else tuple(one.name for one in fields(first))


def value(row: object, name: str) -> Any:
    """The value of column *name* in a mapping, dataclass or mapped row."""
    name = attribute(name)
    return row[name] if isinstance(row, Mapping) else getattr(row, name)


def as_object(row: object, columns: Sequence[str]) -> dict[str, Any]:
    """The columns of *row* as programs read them, each under the name of its attribute."""
    return {attribute(name): plain(value(row, name)) for name in columns_of([row], columns)}


def plain(thing: object) -> Any:
    """*thing* as JSON has it: enums by their stable value (levels by name), days in ISO, rows as objects."""
    if thing is None or type(thing) in {bool, int, float, str}:
        return thing
    if isinstance(thing, Enum):
        return thing.name if isinstance(thing.value, int) else thing.value
    if isinstance(thing, (dt.date, dt.datetime)):
        return thing.isoformat()
    if isinstance(thing, str):
        return str(thing)
    if isinstance(thing, Mapping) or is_dataclass(thing):
        return {name: plain(value(thing, name)) for name in columns_of([thing], ())}
    many = sorted(thing, key=str) if isinstance(thing, (set, frozenset)) else thing
    return [plain(one) for one in many] if isinstance(many, Iterable) else str(many)


def harmless(text: str) -> str:
    """*text* so that a spreadsheet shows it and never runs it; `meant` gives it back, whatever it was."""
    return f"'{text}" if starts_formula(text.lstrip("'")) else text


def meant(text: str) -> str:
    """What `harmless` was given: a list that was written comes back as it was."""
    return text[1:] if text.startswith("'") and starts_formula(text.lstrip("'")) else text


def starts_formula(text: str) -> bool:
    """True for text that a spreadsheet might run."""
    return text.lstrip(" \u3000").startswith(_FORMULA)


def cell(thing: object, language: Language) -> str:
    """*thing* as it is read in a table; control and direction marks do not reach the terminal."""
    if is_dataclass(thing) and hasattr(thing, "value") and hasattr(thing, "word"):
        return f"{cell(thing.value, language)}（{say(thing.word, language)}）"
    if isinstance(thing, Mapping):
        return pairs(thing, language)
    if thing is None or thing == "":
        return ""
    return _CONTROL.sub("�", spoken(thing, language))


def pairs(facts: Mapping[str, object], language: Language) -> str:
    """*facts* in one line, each with its label; nothing if there are none."""
    told = (f"{soft_label(name, language)} {cell(one, language)}" for name, one in facts.items())
    return say("told.comma", language).join(told)
