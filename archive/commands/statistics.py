"""Statistics at the command line: tables, and the same as pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, Named, acting, listing, note, option
from archive.statistics import growth as growing
from archive.statistics import holdings as held
from archive.statistics import pictures
from archive.statistics import stocktakes as counted
from archive.statistics import use as using
from archive.statistics import yearbook as yearly
from archive.statistics.holdings import View
from archive.statistics.pictures import Measure
from archive.statistics.spans import By
from archive.statistics.use import UseBy

if TYPE_CHECKING:
    from archive.charts import Chart
    from archive.unit import Unit

SINCE = "从哪一天起 / From this day on"
UNTIL = "到哪一天为止，默认今天 / Up to this day, today if not given"
_VOLUMES_AND_ITEMS = tuple(
    f"{what}_{name}:stat_{what}_{name}"
    for what in ("filed", "accepted", "destroyed", "transferred")
    for name in ("volumes", "items")
)


def pictured(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--svg` and `--png`: the same figures as a picture in a new file."""
    svg = option("--svg", metavar="FILE.svg", help="另存为图（SVG） / Write a picture as well (SVG)")
    png = option("--png", metavar="FILE.png", help="另存为图（PNG） / Write a picture as well (PNG)")
    return svg(png(function))  # type: ignore[no-any-return]


def drawn(unit: Unit, chart: Callable[[], Chart], **files: str | None) -> None:
    """Write the picture wherever it is wanted; raises what `pictures.save` raises."""
    for form, path in files.items():
        if path is not None:
            pictures.save(unit, chart(), Path(path), form)
            note("told.statistics", path=path)


@clikit.group("statistics")
def statistics() -> None:
    """统计；只计本人可见的档案。 / Statistics; only what one may see is counted."""


@statistics.command(
    "holdings",
    example="anjuan statistics holdings --by class\nanjuan statistics holdings --by year --png 馆藏.png",
)
@option("--by", "grouping", type=Named(View), default="CLASS", show_default=True, help="按什么分 / By what")
@option("--class", "class_code", help="类别，含其下级 / Class, with those below it")
@option("--accepted", is_flag=True, help="只计档案室已接收的 / Only what the archive has taken in")
@option(
    "--draw",
    "measure",
    type=Named(Measure),
    default="ITEMS",
    show_default=True,
    help="图上画什么 / What the picture shows",
)
@pictured
@acting(Act.STATISTICS_SEE, reads=True)
@listing(
    "key:stat_key",
    "name",
    "volumes:stat_volumes",
    "items:stat_items",
    "pages",
    "files:stat_files",
    "bytes:stat_bytes",
)
def holdings(
    unit: Unit, grouping: View, class_code: str | None, measure: Measure, svg: str | None, png: str | None, *, accepted: bool
) -> Sequence[object]:  # fmt: skip
    """馆藏：案卷、文件、页、电子文件，按类别、年度、密级、存放处、部门、门类、期限或状态。 / Holdings: volumes, items, pages, electronic files, by class, year, level, place, department, family, period or state."""
    language = clikit.desk().language
    lines = held.holdings(unit, grouping, language, accepted=accepted, class_code=class_code)
    drawn(unit, lambda: pictures.of_holdings(lines, grouping, measure, language), svg=svg, png=png)
    return lines


@statistics.command(
    "use",
    example="anjuan statistics use --by month --since 2026-01-01\nanjuan statistics use --by class --svg 利用.svg",
)
@option("--by", "grouping", type=Named(UseBy), default="MONTH", show_default=True, help="按什么分 / By what")
@option("--since", type=DAY, help=SINCE)
@option("--until", type=DAY, help=UNTIL)
@pictured
@acting(Act.STATISTICS_SEE, reads=True)
@listing(
    "key:stat_key", "name", "loans:stat_loans", "lent_items:stat_lent_items", "borrowers:stat_borrowers",
    "readings:stat_readings", "readers:stat_readers", "copies:stat_copies", "copied_pages:stat_copied_pages",
    "visitors:stat_visitors", "renewals:stat_renewals", "days:stat_days",
)  # fmt: skip
def use(
    unit: Unit,
    grouping: UseBy,
    since: dt.date | None,
    until: dt.date | None,
    svg: str | None,
    png: str | None,
) -> Sequence[object]:
    """利用：借阅、阅览、复制、外来查档、续借、平均借出天数。 / Use: loans, readings, copies, visitors, renewals, mean days out."""
    language = clikit.desk().language
    lines = using.use(unit, grouping, language, since=since, until=until)
    drawn(unit, lambda: pictures.of_use(lines, grouping, language), svg=svg, png=png)
    return lines


@statistics.command("overdue", example="anjuan statistics overdue --since 2026-01-01 --png 逾期.png")
@option("--since", type=DAY, help=SINCE)
@option("--until", type=DAY, help=UNTIL)
@pictured
@acting(Act.STATISTICS_SEE, reads=True)
@listing("key:stat_key", "due:stat_due", "late:stat_late", "overdue:stat_overdue")
def overdue(
    unit: Unit, since: dt.date | None, until: dt.date | None, svg: str | None, png: str | None
) -> Sequence[object]:
    """逾期：每月到期多少、逾期多少、月末（本月为今天）在外逾期多少。 / Overdue: what fell due each month, what was late, what stood overdue at its end (this month: today)."""
    language = clikit.desk().language
    lines = using.overdue(unit, since=since, until=until)
    drawn(unit, lambda: pictures.of_overdue(lines, language), svg=svg, png=png)
    return lines


@statistics.command("growth", example="anjuan statistics growth --by year --svg 增长.svg")
@option("--by", "grouping", type=Named(By), default="YEAR", show_default=True, help="按什么分 / By what")
@option("--since", type=DAY, help=SINCE)
@option("--until", type=DAY, help=UNTIL)
@pictured
@acting(Act.STATISTICS_SEE, reads=True)
@listing("key:stat_key", *_VOLUMES_AND_ITEMS)
def growth(
    unit: Unit, grouping: By, since: dt.date | None, until: dt.date | None, svg: str | None, png: str | None
) -> Sequence[object]:
    """增减：归档、接收、销毁、移交，按月、季、年。 / Growth: filed, taken in, destroyed, transferred, by month, quarter or year."""
    language = clikit.desk().language
    lines = growing.growth(unit, grouping, since=since, until=until)
    drawn(unit, lambda: pictures.of_growth(lines, language), svg=svg, png=png)
    return lines


@statistics.command("stocktakes", example="anjuan statistics stocktakes --png 清点.png")
@option("--year", type=click.IntRange(1900, 9999), help="只看这一年 / Only this year")
@pictured
@acting(Act.STATISTICS_SEE, Act.STOCKTAKE_SEE, reads=True)
@listing(
    "year", "runs:stat_runs", "agreed:stat_agreed", "expected:stat_expected", "counted:stat_counted",
    "missing:stat_missing", "surplus:stat_surplus", "misplaced:stat_misplaced", "damaged:stat_damaged",
)  # fmt: skip
def stocktakes(unit: Unit, year: int | None, svg: str | None, png: str | None) -> Sequence[object]:
    """清点结果：已结束的各次，按年合计。 / What closed stocktakes came to, year by year."""
    language = clikit.desk().language
    lines = counted.stocktakes(unit, year=year)
    drawn(unit, lambda: pictures.of_stocktakes(lines, language), svg=svg, png=png)
    return lines


@statistics.command(
    "yearbook", example="anjuan statistics yearbook --year 2025\nanjuan statistics yearbook --csv"
)
@option("--year", type=int, help="年度，默认今年 / Year, this year if not given")
@pictured
@acting(Act.STATISTICS_SEE, reads=True)
@listing("part:stat_part", "name", "number:stat_number", "unit:stat_unit")
def yearbook(unit: Unit, year: int | None, svg: str | None, png: str | None) -> Sequence[object]:
    """档案工作年报：年末馆藏、当年接收、利用、销毁与移交、库房。 / The year's figures: holdings at its end, taken in, used, destroyed and transferred, rooms."""
    language, wanted = clikit.desk().language, year or unit.today.year
    figures = yearly.yearbook(unit, wanted, language)
    drawn(unit, lambda: pictures.of_yearbook(figures, wanted, language), svg=svg, png=png)
    return figures
