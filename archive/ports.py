"""What the core asks of the packages around it, wired in `cli.py` (decision 26).

The core imports neither index nor retention; it names here the few questions it must put to them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from archive.values import Period, Trigger


@dataclass(frozen=True, slots=True)
class Course:
    """When a record's retention starts, ends and comes up for review; None where it does not."""

    start: dt.date | None = None
    expires_on: dt.date | None = None
    review_due: dt.date | None = None


class Clockwork(Protocol):
    """The retention clock (domain §6.2)."""

    def course(self, period: Period, trigger: Trigger, trigger_date: dt.date | None) -> Course:
        """The course of a record of this period, trigger and trigger date."""
        ...

    def trigger_date(self, trigger: Trigger, happened: Sequence[tuple[str, dt.date]]) -> dt.date | None:
        """What recorded events (kind, day) make of a trigger; None while it has not happened."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the core is handed."""

    clock: Clockwork
