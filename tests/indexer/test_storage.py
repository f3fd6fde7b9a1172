"""Index files on the disk: sealed, synced, private, and refused when they are not what was written."""

import os
import pickle
import stat

import pytest
from whoosh.fields import ID, Schema
from whoosh.index import TOC

from archive.errors import Damaged
from indexer.embedded.storage import SealedFolder, SealedStorage
from tests.contract.engines import Gcm

SCHEMA = Schema(uid=ID)


class Nameless(Gcm):
    """Witness: seals without binding the name."""

    def seal(self, name, data):
        return super().seal("", data)

    def open(self, name, data):
        return super().open("", data)


class Trusting:
    """Witness: believes whatever lies on the disk."""

    def seal(self, name, data):
        return data

    def open(self, name, data):
        return data


@pytest.fixture
def folder(tmp_path):
    return SealedFolder(tmp_path / "index" / "open", Gcm(), "open")


def test_what_is_written_is_read_back(folder):
    """
    Content and length are those of the plain bytes; the disk holds others.
    """
    storage = SealedStorage(folder)
    with storage.create_file("a.pst") as file:
        file.write("机密正文".encode())

    assert "机密正文".encode() == bytes(storage.open_file("a.pst").read(12))
    assert "机密正文".encode() not in (folder.folder / "a.pst").read_bytes()
    assert 12 == len(folder.read("a.pst")) and ["a.pst"] == list(storage)


def test_conf_C8_files_are_private(folder):
    """
    Folders 0700, files 0600, whatever the mask is.
    """
    before = os.umask(0)
    try:
        folder.write_whole("mark", b"1")
        inner = SealedFolder(folder.folder / "inner", Gcm(), "inner")
    finally:
        os.umask(before)

    assert 0o600 == stat.S_IMODE((folder.folder / "mark").stat().st_mode)
    assert 0o700 == stat.S_IMODE(folder.folder.stat().st_mode)
    assert 0o700 == stat.S_IMODE(inner.folder.stat().st_mode)


def test_conf_E3_every_flipped_byte_is_refused(folder):
    """
    No byte of an index file can be changed, and none cut off or added.
    """
    folder.write("a.trm", b"terms of a segment")
    path = folder.folder / "a.trm"
    good = path.read_bytes()
    bad = [good[:n] + bytes([good[n] ^ 1]) + good[n + 1 :] for n in range(len(good))]

    for data in [*bad, good[:-1], good + b"\0", b""]:
        path.write_bytes(data)
        folder.forget()
        with pytest.raises(Damaged):
            folder.read("a.trm")


def test_rel_F4_a_file_under_another_name_is_refused(folder, tmp_path):
    """
    A file moved to another name or partition does not open.
    """
    folder.write("a.trm", b"x")
    (folder.folder / "b.trm").write_bytes((folder.folder / "a.trm").read_bytes())
    other = SealedFolder(folder.folder, Gcm(), "sealed")

    for look, name in ((folder, "b.trm"), (other, "a.trm")):
        with pytest.raises(Damaged):
            look.read(name)


def test_rel_F4_without_the_name_a_moved_file_would_open(tmp_path):
    """
    Witness: sealing that does not bind the name lets a file be exchanged.
    """
    careless = SealedFolder(tmp_path, Nameless(), "open")
    careless.write("a.trm", b"x")
    (tmp_path / "b.trm").write_bytes((tmp_path / "a.trm").read_bytes())

    assert b"x" == careless.read("b.trm")


class Trap:
    """A pickle that leaves a trace when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (self.path,))


def planted(folder, trace):
    """A table of contents whose segment list runs a command when it is read."""
    stream = folder.create_file("_MAIN_7.toc")
    for size in (4, 8, 4):  # as Whoosh notes the sizes of its numbers
        stream.write_varint(size)
    stream.write_int(-12345)
    stream.write_int(-111)
    for number in (2, 7, 4):
        stream.write_varint(number)
    stream.write_string(b"")
    stream.write_int(7)
    stream.write_int(0)
    stream.write(pickle.dumps(Trap(trace), 2))
    stream.close()


def test_rel_F4_a_planted_table_of_contents_is_refused_before_it_is_unpickled(folder, tmp_path):
    """
    A table of contents that runs a command is not read at all; its command does not run.
    """
    storage = SealedStorage(folder)
    TOC.create(storage, SCHEMA, "MAIN")
    planted(SealedStorage(SealedFolder(folder.folder, Trusting(), "open")), str(tmp_path / "ran"))

    with pytest.raises(Damaged):
        TOC.read(storage, "MAIN", schema=SCHEMA)
    assert not (tmp_path / "ran").exists()


def test_rel_F4_without_the_seal_the_planted_command_runs(tmp_path):
    """
    Witness: the same file read by a storage that trusts the disk does run its command.
    """
    storage = SealedStorage(SealedFolder(tmp_path / "open", Trusting(), "open"))
    planted(storage, str(tmp_path / "ran"))

    toc = TOC.read(storage, "MAIN", schema=SCHEMA)

    assert 7 == toc.generation
    assert (tmp_path / "ran").exists()


def test_rel_D1_a_file_is_synced_before_its_name_is(folder, monkeypatch):
    """
    Writing whole: the file is synced, renamed at once, then the folder; a table of contents is renamed only
    when the folder is synced, for it names other files in it.
    """
    steps = []
    sync, rename = os.fsync, os.rename
    monkeypatch.setattr(os, "fsync", lambda handle: (steps.append(kind_of(handle)), sync(handle))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (steps.append("replace"), rename(a, b))[1])

    folder.write_whole("mark", b"1")

    assert ["file", "replace", "folder"] == steps
    assert b"1" == folder.read("mark")
    steps.clear()
    folder.write("toc.new", b"2", sealed_as="toc")
    folder.replace("toc.new", "toc")
    assert ["file", "folder", "replace", "folder"] == steps


def kind_of(handle):
    return "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"


def test_rel_D1_a_torn_write_leaves_the_old_file(folder, monkeypatch):
    """
    If the machine stops before the rename, the old content is still there, and genuine.
    """
    folder.write_whole("mark", b"old")
    folder.write("mark.new", b"new", sealed_as="mark")

    assert b"old" == folder.read("mark")
    folder.replace("mark.new", "mark")
    assert b"new" == folder.read("mark")


def test_memory_of_opened_files_is_bounded(tmp_path):
    """
    No more decrypted bytes are kept than allowed; what fell out is read again.
    """
    folder = SealedFolder(tmp_path, Gcm(), "open", cached=100)
    for n in range(5):
        folder.write(f"{n}.pst", bytes([n]) * 40)
    contents = [folder.read(f"{n}.pst") for n in range(5)]

    assert [bytes([n]) * 40 for n in range(5)] == contents
    assert 80 == sum(map(len, folder._opened.values()))
    assert bytes(40) == folder.read("0.pst")
