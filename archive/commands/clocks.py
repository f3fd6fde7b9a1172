"""时钟: the machine's clock beside the log, and the two administrators who confirm it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.circulation import clock as clocks
from archive.clikit import acting, showing, tell, warn

if TYPE_CHECKING:
    from archive.unit import Unit


@clikit.group("clock")
def clock() -> None:
    """本机时钟早于日志时，一切业务暂停；跳前一天以上，不得销毁。 / While the clock stands before the log, nothing can be done; after a jump ahead of more than a day, nothing is destroyed."""


@clock.command("show", example="anjuan clock show")
@acting(Act.INSTANCE_INSPECT, reads=True)
@showing("now", "newest", "behind", "proposed_at", "proposed_by", "gap_from", "gap_to")
def show(unit: Unit) -> object:
    """时钟与日志是否相合。 / Whether clock and log agree."""
    return clocks.state(unit)


@clock.command("confirm", example="anjuan clock confirm")
@acting(Act.CLOCK_CONFIRM)
def confirm(unit: Unit) -> None:
    """两位不同的管理员先后确认现在的时钟无误。 / Two different administrators say that the clock is right now."""
    note = clocks.confirm(unit)
    tell(Act.CLOCK_CONFIRM, now=unit.now, newest=note.newest, confirmed=note.confirmed_at is not None)
    if note.confirmed_at is None:
        warn("warning.clock-proposed")
