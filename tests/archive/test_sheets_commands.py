"""Lists at the counter: tried, with the mapping shown, corrected and kept; reports and any list as a workbook."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from archive.sheets.reading import open_sheet
from tests.archive import sheet_samples as samples
from tests.archive.counter import counter as a_counter


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


@pytest.fixture
def listed(tmp_path):
    """A clean-enough 归档文件目录 with one day that no calendar has."""
    rows = samples.filed(4)
    rows[4][5] = "2024-2-30"
    path = tmp_path / "归档文件目录.xlsx"
    path.write_bytes(samples.xlsx({"目录": rows}, merged=[("目录", 0, 0, 0, 9)]))
    return path


def test_form_F6_a_list_is_tried_and_its_mapping_shown(counter, listed):
    """Mapping, counts, the row that is refused and why; status 5, and nothing is written."""
    state = counter.state()
    told = (
        counter.run("archivist", "sheet", "check", listed, "--class", "WS·BG", "--department", "KF")
        .check(5)
        .out
    )

    assert "归档文件目录" in told and "表头在第 3 行" in told
    assert "题名 ← 题 名（E 列）" in told
    assert "没有 2024-2-30 这一天" in told
    assert "不收 1" in told
    assert counter.state() == state


def test_the_report_has_every_row_coloured_and_commented(counter, listed, tmp_path):
    """Each row below the heading with its verdict; the problem cell is red and says why; the summary stands in front."""
    target = tmp_path / "报告.xlsx"
    counter.run(
        "archivist", "sheet", "check", listed, "--class", "WS·BG", "--department", "KF", "--report", target
    ).check(5)

    book = CalamineWorkbook.from_path(str(target))
    assert book.sheet_names == ["摘要", "逐行结论"]
    rows = book.get_sheet_by_name("逐行结论").to_python()
    assert [row[0] for row in rows[1:]] == [4, 5, 7, 8, 9, 10, 11]
    verdicts = {row[0]: row[1] for row in rows[1:]}
    assert verdicts[5] == "不收" and verdicts[7] == "跳过" and verdicts[4] == "新增"
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as held:
        comments = held.read("xl/comments1.xml").decode()
        assert 'ref="K3"' in comments and "没有 2024-2-30 这一天" in comments
        assert b'<c r="K3" s="3"' in held.read("xl/worksheets/sheet1.xml").replace(b's="24"', b's="3"')
        assert b"<pane ySplit" in held.read("xl/worksheets/sheet1.xml")
    counter.run("archivist", "sheet", "check", listed, "--report", target).check(1)


def test_a_wrong_guess_is_corrected_and_kept_as_a_profile(counter, tmp_path):
    """A heading nobody knows stops the list; --column names it; the profile does it the next time."""
    path = tmp_path / "老目录.csv"
    path.write_bytes(
        samples.text(
            [["编码", "档号", "啥", "日期", "保管期限"], ["1", "X-1", "会议纪要一", "2024-1-5", "30年"]],
            charset="gb18030",
        )
    )
    args = (
        "archivist",
        "sheet",
        "check",
        path,
        "--kind",
        "FILED",
        "--class",
        "WS·BG",
        "--department",
        "KF",
        "--year",
        "2024",
    )
    refused = counter.run(*args).check(2)
    assert "题名" in refused.err and "--column" in refused.err
    assert "没有“没有的”这个表头" not in refused.err
    assert "没有的" in counter.run(*args, "--column", "题名=没有的").check(2).err
    assert "没有“怪列”" in counter.run(*args, "--column", "怪列=啥").check(2).err

    counter.run(*args, "--column", "题名=啥").check()
    counter.run(
        "archivist",
        "sheet",
        "profile",
        "keep",
        "老目录",
        "--kind",
        "FILED",
        "--column",
        "题名=啥",
        "--class",
        "WS·BG",
        "--department",
        "KF",
        "--year",
        "2024",
        "--level",
        "内部",
    ).check()
    told = counter.run("archivist", "sheet", "check", path, "--profile", "老目录").check().out
    assert "题名 ← 啥（C 列）" in told
    (row,) = counter.rows("archivist", "sheet", "profile", "list")
    assert (row["name"], row["kind"], row["columns"]) == ("老目录", "FILED", {"title": "啥"})
    assert row["said"] == {"class_code": "WS·BG", "department": "KF", "year": 2024, "level": "INTERNAL"}
    counter.run("archivist", "sheet", "profile", "show", "老目录").check()
    counter.run("archivist", "sheet", "profile", "remove", "老目录").check()
    counter.run("archivist", "sheet", "check", path, "--profile", "老目录").check(4)
    assert "--kind" in counter.run("archivist", "sheet", "profile", "keep", "x").check(2).err


def test_who_may_not_import_may_not_try(counter, listed):
    """An employee is refused, whatever the file."""
    counter.run("staff", "sheet", "check", listed).check(3)


def test_any_list_is_written_as_a_workbook_and_never_over_another_file(counter, tmp_path):
    """`--xlsx` on a listing: spoken headings, numbers as numbers; 0600; an existing file and the instance are safe."""
    target = tmp_path / "单位.xlsx"
    told = counter.run("archivist", "party", "list", "--xlsx", target).check()
    assert "4" in told.err and told.out == ""
    rows = [row.cells for row in open_sheet(target).rows()]
    assert rows[0][:2] == ("代码", "名称") and rows[1][:2] == ("P001", "张三")
    assert target.stat().st_mode & 0o777 == 0o600
    before = target.read_bytes()
    counter.run("archivist", "party", "list", "--xlsx", target).check(1)
    assert target.read_bytes() == before
    counter.run("archivist", "party", "list", "--xlsx", counter.home / "x.xlsx").check(2)
    counter.run("archivist", "party", "list", "--xlsx", tmp_path / "none" / "x.xlsx").check(4)


@pytest.mark.parametrize(
    ("name", "data", "status", "word"),
    [
        ("空.csv", b"", 2, "没有内容"),
        ("图.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 99, 2, "不是表格"),
        ("页.xls", b"<html><table><tr><td>x</td></tr></table></html>", 2, "另存为"),
        ("坏.xlsx", b"PK\x03\x04" + b"x" * 300, 2, "损坏"),
        ("弹.xlsx", samples.bomb(32), 2, "压缩倍数"),
        ("乱.csv", "序号,题名\n1,会议".encode() + b"\xff\xfe\xfa\xff", 2, "编码"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_one_sentence(counter, tmp_path, name, data, status, word):
    """Never a defect of ours (70), never silence."""
    (tmp_path / name).write_bytes(data)
    told = counter.run("archivist", "sheet", "check", tmp_path / name).check(status)
    assert word in told.err
    counter.run("archivist", "sheet", "check", tmp_path / "nicht da.xlsx").check(4)


def test_kinds_tell_the_headings_that_are_known(counter):
    """One row a column, with the kinds of list there are."""
    rows = counter.rows("archivist", "sheet", "kinds", "--kind", "归档文件目录")
    assert {"column": "题名", "required": True}.items() <= next(
        row for row in rows if row["column"] == "题名"
    ).items()
    assert "形成时间" in next(row for row in rows if row["column"] == "日期")["headings"]


def test_the_report_is_written_with_typed_cells(counter, tmp_path):
    """Days stay days in the report."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        samples.xlsx(
            {"目录": [list(samples.FILED), [1, "X-1", None, None, "会议纪要一", dt.date(2024, 1, 5)]]}
        )
    )
    target = tmp_path / "r.xlsx"
    counter.run(
        "archivist",
        "sheet",
        "check",
        path,
        "--class",
        "WS·BG",
        "--department",
        "KF",
        "--year",
        "2024",
        "--report",
        target,
    ).check()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(target.read_bytes())).get_sheet_by_index(1).to_python()
    assert dt.date(2024, 1, 5) in rows[1]
