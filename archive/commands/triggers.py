"""What starts the retention clock: recorded with its evidence, listed, struck out where it was wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit, reckoning
from archive.acts import Act
from archive.clikit import DAY, Named, acting, argument, listing, option, tell
from archive.statuses import Happening

if TYPE_CHECKING:
    from archive.unit import Unit

SUBJECT = (
    "卷宗代码，或案卷、单独保管的文件的档号 / Dossier, or reference code of a volume or of an item kept alone"
)
KIND = "事项：如 SERVICE_ENDED；写错时列出全部 / What happened: as SERVICE_ENDED; a wrong one is answered with all of them"


@clikit.group("trigger")
def trigger() -> None:
    """登记起算事项。 / What starts the retention clock."""


@trigger.command(
    "record", example="anjuan trigger record HT-2024-0032 contract_expired --on 2025-12-31 --note 合同第八条"
)
@argument("code", help=SUBJECT)
@argument("kind", type=Named(Happening), help=KIND)
@option("--on", type=DAY, required=True, help="日期 / Day")
@option(
    "--evidence",
    help="作为凭据的档案的档号，与 --note 至少写一项 / Reference code of the record that proves it; this or --note is needed",
)
@option("--note", default="", help="凭据说明 / The evidence in words")
@acting(Act.TRIGGER_RECORD)
def record(unit: Unit, code: str, kind: Happening, on: dt.date, evidence: str | None, note: str) -> None:
    """登记事项，重算有关案卷的期限。 / Record what happened; due dates are reckoned anew.

    同一事项再次登记，以后登记的为准；合同约定的到期日则取最晚的。登错的用 trigger void 划去。 / Recorded again, the later entry takes the place of the earlier; of the agreed ends of a contract the latest counts. What was wrong is struck out by trigger void.
    """
    moved = reckoning.record_trigger(unit, code, kind, on, evidence=evidence, note=note)
    tell(Act.TRIGGER_RECORD, code=code, on=on, volumes=len(moved))


@trigger.command(
    "void", example="anjuan trigger void A1203-P001 tenancy_ended --on 2025-06-15 --reason 登错了房号"
)
@argument("code", help=SUBJECT)
@argument("kind", type=Named(Happening), help=KIND)
@option("--on", type=DAY, required=True, help="登记的日期 / The day recorded")
@option("--reason", required=True, help="划去的理由 / Why it is struck out")
@acting(Act.TRIGGER_VOID)
def void(unit: Unit, code: str, kind: Happening, on: dt.date, reason: str) -> None:
    """划去登错的事项，原登记保留，期限重算。 / Strike out what did not happen; its entry stays, due dates are reckoned anew."""
    moved = reckoning.void(unit, code, kind, on, reason=reason)
    tell(Act.TRIGGER_VOID, code=code, on=on, volumes=len(moved))


@trigger.command("list", example="anjuan trigger list A1203-P001")
@argument("code", help=SUBJECT)
@acting(Act.RECORD_SEE, reads=True)
@listing(
    "kind:happening", "happened_on", "dossier", "evidence", "note", "recorded_on:happening_recorded_on",
    "recorded_by", "counts:happening_counts", "why_void",
)  # fmt: skip
def rows(unit: Unit, code: str) -> Sequence[object]:
    """登记过的起算事项及其凭据，划去的也在内。 / What was recorded to have happened, with its evidence, what was struck out too."""
    return reckoning.events(unit, code)
