"""Building the index anew beside the old one, and comparing the one in use with one built anew.

A build that was interrupted is gone on with; the old index answers until the new one is ready.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import zip_longest

from sqlalchemy import select

from archive.acts import Act
from archive.errors import Damaged
from archive.faults import point
from archive.instance import SYSTEM, Instance
from archive.model import Item, Volume
from indexer.engine import Engine
from indexer.intake import PATIENCE, UNFIT, Course, Mark, Told, last_task, put, records, take_in
from indexer.shelf import Progress, Shelf, alone

#: Records put together while the whole index is built.
BATCH = 4_000


def rebuild(instance: Instance, *, progress: Told | None = None) -> int:
    """Build a new index beside the old one, which answers until the new one takes its place; how many records.

    The caller has logged who asked. Raises `Busy` as `drain` does.
    """
    with alone(instance, patience=PATIENCE), Shelf(instance) as shelf:
        return build_anew(instance, shelf, Course(progress))


def mend(instance: Instance, build: str | None) -> None:
    """Rebuild the index because *build* was found unfit, unless another process has done so meanwhile."""
    with alone(instance, patience=PATIENCE), Shelf(instance) as shelf:
        try:
            if shelf.current() not in {None, build}:
                return
        except Damaged:
            pass
        build_anew(instance, shelf, Course(None), why=Damaged.code)


def build_anew(instance: Instance, shelf: Shelf, course: Course, *, why: str = "") -> int:
    """Build and put in use, while `alone`; *why* it had to be is logged. How many records."""
    if why:
        with instance.work(SYSTEM, Act.INDEX_REBUILD) as unit:
            unit.act(Act.INDEX_REBUILD, why=why)
    begun = _begun(instance, shelf)
    with closing(shelf.build(begun.build)) as index:
        count = _build(instance, index, course, begun, shelf.note)
        while index.tidy(thorough=True):
            pass
    point("index.before_swap")
    shelf.use(begun.build)
    point("index.after_swap")
    shelf.sweep()
    return count


def _begun(instance: Instance, shelf: Shelf) -> Progress:
    """The build to go on with: one that was interrupted, if it still fits, or a new one."""
    left = shelf.building()
    if left is not None and _fits(instance, shelf, left):
        shelf.sweep(kept=left.build)
        return left
    shelf.sweep()
    begun = _new(instance, shelf)
    with closing(shelf.build(begun.build)) as index:
        index.put([], mark=0)
    shelf.note(begun)
    return begun


def _new(instance: Instance, shelf: Shelf) -> Progress:
    """A build that begins with the catalogue as it is now."""
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        return shelf.begin(Mark.of(unit, last_task(unit)).number)


def _fits(instance: Instance, shelf: Shelf, left: Progress) -> bool:
    """True if an unfinished build is sound, of this analysis, and of this catalogue's history."""
    try:
        with closing(shelf.build(left.build)) as index:
            index.count()
    except UNFIT:
        return False
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        return Mark.of_number(left.mark).remembered(unit)


def _build(
    instance: Instance, index: Engine, course: Course, begun: Progress, note: Callable[[Progress], None]
) -> int:
    """Put every record after those *begun* with; what changes meanwhile has a later task and comes again."""
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        course.left(records(unit))
    course.step(begun.done)
    kinds: list[type[Volume | Item]] = [Volume, Item]
    for kind in kinds[[one.__name__ for one in kinds].index(begun.kind) if begun.kind else 0 :]:
        last = begun.last if kind.__name__ == begun.kind else ""
        while uids := _after(instance, kind, last):
            last = uids[-1]
            put(instance, index, uids, Mark(), course)
            begun = replace(begun, kind=kind.__name__, last=last, done=begun.done + len(uids))
            point("index.before_note")
            note(begun)
            index.tidy()
    index.put([], mark=begun.mark)
    return begun.done


def _after(instance: Instance, kind: type[Volume | Item], last: str) -> list[str]:
    with instance.ask(SYSTEM, Act.INDEX_STATUS) as unit:
        page = select(kind.uid).where(kind.uid > last).order_by(kind.uid).limit(BATCH)
        return list(unit.session.scalars(page))


def differs(instance: Instance, *, progress: Told | None = None) -> bool:
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
        begun = _new(instance, shelf)
        with closing(shelf.build(begun.build)) as anew:
            _build(instance, anew, course, begun, lambda _: None)
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
            take_in(instance, index, Mark.read(index).task, course)
        if Mark.read(ours).task == Mark.read(anew).task:
            break
    return all(left == right for left, right in zip_longest(ours.dump(), anew.dump()))
