"""DOCX complete: whatever stands on the page is read, once, in order; what a reader does not see is not."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.shared import Inches

from indexer.extract.kinds import Outcome
from indexer.extract.parse import parse
from tests.indexer.extract_samples import NAMESPACES, PIXEL, W, a_docx, saved, with_part

STRICT = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
MATHS = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def paragraph(inside: str) -> str:
    return f"<w:p {NAMESPACES} {MATHS}>{inside}</w:p>"


def body_of(*inside: str) -> str:
    """The lines a document of these paragraphs gives, without those of the frame around them."""
    text = parse(a_docx(*map(paragraph, inside)), ".docx").text
    frame = {"页眉甲", "正文第一段", "房号\t内格一\t内格二", "正文末段", "页脚丁"}
    return "\n".join(line for line in text.split("\n") if line not in frame)


def field(kind: str, *, data: str = "") -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}">{data}</w:fldChar></w:r>'


def code(text: str) -> str:
    return f"<w:r><w:instrText>{text}</w:instrText></w:r>"


BOX = "<w:r><w:pict><v:shape><v:textbox><w:txbxContent><w:p>{}</w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
PLAIN = {
    "a hyperlink": ('<w:hyperlink w:anchor="x">' + run("见附件") + "</w:hyperlink>", "见附件"),
    "a content control": ("<w:sdt><w:sdtPr/><w:sdtContent>" + run("业主姓名") + "</w:sdtContent></w:sdt>", "业主姓名"),
    "a prompt": (
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>" + run("单击此处") + "</w:sdtContent></w:sdt>",
        "",
    ),
    "a prompt overruled": (
        '<w:sdt><w:sdtPr><w:showingPlcHdr w:val="0"/></w:sdtPr><w:sdtContent>'
        + run("已填")
        + "</w:sdtContent></w:sdt>",
        "已填",
    ),
    "a smart tag": ('<w:smartTag w:element="date">' + run("2024年3月") + "</w:smartTag>", "2024年3月"),
    "moved here": ("<w:moveTo w:id='1'>" + run("移入") + "</w:moveTo>", "移入"),
    "moved away": ("<w:moveFrom w:id='1'>" + run("移出") + "</w:moveFrom>", ""),
    "inserted": ("<w:ins w:id='1'>" + run("增") + "</w:ins>", "增"),
    "deleted inside an insertion": (
        "<w:ins w:id='1'>" + run("增") + "<w:del w:id='2'><w:r><w:delText>删</w:delText></w:r></w:del></w:ins>",
        "增",
    ),
    "a formula": ("<m:oMath><m:r><m:t>x+y</m:t></m:r></m:oMath>", "x+y"),
    "a gloss": (
        "<w:r><w:ruby><w:rubyPr/><w:rt>" + run("zé") + "</w:rt><w:rubyBase>" + run("责") + "</w:rubyBase></w:ruby></w:r>",
        "责",
    ),
    "signs": ("<w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:softHyphen/><w:t>c</w:t><w:cr/><w:t>d</w:t></w:r>", "a-bc\nd"),
    "a tick": ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>' + run("同意"), "☑同意"),
    "a picture letter": ('<w:r><w:sym w:font="Webdings" w:char="F022"/></w:r>' + run("电话"), "电话"),
    "a symbol of nonsense": ('<w:r><w:sym w:font="Wingdings" w:char="zz"/></w:r>' + run("好"), "好"),
    "a field": (field("begin") + code("DATE") + field("separate") + run("2024-03-31") + field("end"), "2024-03-31"),
    "a field in one": ('<w:fldSimple w:instr="PAGE">' + run("7") + "</w:fldSimple>", "7"),
    "a field in the code of a field": (
        field("begin") + code("IF ") + field("begin") + code("MERGEFIELD x") + field("separate") + run("变量")
        + field("end") + code(" = 1") + field("separate") + run("结果") + field("end") + run("后文"),
        "结果后文",
    ),
    "a field left open": (field("begin") + code("DATE") + run("不丢"), "不丢"),
    "an end without a beginning": (field("end") + run("照读"), "照读"),
    "a box ticked": (
        field("begin", data='<w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData>')
        + code("FORMCHECKBOX") + field("end") + run("已缴"),
        "☑已缴",
    ),
    "a box not ticked": (
        field("begin", data='<w:ffData><w:checkBox><w:default w:val="0"/></w:checkBox></w:ffData>')
        + code("FORMCHECKBOX") + field("end") + run("未缴"),
        "☐未缴",
    ),
    "a choice": (
        field(
            "begin",
            data='<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="甲"/><w:listEntry w:val="乙"/>'
            "</w:ddList></w:ffData>",
        ) + code("FORMDROPDOWN") + field("end"),
        "乙",
    ),
    "a text box in a sentence": (run("前半") + BOX.format(run("框内")) + run("后半"), "前半后半\n框内"),
    "a text box in a text box": (BOX.format(run("外") + BOX.format(run("内"))), "外\n内"),
    "a text box in a field": (
        field("begin") + code("X") + BOX.format(run("框")) + field("separate") + run("果") + field("end"), "果\n框"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_every_construct_of_a_paragraph_is_read_as_it_is_seen(name):
    """Links, controls, revisions, formulas, glosses, signs, fields, form fields, text boxes."""
    inside, seen = PLAIN[name]

    assert seen == body_of(inside)


def test_a_field_left_open_does_not_swallow_the_rest():
    """The witness: read strictly by the rule, everything after the open field is gone."""
    from indexer.extract import docx as ours

    root = docx.oxml.parse_xml(f"<w:body {W}><w:p>{field('begin')}{run('不丢')}</w:p></w:body>")

    assert "不丢" not in ours._Reading().written(root)
    assert "不丢" == ours.text_of(root)


def test_a_row_whose_cells_are_controls_is_one_line():
    """Controls around cells, rows and tables keep the table's shape."""
    cell = f"<w:tc>{paragraph(run('格{}'))}</w:tc>"
    control = f"<w:sdt><w:sdtContent>{cell.format('二')}</w:sdtContent></w:sdt>"
    table = f"<w:tbl {W}><w:tblPr/><w:tr><w:trPr/>{cell.format('一')}{control}</w:tr></w:tbl>"

    assert "格一\t格二" in parse(a_docx(table), ".docx").text.split("\n")


PARTS = [
    ("word/comments.xml", "comments+xml", f"<w:comments {W}><w:comment w:id='1'><w:p>{run('批注己')}</w:p></w:comment></w:comments>"),
    ("word/diagrams/data1.xml", "diagramData+xml",
     ('<d:dataModel xmlns:d="http://x" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
     "<a:p><a:r><a:t>组织</a:t></a:r><a:r><a:t>架构</a:t></a:r></a:p><a:p><a:r><a:t>工程部</a:t></a:r></a:p></d:dataModel>")),
    ("word/charts/chart1.xml", "chart+xml",
     ('<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
     ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:strCache><c:pt idx="0"><c:v>一季度</c:v></c:pt>'
     '<c:pt idx="1"><c:v>二季度</c:v></c:pt></c:strCache></c:chartSpace>')),
]  # fmt: skip


def test_comments_and_drawings_of_their_own_parts_are_read():
    """Comments after the text; organisation charts and diagrams by their words."""
    data = a_docx()
    for name, role, part in PARTS:
        data = with_part(data, name, part, role)

    lines = parse(data, ".docx").text.split("\n")

    assert ["组织架构", "工程部", "一季度", "二季度", "页脚丁", "批注己"] == lines[-6:]


def test_building_blocks_of_the_template_are_not_the_document():
    """The glossary holds what could be inserted, also in headers of its own."""
    part = f"<w:hdr {W}><w:p>{run('样板')}</w:p></w:hdr>"
    data = with_part(a_docx(), "word/glossary/header1.xml", part, "header+xml")
    data = with_part(data, "word/glossary/document.xml", part, "document.glossary+xml")

    assert "样板" not in parse(data, ".docx").text


def recast(data: bytes, changes: dict[bytes, bytes]) -> bytes:
    """Every part with these words replaced."""
    room = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            body = old.read(entry)
            for one, other in changes.items():
                body = body.replace(one, other)
            new.writestr(entry, body)
    return room.getvalue()


@pytest.mark.parametrize(
    "changes",
    [
        {b"http://schemas.openxmlformats.org/wordprocessingml/2006/main": b"http://purl.oclc.org/ooxml/wordprocessingml/main"},
        {b"document.main+xml": b"template.main+xml"},
        {
            b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml":
            b"vnd.ms-word.document.macroEnabled.main+xml"
        },
        {
            b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml":
            b"vnd.ms-word.template.macroEnabledTemplate.main+xml"
        },
        {b'<Override PartName="/word/document.xml"': b'<Override PartName="/word/elsewhere.xml"'},
        {b"<w:": b"<ns0:", b"</w:": b"</ns0:", b"xmlns:w=": b"xmlns:ns0=", b" w:": b" ns0:"},
    ],
    ids=["strict", "template", "with macros", "template with macros", "main part not registered", "other prefix"],
)  # fmt: skip
def test_every_flavour_of_the_format_gives_the_same_text(changes):
    """Strict OOXML (ISO/IEC 29500), templates, macros, careless registration."""
    usual, other = (
        parse(a_docx(paragraph(run("甲方"))), ".docx"),
        recast(a_docx(paragraph(run("甲方"))), changes),
    )

    found = parse(other, ".docx")

    assert Outcome.TEXT == found.outcome
    assert set(usual.text.split("\n")) == set(found.text.split("\n"))


def test_a_document_of_pasted_scans_is_image_only():
    """Nothing but pictures: for character recognition."""
    paper = docx.Document()
    paper.add_picture(io.BytesIO(PIXEL), width=Inches(6))

    assert (Outcome.IMAGE_ONLY, "docx") == (lambda found: (found.outcome, found.kind))(
        parse(saved(paper), ".docx")
    )


# --- hostile -----------------------------------------------------------------------------------


def nested_tables(depth: int) -> str:
    return f"<w:tbl {W}><w:tr><w:tc>" * depth + f"<w:p {W}/>" + "</w:tc></w:tr></w:tbl>" * depth


def with_body(inside: str) -> bytes:
    return with_part(
        a_docx(), "word/document.xml", f"<w:document {NAMESPACES}><w:body>{inside}</w:body></w:document>"
    )


HOSTILE = {
    "tables in tables": lambda: with_body(nested_tables(60)),
    "tables in tables beyond reason": lambda: with_body(nested_tables(5_000)),
    "boxes in boxes": lambda: with_body(("<w:p><w:r><w:txbxContent>" * 60) + ("</w:txbxContent></w:r></w:p>" * 60)),
    "60,000 fields left open": lambda: with_body(f"<w:p>{(field('begin') + run('a')) * 60_000}</w:p>"),
    "100,000 fields not begun": lambda: with_body(f"<w:p>{field('end') * 100_000}</w:p>"),
    "choices beyond the list": lambda: with_body(
        "<w:p>" + field("begin", data='<w:ffData><w:ddList><w:result w:val="9"/></w:ddList></w:ffData>') + "</w:p>"
    ),
    "a number of a million digits": lambda: with_body("<w:p><w:r><w:sym w:char='" + "F" * 1_000_000 + "'/></w:r></w:p>"),
    "alternatives of alternatives": lambda: with_body(
        "<mc:AlternateContent><mc:Choice>" * 40 + "</mc:Choice><mc:Fallback/></mc:AlternateContent>" * 40
    ),
    "200,000 empty paragraphs": lambda: with_body("<w:p/>" * 200_000),
    "a paragraph of 5 MB": lambda: with_body(f"<w:p>{run('物' * 1_700_000)}</w:p>"),
    "attributes by the thousand": lambda: with_body(
        "<w:p " + " ".join(f"w:a{n}='x'" for n in range(20_000)) + "/>"
    ),
    "a part registered 5,000 times": lambda: with_part(
        a_docx(), "[Content_Types].xml",
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        + '<Override PartName="/word/document.xml" ContentType="x.document.main+xml"/>' * 5_000 + "</Types>",
    ),
    "no content types": lambda: with_part(a_docx(), "[Content_Types].xml", ""),
    "a main part that is a picture": lambda: with_part(a_docx(), "word/document.xml", PIXEL),
    "UTF-16 that is none": lambda: with_part(a_docx(), "word/document.xml", "<?xml version='1.0' encoding='UTF-16'?><a/>"),
    "a name twice": lambda: recast(a_docx(), {b"x" * 99: b""}) + b"PK\x05\x06" + b"\0" * 18,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_rel_F1_a_hostile_docx_ends_with_an_answer(name):
    """Depth, number and nonsense: an outcome and a reason, within the child's limits."""
    found = parse(HOSTILE[name](), ".docx")

    assert bool(found.text) == (found.outcome is Outcome.TEXT)
    assert found.outcome in {Outcome.TEXT, Outcome.EMPTY} or "why=" in found.note
