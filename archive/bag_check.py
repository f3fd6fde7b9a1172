"""Is a BagIt folder complete and valid (RFC 8493, 3)? Every missing, extra or changed file is named.

This module opens no file outside the folder, follows no link and believes nothing that it reads.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.bags import BAGIT, DATA, INFO, MANIFEST, TAG_MANIFEST, safe, unescaped
from archive.durable import storing
from archive.errors import FileMissing
from archive.filenames import readable
from archive.values import Worded

_DECLARED = re.compile(
    rb"BagIt-Version: (1\.0|0\.97)\r?\nTag-File-Character-Encoding: UTF-8\r?(?:\n|\Z)", re.IGNORECASE
)
_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
_LINE = re.compile(r"([0-9a-fA-F]{32,128})[ \t]+\*?(.+)")
_OXUM = re.compile(r"(\d{1,19})\.(\d{1,19})")
_ALGORITHMS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})
#: Bytes that a declaration, all of the information, or one line of a list may have.
_LONGEST = 65_536
_NO_LINK = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class Flaw(Worded):
    """What is wrong with one file of a bag."""

    MISSING = "MISSING"
    EXTRA = "EXTRA"
    CHANGED = "CHANGED"
    UNSAFE = "UNSAFE"
    MALFORMED = "MALFORMED"
    COUNT = "COUNT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Finding:
    """One file and what is wrong with it."""

    path: str
    flaw: Flaw


def check(folder: Path, *, strict: bool = False) -> list[Finding]:
    """Everything that keeps *folder* from being a complete and valid bag, by path; empty if nothing does.

    With *strict* a file beside `data/` that no tag manifest lists is extra too. Raises `FileMissing`, `StorageFailed`.
    """
    return sorted(set(_Check(folder, strict=strict).findings()), key=lambda one: (one.path, one.flaw))


def seal(folder: Path) -> str:
    """The SHA-256 of the tag manifest, which stands for the whole bag; empty if there is none."""
    try:
        return _digest(folder / TAG_MANIFEST, "sha256")
    except OSError:
        return ""


def info(folder: Path) -> Mapping[str, str]:
    """What `bag-info.txt` says, by label; of a label said twice the first. Empty if it cannot be read."""
    raw = _beginning(folder / INFO)
    found: dict[str, str] = {}
    for line in raw.decode("utf-8", "replace").splitlines():
        label, colon, value = line.partition(":")
        if colon and not line[:1].isspace():
            found.setdefault(label.strip(), value.strip())
    return found


def names(folder: Path) -> list[str]:
    """The plain files in *folder*, as they are called on the disk; raises `FileMissing`, `StorageFailed`."""
    check = _Check(folder, strict=False)
    with storing(folder):
        list(check.look())
    return list(check.files.values())


def listed(folder: Path) -> dict[str, tuple[str, str]]:
    """Each file under `data/`, as it is called on the disk, with algorithm and hash of a list; of a sound bag."""
    check = _Check(folder, strict=False)
    found: dict[str, tuple[str, str]] = {}
    with storing(folder):
        list(check.look())
        for name in sorted(check.files):
            if (match := _MANIFEST.fullmatch(name)) and not match[1]:
                entries, _ = check.entries(name)
                found |= {
                    check.files[path]: (match[2], sha) for path, sha in entries.items() if path in check.files
                }
    return found


class _Check:
    def __init__(self, folder: Path, *, strict: bool) -> None:
        if not folder.is_dir():
            raise FileMissing(path=str(folder))
        self.folder, self.strict = folder, strict
        self.files: dict[str, str] = {}

    def findings(self) -> Iterator[Finding]:
        with storing(self.folder):
            yield from self.look()
            yield from self._declared()
            listed = {name: found for name in sorted(self.files) if (found := _MANIFEST.fullmatch(name))}
            tags: set[str] = set()
            for name, found in listed.items():
                entries, flaws = self.entries(name)
                yield from flaws
                yield from self._compared(name, found[2], entries)
                if found[1]:
                    tags |= entries.keys()
                else:
                    yield from self._extra(entries)
            if not any(found[1] is None for found in listed.values()):
                yield Finding(MANIFEST, Flaw.MISSING)
            yield from self._unlisted(tags)
            yield from self._counted()

    def look(self) -> Iterator[Finding]:
        """Note every plain file by its name in NFC; whatever else stands there is unsafe."""
        waiting = [""]
        while waiting:
            within = waiting.pop()
            for entry in sorted(os.scandir(self.folder / within), key=lambda one: one.name):
                path = f"{within}{entry.name}"
                normal = unicodedata.normalize("NFC", path)
                if (told := readable(normal)) != normal:  # not UTF-8, which all lists of a bag are in
                    yield Finding(told, Flaw.UNSAFE)
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{path}/")
                elif not entry.is_file(follow_symlinks=False) or normal in self.files:
                    yield Finding(normal, Flaw.UNSAFE)
                else:
                    self.files[normal] = path

    def _declared(self) -> Iterator[Finding]:
        if BAGIT not in self.files:
            yield Finding(BAGIT, Flaw.MISSING)
        elif not _DECLARED.fullmatch(_beginning(self.folder / BAGIT)):
            yield Finding(BAGIT, Flaw.MALFORMED)
        if not (self.folder / DATA).is_dir():
            yield Finding(DATA, Flaw.MISSING)

    def entries(self, name: str) -> tuple[dict[str, str], list[Finding]]:
        """What a list says: path and hash; and what is wrong with the list itself."""
        tag = name.startswith("tag")
        entries: dict[str, str] = {}
        flaws: list[Finding] = []
        for line in _lines(self.folder / self.files[name]):
            match = _LINE.fullmatch(line or "")
            if match is None:
                flaws.append(Finding(name, Flaw.MALFORMED))
                continue
            path = unicodedata.normalize("NFC", unescaped(match[2].removeprefix("./")))
            if not safe(path) or path.startswith(f"{DATA}/") == tag:
                flaws.append(Finding(path, Flaw.UNSAFE))
            elif path in entries:
                flaws.append(Finding(name, Flaw.MALFORMED))
            else:
                entries[path] = match[1].lower()
        return entries, flaws

    def _compared(self, name: str, algorithm: str, entries: Mapping[str, str]) -> Iterator[Finding]:
        if algorithm not in _ALGORITHMS:
            yield Finding(name, Flaw.MALFORMED)
            return
        for path, wanted in entries.items():
            if path not in self.files:
                yield Finding(path, Flaw.MISSING)
            elif _digest(self.folder / self.files[path], algorithm) != wanted:
                yield Finding(path, Flaw.CHANGED)

    def _extra(self, entries: Mapping[str, str]) -> Iterator[Finding]:
        """What lies under `data/` and is on a list of it nowhere."""
        for path in self.files:
            if path.startswith(f"{DATA}/") and path not in entries:
                yield Finding(path, Flaw.EXTRA)

    def _unlisted(self, tags: set[str]) -> Iterator[Finding]:
        if not self.strict:
            return
        if not any(name.startswith("tagmanifest-") for name in self.files):
            yield Finding(TAG_MANIFEST, Flaw.MISSING)
        for path in self.files:
            seals = path.startswith("tagmanifest-") and _MANIFEST.fullmatch(path)
            if not path.startswith(f"{DATA}/") and path not in tags and not seals:
                yield Finding(path, Flaw.EXTRA)

    def _counted(self) -> Iterator[Finding]:
        """Payload-Oxum, where it is said: bytes and number of the files under `data/`."""
        told = info(self.folder).get("Payload-Oxum")
        if told is None:
            return
        match = _OXUM.fullmatch(told)
        mine = [path for name, path in self.files.items() if name.startswith(f"{DATA}/")]
        size = sum((self.folder / path).lstat().st_size for path in mine)
        if match is None:
            yield Finding(INFO, Flaw.MALFORMED)
        elif (int(match[1]), int(match[2])) != (size, len(mine)):
            yield Finding(INFO, Flaw.COUNT)


def _digest(path: Path, algorithm: str) -> str:
    handle = os.open(path, _NO_LINK)
    with os.fdopen(handle, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _beginning(path: Path) -> bytes:
    """The first bytes of a plain file; empty if there is none, or if it is longer than it may be."""
    try:
        handle = os.open(path, _NO_LINK | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return b""
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return b""
        found = file.read(_LONGEST + 1)
    return found if len(found) <= _LONGEST else b""


def _lines(path: Path) -> Iterator[str | None]:
    """The lines of a list, without their ends; None for one that is too long or is no UTF-8."""
    handle = os.open(path, _NO_LINK)
    with os.fdopen(handle, "rb") as file:
        while raw := file.readline(_LONGEST):
            try:
                line = raw.rstrip(b"\r\n").decode()
            except UnicodeDecodeError:
                yield None
                continue
            if line:
                yield line if len(raw) < _LONGEST else None
