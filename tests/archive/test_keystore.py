"""The keystore file: private, checked, never half (reliability D2, D4, E1, E2, I1, I3)."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import stat

import pytest

from archive.errors import (
    ArchiveError,
    DatabaseDamaged,
    NoKey,
    SchemaNewer,
    SealBroken,
)
from archive.keyfile import FORMAT
from archive.keys import Keyring
from archive.keystore import Keystore, keystore_path
from archive.slots import recovery_secret
from tests.archive.rings import FAR, PHRASE, a_ring, again, in_child


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "instance"


@pytest.fixture
def ring(folder):
    with a_ring(folder) as made:
        yield made


def test_keys_the_keystore_is_private_whatever_the_umask(folder, tmp_path):
    """
    0600 for files and 0700 for folders, even under umask 0 and while a transaction is open.
    """
    before = os.umask(0)
    try:
        ring = a_ring(folder, passphrase=None, key_file=tmp_path / "k.key")
        with ring._store.alone("x"), ring._changing():
            ring._store.drop_deks(["none"])
            ring._store.used("HT", 1, 1)
            ring._store.begin_rotation()
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (folder / "keys").iterdir()}
    finally:
        os.umask(before)
    ring.close()

    assert {"keystore.db": 0o600, "keystore.db-journal": 0o600, "keystore.lock": 0o600} == modes
    assert 0o700 == stat.S_IMODE((folder / "keys").stat().st_mode)
    assert 0o600 == stat.S_IMODE((tmp_path / "k.key").stat().st_mode)


def test_rel_56_the_keystore_is_opened_with_the_durable_and_forgetful_settings(ring):
    """
    Whatever SQLite was built with: rollback journal, EXTRA, overwriting on delete, nothing temporary on disk.
    """
    names = (
        "journal_mode",
        "synchronous",
        "secure_delete",
        "temp_store",
        "trusted_schema",
        "cell_size_check",
    )
    found = {name: ring._store._db.execute(f"PRAGMA {name}").fetchone()[0] for name in names}

    assert ["delete", 3, 1, 2, 0, 1] == list(found.values())


def test_conf_E1_no_secret_lies_in_the_folder(folder):
    """
    Neither ROOT, passphrase, recovery key nor any record key is in any file, plain or in hex.
    """
    ring, recovery = Keyring.create(folder, passphrase=PHRASE, **FAR)
    ring.new_keys(["r1"], "HT")
    with ring._store.reading():
        record_key = ring._unwrapped(ring._store.dek("r1"))
    secrets = [
        ring.root(),
        record_key,
        ring.subkey("ring|kek"),
        recovery_secret(recovery),
        PHRASE.encode(),
        recovery.encode(),
    ]
    ring.close()
    stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    assert len(stored) > 4096
    assert [] == [s for s in secrets if s in stored or s.hex().encode() in stored]
    assert [ring._instance] == [
        s for s in (ring._instance,) if s.encode() in stored
    ]  # the scan does find what is there


def test_the_ring_shows_no_secret_and_forgets_on_closing(ring):
    """
    repr tells the folder and the state; a closed ring opens nothing and holds zeros.
    """
    ring.new_keys(["r1"], "HT")
    root, held = ring.root(), ring._root
    assert root.hex() not in repr(ring) + repr(vars(ring).get("_store"))
    ring.close()

    assert b"" == bytes(held)
    assert "closed" in repr(ring)
    for attempt in (
        lambda: ring.seal("r1", "t", b""),
        ring.root,
        lambda: ring.new_keys(["x"], "b"),
        lambda: ring.mac("p", b""),
    ):
        with pytest.raises(NoKey):
            attempt()


def test_int_I1_a_flipped_bit_in_the_keystore_is_found_or_harmless(folder):
    """
    300 bit flips: `verify` finds each that changes anything, nothing ever opens to a wrong value.
    """
    ring = a_ring(folder)
    uids = [f"record-{n:04}" for n in range(60)]
    ring.new_keys(uids, "HT")
    sealed = {uid: ring.seal(uid, "t", uid.encode()) for uid in uids}
    root = ring.root()
    ring.close()
    path, dice = keystore_path(folder), random.Random(17)
    sound, found = path.read_bytes(), 0
    for _ in range(300):
        at = dice.randrange(len(sound))
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1 << dice.randrange(8)]) + sound[at + 1 :])
        try:
            with again(folder, root=root) as spoilt:
                spoilt.verify()
                assert all(uid.encode() == spoilt.open(uid, "t", value) for uid, value in sealed.items())
        except ArchiveError:
            found += 1

    assert found > 0


@pytest.mark.parametrize(
    "spoil", ["wrapped dek", "swapped deks", "wrapped kek", "slot", "slot kind", "newer"]
)
def test_int_I3_changed_or_exchanged_rows_are_found(ring, folder, spoil):
    """
    Keys exchanged between records, changed slots and a later format are refused by name.
    """
    ring.new_keys(["r1", "r2"], "HT")
    statements = {
        "wrapped dek": "UPDATE dek SET wrapped = zeroblob(60) WHERE uid = 'r1'",
        "swapped deks": "UPDATE dek SET wrapped = (SELECT wrapped FROM dek d WHERE d.uid != dek.uid)",
        "wrapped kek": "UPDATE kek SET wrapped = zeroblob(61)",
        "slot": "UPDATE slot SET created_at = created_at + 1 WHERE number = 2",
        "slot kind": "UPDATE slot SET kind = 'other' WHERE number = 2",
        "newer": f"UPDATE meta SET value = {FORMAT + 1} WHERE name = 'format'",
    }
    root = ring.root()
    with sqlite3.connect(keystore_path(folder)) as db:
        db.execute(statements[spoil])
    db.close()
    expected = {"slot kind": DatabaseDamaged, "newer": SchemaNewer}.get(spoil, SealBroken)

    with pytest.raises(expected), again(folder, root=root) as spoilt:
        spoilt.verify()


@pytest.mark.parametrize("keep", [0, 10, 100, 4096, 12_288])
def test_rel_D4_a_truncated_keystore_is_refused(folder, keep):
    """
    A cut file is never taken for a keystore with fewer keys.
    """
    ring = a_ring(folder)
    ring.new_keys([f"r{n}" for n in range(200)], "HT")
    ring.close()
    path = keystore_path(folder)
    path.write_bytes(path.read_bytes()[:keep])

    with pytest.raises((DatabaseDamaged, NoKey)), again(folder) as cut:
        cut.verify()


def test_rel_D2_a_full_disk_while_making_keys_is_told_and_loses_nothing(folder):
    """
    With no room for the file to grow the keys are refused, and the next, smaller work succeeds.
    """
    a_ring(folder).close()
    script = f"""
import resource
from archive.errors import DiskFull, StorageFailed
ring = Keyring.unlock(folder, passphrase={PHRASE!r}, floor=CHEAP)
ring.new_keys(['first'], 'HT')
sealed = ring.seal('first', 't', b'x')
resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, resource.RLIM_INFINITY))
try:
    ring.new_keys([f'r{{n}}' for n in range(5000)], 'HT')
except (DiskFull, StorageFailed) as failure:
    print(type(failure).__name__, ring.has_key('r1'), ring.open('first', 't', sealed))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
ring.new_keys([f'r{{n}}' for n in range(5000)], 'HT')
print(ring.verify())
"""
    done = in_child(script, folder)

    assert re.fullmatch(r"(DiskFull|StorageFailed) False b'x'\n5001\n", done.stdout), (
        done.stdout + done.stderr
    )


def test_conf_E2_a_hardened_process_dumps_no_core_and_writes_private_files(folder):
    """
    umask 077, no core, not dumpable.
    """
    script = """
import ctypes, os, resource
from archive.keys import harden_process
harden_process()
print(oct(os.umask(0)), resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""
    assert "0o77 (0, 0) 0\n" == in_child(script, folder).stdout


def test_a_keystore_without_tables_is_no_instance(tmp_path):
    """
    An empty database file is not silently taken for an instance.
    """
    keystore_path(tmp_path).parent.mkdir(parents=True)
    keystore_path(tmp_path).touch()

    with pytest.raises(DatabaseDamaged):
        again(tmp_path)
    Keystore(keystore_path(tmp_path)).close()
