"""Words and where they stand, as packed arrays in blocks of consecutive terms.

A *lexicon* holds the terms of one field in one segment, in order. A block of at most `BLOCK` terms is

    where each term's documents, positions and name end    3 x uint32 a term
    the names, UTF-8
    documents   uint16, ascending for each term
    times       how often the term stands in each of these documents
    positions   of each of these times, ascending for each document

each padded to 8 bytes. Times and positions are as wide as the largest of the segment asks. Only the first
name of each block stays in memory; everything else is read when a term is asked for.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

#: Terms of a block.
BLOCK = 128
#: Blocks read at a time by who reads them all.
STRIDE = 64
#: Documents a segment may hold: numbers of documents are 16 bits wide.
MOST_DOCUMENTS = 1 << 16

Numbers = NDArray[Any]
DOCUMENT = np.dtype("<u2")
_HEAD = np.dtype("<u4")


class Source(Protocol):
    """A file that is read in pieces."""

    def read(self, start: int, length: int, *, keep: bool = True) -> bytes:
        """The *length* bytes from *start*; *keep*: they will be asked for again."""


@dataclass(frozen=True, slots=True)
class _Window:
    """Part of a file in memory, read under its own addresses."""

    data: bytes
    start: int

    def read(self, start: int, length: int, *, keep: bool = True) -> bytes:  # noqa: ARG002
        """The *length* bytes from *start*."""
        return self.data[start - self.start : start - self.start + length]


class Sink(Protocol):
    """A file that is written from the front to the end."""

    def write(self, data: bytes) -> object:
        """Add *data*."""

    def tell(self) -> int:
        """How many bytes were written."""


@dataclass(frozen=True, slots=True)
class Postings:
    """Terms in order and all that is known of them, each array one term after the other."""

    names: list[bytes]
    documents_of: Numbers  # for each term, how many documents hold it
    positions_of: Numbers  # for each term, how often it stands anywhere
    documents: Numbers
    times: Numbers
    positions: Numbers

    def cut(self, borders: Sequence[int]) -> Iterator[Postings]:
        """The terms between each border and the next."""
        held, stood = _ends(self.documents_of), _ends(self.positions_of)
        for first, last in pairwise(borders):
            documents, positions = slice(held[first], held[last]), slice(stood[first], stood[last])
            yield Postings(
                self.names[first:last],
                self.documents_of[first:last],
                self.positions_of[first:last],
                self.documents[documents],
                self.times[documents],
                self.positions[positions],
            )

    def without_empty(self) -> Postings:
        """Without the terms that stand nowhere."""
        kept = self.documents_of > 0
        if kept.all():
            return self
        names = [name for name, stays in zip(self.names, kept.tolist(), strict=True) if stays]
        return Postings(
            names,
            self.documents_of[kept],
            self.positions_of[kept],
            self.documents,
            self.times,
            self.positions,
        )

    @classmethod
    def joined(cls, parts: list[Postings]) -> Self:
        """Several rows of terms as one."""
        arrays = ("documents_of", "positions_of", "documents", "times", "positions")
        return cls(
            [name for part in parts for name in part.names],
            *(np.concatenate([getattr(part, array) for part in parts]) for array in arrays),
        )


# --- writing ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """How a lexicon is laid down: how many terms, how wide times and positions are, where its blocks begin."""

    terms: int
    times: str
    positions: str
    starts: list[int]
    heads: list[int]
    end: int

    @classmethod
    def widths(cls, times: int, positions: int) -> tuple[np.dtype[Any], np.dtype[Any]]:
        """The narrowest types for numbers up to *times* and *positions*."""
        return _narrowest(times), max(_narrowest(positions), DOCUMENT)


class LexiconWriter:
    """Writes terms in order, block by block; *times* and *positions* are the types of their arrays."""

    def __init__(self, file: Sink, times: np.dtype[Any], positions: np.dtype[Any]) -> None:
        self._file, self._times, self._positions = file, times, positions
        self._starts: list[int] = []
        self._heads: list[int] = []
        self._first: list[bytes] = []
        self._waiting: list[Postings] = []
        self._count = self._held = 0

    def add(self, postings: Postings) -> None:
        """More terms, all after those before."""
        self._waiting.append(postings)
        self._held += len(postings.names)
        if self._held >= BLOCK:
            self._write(self._held - self._held % BLOCK)

    def close(self) -> tuple[Shape, list[bytes]]:
        """The rest; returns the shape and the first name of each block."""
        self._write(self._held)
        shape = Shape(
            self._count, self._times.str, self._positions.str, self._starts, self._heads, self._file.tell()
        )
        return shape, self._first

    def _write(self, count: int) -> None:
        if not self._waiting:
            return
        every = Postings.joined(self._waiting)
        *blocks, rest = every.cut([*range(0, count, BLOCK), count, len(every.names)])
        for block in blocks:
            self._block(block)
        self._waiting, self._held = [rest], self._held - count

    def _block(self, block: Postings) -> None:
        lengths = np.fromiter(map(len, block.names), _HEAD, len(block.names))
        ends = [
            np.cumsum(each, dtype=_HEAD).tobytes()
            for each in (block.documents_of, block.positions_of, lengths)
        ]
        head = _padded(b"".join((*ends, *block.names)))
        self._starts.append(self._file.tell())
        self._heads.append(len(head))
        self._first.append(block.names[0])
        self._count += len(block.names)
        self._file.write(
            head
            + _padded(block.documents.astype(DOCUMENT, copy=False).tobytes())
            + _padded(block.times.astype(self._times, copy=False).tobytes())
            + _padded(block.positions.astype(self._positions, copy=False).tobytes())
        )


# --- reading ------------------------------------------------------------------------------------


class _Head:
    """The head of a block: its terms, and where the documents and positions of each end."""

    def __init__(self, data: bytes | bytearray, terms: int) -> None:
        self.numbers = np.frombuffer(data, _HEAD, 3 * terms).reshape(3, terms)
        documents, positions, names = self.numbers.tolist()
        self.documents, self.positions = [0, *documents], [0, *positions]
        self._ends, self._names = [0, *names], bytes(memoryview(data)[12 * terms :])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, at: int) -> bytes:
        return self._names[self._ends[at] : self._ends[at + 1]]

    def counts(self) -> tuple[Numbers, Numbers]:
        """For each term, how many documents and how many positions it has."""
        documents, positions = np.diff(self.numbers[:2].astype(np.int64), prepend=0)
        return documents, positions


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive terms of one block; each array is read when it is asked for."""

    lexicon: Lexicon
    terms: int
    many: int  # rows: a document of a term
    stood: int  # positions
    documents_at: int
    times_at: int
    positions_at: int

    def documents(self) -> Numbers:
        """The documents of each term."""
        return self.lexicon.read(self.documents_at, self.many, DOCUMENT)

    def times(self) -> Numbers:
        """How often the term stands in each of them."""
        return self.lexicon.read(self.times_at, self.many, self.lexicon.times)

    def positions(self) -> Numbers:
        """Where it stands, document by document."""
        return self.lexicon.read(self.positions_at, self.stood, self.lexicon.positions)


class Lexicon:
    """The terms of one field in one segment."""

    def __init__(self, file: Source, shape: Shape, first: list[bytes]) -> None:
        self._file, self._shape, self._first = file, shape, first
        self.times, self.positions = np.dtype(shape.times), np.dtype(shape.positions)

    def __len__(self) -> int:
        return self._shape.terms

    def term(self, term: str) -> Run | None:
        """The term *term*."""
        name = term.encode("utf-8", "surrogatepass")
        block = bisect_right(self._first, name) - 1
        if block < 0:
            return None
        head = self._head(block)
        at = bisect_left(head, name)
        return self._run(block, head, at, at + 1) if at < len(head) and head[at] == name else None

    def beginning(self, prefix: str) -> Iterator[Run]:
        """Every term that begins with *prefix*, as runs of consecutive ones."""
        name = prefix.encode("utf-8", "surrogatepass")
        after = name + b"\xff"
        block = max(0, bisect_right(self._first, name) - 1)
        while block < len(self._first) and self._first[block] < after:
            head = self._head(block)
            first, last = bisect_left(head, name), bisect_left(head, after)
            if first < last:
                yield self._run(block, head, first, last)
            block += 1

    def blocks(self) -> Iterator[Postings]:
        """Every block, read whole and from the front."""
        borders = [*self._shape.starts, self._shape.end]
        for first in range(0, len(self._first), STRIDE):
            last = min(first + STRIDE, len(self._first))
            data = self._file.read(borders[first], borders[last] - borders[first], keep=False)
            yield from Lexicon(_Window(data, borders[first]), self._shape, self._first).between(first, last)

    def between(self, first: int, last: int) -> Iterator[Postings]:
        """The blocks from *first* to before *last*."""
        for block in range(first, last):
            head = self._head(block)
            run = self._run(block, head, 0, len(head))
            names = [head[at] for at in range(len(head))]
            yield Postings(names, *head.counts(), run.documents(), run.times(), run.positions())

    def read(self, start: int, count: int, kind: np.dtype[Any]) -> Numbers:
        """*count* numbers from *start*."""
        return np.frombuffer(self._file.read(start, count * kind.itemsize), kind)

    def _head(self, block: int) -> _Head:
        size = min(BLOCK, self._shape.terms - block * BLOCK)
        return _Head(self._file.read(self._shape.starts[block], self._shape.heads[block]), size)

    def _run(self, block: int, head: _Head, first: int, last: int) -> Run:
        documents = self._shape.starts[block] + self._shape.heads[block]
        times = documents + _up(head.documents[-1] * DOCUMENT.itemsize)
        positions = times + _up(head.documents[-1] * self.times.itemsize)
        return Run(
            self,
            last - first,
            head.documents[last] - head.documents[first],
            head.positions[last] - head.positions[first],
            documents + head.documents[first] * DOCUMENT.itemsize,
            times + head.documents[first] * self.times.itemsize,
            positions + head.positions[first] * self.positions.itemsize,
        )


def _ends(counts: Numbers) -> list[int]:
    """Where the share of each begins, and where the last ends."""
    return [0, *np.cumsum(counts, dtype=np.int64).tolist()]


def _narrowest(most: int) -> np.dtype[Any]:
    return np.dtype("<u1" if most < 1 << 8 else "<u2" if most < 1 << 16 else "<u4")


def _up(size: int) -> int:
    return -(-size // 8) * 8


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)
