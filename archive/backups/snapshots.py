"""The catalogue of a set: taken at one committed moment, and looked into afterwards without a lock (B1, §5.6)."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from archive import db
from archive.backups import manifest, pools
from archive.durable import storing, sync_folder
from archive.instance import Instance
from archive.vault import BlobRef

_STORED = "SELECT uid, content_id, size, stored_size, stored_sha256 FROM blob WHERE erased_at IS NULL ORDER BY content_id, uid"
_COUNTS = """SELECT (SELECT count(*) FROM blob WHERE erased_at IS NULL),
 (SELECT count(*) FROM volume) + (SELECT count(*) FROM item)"""


def take(instance: Instance, place: Path) -> None:
    """The catalogue as at one committed moment, without free pages; raises `DiskFull`, `StorageFailed`, `DatabaseDamaged`."""
    target = place / pools.CATALOGUE
    temp = manifest.spare(target)
    with storing(place):
        os.close(os.open(temp, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with db.told(place), closing(sqlite3.connect(instance.database, timeout=20)) as live:
        live.execute("PRAGMA temp_store=MEMORY")
        live.execute("VACUUM INTO ?", (str(temp),))
    with storing(place):
        handle = os.open(temp, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        temp.replace(target)
        sync_folder(place)


def frozen(path: Path) -> sqlite3.Connection:
    """A catalogue nobody writes to, open for questions only: no lock, no file beside it."""
    return sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)


def counts(raw: sqlite3.Connection) -> tuple[int, int]:
    """How many stored files and how many records a snapshot knows."""
    files, records = raw.execute(_COUNTS).fetchone()
    return int(files), int(records)


def sound(path: Path) -> bool:
    """True if SQLite's own check finds nothing wrong with such a catalogue."""
    try:
        with closing(frozen(path)) as raw:
            return bool(raw.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError:
        return False


def refs(raw: sqlite3.Connection) -> Iterator[BlobRef]:
    """In the order of their names, as every list has them."""
    for row in raw.execute(_STORED):
        yield BlobRef(*row)
