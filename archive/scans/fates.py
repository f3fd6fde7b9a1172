"""What can become of a scan, and why one finds no record: frozen words; pure."""

from __future__ import annotations

from dataclasses import dataclass

from archive.errors import ArchiveError
from archive.values import Worded

#: What a separator sheet bears besides the code of the record that begins after it.
MARK = "ANJUAN-SEPARATOR"


class Way(Worded):
    """How scans find their records: by file name, by QR separator sheets, by pages of a whole volume."""

    NAME = "NAME"
    QR = "QR"
    PAGES = "PAGES"


class ScanFate(Worded):
    """What became of a scan: at its record, there already, in the tray, there already, a separator, left alone, not taken."""

    ATTACHED = "ATTACHED"
    KNOWN = "KNOWN"
    TRAY = "TRAY"
    WAITING = "WAITING"
    SEPARATOR = "SEPARATOR"
    LEFT = "LEFT"
    REFUSED = "REFUSED"


class Why(Worded):
    """Why a scan found no record."""

    NO_CODE = "NO_CODE"
    SEVERAL = "SEVERAL"
    VOLUME = "VOLUME"
    BEFORE_FIRST = "BEFORE_FIRST"
    UNKNOWN = "UNKNOWN"
    LEFT_OVER = "LEFT_OVER"
    LOCKED = "LOCKED"
    BROKEN = "BROKEN"
    TOO_LONG = "TOO_LONG"
    EMPTY = "EMPTY"
    BARRED = "BARRED"


@dataclass(frozen=True, slots=True)
class ScanLine:
    """One file, or one piece of one: its *pages* as `3-7` (all: empty), its fate, where it went.

    *code* is that of the record, or the number in the tray; *why* a reason, *error* what refused it.
    """

    file: str
    pages: str
    fate: ScanFate
    code: str = ""
    why: Why | None = None
    error: ArchiveError | None = None
