"""Putting things into the catalogue: one paper, a table of many, and the correction of a card."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for

from archive import batches, browsing, items, people, volumes
from archive.acts import Act
from archive.batches import Batch, Common, Filing, field_of
from archive.browsing import About
from archive.errors import ArchiveError, BadValue, CardChanged
from archive.fields import DIRECTIONS, STAGES, TABLE, Field, Kind
from archive.unit import Unit
from archive.values import Level
from archive.volumes import Matter
from archive.words import knows, say
from web import looks, sittings
from web.asking import asking, language, perform, working

bp = Blueprint("entering", __name__)

#: What a paper is about, kept for the next one that is filed; and what describes the paper itself.
MATTER = ("class_code", "volume", "department", "year", "premises", "party", "dossier", "period")
PAPER = (
    "title", "dated", "document_no", "creator", "doc_type", "pages", "level", "note", "copy", "digital",
)  # fmt: skip
#: Empty rows of a new table.
ROWS = 12
_CELL = re.compile(r"r([0-9]{1,4})-([a-z_]{1,40})")


@dataclass(frozen=True, slots=True)
class Control:
    """A field of a family as a form shows it."""

    name: str
    kind: str
    required: bool
    choices: tuple[tuple[str, str], ...] = ()


def controls(rule: Filing) -> list[Control]:
    """The family fields of a class, as controls."""
    return [_control(one) for one in TABLE[rule.family]]


def _control(one: Field) -> Control:
    known: Mapping[Kind, tuple[str, ...]] = {Kind.STAGE: STAGES, Kind.DIRECTION: DIRECTIONS}
    told = tuple((code, _worded(code)) for code in known.get(one.kind, ()))
    return Control(one.name, "choice" if told else _KINDS.get(one.kind, "text"), one.required, told)


_KINDS: Mapping[Kind, str] = {Kind.DATE: "date", Kind.PHONE: "tel", Kind.MONEY: "money"}


def _worded(code: str) -> str:
    key = f"direction.{code.lower()}"
    return say(key, language()) if knows(key, language()) else code


def _rule(unit: Unit, values: Mapping[str, str]) -> tuple[Filing | None, About | None]:
    """The class papers are filed in, and the volume they go into if one is named."""
    code, volume = (values.get(name, "").strip() for name in ("class_code", "volume"))
    if volume:
        about = browsing.about(unit, volume, browsing.HEAD)
        return batches.filing(unit, about.page.class_code), about
    return (batches.filing(unit, code) if code else None), None


# --- one paper ------------------------------------------------------------------------------------


@bp.get("/catalogue/new")
def new() -> str:
    """The form for one paper: first its class, then what that class asks for."""
    return _of_class("entering.new", request.args)


@bp.post("/catalogue/new")
def filed() -> Any:
    """File it; a refusal shows the form again, with what was typed and the sentence beside its field."""
    try:
        outcome = perform(("item", "file"), _given(request.form))
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _of_class("entering.new", request.form, error), error.http
    for told in outcome.told:
        flash(told, "done")
    code = next((str(facts["code"]) for _, facts in outcome.facts if "code" in facts), "")
    if request.form.get("then") == "another":
        kept = {name: value for name in MATTER if (value := request.form.get(name, "").strip())}
        return redirect(f"{url_for('entering.new')}?{urlencode(kept)}", 303)
    return redirect(url_for("catalogue.record", code=code), 303)


def _given(form: Mapping[str, str]) -> dict[str, Any]:
    """What the act is told; what nobody asks for is left where it is (P6)."""
    told: dict[str, Any] = {name: form.get(name, "").strip() for name in (*MATTER, *PAPER)}
    told |= {name: bool(form.get(name)) for name in ("copy", "digital")}
    if told["volume"]:
        told |= dict.fromkeys(("class_code", "department", "year", "dossier"), "")
    told["fields"] = {
        one.name: text for family in TABLE.values() for one in family if (text := form.get(one.name, "").strip())
    }  # fmt: skip
    return told


def _of_class(way: str, values: Mapping[str, str], error: ArchiveError | None = None, **more: Any) -> str:
    """The form at *way* for the class that is named, with what it shows *more*; or first the tree to choose from."""
    with asking(Act.CLASS_SEE) as unit:
        branches = browsing.tree(unit)
        departments = {one.code: looks.department(one.code) for one in people.departments(unit)}
        try:
            rule, about = _rule(unit, values)
        except ArchiveError as slip:
            rule, about, error = None, None, error or slip
        today = unit.today
    told = error.message(language()) if error else ""
    if rule is None:
        return render_template(
            "entering/choose.html", branches=branches, q=values.get("q", ""), way=way, told=told
        )
    return render_template(
        f"{way.replace('.', '/')}.html", rule=rule, about=about, values=values, told=told, today=today,
        departments=departments, levels=_levels(rule), mine=sittings.sitting(),
        controls={one.name: one for one in controls(rule)}, columns=batches.columns(rule.family),
        demanded=rule.demands if about is None else (), at=field_of(error) if error else "", **more,
    )  # fmt: skip


def _levels(rule: Filing) -> list[tuple[str, str]]:
    return [(one.name, say(one.word, language())) for one in Level if one >= rule.level]


# --- a table of papers ------------------------------------------------------------------------------


@bp.get("/catalogue/grid")
def grid() -> str:
    """An empty table for many papers of one class, or for one volume."""
    return _grid(request.args, [{} for _ in range(ROWS)])


@bp.post("/catalogue/grid")
def grid_filed() -> Any:
    """Check the rows, file all of them, or file the good ones and keep the others."""
    rows, then = _cells(request.form), request.form.get("then", "check")
    try:
        if then == "check":
            with asking(Act.ITEM_FILE) as unit:
                batch = batches.check(unit, _common(unit, request.form), rows)
            return _grid(request.form, rows, batch, checked=True), 422 if batch.slips else 200
        return _file(rows, only_good=then == "good")
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _grid(request.form, rows, error=error), error.http


def _file(rows: list[dict[str, str]], *, only_good: bool) -> Any:
    with working(Act.ITEM_FILE) as unit:
        common = _common(unit, request.form)
        batch = batches.check(unit, common, rows)
        stop = bool(batch.slips) and not only_good
        codes = [] if stop else [one.reference_code for one in batches.file(unit, common, batch)]
    if stop:
        return _grid(request.form, rows, batch), 422
    if codes:
        flash(
            say("web.entering.filed-many", language(), count=len(codes), first=codes[0], last=codes[-1]),
            "done",
        )
    if not batch.slips:
        return redirect(_after(codes), 303)
    bad = sorted({slip.row for slip in batch.slips})
    moved = {row: number for number, row in enumerate(bad)}
    left = Batch(
        batch.rule, {}, [batches.Slip(moved[slip.row], slip.column, slip.error) for slip in batch.slips]
    )
    return _grid(request.form, [rows[row] for row in bad], left), 422


def _after(codes: list[str]) -> str:
    volume = request.form.get("volume", "").strip()
    if volume:
        return url_for("catalogue.record", code=volume)
    if codes:
        return url_for("catalogue.record", code=codes[0])
    return url_for("entering.grid", class_code=request.form.get("class_code", ""))


def _cells(form: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows as they were typed, in order, the empty ones among them; at most `batches.MOST` and one."""
    found: dict[int, dict[str, str]] = {}
    for key, text in form.items():
        match = _CELL.fullmatch(key)
        if match:
            found.setdefault(int(match[1]), {})[match[2]] = text[:2001]
    return [found[number] for number in sorted(found)][: batches.MOST + 1]


def _common(unit: Unit, form: Mapping[str, str]) -> Common:
    told = {name: form.get(name, "").strip() for name in MATTER}
    if told["volume"]:
        return Common(volume=told["volume"])
    if told["year"] and not re.fullmatch(r"[0-9]{4}", told["year"]):
        raise BadValue(field="year", value=told["year"][:20], expected=f"1900–{unit.today.year + 1}")
    year = int(told["year"] or 0)
    return Common(
        matter=Matter(
            told["class_code"] or "—", year, told["department"] or unit.actor.department,
            premises=told["premises"].replace("-", "") or None, party=told["party"] or None,
            dossier=told["dossier"] or None, period=told["period"] or None,
        )
    )  # fmt: skip


def _grid(
    values: Mapping[str, str], rows: list[dict[str, str]], batch: Batch | None = None, *,
    checked: bool = False, error: ArchiveError | None = None,
) -> str:  # fmt: skip
    slips = {(slip.row, slip.column): slip.error.message(language()) for slip in batch.slips} if batch else {}
    blank: list[dict[str, str]] = [{}] * max(0, ROWS // 2 - len(rows))
    return _of_class(
        "entering.grid", values, error, rows=rows + blank, slips=slips, checked=checked,
        good=len(batch.good) if batch else 0, most=batches.MOST,
    )  # fmt: skip


# --- the card of a record ---------------------------------------------------------------------------


@bp.get("/records/<path:code>/edit")
def edit(code: str) -> str:
    """The card of a record, to be corrected."""
    with asking(Act.RECORD_SEE) as unit:
        about, act = _editable(unit, code)
        if not unit.may(act, unit.record(code)):
            unit.act(act, unit.record(code))
    return _card(about, _values(about))


@bp.post("/records/<path:code>/edit")
def edited(code: str) -> Any:
    """Save the card; if somebody was quicker nothing is lost: both are shown."""
    form = request.form
    with asking(Act.RECORD_SEE) as unit:
        about, act = _editable(unit, code)
        rule = batches.filing(unit, about.page.class_code)
    fields = {one.name: form.get(one.name, "").strip() for one in TABLE[rule.family]}
    told: dict[str, Any] = {name: form.get(name, "") for name in _parts(about)}
    seen = form.get("seen", 0, int)
    try:
        with working(act) as unit:
            change = volumes.edit if about.page.kind == "volume" else items.edit
            change(unit, code, fields=fields, seen=seen, **told)
    except ArchiveError as error:
        if sittings.leads_away(error) or error.http == 404:
            raise
        return _card(about, {**told, **fields}, error), error.http
    flash(say("web.entering.saved", language(), code=about.page.code), "done")
    return redirect(url_for("catalogue.record", code=about.page.code), 303)


def _editable(unit: Unit, code: str) -> tuple[About, Act]:
    about = browsing.about(unit, code, browsing.HEAD)
    return about, Act.VOLUME_EDIT if about.page.kind == "volume" else Act.ITEM_EDIT


def _parts(about: About) -> tuple[str, ...]:
    return (
        ("title", "note")
        if about.page.kind == "volume"
        else ("title", "document_no", "creator", "doc_type", "note")
    )


def _values(about: About) -> dict[str, str]:
    card = about.page.card
    return {**{name: getattr(card, name) for name in _parts(about)}, **card.fields}


def _card(about: About, values: Mapping[str, str], error: ArchiveError | None = None) -> str:
    with asking(Act.CLASS_SEE) as unit:
        rule = batches.filing(unit, about.page.class_code)
    changed = isinstance(error, CardChanged)
    return render_template(
        "entering/card.html", about=about, page=about.page, values=values, parts=_parts(about),
        controls=controls(rule), at=field_of(error) if error else "",
        told=error.message(language()) if error else "", now=_values(about) if changed else {},
        levels=Act.VOLUME_LEVEL in about.page.may,
    )  # fmt: skip
