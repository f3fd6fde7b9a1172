"""The overview: what is held, out, late, due and waiting, each number a link to its list; only what one may see.

A panel is shown to whoever may do the act it is the reading of; its numbers come from the services, which count what
the viewer may see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from flask import Blueprint, render_template
from markupsafe import Markup

from archive import backups, charts
from archive.acts import Act
from archive.charts import Chart
from archive.circulation import ledger
from archive.custody import stocktake
from archive.inspection import Health
from archive.statistics import holdings, pictures, stocktakes, use
from archive.statistics.holdings import HoldingLine, View
from archive.statistics.pictures import Measure
from archive.unit import Unit
from archive.words import Language
from indexer import sync
from indexer.entries import Kind
from indexer.question.tree import Column
from retention import due, forecast
from web import badges
from web.asking import archive, asking, language, may

bp = Blueprint("dashboard", __name__)

#: How large a chart beside another is drawn, and how many years ahead are told.
WIDE, TALL, YEARS, MONTHS = 520, 300, 10, 12


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with the list it counts."""

    key: str
    number: object
    href: str
    tone: str = ""
    hint: object = ""


#: A number, and the list that it counts.
Number = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Line:
    """The figures at one label of a chart: the list behind all of it, and a number under each column."""

    label: str
    href: str
    numbers: Sequence[Number]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with the same figures as lines; its bars lead where its lines do."""

    key: str
    drawing: Markup
    columns: Sequence[str]
    rows: Sequence[Line]
    href: str


#: What reads the archive and yields what is shown of it.
Panel = Callable[[Unit], Iterator[Tile | Picture]]


@bp.get("/dashboard")
def overview() -> str:
    """Everything the viewer may count."""
    found = [one for act, panel in PANELS if may(act) for one in _asked(act, panel)]
    tiles = [one for one in found if isinstance(one, Tile)]
    drawn = [one for one in found if isinstance(one, Picture)]
    return render_template("dashboard/overview.html", tiles=tiles, pictures=drawn)


def _asked(act: Act, panel: Panel) -> list[Tile | Picture]:
    with asking(act) as unit:
        return list(panel(unit))


# --- numbers --------------------------------------------------------------------------------------


def _waiting(unit: Unit) -> Iterator[Tile | Picture]:
    del unit  # counted by the badge, which is asked for its own act
    number = badges.counted("inbox")
    yield Tile("inbox", number, "/inbox", "warn" if number else "")


def _loans(unit: Unit) -> Iterator[Tile | Picture]:
    out, today, overdue = ledger.standing(unit)
    here = "/counter/due?which=today" if may(Act.LOAN_LEND) else "/do/loan/list?open_only=1"
    yield Tile("out", out, "/do/loan/list?open_only=1")
    yield Tile("today", today, here)
    yield Tile("overdue", overdue, "/do/loan/list?overdue=1", "bad" if overdue else "")


def _due(unit: Unit) -> Iterator[Tile | Picture]:
    found = due.count(unit, unit.today)
    yield Tile(
        "due", found.volumes + found.items, "/retention", "warn" if found.volumes + found.items else ""
    )


def _counts(unit: Unit) -> Iterator[Tile | Picture]:
    waiting = stocktake.due(unit)
    late = [one for one in waiting if one.overdue_days]
    running = stocktake.rows(unit, open_only=True)
    hint = running[0].number if running else ", ".join(one.period for one in waiting[:2])
    yield Tile("stocktake", len(waiting), "/custody/stocktakes", "bad" if late else "", hint)


def _index(unit: Unit) -> Iterator[Tile | Picture]:
    del unit  # the index is asked beside the catalogue
    found = sync.status(archive())
    behind = found.waiting + found.unread
    tone = "" if found.sound and not behind else "warn"
    yield Tile("index", behind, "/admin/jobs", tone, Health.OK if found.sound else Health.BAD)


def _backups(unit: Unit) -> Iterator[Tile | Picture]:
    sets = backups.listing(unit)
    last = max((one.made_at for one in sets), default=None)
    stale = last is None or (unit.now - last).days > unit.settings.backup_days
    day = last.astimezone(unit.settings.zone).date() if last else "—"
    yield Tile("backup", day, "/admin/backups", "bad" if stale else "", len(sets))


# --- charts ---------------------------------------------------------------------------------------


def _picture(
    key: str, chart: Chart, rows: Sequence[Line], columns: Sequence[str], href: str, *, newest_first: bool = False
) -> Picture:  # fmt: skip
    links = [row.href or href for row in (reversed(rows) if newest_first else rows)]
    drawing = charts.svg(replace(chart, wide=WIDE, tall=TALL, links=links), f"{key}-")
    return Picture(key, Markup(drawing), columns, rows, href)  # noqa: S704  # our own drawing, its words escaped


_HELD = ("stat_volumes", "stat_items", "pages")


def _held(line: HoldingLine, column: Column) -> Sequence[Number]:
    """Volumes, papers and pages, each with the search that finds them, if the viewer may search."""
    found = f"/?{urlencode({column.value: line.key})}" if may(Act.RECORD_SEARCH) else ""
    of = dict.fromkeys(Kind, "") | ({kind: f"{found}&kind={kind.value}" for kind in Kind} if found else {})
    return ((line.volumes, of[Kind.VOLUME]), (line.items, of[Kind.ITEM]), (line.pages, found))


def _plain(href: str, *numbers: int) -> Sequence[Number]:
    """Numbers that all lead to the same list."""
    return [(number, href) for number in numbers]


def _by_class(unit: Unit) -> Iterator[Tile | Picture]:
    lines = _by_series(unit, language())
    yield Tile("volumes", sum(line.volumes for line in lines), "/do/volume/list")
    yield Tile("items", sum(line.items for line in lines), "/catalogue")
    rows = [
        Line(f"{line.key} {line.name}", f"/catalogue/classes/{quote(line.key, safe='')}", _held(line, Column.CLASS))
        for line in lines
    ]  # fmt: skip
    chart = pictures.of_holdings(lines, View.CLASS, Measure.ITEMS, language())
    yield _picture("classes", chart, rows, _HELD, "/catalogue")


def _by_series(unit: Unit, tongue: Language) -> list[HoldingLine]:
    """Holdings by the highest classes, the ones below put together."""
    sums: Mapping[str, list[int]] = defaultdict(lambda: [0] * 5)
    for line in holdings.holdings(unit, View.CLASS, tongue):
        whole = sums[line.key.partition("·")[0]]
        for at, number in enumerate((line.volumes, line.items, line.pages, line.files, line.bytes)):
            whole[at] += number
    names = holdings.class_names(unit, tongue)
    return [HoldingLine(key, names.get(key, key), *numbers) for key, numbers in sums.items()]


def _by_year(unit: Unit) -> Iterator[Tile | Picture]:
    lines = holdings.holdings(unit, View.YEAR, language())
    rows = [
        Line(line.name, f"/do/volume/list?year={line.key}", _held(line, Column.YEAR)) for line in reversed(lines)
    ]  # fmt: skip
    chart = pictures.of_holdings(lines, View.YEAR, Measure.ITEMS, language())
    yield _picture("years", chart, rows, _HELD, "/do/statistics/holdings?grouping=YEAR", newest_first=True)


def _late(unit: Unit) -> Iterator[Tile | Picture]:
    lines = use.overdue(unit)[-MONTHS:]
    rows = [Line(one.key, "", _plain("", one.due, one.late, one.overdue)) for one in reversed(lines)]
    columns = ("stat_due", "stat_late", "stat_overdue")
    chart = pictures.of_overdue(lines, language())
    yield _picture("late", chart, rows, columns, "/do/statistics/overdue", newest_first=True)


def _ahead(unit: Unit) -> Iterator[Tile | Picture]:
    lines = forecast.forecast(unit, YEARS)
    rows = [
        Line(str(one.year), way, _plain(way, one.destroy, one.transfer, one.review))
        for one, way in ((one, f"/retention?heap=ahead&year={one.year}") for one in lines)
    ]
    columns = ("to_destroy", "to_transfer", "to_review")
    yield _picture("ahead", forecast.drawn(lines, language()), rows, columns, "/retention")


def _counted(unit: Unit) -> Iterator[Tile | Picture]:
    lines = stocktakes.stocktakes(unit)
    if lines:
        rows = [
            Line(one.year, "", _plain("", one.counted, one.missing, one.surplus, one.misplaced))
            for one in reversed(lines)
        ]
        columns = ("stat_counted", "stat_missing", "stat_surplus", "stat_misplaced")
        chart = pictures.of_stocktakes(lines, language())
        yield _picture("counted", chart, rows, columns, "/custody/stocktakes", newest_first=True)


#: The panels in their order, and the act that each is the reading of.
PANELS: Sequence[tuple[Act, Panel]] = (
    (Act.REQUEST_APPROVE, _waiting),
    (Act.LOAN_SEE, _loans),
    (Act.DUE_SEE, _due),
    (Act.STATISTICS_SEE, _by_class),
    (Act.STOCKTAKE_SEE, _counts),
    (Act.INDEX_STATUS, _index),
    (Act.BACKUP_SEE, _backups),
    (Act.DUE_SEE, _ahead),
    (Act.STATISTICS_SEE, _late),
    (Act.STATISTICS_SEE, _by_year),
    (Act.STOCKTAKE_SEE, _counted),
)
