"""Merging aside: nobody waits for it, nothing is lost by it, and what was destroyed cannot be read from what it left."""

import fcntl
import random
import threading

import numpy as np
import pytest

from archive.errors import Damaged
from indexer.embedded import partition
from indexer.embedded.merging import FACTOR, Weight, due
from indexer.embedded.partition import Partition
from indexer.engine import Asking, Entry, Scope
from indexer.question.query import parse
from indexer.question.tree import EVERYTHING
from tests.contract.engines import plain, whoosh

EVERYONE = Scope(frozenset("b"), frozenset("b"), sealed=True)


def entry(uid, version=1, **more):
    return Entry(uid, version, more.pop("sealed", False), bucket="b", **more)


def found(engine, words):
    tree = parse(words) if words else EVERYTHING
    return {hit.uid for hit in engine.find(tree, EVERYONE, Asking(limit=10_000)).hits}


def filled(engine, commits, *, each=1):
    for mark in range(commits):
        engine.put(
            [entry(f"r{mark}.{n}", title=f"装修第{mark}号", body="押金退还") for n in range(each)],
            mark=mark + 1,
        )


def test_commits_pile_up_and_tidying_merges_them(tmp_path):
    """
    One segment a commit; tidying leaves fewer than a tier of each size and changes no answer.
    """
    engine = whoosh(tmp_path)
    filled(engine, 20)
    before = list(engine.dump())
    assert len(engine.segments()) == 20
    while engine.tidy():
        pass

    assert not due([Weight(size, size) for size in engine.segments()])
    assert len(engine.segments()) < 2 * FACTOR
    assert before == list(engine.dump())
    while engine.tidy(thorough=True):
        pass
    assert [20] == engine.segments()
    assert (before, 20) == (list(engine.dump()), engine.mark())


def test_without_tidying_a_commit_keeps_the_number_of_segments_bounded(tmp_path, monkeypatch):
    """
    Where nobody tidies up, commits merge the shortest themselves before searching would suffer.
    """
    monkeypatch.setattr(partition, "MANY", 10)
    engine = whoosh(tmp_path)
    filled(engine, 60)

    assert len(engine.segments()) <= 10 + FACTOR
    assert 60 == len(found(engine, "装修"))


@pytest.mark.parametrize("seed", range(4))
def test_what_changes_while_segments_are_merged_is_not_undone(tmp_path, monkeypatch, seed):
    """
    Puts, changes, drops and moves to the other part between reading and replacing the segments: the index
    is the one that never was tidied. The writer is not kept waiting.
    """
    chance, merge = random.Random(seed), partition.merge
    tidied, plain_one = whoosh(tmp_path / "tidied"), whoosh(tmp_path / "plain")
    later = [
        (
            [entry(f"r{chance.randrange(12)}.0", 100 + n, sealed=chance.random() < 0.3, title="变更")],
            [f"r{chance.randrange(12)}.0"],
        )
        for n in range(5)
    ]

    def interrupted(*given):
        for number, (entries, drops) in enumerate(later, 100):
            tidied.put(entries, drops, mark=number)
        later.clear()
        merge(*given)

    for engine in (tidied, plain_one):
        filled(engine, 12)
    for number, (entries, drops) in enumerate(later, 100):
        plain_one.put(entries, drops, mark=number)
    monkeypatch.setattr(partition, "merge", interrupted)
    while tidied.tidy(thorough=True):
        pass

    assert not later
    assert list(plain_one.dump()) == list(tidied.dump())
    assert plain_one.mark() == tidied.mark()


def test_witness_without_the_second_look_a_deletion_would_come_back(tmp_path, monkeypatch):
    """
    Witness: if what was deleted meanwhile were not looked at again, the dropped record would be found.
    """
    merge = partition.merge
    engine = whoosh(tmp_path)
    filled(engine, 12)
    once = [True]

    def interrupted(*given):
        if once.pop() if once else False:
            engine.put([], ["r3.0"], mark=99)
        merge(*given)

    def careless(self, chosen, merged):
        names = {one.file for one in chosen}
        now = [one for one in self._table(self.generation()) if one.file not in names]
        self._commit([*now, merged])

    monkeypatch.setattr(partition, "merge", interrupted)
    monkeypatch.setattr(Partition, "_put_in_place", careless)
    engine.tidy()

    assert "r3.0" in found(engine, "装修")


def test_rel_X4_only_one_merges_aside_at_a_time(tmp_path):
    """
    While one process merges, another that wants to tidy does nothing, and a commit leaves its files alone.
    """
    one, other = whoosh(tmp_path), whoosh(tmp_path)
    filled(one, 12)
    with one._open._merging() as mine:
        assert mine
        assert not other.tidy()
        stray = one._open._added([entry("stray")])
        other.put([entry("x", title="装修")], mark=50)
        assert (tmp_path / "open" / stray.file).exists()
    other.put([entry("y", title="装修")], mark=51)

    assert not (tmp_path / "open" / stray.file).exists()
    assert other.tidy()
    assert 14 == one.count()


def test_what_is_merged_is_listed_and_opened_while_nobody_writes(tmp_path, monkeypatch):
    """
    Between reading the table and opening its segments no writer may replace the one or remove the other.
    """
    engine, alone = whoosh(tmp_path), []
    filled(engine, 12)

    def watched(name):
        real = getattr(Partition, name)

        def called(self, *given):
            with open(tmp_path / "lock", "rb") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    alone.append(name)
                else:
                    alone.append(f"{name} in the open")
            return real(self, *given)

        monkeypatch.setattr(Partition, name, called)

    watched("_table")
    watched("_segments")
    assert engine.tidy()
    assert {"_table", "_segments"} == set(alone)

    with engine._open._merging() as mine:
        assert mine and engine._open._table(engine._open.generation())
    assert "_table in the open" in alone


def test_a_search_goes_on_with_the_segments_it_began_with(tmp_path):
    """
    Readers in several threads, a writer and a tidying thread at once: every answer is one that was true.
    """
    engine, wrong, stop = whoosh(tmp_path), [], threading.Event()
    filled(engine, 4)

    def search():
        while not stop.is_set():
            count = len(found(engine, "装修"))
            if not 4 <= count <= 40:
                wrong.append(count)

    def tidy():
        while not stop.is_set():
            engine.tidy()

    threads = [threading.Thread(target=each) for each in (search, search, tidy)]
    for thread in threads:
        thread.start()
    for mark in range(4, 40):
        engine.put([entry(f"r{mark}.0", title=f"装修第{mark}号")], mark=mark + 1)
    stop.set()
    for thread in threads:
        thread.join()

    assert not wrong
    assert 40 == len(found(engine, "装修"))


def test_a_listing_that_misses_the_newest_table_is_looked_at_again(tmp_path, monkeypatch):
    """
    A reader that lists the folder while the table is replaced may see none: that is no damage, unless it stays so.
    """
    filled(whoosh(tmp_path), 3)
    listed, missed = Partition.generation, [-1, -1]
    monkeypatch.setattr(Partition, "generation", lambda self: missed.pop() if missed else listed(self))
    assert 3 == len(found(whoosh(tmp_path), "装修"))

    monkeypatch.setattr(Partition, "generation", lambda self: -1)
    with pytest.raises(Damaged):
        found(whoosh(tmp_path), "装修")


def test_inv_V19_a_copy_of_the_old_segment_is_worth_nothing_after_a_drop(tmp_path, office_keys):
    """
    Decision 15: the segment a record stood in has a key of its own, which goes with it: a copy made before
    cannot be opened any more, while a copy of a segment that still stands can (witness).
    """
    engine, folder = office_keys
    engine.put([entry("a", body="饕餮纹样"), entry("b", body="押金")], mark=1)
    engine.put([entry("c", body="别的")], mark=2)
    kept = {path: path.read_bytes() for path in (folder / "open").glob("*.seg")}
    engine.put([], ["a"], mark=3)
    gone = [path for path in kept if not path.exists()]
    assert (1, 2) == (len(gone), len(kept))
    for path, data in kept.items():
        path.write_bytes(data)

    reader = engine._open.folder
    with pytest.raises((Damaged, FileNotFoundError)):
        reader.opened(gone[0].name)
    (still,) = set(kept) - set(gone)
    assert "别的".encode() in bytes(reader.opened(still.name).read(0, reader.opened(still.name).size))


@pytest.fixture
def office_keys(office):
    """An engine whose keys lie in a real keystore, and its folder."""
    from indexer.embedded.whoosh_engine import WhooshEngine
    from indexer.shelf import KeySealer

    folder = office.instance.index_folder / "build"
    engine = WhooshEngine(folder, KeySealer.of(office.instance))
    yield engine, folder
    engine.close()


def test_a_dropped_word_is_in_no_file_however_large_the_segment(tmp_path):
    """
    The segment is written anew at once, and only that one.
    """
    engine = whoosh(tmp_path)
    filled(engine, 3, each=300)
    engine.put([entry("odd", body="饕餮")], mark=9)
    while engine.tidy(thorough=True):
        pass
    assert any("饕餮".encode() in data for data in plain(tmp_path))
    engine.put([], ["odd"], mark=10)

    assert not any("饕餮".encode() in data for data in plain(tmp_path))
    assert 900 == engine.count()


def test_deletions_are_a_bitmap(tmp_path):
    """
    Ten thousand deletions take an eighth of ten thousand bytes in the table of contents.
    """
    listed = partition.Listed(10_000)
    listed.delete(range(0, 10_000, 2))

    assert (len(listed.dead), listed.weight()) == (1250, Weight(10_000, 5000))
    assert np.flatnonzero(listed.alive()).tolist() == list(range(1, 10_000, 2))
    listed.delete([1])
    assert 4999 == listed.doc_count()
