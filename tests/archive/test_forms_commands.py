"""Printed forms through the command line: list, print, an office's own layout; wrong input is told, nothing is changed."""

from __future__ import annotations

import re

import pytest
from docx import Document

from tests.archive.counter import counter as a_counter
from tests.archive.test_cli_commands import held


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def test_issue_6_forms_are_listed_and_printed_at_the_counter(counter, tmp_path):
    """list names every form with what it takes; print writes PDF and Word, by code or by name, narrowed or not."""
    volume = held(counter)
    found = {row["code"]: row for row in counter.rows("staff", "form", "list")}
    assert {"f1", "f3", "f8", "f9", "f10", "f11", "f23"} <= set(found)
    assert (found["f1"]["takes"], found["f1"]["name"]) == ("VOLUMES", "卷内文件目录")
    told = (
        counter.run("archivist", "form", "print", "f1", volume, "--to", tmp_path / "一.pdf", "--for", "归档")
        .check()
        .out
    )
    assert re.search(r"页数 1", told) and (tmp_path / "一.pdf").read_bytes().startswith(b"%PDF")
    counter.run(
        "archivist",
        "form",
        "print",
        "案卷目录",
        "--year",
        "2025",
        "--class",
        "ZX",
        "--to",
        tmp_path / "二.docx",
    ).check()
    assert volume in [cell.text for cell in Document(tmp_path / "二.docx").tables[0].rows[1].cells]
    counter.run(
        "archivist", "form", "print", "f4-spine", volume, "--width", "30", "--to", tmp_path / "三.pdf"
    ).check()
    counter.run("archivist", "form", "print", "f8", "--blank", "3", "--to", tmp_path / "四.pdf").check()


def test_issue_6_wrong_input_to_a_print_is_told_and_writes_nothing(counter, tmp_path):
    """Another ending, an unknown form, an unknown code, a thickness nobody has, too many blank rows, a file that exists."""
    volume = held(counter)
    (tmp_path / "有.pdf").write_bytes(b"x")
    state = counter.state()
    for status, given in (
        (2, ("f1", volume, "--to", tmp_path / "a.txt")),
        (4, ("f99", volume, "--to", tmp_path / "a.pdf")),
        (4, ("f1", "K001-XX-0001", "--to", tmp_path / "a.pdf")),
        (2, ("f1", "--to", tmp_path / "a.pdf")),
        (2, ("f4-spine", volume, "--width", "25", "--to", tmp_path / "a.pdf")),
        (2, ("f1", volume, "--blank", "100000", "--to", tmp_path / "a.pdf")),
        (1, ("f1", volume, "--to", tmp_path / "有.pdf")),
        (4, ("f1", volume, "--to", tmp_path / "无" / "a.pdf")),
        (2, ("f3", "--period", "一百年", "--to", tmp_path / "a.pdf")),
    ):
        assert counter.run("archivist", "form", "print", *given).check(status).err
    assert not (tmp_path / "a.pdf").exists() and (tmp_path / "有.pdf").read_bytes() == b"x"
    assert counter.state() == state
    counter.run("security", "form", "print", "f3", "--to", tmp_path / "a.pdf").check(3)


def test_issue_6_an_office_installs_its_own_layout_at_the_counter(counter, tmp_path):
    """example, install, list, show, print, remove; a PDF says that it keeps our layout."""
    volume = held(counter)
    start = tmp_path / "起始.docx"
    counter.run("archivist", "form", "template", "example", "f1", "--to", start).check()
    counter.run("archivist", "form", "template", "install", "f1", start, "--note", "试用").check()
    (row,) = counter.rows("staff", "form", "template", "list")
    assert (row["form"], row["version"], row["name"], row["note"]) == ("f1", 1, "起始.docx", "试用")
    names = counter.rows("staff", "form", "template", "show", "f1", "--to", tmp_path / "现用.docx")
    assert (tmp_path / "现用.docx").read_bytes() == start.read_bytes()
    assert {"placeholder": "page_no", "meaning": "页号", "table_name": "lines"} in names
    told = counter.run("archivist", "form", "print", "f1", volume, "--to", tmp_path / "一.pdf").check().out
    assert "系统版式" in told
    counter.run("archivist", "form", "print", "f1", volume, "--to", tmp_path / "一.docx").check()
    assert len(Document(tmp_path / "一.docx").tables) == 2
    bad = tmp_path / "坏.docx"
    document = Document()
    document.add_paragraph("{{ titel }}")
    document.save(str(bad))
    assert (
        "titel → form_title"
        in counter.run("archivist", "form", "template", "install", "f1", bad).check(2).err
    )
    bad.write_bytes(b"no")
    assert "Word" in counter.run("archivist", "form", "template", "install", "f1", bad).check(2).err
    counter.run("staff", "form", "template", "install", "f1", start).check(3)
    counter.run("archivist", "form", "template", "remove", "f1").check()
    counter.run("archivist", "form", "template", "remove", "f1").check(4)
