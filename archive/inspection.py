"""`doctor`: is the machine fit, is the folder private, is the instance sound? Facts only, never content."""

from __future__ import annotations

import datetime as dt
import os
import platform
import shutil
import sqlite3
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from archive import audit, clocks, config, db
from archive.acts import Act
from archive.values import SEPARATED_POSTS, Worded

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.model import BackupSet
    from archive.unit import Unit

LITTLE_ROOM = 500 << 20
STALE_ANCHOR = dt.timedelta(days=30)
STALE_DRILL = dt.timedelta(days=90)


class Health(Worded):
    """What a check says."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `doctor`: what was looked at, how it is, the fact, and (if not well) the advice `advice.<name>`."""

    name: str
    state: Health
    fact: str | dt.datetime

    @property
    def word(self) -> str:
        """The key of the check's name."""
        return f"check.{self.name}"


def _well(name: str, fact: object, *, well: bool, otherwise: Health = Health.WARN) -> Check:
    told = fact if isinstance(fact, dt.datetime) else str(fact)
    return Check(name, Health.OK if well else otherwise, told)


# --- the machine and the folder: no key, no log-in needed ---------------------------------------


def machine(home: Path) -> Iterator[Check]:
    """Versions, journal, permissions and room; reads no content."""
    yield _well("python", platform.python_version(), well=sys.version_info >= (3, 11), otherwise=Health.BAD)
    yield Check("sqlite", Health.OK, sqlite3.sqlite_version)
    yield _journal(home)
    yield _folder(home)
    yield _files(home)
    yield _room(home)


def _journal(home: Path) -> Check:
    version = sqlite3.sqlite_version_info[:3]
    settings, _ = config.load(home)
    mode, safe = db.journal_mode(settings.journal), db.wal_is_safe(version)
    told = f"{mode} ({settings.journal}; WAL {'safe' if safe else 'unsafe'} in {sqlite3.sqlite_version})"
    return _well("journal", told, well=mode != "wal" or safe)


def _folder(home: Path) -> Check:
    mode = stat.S_IMODE(home.stat().st_mode)
    return _well("folder", f"{mode:04o}", well=not mode & 0o077, otherwise=Health.BAD)


def _files(home: Path) -> Check:
    """Nothing in the instance may be readable by another account (0600, folders 0700)."""
    count, open_ones = 0, []
    for folder, folders, files in os.walk(home):
        for name in (*folders, *files):
            path = Path(folder, name)
            count += 1
            if not path.is_symlink() and path.stat().st_mode & 0o077:
                open_ones.append(path.relative_to(home).as_posix())
    told = f"{count}" if not open_ones else f"{len(open_ones)} / {count}: {' '.join(sorted(open_ones)[:3])}"
    return _well("files", told, well=not open_ones, otherwise=Health.BAD)


def _room(home: Path) -> Check:
    free = shutil.disk_usage(home).free
    return _well("room", f"{free >> 20} MiB", well=free >= LITTLE_ROOM)


# --- inside the instance ------------------------------------------------------------------------


def inside(unit: Unit) -> Iterator[Check]:
    """Database, keys, log, clock, people and schedule of an opened instance; the caller has its own line."""
    unit.look(Act.INSTANCE_INSPECT)
    found = db.integrity(unit.session)
    yield _well("database", found or "ok", well=found is None, otherwise=Health.BAD)
    yield from _keys(unit)
    yield from _log(unit)
    yield _posts(unit)
    yield _adopted(unit)
    yield from _backups(unit)


def _keys(unit: Unit) -> Iterator[Check]:
    kinds = Counter(line.kind.value for line in unit.keys.slots())
    yield Check("slots", Health.OK, ", ".join(f"{kind} × {count}" for kind, count in sorted(kinds.items())))
    yield Check("segments", Health.OK, f"{unit.keys.segment_count()}")
    rotation = unit.keys.rotation()
    yield _well("rotation", f"{rotation.done}" if rotation else "—", well=rotation is None)


def _log(unit: Unit) -> Iterator[Check]:
    from archive.model import Checkpoint

    size, _ = audit.last(unit.session)
    behind = clocks.behind(unit.session, unit.now)
    yield Check("log", Health.OK, f"{size}")
    yield _well("clock", unit.now, well=behind is None, otherwise=Health.BAD)
    signed = unit.session.scalar(select(Checkpoint.signed_at).order_by(Checkpoint.size.desc()).limit(1))
    yield _well("checkpoint", signed or "—", well=signed is not None)
    yield _anchor(unit)


def _anchor(unit: Unit) -> Check:
    """How old the last anchor outside the folder is; none is worth a warning."""
    path = Path(unit.settings.anchor_file).expanduser() if unit.settings.anchor_file else None
    if path is None or not path.exists():
        return Check("anchor", Health.WARN, "—")
    written = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    return _well("anchor", written, well=unit.now - written < STALE_ANCHOR)


def _posts(unit: Unit) -> Check:
    """The three administrators must be three people (decision 3)."""
    from archive.model import Person
    from archive.values import Employment

    people = unit.session.scalars(select(Person).where(Person.employment == Employment.ACTIVE))
    vacant = SEPARATED_POSTS - {role for person in people for role in person.roles}
    return _well("posts", " ".join(sorted(vacant)) or "3", well=not vacant)


def _adopted(unit: Unit) -> Check:
    from archive import classes

    found = classes.adoption(unit)
    adopted = found is not None and found.adopted_at is not None
    return _well("schedule", found.version if found else "—", well=adopted)


def _backups(unit: Unit) -> Iterator[Check]:
    """How old the newest usable set is, on how many disks they lie, how they were tried, which hold destroyed keys."""
    from archive.model import BackupSet
    from archive.statuses import BackupState

    sets = unit.session.scalars(select(BackupSet).order_by(BackupSet.made_at.desc())).all()
    current = [one for one in sets if one.state is BackupState.CURRENT and one.pack_sha256]
    made_at = current[0].made_at if current else None
    recent = made_at is not None and unit.now - made_at < dt.timedelta(days=unit.settings.backup_days)
    yield _well("backup", made_at or "—", well=recent)
    pending = [one.number for one in sets if one.state is BackupState.PENDING]
    yield _well("backup-pending", " ".join(pending) or "0", well=not pending)
    yield from _disks(unit, current)
    yield from _tried(unit, current)


def _disks(unit: Unit, current: Sequence[BackupSet]) -> Iterator[Check]:
    """One disk is one fire: at least two, and none of them the instance's own, as far as they are in reach."""
    from archive.backups import sets

    folders = {sets.folder_of(unit, one).parent for one in current}
    disks = {folder.stat().st_dev if folder.exists() else str(folder) for folder in folders}
    yield _well("backup-disks", len(disks), well=len(disks) > 1 or not current)


def _tried(unit: Unit, current: Sequence[BackupSet]) -> Iterator[Check]:
    """When a set was last restored on trial, and which sets the last look found damaged."""
    from archive.exchange import BackupCheckKind
    from archive.model import BackupCheck

    drilled = select(BackupCheck.checked_at).where(
        BackupCheck.kind == BackupCheckKind.DRILL, BackupCheck.sound.is_(True)
    )
    last = unit.session.scalar(drilled.order_by(BackupCheck.checked_at.desc()).limit(1))
    fresh = last is not None and unit.now - last < STALE_DRILL
    yield _well("backup-drill", last or "—", well=fresh or not current)
    looks = select(BackupCheck).where(BackupCheck.kind != BackupCheckKind.REPAIR)
    newest = {one.set_uid: one for one in unit.session.scalars(looks.order_by(BackupCheck.checked_at))}
    bad = [one.number for one in current if one.uid in newest and not newest[one.uid].sound]
    yield _well("backup-sound", " ".join(bad) or "0", well=not bad, otherwise=Health.BAD)


#: A check another package contributes, given the opened instance (wired in `cli.py`).
Contributed = Callable[["Instance"], Iterator[Check]]


def whole(instance: Instance, who: Who, contributed: Iterable[Contributed]) -> list[Check]:
    """Machine, instance and what other packages contribute, as somebody who is logged in sees it."""
    with instance.ask(who, Act.INSTANCE_INSPECT) as unit:
        within = list(inside(unit))
    return [*machine(instance.home), *within, *(one for more in contributed for one in more(instance))]
