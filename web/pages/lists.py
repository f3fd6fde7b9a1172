"""目录的导入与导出: a list is sent, its columns are shown and corrected, tried, entered in the background; others go out.

What was sent is kept in memory only, sealed nowhere because it is written nowhere (decision 14); an import that was cut
off goes on when the same list is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from archive import classes, people, printing
from archive.acts import Act
from archive.clikit.declared import Remote, freshened
from archive.errors import ArchiveError, BadValue
from archive.exchange import RowFate, SheetKind
from archive.instance import Instance, Who
from archive.sheets import checking, imports_book, lists, profiles, report, running
from archive.sheets.entries import Defaults
from archive.sheets.headers import Corrections, corrected
from archive.sheets.kinds import TABLE
from archive.sheets.reading import Received
from archive.unit import Unit
from archive.values import Level
from archive.words import Language
from web import held, paging, receiving, sittings
from web.asking import Outcome, asking, language, working
from web.held import Held, made, shelf
from web.jobs import Job, jobs
from web.looks import t
from web.paging import turned
from web.tasks import Task

bp = Blueprint("lists", __name__, url_prefix="/lists")

#: Problems that are shown, rows of an import on a page, rows of a list that are shown to recognise it by.
PROBLEMS, LINES, SAMPLE = 200, 200, 6
#: Seconds a request waits for a short act before it shows how far it is.
PATIENCE = 2.0
#: What is said for a whole list, beside its level.
WORDS = ("class_code", "department", "premises", "party", "dossier", "period", "volume", "place")


@bp.before_app_request
def _left() -> None:
    """Who logs out leaves no list behind."""
    if request.endpoint == "entrance.logout" and request.method == "POST" and sittings.sitting() is not None:
        shelf().drop_all(receiving.owner())
        made().drop_all(receiving.owner())


@bp.get("")
def overview() -> str:
    """Where a list is sent, what came in before, how lists are read, and what can be written out."""
    return page()


def page(told: str = "") -> str:
    """The page of lists, with what was told of a slip."""
    with asking(Act.SHEET_SEE) as unit:
        return render_template(
            "lists/overview.html", runs=imports_book.runs(unit, limit=50), profiles=profiles.rows(unit), told=told,
            waiting=shelf().of(_owner()),
            kinds=list(SheetKind)[:-1], classes=classes.tree(unit), departments=people.departments(unit),
            may_check=unit.may(Act.SHEET_CHECK), may_export=unit.may(Act.SHEET_EXPORT), most=held.LARGEST >> 20,
        )  # fmt: skip


@bp.post("/open")
def opened() -> Any:
    """A list that was sent, piece by piece or with a small form; it is shown how it is read."""
    try:
        with asking(Act.SHEET_CHECK) as unit:
            unit.look(Act.SHEET_SEE)
            if not unit.may(Act.SHEET_CHECK):
                unit.act(Act.SHEET_CHECK)
        made = shelf().put(_owner(), *receiving.sent("XLSX, XLS, CSV", most=held.LARGEST))
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return page(error.message(language())), error.http
    return redirect(url_for("lists.mapping", uid=made.uid), 303)


def _owner() -> str:
    return receiving.owner()


# --- how it is read -------------------------------------------------------------------------------


@bp.get("/held/<uid>")
def mapping(uid: str) -> str:
    """How a list is read: its kind, its heading, what each column becomes; every guess can be corrected."""
    return mapped(shelf().look(_owner(), uid))


def mapped(file: Held, told: str = "") -> str:
    """The page of one list, with what was told of a slip."""
    with asking(Act.SHEET_SEE) as unit:
        unit.look(Act.SHEET_SEE)
        found, slip = _read(unit, file)
        rows = (
            []
            if found is None
            else [row for row, _, _ in zip(found.sheet.rows(), range(SAMPLE), [0] * SAMPLE, strict=False)]
        )
        return render_template(
            "lists/mapping.html", file=file, said=file.said, found=found, told=told or slip, sample=rows,
            columns=_columns(found), headings=_headings(found), kinds=list(SheetKind)[:-1], levels=list(Level),
            common={report.label_of(name, language()): value for name, value in found.common.items()} if found else {},
            profiles=profiles.rows(unit), classes=classes.tree(unit), departments=people.departments(unit),
            may_import=unit.may(Act.SHEET_IMPORT), may_keep=unit.may(Act.SHEET_PROFILE), last=_last(file),
        )  # fmt: skip


def _last(file: Held) -> Job | None:
    """The last trial or import of this list, while it is remembered."""
    return next((one for one in jobs().seen() if one.mine and one.uid == file.job), None)


def _read(unit: Unit, file: Held) -> tuple[lists.OpenList | None, str]:
    """The list as it is read, or why it cannot be."""
    try:
        return lists.open_list(Received(file.name, file.data), said_of(unit, file.said)), ""
    except ArchiveError as slip:
        return None, slip.message(language())


def _columns(found: lists.OpenList | None) -> list[tuple[str, str, str, bool]]:
    """Name, label, letter of the column it is read from, and whether it must be there: those of the list first."""
    if found is None:
        return []
    at = found.layout.columns
    rules = sorted(
        TABLE[found.layout.kind].columns, key=lambda one: (one.name not in at, at.get(one.name, 0))
    )
    return [
        (one.name, report.column_label(one, language()), _letter(at.get(one.name)), one.required)
        for one in rules
    ]


def _letter(at: int | None) -> str:
    return "" if at is None else report.letters(at)


def _headings(found: lists.OpenList | None) -> list[tuple[str, str]]:
    """Letter and heading of each column of the list."""
    heads = found.layout.headings if found else {}
    return [
        (report.letters(at), f"{report.letters(at)} {' '.join(text.split())}")
        for at, text in sorted(heads.items())
    ]


def said_of(unit: Unit, said: Mapping[str, str]) -> lists.Said:
    """What was chosen about a list, over what its profile says; raises `BadValue`, `NotFound`."""
    kept = profiles.said(unit, said["profile"]) if said.get("profile") else lists.Said()
    kind = SheetKind(said["kind"]) if said.get("kind") in set(SheetKind) else None
    columns = {
        name.removeprefix("column."): text
        for name, text in said.items()
        if name.startswith("column.") and text
    }
    own = Corrections(kind, whole("header_row", said.get("header_row", "")), columns)
    told: dict[str, Any] = {name: said[name] for name in WORDS if said.get(name)}
    told |= {"year": year} if (year := whole("year", said.get("year", ""))) else {}
    told |= {"level": Level[said["level"]]} if said.get("level") in Level.__members__ else {}
    defaults = Defaults(**{**_filled(kept.defaults), **told})
    return lists.Said(said.get("sheet") or kept.sheet, corrected(own, kept.corrections), defaults)


def _filled(defaults: Defaults) -> dict[str, Any]:
    names = (*WORDS, "year", "level")
    return {name: value for name in names if (value := getattr(defaults, name)) is not None}


def whole(name: str, text: str) -> int | None:
    """The number that was typed; None for none. Raises `BadValue`."""
    text = text.strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise BadValue(field=name, value=text[:20], expected="1, 2, 3 …")
    return int(text) if text else None


@bp.post("/held/<uid>/read")
def read(uid: str) -> Any:
    """Read the list as was chosen; corrections of columns go where another kind is chosen."""
    file = shelf().look(_owner(), uid)
    typed = {name: text.strip() for name, text in request.form.items() if name != "csrf_token"}
    before = file.said.get("kind") or request.form.get("guessed", "")
    if typed.get("kind") != before and typed.get("kind"):
        typed = {name: text for name, text in typed.items() if not name.startswith("column.")}
    file.said = {name: text for name, text in typed.items() if text and name != "guessed"}
    return redirect(url_for("lists.mapping", uid=uid), 303)


@bp.post("/held/<uid>/keep")
def keep(uid: str) -> Any:
    """Keep how this list is read under a name, for the next time."""
    file = shelf().look(_owner(), uid)
    try:
        with working(Act.SHEET_PROFILE) as unit:
            found = lists.open_list(Received(file.name, file.data), said_of(unit, file.said))
            columns = {name: found.layout.headings.get(at, "") for name, at in found.layout.columns.items()}
            said = said_of(unit, file.said)
            own = Corrections(found.layout.kind, said.corrections.header_row, columns)
            made = profiles.keep(
                unit, request.form.get("name", ""), lists.Said(said.sheet, own, said.defaults)
            )
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return mapped(file, error.message(language())), error.http
    flash(t("web.lists.kept", name=made.name), "done")
    return redirect(url_for("lists.mapping", uid=uid), 303)


@bp.post("/held/<uid>/drop")
def drop(uid: str) -> Any:
    """Let go of a list that was sent."""
    shelf().drop(_owner(), uid)
    return redirect(url_for("lists.overview"), 303)


@dataclass(frozen=True, slots=True)
class Came(Outcome):
    """What a trial or an import came to; only the page it was begun on shows it."""

    found: Any = None


# --- tried and entered ----------------------------------------------------------------------------


def _tried(
    opened: Instance, who: Who, _: Language, given: Mapping[str, Any], step: Callable[[int, int], None]
) -> Outcome:
    with opened.ask(who, Act.SHEET_CHECK) as unit:
        found = checking.check(unit, again(unit, given), progress=step, most=PROBLEMS)
        return Came(found=found)


def _entered(
    opened: Instance, who: Who, tongue: Language, given: Mapping[str, Any], step: Callable[[int, int], None]
) -> Outcome:
    with opened.ask(who, Act.SHEET_IMPORT) as unit:
        unit.look(Act.SHEET_SEE)
        found = again(unit, given)
    wanted = running.Listing(found.layout.kind, found.entries, found.signs, found.card)
    line = running.run(opened, who, wanted, partly=given["partly"], progress=step)
    freshened(Remote(opened, who, tongue))
    return Came(found=line)


def again(unit: Unit, given: Mapping[str, Any]) -> lists.OpenList:
    """The list of a job, read as was said."""
    return lists.open_list(Received(given["name"], given["data"]), said_of(unit, given["said"]))


#: What is done in the background: by the last part of the address.
TASKS: Mapping[str, Task] = {
    "check": Task("sheet-check", Act.SHEET_CHECK, work=_tried),
    "import": Task("sheet-import", Act.SHEET_IMPORT, work=_entered),
}


@bp.post("/held/<uid>/<any('check', 'import'):what>")
def begin(uid: str, what: str) -> Any:
    """Try a list, or enter it: in the background, followed on a page of its own."""
    file = shelf().look(_owner(), uid)
    given = {
        "name": file.name,
        "data": file.data,
        "said": dict(file.said),
        "partly": bool(request.form.get("partly")),
    }
    try:
        with asking(TASKS[what].act) as unit:
            if not unit.may(TASKS[what].act):
                unit.act(TASKS[what].act)
            said_of(unit, file.said)
        made = jobs().begin(TASKS[what], given)
        file.job = made.uid
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return mapped(file, error.message(language())), error.http
    made.waited(PATIENCE)
    return redirect(url_for("lists.job", uid=uid, job=made.uid), 303)


@bp.get("/held/<uid>/jobs/<job>")
def job(uid: str, job: str) -> str:
    """How far a trial or an import is; in the end what came of it."""
    file, found = shelf().look(_owner(), uid), _mine(job)
    return render_template("lists/job.html", file=file, job=found, problems=_problems(found), RowFate=RowFate)


@bp.get("/held/<uid>/jobs/<job>/live")
def live(uid: str, job: str) -> str:
    """The same as a part of the page that is open."""
    file, found = shelf().look(_owner(), uid), _mine(job)
    return render_template(
        "lists/_job.html", file=file, job=found, problems=_problems(found), RowFate=RowFate
    )


def _mine(uid: str) -> Job:
    return jobs().own(uid)


def _problems(found: Job) -> list[dict[str, object]]:
    came = found.outcome.found if isinstance(found.outcome, Came) else None
    if not isinstance(came, checking.Report):
        return []
    return [
        {"row": one.number, "fate": one.fate, "problem": _told(one), "suggestion": one.suggestion}
        for one in came.problems
    ]


def _told(one: checking.Checked) -> str:
    slips = (*one.slips, *one.remarks)
    if slips:
        return report.texts(slips, language())
    return one.error.message(language()) if one.error else ""


# --- imports of before ----------------------------------------------------------------------------


@bp.get("/runs/<number>")
def run(number: str) -> str:
    """What became of the rows of an import."""
    page, fate = paging.asked(LINES), request.args.get("fate", "")
    with asking(Act.SHEET_SEE) as unit:
        line = imports_book.run(unit, number)
        wanted = RowFate(fate) if fate in set(RowFate) else None
        rows = imports_book.rows(unit, number, fate=wanted, limit=page.size + 1, offset=page.skip)
        return render_template(
            "lists/run.html", run=line, rows=rows[: page.size], page=page, more=len(rows) > page.size, turned=turned,
            fate=fate, why=_why, may_undo=unit.may(Act.SHEET_UNDO), may_hand_over=unit.may(Act.SHEET_HANDOVER),
        )  # fmt: skip


def _why(error: str) -> str:
    return printing.outcome_word(error, language()) if error else ""
