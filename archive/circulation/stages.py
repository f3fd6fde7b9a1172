"""The stages of chasing (R47, F12): when a loan is spoken of, and who hears of it beside the borrower; pure.

This module does not know which notices were written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from archive.config import Settings
from archive.values import Role
from archive.words import Language, knows, say
from archive.workdays import DAY, is_workday

BEFORE, DUE, OVERDUE = "before", "due", "overdue-"
#: A calendar without working days must not be searched for ever.
FURTHEST = dt.timedelta(days=366)


class Stage(str):
    """A stage as it is kept (`overdue-2`), read aloud by its word."""

    __slots__ = ()

    def told(self, language: Language) -> str:
        """As people read it; a stage without a word as it is kept."""
        key = "chasestage.overdue" if nth(self) else f"chasestage.{self}"
        return say(key, language, nth=nth(self)) if knows(key, language) else str(self)


@dataclass(frozen=True, slots=True)
class Copy:
    """From the *nth* overdue notice on this post gets a copy: in the borrower's department, or in the house."""

    nth: int
    post: Role
    at_home: bool
    clause: str


#: Who is told beside the borrower, and from when (R47; the ladder is the house's).
COPIES = (
    Copy(3, Role.DEPT_MANAGER, at_home=True, clause="8-1.3.5"),
    Copy(5, Role.GM_SECRETARY, at_home=False, clause="8-1.3.5"),
)


def stage(
    due_on: dt.date, today: dt.date, settings: Settings, working: Callable[[dt.date], bool] = is_workday
) -> str | None:
    """The newest stage that a loan due on *due_on* has reached by *today*, or None while there is time.

    `before` from so many working days before, `due` on the day, `overdue-1` the day after, and one more every
    `chase_every_days`; days missed give the newest stage only.
    """
    late = (today - due_on).days
    if late > 0:
        return f"{OVERDUE}{1 + (late - 1) // settings.chase_every_days}"
    if late == 0:
        return DUE
    return BEFORE if due_on <= horizon(today, settings, working) else None


def horizon(today: dt.date, settings: Settings, working: Callable[[dt.date], bool] = is_workday) -> dt.date:
    """The last due day of which one is reminded *today*: so many working days ahead, and the days off behind it."""
    day, left = today, settings.chase_before_days
    while left or not working(day + DAY):
        day += DAY
        left -= working(day)
        if day - today > FURTHEST:
            break
    return day


def nth(stage_name: str) -> int:
    """Which overdue notice a stage is: 0 for those before, and for what was said by hand."""
    tail = stage_name.removeprefix(OVERDUE)
    return int(tail) if stage_name.startswith(OVERDUE) and tail.isdecimal() else 0


def copied_to(stage_name: str) -> tuple[Copy, ...]:
    """The rows of `COPIES` that hold at this stage."""
    return tuple(copy for copy in COPIES if nth(stage_name) >= copy.nth)
