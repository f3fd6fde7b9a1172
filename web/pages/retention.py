"""期限: the due board with its forecast; secrecy periods; what is kept about a person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from archive import people
from archive.acts import Act
from archive.charts import svg
from archive.errors import BadValue, ClassUnknown, NotFound
from archive.scheme import load
from retention import board, ceilings, due, forecast, secrecy_book, subject_paper, subjects
from retention.board import Heap, Narrowed
from web import paging
from web.asking import asking, language
from web.handing import handed
from web.paging import there, turned

bp = Blueprint("retention", __name__, url_prefix="/retention")

#: Years the forecast looks ahead.
YEARS = 10
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


# --- the board ------------------------------------------------------------------------------------


@bp.get("")
def due_board() -> Any:
    """What is overdue, comes up, lacks a date or is held, and what the years ahead bring."""
    try:
        return _board(*_asked())
    except (BadValue, ClassUnknown, NotFound) as slip:
        answer = make_response(_board(Heap.OVERDUE, Narrowed(), slip.message(language())))
        answer.status_code = 422
        return answer


def _asked() -> tuple[Heap, Narrowed]:
    """What the address asks for; raises `BadValue`."""
    given = {
        name: request.args.get(name, "").strip() for name in ("heap", "class_code", "department", "year")
    }
    if given["year"] and not (given["year"].isascii() and given["year"].isdecimal()):
        raise BadValue(field="year", value=given["year"], expected="2026")
    year = int(given["year"][:9]) if given["year"] else None
    wanted = given["heap"].upper() or (Heap.AHEAD if year else Heap.OVERDUE)
    if wanted not in set(Heap) or (wanted == Heap.AHEAD and not year):
        raise BadValue(field="value", value=given["heap"] or "—", expected=" ".join(Heap).lower())
    return Heap(wanted), Narrowed(given["class_code"] or None, given["department"] or None, year)


def _board(heap: Heap, narrowed: Narrowed, told: str = "") -> str:
    page = paging.asked(board.PAGE)
    with asking(Act.DUE_SEE) as unit:
        counts = board.counts(unit, narrowed)
        lines = [] if told else board.lines(unit, heap, narrowed, skip=page.skip, limit=page.size)
        ahead = forecast.forecast(unit, YEARS)
        return render_template(
            "retention/board.html", heap=heap, narrowed=narrowed, counts=counts, lines=lines, told=told,
            total=next((one.records for one in counts if one.heap is heap), 0), page=page, turned=turned,
            there=there, ahead=ahead, drawing=svg(forecast.drawn(ahead, language())), adopted=due.adopted(unit),
            departments=people.departments(unit), scheme=load(), today=unit.today,
        )  # fmt: skip


# --- secrecy --------------------------------------------------------------------------------------


@bp.get("/secrecy")
def secrecy() -> str:
    """Secrecy periods that are over, records without one, what waits for a decision, what was decided."""
    with asking(Act.SECRECY_SEE) as unit:
        reviews = secrecy_book.reviews(unit)
        return render_template(
            "retention/secrecy.html", due=secrecy_book.due(unit), unmarked=secrecy_book.unmarked(unit),
            waiting=[one for one in reviews if one.agreed is None],
            decided=[one for one in reviews if one.agreed is not None],
        )  # fmt: skip


# --- persons --------------------------------------------------------------------------------------


@bp.get("/subject")
def subject() -> Any:
    """What is kept about a person, why, until when; each look leaves its line in the log (个保法 45)."""
    party, person = _whom()
    report, told = None, ""
    if party or person:
        try:
            with asking(Act.SUBJECT_SEE) as unit:
                report = subjects.report(unit, language(), party=party, person=person)
        except (BadValue, NotFound) as slip:
            told = slip.message(language())
    with asking(Act.SUBJECT_SEE) as unit:
        late = ceilings.past(unit) if report is None else []
    page = render_template(
        "retention/subject.html", report=report, party=party, person=person, told=told, late=late
    )
    return (page, 422) if told else page


@bp.get("/subject.docx")
def subject_docx() -> Response:
    """The same report as a file to hand over; raises as `subjects.report` does."""
    party, person = _whom()
    with asking(Act.SUBJECT_SEE) as unit:
        made = subjects.report(unit, language(), party=party, person=person)
    return handed(subject_paper.document(made, language()), f"{made.subject}-{made.made_on}.docx", DOCX)


def _whom() -> tuple[str | None, str | None]:
    """The code of the party, or the account of the employee, asked about."""
    return tuple(request.args.get(name, "").strip() or None for name in ("party", "person"))  # type: ignore[return-value]
