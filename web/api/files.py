"""The bytes of files for programs: in piece by piece into the vault, out as a file; never a body of JSON (decision 14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask import Flask, Response, g, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import UnsupportedMediaType

from archive import identity, objects, viewing
from archive.acts import Act
from archive.errors import BadValue
from archive.uploads import PIECE, Upload
from archive.values import ComponentKind
from web.api import asked
from web.api.routes import bp, json_of, once
from web.asking import archive, asking, working
from web.handing import handed
from web.receiving import prepare, uploads, welcome

#: The largest number of a file that is looked for.
_LAST = 10**6


@bp.record_once
def _prepared(state: BlueprintSetupState) -> None:
    """The place for files on their way in, unless the pages have made it."""
    assert isinstance(state.app, Flask)
    if "anjuan-uploads" not in state.app.extensions:
        prepare(state.app)


def owner() -> str:
    """Whose a file on its way is: of this token, and of no other."""
    return f"{g.person}|api|{identity.token_hash(g.token)}"


# --- in ---------------------------------------------------------------------------------------


@bp.post("/uploads")
def begin() -> Response:
    """A new file by its name and size, and where it is to go; judged before its first byte."""
    told = _members({"name": str, "size": int, "code": str}, required=("name", "size"))
    if told.get("code"):
        _may(told["code"])
    else:
        welcome()
    return json_of(_progress(uploads().begin(owner(), told["name"], told["size"])), 201)


@bp.get("/uploads/<uid>")
def progress(uid: str) -> Response:
    """How far a file has come."""
    return json_of(_progress(uploads().look(owner(), uid)))


@bp.put("/uploads/<uid>/<int:offset>")
def put(uid: str, offset: int) -> Response:
    """The next piece; one that came before is passed over."""
    if request.mimetype != "application/octet-stream":
        raise UnsupportedMediaType
    return json_of(_progress(uploads().put(owner(), uid, offset, request.stream.read(PIECE + 1))))


@bp.delete("/uploads/<uid>")
def drop(uid: str) -> Response:
    """Give a file up."""
    uploads().drop(owner(), uid)
    return Response(status=204)


@bp.post("/uploads/<uid>/attach")
def attach(uid: str) -> Response:
    """Attach a file that has come whole to an item; under an `Idempotency-Key` once only."""
    told = _members({"code": str, "kind": str}, required=("code",))
    kind = told.get("kind", ComponentKind.TEXT.value)
    if kind not in set(ComponentKind):
        raise BadValue(field="kind", value=kind[:20], expected=" | ".join(ComponentKind))
    return once({"attach": uid, **told}, partial(_attached, uid, told["code"], ComponentKind(kind)))


def _attached(uid: str, code: str, kind: ComponentKind) -> tuple[Response, bool]:
    with uploads().whole(owner(), uid) as found, working(Act.ITEM_ATTACH) as unit:
        stored = objects.attach(unit, code, found.writing, name=found.name, kind=kind)
        count = len(objects.contents(unit, unit.item(code)))
        told = {"code": code, "size": found.size, "files": count, "object": stored.uid}
    return json_of(told), True


def _progress(found: Upload) -> Mapping[str, Any]:
    return {
        "id": found.uid,
        "name": found.name,
        "size": found.size,
        "received": found.received,
        "piece": PIECE,
    }


def _may(code: str) -> None:
    """Raise at once what attaching to *code* would be refused with."""
    with asking(Act.ITEM_ATTACH) as unit:
        item = unit.item(code)
        if not unit.may(Act.ITEM_ATTACH, item):
            unit.act(Act.ITEM_ATTACH, item)


def _members(kinds: Mapping[str, type], *, required: tuple[str, ...]) -> dict[str, Any]:
    """The members of the object that was sent, each of its kind; raises `BadValue` by the name."""
    given = asked.body(request.get_data())
    for name in (*given, *required):
        kind: Callable[..., Any] | None = kinds.get(name)
        if kind is None or type(given.get(name)) is not kind:
            raise BadValue(field=name[:80], value="…", expected=kind.__name__ if kind else " | ".join(kinds))
    return dict(given)


# --- out --------------------------------------------------------------------------------------


@bp.get("/item/content")
def content() -> Response:
    """A file of an item: its bytes, after the line of who took it and what for is written."""
    code, purpose = request.args.get("code", ""), request.args.get("purpose", "")
    number = request.args.get("number", "1")
    if not number.isascii() or not number.isdecimal() or int(number[:8]) > _LAST:
        raise BadValue(field="number", value=number[:20], expected=f"1–{_LAST}")
    with asking(Act.ITEM_GET) as unit:
        found = viewing.taken(unit, code, int(number), purpose=purpose)
    return handed(viewing.pieces(archive().vault, found), found.name)
