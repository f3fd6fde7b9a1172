"""The front page: one box, what it finds, where that is now and what may be done with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from markupsafe import Markup, escape

from archive import views
from archive.acts import Act
from archive.errors import (
    ArchiveError,
    BadValue,
    ClassUnknown,
    PageLost,
    QueryTooLarge,
    QueryUnclear,
    ValueUnknown,
)
from archive.values import Family, Level, VolumeState
from indexer import completions, saved
from indexer.engine import Order
from indexer.entries import Kind
from indexer.facets import Facet
from indexer.intake import UNFIT
from indexer.question.tree import Column
from indexer.search import Cut, Page, answer
from indexer.shelf import shared
from web import menus, offers, recents, sittings
from web.asking import archive, asking, language, may
from web.finding import LONGEST, NARROWING, Search
from web.looks import cell, t

bp = Blueprint("search", __name__)

PAGE = 20
#: Characters of a long description that are shown, and how many before its first mark.
WIDTH, LEAD = 72, 16
#: What may be a whole code, typed or scanned.
_CODE = re.compile(r"(?=.*[0-9])\S*[-－–—·./]\S+|[A-Za-z]+[0-9]{2,}\S*")
#: What a row may offer: files are attached on the record's own page.
OFFERED = offers.ACTS - {Act.ITEM_ATTACH}
#: Facets shown before "more", and what is wrong with a question in the words of its sentence, beside the box.
SHORT = 8
UNREADABLE = (BadValue, ClassUnknown, PageLost, QueryTooLarge, QueryUnclear, ValueUnknown)
#: Facets in the order they stand; their headings are words of the catalogue.
HEADINGS = {
    Column.CLASS: "class_code", Column.FAMILY: "record_family", Column.YEAR: "year", Column.LEVEL: "level",
    Column.DEPARTMENT: "department", Column.PLACE: "place", Column.STATE: "state", Column.KIND: "kind",
}  # fmt: skip


@bp.get("/")
def front() -> Any:
    """What is asked for, or the page of the day."""
    search = Search.of(request.args)
    if not may(Act.RECORD_SEARCH):
        return redirect(_elsewhere(), 303)
    if search.empty:
        return render_template("search/day.html", search=search, recent=_recent(), saved=_saved(), told="")
    return _found(search)


def _elsewhere() -> str:
    """Where those begin their day who search nothing: the administrators with the people, the auditor with the log."""
    offered = {entry.key: entry.href for section in menus.shown(may) for entry in section.entries}
    first = next(iter(offered.values()), url_for("doing.page", where="whoami"))
    return offered.get("people") or offered.get("audit") or first


def _found(search: Search) -> Any:
    try:
        code = None if search.after or search.narrowed or search.like else _exactly(search.words)
        if code is not None:
            return recents.remembered(redirect(f"/records/{quote(code)}", 303), search.asked())  # type: ignore[arg-type]
        cut = Cut(PAGE, after=search.after, facets=frozenset(() if search.like else HEADINGS), offers=OFFERED)
        page = answer(archive(), sittings.reader(), shared(archive()), search.question(), cut)
    except UNREADABLE as slip:
        return _unread(search, slip)
    shown = make_response(
        render_template("search/found.html", search=search, page=page, **_beside(search, page))
    )
    return recents.remembered(shown, search.asked()) if page.total and not search.after else shown


def _exactly(words: str) -> str | None:
    """The code of the record that is called so, if *words* look like a code at all."""
    if len(words) > LONGEST or not _CODE.fullmatch(words):
        return None
    with asking(Act.RECORD_SEARCH) as unit:
        return views.exactly(unit, words)


def _unread(search: Search, slip: ArchiveError) -> Response:
    """The page with the sentence beside the box, and the nearest question that can be read."""
    reading = slip.facts.get("reading") if isinstance(slip, QueryUnclear) else None
    nearest = reading.text(language()) if reading is not None else None  # type: ignore[attr-defined]
    page = render_template(
        "search/day.html", search=search, recent=_recent(), saved=_saved(), told=slip.message(language()),
        nearest=(nearest, search.address(words=nearest)) if nearest else None,
    )  # fmt: skip
    return make_response(page, 422)


def _beside(search: Search, page: Page) -> dict[str, Any]:
    return {
        "facets": list(_facets(search, page)), "chips": list(_chips(search, page)), "orders": list(Order),
        "today": _today(), "offered": _offered, "classes": _names(page, Column.CLASS),
        "departments": _names(page, Column.DEPARTMENT), "marked": marked, "excerpt": excerpt,
    }  # fmt: skip


def _names(page: Page, column: Column) -> dict[str, str]:
    """What the values of a fact are called, as far as the answer was counted by it."""
    return {one.value: one.called(language()) for one in page.facets.get(column, ())}


def _offered(acts: Sequence[Act], code: str) -> list[offers.Offer]:
    return offers.offered(acts, code, back=request.full_path)


def _today() -> Any:
    return archive().clock().astimezone(archive().settings.zone).date()


def marked(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """*text*, escaped, its *spans* marked."""
    told, at = Markup(), 0
    for start, end in spans:
        told += escape(text[at:start]) + Markup("<mark>") + escape(text[start:end]) + Markup("</mark>")
        at = end
    return told + escape(text[at:])


def excerpt(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """The part of a long *text* around the first of its *spans*, marked."""
    if len(text) <= WIDTH or not spans:
        return marked(text, spans)
    start = max(0, min(spans[0][0] - LEAD, len(text) - WIDTH))
    end = start + WIDTH
    inside = [(max(a, start) - start, min(b, end) - start) for a, b in spans if a < end and b > start]
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return Markup("{}{}{}").format(before, marked(text[start:end], inside), after)


# --- what narrows ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a fact: its name, how many records have it, where it leads, whether it is chosen already."""

    label: str
    count: int
    href: str
    chosen: bool
    depth: int = 0


def _facets(search: Search, page: Page) -> Iterator[tuple[str, list[Choice], list[Choice]]]:
    """Heading, the first choices and the rest of every fact that parts the answer."""
    for column, heading in HEADINGS.items():
        rows = _level_of(page.facets.get(column, ()), search.narrowed.get(column.value))
        if len(rows) > 1 or column.value in search.narrowed:
            every = [_choice(search, column, one) for one in rows]
            yield heading, every[:SHORT], every[SHORT:]


def _level_of(facets: Sequence[Facet], chosen: str | None) -> list[Facet]:
    """Of a tree what stands around the one *chosen* and directly in it; of what is flat, all."""
    depth = next((one.depth for one in facets if one.value == chosen), -1)
    tops = [one for one in facets if one.depth == 0]
    return [one for one in facets if one.depth <= max(depth + 1, 1 if len(tops) == 1 else 0)]


def _choice(search: Search, column: Column, one: Facet) -> Choice:
    chosen = search.narrowed.get(column.value) == one.value
    href = search.wider(column.value) if chosen else search.narrower(column.value, one.value)
    return Choice(_label(column, one), one.count, href, chosen, one.depth)


def _label(column: Column, one: Facet) -> str:
    name = one.called(language())
    if column is Column.CLASS:
        return f"{one.value} {name}"
    return name.rsplit(" / ", 1)[-1] if column is Column.PLACE else name


def _chips(search: Search, page: Page) -> Iterator[tuple[str, str, str]]:
    """Heading, value and the address without it, of everything the search is narrowed to."""
    for column in NARROWING:
        if column.value in search.narrowed:
            said = search.narrowed[column.value]
            known = next((one for one in page.facets.get(column, ()) if one.value == said), None)
            yield (
                HEADINGS[column],
                _label(column, known) if known else _spoken(column, said),
                search.wider(column.value),
            )


def _spoken(column: Column, said: str) -> str:
    """A value that nothing was found by, in words where it has any."""
    kinds = {Column.FAMILY: Family, Column.STATE: VolumeState, Column.KIND: Kind}
    try:
        return cell(Level.named(said) if column is Column.LEVEL else kinds[column](said))
    except (ArchiveError, KeyError, ValueError):
        return said


# --- as one types ------------------------------------------------------------------------------


@bp.get("/search/suggest")
def suggest() -> Any:
    """What the words typed so far may go on to be."""
    typed = request.args.get("q", "").strip()[: completions.LONGEST + 1]
    found = _completed(typed) if typed else []
    own = (
        [one for one in _recent() if typed.casefold() in one[0].casefold() and typed != one[0]][:3]
        if typed
        else []
    )
    return render_template("search/suggest.html", own=own, found=found, marked=marked)


def _completed(typed: str) -> list[completions.Completion]:
    """What the index offers; nothing while it is unfit, since a search will mend it."""
    try:
        with asking(Act.RECORD_SEARCH) as unit:
            return completions.offered(unit, shared(archive()).engine(), typed, language())
    except UNFIT:
        return []


@bp.post("/search/forget")
def forget() -> Any:
    """Forget what was searched for lately."""
    return recents.forgotten(redirect(url_for("search.front"), 303))  # type: ignore[arg-type]


def _recent() -> list[tuple[str, str]]:
    """What was searched for lately: how it is told, and where it leads."""
    searches = [Search.of(one) for one in recents.listed()]
    return [(_told(one), one.address()) for one in searches if not one.empty]


def _told(search: Search) -> str:
    like = t("web.search.like", code=search.like) if search.like else ""
    narrowed = [
        _spoken(column, search.narrowed[column.value])
        for column in NARROWING
        if column.value in search.narrowed
    ]
    return " · ".join(part for part in (search.words, like, *narrowed) if part)


def _saved() -> list[tuple[saved.Saved, str]]:
    """One's own kept searches, and where each leads."""
    if not may(Act.SAVED_SEE):
        return []
    with asking(Act.SAVED_SEE) as unit:
        return [
            (one, Search(one.words, order=one.order.value, wide=one.synonyms).address())
            for one in saved.listed(unit)
        ]
