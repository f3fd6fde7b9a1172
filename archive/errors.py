"""Everything that can be refused: the class names the fact, the facts fill in the sentence.

Exit status: 0 done, 1 cannot now, 2 usage, 3 not permitted, 4 not found, 5 a check found faults,
6 no key or wrong secret, 7 the machine (disk, file, database), 70 a defect of ours.
"""

from __future__ import annotations

from typing import ClassVar

from archive.words import Language, knows, say


class ArchiveError(Exception):
    """Something a user can be told; never raised itself.

    The sentence is `error.<code>` in the messages; no sentence is written at a `raise`.
    """

    code: ClassVar[str] = ""
    http: ClassVar[int] = 409
    exit: ClassVar[int] = 1

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def message(self, language: Language) -> str:
        """What happened, which rule, what to do next."""
        return say(f"error.{self.code}", language, **{**self.facts, **self._field(language)})

    def _field(self, language: Language) -> dict[str, str]:
        """A field named by its code name is read aloud by its word."""
        key = f"field.{self.facts.get('field')}"
        return {"field": say(key, language)} if knows(key, language) else {}

    def __str__(self) -> str:
        return self.message(Language.ZH)


# --- cannot now ------------------------------------------------------------------------------


class WrongState(ArchiveError):
    """The life cycle has no such step from here. Facts: state, act."""

    code = "wrong-state"


class AlreadyOut(ArchiveError):
    """A volume, or a piece of it, is on loan already. Facts: code."""

    code = "already-out"


class NothingToLend(ArchiveError):
    """The volume holds no physical piece. Facts: code."""

    code = "nothing-to-lend"


class CodeTaken(ArchiveError):
    """A reference code, account or name that must be unique exists already. Facts: code."""

    code = "code-taken"


class SameSigner(ArchiveError):
    """Two distinct people must sign. Facts: act."""

    code = "same-signer"
    exit = 3
    http = 403


class CountDiffers(ArchiveError):
    """The pieces counted are not the pieces on the books. Facts: counted, booked."""

    code = "count-differs"


class NotEmpty(ArchiveError):
    """The folder for a new instance holds something already. Facts: path."""

    code = "not-empty"


class Busy(ArchiveError):
    """Another process holds the lock. Facts: what."""

    code = "busy"
    http = 503


class VolumeClosed(ArchiveError):
    """Nothing can be filed into a volume that is not open. Facts: code, state."""

    code = "volume-closed"


class PeriodMixed(ArchiveError):
    """One volume holds one retention period (V3). Facts: volume, has, given."""

    code = "period-mixed"


class PagesOverlap(ArchiveError):
    """Page ranges must follow each other without gap or overlap (V4). Facts: volume, expected, first."""

    code = "pages-overlap"


class SourcesMixed(ArchiveError):
    """Internal and external papers, or two outside units, never share a volume (V6). Facts: volume."""

    code = "sources-mixed"


class LevelAbove(ArchiveError):
    """An item is more secret than the volume it is filed into. Facts: volume, has, given."""

    code = "level-above"


class LevelBelow(ArchiveError):
    """A record below the level of its class. Facts: has, given."""

    code = "level-below"


class InVolume(ArchiveError):
    """A paper in a volume is moved and handed over with its volume. Facts: code, volume, act."""

    code = "in-volume"


class DossierDiffers(ArchiveError):
    """A dossier of this code is about something else (decision 2). Facts: code."""

    code = "dossier-differs"


class NotMovable(ArchiveError):
    """An item kept alone has no volume to leave; one in the volume is there already. Facts: code, volume."""

    code = "not-movable"


class NotOnLoan(ArchiveError):
    """Nothing is out that could come back. Facts: code."""

    code = "not-on-loan"


class InsideInstance(ArchiveError):
    """A file taken out must not lie inside the instance. Facts: path."""

    code = "inside-instance"
    exit = 2
    http = 422


class LinkSkipped(ArchiveError):
    """An import does not follow links. Facts: path."""

    code = "link-skipped"


class NotLockable(ArchiveError):
    """Confidential papers stand only where a lock is (R22). Facts: code, place."""

    code = "not-lockable"


class NothingStored(ArchiveError):
    """The item has no digital object. Facts: code."""

    code = "nothing-stored"
    exit = 4
    http = 404


class FileTooLarge(ArchiveError):
    """A file over the limit of the settings. Facts: path, size, most (MiB)."""

    code = "file-too-large"


class TargetExists(ArchiveError):
    """A file stands already where one was to be written. Facts: path."""

    code = "target-exists"


class DepartmentsMissing(ArchiveError):
    """Proposed duty grants name departments that nobody has entered. Facts: departments, first."""

    code = "departments-missing"


class MissingPeople(ArchiveError):
    """An act needs more distinct people than there are. Facts: act, needs, missing."""

    code = "missing-people"


class ClockSetBack(ArchiveError):
    """The clock stands before the last line of the log. Facts: now, last."""

    code = "clock-set-back"


# --- what was typed --------------------------------------------------------------------------


class BadValue(ArchiveError):
    """A value that cannot be. Facts: field, value, expected."""

    code = "bad-value"
    exit = 2
    http = 422


class NoSuchDay(BadValue):
    """A day in the right form that no calendar has. Facts: field, value."""

    code = "no-such-day"


class FieldUnknown(ArchiveError):
    """A field this family does not have. Facts: field, family, known."""

    code = "field-unknown"
    exit = 2
    http = 422


class FieldMissing(ArchiveError):
    """A field this family demands. Facts: field, family."""

    code = "field-missing"
    exit = 2
    http = 422


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


class QueryUnclear(ArchiveError):
    """A question that cannot be read as written. Facts: query, at (which character), why, reading (the nearest)."""

    code = "query-unclear"
    exit = 2
    http = 422


class PageLost(ArchiveError):
    """A mark of a next page that belongs to another question, or was changed. Facts: none."""

    code = "page-lost"
    exit = 2
    http = 422


class QueryTooLarge(ArchiveError):
    """A question past a limit. Facts: what, found, most."""

    code = "query-too-large"
    exit = 2
    http = 422


# --- not permitted ---------------------------------------------------------------------------


class Refused(ArchiveError):
    """The policy says no; never raised itself. Facts: act, clause and what each class adds."""

    exit = 3
    http = 403


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


class LoginNeeded(Refused):
    """No session, or an expired one. Facts: none."""

    code = "login-needed"


class LoginThrottled(Refused):
    """Too many failures. Facts: seconds."""

    code = "login-throttled"


class SystemActorOnly(Refused):
    """`--as` is for scheduled work only. Facts: act."""

    code = "system-actor-only"


# --- not found -------------------------------------------------------------------------------


class NotFound(ArchiveError):
    """Absent, or hidden from this person: the answer is the same (V23). Facts: what, code."""

    code = "not-found"
    exit = 4
    http = 404


class NoInstance(ArchiveError):
    """No instance in this folder. Facts: path."""

    code = "no-instance"
    exit = 4
    http = 404


class FileMissing(ArchiveError):
    """A path that is not there or cannot be read. Facts: path."""

    code = "file-missing"
    exit = 4
    http = 404


class ClassUnknown(ArchiveError):
    """No such class in the tree. Facts: code, suggestion."""

    code = "class-unknown"
    exit = 4
    http = 404


class ValueUnknown(ArchiveError):
    """A question is narrowed to something that is not there. Facts: field, value, near."""

    code = "value-unknown"
    exit = 4
    http = 404


# --- a check found faults --------------------------------------------------------------------


class Damaged(ArchiveError):
    """Stored bytes are not what was written. Facts: what, where."""

    code = "damaged"
    exit = 5
    http = 500


class IndexOutdated(ArchiveError):
    """The index was analysed by another version and must be built anew. Facts: found, known."""

    code = "index-outdated"
    exit = 5
    http = 503


class ChainBroken(ArchiveError):
    """The audit chain does not verify. Facts: seq, why."""

    code = "chain-broken"
    exit = 5
    http = 500


class BlobMissing(Damaged):
    """A stored file is not where it was put. Facts: what, where."""

    code = "blob-missing"


class SealBroken(Damaged):
    """A sealed value does not open: changed, swapped or sealed with another key. Facts: what, where."""

    code = "seal-broken"


# --- keys and secrets ------------------------------------------------------------------------


class NoKey(ArchiveError):
    """No key at hand to open the instance. Facts: path."""

    code = "no-key"
    exit = 6
    http = 503


class WrongKey(ArchiveError):
    """The passphrase, key file or recovery key opens no slot. Facts: kind."""

    code = "wrong-key"
    exit = 6
    http = 503


class KeyFileUnsafe(ArchiveError):
    """A key file inside the instance, or readable by others. Facts: path, why."""

    code = "key-file-unsafe"
    exit = 6
    http = 503


class KeyGone(ArchiveError):
    """The key of this record was destroyed, or never existed. Facts: uid."""

    code = "key-gone"
    exit = 6
    http = 410


class KeyTaken(ArchiveError):
    """A record that is to get its first key has one already. Facts: uid."""

    code = "key-taken"


class LastSlot(ArchiveError):
    """One everyday slot and the recovery slot must stay. Facts: kind."""

    code = "last-slot"
    exit = 6


class SlotUnsafe(ArchiveError):
    """A slot whose stretching is below the floor or above the ceiling. Facts: field, value, least, most."""

    code = "slot-unsafe"
    exit = 6
    http = 503


class RecoveryMistyped(ArchiveError):
    """A recovery key with a typing slip, found by its check letters. Facts: group, groups."""

    code = "recovery-mistyped"
    exit = 6
    http = 422


# --- the machine -----------------------------------------------------------------------------


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


# --- defects of ours: a number for the user, the traceback for the operator's log -------------


class Defect(Exception):
    """A mistake in the program, not of its user; not an `ArchiveError`."""


class UnnamedChange(Defect):
    """Rows changed in a unit that named no act."""


# --- requests, approvals, absences, visitors ------------------------------------------------------


class ApprovalNeeded(Refused):
    """Nobody has approved this use yet (R35). Facts: kind, code, steps, clause."""

    code = "approval-needed"


class NotApprovable(Refused):
    """Nobody can approve this use (domain §9). Facts: kind, code, clause."""

    code = "not-approvable"


# --- lending, calendar, clock ---------------------------------------------------------------------


# --- readings, copies -----------------------------------------------------------------------------


# --- chasing, notices, rounds ---------------------------------------------------------------------


# --- incidents, leavers, repairs, validity ----------------------------------------------------------


# --- places, stocktakes, inspections ----------------------------------------------------------------


# --- seals, handovers, plans ------------------------------------------------------------------------
