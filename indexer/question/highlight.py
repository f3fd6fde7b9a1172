"""The passage that answers a question, and where in it the words stand.

Marks are places in the text as it was written, also where it was found in another form: traditional, full
width, over a broken line or a gloss, and dates, codes and units however they are written.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from indexer.language.analysis import GAP, Key, Row, asked, code_keys, phrase, row
from indexer.language.codes import placed
from indexer.language.dates import Placed
from indexer.language.folding import traced
from indexer.question.tree import Field, Term, Tree, wanted

#: Characters of a passage.
WIDTH = 72
_LEAD = 16  # characters before the first mark
_ELLIPSIS = "…"
#: Fields of codes, one a line: a line is found as a whole.
_CODED = frozenset({Field.CODE, Field.NUMBER, Field.UNIT, Field.CONTRACT})
_SENTENCE = re.compile(r"[^。;!?\t]+")
_GROUPED = re.compile(r"\d,\d{3}")  # 28000 may be written 28,000
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage on one line, and the spans (start, end; exclusive) to be marked in it."""

    text: str
    spans: tuple[_Span, ...]


def spans(text: str, tree: Tree, field: Field | None = None) -> tuple[_Span, ...]:
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


class _Sought:
    """A text in which terms are looked for: folded, in sentences, and with its keys."""

    def __init__(self, text: str, field: Field | None) -> None:
        self.text, self.field = text, field
        self.folded, self.firsts, self.lasts = traced(text)
        self._rows: dict[_Span, Row] = {}

    @cached_property
    def keys(self) -> list[Placed]:
        """The keys of the text and where they stand in the folded text."""
        return list(placed(self.folded))

    @cached_property
    def sentences(self) -> list[tuple[int, str]]:
        """What stands between signs that always part words, and where it begins."""
        return [(match.start(), match.group()) for match in _SENTENCE.finditer(self.folded)]

    def of_term(self, term: Term) -> Iterator[_Span]:
        """Every place of *term* in the original."""
        meant = asked(term.text, term.prefix)
        found = list(self._phrases(phrase(term.text), term.prefix))
        if meant and self.field not in _CODED:
            found += [(start, end) for key, start, end in self.keys if _is_meant(key, meant)]
        yield from ((self.firsts[start], self.lasts[end - 1]) for start, end in found)
        if meant and self.field in _CODED:
            yield from self._lines(meant)

    def _phrases(self, cells: Sequence[str], prefix: bool) -> Iterator[_Span]:
        """Where *cells* stand in the folded text; cells are made only of sentences that can hold them."""
        sentences = [(0, self.folded)] if GAP in cells else self.sentences
        for start, sentence in sentences:
            if all(cell in sentence for cell in cells) or _GROUPED.search(sentence):
                found = self._row(start, sentence)
                for first, last in _runs(found.texts, cells, prefix):
                    yield start + found.starts[first], start + found.ends[last]

    def _row(self, start: int, sentence: str) -> Row:
        """The cells of a sentence, made once."""
        place = start, len(sentence)
        if place not in self._rows:
            self._rows[place] = row(sentence)
        return self._rows[place]

    def _lines(self, meant: Sequence[Key]) -> Iterator[_Span]:
        """The lines that are a code meant."""
        start = 0
        for line in self.text.splitlines(keepends=True):
            if any(_is_meant(key, meant) for key in code_keys(line)):
                yield start, start + len(line.rstrip())
            start += len(line)


def _runs(texts: Sequence[str], cells: Sequence[str], prefix: bool) -> Iterator[_Span]:
    """The first and the last number of *cells* wherever they stand side by side; the last may go on with *prefix*."""
    if not cells:
        return
    *head, last = cells
    for at in _places(texts, cells[0], open_ended=prefix and not head):
        end = at + len(head)
        if end < len(texts) and all(texts[at + n] == cell for n, cell in enumerate(head)):
            found = texts[end]
            if found == last or (prefix and found.startswith(last)):
                yield at, end


def _places(texts: Sequence[str], cell: str, *, open_ended: bool) -> Iterator[int]:
    """Where *cell* stands, or with *open_ended* what begins so."""
    if open_ended:
        yield from (at for at, found in enumerate(texts) if found.startswith(cell))
        return
    at = -1
    for _ in range(texts.count(cell)):
        at = texts.index(cell, at + 1)
        yield at


def _is_meant(key: str, meant: Sequence[Key]) -> bool:
    return any(key == one.term or (one.prefix and key.startswith(one.term)) for one in meant)


def _marks(text: str, tree: Tree, field: Field | None) -> list[tuple[int, _Span]]:
    """The number of the term and the span of every match, in the order of the text."""
    terms = [term for term in dict.fromkeys(wanted(tree)) if field is None or term.field in {None, field}]
    if not terms:
        return []
    sought = _Sought(text, field)
    found = {(number, span) for number, term in enumerate(terms) for span in sought.of_term(term)}
    return sorted(found, key=lambda mark: (mark[1], mark[0]))


def _best(marks: Sequence[tuple[int, _Span]], width: int) -> int:
    """Where the best passage begins to be interesting: most different terms, rarest terms, then first."""
    times = Counter(number for number, _ in marks)
    worth = {number: 1_000_000 + 1_000_000 // count for number, count in times.items()}
    starts = [span[0] for _, span in marks]
    held: Counter[int] = Counter()
    best = value = most = end = 0
    for at, (leaving, _) in enumerate(marks):
        border = bisect_left(starts, starts[at] + width - _LEAD)
        for number, _ in marks[end:border]:
            value += 0 if held[number] else worth[number]
            held[number] += 1
        end = border
        if value > most:
            best, most = starts[at], value
        held[leaving] -= 1
        value -= 0 if held[leaving] else worth[leaving]
    return best


def _merged(found: Iterable[_Span]) -> tuple[_Span, ...]:
    """Spans in order, those that overlap or touch as one."""
    merged: list[_Span] = []
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
