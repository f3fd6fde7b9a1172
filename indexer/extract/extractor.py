"""Handing files to the limited child, and surviving whatever they do to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import PurePath
from types import TracebackType
from typing import Self

from indexer.extract.frames import Facts
from indexer.extract.kinds import (
    HEAD,
    MOST_INPUT,
    MOST_TEXT,
    OLE,
    TALLEST,
    ZIP,
    Extracted,
    Kind,
    Outcome,
    Picture,
    Sight,
    kind_of,
)
from indexer.extract.limited import Child, Ended, Limited
from indexer.extract.sandbox import Limits, Sandbox


class Extractor:
    """Reads files one after the other in a limited child, which is replaced every so many files.

    A context manager; may be shared by threads, which then take turns. Nothing of a file is written anywhere.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limited = Limited("child", limits or Limits())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def child(self) -> Child | None:
        """The process at hand, if there is one."""
        return self._limited.child

    def extract(self, data: bytes, name: str) -> Extracted:
        """The text of *data*, or why there is none; *name* gives the ending (`.docx`), nothing else.

        Never raises for what the bytes are; `ReaderUnavailable` if no child can be started.
        """
        suffix = _suffix(name)
        kind = kind_of(data[:HEAD], suffix)
        if settled := _settled(data, kind):
            return settled
        try:
            facts, text = self._limited.ask({"do": "read", "suffix": suffix}, data, MOST_TEXT)
            return _understood(facts, text)
        except Ended as ended:
            return Extracted(ended.outcome, kind=kind.value, note=ended.note)
        except (ValueError, TypeError, KeyError):
            self.close()  # what speaks nonsense is not asked again
            return Extracted(Outcome.CRASHED, kind=kind.value, note="why=nonsense")

    def unread_pages(self, data: bytes, name: str) -> Sequence[int]:
        """The pages of *data*, from 1, that are pictures or garbled; none where the file cannot be opened.

        `ReaderUnavailable` if no child can be started.
        """
        try:
            facts, _ = self._limited.ask({"do": "look", "suffix": _suffix(name)}, data, 0)
            return sorted({number for number in facts["pages"] if isinstance(number, int) and number > 0})
        except (Ended, ValueError, TypeError, KeyError):
            return ()

    def draw(self, data: bytes, name: str, page: int) -> Picture | Extracted:
        """Page *page* (from 1) of *data* as a grey picture, or why there is none.

        `ReaderUnavailable` if no child can be started.
        """
        asked = {"do": "draw", "suffix": _suffix(name), "page": page}
        try:
            facts, pixels = self._limited.ask(asked, data, MOST_TEXT)
            if facts["fault"]:
                return Extracted(Outcome.CORRUPT, note=f"why={facts['fault']}"[:200])
            return Picture(facts["width"], facts["height"], pixels).checked()
        except Ended as ended:
            return Extracted(ended.outcome, note=ended.note)
        except (ValueError, TypeError, KeyError):
            self.close()
            return Extracted(Outcome.CRASHED, note="why=nonsense")

    def show(self, data: bytes, name: str, page: int, width: int) -> Sight | Extracted:
        """Page *page* (from 1) of a PDF or an image as it is looked at, or why it cannot be.

        `ReaderUnavailable` if no child can be started.
        """
        asked = {"do": "show", "suffix": _suffix(name), "page": page, "width": width}
        try:
            facts, pixels = self._limited.ask(asked, data, 3 * TALLEST * width * width)
            if facts["fault"]:
                return Extracted(Outcome.CORRUPT, note=f"why={facts['fault']}"[:200])
            return Sight(facts["width"], facts["height"], facts["count"], pixels).checked()
        except Ended as ended:
            return Extracted(ended.outcome, note=ended.note)
        except (ValueError, TypeError, KeyError):
            self.close()
            return Extracted(Outcome.CRASHED, note="why=nonsense")

    def sandbox(self) -> Sandbox:
        """What holds the child; starts one if there is none."""
        return self._limited.sandbox()

    def close(self) -> None:
        """End the child."""
        self._limited.close()


def sandbox_level() -> str:
    """`landlock+limits`, or `limits-only` where the child's own tries were not all denied (F3)."""
    with Extractor() as extractor:
        return extractor.sandbox().level


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()[:16]


def _settled(data: bytes, kind: Kind) -> Extracted | None:
    """What needs no parser to be known."""
    if not data:
        return Extracted(Outcome.EMPTY, kind=kind.value)
    if kind is Kind.UNKNOWN and not data.startswith((ZIP, OLE)):
        return Extracted(Outcome.UNSUPPORTED, kind=kind.value)
    if len(data) > MOST_INPUT:
        return Extracted(Outcome.OVERSIZED, kind=kind.value, note="why=file-size")
    return None


def _understood(facts: Facts, text: bytes) -> Extracted:
    """The answer as ours; the child has met the file and is not trusted: ValueError, TypeError, KeyError."""
    pages, title, created, scans = facts["pages"], facts["title"], facts["created"], facts["scans"]
    if not (pages is None or isinstance(pages, int)) or not (title is None or isinstance(title, str)):
        raise TypeError
    if not isinstance(scans, int):
        raise TypeError
    return Extracted(
        Outcome(facts["outcome"]),
        text.decode(),
        Kind(facts["kind"]).value,
        pages,
        title,
        dt.date.fromisoformat(created) if created else None,
        str(facts["note"])[:200],
        scans,
    )
