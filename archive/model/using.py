"""What happens over the counter beside loans: readings, copies made, notices, days off, a confirmed clock."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive.model.base import Base, Code, Sealed, Uid, UidKey, worded
from archive.model.ledger import Outing
from archive.statuses import Channel, NoticeState, ReadingState, RequestKind


class Reading(Base):
    """阅览 on site (F15): who reads what, where, from when to when, in whose company."""

    __tablename__ = "reading"
    __table_args__ = (
        CheckConstraint("(volume_uid IS NULL) <> (item_uid IS NULL)", name="one_subject"),
        CheckConstraint("(person_uid IS NULL) <> (visitor_uid IS NULL)", name="one_reader"),
        CheckConstraint("person_uid IS NULL OR person_uid <> begun_by", name="two_signers_out"),
        CheckConstraint("(state = 'ENDED') = (ended_at IS NOT NULL)", name="ended_is_dated"),
        Index("ix_reading_open", "state", "closes_at"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    volume_uid: Mapped[str | None] = mapped_column(ForeignKey("volume.uid"), index=True)
    item_uid: Mapped[str | None] = mapped_column(ForeignKey("item.uid"), index=True)
    person_uid: Mapped[str | None] = mapped_column(ForeignKey("person.uid"), index=True)
    visitor_uid: Mapped[str | None] = mapped_column(ForeignKey("visitor.uid"), index=True)
    state: Mapped[ReadingState] = mapped_column(worded(ReadingState), default=ReadingState.OPEN)
    grant_uid: Mapped[str | None] = mapped_column(String(32))
    line_uid: Mapped[str | None] = mapped_column(String(32), comment="the approved line it rests on")
    place_uid: Mapped[str | None] = mapped_column(ForeignKey("location.uid"))
    companion_uid: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    begun_at: Mapped[dt.datetime]
    begun_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    closes_at: Mapped[dt.datetime] = mapped_column(comment="when the reading room closes that day")
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    items_out: Mapped[int]
    pages_out: Mapped[int]
    items_back: Mapped[int | None]
    pages_back: Mapped[int | None]
    intact: Mapped[bool | None]
    card: Mapped[Sealed] = mapped_column(comment="purpose, and what came of it, under the record's key")

    outings: Mapped[list[Outing]] = relationship(lazy="selectin", cascade="save-update, merge")


class CopyOrder(Base):
    """复制、摘抄: what was copied for whom, how many pages, certified by whom; rows stay."""

    __tablename__ = "copy_order"
    __table_args__ = (
        CheckConstraint("(person_uid IS NULL) <> (visitor_uid IS NULL)", name="one_reader"),
        CheckConstraint("pages > 0", name="some_pages"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[RequestKind] = mapped_column(worded(RequestKind))
    record_uid: Mapped[Uid] = mapped_column(index=True)
    person_uid: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    visitor_uid: Mapped[str | None] = mapped_column(ForeignKey("visitor.uid"))
    line_uid: Mapped[str | None] = mapped_column(String(32))
    grant_uid: Mapped[str | None] = mapped_column(String(32))
    pages: Mapped[int]
    certified: Mapped[bool] = mapped_column(comment="stamped as agreeing with the original")
    made_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    made_at: Mapped[dt.datetime]
    card: Mapped[Sealed] = mapped_column(comment="purpose and which pages, under the record's key")


class Notice(Base):
    """催还通知 (F12) and every other notice to a person: text, channel, time, reply; also the outbox for mail."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("loan_uid", "due_on", "stage", "person_uid"),
        Index("ix_notice_waiting", "state", "next_try_at"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    loan_uid: Mapped[str | None] = mapped_column(ForeignKey("loan.uid"), index=True)
    due_on: Mapped[dt.date | None] = mapped_column(comment="the due day it speaks of: a renewal begins anew")
    stage: Mapped[str] = mapped_column(String(20), comment="before, due, overdue-1 …, recall, or by hand")
    person_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"), index=True)
    channel: Mapped[Channel] = mapped_column(worded(Channel))
    state: Mapped[NoticeState] = mapped_column(worded(NoticeState))
    made_at: Mapped[dt.datetime]
    made_by: Mapped[Uid] = mapped_column(comment="a person, or the clock")
    card: Mapped[Sealed] = mapped_column(comment="subject and text")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime | None]
    sent_at: Mapped[dt.datetime | None]
    failure: Mapped[str] = mapped_column(String(40), default="", comment="code of the last failure, no words")
    reply: Mapped[Sealed] = mapped_column(default=b"")
    replied_at: Mapped[dt.datetime | None]


class OfficeDay(Base):
    """A day that the office itself declares off or worked, before the shipped calendar."""

    __tablename__ = "office_day"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    worked: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60), default="")
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[str] = mapped_column(ForeignKey("person.uid"))


class ClockNote(Base):
    """A clock that stood wrong, and the two people who say that it is right now (M1)."""

    __tablename__ = "clock_note"
    __table_args__ = (
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> proposed_by", name="two_people"),
    )

    uid: Mapped[UidKey]
    newest: Mapped[dt.datetime] = mapped_column(comment="the newest line of the log at that time")
    proposed_at: Mapped[dt.datetime]
    proposed_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    confirmed_at: Mapped[dt.datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
