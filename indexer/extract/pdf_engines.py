"""The two readers of PDF behind one face: pdfium, fast and right with Chinese fonts, and pypdf, which mends more.

Both give one page at a time; a fault of one page is kept beside it, so that it does not cost the others.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import re
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol

import pypdfium2
from pypdf import PdfReader
from pypdf.errors import DependencyError
from pypdfium2 import raw

from indexer.extract.package import office_day

COVERING = 0.5
"""A picture over this share of a page makes it a scan, unless there is more text than a stamp."""
STAMP = 30
"""Characters a scanning program prints on a page (扫描全能王 创建); more than these are a text."""
OUTLINES = 200
"""So many drawn paths on a page without text are letters turned into outlines, or a drawing."""
_MOST_OBJECTS = 20_000
_MOST_NOTES = 1_000
_MOST_NOTE = 100_000
_HYPHEN = re.compile("\ufffe(?=[0-9A-Z])")
_INSTANT = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)'?(\d\d)?)?")


class Locked(Exception):
    """The file asks for a password; the empty one does not open it."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its text, whether it is a picture of a page, or the name of the fault that hid it."""

    text: str = ""
    scanned: bool = False
    fault: str = ""


class Reader(Protocol):
    """An opened PDF."""

    count: int

    def page(self, number: int) -> Page:
        """Page *number*, from 0; never raises but MemoryError."""

    def properties(self) -> tuple[str, dt.date | None]:
        """Title and day of creation as the file tells them."""


class Pdfium:
    """A PDF read by pdfium; raises PdfiumError on damage, `Locked`."""

    def __init__(self, data: bytes) -> None:
        try:
            self._paper = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as fault:
            if fault.err_code == raw.FPDF_ERR_PASSWORD:
                raise Locked from fault
            raise
        self.count = len(self._paper)

    def page(self, number: int) -> Page:
        """Text in the order drawn, then what is typed into fields and notes."""
        try:
            with closing(self._paper[number]) as page:
                with closing(page.get_textpage()) as told:
                    text = _HYPHEN.sub("-", told.get_text_range()).replace("\ufffe", "").strip()
                noted = list(_notes(page))
                scanned = len(text) <= STAMP and _pictured(page, bare=not text)
        except MemoryError:
            raise
        except Exception as slip:  # noqa: BLE001
            return Page(fault=type(slip).__name__)
        return Page("\n".join(filter(None, [text, *noted])), scanned)

    def properties(self) -> tuple[str, dt.date | None]:
        """From the document's own table."""
        return self._paper.get_metadata_value("Title").strip(), _day(
            self._paper.get_metadata_value("CreationDate")
        )


def _notes(page: Any) -> Iterator[str]:
    """What people wrote onto the page: typed fields, then notes, each once."""
    seen: set[str] = set()
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_NOTES)):
        note = raw.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        try:
            key = b"V" if raw.FPDFAnnot_GetSubtype(note) == raw.FPDF_ANNOT_WIDGET else b"Contents"
            words = _string(note, key).strip()
        finally:
            raw.FPDFPage_CloseAnnot(note)
        if words and words not in seen:
            seen.add(words)
            yield words


def _string(note: Any, key: bytes) -> str:
    size = min(raw.FPDFAnnot_GetStringValue(note, key, None, 0), _MOST_NOTE)
    if size <= 2:
        return ""
    room = (ctypes.c_ushort * (size // 2))()
    raw.FPDFAnnot_GetStringValue(note, key, room, size)
    return bytes(room).decode("utf-16-le", "ignore").rstrip("\0")


def _pictured(page: Any, *, bare: bool) -> bool:
    """True if a picture covers the page, or, on a *bare* page, if there is any picture or many outlines."""
    kinds = [raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH]
    room, paths = page.get_width() * page.get_height() * COVERING, 0
    for count, thing in enumerate(page.get_objects(filter=kinds, max_depth=4)):
        if count > _MOST_OBJECTS:
            break
        paths += thing.type == raw.FPDF_PAGEOBJ_PATH
        if thing.type == raw.FPDF_PAGEOBJ_IMAGE and (bare or _area(thing) >= room):
            return True
    return bare and paths >= OUTLINES


def _area(thing: Any) -> float:
    left, bottom, right, top = thing.get_bounds()
    return float((right - left) * (top - bottom))


def _day(instant: str) -> dt.date | None:
    """The office's day of `D:20240331180000+08'00'` (ISO 32000-1, 7.9.4)."""
    if not (found := _INSTANT.match(instant)):
        return None
    year, month, day, hour, minute, second, utc, sign, hours, minutes = found.groups()
    offset = dt.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    with suppress(ValueError, OverflowError):
        zone = dt.timezone(-offset if sign == "-" else offset) if utc or sign else None
        moment = dt.datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0),
            tzinfo=zone,
        )  # fmt: skip
        return office_day(moment)
    return None


class Pypdf:
    """A PDF read by pypdf; raises pypdf's errors on damage, `Locked`."""

    def __init__(self, data: bytes) -> None:
        self._paper = PdfReader(BytesIO(data), strict=False)
        if self._paper.is_encrypted and not self._opens():
            raise Locked
        self.count = len(self._paper.pages)

    def _opens(self) -> bool:
        try:
            return bool(self._paper.decrypt(""))
        except (DependencyError, NotImplementedError):
            return False

    def page(self, number: int) -> Page:
        """Text in the order drawn."""
        try:
            page = self._paper.pages[number]
            text = page.extract_text().strip()
        except MemoryError:
            raise
        except Exception as slip:  # noqa: BLE001
            return Page(fault=type(slip).__name__)
        return Page(text, not text and _draws_an_image(page))

    def properties(self) -> tuple[str, dt.date | None]:
        """A courtesy: damage here is not damage of the text."""
        try:
            told = self._paper.metadata
            title = str(told.title or "").strip() if told else ""
            created = told.creation_date if told else None
        except Exception:  # noqa: BLE001
            return "", None
        return title, office_day(created) if created else None


def _draws_an_image(page: Any) -> bool:
    """True if the page draws an image, directly or inside a form; nothing is decoded."""
    try:
        return any(_images(page.get("/Resources"), depth=2))
    except Exception:  # noqa: BLE001  a damaged page is simply not known to be scanned
        return False


def _images(resources: Any, depth: int) -> Iterator[bool]:
    drawn = resources.get_object().get("/XObject") if resources is not None else None
    for reference in (drawn.get_object() if drawn is not None else {}).values():
        thing = reference.get_object()
        if thing.get("/Subtype") == "/Image":
            yield True
        elif depth and thing.get("/Subtype") == "/Form":
            yield from _images(thing.get("/Resources"), depth - 1)
