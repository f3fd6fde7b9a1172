"""What tests read in a printed Word paper: its words, its ruled tables by their first heading, who signs."""

from __future__ import annotations

import io

from docx import Document


def opened(body):
    """The document behind the bytes, or in the file of that path."""
    return Document(io.BytesIO(body) if isinstance(body, bytes) else str(body))


def words(body):
    """Every word of the paper: paragraphs first, then the cells of all tables, a line each."""
    page = opened(body)
    cells = [cell.text for table in page.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in page.paragraphs), *cells])


def tables(body):
    """Every table as rows of texts."""
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in opened(body).tables]


def table(body, heading="序号"):
    """The rows of the table whose first column is called so."""
    return next(rows for rows in tables(body) if rows[0][0] == heading)


def signers(body):
    """The labels of the lines to sign, in order."""
    cells = [text for row in tables(body)[-1] for text in row if text]
    return [text.partition("：")[0] for text in cells]
