"""Text out of files: what is read, in which order, and what is said of files that cannot be read."""

from __future__ import annotations

import datetime as dt
import io
import struct
import tomllib
from importlib import resources

import docx
import pytest

from indexer.extract import charset, pdf
from indexer.extract.kinds import MOST_TEXT, Kind, Outcome
from indexer.extract.parse import parse
from tests.indexer.extract_samples import (
    NAMESPACES,
    PIXEL,
    SIMPLIFIED,
    TRADITIONAL,
    W,
    a_docx,
    a_pdf,
    an_eml,
    an_xlsx,
    locked,
    saved,
    with_part,
)
from tests.indexer.pdf_samples import many_forms

# --- DOCX --------------------------------------------------------------------------------------


def test_a_docx_is_read_in_the_order_of_the_page():
    """Header, body with nested tables, footnote, endnote, footer; separators of notes are not text."""
    note = f'<w:{{0}}s {W}><w:{{0}} w:type="separator"><w:p><w:r><w:t>线</w:t></w:r></w:p></w:{{0}}><w:{{0}}><w:p><w:r><w:t>{{1}}</w:t></w:r></w:p></w:{{0}}></w:{{0}}s>'
    data = with_part(a_docx(), "word/footnotes.xml", note.format("footnote", "脚注乙"), "footnotes+xml")
    data = with_part(data, "word/endnotes.xml", note.format("endnote", "尾注丙"), "endnotes+xml")

    found = parse(data, ".docx")

    assert Outcome.TEXT == found.outcome
    expected = ["页眉甲", "正文第一段", "房号", "内格一", "内格二", "正文末段", "脚注乙", "尾注丙", "页脚丁"]
    assert expected == found.text.split()


def test_a_docx_tells_its_title_and_its_day_at_the_office():
    """18:00 UTC on 31 March is 1 April at the office (decision 9)."""
    found = parse(a_docx(), ".docx")

    assert ("docx", "装修申请", dt.date(2024, 4, 1)) == (found.kind, found.title, found.created)


def test_a_text_box_is_read_once_although_it_is_told_twice():
    """DrawingML and VML tell the same box; VML alone is read too."""
    box = "<w:txbxContent><w:p><w:r><w:t>文本框{}</w:t></w:r></w:p></w:txbxContent>"
    both = (
        f"<w:p {NAMESPACES}><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box.format('双')}"
        f"</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box.format('双')}</v:textbox></w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    old = f"<w:p {NAMESPACES}><w:r><w:pict><v:shape><v:textbox>{box.format('旧')}</v:textbox></v:shape></w:pict></w:r></w:p>"

    text = parse(a_docx(both, old), ".docx").text

    assert (1, 1) == (text.count("文本框双"), text.count("文本框旧"))


def test_tracked_insertions_stand_and_deletions_are_gone():
    """The text is the one a reader sees after accepting every change; field codes are not text."""
    changed = (
        f"<w:p {W}><w:ins w:id='1' w:author='甲'><w:r><w:t>已增</w:t></w:r></w:ins>"
        "<w:del w:id='2' w:author='甲'><w:r><w:delText>已删</w:delText></w:r></w:del>"
        "<w:moveFrom w:id='3' w:author='甲'><w:r><w:t>已移走</w:t></w:r></w:moveFrom>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>左</w:t><w:tab/><w:t>右</w:t><w:br/><w:t>下</w:t></w:r></w:p>"
    )

    text = parse(a_docx(changed), ".docx").text

    assert "已增左\t右\n下" in text
    assert not any(gone in text for gone in ("已删", "已移走", "PAGE"))


def test_python_docx_alone_would_miss_what_we_read():
    """The witness: the usual reader does not see text boxes and tracked insertions."""
    xml = f"<w:p {W}><w:ins w:id='1' w:author='甲'><w:r><w:t>已增</w:t></w:r></w:ins></w:p>"
    data = a_docx(xml)

    usual = "".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)

    assert "已增" not in usual
    assert "已增" in parse(data, ".docx").text


@pytest.mark.parametrize(
    ("picture", "outcome"), [(False, Outcome.EMPTY), (True, Outcome.IMAGE_ONLY)], ids=["nothing", "a picture"]
)
def test_a_docx_without_words_says_so(picture, outcome):
    """Nothing in it, or only a picture."""
    paper = docx.Document()
    if picture:
        paper.add_picture(io.BytesIO(PIXEL))

    assert outcome == parse(saved(paper), ".docx").outcome


# --- PDF ---------------------------------------------------------------------------------------


def test_a_pdf_is_read_page_by_page():
    """Chinese text of each page, the number of pages, title and day."""
    found = parse(a_pdf("第一页：物业服务合同", "第二页：附件"), ".pdf")

    assert "第一页：物业服务合同\n第二页：附件" == found.text
    assert (Outcome.TEXT, "pdf", 2, "物业服务合同") == (found.outcome, found.kind, found.pages, found.title)
    assert found.created is not None


def test_a_pdf_of_scans_is_image_only_and_one_scan_among_text_is_noted():
    """All pages pictures: image only; some: text, with the number in the note."""
    scanned, mixed = parse(a_pdf("", ""), ".pdf"), parse(a_pdf("有字", ""), ".pdf")

    assert (Outcome.IMAGE_ONLY, 2, "") == (scanned.outcome, scanned.pages, scanned.text)
    assert (Outcome.TEXT, "image-pages=1/2") == (mixed.outcome, mixed.note)


def test_a_pdf_with_a_password_is_encrypted_and_one_without_user_password_is_read():
    """A file that only forbids printing opens with the empty password."""
    closed, open_ = (
        parse(locked(a_pdf("密件"), "secret"), ".pdf"),
        parse(locked(a_pdf("限制打印"), ""), ".pdf"),
    )

    assert (Outcome.ENCRYPTED, "") == (closed.outcome, closed.text)
    assert (Outcome.TEXT, "限制打印") == (open_.outcome, open_.text)


def test_a_pdf_that_takes_too_long_keeps_the_pages_read():
    """Past the patience the rest is left, and the note says so."""
    none = pdf.read(a_pdf("一", "二"), patience=-1)
    some = pdf.read(many_forms(10, 5, pages=40), patience=0.2)

    assert (Outcome.TIMED_OUT, "pages-read=0/2") == (none.outcome, none.note)
    assert (Outcome.TEXT, True) == (some.outcome, some.note.endswith("/40"))


# --- XLSX, text, mail, page --------------------------------------------------------------------


def test_a_workbook_gives_sheet_names_and_rows():
    """Whole numbers without .0, days without midnight."""
    found = parse(an_xlsx(), ".xlsx")

    assert "租户\n户名\t面积\t起租日\n晨光贸易\t120\t2024-05-01\n空表" == found.text
    assert ("xlsx", "租户台账", dt.date(2025, 1, 2)) == (found.kind, found.title, found.created)


@pytest.mark.parametrize(
    "text", [SIMPLIFIED, "装修", "合同\r\n", "物业服务合同（2025年）", "HT-2019-0032 押金"]
)
@pytest.mark.parametrize("written", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_a_text_is_read_in_the_charset_it_was_written_in(text, written):
    """Even two characters are enough for the charsets of the house."""
    found = parse(text.encode(written), ".txt")

    assert (Outcome.TEXT, text.strip()) == (found.outcome, found.text)


@pytest.mark.parametrize("written", ["utf-16-le", "utf-16-be", "big5", "gb18030", "utf-8"])
@pytest.mark.parametrize("text", [TRADITIONAL, "姓名：陳大文\r\n電話：2388 0000\r\n地址：九龍塘"])
def test_traditional_text_and_unmarked_utf16_are_told_apart_too(written, text):
    """No mark, no declaration: the reading with the commonest characters wins."""
    assert text.replace("\r", "") == parse(text.encode(written), ".txt").text


def test_gb18030_four_byte_characters_survive():
    """Rare characters of personal names are outside GBK."""
    text = "业主：㐱𠮷先生，登记事项已核对无误。"

    assert text == parse(text.encode("gb18030"), ".txt").text


def test_a_charset_choice_without_the_score_would_fail():
    """The witness: the first charset that reads without a slip takes Big5 for GB18030."""
    data = TRADITIONAL.encode("big5")

    assert TRADITIONAL != data.decode("gb18030", "replace")
    assert (
        charset.score(TRADITIONAL)
        > charset.score(data.decode("gb18030", "replace")) + charset.HANDICAP["big5hkscs"]
    )


def test_one_bad_byte_does_not_cost_a_text():
    """The rest is kept and the note counts what could not be read."""
    western = parse("Tenant: café Zürich, suite 1203, deposit paid in full".encode("latin-1"), ".txt")
    found = parse((SIMPLIFIED * 3).encode() + b"\xff" + SIMPLIFIED.encode(), ".txt")

    assert (Outcome.TEXT, 4) == (found.outcome, found.text.count("经工程部现场验收"))
    assert "unreadable=1" in found.note
    assert (Outcome.TEXT, True) == (western.outcome, "suite 1203" in western.text)


def test_an_email_gives_headers_the_plain_text_and_names_of_enclosures():
    """Coded words, declared charsets; the HTML twin of the plain text is not read twice."""
    found = parse(an_eml(), ".eml")

    lines = found.text.split("\n")
    assert "From: 王经理 <a@example.com>" in lines
    assert "Subject: 停水通知" in lines
    assert SIMPLIFIED in lines
    assert "图.pdf" in lines
    assert "HTMLBODY" not in found.text
    assert ("email", "停水通知", dt.date(2024, 4, 1), "attachments=1") == (
        found.kind,
        found.title,
        found.created,
        found.note,
    )


def test_an_email_with_raw_gbk_headers_is_read():
    """Old mailers of the trade sent headers uncoded."""
    data = "Subject: 催缴物业费通知\r\nFrom: 财务部\r\n\r\n请于本月底前缴费".encode("gbk")

    found = parse(data, ".eml")

    assert ("催缴物业费通知", True) == (found.title, "请于本月底前缴费" in found.text)


@pytest.mark.parametrize("written", ["utf-8", "gbk"])
def test_a_web_page_gives_what_a_browser_shows(written):
    """No scripts, styles or comments; a declared charset is believed; blocks part lines."""
    page = (
        f"<html><head><title>停车 公告</title><meta charset={written}><style>p{{}}</style></head><body><!-- 注 -->"
        "<script>var 秘='x'</script><h1>公告</h1><p>地下<b>车库</b>检修</p><table><tr><td>甲</td><td>乙</td></tr></table></body></html>"
    )

    found = parse(page.encode(written), ".html")

    assert "公告\n地下车库检修\n甲\t乙" == found.text
    assert ("html", "停车 公告") == (found.kind, found.title)


# --- kinds -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "suffix", "kind"),
    [
        (a_docx, ".pdf", Kind.DOCX),
        (an_xlsx, ".docx", Kind.XLSX),
        (lambda: a_pdf("页"), ".docx", Kind.PDF),
        (lambda: SIMPLIFIED.encode(), ".docx", Kind.TEXT),
        (an_eml, ".dat", Kind.EMAIL),
        (lambda: b"a,b\n1,2", ".csv", Kind.CSV),
        (lambda: b"<!DOCTYPE html><p>x</p>", ".txt", Kind.HTML),
        (lambda: "收件".encode("utf-16"), ".txt", Kind.TEXT),
        (lambda: PIXEL, ".pdf", Kind.IMAGE),
    ],
)
def test_the_bytes_name_the_kind_before_the_name_does(make, suffix, kind):
    """A wrong ending does not mislead."""
    found = parse(make(), suffix)

    assert kind.value == found.kind
    assert found.outcome in {Outcome.TEXT, Outcome.IMAGE_ONLY}


@pytest.mark.parametrize(
    ("data", "suffix", "outcome"),
    [
        (b"", ".docx", Outcome.EMPTY),
        (b" \r\n\t", ".txt", Outcome.EMPTY),
        (b"GIF89a\x01\x00\x01\x00", ".gif", Outcome.IMAGE_ONLY),
        (b"\x00\x01\x02\x03" * 50, ".bin", Outcome.UNSUPPORTED),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 99, ".7z", Outcome.UNSUPPORTED),
        (b"\xff\xd8\xff\xe0JFIF", ".jpg", Outcome.IMAGE_ONLY),
        (b"II*\x00\x08\x00\x00\x00", ".tif", Outcome.IMAGE_ONLY),
        (b"BM" + struct.pack("<IIII", 70, 0, 54, 40), ".bmp", Outcome.IMAGE_ONLY),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".doc", Outcome.CORRUPT),
        (b"\x00\x01\x02\x03" * 50, ".docx", Outcome.CORRUPT),
        (b"\x00\x01\x02\x03\xff\xfe" * 50, ".txt", Outcome.CORRUPT),
        (b"%PDF-1.7\nnonsense", ".pdf", Outcome.CORRUPT),
    ],
)
def test_a_file_that_gives_no_text_gives_its_reason(data, suffix, outcome):
    """The reason is a code, the text is empty."""
    found = parse(data, suffix)

    assert (outcome, "") == (found.outcome, found.text)


@pytest.mark.parametrize("make", [a_docx, an_xlsx], ids=["docx", "xlsx"])
def test_rel_F1_truncated_packages_are_corrupt(make):
    """Cut anywhere, a package has lost its directory."""
    data = make()

    assert {Outcome.CORRUPT} == {parse(data[: len(data) * n // 10], ".docx").outcome for n in range(1, 10)}


def test_rel_F1_a_truncated_pdf_never_raises():
    """A PDF cut short is mended or corrupt, but answered."""
    data = a_pdf("甲", "乙")

    assert {parse(data[: len(data) * n // 10], ".pdf").outcome for n in range(1, 10)} <= set(Outcome)


def test_a_text_is_cut_at_ten_megabytes_and_says_so():
    """The cut never halves a character."""
    found = parse(("物" * (MOST_TEXT // 3 + 10)).encode(), ".txt")

    assert (MOST_TEXT // 3, True) == (len(found.text), f"cut-at={MOST_TEXT}" in found.note)


def test_text_is_fit_for_any_store():
    """No controls and no lone surrogates leave the reader."""
    found = parse("甲\x01乙\x0c丙\u200b".encode() + "正文".encode() * 100, ".txt")

    assert not set(found.text) & {chr(n) for n in (*range(9), 11, 12, *range(14, 32))}
    assert found.text.startswith("甲乙丙")


# --- sentences ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "kept"), [("zh", "照存"), ("en", "kept")])
def test_every_outcome_has_a_sentence_in_both_languages(language, kept):
    """What happened and what to do next; the original is always kept."""
    told = tomllib.loads(
        resources.files("indexer").joinpath("messages", f"{language}.toml").read_text("utf-8")
    )

    assert {outcome.word for outcome in Outcome} == {key for key in told if key.startswith("extract.")}
    assert all(kept in told[outcome.word] for outcome in Outcome if outcome is not Outcome.TEXT)
