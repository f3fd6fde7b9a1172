"""The rows of a list in the light of their neighbours: numbers that are not written, pages that follow from the next row; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from archive.codes import running
from archive.exchange import SheetKind
from archive.sheets.entries import Entry


def prepared(kind: SheetKind, entries: Iterable[Entry]) -> Iterator[Entry]:
    """*entries* in order, completed where only the neighbours tell; always from the first row, also to go on later."""
    return _paged(_numbered(entries)) if kind is SheetKind.CONTENTS else iter(entries)


def volume_of(values: Mapping[str, object]) -> str:
    """The code of the volume a row of contents belongs to: named, or what its own code begins with; empty if untold."""
    named = str(values.get("volume") or "").strip()
    if named:
        return named
    stem = running(str(values.get("reference_code") or "").strip())
    return stem[0].rstrip("-·/ ") if stem else ""


def _numbered(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Each with its number in its volume: as written, unless the numbers run on through all volumes of the list."""
    reached: dict[str, int] = {}
    before: tuple[str, int] | None = None
    through = False
    for entry in entries:
        home, written = volume_of(entry.values), _written(entry)
        if written is not None and before is not None and home != before[0]:
            through = written == before[1] + 1 and written > 1
        number = reached.get(home, 0) + 1 if written is None or through else written
        before = (home, written if written is not None else 0)
        reached[home] = number
        yield replace(entry, values={**entry.values, "number": number})


def _written(entry: Entry) -> int | None:
    told = str(entry.values.get("number") or "").strip()
    return int(told) if told.isdecimal() and len(told) < 7 else None


def _paged(entries: Iterable[Entry]) -> Iterator[Entry]:
    """A paper with a first page and no count has the pages up to where the next one of its volume begins (F1)."""
    held: Entry | None = None
    for entry in entries:
        if held is not None:
            yield _up_to(held, entry)
        held = entry
    if held is not None:
        yield held


def _up_to(entry: Entry, following: Entry) -> Entry:
    values = entry.values
    first, coming = values.get("first_page"), following.values.get("first_page")
    counted = values.get("pages") is not None or values.get("last_page") is not None
    if counted or volume_of(values) != volume_of(following.values):
        return entry
    if not isinstance(first, int) or not isinstance(coming, int) or coming <= first:
        return entry
    return replace(entry, values={**values, "pages": coming - first})
