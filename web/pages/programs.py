"""Programs in one's name: one's tokens, made and ended, shown once; and the interface told in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, render_template, request
from werkzeug.datastructures import MultiDict

from archive import tokens
from archive.acts import Act
from archive.clikit.declared import Verb
from archive.clikit.help import half
from archive.errors import ArchiveError, BadValue, NotFound
from archive.policy import APPROVALS
from web import sittings
from web.api import document
from web.asking import asking, language, site, working

bp = Blueprint("programs", __name__)


@bp.get("/account/tokens")
def own() -> str:
    """One's own tokens; for the system administrator everybody's log-ins too."""
    return _page(everybody=request.args.get("of") == "everybody")


@bp.post("/account/tokens")
def make() -> Any:
    """Make a token and show it, this once."""
    told = request.form
    try:
        with working(Act.TOKEN_MAKE) as unit:
            made = tokens.make(
                unit, told.get("name", ""), told.getlist("scopes"), _days(told.get("days", ""))
            )
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return make_response(_page(error=error), error.http)
    return _page(made=made)


def _days(told: str) -> int:
    if not told.strip().isdecimal() or len(told) > 6:
        raise BadValue(field="days", value=told[:20] or "—", expected=f"1–{tokens.LONGEST_DAYS}")
    return int(told)


def _page(
    *, everybody: bool = False, made: tokens.Token | None = None, error: ArchiveError | None = None
) -> str:
    with asking(Act.SESSION_SEE) as unit:
        rows = tokens.listed(unit, everybody=everybody)
        own_acts = tokens.his_own(unit.actor)
        all_seen = tokens.cares_for_all(unit.actor)
    nouns = {noun: sorted(tokens.meaning(noun) & own_acts) for noun in tokens.nouns(own_acts)}
    return render_template(
        "programs/tokens.html", rows=rows, everybody=everybody, all_seen=all_seen, made=made, nouns=nouns,
        approvals=sorted(own_acts & APPROVALS), usual=tokens.USUAL_DAYS, most=tokens.LONGEST_DAYS,
        told=error.message(language()) if error else "", at=str(error.facts.get("field", "scopes")) if error else "",
        given=request.form if error else MultiDict[str, str](),
    )  # fmt: skip


@bp.get("/api")
def told() -> str:
    """What programs may ask for: every noun with its verbs, or one noun in full."""
    nouns: dict[str, list[Verb]] = {}
    for path in sorted(site().verbs):
        verb = site().verbs[path]
        if verb.open_to_all:
            nouns.setdefault(path[0], []).append(verb)
    noun = request.args.get("noun")
    if noun is None:
        return render_template("programs/interface.html", nouns=nouns, document=document, half=half)
    if noun not in nouns:
        raise NotFound(what="page", code=noun[:40])
    return render_template("programs/noun.html", noun=noun, verbs=nouns[noun], document=document, kinds=_kinds(nouns[noun]))  # fmt: skip


def _kinds(verbs: list[Verb]) -> Mapping[str, str]:
    """How each thing asked for is written in JSON."""
    asks = [ask for verb in verbs for ask in verb.asks]
    told = {ask.kind: str(document.KINDS.get(ask.kind, {"type": "object"})["type"]) for ask in asks}
    return told | {"day": "YYYY-MM-DD"}
