"""What a list may not do to us: bombs, locks, lies about size; every byte is counted while it is inflated.

This module does not know what the cells mean.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO
from xml.parsers import expat  # document types are refused, so nothing is expanded or fetched

from archive.errors import SheetLocked, SheetTooLarge, SheetUnreadable
from archive.values import Worded

MIB = 1 << 20
#: A list as it lies on the disk. 100,000 rows of ten columns take 8 MiB as XLSX, 15 MiB as CSV.
MOST_FILE = 128 * MIB
#: The workbooks of old Excel end at 65,536 rows; calamine reads them whole into memory.
MOST_OLD_FILE = 48 * MIB
#: All that is inflated of one workbook. 100,000 rows of ten columns are 54 MiB.
MOST_INFLATED = 640 * MIB
#: Sheets that programs write shrink to a tenth, those of equal rows to a hundredth; a bomb to a thousandth.
MOST_RATIO, RATIO_ABOVE = 300, 8 * MIB
#: XML between two rows or two texts; a cell may hold 32,767 letters, a row of 256 such cells is none of a list.
MOST_BETWEEN = 16 * MIB
#: The table of contents of a package; a hundred bytes a part.
MOST_CONTENTS = 4 * MIB
#: As many as Excel has (rows) or as any list has (columns with something in them, sheets).
MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 1_048_576, 256, 255
#: Letters a cell may hold (Excel's own limit); what is longer is cut here and refused by its column.
MOST_LETTERS = 32_767
#: Bytes of all shared texts of a workbook, kept in memory while it is read.
MOST_TEXTS = 256 * MIB
CHUNK = 1 << 16

_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, struct.error, EOFError, ValueError, OverflowError, LookupError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


class Unreadable(Worded):
    """Why a file is no list that can be read."""

    NOT_A_LIST = "NOT_A_LIST"
    OTHER_FORMAT = "OTHER_FORMAT"
    DAMAGED = "DAMAGED"
    DOCTYPE = "DOCTYPE"
    ENCODING = "ENCODING"
    EMPTY = "EMPTY"


class Bulk(Worded):
    """What a list has too much of."""

    FILE = "FILE"
    INFLATED = "INFLATED"
    RATIO = "RATIO"
    BETWEEN = "BETWEEN"
    CONTENTS = "CONTENTS"
    ROWS = "ROWS"
    COLUMNS = "COLUMNS"
    SHEETS = "SHEETS"
    TEXTS = "TEXTS"


def at_most(what: Bulk, found: int, most: int) -> None:
    """Raise `SheetTooLarge` if *found* is more than *most*; bytes are told in MiB."""
    if found > most:
        unit = MIB if most >= MIB and what not in {Bulk.ROWS, Bulk.RATIO} else 1
        raise SheetTooLarge(what=what, found=-(-found // unit), most=most // unit)


@contextmanager
def told(name: str) -> Iterator[None]:
    """Tell what the readers of packages and XML raise on damage as `SheetUnreadable`, naming the file."""
    try:
        yield
    except _DAMAGE as fault:
        raise SheetUnreadable(name=name, why=Unreadable.DAMAGED) from fault
    except SheetUnreadable as refused:
        refused.facts["name"] = name
        raise


class Budget:
    """How much of one workbook has been inflated."""

    def __init__(self) -> None:
        self.spent = 0

    def spend(self, count: int) -> None:
        """Count *count* bytes more; raises `SheetTooLarge`."""
        self.spent += count
        at_most(Bulk.INFLATED, self.spent, MOST_INFLATED)


class Part:
    """A part of a package read piece by piece: bytes are counted as they come out, whatever the package claims."""

    def __init__(self, stream: IO[bytes], packed: int, budget: Budget) -> None:
        self._stream, self._packed, self._budget = stream, max(packed, 1), budget
        self.taken = 0

    def read(self, size: int = CHUNK) -> bytes:
        """The next bytes; raises `SheetTooLarge`."""
        data = self._stream.read(size)
        self.taken += len(data)
        self._budget.spend(len(data))
        if self.taken > RATIO_ABOVE:
            at_most(Bulk.RATIO, self.taken // self._packed, MOST_RATIO)
        return data


@contextmanager
def package(opened: Callable[[], BinaryIO], name: str) -> Iterator[Package]:
    """The zip file that *opened* gives, looked over and open inside the block; raises `SheetLocked`, `SheetTooLarge`."""
    with opened() as source:
        at_most(Bulk.CONTENTS, _contents(source), MOST_CONTENTS)
        with zipfile.ZipFile(source) as held:
            yield Package(held, name)


class Package:
    """An open zip file whose parts are read with one budget."""

    def __init__(self, held: zipfile.ZipFile, name: str) -> None:
        self._zip = held
        self._names = {one.filename.lower(): one for one in self._zip.infolist()}
        if any(one.flag_bits & 1 for one in self._names.values()):
            raise SheetLocked(name=name)
        self.budget = Budget()

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._names

    def names(self) -> set[str]:
        """The parts there are, in small letters."""
        return set(self._names)

    @contextmanager
    def part(self, part: str) -> Iterator[Part]:
        """One part to be read; raises KeyError if there is none."""
        info = self._names[part.lower()]
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise zipfile.BadZipFile(part)
        with self._zip.open(info) as stream:
            yield Part(stream, info.compress_size, self.budget)


def _contents(source: BinaryIO) -> int:
    """Bytes of the table of contents as the end of the package claims them: read before anything believes it."""
    size = source.seek(0, 2)
    source.seek(max(0, size - 65_557))
    tail = source.read()
    short = tail[-22:]
    at = len(tail) - 22 if short.startswith(_END) and short.endswith(b"\0\0") else tail.rfind(_END)
    if at < 0 or at + 22 > len(tail):
        raise zipfile.BadZipFile
    claimed = int(struct.unpack_from("<L", tail, at + 12)[0])
    if tail[at - 20 : at - 16] == _LOCATOR_64 and at >= 20:
        source.seek(min(int(struct.unpack_from("<Q", tail, at - 12)[0]), size))
        record = source.read(56)
        claimed = int(struct.unpack_from("<Q", record, 40)[0]) if record.startswith(_END_64) else claimed
    source.seek(0)
    return claimed


def parser(start: Callable[[str, dict[str, str]], None], end: Callable[[str], None]) -> Any:
    """An XML parser without document types, entities or the network; raises `SheetUnreadable` on a DTD."""
    made = expat.ParserCreate()
    made.buffer_text = True
    made.StartElementHandler, made.EndElementHandler = start, end
    made.StartDoctypeDeclHandler = _no_doctype
    return made


def _no_doctype(*_: object) -> None:
    raise SheetUnreadable(name="—", why=Unreadable.DOCTYPE)
