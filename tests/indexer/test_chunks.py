"""Long sealed files: any range is read back, by many threads, through a bounded memory (decision 15, F4, K2)."""

from __future__ import annotations

import gc
import os
import random
import threading
import tracemalloc

import pytest

from archive.chunks import CHUNK
from archive.errors import Damaged, SealBroken, StorageFailed
from archive.sealing import TAG_BYTES
from indexer.embedded import chunks
from indexer.embedded.chunks import HEADER_BYTES, ChunkCache, key_of
from tests.archive.rings import a_ring
from tests.indexer.sealed import a_folder, kept, noise, whole

MIB = 1 << 20


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


# --- what is written is read ------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17])
def test_any_range_of_a_file_is_read_back(folder, size):
    """From bytes of any length, at every border of a chunk; outside the file there is nothing."""
    data = noise(size)
    with folder.create("a") as out:
        for at in range(0, size, 40_001):
            assert at == out.tell()
            out.write(memoryview(data)[at : at + 40_001])
    borders = {max(0, min(size, at + off)) for at in range(0, size + CHUNK, CHUNK) for off in (-1, 0, 1)}
    file = folder.opened("a")

    assert size == file.size == out.tell()
    assert HEADER_BYTES + size + TAG_BYTES * max(1, -(-size // CHUNK)) == (folder.folder / "a").stat().st_size
    for start in borders:
        for end in borders:
            if start <= end:
                assert data[start:end] == file.read(start, end - start), (start, end)
    for start, length in ((0, size + 1), (size, 1), (-1, 1), (1, -1), (size + 1, 0)):
        with pytest.raises(SealBroken):
            file.read(start, length)


def test_a_file_that_does_not_exist_is_not_found_and_one_that_does_is_not_overwritten(folder):
    """Names are used once; a short file is no long one."""
    kept(folder, "a", b"first")
    folder.write("short", b"x" * 100)
    with pytest.raises(FileNotFoundError):
        folder.opened("b")
    with pytest.raises(StorageFailed) as failure:
        folder.create("a")
    with pytest.raises(Damaged):
        folder.opened("short")

    assert "EEXIST" == failure.value.facts["why"]
    assert b"first" == whole(folder, "a")
    assert None is key_of(folder.folder / "short")


def test_memory_stays_flat_however_long_the_file(folder):
    """48 MiB pass through in less than 2 MiB, both ways; what is kept of them is bounded."""
    piece = noise(3 * CHUNK + 1)
    gc.collect()
    tracemalloc.start()
    with folder.create("a") as out:
        for _ in range(256):
            out.write(piece)
    written = tracemalloc.get_traced_memory()[1]
    file = folder.opened("a")
    tracemalloc.reset_peak()
    size = sum(len(file.read(at, min(100_000, file.size - at))) for at in range(0, file.size, 100_000))
    read = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert 256 * len(piece) == size == file.size
    assert written < 2 * MIB
    assert read < 2 * MIB


def test_eight_threads_read_one_file_while_it_is_removed(folder):
    """Through a memory far smaller than the file; an open file answers also when its name and key are gone."""
    data = noise(20 * CHUNK + 7)
    kept(folder, "a", data)
    folder._chunks.most = 3 * CHUNK
    file, wrong = folder.opened("a"), []

    def reading(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(150):
            start = dice.randrange(len(data))
            length = min(dice.choice((1, 500, CHUNK, 3 * CHUNK)), len(data) - start)
            if file.read(start, length, keep=dice.random() < 0.8) != data[start : start + length]:
                wrong.append((start, length))

    threads = [threading.Thread(target=reading, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    folder.delete("a")
    folder.settle()
    folder.drop_keys()
    for thread in threads:
        thread.join(60)

    assert [] == wrong
    assert data == file.read(0, len(data))
    assert folder._chunks.bytes <= 3 * CHUNK
    with pytest.raises(FileNotFoundError):
        folder.opened("a")


def test_a_file_closes_with_its_last_holder(folder):
    """So an old reader needs no farewell; a closed file is not read by mistake."""
    kept(folder, "a", b"x")
    file = folder.opened("a")
    handle = file._handle
    other = folder.opened("a")
    del file
    gc.collect()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(handle)

    other.close()
    other.close()
    other._cache.forget("open")
    with pytest.raises(StorageFailed):
        other.read(0, 1)


# --- the memory of decrypted chunks -----------------------------------------------------------


def test_the_memory_of_chunks_is_bounded_in_bytes(home, ring):
    """Counted, and really held; shared by folders, the least used goes first."""
    shared = ChunkCache(8 * CHUNK)
    one, two = a_folder(home, ring), a_folder(home, ring, "sealed")
    one._chunks = two._chunks = shared
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for folder in (one, two):
        kept(folder, "a", noise(40 * CHUNK + 5))
        file = folder.opened("a")
        for number in range(40):
            file.read(number * CHUNK, 10)
            assert shared.bytes <= shared.most
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert shared.bytes == sum(map(len, shared._chunks.values())) > 7 * CHUNK
    assert held < shared.bytes + MIB
    assert list(range(32, 40)) == sorted(number for _, number in shared._chunks)


def test_what_is_used_again_stays_in_memory(folder):
    """The least recently used goes; a chunk larger than the memory is not kept at all."""
    cache, content = ChunkCache(30), "p//"
    for number in range(3):
        cache.put(content, number, bytes(10))
    cache.get(content, 0)
    cache.put(content, 3, bytes(10))
    cache.put(content, 4, bytes(31))
    cache.put(content, 3, bytes(4))

    assert [0, 2, 3] == [number for number in range(5) if cache.get(content, number) is not None]
    assert 24 == cache.bytes


def test_reading_without_keeping_leaves_the_memory_alone(folder):
    """A merge reads everything once and must not push out what questions need."""
    kept(folder, "a", noise(10 * CHUNK))
    file = folder.opened("a")
    file.read(0, 10)
    before = set(folder._chunks._chunks)

    assert noise(10 * CHUNK) == file.read(0, file.size, keep=False)
    assert before == set(folder._chunks._chunks)


def test_rel_F4_a_new_file_of_the_same_name_is_not_answered_from_memory(folder):
    """However the old one went; the old reader still reads the old."""
    path = kept(folder, "a", b"old" * 1000)
    old = folder.opened("a")
    assert b"old" == old.read(0, 3)
    path.unlink()
    kept(folder, "a", b"new" * 1000)

    assert b"new" == folder.opened("a").read(0, 3)
    assert b"old" == old.read(0, 3)


def test_rel_F4_witness_a_memory_that_knows_only_the_name_answers_with_the_old_file(folder, monkeypatch):
    """The same steps with chunks remembered by name alone."""
    monkeypatch.setattr(chunks, "content", lambda place, header: f"{place}//")
    path = kept(folder, "a", b"old" * 40_000)
    folder.opened("a").read(0, 3)
    path.unlink()
    kept(folder, "a", b"new" * 40_000)

    assert b"old" == folder.opened("a").read(0, 3)


def test_conf_K2_deleting_a_file_forgets_what_was_decrypted_of_it(folder):
    """Nothing of it stays in memory, and nothing else is forgotten."""
    for name in ("a", "ab", "b"):
        kept(folder, name, b"x" * 10)
        folder.opened(name)
    folder.delete("a")

    assert {"open/ab", "open/b"} == {content.split("//")[0] for content, _ in folder._chunks._chunks}
    assert 20 == folder._chunks.bytes
    folder.forget()
    assert 0 == folder._chunks.bytes
