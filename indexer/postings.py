"""How terms lie in a Whoosh segment: packed arrays of places, no token objects, no pickles.

A *place* is one integer, `document << shift | position`, so that adjacency is subtraction and a phrase is
an intersection of sets; *shift* and the width (32 or 64 bits) are chosen per field and segment.
Whoosh keeps what it is good at: segments, table of contents, columns, deletions, merging.

    .pst   places of every term of every field, one array after the other
    .trm   JSON {field: [shift, typecode, terms, ends]}; ends[i]: where the places of term i end in .pst
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from whoosh.codec.whoosh3 import W3Codec
from whoosh.columns import VarBytesColumn
from whoosh.fields import COLUMN, Schema
from whoosh.writing import SegmentWriter

FACTS = "facts"
SCHEMA = Schema(facts=COLUMN(VarBytesColumn()))
_WIDE = 32  # while documents are added: document << 32 | position
_LOW = (1 << _WIDE) - 1


class Lexicon(NamedTuple):
    """The terms of one field in one segment and where their places are."""

    shift: int
    terms: list[str]
    ends: list[int]
    places: memoryview

    def of(self, at: int) -> memoryview:
        """The places of the term number *at*, ascending."""
        return self.places[self.ends[at - 1] if at else 0 : self.ends[at]]

    def term(self, term: str) -> memoryview | None:
        """The places of *term*."""
        at = bisect_left(self.terms, term)
        return self.of(at) if at < len(self.terms) and self.terms[at] == term else None

    def beginning(self, prefix: str) -> list[memoryview]:
        """The places of every term that begins with *prefix*."""
        at = bisect_left(self.terms, prefix)
        found = []
        while at < len(self.terms) and self.terms[at].startswith(prefix):
            found.append(self.of(at))
            at += 1
        return found


class Pool:
    """The places gathered for the segment being written."""

    def __init__(self) -> None:
        self.fields: dict[str, defaultdict[str, array[int]]] = {}

    def field(self, name: str) -> defaultdict[str, array[int]]:
        """The terms of one field."""
        return self.fields.setdefault(name, defaultdict(partial(array, "Q")))

    def add(self, name: str, document: int, terms: Iterable[str]) -> None:
        """Take in the terms of one field of one document, in order."""
        gathered = self.field(name)
        for place, term in enumerate(terms, document << _WIDE):
            gathered[term].append(place)

    def iter_postings(self) -> Pool:
        """Whoosh hands this on to the field writer."""
        return self

    def cleanup(self) -> None:
        """Let go of everything."""
        self.fields = {}


class PackedFieldWriter:
    """Writes the pool of a segment."""

    def __init__(self, storage: Any, segment: Any) -> None:
        self._storage, self._segment = storage, segment
        self.is_closed = False

    def add_postings(self, _schema: object, _lengths: object, pool: Pool) -> None:
        """Write both files from what the pool gathered."""
        head: dict[str, tuple[int, str, list[str], list[int]]] = {}
        with self._segment.create_file(self._storage, PackedCodec.POSTS_EXT) as file:
            for name in sorted(pool.fields):
                head[name] = _write_field(file, pool.fields[name])
        with self._segment.create_file(self._storage, PackedCodec.TERMS_EXT) as file:
            file.write(json.dumps(head, ensure_ascii=False).encode("utf-8", "surrogatepass"))

    def close(self) -> None:
        """Nothing is left to be written."""
        self.is_closed = True


class PackedTerms:
    """The terms of one segment, in memory."""

    def __init__(self, terms: bytes, places: bytes) -> None:
        self.fields: dict[str, Lexicon] = {}
        start = 0
        for name, (shift, typecode, words, ends) in json.loads(terms).items():
            length = (ends[-1] if ends else 0) * array(typecode).itemsize
            packed = memoryview(places)[start : start + length].cast(typecode)
            self.fields[name] = Lexicon(shift, words, ends, packed)
            start += -(-length // 8) * 8

    def indexed_field_names(self) -> list[str]:
        """Whoosh asks before merging."""
        return list(self.fields)

    def close(self) -> None:
        """Let go of the arrays."""
        self.fields = {}


class PackedCodec(W3Codec):  # type: ignore[misc]  # Whoosh has no types
    """Whoosh's codec with our terms and places."""

    length_stats = False  # lengths are kept with the facts

    def field_writer(self, storage: Any, segment: Any) -> PackedFieldWriter:
        """The writer of a new segment's terms."""
        return PackedFieldWriter(storage, segment)

    def terms_reader(self, storage: Any, segment: Any) -> PackedTerms:
        """The terms of a written segment."""
        folder = storage.sealed
        terms = folder.read(segment.make_filename(self.TERMS_EXT))
        return PackedTerms(terms, folder.read(segment.make_filename(self.POSTS_EXT)))


class PackedWriter(SegmentWriter):  # type: ignore[misc]  # Whoosh has no types
    """Whoosh's writer, fed with rows of terms."""

    def __init__(self, index: Any) -> None:
        super().__init__(index, codec=PackedCodec(), compound=False)
        self.pool = Pool()

    def add(self, facts: bytes, fields: Iterable[tuple[str, Iterable[str]]]) -> None:
        """One document: its facts for the column, and per field its terms in order."""
        self.perdocwriter.start_doc(self.docnum)
        self.perdocwriter.add_column_value(FACTS, SCHEMA[FACTS].column_type, facts)
        for name, terms in fields:
            self.pool.add(name, self.docnum, terms)
        self.perdocwriter.finish_doc()
        self._added = True
        self.docnum += 1

    def add_postings_to_pool(self, reader: Any, startdoc: int, docmap: dict[int, int] | None) -> None:
        """Merge a segment term by term, without its deleted documents."""
        read = self.codec.terms_reader(self.storage, reader.segment())
        for name, lexicon in read.fields.items():
            gathered = self.pool.field(name)
            for at, term in enumerate(lexicon.terms):
                moved = array("Q", _moved(lexicon.of(at), lexicon.shift, startdoc, docmap))
                if moved:
                    gathered[term].extend(moved)


def _moved(places: memoryview, shift: int, start: int, documents: dict[int, int] | None) -> Iterator[int]:
    """Places of a merged segment as places of the new one; deleted documents fall out."""
    low = (1 << shift) - 1
    for place in places:
        old = place >> shift
        new = old + start if documents is None else documents.get(old)
        if new is not None:
            yield new << _WIDE | place & low


def _write_field(file: Any, gathered: dict[str, array[int]]) -> tuple[int, str, list[str], list[int]]:
    """Write the places of one field, padded to 8 bytes; its line of the terms file."""
    terms = sorted(term for term, places in gathered.items() if places)
    highest = max((place & _LOW for term in terms for place in gathered[term]), default=0)
    last = max((gathered[term][-1] >> _WIDE for term in terms), default=0)
    shift = max(1, highest.bit_length())
    typecode = "I" if (last + 1) << shift <= 1 << 32 else "Q"
    ends: list[int] = []
    count = 0
    for term in terms:
        places = array(typecode, [place >> _WIDE << shift | place & _LOW for place in gathered[term]])
        count += len(places)
        ends.append(count)
        file.write(places.tobytes())
    file.write(b"\0" * (-count * array(typecode).itemsize % 8))
    return shift, typecode, terms, ends
