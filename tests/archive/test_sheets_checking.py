"""The dry run: verdicts without a trace, what is odd within the list, profiles kept sealed, workbooks written without a detour."""

from __future__ import annotations

import datetime as dt
import io
import sqlite3
import tempfile
import tracemalloc
from dataclasses import replace

import pytest

from archive import durable
from archive.acts import Act
from archive.errors import (
    ArchiveError,
    BadValue,
    NotAllowed,
    NotFound,
    NumbersSkip,
    PagesCross,
    RowRepeated,
    TotalDiffers,
)
from archive.exchange import RowFate, SheetKind
from archive.sheets import checking, profiles, writing
from archive.sheets.entries import Defaults
from archive.sheets.headers import Corrections
from archive.sheets.lists import Said, open_list
from archive.sheets.reading import open_sheet
from archive.sheets.report import report_to
from archive.values import Level
from archive.words import Language
from tests import make
from tests.archive import sheet_samples as samples

#: What a question may leave behind: its line in the log.
LOGGED = {"event", "checkpoint"}
DEFAULTS = Defaults(class_code="WS·BG", department="KF", year=2024)


def tables(office):
    """Every row of every table but the log."""
    with sqlite3.connect(office.instance.database) as found:
        names = [row[0] for row in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(map(repr, found.execute(f'SELECT * FROM "{name}"')))
            for name in names
            if name not in LOGGED
        }


def checked(office, lines, *, kind=None, defaults=DEFAULTS, by="archivist"):
    """The report of a list given as lines, and every row of it."""
    listing = open_list(samples.text(lines), Said(None, Corrections(kind), defaults))
    every: list[checking.Checked] = []
    with office.ask(by, Act.SHEET_CHECK) as unit:
        return checking.check(unit, listing, each=every.append), every


def remarks(every):
    return {one.number: [type(slip.error) for slip in one.remarks] for one in every if one.remarks}


def test_the_dry_run_leaves_no_trace_but_its_line(office):
    """Every table but the log is as before, whatever the verdicts; the log names the act and the kind."""
    before = tables(office)
    rows = samples.filed(5)
    rows[3][5] = "2024-2-30"
    found, every = checked(office, rows)

    assert tables(office) == before
    assert (
        found.fates[RowFate.REFUSED] >= 1
        and found.fates[RowFate.MADE] >= 1
        and found.fates[RowFate.SKIPPED] == 3
    )
    assert [one.number for one in every] == sorted(one.number for one in every)
    with sqlite3.connect(office.instance.database) as base:
        assert base.execute(
            "SELECT count(*) FROM event WHERE act = 'sheet.check' AND outcome = 'done'"
        ).fetchone() == (1,)


def test_witness_an_import_in_its_place_is_noticed(office):
    """The same comparison sees a single paper that is filed."""
    before = tables(office)
    make.filed(office, "WS·BG", 1)
    assert tables(office) != before


def test_who_may_not_try_is_refused(office):
    """An employee gets no verdicts."""
    with pytest.raises(NotAllowed):
        checked(office, samples.filed(2), by="staff")


def test_the_same_code_twice_numbers_that_skip_and_wrong_totals_are_told(office):
    """Remarks with the row they speak of; the sums end in the row of totals."""
    lines = [
        ["序号", "档号", "题名", "日期", "页数"],
        [1, "X-1", "会议纪要一", "2024-1-5", 2],
        [2, "X-2", "会议纪要二", "2024-1-6", 3],
        [4, "X-1", "会议纪要三", "2024-1-7", 4],
        ["合计", "", "", "", 10],
    ]
    found, every = checked(office, lines)
    told = remarks(every)
    assert told[4] == [RowRepeated, NumbersSkip] and told[5] == [TotalDiffers]
    assert found.remarks == 3
    repeated, skipped = every[2].remarks
    assert repeated.error.facts["row"] == 2
    assert (skipped.error.facts["expected"], skipped.error.facts["found"]) == (3, 4)
    assert every[3].remarks[0].error.facts["counted"] == 9


def test_inv_V4_pages_that_cross_within_a_volume_are_told(office):
    """1-3 and 3-5 share a page; in another volume the count begins anew."""
    lines = [
        ["案卷号", "序号", "题名", "页号"],
        ["V1", 1, "会议纪要一", "1-3"],
        ["V1", 2, "会议纪要二", "3-5"],
        ["V2", 1, "会议纪要三", "1-2"],
    ]
    _, every = checked(office, lines, kind=SheetKind.CONTENTS)
    assert remarks(every) == {3: [PagesCross]}


def test_a_certain_suggestion_stands_beside_its_slip(office):
    """A letter for a digit: one day can have been meant."""
    lines = [["档号", "题名", "日期"], ["X-1", "会议纪要一", "2O24-01-05"]]
    found, (row,) = checked(office, lines)
    assert (row.suggestion, found.suggestions, row.fate) == ("2024-01-05", 1, RowFate.REFUSED)


def test_a_file_that_ends_in_damage_gives_no_half_report(office, tmp_path):
    """The error is told and the report file is not there."""
    lines = samples.text(
        [["档号", "题名"], *([f"X-{n}", f"会议纪要{n}"] for n in range(9000))], charset="gb18030"
    )
    listing = open_list(lines, Said(defaults=DEFAULTS))
    broken = replace(listing, sheet=replace(listing.sheet, _rows=lambda: _failing(listing.sheet.rows())))
    with (
        office.ask("archivist", Act.SHEET_CHECK) as unit,
        pytest.raises(BadValue),
        durable.handed_out(tmp_path / "r.xlsx", office.home) as file,
        report_to(file, broken, Language.ZH) as writer,
    ):
        writer.finish(checking.check(unit, broken, each=writer.take))
    assert list(tmp_path.glob("*.xlsx")) == list(tmp_path.glob("*.part")) == []


def _failing(rows):
    for row in rows:
        if row.number > 30:
            raise BadValue(field="x", value="x", expected="x")
        yield row


# --- profiles -------------------------------------------------------------------------------------


def test_a_profile_is_kept_sealed_replaced_and_removed(office):
    """Its headings are not to be read in the database; a newer one of the same name stands in its place."""
    said = Said(
        "目录",
        Corrections(SheetKind.VOLUMES, 3, {"题名": "绝密项目名称"}),
        Defaults(class_code="WS·BG", level=Level.INTERNAL),
    )
    for year in (2024, 2025):
        with office.work("archivist", Act.SHEET_PROFILE) as unit:
            profiles.keep(unit, " 老  目录 ", replace(said, defaults=replace(said.defaults, year=year)))
    with office.ask("archivist", Act.SHEET_SEE) as unit:
        (line,) = profiles.rows(unit)
        assert (line.name, line.columns, line.said["year"]) == ("老 目录", {"title": "绝密项目名称"}, 2025)
        again = profiles.said(unit, "老 目录")
        assert again == Said(
            "目录",
            Corrections(SheetKind.VOLUMES, 3, {"title": "绝密项目名称"}),
            Defaults(class_code="WS·BG", level=Level.INTERNAL, year=2025),
        )
    assert "绝密项目名称".encode() not in office.instance.database.read_bytes()
    with office.work("archivist", Act.SHEET_PROFILE) as unit:
        profiles.remove(unit, "老 目录")
    with office.ask("archivist", Act.SHEET_SEE) as unit, pytest.raises(NotFound):
        profiles.show(unit, "老 目录")


@pytest.mark.parametrize("name", ["", "长" * 61, "a\x00b"])
def test_a_profile_without_a_proper_name_is_refused(office, name):
    """Nothing is kept."""
    with pytest.raises(ArchiveError), office.work("archivist", Act.SHEET_PROFILE) as unit:
        profiles.keep(unit, name, Said(None, Corrections(SheetKind.FILED)))


def test_staff_keep_no_profiles(office):
    """The policy says who."""
    with pytest.raises(NotAllowed), office.work("staff", Act.SHEET_PROFILE) as unit:
        profiles.keep(unit, "x", Said(None, Corrections(SheetKind.FILED)))


# --- the writer -----------------------------------------------------------------------------------

CELLS = [
    "=1+1",
    "＋1",
    "-x",
    "@a",
    "a\x01b",
    "_x0041_",
    "<&>\"'",
    " 空 ",
    "行\n行",
    "0012",
    12,
    1.5,
    dt.date(2024, 1, 31),
    None,
]


def test_what_is_written_is_what_is_read():
    """Text stays text to the letter, numbers numbers, days days; nothing becomes a formula."""
    room = io.BytesIO()
    assert writing.write_xlsx(room, [f"c{n}" for n in range(len(CELLS))], [CELLS], title="表") == 1
    title, heading, row = open_sheet(room.getvalue()).rows()
    assert title.cells == ("表",) and heading.cells[:2] == ("c0", "c1")
    assert list(row.cells) == CELLS[:-1]
    import zipfile

    with zipfile.ZipFile(room) as held:
        assert held.testzip() is None
        assert b"<f>" not in held.read("xl/worksheets/sheet1.xml")


def test_no_file_is_made_on_the_way(monkeypatch):
    """Decision 14: the writer never asks for a temporary file, and memory does not grow with rows."""

    def refuse(*_, **__):
        raise AssertionError("a temporary file")

    for name in ("mkstemp", "TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkdtemp"):
        monkeypatch.setattr(tempfile, name, refuse)

    class Nowhere:
        def write(self, data):
            return len(data)

    tracemalloc.start()
    writing.write_xlsx(Nowhere(), ["a", "b"], ([n, f"题名{n}"] for n in range(8_000)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def test_witness_the_usual_writer_does_make_one(monkeypatch):
    """XlsxWriter with constant memory asks for a temporary file at once."""
    import xlsxwriter

    asked = []
    monkeypatch.setattr(
        tempfile, "mkstemp", lambda *_, **__: asked.append(1) or (_ for _ in ()).throw(OSError)
    )
    with pytest.raises(OSError):
        xlsxwriter.Workbook(io.BytesIO(), {"constant_memory": True}).add_worksheet()
    assert asked


def test_the_report_holds_no_more_comments_than_are_shown_well(office, monkeypatch):
    """Past the limit the colour and the column of problems say it; every row is there."""
    from archive.sheets import report

    monkeypatch.setattr(report, "MOST_NOTES", 2)
    lines = [["档号", "题名", "日期"], *([f"X-{n}", f"会议纪要{n}", "2024-2-30"] for n in range(5))]
    listing = open_list(samples.text(lines), Said(defaults=DEFAULTS))
    room = io.BytesIO()
    with office.ask("archivist", Act.SHEET_CHECK) as unit, report_to(room, listing, Language.EN) as writer:
        writer.finish(checking.check(unit, listing, each=writer.take))
    import zipfile

    with zipfile.ZipFile(room) as held:
        assert held.read("xl/comments1.xml").count(b"<comment ") == 2
    assert len(list(open_sheet(room.getvalue(), sheet="Rows").rows())) == 6
    assert open_sheet(room.getvalue()).name == "Summary"
