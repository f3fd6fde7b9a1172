"""Backup sets: making, finding, trying, forgetting them."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, Busy


class NotABackup(ArchiveError):
    """The folder holds no finished backup set of this instance. Facts: path."""

    code = "not-a-backup"
    exit = 4
    http = 404


class SetPending(ArchiveError):
    """A set that still holds keys of what was destroyed cannot be forgotten. Facts: number."""

    code = "set-pending"


class SetOutOfReach(ArchiveError):
    """A set is forgotten only where its key pack can be wiped. Facts: number, path."""

    code = "set-out-of-reach"


class BackupElsewhere(ArchiveError):
    """The folder holds backup sets of another instance. Facts: path."""

    code = "backup-elsewhere"


class BackupUnderWay(Busy):
    """Another process works on the backup sets (X4). Facts: act, pid, since."""

    code = "backup-under-way"


class SetAway(ArchiveError):
    """A registered set is not where it was made. Facts: number, path."""

    code = "set-away"
    exit = 4
    http = 404


class OtherRestore(ArchiveError):
    """The folder holds what was brought back of another set, half done. Facts: path."""

    code = "other-restore"
