"""借还台: scan what is held and it is lent, scan what is out and it is taken back; counted and signed by two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from archive import people, policy
from archive.acts import Act
from archive.circulation import desk, fetching, handing, ledger, loan_page, reading_book, signing
from archive.circulation.desk import Desk
from archive.errors import ArchiveError, BadValue, LineRefused, NotFound
from archive.forms.kinds import ALL, Wanted, named
from archive.forms.printing import drawn
from archive.unit import Unit
from web import desk_forms, sittings
from web.asking import asking, language, may, working
from web.handing import handed

bp = Blueprint("counter", __name__)

#: Whoever may do one of these has a place behind the counter.
BEHIND = (Act.LOAN_LEND, Act.LOAN_RETURN, Act.READING_BEGIN)
#: How the fields of who brings something back end, beside those of who takes it.
BACK = "_back"
#: Names that are offered while a borrower is typed.
NAMED = 400


def behind(unit: Unit, *acts: Act) -> None:
    """Raise what stands in the way of who has nothing to do behind the counter."""
    refused = [policy.refusal(unit.actor, act) for act in acts or BEHIND]
    first = refused[0]
    if first is not None and all(refused):
        raise first


# --- the desk -------------------------------------------------------------------------------------


@bp.get("/counter")
def page() -> Any:
    """The counter, with what a link brought along, and what was just done."""
    if not may(Act.LOAN_LEND) and not may(Act.LOAN_RETURN) and may(Act.READING_BEGIN):
        return redirect(url_for("reading_room.page"), 303)
    form: MultiDict[str, str] = MultiDict(request.args.items(multi=True))
    with asking(Act.LOAN_RETURN) as unit:
        behind(unit)
        laid, notes = _laid(unit, form)
        done = loan_page.followed_up(unit, request.args.getlist("done")[: desk.MOST])
        counts, offered = tallies(unit), names(unit)
    return _shown("counter/desk.html", form, laid, told=notes, done=done, counts=counts, names=offered)


@bp.post("/counter")
def scan() -> Any:
    """One more thing on the desk, or one less: as a part of the page where scripts run."""
    with asking(Act.LOAN_RETURN) as unit:
        behind(unit)
        laid, notes = _laid(unit, request.form)
        counts, offered = (tallies(unit), names(unit)) if not _in_part() else ({}, [])
    where = "counter/_desk.html" if _in_part() else "counter/desk.html"
    return _shown(where, request.form, laid, told=notes, done=[], counts=counts, names=offered)


@bp.post("/counter/lend")
def lend() -> Any:
    """Lend what lies on the desk to be lent."""
    form = request.form
    codes, signed = desk_forms.codes(form, "lending"), desk_forms.signing(form)

    def done() -> list[str]:
        with working(Act.LOAN_LEND) as unit:
            counted = desk_forms.counted(form, codes)
            made = handing.lend(unit, codes, desk_forms.terms(form), signed, counted)
            return [loan.number for loan in made]

    try:
        numbers = sittings.confirmed(signed.password, done)
    except ArchiveError as error:
        return _refused(form, error, "lend")
    return _after(form, codes, numbers)


@bp.post("/counter/return")
def take_back() -> Any:
    """Take back what lies on the desk to be taken back."""
    form = request.form
    codes, signed = desk_forms.codes(form, "returning"), desk_forms.signing(form, BACK)

    def done() -> list[str]:
        with working(Act.LOAN_RETURN) as unit:
            given = desk_forms.given(form, codes)
            by = desk_forms.text(form, "by") or None
            made = handing.take_back(unit, codes, signed, given, by=by)
            return [loan.number for loan in made]

    try:
        numbers = sittings.confirmed(signed.password, done)
    except ArchiveError as error:
        return _refused(form, error, "return")
    return _after(form, codes, numbers)


def _laid(unit: Unit, form: MultiDict[str, str]) -> tuple[Desk, list[tuple[str, ArchiveError]]]:
    """The desk after this scan, and what was scanned in vain."""
    codes, to = desk_forms.codes(form), desk_forms.text(form, "to")
    vain: list[tuple[str, ArchiveError]] = []
    scanned = form.get("scan", "").strip()
    if scanned:
        try:
            more, account = desk.meant(unit, scanned)
            codes, to = [*codes, *more], account or to
        except ArchiveError as why:
            vain.append((scanned[:120], why))
    laid = desk.laid_out(unit, codes, to)
    return laid, [*vain, *laid.unknown]


def _shown(template: str, form: MultiDict[str, str], laid: Desk, **given: Any) -> str:
    given = {"error": None, "at": "", "which": "", "failing": "", **given}
    scanned = bool(form.get("scan", "").strip())
    return render_template(
        template, form=form, desk=laid, scanned=scanned, tab="desk", most=desk.MOST, **given
    )


def _refused(form: MultiDict[str, str], error: ArchiveError, which: str) -> Any:
    """The desk as it was, with what stood in the way told loudly; nothing was done."""
    if sittings.leads_away(error):
        raise error
    told = error.why if isinstance(error, LineRefused) else error
    with asking(Act.LOAN_RETURN) as unit:
        behind(unit)
        laid, notes = _laid(unit, form)
        counts, offered = tallies(unit), names(unit)
    failing = str(error.facts.get("code", "")) if isinstance(error, LineRefused) else ""
    at = _field(told)
    return make_response(
        _shown(
            "counter/desk.html", form, laid, told=notes, done=[], counts=counts, names=offered,
            error=told.message(language()), at=at, which=which, failing=failing,
        ),
        error.http,
    )  # fmt: skip


#: Beside which field an error that names none is told.
_FIELDS = {"login-failed": "password", "login-throttled": "password", "not-employed": "to", "loan-limit": "to",
           "borrower-overdue": "to", "same-signer": "to", "somebody-first": "pass_over"}  # fmt: skip


def _field(error: ArchiveError) -> str:
    if isinstance(error, NotFound) and error.facts.get("what") == "person":
        return "to"
    named = str(error.facts.get("field", "")) if isinstance(error, BadValue) or "field" in error.facts else ""
    return named or _FIELDS.get(error.code, "")


def _after(form: MultiDict[str, str], done: Sequence[str], numbers: Sequence[str]) -> Any:
    """Back to the desk with what is left on it, and what was done told there."""
    left = [code for code in desk_forms.codes(form) if code not in set(done)]
    return redirect(url_for("counter.page", code=left, done=numbers), 303)


def names(unit: Unit) -> list[tuple[str, str]]:
    """Accounts with their names, offered while one types; too many are not offered."""
    found = people.accounts(unit, NAMED)
    return found if len(found) < NAMED else []


def tallies(unit: Unit) -> dict[str, int]:
    """How much is out, due and late, waits to be fetched, and is being read."""
    out, due, late = ledger.standing(unit)
    reading = reading_book.standing(unit)
    return {"out": out, "due": due, "late": late, "waiting": fetching.count(unit), "reading": reading}


def _in_part() -> bool:
    return request.headers.get("HX-Request") == "true"


# --- one loan -------------------------------------------------------------------------------------


@bp.get("/loans/<number>")
def loan(number: str) -> str:
    """One loan with everything about it: who, until when, who signed, how often it was renewed and chased."""
    with asking(Act.LOAN_SEE) as unit:
        found = loan_page.page(unit, number[:40])
    return render_template(
        "counter/loan.html", page=found, row=found.row, wide=signing.WIDE, high=signing.HIGH
    )


@bp.post("/loans/<number>/slip.pdf")
def slip(number: str) -> Response:
    """The slip of a loan, with what was signed at the counter; printing is an act, so no link does it (W4)."""
    with asking(Act.FORM_PRINT) as unit:
        made = drawn(unit, named(ALL, "slip"), Wanted(language(), [number[:40]]))
    return handed(made.body.getvalue(), f"{number}.pdf", "application/pdf")
