"""Reading a paper's files on the screen, and taking them out: for a purpose, judged with every page, marked with the reader.

Nothing of a file reaches a disk or a browser's cache; what could run in a browser is never shown, only handed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from archive import viewing
from archive.acts import Act
from archive.errors import ArchiveError, BadValue, NothingStored
from archive.values import CONFIDENTIAL
from archive.viewing import OpenFile, TextPart
from indexer.extract import Extracted
from indexer.extract.watermark import MEDIA, unseen
from web import handing, sittings
from web.asking import archive, asking, language
from web.looks import t
from web.purposes import Purposes
from web.receiving import owner
from web.sights import DRAWN, MOST, WIDTHS, Sights, kind

bp = Blueprint("viewing", __name__)

#: Letters of a text that are shown.
LETTERS = 300_000
LONGEST_PURPOSE = 200


@bp.record_once
def _prepared(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    state.app.extensions["anjuan-purposes"] = Purposes()
    state.app.extensions["anjuan-sights"] = Sights()


@bp.before_app_request
def _left() -> None:
    """Who logs out is asked again."""
    if request.endpoint == "entrance.logout" and request.method == "POST" and sittings.sitting() is not None:
        _purposes().forget(owner())


def _purposes() -> Purposes:
    found = current_app.extensions["anjuan-purposes"]
    assert isinstance(found, Purposes)
    return found


def _sights() -> Sights:
    found = current_app.extensions["anjuan-sights"]
    assert isinstance(found, Sights)
    return found


# --- reading --------------------------------------------------------------------------------------


@bp.get("/records/<path:code>/files/<int:number>")
def file(code: str, number: int) -> Any:
    """A file of a paper on the screen; asks what for, once for a record."""
    with asking(Act.RECORD_READ) as unit:
        uid = viewing.there(unit, code, number).uid
    purpose = _purposes().given(owner(), uid)
    return _shown(code, number, purpose) if purpose else _asked(code, number, "viewing.file")


@bp.post("/records/<path:code>/files/<int:number>")
def purposed(code: str, number: int) -> Any:
    """Say what a record is read for, and read."""
    purpose = request.form.get("purpose", "").strip()
    try:
        with asking(Act.RECORD_READ) as unit:
            opened = viewing.opened(unit, code, number, purpose=_short(purpose))
    except BadValue as slip:
        return _asked(code, number, "viewing.purposed", slip), slip.http
    _purposes().keep(owner(), opened.item_uid, purpose)
    _purposes().open(owner(), opened.item_uid, number)
    return redirect(url_for("viewing.file", code=code, number=number), 303)


def _short(purpose: str) -> str:
    if len(purpose) > LONGEST_PURPOSE or not purpose.isprintable():
        raise BadValue(field="purpose", value=purpose[:40], expected="", letters=LONGEST_PURPOSE)
    return purpose


def _asked(code: str, number: int, way: str, slip: ArchiveError | None = None) -> str:
    """The question what for."""
    with asking(Act.RECORD_SEE) as unit:
        code = unit.record(code).reference_code
    return render_template(
        "viewing/purpose.html", code=code, number=number, error=slip.message(language()) if slip else "",
        purpose=request.form.get("purpose", ""), taking=way == "viewing.take", longest=LONGEST_PURPOSE,
    )  # fmt: skip


def _shown(code: str, number: int, purpose: str) -> str:
    with asking(Act.RECORD_READ) as unit:
        opened = _opened_or_open(code, number, purpose, unit)
        texts = viewing.texts(unit, opened)
        title = unit.card(unit.item(code)).title
        takes = unit.may(Act.ITEM_GET, unit.item(code))
        mark = _mark(opened)
    _purposes().open(owner(), opened.item_uid, number)
    drawn = kind(archive().vault, opened) in DRAWN and opened.size <= MOST
    page = max(1, request.args.get("page", 1, int))
    told = list(blocks(texts))
    return render_template(
        "viewing/file.html", file=opened, title=title, drawn=drawn and request.args.get("as") != "text", both=drawn,
        page=min(page, opened.pages or 1) if drawn else page, width=_width(), widths=WIDTHS, texts=texts, told=told,
        mark=mark, takes=takes, too_large=opened.size > MOST,
    )  # fmt: skip


def _opened_or_open(code: str, number: int, purpose: str, unit: Any) -> OpenFile:
    """Each opening leaves its line; turning the pages of what is open does not."""
    uid = unit.item(code).uid
    if _purposes().is_open(owner(), uid, number):
        return viewing.still_open(unit, code, number)
    return viewing.opened(unit, code, number, purpose=purpose)


def _mark(opened: OpenFile) -> str:
    """Who looks at this and when; on confidential papers only."""
    here = sittings.sitting()
    if opened.level < CONFIDENTIAL or here is None:
        return ""
    now = archive().clock().astimezone(archive().settings.zone)
    return f"{here.name} {here.account} {now:%Y-%m-%d %H:%M}"


def _width() -> int:
    told = request.args.get("width", WIDTHS[1], int)
    return told if told in WIDTHS else WIDTHS[1]


@bp.get("/records/<path:code>/files/<int:number>/pages/<int:page>.jpg")
def sight(code: str, number: int, page: int) -> Response:
    """One page of an opened file as a picture of our own making."""
    with asking(Act.RECORD_READ) as unit:
        opened = viewing.still_open(unit, code, number)
        if not _purposes().is_open(owner(), opened.item_uid, number):
            raise NothingStored(code=opened.code)
        mark = _mark(opened)
    found = _sights().page(archive().vault, opened, page, _width(), mark)
    if isinstance(found, Extracted):
        if page != 1 or kind(archive().vault, opened) not in DRAWN:
            raise NothingStored(code=opened.code)
        found = unseen(t("web.viewing.undrawn"))
    return handing.shown(found, f"{opened.number}-{page}.jpg", MEDIA)


# --- taking out -----------------------------------------------------------------------------------


@bp.route("/records/<path:code>/files/<int:number>/take", methods=["GET", "POST"])
def take(code: str, number: int) -> Any:
    """A file handed over as it is, for a purpose; as a file always, never as a page."""
    with asking(Act.ITEM_GET) as unit:
        viewing.there(unit, code, number, Act.ITEM_GET)
    if request.method == "GET":
        return _asked(code, number, "viewing.take")
    try:
        with asking(Act.ITEM_GET) as unit:
            found = viewing.taken(unit, code, number, purpose=_short(request.form.get("purpose", "").strip()))
    except BadValue as slip:
        return _asked(code, number, "viewing.take", slip), slip.http
    answer = handing.handed(viewing.pieces(archive().vault, found), found.name)
    answer.content_length = found.size
    return answer


# --- texts ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """Something of a text that stands by itself: a page, a paragraph (*text*), or the rows of a table."""

    page: int | None = None
    confidence: int | None = None
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def blocks(texts: list[TextPart]) -> Iterator[Block]:
    """What was read of a file, as paragraphs and tables: lines whose cells are parted by tabs stand together as rows."""
    left = LETTERS
    for part in texts:
        if part.page is not None:
            yield Block(page=part.page, confidence=part.confidence)
        yield from _paragraphs(part.text[:left])
        left = max(0, left - len(part.text))


def _paragraphs(text: str) -> Iterator[Block]:
    rows: list[tuple[str, ...]] = []
    for line in re.split(r"\n|\f", text):
        if "\t" in line.strip():
            rows.append(tuple(line.split("\t")))
            continue
        if rows:
            yield Block(rows=tuple(rows))
            rows = []
        if line.strip():
            yield Block(text=line)
    if rows:
        yield Block(rows=tuple(rows))
