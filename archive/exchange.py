"""The fixed words of what enters or leaves as a file: lists, scans, forms, packages, checks of backups; frozen and pure."""

from __future__ import annotations

from archive.values import Worded


class SheetKind(Worded):
    """The lists an office has already (F1-F3, F6, F11, F17, F18, ledgers of contracts and of tenants), and our packages."""

    VOLUMES = "VOLUMES"
    CONTENTS = "CONTENTS"
    FILED = "FILED"
    CONTRACTS = "CONTRACTS"
    PARTIES = "PARTIES"
    LOANS = "LOANS"
    INCOMING = "INCOMING"
    OUTGOING = "OUTGOING"
    PACKAGE = "PACKAGE"


class ImportState(Worded):
    """The life of an import of a list or a package."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


class RowFate(Worded):
    """What becomes, or became, of one row: new, known already, refused, empty or a heading."""

    MADE = "MADE"
    KNOWN = "KNOWN"
    REFUSED = "REFUSED"
    SKIPPED = "SKIPPED"


class MadeKind(Worded):
    """What an import can make, and so take back."""

    VOLUME = "VOLUME"
    ITEM = "ITEM"
    DOSSIER = "DOSSIER"
    PARTY = "PARTY"
    PREMISES = "PREMISES"
    LOAN = "LOAN"


class IntakeState(Worded):
    """The life of a scan that matched no record."""

    WAITING = "WAITING"
    ATTACHED = "ATTACHED"
    DISCARDED = "DISCARDED"


class BackupCheckKind(Worded):
    """How a backup set was tried."""

    VERIFY = "VERIFY"
    DRILL = "DRILL"
    REPAIR = "REPAIR"


class Property(Worded):
    """The four properties of an electronic record (DA/T 70, domain §3.8)."""

    AUTHENTIC = "AUTHENTIC"
    COMPLETE = "COMPLETE"
    USABLE = "USABLE"
    SECURE = "SECURE"


class Passing(Worded):
    """What one check came to."""

    PASSED = "PASSED"
    WARNED = "WARNED"
    FAILED = "FAILED"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Use(Worded):
    """Why what an import made cannot be taken back: what has come to hang on it since."""

    CHANGED = "CHANGED"
    CONTENTS = "CONTENTS"
    FILES = "FILES"
    SUBJECT = "SUBJECT"
    LENDING = "LENDING"
    CUSTODY = "CUSTODY"
    RETENTION = "RETENTION"
