"""One at a time: making, forgetting, trying and mending from sets; the second says who holds the lock (X4)."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.acts import Act
from archive.durable import storing
from archive.errors import BackupUnderWay

LOCK = "backups.lock"


@contextmanager
def alone(home: Path, act: Act, now: dt.datetime) -> Iterator[None]:
    """Be the one process that works on the sets of the instance in *home*; raises `BackupUnderWay`.

    The lock goes with the process, also by kill -9.
    """
    path = home / LOCK
    with storing(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _held(handle) from None
        with storing(path):
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps([act.value, os.getpid(), now.isoformat()]).encode(), 0)
        yield
    finally:
        os.close(handle)


def _held(handle: int) -> BackupUnderWay:
    try:
        act, pid, since = json.loads(os.pread(handle, 400, 0))
        return BackupUnderWay(act=Act(act), pid=pid, since=dt.datetime.fromisoformat(since))
    except (ValueError, TypeError):
        return BackupUnderWay(act=Act.BACKUP_CREATE, pid="?", since="?")
