"""Coming and going: the log-in, the log-out, one's password, one's log-ins, the language."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf

from archive import sessions
from archive.acts import Act
from archive.errors import ArchiveError, BadValue
from archive.words import Language
from web import faults, sittings
from web.asking import archive, asking, language, working
from web.looks import t
from web.ways import local

bp = Blueprint("entrance", __name__)

_YEAR = 365 * 24 * 3600
#: No account and no password is longer; more is not even looked at.
LONGEST = 256


@bp.get("/login")
def login() -> Any:
    """The log-in; whoever is signed in goes on to where he wanted."""
    if sittings.sitting() is not None:
        return redirect(local(request.args.get("next")), 303)
    return _asked("", local(request.args.get("next")))


@bp.post("/login")
def enter() -> Any:
    """Log in: unknown account and wrong password are told alike (W6)."""
    account, back = request.form.get("account", "")[:LONGEST], local(request.form.get("next"))
    try:
        sittings.sign_in(account, request.form.get("password", "")[: LONGEST + 1])
    except ArchiveError as error:
        return faults.later(make_response(_asked(account, back, error)), error)
    return redirect(back, 303)


def _asked(account: str, back: str, error: ArchiveError | None = None) -> str:
    told = error.message(language()) if error else ""
    return render_template("login.html", account=account, next=back, error=told)


@bp.post("/logout")
def logout() -> Any:
    """Log out: the log-in ends, the cookie is taken back."""
    sittings.sign_out()
    flash(t("web.entrance.left"), "note")
    return redirect(url_for("entrance.login"), 303)


@bp.get("/password")
def password() -> str:
    """One's own password: a one-time one must be changed before anything else."""
    return _new_password()


@bp.post("/password")
def change() -> Any:
    """Change it: every log-in ends but this browser's, which begins a new one."""
    old, new, again = (request.form.get(name, "")[: LONGEST + 1] for name in ("old", "new", "again"))
    try:
        if new != again:
            raise BadValue(field="again", value="…", expected="…")
        sittings.change_password(old, new)
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return faults.later(make_response(_new_password(error)), error)
    flash(t("web.entrance.changed"), "done")
    return redirect("/", 303)


#: Beside which field an error about passwords is told, and in which words where its own would not do.
_FIELDS = {"login-failed": "old", "login-throttled": "old", "weak-password": "new", "same-password": "new", "bad-value": "again"}  # fmt: skip
_WORDS = {"login-failed": "web.entrance.old-wrong", "bad-value": "web.entrance.not-alike"}


def _new_password(error: ArchiveError | None = None) -> str:
    code = error.code if error else ""
    told = t(_WORDS[code]) if code in _WORDS else error.message(language()) if error else ""
    least = archive().settings.password_length
    return render_template("entrance/password.html", error=told, at=_FIELDS.get(code, ""), least=least)


@bp.get("/account/sessions")
def own() -> str:
    """One's log-ins that stand open."""
    with asking(Act.SESSION_SEE) as unit:
        rows = sessions.mine(unit)
        here = sessions.one(unit, sittings.token())
    return render_template("entrance/sessions.html", rows=rows, here=here)


@bp.get("/account/here")
def here() -> Response:
    """Somebody sits at this browser: asked for while he types, so that a long form outlives no log-in.

    It brings the token of the log-in that stands now, for a form that was filled in before it.
    """
    return Response(status=204, headers={"X-CSRFToken": generate_csrf()})


@bp.post("/account/sessions/<uid>/end")
def end(uid: str) -> Any:
    """End one of them: whoever uses it must log in again."""
    with working(Act.SESSION_END) as unit:
        sessions.end(unit, uid)
    flash(t("web.entrance.ended"), "done")
    return redirect(url_for("entrance.own"), 303)


@bp.post("/language")
def tongue() -> Response:
    """Choose the language of this browser."""
    answer = make_response(redirect(local(request.form.get("back")), 303))
    chosen = request.form.get("to", "")
    if chosen in set(Language):
        answer.set_cookie(sittings.TONGUE, chosen, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)  # fmt: skip
    return answer
