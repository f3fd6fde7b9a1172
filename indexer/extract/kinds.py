"""What a file is, and what became of reading it.

A file is judged by its first bytes; its name is asked only where they say nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

MOST_INPUT = 256 * 1024 * 1024
"""The largest file handed to a parser, in bytes."""
MOST_TEXT = 10_000_000
"""The longest text kept of one file, in bytes of UTF-8 (reliability 5.7)."""
OFFICE_ZONE = dt.timezone(dt.timedelta(hours=8))
"""Days inside files are read on the office's calendar (decision 9)."""
HEAD = 4096
TALLEST = 4
"""How many times its width a page is high at most where it is looked at; a till roll is made smaller."""


class Outcome(StrEnum):
    """What became of reading a file; the sentence is `extract.<value>`."""

    TEXT = "text"
    IMAGE_ONLY = "image-only"
    GARBLED = "garbled"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    CORRUPT = "corrupt"
    OVERSIZED = "oversized"
    UNSUPPORTED = "unsupported"
    TIMED_OUT = "timed-out"
    CRASHED = "crashed"

    @property
    def word(self) -> str:
        """The key of the sentence."""
        return f"extract.{self.value}"


class Broken(ValueError):
    """What a file says of itself cannot be true; the argument is a short code of ours, never words of the file."""


class Kind(StrEnum):
    """What a file is."""

    DOCX = "docx"
    PDF = "pdf"
    XLSX = "xlsx"
    PPTX = "pptx"
    DOC = "doc"
    XLS = "xls"
    PPT = "ppt"
    ODT = "odt"
    ODS = "ods"
    ODP = "odp"
    OFD = "ofd"
    RTF = "rtf"
    TEXT = "text"
    CSV = "csv"
    EMAIL = "email"
    MESSAGE = "message"
    HTML = "html"
    XML = "xml"
    ZIP = "zip"
    IMAGE = "image"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of one file, or why there is none.

    `note` holds short facts (`charset=gb18030 cut-at=10000000 why=zip-ratio`), never words of the file;
    `scans` is the number of pages that character recognition would have to read.
    """

    outcome: Outcome
    text: str = ""
    kind: str = Kind.UNKNOWN.value
    pages: int | None = None
    title: str | None = None
    created: dt.date | None = None
    note: str = ""
    scans: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as a grey picture: a byte for each pixel, 0 black, row by row."""

    width: int
    height: int
    pixels: bytes

    def checked(self) -> Self:
        """Itself; ValueError or TypeError if sides and pixels do not agree."""
        if self.width < 1 or self.height < 1 or self.width * self.height != len(self.pixels):
            raise ValueError("pixels")
        return self


@dataclass(frozen=True, slots=True)
class Sight:
    """A page as it is looked at: three bytes for each pixel, row by row; and how many pages there are."""

    width: int
    height: int
    count: int
    pixels: bytes

    def checked(self) -> Self:
        """Itself; ValueError or TypeError if sides and pixels do not agree."""
        if min(self.width, self.height, self.count) < 1 or self.width * self.height * 3 != len(self.pixels):
            raise ValueError("pixels")
        return self


BY_SUFFIX: Mapping[str, Kind] = {
    ".docx": Kind.DOCX,
    ".docm": Kind.DOCX,
    ".dotx": Kind.DOCX,
    ".dotm": Kind.DOCX,
    ".pdf": Kind.PDF,
    ".xlsx": Kind.XLSX,
    ".xlsm": Kind.XLSX,
    ".xltx": Kind.XLSX,
    ".pptx": Kind.PPTX,
    ".pptm": Kind.PPTX,
    ".ppsx": Kind.PPTX,
    ".potx": Kind.PPTX,
    ".doc": Kind.DOC,
    ".dot": Kind.DOC,
    ".wps": Kind.DOC,
    ".xls": Kind.XLS,
    ".xlt": Kind.XLS,
    ".et": Kind.XLS,
    ".ppt": Kind.PPT,
    ".pps": Kind.PPT,
    ".dps": Kind.PPT,
    ".odt": Kind.ODT,
    ".ott": Kind.ODT,
    ".ods": Kind.ODS,
    ".ots": Kind.ODS,
    ".odp": Kind.ODP,
    ".otp": Kind.ODP,
    ".ofd": Kind.OFD,
    ".rtf": Kind.RTF,
    ".txt": Kind.TEXT,
    ".md": Kind.TEXT,
    ".log": Kind.TEXT,
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
    ".eml": Kind.EMAIL,
    ".mht": Kind.EMAIL,
    ".mhtml": Kind.EMAIL,
    ".msg": Kind.MESSAGE,
    ".zip": Kind.ZIP,
    ".xml": Kind.XML,
    ".htm": Kind.HTML,
    ".html": Kind.HTML,
    ".png": Kind.IMAGE,
    ".jpg": Kind.IMAGE,
    ".jpeg": Kind.IMAGE,
    ".tif": Kind.IMAGE,
    ".tiff": Kind.IMAGE,
    ".bmp": Kind.IMAGE,
    ".gif": Kind.IMAGE,
    ".webp": Kind.IMAGE,
    ".jfif": Kind.IMAGE,
}

WRITTEN = frozenset({Kind.TEXT, Kind.CSV, Kind.EMAIL, Kind.HTML, Kind.XML})
"""The kinds that are characters all through."""
PACKED = frozenset({Kind.DOCX, Kind.XLSX, Kind.PPTX, Kind.ODT, Kind.ODS, Kind.ODP, Kind.OFD, Kind.ZIP})
"""The kinds that are zip packages."""
COMPOUND = frozenset({Kind.DOC, Kind.XLS, Kind.PPT, Kind.MESSAGE})
"""The kinds that are OLE compound files."""

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"GIF8", Kind.IMAGE),
    (b"II*\x00", Kind.IMAGE),
    (b"MM\x00*", Kind.IMAGE),
    (b"{\\rtf", Kind.RTF),
    (b"%!PS", Kind.UNKNOWN),
    (b"7z\xbc\xaf\x27\x1c", Kind.UNKNOWN),
    (b"Rar!\x1a\x07", Kind.UNKNOWN),
    (b"\x1f\x8b", Kind.UNKNOWN),
    (b"\x7fELF", Kind.UNKNOWN),
    (b"SQLite format 3\x00", Kind.UNKNOWN),
)
_BITMAP = re.compile(rb"BM.{4}\x00{4}.{4}[\x0c\x28\x40\x6c\x7c]\x00\x00\x00", re.DOTALL)
_WEBP = re.compile(rb"RIFF.{4}WEBP", re.DOTALL)
_MEDIA = re.compile(rb".{4}ftyp[a-z0-9]{4}", re.DOTALL)
"""ISO base media: films, and the photographs of telephones (HEIC), which nothing here reads."""
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table|meta)\b",
    re.IGNORECASE | re.DOTALL,
)
_TREE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\b", re.IGNORECASE)
_LETTER = re.compile(
    rb"^(?:Received|Return-Path|Delivered-To|From|To|Subject|Date|Message-ID|MIME-Version|X-[\w-]+|Content-Type):",
    re.IGNORECASE | re.MULTILINE,
)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))


def kind_of(head: bytes, suffix: str) -> Kind:
    """The kind by the first bytes, then by the *suffix* (`.docx`); a zip or OLE file goes by its suffix here."""
    if head.startswith((ZIP, b"PK\x05\x06", OLE)):
        named = BY_SUFFIX.get(suffix, Kind.UNKNOWN)
        return named if named in PACKED | COMPOUND else Kind.UNKNOWN
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    for magic, kind in _BINARY:
        if head.startswith(magic):
            return kind
    if _BITMAP.match(head) or _WEBP.match(head):
        return Kind.IMAGE
    if _MEDIA.match(head):
        return Kind.UNKNOWN
    return _kind_of_writing(head[:HEAD], suffix)


def _kind_of_writing(head: bytes, suffix: str) -> Kind:
    named = BY_SUFFIX.get(suffix, Kind.UNKNOWN)
    if _PAGE.match(head):
        return Kind.HTML
    if _TREE.match(head):
        return Kind.XML
    if not _looks_written(head):
        return named
    if named not in WRITTEN or named is Kind.TEXT:
        return Kind.EMAIL if len(set(_LETTER.findall(_first_block(head)))) >= 3 else Kind.TEXT
    return named


def _looks_written(head: bytes) -> bool:
    """True for bytes without controls; UTF-16 is known by its mark, or by zeros that fill one lane only."""
    if head.startswith(_BOMS):
        return True
    lanes = head[0::2], head[1::2]
    if any(high.count(0) > len(head) // 16 and not _controls(low) for high, low in (lanes, lanes[::-1])):
        return True
    return _controls(head) <= len(head) // 200


def _controls(some: bytes) -> int:
    return len(some) - len(some.translate(None, _CONTROLS))


def _first_block(head: bytes) -> bytes:
    return re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
