"""The index following the catalogue in a process that lives long: one thread takes in what many requests change.

Who changed something waits a moment, so that his next search finds it, but never longer: under load the index
lags by a little, and what it shows by facts of the past is left out of every answer (see `scope`).
"""

from __future__ import annotations

import threading

from archive.acts import Act
from archive.errors import ArchiveError
from archive.instance import SYSTEM, Instance
from indexer import sync
from indexer.intake import UNFIT, Mark, last_task
from indexer.shelf import shared

#: Seconds that who changed something waits; seconds before another try where the index could not be written.
MOMENT, AGAIN = 0.25, 2.0
NAME = "follower"


class Follower:
    """One thread that brings the index of an opened instance up to date whenever it is woken."""

    def __init__(self, instance: Instance) -> None:
        self._instance, self._shelf = instance, shared(instance)  # the shelf is let go of after its follower
        self._woken, self._over = threading.Event(), threading.Event()
        self._done = threading.Condition()
        self._asked = self._served = 0
        self.fault: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=NAME, daemon=True)
        self._thread.start()

    def follow(self, moment: float = MOMENT) -> bool:
        """Have taken in what was changed until now; False if that takes longer than a *moment*: it will be, though."""
        if not self._behind():
            return True
        with self._done:
            self._asked += 1
            mine = self._asked
            self._woken.set()
            return self._done.wait_for(lambda: self._served >= mine, moment)

    def close(self) -> None:
        """Finish what is being taken in, and end."""
        self._over.set()
        self._woken.set()
        self._thread.join()

    def _behind(self) -> bool:
        """True if the outbox names anything that the index has not heard of, or nobody can say."""
        try:
            mark = Mark.read(self._shelf.engine()).task
        except UNFIT:
            return True
        with self._instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
            return last_task(unit) > mark

    def _run(self) -> None:
        while not self._over.is_set():
            self._woken.wait()
            self._woken.clear()
            with self._done:
                asked = self._asked
            if not self._over.is_set() and self._taken_in():
                with self._done:
                    self._served = max(self._served, asked)
                    self._done.notify_all()

    def _taken_in(self) -> bool:
        """Drain; what stood in the way is remembered, and tried again a little later."""
        try:
            sync.drain(self._instance, shelf=self._shelf)
            self.fault = None
        except ArchiveError as fault:
            self.fault = fault
            self._over.wait(AGAIN)
            self._woken.set()
        except Exception as defect:  # noqa: BLE001  # the changes stand; the next one tries again
            self.fault = defect
        return self.fault is None


def follower(instance: Instance) -> Follower:
    """The one follower of an opened instance; it ends when the instance is closed."""
    found = instance.beside.get(NAME)
    if found is None:
        with _MAKING:
            found = instance.beside.get(NAME) or instance.beside.setdefault(NAME, Follower(instance))
    assert isinstance(found, Follower)
    return found


_MAKING = threading.Lock()
