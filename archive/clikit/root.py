"""The root command: the one place where an error becomes a sentence and an exit status."""

from __future__ import annotations

import datetime as dt
import errno
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from archive import config
from archive.clikit.front import Desk, complain, defect_told
from archive.clikit.help import Group, usage_told
from archive.errors import ArchiveError, DiskFull
from archive.words import ZONE, say

INTERRUPTED, DEFECT = 130, 70


class Root(Group):
    """The root: sets up the desk, and is the one place where an error becomes a sentence and a status."""

    def main(self, args: Any = None, prog_name: str | None = None, **extra: Any) -> Any:  # type: ignore[override]
        """Run and exit with the status of what happened."""
        given = hoisted(list(sys.argv[1:] if args is None else args))
        home = config.home(Path(at) if (at := scanned(given, "--home")) else None)
        here = Desk(home, config.tongue(home, scanned(given, "--lang")))
        ZONE.set(_zone(home))
        extra |= {"standalone_mode": False, "obj": here}
        status = self._told(here, lambda: super(Root, self).main(given, prog_name or "anjuan", **extra))
        sys.exit(status)

    def _told(self, here: Desk, run: Callable[[], Any]) -> int:
        try:
            result = run()
        except ArchiveError as error:
            complain(error.message(here.language), here.language)
            return error.exit
        except click.UsageError as slip:
            usage_told(slip, here.language)
            return slip.exit_code
        except (click.Abort, KeyboardInterrupt):
            complain(say("told.interrupted", here.language), here.language)
            return INTERRUPTED
        except BrokenPipeError:
            _mute()
            return 0
        except Exception as defect:  # noqa: BLE001  # the last net: a number for the user, places for us
            return _unforeseen(defect, here)
        return result if isinstance(result, int) else 0


def _zone(home: Path) -> dt.tzinfo | None:
    """The instance's zone, in which moments are told; none if its settings cannot be read (told later)."""
    try:
        return config.load(home)[0].zone
    except (ArchiveError, OSError):
        return None


def _unforeseen(defect: Exception, here: Desk) -> int:
    if isinstance(defect, OSError) and defect.errno in {errno.ENOSPC, errno.EDQUOT}:
        full = DiskFull(path=here.home)
        complain(full.message(here.language), here.language)
        return full.exit
    complain(defect_told(defect, here), here.language)
    return DEFECT


def _mute() -> None:
    """Nobody reads any more: let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def hoisted(given: Sequence[str]) -> list[str]:
    """*given* with the options of the root in front, wherever they were typed; nothing after `--` moves."""
    ours = list(given[: given.index("--")] if "--" in given else given)
    front: list[str] = []
    for name in ("--home", "--lang", "--as"):
        while name in ours[:-1]:
            place = ours.index(name)
            front += ours[place : place + 2]
            del ours[place : place + 2]
    joined = [word for word in ours if word.startswith(("--home=", "--lang=", "--as="))]
    front += joined
    ours = [word for word in ours if word not in joined]
    return [*front, *ours, *given[len(front) + len(ours) :]]


def scanned(given: Sequence[str], name: str) -> str | None:
    """The value of a root option wherever it stands, before parsing has begun."""
    for place, word in enumerate(given):
        if word == name and place + 1 < len(given):
            return given[place + 1]
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return None
