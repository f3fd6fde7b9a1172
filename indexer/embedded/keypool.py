"""A key for each long file, made many at a time: a commit must not wait for the keystore (decision 15).

A key belongs to the file whose header names it; whatever no file under the folder names is left over and goes.
So nothing need be remembered: after a crash, and when several processes take turns, the files tell.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from archive.chunks import ChunkCipher
from archive.durable import storing
from archive.errors import Busy, KeyGone
from indexer.embedded.chunks import ChunkCache, Header, SealedFile, SealedWriter, key_of
from indexer.engine import Part

#: How many keys are made in one transaction of the keystore (about 5 ms).
AHEAD = 32

_TRIES = 5


class SegmentKeys(Protocol):
    """The keys of one instance's index, as the key ring offers them."""

    def renew_segment_keys(self, count: int, kept: Callable[[], AbstractSet[str]]) -> tuple[str, ...]:
        """Make *count* keys and delete all others but those *kept* names, at once; the new names."""

    def confirm_segment_key(self, name: str) -> None:
        """KeyGone unless *name* has a key, after whatever `renew` was under way."""

    def segment_cipher(self, name: str, salt: bytes, place: bytes) -> ChunkCipher:
        """What seals and opens one file under the key *name*; KeyGone, Damaged."""


class KeyPool:
    """The keys of all long files under *folder*, and of no others; one for each process that writes them."""

    def __init__(self, folder: Path, keys: SegmentKeys, *, ahead: int = AHEAD) -> None:
        self._folder, self._keys, self._ahead = folder, keys, ahead
        self._free: list[str] = []
        self._flying: set[str] = set()
        self._lock = threading.Lock()

    def create(self, path: Path, place: str) -> SealedWriter:
        """A new file at *path*, which must lie under the folder, with a key of its own.

        Another process may delete keys that no file names yet: so the header is written, and then the key
        looked for. Busy if it is gone each time.
        """
        for _ in range(_TRIES):
            with self._taken() as key:
                writer = self._begun(key, path, place)
            if writer is not None:
                return writer
        raise Busy(what=Part.WHOLE)

    def opened(self, path: Path, place: str, cache: ChunkCache) -> SealedFile:
        """The file at *path*, written as *place*; FileNotFoundError, Damaged."""
        return SealedFile(path, place, self._keys.segment_cipher, cache)

    def drop(self) -> None:
        """Delete for good the keys that no file names, in one transaction; only while alone in writing."""
        with self._lock:
            self._keys.renew_segment_keys(0, lambda: self._used() | frozenset(self._free))

    def _begun(self, key: str, path: Path, place: str) -> SealedWriter | None:
        """The new file with its header; None if another process has deleted the keys made in advance."""
        header = Header.new(key)
        try:
            cipher = self._keys.segment_cipher(key, header.salt, place.encode())
            with ExitStack() as failing:
                writer = failing.enter_context(SealedWriter(path, header, cipher))
                self._keys.confirm_segment_key(key)
                failing.pop_all()
        except KeyGone:
            with self._lock:
                self._free = []
            return None
        return writer

    @contextmanager
    def _taken(self) -> Iterator[str]:
        """A key for a file that is about to name it: until then no other thread deletes it."""
        with self._lock:
            if not self._free:
                self._free = list(self._keys.renew_segment_keys(self._ahead, self._used))
            key = self._free.pop()
            self._flying.add(key)
        try:
            yield key
        finally:
            with self._lock:
                self._flying.discard(key)

    def _used(self) -> frozenset[str]:
        """The keys that files name, or are about to."""
        with storing(self._folder):
            return frozenset(key for path in _files(self._folder) if (key := _key(path))) | self._flying


def _files(folder: Path) -> Iterator[Path]:
    for where, _, names in os.walk(folder, onerror=_unless_gone):
        yield from (Path(where, name) for name in names)


def _unless_gone(failure: OSError) -> None:
    """A folder that cannot be read is told: its files may name keys."""
    if not isinstance(failure, FileNotFoundError):
        raise failure


def _key(path: Path) -> str | None:
    with suppress(FileNotFoundError):
        return None if path.is_symlink() else key_of(path)
    return None
