"""Sheets of a PDF, filled from the top: running lines, title, cells, text; each finished page is packed at once.

Equal contents give equal bytes. Lengths are points; the origin is the lower left corner, as PDF has it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream
from reportlab.pdfgen.canvas import Canvas

from archive.fonts import face
from archive.forms import looks
from archive.forms.linebreaks import broken
from archive.forms.looks import MM
from archive.forms.page import Align, Form
from archive.words import say

#: As bold as a face of one weight gets: the outline drawn with this share of the size.
_STROKE = 0.028
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """Lines of text in a box: how far from the left margin, how broad (points); half way up, or at its *top*."""

    left: float
    wide: float
    lines: Sequence[str]
    align: Align = Align.LEFT
    size: float = looks.CELL
    bold: bool = False
    top: bool = False


class Paper:
    """The sheets of one form. `y` is where the next thing is drawn; pages begin when something needs one."""

    def __init__(self, form: Form, out: BinaryIO) -> None:
        self.form, self.pages, self.missing = form, 0, set[str]()
        wide, high = looks.sheet(form.orientation)
        self.high, self.left = high * MM, looks.BINDING * MM
        self.wide = looks.room(form.orientation) * MM
        self.top, self.bottom = self.high - looks.TOP * MM, looks.BOTTOM * MM
        self.y, self.fresh = self.top, True
        self._facts: Sequence[tuple[str, str]] = form.facts
        self._part, self._page = 1, 0
        self._open, self._headed, self._titled = False, False, False
        self._canvas: Any = Canvas(
            out, pagesize=(wide * MM, high * MM), invariant=1, initialFontName=face.chinese_font(), pageCompression=1
        )  # fmt: skip
        self._canvas.setTitle(self.shown(form.title))
        self._canvas.setAuthor(self.shown(form.company))
        self._canvas.setCreator("Anjuan")

    # --- pages ---

    @property
    def room(self) -> float:
        """What is left of this page."""
        return self.y - self.bottom

    def begin(self, *, titled: bool = True) -> None:
        """See to it that a page is open, headed by the title unless a cover or a strip stands on it."""
        if not self._open:
            self._open, self._headed, self.fresh, self.y = True, False, True, self.top
            self.pages, self._page = self.pages + 1, self._page + 1
            self._running()
        if titled and not self._headed:
            self._headed = True
            self._heading()

    def need(self, height: float) -> bool:
        """Whether a new page had to be begun to have *height* left."""
        self.begin()
        if self.fresh or height <= self.room:
            return False
        self.turn()
        self.begin()
        return True

    def turn(self) -> None:
        """Finish the page, if one is open."""
        if not self._open:
            return
        self._canvas.showPage()
        self._pack(f"Page{self.pages}")
        self._open = False

    def part(self, facts: Sequence[tuple[str, str]]) -> None:
        """Finish this paper; the next begins with the title, *facts* and page 1."""
        self._total()
        self._facts, self._page, self._titled = facts, 0, False
        self._part += 1

    def close(self) -> None:
        """Finish the file; a form without anything on it has one page with its title."""
        if not self.pages:
            self.begin()
        self._total()
        self._canvas.save()

    def _total(self) -> None:
        """Finish the page and say how many pages this paper has: every page of it refers to that."""
        self.turn()
        self._canvas.beginForm(f"pages{self._part}", 0, 0, 60 * MM, 5 * MM)
        told = say("printed.pages", self.form.language, pages=self._page)
        self._canvas.setFont(face.NAME, looks.RUNNING)
        self._canvas.drawString(0, looks.RUNNING * 0.3, self.shown(told))
        self._canvas.endForm()

    def _pack(self, name: str) -> None:
        """Compress the page that was just finished, so that ten thousand of them need little memory."""
        page = self._canvas._doc.idToObject[name]  # noqa: SLF001  no public way to reach a finished page
        packed = zlib.compress(page.stream.encode("latin-1"), _LEVEL)
        page.Contents = PDFStream(
            PDFDictionary({"Filter": PDFArray([PDFName("FlateDecode")])}), packed + b"\n"
        )
        page.stream = None

    # --- what stands on every page ---

    def _running(self) -> None:
        """Company and number above, fingerprint and page x of y below."""
        form, middle = self.form, self.left + self.wide / 2
        above, below = self.high - looks.HEAD * MM, looks.FOOT * MM
        self.write(self.left, above, form.company, looks.RUNNING)
        if form.number:
            told = say("printed.number", form.language, number=form.number)
            self.write(self.left, above, told, looks.RUNNING, align=Align.RIGHT, wide=self.wide)
        self.write(self.left, below, form.foot, looks.RUNNING)
        page = say("printed.page", form.language, page=self._page)
        if form.foot:  # the fingerprint has the left
            middle = self.left + self.wide - 22 * MM
        self.write(
            self.left, below, page, looks.RUNNING, align=Align.RIGHT, wide=middle - 1.5 * MM - self.left
        )
        self._canvas.saveState()
        self._canvas.translate(middle + 1.5 * MM, below - looks.RUNNING * 0.3)
        self._canvas.doForm(f"pages{self._part}")
        self._canvas.restoreState()

    def _heading(self) -> None:
        """The title with its facts on the first page of a paper, smaller on those that follow."""
        if self._titled:
            told = say("printed.continued", self.form.language, title=self.form.title)
            self.paragraph(told, looks.CONTINUED, bold=True, align=Align.CENTRE)
        else:
            self._titled = True
            self.paragraph(self.form.title, looks.TITLE, bold=True, align=Align.CENTRE)
            self.y -= 1.5 * MM
            self._line_of_facts()
        self.y -= 1.5 * MM
        self.fresh = True

    def _line_of_facts(self) -> None:
        """Label and value side by side on as few lines as they need, spread over the line."""
        told = [say("word.labelled", self.form.language, label=one, value=two) for one, two in self._facts]
        size, gap = looks.TEXT, 6 * MM
        line: list[str] = []
        for text in [*map(self.shown, told), ""]:
            wide = sum(face.breadth(one, size) + gap for one in [*line, text]) - gap
            if line and (not text or wide > self.wide):
                self._spread(line, size)
                line = []
            line.append(text)

    def _spread(self, line: Sequence[str], size: float) -> None:
        if len(line) == 1:
            self.paragraph(line[0], size)
            return
        self.y -= size * looks.LEADING
        left, spare = self.left, self.wide - sum(face.breadth(one, size) for one in line)
        for text in line:
            self.write(left, self.y + size * 0.3, text, size)
            left += face.breadth(text, size) + spare / (len(line) - 1)

    # --- drawing ---

    def shown(self, text: str) -> str:
        """*text* as the face can show it; what it lacks is remembered."""
        made = face.shown(text)
        if made != text and face.MISSING in made:
            self.missing |= face.lacking(text)
        return made

    def lines(self, text: str, room: float, size: float = looks.CELL) -> list[str]:
        """*text* in lines of at most *room* points."""
        return broken(self.shown(text), room / size, face.breadth)

    def write(
        self, left: float, base: float, text: str, size: float, *, bold: bool = False,
        align: Align = Align.LEFT, wide: float = 0.0,
    ) -> None:  # fmt: skip
        """One line of text whose letters stand on *base*."""
        told = self.shown(text)
        if not told:
            return
        if align is not Align.LEFT:
            spare = wide - face.breadth(told, size)
            left += spare if align is Align.RIGHT else spare / 2
        canvas = self._canvas
        canvas.setFont(face.NAME, size)
        if bold:
            canvas.setLineWidth(size * _STROKE)
        canvas.drawString(left, base, told, mode=2 if bold else None)

    def box(self, left: float, bottom: float, wide: float, high: float, *, rule: float = looks.RULE) -> None:
        """An empty frame."""
        self._canvas.setLineWidth(rule)
        self._canvas.rect(left, bottom, wide, high)

    def turned(self, text: str, middle: float, half: float, size: float) -> None:
        """A mark on its side, round its middle: in upright text."""
        self._canvas.saveState()
        self._canvas.translate(middle, half)
        self._canvas.rotate(-90)
        self.write(-face.breadth(text, size) / 2, -size * 0.36, text, size, bold=True)
        self._canvas.restoreState()

    def rule(self, left: float, base: float, wide: float) -> None:
        """A line to write on."""
        self._canvas.setLineWidth(looks.RULE)
        self._canvas.line(left, base, left + wide, base)

    def drawn(
        self, lines: Iterable[Sequence[tuple[int, int]]], left: float, base: float, wide: float, high: float
    ) -> None:
        """Lines drawn by hand, from the top left, scaled into a box that stands on *base*."""
        kept = [line for line in lines if line]
        across = [x for line in kept for x, _ in line]
        down = [y for line in kept for _, y in line]
        scale = min(wide / max(max(across) - min(across), 1), high / max(max(down) - min(down), 1))
        path = self._canvas.beginPath()
        for line in kept:
            for nth, (x, y) in enumerate(line):
                place = left + (x - min(across)) * scale, base + (max(down) - y) * scale
                (path.lineTo if nth else path.moveTo)(*place)
        self._canvas.setLineWidth(looks.PEN)
        self._canvas.drawPath(path)

    def paragraph(
        self, text: str, size: float, *, bold: bool = False, align: Align = Align.LEFT, indent: float = 0.0
    ) -> None:
        """Text across the page, on as many lines and pages as it takes."""
        leading = size * looks.LEADING
        for line in self.lines(text, self.wide - indent, size):
            if self._open and leading > self.room:
                self.turn()
                self.begin()
            self.y -= leading
            where = self.left + indent
            self.write(
                where, self.y + size * 0.3, line, size, bold=bold, align=align, wide=self.wide - indent
            )
            self.fresh = False

    def cells(self, cells: Sequence[Cell], high: float) -> None:
        """A row of boxes *high* points high at `y`, their text half way up; what is drawn next stands below."""
        bottom, inset = self.y - high, looks.BESIDE * MM
        for cell in cells:
            self.box(self.left + cell.left, bottom, cell.wide, high)
            leading = cell.size * looks.LEADING
            air = (high - len(cell.lines) * leading) / 2
            base = self.y - (2 * looks.ABOVE * MM if cell.top else air) - cell.size
            for line in cell.lines:
                self.write(
                    self.left + cell.left + inset, base, line, cell.size, bold=cell.bold, align=cell.align,
                    wide=cell.wide - 2 * inset,
                )  # fmt: skip
                base -= leading
        self.y, self.fresh = bottom, False


def height(cells: Sequence[Cell], least: float) -> float:
    """How high a row of *cells* is: their lines and some air, at least *least* points."""
    most = max((len(cell.lines) * cell.size * looks.LEADING for cell in cells), default=0.0)
    return max(least, most + 2 * looks.ABOVE * MM)
