"""冻结: the register of holds, one hold, and a hold with what it would stop shown before it is placed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request

from archive import clikit
from archive.acts import Act
from archive.errors import ArchiveError
from retention.holding import catching, hold_book
from retention.holding.catching import Catch
from retention.holding.placing import Found, Named
from web import sittings
from web.asking import archive, asking, barred, language

bp = Blueprint("holding", __name__, url_prefix="/retention/holds")

#: What a hold may be placed on, under the names the verb asks for.
NAMES = ("codes", "parties", "premises", "classes")


@bp.get("")
def rows() -> str:
    """Every hold this person may know of: those to be reviewed first."""
    with asking(Act.HOLD_SEE) as unit:
        found = hold_book.rows(unit)
    active = sorted((one for one in found if one.released_at is None), key=lambda one: one.review_on)
    over = [one for one in found if one.released_at is not None]
    return render_template("holding/list.html", active=active, over=over)


@bp.get("/<number>")
def one(number: str) -> str:
    """One hold: why, what it names, its reviews, its release; raises `NotFound`."""
    with asking(Act.HOLD_SEE) as unit:
        return render_template("holding/hold.html", hold=hold_book.show(unit, number))


@bp.get("/new")
def new() -> Any:
    """What a hold on what is named would stop; placing it is the verb's own form, filled in."""
    barred(Act.HOLD_PLACE)
    given = {name: _several(name) for name in NAMES}
    query = request.args.get("query", "").strip()
    caught: Catch | None = None
    told, status = "", 200
    if any(given.values()) or query:
        try:
            caught = _catch(given, query)
        except ArchiveError as slip:
            if sittings.leads_away(slip) or slip.http in {403, 503}:
                raise
            told, status = slip.message(language()), 422
    page = render_template(
        "holding/new.html", given=given, query=query, caught=caught, told=told, days=archive().settings.hold_review_days,
        asked={name: "\n".join(told) for name, told in given.items() if told} | ({"query": query} if query else {}),
    )  # fmt: skip
    return page, status


def _several(name: str) -> list[str]:
    """Codes as they were typed: on lines, or with gaps between."""
    return [code for told in request.args.getlist(name) for code in told.split()]


def _catch(given: dict[str, list[str]], query: str) -> Catch:
    found = Found(query, _search(query)) if query else None
    wanted = Named(given["codes"], given["parties"], given["premises"], given["classes"], found)
    with asking(Act.HOLD_SEE) as unit:
        return catching.catch(unit, wanted)


def _search(query: str) -> Sequence[str]:
    """What the question finds for this person, as the verb would have it."""
    search = clikit.wiring.search
    assert search is not None
    return search(archive(), sittings.who(), query)
