"""待办: what waits for my word, with the facts to decide by; one by one or many at once, each told for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for

from archive.acts import Act
from archive.circulation import absences, awaiting, inbox
from archive.circulation.awaiting import Awaited
from archive.errors import ArchiveError
from archive.unit import Unit
from retention import awaiting as of_retention
from web import paging, sittings
from web.asking import asking, language, perform
from web.looks import t

bp = Blueprint("inbox", __name__)

#: The verbs by which a line is decided, and what is told when all of them were.
VERBS = {
    "approve": (("request", "approve"), "web.inbox.approved"),
    "refuse": (("request", "refuse"), "web.inbox.refused"),
}
#: Where each kind of thing is read before one answers.
PAGES: Mapping[str, str] = {
    "appraisal": "/retention/appraisals/{}",
    "clearance": "/do/clearance/show?which={}",
    "destruction": "/retention/destructions/{}",
    "handover": "/custody/handovers/{}",
    "incident": "/custody/incidents/{}",
    "matrix": "/do/matrix/compare?version={}",
    "schedule": "/retention/schedule/version/{}",
    "secrecy": "/do/secrecy/list?waiting=1",
    "transfer": "/retention/transfers/{}",
}
#: What can be answered at once, beside what is read first: the verb, and the name under which it takes the number.
ANSWERS: Mapping[Act, tuple[str, str]] = {
    Act.SECRECY_DECIDE: ("secrecy/decide", "number"),
    Act.CLEARANCE_SIGN: ("clearance/sign", "which"),
    Act.CLEARANCE_CERTIFY: ("clearance/certify", "which"),
    Act.INCIDENT_JUDGE: ("incident/judge", "number"),
    Act.INCIDENT_DECIDE: ("incident/decide", "number"),
    Act.MATRIX_ADOPT: ("matrix/adopt", "version"),
}


@dataclass(frozen=True, slots=True)
class Failed:
    """A line that could not be decided, and why."""

    number: str
    why: str
    status: int


@bp.get("/inbox")
def page() -> str:
    """Everything that waits for who is signed in."""
    return _shown()


@bp.post("/inbox")
def decide() -> Any:
    """Approve or refuse the lines that were ticked, each for itself; what could not be is told line by line."""
    verb, told = VERBS.get(request.form.get("decision", ""), (None, ""))
    numbers = list(dict.fromkeys(one.strip() for one in request.form.getlist("numbers") if one.strip()))
    reason = request.form.get("reason", "").strip()
    if verb is None or not numbers:
        return make_response(_shown(reason=reason, idle=True), 422)
    failed = [found for number in numbers[: inbox.PAGE] if (found := _decided(verb, number, reason))]
    done = len(numbers[: inbox.PAGE]) - len(failed)
    if not failed:
        flash(t(told, count=done), "done")
        return redirect(url_for("inbox.page"), 303)
    return make_response(_shown(failed, done, reason), 200 if done else failed[0].status)


def _decided(verb: tuple[str, ...], number: str, reason: str) -> Failed | None:
    """Decide one line; why it could not be."""
    try:
        perform(verb, {"numbers": number, "reason": reason})
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return Failed(number, error.message(language()), error.http)
    return None


def _shown(failed: Sequence[Failed] = (), done: int = 0, reason: str = "", *, idle: bool = False) -> str:
    here = paging.asked(inbox.PAGE)
    with asking(Act.REQUEST_SEE) as unit:
        unit.look(Act.REQUEST_SEE)
        lines, more = inbox.page(unit, offset=here.skip)
        others, away = _others(unit), absences.rows(unit, account=unit.actor.account)
    return render_template(
        "inbox/inbox.html", lines=lines, more=more, here=here, turned=paging.turned, others=others, away=away,
        failed={one.number: one.why for one in failed}, gone=_gone(failed, lines), done=done, reason=reason,
        idle=idle, answers=ANSWERS, way=way,
    )  # fmt: skip


def _gone(failed: Sequence[Failed], lines: Sequence[inbox.InboxLine]) -> list[Failed]:
    """Failures of lines that stand here no more: somebody else decided them meanwhile."""
    here = {line.number for line in lines}
    return [one for one in failed if one.number not in here]


def _others(unit: Unit) -> list[Awaited]:
    return awaiting.rows(unit, of_retention.LOOKS)


def way(one: Awaited) -> str:
    """The page where a thing is read before one answers."""
    return PAGES[one.noun].format(quote(one.number, safe=""))
