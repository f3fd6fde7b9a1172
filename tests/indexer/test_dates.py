"""Dates as people write them: one key each, only real days, and ranges for a question."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.language import dates
from indexer.language.analysis import asked, keys, words
from indexer.language.dates import Period, day_range, read

HOUSE = settings(deadline=None, derandomize=True, max_examples=150)

#: One day, however it is written: within a text, and as the question.
DAY = "d:20190514"
DAY_FORMS = [
    "2019-05-14", "2019-5-14", "2019.05.14", "2019.5.14", "2019/05/14", "2019/5/14", "2019_05_14", "20190514",
    "2019·05·14", "２０１９－０５－１４", "２０１９．５．１４", "２０１９０５１４", "2019—05—14", "2019–05–14", "2019. 5. 14",
    "2019 - 05 - 14", "2019年5月14日", "2019年05月14日", "2019 年 5 月 14 日", "2019年5月14号", "２０１９年５月１４日",
    "2019年\n5月14日", "二〇一九年五月十四日", "二○一九年五月十四日", "二零一九年五月十四日", "二O一九年五月十四日",
    "二0一九年五月十四号", "贰零壹玖年零伍月壹拾肆日", "貳零壹玖年零伍月壹拾肆日", "2019年五月14日", "公历2019年5月14日",
    "2019年㋄14日", "May 14, 2019", "may 14 2019", "14 May 2019", "14-May-2019", "14th May 2019", "14th of May, 2019",
    "MAY 14TH, 2019",
]  # fmt: skip
MONTH = "d:201905"
MONTH_FORMS = [
    "2019年5月", "2019年05月", "2019 年 5 月", "2019年5月份", "二〇一九年五月", "二○一九年五月份", "2019-05", "2019/05",
    "2019.05", "２０１９．０５", "May 2019", "may, 2019",
]  # fmt: skip


@pytest.mark.parametrize("form", DAY_FORMS)
def test_req_R108_a_day_has_one_key_however_it_is_written(form):
    """
    Found in the middle of a text, and asked for as a whole, the form gives the key of that day.
    """
    assert DAY in keys(f"业户于{form}，办理入伙")
    if not form.startswith("公历"):
        assert [DAY] == [key.term for key in asked(form)]
        assert not asked(form)[0].prefix


@pytest.mark.parametrize("form", MONTH_FORMS)
def test_req_R108_a_month_is_asked_for_with_all_its_days(form):
    """
    A month in a text has its key; as a question it also means every day in it.
    """
    (key,) = asked(form)

    assert MONTH in keys(f"期间：{form}。")
    assert (MONTH, True) == (key.term, key.prefix)
    assert DAY.startswith(key.term)
    assert not "d:20190601".startswith(key.term)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019年工作总结", ["d:2019"]),
        ("二〇一九年度总结", ["d:2019", "y:2019"]),
        ("2019年度", ["d:2019", "y:2019"]),
        ("租期2019.5.14-2020.5.13止", ["d:20190514", "d:20200513"]),
        ("2019.05-2020.04", ["d:201905", "d:202004"]),
        ("2019.5-2020.4", ["d:201905", "d:202004"]),
        ("2019-05-14至2020-05-13", ["d:20190514", "d:20200513"]),
        ("2019年5月14、15日", ["d:20190514"]),
        ("2019年5月14-16日", ["d:20190514"]),
        ("2019-05-14T10:30:00", ["d:20190514"]),
        ("2019-05-14 10:30", ["d:20190514"]),
        ("扫描件20190514.pdf", ["d:20190514", "20190514pdf"]),
        ("HT-20190514-003", ["d:20190514", "ht20190514003"]),
        ("从2019.05起", ["d:201905"]),
        ("①2019年5月14日", ["d:20190514"]),
        ("农业2019年、2020年", ["d:2019", "d:2020"]),
    ],
)
def test_req_R108_dates_in_running_text(text, expected):
    """
    Years, business years, periods and days within codes are found where they stand.
    """
    assert expected == keys(text)


@pytest.mark.parametrize(
    "text",
    [
        "2019-02-30", "2019年2月30日", "2019年13月", "2019.13.01", "20191301", "20190230", "1820-01-01", "2150年1月1日",
        "12019年5月14日", "一二〇一九年五月", "120190514", "201905141", "2019.05元", "¥2019.05", "2019.05㎡", "2019.05万元",
        "2019-05号", "第2019-05", "2019-20-1", "民国108年5月14日", "5月14日", "19年5月14日", "每年", "2019.5", "2019-5",
        "20190514.5", "May 32, 2019", "may be 2019", "14 may 14 2019", "x-2019-05-14", "2019-05-14-001",
    ],
)  # fmt: skip
def test_req_R108_what_is_no_date_has_no_key_of_one(text):
    """
    Days that the calendar does not have, amounts, numbers of papers and longer numbers are no dates.
    """
    assert [] == [key for key in keys(f"共{text} ") if key.startswith("d:")]


def test_req_R108_a_building_number_is_no_day():
    """
    14号楼 after a month is a building; the month stays.
    """
    assert ["d:201905"] == keys("2019年5月14号楼漏水")
    assert [DAY] == keys("2019年5月14号漏水")


def test_req_R108_a_business_year_is_asked_for_alone():
    """
    2019年度 means what is written so, not every day of 2019; 2019年 means both; a bare year is a word.
    """
    assert [("y:2019", False)] == [(key.term, key.prefix) for key in asked("二〇一九年度")]
    assert [("d:2019", True)] == [(key.term, key.prefix) for key in asked("2019年")]
    assert [] == [key for key in asked("2019") if key.term.startswith(("d:", "y:"))]


def test_a_key_that_only_reads_figures_would_be_noticed(monkeypatch):
    """
    Witness: without the forms in words the same day is no longer one.
    """
    monkeypatch.setattr(dates, "spoken", lambda folded: iter(()))

    assert DAY not in keys("二〇一九年五月十四日")
    assert DAY in keys("2019-05-14")


def test_words_alone_would_not_find_the_other_form():
    """
    Witness: the terms of one form are not among those of another; only the keys make them one.
    """
    assert "2019" not in words("二〇一九年五月十四日")
    assert set(keys("二〇一九年五月十四日")) & {key.term for key in asked("2019.5.14")}


FORMATS = [
    lambda day: day.isoformat(),
    lambda day: f"{day.year}.{day.month}.{day.day}",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{figures(day.year)}年{counted(day.month)}月{counted(day.day)}日",
    lambda day: f"{day:%d}-{MONTHS[day.month - 1]}-{day.year}",
]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def figures(number):
    return "".join("〇一二三四五六七八九"[int(figure)] for figure in str(number))


def counted(number):
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else figures(tens)) + ("十" if tens else "") + (figures(ones) if ones else "")


@HOUSE
@given(
    st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)),
    st.sampled_from(FORMATS),
    st.sampled_from(FORMATS),
    st.sampled_from(["签于", "，", "\n", "(", ""]),
)
def test_req_R108_every_day_of_two_centuries_is_found_across_forms(day, asking, written, before):
    """
    Whatever the day and the two forms, the question's key is among those of the text; the next day's is not.
    """
    wanted = {key.term for key in asked(asking(day))}

    assert wanted == {f"d:{day:%Y%m%d}"}
    assert wanted <= set(keys(f"{before}{written(day)}，"))
    if day < dt.date(2099, 12, 31):
        assert wanted.isdisjoint(keys(written(day + dt.timedelta(days=1))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024", ("2024-01-01", "2024-12-31")),
        ("２０２４", ("2024-01-01", "2024-12-31")),
        ("2024年", ("2024-01-01", "2024-12-31")),
        ("2024年度", ("2024-01-01", "2024-12-31")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("2023-2", ("2023-02-01", "2023-02-28")),
        ("202402", ("2024-02-01", "2024-02-29")),
        ("2024年3月", ("2024-03-01", "2024-03-31")),
        ("二〇二五年三月", ("2025-03-01", "2025-03-31")),
        ("2024-03-05", ("2024-03-05", "2024-03-05")),
        ("20240305", ("2024-03-05", "2024-03-05")),
        ("2024..2025", ("2024-01-01", "2025-12-31")),
        ("2024…2025", ("2024-01-01", "2025-12-31")),
        ("2024-2025", ("2024-01-01", "2025-12-31")),
        ("2024～2025", ("2024-01-01", "2025-12-31")),
        ("2024年3月至2024年5月", ("2024-03-01", "2024-05-31")),
        ("2024.3.5..2024.4", ("2024-03-05", "2024-04-30")),
        ("2024-01-05..", ("2024-01-05", None)),
        ("..2025", (None, "2025-12-31")),
        (" 2024 .. 2025-06 ", ("2024-01-01", "2025-06-30")),
        *[(text, None) for text in ("", "..", "abc", "2024-13", "2024-02-30", "2025..2024", "2024..x", "x..2024")],
        *[(text, None) for text in ("24", "2024..2025..2026", "去年", "2024-03-05x", "3000", "1899")],
    ],
)  # fmt: skip
def test_a_range_of_days_is_read_or_refused(text, expected):
    """
    Years, months, days and open ranges have ISO bounds; what is no date, or ends before it begins, has none.
    """
    assert expected == day_range(text)


@HOUSE
@given(st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)))
def test_a_period_ends_on_its_last_day(day):
    """
    The bounds of a year and a month are days of the calendar around every day in them.
    """
    for period in (Period(day.year), Period(day.year, day.month), Period(day.year, day.month, day.day)):
        first, last = dt.date.fromisoformat(period.first), dt.date.fromisoformat(period.last)
        assert first <= day <= last
        assert not period.month or (last + dt.timedelta(days=1)).month != day.month or period.day


@HOUSE
@given(st.text(st.sampled_from("0123456789年月日-./〇一二十May .至"), max_size=24))
def test_any_row_of_figures_is_read_without_an_error(text):
    """
    Whatever stands there, only real periods come out.
    """
    period, bounds = read(text), day_range(text)

    assert period is None or dt.date.fromisoformat(period.first) <= dt.date.fromisoformat(period.last)
    assert bounds is None or bounds != (None, None)
    for key in keys(text):
        if key.startswith("d:"):
            figured = key[2:] + "0101"[len(key[2:]) - 4 :]
            assert dt.datetime.strptime(figured, "%Y%m%d")


def test_hostile_figures_take_no_time():
    """
    Very long rows of figures, years or joined numbers are read once (reliability L3).
    """
    for text in (
        "2019-" * 60_000,
        "1" * 30_000,
        "二〇" * 30_000,
        "2019年" * 30_000,
        "may 14 " * 30_000,
    ):
        assert len(keys(text)) <= 200_000
