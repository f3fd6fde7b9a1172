"""The register of handovers: lists drafted, signed, taken back, and their lines (F9)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import select

from archive import people
from archive.acts import Act
from archive.custody import drafts, wholes
from archive.errors import NotFound
from archive.model import Handover, HandoverDraft, HandoverDraftLine, HandoverLine, Item, Person, Volume
from archive.statuses import HandoverKind, HandoverState, LineOutcome
from archive.unit import Unit
from archive.values import Level


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """One list: the counts are of the records this person may see."""

    number: str
    kind: HandoverKind
    state: HandoverState
    from_department: str
    to_department: str
    drafted_by: str
    drafted_on: dt.date | None
    lines: int
    pending: int
    refused: int
    handover_number: str
    given_by: str
    accepted_by: str
    witness: str
    signed_on: dt.date | None
    reason: str


@dataclass(frozen=True, slots=True)
class HandoverRecord:
    """One line of a list (F9), checked or not."""

    ordinal: int
    code: str
    title: str
    period: str
    items: int
    pages: int
    level: Level
    outcome: LineOutcome
    originals: bool | None
    ink: bool | None
    complete: bool | None
    reason: str
    original_at: str


#: A line that was accepted without a list drafted before.
_PLAIN = {"originals": None, "ink": None, "complete": None, "reason": "", "original_at": ""}


def rows(unit: Unit, *, open_only: bool = False) -> list[HandoverRow]:
    """Every list that has a record this person may see, oldest first: drafted ones, then those signed at once."""
    unit.look(Act.HANDOVER_SEE)
    drafted = select(HandoverDraft).order_by(HandoverDraft.drafted_at, HandoverDraft.number)
    if open_only:
        drafted = drafted.where(HandoverDraft.state == HandoverState.DRAFT)
    told: list[HandoverRow] = []
    seen: list[Volume | Item] = []
    for made in unit.session.scalars(drafted):
        shown = _seen(unit, drafts.lines(unit, made))
        seen += shown.values()
        told += [_drafted(unit, made, list(shown))] if shown else []
    if not open_only:
        for signed in _at_once(unit):
            records = [one for one in _records(unit, signed) if unit.may(Act.RECORD_SEE, one)]
            seen += records
            told += [_signed(unit, signed, len(records))] if records else []
    unit.listed(Act.HANDOVER_SEE, seen)
    return told


def show(unit: Unit, number: str) -> list[HandoverRecord]:
    """The lines of one list (a draft's number, or a signed list's) that this person may see; raises `NotFound`."""
    unit.look(Act.HANDOVER_SEE)
    made, signed = _numbered(unit, number)
    shown = _seen(unit, drafts.lines(unit, made)) if made else {}
    plain = (
        [one for one in _records(unit, signed) if unit.may(Act.RECORD_SEE, one)]
        if signed and not made
        else []
    )
    if not shown and not plain:
        raise NotFound(what="handover", code=number)
    unit.listed(Act.HANDOVER_SEE, [*shown.values(), *plain])
    checked = [_line(unit, line, record) for line, record in shown.items()]
    return checked or [_at_once_line(unit, nth, record) for nth, record in enumerate(plain, 1)]


def head(unit: Unit, number: str) -> HandoverRow:
    """The list with this number as `rows` tells it; raises `NotFound` where no record on it may be seen."""
    unit.look(Act.HANDOVER_SEE)
    made, signed = _numbered(unit, number)
    if made is not None and (shown := _seen(unit, drafts.lines(unit, made))):
        return _drafted(unit, made, list(shown))
    seen = [one for one in _records(unit, signed) if unit.may(Act.RECORD_SEE, one)] if signed else []
    if signed is None or made is not None or not seen:
        raise NotFound(what="handover", code=number)
    return _signed(unit, signed, len(seen))


def _numbered(unit: Unit, number: str) -> tuple[HandoverDraft | None, Handover | None]:
    """The draft and the signed list behind a number of either."""
    made = unit.session.scalar(select(HandoverDraft).where(HandoverDraft.number == number))
    signed = unit.session.scalar(select(Handover).where(Handover.number == number))
    if made is None and signed is not None and signed.draft_uid is not None:
        made = unit.session.get_one(HandoverDraft, signed.draft_uid)
    return made, signed


def size(unit: Unit, signed: Handover) -> int:
    """How many records were signed for."""
    return len(_records(unit, signed))


def _seen(
    unit: Unit, lines: dict[HandoverDraftLine, Volume | Item]
) -> dict[HandoverDraftLine, Volume | Item]:
    return {line: record for line, record in lines.items() if unit.may(Act.RECORD_SEE, record)}


def _at_once(unit: Unit) -> list[Handover]:
    """Signed lists that nobody drafted before."""
    signed = select(Handover).where(Handover.draft_uid.is_(None))
    return list(unit.session.scalars(signed.order_by(Handover.signed_at, Handover.number)))


def _records(unit: Unit, signed: Handover) -> list[Volume | Item]:
    uids = select(HandoverLine.record_uid).where(HandoverLine.handover_uid == signed.uid)
    return wholes.by_uid(unit, unit.session.scalars(uids).all())


def _drafted(unit: Unit, made: HandoverDraft, shown: list[HandoverDraftLine]) -> HandoverRow:
    signed = unit.session.get(Handover, made.handover_uid) if made.handover_uid else None
    return HandoverRow(
        number=made.number,
        kind=made.kind,
        state=made.state,
        from_department=made.from_department,
        to_department=made.to_department,
        drafted_by=_name(unit, made.drafted_by),
        drafted_on=_day(unit, made.drafted_at),
        lines=len(shown),
        pending=sum(line.outcome is LineOutcome.PENDING for line in shown),
        refused=sum(line.outcome is LineOutcome.REFUSED for line in shown),
        reason=drafts.reason(unit, made),
        **_signature(unit, signed),
    )


def _signed(unit: Unit, signed: Handover, count: int) -> HandoverRow:
    giver = unit.session.get_one(Person, signed.given_by)
    taker = unit.session.get_one(Person, signed.accepted_by)
    return HandoverRow(
        number=signed.number, kind=signed.kind, state=HandoverState.SIGNED, from_department=giver.department,
        to_department=taker.department, drafted_by="", drafted_on=None, lines=count, pending=0, refused=0,
        reason="", **_signature(unit, signed),
    )  # fmt: skip


def _signature(unit: Unit, signed: Handover | None) -> dict[str, Any]:
    if signed is None:
        return {"handover_number": "", "given_by": "", "accepted_by": "", "witness": "", "signed_on": None}
    return {
        "handover_number": signed.number,
        "given_by": _name(unit, signed.given_by),
        "accepted_by": _name(unit, signed.accepted_by),
        "witness": _name(unit, signed.witness),
        "signed_on": _day(unit, signed.signed_at),
    }


def _line(unit: Unit, line: HandoverDraftLine, record: Volume | Item) -> HandoverRecord:
    said = {"reason": "", "original_at": "", **drafts.told(unit, line)}
    return _described(
        unit, record, ordinal=line.ordinal, items=line.items, pages=line.pages, outcome=line.outcome,
        originals=line.originals, ink=line.ink, complete=line.complete, **said,
    )  # fmt: skip


def _at_once_line(unit: Unit, ordinal: int, record: Volume | Item) -> HandoverRecord:
    items, pages = wholes.size(record)
    return _described(
        unit, record, ordinal=ordinal, items=items, pages=pages, outcome=LineOutcome.ACCEPTED, **_PLAIN
    )


def _described(unit: Unit, record: Volume | Item, **told: Any) -> HandoverRecord:
    own = {
        "code": record.reference_code,
        "title": unit.card(record).title,
        "period": record.period,
        "level": record.level,
    }
    return HandoverRecord(**{one.name: {**own, **told}[one.name] for one in fields(HandoverRecord)})


def _name(unit: Unit, uid: str | None) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""


def _day(unit: Unit, moment: dt.datetime) -> dt.date:
    return moment.astimezone(unit.settings.zone).date()
