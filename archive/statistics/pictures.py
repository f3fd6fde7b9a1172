"""Statistics as charts: which kind of chart shows which table, with its title and what is read aloud of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from archive import charts
from archive.charts import Bars, Chart, Lines, Lying, Shares
from archive.durable import handed_out
from archive.errors import BadValue
from archive.statistics.growth import GrowthLine
from archive.statistics.holdings import HoldingLine, View
from archive.statistics.stocktakes import StocktakeYear
from archive.statistics.use import LateLine, UseBy, UseLine
from archive.statistics.yearbook import Figure, YearPart
from archive.unit import Unit
from archive.values import Worded
from archive.words import Language, say

_BYTES = ((2**30, "GB"), (2**20, "MB"), (2**10, "KB"))
_ENOUGH = 10


class Measure(Worded):
    """What a chart of holdings counts."""

    VOLUMES = "VOLUMES"
    ITEMS = "ITEMS"
    PAGES = "PAGES"
    FILES = "FILES"
    BYTES = "BYTES"


def save(unit: Unit, chart: Chart, target: Path, form: str) -> None:
    """Write *chart* as `svg` or `png` to the new file *target* (0600), whose suffix must say the same.

    Raises `BadValue` for another suffix, `InsideInstance`, `FileMissing`, `TargetExists`, `DiskFull`, `StorageFailed`.
    """
    if target.suffix.lower() != f".{form}":
        raise BadValue(field=form, value=target.name, expected=f"*.{form}")
    drawing = charts.svg(chart).encode() if form == "svg" else _png(chart)
    with handed_out(target, unit.home) as file:
        file.write(drawing)


def _png(chart: Chart) -> bytes:
    from archive.statistics import raster

    return raster.png(chart)


def _say(key: str, language: Language, **facts: object) -> str:
    return say(f"statistics.{key}", language, **facts)


def _chart(
    kind: type[Chart], title: str, labels: Sequence[str], parts: Sequence[tuple[str, Sequence[int]]],
    language: Language,
) -> Chart:  # fmt: skip
    total = sum(sum(numbers) for _, numbers in parts)
    description = _say("described", language, title=title, total=total, groups=len(labels))
    most = {Lying: charts.MOST, Shares: charts.PARTS}.get(kind, len(labels))
    rest = _say("rest", language, count=len(labels) - most + 1)
    return kind(title, description, labels, parts, nothing=_say("nothing", language), rest=rest)


# --- each table -----------------------------------------------------------------------------------

_HOLDINGS: dict[View, type[Chart]] = {
    View.CLASS: Lying,
    View.PLACE: Lying,
    View.DEPARTMENT: Lying,
    View.YEAR: Bars,
}


def of_holdings(lines: Sequence[HoldingLine], view: View, measure: Measure, language: Language) -> Chart:
    """Holdings by one point of view: lying bars for long names, bars for years, a ring for few kinds."""
    numbers = [getattr(line, measure.value.lower()) for line in lines]
    unit = _say(f"unit.{measure.value.lower()}", language)
    if measure is Measure.BYTES:
        size, unit = next(
            ((size, name) for size, name in _BYTES if max(numbers, default=0) >= size * _ENOUGH), (1, "B")
        )
        numbers = [-(-number // size) for number in numbers]
    title = _say("title.holdings", language, by=say(view.word, language), unit=unit)
    labels = [f"{line.key} {line.name}" if view is View.CLASS else line.name for line in lines]
    return _chart(_HOLDINGS.get(view, Shares), title, labels, [("", numbers)], language)


def of_use(lines: Sequence[UseLine], by: UseBy, language: Language) -> Chart:
    """Loans, readings and copies, stacked."""
    parts = [
        (_say(f"figure.{name}", language), [getattr(line, name) for line in lines])
        for name in ("loans", "readings", "copies")
    ]
    named: dict[UseBy, Callable[[UseLine], str]] = {
        UseBy.CLASS: lambda line: f"{line.key} {line.name}",
        UseBy.DEPARTMENT: lambda line: line.name,
    }
    labels = [named[by](line) if by in named else line.key for line in lines]
    title = _say("title.use", language, by=say(by.word, language))
    return _chart(Lying if by in named else Bars, title, labels, parts, language)


def of_overdue(lines: Sequence[LateLine], language: Language) -> Chart:
    """What fell due each month: in time, and late."""
    parts = [
        (_say("in-time", language), [line.due - line.late for line in lines]),
        (_say("late", language), [line.late for line in lines]),
    ]
    return _chart(Bars, _say("title.overdue", language), [line.key for line in lines], parts, language)


def of_growth(lines: Sequence[GrowthLine], language: Language) -> Chart:
    """Items filed, taken in, destroyed and transferred: a line each."""
    parts = [
        (_say(f"figure.{name}", language), [getattr(line, f"{name}_items") for line in lines])
        for name in ("filed", "accepted", "destroyed", "transferred")
    ]
    return _chart(Lines, _say("title.growth", language), [line.key for line in lines], parts, language)


def of_stocktakes(lines: Sequence[StocktakeYear], language: Language) -> Chart:
    """What did not agree, year by year."""
    parts = [
        (_say(f"figure.{name}", language), [getattr(line, name) for line in lines])
        for name in ("missing", "surplus", "misplaced", "damaged")
    ]
    return _chart(Bars, _say("title.stocktakes", language), [line.year for line in lines], parts, language)


def of_yearbook(figures: Sequence[Figure], year: int, language: Language) -> Chart:
    """Items held at the end of the year, by group of classes."""
    word = _say("unit.items", language)
    mine = [one for one in figures if one.part is YearPart.BY_CLASS and one.unit == word]
    numbers = [int(one.number) for one in mine]
    title = _say("title.yearbook", language, year=year, unit=word)
    return _chart(Lying, title, [one.name for one in mine], [("", numbers)], language)
