"""The embedded engine: two Whoosh indexes, open and sealed, in one encrypted folder.

    mark      last outbox number, version of analysis, generation of both indexes; written last
    open/     records below CONFIDENTIAL
    sealed/   records at CONFIDENTIAL and above
    lock      who writes

The mark is written after both indexes are on the disk: after a crash it may lag, never lead, and putting
the same versions again changes nothing. A record that changes sides leaves the one before it enters the
other, so that no reader finds it twice.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from archive.errors import Busy, IndexOutdated
from indexer.embedded.chunks import ChunkCache
from indexer.embedded.columns import BUCKET
from indexer.embedded.dumping import rows
from indexer.embedded.likeness import alike, near
from indexer.embedded.matching import Leaf, found
from indexer.embedded.partition import Partition
from indexer.embedded.storage import SealedFolder, Sealer
from indexer.engine import Asking, Entry, Found, Part, Scope
from indexer.language.analysis import ANALYSIS_VERSION
from indexer.question.tree import Field, Term, Tree

#: The layout of segments; like the version of analysis: another number means, build it anew.
LAYOUT = 2
_MARK = "mark"
_TRIES = 100
#: Seconds to wait for another writer: putting a merged segment in place takes a moment.
PATIENCE = 5.0
_PAUSE = 0.01


@dataclass(frozen=True, slots=True)
class State:
    """What the mark file says; *generations*: of the open and the sealed index."""

    mark: int
    generations: tuple[int, int]


class WhooshEngine:
    """The engine over a folder; safe for several threads that search while one process writes."""

    def __init__(self, folder: Path, sealer: Sealer, *, chunks: ChunkCache | None = None) -> None:
        kept = chunks or ChunkCache()
        self._root = SealedFolder(folder, sealer, folder.name, chunks=kept)
        self._open = Partition(Part.OPEN, folder, sealer, kept)
        self._sealed = Partition(Part.SEALED, folder, sealer, kept)
        self._reading = threading.Lock()

    # --- writing

    def put(self, entries: Iterable[Entry], drops: Iterable[str] = (), *, mark: int) -> None:
        """Take in versions, forget *drops*, remember *mark* (see `Engine.put`)."""
        with self._alone():
            state = self._state() or self._create()
            dropped = frozenset(drops)
            news = _newest(entry for entry in entries if entry.uid not in dropped)
            self._write(news, dropped, state)
            self._keep(max(mark, state.mark))

    def tidy(self, *, thorough: bool = False) -> bool:
        """Merge one group of segments that is due (see `Engine.tidy`)."""
        if self._state() is None:
            return False
        parts = (self._open, self._sealed)
        merged = [one.merge_aside(self._alone, thorough=thorough) for one in parts]
        return any(merged)

    def purge(self, uids: Iterable[str]) -> None:
        """Take every trace of *uids* out for good (see `Engine.purge`)."""
        wanted = list(uids)
        with self._alone():
            state = self._state()
            if state is None:
                return
            for part, generation in zip((self._open, self._sealed), state.generations, strict=True):
                part.leaves(generation)
                part.purge(wanted)
            self._keep(state.mark)

    def residue(self, uids: Iterable[str]) -> AbstractSet[str]:
        """Those of *uids* of which any file holds more than a tombstone (see `Engine.residue`)."""
        wanted = list(uids)
        return self._open.residue(wanted) | self._sealed.residue(wanted)

    def wipe(self) -> None:
        """Delete the index; the mark goes first, so that a crash leaves a new one, not half an old one."""
        with self._alone():
            self._root.forget()
            (self._root.folder / _MARK).unlink(missing_ok=True)
            self._root.settle()
            self._open.create()
            self._sealed.create()
            self._root.drop_keys()

    # --- asking

    def find(self, tree: Tree, scope: Scope, asking: Asking = Asking()) -> Found:  # noqa: B008 - frozen
        """The records that are meant, in the order asked for (see `Engine.find`)."""
        return found(self._leaves(sealed=scope.sealed), tree, scope, asking)

    def alike(
        self, texts: Mapping[Field, str], scope: Scope, *, narrowed: Tree | None = None, limit: int = 20
    ) -> Found:
        """The records most like *texts* (see `Engine.alike`)."""
        return alike(self._leaves(sealed=scope.sealed), texts, scope, narrowed, limit)

    def near(self, term: Term, scope: Scope, *, limit: int = 5) -> tuple[str, ...]:
        """Words like *term* that do stand in what *scope* may find (see `Engine.near`)."""
        return near(self._leaves(sealed=scope.sealed), term, scope, limit)

    def buckets(self, *, sealed: bool) -> AbstractSet[str]:
        """The access buckets of all records held (see `Engine.buckets`)."""
        values = (leaf.segment.facts(BUCKET).values for leaf in self._leaves(sealed=sealed))
        return frozenset(str(value) for each in values for value in each)

    def mark(self) -> int:
        """The last mark put; 0 for a new index."""
        state = self._state()
        return state.mark if state else 0

    def count(self) -> int:
        """How many records can be found at all."""
        return sum(int(np.count_nonzero(leaf.alive)) for leaf in self._leaves())

    def segments(self) -> list[int]:
        """How many records each segment holds, living or deleted."""
        return [len(leaf.segment) for leaf in self._leaves()]

    def dump(self) -> Iterator[tuple[object, ...]]:
        """Per record its facts and a digest of its terms and positions, by uid: equal for equal records."""
        yield from sorted((row for leaf in self._leaves() for row in rows(leaf)), key=lambda row: str(row[0]))

    def close(self) -> None:
        """Let go of everything decrypted; the next question opens it again."""
        with self._reading:
            self._root.forget()
            self._open.close()
            self._sealed.close()

    # --- reading

    def _leaves(self, *, sealed: bool = True) -> list[Leaf]:
        """The segments of both indexes as they stood at one moment, or of the open one."""
        with self._reading:
            for _ in range(_TRIES):
                state = self._state()
                if state is None:
                    return []
                opened = self._open.leaves(state.generations[0])
                more = self._sealed.leaves(state.generations[1]) if sealed else ()
                if self._open.leaves() is opened or not sealed:
                    return [*opened, *more]
        raise Busy(what=Part.WHOLE)

    def _state(self) -> State | None:
        """The mark file; None for a new index, IndexOutdated if analysis or layout was another."""
        try:
            told = json.loads(self._root.read(_MARK))
        except FileNotFoundError:
            return None
        version = (told["analysis"], told.get("layout", 1))
        if version != (ANALYSIS_VERSION, LAYOUT):
            raise IndexOutdated(found=version, known=(ANALYSIS_VERSION, LAYOUT))
        return State(told["mark"], tuple(told["generations"]))

    # --- writing, the parts

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the writer's lock; Busy if another still has it after some seconds."""
        until = time.monotonic() + PATIENCE
        handle = os.open(self._root.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not _taken(handle):
                if time.monotonic() >= until:
                    raise Busy(what=Part.WHOLE)
                time.sleep(_PAUSE)
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
        told = {"mark": mark, "analysis": ANALYSIS_VERSION, "layout": LAYOUT, "generations": generations}
        self._root.write_whole(_MARK, json.dumps(told).encode())
        return State(mark, generations)

    def _write(self, news: Mapping[str, Entry], dropped: frozenset[str], state: State) -> None:
        """Bring both indexes up to date; what leaves one for good is erased from its segments."""
        self._open.leaves(state.generations[0])
        self._sealed.leaves(state.generations[1])
        asked = [*news, *dropped]
        known = {True: self._sealed.versions(asked), False: self._open.versions(asked)}
        fresh = [
            one
            for one in news.values()
            if one.version >= max(held.get(one.uid, -1) for held in known.values())
        ]
        leaving = {one.uid: one.sealed for one in fresh if one.uid in known[not one.sealed]}
        if disclosed := [uid for uid, sealed in leaving.items() if not sealed]:
            self._sealed.write([], [], disclosed)
        for partition in (self._open, self._sealed):
            mine = [one for one in fresh if one.sealed == partition.sealed]
            added = [one for one in mine if known[partition.sealed].get(one.uid, -1) < one.version]
            gone = [
                uid for uid, sealed in leaving.items() if sealed != partition.sealed and uid not in disclosed
            ]
            partition.write(added, [one.uid for one in added], {*dropped, *gone})


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _newest(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The newest version of each record."""
    newest: dict[str, Entry] = {}
    for entry in entries:
        if entry.uid not in newest or newest[entry.uid].version <= entry.version:
            newest[entry.uid] = entry
    return newest
