"""Where a package is written: a new folder that gets its name when it is whole; what a crash left is cleared away.

Here plaintext lies on a disk that a person chose: each folder is 0700, each file 0600, and nothing is overwritten.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.durable import storing, sync_folder
from archive.errors import FileMissing, InsideInstance, TargetExists


def target(home: Path, to: Path) -> Path:
    """The folder to be made; raises `InsideInstance`, `TargetExists`, `FileMissing` if its parent is none."""
    wanted = to.expanduser().absolute()
    real = wanted.resolve()
    if real.is_relative_to(home.resolve()):
        raise InsideInstance(path=str(to))
    if os.path.lexists(wanted):
        raise TargetExists(path=str(to))
    if not wanted.parent.is_dir():
        raise FileMissing(path=str(wanted.parent))
    return real


@contextmanager
def scratch(wanted: Path, uid: str) -> Iterator[Path]:
    """An empty folder beside *wanted*, cleared of what an earlier run of the same work left; one run at a time.

    Its name holds *uid*, so it is nobody else's. It vanishes unless it has been renamed. Raises `TargetExists`.
    """
    temp = wanted.with_name(f".{uid}.part")
    with storing(wanted.parent):
        temp.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(temp, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _alone(handle, temp)
        with storing(temp):
            for left in temp.iterdir():
                _cleared(left)
        try:
            yield temp
        finally:
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), temp.lstat()):
                    shutil.rmtree(temp, ignore_errors=True)
    finally:
        os.close(handle)


def _alone(handle: int, temp: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as busy:
        raise TargetExists(path=str(temp)) from busy


def _cleared(left: Path) -> None:
    if left.is_dir() and not left.is_symlink():
        shutil.rmtree(left)
    else:
        left.unlink()


def name(temp: Path, wanted: Path) -> None:
    """Give the whole folder its lasting name; raises `TargetExists`, `StorageFailed`."""
    with storing(wanted):
        if os.path.lexists(wanted):
            raise TargetExists(path=str(wanted))
        temp.rename(wanted)
        sync_folder(wanted.parent)
