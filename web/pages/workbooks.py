"""Workbooks that are made: the verdict on every row of a list, and a list that goes out; in memory, beside the requests.

A small one is handed over at once; what takes longer is followed on a page of its own and fetched there while it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.utils import redirect

from archive.acts import Act
from archive.errors import ArchiveError, BadValue
from archive.exchange import SheetKind
from archive.instance import Instance, Who
from archive.sheets import checking, exporting, report
from archive.sheets.exporting import Narrowed
from archive.words import Language, say
from web import receiving, sittings
from web.around import FILES
from web.asking import Outcome, asking, language
from web.handing import handed
from web.held import made, shelf
from web.jobs import Job, jobs
from web.pages import lists
from web.tasks import JobState, Task

bp = Blueprint("workbooks", __name__, url_prefix="/lists")

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Written(Outcome):
    """A workbook that was made: where it is held, what it is."""

    file: str = ""
    media: str = FILES["xlsx"]


def _reported(opened: Instance, who: Who, tongue: Language, given: Mapping[str, Any], step: Step) -> Outcome:
    """The verdict on every row as a workbook, problem cells coloured."""
    body = BytesIO()
    with opened.ask(who, Act.SHEET_CHECK) as unit:
        found = lists.again(unit, given)
        with report.report_to(body, found, tongue) as writer:
            writer.finish(checking.check(unit, found, each=writer.take, progress=step))
    stem = given["name"].rpartition(".")[0] or given["name"]
    name = f"{stem} {say('web.lists.report', tongue)}.xlsx"
    return Written(file=given["shelf"].put(given["owner"], name, body.getvalue()).uid)


def _exported(opened: Instance, who: Who, tongue: Language, given: Mapping[str, Any], _: Step) -> Outcome:
    """A list as XLSX, CSV or JSON, harmless in a spreadsheet; brought in again it changes nothing (W2)."""
    kind, form = given["kind"], given["form"]
    name = f"{say(kind.word, tongue)}.{form}"
    with opened.ask(who, Act.SHEET_EXPORT) as unit:
        body = exporting.exported(unit, kind, name, given["narrowed"], language=tongue)
    return Written(file=given["shelf"].put(given["owner"], name, body.getvalue()).uid, media=FILES[form])


REPORT = Task("sheet-report", Act.SHEET_CHECK, work=_reported)
EXPORT = Task("sheet-export", Act.SHEET_EXPORT, work=_exported)


@bp.post("/held/<uid>/report")
def reported(uid: str) -> Any:
    """The verdict on every row of a list that was sent."""
    file = shelf().look(receiving.owner(), uid)
    try:
        with asking(Act.SHEET_CHECK) as unit:
            if not unit.may(Act.SHEET_CHECK):
                unit.act(Act.SHEET_CHECK)
        return _begun(REPORT, {"name": file.name, "data": file.data, "said": dict(file.said)})
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return lists.mapped(file, error.message(language())), error.http


@bp.post("/export")
def exported() -> Any:
    """A list of what is kept, narrowed as was chosen."""
    typed, form = request.form, request.form.get("format", "xlsx")
    try:
        if typed.get("kind") not in set(SheetKind) or form not in FILES:
            raise BadValue(field="kind", value=typed.get("kind", "—")[:20], expected=" ".join(SheetKind))
        asked = {name: typed.get(name, "").strip() or None for name in ("class_code", "department", "volume")}
        narrowed = Narrowed(**asked, year=lists.whole("year", typed.get("year", "")))
        with asking(Act.SHEET_EXPORT) as unit:
            if not unit.may(Act.SHEET_EXPORT):
                unit.act(Act.SHEET_EXPORT)
        return _begun(EXPORT, {"kind": SheetKind(typed["kind"]), "form": form, "narrowed": narrowed})
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return lists.page(error.message(language())), error.http


def _begun(task: Task, given: Mapping[str, Any]) -> Any:
    """The workbook, if it is there at once; else the page on which it is waited for."""
    begun = jobs().begin(task, {**given, "owner": receiving.owner(), "shelf": made()})
    if not begun.soon():
        return redirect(url_for("workbooks.job", job=begun.uid), 303)
    begun.came()
    return _handed(begun)


@bp.get("/made/<job>")
def job(job: str) -> str:
    """How far a workbook is; in the end where it is fetched."""
    return render_template("lists/made.html", job=_mine(job))


@bp.get("/made/<job>/live")
def live(job: str) -> str:
    """The same as a part of the page that is open."""
    return render_template("lists/_made.html", job=_mine(job))


@bp.get("/made/<job>/file")
def fetched(job: str) -> Response:
    """The workbook, while it is kept; raises `NotFound`."""
    return _handed(_mine(job))


def _mine(uid: str) -> Job:
    found = jobs().own(uid)
    return found if found.task in {REPORT, EXPORT} else jobs().own("")


def _handed(found: Job) -> Response:
    written = found.outcome if found.state is JobState.DONE else None
    told = written if isinstance(written, Written) else Written()
    file = made().look(receiving.owner(), told.file)
    return handed(file.data, file.name, told.media)
