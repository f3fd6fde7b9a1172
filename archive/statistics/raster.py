"""Charts as PNG pictures, without a browser: the shapes set as one page with the shipped font, then rendered.

The page and the picture live in memory only. The bytes of equal charts are equal.
"""

from __future__ import annotations

import io

import pypdfium2
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from archive import charts, shapes
from archive.fonts.face import chinese_font, shown
from archive.shapes import Box, Dot, Drawing, Patch, Rule, Shape, Trace, Words

#: Dots of the picture to one of the drawing.
SCALE = 2


def png(chart: charts.Chart, scale: int = SCALE) -> bytes:
    """The chart as a PNG picture, *scale* times as large as its drawing."""
    return painted(charts.drawing(chart), scale)


def painted(drawing: Drawing, scale: int = SCALE) -> bytes:
    """The drawing as the bytes of a PNG picture."""
    page = io.BytesIO()
    canvas = Canvas(page, pagesize=(drawing.wide, drawing.tall), invariant=True, pageCompression=1)
    canvas.setFillColor(HexColor(shapes.PAPER))
    canvas.rect(0, 0, drawing.wide, drawing.tall, stroke=0, fill=1)
    for shape in drawing.shapes:
        _paint(canvas, shape, drawing.tall)
    canvas.save()
    return _rendered(page.getvalue(), scale)


def _rendered(page: bytes, scale: int) -> bytes:
    picture = io.BytesIO()
    document = pypdfium2.PdfDocument(page)
    try:
        document[0].render(scale=scale).to_pil().save(picture, "PNG", optimize=True)
    finally:
        document.close()
    return picture.getvalue()


def _paint(canvas: Canvas, shape: Shape, tall: float) -> None:
    """One shape; *y* is turned round, a page counts from its foot."""
    canvas.saveState()
    match shape:
        case Box(x, y, wide, high, colour):
            canvas.setFillColor(HexColor(colour))
            canvas.rect(x, tall - y - high, wide, high, stroke=0, fill=1)
        case Rule(x1, y1, x2, y2, colour):
            canvas.setStrokeColor(HexColor(colour))
            canvas.line(x1, tall - y1, x2, tall - y2)
        case Words():
            _write(canvas, shape, tall)
        case Patch(points, colour) | Trace(points, colour):
            _follow(canvas, shape, [(x, tall - y) for x, y in points], HexColor(colour))
        case Dot(x, y, radius, colour):
            canvas.setFillColor(HexColor(colour))
            canvas.circle(x, tall - y, radius, stroke=0, fill=1)
    canvas.restoreState()


def _write(canvas: Canvas, words: Words, tall: float) -> None:
    canvas.setFillColor(HexColor(words.colour))
    canvas.setFont(chinese_font(), words.size)
    canvas.translate(words.x, tall - words.y)
    canvas.rotate(-words.turn)
    draw = {"middle": canvas.drawCentredString, "end": canvas.drawRightString}
    draw.get(words.anchor, canvas.drawString)(0, 0, shown(words.text))


def _follow(
    canvas: Canvas, shape: Patch | Trace, points: list[tuple[float, float]], colour: HexColor
) -> None:
    path = canvas.beginPath()
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    if isinstance(shape, Patch):
        path.close()
        canvas.setFillColor(colour)
        canvas.drawPath(path, stroke=0, fill=1)
        return
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(2)
    canvas.setDash(list(shape.dashes))
    canvas.drawPath(path, stroke=1, fill=0)
