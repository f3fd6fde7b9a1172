"""The passage that answers a question, and where in it the words stand.

Marks are places in the text as it was written, also where it was found in another form
(traditional, full width, over a broken line).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from indexer.analysis import Cell, cells, code_key, phrase
from indexer.query import Field, Term, Tree, wanted

#: Characters of a passage.
WIDTH = 72
_LEAD = 16  # characters before the first mark
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage on one line, and the spans (start, end; exclusive) to be marked in it."""

    text: str
    spans: tuple[tuple[int, int], ...]


def spans(text: str, tree: Tree, field: Field | None = None) -> tuple[tuple[int, int], ...]:
    """Where the wanted words of *tree* stand in *text*, the value of *field*; overlapping ones as one."""
    return _merged(span for _, span in _marks(text, tree, field))


def snippet(text: str, tree: Tree, field: Field | None = Field.BODY, *, width: int = WIDTH) -> Snippet:
    """The passage of about *width* characters that holds most of the wanted words, the rarest first."""
    marks = _marks(text, tree, field)
    start = max(0, _best(marks, width) - _LEAD) if len(text) > width else 0
    end = min(len(text), start + width)
    start = max(0, end - width)
    before, after = _ELLIPSIS if start else "", _ELLIPSIS if end < len(text) else ""
    shift = len(before) - start
    inside = [(max(a, start) + shift, min(b, end) + shift) for _, (a, b) in marks if a < end and b > start]
    return Snippet(before + _one_line(text[start:end]) + after, _merged(inside))


def _marks(text: str, tree: Tree, field: Field | None) -> list[tuple[int, tuple[int, int]]]:
    """The number of the term and the span of every match, in the order of the text."""
    row = cells(text)
    found = []
    for number, term in enumerate(dict.fromkeys(wanted(tree))):
        if field in {None, term.field} or term.field is None:
            found += [(number, span) for span in _of_term(text, row, term, field)]
    return sorted(found, key=lambda mark: mark[1])


def _of_term(text: str, row: list[Cell], term: Term, field: Field | None) -> list[tuple[int, int]]:
    """The spans of one term; a whole code is marked whole."""
    key, whole = code_key(term.text), code_key(text) if field in {Field.CODE, Field.NUMBER} else ""
    if whole and key and (whole == key or (term.prefix and whole.startswith(key))):
        return [(0, len(text))]
    asked = phrase(term.text)
    if not asked:
        return []
    size = len(asked)
    starts = (at for at, cell in enumerate(row) if cell.text == asked[0] or size == 1)
    return [(row[at].start, row[at + size - 1].end) for at in starts if _stands(row, at, asked, term.prefix)]


def _stands(row: list[Cell], at: int, asked: list[str], prefix: bool) -> bool:
    """True if the cells from *at* are those asked for, the last one perhaps going on."""
    if at + len(asked) > len(row):
        return False
    *first, last = asked
    if any(row[at + n].text != cell for n, cell in enumerate(first)):
        return False
    found = row[at + len(first)].text
    return found == last or (prefix and found.startswith(last))


def _best(marks: list[tuple[int, tuple[int, int]]], width: int) -> int:
    """Where the best passage begins to be interesting: most different terms, rarest terms, then first."""
    if not marks:
        return 0
    times: dict[int, int] = {}
    for number, _ in marks:
        times[number] = times.get(number, 0) + 1
    starts = [span[0] for _, span in marks]

    def worth(at: int) -> tuple[float, int]:
        end = bisect_left(starts, starts[at] + width - _LEAD)
        held = {number for number, _ in marks[at:end]}
        return sum(1 + 1 / times[number] for number in held), -at

    return starts[max(range(len(marks)), key=worth)]


def _merged(found: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans in order, those that overlap or touch as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return tuple(merged)


def _one_line(text: str) -> str:
    """*text* with every blank and control character as one blank: no length changes, nothing acts."""
    return "".join(
        " " if character.isspace() or not character.isprintable() else character for character in text
    )
