"""Who may do what, who is logged in, and what waits for a second person."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, Refused


class NotAllowed(Refused):
    """No role of this person may do the act. Facts: act."""

    code = "not-allowed"


class Confidential(Refused):
    """Confidential: closed without an unexpired grant (V9). Facts: act, code."""

    code = "confidential"


class ReadingOnly(Refused):
    """Read on site only, never lent (V8). Facts: act, code."""

    code = "reading-only"


class CentrallyKept(Refused):
    """The central store has it now, no longer the department (R28). Facts: act, code, department, clause."""

    code = "centrally-kept"


class ClosedToUse(Refused):
    """A class closed to every use without a grant. Facts: act, code."""

    code = "closed-to-use"


class CopiesOnly(Refused):
    """Only copies of this class may be lent. Facts: act, code."""

    code = "copies-only"


class AboveClearance(Refused):
    """A level above a person's clearance. Facts: has, given."""

    code = "above-clearance"


class OtherDepartment(Refused):
    """Another department owns this. Facts: act, code, department."""

    code = "other-department"


class CustodianClosed(Refused):
    """Personnel papers: closed even to their keepers (V10). Facts: act, code."""

    code = "custodian-closed"


class PasswordDue(Refused):
    """A one-time code opens nothing but the change of password (decision 4). Facts: account."""

    code = "password-due"


class NotEmployed(Refused):
    """The account's person has left or is suspended. Facts: account."""

    code = "not-employed"


class SelfApproval(Refused):
    """Nobody approves for himself. Facts: act."""

    code = "self-approval"


class PostsSeparated(Refused):
    """Nobody holds two of the three administrative posts (decision 3). Facts: posts."""

    code = "posts-separated"


class NotUnlocked(Refused):
    """Confidential work is suspended until the security administrator confirms. Facts: account."""

    code = "suspended"


class LoginFailed(Refused):
    """Unknown account or wrong password, told alike. Facts: none."""

    code = "login-failed"


class CodeOver(Refused):
    """A one-time code that came of a reset and lay too long. Facts: minutes."""

    code = "code-over"


class LoginNeeded(Refused):
    """No session, or an expired one. Facts: none."""

    code = "login-needed"
    http = 401


class LoginThrottled(Refused):
    """Too many failures. Facts: seconds."""

    code = "login-throttled"
    http = 429


class OutOfScope(Refused):
    """A program's token is not good for this act. Facts: act."""

    code = "out-of-scope"


class SystemActorOnly(Refused):
    """`--as` is for scheduled work only. Facts: act."""

    code = "system-actor-only"


class SystemTokenNeeded(Refused):
    """Acting as the clock without the credential of this instance (decision 5). Facts: path."""

    code = "system-token-needed"


class WeakPassword(ArchiveError):
    """A password shorter than the floor. Facts: least."""

    code = "weak-password"
    exit = 2
    http = 422


class SamePassword(ArchiveError):
    """A new password that is the old one: a one-time code must not stay. Facts: none."""

    code = "same-password"
    exit = 2
    http = 422


class SameSigner(ArchiveError):
    """Two distinct people must sign. Facts: act."""

    code = "same-signer"
    exit = 3
    http = 403


class MissingPeople(ArchiveError):
    """An act needs more distinct people than there are. Facts: act, needs, missing."""

    code = "missing-people"


class DepartmentsMissing(ArchiveError):
    """Proposed duty grants name departments that nobody has entered. Facts: departments, first."""

    code = "departments-missing"
