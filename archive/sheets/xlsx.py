"""Rows out of an XLSX workbook, one at a time: no formula is run, no macro, link or entity looked at.

This module does not know
what the rows mean.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from archive.errors import SheetUnreadable
from archive.sheets.guarding import (
    CHUNK,
    MOST_BETWEEN,
    MOST_COLUMNS,
    MOST_LETTERS,
    MOST_ROWS,
    MOST_SHEETS,
    MOST_TEXTS,
    Bulk,
    Package,
    Unreadable,
    at_most,
    package,
    parser,
)
from archive.sheets.rows import Cell, Row

#: Number formats that show days, as the standard numbers them (ECMA-376, 18.8.30; 27-36 and 50-58 in Chinese Excel).
BUILT_IN_DAYS = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DIMENSION = re.compile(rb'dimension ref="[A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}([0-9]{1,7})"')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
#: Day 0 of the two ways to count days; the first believes in a 29 February 1900.
_EPOCH, _EPOCH_1904 = dt.date(1899, 12, 30), dt.date(1904, 1, 1)
_MOST_DAYS = 2_958_465


@dataclass(frozen=True, slots=True)
class Tab:
    """A sheet of a workbook: its name, its part, whether it is hidden."""

    name: str
    part: str
    hidden: bool


class Texts:
    """The shared texts of a workbook in one piece of memory: a tenth of what as many `str` take."""

    def __init__(self) -> None:
        self._bytes, self._ends = bytearray(), array("Q", [0])

    def add(self, text: str) -> None:
        """Put *text* at the end; raises `SheetTooLarge`."""
        self._bytes += text.encode("utf-8", "replace")
        self._ends.append(len(self._bytes))
        at_most(Bulk.TEXTS, len(self._bytes) + 8 * len(self._ends), MOST_TEXTS)

    @property
    def count(self) -> int:
        """How many texts there are."""
        return len(self._ends) - 1

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self._ends) - 1:
            raise IndexError(index)
        return self._bytes[self._ends[index] : self._ends[index + 1]].decode()


class Workbook:
    """An XLSX file: its sheets, what its cells share, and the rows of any of them."""

    def __init__(self, opened: Callable[[], BinaryIO], name: str) -> None:
        self._opened, self._name, self.dates_1904 = opened, name, False
        self._ids: list[tuple[str, str, bool]] = []
        with package(opened, name) as held:
            book = _office_part(held)
            _scan(held, book, self._book_element)
            links = _links(held, book)
            #: True if the workbook brings programs; they are never looked at.
            self.macros = any(part.endswith("vbaproject.bin") for part in held.names())
        at_most(Bulk.SHEETS, len(self._ids), MOST_SHEETS)
        self.tabs = [
            Tab(name, links[rid][1], hidden)
            for name, rid, hidden in self._ids
            if rid in links and links[rid][0].endswith("/worksheet")
        ]
        self._shared = {kind.rpartition("/")[2]: part for kind, part in links.values()}
        self._texts: Texts | None = None
        self._days: frozenset[int] | None = None

    def rows(self, tab: Tab) -> Iterator[Row]:
        """The rows of *tab* that are not empty; raises `SheetTooLarge`, `SheetUnreadable` and what damage raises."""
        with package(self._opened, self._name) as held:
            if self._texts is None or self._days is None:
                self._texts = _texts(held, self._shared.get("sharedStrings", "xl/sharedStrings.xml"))
                self._days = _day_styles(held, self._shared.get("styles", "xl/styles.xml"))
            yield from _rows(held, tab.part, _Reading(self._texts, self._days, self.dates_1904))

    def height(self, tab: Tab) -> int:
        """How many rows the sheet says it has, to tell how far one is; 0 if it does not say."""
        with package(self._opened, self._name) as held, held.part(tab.part) as stream:
            found = _DIMENSION.search(stream.read(CHUNK))
        return min(int(found[1]), MOST_ROWS) if found else 0

    def _book_element(self, name: str, given: dict[str, str]) -> None:
        if name == "sheet":
            rid = next((value for key, value in given.items() if key.rpartition(":")[2] == "id"), "")
            hidden = given.get("state", "visible") != "visible"
            self._ids.append((given.get("name", ""), rid, hidden))
        elif name == "workbookPr":
            self.dates_1904 = given.get("date1904", "0") in {"1", "true"}


def _office_part(held: Package) -> str:
    """The main part as the package names it; raises `SheetUnreadable` for Word files, binary workbooks and the like."""
    links = _links(held, "") if "_rels/.rels" in held else {}
    main = next((part for kind, part in links.values() if kind.endswith("/officeDocument")), "")
    if not main.endswith(".xml") or "/sheet" in main or main.startswith(("word/", "ppt/")):
        main = "xl/workbook.xml"
    if main not in held:
        why = Unreadable.OTHER_FORMAT if _other_office(held) else Unreadable.NOT_A_LIST
        raise SheetUnreadable(name="—", why=why)
    return main


def _other_office(held: Package) -> bool:
    return any(name in held for name in ("mimetype", "xl/workbook.bin", "Index/Document.iwa"))


def _links(held: Package, part: str) -> dict[str, tuple[str, str]]:
    """What *part* refers to inside the package: id -> (kind, part)."""
    folder, _, name = part.rpartition("/")
    found: dict[str, tuple[str, str]] = {}

    def element(tag: str, given: dict[str, str]) -> None:
        if tag == "Relationship" and given.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, given.get("Target", "")))
            found[given.get("Id", "")] = (given.get("Type", ""), target.lstrip("/"))

    path = posixpath.join(folder, "_rels", f"{name}.rels")
    if path in held:
        _scan(held, path, element)
    return found


def _scan(held: Package, part: str, element: Callable[[str, dict[str, str]], None]) -> None:
    """Hand every element of a small part to *element*; raises `SheetTooLarge` for one that is not small."""
    reading = parser(lambda tag, given: element(_local(tag), given), lambda _: None)
    with held.part(part) as stream:
        while data := stream.read(CHUNK):
            at_most(Bulk.BETWEEN, stream.taken, MOST_BETWEEN)
            reading.Parse(data)
        reading.Parse(b"", True)


def _local(tag: str) -> str:
    return tag[tag.rfind(":") + 1 :]


def _day_styles(held: Package, part: str) -> frozenset[int]:
    """The numbers of the cell styles that show a number as a day."""
    own: dict[int, bool] = {}
    styles: list[int] = []
    inside = False

    def element(tag: str, given: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt":
            own[int(given.get("numFmtId", "0"))] = shows_day(given.get("formatCode", ""))
        elif tag in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
            inside = tag == "cellXfs"
        elif tag == "xf" and inside:
            styles.append(int(given.get("numFmtId", "0")))

    if part in held:
        _scan(held, part, element)
    return frozenset(at for at, number in enumerate(styles) if own.get(number, number in BUILT_IN_DAYS))


def shows_day(code: str) -> bool:
    """True if the number format *code* shows a day."""
    bare = _QUOTED.sub("", code.partition(";")[0]).lower()
    return any(sign in bare for sign in "yd年日") or ("m" in bare and "h" not in bare and "s" not in bare)


def _texts(held: Package, part: str) -> Texts:
    """All shared texts."""
    reading = _ReadingTexts()
    mark = known = 0
    if part not in held:
        return reading.texts
    with held.part(part) as stream:
        while data := stream.read(CHUNK):
            reading.parser.Parse(data)
            if reading.texts.count > known:
                mark, known = stream.taken, reading.texts.count
            at_most(Bulk.BETWEEN, stream.taken - mark, MOST_BETWEEN)
        reading.parser.Parse(b"", True)
    return reading.texts


class _ReadingTexts:
    """The state of reading the shared texts; what says how a word is pronounced is no part of them."""

    def __init__(self) -> None:
        self.texts, self._gathered = Texts(), _Gathered()
        self.parser: Any = parser(self._start, self._end)

    def _start(self, tag: str, _: dict[str, str]) -> None:
        tag = _local(tag)
        if tag == "t" and not self._gathered.aside:
            self.parser.CharacterDataHandler = self._gathered.add
        elif tag == "rPh":
            self._gathered.aside = True

    def _end(self, tag: str) -> None:
        tag = _local(tag)
        if tag == "si":
            self.texts.add(self._gathered.taken())
        elif tag == "t":
            self.parser.CharacterDataHandler = None
        elif tag == "rPh":
            self._gathered.aside = False


class _Gathered:
    """Pieces of one text, cut at what a cell may hold."""

    __slots__ = ("_length", "_pieces", "aside")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length, self.aside = 0, False

    def add(self, piece: str) -> None:
        if self._length <= MOST_LETTERS:
            self._pieces.append(piece[: MOST_LETTERS + 1 - self._length])
            self._length += len(piece)

    def taken(self) -> str:
        if not self._pieces:
            return ""
        text = "".join(self._pieces) if len(self._pieces) > 1 else self._pieces[0]
        self._pieces.clear()
        self._length = 0
        return _ESCAPED.sub(_unescaped, text) if "_x" in text else text


def _unescaped(match: re.Match[str]) -> str:
    letter = chr(int(match[1], 16))
    return match[0] if 0xD800 <= ord(letter) < 0xE000 else letter


class _Reading:
    """The state of reading one sheet: fed by the parser, emptied row by row."""

    def __init__(self, texts: Texts, days: frozenset[int], dates_1904: bool) -> None:
        self._texts, self._days, self._1904 = texts, days, dates_1904
        self.done: list[Row] = []
        self.over = False
        self._gathered, self._columns = _Gathered(), dict[str, int]()
        self.number = 0
        self._cells: list[Cell] = []
        self._broken: dict[int, str] = {}
        self._given: dict[str, str] = {}
        self._formula = self._valued = False
        self.parser: Any = parser(self._start, self._end)

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if ":" in tag:
            tag = _local(tag)
        if tag == "c":
            self._given, self._formula, self._valued = given, False, False
        elif tag == "v" or (tag == "t" and not self._gathered.aside):
            self._valued = True
            self.parser.CharacterDataHandler = self._gathered.add
        elif tag == "f":
            self._formula = True
        elif tag == "row":
            self._begin_row(given.get("r", ""))
        elif tag == "rPh":
            self._gathered.aside = True

    def _end(self, tag: str) -> None:
        if ":" in tag:
            tag = _local(tag)
        if tag in {"v", "t"}:
            self.parser.CharacterDataHandler = None
        elif tag == "c":
            self._keep(self._gathered.taken())
        elif tag == "row":
            self._end_row()
        elif tag == "rPh":
            self._gathered.aside = False
        elif tag == "sheetData":
            self.over = True

    def _begin_row(self, told: str) -> None:
        number = int(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0
        self.number = max(number, self.number + 1)
        at_most(Bulk.ROWS, self.number, MOST_ROWS)
        self._at = -1

    def _end_row(self) -> None:
        if any(cell is not None for cell in self._cells) or self._broken:
            self.done.append(Row(self.number, tuple(self._cells), self._broken))
            self._broken = {}
        self._cells = []

    def _keep(self, text: str) -> None:
        given = self._given
        self._at = at = self._column(given.get("r", ""))
        value = self._texts[int(text)] if text and given.get("t") == "s" else self._value(text)
        if value is None or value == "":
            return
        cells = self._cells
        if len(cells) <= at:
            if at >= MOST_COLUMNS:
                at_most(Bulk.COLUMNS, at + 1, MOST_COLUMNS)
            cells.extend([None] * (at + 1 - len(cells)))
        cells[at] = value

    def _column(self, told: str) -> int:
        """The column from 0 of a cell called `C7`; without a name the next one."""
        letters = told.rstrip("0123456789")
        known = self._columns.get(letters)
        if known is None:
            if not letters or len(letters) > 3 or not (letters.isascii() and letters.isalpha()):
                return self._at + 1
            known = 0
            for letter in letters.upper():
                known = known * 26 + ord(letter) - 64
            self._columns[letters] = known = known - 1
        return known

    def _value(self, text: str) -> Cell:
        kind = self._given.get("t", "n")
        if kind == "e" or (self._formula and not self._valued):
            self._broken[self._at] = text if kind == "e" else ""
            return text if kind == "e" else None
        if not text:
            return None
        if kind in {"str", "inlineStr"}:
            return text
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if kind == "d":
            return dt.datetime.fromisoformat(text).date()
        return self._number(text)

    def _number(self, text: str) -> Cell:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else float(text)
        style = self._given.get("s", "")
        if style and int(style) in self._days and 1 <= number <= _MOST_DAYS:
            return serial_day(number, dates_1904=self._1904)
        return number


def serial_day(number: float, *, dates_1904: bool = False) -> dt.date:
    """The day that a spreadsheet keeps as *number*; the hours are dropped."""
    whole = int(number)
    if dates_1904:
        return _EPOCH_1904 + dt.timedelta(days=whole)
    return _EPOCH + dt.timedelta(days=whole if whole > 59 else whole + 1)


def _rows(held: Package, part: str, reading: _Reading) -> Iterator[Row]:
    mark = last = 0
    with held.part(part) as stream:
        while not reading.over and (data := stream.read(CHUNK)):
            reading.parser.Parse(data)
            yield from reading.done
            reading.done.clear()
            if reading.number > last:
                mark, last = stream.taken, reading.number
            at_most(Bulk.BETWEEN, stream.taken - mark, MOST_BETWEEN)
        if not reading.over:
            reading.parser.Parse(b"", True)
        yield from reading.done
