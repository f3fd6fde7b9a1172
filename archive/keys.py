"""The key ring: ROOT wraps bucket keys, they wrap record keys, those seal values (reliability §5.2).

This module does not know the catalogue: a record is a uid, a bucket is a name for records whose keys
are wrapped alike. What is wrapped how, byte by byte, is in docs/format.md.
"""

from __future__ import annotations

import hmac
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.errors import (
    ArchiveError,
    Defect,
    LastSlot,
    NoKey,
    NotEmpty,
    NotFound,
    SealBroken,
    WrongKey,
)
from archive.hardening import harden_process
from archive.keystore import BATCH, Keystore, Rotation, create_keystore, keystore_path
from archive.packkeys import PackKeys
from archive.sealing import KEY_BYTES, Kept, bound, derive, mac, seal, unseal
from archive.slots import (
    FLOOR,
    STANDARD,
    Cost,
    Slot,
    SlotKind,
    SlotLine,
    new_key_file,
    new_slot,
    passphrase_secret,
    read_key_file,
    recovery_secret,
    recovery_text,
    strong,
)

__all__ = ["FLOOR", "STANDARD", "Cost", "Keyring", "Rotation", "SlotKind", "SlotLine", "harden_process"]


class Keyring(PackKeys):
    """Every key of one unlocked instance; safe to share between threads. Close it when done."""

    def __init__(
        self, store: Keystore, root: bytes, *, floor: Cost = FLOOR, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(store, root, clock)
        self._floor = floor
        self._ciphers: dict[str, AESGCM] = {}
        self._stamp = (0, 0)

    # --- making and opening --------------------------------------------------------------

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        passphrase: str | None = None,
        key_file: Path | None = None,
        cost: Cost = STANDARD,
        floor: Cost = FLOOR,
        clock: Callable[[], float] = time.time,
    ) -> tuple[Self, str]:
        """The ring of a new instance in *folder*, and its recovery key: print it once, keep it nowhere.

        Exactly one of *passphrase* and *key_file* (a path that must not exist yet).
        Raises `NotEmpty`, `WeakPassword`, `SlotUnsafe`, `KeyFileUnsafe`, `TargetExists`, `DiskFull`, `StorageFailed`.
        """
        if keystore_path(folder).exists():
            raise NotEmpty(path=str(keystore_path(folder)))
        root, instance, at = os.urandom(KEY_BYTES), secrets.token_hex(16), int(clock())
        recovery = os.urandom(KEY_BYTES)
        kind, secret = _fresh_secret(folder, passphrase, key_file)
        try:
            slots = [
                new_slot(kind, secret, root, instance, cost=cost, floor=floor, at=at),
                new_slot(SlotKind.RECOVERY, recovery, root, instance, cost=cost, floor=floor, at=at),
            ]
            create_keystore(folder, instance, _proof(root, instance), slots)
        except (ArchiveError, OSError):
            if key_file is not None:
                key_file.unlink(missing_ok=True)
            raise
        ring = cls(Keystore(keystore_path(folder)), root, floor=floor, clock=clock)
        return ring, recovery_text(recovery)

    @classmethod
    def unlock(
        cls,
        folder: Path,
        *,
        passphrase: str | None = None,
        key_file: Path | None = None,
        recovery: str | None = None,
        root: bytes | None = None,
        floor: Cost = FLOOR,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """The ring of the instance in *folder*, by the first of the means given.

        Raises `NoKey` (no keystore, or no means), `WrongKey`, `KeyFileUnsafe`, `FileMissing`,
        `RecoveryMistyped`, `SlotUnsafe`, `DatabaseDamaged`, `SchemaNewer`.
        """
        store = Keystore(keystore_path(folder))
        try:
            if root is None:
                kind, secret = _given_secret(folder, passphrase, key_file, recovery)
                root = _opened(store, kind, secret, floor)
            _prove(store, root)
            return cls(store, root, floor=floor, clock=clock)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Wipe ROOT, drop every other key and let go of the keystore."""
        self.forget()
        self._subkeys.clear()
        self._ciphers.clear()
        self._root[:] = bytes(len(self._root))
        self._root.clear()
        self._store.close()

    def root(self) -> bytes:
        """ROOT itself, for the agent of this log-in and nothing else."""
        return self._live()

    def __repr__(self) -> str:
        return f"<Keyring of {self._store.path.parent.parent}, {'open' if self._root else 'closed'}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- values of a record --------------------------------------------------------------

    def seal(self, uid: str, purpose: str, plain: bytes) -> bytes:
        """*plain* under the key of record *uid*, bound to uid and purpose; raises `KeyGone`."""
        return seal(self._dek(uid), bound(uid, purpose), plain)

    def open(self, uid: str, purpose: str, sealed: bytes) -> bytes:
        """The plaintext of `seal`; raises `KeyGone`, or `SealBroken` on any change or exchange.

        A key that another process has dropped is gone at once: a changed keystore empties the cache.
        """
        self._notice()
        return unseal(self._dek(uid), bound(uid, purpose), sealed, what=Kept.VALUE, where=uid)

    def open_many(self, sealed: Sequence[tuple[str, str, bytes]]) -> Iterator[bytes]:
        """The plaintext of each (uid, purpose, sealed), the keys read by the batch; raises as `open` does."""
        for at in range(0, len(sealed), BATCH):
            batch = sealed[at : at + BATCH]
            self._notice()
            self._fetch({uid for uid, _, _ in batch})
            for uid, purpose, value in batch:
                yield self.open(uid, purpose, value)

    def _notice(self) -> None:
        """Empty the cache if another process has written to the keystore."""
        stamp = self._store.stamp()
        if stamp != self._stamp:
            with self._store.lock:
                self._deks.clear()
                self._stamp = stamp

    def wrap_key(self, uid: str, purpose: str, key: bytes) -> bytes:
        """Another key (a blob's, a segment's) under the key of record *uid*; name the thing in *purpose*."""
        return self.seal(uid, f"key|{purpose}", key)

    def unwrap_key(self, uid: str, purpose: str, wrapped: bytes) -> bytes:
        """The key that `wrap_key` wrapped; raises `KeyGone`, `SealBroken`."""
        return self.open(uid, f"key|{purpose}", wrapped)

    # --- values of the instance ----------------------------------------------------------

    def seal_with(self, name: str, place: bytes, plain: bytes) -> bytes:
        """*plain* under the instance's key called *name*, bound to *place* (any bytes naming row and column)."""
        return seal(self._cipher(name), bound(name, place), plain)

    def open_with(self, name: str, place: bytes, sealed: bytes) -> bytes:
        """The plaintext of `seal_with`; raises `SealBroken`."""
        return unseal(self._cipher(name), bound(name, place), sealed, what=Kept.VALUE, where=name)

    def mac(self, purpose: str, data: bytes) -> bytes:
        """A keyed fingerprint (HMAC-SHA256, 32 bytes): blind indexes, content ids."""
        return mac(self.subkey(f"mac|{purpose}"), data)

    def running_mac(self, purpose: str) -> hmac.HMAC:
        """The same fingerprint, to be fed piece by piece."""
        return hmac.new(self.subkey(f"mac|{purpose}"), digestmod="sha256")

    def verify(self) -> int:
        """Check the keystore and every key and slot in it; how many records have a key.

        Raises `DatabaseDamaged`, `SealBroken`.
        """
        self._store.integrity()
        with self._store.reading():
            slots = self._store.slots()
        for slot in slots:
            if not slot.sound(self._live(), self._instance):
                raise SealBroken(what=Kept.KEYSTORE, where=f"slot {slot.number}")
        self.verify_segment_keys()
        return self.verify_keys()

    # --- slots ---------------------------------------------------------------------------

    def slots(self) -> list[SlotLine]:
        """Every slot: number, kind, cost, day of making; what is wrapped in it is left out."""
        with self._store.reading():
            return [slot.line() for slot in self._store.slots()]

    def add_slot(
        self, *, passphrase: str | None = None, key_file: Path | None = None, cost: Cost = STANDARD
    ) -> int:
        """One more passphrase or (new) key file that opens the instance; the slot's number.

        Raises as `create` does.
        """
        kind, secret = _fresh_secret(self._store.path.parent.parent, passphrase, key_file)
        slot = self._new_slot(kind, secret, cost)
        with self._changing():
            return self._store.add_slot(slot)

    def remove_slot(self, number: int) -> None:
        """Forget a slot; raises `NotFound`, or `LastSlot` for the recovery slot and the last everyday one."""
        with self._changing():
            slots = {slot.number: slot for slot in self._store.slots()}
            if number not in slots:
                raise NotFound(what="slot", code=number)
            everyday = [slot for slot in slots.values() if slot.kind is not SlotKind.RECOVERY]
            if slots[number].kind is SlotKind.RECOVERY or len(everyday) == 1:
                raise LastSlot(kind=slots[number].kind)
            self._store.remove_slot(number)

    def new_recovery(self) -> str:
        """A new recovery key in place of the old, which opens nothing from now on; print it once."""
        secret = os.urandom(KEY_BYTES)
        slot = self._new_slot(SlotKind.RECOVERY, secret, STANDARD)
        with self._changing():
            for old in self._store.slots():
                if old.kind is SlotKind.RECOVERY:
                    self._store.remove_slot(old.number)
            self._store.add_slot(slot)
        return recovery_text(secret)

    # --- inside --------------------------------------------------------------------------

    def _new_slot(self, kind: SlotKind, secret: bytes, cost: Cost) -> Slot:
        at = int(self._clock())
        return new_slot(kind, secret, self._live(), self._instance, cost=cost, floor=self._floor, at=at)

    def _cipher(self, name: str) -> AESGCM:
        found = self._ciphers.get(name)
        if found is None:
            found = self._ciphers[name] = AESGCM(self.subkey(f"seal|{name}"))
        return found


def _fresh_secret(folder: Path, passphrase: str | None, key_file: Path | None) -> tuple[SlotKind, bytes]:
    if (passphrase is None) == (key_file is None):
        raise Defect("a new slot wants a passphrase or a key file, not both")
    if passphrase is not None:
        return SlotKind.PASSPHRASE, strong(passphrase)
    assert key_file is not None
    return SlotKind.KEY_FILE, new_key_file(key_file, folder)


def _given_secret(
    folder: Path, passphrase: str | None, key_file: Path | None, recovery: str | None
) -> tuple[SlotKind, bytes]:
    if passphrase is not None:
        return SlotKind.PASSPHRASE, passphrase_secret(passphrase)
    if key_file is not None:
        return SlotKind.KEY_FILE, read_key_file(key_file, folder)
    if recovery is not None:
        return SlotKind.RECOVERY, recovery_secret(recovery)
    raise NoKey(path=str(keystore_path(folder)))


def _opened(store: Keystore, kind: SlotKind, secret: bytes, floor: Cost) -> bytes:
    """ROOT out of the first slot of *kind* that *secret* opens; raises `WrongKey`."""
    with store.reading():
        slots, instance = store.slots(), store.instance()
    for slot in slots:
        if slot.kind is kind and (root := slot.open(secret, instance, floor)) is not None:
            return root
    raise WrongKey(kind=kind)


def _proof(root: bytes, instance: str) -> bytes:
    return seal(AESGCM(derive(root, "ring|proof")), bound("proof", instance), b"")


def _prove(store: Keystore, root: bytes) -> None:
    """Raise `WrongKey` unless *root* is this instance's."""
    with store.reading():
        instance, proof = store.instance(), store.proof()
    try:
        unseal(
            AESGCM(derive(root, "ring|proof")),
            bound("proof", instance),
            proof,
            what=Kept.KEYSTORE,
            where="proof",
        )
    except SealBroken:
        raise WrongKey(kind=SlotKind.AGENT) from None
