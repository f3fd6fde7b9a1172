"""来往文件: what was received and sent, registered under its number, filed, and answered (R60, R68, R72)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from archive import classes, letters, people
from archive.acts import Act
from archive.entrance import Direction
from archive.errors import ArchiveError, LetterAgain, NotFound
from archive.registering import USUAL
from archive.values import Family
from web import paging, sittings
from web.asking import asking, language, perform, verb
from web.paging import there, turned

bp = Blueprint("letters", __name__, url_prefix="/letters")

#: Letters on one page.
LINES = 50
#: The ways by their place in an address.
WAYS: Mapping[str, Direction] = {"in": Direction.IN, "out": Direction.OUT}
#: What is asked at first sight; the rest waits behind "more".
FIRST = ("correspondent", "document_no", "handled_on", "title", "dated", "pages", "reply_to")
REST = ("class_code", "volume", "department", "premises", "dossier", "level", "note", "digital")


@bp.get("")
def both() -> Any:
    """The register of what was received, which is opened first."""
    return redirect(url_for("letters.book", way="in"))


@bp.get("/<way>")
def book(way: str) -> str:
    """One register: the form to enter a letter, and the letters of a year."""
    return _book(way, {name: request.args.get(name, "") for name in (*FIRST, *REST) if name in request.args})


def _book(way: str, typed: Mapping[str, Any], error: ArchiveError | None = None) -> str:
    direction, page = _way(way), paging.asked(LINES)
    year = request.args.get("year", "")
    with asking(Act.RECORD_SEE) as unit:
        chosen = int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else None
        found = letters.book(unit, direction, year=chosen, limit=page.size, offset=page.skip)
        wanted = verb("letter", "register")
        return render_template(
            "letters/book.html", way=way, direction=direction, book=found, page=page, turned=turned, there=there,
            verb=wanted, typed=typed, told=error.message(language()) if error else "",
            at=str(error.facts.get("field", "")) if error else "", again=isinstance(error, LetterAgain),
            first=[one for name in FIRST if (one := wanted.ask(name))],
            rest=[one for name in REST if (one := wanted.ask(name))],
            families=[one for one in classes.tree(unit) if one.family is Family.CORRESPONDENCE],
            usual=USUAL[direction], departments=people.departments(unit), today=unit.today,
        )  # fmt: skip


def _way(way: str) -> Direction:
    if way not in WAYS:
        raise NotFound(what="page", code=way[:20])
    return WAYS[way]


@bp.post("/<way>")
def register(way: str) -> Any:
    """Register a letter; one that seems to be registered already is asked about first."""
    typed = {name: request.form.get(name, "") for name in (*FIRST, *REST) if name in request.form}
    values = {**typed, "direction": _way(way).value, "again": bool(request.form.get("again"))}
    try:
        outcome = perform(("letter", "register"), values)
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _book(way, typed, error), error.http
    for sentence in outcome.told:
        flash(sentence, "done")
    return redirect(url_for("letters.one", number=_number(outcome.facts)), 303)


def _number(facts: Any) -> str:
    return next(str(told["letter_number"]) for _, told in facts if "letter_number" in told)


@bp.get("/number/<number>")
def one(number: str) -> str:
    """One letter: what it says of itself, where it is filed, what answers it; its scan is put on its record."""
    with asking(Act.RECORD_SEE) as unit:
        letter = letters.numbered(unit, number)
        return render_template(
            "letters/letter.html", letter=letter, way="out" if letter.direction is Direction.OUT else "in",
            may_attach=unit.may(Act.ITEM_ATTACH, unit.item(letter.code)),
        )  # fmt: skip
