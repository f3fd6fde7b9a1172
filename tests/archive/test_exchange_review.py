"""What fresh eyes tried against paper and exchange: rights, races, hostile input, words that must not come back."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import re
import shutil
import sys
import time
import zipfile
from pathlib import Path

import click
import pytest
from sqlalchemy import select

import cli
from archive import grants, objects
from archive.acts import Act
from archive.errors import ArchiveError, BadValue, Busy, NotAllowed
from archive.exchange import ImportState, RowFate, SheetKind
from archive.forms.kinds import ALL, Takes
from archive.model import Event, ImportRun, Item, Loan, Volume
from archive.packages import foreign, importing
from archive.packages.arriving import Usual
from archive.scans import attaching, tray
from archive.scans.fates import ScanFate, Why
from archive.scans.finding import Wanted
from archive.sheets import exporting, undoing
from archive.values import Level
from tests import make
from tests.archive import parcels
from tests.archive.counter import Counter
from tests.archive.counter import counter as a_counter
from tests.archive.test_imports_run import bring, code_of, loan_row, volume_row
from tests.conftest import Office, opened
from tests.retention.letting_go import contract, destroyed

#: A name that is no UTF-8, as a stick from elsewhere has it.
NO_TEXT = b"\xff\xfe\xe9".decode("utf-8", "surrogateescape")


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


@pytest.fixture
def behind(template, counter):
    """The office behind the counter: `behind(work)` does something in it through the services."""

    def do(work):
        made = Office(None)  # type: ignore[arg-type]
        made.instance = opened(counter.home, template / "key", lambda: counter.now)
        try:
            return work(made)
        finally:
            made.instance.close()

    return do


def volumes_of(office) -> list[str]:
    with office.ask("gm") as unit:
        return list(unit.session.scalars(select(Volume.reference_code).order_by(Volume.reference_code)))


# --- rights -----------------------------------------------------------------------------------


def test_a_register_of_loans_is_taken_back_only_by_who_could_have_taken_the_loans_over(office):
    """HR keeps its own records and lends none: it cannot make loans of others vanish; nor a clerk of another department."""
    code = code_of(office, make.volume(office, "ZX·02", 2, held=True))
    number = bring(office, SheetKind.LOANS, loan_row(code)).number
    for who in ("hr", "records"):
        with pytest.raises(NotAllowed):
            undoing.undo(office.instance, office.who(who), number, reason="没有这回事")
    with office.ask("gm") as unit:
        assert len(list(unit.session.scalars(select(Loan)))) == 1
    done = undoing.undo(office.instance, office.who("archivist"), number, reason="列认错了")
    assert done.state is ImportState.UNDONE


@pytest.mark.parametrize(
    ("level", "fate"), [(Level.CONFIDENTIAL, ScanFate.REFUSED), (None, ScanFate.TRAY)]
)  # fmt: skip
def test_a_scan_of_a_confidential_record_never_waits_where_colleagues_would_open_it(
    office, tmp_path, level, fate
):
    """R48: who sees such a record and may not attach to it keeps the file; that of a plain record goes to the tray."""
    uid = make.volume(office, "ZX·02", 1, department="GC", level=level)
    with office.ask("gm") as unit:
        code = unit.session.scalars(select(Item.reference_code).where(Item.volume_uid == uid)).one()
    with office.work("gm", Act.GRANT_GIVE) as unit:
        until = unit.today + dt.timedelta(days=30)
        grants.give(unit, code, to="clerk", acts=[Act.RECORD_SEE], expires_on=until, reason="核对")
    (tmp_path / f"{code}.pdf").write_bytes(b"%PDF-1.4 x")
    (line,) = attaching.attach(office.instance, office.who("clerk"), [tmp_path / f"{code}.pdf"], Wanted())
    assert line.fate is fate and (line.why is Why.BARRED or line.error is not None)
    with office.ask("clerk", Act.INTAKE_SEE) as unit:
        assert len(tray.rows(unit)) == (fate is ScanFate.TRAY)
    assert (tmp_path / f"{code}.pdf").exists()


# --- undo, numbers ----------------------------------------------------------------------------


def test_a_package_taken_back_while_it_comes_in_makes_nothing_more(office, template, tmp_path):
    """Undone after its first record, the run ends there: no record is left that no import answers for."""
    parcels.shelved(office, files=())
    make.volume(office, "FW·01", 1, year=2021)
    parcels.exported(office, tmp_path / "out", *volumes_of(office))
    other = parcels.second(template, tmp_path / "second")

    def taken_back(done: int, _: int) -> None:
        if done == 1:
            undoing.undo(other.instance, other.who("archivist"), "DR2026-00001", reason="收错了")

    with pytest.raises(Busy):
        importing.bring(
            other.instance, other.who("archivist"), tmp_path / "out", Usual(), progress=taken_back
        )
    assert volumes_of(other) == []
    with other.ask("archivist") as unit:
        assert [run.state for run in unit.session.scalars(select(ImportRun))] == [ImportState.UNDONE]
    assert parcels.brought(other, tmp_path / "out").count(RowFate.MADE) == 2
    other.instance.close()


def test_a_code_on_paper_that_is_spelt_like_a_slip_moves_no_slips_numbers(office):
    """A volume called DR2026-00777 comes in and is taken back; the imports after it get numbers of their own."""
    first = bring(office, SheetKind.VOLUMES, volume_row(1, reference_code="DR2026-00777"))
    undoing.undo(office.instance, office.who("archivist"), first.number, reason="列认错了")
    numbers = [bring(office, SheetKind.VOLUMES, volume_row(n)).number for n in (2, 3)]
    assert [first.number, *numbers] == ["DR2026-00001", "DR2026-00002", "DR2026-00003"]


def test_no_record_is_called_by_the_uid_of_another(office):
    """Services find a record by code or uid: a list that gives a volume the uid of another as its code is refused."""
    uid = make.volume(office, "ZX·02", 1)
    line = bring(office, SheetKind.VOLUMES, volume_row(1, reference_code=uid), partly=True)
    assert (line.made, line.refused) == (0, 1)
    assert bring(office, SheetKind.VOLUMES, volume_row(2, reference_code="HT2024-0007")).made == 1


# --- hostile input ----------------------------------------------------------------------------


def test_many_files_find_their_rows_without_comparing_each_with_each():
    """20,000 files and as many rows take seconds, not hours; each file goes to the first row that names it."""
    count = 20_000
    rows = [{"title": f"图纸{n}", "file": f"f{n}.pdf"} for n in range(count)]
    begun = time.perf_counter()
    found = foreign._matched(rows, [f"data/f{n}.pdf" for n in range(count)])
    assert time.perf_counter() - begun < 10
    assert all(one.papers[0].files[0].path == f"data/f{one.row - 1}.pdf" for one in found)
    two = foreign._matched(
        [{"title": "甲件", "file": "a|data/b"}, {"title": "乙件", "file": "b;c"}], ["data/a", "data/b"]
    )
    assert [[file.path for file in one.papers[0].files] for one in two] == [["data/a", "data/b"], []]


def test_a_package_with_names_that_are_no_text_is_unsafe_and_told_so(counter, tmp_path):
    """RFC 8493: lists are UTF-8. A stick with other names gets a verdict from every command, and no traceback."""
    bag = parcels.theirs(tmp_path / "bag", {"a.pdf": parcels.PDF})
    (bag / "data" / f"b{NO_TEXT}.pdf").write_bytes(b"x")
    state = counter.state()
    for words in (("package", "check"), ("properties", "package"), ("package", "import")):
        told = counter.run("archivist", *words, bag).check(5)
        assert "\udcff" not in told.out + told.err
    elsewhere = tmp_path / f"d{NO_TEXT}"
    shutil.move(bag, elsewhere)
    for words in (("package", "check"), ("properties", "package"), ("package", "import")):
        counter.run("archivist", *words, elsewhere).check(5)
    assert counter.state() == state
    (elsewhere / "data" / f"b{NO_TEXT}.pdf").unlink()
    counter.run("archivist", "package", "check", elsewhere).check()


def test_what_no_database_takes_is_told_as_a_bad_value_and_not_as_damage(counter, tmp_path):
    """Arguments that are no UTF-8, and numbers beyond all bounds: exit status 2, nothing changed; output names may be odd."""
    state, huge = counter.state(), "9" * 30
    for words in (
        ("label", "print", NO_TEXT, "--to", tmp_path / "1.pdf"),
        ("package", "export", NO_TEXT, "--to", tmp_path / "2", "--for", "移交"),
        ("form", "print", "f3", "--to", tmp_path / "3.pdf", "--for", NO_TEXT),
        ("form", "print", "f3", "--to", tmp_path / "4.pdf", "--year", huge),
        ("sheet", "export", "VOLUMES", "--to", tmp_path / "5.csv", "--year", huge),
        ("label", "print", "--to", tmp_path / "6.pdf", "--year", huge),
    ):
        counter.run("archivist", *words).check(2)
    assert [path.name for path in tmp_path.iterdir() if path.suffix in {".pdf", ".csv", ".part"}] == []
    assert counter.state() == state
    counter.run("archivist", "form", "print", "f3", "--to", tmp_path / f"o{NO_TEXT}.pdf").check()


def test_names_of_files_in_a_package_never_lead_elsewhere(office, template, tmp_path):
    """`..`, nothing, and unseen signs as the name of a file: it gets one that can be written when it is taken out."""
    uid = parcels.shelved(office, files=[(f"{n}.txt", str(n).encode()) for n in range(4)])
    parcels.exported(office, tmp_path / "out", code_of(office, uid))
    book = tmp_path / "out/data/metadata/catalogue.json"
    told = json.loads(book.read_text("utf-8"))
    files = next(one["files"] for one in told["records"] if one["files"])
    for file, name in zip(files, ("..", "", "a\nb\u202e.txt", "../../c.txt"), strict=True):
        file["name"] = name
    book.write_text(json.dumps(told), "utf-8")
    other = parcels.second(template, tmp_path / "second")
    assert parcels.brought(other, parcels.resealed(tmp_path / "out")).count(RowFate.MADE) == 1
    with other.ask("archivist", Act.ITEM_GET) as unit:
        item = next(one for one in unit.session.scalars(select(Item)) if objects.contents(unit, one))
        for number in range(1, 5):
            (tmp_path / f"got{number}").mkdir()
            objects.fetch(unit, item.reference_code, tmp_path / f"got{number}", number=number, purpose="核对")
    got = [path.name for path in tmp_path.glob("got*/*")]
    assert len(got) == 4 and all(name.isprintable() for name in got)
    other.instance.close()


# --- what is written --------------------------------------------------------------------------


def test_what_a_crash_left_beside_a_file_does_not_stand_in_the_way(counter, behind, tmp_path):
    """Killed while it wrote list.csv, the same command runs again."""
    behind(lambda office: make.volume(office))
    (tmp_path / ".list.csv.part").write_bytes(b"half")
    counter.run("archivist", "sheet", "export", "VOLUMES", "--to", tmp_path / "list.csv").check()
    assert sorted(path.name for path in tmp_path.glob("*list*")) == [".list.csv.part", "list.csv"]


def test_an_export_keeps_in_clear_only_codes_that_there_are(office, tmp_path):
    """A class or department that is none is refused, so that no name typed there stands in the log."""
    for wanted in ({"class_code": "业户张三"}, {"department": "业户张三"}):
        with pytest.raises(ArchiveError), office.ask("archivist", Act.SHEET_EXPORT) as unit:
            exporting.export(unit, SheetKind.VOLUMES, tmp_path / "a.csv", exporting.Narrowed(**wanted))
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        lines = list(unit.session.scalars(select(Event).where(Event.act == Act.SHEET_EXPORT)))
    assert lines and not any("张三" in line.facts for line in lines)
    assert not list(tmp_path.glob("*.csv"))


def test_inv_V19_a_list_does_not_say_whom_a_destroyed_record_was_about(office, tmp_path):
    """Decision 10: code, class and pages stay of what was confidential; party and premises go with the title."""
    uid = contract(office, class_code="FW·01", level=Level.CONFIDENTIAL, party="P002")
    code, told = code_of(office, uid), []
    for _ in ("before", "after"):
        path = tmp_path / f"{len(told)}.csv"
        with office.ask("archivist", Act.SHEET_EXPORT) as unit:
            exporting.export(unit, SheetKind.VOLUMES, path)
        rows = csv.reader(path.read_text("utf-8-sig").splitlines())
        told.append(next(row for row in rows if code in row))
        if len(told) == 1:
            destroyed(office, [uid])
    assert "P002" in told[0] and "FW·01 案卷" in told[0]
    assert "P002" not in told[1] and "题名略" in told[1] and "FW·01" in told[1]


_watching: list[set[str]] = []


def _watch(event: str, args: tuple[object, ...]) -> None:
    if not _watching:
        return
    if (
        event == "open"
        and not isinstance(args[0], int)
        and isinstance(args[2], int)
        and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    ):
        _watching[-1].add(str(args[0]))
    elif event.startswith("tempfile."):
        _watching[-1].add(event)


def test_no_writer_of_lists_forms_labels_or_packages_makes_a_temporary_file(counter, behind, tmp_path):
    """Decision 14: every file opened for writing lies in the instance or where the person said; all are 0600, folders 0700."""
    code = behind(lambda office: code_of(office, parcels.shelved(office)))
    out = tmp_path / "out"
    out.mkdir(mode=0o700)
    sys.addaudithook(_watch)
    _watching.append(set())
    try:
        for words in (
            ("sheet", "export", "CONTENTS", "--to", out / "1.xlsx"),
            ("sheet", "check", out / "1.xlsx", "--report", out / "2.xlsx"),
            ("form", "print", "f1", code, "--to", out / "3.pdf"),
            ("form", "print", "f1", code, "--to", out / "4.docx"),
            ("form", "template", "example", "f10", "--to", out / "5.docx"),
            ("form", "template", "install", "f10", out / "5.docx"),
            ("label", "print", code, "--to", out / "6.pdf"),
            ("properties", "record", code, "--report", out / "7.docx"),
            ("package", "export", code, "--to", out / "8", "--for", "移交"),
            ("statistics", "holdings", "--png", out / "9.png"),
        ):
            counter.run("archivist", *words).check()
        seen = _watching[-1]
        (tmp_path / "witness").write_bytes(b"")
    finally:
        _watching.pop()
    elsewhere = {
        path for path in seen if not path.startswith((str(counter.home), str(out), str(counter.desk)))
    }
    assert elsewhere == {str(tmp_path / "witness")}
    found = [(path.stat().st_mode & 0o777, path.is_dir()) for path in out.rglob("*")]
    assert {0o700 if folder else 0o600 for _, folder in found} == {mode for mode, _ in found}
    assert all(mode == (0o700 if folder else 0o600) for mode, folder in found)


# --- what may not be seen is as if it were not (decision 6) -----------------------------------


def _said(counter: Counter, who: str, folder: Path) -> dict[str, object]:
    """Everything lists, registers, statistics and labels say to somebody; the log's own sums and hours left out."""
    folder.mkdir()
    statistics = cli.root.get_command(click.Context(cli.root), "statistics")
    found: dict[str, object] = {}
    for name in statistics.list_commands(click.Context(statistics)):  # type: ignore[union-attr]
        told = counter.run(who, "statistics", name, "--json")
        found[name] = told.status, told.out
    for kind in ("VOLUMES", "CONTENTS", "INCOMING"):
        told = counter.run(who, "sheet", "export", kind, "--to", folder / f"{kind}.csv").check()
        found[kind] = (folder / f"{kind}.csv").read_text("utf-8"), told.status
    for form in (one.code for one in ALL if one.takes is Takes.NOTHING):
        status = counter.run(who, "form", "print", form, "--to", folder / f"{form}.docx").status
        found[form] = status, "" if status else _letters(folder / f"{form}.docx")
    for what in ("--volumes", "--places"):
        counter.run(who, "label", "print", what, "--to", folder / f"{what}.pdf")
        path = folder / f"{what}.pdf"
        found[what] = path.read_bytes() if path.exists() else b""
    told = counter.run(who, "properties", "record", "--class", "ZX", "--json")
    return {**found, "properties": (told.status, told.out)}


def _letters(path: Path) -> str:
    with zipfile.ZipFile(path) as packed:
        xml = "".join(packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml"))
    text = "".join(re.findall(r"<w:t[^>]*>([^<]*)</w:t>", xml))
    return re.sub(r"审计日志 [0-9]+:[0-9a-f-]+", "#", text)


@pytest.mark.parametrize("who", ["clerk", pytest.param("hr", marks=pytest.mark.slow)])
def test_lists_registers_statistics_and_labels_say_nothing_of_what_is_hidden(counter, behind, tmp_path, who):
    """Equal to the byte before and after secret volumes come in, on a shelf too; the archivist's witness differs."""
    behind(lambda office: [make.volume(office, "ZX·02", 1, held=True), make.volume(office, "WS·LW", 1)])
    people = (who, "archivist")
    before = {one: _said(counter, one, tmp_path / f"a-{one}") for one in people}

    def secretly(office: Office) -> None:
        for kind, more in (("ZX·02", {"dossier": "A1204-2025-9", "premises": "A1204"}), ("WS·LW", {})):
            make.volume(office, kind, 2, held=True, level=Level.SECRET, **more)

    behind(secretly)
    after = {one: _said(counter, one, tmp_path / f"b-{one}") for one in people}
    assert before[who] == after[who]
    differing = {
        name for name in before["archivist"] if before["archivist"][name] != after["archivist"][name]
    }
    assert {"holdings", "VOLUMES", "CONTENTS", "f3", "--volumes"} <= differing


def test_a_bad_value_names_what_was_asked(office):
    """A code of a place or party spelt like a uid is refused as a value, before anything is looked up."""
    from archive.codes import code_checked, reference_checked

    for check in (lambda: reference_checked("0" * 32), lambda: code_checked("ab" * 16, "code")):
        with pytest.raises(BadValue):
            check()
    assert reference_checked("K001-ZY·FW·2024·D3-0001") and code_checked("A1203", "code") == "A1203"
