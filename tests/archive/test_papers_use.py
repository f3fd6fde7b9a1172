"""Printed papers of use: approval F10, registers F11 and F15, slip, chasing notice F12, incident F13, clearance F14."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from archive import logbook
from archive.acts import Act
from archive.circulation import chasing, decisions, incidents, ledger, lending, requests
from archive.errors import BadValue, ChainBroken, NotFound
from archive.forms import kinds
from archive.forms.page import Facts, Form, Orientation, Signatures, Table
from archive.forms.placeholders import names_of
from archive.model import Event, Volume
from archive.statuses import Channel, IncidentKind, RequestKind
from archive.values import Level
from archive.words import Language
from tests import make
from tests.archive import test_clearance
from tests.archive.full_office import let
from tests.archive.test_visitors import RESIDENT

F11 = (
    "序号 借阅日期 借阅人 部门 档号 题名 密级 件页数（清点） 用途 利用方式 批准人 应还日期 借出签字（双方） 续借 实还日期 "
    "归还清点 完好情况 归还签字（双方） 催还记录 利用效果 备注"
).split()
F15 = "序号 日期 单位 介绍信号 姓名 证件 查阅目的 批准领导 查阅档号 摘抄复制页数及批准 陪同人 起止时间 签字".split()


def kind(code: str) -> kinds.FormKind:
    return kinds.named(kinds.USE, code)


def grids(form: Form) -> dict[str, str]:
    """All boxes of a form."""
    return {label: told for block in form.blocks if isinstance(block, Facts) for label, told in block.pairs}


def tables(form: Form) -> dict[str, Table]:
    return {block.heading: block for block in form.blocks if isinstance(block, Table)}


def rows(form: Form, heading: str = "") -> list[dict[str, str]]:
    """The rows of a table by their headings."""
    block = tables(form)[heading]
    return [dict(zip((one.heading for one in block.columns), row, strict=True)) for row in block.rows]


# --- registers --------------------------------------------------------------------------------------


def test_form_F11_has_the_columns_of_the_trade_in_their_order_and_says_who_has_what(full):
    """21 columns on A4 landscape, small letters; both signers, both counts, how often it was chased."""
    form = full.form(kind("f11"))

    assert [one.heading for one in tables(form)[""].columns] == F11
    assert (form.orientation, tables(form)[""].dense) == (Orientation.LANDSCAPE, True)
    out, back = rows(form)
    assert (out["借阅人"], out["部门"], out["批准人"], out["应还日期"]) == (
        "孙员工",
        "工程部",
        "冯经理",
        "2026-03-17",
    )
    assert (out["件页数（清点）"], out["借出签字（双方）"], out["催还记录"]) == (
        "3 件\n7 页",
        "郑档案\n孙员工",
        "3 次",
    )
    assert (out["实还日期"], out["归还清点"], out["完好情况"], out["归还签字（双方）"]) == ("", "", "", "")
    assert (back["实还日期"], back["归还清点"], back["完好情况"]) == ("2026-03-06", "2 件\n4 页", "否")
    assert (back["归还签字（双方）"], back["备注"]) == ("郑档案\n孙员工", "第2件右下角撕裂约3厘米")


def test_form_F11_bears_the_fingerprint_of_the_log_as_it_stood(full):
    """The foot is size and short root, which the log still has (a wrong size is not); F15, without loans, has none."""
    form = full.form(kind("f11"))
    anchor = form.foot.split(" ")[1].partition("（")[0]

    size, _, root = anchor.partition(":")
    for told, sound in ((anchor, True), (f"{int(size) - 1}:{root}", False)):
        with full.office.ask("auditor", Act.AUDIT_VERIFY) as unit:
            if sound:
                assert logbook.verify(unit, expect=told).sound
            else:
                with pytest.raises(ChainBroken):
                    logbook.verify(unit, expect=told)
    assert full.form(kind("f11-reading")).foot and full.form(kind("f15")).foot == ""


def test_form_F11_is_narrowed_by_days_and_department(full):
    """From the one day to the other, both included; the range is told above the table."""
    before = full.form(kind("f11"), since=None, until=full.office.now.date().replace(month=3, day=2))
    day = full.office.now.date().replace(month=3, day=3)
    on = full.form(kind("f11"), since=day, until=day)

    assert (len(rows(before)), len(rows(on)), dict(on.facts)["条数"]) == (0, 2, "2")
    assert dict(on.facts)["起止"] == "2026-03-03 — 2026-03-03"
    assert len(rows(full.form(kind("f11"), department="KF"))) == 0
    assert len(rows(full.form(kind("f11"), department="GC"))) == 2


def test_form_F11_leaves_out_the_title_of_what_its_reader_may_not_see(full):
    """A borrower sees his own line, but no title once the record is hidden from him (decision 6)."""
    office = full.office
    with office.instance.engine.begin() as raw:  # what a raised level amounts to
        mine = Volume.reference_code == full.codes["plans"]
        raw.execute(update(Volume).where(mine).values(level=Level.SECRET))
    (hidden, seen) = rows(full.form(kind("f11"), by="staff"))

    assert (hidden["题名"], hidden["用途"], hidden["借阅人"]) == ("题名略", "", "孙员工")
    assert seen["题名"] == "A座1204室装修图纸"
    assert rows(full.form(kind("f11"), by="clerk"))[0]["题名"] == "A座1204室装修图纸"


def test_form_readings_are_listed_oldest_first_with_what_came_of_them(full):
    """阅览登记: who read what from when to when, what he had copied, what came of it (R36)."""
    own, guest = rows(full.form(kind("f11-reading")))

    assert (own["阅览人"], own["部门或单位"], own["起止时间"], own["利用效果"]) == (
        "孙员工",
        "工程部",
        "09:00–10:00",
        "据以拟定复函",
    )
    assert (guest["阅览人"], guest["复制页数"], guest["陪同人"]) == ("钱外宾", "2", "周文员")


def test_form_F15_lists_only_visitors_with_a_covered_document(full):
    """外单位查档登记: letter, covered number, who approved, what was copied on whose word (R42)."""
    form = full.form(kind("f15"))
    (row,) = rows(form)

    assert [one.heading for one in tables(form)[""].columns] == F15
    assert (row["单位"], row["介绍信号"], row["姓名"]) == (
        "西城区住房和城乡建设局",
        "西建介〔2026〕12号",
        "钱外宾",
    )
    assert row["证件"].startswith("居民身份证 110*") and RESIDENT not in str(form)
    assert (row["批准领导"], row["摘抄复制页数及批准"], row["起止时间"]) == (
        "陈秘书",
        "2 页 褚总",
        "10:00–10:50",
    )


def test_form_F15_tells_a_visitor_by_number_to_who_may_not_see_visitors(full):
    """Without the right to see visitors no name, no unit, no document; witness: the archivist's own print has them."""
    told, open_to = str(full.form(kind("f15"), by="staff")), str(full.form(kind("f15")))

    assert "钱外宾" not in told and "西城区" not in told and "110*" not in told
    assert "LF2026-00001" in told
    assert "钱外宾" in open_to


# --- approval and slip ------------------------------------------------------------------------------


def test_form_F10_shows_a_request_its_lines_and_who_said_what(full):
    """Each opinion once with the lines it is about; the R37 notice stands among the conditions."""
    form = full.form(kind("f10"))
    told = grids(form)

    assert (told["申请号"], told["借阅人"], told["部门或单位"], told["借阅人类别"]) == (
        "SQ2026-00001",
        "孙员工",
        "工程部",
        "本公司员工",
    )
    assert told["部门负责人意见"] == "第 1、2 行 同意（同意借阅，按期归还）  冯经理 2026-03-02"
    assert (told["档案负责人意见"], told["总经理意见（秘密以上）"], told["批准日期"]) == (
        "",
        "",
        "2026-03-02",
    )
    assert "不得折叠、拆散" in told["限制条件"] and "涂改" in told["限制条件"]
    assert [row["档号"] for row in rows(form, "申请利用的档案")] == [
        full.codes["plans"],
        full.codes["second"],
    ]


def test_form_F10_of_one_line_shows_that_line_only(full):
    """`SQ…/2` prints the second line, its decision without a line number, and bears that number."""
    form = full.form(kind("f10"), codes=("SQ2026-00001/2",))

    assert form.number == "SQ2026-00001/2"
    assert [row["序号"] for row in rows(form, "申请利用的档案")] == ["2"]
    assert grids(form)["部门负责人意见"].startswith("同意（")
    with pytest.raises(NotFound):
        full.form(kind("f10"), codes=("SQ2026-00001/7",))


def test_form_F10_of_a_visitor_covers_his_document(full):
    """Unit, letter and telephone of who comes from outside; of his document only the covered number (R42)."""
    form = full.form(kind("f10"), codes=(full.numbers["visitor/request"],))
    told = grids(form)

    assert (told["借阅人"], told["借阅人类别"], told["部门或单位"]) == (
        "钱外宾",
        "外单位人员",
        "西城区住房和城乡建设局",
    )
    assert told["证件"].startswith("居民身份证 110*") and RESIDENT not in str(form)


def test_form_F10_shows_a_refusal_and_the_general_manager_s_word(full):
    """不同意 with its reason in the box of the post that said so; nothing is approved, so no day."""
    office = full.office
    with office.work("archivist", Act.REQUEST_ASK) as unit:
        number = requests.ask(
            unit, RequestKind.COPY, [full.codes["tenant"]], purpose="报送", for_="manager"
        ).number
    with office.work("gm", Act.REQUEST_REFUSE) as unit:
        decisions.decide(unit, [number], Act.REQUEST_REFUSE, reason="业户资料不外传")
    told = grids(full.form(kind("f10"), codes=(number,)))

    assert told["总经理意见（秘密以上）"] == "不同意（业户资料不外传）  褚总 2026-03-26"
    assert (told["批准日期"], told["部门负责人意见"]) == ("", "")


def test_form_F10_hides_a_request_from_who_may_not_know_of_it(full):
    """Hidden and absent are told alike (decision 6)."""
    number = let(full, RequestKind.READ, "tenant", for_="manager")
    for who, code in (("staff", number), ("archivist", "SQ2026-99999")):
        with pytest.raises(NotFound):
            full.form(kind("f10"), by=who, codes=(code,))


def test_form_slip_goes_over_the_counter_with_two_signatures_and_the_notice(full):
    """借阅单: count, due day, R37 notice; signed by both at each end; the return is filled in once it happened."""
    out, back = full.form(kind("slip")), full.form(kind("slip"), codes=(full.numbers["loan/second"],))

    assert [block.labels for block in out.blocks if isinstance(block, Signatures)] == [
        ["借出人", "借阅人"],
        ["归还人", "接收人"],
    ]
    assert (grids(out)["件页数（清点）"], grids(out)["应还日期"], grids(out)["实还日期"]) == (
        "3 件  7 页",
        "2026-03-17",
        "",
    )
    assert (grids(back)["实还日期"], grids(back)["完好情况"]) == ("2026-03-06", "否")
    assert "不得折叠" in str(out.blocks)


# --- chasing, incidents, clearance ------------------------------------------------------------------


def test_form_F12_says_how_late_it_is_and_for_which_time(full):
    """催还通知: the notice of the daily run, its wording, days late on the day it was written, the reply."""
    form = full.form(kind("f12"))
    told = grids(form)

    assert (told["逾期天数"], told["第几次"], told["发出人"]) == ("8", "2", "系统按日催还（经手 郑档案）")
    assert (told["借阅人回复"], told["应还日期"]) == ("现场尚未完工，下周一送还。", "2026-03-17")
    assert "已逾期 8 天" in form.values["wording"]


def test_form_F12_by_hand_names_who_chased(full):
    """A call is entered with its text; the paper names who made it."""
    with full.office.work("archivist", Act.CHASE_SEND) as unit:
        number = chasing.send(unit, full.codes["plans"], channel=Channel.TELEPHONE, text="电话催还").number
    form = full.form(kind("f12"), codes=(number,))

    assert (grids(form)["发出人"], grids(form)["发出日期"]) == ("郑档案", "2026-03-26")
    assert form.values["wording"] == "电话催还"


def test_form_F13_tells_an_incident_from_report_to_closing(full):
    """档案损坏报告: what happened, extent, measures, liability, decision, what followed, when it was closed (R40)."""
    told = grids(full.form(kind("f13")))

    assert (told["类型"], told["发现（报告）人"], told["当事人"], told["借阅号"]) == (
        "损坏",
        "孙员工",
        "孙员工",
        full.numbers["loan/second"],
    )
    assert (told["责任认定"], told["处理意见"], told["结案日期"]) == (
        "借阅人保管不当",
        "补制，扣当月奖金",
        "2026-03-08",
    )
    assert "钩破" in told["经过"] and "图签" in told["影响范围"] and "硬夹" in told["已采取措施"]


def test_form_F13_just_reported_leaves_room_for_what_is_to_come(full):
    """Before it is judged the boxes of liability, decision and closing are empty, and high enough to write in."""
    with full.office.work("staff", Act.INCIDENT_REPORT) as unit:
        made = incidents.report(
            unit,
            full.codes["letters"],
            kind=IncidentKind.LEAKED,
            found_on=unit.today,
            course="复印件被拍照转发",
        )
        number = made.number
    form = full.form(kind("f13"), codes=(number,))
    (block,) = [one for one in form.blocks if isinstance(one, Facts)]

    assert [grids(form)[name] for name in ("责任认定", "处理意见", "结案日期")] == ["", "", ""]
    assert min(block.tall[name] for name in ("责任认定", "处理意见")) >= 15


def test_form_F13_keeps_words_about_people_from_who_is_not_trusted_with_them(full):
    """Another employee of the house hears that there is an incident, not what was said of whom."""
    told = grids(full.form(kind("f13"), by="supervisor"))
    assert (told["当事人"], told["经过"], told["责任认定"]) == ("", "", "")


def test_form_F14_lists_what_a_leaver_still_has(full):
    """未还借阅, 应归档未归档, 手中密件, 其他: open ones and settled ones; not clear while something blocks (R41)."""
    form = full.form(kind("f14"))

    assert [row["单号"] for row in rows(form, "未还借阅明细")] == ["JY2026-00001", "SG2026-0001"]
    assert [row["档号或内容"] for row in rows(form, "应归档未归档材料明细")] == ["一季度设备巡检表三份"]
    assert rows(form, "手中密件")[0]["交回日期"] == "2026-03-26"
    assert rows(form, "其他应交材料")[0]["种类"] == "钥匙"
    assert grids(form)["结论"] == "未清"


def test_form_F14_of_who_is_clear_says_so_with_the_certificate(full):
    """By account while it runs, by number afterwards; no open points, both signatures by name, 已清."""
    begun = test_clearance.begin(full.office, "supervisor")
    form = full.form(kind("f14"), by="hr", codes=("supervisor",))
    assert (form.number, grids(form)["结论"], rows(form, "未还借阅明细")[0]["序号"]) == (begun, "", "无")
    test_clearance.sign(full.office, "supervisor")
    certificate = test_clearance.certify(full.office, "supervisor")

    told = grids(full.form(kind("f14"), codes=(begun,)))
    assert (told["结论"], told["清缴证明号"]) == ("已清", certificate)
    assert (told["部门经理签字"], told["档案员签字"]) == ("褚总", "郑档案")


# --- all of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [one.code for one in kinds.USE if one.takes is kinds.Takes.NUMBER])
def test_form_of_an_unknown_number_is_not_found(full, code):
    """A clear refusal, alike for what is absent and what is hidden."""
    with pytest.raises(NotFound):
        full.form(kind(code), codes=("XX2026-9",))


def test_forms_are_told_in_both_languages_with_stable_names_for_templates(full):
    """English headings of all forms; the names of values and tables do not depend on the language."""
    for one in kinds.USE:
        chinese, english = full.form(one, Language.ZH), full.form(one, Language.EN)
        assert english.title.isascii() and english.language is Language.EN
        assert (sorted(chinese.values), sorted(chinese.tables)) == (
            sorted(english.values),
            sorted(english.tables),
        )
        assert all(name.isidentifier() for name in (*chinese.values, *chinese.tables))


def test_forms_offer_the_names_that_a_template_of_an_office_may_use(full):
    """What is written down as the placeholders of a form is what its builder fills, neither more nor less."""
    for one in kinds.USE:
        form, names = full.form(one), names_of(one)
        assert (one.code, sorted(names.values)) == (one.code, sorted(form.values))
        assert (one.code, sorted(names.tables)) == (one.code, sorted(form.tables))
        for name, lines in form.tables.items():
            assert all(set(line) == set(names.tables[name]) for line in lines), (one.code, name)


@pytest.mark.parametrize(
    "code", [one.code for one in kinds.USE if one.takes in {kinds.Takes.NUMBER, kinds.Takes.PERSON}]
)
def test_form_of_one_paper_takes_exactly_one_number(full, code):
    """None, two, or a blank are refused with a sentence; so is narrowing that makes no sense here."""
    number = full.numbers[code]
    for codes, given in (((), {}), ((number, number), {}), (("  ",), {}), ((number,), {"year": 2026})):
        with pytest.raises(BadValue):
            full.form(kind(code), codes=codes, **given)


@pytest.mark.parametrize("code", ["f11", "f11-reading", "f15", "f17", "f18", "f25", "f26"])
def test_register_refuses_what_it_cannot_be_narrowed_by(full, code):
    """A register never prints more than was asked for because it passed over a word (a class, a width, a range upside down)."""
    day = dt.date(2026, 3, 10)
    for given in (
        {"class_code": "ZX·02"}, {"width": 30}, {"period": "D10"}, {"codes": ("A", "B")},
        {"since": day, "until": dt.date(2026, 3, 9)}, {"year": 10_000},
    ):  # fmt: skip
        with pytest.raises(BadValue):
            full.form(kind(code), **given)


def test_form_F11_of_a_year_is_of_its_days(full):
    """`--year 2026` is from 1 January to 31 December; an unknown department is not found."""
    assert dict(full.form(kind("f11"), year=2026).facts)["起止"] == "2026-01-01 — 2026-12-31"
    assert rows(full.form(kind("f11"), year=2025)) == []
    with pytest.raises(NotFound):
        full.form(kind("f11"), department="XX")


def test_inv_V25_a_register_that_shows_confidential_records_leaves_a_line_that_counts_them(full):
    """The services' own looks are logged; the form says how many, for the line of the print."""
    office = full.office
    let(full, RequestKind.READ, "tenant", for_="manager")
    with office.work("archivist", Act.READING_BEGIN) as unit:
        from archive.circulation import readings

        readings.begin(
            unit, full.codes["tenant"], reader="manager", place="R1", purpose="核对", companion="clerk"
        )
    form = full.form(kind("f11-reading"))

    assert form.shown.confidential == 1
    with office.instance.engine.connect() as raw:
        last = raw.execute(select(Event.act, Event.facts).order_by(Event.seq.desc())).first()
    assert last.act == "reading.see" and '"confidential":1' in last.facts.replace(" ", "")


def test_the_register_asked_for_one_loan_tells_hidden_and_absent_alike(full):
    """`ledger.one` is as silent as the register."""
    with full.office.ask("clerk", Act.LOAN_SEE) as unit:
        assert ledger.one(unit, full.numbers["slip"]).number == full.numbers["slip"]
    for who, number in (("hr", "JY2026-09999"), ("clerk", "")):
        with full.office.ask(who, Act.LOAN_SEE) as unit, pytest.raises(NotFound):
            ledger.one(unit, number)


def test_make_and_lend_stay_usable_on_the_populated_office(full):
    """The spring goes on: what was returned and mended can be lent again."""
    office = full.office
    make.approved(office, full.codes["second"], to="records")
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, full.codes["second"], to="records", purpose="复核")
    assert len(rows(full.form(kind("f11")))) == 3
