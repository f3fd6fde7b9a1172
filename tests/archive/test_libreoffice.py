"""Every form as a Word file, opened by LibreOffice and turned into pages: nothing missing, cut, empty or strange."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pypdf
import pytest

import cli
from archive.clikit import wiring
from archive.forms import docx, kinds, pdf
from archive.forms.page import Break, Column, Facts, Form, Stamp, Table, Text
from archive.words import Language
from tests.archive.full_office import Full
from tests.archive.readback import PDFTOPPM, SOFFICE, Pages, by_libreoffice, numbered, said

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SOFFICE and PDFTOPPM), reason="LibreOffice or pdftoppm is not installed"),
]
assert cli.root is not None  # what wires the forms of other packages

LANGUAGES = (Language.ZH, Language.EN)


def every() -> list[kinds.FormKind]:
    """All forms of the product."""
    return [*kinds.ALL, *wiring.forms]


@pytest.fixture
def forms(full: Full) -> dict[str, Form]:
    """Every form in both languages, printed of the populated office."""
    return {
        f"{kind.code}-{language}": full.form(kind, language) for kind in every() for language in LANGUAGES
    }


def word(forms: dict[str, Form], folder: Path) -> dict[str, Pages]:
    """The forms as Word files, as LibreOffice prints them."""
    return printed({name: docx.docx(form) for name, form in forms.items()}, folder)


def printed(files: dict[str, bytes], folder: Path) -> dict[str, Pages]:
    """Word files as LibreOffice prints them, all by one process."""
    (folder / "docx").mkdir(exist_ok=True)
    for name, raw in files.items():
        (folder / "docx" / f"{name}.docx").write_bytes(raw)
    return by_libreoffice([folder / "docx" / f"{name}.docx" for name in files], folder)


def rows_of(raw: bytes, rule: str) -> bytes:
    """A Word file whose rows have their height by another rule: `exact` cuts what is higher, `atLeast` grows."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "word/document.xml":
                part = re.sub(rb'w:hRule="[a-zA-Z]+"', f'w:hRule="{rule}"'.encode(), part)
            target.writestr(name, part)
    return out.getvalue()


def cut(files: dict[str, bytes], folder: Path) -> list[str]:
    """Those of these Word files that look different once their rows may grow: something in them was cut off."""
    (folder / "as-is").mkdir()
    (folder / "grown").mkdir()
    as_they_are = printed(files, folder / "as-is")
    grown = printed({name: rows_of(raw, "atLeast") for name, raw in files.items()}, folder / "grown")
    return [name for name in files if as_they_are[name].pictures() != grown[name].pictures()]


def faults(form: Form, pages: Pages) -> list[str]:
    """What is wrong with the pages of a form, in words."""
    found = [
        ("text missing or cut", pages.lacking(said(form))),
        ("empty pages", pages.empty(form)),
        ("letters off the sheet", pages.outside()),
        ("letters replaced", pages.replaced()),
        ("fonts not in the file", pages.loose_fonts()),
        ("pages misnumbered", numbered(form, pages)),
    ]
    return [f"{what}: {which}" for what, which in found if which]


def drawn(form: Form) -> Pages:
    out = io.BytesIO()
    pdf.write_pdf(form, out)
    return Pages(out.getvalue())


def test_issue_6_every_form_has_something_on_it(forms):
    """Each of the forms can be printed of an office in which everything happened, in both languages."""
    assert {name.rpartition("-")[0] for name in forms} == {kind.code for kind in every()}
    assert [name for name, form in forms.items() if len(said(form)) < 4] == []


def test_issue_6_every_form_opened_by_LibreOffice_shows_all_its_text_and_no_empty_page(forms, tmp_path):
    """As Word files: all texts on the pages, no empty page, fonts embedded, pages numbered x of y."""
    pages = word(forms, tmp_path)

    assert {} == {name: wrong for name, form in forms.items() if (wrong := faults(form, pages[name]))}


def test_issue_6_no_form_opened_by_LibreOffice_has_a_cut_cell(forms, tmp_path):
    """Rows that may not grow (covers, strips, stamps) are high enough for what stands in them."""
    stamp = [
        ("全宗号", "K001"),
        ("年度", "2026"),
        ("件号", "0001"),
        ("机构（问题）", "行政人事与财务管理中心"),
        ("保管期限", "30年"),
        ("页数", "120"),
    ]
    files = {name: docx.docx(form) for name, form in forms.items()}
    files["stamp"] = docx.docx(plain(Stamp(stamp)))

    assert [] == cut({name: raw for name, raw in files.items() if b"exact" in document(raw)}, tmp_path)


def document(raw: bytes) -> bytes:
    """The text part of a Word file."""
    with zipfile.ZipFile(io.BytesIO(raw)) as source:
        return source.read("word/document.xml")


def test_issue_6_every_form_as_our_own_PDF_shows_all_its_text_and_no_empty_page(forms):
    """The same of our own layout, read by another library than the one that wrote it."""
    assert {} == {name: wrong for name, form in forms.items() if (wrong := faults(form, drawn(form)))}


# --- witnesses: each check finds what it is for ---------------------------------------------------------

LONG = "此栏文字很长，写不下的部分不得被裁去" * 3


def plain(*blocks) -> Form:
    """A short form of these blocks."""
    return Form(
        kind="f0",
        title="清单",
        blocks=list(blocks),
        company="和园物业",
        number="QD-1",
        facts=[("年度", "2026")],
    )


def listing(text: str = "第一件", count: int = 1) -> Table:
    return Table(
        [Column("题名", 60), Column("备注", 40)], [(f"{text}{place}", "备") for place in range(count)]
    )


def test_witness_a_cut_cell_is_found(tmp_path):
    """A row of an exact height that is too low for its text hides the rest of it; one that may grow does not."""
    whole = docx.docx(plain(listing(LONG)))

    assert cut({"whole": whole, "cut": rows_of(whole, "exact")}, tmp_path) == ["cut"]


def test_witness_a_letter_no_font_has_is_found(tmp_path):
    """A letter of private use: our PDF shows 〓 and says so; LibreOffice shows what it has instead."""
    form = plain(Text("业户\ue0a5某"))
    out = io.BytesIO()
    missing = pdf.draw(form, out).missing

    assert missing == {"\ue0a5"}
    assert Pages(out.getvalue()).replaced() == {"〓"}


def test_witness_an_empty_page_is_found(tmp_path):
    """A page break with nothing behind it, in both."""
    form = plain(listing(), Break(), Text("　"))
    (tmp_path / "empty.docx").write_bytes(docx.docx(form))

    assert drawn(plain(listing())).empty(form) == []
    assert drawn(form).empty(form) == [2]
    assert by_libreoffice([tmp_path / "empty.docx"], tmp_path)["empty"].empty(form) == [2]


def test_witness_a_missing_text_and_wrong_page_numbers_are_found():
    """Pages of another form: its texts are not there; a form cut in two is misnumbered."""
    long, other = plain(listing(count=120)), plain(Facts([("申请人", "孙员工")]))
    pages = drawn(long)
    assert faults(long, pages) == []
    assert pages.lacking(said(other)) == ["申请人", "孙员工"]

    writer = pypdf.PdfWriter()
    for page in pypdf.PdfReader(io.BytesIO(pages.raw)).pages[1:]:
        writer.add_page(page)
    rest = io.BytesIO()
    writer.write(rest)
    assert numbered(long, Pages(rest.getvalue())) != []


def test_witness_a_font_that_is_not_in_the_file_is_found():
    """A page set in one of the fourteen fonts every reader is said to have."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    page = Canvas(out)
    page.drawString(100, 700, "Helvetica")
    page.save()
    assert Pages(out.getvalue()).loose_fonts() == {"/Helvetica"}
