"""保管期限表: the table as a tree, its editor, what a draft would move before anybody adopts it, versions compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from archive.acts import Act
from archive.errors import ArchiveError, BadValue
from archive.scheme import load
from archive.statuses import ScheduleState
from archive.unit import Unit
from archive.values import Disposition, Period, Trigger
from archive.words import say
from retention.scheduling import comparing, preview, remarking, schedules
from retention.scheduling.rules import Change
from retention.scheduling.schedules import RuleLine, VersionLine
from web import sittings
from web.asking import asking, barred, language, working

bp = Blueprint("scheduling", __name__, url_prefix="/retention/schedule")

#: Records shown of a preview, and rules of one draft.
SHOWN, MOST = 100, 100
#: Versions nobody has adopted yet: what they would move can be shown.
OPEN = (ScheduleState.DRAFT, ScheduleState.REVIEWED)
#: What a line of the editor holds.
CELLS = ("period", "important", "trigger", "disposition")


@bp.get("")
def table() -> str:
    """The rules in force, class by class, and every version there was."""
    with asking(Act.SCHEDULE_SEE) as unit:
        versions = schedules.versions(unit)
        return render_template(
            "scheduling/table.html", groups=_grouped(schedules.show(unit)), versions=versions[::-1],
            open_ones=[one for one in versions if one.state in OPEN],
        )  # fmt: skip


def _grouped(lines: Sequence[RuleLine]) -> list[tuple[str, str, list[RuleLine]]]:
    """The lines under their first-level series, with its name."""
    names = {one.code: one.zh if language() == "zh" else one.en for one in load().series}
    parts = groupby(lines, key=lambda line: line.class_code.partition("·")[0])
    return [(series, names.get(series, ""), list(some)) for series, some in parts]


@bp.get("/waiting")
def waiting() -> str:
    """Records that stand otherwise than the rules in force, to be re-marked; raises `ClassUnknown`."""
    class_code = request.args.get("class_code", "").strip() or None
    with asking(Act.SCHEDULE_SEE) as unit:
        lines = remarking.waiting(unit, class_code=class_code, limit=SHOWN + 1)
        return render_template(
            "scheduling/waiting.html", lines=lines[:SHOWN], more=len(lines) > SHOWN, class_code=class_code,
            scheme=load(),
        )  # fmt: skip


# --- one version ----------------------------------------------------------------------------------


@bp.get("/version/<path:version>")
def one(version: str) -> str:
    """A version: what it changes, who took it how far, and what it would move; raises `NotFound`."""
    with asking(Act.SCHEDULE_SEE) as unit:
        changes = comparing.compare(unit, _base(unit, version), version)
        line = next(one for one in schedules.versions(unit) if one.version == version)
        moved = _moved(unit, line)
        return render_template("scheduling/version.html", line=line, changes=changes, **moved)


def _base(unit: Unit, version: str) -> str:
    """The version it was drafted on; itself where it is the schedule as shipped."""
    found = {one.version: one.base for one in schedules.versions(unit)}
    return found.get(version) or version


def _moved(unit: Unit, line: VersionLine) -> dict[str, Any]:
    """What an open version would move, if it still changes anything."""
    if line.state not in OPEN or not line.base:
        return {"totals": None, "lines": []}
    try:
        totals = preview.totals(unit, line.version)
        return {"totals": totals, "lines": preview.lines(unit, line.version, limit=SHOWN)}
    except ArchiveError as why:  # the law has changed, or the rules in force are as drafted by now
        return {"totals": None, "lines": [], "spent": why.message(language())}


@bp.get("/compare")
def compare() -> str:
    """Two versions beside each other."""
    with asking(Act.SCHEDULE_SEE) as unit:
        versions = schedules.versions(unit)
        current = next((one.version for one in versions if one.in_force), versions[-1].version)
        old = request.args.get("old") or versions[0].version
        new = request.args.get("new") or current
        return render_template(
            "scheduling/compare.html", versions=versions, old=old, new=new,
            changes=comparing.compare(unit, old, new),
        )  # fmt: skip


# --- the editor -----------------------------------------------------------------------------------


@bp.get("/edit")
def edit() -> str:
    """The rules of the classes chosen, to be drafted anew."""
    return _editor(request.args.getlist("codes"), {})


@bp.post("/edit")
def draft() -> Any:
    """Draft what was changed; the preview follows."""
    codes = request.form.getlist("codes")[:MOST]
    try:
        with working(Act.SCHEDULE_DRAFT) as unit:
            changes = _changes(schedules.show(unit), codes, request.form)
            made = schedules.draft_some(
                unit, changes, version=request.form.get("version", "").strip() or None,
                reason=request.form.get("reason", ""),
            )  # fmt: skip
    except ArchiveError as error:
        if sittings.leads_away(error) or error.http in {403, 404, 503}:
            raise
        return _editor(codes, request.form, error), 422
    flash(say("web.scheduling.drafted", language(), version=made.version), "done")
    return redirect(url_for("scheduling.one", version=made.version), 303)


def _editor(codes: Sequence[str], typed: Mapping[str, str], error: ArchiveError | None = None) -> str:
    barred(Act.SCHEDULE_DRAFT)
    with asking(Act.SCHEDULE_SEE) as unit:
        lines = [line for line in schedules.show(unit) if line.class_code in set(codes)]
    shown = {
        f"{name}.{line.class_code}": typed.get(f"{name}.{line.class_code}", _told(line, name))
        for line in lines
        for name in CELLS
    }
    return render_template(
        "scheduling/edit.html", lines=lines[:MOST], shown=shown, typed=typed,
        told=error.message(language()) if error else "", at=_where(error, [line.class_code for line in lines]),
        triggers=list(Trigger), dispositions=list(Disposition),
    )  # fmt: skip


def _where(error: ArchiveError | None, codes: Sequence[str]) -> str:
    """The class, or the field of the form, that an error speaks of."""
    if error is None:
        return ""
    code = str(error.facts.get("code", ""))
    return code if code in codes else str(error.facts.get("field", ""))


def _told(line: RuleLine, name: str) -> str:
    value = getattr(line, "period_important" if name == "important" else name)
    return str(value)


def _changes(lines: Sequence[RuleLine], codes: Sequence[str], typed: Mapping[str, str]) -> list[Change]:
    """What was laid down anew, class by class; what was left as it is says nothing (P6)."""
    meant = [line for line in lines if line.class_code in set(codes)]
    if not meant:
        raise BadValue(field="class_code", value="—", expected="≥ 1")
    made = [_change(line, typed) for line in meant]
    return [change for change in made if change != Change(change.code)] or made


def _change(line: RuleLine, typed: Mapping[str, str]) -> Change:
    given = {
        name: told
        for name in CELLS
        if (told := typed.get(f"{name}.{line.class_code}", "").strip()) and told != _told(line, name)
    }
    return Change(
        line.class_code,
        _period(line, given.get("period")),
        _period(line, given.get("important")),
        _one_of(Trigger, "trigger", given.get("trigger")),
        _one_of(Disposition, "disposition", given.get("disposition")),
    )


def _period(line: RuleLine, text: str | None) -> Period | None:
    try:
        return Period.parse(text.upper()) if text else None
    except BadValue as slip:
        slip.facts["code"] = line.class_code
        raise


def _one_of(kind: Any, field: str, text: str | None) -> Any:
    if text is None:
        return None
    if text not in set(kind):
        raise BadValue(field=field, value=text[:40], expected=" | ".join(kind))
    return kind(text)
