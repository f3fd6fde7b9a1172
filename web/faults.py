"""What goes wrong, told: an error by its sentence and status, a defect by its number, never a trace (W9).

What one may not see is answered as what is not there: the same page, the same status (decision 6).
"""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from archive.errors import ArchiveError, BadValue, Busy, DiskFull, PasswordDue
from archive.sitting import note_defect
from archive.words import knows, say
from web import sittings
from web.asking import language
from web.looks import linked
from web.ways import local

#: Where the application keeps its `Place`.
PLACE = "anjuan-place"
#: Seconds after which asking again has a point.
PATIENCE = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where defects are noted, and by which clock."""

    home: Path
    clock: Callable[[], dt.datetime]


def answered(app: Flask) -> None:
    """Let *app* tell every error in this way."""
    app.register_error_handler(ArchiveError, refused)
    app.register_error_handler(CSRFError, lambda _: told(403, _sentence("form-over"), "form-over"))
    app.register_error_handler(HTTPException, _by_number)
    app.register_error_handler(Exception, unforeseen)


def refused(error: ArchiveError) -> Any:
    """An error of the archive: its sentence under its status; to the log-in where that is what is missing."""
    if sittings.leads_away(error) and not _for_program():
        return _away(error)
    return later(told(error.http, error.message(language()), error.code), error)


def later(answer: Response, error: ArchiveError) -> Response:
    """*answer* under the status of *error*, saying when to come again where that helps."""
    wait = error.facts.get("seconds") or (PATIENCE if isinstance(error, Busy) else None)
    if wait is not None:
        answer.headers["Retry-After"] = str(wait)
    answer.status_code = error.http
    return answer


def _away(error: ArchiveError) -> Response:
    if isinstance(error, PasswordDue):
        return _sent(url_for("entrance.password"))
    sittings.leave()
    return to_login(over=True)


def to_login(*, over: bool = False) -> Response:
    """To the log-in, and back again afterwards; it is said where a log-in has run out."""
    if over or g.get("over"):
        flash(_sentence("login-over"), "note")
    back = local(request.full_path.rstrip("?")) if request.method == "GET" else "/"
    if _in_part():
        back = "/"
    return _sent(url_for("entrance.login", next=back if back != "/" else None))


def _sent(place: str) -> Response:
    """To another page: the whole of it, also where only a part was asked for."""
    if _in_part():
        answer = make_response("", 204)
        answer.headers["HX-Redirect"] = place
        return answer
    return make_response(redirect(place, 303))


def _by_number(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    key = f"web.fault.{status}"
    answer = told(status, _sentence(str(status) if knows(key, language()) else "other"), f"http-{status}")
    for header, value in error.get_headers(request.environ):
        if header in {"Allow", "Retry-After"}:
            answer.headers[header] = value
    return answer


def unforeseen(defect: Exception) -> Response:
    """A defect of ours: noted for the operator, told by its number; what no database takes was a slip of typing."""
    place: Place = current_app.extensions[PLACE]
    if isinstance(defect, (UnicodeEncodeError, OverflowError)):
        slip = BadValue(field="value", value="…", expected="UTF-8, ≤ 2^63")
        return told(slip.http, slip.message(language()), slip.code)
    if isinstance(defect, OSError) and defect.errno in {errno.ENOSPC, errno.EDQUOT}:
        full = DiskFull(path=place.home)
        return told(full.http, full.message(language()), full.code)
    if current_app.testing and not current_app.config.get("DEFECTS_TOLD"):
        raise defect
    number = note_defect(place.home, defect, place.clock())
    g.defect = number
    return told(500, say("told.defect", language(), number=number), "defect", number)


def told(status: int, sentence: str, code: str, number: str = "") -> Response:
    """The page, the part of a page or the object that tells *sentence*."""
    if _for_program():
        answer = jsonify({"error": {"code": code, "message": sentence, "number": number or None}})
    elif _in_part():
        answer = make_response(
            Markup('<p class="alert alert-danger" role="alert">{}</p>').format(_read(sentence, status))
        )
    else:
        page = render_template("error.html", status=status, sentence=_read(sentence, status), number=number)
        answer = make_response(page)
    answer.status_code = status
    return answer


def _read(sentence: str, status: int) -> str:
    """*sentence* with its commands as links; as it stands where nothing is served yet, or the service itself fails."""
    return linked(sentence) if status < 500 and "anjuan" in current_app.extensions else sentence


def _sentence(key: str) -> str:
    return say(f"web.fault.{key}", language())


def _for_program() -> bool:
    return request.path.startswith(sittings.PROGRAMS)


def _in_part() -> bool:
    return request.headers.get("HX-Request") == "true"
