"""XML files: office documents told in one XML file by their own rules, any other a line per element.

Word 2003 XML (also under the name .doc, as programs that fill in templates write it), the flat forms of DOCX and
OpenDocument, and workbooks of Excel 2003.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from indexer.extract import docx, opendoc, text
from indexer.extract.kinds import Extracted, Kind, Outcome

_SHEETS = "{urn:schemas-microsoft-com:office:spreadsheet}"


def read(data: bytes) -> Extracted:
    """The words of an XML file; of damaged XML, the file as it is written."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return text.read(data, Kind.XML)
    words = _READERS.get(root.tag, _lines)(root)
    return Extracted(Outcome.TEXT if words else Outcome.EMPTY, words, Kind.XML.value)


def _rows(book: Any) -> str:
    """The name of each sheet, then its rows, cells parted by tabs."""
    lines: list[str] = []
    for sheet in book.iterfind(f"{_SHEETS}Worksheet"):
        lines.append(sheet.get(f"{_SHEETS}Name", ""))
        for row in sheet.iter(f"{_SHEETS}Row"):
            cells = (" ".join("".join(cell.itertext()).split()) for cell in row)
            lines.append("\t".join(cells).strip("\t"))
    return "\n".join(filter(None, lines))


def _lines(root: Any) -> str:
    pieces = (" ".join(piece.split()) for element in root.iter() for piece in _own(element))
    return "\n".join(filter(None, pieces))


def _own(element: Any) -> tuple[str, str]:
    """What an element says itself, and what follows it; comments and entities say nothing."""
    return (element.text or "" if isinstance(element.tag, str) else ""), element.tail or ""


_READERS: Mapping[str, Callable[[Any], str]] = {
    "{http://schemas.microsoft.com/office/word/2003/wordml}wordDocument": docx.text_of,
    "{http://schemas.microsoft.com/office/2006/xmlPackage}package": docx.text_of,
    "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}document": opendoc.text_of,
    f"{_SHEETS}Workbook": _rows,
}
"""By the root of the file."""
