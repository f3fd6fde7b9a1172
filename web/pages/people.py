"""People and posts: who is here, what each may be, and the buttons of whoever keeps them (three separated administrators)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request

from archive import people
from archive.acts import Act
from archive.people import PersonLine
from archive.values import SEPARATED_POSTS, Employment, Role
from web.asking import asking, may

bp = Blueprint("people", __name__, url_prefix="/admin/people")

#: What is done to a person, by the act and its verb; the page offers what the viewer may.
DEEDS: Sequence[tuple[Act, str, str]] = (
    (Act.PERSON_EDIT, "person/roles", "user-cog"),
    (Act.PERSON_CLEAR, "person/clear", "shield-lock"),
    (Act.PERSON_CLEAR, "person/confirm", "user-check"),
    (Act.PERSON_CONTACT, "person/contact", "mail"),
    (Act.PERSON_RESET, "person/reset", "key"),
    (Act.PERSON_SUSPEND, "person/suspend", "player-pause"),
    (Act.PERSON_RESTORE, "person/restore", "player-play"),
    (Act.PERSON_LEAVE, "person/leave", "logout"),
)


@bp.get("")
def rows() -> Any:
    """Everybody, by department, with posts and clearance side by side."""
    wanted = request.args.get("department", "")
    past = request.args.get("left") == "1"
    with asking(Act.PERSON_SEE) as unit:
        everyone, departments = people.everyone(unit), people.departments(unit)
        here = [one for one in everyone if past or one.employment is not Employment.LEFT]
        shown = [one for one in here if wanted in {"", one.department}]
        return render_template(
            "people/list.html", people=shown, departments=departments, wanted=wanted, past=past,
            left=len(everyone) - len(here), vacant=sorted(_vacant(everyone)),
        )  # fmt: skip


def _vacant(everyone: Sequence[PersonLine]) -> frozenset[Role]:
    """Posts of separated administrators that nobody holds."""
    held = {role for one in everyone if one.employment is Employment.ACTIVE for role in one.roles}
    return SEPARATED_POSTS - held


@bp.get("/<account>")
def one(account: str) -> str:
    """One person, and what may be done."""
    with asking(Act.PERSON_SEE) as unit:
        found = people.one(unit, account)
        offered = [(verb, icon) for act, verb, icon in DEEDS if may(act) and _fits(verb, found)]
        return render_template("people/one.html", person=found, deeds=offered)


def _fits(verb: str, person: PersonLine) -> bool:
    """Whether *verb* has anything to change in how *person* stands."""
    standing = person.employment
    if verb == "person/restore":
        return standing is Employment.SUSPENDED
    if verb == "person/confirm" and person.confirmed:
        return False
    return standing is not Employment.LEFT and (verb != "person/suspend" or standing is Employment.ACTIVE)
