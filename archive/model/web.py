"""What the browser and programs leave behind: writes asked under a key, signatures at the counter, letters registered."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive.entrance import SignedBy
from archive.model.base import Base, Code, Sealed, Uid, UidKey, worded


class ApiWrite(Base):
    """A write that a program asked for under a key of its own: the same key again gets the same answer, never a second act."""

    __tablename__ = "api_write"

    person_uid: Mapped[str] = mapped_column(ForeignKey("person.uid"), primary_key=True)
    key_mac: Mapped[str] = mapped_column(String(64), primary_key=True, comment="keyed MAC of the key")
    asked_mac: Mapped[str] = mapped_column(String(64), comment="keyed MAC of the verb and all it was given")
    begun_at: Mapped[dt.datetime] = mapped_column(index=True)
    status: Mapped[int | None] = mapped_column(comment="none: the act is done, its answer was not kept")
    answer: Mapped[Sealed] = mapped_column(comment="what was answered; empty until it is known")


class Signature(Base):
    """Somebody signed for something at the counter: by hand on the screen, or with his own password."""

    __tablename__ = "signature"
    __table_args__ = (
        CheckConstraint("(signed_by = 'PAD') = (length(strokes) > 0)", name="pad_has_strokes"),
        Index("ix_signature_thing", "thing_uid"),
    )

    uid: Mapped[UidKey]
    act: Mapped[str] = mapped_column(String(40), comment="what was signed for")
    thing_kind: Mapped[str] = mapped_column(String(20))
    thing_uid: Mapped[Uid]
    record_uid: Mapped[Uid] = mapped_column(comment="whose key seals the strokes")
    person_uid: Mapped[str | None] = mapped_column(ForeignKey("person.uid"), comment="none: a visitor")
    signed_by: Mapped[SignedBy] = mapped_column(worded(SignedBy))
    strokes: Mapped[Sealed] = mapped_column(comment="the lines drawn; empty where a password was given")
    signed_at: Mapped[dt.datetime]


class LetterEntry(Base):
    """A letter entered in the register of its direction and year: its running number, and the paper that is filed."""

    __tablename__ = "letter_entry"
    __table_args__ = (UniqueConstraint("item_uid"), Index("ix_letter_entry_year", "direction", "year"))

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    direction: Mapped[str] = mapped_column(String(8))
    year: Mapped[int]
    item_uid: Mapped[Uid] = mapped_column(ForeignKey("item.uid"))
    handled_on: Mapped[dt.date] = mapped_column(comment="day received or sent")
    registered_at: Mapped[dt.datetime]
    registered_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
