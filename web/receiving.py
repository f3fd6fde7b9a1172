"""Files that are brought in by a browser: whose they are, and how another page takes one over (decision 14).

A page that wants a file (a list, a template, a scan) lets `web/static/js/uploading.js` bring it in piece by piece, and is
then told its number: `content` gives name and bytes, `whole` hands it over to be attached. Without scripts the same form
is read part by part as it arrives: `parts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO

from flask import Flask, current_app, request, session
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from archive import identity
from archive.acts import Act
from archive.errors import BadValue, LoginNeeded
from archive.filenames import portable, readable
from archive.uploads import Upload, Uploads
from web import sittings
from web.asking import asking

#: What a file is brought in for.
FOR = (Act.ITEM_ATTACH, Act.SHEET_CHECK, Act.SCAN_ATTACH, Act.FORM_TEMPLATE)
#: Bytes read from the network at a time, and the longest value of a field beside a file.
BITE, LONGEST = 64 * 1024, 16 * 1024
#: How much of a part's head and of the marks between parts is looked through at once.
_ROOM = 4 * BITE


def prepare(app: Flask) -> None:
    """Give *app* its place for files on their way in, if it has none yet."""
    archive = app.extensions["anjuan"].instance
    if "anjuan-uploads" not in app.extensions:
        app.extensions["anjuan-uploads"] = Uploads(archive.vault, archive.settings)


def uploads() -> Uploads:
    """The files on their way in."""
    found = current_app.extensions["anjuan-uploads"]
    assert isinstance(found, Uploads)
    return found


def welcome() -> None:
    """Raise what stands in the way of who may bring nothing in, wherever it were to go: he fills no disk."""
    with asking(FOR[0]) as unit:
        if not any(map(unit.may, FOR)):
            unit.act(FOR[0])


def owner() -> str:
    """Whose a file is: of this log-in of this person; what another brings in, or brought in before, is none of his."""
    here = sittings.sitting()
    if here is None:
        raise LoginNeeded
    return f"{here.uid}|{identity.token_hash(session.get(sittings.TOKEN, ''))}"


def whole(uid: str) -> AbstractContextManager[Upload]:
    """The file *uid* of who is signed in, to be taken over; as `Uploads.whole`."""
    return uploads().whole(owner(), uid)


def content(uid: str, *, most: int) -> tuple[str, bytes]:
    """Name and bytes of the file *uid* of who is signed in, at most *most* bytes; it is gone then."""
    return uploads().content(owner(), uid, most=most)


def sent(kinds: str, *, most: int) -> tuple[str, bytes]:
    """Name and bytes of the file of this form: brought in piece by piece, or, where it is small, by the form itself.

    Raises `BadValue` for none, with the *kinds* that are taken, and as `content` does.
    """
    if request.form.get("upload"):
        return content(request.form["upload"], most=most)
    file = request.files.get("file")
    data = file.read() if file is not None else b""
    if file is None or not data:
        raise BadValue(field="file", value="—", expected=kinds)
    return portable(readable(file.filename or "—")), data


# --- a form with a file in it, without scripts --------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form (*text*), or the head of a file (*file* is its name), whose bytes follow."""

    name: str
    text: str = ""
    file: str | None = None


def parts() -> Iterator[Part | bytes]:
    """The parts of this request's form as they arrive; the bytes of a file follow its head. Nothing is kept anywhere.

    Raises `BadRequest` for what is no such form.
    """
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary.isascii() or not 0 < len(boundary) <= 200:
        raise BadRequest
    try:
        yield from _decoded(request.stream, MultipartDecoder(boundary.encode(), _ROOM, max_parts=1000))
    except ValueError as slip:
        raise BadRequest from slip


def _decoded(stream: IO[bytes], decoder: MultipartDecoder) -> Iterator[Part | bytes]:
    field: str | None = None
    told = bytearray()
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, NeedData):
            decoder.receive_data(stream.read(BITE) or None)
        elif isinstance(event, (Field, File)):
            field, told = (event.name if isinstance(event, Field) else None), bytearray()
            if isinstance(event, File):
                yield Part(event.name, file=event.filename or "")
        elif isinstance(event, Data) and field is None:
            yield event.data
        elif isinstance(event, Data) and field is not None:
            told += event.data[:LONGEST]
            if not event.more_data or len(told) > LONGEST:
                yield Part(field, _short(told))


def _short(told: bytearray) -> str:
    if len(told) > LONGEST:
        raise RequestEntityTooLarge
    return told.decode("utf-8", "replace")
