"""表格与标签: printed forms, labels and separator sheets, made in memory and handed over (R14, R17, V25, decision 14).

Printing leaves its line in the log, so it is asked for with POST; a link opens the page with what it names filled in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request

from archive import classes, fields, people
from archive.acts import Act
from archive.errors import ArchiveError, BadValue
from archive.forms import templates
from archive.forms.kinds import ALL, CATALOGUE, USE, FormKind, Takes, Wanted, named
from archive.forms.printing import PDF, WORD, drawn
from archive.labels import printing as labels
from archive.labels.grids import grid, grids
from retention.forms import kinds as retention_forms
from web import sittings
from web.asking import asking, language
from web.handing import handed
from web.looks import t
from web.pages.custody import scanned

bp = Blueprint("papers", __name__, url_prefix="/papers")

#: Every form, under the heading of what it is about.
GROUPS: Mapping[str, tuple[FormKind, ...]] = {
    "catalogue": CATALOGUE,
    "use": USE,
    "retention": tuple(retention_forms.ALL),
}
KINDS: tuple[FormKind, ...] = (*ALL, *retention_forms.ALL)
MEDIA: Mapping[str, str] = {
    PDF: "application/pdf",
    WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
#: How a list is narrowed, and empty rows for the pen: whole numbers, days, words.
WHOLE, DAYS, WORDS = ("year", "width", "blank"), ("since", "until"), ("class_code", "department", "period")
MOST_BLANK = 1000


@bp.get("")
def forms() -> str:
    """The forms that can be printed, what each is printed of, and whose layout it has."""
    with asking(Act.FORM_SEE) as unit:
        unit.look(Act.FORM_SEE)
        own = {line.form for line in templates.rows(unit) if line.retired_at is None}
        return render_template("papers/forms.html", groups=GROUPS, own=own)


@bp.get("/print/<form>")
def form(form: str) -> str:
    """What a form is to be printed of; filled in from the address."""
    return _form(form, request.args.to_dict() | {"codes": "\n".join(request.args.getlist("codes"))})


def _form(name: str, typed: Mapping[str, str], error: ArchiveError | None = None) -> str:
    kind = named(KINDS, name)
    with asking(Act.FORM_SEE) as unit:
        unit.look(Act.FORM_SEE)
        return render_template(
            "papers/form.html", kind=kind, typed=typed, told=error.message(language()) if error else "",
            at=str(error.facts.get("field", "")) if error else "", codes=kind.takes is not Takes.NOTHING,
            classes=classes.tree(unit), departments=people.departments(unit), may_print=unit.may(Act.FORM_PRINT),
        )  # fmt: skip


@bp.post("/print/<form>")
def print_form(form: str) -> Any:
    """The form as PDF or Word, drawn in memory; logged before it leaves (V25)."""
    kind, typed = named(KINDS, form), request.form.to_dict()
    suffix = WORD if typed.get("format") == "docx" else PDF
    try:
        wanted = _wanted(typed)
        with asking(Act.FORM_PRINT) as unit:
            made = drawn(unit, kind, wanted, suffix, purpose=typed.get("purpose", ""))
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _form(form, typed, error), error.http
    name = " ".join(part for part in (t(kind.word), *wanted.codes[:1]) if part)
    return handed(made.body.getvalue(), f"{name}{suffix}", MEDIA[suffix])


def _wanted(typed: Mapping[str, str]) -> Wanted:
    """What the form asks for; raises `BadValue`."""
    told: dict[str, Any] = {name: typed.get(name, "").strip() or None for name in WORDS}
    told |= {name: _whole(name, typed.get(name, "")) for name in WHOLE}
    told |= {name: _day(name, typed.get(name, "")) for name in DAYS}
    blank = told.pop("blank") or 0
    if not 0 <= blank <= MOST_BLANK:
        raise BadValue(field="count", value=blank, expected=f"0–{MOST_BLANK}")
    return Wanted(language(), scanned(typed.get("codes", "")), blank=blank, **told)


def _whole(name: str, text: str) -> int | None:
    text = text.strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise BadValue(field=name, value=text[:20], expected="1, 2, 3 …")
    return int(text) if text else None


def _day(name: str, text: str) -> dt.date | None:
    return fields.day(text.strip(), name) if text.strip() else None


# --- labels ---------------------------------------------------------------------------------------


@bp.get("/labels")
def label_sheets() -> str:
    """Labels of records, boxes, bags and places: which, on which sheet, from which label on."""
    return _labels(request.args.to_dict() | {"codes": "\n".join(request.args.getlist("codes"))})


def _labels(typed: Mapping[str, str], error: ArchiveError | None = None) -> str:
    known = grids()
    sheet = known.get(typed.get("sheet", ""), known["3x8"])
    with asking(Act.LABEL_PRINT) as unit:
        may_print = unit.may(Act.LABEL_PRINT)
        return render_template(
            "papers/labels.html", typed=typed, sheets=known, sheet=sheet, classes=classes.tree(unit),
            told=error.message(language()) if error else "", may_print=may_print,
            at=str(error.facts.get("field", "")) if error else "",
        )  # fmt: skip


@bp.post("/labels")
def print_labels() -> Any:
    """The labels as PDF."""
    typed = request.form.to_dict()
    try:
        codes, number = scanned(typed.get("codes", "")), {"start": 1, "copies": 1}
        number |= {name: _whole(f"label_{name}", typed.get(name, "")) or 1 for name in number}
        chosen = labels.Chosen(
            codes, volumes="volumes" in typed, class_code=typed.get("class_code") or None,
            year=_whole("year", typed.get("year", "")), places="places" in typed, under=typed.get("under") or None,
        )  # fmt: skip
        with asking(Act.LABEL_PRINT) as unit:
            sheets = labels.Sheets(grid(typed.get("sheet", "3x8")).name, **number, language=language())
            made = labels.labels(unit, chosen, sheets)
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _labels(typed, error), error.http
    return _pdf(made, "labels")


@bp.post("/separators")
def print_separators() -> Any:
    """Separator sheets, one before each item when a stack is scanned."""
    typed = request.form.to_dict()
    try:
        with asking(Act.LABEL_PRINT) as unit:
            made = labels.separators(unit, scanned(typed.get("codes", "")), language())
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _labels(typed, error), error.http
    return _pdf(made, "separators")


def _pdf(made: labels.Sheet, name: str) -> Response:
    return handed(made.data, f"{t(f'web.papers.{name}')}.pdf", MEDIA[PDF])
