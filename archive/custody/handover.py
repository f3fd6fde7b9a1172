"""移交: a record becomes held only by a list that two people sign (R11, V7)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update

from archive import quorum
from archive.acts import Act
from archive.errors import BadValue, CountDiffers, SameSigner
from archive.lives import ITEM, VOLUME
from archive.model import Handover, HandoverLine, Item, Volume
from archive.unit import Unit
from archive.volumes import changed_whole, next_number, on_its_own


def accept(unit: Unit, codes: Sequence[str], *, given_by: str, count: int | None = None) -> Handover:
    """Accept closed volumes (or items kept on their own) from *given_by*; all lines or none.

    The actor is the accepting signer; *count* is how many records both counted.
    Raises `SameSigner`, `CountDiffers`, `WrongState`, `InVolume`, `NotFound`, `BadValue`.
    """
    giver = unit.person(given_by)
    if not codes:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    records = [unit.record(code) for code in codes]
    for record in records:
        unit.act(Act.HANDOVER_SIGN, record, given_by=giver.account)
    quorum.demand(unit, Act.HANDOVER_SIGN)
    if giver.uid == unit.actor.uid:
        raise SameSigner(act=Act.HANDOVER_SIGN)
    if count is not None and count != len(records):
        raise CountDiffers(counted=count, booked=len(records))
    prefix = f"YJ{unit.today.year}-"
    handover = Handover(
        number=f"{prefix}{next_number(unit, prefix, 1):04d}", given_by=giver.uid, accepted_by=unit.actor.uid,
        signed_at=unit.now,
    )  # fmt: skip
    unit.session.add(handover)
    unit.session.flush()
    for record in records:
        on_its_own(unit, record, Act.HANDOVER_SIGN)
        _hold(unit, record)
        unit.session.add(_line(handover, record))
        changed_whole(unit, record)
    return handover


def _hold(unit: Unit, record: Volume | Item) -> None:
    if isinstance(record, Volume):
        record.state = VOLUME.after(record.state, Act.HANDOVER_SIGN)
        unit.session.execute(update(Item).where(Item.volume_uid == record.uid).values(state=record.state))
    else:
        record.state = ITEM.after(record.state, Act.HANDOVER_SIGN)


def _line(handover: Handover, record: Volume | Item) -> HandoverLine:
    items, pages = (record.items, record.pages) if isinstance(record, Volume) else (1, record.page_count)
    return HandoverLine(handover_uid=handover.uid, record_uid=record.uid, items=items, pages=pages)
