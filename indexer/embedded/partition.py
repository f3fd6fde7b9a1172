"""One Whoosh index, open or sealed: segments, a table of contents, and what keeps both small.

Whoosh gives what it is good at: numbered tables of contents, each replacing the one before at once, and
segments that never change. A segment is one file of ours; what is deleted from it is a bitmap in the table
of contents. A commit adds; what is due to be merged is merged aside (`merge_aside`), while others write, and put
in place in one commit.

Whoosh's `refresh` and `reader(reuse=)` bring deleted documents back and are never used.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from whoosh.codec.base import Segment as WhooshSegment
from whoosh.fields import Schema
from whoosh.index import TOC, EmptyIndexError

from archive.errors import Damaged, KeyGone, SealBroken
from archive.faults import point
from archive.values import VolumeState
from indexer.embedded.chunks import ChunkCache
from indexer.embedded.matching import Leaf
from indexer.embedded.merging import Kept, Weight, due, merge
from indexer.embedded.postings import MOST_DOCUMENTS, Numbers
from indexer.embedded.segment import Segment, keyed, write
from indexer.embedded.storage import SealedFolder, SealedStorage, Sealer
from indexer.engine import Entry, Part
from indexer.question.tree import Column, Field

_INDEX, _FILE = "MAIN", ".seg"
_SCHEMA = Schema()
#: So many segments may wait for `merge_aside`; then a commit merges the shortest itself, up to so many documents.
MANY, AT_ONCE = 48, 512
#: The most documents merged aside as long as there are not many segments: somebody may be waiting all the same.
SOON = 4_096
#: Characters of text that go into one new segment.
_BITE = 4_000_000
#: The lexicons a tombstone may have words in: its title, where that may stay, and its code.
STAYING = frozenset(name for field in (Field.TITLE, Field.CODE) for name in (field.value, keyed(field)))
#: How often a reader looks before what it finds wrong is damage, and the seconds between.
_LOOKS, _PAUSE = 4, 0.003


class Listed(WhooshSegment):  # type: ignore[misc]  # Whoosh has no types
    """A segment as the table of contents lists it: its name, its size, and what of it is deleted."""

    def __init__(self, count: int = 0) -> None:
        super().__init__(_INDEX)
        self.count, self.dead = count, b""

    @property
    def file(self) -> str:
        """The name of its file."""
        return str(self.make_filename(_FILE))

    def alive(self) -> Numbers:
        """For each document, whether it still is."""
        if not self.dead:
            return np.ones(self.count, bool)
        return ~np.unpackbits(np.frombuffer(self.dead, np.uint8), count=self.count).astype(bool)

    def delete(self, documents: Iterable[int]) -> None:
        """Take *documents* out."""
        alive = self.alive()
        alive[list(documents)] = False
        self.dead = np.packbits(~alive).tobytes()

    def weight(self) -> Weight:
        """How many documents it holds, and how many of them live."""
        return Weight(self.count, int(np.count_nonzero(self.alive())))

    def doc_count(self) -> int:
        """How many of them live."""
        return self.weight().living


@dataclass(frozen=True, eq=False)
class _Standing:
    """A table of contents with its segments open."""

    generation: int = -1
    leaves: tuple[Leaf, ...] = ()

    @cached_property
    def segments(self) -> Mapping[str, Segment]:
        """The segments by the names of their files."""
        return {leaf.file: leaf.segment for leaf in self.leaves}


class Partition:
    """One Whoosh index and the segments of it that are open."""

    def __init__(self, part: Part, folder: Path, sealer: Sealer, chunks: ChunkCache) -> None:
        self.part, self.sealed = part, part is Part.SEALED
        self.folder = SealedFolder(folder / part.value, sealer, f"{folder.name}/{part.value}", chunks=chunks)
        self._storage = SealedStorage(self.folder)
        self._known = _Standing()

    # --- reading

    def generation(self) -> int:
        """The number of the newest table of contents; -1 without one."""
        return int(TOC._latest_generation(self._storage, _INDEX))  # noqa: SLF001 - Whoosh offers no other

    def leaves(self, least: int = -1) -> tuple[Leaf, ...]:
        """The segments as they stand; Damaged if a file is false, gone, or older than generation *least*."""
        return self._now(least).leaves

    def versions(self, uids: Sequence[str]) -> dict[str, int]:
        """The versions of those of *uids* that live here."""
        return {uid: int(leaf.segment.array("version")[at]) for uid, (leaf, at) in self._places(uids).items()}

    def close(self) -> None:
        """Let go of everything decrypted."""
        self._known = _Standing()
        self.folder.forget()

    def _now(self, least: int = -1) -> _Standing:
        """What stands; whatever several threads find at once is the same.

        A writer may remove what was just listed: so one looks again, until the same is wrong several times.
        """
        last, looks = -2, 0
        while looks < _LOOKS:
            generation, known = self.generation(), self._known
            looks, last = looks + 1 if generation == last else 1, generation
            if generation == known.generation >= least:
                return known
            if generation >= least:
                with suppress(FileNotFoundError, EmptyIndexError):
                    self._known = _Standing(generation, tuple(self._opened(self._table(generation), known)))
                    return self._known
            time.sleep(_PAUSE)
        raise Damaged(what=self.part, where=self.folder.folder.name)

    def _places(self, uids: Sequence[str]) -> dict[str, tuple[Leaf, int]]:
        return {
            uid: (leaf, document)
            for leaf in self.leaves()
            for uid, document in leaf.segment.documents(uids).items()
            if leaf.alive[document]
        }

    def _table(self, generation: int) -> list[Listed]:
        return list(TOC.read(self._storage, _INDEX, gen=generation, schema=_SCHEMA).segments)

    def _opened(self, listed: Sequence[Listed], known: _Standing) -> Iterator[Leaf]:
        for one in listed:
            segment = known.segments.get(one.file) or Segment(self.folder.opened(one.file))
            yield Leaf(segment, one.alive(), self.sealed, one.file)

    # --- writing: the caller is the only writer

    def create(self) -> None:
        """Begin anew, empty."""
        self.close()
        self.folder.clear()
        TOC.create(self._storage, _SCHEMA, _INDEX)

    def write(self, entries: Sequence[Entry], doomed: Iterable[str], erased: Iterable[str]) -> None:
        """Commit: add *entries*, delete *doomed*, and rewrite at once the segments that held *erased*."""
        listed = self._table(self.generation())
        worn = self._delete(listed, [*doomed, *erased], frozenset(erased))
        if not entries and not worn:
            return
        living = [one for one in listed if one.doc_count()]
        listed = [self._merged([one]) if worn.get(one) else one for one in living]
        listed += [self._added(part) for part in _bites(entries)]
        chosen = due([one.weight() for one in listed], most=AT_ONCE) if len(listed) > MANY else []
        if chosen:
            listed = _with(listed, [listed[at] for at in chosen], self._merged([listed[at] for at in chosen]))
        self._commit(listed, at_once=any(worn.values()))

    def purge(self, uids: Sequence[str]) -> None:
        """Rewrite every segment that holds anything of *uids*, living or deleted, but their tombstones."""
        listed = self._table(self.generation())
        worn: set[Listed] = set()
        for one, leaf in zip(listed, self.leaves(), strict=True):
            if found := list(told_of(leaf.segment, uids).values()):
                one.delete(found)
                worn.add(one)
        if worn:
            living = [one for one in listed if one.doc_count()]
            self._commit([self._merged([one]) if one in worn else one for one in living], at_once=True)

    def residue(self, uids: Sequence[str]) -> set[str]:
        """Those of *uids* of which any file here holds anything but a tombstone, listed or left over.

        A file whose key is gone opens for nobody. Damaged where a file cannot be judged.
        """
        found: set[str] = set()
        for name in self.folder.names():
            if name.endswith(_FILE):
                try:
                    found.update(told_of(Segment(self.folder.opened(name)), uids))
                except FileNotFoundError:
                    continue
                except SealBroken as fault:
                    if not isinstance(fault.__context__, KeyGone):
                        raise
        return found

    def sweep(self) -> None:
        """Remove what an interrupted writer left behind."""
        for name in self.folder.names():
            if ".toc." in name or name.endswith(".new"):
                self.folder.delete(name)

    def _delete(
        self, listed: Sequence[Listed], uids: Sequence[str], erased: frozenset[str]
    ) -> Mapping[Listed, bool]:
        """Mark *uids* deleted; the segments they stood in, and for each whether it must be rewritten."""
        by_file = {one.file: one for one in listed}
        worn: dict[Listed, bool] = {}
        held: dict[Listed, list[int]] = {}
        for uid, (leaf, document) in self._places(uids).items():
            one = by_file[leaf.file]
            held.setdefault(one, []).append(document)
            worn[one] = worn.get(one, False) or uid in erased
        for one, documents in held.items():
            one.delete(documents)
        return worn

    def _added(self, entries: Sequence[Entry]) -> Listed:
        """A new segment of *entries*."""
        listed = Listed(len(entries))
        with self.folder.create(listed.file) as file:
            write(file, entries)
        return listed

    def _segments(self, sources: Sequence[Listed]) -> list[Segment]:
        """The segments of *sources*, open."""
        known = self._known.segments
        return [known.get(one.file) or Segment(self.folder.opened(one.file)) for one in sources]

    def _merged(self, sources: Sequence[Listed], opened: Sequence[Segment] = ()) -> Listed:
        """A new segment of what lives in *sources*."""
        opened = opened or self._segments(sources)
        kept = [Kept(each, np.flatnonzero(one.alive())) for each, one in zip(opened, sources, strict=True)]
        listed = Listed(sum(len(one.documents) for one in kept))
        with self.folder.create(listed.file) as file:
            merge(file, kept)
        return listed

    def _commit(self, listed: Sequence[Listed], *, at_once: bool = False) -> None:
        """From now on these segments stand; *at_once*: the keys of those that went are gone when it returns."""
        living = [one for one in listed if one.doc_count()]
        generation = self.generation() + 1
        point("index.before_commit")
        TOC(_SCHEMA, living, generation).write(self._storage, _INDEX)
        point("index.after_commit")
        self._clean({one.file for one in living}, generation)
        if at_once:
            self.folder.settle()
            self.folder.drop_keys()

    def _clean(self, files: set[str], generation: int) -> None:
        """Remove tables and segments that stand no longer; a segment being merged aside is left alone."""
        with self._merging() as nobody:
            known = self._known.segments
            for name in self.folder.names():
                old = name.endswith(".toc") and int(name.rsplit("_", 1)[1][:-4]) < generation
                gone = name.endswith(_FILE) and name not in files and (nobody or name in known)
                if old or gone:
                    self.folder.delete(name)

    # --- merging aside

    def merge_aside(self, alone: Callable[[], AbstractContextManager[None]], *, thorough: bool) -> bool:
        """Merge one group of segments that is due, and commit it while *alone*; True if something was merged."""
        with self._merging() as mine:
            chosen = self._chosen(alone, thorough=thorough) if mine else ()
            if not chosen:
                return False
            merged = self._merged([one for one, _ in chosen], [segment for _, segment in chosen])
            with alone():
                self._put_in_place([one for one, _ in chosen], merged)
        return True

    def _chosen(
        self, alone: Callable[[], AbstractContextManager[None]], *, thorough: bool
    ) -> Sequence[tuple[Listed, Segment]]:
        """The group due to be merged, opened while no writer can replace the table or remove a segment of it."""
        with alone():
            if self.generation() < 0:
                return ()
            listed = self._table(self.generation())
            weights = [one.weight() for one in listed]
            most = MOST_DOCUMENTS if thorough or len(listed) > MANY else SOON
            chosen = [listed[at] for at in due(weights, most=most, thorough=thorough)]
            return list(zip(chosen, self._segments(chosen), strict=True))

    def _put_in_place(self, chosen: Sequence[Listed], merged: Listed) -> None:
        """Replace *chosen* by *merged*; what was deleted meanwhile is deleted there too."""
        now = {one.file: one for one in self._table(self.generation())}
        if not all(one.file in now for one in chosen):
            self.folder.delete(merged.file)
            return
        start, dead = 0, list[int]()
        for one in chosen:
            alive, still = one.alive(), now[one.file].alive()
            dead += (start + np.flatnonzero(~still[alive])).tolist()
            start += int(np.count_nonzero(alive))
        if dead:
            merged.delete(dead)
        self.leaves()
        self._commit(_with(list(now.values()), [now[one.file] for one in chosen], merged), at_once=True)

    @contextmanager
    def _merging(self) -> Iterator[bool]:
        """Hold the lock of merging aside; False if another has it."""
        handle = os.open(self.folder.folder / "merging", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)


def told_of(segment: Segment, uids: Sequence[str]) -> dict[str, int]:
    """The documents of those of *uids* of which a segment tells more than that they are destroyed (V19)."""
    states = segment.facts(Column.STATE.value)
    words = [
        numbers
        for name in segment.lexicons
        if name not in STAYING and (numbers := segment.lengths(name)) is not None
    ]
    return {
        uid: at
        for uid, at in segment.documents(uids).items()
        if states[at] != VolumeState.DESTROYED.value or any(numbers[at] for numbers in words)
    }


def _with(listed: Sequence[Listed], chosen: Sequence[Listed], merged: Listed) -> list[Listed]:
    """*listed* with *merged* in place of those *chosen*."""
    at = listed.index(chosen[0])
    return [
        *(one for one in listed[:at] if one not in chosen),
        merged,
        *(one for one in listed[at:] if one not in chosen),
    ]


def _bites(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """*entries* in pieces that fit into a segment, and into memory while it is made."""
    piece: list[Entry] = []
    weight = 0
    for entry in entries:
        piece.append(entry)
        weight += len(entry.body)
        if weight >= _BITE or len(piece) == MOST_DOCUMENTS:
            yield piece
            piece, weight = [], 0
    if piece:
        yield piece
