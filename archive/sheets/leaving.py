"""A list written to a file a person asked for: XLSX, CSV or JSON by its suffix, harmless in a spreadsheet, row by row.

Nothing is written over, nothing is left behind half done, and no plain text stands in a temporary folder (decision 14).
"""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from archive import cells
from archive.durable import NewFile
from archive.errors import BadValue, FileMissing, InsideInstance, TargetExists
from archive.exchange import SheetKind
from archive.sheets import writing
from archive.sheets.kinds import TABLE, ColumnRule
from archive.unit import Unit
from archive.values import PartyKind
from archive.words import Language, knows, say

Values = Mapping[str, object]
#: Lines of text written at a time.
LINES = 500


def writable(unit: Unit, path: Path) -> None:
    """Raise what is wrong with *path* before anything is read: `BadValue`, `InsideInstance`, `FileMissing`, `TargetExists`."""
    if path.suffix.lower() not in _WRITERS:
        raise BadValue(field="to", value=path.name, expected=" ".join(_WRITERS))
    if path.resolve().is_relative_to(unit.vault.folder.resolve().parent):
        raise InsideInstance(path=path)
    if not path.parent.is_dir():
        raise FileMissing(path=path.parent)
    if path.exists() or path.is_symlink():
        raise TargetExists(path=str(path))


def write(path: Path, kind: SheetKind, rows: Iterator[Values], language: Language) -> int:
    """Write *rows* under the headings of *kind*; how many there are. Only columns that have rows are written.

    Raises `TargetExists`, `DiskFull`, `StorageFailed`.
    """
    first = next(rows, None)
    known = [column for column in TABLE[kind].columns if first is None or column.name in first]
    columns = [column for column in known if not column.gives or column.name in column.gives]
    temp = path.with_name(f".{secrets.token_hex(8)}.part")
    with NewFile(temp, points="export") as file:
        count = _WRITERS[path.suffix.lower()](file, columns, chain([first] if first else [], rows), kind, language)
        file.keep(path)
    return count


def heading(column: ColumnRule, language: Language) -> str:
    """What the column is called: as offices head it, or in English where that is spoken."""
    keys = (f"field.{column.name}", f"column.{column.name}")
    key = next((one for one in keys if knows(one, language)), None)
    return say(key, language) if language is Language.EN and key else column.headings[0]


def _as_xlsx(
    file: NewFile, columns: Sequence[ColumnRule], rows: Iterator[Values], kind: SheetKind, language: Language
) -> int:
    told = ([_told(row.get(column.name), language) for column in columns] for row in rows)
    headings = [heading(column, language) for column in columns]
    return writing.write_xlsx(file, headings, told, name=say(kind.word, language), language=language)


def _as_csv(
    file: NewFile, columns: Sequence[ColumnRule], rows: Iterator[Values], kind: SheetKind, language: Language
) -> int:
    """With a byte-order mark, so that spreadsheets read the Chinese."""
    del kind
    count = -1
    lines = chain(
        [[heading(column, language) for column in columns]],
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


def _drained(file: NewFile, text: io.StringIO) -> None:
    file.write(text.getvalue().encode())
    text.seek(0)
    text.truncate()


def _as_json(
    file: NewFile, columns: Sequence[ColumnRule], rows: Iterator[Values], kind: SheetKind, language: Language
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


Writer = Callable[[NewFile, Sequence[ColumnRule], Iterator[Values], SheetKind, Language], int]
_WRITERS: Mapping[str, Writer] = {".xlsx": _as_xlsx, ".csv": _as_csv, ".json": _as_json}


def _told(value: object, language: Language) -> object:
    """*value* as a cell that comes back as what it was."""
    if isinstance(value, bool):
        return ("原件" if value else "复制件") if language is Language.ZH else str(value).lower()
    if isinstance(value, PartyKind) and language is Language.EN:
        return value.value.lower()
    if type(value) is str:
        return "".join(one for one in value if one.isprintable() or one.isspace())
    return value


def _plain(value: object, language: Language) -> str:
    told = _told(value, language)
    return told if type(told) is str else cells.cell(told, language)
