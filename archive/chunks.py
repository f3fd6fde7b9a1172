"""Long contents in sealed chunks of 64 KiB: AES-256-GCM in the STREAM layout (reliability §5.2).

Number and end are part of every nonce, so no chunk can be moved, dropped, repeated or appended. This module
does not know what the bytes are, nor where key and chunks are kept. The layout is in docs/format.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.errors import SealBroken
from archive.sealing import TAG_BYTES, Kept

#: Plaintext bytes in every chunk but the last.
CHUNK = 64 * 1024

#: What such a chunk takes on the disk, in bytes.
SEALED_CHUNK = CHUNK + TAG_BYTES

Bytes = bytes | bytearray | memoryview


class ChunkCipher:
    """The key of one content (32 bytes, used for nothing else), bound to a place; safe between threads."""

    def __init__(self, key: bytes, place: bytes, *, what: Kept, where: str) -> None:
        self._cipher, self._place = AESGCM(key), place
        self._what, self._where = what, where

    def seal(self, number: int, data: Bytes, *, final: bool) -> bytes:
        """Chunk *number* (from 0), sealed; no number twice."""
        return self._cipher.encrypt(_nonce(number, final=final), data, self._place)

    def open(self, number: int, sealed: Bytes, *, final: bool) -> bytes:
        """The plaintext of chunk *number*; raises `SealBroken` on any other number, end, key, place or byte."""
        try:
            return self._cipher.decrypt(_nonce(number, final=final), sealed, self._place)
        except InvalidTag:
            raise SealBroken(what=self._what, where=self._where) from None


class ChunkStream:
    """Pieces of any length in, sealed chunks out; `end` gives the last one, or the only one of nothing."""

    def __init__(self, cipher: ChunkCipher) -> None:
        self._cipher, self._number, self._held = cipher, 0, bytearray()
        self.size = 0

    def feed(self, piece: Bytes) -> Iterator[bytes]:
        """The chunks that *piece* completes; to be taken before the next piece is fed."""
        rest = memoryview(piece)
        self.size += len(rest)
        while rest:
            if len(self._held) == CHUNK:  # more follows, so this is not the last
                yield self._next(self._held)
                self._held.clear()
            if not self._held and len(rest) > CHUNK:
                yield self._next(rest[:CHUNK])
                rest = rest[CHUNK:]
                continue
            missing = CHUNK - len(self._held)
            self._held += rest[:missing]
            rest = rest[missing:]

    def end(self) -> bytes:
        """The last chunk."""
        return self._next(self._held, final=True)

    def _next(self, data: Bytes, *, final: bool = False) -> bytes:
        self._number += 1
        return self._cipher.seal(self._number - 1, data, final=final)


def chunk_count(size: int) -> int:
    """How many chunks hold *size* plaintext bytes: even nothing has one, empty and final."""
    return max(1, -(-size // CHUNK))


def sealed_size(size: int) -> int:
    """The bytes that the chunks of *size* plaintext bytes take."""
    return size + TAG_BYTES * chunk_count(size)


def plain_size(sealed: int) -> int | None:
    """The inverse of `sealed_size`; None for a number of bytes that no content takes."""
    size = sealed - TAG_BYTES * max(1, -(-sealed // SEALED_CHUNK))
    return size if size >= 0 and sealed_size(size) == sealed else None


def _nonce(number: int, *, final: bool) -> bytes:
    """11 bytes of counter and one that marks the last chunk: order and end are part of the secret."""
    return number.to_bytes(11, "big") + (b"\x01" if final else b"\x00")
