"""DOCX: everything a reader of the printed page would read, in that order, then what reviewers noted.

Headers, body (tables and text boxes where they stand), drawings told in parts of their own, footnotes, endnotes,
footers, comments. Tracked insertions count as written and deletions as gone; of a field its result, not its code.
Read from the XML itself (ECMA-376 part 1, 17; strict and transitional), since python-docx passes over text
boxes, notes, content controls and tracked insertions.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from indexer.extract.kinds import Extracted, Kind, Outcome
from indexer.extract.package import parsed, parts_of, properties

MAIN = (
    "document.main+xml",
    "template.main+xml",
    "document.macroEnabled.main+xml",
    "template.macroEnabledTemplate.main+xml",
)
DRAWN = ("diagramData+xml", "chart+xml")
PARTS = ("header+xml", *MAIN, *DRAWN, "footnotes+xml", "endnotes+xml", "footer+xml", "comments+xml")
_USUAL = "word/document.xml"
_BUILDING_BLOCKS = "word/glossary/"
_WORD = frozenset(
    {
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
        "http://schemas.microsoft.com/office/word/2003/wordml",
    },
)
_BESIDE_WORD: Mapping[str, str] = {
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/drawingml/2006/chart": "c",
    "http://purl.oclc.org/ooxml/drawingml/chart": "c",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
}
"""Other vocabularies that carry words: formulas, drawings, charts, alternatives."""
_SIGNS: Mapping[str, str] = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_GONE = frozenset(
    "del moveFrom delText instrText delInstrText pPr rPr tblPr sectPr tcPr trPr sdtPr sdtEndPr rt".split()  # noqa: SIM905
)
"""What is not on the page: deletions, codes of fields, settings, the small gloss above a character."""
_UNSEEN_NOTES = frozenset({"separator", "continuationSeparator", "continuationNotice"})
_SYMBOLS: Mapping[tuple[str, int], str] = {
    ("Wingdings", 0x6F): "☐",
    ("Wingdings", 0xA8): "☐",
    ("Wingdings", 0xFC): "✓",
    ("Wingdings", 0xFB): "✗",
    ("Wingdings", 0xFE): "☑",
    ("Wingdings", 0xFD): "☒",
    ("Wingdings 2", 0x50): "✓",
    ("Wingdings 2", 0x4F): "✗",
    ("Wingdings 2", 0x52): "☑",
    ("Wingdings 2", 0x53): "☒",
    ("Wingdings 2", 0xA3): "☐",
}
"""The boxes and ticks of forms; other pictures set as letters say nothing."""


def read(package: zipfile.ZipFile) -> Extracted:
    """The text of a DOCX package; raises KeyError without a main part, ValueError or XML errors on damage."""
    texts = (text_of(parsed(package, part)) for part in _parts(package))
    text = "\n".join(dict.fromkeys(text for text in texts if text))
    title, created = properties(package)
    outcome = Outcome.TEXT if text else _without_text(package)
    return Extracted(outcome, text, Kind.DOCX.value, None, title, created)


def _parts(package: zipfile.ZipFile) -> list[str]:
    """The parts to read, in order; the building blocks of the template are no part of the document."""
    found = [part for part in parts_of(package, *PARTS) if not part.startswith(_BUILDING_BLOCKS)]
    if any(part in found for part in parts_of(package, *MAIN)):
        return found
    if _USUAL not in package.namelist():
        raise KeyError(_USUAL)
    return [_USUAL, *found]


def _without_text(package: zipfile.ZipFile) -> Outcome:
    pictured = any(name.startswith("word/media/") for name in package.namelist())
    return Outcome.IMAGE_ONLY if pictured else Outcome.EMPTY


def text_of(root: Any) -> str:
    """The text of one part, a line per paragraph, cells parted by tabs."""
    lines = (_Reading().whole(root) or _Reading(codes=True).whole(root) or "").split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip())


class _Reading:
    """One part on its way to text: which fields are open, and the text boxes of the paragraph at hand."""

    def __init__(self, *, codes: bool = False) -> None:
        self._codes = codes  # whether words inside the codes of fields count
        self._fields: list[bool] = []  # for each open field, whether its words count
        self._hidden = 0  # how many open fields hide their words
        self._boxes: list[str] = []
        self._rules: Mapping[str, Callable[[Any], str]] = {
            "t": self._words,
            "p": self._paragraph,
            "tr": self._row,
            "txbxContent": self._box,
            "footnote": self._note,
            "endnote": self._note,
            "fldChar": self._field,
            "sym": self._symbol,
            "sdt": self._control,
            "mc:AlternateContent": self._one_alternative,
            "m:t": self._words,
            "a:t": self._words,
            "a:p": self._paragraph,
            "a:br": lambda _: "\n",
            "c:pt": lambda element: self._below(element) + "\n",
            "c:v": self._words,
            **dict.fromkeys(_SIGNS, self._sign),
        }

    def whole(self, root: Any) -> str | None:
        """The text of a part; None if a field was left open, so that its code may have swallowed words."""
        text = self.written(root)
        return None if self._fields and not self._codes else "\n".join([text, *self._boxes])

    def written(self, element: Any) -> str:
        """The text below *element*; as deep as the XML parser lets a tree grow (256)."""
        if not isinstance(element.tag, str):
            return ""
        namespace, _, name = element.tag.rpartition("}")
        if namespace[1:] not in _WORD:
            name = f"{_BESIDE_WORD.get(namespace[1:], '?')}:{name}"
        elif name in _GONE:
            return ""
        return self._rules.get(name, self._below)(element)

    def _below(self, element: Any) -> str:
        return "".join([self.written(child) for child in element])

    def _words(self, element: Any) -> str:
        return "" if self._hidden else element.text or ""

    def _sign(self, element: Any) -> str:
        return "" if self._hidden else _SIGNS[element.tag.rpartition("}")[2]]

    def _paragraph(self, element: Any) -> str:
        """A line; its text boxes stand after it, so that they do not part a sentence."""
        outer, self._boxes = self._boxes, []
        line = self._below(element) + "\n"
        boxes, self._boxes = self._boxes, outer
        return line + "".join(boxes)

    def _box(self, element: Any) -> str:
        outer, self._fields, self._hidden = (self._fields, self._hidden), [], 0
        text = self._below(element)
        self._fields, self._hidden = outer
        self._boxes.append(text)
        return ""

    def _one_alternative(self, element: Any) -> str:
        """The same drawing told twice (DrawingML, VML): the first telling that says something."""
        for telling in element:
            before = len(self._boxes)
            text = self._below(telling)
            if text or any(box.strip() for box in self._boxes[before:]):
                return text
        return ""

    def _row(self, element: Any) -> str:
        return "\t".join([self.written(cell).strip("\n") for cell in _cells(element)]) + "\n"

    def _note(self, element: Any) -> str:
        return "" if _attribute(element, "type") in _UNSEEN_NOTES else self._below(element)

    def _control(self, element: Any) -> str:
        """A content control; the prompt of one not filled in is not text."""
        for setting in element.iterfind("{*}sdtPr/{*}showingPlcHdr"):
            if _attribute(setting, "val") not in {"0", "false", "off"}:
                return ""
        return self._below(element)

    def _field(self, element: Any) -> str:
        """Begin, middle or end of a field; boxes to tick and lists to choose from have no other result."""
        match _attribute(element, "fldCharType"):
            case "begin":
                chosen = "" if self._hidden else _chosen(element)
                self._fields.append(self._codes)
                self._hidden += not self._codes
                return chosen
            case "separate" if self._fields:
                self._hidden -= not self._fields[-1]
                self._fields[-1] = True
            case "end" if self._fields:
                self._hidden -= not self._fields.pop()
        return ""

    def _symbol(self, element: Any) -> str:
        try:
            code = int(_attribute(element, "char"), 16) & 0xFF
        except ValueError:
            return ""
        return _SYMBOLS.get((_attribute(element, "font"), code), "")


def _attribute(element: Any, name: str) -> str:
    """An attribute by its bare name, whichever namespace the producer gave it."""
    found = (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name)
    return str(next(found, ""))


def _cells(row: Any) -> list[Any]:
    """What stands in a row beside its settings: cells, or content controls around cells."""
    return [child for child in row if isinstance(child.tag, str) and not child.tag.endswith("Pr")]


def _chosen(field: Any) -> str:
    """The state of a form field of the old kind (ECMA-376 part 1, 17.16.7 and 17.16.9)."""
    for box in field.iterfind("{*}ffData/{*}checkBox"):
        states = [box.find("{*}checked"), box.find("{*}default")]
        told = next((_attribute(one, "val") or "1" for one in states if one is not None), "0")
        return "☑" if told in {"1", "true", "on"} else "☐"
    for choices in field.iterfind("{*}ffData/{*}ddList"):
        entries = [_attribute(entry, "val") for entry in choices.iterfind("{*}listEntry")]
        told = next((_attribute(one, "val") for one in choices.iterfind("{*}result")), "0")
        number = int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 0
        return entries[number] if number < len(entries) else ""
    return ""
