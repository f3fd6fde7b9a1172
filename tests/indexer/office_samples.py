"""Slides, OpenDocument, OFD, RTF, letters and archives for the tests, built when they are asked for."""

from __future__ import annotations

import io
import zipfile
from base64 import b64encode
from xml.sax.saxutils import escape

PARAGRAPH = (
    "租户王晓明（A座1203室）于2024年5月1日缴纳装修保证金人民币28,000.00元，合同编号HT-2019-0032；"
    "業主陳嘉欣女士已於二〇二五年三月八日結清水電費，車牌粵B12K3N。"
)
"""Names, a unit, dates in two forms, an amount, a code, both ways of writing; all invented."""
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = f'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="{RELATIONS}" {A}'


def a_zip(parts: dict[str, str | bytes]) -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body, zipfile.ZIP_STORED if name == "mimetype" else None)
    return room.getvalue()


# --- PPTX --------------------------------------------------------------------------------------


def related(*parts: tuple[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="r{number}" Type="{RELATIONS}/{role}" Target="{target}"/>'
        for number, (role, target) in enumerate(parts, 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'


def shape(text: str, place: str = "body") -> str:
    return (
        f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{place}"/></p:nvPr></p:nvSpPr>'
        f"<p:txBody><a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def slide(*shapes: str) -> str:
    return f"<p:sld {P}><p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld></p:sld>"


TABLE = (
    "<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
)


def table(*rows: tuple[str, ...]) -> str:
    cells = "".join(
        "<a:tr>"
        + "".join(
            f"<a:tc><a:txBody><a:p><a:r><a:t>{cell}</a:t></a:r></a:p></a:txBody></a:tc>" for cell in row
        )
        + "</a:tr>"
        for row in rows
    )
    return TABLE.format(cells)


def group(*shapes: str) -> str:
    return f"<p:grpSp>{''.join(shapes)}</p:grpSp>"


def a_pptx(*slides: str, notes: str = "", chart: str = "") -> bytes:
    """A PPTX that shows its slides in the reverse order of their file names; notes and a chart are of the first shown."""
    count = len(slides)
    names = [f"slide{count - number}.xml" for number in range(count)]
    order = "".join(f'<p:sldId id="{256 + number}" r:id="r{number}"/>' for number in range(1, count + 1))
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/ppt/presentation.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"/></Types>',
        "ppt/presentation.xml": f"<p:presentation {P}><p:sldIdLst>{order}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": related(*(("slide", f"slides/{name}") for name in names)),
        **{f"ppt/slides/{name}": body for name, body in zip(names, slides, strict=True)},
    }
    if count:
        parts[f"ppt/slides/_rels/{names[0]}.rels"] = related(
            ("notesSlide", "../notesSlides/notesSlide1.xml"), ("chart", "/ppt/charts/chart1.xml")
        )
    if notes:
        parts["ppt/notesSlides/notesSlide1.xml"] = slide(shape(notes), shape("7", "sldNum")).replace(
            "p:sld", "p:notes"
        )
    if chart:
        c = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
        held = f"<c:cat><c:strRef><c:f>Sheet1!$A$1</c:f><c:strCache><c:pt><c:v>{chart}</c:v></c:pt></c:strCache></c:strRef></c:cat>"
        parts["ppt/charts/chart1.xml"] = (
            f"<c:chartSpace {c}>{held}<c:val><c:numCache><c:v>4.3</c:v></c:numCache></c:val></c:chartSpace>"
        )
    return a_zip(parts)


# --- OpenDocument ------------------------------------------------------------------------------

ODF = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("style", "style"),
        ("meta", "meta"), ("presentation", "presentation"), ("manifest", "manifest"),
    )
) + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip
META = f"<office:document-meta {ODF}><office:meta><dc:title>装修申请</dc:title><meta:creation-date>2024-04-01T08:00:00.123456789</meta:creation-date></office:meta></office:document-meta>"


def an_open(kind: str, body: str, **parts: str) -> bytes:
    """An OpenDocument package; *kind* is `text`, `spreadsheet` or `presentation`, *parts* are files by their stem."""
    return a_zip({
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": f"<office:document-content {ODF}><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        "meta.xml": META,
        "META-INF/manifest.xml": f"<manifest:manifest {ODF}/>",
        **{f"{name}.xml": text for name, text in parts.items()},
    })  # fmt: skip


def an_odt(*paragraphs: str, styles: str = "") -> bytes:
    body = "".join(f"<text:p>{one}</text:p>" for one in paragraphs)
    held = f"<office:document-styles {ODF}><office:master-styles>{styles}</office:master-styles></office:document-styles>"
    return an_open("text", body, styles=held)


def cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def an_ods(*cells: str, sheet: str = "台账", rows: str = "1") -> bytes:
    line = f'<table:table-row table:number-rows-repeated="{rows}">{"".join(cells)}</table:table-row>'
    return an_open("spreadsheet", f'<table:table table:name="{sheet}">{line}</table:table>')


# --- OFD ---------------------------------------------------------------------------------------

OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def run(left: float, top: float, words: str, width: float = 20, size: float = 4) -> str:
    return f'<ofd:TextObject Boundary="{left} {top} {width} 5" Size="{size}"><ofd:TextCode X="0" Y="4">{words}</ofd:TextCode></ofd:TextObject>'


def an_ofd_page(*things: str, template: str = "") -> str:
    under = f'<ofd:Template TemplateID="{template}"/>' if template else ""
    return f"<ofd:Page {OFD}>{under}<ofd:Content><ofd:Layer>{''.join(things)}</ofd:Layer></ofd:Content></ofd:Page>"


def an_ofd(*pages: str, template: str = "", listed: int = 1, **parts: str) -> bytes:
    """An OFD; *listed* is how often each page is listed, *parts* are files by their stem."""
    places = "".join(
        f'<ofd:Page ID="{number}" BaseLoc="Pages/Page_{number}/Content.xml"/>' * listed
        for number in range(len(pages))
    )
    lain = '<ofd:TemplatePage ID="t1" BaseLoc="/Doc_0/Tpls/Content.xml"/>' if template else ""
    info = "<ofd:DocInfo><ofd:Title>装修申请</ofd:Title><ofd:CreationDate>2024-04-01</ofd:CreationDate></ofd:DocInfo>"
    return a_zip({
        "OFD.xml": f"<ofd:OFD {OFD}><ofd:DocBody>{info}<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {OFD}><ofd:CommonData>{lain}</ofd:CommonData><ofd:Pages>{places}</ofd:Pages></ofd:Document>",
        **{f"Doc_0/Pages/Page_{number}/Content.xml": page for number, page in enumerate(pages)},
        **({"Doc_0/Tpls/Content.xml": template} if template else {}),
        **{f"{name}.xml": text for name, text in parts.items()},
    })  # fmt: skip


# --- RTF ---------------------------------------------------------------------------------------


def coded(text: str, charset: str) -> str:
    """The text as hexadecimal bytes, as Word writes it."""
    return "".join(
        one if one.isascii() else "".join(f"\\'{byte:02x}" for byte in one.encode(charset)) for one in text
    )


def numbered(text: str) -> str:
    r"""The text as `\u` numbers with a question mark for old readers."""
    units = text.encode("utf-16-le")
    pairs = (int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2))
    return "".join(f"\\u{unit}?" for unit in pairs)


def an_rtf(body: str, page: int = 936) -> bytes:
    fonts = r"{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset134 \'cb\'ce\'cc\'e5;}{\f2\fnil\fcharset136 PMingLiU;}}"
    return (
        rf"{{\rtf1\ansi\ansicpg{page}\deff0{fonts}{{\info{{\title {coded('装修申请', 'gbk')}}}{{\creatim\yr2024\mo4\dy1\hr8}}}}"
        + body
        + "}"
    ).encode("ascii")


# --- letters -----------------------------------------------------------------------------------


def an_enclosure(name: str, data: bytes) -> str:
    quoted = b64encode(name.encode()).decode()
    return (
        f'Content-Type: application/octet-stream; name="=?utf-8?B?{quoted}?="\r\nContent-Disposition: attachment\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{b64encode(data).decode()}\r\n"
    )


def a_letter(*parts: str, subject: str = "notice", body: str = "body") -> bytes:
    """An e-mail of a plain body and further parts."""
    told = [f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n", *parts]
    head = f'From: a@example.com\r\nTo: b@example.com\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{subject}"\r\n\r\n'
    return (head + "".join(f"--{subject}\r\n{part}" for part in told) + f"--{subject}--\r\n").encode()
