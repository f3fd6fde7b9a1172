"""The keys of index segments: each seals one file and is deleted with it (decision 15; reliability §5.2).

This module does not know where segments lie: what is in use, its callers say.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.chunks import ChunkCipher
from archive.errors import KeyGone
from archive.faults import point
from archive.recordkeys import RecordKeys
from archive.sealing import KEY_BYTES, Kept, bound, derive, seal, unseal


class SegmentKeys(RecordKeys):
    """ROOT wraps one random key per segment, each bound to the instance and to its own name (32 hex)."""

    def renew_segment_keys(self, count: int, kept: Callable[[], AbstractSet[str]]) -> tuple[str, ...]:
        """Make *count* new keys and delete every other but those *kept* names, in one transaction; the new names.

        *kept* is asked inside the transaction; with no key to make or to delete nothing is written.
        """
        fresh = tuple(secrets.token_hex(16) for _ in range(count))
        with self._changing():
            doomed = set(self._store.segment_names()) - kept()
            if doomed:
                self._store.drop_segment_keys(sorted(doomed))
            if fresh:
                rows = [(name, self._wrapped_segment(name)) for name in fresh]
                self._store.add_segment_keys(rows, int(self._clock()))
            point("keys.segments.inside")
        point("keys.segments.committed")
        return fresh

    def confirm_segment_key(self, name: str) -> None:
        """Raise `KeyGone` unless *name* still has a key now that its file can be seen; waits for a `renew` under way."""
        with self._changing():
            if self._store.segment_key(name) is None:
                raise KeyGone(uid=name)

    def segment_cipher(self, name: str, salt: bytes, place: bytes) -> ChunkCipher:
        """The cipher of one file under the key *name*, its own by *salt*, bound to *place*; raises `KeyGone`, `SealBroken`."""
        self._live()
        with self._store.reading():
            wrapped = self._store.segment_key(name)
        if wrapped is None:
            raise KeyGone(uid=name)
        key = derive(self._unwrapped_segment(name, wrapped), "segment", salt)
        return ChunkCipher(
            key, bound("segment", name, salt, place), what=Kept.SEGMENT, where=_readable(place)
        )

    def segment_count(self) -> int:
        """How many segments, and keys made in advance for them, have a key."""
        with self._store.reading():
            return len(self._store.segment_names())

    def verify_segment_keys(self) -> int:
        """Open every segment key; how many there are. Raises `SealBroken`."""
        with self._store.reading():
            names = self._store.segment_names()
            for name in names:
                self._unwrapped_segment(name, self._store.segment_key(name) or b"")
        return len(names)

    # --- inside --------------------------------------------------------------------------

    def _wrapped_segment(self, name: str) -> bytes:
        return seal(self._segment_ring(), self._segment_place(name), os.urandom(KEY_BYTES))

    def _unwrapped_segment(self, name: str, wrapped: bytes) -> bytes:
        place = self._segment_place(name)
        return unseal(self._segment_ring(), place, wrapped, what=Kept.SEGMENT, where=name)

    def _segment_ring(self) -> AESGCM:
        return AESGCM(self.subkey("ring|segment"))

    def _segment_place(self, name: str) -> bytes:
        return bound("segment", self._instance, name)


def _readable(place: bytes) -> str:
    return place.decode(errors="replace")
