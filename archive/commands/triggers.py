"""What starts the retention clock."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from archive import clikit, reckoning
from archive.acts import Act
from archive.clikit import DAY, acting, argument, option, tell

if TYPE_CHECKING:
    from archive.unit import Unit


@clikit.group("trigger")
def trigger() -> None:
    """登记起算事项。 / What starts the retention clock."""


@trigger.command("record", example="anjuan trigger record HT-2024-0032 contract_expired --on 2025-12-31")
@argument("code", help="卷宗代码或案卷档号 / Dossier, or reference code of a volume")
@argument(
    "kind", type=click.Choice(list(reckoning.HAPPENINGS), case_sensitive=False), help="事项 / What happened"
)
@option("--on", type=DAY, required=True, help="日期 / Day")
@acting(Act.TRIGGER_RECORD)
def record(unit: Unit, code: str, kind: str, on: dt.date) -> None:
    """登记事项，重算有关案卷的期限。 / Record what happened; due dates are reckoned anew."""
    moved = reckoning.record_trigger(unit, code, kind, on)
    tell(Act.TRIGGER_RECORD, code=code, on=on, volumes=len(moved))
