"""Records that leave for good: transfer out of the company, destruction, erasing."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, Refused, WrongState


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
