"""归档计划: which series each department files how often, and what has not come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, Named, acting, argument, listing, option, tell
from archive.custody import plan as plans
from archive.statuses import Frequency

if TYPE_CHECKING:
    from archive.unit import Unit

LINE = "计划编号，可只写前几位 / Number of the line, or how it begins"
ROW = (
    "uid:plan_line", "department", "class_code", "name", "frequency", "grace_days", "keeper", "since:plan_since",
    "until:plan_until",
)  # fmt: skip


@clikit.group("plan")
def plan() -> None:
    """归档计划。 / The filing plan."""


@plan.command(
    "set", example="anjuan plan set --department KF --class FW·01 --name 值班记录 --every month --keeper zhou"
)
@option("--department", required=True, help="部门 / Department")
@option("--class", "class_code", required=True, help="类别号 / Class")
@option("--name", required=True, help="系列名称，勿写人名 / What the series is called; no names of people")
@option("--every", "frequency", type=Named(Frequency), required=True, help="多久一次 / How often")
@option(
    "--grace", "grace_days", type=int, default=10, show_default=True,
    help="期末之后几天内归档 / Days after the period's end",
)  # fmt: skip
@option("--keeper", help="责任人账号 / Account of who answers for it")
@option("--since", type=DAY, help="从哪一天所在的一期起 / From the period of this day on")
@acting(Act.PLAN_EDIT)
def enter(
    unit: Unit, department: str, class_code: str, name: str, frequency: Frequency, grace_days: int,
    keeper: str | None, since: dt.date | None,
) -> None:  # fmt: skip
    """列入一个系列。 / Plan a series."""
    made = plans.enter(
        unit, department=department, class_code=class_code, name=name, frequency=frequency,
        grace_days=grace_days, keeper=keeper, since=since,
    )  # fmt: skip
    tell(Act.PLAN_EDIT, plan_line=plans.LineId(made.uid), name=made.name, frequency=made.frequency)


@plan.command("edit", example="anjuan plan edit 3f9c1a --grace 20")
@argument("line", help=LINE)
@option("--name", help="系列名称 / What the series is called")
@option("--grace", "grace_days", type=int, help="期末之后几天内归档 / Days after the period's end")
@option("--keeper", help="责任人账号 / Account of who answers for it")
@acting(Act.PLAN_EDIT)
def edit(unit: Unit, line: str, name: str | None, grace_days: int | None, keeper: str | None) -> None:
    """修改名称、期限或责任人。 / Change name, days or keeper."""
    made = plans.edit(unit, line, name=name, grace_days=grace_days, keeper=keeper)
    tell(Act.PLAN_EDIT, plan_line=plans.LineId(made.uid), name=made.name, grace_days=made.grace_days)


@plan.command("end", example="anjuan plan end 3f9c1a --on 2026-12-31")
@argument("line", help=LINE)
@option("--on", type=DAY, help="最后一天，默认今天 / Last day, today if not said")
@acting(Act.PLAN_EDIT)
def end(unit: Unit, line: str, on: dt.date | None) -> None:
    """不再要求这一系列。 / Stop expecting a series."""
    made = plans.end(unit, line, on=on)
    tell(Act.PLAN_EDIT, plan_line=plans.LineId(made.uid), name=made.name, plan_until=made.until)


@plan.command("propose", example="anjuan plan propose KF --keeper zhou")
@argument("department", help="部门 / Department")
@option("--keeper", help="责任人账号 / Account of who answers for them")
@acting(Act.PLAN_EDIT)
@listing(*ROW)
def propose(unit: Unit, department: str, keeper: str | None) -> Sequence[object]:
    """列入一个部门的建议计划，已有的不动。 / Enter the proposed plan of a department; what stands stays."""
    return plans.shown(unit, plans.propose(unit, department, keeper=keeper))


@plan.command("list", example="anjuan plan list --department KF")
@option("--department", help="只列这个部门的 / Only this department's")
@option("--ended", is_flag=True, help="连同已停止的 / With those that have ended")
@acting(Act.PLAN_SEE, reads=True)
@listing(*ROW)
def rows(unit: Unit, department: str | None, *, ended: bool) -> Sequence[object]:
    """归档计划。 / The filing plan."""
    return plans.rows(unit, department=department, ended=ended)


@plan.command("overdue", example="anjuan plan overdue --keeper zhou")
@option("--department", help="只列这个部门的 / Only this department's")
@option("--keeper", help="只列此人负责的 / Only what this person answers for")
@acting(Act.PLAN_SEE, reads=True)
@listing("uid:plan_line", "department", "class_code", "name", "period:plan_period", "due_on:plan_due_on", "late_days:plan_late_days", "keeper")  # fmt: skip
def overdue(unit: Unit, department: str | None, keeper: str | None) -> Sequence[object]:
    """应归档而未归档的。 / What should have been filed and was not."""
    return plans.overdue(unit, keeper=keeper, department=department)


@plan.command("excuse", example="anjuan plan excuse 3f9c1a 2026-02 --reason 本月没有值班记录")
@argument("line", help=LINE)
@argument("period", help="哪一期：2026-03、2026-Q1、2026 / Which period: 2026-03, 2026-Q1, 2026")
@option("--reason", required=True, help="理由 / Why there was nothing")
@acting(Act.PLAN_EXCUSE)
def excuse(unit: Unit, line: str, period: str, reason: str) -> None:
    """说明本期没有应归档的文件。 / Say that a period had nothing to file."""
    made = plans.excuse(unit, line, period, reason=reason)
    tell(Act.PLAN_EXCUSE, plan_line=plans.LineId(made.plan_uid), plan_period=made.period)
