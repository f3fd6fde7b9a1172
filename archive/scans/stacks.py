"""Scans as stacks of pages: a PDF, a TIFF of several pages, a picture; read for QR codes, and taken apart in memory.

Nothing here touches a record or a disk. What is hostile ends with a reason, never with a traceback: a file that does
not open, has too many pages or takes too long is not split, and whoever asked puts it aside whole.
"""

from __future__ import annotations

import hashlib
import re
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image, ImageOps, ImageSequence
from PIL.TiffImagePlugin import AppendingTiffWriter
from pypdfium2 import raw

from archive.errors import ScanUnread
from archive.scans.fates import MARK, Why

#: Pages of one file; a volume of 2,000 pages would be 20 cm thick.
MOST_PAGES = 3000
#: Dots an inch at which a page is looked at, and the longest side a picture of it may have.
DPI, LONGEST = 150, 2600
#: A picture of more pixels is not unpacked (A0 at 300 dots an inch has 140 million).
MOST_PIXELS = 150_000_000
#: Seconds a file may take: so many to begin with, and so many a page.
PATIENCE, A_PAGE = 30.0, 1.0
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp"})
_PDF = b"%PDF-"
_QR = zxingcpp.barcode_formats_from_str("QRCode")
_DATE = re.compile(rb"/CreationDate\(D:[^)]{1,40}\)")
_ID = re.compile(rb"/ID\[<[0-9A-Fa-f]{32}><[0-9A-Fa-f]{32}>\]")
_LOSSLESS = {"1": "group4"}


@dataclass(frozen=True, slots=True)
class Page:
    """The QR codes on one page, and whether it is a separator sheet."""

    codes: tuple[str, ...]
    separator: bool = False


def splittable(name: str, head: bytes) -> bool:
    """True for what can have pages: a PDF, or a picture by its ending."""
    return head.lstrip()[:5] == _PDF or Path(name).suffix.lower() in PICTURES


def is_pdf(data: bytes) -> bool:
    """True for a PDF, whatever it is called."""
    return _PDF in data[:1024]


def count(data: bytes, name: str) -> int:
    """The pages of a file; raises `ScanUnread`."""
    with _told(name):
        if is_pdf(data):
            with closing(pypdfium2.PdfDocument(data)) as paper:
                return _few(len(paper), name)
        with _opened(data) as image:
            return _few(int(getattr(image, "n_frames", 1)), name)


def pages(data: bytes, name: str) -> list[Page]:
    """The QR codes of every page, in order; raises `ScanUnread`."""
    deadline, found = time.monotonic() + PATIENCE, []
    with _told(name):
        for picture in _pictures(data, name):
            found.append(page_of(picture))
            deadline += A_PAGE
            if time.monotonic() > deadline:
                raise ScanUnread(path=name, why=Why.TOO_LONG)
    return found


def page_of(picture: Any) -> Page:
    """What a picture of a page says: its QR codes from top to bottom, the separator mark apart."""
    read = zxingcpp.read_barcodes(picture, formats=_QR)
    read.sort(key=lambda one: (one.position.top_left.y, one.position.top_left.x))
    codes = dict.fromkeys(one.text.strip() for one in read if one.valid)
    return Page(tuple(code for code in codes if code and code != MARK), MARK in codes)


def part(data: bytes, numbers: Sequence[int], name: str) -> bytes:
    """The pages *numbers* (from 1) of a file as a file of its own kind; equal in, equal out. Raises `ScanUnread`."""
    with _told(name):
        return _of_pdf(data, numbers) if is_pdf(data) else _of_picture(data, numbers)


# --- inside -----------------------------------------------------------------------------------


@contextmanager
def _told(name: str) -> Iterator[None]:
    """What the libraries say of a file they cannot read, in our words: whatever they raise, it is the file's fault."""
    try:
        yield
    except (ScanUnread, MemoryError):
        raise
    except Exception as slip:
        locked = isinstance(slip, pypdfium2.PdfiumError) and slip.err_code == raw.FPDF_ERR_PASSWORD
        raise ScanUnread(path=name, why=Why.LOCKED if locked else Why.BROKEN) from slip


def _few(pages: int, name: str) -> int:
    if not 1 <= pages <= MOST_PAGES:
        raise ScanUnread(path=name, why=Why.TOO_LONG if pages else Why.BROKEN)
    return pages


def _pictures(data: bytes, name: str) -> Iterator[Any]:
    """Every page in grey, at most `LONGEST` dots long."""
    if is_pdf(data):
        with closing(pypdfium2.PdfDocument(data)) as paper:
            for number in range(_few(len(paper), name)):
                with closing(paper[number]) as page:
                    yield _drawn(page)
        return
    with _opened(data) as image:
        _few(int(getattr(image, "n_frames", 1)), name)
        for frame in ImageSequence.Iterator(image):
            yield _grey(frame)


def _drawn(page: Any) -> Any:
    longer = max(page.get_width(), page.get_height(), 1.0)
    scale = min(DPI / 72, LONGEST / longer)
    with closing(page.render(scale=scale, grayscale=True, may_draw_forms=False)) as bitmap:
        return bitmap.to_pil().convert("L").copy()


def _opened(data: bytes) -> Any:
    """A picture, not unpacked yet; raises ValueError for a hostile size."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = Image.open(BytesIO(data))
    if image.width * image.height > MOST_PIXELS:
        raise ValueError("pixels")
    return image


def _grey(frame: Any) -> Any:
    if frame.width * frame.height > MOST_PIXELS:
        raise ValueError("pixels")
    picture = ImageOps.exif_transpose(frame).convert("L")
    picture.thumbnail((LONGEST, LONGEST))
    return picture


def _of_pdf(data: bytes, numbers: Sequence[int]) -> bytes:
    """The pages as pdfium copies them, streams untouched, without the day and the number it writes into each file."""
    out = BytesIO()
    with closing(pypdfium2.PdfDocument(data)) as paper, closing(pypdfium2.PdfDocument.new()) as made:
        made.import_pages(paper, [number - 1 for number in numbers])
        made.save(out)
    return _settled(out.getvalue())


def _settled(pdf: bytes) -> bytes:
    """*pdf* with a fixed day of making, and numbered by its content: the same length, so every offset stands."""
    begun = pdf.find(b"stream")
    head = _DATE.sub(lambda day: b"/CreationDate(D:" + b"0" * (len(day[0]) - 17) + b")", pdf[:begun], count=1)
    whole = head + pdf[begun:]
    found = list(_ID.finditer(whole))
    if not found:
        return whole
    start, end = found[-1].span()
    number = hashlib.sha256(whole[:start] + whole[end:]).hexdigest()[:32].upper().encode()
    return whole[:start] + b"/ID[<" + number + b"><" + number + b">]" + whole[end:]


def _of_picture(data: bytes, numbers: Sequence[int]) -> bytes:
    """The frames of a TIFF as a TIFF that loses nothing; a single picture is itself."""
    with _opened(data) as image:
        if int(getattr(image, "n_frames", 1)) == 1:
            return data
        out = BytesIO()
        with AppendingTiffWriter(out) as writer:
            for number in numbers:
                image.seek(number - 1)
                frame = image.copy()
                extra = {"dpi": frame.info["dpi"]} if "dpi" in frame.info else {}
                frame.save(
                    writer, "TIFF", compression=_LOSSLESS.get(frame.mode, "tiff_adobe_deflate"), **extra
                )
                writer.newFrame()
            return out.getvalue()
