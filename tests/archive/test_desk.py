"""The desk of the counter: what a scan starts, what stands in the way, and that the hidden answers as the absent."""

from __future__ import annotations

import datetime as dt

import pytest

from archive import people, policy, registry, views, volumes
from archive.acts import Act
from archive.circulation import decisions, desk, fetching, lending, mine, readings, requests
from archive.circulation.desk import Desk, Starts
from archive.errors import (
    AlreadyOut,
    ApprovalNeeded,
    BorrowerOverdue,
    NotAllowed,
    NotEmployed,
    NotFound,
    Refused,
    WrongState,
)
from archive.statuses import RequestKind, Whereabouts
from archive.values import PlaceKind
from archive.words import Language
from tests import make


def code_of(office, uid: str) -> str:
    with office.ask("gm") as unit:
        return unit.record(uid).reference_code


@pytest.fixture
def code(office) -> str:
    """The code of an internal volume of KF that is held."""
    return code_of(office, make.volume(office, "ZX·02", 2, held=True))


def ask(office, *codes, who="staff", kind=RequestKind.LOAN) -> str:
    with office.work(who, Act.REQUEST_ASK) as unit:
        return str(requests.ask(unit, kind, list(codes), purpose="核对图纸").number)


def approved(office, *codes, who="staff", kind=RequestKind.LOAN) -> str:
    number = ask(office, *codes, who=who, kind=kind)
    with office.work("manager", Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, [number], Act.REQUEST_APPROVE)
    return number


def lent(office, code: str, to: str = "staff") -> str:
    with office.work("archivist", Act.LOAN_LEND) as unit:
        return lending.lend(unit, code, to=to, purpose="核对图纸").number


def laid(office, *codes, to: str = "", who: str = "archivist") -> Desk:
    with office.ask(who, Act.LOAN_RETURN) as unit:
        return desk.laid_out(unit, codes, to)


def test_req_R39_what_is_held_starts_lending_with_the_request_that_waits_for_it(office, code):
    number = approved(office, code)
    found = laid(office, code)
    (line,) = found.lending
    assert (line.starts, line.items, line.pages, line.why) == (Starts.LEND, 2, 4, None)
    assert [(one.number, one.account, one.name) for one in line.claims] == [(number, "staff", "孙员工")]
    assert found.borrower is not None and (found.borrower.account, found.purpose) == ("staff", "核对图纸")
    assert found.due_on == dt.date(2026, 3, 17)


def test_what_is_out_starts_its_return_by_its_code_by_its_papers_and_by_the_loans_number(office, code):
    make.approved(office, code)
    number = lent(office, code)
    for scanned in (code, number):
        (line,) = laid(office, scanned).returning
        assert (line.code, line.record, line.account, line.items) == (number, code, "staff", 2)
        assert [one.pages for one in line.papers] == [2, 2]
    both = laid(office, code, number)
    assert len(both.returning) == 1 and not both.lending


def test_what_is_being_read_is_told_so(office, code):
    approved(office, code, kind=RequestKind.READ)
    with office.work("archivist", Act.READING_BEGIN) as unit:
        number = readings.begin(unit, code, place="R1", purpose="核对", reader="staff").number
    (line,) = laid(office, code).reading
    assert (line.starts, line.number) == (Starts.READ, number)
    with office.ask("archivist", Act.READING_SEE) as unit:
        assert [one.pages for one in desk.papers_read(unit, number)] == [2, 2]
        with pytest.raises(AlreadyOut):
            desk.to_read(unit, code)


def test_a_request_brings_its_approved_lines_and_a_staff_card_the_borrower(office, code):
    number = approved(office, code)
    with office.ask("archivist", Act.LOAN_RETURN) as unit:
        assert desk.meant(unit, number) == ([code], "staff")
        assert desk.meant(unit, f"{number}/1") == ([code], "staff")
        assert desk.meant(unit, "STAFF ") == ([], "staff")
        assert desk.meant(unit, code.replace("·", "Â·")) == ([code], "")  # as simple scanners type it
        with pytest.raises(NotFound):
            desk.meant(unit, "SQ2026-99999")


def test_dec6_at_the_counter_the_hidden_answers_exactly_as_the_absent(office):
    """The clerk of another department may not see a confidential volume; no scan tells it from a slip of the finger."""
    hidden = code_of(office, make.volume(office, "YH·01", 1, held=True))
    absent = hidden[:-1] + ("9" if hidden[-1] != "9" else "8")
    told = []
    for one in (hidden, absent):
        found = laid(office, one, who="records")
        ((_, why),) = found.unknown
        told.append((why.message(Language.ZH).replace(one, "…"), why.code, len(found.lending)))
        with office.ask("records", Act.READING_SEE) as unit, pytest.raises(NotFound):
            desk.to_read(unit, one)
    assert told[0] == told[1]


def test_witness_without_the_policys_answer_the_hidden_would_lie_on_the_desk(office, monkeypatch):
    hidden = code_of(office, make.volume(office, "YH·01", 1, held=True))
    monkeypatch.setattr(policy, "refusal", lambda *_: None)
    assert len(laid(office, hidden, who="records").lending) == 1


def test_what_stands_in_the_way_is_told_before_it_is_tried(office, code):
    unheld = code_of(office, make.volume(office, "ZX·02", 1, dossier="A1203-2025-9"))
    make.approved(office, code)
    with office.ask("archivist") as unit:
        paper = views.inner_list(unit, unit.volume(code))[0].code
    assert isinstance(laid(office, unheld, to="staff").lending[0].why, WrongState)
    assert isinstance(laid(office, code, to="records").lending[0].why, ApprovalNeeded)
    lent(office, code)
    assert isinstance(laid(office, paper, to="staff").lending[0].why, AlreadyOut)
    secret = code_of(office, make.volume(office, "YH·01", 1, held=True))
    assert isinstance(laid(office, secret, to="supervisor").lending[0].why, Refused)


def test_inv_who_may_borrow_nothing_more_is_told_so_beside_his_name(office, code):
    make.approved(office, code)
    lent(office, code)
    office.tick(days=40)
    found = laid(office, to="staff")
    assert found.borrower is not None and isinstance(found.borrower.why, BorrowerOverdue)
    assert found.borrower.overdue_days > 0 and found.borrower.has == 1
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "records", reason="擅自外带")
    assert isinstance(laid(office, to="records").borrower.why, NotEmployed)
    assert laid(office, to="nobody").unknown[0][0] == "nobody"


def test_dec8_a_box_lies_on_the_desk_as_one_and_one_with_something_hidden_is_nobodys(office, code):
    hidden = code_of(office, make.volume(office, "YH·01", 1, held=True))
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "BOX1", kind=PlaceKind.BOX, name="一号盒", inside="R1-C1")
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, code, "BOX1")
    (line,) = laid(office, "BOX1").lending
    assert (line.parts, line.items, line.pages) == (1, 2, 4)
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, hidden, "BOX1")
    (line,) = laid(office, "BOX1", who="records").lending
    assert isinstance(line.why, NotAllowed) and (line.parts, line.items, line.pages) == (0, 0, 0)


def test_the_queue_tells_where_each_thing_stands_to_those_who_keep_it(office, code):
    number = approved(office, code)
    with office.ask("archivist", Act.REQUEST_SEE) as unit:
        (row,) = fetching.rows(unit)
        assert (row.number, row.account, row.whereabouts) == (f"{number}/1", "staff", Whereabouts.UNPLACED)
        assert fetching.count(unit) == 1 and fetching.rows(unit, code="K001-X") == []
    for who, sees in (("clerk", 1), ("records", 0), ("staff", 0), ("secretary", 0)):
        with office.ask(who, Act.REQUEST_SEE) as unit:
            assert (len(fetching.rows(unit)), fetching.count(unit)) == (sees, sees), who
    with office.ask("staff", Act.REQUEST_SEE) as unit:
        assert mine.count(unit) == 1  # he may come and fetch it
    lent(office, code)
    with office.ask("archivist", Act.REQUEST_SEE) as unit:
        assert fetching.rows(unit) == []


def test_my_number_counts_what_is_late_and_what_may_be_fetched(office, code):
    make.approved(office, code)
    lent(office, code)
    with office.ask("staff", Act.LOAN_SEE) as unit:
        assert mine.count(unit) == 0
    office.tick(days=30)
    with office.ask("staff", Act.LOAN_SEE) as unit:
        assert mine.count(unit) == 1
    with office.ask("admin", Act.PERSON_SEE) as unit:
        assert mine.count(unit) == 0 and not unit.lines
