"""DOCX: everything a reader of the printed page would read, in that order.

Headers, body (with tables and text boxes where they stand), footnotes, endnotes, footers.
Tracked insertions count as written and deletions as gone. Read from the XML itself,
since python-docx passes over text boxes, notes and tracked insertions.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from indexer.extract.kinds import Extracted, Kind, Outcome
from indexer.extract.package import parsed, parts_of, properties

MAIN = ("document.main+xml", "template.main+xml", "document.macroEnabled.main+xml")
PARTS = ("header+xml", *MAIN, "footnotes+xml", "endnotes+xml", "footer+xml")
_WORD = frozenset(
    {
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    },
)
_COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_SIGNS: Mapping[str, str] = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_GONE = frozenset(
    {"del", "moveFrom", "delText", "instrText", "delInstrText", "pPr", "rPr", "tblPr", "sectPr"}
)
_UNSEEN_NOTES = frozenset({"separator", "continuationSeparator", "continuationNotice"})


def read(package: zipfile.ZipFile) -> Extracted:
    """The text of a DOCX package; raises KeyError without a main part, ValueError or XML errors on damage."""
    if not list(parts_of(package, *MAIN)):
        raise KeyError("document.main+xml")
    texts = (text_of(parsed(package, part)) for part in parts_of(package, *PARTS))
    text = "\n".join(dict.fromkeys(text for text in texts if text))
    title, created = properties(package)
    outcome = Outcome.TEXT if text else _without_text(package)
    return Extracted(outcome, text, Kind.DOCX.value, None, title, created)


def _without_text(package: zipfile.ZipFile) -> Outcome:
    pictured = any(name.startswith("word/media/") for name in package.namelist())
    return Outcome.IMAGE_ONLY if pictured else Outcome.EMPTY


def text_of(root: Any) -> str:
    """The text of one part, a line per paragraph, cells parted by tabs."""
    lines = _written(root).split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _written(element: Any) -> str:
    """The text below *element*; as deep as the XML parser lets a tree grow (256)."""
    if not isinstance(element.tag, str):
        return ""
    namespace, _, name = element.tag.rpartition("}")
    namespace = namespace.lstrip("{")
    if namespace == _COMPATIBILITY and name == "AlternateContent":
        return _one_alternative(element)
    if namespace not in _WORD:
        return _children(element)
    return _WRITTEN.get(name, _children)(element) if name not in _GONE else ""


def _children(element: Any) -> str:
    return "".join(map(_written, element))


def _one_alternative(element: Any) -> str:
    """The same drawing told twice (DrawingML, VML): the first telling that says something."""
    return next(filter(None, map(_children, element)), "")


def _row(element: Any) -> str:
    return "\t".join(_written(cell).strip("\n") for cell in element) + "\n"


def _note(element: Any) -> str:
    kinds = {value for name, value in element.attrib.items() if name.endswith("}type")}
    return "" if kinds & _UNSEEN_NOTES else _children(element)


def _sign(element: Any) -> str:
    return _SIGNS[element.tag.rpartition("}")[2]]


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "t": lambda element: element.text or "",
    "p": lambda element: _children(element) + "\n",
    "tr": _row,
    "txbxContent": lambda element: "\n" + _children(element),
    "footnote": _note,
    "endnote": _note,
    **dict.fromkeys(_SIGNS, _sign),
}
