"""The keys of index segments: made in advance, dropped for good, in a keystore brought up to date (decision 15)."""

from __future__ import annotations

import re
import sqlite3
import threading
from pathlib import Path

import pytest

from archive import faults, keyfile
from archive.errors import DatabaseDamaged, DiskFull, KeyGone, NoKey, SchemaNewer, SealBroken
from archive.keyfile import FORMAT, KeyFile
from archive.keystore import keystore_path
from tests.archive.rings import PHRASE, a_ring, again, in_child, stands

SALT = b"s" * 16
OLD = Path(__file__).with_name("keystore_1.sql")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "instance"


@pytest.fixture
def ring(folder):
    with a_ring(folder) as made:
        yield made


def none() -> frozenset[str]:
    return frozenset()


def sealed(ring, name, salt=SALT, place=b"open/a") -> bytes:
    return ring.segment_cipher(name, salt, place).seal(0, b"postings", final=True)


def opens(ring, name, data, salt=SALT, place=b"open/a") -> bool:
    try:
        return b"postings" == ring.segment_cipher(name, salt, place).open(0, data, final=True)
    except SealBroken:
        return False


def raw_key(ring, name) -> tuple[bytes, bytes]:
    """What is stored of a key, and the key."""
    with ring._store.reading():
        wrapped = ring._store.segment_key(name)
    return wrapped, ring._unwrapped_segment(name, wrapped)


def test_conf_E3_a_segment_opens_only_under_its_own_key_salt_and_place(ring):
    """Also a key that is used for a second file makes another file key of it, so no nonce comes twice."""
    one, two = ring.renew_segment_keys(2, none)
    data = sealed(ring, one)

    assert opens(ring, one, data)
    assert not opens(ring, two, data)
    assert not opens(ring, one, data, salt=b"t" * 16)
    assert not opens(ring, one, data, place=b"sealed/a")
    assert not opens(ring, one, data, place=b"open/b")
    assert 3 == len({data, sealed(ring, two), sealed(ring, one, salt=b"t" * 16)})


def test_conf_K2_a_renewal_keeps_what_is_in_use_and_drops_the_rest_for_good(ring, folder):
    """In one transaction; a dropped key is gone for every open ring."""
    used, left = ring.renew_segment_keys(2, none)
    data = sealed(ring, used), sealed(ring, left)
    with again(folder) as other:
        assert opens(other, left, data[1])
        fresh = ring.renew_segment_keys(3, lambda: frozenset({used, "never made"}))

        assert 4 == ring.segment_count() == other.verify_segment_keys()
        assert opens(other, used, data[0])
        assert all(stands(other, name) for name in [used, *fresh])
        assert not stands(other, left)
        for one in (ring, other):
            with pytest.raises(KeyGone):
                one.segment_cipher(left, SALT, b"open/a")


def test_conf_K2_a_dropped_segment_key_is_nowhere_in_the_keystore(ring, folder):
    """Neither the key nor its wrapped bytes remain; without secure_delete the latter would (the witness)."""
    names = ring.renew_segment_keys(40, none)
    wrapped, key = raw_key(ring, names[7])
    found = {name: wrapped in stored for name, stored in files(folder)}
    ring.renew_segment_keys(0, lambda: frozenset(names) - {names[7]})

    assert found["keystore.db"]
    assert [] == [name for name, stored in files(folder) if wrapped in stored or key in stored]
    assert [] == [name for name, stored in files(folder) if key.hex().encode() in stored]

    other = raw_key(ring, names[8])[0]
    ring._store._db.execute("PRAGMA secure_delete=OFF")
    ring.renew_segment_keys(0, lambda: frozenset(names) - {names[8]})
    assert any(other in stored for _, stored in files(folder))


def files(folder) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in folder.rglob("*") if path.is_file()]


def test_conf_E1_no_segment_key_lies_in_the_keystore_in_clear(ring, folder):
    """Every one is wrapped; what is stored of it is there, the key is not."""
    for name in ring.renew_segment_keys(20, none):
        wrapped, key = raw_key(ring, name)
        stored = b"".join(data for _, data in files(folder))

        assert wrapped in stored
        assert key not in stored
        assert key.hex().encode() not in stored


def test_int_I3_wrapped_keys_exchanged_between_segments_or_instances_are_refused(ring, folder, tmp_path):
    """The name and the instance are bound into the wrapping; `verify` finds it without any file."""
    one, two = ring.renew_segment_keys(2, none)
    swapped, root = raw_key(ring, two)[0], ring.root()
    sealing = sealed(ring, one)
    with sqlite3.connect(keystore_path(folder)) as db:
        db.execute("UPDATE segment_key SET wrapped = ? WHERE name = ?", (swapped, one))
    db.close()

    with again(folder, root=root) as spoilt:
        assert not opens(spoilt, one, sealing)
        with pytest.raises(SealBroken) as refused:
            spoilt.verify()
        assert "segment" == refused.value.facts["what"]
    with a_ring(tmp_path / "other") as other:
        with other._changing():
            other._store.add_segment_keys([(one, swapped)], 0)
        assert not opens(other, one, sealing)


def test_a_closed_ring_has_no_segment_keys(ring):
    """Making, looking and using are refused alike once the ring is closed."""
    (name,) = ring.renew_segment_keys(1, none)
    ring.close()
    for attempt in (
        lambda: ring.renew_segment_keys(1, none),
        lambda: ring.segment_cipher(name, SALT, b"x"),
        lambda: ring.confirm_segment_key(name),
    ):
        with pytest.raises(NoKey):
            attempt()


def test_keys_K1_a_rotation_leaves_the_segments_readable(ring):
    """They hang on ROOT, not on the keys of an epoch."""
    (name,) = ring.renew_segment_keys(1, none)
    ring.new_keys(["r1"], "HT")
    data = sealed(ring, name)
    ring.rotate()

    assert opens(ring, name, data)
    assert 1 == ring.verify()


@pytest.mark.parametrize("place", ["keys.segments.inside", "keys.segments.committed"])
def test_rel_C1_a_kill_while_renewing_leaves_the_old_keys_or_the_new(folder, place):
    """Never both gone: what is in use stays whatever happens."""
    with a_ring(folder) as ring:
        used, left = ring.renew_segment_keys(2, none)
    script = f"ring = Keyring.unlock(folder, passphrase={PHRASE!r}, floor=CHEAP)\n"
    script += "ring.renew_segment_keys(4, lambda: frozenset([sys.argv[2]]))"

    died = in_child(script, folder, used, fault=f"{place}:1:kill")

    assert -9 == died.returncode, died.stderr
    done = place.endswith("committed")
    with again(folder) as ring:
        assert stands(ring, used)
        assert done is not stands(ring, left)
        assert (5 if done else 2) == ring.verify_segment_keys()


def test_rel_D2_a_full_disk_while_renewing_changes_nothing(ring):
    """The keys there were are there."""
    names = ring.renew_segment_keys(3, none)
    with faults.armed("keys.segments.inside:1:enospc"), pytest.raises(DiskFull):
        ring.renew_segment_keys(3, none)

    assert 3 == ring.segment_count()
    assert all(stands(ring, name) for name in names)


def test_a_question_after_a_key_waits_for_the_renewal_under_way(ring, folder):
    """Whoever has shown that a key is in use, and then sees it, keeps it (see `KeyPool.create`)."""
    (name,) = ring.renew_segment_keys(1, none)
    inside, told = threading.Event(), []

    def slow() -> frozenset[str]:
        asking.start()
        assert not inside.wait(0.3)
        return none()

    with again(folder) as other:
        asking = threading.Thread(target=lambda: (told.append(stands(other, name)), inside.set()))
        ring.renew_segment_keys(0, slow)
        asking.join(20)

    assert [False] == told


# --- a keystore of the format before ----------------------------------------------------------


def an_old_keystore(folder: Path) -> tuple[Path, bytes]:
    """A keystore of format 1 as it was written then, and a value its record r1 sealed."""
    path, script = keystore_path(folder), OLD.read_text("utf-8")
    path.parent.mkdir(parents=True, mode=0o700)
    db = sqlite3.connect(path)
    db.executescript(script)
    db.close()
    path.chmod(0o600)
    return path, bytes.fromhex(re.search(r"-- sealed (\w+)", script)[1])


def format_of(path: Path) -> tuple[int, bool]:
    """The format told, and whether there is a table of segment keys."""
    db = sqlite3.connect(path)
    told = db.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()[0]
    table = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'segment_key'").fetchone()[0]
    db.close()
    return told, bool(table)


def test_a_keystore_of_the_format_before_is_brought_up_and_loses_nothing(folder):
    """Old values open, new keys are made, and a second opening changes nothing more."""
    path, value = an_old_keystore(folder)
    assert (1, False) == format_of(path)
    with again(folder) as ring:
        (name,) = ring.renew_segment_keys(1, none)
        data = sealed(ring, name)
    before = path.read_bytes()

    with again(folder) as ring:
        assert "旧库里的字".encode() == ring.open("r1", "t", value)
        assert opens(ring, name, data)
        assert 2 == ring.verify()
    assert (FORMAT, True) == format_of(path)
    assert before == path.read_bytes()


def test_rel_C1_a_kill_while_bringing_up_leaves_the_old_format_whole(folder):
    """The next opening does it again."""
    path, value = an_old_keystore(folder)
    script = f"Keyring.unlock(folder, passphrase={PHRASE!r}, floor=CHEAP)"

    assert -9 == in_child(script, folder, fault="keys.upgrade.inside:1:kill").returncode
    with again(folder) as ring:
        assert "旧库里的字".encode() == ring.open("r1", "t", value)
    assert (FORMAT, True) == format_of(path)


def test_two_openings_bring_an_old_keystore_up_once(folder):
    """Whoever comes second finds it done, and fails at nothing."""
    path, _ = an_old_keystore(folder)
    failures = []

    def opening() -> None:
        try:
            KeyFile(path).close()
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=opening) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [] == failures
    assert (FORMAT, True) == format_of(path)


def test_the_program_before_refuses_a_keystore_that_was_brought_up(folder, monkeypatch):
    """It knows one format less, and says so rather than losing the segment keys."""
    a_ring(folder).close()
    monkeypatch.setattr(keyfile, "FORMAT", FORMAT - 1)

    with pytest.raises(SchemaNewer) as refused:
        again(folder)
    assert {"found": FORMAT, "known": FORMAT - 1} == refused.value.facts


@pytest.mark.parametrize("told", [0, -1, "2", b"\x02", None])
def test_rel_D4_a_format_that_is_none_is_damage(folder, told):
    """It is not taken for an old one and built upon."""
    a_ring(folder).close()
    with sqlite3.connect(keystore_path(folder)) as db:
        if told is None:
            db.execute("DELETE FROM meta WHERE name = 'format'")
        else:
            db.execute("UPDATE meta SET value = ? WHERE name = 'format'", (told,))
    db.close()

    with pytest.raises(DatabaseDamaged):
        again(folder)
