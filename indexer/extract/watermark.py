"""A page made ready for eyes: who looks at it and when, drawn across it, and the whole as a picture for a browser.

What comes in are bare pixels of the limited child; nothing of the file itself is parsed here.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import Any

from archive.fonts import CJK_FACE, cjk_font_path
from indexer.extract.kinds import Sight

#: How far the mark leans, how dark it is (of 255), and how the picture is kept.
LEANING, DARKNESS, QUALITY = 28, 56, 86
MEDIA = "image/jpeg"


def picture(sight: Sight, mark: str = "") -> bytes:
    """*sight* as a JPEG, with *mark* drawn across it in many places if there is one."""
    from PIL import Image

    image = Image.frombytes("RGB", (sight.width, sight.height), sight.pixels)
    if mark:
        _draw(image, mark)
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def unseen(sentence: str, width: int = 800) -> bytes:
    """A sheet that says *sentence* in the place of a page that cannot be drawn."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (width, width * 2 // 5), (246, 247, 248))
    font = ImageFont.truetype(str(cjk_font_path()), width // 36, index=CJK_FACE)
    middle = (image.width / 2, image.height / 2)
    ImageDraw.Draw(image).text(middle, sentence, font=font, fill=(84, 92, 100), anchor="mm")
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _draw(image: Any, mark: str) -> None:
    from PIL import Image

    tile = _tile(mark, max(14, image.width // 42))
    grey = Image.new("RGB", tile.size, (96, 40, 40))
    for number, top in enumerate(range(-tile.height // 3, image.height, tile.height)):
        for left in range(-(number % 2) * tile.width // 2, image.width, tile.width):
            image.paste(grey, (left, top), tile)


@lru_cache(maxsize=64)
def _tile(mark: str, size: int) -> Any:
    """The mark once, leaning, with room around it: how dark each pixel becomes."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(cjk_font_path()), size, index=CJK_FACE)
    left, top, right, bottom = font.getbbox(mark)
    flat = Image.new("L", (int(right - left) + 2 * size, int(bottom - top) + 2 * size), 0)
    ImageDraw.Draw(flat).text((size - left, size - top), mark, font=font, fill=DARKNESS)
    leaning = flat.rotate(LEANING, expand=True, resample=Image.Resampling.BICUBIC)
    roomy = Image.new("L", (leaning.width, leaning.height + size), 0)
    roomy.paste(leaning, (0, 0))
    return roomy
