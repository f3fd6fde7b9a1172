"""Papers as Word files: letterhead, title, body, table, signature block and page numbers."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from archive.samples.layout import is_salutation
from archive.samples.names import COMPANY
from archive.samples.papers import Paper

_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_docx(paper: Paper, path: Path) -> None:
    """Write *paper* to *path*; equal papers give equal bytes."""
    document = _blank(paper)
    _title(document, paper)
    for text in paper.paragraphs:
        paragraph = document.add_paragraph(text)
        if not is_salutation(text):
            paragraph.paragraph_format.first_line_indent = Pt(24)
    if paper.table:
        _table(document, paper)
    for text in ("", paper.creator, paper.signature):
        document.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    path.write_bytes(_settled(document))


def _blank(paper: Paper) -> Any:
    """An empty document with the office's letterhead, page numbers and fonts."""
    document = Document()
    style = document.styles["Normal"]
    style.font.size = Pt(12)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
    section = document.sections[0]
    section.header.paragraphs[0].text = f"{COMPANY}　{paper.doc_type}"
    _page_number(section.footer.paragraphs[0])
    core = document.core_properties
    core.title, core.author = paper.title, paper.creator
    core.created = core.modified = paper.written_at
    return document


def _page_number(paragraph: Any) -> None:
    """第 N 页, with N counted by the word processor."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("第 ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001  python-docx has no page-number field of its own
    paragraph.add_run(" 页")


def _title(document: Any, paper: Paper) -> None:
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run(paper.title)
    run.bold, run.font.size = True, Pt(17)
    if paper.document_no:
        document.add_paragraph(paper.document_no).alignment = WD_ALIGN_PARAGRAPH.CENTER


def _table(document: Any, paper: Paper) -> None:
    table = document.add_table(rows=len(paper.table), cols=len(paper.table[0]), style="Table Grid")
    for cells, row in zip(table.rows, paper.table, strict=True):
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = text


def _settled(document: Any) -> bytes:
    """The document's bytes without the hour at which they were zipped."""
    saved, settled = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _EPOCH), source.read(name), zipfile.ZIP_DEFLATED)
    return settled.getvalue()
