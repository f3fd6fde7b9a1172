"""How rows look on terminals of every width: nothing runs over the edge, nothing that is copied is broken."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from archive import printing
from archive.values import Level, LoanState
from archive.words import ZONE, Language, say, sentences, spoken

ZH, EN = Language.ZH, Language.EN
WIDTHS = (60, 80, 120, 160)
COLUMNS = ("number:loan_number", "code", "title", "borrower", "state", "level", "lent_on", "due_on", "items", "overdue_days")  # fmt: skip


def loan(n: int, title: str) -> dict[str, object]:
    """A line of a loan register."""
    return {
        "number": f"JY2026-{n:05}", "code": f"K001-ZY·ZX·2016·D30-{n:04}", "title": title, "borrower": "欧阳静怡",
        "state": LoanState.OUT, "level": Level.CONFIDENTIAL, "lent_on": dt.date(2026, 11, 22),
        "due_on": dt.date(2026, 12, 7), "items": 6, "overdue_days": 0,
    }  # fmt: skip


ROWS = [
    loan(1, "和园物业客服部A1203单元会议室与机房改造图纸与审图意见及补充说明"),
    loan(2, "香港匯景測量師行 North Pier Trading Limited 关于日常清洁外包服务的补充协议"),
]
WHOLE = ("JY2026-00001", "K001-ZY·ZX·2016·D30-0002", "2026-11-22", "2026-12-07", "欧阳静怡", "借出中", "秘密")


def faults(told: str, width: int) -> list[str]:
    """Lines that run over the edge, and pieces that were broken or lost."""
    over = [line for line in told.splitlines() if cell_len(line) > width]
    return over + [piece for piece in WHOLE if piece not in told]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", Language)
def test_a_table_fits_its_terminal_and_breaks_no_code_number_or_day(width, language, monkeypatch):
    """At 60, 80, 120 and 160 cells, in a dumb terminal too, with characters that take two cells each."""
    monkeypatch.setenv("TERM", "dumb")
    told = printing.as_table(ROWS, COLUMNS, language, width=width, colour=False)
    lost = [one for one in faults(told, width) if one not in {"借出中", "秘密"} or language is ZH]

    assert [] == lost
    for row in ROWS:
        assert set(str(row["title"])) - {" "} <= set(told)


def test_what_does_not_fit_becomes_blocks_with_labels_and_what_fits_is_a_table():
    """60 cells: each row a block, empty values left out; 160: one heading, one line a row."""
    narrow = printing.as_table(ROWS, COLUMNS, ZH, width=60, colour=False)
    wide = printing.as_table(ROWS, COLUMNS, ZH, width=200, colour=False)

    assert (2, 1) == (narrow.count("借阅号"), wide.count("借阅号"))
    assert "应还日期：2026-12-07" in narrow
    assert len(ROWS) + 2 == len(wide.splitlines())


def test_witness_a_table_squeezed_by_the_library_breaks_days():
    """Sabotage: the same rows in a plain folding table at 60 cells lose pieces; the check above would see it."""
    from rich.table import Table

    plain = Table(*COLUMNS)
    for row in ROWS:
        plain.add_row(*(spoken(row[name.partition(":")[0]], ZH) for name in COLUMNS))

    assert faults(printing.drawn(plain, width=60, colour=False), 60)


def test_columns_empty_in_every_row_make_room_for_the_others():
    """A table that would not fit with them stands without them; none is lost while there is room."""
    rows = [{**row, "note": "", "returned_on": None} for row in ROWS]
    columns = (*COLUMNS, "note", "returned_on")
    told = printing.as_table(rows, columns, ZH, width=125, colour=False)

    assert ("归还日期" in told, "借阅号：" in told) == (False, False)
    assert "归还日期" in printing.as_table(rows, columns, ZH, width=240, colour=False)


def test_an_attribute_may_be_labelled_by_another_word_and_programs_see_the_attribute():
    """`number:loan_number` is headed 借阅号; JSON keeps `number`."""
    assert "借阅号" == printing.as_csv(ROWS, COLUMNS, ZH).partition(",")[0]
    assert '"number": "JY2026-00001"' in printing.as_json(ROWS, COLUMNS)
    assert "借阅号      JY2026-00001" in printing.as_sheet(ROWS[0], COLUMNS, ZH, width=80, colour=False)


def test_moments_are_told_on_the_clock_of_the_instance_and_to_programs_in_utc():
    """People read their own zone without an offset; JSON keeps ISO and UTC."""
    row = {"at": dt.datetime(2026, 3, 2, 17, 30, tzinfo=dt.UTC)}
    mark = ZONE.set(ZoneInfo("Asia/Shanghai"))
    try:
        told = printing.as_table([row], ("at",), ZH, width=80, colour=False)
    finally:
        ZONE.reset(mark)

    assert "2026-03-03 01:30:00" in told and "+" not in told
    assert "2026-03-02T17:30:00+00:00" in printing.as_json([row], ("at",))


def test_a_recovery_key_is_framed_in_lines_that_80_cells_hold():
    """Thirteen groups of five letters on three lines, none broken."""
    key = "-".join(["R6E4W"] * 13)
    told = printing.framed(printing.groups(key), say("told.recovery", ZH), width=80, colour=False)

    assert [5, 5, 3] == [line.count("R6E4W") for line in told.splitlines() if "R6E4W" in line]
    assert key == printing.groups(key).replace("\n", "-")


def test_every_outcome_has_its_word_and_an_unknown_one_is_told_by_its_code():
    """What can stand in the log: done, and the code of every error; nothing else has a word."""
    from tests.house.test_docs import build

    codes = {"done", *(one.code for one in build.errors())}
    words = {key for key in sentences(ZH) if key.startswith("outcome.")}

    assert {f"outcome.{code}" for code in codes} == words
    assert ("只阅不借", "reading only") == tuple(
        printing.outcome_word("reading-only", one) for one in Language
    )
    assert ("借出", "x.y", "zz") == (
        printing.act_word("loan.lend", ZH), printing.act_word("x.y", ZH), printing.outcome_word("zz", ZH)
    )  # fmt: skip
    assert not [one for one in words if re.search(r"[a-z]", sentences(ZH)[one])]
