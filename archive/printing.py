"""Rows as people and programs read them: table, CSV, JSON.

This module does not know where rows come from, nor who may see them.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """The heading of column *name*: the sentence `column.<name>`, else `field.<name>`; KeyError if neither."""
    key = f"column.{name}"
    return say(key if knows(key, language) else f"field.{name}", language)


def columns_of(rows: Sequence[object], columns: Sequence[str]) -> tuple[str, ...]:
    """*columns*, or those the first row has if none are named."""
    if columns or not rows:
        return tuple(columns)
    first: Any = rows[0]
    return tuple(first) if isinstance(first, Mapping) else tuple(one.name for one in fields(first))


def value(row: object, name: str) -> Any:
    """The value of column *name* in a mapping, dataclass or mapped row."""
    return row[name] if isinstance(row, Mapping) else getattr(row, name)


# --- for programs -----------------------------------------------------------------------------


def plain(thing: object) -> Any:
    """*thing* as JSON has it: enums by their stable value (levels by name), days in ISO, rows as objects."""
    if thing is None or type(thing) in {bool, int, float, str}:
        return thing
    if isinstance(thing, Enum):
        return thing.name if isinstance(thing.value, int) else thing.value
    if isinstance(thing, (dt.date, dt.datetime)):
        return thing.isoformat()
    if isinstance(thing, Mapping) or is_dataclass(thing):
        return {name: plain(value(thing, name)) for name in columns_of([thing], ())}
    many = sorted(thing, key=str) if isinstance(thing, (set, frozenset)) else thing
    return [plain(one) for one in many] if isinstance(many, Iterable) else str(many)


def as_json(rows: Sequence[object], columns: Sequence[str]) -> str:
    """*rows* as a JSON list of objects, one row a line."""
    lines = [_json({name: plain(value(row, name)) for name in columns_of(rows, columns)}) for row in rows]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def one_as_json(row: object, columns: Sequence[str]) -> str:
    """A single row as a JSON object."""
    return _json({name: plain(value(row, name)) for name in columns_of([row], columns)}, indent=2)


def _json(thing: object, indent: int | None = None) -> str:
    return json.dumps(thing, ensure_ascii=False, indent=indent)


def as_csv(rows: Sequence[object], columns: Sequence[str], language: Language) -> str:
    """*rows* as CSV with spoken headings; no text cell can start a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = columns_of(rows, columns)
    writer.writerow([label(name, language) for name in names])
    for row in rows:
        writer.writerow([_csv_cell(value(row, name), language) for name in names])
    return text.getvalue().rstrip("\n")


def _csv_cell(thing: object, language: Language) -> object:
    return thing if type(thing) in {int, float} else harmless("" if thing is None else cell(thing, language))


def harmless(text: str) -> str:
    """*text* so that a spreadsheet shows it and never runs it."""
    return f"'{text}" if text.lstrip(" \u3000").startswith(_FORMULA) else text


# --- for people -------------------------------------------------------------------------------


def cell(thing: object, language: Language) -> str:
    """*thing* as it is read in a table; control and direction marks do not reach the terminal."""
    if is_dataclass(thing) and hasattr(thing, "value") and hasattr(thing, "word"):
        return f"{cell(thing.value, language)}（{say(thing.word, language)}）"
    if isinstance(thing, Mapping):
        return "; ".join(f"{name} {cell(one, language)}" for name, one in thing.items())
    if thing is None or thing == "":
        return ""
    return _CONTROL.sub("�", spoken(thing, language))


def as_table(
    rows: Sequence[object], columns: Sequence[str], language: Language, *, width: int | None, colour: bool
) -> str:
    """*rows* as a table; numbers to the right, codes never broken."""
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return say("word.none", language)
    table = Table(box=_box(), header_style="bold", pad_edge=False, padding=(0, 1))
    names = columns_of(rows, columns)
    for name in names:
        numbers = all(type(value(row, name)) in {int, float} for row in rows)
        table.add_column(
            label(name, language),
            justify="right" if numbers else "left",
            no_wrap=name in UNBROKEN,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(cell(value(row, name), language)) for name in names))
    return drawn(table, width=width, colour=colour)


#: Columns that must be readable in one piece, to be copied.
UNBROKEN = frozenset(
    {"code", "number", "account", "uid", "seq", "class_code", "due_on", "expires_on", "review_due"}
)


def as_sheet(
    row: object, columns: Sequence[str], language: Language, *, width: int | None, colour: bool
) -> str:
    """One row as label and value, lists of rows as tables below."""
    from rich.table import Table
    from rich.text import Text

    sheet = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2))
    sheet.add_column(style="bold", no_wrap=True)
    sheet.add_column(overflow="fold")
    below: list[str] = []
    for name in columns_of([row], columns):
        thing = value(row, name)
        if isinstance(thing, list) and thing and is_dataclass(thing[0]):
            inner = as_table(thing, (), language, width=width, colour=colour)
            below.append(f"\n{say(f'list.{name}', language)}\n{inner}")
        for heading, text in _sheet_rows(name, thing, language):
            sheet.add_row(heading, Text(text))
    return "\n".join([drawn(sheet, width=width, colour=colour), *below])


def _sheet_rows(name: str, thing: object, language: Language) -> Iterator[tuple[str, str]]:
    """A value as rows of a sheet: nothing for nothing, a card or a table of fields as a row each."""
    if thing in (None, "", [], {}) or (isinstance(thing, list) and is_dataclass(thing[0])):
        return
    if isinstance(thing, Mapping) or (is_dataclass(thing) and not hasattr(thing, "word")):
        for inner in columns_of([thing], ()):
            yield from _sheet_rows(inner, value(thing, inner), language)
    else:
        yield _soft_label(name, language), cell(thing, language)


def _soft_label(name: str, language: Language) -> str:
    known = any(knows(f"{kind}.{name}", language) for kind in ("column", "field"))
    return label(name, language) if known else name


def framed(text: str, title: str, *, width: int | None, colour: bool) -> str:
    """*text* in a frame, for what must not be overlooked."""
    from rich.panel import Panel
    from rich.text import Text

    return drawn(Panel(Text(text), title=title, expand=False), width=width, colour=colour)


def drawn(thing: object, *, width: int | None, colour: bool) -> str:
    """A rich object as text."""
    from rich.console import Console

    page = io.StringIO()
    console = Console(file=page, width=width, force_terminal=colour, no_color=not colour, highlight=False)
    console.print(thing)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def _box() -> Any:
    from rich import box

    return box.SIMPLE_HEAD
