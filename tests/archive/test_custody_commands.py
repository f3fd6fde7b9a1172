"""Incidents, clearances, repairs, reviews and barred accounts through the command line."""

from __future__ import annotations

import re

import pytest

from tests.archive.counter import counter as a_counter
from tests.archive.test_cli_commands import held


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def told_number(told, letters: str) -> str:
    """The number in a confirmation."""
    return re.search(rf"{letters}2026-\d+", told.out)[0]


def test_req_R40_an_incident_goes_its_way_at_the_counter(counter):
    """report, judge, decide, close, find, show, list, grants: in Chinese words and English values."""
    volume = held(counter)
    paper = f"{volume}-001"
    number = told_number(
        counter.run(
            "clerk", "incident", "report", paper, "--kind", "丢失", "--course", "清点时少一份", "--found-on", "2026-03-01",
            "--extent", "一件", "--measures", "已查找", "--concerned", "staff",
        ).check(), "SG",
    )  # fmt: skip
    counter.run("manager", "incident", "judge", number, "--liability", "借阅人").check()
    counter.run("gm", "incident", "decide", number, "--decision", "补制").check()
    counter.run("archivist", "incident", "close", number, "--outcome", "已补制", "--replaced", paper).check()
    told = counter.run("archivist", "incident", "show", number).check().out
    assert all(
        word in told for word in ("清点时少一份", "已结案", "责任认定", "借阅人", "涉及实体的现状", "丢失")
    )
    counter.run("archivist", "incident", "find", number, "--how", "夹在别卷中", "--condition", "破损").check()
    (row,) = counter.rows("clerk", "incident", "list")
    assert (row["state"], row["kind"], row["found_on"], row["concerned"]) == ("FOUND", "LOST", "2026-03-01", ["staff"])  # fmt: skip
    assert counter.rows("archivist", "incident", "list", "--open") == []
    assert counter.rows("gm", "incident", "grants", number) == []
    refused = counter.run("staff", "incident", "judge", number, "--liability", "x").check(3)
    assert "认定事故责任" in refused.err


def test_req_R41_a_clearance_goes_its_way_at_the_counter(counter):
    """begin, add, points, settle, sign, certify, show, list, cancel; leaving before is refused with the way out."""
    refused = counter.run("admin", "person", "leave", "staff", "--confirm", "staff").check(1)
    assert "clearance begin" in refused.err
    number = told_number(counter.run("hr", "clearance", "begin", "staff", "--on", "2026-04-30").check(), "QJ")
    counter.run("hr", "clearance", "add", "staff", "--kind", "钥匙", "--what", "三号柜钥匙一把").check()
    state = counter.state()
    refused = counter.run("gm", "clearance", "sign", number).check(1)
    assert f"{number}/1" in refused.err and counter.state() == state
    (point,) = counter.rows("staff", "clearance", "points", "staff")
    assert (point["kind"], point["blocks"], point["content"]) == ("ENTRY", True, "钥匙 三号柜钥匙一把")
    counter.run("archivist", "clearance", "settle", "staff", "1").check()
    counter.run("gm", "clearance", "sign", "staff").check()
    counter.run("archivist", "clearance", "certify", "staff").check(2)
    told = counter.run("archivist", "clearance", "certify", "staff", "--confirm", "staff").check()
    assert told_number(told, "ZM") == "ZM2026-0001"
    page = counter.run("hr", "clearance", "show", number).check().out
    assert all(word in page for word in ("ZM2026-0001", "孙员工", "三号柜钥匙一把", "登记项"))
    assert counter.rows("hr", "clearance", "list")[0]["certificate"] == "ZM2026-0001"
    counter.run("admin", "person", "leave", "staff", "--confirm", "staff").check()
    counter.run("hr", "clearance", "begin", "records", "--on", "2026-04-30").check()
    counter.run("hr", "clearance", "cancel", "records", "--reason", "不再离职").check()
    assert counter.rows("hr", "clearance", "list", "--open") == []


def test_req_R25_a_repair_goes_its_way_at_the_counter(counter):
    """due, order, list, done, cancel."""
    volume = held(counter)
    paper = f"{volume}-001"
    incident = told_number(
        counter.run("clerk", "incident", "report", paper, "--kind", "damaged", "--course", "水渍").check(),
        "SG",
    )
    assert [row["code"] for row in counter.rows("archivist", "repair", "due")] == [paper]
    given = ("--damage", "第三页水渍", "--handler", "吴资料")
    number = told_number(
        counter.run("archivist", "repair", "order", volume, "--method", "修裱", *given, "--incident", incident).check(), "XF"
    )  # fmt: skip
    assert counter.rows("archivist", "repair", "due") == []
    (row,) = counter.rows("archivist", "repair", "list", "--open", "--code", paper)
    assert (row["number"], row["incident"], row["papers"]) == (number, incident, [paper])
    counter.run("archivist", "repair", "done", number, "--result", "已裱", "--original", "归架").check()
    again = told_number(
        counter.run("clerk", "repair", "order", paper, "--method", "copy", *given).check(), "XF"
    )
    counter.run("clerk", "repair", "cancel", again, "--reason", "不需要").check()
    third = told_number(
        counter.run("clerk", "repair", "order", paper, "--method", "copy", *given).check(), "XF"
    )
    counter.run("clerk", "repair", "done", third, "--result", "已复制", "--original", "归架").check(2)
    counter.run("clerk", "repair", "done", third, "--result", "已复制", "--original", "归架", "--copy", "--copy-kept", "R1-C2").check()  # fmt: skip
    told = counter.run("archivist", "repair", "list").check().out
    assert all(word in told for word in ("R1-C2", "已取消", "已完成"))


def test_req_R34_a_review_goes_its_way_at_the_counter(counter):
    """set, list --due, review, list --code."""
    volume = held(counter)
    counter.run("archivist", "validity", "set", volume, "--on", "2026-03-10", "--reason", "年度复核").check()
    counter.run("archivist", "validity", "set", volume, "--on", "2026-03-01", "--reason", "x").check(2)
    assert counter.rows("archivist", "validity", "list", "--due") == []
    told = counter.run(
        "archivist", "validity", "review", volume, "--outcome", "仍然有效", "--note", "照旧"
    ).check()
    assert "2027-03-02" in told.out
    assert [row["outcome"] for row in counter.rows("archivist", "validity", "list", "--code", volume)] == ["VALID", "SET"]  # fmt: skip


def test_idn_an_account_is_barred_and_restored_at_the_counter(counter):
    """suspend ends the log-in at once; restore lets in again by a new one."""
    counter.run("staff", "whoami").check()
    counter.run("admin", "person", "suspend", "staff", "--reason", "钥匙失窃").check()
    assert counter.run("staff", "whoami").status == 3
    counter.known.discard("staff")
    with pytest.raises(AssertionError):
        counter.run("staff", "whoami")
    counter.run("admin", "person", "restore", "staff", "--reason", "已查明").check()
    counter.known.discard("staff")
    counter.run("staff", "whoami").check()
    row = next(one for one in counter.rows("admin", "person", "list") if one["account"] == "staff")
    assert row["employment"] == "ACTIVE"
