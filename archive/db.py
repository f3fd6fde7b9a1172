"""The database: engine, settings of SQLite, transactions, and the machine's faults as sentences.

Writing transactions begin IMMEDIATE, so that two of them queue instead of failing half-way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, NoResultFound, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from archive.errors import ArchiveError, Busy, DatabaseDamaged, DiskFull, StorageFailed
from archive.faults import point

PRAGMAS = {
    "foreign_keys": "ON", "busy_timeout": "20000", "secure_delete": "ON", "temp_store": "MEMORY",
    "trusted_schema": "OFF", "cell_size_check": "ON", "mmap_size": "0", "cache_size": "-16000",
}  # fmt: skip

#: Library versions without the WAL-reset corruption (reliability §0.5): 3.51.3+, or a back-port.
_WAL_BACKPORTS = {(3, 44): 6, (3, 50): 7}


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """True if this SQLite can keep a write-ahead log with several connections."""
    back_port = _WAL_BACKPORTS.get(version[:2])
    return version >= (3, 51, 3) or (back_port is not None and version[2] >= back_port)


def journal_mode(wanted: str, version: tuple[int, int, int] = sqlite3.sqlite_version_info[:3]) -> str:
    """`auto` chooses by the library's version; `wal` and `truncate` are taken at their word."""
    return ("wal" if wal_is_safe(version) else "truncate") if wanted == "auto" else wanted


#: Connections kept open between uses: one for each thread that serves; and how many more there may be at a time, since
#: a thread that reads may write a line of the log beside, and jobs, rounds and the index have their own. A service asks
#: more different questions than the 500 whose compiled form SQLAlchemy keeps unasked.
POOL: Mapping[str, Any] = {"pool_size": 8, "max_overflow": 40, "query_cache_size": 1500}


def open_engine(url: str, *, journal: str = "auto") -> Engine:
    """An engine for *url* with the settings of reliability §5.6; opens nothing yet."""
    engine = create_engine(url, **POOL)
    if engine.dialect.name == "sqlite":
        mode = journal_mode(journal)
        event.listen(engine, "connect", lambda raw, _: _prepare(raw, mode))
        event.listen(engine, "begin", _begin)
        event.listen(engine, "checkin", _ended)
    return engine


def sqlite_url(path: Path) -> str:
    """The URL of the SQLite file at *path*."""
    return f"sqlite:///{path}"


def _prepare(raw: Any, mode: str) -> None:
    raw.isolation_level = None
    cursor = raw.cursor()
    try:
        for name, value in PRAGMAS.items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.execute(f"PRAGMA journal_mode={mode}")
        cursor.execute("PRAGMA synchronous=" + ("FULL" if mode == "wal" else "EXTRA"))
    except UnicodeDecodeError as slip:  # SQLite's complaint quotes the damaged schema
        raise sqlite3.DatabaseError("malformed database schema") from slip
    finally:
        cursor.close()


def _ended(raw: Any, _: object) -> None:
    """A commit that was refused (busy, full) leaves its transaction open: nobody may inherit it."""
    if raw is not None and getattr(raw, "in_transaction", False):
        raw.rollback()


def _begin(connection: Any) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def sessions(engine: Engine, *, reading: bool = False) -> sessionmaker[Session]:
    """Sessions over *engine*; `reading` ones begin without taking the write lock."""
    bound = engine.execution_options(reading=True) if reading else engine
    return sessionmaker(bound, expire_on_commit=False, autoflush=False)


@contextmanager
def impatient(engine: Engine) -> Iterator[Connection]:
    """A connection for one small change that gives up, instead of waiting, where another writes or reads (`Busy`)."""
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA busy_timeout=20")
        try:
            with connection.begin():
                yield connection
        finally:
            raw.execute(f"PRAGMA busy_timeout={PRAGMAS['busy_timeout']}")


def commit(session: Session) -> None:
    """Commit, with the crash points that tests pull."""
    point("db.before_commit")
    session.commit()
    point("db.after_commit")


@contextmanager
def told(path: object) -> Iterator[None]:
    """Say what the machine refused, in our own words; rules of the schema and defects of ours pass through."""
    try:
        yield
    except DatabaseError as fault:
        known = _known(str(fault.orig), path, operational=isinstance(fault, OperationalError))
        if known is None:
            raise
        raise known from fault
    except sqlite3.DatabaseError as fault:
        known = _known(str(fault), path, operational=isinstance(fault, sqlite3.OperationalError))
        if known is None:
            raise
        raise known from fault
    except (LookupError, ValueError, NoResultFound) as fault:
        if not _of_a_row(fault):
            raise
        raise DatabaseDamaged(path=path, why=type(fault).__name__) from fault


def _of_a_row(fault: Exception) -> bool:
    """True if *fault* came from a stored value that cannot be: raised while SQLAlchemy was reading rows."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return False
    module = str(trace.tb_frame.f_globals.get("__name__"))
    return module.startswith("sqlalchemy.") or trace.tb_frame.f_code.co_name == "process_result_value"


_DAMAGED = ("malformed", "not a database", "no such table", "no such column", "Could not decode to UTF-8")


def _known(said: str, path: object, *, operational: bool) -> ArchiveError | None:
    if "constraint failed" in said or said.endswith("is kept"):
        return None
    if "full" in said:
        return DiskFull(path=path)
    if "locked" in said:
        return Busy(what=path)
    if any(sign in said for sign in _DAMAGED):
        return DatabaseDamaged(path=path, why=said.partition(" with text ")[0])
    if operational and ("disk I/O" in said or "readonly" in said or "unable to open" in said):
        return StorageFailed(path=path, why=said)
    return None


def integrity(session: Session) -> str | None:
    """What SQLite's own check finds wrong, or None."""
    if session.get_bind().dialect.name != "sqlite":
        return None
    connection = session.connection()  # a question, so it needs no named act
    found = connection.execute(text("PRAGMA integrity_check(3)")).scalars().all()
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    return None if found == ["ok"] and not orphans else "; ".join([*found, *map(str, orphans[:3])])
