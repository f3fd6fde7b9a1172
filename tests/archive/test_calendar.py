"""The office calendar: shipped holidays, the office's own days, and what they do to due dates (R44)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import workdays
from archive.acts import Act
from archive.circulation import calendar, lending
from archive.errors import ArchiveError, BadValue, DayAsShipped, DueUnfit, NotAllowed
from archive.words import Language
from tests import make
from tests.archive.counter import counter as counters

LABOUR_DAY = dt.date(2026, 5, 1)
SATURDAY = dt.date(2026, 3, 7)
MONDAY = dt.date(2026, 3, 9)


def edit(office, day, by="archivist", **given):
    with office.work(by, Act.CALENDAR_EDIT) as unit:
        calendar.edit(unit, day, **given)


def restore(office, day):
    with office.work("archivist", Act.CALENDAR_EDIT) as unit:
        return calendar.restore(unit, day)


def worked(office, day) -> bool:
    with office.ask("staff", Act.CALENDAR_SEE) as unit:
        return calendar.working(unit).is_workday(day)


def year(office, number=None):
    with office.ask("staff", Act.CALENDAR_SEE) as unit:
        return {line.day: line for line in calendar.year(unit, number)}


def test_req_R44_the_office_declares_a_day_off_or_worked_and_takes_it_back(office):
    """Both ways, over a plain weekday, a holiday and a weekend day worked; restored it is as shipped."""
    for day in (MONDAY, LABOUR_DAY, SATURDAY, dt.date(2026, 5, 9)):
        before = worked(office, day)
        edit(office, day, worked=not before, name="厂休")
        assert worked(office, day) is not before
        line = year(office)[day]
        assert (line.worked, line.name, line.declared) == (not before, "厂休", True)
        edit(office, day, worked=before)
        assert worked(office, day) is before
        assert restore(office, day) is before and worked(office, day) is before


def test_a_year_lists_its_holidays_the_weekend_days_worked_and_what_was_declared(office):
    """Named as shipped, with the weekday; what an office declared says so."""
    told = year(office, 2026)
    assert (told[LABOUR_DAY].name, told[LABOUR_DAY].worked, told[LABOUR_DAY].weekday) == ("劳动节", False, 5)
    assert told[dt.date(2026, 5, 9)].worked and told[dt.date(2026, 5, 9)].weekday == 6
    assert SATURDAY not in told and not any(line.declared for line in told.values())
    assert list(told) == sorted(told)
    assert year(office, 2025).keys().isdisjoint(told)


def test_what_nobody_declared_cannot_be_restored_and_odd_days_and_names_are_refused(office):
    """Nothing to take back; a day long past, far ahead; a name that is none; somebody without the right."""
    with pytest.raises(DayAsShipped):
        restore(office, LABOUR_DAY)
    for wrong in (
        {"day": dt.date(2025, 12, 31)},
        {"day": dt.date(2032, 1, 1)},
        {"name": "长" * 61},
        {"name": "a\nb"},
    ):
        with pytest.raises(BadValue):
            edit(office, **{"day": MONDAY, "worked": False, **wrong})
    with pytest.raises(NotAllowed):
        edit(office, MONDAY, by="staff", worked=False)
    with pytest.raises(BadValue):
        year(office, 0)
    assert worked(office, MONDAY)


def lent(office, code, **given):
    make.approved(office, code)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        loan = lending.lend(unit, code, to="staff", purpose="核对", **given)
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, loan.number)
    return loan.due_on


def test_inv_V12_a_loan_period_that_ends_on_a_day_off_is_moved_on(office):
    """Over a weekend, over a holiday, over a day the office declared, and not over a weekend day worked."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    assert lent(office, volume, days=5) == MONDAY
    edit(office, MONDAY, worked=False)
    assert lent(office, volume, days=5) == dt.date(2026, 3, 10)
    edit(office, SATURDAY, worked=True)
    assert lent(office, volume, days=5) == SATURDAY
    assert lent(office, volume, days=60) == dt.date(2026, 5, 6)
    assert lent(office, volume, days=68) == dt.date(2026, 5, 9)


@pytest.mark.parametrize(
    ("day", "fitting"),
    [
        (dt.date(2026, 3, 1), dt.date(2026, 3, 2)),
        (dt.date(1999, 1, 1), dt.date(2026, 3, 2)),
        (SATURDAY, MONDAY),
        (LABOUR_DAY, dt.date(2026, 5, 6)),
        (dt.date(2027, 3, 4), dt.date(2027, 3, 3)),
        (dt.date(9999, 12, 31), dt.date(2027, 3, 3)),
    ],
)
def test_inv_V12_a_day_nothing_can_be_due_is_refused_with_the_next_that_fits(office, day, fitting):
    """Past, not worked, over a year away: the sentence names the day to take instead, which is taken."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    with pytest.raises(DueUnfit) as refused:
        lent(office, volume, due_on=day)
    assert refused.value.facts["next"] == fitting
    assert all(str(fitting) in refused.value.message(language) for language in Language)
    assert lent(office, volume, due_on=fitting) == fitting


DAYS = st.dates(dt.date(2025, 1, 1), dt.date(2029, 12, 31))


@given(changes=st.dictionaries(DAYS, st.booleans(), max_size=12), day=DAYS)
def test_a_changed_calendar_says_of_each_day_what_was_declared_last(changes, day):
    """Declared days are as declared, all others as shipped; a second change of a day replaces the first."""
    known = workdays.calendar()
    told = known.changed({one: not yes for one, yes in changes.items()}).changed(changes)
    assert told.is_workday(day) == changes.get(day, known.is_workday(day))


def test_witness_a_calendar_that_forgets_to_clear_the_days_worked_is_caught():
    """The same rule on a careless copy of the days: a weekend day worked, declared off, would still be worked."""
    known = workdays.calendar()
    day = dt.date(2026, 5, 9)
    careless = workdays.Calendar(known.off | {day}, known.work, known.announced)
    assert careless.is_workday(day) and not known.changed({day: False}).is_workday(day)


def test_the_calendar_from_the_command_line(template, tmp_path, monkeypatch):
    """Edited, listed and restored; bad days told in both languages, nothing changed."""
    counter = counters(template, tmp_path, monkeypatch)
    counter.run("archivist", "calendar", "edit", "2026-05-06", "--off", "--name", "公司团建").check()
    (line,) = [one for one in counter.rows("staff", "calendar", "list") if one["declared"]]
    assert (line["day"], line["worked"], line["name"]) == ("2026-05-06", False, "公司团建")
    told = counter.run("staff", "calendar", "list", "2027").check()
    assert "尚未公布" in told.err
    assert "2026-05-06" in counter.run("archivist", "calendar", "restore", "2026-05-06").check().out
    before = counter.state()
    for language, mark in (("zh", "无需恢复"), ("en", "nothing to restore")):
        counter.language = language
        assert mark in counter.run("archivist", "calendar", "restore", "2026-05-06").check(1).err
    counter.run("archivist", "calendar", "edit", "2026-05-06").check(2)
    counter.run("archivist", "calendar", "edit", "2026-02-30", "--off").check(2)
    assert counter.state() == before


def test_every_error_of_the_calendar_is_an_error_of_ours():
    """What a command can catch and tell."""
    assert issubclass(DueUnfit, BadValue) and issubclass(DayAsShipped, ArchiveError)
