"""Golden pictures of printed pages: small, grey, compared dot by dot with the ones committed.

`same_picture(pdf, "f1")` renders a page and compares it with `golden/f1.png`. After a change that was looked at and
is right, the pictures are made anew with `ANJUAN_GOLDEN=new pytest …`; the difference shows in the commit.
"""

from __future__ import annotations

import os
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops

GOLDEN = Path(__file__).with_name("golden")
#: Points become this many dots: a page of A4 is about 500 dots high, its text just to be read.
SCALE = 0.6
#: A dot differs when it is darker or lighter by more than this of 255; so many of a thousand dots may differ.
SHADE, SHARE = 60, 1.0


def picture(pdf: bytes, page: int = 0) -> Image.Image:
    """A page of *pdf* in grey."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[page].render(scale=SCALE, grayscale=True).to_pil().convert("L")
    finally:
        document.close()


def difference(one: Image.Image, other: Image.Image) -> float:
    """How many of a thousand dots differ; all of them if the sizes do."""
    if one.size != other.size:
        return 1000.0
    darker = ImageChops.difference(one, other).point(lambda shade: 255 if shade > SHADE else 0)
    return darker.histogram()[255] * 1000 / (one.size[0] * one.size[1])


def same_picture(pdf: bytes, name: str, page: int = 0) -> None:
    """Raise `AssertionError` where a page does not look like `golden/<name>.png`; what it looks like lies beside it."""
    found, kept = picture(pdf, page), GOLDEN / f"{name}.png"
    if os.environ.get("ANJUAN_GOLDEN") == "new":
        GOLDEN.mkdir(exist_ok=True)
        found.save(kept, optimize=True)
        return
    with Image.open(kept) as golden:
        differs = difference(found, golden.convert("L"))
    assert differs <= SHARE, f"{name}: {differs:.2f} of 1000 dots differ (at most {SHARE})"
