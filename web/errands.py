"""Long acts done in the background while their page tells how far they are; each under the credential of who began it.

An errand lives in this process only. Cut off with it, the act behind it goes on where it stopped when it is begun again.
"""

from __future__ import annotations

import contextvars
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

from archive.errors import ArchiveError, Busy, NotFound
from archive.instance import Instance
from archive.sitting import note_defect

#: Errands that run at once, of everybody and of one person; so many seconds a finished one is told of.
MOST, MOST_OF_ONE, KEPT = 4, 1, 3600.0
Told = Callable[[int, int], None]


@dataclass(slots=True)
class Errand:
    """One long act: whose it is, how far it is, what came of it; `defect` is the number of a fault of ours."""

    uid: str
    owner: str
    kind: str
    done: int = 0
    total: int = 0
    over: bool = False
    outcome: Any = None
    error: ArchiveError | None = None
    defect: str = ""
    touched: float = field(default_factory=time.monotonic)

    def told(self, done: int, total: int) -> None:
        """It has come so far."""
        self.done, self.total = done, total


class Errands:
    """Everybody's errands; safe to share between threads."""

    def __init__(self) -> None:
        self._known: dict[str, Errand] = {}
        self._lock = threading.Lock()

    def begin(self, archive: Instance, owner: str, kind: str, work: Callable[[Told], Any]) -> Errand:
        """Do *work* in the background, telling it how to say how far it is; raises `Busy` with too many under way."""
        made = Errand(secrets.token_hex(16), owner, kind)
        with self._lock:
            self._forget()
            running = [one for one in self._known.values() if not one.over]
            if len(running) >= MOST or sum(one.owner == owner for one in running) >= MOST_OF_ONE:
                raise Busy(what=kind)
            self._known[made.uid] = made
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(_done, archive, made, work), daemon=True).start()
        return made

    def look(self, owner: str, uid: str) -> Errand:
        """The errand *uid* of *owner*; of anybody else's it is said that there is none. Raises `NotFound`."""
        found = self._known.get(uid)
        if found is None or found.owner != owner:
            raise NotFound(what="errand", code=uid[:40])
        return found

    def of(self, owner: str, kind: str) -> list[Errand]:
        """The errands of one kind of a person, newest first."""
        mine = [one for one in self._known.values() if one.owner == owner and one.kind == kind]
        return sorted(mine, key=lambda one: -one.touched)

    def _forget(self) -> None:
        latest = time.monotonic() - KEPT
        for uid in [one.uid for one in self._known.values() if one.over and one.touched < latest]:
            del self._known[uid]


def _done(archive: Instance, errand: Errand, work: Callable[[Told], Any]) -> None:
    try:
        errand.outcome = work(errand.told)
    except ArchiveError as refused:
        errand.error = refused
    except Exception as fault:  # noqa: BLE001  # told by its number, as on every page
        errand.defect = note_defect(archive.home, fault, archive.clock())
    finally:
        errand.over, errand.touched = True, time.monotonic()


def errands() -> Errands:
    """The errands of this application."""
    found = current_app.extensions.setdefault("anjuan-errands", Errands())
    assert isinstance(found, Errands)
    return found
