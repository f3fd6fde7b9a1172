"""What a file is, and what became of reading it.

A file is judged by its first bytes; its name is asked only where they say nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MOST_INPUT = 256 * 1024 * 1024
"""The largest file handed to a parser, in bytes."""
MOST_TEXT = 10_000_000
"""The longest text kept of one file, in bytes of UTF-8 (reliability 5.7)."""
OFFICE_ZONE = dt.timezone(dt.timedelta(hours=8))
"""Days inside files are read on the office's calendar (decision 9)."""
HEAD = 4096


class Outcome(StrEnum):
    """What became of reading a file; the sentence is `extract.<value>`."""

    TEXT = "text"
    IMAGE_ONLY = "image-only"
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


class Kind(StrEnum):
    """What a file is."""

    DOCX = "docx"
    PDF = "pdf"
    XLSX = "xlsx"
    TEXT = "text"
    CSV = "csv"
    EMAIL = "email"
    HTML = "html"
    IMAGE = "image"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of one file, or why there is none.

    `note` holds short facts (`charset=gb18030 cut-at=10000000 why=zip-ratio`), never words of the file.
    """

    outcome: Outcome
    text: str = ""
    kind: str = Kind.UNKNOWN.value
    pages: int | None = None
    title: str | None = None
    created: dt.date | None = None
    note: str = ""


BY_SUFFIX: Mapping[str, Kind] = {
    ".docx": Kind.DOCX,
    ".docm": Kind.DOCX,
    ".dotx": Kind.DOCX,
    ".pdf": Kind.PDF,
    ".xlsx": Kind.XLSX,
    ".xlsm": Kind.XLSX,
    ".txt": Kind.TEXT,
    ".md": Kind.TEXT,
    ".log": Kind.TEXT,
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
    ".eml": Kind.EMAIL,
    ".htm": Kind.HTML,
    ".html": Kind.HTML,
    ".png": Kind.IMAGE,
    ".jpg": Kind.IMAGE,
    ".jpeg": Kind.IMAGE,
    ".tif": Kind.IMAGE,
    ".tiff": Kind.IMAGE,
    ".bmp": Kind.IMAGE,
}

WRITTEN = frozenset({Kind.TEXT, Kind.CSV, Kind.EMAIL, Kind.HTML})
"""The kinds that are characters all through."""

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"GIF8", Kind.IMAGE),
    (b"II*\x00", Kind.IMAGE),
    (b"MM\x00*", Kind.IMAGE),
    (b"{\\rtf", Kind.UNKNOWN),
    (b"%!PS", Kind.UNKNOWN),
    (b"7z\xbc\xaf\x27\x1c", Kind.UNKNOWN),
    (b"Rar!\x1a\x07", Kind.UNKNOWN),
    (b"\x1f\x8b", Kind.UNKNOWN),
    (b"\x7fELF", Kind.UNKNOWN),
    (b"SQLite format 3\x00", Kind.UNKNOWN),
)
_BITMAP = re.compile(rb"BM.{4}\x00{4}.{4}[\x0c\x28\x40\x6c\x7c]\x00\x00\x00", re.DOTALL)
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
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
        return named if named in {Kind.DOCX, Kind.XLSX} else Kind.UNKNOWN
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    for magic, kind in _BINARY:
        if head.startswith(magic):
            return kind
    if _BITMAP.match(head):
        return Kind.IMAGE
    return _kind_of_writing(head[:HEAD], suffix)


def _kind_of_writing(head: bytes, suffix: str) -> Kind:
    named = BY_SUFFIX.get(suffix, Kind.UNKNOWN)
    if _PAGE.match(head):
        return Kind.HTML
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
