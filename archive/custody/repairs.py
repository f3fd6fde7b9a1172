"""修复、复制: damaged pieces are mended or copied in time, and are off the shelf meanwhile (R25, F26)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive.acts import Act
from archive.cards import plain
from archive.circulation.incidents import said
from archive.custody.pieces import new_copy, own, record_of, subject
from archive.errors import AlreadyOut, BadValue, NoPiece, NotFound, PieceLost
from archive.lives import ITEM, REPAIR, VOLUME
from archive.model import Holding, Incident, Item, Outing, Repair, Volume, new_uid
from archive.policy import visible
from archive.statuses import Condition, RepairMethod, RepairState
from archive.unit import Unit
from archive.volumes import changed_whole, next_number

#: Done where the record stands, from its image: nothing leaves the shelf.
ON_THE_SHELF = frozenset({RepairMethod.SCAN})


@dataclass(frozen=True, slots=True)
class RepairRow:
    """One order (F26) of a record this person may see."""

    number: str
    code: str
    title: str
    papers: list[str]
    method: RepairMethod
    state: RepairState
    damage: str
    found_on: dt.date
    handler: str
    incident: str
    ordered_on: dt.date
    ended_on: dt.date | None
    result: str
    copy_kept: str
    original: str


@dataclass(frozen=True, slots=True)
class DamagedPiece:
    """A paper that is damaged, has no sound copy, and for which nothing is ordered."""

    code: str
    title: str
    volume: str


def order(
    unit: Unit, code: str, *, method: RepairMethod, damage: str, handler: str, found_on: dt.date,
    pieces: Sequence[str] = (), incident: str | None = None,
) -> Repair:  # fmt: skip
    """Take damaged pieces off the shelf to be mended or copied; nobody borrows or reads them meanwhile.

    *pieces* are codes of papers: none means those on the books as damaged, or all if none is.
    Raises `NotFound`, `WrongState`, `BadValue`, `NoPiece`, `PieceLost`, `AlreadyOut`.
    """
    record, named = subject(unit, code)
    unit.act(Act.REPAIR_ORDER, record, method=method, private={"damage": damage, "handler": handler})
    line = unit.lines[-1]
    (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, Act.REPAIR_ORDER)
    told = {"damage": said(damage, "damage"), "handler": said(handler, "handler")}
    if found_on > unit.today:
        raise BadValue(field="found_on", value=found_on, expected=f"≤ {unit.today}")
    linked = _incident(unit, record, incident)
    meant = _meant(unit, record, [*named, *pieces])
    made = _enter(unit, record, method, meant, found_on, linked)
    names = [unit.session.get_one(Item, holding.item_uid).reference_code for holding in meant]
    made.card = _seal(unit, made, {**told, "papers": names})
    _off_the_shelf(unit, record, made, meant)
    line.facts = {**line.facts, "number": made.number, "pieces": len(meant)}
    return made


def _incident(unit: Unit, record: Volume | Item, number: str | None) -> Incident | None:
    if number is None:
        return None
    found = unit.session.scalar(select(Incident).where(Incident.number == number))
    if found is None or found.record_uid != record.uid:
        raise BadValue(field="incident", value=number, expected=record.reference_code)
    return found


def _meant(unit: Unit, record: Volume | Item, named: Sequence[str]) -> list[Holding]:
    kept = own(unit, record, named)
    if not kept:
        raise NoPiece(code=record.reference_code)
    left = [holding for holding in kept if holding.condition is not Condition.LOST]
    if not left:
        raise PieceLost(code=record.reference_code)
    damaged = [holding for holding in left if holding.condition is Condition.DAMAGED]
    return left if named else damaged or left


def _enter(
    unit: Unit, record: Volume | Item, method: RepairMethod, meant: Sequence[Holding], found_on: dt.date,
    incident: Incident | None,
) -> Repair:  # fmt: skip
    prefix = f"XF{unit.today.year}-"
    made = Repair(
        uid=new_uid(), number=f"{prefix}{next_number(unit, prefix):04d}", record_uid=record.uid, method=method,
        state=RepairState.ORDERED, incident_uid=incident.uid if incident else None, found_on=found_on,
        ordered_by=unit.actor.uid, ordered_at=unit.now,
    )  # fmt: skip
    if method not in ON_THE_SHELF:
        made.outings = [Outing(holding_uid=holding.uid) for holding in meant]
    return made


def _off_the_shelf(unit: Unit, record: Volume | Item, made: Repair, meant: Sequence[Holding]) -> None:
    for holding in meant:
        if holding.condition is Condition.SOUND and made.method is RepairMethod.MEND:
            holding.condition = Condition.DAMAGED
    unit.session.add(made)
    code = record.reference_code
    try:
        unit.session.flush()
    except IntegrityError as clash:  # the index one_open_outing_per_holding has the last word
        raise AlreadyOut(code=code) from clash
    changed_whole(unit, record)


def done(
    unit: Unit, number: str, *, result: str, original: str, copy: bool = False, copy_kept: str = ""
) -> Repair:
    """The work is done: what is mended is sound again; of what was copied a *copy* enters the books.

    *original* says what becomes of the original, *copy_kept* where the copy is kept. Raises `NotFound`,
    `WrongState`, `BadValue` (a copy order without a copy, a scan with one).
    """
    repair, record = _known(unit, number)
    unit.act(Act.REPAIR_DONE, record, number=repair.number, copy=copy, private={"result": result})
    state = REPAIR.after(repair.state, Act.REPAIR_DONE)
    wanted = {RepairMethod.COPY: True, RepairMethod.SCAN: False}.get(repair.method, copy)
    if copy is not wanted:
        raise BadValue(field="copy", value=copy, expected=wanted)
    ended = {"result": said(result, "result"), "original": said(original, "original")}
    told = {**_card(unit, repair), **ended, "copy_kept": said(copy_kept, "copy_kept", needed=copy)}
    meant = [unit.session.get_one(Holding, outing.holding_uid) for outing in repair.outings]
    if repair.method is RepairMethod.MEND:
        for holding in meant:
            holding.condition = (
                Condition.SOUND if holding.condition is Condition.DAMAGED else holding.condition
            )
    if copy:
        made = [new_copy(unit, unit.session.get_one(Item, holding.item_uid)) for holding in meant]
        repair.copy_uid = made[0].uid
    _end(unit, repair, record, state, told)
    return repair


def cancel(unit: Unit, number: str, *, reason: str) -> Repair:
    """The pieces go back to the shelf as they are; raises `NotFound`, `WrongState`, `BadValue`."""
    repair, record = _known(unit, number)
    unit.act(Act.REPAIR_CANCEL, record, number=repair.number, private={"reason": reason})
    state = REPAIR.after(repair.state, Act.REPAIR_CANCEL)
    _end(unit, repair, record, state, {**_card(unit, repair), "result": said(reason, "reason")})
    return repair


def _end(unit: Unit, repair: Repair, record: Volume | Item, state: RepairState, told: dict[str, Any]) -> None:
    repair.card = _seal(unit, repair, told)
    repair.state, repair.ended_at, repair.ended_by = state, unit.now, unit.actor.uid
    for outing in repair.outings:
        outing.returned_at = unit.now
    changed_whole(unit, record)


def _known(unit: Unit, number: str) -> tuple[Repair, Volume | Item]:
    rows = select(Repair).where((Repair.number == number.strip()) | (Repair.uid == number))
    repair = unit.session.scalar(rows.with_for_update())
    record = record_of(unit, repair.record_uid) if repair else None
    if repair is None or record is None or not unit.may(Act.RECORD_SEE, record):
        raise NotFound(what="repair", code=number)
    return repair, record


def _seal(unit: Unit, repair: Repair, told: dict[str, Any]) -> bytes:
    return unit.keys.seal(repair.record_uid, f"repair|{repair.uid}", plain(told))


def _card(unit: Unit, repair: Repair) -> dict[str, Any]:
    return unit.told(repair.record_uid, f"repair|{repair.uid}", repair.card)


# --- lists ----------------------------------------------------------------------------------------


def rows(
    unit: Unit, *, open_only: bool = False, code: str | None = None, since: dt.date | None = None,
    until: dt.date | None = None,
) -> list[RepairRow]:  # fmt: skip
    """The register of orders (F26) for records this person may see, by number; found from *since* to *until*."""
    unit.look(Act.REPAIR_SEE)
    wanted = select(Repair).order_by(Repair.ordered_at, Repair.number)
    if open_only:
        wanted = wanted.where(Repair.state == RepairState.ORDERED)
    if code is not None:
        wanted = wanted.where(Repair.record_uid == subject(unit, code)[0].uid)
    if since:
        wanted = wanted.where(Repair.found_on >= since)
    if until:
        wanted = wanted.where(Repair.found_on <= until)
    found = [(one, record_of(unit, one.record_uid)) for one in unit.session.scalars(wanted)]
    shown = [(one, record) for one, record in found if unit.may(Act.RECORD_SEE, record)]
    unit.listed(Act.REPAIR_SEE, (record for _, record in shown))
    return [_row(unit, one, record) for one, record in shown]


def _row(unit: Unit, repair: Repair, record: Volume | Item) -> RepairRow:
    told, zone = _card(unit, repair), unit.settings.zone
    incident = unit.session.get_one(Incident, repair.incident_uid) if repair.incident_uid else None
    return RepairRow(
        number=repair.number,
        code=record.reference_code,
        title=unit.card(record).title,
        papers=told["papers"],
        method=repair.method,
        state=repair.state,
        damage=told["damage"],
        found_on=repair.found_on,
        handler=told["handler"],
        incident=incident.number if incident else "",
        ordered_on=repair.ordered_at.astimezone(zone).date(),
        ended_on=repair.ended_at.astimezone(zone).date() if repair.ended_at else None,
        result=told.get("result", ""),
        copy_kept=told.get("copy_kept", ""),
        original=told.get("original", ""),
    )


def damaged(unit: Unit) -> list[DamagedPiece]:
    """Damaged papers for which nothing is ordered and of which no sound copy is kept; those one may see (R25)."""
    unit.look(Act.REPAIR_SEE)
    copied = select(Holding.item_uid).where(Holding.is_copy.is_(True), Holding.condition == Condition.SOUND)
    ordered = select(Outing.holding_uid).where(Outing.repair_uid.is_not(None), Outing.returned_at.is_(None))
    wanted = (
        select(Item, Volume)
        .join(Holding, Holding.item_uid == Item.uid)
        .outerjoin(Volume, Volume.uid == Item.volume_uid)
        .where(
            Holding.condition == Condition.DAMAGED, Holding.uid.not_in(ordered), Item.uid.not_in(copied),
            visible(unit.actor, Item),
        )
        .order_by(Item.reference_code)
    )  # fmt: skip
    found = list(unit.session.execute(wanted))
    unit.listed(Act.REPAIR_SEE, (item for item, _ in found))
    cards = unit.cards([item for item, _ in found])
    return [
        DamagedPiece(item.reference_code, card.title, volume.reference_code if volume else "")
        for (item, volume), card in zip(found, cards, strict=True)
    ]
