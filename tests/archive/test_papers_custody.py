"""Printed papers of custody and letters: stocktake F16, seals F25, repairs F26, registers F17 and F18, sheets F19 and F20."""

from __future__ import annotations

import datetime as dt

import pytest

from archive import items, letters
from archive.acts import Act
from archive.circulation import incidents
from archive.custody import counts, stocktake
from archive.errors import BadValue, NotFound
from archive.forms.page import Break, Facts, Orientation, Signatures, Table
from archive.statuses import IncidentKind, Protection, StocktakeKind
from archive.words import Language, say
from tests import make
from tests.archive.test_papers_use import grids, kind, rows, tables

F17 = "收文号 收文日期 来文机关 来文字号 文件标题 附件 份数 密级 承办单位 签收人 复文号 归卷日期 归入卷号 备注".split()
F18 = "序号 发文日期 发文字号 文件标题 附件 密级 份数 发往机关 签收人 归卷日期 归入卷号 备注".split()
F25 = (
    "序号 档案袋号 封条号 封存范围 卷件数 存满一年日期 封存日期 封存人 核对人 位置 启封日期 启封事由 批准人 在场人 重封日期"
).split()


# --- stocktakes -------------------------------------------------------------------------------------


def test_form_F16_has_figures_differences_the_seven_protections_and_three_signatures(full):
    """月末清点表: books, lent, expected, counted, what differs and how it was settled; two counters, a checker (R24)."""
    form = full.form(kind("f16"))
    told = grids(form)

    assert form.title == "月末清点表"
    assert [told[name] for name in ("账面卷数", "借出数", "应在库数", "实点数")] == ["5", "1", "4", "4"]
    assert (
        told["破损、变质"] == f"1：{full.codes['second']}"
        and told["盈亏（账外）"] == "1：K001-QT·2020·D10-0009"
    )
    assert (told["清点人"], told["复核人"], told["结论：帐物相符"]) == ("周文员、吴资料", "郑档案", "否")
    assert [row["差异"] for row in rows(form, "差异明细")] == ["账外", "破损"]
    assert [one.labels for one in form.blocks if isinstance(one, Signatures)] == [
        ["清点人一", "清点人二", "复核人"]
    ]


def test_form_F16_has_exactly_the_seven_protections_in_their_order(full):
    """七防: one line each, what is amiss told, whatever number of places was looked at (R26)."""
    seven = rows(full.form(kind("f16")), "七防检查")

    assert [row["项目"] for row in seven] == [say(one.word, Language.ZH) for one in Protection]
    assert {row["项目"]: row["是否完好"] for row in seven if row["是否完好"] != "完好"} == {"防潮": "有问题"}
    assert seven[5]["情况"] == "北墙湿度计读数 72%，已开除湿机"


def test_form_F16_leaves_the_figures_to_the_pen_for_who_counts_blind(full):
    """A counter of a blind run prints a sheet without figures; the archivist's has them (witness)."""
    with full.office.work("archivist", Act.STOCKTAKE_BEGIN) as unit:
        run = stocktake.begin(unit, StocktakeKind.SPOT, counters=("clerk", "records"), blind=True).number
    blind, seeing = (grids(full.form(kind("f16"), by=who, codes=(run,))) for who in ("clerk", "archivist"))

    assert [blind[name] for name in ("账面卷数", "应在库数", "实点数")] == ["", "", ""]
    assert seeing["账面卷数"] == "7"
    form = full.form(kind("f16"), by="clerk", codes=(run,))
    assert (form.title, rows(form, "差异明细")[0]["序号"]) == ("档案抽查表", "无")
    assert [row["是否完好"] for row in rows(form, "七防检查")] == [""] * 7


def test_form_F16_counts_only_what_its_reader_may_see(full):
    """Totals are of visible records (decision 6): who does not see the tenant file counts one volume less."""
    assert grids(full.form(kind("f16"), by="records"))["账面卷数"] == "4"
    assert grids(full.form(kind("f16")))["账面卷数"] == "5"


def test_form_F16_names_the_incident_a_difference_led_to(full):
    """A missing volume settled by an incident bears its number."""
    with full.office.work("archivist", Act.STOCKTAKE_BEGIN) as unit:
        run = stocktake.begin(
            unit, StocktakeKind.SPOT, counters=("clerk", "records"), class_code="ZX·02"
        ).number
    with full.office.work("clerk", Act.STOCKTAKE_COUNT) as unit:
        counts.scan(unit, run, ["D1"])
    with full.office.work("archivist", Act.STOCKTAKE_COMPARE) as unit:
        counts.compare(unit, run)
    with full.office.work("archivist", Act.STOCKTAKE_SETTLE) as unit:
        counts.settle(unit, run, full.codes["second"], "遍寻不见", incident=IncidentKind.LOST)
        (number,) = [
            one.number for one in unit.session.query(incidents.Incident).filter_by(kind=IncidentKind.LOST)
        ]

    (row,) = rows(full.form(kind("f16"), codes=(run,)), "差异明细")
    assert (row["差异"], row["事故号"], row["档号"]) == ("缺", number, full.codes["second"])


# --- seals and repairs ------------------------------------------------------------------------------


def test_form_F25_tells_each_seal_with_its_opening(full):
    """封存登记: bag, range, a year stored, sealed by two, opened why and before whom, sealed again when (R21)."""
    form = full.form(kind("f25"))
    first, second = rows(form)

    assert [one.heading for one in tables(form)[""].columns] == F25
    assert (first["档案袋号"], first["封条号"], first["封存范围"]) == ("D1", "000123", full.codes["third"])
    assert (first["存满一年日期"], first["封存人"], first["核对人"]) == ("2027-03-02", "郑档案", "周文员")
    assert (first["启封日期"], first["在场人"], first["重封日期"]) == ("2026-03-09", "周文员", "2026-03-09")
    assert (second["启封日期"], second["重封日期"]) == ("", "")


def test_form_F25_is_narrowed_to_a_bag_or_to_days(full):
    """By the bag's code or a seal's number, and by days; an unknown bag is not found."""
    day = dt.date(2026, 3, 9)
    assert len(rows(full.form(kind("f25"), codes=("D1",)))) == 2
    assert len(rows(full.form(kind("f25"), codes=("000124",)))) == 2
    assert [row["封条号"] for row in rows(full.form(kind("f25"), since=day, until=day))] == ["000124"]
    for code in ("D2", "D9"):
        with pytest.raises(NotFound):
            full.form(kind("f25"), codes=(code,))


def test_form_F26_tells_what_was_damaged_and_what_became_of_it(full):
    """修复登记: damage, method, who did it, when, where the original went; narrowed by the day it was found (R25)."""
    (row,) = rows(full.form(kind("f26")))

    assert (row["破损情况"], row["处理方式"], row["经办"]) == ("图签处撕裂约3厘米", "修裱", "吴资料")
    assert (row["完成日期"], row["原件处置"], row["备注"]) == ("2026-03-08", "归还原卷", "已托裱")
    assert rows(full.form(kind("f26"), since=dt.date(2026, 3, 7))) == []
    assert rows(full.form(kind("f26"), until=dt.date(2026, 3, 5))) == []


# --- letters ----------------------------------------------------------------------------------------


def test_form_F17_lists_letters_received_in_the_order_they_came_with_their_answers(full):
    """收文登记簿: number, day, from, their number, title, answer, where it was filed; the rest is for the pen (R60)."""
    form = full.form(kind("f17"))
    first, second = rows(form)

    assert ([one.heading for one in tables(form)[""].columns], form.orientation) == (
        F17,
        Orientation.LANDSCAPE,
    )
    assert (first["收文号"], first["收文日期"], first["来文机关"]) == ("1", "2025-04-18", "东城供电局")
    assert (first["来文字号"], first["复文号"], first["份数"]) == (
        "东供电函〔2025〕18号",
        "和物函〔2025〕5号",
        "1",
    )
    assert (first["归卷日期"], first["归入卷号"]) == ("2026-03-02", full.codes["letters"])
    assert (first["签收人"], first["承办单位"], second["复文号"]) == ("", "", "")


def test_form_F18_lists_letters_sent(full):
    """发文登记簿: day, issue number, title, to whom; not filed in yet, so no day of filing (R68)."""
    form = full.form(kind("f18"))
    (row,) = rows(form)

    assert [one.heading for one in tables(form)[""].columns] == F18
    assert (row["发文日期"], row["发文字号"], row["发往机关"]) == (
        "2025-04-25",
        "和物函〔2025〕5号",
        "东城供电局",
    )
    assert (row["归卷日期"], row["归入卷号"]) == ("", full.codes["answer"])


def test_form_F17_is_narrowed_by_year_department_and_days(full):
    """Year and department are told above the table; days are those of receiving."""
    form = full.form(kind("f17"), year=2025, department="KF")

    assert (dict(form.facts)["年度"], dict(form.facts)["部门"], len(rows(form))) == ("2025", "客服部", 2)
    assert rows(full.form(kind("f17"), year=2024)) == []
    assert rows(full.form(kind("f17"), department="GC")) == []
    assert [row["收文日期"] for row in rows(full.form(kind("f17"), since=dt.date(2025, 5, 1)))] == [
        "2025-05-06"
    ]


def test_form_F17_shows_neither_a_letter_nor_an_answer_that_its_reader_may_not_see(full):
    """A tenant's letter (秘) stands in the register of who may see it, and nowhere else; its answer likewise."""
    fields = {"direction": "IN", "correspondent": "张三", "received_on": "2025-06-01"}
    with full.office.work("archivist", Act.ITEM_FILE) as unit:
        paper = make.paper("关于阳台渗水的来函", "YH·04", fields=fields, document_no="来函1")
        items.file_matter(unit, make.matter("YH·04"), [paper])
        answer = {"direction": "OUT", "correspondent": "张三", "reply_to": "东供电函〔2025〕22号"}
        secret = make.paper("复函（秘）", "YH·04", fields=answer, document_no="和客函〔2025〕9号")
        items.file_matter(unit, make.matter("YH·04"), [secret])

    seen, hidden = rows(full.form(kind("f17"))), rows(full.form(kind("f17"), by="staff"))
    assert ([row["来文机关"] for row in seen].count("张三"), seen[1]["复文号"]) == (1, "和客函〔2025〕9号")
    assert (len(hidden), hidden[1]["复文号"]) == (2, "")


def test_form_F17_counts_pieces_and_orders_letters_without_a_day_last(full):
    """A letter without any day comes last and stays out of a range of days."""
    with full.office.work("archivist", Act.ITEM_FILE) as unit:
        fields = {"direction": "IN", "correspondent": "西城水务公司"}
        paper = make.paper("关于停水的通知", "WS·LW", fields=fields, dated=None)
        items.file_matter(unit, make.matter("WS·LW", party="U002"), [paper])

    assert [row["收文日期"] for row in rows(full.form(kind("f17")))] == ["2025-04-18", "2025-05-06", ""]
    assert len(rows(full.form(kind("f17"), since=dt.date(2020, 1, 1)))) == 2


def test_form_F19_is_filled_from_a_letter_and_leaves_the_rest_to_write(full):
    """文件处理单: who it is from, number, title, where it is filed; opinions, readers and handling are empty boxes."""
    form = full.form(kind("f19"))
    told = grids(form)

    assert (told["来文单位"], told["文号"], told["归档档号"]) == (
        "东城供电局",
        "东供电函〔2025〕18号",
        full.codes["letters/1"],
    )
    assert [told[name] for name in ("拟办意见", "总经理批示", "承办结果", "收文号")] == [""] * 4
    assert [row["传阅人"] for row in rows(form, "传阅")] == [""] * 6


def test_form_F19_of_several_letters_has_a_sheet_for_each_and_of_none_an_empty_one(full):
    """One after another, each counted from page 1; without a code a blank sheet."""
    two = full.form(kind("f19"), codes=(full.codes["letters/1"], full.codes["letters/2"]))
    none = full.form(kind("f19"), codes=())

    assert sum(isinstance(one, Break) for one in two.blocks) == 1
    assert set(grids(none).values()) == {""}


def test_form_F20_is_a_draft_sheet_with_lines_to_write_on(full):
    """发文稿纸: title, receiver, number from the letter; review, co-signing and issuing are boxes, the body ruled lines."""
    form = full.form(kind("f20"))
    told = grids(form)
    (body,) = [one for one in form.blocks if isinstance(one, Table)]

    assert (told["文件标题"], told["主送"], told["发文字号（签发后由文员编）"]) == (
        "关于错峰用电安排的复函",
        "东城供电局",
        "和物函〔2025〕5号",
    )
    assert [told[name] for name in ("核稿", "会签", "总经理审阅、签发", "签发日期")] == [""] * 4
    assert body.fill and body.blank
    boxes = [one for one in form.blocks if isinstance(one, Facts)]
    assert boxes[0].tall["总经理审阅、签发"] >= 20


def test_form_F19_and_F20_are_of_letters_only_and_of_what_may_be_seen(full):
    """A drawing is no letter; a hidden letter is not found."""
    with full.office.work("archivist", Act.ITEM_FILE) as unit:
        (secret,) = items.file_matter(unit, make.matter("YH·04"), [make.paper("来函", "YH·04")])
        hidden = secret.reference_code
    for code in ("f19", "f20"):
        with pytest.raises(BadValue):
            full.form(kind(code), codes=(full.codes["plans/1"],))
        with pytest.raises(NotFound):
            full.form(kind(code), by="staff", codes=(hidden,))


def test_letters_count_enclosures_and_pieces(full):
    """What the register says of a letter comes from its parts and its pieces on the shelf."""
    with full.office.work("archivist", Act.RECORD_SEE) as unit:
        one = letters.one(unit, full.codes["letters/1"])
    assert (one.attachments, one.copies, one.answer, one.direction) == (0, 1, "和物函〔2025〕5号", letters.IN)
