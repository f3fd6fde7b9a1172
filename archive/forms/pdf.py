"""A form as PDF (decision 23: always our layout), the Chinese font embedded, rows drawn as they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any, BinaryIO, TypeVar

from archive.fonts import face
from archive.forms import looks
from archive.forms.looks import MM
from archive.forms.page import (
    Align,
    Block,
    Break,
    Cover,
    Facts,
    Form,
    Signatures,
    Signed,
    Spine,
    Stamp,
    Table,
    Text,
)
from archive.forms.paper import Cell, Paper, height
from archive.forms.strips import cover, spines, stamps
from archive.words import say

B = TypeVar("B", Spine, Stamp)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of drawing: pages, and the letters the font lacks (each shown as 〓)."""

    pages: int
    missing: frozenset[str]


def write_pdf(form: Form, out: BinaryIO) -> int:
    """Write *form* to *out*; equal forms give equal bytes. Returns how many pages."""
    return draw(form, out).pages


def draw(form: Form, out: BinaryIO) -> Drawn:
    """As `write_pdf`, telling the letters that could not be shown as well."""
    paper, blocks = Paper(form, out), _Ahead(form.blocks)
    for block in blocks:
        _DRAWERS[type(block)](paper, block, blocks)
    paper.close()
    return Drawn(paper.pages, frozenset(paper.missing))


class _Ahead:
    """Blocks one after the other, with a look at those to come."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._rest, self._seen = iter(blocks), deque[Block]()

    def __iter__(self) -> Iterator[Block]:
        while self.peek() is not None:
            yield self._seen.popleft()

    def peek(self, place: int = 0) -> Block | None:
        """The block after *place* others, or None if there is none."""
        while len(self._seen) <= place:
            found = next(self._rest, None)
            if found is None:
                return None
            self._seen.append(found)
        return self._seen[place]

    def together(self, first: B) -> Iterator[B]:
        """*first* and the blocks of its kind that follow it at once, taken one by one."""
        yield first
        while isinstance(self.peek(), type(first)):
            yield self._seen.popleft()  # type: ignore[misc]

    def while_kind(self, *kinds: type[Block]) -> Iterator[Block]:
        """The blocks to come as long as they are of these kinds; they are not taken."""
        place = 0
        while isinstance(found := self.peek(place), kinds):
            assert found is not None
            yield found
            place += 1


# --- tables -------------------------------------------------------------------------------------


def _table(paper: Paper, block: Table, blocks: _Ahead) -> None:
    columns = _columns(paper, block)
    names = _row(paper, columns, [column.heading for column in block.columns])
    heading = [replace(cell, bold=True, align=Align.CENTRE) for cell in names]
    head = _repeated(heading)
    _above(paper, block.heading, head + looks.ROW * MM)
    paper.need(head + looks.ROW * MM)
    paper.cells(heading, head)
    for told in block.rows:
        paper.form.shown.rows += 1
        _flow(paper, _row(paper, columns, told), looks.ROW * MM, heading)
    _by_hand(paper, columns, heading, block, _to_come(paper, blocks) if block.fill else 0.0)
    paper.y -= looks.GAP * MM


def _columns(paper: Paper, block: Table) -> list[Cell]:
    """Empty cells that say where each column stands and how its text is set."""
    made, left, size = [], 0.0, looks.DENSE if block.dense else looks.CELL
    for column, wide in zip(
        block.columns, looks.shares([one.wide for one in block.columns], paper.wide), strict=True
    ):
        made.append(Cell(left, wide, (), column.align, size))
        left += wide
    return made


def _row(paper: Paper, columns: Sequence[Cell], told: Sequence[str]) -> list[Cell]:
    inset = 2 * looks.BESIDE * MM
    both = zip(columns, told, strict=True)
    return [replace(one, lines=paper.lines(text, one.wide - inset, one.size)) for one, text in both]


def _above(paper: Paper, heading: str, below: float) -> None:
    """The heading of a table or grid, on the page of what it heads."""
    if heading:
        paper.need(looks.HEADING * looks.LEADING + below)
        paper.paragraph(heading, looks.HEADING, bold=True)
        paper.y -= 1 * MM


def _flow(paper: Paper, cells: Sequence[Cell], least: float, heading: Sequence[Cell] = ()) -> None:
    """A row on this page or the next; only one that is higher than a page is torn."""
    high = height(cells, least)
    while high > paper.room:
        whole = paper.top - paper.bottom - _repeated(heading) - 14 * MM
        if high > whole and paper.room > 3 * looks.ROW * MM:
            cells = _torn(paper, cells)
            if not any(cell.lines for cell in cells):
                return
        paper.turn()
        paper.begin()
        if heading:
            paper.cells(heading, _repeated(heading))
        high = height(cells, least)
    paper.cells(cells, high)


def _repeated(heading: Sequence[Cell]) -> float:
    return height(heading, looks.ROW * MM) if heading else 0.0


def _torn(paper: Paper, cells: Sequence[Cell]) -> list[Cell]:
    """Draw as many lines of each cell as the page takes; the cells with what is left."""
    fits = [int((paper.room - 2 * looks.ABOVE * MM) // (cell.size * looks.LEADING)) for cell in cells]
    both = list(zip(cells, fits, strict=True))
    paper.cells([replace(cell, lines=cell.lines[:fit]) for cell, fit in both], paper.room)
    return [replace(cell, lines=cell.lines[fit:]) for cell, fit in both]


def _by_hand(
    paper: Paper, columns: Sequence[Cell], heading: Sequence[Cell], block: Table, below: float
) -> None:  # fmt: skip
    """Empty rows: as many as are wanted, and as many more as the page has room for above what follows."""
    for _ in repeat(None, block.blank):
        _flow(paper, columns, looks.WRITTEN * MM, heading)
    while block.fill and paper.room - below >= looks.WRITTEN * MM:
        paper.cells(columns, looks.WRITTEN * MM)


def _to_come(paper: Paper, blocks: _Ahead) -> float:
    """How high the small blocks are that follow a table and belong below it."""
    high = looks.GAP * MM
    for block in blocks.while_kind(Text, Signatures, Facts):
        if isinstance(block, Signatures):
            high += _signed_height(block)
        elif isinstance(block, Text):
            size = _size(block)
            high += len(paper.lines(block.text, paper.wide, size)) * size * looks.LEADING
        elif isinstance(block, Facts):
            high += sum(height(cells, least) for cells, least in _grid(paper, block))
        high += looks.GAP * MM
    return high


# --- grids of facts -------------------------------------------------------------------------------


def _facts(paper: Paper, block: Facts, _: _Ahead) -> None:
    for cells, least in _grid(paper, block):
        paper.begin()
        _flow(paper, cells, least)
    paper.y -= looks.GAP * MM


def _grid(paper: Paper, block: Facts) -> Iterator[tuple[list[Cell], float]]:
    """The rows of a grid, each with its least height; labels are as broad as the longest, within reason."""
    inset = 2 * looks.BESIDE * MM
    longest = max((face.breadth(paper.shown(label), looks.CELL) for label, _ in block.pairs), default=0.0)
    label = min(longest + inset + 1, paper.wide * looks.LABEL / max(block.across, 1))
    for pairs in looks.in_lines(block):
        least = max([looks.ROW, *(block.tall.get(one, 0.0) for one, _ in pairs)]) * MM
        across = 1 if len(pairs) == 1 and pairs[0][0] in block.wide else block.across
        share = paper.wide / across
        cells: list[Cell] = []
        for place, (name, told) in enumerate(pairs):
            left, value = (
                place * share,
                (share if place < len(pairs) - 1 else paper.wide - place * share) - label,
            )
            cells += [
                Cell(left, label, paper.lines(name, label - inset), Align.CENTRE),
                Cell(left + label, value, paper.lines(told, value - inset), top=least > looks.SHEETED * MM),
            ]
        yield cells, least


# --- text and signatures ------------------------------------------------------------------------------


def _text(paper: Paper, block: Text, blocks: _Ahead) -> None:
    size = _size(block)
    lines = len(paper.lines(block.text, paper.wide, size))
    below = 3 * looks.ROW * MM if block.heading and blocks.peek() is not None else 0.0
    paper.need(min(lines, 2) * size * looks.LEADING + below)
    paper.paragraph(block.text, size, bold=block.heading)
    paper.y -= (looks.GAP / 2 if block.heading else looks.GAP) * MM


def _size(block: Text) -> float:
    return looks.HEADING if block.heading else looks.NOTE if block.note else looks.TEXT


def _signatures(paper: Paper, block: Signatures, _: _Ahead) -> None:
    """Who signs, a line to sign on, and the day; all on one page."""
    paper.need(_signed_height(block))
    share = paper.wide / block.across
    for start in range(0, len(block.labels), block.across):
        paper.y -= looks.SIGNED * MM
        for place, label in enumerate(block.labels[start : start + block.across]):
            _signature(paper, paper.left + place * share, share - 6 * MM, label, block.signed.get(label))
        paper.fresh = False
    paper.y -= looks.GAP * MM


def _signature(paper: Paper, left: float, wide: float, label: str, signed: Signed | None) -> None:
    size = looks.TEXT
    name = say("word.labelled", paper.form.language, label=label, value="")
    day = paper.shown(signed.on if signed else say("printed.day", paper.form.language))
    for_day = face.breadth(day, size)
    lines = paper.lines(name, wide - for_day - 22 * MM, size)
    for nth, line in enumerate(lines):
        paper.write(left, paper.y + (len(lines) - 1 - nth) * size * looks.LEADING, line, size)
    begins = max(face.breadth(line, size) for line in lines)
    paper.rule(left + begins, paper.y - 1.5, wide - begins - for_day - 2 * MM)
    paper.write(left, paper.y, day, size, align=Align.RIGHT, wide=wide)
    if signed is not None:
        _signed(paper, left + begins + 1 * MM, wide - begins - for_day - 4 * MM, signed)


def _signed(paper: Paper, left: float, room: float, signed: Signed) -> None:
    """What was drawn, as high as the line has room for; else in words how it was signed."""
    if signed.lines:
        paper.drawn(signed.lines, left, paper.y - 1, room, (looks.SIGNED - 3) * MM)
    else:
        paper.write(left, paper.y, (paper.lines(signed.told, room, looks.NOTE) or [""])[0], looks.NOTE)


def _signed_height(block: Signatures) -> float:
    return (-(-len(block.labels) // block.across) * looks.SIGNED + looks.GAP) * MM


# --- pages of their own ---------------------------------------------------------------------------------


def _break(paper: Paper, block: Break, _: _Ahead) -> None:
    if block.facts is None:
        paper.turn()
    else:
        paper.part(block.facts)


def _cover(paper: Paper, block: Cover, _: _Ahead) -> None:
    cover(paper, block)


def _spines(paper: Paper, block: Spine, blocks: _Ahead) -> None:
    spines(paper, blocks.together(block))


def _stamps(paper: Paper, block: Stamp, blocks: _Ahead) -> None:
    stamps(paper, blocks.together(block))


_DRAWERS: dict[type[Block], Callable[[Paper, Any, _Ahead], None]] = {
    Table: _table,
    Facts: _facts,
    Text: _text,
    Signatures: _signatures,
    Break: _break,
    Cover: _cover,
    Spine: _spines,
    Stamp: _stamps,
}
