"""Chinese text as a row of cells: what the index stores, what a question asks, what a highlight marks.

A *cell* is one Han character, one run of letters, one number, or one gap (punctuation between words);
cells are numbered from 0 and adjacency means consecutive numbers. The index term of a Han cell is the
character with its right neighbour, of the last Han cell of a run the character alone, so that every pair
and every single character can be found. Texts are folded for comparison only (`indexer.language.folding`); the
original is never altered. Dates and codes have keys besides (`indexer.language.codes`). This module knows no engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from typing import NamedTuple

from indexer.language.codes import Key, asked, code_key, code_keys, keys, keys_of
from indexer.language.folding import HAN, homophones, normalise, readings, traced

__all__ = [
    "ANALYSIS_VERSION",
    "GAP",
    "Cell",
    "Key",
    "Needle",
    "Row",
    "asked",
    "cells",
    "code_key",
    "code_keys",
    "homophones",
    "is_han",
    "keys",
    "needles",
    "normalise",
    "phrase",
    "pieces_and_keys",
    "readings",
    "row",
    "words",
]  # fmt: skip

#: Written into every index; another number means: build it anew.
ANALYSIS_VERSION = 2

#: The index term of a gap; never a letter, digit or character.
GAP = " "
#: What follows the last character of a run.
NONE = "\0"

#: Blanks and at most one line end: extraction breaks Chinese words there (domain R108).
_BROKEN = r"(?:[^\S\n\t]++(?:\n[^\S\n\t]*+)?|\n[^\S\n\t]*+)"
_RUN = re.compile(
    rf"([{HAN}]++)(?:{_BROKEN}(?=([{HAN}])))?"  # 1: Han characters; 2: the one that goes on after a break
    rf"|([^\W\d_{HAN}]++|\d++(?!,\d{{3}}))"  # 3: letters or figures
    r"|(\d{1,3}(?:,\d{3})+(?!\d)|\d+)"  # 4: a number, 28,000 as 28000
    r"|[^\w\s/.#:+&@·_-]|\t|\n[^\S\n]*+\n"  # a gap: punctuation, a table cell, a blank line
)
_ONE_HAN = re.compile(f"[{HAN}]")


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


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a text side by side: cell *n* stands from *starts*[n] to *ends*[n] in the folded text."""

    texts: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]


class Pieces(NamedTuple):
    """`words` before they are cut: runs of Han characters whole, so that many texts are cut at once.

    *sizes*: in order, the length of a run, or 0 for a word; *nexts*: for each run the character that goes on
    after a broken line, or `NONE`.
    """

    runs: list[str]
    nexts: list[str]
    sizes: list[int]
    words: list[str]


def words(text: str) -> list[str]:
    """The index terms of *text*; the position of a term is its place in the list."""
    return _words(normalise(text))


def pieces_and_keys(text: str) -> tuple[Pieces, list[str]]:
    """`words` of *text* in pieces, and its `keys`; folded once."""
    folded = normalise(text)
    return _pieces(folded), keys_of(folded)


def _pieces(folded: str) -> Pieces:
    found = Pieces([], [], [], [])
    run_on, follow, size, say = found.runs.append, found.nexts.append, found.sizes.append, found.words.append
    after_han, gap = False, True
    for run, further, word, number in _RUN.findall(folded):
        if run:
            if after_han:
                say(GAP)
                size(0)
            run_on(run)
            follow(further or NONE)
            size(len(run))
            after_han, gap = not further, False
        elif word or number:
            say(word or number.replace(",", ""))
            size(0)
            after_han = gap = False
        else:
            if not gap:
                say(GAP)
                size(0)
            after_han, gap = False, True
    return found


def _words(folded: str) -> list[str]:
    found: list[str] = []
    append = found.append
    after_han = False
    for run, further, word, number in _RUN.findall(folded):
        if run:
            if after_han:
                append(GAP)
            found += map(add, run, run[1:] + further)
            after_han = not further
            if after_han:
                append(run[-1])
            continue
        after_han = False
        if word:
            append(word)
        elif number:
            append(number.replace(",", ""))
        elif found and found[-1] != GAP:
            append(GAP)
    return found


def row(folded: str) -> Row:
    """The cells of a folded text, numbered as by `words`."""
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    after_han = False
    for match in _RUN.finditer(folded):
        kind, (start, end) = match.lastindex, match.span()
        if kind in {1, 2}:
            run = match[1]
            if after_han:
                texts.append(GAP)
                starts.append(start)
                ends.append(start)
            texts += run
            starts += range(start, start + len(run))
            ends += range(start + 1, start + len(run) + 1)
        elif kind is not None or (texts and texts[-1] != GAP):
            texts.append(match.group().replace(",", "") if kind else GAP)
            starts.append(start)
            ends.append(end)
        after_han = kind == 1
    return Row(texts, starts, ends)


def cells(text: str) -> list[Cell]:
    """The cells of *text* with their places in the original; cell *n* has the position *n* of `words`."""
    folded, starts, ends = traced(text)
    found = row(folded)
    return [
        Cell(cell, starts[start], ends[end - 1] if end > start else starts[start])
        for cell, start, end in zip(found.texts, found.starts, found.ends, strict=True)
    ]


def phrase(text: str) -> list[str]:
    """The cells of a question, without the gaps at its ends; empty if there is nothing to look for."""
    found = list(row(normalise(text)).texts)
    while found and found[-1] == GAP:
        found.pop()
    return found


def needles(text: str, *, prefix: bool = False) -> tuple[Needle, ...]:
    """The index terms whose adjacency is exactly the phrase *text*; *prefix* leaves its last word open."""
    asked_for = phrase(text)
    last = len(asked_for) - 1
    found: list[Needle] = []
    for at, cell in enumerate(asked_for):
        if not is_han(cell):
            found.append(Needle(cell, at, prefix and at == last))
        elif at < last and is_han(asked_for[at + 1]):
            found.append(Needle(cell + asked_for[at + 1], at, prefix=False))
        elif at < last:
            found.append(Needle(cell, at, prefix=False))
        elif at == 0 or not is_han(asked_for[at - 1]):
            found.append(Needle(cell, at, prefix=True))
    return tuple(found)


def is_han(cell: str) -> bool:
    """True for a cell of one Han character."""
    return _ONE_HAN.fullmatch(cell) is not None
