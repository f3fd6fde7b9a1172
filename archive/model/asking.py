"""What is asked for and decided: the approval matrix, requests, their lines, every decision; visitors from outside."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from archive.model.base import Base, Code, Sealed, Uid, UidKey, worded
from archive.statuses import RequestKind, RequestState, VisitorKind


class MatrixVersion(Base):
    """A version of the approval matrix, proposed and (once the GM says so) in force (domain §9)."""

    __tablename__ = "matrix_version"

    version: Mapped[str] = mapped_column(String(40), primary_key=True)
    text: Mapped[str] = mapped_column(Text, comment="the whole table as TOML")
    proposed_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    proposed_at: Mapped[dt.datetime]
    adopted_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    adopted_at: Mapped[dt.datetime | None]


class Visitor(Base):
    """An outside reader, somebody of the parent company, or an owner (F15): letter, identity, who answers for him."""

    __tablename__ = "visitor"

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[VisitorKind] = mapped_column(worded(VisitorKind))
    party_uid: Mapped[str | None] = mapped_column(ForeignKey("party.uid"))
    premises_uid: Mapped[str | None] = mapped_column(ForeignKey("premises.uid"))
    card: Mapped[Sealed] = mapped_column(
        comment="name, unit, letter, kind of document, masked number, telephone"
    )
    identity: Mapped[Sealed] = mapped_column(
        comment="the full number of the document, under a key of its own"
    )
    valid_until: Mapped[dt.date] = mapped_column(comment="the letter's last day")
    host_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"), comment="who answers for him here")
    created_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    created_at: Mapped[dt.datetime]


class Request(Base):
    """借阅审批单 (F10): one person (or visitor) asks for one kind of use of one or more records."""

    __tablename__ = "request"
    __table_args__ = (CheckConstraint("(person_uid IS NULL) <> (visitor_uid IS NULL)", name="one_reader"),)

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[RequestKind] = mapped_column(worded(RequestKind))
    person_uid: Mapped[str | None] = mapped_column(ForeignKey("person.uid"), index=True)
    visitor_uid: Mapped[str | None] = mapped_column(ForeignKey("visitor.uid"), index=True)
    asked_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    asked_at: Mapped[dt.datetime]
    until: Mapped[dt.date] = mapped_column(comment="the last day the use is asked for")
    matrix: Mapped[str] = mapped_column(String(40), comment="the version that routed it")
    card: Mapped[Sealed] = mapped_column(comment="purpose and remarks")


class RequestLine(Base):
    """One record (or a thing asked for in words) on a request, with its own road and state."""

    __tablename__ = "request_line"
    __table_args__ = (
        Index("ix_request_line_waiting", "state", "next_role", "department"),
        Index("ix_request_line_record", "record_uid", "state"),
    )

    uid: Mapped[UidKey]
    request_uid: Mapped[Uid] = mapped_column(ForeignKey("request.uid"), index=True)
    ordinal: Mapped[int]
    record_uid: Mapped[str | None] = mapped_column(
        String(32), comment="NULL until words are matched to a record"
    )
    wanted: Mapped[Sealed] = mapped_column(default=b"", comment="what was asked for in words")
    state: Mapped[RequestState] = mapped_column(worded(RequestState), default=RequestState.ASKED)
    steps: Mapped[str] = mapped_column(String(120), comment="the posts on the road, space between, in order")
    step: Mapped[int] = mapped_column(default=0, comment="how many steps are done")
    next_role: Mapped[str] = mapped_column(String(20), default="", comment="the post that decides next")
    department: Mapped[str] = mapped_column(String(12), default="", comment="whose manager is meant")
    closed_at: Mapped[dt.datetime | None]


class Decision(Base):
    """One decision on one line: who, in whose place, why; rows stay."""

    __tablename__ = "decision"

    uid: Mapped[UidKey]
    line_uid: Mapped[Uid] = mapped_column(ForeignKey("request_line.uid"), index=True)
    step: Mapped[int]
    act: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(20), comment="the post it was decided in")
    decided_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    for_uid: Mapped[str | None] = mapped_column(ForeignKey("person.uid"), comment="whose deputy decided")
    decided_at: Mapped[dt.datetime]
    card: Mapped[Sealed] = mapped_column(comment="the reason or remark")
