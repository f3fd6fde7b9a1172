"""The keystore as a file: settings, transactions, format and what its failures mean (reliability §5.6).

This module does not know what the rows say (`archive/keystore.py`).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archive.durable import storing
from archive.errors import (
    ArchiveError,
    Busy,
    DatabaseDamaged,
    DiskFull,
    NoKey,
    SchemaNewer,
    StorageFailed,
)
from archive.faults import point

_PRAGMAS = (
    "PRAGMA journal_mode=DELETE",
    "PRAGMA synchronous=EXTRA",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA mmap_size=0",
)

#: What each format added to the one before; a keystore of an earlier one is brought up when it is opened.
_STEPS = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
        """CREATE TABLE slot (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, memory INTEGER, passes INTEGER,
           lanes INTEGER, salt BLOB NOT NULL, wrapped BLOB NOT NULL, created_at INTEGER NOT NULL,
           tag BLOB NOT NULL)""",
        """CREATE TABLE kek (bucket TEXT NOT NULL, epoch INTEGER NOT NULL, wrapped BLOB NOT NULL,
           uses INTEGER NOT NULL, PRIMARY KEY (bucket, epoch)) WITHOUT ROWID""",
        """CREATE TABLE dek (uid TEXT PRIMARY KEY, bucket TEXT NOT NULL, epoch INTEGER NOT NULL,
           wrapped BLOB NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE rotation (only INTEGER PRIMARY KEY CHECK (only = 1), target INTEGER NOT NULL,
           after_uid TEXT NOT NULL, done INTEGER NOT NULL)""",
    ),
    (
        """CREATE TABLE segment_key (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL, created_at INTEGER NOT NULL)
           WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE pack_epoch (number INTEGER PRIMARY KEY, wrapped BLOB NOT NULL, created_at INTEGER NOT NULL)""",
    ),
)

#: The format of the database; a later program may read an earlier one, never the reverse.
FORMAT = len(_STEPS)


class KeyFile:
    """One connection, used by one thread at a time; writing is one immediate transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        if not path.exists():
            raise NoKey(path=str(path))
        with self.reading():
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        with self.lock:
            self._db.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One thread at a time, the database's failures told as ours."""
        with self.lock:
            try:
                with storing(self.path):
                    yield
            except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
                raise
            except sqlite3.Error as failure:
                raise _told(failure, self.path) from failure

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it, or none; a key clash comes out as `sqlite3.IntegrityError`."""
        with self.reading():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def alone(self, what: str, *, lock: str = "keystore", wait: float = 0) -> Iterator[None]:
        """Hold the long-work lock called *lock*; raises `Busy` when another has it for *wait* seconds more."""
        with storing(self.path):
            handle = os.open(
                self.path.with_name(f"{lock}.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600
            )
        try:
            _take(handle, what, time.monotonic() + wait)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Everything read in the block stands as at its beginning; who writes waits for its end."""
        with self.reading():
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")

    def stamp(self) -> tuple[int, int]:
        """A cheap sign that some process has written: the file's number and time of change."""
        with storing(self.path):
            now = self.path.stat()
        return now.st_ino, now.st_mtime_ns

    def integrity(self) -> None:
        """SQLite's own check; raises `DatabaseDamaged`."""
        with self.reading():
            verdict = self._db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if verdict != "ok":
            raise DatabaseDamaged(path=str(self.path), why=verdict)

    def rewrite(self) -> None:
        """Write the file anew without a trace of what was deleted: pages may hold more than their rows (K2)."""
        with self.reading():
            self._db.execute("VACUUM")

    # --- inside --------------------------------------------------------------------------

    def _meta(self, name: str) -> Any:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise DatabaseDamaged(path=str(self.path), why=name)
        return row[0]

    def _prepare(self) -> None:
        with self.reading():
            for pragma in _PRAGMAS:
                self._db.execute(pragma)
            if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                return
            outdated = self._format() < FORMAT
        if outdated:
            with self.writing():
                self._raise_format(self._format())
                point("keys.upgrade.inside")

    def _format(self) -> int:
        """The file's format; raises `SchemaNewer`, or `DatabaseDamaged` if it is none."""
        found = self._meta("format")
        if not isinstance(found, int) or found < 1:
            raise DatabaseDamaged(path=str(self.path), why="format")
        if found > FORMAT:
            raise SchemaNewer(found=found, known=FORMAT)
        return found

    def _raise_format(self, found: int) -> None:
        """From format *found* (0: a new file) to ours, within a transaction."""
        for step in _STEPS[found:]:
            for table in step:
                self._db.execute(table)
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('format', ?)", (FORMAT,))


def _take(handle: int, what: str, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise Busy(what=what) from None
            time.sleep(0.05)
        else:
            return


#: What SQLite's primary result codes mean here.
_MEANINGS: dict[int, type[ArchiveError]] = {
    sqlite3.SQLITE_BUSY: Busy,
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_CORRUPT: DatabaseDamaged,
    sqlite3.SQLITE_NOTADB: DatabaseDamaged,
    sqlite3.SQLITE_IOERR: StorageFailed,
    sqlite3.SQLITE_CANTOPEN: StorageFailed,
    sqlite3.SQLITE_READONLY: StorageFailed,
}


def _told(failure: sqlite3.Error, path: Path) -> ArchiveError:
    """Our error for SQLite's; a statement that does not fit the tables means the tables are not ours."""
    code = getattr(failure, "sqlite_errorcode", 0) & 0xFF
    name = getattr(failure, "sqlite_errorname", type(failure).__name__)
    return _MEANINGS.get(code, DatabaseDamaged)(path=str(path), why=name, what=path.name)
