"""Lending, returning, reading on site, copies, visitors; batches at the counter."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, BadValue
from archive.words import Language, say


class AlreadyOut(ArchiveError):
    """A volume, or a piece of it, is on loan already. Facts: code."""

    code = "already-out"


class NothingToLend(ArchiveError):
    """The volume holds no physical piece. Facts: code."""

    code = "nothing-to-lend"


class NotOnLoan(ArchiveError):
    """Nothing is out that could come back. Facts: code."""

    code = "not-on-loan"


class CountDiffers(ArchiveError):
    """The pieces counted are not the pieces on the books. Facts: counted, booked."""

    code = "count-differs"


class DueUnfit(BadValue):
    """A day by which nothing can be due: past, too far away, or not worked (V12). Facts: field, value, next."""

    code = "due-unfit"


class LoanLimit(ArchiveError):
    """The borrower has as many loans as anybody may. Facts: account, has, most."""

    code = "loan-limit"


class BorrowerOverdue(ArchiveError):
    """The borrower keeps something long overdue (R44). Facts: account, number, days."""

    code = "borrower-overdue"


class SomebodyFirst(ArchiveError):
    """Somebody else's approved request comes first. Facts: code, who."""

    code = "somebody-first"


class SomebodyWaits(ArchiveError):
    """No renewal while somebody else waits for it. Facts: code, number."""

    code = "somebody-waits"


class RenewalsSpent(ArchiveError):
    """Renewed as often as may be. Facts: number, most."""

    code = "renewals-spent"


class LoanRecalled(ArchiveError):
    """Recalled: it comes back, it is neither renewed nor recalled again. Facts: number, due_on."""

    code = "loan-recalled"


class LoanOverdue(ArchiveError):
    """Overdue: it comes back first. Facts: number, due_on, days."""

    code = "loan-overdue"


class NoCopy(ArchiveError):
    """No copy of it stands ready to be lent. Facts: code."""

    code = "no-copy"


class SeveralLoans(ArchiveError):
    """Original and copies are out: the loan must be named by its number. Facts: code, numbers."""

    code = "several-loans"


class EmptyBox(ArchiveError):
    """Nothing stands in the box, or nothing of it is out. Facts: code."""

    code = "empty-box"


class ScannedTwice(ArchiveError):
    """The same code twice in one batch. Facts: code, first (its line)."""

    code = "scanned-twice"


class WithItsVolume(ArchiveError):
    """A paper in one batch with the volume it stands in. Facts: code, volume, first (the volume's line)."""

    code = "with-its-volume"


class LineRefused(ArchiveError):
    """One line of a batch cannot be done, so none is. Facts: line, code, why (an `ArchiveError`)."""

    code = "line-refused"

    def __init__(self, *, line: int, code: str, why: ArchiveError) -> None:
        super().__init__(line=line, code=code)
        self.why, self.exit, self.http = why, why.exit, why.http  # type: ignore[misc]

    def message(self, language: Language) -> str:
        """Which line, and why in the words of its own error."""
        return say("error.line-refused", language, **self.facts, why=self.why.message(language))


class RoomClosed(ArchiveError):
    """The reading room has closed for the day (R38). Facts: closes."""

    code = "room-closed"


class NotReading(ArchiveError):
    """Nobody is reading this now. Facts: code."""

    code = "not-reading"


class SeveralReadings(ArchiveError):
    """Several people are reading this; which of them has ended? Facts: code, numbers."""

    code = "several-readings"


class LetterExpired(ArchiveError):
    """A visitor's letter, or his entry, is no longer valid (R42). Facts: number, valid_until."""

    code = "letter-expired"


class CompanionNeeded(ArchiveError):
    """A visitor is never alone with the archives (R42). Facts: number."""

    code = "companion-needed"
