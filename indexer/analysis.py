"""Chinese text as a row of cells: what the index stores, what a question asks, what a highlight marks.

A *cell* is one Han character, one run of letters, one number, or one gap (punctuation between words);
cells are numbered from 0 and adjacency means consecutive numbers. The index term of a Han cell is the
character with its right neighbour, of the last Han cell of a run the character alone, so that every pair
and every single character can be found. Texts are folded for comparison only (full width, case,
traditional characters); the original is never altered. This module knows no engine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

#: Written into every index; another number means: build it anew.
ANALYSIS_VERSION = 1

#: The index term of a gap; never a letter, digit or character.
GAP = " "

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f\u3005-\u3007"
#: Blanks and at most one line end: extraction breaks Chinese words there (domain R108).
_BROKEN = r"(?:[^\S\n\t]++(?:\n[^\S\n\t]*+)?|\n[^\S\n\t]*+)"
_RUN = re.compile(
    rf"([{_HAN}]+(?:{_BROKEN}[{_HAN}]+)*)"  # 1: Han characters, also over a broken line
    rf"|([^\W\d_{_HAN}]+)"  # 2: letters
    r"|(\d{1,3}(?:,\d{3})+(?!\d)|\d+)"  # 3: a number, 28,000 as 28000
    r"|[^\w\s/.#:+&@·_-]|\t|\n[^\S\n]*+\n"  # a gap: punctuation, a table cell, a blank line
)
_BLANK = re.compile(r"\s+")
_ONE_HAN = re.compile(f"[{_HAN}]")
_NOT_CODE = re.compile(r"[\W_]+")
#: Invisible characters that extraction leaves inside words: zero width, soft hyphen, variation selectors.
_INVISIBLE = [0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell and where it stands in the original: characters *start* to *end* (exclusive)."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Needle:
    """One index term of a phrase, *offset* cells from its beginning; *prefix*: any term that begins so."""

    term: str
    offset: int
    prefix: bool


@cache
def folding() -> Mapping[int, str | None]:
    """Code points that are compared as another character, or as nothing."""
    text = resources.files("indexer").joinpath("data", "t2s.tsv").read_text("utf-8")
    pairs = (line.split("\t") for line in text.splitlines())
    return {ord(old): new for old, new in pairs} | dict.fromkeys(_INVISIBLE)


def normalise(text: str) -> str:
    """*text* as it is compared: half width, lower case, simplified."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).lower().translate(folding())


def words(text: str) -> list[str]:
    """The index terms of *text*; the position of a term is its place in the list."""
    found: list[str] = []
    after_han = False
    for match in _RUN.finditer(normalise(text)):
        kind, run = match.lastindex, match.group()
        if kind == 1:
            if after_han:
                found.append(GAP)
            run = _BLANK.sub("", run)
            found += [run[at : at + 2] for at in range(len(run))]
        elif kind is not None:
            found.append(run.replace(",", ""))
        elif found and found[-1] != GAP:
            found.append(GAP)
        after_han = kind == 1
    return found


def cells(text: str) -> list[Cell]:
    """The cells of *text* with their places in the original; cell *n* has the position *n* of `words`."""
    folded, starts, ends = _traced(text)
    return [
        Cell(cell, starts[start], ends[end - 1] if end > start else starts[start])
        for cell, start, end in _row(folded)
    ]


def phrase(text: str) -> list[str]:
    """The cells of a question, without the gaps at its ends; empty if there is nothing to look for."""
    found = [cell for cell, _, _ in _row(normalise(text))]
    while found and found[-1] == GAP:
        found.pop()
    return found


def needles(text: str, *, prefix: bool = False) -> tuple[Needle, ...]:
    """The index terms whose adjacency is exactly the phrase *text*; *prefix* leaves its last word open."""
    row = phrase(text)
    last = len(row) - 1
    found: list[Needle] = []
    for at, cell in enumerate(row):
        if not _is_han(cell):
            found.append(Needle(cell, at, prefix and at == last))
        elif at < last and _is_han(row[at + 1]):
            found.append(Needle(cell + row[at + 1], at, prefix=False))
        elif at < last:
            found.append(Needle(cell, at, prefix=False))
        elif at == 0 or not _is_han(row[at - 1]):
            found.append(Needle(cell, at, prefix=True))
    return tuple(found)


def code_key(text: str) -> str:
    """A code without its separators, for comparison: K001-ZY·ZX·2025 and k001zyzx2025 are one."""
    return _NOT_CODE.sub("", normalise(text))


def _row(folded: str) -> Iterator[tuple[str, int, int]]:
    """The cells of a folded text and where each begins and ends in it; no gap stands first."""
    after_han, after_gap = False, True
    for match in _RUN.finditer(folded):
        kind, start, end = match.lastindex, match.start(), match.end()
        if kind == 1:
            if after_han:
                yield GAP, start, start
            yield from ((folded[n], n, n + 1) for n in range(start, end) if not folded[n].isspace())
        elif kind is not None:
            yield match.group().replace(",", ""), start, end
        elif not after_gap:
            yield GAP, start, end
        after_han, after_gap = kind == 1, kind is None


def _is_han(cell: str) -> bool:
    return _ONE_HAN.fullmatch(cell) is not None


def _traced(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The folded text, and for each of its characters where its original begins and ends."""
    folded = normalise(text)
    if len(folded) == len(text) and (text.isascii() or unicodedata.is_normalized("NFKC", text)):
        return folded, range(len(text)), range(1, len(text) + 1)
    pieces = [(normalise(cluster), start, start + len(cluster)) for start, cluster in _clusters(text)]
    starts = [start for piece, start, _ in pieces for _ in piece]
    ends = [end for piece, _, end in pieces for _ in piece]
    return "".join(piece for piece, _, _ in pieces), starts, ends


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """Base characters with the marks that NFKC may join to them, and where they begin."""
    start = 0
    for at in range(1, len(text)):
        if not _joins(text[at]):
            yield start, text[start:at]
            start = at
    if text:
        yield start, text[start:]


@cache
def _joins(character: str) -> bool:
    """True for combining marks, half-width sound marks and the inner letters of a Hangul syllable."""
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.combining(first) != 0 or "\u1160" <= first <= "\u11ff"
