"""Papers of the archive as Word files: facts, tables with repeated headings, signatures; equal contents, equal bytes."""

import io
import zipfile

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from archive import objects
from archive.acts import Act
from archive.values import Level
from retention import filing
from retention.paper import Table, docx, report

ROWS = [("K001-1", "一号楼 <平面图> & 说明"), ("K001-2", "含\x00控制\x1b字符")]


def opened(body):
    """The document behind the bytes."""
    return Document(io.BytesIO(body))


def test_a_list_is_a_landscape_page_with_facts_table_and_lines_to_sign():
    """
    A4 on its side; the heading row repeats on every page and no row is torn; marks of XML are only text.
    """
    page = opened(docx("销毁清册", [("编号", "XH2026-0001")], ["档号", "题名"], ROWS, ["批准人", "监销人"]))
    (table,) = page.tables
    section = page.sections[0]

    assert (WD_ORIENT.LANDSCAPE, 297, 210) == (
        section.orientation,
        round(section.page_width.mm),
        round(section.page_height.mm),
    )
    assert ["档号", "题名", "K001-1", "一号楼 <平面图> & 说明", "K001-2", "含�控制�字符"] == [
        cell.text for row in table.rows for cell in row.cells
    ]
    looks = [row._tr.find(qn("w:trPr")) for row in table.rows]
    assert [True, False, False] == [one.find(qn("w:tblHeader")) is not None for one in looks]
    assert all(one.find(qn("w:cantSplit")) is not None for one in looks)
    told = [paragraph.text for paragraph in page.paragraphs]
    assert ["销毁清册", "编号　XH2026-0001"] == told[:2]
    assert ["批准人", "监销人"] == [text.partition("　")[0] for text in told[-2:]]


def test_equal_contents_give_equal_bytes_and_hold_no_hour():
    """
    Written twice, the file is the same: what is hashed can be written again.
    """
    written = [docx("清册", [], ["档号", "题名"], iter(ROWS), []) for _ in range(2)]

    assert written[0] == written[1]
    with zipfile.ZipFile(io.BytesIO(written[0])) as parts:
        assert {(1980, 1, 1, 0, 0, 0)} == {one.date_time for one in parts.infolist()}


def test_an_empty_table_is_left_out_and_wide_columns_get_the_room():
    """
    A code of few letters beside a long title; a table without rows leaves no heading either.
    """
    wide = Table(
        "清册", ["号", "题名"], [("1", "关于某某小区二期地下车库渗漏维修及责任认定的若干往来材料汇编")]
    )
    page = opened(report("报告", [], [Table("空表", ["号"], []), wide], []))
    (table,) = page.tables
    first, second = (column.width for column in table.columns)

    assert "空表" not in [paragraph.text for paragraph in page.paragraphs]
    assert second > 4 * first


def test_inv_V20_what_the_archive_writes_about_its_work_is_kept_for_ever(office):
    """
    An item of WS·DA, permanent, with the very bytes; at a higher level nobody uncleared learns of it.
    """
    body = docx("报告", [("编号", "1")], ["档号"], [("K001-1",)], [])
    with office.work("archivist", Act.ITEM_FILE) as unit:
        made = filing.keep(unit, title="鉴定工作报告", name="报告.docx", body=body)
        secret = filing.keep(unit, title="鉴定工作报告之二", name="二.docx", body=body, level=Level.SECRET)
        uids = made.uid, secret.uid
    with office.ask("archivist") as unit:
        item = unit.item(uids[0])
        (stored,) = objects.contents(unit, item)
        assert ("WS·DA", "Y", None, False) == (item.class_code, item.period, item.review_due, item.undated)
        assert (body, "报告.docx") == (objects.read(unit, stored), objects.name_of(unit, stored))
    with office.ask("staff") as unit:
        assert [True, False] == [unit.may(Act.RECORD_SEE, unit.session.get(type(item), uid)) for uid in uids]
