"""The retention clock by the test vectors of the trade; each naive clock they were written against fails them."""

import datetime as dt
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import retention
from archive.errors import BadValue
from archive.values import PERMANENT, Period, PeriodKind, Trigger
from archive.words import Language, knows
from retention.clock import Note, Reason, acceptance, contract_end, explain, latest, run, year_end

D = dt.date.fromisoformat
P = Period.parse
HOUSE = settings(deadline=None, derandomize=True, max_examples=200)
DAYS = st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31))

# id: (period, trigger, trigger date, (start, expires on, review due))
VECTORS = {
    "T1": ("D10", "FORMED", D("2015-06-03"), ("2016-01-01", "2025-12-31", "2026-01-01")),
    "T2": ("D10", "FORMED", D("2015-01-01"), ("2016-01-01", "2025-12-31", "2026-01-01")),
    "T3": ("D10", "FORMED", D("2015-12-31"), ("2016-01-01", "2025-12-31", "2026-01-01")),
    "T4": ("D10", "FORMED", D("2024-02-29"), ("2025-01-01", "2034-12-31", "2035-01-01")),
    "T5": (
        "D30",
        "FORMED",
        latest([D("2014-11-02"), D("2015-02-20"), D("2014-12-30")]),
        ("2016-01-01", "2045-12-31", "2046-01-01"),
    ),
    "T7": ("D10", "TENANCY_END", None, (None, None, None)),
    "T8": ("D10", "TENANCY_END", D("2023-08-15"), ("2024-01-01", "2033-12-31", "2034-01-01")),
    "T9": (
        "D10",
        "CONTRACT_END",
        contract_end(D("2025-12-31"), terminated=D("2021-03-01")),
        ("2022-01-01", "2031-12-31", "2032-01-01"),
    ),
    "T10": (
        "D10",
        "CONTRACT_END",
        contract_end(D("2022-12-31"), amended=[D("2024-06-30")]),
        ("2025-01-01", "2034-12-31", "2035-01-01"),
    ),
    "T11": (
        "D30",
        "ACCEPTANCE",
        acceptance(D("2020-05-10"), D("2021-01-05")),
        ("2022-01-01", "2051-12-31", "2052-01-01"),
    ),
    "T12": ("D30", "YEAR_END", year_end(2020), ("2021-01-01", "2050-12-31", "2051-01-01")),
    "T13": ("Y", "FORMED", D("2015-06-03"), (None, None, None)),
}


def days_of(course) -> tuple:
    return tuple(day and day.isoformat() for day in (course.start, course.expires_on, course.review_due))


@pytest.mark.parametrize("vector", VECTORS)
def test_ret_vectors_T1_to_T13(vector):
    """
    Start, last day and first day of appraisal of every vector.
    """
    period, trigger, began, expected = VECTORS[vector]

    assert expected == days_of(run(P(period), Trigger(trigger), began))


@pytest.mark.parametrize("vector", ["T1", "T3", "T4"])
def test_ret_the_naive_clock_fails_T1_T3_T4(vector):
    """
    Witness: document date plus years, same month and day (a rule met in the wild), is caught by the vectors.
    """

    def naive(years: int, day: dt.date) -> dt.date:
        try:
            return day.replace(year=day.year + years)
        except ValueError:
            return day.replace(year=day.year + years, day=28)

    period, _, began, expected = VECTORS[vector]

    assert expected[2] != naive(P(period).length, began).isoformat()


def test_ret_T2_the_first_of_january_gains_no_year():
    """
    T2: a paper of 1 January runs as one of December; starting at its own New Year would end a year early.
    """
    early = run(P("D10"), Trigger.FORMED, D("2015-01-01"))
    late = run(P("D10"), Trigger.FORMED, D("2015-12-31"))

    assert days_of(early) == days_of(late)
    assert early.review_due != D("2025-01-01")


def test_ret_T6_between_two_periods_the_longer_rules():
    """
    T6, V3: a volume mixed by override runs thirty years (mixing itself is refused elsewhere).
    """
    longer = P("D10").longer_of(P("D30"))

    assert D("2046-01-01") == run(longer, Trigger.FORMED, D("2015-02-20")).review_due


def test_ret_T7_what_has_not_begun_is_never_due():
    """
    T7: still let, so in no due list, not even in the last year there is.
    """
    course = run(P("D10"), Trigger.TENANCY_END, None)

    assert Reason.NOT_STARTED is course.reason
    assert not course.due_on(dt.date.max)


def test_ret_T10_the_latest_of_several_renewals_rules_in_any_order():
    """
    T10: amendments count by their date, not by the order they were filed in.
    """
    ends = [D("2024-06-30"), D("2023-06-30"), None]

    for order in itertools.permutations(ends):
        assert D("2024-06-30") == contract_end(D("2022-12-31"), amended=order)
    assert contract_end(None) is None


def test_ret_T11_acceptance_without_the_deposit_starts_nothing():
    """
    T11: both must have happened.
    """
    assert acceptance(D("2020-05-10"), None) is None
    assert acceptance(None, D("2021-01-05")) is None
    assert acceptance(D("2021-02-01"), D("2021-01-05")) == D("2021-02-01")
    assert Reason.NOT_STARTED is run(P("D30"), Trigger.ACCEPTANCE, acceptance(D("2020-05-10"), None)).reason


def test_ret_T12_a_year_class_takes_the_year_of_any_of_its_days():
    """
    T12: 31 December of the archive year, whatever day was recorded.
    """
    course = run(P("D30"), Trigger.YEAR_END, D("2020-03-07"))

    assert D("2020-12-31") == course.began
    assert D("2051-01-01") == course.review_due


def test_ret_T13_permanent_is_never_due():
    """
    T13: begun or not, no day comes.
    """
    for began in (None, D("2015-06-03")):
        course = run(PERMANENT, Trigger.FORMED, began)

        assert Reason.PERMANENT is course.reason
        assert not course.due_on(dt.date.max)


def test_ret_T17_an_undated_paper_counts_from_its_filing_year_and_says_so():
    """
    T17: base = year of filing, with the note; a dated paper does not care when it was filed.
    """
    undated = run(P("D10"), Trigger.FORMED, None, undated_filed=D("2015-09-09"))
    dated = run(P("D10"), Trigger.FORMED, D("2012-01-01"), undated_filed=D("2015-09-09"))

    assert (D("2026-01-01"), Note.FILING_YEAR) == (undated.review_due, undated.note)
    assert (D("2023-01-01"), None) == (dated.review_due, dated.note)


def test_ret_T17_an_event_is_never_guessed_from_the_filing_year():
    """
    Witness for T7: filing a lease does not end the tenancy; and no date and no filing year is said to be so.
    """
    assert (
        Reason.NOT_STARTED is run(P("D10"), Trigger.TENANCY_END, None, undated_filed=D("2015-09-09")).reason
    )
    assert Reason.UNDATED is run(P("D10"), Trigger.FORMED, None).reason
    assert Reason.UNDATED is run(P("D10"), Trigger.YEAR_END, None).reason


def test_ret_T18_due_from_new_year_and_not_on_the_last_day():
    """
    T18, T16: T1 is not due on 31 December 2025 and is due on 1 January 2026.
    """
    course = run(P("D10"), Trigger.FORMED, D("2015-06-03"))

    assert not course.due_on(D("2025-12-31"))
    assert course.due_on(D("2026-01-01"))


def test_ret_until_an_event_is_due_on_the_event_itself():
    """
    UNTIL_EVENT counts no years: handed over the day the service ends, never before.
    """
    waiting = run(P("E"), Trigger.SERVICE_END, None)
    ended = run(P("E"), Trigger.SERVICE_END, D("2025-06-30"))

    assert (Reason.NOT_STARTED, None) == (waiting.reason, waiting.review_due)
    assert (Reason.UNTIL_EVENT, D("2025-06-30")) == (ended.reason, ended.review_due)


def test_ret_recordings_are_kept_by_days():
    """
    T90: due ninety days after the recording, at least the thirty the law demands.
    """
    course = run(P("T90"), Trigger.FORMED, D("2026-01-01"))

    assert ("2026-01-01", "2026-03-31", "2026-04-01") == days_of(course)


@pytest.mark.parametrize("period", ["D9999", "T9999"])
def test_a_period_beyond_the_calendar_is_refused(period):
    """
    The calendar ends in 9999; a number beyond it is a slip, not a crash.
    """
    with pytest.raises(BadValue):
        run(P(period), Trigger.FORMED, D("9990-01-01"))


@HOUSE
@given(DAYS, DAYS, st.integers(1, 60))
def test_day_and_month_never_matter(one, other, years):
    """
    Two papers of one year run alike.
    """
    period = Period(PeriodKind.YEARS, years)
    moved = dt.date(one.year, other.month, min(other.day, 28))

    assert days_of(run(period, Trigger.FORMED, one)) == days_of(run(period, Trigger.FORMED, moved))


@HOUSE
@given(DAYS, st.sampled_from(Trigger), st.sampled_from(["D1", "D3", "D10", "D30", "T30", "T90", "E"]))
def test_appraisal_begins_the_day_after_the_last_and_never_before_the_trigger(day, trigger, code):
    """
    review_due = expires_on + 1 day (decision 9); nothing is due before what started it.
    """
    course = run(P(code), trigger, day)

    assert course.review_due == course.expires_on + dt.timedelta(days=1)
    assert course.review_due >= day
    assert not course.due_on(course.expires_on) and course.due_on(course.review_due)


@HOUSE
@given(DAYS, st.integers(1, 99), st.integers(0, 99))
def test_a_longer_period_never_ends_earlier(day, years, more):
    """
    Monotone in length; each further year is exactly a year, and full years are kept.
    """
    short = run(Period(PeriodKind.YEARS, years), Trigger.FORMED, day)
    long = run(Period(PeriodKind.YEARS, years + more), Trigger.FORMED, day)

    assert more == long.review_due.year - short.review_due.year
    assert (1, 1) == (short.review_due.month, short.review_due.day)
    assert years == short.review_due.year - short.start.year


@HOUSE
@given(DAYS, DAYS)
def test_a_later_trigger_never_ends_earlier(one, other):
    """
    Monotone in the trigger date.
    """
    first, last = sorted([one, other])

    assert run(P("D10"), Trigger.FORMED, first).review_due <= run(P("D10"), Trigger.FORMED, last).review_due


def test_every_reason_note_and_trigger_has_its_words():
    """
    Each course can be read aloud in both languages.
    """
    assert retention.__name__ == "retention"
    for language in Language:
        assert all(knows(word.word, language) for word in (*Reason, *Note))
        for kind in ("began", "awaited"):
            assert all(knows(f"{kind}.{trigger.value.lower()}", language) for trigger in Trigger)


@pytest.mark.parametrize(
    ("course", "zh", "en"),
    [
        (
            run(P("D10"), Trigger.FORMED, D("2015-06-03")),
            "形成于 2015 年，定期 10 年，自 2016-01-01 起算，至 2025-12-31 期满。",
            "Formed in 2015; kept 10 years from 2016-01-01, until 2025-12-31.",
        ),
        (
            run(P("D10"), Trigger.FORMED, None, undated_filed=D("2015-09-09")),
            "归档于 2015 年，定期 10 年，自 2016-01-01 起算，至 2025-12-31 期满。文件无日期，按归档年度 2015 年计。",
            (
                "Filed in 2015; kept 10 years from 2016-01-01, until 2025-12-31. "
                "The paper bears no date; its filing year 2015 counts."
            ),
        ),
        (
            run(P("D10"), Trigger.TENANCY_END, None),
            "业户仍在租住，保管期限尚未起算。",
            "The premises are still occupied; the retention period has not started.",
        ),
        (
            run(P("D30"), Trigger.ACCEPTANCE, D("2021-01-05")),
            "装修于 2021-01-05 验收合格且押金结清，定期 30 年，自 2022-01-01 起算，至 2051-12-31 期满。",
            (
                "The fit-out was accepted and its deposit settled by 2021-01-05; kept 30 years from 2022-01-01, "
                "until 2051-12-31."
            ),
        ),
        (run(PERMANENT, Trigger.FORMED, None), "永久保存，无期满日。", "Kept permanently; it never expires."),
        (
            run(P("E"), Trigger.SERVICE_END, D("2025-06-30")),
            "物业服务于 2025-06-30 终止，保管期限至此为止，自 2025-06-30 起移交或鉴定。",
            (
                "The property service ended on 2025-06-30; it was kept until then and is due for transfer or appraisal "
                "from 2025-06-30."
            ),
        ),
    ],
)
def test_a_course_explains_itself(course, zh, en):
    """
    The reason on each line of the due list, in both languages.
    """
    assert zh == explain(course, Language.ZH)
    assert en == explain(course, Language.EN)


def test_every_course_can_be_explained():
    """
    No period with any trigger, begun or not, filed or not, lacks a sentence or leaves a hole open.
    """
    cases = itertools.product(
        ["Y", "D10", "E", "T90"], Trigger, [None, D("2020-02-29")], [None, D("2021-01-01")]
    )

    for code, trigger, began, filed in cases:
        course = run(P(code), trigger, began, undated_filed=filed)
        for language in Language:
            told = explain(course, language)

            assert told and "{" not in told and "None" not in told and "—" not in told
