"""BagIt 1.0 folders (RFC 8493): written file by file in flat memory, and checked again by anybody.

This module does not know what the files are; the one who writes gives the folder its lasting name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Self

from archive.durable import NewFile, storing, sync_folder
from archive.errors import BagUnsafe

DATA = "data"
BAGIT = "bagit.txt"
INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

_ESCAPED = (("%", "%25"), ("\n", "%0A"), ("\r", "%0D"))
_WRITTEN = re.compile(r"%(25|0A|0D)", re.IGNORECASE)


class BagFile:
    """One new file of a bag: what is written is hashed on its way; settled and synced at the end."""

    def __init__(self, path: Path) -> None:
        self._file = NewFile(path, points="bag")
        self._hash = hashlib.sha256()
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._file.settle()
        self._file.abandon()

    def write(self, data: bytes) -> None:
        """Append *data*; raises `DiskFull` or `StorageFailed`."""
        self._hash.update(data)
        self.size += len(data)
        self._file.write(data)

    @property
    def sha256(self) -> str:
        """SHA-256 of what was written so far, in hex."""
        return self._hash.hexdigest()


class Bag:
    """A bag being written into an empty folder: payload files and tag files, then `close`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: set[str] = set()
        self._folders = {folder}
        self._files, self._bytes = 0, 0
        self._tags: list[tuple[str, str]] = []
        with storing(folder):
            (folder / DATA).mkdir(mode=0o700)
        self._folders.add(folder / DATA)
        self._manifest = BagFile(self._place(MANIFEST))

    @contextmanager
    def payload(self, path: str) -> Iterator[BagFile]:
        """A new file `data/`*path*; listed once it is whole. Raises `BagUnsafe`, `DiskFull`, `StorageFailed`."""
        name = f"{DATA}/{path}"
        with BagFile(self._place(name)) as file:
            yield file
        self._files, self._bytes = self._files + 1, self._bytes + file.size
        self._manifest.write(_listed(file.sha256, _normal(name)))

    @contextmanager
    def tag(self, path: str) -> Iterator[BagFile]:
        """A new file beside `data/`, listed in the tag manifest; raises as `payload`."""
        with BagFile(self._place(path)) as file:
            yield file
        self._tags.append((file.sha256, _normal(path)))

    def close(self, info: Sequence[tuple[str, str]]) -> str:
        """Write the lists and *info* (label, value); the SHA-256 of the tag manifest, which seals the whole."""
        with self._manifest:
            self._tags.append((self._manifest.sha256, MANIFEST))
        self._write(BAGIT, DECLARATION)
        told = [*info, ("Payload-Oxum", f"{self._bytes}.{self._files}")]
        self._write(INFO, "".join(f"{label}: {' '.join(value.split())}\n" for label, value in told).encode())
        with BagFile(self._place(TAG_MANIFEST)) as seal:
            for sha256, path in sorted(self._tags, key=lambda tag: tag[1]):
                seal.write(_listed(sha256, path))
        with storing(self.folder):
            for folder in sorted(self._folders, reverse=True):
                sync_folder(folder)
        return seal.sha256

    def abandon(self) -> None:
        """Let go of the list of files; who gave up removes the folder."""
        with suppress(OSError):
            self._manifest.__exit__(OSError, None, None)

    def _write(self, path: str, data: bytes) -> None:
        with self.tag(path) as file:
            file.write(data)

    def _place(self, path: str) -> Path:
        """Where *path* goes, its folders made; each path once, though capitals and small letters were one."""
        path = _normal(path)
        if not safe(path) or path.casefold() in self._seen:
            raise BagUnsafe(path=path)
        self._seen.add(path.casefold())
        *above, _ = PurePosixPath(path).parts
        folder = self.folder
        with storing(self.folder):
            for part in above:
                folder /= part
                if folder not in self._folders:
                    folder.mkdir(mode=0o700, exist_ok=True)
                    self._folders.add(folder)
        return self.folder / path


def _normal(path: str) -> str:
    return unicodedata.normalize("NFC", path)


def _listed(sha256: str, path: str) -> bytes:
    return f"{sha256}  {escaped(path)}\n".encode()


def escaped(path: str) -> str:
    """*path* as lists of files have it: percent signs and line ends are told by their number, and only those."""
    for plain, written in _ESCAPED:
        path = path.replace(plain, written)
    return path


def unescaped(path: str) -> str:
    """The path that `escaped` wrote."""
    return _WRITTEN.sub(lambda found: chr(int(found[1], 16)), path)


def safe(path: str) -> bool:
    """True for a relative path that stays in its folder on every system (RFC 8493, 5)."""
    parts = path.split("/")
    bad = path.startswith(("/", "~")) or "\\" in path or "\x00" in path or re.match(r"[A-Za-z]:", path)
    return not bad and all(part not in {"", ".", ".."} for part in parts)
