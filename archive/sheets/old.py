"""Rows out of the binary workbooks of old Excel (.xls, BIFF8): values only, no formula is run.

Read here and not by calamine: that library makes room for whatever row and column a cell claims, and a lie of
three bytes ends the whole process. This module does not know what the rows mean.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from archive.errors import SheetLocked, SheetUnreadable
from archive.sheets.compound import Compound
from archive.sheets.guarding import (
    MOST_COLUMNS,
    MOST_LETTERS,
    MOST_OLD_FILE,
    MOST_SHEETS,
    Bulk,
    Unreadable,
    at_most,
)
from archive.sheets.rows import Cell, Row
from archive.sheets.xlsx import BUILT_IN_DAYS, serial_day, shows_day

_BOF, _EOF, _CONTINUE, _FILEPASS, _DATEMODE = 0x0809, 0x000A, 0x003C, 0x002F, 0x0022
_BOUNDSHEET, _FORMAT, _XF, _SST = 0x0085, 0x041E, 0x00E0, 0x00FC
_LABELSST, _NUMBER, _RK, _MULRK, _FORMULA, _STRING = 0x00FD, 0x0203, 0x027E, 0x00BD, 0x0006, 0x0207
_LABEL, _RSTRING, _BOOLERR = 0x0204, 0x00D6, 0x0205
_BIFF8 = 0x0600
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


@dataclass(frozen=True, slots=True)
class OldTab:
    """A sheet: its name, where it begins, whether it is hidden."""

    name: str
    at: int
    hidden: bool


@dataclass(slots=True)
class _Cells:
    """The cells of one row, and which of them are broken."""

    values: dict[int, Cell]
    broken: dict[int, str]


class OldWorkbook:
    """An old workbook: its sheets and the rows of any of them.

    Raises `SheetTooLarge`, `SheetLocked`, `SheetUnreadable`, and what damage raises.
    """

    def __init__(self, data: bytes, name: str) -> None:
        at_most(Bulk.FILE, len(data), MOST_OLD_FILE)
        held = Compound(data)
        if "EncryptedPackage" in held.names():
            raise SheetLocked(name=name)
        if "Workbook" not in held.names():
            why = Unreadable.OTHER_FORMAT if "Book" in held.names() else Unreadable.NOT_A_LIST
            raise SheetUnreadable(name=name, why=why)
        self._data, self._name = held.stream("Workbook"), name
        self._texts: list[str] = []
        self._formats: dict[int, bool] = {}
        self._styles: list[int] = []
        self._dates_1904 = False
        self.tabs: list[OldTab] = []
        self._read_shared()
        at_most(Bulk.SHEETS, len(self.tabs), MOST_SHEETS)

    def _read_shared(self) -> None:
        version = struct.unpack_from("<HHH", self._data)
        if version[0] != _BOF or version[2] != _BIFF8:
            raise SheetUnreadable(name=self._name, why=Unreadable.OTHER_FORMAT)
        for kind, pieces in _records(self._data, 0):
            if kind == _FILEPASS:
                raise SheetLocked(name=self._name)
            if kind == _EOF:
                return
            self._share(kind, pieces)

    def _share(self, kind: int, pieces: list[bytes]) -> None:
        """Keep what a record says for all sheets."""
        body = pieces[0]
        if kind == _DATEMODE:
            self._dates_1904 = body[:2] == b"\1\0"
        elif kind == _BOUNDSHEET and body[5] == 0:
            name = _Cursor([body[6:]]).text(wide_count=False)
            self.tabs.append(OldTab(name, struct.unpack_from("<L", body)[0], bool(body[4])))
        elif kind == _FORMAT:
            self._formats[struct.unpack_from("<H", body)[0]] = shows_day(_Cursor([body[2:]]).text())
        elif kind == _XF:
            self._styles.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _SST:
            self._texts = list(_shared_texts(pieces))

    def rows(self, tab: OldTab) -> Iterator[Row]:
        """The rows of *tab* that are not empty, in order."""
        found: dict[int, _Cells] = {}
        waiting: tuple[int, int] | None = None
        for kind, pieces in _records(self._data, tab.at):
            if kind == _EOF:
                break
            if kind == _STRING and waiting:
                self._put(found, *waiting, _Cursor(pieces).text() or None)
            elif kind in _READERS:
                waiting = self._cell(kind, pieces, found)
        for number in sorted(found):
            cells = found[number]
            width = max(cells.values, default=-1) + 1
            at_most(Bulk.COLUMNS, width, MOST_COLUMNS)
            yield Row(number + 1, tuple(cells.values.get(at) for at in range(width)), cells.broken)

    def _cell(self, kind: int, pieces: list[bytes], found: dict[int, _Cells]) -> tuple[int, int] | None:
        """Take in one record of cells; returns the cell whose text the next record brings."""
        body = pieces[0]
        row, column, style = struct.unpack_from("<HHH", body)
        if kind == _FORMULA and body[12:14] == b"\xff\xff":
            return self._reckoned(body, row, column, found)
        if kind == _BOOLERR:
            self._put_flag(found, row, column, body[6], is_error=bool(body[7]))
        elif kind == _MULRK:
            for at in range((len(body) - 6) // 6):
                style, packed = struct.unpack_from("<HL", body, 4 + 6 * at)
                self._put(found, row, column + at, self._shown(_unpacked(packed), style))
        else:
            self._put(found, row, column, self._single(kind, pieces, style))
        return None

    def _reckoned(
        self, body: bytes, row: int, column: int, found: dict[int, _Cells]
    ) -> tuple[int, int] | None:
        """The value of a formula that is no number: yes or no, an error, or a text in the next record."""
        if body[6] in {1, 2}:
            self._put_flag(found, row, column, body[8], is_error=body[6] == 2)
        return (row, column) if body[6] == 0 else None

    def _single(self, kind: int, pieces: list[bytes], style: int) -> Cell:
        body = pieces[0]
        if kind == _RK:
            return self._shown(_unpacked(struct.unpack_from("<L", body, 6)[0]), style)
        if kind == _LABELSST:
            return self._texts[struct.unpack_from("<L", body, 6)[0]] or None
        if kind in {_LABEL, _RSTRING}:
            return _Cursor([body[6:], *pieces[1:]]).text() or None
        return self._shown(struct.unpack_from("<d", body, 6)[0], style)

    def _put_flag(
        self, found: dict[int, _Cells], row: int, column: int, value: int, *, is_error: bool
    ) -> None:
        text = _ERRORS.get(value, "#N/A") if is_error else ("TRUE" if value else "FALSE")
        self._put(found, row, column, text)
        if is_error:
            found[row].broken[column] = text

    @staticmethod
    def _put(found: dict[int, _Cells], row: int, column: int, value: Cell) -> None:
        if value is not None:
            found.setdefault(row, _Cells({}, {})).values[column] = value

    def _shown(self, number: float, style: int) -> Cell:
        form = self._styles[style] if style < len(self._styles) else 0
        if self._formats.get(form, form in BUILT_IN_DAYS) and 1 <= number <= 2_958_465:
            return serial_day(number, dates_1904=self._dates_1904)
        if not math.isfinite(number):
            return None
        return int(number) if number.is_integer() and abs(number) < 1e15 else number


_READERS = frozenset({_LABELSST, _NUMBER, _RK, _MULRK, _FORMULA, _LABEL, _RSTRING, _BOOLERR})


def _records(data: bytes, at: int) -> Iterator[tuple[int, list[bytes]]]:
    """Kind and body of each record from *at* on, the body in the pieces it was cut into."""
    kind, pieces = -1, list[bytes]()
    while at + 4 <= len(data):
        found, size = struct.unpack_from("<HH", data, at)
        body = data[at + 4 : at + 4 + size]
        at += 4 + size
        if found == _CONTINUE and pieces:
            pieces.append(body)
            continue
        if pieces:
            yield kind, pieces
        kind, pieces = found, [body]
    if pieces:
        yield kind, pieces


def _unpacked(packed: int) -> float:
    """A number of four bytes: thirty bits of an integer or of a float, perhaps times a hundred."""
    if packed & 2:
        number = float((packed if packed < 1 << 31 else packed - (1 << 32)) >> 2)
    else:
        number = struct.unpack("<d", b"\0\0\0\0" + struct.pack("<L", packed & 0xFFFFFFFC))[0]
    return number / 100 if packed & 1 else number


def _shared_texts(pieces: list[bytes]) -> Iterator[str]:
    (count,) = struct.unpack_from("<L", pieces[0], 4)
    cursor = _Cursor([pieces[0][8:], *pieces[1:]])
    while count and not cursor.over:
        yield cursor.text()
        count -= 1


class _Cursor:
    """Reads texts that run over several pieces; a piece that goes on with letters says again how wide they are."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces, self._piece, self._at = pieces, 0, 0

    @property
    def over(self) -> bool:
        """True at the end of the last piece."""
        self._settle()
        return self._piece >= len(self._pieces)

    def _settle(self) -> None:
        while self._piece < len(self._pieces) and self._at >= len(self._pieces[self._piece]):
            self._piece, self._at = self._piece + 1, 0

    def _take(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count and not self.over:
            piece = self._pieces[self._piece][self._at : self._at + count - len(taken)]
            taken, self._at = taken + piece, self._at + len(piece)
        return taken.ljust(count, b"\0")

    def _skip(self, count: int) -> None:
        while count > 0 and not self.over:
            step = min(count, len(self._pieces[self._piece]) - self._at)
            self._at, count = self._at + step, count - step

    def text(self, *, wide_count: bool = True) -> str:
        """The next text: its count of letters in two bytes (or one), its flags, its letters, its trimmings."""
        count = int.from_bytes(self._take(2 if wide_count else 1), "little")
        flags = self._take(1)[0]
        runs = int.from_bytes(self._take(2), "little") if flags & 8 else 0
        extra = int.from_bytes(self._take(4), "little") if flags & 4 else 0
        text = "".join(self._letters(count, wide=bool(flags & 1)))
        self._skip(4 * runs + extra)
        return text[: MOST_LETTERS + 1]

    def _letters(self, count: int, *, wide: bool) -> Iterator[str]:
        while count > 0 and not self.over:
            piece = self._pieces[self._piece]
            size = 2 if wide else 1
            step = min(count, (len(piece) - self._at) // size)
            raw = piece[self._at : self._at + step * size]
            yield raw.decode("utf-16-le" if wide else "latin-1", "replace")
            self._at, count = self._at + step * size, count - step
            if count > 0:
                self._piece, self._at = self._piece + 1, 1
                if self._piece >= len(self._pieces):
                    return
                wide = bool(self._pieces[self._piece][:1] > b"\0" and self._pieces[self._piece][0] & 1)
