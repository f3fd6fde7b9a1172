"""What each opinion of an appraisal may be given on: a table of checks, asked when it is given and again when it is decided.

Nothing is judged destroyable before its time (V18) or without a date (T17); an extension never shortens (条例 24);
personal data is not kept past its ceiling unless a hold demands it (个保法 19).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from archive.acts import Act
from archive.errors import (
    BadValue,
    CeilingReached,
    NotStarted,
    PapersUnfit,
    PeriodShorter,
    SealedUp,
    TooEarlyToDestroy,
)
from archive.model import Appraisal, Item, RecordClass, Volume
from archive.settling import undated_paper
from archive.statuses import Verdict
from archive.unit import Unit
from archive.values import Period, PeriodKind, Trigger, VolumeState
from retention.holding.holds import held_by

#: What a record is let go by, whole or but for what is taken out: only H5 and H6 carry it out.
LETS_GO = frozenset({Verdict.DESTROY, Verdict.TAKE_OUT, Verdict.TRANSFER})


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict with what belongs to it: the new period of an extension, the papers to take out by uid with theirs."""

    verdict: Verdict
    period: str = ""
    papers: tuple[tuple[str, str], ...] = ()


def ruled(verdict: Verdict, period: str = "", papers: Mapping[str, str] | None = None) -> Ruling:
    """A ruling as it was typed: `10`, `D10` and `d10` are the same period; raises `BadValue` for what does not belong."""
    if (verdict is Verdict.EXTEND) != bool(period.strip()):
        raise BadValue(
            field="period", value=period or "—", expected="D10, D30" if not period else "--verdict extend"
        )
    if (verdict is Verdict.TAKE_OUT) != bool(papers):
        raise BadValue(field="papers", value=list(papers or ()) or "—", expected=Verdict.TAKE_OUT)
    kept = {code.strip(): _spelt(given, permanent=True) for code, given in (papers or {}).items()}
    new = _spelt(period, permanent=False) if period else ""
    return Ruling(verdict, new, tuple(sorted(kept.items())))


def _spelt(text: str, *, permanent: bool) -> str:
    """A period of years (or `Y`) in its short form; raises `BadValue`."""
    code = text.strip().upper()
    try:
        period = Period.parse(f"D{code}" if code.isdecimal() else code)
    except BadValue:
        period = None
    kinds = {PeriodKind.YEARS, *([PeriodKind.PERMANENT] if permanent else [])}
    if period is None or period.kind not in kinds:
        raise BadValue(field="period", value=text, expected="D10, D30, Y" if permanent else "D10, D30")
    return period.code


def counted_from(unit: Unit, made: Appraisal, record: Volume | Item) -> dt.date:
    """The day a new period counts from: the end of the appraisal's year, or of the old period (setting extend_from)."""
    if unit.settings.extend_from == "expiry" and record.expires_on is not None:
        return record.expires_on
    return dt.date(made.year, 12, 31)


def last_day(unit: Unit, made: Appraisal, record: Volume | Item, period: str) -> dt.date | None:
    """The last day *record* would be kept under *period*; None for ever."""
    began = max(counted_from(unit, made, record), record.trigger_date or dt.date.min)
    return unit.ports.clock.course(Period.parse(period), Trigger.FORMED, began).expires_on


def check(unit: Unit, made: Appraisal, record: Volume | Item, ruling: Ruling) -> Ruling:
    """The ruling with its papers by uid, if it may be given on *record*; raises the first error of its checks."""
    ruling = _by_uid(unit, record, ruling)
    for rule in CHECKS[ruling.verdict]:
        rule(unit, made, record, ruling)
    return ruling


# --- the checks -----------------------------------------------------------------------------------


def _expired(unit: Unit, made: Appraisal, record: Volume | Item, ruling: Ruling) -> None:  # noqa: ARG001
    due = record.review_due
    if due is None or due > unit.today or undated_paper(record):
        raise TooEarlyToDestroy(code=record.reference_code, review_due=None if undated_paper(record) else due)


def _under_ceiling(unit: Unit, made: Appraisal, record: Volume | Item, ruling: Ruling) -> None:  # noqa: ARG001
    rule = unit.session.get_one(RecordClass, record.class_code)
    if rule.ceiling and not held_by(unit, record):
        raise CeilingReached(code=record.reference_code, class_code=rule.code, period=rule.period)


def _started(unit: Unit, made: Appraisal, record: Volume | Item, ruling: Ruling) -> None:  # noqa: ARG001
    if record.expires_on is None:
        raise NotStarted(code=record.reference_code, period=record.period)


def _longer(unit: Unit, made: Appraisal, record: Volume | Item, ruling: Ruling) -> None:
    """Every new period of the ruling ends later than the old one."""
    for period in [ruling.period, *(period for _, period in ruling.papers)]:
        last = last_day(unit, made, record, period) if period else None
        if last is not None and record.expires_on is not None and last <= record.expires_on:
            raise PeriodShorter(code=record.reference_code, has=record.expires_on, given=last)


def _not_permanent(unit: Unit, made: Appraisal, record: Volume | Item, ruling: Ruling) -> None:  # noqa: ARG001
    if Period.parse(record.period).kind is PeriodKind.PERMANENT:
        raise PeriodShorter(code=record.reference_code, has=record.period, given=ruling.verdict)


def _separable(unit: Unit, made: Appraisal, record: Volume | Item, ruling: Ruling) -> None:  # noqa: ARG001
    """Some papers of a volume go, some stay; a sealed bag is opened first."""
    if record.state is VolumeState.SEALED:
        raise SealedUp(state=record.state, act=Act.APPRAISAL_DECIDE)
    whole = record.items if isinstance(record, Volume) else 0
    if not 0 < len(ruling.papers) < whole:
        raise PapersUnfit(code=record.reference_code, papers=[uid for uid, _ in ruling.papers])


Rule = Callable[[Unit, Appraisal, Volume | Item, Ruling], None]

#: What each verdict demands of the record; what stands open is checked beside (`retention.appraising.unfinished.BARS`).
CHECKS: Mapping[Verdict, tuple[Rule, ...]] = {
    Verdict.DESTROY: (_expired,),
    Verdict.EXTEND: (_not_permanent, _started, _under_ceiling, _longer),
    Verdict.PERMANENT: (_not_permanent, _under_ceiling),
    Verdict.TRANSFER: (),
    Verdict.TAKE_OUT: (_separable, _expired, _under_ceiling, _longer),
}


def _by_uid(unit: Unit, record: Volume | Item, ruling: Ruling) -> Ruling:
    """Papers named by code, each a paper of *record* that the actor may see; raises `PapersUnfit`."""
    if not ruling.papers:
        return ruling
    rows = select(Item.uid, Item.reference_code).where(Item.volume_uid == record.uid)
    known = {name: row.uid for row in unit.session.execute(rows) for name in row}
    strangers = [code for code, _ in ruling.papers if code not in known]
    if strangers:
        raise PapersUnfit(code=record.reference_code, papers=strangers)
    papers = {known[code]: period for code, period in ruling.papers}
    return Ruling(ruling.verdict, ruling.period, tuple(sorted(papers.items())))
