"""鉴定工作报告 (F22): what it says, what it leaves out, where it is kept (V20, decisions 6 and 10)."""

import pytest

from archive import objects
from archive.acts import Act
from archive.errors import FileMissing, InsideInstance, NotFound, ReportTooEarly, TargetExists
from archive.model import Appraisal, Item
from archive.statuses import Verdict
from archive.values import Level
from retention.appraising import panel, report
from tests.retention import campaigns as c
from tests.retention import papers


def drawn(office, number, who="archivist"):
    """The report as *who* makes it."""
    with office.work(who, Act.APPRAISAL_SEE) as unit:
        return report.draw(unit, number)


def words(made):
    """All paragraphs and cells."""
    *cells, _ = papers.tables(made.body)
    return [paragraph.text for paragraph in papers.opened(made.body).paragraphs], cells


def campaign(office):
    """Two papers and a volume, appraised with every kind of reason; number of the appraisal."""
    first, second = c.alone(office, 2)
    volume = c.volume(office)
    number = c.begun(office, basis="年度鉴定计划")
    c.agreed(office, number, first, standard="S1")
    c.agreed(office, number, volume, reason="值班记录无人再用")
    c.opine(office, "clerk", number, second)
    c.opine(office, "archivist", number, second, verdict=Verdict.PERMANENT)
    c.decide(office, number)
    c.decide(office, number, second, verdict=Verdict.PERMANENT, reason="留作样本")
    return number


def test_form_F22_the_report_tells_basis_panel_scope_results_reasons_and_every_line(office):
    """
    In the order of the form, with a member who was replaced; titles, decisions and reasons of each record.
    """
    number = campaign(office)
    with office.work("archivist", Act.APPRAISAL_APPOINT) as unit:
        panel.appoint(unit, c.appraisal.one(unit, number), members=["secretary"], replaces="clerk")
    with pytest.raises(ReportTooEarly, match=f"anjuan appraisal close {number}"):
        drawn(office, number)
    c.closed(office, number)
    made = drawn(office, number)
    told, (results, reasons, lines) = words(made)

    assert f"2026 年度档案鉴定工作报告（{number}）" == told[0]
    assert ["一、鉴定依据", "年度鉴定计划"] == told[1:3]
    assert any("组长：褚总；成员：郑档案、周文员 → 陈秘书。" in text for text in told)
    assert any("3 卷（件），内含文件 5 件、10 页" in text for text in told)
    assert [["销毁", "2", "4", "8"], ["延长", "0", "0", "0"], ["改为永久", "1", "1", "2"]] == results[1:4]
    assert [["S1", "1"], ["—", "1"]] == [[row[0], row[2]] for row in reasons[1:]]
    assert [
        ("FW·01 旧卷", "销毁", "值班记录无人再用"),
        ("WS·BG 旧文件之1", "销毁", "S1"),
        ("WS·BG 旧文件之2", "改为永久 Y", "留作样本"),
    ] == [(row[2], row[9], row[10]) for row in lines[1:]]
    assert ["组长签字", "成员签字", "成员签字", "批准人签字"] == papers.signers(made.body)


def test_inv_V20_it_is_filed_once_for_ever_with_the_archives_own_papers(office):
    """
    By the archivist, though another made one before; a second making files nothing more.
    """
    number = campaign(office)
    c.closed(office, number)

    assert "" == drawn(office, number, "gm").filed
    made = drawn(office, number)
    assert made.filed == drawn(office, number).filed != ""
    with office.ask("archivist") as unit:
        item = unit.item(made.filed)
        (stored,) = objects.contents(unit, item)
        count = len(list(unit.session.scalars(c.select(Item).where(Item.class_code == "WS·DA"))))
        uid = unit.session.scalar(c.select(Appraisal.report_uid))
        assert ("Y", 1, item.uid, Level.INTERNAL) == (item.period, count, uid, item.level)
        assert made.body == objects.read(unit, stored)
        assert f"{number}.docx" == objects.name_of(unit, stored)


def test_confidential_and_personal_titles_and_reasons_are_left_out(office):
    """
    Decision 10: 题名略; the report itself lies at the level of what it names, so that it tells nobody (decision 6).
    """
    c.alone(office)
    c.volume(office, "YH·06", events=[("CASE_CLOSED", "2010-01-01")])
    c.volume(office, "FW·04", year=2015)
    number = c.begun(office)
    c.agreed(office, number, reason="张三投诉已了")
    c.decide(office, number)
    c.closed(office, number)
    made = drawn(office, number)
    _, (_, _, lines) = words(made)

    assert {("WS·BG 旧文件之1", "张三投诉已了"), ("题名略", "")} == {(row[2], row[10]) for row in lines[1:]}
    with office.ask("staff") as unit, pytest.raises(NotFound):
        unit.item(made.filed)
    with office.ask("archivist") as unit:
        assert Level.CONFIDENTIAL is unit.item(made.filed).level


def test_witness_told_openly_the_report_holds_the_title(office, monkeypatch):
    """
    Witness: with everything said to be open, title and reason stand in it.
    """
    c.volume(office, "YH·06", events=[("CASE_CLOSED", "2010-01-01")])
    number = c.judged(office, reason="张三投诉已了")
    _, (_, _, lines) = words(drawn(office, number))

    assert "题名略" == lines[1][2]
    monkeypatch.setattr(report, "_open", lambda record: True)
    _, (_, _, lines) = words(drawn(office, number))
    assert ("YH·06 旧卷", "张三投诉已了") == (lines[1][2], lines[1][10])


def test_inv_V23_who_does_not_see_every_line_gets_his_own_and_files_nothing(office):
    """
    The secretary's report has the lines she may see; she files it only where that is all of them.
    """
    c.alone(office)
    c.volume(office, "YH·06", events=[("CASE_CLOSED", "2010-01-01")])
    number = c.begun(office)
    c.agreed(office, number)
    c.decide(office, number)
    c.closed(office, number)
    made = drawn(office, number, "secretary")

    assert (1, "") == (made.lines, made.filed)
    assert 2 == drawn(office, number).lines
    c.alone(office, dated="2011-01-01")
    other = c.judged(office)
    assert "" != drawn(office, other, "secretary").filed


def test_it_is_written_to_a_new_file_outside_the_instance(office, tmp_path):
    """
    Readable by its owner only; neither over another file nor among the archive's own.
    """
    with office.ask("archivist", Act.APPRAISAL_SEE) as unit:
        path = report.save(unit, b"PK", tmp_path / "r.docx")
        for target, error in (
            (path, TargetExists), (office.home / "r.docx", InsideInstance), (tmp_path / "no" / "r.docx", FileMissing),
        ):  # fmt: skip
            with pytest.raises(error):
                report.save(unit, b"PK", target)

    assert (b"PK", 0o600) == (path.read_bytes(), path.stat().st_mode & 0o777)
    assert ["r.docx"] == [one.name for one in tmp_path.iterdir() if one.is_file()]
