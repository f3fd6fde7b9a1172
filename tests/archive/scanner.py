"""What comes out of a scanner, made here: PDF and TIFF stacks with separator sheets between, whole and damaged."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from archive.labels import drawing
from archive.scans.fates import MARK


def paper(*texts: str) -> bytes:
    """A PDF of a page for each text."""
    out = BytesIO()
    canvas = Canvas(out, invariant=1)
    for text in texts:
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def sheets(*codes: str, mark: str = MARK) -> bytes:
    """A separator sheet for each code."""
    return drawing.separators(codes, "分隔页", "扫完收回", mark).data


def stack(*parts: bytes) -> bytes:
    """Several PDFs, one after another."""
    out = BytesIO()
    whole = pypdfium2.PdfDocument.new()
    for part in parts:
        with pypdfium2.PdfDocument(part) as one:
            whole.import_pages(one)
    whole.save(out)
    whole.close()
    return out.getvalue()


def texts(pdf: bytes) -> list[str]:
    """What stands on each page."""
    with pypdfium2.PdfDocument(pdf) as paper:
        return [page.get_textpage().get_text_range().strip() for page in paper]


def pictures(pdf: bytes, dpi: int = 150) -> list[Any]:
    """Each page as a grey picture."""
    with pypdfium2.PdfDocument(pdf) as paper:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L").copy() for page in paper]


def tiff(pages: list[Any], **how: Any) -> bytes:
    """Pictures as one TIFF."""
    out = BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], **how)
    return out.getvalue()


def png(page: Any) -> bytes:
    """A picture as PNG."""
    out = BytesIO()
    page.save(out, "PNG")
    return out.getvalue()
