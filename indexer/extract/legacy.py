"""DOC: the text of Word 97 and later by its piece table, and of Word 6 and 95 by its bytes (MS-DOC 2.4.1).

Order: main text, footnotes, headers and footers, comments, endnotes, text boxes. Fields give their results;
what was struck with changes tracked is left out. WPS writes its .wps files the same way.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from olefile import OleFileIO

from indexer.extract.charset import declared
from indexer.extract.compound import properties, stream
from indexer.extract.kinds import MOST_TEXT, Broken, Extracted, Kind, Outcome

WORD97 = 193
"""The oldest nFib with pieces in Unicode; 101 to 105 are Word 6 and 95."""
_COMPLEX, _ENCRYPTED, _TABLE1 = 0x0004, 0x0100, 0x0200
_CHPX, _CLX = 12, 33
"""Places of the two tables among the pairs of the FIB (FibRgFcLcb97)."""
_STORIES = 8
"""Main text, footnotes, headers, macros, comments, endnotes, text boxes, boxes of headers (FibRgLw97 3 to 10)."""
_SIGNS: Mapping[int, str] = {
    0x07: "\t", 0x09: "\t", 0x0A: "\n", 0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0x0E: "\n", 0x1E: "-", 0xA0: " ",
}  # fmt: skip
_WRITTEN = {code: _SIGNS.get(code) for code in (*range(32), 0xA0, 0xAD)}
_LANGUAGES: Mapping[int, str] = {
    0x0804: "gb18030",
    0x1004: "gb18030",
    0x0404: "big5hkscs",
    0x0C04: "big5hkscs",
}
"""Word 6 and 95 tell their code page by the language of the program."""
_STRUCK = 0x0800
_OPERANDS = (1, 1, 2, 4, 2, 2, 0, 3)
"""Bytes after a property by the top bits of its number; 0: the first of them counts the others (MS-DOC 2.6)."""
FIELD_BEGIN, FIELD_RESULT, FIELD_END = "\x13", "\x14", "\x15"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of characters in the stream, of one byte or two each."""

    start: int
    count: int
    width: int


@dataclass(frozen=True, slots=True)
class _Header:
    """The FIB: what the rest of the file is read by."""

    version: int
    language: int
    flags: int
    counts: tuple[int, ...]
    tables: tuple[tuple[int, int], ...]


def read(ole: OleFileIO) -> Extracted:
    """The text of a DOC file; raises Broken or struct.error where its tables lie."""
    paper = stream(ole, "WordDocument")
    header = _header(paper)
    if header.flags & _ENCRYPTED:
        return Extracted(Outcome.ENCRYPTED, kind=Kind.DOC.value, note="why=doc-password")
    whole = _text97(ole, paper, header) if header.version >= WORD97 else _text95(paper, header)
    text = shown(whole[:MOST_TEXT])
    title, created = properties(ole)
    pictured = "\x01" in whole or "\x08" in whole
    outcome = Outcome.TEXT if text else Outcome.IMAGE_ONLY if pictured else Outcome.EMPTY
    return Extracted(outcome, text, Kind.DOC.value, None, title, created)


def _header(paper: bytes) -> _Header:
    mark, version, _, language = struct.unpack_from("<4H", paper)
    flags = struct.unpack_from("<H", paper, 10)[0]
    if mark not in {0xA5EC, 0xA5DC}:
        raise Broken("doc-header")
    if version < WORD97:
        return _Header(version, language, flags, struct.unpack_from(f"<{_STORIES}I", paper, 0x34), ())
    longs = 34 + 2 * struct.unpack_from("<H", paper, 32)[0]
    count = struct.unpack_from("<H", paper, longs)[0]
    counts = struct.unpack_from(f"<{_STORIES}I", paper, longs + 2 + 12)
    pairs = longs + 2 + 4 * count
    number = min(struct.unpack_from("<H", paper, pairs)[0], 200)
    flat = struct.unpack_from(f"<{2 * number}I", paper, pairs + 2)
    return _Header(version, language, flags, counts, tuple(zip(flat[::2], flat[1::2], strict=True)))


# --- Word 97 and later -------------------------------------------------------------------------


def _text97(ole: OleFileIO, paper: bytes, header: _Header) -> str:
    table = stream(ole, "1Table" if header.flags & _TABLE1 else "0Table")
    places = _part(table, header, _CLX)
    struck = _Struck(paper, _part(table, header, _CHPX))
    pieces = _pieces(places, sum(header.counts) + 1)
    return "".join(_characters(paper, piece, struck) for piece in pieces)


def _part(table: bytes, header: _Header, number: int) -> bytes:
    start, length = header.tables[number]
    part = table[start : start + length]
    if len(part) < length:
        raise Broken("doc-table")
    return part


def _pieces(clx: bytes, most: int) -> Iterator[_Piece]:
    """The pieces in the order of the text, no more characters than the stories hold (MS-DOC 2.8.35)."""
    at = 0
    while clx[at : at + 1] == b"\x01":
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if clx[at : at + 1] != b"\x02":
        raise Broken("doc-pieces")
    length = struct.unpack_from("<I", clx, at + 1)[0]
    count = (min(length, len(clx) - at - 5) - 4) // 12
    first = at + 5
    bounds = struct.unpack_from(f"<{count + 1}I", clx, first)
    room = min(most, MOST_TEXT)
    for number, (begin, end) in enumerate(pairwise(bounds)):
        place = struct.unpack_from("<I", clx, first + 4 * (count + 1) + 8 * number + 2)[0]
        size = min(end - begin, room)
        if size > 0:
            room -= size
            narrow = place & 0x4000_0000
            yield _Piece((place & 0x3FFF_FFFF) // (2 if narrow else 1), size, 1 if narrow else 2)


def _characters(paper: bytes, piece: _Piece, struck: _Struck) -> str:
    end = piece.start + piece.count * piece.width
    if end > len(paper):
        raise Broken("doc-piece")
    spans = _unstruck(piece.start, end, struck)
    charset = "cp1252" if piece.width == 1 else "utf-16-le"
    return "".join(
        paper[a : a + (b - a) // piece.width * piece.width].decode(charset, "replace") for a, b in spans
    )


class _Struck:
    """Where the stream holds characters struck with changes tracked (PlcBteChpx, ChpxFkp)."""

    def __init__(self, paper: bytes, places: bytes) -> None:
        count = max(len(places) - 4, 0) // 8
        pages = struct.unpack_from(f"<{count}I", places, 4 * (count + 1)) if count else ()
        found = {span for page in dict.fromkeys(pages) for span in _struck_on(paper, (page & 0x3FFFFF) * 512)}
        self.spans = sorted(found)
        self.starts = [start for start, _ in self.spans]


def _unstruck(start: int, end: int, struck: _Struck) -> Iterator[tuple[int, int]]:
    """The parts of a run that are not struck."""
    number = max(bisect_right(struck.starts, start) - 1, 0)
    for begin, close in struck.spans[number:]:
        if begin >= end:
            break
        if close > start:
            if begin > start:
                yield start, begin
            start = max(start, close)
    if start < end:
        yield start, end


def _struck_on(paper: bytes, at: int) -> Iterator[tuple[int, int]]:
    """The struck runs of one page of 512 bytes; a damaged page strikes nothing."""
    page = paper[at : at + 512]
    count = page[511] if len(page) == 512 else 0
    if not 0 < count <= 101:
        return
    bounds = struct.unpack_from(f"<{count + 1}I", page)
    for number in range(count):
        place = page[4 * (count + 1) + number] * 2
        if place and _strikes(page[place + 1 : place + 1 + page[place]]):
            yield bounds[number], bounds[number + 1]


def _strikes(properties_: bytes) -> bool:
    """True if a run's properties hold sprmCFRMarkDel, set."""
    at, struck = 0, False
    while at + 2 < len(properties_):
        number = struct.unpack_from("<H", properties_, at)[0]
        size = _OPERANDS[number >> 13] or 1 + properties_[at + 2]
        if number == _STRUCK:
            struck = properties_[at + 2] == 1
        at += 2 + size
    return struck


# --- Word 6 and 95 -----------------------------------------------------------------------------


def _text95(paper: bytes, header: _Header) -> str:
    """The bytes in the code page of the program; a file saved by appending is read by its pieces."""
    start, end = struct.unpack_from("<2I", paper, 0x18)
    charset = _LANGUAGES.get(header.language, "")
    if not header.flags & _COMPLEX:
        return declared(paper[start : min(end, start + sum(header.counts) + 1)], charset)
    place, length = struct.unpack_from("<2I", paper, 0x160)
    pieces = _pieces(paper[place : place + length], sum(header.counts) + 1)
    return declared(b"".join(paper[piece.start : piece.start + piece.count] for piece in pieces), charset)


# --- what a reader sees ------------------------------------------------------------------------


def shown(whole: str) -> str:
    """Field results without their codes, cells parted by tabs, a line per paragraph."""
    text = "".join(_results(whole)).replace("\x07\x07", "\n").translate(_WRITTEN)
    lines = (line.strip(" ") for line in text.split("\n"))
    return "\n".join(filter(str.strip, lines))


def _results(whole: str) -> Iterator[str]:
    """The text outside field codes; fields nest."""
    if FIELD_BEGIN not in whole:
        yield whole
        return
    codes: list[bool] = []
    hidden = 0
    for one in whole:
        if one == FIELD_BEGIN:
            codes.append(True)
            hidden += 1
        elif one == FIELD_RESULT and codes and codes[-1]:
            codes[-1] = False
            hidden -= 1
        elif one == FIELD_END and codes:
            hidden -= codes.pop()
        elif not hidden:
            yield one
