"""What people type and read at the counter: beginnings of words, what was left out, what a count came to."""

from __future__ import annotations

import json
import re

import pytest

from archive.circulation.stages import Stage
from archive.clikit import Named
from archive.errors import BadValue, NotApprovable
from archive.printing import as_json
from archive.statuses import RequestKind
from archive.words import Language
from tests.archive.counter import counter as a_counter
from tests.archive.test_cli_commands import filed, held

ZH, EN = Language.ZH, Language.EN


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


SPELT = {
    "read": RequestKind.READ, "reading": RequestKind.READ, "READ": RequestKind.READ, "带离公": RequestKind.TAKE_OUT,
    "借出": RequestKind.LOAN, "ext": RequestKind.EXTRACT, "take": RequestKind.TAKE_OUT, "uns": RequestKind.UNSEAL,
}  # fmt: skip


@pytest.mark.parametrize(("typed", "meant"), SPELT.items())
def test_a_named_value_is_known_by_a_beginning_that_fits_one_only(typed, meant):
    """Codes, words of both languages, and what only one of them begins with."""
    assert meant is Named(RequestKind).convert(typed, None, None)


@pytest.mark.parametrize("typed", ["", " ", "nonsense", "s"])
def test_what_fits_no_named_value_or_several_is_refused_with_all_of_them(counter, typed):
    """A single letter is too little; the choices are told as code and word."""
    before = counter.state()
    told = counter.run("clerk", "request", "ask", "K001-1", "--kind", typed, "--for", "核对").check(2)

    assert "LOAN 借出、TAKE_OUT 带离公司" in told.err and before == counter.state()


def test_witness_a_beginning_that_fits_several_would_be_taken_for_the_first():
    """Nothing typed begins everything; only the demand for exactly one keeps it out."""
    assert list(RequestKind) == Named(RequestKind)._meant("", str.startswith)


SAID = [
    ({"value": "", "expected": "1–1000", "letters": 1000}, "没有填写理由", "Nothing is given for"),
    ({"value": "—", "expected": "--reason"}, "请用 --reason", "with --reason"),
    ({"value": "—", "expected": ["甲", "乙"]}, "还缺：甲、乙", "甲, 乙"),
    ({"value": "x" * 40, "expected": "1–9", "letters": 9}, "最多 9 个字", "at most 9 letters"),
    ({"value": "x", "expected": "y"}, "应为：y", "expected: y"),
]


@pytest.mark.parametrize(("facts", "zh", "en"), SAID)
def test_what_was_left_out_is_asked_for_and_what_is_too_long_is_measured(facts, zh, en):
    """One error, one sentence for each way to be wrong, in both languages."""
    error = BadValue(field="reason", **facts)

    assert zh in error.message(ZH) and en in error.message(EN)


def test_a_use_that_no_row_allows_is_refused_in_the_name_of_the_matrix():
    """No inner word stands for the rule."""
    error = NotApprovable(kind=RequestKind.LOAN, code="K001-1", clause="")

    assert "审批权限表不允许" in error.message(ZH) and "the approval matrix does not" in error.message(EN)


def test_a_stage_is_read_aloud_and_stays_a_code_for_programs():
    """`overdue-3` in JSON, 逾期第 3 次 in a table; an unknown stage as it is kept."""
    stage = Stage("overdue-3")

    assert ("逾期第 3 次", "overdue, no. 3") == (stage.told(ZH), stage.told(EN))
    assert [{"stage": "overdue-3"}] == json.loads(as_json([{"stage": stage}], ["stage"]))
    assert "later" == Stage("later").told(ZH)


def test_req_R11_what_was_signed_for_is_counted_and_nothing_checked_is_said(counter):
    """One accepted volume is one; a check without codes, or a code twice on a draft, is refused and changes nothing."""
    volume = filed(counter).removesuffix("-001")
    counter.run("archivist", "volume", "close", volume, "--confirm", volume).check()
    draft = ("handover", "draft", volume, "--kind", "into", "--to", "ZJB", "--reason", "归档")
    before = counter.state()
    assert "写了两次" in counter.run("clerk", *draft, volume).check(2).err
    assert before == counter.state()
    number = re.search(r"YD2026-\d+", counter.run("clerk", *draft).check().out)[0]
    before = counter.state()
    assert "没有填写档号" in counter.run("archivist", "handover", "check", number, "--accept").check(2).err
    assert before == counter.state()
    counter.run("archivist", "handover", "check", number, volume, "--accept").check()
    assert "数目 1" in counter.run("archivist", "handover", "sign", number, "--with", "clerk").check().out


def test_req_R29_who_counts_blind_is_told_why_the_list_is_empty(counter):
    """An empty list of differences is no news; the note says so. A count by one person names the rule."""
    held(counter)
    begin = ("stocktake", "begin", "month", "--counter", "clerk")
    assert "F16" in counter.run("archivist", *begin).check(2).err
    told = counter.run("archivist", *begin, "--counter", "records", "--blind").check().out
    number = re.search(r"QD2026-\d+", told)[0]

    assert "盲点" in counter.run("clerk", "stocktake", "differences", number).check().err
    assert "盲点" not in counter.run("archivist", "stocktake", "differences", number).check().err


def test_a_planned_series_is_named_by_the_beginning_that_people_read(counter):
    """Eight characters in the table, the whole in JSON, and the eight are enough."""
    line = ("plan", "set", "--department", "KF", "--class", "FW·01", "--name", "值班记录", "--every", "mon")
    told = counter.run("archivist", *line).check().out
    (row,) = counter.rows("archivist", "plan", "list")

    assert row["uid"][:8] in told and row["uid"] not in told
    counter.run("archivist", "plan", "end", row["uid"][:8]).check()
