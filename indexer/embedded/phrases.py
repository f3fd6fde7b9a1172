"""Where a word or phrase stands in a segment: intersections of packed arrays, the rarest term first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from indexer.embedded.postings import Lexicon, Numbers, Run
from indexer.embedded.segment import Segment
from indexer.language.analysis import Key, Needle, is_han

#: A row is searched rather than merged when it is so many times as long as the other.
_MANY = 8
#: Places outside the documents in question are left out when they are so many times as many.
_FEW = 2


class Standing(NamedTuple):
    """The documents in which a phrase stands, ascending, and how often."""

    documents: Numbers
    times: Numbers


class _Stood(NamedTuple):
    """The documents of a term, how often it stands in each, and where."""

    documents: Numbers
    times: Numbers
    positions: Numbers


NOWHERE = Standing(np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class _Part:
    """One term of a phrase: the cells it covers, and its postings (several terms, if it is a prefix)."""

    offset: int
    covers: frozenset[int]
    runs: Sequence[Run]

    @property
    def stood(self) -> int:
        """How many places it has."""
        return sum(run.stood for run in self.runs)

    @property
    def several(self) -> bool:
        """True if its rows are of several terms, and so in no order."""
        return len(self.runs) > 1 or self.runs[0].terms > 1

    def documents(self) -> Numbers:
        """The documents of each row."""
        return _joined([run.documents() for run in self.runs])

    def times(self) -> Numbers:
        """How often the term stands in each."""
        return _joined([run.times() for run in self.runs])

    def positions(self) -> Numbers:
        """Where it stands."""
        return _joined([run.positions() for run in self.runs])


def occurrences(segment: Segment, name: str, row: Sequence[Needle], allowed: Numbers) -> Standing:
    """Where the phrase of the needles *row* stands in the lexicon *name*, among the documents *allowed*."""
    lexicon = segment.lexicon(name)
    if lexicon is None or not row:
        return NOWHERE
    parts, known = list[_Part](), dict[str, Sequence[Run]]()
    for needle in row:
        asked = f"{needle.term}*" if needle.prefix else needle.term
        runs = known[asked] = known.get(asked) or _runs(lexicon, needle)
        if not runs:
            return NOWHERE
        parts.append(_Part(needle.offset, _covered(needle), runs))
    return _alone(parts[0], allowed) if len(parts) == 1 else _together(parts, segment.starts(name), allowed)


def holding(segment: Segment, name: str, keys: Sequence[Key], allowed: Numbers) -> Numbers:
    """The documents, ascending, that hold one of *keys*, among those *allowed*."""
    lexicon = segment.lexicon(name)
    if lexicon is None:
        return NOWHERE.documents
    runs = [run for key in keys for run in _runs(lexicon, Needle(key.term, 0, key.prefix))]
    if not runs:
        return NOWHERE.documents
    here = np.zeros(len(allowed), bool)
    here[_joined([run.documents() for run in runs])] = True
    return np.flatnonzero(here & allowed)


def _runs(lexicon: Lexicon, needle: Needle) -> Sequence[Run]:
    if needle.prefix:
        return list(lexicon.beginning(needle.term))
    run = lexicon.term(needle.term)
    return [run] if run else []


def _covered(needle: Needle) -> frozenset[int]:
    """A pair of characters covers two cells, everything else one."""
    pair = len(needle.term) == 2 and is_han(needle.term[0]) and not needle.prefix
    return frozenset({needle.offset, needle.offset + 1} if pair else {needle.offset})


def _enough(parts: Sequence[_Part]) -> Sequence[_Part]:
    """Of *parts*, in order, those that cover every cell with the fewest places: the others say nothing new."""
    best: dict[int, tuple[int, tuple[_Part, ...]]] = {0: (0, ())}
    for part in parts:
        end = max(part.covers) + 1
        reached = [best[cell] for cell in part.covers if cell in best]
        if not reached:  # a pair before it covers its cell
            continue
        before = min(reached, key=lambda each: each[0])
        cost = before[0] + part.stood
        if end not in best or cost < best[end][0]:
            best[end] = (cost, (*before[1], part))
    return sorted(best[max(best)][1], key=lambda part: part.stood)


def _alone(part: _Part, allowed: Numbers) -> Standing:
    documents, times = part.documents(), part.times()
    if part.several:
        return _counted(np.bincount(documents, times, len(allowed)).astype(np.int64) * allowed)
    here = allowed[documents]
    return Standing(documents[here].astype(np.int64), times[here].astype(np.int64))


def _together(parts: Sequence[_Part], starts: Numbers, allowed: Numbers) -> Standing:
    """The documents that hold every part, and in them the places where the parts stand side by side."""
    rows: dict[int, Numbers] = {}
    for part in {id(part.runs): part for part in sorted(parts, key=lambda part: part.stood)}.values():
        documents = rows[id(part.runs)] = part.documents()
        held = np.zeros(len(allowed), bool)
        held[documents] = True
        allowed = allowed & held
        if not allowed.any():
            return NOWHERE
    stood: dict[int, _Stood] = {}  # what one term covers several times is read once
    found: Numbers | None = None
    for part in _enough(parts):
        which = id(part.runs)
        if which not in stood:
            stood[which] = _stood(part, rows[which], allowed)
        places = _places(part, stood[which], starts)
        found = places if found is None else _common(found, places)
        if not len(found):
            return NOWHERE
    return NOWHERE if found is None else _counted(_per_document(found, starts) * allowed)


def _per_document(places: Numbers, starts: Numbers) -> Numbers:
    """How many of *places*, which ascend, lie in each document."""
    if len(places) > len(starts):
        ends: Numbers = np.append(np.searchsorted(places, starts), len(places))
        return ends[1:] - ends[:-1]
    times: Numbers = np.bincount(np.searchsorted(starts, places, side="right") - 1, minlength=len(starts))
    return times


def _stood(part: _Part, documents: Numbers, allowed: Numbers) -> _Stood:
    """Where *part* stands: at least in *allowed* documents."""
    times, positions = part.times(), part.positions()
    here = np.flatnonzero(allowed[documents])
    if _FEW * len(here) < len(documents):
        chosen = times[here]
        before = np.cumsum(times, dtype=np.int64)[here] - np.cumsum(chosen, dtype=np.int64)
        positions = positions[np.repeat(before, chosen) + np.arange(int(chosen.sum()))]
        documents, times = documents[here], chosen
    return _Stood(documents, times, positions)


def _places(part: _Part, stood: _Stood, starts: Numbers) -> Numbers:
    """Where a phrase would begin for each place of *part*, in order."""
    documents, times, positions = stood
    places = np.repeat(starts[documents] - starts.dtype.type(part.offset), times) + positions
    if part.offset and not (within := positions >= part.offset).all():
        places = places.compress(within)
    if part.several:
        places.sort()
    return places


def _common(places: Numbers, others: Numbers) -> Numbers:
    """What stands in both rows; each ascends, and holds nothing twice."""
    if _MANY * len(places) < len(others):
        nearest = np.minimum(np.searchsorted(others, places), len(others) - 1)
        return places.compress(others[nearest] == places)
    both = np.concatenate((places, others))
    both.sort(kind="stable")  # merges what is sorted already
    return both[:-1].compress(both[1:] == both[:-1])


def _joined(arrays: Sequence[Numbers]) -> Numbers:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _counted(times: Numbers) -> Standing:
    documents = np.flatnonzero(times)
    return Standing(documents, times[documents])
