"""The background job of character recognition: page after page of the scans in the vault, kept as they come.

It may be stopped at any time: what is read is kept, and the next run goes on with the next page. No transaction
is open while a page is read, and nothing of it is written anywhere but encrypted into the vault.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from archive import objects, recognition
from archive.acts import Act
from archive.faults import point
from archive.instance import SYSTEM, Instance
from archive.model import DigitalObject
from archive.recognition import DOUBTFUL
from indexer.entries import UNREADABLE
from indexer.extract import Extractor, Outcome
from indexer.extract.kinds import Extracted, Picture
from indexer.extract.ocr import Recognised, Recogniser

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Done:
    """What a run did: pages read and kept, those among them with words, doubtful or failed, and pages left."""

    pages: int = 0
    with_text: int = 0
    doubtful: int = 0
    failed: int = 0
    left: int = 0

    def count(self, found: Recognised) -> None:
        """Take in one page."""
        self.pages += 1
        self.with_text += found.outcome is Outcome.TEXT
        self.doubtful += found.outcome is Outcome.TEXT and found.confidence < DOUBTFUL
        self.failed += found.outcome not in {Outcome.TEXT, Outcome.EMPTY}


class Reads(Protocol):
    """What recognises a picture."""

    def read(self, picture: Picture) -> Recognised:
        """The words of a page."""


def recognise(
    instance: Instance,
    *,
    pages: int | None = None,
    minutes: float | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Done:
    """Recognise the pages that wait, at most so many *pages* and *minutes*; a page begun is finished.

    What cannot be drawn or read is kept with its reason and not tried again. Raises `RecognitionMissing`
    without the extra `ocr` if any page waits, `ReaderUnavailable` if a limited child does not start.
    """
    with instance.ask(SYSTEM, Act.ITEM_EXTRACT) as unit:
        if not recognition.waiting(unit):
            return Done()
    until = time.monotonic() + minutes * 60 if minutes is not None else None
    with Recogniser() as recogniser, Extractor() as extractor:
        return _Run(instance, extractor, recogniser, pages, until, progress).through()


class _Run:
    """One run of the job."""

    def __init__(
        self,
        instance: Instance,
        extractor: Extractor,
        recogniser: Reads,
        most: int | None,
        until: float | None,
        progress: Progress,
    ) -> None:
        self._instance, self._extractor, self._recogniser = instance, extractor, recogniser
        self._most, self._until, self._progress = most, until, progress
        self._done = Done()

    def through(self) -> Done:
        """Every page that waits, as long as time and number allow."""
        with self._instance.ask(SYSTEM, Act.ITEM_EXTRACT) as unit:
            waiting, total = recognition.waiting(unit), recognition.left(unit)
        for uid in waiting:
            for _ in self._pages_of(uid):
                self._progress(self._done.pages, max(total, self._done.pages))
            if self._over():
                break
        with self._instance.ask(SYSTEM, Act.ITEM_EXTRACT) as unit:
            self._done.left = recognition.left(unit)
        return self._done

    def _over(self) -> bool:
        late = self._until is not None and time.monotonic() >= self._until
        return late or (self._most is not None and self._done.pages >= self._most)

    def _pages_of(self, uid: str) -> Iterator[None]:
        """Read the pages of one file that are not read yet; a file that does not come out of the vault waits."""
        opened = self._opened(uid)
        if opened is None:
            return
        data, name, read = opened
        wanted = self._extractor.unread_pages(data, name)
        with self._instance.work(SYSTEM, Act.ITEM_EXTRACT) as unit:
            recognition.counted(unit, unit.session.get_one(DigitalObject, uid), len(wanted))
        for page in wanted:
            if page in read:
                continue
            if self._over():
                return
            self._keep(uid, page, self._read(data, name, page))
            yield

    def _opened(self, uid: str) -> tuple[bytes, str, frozenset[int]] | None:
        with self._instance.ask(SYSTEM, Act.ITEM_EXTRACT) as unit:
            stored = unit.session.get_one(DigitalObject, uid)
            try:
                data, name = objects.read(unit, stored), objects.name_of(unit, stored)
            except UNREADABLE:
                return None
            return data, name, recognition.pages_read(unit, stored)

    def _read(self, data: bytes, name: str, page: int) -> Recognised:
        drawn = self._extractor.draw(data, name, page)
        if isinstance(drawn, Extracted):
            return Recognised(drawn.outcome, note=drawn.note)
        return self._recogniser.read(drawn)

    def _keep(self, uid: str, page: int, found: Recognised) -> None:
        with self._instance.work(SYSTEM, Act.ITEM_EXTRACT) as unit:
            stored = unit.session.get_one(DigitalObject, uid)
            try:
                kept = recognition.keep(
                    unit, stored, page,
                    outcome=found.outcome.value, text=found.text, confidence=found.confidence,
                )  # fmt: skip
            except UNREADABLE:  # the record's key went while its page was read
                return
            point("index.after_page")
        if kept:
            self._done.count(found)
