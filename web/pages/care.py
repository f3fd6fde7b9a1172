"""The care of the machine: long jobs, backup sets, the self-check, the settings; each shown to whoever may do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for

from archive import backups, config, inspection, printing
from archive.acts import Act
from archive.backups import Kit
from archive.clikit import wiring
from archive.errors import ArchiveError, BadValue, NotFound
from archive.inspection import Health
from archive.instance import Instance, Who
from archive.slots import recovery_secret
from archive.system import enrol
from archive.words import Language, say
from web import sittings
from web.asking import Outcome, archive, asking, language, may
from web.jobs import jobs
from web.tasks import OF_THE_MACHINE, JobState, Task

bp = Blueprint("care", __name__, url_prefix="/admin")

Step = Callable[[int, int], None]


# --- what a job does ------------------------------------------------------------------------------


def _made(opened: Instance, who: Who, tongue: Language, told: Mapping[str, Any], step: Step) -> Outcome:
    """Make a backup set; of the first one the slip of its key epoch, shown to whoever made it."""
    made = backups.create(
        opened, who, Path(told["folder"]), remark=told["remark"], thorough=told["thorough"], progress=step
    )
    facts = {"set_number": made.number, "records": made.records, "files": made.files, "set_size": made.size}
    notes = [say("told.same-disk", tongue)] if made.same_disk else []
    slip = [say("told.slip", tongue, epoch=made.epoch), printing.groups(made.slip)] if made.slip else []
    return Outcome([printing.accomplished(Act.BACKUP_CREATE, facts, tongue)], notes, once=slip)


def _read(opened: Instance, who: Who, tongue: Language, told: Mapping[str, Any], step: Step) -> Outcome:
    how = backups.QUICK if told["quick"] else backups.WHOLE
    found = backups.verify(opened, who, told["number"], how, progress=step)
    facts = {"number": found.number, "files": found.files, "share": found.share, "faults": len(found.faults)}
    word = say("told.set-damaged" if found.faults else "told.set-sound", tongue, **facts)
    return Outcome([word], [], found.faults, ("file", "wrong:set_wrong"))


def _mended(opened: Instance, who: Who, tongue: Language, told: Mapping[str, Any], step: Step) -> Outcome:
    found = backups.repair(opened, who, told["number"], progress=step)
    word = say("told.repaired", tongue, files=found.files, bad=len(found.bad), left=found.left)
    return Outcome([word], [], found.bad, ("file", "mended:set_mended", "aside:set_aside"))


def _tried(opened: Instance, who: Who, tongue: Language, told: Mapping[str, Any], step: Step) -> Outcome:
    found = backups.drill(opened, who, told["number"], told["kit"], progress=step)
    if found.faults:
        word = say("told.drill-failed", tongue, number=found.number, count=len(found.faults))
        return Outcome([word], [], found.faults, ("step:drill_step", "where:drill_where"))
    facts = {
        "set_number": found.number,
        "records": found.records,
        "files": found.files,
        "set_size": found.size,
    }
    return Outcome([printing.accomplished(Act.BACKUP_DRILL, facts, tongue)])


def _caught_up(opened: Instance, who: Who, tongue: Language, _: Mapping[str, Any], __: Step) -> Outcome:
    made = backups.catch_up(opened, who)
    if wiring.settled is not None:
        wiring.settled(opened, who)
    if not made.current and not made.pending:
        return Outcome([say("told.none-pending", tongue)])
    facts = {"sets_current": made.current, "sets_pending": made.pending or None}
    return Outcome([printing.accomplished(Act.BACKUP_CATCH_UP, facts, tongue)])


def _inspected(opened: Instance, who: Who, tongue: Language, _: Mapping[str, Any], __: Step) -> Outcome:
    found = inspection.whole(opened, who, wiring.checks)
    bad = sum(one.state is not Health.OK for one in found)
    word = say("web.care.doctor-bad" if bad else "web.care.doctor-good", tongue, count=len(found), bad=bad)
    return Outcome([word], [], found)


DOCTOR = Task("doctor", Act.INSTANCE_INSPECT, work=_inspected, icon="stethoscope")
CREATE = Task("backup", Act.BACKUP_CREATE, work=_made, icon="database-export")
CHECK = Task("backup-verify", Act.BACKUP_VERIFY, work=_read, icon="checks")
REPAIR = Task("backup-repair", Act.BACKUP_REPAIR, work=_mended, icon="tool")
DRILL = Task("backup-drill", Act.BACKUP_DRILL, work=_tried, icon="lifebuoy")

#: What the page of jobs begins, in order.
TASKS = (
    *OF_THE_MACHINE,
    DOCTOR,
    Task("catch-up", Act.BACKUP_CATCH_UP, work=_caught_up, icon="repeat"),
)


# --- jobs -----------------------------------------------------------------------------------------


@bp.get("/jobs")
def tasks() -> str:
    """What may be begun here, how the last of each went, and what is under way."""
    shown = [(one, jobs().last(one)) for one in TASKS if may(one.act)]
    if not shown:
        raise NotFound(what="page", code="jobs")
    return render_template("care/jobs.html", tasks=shown, jobs=jobs().seen(), JobState=JobState)


@bp.post("/jobs/<key>")
def begin(key: str) -> Any:
    """Begin one."""
    task = next((one for one in TASKS if one.key == key and may(one.act)), None)
    if task is None:
        raise NotFound(what="page", code=key[:40])
    return _begun(task, {})


def _begun(task: Task, told: Mapping[str, Any]) -> Any:
    """Begin *task* and go where it is followed; raises `Busy`."""
    return redirect(url_for("care.job", uid=jobs().begin(task, told).uid), 303)


@bp.get("/jobs/<uid>")
def job(uid: str) -> str:
    """One job: how far it is, or what came of it; the part that changes alone where a script asks for it."""
    found = jobs().of(uid)
    part = request.headers.get("HX-Request") == "true"
    return render_template(
        "care/_job.html" if part else "care/job.html", job=found, JobState=JobState, tasks=any(may(one.act) for one in TASKS)
    )  # fmt: skip


@bp.post("/jobs/<uid>/once")
def once(uid: str) -> str:
    """What a job tells only once, to whoever began it: the slip of a key epoch; raises `NotFound` ever after."""
    found = jobs().own(uid)
    told = found.taken()
    if not told:
        raise NotFound(what="page", code=uid[:40])
    title, secret = told
    return render_template("care/once.html", job=found, title=title, secret=secret)


# --- self-check -----------------------------------------------------------------------------------


@bp.get("/doctor")
def doctor() -> str:
    """What the last self-check found, with advice for what is not well."""
    with asking(Act.INSTANCE_INSPECT) as unit:
        unit.look(Act.INSTANCE_INSPECT)
    last = jobs().last(DOCTOR)
    checks = last.outcome.result or [] if last else []
    order = {Health.BAD: 0, Health.WARN: 1, Health.OK: 2}
    found = sorted(checks, key=lambda one: order[one.state])
    return render_template("care/doctor.html", last=last, checks=found, JobState=JobState, OK=Health.OK)


# --- settings -------------------------------------------------------------------------------------


@bp.get("/settings")
def settings() -> str:
    """Every setting with its value, where it comes from and what it means; they are changed in the file."""
    with asking(Act.INSTANCE_INSPECT) as unit:
        unit.look(Act.INSTANCE_INSPECT)
    _, origins = config.load(archive().home)
    return render_template("care/settings.html", origins=origins, file=archive().home / config.FILE)


@bp.post("/rounds/enrol")
def enrolled() -> Any:
    """A new credential for the daily rounds; the old one ends at once."""
    path = enrol(archive(), sittings.who())
    flash(printing.accomplished(Act.ROUNDS_ENROL, {"path": str(path)}, language()), "done")
    return redirect(url_for("care.settings"), 303)


# --- backup sets ----------------------------------------------------------------------------------


@bp.get("/backups")
def sets() -> Any:
    """The registered sets; a new one is made in a folder that is known already."""
    return _sets()


def _sets(error: str = "") -> Any:
    with asking(Act.BACKUP_SEE) as unit:
        lines = backups.listing(unit, every=request.args.get("all") == "1")
    page = render_template(
        "care/backups.html", sets=lines, folders=_folders(), job=jobs().last(CREATE), JobState=JobState, error=error,
        remark=request.form.get("remark", ""),
    )  # fmt: skip
    return make_response(page, 422 if error else 200)


def _folders() -> list[str]:
    """Where sets may be made from here: the folder of the settings, and those that hold sets of ours in reach."""
    own = archive().settings.backup_folder
    with asking(Act.BACKUP_SEE) as unit:
        known = [str(Path(one.folder).parent) for one in backups.listing(unit) if one.in_reach]
    return list(dict.fromkeys([*([own] if own else []), *known]))


@bp.post("/backups")
def make() -> Any:
    """Begin to make a set."""
    folder = request.form.get("folder", "")
    if folder not in _folders():
        return _sets(say("web.care.no-folder", language()))
    return _begun(CREATE, {
        "folder": folder, "remark": request.form.get("remark", "").strip()[:200],
        "thorough": request.form.get("thorough") == "1",
    })  # fmt: skip


@bp.get("/backups/<number>")
def one(number: str) -> Any:
    """One set: what it holds, how it was tried, and what may be done with it."""
    return _one(number)


def _one(number: str, slip: ArchiveError | None = None) -> Any:
    with asking(Act.BACKUP_SEE) as unit:
        found = next((line for line in backups.listing(unit, every=True) if line.number == number), None)
    if found is None:
        raise NotFound(what="backup", code=number[:40])
    page = render_template(
        "care/backup.html", set=found, error=slip.message(language()) if slip else "",
        at=str(slip.facts.get("field", "")) if slip else "", given=request.form,
    )  # fmt: skip
    return make_response(page, slip.http if slip else 200)


@bp.post("/backups/<number>/<any(verify, repair, drill, forget):deed>")
def do(number: str, deed: str) -> Any:
    """Read it through, mend the vault from it, bring it back on trial, or strike it off; a slip is told on its page."""
    try:
        return _DEEDS[deed](number)
    except ArchiveError as slip:
        if sittings.leads_away(slip) or isinstance(slip, NotFound):
            raise
        return _one(number, slip)


def _drilled(number: str) -> Any:
    given = {name: "".join(request.form.get(name, "").split()) for name in ("recovery", "slip")}
    for name, text in given.items():
        if not text:
            raise BadValue(field=name, value="—", expected="")
    recovery_secret(given["recovery"])  # a slip of the pen is told at once
    return _begun(DRILL, {"number": number, "kit": Kit(given["recovery"], backups.read_slip(given["slip"]))})


def _forgotten(number: str) -> Any:
    if request.form.get("confirm", "").strip() != number:
        raise BadValue(field="confirm", value=request.form.get("confirm", "")[:40] or "—", expected=number)
    made = backups.forget(archive(), sittings.who(), number, reason=request.form.get("reason", "").strip())
    facts = {"set_number": made.number, "set_state": made.state}
    flash(printing.accomplished(Act.BACKUP_FORGET, facts, language()), "done")
    return redirect(url_for("care.sets"), 303)


_DEEDS: Mapping[str, Callable[[str], Any]] = {
    "verify": lambda number: _begun(CHECK, {"number": number, "quick": request.form.get("quick") == "1"}),
    "repair": lambda number: _begun(REPAIR, {"number": number}),
    "drill": _drilled,
    "forget": _forgotten,
}
