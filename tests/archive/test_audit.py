"""The log: chained, append-only, complete; every change of it is found, and what only an anchor finds (A1–A6)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import sqlite3
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive import (
    audit,
    classes,
    grants,
    identity,
    importing,
    items,
    migrate,
    objects,
    people,
    reckoning,
    registry,
    views,
    volumes,
)
from archive.acts import LOOKS, Act
from archive.audit import COVERED, Anchor
from archive.circulation import clearance, incident_register, incidents, ledger, lending
from archive.custody import handover, repairs, validity
from archive.errors import ArchiveError, LoginFailed
from archive.instance import SYSTEM
from archive.model import Checkpoint, Event, Party, Person
from archive.policy import GRANTS
from archive.statuses import IncidentKind, RepairMethod, ReviewOutcome
from archive.values import Level, PartyKind, PlaceKind, Role
from tests import make

LINES = 300
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key()
NOON = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)


# --- a log of 300 lines, without its triggers ---------------------------------------------------


def row(number: int, **given) -> dict:
    """A line of the log as a unit hands it over."""
    usual = {
        "at": f"2026-03-02T04:{number // 60:02}:{number % 60:02}.000000+00:00", "actor_uid": f"{number:032x}",
        "account": "archivist", "act": "item.file", "outcome": "done", "object_kind": "item",
        "object_uid": f"{number:032x}", "object_code": f"K001-{number}", "facts": '{"pages":2}',
        "sealed": b"" if number % 3 else b"sealed %d" % number, "client": "cli",
    }  # fmt: skip
    return {**usual, **given}


def written(session: Session, count: int = LINES, *, key=KEY, **given) -> list[Anchor]:
    """*count* lines in bundles of ten, a checkpoint where one is due; returns the anchors that were signed."""
    anchors = []
    for start in range(0, count, 10):
        audit.append(session, [row(number, **given) for number in range(start, min(start + 10, count))])
        note = audit.checkpoint(session, key, NOON)
        if note is not None:
            anchors.append(audit.check_note(note.note, key.public_key()))
    session.commit()
    return anchors


@pytest.fixture(scope="module")
def log():
    """The engine over a log of 300 lines in memory, and its anchors."""
    return built()


def built():
    engine = create_engine("sqlite://")
    migrate.upgrade(engine)
    with Session(engine) as session:
        anchors = written(session)
    with engine.begin() as connection:
        names = (
            connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            .scalars()
            .all()
        )
        for name in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return engine, anchors


@contextmanager
def tampered(log, *changes):
    """A session in which the raw statements *changes* have been run; undone afterwards."""
    engine, _ = log
    with engine.connect() as connection, connection.begin() as transaction, Session(connection) as session:
        for change, *values in changes:
            connection.exec_driver_sql(change, tuple(values))
        yield session
        session.close()
        transaction.rollback()


def first_bad(session: Session, anchors=(), check=audit.verify):
    """Number and reason of the first bad line."""
    verdict = check(session, PUBLIC, anchors)
    return verdict.bad_seq, verdict.why


def test_aud_A1_an_untouched_log_verifies_and_tells_its_length(log):
    """300 lines, checkpoints by the rule, nothing beyond the last outside anchor but the tail."""
    engine, anchors = log
    with Session(engine) as session:
        verdict = audit.verify(session, PUBLIC, anchors)
        bare = audit.verify(session, PUBLIC)

    assert verdict.sound
    assert (LINES, len(anchors), LINES - anchors[-1].size) == (
        verdict.size,
        verdict.anchors,
        verdict.unanchored,
    )
    assert LINES == bare.unanchored  # without an anchor outside, nothing vouches for any line


COLUMNS = (*COVERED, "sealed", "prev", "hash")


def bent(column: str, old, chance: random.Random):
    """Another value for a column: one character changed, another type, emptied, not even text."""
    if column == "seq":
        return old + chance.choice([1000, 5000, -1000])
    ways = [f"{old}x", "", f"x{old}"] if isinstance(old, str) else [old + b"\0", b"other", "text"]
    ways += [b"\xff\xfe", str(old).encode("utf-16") if isinstance(old, str) else b"\0"]
    return chance.choice([way for way in ways if way != old])


def undetected(log, check=audit.verify, *, rounds=36) -> list[tuple]:
    """Bend each column of *rounds* lines by raw SQL; returns what was not named as the first bad line."""
    engine, anchors = log
    chance, missed = random.Random(7), []
    for column in COLUMNS:
        for seq in chance.sample(range(1, LINES + 1), rounds):
            with engine.connect() as connection:
                old = connection.exec_driver_sql(f"SELECT {column} FROM event WHERE seq = ?", (seq,)).scalar()
            new = bent(column, old, chance)
            with tampered(log, (f"UPDATE event SET {column} = ? WHERE seq = ?", new, seq)) as session:
                found, _ = first_bad(session, anchors, check)
            if found not in ({seq + 1, new} if column == "seq" else {seq}):
                missed.append((column, seq, new, found))
    return missed


def test_aud_A1_every_changed_column_of_every_line_is_found_and_the_line_named(log):
    """14 columns × 36 lines: 504 edits by raw SQL, of the content, the type, or to bytes that are no text."""
    assert [] == undetected(log)


@pytest.mark.parametrize("seq", [1, 2, 99, 100, 101, 200, 299])
def test_aud_A1_a_removed_line_is_found(log, seq):
    """The line after the hole is named."""
    with tampered(log, ("DELETE FROM event WHERE seq = ?", seq)) as session:
        assert (seq + 1, "gap") == first_bad(session)


@pytest.mark.parametrize("seq", [1, 50, 150, 299])
def test_aud_A1_two_lines_that_changed_places_are_found(log, seq):
    """Exchanging the numbers of two neighbours names the first of them."""
    with tampered(
        log,
        ("UPDATE event SET seq = 9999 WHERE seq = ?", seq),
        ("UPDATE event SET seq = ? WHERE seq = ?", seq, seq + 1),
        ("UPDATE event SET seq = ? WHERE seq = 9999", seq + 1),
    ) as session:
        assert (seq, "link") == first_bad(session)


@pytest.mark.parametrize("seq", [0, -5, 1, 120, 300])
def test_aud_A1_an_inserted_line_is_found(log, seq):
    """A copy of line 10 squeezed in anywhere is named, also before the first line."""
    names = ", ".join(COLUMNS[1:])
    with tampered(
        log,
        *([("UPDATE event SET seq = -seq - 1000 WHERE seq >= ?", seq)] if seq > 0 else []),
        *([("UPDATE event SET seq = -seq - 999 WHERE seq < -999",)] if seq > 0 else []),
        (f"INSERT INTO event (seq, {names}) SELECT ?, {names} FROM event WHERE account = 'archivist' AND object_code = 'K001-9'", seq),
    ) as session:  # fmt: skip
        bad, why = first_bad(session)

        assert (seq, True) == (bad, why in {"gap", "link"})


def test_aud_witness_a_chain_that_does_not_link_misses_reordering_and_removal(log):
    """A verify whose hashes do not cover the line before lets an exchanged pair pass; the real one does not."""

    def unlinked(session, public, anchors=()):
        lines = list(audit._lines(session))
        bad = [line["seq"] for line in lines if line["hash"] != audit.line_hash(line["prev"], line)]
        return audit.Verdict(len(lines), "", bad[0] if bad else None, "hash" if bad else None, 0, 0, 0)

    with tampered(log, ("DELETE FROM event WHERE seq = 120",)) as session:
        assert (None, None) == first_bad(session, check=unlinked)
        assert (121, "gap") == first_bad(session)


def test_aud_witness_a_hash_that_leaves_a_column_out_is_caught(monkeypatch):
    """The sweep over all columns names the one that a careless hash does not cover."""
    monkeypatch.setattr(audit, "COVERED", tuple(name for name in COVERED if name != "outcome"))

    assert {"outcome"} == {column for column, *_ in undetected(built(), rounds=3)}


def test_aud_A1_the_sweep_knows_every_column_there_is():
    """A column added later is swept too, or this fails."""
    assert set(COLUMNS) == {column.name for column in Event.__table__.columns}


# --- cut tails, rewritten chains, forks ----------------------------------------------------------


@pytest.mark.parametrize("kept_notes", [True, False])
@pytest.mark.parametrize("k", [1, 5, 50, 99, 100, 150, 299])
def test_aud_A2_a_cut_tail_is_found_whenever_it_crosses_an_anchor(log, k, kept_notes):
    """Dropping the last k lines (and the checkpoints with them) is found from the first anchored line on."""
    anchors = log[1]
    size = LINES - k
    changes = [("DELETE FROM event WHERE seq > ?", size)]
    if not kept_notes:
        changes.append(("DELETE FROM checkpoint WHERE size > ?", size))
    with tampered(log, *changes) as session:
        verdict = audit.verify(session, PUBLIC, anchors)
        crossed = size < anchors[-1].size

        assert crossed == (not verdict.sound)
        assert ((size + 1, "cut") if crossed else (None, None)) == (verdict.bad_seq, verdict.why)


def test_aud_A2_the_blind_window_is_never_longer_than_the_rule(log):
    """Without time passing the newest anchor is at most 100 lines back, plus one bundle; the rest is printed."""
    engine, anchors = log
    with Session(engine) as session:
        verdict = audit.verify(session, PUBLIC, anchors)

    assert verdict.unanchored < audit.EVERY_LINES + 10
    assert all(b.size - a.size <= audit.EVERY_LINES + 10 for a, b in zip(anchors, anchors[1:], strict=False))


def test_aud_witness_without_anchors_a_clean_cut_passes(log):
    """The chain alone is consistent after lines and checkpoints were cut together: only an anchor tells."""
    anchors = log[1]
    cut = [("DELETE FROM event WHERE seq > 90",), ("DELETE FROM checkpoint WHERE size > 90",)]
    with tampered(log, *cut) as session:
        assert audit.verify(session, PUBLIC).sound
        assert (91, "cut") == first_bad(session, anchors)


@contextmanager
def rewritten(key):
    """A log of the same length telling another story, consistent in itself, signed with *key*."""
    engine = create_engine("sqlite://")
    migrate.upgrade(engine)
    with Session(engine) as session:
        written(session, key=key, account="nobody")
        yield session


def test_aud_A3_a_log_rewritten_without_the_key_is_found_by_its_own_checkpoints(log):
    """All hashes made anew, the old checkpoints kept or signed by a stranger: both refused."""
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    with rewritten(other) as session:
        assert "checkpoint" == first_bad(session)[1]
        session.connection().exec_driver_sql("DROP TRIGGER checkpoint_no_delete")
        session.connection().exec_driver_sql("DELETE FROM checkpoint")
        first = log[1][0]

        assert (first.size, "root") == first_bad(session, log[1])


def test_aud_A3_a_log_rewritten_with_the_stolen_key_is_found_by_an_outside_anchor(log):
    """Everything consistent and rightly signed: no check inside can know, an anchor outside does."""
    with rewritten(KEY) as session:
        assert audit.verify(session, PUBLIC).sound
        assert not audit.verify(session, PUBLIC, log[1]).sound
        assert not audit.verify(session, PUBLIC, log[1][-1:]).sound


def test_aud_A4_two_anchors_of_one_size_betray_a_fork(log):
    """A second head of equal size, rightly signed, is a fork even though the log agrees with one of them."""
    engine, anchors = log
    forked = Anchor(anchors[-1].size, "ab" * 32)
    with Session(engine) as session:
        assert (forked.size, "fork") == first_bad(session, [*anchors, forked])


@pytest.mark.parametrize("column", ["size", "root", "note"])
def test_aud_a_bent_checkpoint_is_found(log, column):
    """A checkpoint row must say what its signature says."""
    new = {"size": 7777, "root": "00" * 32, "note": "anjuan/audit\n1\nAAAA\n\n— anjuan/audit AAAA\n"}[column]
    size = log[1][1].size
    with tampered(log, (f"UPDATE checkpoint SET {column} = ? WHERE size = ?", new, size)) as session:
        assert "checkpoint" == first_bad(session)[1]


@given(st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), max_size=40))
def test_aud_the_peaks_give_the_merkle_tree_head_of_rfc_6962(leaves):
    """Adding leaves one by one gives the recursive definition's root, and peaks survive being written down."""

    def head(some: list[str]) -> bytes:
        if len(some) == 1:
            return bytes.fromhex(some[0])
        split = 1 << (len(some) - 1).bit_length() - 1
        return hashlib.sha256(b"\1" + head(some[:split]) + head(some[split:])).digest()

    peaks = audit.Peaks()
    for leaf in leaves:
        peaks = audit.Peaks(json.loads(peaks.written()))
        peaks.add(leaf)

    assert (head(leaves) if leaves else hashlib.sha256(b"").digest()).hex() == peaks.root()


@given(st.integers(0, 10**9), st.binary(min_size=32, max_size=32), st.integers(0, 10**6))
def test_aud_a_signed_note_is_read_back_and_every_bent_letter_refused(size, root, where):
    """C2SP signed note: what was signed comes back, and a note with any letter changed states nothing."""
    anchor = Anchor(size, root.hex())
    note = audit.sign(KEY, anchor)
    bad = list(note)
    place = where % (len(note) - 1)
    bad[place] = "A" if bad[place] != "A" else "B"

    assert anchor == audit.check_note(note, PUBLIC)
    assert audit.check_note("".join(bad), PUBLIC) in {None, anchor}  # a spare bit of base64 may not matter
    assert audit.check_note(note, Ed25519PrivateKey.generate().public_key()) is None


# --- in a real office ----------------------------------------------------------------------------


def events(office, after: int = 0) -> list[Event]:
    """The lines of the log after number *after*."""
    with Session(office.instance.engine) as session:
        return list(session.scalars(select(Event).where(Event.seq > after).order_by(Event.seq)))


def verdict_of(office, anchors=()):
    with Session(office.instance.engine) as session:
        return audit.verify(session, office.instance.signer.public_key(), anchors)


@pytest.mark.parametrize("table", ["event", "checkpoint"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_aud_A1_the_database_itself_refuses_to_change_or_remove_a_line(office, table, statement):
    """Append-only by trigger, whoever asks."""
    column = {"event": "outcome", "checkpoint": "root"}[table]
    raw = sqlite3.connect(office.instance.database)
    with pytest.raises(sqlite3.IntegrityError, match=f"{table} is kept"):
        raw.execute(statement.format(table, column, column))
    raw.close()


def test_aud_A5_no_line_no_act(office):
    """If the line cannot be written, what was done is undone with it."""
    raw = sqlite3.connect(office.instance.database)
    raw.execute("CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no more'); END")
    raw.commit()
    raw.close()
    before = len(events(office))
    with pytest.raises(IntegrityError), office.work("archivist", Act.PARTY_ADD) as unit:
        registry.add_party(unit, "P900", name="王五", kind=PartyKind.OWNER, natural_person=True)
    with Session(office.instance.engine) as session:
        assert session.scalar(select(Party).where(Party.code == "P900")) is None
    assert before == len(events(office))


def test_aud_A5_no_line_no_confidential_file_either(office, tmp_path):
    """A stored file leaves the vault only after its line is in the log (V25)."""
    uid = stored_item(office)
    raw = sqlite3.connect(office.instance.database)
    raw.execute("CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no more'); END")
    raw.commit()
    raw.close()
    target = tmp_path / "out.txt"
    with pytest.raises(IntegrityError), office.ask("archivist", Act.ITEM_GET) as unit:
        objects.fetch(unit, uid, target, purpose="核对")

    assert not target.exists()


def stored_item(office) -> str:
    uid = make.filed(office, "ZX·02", 1)[0]
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        objects.attach(unit, uid, b"text", name="a.txt")
    return uid


def test_aud_a_checkpoint_is_signed_every_hundred_lines_and_every_ten_minutes(office):
    """The cadence of the rule, by count and by clock; and the log verifies throughout."""

    def sizes():
        with Session(office.instance.engine) as session:
            return list(session.scalars(select(Checkpoint.size).order_by(Checkpoint.size)))

    office.tick(minutes=10)
    look(office)  # brings the newest checkpoint up to now
    before = sizes()
    for _ in range(audit.EVERY_LINES - 1):
        look(office)
    assert before == sizes()
    look(office)
    assert before[-1] + audit.EVERY_LINES == sizes()[-1]
    office.tick(minutes=9, seconds=59)
    look(office)
    assert len(before) + 1 == len(sizes())
    office.tick(seconds=1)
    look(office)

    assert len(before) + 2 == len(sizes())
    assert verdict_of(office).sound


def look(office) -> None:
    """One refused look: the cheapest way to one line in the log."""
    with pytest.raises(ArchiveError), office.ask("staff", Act.AUDIT_SEE) as unit:
        unit.look(Act.AUDIT_SEE)


def test_aud_every_checkpoint_reaches_the_anchor_file_outside(office, tmp_path):
    """Also those signed after refusals and looks; a line that is not ours makes verify say so."""
    path = tmp_path / "anchors"
    object.__setattr__(office.instance.settings, "anchor_file", str(path))
    for _ in range(3):
        office.tick(minutes=11)
        look(office)
    office.tick(minutes=11)
    with office.work("archivist", Act.PARTY_ADD) as unit:
        registry.add_party(unit, "P901", name="赵六", kind=PartyKind.OWNER, natural_person=True)
    public = office.instance.signer.public_key()
    anchors = audit.read_anchors(path, public)

    assert 4 == len(anchors)
    assert verdict_of(office, anchors).sound
    assert 0 == verdict_of(office, anchors).unanchored
    path.write_text(path.read_text() + "not an anchor\n")
    assert "anchor" == verdict_of(office, audit.read_anchors(path, public)).why


def test_aud_a_missing_anchor_disk_never_stops_an_act(office):
    """The stick is not plugged in: the act is done, `verify` shows the un-anchored tail."""
    object.__setattr__(office.instance.settings, "anchor_file", "/nowhere/anchors")
    office.tick(minutes=11)
    with office.work("archivist", Act.PARTY_ADD) as unit:
        registry.add_party(unit, "P902", name="钱七", kind=PartyKind.OWNER, natural_person=True)

    assert "party.add" == events(office)[-1].act
    assert verdict_of(office).unanchored == verdict_of(office).size


def test_aud_the_export_verifies_on_its_own(office):
    """Exported lines parse, chain by the published rule without our code, and end with the checkpoints."""
    make.volume(office, "YH·01")
    with Session(office.instance.engine) as session:
        told = [json.loads(line) for line in audit.export(session)]
    lines = [line for line in told if "seq" in line]
    notes = [line for line in told if "checkpoint" in line]
    prev = "0" * 64
    for line in lines:
        covered = [line[name] for name in COVERED]
        covered.append(hashlib.sha256(bytes.fromhex(line["sealed"])).hexdigest())
        body = json.dumps(covered, ensure_ascii=False, separators=(",", ":")).encode()
        prev = hashlib.sha256(b"\0" + bytes.fromhex(prev) + body).hexdigest()
        assert prev == line["hash"]

    assert list(range(1, len(lines) + 1)) == [line["seq"] for line in lines]
    assert notes
    assert all(audit.check_note(note["note"], office.instance.signer.public_key()) for note in notes)


def test_aud_no_name_title_or_reason_stands_in_clear_in_the_log(office):
    """Lines carry ids, codes, dates and counts; names and free text only sealed (decision 10)."""
    uid = make.volume(office, "ZX·02", held=True)
    make.approved(office, uid)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="核对隐蔽工程")
    clear = "".join(f"{line.facts}{line.object_code}{line.account}" for line in events(office))

    assert [] == [word for word in ("核对隐蔽工程", "张三", "孙员工", "文件之", "案卷") if word in clear]
    sealed = [line for line in events(office) if line.act == "loan.lend" and line.outcome == "done"][-1]
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        assert "核对隐蔽工程" in unit.keys.open(uid, "log", sealed.sealed).decode()


def test_aud_A7_lines_stay_valid_when_the_key_of_their_record_is_gone(office):
    """The hash covers the sealed bytes, so shredding a record's key never breaks the chain."""
    uid = make.volume(office, "ZX·02", held=True)
    make.approved(office, uid)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="核对")
    office.instance.keys.drop_keys([uid])

    assert verdict_of(office).sound


# --- A6: completeness ----------------------------------------------------------------------------


def refused_calls(office, folder):
    """For each act that has a service: a person who may not do it, and the call."""
    volume = make.volume(office, "ZX·02", held=True)
    opened = make.volume(office, "ZX·03", year=2024)
    item = stored_item(office)
    letters = make.volume(office, "WS·LW")
    with office.work("admin", Act.PERSON_ADD) as unit:
        people.add(unit, "extra", name="许多余", department="KF", roles=[Role.STAFF])
    (folder / "a.txt").write_text("text")
    add = {"kind": PartyKind.OWNER, "natural_person": True, "name": "某人"}
    later = dt.date(2026, 6, 1)
    return {
        Act.ACCOUNT_PASSWORD: ("staff", lambda u: identity.change_password(u, identity.Typed("wrong", {identity.kept(u, "staff"): False}), "a new password", "")),
        Act.AUDIT_SEE: ("staff", views.events),
        Act.CLASS_ADOPT: ("archivist", lambda u: classes.adopt(u, "2026.1")),
        Act.CLASS_SEE: (SYSTEM, classes.tree),
        Act.COMPONENT_ADD: ("staff", lambda u: objects.add_component(u, u.item(item), objects.ComponentKind.TEXT)),
        Act.GRANT_GIVE: ("archivist", lambda u: grants.give(u, volume, to="staff", acts=[], expires_on=later, reason="x")),
        Act.GRANT_GIVE_DUTY: (
            "archivist", lambda u: grants.give_duty(u, Role.CLERK, "YH", acts=[], expires_on=later, reason="x")),
        Act.GRANT_REVOKE: ("archivist", lambda u: grants.revoke(u, "x")),
        Act.GRANT_SEE: (SYSTEM, grants.grants),
        Act.HANDOVER_SIGN: ("staff", lambda u: handover.accept(u, [letters], given_by="clerk")),
        Act.ITEM_ATTACH: ("staff", lambda u: objects.attach(u, item, b"x", name="x")),
        Act.ITEM_EDIT: ("staff", lambda u: items.edit(u, item, title="新的题名")),
        Act.ITEM_FILE: ("staff", lambda u: items.file_into(u, volume, [make.paper()])),
        Act.ITEM_GET: ("staff", lambda u: objects.fetch(u, item, folder / "o", purpose="x")),
        Act.ITEM_MOVE: ("staff", lambda u: items.move(u, item, volume)),
        Act.LOAN_LEND: ("staff", lambda u: lending.lend(u, volume, to="clerk", purpose="x")),
        Act.LOAN_RETURN: ("staff", lambda u: lending.take_back(u, volume)),
        Act.LOAN_SEE: ("admin", ledger.register),
        Act.LOCATION_ADD: ("staff", lambda u: registry.add_location(u, "R9", kind=PlaceKind.ROOM, name="x")),
        Act.LOCATION_EDIT: ("staff", lambda u: registry.edit_location(u, "R1", name="x")),
        Act.LOCATION_SEE: (SYSTEM, registry.locations),
        Act.PARTY_ADD: ("staff", lambda u: registry.add_party(u, "P99", **add)),
        Act.PARTY_EDIT: ("staff", lambda u: registry.edit_party(u, "P001", name="x")),
        Act.PARTY_SEE: ("staff", registry.parties),
        Act.PERSON_ADD: ("staff", lambda u: people.add(u, "new", name="x", department="KF", roles=[Role.STAFF])),
        Act.PERSON_CLEAR: ("admin", lambda u: people.clear(u, "staff", Level.SECRET)),
        Act.PERSON_EDIT: ("staff", lambda u: people.set_roles(u, "extra", [Role.GM])),
        Act.PERSON_LEAVE: ("staff", lambda u: people.leave(u, "extra")),
        Act.PERSON_RESET: ("security", lambda u: people.reset(u, "extra")),
        Act.PERSON_SEE: (SYSTEM, people.everyone),
        Act.PREMISES_ADD: ("staff", lambda u: registry.add_premises(u, "C0101", building="C")),
        Act.PREMISES_EDIT: ("staff", lambda u: registry.edit_premises(u, "A1203", building="C")),
        Act.PREMISES_SEE: ("staff", registry.all_premises),
        Act.RECORD_SEE: ("admin", views.volumes),
        Act.TRIGGER_RECORD: ("staff", lambda u: reckoning.record_trigger(u, volume, "CASE_CLOSED", dt.date(2025, 3, 1), note="登记表")),
        Act.VAULT_VERIFY: ("staff", objects.verify),
        Act.VOLUME_CLOSE: ("staff", lambda u: volumes.close(u, opened)),
        Act.VOLUME_EDIT: ("staff", lambda u: volumes.edit(u, volume, title="新的题名")),
        Act.VOLUME_LEVEL: ("staff", lambda u: volumes.set_level(u, volume, Level.SECRET, reason="x")),
        Act.VOLUME_MOVE: ("staff", lambda u: volumes.move(u, volume, "R1-C1")),
        Act.VOLUME_OPEN: ("staff", lambda u: volumes.open_volume(u, make.matter(), title="新的案卷")),
        Act.INCIDENT_REPORT: ("admin", lambda u: incidents.report(u, volume, kind=IncidentKind.LOST, found_on=dt.date(2026, 3, 1), course="x")),
        Act.INCIDENT_SEE: ("admin", incident_register.rows),
        Act.CLEARANCE_BEGIN: ("staff", lambda u: clearance.begin(u, "extra", dt.date(2026, 3, 1))),
        Act.CLEARANCE_SEE: (SYSTEM, clearance.rows),
        Act.PERSON_RESTORE: ("staff", lambda u: people.restore(u, "extra", reason="x")),
        Act.PERSON_SUSPEND: ("staff", lambda u: people.suspend(u, "extra", reason="x")),
        Act.REPAIR_ORDER: ("staff", lambda u: repairs.order(u, volume, method=RepairMethod.MEND, damage="x", handler="x", found_on=dt.date(2026, 3, 1))),
        Act.REPAIR_SEE: ("staff", repairs.rows),
        Act.VALIDITY_REVIEW: ("staff", lambda u: validity.review(u, volume, outcome=ReviewOutcome.VALID, note="x")),
        Act.VALIDITY_SEE: ("staff", validity.rows),
        Act.VALIDITY_SET: ("staff", lambda u: validity.set(u, volume, on=dt.date(2026, 3, 1), reason="x")),
    }  # fmt: skip


def test_aud_A6_every_refusal_of_every_service_leaves_exactly_one_line(office, tmp_path):
    """Each service called by somebody who may not: it refuses, changes nothing, and the log says so once."""
    calls = refused_calls(office, tmp_path)
    wrong = {}
    for act, (who, call) in calls.items():
        before = len(events(office))
        with (
            pytest.raises(ArchiveError) as told,
            office.instance.work(who if who is SYSTEM else office.who(who), act) as unit,
        ):
            call(unit)
        after = events(office, before)
        if [told.value.code] != [line.outcome for line in after]:
            wrong[act] = [(line.act, line.outcome) for line in after]

    assert {} == wrong
    assert verdict_of(office).sound


def test_aud_A6_every_act_refused_by_policy_leaves_exactly_one_line_naming_it(office):
    """All acts of the vocabulary, each tried by a person of a post that does not have it."""
    posts = {"staff": Role.STAFF, "auditor": Role.AUDITOR, "gm": Role.GM, "system": Role.SYSTEM}
    posts["admin"] = Role.SYSTEM_ADMIN
    for act in Act:
        name = next(name for name, role in posts.items() if role not in GRANTS[act])
        before = len(events(office))
        with (
            pytest.raises(ArchiveError),
            office.instance.work(SYSTEM if name == "system" else office.who(name), act) as unit,
        ):
            unit.act(act)

        assert [(act.value, "not-allowed")] == [(line.act, line.outcome) for line in events(office, before)]


def test_aud_A6_every_act_done_leaves_a_line_and_an_ordinary_look_none(office):
    """The other side: what is done is in the log once; a look at nothing confidential is not."""
    for act in sorted(Act):
        who = next((name for name, *_, roles, _ in people_of() if set(roles) & set(GRANTS[act])), None)
        before = len(events(office))
        with office.instance.work(SYSTEM if who is None else office.who(who), act) as unit:
            unit.look(act)
        left = [(line.act, line.outcome) for line in events(office, before)]

        assert ([] if act in LOOKS else [(act.value, "done")]) == left


def people_of():
    from tests.conftest import PEOPLE

    return (*PEOPLE, ("admin", "赵管理", "ZJB", (Role.SYSTEM_ADMIN,), Level.INTERNAL))


def test_aud_A6_a_failed_log_in_leaves_one_line_and_no_password(office):
    """Whoever tries, one line; the typed account of a stranger is sealed, for it may be a password."""
    before = len(events(office))
    with pytest.raises(LoginFailed), office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
        identity.login(unit, "hunter2 is my secret", "swordfish is another")
    (line,) = events(office, before)

    assert ("account.login", "login-failed", "") == (line.act, line.outcome, line.object_code)
    assert b"hunter2" not in line.sealed
    assert "hunter2" not in line.facts


def test_aud_A6_a_refused_file_of_an_import_leaves_one_line_and_the_others_are_filed(office, tmp_path):
    """One bad file in a folder: its line tells the reason, the good one's lines stay."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "2025-02-30 不存在的日子.txt").write_text("x")
    (folder / "2025-02-28 好的.txt").write_text("x")
    before = len(events(office))
    wanted = importing.Wanted(
        class_code="ZX·02", year=2025, department="KF", premises="A1203", dossier="A1203-2025-1"
    )
    importing.import_folder(office.instance, office.who("archivist"), folder, wanted)
    outcomes = [line.outcome for line in events(office, before)]

    assert ["no-such-day"] == [outcome for outcome in outcomes if outcome != "done"]
    assert "item.file" in {line.act for line in events(office, before) if line.outcome == "done"}
    with Session(office.instance.engine) as session:
        assert session.scalar(select(Person.account).where(Person.account == "archivist"))
