"""待取与催还: what waits to be fetched, what is due back today, and what is late, with what was said about it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from archive.acts import Act
from archive.circulation import fetching, ledger
from archive.unit import Unit
from web import paging
from web.asking import asking
from web.pages.counter import behind, tallies

bp = Blueprint("boards", __name__, url_prefix="/counter")

#: Lines of one page.
SIZE = 50


@bp.get("/queue")
def queue() -> str:
    """What was approved and waits for its reader, in the order of approval."""
    here = paging.asked(SIZE)
    with asking(Act.REQUEST_SEE) as unit:
        behind(unit)
        rows, counts = fetching.rows(unit, limit=SIZE, offset=here.skip), tallies(unit)
    return render_template(
        "counter/queue.html", rows=rows, counts=counts, tab="queue", here=here, turned=paging.turned
    )


#: Which loans the board shows, and how each is asked of the ledger; the tally that counts it.
WHICH = {
    "late": ({"overdue": True}, "late"),
    "today": ({"open_only": True}, "due"),
    "out": ({"open_only": True}, "out"),
}


@bp.get("/due")
def due() -> str:
    """What is overdue, due today, or out at all: first due first, with how often it was chased."""
    which = request.args.get("which", "late")
    which = which if which in WHICH else "late"
    here = paging.asked(SIZE)
    with asking(Act.LOAN_SEE) as unit:
        behind(unit)
        rows, counts = _due(unit, which, here), tallies(unit)
        sends, recalls = unit.may(Act.CHASE_SEND), unit.may(Act.LOAN_RECALL)
    return render_template(
        "counter/due.html", rows=rows, counts=counts, total=counts[WHICH[which][1]], which=which, tab="due",
        here=here, turned=paging.turned, sends=sends, recalls=recalls,
    )  # fmt: skip


def _due(unit: Unit, which: str, here: paging.Paging) -> list[Any]:
    narrowed: dict[str, Any] = dict(WHICH[which][0])
    day = unit.today if which == "today" else None
    return ledger.register(unit, **narrowed, due_on=day, limit=SIZE, offset=here.skip)
