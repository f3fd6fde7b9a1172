"""The periods of a filing plan: months, quarters, years, when each ends and by when it must be filed (R2, R12); pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from archive.errors import BadValue
from archive.statuses import Frequency

_SPELT = re.compile(r"(?P<year>[12]\d{3})(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])))?", re.ASCII)
_MONTHS = {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.YEAR: 12}
#: How a period of each frequency is written.
EXAMPLES = {Frequency.MONTH: "2026-03", Frequency.QUARTER: "2026-Q1", Frequency.YEAR: "2026"}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One period: its first day, how many months it has."""

    first: dt.date
    months: int

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return self.next().first - dt.timedelta(days=1)

    @property
    def code(self) -> str:
        """As it is written: 2026-03, 2026-Q1, 2026."""
        if self.months == 12:
            return f"{self.first.year}"
        if self.months == 3:
            return f"{self.first.year}-Q{self.first.month // 3 + 1}"
        return f"{self.first:%Y-%m}"

    def next(self) -> Span:
        """The period after it."""
        years, month = divmod(self.first.month - 1 + self.months, 12)
        return Span(dt.date(self.first.year + years, month + 1, 1), self.months)


def around(day: dt.date, frequency: Frequency) -> Span:
    """The period of this *frequency* that *day* lies in."""
    months = _MONTHS[frequency]
    return Span(dt.date(day.year, (day.month - 1) // months * months + 1, 1), months)


def parse(code: str, frequency: Frequency) -> Span:
    """The period written *code*; raises `BadValue` unless it is one of this *frequency*."""
    match = _SPELT.fullmatch(code.strip().upper())
    found = _kind(match) if match else None
    if match is None or found is not frequency:
        raise BadValue(field="period_of_plan", value=code, expected=EXAMPLES[frequency])
    month = int(match["month"] or 0) or (int(match["quarter"] or 1) * 3 - 2)
    return Span(dt.date(int(match["year"]), month, 1), _MONTHS[frequency])


def _kind(match: re.Match[str]) -> Frequency:
    if match["month"]:
        return Frequency.MONTH
    return Frequency.QUARTER if match["quarter"] else Frequency.YEAR


def ended(frequency: Frequency, since: dt.date, until: dt.date | None, today: dt.date) -> list[Span]:
    """The periods over by *today*: from the one *since* lies in to the last one whole before *until*."""
    span, found = around(since, frequency), []
    over = min(today - dt.timedelta(days=1), until or dt.date.max)
    while span.last <= over:
        found.append(span)
        span = span.next()
    return found
