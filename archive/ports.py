"""What the core asks of the packages around it, wired in `cli.py` (decision 26).

The core imports neither index nor retention; it names here the few questions it must put to them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from archive.values import Period, Trigger

if TYPE_CHECKING:
    from archive.instance import Instance


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


class Copies(Protocol):
    """What is derived from records and kept outside the catalogue: the index (decision 26)."""

    def purge(self, instance: Instance, uids: Collection[str]) -> None:
        """Take every trace of these records out of the index, for good; raises `Busy` while it is written."""
        ...

    def remaining(self, instance: Instance, uids: Collection[str]) -> list[str]:
        """Of these records, those of which the index still holds anything: empty proves absence."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the core is handed; without `copies` nothing is indexed, and nothing can be destroyed."""

    clock: Clockwork
    copies: Copies | None = None
