"""Named places where a test may kill the process or let the machine fail (reliability §4, C1, D2, D3).

`ANJUAN_FAULT=vault.after_rename:2:kill` ends the process at the second passage of that place;
`eio` and `enospc` raise what the operating system would. Unset, a passage costs one comparison.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from archive.errors import Defect

#: Every place there is, so that a test can walk them all; the names are `module.moment`.
POINTS: frozenset[str] = frozenset(
    {
        "backups.after_dirsync",
        "backups.after_fsync",
        "backups.after_rename",
        "backups.before_fsync",
        "backups.chunk",
        "backups.epoch_made",
        "backups.epoch_retired",
        "backups.forgotten",
        "backups.pack_written",
        "backups.registered",
        "backups.removed",
        "bag.after_fsync",
        "bag.before_fsync",
        "bag.chunk",
        "db.after_commit",
        "db.before_commit",
        "decisions.before_grant",
        "destroy.before_close",
        "destroy.blobs_gone",
        "destroy.closed",
        "destroy.keys_dropped",
        "destroy.line_done",
        "destroy.marked",
        "destroy.purged",
        "export.after_dirsync",
        "export.after_fsync",
        "export.after_rename",
        "export.before_fsync",
        "export.chunk",
        "import.after_batch",
        "import.before_batch",
        "index.after_commit",
        "index.after_page",
        "index.after_put",
        "index.after_swap",
        "index.after_texts",
        "index.before_commit",
        "index.before_note",
        "index.before_put",
        "index.before_swap",
        "intake.settled",
        "keys.create.before_rename",
        "keys.create.key_file",
        "keys.drop.committed",
        "keys.drop.inside",
        "keys.new.committed",
        "keys.new.inside",
        "keys.rotate.batch",
        "keys.rotate.begun",
        "keys.rotate.inside",
        "keys.rotate.retired",
        "keys.scrubbed",
        "keys.segments.committed",
        "keys.segments.inside",
        "keys.upgrade.inside",
        "lending.before_lines",
        "lending.before_return_log",
        "notices.claimed",
        "notices.sent",
        "package.after_rename",
        "package.before_record",
        "package.before_rename",
        "scans.after_batch",
        "scans.before_batch",
        "repair.after_dirsync",
        "repair.after_fsync",
        "repair.after_rename",
        "repair.aside",
        "repair.before_fsync",
        "repair.chunk",
        "restore.after_dirsync",
        "restore.after_fsync",
        "restore.after_rename",
        "restore.before_fsync",
        "restore.before_last",
        "restore.catalogue_ready",
        "restore.chunk",
        "restore.keys_back",
        "segment.after_fsync",
        "segment.before_fsync",
        "segment.chunk",
        "sheets.after_batch",
        "sheets.after_undo_batch",
        "sheets.before_batch",
        "sheets.undo_begun",
        "sheets.undo_keys",
        "transfer.after_line",
        "transfer.after_rename",
        "transfer.before_rename",
        "vault.after_dirsync",
        "vault.after_fsync",
        "vault.after_rename",
        "vault.before_fsync",
        "vault.chunk",
        "vault.discarded",
        "vault.parents_made",
    }
)

#: What may happen at a place.
EFFECTS = ("kill", "eio", "enospc")


@dataclass(slots=True)
class Plan:
    """Let *effect* happen at the *nth* passage of *name*."""

    name: str
    nth: int
    effect: str

    def passed(self, name: str) -> None:
        """Count a passage and strike when it is the one; raises OSError or never returns."""
        if name not in POINTS:
            raise Defect(f"no fault point is called {name}")
        if name != self.name:
            return
        self.nth -= 1
        if self.nth == 0:
            _strike(self.effect)


def point(name: str) -> None:
    """A place where the machine may fail; free of cost unless a fault is planned."""
    if _plan is not None:
        _plan.passed(name)


def planned(text: str | None) -> Plan | None:
    """Read `name:n:effect`; None for nothing. Raises `Defect` on an unknown name or effect."""
    if not text:
        return None
    name, _, rest = text.partition(":")
    nth, _, effect = rest.partition(":")
    if name not in POINTS or effect not in EFFECTS or not nth.isdecimal():
        raise Defect(f"no such fault: {text}")
    return Plan(name, int(nth), effect)


@contextmanager
def armed(text: str) -> Iterator[None]:
    """Plan a fault for the length of a block, in this process."""
    global _plan  # noqa: PLW0603  # one plan per process, as the environment gives one
    before, _plan = _plan, planned(text)
    try:
        yield
    finally:
        _plan = before


def _strike(effect: str) -> None:
    if effect == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    number = errno.EIO if effect == "eio" else errno.ENOSPC
    raise OSError(number, os.strerror(number))


_plan: Plan | None = planned(os.environ.get("ANJUAN_FAULT"))
