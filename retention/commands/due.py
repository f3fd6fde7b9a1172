"""The due list at the command line."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, acting, fail, listing, note, option
from archive.commands.statistics import drawn, pictured
from archive.values import Disposition
from retention import due as lists
from retention import forecast as years_ahead
from retention.decide import OVER, WAITING, DueState
from retention.drift import drifted

if TYPE_CHECKING:
    from archive.unit import Unit

#: What a person reads on a line; programs get all of `_row`.
BRIEF = ("code", "title", "class_code", "level", "review_due", "due_state", "disposition", "holds", "reason")

FORECAST = ("year", "volumes", "items", "destroy:to_destroy", "transfer:to_transfer", "review:to_review")


def _row(line: lists.DueLine) -> dict[str, Any]:
    here = clikit.desk()
    row: dict[str, Any] = {
        "code": line.code, "title": line.title, "kind": line.kind, "class_code": line.class_code,
        "department": line.department, "level": line.level, "state": line.state, "period": line.period,
        "trigger": line.trigger, "began": line.began, "start": line.start, "expires_on": line.expires_on,
        "review_due": line.review_due, "due_state": line.due_state, "disposition": line.disposition,
        "on_loan": line.out, "holds": list(line.holds), "reason": line.reason(here.language),
    }  # fmt: skip
    return {name: row[name] for name in BRIEF} if here.form == "table" else row


def _unless_verb(function: Callable[..., Any]) -> Callable[..., Any]:
    """Run a noun's own listing only if no verb follows it."""

    @functools.wraps(function)
    def run(*given: Any, **asked: Any) -> None:
        if click.get_current_context().invoked_subcommand is None:
            function(*given, **asked)

    return run


def _proposed(unit: Unit) -> None:
    """Say first if nobody has adopted the schedule yet."""
    if not lists.adopted(unit):
        note("due.not-adopted")


def _totals(on: dt.date, shown: int, whole: lists.Count, wanted: Mapping[Disposition, int]) -> None:
    """How much is ready and how much is not, and that only the head of the list is shown."""
    others = {state.value.lower(): whole.others.get(state, 0) for state in OVER if state is not DueState.DUE}
    note(
        "due.totals", on=on, volumes=whole.volumes, items=whole.items, destroy=wanted[Disposition.DESTROY],
        transfer=wanted[Disposition.TRANSFER], review=wanted[Disposition.REVIEW], **others,
    )  # fmt: skip
    length = whole.volumes + whole.items + sum(whole.others.get(state, 0) for state in WAITING)
    if shown < length:
        note("due.shortened", shown=shown, whole=length)


def _states(held: bool, every: bool) -> Collection[DueState]:
    """Which states are listed: of what nobody has taken up yet all, or the held; or what is being dealt with too."""
    if held:
        return (DueState.HELD,)
    return OVER if every else WAITING


@clikit.group(
    "due", invoke_without_command=True, example="anjuan due --on 2026-01-01 --class WS\nanjuan due --json"
)
@option("--on", type=DAY, help="到哪一天为止，默认今天 / As of which day, today if not given")
@option("--class", "class_code", help="类别或类别组 / Class or group of classes")
@option("--department", help="部门 / Department")
@option(
    "--limit", type=click.IntRange(1), help="最多几行，最久到期的在前 / At most so many, longest due first"
)
@option("--held", is_flag=True, help="只列冻结的 / Only what is on hold")
@option(
    "--all", "every", is_flag=True, help="鉴定中的、已有结论的也列 / What is being appraised or decided too"
)
@_unless_verb
@acting(Act.DUE_SEE, reads=True)
@listing()
def due(
    unit: Unit, on: dt.date | None, class_code: str | None, department: str | None, limit: int | None,
    *, held: bool, every: bool,
) -> Sequence[object]:  # fmt: skip
    """到期清单：哪些案卷和文件可以鉴定，哪些冻结或无日期，理由是什么。 / The due list: what appraisal may take up, what is held or undated, and why."""
    day = on or unit.today
    within: dict[str, Any] = {"class_code": class_code, "department": department}
    lines = lists.due(unit, day, limit=limit, states=_states(held, every), **within)
    _proposed(unit)
    if not (held or every):
        whole = lists.count(unit, day, **within)
        _totals(day, len(lines), whole, lists.dispositions(unit, day, **within))
        if whole.volumes + whole.items and unit.may(Act.APPRAISAL_BEGIN):
            note("next.due-appraisal")
    return [_row(line) for line in lines]


@due.command(
    "forecast",
    example="anjuan due forecast --years 5\nanjuan due forecast --svg forecast.svg --png forecast.png",
)
@option("--years", type=click.IntRange(1, 100), default=10, help="几年 / How many years", show_default=True)
@pictured
@acting(Act.DUE_SEE, reads=True)
@listing(*FORECAST)
def forecast(unit: Unit, years: int, svg: str | None, png: str | None) -> Sequence[object]:
    """今后各年到期多少，按期满处置分列；已经到期的算在今年。 / How much comes up each year, by what its class wants done; what is overdue counts in this year."""
    found = years_ahead.forecast(unit, years)
    _proposed(unit)
    drawn(unit, lambda: years_ahead.drawn(found, clikit.desk().language), svg=svg, png=png)
    return found


@due.command("undated", example="anjuan due undated --csv")
@acting(Act.DUE_SEE, reads=True)
@listing()
def undated(unit: Unit) -> Sequence[object]:
    """没有日期的文件，暂按归档年度计算，请补录日期。 / Papers without a date, counted from their filing year for now."""
    return [_row(line) for line in lists.undated(unit)]


@due.command("check", example="anjuan due check")
@acting(Act.INSTANCE_INSPECT, reads=True)
@listing("uid", "stored", "reckoned", quiet=True)
def check(unit: Unit) -> Sequence[object]:
    """重新推算每个到期日，与登记的比对；不符时退出码为 5。 / Reckon every due date anew; exit status 5 if one differs."""
    found = drifted(unit)
    note("due.drifted" if found else "due.steady", count=len(found))
    if found:
        fail(5)
    return found
