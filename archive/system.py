"""The clock's own credential: a token in a file that only the instance's account can read (decision 5).

Without it `--as system` opens nothing; only the token's hash is in the database.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive import secretfile
from archive.acts import Act
from archive.conditions import Actor
from archive.config import Settings
from archive.errors import FileMissing, SecretFileUnsafe, SystemTokenNeeded
from archive.instance import SYSTEM, Instance, Who
from archive.model import SystemCredential
from archive.unit import Unit

FILE = "system.token"


def token_file(home: Path, settings: Settings) -> Path:
    """Where the token lies: as the settings say, else inside the instance."""
    return Path(settings.system_token_file).expanduser() if settings.system_token_file else home / FILE


def make(unit: Unit, *, by: str | None) -> str:
    """A new token, the only one that counts from now on; the caller has named his act.

    *by* is the uid of who enrols it, None when an instance is founded.
    """
    token = secrets.token_urlsafe(32)
    standing = update(SystemCredential).where(SystemCredential.revoked_at.is_(None))
    unit.session.execute(standing.values(revoked_at=unit.now))
    unit.session.add(SystemCredential(token_hash=_hash(token), made_at=unit.now, made_by=by))
    unit.session.flush()
    return token


def enrol(instance: Instance, who: Who) -> Path:
    """Make a new token, revoke the old one, and write it to its file (0600); returns the file.

    Raises what the policy refuses, `FileMissing` (no such folder), `StorageFailed`, `DiskFull`.
    """
    path = token_file(instance.home, instance.settings)
    if not path.parent.is_dir():
        raise FileMissing(path=str(path.parent))
    with instance.work(who, Act.ROUNDS_ENROL) as unit:
        unit.act(Act.ROUNDS_ENROL)
        token = make(unit, by=unit.actor.uid)
    secretfile.write(path, token, replace=True)
    return path


def credential(instance: Instance) -> Who:
    """The clock's actor by the token of this instance, checked inside every transaction.

    Raises `SystemTokenNeeded` without a file, `SecretFileUnsafe` for one that others can read.
    """
    path = token_file(instance.home, instance.settings)
    try:
        token = secretfile.read(path)
    except FileMissing as gone:
        raise SystemTokenNeeded(path=str(path)) from gone
    except SecretFileUnsafe as unsafe:
        if unsafe.facts["why"] is secretfile.Unsafe.EMPTY:
            raise SystemTokenNeeded(path=str(path)) from unsafe
        raise

    def resolve(session: Session, now: dt.datetime) -> Actor:  # noqa: ARG001  # as every credential is asked
        row = session.scalar(select(SystemCredential).where(SystemCredential.token_hash == _hash(token)))
        if row is None or row.revoked_at is not None:
            raise SystemTokenNeeded(path=str(path))
        return SYSTEM

    return resolve


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
