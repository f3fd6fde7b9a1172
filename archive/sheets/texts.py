"""Rows out of CSV and TAB-separated text: which charset, which sign parts the columns, found out without guessing wide.

Strict readings only: bytes that do not read by a charset to the last one are not of it. Where several read,
that one wins which gives the words lists are headed with.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from archive.cells import meant
from archive.errors import SheetUnreadable
from archive.sheets.guarding import CHUNK, MOST_COLUMNS, MOST_LETTERS, MOST_ROWS, Bulk, Unreadable, at_most
from archive.sheets.rows import Row

#: Bytes looked at to choose between readings and separators.
SAMPLE = 1 << 16
#: Rows looked at to find the sign between columns.
TRIED = 40
SEPARATORS = ",\t;|"
#: Letters up to which a field is read at all; one quotation mark too many would swallow the file. It is cut afterwards.
csv.field_size_limit(4 << 20)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
#: Signs of headings and ledgers, simplified and traditional: a wrong reading gives none of them.
_TELLING = frozenset(
    "序号档题名日期页数备注文责任者保管限密级合同金额甲乙方单元房业户电话借阅收发登记卷案目录编年度部门機構"
    "號檔題責級單戶電話閱發記錄編門備註頁數額業買"
)
#: Beginnings of what is no list though it may hold one.
_OTHERS = (
    b"%PDF",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"{\\rtf",
    b"Rar!",
    b"7z\xbc\xaf",
    b"BM",
    b"II*\0",
    b"MM\0*",
)
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<workbook", b"mime-version:", b"[\n{", b"{\n")


def refused(head: bytes) -> Unreadable | None:
    """Why a file that begins with *head* is no text to be read, or None."""
    if head.startswith(_OTHERS):
        return Unreadable.NOT_A_LIST
    if head.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(_MARKUP):
        return Unreadable.OTHER_FORMAT
    return None if _charset_of_wide(head) or b"\0" not in head else Unreadable.NOT_A_LIST


def _charset_of_wide(head: bytes) -> str | None:
    """UTF-16 by its mark, or by zeros on one side of pairs; None for anything else."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    pairs = len(head) // 2
    high, low = head[1::2].count(0), head[0::2].count(0)
    if pairs >= 4 and high > pairs // 20 and not low:
        return "utf-16-le"
    return "utf-16-be" if pairs >= 4 and low > pairs // 20 and not high else None


def charset(stream: BinaryIO, name: str) -> tuple[str, int]:
    """The charset of a whole text and how many lines it has; raises `SheetUnreadable`."""
    head = stream.read(SAMPLE)
    marked = next((found for mark, found in _MARKS if head.startswith(mark)), None) or _charset_of_wide(head)
    candidates = [marked] if marked else ["utf-8", "gb18030", "big5hkscs"]
    readers = {found: codecs.getincrementaldecoder(found)() for found in candidates}
    first = {
        found: text for found in candidates if (text := _read(readers, found, head, final=False)) is not None
    }
    lines, data = head.count(b"\n"), stream.read(CHUNK)
    while data:
        lines += data.count(b"\n")
        for found in list(readers):
            _read(readers, found, data, final=False)
        data = stream.read(CHUNK)
    sound = [
        found
        for found in candidates
        if found in readers and _read(readers, found, b"", final=True) is not None
    ]
    if not sound:
        raise SheetUnreadable(name=name, why=Unreadable.ENCODING)
    return max(sound, key=lambda found: _sense(first[found])), max(lines, head.count(b"\r"))


def _read(
    readers: dict[str, codecs.IncrementalDecoder], charset: str, data: bytes, *, final: bool
) -> str | None:
    """The next piece as *charset* reads it; a charset that does not is struck off."""
    try:
        return readers[charset].decode(data, final)
    except UnicodeError:
        del readers[charset]
        return None


def _sense(text: str) -> int:
    """How much a reading looks like a list; what no reading gives is the same for all, so the first stays."""
    return sum(sign in _TELLING for sign in text)


def separator(text: str) -> str:
    """The sign that parts columns: the one which most rows agree on, and which makes most columns."""
    if text[:4].lower() == "sep=" and len(text) > 4:
        return text[4]
    return max(SEPARATORS, key=lambda sign: _agreement(text, sign))


def _agreement(text: str, sign: str) -> int:
    widths: dict[int, int] = {}
    try:
        for row, _ in zip(
            csv.reader(io.StringIO(text, newline=""), delimiter=sign), range(TRIED), strict=False
        ):
            if len(row) > 1:
                widths[len(row)] = widths.get(len(row), 0) + 1
    except csv.Error:
        return 0
    return max((count * (width - 1) for width, count in widths.items()), default=0)


def rows(opened: Callable[[], BinaryIO], charset: str, name: str) -> Iterator[Row]:
    """The rows of a text that are not empty; raises `SheetUnreadable`, `SheetTooLarge`."""
    with io.TextIOWrapper(opened(), charset, newline="") as text:
        sign = separator(text.read(SAMPLE))
        text.seek(0)
        reader = csv.reader(text, delimiter=sign)
        number = 0
        while (cells := _next(reader, name)) is not None:
            number += 1
            at_most(Bulk.ROWS, number, MOST_ROWS)
            if number == 1:
                cells = [one.removeprefix("\ufeff") for one in cells]
            if any(cells) and not (number == 1 and len(cells) == 1 and cells[0].lower().startswith("sep=")):
                yield _row(number, cells)


def _next(reader: Iterator[list[str]], name: str) -> list[str] | None:
    try:
        return next(reader, None)
    except (csv.Error, UnicodeError) as fault:
        raise SheetUnreadable(name=name, why=Unreadable.DAMAGED) from fault


def _row(number: int, cells: list[str]) -> Row:
    while cells and not cells[-1].strip():
        cells.pop()
    at_most(Bulk.COLUMNS, len(cells), MOST_COLUMNS)
    return Row(number, tuple(meant(one[: MOST_LETTERS + 1]) or None for one in cells))
