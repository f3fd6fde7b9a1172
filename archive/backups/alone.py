"""One at a time: making, forgetting, trying and mending from sets; the second says who holds the lock (X4)."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.acts import Act
from archive.durable import locked, storing
from archive.errors import BackupUnderWay

LOCK = "backups.lock"


@contextmanager
def alone(home: Path, act: Act, now: dt.datetime) -> Iterator[None]:
    """Be the one process that works on the sets of the instance in *home*; raises `BackupUnderWay`."""
    with locked(home / LOCK, _held) as handle:
        with storing(home / LOCK):
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps([act.value, os.getpid(), now.isoformat()]).encode(), 0)
        yield


def _held(handle: int) -> BackupUnderWay:
    try:
        act, pid, since = json.loads(os.pread(handle, 400, 0))
        return BackupUnderWay(act=Act(act), pid=pid, since=dt.datetime.fromisoformat(since))
    except (ValueError, TypeError):
        return BackupUnderWay(act=Act.BACKUP_CREATE, pid="?", since="?")
