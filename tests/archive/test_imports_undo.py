"""An import taken back: all of it or nothing, only while nothing hangs on it, and the same list gets the same codes again."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from archive import audit, items, objects, volumes
from archive.acts import Act
from archive.circulation import lending
from archive.errors import ArchiveError, ImportUsed, WrongState
from archive.exchange import ImportState, SheetKind, Use
from archive.model import (
    Dossier,
    Holding,
    ImportRow,
    ImportRun,
    IndexTask,
    Item,
    Loan,
    Outing,
    Party,
    Premises,
    Series,
    Volume,
)
from archive.model.base import Base
from archive.sheets import dependents, running, undoing
from archive.volumes import Matter
from tests import make
from tests.archive.test_imports_run import (
    CODE,
    bring,
    code_of,
    contents_of,
    contract_row,
    filed_row,
    letter_row,
    listing,
    loan_row,
    occupant_row,
    volume_row,
)
from tests.faults.invariants import check_all

TABLES = (Volume, Item, Holding, Dossier, Party, Premises, Loan, Outing)


def undo(office, number: str, *, by: str = "archivist", reason: str = "列认错了"):
    return undoing.undo(office.instance, office.who(by), number, reason=reason)


def rows_of(office) -> dict[str, int]:
    with office.ask("archivist") as unit:
        return {
            table.__tablename__: unit.session.scalar(select(func.count()).select_from(table))
            for table in TABLES
        }


def series(office) -> dict[str, int]:
    with office.ask("archivist") as unit:
        return {
            row.prefix: row.last
            for row in unit.session.scalars(select(Series))
            if row.last and "DR" not in row.prefix
        }


EVERY = {
    SheetKind.VOLUMES: [volume_row(7), volume_row(8)],
    SheetKind.FILED: [filed_row(1), {k: v for k, v in filed_row(2).items() if k != "reference_code"}],
    SheetKind.CONTRACTS: [contract_row(1), contract_row(2, counterparty="绿野园林有限公司")],
    SheetKind.PARTIES: [occupant_row("C0101", "王小明"), occupant_row("C0102", "晨光商贸有限公司")],
    SheetKind.INCOMING: [letter_row(1), letter_row(2, correspondent="市消防救援支队")],
}


@pytest.mark.parametrize("kind", EVERY)
def test_an_undone_list_leaves_nothing_and_comes_in_again_with_the_same_codes(office, kind):
    """Everything made is gone, numbers go on as before, the log verifies, and a second import makes the same again."""
    before, counted = rows_of(office), series(office)
    first = bring(office, kind, *EVERY[kind])
    with office.ask("archivist") as unit:
        codes = sorted(
            unit.session.scalars(select(Item.reference_code).union_all(select(Volume.reference_code)))
        )
        uids = [
            row.thing_uid for row in unit.session.scalars(select(ImportRow)) if row.kind in {"VOLUME", "ITEM"}
        ]
    line = undo(office, first.number)
    assert (line.state, rows_of(office), series(office)) == (ImportState.UNDONE, before, counted)
    with office.ask("archivist") as unit:
        assert not any(unit.keys.has_key(uid) for uid in uids)
        assert {
            task.record_uid
            for task in unit.session.scalars(select(IndexTask).order_by(IndexTask.id.desc()).limit(len(uids)))
        } == set(uids)
        assert audit.verify(unit.session, office.instance.signer.public_key()).sound
        assert unit.session.scalar(select(func.count()).select_from(ImportRow)) > 0
    assert check_all(office) == []
    again = bring(office, kind, *EVERY[kind])
    assert (again.number, again.made) == ("DR2026-00002", first.made)
    with office.ask("archivist") as unit:
        assert (
            sorted(unit.session.scalars(select(Item.reference_code).union_all(select(Volume.reference_code))))
            == codes
        )
    assert check_all(office) == []


def test_contents_go_and_their_volume_counts_again(office):
    """The volume that was there stays, with the days its own list gave it."""
    bring(office, SheetKind.VOLUMES, volume_row(7))
    number = bring(office, SheetKind.CONTENTS, *contents_of(CODE, 2, 3)).number
    undo(office, number)
    with office.ask("archivist") as unit:
        volume = unit.volume(CODE)
        assert (volume.items, volume.pages, volume.first_date) == (0, 0, dt.date(2024, 1, 1))
    assert check_all(office) == []
    assert bring(office, SheetKind.CONTENTS, *contents_of(CODE, 2, 3)).made == 2


def test_taken_over_loans_go_and_the_pieces_are_on_the_shelf_again(office):
    code = code_of(office, make.volume(office, "ZX·02", 2, held=True))
    before = rows_of(office)
    number = bring(office, SheetKind.LOANS, loan_row(code)).number
    undo(office, number)
    assert rows_of(office) == before and check_all(office) == []
    make.approved(office, code)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        assert lending.lend(unit, code, to="staff", purpose="核对").number == "JY2026-00001"


def test_numbers_given_since_are_not_given_again(office):
    """The tail is not free: a later volume keeps its number, and the gap stays."""
    number = bring(office, SheetKind.VOLUMES, volume_row(7), volume_row(8)).number
    with office.work("archivist", Act.VOLUME_OPEN) as unit:
        volumes.open_volume(unit, Matter("FW·01", 2024, "KF"), title="后来的卷")
    undo(office, number)
    with office.work("archivist", Act.VOLUME_OPEN) as unit:
        made = volumes.open_volume(unit, Matter("FW·01", 2024, "KF"), title="再后来的卷")
    assert made.reference_code.endswith("-0010")


# --- what stands in the way -----------------------------------------------------------------------


def _filed_into(office, unit_code):
    with office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_into(unit, unit_code, [make.paper("后来归入的文件")])


def _edited(office, code):
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        volumes.edit(unit, code, title="更正后的题名")


def _moved(office, code):
    office.tick(minutes=1)
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, code, "R1-C1")


def _granted(office, code):
    make.approved(office, code)


@pytest.mark.parametrize(
    ("happens", "use"),
    [
        (_filed_into, Use.CONTENTS),
        (_edited, Use.CHANGED),
        (_moved, Use.CUSTODY),
        (_granted, Use.LENDING),
    ],
)
def test_what_is_in_use_is_named_and_nothing_is_undone(office, happens, use):
    """The first obstacle is told by code, and every other thing of the import stays as well."""
    number = bring(office, SheetKind.VOLUMES, volume_row(7), volume_row(8)).number
    happens(office, CODE)
    before = rows_of(office)
    with pytest.raises(ImportUsed) as told:
        undo(office, number)
    assert (told.value.facts["what"], told.value.facts["codes"]) == (use, [CODE])
    assert rows_of(office) == before
    with office.ask("archivist") as unit:
        assert unit.session.scalar(select(ImportRun.state)) is ImportState.DONE


def test_a_file_attached_stands_in_the_way(office):
    number = bring(office, SheetKind.FILED, filed_row(1)).number
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        objects.attach(unit, filed_row(1)["reference_code"], io.BytesIO(b"scan"), name="a.txt")
    with pytest.raises(ImportUsed) as told:
        undo(office, number)
    assert told.value.facts["what"] is Use.FILES


def test_a_party_that_others_use_stands_in_the_way(office):
    number = bring(office, SheetKind.PARTIES, occupant_row("C0101", "王小明")).number
    make.volume(office, "YH·05", 1, premises="C0101", party="GR00001", dossier=None)
    with pytest.raises(ImportUsed) as told:
        undo(office, number)
    assert told.value.facts["what"] is Use.SUBJECT


def test_papers_that_others_follow_stay(office):
    """V4: taking them back would leave a gap in the numbers of the volume."""
    bring(office, SheetKind.VOLUMES, volume_row(7))
    number = bring(office, SheetKind.CONTENTS, *contents_of(CODE, 2, 3)).number
    _filed_into(office, CODE)
    with pytest.raises(ImportUsed) as told:
        undo(office, number)
    assert told.value.facts["what"] is Use.CONTENTS


def test_a_loan_that_came_back_or_was_chased_stays(office):
    code = code_of(office, make.volume(office, "ZX·02", 2, held=True))
    number = bring(office, SheetKind.LOANS, loan_row(code)).number
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, code)
    with pytest.raises(ImportUsed) as told:
        undo(office, number)
    assert told.value.facts["what"] is Use.LENDING


def test_undo_wants_a_reason_the_right_and_a_run_that_stands(office):
    """Bad input of every kind: a clear error and nothing changed."""
    number = bring(office, SheetKind.VOLUMES, volume_row(7, department="GC", reference_code="X-1")).number
    for by, reason, code in (
        ("archivist", " ", "bad-value"),
        ("staff", "x", "not-allowed"),
        ("clerk", "x", "not-allowed"),
    ):
        with pytest.raises(ArchiveError) as told:
            undo(office, number, by=by, reason=reason)
        assert told.value.code == code
    with pytest.raises(ArchiveError):
        undo(office, "DR2026-09999")
    undo(office, number)
    with pytest.raises(WrongState):
        undo(office, number)


# --- the schema, and that nothing is forgotten ----------------------------------------------------


def test_inv_V18_the_schema_lets_go_of_nothing_else(office):
    """Witness: the same DELETE outside an undo, or of what another act made, is refused by the database."""
    bring(office, SheetKind.FILED, filed_row(1))
    for table in (Holding, Item):
        with pytest.raises(IntegrityError), office.work("archivist", Act.SHEET_UNDO) as unit:
            unit.act(Act.SHEET_UNDO)
            unit.session.execute(delete(table))


def test_witness_without_the_check_an_undo_would_meet_the_schema(office, monkeypatch):
    """A broken variant that asks for no obstacles is stopped by the guards, and nothing is lost."""
    number = bring(office, SheetKind.VOLUMES, volume_row(7)).number
    _edited(office, CODE)
    monkeypatch.setattr(undoing, "_barred", lambda *_: iter(()))
    before = rows_of(office)
    with pytest.raises(IntegrityError):
        undo(office, number)
    assert rows_of(office) == before


def named_columns() -> set[str]:
    """Every column that could hold a uid of something an import makes."""
    ours = {"volume", "item", "holding", "dossier", "party", "premises", "loan"}
    found = set()
    for table in Base.metadata.tables.values():
        for column in table.columns:
            targets = {key.column.table.name for key in column.foreign_keys}
            plain = (
                not targets
                and str(column.type) == "VARCHAR(32)"
                and column.name != "uid"
                and not column.name.endswith("_by")
            )
            if targets & ours or plain:
                found.add(f"{table.name}.{column.name}")
    return found | {"hold_target.target"}


def test_no_column_that_can_name_a_record_is_forgotten():
    """Every column of every table is in the table of dependents, or known to hold something else."""
    known = {*dependents.IN_THE_WAY, *dependents.NOT_IN_THE_WAY, *dependents.ELSEWHERE}
    assert named_columns() - known == set()
    columns = {
        f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.columns
    }
    assert known - columns == set()


def test_witness_a_column_left_out_of_the_table_is_found(monkeypatch):
    short = {name: one for name, one in dependents.IN_THE_WAY.items() if name != "reading.item_uid"}
    monkeypatch.setattr(dependents, "IN_THE_WAY", short)
    with pytest.raises(AssertionError):
        test_no_column_that_can_name_a_record_is_forgotten()


def test_an_undo_cut_off_is_finished_and_the_list_cannot_come_in_meanwhile(office, monkeypatch):
    """UNDOING is a state of its own: the same file waits until everything is back."""
    monkeypatch.setattr(undoing, "BATCH", 1)
    rows = [volume_row(7), volume_row(8)]
    number = bring(office, SheetKind.VOLUMES, *rows).number

    class Cut(Exception):
        pass

    def cut(_done, _total):
        raise Cut

    with pytest.raises(Cut):
        undoing.undo(office.instance, office.who("archivist"), number, reason="错", progress=cut)
    assert rows_of(office)["volume"] == 1
    with pytest.raises(WrongState):
        running.run(office.instance, office.who("archivist"), listing(SheetKind.VOLUMES, *rows))
    assert check_all(office) == []
    assert undo(office, number).state is ImportState.UNDONE
    assert check_all(office) == []
