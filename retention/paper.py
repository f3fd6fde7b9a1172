"""Papers of the archive itself as Word files: lists and reports on A4 landscape, ready for signature (F21-F23).

Pure: what is written is handed in, already in words; equal contents give equal bytes. Rows are written one by
one, so a list of ten thousand lines takes seconds, not hours.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

FONT = "宋体"
#: Millimetres that a line has, and letters that every column gets at least (ten times that at most).
BREADTH, WIDE = 261, 5
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading over it and column names that every page repeats."""

    heading: str
    columns: Sequence[str]
    rows: Iterable[Sequence[str]]


def docx(
    title: str, facts: Sequence[tuple[str, str]], columns: Sequence[str], rows: Iterable[Sequence[str]],
    signatures: Sequence[str],
) -> bytes:  # fmt: skip
    """A paper with one table: title, facts, table, a line to sign for each of *signatures*; its bytes."""
    return report(title, facts, [Table("", columns, rows)], signatures)


def report(
    title: str, facts: Sequence[tuple[str, str]], tables: Sequence[Table], signatures: Sequence[str]
) -> bytes:
    """A paper with several tables; a table without rows is left out. Its bytes."""
    document = _blank(title)
    _centred(document, title)
    for label, told in facts:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{_written(label)}　").bold = True
        paragraph.add_run(_written(told))
    for table in tables:
        _table(document, table)
    for label in signatures:
        document.add_paragraph(f"{_written(label)}　＿＿＿＿＿＿＿＿　　　＿＿＿＿-＿＿-＿＿")
    return _settled(document)


def _blank(title: str) -> Any:
    """An empty A4 landscape document with page numbers and a Chinese font."""
    document = Document()
    style = document.styles["Normal"]
    style.font.size = Pt(10.5)
    style.paragraph_format.space_after = Pt(4)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin = section.bottom_margin = Mm(16)
    _page_number(section.footer.paragraphs[0])
    document.core_properties.title, document.core_properties.author = _written(title)[:255], ""
    return document


def _page_number(paragraph: Any) -> None:
    """N / M, counted by the word processor."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for instruction, after in (("PAGE", " / "), ("NUMPAGES", "")):
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), instruction)
        paragraph._p.append(field)  # noqa: SLF001  python-docx has no page-number field of its own
        paragraph.add_run(after)


def _centred(document: Any, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(_written(text))
    run.bold, run.font.size = True, Pt(16)


def _table(document: Any, table: Table) -> None:
    """A grid, built without python-docx's cells: those are looked up anew for every row."""
    rows = list(table.rows)
    if not rows:
        return
    if table.heading:
        document.add_paragraph().add_run(_written(table.heading)).bold = True
    grid = document.add_table(rows=0, cols=len(table.columns), style="Table Grid")._tbl  # noqa: SLF001
    for column, wide in zip(grid.tblGrid.gridCol_lst, _widths([table.columns, *rows]), strict=True):
        column.w = Mm(wide)
    grid.append(_row(table.columns, heading=True))
    for row in rows:
        grid.append(_row(row))
    document.add_paragraph()


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Millimetres of each column: as its longest text of the first rows asks, none too narrow, none too wide."""
    columns = zip(*rows[:200], strict=True)
    wanted = [2 + min(max(WIDE, *map(_breadth, texts)), 10 * WIDE) for texts in columns]
    return [BREADTH * wide / sum(wanted) for wide in wanted]


def _breadth(text: str) -> int:
    """Letters, a Chinese character for two."""
    return sum(1 if letter < "\u2e80" else 2 for letter in text)


def _row(cells: Sequence[str], *, heading: bool = False) -> Any:
    row = OxmlElement("w:tr")
    looks = _within(row, "w:trPr")
    _within(looks, "w:cantSplit")
    if heading:
        _within(looks, "w:tblHeader")
    for told in cells:
        run = _within(_within(_within(row, "w:tc"), "w:p"), "w:r")
        _within(_within(run, "w:rPr"), "w:b") if heading else None
        text = _within(run, "w:t")
        text.text = _written(told)
        text.set(qn("xml:space"), "preserve")
    return row


def _within(parent: Any, name: str) -> Any:
    made = OxmlElement(name)
    parent.append(made)
    return made


def _written(text: str) -> str:
    """*text* without the characters that no XML file may hold."""
    return _UNWRITABLE.sub("�", text)


def _settled(document: Any) -> bytes:
    """The document's bytes without the hour at which they were zipped."""
    saved, settled = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            target.writestr(entry, source.read(name), zipfile.ZIP_DEFLATED)
    return settled.getvalue()
