"""Papers of letters: registers of those received (F17) and sent (F18), processing sheet (F19), draft sheet (F20).

A letter bears the number it was registered under, else its place in the list; who signed, opinions and circulation are
left to the pen.

| form | `tables` | values beside the boxes' names |
| ---- | -------- | ------------------------------ |
| f17  | letters  | since, until, year, department |
| f18  | letters  | since, until, year, department |
| f19  | –        | –                              |
| f20  | –        | –                              |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from archive import letters
from archive.forms.kinds import Wanted
from archive.forms.narrowing import days, only
from archive.forms.page import Align, Block, Break, Column, Form, Shown, Table
from archive.forms.ruled import Ruled, grid, heading, nth, of, pen, signatures, values, written
from archive.forms.use import departments, register
from archive.letters import Letter
from archive.model import Department
from archive.unit import Unit
from archive.values import CONFIDENTIAL
from archive.words import Language, say

CENTRE = Align.CENTRE
#: Empty rows for those who read a circulated letter.
READERS = 6
#: Lines to write a draft on, at least.
DRAFTED = 6


def incoming(unit: Unit, wanted: Wanted) -> Form:
    """收文登记簿 (F17, R60): letters received, by year and department, in the order they came."""
    return _book(unit, wanted, "f17", letters.IN, INCOMING)


def outgoing(unit: Unit, wanted: Wanted) -> Form:
    """发文登记簿 (F18, R68): letters sent, by year and department, in the order of their days."""
    return _book(unit, wanted, "f18", letters.OUT, OUTGOING)


def _book(unit: Unit, wanted: Wanted, kind: str, direction: str, columns: Sequence[Ruled[Letter]]) -> Form:
    language = wanted.language
    only(wanted, "department", "year", "since", "until")
    days(wanted)  # a year that is none, a range that ends early
    if wanted.department:
        unit.one(Department, "department", wanted.department)
    found = letters.rows(
        unit,
        direction,
        year=wanted.year,
        department=wanted.department,
        since=wanted.since,
        until=wanted.until,
    )
    named = departments(unit, language)
    form = register(unit, replace(wanted, year=None), kind, "letters", columns, found)
    told = {"year": wanted.year, "register_department": named.get(wanted.department or "", wanted.department)}
    facts = [(heading(name, language), written(fact, language)) for name, fact in told.items() if fact]
    return replace(form, facts=[*facts, *form.facts], values={**form.values, **values(told, language)})


def _numbered(place: int, letter: Letter) -> object:
    """The number in the register, else the place in the list."""
    return letter.number or nth(place, letter)


INCOMING: Sequence[Ruled[Letter]] = (
    Ruled("receipt_no", 20, _numbered, CENTRE),
    Ruled("received_on", 20, of("handled_on"), CENTRE),
    Ruled("correspondent", 32, of("correspondent")),
    Ruled("document_no", 28, of("document_no")),
    Ruled("letter_title", 44, of("title")),
    Ruled("attachments", 10, lambda _, row: row.attachments or "", CENTRE),
    Ruled("copies", 10, lambda _, row: row.copies or "", CENTRE),
    Ruled("level", 12, of("level"), CENTRE),
    Ruled("handled_by", 18, pen),
    Ruled("signed_for", 16, pen),
    Ruled("answer", 26, lambda _, row: row.answer or row.reply_to),
    Ruled("filed_on", 20, of("filed_on"), CENTRE),
    Ruled("filed_in", 30, of("volume")),
    Ruled("remarks", 14, of("note")),
)


OUTGOING: Sequence[Ruled[Letter]] = (
    Ruled("nth", 20, _numbered, CENTRE),
    Ruled("sent_on_letter", 20, of("handled_on"), CENTRE),
    Ruled("issue_no", 30, of("document_no")),
    Ruled("letter_title", 54, of("title")),
    Ruled("attachments", 12, lambda _, row: row.attachments or "", CENTRE),
    Ruled("level", 14, of("level"), CENTRE),
    Ruled("copies", 12, lambda _, row: row.copies or "", CENTRE),
    Ruled("sent_to", 36, of("correspondent")),
    Ruled("signed_for", 18, pen),
    Ruled("filed_on", 20, of("filed_on"), CENTRE),
    Ruled("filed_in", 36, of("volume")),
    Ruled("remarks", 18, of("note")),
)


# --- sheets of one letter -------------------------------------------------------------------------

Sheet = Callable[[Unit, Letter | None, Language], tuple[dict[str, object], Iterable[Block]]]


def processing(unit: Unit, wanted: Wanted) -> Form:
    """文件处理单、传阅单 (F19, R59-R65): filled from a letter in the catalogue, one sheet to each; none named, an empty one."""
    return _sheets(unit, wanted, "f19", _processing)


def draft(unit: Unit, wanted: Wanted) -> Form:
    """发文稿纸 (F20, R66-R68): filled from a letter in the catalogue, one sheet to each; none named, an empty one."""
    return _sheets(unit, wanted, "f20", _draft)


def _sheets(unit: Unit, wanted: Wanted, kind: str, sheet: Sheet) -> Form:
    language = wanted.language
    only(wanted, codes=None)
    meant: Sequence[Letter | None] = [letters.one(unit, code.strip()) for code in wanted.codes] or [None]
    papers = [sheet(unit, letter, language) for letter in meant]
    return Form(
        kind=kind,
        title=say(f"form.{kind}", language),
        blocks=_one_after_another(blocks for _, blocks in papers),
        company=unit.settings.company,
        values=values(papers[0][0], language),
        language=language,
        shown=Shown(confidential=sum(one is not None and one.level >= CONFIDENTIAL for one in meant)),
    )


def _one_after_another(papers: Iterable[Iterable[Block]]) -> Iterator[Block]:
    for number, blocks in enumerate(papers):
        if number:
            yield Break(facts=())
        yield from blocks


def _processing(
    _: Unit, letter: Letter | None, language: Language
) -> tuple[dict[str, object], Iterable[Block]]:  # fmt: skip
    boxes = ("receipt_no", "came_on", "letter_from", "letter_no_in", "letter_title", "level", "urgency")
    told: dict[str, object] = dict.fromkeys(boxes, "")
    if letter is not None:
        told |= {
            "receipt_no": letter.number, "letter_from": letter.correspondent, "letter_no_in": letter.document_no,
            "came_on": letter.handled_on,
            "letter_title": letter.title, "level": letter.level,
        }  # fmt: skip
    room = {"proposal": 20.0, "instruction": 24.0}
    handling = {"pressed": 12.0, "queries": 14.0, "handled_result": 18.0}
    who = {"handling_department": "", "handle_by": ""}
    end = {"handled_on": "", "original_back_on": "", "filed_code": letter.code if letter else ""}
    blocks: list[Block] = [
        grid(told, language, wide=("letter_title",)),
        grid(dict.fromkeys(room, ""), language, tall=room),
        _readers(language),
        grid({**who, **dict.fromkeys(handling, ""), **end}, language, wide=("filed_code",), tall=handling),
        signatures(("handler_signature", "filer_signature"), language),
    ]
    return {**told, **end}, blocks


def _readers(language: Language) -> Table:
    """The list of those who read it in turn (R62)."""
    columns = [("nth", 12.0), ("circulated_to", 44.0), ("delivered_at", 52.0), ("read_at", 72.0)]
    rows = [[str(number), "", "", ""] for number in range(1, READERS + 1)]
    named = [
        Column(heading(name, language), wide, CENTRE if name == "nth" else Align.LEFT)
        for name, wide in columns
    ]
    return Table(named, rows, heading=heading("circulation", language))


def _draft(
    unit: Unit, letter: Letter | None, language: Language
) -> tuple[dict[str, object], Iterable[Block]]:  # fmt: skip
    told: dict[str, object] = {
        "letter_title": letter.title if letter else "",
        "sent_to_first": letter.correspondent if letter else "",
        "copied_to": "",
        "level": letter.level if letter else "",
        "attachments": (letter.attachments or "") if letter else "",
        "copies": (letter.copies or "") if letter else "",
        "issue_no_clerk": letter.document_no if letter else "",
        "printed_on": letter.dated if letter else "",
    }
    who = {
        "drafted_by": "",
        "drafting_department": departments(unit, language).get(letter.department, "") if letter else "",
    }
    say_so = {"reviewed_by": 16.0, "cosigned_by": 16.0, "issued_by": 24.0}
    opinions = {**dict.fromkeys(say_so, ""), "issued_on": ""}
    blocks: list[Block] = [
        grid({**who, **opinions}, language, wide=("issued_on",), tall=say_so),
        grid(told, language, wide=("letter_title", "sent_to_first", "copied_to")),
        Table([Column(heading("body", language), 170.0)], [], blank=DRAFTED, fill=True),
    ]
    return {**who, **told}, blocks
