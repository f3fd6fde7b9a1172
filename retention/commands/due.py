"""The due list at the command line."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, acting, fail, listing, note, option
from archive.values import Disposition
from retention import due as lists
from retention.drift import drifted

if TYPE_CHECKING:
    from archive.unit import Unit

#: What a person reads on a line; programs get all of `_row`.
BRIEF = ("code", "title", "class_code", "level", "review_due", "disposition", "on_loan", "reason")


def _row(line: lists.DueLine) -> dict[str, Any]:
    here = clikit.desk()
    row: dict[str, Any] = {
        "code": line.code, "title": line.title, "kind": line.kind, "class_code": line.class_code,
        "department": line.department, "level": line.level, "state": line.state, "period": line.period,
        "trigger": line.trigger, "began": line.began, "start": line.start, "expires_on": line.expires_on,
        "review_due": line.review_due, "disposition": line.disposition, "on_loan": line.out,
        "reason": line.reason(here.language),
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
    """How long the whole list is, and that only its head is shown."""
    note(
        "due.totals", on=on, volumes=whole.volumes, items=whole.items, destroy=wanted[Disposition.DESTROY],
        transfer=wanted[Disposition.TRANSFER], review=wanted[Disposition.REVIEW],
    )  # fmt: skip
    if shown < whole.volumes + whole.items:
        note("due.shortened", shown=shown, whole=whole.volumes + whole.items)


@clikit.group(
    "due", invoke_without_command=True, example="anjuan due --on 2026-01-01 --class WS\nanjuan due --json"
)
@option("--on", type=DAY, help="到哪一天为止，默认今天 / As of which day, today if not given")
@option("--class", "class_code", help="类别或类别组 / Class or group of classes")
@option("--department", help="部门 / Department")
@option(
    "--limit", type=click.IntRange(1), help="最多几行，最久到期的在前 / At most so many, longest due first"
)
@_unless_verb
@acting(Act.DUE_SEE, reads=True)
@listing()
def due(
    unit: Unit, on: dt.date | None, class_code: str | None, department: str | None, limit: int | None
) -> Sequence[object]:
    """到期清单：哪些案卷和文件可以鉴定，理由是什么。 / The due list: what appraisal may take up, and why."""
    day = on or unit.today
    within = {"class_code": class_code, "department": department}
    lines = lists.due(unit, day, limit=limit, **within)
    _proposed(unit)
    _totals(day, len(lines), lists.count(unit, day, **within), lists.dispositions(unit, day, **within))
    return [_row(line) for line in lines]


@due.command("forecast", example="anjuan due forecast --years 5")
@option("--years", type=click.IntRange(1, 100), default=10, help="几年 / How many years", show_default=True)
@acting(Act.DUE_SEE, reads=True)
@listing("year", "volumes", "items")
def forecast(unit: Unit, years: int) -> Sequence[object]:
    """今后各年到期多少；已经到期的算在今年。 / How much comes up each year; what is overdue counts in this year."""
    found = lists.forecast(unit, years)
    _proposed(unit)
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
