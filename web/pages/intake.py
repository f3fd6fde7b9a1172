"""收件盘: scans brought in by the browser and attached by their names; those that found no record are looked at and settled.

What is looked at is drawn in memory and marked with the reader; it leaves its line with its purpose (V25).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from archive.acts import Act
from archive.clikit.declared import Remote, freshened
from archive.codes import as_scanned
from archive.errors import ArchiveError, BadValue, NothingStored
from archive.exchange import IntakeState
from archive.scans import attaching, tray
from archive.scans.fates import ScanFate, ScanLine, Way
from archive.scans.finding import Wanted
from archive.values import ComponentKind
from indexer.extract import Extracted
from indexer.extract.watermark import MEDIA, unseen
from web import handing, receiving, sittings
from web.asking import archive, asking, language, perform
from web.looks import t
from web.sights import WIDTHS, Sights

bp = Blueprint("intake", __name__, url_prefix="/intake")

MIB = 1 << 20
#: The largest scan that is split or matched in memory, and scans that are taken at once.
LARGEST, MOST = 64 * MIB, 40
#: Pages that one may leaf through before the scan has a record.
PAGES = 50


@bp.get("")
def overview() -> str:
    """The scans that wait, and the place to bring more."""
    return _overview()


def _overview(told: str = "", lines: list[ScanLine] | None = None) -> str:
    every = request.args.get("show") == "all"
    with asking(Act.INTAKE_SEE) as unit:
        return render_template(
            "intake/overview.html", rows=tray.rows(unit, every=every), every=every, told=told, lines=lines or [],
            may_attach=unit.may(Act.SCAN_ATTACH), kinds=list(ComponentKind), most=LARGEST // MIB, why=_why,
        )  # fmt: skip


def _why(line: ScanLine) -> object:
    return line.error.message(language()) if line.error is not None else line.why or ""


@bp.post("/scans")
def scans() -> Any:
    """Attach what was brought in, by file names or by separator sheets; what finds no record waits in the tray."""
    try:
        with asking(Act.SCAN_ATTACH) as unit:
            if not unit.may(Act.SCAN_ATTACH):
                unit.act(Act.SCAN_ATTACH)
        lines = attaching.attach_received(archive(), sittings.who(), _files(), _wanted())
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _overview(error.message(language())), error.http
    freshened(Remote(archive(), sittings.who(), language()))
    return _overview(lines=[line for line in lines if line.fate is not ScanFate.SEPARATOR])


def _files() -> list[tuple[str, bytes]]:
    brought = request.form.getlist("upload")
    if len(brought) > MOST:
        raise BadValue(field="file", value=len(brought), expected=f"≤ {MOST}")
    receiving.uploads().come(receiving.owner(), brought)  # one that is not whole yet costs none of the others
    files = [receiving.content(uid, most=LARGEST) for uid in brought]
    files += [(one.filename or "—", one.read()) for one in request.files.getlist("file") if one.filename]
    if not files:
        raise BadValue(field="file", value="—", expected="PDF, JPEG, TIFF …")
    return files


def _wanted() -> Wanted:
    way = Way.QR if request.form.get("way") == Way.QR.value else Way.NAME
    kind = request.form.get("kind", "TEXT")
    return Wanted(way, ComponentKind(kind) if kind in set(ComponentKind) else ComponentKind.TEXT)


# --- one scan -------------------------------------------------------------------------------------


@bp.get("/<number>")
def scan(number: str) -> str:
    """One scan: its first page, and the field that takes the code of the paper it belongs to."""
    return _scan(number)


def _scan(number: str, told: str = "", typed: str = "") -> str:
    with asking(Act.INTAKE_SEE) as unit:
        row = tray.show(unit, number)
        page = max(1, request.args.get("page", 1, int))
        return render_template(
            "intake/scan.html", row=row, told=told, typed=typed, waiting=row.state is IntakeState.WAITING,
            page=min(page, row.pages or 1, PAGES), pages=min(row.pages or 1, PAGES), may_look=unit.may(Act.INTAKE_GET),
            may_attach=unit.may(Act.INTAKE_ATTACH), may_discard=unit.may(Act.INTAKE_DISCARD), kinds=list(ComponentKind),
        )  # fmt: skip


@bp.get("/<number>/pages/<int:page>.jpg")
def sight(number: str, page: int) -> Any:
    """One page as a picture of our own making, marked with who looks at it; logged with why."""
    with asking(Act.INTAKE_GET) as unit:
        name, data = tray.content(unit, number, purpose=t("web.intake.purpose"))
    found = _sights().drawn(data, name, page, WIDTHS[0], _mark())
    if isinstance(found, Extracted):
        if page != 1:
            raise NothingStored(code=number)
        found = unseen(t("web.viewing.undrawn"))
    return handing.shown(found, f"{number}-{page}.jpg", MEDIA)


def _sights() -> Sights:
    found = current_app.extensions["anjuan-sights"]
    assert isinstance(found, Sights)
    return found


def _mark() -> str:
    here = sittings.sitting()
    now = archive().clock().astimezone(archive().settings.zone)
    return f"{here.name} {here.account} {now:%Y-%m-%d %H:%M}" if here else ""


@bp.post("/<number>/take")
def take(number: str) -> Any:
    """The scan itself, taken out for a purpose."""
    try:
        with asking(Act.INTAKE_GET) as unit:
            name, data = tray.content(unit, number, purpose=request.form.get("purpose", ""))
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _scan(number, error.message(language())), error.http
    return handing.handed(data, name)


@bp.post("/<number>/attach")
def attach(number: str) -> Any:
    """Attach it to the paper whose code was scanned."""
    code = as_scanned(request.form.get("code", "").strip())
    values = {"number": number, "code": code, "kind": request.form.get("kind", "TEXT")}
    try:
        outcome = perform(("intake", "attach"), values)
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _scan(number, error.message(language()), code), error.http
    for sentence in outcome.told:
        flash(sentence, "done")
    return redirect(url_for("intake.overview"), 303)
