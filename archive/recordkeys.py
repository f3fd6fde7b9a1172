"""The keys of records: made in bulk, dropped for good, re-wrapped for a new epoch (reliability §5.2, K1, K2).

This module does not know who may open the instance (`archive/keys.py`) nor what a record is: a uid
and the bucket under whose key its own key is wrapped.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.errors import Defect, KeyGone, KeyTaken, NoKey
from archive.faults import point
from archive.keystore import DekRow, Keystore, Rotation
from archive.sealing import KEY_BYTES, Kept, bound, derive, seal, unseal

#: Record keys kept unwrapped: enough for one import batch or one page of hits, few enough that a long
#: running process never holds the keys of the whole archive in memory.
CACHED = 4096


class RecordKeys:
    """ROOT wraps one key per bucket and epoch, that wraps one key per record; shared by threads."""

    def __init__(self, store: Keystore, root: bytes, clock: Callable[[], float] = time.time) -> None:
        self._store, self._root, self._clock = store, bytearray(root), clock
        self._subkeys: dict[str, bytes] = {}
        self._keks: dict[tuple[str, int], AESGCM] = {}
        self._deks: dict[str, AESGCM] = {}
        with store.reading():
            self._instance = store.instance()

    @property
    def instance_id(self) -> str:
        """The random name of the instance, no secret."""
        return self._instance

    def subkey(self, purpose: str) -> bytes:
        """The 32-byte key that ROOT gives for *purpose*; raises `NoKey` once closed."""
        found = self._subkeys.get(purpose)
        if found is None:
            found = self._subkeys[purpose] = derive(self._live(), purpose)
        return found

    def forget(self) -> None:
        """Drop the unwrapped bucket and record keys; they are unwrapped again when needed."""
        with self._store.lock:
            self._keks.clear()
            self._deks.clear()

    # --- keys of records -----------------------------------------------------------------

    def new_keys(self, uids: Iterable[str], bucket: str) -> None:
        """A fresh key for each of *uids*, all or none, in one transaction; raises `KeyTaken`.

        Comes before the catalogue row (decision 13); a key whose row never came is an orphan.
        """
        names = tuple(uids)
        try:
            with self._store.lock:
                self._remember(self._added(names, bucket))
        except sqlite3.IntegrityError:
            raise KeyTaken(uid=self._first_taken(names)) from None
        point("keys.new.committed")

    def drop_keys(self, uids: Iterable[str]) -> int:
        """Destroy the keys of *uids*: what they sealed can never be opened again. How many there were."""
        names = tuple(uids)
        with self._store.lock:
            with self._changing():
                dropped = self._store.drop_deks(names)
                point("keys.drop.inside")
            for uid in names:
                self._deks.pop(uid, None)
        point("keys.drop.committed")
        return dropped

    def scrub(self) -> None:
        """Write the keystore anew, so that no page of it holds what was dropped; after every dropping that must be proved."""
        self._live()
        self._store.rewrite()
        point("keys.scrubbed")

    def keys_held(self, uids: Iterable[str]) -> frozenset[str]:
        """Those of *uids* that have a key."""
        with self._store.reading():
            return frozenset(row.uid for row in self._store.deks(uids))

    def has_key(self, uid: str) -> bool:
        """True if record *uid* has a key."""
        with self._store.reading():
            return self._store.dek(uid) is not None

    def orphans(self, known: Callable[[Sequence[str]], Iterable[str]], *, older_than: float) -> Iterator[str]:
        """The uids with a key more than *older_than* seconds old of which *known* does not know.

        *known* is asked with up to 500 uids at a time and answers those that are in the catalogue.
        """
        cutoff, after = self._clock() - older_than, ""
        while batch := self._uids_before(cutoff, after):
            after = batch[-1]
            yield from sorted(set(batch) - set(known(batch)))

    # --- rotation ------------------------------------------------------------------------

    def rotate(self, progress: Callable[[int], object] | None = None) -> int:
        """New bucket keys for a new epoch, every record key re-wrapped; how many in all.

        An unfinished rotation is taken up where it stopped. Everything stays readable meanwhile.
        Raises `Busy` while another process rotates, `SealBroken` if a key does not open.
        """
        with self._store.alone("keys rotate"):
            with self._changing():
                step = self._store.rotation() or self._store.begin_rotation()
                point("keys.rotate.begun")
            while (following := self._rotate_batch(step)) is not None:
                step = following
                if progress is not None:
                    progress(step.done)
            with self._changing():
                self._store.retire_keks(step.target)
                self._store.end_rotation()
                point("keys.rotate.retired")
            self.forget()
        return step.done

    def rotation(self) -> Rotation | None:
        """The rotation that was begun and not finished, if any."""
        with self._store.reading():
            return self._store.rotation()

    def wear(self) -> int:
        """The wrappings under the busiest bucket key: rotate well before 2^32."""
        with self._store.reading():
            return self._store.most_used()

    def verify_keys(self) -> int:
        """Open every bucket and record key; how many records have one. Raises `SealBroken`."""
        self.forget()
        after, count = "", 0
        with self._store.reading():
            for bucket, epoch in self._store.keks():
                self._kek(bucket, epoch)
            while rows := self._store.deks_after(after):
                for row in rows:
                    self._unwrapped(row)
                after, count = rows[-1].uid, count + len(rows)
        return count

    # --- inside --------------------------------------------------------------------------

    def _live(self) -> bytes:
        if not self._root:
            raise NoKey(path=str(self._store.path))
        return bytes(self._root)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One transaction; a bucket key made in one that fails must not be used again."""
        self._live()
        try:
            with self._store.writing():
                yield
        except BaseException:
            self._keks.clear()
            raise

    def _added(self, names: Sequence[str], bucket: str) -> dict[str, AESGCM]:
        """Make, wrap and keep a key for each of *names*; returns them ready for use."""
        with self._changing():
            epoch = self._store.epoch()
            kek = self._kek(bucket, epoch, make=True)
            rows, fresh = _wrapped_keys(names, bucket, epoch, kek)
            self._store.add_deks(rows, int(self._clock()))
            self._store.used(bucket, epoch, len(names))
            point("keys.new.inside")
        return fresh

    def _kek(self, bucket: str, epoch: int, *, make: bool = False) -> AESGCM:
        found = self._keks.get((bucket, epoch))
        if found is None:
            place, cipher = bound("kek", self._instance, bucket, epoch), AESGCM(self.subkey("ring|kek"))
            wrapped = self._store.kek(bucket, epoch)
            if wrapped is None and make:
                wrapped = seal(cipher, place, os.urandom(KEY_BYTES))
                self._store.add_kek(bucket, epoch, wrapped)
            key = unseal(cipher, place, wrapped or b"", what=Kept.KEK, where=f"{bucket}/{epoch}")
            found = self._keks[bucket, epoch] = AESGCM(key)
        return found

    def _dek(self, uid: str) -> AESGCM:
        found = self._deks.get(uid)
        if found is not None:
            return found
        self._live()
        with self._store.reading():
            row = self._store.dek(uid)
            if row is None:
                raise KeyGone(uid=uid)
            found = AESGCM(self._unwrapped(row))
            self._remember({uid: found})
        return found

    def _fetch(self, uids: Iterable[str]) -> None:
        """Unwrap the keys of *uids* in one reading; whoever has none is found out when it is used."""
        self._live()
        with self._store.reading():
            missing = [uid for uid in uids if uid not in self._deks]
            if missing:
                rows = self._store.deks(missing)
                self._remember({row.uid: AESGCM(self._unwrapped(row)) for row in rows})

    def _unwrapped(self, row: DekRow) -> bytes:
        place = bound("dek", row.uid, row.bucket, row.epoch)
        return unseal(self._kek(row.bucket, row.epoch), place, row.wrapped, what=Kept.DEK, where=row.uid)

    def _remember(self, fresh: dict[str, AESGCM]) -> None:
        if len(self._deks) + len(fresh) > CACHED:
            self._deks.clear()
        if len(fresh) <= CACHED:
            self._deks.update(fresh)

    def _first_taken(self, names: Sequence[str]) -> str:
        seen: set[str] = set()
        for uid in names:
            if uid in seen or self.has_key(uid):
                return uid
            seen.add(uid)
        raise Defect("a key clash without a clash")

    def _uids_before(self, cutoff: float, after: str) -> list[str]:
        with self._store.reading():
            return self._store.uids_before(cutoff, after)

    def _rotate_batch(self, step: Rotation) -> Rotation | None:
        """Re-wrap the next 500 record keys; None when there are no more."""
        with self._changing():
            rows = self._store.deks_after(step.after_uid)
            if not rows:
                return None
            fresh = [self._rewrapped(row, step.target) for row in rows if row.epoch < step.target]
            self._store.rewrap(fresh)
            for bucket in {row.bucket for row in fresh}:
                self._store.used(bucket, step.target, sum(row.bucket == bucket for row in fresh))
            following = Rotation(step.target, rows[-1].uid, step.done + len(fresh))
            self._store.rotated(following)
            point("keys.rotate.inside")
        point("keys.rotate.batch")
        return following

    def _rewrapped(self, row: DekRow, epoch: int) -> DekRow:
        place = bound("dek", row.uid, row.bucket, epoch)
        return DekRow(
            row.uid,
            row.bucket,
            epoch,
            seal(self._kek(row.bucket, epoch, make=True), place, self._unwrapped(row)),
        )


def _wrapped_keys(
    names: Sequence[str], bucket: str, epoch: int, kek: AESGCM
) -> tuple[list[DekRow], dict[str, AESGCM]]:
    """New record keys: as rows, and ready for use."""
    material = os.urandom(KEY_BYTES * len(names))
    rows, fresh = [], {}
    for at, uid in enumerate(names):
        key = material[at * KEY_BYTES : (at + 1) * KEY_BYTES]
        rows.append(DekRow(uid, bucket, epoch, seal(kek, bound("dek", uid, bucket, epoch), key)))
        fresh[uid] = AESGCM(key)
    return rows, fresh
