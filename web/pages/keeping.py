"""封存、移交、事故、修复: worklists of custody, each line with what comes next; the acts themselves are dialogs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from archive.acts import Act
from archive.circulation import incident_register
from archive.custody import handed, inspections, repairs, seals
from archive.errors import ArchiveError
from archive.lives import HANDOVER, INCIDENT
from archive.statuses import HandoverState, SealState
from web import sittings
from web.asking import asking, language, perform
from web.pages.custody import scanned

bp = Blueprint("keeping", __name__, url_prefix="/custody")

#: Lines of a worklist that are shown at once.
MOST = 200


@bp.get("/sealing")
def sealing() -> str:
    """What should be in a bag by now, what lies open, and the bags."""
    shown = request.args.get("show", "due")
    with asking(Act.SEAL_SEE) as unit:
        return render_template(
            "keeping/sealing.html", shown=shown, total=seals.seen_due(unit), most=MOST,
            due=seals.due(unit, most=MOST) if shown == "due" else [],
            again=seals.unsealed(unit), bags=seals.rows(unit)[::-1][:MOST] if shown == "bags" else [],
        )  # fmt: skip


@bp.get("/sealing/<code>")
def seal(code: str) -> str:
    """One sealed bag: its seal, its contents, how it was opened."""
    with asking(Act.SEAL_SEE) as unit:
        row = seals.show(unit, code)
        return render_template(
            "keeping/seal.html",
            row=row,
            contents=seals.contents(unit, row.number),
            sealed=row.state is SealState.SEALED,
        )


# --- handovers ------------------------------------------------------------------------------------


@bp.get("/handovers")
def handovers() -> str:
    """Lists that wait for somebody, or all there are."""
    every = request.args.get("show") == "all"
    with asking(Act.HANDOVER_SEE) as unit:
        rows = handed.rows(unit, open_only=not every)[::-1][:MOST]
        return render_template("keeping/handovers.html", rows=rows, every=every)


@bp.get("/handovers/<number>")
def handover(number: str) -> str:
    """One list, to be checked line by line and signed with its count."""
    return _handover(number)


def _handover(number: str, told: str = "", typed: Mapping[str, str] = {}) -> str:
    with asking(Act.HANDOVER_SEE) as unit:
        head, lines = handed.head(unit, number), handed.show(unit, number)
        draft = head.state is HandoverState.DRAFT
        open_to = HANDOVER.open_to(head.state)
        return render_template(
            "keeping/handover.html", head=head, lines=lines, told=told, typed=typed, draft=draft,
            may_check=draft and Act.HANDOVER_CHECK in open_to and unit.may(Act.HANDOVER_CHECK),
            may_sign=draft and Act.HANDOVER_SIGN in open_to and unit.may(Act.HANDOVER_SIGN),
            may_withdraw=draft and unit.may(Act.HANDOVER_WITHDRAW),
            accepted=sum(line.outcome.value == "ACCEPTED" for line in lines),
        )  # fmt: skip


@bp.post("/handovers/<number>/check")
def check(number: str) -> Any:
    """Check the lines that were ticked or scanned; all alike, all or none."""
    typed = request.form.to_dict()
    codes = [*request.form.getlist("codes"), *scanned(request.form.get("scanned", ""))]
    values = {
        "number": number, "codes": codes, "accepted": typed.get("verdict") != "refuse",
        "ink": "wrong-ink" not in typed, "complete": "incomplete" not in typed,
        "originals": False if "copies" in typed else None, "reason": typed.get("reason", ""),
        "original_at": typed.get("original_at", ""),
    }  # fmt: skip
    return _performed(("handover", "check"), values, number, typed)


@bp.post("/handovers/<number>/sign")
def sign(number: str) -> Any:
    """Both sign for what was counted face to face."""
    typed = request.form.to_dict()
    values = {"number": number} | {name: typed.get(name, "") for name in ("other", "witness", "count")}
    return _performed(("handover", "sign"), values, number, typed)


def _performed(
    path: tuple[str, ...], values: Mapping[str, Any], number: str, typed: Mapping[str, str]
) -> Any:
    try:
        outcome = perform(path, values)
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _handover(number, error.message(language()), typed), error.http
    for sentence in outcome.told:
        flash(sentence, "done")
    return redirect(url_for("keeping.handover", number=number), 303)


# --- incidents, inspections, repairs --------------------------------------------------------------


@bp.get("/incidents")
def incidents() -> str:
    """Incidents that are not settled (or all), rooms to be inspected, what is being repaired or should be."""
    every = request.args.get("show") == "all"
    with asking(Act.INCIDENT_SEE) as unit:
        see = unit.may(Act.REPAIR_SEE)
        return render_template(
            "keeping/incidents.html", rows=incident_register.rows(unit, open_only=not every)[::-1][:MOST], every=every,
            rooms=inspections.due(unit) if unit.may(Act.INSPECTION_SEE) else [],
            repairs=repairs.rows(unit, open_only=True)[:MOST] if see else [],
            damaged=repairs.damaged(unit)[:MOST] if see else [],
        )  # fmt: skip


@bp.get("/incidents/<number>")
def incident(number: str) -> str:
    """One incident with everything that is known of it, and what to do next."""
    with asking(Act.INCIDENT_SEE) as unit:
        row = incident_register.show(unit, number)
        record = unit.record(row.code) if row.title else None
        nexts = [act for act in INCIDENT.open_to(row.state) if unit.may(act, record)]
        return render_template(
            "keeping/incident.html", row=row, nexts=nexts, grants=incident_register.to_revoke(unit, number)
        )
