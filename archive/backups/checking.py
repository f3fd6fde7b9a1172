"""Reading a set through: manifest, catalogue, list, key pack, and as many of the stored bytes as are asked for (B4, I1).

Every damaged or missing file is named. Nothing is changed, and no content is opened: the pack's rows are wrapped keys.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from archive import config
from archive.acts import Act
from archive.backups import manifest, pack, pools, sets, snapshots
from archive.backups.alone import alone
from archive.backups.filling import Progress
from archive.backups.manifest import Entry, Manifest
from archive.backups.slip import Slip
from archive.errors import ArchiveError, BackupElsewhere, BadValue, NotABackup, SetAway
from archive.exchange import BackupCheckKind
from archive.instance import Instance, Who
from archive.model import BackupCheck, BackupSet, new_uid
from archive.statuses import BackupState
from archive.unit import Unit
from archive.values import Worded

#: The clock reads one part in so many of every set each day.
PARTS = 30


class Wrong(Worded):
    """What is wrong with a file of a set."""

    DAMAGED = "DAMAGED"
    MISSING = "MISSING"
    UNLISTED = "UNLISTED"
    SHUT = "SHUT"


@dataclass(frozen=True, slots=True)
class SetFault:
    """One file of a set that is not as it was written: its name within the set's folder or the shared one."""

    file: str
    wrong: Wrong


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the stored bytes are read: part *n* of *of*, by the files' digests; of none (0), only sizes."""

    n: int = 1
    of: int = 1

    def takes(self, entry: Entry) -> bool:
        """Whether the bytes of this file are to be read."""
        return bool(self.of) and int(entry.sha256[:12], 16) % self.of == self.n % self.of


QUICK, WHOLE = Share(0, 0), Share()


def share(text: str) -> Share:
    """What `3/30` means; raises `BadValue`."""
    n, _, of = text.partition("/")
    if not (n.isdecimal() and of.isdecimal() and len(of) < 6 and 1 <= int(n) <= int(of)):
        raise BadValue(field="subset", value=text, expected="1/30 … 30/30")
    return Share(int(n), int(of))


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of reading a set: files listed, bytes read and the percentage they are, and everything wrong with it."""

    number: str
    folder: Path
    files: int
    size: int
    share: int
    faults: list[SetFault]


def verify(
    instance: Instance, who: Who, which: str, how: Share = WHOLE, *, progress: Progress | None = None
) -> Checked:
    """Read the set with number *which*, or in that folder, and note what came of it.

    Raises `NotFound`, `SetAway`, `NotABackup`, `BackupElsewhere`, `SchemaNewer`, `BackupUnderWay`.
    """
    with alone(instance.home, Act.BACKUP_VERIFY, instance.clock()):
        with instance.ask(who, Act.BACKUP_VERIFY) as unit:
            unit.act(Act.BACKUP_VERIFY, begun=True)
            unit.lines.clear()  # the outcome leaves the line
            made = registered(unit, which)
            folder = sets.folder_of(unit, made) if which == made.number else pools.meant(Path(which))
        return noted(instance, who, made, read_through(instance, made, folder, how, progress=progress))


def noted(instance: Instance, who: Who, made: BackupSet, found: Checked) -> Checked:
    """Keep what came of reading a set, and log it."""
    with instance.work(who, Act.BACKUP_VERIFY) as unit:
        unit.act(
            Act.BACKUP_VERIFY, made, files=found.files, share=found.share, faults=len(found.faults),
            damaged=[one.file for one in found.faults[:20]],
        )  # fmt: skip
        note(unit, made, BackupCheckKind.VERIFY, found.files, len(found.faults), share=found.share)
    return found


def note(
    unit: Unit, made: BackupSet, kind: BackupCheckKind, files: int, faults: int, *, share: int = 100, records: int = 0
) -> None:  # fmt: skip
    """A row of how a set was tried; the caller has named the act."""
    row = BackupCheck(
        uid=new_uid(), set_uid=made.uid, kind=kind, sound=not faults, share=share, records=records, files=files,
        faults=faults, checked_at=unit.now, checked_by=unit.actor.uid,
    )  # fmt: skip
    unit.session.add(row)


def registered(unit: Unit, which: str) -> BackupSet:
    """The set with this number, or the one in this folder, which must be there.

    Raises `NotFound`, `SetAway`, `NotABackup`, `BackupElsewhere`, and `SchemaNewer` for a folder of a later version.
    """
    if "/" not in which and not Path(which).is_dir():
        made = sets.one(unit, which)
        folder = sets.folder_of(unit, made)
        if made.state is BackupState.FORGOTTEN or not folder.is_dir():
            raise SetAway(number=made.number, path=str(folder))
        return made
    found = manifest.read(pools.meant(Path(which)))
    if found.instance != unit.keys.instance_id:
        raise BackupElsewhere(path=which)
    return sets.one(unit, found.set_uid)


# --- reading --------------------------------------------------------------------------------------


def read_through(
    instance: Instance, made: BackupSet, folder: Path, how: Share, *, progress: Progress | None = None,
    seen: dict[str, bool] | None = None,
) -> Checked:  # fmt: skip
    """Everything wrong with a set; *seen* keeps the stored files of a shared folder that were read for another set."""
    reader = _Reader(instance, folder, seen if seen is not None else {})
    faults = list(reader.faults(made, how, progress))
    percent = 100 if not reader.size else reader.read * 100 // reader.size
    return Checked(made.number, folder, reader.files, reader.read, percent, faults)


class _Reader:
    """One reading of one set: counts files, bytes and those it has read."""

    def __init__(self, instance: Instance, folder: Path, seen: dict[str, bool]) -> None:
        self._instance, self._folder, self._pool = instance, folder, manifest.pool(folder)
        self._seen = seen
        self.files = self.size = self.read = 0

    def faults(self, made: BackupSet, how: Share, progress: Progress | None) -> Iterator[SetFault]:
        found = self._signed(made)
        if found is None:
            gone = not (self._folder / manifest.NAME).exists()
            yield SetFault(manifest.NAME, Wrong.MISSING if gone else Wrong.DAMAGED)
            return
        if manifest.spoilt(self._folder):
            yield SetFault(manifest.NAME, Wrong.DAMAGED)
        if self._pool != self._folder and not pools.marked(self._pool, found.instance):
            yield SetFault(pools.MARK, Wrong.DAMAGED)
        bad = {
            one.name: wrong for one in found.files if (wrong := self._whole(self._folder, one)) is not None
        }
        yield from (SetFault(name, wrong) for name, wrong in bad.items())
        if pack.NAME not in bad:
            yield from self._opens()
        if pools.CATALOGUE not in bad:
            yield from self._sound()
        if manifest.FILES not in bad:
            yield from self._stored(how, progress, made.files)
            if pools.CATALOGUE not in bad:
                yield from self._told_alike()

    def _signed(self, made: BackupSet) -> Manifest | None:
        try:
            found = manifest.read(self._folder, self._instance.signer.public_key())
        except NotABackup:
            return None
        ours = found.set_uid == made.uid and {one.name for one in found.files} == _OWN
        return found if ours and (self._folder / manifest.NAME).exists() else None

    def _whole(self, base: Path, entry: Entry) -> Wrong | None:
        """Every byte of one file."""
        self.size += entry.size
        if not (base / entry.name).exists():
            return Wrong.MISSING
        self.read += entry.size
        return None if manifest.holds(base, entry) else Wrong.DAMAGED

    def _opens(self) -> Iterator[SetFault]:
        """The key pack opens under the secret of its epoch, to its last row."""
        keys = self._instance.keys
        try:
            epoch = pack.pack_header(self._folder / pack.NAME).epoch
            rows = pack.open_pack(self._folder, Slip(epoch, keys.pack_secret(epoch)))
            deque(rows, maxlen=0)
        except (ArchiveError, ValueError):
            yield SetFault(pack.NAME, Wrong.SHUT)

    def _sound(self) -> Iterator[SetFault]:
        """SQLite's own check of the catalogue, opened for reading only."""
        if not snapshots.sound(self._folder / pools.CATALOGUE):
            yield SetFault(pools.CATALOGUE, Wrong.DAMAGED)

    def _stored(self, how: Share, progress: Progress | None, total: int) -> Iterator[SetFault]:
        for entry in manifest.listed(self._folder):
            self.files += 1
            wrong = self._whole_or_there(entry, how)
            if wrong is not None:
                yield SetFault(entry.name, wrong)
            if progress is not None:
                progress(self.files, total)

    def _whole_or_there(self, entry: Entry, how: Share) -> Wrong | None:
        if how.takes(entry):
            if entry.name not in self._seen:
                wrong = self._whole(self._pool, entry)
                self._seen[entry.name] = wrong is None
                return wrong
            self.size += entry.size
            self.read += entry.size
            return None if self._seen[entry.name] else Wrong.DAMAGED
        self.size += entry.size
        try:
            return None if (self._pool / entry.name).stat().st_size == entry.size else Wrong.DAMAGED
        except OSError:
            return Wrong.MISSING

    def _told_alike(self) -> Iterator[SetFault]:
        """Every listed file is one that the catalogue knows; one destroyed since its snapshot may be unlisted."""
        with closing(snapshots.frozen(self._folder / pools.CATALOGUE)) as raw:
            known = iter(snapshots.refs(raw))
            ahead = next(known, None)
            for entry in manifest.listed(self._folder):
                name = entry.name.removeprefix(f"{manifest.VAULT}/")
                while ahead is not None and ahead.name < name:
                    ahead = next(known, None)
                if ahead is None or (ahead.name, ahead.stored_sha256) != (name, entry.sha256):
                    yield SetFault(entry.name, Wrong.UNLISTED)


_OWN = {manifest.FORMAT, config.FILE, pools.CATALOGUE, manifest.FILES, pack.NAME}


# --- the clock's share ----------------------------------------------------------------------------


def daily(instance: Instance, who: Who) -> list[Checked]:
    """Read today's thirtieth of every set in reach that the clock has not looked at today; what came of each."""
    with alone(instance.home, Act.BACKUP_VERIFY, instance.clock()):
        with instance.ask(who, Act.BACKUP_VERIFY) as unit:
            today = Share(unit.today.toordinal() % PARTS + 1, PARTS)
            waiting = [(made, sets.folder_of(unit, made)) for made in _unread(unit)]
        seen: dict[Path, dict[str, bool]] = {}
        found = []
        for made, folder in waiting:
            if folder.is_dir():
                shared = seen.setdefault(manifest.pool(folder), {})
                found.append(
                    noted(instance, who, made, read_through(instance, made, folder, today, seen=shared))
                )
        return found


def _unread(unit: Unit) -> Iterable[BackupSet]:
    """The finished sets in use that nobody has read any of today."""
    begun = dt.datetime.combine(unit.today, dt.time(), unit.settings.zone).astimezone(dt.UTC)
    done = select(BackupCheck.set_uid).where(BackupCheck.checked_at >= begun)
    rows = select(BackupSet).where(
        BackupSet.state == BackupState.CURRENT, BackupSet.pack_sha256 != "", BackupSet.uid.not_in(done)
    )
    return list(unit.session.scalars(rows.order_by(BackupSet.number)))
