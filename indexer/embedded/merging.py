"""Several segments as one, without what was deleted, in bounded memory.

The lexicons are walked side by side: of each source as many blocks are taken as end before the next source's
blocks go on, their terms are put in one order, and every row of postings is moved to its place by arithmetic.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from indexer.embedded.columns import Facts
from indexer.embedded.postings import MOST_DOCUMENTS, STRIDE, Lexicon, Numbers, Postings
from indexer.embedded.segment import Names, Segment, SegmentFile, identify

#: Segments of about the same size are merged when there are so many of them.
FACTOR = 8
#: A segment is rewritten when so large a part of it is deleted.
WORN = 0.3


@dataclass(frozen=True)
class Kept:
    """A segment and the documents of it that stay, ascending."""

    segment: Segment
    documents: Numbers


@dataclass(frozen=True, slots=True)
class Weight:
    """What decides about merging a segment: how many documents it holds and how many live."""

    held: int
    living: int


def due(weights: Sequence[Weight], *, most: int = MOST_DOCUMENTS, thorough: bool = False) -> list[int]:
    """Which segments to merge now, as one, into at most *most* documents; nothing if none is due.

    Segments whose sizes lie within one power of `FACTOR` make a tier; a full tier is merged, smallest first.
    *thorough*: whatever fits together is due.
    """
    worn = [
        at for at, one in enumerate(weights) if one.held - one.living > WORN * one.held and one.held <= most
    ]
    tiers: dict[int, list[int]] = {}
    for at, one in enumerate(weights):
        tiers.setdefault(0 if thorough else _tier(one.living), []).append(at)
    for _, tier in sorted(tiers.items()):
        if len(tier) >= (2 if thorough else FACTOR):
            chosen = _fitting(weights, sorted(tier, key=lambda at: weights[at].living), most)
            if len(chosen) > 1:
                return sorted(chosen)
    return worn[:1]


def _tier(living: int) -> int:
    tier = 0
    while living >= FACTOR:
        living //= FACTOR
        tier += 1
    return tier


def _fitting(weights: Sequence[Weight], tier: Iterable[int], most: int) -> list[int]:
    chosen, room = list[int](), most
    for at in tier:
        if weights[at].living <= room:
            chosen.append(at)
            room -= weights[at].living
    return chosen


def merge(file: Any, sources: Sequence[Kept]) -> None:
    """Write the documents kept of *sources*, one after the other, as a segment."""
    merged = SegmentFile(file)
    _identities(merged, sources)
    for name in sources[0].segment.columns:
        merged.column(name, Facts.joined((one.segment.facts(name), one.documents) for one in sources))
    for name in sorted({name for one in sources for name in one.segment.lexicons}):
        lengths = np.concatenate([_lengths(one, name) for one in sources])
        if lengths.any():
            merged.keep(f"{name}.lengths", lengths)
            held = [one for one in _placed(sources) if one.kept.segment.lexicon(name)]
            times = max(_most(one.kept.segment.lexicon(name)) for one in held)
            merged.lexicon(name, _walk(held, name), times=times, last=int(lengths.max()))
    merged.finish()


def _identities(merged: SegmentFile, sources: Sequence[Kept]) -> None:
    uids = [name.decode() for one in sources for name in _of(one.segment.uids, one)]
    codes = [name.decode("utf-8", "surrogatepass") for one in sources for name in _of(one.segment.codes, one)]
    versions = np.concatenate([one.segment.array("version")[one.documents] for one in sources])
    identify(merged, uids, versions.tolist(), codes)


def _of(names: Names, one: Kept) -> Iterator[bytes]:
    every = names.all()
    return (every[at] for at in one.documents.tolist())


def _lengths(one: Kept, name: str) -> Numbers:
    lengths = one.segment.lengths(name)
    return np.zeros(len(one.documents), "<u4") if lengths is None else lengths[one.documents]


def _most(lexicon: Lexicon | None) -> int:
    """The largest number of times a lexicon can hold."""
    return int(np.iinfo(lexicon.times).max) if lexicon else 0


# --- lexicons ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Placed:
    """A source and, for each of its documents, the number it has in the merged segment; -1: it falls out."""

    kept: Kept
    numbers: Numbers


def _placed(sources: Sequence[Kept]) -> Iterator[_Placed]:
    start = 0
    for one in sources:
        numbers = np.full(len(one.segment), -1, np.int32)
        numbers[one.documents] = np.arange(start, start + len(one.documents))
        start += len(one.documents)
        yield _Placed(one, numbers)


class _Course:
    """One lexicon being read from the front, as it will stand in the merged segment."""

    def __init__(self, placed: _Placed, lexicon: Lexicon) -> None:
        self._numbers, self._blocks = placed.numbers, lexicon.blocks()
        self._ahead: Postings | None = None
        self._ended = False
        self.reach()

    def reach(self) -> None:
        """Read on until there is something ahead, if there is more."""
        if self._ahead is None or not self._ahead.names:
            taken = [part for _, part in zip(range(STRIDE), self._blocks, strict=False)]
            self._ended = len(taken) < STRIDE
            self._ahead = _moved(Postings.joined(taken), self._numbers) if taken else None

    @property
    def last(self) -> bytes | None:
        """The last term read so far; None if nothing comes after it."""
        return None if self._ended or self._ahead is None else self._ahead.names[-1]

    def up_to(self, last: bytes | None) -> Postings | None:
        """What is ahead up to the term *last*; None: all of it."""
        ahead = self._ahead
        if ahead is None:
            return None
        border = len(ahead.names) if last is None else bisect_right(ahead.names, last)
        taken, self._ahead = ahead.cut([0, border, len(ahead.names)])
        return taken

    @property
    def open(self) -> bool:
        """True while anything is ahead."""
        return self._ahead is not None and bool(self._ahead.names)


def _moved(postings: Postings, numbers: Numbers) -> Postings:
    """*postings* with the documents' new numbers; what falls out leaves its term, which may become empty."""
    documents = numbers[postings.documents]
    stay = documents >= 0
    if stay.all():
        return Postings(
            postings.names,
            postings.documents_of,
            postings.positions_of,
            documents,
            postings.times,
            postings.positions,
        )
    term = np.repeat(np.arange(len(postings.names)), postings.documents_of)[stay]
    times = postings.times[stay]
    return Postings(
        postings.names,
        np.bincount(term, minlength=len(postings.names)),
        np.bincount(term, times, len(postings.names)).astype(np.int64),
        documents[stay],
        times,
        postings.positions[np.repeat(stay, postings.times)],
    )


def _walk(sources: Sequence[_Placed], name: str) -> Iterator[Postings]:
    """The merged lexicon, some terms at a time, in order."""
    courses = [
        _Course(one, lexicon) for one in sources if (lexicon := one.kept.segment.lexicon(name)) is not None
    ]
    while any(course.open for course in courses):
        borders = [course.last for course in courses if course.open]
        last = min((border for border in borders if border is not None), default=None)
        taken = [part for course in courses if course.open and (part := course.up_to(last))]
        yield _woven([part for part in taken if part.names]).without_empty()
        for course in courses:
            course.reach()


def _woven(parts: Sequence[Postings]) -> Postings:
    """Terms of several sources in one order; of a term that several have, one source's rows after the other's."""
    if len(parts) == 1:
        return parts[0]
    names = sorted(set(chain.from_iterable(part.names for part in parts)))
    rank: Mapping[bytes, int] = {name: at for at, name in enumerate(names)}
    ranks = [np.fromiter(map(rank.__getitem__, part.names), np.int64, len(part.names)) for part in parts]
    held = _summed(ranks, [part.documents_of for part in parts], len(names))
    stood = _summed(ranks, [part.positions_of for part in parts], len(names))
    rows = list(_destinations(ranks, [part.documents_of for part in parts], held))
    places = _destinations(ranks, [part.positions_of for part in parts], stood)
    return Postings(
        names,
        held,
        stood,
        _scattered([part.documents for part in parts], rows),
        _scattered([part.times for part in parts], rows),
        _scattered([part.positions for part in parts], list(places)),
    )


def _summed(ranks: Sequence[Numbers], counts: Sequence[Numbers], terms: int) -> Numbers:
    total = np.zeros(terms, np.int64)
    for rank, count in zip(ranks, counts, strict=True):
        total[rank] += count
    return total


def _destinations(ranks: Sequence[Numbers], counts: Sequence[Numbers], total: Numbers) -> Iterator[Numbers]:
    """For each row of each source, where it goes: behind the rows of its term from earlier sources."""
    free = np.cumsum(total) - total
    for rank, given in zip(ranks, counts, strict=True):
        count = given.astype(np.int64)
        begins = np.cumsum(count) - count
        yield np.repeat(free[rank] - begins, count) + np.arange(int(count.sum()))
        free[rank] += count


def _scattered(arrays: Sequence[Numbers], places: Sequence[Numbers]) -> Numbers:
    target = np.empty(sum(map(len, arrays)), np.result_type(*arrays))
    for numbers, place in zip(arrays, places, strict=True):
        target[place] = numbers
    return target
