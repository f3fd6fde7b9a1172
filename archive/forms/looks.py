"""How printed papers look: sheet, margins, sizes of letters, heights of rows; pure, in millimetres and points.

PDF and Word read the same figures, so that both look alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archive.forms.page import Facts, Orientation, Spine

#: Points in a millimetre.
MM = 72 / 25.4
#: An A4 sheet, upright.
WIDE, HIGH = 210.0, 297.0
#: Millimetres left empty: the binding edge is broader; the running lines stand inside top and bottom.
BINDING, OUTER, TOP, BOTTOM = 25.0, 15.0, 20.0, 18.0
#: Millimetres from the edge of the sheet to the running lines.
HEAD, FOOT = 13.0, 11.0

#: Sizes of letters, points.
TITLE, CONTINUED, HEADING, TEXT, CELL, NOTE, RUNNING = 18.0, 12.0, 11.5, 10.5, 9.5, 8.5, 8.0
#: Of the cells of a dense table (F11: 21 columns), points.
DENSE = 7.5
#: Line height in letters.
LEADING = 1.32
#: Millimetres within a cell beside and above the text; the least height of a row, of a row to write in, of a signature.
BESIDE, ABOVE, ROW, WRITTEN, SIGNED = 1.1, 0.9, 7.6, 9.0, 13.0
#: Millimetres from which a box to write in is filled from its top.
SHEETED = 60.0
#: Points of the rules: of a table, of a frame; of a pen.
RULE, FRAME, PEN = 0.45, 1.0, 0.9
#: Millimetres between two blocks.
GAP = 3.0
#: Of a line, the share that a label takes at most.
LABEL = 0.4
#: 归档章 (DA/T 22): broad, high, and between two of them.
STAMP_WIDE, STAMP_HIGH, STAMP_GAP = 45.0, 16.0, 7.0
#: 脊背: thicknesses that boxes and volumes come in (GB/T 9705, DA/T 22), and how high a strip is on A4.
SPINES = (10, 15, 20, 30, 40, 50)
SPINE_HIGH, SPINE_GAP = 255.0, 4.0
#: Fonts a Word file names: text and headings in print, and what a form leaves to fill in.
WORD_FONT, WORD_TITLE_FONT, WORD_COVER_FONT = "宋体", "宋体", "仿宋"


def sheet(orientation: Orientation) -> tuple[float, float]:
    """Breadth and height of the sheet."""
    return (WIDE, HIGH) if orientation is Orientation.PORTRAIT else (HIGH, WIDE)


def room(orientation: Orientation) -> float:
    """Breadth between the margins."""
    return sheet(orientation)[0] - BINDING - OUTER


def spine_high(orientation: Orientation) -> float:
    """How high a strip for the back of a volume can be on the sheet."""
    return min(SPINE_HIGH, sheet(orientation)[1] - TOP - BOTTOM)


def shares(wanted: Sequence[float], whole: float) -> list[float]:
    """*wanted* scaled so that they make up *whole*."""
    scale = whole / sum(wanted)
    return [one * scale for one in wanted]


def in_lines(block: Facts) -> Iterator[list[tuple[str, str]]]:
    """The pairs of each line of a grid: a wide one alone, the others side by side."""
    line: list[tuple[str, str]] = []
    for pair in block.pairs:
        alone = pair[0] in block.wide
        if line and (alone or len(line) == block.across):
            yield line
            line = []
        line.append(pair)
        if alone:
            yield line
            line = []
    if line:
        yield line


def sheets_of_strips(blocks: Iterable[Spine], whole: float) -> Iterator[list[Spine]]:
    """Strips in the groups that fit side by side on a sheet *whole* millimetres broad between its margins."""
    sheet: list[Spine] = []
    for block in blocks:
        if sheet and sum(one.wide + SPINE_GAP for one in sheet) + block.wide > whole:
            yield sheet
            sheet = []
        sheet.append(block)
    if sheet:
        yield sheet
