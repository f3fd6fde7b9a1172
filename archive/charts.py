"""Bar charts as SVG by our own template: one renderer for the command line and the web, no client engine (decision 24).

Titles and descriptions stand in the picture for who cannot see it; every bar says its number when pointed at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

#: Letters that Chinese and Latin readers have; no font is embedded, none is fetched.
FONTS = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
#: Told apart also in grey and by people who see fewer colours (Okabe and Ito).
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00")
ATTRIBUTES = f'role="img" aria-labelledby="title description" font-family="{FONTS}" font-size="13"'
WIDTH, HEIGHT = 960, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 84, 44
STEPS = 5


@dataclass(frozen=True, slots=True)
class Bars:
    """Stacked bars: a label for each, a name and one number a bar for each part of the stack; numbers are not negative."""

    title: str
    description: str
    labels: Sequence[str]
    parts: Sequence[tuple[str, Sequence[int]]]

    @property
    def totals(self) -> list[int]:
        """The height of each bar."""
        return [sum(numbers[at] for _, numbers in self.parts) for at in range(len(self.labels))]


def svg(bars: Bars) -> str:
    """The chart as one SVG document, readable by itself; whatever text it is given is escaped."""
    most = ceiling(max(bars.totals, default=0))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {ATTRIBUTES}>',
            f'<title id="title">{escape(bars.title)}</title>',
            f'<desc id="description">{escape(bars.description)}</desc>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            f'<text x="{LEFT}" y="28" font-size="18" fill="#222222">{escape(bars.title)}</text>',
            *_legend(bars),
            *_grid(most),
            *_bars(bars, most),
            "</svg>\n",
        ]
    )


def ceiling(most: int) -> int:
    """The smallest of 1, 2, 2.5, 5 times a power of ten, in whole steps, that holds *most*."""
    unit = 1
    while True:
        for times in (5, 10, 20, 25):
            if most <= unit * times:
                return unit * times
        unit *= 10


def _legend(bars: Bars) -> Iterator[str]:
    at = LEFT
    for nth, (name, _) in enumerate(bars.parts):
        yield f'<rect x="{at}" y="48" width="14" height="14" fill="{COLOURS[nth % len(COLOURS)]}"/>'
        yield f'<text x="{at + 20}" y="60" fill="#222222">{escape(name)}</text>'
        at += 44 + sum(14 if ord(letter) > 0x2E7F else 8 for letter in name)


def _grid(most: int) -> Iterator[str]:
    for step in range(STEPS + 1):
        number, y = most * step // STEPS, _y(most * step / STEPS, most)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d0d0d0"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#555555">{number}</text>'


def _bars(bars: Bars, most: int) -> Iterator[str]:
    room = (WIDTH - LEFT - RIGHT) / max(len(bars.labels), 1)
    wide = room * 0.7
    every = max(1, -(-len(bars.labels) * 44 // (WIDTH - LEFT - RIGHT)))
    for at, (label, total) in enumerate(zip(bars.labels, bars.totals, strict=True)):
        x, below = LEFT + room * at + (room - wide) / 2, 0
        for nth, (name, numbers) in enumerate(bars.parts):
            yield from _block(
                x, wide, below, numbers[at], most, COLOURS[nth % len(COLOURS)], f"{label} {name}"
            )
            below += numbers[at]
        middle = x + wide / 2
        if total and every == 1:
            y = _y(total, most) - 5
            yield f'<text x="{middle:.1f}" y="{y:.1f}" text-anchor="middle" fill="#222222">{total}</text>'
        if at % every == 0:
            y = HEIGHT - BOTTOM + 20
            yield f'<text x="{middle:.1f}" y="{y}" text-anchor="middle" fill="#222222">{escape(label)}</text>'


def _block(
    x: float, wide: float, below: int, number: int, most: int, colour: str, name: str
) -> Iterator[str]:
    if number:
        y, foot = _y(below + number, most), _y(below, most)
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{foot - y:.1f}" fill="{colour}">'
            f"<title>{escape(name)}: {number}</title></rect>"
        )


def _y(number: float, most: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * number / most
