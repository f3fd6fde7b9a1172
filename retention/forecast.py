"""What comes up in the years ahead, by what its class wants done with it; counts only, of what the viewer may see."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from archive.acts import Act
from archive.charts import Bars
from archive.model import Item, RecordClass, Volume
from archive.policy import visible
from archive.unit import Unit
from archive.values import Disposition
from archive.words import Language, say
from retention.appraising.taking_up import KINDS
from retention.due import GONE


@dataclass(frozen=True, slots=True)
class YearLine:
    """What comes up in one year; the first year also holds what is overdue."""

    year: int
    volumes: int
    items: int
    destroy: int = 0
    transfer: int = 0
    review: int = 0


#: Records by year and by what is to become of them.
Tally = Counter[tuple[int, Disposition]]


def forecast(unit: Unit, years: int) -> list[YearLine]:
    """What comes up in this year and those after it, *years* lines; only what this person may see."""
    unit.look(Act.DUE_SEE)
    first = unit.today.year
    volumes, items = (_by_year(unit, kind, first, years) for kind in KINDS)
    both = volumes + items
    return [
        YearLine(
            year, sum(volumes[year, end] for end in Disposition), sum(items[year, end] for end in Disposition),
            both[year, Disposition.DESTROY], both[year, Disposition.TRANSFER], both[year, Disposition.REVIEW],
        )
        for year in range(first, first + years)
    ]  # fmt: skip


def drawn(found: Sequence[YearLine], language: Language) -> Bars:
    """The same as a chart: bars of years, stacked by what becomes of the records."""
    return Bars(
        title=say("forecast.title", language, first=found[0].year, last=found[-1].year),
        description=say(
            "forecast.description", language, total=sum(line.volumes + line.items for line in found)
        ),
        labels=[str(line.year) for line in found],
        parts=[
            (say(end.word, language), [getattr(line, end.value.lower()) for line in found])
            for end in Disposition
        ],
        nothing=say("statistics.nothing", language),
    )


def _by_year(unit: Unit, kind: type[Volume | Item], first: int, years: int) -> Tally:
    day = (
        kind.review_due
    )  # mostly 1 January: days are few, and a year taken from each row would cost the most
    rows: Any = select(day, kind.class_code, func.count()).where(
        kind.scope_uid == kind.uid, kind.state.not_in(GONE), visible(unit.actor, kind, Act.DUE_SEE),
        kind.review_due <= dt.date(first + years - 1, 12, 31),
    )  # fmt: skip
    rules = unit.session.execute(select(RecordClass.code, RecordClass.disposition))
    wanted = {row.code: row.disposition for row in rules}
    found: Tally = Counter()
    for when, code, many in unit.session.execute(rows.group_by(day, kind.class_code)):
        found[max(when.year, first), wanted[code]] += many
    return found
