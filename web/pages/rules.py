"""What the office has laid down: grants, the approval matrix, the class tree, the calendar, its own layouts of forms."""

from __future__ import annotations

import calendar as weeks
import datetime as dt
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from archive import classes, grants, printing, views
from archive.acts import Act
from archive.circulation import calendar, matrices
from archive.clikit import wiring
from archive.errors import ArchiveError
from archive.forms import starting, templates, wordcheck
from archive.forms.kinds import ALL, FormKind, named
from archive.forms.placeholders import names_of
from web import receiving, sittings
from web.asking import asking, language, working
from web.handing import handed

bp = Blueprint("rules", __name__, url_prefix="/admin")

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


# --- grants ---------------------------------------------------------------------------------------


@bp.get("/grants")
def register() -> str:
    """Every grant one may hear of, those in force first."""
    with asking(Act.GRANT_SEE) as unit:
        lines = sorted(grants.grants(unit), key=lambda one: (not one.live, one.expires_on))
        return render_template("rules/grants.html", grants=lines)


# --- approval matrix ------------------------------------------------------------------------------


@bp.get("/matrix")
def matrix() -> Any:
    """Who approves what: the version in force, or another beside what it would change."""
    return _matrix(request.args.get("version") or None)


def _matrix(version: str | None, slip: ArchiveError | None = None, text: str = "") -> Any:
    with asking(Act.MATRIX_SEE) as unit:
        versions = matrices.versions(unit)
        force = next((one.version for one in versions if one.in_force), "")
        page = render_template(
            "rules/matrix.html", rules=matrices.show(unit, version), versions=versions, chosen=version or force,
            force=force, changes=matrices.changes(unit, version) if version and version != force else [],
            text=text or matrices.export(unit, version), error=slip.message(language()) if slip else "",
        )  # fmt: skip
    return make_response(page, slip.http if slip else 200)


@bp.post("/matrix")
def propose() -> Any:
    """Propose a version; the general manager adopts it."""
    text = request.form.get("text", "").replace("\r\n", "\n")
    try:
        with working(Act.MATRIX_PROPOSE) as unit:
            matrices.propose(unit, text)
            version = str(unit.lines[-1].facts["version"])
    except ArchiveError as slip:
        if sittings.leads_away(slip):
            raise
        return _matrix(None, slip, text)
    flash(
        printing.accomplished(Act.MATRIX_PROPOSE, {"version": version}, language()),
        "done",
    )
    return redirect(url_for("rules.matrix", version=version), 303)


# --- class tree -----------------------------------------------------------------------------------


@bp.get("/classes")
def tree() -> str:
    """The class tree with periods, levels and use, and whether it has been adopted."""
    with asking(Act.CLASS_SEE) as unit:
        return render_template(
            "rules/classes.html", lines=views.summed(views.tree(unit)), adoption=classes.adoption(unit)
        )


# --- calendar -------------------------------------------------------------------------------------


@bp.get("/calendar")
def month() -> Any:
    """One month: days worked and off, as shipped and as declared here."""
    told = request.args.get("month", "")
    with asking(Act.CALENDAR_SEE) as unit:
        first = _month(told) or unit.today.replace(day=1)
        known, named_days = calendar.working(unit), {one.day: one for one in calendar.year(unit, first.year)}
        days = weeks.Calendar().monthdatescalendar(first.year, first.month)
        return render_template(
            "rules/calendar.html", first=first, weeks=days, known=known, named=named_days, today=unit.today,
            before=first - dt.timedelta(days=1), after=first + dt.timedelta(days=32),
            announced=calendar.announced(unit, first.year), Weekday=calendar.Weekday,
        )  # fmt: skip


def _month(told: str) -> dt.date | None:
    try:
        first = dt.date.fromisoformat(f"{told}-01")
    except ValueError:
        return None
    return first if 2000 <= first.year <= 2100 else None


# --- layouts of forms -----------------------------------------------------------------------------


@bp.get("/templates")
def layouts() -> str:
    """Every form, and the office's own layout of it where there is one."""
    return _layouts()


def _layouts(told: str = "") -> str:
    with asking(Act.FORM_SEE) as unit:
        lines = templates.rows(unit)
    used = {line.form: line for line in lines if line.retired_at is None}
    kinds = [(kind, bool(names_of(kind))) for kind in _kinds()]
    return render_template(
        "rules/templates.html", kinds=kinds, used=used, lines=lines, most=wordcheck.MOST >> 20, told=told
    )


def _kinds() -> tuple[FormKind, ...]:
    return (*ALL, *wiring.forms)


@bp.post("/templates/<form>")
def bring(form: str) -> Any:
    """A Word file, brought in piece by piece or by the form itself; taken into use once it has been checked."""
    kind = named(_kinds(), form)
    try:
        with asking(Act.FORM_TEMPLATE) as unit:
            if not unit.may(Act.FORM_TEMPLATE):
                unit.act(Act.FORM_TEMPLATE, form=kind.code)
        name, body = receiving.sent("DOCX", most=wordcheck.MOST)
        with working(Act.FORM_TEMPLATE) as unit:
            version = templates.take(unit, kind, body, name=name).version
    except ArchiveError as slip:
        if sittings.leads_away(slip) or slip.http == 403:
            raise
        return _layouts(slip.message(language())), slip.http
    told = printing.accomplished(Act.FORM_TEMPLATE, {"form": kind.code, "version": version}, language())
    flash(told, "done")
    return redirect(url_for("rules.layouts"), 303)


@bp.get("/templates/<form>.docx")
def installed(form: str) -> Response:
    """The layout in use, as it was installed."""
    kind = named(_kinds(), form)
    with asking(Act.FORM_SEE) as unit:
        unit.look(Act.FORM_SEE)
        return handed(templates.installed(unit, kind), f"{kind.code}.docx", DOCX)


@bp.get("/templates/<form>/start.docx")
def to_start_from(form: str) -> Response:
    """A Word file with every placeholder of the form, to be rearranged in Word."""
    kind = named(_kinds(), form)
    with asking(Act.FORM_SEE) as unit:
        unit.look(Act.FORM_SEE)
        return handed(starting.starting(kind, language()), f"{kind.code}-{language()}.docx", DOCX)
