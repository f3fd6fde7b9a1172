"""Bad input: each a clear sentence in Chinese and English with its exit status, and nothing changed."""

from __future__ import annotations

import datetime as dt
import re
import shutil

import pytest

from archive import faults
from tests.archive.counter import counter as a_counter
from tests.archive.test_cli_commands import FILED, code_of, filed, held
from tests.conftest import PASSWORD

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PAPER = ("--title", "平面图", "--date")


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def refused(counter, status, who, *args, zh, en, **env):
    """Both languages tell it with this status; no traceback, no change."""
    counter.run(who, "--version").check()
    before = counter.state()
    for language, part in (("zh", zh), ("en", en)):
        counter.language = language
        told = counter.run(who, *args, **env).check(status)
        assert "" == told.out
        assert part in told.err, told.err
        assert told.err.startswith("错误：" if language == "zh" else "Error: ")
        assert "Traceback" not in told.err
    assert before == counter.state()
    counter.language = "zh"


OPEN = (
    "volume",
    "open",
    "--class",
    "ZX·02",
    "--department",
    "KF",
    "--dossier",
    "A1203-2025-9",
    "--title",
    "图纸",
)

#: what, status, by whom, command, part of the Chinese and of the English sentence
CASES = {
    "an unknown class": (4, "archivist", (*OPEN[:3], "ZX·99", *OPEN[4:]), "没有“ZX·99”这个类别", "ZX·99"),
    "a duplicate code": (1, "archivist", ("party", "add", "P001", "--name", "赵六", "--kind", "owner"), "已被使用", "P001"),
    "a day that does not exist": (2, "archivist", (*FILED, *PAPER, "2025-02-30"), "2025-02-30", "2025-02-30"),
    "a day to come": (2, "archivist", (*FILED, *PAPER, "2030-01-01"), "2030", "2030"),
    "an unknown level": (2, "archivist", (*OPEN, "--level", "绝密"), "绝密", "绝密"),
    "an unknown post": (2, "admin", ("person", "roles", "clerk", "--role", "king"), "king", "king"),
    "a missing folder": (4, "archivist", ("import", "/nowhere/scans", "--class", "ZX·02"), "/nowhere/scans", "/nowhere/scans"),
    "an unknown record": (4, "archivist", ("volume", "show", "K001-NO"), "没有找到", "K001-NO"),
    "an unknown party": (4, "archivist", (*OPEN, "--party", "P999"), "P999", "P999"),
    "an unknown field": (2, "archivist", (*FILED, "--field", "colour=red", *PAPER, "20250301"), "colour", "colour"),
    "a field without =": (2, "archivist", (*FILED, "--field", "permit", *PAPER, "20250301"), "permit", "permit"),
    "a post without the right": (3, "staff", OPEN, "不能办理", "post"),
    "nobody logged in": (3, "", ("volume", "list"), "anjuan login", "anjuan login"),
    "a confirmation not typed": (2, "admin", ("person", "leave", "clerk"), "clerk", "clerk"),
    "a confirmation mistyped": (2, "admin", ("person", "leave", "clerk", "--confirm", "clark"), "clark", "clark"),
    "no password given": (2, "", ("login", "clerk"), "--password-file", "--password-file"),
    "a password file that is not there": (4, "", ("login", "clerk", "--password-file", "/no/pw"), "/no/pw", "/no/pw"),
    "two administrative posts": (3, "admin", ("person", "roles", "auditor", "--role", "auditor", "--role", "security_admin"), "三员分立", "administrat"),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_bad_input_is_told_and_changes_nothing(counter, what):
    """Status and sentence in both languages for each case of the table."""
    status, who, args, zh, en = CASES[what]
    refused(counter, status, who, *args, zh=zh, en=en)


def test_overlapping_pages_are_refused(counter):
    """The next paper begins where the last one ended (V4)."""
    volume = filed(counter).removesuffix("-001")
    given = ("item", "file", "--volume", volume, "--title", "水电图", "--first-page", "2")
    refused(counter, 1, "archivist", *given, zh="第 3 页", en="next page is 3")


def test_a_second_loan_and_one_to_oneself_are_refused(counter):
    """Lent is lent; two people sign; the count must agree."""
    volume = held(counter)
    lend = ("loan", "lend", volume, "--for", "核对", "--to")
    refused(counter, 3, "archivist", *lend, "archivist", zh="两人", en="two")
    refused(counter, 1, "archivist", *lend, "staff", "--pages", "9", zh="账面数", en="9")
    refused(counter, 3, "archivist", *lend, "staff", zh="须先经部门经理批准", en="approved")
    counter.approve(volume)
    counter.run("archivist", *lend, "staff").check()
    refused(counter, 1, "archivist", *lend, "staff", zh="已经借出", en="on loan already")


def test_hidden_and_absent_are_told_alike(counter):
    """A tenant volume one may not see answers as one that never was (V23)."""
    about = (
        "--class",
        "YH·01",
        "--department",
        "KF",
        "--premises",
        "A1203",
        "--party",
        "P001",
        "--title",
        "张三入住",
    )
    hidden = code_of(counter.run("archivist", "volume", "open", *about).check())
    there = counter.run("staff", "volume", "show", hidden).check(4)
    not_there = counter.run("staff", "volume", "show", f"{hidden[:-1]}9").check(4)

    assert there.err.replace(hidden, "…") == not_there.err.replace(f"{hidden[:-1]}9", "…")


def test_a_missing_or_too_large_file_is_refused(counter):
    """Nothing is attached; the limit of the settings is told."""
    item = filed(counter)
    refused(
        counter, 4, "archivist", "item", "attach", item, "/no/file.pdf", zh="/no/file.pdf", en="/no/file.pdf"
    )
    refused(
        counter,
        4,
        "archivist",
        *FILED,
        *PAPER,
        "20250301",
        "--attach",
        "/no/file.pdf",
        zh="不存在",
        en="/no/file.pdf",
    )
    big = counter.desk / "big.bin"
    with big.open("wb") as file:
        file.truncate(2 << 20)
    refused(
        counter, 1, "archivist", "item", "attach", item, big, zh="1 MiB", en="1 MiB", ANJUAN_MAX_FILE_MIB="1"
    )


def test_a_full_disk_is_told_and_nothing_is_lost(counter):
    """No room while the bytes are written: status 7, and the same command works once there is room again."""
    item = filed(counter)
    (counter.desk / "a.txt").write_text("水电平面布置")
    given = ("item", "attach", item, counter.desk / "a.txt")
    before = counter.state()
    for language, part in (("zh", "磁盘已满"), ("en", "full")):
        counter.language = language
        with faults.armed("vault.chunk:1:enospc"):
            assert part in counter.run("archivist", *given).check(7).err
    assert before == counter.state()
    counter.run("archivist", *given).check()


def test_no_key_and_wrong_secrets_are_told(counter):
    """No key file, another instance's key, a wrong passphrase, a mistyped recovery key: status 6 each."""
    refused(
        counter,
        6,
        "archivist",
        "tree",
        zh="没有可用的钥匙",
        en="key",
        ANJUAN_KEY_FILE=str(counter.desk / "gone"),
    )
    wrong = counter.secret("not the passphrase")
    refused(counter, 6, "archivist", "--passphrase-file", wrong, "tree", zh="口令不正确", en="passphrase")
    refused(counter, 6, "archivist", "--recovery-file", wrong, "tree", zh="抄写有误", en="Group 1")


def test_a_wrong_password_is_told(counter):
    """Status 3, the same for both languages."""
    wrong = counter.secret("not the password")
    refused(counter, 3, "", "login", "clerk", "--password-file", wrong, zh="密码不正确", en="password")


def test_a_damaged_database_is_told(counter):
    """A catalogue that is no database any more: status 7, nothing written over it; doctor says so with 5."""
    counter.run("archivist", "tree").check()
    path = counter.home / "catalogue.db"
    raw = bytearray(path.read_bytes())
    raw[:100] = b"x" * 100
    path.write_bytes(raw)
    for language, part in (("zh", "已损坏"), ("en", "damaged")):
        counter.language = language
        told = counter.run("archivist", "tree").check(7)
        assert part in told.err
    assert bytes(raw) == path.read_bytes()
    assert "catalogue.db" in counter.run("", "doctor", "--json").check(5).out


def test_no_instance_unknown_settings_and_a_taken_folder_are_told(counter, tmp_path):
    """Before anything is opened: status 4, 2 and 1."""
    given = (
        "--admin",
        "z",
        "--password-file",
        counter.secret(PASSWORD),
        "--key-file",
        tmp_path / "k",
        "--yes",
    )
    before = counter.state()
    for language, parts in (
        ("zh", ("没有案卷库", "loan_days", "空文件夹")),
        ("en", ("instance", "loan_days", "empty")),
    ):
        counter.language = language
        home = counter.home
        counter.home = tmp_path
        assert parts[0] in counter.run("", "tree").check(4).err
        counter.home = home
        assert parts[2] in counter.run("", "init", *given).check(1).err
        copy = tmp_path / f"copy-{language}"
        shutil.copytree(home, copy)
        with (copy / "anjuan.toml").open("a") as file:
            file.write("loan_day = 7\n")
        counter.home = copy
        assert parts[1] in counter.run("", "tree").check(2).err
        counter.home = home
    assert before == counter.state()
    assert not (tmp_path / "k").exists()


def test_a_key_file_inside_the_instance_is_refused_and_leaves_nothing(counter, tmp_path):
    """A key beside the lock is no key: status 6, the folder stays empty."""
    counter.home = tmp_path / "fresh"
    given = (
        "init",
        "--admin",
        "z",
        "--password-file",
        counter.secret(PASSWORD),
        "--yes",
        "--key-file",
        counter.home / "key",
    )
    for language in ("zh", "en"):
        counter.language = language
        counter.run("", *given).check(6)
    assert [] == list(counter.home.iterdir())


def test_a_clock_set_back_is_refused(counter):
    """Work before the last line of the log would confuse every period (M1)."""
    counter.run("archivist", "premises", "add", "Z1", "--building", "Z").check()
    counter.now -= dt.timedelta(days=1)
    refused(counter, 1, "archivist", "premises", "add", "Z2", "--building", "Z", zh="时钟", en="clock")
    refused(counter, 1, "archivist", "volume", "list", zh="时钟", en="clock")
