"""我的: what I have, what I asked for, what I was told, and a form to ask for more."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from archive import grants
from archive.acts import Act
from archive.circulation import asked, ledger, mine, reading_book
from archive.circulation.requests import OPEN
from archive.statuses import RequestState
from archive.unit import Unit
from web.asking import asking, verb

bp = Blueprint("mine", __name__)

#: What somebody had and asked for before, as far as it is shown at first.
EARLIER = 20
#: What the form for asking shows of what the verb asks.
ASKED = ("codes", "kind", "purpose", "until", "wanted")


@bp.get("/mine")
def page() -> str:
    """Loans, requests, readings, notices and grants of who is signed in."""
    with asking(Act.REQUEST_ASK) as unit:
        unit.look(Act.LOAN_SEE)
        told = _told(unit)
    return render_template("mine/mine.html", **told)


def _told(unit: Unit) -> dict[str, Any]:
    closed = [state for state in RequestState if state not in OPEN]
    return {
        "loans": ledger.mine(unit),
        "returned": ledger.mine(unit, newest=EARLIER),
        "requests": asked.mine(unit, among=OPEN)[::-1],
        "decided": asked.mine(unit, among=closed, newest=EARLIER)[::-1],
        "readings": reading_book.rows(unit, reader=unit.actor.account)[:EARLIER],
        "notices": mine.told(unit),
        "grants": grants.mine(unit),
        "today": unit.today,
    }


@bp.get("/mine/ask")
def ask() -> str:
    """Ask for records: those a link names, those one types, or in words."""
    wanted = verb("request", "ask")
    with asking(Act.REQUEST_ASK) as unit:
        unit.look(Act.REQUEST_SEE)
    asks = [found for name in ASKED if (found := wanted.ask(name)) is not None]
    given = {"codes": request.args.getlist("code"), "kind": request.args.get("kind", "LOAN")}
    return render_template("mine/ask.html", asks=asks, values=given)
