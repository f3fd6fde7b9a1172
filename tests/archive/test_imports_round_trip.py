"""What is written out and brought in again changes nothing: every row is known, whatever its words begin with."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from archive import items, registry, volumes
from archive.acts import Act
from archive.exchange import RowFate, SheetKind
from archive.model import Item
from archive.papers import Paper
from archive.sheets import exporting, leaving, lists, running
from archive.sheets.headers import Corrections
from archive.sheets.lists import Said
from archive.sheets.running import Listing
from archive.values import PartyKind
from archive.volumes import Matter
from tests import make
from tests.archive.test_imports_run import bring, code_of, contract_row, letter_row, loan_row, occupant_row
from tests.conftest import Office, opened

#: What spreadsheets, CSV and people do to words.
HOSTILE = (
    "''",
    "同上",
    "ditto",
    "=1+1",
    "+86 10",
    "-3",
    "@SUM(A1)",
    "'=x",
    "''+",
    "＝全角",
    '"引号"',
    "a,b;c",
    "'单引",
    "https://x.test/?a=1",
    "001",
    "1e5",
    "2024-01-01",
    "是",
)
signs = st.sampled_from("=+-@'\"，,;\t \n一二甲乙AB12（）·<>&_x")
words = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(signs, min_size=2, max_size=12).filter(lambda text: len("".join(text.split())) >= 2),
)
titles = words.map(lambda text: " ".join(f"{text}卷".split()))
notes = st.one_of(st.just(""), words)
days = st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2025, 12, 31))
papers = st.lists(
    st.builds(
        Paper, title=titles, dated=days, creator=notes.map(lambda text: " ".join(text.split())), document_no=notes.map(lambda text: " ".join(text.split())),
        note=notes, pages=st.integers(0, 40), is_original=st.booleans(),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def back(office, kind: SheetKind, path: Path):
    """The file as an import would take it: verdicts of every row."""
    found = lists.open_list(path, Said(corrections=Corrections(kind=kind)))
    listing = Listing(kind, found.entries, found.signs, found.card)
    return list(running.checked(office.instance, office.who("archivist"), listing)), listing


def written(office, kind: SheetKind, path: Path) -> int:
    with office.ask("archivist", Act.SHEET_EXPORT) as unit:
        return exporting.export(unit, kind, path)


def assert_round(office, kind: SheetKind, folder: Path) -> int:
    """XLSX and CSV of *kind* come back with every row known; how many there are."""
    count = 0
    for suffix in (".xlsx", ".csv"):
        path = folder / f"{kind.value}{suffix}"
        path.unlink(missing_ok=True)
        count = written(office, kind, path)
        if count == 0:
            continue
        verdicts, listing = back(office, kind, path)
        wrong = [
            (one.row, one.error and one.error.facts) for one in verdicts if one.fate is not RowFate.KNOWN
        ]
        assert (len(verdicts), wrong) == (count, []), path
        line = running.run(office.instance, office.who("archivist"), listing)
        assert (line.known, line.made, line.refused) == (count, 0, 0)
    return count


@pytest.fixture(scope="module")
def shared(template, tmp_path_factory):
    """One office for all examples: what one leaves there is part of the next list."""
    folder = tmp_path_factory.mktemp("round")
    shutil.copytree(template / "home", folder / "home")
    (folder / "home").chmod(0o700)
    office = Office(None)
    office.instance = opened(folder / "home", template / "key", lambda: office.now)
    yield office
    office.instance.close()


def catalogue(examples: int):
    """A test over *examples* generated volumes with their contents, and lone papers."""

    def decorate(test):
        given_all = given(title=titles, note=notes, filed=papers, alone=papers)
        return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))(
            given_all(test)
        )

    return decorate


@catalogue(2)
def test_generated_catalogues_come_back_unchanged(shared, tmp_path_factory, title, note, filed, alone):
    """Volumes, contents and lone papers with titles that begin like formulas, with quotes and line ends."""
    comes_back(shared, tmp_path_factory, title, note, filed, alone)


@pytest.mark.slow
@catalogue(40)
def test_many_generated_catalogues_come_back_unchanged(shared, tmp_path_factory, title, note, filed, alone):
    """The same forty times."""
    comes_back(shared, tmp_path_factory, title, note, filed, alone)


def comes_back(shared, tmp_path_factory, title, note, filed, alone):
    with shared.work("archivist", Act.VOLUME_OPEN) as unit:
        volume = volumes.open_volume(unit, Matter("FW·01", 2024, "KF"), title=title, note=note)
        items.file_into(unit, volume.uid, filed)
        items.file_alone(unit, Matter("WS·BG", 2024, "KF"), alone)
    folder = tmp_path_factory.mktemp("out")
    for kind in (SheetKind.VOLUMES, SheetKind.CONTENTS, SheetKind.FILED):
        assert assert_round(shared, kind, folder) > 0


def test_every_other_list_comes_back_unchanged(office, tmp_path):
    """Contracts, occupants, loans and both registers, made by a clerk and by an import alike."""
    make.volume(office, "HT·03", 2, year=2024)
    make.volume(office, "YH·04", 2)
    code = code_of(office, make.volume(office, "ZX·02", 2, held=True))
    bring(office, SheetKind.CONTRACTS, contract_row(1), contract_row(2, title="=cmd|' /C calc'!A0"))
    bring(
        office,
        SheetKind.PARTIES,
        occupant_row("C0101", "王小明"),
        occupant_row("C0102", "@晨光有限公司", kind=PartyKind.SHOP),
    )
    bring(office, SheetKind.INCOMING, letter_row(1), letter_row(2, title="-关于停电的函"))
    sent = {key: value for key, value in letter_row(3).items() if key != "received_on"}
    bring(office, SheetKind.OUTGOING, {**sent, "sent_on": dt.date(2025, 5, 1)})
    bring(office, SheetKind.LOANS, loan_row(code))
    counts = {
        kind.value: assert_round(office, kind, tmp_path)
        for kind in SheetKind
        if kind is not SheetKind.PACKAGE
    }
    assert min(counts.values()) >= 1, counts


def test_parties_without_premises_come_back_by_their_code(office, tmp_path):
    with office.work("archivist", Act.PARTY_ADD) as unit:
        registry.add_party(
            unit,
            "U009",
            name="晨光有限公司",
            kind=PartyKind.OUTSIDE_UNIT,
            natural_person=False,
            phone="010-6234 5678",
        )
    assert assert_round(office, SheetKind.PARTIES, tmp_path) == 5


def test_witness_a_list_written_without_the_protective_quote_is_no_round_trip(office, tmp_path, monkeypatch):
    """Without `harmless` the CSV has cells that a spreadsheet runs: the check that finds none finds them."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_alone(unit, Matter("WS·BG", 2024, "KF"), [Paper("=HYPERLINK(1)"), Paper("'=第二件")])
    for harmless, runs in ((leaving.cells.harmless, False), (str, True)):
        monkeypatch.setattr(leaving.cells, "harmless", harmless)
        path = tmp_path / f"{runs}.csv"
        written(office, SheetKind.FILED, path)
        assert (
            any(
                cell.startswith("=")
                for line in path.read_text("utf-8-sig").splitlines()
                for cell in line.split(",")
            )
            is runs
        )
        verdicts, _ = back(office, SheetKind.FILED, path)
        assert all(one.fate is RowFate.KNOWN for one in verdicts) is not runs
    with office.ask("archivist") as unit:
        told = sorted(unit.card(one).title for one in unit.session.scalars(select(Item)))
    assert told == ["'=第二件", "=HYPERLINK(1)"]
