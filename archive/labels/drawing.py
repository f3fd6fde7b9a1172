"""Labels and separator sheets as PDF: the QR code, beside or above it the code in letters, below it a few words.

Pure: what stands on a label is handed in. Letters shrink and wrap until they fit; what does not fit is left out whole,
the code never. Equal labels give equal bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from archive.errors import LabelTooSmall
from archive.fonts.face import breadth, chinese_font, shown
from archive.forms.linebreaks import broken
from archive.labels.grids import Box, Grid
from archive.labels.qr import Symbol

#: Millimetres between what stands on a label and the end of it, and between symbol and letters.
PAD, BETWEEN = 1.2, 1.0
#: Points of the code in letters, largest and smallest; other words have this share of it, but are never smaller.
LARGEST, SMALLEST, SHARE = 24.0, 5.0, 0.75
#: Letters grow with the label: points a millimetre of its height.
GROWTH = 0.45
#: A symbol is no longer than this, in millimetres: longer serves no scanner.
LONGEST = 45.0
#: Lines a code may take, the share of a line's height between lines, the narrowest column of letters in millimetres.
LINES, LEADING, NARROWEST = 4, 1.2, 11.0


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a label: the code, and words in the order in which they may be missed least."""

    code: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A PDF with its number of pages, and of labels on which words had to be left out."""

    data: bytes
    pages: int
    bare: int


@dataclass(frozen=True, slots=True)
class _Text:
    """A line of letters and its size in points."""

    text: str
    size: float

    @property
    def height(self) -> float:
        return self.size * LEADING


def draw(labels: Sequence[Label], grid: Grid, *, start: int = 1, copies: int = 1) -> Drawn:
    """The labels on sheets, *copies* of each, from label *start* of the first sheet on; raises `LabelTooSmall`."""
    out, bare, place = BytesIO(), 0, start - 1
    canvas = _canvas(out, grid.page_width, grid.page_height)
    for label in labels:
        symbol = Symbol(label.code)
        for _ in range(copies):
            if place and place % grid.cells == 0:
                canvas.showPage()
            bare += not _label(canvas, label, symbol, grid, place % grid.cells)
            place += 1
    canvas.save()
    return Drawn(out.getvalue(), -(-place // grid.cells), bare)


def separators(codes: Sequence[str], heading: str, advice: str, mark: str) -> Drawn:
    """A sheet of A4 for each code, to be laid before its papers when they are scanned; it bears *mark* besides."""
    out, sign = BytesIO(), Symbol(mark)
    canvas = _canvas(out, 210, 297)
    for code in codes:
        Symbol(code).draw(canvas, 55 * mm, 130 * mm, 100 * mm)
        for left in (15, 165):
            sign.draw(canvas, left * mm, 15 * mm, 30 * mm)
        _centred(canvas, heading, 265 * mm, 28, 180 * mm)
        _centred(canvas, code, 112 * mm, 26, 180 * mm)
        _centred(canvas, advice, 28 * mm, 11, 110 * mm)
        canvas.showPage()
    canvas.save()
    return Drawn(out.getvalue(), len(codes), 0)


# --- inside -----------------------------------------------------------------------------------


def _canvas(out: BytesIO, width: float, height: float) -> Any:
    return Canvas(out, pagesize=(width * mm, height * mm), invariant=1, initialFontName=chinese_font())


def _centred(canvas: Any, text: str, base: float, size: float, width: float) -> None:
    """Lines in the middle of the page, the first with its feet at *base*, small enough for three at most."""
    while len(lines := _wrapped(shown(text), width, size)) > 3 and size > SMALLEST:
        size -= 1
    canvas.setFont(chinese_font(), size)
    for number, line in enumerate(lines):
        canvas.drawCentredString(105 * mm, base - number * size * LEADING, line)


def _label(canvas: Any, label: Label, symbol: Symbol, grid: Grid, number: int) -> bool:
    """Draw one label; False if words were left out."""
    box = _inner(grid.printable(number))
    side, room, beside = _shares(label, symbol, grid, box)
    lines, whole = _fitting(label, grid, room, box)
    raised = (box.height - side) / (2 if beside else 1)
    symbol.draw(canvas, box.left * mm, (box.bottom + raised) * mm, side * mm)
    spare = room.height * mm - sum(line.height for line in lines)
    top = (room.bottom + room.height) * mm - (spare / 2 if beside else 0)
    for line in lines:
        top -= line.height
        canvas.setFont(chinese_font(), line.size)
        canvas.drawString(room.left * mm, top + line.size * (LEADING - 1), line.text)
    return whole


def _inner(box: Box) -> Box:
    return Box(box.left + PAD, box.bottom + PAD, box.width - 2 * PAD, box.height - 2 * PAD)


def _shares(label: Label, symbol: Symbol, grid: Grid, box: Box) -> tuple[float, Box, bool]:
    """The side of the symbol, the room for letters, and whether that is beside it (else below); raises `LabelTooSmall`."""
    beside = box.width >= box.height
    longer, shorter = (box.width, box.height) if beside else (box.height, box.width)
    side = min(shorter, max(symbol.least, longer / 2), LONGEST)
    rest = longer - side - BETWEEN
    if side < symbol.least or rest < NARROWEST:
        need = max(symbol.least + 2 * PAD, 0.0)
        has = min(shorter, longer - BETWEEN - NARROWEST) + 2 * PAD
        raise LabelTooSmall(code=label.code, sheet=grid.name, need=round(need, 1), has=round(has, 1))
    if beside:
        return side, Box(box.left + side + BETWEEN, box.bottom, rest, box.height), True
    return side, Box(box.left, box.bottom, box.width, rest), False


def _fitting(label: Label, grid: Grid, room: Box, box: Box) -> tuple[list[_Text], bool]:
    """The lines that fit, as large as they can be; the last words fall out first. Raises `LabelTooSmall`."""
    for kept in range(len(label.words), -1, -1):
        size = min(LARGEST, max(SMALLEST, round(box.height * GROWTH)))
        while size >= SMALLEST:
            lines = _lines(label.code, label.words[:kept], room.width * mm, size)
            if lines and sum(line.height for line in lines) <= room.height * mm:
                return lines, kept == len(label.words)
            size -= 0.5
    raise LabelTooSmall(
        code=label.code, sheet=grid.name, need=round(box.width + 10, 1), has=round(box.width, 1)
    )


def _lines(code: str, words: Sequence[str], width: float, size: float) -> list[_Text]:
    """Code and words at *size*; none if the code takes too many lines."""
    first = _wrapped(shown(code), width, size)
    if len(first) > LINES:
        return []
    small = max(size * SHARE, SMALLEST)
    return [
        *(_Text(line, size) for line in first),
        *(_Text(line, small) for text in words for line in _wrapped(shown(text), width, small)),
    ]


def _wrapped(text: str, width: float, size: float) -> list[str]:
    return [line for line in broken(text, width / size, breadth) if line]
