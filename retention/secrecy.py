"""保密期限: how long a confidential record stays so, apart from how long it is kept; nothing here moves its retention.

When the period is over somebody who keeps the record proposes what is to become of it, and the general manager
decides (7-1.4). Only this may open a record further than its class, and only down to what `floor` says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select, update

from archive import quorum
from archive.acts import Act
from archive.cards import plain
from archive.circulation.incidents import said
from archive.custody.wholes import after
from archive.errors import (
    BadValue,
    GoneForGood,
    NoSecrecy,
    NotFound,
    SameSigner,
    SecrecyDecided,
    SecrecyFloor,
    SecrecyMoved,
    SecrecyPending,
)
from archive.model import Item, RecordClass, SecrecyReview, Volume, new_uid
from archive.statuses import SecrecyOutcome
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Level, VolumeState
from archive.volumes import changed_whole, next_number, on_its_own

#: What is proposed where nobody says how long, in years: the longest the law allows state secrets of the same name.
YEARS: Mapping[Level, int] = {Level.CONFIDENTIAL: 10, Level.SECRET: 20}
#: A secrecy period longer than this is none.
LONGEST = 30
GONE = (VolumeState.TRANSFERRED, VolumeState.DESTROYED)


def set_until(unit: Unit, code: str, *, until: dt.date | None = None, years: int | None = None) -> dt.date:
    """Mark a confidential record with the last day of its secrecy: a day, so many years from today, or its level's usual.

    Marked again, only an earlier day is taken: to prolong is the general manager's to decide.
    Raises `NotFound`, `InVolume`, `GoneForGood`, `NoSecrecy`, `BadValue`.
    """
    record = _alone(unit, code, Act.SECRECY_SET)
    if until is not None and years is not None:
        raise BadValue(field="years", value=years, expected="—")
    last = _ahead(unit, until or _in_years(unit.today, years if years is not None else YEARS[record.level]))
    if record.secrecy_until is not None and last > record.secrecy_until:
        raise BadValue(field="secrecy_until", value=last, expected=f"≤ {record.secrecy_until}")
    unit.lines[-1].facts = {"before": record.secrecy_until, "until": last}
    _mark(unit, record, last)
    return last


def propose(
    unit: Unit, code: str, *, outcome: SecrecyOutcome, reason: str, until: dt.date | None = None,
    level: Level | None = None,
) -> SecrecyReview:  # fmt: skip
    """Propose to prolong a record's secrecy, to lower its level, or to declassify it (to internal unless said).

    Raises what `set_until` raises, and `SecrecyPending`, `SecrecyFloor`.
    """
    record = _alone(unit, code, Act.SECRECY_PROPOSE)
    told = said(reason, "reason")
    after_level, after_until = _wanted(unit, record, outcome, until, level)
    waiting = _pending(unit, record.uid)
    if waiting is not None:
        raise SecrecyPending(code=record.reference_code, number=waiting.number)
    prefix = f"MS{unit.today.year}-"
    line = unit.lines[-1]
    line.facts = {"outcome": outcome, "level": after_level.name, "until": after_until}
    line.private = {"reason": told}
    made = SecrecyReview(
        uid=new_uid(), number=f"{prefix}{next_number(unit, prefix):04d}", record_uid=record.uid, outcome=outcome,
        level_before=record.level, level_after=after_level, until_before=record.secrecy_until,
        until_after=after_until, proposed_at=unit.now, proposed_by=unit.actor.uid,
    )  # fmt: skip
    made.card = _sealed(unit, made, {"reason": told})
    unit.session.add(made)
    unit.session.flush()
    return made


def decide(unit: Unit, number: str, *, agree: bool, note: str = "") -> SecrecyReview:
    """Agree to a proposal, which then holds for the record and every paper in it, or refuse it.

    Whoever was given the record by name keeps that; the index reads it anew. Raises `NotFound`, `SecrecyDecided`,
    `SameSigner` for one's own proposal, `MissingPeople`, `SecrecyMoved`, `WrongState`, `BadValue`.
    """
    made, record = one(unit, number)
    told = said(note, "note", needed=not agree)
    unit.act(
        Act.SECRECY_DECIDE, record, number=made.number, agreed=agree, level=made.level_after.name,
        until=made.until_after, private={"note": told} if told else None,
    )  # fmt: skip
    quorum.demand(unit, Act.SECRECY_DECIDE)
    if made.decided_at is not None:
        raise SecrecyDecided(number=made.number)
    if made.proposed_by == unit.actor.uid:
        raise SameSigner(act=Act.SECRECY_DECIDE)
    if agree:
        _apply(unit, made, record)
    words = unit.told(record.uid, f"secrecy|{made.uid}", made.card)
    made.card = _sealed(unit, made, {**words, "note": told})
    made.agreed, made.decided_at, made.decided_by = agree, unit.now, unit.actor.uid
    unit.session.flush()
    return made


def one(unit: Unit, number: str) -> tuple[SecrecyReview, Volume | Item]:
    """A proposal with its record, if this person may see that; raises `NotFound` alike for absent and hidden."""
    made = unit.session.scalar(select(SecrecyReview).where(SecrecyReview.number == number))
    record = None
    if made is not None:
        record = unit.session.get(Volume, made.record_uid) or unit.session.get(Item, made.record_uid)
    if made is None or record is None or not unit.may(Act.RECORD_SEE, record):
        raise NotFound(what="secrecy", code=number)
    return made, record


def floor(record: Volume | Item) -> tuple[Level, str]:
    """How far a record may be opened at most, and the clause that says so."""
    if record.custodians_closed:
        return CONFIDENTIAL, "7-1.5"
    return (Level.INTERNAL, "PIPL-51") if record.personal else (Level.PUBLIC, "7-1.4")


# --- what is asked for ----------------------------------------------------------------------------


def _alone(unit: Unit, code: str, act: Act) -> Volume | Item:
    """A record that has a secrecy period of its own, *act* judged and named; raises `NotFound`, `InVolume`, `GoneForGood`, `NoSecrecy`."""
    record = unit.record(code)
    unit.act(act, record)
    on_its_own(unit, record, act)
    if record.state in GONE:
        raise GoneForGood(code=record.reference_code, state=record.state)
    if record.level < CONFIDENTIAL:
        raise NoSecrecy(code=record.reference_code, level=record.level)
    return record


def _wanted(
    unit: Unit, record: Volume | Item, outcome: SecrecyOutcome, until: dt.date | None, level: Level | None
) -> tuple[Level, dt.date | None]:
    """The level and the last day that a proposal leads to; raises `BadValue`, `SecrecyFloor`."""
    if outcome is SecrecyOutcome.PROLONG:
        if level is not None:
            raise BadValue(field="level", value=level, expected="—")
        return record.level, _later(unit, record, until)
    if outcome is SecrecyOutcome.DOWNGRADE:
        if level is None or not CONFIDENTIAL <= level < record.level:
            raise BadValue(
                field="level", value=level or "—", expected=f"{CONFIDENTIAL.name} ≤ … < {record.level.name}"
            )
        _floored(record, level)
        return level, _ahead(unit, until or _in_years(unit.today, YEARS[level]))
    if until is not None:
        raise BadValue(field="secrecy_until", value=until, expected="—")
    level = Level.INTERNAL if level is None else level
    if level >= CONFIDENTIAL:
        raise BadValue(field="level", value=level, expected=f"{Level.INTERNAL.name} {Level.PUBLIC.name}")
    _floored(record, level)
    return level, None


def _floored(record: Volume | Item, level: Level) -> None:
    least, clause = floor(record)
    if level < least:
        raise SecrecyFloor(code=record.reference_code, level=level, floor=least, clause=clause)


def _later(unit: Unit, record: Volume | Item, until: dt.date | None) -> dt.date:
    if until is None:
        raise BadValue(field="secrecy_until", value="—", expected=f"> {record.secrecy_until or unit.today}")
    if record.secrecy_until is not None and until <= record.secrecy_until:
        raise BadValue(field="secrecy_until", value=until, expected=f"> {record.secrecy_until}")
    return _ahead(unit, until)


def _ahead(unit: Unit, last: dt.date) -> dt.date:
    latest = _in_years(unit.today, LONGEST)
    if not unit.today < last <= latest:
        raise BadValue(
            field="secrecy_until", value=last, expected=f"{unit.today + dt.timedelta(days=1)} – {latest}"
        )
    return last


def _in_years(day: dt.date, years: int) -> dt.date:
    """The same day so many years on, the end of February for 29 February; raises `BadValue`."""
    if not 1 <= years <= LONGEST:
        raise BadValue(field="years", value=years, expected=f"1–{LONGEST}")
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _pending(unit: Unit, record_uid: str) -> SecrecyReview | None:
    rows = select(SecrecyReview).where(
        SecrecyReview.record_uid == record_uid, SecrecyReview.decided_at.is_(None)
    )
    return unit.session.scalars(rows.limit(1)).first()


# --- what is done ---------------------------------------------------------------------------------


def _apply(unit: Unit, made: SecrecyReview, record: Volume | Item) -> None:
    """Let the decision hold for the record and its papers; raises `SecrecyMoved`, `WrongState`, `BadValue`."""
    if (record.level, record.secrecy_until) != (made.level_before, made.until_before):
        raise SecrecyMoved(code=record.reference_code, number=made.number)
    after(record, Act.SECRECY_DECIDE)
    if made.until_after is not None:
        _ahead(unit, made.until_after)
    rule = unit.session.get_one(RecordClass, record.class_code)
    record.level = made.level_after
    record.own_level = made.level_after if made.level_after != rule.level else None
    for item in unit.session.scalars(select(Item).where(Item.volume_uid == record.uid)):
        item.level = min(made.level_after, item.own_level) if item.own_level is not None else made.level_after
    _mark(unit, record, made.until_after)


def _mark(unit: Unit, record: Volume | Item, until: dt.date | None) -> None:
    """Write the last day on a record and every paper in it, and tell the index."""
    record.secrecy_until = until
    unit.session.flush()
    unit.session.execute(update(Item).where(Item.volume_uid == record.uid).values(secrecy_until=until))
    changed_whole(unit, record)


def _sealed(unit: Unit, made: SecrecyReview, words: Mapping[str, str]) -> bytes:
    return unit.keys.seal(made.record_uid, f"secrecy|{made.uid}", plain(dict(words)))
