"""An office's own Word layouts: what they may say, what is refused and why, versions, and that a plain Jinja would obey."""

from __future__ import annotations

import io
import zipfile

import jinja2
import pytest
from docx import Document
from jinja2.sandbox import SandboxedEnvironment
from sqlalchemy import select

import cli
from archive.acts import Act
from archive.clikit import wiring
from archive.errors import (
    FileMissing,
    NotAllowed,
    NoTemplateHere,
    NotFound,
    PlaceholderUnknown,
    TemplateRefused,
)
from archive.forms import kinds, printing, starting, templates, wordcheck
from archive.forms.kinds import Wanted
from archive.forms.placeholders import Names, Strict, Unfit, names_of
from archive.model import FormTemplate
from archive.words import Language
from tests import make

assert cli.root is not None  # what wires the forms of other packages
F3 = kinds.named(kinds.CATALOGUE, "f3")
F1 = kinds.named(kinds.CATALOGUE, "f1")


def every() -> list[kinds.FormKind]:
    return [kind for kind in (*kinds.ALL, *wiring.forms) if names_of(kind)]


def word(*paragraphs: str, header: str = "", title: str = "") -> bytes:
    """A Word file that says so."""
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.sections[0].header.paragraphs[0].text = header
    document.core_properties.title = title
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def repacked(body: bytes, **parts: bytes) -> bytes:
    """*body* with parts added or replaced (`__` for a slash)."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(body)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            if name not in parts:
                target.writestr(name, source.read(name))
        for name, part in parts.items():
            target.writestr(name, part)
    return out.getvalue()


def put(office, tmp_path, body: bytes, *, kind=F3, by="archivist", name="模板.docx"):
    """Install *body*."""
    (tmp_path / name).write_bytes(body)
    with office.work(by, Act.FORM_TEMPLATE) as unit:
        return templates.install(unit, kind, tmp_path / name, note="新版").version


def text_of(path) -> str:
    document = Document(io.BytesIO(path.read_bytes()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


#: A third of the forms, from every family; the rest in the slow suite.
STARTED = [
    pytest.param(kind, id=kind.code, marks=pytest.mark.slow if number % 3 else ())
    for number, kind in enumerate(every())
]


@pytest.mark.parametrize("kind", STARTED)
def test_issue_6_the_file_to_start_from_names_every_placeholder_and_is_itself_a_template(kind):
    """For every form that takes one: it is accepted as it is, and each name has a meaning in both languages."""
    body = starting.starting(kind, Language.ZH)
    templates.check(kind, body)
    for language in Language:
        assert [one for one in starting.placeholders(kind, language) if not one.meaning] == []


def test_issue_6_the_file_to_start_from_is_the_same_every_time():
    """Made twice, the bytes are equal."""
    assert starting.starting(F3, Language.ZH) == starting.starting(F3, Language.ZH)


def test_issue_6_an_installed_template_makes_the_word_file_and_the_pdf_stays_ours(office, tmp_path):
    """Decision 23: .docx by the office's layout, .pdf by ours; removed, ours again; all versions are kept."""
    make.volume(office)
    body = repacked(
        word(
            "公司专用 {{ company }}",
            "共列：{% for row in lines %}{{ row.code }}　{{ row.volume_title }}；{% endfor %}",
        )
    )
    assert put(office, tmp_path, body) == 1
    assert put(office, tmp_path, body) == 2

    def printed(name):
        with office.ask("archivist", Act.FORM_PRINT) as unit:
            return printing.print_form(unit, F3, Wanted(Language.ZH), tmp_path / name)

    made = printed("甲.docx")
    assert (made.template, made.used, made.rows) == (2, True, 1)
    assert "公司专用 和园物业" in text_of(tmp_path / "甲.docx") and "ZX·02 案卷；" in text_of(
        tmp_path / "甲.docx"
    )
    made = printed("甲.pdf")
    assert (made.template, made.used, made.pages) == (2, False, 1)
    with office.work("archivist", Act.FORM_TEMPLATE) as unit:
        assert templates.remove(unit, F3) == 2
    made = printed("乙.docx")
    assert (made.template, made.used) == (None, False) and "公司专用" not in text_of(tmp_path / "乙.docx")
    with office.ask("staff", Act.FORM_SEE) as unit:
        lines = templates.rows(unit, F3)
    assert [(one.version, one.name, one.note, one.installed_by, one.retired_at is None) for one in lines] == [
        (2, "模板.docx", "新版", "郑档案", False), (1, "模板.docx", "新版", "郑档案", False),
    ]  # fmt: skip
    with office.work("archivist", Act.FORM_TEMPLATE) as unit, pytest.raises(NotFound):
        templates.remove(unit, F3)


def test_issue_6_a_template_is_sealed_and_several_papers_keep_our_layout(office, tmp_path):
    """Its words are nowhere in the database; two volumes in one file are printed in ours."""
    put(office, tmp_path, word("绝无仅有的抬头 {{ code }}{{ volume_title }}"), kind=F1)
    with office.ask("archivist") as unit:
        row = unit.session.scalars(select(FormTemplate)).one()
        assert b"PK" not in row.body[:8] and "模板".encode() not in row.card
    uids = [make.volume(office), make.volume(office, "FW·06")]
    with office.ask("archivist", Act.FORM_PRINT) as unit:
        codes = [unit.volume(uid).reference_code for uid in uids]
        made = printing.print_form(unit, F1, Wanted(Language.ZH, codes), tmp_path / "两.docx")
    assert (made.template, made.used) == (1, False)
    with office.ask("archivist", Act.FORM_PRINT) as unit:
        made = printing.print_form(unit, F1, Wanted(Language.ZH, codes[:1]), tmp_path / "一.docx")
    assert made.used and "绝无仅有的抬头" in text_of(tmp_path / "一.docx")


def test_issue_6_marks_of_xml_in_the_catalogue_are_only_text_in_a_template(office, tmp_path):
    """A title of XML and of placeholders stands there as it was written; nothing of it is run."""
    from archive import volumes

    put(office, tmp_path, word("{{ volume_title }}"), kind=F1)
    uid = make.volume(office)
    title = "<w:br/>&amp; {{ company }} {% for %}"
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        code = volumes.edit(unit, uid, title=title).reference_code
    with office.ask("archivist", Act.FORM_PRINT) as unit:
        printing.print_form(unit, F1, Wanted(Language.ZH, (code,)), tmp_path / "一.docx")
    assert title in text_of(tmp_path / "一.docx")


# --- what is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ titel }}", "titel → title"),
        ("{{ companny }}", "companny → company"),
        ("{% for row in lines %}{{ row.volume_titel }}{% endfor %}", "row.volume_titel → row.volume_title"),
        ("{% for row in line %}{{ row.code }}{% endfor %}", "line → lines"),
        ("{% if yeer %}1{% endif %}", "yeer"),
    ],
)
def test_issue_6_an_unknown_placeholder_is_named_with_the_nearest_known(office, tmp_path, text, told):
    """Wherever it stands: text, loop, condition; nothing is installed."""
    with pytest.raises(PlaceholderUnknown) as refused:
        put(office, tmp_path, word(text))
    assert told.partition(" ")[0] in refused.value.message(Language.ZH)
    if told.startswith(("comp", "row", "line ")):
        assert told in refused.value.message(Language.ZH)
    with office.ask("archivist", Act.FORM_SEE) as unit:
        assert templates.rows(unit) == []


#: What a hostile template tries: objects behind a value, calls, inclusions, endless loops.
HOSTILE = (
    "{{ ''.__class__ }}",
    "{{ company.__class__.__mro__[1].__subclasses__() }}",
    "{{ company['__class__'] }}",
    "{{ company|attr('__class__') }}",
    "{{ company.upper() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ range(999999999)|list }}",
    "{% for row in range(10**9) %}{{ row }}{% endfor %}",
    "{% for a in lines %}{% for b in lines %}{% for c in lines %}x{% endfor %}{% endfor %}{% endfor %}",
    "{% for row in lines recursive %}{{ loop(lines) }}{% endfor %}",
    "{{ 'a' * 999999999 }}",
    "{{ '%s'|format(company) }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
    "{% set x = company %}{{ x }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for row in lines %}{{ row._hidden }}{% endfor %}",
    "{% for row in lines %}{{ row.code.__class__ }}{% endfor %}",
    "{{ company|pprint }}",
    "{% raw %}{% endraw %}{% do x %}",
    "{{ company ",
)


#: Each text in the body; two of them also where a checker may forget to look, the others there in the slow suite.
PLACED = [
    pytest.param(text, place, marks=() if place == "body" or number < 2 else pytest.mark.slow)
    for place in ("body", "header", "property")
    for number, text in enumerate(HOSTILE)
]


@pytest.mark.parametrize(("text", "place"), PLACED)
def test_issue_6_a_hostile_template_is_refused_with_a_sentence_and_nothing_is_run(text, place):
    """In the text, in a header, in the file's own title: the error says what and what to do; exit status 2."""
    given = {"body": ([text], {}), "header": ([], {"header": text}), "property": ([], {"title": text[:200]})}
    paragraphs, more = given[place]
    with pytest.raises((TemplateRefused, PlaceholderUnknown)) as refused:
        templates.check(F3, word(*paragraphs, **more))
    assert refused.value.exit == 2
    for language in Language:
        assert "form template" in refused.value.message(language)


def test_issue_6_witness_a_plain_environment_would_have_run_them():
    """Jinja as it comes hands out classes and globals; even its sandbox runs nested loops without end; ours compiles neither."""
    assert "class 'str'" in jinja2.Environment().from_string("{{ ''.__class__ }}").render()
    assert (
        "built-in"
        in jinja2.Environment().from_string("{{ cycler.__init__.__globals__.__builtins__.open }}").render()
    )
    nested = "{% for a in lines %}{% for b in lines %}x{% endfor %}{% endfor %}"
    assert len(SandboxedEnvironment().from_string(nested).render(lines=range(1000))) == 1_000_000
    strict = Strict(Names((), {"lines": ("code",)}), "f3")
    for text in ("{{ ''.__class__ }}", "{{ cycler.__init__ }}", nested):
        with pytest.raises((TemplateRefused, PlaceholderUnknown)):
            strict.from_string(text)


def relationship(kind: str, target: str, mode: str = "External") -> bytes:
    """A part of relations that points somewhere."""
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId99" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}" '
        f'TargetMode="{mode}"/></Relationships>'
    ).encode()


SOUND = word("{{ company }}")
FIELD = '<w:p><w:r><w:instrText xml:space="preserve">{}</w:instrText></w:r></w:p>'


def with_field(instruction: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(SOUND)) as parts:
        body = parts.read("word/document.xml").decode()
    return repacked(
        SOUND,
        **{"word/document.xml": body.replace("<w:body>", f"<w:body>{FIELD.format(instruction)}").encode()},
    )


UNFIT = {
    "not a file of Word": (b"%PDF-1.4", Unfit.NOT_WORD),
    "empty": (b"", Unfit.NOT_WORD),
    "a zip of something else": (repacked(SOUND)[:60], Unfit.NOT_WORD),
    "cut in the middle": (SOUND[: len(SOUND) // 2], Unfit.NOT_WORD),
    "too large": (b"PK" + b"0" * wordcheck.MOST, Unfit.TOO_LARGE),
    "a bomb": (repacked(SOUND, **{"word/media/a.png": b"\0" * (wordcheck.MOST_INFLATED + 1)}), Unfit.TOO_LARGE),
    "a long text": (repacked(SOUND, **{"word/document.xml": b"<a>" + b" " * wordcheck.MOST_TEXT}), Unfit.TOO_LARGE),
    "macros": (repacked(SOUND, **{"word/vbaProject.bin": b"x"}), Unfit.MACROS),
    "an outside picture": (repacked(SOUND, **{"word/_rels/document.xml.rels": relationship("image", "http://x/a.png")}), Unfit.OUTSIDE),
    "an attached template": (repacked(SOUND, **{"word/_rels/settings.xml.rels": relationship("attachedTemplate", "file:///x.dotm")}), Unfit.OUTSIDE),
    "an object inside": (repacked(SOUND, **{"word/embeddings/oleObject1.bin": b"x"}), Unfit.EMBEDDED),
    "a piece from elsewhere": (repacked(SOUND, **{"word/_rels/document.xml.rels": relationship("aFChunk", "a.html", "Internal")}), Unfit.EMBEDDED),
    "entities": (repacked(SOUND, **{"word/document.xml": b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'}), Unfit.ENTITIES),
    "a field that reads a file": (with_field('INCLUDETEXT "c:/x.txt"'), Unfit.FIELDS),
    "a field that runs a program": (with_field('DDEAUTO c:\\\\cmd.exe "/k"'), Unfit.FIELDS),
    "many placeholders": (word(*["{{ company }}"] * 500), Unfit.TAGS),
    "a slip in a tag": (word("{% if company %}x"), Unfit.SYNTAX),
}  # fmt: skip


@pytest.mark.parametrize("name", UNFIT)
def test_issue_6_a_file_that_is_no_plain_small_word_file_is_refused_and_says_why(name):
    """Broken, swollen, with macros, with links, with fields that fetch: each with its reason, nothing installed."""
    body, why = UNFIT[name]
    with pytest.raises(TemplateRefused) as refused:
        templates.check(F3, body)
    assert refused.value.facts["why"] is why


def test_issue_6_only_who_may_installs_and_a_form_of_fixed_size_takes_none(office, tmp_path):
    """An employee is refused, a missing file told, a spine keeps our layout."""
    with pytest.raises(NotAllowed):
        put(office, tmp_path, SOUND, by="staff")
    with office.work("archivist", Act.FORM_TEMPLATE) as unit, pytest.raises(FileMissing):
        templates.install(unit, F3, tmp_path / "没有.docx")
    with pytest.raises(NoTemplateHere):
        put(office, tmp_path, SOUND, kind=kinds.named(kinds.CATALOGUE, "f4-spine"))
    for body, _ in list(UNFIT.values())[:6]:
        with pytest.raises(TemplateRefused):
            put(office, tmp_path, body)
    with office.ask("archivist", Act.FORM_SEE) as unit:
        assert templates.rows(unit) == []
    templates.check(F3, with_field("PAGE"))
