"""Taking records into an index: what every way of filling it shares.

A *mark* says how far an index has come; a *course* is one bar for files read and records taken in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from archive import audit
from archive.acts import Act
from archive.errors import Damaged, IndexOutdated
from archive.faults import point
from archive.instance import SYSTEM, Instance
from archive.model import Event, IndexTask, Item, Volume
from archive.unit import Unit
from indexer import entries
from indexer.engine import Engine
from indexer.shelf import Shelf

#: Records taken in at a time.
BATCH = 200
#: Seconds to wait for another process that is taking in what was done last.
PATIENCE = 1.0
#: What makes an index unfit: it is built anew without asking.
UNFIT = (Damaged, IndexOutdated)
Told = Callable[[int, int], None]


class Mark(NamedTuple):
    """How far an index has come, kept as one number with its commit.

    The last task taken in, and number and hash (64 bits) of the log's last line then: a catalogue restored
    from an older backup is known by them, even after it has gone on.
    """

    task: int = 0
    line: int = 0
    digest: int = 0

    @classmethod
    def of(cls, unit: Unit, task: int) -> Mark:
        """The mark of an index that has taken in *task* and everything before it."""
        line, digest = audit.last(unit.session)
        return cls(task, line, int(digest[:16], 16))

    @classmethod
    def read(cls, index: Engine) -> Mark:
        """The mark of *index*; raises what makes it unfit."""
        return cls.of_number(index.mark())

    @classmethod
    def of_number(cls, number: int) -> Mark:
        """The mark kept as *number*."""
        return cls(number >> 128, number >> 64 & _LOW, number & _LOW)

    @property
    def number(self) -> int:
        """As the engine keeps it: later tasks make larger numbers."""
        return self.task << 128 | self.line << 64 | self.digest

    def remembered(self, unit: Unit) -> bool:
        """True if the catalogue's history holds this mark."""
        if not self.line:
            return self.task == 0
        digest = unit.session.scalar(select(Event.hash).where(Event.seq == self.line))
        return digest is not None and int(digest[:16], 16) == self.digest


_LOW = (1 << 64) - 1


class Course:
    """One bar for files read and records taken in: what is done never falls, nor exceeds what is to do."""

    def __init__(self, progress: Told | None, todo: int = 0) -> None:
        self._progress, self._todo, self._done = progress, todo, 0

    def step(self, count: int) -> None:
        """*count* more are done."""
        self._done += count
        self._todo = max(self._todo, self._done)
        if self._progress and count:
            self._progress(self._done, self._todo)

    def left(self, count: int) -> None:
        """*count* are still to do, as is known now."""
        self._todo = self._done + count


def waiting(unit: Unit, task: int) -> int:
    """How many records the outbox names after *task*."""
    later = select(func.count(IndexTask.record_uid.distinct())).where(IndexTask.id > task)
    return unit.session.scalar(later) or 0


def last_task(unit: Unit) -> int:
    """The number of the newest task, 0 for none."""
    return unit.session.scalar(select(func.max(IndexTask.id))) or 0


def records(unit: Unit) -> int:
    """How many records the catalogue holds."""
    return sum(unit.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in (Volume, Item))


def take_in(instance: Instance, index: Engine, task: int, course: Course, shelf: Shelf | None = None) -> int:
    """Take in what the outbox names after *task*, batch by batch; what goes leaves an unfinished build too."""
    taken = 0
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        course.left(waiting(unit, task))
    while True:
        with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
            rows = select(IndexTask.id, IndexTask.record_uid).where(IndexTask.id > task)
            tasks = list(unit.session.execute(rows.order_by(IndexTask.id).limit(BATCH)))
            if not tasks:
                return taken
            task = tasks[-1].id
            mark = Mark.of(unit, task)
            uids = _settled(unit, [one.record_uid for one in tasks], task)
        more, gone = put(instance, index, uids, mark, course)
        taken += more
        if gone and shelf is not None:
            shelf.sweep()


def _settled(unit: Unit, uids: Sequence[str], task: int) -> list[str]:
    """Those of *uids* that no later task names: the others are read when their turn comes."""
    later = select(IndexTask.record_uid).where(IndexTask.id > task, IndexTask.record_uid.in_(uids))
    again = set(unit.session.scalars(later))
    return [uid for uid in dict.fromkeys(uids) if uid not in again]


def put(
    instance: Instance, index: Engine, uids: Sequence[str], mark: Mark, course: Course
) -> tuple[int, bool]:
    """Put the records *uids* as they are now, bite by bite, and *mark* with the last.

    Returns how many were put, and whether any is no more.
    """
    taken, rest, lost = 0, list(uids), False
    while True:
        with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
            found, looked = entries.told(unit, rest)
        gone = set(rest[:looked]) - {entry.uid for entry in found}
        rest = rest[looked:]
        point("index.before_put")
        index.put(found, drops=gone, mark=0 if rest else mark.number)
        point("index.after_put")
        taken, lost = taken + len(found), lost or bool(gone)
        course.step(looked)
        if not rest:
            return taken, lost
