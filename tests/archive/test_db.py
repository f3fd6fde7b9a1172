"""The database: settings of SQLite, queueing writers, the machine's faults as sentences, migrations, rules in the schema."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event, inspect, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from archive import db, migrate, registry
from archive.acts import Act
from archive.circulation import lending
from archive.errors import Busy, DatabaseDamaged, DiskFull, SchemaNewer, StorageFailed
from archive.instance import open_instance
from archive.keys import Keyring
from archive.model import FROZEN, KEPT, Base, Premises
from archive.values import PartyKind
from archive.words import Language
from tests import make
from tests.conftest import PORTS

ROOT = Path(__file__).parents[2]


def engine_at(path: Path, journal: str = "truncate"):
    return db.open_engine(db.sqlite_url(path), journal=journal)


# --- settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 44, 7), True), ((3, 45, 9), False),
        ((3, 50, 6), False), ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True), ((4, 0, 0), True),
    ],
)  # fmt: skip
def test_db_a_write_ahead_log_only_where_the_library_is_sound(version, safe):
    """The versions of reliability §5.6: 3.51.3 and later, and the two back-ports."""
    assert safe == db.wal_is_safe(version)
    assert ("wal" if safe else "truncate") == db.journal_mode("auto", version)
    assert ("wal", "truncate") == (db.journal_mode("wal", version), db.journal_mode("truncate", version))


@pytest.mark.parametrize(("journal", "synchronous"), [("truncate", 3), ("wal", 2)])
def test_db_every_setting_is_really_set_on_every_connection(tmp_path, journal, synchronous):
    """Asked back from SQLite itself, not from our table; never synchronous = NORMAL."""
    engine = engine_at(tmp_path / "x.db", journal)
    asked = (
        "foreign_keys",
        "busy_timeout",
        "secure_delete",
        "temp_store",
        "trusted_schema",
        "cell_size_check",
        "cache_size",
    )
    for _ in range(2):
        with engine.connect() as connection:
            got = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked}
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
            level = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        engine.dispose()

        assert {
            "foreign_keys": 1, "busy_timeout": 20000, "secure_delete": 1, "temp_store": 2, "trusted_schema": 0,
            "cell_size_check": 1, "cache_size": -16000,
        } == got  # fmt: skip
        assert (journal, synchronous) == (mode, level)


def test_db_writers_queue_instead_of_failing_half_way(tmp_path):
    """A writing transaction takes the lock when it begins; a reading one does not."""
    engine = engine_at(tmp_path / "x.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        connection.exec_driver_sql("INSERT INTO t VALUES (0)")
    with engine.connect() as first, first.begin():
        with engine.execution_options(reading=True).connect() as reader:
            assert 0 == reader.execute(text("SELECT n FROM t")).scalar()
        impatient = sqlite3.connect(tmp_path / "x.db", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            impatient.execute("BEGIN IMMEDIATE")
        impatient.close()


def lost_updates(engine, rounds: int = 25) -> int:
    """Two threads that each read, wait for the other to have read, add one and write; how many were lost or refused."""
    lost = []
    both_have_read = threading.Barrier(2)

    def work():
        for _ in range(rounds):
            try:
                with engine.begin() as connection:
                    n = connection.execute(text("SELECT n FROM t")).scalar()
                    with suppress(threading.BrokenBarrierError):  # where writers queue they never meet
                        both_have_read.wait(0.3)
                    connection.execute(text("UPDATE t SET n = :n"), {"n": n + 1})
            except OperationalError as clash:
                lost.append(clash)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        return 2 * rounds - connection.execute(text("SELECT n FROM t")).scalar()


def counter(engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        connection.exec_driver_sql("INSERT INTO t VALUES (0)")
    return engine


def test_db_two_writers_lose_nothing_and_the_witness_does(tmp_path):
    """Read-then-write in two threads: 50 of 50 arrive; with a deferred BEGIN some are refused half-way."""
    assert 0 == lost_updates(counter(engine_at(tmp_path / "ours.db")))
    deferred = counter(create_engine(db.sqlite_url(tmp_path / "theirs.db"), connect_args={"timeout": 0.05}))

    assert lost_updates(deferred) > 0


# --- the machine's faults as sentences ------------------------------------------------------------


def told(fault: Exception):
    """What `told` makes of *fault*."""
    try:
        with db.told("catalogue.db"):
            raise fault
    except Exception as said:
        return type(said)


@pytest.mark.parametrize(
    ("said", "kind", "expected"),
    [
        ("database or disk is full", sqlite3.OperationalError, DiskFull),
        ("database is locked", sqlite3.OperationalError, Busy),
        ("database table is locked: item", sqlite3.OperationalError, Busy),
        ("database disk image is malformed", sqlite3.DatabaseError, DatabaseDamaged),
        ("file is not a database", sqlite3.DatabaseError, DatabaseDamaged),
        ("no such table: volume", sqlite3.OperationalError, DatabaseDamaged),
        ("disk I/O error", sqlite3.OperationalError, StorageFailed),
        ("attempt to write a readonly database", sqlite3.OperationalError, StorageFailed),
        ("unable to open database file", sqlite3.OperationalError, StorageFailed),
        ("NOT NULL constraint failed: record_class.locked", sqlite3.IntegrityError, sqlite3.IntegrityError),
        ("UNIQUE constraint failed: shelf.full", sqlite3.IntegrityError, sqlite3.IntegrityError),
        ("event is kept", sqlite3.IntegrityError, sqlite3.IntegrityError),
        ("near SELEC: syntax error", sqlite3.OperationalError, sqlite3.OperationalError),
    ],
)
def test_db_what_the_machine_says_is_told_in_our_words_and_rules_pass_through(said, kind, expected):
    """Raw and wrapped by SQLAlchemy alike; a broken rule of the schema is nobody's full disk."""
    wrapped = {sqlite3.IntegrityError: IntegrityError, sqlite3.OperationalError: OperationalError}.get(
        kind, DatabaseError
    )

    assert expected is told(kind(said))
    ours = expected if expected.__module__.startswith("archive") else wrapped
    assert ours is told(wrapped("SELECT 1", {}, kind(said)))


def reopened(office):
    key = Path(office.instance.settings.key_file)
    return open_instance(
        office.home, lambda home, _: Keyring.unlock(home, key_file=key), PORTS, clock=lambda: office.now
    )


def spoilt(path: Path, how: str) -> None:
    if how == "garbage":
        path.write_bytes(b"this is not a database at all" * 1000)
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:20000])
    else:
        raw = bytearray(path.read_bytes())
        raw[100:4096] = b"\x5a" * 3996
        path.write_bytes(bytes(raw))


@pytest.mark.parametrize("how", ["garbage", "empty", "cut", "first page overwritten"])
def test_db_a_spoilt_database_is_named_and_not_written_to(office, how):
    """The sentence says which file, in both languages; nothing more is done to it."""
    office.instance.engine.dispose()
    path = office.instance.database
    spoilt(path, how)
    before = path.read_bytes()
    with pytest.raises(DatabaseDamaged) as said:
        with reopened(office).work(office.who("archivist"), Act.PREMISES_ADD) as unit:
            registry.add_premises(unit, "C0101", building="C")

    assert all(str(path) in said.value.message(tongue) for tongue in Language)
    assert before == path.read_bytes()
    assert 7 == said.value.exit


def test_db_a_missing_database_is_not_made_anew(office):
    """An instance whose catalogue is gone says so, rather than starting an empty one."""
    office.instance.engine.dispose()
    office.instance.database.unlink()
    with pytest.raises(DatabaseDamaged):
        reopened(office)

    assert not office.instance.database.exists()


def test_db_a_full_database_refuses_the_act_whole_and_works_again_afterwards(office):
    """No room for one more page: a sentence, nothing half done; with room the same act is done."""
    raw = sqlite3.connect(office.instance.database)
    pages = raw.execute("PRAGMA page_count").fetchone()[0]
    raw.close()

    def squeeze(limit: int) -> None:
        with office.instance.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={limit}")

    def fill() -> None:
        with office.work("archivist", Act.PARTY_ADD) as unit:
            for n in range(200):
                registry.add_party(
                    unit, f"Q{n:04}", name="某" * 50, kind=PartyKind.OWNER, natural_person=True
                )

    squeeze(pages)
    with pytest.raises(DiskFull):
        fill()
    squeeze(1_000_000)
    with Session(office.instance.engine) as session:
        assert [] == session.execute(text("SELECT code FROM party WHERE code LIKE 'Q%'")).all()
    fill()


NO_ROOM = """
import resource, sys
from pathlib import Path
from archive import db
from archive.errors import ArchiveError
from sqlalchemy import text
path = Path(sys.argv[1])
engine = db.open_engine(db.sqlite_url(path), journal="truncate")
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, resource.RLIM_INFINITY))
try:
    with db.told(path), engine.begin() as connection:
        for n in range(400):
            connection.execute(text("INSERT INTO t VALUES (:b)"), {"b": bytes(4000)})
except ArchiveError as said:
    print(type(said).__name__, said.exit)
"""


def test_db_D2_a_file_that_may_not_grow_is_a_sentence_and_keeps_what_it_had(tmp_path):
    """The operating system refuses the write (RLIMIT_FSIZE in a real process): status 7, the old rows whole."""
    path = tmp_path / "x.db"
    with engine_at(path).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (b BLOB)")
        connection.exec_driver_sql("INSERT INTO t VALUES (x'00')")
    run = subprocess.run(
        [sys.executable, "-c", NO_ROOM, str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )

    assert (run.stdout.split(), run.stderr) in [(["DiskFull", "7"], ""), (["StorageFailed", "7"], "")]
    with engine_at(path).connect() as connection:
        assert 1 == connection.execute(text("SELECT count(*) FROM t")).scalar()
        assert "ok" == connection.exec_driver_sql("PRAGMA integrity_check").scalar()


def test_db_the_integrity_check_needs_no_act_and_finds_a_broken_reference(office):
    """`doctor` asks without changing anything; a row pointing nowhere is named."""
    with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
        unit.look(Act.INSTANCE_INSPECT)
        assert db.integrity(unit.session) is None
    raw = sqlite3.connect(office.instance.database)
    raw.execute("UPDATE location SET parent_uid = 'nowhere' WHERE code = 'R1-C1'")
    raw.commit()
    raw.close()
    with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
        assert "location" in (db.integrity(unit.session) or "")


# --- migrations -----------------------------------------------------------------------------------


def test_db_the_migrations_build_exactly_the_mapped_tables(tmp_path):
    """Alembic finds no difference between an upgraded empty file and the models; CHECKs and indexes included."""
    ours, mapped = engine_at(tmp_path / "m.db"), engine_at(tmp_path / "c.db")
    migrate.upgrade(ours)
    Base.metadata.create_all(mapped)
    with ours.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, Base.metadata)
    for table in Base.metadata.tables:
        assert rules(ours, table) == rules(mapped, table), table


def rules(engine, table: str) -> tuple:
    """The CHECKs, unique constraints and foreign keys of a table, comparable."""
    found = inspect(engine)
    return tuple(
        sorted(repr(sorted(one.items(), key=str)) for one in many)
        for many in (
            found.get_check_constraints(table),
            found.get_unique_constraints(table),
            found.get_foreign_keys(table),
        )
    )


def test_db_a_newer_schema_is_refused_and_an_older_one_brought_up(office):
    """Nothing is touched that a later version wrote; opening again at the known version works."""
    office.instance.engine.dispose()
    with sqlite3.connect(office.instance.database) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaNewer) as said:
        reopened(office)
    assert ("9999", migrate.head()) == (said.value.facts["found"], said.value.facts["known"])
    with sqlite3.connect(office.instance.database) as raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (migrate.head(),))
    reopened(office).close()


def rows(path: Path, names) -> dict[str, list]:
    """The rows of each table of *names*, by the columns given."""
    with closing(sqlite3.connect(path)) as raw:
        return {
            table: raw.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
            for table, columns in names.items()
        }


def first_version(path: Path, source: Path) -> dict[str, str]:
    """Make *path* a catalogue of schema 0001 that holds what *source* does; returns its tables with their columns."""
    engine = engine_at(path)
    with engine.begin() as connection:
        command.upgrade(migrate._config(connection), "0001")
    engine.dispose()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("ATTACH ? AS source", (str(source),))
        names = [name for (name,) in raw.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        tables = {
            name: ", ".join(
                column for (column,) in raw.execute(f"SELECT name FROM pragma_table_info('{name}')")
            )
            for name in names
            if name not in {"alembic_version", "sqlite_sequence"}
        }
        for name, columns in tables.items():
            told = "outing" if name == "loan_line" else name
            raw.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM source.{told}")
        raw.commit()
    return tables


def test_db_an_office_of_the_first_version_is_brought_up_with_all_it_holds(office, tmp_path):
    """Opened by this version, a catalogue of schema 0001 becomes today's; every row is as it was, and work goes on."""
    volume = make.volume(office, "ZX·02", held=True)
    make.approved(office, volume)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, volume, to="staff", purpose="核对")
    office.instance.engine.dispose()
    old = tmp_path / "old.db"
    tables = first_version(old, office.instance.database)
    before = rows(old, tables)
    assert len(tables) > 25 and before["item"] and before["event"]
    out = before.pop("loan_line")
    old.replace(office.instance.database)

    instance = reopened(office)
    columns = tables.pop("loan_line")
    assert rows(office.instance.database, tables) == before
    assert rows(office.instance.database, {"outing": columns})["outing"] == out and len(out) == 2
    with closing(sqlite3.connect(office.instance.database)) as raw:
        held = raw.execute("SELECT held_on FROM volume UNION SELECT held_on FROM item").fetchall()
        assert held == [("2026-03-02",)]
    with instance.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, Base.metadata)
        assert context.get_current_revision() == migrate.LATEST
    instance.close()
    make.volume(office, "ZX·02", dossier="A1203-2025-2")


# --- rules in the schema --------------------------------------------------------------------------


def test_db_every_kept_table_refuses_deletion_and_every_frozen_one_change(tmp_path):
    """The triggers stand on exactly the tables that the model names, and no kept table is forgotten."""
    engine = engine_at(tmp_path / "m.db")
    migrate.upgrade(engine)
    with engine.connect() as connection:
        names = set(
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        )

    guards = {"volume_may_go", "item_may_go", "outing_of_what_stays", "destruction_line_in_draft"}
    keeping = {f"{table}_no_delete" for table in KEPT} | {f"{table}_no_update" for table in FROZEN}
    assert keeping | guards == names
    loose = {
        "fonds",
        "record_class",
        "series",
        "department",
        "login_session",
        "login_bar",
        "blob",
        "index_task",
        "office_day",
        "stocktake_scan",
        "saved_search",
        "word_list",
        "import_profile",
        "api_write",
    }
    assert set(Base.metadata.tables) - set(KEPT) == loose


def test_db_the_triggers_really_refuse(office):
    """Every kept table that holds rows in a working office: DELETE is refused, row by row."""
    make.volume(office, "ZX·02", held=True)
    raw = sqlite3.connect(office.instance.database)
    filled = [table for table in KEPT if raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0]]
    for table in filled:
        with pytest.raises(sqlite3.IntegrityError, match=f"{table} is kept"):
            raw.execute(f"DELETE FROM {table}")
    for table in set(FROZEN) & set(filled):
        column = raw.execute(f"SELECT name FROM pragma_table_info('{table}') LIMIT 1").fetchone()[0]
        with pytest.raises(sqlite3.IntegrityError, match=f"{table} is kept"):
            raw.execute(f"UPDATE {table} SET {column} = {column}")
    raw.close()

    assert {"person", "volume", "item", "holding", "handover", "access_grant", "event"} <= set(filled)


LOAN = (
    "INSERT INTO loan (uid, number, volume_uid, item_uid, borrower_uid, state, card, lent_by, lent_on, lent_at, due_on,"
    " items_out, pages_out, received_by, returned_by, returned_at) VALUES (:uid, :uid, :volume, :item, :borrower, :state,"
    " x'00', :lender, '2026-03-02', '2026-03-02', :due, 1, 1, :received, :returned, :at)"
)
GRANT = (
    "INSERT INTO access_grant (uid, person_uid, record_uid, role, class_code, at_home, acts, approved_by, approved_at,"
    " expires_on, card) VALUES ('g', :person, :record, :role, :class_code, 0, 'record.read', :by, '2026-03-02',"
    " '2026-03-03', x'00')"
)
BAD_LOANS = {
    "a good loan": ({}, None),
    "lender is borrower": ({"lender": "staff"}, "two_signers_out"),
    "receiver is bringer": ({"received": "staff", "returned": "staff", "at": "2026-03-03", "state": "RETURNED"}, "two_signers_back"),
    "due before lent": ({"due": "2026-03-01"}, "due_after_lent"),
    "returned without a day": ({"state": "RETURNED"}, "returned_is_dated"),
    "out with a day of return": ({"at": "2026-03-03"}, "returned_is_dated"),
    "of nothing": ({"volume": None}, "one_subject"),
    "in a state that is none": ({"state": "LOST?"}, "loanstate"),
    "of a volume that is none": ({"volume": "nowhere"}, "FOREIGN KEY"),
}  # fmt: skip
BAD_GRANTS = {
    "a good single grant": ({"person": "staff", "record": "r"}, None),
    "a good duty grant": ({"role": "CLERK", "class_code": "YH"}, None),
    "to oneself": ({"person": "gm", "record": "r"}, "not_own_approver"),
    "to nobody": ({}, "person_or_post"),
    "to a person and a post": ({"person": "staff", "record": "r", "role": "CLERK", "class_code": "YH"}, "person_or_post"),
    "to a person without a record": ({"person": "staff"}, "person_with_record"),
    "to a post without a class": ({"role": "CLERK"}, "post_with_class"),
    "to a post that is none": ({"role": "KING", "class_code": "YH"}, "role"),
}  # fmt: skip


def inserted(office, statement: str, given: dict, why: str | None) -> None:
    """Insert by raw SQL with foreign keys on; expects the named rule to refuse it."""
    raw = sqlite3.connect(office.instance.database)
    raw.execute("PRAGMA foreign_keys=ON")
    uids = dict(raw.execute("SELECT account, uid FROM person"))
    values = {name: uids.get(value, value) for name, value in given.items()}
    try:
        if why is None:
            raw.execute(statement, values)
        else:
            with pytest.raises(sqlite3.IntegrityError, match=why):
                raw.execute(statement, values)
    finally:
        raw.close()


def test_db_the_schema_itself_refuses_a_loan_that_cannot_be(office):
    """Two signers at both ends, one subject, due after lent, states and days that fit: whoever inserts (V11, V12)."""
    usual = {
        "uid": "x", "volume": make.volume(office, "ZX·02"), "item": None, "borrower": "staff", "state": "OUT",
        "lender": "archivist", "due": "2026-03-09", "received": None, "returned": None, "at": None,
    }  # fmt: skip
    for given, why in BAD_LOANS.values():
        inserted(office, LOAN, {**usual, **given}, why)


def test_db_the_schema_itself_refuses_a_grant_that_cannot_be(office):
    """Person with record, or post with class, and never one's own approver (V9)."""
    usual = {"person": None, "record": None, "role": None, "class_code": None, "by": "gm"}
    for given, why in BAD_GRANTS.values():
        inserted(office, GRANT, {**usual, **given}, why)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE item SET page_count = -1", "pages_not_negative"),
        ("UPDATE item SET seq_no = 1", "UNIQUE"),
        ("UPDATE volume SET state = 'GONE'", "volumestate"),
        ("UPDATE volume SET use_mode = NULL", "NOT NULL"),
        ("UPDATE volume SET class_code = 'NO'", "FOREIGN KEY"),
        ("UPDATE person SET account = 'gm'", "UNIQUE"),
        ("UPDATE record_class SET period = '' WHERE usable", "class_needs_a_period"),
        ("INSERT INTO trigger_event SELECT 'x', NULL, NULL, NULL, 'k', NULL, '', NULL, '2026-01-01', '2026-01-01', uid FROM person LIMIT 1", "one_subject"),
        ("INSERT INTO handover (uid, number, given_by, accepted_by, signed_at) SELECT 'x', 'x', uid, uid, '2026-01-01' FROM person LIMIT 1", "two_signers"),
    ],
)  # fmt: skip
def test_db_the_schema_itself_refuses_rows_that_cannot_be(office, statement, why):
    """Rules stand in the schema, not only in Python (reliability §5.6)."""
    make.volume(office, "ZX·02")
    inserted(office, statement, {}, why)


def test_db_an_instant_without_zone_is_a_defect_and_comes_back_in_utc(office):
    """What is stored without zone is UTC; naive instants never get in."""
    import datetime as dt

    with office.ask("archivist", Act.PREMISES_SEE) as unit:
        assert dt.UTC is unit.session.scalars(select(Premises)).first().created_at.tzinfo
    with pytest.raises(Exception, match="without zone"), office.work("archivist", Act.PREMISES_ADD) as unit:
        unit.act(Act.PREMISES_ADD)
        unit.session.add(Premises(code="X9", building="x", created_at=dt.datetime(2026, 1, 1)))


def test_db_uids_are_random_and_carry_nothing(office):
    """128 bits in hex, no neighbours: a foreign uid tells nothing and cannot be counted up (P5)."""
    uids = sorted(make.filed(office, "ZX·02", 8))

    assert all(re.fullmatch("[0-9a-f]{32}", uid) for uid in uids)
    assert all(int(b, 16) - int(a, 16) > 2**64 for a, b in zip(uids, uids[1:], strict=False))


def test_a_commit_refused_as_busy_leaves_no_transaction_to_the_next_user_of_the_connection(office):
    """A reader holds the file; the line of a look cannot be written: told as Busy, and everything works afterwards."""
    event.listen(office.instance.engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout=100"))
    with (
        office.ask("gm", Act.RECORD_SEE),
        pytest.raises(Busy),
        office.ask("gm", Act.RECORD_SEARCH) as unit,
    ):
        unit.act(Act.RECORD_SEARCH, total=0)

    for _ in range(3):
        with office.ask("gm", Act.RECORD_SEARCH) as unit:
            unit.act(Act.RECORD_SEARCH, total=0)


def test_db_the_newest_revision_kept_at_hand_is_the_head_of_the_migrations():
    """Opening an instance compares with `LATEST` instead of loading alembic: the two must never part."""
    assert migrate.head() == migrate.LATEST
