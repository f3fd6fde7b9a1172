"""New files that appear whole, private and on the disk, or not at all (reliability §5.5).

This module does not know what the bytes are.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.errors import DiskFull, FileMissing, InsideInstance, StorageFailed, TargetExists
from archive.faults import point

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Tell the machine's failures as `DiskFull` or `StorageFailed`, naming *path*."""
    try:
        yield
    except OSError as failure:
        if failure.errno in _FULL:
            raise DiskFull(path=str(path)) from failure
        raise StorageFailed(path=str(path), why=errno.errorcode.get(failure.errno or 0, "?")) from failure


@contextmanager
def locked(path: Path, held: Callable[[int], Exception]) -> Iterator[int]:
    """Hold the lock that *path* is, as an open file; *held* of it is raised if another process has it.

    The lock goes with the process, also by kill -9.
    """
    with storing(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise held(handle) from None
        yield handle
    finally:
        os.close(handle)


def private_folder(folder: Path) -> None:
    """Make *folder* (0700) and whatever is missing above it, each durable in its parent."""
    missing = [folder]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for one in reversed(missing):
        with suppress(FileExistsError):
            one.mkdir(mode=0o700)
            sync_folder(one.parent)


def sync_folder(folder: Path, late: set[Path] | None = None) -> None:
    """Put the names in *folder* on the disk, or leave that to who holds the set *late*."""
    if late is not None:
        late.add(folder)
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class NewFile:
    """A new file (0600) that `keep` gives its lasting name, or `settle` the one it has; otherwise it vanishes.

    After a failed fsync the file is abandoned, never synced again: the kernel may have dropped the pages.
    """

    def __init__(self, temp: Path, *, points: str) -> None:
        self._temp, self._points = temp, points
        with storing(temp.parent):
            self._handle = os.open(temp, _NEW, 0o600)
        self._kept = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append *data*; raises `DiskFull` or `StorageFailed`."""
        rest = memoryview(data)
        with storing(self._temp.parent):
            point(f"{self._points}.chunk")
            while rest:
                rest = rest[os.write(self._handle, rest) :]

    def keep(self, target: Path, *, replace: bool = False, late: set[Path] | None = None) -> None:
        """Sync, rename to *target* (same file system) and sync its folder (or leave that to *late*).

        Raises `TargetExists` (unless *replace*), `DiskFull`, `StorageFailed`.
        """
        with storing(target.parent):
            self._synced()
            if not replace and os.path.lexists(target):
                raise TargetExists(path=str(target))
            self._temp.replace(target)
            self._kept = True
            point(f"{self._points}.after_rename")
            sync_folder(target.parent, late)
            point(f"{self._points}.after_dirsync")

    def settle(self) -> None:
        """Sync, and stay under the first name; whoever needs that name durable syncs its folder."""
        with storing(self._temp.parent):
            self._synced()
        self._kept = True

    def abandon(self) -> None:
        """Remove the file, unless it is kept or settled."""
        self._close()
        if not self._kept:
            with suppress(OSError):
                self._temp.unlink()

    def _synced(self) -> None:
        point(f"{self._points}.before_fsync")
        os.fsync(self._handle)
        point(f"{self._points}.after_fsync")
        self._close()

    def _close(self) -> None:
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            with suppress(OSError):
                os.close(handle)


def free_place(target: Path, home: Path) -> Path:
    """Where a new file for a person goes, looked at before anything is read for it.

    Raises `InsideInstance`, `FileMissing` (no such folder), `TargetExists`.
    """
    path = target.expanduser().absolute()
    if path.resolve().is_relative_to(home.resolve()):
        raise InsideInstance(path=str(target))
    if not path.parent.is_dir():
        raise FileMissing(path=str(path.parent))
    if os.path.lexists(path):
        raise TargetExists(path=str(target))
    return path


@contextmanager
def handed_out(target: Path, home: Path) -> Iterator[NewFile]:
    """A new file for a person, outside *home*: under its name when the block ends well, or not at all.

    Raises as `free_place` does, `DiskFull`, `StorageFailed`.
    """
    path = free_place(target, home)
    with NewFile(path.with_name(f".{secrets.token_hex(8)}.part"), points="export") as file:
        yield file
        file.keep(path)
