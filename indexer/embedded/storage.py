"""Where index files live: sealed, synced, replaced at once, opened only after they prove genuine.

Whoosh's table of contents is a pickle, so an index file is a program: nothing here is handed out before
its seal has been checked (reliability F4). Whoosh never syncs; here every file is on the disk before the
table of contents that names it (reliability fact 1). Scratch space is memory. What the bytes mean is
not known here, nor how they are sealed.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from whoosh.filedb.filestore import Storage
from whoosh.filedb.structfile import BufferFile, StructFile

from archive.durable import private_folder, storing, sync_folder
from indexer.embedded.chunks import ChunkCache, SealedFile, SealedWriter
from indexer.embedded.keypool import KeyPool

#: How many decrypted bytes are kept for opening a file again.
CACHED_BYTES = 64 * 1024 * 1024


class Sealer(Protocol):
    """Authenticated encryption that binds a name: what was sealed as one name opens as no other."""

    def seal(self, name: str, data: bytes) -> bytes:
        """*data* as it may lie on the disk."""

    def open(self, name: str, data: bytes) -> bytes:
        """What was sealed as *name*; Damaged if it was changed, moved or sealed with another key."""

    @property
    def pool(self) -> KeyPool:
        """The keys of long files."""


class SealedFolder:
    """A folder of sealed files, each bound to *label*/name, with a bounded memory of opened ones.

    Short files are read and written whole; long ones are streams with a key of their own, and the *chunks*
    of them in memory may be shared with other folders.
    """

    def __init__(
        self,
        folder: Path,
        sealer: Sealer,
        label: str,
        *,
        cached: int = CACHED_BYTES,
        chunks: ChunkCache | None = None,
    ) -> None:
        self.folder, self.label = folder, label
        self._sealer, self._most = sealer, cached
        self._chunks = chunks or ChunkCache()
        self._opened: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()
        private_folder(folder)

    def read(self, name: str) -> bytes:
        """The content of *name*; FileNotFoundError, or Damaged if it is not what was written."""
        path = self.folder / name
        about = path.stat()
        key = (name, about.st_ino, about.st_mtime_ns)
        with self._lock:
            if key in self._opened:
                self._opened.move_to_end(key)
                return self._opened[key]
        data = self._sealer.open(self._bound(name), path.read_bytes())
        self._remember(key, data)
        return data

    def write(self, name: str, data: bytes, *, sealed_as: str | None = None) -> None:
        """Write *data* and sync the file; its name is durable after `settle`. DiskFull, StorageFailed."""
        sealed = self._sealer.seal(self._bound(sealed_as or name), data)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with storing(self.folder), os.fdopen(os.open(self.folder / name, flags, 0o600), "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())

    def create(self, name: str) -> SealedWriter:
        """A new long file, written in one stream; StorageFailed if the name is taken, DiskFull."""
        return self._sealer.pool.create(self.folder / name, self._bound(name))

    def opened(self, name: str) -> SealedFile:
        """The long file *name* for reading at random; FileNotFoundError, or Damaged."""
        return self._sealer.pool.opened(self.folder / name, self._bound(name), self._chunks)

    def drop_keys(self) -> None:
        """Delete the keys of long files that are gone; after what says that they are gone is durable."""
        self._sealer.pool.drop()

    def replace(self, name: str, final: str) -> None:
        """Give *name* the name *final* at once: before a crash the old file, after it the new one.

        What was written before is on the disk by then: a table of contents names no file that is not there.
        """
        self.settle()
        self._renamed(name, final)

    def write_whole(self, name: str, data: bytes) -> None:
        """Write *name* so that a crash leaves the old content or the new; it speaks of no other file here."""
        self.write(f"{name}.new", data, sealed_as=name)
        self._renamed(f"{name}.new", name)

    def _renamed(self, name: str, final: str) -> None:
        with storing(self.folder):
            (self.folder / name).replace(self.folder / final)
        self.settle()

    def settle(self) -> None:
        """Sync the folder: names written, replaced and deleted so far are durable."""
        with storing(self.folder):
            sync_folder(self.folder)

    def names(self) -> list[str]:
        """The files in the folder."""
        return [entry.name for entry in os.scandir(self.folder) if entry.is_file(follow_symlinks=False)]

    def delete(self, name: str) -> None:
        """Remove *name*, also from memory; the key of a long file goes with the next `drop_keys`."""
        self.forget(name)
        (self.folder / name).unlink()

    def clear(self) -> None:
        """Remove every file."""
        for name in self.names():
            self.delete(name)
        self.settle()

    def forget(self, name: str | None = None) -> None:
        """Let go of the decrypted bytes of *name*, or of all."""
        with self._lock:
            for key in [key for key in self._opened if name in {None, key[0]}]:
                del self._opened[key]
        self._chunks.forget(self.label if name is None else self._bound(name))

    def _remember(self, key: tuple[str, int, int], data: bytes) -> None:
        with self._lock:
            self._opened[key] = data
            while sum(map(len, self._opened.values())) > self._most:
                self._opened.popitem(last=False)

    def _bound(self, name: str) -> str:
        return f"{self.label}/{name}"


class SealedStorage(Storage):  # type: ignore[misc]  # Whoosh has no types
    """A Whoosh storage over a sealed folder: as much of one as a table of contents asks for."""

    supports_mmap = False

    def __init__(self, folder: SealedFolder) -> None:
        self.sealed = folder

    def __iter__(self) -> Any:
        return iter(self.list())

    def list(self) -> list[str]:
        """The names of the files."""
        return self.sealed.names()

    def create_file(self, name: str, **_: object) -> Any:
        """A file kept in memory until it is closed, then sealed and synced.

        A table of contents is written under a passing name; it is sealed as the name it will have.
        """
        final, passing, _stamp = name.partition(".toc.")
        sealed_as = f"{final}.toc" if passing else name

        def closed(file: Any) -> None:
            self.sealed.write(name, file.file.getvalue(), sealed_as=sealed_as)

        return StructFile(BytesIO(), name=name, onclose=closed)

    def open_file(self, name: str, **_: object) -> Any:
        """The file as it was written, from memory; Damaged before a byte of a false one is read."""
        return BufferFile(memoryview(self.sealed.read(name)), name=name)

    def delete_file(self, name: str) -> None:
        """Remove the file."""
        self.sealed.delete(name)

    def rename_file(self, name: str, newname: str, safe: bool = False) -> None:  # noqa: ARG002
        """Replace at once; Whoosh would remove first (not atomic)."""
        self.sealed.replace(name, newname)
