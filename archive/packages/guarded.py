"""XML of others read element by element: no document type, no entity, nothing fetched, nothing expanded.

This module does not know what the elements mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat  # document types are refused, so nothing is expanded or fetched

from archive.errors import PackageUnread
from archive.packages.told import Unread
from archive.sheets.guarding import parser

#: Levels of elements inside each other, elements of a document.
MOST_DEEP, MOST_ELEMENTS = 64, 2_000_000
#: Bytes handed to the parser at a time.
_PIECE = 1 << 16


class Element:
    """One element: its name without prefix, its text, what is in it."""

    __slots__ = ("children", "name", "text")

    def __init__(self, name: str) -> None:
        self.name, self.text = name, ""
        self.children: list[Element] = []

    def all(self, name: str) -> list[Element]:
        """Those directly in it that are called *name*."""
        return [one for one in self.children if one.name == name]

    def told(self, *way: str) -> str:
        """The text at the end of *way*, the first where there are several; empty if there is none."""
        found: Element | None = self
        for name in way:
            found = next((one for one in found.children if one.name == name), None) if found else None
        return found.text.strip() if found else ""


class _Tree:
    def __init__(self, name: str, wanted: frozenset[str]) -> None:
        self.file, self.wanted = name, wanted
        self.found: list[Element] = []
        self._open: list[Element] = []
        self._kept = self._count = 0

    def start(self, name: str, _: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MOST_DEEP or self._count > MOST_ELEMENTS:
            raise PackageUnread(path=self.file, why=Unread.TOO_LARGE)
        element = Element(name.rpartition(":")[2])
        if self._kept:
            self._open[-1].children.append(element)
        elif element.name in self.wanted:
            self._kept = len(self._open) + 1
        self._open.append(element)

    def end(self, _: str) -> None:
        element = self._open.pop()
        if self._kept and len(self._open) < self._kept:
            self._kept = 0
            self.found.append(element)

    def text(self, data: str) -> None:
        if self._kept:
            self._open[-1].text += data


def elements(path: Path, name: str, *wanted: str) -> Iterator[Element]:
    """The outermost elements of *path* called one of *wanted*, as they end; raises `PackageUnread` naming *name*."""
    tree = _Tree(name, frozenset(wanted))
    made = parser(tree.start, tree.end)
    made.CharacterDataHandler = tree.text
    made.StartDoctypeDeclHandler = lambda *_: _no_doctype(name)
    with path.open("rb") as stream:
        piece = b"begin"
        while piece:
            piece = stream.read(_PIECE)
            try:
                made.Parse(piece, not piece)
            except (expat.ExpatError, ValueError) as bad:
                raise PackageUnread(path=name, why=Unread.MALFORMED) from bad
            yield from tree.found
            tree.found.clear()


def _no_doctype(name: str) -> None:
    raise PackageUnread(path=name, why=Unread.DOCTYPE)
