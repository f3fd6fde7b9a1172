"""Codes as they come from a scanner: typed, in a file, or on standard input, one a line.

Labels carry the code itself in UTF-8; what scanners make of it on the way is put right here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from archive.codes import as_scanned
from archive.errors import BadValue, FileMissing

#: Letters a batch may have: some 400,000 codes.
LONGEST = 10_000_000


def scanned(given: Sequence[str], path: str | None) -> list[str]:
    """The codes *given*, then those of the file *path* (`-`: standard input); empty lines and `#` lines fall out.

    Raises `FileMissing`, `BadValue`.
    """
    return [line for line in numbered(given, path) if line]


def some(given: Sequence[str], path: str | None) -> list[str]:
    """As `scanned`, but one code there must be: raises `BadValue` for none."""
    codes = scanned(given, path)
    if not codes:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    return codes


def numbered(given: Sequence[str], path: str | None) -> list[str]:
    """As `scanned`, but what falls out stays as an empty line, so that a line is told by its number."""
    return [*given, *map(as_scanned, _lines(path))] if path else list(given)


def _lines(path: str) -> list[str]:
    lines = (line.strip() for line in whole(path).splitlines())
    return ["" if line.startswith("#") else line for line in lines]


def whole(path: str) -> str:
    """The text of the file *path* (`-`: standard input); raises `FileMissing`, `BadValue` if it is too long."""
    try:
        text = sys.stdin.read(LONGEST + 1) if path == "-" else _beginning(Path(path))
    except (OSError, UnicodeDecodeError) as gone:
        raise FileMissing(path=path) from gone
    if len(text) > LONGEST:
        raise BadValue(field="file", value=path, expected=f"≤ {LONGEST}")
    return text


def _beginning(path: Path) -> str:
    """In UTF-8, or as Chinese Windows writes it; raises OSError, UnicodeDecodeError."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.read(LONGEST + 1)
    except UnicodeDecodeError:
        with path.open(encoding="gb18030") as file:
            return file.read(LONGEST + 1)
