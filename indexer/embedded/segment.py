"""A segment: records put together and never changed again, in one file.

    sections    one after the other: arrays, names, the blocks of each lexicon
    directory   JSON: what lies where
    its length  8 bytes

What is deleted from a segment is told by the table of contents, not here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from indexer.embedded.columns import Facts, columns_of
from indexer.embedded.gathering import Gathering
from indexer.embedded.postings import (
    Lexicon,
    LexiconWriter,
    Numbers,
    Postings,
    Shape,
    Sink,
    Source,
)
from indexer.engine import Entry
from indexer.language.analysis import code_keys, pieces_and_keys
from indexer.question.tree import Field

#: Fields that are codes as a whole.
CODED = frozenset({Field.CODE, Field.NUMBER, Field.UNIT, Field.CONTRACT})
_TAIL = 8


def keyed(field: Field) -> str:
    """The name of the lexicon that holds a field's dates and codes, however they are written."""
    return f"{field.value}.key"


#: For each field its lexicon, the lexicon of its keys, and whether it is a code as a whole.
_FIELDS = tuple((field.value, keyed(field), field in CODED) for field in Field)


def gather(into: Mapping[str, Gathering], document: int, entry: Entry) -> Iterator[tuple[str, int]]:
    """Take the words and keys of *entry* into its lexicons; how many each has got."""
    for words, keys, coded in _FIELDS:
        text = getattr(entry, words)
        if text:
            pieces, found = pieces_and_keys(text)
            yield words, into[words].add_pieces(document, pieces)
            yield keys, into[keys].add(document, code_keys(text) if coded else found)


class SegmentFile:
    """A segment being written."""

    def __init__(self, file: Any) -> None:
        self._file: Sink = file
        self._places: dict[str, tuple[int, str, int]] = {}
        self._values: dict[str, Sequence[Any]] = {}
        self._shapes: dict[str, Any] = {}

    def keep(self, name: str, numbers: Numbers) -> None:
        """An array."""
        self._places[name] = (self._file.tell(), numbers.dtype.str, len(numbers))
        self._file.write(numbers.tobytes() + bytes(-numbers.nbytes % 8))

    def names(self, name: str, texts: Iterable[bytes]) -> None:
        """Texts that are read one by one."""
        texts = list(texts)
        self.keep(f"{name}.ends", np.cumsum([len(text) for text in texts], dtype="<u4"))
        self.keep(f"{name}.text", np.frombuffer(b"".join(texts), "u1"))

    def column(self, name: str, facts: Facts) -> None:
        """A column of facts."""
        self._values[name] = facts.values
        self.keep(f"{name}.facts", facts.numbers)

    def lexicon(self, name: str, postings: Iterable[Postings], *, times: int, last: int) -> None:
        """A lexicon; *times* and *last* are the largest number of times and the last position in it."""
        writer = LexiconWriter(self._file, *Shape.widths(times, last))
        for part in postings:
            writer.add(part)
        shape, first = writer.close()
        if shape.terms:
            self._shapes[name] = asdict(shape)
            self.names(f"{name}.first", first)

    def finish(self) -> None:
        """The directory; nothing may be added after it."""
        told = {"places": self._places, "values": self._values, "shapes": self._shapes}
        data = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        self._file.write(data + len(data).to_bytes(_TAIL, "little"))


def write(file: Any, entries: Sequence[Entry]) -> None:
    """Write *entries* as a segment; at most `MOST_DOCUMENTS` of them."""
    segment, gathered = SegmentFile(file), defaultdict[str, Gathering](Gathering)
    lengths = defaultdict[str, Numbers](lambda: np.zeros(len(entries), "<u4"))
    for document, entry in enumerate(entries):
        for name, count in gather(gathered, document, entry):
            lengths[name][document] = count
    identify(
        segment, [one.uid for one in entries], [one.version for one in entries], [one.code for one in entries]
    )
    for name, facts in columns_of(entries).items():
        segment.column(name, facts)
    for name in sorted(gathered):
        segment.keep(f"{name}.lengths", lengths[name])
        postings = gathered[name].postings()
        times = int(postings.times.max(initial=0))
        segment.lexicon(name, [postings], times=times, last=int(lengths[name].max()))
    segment.finish()


def identify(
    segment: SegmentFile, uids: Sequence[str], versions: Sequence[int], codes: Sequence[str]
) -> None:
    """Who the documents are: uid, version and code of each, and both orders."""
    segment.keep("version", np.array(versions, "<i8"))
    named = [uid.encode() for uid in uids]
    segment.names("uid", named)
    segment.keep("uid.order", np.array(sorted(range(len(named)), key=named.__getitem__), "<u2"))
    segment.names("code", (code.encode("utf-8", "surrogatepass") for code in codes))
    rank = np.empty(len(codes), "<u2")
    rank[sorted(range(len(codes)), key=lambda at: (codes[at], uids[at]))] = np.arange(len(codes))
    segment.keep("code.rank", rank)


class Names:
    """Texts of a segment, read one by one."""

    def __init__(self, file: Source, ends: Numbers, start: int) -> None:
        self._file, self._ends, self._start = file, ends, start

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, at: int) -> str:
        first = int(self._ends[at - 1]) if at else 0
        return self._file.read(self._start + first, int(self._ends[at]) - first).decode(
            "utf-8", "surrogatepass"
        )

    def all(self) -> list[bytes]:
        """All of them."""
        ends = [0, *self._ends.tolist()]
        data = bytes(self._file.read(self._start, ends[-1]))
        return [data[first:last] for first, last in pairwise(ends)]


class Segment:
    """A written segment; what is asked for is read and, where it is small, kept."""

    def __init__(self, file: Any) -> None:
        self.file = file
        size = int.from_bytes(file.read(file.size - _TAIL, _TAIL), "little")
        told = json.loads(file.read(file.size - _TAIL - size, size))
        self._places: Mapping[str, tuple[int, str, int]] = told["places"]
        self._values: Mapping[str, Sequence[Any]] = told["values"]
        self._shapes: Mapping[str, Mapping[str, Any]] = told["shapes"]
        self._arrays: dict[str, Numbers] = {}
        self._lexicons: dict[str, Lexicon | None] = {}

    def __len__(self) -> int:
        return self._places["version"][2]

    def array(self, name: str) -> Numbers:
        """One of its arrays."""
        if name not in self._arrays:
            start, kind, count = self._places[name]
            data = self.file.read(start, count * np.dtype(kind).itemsize)
            self._arrays[name] = np.frombuffer(data, kind)
        return self._arrays[name]

    def facts(self, name: str) -> Facts:
        """One of its columns."""
        return self._columns.setdefault(name, Facts(self._values[name], self.array(f"{name}.facts")))

    @cached_property
    def _columns(self) -> dict[str, Facts]:
        return {}

    @property
    def columns(self) -> list[str]:
        """The names of its columns."""
        return list(self._values)

    @property
    def lexicons(self) -> list[str]:
        """The names of its lexicons."""
        return list(self._shapes)

    def lexicon(self, name: str) -> Lexicon | None:
        """The terms of one field; None if no document has any."""
        if name not in self._lexicons:
            shape = self._shapes.get(name)
            first = self.names(f"{name}.first").all() if shape else []
            self._lexicons[name] = Lexicon(self.file, Shape(**shape), first) if shape else None
        return self._lexicons[name]

    def lengths(self, name: str) -> Numbers | None:
        """How many terms of one field each document has; None if none has any."""
        return self.array(f"{name}.lengths") if f"{name}.lengths" in self._places else None

    def starts(self, name: str) -> Numbers:
        """Where each document begins when all are laid end to end, in one field that has terms."""
        key = f"{name}.starts"
        if key not in self._arrays:
            lengths = self.array(f"{name}.lengths")
            ends = np.cumsum(lengths, dtype=np.int64)
            self._arrays[key] = (ends - lengths).astype(np.int64 if int(ends[-1]) >> 31 else np.int32)
        return self._arrays[key]

    def names(self, name: str) -> Names:
        """Its uids, codes or first terms."""
        return Names(self.file, self.array(f"{name}.ends"), self._places[f"{name}.text"][0])

    @cached_property
    def uids(self) -> Names:
        """The uid of each document."""
        return self.names("uid")

    @cached_property
    def codes(self) -> Names:
        """The code of each document."""
        return self.names("code")

    @cached_property
    def _named(self) -> Numbers:
        """The uids in order."""
        return np.array(self.uids.all(), bytes)[self.array("uid.order")]

    def documents(self, uids: Iterable[str]) -> dict[str, int]:
        """The numbers of those of *uids* that are here."""
        asked = list(uids)
        if not asked or not len(self):
            return {}
        names = np.array([uid.encode() for uid in asked])
        places = np.minimum(np.searchsorted(self._named, names), len(self) - 1)
        here = self._named[places] == names
        numbers = self.array("uid.order")[places]
        return {asked[at]: int(numbers[at]) for at in np.flatnonzero(here).tolist()}
