"""Long sealed files, written in one stream and read at random (decision 15).

    header   8  "ANJSEG" and the version   16  name of the key   16  salt, random for every file
    chunks   65,552 each: 65,536 bytes of content and a tag of 16; the last one shorter

What has been decrypted is kept in one bounded memory for all files. Where keys come from, and how a chunk
is sealed, is not known here.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.chunks import CHUNK, SEALED_CHUNK, ChunkCipher, ChunkStream, chunk_count, plain_size
from archive.durable import NewFile, storing
from archive.errors import KeyGone, SealBroken, StorageFailed
from archive.sealing import Kept

MAGIC = b"ANJSEG\x00\x01"
_NAME_BYTES = _SALT_BYTES = 16
HEADER_BYTES = len(MAGIC) + _NAME_BYTES + _SALT_BYTES

#: What gives the cipher of a file for its key's name, its salt and its place; KeyGone, Damaged.
Cipher = Callable[[str, bytes, bytes], ChunkCipher]

#: How many decrypted bytes are kept in memory.
KEPT_BYTES = 160 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the chunks: the key's name (32 hex) and the salt that makes the file's key its own."""

    key: str
    salt: bytes

    @classmethod
    def new(cls, key: str) -> Self:
        """The header of a new file under *key*."""
        return cls(key, secrets.token_bytes(_SALT_BYTES))

    @classmethod
    def read(cls, data: bytes) -> Self | None:
        """The header at the beginning of *data*; None if there is none."""
        if len(data) < HEADER_BYTES or not data.startswith(MAGIC):
            return None
        name = data[len(MAGIC) : len(MAGIC) + _NAME_BYTES]
        return cls(name.hex(), data[len(MAGIC) + _NAME_BYTES : HEADER_BYTES])

    def __bytes__(self) -> bytes:
        return MAGIC + bytes.fromhex(self.key) + self.salt


def content(place: str, header: Header) -> str:
    """What a chunk in memory belongs to: a file that is moved or written anew is another. Text hashes once."""
    return f"{place}//{bytes(header).hex()}"


def key_of(path: Path) -> str | None:
    """The name of the key that the file at *path* is sealed with; None if it is no long sealed file.

    Raises FileNotFoundError, or another OSError.
    """
    with path.open("rb", buffering=0) as file:
        header = Header.read(file.read(HEADER_BYTES))
    return header.key if header else None


class ChunkCache:
    """Decrypted chunks, at most *most* bytes of them, those used last; one for many files and threads."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self.most, self.bytes = most, 0
        self._chunks: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, file: str, number: int) -> bytes | None:
        """Chunk *number* of *file*, if it is here."""
        with self._lock:
            found = self._chunks.get((file, number))
            if found is not None:
                self._chunks.move_to_end((file, number))
            return found

    def put(self, file: str, number: int, chunk: bytes) -> None:
        """Keep *chunk*; what was not used for longest makes room."""
        if len(chunk) > self.most:
            return
        with self._lock:
            known = self._chunks.pop((file, number), b"")
            self._chunks[file, number] = chunk
            self.bytes += len(chunk) - len(known)
            while self.bytes > self.most:
                self.bytes -= len(self._chunks.popitem(last=False)[1])

    def forget(self, place: str) -> None:
        """Let go of the files that lie at *place* or inside it."""
        with self._lock:
            for key in [key for key in self._chunks if key[0].startswith(f"{place}/")]:
                self.bytes -= len(self._chunks.pop(key))


class SealedWriter:
    """A new file; memory stays flat however long it grows. Left by an exception, it vanishes."""

    def __init__(self, path: Path, header: Header, cipher: ChunkCipher) -> None:
        self._chunks = ChunkStream(cipher)
        self._file = NewFile(path, points="segment")
        self._open = True
        self._put([bytes(header)])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append *data* (bytes, or an array as a memoryview of bytes); DiskFull, StorageFailed."""
        self._put(self._chunks.feed(data))

    def tell(self) -> int:
        """How many bytes were written."""
        return self._chunks.size

    def close(self) -> None:
        """Write what is left and sync the file; its name is durable after `SealedFolder.settle`."""
        if self._open:
            self._put([self._chunks.end()])
            try:
                self._file.settle()
            finally:
                self.abandon()

    def abandon(self) -> None:
        """Remove the file unless it was closed before."""
        self._open = False
        self._file.abandon()

    def _put(self, sealed: Iterable[bytes]) -> None:
        try:
            for data in sealed:
                self._file.write(data)
        except BaseException:
            self.abandon()
            raise


class SealedFile:
    """A long sealed file for reading at random, by any number of threads; it closes with its last holder.

    It answers also after the file was removed from the folder.
    """

    def __init__(self, path: Path, place: str, cipher: Cipher, cache: ChunkCache) -> None:
        """FileNotFoundError; Damaged if header, length or end are not what was written at *place*."""
        self._handle, self._place, self._cache = -1, place, cache
        self._handle = _opened(path)
        header, stored = self._about()
        size = plain_size(stored - HEADER_BYTES)
        if header is None or size is None:
            raise self._broken()
        self.size = size
        self._content, self._last = content(place, header), chunk_count(size) - 1
        try:
            self._cipher = cipher(header.key, header.salt, place.encode())
        except KeyGone:
            if not path.exists():  # removed, and its key dropped, since it was opened
                raise FileNotFoundError(place) from None
            raise self._broken() from None
        self._decrypted(self._last)

    def read(self, start: int, length: int, *, keep: bool = True) -> bytes | bytearray:
        """*length* bytes from *start*; with *keep* what was decrypted for them stays in memory for others.

        Damaged if a chunk is not what was written, or the file has no such bytes.
        """
        if not 0 <= start <= start + length <= self.size:
            raise self._broken()
        number, skip = divmod(start, CHUNK)
        if skip + length <= CHUNK:
            return self._chunk(number, keep)[skip : skip + length] if length else b""
        found, at = bytearray(length), 0  # filled in place: joining pieces costs four times as much
        while at < length:
            piece = memoryview(self._chunk(number, keep))[skip : skip + length - at]
            found[at : at + len(piece)] = piece
            at, number, skip = at + len(piece), number + 1, 0
        return found

    def close(self) -> None:
        """Let go of the file; it is not read any more."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def __del__(self) -> None:
        self.close()

    def _about(self) -> tuple[Header | None, int]:
        with storing(Path(self._place)):
            return Header.read(os.pread(self._handle, HEADER_BYTES, 0)), os.fstat(self._handle).st_size

    def _chunk(self, number: int, keep: bool) -> bytes:
        found = self._cache.get(self._content, number)
        return self._decrypted(number, keep=keep) if found is None else found

    def _decrypted(self, number: int, *, keep: bool = True) -> bytes:
        with storing(Path(self._place)):
            sealed = os.pread(self._handle, SEALED_CHUNK, HEADER_BYTES + number * SEALED_CHUNK)
        chunk = self._cipher.open(number, sealed, final=number == self._last)
        if keep:
            self._cache.put(self._content, number, chunk)
        return chunk

    def _broken(self) -> SealBroken:
        return SealBroken(what=Kept.SEGMENT, where=self._place)


def _opened(path: Path) -> int:
    try:
        with storing(path):
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except StorageFailed as failure:
        if isinstance(failure.__cause__, FileNotFoundError):
            raise failure.__cause__ from None
        raise
