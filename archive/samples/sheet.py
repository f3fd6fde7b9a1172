"""Papers as Excel files: heading, remarks and a ruled table on one sheet."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from archive.samples.papers import Paper

_FONT = {"font_name": "宋体", "font_size": 11}
_COLUMN = 22


def write_xlsx(paper: Paper, path: Path) -> None:
    """Write *paper* to *path*; equal papers give equal bytes."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"title": paper.title, "author": paper.creator, "created": paper.written_at})
        sheet = book.add_worksheet(paper.doc_type[:31])
        last = max((len(row) for row in paper.table), default=4) - 1
        sheet.set_column(0, last, _COLUMN)
        row = _heading(book, sheet, paper, last)
        cell = book.add_format({**_FONT, "border": 1, "text_wrap": True, "valign": "vcenter"})
        for values in paper.table:
            sheet.write_row(row, 0, values, cell)
            row += 1
        sheet.write(row + 1, last, paper.creator)
        sheet.write(row + 2, last, paper.signature)


def _heading(
    book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, paper: Paper, last: int
) -> int:
    """Title, number and remarks across all columns; returns the next free row."""
    title = book.add_format({**_FONT, "font_size": 15, "bold": True, "align": "center", "text_wrap": True})
    plain = book.add_format({**_FONT, "text_wrap": True, "valign": "top"})
    sheet.set_row(0, 40)
    sheet.merge_range(0, 0, 0, last, paper.title, title)
    sheet.write(1, 0, paper.document_no or "", plain)
    for row, text in enumerate(paper.paragraphs, start=2):
        sheet.set_row(row, 16 * (1 + len(text) * 2 // (_COLUMN * (last + 1))))
        sheet.merge_range(row, 0, row, last, text, plain)
    return 3 + len(paper.paragraphs)
