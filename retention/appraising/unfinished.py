"""未了事项: what stands against letting a record go, asked of many records at once (F21).

A table of checks, each over the books as they stand; nothing is remembered. What no book can know (a debt, a
lawsuit, a warranty by word of mouth) is flagged by a person on the line of the appraisal, and settled there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from archive.circulation.incidents import SETTLED
from archive.circulation.requests import OPEN
from archive.errors import KeyGone
from archive.model import Holding, Incident, Item, Outing, RequestLine, TriggerEvent, Volume
from archive.settling import standing, undated_paper
from archive.statuses import Unfinished, Verdict
from archive.unit import Unit
from archive.values import Family, Trigger
from retention.holding import holds

BATCH = 500
#: Years that a fit-out is under warranty from its acceptance, as the deposit rules of the house have it.
WARRANTY_YEARS = 5
#: Which events end a contract before, or at, its agreed end.
_ENDED = frozenset({"CONTRACT_TERMINATED", "SERVICE_ENDED"})

#: What may be said by hand, and is settled by hand: the books do not know it, or not all of it.
BY_HAND = frozenset(
    {Unfinished.DEBT, Unfinished.LAWSUIT, Unfinished.WARRANTY, Unfinished.CONTRACT, Unfinished.DEPOSIT}
)

#: What stands against each verdict; what keeps a record longer is never barred.
BARS: Mapping[Verdict, frozenset[Unfinished]] = {
    Verdict.DESTROY: frozenset(Unfinished),
    Verdict.TAKE_OUT: frozenset(Unfinished),
    Verdict.TRANSFER: frozenset(Unfinished) - {Unfinished.UNDATED},
    Verdict.EXTEND: frozenset(),
    Verdict.PERMANENT: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records, with the events that happened to each or to its dossier: (kind, day) as recorded."""

    records: Sequence[Volume | Item]
    events: Mapping[str, Sequence[tuple[str, dt.date]]]

    @property
    def uids(self) -> list[str]:
        """Their uids."""
        return [record.uid for record in self.records]

    def kinds(self, record: Volume | Item) -> set[str]:
        """What has happened to *record*."""
        return {kind for kind, _ in self.events.get(record.uid, ())}


def find(unit: Unit, records: Sequence[Volume | Item]) -> dict[str, frozenset[Unfinished]]:
    """What stands open today about each of *records*, by uid; the caller has judged that they may be seen."""
    found: dict[str, set[Unfinished]] = {record.uid: set() for record in records}
    for start in range(0, len(records), BATCH):
        some = records[start : start + BATCH]
        batch = Batch(some, _events(unit, some))
        for matter, check in CHECKS.items():
            for uid in check(unit, batch):
                found[uid].add(matter)
    return {uid: frozenset(matters) for uid, matters in found.items()}


def spelt(text: str) -> frozenset[Unfinished]:
    """The matters written in a column, space between."""
    return frozenset(Unfinished(code) for code in text.split())


def written(matters: Iterable[Unfinished]) -> str:
    """The column for these matters, in the order of the table."""
    return " ".join(matter.value for matter in Unfinished if matter in set(matters))


def _events(unit: Unit, records: Sequence[Volume | Item]) -> dict[str, list[tuple[str, dt.date]]]:
    uids = [record.uid for record in records]
    dossiers = {record.dossier_uid for record in records if record.dossier_uid}
    rows = select(TriggerEvent).where(
        standing(),
        TriggerEvent.volume_uid.in_(uids)
        | TriggerEvent.item_uid.in_(uids)
        | TriggerEvent.dossier_uid.in_(sorted(dossiers)),
    )
    by_subject: dict[str, list[tuple[str, dt.date]]] = {}
    for event in unit.session.scalars(rows.order_by(TriggerEvent.recorded_at, TriggerEvent.happened_on)):
        subject = event.volume_uid or event.item_uid or event.dossier_uid or ""
        by_subject.setdefault(subject, []).append((event.kind, event.happened_on))
    return {
        record.uid: [*by_subject.get(record.dossier_uid or "", ()), *by_subject.get(record.uid, ())]
        for record in records
    }


# --- the checks -----------------------------------------------------------------------------------


def _out(unit: Unit, batch: Batch) -> set[str]:
    """A piece is lent, being read or being mended."""
    rows = select(Item.uid, Item.volume_uid).join(Holding, Holding.item_uid == Item.uid)
    rows = rows.join(Outing, Outing.holding_uid == Holding.uid).where(Outing.returned_at.is_(None))
    return _owners(unit, rows, batch)


def _owners(unit: Unit, rows: Any, batch: Batch) -> set[str]:
    """Of rows (item, its volume), the records of the batch they stand for."""
    uids = batch.uids
    mine = rows.where(or_(Item.uid.in_(uids), Item.volume_uid.in_(uids)))
    return {volume or item for item, volume in unit.session.execute(mine)}.intersection(uids)


def _held(unit: Unit, batch: Batch) -> Iterable[str]:
    return holds.held_among(unit, batch.uids)


def _incident(unit: Unit, batch: Batch) -> Iterable[str]:
    rows = select(Incident.record_uid).where(
        Incident.record_uid.in_(batch.uids), Incident.state.not_in(sorted(SETTLED))
    )
    return set(unit.session.scalars(rows))


def _asked(unit: Unit, batch: Batch) -> Iterable[str]:
    own = select(RequestLine.record_uid).where(RequestLine.state.in_(OPEN))
    mine = own.where(RequestLine.record_uid.in_(batch.uids))
    papers = select(Item.uid, Item.volume_uid).join(RequestLine, RequestLine.record_uid == Item.uid)
    inside = _owners(unit, papers.where(RequestLine.state.in_(OPEN)), batch)
    return inside | {uid for uid in unit.session.scalars(mine) if uid}


def _contract(unit: Unit, batch: Batch) -> Iterable[str]:
    """A contract whose end nobody has recorded, or whose term runs on though nobody has terminated it."""
    meant = [
        record
        for record in batch.records
        if record.family is Family.CONTRACT or record.trigger is Trigger.CONTRACT_END
    ]
    for record in meant:
        kinds = batch.kinds(record)
        lasting = "CONTRACT_EXPIRED" not in kinds or _runs_on(unit, record)
        if kinds.isdisjoint(_ENDED) and lasting:
            yield record.uid


def _runs_on(unit: Unit, record: Volume | Item) -> bool:
    """True if a card of the record says that the term ends later than today."""
    inside = select(Item).where(Item.volume_uid == record.uid)
    kept = [record, *unit.session.scalars(inside)]
    try:
        cards = unit.cards(kept)
    except KeyGone:
        return False
    return any(card.fields.get("term_to", "") > unit.today.isoformat() for card in cards)


def _deposit(unit: Unit, batch: Batch) -> Iterable[str]:  # noqa: ARG001  # as every check is asked
    """A fit-out whose deposit nobody has recorded as settled (R85)."""
    fit_outs = (one for one in batch.records if one.family is Family.FIT_OUT)
    return [record.uid for record in fit_outs if "DEPOSIT_SETTLED" not in batch.kinds(record)]


def _warranty(unit: Unit, batch: Batch) -> Iterable[str]:
    """A fit-out accepted less than the years of its warranty ago."""
    for record in batch.records:
        accepted = [on for kind, on in batch.events.get(record.uid, ()) if kind == "FIT_OUT_ACCEPTED"]
        if record.family is Family.FIT_OUT and accepted and unit.today < _warranted(accepted[-1]):
            yield record.uid


def _warranted(accepted: dt.date) -> dt.date:
    """The first day without warranty."""
    try:
        return accepted.replace(year=accepted.year + WARRANTY_YEARS)
    except ValueError:
        return dt.date(accepted.year + WARRANTY_YEARS, 3, 1)


def _undated(unit: Unit, batch: Batch) -> Iterable[str]:  # noqa: ARG001  # as every check is asked
    """A paper without date runs from its filing year for want of better: listed, never destroyed (T17)."""
    return [record.uid for record in batch.records if undated_paper(record)]


Check = Callable[[Unit, Batch], Iterable[str]]

#: Every matter the books know of, with its check; DEBT and LAWSUIT are told by people (and by holds).
CHECKS: Mapping[Unfinished, Check] = {
    Unfinished.LOAN: _out,
    Unfinished.HOLD: _held,
    Unfinished.INCIDENT: _incident,
    Unfinished.CONTRACT: _contract,
    Unfinished.DEPOSIT: _deposit,
    Unfinished.WARRANTY: _warranty,
    Unfinished.REQUEST: _asked,
    Unfinished.UNDATED: _undated,
}
