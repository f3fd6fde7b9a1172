"""Requests, approvals, absences and the matrix of approvals."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, Refused
from archive.words import Language, say


class ApprovalNeeded(Refused):
    """Nobody has approved this use yet (R35). Facts: kind, code, steps, clause."""

    code = "approval-needed"


class NotApprovable(Refused):
    """Nobody can approve this use (domain §9). Facts: kind, code, clause (empty: no row of the matrix allows it)."""

    code = "not-approvable"

    def message(self, language: Language) -> str:
        """As of every error; where no row fits, the matrix itself is the reason."""
        clause = self.facts["clause"] or say("verdict.unlisted", language)
        return say(f"error.{self.code}", language, **{**self.facts, "clause": clause})


class ApproverAway(ArchiveError):
    """Everybody who could decide is away, without a deputy. Facts: post, back (the first day of return)."""

    code = "approver-away"


class AwayYourself(Refused):
    """Who has entered himself as away decides nothing until he ends it. Facts: act, until."""

    code = "away-yourself"


class NotYourTurn(Refused):
    """The line waits for another post. Facts: act, number, post, department."""

    code = "not-your-turn"


class RequestUnmatched(ArchiveError):
    """What was asked for in words must first be found. Facts: number."""

    code = "request-unmatched"


class NotInWords(ArchiveError):
    """Only what was asked for in words can be matched. Facts: number."""

    code = "not-in-words"


class AskedAlready(ArchiveError):
    """The same person has asked for the same use of the same record. Facts: code, number."""

    code = "asked-already"


class AskedTwice(ArchiveError):
    """One code stands twice on a request or a list. Facts: code."""

    code = "asked-twice"
    exit = 2
    http = 422


class AwayAlready(ArchiveError):
    """Days of absence that run into others. Facts: account, first, last."""

    code = "away-already"


class DeputyUnfit(Refused):
    """An administrator, or somebody cleared for less, is no deputy. Facts: account, needs."""

    code = "deputy-unfit"


class MatrixUnchanged(ArchiveError):
    """A proposal that decides everything as before, or a version in force already. Facts: version."""

    code = "matrix-unchanged"


class DayAsShipped(ArchiveError):
    """The office has said nothing of its own about this day. Facts: day."""

    code = "day-as-shipped"
