"""Lists kept in memory between being sent and being entered: few, small, for a while, and each only for who sent it.

Nothing of them touches a disk (decision 14); what is forgotten, or too much, is sent again.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field

from flask import current_app

from archive.errors import FileTooLarge, NotFound

MIB = 1 << 20
#: The largest list, all lists together, lists of one person, and how many seconds each is kept.
LARGEST, ALL, MOST, PATIENCE = 24 * MIB, 96 * MIB, 3, 2 * 3600.0


@dataclass(slots=True)
class Held:
    """One file in memory, what was said of how to read it, and the last job over it."""

    uid: str
    owner: str
    name: str
    data: bytes = field(repr=False)
    touched: float
    said: dict[str, str] = field(default_factory=dict)
    job: str = ""


class Shelf:
    """What is held for everybody; safe to share between threads."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()

    def put(self, owner: str, name: str, data: bytes) -> Held:
        """Hold a file; the owner's oldest, and what is too much for all, gives way. Raises `FileTooLarge`."""
        if len(data) > self._largest:
            raise FileTooLarge(path=name, size=len(data) // MIB, most=self._largest // MIB)
        made = Held(secrets.token_hex(16), owner, name, data, time.monotonic())
        with self._lock:
            self._old()
            mine = sorted((one for one in self._held.values() if one.owner == owner), key=_age)
            for one in mine[: max(0, len(mine) - MOST + 1)]:
                del self._held[one.uid]
            for one in sorted(self._held.values(), key=_age):
                if sum(len(other.data) for other in self._held.values()) + len(data) <= ALL:
                    break
                del self._held[one.uid]
            self._held[made.uid] = made
        return made

    def look(self, owner: str, uid: str) -> Held:
        """The file *uid* of *owner*; of anybody else's it is said that there is none. Raises `NotFound`."""
        with self._lock:
            self._old()
            found = self._held.get(uid)
            if found is None or found.owner != owner:
                raise NotFound(what="upload", code=uid[:40])
            found.touched = time.monotonic()
            return found

    def of(self, owner: str) -> list[Held]:
        """The files of *owner*, the last touched first."""
        with self._lock:
            self._old()
            mine = [one for one in self._held.values() if one.owner == owner]
        return sorted(mine, key=_age, reverse=True)

    def drop(self, owner: str, uid: str) -> None:
        """Let go of the file *uid* of *owner*, if there is one."""
        with self._lock:
            if uid in self._held and self._held[uid].owner == owner:
                del self._held[uid]

    def drop_all(self, owner: str) -> None:
        """Let go of everything of *owner*: the log-in has ended."""
        with self._lock:
            for uid in [one.uid for one in self._held.values() if one.owner == owner]:
                del self._held[uid]

    def _old(self) -> None:
        latest = time.monotonic() - PATIENCE
        for uid in [one.uid for one in self._held.values() if one.touched < latest]:
            del self._held[uid]


def _age(one: Held) -> float:
    return one.touched


def shelf() -> Shelf:
    """What was sent to this application."""
    return _kept("anjuan-held", LARGEST)


def made() -> Shelf:
    """What this application has made, until it is fetched."""
    return _kept("anjuan-made", ALL)


def _kept(name: str, largest: int) -> Shelf:
    found = current_app.extensions.setdefault(name, Shelf(largest))
    assert isinstance(found, Shelf)
    return found
