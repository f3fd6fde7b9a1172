"""The keystore: wrapped keys in a small SQLite database of their own (reliability §5.2, §5.6; decision 13).

This module does not know how keys are wrapped; every secret passes through it as sealed bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from archive.durable import private_folder, storing, sync_folder
from archive.errors import DatabaseDamaged, NotEmpty
from archive.faults import point
from archive.keyfile import KeyFile
from archive.slots import Cost, Slot, SlotKind

#: Keys handled in one transaction of a long pass.
BATCH = 500

#: What of the keystore goes into a key pack: tables and columns, each complete (docs/format.md).
PACKED: Mapping[str, str] = {
    "meta": "name, value",
    "slot": "number, kind, memory, passes, lanes, salt, wrapped, created_at, tag",
    "kek": "bucket, epoch, wrapped, uses",
    "rotation": "only, target, after_uid, done",
    "dek": "uid, bucket, epoch, wrapped, created_at",
}


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
    _written(folder, lambda store: store.found(instance, proof, slots))


def bring_back(folder: Path, rows: Iterable[Sequence[object]]) -> None:
    """The same out of the rows of a key pack; raises `NotEmpty`, `DatabaseDamaged` for rows that are none."""
    _written(folder, lambda store: store.unpack(rows))


def _written(folder: Path, fill: Callable[[Keystore], None]) -> None:
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
            fill(store)
    finally:
        store.close()
    with storing(path):
        point("keys.create.before_rename")
        temp.rename(path)
        sync_folder(path.parent)


class Keystore(KeyFile):
    """The rows of the keystore; every method is called inside `reading` or `writing`."""

    # --- meta and slots ------------------------------------------------------------------

    def found(self, instance: str, proof: bytes, slots: Sequence[Slot]) -> None:
        """The tables and first rows of a new keystore."""
        self._raise_format(0)
        rows: tuple[tuple[str, object], ...] = (("instance", instance), ("proof", proof), ("epoch", 1))
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

    # --- keys of index segments ----------------------------------------------------------

    def segment_key(self, name: str) -> bytes | None:
        """The wrapped key of one segment."""
        row = self._db.execute("SELECT wrapped FROM segment_key WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def segment_names(self) -> list[str]:
        """Every segment key's name, in order."""
        return [row[0] for row in self._db.execute("SELECT name FROM segment_key ORDER BY name")]

    def add_segment_keys(self, rows: Iterable[tuple[str, bytes]], at: int) -> None:
        """Keep new keys of segments: name and wrapped key."""
        self._db.executemany("INSERT INTO segment_key VALUES (?, ?, ?)", ((*row, at) for row in rows))

    def drop_segment_keys(self, names: Iterable[str]) -> None:
        """Delete keys of segments, their bytes overwritten (secure_delete)."""
        self._db.executemany("DELETE FROM segment_key WHERE name = ?", ((name,) for name in names))

    # --- epochs of key packs --------------------------------------------------------------

    def pack_epoch(self, number: int) -> bytes | None:
        """The wrapped secret of one epoch."""
        row = self._db.execute("SELECT wrapped FROM pack_epoch WHERE number = ?", (number,)).fetchone()
        return row[0] if row else None

    def pack_epochs(self) -> list[int]:
        """Every epoch with a secret, oldest first; the last is the current one."""
        return [row[0] for row in self._db.execute("SELECT number FROM pack_epoch ORDER BY number")]

    def add_pack_epoch(self, number: int, wrapped: bytes, at: int) -> None:
        """Keep the secret of a new epoch."""
        self._db.execute("INSERT INTO pack_epoch VALUES (?, ?, ?)", (number, wrapped, at))

    def retire_pack_epochs(self) -> int:
        """Delete the secrets of every epoch but the current one; how many there were."""
        gone = self._db.execute("DELETE FROM pack_epoch WHERE number < (SELECT max(number) FROM pack_epoch)")
        return gone.rowcount

    # --- rows for a key pack ----------------------------------------------------------------

    def packed(self) -> Iterator[tuple[object, ...]]:
        """Table and columns of every row a copy of the keystore needs; its epochs and keys of segments stay here."""
        for table, columns in PACKED.items():
            rows = self._db.execute(f"SELECT {columns} FROM {table}")  # noqa: S608  # names of our own
            for row in rows:
                yield (table, *row)

    def unpack(self, rows: Iterable[Sequence[object]]) -> None:
        """The tables of a new keystore, filled with rows of `packed`; raises `DatabaseDamaged` for what is none."""
        self._raise_format(0)
        for table, *values in rows:
            if table == "meta" and values[:1] == ["format"]:
                continue  # the file's own
            columns = PACKED.get(str(table))
            if columns is None or len(values) != columns.count(",") + 1:
                raise DatabaseDamaged(path=str(self.path), why="pack")
            holes = ", ".join("?" * len(values))
            self._db.execute(f"INSERT INTO {table} ({columns}) VALUES ({holes})", values)  # noqa: S608

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

    def _slot(self, row: tuple[Any, ...]) -> Slot:
        number, kind, memory, passes, lanes, at, *sealed = row
        try:
            cost = None if memory is None else Cost(int(memory), int(passes), int(lanes))
            salt, wrapped, tag = (bytes(one) for one in sealed)
            return Slot(number, SlotKind(kind), cost, int(at), salt, wrapped, tag)
        except (TypeError, ValueError):
            raise DatabaseDamaged(path=str(self.path), why="slot") from None
