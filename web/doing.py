"""Every verb as a page: a form to fill in, a list to read, a sheet; made from what the verb declares (ADR 0025).

`/do/loan/lend` is the form, filled in from the query; posting performs the act. Of a verb that only looks, the page is
its answer with the filters above it. In a dialog (header `HX-Request`) a form answers as a fragment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from archive import people, policy
from archive.acts import Act
from archive.clikit.declared import Ask, Verb, sentence
from archive.codes import half_width
from archive.errors import ArchiveError, BadValue, NotFound
from web import around, handing, sittings
from web.asking import Outcome, asking, harmless, language, may, perform, site, verb
from web.jobs import jobs
from web.looks import department, field_name
from web.tasks import BY_VERB
from web.ways import local

bp = Blueprint("doing", __name__, url_prefix="/do")

#: Fields of a form that are the page's own, not the verb's.
OURS = frozenset({"csrf_token", "back", "confirm"})


#: What is something else on every form that asks for it: an error calls it as the form does.
_CALLED_MANY = frozenset({"code", "codes", "name", "number", "which"})
#: Letters that are told on the next page; more than that is shown at once.
FLASHED = 600
#: The uid of a thing that has no number of its own.
_UID = re.compile(r"[0-9a-f]{32}")
#: Rows of a list on one page.
LEAF = 100


#: Verbs whose page is made by hand, and better than a form could be: where it is.
BETTER = {"search": "/", "destruction/finalize": "/retention/destructions/{number}/finalize"}


@bp.get("/<path:where>")
def page(where: str) -> Any:
    """The form of a verb, or what a verb that only looks has to tell."""
    wanted = verb(*where.split("/"))
    _open(wanted)
    values = _given(wanted, request.args)
    if where in BETTER and not _lacking(wanted, values) and "as" not in request.args:
        return redirect(_better(where, values), 303)
    if harmless(wanted) and wanted.answers and not _lacking(wanted, values):
        return (
            _handed(wanted, values) if request.args.get("as") in around.FILES else _answered(wanted, values)
        )
    return _form(wanted, values)


@bp.post("/<path:where>")
def done(where: str) -> Any:
    """Perform a verb; a refusal shows the form again with the sentence beside its field."""
    wanted = verb(*where.split("/"))
    values = _given(wanted, request.form)
    if where in BETTER and not harmless(wanted):
        raise NotFound(what="page", code=where)
    try:
        _confirmed(wanted, values, request.form.get("confirm", ""))
        task = BY_VERB.get(wanted.path)
        begun = jobs().begin(task, values, back=_way_back()) if task is not None and may(task.act) else None
        if begun is not None and not begun.soon():
            return _sent(url_for("care.job", uid=begun.uid))
        outcome = perform(wanted, values) if begun is None else begun.came()
    except ArchiveError as error:
        if sittings.leads_away(error):
            raise
        return _refused(wanted, values, error)
    if wanted.answers or wanted.reads or _long(outcome):
        return render_template("doing/told.html", verb=wanted, values=values, outcome=outcome)
    return _back(outcome)


def _better(where: str, values: Mapping[str, Any]) -> str:
    """The page made by hand, with what was asked."""
    asked = {name: quote(str(value), safe="") for name, value in values.items()}
    if "{" in BETTER[where]:
        return BETTER[where].format_map(asked)
    words = values.get("words") or []
    return f"{BETTER[where]}?{urlencode({'q': ' '.join(words)})}" if words else BETTER[where]


def _open(wanted: Verb) -> None:
    """Raise what stands in the way of *wanted* for this person whatever the record; the act itself is judged anew."""
    here = sittings.sitting()
    refused = policy.refusal(here.actor, wanted.acts[0]) if here is not None and wanted.acts else None
    if refused is not None:
        raise refused


def _given(wanted: Verb, told: MultiDict[str, str]) -> dict[str, Any]:
    """What was filled in, by name of what is asked; what nobody asks for is left where it is (P6)."""
    named = {ask.name: ask.name if ask.name in told else ask.name.removesuffix("s") for ask in wanted.asks}
    return {ask.name: _one(ask, told, named[ask.name]) for ask in wanted.asks if named[ask.name] in told}


def _one(ask: Ask, told: MultiDict[str, str], name: str) -> Any:
    """What stands under *name*: one `code` in a link is as good as `codes`."""
    many = [one for one in told.getlist(name) if one.strip()]
    if ask.kind == "flag":
        return many[-1] not in {"", "0", "false", "no"} if many else False
    if ask.many:
        return [line for one in many for line in one.splitlines()]
    return many[-1] if many else ""


def _lacking(wanted: Verb, values: Mapping[str, Any]) -> list[str]:
    return [ask.name for ask in wanted.asks if ask.required and not values.get(ask.name)]


def _confirmed(wanted: Verb, values: dict[str, Any], typed: str) -> None:
    """What cannot be taken back is typed again; raises `BadValue`."""
    if wanted.confirms is None:
        return
    meant = to_type(values.get(wanted.confirms))
    if half_width(typed.strip()) != half_width(meant.strip()):
        raise BadValue(field="confirm", value=typed or "—", expected=meant)
    values["confirm"] = str(values.get(wanted.confirms) or "")


def to_type(code: object) -> str:
    """What is typed again to confirm: the code, of a long one without meaning its beginning."""
    told = str(code or "")
    return told[:8] if _UID.fullmatch(told) else told


def _form(wanted: Verb, values: Mapping[str, Any], error: ArchiveError | None = None) -> str:
    asks = [ask for ask in wanted.asks if ask.name not in OURS]
    field = _field(wanted, error)
    told = error.message(language()) if error else ""
    return render_template(
        "doing/dialog.html" if _in_dialog() else "doing/form.html",
        verb=wanted, asks=asks, values=values, told=told, at=field if _known(wanted, field) else "",
        back=local(request.values.get("back"), ""), where="/".join(wanted.path), shown=_shown(asks, values),
        departments=_departments(asks), to_type=to_type,
    )  # fmt: skip


def _shown(asks: list[Ask], values: Mapping[str, Any]) -> list[Ask]:
    """What is asked at first sight: what must be said, what is positional, what was said already."""
    return [ask for ask in asks if ask.required or ask.positional or values.get(ask.name)]


def _field(wanted: Verb, error: ArchiveError | None) -> str:
    """Which field an error speaks of, called there as the form calls it; what was not found is what that field names."""
    if error is None:
        return ""
    field = str(error.facts.get("field") or (error.facts.get("what") if isinstance(error, NotFound) else ""))
    ask = wanted.ask(field)
    if ask is not None and field in _CALLED_MANY:
        error.facts["called"] = field_name(ask)
    return field


def _departments(asks: Sequence[Ask]) -> list[tuple[str, str]]:
    """Every department to choose from, where a form asks for one."""
    if not any(ask.name == "department" for ask in asks) or not may(Act.PERSON_SEE):
        return []
    with asking(Act.PERSON_SEE) as unit:
        return [(one.code, f"{one.code} {department(one.code)}") for one in people.departments(unit)]


def _known(wanted: Verb, field: str) -> bool:
    return field == "confirm" or wanted.ask(field) is not None


def _refused(wanted: Verb, values: Mapping[str, Any], error: ArchiveError) -> Response:
    answer = make_response(_form(wanted, values, error))
    answer.status_code = error.http
    return answer


def _answered(wanted: Verb, values: Mapping[str, Any]) -> Any:
    try:
        outcome, told = perform(wanted, values), ""
    except BadValue as slip:
        outcome, told = Outcome(columns=wanted.columns, result=[]), slip.message(language())
    answer = make_response(
        render_template(
            f"doing/{wanted.answers}.html", verb=wanted, values=values, outcome=outcome, told=told,
            asks=[ask for ask in wanted.asks if ask.name not in OURS], where="/".join(wanted.path),
            link=around.way_to(wanted, site().verbs), files=_files() if outcome.result else {},
            makers=around.makers(wanted, site().verbs, may), changes=_changes(wanted, values), part=_part(outcome),
        )
    )  # fmt: skip
    answer.status_code = 422 if told else 200
    return answer


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a long list: its rows, which it is, whether there is more, and the address of another."""

    rows: list[Any]
    page: int
    more: bool
    total: int

    def way(self, page: int) -> str:
        """The address of another page of the same list."""
        return f"{request.path}?{urlencode([*_asked(), ('p', str(page))])}"


def _part(outcome: Outcome) -> Part | None:
    """The rows of this page; None where there are none, or only one."""
    if not isinstance(outcome.result, list):
        return None
    page = min(max(request.args.get("p", 1, int), 1), 10_000)
    rows = outcome.result[(page - 1) * LEAF : page * LEAF]
    return Part(rows, page, len(outcome.result) > page * LEAF, len(outcome.result))


def _files() -> dict[str, str]:
    """The address of this list as a file, by form."""
    return {form: f"{request.path}?{urlencode([*_asked(), ('as', form)])}" for form in around.FILES}


def _asked() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.args.items(multi=True) if name not in {"as", "p"}]


def _changes(wanted: Verb, values: Mapping[str, Any]) -> list[tuple[Verb, dict[str, Any]]]:
    """What may be done with the thing shown, each with what is known of it."""
    known = next((values[ask.name] for ask in wanted.asks if ask.positional and values.get(ask.name)), None)
    if known is None or wanted.path[-1] != "show":
        return []
    return [(one, {name: known}) for one, name in around.changes(wanted, site().verbs, may)]


def _handed(wanted: Verb, values: Mapping[str, Any]) -> Response:
    """The list as a file: what the page shows, whole."""
    form, rows = request.args["as"], perform(wanted, values)
    content = around.filed(list(rows.result or []), rows.columns, form, language())
    return handing.handed(content, f"{sentence(wanted, language())}.{form}", around.FILES[form])


def _back(outcome: Outcome) -> Response:
    """Back where the person came from, with what was done told there."""
    for told in outcome.told:
        flash(told, "done")
    for remark in outcome.notes:
        flash(remark, "note")
    return _sent(_way_back())


def _way_back() -> str:
    return local(request.form.get("back"), url_for("doing.page", where="/".join(_after())))


def _sent(way: str) -> Response:
    if _in_dialog():
        answer = make_response("", 204)
        answer.headers["HX-Redirect"] = way
        return answer
    return redirect(way, 303)  # type: ignore[return-value]


def _after() -> tuple[str, ...]:
    """The list of the same noun, where no way back was given."""
    noun = request.path.split("/")[2]
    try:
        return verb(noun, "list").path
    except ArchiveError:
        return ("whoami",)


def _long(outcome: Outcome) -> bool:
    """True for more than a line or two: a code shown once, a long list; it gets a page of its own."""
    return sum(map(len, outcome.told + outcome.notes)) > FLASHED or any("\n" in one for one in outcome.told)


def _in_dialog() -> bool:
    return request.headers.get("HX-Request") == "true"
