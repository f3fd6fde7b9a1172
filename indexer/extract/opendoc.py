"""OpenDocument text and slides (ODF 1.3).

Order: headers, the body as it stands, notes and comments. What was struck with changes tracked is left out.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from indexer.extract.kinds import Extracted, Kind, Outcome
from indexer.extract.package import day_of, parsed

CONTENT, STYLES, META, MANIFEST = "content.xml", "styles.xml", "meta.xml", "META-INF/manifest.xml"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_MOST_BLANKS = 100
_SPACE = re.compile(r"[ \t\r\n]+")


def locked(package: zipfile.ZipFile) -> bool:
    """True where the manifest says that parts are encrypted (ODF 1.3 part 2, 4.8)."""
    return MANIFEST in package.namelist() and b"encryption-data" in package.read(MANIFEST)


def read(package: zipfile.ZipFile, kind: Kind) -> Extracted:
    """The text of an ODT or ODP; raises KeyError without content, XML errors on damage."""
    if locked(package):
        return Extracted(Outcome.ENCRYPTED, kind=kind.value, note="why=office-password")
    root = parsed(package, CONTENT)
    styled = kind is Kind.ODT and STYLES in package.namelist()
    headers = _page_parts(parsed(package, STYLES)) if styled else []
    text = "\n".join(filter(None, (*headers, text_of(root))))
    pages = sum(1 for _ in root.iter("{*}page")) if kind is Kind.ODP else None
    title, created = properties(package)
    pictured = any(name.startswith("Pictures/") for name in package.namelist())
    outcome = Outcome.TEXT if text else Outcome.IMAGE_ONLY if pictured else Outcome.EMPTY
    return Extracted(outcome, text, kind.value, pages, title, created)


def properties(package: zipfile.ZipFile) -> tuple[str | None, dt.date | None]:
    """Title and day of creation as the file tells them; None where it does not."""
    if META not in package.namelist():
        return None, None
    root = parsed(package, META)
    title = root.findtext(".//{http://purl.org/dc/elements/1.1/}title")
    created = root.findtext(".//{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}creation-date")
    return (title or "").strip() or None, day_of((created or "")[:26])


def text_of(root: Any) -> str:
    """The text of a document: page styles where they stand in the same file, body, then notes and comments.

    Notes come after the text so that they part no sentence.
    """
    struck = _struck(root)
    parts = [*root.iterfind(f"{_OFFICE}body"), *root.iter("{*}note-body", f"{_OFFICE}annotation")]
    return "\n".join(filter(None, (*_page_parts(root), *(_Reading(struck).text(part) for part in parts))))


def _page_parts(root: Any) -> list[str]:
    """Headers and footers, each once."""
    styles = root.find(f"{_OFFICE}master-styles")
    parts = [] if styles is None else [*styles.iter("{*}header"), *styles.iter("{*}footer")]
    return list(dict.fromkeys(filter(None, (_Reading(frozenset()).text(part) for part in parts))))


def _struck(root: Any) -> frozenset[str]:
    """The numbers of the tracked deletions (ODF 1.3 part 3, 5.5); some writers leave their words in the text."""
    regions = root.iter(f"{_TEXT}changed-region")
    return frozenset(one.get(f"{_TEXT}id", "") for one in regions if one.find(f"{_TEXT}deletion") is not None)


class _Reading:
    """One part on its way to text, and which deletions are open in it."""

    def __init__(self, struck: frozenset[str]) -> None:
        self._struck = struck
        self._open: set[str] = set()

    def text(self, part: Any) -> str:
        """The words of a part, a line per paragraph, cells parted by tabs."""
        lines = (line.strip(" ").rstrip() for line in self.below(part).split("\n"))
        return "\n".join(line for line in lines if line.strip())

    def _written(self, element: Any) -> str:
        """The words of an element without what follows it; as deep as the XML parser lets a tree grow (256)."""
        if not isinstance(element.tag, str):
            return ""
        name = element.tag.rpartition("}")[2]
        return "" if name in _UNSEEN else _WRITTEN.get(name, _Reading.below)(self, element)

    def below(self, element: Any) -> str:
        """The words below an element."""
        pieces = [self._words(element.text)]
        for child in element:
            pieces += (self._written(child), self._words(child.tail))
        return "".join(pieces)

    def _words(self, text: str | None) -> str:
        """Characters as ODF counts them: runs of white space are one blank (ODF 1.3 part 3, 6.1.2)."""
        return _SPACE.sub(" ", text) if text and not self._open else ""

    def paragraph(self, element: Any) -> str:
        """A line of its own."""
        return self.below(element) + "\n"

    def row(self, element: Any) -> str:
        """Cells parted by tabs."""
        return "\t".join(" ".join(self._written(cell).split()) for cell in element) + "\n"

    def blanks(self, element: Any) -> str:
        """`text:s`: so many blanks."""
        count = element.get(f"{_TEXT}c", "1")
        return " " * min(int(count) if count.isdecimal() else 1, _MOST_BLANKS)

    def change(self, element: Any) -> str:
        """The beginning of a deletion, or its end."""
        number = element.get(f"{_TEXT}change-id", "")
        if element.tag == f"{_TEXT}change-start" and number in self._struck:
            self._open.add(number)
        elif element.tag == f"{_TEXT}change-end":
            self._open.discard(number)
        return ""


_WRITTEN: Mapping[str, Callable[[_Reading, Any], str]] = {
    "p": _Reading.paragraph,
    "h": _Reading.paragraph,
    "page": _Reading.paragraph,
    "table-row": _Reading.row,
    "s": _Reading.blanks,
    "tab": lambda _, __: "\t",
    "line-break": lambda _, __: "\n",
    "change-start": _Reading.change,
    "change-end": _Reading.change,
}
_UNSEEN = frozenset(
    "note annotation creator date tracked-changes ruby-text forms binary-data event-listeners".split()  # noqa: SIM905
)
