"""`anjuan destruction` at the counter: the whole way in Chinese words, refusals with their way out, batches by scan."""

from __future__ import annotations

import pytest
from docx import Document

from archive.acts import Act
from archive.clikit.verbs import COMMANDS
from tests.archive.counter import contents
from tests.archive.counter import counter as a_counter
from tests.retention import lists
from tests.retention.letting_go import contract, letters


@pytest.fixture(scope="module")
def appraised(template, tmp_path_factory):
    """An office with two letters and a volume appraised for destruction: its folder and their codes."""
    folder = tmp_path_factory.mktemp("appraised")
    office = lists.copied(template / "home", template / "key", folder)
    uids = [*letters(office, 2), contract(office, 1)]
    lists.judged(office, uids)
    with office.ask("archivist") as unit:
        codes = [unit.record(uid).reference_code for uid in uids]
    office.instance.close()
    (folder / "home").symlink_to(office.home)
    return folder, codes, office.now


@pytest.fixture
def counter(appraised, tmp_path, monkeypatch):
    folder, _, now = appraised
    made = a_counter(folder, tmp_path, monkeypatch)
    made.now = now
    return made


@pytest.fixture
def codes(appraised):
    return appraised[1]


def test_req_R52_R53_a_list_goes_its_way_at_the_counter(counter, codes, tmp_path):
    """
    candidates, draft, freeze, fingerprint, check, approve, begin, confirm, pull, show, lines, signatures, register.
    """
    assert set(codes) == {row["code"] for row in counter.rows("archivist", "destruction", "candidates")}
    told = (
        counter.run("archivist", "destruction", "draft", "--reason", "期满鉴定", "--method", "撕毁")
        .check()
        .out
    )
    assert "XH2026-0001" in told and "卷件数 3" in told
    counter.run("archivist", "destruction", "freeze", "XH2026-0001").check()
    page = counter.run("gm", "destruction", "fingerprint", "XH2026-0001", "--json").check().out
    fingerprint = page.partition('"fingerprint": "')[2][:19]
    checked = counter.run("gm", "destruction", "check", "ＸＨ２０２６－０００１").check().out
    assert "没有妨碍" in checked and "anjuan destruction approve XH2026-0001" in checked

    slip = counter.run(
        "gm", "destruction", "approve", "XH2026-0001", "--fingerprint", "0000-0000-0000-0000"
    ).check(2)
    assert "anjuan destruction fingerprint XH2026-0001" in slip.err
    counter.run("gm", "destruction", "approve", "XH2026-0001", "--fingerprint", fingerprint).check()

    begin = ("destruction", "begin", "XH2026-0001", "--supervisor", "manager", "--supervisor", "secretary")
    counter.run("archivist", *begin).check(2)  # the number is not typed again
    assert "待销毁" not in counter.run("archivist", "item", "show", codes[0]).check().out
    counter.run("archivist", *begin, "--confirm", "XH2026-0001").check()
    assert "待销毁" in counter.run("archivist", "item", "show", codes[0]).check().out

    counter.run("archivist", "destruction", "pull", "XH2026-0001", codes[1], "--reason", "原件遗失").check()
    confirm = ("destruction", "confirm", "XH2026-0001", "--place", "碎纸室")
    for at in ("昨天", "2026-03-02", "2026-03-02 25:00"):
        assert "YYYY-MM-DD HH:MM" in counter.run("manager", *confirm, "--at", at).check(2).err
    counter.run("manager", *confirm, "--at", "2026年3月2日 9:01").check()
    found = counter.run("archivist", "destruction", "check", "XH2026-0001").check(5).out
    assert "8-1.5.2" in found and "secretary" in found
    counter.run("secretary", *confirm, "--remark", "清点无误").check()

    page = counter.run("staff", "destruction", "show", "XH2026-0001").check().out
    assert all(word in page for word in ("销毁中", "褚总", "冯经理", "陈秘书", "期满鉴定", fingerprint))
    rows = counter.rows("archivist", "destruction", "lines", "XH2026-0001")
    assert ["LISTED", "PULLED", "LISTED"] == [row["step"] for row in rows]
    assert {"SHRED", "TEAR"} >= {row["method"] for row in rows} and "原件遗失" == rows[1]["pulled_because"]
    assert ["碎纸室", "碎纸室"] == [
        row["place"] for row in counter.rows("gm", "destruction", "signatures", "XH2026-0001") if row["place"]
    ]
    register = counter.rows("auditor", "destruction", "register", "XH2026-0001")
    assert [] == register  # the auditor sees no record
    target = tmp_path / "清册.docx"
    counter.run("manager", "destruction", "register", "XH2026-0001", "--out", target).check()
    assert "XH2026-0001" in Document(str(target)).paragraphs[0].text
    counter.run("manager", "destruction", "register", "XH2026-0001", "--out", target).check(1)
    assert 1 == len(counter.rows("archivist", "destruction", "list", "--open"))


def test_a_batch_of_scanned_codes_stands_or_falls_together(counter, codes, tmp_path):
    """
    From a file and from standard input; one bad code refuses the batch, and nothing is written; English tells it too.
    """
    scanned = tmp_path / "scanned.txt"
    scanned.write_text(f"# 扫码\n{codes[0]}\n\n{codes[2]}\n", "utf-8")
    state = counter.state()
    refused = counter.run(
        "archivist", "destruction", "draft", "K001-无此号", "--file", scanned, "--reason", "期满"
    ).check(4)
    assert "K001-无此号" in refused.err and state == counter.state()
    counter.run("archivist", "destruction", "draft", "--file", scanned, "--reason", "期满").check()
    counter.language = "en"
    told = counter.run(
        "archivist", "destruction", "add", "XH2026-0001", "--file", "-", "--method", "pulp", typed=f"{codes[1]}\n"
    ).check().out  # fmt: skip
    assert "destruction list XH2026-0001" in told
    again = counter.run("archivist", "destruction", "add", "XH2026-0001", codes[1]).check(1)
    assert "XH2026-0001" in again.err
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing\n", "utf-8")
    counter.run("archivist", "destruction", "draft", "--file", empty, "--reason", "x").check(2)
    counter.run("archivist", "destruction", "add", "XH2026-0001").check(2)


def test_refusals_tell_the_way_out_and_change_nothing(counter, codes):
    """
    Refuse, withdraw, countersign, an unknown list, somebody without the post: status, sentence, and the same rows.
    """
    counter.run("archivist", "destruction", "draft", *codes[:2], "--reason", "期满").check()
    counter.run("archivist", "destruction", "freeze", "XH2026-0001").check()
    state = contents(counter.home / "catalogue.db")
    for who, words, status in (
        ("archivist", ("add", "XH2026-0001", codes[2]), 1),
        ("archivist", ("approve", "XH2026-0001", "--fingerprint", "x"), 3),
        ("manager", ("countersign", "XH2026-0001", "--fingerprint", "x"), 3),
        ("manager", ("confirm", "XH2026-0001", "--place", "室"), 1),
        ("archivist", ("begin", "XH2026-0001", "--supervisor", "gm", "--confirm", "XH2026-0001"), 1),
        ("staff", ("withdraw", "XH2026-0001", "--reason", "不"), 3),
        ("gm", ("refuse", "XH2026-0001", "--reason", " "), 2),
        ("archivist", ("show", "XH2026-0009"), 4), ("archivist", ("check", "XH2026-0009"), 4),
        ("archivist", ("candidates", "--appraisal", "JD1999-0001"), 4),
    ):  # fmt: skip
        told = counter.run(who, "destruction", *words).check(status)
        assert told.err.strip(), words
    assert state == contents(counter.home / "catalogue.db")
    counter.run("gm", "destruction", "refuse", "XH2026-0001", "--reason", "尚有争议").check()
    counter.run("archivist", "destruction", "draft", *codes[:2], "--reason", "期满").check()
    counter.run("archivist", "destruction", "withdraw", "XH2026-0002", "--reason", "重做").check()
    counter.run("archivist", "destruction", "check", "XH2026-0002").check()
    states = [row["state"] for row in counter.rows("archivist", "destruction", "list")]
    assert ["REFUSED", "WITHDRAWN"] == states


def test_every_act_on_a_list_is_reached_by_a_command():
    """
    Each act of drafting, freezing, and signing has its command here.
    """
    import retention.commands.destructions  # noqa: F401

    mine = (
        Act.DESTRUCTION_DRAFT, Act.DESTRUCTION_PULL, Act.DESTRUCTION_FREEZE, Act.DESTRUCTION_WITHDRAW,
        Act.DESTRUCTION_APPROVE, Act.DESTRUCTION_REFUSE, Act.DESTRUCTION_COUNTERSIGN, Act.DESTRUCTION_BEGIN,
        Act.DESTRUCTION_CONFIRM,
    )  # fmt: skip
    assert all(COMMANDS[act].startswith("retention.commands.destructions.") for act in mine)
