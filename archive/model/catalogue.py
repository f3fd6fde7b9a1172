"""The catalogue: fonds, classes, dossiers, volumes, items, components, stored objects, places.

Descriptive text (titles, names, notes, family fields) is in sealed cards (`archive.cards`);
the clear columns are the whitelist that policy, clock, shelves and the schema need.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from archive.model.base import Base, Code, Sealed, Uid, UidKey, worded
from archive.statuses import ScheduleState
from archive.values import (
    ComponentKind,
    Custody,
    Disposition,
    Family,
    Level,
    ObjectPurpose,
    PartyKind,
    PlaceKind,
    Trigger,
    UseMode,
    VolumeState,
)


class Fonds(Base):
    """全宗: the company's own archive."""

    __tablename__ = "fonds"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))


class Adoption(Base):
    """A version of class tree and schedule, proposed and (once the GM says so) adopted (C7)."""

    __tablename__ = "adoption"

    version: Mapped[str] = mapped_column(String(40), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    state: Mapped[ScheduleState] = mapped_column(
        worded(ScheduleState, check=False), default=ScheduleState.REVIEWED
    )
    base: Mapped[str] = mapped_column(
        String(40), default="", comment="the version it changes; empty: the shipped one"
    )
    text: Mapped[str] = mapped_column(Text, default="", comment="the rules it changes, as TOML")
    card: Mapped[Sealed] = mapped_column(default=b"", comment="why it was drafted, why withdrawn")
    proposed_by: Mapped[str | None] = mapped_column(String(32))
    reviewed_at: Mapped[dt.datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(String(32))
    proposed_at: Mapped[dt.datetime]
    adopted_at: Mapped[dt.datetime | None]
    adopted_by: Mapped[str | None] = mapped_column(ForeignKey("person.uid"))


class RecordClass(Base):
    """类别: where a record belongs decides its level, use, custody and retention (V2)."""

    __tablename__ = "record_class"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    parent: Mapped[str | None] = mapped_column(ForeignKey("record_class.code"))
    series: Mapped[str] = mapped_column(String(30), comment="the series part of a reference code: ZY·YH")
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160))
    usable: Mapped[bool] = mapped_column(comment="false for the first level, which only groups")
    family: Mapped[Family] = mapped_column(worded(Family))
    level: Mapped[Level]
    use_mode: Mapped[UseMode] = mapped_column(worded(UseMode))
    period: Mapped[str] = mapped_column(String(6))
    period_important: Mapped[str | None] = mapped_column(String(6))
    trigger: Mapped[Trigger] = mapped_column(worded(Trigger))
    disposition: Mapped[Disposition] = mapped_column(worded(Disposition))
    custody: Mapped[Custody] = mapped_column(worded(Custody))
    kept_by: Mapped[str] = mapped_column(String(10))
    volume_by: Mapped[str] = mapped_column(String(10))
    template: Mapped[str] = mapped_column(String(120))
    personal: Mapped[bool] = mapped_column(default=False)
    ceiling: Mapped[bool] = mapped_column(default=False, comment="personal-data law forbids a longer period")
    custodians_closed: Mapped[bool] = mapped_column(default=False)
    external: Mapped[bool] = mapped_column(default=False)
    owners_access: Mapped[bool] = mapped_column(default=False)
    locked: Mapped[bool] = mapped_column(default=False)
    clause: Mapped[str] = mapped_column(String(120))
    sort: Mapped[int]

    __table_args__ = (CheckConstraint("NOT usable OR length(period) > 0", name="class_needs_a_period"),)


class Series(Base):
    """The last number given under a prefix; gap-free because it moves with the transaction."""

    __tablename__ = "series"

    prefix: Mapped[str] = mapped_column(String(110), primary_key=True)
    last: Mapped[int]


class Party(Base):
    """业户、承包商、外部单位; the name is sealed, found again by its keyed blind index."""

    __tablename__ = "party"

    uid: Mapped[UidKey]
    code: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[PartyKind] = mapped_column(worded(PartyKind))
    natural_person: Mapped[bool]
    card: Mapped[Sealed]
    name_mac: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[dt.datetime]


class Premises(Base):
    """单元、房间、铺位."""

    __tablename__ = "premises"

    uid: Mapped[UidKey]
    code: Mapped[Code] = mapped_column(unique=True)
    building: Mapped[str] = mapped_column(String(40))
    floor: Mapped[str] = mapped_column(String(10), default="")
    kind: Mapped[str] = mapped_column(String(20), default="")
    area: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[dt.datetime]


class Dossier(Base):
    """What several volumes belong to: an occupancy, a fit-out project, a contract, a correspondent."""

    __tablename__ = "dossier"

    uid: Mapped[UidKey]
    code: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    premises_uid: Mapped[str | None] = mapped_column(ForeignKey("premises.uid"), index=True)
    party_uid: Mapped[str | None] = mapped_column(ForeignKey("party.uid"), index=True)
    created_at: Mapped[dt.datetime]


class TriggerEvent(Base):
    """Something that starts, or moves, the retention clock of a dossier, a volume or an item kept alone; rows stay."""

    __tablename__ = "trigger_event"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN dossier_uid IS NULL THEN 0 ELSE 1 END) + (CASE WHEN volume_uid IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN item_uid IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_subject",
        ),
    )

    uid: Mapped[UidKey]
    dossier_uid: Mapped[str | None] = mapped_column(ForeignKey("dossier.uid"), index=True)
    volume_uid: Mapped[str | None] = mapped_column(ForeignKey("volume.uid"), index=True)
    item_uid: Mapped[str | None] = mapped_column(ForeignKey("item.uid"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    evidence_uid: Mapped[str | None] = mapped_column(String(32), comment="the record that proves it")
    card: Mapped[Sealed] = mapped_column(default=b"", comment="the evidence in words")
    voids_uid: Mapped[str | None] = mapped_column(
        ForeignKey("trigger_event.uid"), comment="the event this row strikes out: it did not happen"
    )
    happened_on: Mapped[dt.date]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[str] = mapped_column(ForeignKey("person.uid"))


class Record:
    """The columns that policy and clock read, alike on volumes and items; none may be NULL for policy.

    `scope_uid` is the volume a record stands in, or the record itself: grants name either.
    The `own_` columns hold what was set here; NULL means inherited (ISAD(G): no repetition).
    """

    uid: Mapped[UidKey]
    reference_code: Mapped[Code] = mapped_column(unique=True)
    scope_uid: Mapped[Uid]
    level: Mapped[Level]
    own_level: Mapped[Level | None]
    use_mode: Mapped[UseMode] = mapped_column(worded(UseMode))
    own_use_mode: Mapped[UseMode | None] = mapped_column(worded(UseMode, check=False))
    department: Mapped[str] = mapped_column(String(12))
    custody: Mapped[Custody] = mapped_column(worded(Custody))
    custodians_closed: Mapped[bool]
    personal: Mapped[bool]
    family: Mapped[Family] = mapped_column(worded(Family))
    archive_year: Mapped[int]
    period: Mapped[str] = mapped_column(String(6))
    own_period: Mapped[str | None] = mapped_column(String(6))
    trigger: Mapped[Trigger] = mapped_column(worded(Trigger))
    trigger_date: Mapped[dt.date | None]
    undated: Mapped[bool] = mapped_column(default=False)
    expires_on: Mapped[dt.date | None]
    review_due: Mapped[dt.date | None] = mapped_column(index=True)
    state: Mapped[VolumeState] = mapped_column(worded(VolumeState), default=VolumeState.OPEN)
    card: Mapped[Sealed]
    version: Mapped[int] = mapped_column(default=1)
    place_uid: Mapped[str | None] = mapped_column(String(32), index=True)
    centralised: Mapped[bool] = mapped_column(
        default=False, comment="in the central store, no longer the department's (R28)"
    )
    held_on: Mapped[dt.date | None] = mapped_column(comment="accepted by the archive")
    kept_from: Mapped[dt.date | None] = mapped_column(
        comment="the day a period set anew by appraisal counts from, instead of the trigger"
    )
    secrecy_until: Mapped[dt.date | None] = mapped_column(
        index=True, comment="the last day of its secrecy period"
    )
    created_at: Mapped[dt.datetime]

    @declared_attr
    def class_code(cls) -> Mapped[str]:  # noqa: N805
        """The one class of the record (V2)."""
        return mapped_column(ForeignKey("record_class.code"), index=True)


#: What the policy asks of a record beside its name: indexed together, so that its values are cheap to list.
BUCKET = ("class_code", "level", "department", "use_mode", "custody", "custodians_closed")


class Volume(Record, Base):
    """案卷: one class, one period, one matter."""

    __tablename__ = "volume"
    __table_args__ = (Index("ix_volume_bucket", *BUCKET),)

    volume_key: Mapped[str] = mapped_column(String(200), index=True, comment="what one volume is kept for")
    dossier_uid: Mapped[str | None] = mapped_column(ForeignKey("dossier.uid"), index=True)
    party_uid: Mapped[str | None] = mapped_column(ForeignKey("party.uid"), index=True)
    external: Mapped[bool] = mapped_column(default=False)
    items: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    first_date: Mapped[dt.date | None]
    last_date: Mapped[dt.date | None]


class Item(Record, Base):
    """件: one document, inside a volume or on its own (以件为单位)."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("volume_uid", "seq_no"),
        CheckConstraint("page_count >= 0", name="pages_not_negative"),
        Index("ix_item_bucket", *BUCKET),
    )

    volume_uid: Mapped[str | None] = mapped_column(ForeignKey("volume.uid"))
    seq_no: Mapped[int]
    first_page: Mapped[int]
    page_count: Mapped[int]
    dated: Mapped[dt.date | None]
    party_uid: Mapped[str | None] = mapped_column(ForeignKey("party.uid"), index=True)
    premises_uid: Mapped[str | None] = mapped_column(ForeignKey("premises.uid"), index=True)
    dossier_uid: Mapped[str | None] = mapped_column(ForeignKey("dossier.uid"), index=True)
    is_original: Mapped[bool] = mapped_column(default=True)
    external: Mapped[bool] = mapped_column(default=False)


class FormerCard(Base):
    """Every earlier card of a record: the edit history, sealed like the card itself."""

    __tablename__ = "former_card"

    record_uid: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    card: Mapped[Sealed]
    replaced_at: Mapped[dt.datetime]
    replaced_by: Mapped[str] = mapped_column(ForeignKey("person.uid"))


class Component(Base):
    """A part of an item: text, attachment, drawing, draft, copy, processing sheet."""

    __tablename__ = "component"
    __table_args__ = (UniqueConstraint("item_uid", "kind", "seq_no"),)

    uid: Mapped[UidKey]
    item_uid: Mapped[Uid] = mapped_column(ForeignKey("item.uid"), index=True)
    kind: Mapped[ComponentKind] = mapped_column(worded(ComponentKind))
    seq_no: Mapped[int]
    created_at: Mapped[dt.datetime]


class Blob(Base):
    """Bytes in the vault, known by a keyed MAC of the content, checkable without a key."""

    __tablename__ = "blob"

    uid: Mapped[UidKey]
    content_id: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    stored_size: Mapped[int]
    stored_sha256: Mapped[str] = mapped_column(String(64))
    checked_at: Mapped[dt.datetime | None] = mapped_column(
        index=True, comment="every byte was read and was right"
    )
    erased_at: Mapped[dt.datetime | None] = mapped_column(
        comment="nobody has it any more: its file is being removed, or has been (V19)"
    )
    created_at: Mapped[dt.datetime]


class DigitalObject(Base):
    """A component's bytes: which blob, its key wrapped for this record, its sealed file name."""

    __tablename__ = "digital_object"
    __table_args__ = (
        UniqueConstraint("component_uid", "purpose", "version"),
        Index("ix_digital_object_unread", "purpose", "outcome", "created_at"),
    )

    uid: Mapped[UidKey]
    item_uid: Mapped[Uid] = mapped_column(ForeignKey("item.uid"), index=True)
    component_uid: Mapped[Uid] = mapped_column(ForeignKey("component.uid"))
    purpose: Mapped[ObjectPurpose] = mapped_column(worded(ObjectPurpose))
    version: Mapped[int] = mapped_column(default=1)
    blob_uid: Mapped[Uid] = mapped_column(ForeignKey("blob.uid"), index=True)
    wrapped_key: Mapped[Sealed]
    card: Mapped[Sealed]
    outcome: Mapped[str | None] = mapped_column(String(20), comment="what extraction said; NULL: not yet")
    page_count: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(
        String(200), comment="facts of extraction (image-pages=3/10), no words"
    )
    scans: Mapped[int | None] = mapped_column(comment="pages that only character recognition can read")
    page: Mapped[int | None] = mapped_column(comment="of a recognised text: the page, from 1")
    confidence: Mapped[int | None] = mapped_column(comment="of a recognised text: percent")
    created_at: Mapped[dt.datetime]


class Location(Base):
    """库房、柜、层、位、盒、袋."""

    __tablename__ = "location"

    uid: Mapped[UidKey]
    code: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[PlaceKind] = mapped_column(worded(PlaceKind))
    name: Mapped[str] = mapped_column(String(80))
    parent_uid: Mapped[str | None] = mapped_column(ForeignKey("location.uid"), index=True)
    lockable: Mapped[bool] = mapped_column(default=False)
    capacity: Mapped[int | None] = mapped_column(
        comment="volumes, lone items, boxes and bags it holds at most"
    )
    sort: Mapped[int] = mapped_column(default=0, comment="left to right, top to bottom among its neighbours")
    created_at: Mapped[dt.datetime]


class Movement(Base):
    """Where a record, a box or a bag was put, when, by whom; rows stay (R23)."""

    __tablename__ = "movement"

    uid: Mapped[UidKey]
    record_uid: Mapped[Uid] = mapped_column(index=True)
    from_uid: Mapped[str | None] = mapped_column(String(32))
    to_uid: Mapped[str] = mapped_column(ForeignKey("location.uid"))
    moved_at: Mapped[dt.datetime]
    moved_by: Mapped[str] = mapped_column(ForeignKey("person.uid"))
