"""A list as rows: XLSX, old XLS, CSV and TAB-separated text, hostile until proven otherwise; memory does not grow with rows.

XLSX and text are read as they stream; the old binary workbooks, within a small limit, from memory.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from archive.errors import BadValue, FileMissing, SheetUnreadable
from archive.sheets import old, texts
from archive.sheets.compound import MAGIC
from archive.sheets.guarding import MOST_FILE, Bulk, Unreadable, at_most, told
from archive.sheets.rows import Row
from archive.sheets.xlsx import Workbook


@dataclass(frozen=True, slots=True)
class Received:
    """A list that came over the network: its bytes, and what the sender calls it."""

    name: str
    data: bytes


Source = Path | str | bytes | Received
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file, opened: its name, the other sheets one could choose, about how many rows it has.

    `macros`: the workbook brings programs, which are never run. `charset`: of a text.
    """

    name: str
    file: str
    sheets: tuple[str, ...]
    expected: int
    macros: bool
    charset: str
    _rows: Any

    def rows(self) -> Iterator[Row]:
        """The rows that are not empty, from the first; may be asked again. Raises `SheetUnreadable`, `SheetTooLarge`."""
        with told(self.file):
            yield from self._rows()


def open_sheet(source: Source, *, sheet: str | None = None) -> Sheet:
    """The sheet called *sheet*, or the *sheet*-th, or the first with something in it.

    Raises `FileMissing`, `SheetUnreadable`, `SheetLocked`, `SheetTooLarge`, `BadValue` (no such sheet).
    """
    name = source_name(source)
    with _opened(source) as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        head = stream.read(texts.SAMPLE)
    at_most(Bulk.FILE, size, MOST_FILE)
    if not head.strip():
        raise SheetUnreadable(name=name, why=Unreadable.EMPTY)
    with told(name):
        if head.startswith(_ZIP):
            return _workbook(source, name, sheet)
        if head.startswith(MAGIC):
            return _old(source, name, sheet)
        return _text(source, name, head)


def digest(source: Source) -> str:
    """SHA-256 of the bytes of *source*; raises `FileMissing`."""
    with _opened(source) as stream:
        mac = hashlib.sha256()
        while data := stream.read(1 << 20):
            mac.update(data)
        return mac.hexdigest()


def source_name(source: Source) -> str:
    """How the file is called in sentences; bytes have no name."""
    if isinstance(source, Received):
        return source.name
    return "—" if isinstance(source, bytes) else Path(source).name


def _opened(source: Source) -> BinaryIO:
    """The bytes of *source*; raises `FileMissing` for what is not there, no plain file, or barred."""
    if isinstance(source, (bytes, Received)):
        return io.BytesIO(source if isinstance(source, bytes) else source.data)
    path = Path(source).expanduser()
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise FileMissing(path=str(path))
        return os.fdopen(handle, "rb")
    except OSError as gone:
        raise FileMissing(path=str(path)) from gone


def _chosen(names: list[str], wanted: str | None) -> int | None:
    """Which of *names* is wanted, by name or by number from 1; None if nothing was said."""
    if wanted is None:
        return None
    if wanted in names:
        return names.index(wanted)
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    raise BadValue(field="sheet", value=wanted, expected=names or "—")


def _workbook(source: Source, name: str, wanted: str | None) -> Sheet:
    book = Workbook(lambda: _opened(source), name)
    at = _chosen([tab.name for tab in book.tabs], wanted)
    open_ones = [tab for tab in book.tabs if not tab.hidden] or book.tabs
    if not open_ones:
        raise SheetUnreadable(name=name, why=Unreadable.EMPTY)
    tab = book.tabs[at] if at is not None else _first_filled(book, open_ones)
    sheets = tuple(one.name for one in open_ones)
    return Sheet(tab.name, name, sheets, book.height(tab), book.macros, "", lambda: book.rows(tab))


def _first_filled(book: Workbook, tabs: list[Any]) -> Any:
    return next((tab for tab in tabs if next(book.rows(tab), None)), tabs[0])


def _old(source: Source, name: str, wanted: str | None) -> Sheet:
    with _opened(source) as stream:
        book = old.OldWorkbook(stream.read(), name)
    at = _chosen([tab.name for tab in book.tabs], wanted)
    open_ones = [tab for tab in book.tabs if not tab.hidden] or book.tabs
    if not open_ones:
        raise SheetUnreadable(name=name, why=Unreadable.EMPTY)
    filled = (tab for tab in open_ones if next(book.rows(tab), None))
    tab = book.tabs[at] if at is not None else next(filled, open_ones[0])
    sheets = tuple(one.name for one in open_ones)
    return Sheet(tab.name, name, sheets, sum(1 for _ in book.rows(tab)), False, "", lambda: book.rows(tab))


def _text(source: Source, name: str, head: bytes) -> Sheet:
    why = texts.refused(head)
    if why is not None:
        raise SheetUnreadable(name=name, why=why)
    with _opened(source) as stream:
        charset, lines = texts.charset(stream, name)
    return Sheet(
        "", name, (), lines, False, charset.removesuffix("-sig"), lambda: texts.rows(lambda: _opened(source), charset, name)
    )  # fmt: skip
