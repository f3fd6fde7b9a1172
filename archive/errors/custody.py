"""Places, stocktakes, seals, and handovers to the central store."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, BadValue, Refused, WrongState


class NotLockable(ArchiveError):
    """Confidential papers stand only where a lock is (R22). Facts: code, place."""

    code = "not-lockable"


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
