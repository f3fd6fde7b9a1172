"""Keys of records and their rotation (reliability C1, K1, K2; decision 13)."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from archive import faults
from archive.errors import (
    Busy,
    KeyGone,
    KeyTaken,
    SealBroken,
    StorageFailed,
)
from archive.keystore import keystore_path
from tests.archive.rings import PHRASE, a_ring, again, in_child


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "instance"


@pytest.fixture
def ring(folder):
    with a_ring(folder) as made:
        yield made


def test_new_keys_are_all_or_none(ring):
    """
    A uid that has a key, or occurs twice, refuses the whole batch and is named.
    """
    ring.new_keys(["r1"], "HT")
    before = ring.seal("r1", "t", b"x")
    for batch, taken in ((["r2", "r1", "r3"], "r1"), (["r4", "r5", "r4"], "r4")):
        with pytest.raises(KeyTaken) as refusal:
            ring.new_keys(batch, "HT")
        assert {"uid": taken} == refusal.value.facts

    assert [True, False, False, False, False] == [ring.has_key(f"r{n}") for n in range(1, 6)]
    assert b"x" == ring.open("r1", "t", before)


def test_conf_K2_a_dropped_key_is_gone_at_once_in_every_ring(ring, folder):
    """
    What a destroyed record sealed cannot be opened: not from the cache, not from another open ring.
    """
    ring.new_keys(["r1", "r2"], "HT")
    sealed = ring.seal("r1", "t", b"x")
    with again(folder) as other:
        assert b"x" == other.open("r1", "t", sealed) == ring.open("r1", "t", sealed)

        assert 1 == ring.drop_keys(["r1", "never"])
        with pytest.raises(KeyGone):
            ring.seal("r1", "t", b"too late")
        for one in (ring, other):
            with pytest.raises(KeyGone):
                one.open("r1", "t", sealed)
    assert not ring.has_key("r1")
    assert ring.has_key("r2")
    assert 0 == ring.drop_keys(["r1"])


def test_conf_K2_a_dropped_key_is_overwritten_in_the_file(ring, folder):
    """
    The wrapped bytes are no longer in the keystore; without secure_delete they would be (the witness).
    """
    ring.new_keys([f"r{n}" for n in range(50)], "HT")
    path = keystore_path(folder)
    with ring._store.reading():
        wrapped = ring._store.dek("r7").wrapped
    assert wrapped in path.read_bytes()
    ring.drop_keys(["r7"])
    careless = sqlite3.connect(folder / "careless.db", isolation_level=None)
    careless.execute("PRAGMA secure_delete=OFF")
    careless.execute("CREATE TABLE dek (uid TEXT PRIMARY KEY, wrapped BLOB) WITHOUT ROWID")
    careless.executemany("INSERT INTO dek VALUES (?, ?)", [("r7", wrapped), ("r8", bytes(60))])
    careless.execute("DELETE FROM dek WHERE uid = 'r7'")
    careless.close()

    assert wrapped not in path.read_bytes()
    assert wrapped in (folder / "careless.db").read_bytes()


def test_a_bucket_key_of_a_failed_transaction_is_never_used(ring, folder):
    """
    A key made under a bucket key that was rolled back would be lost: the next one opens elsewhere too.
    """
    with faults.armed("keys.new.inside:1:eio"), pytest.raises(StorageFailed):
        ring.new_keys(["r1"], "new bucket")
    assert not ring.has_key("r1")
    ring.new_keys(["r1"], "new bucket")
    sealed = ring.seal("r1", "t", b"x")

    with again(folder) as other:
        assert b"x" == other.open("r1", "t", sealed)


def test_rel_decision13_orphans_are_old_keys_that_the_catalogue_does_not_know(folder):
    """
    A key is an orphan only after the grace, and only if nobody knows the record.
    """
    now = [1_000_000.0]
    ring = a_ring(folder, clock=lambda: now[0])
    ring.new_keys([f"old{n:04}" for n in range(1100)], "HT")
    now[0] += 90_000
    ring.new_keys(["young"], "HT")
    asked: list[int] = []

    def known(batch):
        asked.append(len(batch))
        return [uid for uid in batch if uid != "old0700"]

    assert ["old0700"] == list(ring.orphans(known, older_than=86_400))
    assert [500, 500, 100] == asked
    ring.close()


def test_the_cache_is_bounded_and_can_be_emptied(ring):
    """
    However many records are touched, only a bounded number of keys is held in memory.
    """
    from archive.recordkeys import CACHED

    ring.new_keys([f"r{n:05}" for n in range(CACHED + 500)], "HT")
    for n in range(CACHED + 500):
        ring.seal(f"r{n:05}", "t", b"")
    assert 0 < len(ring._deks) <= CACHED
    ring.forget()

    assert not ring._deks
    assert not ring._keks
    assert b"x" == ring.open("r00001", "t", ring.seal("r00001", "t", b"x"))


def test_one_ring_serves_many_threads(ring):
    """
    Eight threads make, seal, open and drop at once; nothing fails, nothing leaks between them.
    """
    failures: list[BaseException] = []

    def work(mine: int) -> None:
        try:
            for n in range(25):
                uid = f"t{mine}-{n}"
                ring.new_keys([uid], f"b{n % 3}")
                assert uid.encode() == ring.open(uid, "t", ring.seal(uid, "t", uid.encode()))
                if n % 5 == 0:
                    ring.drop_keys([uid])
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == failures
    assert 8 * 20 == ring.verify()


def test_two_processes_make_keys_at_the_same_time_and_neither_is_turned_away(folder):
    """
    Writers wait for each other (BEGIN IMMEDIATE); a deferred start would be refused half way.
    """
    a_ring(folder).close()
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            with again(folder) as mine:
                for n in range(40):
                    mine.new_keys([f"{name}{n}"], "HT")
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == failures
    with again(folder) as ring:
        assert 120 == ring.verify() == ring.wear()


def test_conf_K2_many_values_open_as_one_by_one_and_a_dropped_key_stops_them(ring, folder):
    """
    The keys are read by the batch, across two batches; a key that another ring drops meanwhile is gone at once.
    """
    names = [f"r{n}" for n in range(1200)]
    ring.new_keys(names, "HT")
    sealed = [(name, "t", ring.seal(name, "t", name.encode())) for name in names]
    ring.forget()

    assert [ring.open(*one) for one in sealed] == list(ring.open_many(sealed))
    ring.forget()
    opened = ring.open_many(sealed)
    assert b"r0" == next(opened)
    with again(folder) as other:
        other.drop_keys(["r1"])
    with pytest.raises(KeyGone):
        next(opened)
    with pytest.raises(SealBroken):
        list(ring.open_many([("r2", "other", sealed[2][2])]))


# --- K1: rotation ----------------------------------------------------------------------------


def everything_opens(folder: Path, sealed: dict[str, bytes]) -> set[int]:
    """Open every value with a fresh ring; the epochs in use."""
    with again(folder) as ring:
        for uid, value in sealed.items():
            assert uid.encode() == ring.open(uid, "t", value)
        assert len(sealed) == ring.verify()
    with sqlite3.connect(keystore_path(folder)) as db:
        epochs = {row[0] for row in db.execute("SELECT DISTINCT epoch FROM dek")}
    db.close()
    return epochs


def test_keys_K1_rotation_rewraps_every_key_and_drops_the_old_ones(ring, folder):
    """
    After a rotation nothing is under the old epoch, the old bucket keys are gone, all stays readable.
    """
    uids = [f"r{n:05}" for n in range(1234)]
    ring.new_keys(uids[:700], "HT")
    ring.new_keys(uids[700:], "YH")
    sealed = {uid: ring.seal(uid, "t", uid.encode()) for uid in uids}
    steps: list[int] = []

    assert 1234 == ring.rotate(steps.append)
    assert [500, 1000, 1234] == steps
    assert {2} == everything_opens(folder, sealed)
    with ring._store.reading():
        assert [("HT", 2), ("YH", 2)] == ring._store.keks()
    assert ring.rotation() is None
    assert 700 == ring.wear()
    ring.new_keys(["later"], "HT")
    assert b"x" == ring.open("later", "t", ring.seal("later", "t", b"x"))


KILLS = [
    f"keys.rotate.{place}" for place in ("begun:1", "inside:1", "batch:1", "inside:2", "batch:3", "retired:1")
]


@pytest.mark.parametrize("place", KILLS)
def test_keys_K1_a_killed_rotation_leaves_all_readable_and_is_taken_up(folder, place):
    """
    Killed at any place, both epochs stay readable; the next rotation finishes the one that was begun.
    """
    ring = a_ring(folder)
    uids = [f"r{n:05}" for n in range(1300)]
    ring.new_keys(uids, "HT")
    sealed = {uid: ring.seal(uid, "t", uid.encode()) for uid in uids}
    ring.close()

    died = in_child(
        f"Keyring.unlock(folder, passphrase={PHRASE!r}, floor=CHEAP).rotate()", folder, fault=f"{place}:kill"
    )

    assert -9 == died.returncode, died.stderr
    assert everything_opens(folder, sealed) <= {1, 2}
    with again(folder) as resumed:
        begun = resumed.rotation()
        resumed.new_keys(["meanwhile"], "HT")
        sealed["meanwhile"] = resumed.seal("meanwhile", "t", b"meanwhile")
        resumed.rotate()
        assert resumed.rotation() is None
    assert everything_opens(folder, sealed) == {2}
    assert begun is None or begun.target == 2


def test_keys_K1_witness_a_rotation_that_drops_old_keys_first_loses_records(ring, folder):
    """
    The check of the kill test catches a rotation that retires the old bucket key before re-wrapping.
    """
    ring.new_keys(["r1"], "HT")
    sealed = {"r1": ring.seal("r1", "t", b"r1")}
    with sqlite3.connect(keystore_path(folder)) as db:
        db.execute("DELETE FROM kek")
    db.close()

    with pytest.raises(SealBroken):
        everything_opens(folder, sealed)


def test_keys_X4_only_one_rotation_at_a_time(ring, folder):
    """
    A second rotation is told that the keystore is busy; the lock dies with its holder.
    """
    ring.new_keys(["r1"], "HT")
    with again(folder) as other:
        with ring._store.alone("test"), pytest.raises(Busy):
            other.rotate()

        assert 1 == other.rotate()


@pytest.mark.parametrize(
    "place", ["keys.new.inside", "keys.new.committed", "keys.drop.inside", "keys.drop.committed"]
)
def test_rel_C1_a_kill_while_making_or_dropping_keys_leaves_all_or_none(folder, place):
    """
    The transaction is there or not there; the ring opens without a manual step.
    """
    ring = a_ring(folder)
    ring.new_keys(["keep"], "HT")
    sealed = ring.seal("keep", "t", b"x")
    ring.close()
    script = f"ring = Keyring.unlock(folder, passphrase={PHRASE!r}, floor=CHEAP)\n"
    script += "ring.new_keys(['a', 'b'], 'HT')\nring.drop_keys(['a', 'b'])"

    died = in_child(script, folder, fault=f"{place}:1:kill")

    assert -9 == died.returncode, died.stderr
    expected = {"keys.new.committed": True, "keys.drop.inside": True}.get(place, False)
    with again(folder) as ring:
        assert [expected, expected] == [ring.has_key("a"), ring.has_key("b")]
        assert b"x" == ring.open("keep", "t", sealed)


@pytest.mark.parametrize("place", ["keys.create.key_file", "keys.create.before_rename"])
def test_rel_C1_a_kill_while_creating_leaves_no_half_keystore(folder, tmp_path, place):
    """
    The keystore is complete or absent; creating again with another key file succeeds.
    """
    script = "Keyring.create(folder, key_file=Path(sys.argv[2]), floor=CHEAP)"

    assert -9 == in_child(script, folder, tmp_path / "a.key", fault=f"{place}:1:kill").returncode
    assert not keystore_path(folder).exists()
    a_ring(folder, passphrase=None, key_file=tmp_path / "b.key").close()
    again(folder, key_file=tmp_path / "b.key").close()
