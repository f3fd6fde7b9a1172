"""The log and the outbox: what was done, and what the index has still to hear."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from archive.model.base import Base


class Event(Base):
    """One line of the log, chained to the line before (`archive.audit`); never changed."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_object", "object_uid"), Index("ix_event_actor", "actor_uid"))

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32), comment="UTC, ISO 8601 with microseconds")
    actor_uid: Mapped[str] = mapped_column(String(32))
    account: Mapped[str] = mapped_column(String(60))
    act: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(40), comment="done, or the code of the refusal")
    object_kind: Mapped[str] = mapped_column(String(20))
    object_uid: Mapped[str] = mapped_column(String(32))
    object_code: Mapped[str] = mapped_column(String(120))
    facts: Mapped[str] = mapped_column(Text, comment="canonical JSON of ids, codes, dates and counts")
    sealed: Mapped[bytes] = mapped_column(LargeBinary, comment="names and free text, under the record's key")
    client: Mapped[str] = mapped_column(String(20))
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Checkpoint(Base):
    """A signed statement of the log's size and Merkle root."""

    __tablename__ = "checkpoint"

    size: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    root: Mapped[str] = mapped_column(String(64))
    peaks: Mapped[str] = mapped_column(Text, comment="roots of the perfect subtrees, left to right")
    signed_at: Mapped[dt.datetime]
    note: Mapped[str] = mapped_column(Text, comment="C2SP signed note")


class IndexTask(Base):
    """The outbox: a record the index must read again, or forget."""

    __tablename__ = "index_task"
    __table_args__ = (Index("ix_index_task_record", "record_uid", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    record_uid: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
