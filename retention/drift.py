"""Whether every stored due date is what the clock says of the papers and events behind it; reads only.

The catalogue keeps due dates in a column, so that the due list need not reckon; here they are reckoned anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from archive.acts import Act
from archive.model import Item, TriggerEvent, Volume
from archive.settling import HAPPENINGS, standing
from archive.statuses import Happening
from archive.unit import Unit
from archive.values import Period, Trigger
from retention.clock import Course, run, year_end
from retention.clockwork import Clockwork

#: Rows read at a time: memory stays flat whatever is kept.
BATCH = 1000

#: By dossier or record: when it was recorded, the day, what happened.
Events = Mapping[str | None, Sequence[tuple[dt.datetime, dt.date, str]]]


@dataclass(frozen=True, slots=True)
class Drift:
    """A record whose stored days are not the clock's; by uid, which tells nothing of the record (decision 6)."""

    uid: str
    stored: dt.date | None
    reckoned: dt.date | None


def drifted(unit: Unit) -> list[Drift]:
    """Reckon every record anew; those stored otherwise. Empty if all is well, for whoever may inspect."""
    unit.look(Act.INSTANCE_INSPECT)
    return [
        Drift(row.uid, row.review_due, course.review_due)
        for reckoned in (_volumes(unit), _items(unit))
        for row, course in reckoned
        if (row.expires_on, row.review_due) != (course.expires_on, course.review_due)
    ]


def _volumes(unit: Unit) -> Iterator[tuple[Any, Course]]:
    """Every volume with its course, from the dates of its items and the events of its dossier."""
    events = _events(unit)
    latest = select(func.max(Item.dated)).where(Item.volume_uid == Volume.uid).scalar_subquery()
    rows = select(
        Volume.uid, Volume.period, Volume.trigger, Volume.archive_year, Volume.expires_on, Volume.review_due,
        Volume.kept_from, Volume.dossier_uid, latest.label("latest"),
    )  # fmt: skip
    for row in unit.session.execute(rows.execution_options(yield_per=BATCH)):
        yield row, _anew(row, events)


def _items(unit: Unit) -> Iterator[tuple[Any, Course]]:
    """Every item kept alone with its course, from its own date and its events."""
    events = _events(unit)
    rows = select(
        Item.uid, Item.period, Item.trigger, Item.archive_year, Item.expires_on, Item.review_due,
        Item.kept_from, Item.dossier_uid, Item.dated.label("latest"),
    ).where(Item.volume_uid.is_(None))  # fmt: skip
    for row in unit.session.execute(rows.execution_options(yield_per=BATCH)):
        yield row, _anew(row, events)


def _anew(row: Any, events: Events) -> Course:
    """The course by the pure clock: events for what hangs on events, else the latest paper or the year."""
    began: dt.date | None
    if row.trigger is Trigger.YEAR_END:
        began = year_end(row.archive_year)
    elif row.trigger is Trigger.FORMED:
        began = row.latest
    else:
        happened = sorted([*events.get(row.dossier_uid, ()), *events.get(row.uid, ())])
        mine = [(kind, on) for _, on, kind in happened if HAPPENINGS[Happening(kind)] is row.trigger]
        began = Clockwork().trigger_date(row.trigger, mine)
    filed = year_end(row.archive_year)
    return run(Period.parse(row.period), row.trigger, began, undated_filed=filed, kept_from=row.kept_from)


def _events(unit: Unit) -> Events:
    """What was recorded to have happened and not struck out, by the dossier or record it happened to."""
    found: dict[str | None, list[tuple[dt.datetime, dt.date, str]]] = {}
    for event in unit.session.scalars(select(TriggerEvent).where(standing())):
        told = (event.recorded_at, event.happened_on, event.kind)
        found.setdefault(event.dossier_uid or event.volume_uid or event.item_uid, []).append(told)
    return found
