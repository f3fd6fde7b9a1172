"""What a decision to keep does at once: a new period from a new day, papers taken out of their volume (条例 24).

The old period stays readable in its mark; reference codes never change (V24), nor does what lies where. What a
decision lets go is carried out elsewhere, later, by other people.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from sqlalchemy import func, select, update

from archive.model import Appraisal, AppraisalLine, Item, PeriodMark, RecordClass, TakenOut, Volume
from archive.settling import resettle, settle
from archive.statuses import MarkCause, Verdict
from archive.unit import Unit
from archive.values import PERMANENT, VolumeState
from archive.volumes import changed_whole
from retention.appraising.verdicts import Ruling, counted_from


def keep(unit: Unit, made: Appraisal, line: AppraisalLine, record: Volume | Item, ruling: Ruling) -> None:
    """Do at once what *ruling* does at once; the caller has named the act and checked it."""
    effect = EFFECTS.get(ruling.verdict)
    if effect is not None:
        effect(unit, made, line, record, ruling)


def _extend(unit: Unit, made: Appraisal, line: AppraisalLine, record: Volume | Item, ruling: Ruling) -> None:
    """A new period from the appraisal's year, for the record and every paper in it (T14)."""
    period = ruling.period or PERMANENT.code
    _set(unit, made, record, period, counted_from(unit, made, record))
    if isinstance(record, Volume):
        unit.session.execute(update(Item).where(Item.volume_uid == record.uid).values(period=period))
    line.new_period = period
    changed_whole(unit, record)


def _set(
    unit: Unit, made: Appraisal, record: Volume | Item, period: str, began: dt.date, *,
    expires_before: dt.date | None = None,
) -> None:  # fmt: skip
    before, old_end = record.period, record.expires_on or expires_before
    rule = unit.session.get_one(RecordClass, record.class_code)
    record.period, record.own_period = period, period if period != rule.period else None
    record.kept_from = None if period == PERMANENT.code else began
    settle(unit, record, record.trigger_date)
    unit.session.add(
        PeriodMark(
            record_uid=record.uid, cause=MarkCause.APPRAISAL, source=made.number, before=before, after=period,
            kept_from=record.kept_from, expires_before=old_end, expires_after=record.expires_on,
            marked_at=unit.now, marked_by=unit.actor.uid,
        )
    )  # fmt: skip
    unit.session.flush()


def _take_out(
    unit: Unit, made: Appraisal, line: AppraisalLine, record: Volume | Item, ruling: Ruling
) -> None:
    """抽出单立: the named papers are kept alone from now on; what is left of the volume stands as let go."""
    assert isinstance(record, Volume)
    began, expired = counted_from(unit, made, record), record.expires_on
    for uid, period in ruling.papers:
        item = unit.session.get_one(Item, uid)
        _alone(unit, line, record, item)
        _set(unit, made, item, period, began, expires_before=expired)
        unit.changed(item)
    _count_again(unit, record)
    changed_whole(unit, record)


def _alone(unit: Unit, line: AppraisalLine, volume: Volume, item: Item) -> None:
    """*item* leaves *volume*: it keeps its code, class, level and place, and is held by itself."""
    unit.session.add(
        TakenOut(
            item_uid=item.uid, line_uid=line.uid, volume_uid=volume.uid, seq_no=item.seq_no,
            first_page=item.first_page, taken_at=unit.now,
        )
    )  # fmt: skip
    item.volume_uid, item.scope_uid = None, item.uid
    item.state, item.held_on, item.centralised = VolumeState.HELD, volume.held_on, volume.centralised
    item.place_uid, item.trigger_date = volume.place_uid, volume.trigger_date
    item.secrecy_until = item.secrecy_until or volume.secrecy_until
    item.party_uid = item.party_uid or volume.party_uid  # a hold on the party goes on naming it
    unit.session.flush()


def _count_again(unit: Unit, volume: Volume) -> None:
    """Items, pages, dates and clock of what is left; its numbers keep their gaps, since codes never change (V1)."""
    rows = select(func.count(), func.sum(Item.page_count), func.min(Item.dated), func.max(Item.dated))
    row = unit.session.execute(rows.where(Item.volume_uid == volume.uid)).one()
    volume.items, volume.pages, volume.first_date, volume.last_date = row[0], row[1] or 0, row[2], row[3]
    volume.undated = volume.last_date is None
    unit.session.flush()
    resettle(unit, volume)


Effect = Callable[[Unit, Appraisal, AppraisalLine, Volume | Item, Ruling], None]

#: What is done in the same act as the decision; nothing, for what is let go.
EFFECTS: Mapping[Verdict, Effect] = {
    Verdict.EXTEND: _extend,
    Verdict.PERMANENT: _extend,
    Verdict.TAKE_OUT: _take_out,
}
