"""Papers as PDF with the Chinese font embedded: the sheets of layout.py and simple drawings."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from archive.fonts.face import chinese_font
from archive.samples import layout
from archive.samples.layout import MARGIN, PAGE_HEIGHT, PAGE_WIDTH, TEXT_WIDTH, Strip
from archive.samples.names import COMPANY
from archive.samples.papers import Paper

_SIZES = {"title": layout.TITLE_SIZE}


def write_pdf(paper: Paper, path: Path) -> None:
    """Write *paper* to *path*; equal papers give equal bytes."""
    canvas = Canvas(
        str(path), pagesize=(PAGE_WIDTH, PAGE_HEIGHT), invariant=1, initialFontName=chinese_font()
    )
    canvas.setTitle(paper.title)
    canvas.setAuthor(paper.creator)
    sheets = layout.sheets(paper, paper.signature)
    total = len(sheets) + paper.drawings
    for number, sheet in enumerate(sheets, start=1):
        _frame(canvas, paper, number, total)
        _sheet(canvas, sheet)
        canvas.showPage()
    for number in range(len(sheets) + 1, total + 1):
        _frame(canvas, paper, number, total)
        _drawing(canvas, paper, number - len(sheets))
        canvas.showPage()
    canvas.save()


def _frame(canvas: Any, paper: Paper, number: int, total: int) -> None:
    """Letterhead and page number."""
    canvas.setFont(chinese_font(), 9)
    canvas.setLineWidth(0.4)
    canvas.drawString(MARGIN, PAGE_HEIGHT - MARGIN + 26, COMPANY)
    canvas.drawRightString(PAGE_WIDTH - MARGIN, PAGE_HEIGHT - MARGIN + 26, paper.doc_type)
    canvas.line(MARGIN, PAGE_HEIGHT - MARGIN + 20, PAGE_WIDTH - MARGIN, PAGE_HEIGHT - MARGIN + 20)
    canvas.drawCentredString(PAGE_WIDTH / 2, MARGIN - 34, f"第 {number} 页　共 {total} 页")


def _sheet(canvas: Any, sheet: list[Strip]) -> None:
    """The strips of one sheet from the top."""
    top = PAGE_HEIGHT - MARGIN
    for strip in sheet:
        if strip.kind == "row":
            _row(canvas, strip, top)
        elif strip.text:
            _line(canvas, strip, top)
        top -= strip.height


def _line(canvas: Any, strip: Strip, top: float) -> None:
    size = _SIZES.get(strip.kind, layout.TEXT_SIZE)
    baseline = top - size
    canvas.setFont(chinese_font(), size)
    if strip.kind in ("title", "number"):
        canvas.drawCentredString(PAGE_WIDTH / 2, baseline, strip.text)
    elif strip.kind == "sign":
        canvas.drawRightString(PAGE_WIDTH - MARGIN, baseline, strip.text)
    else:
        canvas.drawString(MARGIN + (2 * size if strip.kind == "first" else 0), baseline, strip.text)


def _row(canvas: Any, strip: Strip, top: float) -> None:
    """One row of the table: a box per cell with its lines inside."""
    column = TEXT_WIDTH / len(strip.cells)
    canvas.setFont(chinese_font(), layout.CELL_SIZE)
    for index, lines in enumerate(strip.cells):
        left = MARGIN + index * column
        canvas.rect(left, top - strip.height, column, strip.height)
        for number, line in enumerate(lines):
            canvas.drawString(left + 4, top - 4 - layout.CELL_SIZE - number * layout.CELL_LEADING, line)


def _drawing(canvas: Any, paper: Paper, number: int) -> None:
    """A plan of the premises: outer walls, partitions with doors, sprinklers, and a title block."""
    rng = random.Random(f"{paper.title}/{number}")
    left, bottom, width, height = MARGIN, MARGIN + 90, TEXT_WIDTH, 520.0
    canvas.setLineWidth(2.2)
    canvas.rect(left, bottom, width, height)
    canvas.setLineWidth(0.8)
    names = iter(rng.sample(_ROOMS, len(_ROOMS)))
    _rooms(canvas, rng, names, (left, bottom, width, height), 3)
    canvas.setFont(chinese_font(), 11)
    canvas.rect(left, MARGIN, width, 64)
    canvas.drawString(left + 10, MARGIN + 42, f"{paper.title}　附图{number}")
    canvas.drawString(left + 10, MARGIN + 20, f"图号 {paper.document_no or '—'}　比例 1:100　单位 mm")


_ROOMS = ("会议室", "经理室", "开放办公区", "茶水间", "储物间", "前台", "机房", "资料室")


def _rooms(
    canvas: Any, rng: random.Random, names: Iterator[str], box: tuple[float, float, float, float], depth: int
) -> None:
    """Divide *box* into rooms, each with a name and a sprinkler."""
    left, bottom, width, height = box
    if depth == 0:
        canvas.setFont(chinese_font(), 10)
        canvas.drawCentredString(left + width / 2, bottom + height / 2, next(names))
        canvas.drawCentredString(left + width / 2, bottom + height / 2 - 16, f"{width * height / 700:.1f}㎡")
        canvas.circle(left + width / 2, bottom + height / 2 + 22, 3, fill=1)
        return
    part = rng.uniform(0.38, 0.62)
    if width > height:
        canvas.line(left + width * part, bottom, left + width * part, bottom + height - 34)
        _rooms(canvas, rng, names, (left, bottom, width * part, height), depth - 1)
        _rooms(canvas, rng, names, (left + width * part, bottom, width * (1 - part), height), depth - 1)
    else:
        canvas.line(left, bottom + height * part, left + width - 34, bottom + height * part)
        _rooms(canvas, rng, names, (left, bottom, width, height * part), depth - 1)
        _rooms(canvas, rng, names, (left, bottom + height * part, width, height * (1 - part)), depth - 1)
