"""The keystore: wrapped keys in a small SQLite database of their own (reliability §5.2, §5.6; decision 13).

This module does not know how keys are wrapped; every secret passes through it as sealed bytes.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from archive.durable import private_folder, storing, sync_folder
from archive.errors import (
    ArchiveError,
    Busy,
    DatabaseDamaged,
    DiskFull,
    NoKey,
    NotEmpty,
    SchemaNewer,
    StorageFailed,
)
from archive.faults import point
from archive.slots import Cost, Slot, SlotKind

#: Keys handled in one transaction of a long pass.
BATCH = 500

#: The format of the database; a later program may read an earlier one, never the reverse.
FORMAT = 1

_PRAGMAS = (
    "PRAGMA journal_mode=DELETE",
    "PRAGMA synchronous=EXTRA",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA mmap_size=0",
)

_SCHEMA = (
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
)


class DekRow(NamedTuple):
    """A record's wrapped key and the bucket key that wraps it."""

    uid: str
    bucket: str
    epoch: int
    wrapped: bytes


class Rotation(NamedTuple):
    """How far a rotation has come: records up to *after_uid* are under epoch *target*."""

    target: int
    after_uid: str
    done: int


def keystore_path(folder: Path) -> Path:
    """Where the keystore of the instance in *folder* is."""
    return folder / "keys" / "keystore.db"


def create_keystore(folder: Path, instance: str, proof: bytes, slots: Sequence[Slot]) -> None:
    """Write a keystore that is complete or absent; raises `NotEmpty` where there is one."""
    path = keystore_path(folder)
    if path.exists():
        raise NotEmpty(path=str(path))
    temp = path.with_suffix(".new")
    with storing(path):
        private_folder(path.parent)
        path.parent.chmod(0o700)
        temp.unlink(missing_ok=True)
        temp.with_name(temp.name + "-journal").unlink(missing_ok=True)
        os.close(os.open(temp, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    store = Keystore(temp)
    try:
        with store.writing():
            store.found(instance, proof, slots)
    finally:
        store.close()
    with storing(path):
        point("keys.create.before_rename")
        temp.rename(path)
        sync_folder(path.parent)


class Keystore:
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
    def alone(self, what: str) -> Iterator[None]:
        """Hold the keystore's long-work lock; raises `Busy` when another process has it."""
        with storing(self.path):
            handle = os.open(self.path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            _take(handle, what)
            yield
        finally:
            os.close(handle)

    def stamp(self) -> tuple[int, int]:
        """A cheap sign that some process has written: the file's number and time of change."""
        with storing(self.path):
            now = self.path.stat()
        return now.st_ino, now.st_mtime_ns

    # --- meta and slots ------------------------------------------------------------------

    def found(self, instance: str, proof: bytes, slots: Sequence[Slot]) -> None:
        """The tables and first rows of a new keystore."""
        for table in _SCHEMA:
            self._db.execute(table)
        rows: tuple[tuple[str, object], ...] = (
            ("format", FORMAT), ("instance", instance), ("proof", proof), ("epoch", 1),
        )  # fmt: skip
        self._db.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        for slot in slots:
            self.add_slot(slot)

    def instance(self) -> str:
        """The random name of the instance, bound into every wrapped key."""
        return str(self._meta("instance"))

    def proof(self) -> bytes:
        """The sealed value that only the right ROOT opens."""
        return bytes(self._meta("proof"))

    def epoch(self) -> int:
        """The epoch under which new record keys are wrapped."""
        return int(self._meta("epoch"))

    def slots(self) -> list[Slot]:
        """Every slot, oldest first."""
        rows = self._db.execute(
            "SELECT number, kind, memory, passes, lanes, created_at, salt, wrapped, tag FROM slot ORDER BY number"
        )
        return [self._slot(row) for row in rows]

    def add_slot(self, slot: Slot) -> int:
        """Keep *slot*; returns its number."""
        cost = (slot.cost.memory, slot.cost.passes, slot.cost.lanes) if slot.cost else (None, None, None)
        row = (slot.kind.value, *cost, slot.created_at, slot.salt, slot.wrapped, slot.tag)
        made = self._db.execute(
            "INSERT INTO slot (kind, memory, passes, lanes, created_at, salt, wrapped, tag) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        return int(made.lastrowid or 0)

    def remove_slot(self, number: int) -> None:
        """Forget a slot."""
        self._db.execute("DELETE FROM slot WHERE number = ?", (number,))

    # --- bucket keys ---------------------------------------------------------------------

    def kek(self, bucket: str, epoch: int) -> bytes | None:
        """The wrapped key of a bucket in an epoch."""
        row = self._db.execute(
            "SELECT wrapped FROM kek WHERE bucket = ? AND epoch = ?", (bucket, epoch)
        ).fetchone()
        return row[0] if row else None

    def keks(self) -> list[tuple[str, int]]:
        """Every bucket and epoch with a key."""
        return self._db.execute("SELECT bucket, epoch FROM kek ORDER BY bucket, epoch").fetchall()

    def add_kek(self, bucket: str, epoch: int, wrapped: bytes) -> None:
        """Keep a new bucket key."""
        self._db.execute("INSERT INTO kek VALUES (?, ?, ?, 0)", (bucket, epoch, wrapped))

    def used(self, bucket: str, epoch: int, times: int) -> None:
        """Count wrappings under a bucket key: random nonces want far fewer than 2^32 of them."""
        self._db.execute(
            "UPDATE kek SET uses = uses + ? WHERE bucket = ? AND epoch = ?", (times, bucket, epoch)
        )

    def most_used(self) -> int:
        """The wrappings made under the busiest bucket key."""
        return int(self._db.execute("SELECT coalesce(max(uses), 0) FROM kek").fetchone()[0])

    def retire_keks(self, epoch: int) -> None:
        """Drop bucket keys older than *epoch* that wrap nothing any more."""
        self._db.execute(
            "DELETE FROM kek WHERE epoch < ? AND (bucket, epoch) NOT IN (SELECT DISTINCT bucket, epoch FROM dek)",
            (epoch,),
        )

    # --- record keys ---------------------------------------------------------------------

    def dek(self, uid: str) -> DekRow | None:
        """The wrapped key of one record."""
        row = self._db.execute("SELECT uid, bucket, epoch, wrapped FROM dek WHERE uid = ?", (uid,)).fetchone()
        return DekRow(*row) if row else None

    def deks(self, uids: Iterable[str]) -> list[DekRow]:
        """The wrapped keys of several records at once; those that have none are left out."""
        rows = self._db.execute(
            "SELECT uid, bucket, epoch, wrapped FROM dek WHERE uid IN (SELECT value FROM json_each(?))",
            (json.dumps(list(uids)),),
        )
        return [DekRow(*row) for row in rows]

    def deks_after(self, uid: str) -> list[DekRow]:
        """The next batch of record keys in order of uid."""
        rows = self._db.execute(
            "SELECT uid, bucket, epoch, wrapped FROM dek WHERE uid > ? ORDER BY uid LIMIT ?", (uid, BATCH)
        )
        return [DekRow(*row) for row in rows]

    def uids_before(self, cutoff: float, after: str) -> list[str]:
        """The next batch of records whose keys were made before *cutoff* (Unix seconds)."""
        rows = self._db.execute(
            "SELECT uid FROM dek WHERE created_at < ? AND uid > ? ORDER BY uid LIMIT ?",
            (cutoff, after, BATCH),
        )
        return [row[0] for row in rows]

    def add_deks(self, rows: Iterable[DekRow], at: int) -> None:
        """Keep new record keys; raises `sqlite3.IntegrityError` if a uid has one."""
        self._db.executemany("INSERT INTO dek VALUES (?, ?, ?, ?, ?)", ((*row, at) for row in rows))

    def rewrap(self, rows: Iterable[DekRow]) -> None:
        """Replace wrapped keys in place."""
        self._db.executemany(
            "UPDATE dek SET epoch = ?, wrapped = ? WHERE uid = ?",
            ((row.epoch, row.wrapped, row.uid) for row in rows),
        )

    def drop_deks(self, uids: Iterable[str]) -> int:
        """Delete record keys, their bytes overwritten (secure_delete); how many there were."""
        before = self._db.total_changes
        self._db.executemany("DELETE FROM dek WHERE uid = ?", ((uid,) for uid in uids))
        return self._db.total_changes - before

    def count(self) -> int:
        """How many records have a key."""
        return int(self._db.execute("SELECT count(*) FROM dek").fetchone()[0])

    # --- rotation ------------------------------------------------------------------------

    def rotation(self) -> Rotation | None:
        """The unfinished rotation, if any."""
        row = self._db.execute("SELECT target, after_uid, done FROM rotation").fetchone()
        return Rotation(*row) if row else None

    def begin_rotation(self) -> Rotation:
        """From now on new keys belong to the next epoch, and a progress row stands."""
        target = self.epoch() + 1
        self._db.execute("UPDATE meta SET value = ? WHERE name = 'epoch'", (target,))
        self._db.execute("INSERT INTO rotation VALUES (1, ?, '', 0)", (target,))
        return Rotation(target, "", 0)

    def rotated(self, step: Rotation) -> None:
        """Move the progress row."""
        self._db.execute("UPDATE rotation SET after_uid = ?, done = ?", (step.after_uid, step.done))

    def end_rotation(self) -> None:
        """Take the progress row away."""
        self._db.execute("DELETE FROM rotation")

    def integrity(self) -> None:
        """SQLite's own check; raises `DatabaseDamaged`."""
        with self.reading():
            verdict = self._db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if verdict != "ok":
            raise DatabaseDamaged(path=str(self.path), why=verdict)

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
            found = self._meta("format")
            if found != FORMAT:
                raise SchemaNewer(found=found, known=FORMAT)

    def _slot(self, row: tuple[Any, ...]) -> Slot:
        number, kind, memory, passes, lanes, at, *sealed = row
        try:
            cost = None if memory is None else Cost(int(memory), int(passes), int(lanes))
            salt, wrapped, tag = (bytes(one) for one in sealed)
            return Slot(number, SlotKind(kind), cost, int(at), salt, wrapped, tag)
        except (TypeError, ValueError):
            raise DatabaseDamaged(path=str(self.path), why="slot") from None


def _take(handle: int, what: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Busy(what=what) from None


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
