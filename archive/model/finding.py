"""What people keep to find things again: their searches, and the office's own lists of words."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive.model.base import Base, Sealed, Uid, UidKey


class SavedSearch(Base):
    """A question one person keeps under a name; name and question are sealed, no two of his names alike."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("person_uid", "name_mac"),)

    uid: Mapped[UidKey]
    person_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    name_mac: Mapped[str] = mapped_column(String(64))
    card: Mapped[Sealed]
    saved_at: Mapped[dt.datetime]


class WordList(Base):
    """The office's own copy of a list that the program ships; without a row the shipped one counts."""

    __tablename__ = "word_list"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    lines: Mapped[str] = mapped_column(Text, comment="one group a line, blanks between its words")
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
