"""有效性复核: procedure papers on file are looked at again from time to time, whether they still hold (R34)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select

from archive import people, reckoning
from archive.acts import Act
from archive.cards import plain
from archive.circulation.incidents import said
from archive.custody.pieces import record_of
from archive.errors import BadValue, NotUnderReview
from archive.model import Item, Person, ValidityReview, Volume, new_uid
from archive.registry import GONE
from archive.statuses import ReviewOutcome
from archive.unit import Unit
from archive.values import Trigger

#: A review further away than this is none.
LONGEST = dt.timedelta(days=3660)
#: When to look again if nobody says: what needs revision sooner than what still holds.
AGAIN: Mapping[ReviewOutcome, dt.timedelta] = {
    ReviewOutcome.VALID: dt.timedelta(days=365),
    ReviewOutcome.REVISE: dt.timedelta(days=90),
}


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """The newest review of a record this person may see, or one in its history."""

    code: str
    title: str
    outcome: ReviewOutcome
    next_on: dt.date | None
    reviewed_on: dt.date
    reviewed_by: str
    note: str
    overdue_days: int


def set(unit: Unit, code: str, *, on: dt.date, reason: str) -> ValidityReview:  # noqa: A001
    """Set the day on which a record's validity is reviewed, the first time or anew.

    Raises `NotFound`, and `BadValue` for a day that is not ahead or further than ten years.
    """
    record = unit.record(code)
    unit.act(Act.VALIDITY_SET, record, on=on, private={"reason": reason})
    return _keep(unit, record, ReviewOutcome.SET, _ahead(unit, on), said(reason, "reason"))


def review(
    unit: Unit, code: str, *, outcome: ReviewOutcome, note: str, next_on: dt.date | None = None
) -> ValidityReview:
    """Say whether a record still holds, and when to look again (a year, or 90 days if it needs revision).

    What is superseded is reviewed no more; if its retention hangs on that, its clock starts today: a volume's, or
    that of an item kept alone.
    Raises `NotFound`, `NotUnderReview`, `BadValue`, and what refuses to record the trigger.
    """
    record = unit.record(code)
    unit.act(Act.VALIDITY_REVIEW, record, outcome=outcome, next_on=next_on, private={"note": note})
    if outcome is ReviewOutcome.SET:
        raise BadValue(field="outcome", value=outcome, expected="VALID REVISE SUPERSEDED")
    newest = _newest(unit, record.uid)
    if newest is None or newest.next_on is None:
        raise NotUnderReview(code=record.reference_code)
    if outcome is not ReviewOutcome.SUPERSEDED:
        next_on = _ahead(unit, next_on or unit.today + AGAIN[outcome])
    elif next_on is not None:
        raise BadValue(field="next_on", value=next_on, expected="—")
    made = _keep(unit, record, outcome, next_on, said(note, "note"))
    if starts_retention(record, outcome):
        reckoning.record_trigger(unit, record.uid, "SUPERSEDED", unit.today, note=note)
    return made


def starts_retention(record: Volume | Item, outcome: ReviewOutcome) -> bool:
    """True if this outcome is what the retention of the record waits for."""
    whole = record.scope_uid == record.uid and record.trigger is Trigger.SUPERSEDED
    return whole and outcome is ReviewOutcome.SUPERSEDED


def _ahead(unit: Unit, day: dt.date) -> dt.date:
    latest = unit.today + LONGEST
    if not unit.today < day <= latest:
        raise BadValue(field="next_on", value=day, expected=f"{unit.today + dt.timedelta(days=1)} … {latest}")
    return day


def _newest(unit: Unit, uid: str) -> ValidityReview | None:
    rows = select(ValidityReview).where(ValidityReview.record_uid == uid)
    return unit.session.scalars(rows.order_by(ValidityReview.nth.desc()).limit(1)).first()


def _keep(
    unit: Unit, record: Volume | Item, outcome: ReviewOutcome, next_on: dt.date | None, note: str
) -> ValidityReview:
    before = _newest(unit, record.uid)
    made = ValidityReview(
        uid=new_uid(), record_uid=record.uid, nth=before.nth + 1 if before else 1, outcome=outcome, next_on=next_on,
        reviewed_at=unit.now, reviewed_by=unit.actor.uid,
    )  # fmt: skip
    made.card = unit.keys.seal(record.uid, f"validity|{made.uid}", plain({"note": note}))
    unit.session.add(made)
    unit.session.flush()
    return made


# --- lists ----------------------------------------------------------------------------------------


def _newest_rows() -> Select[ValidityReview]:
    last = select(ValidityReview.record_uid, func.max(ValidityReview.nth).label("nth"))
    newest = last.group_by(ValidityReview.record_uid).subquery()
    same = (newest.c.record_uid == ValidityReview.record_uid) & (newest.c.nth == ValidityReview.nth)
    return (
        select(ValidityReview).join(newest, same).order_by(ValidityReview.next_on, ValidityReview.record_uid)
    )


def _due(on: dt.date) -> list[ColumnElement[bool]]:
    """Up for review on a day, and still here: what was handed on or destroyed is reviewed no more."""
    gone = [
        select(kind.uid).where(kind.uid == ValidityReview.record_uid, kind.state.in_(GONE)).exists()
        for kind in (Volume, Item)
    ]
    return [ValidityReview.next_on <= on, *(~one for one in gone)]


def rows(unit: Unit, *, due_only: bool = False, on: dt.date | None = None) -> list[ReviewRow]:
    """The newest review of every record this person may see, by the day of the next one; or only what is due."""
    unit.look(Act.VALIDITY_SEE)
    wanted = _newest_rows()
    if due_only:
        wanted = wanted.where(*_due(on or unit.today))
    return _shown(unit, list(unit.session.scalars(wanted)))


def due(unit: Unit, on: dt.date | None = None) -> list[ReviewRow]:
    """What is due for review on a day (today), of what this person may see (R34)."""
    return rows(unit, due_only=True, on=on)


def due_count(unit: Unit) -> int:
    """How many records are due for review: a number for the rounds, without titles."""
    unit.look(Act.VALIDITY_SEE)
    waiting = _newest_rows().where(*_due(unit.today)).order_by(None).subquery()
    return unit.session.scalar(select(func.count()).select_from(waiting)) or 0


def history(unit: Unit, code: str) -> list[ReviewRow]:
    """Every review of one record, newest first; raises `NotFound`."""
    unit.look(Act.VALIDITY_SEE)
    record = unit.record(code)
    wanted = select(ValidityReview).where(ValidityReview.record_uid == record.uid)
    return _shown(unit, list(unit.session.scalars(wanted.order_by(ValidityReview.nth.desc()))))


def _shown(unit: Unit, reviews: Sequence[ValidityReview]) -> list[ReviewRow]:
    found = [(one, record_of(unit, one.record_uid)) for one in reviews]
    shown = [(one, record) for one, record in found if unit.may(Act.RECORD_SEE, record)]
    unit.listed(Act.VALIDITY_SEE, (record for _, record in shown))
    return [_row(unit, one, record) for one, record in shown]


def _row(unit: Unit, one: ValidityReview, record: Volume | Item) -> ReviewRow:
    card = unit.told(record.uid, f"validity|{one.uid}", one.card)
    return ReviewRow(
        code=record.reference_code,
        title=unit.card(record).title,
        outcome=one.outcome,
        next_on=one.next_on,
        reviewed_on=one.reviewed_at.astimezone(unit.settings.zone).date(),
        reviewed_by=people.name_of(unit, unit.session.get_one(Person, one.reviewed_by)),
        note=card["note"],
        overdue_days=max(0, (unit.today - one.next_on).days) if one.next_on else 0,
    )
