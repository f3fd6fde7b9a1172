"""鉴定: the appraisals, and the worklist on which members give their opinions and the leader decides."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from archive.acts import Act
from archive.errors import ArchiveError, BadValue
from archive.forms.docx import docx
from archive.statuses import Verdict
from archive.unit import Unit
from retention.appraising import desk, report, standards, worklist
from retention.appraising.desk import Desk, DeskView
from retention.appraising.unfinished import BY_HAND
from web import paging, sittings
from web.asking import asking, language, perform
from web.handing import handed
from web.paging import there, turned

bp = Blueprint("appraising", __name__, url_prefix="/retention/appraisals")

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: What may be said of one line on this page, and the verb behind it.
SAID = {"opine": ("appraisal", "opine"), "decide": ("appraisal", "decide")}
#: The fields of a line, under the names the verbs ask for.
FIELDS = ("verdict", "period", "papers", "standard", "reason")
#: Periods offered for an extension.
PERIODS = ("D10", "D30", "D5", "D20")


@bp.get("")
def rows() -> str:
    """Every appraisal, newest first."""
    with asking(Act.APPRAISAL_SEE) as unit:
        return render_template("appraising/list.html", rows=worklist.rows(unit))


@bp.get("/<number>")
def one(number: str) -> str:
    """The worklist: some lines at a time, opinions side by side, standards beside; raises `NotFound`."""
    page, view = paging.asked(desk.PAGE), _view()
    with asking(Act.APPRAISAL_SEE) as unit:
        found = desk.page(unit, number, view, skip=page.skip, limit=page.size)
        return render_template(
            "appraising/worklist.html", desk=found, view=view, views=list(DeskView), page=page, turned=turned,
            there=there, **_about(unit, number),
        )  # fmt: skip


def _view() -> DeskView:
    wanted = request.args.get("view", "").upper()
    return DeskView(wanted) if wanted in set(DeskView) else DeskView.ALL


def _about(unit: Unit, number: str) -> dict[str, Any]:
    """What every part of the worklist needs beside its lines."""
    return {
        "row": worklist.show(unit, number), "members": worklist.members(unit, number),
        "standards": standards.fitting(), "verdicts": list(Verdict), "periods": PERIODS,
        "matters": sorted(BY_HAND), "typed": {}, "told": "", "at": "", "saved": False,
    }  # fmt: skip


# --- one line -------------------------------------------------------------------------------------


@bp.get("/<number>/lines/<line>")
def line(number: str, line: str) -> Any:
    """One line by itself; with `like=others` filled in as the others have said; raises `NotFound`."""
    return _line(number, line, like=request.args.get("like") == "others")


@bp.post("/<number>/lines/<line>")
def said(number: str, line: str) -> Any:
    """An opinion on one line, or the leader's decision; the line comes back as it stands, or with what is wrong."""
    wanted = SAID.get(request.form.get("act", ""))
    try:
        if wanted is None:
            raise BadValue(field="act", value=request.form.get("act") or "—", expected=" | ".join(SAID))
        outcome = perform(
            wanted, {"number": number, "lines": [line], **_given(opining=wanted == SAID["opine"])}
        )
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _line(number, line, error=error)
    if _in_part():
        return _line(number, line, saved=True)
    for sentence in [*outcome.told, *outcome.notes]:
        flash(sentence, "done")
    return redirect(f"{url_for('appraising.one', number=number, view=request.form.get('view') or None)}#line-{line}", 303)  # fmt: skip


def _given(*, opining: bool) -> dict[str, Any]:
    """What was filled in; only what the verb asks for is taken (P6)."""
    given: dict[str, Any] = {name: request.form.get(name, "").strip() for name in FIELDS}
    given["period"] = given["period"] if given["verdict"] == Verdict.EXTEND else ""
    given["papers"] = given["papers"].splitlines() if given["verdict"] == Verdict.TAKE_OUT else []
    if opining:
        given["unfinished"] = request.form.getlist("unfinished")
    return given


def _line(
    number: str, line: str, *, like: bool = False, error: ArchiveError | None = None, saved: bool = False
) -> Any:
    with asking(Act.APPRAISAL_SEE) as unit:
        found = desk.line(unit, number, line)
        told = {**_about(unit, number), "saved": saved, "typed": _typed(found, like=like, error=error)}
        if error is not None:
            told |= {"told": error.message(language()), "at": str(error.facts.get("field", ""))}
        name = "appraising/line.html" if _in_part() else "appraising/single.html"
        page = render_template(name, desk=found, one=found.lines[0], view=_view(), **told)
    return page, error.http if error is not None else 200


def _typed(found: Desk, *, like: bool, error: ArchiveError | None) -> dict[str, Any]:
    """What stands in the fields: what was sent and refused, or what the others have said."""
    if error is not None:
        return {**request.form.to_dict(), "unfinished": request.form.getlist("unfinished")}
    alike = found.lines[0].alike if like else None
    if alike is None:
        return {}
    return {
        "verdict": alike.verdict.value, "period": alike.new_period, "standard": alike.standard,
        "reason": "" if alike.standard else alike.reason, "papers": "\n".join(paper.replace(" ", "=") for paper in alike.papers),
    }  # fmt: skip


def _in_part() -> bool:
    return request.headers.get("HX-Request") == "true"


# --- the report -----------------------------------------------------------------------------------


@bp.get("/<number>/report.docx")
def report_docx(number: str) -> Response:
    """鉴定工作报告 (F22) as a file, over the lines this person may see; nothing is filed by looking."""
    with asking(Act.APPRAISAL_SEE) as unit:
        body = docx(report.described(unit, number, language()))
    return handed(body, f"{number}.docx", DOCX)
