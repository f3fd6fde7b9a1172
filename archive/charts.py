"""Charts by our own geometry: bars, lines and rings, described once and drawn alike as SVG and as a picture.

One renderer for the command line and the web, no client engine (decision 24). Titles and descriptions stand in
the drawing for who cannot see it; every bar says its number when pointed at. Colours differ also in grey, and
lines by their dashes too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archive import shapes
from archive.shapes import FAINT, Box, Dot, Drawing, Patch, Rule, Shape, Trace, Words, breadth, fitted

#: Told apart also in grey and by people who see fewer colours (Okabe and Ito).
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#999999")
DASHES: tuple[tuple[int, ...], ...] = ((), (8, 4), (2, 3), (12, 3, 2, 3))
WIDTH, HEIGHT = 960, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 84, 44
STEPS = 5
#: Bars that lie: how tall a row is, how wide their labels may be, how many there are at most.
ROW, LABEL, MOST = 26, 260, 24
#: Parts of a ring at most, and how finely it is drawn (degrees).
PARTS, FINE = 8, 2


@dataclass(frozen=True, slots=True)
class Chart:
    """A title, what is told in words, a label for each place, a name and its numbers for each part.

    Numbers are not negative. *nothing* is told where there is nothing to draw; *rest* names what is put together
    where there are more labels than can be read.
    """

    title: str
    description: str
    labels: Sequence[str]
    parts: Sequence[tuple[str, Sequence[int]]]
    nothing: str = ""
    rest: str = "…"
    #: How large it is drawn (a ring always in full): letters keep their size.
    wide: int = WIDTH
    tall: int = HEIGHT
    #: Where the bars at each label lead, on a page; "" or nothing at all: nowhere.
    links: Sequence[str] = ()

    def way(self, at: int) -> str:
        """Where the bars at that label lead."""
        return self.links[at] if self.links else ""

    @property
    def totals(self) -> list[int]:
        """The sum of all parts at each label."""
        return [sum(numbers[at] for _, numbers in self.parts) for at in range(len(self.labels))]

    def reduced(self, most: int) -> Chart:
        """The same with at most *most* labels: the smallest are put together as *rest*, the last."""
        if len(self.labels) <= most:
            return self
        totals = self.totals
        large = set(sorted(range(len(totals)), key=lambda at: -totals[at])[: most - 1])
        kept = [at for at in range(len(totals)) if at in large]
        parts = [
            (name, [*(numbers[at] for at in kept), sum(numbers) - sum(numbers[at] for at in kept)])
            for name, numbers in self.parts
        ]
        links = [*(self.links[at] for at in kept), ""] if self.links else ()
        return replace(self, labels=[*(self.labels[at] for at in kept), self.rest], parts=parts, links=links)


class Bars(Chart):
    """Standing bars, stacked: for months and years."""

    __slots__ = ()


class Lying(Chart):
    """Lying bars, stacked, with room for long labels: for classes, departments, places."""

    __slots__ = ()


class Lines(Chart):
    """A line for each part: for what grows."""

    __slots__ = ()


class Shares(Chart):
    """A ring of the totals, for a few kinds that make up the whole."""

    __slots__ = ()


def svg(chart: Chart, name: str = "") -> str:
    """The chart as one SVG document, readable by itself; whatever text it is given is escaped.

    *name* tells apart several on one page.
    """
    return shapes.svg(drawing(chart), name)


def drawing(chart: Chart) -> Drawing:
    """The chart as shapes."""
    if not any(chart.totals):
        return _empty(chart)
    makers = {Lying: _lying, Lines: _lines, Shares: _ring}
    tall, drawn = makers.get(type(chart), _standing)(chart)
    left = LEFT if type(chart) is not Lying and chart.wide == WIDTH else 16
    head = Words(left, 28, chart.title, 18 if chart.wide == WIDTH else 15)
    wide = WIDTH if type(chart) is Shares else chart.wide
    return Drawing(chart.title, chart.description, wide, tall, [head, *drawn])


def ceiling(most: int) -> int:
    """The smallest of 1, 2, 2.5, 5 times a power of ten, in whole steps, that holds *most*."""
    unit = 1
    while True:
        for times in (5, 10, 20, 25):
            if most <= unit * times:
                return unit * times
        unit *= 10


def _empty(chart: Chart) -> Drawing:
    """An honest picture of nothing: title, axis, and the sentence that says so."""
    foot = chart.tall - BOTTOM
    told: list[Shape] = [
        Words(_edge(chart), 28, chart.title, 18 if chart.wide == WIDTH else 15),
        Rule(_edge(chart), foot, chart.wide - RIGHT, foot),
        Words(chart.wide / 2, chart.tall / 2, chart.nothing, 16, FAINT, "middle"),
    ]
    return Drawing(chart.title, chart.description, chart.wide, chart.tall, told)


def _colour(nth: int) -> str:
    return COLOURS[nth % len(COLOURS)]


def _legend(chart: Chart, left: float) -> Iterator[Shape]:
    """The names of the parts; none where there is one part only and it has no name."""
    at = left
    for nth, (name, _) in enumerate(chart.parts):
        if name:
            yield Box(at, 48, 14, 14, _colour(nth))
            yield Words(at + 20, 60, name)
            at += 44 + breadth(name)


# --- standing bars, lines -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where standing bars and lines are drawn: the largest number, the left edge, the room of each label, the foot."""

    most: int
    left: float
    room: float
    right: float = WIDTH - RIGHT
    foot: float = HEIGHT - BOTTOM

    def y(self, number: float) -> float:
        """How far down *number* stands."""
        return self.foot - (self.foot - TOP) * number / self.most

    def middle(self, at: int) -> float:
        """The middle of the label at that place."""
        return self.left + self.room * (at + 0.5)


def _frame(chart: Chart, most: int) -> _Frame:
    left = max(LEFT if chart.wide == WIDTH else 0, 16 + breadth(str(most)))
    right = chart.wide - RIGHT
    return _Frame(most, left, (right - left) / len(chart.labels), right, chart.tall - BOTTOM)


def _standing(chart: Chart) -> tuple[int, list[Shape]]:
    frame = _frame(chart, ceiling(max(chart.totals)))
    return chart.tall, [
        *_legend(chart, _edge(chart)),
        *_grid(frame),
        *_stacks(chart, frame),
        *_under(chart, frame),
    ]


def _edge(chart: Chart) -> float:
    return float(LEFT if chart.wide == WIDTH else 16)


def _grid(frame: _Frame) -> Iterator[Shape]:
    for step in range(STEPS + 1):
        y = frame.y(frame.most * step / STEPS)
        yield Rule(frame.left, y, frame.right, y)
        yield Words(frame.left - 8, y + 4, str(frame.most * step // STEPS), colour=FAINT, anchor="end")


def _stacks(chart: Chart, frame: _Frame) -> Iterator[Shape]:
    for at, total in enumerate(chart.totals):
        x, below = frame.middle(at) - frame.room * 0.35, 0
        for nth, (name, numbers) in enumerate(chart.parts):
            if numbers[at]:
                y, foot = frame.y(below + numbers[at]), frame.y(below)
                tip = _tip(chart.labels[at], name, numbers[at])
                yield Box(x, y, frame.room * 0.7, foot - y, _colour(nth), tip, chart.way(at))
            below += numbers[at]
        if total and breadth(str(total)) <= frame.room:
            yield Words(frame.middle(at), frame.y(total) - 5, str(total), anchor="middle")


def _tip(label: str, name: str, number: int) -> str:
    return f"{label} {name}: {number}" if name else f"{label}: {number}"


def _under(chart: Chart, frame: _Frame) -> Iterator[Shape]:
    """Labels below the axis: all if they fit, else as many as do."""
    widest = max(map(breadth, chart.labels)) + 8
    every = max(1, math.ceil(widest / frame.room))
    for at, label in enumerate(chart.labels):
        if at % every == 0:
            yield Words(frame.middle(at), frame.foot + 20, label, anchor="middle")


def _lines(chart: Chart) -> tuple[int, list[Shape]]:
    frame = _frame(chart, ceiling(max(max(numbers) for _, numbers in chart.parts)))
    drawn: list[Shape] = [*_grid(frame), *_under(chart, frame), *_keys(chart)]
    for nth, (name, numbers) in enumerate(chart.parts):
        points = [(frame.middle(at), frame.y(number)) for at, number in enumerate(numbers)]
        drawn.append(Trace(points, _colour(nth), DASHES[nth % len(DASHES)]))
        drawn += [
            Dot(x, y, 3.5, _colour(nth), _tip(label, name, number))
            for (x, y), label, number in zip(points, chart.labels, numbers, strict=True)
        ]
    return chart.tall, [*drawn, *_tops(chart, frame)]


def _keys(chart: Chart) -> Iterator[Shape]:
    """The legend of lines: dashes as they are drawn."""
    at = _edge(chart)
    for nth, (name, _) in enumerate(chart.parts):
        yield Trace([(at, 55), (at + 30, 55)], _colour(nth), DASHES[nth % len(DASHES)])
        yield Words(at + 36, 60, name)
        at += 60 + breadth(name)


def _tops(chart: Chart, frame: _Frame) -> Iterator[Shape]:
    """The largest number at each label, above its dot; the others are told by their dots and in the table."""
    for at in range(len(chart.labels)):
        top = max(numbers[at] for _, numbers in chart.parts)
        if top and breadth(str(top)) <= frame.room:
            yield Words(frame.middle(at), frame.y(top) - 8, str(top), anchor="middle")


# --- lying bars -----------------------------------------------------------------------------------


def _lying(given: Chart) -> tuple[int, list[Shape]]:
    chart = given.reduced(MOST)
    most = ceiling(max(chart.totals))
    label = min(LABEL, chart.wide // 3 if chart.wide < WIDTH else LABEL)
    left = 28 + min(label, max(map(breadth, chart.labels)))
    room = chart.wide - left - (90 if chart.wide == WIDTH else 56)
    top = TOP if any(name for name, _ in chart.parts) else TOP - 28
    foot = top + ROW * len(chart.labels) + 6
    drawn: list[Shape] = [*_legend(chart, 16)]
    for step in range(STEPS + 1):
        x = left + room * step / STEPS
        drawn += [
            Rule(x, top - 6, x, foot), Words(x, foot + 18, str(most * step // STEPS), colour=FAINT, anchor="middle"),
        ]  # fmt: skip
    for at, total in enumerate(chart.totals):
        drawn += _row(chart, at, total, (left, top), room / most)
    return foot + 32, drawn


def _row(
    chart: Chart, at: int, total: int, corner: tuple[float, float], scale: float
) -> Iterator[Shape]:  # fmt: skip
    x, y, label = corner[0], corner[1] + ROW * at, chart.labels[at]
    yield Words(x - 8, y + 17, fitted(label, corner[0] - 28), anchor="end")
    for nth, (name, numbers) in enumerate(chart.parts):
        if numbers[at]:
            tip = _tip(label, name, numbers[at])
            yield Box(x, y + 3, numbers[at] * scale, ROW - 6, _colour(nth), tip, chart.way(at))
        x += numbers[at] * scale
    yield Words(x + 6, y + 17, str(total))


# --- rings ----------------------------------------------------------------------------------------


def _ring(given: Chart) -> tuple[int, list[Shape]]:
    chart = given.reduced(PARTS)
    totals = chart.totals
    whole, turned = sum(totals), 0.0
    drawn: list[Shape] = [Words(230, 242, str(whole), 22, anchor="middle")]
    for nth, (label, total) in enumerate(zip(chart.labels, totals, strict=True)):
        share = total / whole
        if total:
            sector = _sector(230, 234, 150, 90, turned, turned + 360 * share)
            drawn.append(Patch(sector, _colour(nth), _tip(label, f"{share:.1%}", total)))
        turned += 360 * share
        y = 100 + 36 * nth
        drawn += [
            Box(460, y - 12, 14, 14, _colour(nth)), Words(484, y, fitted(label, 240)),
            Words(800, y, str(total), anchor="end"), Words(880, y, f"{share:.1%}", colour=FAINT, anchor="end"),
        ]  # fmt: skip
    return HEIGHT, drawn


def _sector(
    x: float, y: float, outer: float, inner: float, first: float, last: float
) -> list[tuple[float, float]]:
    """A piece of a ring from *first* to *last* degrees, clockwise from the top, with a hair of white beside it."""
    gap = 0.5 if last - first < 359 else 0.0
    first, last = first + gap, max(first + gap, last - gap)
    steps = max(1, math.ceil((last - first) / FINE))
    angles = [math.radians(first + (last - first) * step / steps) for step in range(steps + 1)]
    there = [(x + outer * math.sin(one), y - outer * math.cos(one)) for one in angles]
    back = [(x + inner * math.sin(one), y - inner * math.cos(one)) for one in reversed(angles)]
    return [*there, *back]
