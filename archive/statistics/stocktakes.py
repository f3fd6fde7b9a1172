"""What closed stocktakes came to, year by year: counted, missing, too much, in the wrong place (F16, V16)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from archive.acts import Act
from archive.custody import tallies
from archive.model import Stocktake
from archive.statuses import StocktakeState
from archive.unit import Unit


@dataclass(frozen=True, slots=True)
class StocktakeYear:
    """The closed stocktakes of one year, put together; *agreed*: how many found the books right."""

    year: str
    runs: int
    agreed: int
    expected: int
    counted: int
    missing: int
    surplus: int
    misplaced: int
    damaged: int


def stocktakes(unit: Unit, *, year: int | None = None) -> list[StocktakeYear]:
    """By the year each was held for, oldest first; differences only of records this person may see."""
    unit.look(Act.STATISTICS_SEE)
    unit.look(Act.STOCKTAKE_SEE)
    rows = select(Stocktake).where(Stocktake.state == StocktakeState.CLOSED).order_by(Stocktake.period)
    if year is not None:
        rows = rows.where(Stocktake.period.startswith(str(year)))
    years: dict[str, list[Stocktake]] = defaultdict(list)
    for run in unit.session.scalars(rows):
        years[run.period[:4]].append(run)
    return [_year(unit, key, runs) for key, runs in years.items()]


def _year(unit: Unit, year: str, runs: list[Stocktake]) -> StocktakeYear:
    sums: dict[str, int] = defaultdict(int)
    for run in runs:
        for name, number in tallies.outcome(unit, run).items():
            sums[name] += number
    names = ("expected", "counted", "missing", "surplus", "misplaced", "damaged")
    return StocktakeYear(
        year, len(runs), sum(bool(run.agrees) for run in runs), **{name: sums[name] for name in names}
    )
