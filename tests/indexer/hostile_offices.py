"""Files of the office formats built to harm or mislead: what each claims, and how reading it may end."""

from __future__ import annotations

import io
import struct
import zipfile

from indexer.extract.kinds import Outcome
from tests.indexer.compound_samples import a_doc, a_doc95, a_msg, an_xls, facts, squeezed, wide
from tests.indexer.compound_samples import compound as compounded
from tests.indexer.compound_samples import enclosed as an_enclosed
from tests.indexer.extract_samples import SIMPLIFIED, a_bomb, many_entries
from tests.indexer.office_samples import (
    OFD,
    a_letter,
    a_pptx,
    a_zip,
    an_enclosure,
    an_ods,
    an_odt,
    an_ofd,
    an_ofd_page,
    cell,
    run,
    shape,
    slide,
)


def changed(data: bytes, place: int, form: str, *values: int) -> bytes:
    """The bytes with some numbers overwritten."""
    room = bytearray(data)
    struct.pack_into(form, room, place, *values)
    return bytes(room)


def header_of(doc: bytes) -> int:
    """Where the FIB of a DOC begins."""
    return doc.index(struct.pack("<HH", 0xA5EC, 193))


def with_fib(place: int, form: str, *values: int) -> bytes:
    doc = a_doc(SIMPLIFIED, narrow="HT-2019")
    return changed(doc, header_of(doc) + place, form, *values)


def with_pieces(*pieces: tuple[int, int, int]) -> bytes:
    return a_doc(SIMPLIFIED * 200, pieces=list(pieces))


def directory_of(data: bytes) -> int:
    return 512 + 512 * struct.unpack_from("<I", data, 48)[0]


def with_line(number: int, place: int, form: str, *values: int) -> bytes:
    """A DOC with one line of its directory changed."""
    doc = a_doc(SIMPLIFIED * 200)
    return changed(doc, directory_of(doc) + 128 * number + place, form, *values)


def fat_loop() -> bytes:
    """A DOC whose main stream runs in a circle and claims four gigabytes."""
    doc = with_line(1, 120, "<Q", 0xFFFF_F000)
    tables = 512 + 512 * struct.unpack_from("<I", doc, 76)[0]
    return changed(doc, tables, "<2I", 1, 0)


def siblings(count: int) -> bytes:
    return compounded({**{f"s{number}": b"" for number in range(count)}, "WordDocument": b"x"})


def deep_storages(depth: int) -> bytes:
    tree: dict = {"WordDocument": b"x"}
    for number in range(depth):
        tree = {f"d{number}": tree}
    return compounded(tree)


def zipped(depth: int, data: bytes = SIMPLIFIED.encode()) -> bytes:
    body, name = data, "底.txt"
    for number in range(depth):
        body, name = a_zip({name: body}), f"{number}.zip"
    return body


def many_zips(levels: int, wide_: int = 16) -> bytes:
    """The shape of 42.zip: archives of archives, a bomb at the bottom."""
    body, name = a_bomb("a.txt", size=101 * 1024 * 1024), "b.zip"
    for number in range(levels):
        body, name = a_zip({f"{number}-{one}-{name}": body for one in range(wide_)}), f"{number}.zip"
    return body


def overlapping(count: int = 600, size: int = 1024 * 1024) -> bytes:
    """One compressed member listed many times over, so that little unpacks to much."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0", b"a" * size)
        first = archive.infolist()[0]
        for number in range(1, count):
            again = zipfile.ZipInfo(str(number))
            for field in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(again, field, getattr(first, field))
            archive.filelist.append(again)
    return room.getvalue()


def locked_zip() -> bytes:
    """Every member asks for a password."""
    data = bytearray(a_zip({"a.txt": b"x" * 40, "b.txt": b"y" * 40}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            data[at + place] |= 1
    return bytes(data)


def nested_letters(depth: int) -> bytes:
    body = a_letter(subject="bottom", body="底")
    for number in range(depth):
        body = a_letter(f"Content-Type: message/rfc822\r\n\r\n{body.decode()}\r\n", subject=f"s{number}")
    return body


def letters_in_letters(depth: int) -> bytes:
    tree: dict = {**facts(24), **wide(p1000="底")}
    for _ in range(depth):
        tree = {
            **facts(24),
            **wide(p1000="层"),
            "__attach_version1.0_#00000000": {**facts(8), "__substg1.0_3701000D": tree},
        }
    return a_msg({}, inner=tree)


def bomb_part(kind: str) -> bytes:
    """An OpenDocument file whose content is 100 MiB of blanks."""
    return a_zip(
        {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": b" " * 100 * 1024 * 1024}
    )


def laughing(body: str) -> str:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>{body}'


DEEP = 100_000
END = {
    Outcome.CORRUPT,
    Outcome.OVERSIZED,
    Outcome.UNSUPPORTED,
    Outcome.EMPTY,
    Outcome.ENCRYPTED,
    Outcome.TIMED_OUT,
}
ANY = set(Outcome)
HOSTILE = {
    # OLE: tables, chains, directory
    "ole fat loop": (".doc", fat_loop, END),
    "ole stream beyond the file": (".doc", lambda: with_line(1, 120, "<Q", 0x7FFF_FFFF), END),
    "ole stream of 2^63": (".doc", lambda: with_line(1, 120, "<Q", 1 << 63), END),
    "ole directory circle": (".doc", lambda: with_line(1, 68, "<I", 1), ANY),
    "ole directory out of range": (".doc", lambda: with_line(1, 72, "<I", 99_999), ANY),
    "ole child of itself": (".doc", lambda: with_line(0, 76, "<I", 0), ANY),
    "ole million tables": (".doc", lambda: changed(a_doc("甲"), 44, "<I", 1_000_000), END),
    "ole difat loop": (".doc", lambda: changed(a_doc("甲"), 68, "<2I", 0, 0xFFFF_FFFF), END),
    "ole mini table lies": (".doc", lambda: changed(a_doc("甲"), 64, "<I", 0xFFFF_FFFF), END),
    "ole sector of 2^60": (".doc", lambda: changed(a_doc("甲"), 30, "<H", 60), END),
    "ole thousands of siblings": (".doc", lambda: siblings(3000), END),
    "ole storages 900 deep": (".doc", lambda: deep_storages(900), END),
    "ole cut short": (".doc", lambda: a_doc(SIMPLIFIED * 99)[:1500], END),
    "ole header alone": (".xls", lambda: a_doc("甲")[:512], END),
    # DOC
    "doc piece outside": (".doc", lambda: with_pieces((0, 50, 0x3FFF_FF00)), END),
    "doc pieces without end": (".doc", lambda: with_pieces(*[(n % 2 * 900, 900 - n % 2 * 900, 2048) for n in range(40)]), ANY),
    "doc piece of 2^31": (".doc", lambda: with_pieces((0, 0x7FFF_FFFF, 2048)), ANY),
    "doc stories of 2^32": (".doc", lambda: with_fib(76, "<8I", *[0xFFFF_FFFF] * 8), ANY),
    "doc clx outside": (".doc", lambda: with_fib(154 + 8 * 33, "<2I", 0xFFFF_0000, 99), END),
    "doc clx of nothing": (".doc", lambda: with_fib(154 + 8 * 33, "<2I", 0, 0), END),
    "doc header counts lie": (".doc", lambda: with_fib(32, "<H", 0xFFFF), END),
    "doc runs outside": (".doc", lambda: with_fib(154 + 8 * 12, "<2I", 0, 0xFFFF_FFFF), END),
    "doc without its table": (".doc", lambda: with_fib(10, "<H", 0), END),
    "doc 95 that ends before it begins": (".doc", lambda: changed(d := a_doc95("甲"), d.index(b"\xdc\xa5") + 0x18, "<2I", 9, 3), END),
    "doc fields 100,000 deep": (".doc", lambda: a_doc("\x13" * DEEP + "底" + "\x15" * DEEP), ANY),
    # XLS, ODS
    "xls shared strings lie": (".xls", lambda: an_xls("甲", strings=0x7FFF_FFFF), ANY),
    "xls sheet outside": (".xls", lambda: changed(x := an_xls("甲"), x.index(b"\x85\x00") + 4, "<I", 0xFFFF_FFF0), ANY),
    "ods 2^31 columns": (".ods", lambda: an_ods(cell("甲", 'table:number-columns-repeated="2147483648"')), {Outcome.OVERSIZED}),
    "ods 2^31 rows": (".ods", lambda: an_ods(cell("甲"), rows="2147483648"), {Outcome.OVERSIZED}),
    "ods without content": (".ods", lambda: a_zip({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), {Outcome.CORRUPT}),
    # PPT, PPTX
    "ppt lengths lie": (".ppt", lambda: compounded({"PowerPoint Document": struct.pack("<HHI", 0, 0x0FA0, 0xFFFF_FFFF) * 600}), ANY),
    "ppt containers 100,000 deep": (".ppt", lambda: compounded({"PowerPoint Document": struct.pack("<HHI", 0xF, 0x03EE, 0xFFFF) * DEEP}), END),
    "pptx slide of itself": (".pptx", lambda: a_pptx(*[slide(shape("甲"))] * 3, notes="x"), ANY),
    "pptx shapes 100,000 deep": (".pptx", lambda: a_pptx("<p:sld>" + "<p>" * DEEP + "</p>" * DEEP + "</p:sld>"), END),
    "pptx laughs": (".pptx", lambda: a_pptx(laughing(slide(shape("&l9;")))), END),
    # OpenDocument
    "odt bomb": (".odt", lambda: bomb_part("text"), {Outcome.OVERSIZED}),
    "odt laughs": (".odt", lambda: a_zip({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": laughing("<a>&l9;</a>")}), END),
    "odt paragraphs 100,000 deep": (".odt", lambda: an_odt("<text:span>" * DEEP + "底" + "</text:span>" * DEEP), END),
    "odt a billion blanks": (".odt", lambda: an_odt('前<text:s text:c="999999999"/>后'), {Outcome.TEXT}),
    # RTF
    "rtf groups 100,000 deep": (".rtf", lambda: b"{\\rtf1 " + b"{" * DEEP + b"}" * DEEP, {Outcome.OVERSIZED}),
    "rtf bin lies": (".rtf", lambda: b"{\\rtf1 a\\bin2147483647 b}", ANY),
    "rtf bin below nothing": (".rtf", lambda: b"{\\rtf1 a\\bin-5 b}", {Outcome.TEXT}),
    "rtf closes too often": (".rtf", lambda: b"{\\rtf1 a}}}}}}", {Outcome.TEXT}),
    "rtf never closes": (".rtf", lambda: b"{\\rtf1 " + b"{\\b " * 9000, ANY),
    "rtf huge numbers": (".rtf", lambda: b"{\\rtf1 \\u99999999999999999999?\\uc9999999999 \\u-99999999?a\\ansicpg99999 \\f4294967295 b}", ANY),
    "rtf lone halves of characters": (".rtf", lambda: b"{\\rtf1 \\u-10187?\\u-10187?x}", ANY),
    "rtf a font for every byte": (".rtf", lambda: b"{\\rtf1{\\fonttbl" + b"{\\f1\\fcharset130 a;}" * 50_000 + b"}\\f1 \\'b1\\'ed}", ANY),
    # letters
    "eml of 10,000 parts": (".eml", lambda: a_letter(*["Content-Type: text/plain\r\n\r\nx\r\n"] * 10_000), {Outcome.TEXT}),
    "eml letters 200 deep": (".eml", lambda: nested_letters(200), ANY),
    "eml with a bomb": (".eml", lambda: a_letter(an_enclosure("b.docx", a_bomb())), {Outcome.TEXT}),
    "msg letters 20 deep": (".msg", lambda: letters_in_letters(20), {Outcome.TEXT}),
    "msg rtf without mark": (".msg", lambda: a_msg({"__substg1.0_10090102": b"x" * 99}), END),
    "msg rtf that claims 4 GiB": (".msg", lambda: a_msg({"__substg1.0_10090102": changed(squeezed(b"{\\rtf1 a}"), 4, "<I", 0xFFFF_FFFF)}), ANY),
    "msg a bomb enclosed": (".msg", lambda: a_msg(wide(p1000="信"), an_enclosed("a.zip", a_bomb("a.txt"))), {Outcome.TEXT}),
    # OFD
    "ofd 100,000 pages": (".ofd", lambda: an_ofd(an_ofd_page(run(1, 1, "页")), listed=DEEP), {Outcome.TEXT}),
    "ofd page outside": (".ofd", lambda: a_zip({"OFD.xml": f"<ofd:OFD {OFD}><ofd:DocBody><ofd:DocRoot>../../etc/passwd</ofd:DocRoot></ofd:DocBody></ofd:OFD>"}), {Outcome.CORRUPT}),
    "ofd numbers that are none": (".ofd", lambda: an_ofd(an_ofd_page(run(float("nan"), float("inf"), "甲"), run(1e300, -1e300, "乙"))), {Outcome.TEXT}),
    "ofd without document": (".ofd", lambda: a_zip({"OFD.xml": f"<ofd:OFD {OFD}><ofd:DocBody/></ofd:OFD>"}), END),
    "ofd laughs": (".ofd", lambda: an_ofd(laughing("<a>&l9;</a>")), END),
    # archives
    "zip 60 deep": (".zip", lambda: zipped(60), {Outcome.OVERSIZED}),
    "zip like 42.zip": (".zip", lambda: many_zips(3, 7), {Outcome.OVERSIZED}),
    "zip of one member 600 times": (".zip", overlapping, ANY),
    "zip of 20,000 names": (".zip", lambda: many_entries(20_000), {Outcome.OVERSIZED}),
    "zip with passwords": (".zip", locked_zip, {Outcome.ENCRYPTED}),
    "zip climbing names": (".zip", lambda: a_zip({"../../etc/passwd": b"x", "/root/x": b"y"}), {Outcome.CORRUPT}),
    "zip that is damaged": (".zip", lambda: a_zip({"a.txt": SIMPLIFIED})[:-30], {Outcome.CORRUPT}),
    # characters
    "html 100,000 deep": (".html", lambda: b"<html>" + b"<div><span>" * DEEP + "底".encode(), ANY),
    "html unclosed comments": (".html", lambda: b"<html>" + b"<!--" * DEEP, ANY),
    "xml 100,000 deep": (".xml", lambda: b"<?xml version='1.0'?>" + b"<a>" * DEEP, ANY),
    "xml laughs": (".xml", lambda: ("<?xml version='1.0'?>" + laughing("<x>&l9;</x>")).encode(), ANY),
    "csv of one line of 12 MB": (".csv", lambda: "甲,".encode() * 3_000_000, {Outcome.TEXT}),
    "txt of nothing but marks": (".txt", lambda: b"\xef\xbb\xbf" * DEEP, ANY),
}  # fmt: skip
