"""The inbox fetched at once: the same lines as asked one by one, with their facts, at a cost that does not grow."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from archive.acts import Act
from archive.circulation import absences, asked, decisions, inbox, lending, requests, visitors
from archive.errors import NotAllowed
from archive.statuses import DocumentKind, RequestKind, VisitorKind
from archive.values import Level, Role
from tests import make

EVERYBODY = ("staff", "clerk", "records", "archivist", "supervisor", "manager", "secretary", "gm", "hr")


@pytest.fixture
def asked_for(office) -> list[str]:
    """Five requests on five different roads, and one in words; a loan of the same reader that is late."""
    volumes = [make.volume(office, "ZX·02", 1, held=True, dossier=f"A1203-2025-{n}") for n in (1, 2)]
    tenant = make.volume(office, "YH·01", 1, held=True)
    numbers = [ask(office, *volumes), ask(office, volumes[0], who="records")]
    numbers += [ask(office, volumes[1], who="supervisor", kind=RequestKind.COPY)]
    numbers += [ask(office, tenant, who="clerk", kind=RequestKind.READ), ask(office, wanted=["电梯维保合同"])]
    return numbers


def ask(office, *codes, who="staff", kind=RequestKind.LOAN, **given) -> str:
    with office.work(who, Act.REQUEST_ASK) as unit:
        return str(requests.ask(unit, kind, list(codes), purpose="核对图纸", **given).number)


def told(office, who: str) -> list[inbox.InboxLine]:
    with office.ask(who, Act.REQUEST_SEE) as unit:
        return inbox.page(unit)[0]


@contextmanager
def statements(office):
    """The statements sent to the database within."""
    found: list[str] = []

    def note(*given):
        found.append(given[2])

    event.listen(office.instance.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(office.instance.engine, "before_cursor_execute", note)


def test_it_shows_each_post_the_lines_that_asking_one_by_one_shows(office, asked_for):
    shown = 0
    for who in EVERYBODY:
        with office.ask(who, Act.REQUEST_SEE) as unit:
            one_by_one = asked.inbox(unit)
            lines, more = inbox.page(unit)
            assert [_of_row(one) for one in lines] == [_of_row(one) for one in one_by_one], who
            assert inbox.count(unit) == len(lines) and not more
            shown += len(lines)
    assert shown > 5


def _of_row(row) -> tuple[object, ...]:
    """What both tell of a line."""
    title = row.title or getattr(row, "words", "")
    told = (row.number, row.reader, row.purpose, row.until, row.open_loans, row.overdue, row.out)
    return (*told, row.code, title, row.level)


def test_witness_the_comparison_sees_a_line_that_is_missing(office, asked_for, monkeypatch):
    monkeypatch.setattr(inbox.routing, "called", lambda *_: False)
    with office.ask("manager", Act.REQUEST_SEE) as unit:
        monkeypatch.undo()
        one_by_one = [one.number for one in asked.inbox(unit)]
        monkeypatch.setattr(inbox.routing, "called", lambda *_: False)
        assert [one.number for one in inbox.page(unit)[0]] != one_by_one


def test_req_R35_the_facts_to_decide_by(office):
    drawings, late = (make.volume(office, "ZX·02", 1, held=True, dossier=f"A1203-2025-{n}") for n in (1, 2))
    make.approved(office, late)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, late, to="staff", purpose="检查")
    office.tick(days=30)
    number = ask(office, drawings)
    (line,) = told(office, "manager")
    assert (line.number, line.level, line.kind) == (f"{number}/1", Level.INTERNAL, RequestKind.LOAN)
    assert (line.account, line.department, line.open_loans, line.overdue) == ("staff", "GC", 1, 1)
    assert (line.endorsed, line.out, line.outside, line.post) == ((), False, False, Role.DEPT_MANAGER)


def test_req_R42_who_agreed_before_stands_beside_what_the_general_manager_decides(office):
    tenant = make.volume(office, "YH·01", 1, held=True)
    with office.work("clerk", Act.VISITOR_ADD) as unit:
        guest = visitors.add(
            unit, kind=VisitorKind.OUTSIDE, name="钱某", organisation="公安局", letter_no="介字1号",
            letter_date=unit.today, document_kind=DocumentKind.PASSPORT, document_no="E12345678", host="supervisor",
        ).number  # fmt: skip
    number = ask(office, tenant, who="clerk", kind=RequestKind.READ, visitor=guest)
    (line,) = told(office, "manager")
    assert line.outside and not line.last and line.level is Level.CONFIDENTIAL
    with office.work("manager", Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, [number], Act.REQUEST_APPROVE)
    (line,) = told(office, "gm")
    assert line.endorsed == [(Role.DEPT_MANAGER, "冯经理")] and line.last and line.outside


def test_a_deputy_sees_in_whose_place_he_decides(office, asked_for):
    with office.work("manager", Act.ABSENCE_SET) as unit:
        absences.enter(unit, unit.today, unit.today + dt.timedelta(days=3), deputy="clerk")
    lines = [one for one in told(office, "clerk") if one.deputy_for]
    assert lines and {one.deputy_for for one in lines} == {"冯经理"}
    assert all(one.code for one in lines) and not [one for one in told(office, "manager") if one.code]


def test_dec6_of_a_hidden_record_nothing_but_the_line_that_is_ones_turn_is_told(office, asked_for):
    for who in ("staff", "admin", "auditor", "security"):
        with office.ask(who, Act.REQUEST_SEE) as unit:
            assert inbox.count(unit) == 0
    with office.ask("admin", Act.PERSON_SEE) as unit, pytest.raises(NotAllowed):
        inbox.page(unit)


def test_it_goes_on_page_by_page_and_the_badge_counts_no_further_than_it_is_told(office, asked_for):
    with office.ask("manager", Act.REQUEST_SEE) as unit:
        whole = [one.number for one in inbox.page(unit)[0]]
        first, more = inbox.page(unit, limit=1)
        second, _ = inbox.page(unit, limit=1, offset=1)
        assert more and [first[0].number, second[0].number] == whole[:2]
        assert inbox.count(unit, 2) == 2 < len(whole)


def test_the_number_of_questions_does_not_grow_with_the_lines(office):
    volumes = [make.volume(office, "ZX·02", 1, held=True, dossier=f"A1203-2025-{n}") for n in range(8)]
    ask(office, *volumes[:2])
    asked_of = []
    for codes in ((), volumes[2:]):
        if codes:
            ask(office, *codes)
        with statements(office) as found, office.ask("manager", Act.REQUEST_SEE) as unit:
            lines = inbox.page(unit)[0]
        with statements(office) as counting, office.ask("manager", Act.REQUEST_SEE) as unit:
            assert inbox.count(unit) == len(lines)
        asked_of.append((len(lines), len(found), len(counting)))
    (few, *before), (many, *after) = asked_of
    assert (few, many) == (2, 8) and after == before and before[1] < 30


def test_witness_asked_one_by_one_the_questions_grow(office):
    volumes = [make.volume(office, "ZX·02", 1, held=True, dossier=f"A1203-2025-{n}") for n in range(5)]
    ask(office, *volumes[:2])
    found_of = []
    for codes in ((), volumes[2:]):
        if codes:
            ask(office, *codes)
        with statements(office) as found, office.ask("manager", Act.REQUEST_SEE) as unit:
            asked.inbox(unit)
        found_of.append(len(found))
    assert found_of[1] > found_of[0] + 6
