"""Keeping the due dates of records in step with what happens; the clock itself is handed in (`ports`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from archive.model import Item, Record, TriggerEvent, Volume
from archive.statuses import Happening
from archive.unit import Unit
from archive.values import Period, Trigger

#: For which trigger each thing that may happen counts (domain §6.2).
HAPPENINGS = {
    Happening.CONTRACT_EXPIRED: Trigger.CONTRACT_END,
    Happening.CONTRACT_TERMINATED: Trigger.CONTRACT_END,
    Happening.TENANCY_ENDED: Trigger.TENANCY_END,
    Happening.FIT_OUT_ACCEPTED: Trigger.ACCEPTANCE,
    Happening.DEPOSIT_SETTLED: Trigger.ACCEPTANCE,
    Happening.SERVICE_ENDED: Trigger.SERVICE_END,
    Happening.CASE_CLOSED: Trigger.CASE_CLOSED,
    Happening.EMPLOYMENT_ENDED: Trigger.EMPLOYMENT_END,
    Happening.SUPERSEDED: Trigger.SUPERSEDED,
}


def settle(unit: Unit, record: Record, trigger_date: dt.date | None) -> None:
    """Set the trigger date of *record* and what follows from it.

    A period set anew by appraisal counts from then (T14), or from the trigger where that is later: the longer rules.
    """
    trigger, began = record.trigger, trigger_date
    if record.kept_from is not None:
        trigger, began = Trigger.FORMED, max(record.kept_from, trigger_date or record.kept_from)
    course = unit.ports.clock.course(Period.parse(record.period), trigger, began)
    record.trigger_date = trigger_date
    record.expires_on, record.review_due = course.expires_on, course.review_due


def undated_paper(record: Any) -> Any:
    """Whether the period of a record counts from its filing year only because nobody knows its date (T17).

    Asked of a record it answers, of a mapped class it is a clause.
    """
    return record.undated & (record.trigger == Trigger.FORMED)


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


def resettle(unit: Unit, record: Volume | Item) -> None:
    """Reckon a volume, or an item kept alone, anew after filing, an event or a new period."""
    if hangs_on_event(record):
        settle(unit, record, unit.ports.clock.trigger_date(record.trigger, _happened(unit, record)))
    else:
        settle(
            unit, record, own_date(record, record.last_date if isinstance(record, Volume) else record.dated)
        )


def _happened(unit: Unit, record: Volume | Item) -> Sequence[tuple[str, dt.date]]:
    """What was recorded to have happened to a record or its dossier and counts for it, in the order of recording."""
    rows = unit.session.scalars(
        select(TriggerEvent)
        .where(of_record(record), standing())
        .order_by(TriggerEvent.recorded_at, TriggerEvent.happened_on)
    )
    return [(row.kind, row.happened_on) for row in rows if HAPPENINGS[Happening(row.kind)] is record.trigger]


def of_record(record: Volume | Item) -> ColumnElement[bool]:
    """The events of *record* and of its dossier, as a clause."""
    column = TriggerEvent.volume_uid if isinstance(record, Volume) else TriggerEvent.item_uid
    mine: ColumnElement[bool] = column == record.uid
    return mine | (TriggerEvent.dossier_uid == record.dossier_uid) if record.dossier_uid else mine


def standing(kind: Any = TriggerEvent) -> ColumnElement[bool]:
    """The events that were not struck out and strike out none, as a clause."""
    striking = aliased(TriggerEvent)
    struck = select(striking.uid).where(striking.voids_uid == kind.uid).exists()
    found: ColumnElement[bool] = kind.voids_uid.is_(None) & ~struck
    return found
