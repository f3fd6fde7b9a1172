"""What a power cut may leave of an index: un-synced bytes and names are lost in every way there is (D1b).

A commit is watched call by call. At each call the states are made that a disk may show after a cut: data that
was never synced gone, empty or torn; names that were never synced there or not, one by one. Each is opened
with the keystore as it was (SQLite syncs for itself: tests/archive/test_keystore.py).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pytest

from archive.errors import ArchiveError
from archive.keystore import keystore_path
from indexer.embedded.storage import SealedFolder
from tests.archive.rings import a_ring, again
from tests.indexer.sealed import a_folder, noise, whole

#: A folder as a disk may show it.
State = dict[str, bytes]


@dataclass
class Disk:
    """The files of one folder, and what of them would survive a cut now."""

    folder: Path
    keystore: Path
    synced: dict[int, bytes] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    states: list[tuple[str, State, bytes, int]] = field(default_factory=list)
    acknowledged: int = 0
    held: dict[int, int] = field(default_factory=dict)

    def now(self) -> dict[str, int]:
        """Names and inodes as a running system shows them; held open, so that no inode comes twice."""
        names = {entry.name: entry.inode() for entry in os.scandir(self.folder)}
        for name, inode in names.items():
            if inode not in self.held:
                self.held[inode] = os.open(self.folder / name, os.O_RDONLY)
        return names

    def close(self) -> None:
        """Let go of the files."""
        for handle in self.held.values():
            os.close(handle)

    def cut(self, when: str) -> None:
        """Note every state that a cut at this moment may leave."""
        names, keys = self.now(), self.keystore.read_bytes()
        written = {inode: _all(handle) for inode, handle in self.held.items()}
        for listing in (self.names, names, *_one_change_each(self.names, names)):
            for spoil in (_lost, _torn, _there):
                state = {
                    name: self.synced.get(inode, spoil(written[inode])) for name, inode in listing.items()
                }
                self.states.append((when, state, keys, self.acknowledged))

    def fsync(self, handle: int, real: Callable[[int], None]) -> None:
        """What *handle* names is durable from now on."""
        about = os.fstat(handle)
        self.cut("before fsync")
        real(handle)
        if stat.S_ISREG(about.st_mode):
            self.now()
            self.synced[about.st_ino] = _all(self.held[about.st_ino])
        elif about.st_ino == self.folder.stat().st_ino:
            self.names = self.now()
        self.cut("after fsync")


def _all(handle: int) -> bytes:
    return os.pread(handle, os.fstat(handle).st_size, 0)


def _one_change_each(old: dict[str, int], new: dict[str, int]) -> Iterator[dict[str, int]]:
    """*old* with one change towards *new*: a disk may write names in any order."""
    for name in old.keys() | new.keys():
        if old.get(name) != new.get(name):
            changed = old | ({name: new[name]} if name in new else {})
            yield changed if name in new else {other: old[other] for other in old if other != name}


def _lost(data: bytes) -> bytes:
    return b""


def _torn(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes(len(data) - len(data) // 2)


def _there(data: bytes) -> bytes:
    return data


@contextmanager
def watched(disk: Disk) -> Iterator[None]:
    """Every call that changes the folder passes *disk*."""
    real = {name: getattr(os, name) for name in ("fsync", "write", "replace", "rename", "unlink")}

    def noted(name: str) -> Callable:
        def call(*given, **more):
            done = real[name](*given, **more)
            disk.cut(name)
            return done

        return call

    with ExitStack() as stack:
        for name in real:
            stack.enter_context(mock.patch.object(os, name, noted(name)))
        stack.enter_context(mock.patch.object(os, "fsync", lambda handle: disk.fsync(handle, real["fsync"])))
        yield


#: What the index holds after each commit: names of long files, each with a content of its own.
COMMITS = (("s1",), ("s1", "s2"), ("s3",), ("s3", "s4"), ("s3", "s4", "s5"), ("s6",), ("s6", "s7"))


def content(name: str) -> bytes:
    return noise(70_000 if name in {"s3", "s6"} else 900, seed=int(name[1:]))


def commit(folder: SealedFolder, number: int) -> None:
    """Write what is new, then what names it, at once; only then remove what it no longer names."""
    wanted = COMMITS[number]
    for name in wanted:
        if name not in folder.names():
            with folder.create(name) as out:
                out.write(content(name))
    folder.settle()
    folder.write_whole("contents", " ".join(wanted).encode())
    for name in set(folder.names()) - {*wanted, "contents"}:
        folder.delete(name)
    folder.settle()
    folder.drop_keys()


def cuts(home: Path) -> list[tuple[str, State, bytes, int]]:
    """All states of three commits."""
    with a_ring(home) as ring:
        folder = a_folder(home, ring, ahead=2)
        disk = Disk(folder.folder, keystore_path(home))
        with watched(disk):
            for number in range(len(COMMITS)):
                commit(folder, number)
                disk.acknowledged = number + 1
                disk.cut("acknowledged")
        disk.close()
    return disk.states


def wrong(home: Path, states) -> list[str]:
    """The states that show neither the last commit acknowledged nor the one under way, whole."""
    with again(home) as ring:
        root = ring.root()
    seen, found = set(), []
    for when, state, keys, acknowledged in states:
        mark = (tuple(sorted(state.items())), keys, acknowledged)
        if mark not in seen:
            seen.add(mark)
            told = shown(home, root, state, keys)
            if told not in {acknowledged, acknowledged + 1}:
                found.append(f"{when}: {told} after {acknowledged}")
    assert len(seen) > 60
    return found


def shown(home: Path, root: bytes, state: State, keys: bytes) -> int | str:
    """Which commit *state* shows, 0 for none yet; what is wrong with it otherwise."""
    folder = home / "index" / "open"
    for path in folder.iterdir():
        path.unlink()
    for name, data in state.items():
        (folder / name).write_bytes(data)
    keystore_path(home).write_bytes(keys)
    with again(home, root=root) as ring:
        opened = a_folder(home, ring)
        try:
            names = opened.read("contents").decode().split()
            if any(whole(opened, name) != content(name) for name in names):
                return "another content"
        except FileNotFoundError:
            return "a file is missing" if (folder / "contents").exists() else 0
        except ArchiveError as failure:
            return failure.code
    return COMMITS.index(tuple(names)) + 1


def test_rel_D1b_after_a_power_cut_at_any_call_the_index_is_as_before_or_as_after(tmp_path):
    """Whatever of the un-synced bytes and names is lost: what is named opens whole, and no acknowledged commit is gone."""
    states = cuts(tmp_path)

    assert [] == wrong(tmp_path, states)
    assert set(range(len(COMMITS) + 1)) == {acknowledged for *_, acknowledged in states}
    assert {"write", "replace", "unlink", "before fsync", "after fsync"} < {when for when, *_ in states}


def without_syncing_files(monkeypatch):
    from archive import durable

    def settled(file) -> None:
        file._kept = True
        file._close()

    monkeypatch.setattr(durable.NewFile, "settle", settled)


def without_syncing_names(monkeypatch):
    monkeypatch.setattr(SealedFolder, "settle", lambda self: None)


def with_keys_dropped_first(monkeypatch):
    real = SealedFolder.write_whole

    def early(self, name, data):
        for old in set(self.names()) - {*data.decode().split(), name}:
            self.delete(old)
        self.drop_keys()
        real(self, name, data)

    monkeypatch.setattr(SealedFolder, "write_whole", early)


@pytest.mark.parametrize("careless", [without_syncing_files, without_syncing_names, with_keys_dropped_first])
def test_rel_D1b_witness_a_commit_that_does_not_sync_or_deletes_too_early_is_caught(
    tmp_path, monkeypatch, careless
):
    """The same states of a storage without one of its precautions: some cannot be read."""
    careless(monkeypatch)
    states = cuts(tmp_path)
    monkeypatch.undo()

    assert wrong(tmp_path, states)
