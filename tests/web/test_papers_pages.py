"""Forms, labels and separator sheets made in memory and handed to the browser."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from contextlib import contextmanager
from io import BytesIO

import pytest
from docx import Document
from pypdf import PdfReader
from sqlalchemy import select

from archive.acts import Act
from archive.forms.kinds import ALL
from archive.model import Event
from retention.forms import kinds as retention_forms
from tests import make
from web.pages import papers


def text(answer, status=200):
    told = answer.get_data(as_text=True)
    assert answer.status_code == status, told[:2000]
    return told


def plain(answer, code):
    """A page without the code that was asked for and the token of this hour."""
    return re.sub(
        r'(csrf_token" value|csrf-token" content)="[^"]*"',
        "",
        answer.get_data(as_text=True).replace(code, ""),
    )


def pdf(answer):
    """The text of a PDF that was handed over."""
    assert answer.status_code == 200, answer.get_data(as_text=True)[:1500]
    assert answer.mimetype == "application/pdf" and answer.headers["Content-Disposition"].startswith(
        "attachment"
    )
    assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == (
        "no-store",
        "nosniff",
    )
    return "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)


@pytest.fixture
def volume(office):
    uid = make.volume(office, "ZX·02", held=True)
    with office.ask("archivist") as unit:
        return unit.volume(uid).reference_code


def test_issue_6_every_form_has_its_page(site):
    """The list names each; each page opens for who may print and for who may not."""
    listed = text(site.visitor("clerk").get("/papers"))
    for kind in (*ALL, *retention_forms.ALL):
        assert f"/papers/print/{kind.code}" in listed
        text(site.visitor("clerk").get(f"/papers/print/{kind.code}"))
    assert "您的岗位不办理打印" in text(site.visitor("security").get("/papers/print/f1"))
    assert site.visitor("clerk").get("/papers/print/f99").status_code == 404


def test_req_R14_a_list_of_contents_is_printed_as_pdf_and_as_word(site, volume):
    clerk = site.visitor("archivist")
    assert volume in pdf(clerk.post("/papers/print/f1", {"codes": volume})).replace("\n", "")
    answer = clerk.post("/papers/print/f1", {"codes": volume, "format": "docx"})
    told = Document(BytesIO(answer.data))
    assert volume in "".join(
        cell.text for table in told.tables for row in table.rows for cell in row.cells
    ) + "".join(one.text for one in told.paragraphs)


def printed(office):
    """The facts of every printing in the log."""
    with office.ask("auditor") as unit:
        return list(unit.session.scalars(select(Event.facts).where(Event.act == Act.FORM_PRINT.value)))


def test_inv_V25_what_is_printed_is_in_the_log_with_its_counts(site, office, volume):
    site.visitor("archivist").post("/papers/print/f1", {"codes": volume, "purpose": "年检"})
    (facts,) = map(json.loads, printed(office))
    assert ("f1", [volume], "pdf", 2) == (facts["form"], facts["codes"], facts["format"], facts["rows"])
    assert "年检" not in str(facts)


def test_rel_W4_a_link_prints_nothing(site, office, volume):
    """Asking for the page leaves no line; only the button prints."""
    text(site.visitor("archivist").get("/papers/print/f1", codes=volume))
    assert [] == printed(office)
    assert 405 == site.visitor("archivist").get("/papers/separators").status_code


@contextmanager
def scratch_watched(monkeypatch):
    """Every file that is made or written while the block runs, wherever it is, but the database and its journal."""
    made = []

    def heard(event, given):
        if event == "open" and given and isinstance(given[0], str) and watching:
            mode, flags = given[1], given[2] or 0
            if (isinstance(mode, str) and set(mode) & set("wax+")) or flags & (
                os.O_CREAT | os.O_WRONLY | os.O_RDWR
            ):
                made.append(given[0])

    watching = [True]
    sys.addaudithook(heard)
    try:
        yield made
    finally:
        watching.clear()


def foreign(made, office):
    """Those of the written files that are not the databases of the instance."""
    return [
        one for one in made if not (one.startswith(str(office.home)) and (".db" in one or ".lock" in one))
    ]


def test_rel_decision_14_nothing_is_written_while_a_form_or_labels_are_printed(
    site, office, volume, monkeypatch
):
    """The PDF, the Word file and the labels are made in memory: no file is opened for writing anywhere else."""
    archivist = site.visitor("archivist")
    archivist.post("/papers/print/f1", {"codes": volume})  # what is loaded once is loaded
    archivist.post("/papers/print/f1", {"codes": volume, "format": "docx"})
    archivist.post("/papers/labels", {"codes": volume, "sheet": "3x8"})
    with scratch_watched(monkeypatch) as made:
        pdf(archivist.post("/papers/print/f1", {"codes": volume}))
        assert archivist.post("/papers/print/f1", {"codes": volume, "format": "docx"}).status_code == 200
        pdf(archivist.post("/papers/labels", {"codes": volume, "sheet": "3x8"}))
    assert [] == foreign(made, office)


def test_witness_a_temporary_file_is_noticed(site, office, volume, monkeypatch):
    """The same watch over a printer that goes by way of a temporary file."""
    real = papers.drawn

    def careless(*given, **named):
        made = real(*given, **named)
        with tempfile.TemporaryFile() as file:
            file.write(made.body.getvalue())
        return made

    monkeypatch.setattr(papers, "drawn", careless)
    with scratch_watched(monkeypatch) as made:
        site.visitor("archivist").post("/papers/print/f1", {"codes": volume})
    assert foreign(made, office)


def test_issue_6_labels_begin_where_the_sheet_was_left_and_know_their_places(site, volume):
    archivist = site.visitor("archivist")
    page = text(archivist.get("/papers/labels", codes=volume, sheet="3x7"))
    assert volume in page and page.count('name="start"') == 21
    assert volume in pdf(
        archivist.post("/papers/labels", {"codes": volume, "sheet": "3x8", "start": "5"})
    ).replace("\n", "")
    assert "R1-C1" in pdf(archivist.post("/papers/labels", {"places": "1", "sheet": "3x8"}))
    refused = text(archivist.post("/papers/labels", {"codes": volume, "sheet": "3x8", "start": "99"}), 422)
    assert volume in refused  # what was typed stays
    assert volume in pdf(archivist.post("/papers/separators", {"codes": volume})).replace("\n", "")


def test_inv_decision_6_a_hidden_record_prints_as_an_absent_one(site, office):
    """A form, a label and a separator sheet of what one may not see: refused as of what is not there."""
    uid = make.volume(office, "ZX·01")
    with office.ask("archivist") as unit:
        hidden = unit.volume(uid).reference_code
    for path in ("/papers/print/f1", "/papers/labels", "/papers/separators"):
        told = [site.visitor("records").post(path, {"codes": code}) for code in (hidden, "K001-XX-9")]
        assert [404, 404] == [one.status_code for one in told]
        bodies = [plain(one, code) for one, code in zip(told, (hidden, "K001-XX-9"), strict=True)]
        assert bodies[0] == bodies[1]


UNREADABLE = (
    {"year": "20x6"}, {"since": "soon"}, {"blank": "9999999"}, {"blank": "2000"},
    {"until": "2026-01-01", "since": "2026-02-01"},
)  # fmt: skip


def test_issue_7_what_cannot_be_read_is_told_and_stays(site):
    for typed in UNREADABLE:
        assert next(iter(typed.values())) in text(site.visitor("clerk").post("/papers/print/f17", typed), 422)
