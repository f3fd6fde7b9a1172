"""Long sealed files while they are written: nothing plain, nothing half, whatever fails (E1, C1, C8, D2, D3)."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from archive import faults
from archive.chunks import CHUNK
from archive.errors import Damaged, DiskFull, StorageFailed
from indexer.embedded.chunks import key_of
from tests.archive.rings import a_ring, again, in_child
from tests.indexer.sealed import ClearKeys, a_folder, kept, noise, whole


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


CANARY = "金丝雀乙七三号机密条款canary88412"


def spellings(text: str) -> list[bytes]:
    raw = [text.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")]
    return [*raw, raw[0].hex().encode(), *(base64.b64encode(raw[0][skip:])[4:-4] for skip in range(3))]


def traces(*folders: Path) -> list[str]:
    """The files under *folders* in which the canary stands."""
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    stored = {path.name: path.read_bytes() for path in paths}
    return [name for name, data in stored.items() if any(one in data for one in spellings(CANARY))]


def test_conf_E1_no_plaintext_of_a_long_file_is_in_the_instance_or_the_temporary_folder(
    home, ring, tmp_path, monkeypatch
):
    """Looked for at every chunk while it is written, after a failure, and while it is read."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    folder, found = a_folder(home, ring), []
    text = (CANARY * 100).encode()
    with folder.create("a") as out:
        for _ in range(60):
            out.write(text)
            found += traces(home, temporary)
    with faults.armed("segment.before_fsync:1:eio"), pytest.raises(StorageFailed), folder.create("b") as out:
        out.write(text)
    file = folder.opened("a")

    assert text == file.read(len(text), len(text))
    assert [] == found + traces(home, temporary)
    assert (home / "index" / "open" / "a").stat().st_size > 60 * len(text)


def test_conf_E1_witness_the_same_search_finds_a_file_in_clear(home, ring):
    """Kept unsealed, the canary is found."""
    kept(a_folder(home, ClearKeys(), ring=ring), "a", (CANARY * 3).encode())

    assert ["a"] == traces(home)


def test_conf_C8_long_files_are_private_whatever_the_umask(folder):
    """0600 from the first byte on."""
    before = os.umask(0)
    try:
        with folder.create("a") as out:
            during = (folder.folder / "a").stat().st_mode
            out.write(b"x")
    finally:
        os.umask(before)

    assert 0o600 == stat.S_IMODE(during) == stat.S_IMODE((folder.folder / "a").stat().st_mode)


# --- failures while writing -------------------------------------------------------------------


def test_leaving_by_an_exception_removes_the_file(folder):
    """Nothing half is there; the name can be used again, and its key is not."""
    with pytest.raises(ZeroDivisionError), folder.create("a") as out:
        out.write(b"x" * 100_000)
        key = key_of(folder.folder / "a")
        raise ZeroDivisionError

    assert [] == folder.names()
    out.close()
    assert [] == folder.names()
    kept(folder, "a", b"again")
    assert key != key_of(folder.folder / "a")


@pytest.mark.parametrize("effect", ["eio", "enospc"])
@pytest.mark.parametrize("place", ["segment.chunk:1", "segment.chunk:3", "segment.before_fsync:1"])
def test_rel_D2_D3_a_failing_disk_is_told_and_leaves_nothing(folder, place, effect):
    """Full or broken, at the header, at a chunk or at the fsync: the file goes, the next one succeeds."""
    kept(folder, "before", b"x")
    expected = DiskFull if effect == "enospc" else StorageFailed
    with faults.armed(f"{place}:{effect}"), pytest.raises(expected), folder.create("a") as out:
        for _ in range(4):
            out.write(noise(CHUNK))

    assert ["before"] == folder.names()
    kept(folder, "a", b"again")
    assert [b"x", b"again"] == [whole(folder, name) for name in ("before", "a")]


def test_rel_D2_a_real_file_limit_is_told_as_a_full_disk(home):
    """The operating system's own refusal, in a process of its own."""
    a_ring(home).close()
    script = """
import resource
from archive.errors import DiskFull
from tests.indexer.sealed import a_folder
from tests.archive.rings import again
files = a_folder(folder, again(folder))
files.create("warm").close()
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with files.create("a") as out:
        out.write(bytes(500_000))
except DiskFull as failure:
    print("full", files.names())
"""
    done = in_child(script, home)

    assert "full ['warm']\n" == done.stdout, done.stdout + done.stderr


KILLED = """
from tests.indexer.sealed import a_folder, noise
from tests.archive.rings import again
ring = again(folder)
files = a_folder(folder, ring)
with files.create("a") as out:
    for _ in range(5):
        out.write(noise(65536))
    print("written", flush=True)
files.settle()
"""


@pytest.mark.parametrize(
    "place",
    [
        "keys.segments.inside:1",
        "keys.segments.committed:1",
        *(f"segment.chunk:{n}" for n in range(1, 7)),
    ],
)
def test_rel_C1_a_file_whose_writer_was_killed_does_not_open(home, place):
    """At the keys, at the header, at every chunk: what is left is refused, and its key goes with it."""
    with a_ring(home) as ring:
        kept(a_folder(home, ring), "before", b"x")

    died = in_child(KILLED, home, fault=f"{place}:kill")

    assert -9 == died.returncode, died.stderr
    with again(home) as ring:
        folder = a_folder(home, ring)
        with pytest.raises((FileNotFoundError, Damaged)):
            folder.opened("a")
        for name in {*folder.names()} - {"before"}:
            folder.delete(name)
        folder.drop_keys()
        assert 1 == ring.segment_count()
        kept(folder, "a", b"again")
        assert [b"x", b"again"] == [whole(folder, name) for name in ("before", "a")]


@pytest.mark.parametrize("place", ["segment.before_fsync:1", "segment.after_fsync:1"])
def test_rel_C1_a_file_whose_writer_was_killed_after_the_last_chunk_is_whole(home, place):
    """The name is there already, and the file is good (what a power cut does to it: test_unsynced)."""
    a_ring(home).close()

    assert -9 == in_child(KILLED, home, fault=f"{place}:kill").returncode
    with again(home) as ring:
        assert noise(CHUNK) * 5 == whole(a_folder(home, ring), "a")


def test_a_copied_instance_reads_its_index(home, tmp_path, ring, folder):
    """Nothing in a file depends on where it lies: only on the folder's label, its name and the instance."""
    kept(folder, "a", b"x")
    shutil.copytree(home, tmp_path / "copy")
    with again(tmp_path / "copy") as other:
        assert b"x" == whole(a_folder(tmp_path / "copy", other), "a")
