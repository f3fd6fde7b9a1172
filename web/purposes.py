"""What somebody reads a record for: asked once for each record of a log-in, and kept no longer than the log-in (V25).

Kept in the memory of this process only, bounded; after a restart one is asked again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

#: Records remembered, of all log-ins together.
MOST = 5000


class Purposes:
    """By log-in and record: what for, and which of its files were opened with a line in the log."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[str, set[int]]] = OrderedDict()
        self._lock = threading.Lock()

    def given(self, owner: str, record: str) -> str:
        """The purpose *owner* gave for *record*; empty if he was not asked yet."""
        with self._lock:
            return self._kept.get((owner, record), ("", set()))[0]

    def keep(self, owner: str, record: str, purpose: str) -> None:
        """Remember what *record* is read for."""
        with self._lock:
            self._kept[owner, record] = (purpose, set())
            self._kept.move_to_end((owner, record))
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def open(self, owner: str, record: str, number: int) -> None:
        """Note that file *number* was opened, and a line written."""
        with self._lock:
            if (owner, record) in self._kept:
                self._kept[owner, record][1].add(number)

    def is_open(self, owner: str, record: str, number: int) -> bool:
        """True if *owner* has opened file *number* of *record*."""
        with self._lock:
            return number in self._kept.get((owner, record), ("", set()))[1]

    def forget(self, owner: str) -> None:
        """The log-in has ended."""
        with self._lock:
            for key in [one for one in self._kept if one[0] == owner]:
                del self._kept[key]
