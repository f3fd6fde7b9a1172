"""Real files for the tests of extraction, built when they are asked for."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
import zlib
from base64 import b64encode

import docx
import xlsxwriter
from docx.oxml import parse_xml
from pypdf import PdfReader, PdfWriter
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

CONTENT_TYPES = "[Content_Types].xml"
SIMPLIFIED = "关于A座1203室装修保证金退还的请示。经工程部现场验收，符合装修管理规定，请经理批示。"
TRADITIONAL = "關於裝修保證金退還的請示。經工程部現場驗收，符合裝修管理規定，請經理批示。"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
NAMESPACES = (
    W + ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
)
PIXEL = b"\x89PNG\r\n\x1a\n" + b"".join(
    struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    for kind, body in (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\x80\x80\x80")),
        (b"IEND", b""),
    )
)


# --- building real files -----------------------------------------------------------------------


def a_docx(*xml: str, title: str = "装修申请") -> bytes:
    """A DOCX with header, footer, a table in a table, and the given paragraphs as XML."""
    paper = docx.Document()
    paper.core_properties.title = title
    paper.core_properties.created = dt.datetime(2024, 3, 31, 18, 0)
    paper.sections[0].header.paragraphs[0].text = "页眉甲"
    paper.sections[0].footer.paragraphs[0].text = "页脚丁"
    paper.add_paragraph("正文第一段")
    table = paper.add_table(1, 2)
    table.cell(0, 0).text = "房号"
    inner = table.cell(0, 1).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "内格一", "内格二"
    paper.add_paragraph("正文末段")
    for one in xml:
        paper.element.body.insert(len(paper.element.body) - 1, parse_xml(one))
    return saved(paper)


def saved(paper) -> bytes:
    room = io.BytesIO()
    paper.save(room)
    return room.getvalue()


def with_part(data: bytes, name: str, content: bytes | str, role: str | None = None) -> bytes:
    """The package with one part added or replaced, and registered under its role."""
    room = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            body = old.read(entry)
            if entry == CONTENT_TYPES and role:
                line = f'<Override PartName="/{name}" ContentType="application/vnd.x.{role}"/></Types>'
                body = body.replace(b"</Types>", line.encode())
            if entry != name:
                new.writestr(entry, body)
        new.writestr(name, content)
    return room.getvalue()


def a_pdf(*pages: str, title: str = "物业服务合同") -> bytes:
    """A PDF with Chinese text; a page given as "" carries only a picture."""
    if "STSong-Light" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    room = io.BytesIO()
    canvas = Canvas(room, invariant=True)
    canvas.setTitle(title)
    for text in pages:
        canvas.setFont("STSong-Light", 12)
        if text:
            canvas.drawString(72, 700, text)
        else:
            canvas.drawImage(ImageReader(io.BytesIO(PIXEL)), 0, 0, 500, 700)
        canvas.showPage()
    canvas.save()
    return room.getvalue()


def locked(data: bytes, password: str) -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(data)))
    writer.encrypt(password, "owner", algorithm="AES-256")
    room = io.BytesIO()
    writer.write(room)
    return room.getvalue()


def an_xlsx() -> bytes:
    room = io.BytesIO()
    book = xlsxwriter.Workbook(room, {"in_memory": True})
    book.set_properties({"title": "租户台账", "created": dt.datetime(2025, 1, 2, 3, 4)})
    sheet = book.add_worksheet("租户")
    sheet.write_row(0, 0, ["户名", "面积", "起租日"])
    sheet.write_row(1, 0, ["晨光贸易", 120.0])
    sheet.write_datetime(1, 2, dt.datetime(2024, 5, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
    book.add_worksheet("空表")
    book.close()
    return room.getvalue()


EML = (
    "From: =?gb2312?B?{who}?= <a@example.com>\r\nTo: b@example.com\r\nSubject: =?utf-8?B?{what}?=\r\n"
    "Date: Sun, 31 Mar 2024 23:30:00 +0000\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n'
    'Content-Type: multipart/alternative; boundary="y"\r\n\r\n'
    "--y\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}\r\n"
    "--y\r\nContent-Type: text/html\r\n\r\n<p>HTMLBODY</p>\r\n--y--\r\n"
    "--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''%E5%9B%BE.pdf\r\n\r\n"
    "x\r\n--x--\r\n"
)


def an_eml() -> bytes:
    coded = {
        "who": b64encode("王经理".encode("gbk")).decode(),
        "what": b64encode("停水通知".encode()).decode(),
        "body": b64encode(SIMPLIFIED.encode("gbk")).decode(),
    }
    return EML.format(**coded).encode()


def a_bomb(part: str = "word/document.xml", size: int = 100 * 1024 * 1024) -> bytes:
    """A DOCX of some 100 KiB whose body unpacks to *size* bytes."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bomb:
        bomb.writestr(CONTENT_TYPES, "<Types/>")
        with bomb.open(part, "w") as body:
            for _ in range(size // 1024 // 1024):
                body.write(b"a" * 1024 * 1024)
    return room.getvalue()


def many_entries(count: int) -> bytes:
    """A zip of *count* empty entries, written by hand since zipfile would take its time."""
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + b"a"
    line = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0)
    listing = b"".join(line + b"%07d" % number for number in range(count))
    far = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(listing), len(local))
    far += struct.pack("<4sIQI", b"PK\x06\x07", 0, len(local) + len(listing), 1)
    near = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(listing), len(local), 0)
    return local + listing + far + near


def lying_zip() -> bytes:
    """A DOCX whose body declares ten bytes and unpacks to many more."""
    body = b"<a>" + b"x" * 1_000_000 + b"</a>"
    data = bytearray(with_part(a_docx(), "word/document.xml", body))
    size = struct.pack("<I", len(body))
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = struct.pack("<I", 10)
    return bytes(data)
