"""PDF by two readers and a garbage score: the better reading stands, nonsense never enters the index."""

from __future__ import annotations

import io
import logging

import pypdf
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from indexer.extract import Extractor, garble, pdf, pdf_engines
from indexer.extract.kinds import Outcome
from indexer.extract.pdf_engines import Page
from tests.indexer.extract_samples import PIXEL, SIMPLIFIED, TRADITIONAL, a_pdf, locked
from tests.indexer.pdf_samples import a_file, a_page, by_number, in_font, stream

PRIVATE = "".join(chr(0xE000 + n) for n in range(40))
WORDS = "物业服务合同第三条押金A座1203室"


# --- the score ---------------------------------------------------------------------------------

CLEAN = {
    "simplified": SIMPLIFIED,
    "traditional": TRADITIONAL,
    "English": "Deed of Assignment, Café Zürich (Naïve & Co.), £1,200.50 — 28 °C",
    "figures": "１２０３ ①②㈠ ￥28,000.00 ㎡ ℃ ☑□■ ×÷±≤ ½ Ⅲ",
    "kana": "カタカナの見積書",
    "radicals": "⼀般条款⾦额",
    "nothing": "",
    "spaces": " \n\u3000",
}
GARBAGE = {
    "GB bytes as UTF-16": WORDS.encode("gbk").decode("utf-16-be", "replace"),
    "GB bytes as Latin": WORDS.encode("gbk").decode("latin-1"),
    "private use": PRIVATE,
    "replacement": "\ufffd" * 9 + "合同",
    "controls": "\x01\x02\x03\x04\x05合",
    "rare planes": "".join(chr(0x28000 + 7 * n) for n in range(20)),
    "rare ideographs": "".join(chr(0x9000 + 37 * n) for n in range(20)) * 2 + "\ue001",
    "unassigned": "\u0378\u0379" * 4,
    "stray marks": " \u0301 \u0302 \u0303",
    "strange scripts": "ཀཁགངཅཆཇཉ ꀀꀁꀂꀃ ᚠᚢᚦ",
}


@pytest.mark.parametrize("name", CLEAN)
def test_office_writing_scores_as_clean(name):
    """Chinese of both scripts, English, figures and signs of the trade."""
    assert garble.garbage(CLEAN[name]) <= garble.CLEAN
    assert garble.worth(CLEAN[name]) == len("".join(CLEAN[name].split()))


@pytest.mark.parametrize("name", GARBAGE)
def test_what_broken_fonts_give_scores_as_garbage(name):
    """Hangul, private use, replacements, controls, rare ideographs, western letters in a row."""
    assert garble.garbage(GARBAGE[name]) > 0.3
    assert garble.worth(GARBAGE[name]) < len(GARBAGE[name]) / 2


@pytest.mark.parametrize("name", sorted(set(GARBAGE) - {"rare ideographs"}))
def test_garbage_alone_is_worth_less_than_nothing(name):
    """So an empty reading is preferred to it."""
    assert garble.better(GARBAGE[name], "") == ("" if garble.worth(GARBAGE[name]) < 0 else GARBAGE[name])
    assert garble.better(GARBAGE[name], SIMPLIFIED) == SIMPLIFIED


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        (SIMPLIFIED, SIMPLIFIED, SIMPLIFIED),
        (SIMPLIFIED, "", SIMPLIFIED),
        ("", SIMPLIFIED, SIMPLIFIED),
        (SIMPLIFIED + "\ufffd", SIMPLIFIED, SIMPLIFIED),
        (SIMPLIFIED * 9 + "\ue000" * 3, "页", SIMPLIFIED * 9 + "\ue000" * 3),
        ("业主：㐱𠮷先生", "业主：先生", "业主：㐱𠮷先生"),
        (PRIVATE, "押金", "押金"),
    ],
    ids=[
        "alike",
        "second empty",
        "first empty",
        "one slip",
        "long with slips",
        "rare names",
        "short but sound",
    ],
)
def test_the_longer_sound_reading_is_the_better(first, second, stands):
    """A slip or a rare name does not cost a text; of equals the first."""
    assert stands == garble.better(first, second)


def test_a_score_of_unreadable_characters_alone_would_be_deceived():
    """The witness: Hangul is assigned, printable and a letter; only knowing what offices write tells."""
    hangul = in_hangul(WORDS)

    assert all(one.isprintable() and one.isalnum() for one in hangul)
    assert garble.garbage(hangul) > 0.5
    assert garble.worth(hangul) < 0


def in_hangul(text: str) -> str:
    """What pypdf makes of GBKp: those pairs of GB bytes that are Hangul as UTF-16."""
    wrong = "".join(text.split("A")[0]).encode("gbk").decode("utf-16-be", "replace")
    return "".join(one for one in wrong if one.isalnum())


# --- fonts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("GBKp-EUC-H", "gbk"),
        ("GBKp-EUC-V", "gbk"),
        ("GBK-EUC-H", "gbk"),
        ("GB-EUC-H", "gb2312"),
        ("GBpc-EUC-H", "gb2312"),
        ("GBK2K-H", "gb18030"),
        ("UniGB-UCS2-H", "utf-16-be"),
        ("UniGB-UTF16-H", "utf-16-be"),
    ],
)
def test_every_chinese_encoding_of_fonts_is_read(encoding, charset):
    """What Word, WPS and old printer drivers wrote."""
    found = pdf.read(in_font(WORDS.encode(charset), encoding))

    assert (Outcome.TEXT, WORDS, "") == (found.outcome, found.text, found.note)


def test_pypdf_alone_turns_GBKp_into_hangul():
    """The witness: the usual reader gives Hangul without a word; the score sees it."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    usual = pypdf.PdfReader(io.BytesIO(in_font(WORDS.encode("gbk"), "GBKp-EUC-H"))).pages[0].extract_text()

    assert any("\uac00" <= one <= "\ud7a3" for one in usual)
    assert garble.worth(usual) < 0


def test_text_of_a_broken_font_is_left_out_and_named():
    """Private-use characters are no words: the page counts as garbled, nothing of it is kept."""
    found, sound = pdf.read(by_number(WORDS, PRIVATE[: len(WORDS)])), pdf.read(by_number(WORDS, WORDS))

    assert (Outcome.GARBLED, "", "garbled-pages=1/1") == (found.outcome, found.text, found.note)
    assert (Outcome.TEXT, WORDS) == (sound.outcome, sound.text)


class Told:
    """A reader that says what it was given, page by page."""

    def __init__(self, *pages: Page) -> None:
        self._pages, self.count, self.asked = pages, len(pages), []

    def page(self, number: int) -> Page:
        self.asked.append(number)
        return self._pages[number]


@pytest.mark.parametrize(
    ("first", "second", "stands", "asked"),
    [
        (Page("合同"), Page("另一份"), Page("合同"), False),
        (Page(scanned=True), Page("另一份"), Page(scanned=True), False),
        (Page(PRIVATE), Page("合同"), Page("合同"), True),
        (Page(), Page("合同"), Page("合同"), True),
        (Page(fault="PdfiumError"), Page("合同"), Page("合同"), True),
        (Page(fault="PdfiumError"), Page(fault="KeyError"), Page(fault="PdfiumError"), True),
        (Page(fault="PdfiumError"), Page(scanned=True), Page(scanned=True), True),
        (Page(), Page(fault="KeyError"), Page(fault="KeyError"), True),
        (Page("合同" + "\ufffd"), Page("컯튵럾"), Page("合同" + "\ufffd"), True),
    ],
)
def test_the_second_reader_is_asked_only_about_a_doubtful_page(first, second, stands, asked):
    """Empty, garbled or a fault; what the better of both said stands."""
    other = Told(second)

    assert stands == pdf._chosen(first, 0, lambda: other)
    assert ([0] if asked else []) == other.asked


def test_a_file_only_pypdf_mends_is_read():
    """pdfium objects to a header far into the file."""
    late = a_page(
        stream(b"BT /F1 12 Tf 72 700 Td (deed of assignment) Tj ET"), head=b"x" * 1500 + b"%PDF-1.7\n"
    )

    with pytest.raises(Exception, match="Data format"):
        pdf_engines.Pdfium(late)
    assert "deed of assignment" == pdf.read(late).text


# --- pages -------------------------------------------------------------------------------------


def scanned(stamp: str = "", *, share: float = 1.0) -> bytes:
    """A page with a picture over that share of it and a stamp."""
    room = io.BytesIO()
    canvas = Canvas(room, pagesize=(500, 700), invariant=True)
    canvas.drawImage(ImageReader(io.BytesIO(PIXEL)), 0, 0, 500, 700 * share)
    canvas.drawString(9, 9, stamp)
    canvas.save()
    return room.getvalue()


def outlined(paths: int) -> bytes:
    """A page whose letters are paths."""
    return a_page(stream(b"1 1 m 2 2 l S\n" * paths))


@pytest.mark.parametrize(
    ("data", "outcome", "note"),
    [
        (scanned(), Outcome.IMAGE_ONLY, ""),
        (scanned("Scanned by CamScanner"), Outcome.TEXT, "image-pages=1/1"),
        (scanned("A" * 40), Outcome.TEXT, ""),
        (scanned("Letterhead", share=0.2), Outcome.TEXT, ""),
        (a_pdf("有字", "", "有字", ""), Outcome.TEXT, "image-pages=2/4"),
        (outlined(300), Outcome.IMAGE_ONLY, ""),
        (outlined(3), Outcome.EMPTY, ""),
    ],
    ids=["scan", "scan with a stamp", "scan with its text", "letterhead", "mixed", "outlines", "a few lines"],
)
def test_pages_that_are_pictures_are_counted(data, outcome, note):
    """Also where a scanning program left its stamp; a logo makes no scan."""
    found = pdf.read(data)

    assert (outcome, note) == (found.outcome, found.note)


def test_what_is_typed_into_a_form_or_noted_on_a_page_is_text():
    """Fields and notes are no part of the page's drawing; a reader sees them all the same."""
    data = a_page(
        stream(b"BT /F1 12 Tf 72 700 Td (Tenant) Tj ET"),
        page=b"/Annots[6 0 R 7 0 R 8 0 R 12 0 R]",
        more={
            6: b"<</Type/Annot/Subtype/FreeText/Rect[1 1 99 99]/Contents<FEFF6279793A540C610F>/DA(/F1 12 Tf)>>",
            7: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V<FEFF5F20660E>/Rect[10 210 100 230]/P 3 0 R>>",
            8: b"<</Type/Annot/Subtype/Text/Rect[1 1 9 9]/Contents<FEFF6279793A540C610F>>>",
        },
    )

    assert ["Tenant", "批示同意", "张明"] == pdf.read(data).text.split()


def test_a_word_parted_at_the_end_of_a_line_is_joined_and_a_code_keeps_its_hyphen():
    """pdfium marks such hyphens; the mark itself never reaches the index."""
    parted = a_page(stream(b"BT /F1 12 Tf 72 700 Td (manage-) Tj 0 -14 Td (ment) Tj ET"))

    assert "management" == pdf.read(parted).text


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("D:20240331180000Z", "2024-04-01"),
        ("D:20240331180000+08'00'", "2024-03-31"),
        ("D:20240331233000-05'30", "2024-04-01"),
        ("D:20240331", "2024-03-31"),
        ("D:2024", "2024-01-01"),
        ("D:20241399", None),
        ("D:00000000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_day_of_creation_is_the_office_s(told, day):
    """With or without zone, cut short, or nonsense (ISO 32000-1, 7.9.4)."""
    found = pdf_engines._day(told)

    assert day == (found.isoformat() if found else None)


def test_a_garbled_title_is_no_title():
    """Titles written in GB bytes come out as western letters."""
    sound, garbled = a_pdf("页", title="物业服务合同"), a_pdf("页", title="ÎïÒµ·þÎñºÏÍ¬")

    assert ("物业服务合同", None) == (pdf.read(sound).title, pdf.read(garbled).title)


def test_passwords_are_noticed_by_pdfium_too():
    """All three ways: closed, closed to printing only, open."""
    assert Outcome.ENCRYPTED == pdf.read(locked(a_pdf("密件"), "secret")).outcome
    assert "限制打印" == pdf.read(locked(a_pdf("限制打印"), "")).text


def test_a_file_without_pages_is_answered():
    """An empty page tree is no text, and no exception beyond the parser's own."""
    none = a_file({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Kids[]/Count 0>>"})

    with Extractor() as reader:
        found = reader.extract(none, "a.pdf")

    assert found.outcome in {Outcome.EMPTY, Outcome.CORRUPT}
