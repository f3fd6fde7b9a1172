"""A person's sitting at this machine: the session file, the way to the key, and the log of our defects.

This module does not know commands; what it must ask a person comes in as a function.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from archive import agent, config
from archive.config import Settings
from archive.durable import private_folder, storing
from archive.errors import FileMissing, NoKey, WrongKey

if TYPE_CHECKING:
    from archive.keys import Keyring

DEFECTS = "defects.log"
_PRIVATE = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)


# --- the session file -------------------------------------------------------------------------


def _session_file(instance_id: str) -> Path:
    return config.own_folder() / "sessions" / f"{instance_id}.json"


def keep_session(instance_id: str, token: str, expires_at: dt.datetime) -> None:
    """Keep *token* in the person's own configuration folder (0600); raises `StorageFailed`, `DiskFull`."""
    path = _session_file(instance_id)
    fresh = path.with_suffix(f".{os.getpid()}")
    told = json.dumps({"token": token, "expires_at": expires_at.isoformat()})
    with storing(path):
        private_folder(path.parent)
        path.parent.chmod(0o700)
        with os.fdopen(os.open(fresh, _PRIVATE, 0o600), "w") as file:
            file.write(told)
        fresh.replace(path)


def kept_session(instance_id: str, now: dt.datetime) -> str | None:
    """The token kept for this instance; None if there is none, it is past, or others could read it."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        path = _session_file(instance_id)
        found = path.lstat()
        if found.st_mode & 0o077 or found.st_uid != os.getuid() or path.is_symlink():
            return None
        told = json.loads(path.read_text("utf-8"))
        if dt.datetime.fromisoformat(told["expires_at"]) > now:
            return str(told["token"])
    return None


def forget_session(instance_id: str) -> None:
    """Drop the kept token."""
    with suppress(OSError):
        _session_file(instance_id).unlink()


# --- the way to the key -----------------------------------------------------------------------


def unlocked(
    home: Path,
    settings: Settings,
    *,
    passphrase: Callable[[], str | None],
    recovery: Callable[[], str | None],
    ask: Callable[[], str | None],
    remember: bool = False,
) -> Keyring:
    """The key ring by: recovery key or passphrase handed in, key file, this log-in's agent, asking.

    What opened by passphrase is left with an agent (decision 5) if a person typed it, or if *remember*.
    Raises `NoKey`, `WrongKey`, `KeyFileUnsafe`, `SlotUnsafe`, `RecoveryMistyped`.
    """
    from archive.keys import Keyring

    if (slip := recovery()) is not None:
        return Keyring.unlock(home, recovery=slip)
    if (given := passphrase()) is not None:
        return _left_with_agent(home, settings, Keyring.unlock(home, passphrase=given), remember=remember)
    if settings.key_file:
        return _by_key_file(home, Path(settings.key_file).expanduser())
    if (found := _by_agent(home)) is not None:
        return found
    if (typed := ask()) is not None:
        return _left_with_agent(home, settings, Keyring.unlock(home, passphrase=typed), remember=True)
    raise NoKey(path=home)


def _by_key_file(home: Path, key_file: Path) -> Keyring:
    from archive.keys import Keyring

    try:
        return Keyring.unlock(home, key_file=key_file)
    except FileMissing as gone:
        raise NoKey(path=home) from gone


def _by_agent(home: Path) -> Keyring | None:
    from archive.keys import Keyring

    root = agent.ask(home)
    if root is None:
        return None
    try:
        return Keyring.unlock(home, root=root)
    except WrongKey:
        agent.lock(home)
        return None


def _left_with_agent(home: Path, settings: Settings, keys: Keyring, *, remember: bool) -> Keyring:
    if remember:
        agent.start(home, keys.root(), settings.idle_lock_minutes * 60)
    return keys


# --- our own defects --------------------------------------------------------------------------


def note_defect(home: Path, defect: BaseException, now: dt.datetime) -> str:
    """Write kind and code locations of *defect*, never its values, and return its short number."""
    places = [
        f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}"
        for frame in traceback.extract_tb(defect.__traceback__)
    ]
    kinds = [type(one).__name__ for one in (defect, defect.__cause__, defect.__context__) if one is not None]
    number = hashlib.sha256(" ".join([*kinds, *places]).encode()).hexdigest()[:8].upper()
    told = json.dumps({"at": now.isoformat(), "number": number, "kinds": kinds, "places": places})
    with suppress(OSError):
        if home.is_dir() and (home / config.FILE).exists():
            handle = os.open(home / DEFECTS, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.write(told + "\n")
    return number
