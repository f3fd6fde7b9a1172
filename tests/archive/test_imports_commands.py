"""`anjuan sheet import|list|show|undo|handover|export` as people type them, with the real index; refusals change nothing."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest

from archive import clikit
from indexer import sync
from tests.archive.counter import counter as a_counter

VOLUMES = (
    ("档号", "案卷题名", "起止日期", "件数", "总页数", "保管期限", "备注"),
    ("K001-ZY·FW·2024·D3-0007", "云雀厅值班记录", "20240101-20241231", 2, 5, "3年", ""),
    ("K001-ZY·FW·2024·D3-0008", "白鹭厅值班记录", "2024.1.1-2024.6.30", 1, 3, "3年", "封皮破损"),
)
CONTENTS = (
    ("案卷档号", "顺序号", "文号", "责任者", "题名", "日期", "页号", "备注"),
    ("K001-ZY·FW·2024·D3-0007", 1, "", "客服部", "一月值班记录", "二〇二四年一月三十一日", "1", ""),
    (
        "K001-ZY·FW·2024·D3-0007",
        2,
        "客服〔2024〕2号",
        "客服部",
        "二月值班记录",
        "2024/2/29",
        "３-5",
        "=SUM(A1)",
    ),
)


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def sheet(folder: Path, name: str, rows) -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


WAY = ("--class", "FW·01", "--year", "2024", "--department", "KF")


def imported(counter, folder: Path) -> None:
    counter.run("archivist", "sheet", "import", sheet(folder, "案卷目录.csv", VOLUMES), *WAY).check()
    counter.run("archivist", "sheet", "import", sheet(folder, "卷内目录.csv", CONTENTS)).check()


def test_a_list_comes_in_is_searched_taken_back_and_forgotten(counter, tmp_path, monkeypatch):
    """From the file to the index and back: after the undo nothing of it is found, and the same list comes in again."""
    monkeypatch.setattr(clikit.wiring, "after_work", sync.follow)
    told = (
        counter.run("archivist", "sheet", "import", sheet(tmp_path, "案卷目录.csv", VOLUMES), *WAY)
        .check()
        .out
    )
    assert "DR2026-00001" in told and "案卷题名" in told
    assert counter.run("archivist", "search", "云雀厅", "--json").check().out.count("0007") >= 1
    counter.run(
        "archivist", "sheet", "undo", "DR2026-00001", "--reason", "年度错了", "--confirm", "DR2026-00001"
    ).check()
    assert json.loads(counter.run("archivist", "search", "云雀厅", "--json").check().out)["rows"] == []
    counter.run("archivist", "sheet", "import", tmp_path / "案卷目录.csv", *WAY).check()
    assert "0007" in counter.run("archivist", "search", "云雀厅", "--json").check().out
    states = [row["state"] for row in counter.rows("archivist", "sheet", "list")]
    assert states == ["DONE", "UNDONE"]


def test_the_book_is_shown_and_refused_rows_say_why(counter, tmp_path):
    imported(counter, tmp_path)
    lines = counter.rows("archivist", "sheet", "list")
    assert [(line["number"], line["kind"], line["made"]) for line in lines] == [
        ("DR2026-00002", "CONTENTS", 2), ("DR2026-00001", "VOLUMES", 2),
    ]  # fmt: skip
    bad = sheet(
        tmp_path,
        "坏.csv",
        [VOLUMES[0], ("K001-ZY·FW·2024·D3-0007", "改了题名", "", "", "", "", ""), VOLUMES[2]],
    )
    state = counter.state()
    refused = counter.run("archivist", "sheet", "import", bad, *WAY).check(1)
    assert "--partly" in refused.err and "改了题名" in refused.err and counter.state() == state
    partly = counter.run("archivist", "sheet", "import", bad, *WAY, "--partly").check(1)
    assert "DR2026-00003" in partly.out
    shown = counter.run("archivist", "sheet", "show", "DR2026-00003").check().out
    assert "与已有的不同" in shown and "K001-ZY·FW·2024·D3-0008" in shown
    (row,) = counter.rows("archivist", "sheet", "show", "DR2026-00003", "--fate", "REFUSED")
    assert (row["row"], row["why"], row["fate"]) == (2, "row-differs", "REFUSED")


def test_handover_at_the_counter(counter, tmp_path):
    imported(counter, tmp_path)
    told = counter.run("archivist", "sheet", "handover", "DR2026-00001", "--reason", "整批移交").check().out
    assert "YD2026-0001" in told and "没有列入" in told and "K001-ZY·FW·2024·D3-0008" in told
    counter.run("archivist", "sheet", "handover", "DR2026-00001", "--reason", "再来").check(1)


def test_what_is_written_out_is_harmless_private_and_never_over_another_file(counter, tmp_path):
    """CWE-1236: no cell of the CSV starts a formula; the XLSX has no formula; 0600; nothing is overwritten."""
    imported(counter, tmp_path)
    for name in ("卷内.csv", "卷内.xlsx", "卷内.json"):
        target = tmp_path / name
        counter.run("archivist", "sheet", "export", "CONTENTS", "--to", target).check()
        assert target.stat().st_mode & 0o777 == 0o600
        refused = counter.run("archivist", "sheet", "export", "CONTENTS", "--to", target).check(1)
        assert "卷内" in refused.err
    with (tmp_path / "卷内.csv").open(encoding="utf-8-sig", newline="") as text:
        cells = [cell for row in csv.reader(text) for cell in row]
    assert "'=SUM(A1)" in cells and not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    with zipfile.ZipFile(tmp_path / "卷内.xlsx") as held:
        assert b"<f>" not in held.read("xl/worksheets/sheet1.xml")
    (first, second) = json.loads((tmp_path / "卷内.json").read_text("utf-8"))
    assert (second["note"], first["dated"], second["pages"]) == ("=SUM(A1)", "2024-01-31", 3)
    for path in (tmp_path / "卷内.csv", tmp_path / "卷内.xlsx"):
        again = counter.run("archivist", "sheet", "import", path, "--json").check().out
        assert '"known": 2' in again and '"made": 0' in again


def test_only_what_one_may_see_is_written_out(counter, tmp_path):
    """Decision 6: a confidential paper is in the archivist's list and not in that of somebody without the right."""
    counter.run(
        "archivist", "item", "file", "--class", "YH·01", "--title", "入住通知书", "--premises", "A1203", "--party", "P001", "--year", "2025", "--department", "KF",
    ).check()  # fmt: skip
    for who, rows in (("archivist", 1), ("manager", 1), ("records", 0)):
        target = tmp_path / f"{who}.json"
        counter.run(who, "sheet", "export", "CONTENTS", "--to", target).check()
        assert len(json.loads(target.read_text("utf-8"))) == rows
    counter.run("staff", "sheet", "export", "CONTENTS", "--to", tmp_path / "x.json").check(3)


#: the words typed, the exit status
BAD = (
    (("import", "没有.csv"), 4),
    (("import", "案卷目录.csv", "--dry-run"), 2),
    (("import", "案卷目录.csv", "--profile", "没有"), 4),
    (("show", "DR2026-09999"), 4),
    (("undo", "DR2026-09999", "--reason", "x", "--confirm", "DR2026-09999"), 4),
    (("undo", "DR2026-00001", "--reason", "x", "--confirm", "DR2026-00002"), 2),
    (("undo", "DR2026-00001", "--reason", " ", "--confirm", "DR2026-00001"), 2),
    (("handover", "DR2026-09999", "--reason", "x"), 4),
    (("export", "VOLUMES", "--to", "a.pdf"), 2),
    (("export", "VOLUMES", "--to", "没有/a.csv"), 4),
    (("export", "PACKAGE", "--to", "a.csv"), 2),
    (("export", "CONTENTS", "--to", "a.csv", "--volume", "没有"), 4),
)


def test_wrong_input_is_told_and_changes_nothing(counter, tmp_path, monkeypatch):
    """A sentence and an exit status each; no row and no file."""
    imported(counter, tmp_path)
    monkeypatch.chdir(tmp_path)
    state = counter.state()
    for args, status in BAD:
        told = counter.run("archivist", "sheet", *args)
        assert told.status == status, (args, told.err)
        assert told.err.startswith("错误") and counter.state() == state, args
        assert not (tmp_path / "a.csv").exists(), args
