"""Printed forms: line breaking, letters, pages, tables, signatures, strips; PDF and Word from one description."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import pypdfium2
import pytest
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.fonts import face
from archive.forms import docx, linebreaks, looks, pdf
from archive.forms.page import (
    Align,
    Break,
    Column,
    Cover,
    Facts,
    Form,
    Orientation,
    Signatures,
    Spine,
    Stamp,
    Table,
    Text,
)  # fmt: skip
from tests.archive.pictures import SHARE, difference, picture, same_picture

TITLE = "关于A座1203室装修施工期间消防设施改动（喷淋头移位）的请示及《室内装修管理规定》的批复，附图三张"
COLUMNS = (
    Column("序号", 12, Align.CENTRE), Column("档号", 40), Column("题名", 80), Column("页数", 14, Align.CENTRE),
)  # fmt: skip


def lines(count: int):
    """Rows as a service hands them over: one by one."""
    return (
        [str(n), f"K001-ZY·ZX·2025·D10·KF-{n:04}-001", TITLE[: 20 + n % 30], "2"] for n in range(1, count + 1)
    )


def paper(*blocks, **given) -> Form:
    usual = {
        "company": "和园物业",
        "number": "YD2026-0001",
        "facts": [("档号", "K001-ZY·ZX"), ("年度", "2025")],
    }
    return Form("f1", "卷内文件目录", blocks, **{**usual, **given})


def drawn(form: Form) -> tuple[bytes, list[str]]:
    """The bytes and the text of each page."""
    out = io.BytesIO()
    pdf.write_pdf(form, out)
    document = pypdfium2.PdfDocument(out.getvalue())
    try:
        return out.getvalue(), [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


# --- lines ------------------------------------------------------------------------------------------


def em(text: str) -> float:
    """Chinese letters one, others half."""
    return sum(1.0 if letter > "\u2e80" else 0.5 for letter in text)


def wrong(found: list[str]) -> list[str]:
    """Lines that begin with a closing mark or end with an opening one."""
    return [
        line for line in found
        if line and ((line is not found[0] and line[0] in linebreaks.NOT_FIRST) or (line is not found[-1] and line[-1] in linebreaks.NOT_LAST))
    ]  # fmt: skip


def test_issue_6_no_closing_mark_begins_a_line_and_no_opening_mark_ends_one():
    """At every width from four letters on; a plain cut every n letters, as the witness, breaks the rule."""
    for room in range(4, 40):
        found = linebreaks.broken(TITLE, room, em)
        assert wrong(found) == [] and "".join(found) == TITLE
        assert all(em(line) <= room for line in found)
    assert any(wrong([TITLE[at : at + n] for at in range(0, len(TITLE), n)]) for n in range(4, 40))


def test_issue_6_words_and_codes_stay_whole_where_they_fit_and_break_after_a_mark_where_not():
    """A code that fits a line is not torn; a longer one is broken after its hyphens and dots."""
    code = "K001-ZY·ZX·2025·D10·KF-0001"
    assert linebreaks.broken(f"见案卷{code}号", 14, em) == ["见案卷", code, "号"]
    assert linebreaks.broken(code, 6, em) == ["K001-ZY·ZX·", "2025·D10·KF-", "0001"]
    assert linebreaks.broken("12345678", 2, em) == ["1234", "5678"]
    assert linebreaks.broken("甲\n乙", 9, em) == ["甲", "乙"]


@given(st.text(max_size=60), st.integers(1, 20))
def test_issue_6_no_letter_is_lost_and_no_line_is_too_long_whatever_is_written(text, room):
    """Any text at any width: all but spaces comes out again, in lines that fit or hold a single letter."""
    told = face.shown(text)
    found = linebreaks.broken(told, room, em)
    assert squeezed("".join(found)) == squeezed(told)
    assert all(em(line.rstrip()) <= room or len(line) == 1 for line in found)


@given(st.text(max_size=80))
def test_issue_6_every_letter_that_is_printed_has_a_glyph(text):
    """What the font lacks is 〓, and is told; nothing invisible or directing is left."""
    told = face.shown(text)
    assert face.lacking(told) == set()
    assert all(letter == "\n" or ord(letter) >= 0x20 for letter in told)


def test_issue_6_a_letter_the_font_lacks_is_shown_and_told():
    """𠮷 and a smile become 〓; the drawing says which letters they were."""
    out = io.BytesIO()
    made = pdf.draw(paper(Text("姓名：𠮷😀田")), out)
    assert made.missing == {"𠮷", "😀"}
    document = pypdfium2.PdfDocument(out.getvalue())
    assert "姓名：〓〓田" in document[0].get_textpage().get_text_range()
    document.close()


# --- pages ------------------------------------------------------------------------------------------


def test_issue_6_headings_stand_on_every_page_and_pages_are_numbered_x_of_y():
    """100 lines on several pages: every line once and in order, headings and page x of y on each."""
    _, pages = drawn(paper(Table(COLUMNS, lines(100)), Signatures(["立卷人", "检查人"])))

    assert len(pages) > 3
    for number, text in enumerate(pages, 1):
        assert f"第{number}页共{len(pages)}页" in squeezed(text)
        assert "序号" in text and "编号：YD2026-0001" in text and "和园物业" in text
    codes = re.findall(r"KF\W*(\d{4})\W*001", "".join(pages))
    assert codes == [f"{n:04}" for n in range(1, 101)]
    assert "立卷人" in pages[-1] and "检查人" in pages[-1]


def test_issue_6_the_file_embeds_the_font_as_a_subset_and_equal_forms_are_equal_bytes():
    """A few letters weigh a few kilobytes, not the five megabytes of the font; written twice, the bytes agree."""
    first, _ = drawn(paper(Table(COLUMNS, lines(5))))
    second, _ = drawn(paper(Table(COLUMNS, lines(5))))
    assert first == second and len(first) < 100_000
    assert b"/FontFile2" in first and b"MicroHei" in first


def test_issue_6_a_row_is_torn_only_if_it_is_higher_than_a_page():
    """A text of 3,000 letters runs over pages, none of it lost; a row of ten lines goes whole to the next page."""
    long = "".join(chr(0x4E00 + n) for n in range(3000))
    _, pages = drawn(paper(Table(COLUMNS, [["1", "A", long, "1"], ["2", "B", TITLE * 4, "2"]])))
    text = squeezed("".join(pages))
    assert [letter for letter in long if letter not in text] == []
    whole = squeezed(TITLE * 4)
    assert any(all(part in squeezed(page) for part in (whole[:8], whole[-8:])) for page in pages)


def test_issue_6_a_new_paper_in_the_same_file_counts_its_own_pages():
    """Two volumes in a file: each has its title, its facts and page 1 of its own."""
    _, pages = drawn(paper(Table(COLUMNS, lines(40)), Break([("档号", "第二卷")]), Table(COLUMNS, lines(3))))
    assert "第1页共1页" in squeezed(pages[-1]) and "第二卷" in pages[-1] and "（续）" not in pages[-1]
    assert f"第1页共{len(pages) - 1}页" in squeezed(pages[0]) and "（续）" in pages[1]


def test_issue_6_signatures_are_kept_together_and_blank_rows_fill_the_page_above_them():
    """The list fills its page with rows to write in and leaves room for who signs: one page, not two."""
    form = paper(Table(COLUMNS, lines(3), fill=True), Signatures(["立卷人", "检查人", "接收人"]))
    _, pages = drawn(form)
    assert len(pages) == 1 and "接收人" in pages[0]
    _, pages = drawn(paper(Table(COLUMNS, lines(25)), Signatures(["甲方", "乙方", "监交人"], across=1)))
    assert sum("监交人" in page for page in pages) == 1
    assert all(("甲方" in page) == ("监交人" in page) for page in pages)


def test_issue_6_the_foot_stands_on_every_page():
    """The fingerprint of the log on each page of a register."""
    foot = "审计日志 120:3f9a-1111-2222-3333-4444（2026-03-02）"
    _, pages = drawn(paper(Table(COLUMNS, lines(60)), foot=foot))
    assert len(pages) > 1 and all("120:3f9a-1111" in page for page in pages)


def test_issue_6_an_empty_form_is_a_page_with_its_title():
    """No rows, no blocks: still a paper."""
    _, pages = drawn(paper())
    assert len(pages) == 1 and "卷内文件目录" in pages[0]


# --- Word -------------------------------------------------------------------------------------------


def everything() -> Form:
    """One of each block."""
    return paper(
        Table(COLUMNS, lines(30), heading="一、文件"), Facts([("题名", TITLE), ("意见", "")], tall={"意见": 30.0}),
        Text("说明", heading=True), Signatures(["立卷人", "检查人"]), Break(), Cover("封面题名", [("全宗号", "K001")]),
        Spine(20, [("档号", "K001-0001")], "装修施工图纸"), Stamp([("全宗号", "K001")] * 6, "K001-1"),
    )  # fmt: skip


def test_issue_6_a_word_file_says_what_the_pdf_says_and_repeats_its_headings():
    """Every row and heading is there to be edited; heading rows repeat, rows are not torn, the sheet is A4."""
    opened = Document(io.BytesIO(docx.docx(everything())))
    table = opened.tables[0]
    assert [cell.text for cell in table.rows[1].cells] == next(lines(1))
    assert len(table.rows) == 31
    marks = [row._tr.find(qn("w:trPr")) for row in table.rows]
    assert [one.find(qn("w:tblHeader")) is not None for one in marks] == [True] + [False] * 30
    assert all(one.find(qn("w:cantSplit")) is not None for one in marks)
    assert (round(opened.sections[0].page_width.mm), round(opened.sections[0].page_height.mm)) == (210, 297)
    footer = opened.sections[0].footer._element.xml
    assert "PAGE" in footer and "NUMPAGES" in footer


def test_issue_6_equal_forms_are_equal_word_files_without_an_hour_in_them():
    """What is hashed can be written again; marks of XML are only text, letters no XML may hold are replaced."""
    hostile = [["1", "<w:p>&", "含\x00控制\x1b字符 <!--body-->", "]]>"]]
    one, two = (docx.docx(paper(Table(COLUMNS, iter(hostile)))) for _ in range(2))
    assert one == two
    with zipfile.ZipFile(io.BytesIO(one)) as parts:
        assert {(1980, 1, 1, 0, 0, 0)} == {part.date_time for part in parts.infolist()}
    row = Document(io.BytesIO(one)).tables[0].rows[1]
    assert [cell.text for cell in row.cells] == ["1", "<w:p>&", "含�控制�字符 <!--body-->", "]]>"]


@settings(max_examples=15)
@given(st.text(max_size=40), st.text(max_size=40))
def test_issue_6_whatever_is_written_makes_a_sound_word_file_and_a_sound_pdf(one, two):
    """Any text in any place: both files open."""
    both_open(one, two)


@pytest.mark.slow
@settings(max_examples=500)
@given(st.text(max_size=40), st.text(max_size=40))
def test_issue_6_whatever_is_written_five_hundred_times(one, two):
    """The same, more often."""
    both_open(one, two)


def both_open(one: str, two: str) -> None:
    form = paper(
        Table((Column("甲", 1), Column("乙", 3)), [[one, two]]),
        Facts([(one or "a", two)]),
        facts=[(one, two)],
    )
    opened = Document(io.BytesIO(docx.docx(form)))
    assert len(opened.tables) == 2
    raw, pages = drawn(replace(form, blocks=list(form.blocks)))
    assert raw.startswith(b"%PDF") and pages


# --- pictures -----------------------------------------------------------------------------------------


GOLDEN = {
    "core-table": lambda: paper(Table(COLUMNS, lines(12), fill=True), Signatures(["立卷人", "检查人"])),
    "core-landscape": lambda: paper(
        Table(COLUMNS, lines(8)), Text("本清单一式两份。", note=True), orientation=Orientation.LANDSCAPE,
        foot="审计日志 120:3f9a-1111-2222-3333-4444（2026-03-02）",
    ),
    "core-grid": lambda: paper(
        Facts([("借阅人", "孙员工"), ("部门", "工程部"), ("题名", TITLE), ("意见", "")], wide=frozenset({"题名", "意见"}), tall={"意见": 40.0}),
        Signatures(["借阅人", "批准人", "档案员"]),
    ),
    "core-cover": lambda: paper(Cover(TITLE, [("全宗名称", "和园物业服务有限公司"), ("保管期限", "永久"), ("档号", "K001-1")])),
    "core-spines": lambda: paper(*[Spine(w, [("保管期限", "永久"), ("档号", "K001-ZY·ZX·2025·D10·KF-0001")], TITLE) for w in looks.SPINES]),
    "core-stamps": lambda: paper(*[Stamp([("全宗号", "K001"), ("年度", "2025"), ("件号", f"{n:04}"), ("机构（问题）", "客服部"), ("保管期限", "永久"), ("页数", "3")], f"K001-WS-{n:04}") for n in range(1, 8)]),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_issue_6_pages_look_like_the_pictures_that_were_looked_at(name):
    """Each kind of block against its golden picture."""
    raw, _ = drawn(GOLDEN[name]())
    same_picture(raw, name)


def test_issue_6_witness_a_column_shifted_by_four_millimetres_is_seen():
    """The comparison of pictures catches a small change of widths, and a lost line."""
    right, _ = drawn(paper(Table(COLUMNS, lines(12))))
    shifted, _ = drawn(paper(Table((Column("序号", 16, Align.CENTRE), *COLUMNS[1:]), lines(12))))
    shorter, _ = drawn(paper(Table(COLUMNS, lines(11))))
    assert difference(picture(right), picture(right)) == 0
    assert difference(picture(right), picture(shifted)) > 5 * SHARE
    assert difference(picture(right), picture(shorter)) > SHARE
