"""The ledgers: holdings, loans, what is off its shelf, handovers, grants, imports; their rows are never deleted."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive.model.base import Base, Code, Sealed, Uid, UidKey, worded
from archive.statuses import Condition, HandoverKind
from archive.values import LoanState, Role


class Holding(Base):
    """One physical piece: an item's original, or a copy of it (decision 8)."""

    __tablename__ = "holding"

    uid: Mapped[UidKey]
    item_uid: Mapped[Uid] = mapped_column(ForeignKey("item.uid"), index=True)
    is_copy: Mapped[bool] = mapped_column(default=False)
    condition: Mapped[Condition] = mapped_column(worded(Condition, check=False), default=Condition.SOUND)
    created_at: Mapped[dt.datetime]


class Loan(Base):
    """借阅登记簿 line (F11): who has what until when, counted and signed at both ends."""

    __tablename__ = "loan"
    __table_args__ = (
        CheckConstraint("(volume_uid IS NULL) <> (item_uid IS NULL)", name="one_subject"),
        CheckConstraint("lent_by <> borrower_uid", name="two_signers_out"),
        CheckConstraint("received_by IS NULL OR received_by <> returned_by", name="two_signers_back"),
        CheckConstraint("due_on >= lent_on", name="due_after_lent"),
        CheckConstraint("(state = 'RETURNED') = (returned_at IS NOT NULL)", name="returned_is_dated"),
        Index("ix_loan_due", "state", "due_on", "number"),
        Index("ix_loan_borrower", "borrower_uid", "state"),
        Index("ix_loan_lent", "lent_at", "number"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    volume_uid: Mapped[str | None] = mapped_column(ForeignKey("volume.uid"), index=True)
    item_uid: Mapped[str | None] = mapped_column(ForeignKey("item.uid"), index=True)
    borrower_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    state: Mapped[LoanState] = mapped_column(worded(LoanState), default=LoanState.OUT)
    card: Mapped[Sealed] = mapped_column(comment="purpose and remarks, under the record's key")
    lent_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    lent_on: Mapped[dt.date]
    lent_at: Mapped[dt.datetime]
    due_on: Mapped[dt.date]
    items_out: Mapped[int]
    pages_out: Mapped[int]
    received_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    returned_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    returned_at: Mapped[dt.datetime | None]
    items_back: Mapped[int | None]
    pages_back: Mapped[int | None]
    intact: Mapped[bool | None]
    grant_uid: Mapped[str | None] = mapped_column(String(32), comment="the approval it was lent on")
    box_uid: Mapped[str | None] = mapped_column(
        String(32), index=True, comment="the box it went over the counter in"
    )
    only_copy: Mapped[bool] = mapped_column(default=False)
    take_out: Mapped[bool] = mapped_column(default=False, comment="may leave the premises (R45)")
    taken_over: Mapped[bool] = mapped_column(
        default=False, comment="out already when the paper register was brought in; no warrant of ours"
    )
    renewals: Mapped[int] = mapped_column(default=0)
    recalled_at: Mapped[dt.datetime | None]
    recalled_by: Mapped[str | None] = mapped_column(String(32))

    outings: Mapped[list[Outing]] = relationship(lazy="selectin", cascade="save-update, merge")


class Outing(Base):
    """One piece off its shelf, for a loan, a reading or a repair; the index below is why nothing is in two hands (X1)."""

    __tablename__ = "outing"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN loan_uid IS NULL THEN 0 ELSE 1 END) + (CASE WHEN reading_uid IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN repair_uid IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_reason",
        ),
        Index(
            "one_open_outing_per_holding",
            "holding_uid",
            unique=True,
            sqlite_where=text("returned_at IS NULL"),
            postgresql_where=text("returned_at IS NULL"),
        ),
    )

    uid: Mapped[UidKey]
    holding_uid: Mapped[Uid] = mapped_column(ForeignKey("holding.uid"), index=True)
    loan_uid: Mapped[str | None] = mapped_column(ForeignKey("loan.uid"), index=True)
    reading_uid: Mapped[str | None] = mapped_column(ForeignKey("reading.uid"), index=True)
    repair_uid: Mapped[str | None] = mapped_column(ForeignKey("repair.uid"), index=True)
    returned_at: Mapped[dt.datetime | None]


class Renewal(Base):
    """One renewal of one loan: from which day to which; rows stay."""

    __tablename__ = "renewal"
    __table_args__ = (CheckConstraint("to_day > from_day", name="forward"),)

    loan_uid: Mapped[str] = mapped_column(ForeignKey("loan.uid"), primary_key=True)
    nth: Mapped[int] = mapped_column(primary_key=True)
    from_day: Mapped[dt.date]
    to_day: Mapped[dt.date]
    renewed_at: Mapped[dt.datetime]
    renewed_by: Mapped[str] = mapped_column(ForeignKey("person.uid"))


class Handover(Base):
    """移交清单: nothing is held without one, signed by two people (V7)."""

    __tablename__ = "handover"
    __table_args__ = (CheckConstraint("given_by <> accepted_by", name="two_signers"),)

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    given_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    accepted_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    signed_at: Mapped[dt.datetime]
    draft_uid: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[HandoverKind] = mapped_column(worded(HandoverKind, check=False), default=HandoverKind.INTO)
    witness: Mapped[str | None] = mapped_column(String(32))


class HandoverLine(Base):
    """One record on a handover list, with the count that both sides signed."""

    __tablename__ = "handover_line"

    handover_uid: Mapped[str] = mapped_column(ForeignKey("handover.uid"), primary_key=True)
    record_uid: Mapped[str] = mapped_column(String(32), primary_key=True)
    items: Mapped[int]
    pages: Mapped[int]


class Grant(Base):
    """An approval that opens something: a named person and record, or a post and class (decision 1)."""

    __tablename__ = "access_grant"
    __table_args__ = (
        CheckConstraint("(person_uid IS NULL) <> (role IS NULL)", name="person_or_post"),
        CheckConstraint("(person_uid IS NULL) = (record_uid IS NULL)", name="person_with_record"),
        CheckConstraint("(role IS NULL) = (class_code IS NULL)", name="post_with_class"),
        CheckConstraint("person_uid IS NULL OR person_uid <> approved_by", name="not_own_approver"),
    )

    uid: Mapped[UidKey]
    person_uid: Mapped[str | None] = mapped_column(ForeignKey("person.uid"), index=True)
    record_uid: Mapped[str | None] = mapped_column(String(32), index=True)
    role: Mapped[Role | None] = mapped_column(worded(Role))
    class_code: Mapped[str | None] = mapped_column(ForeignKey("record_class.code"))
    department: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    at_home: Mapped[bool] = mapped_column(
        default=False, comment="only records of the holder's own department"
    )
    acts: Mapped[str] = mapped_column(String(200), comment="names of acts, space between")
    approved_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    approved_at: Mapped[dt.datetime]
    expires_on: Mapped[dt.date]
    revoked_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    spent_at: Mapped[dt.datetime | None] = mapped_column(comment="used up by the loan it was given for")
    line_uid: Mapped[str | None] = mapped_column(String(32), comment="the line of the request it answers")
    card: Mapped[Sealed] = mapped_column(comment="the reason")


class ImportedFile(Base):
    """What an import has filed already, by a keyed MAC of class, path and content: runs add nothing twice."""

    __tablename__ = "imported_file"
    __table_args__ = (UniqueConstraint("key"),)

    uid: Mapped[UidKey]
    key: Mapped[str] = mapped_column(String(64))
    item_uid: Mapped[Uid] = mapped_column(ForeignKey("item.uid"), index=True)
    imported_at: Mapped[dt.datetime]
