"""From the catalogue's outbox to the index: draining, tidying, telling how it stands.

The index is a derivative: it may lag, it never leads, and it can always be made anew.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from archive.acts import Act
from archive.errors import ArchiveError, ReaderUnavailable
from archive.instance import SYSTEM, Instance
from indexer import texts
from indexer.embedded.whoosh_engine import WhooshEngine
from indexer.intake import PATIENCE, UNFIT, Course, Mark, Told, records, take_in, waiting
from indexer.rebuilding import build_anew
from indexer.shelf import Shelf, alone, shared

_MISSING, _OTHER_HISTORY = "missing", "other-history"


def engine(instance: Instance) -> WhooshEngine:
    """The index of *instance* as it stands; Damaged if it was never built or its pointer is false."""
    return Shelf(instance).engine()


def drain(instance: Instance, *, progress: Told | None = None, shelf: Shelf | None = None) -> int:
    """Read what is unread, bring the index up to date; returns how many records were taken in.

    Without a *shelf* it is the instance's own, so that the index is not opened anew for each change.

    An index that is missing, damaged, outdated or of another history is built anew without asking, which
    leaves a line in the log. Raises `Busy` if another process is still writing it after a few seconds; then,
    and whatever else fails, the catalogue stands and the next drain takes in what this one did not.
    """
    held = shelf or shared(instance)
    with alone(instance, patience=PATIENCE):
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
                taken = take_in(instance, index, mark.task, course, shelf)
                index.tidy()
                return taken
    except UNFIT as fault:
        why = fault.code
    return build_anew(instance, shelf, course, why=why)


def follow(instance: Instance, *, progress: Told | None = None) -> ArchiveError | None:
    """Drain, but never fail for it: what stood in the way is returned, and the next one catches up."""
    try:
        drain(instance, progress=progress)
    except ArchiveError as fault:
        return fault
    return None


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
    with suppress(*UNFIT):
        index = shared(instance).engine()
        mark, indexed, sound = Mark.read(index), index.count(), True
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        return Status(
            records=records(unit),
            indexed=indexed,
            waiting=waiting(unit, mark.task),
            unread=texts.unread(unit),
            sound=sound and mark.remembered(unit),
        )
