"""Sealed values: AES-256-GCM, each bound to the place it belongs to (reliability §5.2).

This module knows bytes and names; no file, no database, no record. The layout is in docs/format.md.
"""

from __future__ import annotations

import hmac
import os
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from archive.errors import SealBroken

VERSION = b"\x01"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16

#: What a sealed value is longer than its plaintext, in bytes.
OVERHEAD = len(VERSION) + NONCE_BYTES + TAG_BYTES


class Kept(StrEnum):
    """What can be found broken; its name is the sentence `kept.<value>`."""

    BLOB = "blob"
    DEK = "record-key"
    KEK = "bucket-key"
    KEYSTORE = "keystore"
    PACK = "key-pack"
    SEGMENT = "segment"
    VALUE = "value"

    @property
    def word(self) -> str:
        """The key of this thing's name."""
        return f"kept.{self.value}"


def bound(*parts: str | bytes | int) -> bytes:
    """The associated data naming a place: version, then each part behind its length (4 bytes, big endian).

    No two different lists of parts give the same bytes; a number counts as its decimal text.
    """
    data = [VERSION]
    for part in parts:
        raw = part if isinstance(part, bytes) else str(part).encode()
        data += (len(raw).to_bytes(4, "big"), raw)
    return b"".join(data)


def seal(cipher: AESGCM, place: bytes, plain: bytes) -> bytes:
    """*plain* under *cipher* at *place*: version ‖ random 96-bit nonce ‖ ciphertext ‖ 128-bit tag."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + cipher.encrypt(nonce, plain, place)


def unseal(cipher: AESGCM, place: bytes, sealed: bytes, *, what: Kept, where: str) -> bytes:
    """The plaintext; raises `SealBroken` on any other key, place or byte, always the same way."""
    if len(sealed) < OVERHEAD or sealed[:1] != VERSION:
        raise SealBroken(what=what, where=where)
    try:
        return cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], place)
    except InvalidTag:
        raise SealBroken(what=what, where=where) from None


def derive(secret: bytes, purpose: str, salt: bytes | None = None) -> bytes:
    """A 32-byte key for one *purpose*: HKDF-SHA256 with info `anjuan|<purpose>|v1`."""
    return HKDF(SHA256(), KEY_BYTES, salt, f"anjuan|{purpose}|v1".encode()).derive(secret)


def mac(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA256 (32 bytes)."""
    return hmac.digest(key, data, "sha256")
