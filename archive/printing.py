"""Rows as people and programs read them: table, CSV, JSON.

This module does not know where rows come from, nor who may see them.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from shutil import get_terminal_size
from typing import Any

from archive.acts import Act
from archive.cells import as_object, attribute, cell, columns_of, harmless, label, soft_label, value
from archive.words import Language, knows, say

# --- words for codes ------------------------------------------------------------------------------


def outcome_word(code: str, language: Language) -> str:
    """How an act ended, by the code in the log: `done`, or that of a refusal; an unknown code as it is."""
    return _word_for(f"outcome.{code}", code, language)


def act_word(code: str, language: Language) -> str:
    """An act by its code in the log: `loan.lend`; an unknown code as it is."""
    return _word_for(f"act.{code}", code, language)


def _word_for(key: str, code: str, language: Language) -> str:
    return say(key, language) if knows(key, language) else code


def accomplished(act: Act, facts: Mapping[str, object], language: Language) -> str:
    """That *act* was done: `完成：借出。借阅号 JY2026-00001`; each fact needs a `column.` or `field.` word."""
    told = say("told.comma", language).join(
        f"{_small(label(name, language))} {cell(fact, language)}"
        for name, fact in facts.items()
        if fact is not None and fact != ""
    )
    return say("told.facts" if told else "told.plain", language, act=act, facts=told)


def _small(heading: str) -> str:
    """A heading within a sentence: its capital goes, unless the word is one of capitals."""
    return heading[:1].lower() + heading[1:] if heading[1:2].islower() else heading


def groups(key: str, a_line: int = 5) -> str:
    """A recovery key on lines of *a_line* groups, to be copied by hand without losing one's place."""
    parts = key.split("-")
    return "\n".join("-".join(parts[at : at + a_line]) for at in range(0, len(parts), a_line))


# --- for programs -----------------------------------------------------------------------------


def as_json(rows: Sequence[object], columns: Sequence[str]) -> str:
    """*rows* as a JSON list of objects, one row a line."""
    names = columns_of(rows, columns)
    lines = [_json(as_object(row, names)) for row in rows]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def one_as_json(row: object, columns: Sequence[str]) -> str:
    """A single row as a JSON object."""
    return _json(as_object(row, columns), indent=2)


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


# --- for people -------------------------------------------------------------------------------


def as_table(
    rows: Sequence[object], columns: Sequence[str], language: Language, *, width: int | None, colour: bool
) -> str:
    """*rows* as a table if its columns fit *width* cells, else each row as a block of `label: value`.

    Codes, numbers, days and named values are never broken; other text folds.
    """
    if not rows:
        return say("word.none", language)
    room = width or get_terminal_size().columns
    names = columns_of(rows, columns)
    cells = [[cell(value(row, name), language) for name in names] for row in rows]
    shown = [
        _Column(
            _heading(name, language),
            [line[place] for line in cells],
            firm=attribute(name) in UNBROKEN or all(_firm(value(row, name)) for row in rows),
            right=all(type(value(row, name)) in {int, float, type(None)} for row in rows),
        )
        for place, name in enumerate(names)
    ]
    for tried in (shown, [one for one in shown if any(one.cells)]):
        if (widths := _shared(tried, room)) is not None:
            return _table(tried, widths, room, colour=colour)
    return _blocks(shown, language, room, colour=colour)


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    cells: Sequence[str]
    firm: bool
    right: bool

    def natural(self) -> int:
        """Cells of the screen that its widest line takes; a Chinese character takes two."""
        from rich.cells import cell_len

        lines = (line for text in (self.heading, *self.cells) for line in text.splitlines())
        return max(map(cell_len, lines), default=1)


def _firm(thing: object) -> bool:
    """True for what is read in one piece: numbers, days, yes and no, named values, nothing."""
    return thing is None or thing == "" or hasattr(thing, "word") or isinstance(thing, (int, float, dt.date))


def _shared(columns: Sequence[_Column], room: int) -> list[int] | None:
    """How wide each column is, in cells; None if *room* is too small for them."""
    wanted = [one.natural() for one in columns]
    widths = [wide if one.firm else min(wide, LEAST_TEXT) for one, wide in zip(columns, wanted, strict=True)]
    spare = room - sum(widths) - GAP * (len(columns) - 1)
    if spare < 0:
        return None
    while spare and (short := [place for place, wide in enumerate(wanted) if widths[place] < wide]):
        widths[min(short, key=widths.__getitem__)] += 1
        spare -= 1
    return widths


def _table(columns: Sequence[_Column], widths: Sequence[int], room: int, *, colour: bool) -> str:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=_box(), header_style="bold", show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for one, wide in zip(columns, widths, strict=True):
        justify: Any = "right" if one.right else "left"
        table.add_column(one.heading, justify=justify, no_wrap=one.firm, overflow="fold", width=wide)
    for line in zip(*(one.cells for one in columns), strict=True):
        table.add_row(*map(Text, line))
    return drawn(table, width=room, colour=colour)


def _blocks(columns: Sequence[_Column], language: Language, room: int, *, colour: bool) -> str:
    """Each row as lines of `label: value`, as many to a line as fit; nothing is said of what is empty."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    page: list[Any] = []
    for line in zip(*(one.cells for one in columns), strict=True):
        told = [
            say("word.labelled", language, label=one.heading, value=text)
            for one, text in zip(columns, line, strict=True)
            if text
        ]
        first, *others = _packed(told, room - INDENT)
        page += [Text(first, style="bold"), *(Padding(Text(one), (0, 0, 0, INDENT)) for one in others), ""]
    return drawn(Group(*page[:-1]), width=room, colour=colour)


def _packed(pieces: Sequence[str], room: int) -> list[str]:
    """*pieces* put into lines of at most *room* cells; only a piece longer than a line is left longer."""
    from rich.cells import cell_len

    lines: list[str] = []
    for piece in pieces:
        if lines and cell_len(lines[-1]) + GAP + cell_len(piece) <= room:
            lines[-1] += " " * GAP + piece
        else:
            lines.append(piece)
    return lines or [""]


#: Cells between two columns, before the later lines of a block, and the least a column of text is squeezed to.
GAP, INDENT, LEAST_TEXT = 2, 2, 16

#: Columns that must be readable in one piece, to be copied.
UNBROKEN = frozenset(
    {
        "code", "number", "account", "uid", "seq", "class_code", "due_on", "expires_on", "review_due",
        "document_no", "object_code", "at", "period",
    }
)  # fmt: skip


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
        yield _heading(name, language), cell(thing, language)


def _heading(name: str, language: Language) -> str:
    told = soft_label(name, language)
    return told[:1].upper() + told[1:]


def framed(text: str, title: str, *, width: int | None, colour: bool) -> str:
    """*text* in a frame, for what must not be overlooked."""
    from rich.panel import Panel
    from rich.text import Text

    return drawn(Panel(Text(text), title=title, expand=False), width=width, colour=colour)


def drawn(thing: object, *, width: int | None, colour: bool) -> str:
    """A rich object as text, in *width* cells; the height is named because a dumb terminal keeps no width alone."""
    from rich.console import Console

    page = io.StringIO()
    console = Console(
        file=page, width=width, height=width and 50, force_terminal=colour, no_color=not colour, highlight=False
    )  # fmt: skip
    console.print(thing)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def _box() -> Any:
    from rich import box

    return box.SIMPLE_HEAD
