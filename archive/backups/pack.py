"""The key pack of a set: the wrapped keys once more, sealed under the epoch secret (docs/format.md).

Without that secret a set is ciphertext for everybody; with it the keys are still wrapped under ROOT. This module
does not know where a set lies, nor when a pack must be written anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from archive.backups.slip import Slip
from archive.chunks import SEALED_CHUNK, ChunkCipher, ChunkStream, chunk_count, plain_size
from archive.durable import storing
from archive.errors import NotABackup, SealBroken, WrongSlip
from archive.keys import Keyring
from archive.sealing import Kept, derive

NAME = "keys.pack"
MAGIC = b"ANJPACK\x01"
_HEADER = struct.Struct(">8s16s16sI16s")


@dataclass(frozen=True, slots=True)
class Header:
    """The first 60 bytes of a pack: whose it is and under which epoch; *salt* is new with every writing."""

    instance: str
    set_uid: str
    epoch: int
    salt: bytes

    def to_bytes(self) -> bytes:
        """As they stand in the file; they are bound into every chunk."""
        ids = bytes.fromhex(self.instance), bytes.fromhex(self.set_uid)
        return _HEADER.pack(MAGIC, *ids, self.epoch, self.salt)

    def cipher(self, secret: bytes) -> ChunkCipher:
        """The cipher of this one pack under the secret of its epoch."""
        key = derive(secret, "backup|pack", self.salt)
        return ChunkCipher(key, self.to_bytes(), what=Kept.PACK, where=NAME)


def write_pack(keys: Keyring, set_uid: str, epoch: int, keep: Callable[[bytes], object]) -> str:
    """Hand a new pack for a set to *keep*, piece by piece; its SHA-256 in hex. Memory stays flat."""
    header = Header(keys.instance_id, set_uid, epoch, os.urandom(16))
    digest, chunks = hashlib.sha256(), ChunkStream(header.cipher(keys.pack_secret(epoch)))

    def kept(piece: bytes) -> None:
        digest.update(piece)
        keep(piece)

    kept(header.to_bytes())
    with closing(keys.pack_rows()) as rows:
        for row in rows:
            for sealed in chunks.feed(_line(row)):
                kept(sealed)
    kept(chunks.end())
    return digest.hexdigest()


def pack_header(path: Path) -> Header:
    """Whose pack this is; raises `NotABackup` for what is none."""
    try:
        with path.open("rb") as file:
            return _header(file, path)
    except OSError as gone:
        raise NotABackup(path=str(path.parent)) from gone


def open_pack(folder: Path, slip: Slip) -> Iterator[list[Any]]:
    """The rows in the pack of the set in *folder*: table and columns, keys wrapped under ROOT.

    Raises `NotABackup`, `WrongSlip` (another epoch's), `SealBroken` (another instance's, or a changed byte), `StorageFailed`.
    """
    path = folder / NAME
    header = pack_header(path)
    if header.epoch != slip.epoch:
        raise WrongSlip(given=slip.epoch, wanted=header.epoch)
    rest = b""
    for piece in _chunks(path, header.cipher(slip.secret)):
        *lines, rest = (rest + piece).split(b"\n")
        yield from map(_row, lines)
    if rest:
        raise SealBroken(what=Kept.PACK, where=NAME)


def _chunks(path: Path, cipher: ChunkCipher) -> Iterator[bytes]:
    with storing(path), path.open("rb") as file:
        file.seek(_HEADER.size)
        size = plain_size(os.fstat(file.fileno()).st_size - _HEADER.size)
        if size is None:
            raise SealBroken(what=Kept.PACK, where=NAME)
        last = chunk_count(size) - 1
        for number in range(last + 1):
            yield cipher.open(number, file.read(SEALED_CHUNK), final=number == last)


def _header(file: BinaryIO, path: Path) -> Header:
    raw = file.read(_HEADER.size)
    if len(raw) != _HEADER.size or not raw.startswith(MAGIC):
        raise NotABackup(path=str(path.parent))
    _, instance, set_uid, epoch, salt = _HEADER.unpack(raw)
    return Header(instance.hex(), set_uid.hex(), epoch, salt)


def _line(row: tuple[object, ...]) -> bytes:
    """A row as a line of JSON; bytes as an object with base64."""
    told = [{"b": base64.b64encode(one).decode()} if isinstance(one, bytes) else one for one in row]
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _row(line: bytes) -> list[Any]:
    return [base64.b64decode(one["b"]) if isinstance(one, dict) else one for one in json.loads(line)]
