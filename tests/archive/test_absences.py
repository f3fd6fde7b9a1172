"""Absences and deputies: who enters them, for whom, with whom, and who reads why."""

from __future__ import annotations

import datetime as dt

import pytest

from archive import people
from archive.acts import Act
from archive.circulation import absences
from archive.errors import (
    AwayAlready,
    BadValue,
    DeputyUnfit,
    NotAllowed,
    NotEmployed,
    NotFound,
    SelfApproval,
)
from archive.values import Level, Role
from archive.words import Language
from tests.archive.counter import contents

MONDAY, FRIDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 6)


def enter(office, by: str, first=MONDAY, last=FRIDAY, **given) -> str:
    with office.work(by, Act.ABSENCE_SET) as unit:
        return absences.enter(unit, first, last, **given).uid


def end(office, by: str, which: str) -> None:
    with office.work(by, Act.ABSENCE_END) as unit:
        absences.end(unit, which)


def rows(office, by: str, **given):
    with office.ask(by, Act.ABSENCE_SEE) as unit:
        return list(absences.rows(unit, **given))


def away(office) -> set[str]:
    with office.ask("gm", Act.ABSENCE_SEE) as unit:
        return {unit.person(uid).account for uid in absences.away(unit)}


def test_req_R35_one_enters_oneself_and_hr_and_the_secretary_enter_others(office):
    """Nobody else speaks for a colleague."""
    enter(office, "manager", deputy="supervisor", reason="出差")
    enter(office, "hr", account="gm", reason="住院")
    enter(office, "secretary", account="staff")
    for by in ("clerk", "archivist", "gm", "manager"):
        with pytest.raises(NotAllowed):
            enter(office, by, account="records")
    for by in ("admin", "security", "auditor"):
        with pytest.raises(NotAllowed):
            enter(office, by)

    assert {"manager", "gm", "staff"} == away(office)
    assert [("manager", "supervisor", True)] == [
        (one.account, one.deputy, one.live) for one in rows(office, "auditor", account="manager")
    ]


def test_req_R35_an_absence_counts_from_its_first_day_to_its_last_and_not_once_it_is_ended(office):
    """Both days included, by the office's calendar; ended early, it is over at once and stays in the book."""
    enter(office, "manager", MONDAY + dt.timedelta(days=1), FRIDAY)
    told = []
    for _ in range(6):
        told.append("manager" in away(office))
        office.tick(days=1)
    assert [False, True, True, True, True, False] == told
    later = enter(office, "manager", dt.date(2026, 3, 8), dt.date(2026, 3, 20))
    end(office, "manager", later)

    assert set() == away(office)
    assert [] == rows(office, "manager")
    assert 2 == len(rows(office, "manager", past=True))
    for which in (later, "manager", "nobody", ""):
        with pytest.raises(NotFound):
            end(office, "manager", which)


def test_req_R35_only_oneself_or_the_office_ends_an_absence(office):
    """A colleague does not call back whom he does not like to be away."""
    enter(office, "manager")
    with pytest.raises(NotAllowed):
        end(office, "supervisor", "manager")
    end(office, "hr", "manager")

    assert set() == away(office)


BAD_DAYS = {
    "before today": (MONDAY - dt.timedelta(days=1), FRIDAY),
    "backwards": (FRIDAY, MONDAY),
    "longer than a year": (MONDAY, dt.date(2027, 3, 4)),
}


@pytest.mark.parametrize(("first", "last"), BAD_DAYS.values(), ids=BAD_DAYS)
def test_req_R35_days_that_cannot_be_are_refused(office, first, last):
    """In a sentence that says what can be; nothing is kept."""
    before = contents(office.home / "catalogue.db")
    with pytest.raises(BadValue) as told:
        enter(office, "manager", first, last)

    assert "2026" in told.value.message(Language.ZH)
    assert before == contents(office.home / "catalogue.db")


def test_req_R35_days_do_not_run_into_each_other(office):
    """Neither one's own nor the deputy's: a deputy must be there."""
    enter(office, "manager")
    for first, last in ((MONDAY, MONDAY), (FRIDAY, dt.date(2026, 3, 9)), (MONDAY, dt.date(2026, 4, 1))):
        with pytest.raises(AwayAlready):
            enter(office, "manager", first, last)
    with pytest.raises(AwayAlready):
        enter(office, "supervisor", deputy="manager")

    assert enter(office, "manager", dt.date(2026, 3, 7), dt.date(2026, 3, 8))


def test_req_R48_a_deputy_is_fit_for_the_post(office):
    """No administrator, nobody cleared for less, nobody barred, not oneself, not who enters it for another."""
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "clerk", {Role.CLERK, Role.AUDITOR})
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "supervisor", reason="停职")
    before = contents(office.home / "catalogue.db")
    for deputy, refusal in (
        ("security", DeputyUnfit), ("auditor", DeputyUnfit), ("clerk", DeputyUnfit), ("staff", DeputyUnfit),
        ("supervisor", NotEmployed), ("manager", BadValue), ("nobody", NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            enter(office, "manager", deputy=deputy)
    with pytest.raises(SelfApproval):
        enter(office, "hr", account="gm", deputy="hr")

    assert before == contents(office.home / "catalogue.db")
    assert enter(office, "hr", account="gm", deputy="secretary")


def test_req_R48_witness_without_the_check_an_administrator_would_stand_in(office, monkeypatch):
    """The same entry passes as soon as nobody asks who the deputy is."""
    monkeypatch.setattr(absences, "_deputy_checked", lambda *_: None)

    assert enter(office, "manager", deputy="auditor")


def test_rel_E1_the_reason_is_sealed_and_told_only_to_whom_it_concerns(office):
    """An illness is nobody's business: the person, HR, the secretary and the GM read it; the file does not show it."""
    enter(office, "hr", account="manager", reason="住院手术")
    told = {
        who: rows(office, who)[0].reason for who in ("manager", "hr", "secretary", "gm", "clerk", "staff")
    }

    assert {"manager", "hr", "secretary", "gm"} == {
        who for who, reason in told.items() if reason == "住院手术"
    }
    assert ["", ""] == [told["clerk"], told["staff"]]
    raw = (office.home / "catalogue.db").read_bytes()
    assert "住院手术".encode() not in raw
    assert b"2026-03-06" in raw


def test_req_R35_absences_that_follow_each_other_are_one_for_the_day_of_return(office):
    """A gap of a day ends the run."""
    first = enter(office, "manager")
    enter(office, "manager", dt.date(2026, 3, 7), dt.date(2026, 3, 10))
    enter(office, "manager", dt.date(2026, 3, 12), dt.date(2026, 3, 13))
    with office.ask("gm", Act.ABSENCE_SEE) as unit:
        found = unit.session.get(absences.Absence, first)
        assert dt.date(2026, 3, 11) == absences.back(unit, found)


def test_req_R48_a_clearance_raised_later_unseats_no_deputy_but_opens_nothing_more(office):
    """The bar is looked at when the absence is entered; secret matters have no deputy whatever it says."""
    enter(office, "manager", deputy="supervisor")
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "manager", Level.SECRET)

    assert ["supervisor"] == [one.deputy for one in rows(office, "gm")]
