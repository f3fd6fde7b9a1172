"""The schedule, holds, and periods of secrecy."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, BadValue, Refused


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
