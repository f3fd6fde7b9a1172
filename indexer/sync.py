"""From the catalogue's outbox to the index: draining, rebuilding, comparing.

The index is a derivative: it may lag, it never leads, and it can always be made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from sqlalchemy import func, select

from archive import audit
from archive.acts import Act
from archive.errors import ArchiveError, Damaged, IndexOutdated, ReaderUnavailable
from archive.faults import point
from archive.instance import SYSTEM, Instance
from archive.model import Event, IndexTask, Item, Volume
from archive.unit import Unit
from indexer import entries, texts
from indexer.engine import Engine
from indexer.shelf import Shelf, alone
from indexer.whoosh_engine import WhooshEngine

BATCH = 200
#: Seconds to wait for another process that is taking in what was done last.
PATIENCE = 1.0
#: What makes an index unfit: it is built anew without asking.
UNFIT = (Damaged, IndexOutdated)
_MISSING, _OTHER_HISTORY = "missing", "other-history"
Progress = Callable[[int, int], None]


def engine(instance: Instance) -> WhooshEngine:
    """The index of *instance* as it stands; Damaged if it was never built or its pointer is false."""
    return Shelf(instance).engine()


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
        number = index.mark()
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

    def __init__(self, progress: Progress | None, todo: int = 0) -> None:
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


# --- draining ---------------------------------------------------------------------------------


def drain(instance: Instance, *, progress: Progress | None = None, shelf: Shelf | None = None) -> int:
    """Read what is unread, bring the index up to date; returns how many records were taken in.

    A process that lives long hands in its *shelf*, so that the index is not opened anew for each change.

    An index that is missing, damaged, outdated or of another history is built anew without asking, which
    leaves a line in the log. Raises `Busy` if another process is still writing it after a few seconds; then,
    and whatever else fails, the catalogue stands and the next drain takes in what this one did not.
    """
    with alone(instance, patience=PATIENCE), nullcontext(shelf) if shelf else Shelf(instance) as held:
        course = Course(progress, _todo(instance, held))
        unreadable = _read(instance, course)
        taken = _caught_up(instance, held, course)
        if unreadable:
            raise unreadable
        return taken


def _todo(instance: Instance, shelf: Shelf) -> int:
    try:
        task = Mark.read(shelf.engine()).task
    except UNFIT:
        task = 0
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        return texts.unread(unit) + waiting(unit, task)


def _read(instance: Instance, course: Course) -> ReaderUnavailable | None:
    """Read the unread; where no file can be read, descriptions are indexed all the same."""
    try:
        texts.read_texts(instance, step=course.step)
    except ReaderUnavailable as fault:
        return fault
    return None


def _caught_up(instance: Instance, shelf: Shelf, course: Course) -> int:
    try:
        why = _OTHER_HISTORY
        if shelf.current() is None:
            why = _MISSING
        else:
            index = shelf.engine()
            mark = Mark.read(index)
            with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
                fits = mark.remembered(unit)
            if fits:
                return _take_in(instance, index, mark.task, course)
    except UNFIT as fault:
        why = fault.code
    return _rebuilt(instance, shelf, course, why=why)


def waiting(unit: Unit, task: int) -> int:
    """How many records the outbox names after *task*."""
    later = select(func.count(IndexTask.record_uid.distinct())).where(IndexTask.id > task)
    return unit.session.scalar(later) or 0


def last_task(unit: Unit) -> int:
    """The number of the newest task, 0 for none."""
    return unit.session.scalar(select(func.max(IndexTask.id))) or 0


def _take_in(instance: Instance, index: Engine, task: int, course: Course) -> int:
    """Take in what the outbox names after *task*, batch by batch."""
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
        taken += _put(instance, index, uids, mark, course)


def _settled(unit: Unit, uids: Sequence[str], task: int) -> list[str]:
    """Those of *uids* that no later task names: the others are read when their turn comes."""
    later = select(IndexTask.record_uid).where(IndexTask.id > task, IndexTask.record_uid.in_(uids))
    again = set(unit.session.scalars(later))
    return [uid for uid in dict.fromkeys(uids) if uid not in again]


def _put(instance: Instance, index: Engine, uids: Sequence[str], mark: Mark, course: Course) -> int:
    """Put the records *uids* as they are now, bite by bite, and *mark* with the last; returns how many."""
    taken, rest = 0, list(uids)
    while True:
        with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
            found, looked = entries.told(unit, rest)
        gone = set(rest[:looked]) - {entry.uid for entry in found}
        rest = rest[looked:]
        point("index.before_put")
        index.put(found, drops=gone, mark=0 if rest else mark.number)
        point("index.after_put")
        taken += len(found)
        course.step(looked)
        if not rest:
            return taken


# --- rebuilding and comparing -----------------------------------------------------------------


def rebuild(instance: Instance, *, progress: Progress | None = None) -> int:
    """Build a new index beside the old one, which answers until the new one takes its place; how many records.

    The caller has logged who asked. Raises `Busy` as `drain` does.
    """
    with alone(instance, patience=PATIENCE), Shelf(instance) as shelf:
        return _rebuilt(instance, shelf, Course(progress))


def mend(instance: Instance, build: str | None) -> None:
    """Rebuild the index because *build* was found unfit, unless another process has done so meanwhile."""
    with alone(instance, patience=PATIENCE), Shelf(instance) as shelf:
        try:
            if shelf.current() not in {None, build}:
                return
        except Damaged:
            pass
        _rebuilt(instance, shelf, Course(None), why=Damaged.code)


def _rebuilt(instance: Instance, shelf: Shelf, course: Course, *, why: str = "") -> int:
    if why:
        with instance.work(SYSTEM, Act.INDEX_REBUILD) as unit:
            unit.act(Act.INDEX_REBUILD, why=why)
    name, index = shelf.begin()
    with closing(index):
        count = _build(instance, index, course)
    point("index.before_swap")
    shelf.use(name)
    point("index.after_swap")
    shelf.sweep()
    return count


def _build(instance: Instance, index: Engine, course: Course) -> int:
    """Put every record into the empty *index*; what changes meanwhile has a later task and comes again."""
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        mark = Mark.of(unit, last_task(unit))
        course.left(_records(unit))
    taken = 0
    for kind in (Volume, Item):
        last = ""
        while True:
            with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
                page = select(kind.uid).where(kind.uid > last).order_by(kind.uid).limit(BATCH)
                uids = list(unit.session.scalars(page))
            if not uids:
                break
            last = uids[-1]
            taken += _put(instance, index, uids, Mark(), course)
    index.put([], mark=mark.number)
    return taken


def _records(unit: Unit) -> int:
    return sum(unit.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in (Volume, Item))


@dataclass(frozen=True, slots=True)
class Status:
    """How the index stands to the catalogue; *waiting*: records, *unread*: stored files."""

    records: int
    indexed: int
    waiting: int
    unread: int
    sound: bool


def status(instance: Instance) -> Status:
    """Counts of both sides; an index that is missing or unfit is not sound and will be rebuilt."""
    mark, indexed, sound = Mark(), 0, False
    with Shelf(instance) as shelf:
        try:
            index = shelf.engine()
            mark, indexed, sound = Mark.read(index), index.count(), True
        except UNFIT:
            pass
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        return Status(
            records=_records(unit),
            indexed=indexed,
            waiting=waiting(unit, mark.task),
            unread=texts.unread(unit),
            sound=sound and mark.remembered(unit),
        )


def differs(instance: Instance, *, progress: Progress | None = None) -> bool:
    """True if the index is not what a rebuild would give, text by text, posting by posting.

    What the outbox names is taken in first, by both: a lag is no difference. An unfit index differs.
    """
    with alone(instance, patience=PATIENCE), Shelf(instance) as shelf:
        course = Course(progress)
        try:
            ours = shelf.engine()
            with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
                if not Mark.read(ours).remembered(unit):
                    return True
        except UNFIT:
            return True
        _, anew = shelf.begin()
        with closing(anew):
            _build(instance, anew, course)
            try:
                return not _alike(instance, ours, anew, course)
            except UNFIT:
                return True
            finally:
                shelf.sweep()


def _alike(instance: Instance, ours: Engine, anew: Engine, course: Course) -> bool:
    """Take in, on both sides, what was done meanwhile, until they have come equally far; then compare."""
    while True:
        for index in (ours, anew):
            _take_in(instance, index, Mark.read(index).task, course)
        if Mark.read(ours).task == Mark.read(anew).task:
            break
    return all(left == right for left, right in zip_longest(ours.dump(), anew.dump()))


def follow(instance: Instance, *, progress: Progress | None = None) -> ArchiveError | None:
    """Drain, but never fail for it: what stood in the way is returned, and the next one catches up."""
    try:
        drain(instance, progress=progress)
    except ArchiveError as fault:
        return fault
    return None
