"""The index as a copy of records: taken out of it for good, and proved to be out (V19, decision 26).

The words of a destroyed record are not only deleted: every segment that held them is written anew without them,
its file removed, its key dropped. What is left is looked for in the files, not in what the index says of itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing

from archive.errors import Damaged
from archive.instance import Instance
from indexer.embedded.whoosh_engine import WhooshEngine
from indexer.intake import UNFIT, Course
from indexer.rebuilding import build_anew
from indexer.shelf import Shelf, alone, shared

#: Seconds to wait for another process that is taking records in.
PATIENCE = 10.0


def purge(instance: Instance, uids: Collection[str]) -> None:
    """Take every trace of these records out of the index; an unfit index is built anew without them.

    An unfinished build is given up: it may hold them too. Raises `Busy` if another process still writes.
    """
    shelf = shared(instance)
    with alone(instance, patience=PATIENCE):
        shelf.sweep()
        try:
            if shelf.current() is not None:
                shelf.engine().purge(uids)
        except UNFIT as fault:
            build_anew(instance, shelf, Course(None), why=fault.code)


def remaining(instance: Instance, uids: Collection[str]) -> list[str]:
    """Of these records, those of which a segment of any build still tells; a file that cannot be judged tells of all."""
    found: set[str] = set()
    for build in _builds(instance):
        with closing(build):
            try:
                found |= build.residue(uids)
            except Damaged:
                return sorted(uids)
    return sorted(found)


def _builds(instance: Instance) -> Iterator[WhooshEngine]:
    """Every build there is, also those that nothing points at."""
    with Shelf(instance) as shelf:
        names = [entry.name for entry in instance.index_folder.iterdir() if entry.is_dir()]
        yield from (shelf.build(name) for name in sorted(names))
