"""Long sealed files that are not what was written are refused (E3, F4, I3, D4)."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.chunks import CHUNK, SEALED_CHUNK
from archive.errors import Damaged, SealBroken, StorageFailed
from archive.sealing import TAG_BYTES, Kept
from indexer.embedded.chunks import HEADER_BYTES
from tests.archive.rings import a_ring
from tests.indexer.sealed import ClearKeys, PlacelessKeys, a_folder, kept, noise, whole


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


def refused(folder, name) -> bool:
    try:
        whole(folder, name)
    except Damaged:
        return True
    return False


def flipped(path: Path, places) -> Iterator[int]:
    """Flip a bit at each of *places* in turn."""
    with path.open("r+b", buffering=0) as stored:
        for at in places:
            byte = os.pread(stored.fileno(), 1, at)
            os.pwrite(stored.fileno(), bytes([byte[0] ^ 0x10]), at)
            yield at
            os.pwrite(stored.fileno(), byte, at)


def test_conf_E3_every_flipped_byte_of_a_long_file_is_refused(folder):
    """Each byte of a short one, header and tag included, and two thousand of one of three chunks."""
    small = kept(folder, "small", b"postings of a segment" * 5)
    large = kept(folder, "large", noise(2 * CHUNK + 50))
    places = sorted(random.Random(5).sample(range(large.stat().st_size), 2000))

    assert [] == [at for at in flipped(small, range(small.stat().st_size)) if not refused(folder, "small")]
    assert [] == [at for at in flipped(large, places) if not refused(folder, "large")]
    assert noise(2 * CHUNK + 50) == whole(folder, "large")


def test_conf_E3_witness_without_a_seal_a_flipped_byte_is_read(home, ring):
    """The same check over files in clear finds every byte of content believed."""
    careless = a_folder(home, ClearKeys(), ring=ring)
    path = kept(careless, "small", b"postings of a segment" * 5)
    content = range(HEADER_BYTES, path.stat().st_size - TAG_BYTES)

    assert list(content) == [at for at in flipped(path, content) if not refused(careless, "small")]


def test_rel_D4_a_file_cut_anywhere_is_refused(folder):
    """At every border of header and chunks, inside each, and by a single byte; also if more was appended."""
    path = kept(folder, "a", noise(3 * CHUNK + 100))
    sound = path.read_bytes()
    borders = [HEADER_BYTES + n * SEALED_CHUNK for n in range(4)]
    ends = {0, 8, 24, HEADER_BYTES - 1, len(sound) - 1, len(sound) - TAG_BYTES}
    ends |= {
        border + off
        for border in borders
        for off in (0, 1, TAG_BYTES, CHUNK // 2)
        if border + off < len(sound)
    }
    wrong = [sound[:end] for end in sorted(ends)]
    wrong += [
        sound + more
        for more in (b"\0", bytes(TAG_BYTES), sound[borders[0] : borders[1]], sound[borders[3] :])
    ]

    for data in wrong:
        path.write_bytes(data)
        assert refused(folder, "a"), len(data)
    path.write_bytes(sound)
    assert not refused(folder, "a")


def test_rel_D4_a_file_cut_or_overwritten_while_it_is_open_is_refused_where_it_is_touched(folder):
    """What is still as it was is read, the rest is not."""
    path = kept(folder, "a", noise(3 * CHUNK))
    file = folder.opened("a")
    folder.forget()
    with path.open("r+b") as stored:
        stored.seek(HEADER_BYTES + SEALED_CHUNK + 5)
        stored.write(b"\0\0\0")
    assert noise(3 * CHUNK)[:CHUNK] == file.read(0, CHUNK)
    for start, length in ((CHUNK, 1), (CHUNK - 1, 2), (0, 3 * CHUNK)):
        with pytest.raises(SealBroken):
            file.read(start, length)
    os.truncate(path, HEADER_BYTES + SEALED_CHUNK)
    with pytest.raises(SealBroken):
        file.read(2 * CHUNK, 1)


def exchanged(home: Path, folder, other) -> list[str]:
    """What was moved, of two files in *folder* and one of the same name and length in *other*, and still reads."""
    paths = [kept(folder, "a", noise(3 * CHUNK, 1)), kept(folder, "b", noise(3 * CHUNK, 2))]
    paths.append(kept(other, "a", noise(3 * CHUNK, 3)))
    a, b, c = (path.read_bytes() for path in paths)
    at = [HEADER_BYTES + n * SEALED_CHUNK for n in range(4)]
    forgeries = {
        "a chunk of its own in place of another": a[: at[0]]
        + a[at[1] : at[2]]
        + a[at[0] : at[1]]
        + a[at[2] :],
        "its last chunk first": a[: at[0]] + a[at[2] :] + a[at[1] : at[2]] + a[at[0] : at[1]],
        "a chunk repeated": a[: at[2]] + a[at[1] : at[2]],
        "the chunk of another file": a[: at[0]] + b[at[0] : at[1]] + a[at[1] :],
        "the last chunk of another file": a[: at[2]] + b[at[2] :],
        "the header of another file": b[: at[0]] + a[at[0] :],
        "the chunks of another file": a[: at[0]] + b[at[0] :],
        "another file": b,
        "the file of that name in another folder": c,
    }
    accepted = []
    for what, data in forgeries.items():
        paths[0].write_bytes(data)
        if not refused(folder, "a"):
            accepted.append(what)
    paths[0].write_bytes(a)
    assert noise(3 * CHUNK, 1) == whole(folder, "a")
    return accepted


def test_int_I3_chunks_headers_and_files_exchanged_are_refused(home, ring, folder):
    """Within a file, between files, between partitions: nothing opens as what it is not."""
    assert [] == exchanged(home, folder, a_folder(home, ring, "sealed"))


def test_int_I3_witness_one_key_for_all_files_and_no_place_accepts_other_files(home, ring):
    """Numbered chunks alone do not help: whole files, and chunks between files, pass for one another."""
    folder, other = (a_folder(home, PlacelessKeys(), label, ring=ring) for label in ("open", "sealed"))
    accepted = exchanged(home, folder, other)

    assert {"another file", "the chunk of another file", "the file of that name in another folder"} < {
        *accepted
    }


def test_int_I3_an_older_file_put_back_is_refused_once_its_key_is_dropped(folder):
    """Also under its own name: the key went with the file."""
    path = kept(folder, "a", b"before")
    old = path.read_bytes()
    folder.delete("a")
    kept(folder, "a", b"after")
    folder.drop_keys()
    path.write_bytes(old)

    with pytest.raises(SealBroken) as told:
        folder.opened("a")
    assert {"what": Kept.SEGMENT, "where": "open/a"} == told.value.facts


def test_rel_F4_a_link_or_a_folder_in_place_of_a_file_is_not_followed(folder, tmp_path):
    """Nothing outside is opened."""
    moved = tmp_path / "elsewhere"
    kept(folder, "a", b"x").rename(moved)
    (folder.folder / "a").symlink_to(moved)
    (folder.folder / "d").mkdir()

    for name in ("a", "d"):
        with pytest.raises((StorageFailed, Damaged)):
            folder.opened(name)
