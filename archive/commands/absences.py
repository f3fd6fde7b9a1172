"""外出与代理: who is away, and who decides meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.circulation import absences
from archive.clikit import DAY, acting, argument, listing, option, tell

if TYPE_CHECKING:
    from archive.unit import Unit


@clikit.group("absence")
def absence() -> None:
    """外出与代理。 / Absences and deputies."""


@absence.command(
    "set", example="anjuan absence set --from 2026-03-09 --to 2026-03-13 --deputy chen --reason 出差"
)
@option("--from", "first_day", type=DAY, required=True, help="第一天 / First day")
@option("--to", "last_day", type=DAY, required=True, help="最后一天 / Last day")
@option(
    "--deputy",
    help="代理人账号；秘密以上不能代理 / Account of who decides meanwhile, never on secret matters",
)
@option("--account", help="为谁登记（人事、总经理秘书），默认自己 / For whom (HR, the secretary); oneself if not given")  # fmt: skip
@option("--reason", default="", help="事由 / Reason")
@acting(Act.ABSENCE_SET)
def set_(unit: Unit, first_day: dt.date, last_day: dt.date, deputy: str | None, account: str | None, reason: str) -> None:  # fmt: skip
    """登记外出，可指定代理人。 / Enter days away, and who decides meanwhile."""
    made = absences.enter(unit, first_day, last_day, account=account, deputy=deputy, reason=reason)
    told = absences.line(unit, made)
    tell(
        Act.ABSENCE_SET, account=told.account, first_day=told.first_day, last_day=told.last_day,
        deputy=told.deputy,
    )  # fmt: skip


@absence.command("end", example="anjuan absence end feng")
@argument("which", help="账号，或登记的内部编号 / Account, or uid of the entry")
@acting(Act.ABSENCE_END)
def end(unit: Unit, which: str) -> None:
    """提前结束外出。 / End it early."""
    made = absences.end(unit, which)
    tell(Act.ABSENCE_END, account=absences.line(unit, made).account)


@absence.command("list", example="anjuan absence list")
@option("--account", help="账号 / Account")
@option("--all", "past", is_flag=True, help="包括以往的 / Past ones too")
@acting(Act.ABSENCE_SEE, reads=True)
@listing("account", "name", "first_day", "last_day", "deputy", "deputy_name", "reason", "live", "uid")
def rows(unit: Unit, account: str | None, *, past: bool) -> Sequence[object]:
    """谁外出、谁代理。 / Who is away, and who decides meanwhile."""
    return absences.rows(unit, account=account, past=past)
