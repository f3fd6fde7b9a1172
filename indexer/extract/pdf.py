"""PDF: the text of each page by the reading that is writing; pages that are pictures are counted.

pdfium reads first. Where its page is empty, garbled or a fault, pypdf is asked too, and the better reading by
the garbage score stands. A page none of them can read as writing counts as garbled and gives no text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from pypdfium2 import PdfiumError

from indexer.extract import garble
from indexer.extract.kinds import MOST_TEXT, Extracted, Kind, Outcome
from indexer.extract.pdf_engines import Locked, Page, Pdfium, Pypdf, Reader

PATIENCE = 15.0
"""Seconds after which the remaining pages are left unread, so that a long drawing set is not lost whole."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A page as it stands in the answer."""

    page: Page
    garbled: bool = False

    @property
    def unreadable(self) -> bool:
        """True for what only character recognition could read."""
        return self.page.scanned or self.garbled


def read(data: bytes, patience: float = PATIENCE) -> Extracted:
    """The text of a PDF; raises the errors of pypdf on damage neither reader can mend.

    A file that opens with the empty password (printing forbidden, say) is read like any other.
    """
    try:
        first, second = _readers(data)
    except Locked:
        return Extracted(Outcome.ENCRYPTED, kind=Kind.PDF.value, note="why=pdf-password")
    pages = list(_pages(first, second, time.monotonic() + patience))
    text = "\n".join(one.page.text for one in pages if one.page.text)
    title, created = first.properties()
    return Extracted(
        _outcome(text, first.count, pages), text, Kind.PDF.value, first.count,
        title if garble.worth(title) > 0 else None, created, _note(first.count, pages, partly=bool(text)),
        sum(one.unreadable for one in pages),
    )  # fmt: skip


def unread_pages(data: bytes, patience: float = PATIENCE) -> list[int]:
    """The pages, from 1, that are pictures or garbled; raises as `read` does, `Locked` too."""
    first, second = _readers(data)
    pages = _pages(first, second, time.monotonic() + patience)
    return [number for number, one in enumerate(pages, 1) if one.unreadable]


def _readers(data: bytes) -> tuple[Reader, Callable[[], Reader | None]]:
    """The first reader, and how to get the second should it be wanted."""
    try:
        pdfium = Pdfium(data)
    except PdfiumError:
        return Pypdf(data), lambda: None
    if not pdfium.count:
        return Pypdf(data), lambda: None
    return pdfium, _Later(data)


class _Later:
    """pypdf, opened when first asked for: it is ten times slower."""

    def __init__(self, data: bytes) -> None:
        self._data, self._reader, self._tried = data, None, False

    _reader: Reader | None

    def __call__(self) -> Reader | None:
        """The reader, or None if it cannot open the file."""
        if not self._tried:
            self._tried = True
            self._reader = self._opened()
        return self._reader

    def _opened(self) -> Reader | None:
        try:
            return Pypdf(self._data)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001  what the first reader gave stands
            return None


def _pages(first: Reader, second: Callable[[], Reader | None], deadline: float) -> Iterator[_Read]:
    """Page by page until the room for text or the patience is used up."""
    room = MOST_TEXT
    for number in range(first.count):
        if room <= 0 or time.monotonic() > deadline:
            return
        found = _judged(_chosen(first.page(number), number, second))
        room -= len(found.page.text.encode("utf-8", "ignore"))
        yield found


def _chosen(page: Page, number: int, second: Callable[[], Reader | None]) -> Page:
    """The first reading, or the better of two where the first is doubtful."""
    doubtful = page.fault or (not page.text and not page.scanned) or garble.garbage(page.text) > garble.CLEAN
    other = second() if doubtful else None
    if other is None or number >= other.count:
        return page
    asked = other.page(number)
    text = garble.better(page.text, asked.text)
    fault = "" if text or page.scanned or asked.scanned else page.fault or asked.fault
    return Page(text, page.scanned or (asked.scanned and not text), fault)


def _judged(page: Page) -> _Read:
    """Text that cannot be writing is left out."""
    if page.text and garble.worth(page.text) <= 0:
        return _Read(replace(page, text=""), garbled=not page.scanned)
    return _Read(page)


def _outcome(text: str, count: int, pages: Sequence[_Read]) -> Outcome:
    faults = {one.page.fault for one in pages}
    if text:
        return Outcome.TEXT
    if any(one.page.scanned for one in pages):
        return Outcome.IMAGE_ONLY
    if any(one.garbled for one in pages):
        return Outcome.GARBLED
    if "LimitReachedError" in faults:
        return Outcome.OVERSIZED
    if faults - {""}:
        return Outcome.CORRUPT
    return Outcome.TIMED_OUT if len(pages) < count else Outcome.EMPTY


def _note(count: int, pages: Sequence[_Read], *, partly: bool) -> str:
    """What is not whole: pages left unread, pages that failed, garbled pages, and, where there is text, scans."""
    scanned, garbled = sum(one.page.scanned for one in pages), sum(one.garbled for one in pages)
    faults = [one.page.fault for one in pages if one.page.fault]
    facts = [f"pages-read={len(pages)}/{count}"] * (len(pages) < count)
    facts += [f"image-pages={scanned}/{count}"] * bool(partly and scanned)
    facts += [f"garbled-pages={garbled}/{count}"] * bool(garbled)
    facts += [f"pages-failed={len(faults)}/{count} why={fault}" for fault in faults[:1]]
    return " ".join(facts)
