"""People, their posts, and their log-ins."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive.entrance import SessionKind
from archive.model.base import Base, Sealed, Uid, UidKey, worded
from archive.values import Employment, Level, Role


class Department(Base):
    """部门, by its short code (KF)."""

    __tablename__ = "department"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80), default="")


class Person(Base):
    """Somebody who works, or worked, here; the name is sealed."""

    __tablename__ = "person"

    uid: Mapped[UidKey]
    account: Mapped[str] = mapped_column(String(60), unique=True)
    card: Mapped[Sealed]
    department: Mapped[str] = mapped_column(ForeignKey("department.code"))
    clearance: Mapped[Level] = mapped_column(default=Level.INTERNAL)
    employment: Mapped[Employment] = mapped_column(worded(Employment), default=Employment.ACTIVE)
    password_hash: Mapped[str] = mapped_column(String(160))
    one_time: Mapped[bool] = mapped_column(default=False, comment="the password must be changed at log-in")
    confirmed: Mapped[bool] = mapped_column(default=True, comment="false after a reset (decision 4)")
    contact: Mapped[bytes | None] = mapped_column(LargeBinary, comment="mail address and telephone, sealed")
    created_at: Mapped[dt.datetime]

    posts: Mapped[list[Post]] = relationship(lazy="selectin", cascade="save-update, merge")

    @property
    def roles(self) -> frozenset[Role]:
        """The posts held now."""
        return frozenset(post.role for post in self.posts if post.ended_at is None)


class Post(Base):
    """One role of one person, with its beginning and end; rows stay."""

    __tablename__ = "post"

    uid: Mapped[UidKey]
    person_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"), index=True)
    role: Mapped[Role] = mapped_column(worded(Role))
    begun_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class LoginBar(Base):
    """Failed log-ins by a keyed MAC of what was typed, alike for accounts that exist and that do not (W6)."""

    __tablename__ = "login_bar"

    account_mac: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[dt.datetime]
    barred_until: Mapped[dt.datetime]


class LoginSession(Base):
    """A log-in, or a program's token: only the hash of the token is kept, so the database alone opens nothing."""

    __tablename__ = "login_session"
    __table_args__ = (UniqueConstraint("token_hash"),)

    uid: Mapped[UidKey]
    person_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    begun_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    kind: Mapped[SessionKind] = mapped_column(
        worded(SessionKind), default=SessionKind.CLI, server_default="CLI"
    )
    seen_at: Mapped[dt.datetime | None] = mapped_column(comment="written at most once a minute")
    scopes: Mapped[str] = mapped_column(
        Text,
        default="",
        server_default="",
        comment="acts a program's token is good for; empty: all its person may do",
    )
    card: Mapped[Sealed] = mapped_column(
        default=b"", server_default=text("x''"), comment="what the person calls it"
    )


class SystemCredential(Base):
    """What the scheduler shows to act as the clock; only its hash is kept (decision 5)."""

    __tablename__ = "system_credential"

    uid: Mapped[UidKey]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    revoked_at: Mapped[dt.datetime | None]


class Absence(Base):
    """Somebody is away, and who decides in his place meanwhile, if anybody."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="forward"),
        CheckConstraint("deputy_uid IS NULL OR deputy_uid <> person_uid", name="not_own_deputy"),
    )

    uid: Mapped[UidKey]
    person_uid: Mapped[Uid] = mapped_column(ForeignKey("person.uid"), index=True)
    deputy_uid: Mapped[str | None] = mapped_column(ForeignKey("person.uid"), index=True)
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    card: Mapped[Sealed] = mapped_column(comment="the reason")
    set_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    set_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
