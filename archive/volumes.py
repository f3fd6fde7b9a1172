"""Volumes: opening, closing with its papers in order, moving, levels, edits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update

from archive import classes, editing, registry, settling
from archive.acts import Act
from archive.arranging import arrange
from archive.cards import Card, title_checked
from archive.codes import Template, template
from archive.editing import Changes
from archive.errors import AboveClearance, BadValue, InVolume, LevelBelow, NotLockable, SealIntact
from archive.fields import checked
from archive.lives import ITEM, VOLUME
from archive.model import (
    Dossier,
    Item,
    Location,
    Movement,
    Party,
    Premises,
    Record,
    RecordClass,
    Seal,
    Series,
    Volume,
)
from archive.numbering import kept_codes
from archive.statuses import SealState
from archive.unit import Unit
from archive.values import Level, Period, VolumeState

#: Which dossier a volume of a class belongs to, by what its volumes are kept for.
DOSSIER_KINDS = {"premises": "OCCUPANCY", "project": "FIT_OUT", "contract": "CONTRACT", "person": "PERSON"}


@dataclass(frozen=True, slots=True)
class Matter:
    """What a volume, or an item to be filed, is about."""

    class_code: str
    year: int
    department: str
    premises: str | None = None
    party: str | None = None
    dossier: str | None = None
    level: Level | None = None
    period: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A matter with its rows looked up."""

    rule: RecordClass
    matter: Matter
    premises: Premises | None
    party: Party | None
    dossier: Dossier | None
    level: Level
    period: str

    @property
    def key(self) -> str:
        """What one volume is kept for: papers with the same key share a volume."""
        by_year = self.rule.volume_by in {"year", "party"}
        what = (
            self.dossier.code
            if self.dossier
            else self.party.code
            if self.rule.volume_by == "party" and self.party
            else "-"
        )
        year = self.matter.year if by_year else "-"
        return f"{self.rule.code}|{year}|{self.matter.department}|{what}|{self.period}|{int(self.level)}"


def look_up(unit: Unit, matter: Matter, *, ahead: bool = False) -> Found:
    """The rows behind *matter*, its dossier opened if it is new and this is not only looking *ahead*.

    Raises `ClassUnknown`, `NotFound`, `BadValue`, `LevelBelow`, `DossierDiffers`.
    """
    rule = classes.usable(unit, matter.class_code)
    if not 1900 <= matter.year <= unit.today.year + 1:
        raise BadValue(field="year", value=matter.year, expected=f"1900–{unit.today.year + 1}")
    premises = unit.one(Premises, "premises", matter.premises.replace("-", "")) if matter.premises else None
    party = unit.one(Party, "party", matter.party) if matter.party else None
    level = matter.level if matter.level is not None else rule.level
    if level < rule.level:
        raise LevelBelow(has=rule.level, given=level)
    period = _period(rule, matter.period)
    dossier = _dossier(unit, rule, matter, premises, party, ahead=ahead)
    return Found(rule, matter, premises, party, dossier, level, period)


def _period(rule: RecordClass, given: str | None) -> str:
    """The period asked for: never shorter than the class's, nor longer where a ceiling stands (PIPL 19)."""
    own = Period.parse(rule.period)
    period = Period.parse(given) if given else own
    if period != own and (rule.ceiling or own.longer_of(period) == own):
        raise BadValue(
            field="period", value=period.code, expected=f"{'=' if rule.ceiling else '≥'} {own.code}"
        )
    return period.code


def _dossier(
    unit: Unit, rule: RecordClass, matter: Matter, premises: Premises | None, party: Party | None, *, ahead: bool
) -> Dossier | None:  # fmt: skip
    kind = DOSSIER_KINDS.get(rule.volume_by)
    if kind is None:
        return None
    code = matter.dossier or _dossier_code(rule, premises, party)
    if code is None:
        raise BadValue(field="dossier", value="—", expected=rule.volume_by)
    find = registry.dossier_ahead if ahead else registry.dossier
    return find(unit, code, kind, premises=premises, party=party)


def _dossier_code(rule: RecordClass, premises: Premises | None, party: Party | None) -> str | None:
    if rule.volume_by == "premises" and premises is not None:
        return f"{premises.code}-{party.code}" if party else premises.code
    return party.code if rule.volume_by == "person" and party else None


def words(unit: Unit, found: Found) -> Mapping[str, object]:
    """The words of the reference-code template for *found*."""
    return {
        "fonds": unit.settings.fonds,
        "series": found.rule.series,
        "year": found.matter.year,
        "period": found.period,
        "department": found.matter.department,
        "premises": found.premises.code if found.premises else "0",
        "project": found.dossier.code.replace("-", "") if found.dossier else "0",
    }


def next_number(unit: Unit, prefix: str, count: int = 1) -> int:
    """The first of *count* numbers under *prefix*: in the same transaction, so without gap or race."""
    row = unit.session.get(Series, prefix, with_for_update=True)
    if row is None:
        row = Series(prefix=prefix, last=0)
        unit.session.add(row)
    first = row.last + 1
    row.last += count
    unit.session.flush()
    return first


def inherited(found: Found) -> dict[str, object]:
    """The columns a record takes from its class and matter."""
    rule = found.rule
    return {
        "class_code": rule.code,
        "level": found.level,
        "own_level": found.level if found.level != rule.level else None,
        "use_mode": rule.use_mode,
        "own_use_mode": None,
        "department": found.matter.department,
        "custody": rule.custody,
        "custodians_closed": rule.custodians_closed,
        "personal": rule.personal,
        "family": rule.family,
        "archive_year": found.matter.year,
        "period": found.period,
        "own_period": found.period if found.period != rule.period else None,
        "trigger": rule.trigger,
    }


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list of the office says of a volume that is on its shelf already: code, who made it, first and last day."""

    code: str | None = None
    creator: str = ""
    first: dt.date | None = None
    last: dt.date | None = None


def open_volume(
    unit: Unit, matter: Matter, *, title: str, note: str = "", fields: Mapping[str, str] | None = None,
    listed: Listed = Listed(),
) -> Volume:  # fmt: skip
    """Open a new volume for *matter* and give it its reference code (立卷), or the one it is *listed* under.

    Raises `CodeTaken`, `ClassUnknown`, `NotFound`, `BadValue`, `LevelBelow`.
    """
    rule = classes.usable(unit, matter.class_code)
    unit.act(Act.VOLUME_OPEN, prospect(rule, matter))
    found = look_up(unit, matter)
    told = checked(rule.family, fields or {}, complete=False)
    return _open(unit, found, Card(title_checked(title), listed.creator, note=note, fields=told), listed)


def prospect(rule: RecordClass, matter: Matter) -> Volume:
    """A volume that does not exist yet, for the policy to judge."""
    return Volume(
        uid="", scope_uid="", reference_code=matter.class_code, class_code=rule.code, department=matter.department,
        level=matter.level if matter.level is not None else rule.level, use_mode=rule.use_mode,
        custody=rule.custody, custodians_closed=rule.custodians_closed,
    )  # fmt: skip


def spelling(found: Found) -> Template:
    """The parsed template of the class."""
    return template(found.rule.template)


def _open(unit: Unit, found: Found, card: Card, listed: Listed = Listed()) -> Volume:
    code = _code(unit, found, listed)
    (uid,) = unit.new_uids(found.rule.code, 1)
    volume = Volume(
        uid=uid,
        scope_uid=uid,
        reference_code=code,
        volume_key=found.key,
        dossier_uid=found.dossier.uid if found.dossier else None,
        party_uid=found.party.uid if found.party else None,
        external=found.rule.external,
        state=VolumeState.OPEN,
        undated=False,
        items=0,
        pages=0,
        first_date=listed.first,
        last_date=listed.last,
        version=1,
        created_at=unit.now,
        **inherited(found),
    )
    unit.lines[-1].kind, unit.lines[-1].uid, unit.lines[-1].code = "volume", uid, volume.reference_code
    unit.seal_card(volume, card)
    unit.session.add(volume)
    unit.session.flush()
    settling.resettle(unit, volume)
    unit.changed(volume)
    return volume


def _code(unit: Unit, found: Found, listed: Listed) -> str:
    """The code the volume has already, or the next of its series."""
    spelt = spelling(found)
    if spelt.volume_width is None:
        raise BadValue(field="class", value=found.rule.code, expected="kept_by = volume")
    if listed.code is not None:
        kept_codes(unit, [listed.code])
        return listed.code
    series = spelt.series(words(unit, found))
    return spelt.volume(series, next_number(unit, series))


def volume_for(unit: Unit, found: Found, *, title: str) -> Volume:
    """The open volume that papers of this matter belong to, opened if there is none."""
    same = select(Volume).where(
        Volume.volume_key == found.key,
        Volume.state == VolumeState.OPEN,
        Volume.level == found.level,  # a volume raised since, or kept longer since, is another matter
        Volume.period == found.period,
    )
    volume = unit.session.scalar(same.order_by(Volume.created_at).limit(1))
    if volume is not None:
        return volume
    unit.act(Act.VOLUME_OPEN, prospect(found.rule, found.matter))
    return _open(unit, found, Card(title_checked(title)))


def edit(
    unit: Unit, code: str, *, title: str | None = None, note: str | None = None,
    fields: Mapping[str, str] | None = None, seen: int | None = None,
) -> Volume:  # fmt: skip
    """Change what the card of a volume says; the earlier card stays in the history.

    *seen* is the version the change was made from; raises `CardChanged` if somebody was quicker.
    """
    volume = unit.volume(code)
    unit.act(Act.VOLUME_EDIT, volume)
    VOLUME.after(volume.state, Act.VOLUME_EDIT)
    editing.change(unit, volume, Changes(title=title, note=note, fields=fields or {}), seen)
    return volume


def close(unit: Unit, code: str) -> Volume:
    """Close a volume: papers by date, numbered 1..n, pages running on (V4, R18)."""
    volume = unit.volume(code)
    unit.act(Act.VOLUME_CLOSE, volume, items=volume.items, pages=volume.pages)
    state = VOLUME.after(volume.state, Act.VOLUME_CLOSE)
    if volume.items == 0:
        raise BadValue(field="items", value=0, expected="≥ 1")
    arrange(unit, volume)
    volume.state = state
    unit.session.execute(update(Item).where(Item.volume_uid == volume.uid).values(state=state))
    changed_whole(unit, volume)
    return volume


def changed_whole(unit: Unit, record: Record) -> None:
    """Tell the index of a record, and of every paper in it where it is a volume."""
    inside = unit.session.execute(select(Item.uid, Item.version).where(Item.volume_uid == record.uid))
    unit.tell_index([(record.uid, record.version), *((uid, version) for uid, version in inside)])


def move(unit: Unit, code: str, to: str) -> Record:
    """Put a volume, or an item kept on its own, in a place; confidential ones only behind a lock (R22).

    Raises `PlaceFull` where no room is left (R16), `SealIntact` for what would enter or leave a sealed bag.
    """
    record = unit.record(code)
    location = unit.one(Location, "location", to)
    unit.act(Act.VOLUME_MOVE, record, to=location.code)
    on_its_own(unit, record, Act.VOLUME_MOVE)
    (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, Act.VOLUME_MOVE)
    _bags_open(unit, record.place_uid, location.uid)
    put(unit, record, location)
    changed_whole(unit, record)
    return record


def put(unit: Unit, record: Record, location: Location) -> None:
    """Let a record stand in *location*, and keep the move; the caller has judged and tells the index.

    Raises `NotLockable` for confidential papers without a lock (R22), `PlaceFull` where no room is left (R16).
    """
    _behind_lock(unit, record, record.level, location)
    now = unit.session.get(Location, record.place_uid) if record.place_uid else None
    registry.room_for_one(unit, location, now=now)
    unit.session.add(
        Movement(
            record_uid=record.uid, from_uid=record.place_uid, to_uid=location.uid, moved_at=unit.now,
            moved_by=unit.actor.uid,
        )
    )  # fmt: skip
    record.place_uid = location.uid


def on_its_own(unit: Unit, record: Record, act: Act) -> None:
    """Refuse to do to one paper of a volume what is done to volumes; raises `InVolume`."""
    if isinstance(record, Item) and record.volume_uid is not None:
        volume = unit.session.get_one(Volume, record.volume_uid)
        raise InVolume(code=record.reference_code, volume=volume.reference_code, act=act)


def _behind_lock(unit: Unit, record: Record, level: Level, location: Location) -> None:
    rule = unit.session.get_one(RecordClass, record.class_code)
    if (rule.locked or level >= Level.CONFIDENTIAL) and not registry.locks(unit, location):
        raise NotLockable(code=record.reference_code, place=location.code)


def _bags_open(unit: Unit, *places: str | None) -> None:
    """Raise `SealIntact` if one of *places* is a bag whose seal is whole."""
    rows = select(Seal.seal_no, Location.code).join(Location, Location.uid == Seal.bag_uid)
    whole = rows.where(Seal.bag_uid.in_(places), Seal.state == SealState.SEALED)
    sealed = unit.session.execute(whole).first()
    if sealed is not None:
        raise SealIntact(bag=sealed.code, seal=sealed.seal_no)


def set_level(unit: Unit, code: str, level: Level, *, reason: str) -> Volume:
    """Raise or lower a volume's level, never below its class; its items follow.

    Raises `LevelBelow`, and `NotLockable` if it must first be put behind a lock (R22).
    """
    volume = unit.volume(code)
    unit.act(Act.VOLUME_LEVEL, volume, private={"reason": reason}, before=volume.level.name, level=level.name)
    VOLUME.after(volume.state, Act.VOLUME_LEVEL)
    rule = unit.session.get_one(RecordClass, volume.class_code)
    if level < rule.level:
        raise LevelBelow(has=rule.level, given=level)
    if level > unit.actor.clearance:
        raise AboveClearance(has=unit.actor.clearance, given=level)
    if volume.place_uid is not None:
        _behind_lock(unit, volume, level, unit.session.get_one(Location, volume.place_uid))
    volume.level, volume.own_level = level, level if level != rule.level else None
    items = list(unit.session.scalars(select(Item).where(Item.volume_uid == volume.uid)))
    for item in items:
        item.level = min(level, item.own_level) if item.own_level is not None else level
    unit.changed(volume, *items)
    return volume
