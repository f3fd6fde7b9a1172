"""Facts as people name them: codes, names and words in either language, and the nearest where there is none."""

from __future__ import annotations

import datetime as dt

import pytest

from archive.errors import ArchiveError, BadValue, ClassUnknown, ValueUnknown
from archive.values import Level
from archive.words import Language
from indexer.narrowing import Wanted, joined, meaning, nearest, so_called
from indexer.question.tree import EVERYTHING, And, Column, Not, Or, Term, Where
from tests.indexer.asking import codes, page, titles


def meant(office, tree):
    with office.ask("archivist") as unit:
        return meaning(unit, tree)


@pytest.mark.parametrize(
    ("column", "typed", "values"),
    [
        (Column.CLASS, "ZX·02", ["ZX·02·"]),
        (Column.CLASS, "zx·02", ["ZX·02·"]),
        (Column.CLASS, "ZX", ["ZX·"]),
        (Column.DEPARTMENT, "KF", ["KF"]),
        (Column.DEPARTMENT, "客服部", ["KF"]),
        (Column.DEPARTMENT, "客服", ["KF"]),
        (Column.PLACE, "R1", ["R1/"]),
        (Column.PLACE, "R1-C1", ["R1/R1-C1/"]),
        (Column.PLACE, "一号柜", ["R1/R1-C1/"]),
        (Column.PLACE, "号柜", ["R1/R1-C1/", "R1/R1-C2/"]),
        (Column.STATE, "HELD", ["HELD"]),
        (Column.KIND, "案卷", ["volume"]),
        (Column.KIND, "Item", ["item"]),
        (Column.FAMILY, "contract", ["CONTRACT"]),
    ],
)
def test_a_code_a_name_or_a_word_names_its_values(office, column, typed, values):
    """One value is one condition; a name that several share means any of them."""
    parts = tuple(Where(column, value) for value in values)
    assert meant(office, Where(column, typed)) == (parts[0] if len(parts) == 1 else Or(parts))


def test_a_class_by_its_name_means_every_class_so_called_and_none_twice(office):
    """类别:装修 is the fit-out series, and classes of other series whose names speak of it; what is inside is not repeated."""
    found = meant(office, Where(Column.CLASS, "装修"))
    values = [part.least for part in (found.parts if isinstance(found, Or) else (found,))]

    assert "ZX·" in values
    assert not [one for one in values for other in values if one != other and one.startswith(other)]


def test_levels_are_numbers_and_years_and_days_stay_as_they_are(office):
    """A level by its word in either language, alone or as a bound."""
    assert meant(office, Where(Column.LEVEL, "秘密", "秘密")) == Where(Column.LEVEL, 20, 20)
    assert meant(office, Where(Column.LEVEL, "internal", None)) == Where(Column.LEVEL, 10, None)
    assert meant(office, Where(Column.LEVEL, 10, 30)) == Where(Column.LEVEL, 10, 30)
    assert meant(office, Where(Column.YEAR, 2020, 2024)) == Where(Column.YEAR, 2020, 2024)
    days = Where(Column.DATE, "2024-01-01", None)
    assert meant(office, And((Term("押金"), Not(days)))) == And((Term("押金"), Not(days)))


@pytest.mark.parametrize(
    ("where", "error", "near"),
    [
        (Where(Column.CLASS, "ZX·99"), ClassUnknown, "ZX·0"),
        (Where(Column.DEPARTMENT, "客户部"), ValueUnknown, "KF 客服部"),
        (Where(Column.PLACE, "R1-C9"), ValueUnknown, "R1-C"),
        (Where(Column.STATE, "以入库"), ValueUnknown, ""),
        (Where(Column.KIND, "卷宗"), ValueUnknown, "案卷"),
        (Where(Column.LEVEL, "绝密", "绝密"), BadValue, "机密"),
        (Where(Column.YEAR, 2025, 2024), BadValue, "2024"),
    ],
)
def test_what_names_nothing_is_told_with_the_nearest_in_both_languages(office, where, error, near):
    """Never an empty page for a slip of the pen."""
    with pytest.raises(error) as told:
        meant(office, where)
    for language in Language:
        assert near in told.value.message(language)


def test_exact_names_come_before_names_that_hold_the_text():
    """`WS` is the class so coded, not every name with these letters; nothing is called by blanks."""
    names = {"WS": ["WS", "文书"], "WS·HY": ["WS·HY", "会议文书"], "X": ["X", "WS等"]}

    assert so_called(names, " ws ") == ["WS"]
    assert so_called(names, "会议") == ["WS·HY"]
    assert so_called(names, "文") == ["WS", "WS·HY"]
    assert so_called(names, "  ") == []
    assert nearest(names, "会仪文书") == "WS·HY 会议文书"
    assert nearest({}, "x") == ""


def test_options_and_conditions_in_the_question_are_one(library):
    """What is narrowed by an option finds what the same words in the question find."""
    pairs = [
        ({"class_code": "ZX"}, "类别:ZX"),
        ({"year_from": 2024, "year_to": 2024}, "年度:2024"),
        ({"level": Level.CONFIDENTIAL}, "密级:秘密"),
        ({"department": "GC"}, "部门:工程部"),
        ({"place": "R1-C1"}, "位置:一号柜"),
        ({"state": "OPEN"}, "state:OPEN"),
        ({"kind": "item"}, "种类:件"),
        ({"date_from": dt.date(2025, 3, 1), "date_to": dt.date(2025, 3, 31)}, "日期:2025年3月"),
    ]
    whole = page(library, "", "gm").total
    for wanted, typed in pairs:
        by_option, by_word = (
            page(library, "", "gm", limit=200, **wanted),
            page(library, typed, "gm", limit=200),
        )
        assert set(codes(by_option)) == set(codes(by_word)), typed
        assert by_option.total > 0
        assert by_option.total < whole or "state" in wanted or "date_from" in wanted


def test_conditions_mix_freely_with_words_and_with_each_other(library):
    """Words, a class by name, a negated year, alternatives of departments."""
    assert titles(page(library, "电梯 类别:合同", "gm")) == {"电梯维保合同"}
    assert titles(page(library, "电梯 -类别:装修 -年度:2025", "gm")) == {"工程例会纪要"}
    assert titles(page(library, "例会 (部门:GC 或 密级:秘密)", "gm")) == {"工程例会纪要", "保密例会纪要"}


def test_questions_are_joined_without_needless_brackets():
    """The parts of all, side by side; nothing and one part stay what they are."""
    first, second = Term("押金"), Where(Column.YEAR, 2024, 2024)
    assert joined() == EVERYTHING
    assert joined(first) == joined(first, EVERYTHING) == first
    assert joined(And((first, second)), Not(first)) == And((first, second, Not(first)))
    assert Wanted().conditions() == ()


@pytest.mark.parametrize("words", ["类别:XX·99", "部门:XX", "位置:R9", "状态:丢失", "密级:绝密"])
def test_a_slip_in_a_condition_of_the_question_finds_nothing_and_says_so(library, words):
    """The same sentences as for an option."""
    with pytest.raises(ArchiveError):
        page(library, words, "gm")
