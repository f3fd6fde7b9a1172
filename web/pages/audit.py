"""The log for the auditor: read page by page, verified, handed out, anchored."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive import cells, logbook, loglines, printing
from archive.acts import Act
from archive.errors import BadValue
from archive.loglines import Ended, LogWanted
from web import sittings
from web.asking import archive, asking, language, working
from web.handing import handed
from web.jobs import jobs
from web.paging import there
from web.tasks import AUDIT_VERIFY, JobState

bp = Blueprint("audit", __name__, url_prefix="/audit")

SIZE = 50


@bp.get("")
def browse() -> Any:
    """The newest lines, or those asked for; what cannot be a day or an act is told beside its field."""
    try:
        wanted, told, at = _wanted(), "", ""
    except BadValue as slip:
        wanted, told, at = LogWanted(), slip.message(language()), str(slip.facts["field"])
    with asking(Act.AUDIT_SEE) as unit:
        found = loglines.page(unit, wanted, before=_before(), limit=SIZE)
        zone = unit.settings.zone
    page = render_template(
        "audit/log.html", page=found, wanted=wanted, told=told, at=at, acts=_acts(), ended=list(Ended), facts=_facts,
        outcome=lambda code: printing.outcome_word(code, language()), verify=jobs().last(AUDIT_VERIFY), there=there,
        act_word=lambda code: printing.act_word(code, language()), local=lambda at: at.astimezone(zone), JobState=JobState,
    )  # fmt: skip
    return make_response(page, 422 if told else 200)


def _wanted() -> LogWanted:
    """What the address asks for; raises `BadValue`."""
    given = {name: request.args.get(name, "").strip()[:120] for name in ("act", "account", "ended", "code")}
    return LogWanted(
        _one_of(Act, "act", given["act"]), given["account"], _one_of(Ended, "ended", given["ended"]), given["code"],
        _day("since"), _day("until"),
    )  # fmt: skip


def _one_of(kind: Any, name: str, told: str) -> Any:
    if not told:
        return None
    if told not in {one.value for one in kind}:
        raise BadValue(field=name, value=told, expected="")
    return kind(told)


def _day(name: str) -> dt.date | None:
    told = request.args.get(name, "").strip()
    try:
        return dt.date.fromisoformat(told) if told else None
    except ValueError:
        raise BadValue(field=name, value=told[:20], expected="2026-01-31") from None


def _before() -> int | None:
    told = request.args.get("before", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else None


def _acts() -> list[tuple[str, str]]:
    return sorted(
        ((act.value, f"{printing.act_word(act.value, language())}（{act.value}）") for act in Act),
        key=lambda one: one[0],
    )


def _facts(text: str) -> str:
    told = json.loads(text) if text else {}
    return cells.pairs(told, language()) if isinstance(told, dict) else text


@bp.post("/verify")
def verify() -> Any:
    """Begin to verify the whole log; the page follows it."""
    made = jobs().begin(AUDIT_VERIFY, {})
    return redirect(url_for("care.job", uid=made.uid), 303)


@bp.post("/export")
def export() -> Response:
    """The whole log as it stands, a line of JSON each, streamed; the act leaves its line first."""
    with working(Act.AUDIT_EXPORT) as unit:
        logbook.handed_out(unit)
        day = unit.today
    opened, who = archive(), sittings.who()

    told = logbook.lines(lambda: opened.ask(who, Act.AUDIT_EXPORT))
    return handed(told, f"audit-{day}.jsonl", "application/jsonl")
