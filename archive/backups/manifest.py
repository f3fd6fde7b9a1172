"""The manifest of a set: what is in it, by size and SHA-256, signed with the log's key.

The small signed file names the big ones; the stored files, which never change, have a list of their own, so that
a new key pack costs one small file however large the set is. Sets that lie side by side share their stored files:
those are in the folder around them (layout 2), or, in a set of its own, inside (layout 1). This module does not
know the catalogue.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from archive import notes
from archive.durable import NewFile, storing
from archive.errors import NotABackup, SchemaNewer

ORIGIN = "anjuan/backup"
NAME, NEXT, FORMAT, FILES = "manifest", "manifest.next", "format", "files"
#: Where stored files lie, within a set or beside it; it is part of every name in the list.
VAULT = "vault"
#: The layouts this program reads; it writes the last.
LAYOUTS = (1, 2)
_LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a set: its SHA-256 (hex), its size in bytes, its path within the set."""

    sha256: str
    size: int
    name: str

    def line(self) -> str:
        """As it stands in a list."""
        return f"{self.sha256} {self.size} {self.name}\n"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which set this is, at which point of the log, under which epoch; ids, counts and digests only."""

    instance: str
    set_uid: str
    number: str
    epoch: int
    made_at: str
    log: str
    files: tuple[Entry, ...]

    def file(self, name: str) -> Entry:
        """The entry of one file; raises KeyError."""
        return {one.name: one for one in self.files}[name]

    def with_pack(self, epoch: int, pack: Entry) -> Manifest:
        """The same set with a new key pack."""
        others = tuple(one for one in self.files if one.name != pack.name)
        return replace(self, epoch=epoch, files=(*others, pack))

    def body(self) -> str:
        """What is signed."""
        head = (ORIGIN, self.instance, self.set_uid, self.number, self.epoch, self.made_at, self.log)
        return "".join(f"{one}\n" for one in head) + "".join(one.line() for one in self.files)


def write(folder: Path, manifest: Manifest, key: Ed25519PrivateKey, name: str = NAME) -> None:
    """Sign *manifest* and put it into the set, whole or not at all; raises `DiskFull`, `StorageFailed`."""
    with NewFile(spare(folder / name), points="backups") as file:
        file.write(notes.signed(key, manifest.body()).encode())
        file.keep(folder / name, replace=True)


def read(folder: Path, public: Ed25519PublicKey | None = None) -> Manifest:
    """The manifest of a finished set, its signature checked if *public* is given; raises `NotABackup`.

    Of two that a crash left beside each other the one that fits the key pack counts.
    """
    found = [one for name in (NAME, NEXT) if (one := _read(folder / name, public)) is not None]
    fitting = [
        one for one in found if any(holds(folder, kept) for kept in one.files if kept.name.endswith(".pack"))
    ]
    if not found:
        raise NotABackup(path=str(folder))
    return (fitting or found)[0]


def spoilt(folder: Path) -> bool:
    """True if the manifest has a letter more or less than was signed, white space included (I1)."""
    text = (folder / NAME).read_bytes()
    body, _, tail = text.partition(b"\n\n")
    return text != body + b"\n\n" + tail.strip() + b"\n"


def _read(path: Path, public: Ed25519PublicKey | None) -> Manifest | None:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode()
        signed = text.partition("\n\n")[0] if public is None else notes.body_of(text, ORIGIN, public)
        body = (signed or "").removesuffix("\n")
        origin, instance, set_uid, number, epoch, made_at, log, *files = body.split("\n")
        listed = tuple(_kept(line) for line in files)
    except (OSError, ValueError):
        return None
    return None if origin != ORIGIN else Manifest(instance, set_uid, number, int(epoch), made_at, log, listed)


def holds(folder: Path, kept: Entry) -> bool:
    """True if the file is in the set as it was written."""
    try:
        with (folder / kept.name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == kept.sha256
    except OSError:
        return False


def spare(path: Path) -> Path:
    """The name under which *path* is being written; what a killed writer left there is removed."""
    temp = path.with_name(f".{path.name}.part")
    with storing(path.parent), suppress(FileNotFoundError):
        temp.unlink()
    return temp


# --- the list of stored files ---------------------------------------------------------------------


def listed(folder: Path) -> Iterable[Entry]:
    """The stored files of a set, line by line; raises `NotABackup`."""
    try:
        with (folder / FILES).open(encoding="ascii") as file:
            for line in file:
                yield _kept(line.rstrip("\n"))
    except (OSError, ValueError) as gone:
        raise NotABackup(path=str(folder)) from gone


def _kept(line: str) -> Entry:
    parts: Sequence[str] = line.split(" ")
    digest, size, name = parts
    if len(digest) != 64 or ".." in name or name.startswith("/"):
        raise ValueError(line)
    return Entry(digest, int(size), name)


# --- the mark of a set, finished or not -----------------------------------------------------------


def mark(folder: Path, set_uid: str) -> None:
    """Say in the folder whose it is before anything else is put there; raises `DiskFull`, `StorageFailed`."""
    with NewFile(spare(folder / FORMAT), points="backups") as file:
        file.write(_mark(LAYOUTS[-1], set_uid))
        file.keep(folder / FORMAT)


def marked(folder: Path, set_uid: str) -> bool:
    """True if *folder* is that of this set, finished or not."""
    return _first_bytes(folder) in {_mark(layout, set_uid) for layout in LAYOUTS}


def known(folder: Path) -> None:
    """Raise `SchemaNewer` for a set that a later version of this program laid out."""
    first = _first_bytes(folder).partition(b"\n")[0].decode(errors="replace")
    origin, _, layout = first.rpartition(" ")
    if origin == ORIGIN and layout.isdecimal() and int(layout) > LAYOUTS[-1] and _as_written(folder):
        raise SchemaNewer(found=first, known=f"{ORIGIN} {LAYOUTS[-1]}")


def _as_written(folder: Path) -> bool:
    """False if the manifest says that the mark is damaged."""
    try:
        return holds(folder, read(folder).file(FORMAT))
    except (NotABackup, KeyError):
        return True


def pool(folder: Path) -> Path:
    """The folder from which the names of stored files count: the set itself, or the one that sets share."""
    return folder if (folder / VAULT).is_dir() else folder.parent


def _first_bytes(folder: Path) -> bytes:
    try:
        with (folder / FORMAT).open("rb") as file:
            return file.read(200)
    except OSError:
        return b""


def _mark(layout: int, set_uid: str) -> bytes:
    return f"{ORIGIN} {layout}\n{set_uid}\n".encode()
