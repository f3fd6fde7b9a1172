"""工作日历: holidays as shipped, and the days this office declares worked or off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.circulation import calendar as days
from archive.clikit import DAY, acting, argument, listing, option, tell, warn

if TYPE_CHECKING:
    from archive.unit import Unit


@clikit.group("calendar")
def calendar() -> None:
    """工作日历：应还日期按此顺延。 / The office calendar: due dates keep to it."""


@calendar.command("list", example="anjuan calendar list 2026")
@argument("year", type=int, required=False, help="年度，默认今年 / Year, this one if not given")
@acting(Act.CALENDAR_SEE, reads=True)
@listing("day", "weekday", "worked", "name", "declared")
def rows(unit: Unit, year: int | None) -> Sequence[object]:
    """节假日与调休，连同本单位自定的。 / Holidays and weekend days worked, with those declared here."""
    told = days.year(unit, year)
    if not days.announced(unit, year):
        warn("warning.year-unannounced", year=year or unit.today.year)
    return told


@calendar.command("edit", example="anjuan calendar edit 2026-05-06 --off --name 公司团建")
@argument("day", type=DAY, help="日期 / Day")
@option("--worked/--off", "worked", required=True, help="是否上班 / Whether it is worked")
@option("--name", default="", help="名称 / Name")
@acting(Act.CALENDAR_EDIT)
def edit(unit: Unit, day: dt.date, *, worked: bool, name: str) -> None:
    """规定某日上班或休息。 / Declare a day worked or off."""
    made = days.edit(unit, day, worked=worked, name=name)
    tell(Act.CALENDAR_EDIT, day=made.day, worked=made.worked, name=made.name)


@calendar.command("restore", example="anjuan calendar restore 2026-05-06")
@argument("day", type=DAY, help="日期 / Day")
@acting(Act.CALENDAR_EDIT)
def restore(unit: Unit, day: dt.date) -> None:
    """取消自定，恢复随附的日历。 / Take it back: as shipped."""
    tell(Act.CALENDAR_EDIT, day=day, worked=days.restore(unit, day))
