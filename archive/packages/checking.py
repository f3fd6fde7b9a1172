"""Is a package whole and safe to take in: complete, valid, sealed, nothing extra, no link, no two names alike (RFC 8493).

Nothing outside the folder is opened, no link is followed. What is found here is a verdict, never an exception.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from archive import bag_check
from archive.bag_check import Finding, Flaw
from archive.bags import BAGIT, DATA
from archive.errors import PackageUnsound
from archive.filenames import UNSEEN


@dataclass(frozen=True, slots=True)
class Sound:
    """A package that was found whole: its seal, what it says of itself, each payload file with how it is hashed."""

    seal: str
    info: Mapping[str, str]
    files: Mapping[str, tuple[str, str]]


def findings(folder: Path) -> list[Finding]:
    """Everything that keeps *folder* from being taken in, by path, wrong totals last. Raises `FileMissing`, `StorageFailed`."""
    if (
        folder.is_dir() and not (folder / BAGIT).is_file()
    ):  # no bag at all: what lies there is nobody's business
        return [Finding(BAGIT, Flaw.MISSING)]
    found = bag_check.check(folder, strict=True)
    return sorted({*found, *_alike(folder)}, key=lambda one: (one.flaw is Flaw.COUNT, one.path, one.flaw))


def sound(folder: Path) -> Sound:
    """The package in *folder*; raises `PackageUnsound` with the first flaw, `FileMissing`, `StorageFailed`."""
    found = findings(folder)
    if found:
        first = found[0]
        raise PackageUnsound(path=folder.name, count=len(found), first=first.path[:80], flaw=first.flaw)
    return Sound(bag_check.seal(folder), bag_check.info(folder), bag_check.listed(folder))


def _alike(folder: Path) -> Iterator[Finding]:
    """Files that one name would do for on a system that knows no capitals, and names with signs nobody sees."""
    seen: set[str] = set()
    for path in sorted(bag_check.names(folder)):
        plain = unicodedata.normalize("NFC", path)
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
        hidden = any(unicodedata.category(one) in UNSEEN for one in plain)
        if folded in seen or (hidden and plain.startswith(f"{DATA}/")):
            yield Finding(plain, Flaw.UNSAFE)
        seen.add(folded)
