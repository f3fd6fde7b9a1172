"""The fixed words of the ledgers: what is asked for, how far it has come, what was found; frozen and pure."""

from __future__ import annotations

from archive.values import Worded


class RequestKind(Worded):
    """What is asked for: reading, loan, taking out and copying are different acts (domain §9)."""

    READ = "READ"
    LOAN = "LOAN"
    TAKE_OUT = "TAKE_OUT"
    COPY = "COPY"
    EXTRACT = "EXTRACT"
    SEAL = "SEAL"
    UNSEAL = "UNSEAL"


class RequestState(Worded):
    """The life of one line of a request."""

    ASKED = "ASKED"
    ENDORSED = "ENDORSED"
    APPROVED = "APPROVED"
    FULFILLED = "FULFILLED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


class VisitorKind(Worded):
    """Who comes from outside (R42, R43, 阅*)."""

    OUTSIDE = "OUTSIDE"
    PARENT_COMPANY = "PARENT_COMPANY"
    OWNER = "OWNER"


class DocumentKind(Worded):
    """What a visitor shows to prove who he is (R42)."""

    RESIDENT_ID = "RESIDENT_ID"
    PASSPORT = "PASSPORT"
    HK_MACAO_PERMIT = "HK_MACAO_PERMIT"
    TAIWAN_PERMIT = "TAIWAN_PERMIT"
    RESIDENCE_PERMIT = "RESIDENCE_PERMIT"
    WORK_CARD = "WORK_CARD"


class ReadingState(Worded):
    """The life of a reading on site."""

    OPEN = "OPEN"
    ENDED = "ENDED"


class Condition(Worded):
    """The state of one physical piece, as the books have it."""

    SOUND = "SOUND"
    DAMAGED = "DAMAGED"
    LOST = "LOST"


class Whereabouts(Worded):
    """Where a record is now."""

    SHELF = "SHELF"
    UNPLACED = "UNPLACED"
    LOAN = "LOAN"
    READING_ROOM = "READING_ROOM"
    REPAIR = "REPAIR"
    LOST = "LOST"
    ELECTRONIC = "ELECTRONIC"


class IncidentKind(Worded):
    """What went wrong (R40)."""

    LOST = "LOST"
    DAMAGED = "DAMAGED"
    LEAKED = "LEAKED"


class IncidentState(Worded):
    """The life of an incident (F13)."""

    REPORTED = "REPORTED"
    JUDGED = "JUDGED"
    DECIDED = "DECIDED"
    CLOSED = "CLOSED"
    FOUND = "FOUND"


class ClearanceState(Worded):
    """The life of a leaver's clearance (F14)."""

    OPEN = "OPEN"
    SIGNED = "SIGNED"
    CERTIFIED = "CERTIFIED"
    CANCELLED = "CANCELLED"


class ClearanceItem(Worded):
    """What a leaver still has to hand over, entered by hand."""

    UNFILED = "UNFILED"
    CONFIDENTIAL_PAPER = "CONFIDENTIAL_PAPER"
    KEY = "KEY"
    OTHER = "OTHER"


class StocktakeKind(Worded):
    """月末清点、年度核对、随时抽查 (R24, R28)."""

    MONTH = "MONTH"
    YEAR = "YEAR"
    SPOT = "SPOT"


class StocktakeState(Worded):
    """The life of a stocktake."""

    COUNTING = "COUNTING"
    COMPARED = "COMPARED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class Finding(Worded):
    """What a count says of one line."""

    PRESENT = "PRESENT"
    AWAY = "AWAY"
    MISSING = "MISSING"
    MISPLACED = "MISPLACED"
    UNEXPECTED = "UNEXPECTED"
    DAMAGED = "DAMAGED"


class Protection(Worded):
    """七防: exactly these seven (R26)."""

    INSECTS = "INSECTS"
    MOULD = "MOULD"
    DUST = "DUST"
    FIRE = "FIRE"
    THEFT = "THEFT"
    DAMP = "DAMP"
    HEAT = "HEAT"


class SealState(Worded):
    """The life of a seal on a bag (F25)."""

    SEALED = "SEALED"
    UNSEALED = "UNSEALED"
    RESEALED = "RESEALED"


class HandoverState(Worded):
    """The life of a drafted handover list (F9)."""

    DRAFT = "DRAFT"
    SIGNED = "SIGNED"
    WITHDRAWN = "WITHDRAWN"


class HandoverKind(Worded):
    """Which way records go: into the archive, from a department into the central store, or out again."""

    INTO = "INTO"
    CENTRAL = "CENTRAL"
    OUT = "OUT"


class LineOutcome(Worded):
    """How a line of a handover list was checked."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


class Frequency(Worded):
    """How often a planned series is filed."""

    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class RepairMethod(Worded):
    """处理方式 (F26)."""

    MEND = "MEND"
    COPY = "COPY"
    SCAN = "SCAN"


class RepairState(Worded):
    """The life of a repair or copy order."""

    ORDERED = "ORDERED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class Happening(Worded):
    """What may be recorded as having happened, so that a retention period starts (domain §6.2)."""

    CONTRACT_EXPIRED = "CONTRACT_EXPIRED"
    CONTRACT_TERMINATED = "CONTRACT_TERMINATED"
    TENANCY_ENDED = "TENANCY_ENDED"
    FIT_OUT_ACCEPTED = "FIT_OUT_ACCEPTED"
    DEPOSIT_SETTLED = "DEPOSIT_SETTLED"
    SERVICE_ENDED = "SERVICE_ENDED"
    CASE_CLOSED = "CASE_CLOSED"
    EMPLOYMENT_ENDED = "EMPLOYMENT_ENDED"
    SUPERSEDED = "SUPERSEDED"


class ReviewOutcome(Worded):
    """What a review of validity said (R34)."""

    SET = "SET"
    VALID = "VALID"
    REVISE = "REVISE"
    SUPERSEDED = "SUPERSEDED"


class Channel(Worded):
    """How a notice reached somebody."""

    MAIL = "MAIL"
    TELEPHONE = "TELEPHONE"
    IN_PERSON = "IN_PERSON"
    PAPER = "PAPER"


class NoticeState(Worded):
    """The life of a notice in the outbox."""

    WAITING = "WAITING"
    SENT = "SENT"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class ScheduleState(Worded):
    """The life of a version of the class tree's rules (C7)."""

    DRAFT = "DRAFT"
    REVIEWED = "REVIEWED"
    ADOPTED = "ADOPTED"
    WITHDRAWN = "WITHDRAWN"


class MarkCause(Worded):
    """Why a record's period was set anew: an appraisal, a new rule that keeps longer, a re-marking."""

    APPRAISAL = "APPRAISAL"
    SCHEDULE = "SCHEDULE"
    REMARK = "REMARK"


class AppraisalState(Worded):
    """The life of an appraisal campaign (鉴定)."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class Verdict(Worded):
    """鉴定意见 (F21)."""

    DESTROY = "DESTROY"
    EXTEND = "EXTEND"
    PERMANENT = "PERMANENT"
    TRANSFER = "TRANSFER"
    TAKE_OUT = "TAKE_OUT"


class Unfinished(Worded):
    """未了事项: what stands against letting a record go (F21)."""

    LOAN = "LOAN"
    HOLD = "HOLD"
    INCIDENT = "INCIDENT"
    CONTRACT = "CONTRACT"
    DEPOSIT = "DEPOSIT"
    DEBT = "DEBT"
    LAWSUIT = "LAWSUIT"
    WARRANTY = "WARRANTY"
    REQUEST = "REQUEST"
    UNDATED = "UNDATED"


class HoldScope(Worded):
    """What a hold names (冻结)."""

    RECORD = "RECORD"
    PARTY = "PARTY"
    PREMISES = "PREMISES"
    CLASS = "CLASS"


class HoldState(Worded):
    """The life of a hold."""

    ACTIVE = "ACTIVE"
    RELEASED = "RELEASED"


class TransferState(Worded):
    """The life of a transfer out of the company (移交)."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    PACKED = "PACKED"
    SIGNED = "SIGNED"
    WITHDRAWN = "WITHDRAWN"


class DestructionState(Worded):
    """The life of a destruction list (销毁清册)."""

    DRAFT = "DRAFT"
    FROZEN = "FROZEN"
    APPROVED = "APPROVED"
    BEGUN = "BEGUN"
    DESTROYED = "DESTROYED"
    FINAL = "FINAL"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class DestructionStep(Worded):
    """How far one line of a destruction list has come; `DESTROYING` is past the point of no return."""

    LISTED = "LISTED"
    DESTROYING = "DESTROYING"
    DESTROYED = "DESTROYED"
    PULLED = "PULLED"


class Method(Worded):
    """销毁方式 (V21): what is confidential or personal is shredded; what was never on paper is erased."""

    SHRED = "SHRED"
    TEAR = "TEAR"
    PULP = "PULP"
    ERASE = "ERASE"


class SignedAs(Worded):
    """As what somebody signed a destruction list."""

    APPROVER = "APPROVER"
    COUNTERSIGNER = "COUNTERSIGNER"
    SUPERVISOR = "SUPERVISOR"


class SecrecyOutcome(Worded):
    """What is proposed when a secrecy period ends (保密期限)."""

    PROLONG = "PROLONG"
    DOWNGRADE = "DOWNGRADE"
    DECLASSIFY = "DECLASSIFY"


class BackupState(Worded):
    """What a registered backup set is worth: its key pack is current, waits to be rewritten, or opens no more."""

    CURRENT = "CURRENT"
    PENDING = "PENDING"
    DEAD = "DEAD"
    FORGOTTEN = "FORGOTTEN"
