"""Files into the vault from a browser: piece by piece with progress and resumption, or a plain form without scripts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Self

from flask import Blueprint, Flask, Response, flash, jsonify, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import Forbidden

from archive import objects
from archive.acts import Act
from archive.errors import ArchiveError, BadValue, FileTooLarge
from archive.filenames import portable, readable
from archive.uploads import PIECE
from archive.values import ComponentKind
from archive.vault import Writing
from archive.words import say
from web import receiving
from web.asking import archive, asking, language, working
from web.looks import linked, t
from web.receiving import Part, owner, uploads

bp = Blueprint("uploading", __name__)


@bp.record_once
def _prepared(state: BlueprintSetupState) -> None:
    """The place for files, and a form that checks its own token, since nobody may read the whole of it for that."""
    assert isinstance(state.app, Flask)
    receiving.prepare(state.app)
    state.app.extensions["csrf-guard"].exempt(plainly)


@bp.before_app_request
def _left() -> None:
    """Who logs out gives up what he was bringing in."""
    if request.endpoint == "entrance.logout" and request.method == "POST":
        uploads().drop_all(owner())


def told(view: Callable[..., Any]) -> Callable[..., Any]:
    """*view*, whose errors are told as an object: the sentence, its code, and how far a file has come."""

    @wraps(view)
    def answered(**given: Any) -> Any:
        try:
            return view(**given)
        except ArchiveError as error:
            received = error.facts.get("received")
            answer = jsonify(error=error.message(language()), code=error.code, received=received)
            answer.status_code = error.http
            return answer

    return answered


@bp.post("/uploads")
@told
def begin() -> Response:
    """A new file: its name, its size, and where it is to go; judged before its first byte."""
    code, size = request.form.get("code", ""), request.form.get("size", -1, int)
    if code:
        _may(code)
    else:
        receiving.welcome()
    made = uploads().begin(owner(), request.form.get("name", ""), size)
    answer = jsonify(id=made.uid, received=0, piece=PIECE)
    answer.status_code = 201
    return answer


@bp.get("/uploads/<uid>")
@told
def look(uid: str) -> Response:
    """How far a file has come, for who goes on after a broken connection."""
    found = uploads().look(owner(), uid)
    return jsonify(id=uid, received=found.received, size=found.size)


@bp.put("/uploads/<uid>/<int:offset>")
@told
def put(uid: str, offset: int) -> Response:
    """The next piece; one that came before is passed over."""
    piece = request.stream.read(PIECE + 1)
    found = uploads().put(owner(), uid, offset, piece)
    return jsonify(id=uid, received=found.received, size=found.size)


@bp.delete("/uploads/<uid>")
@told
def drop(uid: str) -> Response:
    """Give a file up."""
    uploads().drop(owner(), uid)
    return Response(status=204)


@bp.post("/uploads/<uid>/done")
@told
def done(uid: str) -> Response:
    """Attach a file that has come whole; tells what could be read of it, and which papers have the same."""
    code, kind = request.form.get("code", ""), _kind(request.form.get("kind", "TEXT"))
    with uploads().whole(owner(), uid) as found:
        stored, item = _attached(code, found.writing, found.name, kind)
    return jsonify(**_facts(item, stored))


def _attached(code: str, writing: Writing, name: str, kind: ComponentKind) -> tuple[str, str]:
    """The uids of the stored object and of its item."""
    with working(Act.ITEM_ATTACH) as unit:
        made = objects.attach(unit, code, writing, name=name, kind=kind)
        return made.uid, made.item_uid


def _facts(item: str, stored: str) -> dict[str, Any]:
    with asking(Act.RECORD_SEE) as unit:
        found = unit.item(item)
        held = objects.contents(unit, found)
        number = next(number for number, one in enumerate(held, 1) if one.uid == stored)
        mine = held[number - 1]
        same = objects.alike(unit, mine)
        name, outcome = objects.name_of(unit, mine), mine.outcome
    return {
        "code": found.reference_code,
        "number": number,
        "name": name,
        "outcome": linked(t(f"extract.{outcome}" if outcome else "web.catalogue.unread")).striptags(),
        "warning": say("web.catalogue.same-as", language(), codes=same) if same else "",
    }


def _may(code: str) -> None:
    """Raise at once what attaching to *code* would be refused with."""
    with asking(Act.ITEM_ATTACH) as unit:
        item = unit.item(code)
        if not unit.may(Act.ITEM_ATTACH, item):
            unit.act(Act.ITEM_ATTACH, item)


def _kind(told: str) -> ComponentKind:
    if told.upper() not in set(ComponentKind):
        raise BadValue(field="kind", value=told[:20], expected=" ".join(ComponentKind))
    return ComponentKind(told.upper())


# --- without scripts ----------------------------------------------------------------------------


@bp.post("/records/<path:code>/files")
def plainly(code: str) -> Any:
    """A form with files, read as it arrives: each goes into the vault while the next is still on its way."""
    with _Arriving(code) as form:
        for part in receiving.parts():
            if isinstance(part, bytes):
                form.feed(part)
            else:
                form.part(part)
        form.keep()
    return redirect(url_for("catalogue.record", code=code), 303)


class _Arriving:
    """A form on its way: its token comes before any file, or no file is taken; what breaks off leaves nothing."""

    def __init__(self, code: str) -> None:
        self._code, self._kind, self._checked = code, ComponentKind.TEXT, False
        self._writing: Writing | None = None
        self._name = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writing is not None:
            self._writing.abandon()

    def part(self, part: Part) -> None:
        """A field, or the head of the next file."""
        self.keep()
        if part.name == "csrf_token":
            self._check(part.text)
        elif not self._checked:
            raise Forbidden
        elif part.name == "kind":
            self._kind = _kind(part.text)
        elif part.file:
            self._name, self._writing = portable(readable(part.file)), archive().vault.writing()

    def _check(self, token: str) -> None:
        try:
            validate_csrf(token)
        except ValueError as slip:
            raise Forbidden from slip
        _may(self._code)
        self._checked = True

    def feed(self, piece: bytes) -> None:
        """Some more of the file at hand."""
        most = archive().settings.max_file_mib
        if self._writing is None:
            return
        if self._writing.size + len(piece) > most << 20:
            raise FileTooLarge(path=self._name, size=most, most=most)
        self._writing.feed(piece)

    def keep(self) -> None:
        """Attach the file that has just come to its end."""
        writing, self._writing = self._writing, None
        if writing is None:
            return
        with writing:
            stored, item = _attached(self._code, writing, self._name, self._kind)
        facts = _facts(item, stored)
        flash(say("web.uploading.kept", language(), name=facts["name"], outcome=facts["outcome"]), "done")
        if facts["warning"]:
            flash(facts["warning"], "note")
