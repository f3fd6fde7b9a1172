"""Keeping the due dates of records in step with what happens; the clock itself is handed in (`ports`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from archive.acts import Act
from archive.errors import BadValue
from archive.model import Dossier, Record, TriggerEvent, Volume
from archive.unit import Unit
from archive.values import Period, Trigger

#: What may be recorded as having happened, and for which trigger it counts (domain §6.2).
HAPPENINGS = {
    "CONTRACT_EXPIRED": Trigger.CONTRACT_END,
    "CONTRACT_TERMINATED": Trigger.CONTRACT_END,
    "TENANCY_ENDED": Trigger.TENANCY_END,
    "FIT_OUT_ACCEPTED": Trigger.ACCEPTANCE,
    "DEPOSIT_SETTLED": Trigger.ACCEPTANCE,
    "SERVICE_ENDED": Trigger.SERVICE_END,
    "CASE_CLOSED": Trigger.CASE_CLOSED,
    "EMPLOYMENT_ENDED": Trigger.EMPLOYMENT_END,
    "SUPERSEDED": Trigger.SUPERSEDED,
}


def settle(unit: Unit, record: Record, trigger_date: dt.date | None) -> None:
    """Set the trigger date of *record* and what follows from it; a period set anew by appraisal counts from then (T14)."""
    trigger, began = record.trigger, trigger_date
    if record.kept_from is not None:
        trigger, began = Trigger.FORMED, record.kept_from
    course = unit.ports.clock.course(Period.parse(record.period), trigger, began)
    record.trigger_date = trigger_date
    record.expires_on, record.review_due = course.expires_on, course.review_due


def own_date(record: Record, latest: dt.date | None) -> dt.date | None:
    """The trigger date of a record whose clock hangs on its own papers; None if it hangs on an event.

    FORMED is the latest document, or the filing year where none is dated (T5, T17);
    YEAR_END is the last day of the archive year.
    """
    if record.trigger is Trigger.YEAR_END:
        return dt.date(record.archive_year, 12, 31)
    if record.trigger is Trigger.FORMED:
        return latest or dt.date(record.archive_year, 12, 31)
    return None


def hangs_on_event(record: Record) -> bool:
    """True if something must happen before the clock of *record* starts."""
    return record.trigger not in {Trigger.FORMED, Trigger.YEAR_END}


def resettle(unit: Unit, volume: Volume) -> None:
    """Reckon a volume anew after filing or an event."""
    if hangs_on_event(volume):
        happened = _happened(unit, volume.trigger, dossier_uid=volume.dossier_uid, volume_uid=volume.uid)
        settle(unit, volume, unit.ports.clock.trigger_date(volume.trigger, happened))
    else:
        settle(unit, volume, own_date(volume, volume.last_date))


def _happened(
    unit: Unit, trigger: Trigger, *, dossier_uid: str | None, volume_uid: str
) -> Sequence[tuple[str, dt.date]]:
    mine = TriggerEvent.volume_uid == volume_uid
    if dossier_uid is not None:
        mine = mine | (TriggerEvent.dossier_uid == dossier_uid)
    rows = unit.session.scalars(
        select(TriggerEvent).where(mine).order_by(TriggerEvent.recorded_at, TriggerEvent.happened_on)
    )
    return [(row.kind, row.happened_on) for row in rows if HAPPENINGS[row.kind] is trigger]


def record_trigger(unit: Unit, code: str, kind: str, on: dt.date) -> list[Volume]:
    """Record that something happened to a dossier or volume; returns the volumes seen whose clock it moved.

    All volumes of a dossier are reckoned, also those this person may not see: it happened to them too.
    Raises `BadValue` for an unknown kind or a day in the future, `NotFound` for what cannot be seen.
    """
    if kind not in HAPPENINGS:
        raise BadValue(field="kind", value=kind, expected=" ".join(HAPPENINGS))
    if on > unit.today:
        raise BadValue(field="on", value=on, expected=f"≤ {unit.today}")
    dossier = unit.session.scalar(select(Dossier).where(Dossier.code == code))
    touched = _volumes_of(unit, dossier) if dossier else [unit.volume(code)]
    volumes = [volume for volume in touched if unit.may(Act.RECORD_SEE, volume)]
    if not volumes:
        unit.record(code)
    for volume in volumes:
        unit.act(Act.TRIGGER_RECORD, volume, kind=kind, on=on)
    event = TriggerEvent(
        dossier_uid=dossier.uid if dossier else None, volume_uid=None if dossier else volumes[0].uid,
        kind=kind, happened_on=on, recorded_at=unit.now, recorded_by=unit.actor.uid,
    )  # fmt: skip
    unit.session.add(event)
    unit.session.flush()
    for volume in touched:
        resettle(unit, volume)
    return [volume for volume in volumes if volume.trigger is HAPPENINGS[kind]]


def _volumes_of(unit: Unit, dossier: Dossier) -> list[Volume]:
    return list(unit.session.scalars(select(Volume).where(Volume.dossier_uid == dossier.uid)))
