"""The vault: electronic files as encrypted blobs, each under a key of its own (reliability §5.2, §5.5).

This module does not know whose file a blob is, nor where its key is kept. The layout is in docs/format.md.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

from archive.chunks import CHUNK, SEALED_CHUNK, ChunkCipher, ChunkStream, chunk_count, sealed_size
from archive.durable import NewFile, private_folder, storing, sync_folder
from archive.errors import BlobMissing, Damaged, SealBroken, StorageFailed, TargetExists
from archive.faults import point
from archive.keys import Keyring
from archive.sealing import KEY_BYTES, Kept

MAGIC = b"ANJBLOB\x01"
_UID_BYTES = 16
HEADER_BYTES = len(MAGIC) + _UID_BYTES

_NAME = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{60}\.[0-9a-f]{8}")
_TEMPS = "tmp"
_BATCH = 500

Source = BinaryIO | Iterable[bytes] | bytes


@dataclass(frozen=True, slots=True)
class BlobRef:
    """What the catalogue keeps of a blob: *uid* 32 hex, *content_id* 64 hex, sizes in bytes, SHA-256 in hex."""

    uid: str
    content_id: str
    size: int
    stored_size: int
    stored_sha256: str

    @property
    def name(self) -> str:
        """Its path inside the vault."""
        return f"{self.content_id[:2]}/{self.content_id[2:4]}/{self.content_id}.{self.uid[:8]}"


@dataclass(frozen=True, slots=True)
class NewBlob(BlobRef):
    """A blob just written, with its *key* (32 bytes), which is stored nowhere yet."""

    key: bytes = field(repr=False)

    @property
    def ref(self) -> BlobRef:
        """The part without the key."""
        return BlobRef(self.uid, self.content_id, self.size, self.stored_size, self.stored_sha256)


class Vault:
    """The blobs of one instance; safe to share between threads."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self.folder = folder / "vault"
        self._keyring = keyring
        self._temps = self.folder / _TEMPS
        self._degraded = False
        self._known: set[Path] = set()
        self._late: set[Path] | None = None
        with storing(self.folder):
            private_folder(self._temps)

    def write(self, source: Source) -> NewBlob:
        """Encrypt and store *source*; on return (or at the end of `together`) it survives a power cut.

        Memory stays flat. Never leaves a partial blob: at most an orphan that `sweep` collects.
        Raises `DiskFull`, `StorageFailed` (from then on every write: the disk is not to be trusted).
        """
        if self._degraded:
            raise StorageFailed(path=str(self.folder), why="read-only")
        with self._noting_failure():
            return self._write(source)

    @contextmanager
    def together(self) -> Iterator[Self]:
        """The same vault for one thread, whose blobs survive a power cut only from the end of the block on.

        Their folders are then synced once for all of them; each file itself is synced before it gets its name.
        """
        batch = copy(self)
        try:
            with batch._sync_late():  # noqa: SLF001  # its own kind
                yield batch
        finally:
            self._degraded |= batch._degraded  # noqa: SLF001  # its own kind

    @contextmanager
    def _sync_late(self) -> Iterator[None]:
        self._late = late = set[Path]()
        try:
            yield
        finally:
            self._late = None
        with self._noting_failure(), storing(self.folder):
            for folder in sorted(late):
                sync_folder(folder)
        point("vault.after_dirsync")

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        try:
            yield
        except StorageFailed as failure:
            self._degraded = failure.facts["why"] == "EIO"
            raise

    def writing(self) -> Writing:
        """A blob to be written piece by piece; raises as `write` does."""
        if self._degraded:
            raise StorageFailed(path=str(self.folder), why="read-only")
        with self._noting_failure():
            return Writing(self)

    def content_id(self, source: Source) -> str:
        """The id *source* would be stored under, 64 hex: a keyed MAC of its bytes. Nothing is written."""
        content = self._content_mac()
        for piece in _pieces(source):
            content.update(piece)
        return content.hexdigest()

    def read(self, ref: BlobRef, key: bytes) -> Iterator[bytes]:
        """The plaintext, chunk by chunk, each verified before it is given.

        Raises `Damaged` at the first chunk that is not what was written, or `BlobMissing`, when iterated.
        """
        with self._stored(ref) as stored:
            if self._take(stored, HEADER_BYTES) != _header(ref.uid):
                raise _damaged(ref)
            cipher, last = _cipher(ref.uid, key), chunk_count(ref.size) - 1
            for number in range(last + 1):
                try:
                    yield cipher.open(number, self._take(stored, SEALED_CHUNK), final=number == last)
                except SealBroken:
                    raise _damaged(ref) from None

    def read_all(self, ref: BlobRef, key: bytes) -> bytes:
        """The whole plaintext, or `Damaged`; for small blobs."""
        return b"".join(self.read(ref, key))

    def check(self, ref: BlobRef, key: bytes | None = None) -> None:
        """Raise `Damaged` unless every stored byte is as written.

        Without *key* by the SHA-256 of what is stored; with it by opening every chunk and the content id too.
        """
        with self._stored(ref) as stored, storing(self.folder):
            if hashlib.file_digest(stored, "sha256").hexdigest() != ref.stored_sha256:
                raise _damaged(ref)
        if key is not None:
            content = self._content_mac()
            for chunk in self.read(ref, key):
                content.update(chunk)
            if content.hexdigest() != ref.content_id:
                raise _damaged(ref)

    def fault(self, ref: BlobRef, key: bytes | None = None) -> str | None:
        """The code of what `check` finds wrong; None if every byte is right."""
        try:
            self.check(ref, key)
        except Damaged as fault:
            return fault.code
        return None

    def export(self, ref: BlobRef, key: bytes, target: Path, *, replace: bool = False) -> None:
        """Write the plaintext to *target* (0600), the path a person asked for: whole and verified, or not at all.

        Raises `TargetExists` (unless *replace*), `Damaged`, `DiskFull`, `StorageFailed`.
        """
        if not replace and os.path.lexists(target):
            raise TargetExists(path=str(target))
        temp = target.with_name(f".{secrets.token_hex(8)}.part")
        with NewFile(temp, points="export") as out:
            for chunk in self.read(ref, key):
                out.write(chunk)
            out.keep(target, replace=replace)

    def discard(self, ref: BlobRef) -> None:
        """Remove a blob for good; nothing happens if it is gone already."""
        self._remove(ref.name)
        point("vault.discarded")

    def walk(self) -> Iterator[str]:
        """The names of all stored blobs, in order; temporary and foreign files are passed over."""
        for first in _names(self.folder):
            for second in _names(self.folder / first):
                for last in _names(self.folder / first / second):
                    if _NAME.fullmatch(name := f"{first}/{second}/{last}"):
                        yield name

    def sweep(
        self,
        known: Callable[[Sequence[str]], Iterable[str]],
        grace_seconds: float,
        *,
        clock: Callable[[], float] = time.time,
    ) -> list[str]:
        """Remove blobs and temporary files older than the grace that no row knows; their names.

        *known* is asked with up to 500 names at a time and answers those the catalogue has.
        """
        removed = []
        for batch in self._old(clock() - grace_seconds):
            for name in sorted(set(batch) - set(known(batch))):
                self._remove(name)
                removed.append(name)
        return removed

    # --- inside --------------------------------------------------------------------------

    def _write(self, source: Source) -> NewBlob:
        with Writing(self) as writing:
            for piece in _pieces(source):
                writing.feed(piece)
            return writing.end()

    def _content_mac(self) -> hmac.HMAC:
        return self._keyring.running_mac("content-id")

    def _place(self, ref: BlobRef) -> Path:
        """Where *ref* goes, its folders made and durable."""
        path = self.folder / ref.name
        with storing(self.folder):
            self._folder(path.parent.parent)
            self._folder(path.parent)
            point("vault.parents_made")
        return path

    def _folder(self, folder: Path) -> None:
        """See to it that *folder* exists and lasts: another process may have made it and not synced it yet."""
        if folder in self._known:
            return
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        sync_folder(folder.parent, self._late)
        if self._late is None:
            self._known.add(folder)

    def _stored(self, ref: BlobRef) -> io.BufferedReader:
        """The stored bytes, if they are there and as many as were written."""
        if not _NAME.fullmatch(ref.name) or ref.stored_size != stored_size(ref.size):
            raise _damaged(ref)
        try:
            with storing(self.folder):
                stored = (self.folder / ref.name).open("rb")
        except StorageFailed as failure:
            if isinstance(failure.__cause__, FileNotFoundError):
                raise BlobMissing(what=Kept.BLOB, where=ref.name) from None
            raise
        if os.fstat(stored.fileno()).st_size != ref.stored_size:
            stored.close()
            raise _damaged(ref)
        return stored

    def _take(self, stored: io.BufferedReader, count: int) -> bytes:
        with storing(self.folder):
            return stored.read(count)

    def _remove(self, name: str) -> None:
        path = self.folder / name
        with storing(self.folder), suppress(FileNotFoundError):
            path.unlink()
            sync_folder(path.parent, self._late)

    def _old(self, cutoff: float) -> Iterator[list[str]]:
        """Names of files last written before *cutoff*, in batches."""
        temps = [f"{_TEMPS}/{name}" for name in _names(self._temps) if name.endswith(".part")]
        batch = []
        for name in (*temps, *self.walk()):
            with suppress(FileNotFoundError):
                if (self.folder / name).stat().st_mtime < cutoff:
                    batch.append(name)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        yield batch


class Writing:
    """One blob on its way, sealed from its first byte: fed piece by piece, kept by `end`, or gone.

    Not to be shared between threads. What the process leaves behind when it is killed is collected by `sweep`.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault, self._uid, self._key = (
            vault,
            secrets.token_hex(_UID_BYTES),
            secrets.token_bytes(KEY_BYTES),
        )
        header = _header(self._uid)
        self._chunks = ChunkStream(_cipher(self._uid, self._key))
        self._content, self._stored = vault._content_mac(), hashlib.sha256(header)  # noqa: SLF001  # its own kind
        self._out = NewFile(vault._temps / f"{self._uid}.part", points="vault")  # noqa: SLF001  # its own kind
        self.open = True  # until it is to be kept
        try:
            self._out.write(header)
        except BaseException:
            self.abandon()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.abandon()

    @property
    def size(self) -> int:
        """The plaintext bytes fed so far."""
        return self._chunks.size

    def feed(self, piece: bytes) -> None:
        """Encrypt and append *piece*; raises `DiskFull`, `StorageFailed`."""
        self._content.update(piece)
        with self._vault._noting_failure():  # noqa: SLF001  # its own kind
            for sealed in self._chunks.feed(piece):
                self._keep(sealed)

    def end(self) -> NewBlob:
        """The whole blob, stored; raises as `Vault.write` does."""
        self.open = False
        with self._vault._noting_failure():  # noqa: SLF001  # its own kind
            self._keep(self._chunks.end())
            size = self._chunks.size
            blob = NewBlob(
                self._uid,
                self._content.hexdigest(),
                size,
                stored_size(size),
                self._stored.hexdigest(),
                self._key,
            )
            self._out.keep(self._vault._place(blob), late=self._vault._late)  # noqa: SLF001  # its own kind
        return blob

    def abandon(self) -> None:
        """Leave nothing behind, unless it has ended."""
        self._out.abandon()

    def _keep(self, sealed: bytes) -> None:
        self._stored.update(sealed)
        self._out.write(sealed)


def stored_size(size: int) -> int:
    """The bytes on disk of a blob of *size* plaintext bytes."""
    return HEADER_BYTES + sealed_size(size)


def _header(uid: str) -> bytes:
    return MAGIC + bytes.fromhex(uid)


def _cipher(uid: str, key: bytes) -> ChunkCipher:
    return ChunkCipher(key, _header(uid), what=Kept.BLOB, where=uid)


def _damaged(ref: BlobRef) -> Damaged:
    return Damaged(what=Kept.BLOB, where=ref.name)


def _names(folder: Path) -> list[str]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(path.name for path in folder.iterdir())
    return []


def _pieces(source: Source) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
    elif isinstance(source, Iterable) and not hasattr(source, "read"):
        yield from source
    else:
        while piece := source.read(CHUNK):
            yield piece
