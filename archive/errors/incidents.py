"""What is lost, damaged or mended, and people who leave."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, Refused


class PieceLost(ArchiveError):
    """Nothing is left of a record but its line on the books (R40). Facts: code."""

    code = "piece-lost"


class NoPiece(ArchiveError):
    """A paper is electronic only: there is no piece that could be lost, damaged or mended. Facts: code."""

    code = "no-piece"


class AlreadyLost(ArchiveError):
    """All of it is on the books as lost already (R40). Facts: code."""

    code = "already-lost"


class NotLost(ArchiveError):
    """Nothing of this incident is lost, or no longer. Facts: number."""

    code = "not-lost"


class ClearanceOpen(ArchiveError):
    """The person's clearance has begun already (R41). Facts: account, number."""

    code = "clearance-open"


class NotClear(ArchiveError):
    """Something is still open, so there is no clean certificate (R41, V13). Facts: number, points."""

    code = "not-clear"


class NotCleared(ArchiveError):
    """Nobody leaves without a clearance certificate (R41, V13). Facts: account."""

    code = "not-cleared"


class NotHisManager(Refused):
    """Only the manager of the leaver's own department signs, or the general manager. Facts: account, department."""

    code = "not-his-manager"


class NotUnderReview(ArchiveError):
    """No day is set on which the validity of this record is reviewed (R34). Facts: code."""

    code = "not-under-review"
