"""Files brought in, kept, taken out: their size, their pieces, where they may lie."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError


class NothingStored(ArchiveError):
    """The item has no digital object. Facts: code."""

    code = "nothing-stored"
    exit = 4
    http = 404


class FileMissing(ArchiveError):
    """A path that is not there or cannot be read. Facts: path."""

    code = "file-missing"
    exit = 4
    http = 404


class FileTooLarge(ArchiveError):
    """A file over the limit of the settings. Facts: path, size, most (MiB)."""

    code = "file-too-large"


class TargetExists(ArchiveError):
    """A file stands already where one was to be written. Facts: path."""

    code = "target-exists"


class InsideInstance(ArchiveError):
    """A file taken out must not lie inside the instance. Facts: path."""

    code = "inside-instance"
    exit = 2
    http = 422


class LinkSkipped(ArchiveError):
    """An import does not follow links. Facts: path."""

    code = "link-skipped"


class ExchangeOff(ArchiveError):
    """No folder is named that packages come from and go to. Facts: none."""

    code = "exchange-off"
    http = 409


class UploadGap(ArchiveError):
    """A piece that does not follow what has arrived. Facts: received (bytes), offset."""

    code = "upload-gap"


class UploadCut(ArchiveError):
    """A file of which not everything has arrived. Facts: received, size (bytes)."""

    code = "upload-cut"


class UploadsMany(ArchiveError):
    """Too many files are being brought in at once. Facts: most."""

    code = "uploads-many"
    http = 429


class AttachedAlready(ArchiveError):
    """A record has this very file already. Facts: code, number."""

    code = "attached-already"


class PagesDiffer(ArchiveError):
    """A scan has not as many pages as the catalogue counts for its volume (V4). Facts: code, expected, found."""

    code = "pages-differ"


class ScanUnread(ArchiveError):
    """A file that cannot be split: locked, damaged, or beyond every limit. Facts: path, why."""

    code = "scan-unread"
    exit = 2
    http = 422
