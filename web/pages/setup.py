"""First run: an empty folder becomes an archive, by whoever can read the terminal that serves it.

Nothing is founded without the token of the terminal; the recovery key is shown to the browser that founded, until it
is said to be written down; then the archive is handed over and the log-in page is served.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request, session

from archive import config, founding, printing, samples, slots
from archive.errors import ArchiveError, BadValue, FileMissing, KeyFileUnsafe, TargetExists, WeakPassword
from archive.founding import Founding
from archive.instance import Instance
from archive.values import Role
from archive.words import Language, say
from web.asking import language
from web.founding import setup
from web.sittings import TONGUE
from web.ways import local

bp = Blueprint("setup", __name__)

#: Who a browser is: the one that founds sees the recovery key, no other.
FOUNDER = "founder"
#: What may be wrong with a field of this form is told in its own words.
OWN = frozenset({"token", "company", "fonds", "admin", "admin_name", "key_file", "password", "password_again", "passphrase", "passphrase_again"})  # fmt: skip
#: The fields of the form that are shown again after a slip; what is secret is typed anew.
KEPT = ("company", "fonds", "admin", "admin_name", "key", "key_file", "contents")


@dataclass
class Job:
    """The founding under way in this process: by which browser, how far, what came of it."""

    founder: str = ""
    running: bool = False
    instance: Instance | None = None
    recovery: str = ""
    password: str = ""
    failed: Exception | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def done(self) -> bool:
        """Whether the archive stands and waits to be handed over."""
        return self.instance is not None


def job() -> Job:
    """The founding of this application."""
    return current_app.extensions.setdefault("anjuan-founding", Job())  # type: ignore[no-any-return]


@bp.get("/")
def start() -> Any:
    """The form; while it works, how far it is; afterwards the recovery key, to the browser that founded."""
    now = job()
    if not (now.running or now.done):
        own = bool(now.founder) and session.get(FOUNDER) == now.founder
        return _form(_defaults() | {"token": request.args.get("token", "")}, now.failed if own else None)
    if session.get(FOUNDER) != now.founder:
        return render_template("setup/elsewhere.html", wrong=False)
    if now.running:
        return render_template("setup/working.html")
    people = samples.office().people if now.password else ()
    return render_template(
        "setup/written.html", groups=printing.groups(now.recovery, 4).splitlines(), home=setup().home,
        people=people, password=now.password, post=lambda role: say(Role(role).word, language()),
    )  # fmt: skip


@bp.post("/found")
def found() -> Any:
    """Found the archive, or begin to play the demonstration; a slip shows the form again."""
    told = {name: request.form.get(name, "").strip() for name in ("token", *KEPT)}
    if not _proven(told["token"]):
        wrong = BadValue(field="token", value="…", expected=say("web.setup.token-wrong", language()))
        return _form(told, wrong, 403)
    now = job()
    with now.lock:
        if now.running or now.done:
            return redirect("/", 303)
        now.founder = session[FOUNDER] = secrets.token_urlsafe(16)
        try:
            _begin(now, told, request.form)
        except ArchiveError as slip:
            return _form(told, slip, 422)
    return redirect("/", 303)


def _proven(token: str) -> bool:
    """True for the token of the terminal: whoever has it may know where the archive will be."""
    return secrets.compare_digest(token.encode(), setup().token.encode())


def _begin(now: Job, told: Mapping[str, str], typed: Mapping[str, str]) -> None:
    here = setup()
    if told["contents"] == "demo":
        founding.ready(here.home)
        now.running, now.failed = True, None
        threading.Thread(target=_played, args=(now, here.play, here.home, language()), name="demo").start()
        return
    now.instance, now.recovery = founding.found(here.home, _wanted(told, typed), here.ports())


def _played(now: Job, play: Any, home: Path, tongue: Language) -> None:
    """Play the demonstration; it takes half a minute, while the page asks how far it is."""
    try:
        now.instance, now.recovery, now.password = play(home, tongue)
    except Exception as failure:  # noqa: BLE001  # told on the page by its sentence, or by its kind
        now.failed = failure
    finally:
        now.running = False


def _wanted(told: Mapping[str, str], typed: Mapping[str, str]) -> Founding:
    """What is to be founded; raises `BadValue` with the name of the field."""
    for name in ("company", "fonds", "admin", "admin_name"):
        if not told[name]:
            raise BadValue(field=name, value="—", expected="")
    by_file = told["key"] != "passphrase"
    settings = config.chosen(
        company=told["company"], fonds=told["fonds"], language=language().value,
        key_file=_key_file(told["key_file"]) if by_file else "",
    )  # fmt: skip
    password = _twice(typed, "password", settings.password_length)
    passphrase = None if by_file else _twice(typed, "passphrase", slots.LEAST_PASSPHRASE)
    return Founding(settings, told["admin"], told["admin_name"], password, passphrase=passphrase)


def _key_file(told: str) -> str:
    """Where the key file goes: as was told, or beside the folder if nothing was."""
    path = told or str(_own_key())
    if not Path(path).is_absolute():
        raise BadValue(
            field="key_file",
            value=path or "—",
            expected=say("web.setup.full-path", language(), path=_own_key()),
        )
    return path


def _twice(typed: Mapping[str, str], name: str, least: int) -> str:
    """What was typed twice alike, long enough; raises `BadValue`."""
    word = typed.get(name, "")
    if len(word) < least:
        raise BadValue(field=name, value="…", expected=say("web.setup.at-least", language(), least=least))
    if word != typed.get(f"{name}_again", ""):
        raise BadValue(field=f"{name}_again", value="…", expected=say("web.setup.same-twice", language()))
    return word


def _own_key() -> Path:
    """Where a key file is proposed: beside the folder, never in it."""
    home = setup().home
    return home.with_name(f"{home.name or 'anjuan'}.key")


def _defaults() -> dict[str, str]:
    plain = config.Settings()
    return {
        "company": "", "fonds": plain.fonds, "admin": "admin", "admin_name": "", "key": "file",
        "key_file": "", "contents": "empty",
    }  # fmt: skip


#: Beside which field an error is told that names none itself, and what this form calls the fields of others.
_BESIDE: Mapping[type[ArchiveError], str] = {
    KeyFileUnsafe: "key_file", FileMissing: "key_file", TargetExists: "key_file", WeakPassword: "password",
}  # fmt: skip
_CALLED = {"account": "admin", "name": "admin_name", "code": "fonds"}


def _at(slip: Exception | None) -> str:
    if not isinstance(slip, ArchiveError):
        return ""
    field = str(slip.facts.get("field") or slip.facts.get("key") or _BESIDE.get(type(slip), ""))
    return _CALLED.get(field, field)


def _form(told: Mapping[str, str], slip: Exception | None = None, status: int = 200) -> Any:
    at, proven = _at(slip), _proven(told["token"])
    page = render_template(
        "setup/form.html", told=told, at=at, error=_sentence(slip, at) if slip else "",
        home=setup().home if proven else None, own_key=_own_key() if proven else None,
        least=config.Settings().password_length, least_phrase=slots.LEAST_PASSPHRASE,
    )  # fmt: skip
    return make_response(page, status)


def _sentence(slip: Exception, at: str) -> str:
    """The slip as it is told: beside its field what is expected there."""
    if isinstance(slip, BadValue) and at in OWN:
        return str(slip.facts["expected"]) or say("web.setup.missing", language())
    if isinstance(slip, ArchiveError):
        return slip.message(language())
    return say("web.setup.failed", language(), why=type(slip).__name__)


@bp.post("/resume")
def resume() -> Any:
    """Go on in this browser with what was begun in another, by the token of the terminal."""
    if not _proven(request.form.get("token", "").strip()):
        return make_response(render_template("setup/elsewhere.html", wrong=True), 403)
    session[FOUNDER] = job().founder
    return redirect("/", 303)


@bp.post("/written")
def written() -> Any:
    """The recovery key is on paper: hand the archive over, forget the key, and go to the log-in."""
    now = job()
    if not now.done or session.get(FOUNDER) != now.founder:
        return redirect("/", 303)
    if request.form.get("written") != "1":
        return redirect("/", 303)
    opened, now.recovery, now.password = now.instance, "", ""
    session.clear()
    assert opened is not None
    setup().founded(opened)
    return redirect("/login", 303)


@bp.post("/language")
def tongue() -> Any:
    """Choose the language, of this page and of the archive that will be founded."""
    answer = make_response(redirect(local(request.form.get("back")), 303))
    chosen = request.form.get("to", "")
    if chosen in set(Language):
        answer.set_cookie(TONGUE, chosen, samesite="Lax", httponly=True, secure=request.is_secure)
    return answer
