"""The folder that sets share: what is stored once for all of them, who is in it, and what nobody needs any more.

A stored file never changes and is named by what it holds, so a later set copies only what is new; nothing is
linked, so any file system will do. This module does not know the catalogue, nor opens anything.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from archive import config
from archive.backups import manifest, pack
from archive.durable import NewFile, private_folder, storing, sync_folder
from archive.errors import BackupElsewhere, FileMissing, InsideInstance, NotABackup, NotEmpty
from archive.faults import point

ORIGIN = "anjuan/backup-pool 1"
#: The file that says whose sets a folder is for.
MARK = "pool"
CATALOGUE = "catalogue.db"
#: The files of one set, in the order in which they are taken away: who stops half-way can still tell whose it was.
OWN = (manifest.NAME, manifest.NEXT, manifest.FILES, CATALOGUE, config.FILE, pack.NAME, manifest.FORMAT)

_NUMBER = re.compile(r"BF\d{4}-\d{5,}")
#: A stored file, or one put aside; the last eight letters of a name may themselves read "bad…".
_STORED = re.compile(r"([0-9a-f]{64}\.[0-9a-f]{8})(?:\.bad\d*)?")


def checked(home: Path, instance_id: str, folder: Path) -> Path:
    """The absolute place of a folder for sets of this instance: empty, not there yet, or theirs already.

    Raises `InsideInstance`, `FileMissing` (no such place), `BackupElsewhere` (another instance's), `NotEmpty`.
    """
    place = folder.expanduser().absolute()
    if place.resolve().is_relative_to(home.resolve()):
        raise InsideInstance(path=str(place))
    if not place.exists() and not place.parent.is_dir():
        raise FileMissing(path=str(place.parent))
    if place.exists() and not place.is_dir():
        raise NotEmpty(path=str(place))
    owner = _owner(place)
    if owner not in {None, instance_id}:
        raise BackupElsewhere(path=str(place))
    if owner is None and place.exists() and any(one.name != f".{MARK}.part" for one in place.iterdir()):
        raise NotEmpty(path=str(place))
    return place


def _owner(place: Path) -> str | None:
    """The instance whose sets lie here; None where there are none. A set of layout 1 says it in its manifest."""
    try:
        origin, _, instance = (place / MARK).read_text("ascii").removesuffix("\n").partition("\n")
    except FileNotFoundError:
        with suppress(NotABackup):
            return manifest.read(place).instance
        return None
    except (OSError, ValueError):
        return ""
    return instance if origin == ORIGIN else ""


def ready(place: Path, instance_id: str) -> None:
    """Make the folder and its mark; raises `DiskFull`, `StorageFailed`."""
    with storing(place):
        private_folder(place)
        with suppress(PermissionError):  # a file system without permissions, such as exFAT
            place.chmod(0o700)
    if not marked(place, instance_id):
        with NewFile(manifest.spare(place / MARK), points="backups") as file:
            file.write(_mark(instance_id))
            file.keep(place / MARK, replace=True)


def marked(place: Path, instance_id: str) -> bool:
    """True if the folder's mark is this instance's, letter for letter."""
    try:
        return (place / MARK).read_bytes() == _mark(instance_id)
    except OSError:
        return False


def _mark(instance_id: str) -> bytes:
    return f"{ORIGIN}\n{instance_id}\n".encode()


def is_one(place: Path) -> bool:
    """True if sets lie here, of whatever instance."""
    return (place / MARK).exists() or _is_set(place)


def generations(place: Path) -> list[Path]:
    """The folders of sets in *place*, finished or not: itself if it is one, then those in it by name."""
    inside = sorted(one for one in _folders(place) if _NUMBER.fullmatch(one.name) or _is_set(one))
    return [place, *inside] if _is_set(place) else inside


def _folders(place: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from (one for one in place.iterdir() if one.name != manifest.VAULT and one.is_dir())


def _is_set(folder: Path) -> bool:
    return any((folder / name).exists() for name in (manifest.FORMAT, manifest.NAME, manifest.FILES))


def hollow(folder: Path) -> bool:
    """True if nothing but its mark is in a set's folder: killed before the register knew it, or as it was taken away."""
    names = {path.name for path in folder.iterdir()}
    return names <= {manifest.FORMAT, f".{manifest.FORMAT}.part"}


def meant(folder: Path) -> Path:
    """The set that a person means by *folder*: itself, or the newest finished one in it.

    Raises `NotABackup`, and `SchemaNewer` where a later version laid it out. A set whose manifest is there and does
    not read is never passed over for an older one.
    """
    found: list[tuple[str, Path]] = []
    for one in generations(folder.expanduser().absolute()):
        manifest.known(one)
        if any((one / name).exists() for name in (manifest.NAME, manifest.NEXT)):
            found.append((manifest.read(one).number, one))
    if not found:
        raise NotABackup(path=str(folder))
    return max(found)[1]


# --- taking away ----------------------------------------------------------------------------------


def remove(folder: Path) -> None:
    """Take the files of one set away, its key pack wiped before; raises `StorageFailed`. What is foreign stays."""
    with storing(folder):
        for name in OWN:
            for path in (folder / f".{name}.part", folder / name):
                path.unlink(missing_ok=True)
        point("backups.removed")
        if not manifest.pool(folder).samefile(folder):
            with suppress(OSError):
                folder.rmdir()
            sync_folder(folder.parent)


def collect(place: Path, public: Ed25519PublicKey) -> int | None:
    """Remove stored files that no set in *place* lists; how many, or None where a set's list cannot be read.

    Then nothing is removed: what cannot be read may need any of them. Raises `StorageFailed`.
    """
    sets = generations(place)
    if not all(_readable(folder, public) for folder in sets):
        return None
    kept = iter(heapq.merge(*(_names(folder) for folder in sets)))
    removed, ahead = 0, next(kept, None)
    with storing(place):
        for name, path in stored(place):
            while ahead is not None and ahead < name:
                ahead = next(kept, None)
            if ahead != name:
                path.unlink(missing_ok=True)
                removed += 1
        if not sets:
            _vacate(place)
    return removed


def _readable(folder: Path, public: Ed25519PublicKey) -> bool:
    try:
        found = manifest.read(folder, public)
        return manifest.holds(folder, found.file(manifest.FILES))
    except (NotABackup, KeyError):
        return False


def _names(folder: Path) -> Iterable[str]:
    return (entry.name for entry in manifest.listed(folder))


def stored(place: Path) -> Iterator[tuple[str, Path]]:
    """Every stored file of the folder in order, and what was put aside or left half written beside it.

    Each with the name a list would have for it; what is half written goes by a name that no list has.
    """
    for first in _sorted(place / manifest.VAULT):
        for second in _sorted(first):
            for path in _sorted(second):
                within = f"{manifest.VAULT}/{first.name}/{second.name}/"
                if ours := _STORED.fullmatch(path.name):
                    yield within + ours.group(1), path
                elif path.name.startswith(".") and path.name.endswith(".part"):
                    yield within + path.name, path


def _sorted(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(folder.iterdir())
    return []


def _vacate(place: Path) -> None:
    """Nothing is left of ours in the folder; what somebody else put there stays."""
    vault = place / manifest.VAULT
    for folder in (*(two for one in _sorted(vault) for two in _sorted(one)), *_sorted(vault), vault):
        with suppress(OSError):
            folder.rmdir()
    for path in (place / f".{MARK}.part", place / MARK):
        path.unlink(missing_ok=True)


def put_aside(path: Path) -> Path:
    """Give a file that is not what was written a name beside its own (`.bad`, `.bad2`), and say which; never deletes."""
    nth, aside = 1, path.with_name(f"{path.name}.bad")
    while aside.exists():
        nth += 1
        aside = path.with_name(f"{path.name}.bad{nth}")
    with storing(path.parent):
        path.rename(aside)
        sync_folder(path.parent)
    return aside
