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
        for key in (f"{kind}.{self.facts.get('field')}" for kind in ("field", "column")):
            if knows(key, language):
                return {"field": say(key, language)}
        return {}

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


class PortTaken(ArchiveError):
    """The service cannot listen there. Facts: host, port."""

    code = "port-taken"
    exit = 7
    http = 500


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
    """A value that cannot be. Facts: field, value (empty or a dash: left out), expected, letters (the most it may have)."""

    code = "bad-value"
    exit = 2
    http = 422

    def message(self, language: Language) -> str:
        """As of every error; what was left out is asked for, and of a text it is said how long it may be."""
        fault = self._fault()
        told = {**self.facts, **self._field(language)}
        return say(f"bad-value.{fault}", language, **told) if fault else super().message(language)

    def _fault(self) -> str:
        if self.code == BadValue.code and str(self.facts.get("value")).strip() in {"", "—"}:
            expected = self.facts.get("expected")
            if isinstance(expected, (list, tuple)):
                return "lacking"
            return "option" if str(expected).startswith("--") else "missing"
        return "long" if "letters" in self.facts else ""


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


# --- lending, calendar, clock ---------------------------------------------------------------------


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


class OtherFonds(ArchiveError):
    """A reference code of another archive. Facts: code, fonds."""

    code = "other-fonds"
    exit = 4
    http = 404


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


class DayAsShipped(ArchiveError):
    """The office has said nothing of its own about this day. Facts: day."""

    code = "day-as-shipped"


class ClockRight(ArchiveError):
    """The clock does not stand before the log: there is nothing to confirm. Facts: now, last."""

    code = "clock-right"


# --- readings, copies -----------------------------------------------------------------------------


class PieceLost(ArchiveError):
    """Nothing is left of a record but its line on the books (R40). Facts: code."""

    code = "piece-lost"


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


# --- chasing, notices, rounds ---------------------------------------------------------------------


class MailOff(ArchiveError):
    """No mail server is set, so nothing can be sent. Facts: waiting."""

    code = "mail-off"


class SecretFileUnsafe(ArchiveError):
    """A file with a password or token inside the instance, readable by others, or empty. Facts: path, why."""

    code = "secret-file-unsafe"
    exit = 6
    http = 503


class SystemTokenNeeded(Refused):
    """Acting as the clock without the credential of this instance (decision 5). Facts: path."""

    code = "system-token-needed"


# --- incidents, leavers, repairs, validity ----------------------------------------------------------


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


# --- places, stocktakes, inspections ----------------------------------------------------------------


class PlaceFull(ArchiveError):
    """No room is left in a place, or would be with a smaller capacity (R16). Facts: place, capacity."""

    code = "place-full"


class SealIntact(ArchiveError):
    """Nothing goes into or out of a sealed bag; it moves as a whole (8-1.4.4). Facts: bag, seal."""

    code = "seal-intact"


class CountOpen(ArchiveError):
    """A stocktake of the same things is still going on. Facts: number."""

    code = "count-open"


class NothingToCount(ArchiveError):
    """Nothing held lies in the scope of a stocktake. Facts: none."""

    code = "nothing-to-count"


class NotCounter(Refused):
    """Only its two counters count in a stocktake (F16). Facts: number, act."""

    code = "not-counter"


class TwoCounters(BadValue):
    """Fewer or more than two count (F16). Facts: field, value (how many), expected."""

    code = "two-counters"


class BlindCount(Refused):
    """Who counts blind does not see what is expected, nor compares (F16). Facts: number, act."""

    code = "blind-count"


class NoDifference(ArchiveError):
    """A stocktake found nothing to settle under this code. Facts: number, code."""

    code = "no-difference"


class DifferencesOpen(ArchiveError):
    """A stocktake closes only when each difference has an incident or a correction (V16). Facts: number, count, codes."""

    code = "differences-open"


class InspectionMissing(ArchiveError):
    """A stocktake closes only with its inspection of the seven protections (R26). Facts: number."""

    code = "inspection-missing"


# --- seals, handovers, plans ------------------------------------------------------------------------


class SealedUp(WrongState):
    """What lies in a sealed bag is not used before the bag is opened (R21). Facts: state, act."""

    code = "sealed-up"


class NotOnShelf(ArchiveError):
    """A record that is on loan, being read, being mended or lost cannot be sealed or handed over. Facts: code, where."""

    code = "not-on-shelf"


class LeftInBag(ArchiveError):
    """A bag is sealed with all that stands in it (F25). Facts: bag, count."""

    code = "left-in-bag"


class ThirdPerson(ArchiveError):
    """Who approved may not be one of the two who do it (R21). Facts: act, account."""

    code = "third-person"
    exit = 3
    http = 403


class OnDraft(ArchiveError):
    """A record stands on one open handover list at most (F9). Facts: code, number."""

    code = "on-draft"


class Unchecked(ArchiveError):
    """A list is signed when every line has been checked (R11). Facts: number, count."""

    code = "unchecked"


class NothingAccepted(ArchiveError):
    """Every line was refused, so there is nothing to sign. Facts: number."""

    code = "nothing-accepted"


class NotFit(ArchiveError):
    """Wrong ink, or papers missing: such a line cannot be accepted (R9, R10). Facts: code."""

    code = "not-fit"


class CopyUnexplained(ArchiveError):
    """A copy is filed only with a reason and the place of the original (R8). Facts: code."""

    code = "copy-unexplained"


class AlreadyThere(ArchiveError):
    """A record is kept already where the list would bring it (R28). Facts: code, kind."""

    code = "already-there"


class CheckFirst(ArchiveError):
    """The central store takes records over after the annual check (R28). Facts: year."""

    code = "check-first"


class TransferOutside(ArchiveError):
    """Records go back to the department they came from; out of the company is another act. Facts: to, department."""

    code = "transfer-outside"


class WrongSide(ArchiveError):
    """Somebody else's department cannot be signed for (R11). Facts: account, department."""

    code = "wrong-side"
    exit = 3
    http = 403


class PeriodSettled(ArchiveError):
    """The period is filed, or excused, already (R12). Facts: period."""

    code = "period-settled"


# --- transfer out of the company --------------------------------------------------------------------


class NotForTransfer(ArchiveError):
    """Neither its class nor an appraisal says that it is handed on (条例 24, PMR-29). Facts: code, disposition."""

    code = "not-for-transfer"


class TransferTooSoon(ArchiveError):
    """Its period still runs, and no end of the service is recorded (PMR-29). Facts: code, review_due."""

    code = "transfer-too-soon"


class TransferUndated(ArchiveError):
    """Its period counts from the filing year only because nobody knows its date (T17). Facts: code."""

    code = "transfer-undated"


class OnOtherList(ArchiveError):
    """A record stands on one open list of transfer or destruction at most. Facts: code, number."""

    code = "on-other-list"


class NothingToTransfer(ArchiveError):
    """No record is left on the list, or none may go. Facts: none."""

    code = "nothing-to-transfer"


class TransferOtherwise(ArchiveError):
    """Something on the list has changed since it was drafted or packed. Facts: number, codes (empty: the package)."""

    code = "transfer-otherwise"


class ReceiptDiffers(ArchiveError):
    """The receipt is for another package than the one made last. Facts: number, field, value."""

    code = "receipt-differs"


class HandedOn(WrongState):
    """Content of a record that was handed on is not opened here any more (PMR-29). Facts: state, act."""

    code = "handed-on"


class BagUnsafe(ArchiveError):
    """A path that may not stand in a bag, or stands there twice. Facts: path."""

    code = "bag-unsafe"
    exit = 2
    http = 422


# --- holds ------------------------------------------------------------------------------------------


class OnHold(ArchiveError):
    """An active hold names the record: it is neither transferred nor destroyed (V18). Facts: code, numbers."""

    code = "on-hold"


class GoneForGood(ArchiveError):
    """Handed on or destroyed: nothing is left that could be held. Facts: code, state."""

    code = "gone-for-good"


class NothingToHold(ArchiveError):
    """Nothing was named, or nothing found, that a hold could be placed on. Facts: none."""

    code = "nothing-to-hold"
    exit = 2
    http = 422


class NotHisHold(Refused):
    """Only who answers for a hold, or the general manager, reviews or releases it. Facts: act, number, owner, clause."""

    code = "not-his-hold"


class OwnerUnfit(BadValue):
    """Who answers for a hold must be employed here, in a post that may release it. Facts: field, value, expected (posts)."""

    code = "owner-unfit"


# --- clock, triggers, secrecy -----------------------------------------------------------------------


class ClockLeapt(ArchiveError):
    """The clock ran ahead by more than a day since what rests on it (M1). Facts: before, after."""

    code = "clock-leapt"
    http = 409


class NoSecrecy(ArchiveError):
    """What is public or internal has no secrecy period (保密期限). Facts: code, level."""

    code = "no-secrecy"


class SecrecyPending(ArchiveError):
    """A proposal for this record waits for its decision. Facts: code, number."""

    code = "secrecy-pending"


class SecrecyDecided(ArchiveError):
    """The proposal has been decided. Facts: number."""

    code = "secrecy-decided"


class SecrecyFloor(ArchiveError):
    """A record may not be opened further than personal-data law and the rules of its class let it. Facts: code, level, floor, clause."""

    code = "secrecy-floor"


class SecrecyMoved(ArchiveError):
    """The record was re-marked after the proposal was made. Facts: code, number."""

    code = "secrecy-moved"


# --- appraisal --------------------------------------------------------------------------------------


class NotOnPanel(Refused):
    """Only who sits on the panel gives an opinion (DAT42-7.7). Facts: number, act."""

    code = "not-on-panel"


class NotLeader(Refused):
    """Only the leader of the panel decides and closes (DAT42-7.7). Facts: number, act."""

    code = "not-leader"


class PanelUnfit(BadValue):
    """Who cannot be on a panel: not employed, not in business, not cleared for it, seated already. Facts: field, value."""

    code = "panel-unfit"


class PanelTooSmall(ArchiveError):
    """Two members at least must be able to give an opinion (DAT42-7.7). Facts: number, code, has."""

    code = "panel-too-small"


class OpinionsMissing(ArchiveError):
    """A line is decided when every member has given his opinion. Facts: code, who (accounts)."""

    code = "opinions-missing"


class OpinionsDiffer(ArchiveError):
    """The members differ, so the leader decides this line by itself, with a reason. Facts: code."""

    code = "opinions-differ"


class NobodyProposed(ArchiveError):
    """The leader lets nothing go that no member proposed to let go (V18). Facts: code, verdict."""

    code = "nobody-proposed"


class LineDecided(ArchiveError):
    """A line that was decided stays decided; another appraisal may take the record up. Facts: code, verdict."""

    code = "line-decided"


class OnAppraisal(ArchiveError):
    """A record stands on one open appraisal at most. Facts: code, number."""

    code = "on-appraisal"


class NothingToAppraise(ArchiveError):
    """Nothing in the scope is due and free to be appraised. Facts: year."""

    code = "nothing-to-appraise"


class NothingDecided(ArchiveError):
    """An appraisal without a single decision is cancelled, not closed. Facts: number."""

    code = "nothing-decided"


class LinesOpen(ArchiveError):
    """An appraisal closes when every line is decided or taken off. Facts: number, count."""

    code = "lines-open"


class SomeDecided(ArchiveError):
    """An appraisal of which something was decided is closed, not cancelled. Facts: number, count."""

    code = "some-decided"


class TooEarlyToDestroy(ArchiveError):
    """Nothing is appraised for destruction before it has expired, nor without a date (V18, T17). Facts: code, review_due."""

    code = "too-early-to-destroy"


class StillUnfinished(ArchiveError):
    """Something stands against letting a record go (F21). Facts: code, matters."""

    code = "still-unfinished"


class CeilingReached(ArchiveError):
    """Personal data of this class may not be kept longer (PIPL-19). Facts: code, class_code, period."""

    code = "ceiling-reached"


class PeriodShorter(ArchiveError):
    """An extension never shortens (条例 24). Facts: code, has, given (last days)."""

    code = "period-shorter"


class NotStarted(ArchiveError):
    """A period that has not started cannot be extended (6.2). Facts: code, period."""

    code = "not-started"


class PapersUnfit(ArchiveError):
    """Papers to take out must be of the volume, and some must stay. Facts: code, papers."""

    code = "papers-unfit"


class NotFlagged(ArchiveError):
    """Nobody has flagged such a matter on this line, or the books say so themselves. Facts: code, matter."""

    code = "not-flagged"


class ReportTooEarly(WrongState):
    """An appraisal has its report once it is closed. Facts: number, state, act."""

    code = "report-too-early"


# --- destruction lists ------------------------------------------------------------------------------


class GateClosed(ArchiveError):
    """Something stands against a destruction (V18). Facts: act, number, count, why (the first few, with clauses)."""

    code = "gate-closed"


class NotForDestruction(ArchiveError):
    """A record that cannot be put on a destruction list (V18). Facts: count, why."""

    code = "not-for-destruction"


class NothingToDestroy(ArchiveError):
    """No record is left that could be listed, or signed for. Facts: none."""

    code = "nothing-to-destroy"


class NotListed(ArchiveError):
    """The record does not stand on this list, or is no longer to go. Facts: number, code."""

    code = "not-listed"


class FingerprintDiffers(ArchiveError):
    """What is signed is what the fingerprint says (V18). Facts: number, act."""

    code = "fingerprint-differs"
    exit = 2
    http = 422


class SignedAlready(ArchiveError):
    """Nobody signs a list twice as the same. Facts: number, signed_as."""

    code = "signed-already"


class NotToSign(Refused):
    """Somebody whose signature the list does not ask for. Facts: act, number, account."""

    code = "not-to-sign"


class LinesUnseen(Refused):
    """Nobody answers for lines he may not see (7-1.4). Facts: act, number."""

    code = "lines-unseen"


class WitnessedAlready(ArchiveError):
    """Papers are gone, as a supervisor has signed: the list is not withdrawn any more. Facts: number."""

    code = "witnessed-already"


# --- backup sets -----------------------------------------------------------------------------


class EpochGone(ArchiveError):
    """The secret of an epoch was erased: packs sealed under it open for nobody (K3). Facts: epoch."""

    code = "epoch-gone"
    exit = 6


class WrongSlip(ArchiveError):
    """The slip is of another epoch, or of another instance. Facts: given, wanted (numbers of epochs)."""

    code = "wrong-slip"
    exit = 6
    http = 422


class SlipMistyped(ArchiveError):
    """An epoch slip with a typing slip, found by its check letters. Facts: group, groups."""

    code = "slip-mistyped"
    exit = 6
    http = 422


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


# --- erasing ----------------------------------------------------------------------------------------


class StillThere(ArchiveError):
    """Something of what was destroyed was found again: keys, files, places in the index. Facts: number, count, what."""

    code = "still-there"
    exit = 5
    http = 500


class CertificateFalse(ArchiveError):
    """A certificate of destruction that was not signed here, or changed afterwards. Facts: path, why."""

    code = "certificate-false"
    exit = 5
    http = 422


class NoCertificate(ArchiveError):
    """A certificate is made when every line of the list is destroyed. Facts: number, state."""

    code = "no-certificate"


# --- schedule ---------------------------------------------------------------------------------------


class BelowFloor(ArchiveError):
    """The law wants a class kept longer than a draft says (6.1). Facts: code, period, floor, clause."""

    code = "below-floor"
    exit = 2
    http = 422


class AboveCeiling(ArchiveError):
    """The law does not let a class be kept as long as a draft says (PIPL-19). Facts: code, period, ceiling, clause."""

    code = "above-ceiling"
    exit = 2
    http = 422


class TriggerBound(ArchiveError):
    """A class with a floor or ceiling in law keeps what it counts from. Facts: code, trigger, clause."""

    code = "trigger-bound"
    exit = 2
    http = 422


class BaseOutdated(ArchiveError):
    """Another version came into force since this one was drafted. Facts: version, base, current."""

    code = "base-outdated"


class ScheduleUnchanged(ArchiveError):
    """A draft that lays down what is in force already. Facts: version."""

    code = "schedule-unchanged"


class NoneInForce(ArchiveError):
    """There is nothing to revise before the shipped schedule is adopted (C7). Facts: version."""

    code = "none-in-force"


class NotForRemark(ArchiveError):
    """Why a record is not re-marked with a shorter period (6.2). Facts: code, why (a `Barrier`)."""

    code = "not-for-remark"


class NothingToRemark(ArchiveError):
    """No record of the class awaits re-marking, or none may be re-marked. Facts: code."""

    code = "nothing-to-remark"


# --- bringing lists in, taking them back ------------------------------------------------------------


class RowsRefused(ArchiveError):
    """A list has rows that cannot be entered, and it was not said to enter the others. Facts: refused, rows, first, why."""

    code = "rows-refused"


class RowDiffers(ArchiveError):
    """A record of this code is there already and says something else. Facts: code, field, has, given."""

    code = "row-differs"


class RowNameless(ArchiveError):
    """Nothing in a row tells what it would be known again by. Facts: wanted."""

    code = "row-nameless"
    exit = 2
    http = 422


class ReturnedLong(ArchiveError):
    """A loan of the old register that came back: nothing is out, nothing is entered. Facts: on."""

    code = "returned-long"


class NameUnclear(ArchiveError):
    """Several people, or parties, are called so. Facts: name, count."""

    code = "name-unclear"


class ImportAgain(ArchiveError):
    """This very list was brought in and nothing of it was refused. Facts: number."""

    code = "import-again"


class ImportUsed(ArchiveError):
    """What an import made is in use, so it cannot be taken back. Facts: number, what, codes."""

    code = "import-used"


class ListDiffers(ArchiveError):
    """A volume does not hold what its list claims. Facts: code, counted, claimed (papers / pages each)."""

    code = "list-differs"


class NothingClosed(ArchiveError):
    """No open volume of an import has what its list claims. Facts: number."""

    code = "nothing-closed"


# --- backup sets: shared folders, trying, bringing back, mending ------------------------------------


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


# --- labels and scans -------------------------------------------------------------------------------


class LabelTooSmall(ArchiveError):
    """A code and its QR do not fit on a label. Facts: code, sheet, need, has (mm of the shorter side)."""

    code = "label-too-small"
    exit = 2
    http = 422


class PagesDiffer(ArchiveError):
    """A scan has not as many pages as the catalogue counts for its volume (V4). Facts: code, expected, found."""

    code = "pages-differ"


class AttachedAlready(ArchiveError):
    """A record has this very file already. Facts: code, number."""

    code = "attached-already"


class ScanUnread(ArchiveError):
    """A file that cannot be split: locked, damaged, or beyond every limit. Facts: path, why."""

    code = "scan-unread"
    exit = 2
    http = 422


# --- lists: reading, mapping, trying ----------------------------------------------------------------


class SheetUnreadable(ArchiveError):
    """A file that is no list, or a damaged one. Facts: name, why (an `Unreadable`)."""

    code = "sheet-unreadable"
    exit = 2
    http = 422


class SheetLocked(ArchiveError):
    """A workbook closed by a password. Facts: name."""

    code = "sheet-locked"
    exit = 2
    http = 422


class SheetTooLarge(ArchiveError):
    """A list past a limit, or a bomb. Facts: what (a `Bulk`), found, most."""

    code = "sheet-too-large"
    exit = 2
    http = 422


class HeadingsUnclear(ArchiveError):
    """No row reads like the heading of a list. Facts: kind (or a dash), looked (rows), nearest (headings)."""

    code = "headings-unclear"
    exit = 2
    http = 422


class KindUnclear(ArchiveError):
    """The heading fits several kinds of list equally. Facts: kinds."""

    code = "kind-unclear"
    exit = 2
    http = 422


class ColumnLacking(ArchiveError):
    """A list without a column it must have. Facts: kind, columns (any of them would do), headings."""

    code = "column-lacking"
    exit = 2
    http = 422


class HeadingUnknown(ArchiveError):
    """A correction of the mapping names a heading that is not there. Facts: heading, headings."""

    code = "heading-unknown"
    exit = 2
    http = 422


class ColumnUnknown(ArchiveError):
    """A correction of the mapping names a column this kind of list does not have. Facts: column, known."""

    code = "column-unknown"
    exit = 2
    http = 422


class CellBroken(ArchiveError):
    """A cell that shows an error of the spreadsheet. Facts: field, value."""

    code = "cell-broken"


class FormulaUnreckoned(ArchiveError):
    """A formula whose value the file does not hold; formulas are never run here. Facts: field."""

    code = "formula-unreckoned"


class SignsUnseen(ArchiveError):
    """A text with control or invisible signs in it. Facts: field, signs (their code points)."""

    code = "signs-unseen"


class DayIncomplete(BadValue):
    """A date that lacks its day or month. Facts: field, value."""

    code = "day-incomplete"


class PeriodOfOld(BadValue):
    """A retention period in words that no longer say how long. Facts: field, value."""

    code = "period-of-old"


class RowRepeated(ArchiveError):
    """The same reference code or number stands in an earlier row of the list. Facts: field, value, row."""

    code = "row-repeated"


class PagesCross(ArchiveError):
    """Page ranges of one volume overlap within the list. Facts: first, last, row (the earlier one)."""

    code = "pages-cross"


class NumbersSkip(ArchiveError):
    """Running numbers of a list with a gap or a step back. Facts: field, expected, found."""

    code = "numbers-skip"


class TotalDiffers(ArchiveError):
    """The list's own total is not what its rows come to. Facts: field, told, counted."""

    code = "total-differs"


# --- packages ---------------------------------------------------------------------------------------


class PackageUnsound(ArchiveError):
    """A package is not complete, valid and safe, so nothing of it is taken in. Facts: path, count, first, flaw."""

    code = "package-unsound"
    exit = 5
    http = 422


class PackageUnread(ArchiveError):
    """The catalogue of a package cannot be read. Facts: path, why (a `Unread`)."""

    code = "package-unread"
    exit = 2
    http = 422


class StateSecret(ArchiveError):
    """Something bears a mark of state secrets, which no such system may store (C10). Facts: field."""

    code = "state-secret"
    exit = 3
    http = 403


class PartyDiffers(ArchiveError):
    """The code of a party in a package belongs to somebody else here. Facts: code."""

    code = "party-differs"


# --- printed forms of retention -----------------------------------------------------------------


class NoAccountingRecords(ArchiveError):
    """A destruction list names no accounting records this person may be shown. Facts: number."""

    code = "no-accounting-records"
    exit = 2
    http = 404


# --- templates of printed forms -----------------------------------------------------------------


class TemplateRefused(ArchiveError):
    """A Word file that cannot be a template. Facts: why (an `Unfit`), what (the part or the word in it, or empty)."""

    code = "template-refused"
    exit = 2
    http = 422


class PlaceholderUnknown(ArchiveError):
    """A template names what its form does not offer. Facts: form, names (each with the nearest known)."""

    code = "placeholder-unknown"
    exit = 2
    http = 422


class NoTemplateHere(ArchiveError):
    """Covers, backs and stamps keep our layout: there is nothing to fill in. Facts: form."""

    code = "no-template-here"
    exit = 2
    http = 422


# --- what a printed form is narrowed by ----------------------------------------------------------


class NotNarrowedBy(BadValue):
    """A form is not narrowed by this; passing over it would print more than was asked for. Facts: field, value, options."""

    code = "not-narrowed-by"


class OneAtATime(BadValue):
    """A paper is printed of one number, a register of none. Facts: field, value, count (the most it takes)."""

    code = "one-at-a-time"


# --- letters ------------------------------------------------------------------------------------


class LetterAgain(ArchiveError):
    """A letter with this document number, of the same correspondent, is registered already. Facts: document_no, number."""

    code = "letter-again"


# --- files brought in piece by piece --------------------------------------------------------------


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


class CardChanged(ArchiveError):
    """Somebody changed the card while it was being edited. Facts: code, by, at."""

    code = "card-changed"


# --- writes of programs ---------------------------------------------------------------------------


class KeyReused(ArchiveError):
    """The key of a write was used for another write before. Facts: at."""

    code = "key-reused"


class KeyUnsettled(ArchiveError):
    """The write of this key was begun; what it was answered is not known, or not any more. Facts: at."""

    code = "key-unsettled"


# --- the exchange folder --------------------------------------------------------------------------


class ExchangeOff(ArchiveError):
    """No folder is named that packages come from and go to. Facts: none."""

    code = "exchange-off"
    http = 409
