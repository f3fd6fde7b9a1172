"""阅览室: what is handed out to be read on site and given back before the room closes, counted and signed at both ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from archive import registry
from archive.acts import Act
from archive.circulation import desk, fetching, handing, reading_book, signing, visitors
from archive.codes import as_scanned
from archive.errors import ArchiveError
from archive.statuses import ReadingState
from archive.unit import Unit
from archive.values import PlaceKind
from web import desk_forms, sittings
from web.asking import asking, language, may, working
from web.looks import t
from web.pages.counter import BACK, behind, names, tallies

bp = Blueprint("reading_room", __name__, url_prefix="/counter/reading")

#: Where something is read or was read.
BEHIND = (Act.READING_BEGIN, Act.READING_END)


@bp.get("")
def page() -> str:
    """What is being read now; with `code` something to be handed out, with `end` something given back."""
    return _shown(MultiDict(request.args.items(multi=True)))


@bp.post("/begin")
def begin() -> Any:
    """Hand out for reading."""
    form, signed = request.form, desk_forms.signing(request.form)

    def done() -> str:
        with working(Act.READING_BEGIN) as unit:
            code = as_scanned(desk_forms.text(form, "code"))
            return str(handing.begin_reading(unit, code, signed, **_terms(form)).number)

    try:
        number = sittings.confirmed(signed.password, done)
    except ArchiveError as error:
        return _refused(form, error, "begin")
    flash(t("web.counter.reading-begun", number=number), "done")
    return redirect(url_for("reading_room.page"), 303)


@bp.post("/end")
def end() -> Any:
    """Take back what was read."""
    form = request.form
    number, signed = desk_forms.text(form, "end"), desk_forms.signing(form, BACK)

    def done() -> bool:
        with working(Act.READING_END) as unit:
            given = desk_forms.given(form, [number])[number]
            made = handing.end_reading(
                unit, number, signed, items=given.items, pages=given.pages,
                missing=given.missing, damaged=not given.intact, effect=desk_forms.text(form, "effect"),
            )  # fmt: skip
            return bool(made.intact)

    try:
        whole = sittings.confirmed(signed.password, done)
    except ArchiveError as error:
        return _refused(form, error, "end")
    flash(t("web.counter.reading-ended", number=number), "done")
    if not whole:
        flash(t("warning.reading-not-intact", number=number), "error")
    return redirect(url_for("reading_room.page"), 303)


@bp.get("/<number>")
def one(number: str) -> str:
    """One reading with everything about it: who read what, where and until when, and who signed."""
    with asking(Act.READING_SEE) as unit:
        row = reading_book.one(unit, number[:40])
        signed = signing.of_reading(unit, row.number)
    ends = may(Act.READING_END) and row.state is ReadingState.OPEN
    return render_template(
        "counter/read.html", row=row, signatures=signed, wide=signing.WIDE, high=signing.HIGH, ends=ends
    )


def _terms(form: MultiDict[str, str]) -> Mapping[str, object]:
    """Who reads what for, where and beside whom; raises `BadValue`."""
    kept = {name: desk_forms.text(form, name) or None for name in ("reader", "visitor", "companion", "late")}
    return {
        **kept, "place": desk_forms.text(form, "place"), "purpose": desk_forms.text(form, "purpose"),
        "items": desk_forms.whole(form, "items"), "pages": desk_forms.whole(form, "pages"),
    }  # fmt: skip


def _shown(form: MultiDict[str, str], error: ArchiveError | None = None, which: str = "") -> str:
    """The page, with the form of *which* filled in."""
    with asking(Act.READING_SEE) as unit:
        behind(unit, *BEHIND)
        open_ones = reading_book.rows(unit, open_only=True)
        ending = next((one for one in open_ones if one.number == form.get("end")), None)
        told = {
            "rows": open_ones, "ending": ending, "counts": tallies(unit), "names": names(unit),
            "papers": desk.papers_read(unit, ending.number) if ending else [],
            **_to_begin(unit, form),
        }  # fmt: skip
    message = error.message(language()) if error else ""
    field = str(error.facts.get("field", "")) if error else ""
    at = {"login-failed": "password", "login-throttled": "password"}.get(error.code, field) if error else ""
    return render_template(
        "counter/reading.html", form=form, error=message, at=at, which=which, columns=COLUMNS,
        wide=signing.WIDE, high=signing.HIGH, tab="reading", **told,
    )  # fmt: skip


#: What the list of open readings tells.
COLUMNS = (
    "number:reading_number",
    "code",
    "title",
    "reader",
    "companion",
    "room",
    "begun_at",
    "items",
    "pages",
)


def _to_begin(unit: Unit, form: MultiDict[str, str]) -> Mapping[str, Any]:
    """What the form for handing out offers: rooms, visitors, and what was approved for this record."""
    code = as_scanned(form.get("code", "").strip())[:120]
    line, why = None, None
    waiting = fetching.rows(unit, code=code, limit=20) if code and unit.may(Act.REQUEST_SEE) else []
    if code:
        try:
            line = desk.to_read(unit, code)
        except ArchiveError as refused:
            why = refused.message(language())
    rooms = [(one.code, one.name) for one in registry.locations(unit) if one.kind is PlaceKind.ROOM]
    guests = visitors.rows(unit, valid_only=True) if unit.may(Act.VISITOR_SEE) else []
    known = [(one.number, f"{one.number} {one.name} {one.organisation}") for one in guests]
    return {"line": line, "why": why, "rooms": rooms, "visitors": known, "waiting": waiting}


def _refused(form: MultiDict[str, str], error: ArchiveError, which: str) -> Any:
    if sittings.leads_away(error):
        raise error
    return make_response(_shown(form, error, which), error.http)
