"""How a paper falls into sheets of A4: pure arithmetic, so that the page count is known before printing.

Widths are in ems (a Han character is 1), heights in points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from unicodedata import east_asian_width

PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 595.0, 842.0, 72.0
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
TITLE_SIZE, TEXT_SIZE, CELL_SIZE = 17.0, 12.0, 10.0
LEADING, CELL_LEADING, CELL_GAP = 21.0, 14.0, 8.0

_WORDS = re.compile(r"[!-~]+|.", re.DOTALL)
_NEVER_FIRST = frozenset("，。；：、！？）」』》〕”’…")
_LATIN_WIDTH = 0.6


class Printable(Protocol):
    """What a paper must tell in order to be laid out."""

    @property
    def title(self) -> str: ...
    @property
    def document_no(self) -> str | None: ...
    @property
    def creator(self) -> str: ...
    @property
    def paragraphs(self) -> tuple[str, ...]: ...
    @property
    def table(self) -> tuple[tuple[str, ...], ...]: ...
    @property
    def drawings(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Strip:
    """One line, or one row of the table, across the page; *cells* holds the lines of each column.

    *keep* is the height that must fit below its top, so that tables and signatures stay together.
    """

    kind: str
    height: float
    text: str = ""
    cells: tuple[tuple[str, ...], ...] = ()
    keep: float = 0.0


def width(text: str) -> float:
    """The width of *text* in ems."""
    return sum(1.0 if east_asian_width(char) in "WFA" else _LATIN_WIDTH for char in text)


def wrap(text: str, ems: float, *, indent: float = 0.0) -> Iterator[str]:
    """*text* in lines of at most *ems*; closing marks hang over the edge, Latin words stay whole."""
    line, used = "", indent
    for word in _pieces(text, ems):
        size = width(word)
        if line and used + size > ems and word not in _NEVER_FIRST:
            yield line
            line, used = "", 0.0
        line, used = line + word, used + size
    yield line


def _pieces(text: str, ems: float) -> Iterator[str]:
    """Han characters one by one and Latin words whole, unless longer than a line."""
    longest = max(1, int(ems / _LATIN_WIDTH))
    for word in _WORDS.findall(text):
        yield from (word[start : start + longest] for start in range(0, len(word), longest))


def is_salutation(paragraph: str) -> bool:
    """Whether *paragraph* names the receiver (某某公司：) and so takes no indent."""
    return paragraph.endswith("：") and len(paragraph) < 40


def strips(paper: Printable, signature: str) -> Iterator[Strip]:
    """All lines and rows of *paper* from the top, with the signature block last."""
    for line in wrap(paper.title, TEXT_WIDTH / TITLE_SIZE - 2):
        yield Strip("title", 27, line)
    yield Strip("number", 26, paper.document_no or "")
    for paragraph in paper.paragraphs:
        indent = 0.0 if is_salutation(paragraph) else 2.0
        for number, line in enumerate(wrap(paragraph, TEXT_WIDTH / TEXT_SIZE, indent=indent)):
            yield Strip("first" if indent and number == 0 else "text", LEADING, line)
    if paper.table:
        rows = [_row(row) for row in paper.table]
        yield Strip("gap", CELL_GAP, keep=CELL_GAP + sum(row.height for row in rows))
        yield from rows
    yield Strip("gap", LEADING, keep=3 * LEADING)
    yield Strip("sign", LEADING, paper.creator)
    yield Strip("sign", LEADING, signature)


def _row(row: Sequence[str]) -> Strip:
    """One row of the table, as high as its highest cell."""
    ems = (TEXT_WIDTH / len(row) - CELL_GAP) / CELL_SIZE
    cells = tuple(tuple(wrap(cell, ems)) for cell in row)
    return Strip("row", max(map(len, cells)) * CELL_LEADING + CELL_GAP, cells=cells)


def sheets(paper: Printable, signature: str) -> list[list[Strip]]:
    """The strips of each sheet; drawings add sheets of their own, not listed here."""
    pages: list[list[Strip]] = [[]]
    room = PAGE_HEIGHT - 2 * MARGIN
    for strip in strips(paper, signature):
        if max(strip.height, strip.keep) > room:
            pages.append([])
            room = PAGE_HEIGHT - 2 * MARGIN
        pages[-1].append(strip)
        room -= strip.height
    return pages


def page_count(paper: Printable, signature: str = "") -> int:
    """Sheets of text and sheets of drawings."""
    return len(sheets(paper, signature)) + paper.drawings
