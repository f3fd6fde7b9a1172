"""The embedded engine: two Whoosh indexes, open and sealed, in one encrypted folder.

    mark      last outbox number, version of analysis, generation of both indexes; written last
    open/     records below CONFIDENTIAL
    sealed/   records at CONFIDENTIAL and above
    lock      who writes

The mark is written after both indexes are on the disk: after a crash it may lag, never lead, and putting
the same versions again changes nothing. Whoosh's `refresh` and `reader(reuse=)` bring deleted documents
back and are never used: segments are opened from the table of contents.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from whoosh.index import TOC, EmptyIndexError, FileIndex
from whoosh.reading import SegmentReader
from whoosh.writing import MERGE_SMALL

from archive.errors import Busy, Damaged, IndexOutdated
from indexer.analysis import ANALYSIS_VERSION
from indexer.engine import Entry, Filters, Found, Part, Scope
from indexer.matching import Facts, Leaf, Segment, indexed, page, ranked
from indexer.postings import FACTS, SCHEMA, PackedWriter
from indexer.query import Tree
from indexer.storage import SealedFolder, SealedStorage, Sealer

_INDEX = "MAIN"
_MARK = "mark"
_TRIES = 10  # a reader starts again when the writer removes a file under it


@dataclass(frozen=True, slots=True)
class State:
    """What the mark file says; *generations*: of the open and the sealed index."""

    mark: int
    analysis: int
    generations: tuple[int, int]


class Partition:
    """One Whoosh index and the segments of it that are in memory."""

    def __init__(self, part: Part, folder: Path, sealer: Sealer) -> None:
        self.part, self.sealed = part, part is Part.SEALED
        self.folder = SealedFolder(folder / part.value, sealer, part.value)
        self.storage = SealedStorage(self.folder)
        self._known: tuple[int, tuple[Leaf, ...]] = (-1, ())
        self._segments: dict[str, Segment] = {}

    def create(self) -> None:
        """Begin anew, empty."""
        self.close()
        self.folder.clear()
        TOC.create(self.storage, SCHEMA, _INDEX)

    def generation(self) -> int:
        """The number of the newest table of contents; -1 without one."""
        return int(TOC._latest_generation(self.storage, _INDEX))  # noqa: SLF001 - Whoosh offers no other

    def leaves(self, least: int) -> tuple[Leaf, ...]:
        """The segments as they stand; Damaged if a file is false, gone, or older than generation *least*."""
        for _ in range(_TRIES):
            generation = self.generation()
            if generation < least:
                raise Damaged(what=self.part, where=self.folder.folder.name)
            if generation == self._known[0]:
                return self._known[1]
            try:
                self._known = (generation, self._open(generation))
            except (FileNotFoundError, EmptyIndexError):
                continue
            return self._known[1]
        raise Damaged(what=self.part, where=self.folder.folder.name)

    def document(self, uid: str) -> tuple[int, int, int] | None:
        """Where the living version of *uid* stands: leaf, document, version; asked after `leaves`."""
        for at, leaf in enumerate(self._known[1]):
            document = leaf.segment.uids.get(uid)
            if document is not None and document not in leaf.deleted:
                return at, document, leaf.segment.facts[document].version
        return None

    def write(self, entries: list[Entry], doomed: Iterable[str], erased: Iterable[str]) -> None:
        """Commit: add *entries*, delete *doomed*, and rewrite at once the segments that held *erased*."""
        places = {uid: place for uid in {*doomed, *erased} if (place := self.document(uid))}
        if not entries and not places:
            return
        writer = PackedWriter(FileIndex(self.storage, SCHEMA, _INDEX))
        for at, document, _ in places.values():
            writer.segments[at].delete_document(document)
        rewritten = {writer.segments[places[uid][0]].segment_id() for uid in erased if uid in places}
        for entry in entries:
            writer.add(*indexed(entry))
        writer.commit(mergetype=_merging(rewritten))
        self.folder.settle()

    def sweep(self) -> None:
        """Remove what an interrupted writer left behind."""
        for name in self.folder.names():
            if ".toc." in name or name.endswith(".new"):
                self.folder.delete(name)

    def close(self) -> None:
        """Let go of everything decrypted."""
        self._known, self._segments = (-1, ()), {}
        self.folder.forget()

    def _open(self, generation: int) -> tuple[Leaf, ...]:
        toc = TOC.read(self.storage, _INDEX, gen=generation, schema=SCHEMA)
        held = {each.segment_id(): self._segment(each) for each in toc.segments}
        self._segments = held
        return tuple(
            Leaf(held[each.segment_id()], frozenset(each.deleted_docs()), self.sealed)
            for each in toc.segments
        )

    def _segment(self, segment: Any) -> Segment:
        """A segment in memory; it never changes, only what is deleted from it does."""
        known = self._segments.get(segment.segment_id())
        if known is not None:
            return known
        codec = segment.codec()
        lexicons = codec.terms_reader(self.storage, segment).fields
        column = codec.per_document_reader(self.storage, segment).column_reader(
            FACTS, SCHEMA[FACTS].column_type
        )
        return Segment(lexicons, (Facts.read(column[n]) for n in range(segment.doc_count_all())))


class WhooshEngine:
    """The engine over a folder; safe for several threads that search while one process writes."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        self._root = SealedFolder(folder, sealer, Part.WHOLE.value)
        self._open = Partition(Part.OPEN, folder, sealer)
        self._sealed = Partition(Part.SEALED, folder, sealer)
        self._reading = threading.Lock()

    def put(self, entries: Iterable[Entry], drops: Iterable[str] = (), *, mark: int) -> None:
        """Take in versions, forget *drops*, remember *mark* (see `Engine.put`)."""
        with self._alone():
            state = self._state() or self._create()
            self._leaves(state)
            dropped = frozenset(drops)
            news = self._news(entry for entry in entries if entry.uid not in dropped)
            # The open index first: what is sealed from now on leaves it before anything else happens.
            for partition in (self._open, self._sealed):
                self._write(partition, news, dropped)
            self._keep(max(mark, state.mark))

    def find(
        self,
        tree: Tree,
        scope: Scope,
        filters: Filters = Filters(),  # noqa: B008 - frozen
        *,
        limit: int = 20,
        offset: int = 0,
    ) -> Found:
        """The records that are meant, best first (see `Engine.find`)."""
        leaves = self._leaves(self._state(), sealed=scope.sealed)
        return page(ranked(leaves, tree, scope, filters), limit, offset)

    def mark(self) -> int:
        """The last mark put; 0 for a new index."""
        state = self._state()
        return state.mark if state else 0

    def count(self) -> int:
        """How many records can be found at all."""
        leaves = self._leaves(self._state())
        return sum(len(leaf.segment.facts) - len(leaf.deleted) for leaf in leaves)

    def dump(self) -> Iterator[tuple[object, ...]]:
        """Per record its facts and terms with positions, by uid: equal for equal records, however put."""
        rows = (row for leaf in self._leaves(self._state()) for row in _rows(leaf))
        yield from sorted(rows, key=lambda row: str(row[0]))

    def close(self) -> None:
        """Let go of everything decrypted; the next question opens it again."""
        with self._reading:
            self._root.forget()
            self._open.close()
            self._sealed.close()

    def wipe(self) -> None:
        """Delete the index; the mark goes first, so that a crash leaves a new one, not half an old one."""
        with self._alone():
            self._root.forget()
            (self._root.folder / _MARK).unlink(missing_ok=True)
            self._root.settle()
            self._open.create()
            self._sealed.create()

    # --- reading

    def _leaves(self, state: State | None, *, sealed: bool = True) -> list[Leaf]:
        """The segments of both indexes, or of the open one."""
        if state is None:
            return []
        with self._reading:
            leaves = list(self._open.leaves(state.generations[0]))
            if sealed:
                leaves += self._sealed.leaves(state.generations[1])
            return leaves

    def _state(self) -> State | None:
        """The mark file; None for a new index, IndexOutdated if the analysis was another."""
        try:
            told = json.loads(self._root.read(_MARK))
        except FileNotFoundError:
            return None
        if told["analysis"] != ANALYSIS_VERSION:
            raise IndexOutdated(found=told["analysis"], known=ANALYSIS_VERSION)
        return State(told["mark"], told["analysis"], tuple(told["generations"]))

    # --- writing

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the writer's lock; Busy if another has it."""
        handle = os.open(self._root.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(what=Part.WHOLE) from None
            self._open.sweep()
            self._sealed.sweep()
            yield
        finally:
            os.close(handle)

    def _create(self) -> State:
        """A new index: the mark last."""
        self._open.create()
        self._sealed.create()
        return self._keep(0)

    def _keep(self, mark: int) -> State:
        """Write the mark file."""
        generations = (self._open.generation(), self._sealed.generation())
        told = {"mark": mark, "analysis": ANALYSIS_VERSION, "generations": generations}
        self._root.write_whole(_MARK, json.dumps(told).encode())
        return State(mark, ANALYSIS_VERSION, generations)

    def _news(self, entries: Iterable[Entry]) -> list[Entry]:
        """The newest version of each record, unless the index knows a newer one."""
        newest: dict[str, Entry] = {}
        for entry in entries:
            if entry.uid not in newest or newest[entry.uid].version <= entry.version:
                newest[entry.uid] = entry
        return [entry for entry in newest.values() if not self._knows(entry)]

    def _knows(self, entry: Entry) -> bool:
        """True if a newer version is held."""
        places = (partition.document(entry.uid) for partition in (self._open, self._sealed))
        return any(place is not None and place[2] > entry.version for place in places)

    def _write(self, partition: Partition, news: list[Entry], dropped: frozenset[str]) -> None:
        """Bring one index up to date; what leaves it for good is erased from its segments."""
        added: list[Entry] = []
        moved = [entry.uid for entry in news if entry.sealed != partition.sealed]
        for entry in news:
            place = partition.document(entry.uid)
            if entry.sealed == partition.sealed and (place is None or place[2] < entry.version):
                added.append(entry)
        partition.write(added, [entry.uid for entry in added], {*dropped, *moved})


def _merging(rewritten: set[str]) -> Callable[[Any, list[Any]], list[Any]]:
    """Whoosh's merge policy, and besides rewrite the segments named: deleted postings stay until then."""

    def merge(writer: Any, segments: list[Any]) -> list[Any]:
        living = [segment for segment in segments if segment.doc_count()]  # the others go as they are
        kept = [segment for segment in living if segment.segment_id() not in rewritten]
        for segment in living:
            if segment.segment_id() in rewritten:
                writer.add_reader(SegmentReader(writer.storage, writer.schema, segment))
        return list(MERGE_SMALL(writer, kept))

    return merge


def _rows(leaf: Leaf) -> Iterator[tuple[object, ...]]:
    """The living records of a leaf with every term and position."""
    held: dict[int, list[tuple[str, str, tuple[int, ...]]]] = {n: [] for n in range(len(leaf.segment.facts))}
    for name, lexicon in sorted(leaf.segment.lexicons.items()):
        low = (1 << lexicon.shift) - 1
        for at, term in enumerate(lexicon.terms):
            positions: dict[int, list[int]] = {}
            for place in lexicon.of(at):
                positions.setdefault(place >> lexicon.shift, []).append(place & low)
            for document, row in positions.items():
                held[document].append((name, term, tuple(row)))
    for document, facts in enumerate(leaf.segment.facts):
        if document not in leaf.deleted:
            yield (*astuple(facts), leaf.sealed, tuple(held[document]))
