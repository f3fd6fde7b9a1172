"""销毁: the lists, one list with its gate line by line and what waits for whom, the certificate, the register.

Nothing is decided here: what may be done comes from the life cycle and the policy, what stands against it from the gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from archive import backups, printing
from archive.acts import Act
from archive.codes import half_width
from archive.errors import ArchiveError, BadValue
from archive.labels.qr import Symbol
from archive.lives import DESTRUCTION
from archive.statuses import DestructionState
from archive.unit import Unit
from archive.words import say
from retention.destroying import (
    certificate,
    conditions,
    destruction,
    destruction_book,
    finalizing,
    listable,
    register,
    signing,
)
from web import paging, sittings
from web.asking import archive, asking, barred, language, may
from web.handing import handed
from web.paging import turned

bp = Blueprint("destroying", __name__, url_prefix="/retention/destructions")

#: Lines of a list on one page.
PAGE = 50
#: Letters a certificate may have.
LONGEST = certificate.MOST_BYTES
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: States in which something of a list is carried out, so that it has a certificate to come or to show.
CARRIED_OUT = (DestructionState.DESTROYED, DestructionState.FINAL)
#: What is offered on a list as a whole, in this order; what stands for the act of adding has no step of its own.
OFFERED = (
    Act.DESTRUCTION_FREEZE,
    Act.DESTRUCTION_COUNTERSIGN,
    Act.DESTRUCTION_APPROVE,
    Act.DESTRUCTION_REFUSE,
    Act.DESTRUCTION_BEGIN,
    Act.DESTRUCTION_CONFIRM,
    Act.DESTRUCTION_EXECUTE,
    Act.DESTRUCTION_FINALIZE,
    Act.DESTRUCTION_WITHDRAW,
)
#: What nobody takes back: said in red, typed again, never the first button.
FOR_GOOD = (Act.DESTRUCTION_BEGIN, Act.DESTRUCTION_EXECUTE, Act.DESTRUCTION_FINALIZE)


@bp.get("")
def rows() -> str:
    """Every list this person may know of, those under way first."""
    with asking(Act.DESTRUCTION_SEE) as unit:
        found = destruction_book.rows(unit)[::-1]
    over = [one for one in found if one.state in destruction_book.OVER]
    return render_template("destroying/list.html", open=[one for one in found if one not in over], over=over)


@bp.get("/candidates")
def candidates() -> str:
    """What was appraised for destruction and is on no list yet, and what bars it."""
    chosen = [number for number in request.args.getlist("appraisals") if number.strip()]
    with asking(Act.DESTRUCTION_SEE) as unit:
        found = listable.candidates(unit, chosen)
    return render_template("destroying/candidates.html", rows=found, chosen=chosen)


@bp.get("/<number>")
def one(number: str) -> str:
    """One list: how far, by whom, the gate, its lines, who signed; raises `NotFound`."""
    page = paging.asked(PAGE)
    with asking(Act.DESTRUCTION_SEE) as unit:
        row = destruction_book.show(unit, number)
        state = row.state
        return render_template(
            "destroying/one.html", row=row, gate=conditions.conditions(unit, number), page=page, turned=turned,
            lines=destruction_book.contents(unit, number, skip=page.skip, limit=PAGE),
            signatures=destruction_book.signed(unit, number), supervisors=destruction_book.supervisors(unit, number),
            acts=_offered(unit, number, state), for_good=FOR_GOOD, values=_values(row),
            pulling=Act.DESTRUCTION_PULL in DESTRUCTION.open_to(state) and may(Act.DESTRUCTION_PULL),
            adding=state is DestructionState.DRAFT and may(Act.DESTRUCTION_DRAFT),
            pending=_pending(unit, number, state), qr=Symbol(request.base_url).svg(), here=request.base_url,
            carried_out=state in CARRIED_OUT,
        )  # fmt: skip


def _offered(unit: Unit, number: str, state: DestructionState) -> list[Act]:
    """The acts that the life cycle leaves open from *state*, the person may do at all, and the list asks of him."""
    left_open = DESTRUCTION.open_to(state)
    asked = {
        Act.DESTRUCTION_COUNTERSIGN: lambda: signing.wanted(unit, destruction.one(unit, number)),
        Act.DESTRUCTION_CONFIRM: lambda: any(
            one.oneself and one.signed_at is None for one in destruction_book.supervisors(unit, number)
        ),
    }
    return [act for act in OFFERED if act in left_open and may(act) and asked.get(act, lambda: True)()]


def _values(row: destruction_book.ListRow) -> Mapping[Act, Mapping[str, str]]:
    """What each form is filled in with: whoever signs, signs for the fingerprint that stands on this page."""
    signed = {"number": row.number, "fingerprint": row.fingerprint}
    signing = (Act.DESTRUCTION_APPROVE, Act.DESTRUCTION_COUNTERSIGN, Act.DESTRUCTION_CONFIRM)
    return {act: signed if act in signing else {"number": row.number} for act in OFFERED}


def _pending(unit: Unit, number: str, state: DestructionState) -> list[Any]:
    if state not in CARRIED_OUT:
        return []
    return destruction_book.pending(unit, number, every=True)


# --- register and certificate ---------------------------------------------------------------------


@bp.get("/<number>/register")
def register_page(number: str) -> str:
    """销毁清册 (F23) as it will be printed; raises `NotFound`."""
    with asking(Act.DESTRUCTION_SEE) as unit:
        return render_template(
            "destroying/register.html",
            row=destruction_book.show(unit, number),
            rows=register.entries(unit, number),
        )


@bp.get("/<number>/register.docx")
def register_docx(number: str) -> Response:
    """The same as a file; raises `NotFound`."""
    with asking(Act.DESTRUCTION_SEE) as unit:
        entries = register.entries(unit, number)
        body = register.document(unit, destruction.one(unit, number), entries)
    return handed(body, f"{number}.docx", DOCX)


@bp.get("/<number>/certificate")
def certificate_page(number: str) -> str:
    """The certificate with its signature checked; raises `NoCertificate`, `CertificateFalse`, `NotFound`."""
    with asking(Act.DESTRUCTION_SEE) as unit:
        return render_template(
            "destroying/certificate.html",
            found=certificate.show(unit, number),
            note=certificate.note(unit, number),
        )


@bp.get("/<number>/certificate.txt")
def certificate_note(number: str) -> Response:
    """The signed note itself, to be kept or handed on; raises as `certificate_page` does."""
    with asking(Act.DESTRUCTION_SEE) as unit:
        told = certificate.note(unit, number)
    return handed(told.encode(), f"{number}.txt", "text/plain")


@bp.route("/verify", methods=["GET", "POST"])
def verify() -> Any:
    """Whether a certificate somebody holds is ours in every letter; it is pasted, or read by the browser."""
    text = request.form.get("note", "")[:LONGEST].replace("\r\n", "\n")
    found, told = None, ""
    if request.method == "POST":
        try:
            with asking(Act.DESTRUCTION_SEE) as unit:
                found = certificate.verified(unit, text, path=say("web.destroying.pasted", language()))
        except ArchiveError as error:
            if sittings.leads_away(error) or error.http in {403, 503}:
                raise
            told = error.message(language())
    with asking(Act.DESTRUCTION_SEE):
        page = render_template("destroying/verify.html", found=found, told=told, text=text)
    return (page, 422) if told else page


# --- the end --------------------------------------------------------------------------------------


@bp.get("/<number>/finalize")
def ending(number: str) -> str:
    """What ending it for good means, and the sets that would open for nobody afterwards; raises `NotFound`."""
    return _ending(number)


@bp.post("/<number>/finalize")
def finalize(number: str) -> Any:
    """End it: the slip of the new key epoch is shown once, to be printed, and never sent anywhere else."""
    typed = half_width(request.form.get("confirm", "").strip())
    try:
        if typed != number:
            raise BadValue(field="confirm", value=typed or "—", expected=number)
        slip = finalizing.finalize(archive(), sittings.who(), number)
    except ArchiveError as error:
        if sittings.leads_away(error) or error.http == 404:
            raise
        return _ending(number, error.message(language())), error.http
    read = backups.read_slip(slip)
    answer = make_response(
        render_template(
            "destroying/slip.html", number=number, epoch=read.epoch, slip=printing.groups(read.text())
        )
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _ending(number: str, told: str = "") -> str:
    barred(Act.DESTRUCTION_FINALIZE)
    with asking(Act.DESTRUCTION_SEE) as unit:
        row = destruction_book.show(unit, number)
        return render_template(
            "destroying/ending.html", row=row, told=told, pending=_pending(unit, number, row.state)
        )
