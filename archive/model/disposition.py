"""What becomes of records: periods set anew, appraisals, holds, transfers, destructions, secrecy, backup sets.

Rows are never deleted. Free text is sealed; the clear columns are ids, codes, dates, counts and states.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive.model.base import Base, Code, Sealed, Uid, UidKey, worded
from archive.statuses import (
    AppraisalState,
    BackupState,
    DestructionState,
    DestructionStep,
    HoldScope,
    HoldState,
    MarkCause,
    Method,
    SecrecyOutcome,
    SignedAs,
    TransferState,
    Verdict,
)
from archive.values import Level


class PeriodMark(Base):
    """One change of a record's period after filing: the old one stays readable (条例 24, V24); rows stay."""

    __tablename__ = "period_mark"

    uid: Mapped[UidKey]
    record_uid: Mapped[Uid] = mapped_column(index=True)
    cause: Mapped[MarkCause] = mapped_column(worded(MarkCause))
    source: Mapped[str] = mapped_column(
        String(40), comment="number of the appraisal, version of the schedule"
    )
    before: Mapped[str] = mapped_column(String(6))
    after: Mapped[str] = mapped_column(String(6))
    kept_from: Mapped[dt.date | None] = mapped_column(comment="the day the new period counts from")
    expires_before: Mapped[dt.date | None]
    expires_after: Mapped[dt.date | None]
    marked_at: Mapped[dt.datetime]
    marked_by: Mapped[str] = mapped_column(String(32))


class Appraisal(Base):
    """鉴定 (F21, F22): a panel, a leader, the records due, an opinion of each member on each line."""

    __tablename__ = "appraisal"

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    year: Mapped[int]
    as_of: Mapped[dt.date] = mapped_column(comment="what was due on this day was taken up")
    class_code: Mapped[str] = mapped_column(String(20), default="", comment="the scope; empty for all")
    department: Mapped[str] = mapped_column(String(12), default="")
    state: Mapped[AppraisalState] = mapped_column(worded(AppraisalState), default=AppraisalState.OPEN)
    leader_uid: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    begun_at: Mapped[dt.datetime]
    begun_by: Mapped[str] = mapped_column(String(32), comment="a person, or the clock")
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    report_uid: Mapped[str | None] = mapped_column(String(32), comment="the report as an item of WS·DA (V20)")
    card: Mapped[Sealed] = mapped_column(default=b"", comment="basis, remarks, why it was cancelled")


class AppraisalMember(Base):
    """A seat on the panel and who held it when; who is replaced keeps his opinions."""

    __tablename__ = "appraisal_member"

    uid: Mapped[UidKey]
    appraisal_uid: Mapped[Uid] = mapped_column(ForeignKey("appraisal.uid"), index=True)
    person_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    seat: Mapped[int]
    since: Mapped[dt.datetime]
    until: Mapped[dt.datetime | None]
    appointed_by: Mapped[str] = mapped_column(String(32))


class AppraisalLine(Base):
    """One record under appraisal: as it stood when taken up, and what was decided (F21)."""

    __tablename__ = "appraisal_line"
    __table_args__ = (
        UniqueConstraint("appraisal_uid", "record_uid"),
        CheckConstraint("(verdict IS NULL) = (decided_at IS NULL)", name="decided_is_dated"),
    )

    uid: Mapped[UidKey]
    appraisal_uid: Mapped[Uid] = mapped_column(ForeignKey("appraisal.uid"))
    nth: Mapped[int]
    record_uid: Mapped[Uid] = mapped_column(index=True)
    code: Mapped[Code]
    period: Mapped[str] = mapped_column(String(6), comment="the period that ran out")
    expires_on: Mapped[dt.date | None]
    review_due: Mapped[dt.date | None]
    uses: Mapped[int] = mapped_column(default=0, comment="loans, readings and copies since it was held")
    last_used: Mapped[dt.date | None]
    unfinished: Mapped[str] = mapped_column(
        String(120), default="", comment="codes of Unfinished, space between"
    )
    removed_at: Mapped[dt.datetime | None] = mapped_column(comment="taken off the worklist undecided")
    verdict: Mapped[Verdict | None] = mapped_column(worded(Verdict))
    new_period: Mapped[str | None] = mapped_column(String(6))
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    by_leader: Mapped[bool] = mapped_column(
        default=False, comment="the members disagreed and the leader decided"
    )
    card: Mapped[Sealed] = mapped_column(default=b"", comment="reason of the decision; the record's key")


class AppraisalOpinion(Base):
    """What one member thinks of one line; a later opinion of the same member replaces the earlier, which stays."""

    __tablename__ = "appraisal_opinion"
    __table_args__ = (UniqueConstraint("line_uid", "nth"),)

    uid: Mapped[UidKey]
    line_uid: Mapped[Uid] = mapped_column(ForeignKey("appraisal_line.uid"))
    nth: Mapped[int] = mapped_column(comment="the how-manieth opinion on this line")
    seat: Mapped[int] = mapped_column(
        comment="the seat it was given from: it counts for the seat until the next"
    )
    person_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    verdict: Mapped[Verdict] = mapped_column(worded(Verdict))
    new_period: Mapped[str | None] = mapped_column(String(6))
    standard: Mapped[str] = mapped_column(
        String(20), default="", comment="code of the standard text, if one was used"
    )
    given_at: Mapped[dt.datetime]
    card: Mapped[Sealed] = mapped_column(comment="reason, and the papers to take out; the record's key")


class TakenOut(Base):
    """抽出单立: a paper that left its volume at an appraisal and is kept alone from then on; rows stay."""

    __tablename__ = "taken_out"

    item_uid: Mapped[str] = mapped_column(String(32), primary_key=True)
    line_uid: Mapped[str] = mapped_column(ForeignKey("appraisal_line.uid"), primary_key=True)
    volume_uid: Mapped[Uid]
    seq_no: Mapped[int]
    first_page: Mapped[int]
    taken_at: Mapped[dt.datetime]


class Hold(Base):
    """冻结: nothing it names is transferred or destroyed while it is active; the clock runs on (T15)."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("(state = 'RELEASED') = (released_at IS NOT NULL)", name="released_is_dated"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    state: Mapped[HoldState] = mapped_column(worded(HoldState), default=HoldState.ACTIVE)
    owner_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"), comment="who answers for it")
    review_on: Mapped[dt.date] = mapped_column(index=True)
    placed_at: Mapped[dt.datetime]
    placed_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    released_at: Mapped[dt.datetime | None]
    released_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    card: Mapped[Sealed] = mapped_column(comment="reason, the question asked of the index, reviews")
    ending: Mapped[Sealed] = mapped_column(default=b"", comment="why it was released")


class HoldTarget(Base):
    """One thing a hold names: a record's uid, a party's, a premises', or a class's code; rows stay."""

    __tablename__ = "hold_target"
    __table_args__ = (Index("ix_hold_target_target", "target", "scope"),)

    hold_uid: Mapped[str] = mapped_column(ForeignKey("hold.uid"), primary_key=True)
    scope: Mapped[HoldScope] = mapped_column(worded(HoldScope), primary_key=True)
    target: Mapped[str] = mapped_column(String(32), primary_key=True)


class TransferList(Base):
    """移交 out of the company: to the owners' committee or the next company, as a package and a signed receipt."""

    __tablename__ = "transfer_list"
    __table_args__ = (
        CheckConstraint("(state = 'SIGNED') = (signed_on IS NOT NULL)", name="signed_is_dated"),
        CheckConstraint("approved_by IS NULL OR approved_by <> drafted_by", name="own_approver"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    state: Mapped[TransferState] = mapped_column(worded(TransferState), default=TransferState.DRAFT)
    to_uid: Mapped[Uid] = mapped_column(ForeignKey("party.uid"), comment="who receives")
    drafted_at: Mapped[dt.datetime]
    drafted_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    approved_at: Mapped[dt.datetime | None]
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    packed_at: Mapped[dt.datetime | None]
    package: Mapped[str] = mapped_column(
        String(64), default="", comment="SHA-256 of the package's tag manifest"
    )
    signed_on: Mapped[dt.date | None]
    signed_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"), comment="who handed over")
    card: Mapped[Sealed] = mapped_column(comment="reason, the receiver's name and receipt number")


class TransferLine(Base):
    """One record on a transfer list, with what was counted."""

    __tablename__ = "transfer_line"

    list_uid: Mapped[str] = mapped_column(ForeignKey("transfer_list.uid"), primary_key=True)
    record_uid: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    nth: Mapped[int]
    code: Mapped[Code]
    items: Mapped[int]
    pages: Mapped[int]
    pulled_at: Mapped[dt.datetime | None]


class DestructionList(Base):
    """销毁清册 (F23): frozen with a hash, approved, witnessed by two, proved; kept for ever (V18, V20)."""

    __tablename__ = "destruction_list"
    __table_args__ = (
        CheckConstraint("supervisor_one IS NULL OR supervisor_one <> supervisor_two", name="two_supervisors"),
        CheckConstraint(
            "approved_by IS NULL OR operator_uid IS NULL OR approved_by NOT IN (operator_uid, supervisor_one, supervisor_two)",
            name="approver_apart",
        ),
        CheckConstraint(
            "operator_uid IS NULL OR operator_uid NOT IN (supervisor_one, supervisor_two)",
            name="operator_apart",
        ),
        CheckConstraint("(operator_uid IS NULL) = (supervisor_one IS NULL)", name="begun_by_three"),
        CheckConstraint("(operator_uid IS NULL) = (supervisor_two IS NULL)", name="begun_with_two"),
        CheckConstraint("approved_by IS NULL OR approved_by <> drafted_by", name="own_approver"),
        CheckConstraint("state <> 'FINAL' OR all_on IS NOT NULL", name="final_is_dated"),
        CheckConstraint(
            "state NOT IN ('BEGUN', 'DESTROYED', 'FINAL') OR (approved_by IS NOT NULL AND operator_uid IS NOT NULL)",
            name="begun_with_authority",
        ),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    state: Mapped[DestructionState] = mapped_column(worded(DestructionState), default=DestructionState.DRAFT)
    drafted_at: Mapped[dt.datetime]
    drafted_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    frozen_at: Mapped[dt.datetime | None]
    content_hash: Mapped[str] = mapped_column(String(64), default="", comment="SHA-256 of the frozen lines")
    approved_at: Mapped[dt.datetime | None]
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    earliest_on: Mapped[dt.date | None] = mapped_column(comment="not to be carried out before")
    begun_at: Mapped[dt.datetime | None]
    operator_uid: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    supervisor_one: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    supervisor_two: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    live_on: Mapped[dt.date | None] = mapped_column(
        comment="the live record could not be read any more from this day"
    )
    all_on: Mapped[dt.date | None] = mapped_column(comment="nor could any registered copy")
    register_uid: Mapped[str | None] = mapped_column(
        String(32), comment="the register as an item of WS·DA (V20)"
    )
    certificate: Mapped[str] = mapped_column(Text, default="", comment="signed note; ids, counts and dates")
    card: Mapped[Sealed] = mapped_column(default=b"", comment="reason, remarks")


class DestructionLine(Base):
    """One record on a destruction list; its description stays as far as it may (decision 10, V19)."""

    __tablename__ = "destruction_line"
    __table_args__ = (
        Index("ix_destruction_line_step", "step"),
        CheckConstraint("(step = 'DESTROYED') = (destroyed_at IS NOT NULL)", name="destroyed_is_dated"),
    )

    list_uid: Mapped[str] = mapped_column(ForeignKey("destruction_list.uid"), primary_key=True)
    record_uid: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    nth: Mapped[int]
    code: Mapped[Code]
    class_code: Mapped[str] = mapped_column(String(20))
    level: Mapped[Level]
    personal: Mapped[bool]
    archive_year: Mapped[int]
    items: Mapped[int]
    pages: Mapped[int]
    on_paper: Mapped[bool] = mapped_column(comment="there is paper to destroy")
    period: Mapped[str] = mapped_column(String(6), comment="应保管期限")
    started_on: Mapped[dt.date | None]
    expires_on: Mapped[dt.date | None]
    review_due: Mapped[dt.date | None]
    opinion: Mapped[str] = mapped_column(String(40), comment="number of the appraisal that decided it")
    line_uid: Mapped[Uid] = mapped_column(ForeignKey("appraisal_line.uid"))
    version: Mapped[int] = mapped_column(comment="of the record when the list was frozen")
    method: Mapped[Method] = mapped_column(worded(Method))
    step: Mapped[DestructionStep] = mapped_column(worded(DestructionStep), default=DestructionStep.LISTED)
    destroyed_at: Mapped[dt.datetime | None]
    keys: Mapped[int | None] = mapped_column(comment="how many keys were destroyed with it")
    pulled_at: Mapped[dt.datetime | None]
    pulled_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    card: Mapped[Sealed] = mapped_column(
        default=b"", comment="title and creator where they may stay; why pulled"
    )


class DestructionSignature(Base):
    """Who signed a destruction list as what, over which content; supervisors with time and place. Rows stay."""

    __tablename__ = "destruction_signature"

    list_uid: Mapped[str] = mapped_column(ForeignKey("destruction_list.uid"), primary_key=True)
    signed_as: Mapped[SignedAs] = mapped_column(worded(SignedAs), primary_key=True)
    person_uid: Mapped[str] = mapped_column(ForeignKey("person.uid"), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[dt.datetime]
    happened_at: Mapped[dt.datetime | None] = mapped_column(comment="when the papers were destroyed")
    card: Mapped[Sealed] = mapped_column(default=b"", comment="place, remark")


class SecrecyReview(Base):
    """What was proposed at the end of a secrecy period and decided (保密期限、降密、解密)."""

    __tablename__ = "secrecy_review"
    __table_args__ = (CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="own_decider"),)

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    record_uid: Mapped[Uid] = mapped_column(index=True)
    outcome: Mapped[SecrecyOutcome] = mapped_column(worded(SecrecyOutcome))
    level_before: Mapped[Level]
    level_after: Mapped[Level]
    until_before: Mapped[dt.date | None]
    until_after: Mapped[dt.date | None]
    proposed_at: Mapped[dt.datetime]
    proposed_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    agreed: Mapped[bool | None]
    card: Mapped[Sealed] = mapped_column(comment="reasons; the record's key")


class BackupSet(Base):
    """A registered backup set: where it lies (sealed), under which epoch its key pack is sealed (decision 12)."""

    __tablename__ = "backup_set"

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    state: Mapped[BackupState] = mapped_column(worded(BackupState), default=BackupState.CURRENT)
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str] = mapped_column(String(32))
    epoch: Mapped[int]
    records: Mapped[int]
    files: Mapped[int]
    size: Mapped[int] = mapped_column(comment="bytes")
    pack_sha256: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[dt.datetime] = mapped_column(
        comment="when its key pack was last written or found current"
    )
    forgotten_at: Mapped[dt.datetime | None]
    forgotten_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    card: Mapped[Sealed] = mapped_column(comment="its folder, a remark, why it was forgotten")


class PendingErasure(Base):
    """A backup set whose key pack still holds keys of a destruction list; done when rewritten, or dead with its epoch."""

    __tablename__ = "pending_erasure"

    list_uid: Mapped[str] = mapped_column(ForeignKey("destruction_list.uid"), primary_key=True)
    set_uid: Mapped[str] = mapped_column(ForeignKey("backup_set.uid"), primary_key=True)
    since: Mapped[dt.datetime]
    done_at: Mapped[dt.datetime | None]
