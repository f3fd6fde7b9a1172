"""Slots: passphrase, key file and recovery key each wrap the one ROOT key (reliability §5.2, K5).

This module does not know where slots are stored; `archive/keystore.py` does.
"""

from __future__ import annotations

import base64
import hmac
import os
import stat
import unicodedata
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from archive.durable import storing, sync_folder
from archive.errors import (
    FileMissing,
    KeyFileUnsafe,
    RecoveryMistyped,
    SealBroken,
    SlotUnsafe,
    TargetExists,
    WeakPassword,
)
from archive.faults import point
from archive.sealing import KEY_BYTES, Kept, bound, derive, mac, seal, unseal

LEAST_PASSPHRASE = 10
SALT_BYTES = 16
_KEY_FILE_MARK = "anjuan-key:v1:"


class SlotKind(StrEnum):
    """What opens a slot (the agent hands over ROOT itself, no slot); its name is the sentence `slot.<value>`."""

    AGENT = "agent"
    KEY_FILE = "key-file"
    PASSPHRASE = "passphrase"  # noqa: S105  # a kind, not a secret
    RECOVERY = "recovery"

    @property
    def word(self) -> str:
        """The key of this kind's name."""
        return f"slot.{self.value}"


class Unsafe(StrEnum):
    """Why a key file is refused; the reason is the sentence `key-file.<value>`."""

    INSIDE = "inside"
    OPEN = "open"
    NO_KEY = "no-key"

    @property
    def word(self) -> str:
        """The key of this reason's sentence."""
        return f"key-file.{self.value}"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess of a passphrase costs (Argon2id): memory in KiB, passes, lanes."""

    memory: int
    passes: int
    lanes: int

    def within(self, floor: Cost) -> None:
        """Raise `SlotUnsafe` below *floor* (too weak) or above the ceiling (a trap for this machine)."""
        for name in ("memory", "passes", "lanes"):
            value, least, most = getattr(self, name), getattr(floor, name), getattr(CEILING, name)
            if not least <= value <= most:
                raise SlotUnsafe(field=name, value=value, least=least, most=most)


#: 64 MiB, 3 passes, 4 lanes (RFC 9106, second recommended option); production never goes below.
FLOOR = STANDARD = Cost(memory=64 * 1024, passes=3, lanes=4)
CEILING = Cost(memory=1024 * 1024, passes=16, lanes=16)


@dataclass(frozen=True, slots=True)
class SlotLine:
    """What may be shown of a slot; *created_at* in Unix seconds."""

    number: int
    kind: SlotKind
    cost: Cost | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Slot:
    """One wrapped ROOT; *cost* is None where the secret is random and needs no stretching."""

    number: int
    kind: SlotKind
    cost: Cost | None
    created_at: int
    salt: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)
    tag: bytes = field(repr=False, default=b"")

    def line(self) -> SlotLine:
        """This slot without what is wrapped in it."""
        return SlotLine(self.number, self.kind, self.cost, self.created_at)

    def sound(self, root: bytes, instance: str) -> bool:
        """True if the slot is as it was made by a holder of *root*."""
        return hmac.compare_digest(self.tag, self.tagged(root, instance).tag)

    def tagged(self, root: bytes, instance: str) -> Slot:
        """This slot with the fingerprint of all it says, under *root*."""
        cost = (self.cost.memory, self.cost.passes, self.cost.lanes) if self.cost else ()
        said = bound(instance, self.kind.value, self.created_at, self.salt, self.wrapped, *cost)
        return replace(self, tag=mac(derive(root, "ring|slot"), said))

    def open(self, secret: bytes, instance: str, floor: Cost) -> bytes | None:
        """ROOT, or None if *secret* is not this slot's; raises `SlotUnsafe`."""
        key = _slot_key(self.kind, secret, self.salt, self.cost, floor)
        try:
            return unseal(
                AESGCM(key), _place(self.kind, instance), self.wrapped, what=Kept.KEYSTORE, where="slot"
            )
        except SealBroken:
            return None


def new_slot(
    kind: SlotKind, secret: bytes, root: bytes, instance: str, *, cost: Cost, floor: Cost, at: int
) -> Slot:
    """A slot, not yet numbered, in which *secret* wraps *root*; raises `SlotUnsafe`."""
    salt = os.urandom(SALT_BYTES)
    used = cost if kind is SlotKind.PASSPHRASE else None
    key = _slot_key(kind, secret, salt, used, floor)
    return Slot(0, kind, used, at, salt, seal(AESGCM(key), _place(kind, instance), root)).tagged(
        root, instance
    )


def _place(kind: SlotKind, instance: str) -> bytes:
    return bound("slot", instance, kind.value)


def _slot_key(kind: SlotKind, secret: bytes, salt: bytes, cost: Cost | None, floor: Cost) -> bytes:
    if kind is not SlotKind.PASSPHRASE:
        return derive(secret, f"slot|{kind.value}", salt)
    cost = cost or Cost(0, 0, 0)
    cost.within(floor)
    return Argon2id(
        salt=salt, length=KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory
    ).derive(secret)


# --- passphrases -----------------------------------------------------------------------------


def passphrase_secret(passphrase: str) -> bytes:
    """The passphrase as bytes, alike for every keyboard and input method (NFKC)."""
    return unicodedata.normalize("NFKC", passphrase).encode()


def strong(passphrase: str) -> bytes:
    """`passphrase_secret` of a new passphrase; raises `WeakPassword` below ten characters."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise WeakPassword(least=LEAST_PASSPHRASE)
    return passphrase_secret(passphrase)


# --- key files -------------------------------------------------------------------------------


def new_key_file(path: Path, folder: Path) -> bytes:
    """Write 32 random bytes to *path* (0600, must not exist, outside *folder*) and return them.

    Raises `KeyFileUnsafe`, `FileMissing` (no such folder), `TargetExists`, `DiskFull`, `StorageFailed`.
    """
    _outside(path, folder)
    if not path.parent.is_dir():
        raise FileMissing(path=str(path.parent))
    secret = os.urandom(KEY_BYTES)
    line = f"{_KEY_FILE_MARK}{base64.b64encode(secret).decode()}\n".encode()
    with storing(path):
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            raise TargetExists(path=str(path)) from None
        try:
            os.write(handle, line)
            os.fsync(handle)
            sync_folder(path.parent)
            point("keys.create.key_file")
        except OSError:
            path.unlink()
            raise
        finally:
            os.close(handle)
    return secret


def read_key_file(path: Path, folder: Path) -> bytes:
    """The 32 bytes in *path*; raises `FileMissing`, or `KeyFileUnsafe` inside *folder* or open to others."""
    _outside(path, folder)
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError as failure:
        raise FileMissing(path=str(path)) from failure
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise KeyFileUnsafe(path=str(path), why=Unsafe.NO_KEY)
        if mode & 0o077:
            raise KeyFileUnsafe(path=str(path), why=Unsafe.OPEN)
        return _decoded(os.read(handle, 256), path)
    finally:
        os.close(handle)


def _outside(path: Path, folder: Path) -> None:
    if path.resolve().is_relative_to(folder.resolve()):
        raise KeyFileUnsafe(path=str(path), why=Unsafe.INSIDE)


def _decoded(raw: bytes, path: Path) -> bytes:
    text = raw.decode("ascii", "replace").strip()
    try:
        secret = base64.b64decode(text.removeprefix(_KEY_FILE_MARK), validate=True)
    except ValueError:
        secret = b""
    if not text.startswith(_KEY_FILE_MARK) or len(secret) != KEY_BYTES:
        raise KeyFileUnsafe(path=str(path), why=Unsafe.NO_KEY)
    return secret


# --- recovery keys ---------------------------------------------------------------------------

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_ALIKE = str.maketrans("OIL", "011")
_GROUPS, _WIDTH = 13, 4


def recovery_text(secret: bytes) -> str:
    """32 bytes as 13 groups of four letters and a check letter, fit for paper."""
    return on_paper(int.from_bytes(secret, "big") << 4, _GROUPS)


def recovery_secret(text: str) -> bytes:
    """The 32 bytes of a typed recovery key; raises `RecoveryMistyped` naming the first wrong group."""
    number = off_paper(text, _GROUPS)
    if number & 15:
        raise RecoveryMistyped(group=_GROUPS, groups=_GROUPS)
    return (number >> 4).to_bytes(KEY_BYTES, "big")


def on_paper(number: int, groups: int, *, first: int = 0) -> str:
    """*number* as *groups* of four letters (20 bits) and a check letter, which counts its group from *first*."""
    values = [number >> 5 * place & 31 for place in reversed(range(groups * _WIDTH))]
    parts = [values[start : start + _WIDTH] for start in range(0, len(values), _WIDTH)]
    return "-".join(
        "".join(_LETTERS[v] for v in (*part, _check(first + at, part))) for at, part in enumerate(parts)
    )


def off_paper(text: str, groups: int, *, first: int = 0) -> int:
    """The number that `on_paper` wrote; raises `RecoveryMistyped` naming the first wrong group."""
    plain = unicodedata.normalize("NFKC", text).upper().translate(_ALIKE)
    letters = [_LETTERS.find(letter) for letter in plain if letter.isalnum()]
    number = 0
    for at in range(groups):
        group = letters[at * (_WIDTH + 1) : (at + 1) * (_WIDTH + 1)]
        if len(group) <= _WIDTH or -1 in group or _check(first + at, group[:_WIDTH]) != group[_WIDTH]:
            raise RecoveryMistyped(group=at + 1, groups=groups)
        for value in group[:_WIDTH]:
            number = number << 5 | value
    if len(letters) != groups * (_WIDTH + 1):
        raise RecoveryMistyped(group=groups, groups=groups)
    return number


def _check(at: int, values: list[int]) -> int:
    """The check value of group *at*: Horner in GF(32), so one wrong letter or one exchange always shows."""
    total = at + 1
    for value in values:
        total = _doubled(total) ^ value
    return _doubled(total)


def _doubled(value: int) -> int:
    return (value << 1) ^ 0x25 if value & 16 else value << 1
