"""档案包: taken in from the exchange folder and laid into it; the one place of this machine that the web reaches (W7).

Checking, taking in and handing out are done in the background, as the person who began them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from archive import classes, exchange_folder, people
from archive.acts import Act
from archive.clikit.declared import Remote, freshened
from archive.errors import ArchiveError
from archive.instance import Instance, Who
from archive.packages import checking, exporting, importing
from archive.packages.arriving import Usual
from archive.packages.exporting import Asked
from archive.properties import reporting
from archive.words import Language
from web import sittings
from web.asking import Outcome, archive, asking, language
from web.jobs import Job, jobs
from web.pages.custody import scanned
from web.tasks import Task

bp = Blueprint("packages", __name__, url_prefix="/packages")

#: Seconds a request waits for a short act before it shows how far it is.
PATIENCE = 2.0
Step = Callable[[int, int], None]
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Came(Outcome):
    """What was found or done: shown on the page it was begun on."""

    found: Any = None


@bp.get("")
def overview() -> str:
    """The packages that lie ready, and the form to lay one out."""
    return _overview()


def _overview(told: str = "", typed: Mapping[str, str] = {}) -> str:
    opened = archive()
    with asking(Act.SHEET_SEE) as unit:
        unit.look(Act.SHEET_SEE)
        takes_in, gives = unit.may(Act.PACKAGE_IMPORT), unit.may(Act.PACKAGE_EXPORT)
        offered, slip = _offered(opened) if takes_in else ([], "")
        return render_template(
            "lists/packages.html", offered=offered, told=told or slip, typed=typed, takes_in=takes_in, gives=gives,
            on=bool(opened.settings.exchange_folder), lately=_lately(), classes=classes.tree(unit), departments=people.departments(unit),
        )  # fmt: skip


def _lately() -> list[Job]:
    """What this person began lately, or is still under way."""
    return [one for one in jobs().seen() if one.mine and one.task in TASKS.values()]


def _offered(opened: Instance) -> tuple[list[str], str]:
    try:
        return exchange_folder.offered(opened.settings, opened.home), ""
    except ArchiveError as slip:
        return [], slip.message(language())


# --- in the background ----------------------------------------------------------------------------


def _checked(opened: Instance, who: Who, _: Language, given: Given, __: Step) -> Outcome:
    folder = exchange_folder.there(opened.settings, opened.home, given["folder"])
    with opened.ask(who, Act.PROPERTIES_CHECK) as unit:
        found = reporting.of_package(unit, folder)
        flaws = checking.findings(folder)
    return Came(found={"verdicts": found, "flaws": flaws})


def _taken_in(opened: Instance, who: Who, tongue: Language, given: Given, step: Step) -> Outcome:
    folder = exchange_folder.there(opened.settings, opened.home, given["folder"])
    usual = Usual(class_code=given["class_code"] or None, department=given["department"] or None)
    made = importing.bring(opened, who, folder, usual, dry_run=given["dry_run"], progress=step)
    if not given["dry_run"]:
        freshened(Remote(opened, who, tongue))
    return Came(found=made)


def _handed_out(opened: Instance, who: Who, _: Language, given: Given, step: Step) -> Outcome:
    target = exchange_folder.fresh(opened.settings, opened.home, given["folder"])
    asked = Asked(given["codes"], target, given["purpose"], given["agency"], given["partly"])
    return Came(found=exporting.export(opened, who, asked, progress=step))


#: What is done in the background: by the last part of the address.
TASKS: Mapping[str, Task] = {
    "check": Task("package-check", Act.PROPERTIES_CHECK, work=_checked),
    "import": Task("package-import", Act.PACKAGE_IMPORT, work=_taken_in),
    "export": Task("package-export", Act.PACKAGE_EXPORT, work=_handed_out),
}


@bp.post("/<any('check', 'import', 'export'):what>")
def begin(what: str) -> Any:
    """Begin to check a package, to take it in (or only look what would become of it), or to lay one out."""
    typed, task = request.form.to_dict(), TASKS[what]
    given: dict[str, Any] = {
        name: typed.get(name, "").strip()
        for name in ("folder", "target", "class_code", "department", "purpose", "agency")
    }
    given["folder"] = given["target"] if what == "export" else given["folder"]
    given |= {
        "codes": scanned(typed.get("codes", "")),
        "partly": "partly" in typed,
        "dry_run": "dry_run" in typed,
    }
    try:
        with asking(task.act) as unit:
            if not unit.may(task.act):
                unit.act(task.act)
            _named(archive(), what, given["folder"])
        made = jobs().begin(task, given)
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _overview(error.message(language()), typed), error.http
    made.waited(PATIENCE)
    return redirect(url_for("packages.job", job=made.uid), 303)


def _named(opened: Instance, what: str, folder: str) -> None:
    """Raise at once what is wrong with the name of the folder."""
    (exchange_folder.fresh if what == "export" else exchange_folder.there)(
        opened.settings, opened.home, folder
    )


@bp.get("/jobs/<job>")
def job(job: str) -> str:
    """How far it is; in the end what came of it."""
    return render_template("lists/package_job.html", job=jobs().own(job))


@bp.get("/jobs/<job>/live")
def live(job: str) -> str:
    """The same as a part of the page that is open."""
    return render_template("lists/_package.html", job=jobs().own(job))
