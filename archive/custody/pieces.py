"""Which physical pieces of which record a report or an order means (decision 8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, select

from archive.errors import NoPiece, NotFound
from archive.model import Holding, Item, Volume
from archive.statuses import Condition
from archive.unit import Unit

#: The original of a paper (or what it was filed as) before the copies kept of it.
_FIRST = (Holding.is_copy, Holding.created_at, Holding.uid)


def subject(unit: Unit, code: str) -> tuple[Volume | Item, tuple[str, ...]]:
    """The record with this code and the papers of it that are meant: a paper in a volume means its volume.

    Raises `NotFound` alike for what is absent and what is hidden.
    """
    named = unit.record(code)
    if isinstance(named, Item) and named.volume_uid is not None:
        return unit.session.get_one(Volume, named.volume_uid), (named.reference_code,)
    return named, ()


def record_of(unit: Unit, uid: str) -> Volume | Item:
    """The volume or item with this uid; the caller judges whether it may be shown."""
    return unit.session.get(Volume, uid) or unit.session.get_one(Item, uid)


def papers(unit: Unit, record: Volume | Item, codes: Iterable[str] = ()) -> list[Item]:
    """The papers of *record* in order, or those of them with these codes; raises `NotFound` for a stranger."""
    inside = list(unit.session.scalars(select(Item).where(_inside(record)).order_by(Item.seq_no)))
    known = {item.reference_code: item for item in inside} | {item.uid: item for item in inside}
    wanted = list(dict.fromkeys(code.strip() for code in codes))
    for code in wanted:
        if code not in known:
            raise NotFound(what="item", code=code)
    return [known[code] for code in wanted] if wanted else inside


def _inside(record: Volume | Item) -> ColumnElement[bool]:
    return Item.volume_uid == record.uid if isinstance(record, Volume) else Item.uid == record.uid


def kept(unit: Unit, record: Volume | Item, codes: Sequence[str] = ()) -> list[tuple[Item, Holding]]:
    """Each paper (or each named one) with its own piece: its original, or the copy it was filed as; lost ones too.

    The record's row is locked where the database can (decision 8). Raises `NotFound`, and `NoPiece` if a paper
    that was named is electronic only.
    """
    unit.session.scalar(select(type(record).uid).where(type(record).uid == record.uid).with_for_update())
    meant = papers(unit, record, codes)
    rows = select(Holding).join(Item, Item.uid == Holding.item_uid).where(_inside(record))
    found: dict[str, Holding] = {}
    for holding in unit.session.scalars(rows.order_by(*_FIRST)):
        found.setdefault(holding.item_uid, holding)
    for item in meant:
        if codes and item.uid not in found:
            raise NoPiece(code=item.reference_code)
    return [(item, found[item.uid]) for item in meant if item.uid in found]


def own(unit: Unit, record: Volume | Item, codes: Sequence[str] = ()) -> list[Holding]:
    """As `kept`, the pieces alone."""
    return [holding for _, holding in kept(unit, record, codes)]


def of_paper(unit: Unit, item: Item) -> list[Holding]:
    """All pieces of one paper: the original (or what it was filed as) first, then the copies kept of it."""
    rows = select(Holding).where(Holding.item_uid == item.uid)
    return list(unit.session.scalars(rows.order_by(*_FIRST)))


def stand_in(unit: Unit, item: Item) -> Holding:
    """The sound copy of *item* that is on the books, or a new one entered now."""
    kept = (one for one in of_paper(unit, item)[1:] if one.condition is Condition.SOUND)
    return next(kept, None) or new_copy(unit, item)


def new_copy(unit: Unit, item: Item) -> Holding:
    """A copy of *item* that enters the books now."""
    made = Holding(item_uid=item.uid, is_copy=True, created_at=unit.now)
    unit.session.add(made)
    unit.session.flush()
    return made
