"""Scanned pages for the tests: Chinese office papers drawn as pictures, clean or badly copied."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from archive.fonts import cjk_font_path

A4 = (1240, 1754)
LETTER = (
    "装修保证金退还申请书",
    "编号：ZX-2024-0317    密级：内部",
    "申请人：陈大文    房号：A座1203室",
    "本人于2023年5月18日就上述房屋办理装修，缴纳保证金叁仟元整。",
    "装修工程已于2024年3月2日完工，经工程部王志强现场验收合格。",
    "总经理批示：同意退还。    签名：李建国",
    "二〇二四年三月十七日",
)


def sheet(*lines: str, blur: float = 0.0, size: int = 32) -> Image.Image:
    """A grey A4 page at 150 dots an inch with these lines; *blur* as a bad copier makes it."""
    font = ImageFont.truetype(str(cjk_font_path()), size)
    page = Image.new("L", A4, 255)
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        pen.text((100, 120 + number * size * 2), line, font=font, fill=30)
    return page.filter(ImageFilter.GaussianBlur(blur)) if blur else page


def as_file(page: Image.Image, format_: str = "PNG", *more: Image.Image) -> bytes:
    """The page (and more of them, in TIFF) as an image file."""
    room = io.BytesIO()
    others = {"save_all": True, "append_images": [one.copy() for one in more]} if more else {}
    page.copy().save(room, format_, **others)  # a copy: Pillow leaves settings of one format on the image
    return room.getvalue()


def as_pdf(*pages: Image.Image | str) -> bytes:
    """A PDF of scans; a page given as words is a page of text."""
    room = io.BytesIO()
    canvas = Canvas(room, pagesize=(595, 842), invariant=True)
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(72, 700, page)
        else:
            canvas.drawImage(ImageReader(page), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return room.getvalue()
