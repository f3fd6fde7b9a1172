"""Requests, matrix and absences from the command line: every act has its command, every slip its sentence."""

from __future__ import annotations

import re

import pytest

from archive.acts import Act
from archive.clikit import COMMANDS
from tests.archive.counter import counter as a_counter
from tests.archive.test_cli_commands import held


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def asked(counter, *given, who="staff", kind="借出") -> str:
    told = counter.run(who, "request", "ask", *given, "--kind", kind, "--for", "核对图纸").check()
    return re.search(r"SQ\d{4}-\d{5}", told.out)[0]


def test_req_R35_a_request_goes_from_asking_to_the_grant_by_command(counter):
    """Asked, seen in the inbox, approved, listed, shown with its decision, withdrawn."""
    code = held(counter)
    number = asked(counter, code)
    (row,) = counter.rows("manager", "request", "inbox")
    assert (f"{number}/1", "LOAN", code, "INTERNAL", False) == (
        row["number"], row["kind"], row["code"], row["level"], row["out"],
    )  # fmt: skip
    told = counter.run("manager", "request", "approve", number, "--reason", "同意").check()
    assert "完成：批准申请" in told.out
    assert [("APPROVED", None)] == [
        (one["state"], one["waits_for"]) for one in counter.rows("staff", "request", "list", "--mine")
    ]
    sheet = counter.rows("staff", "request", "show", number)
    assert [("request.approve", "冯经理", "同意")] == [
        (one["act"], one["decider"], one["reason"]) for one in sheet["decisions"]
    ]
    table = counter.run("staff", "request", "show", number).check().out
    assert "审批意见" in table
    assert "已批准" in table
    told = counter.run("staff", "request", "withdraw", number).check()
    assert "已撤回" in told.out
    assert [] == counter.rows("manager", "request", "inbox")


def test_req_R35_codes_and_numbers_come_from_a_file_or_standard_input(counter, tmp_path):
    """One a line, blank lines and remarks left out; several lines are approved and told one by one."""
    code = held(counter)
    scans = tmp_path / "codes.txt"
    scans.write_text(f"# 第一批\n\n{code}\n", "utf-8")
    first = asked(counter, "--file", scans)
    second = asked(counter, code, "--wanted", "去年的整改通知", who="records")
    told = counter.run("manager", "request", "approve", "--file", "-", typed=f"{first}\n{second}/1\n").check()

    assert 2 == told.out.count("完成：批准申请")
    counter.run("archivist", "request", "match", f"{second}/2", code).check(1)  # asked for already
    told = counter.run("archivist", "request", "refuse", f"{second}/2", "--reason", "查无此件").check()
    assert "未批准" in told.out
    assert ["APPROVED", "REFUSED"] == [
        one["state"] for one in counter.rows("archivist", "request", "list", "--reader", "records")
    ]
    assert [first] == [
        one["number"][:12]
        for one in counter.rows("archivist", "request", "list", "--record", code, "--state", "已批准")
    ][:1]


def test_req_R35_words_are_matched_and_what_needs_nobody_is_approved_at_once_by_command(counter):
    """`match` tells the code and who decides next; reading in the own department waits for nobody."""
    code = held(counter)
    number = asked(counter, "--wanted", "A1203 的平面图")
    told = counter.run("archivist", "request", "match", f"{number}/1", code).check()
    assert code in told.out
    assert "部门经理" in told.out
    told = counter.run("clerk", "request", "ask", code, "--kind", "read", "--for", "核对").check()
    assert "其中无需审批 1" in told.out


def test_req_R35_slips_are_told_with_the_right_status_and_change_nothing(counter, tmp_path):
    """Usage 2, not permitted 3, not found 4, cannot now 1; the sentence is Chinese, or English if asked."""
    code = held(counter)
    number = asked(counter, code)
    counter.run("gm", "whoami").check()
    counter.run("supervisor", "whoami").check()
    before = counter.state()
    for who, words, status in (
        ("staff", ("request", "ask", code, "--kind", "burn", "--for", "x"), 2),
        ("staff", ("request", "ask", code, "--kind", "loan", "--for", " "), 2),
        ("staff", ("request", "ask", "--kind", "loan", "--for", "x"), 2),
        ("staff", ("request", "ask", code, "--kind", "loan", "--for", "x", "--until", "2026-02-31"), 2),
        ("staff", ("request", "ask", code, "--kind", "loan", "--for", "x", "--until", "2025-01-01"), 2),
        ("staff", ("request", "ask", code, "--kind", "loan", "--for", "x"), 1),
        ("staff", ("request", "ask", code, code, "--kind", "copy", "--for", "x"), 2),
        ("staff", ("request", "ask", "K001-XX-1", "--kind", "loan", "--for", "x"), 4),
        ("staff", ("request", "ask", "--file", tmp_path / "none", "--kind", "loan", "--for", "x"), 4),
        ("staff", ("request", "ask", "--file", tmp_path, "--kind", "loan", "--for", "x"), 4),
        ("staff", ("request", "approve", number), 3),
        ("supervisor", ("request", "approve", number), 3),
        ("manager", ("request", "approve"), 2),
        ("manager", ("request", "refuse", number, "--reason", ""), 2),
        ("manager", ("request", "approve", "SQ2026-99999"), 4),
        ("staff", ("request", "show", "SQ2026-99999"), 4),
        ("staff", ("absence", "set", "--from", "2026-03-09", "--to", "2026-03-02"), 2),
        ("staff", ("absence", "end", "manager"), 4),
        ("staff", ("matrix", "show", "1999"), 4),
        ("gm", ("matrix", "adopt", "1999", "--confirm", "1999"), 4),
        ("gm", ("matrix", "adopt", "1999", "--confirm", "2000"), 2),
    ):  # fmt: skip
        told = counter.run(who, *words).check(status)
        assert "错误：" in told.err, words

    assert before == counter.state()


def test_req_R35_the_matrix_is_exported_changed_proposed_compared_and_adopted_by_command(counter, tmp_path):
    """The security administrator sees what his change means, the general manager compares and adopts it."""
    text = counter.run("security", "matrix", "export").check().out
    path = tmp_path / "approvals.toml"
    path.write_text(text.replace('"2026-1"', '"2026-2"').replace('levels = ["PUBLIC"]\nsteps = []', 'levels = ["PUBLIC"]\nsteps = ["ARCHIVIST"]'), "utf-8")  # fmt: skip
    told = counter.run("security", "matrix", "propose", path).check()
    assert "以下 1 处" in told.out
    assert "无须审批" in told.out
    counter.run("security", "matrix", "propose", path).check(1)
    (change,) = counter.rows("gm", "matrix", "compare", "2026-2")
    assert (["READ"], "FREE", ["ARCHIVIST"]) == (change["kinds"], change["before"], change["after"])
    counter.run("gm", "matrix", "adopt", "2026-2", "--confirm", "2026-2").check()
    assert [False, True] == [one["in_force"] for one in counter.rows("staff", "matrix", "list")]
    shown = counter.rows("staff", "matrix", "show")
    assert 17 == len(shown)
    assert {"says", "own", "personnel", "owners", "classes"} <= set(shown[0])
    assert "人事档案" in counter.run("staff", "matrix", "show").check().out
    assert shown != counter.rows("staff", "matrix", "show", "2026-1")
    slip = counter.run("security", "matrix", "propose", "-", typed='version = "x"\n[[rule]]\n').check(2)
    assert "rule[1].clause" in slip.err


def test_req_R35_absences_are_set_listed_and_ended_by_command(counter):
    """With a deputy; the colleague's list leaves the reason out."""
    told = counter.run(
        "manager", "absence", "set", "--from", "today", "--to", "2026-03-06", "--deputy", "supervisor",
        "--reason", "体检",
    ).check()  # fmt: skip
    assert "supervisor" in told.out
    assert [("manager", "supervisor", "")] == [
        (one["account"], one["deputy"], one["reason"]) for one in counter.rows("staff", "absence", "list")
    ]
    counter.run("manager", "absence", "end", "manager").check()
    assert [] == counter.rows("manager", "absence", "list")
    assert ["体检"] == [
        one["reason"] for one in counter.rows("hr", "absence", "list", "--all", "--account", "manager")
    ]


def test_house_every_act_of_this_part_has_its_command_and_every_list_prints_csv(counter):
    """What can be done can be typed."""
    ours = [act for act in Act if act.value.startswith(("request.", "matrix.", "absence."))]
    asked(counter, held(counter))
    for words in (
        ("request", "list"),
        ("request", "inbox"),
        ("matrix", "show"),
        ("matrix", "list"),
        ("absence", "list"),
    ):
        told = counter.run("manager", *words, "--csv").check().out
        assert re.match(r"[^,]+(,[^,]+)+", told.splitlines()[0]), words

    assert 13 == len(ours)
    assert set(ours) <= set(COMMANDS)
