"""Epoch secrets: under the current one the key packs of all backup sets are sealed (decision 12, K2, K3, ADR 0018).

They lie wrapped in the keystore and on the slip of the recovery kit, never in a set. This module does not know
what a set is, nor where it lies.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.errors import EpochGone
from archive.faults import point
from archive.sealing import KEY_BYTES, Kept, bound, seal, unseal
from archive.segmentkeys import SegmentKeys

#: Seconds for which whoever writes key packs waits for another who does.
PATIENCE = 60.0


class PackKeys(SegmentKeys):
    """ROOT wraps one random secret per epoch, bound to the instance and to the epoch's number."""

    def pack_epoch(self) -> int:
        """The number of the current epoch, counted from 1; the first is made when it is first asked for."""
        found = self.pack_epochs()
        return found[-1] if found else self._begin(0)

    def pack_epochs(self) -> list[int]:
        """Every epoch that still has a secret, the current one last."""
        with self._store.reading():
            return self._store.pack_epochs()

    def pack_secret(self, number: int) -> bytes:
        """The 32-byte secret of an epoch; raises `EpochGone` once it is erased, `SealBroken`."""
        with self._store.reading():
            wrapped = self._store.pack_epoch(number)
        if wrapped is None:
            raise EpochGone(epoch=number)
        return unseal(
            self._epochs(), self._place(number), wrapped, what=Kept.KEYSTORE, where=f"epoch {number}"
        )

    def next_pack_epoch(self) -> int:
        """Begin a new epoch; its number. The older secrets stay until `retire_pack_epochs`."""
        made = self._begin(self.pack_epoch())
        point("backups.epoch_made")
        return made

    def adopt_pack_epoch(self, number: int, secret: bytes) -> None:
        """Keep the secret off a slip in a keystore that was brought back from a set."""
        with self._changing():
            self._store.add_pack_epoch(number, self._sealed(number, secret), int(self._clock()))

    def retire_pack_epochs(self) -> int:
        """Erase the secrets of all epochs but the current one, no page keeping a trace; how many there were."""
        with self._changing():
            gone = self._store.retire_pack_epochs()
        self.scrub()
        point("backups.epoch_retired")
        return gone

    @contextmanager
    def packing(self, what: str) -> Iterator[None]:
        """Be the one who writes key packs: no pack may hold keys that were dropped before it was finished.

        Raises `Busy` when another does for a minute.
        """
        with self._store.alone(what, lock="packs", wait=PATIENCE):
            yield

    def pack_rows(self) -> Generator[tuple[object, ...]]:
        """Every row a key pack holds, as at one moment; what is dropped later waits for the last of them."""
        with self._store.still():
            yield from self._store.packed()

    def _begin(self, after: int) -> int:
        try:
            with self._changing():
                self._store.add_pack_epoch(
                    after + 1, self._sealed(after + 1, os.urandom(KEY_BYTES)), int(self._clock())
                )
        except sqlite3.IntegrityError:  # another process was quicker
            return self.pack_epochs()[-1]
        return after + 1

    def _sealed(self, number: int, secret: bytes) -> bytes:
        return seal(self._epochs(), self._place(number), secret)

    def _epochs(self) -> AESGCM:
        return AESGCM(self.subkey("ring|pack"))

    def _place(self, number: int) -> bytes:
        return bound("pack-epoch", self._instance, number)
