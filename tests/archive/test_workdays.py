"""The office works when the State Council's notices say so."""

import copy
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import tables, workdays
from archive.errors import BadValue

D = dt.date.fromisoformat


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2025-01-01", False),  # New Year
        ("2025-01-26", True),  # a Sunday worked for the Spring Festival
        ("2025-01-28", False),
        ("2025-02-04", False),
        ("2025-02-05", True),
        ("2025-10-08", False),  # the eighth day of the joint holiday
        ("2025-10-11", True),
        ("2026-01-04", True),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-09-20", True),
        ("2026-09-25", False),
        ("2026-10-08", True),
        ("2026-11-21", False),  # an ordinary Saturday
        ("2027-10-01", False),  # fixed by the holidays regulation, notice or not
        ("2031-05-06", True),  # nothing known: Monday to Friday
        ("2031-05-04", False),
    ],
)
def test_days_worked_and_days_off(day, worked):
    """
    Holidays are off, weekend days named in the notice are worked, the rest is Monday to Friday.
    """
    assert worked is workdays.is_workday(D(day))


def test_the_number_of_days_off_is_the_one_announced():
    """
    28 days off and 5 worked in 2025, 33 and 6 in 2026; later years are not announced.
    """
    known = workdays.calendar()

    assert (28, 5) == tuple(sum(day.year == 2025 for day in days) for days in (known.off, known.work))
    assert (33, 6) == tuple(sum(day.year == 2026 for day in days) for days in (known.off, known.work))
    assert {2025, 2026} == known.announced


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-02-13", 1, "2026-02-14"),  # the Saturday is worked
        ("2026-02-13", 2, "2026-02-24"),  # then nine days off
        ("2026-02-15", 0, "2026-02-24"),
        ("2026-11-20", 0, "2026-11-20"),
        ("2026-11-20", 5, "2026-11-27"),
    ],
)
def test_counting_workdays(day, count, expected):
    """
    The n-th workday after a day; none at all means the day itself or the next one worked.
    """
    assert D(expected) == workdays.add_workdays(D(day), count)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.dates(dt.date(2024, 1, 1), dt.date(2028, 1, 1)), st.integers(0, 40))
def test_exactly_so_many_workdays_lie_between(day, count):
    """
    Between a day and its n-th workday lie n workdays, the last included.
    """
    end = workdays.add_workdays(day, count)
    between = [day + dt.timedelta(step) for step in range(1, (end - day).days + 1)]

    assert workdays.is_workday(end)
    if count:
        assert count == sum(map(workdays.is_workday, between))


def test_a_rule_of_weekdays_alone_would_be_wrong():
    """
    Witness: Monday to Friday gives another answer on 48 days (37 off, 11 worked) of 2025 and 2026.
    """
    days = [dt.date(2025, 1, 1) + dt.timedelta(step) for step in range(730)]
    differing = [day for day in days if workdays.is_workday(day) != (day.weekday() < 5)]

    assert len(differing) == 48


@pytest.mark.parametrize(
    "change",
    [
        {"work": [dt.date(2026, 1, 4)]},  # another year's day
        {"work": [dt.date(2025, 1, 27)]},  # a Monday is worked anyway
        {
            "off": [
                {"zh": "元旦", "en": "New Year", "first": dt.date(2025, 1, 2), "last": dt.date(2025, 1, 1)}
            ]
        },
        {"off": [{"zh": "元旦", "en": "New Year", "first": "2025-01-02", "last": dt.date(2025, 1, 3)}]},
        {"announced": "yes"},
        {"weather": "fine"},
    ],
)
def test_a_calendar_with_a_fault_is_refused(change):
    """
    A day of another year, a weekday "worked instead", days backwards, words for days or flags.
    """
    table = copy.deepcopy(tables.shipped("holidays.toml"))
    table["2025"].update(change)

    with pytest.raises(BadValue):
        workdays.read(table)


def test_workdays_are_not_counted_backwards():
    """
    A negative count is refused.
    """
    with pytest.raises(BadValue):
        workdays.add_workdays(D("2026-01-05"), -1)
