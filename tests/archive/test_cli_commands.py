"""Breadth: every noun does its work through the command line, and every list prints JSON and CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
import sqlite3
import tempfile

import pytest

import cli
from archive import audit, clikit
from archive.acts import Act
from tests.archive.counter import counter as a_counter
from tests.archive.counter import slip
from tests.archive.test_cli import LEAVES
from tests.conftest import PASSWORD


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def code_of(told) -> str:
    """The reference code in a confirmation."""
    return re.search(r"K001-[^\s，]+", told.out)[0]


FILED = (
    "item",
    "file",
    "--class",
    "ZX·02",
    "--department",
    "KF",
    "--premises",
    "A1203",
    "--dossier",
    "A1203-2025-1",
)


def filed(counter, *more, title="装修平面图", who="archivist") -> str:
    return code_of(
        counter.run(who, *FILED, "--title", title, "--date", "2025-03-02", "--pages", "2", *more).check()
    )


def held(counter) -> str:
    """A volume with one paper, closed and accepted."""
    volume = filed(counter).removesuffix("-001")
    counter.run("archivist", "volume", "close", volume, "--confirm", volume).check()
    counter.run("archivist", "handover", "accept", volume, "--from", "clerk").check()
    return volume


def sealed(counter) -> None:
    """A volume in the bag D9, asked for, approved and sealed."""
    volume = filed(counter, "--dossier", "A1203-2025-9").removesuffix("-001")
    counter.run("archivist", "volume", "close", volume, "--confirm", volume).check()
    counter.run("archivist", "handover", "accept", volume, "--from", "clerk").check()
    bag = ("location", "add", "D9", "--kind", "bag", "--name", "档案袋", "--inside", "R1-C1")
    counter.run("archivist", *bag).check()
    asked = (
        counter.run("archivist", "request", "ask", volume, "--kind", "seal", "--for", "存满一年").check().out
    )
    counter.run("manager", "request", "approve", re.search(r"SQ2026-\d+", asked)[0]).check()
    close = ("seal", "close", volume, "--bag", "D9", "--seal-no", "9", "--checked-by", "clerk")
    counter.run("archivist", *close).check()


#: Lists that need more than this office has: a set, a package, a kept mapping, a file to write.
GIVEN = {
    ("backup", "drill"), ("backup", "repair"), ("backup", "verify"), ("form", "template", "show"),
    ("properties", "package"), ("properties", "record"), ("sheet", "import"), ("sheet", "profile", "show"), ("sheet", "undo"),
}  # fmt: skip


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_every_list_prints_json_and_csv(counter, every):
    """--json is JSON with stable values, --csv has one heading a column, --table is for people."""
    volume = held(counter)
    item = f"{volume}-001"
    (counter.desk / "empty").mkdir()
    listed = counter.desk / "业户.csv"
    listed.write_text("业户编号,业户名称\nP001,张三\n", "utf-8")
    counter.run("archivist", "sheet", "import", listed, "--kind", "PARTIES").check()
    words = {
        "letter list": ["in"], "letter show": [f"SW{dt.date.today().year}-00001"], "sheet check": [listed, "--kind", "PARTIES"], "sheet show": ["DR2026-00001"],
        "volume show": [volume], "volume history": [volume], "item show": [item], "item history": [item],
        "item files": [item], "dossier show": ["A1203-2025-1"], "dossier missing": ["A1203-2025-1"],
        "party show": ["P001"], "premises show": ["A1203"], "location show": ["R1-C1"], "class show": ["ZX·02"],
        "import": [counter.desk / "empty"], "scan attach": [counter.desk / "empty"], "search": ["平面图"], "saved run": ["图"],
        "loan who": [volume], "where": [volume], "shelf history": [volume], "visitor show": ["LF2026-00001"],
        "incident show": ["SG2026-0001"], "incident grants": ["SG2026-0001"],
        "clearance show": ["staff"], "clearance points": ["staff"],
        "handover show": ["YJ2026-0001"], "seal show": ["D9"], "seal contents": ["D9"], "plan propose": ["KF"],
        "request show": ["SQ2026-00001"], "stocktake show": ["QD2026-0001"], "stocktake differences": ["QD2026-0001"],
        "trigger list": [volume], "schedule history": [volume], "schedule preview": ["2026.2"], "hold check": [volume],
        "hold show": ["DJ2026-0001"], "appraisal show": ["JD2026-0001"], "appraisal members": ["JD2026-0001"],
        "appraisal work": ["JD2026-0001"], "appraisal opinions": ["JD2026-0001", "1"],
        "subject report": ["--party", "P001"], "matrix compare": ["2026-1"], "notice show": ["CH2026-00001"], "person contact": ["archivist"], "validity history": [volume],
    }  # fmt: skip
    who = {
        "audit": "auditor",
        "vault": "auditor",
        "keys": "admin",
        "doctor": "admin",
        "grant": "gm",
        "index": "archivist",
        "backup": "admin",
    }
    counter.run("archivist", "saved", "save", "图", "平面图").check()
    counter.run("archivist", "incident", "report", volume, "--kind", "leaked", "--course", "外泄").check()
    counter.run("hr", "clearance", "begin", "staff", "--on", "today").check()
    letter = "--organisation 东城供电局 --letter 介字12号 --letter-date today --name-file -".split()
    counter.run("archivist", "visitor", "add", "--kind", "parent_company", *letter, typed="钱外宾\n").check()
    sealed(counter)
    counter.approve(volume)
    counter.run("archivist", "loan", "lend", volume, "--to", "staff", "--for", "核对").check()
    came = ("letter", "register", "in", "--from", "东城供电局", "--title", "关于停电的函")
    counter.run("archivist", *came).check()
    chase = ("chase", "send", volume, "--by", "telephone", "--text", "请送回")
    counter.run("archivist", *chase).check()
    count = ("stocktake", "begin", "month", "--counter", "clerk", "--counter", "records")
    counter.run("archivist", *count).check()
    panel = ("--leader", "gm", "--member", "manager", "--member", "secretary")
    counter.run("archivist", "appraisal", "begin", volume, *panel).check()
    counter.run("gm", "hold", "place", volume, "--reason", "诉讼").check()
    longer = ("--class", "YH·04", "--period", "D30", "--reason", "涉权益")
    counter.run("archivist", "schedule", "draft", *longer).check()
    seen = 0
    for path, one in LEAVES[::every]:
        if tuple(path) in {("loan", "return-many"), ("matrix", "propose"), ("rounds", "run")}:
            continue  # acts that tell line by line: see test_loans, test_request_commands, test_rounds
        if path[0] in {"destruction", "transfer"} and any(param.required for param in one.params):
            continue  # lists of what is on its way out: see test_destruction_commands, test_transfer_commands
        if path[0] == "package" or tuple(path) in GIVEN:
            continue  # what is read from a set or a package, made or shown by name: see their own tests
        if tuple(path) == ("destruction", "certificate"):
            continue  # printed or checked, never listed: see test_certificate
        forms = {option for param in one.params for option in param.opts} & {"--json", "--csv"}
        given = [who.get(path[0], "archivist"), *path, *words.get(" ".join(path), [])]
        if "--json" in forms:
            told = json.loads(counter.run(*given, "--json").check().out)
            assert isinstance(told, (list, dict)), path
            seen += 1
        if "--csv" in forms and isinstance(told, list) and path[0] not in {"due", "index"}:
            heading = next(csv.reader(io.StringIO(counter.run(*given, "--csv").check().out)))
            assert not told or len(heading) == len(told[0]), path
    assert seen >= 25 // every


def test_json_values_are_stable_whatever_the_language(counter):
    """Levels by name, states by value, days in ISO; the Chinese is for the table."""
    held(counter)
    told = []
    for language in ("zh", "en"):
        counter.language = language
        told.append(counter.rows("archivist", "volume", "list"))

    assert told[0] == told[1]
    assert ("INTERNAL", "HELD", "2025-03-02") == tuple(
        told[0][0][name] for name in ("level", "state", "first_date")
    )


def test_a_volume_goes_its_way(counter):
    """open, file into, edit, move, level, close, show, history."""
    who = "archivist"
    about = ("--class", "ZX·02", "--department", "KF", "--premises", "A1204", "--dossier", "A1204-2025-1")
    volume = code_of(counter.run(who, "volume", "open", *about, "--title", "A1204 图纸").check())
    counter.run(
        who, "item", "file", "--volume", volume, "--title", "水电图", "--date", "2025-04-01", "--pages", 3
    ).check()
    counter.run(
        who, "item", "file", "--volume", volume, "--title", "平面图", "--date", "20250301", "--first-page", 4
    ).check()
    counter.run(
        who, "volume", "edit", volume, "--title", "A1204 装修图纸", "--field", "permit_no=XK-2025-018"
    ).check()
    counter.run(who, "volume", "move", volume, "--to", "R1-C1").check()
    counter.run(who, "volume", "level", volume, "秘密", "--reason", "涉及安防布置").check()
    counter.run(who, "volume", "close", volume, "--confirm", volume).check()
    page = counter.rows(who, "volume", "show", volume)

    assert ["平面图", "水电图"] == [one["title"] for one in page["items"]]
    assert ({"value": "CONFIDENTIAL"}, "CLOSED") == ({"value": page["level"]["value"]}, page["state"])
    assert "一号库房 / 一号柜" == page["place"]
    assert ["A1204 图纸"] == [one["title"] for one in counter.rows(who, "volume", "history", volume)]


def test_an_item_is_moved_edited_and_read(counter):
    """attach, files, read, get; edit; move to another open volume."""
    (counter.desk / "a.txt").write_text("水电平面布置")
    item = filed(counter, "--attach", counter.desk / "a.txt")
    other = code_of(
        counter.run(
            "archivist", "volume", "open", *FILED[2:6], "--dossier", "A1203-2025-2", "--title", "另案"
        ).check()
    )
    counter.run("archivist", "item", "attach", item, counter.desk / "a.txt", "--kind", "drawing").check()
    counter.run("archivist", "item", "edit", item, "--note", "有修改").check()

    assert ["a.txt", "a.txt"] == [one["name"] for one in counter.rows("archivist", "item", "files", item)]
    assert "没有可读的正文" in counter.run("archivist", "item", "read", item, "--for", "查看").check().out
    counter.run("archivist", "item", "get", item, "--to", counter.desk / "b.txt", "--for", "核对").check()
    assert "水电平面布置" == (counter.desk / "b.txt").read_text()
    counter.run("archivist", "item", "get", item, "--to", counter.desk / "b.txt", "--for", "核对").check(1)
    moved = code_of(counter.run("archivist", "item", "move", item, "--to", other).check())
    assert f"{other}-001" == moved


def test_parties_premises_and_places_are_kept(counter):
    """add, edit, list, show of the three registers; a party is found by its exact name."""
    run = counter.run
    run(
        "archivist", "party", "add", "P009", "--name", "王五", "--kind", "租户", "--phone", "13800138000"
    ).check()
    run("archivist", "party", "edit", "P009", "--note", "二楼").check()
    run("archivist", "premises", "add", "C0101", "--building", "C座").check()
    run("archivist", "premises", "edit", "C0101", "--area", "88").check()
    run("archivist", "location", "add", "R1-C3", "--kind", "柜", "--name", "三号柜", "--inside", "R1").check()
    run("archivist", "location", "edit", "R1-C3", "--lockable").check()

    assert ["P009"] == [one["code"] for one in counter.rows("archivist", "party", "list", "--name", "王五")]
    assert "二楼" == counter.rows("archivist", "party", "show", "P009")["note"]
    assert "88" == counter.rows("archivist", "premises", "show", "C0101")["area"]
    assert (True, "一号库房 / 三号柜") == tuple(
        counter.rows("archivist", "location", "show", "R1-C3")[one] for one in ("lockable", "path")
    )


def test_people_come_change_and_go(counter):
    """A one-time code is shown once and must be changed; posts, clearance, reset and confirm, leaving."""
    told = counter.run(
        "admin", "person", "add", "newman", "--name", "新人", "--department", "KF", "--role", "文员"
    ).check()
    code = re.search(r"(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}", told.out)[0]
    first = counter.run("", "login", "newman", "--password-file", counter.secret(code)).check()
    assert "anjuan password" in first.out
    counter.run("admin", "person", "roles", "newman", "--role", "clerk", "--role", "records_clerk").check()
    counter.run("security", "person", "clear", "newman", "秘密").check()
    counter.run("admin", "person", "reset", "newman").check()
    counter.run("security", "person", "confirm", "newman").check()
    counter.run("hr", "clearance", "begin", "newman", "--on", "today").check()
    counter.run("manager", "clearance", "sign", "newman").check()
    counter.run("archivist", "clearance", "certify", "newman", "--confirm", "newman").check()
    counter.run("admin", "person", "leave", "newman", "--confirm", "newman", "--on", "today").check()
    counter.run("admin", "department", "add", "AB", "安保部").check()
    line = next(one for one in counter.rows("admin", "person", "list") if one["account"] == "newman")

    assert ("LEFT", "CONFIDENTIAL", True) == (line["employment"], line["clearance"], line["confirmed"])
    assert "AB" in {one["code"] for one in counter.rows("admin", "department", "list")}
    assert code not in "".join(str(line) for line in counter.rows("auditor", "audit", "list"))


def test_grants_open_and_close(counter):
    """The general manager opens one record to one person; it is gone when withdrawn."""
    volume = code_of(
        counter.run(
            "archivist",
            "volume",
            "open",
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
        ).check()
    )
    counter.run("clerk", "volume", "show", volume).check()
    counter.run("supervisor", "volume", "show", volume).check(4)
    told = counter.run(
        "gm",
        "grant",
        "give",
        volume,
        "--to",
        "supervisor",
        "--act",
        "read",
        "--until",
        "2026-06-30",
        "--reason",
        "核对",
    ).check()
    counter.run("supervisor", "volume", "show", volume).check()
    uid = re.search(r"授权编号 (\w+)", told.out)[1]
    counter.run("gm", "grant", "revoke", uid, "--confirm", uid).check()
    counter.run("supervisor", "volume", "show", volume).check(4)
    duty = ("--act", "see", "--until", "2026-12-31", "--reason", "日常", "--department", "KF", "--at-home")
    counter.run("gm", "grant", "give-duty", "cs_supervisor", "YH", *duty).check()
    counter.run("supervisor", "volume", "show", volume).check()


def test_what_happens_starts_the_clock(counter):
    """`trigger record` moves the due dates of a contract's volumes."""
    about = ("--class", "HT·01", "--department", "KF", "--dossier", "HT-2024-0032", "--title", "清洁合同")
    fields = ("--field", "contract_no=HT-2024-0032", "--field", "counterparty=清源保洁")
    volume = code_of(
        counter.run("archivist", "item", "file", *about, "--date", "2024-01-02", *fields).check()
    ).removesuffix("-001")
    assert counter.rows("archivist", "volume", "show", volume)["trigger_date"] is None
    told = counter.run(
        "archivist",
        "trigger",
        "record",
        "HT-2024-0032",
        "contract_expired",
        "--on",
        "2025-12-31",
        "--note",
        "合同第八条",
    ).check()

    assert "案卷 1" in told.out
    assert "2025-12-31" == counter.rows("archivist", "volume", "show", volume)["trigger_date"]


def test_a_loan_that_comes_back_short_is_told(counter):
    """A difference is kept on the line and warned of; the register shows it."""
    volume = held(counter)
    counter.approve(volume)
    counter.run(
        "archivist", "loan", "lend", volume, "--to", "staff", "--for", "核对", "--due", "2026-03-10"
    ).check()
    assert [volume] == [one["code"] for one in counter.rows("archivist", "loan", "list", "--open")]
    told = counter.run("archivist", "loan", "return", volume, "--pages", "1").check()

    assert "照实记录" in told.err and "SG2026-0001" in told.err
    assert [False] == [one["intact"] for one in counter.rows("archivist", "loan", "list")]


def test_an_import_reports_what_was_not_filed_and_a_second_run_adds_nothing(counter):
    """Status 1 and a report while a file is refused; what was filed is not filed again."""
    folder, report = counter.desk / "scans", counter.desk / "report.csv"
    folder.mkdir()
    for name in ("2025-03-02 平面图.txt", "2025-03-05 水电图.txt", "2025-02-30 不存在的日子.txt"):
        (folder / name).write_text(name)
    given = ("import", folder, *FILED[2:], "--report", report)
    told = counter.run("archivist", *given).check(1)
    before = counter.state()
    again = counter.run("archivist", *given).check(1)

    assert "新归档 2，早已归档 0，未能归档 1" in told.out
    assert "新归档 0，早已归档 2，未能归档 1" in again.out
    assert before == counter.state()
    assert "2025-02-30 不存在的日子.txt" in report.read_text("utf-8-sig")
    (folder / "2025-02-30 不存在的日子.txt").unlink()
    counter.run("archivist", *given).check()


def test_an_import_tells_what_could_not_be_read(counter, monkeypatch):
    """With the index wired, a broken PDF is filed, kept, and listed with its reason."""
    folder = counter.desk / "scans"
    folder.mkdir()
    (folder / "2025-03-02 平面图.txt").write_text("水电平面布置图")
    (folder / "2025-03-03 坏文件.pdf").write_bytes(b"%PDF-1.7 broken")
    monkeypatch.setattr(clikit.wiring, "after_work", cli._freshen)
    told = counter.run("archivist", "import", folder, *FILED[2:], "--json").check()

    assert [("2025-03-03 坏文件.pdf", "filed")] == [
        (one["file"], one["fate"]) for one in json.loads(told.out)
    ]
    assert "正文读不出的 1" in told.err


def test_the_log_is_verified_against_what_was_copied_on_paper(counter):
    """`audit anchor` prints what `--expect` takes; a rewritten line is named with status 5."""
    anchors = counter.desk / "anchors"
    told = counter.run("auditor", "audit", "anchor", "--to", anchors).check()
    paper = re.search(r"\d+:[0-9a-f-]{24}", told.out)[0]
    counter.run("auditor", "audit", "verify", "--anchors", anchors, "--expect", paper).check()
    wrong = paper[:-1] + ("0" if paper[-1] != "0" else "1")
    assert "与存证不符" in counter.run("auditor", "audit", "verify", "--expect", wrong).check(5).err
    assert "尾部被截" in counter.run("auditor", "audit", "verify", "--expect", f"9{paper}").check(5).err
    counter.run("auditor", "audit", "verify", "--expect", "abc").check(2)
    counter.run("auditor", "audit", "export", counter.desk / "log.jsonl").check()
    lines = [json.loads(line) for line in (counter.desk / "log.jsonl").read_text("utf-8").splitlines()]
    assert lines[0]["prev"] == audit.START
    raw = sqlite3.connect(counter.home / "catalogue.db")
    for (name,) in raw.execute(
        "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='event'"
    ).fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute("UPDATE event SET account='nobody' WHERE seq=7")
    raw.commit()
    raw.close()
    for language, mark in (("zh", "第 7 行"), ("en", "7")):
        counter.language = language
        assert mark in counter.run("auditor", "audit", "verify").check(5).err


def test_a_flipped_byte_in_the_vault_is_told_with_its_item(counter):
    """`vault verify` ends with 5 and names the item; a sound vault ends with 0 (the witness)."""
    (counter.desk / "a.txt").write_text("水电平面布置")
    item = filed(counter, "--attach", counter.desk / "a.txt")
    counter.run("archivist", "vault", "verify").check()
    blob = max(
        (path for path in (counter.home / "vault").rglob("*") if path.is_file()),
        key=lambda path: path.stat().st_size,
    )
    raw = bytearray(blob.read_bytes())
    raw[-1] ^= 1
    blob.write_bytes(raw)

    assert [[item]] == [
        one["items"] for one in json.loads(counter.run("archivist", "vault", "verify", "--json").check(5).out)
    ]


def test_good_news_is_told_alone_and_programs_get_an_empty_list(counter):
    """`vault verify` and `due check` say what is well, and not also that there is nothing to show."""
    (counter.desk / "a.txt").write_text("水电平面布置")
    filed(counter, "--attach", counter.desk / "a.txt")
    vault, due = (
        counter.run("archivist", "vault", "verify").check(),
        counter.run("admin", "due", "check").check(),
    )

    assert (1, 1) == (len(vault.out.splitlines()), len(due.out.splitlines()))
    assert "全部完好" in vault.out
    assert "没有记录" not in vault.out + due.out
    assert [] == counter.rows("archivist", "vault", "verify")


def test_the_log_and_the_tree_are_told_in_words_to_people_and_in_codes_to_programs(counter):
    """Acts and outcomes by their words, the time on the office's clock; a total under the tree; JSON as stored."""
    counter.run("staff", "audit", "list").check(3)
    told = counter.run("auditor", "audit", "list", "--refused", "--limit", "1").check().out
    (line,) = counter.rows("auditor", "audit", "list", "--refused", "--limit", "1")

    assert all(word in told for word in ("查看审计日志", "无此权限", "2026-03-02 09:00:00"))
    assert "{" not in told
    assert ("audit.see", "not-allowed", "2026-03-02T01:00:00") == (
        line["act"],
        line["outcome"],
        line["at"][:19],
    )
    assert "合计" in counter.run("archivist", "tree").check().out
    assert None not in {one["class_code"] for one in counter.rows("archivist", "tree")}


def test_orphans_are_swept_by_the_administrator(counter):
    """`vault sweep` tells how much it collected: nothing in a sound vault."""
    assert "无主密钥 0" in counter.run("admin", "vault", "sweep").check().out


def test_keys_are_added_rotated_and_removed(counter):
    """A passphrase slot opens; the recovery key is replaced and shown once; the last everyday slot stays."""
    phrase = counter.secret("four quiet words here")
    counter.run("admin", "keys", "add-slot", "--passphrase-file", phrase).check()
    counter.run("admin", "keys", "rotate").check()
    fresh = slip(counter.run("admin", "keys", "recovery", "--confirm", "recovery").check().out)
    slots = counter.rows("admin", "keys", "slots")
    number = next(one["number"] for one in slots if one["kind"] == "key-file")
    counter.run("admin", "--passphrase-file", phrase, "whoami").check()
    counter.run("admin", "--recovery-file", counter.secret(fresh), "whoami").check()
    counter.run("admin", "keys", "remove-slot", number, "--confirm", number).check()
    last = next(one["number"] for one in slots if one["kind"] == "passphrase")
    counter.run("admin", "--passphrase-file", phrase, "keys", "remove-slot", last, "--confirm", last).check(6)

    assert {"key-file", "passphrase", "recovery"} == {one["kind"] for one in slots}
    assert fresh not in counter.run("admin", "--passphrase-file", phrase, "keys", "slots").check().out


def test_doctor_tells_what_is_open_to_others(counter):
    """All well: 0. A file others may read: 5, and it is named; without a log-in the machine is checked at least."""
    counter.run("admin", "doctor").check()
    (counter.home / "catalogue.db").chmod(0o644)
    told = counter.run("admin", "doctor").check(5)

    assert "catalogue.db" in told.out
    assert "没有检查库内" in counter.run("", "doctor").check(5).out


def test_doctor_shows_the_sandbox_the_index_and_the_due_dates(counter, monkeypatch):
    """The checks the other packages contribute are lines like any other."""
    monkeypatch.setattr(clikit.wiring, "checks", [cli._reading, cli._index, cli._due_dates])
    lines = {one["check"]: one["state"] for one in counter.rows("admin", "doctor")}

    assert {"读文件的隔离", "检索索引", "到期日核对"} <= set(lines)
    assert "ok" == lines["到期日核对"]


def test_settings_are_shown_with_their_origin(counter):
    """File, environment and default are told apart."""
    told = json.loads(counter.run("", "config", "show", "--json", ANJUAN_LOAN_DAYS="7").check().out)
    lines = {one["setting"]: (one["value"], one["origin"]) for one in told}

    assert (7, "ANJUAN_LOAN_DAYS") == lines["loan_days"]
    assert "anjuan.toml" == lines["key_file"][1]
    assert "default" == lines["timezone"][1]


@pytest.fixture
def short_folder():
    """A folder whose path leaves room for a socket's."""
    folder = tempfile.mkdtemp(dir="/tmp")  # noqa: S108
    yield folder
    shutil.rmtree(folder)


def test_init_with_a_passphrase_opens_by_it_and_tells_its_secrets_once(counter, tmp_path, short_folder):
    """The recovery key is printed once and opens; neither password nor passphrase is ever printed."""
    home, phrase = tmp_path / "second", counter.secret("four quiet words here")
    own = {"XDG_RUNTIME_DIR": "", "XDG_CONFIG_HOME": short_folder}
    counter.home = home
    given = ("--admin", "zhao", "--admin-name", "赵", "--password-file", counter.secret(PASSWORD), "--yes")
    told = counter.run("", "init", *given, "--passphrase-file", phrase).check()
    recovery = slip(told.out)

    assert 3 == len(recovery.splitlines())
    assert PASSWORD not in told.out + told.err
    assert "four quiet" not in told.out + told.err
    assert [] == [path for path in home.rglob("*") if path.stat().st_mode & 0o077]
    entry = ("login", "zhao", "--password-file", counter.secret(PASSWORD))
    counter.run("", "--recovery-file", counter.secret(recovery), *entry, **own).check()
    spaced = recovery.replace("-", " ").lower() + "\n"
    counter.run("", "--recovery-file", "-", "whoami", typed=spaced, **own).check()
    counter.run("", "--passphrase-file", phrase, *entry, **own).check()
    counter.run("", "whoami", **own).check()
    counter.run("", "logout", **own).check()
    counter.run("", "whoami", **own).check(6)


def test_every_command_declares_acts_and_human_acts_of_the_core_are_reachable():
    """The registry that the reach test reads is filled by loading the commands."""
    unreached = {act for act in Act if act not in clikit.COMMANDS}

    assert unreached <= {
        Act.ITEM_EXTRACT,
        Act.ROUNDS_RUN,
        Act.DUE_SEE,
        Act.RECORD_SEARCH,
        Act.INDEX_REBUILD,
        Act.INDEX_RECOGNISE,
        Act.INDEX_STATUS,
    }
