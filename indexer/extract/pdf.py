"""PDF: the text of each page; a page without text that carries a picture counts as scanned."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError

from indexer.extract.kinds import MOST_TEXT, Extracted, Kind, Outcome
from indexer.extract.package import office_day

PATIENCE = 15.0
"""Seconds after which the remaining pages are left unread, so that a long drawing set is not lost whole."""


@dataclass(frozen=True, slots=True)
class _Page:
    """One page: its text, or that it is a scan, or the name of the fault that hid it."""

    text: str = ""
    scanned: bool = False
    fault: str = ""


def read(data: bytes, patience: float = PATIENCE) -> Extracted:
    """The text of a PDF; raises pypdf's errors on damage.

    A file that opens with the empty password (printing forbidden, say) is read like any other.
    """
    reader = PdfReader(BytesIO(data), strict=False)
    if reader.is_encrypted and not _opens(reader):
        return Extracted(Outcome.ENCRYPTED, kind=Kind.PDF.value, note="why=pdf-password")
    count = len(reader.pages)
    pages = list(_pages(reader, count, time.monotonic() + patience))
    text = "\n".join(page.text for page in pages if page.text)
    title, created = _properties(reader)
    return Extracted(
        _outcome(text, count, pages), text, Kind.PDF.value, count, title, created, _note(count, pages)
    )


def _opens(reader: PdfReader) -> bool:
    try:
        return bool(reader.decrypt(""))
    except (DependencyError, NotImplementedError):
        return False


def _pages(reader: PdfReader, count: int, deadline: float) -> Iterator[_Page]:
    """Page by page until the room for text or the patience is used up."""
    room = MOST_TEXT
    for number in range(count):
        if room <= 0 or time.monotonic() > deadline:
            return
        page = _read_page(reader, number)
        room -= len(page.text.encode("utf-8", "ignore"))
        yield page


def _read_page(reader: PdfReader, number: int) -> _Page:
    """One page; what is wrong with it is kept beside it, so that it does not cost the others."""
    try:
        page = reader.pages[number]
        text = page.extract_text().strip()
    except MemoryError:
        raise
    except Exception as slip:  # noqa: BLE001
        return _Page(fault=type(slip).__name__)
    return _Page(text, scanned=not text and _pictured(page))


def _outcome(text: str, count: int, pages: Sequence[_Page]) -> Outcome:
    faults = {page.fault for page in pages}
    if text:
        return Outcome.TEXT
    if any(page.scanned for page in pages):
        return Outcome.IMAGE_ONLY
    if "LimitReachedError" in faults:
        return Outcome.OVERSIZED
    if faults - {""}:
        return Outcome.CORRUPT
    return Outcome.TIMED_OUT if len(pages) < count else Outcome.EMPTY


def _note(count: int, pages: Sequence[_Page]) -> str:
    """What is not whole: pages left unread, pages that failed, scans among text."""
    scanned = sum(page.scanned for page in pages)
    faults = [page.fault for page in pages if page.fault]
    facts = [f"pages-read={len(pages)}/{count}"] * (len(pages) < count)
    facts += [f"image-pages={scanned}/{count}"] * (0 < scanned < count)
    facts += [f"pages-failed={len(faults)}/{count} why={fault}" for fault in faults[:1]]
    return " ".join(facts)


def _pictured(page: Any) -> bool:
    """True if the page draws an image, directly or inside one form; nothing is decoded."""
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


def _properties(reader: PdfReader) -> tuple[str | None, dt.date | None]:
    try:
        told = reader.metadata
        title = str(told.title or "").strip() if told else ""
        created = told.creation_date if told else None
    except Exception:  # noqa: BLE001  the properties are a courtesy; damage here is not damage of the text
        return None, None
    return title or None, office_day(created) if created else None
