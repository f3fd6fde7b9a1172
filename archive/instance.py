"""An instance: a folder with its settings, database, keys and vault, opened together.

Two ways in: `work` for changes (one transaction, one line or more in the log), `ask` for questions.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from archive import audit, clocks, config, db, migrate, policy
from archive.acts import Act
from archive.conditions import Actor
from archive.config import Origin, Settings
from archive.errors import ArchiveError, DatabaseDamaged, NoInstance
from archive.keys import Keyring
from archive.model import Checkpoint
from archive.ports import Ports
from archive.unit import Line, Tools, Unit
from archive.values import Level, Role
from archive.vault import Vault

Who = Actor | Callable[[Session, dt.datetime], Actor]

#: The clock's own actor: no person, no content (decision 5).
SYSTEM = Actor("system", "system", frozenset({Role.SYSTEM}), "", Level.PUBLIC, client="system")


def utc_now() -> dt.datetime:
    """The machine's clock; handed in from outside, so that tests can hold it."""
    return dt.datetime.now(dt.UTC)


class Closing(Protocol):
    """What can be let go of."""

    def close(self) -> None:
        """Let go of files and memory."""


@dataclass(slots=True)
class Instance:
    """Everything one office has, opened; *beside*: what other packages keep open as long as it is, by name."""

    home: Path
    settings: Settings
    origins: list[Origin]
    keys: Keyring
    vault: Vault
    engine: Engine
    ports: Ports
    clock: Callable[[], dt.datetime] = utc_now
    beside: dict[str, Closing] = field(default_factory=dict, repr=False)

    @property
    def database(self) -> Path:
        """The catalogue's file."""
        return self.home / "catalogue.db"

    @property
    def index_folder(self) -> Path:
        """Where the index lives."""
        return self.home / "index"

    @property
    def signer(self) -> Ed25519PrivateKey:
        """The log's signing key, derived from the root key."""
        return audit.signer(self.keys.subkey("audit-signing"))

    @contextmanager
    def work(self, who: Who, intent: Act) -> Iterator[Unit]:
        """A unit that commits the whole act or none of it; refusals and errors leave their line either way."""
        with self._unit(who, intent, reading=False) as unit:
            yield unit
            unit.session.flush()
            note = self._close(unit.session, unit, unit.lines)
        self._anchor(note)

    @contextmanager
    def ask(self, who: Who, intent: Act) -> Iterator[Unit]:
        """A unit for questions: takes no write lock unless a look must be logged, and then before it returns."""
        with self._unit(who, intent, reading=True) as unit:
            unit.log_now = lambda: self._keep(unit, unit.lines)
            yield unit
            self._keep(unit, unit.lines)

    @contextmanager
    def _unit(self, who: Who, intent: Act, *, reading: bool) -> Iterator[Unit]:
        with db.told(self.database), db.sessions(self.engine, reading=reading)() as session:
            session.connection()
            now = self.clock()
            if intent not in clocks.MEANWHILE:
                clocks.check(
                    session, now
                )  # before the unit: its line, dated too early, would be one more wrong one
            actor = who if isinstance(who, Actor) else who(session, now)
            unit = Unit(session, actor, Tools(self.keys, self.vault, self.settings, self.ports), now, intent)
            try:
                self._ready(unit)
                yield unit
            except ArchiveError as error:
                unit.failed(error)
                self._keep(unit, [line for line in unit.lines if reading or line.outcome != "done"])
                raise
            except BaseException:
                self._keep(unit, unit.lines if reading else [])  # what was looked at was looked at
                raise

    def _ready(self, unit: Unit) -> None:
        found = policy.waiting(unit.actor, unit.intent)
        if found is not None:
            raise found

    def _keep(self, unit: Unit, lines: list[Line]) -> None:
        """Undo the unit's changes and write *lines* in a transaction of their own."""
        unit.session.expunge_all()  # what was read stays readable after the transaction
        unit.session.rollback()
        despite, unit.lines, unit.despite = unit.despite, [], []
        if not lines:
            return
        with self._session() as log:
            for change in despite:
                change(log)
            log.flush()
            note = self._close(log, unit, lines)
        self._anchor(note)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with db.told(self.database), db.sessions(self.engine)() as session:
            session.connection()
            yield session

    def _close(self, session: Session, unit: Unit, lines: list[Line]) -> Checkpoint | None:
        Unit.write_log(_in(unit, session), lines)
        note = audit.checkpoint(session, self.signer, unit.now)
        db.commit(session)
        return note

    def _anchor(self, note: Checkpoint | None) -> None:
        if note is not None and self.settings.anchor_file:
            try:
                audit.write_anchor(Path(self.settings.anchor_file).expanduser(), note.note)
            except OSError:
                return  # `doctor` and `audit verify` show the age of the last anchor

    def check_clock(self, session: Session) -> None:
        """Raise `ClockSetBack` if the machine's clock stands before the newest line (M1)."""
        clocks.check(session, self.clock())

    def close(self) -> None:
        """Let go of connections and keys, and of what was kept open beside them."""
        while self.beside:
            self.beside.popitem()[1].close()
        self.engine.dispose()
        self.keys.close()


def _in(unit: Unit, session: Session) -> Unit:
    """The same unit over another session, for its log."""
    if unit.session is session:
        return unit
    tools = Tools(unit.keys, unit.vault, unit.settings, unit.ports)
    return Unit(session, unit.actor, tools, unit.now, unit.intent)


def open_instance(
    home: Path,
    unlock: Callable[[Path, Settings], Keyring],
    ports: Ports,
    *,
    clock: Callable[[], dt.datetime] = utc_now,
) -> Instance:
    """Open the instance in *home*; raises `NoInstance`, `SettingUnknown`, key errors, `SchemaNewer`."""
    os.umask(0o077)
    if not (home / config.FILE).exists():
        raise NoInstance(path=home)
    settings, origins = config.load(home)
    if not (home / "catalogue.db").exists():
        raise DatabaseDamaged(path=home / "catalogue.db", why="—")
    engine = db.open_engine(db.sqlite_url(home / "catalogue.db"), journal=settings.journal)
    with db.told(home / "catalogue.db"):
        migrate.check(engine)
    keys = unlock(home, settings)
    return Instance(home, settings, origins, keys, Vault(home, keys), engine, ports, clock)
