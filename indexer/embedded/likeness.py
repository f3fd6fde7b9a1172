"""Records like a text, and words like a word: only ever out of what the viewer may find."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from indexer.embedded.matching import Leaf, View, rarity, views
from indexer.embedded.postings import Numbers
from indexer.embedded.segment import Segment
from indexer.engine import Cursor, Found, Hit, Scope
from indexer.language.analysis import GAP, homophones, is_han, phrase, words
from indexer.question.tree import And, Field, Term, Tree

#: Characters of a text that are looked at, different terms that are weighed, and terms that are searched for.
_CHARACTERS, _WEIGHED, _SEARCHED = 6_000, 300, 40
#: A term counts for its rarity and for how often the text says it, but no oftener than this.
_OFTEN = 3
#: What a pair of characters counts that is rarer than both its neighbours: it straddles two words.
_STRADDLING = 0.4
_SATURATION = 1.2
#: The fields whose words tell what a record is about.
_TELLING = (Field.TITLE, Field.NAMES, Field.BODY)


class _Clue(NamedTuple):
    """A term to look for and what finding it is worth."""

    term: Term
    weight: float


def alike(
    leaves: Iterable[Leaf], texts: Mapping[Field, str], scope: Scope, narrowed: Tree | None, limit: int
) -> Found:
    """The records that share the rarest terms of *texts* (see `Engine.alike`)."""
    seen = views(leaves, scope)
    clues = _clues("\n".join(texts.values())[:_CHARACTERS], seen)
    rows, total = list[tuple[float, str, str]](), 0
    for view in seen:
        scores = _scores(view, clues)
        if narrowed is not None:
            scores[~view.meant(narrowed)] = 0
        documents = np.flatnonzero(scores)
        total += len(documents)
        for document in _highest(scores, documents, limit).tolist():
            rows.append(
                (
                    -round(float(scores[document]), 9),
                    view.segment.codes[document],
                    view.segment.uids[document],
                )
            )
    best = heapq.nsmallest(limit, rows)
    return Found(tuple(Hit(uid, -key, frozenset(), Cursor(key, code, uid)) for key, code, uid in best), total)


def _clues(text: str, views: Sequence[View]) -> list[_Clue]:
    """What of *text* is worth looking for: its rarest terms."""
    row = words(text)
    times = Counter(term for term in row if term != GAP and not (len(term) == 1 and is_han(term)))
    opened = [view for view in views if not view.leaf.sealed]
    every = sum(view.many for view in opened)
    held = {term: sum(_having(view, term) for view in opened) for term in islice(times, _WEIGHED)}
    weak = _straddling(row, held)
    weighed = [
        _Clue(
            Term(term),
            min(times[term], _OFTEN) * rarity(having, every) * (_STRADDLING if term in weak else 1),
        )
        for term, having in held.items()
    ]
    return heapq.nlargest(_SEARCHED, weighed, key=lambda clue: (clue.weight, clue.term.text))


def _straddling(row: Sequence[str], held: Mapping[str, int]) -> set[str]:
    """The pairs of characters that are rarer than the pairs on both sides of them, wherever they stand."""
    weak, firm = set[str](), set[str]()
    for before, pair, after in zip(row, row[1:], row[2:], strict=False):
        if all(len(each) == 2 and is_han(each[0]) for each in (before, pair, after)):
            rare = held.get(pair, 0) < min(held.get(before, 0), held.get(after, 0))
            (weak if rare else firm).add(pair)
    return weak - firm


def _having(view: View, term: str) -> int:
    """About how many records the viewer may find *term* in."""
    having = 0
    for field in _TELLING:
        lexicon = view.segment.lexicon(field.value)
        run = lexicon.term(term) if lexicon else None
        if run:
            having = max(having, int(np.count_nonzero(view.allowed(field)[run.documents()])))
    return having


def _scores(view: View, clues: Iterable[_Clue]) -> Numbers:
    scores = np.zeros(len(view.segment))
    for clue in clues:
        match = view.match(clue.term)
        scores[match.documents] += clue.weight * match.worth / (_SATURATION + match.worth)
    return scores


def _highest(scores: Numbers, documents: Numbers, most: int) -> Numbers:
    """The documents with the *most* highest scores, and those equal to the last of them."""
    if len(documents) <= most:
        return documents
    worth: Numbers = scores[documents]
    border = np.partition(worth, len(worth) - most)[len(worth) - most]
    chosen: Numbers = documents[worth >= border]
    return chosen


# --- words like a word ------------------------------------------------------------------------

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
#: Longer words are not varied: a slip in them is better found by leaving a part out.
_LONGEST = 16


def near(leaves: Iterable[Leaf], term: Term, scope: Scope, limit: int) -> tuple[str, ...]:
    """Words like *term* that stand in what *scope* may find, commonest first (see `Engine.near`)."""
    seen = views(leaves, scope)
    row = phrase(term.text)
    if not 2 <= len("".join(row)) <= _LONGEST:
        return ()
    found, stocks = [], [_Stock(view.segment) for view in seen]
    for text in dict.fromkeys(_variants(row, seen)):
        if text != "".join(row) and _may_stand(text, stocks):
            other = Term(text, term.field, term.prefix)
            having = sum(len(view.match(other).documents) for view in seen)
            if having:
                found.append((-having, text))
    return tuple(text for _, text in heapq.nsmallest(limit, found))


def _variants(row: Sequence[str], views: Sequence[View]) -> Iterator[str]:
    """What may have been meant by *row*: a cell that sounds alike or is mistyped, two that changed places, one too many."""
    for at, cell in enumerate(row):
        if is_han(cell):
            others: Iterable[str] = homophones(cell) if _holds(views, row[:at], row[at + 1 :]) else ()
        else:
            others = _mistyped(cell)
        for other in others:
            yield "".join([*row[:at], other, *row[at + 1 :]])
        if len(row) > at + 1:
            yield "".join([*row[:at], row[at + 1], cell, *row[at + 2 :]])
        if len(row) > 2:
            yield "".join([*row[:at], *row[at + 1 :]])


def _mistyped(word: str) -> Iterator[str]:
    """Words one slip away from *word*."""
    if not word.isascii():
        return
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        yield from (head + letter + tail for letter in _LETTERS)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in _LETTERS)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]


def _holds(views: Sequence[View], *parts: Sequence[str]) -> bool:
    """True if one record that may be found holds all of *parts*: what no record holds need not be varied."""
    terms = [Term("".join(part)) for part in parts if set(part) - {GAP}]
    return not terms or any(view.meant(And(tuple(terms))).any() for view in views)


class _Stock(dict[str, bool]):
    """Whether a term stands in a segment at all; each is looked up once."""

    def __init__(self, segment: Segment) -> None:
        super().__init__()
        held = (segment.lexicon(field.value) for field in Field)
        self._lexicons = [lexicon for lexicon in held if lexicon]

    def __missing__(self, term: str) -> bool:
        stands = self[term] = any(lexicon.term(term) for lexicon in self._lexicons)
        return stands


def _may_stand(text: str, stocks: Sequence[_Stock]) -> bool:
    """False if some pair of characters or word of *text* stands nowhere: most variants end here."""
    row = words(text)
    asked = [term for term in row[:-1] if term != GAP] or row
    if len(asked) > 1 or (len(row) == 1):
        asked = [term for term in asked if len(term) > 1 or not is_han(term)] or asked
    return any(all(stock[term] for term in asked) for stock in stocks) or not row
