"""The stored files of a set: each lies once in the folder that sets share, so a later set copies only what is new.

A file gets its name there only after its digest matched and it was put on the disk; from then on its size is
looked at, and every byte by `backup verify`. This module opens no content.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from archive import db
from archive.backups import manifest, pools, snapshots
from archive.backups.manifest import Entry
from archive.chunks import CHUNK
from archive.durable import NewFile, storing, sync_folder
from archive.errors import BlobMissing, Damaged, NotABackup
from archive.instance import Instance
from archive.model import Blob
from archive.sealing import Kept
from archive.vault import BlobRef

Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Filled:
    """How many stored files a set has, how many of them (and bytes) were copied, how many bad ones put aside; its records."""

    files: int
    copied: int
    bytes: int
    aside: int
    records: int


def fill(instance: Instance, place: Path, *, thorough: bool, progress: Progress | None) -> Filled:
    """Bring every stored file that the snapshot in *place* knows into the shared folder, and write the set's list.

    What is there already is copied anew if its size is wrong, or, when *thorough*, any byte of it; the bad file is
    kept aside. Raises `BlobMissing`, `Damaged`, `DiskFull`, `StorageFailed`.
    """
    filler = _Filler(instance, manifest.pool(place), thorough)
    with db.told(place), closing(snapshots.frozen(place / pools.CATALOGUE)) as raw:
        total, records = snapshots.counts(raw)
        with NewFile(manifest.spare(place / manifest.FILES), points="backups") as listed:
            for done, ref in enumerate(snapshots.refs(raw), 1):
                if (entry := filler.bring(ref)) is not None:
                    listed.write(entry.line().encode())
                if progress is not None:
                    progress(done, total)
            filler.sync()
            listed.keep(place / manifest.FILES)
    return Filled(filler.files, filler.copied, filler.bytes, filler.aside, records)


class Folders:
    """The folders of stored files: made as they are needed, put on the disk together at the end."""

    def __init__(self) -> None:
        self._made: set[Path] = set()
        self.late: set[Path] = set()

    def ready(self, target: Path) -> None:
        """See to it that *target* (vault/aa/bb/name) has a folder; raises OSError."""
        for folder in (target.parent.parent.parent, target.parent.parent, target.parent):
            if folder not in self._made:
                with suppress(FileExistsError):
                    folder.mkdir(mode=0o700)
                self._made.add(folder)
                self.late.add(folder.parent)

    def sync(self) -> None:
        """Put every name that was given on the disk; raises `StorageFailed`."""
        for folder in sorted(self.late):
            with storing(folder):
                sync_folder(folder)


class _Filler:
    """One pass over the stored files, in order; the folders of the new ones are synced once, at its end."""

    def __init__(self, instance: Instance, pool: Path, thorough: bool) -> None:
        self._instance, self._pool, self._thorough = instance, pool, thorough
        self._lasting = _Lasting(pool, instance.signer.public_key())
        self._folders = Folders()
        self.sync = self._folders.sync
        self.files = self.copied = self.bytes = self.aside = 0

    def bring(self, ref: BlobRef) -> Entry | None:
        """See to it that one stored file is in the shared folder; None for one that was destroyed since the snapshot."""
        entry = Entry(ref.stored_sha256, ref.stored_size, f"{manifest.VAULT}/{ref.name}")
        if not self._there(entry):
            if not self._copied(entry, ref):
                return None
            self.copied += 1
            self.bytes += entry.size
        elif entry.name not in self._lasting:  # left by a run that was killed before it synced
            self._folders.late.add((self._pool / entry.name).parent)
        self.files += 1
        return entry

    def _there(self, entry: Entry) -> bool:
        path = self._pool / entry.name
        try:
            found = path.lstat()
        except FileNotFoundError:
            return False
        plain = stat.S_ISREG(found.st_mode) and found.st_size == entry.size
        if plain and (not self._thorough or manifest.holds(self._pool, entry)):
            return True
        pools.put_aside(path)
        self.aside += 1
        return False

    def _copied(self, entry: Entry, ref: BlobRef) -> bool:
        try:
            source = (self._instance.vault.folder / ref.name).open("rb")
        except FileNotFoundError:
            if self._erased(ref):
                return False
            raise BlobMissing(what=Kept.BLOB, where=ref.name) from None
        target = self._pool / entry.name
        with source, storing(self._pool):
            self._folders.ready(target)
            copy(source, target, entry, late=self._folders.late)
        return True

    def _erased(self, ref: BlobRef) -> bool:
        with db.sessions(self._instance.engine, reading=True)() as session:
            found = session.get(Blob, ref.uid)
            return found is None or found.erased_at is not None


class _Lasting:
    """Which names the newest finished set in a folder lists: those files are on the disk. To be asked in order."""

    def __init__(self, pool: Path, public: Ed25519PublicKey) -> None:
        self._names = _newest(pool, public)
        self._ahead = next(self._names, None)

    def __contains__(self, name: str) -> bool:
        while self._ahead is not None and self._ahead < name:
            self._ahead = next(self._names, None)
        return self._ahead == name


def _newest(pool: Path, public: Ed25519PublicKey) -> Iterator[str]:
    for folder in reversed(pools.generations(pool)):
        with suppress(NotABackup, KeyError):
            if manifest.holds(folder, manifest.read(folder, public).file(manifest.FILES)):
                yield from (entry.name for entry in manifest.listed(folder))
                return


def copy(
    source: BinaryIO, target: Path, entry: Entry, *, points: str = "backups", late: set[Path] | None = None
) -> None:
    """Write what *source* reads to *target*, under its name only if it is what *entry* says; raises `Damaged`."""
    digest = hashlib.sha256()
    with NewFile(manifest.spare(target), points=points) as out:
        while piece := source.read(CHUNK):
            digest.update(piece)
            out.write(piece)
        if digest.hexdigest() != entry.sha256:
            raise Damaged(what=Kept.BLOB, where=entry.name)
        out.keep(target, late=late)
