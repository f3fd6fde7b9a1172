"""The small words of WordprocessingML that printed forms are written with; pure, strings in, strings out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from archive.fonts import face
from archive.forms import looks
from archive.forms.page import Align

#: Twentieths of a point in a millimetre.
DXA = 1440 / 25.4
#: The smallest letters, points.
_LEAST = 4.0
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_JC = {Align.LEFT: "left", Align.CENTRE: "center", Align.RIGHT: "right"}


def dxa(millimetres: float) -> int:
    """Millimetres as Word counts them."""
    return round(millimetres * DXA)


def written(text: str) -> str:
    """*text* without the characters that no XML file may hold."""
    return _UNWRITABLE.sub("\ufffd", text)


def run(text: str, properties: str = "") -> str:
    """A run of text; its line ends and tabs are kept."""
    told = escape(written(text)).replace("\r\n", "\n").replace("\r", "\n")
    told = told.replace("\n", '</w:t><w:br/><w:t xml:space="preserve">')
    told = told.replace("\t", '</w:t><w:tab/><w:t xml:space="preserve">')
    before = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{before}<w:t xml:space="preserve">{told}</w:t></w:r>' if told else ""


def paragraph(inside: str, style: str, properties: str = "") -> str:
    """A paragraph of this style."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{inside}</w:p>'


def aligned(align: Align) -> str:
    """The property that sets a paragraph left, centred or right."""
    return "" if align is Align.LEFT else f'<w:jc w:val="{_JC[align]}"/>'


def cell(inside: str, wide: int, *, span: int = 1, more: str = "") -> str:
    """A cell *wide* twentieths of a point broad, over *span* columns."""
    over = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    look = f'<w:tcW w:w="{wide}" w:type="dxa"/>{over}{more}<w:vAlign w:val="center"/>'
    return f"<w:tc><w:tcPr>{look}</w:tcPr>{inside}</w:tc>"


def row(cells: str, least: float, *, heading: bool = False, exact: bool = False) -> str:
    """A row that is never torn, at least (or *exact*) so many millimetres high; a *heading* is repeated."""
    rule = "exact" if exact else "atLeast"
    look = f'<w:cantSplit/><w:trHeight w:val="{dxa(least)}" w:hRule="{rule}"/>'
    return f"<w:tr><w:trPr>{look}{'<w:tblHeader/>' if heading else ''}</w:trPr>{cells}</w:tr>"


def table_begins(widths: Sequence[int], *, ruled: bool = True) -> str:
    """What stands before the rows of a table of these column widths."""
    grid = "".join(f'<w:gridCol w:w="{wide}"/>' for wide in widths)
    style = '<w:tblStyle w:val="TableGrid"/>' if ruled else ""
    look = f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>{_INSET}'
    return f"<w:tbl><w:tblPr>{style}{look}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>"


_INSET = (
    "<w:tblCellMar>"
    + "".join(
        f'<w:{side} w:w="{dxa(wide)}" w:type="dxa"/>'
        for side, wide in (("top", 0.5), ("left", 1.1), ("bottom", 0.5), ("right", 1.1))
    )
    + "</w:tblCellMar>"
)
TABLE_ENDS = "</w:tbl>"


def borders(*sides: str, of: str = "tcBorders") -> str:
    """Thin rules on these sides of a cell, none on the others."""
    every = ("top", "left", "bottom", "right")
    drawn = "".join(
        f'<w:{side} w:val="{"single" if side in sides else "nil"}" w:sz="4" w:space="0" w:color="auto"/>'
        for side in every
    )
    return f"<w:{of}>{drawn}</w:{of}>"


def fitting(text: str, size: float, wide: float) -> str:
    """Letters of *size* points, or smaller ones where a cell *wide* millimetres is not broad enough for one line."""
    room = (wide - 2 * looks.BESIDE - 0.5) * looks.MM
    fit = min(size, max(_LEAST, room / max(face.breadth(face.shown(text)), 1)))
    return f'<w:sz w:val="{int(2 * fit)}"/>'
