"""Pages that are pictures, drawn for character recognition: of PDF, of image files, of office files of scans."""

from __future__ import annotations

import zipfile
from contextlib import closing
from io import BytesIO
from typing import Any

import pypdfium2

from indexer.extract import package, pdf
from indexer.extract.kinds import HEAD, TALLEST, ZIP, Kind, Picture, Sight, kind_of

LONGEST = 2000
"""Pixels of the longer side: A4 at 170 dots an inch; the recogniser makes larger pictures no larger."""
FINEST = 300 / 72
"""Pixels a point at most, so that a stamp is not blown up to a page."""
MOST_PIXELS = 120_000_000
"""An image file larger than this (A0 at 300 dots an inch has 140 million) is not unpacked."""
LEAST = 100
"""A picture inside an office file with a shorter side is an ornament."""
_MEDIA = ("/media/", "Pictures/")


def unread_pages(data: bytes, suffix: str) -> list[int]:
    """The pages of a file, from 1, that only recognition can read; raises the parsers' errors."""
    if data.startswith(ZIP):
        with package.opened(data) as opened:
            return list(range(1, len(_media(opened)) + 1)) if package.objection(opened) is None else []
    match kind_of(data[:HEAD], suffix):
        case Kind.PDF:
            return pdf.unread_pages(data)
        case Kind.IMAGE:
            with _opened(data) as image:
                return list(range(1, getattr(image, "n_frames", 1) + 1))
        case _:
            return []


def drawn(data: bytes, suffix: str, page: int) -> Picture:
    """Page *page*, from 1; raises the libraries' errors, ValueError for what is too large."""
    if data.startswith(ZIP):
        with package.opened(data) as opened:
            return _of_image(opened.read(_media(opened)[page - 1]), 1)
    return _of_pdf(data, page) if kind_of(data[:HEAD], suffix) is Kind.PDF else _of_image(data, page)


def _of_pdf(data: bytes, number: int) -> Picture:
    with closing(pypdfium2.PdfDocument(data)) as paper, closing(paper[number - 1]) as page:
        longer = max(page.get_width(), page.get_height(), 1.0)
        with closing(page.render(scale=min(LONGEST / longer, FINEST), grayscale=True)) as bitmap:
            return _grey(bitmap.to_pil())


def _of_image(data: bytes, number: int) -> Picture:
    with _opened(data) as image:
        image.seek(number - 1)
        image.draft("L", (LONGEST, LONGEST))  # a photograph is unpacked no larger than wanted
        image.thumbnail((LONGEST, LONGEST))
        return _grey(image)


def seen(data: bytes, suffix: str, page: int, width: int) -> Sight:
    """Page *page*, from 1, of a PDF or an image, in colour and *width* pixels wide; raises as `drawn` does."""
    if kind_of(data[:HEAD], suffix) is Kind.PDF:
        with closing(pypdfium2.PdfDocument(data)) as paper, closing(paper[page - 1]) as one:
            scale = width / max(one.get_width(), one.get_height() / TALLEST, 1.0)
            with closing(one.render(scale=scale, rev_byteorder=True)) as bitmap:
                return _sight(bitmap.to_pil(), len(paper), width)
    with _opened(data) as image:
        image.seek(page - 1)
        image.draft("RGB", (width, width * TALLEST))
        return _sight(image, getattr(image, "n_frames", 1), width)


def _sight(image: Any, count: int, width: int) -> Sight:
    """As `_grey`, in colour."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    image = image.convert("RGB")
    image.thumbnail((width, width * TALLEST))
    return Sight(image.width, image.height, count, image.tobytes()).checked()


def _opened(data: bytes) -> Any:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    image = Image.open(BytesIO(data))
    if image.width * image.height > MOST_PIXELS:
        raise ValueError("pixels")
    return image


def _grey(image: Any) -> Picture:
    """On white where it is transparent, upright where the camera says how it was held."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    grey = image.convert("L")
    return Picture(grey.width, grey.height, grey.tobytes()).checked()


def _media(opened: zipfile.ZipFile) -> list[str]:
    """The pictures of an office file in the order of their numbers, without ornaments."""
    names = [name for name in opened.namelist() if any(folder in name for folder in _MEDIA)]
    return sorted(filter(lambda name: _large(opened, name), names), key=lambda name: (len(name), name))


def _large(opened: zipfile.ZipFile, name: str) -> bool:
    try:
        with _opened(opened.read(name)) as image:
            return int(min(image.size)) >= LEAST
    except Exception:  # noqa: BLE001  a drawing or a film, or damage: no page to recognise
        return False
