"""Packages and the four properties through the command line: out, checked, in; every refusal told, nothing changed."""

from __future__ import annotations

import json
import re
import shutil

import bagit
import pytest

from tests.archive.counter import counter as a_counter
from tests.archive.parcels import PDF, theirs


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


@pytest.fixture
def volume(counter, tmp_path) -> str:
    """A volume with one paper and its file; its code."""
    (tmp_path / "竣工图.pdf").write_bytes(PDF)
    given = (
        "--class",
        "CJ·02",
        "--title",
        "竣工图",
        "--date",
        "2025-03-02",
        "--department",
        "KF",
        "--year",
        "2025",
    )
    told = counter.run("archivist", "item", "file", *given, "--attach", tmp_path / "竣工图.pdf").check()
    return re.search(r"K001-\S+?-\d{4}(?=-\d{3})", told.out)[0]


def test_a_package_goes_out_is_checked_and_comes_in_at_the_counter(counter, volume, tmp_path):
    """
    export, check, properties, import as a trial, import, import again: Chinese words, exit status, a warning of plaintext.
    """
    out = tmp_path / "包"
    told = counter.run(
        "archivist", "package", "export", volume, "--to", out, "--for", "移交", "--agency", "市档案馆"
    ).check()
    bagit.Bag(str(out)).validate()
    assert "DC2026-00001" in told.out and "未加密" in told.out
    assert "完整有效" in counter.run("archivist", "package", "check", out).check().out
    state = counter.state()
    tried = counter.run("archivist", "package", "import", out, "--dry-run").check()
    assert "未作改动" in tried.out and counter.state() == state
    rows = counter.rows("archivist", "package", "import", out)
    assert [("MADE", volume)] == [(row["fate"], row["former_code"]) for row in rows]
    again = counter.run("archivist", "package", "import", out).check()
    assert "已经接收过" in again.out
    counter.language = "en"
    assert "complete and valid" in counter.run("archivist", "package", "check", out).check().out


def test_each_refusal_is_told_and_nothing_changes(counter, volume, tmp_path):
    """
    No purpose, a place inside, a record that is not there, no right, a harmed package: exit status and sentence.
    """
    out, harmed = tmp_path / "out", tmp_path / "harmed"
    counter.run("archivist", "package", "export", volume, "--to", out, "--for", "移交").check()
    shutil.copytree(out, harmed)
    (harmed / "data/x.txt").write_bytes(b"x")
    counter.run("staff", "due", "list")
    state = counter.state()
    cases = (
        ("archivist", ("export", volume, "--to", tmp_path / "a"), 2, "--for"),
        ("archivist", ("export", volume, "--to", tmp_path / "a", "--for", " "), 2, "用途"),
        ("archivist", ("export", volume, "--to", counter.home / "a", "--for", "x"), 2, "案卷库"),
        ("archivist", ("export", volume, "--to", out, "--for", "x"), 1, str(out)),
        ("archivist", ("export", "K001-NO", "--to", tmp_path / "a", "--for", "x"), 4, "K001-NO"),
        ("staff", ("export", volume, "--to", tmp_path / "a", "--for", "x"), 3, "导出档案包"),
        ("archivist", ("import", harmed), 5, "data/x.txt"),
        ("archivist", ("import", tmp_path / "nowhere"), 4, "nowhere"),
        ("staff", ("import", out), 3, "接收档案包"),
    )
    for who, args, status, word in cases:
        told = counter.run(who, "package", *args).check(status)
        assert word in told.err, args
    assert "多出" in counter.run("archivist", "package", "check", harmed).check(5).out
    assert counter.state() == state
    assert not (tmp_path / "a").exists()


def test_a_package_of_others_needs_a_class_and_says_what_was_refused(counter, tmp_path):
    """
    Without --class exit status 1 and the way out; with it a paper for each file.
    """
    theirs(tmp_path / "bag", {"竣工图.pdf": PDF})
    refused = counter.run("archivist", "package", "import", tmp_path / "bag").check(1)
    assert "--class" in refused.out and "不收" in refused.out
    rows = counter.rows("archivist", "package", "import", tmp_path / "bag", "--class", "CJ·02")
    assert [("MADE", 1, 1)] == [(row["fate"], row["papers"], row["files"]) for row in rows]


def test_conf_DA70_the_four_properties_at_the_counter(counter, volume, tmp_path):
    """
    A record and a package: sums, ids, evidence; exit status 5 when a check fails; a report for signature.
    """
    out = tmp_path / "out"
    counter.run("archivist", "package", "export", volume, "--to", out, "--for", "移交").check()
    report = tmp_path / "四性.docx"
    told = counter.run("archivist", "properties", "record", volume, "--report", report)
    assert all(word in told.out for word in ("真实性", "安全性", "Z-1", "A-4", "日志从头至尾核对无误"))
    assert report.is_file()
    (out / "README.txt").write_bytes(b"other")
    harmed = counter.run("archivist", "properties", "package", out, "--failed", "--json").check(5)
    assert "Z-4" in {row["check_id"] for row in json.loads(harmed.out)}
    counter.run("archivist", "properties", "record", volume, "--report", report).check(1)
    counter.run("archivist", "properties", "record").check(2)
    counter.run("staff", "properties", "record", volume).check(3)
    counter.run("archivist", "properties", "package", tmp_path / "nowhere").check(4)
