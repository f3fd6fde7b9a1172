"""Custody on the books: incidents, clearances, stocktakes, seals, drafted handovers, plans, repairs, validity."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive.model.base import Base, Code, Sealed, Uid, UidKey, worded
from archive.model.ledger import Outing
from archive.statuses import (
    ClearanceItem,
    ClearanceState,
    Finding,
    Frequency,
    HandoverKind,
    HandoverState,
    IncidentKind,
    IncidentState,
    LineOutcome,
    Protection,
    RepairMethod,
    RepairState,
    ReviewOutcome,
    SealState,
    StocktakeKind,
    StocktakeState,
    Whereabouts,
)


class Incident(Base):
    """档案丢失、损坏、泄密报告 (F13): reported at once, judged, decided, closed; what is found again is found."""

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint("judged_by IS NULL OR judged_by <> reported_by", name="reporter_does_not_judge"),
        CheckConstraint("(state = 'REPORTED') = (judged_at IS NULL)", name="judged_is_dated"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[IncidentKind] = mapped_column(worded(IncidentKind))
    state: Mapped[IncidentState] = mapped_column(worded(IncidentState), default=IncidentState.REPORTED)
    record_uid: Mapped[Uid] = mapped_column(index=True)
    loan_uid: Mapped[str | None] = mapped_column(ForeignKey("loan.uid"), index=True)
    reading_uid: Mapped[str | None] = mapped_column(ForeignKey("reading.uid"))
    stocktake_uid: Mapped[str | None] = mapped_column(ForeignKey("stocktake.uid"), index=True)
    replacement_uid: Mapped[str | None] = mapped_column(
        ForeignKey("holding.uid"), comment="the copy that stands in for it"
    )
    found_on: Mapped[dt.date] = mapped_column(comment="when it was noticed")
    reported_at: Mapped[dt.datetime]
    reported_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    judged_at: Mapped[dt.datetime | None]
    judged_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    recovered_at: Mapped[dt.datetime | None]
    recovered_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    report: Mapped[Sealed] = mapped_column(
        comment="course, extent, measures, who was concerned; the record's key"
    )
    judgement: Mapped[Sealed] = mapped_column(default=b"", comment="liability")
    decision: Mapped[Sealed] = mapped_column(default=b"")
    outcome: Mapped[Sealed] = mapped_column(
        default=b"", comment="what was done about it; how it was found again"
    )


class IncidentHolding(Base):
    """One physical piece that an incident concerns."""

    __tablename__ = "incident_holding"

    incident_uid: Mapped[str] = mapped_column(ForeignKey("incident.uid"), primary_key=True)
    holding_uid: Mapped[str] = mapped_column(ForeignKey("holding.uid"), primary_key=True, index=True)


class Clearance(Base):
    """离职档案清缴单 (F14): from a leaving day to a numbered certificate."""

    __tablename__ = "clearance"
    __table_args__ = (
        CheckConstraint("(state = 'CERTIFIED') = (certificate IS NOT NULL)", name="certified_is_numbered"),
        CheckConstraint("certified_by IS NULL OR certified_by <> person_uid", name="not_oneself"),
        CheckConstraint("certified_by IS NULL OR certified_by <> signed_by", name="two_signers"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    person_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"), index=True)
    leaving_on: Mapped[dt.date]
    state: Mapped[ClearanceState] = mapped_column(worded(ClearanceState), default=ClearanceState.OPEN)
    begun_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    begun_at: Mapped[dt.datetime]
    signed_by: Mapped[str | None] = mapped_column(
        ForeignKey("person.uid"), comment="the department's manager"
    )
    signed_at: Mapped[dt.datetime | None]
    certified_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"), comment="the archivist")
    certified_at: Mapped[dt.datetime | None]
    certificate: Mapped[str | None] = mapped_column(String(40), unique=True)


class ClearanceLine(Base):
    """Something a leaver must still hand over, entered by hand."""

    __tablename__ = "clearance_line"
    __table_args__ = (UniqueConstraint("clearance_uid", "nth"),)

    uid: Mapped[UidKey]
    clearance_uid: Mapped[Uid] = mapped_column(ForeignKey("clearance.uid"))
    nth: Mapped[int]
    kind: Mapped[ClearanceItem] = mapped_column(worded(ClearanceItem))
    card: Mapped[Sealed]
    added_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    added_at: Mapped[dt.datetime]
    settled_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    settled_at: Mapped[dt.datetime | None]


class Stocktake(Base):
    """月末清点、年度核对 (F16): the books frozen, counted by two, checked by a third."""

    __tablename__ = "stocktake"
    __table_args__ = (
        CheckConstraint(
            "checked_by IS NULL OR checked_by NOT IN (counter_one, counter_two)", name="own_checker"
        ),
        CheckConstraint("counter_one <> counter_two", name="two_counters"),
        CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name="closed_is_dated"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[StocktakeKind] = mapped_column(worded(StocktakeKind))
    period: Mapped[str] = mapped_column(String(10), index=True, comment="2026-03, or 2026")
    class_code: Mapped[str] = mapped_column(String(20), default="", comment="the scope; empty for all")
    department: Mapped[str] = mapped_column(String(12), default="")
    place_uid: Mapped[str | None] = mapped_column(ForeignKey("location.uid"))
    blind: Mapped[bool] = mapped_column(default=False, comment="the counters do not see what is expected")
    state: Mapped[StocktakeState] = mapped_column(worded(StocktakeState), default=StocktakeState.COUNTING)
    begun_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    begun_at: Mapped[dt.datetime]
    counter_one: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    counter_two: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    compared_at: Mapped[dt.datetime | None]
    checked_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    closed_at: Mapped[dt.datetime | None]
    agrees: Mapped[bool | None] = mapped_column(
        comment="帐物相符: every expected thing was there, nothing else was"
    )
    card: Mapped[Sealed] = mapped_column(default=b"", comment="remarks, day by which faults are mended")


class StocktakeLine(Base):
    """One volume (or item kept alone) as the books had it when the count began, and what was found."""

    __tablename__ = "stocktake_line"
    __table_args__ = (Index("ix_stocktake_line_finding", "stocktake_uid", "finding"),)

    stocktake_uid: Mapped[str] = mapped_column(ForeignKey("stocktake.uid"), primary_key=True)
    record_uid: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[Code]
    expected: Mapped[Whereabouts] = mapped_column(worded(Whereabouts))
    place_uid: Mapped[str | None] = mapped_column(String(32))
    finding: Mapped[Finding | None] = mapped_column(worded(Finding))
    seen_uid: Mapped[str | None] = mapped_column(String(32), comment="the place it was found in")
    incident_uid: Mapped[str | None] = mapped_column(ForeignKey("incident.uid"))
    correction: Mapped[Sealed] = mapped_column(default=b"", comment="what was put right, in words")
    settled_at: Mapped[dt.datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(32))


class StocktakeScan(Base):
    """One code as it was scanned, where, by whom; twice the same is one."""

    __tablename__ = "stocktake_scan"

    stocktake_uid: Mapped[str] = mapped_column(ForeignKey("stocktake.uid"), primary_key=True)
    code: Mapped[str] = mapped_column(String(120), primary_key=True)
    place_uid: Mapped[str | None] = mapped_column(String(32))
    damaged: Mapped[bool] = mapped_column(default=False)
    scanned_at: Mapped[dt.datetime]
    scanned_by: Mapped[str] = mapped_column(String(32))
    settled_at: Mapped[dt.datetime | None] = mapped_column(comment="of a code nobody expected")
    correction: Mapped[Sealed] = mapped_column(default=b"")


class Inspection(Base):
    """七防检查 and the look for damp, moth and corrosion (R26, R27); rows stay."""

    __tablename__ = "inspection"

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    place_uid: Mapped[Uid] = mapped_column(ForeignKey("location.uid"))
    stocktake_uid: Mapped[str | None] = mapped_column(ForeignKey("stocktake.uid"), index=True)
    inspected_on: Mapped[dt.date]
    inspected_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    card: Mapped[Sealed] = mapped_column(comment="remarks")


class InspectionLine(Base):
    """One of the seven: in order or not, and what was seen; rows stay."""

    __tablename__ = "inspection_line"

    inspection_uid: Mapped[str] = mapped_column(ForeignKey("inspection.uid"), primary_key=True)
    protection: Mapped[Protection] = mapped_column(worded(Protection), primary_key=True)
    sound: Mapped[bool]
    card: Mapped[Sealed] = mapped_column(default=b"")


class Seal(Base):
    """封存登记 (F25): a bag, a numbered seal, who sealed it and who checked."""

    __tablename__ = "seal"
    __table_args__ = (
        CheckConstraint("sealed_by <> checked_by", name="two_people"),
        UniqueConstraint("seal_no"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    seal_no: Mapped[str] = mapped_column(String(60), comment="the number printed on the seal itself")
    bag_uid: Mapped[Uid] = mapped_column(ForeignKey("location.uid"))
    state: Mapped[SealState] = mapped_column(worded(SealState), default=SealState.SEALED)
    sealed_on: Mapped[dt.date]
    sealed_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    checked_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    former_uid: Mapped[str | None] = mapped_column(
        ForeignKey("seal.uid"), comment="the seal this one replaces"
    )


class SealLine(Base):
    """One volume (or item kept alone) in a sealed bag; rows stay."""

    __tablename__ = "seal_line"

    seal_uid: Mapped[str] = mapped_column(ForeignKey("seal.uid"), primary_key=True)
    record_uid: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    line_uid: Mapped[str | None] = mapped_column(String(32), comment="the approved request it was sealed on")


class SealOpening(Base):
    """启封: why, on whose approval, by whom, with whom; rows stay."""

    __tablename__ = "seal_opening"
    __table_args__ = (CheckConstraint("opened_by <> witness_uid", name="two_people"),)

    seal_uid: Mapped[str] = mapped_column(ForeignKey("seal.uid"), primary_key=True)
    line_uid: Mapped[Uid] = mapped_column(comment="the approved request")
    opened_at: Mapped[dt.datetime]
    opened_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    witness_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    card: Mapped[Sealed] = mapped_column(comment="the reason")


class HandoverDraft(Base):
    """移交清单 before it is signed (F9): drafted by one side, checked line by line by the other."""

    __tablename__ = "handover_draft"

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[HandoverKind] = mapped_column(worded(HandoverKind))
    state: Mapped[HandoverState] = mapped_column(worded(HandoverState), default=HandoverState.DRAFT)
    from_department: Mapped[str] = mapped_column(String(12))
    to_department: Mapped[str] = mapped_column(String(12), default="")
    drafted_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    drafted_at: Mapped[dt.datetime]
    handover_uid: Mapped[str | None] = mapped_column(ForeignKey("handover.uid"))
    card: Mapped[Sealed] = mapped_column(comment="why it is handed over, to whom outside")


class HandoverDraftLine(Base):
    """One record on a draft, and how the other side found it (R8-R11)."""

    __tablename__ = "handover_draft_line"

    draft_uid: Mapped[str] = mapped_column(ForeignKey("handover_draft.uid"), primary_key=True)
    record_uid: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    ordinal: Mapped[int]
    items: Mapped[int]
    pages: Mapped[int]
    outcome: Mapped[LineOutcome] = mapped_column(worded(LineOutcome), default=LineOutcome.PENDING)
    originals: Mapped[bool | None]
    ink: Mapped[bool | None]
    complete: Mapped[bool | None]
    checked_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    checked_at: Mapped[dt.datetime | None]
    card: Mapped[Sealed] = mapped_column(default=b"", comment="why it was refused, or why copies were taken")


class PlanLine(Base):
    """归档计划: a series a department files every month, quarter or year, and by when (R1, R2, R12)."""

    __tablename__ = "plan_line"

    uid: Mapped[UidKey]
    department: Mapped[str] = mapped_column(ForeignKey("department.code"), index=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("record_class.code"))
    name: Mapped[str] = mapped_column(String(80), comment="what the series is called; no names of people")
    doc_type: Mapped[str] = mapped_column(
        String(60), default="", comment="the document type that counts; empty: any"
    )
    frequency: Mapped[Frequency] = mapped_column(worded(Frequency))
    grace_days: Mapped[int] = mapped_column(comment="days after the period's end by which it must be filed")
    keeper_uid: Mapped[str | None] = mapped_column(ForeignKey("person.uid"), comment="who answers for it")
    since: Mapped[dt.date]
    until: Mapped[dt.date | None]


class PlanExcuse(Base):
    """A period in which a planned series had nothing to file, said by somebody who must know; rows stay."""

    __tablename__ = "plan_excuse"

    plan_uid: Mapped[str] = mapped_column(ForeignKey("plan_line.uid"), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    excused_by: Mapped[str] = mapped_column(ForeignKey("person.uid"))
    excused_at: Mapped[dt.datetime]
    card: Mapped[Sealed]


class Repair(Base):
    """修复、复制登记 (F26): what is wrong, what is done about it, where the copy goes."""

    __tablename__ = "repair"
    __table_args__ = (CheckConstraint("(state = 'ORDERED') = (ended_at IS NULL)", name="ended_is_dated"),)

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    record_uid: Mapped[Uid] = mapped_column(index=True)
    method: Mapped[RepairMethod] = mapped_column(worded(RepairMethod))
    state: Mapped[RepairState] = mapped_column(worded(RepairState), default=RepairState.ORDERED)
    incident_uid: Mapped[str | None] = mapped_column(ForeignKey("incident.uid"))
    found_on: Mapped[dt.date]
    ordered_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    ordered_at: Mapped[dt.datetime]
    ended_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    ended_at: Mapped[dt.datetime | None]
    copy_uid: Mapped[str | None] = mapped_column(ForeignKey("holding.uid"), comment="the copy made of it")
    card: Mapped[Sealed] = mapped_column(
        comment="damage, who does it, what becomes of the original; the record's key"
    )

    outings: Mapped[list[Outing]] = relationship(lazy="selectin", cascade="save-update, merge")


class ValidityReview(Base):
    """有效性复核 of a procedure paper (R34): the newest row says when the next is due; rows stay."""

    __tablename__ = "validity_review"
    __table_args__ = (UniqueConstraint("record_uid", "nth"),)

    uid: Mapped[UidKey]
    record_uid: Mapped[Uid]
    nth: Mapped[int] = mapped_column(comment="the newest is the last: instants may be alike")
    outcome: Mapped[ReviewOutcome] = mapped_column(worded(ReviewOutcome))
    next_on: Mapped[dt.date | None] = mapped_column(comment="NULL: no more reviews")
    reviewed_at: Mapped[dt.datetime]
    reviewed_by: Mapped[str] = mapped_column(ForeignKey("person.uid"))
    card: Mapped[Sealed]
