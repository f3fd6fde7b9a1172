"""What a PDF draws outside tables: covers, strips for the back of a volume or box, stamps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from archive.fonts import face
from archive.forms import looks
from archive.forms.linebreaks import broken
from archive.forms.looks import MM
from archive.forms.page import Align, Cover, Spine, Stamp
from archive.forms.paper import Paper

COVER_TITLE, COVER_TEXT, COVER_LEAST = 24.0, 13.0, 9.0
#: Upright text: largest and smallest letter, and the height of a letter's place in letters.
_LARGEST, _SMALLEST, _PLACE = 18.0, 5.0, 1.12
_LABEL, _VALUE = 6.5, 9.0
_STAMP_LABEL, _STAMP_VALUE = 4.6, 9.5
#: Marks that stand on their side in upright text.
_TURNED = frozenset("（）《》〈〉「」『』【】〔〕［］｛｝()[]{}<>—…～-–_/／·：:；;→")
_WORD = re.compile(r"[0-9A-Za-z.%]{1,4}(?![0-9A-Za-z.%])|.", re.DOTALL)


# --- covers -------------------------------------------------------------------------------------


def cover(paper: Paper, block: Cover) -> None:
    """A framed page: the title in its upper third, labelled lines below it."""
    paper.turn()
    paper.begin(titled=False)
    high = paper.top - paper.bottom
    paper.box(paper.left, paper.bottom, paper.wide, high, rule=looks.FRAME)
    inner = paper.wide - 24 * MM
    size, lines = _fitting(paper, block.title, inner, high * 0.34)
    leading = size * looks.LEADING * 1.1
    base = paper.top - high * 0.24 + len(lines) * leading / 2
    for line in lines:
        base -= leading
        paper.write(paper.left, base, line, size, bold=True, align=Align.CENTRE, wide=paper.wide)
    _cover_lines(paper, block.pairs, high * 0.52)
    paper.fresh = False
    paper.turn()


def _fitting(paper: Paper, text: str, wide: float, high: float) -> tuple[float, list[str]]:
    """The largest letters, none smaller than `COVER_LEAST`, in which *text* fits the box; and its lines."""
    size = COVER_TITLE
    while True:
        lines = paper.lines(text, wide, size)
        if len(lines) * size * looks.LEADING * 1.1 <= high or size <= COVER_LEAST:
            return size, lines
        size -= 1


def _cover_lines(paper: Paper, pairs: Sequence[tuple[str, str]], room: float) -> None:
    """Labels and values on ruled lines, in smaller letters if they are many."""
    size = COVER_TEXT
    while True:
        label = max((face.breadth(paper.shown(name), size) for name, _ in pairs), default=0.0) + 2 * MM
        wide = paper.wide - 50 * MM - label
        told = [(name, paper.lines(value, wide - 4 * MM, size)) for name, value in pairs]
        lines = sum(len(value) for _, value in told)
        leading = min(13 * MM, room / max(lines, 1))
        if leading >= size * looks.LEADING or size <= COVER_LEAST:
            break
        size -= 1
    base = paper.bottom + 10 * MM + lines * leading
    for name, value in told:
        base -= leading
        paper.write(paper.left + 25 * MM, base, name, size)
        for nth, line in enumerate(value):
            base -= leading if nth else 0.0
            paper.write(paper.left + 25 * MM + label + 2 * MM, base, line, size)
            paper.rule(paper.left + 25 * MM + label, base - size * 0.3, wide)


# --- strips ---------------------------------------------------------------------------------------


def spines(paper: Paper, blocks: Iterable[Spine]) -> None:
    """Strips side by side, as many as the sheet is broad for, then on the next sheet."""
    for sheet in looks.sheets_of_strips(blocks, paper.wide / MM):
        paper.turn()
        paper.begin(titled=False)
        left = paper.left
        for block in sheet:
            _spine(paper, block, left)
            left += (block.wide + looks.SPINE_GAP) * MM
        paper.form.shown.rows += len(sheet)
        paper.turn()


def _spine(paper: Paper, block: Spine, left: float) -> None:
    """One strip: the pairs across it from the top, the title upright in the rest."""
    wide, high = block.wide * MM, looks.spine_high(paper.form.orientation) * MM
    bottom = paper.top - high
    paper.box(left, bottom, wide, high, rule=looks.FRAME)
    base, air = paper.top, min(1.2 * MM, wide * 0.08)
    for label, value in block.pairs:
        base = _spine_cell(paper, (label, value), left, base, wide, air)
    if block.title:
        box = left + air, bottom + 3 * MM, wide - 2 * air, base - bottom - 6 * MM
        upright(paper, block.title, box)


def _spine_cell(
    paper: Paper, pair: tuple[str, str], left: float, top: float, wide: float, air: float
) -> float:
    """Label (small enough for one line where it can be) and value across the strip, ruled off; where it ends."""
    base = top - air
    label, value = pair
    broad = face.breadth(paper.shown(label), 1.0)
    small = max(min(_LABEL, (wide - 2 * air) / max(broad, 1.0)), _SMALLEST)
    for text, size in ((label, small), (value, _VALUE if wide >= 15 * MM else _LABEL + 0.5)):
        for line in paper.lines(text, wide - 2 * air, size):
            base -= size * 1.25
            paper.write(left, base + size * 0.2, line, size, align=Align.CENTRE, wide=wide)
    base -= air
    paper.rule(left, base, wide)
    return base


def upright(paper: Paper, text: str, box: tuple[float, float, float, float]) -> None:
    """*text* from top to bottom in *box* (left, bottom, wide, high), columns from right to left, as large as fits."""
    left, bottom, wide, high = box
    told, size = paper.shown(" ".join(text.split())), _LARGEST
    while True:
        columns = broken(told, max(int(high // (size * _PLACE)), 1), _places)
        if len(columns) * size * 1.2 <= wide or size <= _SMALLEST:
            break
        size -= 0.5
    even = broken(told, -(-_places(told) // len(columns)) + 1, _places)
    columns = even if len(even) <= len(columns) else columns
    right = left + wide / 2 + len(columns) * size * 1.2 / 2
    for column, line in enumerate(columns):
        for row, place in enumerate(_WORD.findall(line)):
            middle = right - (column + 0.5) * size * 1.2
            _place(paper, place, middle, bottom + high - (row + 0.5) * size * _PLACE, size)


def _places(text: str) -> float:
    """How many places *text* takes when it stands upright: a short number takes one."""
    return float(len(_WORD.findall(text)))


def _place(paper: Paper, text: str, middle: float, half: float, size: float) -> None:
    """One place of upright text, round its middle: a letter, a short number lying across, or a mark on its side."""
    own = min(size, size * size * 1.15 / max(face.breadth(text, size), 1e-6)) if len(text) > 1 else size
    if text in _TURNED:
        paper.turned(text, middle, half, size)
    else:
        wide = face.breadth(text, own)
        paper.write(middle - wide / 2, half - own * 0.36, text, own, bold=True)


# --- stamps ---------------------------------------------------------------------------------------


def stamps(paper: Paper, blocks: Iterable[Stamp]) -> None:
    """归档章 in rows across the sheet, each to be cut out and stuck on the first page (DA/T 22)."""
    wide, gap = looks.STAMP_WIDE * MM, looks.STAMP_GAP * MM
    across = int((paper.wide + gap) // (wide + gap))
    for row in _rows(blocks, across):
        paper.need((looks.STAMP_HIGH + looks.STAMP_GAP) * MM)
        for place, block in enumerate(row):
            _stamp(paper, block, paper.left + place * (wide + gap), paper.y)
        paper.form.shown.rows += len(row)
        paper.y -= (looks.STAMP_HIGH + looks.STAMP_GAP) * MM
        paper.fresh = False


def _rows(blocks: Iterable[Stamp], across: int) -> Iterator[list[Stamp]]:
    row: list[Stamp] = []
    for block in blocks:
        row.append(block)
        if len(row) == across:
            yield row
            row = []
    if row:
        yield row


def _stamp(paper: Paper, block: Stamp, left: float, top: float) -> None:
    wide, high = looks.STAMP_WIDE * MM / 3, looks.STAMP_HIGH * MM / 2
    for nth, (label, value) in enumerate(block.cells):
        row, column = divmod(nth, 3)
        x, y = left + column * wide, top - (row + 1) * high
        paper.box(x, y, wide, high)
        paper.write(x + 0.6 * MM, y + high - _STAMP_LABEL - 0.2 * MM, label, _STAMP_LABEL)
        size = _STAMP_VALUE
        while face.breadth(paper.shown(value), size) > wide - 1 * MM and size > 4:
            size -= 0.5
        lines = paper.lines(value, wide - 1 * MM, size)
        base = y + (high - _STAMP_LABEL) / 2 + (len(lines) / 2 - 1) * size * 1.1 + size * 0.2
        for line in lines:
            paper.write(x, base, line, size, align=Align.CENTRE, wide=wide)
            base -= size * 1.1
    base = top - looks.STAMP_HIGH * MM
    for line in paper.lines(block.caption, looks.STAMP_WIDE * MM, _STAMP_LABEL):
        base -= _STAMP_LABEL * 1.2
        paper.write(left, base, line, _STAMP_LABEL)
