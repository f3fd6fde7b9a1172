"""RTF, letters and archives, and the charsets they are written in."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile

import pytest

from indexer.extract import bundle, rtf
from indexer.extract.charset import declared
from indexer.extract.kinds import Outcome
from indexer.extract.message import unpacked
from indexer.extract.parse import parse
from tests.indexer.compound_samples import a_doc, a_msg, compound, enclosed, facts, squeezed, wide
from tests.indexer.extract_samples import PIXEL
from tests.indexer.office_samples import a_letter, a_zip, an_enclosure, an_rtf, coded, numbered

# --- RTF ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"\f1 " + coded("装修", "gbk") + r"\f0  A-12", "装修 A-12"),
        (r"\f2 " + coded("關於", "big5"), "關於"),
        (r"\f0 " + coded("押金", "gbk"), "押金"),
        (r"\uc2\u25276\'d1\'ba\u37329\'bd\'f0", "押金"),
        (r"\uc0\u25276\u37329", "押金"),
        (r"\u-10187?\u-9138?", "\U0001d44e"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt " + numbered("结果") + "}}", "结果"),
        (r"a\cell b\cell\row c\cell\row", "a\tb\nc"),
        (r"{\b bold{\i deep}}\par next\line last", "bolddeep\nnext\nlast"),
        (r"{\*\unknown secret}{\pict 00ff}{\*\shppict{\pict 00}}seen", "seen"),
        (r"in{\footnote below}side{\*\annotation noted}", "inside\nbelow\nnoted"),
        (r"{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt boxed}}}out", "out\nboxed"),
        (r"kept{\deleted gone}\deleted gone\deleted0  too", "kept too"),
        (r"a\bin4 }}}}b\emdash c\~d\_e\-f\{g\}\\h", "ab—c d-ef{g}\\h"),
        (r"{\upr{first}{\*\ud{second}}}", "second"),
        (r"{\header top\par}page{\footer foot}", "top\npagefoot"),
    ],
)
def test_rtf_gives_what_a_reader_sees(body, text):
    """Charsets of fonts, numbered characters and their stand-ins, fields, tables, notes, deletions, binary."""
    assert text == parse(an_rtf(body), ".rtf").text


def test_rtf_tells_its_title_and_day():
    """From the facts at its head; the table of fonts is no text."""
    found = parse(an_rtf("x"), ".rtf")

    assert ("x", "装修申请", dt.date(2024, 4, 1)) == (found.text, found.title, found.created)


def test_rtf_that_takes_too_long_keeps_what_was_read():
    """Past the patience the rest is left, and the note says so."""
    found = rtf.read(an_rtf("word" + r"{\b }" * 100_000), patience=-1)

    assert Outcome.TEXT == found.outcome
    assert found.note.startswith("bytes-read=")


# --- letters -----------------------------------------------------------------------------------


def test_a_letter_brings_its_enclosures_and_the_letters_within():
    """Enclosed files are read by their kind under their names; a forwarded letter keeps its headers."""
    inner = a_letter(an_enclosure("深处.txt", "深处的字".encode("gbk")), subject="inner", body="内信")
    data = a_letter(
        an_enclosure("申请.doc", a_doc("申请正文")), an_enclosure("现场.png", PIXEL),
        f"Content-Type: message/rfc822\r\n\r\n{inner.decode()}\r\n", body="外信",
    )  # fmt: skip

    found = parse(data, ".eml")

    lines = found.text.split("\n")
    assert {
        "外信",
        "申请.doc",
        "申请正文",
        "现场.png",
        "Subject: inner",
        "内信",
        "深处.txt",
        "深处的字",
    } <= set(lines)
    assert lines.index("申请.doc") + 1 == lines.index("申请正文")
    assert "attachments=3 images=1" == found.note


def test_an_enclosure_that_fails_is_counted_and_the_letter_is_read():
    """The name stays; the reason of the first failure is in the note."""
    locked = compound({"EncryptedPackage": b"x"})

    found = parse(
        a_letter(an_enclosure("密.docx", locked), an_enclosure("明.txt", b"open"), body="信"), ".eml"
    )

    assert {"信", "密.docx", "明.txt", "open"} <= set(found.text.split("\n"))
    assert "attachments=2 unread=1 why=encrypted" == found.note


def test_an_outlook_letter_is_read_with_its_enclosures():
    """Headers, the plain body, an enclosed file, a letter within the letter and what that encloses."""
    inner = {
        **facts(24),
        **wide(p0037="内信", p1000="内信正文"),
        "__attach_version1.0_#00000000": enclosed("深.txt", b"deep"),
    }

    found = parse(
        a_msg(wide(p1000="外信正文"), enclosed("图.txt", "图注".encode("gbk")), inner=inner), ".msg"
    )

    assert [
        "From: 王经理", "To: 全体业主", "Subject: 停水通知", "Date: 2024-04-01", "外信正文", "图.txt", "图注", "转发信",
        "Subject: 内信", "内信正文", "深.txt", "deep",
    ] == found.text.split("\n")  # fmt: skip
    assert ("停水通知", dt.date(2024, 4, 1), "attachments=3") == (found.title, found.created, found.note)


@pytest.mark.parametrize(
    "body",
    [
        {"__substg1.0_1000001E": "押金退还".encode("gbk")},
        {"__substg1.0_10130102": "<html><p>押金<b>退还</b></p></html>".encode("gbk")},
        {"__substg1.0_10090102": squeezed(an_rtf(r"\f1 " + coded("押金退还", "gbk")))},
        {"__substg1.0_10090102": squeezed(rb"{\rtf1\ansi\ansicpg936\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\b\htmlrtf0 " + coded("押金", "gbk").encode() + rb"\htmlrtf junk}\htmlrtf0 " + coded("退还", "gbk").encode() + b"}")},
    ],
    ids=["narrow", "html", "rtf", "html in rtf"],
)  # fmt: skip
def test_an_outlook_letter_is_read_from_whichever_body_it_has(body):
    """Bytes in the code page of the letter, HTML, compressed RTF, and HTML wrapped in RTF."""
    assert "押金退还" == parse(a_msg(body), ".msg").text.split("\n")[-1]


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        ("2d000000 2b000000 4c5a4675 f1c5c7a7 03000a00 72637067 31323542 320af320 68656c09 00206277 05b06c64 7d0a800fa0",
         rb"{\rtf1\ansi\ansicpg1252\pard hello world}" + b"\r\n"),
        ("1a 00 00 00 1c 00 00 00 4c 5a 46 75 e2 d4 4b 51 41 00 04 20 57 58 59 5a 0d 6e 7d 01 0e b0", rb"{\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
        ("10000000030000004d454c4100000000616263", b"abc"),
    ],
    ids=["dictionary", "into itself", "stored"],
)  # fmt: skip
def test_compressed_rtf_unpacks_to_the_examples_of_its_standard(packed, plain):
    """MS-OXRTFCP 4.1.1 and 4.1.2, and RTF that was stored as it is."""
    assert plain == unpacked(bytes.fromhex(packed))


# --- archives ----------------------------------------------------------------------------------


def a_zip_named(name: bytes) -> bytes:
    """One member whose name stands in the archive as these bytes."""
    stand_in = "n" * len(name)
    return a_zip({stand_in: "内容"}).replace(stand_in.encode(), name)


@pytest.mark.parametrize("written", ["gbk", "big5", "utf-8"])
def test_names_in_an_archive_are_read_as_they_were_meant(written):
    """Windows packs names in its own charset and says nothing of it."""
    name = "裝修申請書與圖紙.txt" if written == "big5" else "装修申请书与图纸.txt"

    found = parse(a_zip_named(name.encode(written)), ".zip")

    assert f"{name}\n内容" == found.text


def test_a_name_told_a_second_time_in_unicode_is_believed():
    """The extra field 0x7075 of Info-ZIP, and the flag of UTF-8 that zipfile itself sets."""
    told = "合同.txt".encode()
    entry = zipfile.ZipInfo("ht.txt")
    entry.extra = struct.pack("<HHBI", 0x7075, 5 + len(told), 1, 0) + told

    assert "合同.txt" == bundle.name_of(entry)
    assert "合同.txt\n内容" == parse(a_zip({"合同.txt": "内容"}), ".zip").text


def test_an_archive_is_read_member_by_member_and_failures_are_counted():
    """A damaged, a locked and a foreign member do not cost the others; rubbish of other systems is passed over."""
    data = a_zip({
        "2024/合同.doc": a_doc("合同正文"), "图.png": PIXEL, "坏.docx": b"PK\x03\x04bad", "密.docx": compound({"EncryptedPackage": b"x"}),
        "程序.exe": b"MZ\0\0\1\2" * 40, "__MACOSX/x.txt": b"rubbish", "空.txt": b"",
    })  # fmt: skip

    found = parse(data, ".zip")

    assert "2024/合同.doc\n合同正文\n图.png\n坏.docx\n密.docx\n程序.exe\n空.txt" == found.text
    assert "members=6 images=1 unread=3 why=corrupt" == found.note


@pytest.mark.parametrize(
    ("parts", "outcome"),
    [
        ({"a.png": PIXEL}, Outcome.IMAGE_ONLY),
        ({"a.txt": b""}, Outcome.EMPTY),
        ({}, Outcome.EMPTY),
        ({"a.docx": compound({"EncryptedPackage": b"x"})}, Outcome.ENCRYPTED),
    ],
    ids=["pictures", "empty member", "nothing", "locked member"],
)
def test_an_archive_without_text_says_why(parts, outcome):
    """The reason of its members is its own."""
    assert outcome == parse(a_zip(parts), ".zip").outcome


# --- charsets ----------------------------------------------------------------------------------


def page_of(words: str, charset: str) -> bytes:
    return f"<html><head><meta charset={charset}></head><p>{words}</p></html>".encode(charset)


def letter_of(words: str, charset: str) -> bytes:
    return (
        f"From: a\r\nSubject: b\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode()
        + words.encode(charset)
    )


def tree_of(words: str, charset: str) -> bytes:
    return f"<?xml version='1.0' encoding='{charset}'?><a>{words}</a>".encode(charset)


WRITERS = {".html": page_of, ".eml": letter_of, ".xml": tree_of, ".csv": str.encode}
SIMPLIFIED_BY = ("utf-8", "gb2312", "gbk", "gb18030", "utf-16")
TRADITIONAL_BY = ("utf-8", "gbk", "gb18030", "big5", "utf-16")
WRITTEN = [(words, charset) for words in ("装修保证金退还", "图注") for charset in SIMPLIFIED_BY]
WRITTEN += [(words, charset) for words in ("裝修保證金退還的請示", "關於業主") for charset in TRADITIONAL_BY]


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize(("words", "charset"), WRITTEN)
def test_a_stated_charset_is_believed(words, charset, suffix):
    """Also where the bytes would read as another by chance (图注 in GBK is sound UTF-8)."""
    assert words in parse(WRITERS[suffix](words, charset), suffix).text


def test_believing_sound_utf8_before_the_stated_charset_would_misread():
    """The witness: 图注 in GBK is sound UTF-8, and says nothing."""
    data = "图注".encode("gbk")

    assert "图注" != data.decode("utf-8")
    assert "图注" == declared(data, "gb18030")
    assert "图注" in parse(letter_of("图注", "gbk"), ".eml").text
    assert "图注" == parse(data, ".txt").text


@pytest.mark.parametrize("text", ["café Zürich", "25 m² · 30°", "naïve", "Привет", "Ω±×÷", "©2024 Ünal"])
def test_western_and_cyrillic_utf8_is_not_taken_for_chinese(text):
    """The bytes would read as GB18030 too; what they say decides."""
    assert text == parse(text.encode(), ".txt").text


def test_a_text_beyond_what_is_kept_is_read_up_to_there():
    """Fifty megabytes of one line: the first part is decoded, no character is halved, and the note says so."""
    found = parse("租户".encode() * 8_400_000, ".txt")

    assert {"租", "户"} == set(found.text)
    assert "charset=utf-8 " in found.note
    assert "bytes-read=40000000/50400000" in found.note
