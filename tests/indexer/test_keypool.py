"""A key for each long file: made ahead, never shared, gone with its file, whoever else writes (decision 15, K2, C1)."""

from __future__ import annotations

import shutil
import threading

import pytest

from archive.errors import Busy, Damaged, DiskFull, SealBroken
from archive.keystore import keystore_path
from indexer.embedded.chunks import key_of
from indexer.embedded.keypool import AHEAD
from tests.archive.rings import a_ring, again, stands
from tests.indexer.sealed import a_folder, kept, whole


@pytest.fixture
def home(tmp_path):
    return tmp_path / "instance"


@pytest.fixture
def ring(home):
    with a_ring(home) as made:
        yield made


@pytest.fixture
def folder(home, ring):
    return a_folder(home, ring)


class Counted:
    """The ring, counting what costs a transaction."""

    def __init__(self, ring):
        self._ring, self.renewals = ring, 0

    def __getattr__(self, name):
        return getattr(self._ring, name)

    def renew_segment_keys(self, count, used):
        self.renewals += 1
        return self._ring.renew_segment_keys(count, used)


class Interrupted:
    """The ring, while another process acts between the choice of a key and its use."""

    def __init__(self, ring, act):
        self._ring, self._act, self.left = ring, act, 1

    def __getattr__(self, name):
        return getattr(self._ring, name)

    def segment_cipher(self, name, salt, place):
        cipher = self._ring.segment_cipher(name, salt, place)
        if self.left:
            self.left -= 1
            self._act()
        return cipher


class Trusting(Interrupted):
    """Witness: does not look whether the key is still there."""

    def confirm_segment_key(self, name):
        pass


def test_each_file_has_a_key_of_its_own_and_the_keystore_is_asked_seldom(home, ring):
    """Eighty files, three transactions."""
    counted = Counted(ring)
    folder = a_folder(home, counted, ring=ring)
    paths = [kept(folder, f"{n}", b"x") for n in range(80)]

    assert 80 == len({key_of(path) for path in paths})
    assert 3 == counted.renewals == -(-80 // AHEAD)
    assert 3 * AHEAD == ring.segment_count() == ring.verify_segment_keys()


def test_conf_K2_a_key_goes_with_its_file_and_no_other_does(home, ring, folder):
    """Files of every folder of the index count, also those of a build removed whole."""
    other = a_folder(home, ring, "build/sealed")
    paths = {
        name: kept(where, name, name.encode()) for where, name in ((folder, "a"), (folder, "b"), (other, "c"))
    }
    keys = {name: key_of(path) for name, path in paths.items()}
    folder.delete("a")
    folder.drop_keys()
    assert [False, True, True] == [stands(ring, keys[name]) for name in "abc"]
    assert [b"b", b"c"] == [whole(folder, "b"), whole(other, "c")]

    shutil.rmtree(home / "index" / "build")
    folder.drop_keys()
    assert [False, True, False] == [stands(ring, keys[name]) for name in "abc"]
    assert b"b" == whole(folder, "b")


def test_conf_K2_the_key_of_a_deleted_file_is_in_no_byte_of_the_keystore(home, ring, folder):
    """Before it is dropped the search finds it, afterwards neither the key nor what was stored of it."""
    key = key_of(kept(folder, "a", b"x"))
    with ring._store.reading():
        wrapped = ring._store.segment_key(key)
    plain = ring._unwrapped_segment(key, wrapped)
    assert wrapped in keystore_path(home).read_bytes()
    folder.delete("a")
    folder.drop_keys()

    stored = b"".join(path.read_bytes() for path in (home / "keys").iterdir())
    assert not any(secret in stored for secret in (wrapped, plain, plain.hex().encode(), key.encode()))


def test_dropping_nothing_costs_no_transaction(ring, folder):
    """The keystore is not written to when every key is in use or waiting."""
    kept(folder, "a", b"x")
    before = ring._store.stamp()
    folder.drop_keys()

    assert before == ring._store.stamp()


def test_rel_C1_after_a_restart_keys_that_no_file_names_are_never_used_again(home, ring):
    """They may have sealed what was deleted: the first file of a new process makes its own."""
    folder = a_folder(home, ring)
    used = key_of(kept(folder, "a", b"x"))
    lost = key_of(kept(folder, "b", b"y"))
    folder.delete("b")  # and the process ends before it drops the key
    with again(home) as restarted:
        following = a_folder(home, restarted)
        fresh = key_of(kept(following, "c", b"z"))

        assert fresh not in {used, lost}
        assert not stands(restarted, lost)
        assert 1 + AHEAD == restarted.segment_count()
        assert [b"x", b"z"] == [whole(following, name) for name in ("a", "c")]


def test_rel_X4_two_processes_that_take_turns_lose_nothing(home, ring):
    """Each drops what the other made ahead; every file opens for both."""
    with again(home) as second:
        folders = [a_folder(home, ring, ahead=3), a_folder(home, second, ahead=3)]
        for turn in range(20):
            kept(folders[turn % 2], f"{turn}", b"%d" % turn)
            folders[turn % 2].drop_keys()

        for folder in folders:
            assert [b"%d" % turn for turn in range(20)] == [whole(folder, f"{turn}") for turn in range(20)]


def interrupted(home, ring, kind):
    """A file whose key another process drops in the moment before its header is written."""
    with again(home) as second:
        other = a_folder(home, second)
        folder = a_folder(home, kind(ring, other.drop_keys), ring=ring)
        kept(folder, "a", b"x")
        return whole(folder, "a")


def test_rel_X4_a_key_dropped_before_its_file_could_be_seen_is_noticed(home, ring):
    """The file begins again with another key."""
    assert b"x" == interrupted(home, ring, Interrupted)


def test_rel_X4_witness_without_a_second_look_the_file_is_lost(home, ring):
    """The same moment, not looked for: what was written cannot be read."""
    with pytest.raises(SealBroken):
        interrupted(home, ring, Trusting)


def test_rel_X4_a_key_that_is_gone_every_time_ends_in_busy(home, ring):
    """Two writers at once are kept apart elsewhere; here nothing turns for ever, and nothing is left."""
    with again(home) as second:
        other = a_folder(home, second)
        keys = Interrupted(ring, other.drop_keys)
        keys.left = 1000
        folder = a_folder(home, keys, ring=ring)
        with pytest.raises(Busy):
            folder.create("a")

    assert [] == folder.names()


def test_threads_that_write_at_once_share_no_key(folder, ring):
    """A merge in the background and a commit: eight threads, files of their own, drops in between."""
    failures = []

    def writing(number: int) -> None:
        try:
            for turn in range(8):
                kept(folder, f"{number}-{turn}", b"%d" % number)
                if turn == 4:
                    folder.drop_keys()
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=writing, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    names = folder.names()

    assert [] == failures
    assert 64 == len(names) == len({key_of(folder.folder / name) for name in names})
    assert all(name.split("-")[0].encode() == whole(folder, name) for name in names)


def test_a_file_removed_with_its_key_in_the_moment_of_opening_is_not_found(home, ring, monkeypatch):
    """A reader that came too late looks for the newer file; it is not told of damage."""
    folder = a_folder(home, ring)
    kept(folder, "a", b"x")
    late = Interrupted(ring, lambda: None)
    reader = a_folder(home, late, ring=ring)
    original = late._ring.segment_cipher

    def removed_first(name, salt, place):
        folder.delete("a")
        folder.drop_keys()
        return original(name, salt, place)

    monkeypatch.setattr(late, "segment_cipher", removed_first, raising=False)
    with pytest.raises(FileNotFoundError):
        reader.opened("a")


def test_a_file_without_a_key_is_damaged(home, ring, folder):
    """As after a keystore older than the index was put back."""
    kept(folder, "a", b"x")
    ring.renew_segment_keys(0, frozenset)

    with pytest.raises(Damaged):
        folder.opened("a")


def test_rel_D2_a_keystore_that_fails_while_a_file_is_begun_leaves_no_file(home, ring):
    """The refusal is the keystore's; the next file is made as if nothing had been."""

    def failing():
        raise DiskFull(path="keystore")

    keys = Interrupted(ring, lambda: None)
    keys.confirm_segment_key = lambda name: failing()
    folder = a_folder(home, keys, ring=ring)
    with pytest.raises(DiskFull):
        folder.create("a")
    assert [] == folder.names()

    del keys.confirm_segment_key
    kept(folder, "a", b"x")
    assert b"x" == whole(folder, "a")
