"""The routes for programs: every verb that the web offers, a file's bytes, and the document that tells of them.

Only `Authorization: Bearer …` opens them: no cookie is looked at, so that no page of another house can ask here (W4).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import MethodNotAllowed, UnsupportedMediaType

from archive import sessions, tokens
from archive.acts import Act
from archive.clikit.declared import Remote, Verb, run
from archive.errors import ArchiveError, Busy, KeyUnsettled, LoginNeeded, NotEmployed
from archive.instance import Who
from archive.once import Answer, Once
from archive.words import Language
from web import sittings
from web.api import answered, asked, document
from web.asking import Outcome, archive, harmless, language, may, site, verb
from web.jobs import Job, jobs
from web.looks import t
from web.tasks import BY_VERB, Task

bp = Blueprint("api", __name__, url_prefix="/api/v1")

KEY = "Idempotency-Key"
#: Seconds after which a busy archive may be asked again.
PATIENCE = 5


# --- at the door -------------------------------------------------------------------------------


@bp.before_request
def _let_in() -> None:
    """Nobody without a token comes further; what it opens is judged with each act."""
    tongue = request.accept_languages.best_match([one.value for one in Language])
    g.language = Language(tongue) if tongue else archive().settings.tongue
    if request.endpoint == "api.described":
        return
    g.token = _shown()
    zone = archive().settings.zone
    sittings.show(tokens.credential(g.token, today=lambda now: now.astimezone(zone).date()))
    with archive().ask(sittings.who(), Act.PERSON_SEE) as unit:
        g.person = unit.actor.uid  # only now is it a token of ours, whose use is noted
        sittings.seat(unit.actor)


def _shown() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise LoginNeeded
    return token.strip()


@bp.after_request
def _noted(answer: Response) -> Response:
    if "person" in g:
        answer.call_on_close(partial(sessions.seen, archive(), g.token))
    return answer


@bp.errorhandler(ArchiveError)
def _refused(error: ArchiveError) -> Response:
    told = answered.in_its_words(answered.refusal(error, language()), g.get("wanted"))
    closed = isinstance(error, (LoginNeeded, NotEmployed))
    if closed:
        told["error"]["message"] = t("web.api.token-needed")
    answer = json_of(told, 401 if closed else error.http)
    if closed:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="anjuan"'
    if isinstance(error, Busy):
        answer.headers["Retry-After"] = str(PATIENCE)
    return answer


# --- the verbs ---------------------------------------------------------------------------------


@bp.get("/openapi.json")
def described() -> Response:
    """The document: every verb, what it asks, who may. It holds nothing of this office."""
    kept = current_app.extensions.setdefault("anjuan-document", {})
    if not kept:
        kept["json"] = answered.written(document.written(site().verbs))
    return json_of(kept["json"])


def json_of(told: bytes | Mapping[str, Any], status: int = 200) -> Response:
    """*told* as the answer."""
    raw = told if isinstance(told, bytes) else answered.written(told)
    return current_app.response_class(raw, status, mimetype="application/json")


@bp.get("/<path:where>")
def looked(where: str) -> Response:
    """What a verb that only looks has to tell."""
    wanted = verb(*where.split("/"))
    if not harmless(wanted):
        raise MethodNotAllowed(["POST"])
    g.wanted = wanted
    values = asked.of_query(wanted, request.args.to_dict(flat=False))
    return _told(wanted, answered.outcome(wanted.answers, _performed(wanted, values)[0]))


def _told(wanted: Verb, told: dict[str, Any]) -> Response:
    return json_of(answered.in_its_words(told, wanted))


@bp.post("/<path:where>")
def done(where: str) -> Response:
    """Perform a verb; under an `Idempotency-Key` once only."""
    wanted = verb(*where.split("/"))
    if harmless(wanted):
        raise MethodNotAllowed(["GET", "HEAD"])
    if request.mimetype != "application/json" and request.content_length:
        raise UnsupportedMediaType
    g.wanted = wanted
    values = asked.of_object(wanted, asked.body(request.get_data()))
    task = BY_VERB.get(wanted.path)
    work = partial(_answer, wanted, values)
    if task is not None and may(task.act):
        work = partial(_begun, task, values)
    return once({"verb": where, "values": values}, work)


@bp.get("/jobs/<uid>")
def job(uid: str) -> Response:
    """How far a long act is that this person began, or what came of it; raises `NotFound`."""
    found = jobs().own(uid)
    wanted = verb(*found.task.verb)
    return _told(wanted, answered.job(found, wanted.answers, language()) | _at(found))


def _begun(task: Task, values: Mapping[str, Any]) -> tuple[Response, bool]:
    """What takes long is begun, and followed at its own address; its key is settled when it is over."""
    write = sittings.who()

    def settled(over: Job) -> None:
        if isinstance(write, Once):
            write.keep(Answer(202, answered.written(_at(over))))

    made = jobs().begin(task, values, after=settled)
    answer = json_of(_at(made), 202)
    answer.headers["Location"] = _at(made)["at"]
    return answer, False


def _at(made: Job) -> dict[str, str]:
    return {"job": made.uid, "at": f"{bp.url_prefix}/jobs/{made.uid}"}


def _answer(wanted: Verb, values: Mapping[str, Any]) -> tuple[Response, bool]:
    """The answer, and whether it may be kept: no secret that is shown once, no rows, which are looked up again."""
    found, secret = _performed(wanted, values)
    told = _told(wanted, answered.outcome(wanted.answers, found))
    return told, not secret and found.result is None


class _Desk(Remote):
    """A desk that hears when something is told that is shown only once."""

    secret = False

    def frame(self, heading: str, text: str) -> str:
        """What is framed is a secret: a code, a token."""
        self.secret = True
        return super().frame(heading, text)


def _performed(wanted: Verb, values: Mapping[str, Any]) -> tuple[Outcome, bool]:
    desk = _Desk(archive(), sittings.who(), language())
    run(wanted, desk, values)
    outcome = Outcome(desk.told, desk.notes, desk.result, desk.columns, desk.facts, desk.status)
    return outcome, desk.secret


# --- once --------------------------------------------------------------------------------------


def once(meant: Mapping[str, Any], perform: Callable[[], tuple[Response, bool]]) -> Response:
    """What *perform* answers; under a key the same again for the same, and never done twice.

    *perform* says with its answer whether that may be kept.
    """
    key = request.headers.get(KEY)
    if key is None:
        return perform()[0]
    plain: Who = sittings.who()
    write = Once(archive(), plain, key, json.dumps(meant, sort_keys=True, default=str).encode())
    before = write.before()
    if before is not None:
        return _again(before)
    sittings.show(write)
    try:
        answer, kept = perform()
    except KeyUnsettled:  # another asked the same at this moment: it may have been answered by now
        return _again(write.before())
    except ArchiveError as error:
        answer, kept = _refused(error), write.done
        if not kept:
            raise
    if kept:
        write.keep(Answer(answer.status_code, answer.get_data()))
    return answer


def _again(kept: Answer | None) -> Response:
    assert kept is not None  # a key that was taken stays taken
    answer = json_of(kept.body, kept.status)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer
