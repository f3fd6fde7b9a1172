"""Every format offices have: what is read of it, in which order, and what is left out."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
import xlsxwriter

from indexer.extract import Extractor
from indexer.extract.kinds import Kind, Outcome
from indexer.extract.parse import parse
from tests.indexer import extract_samples as first
from tests.indexer.compound_samples import (
    a_doc,
    a_doc95,
    a_msg,
    a_ppt,
    an_xls,
    compound,
    wide,
)
from tests.indexer.extract_samples import SIMPLIFIED, TRADITIONAL
from tests.indexer.office_samples import (
    ODF,
    PARAGRAPH,
    a_letter,
    a_pptx,
    a_zip,
    an_enclosure,
    an_ods,
    an_odt,
    an_ofd,
    an_ofd_page,
    an_open,
    an_rtf,
    cell,
    coded,
    group,
    numbered,
    run,
    shape,
    slide,
    table,
)

FILES = Path(__file__).parent / "files"
WORDML = "http://schemas.microsoft.com/office/word/2003/wordml"
SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"


def words_2003(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?><w:wordDocument xmlns:w="{WORDML}"><w:body>{body}</w:body></w:wordDocument>'.encode()


def rows_2003(*cells: str) -> bytes:
    held = "".join(f"<ss:Cell><ss:Data>{one}</ss:Data></ss:Cell>" for one in cells)
    return f'<?xml version="1.0"?><ss:Workbook xmlns:ss="{SPREADSHEET}"><ss:Worksheet ss:Name="台账"><ss:Table><ss:Row>{held}</ss:Row></ss:Table></ss:Worksheet></ss:Workbook>'.encode()


# --- one paragraph, every format ---------------------------------------------------------------

#: How the paragraph is written in each format: ending, file, kind.
EVERY = {
    "docx": (".docx", lambda: first.a_docx(f"<w:p {first.W}><w:r><w:t>{PARAGRAPH}</w:t></w:r></w:p>"), Kind.DOCX),
    "doc": (".doc", lambda: a_doc(PARAGRAPH), Kind.DOC),
    "doc in pieces": (".doc", lambda: a_doc(PARAGRAPH, narrow="Re: "), Kind.DOC),
    "doc of Word 95": (".doc", lambda: a_doc95(PARAGRAPH), Kind.DOC),
    "wps": (".wps", lambda: a_doc(PARAGRAPH), Kind.DOC),
    "xlsx": (".xlsx", lambda: rows_xlsx(PARAGRAPH), Kind.XLSX),
    "xls": (".xls", lambda: an_xls(PARAGRAPH), Kind.XLS),
    "et": (".et", lambda: an_xls(PARAGRAPH), Kind.XLS),
    "ods": (".ods", lambda: an_ods(cell(PARAGRAPH)), Kind.ODS),
    "pptx": (".pptx", lambda: a_pptx(slide(shape(PARAGRAPH))), Kind.PPTX),
    "ppt": (".ppt", lambda: a_ppt(PARAGRAPH), Kind.PPT),
    "dps": (".dps", lambda: a_ppt(PARAGRAPH), Kind.PPT),
    "odt": (".odt", lambda: an_odt(PARAGRAPH), Kind.ODT),
    "odp": (".odp", lambda: an_open("presentation", f"<draw:page><text:p>{PARAGRAPH}</text:p></draw:page>"), Kind.ODP),
    "rtf in bytes": (".rtf", lambda: an_rtf(r"\f1 " + coded(PARAGRAPH, "gb18030")), Kind.RTF),
    "rtf in numbers": (".rtf", lambda: an_rtf(numbered(PARAGRAPH)), Kind.RTF),
    "rtf named doc": (".doc", lambda: an_rtf(numbered(PARAGRAPH)), Kind.RTF),
    "eml": (".eml", lambda: a_letter(body=PARAGRAPH), Kind.EMAIL),
    "mht": (".mht", lambda: a_letter(f"Content-Type: text/html; charset=utf-8\r\n\r\n<p>{PARAGRAPH}</p>\r\n"), Kind.EMAIL),
    "msg": (".msg", lambda: a_msg(wide(p1000=PARAGRAPH)), Kind.MESSAGE),
    "html": (".html", lambda: f"<html><p>{PARAGRAPH}</p></html>".encode(), Kind.HTML),
    "page named xls": (".xls", lambda: f"<table><tr><td>{PARAGRAPH}</td></tr></table>".encode(), Kind.HTML),
    "xml of Word 2003 named doc": (".doc", lambda: words_2003(f"<w:p><w:r><w:t>{PARAGRAPH}</w:t></w:r></w:p>"), Kind.XML),
    "xml of Excel 2003 named xls": (".xls", lambda: rows_2003(PARAGRAPH), Kind.XML),
    "xml": (".xml", lambda: f"<?xml version='1.0'?><a><b>{PARAGRAPH}</b></a>".encode(), Kind.XML),
    "txt": (".txt", PARAGRAPH.encode, Kind.TEXT),
    "csv": (".csv", lambda: f"{PARAGRAPH},乙\r\n".encode("gb18030"), Kind.CSV),
    "pdf": (".pdf", lambda: first.a_pdf(SIMPLIFIED), Kind.PDF),
    "ofd": (".ofd", lambda: an_ofd(an_ofd_page(run(10, 10, PARAGRAPH))), Kind.OFD),
    "zip": (".zip", lambda: a_zip({"合同/甲.txt": PARAGRAPH.encode("gb18030")}), Kind.ZIP),
    "docx in a letter in a zip": (".zip", lambda: a_zip({"信.eml": a_letter(an_enclosure("甲.rtf", an_rtf(numbered(PARAGRAPH))))}), Kind.ZIP),
}  # fmt: skip


def rows_xlsx(*cells: str) -> bytes:
    room = io.BytesIO()
    book = xlsxwriter.Workbook(room, {"in_memory": True})
    book.add_worksheet("台账").write_row(0, 0, cells)
    book.close()
    return room.getvalue()


@pytest.mark.parametrize("name", EVERY)
def test_the_same_paragraph_is_read_from_every_format(name):
    """Names, a unit, an amount, dates in two forms, a code, both ways of writing: unbroken and unaltered."""
    suffix, make, kind = EVERY[name]

    found = parse(make(), suffix)

    assert (Outcome.TEXT, kind.value) == (found.outcome, found.kind)
    assert (SIMPLIFIED if name == "pdf" else PARAGRAPH) in found.text


def test_rel_F3_the_limited_reader_reads_what_the_free_one_reads():
    """Nothing that a format needs is out of reach once the process has locked itself in."""
    with Extractor() as reader:
        for name, (suffix, make, _) in EVERY.items():
            data = make()

            assert parse(data, suffix) == reader.extract(data, "a" + suffix), name


@pytest.mark.parametrize("suffix", [".doc", ".rtf", ".odt"])
def test_a_document_of_a_real_office_program_is_read_whole(suffix):
    """Header, both paragraphs, table, insertion without deletion, link without its code, comment, footer."""
    found = parse((FILES / f"office{suffix}").read_bytes(), suffix)

    lines = found.text.split("\n")
    assert "装修保证金退还请示" == found.title
    assert found.created and found.created.year == 2013
    for line in (
        "页眉：晨光物业", "租户王晓明（A座1203室）于2024年5月1日缴纳装修保证金人民币28,000.00元，合同编号HT-2019-0032。",
        "房号\t户名\t金额", "1203\t王晓明\t28,000", "修订段：已增续文", "链接：链接文字", "批注：请核对金额", "页脚：第一页",
    ):  # fmt: skip
        assert line in lines
    assert "已删" not in found.text
    assert "secretcode" not in found.text


@pytest.mark.parametrize("suffix", [".xls", ".ods"])
def test_a_workbook_of_a_real_office_program_is_read_whole(suffix):
    """Dates of three formats, a fraction without its error, an instant, the hidden sheet."""
    text = parse((FILES / f"office{suffix}").read_bytes(), suffix).text

    assert "王晓明\t28000\t2024-05-01\n0.3\t2024-05-02\n2024-05-03 08:30\n隐藏\n隐藏格" in text


def test_slides_of_a_real_office_program_are_read_whole():
    """Grouped shapes, notes, a table by its rows."""
    found = parse((FILES / "office.pptx").read_bytes(), ".pptx")

    assert 2 == found.pages
    assert (
        "年度物业服务报告：王晓明\n组合图形内文字\n第二图形\n备注：讲解要点\n房号\t欠费\n1203\t28,000"
        == found.text
    )


# --- DOC ---------------------------------------------------------------------------------------


def test_a_doc_is_read_by_its_pieces_and_stories():
    """Pieces in the order of the text, wherever they lie; then footnotes, headers, comments, endnotes, boxes."""
    data = a_doc(
        "正文\r",
        narrow="HT-2019 ",
        footnotes="脚注\r",
        headers="页眉\r",
        comments="批注\r",
        endnotes="尾注\r",
        boxes="文本框\r",
    )

    found = parse(data, ".doc")

    assert "HT-2019 正文\n脚注\n页眉\n批注\n尾注\n文本框" == found.text
    assert ("doc", "装修申请", dt.date(2024, 4, 1)) == (found.kind, found.title, found.created)


def test_a_doc_gives_results_of_fields_rows_and_no_signs():
    """Codes of nested fields are gone; cells are parted by tabs; pictures and soft hyphens leave nothing."""
    fields = "见\x13 REF \x13 PAGE \x14内码\x15 \\h \x14第\x13 NUM \x14三\x15页\x15。\x13 TC 无果\x15\r"
    cells = "房号\x07金额\x07\x071203\x0728,000\x07\x07"

    text = parse(a_doc(fields + cells + "A\x1eB\x1fC\x01\x08甲\x0b乙\r"), ".doc").text

    assert "见第三页。\n房号\t金额\n1203\t28,000\nA-BC甲\n乙" == text


def test_what_was_struck_in_a_doc_is_gone():
    """The witness is the same file without the mark of deletion."""
    assert "金额五元" == parse(a_doc("金额三百五元", struck=(2, 4)), ".doc").text
    assert "金额三百五元" == parse(a_doc("金额三百五元"), ".doc").text


@pytest.mark.parametrize(
    ("language", "charset", "words"), [(0x0804, "gbk", SIMPLIFIED), (0x0404, "big5", TRADITIONAL)]
)
def test_a_doc_of_word_95_is_read_by_the_language_of_its_program(language, charset, words):
    """One or two bytes a character, no Unicode."""
    assert words == parse(a_doc95(words, language, charset), ".doc").text


@pytest.mark.parametrize(
    ("make", "suffix", "why"),
    [
        (lambda: a_doc("密", flags=0x0100), ".doc", "why=doc-password"),
        (lambda: compound({"EncryptedPackage": b"x" * 99, "EncryptionInfo": b"y"}), ".docx", "why=office-password"),
        (lambda: compound({"PowerPoint Document": b"x", "EncryptedSummary": b"y"}), ".ppt", "why=office-password"),
        (lambda: an_open("text", "", **{"META-INF/manifest": "<manifest:encryption-data/>"}), ".odt", "why=office-password"),
        (lambda: an_open("spreadsheet", "", **{"META-INF/manifest": "<manifest:encryption-data/>"}), ".ods", "why=office-password"),
        (lambda: an_ofd(an_ofd_page(), Encryptions="<a/>"), ".ofd", "why=ofd-encrypted"),
    ],
)  # fmt: skip
def test_a_file_behind_a_password_says_so(make, suffix, why):
    """Encrypted, with the code of the format's own way of locking."""
    found = parse(make(), suffix)

    assert (Outcome.ENCRYPTED, why, "") == (found.outcome, found.note, found.text)


def test_text_boxes_and_comments_of_a_workbook_are_read():
    """They stand beside the cells, in parts of their own."""
    room = io.BytesIO()
    book = xlsxwriter.Workbook(room, {"in_memory": True})
    sheet = book.add_worksheet("台账")
    sheet.write(0, 0, "格")
    sheet.write_comment(0, 0, "批注内容")
    sheet.insert_textbox(3, 3, "文本框内容")
    book.close()

    lines = parse(room.getvalue(), ".xlsx").text.split("\n")

    assert ["台账", "格"] == lines[:2]
    assert {"批注内容", "文本框内容"} <= set(lines)


# --- slides, OpenDocument, OFD -----------------------------------------------------------------


def test_slides_are_read_in_the_order_they_are_shown():
    """Groups, tables, charts, then notes; numbers of slides and of charts are not text."""
    shown = slide(
        shape("首页"),
        shape("3", "sldNum"),
        group(shape("组内"), group(shape("更深"))),
        table(("甲", "乙"), ("丙", "丁")),
    )

    found = parse(a_pptx(shown, slide(shape("次页")), notes="讲解", chart="第一季度"), ".pptx")

    assert "首页\n组内\n更深\n甲\t乙\n丙\t丁\n第一季度\n讲解\n次页" == found.text
    assert 2 == found.pages


def test_prompts_of_the_master_are_no_text_of_an_old_presentation():
    """Only slides speak, each line once although slides are saved again and again."""
    assert "首页\n次页\nplain" == parse(a_ppt("首页\r次页", "首页", narrow="plain"), ".ppt").text


def test_an_opendocument_text_keeps_the_sentence_whole():
    """Notes and comments after the text, blanks and tabs as counted, deletions gone wherever they were left."""
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>脚注</text:p></text:note-body></text:note>"
    comment = "<office:annotation><dc:creator>李</dc:creator><text:p>批注</text:p></office:annotation>"
    changes = '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion><text:p>已删甲</text:p></text:deletion></text:changed-region></text:tracked-changes>'
    struck = '<text:change-start text:change-id="c1"/>已删乙<text:change-end text:change-id="c1"/>'
    header = "<style:header><text:p>页眉</text:p></style:header>"
    body = f"{changes}<text:p>装修{note}保证{comment}金{struck}退<text:ruby><text:ruby-base>还</text:ruby-base><text:ruby-text>huán</text:ruby-text></text:ruby>   请<text:s text:c='2'/>示<text:tab/>完</text:p>"
    styles = f"<office:document-styles {ODF}><office:master-styles>{header}</office:master-styles></office:document-styles>"

    found = parse(an_open("text", body, styles=styles), ".odt")

    assert "页眉\n装修保证金退还 请  示\t完\n脚注\n批注" == found.text
    assert ("装修申请", dt.date(2024, 4, 1)) == (found.title, found.created)


def test_an_ofd_page_is_read_as_it_is_seen():
    """Runs joined on their line though drawn out of order, gaps kept, the template under the page, then the next."""
    pieces = [
        run(10, 50, "第二行"),
        run(18, 20.4, "金", 4),
        run(10, 20, "保", 4),
        run(14, 20, "证", 4),
        run(90, 20, "28,000"),
    ]

    found = parse(
        an_ofd(
            an_ofd_page(*pieces, template="t1"),
            an_ofd_page(run(1, 1, "次页")),
            template=an_ofd_page(run(1, 1, "发票")),
        ),
        ".ofd",
    )

    assert "发票\n保证金 28,000\n第二行\n次页" == found.text
    assert ("装修申请", dt.date(2024, 4, 1), 2) == (found.title, found.created, found.pages)


def test_reading_an_ofd_in_the_order_of_drawing_would_break_the_words():
    """The witness: the runs as they stand in the file do not say the word."""
    assert "保证金" not in "".join(words for words in ("第二行", "金", "保", "证"))
    assert (
        "保证金"
        in parse(
            an_ofd(an_ofd_page(run(18, 20, "金", 4), run(10, 20, "保", 4), run(14, 20, "证", 4))), ".ofd"
        ).text
    )


def test_an_ofd_of_pictures_is_image_only():
    """A scan in OFD, as exchanged between offices."""
    page = an_ofd_page('<ofd:ImageObject Boundary="0 0 210 297" ResourceID="1"/>')

    assert Outcome.IMAGE_ONLY == parse(an_ofd(page), ".ofd").outcome
