"""Files within files: how deep, how many, how much and how long one file may make us read (reliability 5.7)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from indexer.extract.kinds import MOST_TEXT, Extracted, Outcome

MOST_DEPTH = 3
"""A letter in an archive in a letter; what lies deeper is not opened."""
PATIENCE = 15.0
"""Seconds after which no further member is begun; what was read stays."""


@dataclass(slots=True)
class Budget:
    """What is left for all the members of one file together, however they are nested."""

    files: int = 5_000
    size: int = 512 * 1024 * 1024
    deadline: float = field(default_factory=lambda: time.monotonic() + PATIENCE)

    def refusal(self) -> Extracted | None:
        """Why no further member is begun, or None."""
        if self.files < 0:
            return Extracted(Outcome.OVERSIZED, note="why=many-files")
        if self.size < 0:
            return Extracted(Outcome.OVERSIZED, note="why=total-size")
        if time.monotonic() > self.deadline:
            return Extracted(Outcome.TIMED_OUT, note="why=time")
        return None


class Inside:
    """How a reader has the members of its file read; at the top, depth 0."""

    def __init__(
        self,
        read: Callable[[bytes, str, Inside], Extracted],
        budget: Budget | None = None,
        depth: int = 0,
    ) -> None:
        self._read, self._depth = read, depth
        self.budget = budget or Budget()

    def left(self) -> float:
        """Seconds left for the whole file."""
        return self.budget.deadline - time.monotonic()

    def refusal(self, more: int = 0) -> Extracted | None:
        """Why no member may be begun here, *more* levels down, or None; each that may counts."""
        if self._depth + more >= MOST_DEPTH:
            return Extracted(Outcome.OVERSIZED, note="why=nested-files")
        self.budget.files -= 1
        return self.budget.refusal()

    def read(self, name: str, load: Callable[[], bytes]) -> Extracted:
        """One member; never raises for what it holds, but MemoryError ends the whole file."""
        if refused := self.refusal():
            return refused
        try:
            data = load()
        except MemoryError:
            raise
        except Exception as slip:  # noqa: BLE001  one damaged member does not cost the others
            return Extracted(Outcome.CORRUPT, note=f"why={type(slip).__name__}")
        self.budget.size -= len(data)
        return self.budget.refusal() or self._read(data, suffix_of(name), self._deeper())

    def _deeper(self) -> Inside:
        return Inside(self._read, self.budget, self._depth + 1)


def suffix_of(name: str) -> str:
    """The ending of a member's name, in lower case."""
    return PurePosixPath(name.replace("\\", "/").strip()).suffix.lower()[:16]


class Members:
    """The members read so far: their texts under their names, and how many gave none."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self.lines: list[str] = []
        self.told = self.pictures = self.unread = self.count = 0
        self.first = Outcome.EMPTY
        """Why the first unread member was not read."""
        self._room = MOST_TEXT

    def take(self, name: str, load: Callable[[], bytes]) -> None:
        """Read one member; its name is a line of its own, its text follows."""
        self.count += 1
        self.add(name, self._inside.read(name, load))

    def admits(self, depth: int) -> bool:
        """True if a member that is read where it lies, *depth* levels down, may be begun; it counts as one."""
        refused = self._inside.refusal(depth)
        self.count += refused is None
        return refused is None

    def refuse(self, name: str, outcome: Outcome) -> None:
        """Name a member that is not to be opened."""
        self.count += 1
        self.add(name, Extracted(outcome))

    def add(self, name: str, found: Extracted) -> None:
        """Keep what reading a member gave."""
        if self._room > 0:
            self.lines += filter(None, (name, found.text))
        self._room -= len(name.encode("utf-8", "ignore")) + len(found.text.encode("utf-8", "ignore"))
        match found.outcome:
            case Outcome.TEXT:
                self.told += 1
            case Outcome.IMAGE_ONLY:
                self.pictures += 1
            case Outcome.EMPTY:
                pass
            case _:
                self.first = found.outcome if not self.unread else self.first
                self.unread += 1

    @property
    def full(self) -> bool:
        """True once there is no room for more text."""
        return self._room <= 0

    def note(self, word: str) -> str:
        """The facts in short: `members=5 images=1 unread=2 why=encrypted`."""
        facts = [f"{word}={self.count}"] if self.count else []
        facts += [f"images={self.pictures}"] if self.pictures else []
        facts += [f"unread={self.unread} why={self.first.value}"] if self.unread else []
        return " ".join(facts)
