"""OLE compound files: opened only where their tables can be true, then told apart by their streams (MS-CFB)."""

from __future__ import annotations

import codecs
import datetime as dt
import struct
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO

from olefile import OleFileIO

from indexer.extract.charset import declared
from indexer.extract.kinds import Broken, Kind
from indexer.extract.package import office_day

MOST_ENTRIES = 100_000
"""Streams and storages of one file."""
SUMMARY = "\x05SummaryInformation"
_BY_STREAM: Mapping[str, Kind] = {
    "WordDocument": Kind.DOC,
    "Workbook": Kind.XLS,
    "Book": Kind.XLS,
    "PowerPoint Document": Kind.PPT,
    "__properties_version1.0": Kind.MESSAGE,
}
_LOCKED = ("EncryptedPackage", "EncryptedSummary")
_TITLE, _CREATED = 2, 12
CODE_PAGES: Mapping[int, str] = {
    936: "gb18030", 950: "big5hkscs", 932: "cp932", 949: "cp949", 1200: "utf-16-le", 10008: "gb18030",
    10002: "big5hkscs", 20936: "gb18030", 52936: "gb18030", 54936: "gb18030", 65001: "utf-8", 20127: "utf-8",
    28591: "cp1252",
}  # fmt: skip
"""Windows code pages by our names for them; the others are `cp<number>`."""


def charset_of(page: int | None) -> str:
    """The codec of a Windows code page; nothing for one that is not known."""
    name = CODE_PAGES.get(page, f"cp{page}") if page else ""
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def opened(data: bytes) -> OleFileIO:
    """The compound file in memory; raises Broken where its tables lie, olefile's errors on damage.

    olefile follows a chain as long as the size it was told; a size beyond the file is a loop.
    """
    if len(data) < 512:
        raise Broken("ole-header")
    shift, tables, minis, more = (
        struct.unpack_from("<H", data, 30)[0],
        *(_at(data, n) for n in (44, 64, 72)),
    )
    sectors = len(data) >> shift if shift in {9, 12} else 0
    if not sectors or tables > sectors // 100 + 128 or minis > sectors or more > sectors:
        raise Broken("ole-tables")
    return OleFileIO(BytesIO(data))


def _at(data: bytes, place: int) -> int:
    return int(struct.unpack_from("<I", data, place)[0])


def names(ole: OleFileIO) -> frozenset[str]:
    """The streams and storages of the root."""
    return frozenset(kid.name for kid in ole.root.kids)


def kind_of_compound(ole: OleFileIO) -> Kind:
    """Which format a compound file is, by the streams of its root."""
    held = names(ole)
    return next((kind for name, kind in _BY_STREAM.items() if name in held), Kind.UNKNOWN)


def locked(ole: OleFileIO) -> bool:
    """True for the wrapping of a password that office formats share (MS-OFFCRYPTO 2.3)."""
    return not names(ole).isdisjoint(_LOCKED)


def stream(ole: OleFileIO, *path: str) -> bytes:
    """The bytes of a stream, nothing where there is none; raises Broken if it claims more than the file."""
    if not ole.exists(list(path)) or ole.get_type(list(path)) != 2:
        return b""
    whole = ole.fp.getbuffer().nbytes
    if max(ole.get_size(list(path)), ole.root.size) > whole:
        raise Broken("ole-stream")
    return bytes(ole.openstream(list(path)).getvalue())


def under(ole: OleFileIO, path: Sequence[str], start: str) -> list[str]:
    """The names below *path* that begin with *start*, in order."""
    entry = ole.root
    for name in path:
        entry = entry.kids_dict[name.lower()]
    return sorted(kid.name for kid in entry.kids if kid.name.startswith(start))


# --- the summary (MS-OLEPS) --------------------------------------------------------------------


def properties(ole: OleFileIO) -> tuple[str | None, dt.date | None]:
    """Title and day of creation as the file tells them; None where it does not, or is damaged there."""
    try:
        told = dict(_summary(stream(ole, SUMMARY)))
    except (ValueError, struct.error, OSError):
        return None, None
    page = told.get(1)
    number = struct.unpack_from("<H", page, 4)[0] if page else None
    return _title(told.get(_TITLE), number), _created(told.get(_CREATED))


def _summary(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each property of the first set: its number, and its bytes from its type on."""
    if len(data) < 48:
        return
    start = _at(data, 44)
    for place in range(start + 8, start + 8 + 8 * min(_at(data, start + 4), 100), 8):
        number, offset = struct.unpack_from("<II", data, place)
        yield number, data[start + offset :]


def _title(told: bytes | None, page: int | None) -> str | None:
    """VT_LPSTR (30) in the code page of the set, or VT_LPWSTR (31)."""
    if not told:
        return None
    kind, length = struct.unpack_from("<II", told)
    wide = kind == 31
    if kind not in {30, 31} or length > 4096:
        return None
    text = told[8 : 8 + length * (2 if wide else 1)]
    words = (
        text.decode("utf-16-le", "replace")
        if wide or page == 1200
        else declared(text.rstrip(b"\0"), charset_of(page))
    )
    return words.partition("\0")[0].strip() or None


def _created(told: bytes | None) -> dt.date | None:
    """VT_FILETIME (64)."""
    if not told or _at(told, 0) != 64:
        return None
    return day_of_filetime(struct.unpack_from("<Q", told, 4)[0])


def day_of_filetime(ticks: int) -> dt.date | None:
    """The office's day of a count of 100 ns since 1601; None for none."""
    try:
        moment = dt.datetime(1601, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None
    return office_day(moment) if ticks else None
