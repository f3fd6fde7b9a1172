"""What a power cut may leave of a whole index: every put, merge and drop, cut at every call (D1, D1b).

At each call that changes a folder or syncs, the states are made that a disk may show after a cut: what was never
synced gone, empty or torn, names that were never synced there or not, folder by folder. Each is opened anew.
"""

import os
import stat
from contextlib import ExitStack, contextmanager
from unittest import mock

import pytest

from archive.errors import Damaged
from indexer.embedded import partition
from indexer.embedded.storage import SealedFolder
from indexer.engine import Entry
from tests.contract.engines import whoosh

IDLE = {"lock", "merging"}


class Disk:
    """The files under one folder, and what of them would survive a cut now."""

    def __init__(self, root):
        self.root, self.synced, self.names, self.states, self.acknowledged = root, {}, {}, {}, 0
        self._held = {}

    def now(self):
        """Per folder its names and inodes as a running system shows them; held open, so that no inode comes twice."""
        shown = {}
        for folder, _, files in os.walk(self.root):
            names = shown[folder] = {}
            for name in set(files) - IDLE:
                handle = os.open(os.path.join(folder, name), os.O_RDONLY)
                names[name] = inode = os.fstat(handle).st_ino
                os.close(handle) if inode in self._held else self._held.update({inode: handle})
        return shown

    def cut(self):
        """Note every state that a cut at this moment may leave."""
        shown = self.now()
        written = {
            inode: os.pread(handle, os.fstat(handle).st_size, 0) for inode, handle in self._held.items()
        }
        listings = [self.names, shown, *({**self.names, folder: names} for folder, names in shown.items())]
        for listing in listings:
            for spoil in (len, lambda data: len(data) // 2, lambda data: 0):
                self._note(listing, written, spoil)

    def _note(self, listing, written, spoil):
        state = {}
        for folder, names in listing.items():
            for name, inode in names.items():
                data = self.synced.get(inode)
                state[os.path.relpath(os.path.join(folder, name), self.root)] = (
                    written[inode][: spoil(written[inode])] if data is None else data
                )
        self.states[tuple(sorted(state.items()))] = self.acknowledged

    def fsync(self, handle, sync):
        """What is synced survives from now on."""
        self.cut()
        sync(handle)
        about = os.fstat(handle)
        if stat.S_ISDIR(about.st_mode):
            path = os.readlink(f"/proc/self/fd/{handle}")
            self.names = (
                {**self.names, path: self.now().get(path, {})}
                if path.startswith(str(self.root))
                else self.names
            )
        else:
            self.synced[about.st_ino] = os.pread(
                os.open(f"/proc/self/fd/{handle}", os.O_RDONLY), about.st_size, 0
            )
        self.cut()

    @contextmanager
    def watched(self):
        """Every call that changes a folder passes this disk."""
        real = {name: getattr(os, name) for name in ("fsync", "replace", "rename", "unlink")}

        def noted(name):
            def call(*given, **more):
                done = real[name](*given, **more)
                self.cut()
                return done

            return call

        with ExitStack() as stack:
            for name in ("replace", "rename", "unlink"):
                stack.enter_context(mock.patch.object(os, name, noted(name)))
            stack.enter_context(
                mock.patch.object(os, "fsync", lambda handle: self.fsync(handle, real["fsync"]))
            )
            yield


def entry(uid, version, **more):
    return Entry(
        uid,
        version,
        more.pop("sealed", False),
        title=f"装修{uid}第{version}版",
        body="押金退还" * 9,
        bucket="b",
        **more,
    )


#: What is put, in turn: new records, changes, one that becomes confidential, one that goes.
PUTS = (
    ([entry("a", 1), entry("b", 1)], []),
    ([entry("a", 2)], []),
    ([entry("b", 2, sealed=True), entry("c", 1)], []),
    ([entry("d", 1)], ["a"]),
    ([entry("b", 3)], ["c"]),
)


def cuts(folder):
    """All states that cuts during these puts, and tidying after them, may leave."""
    disk = Disk(folder)
    engine = whoosh(folder)
    engine.put([], mark=0)
    disk.names = disk.now()
    disk.synced = {
        inode: os.pread(handle, os.fstat(handle).st_size, 0) for inode, handle in disk._held.items()
    }
    with disk.watched():
        for number, (entries, drops) in enumerate(PUTS, 1):
            engine.put(entries, drops, mark=number)
            disk.acknowledged = number
            disk.cut()
        while engine.tidy(thorough=True):
            disk.cut()
    for handle in disk._held.values():
        os.close(handle)
    return disk.states


def histories(tmp_path):
    """What an index that never was cut holds after each put."""
    engine, held = whoosh(tmp_path / "undisturbed"), []
    engine.put([], mark=0)
    for number in range(len(PUTS) + 1):
        if number:
            engine.put(*PUTS[number - 1], mark=number)
        held.append({row[0]: row for row in engine.dump()})
    return held


def shown(folder, state):
    """Mark and content of the index that *state* is; None if it must be built anew."""
    for name, data in state:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    engine = whoosh(folder)
    try:
        return engine.mark(), {row[0]: row for row in engine.dump()}
    except Damaged:
        return None
    finally:
        engine.close()


def judged(tmp_path):
    """How many states there were, how many must be built anew, and those that lie."""
    states, held = cuts(tmp_path / "main" / "index"), histories(tmp_path)
    anew, lying = 0, []
    for number, (state, acknowledged) in enumerate(states.items()):
        found = shown(tmp_path / f"s{number}" / "index", state)
        if found is None:
            anew += 1
        elif not true(found, acknowledged, held):
            lying.append((acknowledged, found[0], sorted(found[1])))
    return len(states), anew, lying


def true(found, acknowledged, held):
    """The mark leads nothing; every record is as some put since the mark left it, and what is put again mends it."""
    mark, rows = found
    if not acknowledged <= mark <= acknowledged + 1:
        return False
    known = [held[number] for number in range(mark, min(mark + 2, len(held)))]
    kept = [uid for uid in held[mark] if all(one.get(uid) == held[mark][uid] for one in known)]
    return all(rows.get(uid) == held[mark][uid] for uid in kept) and all(
        any(one.get(uid) == row for one in known) for uid, row in rows.items()
    )


def test_rel_D1b_no_cut_leaves_an_index_that_lies(tmp_path):
    """
    Whatever a cut leaves: the mark is that of the last put acknowledged, or of the one under way; what the put
    under way does not touch is there; nothing has to be built anew.
    """
    states, anew, lying = judged(tmp_path)

    assert states > 100
    assert [] == lying
    assert 0 == anew


def without_syncing_segments(monkeypatch):
    from archive import durable

    def settled(file):
        file._kept = True
        file._close()

    monkeypatch.setattr(durable.NewFile, "settle", settled)


def without_syncing_folders(monkeypatch):
    monkeypatch.setattr(SealedFolder, "settle", lambda self: None)


def with_old_files_removed_first(monkeypatch):
    real = partition.Partition._commit

    def early(self, listed, **more):
        kept = {one.file for one in listed}
        for name in self.folder.names():
            if name.endswith(".seg") and name not in kept:
                self.folder.delete(name)
        self.folder.settle()
        real(self, listed, **more)

    monkeypatch.setattr(partition.Partition, "_commit", early)


@pytest.mark.parametrize(
    "careless", [without_syncing_segments, without_syncing_folders, with_old_files_removed_first]
)
def test_rel_D1b_witness_a_careless_engine_is_caught(tmp_path, monkeypatch, careless):
    """
    Without one of the precautions some cut leaves an index that lies or must be built anew.
    """
    careless(monkeypatch)
    _, anew, lying = judged(tmp_path)

    assert anew or lying
