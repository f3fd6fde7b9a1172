"""Registers of use as printed papers: loans (F11), readings, visitors from outside (F15).

A line whose record the reader may not see bears no title, as the services' own lists.

| form        | `tables` | values beside the columns' names |
| ----------- | -------- | -------------------------------- |
| f11         | loans    | since, until, count              |
| f11-reading | readings | since, until, count              |
| f15         | visits   | since, until, count              |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from archive import people
from archive.circulation import copies, ledger, reading_book
from archive.circulation.copies import CopyRow
from archive.circulation.ledger import MOST_LINES, LoanRow
from archive.circulation.reading_book import ReadingRow
from archive.forms import fingerprint
from archive.forms.kinds import Wanted
from archive.forms.narrowing import days, only
from archive.forms.page import Align, Form, Orientation, Shown
from archive.forms.ruled import Ruled, day, heading, lines, moment, nth, of, pen, span, table, values, written
from archive.model import Department
from archive.unit import Unit
from archive.words import Language, say

T = TypeVar("T")
CENTRE = Align.CENTRE
#: More columns than this on a line want small letters.
MANY = 10


def register(
    unit: Unit, wanted: Wanted, kind: str, name: str, columns: Sequence[Ruled[T]], rows: Sequence[T],
    *, sealed: bool = False,
) -> Form:  # fmt: skip
    """A register of a range of days on A4 landscape; *name* is that of its table, *sealed* puts the log's foot on it."""
    language = wanted.language
    since, until = days(wanted)
    told = {"since": since, "until": until, "count": len(rows)}
    facts = [(heading("range", language), span(since, until))] if since or until else []
    return Form(
        kind=kind,
        title=say(f"form.{kind}", language),
        blocks=[table(columns, rows, language, blank=wanted.blank, dense=len(columns) > MANY)],
        orientation=Orientation.LANDSCAPE,
        facts=[*facts, (heading("count", language), written(len(rows), language))],
        company=unit.settings.company,
        foot=fingerprint.line(unit, language) if sealed else "",
        values=values(told, language),
        tables={name: lines(columns, rows, language)},
        language=language,
        shown=Shown(confidential=confidential(unit)),
    )


def confidential(unit: Unit) -> int:
    """How many confidential records the lists just looked up have shown (V25)."""
    return sum(int(line.facts.get("confidential", 0)) for line in unit.lines if line.facts.get("listed"))


def loans(unit: Unit, wanted: Wanted) -> Form:
    """借阅登记簿 (F11, R46): what was lent from the one day to the other, or all of it."""
    only(wanted, "department", "year", "since", "until")
    since, until = days(wanted)
    rows = ledger.register(unit, since=since, until=until, limit=MOST_LINES)
    if wanted.department:
        unit.one(Department, "department", wanted.department)
        rows = [row for row in rows if row.department == wanted.department]
    named = departments(unit, wanted.language)
    return register(unit, wanted, "f11", "loans", _loan_columns(named, wanted.language), rows, sealed=True)


def _loan_columns(named: Mapping[str, str], language: Language) -> Sequence[Ruled[LoanRow]]:
    return (
        Ruled("nth", 7, nth, CENTRE),
        Ruled("lent_on", 17.5, of("lent_on"), CENTRE),
        Ruled("borrower", 12, of("borrower")),
        Ruled("department", 12, lambda _, row: named.get(row.department, row.department)),
        Ruled("code", 26, of("code")),
        Ruled("title", 30.5, lambda _, row: title(row.title, language)),
        Ruled("level", 10.5, of("level"), CENTRE),
        Ruled("counted", 11, lambda _, row: counted(row.items, row.pages, language)),
        Ruled("purpose", 17.5, of("purpose")),
        Ruled("use", 9, lambda _, row: _use(row, language)),
        Ruled("approved_by", 11.5, of("approved_by")),
        Ruled("due_on", 17.5, of("due_on"), CENTRE),
        Ruled("lent_signed", 11.5, lambda _, row: _both(row.lent_by, row.borrower)),
        Ruled("renewals", 7, lambda _, row: times(row.renewals, language), CENTRE),
        Ruled("returned_on", 17.5, of("returned_on"), CENTRE),
        Ruled("counted_back", 11, lambda _, row: counted(row.items_back, row.pages_back, language)),
        Ruled("intact", 10, of("intact"), CENTRE),
        Ruled("returned_signed", 11.5, lambda _, row: _both(row.received_by, row.returned_by)),
        Ruled("chases", 7, lambda _, row: times(row.chases, language), CENTRE),
        Ruled("effect", 10, pen),
        Ruled("remarks", 14, of("note")),
    )


def readings(unit: Unit, wanted: Wanted) -> Form:
    """阅览登记簿 (R36, R39): what was read on site, by whom, until when, what was copied of it."""
    only(wanted, "year", "since", "until")
    since, until = days(wanted)
    found = reading_book.rows(unit, since=since, until=until)
    columns = _reading_columns(unit, departments(unit, wanted.language), wanted.language)
    return register(unit, wanted, "f11-reading", "readings", columns, found[::-1], sealed=True)


def _reading_columns(
    unit: Unit, named: Mapping[str, str], language: Language
) -> Sequence[Ruled[ReadingRow]]:  # fmt: skip
    zone = unit.settings.zone
    return (
        Ruled("nth", 7, nth, CENTRE),
        Ruled("read_on", 19, lambda _, row: day(row.begun_at, zone), CENTRE),
        Ruled("reader", 15, of("reader")),
        Ruled("organisation", 18, lambda _, row: named.get(row.organisation, row.organisation)),
        Ruled("code", 30, of("code")),
        Ruled("title", 36, lambda _, row: title(row.title, language)),
        Ruled("counted", 13, lambda _, row: counted(row.items, row.pages, language)),
        Ruled("purpose", 22, of("purpose")),
        Ruled("approved_by", 14, of("approved_by")),
        Ruled("room", 12, of("room"), CENTRE),
        Ruled("companion", 14, of("companion")),
        Ruled("from_to", 21, lambda _, row: _from_to(unit, row), CENTRE),
        Ruled("reading_signed", 14, lambda _, row: _both(row.begun_by, row.ended_by)),
        Ruled("intact", 10, of("intact"), CENTRE),
        Ruled("copied", 11, lambda _, row: row.copied or "", CENTRE),
        Ruled("effect", 20, of("effect")),
    )


def visits(unit: Unit, wanted: Wanted) -> Form:
    """外单位查档登记 (F15, R42): who came from outside, with which letter and document, and what he read.

    The number of his document has its middle covered; a name is told to who may see the visitors.
    """
    only(wanted, "year", "since", "until")
    since, until = days(wanted)
    found = reading_book.rows(unit, since=since, until=until)
    rows = [row for row in found[::-1] if row.outside]
    orders = copies.rows(unit) if any(row.copied for row in rows) else ()
    return register(unit, wanted, "f15", "visits", _visit_columns(unit, orders, wanted.language), rows)


def _visit_columns(unit: Unit, orders: Sequence[CopyRow], language: Language) -> Sequence[Ruled[ReadingRow]]:
    zone = unit.settings.zone
    return (
        Ruled("nth", 9, nth, CENTRE),
        Ruled("read_on", 18, lambda _, row: day(row.begun_at, zone), CENTRE),
        Ruled("outside_unit", 28, of("organisation")),
        Ruled("letter_no", 20, of("letter_no")),
        Ruled("visitor", 15, of("reader")),
        Ruled("document", 36, lambda _, row: document(row, language)),
        Ruled("read_purpose", 26, of("purpose")),
        Ruled("leader", 15, of("approved_by")),
        Ruled("read_code", 34, of("code")),
        Ruled("copied_approved", 18, lambda _, row: _copied(row, orders, language)),
        Ruled("companion", 15, of("companion")),
        Ruled("from_to", 21, lambda _, row: _from_to(unit, row), CENTRE),
        Ruled("signature", 20, pen),
    )


# --- what a cell says -----------------------------------------------------------------------------


def departments(unit: Unit, language: Language) -> dict[str, str]:
    """The names of the departments by their codes."""
    return {
        one.code: one.name_en if language is Language.EN and one.name_en else one.name
        for one in people.departments(unit)
    }


def title(told: str, language: Language) -> str:
    """A title, or that it is left out: for who may not read it, and of what was destroyed (decision 10)."""
    return told or say("paper.withheld", language)


def counted(items: int | None, pages: int | None, language: Language) -> str:
    """What both counted; nothing before it was."""
    return "" if items is None else say("paper.items-pages", language, items=items, pages=pages)


def times(count: int, language: Language) -> str:
    """How often; nothing for never."""
    return say("paper.times", language, count=count) if count else ""


def document(row: object, language: Language) -> str:
    """Kind and covered number of a visitor's document."""
    kind, number = getattr(row, "document_kind", None), getattr(row, "document", "")
    return " ".join(part for part in (written(kind, language), number) if part)


def _use(row: LoanRow, language: Language) -> str:
    """借出, or what more it is: a copy, out of the house."""
    key = "lent-copy" if row.is_copy else "lent"
    more = [say("requestkind.take_out", language)] if row.take_out else []
    return " ".join([say(f"paper.{key}", language), *more])


def _both(here: str, there: str) -> str:
    """The two who signed, who keeps it first."""
    return "\n".join(name for name in (here, there) if name)


def _copied(row: ReadingRow, orders: Sequence[CopyRow], language: Language) -> str:
    """What was copied while he read, and on whose word."""
    made = [
        order for order in orders
        if (order.reader, order.code) == (row.reader, row.code) and order.made_at >= row.begun_at
        and (row.ended_at is None or order.made_at <= row.ended_at)
    ]  # fmt: skip
    return "\n".join(
        say("paper.pages-by", language, pages=order.pages, by=order.approved_by).strip() for order in made
    )


def _from_to(unit: Unit, row: ReadingRow) -> str:
    zone = unit.settings.zone
    ended = moment(row.ended_at, zone)[11:] if row.ended_at else ""
    return f"{moment(row.begun_at, zone)[11:]}–{ended}"
