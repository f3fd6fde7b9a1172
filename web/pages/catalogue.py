"""The catalogue: the class tree, a class with its volumes, a record with everything about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from archive import browsing, dossiers, reckoning, viewing, views
from archive.acts import Act
from archive.browsing import About, Narrowing
from archive.circulation import asked, ledger
from archive.custody import seals
from archive.errors import ArchiveError, NotFound
from archive.forms.kinds import ALL, Takes
from archive.unit import Unit
from archive.values import ComponentKind, VolumeState
from archive.words import say
from retention import due
from retention.clock import explain
from retention.holding import hold_book
from web import paging
from web.asking import asking, language
from web.offers import offered

bp = Blueprint("catalogue", __name__)

#: What a record's page is divided into, and the act whose permission shows each part.
PARTS: Mapping[str, Act] = {
    "retention": Act.RECORD_SEE,
    "use": Act.LOAN_SEE,
    "custody": Act.RECORD_SEE,
    "history": Act.RECORD_SEE,
}
#: Papers of a volume on one page.
CONTENTS = 100
#: What may be asked for any record one sees, beside the steps of its life.
ALWAYS = (Act.REQUEST_ASK, Act.INCIDENT_REPORT, Act.HOLD_PLACE, Act.SECRECY_SET)
#: Forms that are printed of a volume, and of a paper.
PAPERS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(form.word for form in ALL if form.takes in takes)
    for kind, takes in (("volume", {Takes.VOLUME, Takes.VOLUMES}), ("item", {Takes.ITEMS}))
}


@bp.context_processor
def _ways() -> dict[str, Any]:
    """What the templates of this topic call."""
    return {"there": paging.there, "turned": paging.turned, "record_href": record_href}


def record_href(row: Any) -> str:
    """The page of the record that a row is about."""
    return url_for("catalogue.record", code=row.code)


# --- the tree and its classes -------------------------------------------------------------------


@bp.get("/catalogue")
def tree() -> str:
    """The class tree with what one may see in each class."""
    with asking(Act.CLASS_SEE) as unit:
        branches = browsing.tree(unit)
    return render_template(
        "catalogue/tree.html", branches=branches, all=request.args.get("all") == "1",
        volumes=sum(one.line.volumes for one in branches), items=sum(one.line.items for one in branches),
        pages=sum(one.line.pages for one in branches),
    )  # fmt: skip


@bp.get("/catalogue/classes/<code>")
def of_class(code: str) -> str:
    """One class: its volumes, or the papers kept one by one, narrowed and page by page."""
    wanted, here = _narrowing(code), paging.asked(browsing.PAGE)
    with asking(Act.RECORD_SEE) as unit:
        branches = browsing.tree(unit)
        volumes, papers = browsing.totals(unit, wanted)
        alone = _alone() or (volumes == 0 and papers > 0)
        shelf = (browsing.lone_papers if alone else browsing.volumes)(unit, wanted, page=here.page)
    lines = {one.code: one for branch in branches for one in (branch.line, *branch.below)}
    return render_template(
        "catalogue/class.html", here=lines.get(code), code=code, above=lines.get(code.partition("·")[0]),
        below=next((one.below for one in branches if one.line.code == code), ()), shelf=shelf, volumes=volumes,
        papers=papers, alone=alone, wanted=wanted, page=here.page, more=here.more(shelf.total),
    )  # fmt: skip


def _year(told: str) -> int | None:
    return int(told) if re.fullmatch(r"[12][0-9]{3}", told) else None


def _alone() -> bool:
    return request.args.get("papers") == "1"


def _narrowing(code: str) -> Narrowing:
    state = request.args.get("state", "").upper()
    return Narrowing(
        code[:20],
        _year(request.args.get("year", "")),
        request.args.get("department") or None,
        VolumeState(state) if state in set(VolumeState) else None,
    )


# --- a record -----------------------------------------------------------------------------------


@bp.get("/records/<path:code>")
def record(code: str) -> Any:
    """A volume or a paper; by its uid it leads to its code, and absent and hidden are answered alike."""
    here = paging.asked(CONTENTS)
    with asking(Act.RECORD_SEE) as unit:
        about = browsing.about(unit, code, slice(here.skip, here.skip + here.size))
        found = unit.record(code)
        facts: dict[str, Any] = {
            "turn": here,
            "timed": _timed(unit, about, found),
            "held": _holds(unit, code),
            "missing": _missing(unit, about),
        }
        if about.page.kind == "item":
            facts["files"] = list(zip(about.page.files, viewing.facts(unit, code), strict=False))
            facts["reads"] = unit.may(Act.RECORD_READ, found)
            facts["takes"] = unit.may(Act.ITEM_GET, found)
            facts["kinds"] = [(one.value, say(one.word, language())) for one in ComponentKind]
            facts["most"] = unit.settings.max_file_mib
        facts |= _frame(unit, about, found)
    if code != about.page.code:
        return redirect(url_for("catalogue.record", code=about.page.code), 301)
    return render_template(f"catalogue/{about.page.kind}.html", part="", **facts)


@bp.get("/records/<path:code>/<any(retention, use, custody, history):part>")
def of_record(code: str, part: str) -> str:
    """What is told of a record beside its contents: periods, loans, places, earlier cards."""
    with asking(PARTS[part]) as unit:
        about = browsing.about(unit, code, browsing.HEAD)
        found = unit.record(code)
        if not unit.may(PARTS[part], found):
            unit.look(PARTS[part], found)
        facts = {**_TOLD[part](unit, about), **_frame(unit, about, found)}
    return render_template(f"catalogue/{part}.html", part=part, **facts)


def _frame(unit: Unit, about: About, found: Any) -> dict[str, Any]:
    """What every part of a record's page shows: its head and its buttons."""
    also = [act for act in ALWAYS if unit.may(act, found)]
    page = about.page
    parts = [name for name, act in PARTS.items() if unit.may(act, found)]
    return {
        "about": about,
        "page": page,
        "parts": parts,
        "offers": offered([*page.may, *also], page.code, back=request.path),
        "papers": PAPERS[page.kind] if unit.may(Act.FORM_PRINT) else (),
        "labels": unit.may(Act.LABEL_PRINT),
        "today": unit.today,
    }


def _timed(unit: Unit, about: About, found: Any) -> dict[str, Any]:
    """How long it is kept and why; a paper in a volume is kept with its volume."""
    found = unit.record(about.volume) if about.volume else found
    return {
        "begins": found.trigger_date,
        "expires_on": found.expires_on,
        "review_due": found.review_due,
        "reason": explain(due.course(found), language()),
    }


def _holds(unit: Unit, code: str) -> list[Any]:
    return list(hold_book.check(unit, code)) if unit.may(Act.HOLD_SEE) else []


def _missing(unit: Unit, about: About) -> list[Any]:
    """What the checklist of the dossier still wants; nothing where there is none, or it may not be seen."""
    if about.page.kind != "volume" or not about.page.dossier or not unit.may(Act.DOSSIER_SEE):
        return []
    try:
        return list(dossiers.missing(unit, about.page.dossier, language()))
    except ArchiveError:
        return []


def _retention(unit: Unit, about: About) -> dict[str, Any]:
    subject = about.page.dossier or about.volume or about.page.code
    try:
        events = reckoning.events(unit, subject)
    except NotFound:
        events = []
    return {
        "timed": _timed(unit, about, unit.record(about.uid)),
        "events": events,
        "held": _holds(unit, about.page.code),
        "missing": _missing(unit, about),
    }


def _use(unit: Unit, about: About) -> dict[str, Any]:
    requests = asked.rows(unit, code=about.page.code) if unit.may(Act.REQUEST_SEE) else []
    return {"loans": ledger.history(unit, about.page.code), "requests": requests[::-1]}


def _custody(unit: Unit, about: About) -> dict[str, Any]:
    sealed = seals.of_record(unit, about.page.code) if unit.may(Act.SEAL_SEE) else []
    return {"moves": browsing.moves(unit, about.page.code), "seals": sealed}


def _history(unit: Unit, about: About) -> dict[str, Any]:
    return {"cards": views.history(unit, about.page.code)}


_TOLD: Mapping[str, Callable[[Unit, About], dict[str, Any]]] = {
    "retention": _retention,
    "use": _use,
    "custody": _custody,
    "history": _history,
}
