"""A list written to a file a person asked for: XLSX, CSV or JSON by its suffix, harmless in a spreadsheet, row by row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from archive import cells
from archive.errors import BadValue
from archive.exchange import SheetKind
from archive.sheets import writing
from archive.sheets.entries import DITTO
from archive.sheets.kinds import TABLE, ColumnRule
from archive.sheets.report import column_label
from archive.sheets.writing import Out
from archive.values import PartyKind
from archive.words import Language, say

Values = Mapping[str, object]
#: Lines of text written at a time.
LINES = 500


def known_form(path: Path) -> None:
    """Raise `BadValue` for a name whose suffix says none of XLSX, CSV and JSON."""
    if path.suffix.lower() not in _WRITERS:
        raise BadValue(field="to", value=path.name, expected=" ".join(_WRITERS))


def write(file: Out, suffix: str, kind: SheetKind, rows: Iterator[Values], language: Language) -> int:
    """Write *rows* under the headings of *kind*; how many there are. Only columns that have rows are written."""
    first = next(rows, None)
    known = [column for column in TABLE[kind].columns if first is None or column.name in first]
    columns = [column for column in known if not column.gives or column.name in column.gives]
    return _WRITERS[suffix.lower()](file, columns, chain([first] if first else [], rows), kind, language)


def _as_xlsx(
    file: Out, columns: Sequence[ColumnRule], rows: Iterator[Values], kind: SheetKind, language: Language
) -> int:
    told = ([_told(row.get(column.name), language) for column in columns] for row in rows)
    headings = [column_label(column, language) for column in columns]
    return writing.write_xlsx(file, headings, told, name=say(kind.word, language), language=language)


def _as_csv(
    file: Out, columns: Sequence[ColumnRule], rows: Iterator[Values], kind: SheetKind, language: Language
) -> int:
    """With a byte-order mark, so that spreadsheets read the Chinese."""
    del kind
    count = -1
    lines = chain(
        [[column_label(column, language) for column in columns]],
        ([_plain(row.get(column.name), language) for column in columns] for row in rows),
    )
    file.write(b"\xef\xbb\xbf")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for line in lines:
        count += 1
        writer.writerow([cells.harmless(cell) for cell in line])
        if count % LINES == 0:
            _drained(file, text)
    _drained(file, text)
    return count


def _drained(file: Out, text: io.StringIO) -> None:
    file.write(text.getvalue().encode())
    text.seek(0)
    text.truncate()


def _as_json(
    file: Out, columns: Sequence[ColumnRule], rows: Iterator[Values], kind: SheetKind, language: Language
) -> int:
    """A list of objects by our names of columns, values as programs have them."""
    del kind, language
    count = 0
    for row in rows:
        told = {column.name: cells.plain(row.get(column.name)) for column in columns}
        file.write((",\n" if count else "[\n").encode() + json.dumps(told, ensure_ascii=False).encode())
        count += 1
    file.write(b"\n]\n" if count else b"[]\n")
    return count


Writer = Callable[[Out, Sequence[ColumnRule], Iterator[Values], SheetKind, Language], int]
_WRITERS: Mapping[str, Writer] = {".xlsx": _as_xlsx, ".csv": _as_csv, ".json": _as_json}


def _told(value: object, language: Language) -> object:
    """*value* as a cell that comes back as what it was."""
    if isinstance(value, bool):
        return ("原件" if value else "复制件") if language is Language.ZH else str(value).lower()
    if isinstance(value, PartyKind) and language is Language.EN:
        return value.value.lower()
    if type(value) is str:
        return _no_ditto("".join(one for one in value if one.isprintable() or one.isspace()))
    return value


def _no_ditto(text: str) -> str:
    """*text*, written apart or wide where a list would read it as a mark for the cell above; a lone mark says nothing."""
    plain = text.strip()
    if plain not in DITTO:
        return text
    return f"{plain[0]} {plain[1:]}" if len(plain) > 1 else "＂" if plain == '"' else ""


def _plain(value: object, language: Language) -> str:
    told = _told(value, language)
    return told if type(told) is str else cells.cell(told, language)
