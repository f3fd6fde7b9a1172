"""Headings, facts above them and cells as offices write them: what is understood, what is asked, what is left out."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import (
    ArchiveError,
    BadValue,
    CellBroken,
    ColumnLacking,
    DayIncomplete,
    FormulaUnreckoned,
    HeadingsUnclear,
    KindUnclear,
    NoSuchDay,
    PeriodOfOld,
    SignsUnseen,
)
from archive.exchange import SheetKind
from archive.sheets import values
from archive.sheets.entries import Aside, Defaults, entries, listed
from archive.sheets.headers import Corrections, Layout, guess
from archive.sheets.kinds import ABOVE, TABLE, ColumnRule, Reads
from archive.sheets.rows import Row
from archive.values import Level, PartyKind
from archive.words import Language, knows
from tests.archive import sheet_samples as samples


def rows(*lines):
    return [Row(number, tuple(line)) for number, line in enumerate(lines, 1)]


def read(reads, cell, *, gives=(), name="x"):
    """The value of one cell, or the error and its suggestion."""
    try:
        found = values.read(ColumnRule(name, reads, ("x",), gives=gives), cell)
    except values.Unsure as unsure:
        return type(unsure.error), unsure.suggestion
    return tuple(found.get(one) for one in gives) if gives else found.get(name)


# --- headings -------------------------------------------------------------------------------------

HEADINGS = {
    SheetKind.CONTENTS: "顺序号|文 号|责任者|题 名|日 期|页 号|备 注",
    SheetKind.VOLUMES: "序号|档号|案卷题名|起止日期|件数|总页数|保管期限|存放位置|备注",
    SheetKind.FILED: "序号|档号|文号|责任者|题名|日期|密级|页数|备注",
    SheetKind.CONTRACTS: "序号|合同编号|合同名称|甲方|乙方|金额（元）|签订日期|起止|备注",
    SheetKind.PARTIES: "房号|业主姓名|联系电话|建筑面积（㎡）|入伙日期|租户|备注",
    SheetKind.LOANS: "日期|借阅人|部门|档案编号|档案名称|用途|经手人|应还日期|归还日期",
    SheetKind.INCOMING: "收文号|收文日期|来文机关|来文字号|文件标题|附件|份数|密级|承办单位|签收人|复文号|归卷日期|归入卷号",
    SheetKind.OUTGOING: "顺序号|发文日期|发文字号|文件标题|附件|密级|份数|发往机关|签收人|归卷日期|归入卷号",
}


@pytest.mark.parametrize("kind", HEADINGS)
def test_form_F1_F3_F6_F11_F17_F18_every_list_is_known_by_its_headings(kind):
    """Every column is understood, whatever blanks and brackets the heading has; the kind is not said."""
    found = guess(rows(HEADINGS[kind].split("|")))
    assert (found.kind, found.unknown, found.header_row) == (kind, (), 1)


@pytest.mark.parametrize("kind", TABLE)
@pytest.mark.parametrize("language", Language)
def test_a_list_with_our_own_labels_comes_back(kind, language):
    """Each column by the word this product prints over it, in either language."""
    from archive.sheets.report import column_label

    labels = [column_label(rule, language) for rule in TABLE[kind].columns]
    found = guess(rows(labels), kind)
    assert len(found.columns) >= len(set(labels)) - 2
    assert {one.name for one in TABLE[kind].columns if one.required} <= set(found.columns)


def test_two_rows_of_heading_are_read_as_one():
    """What is merged over two columns goes with each of them."""
    found = guess(
        rows(
            ["案卷目录"],
            ["序号", "档号", "案卷题名", "起止日期", None, "数量", None, "保管期限"],
            [None, None, None, "起", "止", "件数", "页数"],
        )
    )
    assert (found.kind, found.header_row) == (SheetKind.VOLUMES, 3)
    assert [found.columns[name] for name in ("title", "first_date", "last_date", "items", "pages", "period")] == [2, 3, 4, 5, 6, 7]  # fmt: skip
    assert found.titles == {}


def test_traditional_headings_and_a_kind_named_by_the_title():
    """檔號 is 档号; the title tells 卷内目录 from 归档文件目录."""
    lines = rows(["卷內目錄"], ["序號", "文件編號", "責任者", "文件題名", "日期", "頁數", "備註"])
    assert guess(lines).kind is SheetKind.CONTENTS
    with pytest.raises(KindUnclear):
        guess(lines[1:])
    assert guess(lines[1:], named="2024归档文件目录.xlsx").kind is SheetKind.FILED


def test_facts_above_the_heading_hold_for_every_row():
    """In one cell with colons, in a cell of their own, or as `2024年度`; what the person said goes before."""
    lines = rows(
        ["卷内文件目录"], ["档号：K001-ZY·ZX·2025·D30-0012　　保管期限：30年", None, "密级", "秘密"], ["2024年度"],
        ["顺序号", "题名", "页号"], [1, "会议纪要", "1-3"],
    )  # fmt: skip
    found = guess(lines)
    assert found.titles == {
        "volume": "K001-ZY·ZX·2025·D30-0012",
        "period": "30年",
        "level": "秘密",
        "year": "2024",
    }
    (entry,) = entries(lines, found, Defaults(level=Level.INTERNAL, department="KF"))
    assert entry.values == {
        "volume": "K001-ZY·ZX·2025·D30-0012", "period": "D30", "level": Level.INTERNAL, "year": 2024, "department": "KF",
        "number": "1", "title": "会议纪要", "first_page": 1, "last_page": 3,
    }  # fmt: skip


def test_a_fact_above_that_cannot_be_read_is_asked_for():
    """保管期限：长期 stands over the list: no row is read until the person says how long."""
    lines = rows(["保管期限：长期"], ["序号", "档号", "题名"], [1, "X-1", "会议纪要"])
    with pytest.raises(PeriodOfOld):
        list(entries(lines, guess(lines)))
    (entry,) = entries(lines, guess(lines), Defaults(period="D30"))
    assert entry.values["period"] == "D30"


def test_no_heading_and_lacking_columns_are_told_with_what_to_type():
    """The nearest row and the options are named."""
    with pytest.raises(HeadingsUnclear) as told:
        guess(rows(["甲", "乙"], [1, 2]))
    assert "--header-row" in str(told.value)
    with pytest.raises(ColumnLacking) as lacking:
        guess(rows(["序号", "档号", "日期"]), SheetKind.FILED)
    assert "--column 题名=表头" in str(lacking.value)


def test_corrections_go_before_the_guess():
    """By heading or by letter; `-` leaves a column out; a row given is the row."""
    lines = rows(["说明", "说明"], ["档号", "名字", "题名"], ["X-1", "真题名", "假题名"])
    said = Corrections(SheetKind.FILED, 2, {"题名": "B", "备注": "-"})
    found = guess(lines, said=said)
    assert (found.columns["title"], found.header_row) == (1, 2)
    assert "题名" in found.unknown
    by_heading = guess(lines, said=Corrections(SheetKind.FILED, None, {"title": "名字"}))
    assert by_heading.columns == found.columns


def test_every_column_and_every_refusal_has_its_words():
    """Nothing is printed by its code name."""
    names = {given for rule in TABLE.values() for one in rule.columns for given in (one.name, *one.gives)}
    for language in Language:
        lacking = [
            name
            for name in names | set(ABOVE)
            if not any(knows(f"{kind}.{name}", language) for kind in ("field", "column"))
        ]
        assert lacking == []


# --- cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", samples.DAYS, ids=str)
def test_a_day_is_read_however_it_is_written(cell):
    """Text, serial, full width, Chinese numerals: one day."""
    assert read(Reads.DATE, cell) == dt.date(2024, 1, 31)


@pytest.mark.parametrize(
    ("cell", "error", "suggestion"),
    [
        ("2024-2-30", NoSuchDay, None),
        ("20241301", NoSuchDay, None),
        ("2024-1", DayIncomplete, None),
        ("202401", DayIncomplete, None),
        ("2024年", DayIncomplete, None),
        ("2O24-O1-3l", BadValue, "2024-01-31"),
        ("31/01/2024", BadValue, "2024-01-31"),
        ("01/02/2024", BadValue, None),
        ("去年底", BadValue, None),
        ("9999-01-01", BadValue, None),
    ],
)
def test_a_day_that_is_not_certain_is_asked_and_suggested_only_where_it_is(cell, error, suggestion):
    """No day is invented."""
    assert read(Reads.DATE, cell) == (error, suggestion)


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("2024.1-2024.12", "2024-01-01", "2024-12-31"),
        ("2024-01-05-2024-02-29", "2024-01-05", "2024-02-29"),
        ("20240105—20240229", "2024-01-05", "2024-02-29"),
        ("2024年1月至3月", "2024-01-01", "2024-03-31"),
        ("二〇二三年十二月—二〇二四年二月", "2023-12-01", "2024-02-29"),
        ("2024-01-31", "2024-01-31", "2024-01-31"),
        ("2024", "2024-01-01", "2024-12-31"),
        (2024, "2024-01-01", "2024-12-31"),
    ],
)
def test_form_F3_a_span_of_days_gives_its_first_and_last(cell, first, last):
    """Months and years are taken whole."""
    got = read(Reads.SPAN, cell, gives=("a", "b"))
    assert [str(one) for one in got] == [first, last]


@pytest.mark.parametrize(
    ("reads", "cell", "expected"),
    [
        (Reads.PERIOD, "三十年", "D30"), (Reads.PERIOD, "定期10年", "D10"), (Reads.PERIOD, "永久", "Y"),
        (Reads.PERIOD, 30, "D30"), (Reads.PERIOD, "Ｄ３０", "D30"), (Reads.PERIOD, "长期", (PeriodOfOld, None)),
        (Reads.LEVEL, "秘", Level.CONFIDENTIAL), (Reads.LEVEL, "秘密★10年", Level.CONFIDENTIAL),
        (Reads.COUNT, "共１２页", 12), (Reads.COUNT, 12.0, 12), (Reads.COUNT, "十二", 12), (Reads.COUNT, "-1", (BadValue, None)),
        (Reads.MONEY, "28,000.00元", "28000.00"), (Reads.MONEY, "2.8万", "28000.00"), (Reads.MONEY, 28000.5, "28000.50"),
        (Reads.MONEY, "面议", (BadValue, None)), (Reads.PHONE, 13800138000.0, "13800138000"),
        (Reads.PHONE, "010 6234 5678/13800138000", "01062345678、13800138000"), (Reads.PHONE, "见附表", (BadValue, None)),
        (Reads.PREMISES, "A座1203室", "A1203"), (Reads.PREMISES, "Ａ-1203", "A1203"),
        (Reads.CODE, "K001－WS•2024", "K001-WS·2024"), (Reads.PARTY_KIND, "租户", PartyKind.TENANT), (Reads.ORIGINAL, "复印件", False),
        (Reads.YEAR, "二〇二四年度", 2024), (Reads.TEXT, " 两  空\n行 ", "两 空 行"), (Reads.TEXT, "——", None),
        (Reads.TEXT, "零\u200b宽", (SignsUnseen, "零宽")), (Reads.TEXT, "a\x07b", (SignsUnseen, "ab")),
        (Reads.TEXT, "=HYPERLINK(1)", "=HYPERLINK(1)"), (Reads.TEXT, "长" * 2001, (BadValue, None)),
    ],
)  # fmt: skip
def test_cells_are_read_as_offices_write_them(reads, cell, expected):
    """The value, or what it is refused with and what is suggested."""
    assert read(reads, cell) == expected


def test_form_F1_pages_are_a_number_a_range_or_a_day_that_was_a_range():
    """A spreadsheet makes 1-5 the fifth of January."""
    gives = ("first_page", "last_page")
    assert read(Reads.PAGES, "1—5", gives=gives) == (1, 5)
    assert read(Reads.PAGES, 7, gives=gives) == (7, None)
    assert read(Reads.PAGES, dt.date(2026, 1, 5), gives=gives) == (1, 5)
    assert read(Reads.PAGES, "5-1", gives=gives) == (BadValue, None)


# --- rows -----------------------------------------------------------------------------------------


def test_headings_feet_and_blank_forms_are_no_entries():
    """Repeated heading, total, signatures, a number alone; a row without its title is an entry that is refused."""
    lines = rows(
        list(samples.FILED), [1, "X-1", None, None, "会议纪要"], list(samples.FILED), [2], ["合计", None, None, None, None, None, None, 9],
        ["制表人：周", None, None, None, "审核"], [3, "X-3"], [4, "X-4", None, None, "审核意见汇总"],
    )  # fmt: skip
    found = [(row.number, aside, entry and entry.slips) for row, entry, aside in listed(lines, guess(lines))]
    assert [one[:2] for one in found] == [(2, None), (3, Aside.HEADING), (4, Aside.BLANK), (5, Aside.FOOT), (6, Aside.FOOT), (7, None), (8, None)]  # fmt: skip
    assert found[0][2] == found[6][2] == ()
    (slip,) = found[5][2]
    assert slip.column == "title"


def test_ditto_marks_stand_for_the_cell_above_and_broken_cells_are_slips():
    """同上 and 〃; an error of the spreadsheet, a formula without its value."""
    layout = Layout(SheetKind.FILED, 1, {"reference_code": 0, "title": 1, "creator": 2, "pages": 3})
    lines = [
        Row(2, ("X-1", "会议纪要", "客服部", 1)),
        Row(3, ("X-2", "同上", "〃", 1)),
        Row(4, ("X-3", "会议纪要", "#REF!"), {2: "#REF!", 3: ""}),
    ]
    _, ditto, broken = entries(lines, layout)
    assert (ditto.values["title"], ditto.values["creator"]) == ("会议纪要", "客服部")
    assert [type(slip.error) for slip in broken.slips] == [CellBroken, FormulaUnreckoned]


HOSTILE = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.integers(-(10**18), 10**18),
    st.floats(),
    st.dates(),
    st.sampled_from(
        [
            "=cmd|'/c calc'!A1",
            "同上",
            "合计",
            "\x00",
            "\ud800",
            "9" * 400,
            "二〇二四年",
            "1-",
            "题名",
            "档号：",
            "〇" * 50,
        ]
    ),
)


@given(st.lists(st.lists(HOSTILE, max_size=10), max_size=12), st.sampled_from([None, *TABLE]), st.booleans())
def test_rel_F2_whatever_stands_in_a_sheet_gives_entries_or_an_error_of_ours(lines, kind, headed):
    """Random rows under no heading, or under a real one: never anything but verdicts."""
    heading = [list(HEADINGS[kind].split("|"))] if headed and kind else []
    given_rows = rows(*heading, *lines)
    try:
        found = list(entries(given_rows, guess(given_rows, kind)))
    except ArchiveError as told:
        assert str(told)
        return
    for entry in found:
        assert all(str(slip.error) for slip in entry.slips)


@given(st.sampled_from(list(Reads)), HOSTILE)
def test_rel_F2_whatever_stands_in_a_cell_is_read_or_refused(reads, cell):
    """Each way of reading against each hostile cell."""
    got = read(reads, cell, gives=("a", "b") if reads in {Reads.SPAN, Reads.PAGES} else ())
    assert got is None or got is not Ellipsis
