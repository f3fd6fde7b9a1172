"""What enters and leaves as a file: imports and what they made, profiles, the intake tray, templates, tried backups."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from archive.exchange import (
    BackupCheckKind,
    ImportState,
    IntakeState,
    MadeKind,
    RowFate,
    SheetKind,
)
from archive.model.base import Base, Code, Sealed, Uid, UidKey, worded


class ImportRun(Base):
    """One list or package brought in: one act, resumable, and undone while nothing depends on it."""

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint("(state = 'RUNNING') = (finished_at IS NULL)", name="finished_is_dated"),
        Index("ix_import_run_digest", "digest", "kind"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[SheetKind] = mapped_column(worded(SheetKind))
    state: Mapped[ImportState] = mapped_column(worded(ImportState), default=ImportState.RUNNING)
    digest: Mapped[str] = mapped_column(String(64), comment="keyed MAC of the file and of how it was read")
    rows: Mapped[int] = mapped_column(default=0, comment="rows of data in the file")
    reached: Mapped[int] = mapped_column(
        default=0, comment="the last row that is done: a rerun goes on after it"
    )
    made: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[dt.datetime]
    started_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    finished_at: Mapped[dt.datetime | None]
    undone_at: Mapped[dt.datetime | None]
    undone_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    card: Mapped[Sealed] = mapped_column(
        comment="file name, columns, what was said for the whole list, why undone"
    )


class ImportRow(Base):
    """What became of one row; further things it made have ordinals of their own."""

    __tablename__ = "import_row"
    __table_args__ = (Index("ix_import_row_thing", "thing_uid"), Index("ix_import_row_mark", "mark"))

    run_uid: Mapped[str] = mapped_column(ForeignKey("import_run.uid"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, comment="as the sheet counts, from 1")
    ordinal: Mapped[int] = mapped_column(primary_key=True, default=0)
    fate: Mapped[RowFate] = mapped_column(worded(RowFate))
    kind: Mapped[MadeKind | None] = mapped_column(worded(MadeKind, check=False))
    thing_uid: Mapped[str | None] = mapped_column(String(32))
    error: Mapped[str] = mapped_column(String(40), default="", comment="code of the refusal, no words")
    mark: Mapped[str] = mapped_column(
        String(64), default="", comment="keyed MAC of what a row without a code is known again by"
    )
    items: Mapped[int | None] = mapped_column(comment="so many papers, says the list")
    pages: Mapped[int | None] = mapped_column(comment="so many pages, says the list")


class ImportProfile(Base):
    """How an office's own list is to be read: which heading is which column; a newer one replaces it."""

    __tablename__ = "import_profile"

    uid: Mapped[UidKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[SheetKind] = mapped_column(worded(SheetKind))
    card: Mapped[Sealed] = mapped_column(comment="headings and what was said for the whole list")
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))


class IntakeScan(Base):
    """收件盘: a scan that matched no record, encrypted like any other file until somebody knows where it belongs."""

    __tablename__ = "intake_scan"
    __table_args__ = (
        CheckConstraint("(state = 'WAITING') = (settled_at IS NULL)", name="settled_is_dated"),
        CheckConstraint("state = 'WAITING' OR length(wrapped_key) = 0", name="settled_has_no_key"),
        Index("ix_intake_scan_state", "state", "number"),
    )

    uid: Mapped[UidKey]
    number: Mapped[Code] = mapped_column(unique=True)
    state: Mapped[IntakeState] = mapped_column(worded(IntakeState), default=IntakeState.WAITING)
    department: Mapped[str] = mapped_column(String(12), comment="of whoever put it there")
    blob_uid: Mapped[str | None] = mapped_column(ForeignKey("blob.uid"), index=True)
    wrapped_key: Mapped[Sealed] = mapped_column(default=b"")
    pages: Mapped[int | None]
    size: Mapped[int]
    item_uid: Mapped[str | None] = mapped_column(ForeignKey("item.uid"))
    put_at: Mapped[dt.datetime]
    put_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    settled_at: Mapped[dt.datetime | None]
    settled_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))
    card: Mapped[Sealed] = mapped_column(comment="file name, why it matched nothing; why discarded")


class FormTemplate(Base):
    """An office's own Word file for one of the forms; earlier ones stay."""

    __tablename__ = "form_template"
    __table_args__ = (
        UniqueConstraint("form", "version"),
        Index(
            "one_current_template_per_form",
            "form",
            unique=True,
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    uid: Mapped[UidKey]
    form: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    body: Mapped[Sealed] = mapped_column(comment="the Word file")
    card: Mapped[Sealed] = mapped_column(comment="file name, remark")
    installed_at: Mapped[dt.datetime]
    installed_by: Mapped[Uid] = mapped_column(ForeignKey("person.uid"))
    retired_at: Mapped[dt.datetime | None]
    retired_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))


class BackupCheck(Base):
    """A backup set that was read through, restored on trial, or used to mend the vault; rows stay (B2, B4)."""

    __tablename__ = "backup_check"

    uid: Mapped[UidKey]
    set_uid: Mapped[Uid] = mapped_column(ForeignKey("backup_set.uid"), index=True)
    kind: Mapped[BackupCheckKind] = mapped_column(worded(BackupCheckKind))
    sound: Mapped[bool]
    share: Mapped[int] = mapped_column(default=100, comment="percent of the stored bytes that was read")
    records: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0)
    checked_at: Mapped[dt.datetime]
    checked_by: Mapped[Uid] = mapped_column(comment="a person, or the clock")
