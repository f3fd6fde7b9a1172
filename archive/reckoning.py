"""起算事项: what starts a period, recorded with its evidence, struck out where it was wrong; rows stay (domain §6.2)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive import people
from archive.acts import Act
from archive.cards import plain
from archive.circulation.incidents import said
from archive.errors import BadValue, GoneForGood, InVolume, NotFound
from archive.model import Dossier, Item, Person, TriggerEvent, Volume, new_uid
from archive.settling import HAPPENINGS, hangs_on_event, of_record, own_date, resettle, settle, standing
from archive.statuses import Happening
from archive.unit import Unit
from archive.values import VolumeState

__all__ = [
    "GONE", "HAPPENINGS", "EventLine", "events", "hangs_on_event", "own_date", "record_trigger", "resettle", "settle",
    "void",
]  # fmt: skip

#: Seals what is said of an event of a dossier, which has no key of its own.
NOTE_KEY = "trigger"
GONE = frozenset({VolumeState.TRANSFERRED, VolumeState.DESTROYED})


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event as it was recorded; `counts` is false once it was struck out."""

    kind: Happening
    happened_on: dt.date
    dossier: str
    evidence: str
    note: str
    recorded_on: dt.date
    recorded_by: str
    counts: bool
    why_void: str


@dataclass(frozen=True, slots=True)
class _Subject:
    """What something happened to: a dossier, or a record that stands for itself; *seen* are its records in sight."""

    dossier: Dossier | None
    touched: Sequence[Volume | Item]
    seen: Sequence[Volume | Item]

    @property
    def row(self) -> dict[str, Any]:
        """The column that names it."""
        if self.dossier is not None:
            return {"dossier_uid": self.dossier.uid}
        record = self.seen[0]
        return {"volume_uid" if isinstance(record, Volume) else "item_uid": record.uid}


def record_trigger(
    unit: Unit, code: str, kind: str, on: dt.date, *, evidence: str | None = None, note: str = ""
) -> list[Volume | Item]:
    """Record that something happened to a dossier, a volume or an item kept alone; the seen records it counts for.

    All records of a dossier are reckoned, also those this person may not see: it happened to them too.
    *evidence* is the code of a record that proves it, *note* says what else does; one of them there must be. A later event of the same kind takes the place of the
    earlier, but for the agreed ends of a contract, of which the latest counts (T10).
    Raises `BadValue` for an unknown kind, a day in the future or no evidence at all, `NotFound` for what cannot be seen (the evidence
    too), `InVolume` for a paper of a volume, `GoneForGood`.
    """
    happening = _kind(kind)
    if on > unit.today:
        raise BadValue(field="on", value=on, expected=f"≤ {unit.today}")
    subject, told = _subject(unit, code), said(note, "note", needed=False)
    if not evidence and not told:
        raise BadValue(field="evidence", value="—", expected="--evidence, --note")
    for record in subject.seen:
        unit.act(Act.TRIGGER_RECORD, record, kind=happening, on=on, private={"note": told} if told else None)
    proof = unit.record(evidence) if evidence else None
    unit.lines[-1].facts = {**unit.lines[-1].facts, "evidence": proof.reference_code if proof else None}
    _keep(unit, subject, happening, on, told, evidence_uid=proof.uid if proof else None)
    return [record for record in subject.seen if record.trigger is HAPPENINGS[happening]]


def void(unit: Unit, code: str, kind: str, on: dt.date, *, reason: str) -> list[Volume | Item]:
    """Strike out an event that was recorded wrongly; its row stays, and the clocks it moved are reckoned without it.

    Raises `NotFound` if no such event stands, `BadValue` without a reason, what `record_trigger` raises.
    """
    happening, why = _kind(kind), said(reason, "reason")
    subject = _subject(unit, code)
    for record in subject.seen:
        unit.act(Act.TRIGGER_VOID, record, kind=happening, on=on, private={"reason": why})
    mine = [getattr(TriggerEvent, column) == uid for column, uid in subject.row.items()]
    rows = select(TriggerEvent).where(
        *mine, TriggerEvent.kind == happening, TriggerEvent.happened_on == on, standing()
    )
    wrong = unit.session.scalars(rows.order_by(TriggerEvent.recorded_at.desc()).limit(1)).first()
    if wrong is None:
        raise NotFound(what="trigger", code=f"{happening} {on}")
    _keep(unit, subject, happening, on, why, voids_uid=wrong.uid)
    return [record for record in subject.seen if record.trigger is HAPPENINGS[happening]]


def events(unit: Unit, code: str) -> list[EventLine]:
    """Everything recorded of a dossier or a record, oldest first, what was struck out among it; raises `NotFound`."""
    subject = _subject(unit, code, gone=True)
    for record in subject.seen:
        unit.look(Act.RECORD_SEE, record)
    mine = TriggerEvent.dossier_uid == subject.dossier.uid if subject.dossier else of_record(subject.seen[0])
    rows = list(unit.session.scalars(select(TriggerEvent).where(mine).order_by(TriggerEvent.recorded_at)))
    struck = {row.voids_uid: _told(unit, row) for row in rows if row.voids_uid}
    return [_line(unit, row, struck) for row in rows if row.voids_uid is None]


def _kind(kind: str) -> Happening:
    if kind not in HAPPENINGS:
        raise BadValue(field="kind", value=kind, expected=" ".join(HAPPENINGS))
    return Happening(kind)


def _subject(unit: Unit, code: str, *, gone: bool = False) -> _Subject:
    """The dossier or record with this code and the records it stands for; raises `NotFound`, `InVolume`."""
    dossier = unit.session.scalar(select(Dossier).where(Dossier.code == code))
    touched = _of_dossier(unit, dossier) if dossier else [_alone(unit, unit.record(code), gone=gone)]
    seen = [record for record in touched if unit.may(Act.RECORD_SEE, record)]
    if not seen:
        unit.record(code)
    return _Subject(dossier, touched, seen)


def _of_dossier(unit: Unit, dossier: Dossier) -> list[Volume | Item]:
    volumes = unit.session.scalars(select(Volume).where(Volume.dossier_uid == dossier.uid))
    alone = select(Item).where(Item.dossier_uid == dossier.uid, Item.volume_uid.is_(None))
    return [*volumes, *unit.session.scalars(alone)]


def _alone(unit: Unit, record: Volume | Item, *, gone: bool) -> Volume | Item:
    if isinstance(record, Item) and record.volume_uid is not None:
        volume = unit.session.get_one(Volume, record.volume_uid)
        raise InVolume(code=record.reference_code, volume=volume.reference_code, act=Act.TRIGGER_RECORD)
    if record.state in GONE and not gone:
        raise GoneForGood(code=record.reference_code, state=record.state)
    return record


def _keep(unit: Unit, subject: _Subject, kind: Happening, on: dt.date, words: str, **columns: Any) -> None:
    made = TriggerEvent(
        uid=new_uid(), kind=kind.value, happened_on=on, recorded_at=unit.now, recorded_by=unit.actor.uid,
        **subject.row, **columns,
    )  # fmt: skip
    made.card = _sealed(unit, subject, made.uid, words) if words else b""
    unit.session.add(made)
    unit.session.flush()
    for record in subject.touched:
        resettle(unit, record)


def _sealed(unit: Unit, subject: _Subject, uid: str, words: str) -> bytes:
    card = plain({"note": words})
    if subject.dossier is not None:
        return unit.keys.seal_with(NOTE_KEY, uid.encode(), card)
    return unit.keys.seal(subject.seen[0].uid, f"trigger|{uid}", card)


def _told(unit: Unit, row: TriggerEvent) -> str:
    """What was said of an event; of a record that was destroyed, nothing."""
    if not row.card:
        return ""
    if row.dossier_uid is not None:
        return str(json.loads(unit.keys.open_with(NOTE_KEY, row.uid.encode(), row.card))["note"])
    return str(unit.told(str(row.volume_uid or row.item_uid), f"trigger|{row.uid}", row.card)["note"])


def _line(unit: Unit, row: TriggerEvent, struck: Mapping[str, str]) -> EventLine:
    dossier = unit.session.get(Dossier, row.dossier_uid) if row.dossier_uid else None
    return EventLine(
        kind=Happening(row.kind),
        happened_on=row.happened_on,
        dossier=dossier.code if dossier else "",
        evidence=_evidence(unit, row.evidence_uid),
        note=_told(unit, row),
        recorded_on=row.recorded_at.astimezone(unit.settings.zone).date(),
        recorded_by=people.name_of(unit, unit.session.get_one(Person, row.recorded_by)),
        counts=row.uid not in struck,
        why_void=struck.get(row.uid, ""),
    )


def _evidence(unit: Unit, uid: str | None) -> str:
    """The code of the record that proves an event, if this person may see it."""
    found = (unit.session.get(Volume, uid) or unit.session.get(Item, uid)) if uid else None
    return found.reference_code if found is not None and unit.may(Act.RECORD_SEE, found) else ""
