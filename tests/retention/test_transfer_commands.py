"""`anjuan transfer`: the whole way at the terminal, in both languages and for programs."""

from __future__ import annotations

import json
import re

import bagit
import pytest

from tests.archive.counter import Counter
from tests.archive.counter import counter as a_counter


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def told_number(told, letters: str) -> str:
    """The number in a confirmation."""
    return re.search(rf"{letters}2026-\d+", told.out)[0]


def rolls(counter: Counter, tmp_path, year: int = 2025) -> str:
    """A held roll of owners with a file, whose service has ended; its code."""
    paper = tmp_path / "名册.txt"
    paper.write_text("一单元 张三")
    given = ("--class", "YH·09", "--year", year, "--department", "KF", "--date", "2025-03-02", "--pages", 3)
    counter.run("archivist", "item", "file", "--title", f"业主名册 {year}", *given, "--attach", paper).check()
    (code,) = [row["code"] for row in counter.rows("archivist", "volume", "list", "--year", str(year))]
    counter.run("archivist", "volume", "close", code, "--confirm", code).check()
    counter.run("archivist", "handover", "accept", code, "--from", "clerk").check()
    counter.run(
        "archivist", "trigger", "record", code, "SERVICE_ENDED", "--on", "2026-02-01", "--note", "终止协议"
    ).check()
    return code


def test_a_transfer_goes_its_way_at_the_terminal(counter, tmp_path):
    """
    draft, show, approve, pack, verify, sign, list; the number is typed again before what cannot be taken back.
    """
    code, out = rolls(counter, tmp_path), tmp_path / "移交包"
    draft = ("transfer", "draft", "--to", "U001", "--due", "--reason", "物业服务合同终止")
    number = told_number(counter.run("archivist", *draft).check(), "YC")
    assert [(code, "业主名册 2025", False)] == [
        (row["code"], row["title"], row["pulled"])
        for row in counter.rows("archivist", "transfer", "show", number)
    ]
    counter.run("archivist", "transfer", "pack", number, "--to", out).check(1)
    counter.run("gm", "transfer", "approve", number).check()
    told = counter.run("archivist", "transfer", "pack", number, "--to", out).check().out
    bagit.Bag(str(out)).validate()
    assert "完整有效" in counter.run("archivist", "transfer", "verify", out).check().out
    (row,) = counter.rows("archivist", "transfer", "list", "--open")
    assert row["package"] in told.replace("\n", "")
    receipt = ("--receiver-name", "高主任", "--receipt-no", "收2026-7", "--on", "2026-03-02")
    counter.run("archivist", "transfer", "sign", number, *receipt).check(2)
    sign = ("transfer", "sign", number, *receipt, "--confirm", number)
    counter.run("archivist", *sign, "--package", "0" * 20).check(1)
    signed = counter.run("archivist", *sign, "--package", row["package"][:12]).check().out
    assert "加密留存" in signed
    counter.language = "en"
    assert "transferred" in counter.run("archivist", "volume", "list").check().out
    assert [] == counter.rows("archivist", "transfer", "list", "--open")
    (row,) = counter.rows("archivist", "transfer", "list")

    assert ("SIGNED", "高主任", "收2026-7", "2026-03-02") == (
        row["state"], row["receiver_name"], row["receipt_no"], row["signed_on"]
    )  # fmt: skip


def test_a_list_is_pulled_skipped_and_withdrawn_at_the_terminal(counter, tmp_path):
    """
    Codes by scan, from a file; what is left off is told with its reason on standard error.
    """
    first, second = rolls(counter, tmp_path), rolls(counter, tmp_path, 2024)
    scans = tmp_path / "scans.txt"
    scans.write_text(f"# 移交\n{first}\n\n{second}\n")
    draft = ("transfer", "draft", "--to", "U001", "--reason", "移交", "--file", scans)
    number = told_number(counter.run("archivist", *draft).check(), "YC")
    counter.run("archivist", *draft).check(1)
    counter.run("archivist", "transfer", "pull", number, first, "--reason", "缓办").check()
    told = counter.run("archivist", *draft, "--skip").check()
    assert f"略过 {second}" in told.err
    assert number in told.err
    counter.run("archivist", "transfer", "withdraw", number, "--reason", "重拟").check()

    assert ["WITHDRAWN", "DRAFT"] == [row["state"] for row in counter.rows("archivist", "transfer", "list")]


def test_a_broken_package_ends_with_5_and_names_each_file(counter, tmp_path):
    """
    For people as a table, for programs as JSON; in English too.
    """
    code, out = rolls(counter, tmp_path), tmp_path / "out"
    number = told_number(
        counter.run("archivist", "transfer", "draft", code, "--to", "U001", "--reason", "移交").check(), "YC"
    )
    counter.run("gm", "transfer", "approve", number).check()
    counter.run("archivist", "transfer", "pack", number, "--to", out).check()
    (out / "data/metadata/list.docx").write_bytes(b"x")
    (out / "data/more").write_bytes(b"x")
    told = counter.run("auditor", "transfer", "verify", out, "--json").check(5)

    assert [("bag-info.txt", "COUNT"), ("data/metadata/list.docx", "CHANGED"), ("data/more", "EXTRA")] == [
        (row["path"], row["flaw"]) for row in json.loads(told.out)
    ]
    assert "3 处问题" in told.err
    counter.language = "en"
    assert "changed" in counter.run("archivist", "transfer", "verify", out).check(5).out


BAD_INPUT = (
    (("draft", "--to", "U001", "--reason", "移交"), 2),
    (("draft", "K001-没有", "--to", "U001", "--reason", "移交"), 4),
    (("draft", "--to", "P001", "--reason", "移交", "--due"), 2),
    (("draft", "--to", "U001", "--reason", "移交", "--due"), 1),
    (("draft", "--to", "U001", "--reason", "移交", "--file", "nowhere.txt"), 4),
    (("pull", "YC2026-0009", "x", "--reason", "x"), 4),
    (("pack", "YC2026-0009", "--to", "nowhere/out"), 4),
    (("verify", "nowhere"), 4),
    (("withdraw", "YC2026-0009", "--reason", "x"), 4),
    (("show", "YC2026-0009"), 4),
    (("approve", "YC2026-0009"), 4),
    (("sign", "YC2026-0009", "--receiver-name", "a", "--receipt-no", "b", "--on", "2026-02-31", "--confirm", "YC2026-0009"), 2),
)  # fmt: skip


def test_bad_input_is_told_in_both_languages_and_changes_nothing(counter):
    """
    Each with its exit status and a sentence, no traceback.
    """
    counter.run("archivist", "whoami").check()
    before = counter.state()
    for words, status in BAD_INPUT:
        for counter.language in ("zh", "en"):
            told = counter.run("archivist", "transfer", *words).check(status)
            assert told.err.strip()
            assert "Traceback" not in told.err

        assert before == counter.state(), words
