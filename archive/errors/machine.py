"""The instance and the machine it lives on: folders, settings, disk, database, clock, what else runs."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, Damaged


class NoInstance(ArchiveError):
    """No instance in this folder. Facts: path."""

    code = "no-instance"
    exit = 4
    http = 404


class NotEmpty(ArchiveError):
    """The folder for a new instance holds something already. Facts: path."""

    code = "not-empty"


class SettingUnknown(ArchiveError):
    """A key that anjuan.toml does not know. Facts: key, suggestion."""

    code = "setting-unknown"
    exit = 2
    http = 422


class SettingBad(ArchiveError):
    """A setting with an impossible value. Facts: key, value, expected."""

    code = "setting-bad"
    exit = 2
    http = 422


class PortTaken(ArchiveError):
    """The service cannot listen there. Facts: host, port."""

    code = "port-taken"
    exit = 7
    http = 500


class DiskFull(ArchiveError):
    """No room left. Facts: path."""

    code = "disk-full"
    exit = 7
    http = 507


class DatabaseDamaged(ArchiveError):
    """The database does not open or does not check out. Facts: path, why."""

    code = "database-damaged"
    exit = 7
    http = 500


class SchemaNewer(ArchiveError):
    """Written by a later version. Facts: found, known."""

    code = "schema-newer"
    exit = 7
    http = 500


class StorageFailed(ArchiveError):
    """The machine could not store (I/O error). Facts: path, why."""

    code = "storage-failed"
    exit = 7
    http = 500


class ReaderUnavailable(ArchiveError):
    """The process that reads files does not start. Facts: why."""

    code = "reader-unavailable"
    exit = 7
    http = 503


class RecognitionMissing(ArchiveError):
    """The extra for character recognition is not installed. Facts: none."""

    code = "recognition-missing"
    exit = 7
    http = 501


class BlobMissing(Damaged):
    """A stored file is not where it was put. Facts: what, where."""

    code = "blob-missing"


class SealBroken(Damaged):
    """A sealed value does not open: changed, swapped or sealed with another key. Facts: what, where."""

    code = "seal-broken"


class ChainBroken(ArchiveError):
    """The audit chain does not verify. Facts: seq, why."""

    code = "chain-broken"
    exit = 5
    http = 500


class IndexOutdated(ArchiveError):
    """The index was analysed by another version and must be built anew. Facts: found, known."""

    code = "index-outdated"
    exit = 5
    http = 503


class ClockSetBack(ArchiveError):
    """The clock stands before the last line of the log. Facts: now, last."""

    code = "clock-set-back"


class ClockLeapt(ArchiveError):
    """The clock ran ahead by more than a day since what rests on it (M1). Facts: before, after."""

    code = "clock-leapt"
    http = 409


class ClockRight(ArchiveError):
    """The clock does not stand before the log: there is nothing to confirm. Facts: now, last."""

    code = "clock-right"


class MailOff(ArchiveError):
    """No mail server is set, so nothing can be sent. Facts: waiting."""

    code = "mail-off"


class KeyReused(ArchiveError):
    """The key of a write was used for another write before. Facts: at."""

    code = "key-reused"


class KeyUnsettled(ArchiveError):
    """The write of this key was begun; what it was answered is not known, or not any more. Facts: at."""

    code = "key-unsettled"
