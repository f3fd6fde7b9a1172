"""Backup sets through the command line (R14, decision 12)."""

from __future__ import annotations

import re

import pytest

from archive.backups import read_slip
from tests.archive.counter import counter as a_counter


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def slip_in(out: str) -> str:
    """The slip as it stands in its frame, three lines of five, five and four groups."""
    lines = [line.strip("│ ") for line in out.splitlines() if "│" in line]
    return "-".join(line for line in lines if re.fullmatch(r"[0-9A-Z]{5}(-[0-9A-Z]{5}){3,4}", line))


def test_dec_12_a_set_is_made_listed_and_its_slip_shown_again(counter, tmp_path):
    """create prints the slip once; `backup slip` prints the same; the list tells folder and reach in words and JSON."""
    told = counter.run("admin", "backup", "create", tmp_path / "set", "--remark", "一号移动硬盘").check().out
    assert "BF2026-00001" in told and "恢复密钥和当期凭条缺一不可" in told
    slip = slip_in(told)
    assert read_slip(slip).epoch == 1
    assert slip_in(counter.run("admin", "backup", "slip").check().out) == slip
    assert slip_in(counter.run("admin", "backup", "create", tmp_path / "two").check().out) == ""
    rows = counter.rows("archivist", "backup", "list")
    assert [(one["number"], one["state"], one["in_reach"], one["epoch"]) for one in rows] == [
        ("BF2026-00002", "CURRENT", True, 1), ("BF2026-00001", "CURRENT", True, 1),
    ]  # fmt: skip
    assert rows[1]["folder"] == str(tmp_path / "set" / "BF2026-00001") and rows[1]["remark"] == "一号移动硬盘"
    shown = counter.run("auditor", "backup", "list").check().out
    assert "备份套号" in shown and "有效" in shown
    counter.language = "en"
    assert "Backup set" in counter.run("auditor", "backup", "list").check().out


def test_dec_12_the_slip_is_for_the_system_administrator_and_is_never_in_the_log(counter, tmp_path):
    """Others are refused; that it was shown is logged, what it says is not."""
    slip = slip_in(counter.run("admin", "backup", "create", tmp_path / "set").check().out)
    for who in ("archivist", "gm", "auditor", "security"):
        assert slip_in(counter.run(who, "backup", "slip").check(3).out) == ""
    counter.run("admin", "backup", "slip").check()
    log = counter.run("auditor", "audit", "list", "--json").check().out
    assert "keys.recovery" in log and slip not in log and slip.split("-")[3] not in log
    raw = (counter.home / "catalogue.db").read_bytes()
    assert slip.split("-")[3].encode() not in raw and read_slip(slip).secret not in raw


def test_a_set_is_forgotten_only_when_its_number_is_typed_again(counter, tmp_path):
    """Without --confirm: nothing; with another number: nothing; then its pack is gone."""
    counter.run("admin", "backup", "create", tmp_path / "set").check()
    forget = ("admin", "backup", "forget", "BF2026-00001", "--reason", "硬盘报废")
    state = counter.state()
    counter.run(*forget).check(2)
    counter.run(*forget, "--confirm", "BF2026-00002").check(2)
    assert counter.state() == state and list((tmp_path / "set").rglob("keys.pack"))
    assert "已注销" in counter.run(*forget, "--confirm", "BF2026-00001").check().out
    assert not (tmp_path / "set").exists() or list((tmp_path / "set").iterdir()) == []
    assert counter.rows("admin", "backup", "list") == []
    assert len(counter.rows("admin", "backup", "list", "--all")) == 1


@pytest.mark.parametrize(
    ("status", "words", "args"),
    [
        (4, "没有找到", ("forget", "BF2026-00009", "--reason", "x", "--confirm", "BF2026-00009")),
        (2, "--reason", ("forget", "BF2026-00001", "--confirm", "BF2026-00001")),
        (1, "", ("create", "{home}")),
        (4, "", ("create", "{home}/../no/where")),
        (2, "", ("create",)),
    ],
)
def test_what_cannot_be_is_said_in_words_and_changes_nothing(counter, tmp_path, status, words, args):
    """Bad input of every kind: an exit status and a sentence, no row."""
    counter.run("admin", "backup", "list").check()
    state = counter.state()
    told = counter.run("admin", "backup", *(one.format(home=counter.home) for one in args))
    assert told.status in {status, 2} and words in told.err and told.err
    assert counter.state() == state


def test_catching_up_with_nothing_pending_says_so(counter, tmp_path):
    """No set, or none that waits: a sentence, not an empty line."""
    assert "没有待补改" in counter.run("admin", "backup", "catch-up").check().out
    counter.run("admin", "backup", "create", tmp_path / "set").check()
    assert "没有待补改" in counter.run("admin", "backup", "catch-up").check().out
    counter.run("archivist", "backup", "catch-up").check(3)


def test_the_rounds_look_for_sets_that_came_back(counter):
    """A part of the daily rounds, done by the clock's credential."""
    counter.run("admin", "rounds", "enrol").check()
    rows = counter.rows("", "--as", "system", "rounds", "run")
    (part,) = [one for one in rows if one["part"] == "BACKUPS"]
    assert (part["state"], part["facts"]) == (
        "ok",
        {"sets_current": 0, "sets_pending": 0, "settled": 0, "sets_read": 0},
    )


def test_doctor_asks_for_a_backup(counter, tmp_path):
    """A warning with what to do, until there is one."""
    assert "anjuan backup create" in counter.run("admin", "doctor").out
    counter.run("admin", "backup", "create", tmp_path / "set").check()
    assert "anjuan backup create" not in counter.run("admin", "doctor").out
    assert "anjuan backup drill" in counter.run("admin", "doctor").out
