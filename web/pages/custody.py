"""库位与清点: the map of rooms with their fill, what stands on a shelf, and stocktakes followed while they are counted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from archive.acts import Act
from archive.codes import as_scanned
from archive.custody import counts, inspections, room_map, shelves, stocktake, tallies
from archive.errors import ArchiveError
from archive.statuses import StocktakeState
from web import sittings
from web.asking import asking, language, perform, working
from web.looks import t
from web.paging import asked, turned

bp = Blueprint("custody", __name__, url_prefix="/custody")

#: Lines of a shelf on one page; differences shown at once.
LINES, DIFFERENCES = 100, 200


@bp.get("/places")
def places() -> str:
    """Every room with its cabinets, layers and positions, and how full they are."""
    with asking(Act.LOCATION_SEE) as unit:
        due = inspections.due(unit) if unit.may(Act.INSPECTION_SEE) else []
        return render_template(
            "custody/places.html", rooms=room_map.rooms(unit), due={one.code: one for one in due}
        )


@bp.get("/places/<code>")
def place(code: str) -> str:
    """One place: what is in it, what stands there in the order of the shelf, and the field to put more there."""
    return _place(code)


def _place(code: str, told: str = "", typed: str = "") -> str:
    page = asked(LINES)
    with asking(Act.LOCATION_SEE) as unit:
        here = room_map.place(unit, code)
        shelf = shelves.page(unit, code, limit=page.size, offset=page.skip)
        return render_template(
            "custody/place.html", here=here, shelf=shelf, page=page, turned=turned, told=told, typed=typed
        )


@bp.post("/places/<code>/put")
def put(code: str) -> Any:
    """Put what was scanned in this place, all or none."""
    codes = scanned("\n".join(request.form.getlist("codes")))
    try:
        with working(Act.VOLUME_MOVE) as unit:
            moved = shelves.put_here(unit, codes, code)
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _place(code, error.message(language()), "\n".join(codes)), error.http
    flash(t("web.custody.put", count=moved, place=code), "done")
    return redirect(url_for("custody.place", code=code), 303)


def scanned(text: str) -> list[str]:
    """The codes of *text*, one a line, as scanners send them."""
    return [code for line in text.splitlines() if (code := as_scanned(line.strip()))]


# --- stocktakes -----------------------------------------------------------------------------------


@bp.get("/stocktakes")
def stocktakes() -> str:
    """The runs, those under way first, and the counts that are due."""
    with asking(Act.STOCKTAKE_SEE) as unit:
        return render_template("custody/stocktakes.html", runs=stocktake.rows(unit), due=stocktake.due(unit))


@bp.get("/stocktakes/<number>")
def count(number: str) -> str:
    """One run: the scan field while it is counted, its figures, its differences, what comes next."""
    return _count(number)


def _count(number: str, told: str = "", typed: str = "", place: str = "") -> str:
    with asking(Act.STOCKTAKE_SEE) as unit:
        report = tallies.report(unit, number)
        run = stocktake.one(unit, number)
        counting = run.state is StocktakeState.COUNTING
        seven = inspections.rows(unit, stocktake=number) if unit.may(Act.INSPECTION_SEE) else []
        return render_template(
            "custody/count.html", run=report, told=told, typed=typed, place=place or request.args.get("place", ""),
            counts=counting and stocktake.counts_in(unit, run), blinded=stocktake.blinded(unit, run), seven=seven,
            progress=tallies.progress(unit, number), differences=_differences(unit, number), most=DIFFERENCES,
            unsettled=report.unsettled,
        )  # fmt: skip


def _differences(unit: Any, number: str) -> list[tallies.Difference]:
    return tallies.differences(unit, number, most=DIFFERENCES)


@bp.get("/stocktakes/<number>/live")
def live(number: str) -> str:
    """How far the run has come, for the page that is open: asked for again and again."""
    with asking(Act.STOCKTAKE_SEE) as unit:
        run = stocktake.one(unit, number)
        return render_template(
            "custody/live.html", progress=tallies.progress(unit, number), differences=_differences(unit, number),
            run=run, most=DIFFERENCES, blinded=stocktake.blinded(unit, run),
        )  # fmt: skip


@bp.post("/stocktakes/<number>/scan")
def scan(number: str) -> Any:
    """Take what was scanned; the place stays for what is scanned next."""
    codes, place_now = (
        scanned("\n".join(request.form.getlist("codes"))),
        request.form.get("place", "").strip(),
    )
    values = {
        "number": number,
        "codes": codes,
        "place": place_now,
        "damaged": bool(request.form.get("damaged")),
    }
    try:
        outcome = perform(("stocktake", "count"), values)
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _count(number, error.message(language()), "\n".join(codes), place_now), error.http
    for sentence in outcome.told:
        flash(sentence, "done")
    for remark in outcome.notes:
        flash(remark, "note")
    return redirect(url_for("custody.count", number=number, place=_led(codes) or place_now or None), 303)


def _led(codes: list[str]) -> str:
    """The last place among scanned codes: what is scanned next stands there."""
    with asking(Act.LOCATION_SEE) as unit:
        return counts.last_place(unit, codes)
