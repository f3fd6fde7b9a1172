"""A real index folder with a real key ring behind it, for the tests of long sealed files."""

from __future__ import annotations

import os
import random
from pathlib import Path

from archive.chunks import ChunkCipher
from archive.keys import Keyring
from archive.sealing import TAG_BYTES, Kept
from indexer.embedded.chunks import ChunkCache
from indexer.embedded.keypool import KeyPool
from indexer.embedded.storage import SealedFolder


class Sealer:
    """What a folder asks for its long files; short ones sealed by the ring."""

    def __init__(self, root: Path, keys, *, ring: Keyring | None = None, ahead: int = 32) -> None:
        self.pool, self._ring = KeyPool(root, keys, ahead=ahead), ring or keys

    def seal(self, name: str, data: bytes) -> bytes:
        return self._ring.seal_with("index", name.encode(), data)

    def open(self, name: str, data: bytes) -> bytes:
        return self._ring.open_with("index", name.encode(), data)


def a_folder(
    home: Path,
    keys,
    label: str = "open",
    *,
    most: int = 1 << 20,
    ring: Keyring | None = None,
    ahead: int = 32,
) -> SealedFolder:
    """The folder *label* of the index of the instance in *home*."""
    root = home / "index"
    sealer = Sealer(root, keys, ring=ring, ahead=ahead)
    return SealedFolder(root / label, sealer, label, chunks=ChunkCache(most))


def kept(folder: SealedFolder, name: str, data: bytes) -> Path:
    """*data* as a long file."""
    with folder.create(name) as out:
        out.write(data)
    folder.settle()
    return folder.folder / name


def whole(folder: SealedFolder, name: str) -> bytes:
    """All of a long file; what was decrypted before is forgotten first."""
    folder.forget()
    file = folder.opened(name)
    return bytes(file.read(0, file.size))


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


class ClearCipher(ChunkCipher):
    """Witness: seals nothing and believes what it reads."""

    def seal(self, number, data, *, final):
        return bytes(data) + bytes(TAG_BYTES)

    def open(self, number, sealed, *, final):
        return sealed[:-TAG_BYTES]


class ClearKeys:
    """Witness: the keys of clear files."""

    def renew_segment_keys(self, count, used):
        return tuple(os.urandom(16).hex() for _ in range(count))

    def confirm_segment_key(self, name):
        pass

    def segment_cipher(self, name, salt, place):
        return ClearCipher(bytes(32), b"", what=Kept.SEGMENT, where="")


class PlacelessKeys(ClearKeys):
    """Witness: one key for every file, bound to no place."""

    def segment_cipher(self, name, salt, place):
        return ChunkCipher(bytes(32), b"", what=Kept.SEGMENT, where="")
