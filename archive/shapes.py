"""Boxes, rules, words, patches, traces and dots: what every chart is drawn with, and how they are written as SVG.

One drawing, several hands: `svg` writes it as text, `archive.statistics.raster` paints the same shapes.
Lengths are pixels, *y* grows downwards. This module does not know what is charted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

INK, FAINT, PAPER = "#222222", "#555555", "#ffffff"
#: Letters that Chinese and Latin readers have; no font is embedded, none is fetched.
FONTS = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
ATTRIBUTES = f'role="{{1}}" aria-labelledby="{{0}}title {{0}}description" font-family="{FONTS}"'
#: The size of letters, unless said otherwise.
SIZE = 13
#: Where the Chinese, Japanese and Korean letters begin, which are as wide as they are tall.
WIDE_FROM = "\u2e80"
NARROW = 0.58


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; *title* is told when it is pointed at, *way* is the address it leads to."""

    x: float
    y: float
    wide: float
    tall: float
    colour: str
    title: str = ""
    way: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str = "#d0d0d0"


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text at (x, y): *anchor* start, middle or end; turned clockwise by *turn* degrees."""

    x: float
    y: float
    text: str
    size: int = SIZE
    colour: str = INK
    anchor: str = "start"
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Patch:
    """A filled polygon."""

    points: Sequence[tuple[float, float]]
    colour: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A line through points, dashed if *dashes* says how (pixels on, pixels off)."""

    points: Sequence[tuple[float, float]]
    colour: str
    dashes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float
    colour: str
    title: str = ""


Shape = Box | Rule | Words | Patch | Trace | Dot


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes on white paper, with what is read aloud to who cannot see them."""

    title: str
    description: str
    wide: int
    tall: int
    shapes: Sequence[Shape]


def breadth(text: str, size: float = SIZE) -> float:
    """About how wide *text* is in letters of *size*: Chinese ones are square, the others narrower."""
    return size * sum(NARROW if letter < WIDE_FROM else 1.0 for letter in text)


def fitted(text: str, room: float, size: float = SIZE) -> str:
    """*text*, cut off with … where it is wider than *room*."""
    if breadth(text, size) <= room:
        return text
    while text and breadth(text, size) + size > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def svg(drawing: Drawing, name: str = "") -> str:
    """The drawing as one SVG document, readable by itself; whatever text it holds is escaped.

    *name* goes before its ids, where several stand on one page. A picture is one thing to who hears it read, unless
    parts of it lead somewhere.
    """
    role = "group" if any(isinstance(one, Box) and one.way for one in drawing.shapes) else "img"
    size = f'viewBox="0 0 {drawing.wide} {drawing.tall}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {ATTRIBUTES.format(name, role)} font-size="{SIZE}">',
            f'<title id="{name}title">{_plain(drawing.title)}</title>',
            f'<desc id="{name}description">{_plain(drawing.description)}</desc>',
            f'<rect width="{drawing.wide}" height="{drawing.tall}" fill="{PAPER}"/>',
            *map(_written, drawing.shapes),
            "</svg>\n",
        ]
    )


def _written(shape: Shape) -> str:
    match shape:
        case Box(x, y, wide, tall, colour, title, way):
            place = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}"'
            drawn = _told("rect", f'{place} fill="{colour}"', title)
            return f'<a href="{_plain(way)}" aria-label="{_plain(title)}">{drawn}</a>' if way else drawn
        case Rule(x1, y1, x2, y2, colour):
            return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'
        case Words():
            return _lettered(shape)
        case Patch(points, colour, title):
            return _told("polygon", f'points="{_points(points)}" fill="{colour}"', title)
        case Trace(points, colour, dashes):
            dashed = f' stroke-dasharray="{" ".join(map(str, dashes))}"' if dashes else ""
            return f'<polyline points="{_points(points)}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>'
        case Dot(x, y, radius, colour, title):
            return _told("circle", f'cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}"', title)


def _lettered(words: Words) -> str:
    place = f'x="{words.x:.1f}" y="{words.y:.1f}"'
    if words.turn:
        place += f' transform="rotate({words.turn} {words.x:.1f} {words.y:.1f})"'
    if words.anchor != "start":
        place += f' text-anchor="{words.anchor}"'
    if words.size != SIZE:
        place += f' font-size="{words.size}"'
    return f'<text {place} fill="{words.colour}">{_plain(words.text)}</text>'


def _told(name: str, attributes: str, title: str) -> str:
    return (
        f"<{name} {attributes}><title>{_plain(title)}</title></{name}>"
        if title
        else f"<{name} {attributes}/>"
    )


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _plain(text: str) -> str:
    """*text* escaped, without the characters that no XML file may hold."""
    return escape("".join(letter if letter in "\t\n" or letter >= " " else "�" for letter in text))
