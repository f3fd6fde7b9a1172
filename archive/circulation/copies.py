"""复制、摘抄: what was copied for whom, on whose word, how many pages, certified or not (R48, R42, 7-1.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from archive import people, policy
from archive.acts import Act
from archive.cards import plain
from archive.circulation import authority, counting, readers
from archive.circulation.counting import Pieces
from archive.circulation.registers import approvers, at_hand, seen_name
from archive.errors import AlreadyOut, BadValue, NothingToLend, SelfApproval
from archive.lives import ITEM, VOLUME
from archive.model import CopyOrder, DigitalObject, Holding, Item, Outing, Person, Visitor, Volume
from archive.statuses import RequestKind
from archive.unit import Unit
from archive.volumes import next_number

COPY_KEY = "copy"
KINDS = (RequestKind.COPY, RequestKind.EXTRACT)
#: The most pages of a record whose pages nobody has counted.
UNCOUNTED = 10_000


@dataclass(frozen=True, slots=True)
class CopyRow:
    """One line of the register of copies that this person may see."""

    number: str
    kind: RequestKind
    code: str
    title: str
    reader: str
    pages: int
    which: str
    purpose: str
    certified: bool
    kept: int
    approved_by: str
    made_by: str
    made_at: dt.datetime


def make(  # noqa: PLR0913
    unit: Unit, code: str, *, pages: int, which: str, purpose: str, kind: RequestKind = RequestKind.COPY,
    reader: str | None = None, visitor: str | None = None, certified: bool = False, keep_holding: bool = False,
) -> CopyOrder:  # fmt: skip
    """Copy, or let be copied out, *which* pages of a record; the approval it rests on is spent by it.

    *certified*: stamped as agreeing with the original. *keep_holding*: the whole record was copied and the copy
    stays in the archive as a piece of its own. Raises what the policy refuses, `WrongState`, `SelfApproval`,
    `BadValue`, `PieceLost`, `AlreadyOut`, and what `readers.warranted` raises.
    """
    record = unit.record(code)
    who = readers.named(unit, reader, visitor)
    told = {"which": _said("which", which), "purpose": _said("purpose", purpose)}
    unit.act(
        Act.COPY_MAKE,
        record,
        private=told,
        kind=kind,
        reader=readers.code(who),
        pages=pages,
        certified=certified,
    )
    (VOLUME if isinstance(record, Volume) else ITEM).after(record.state, Act.COPY_MAKE)
    if who.uid == unit.actor.uid:
        raise SelfApproval(act=Act.COPY_MAKE)
    _kind(kind, keep_holding=keep_holding)
    warrant = readers.warranted(unit, kind, record, who)
    pieces = _at_hand(unit, record)
    _pages(record, pages, whole=keep_holding)
    order = CopyOrder(
        number=_number(unit), kind=kind, record_uid=record.uid, **readers.uids(who), line_uid=warrant.line_uid, grant_uid=warrant.grant_uid,
        pages=pages, certified=certified, made_by=unit.actor.uid, made_at=unit.now,
    )  # fmt: skip
    kept = _keep_copies(unit, record, pieces) if keep_holding else 0
    order.card = unit.keys.seal(record.uid, f"{COPY_KEY}|{order.number}", plain({**told, "kept": str(kept)}))
    unit.session.add(order)
    authority.spend(unit, warrant, Act.COPY_MAKE)
    unit.session.flush()
    unit.lines[-1].facts = {**unit.lines[-1].facts, "number": order.number, "kept": kept}
    return order


def _kind(kind: RequestKind, *, keep_holding: bool) -> None:
    if kind not in KINDS:
        raise BadValue(field="kind", value=kind, expected=KINDS)
    if keep_holding and kind is not RequestKind.COPY:
        raise BadValue(field="kind", value=kind, expected=RequestKind.COPY)


def _at_hand(unit: Unit, record: Volume | Item) -> Pieces:
    """What can be copied: a piece that is neither lent nor being mended, or its picture; else it raises."""
    pieces = counting.pieces(unit, record)
    papers = [holding.uid for holding in pieces.holdings]
    away = select(Outing.holding_uid).where(
        Outing.holding_uid.in_(papers), Outing.returned_at.is_(None), Outing.reading_uid.is_(None)
    )
    out = set(unit.session.scalars(away)) if papers else set()
    if papers and len(out) < len(papers):
        return pieces
    mine = Item.volume_uid == record.uid if isinstance(record, Volume) else Item.uid == record.uid
    stored = exists().where(DigitalObject.item_uid == Item.uid, mine)
    if not unit.session.scalar(select(stored)):
        gone = AlreadyOut if papers else NothingToLend
        raise gone(code=record.reference_code)
    return pieces


def _pages(record: Volume | Item, pages: int, *, whole: bool) -> None:
    booked = record.pages if isinstance(record, Volume) else record.page_count
    most = booked or UNCOUNTED
    if not 1 <= pages <= most or (whole and booked and pages != booked):
        raise BadValue(field="pages", value=pages, expected=str(most) if whole else f"1–{most}")


def _keep_copies(unit: Unit, record: Volume | Item, pieces: Pieces) -> int:
    """One more piece for each paper that was copied: kept beside the original, for instance to be lent."""
    if not pieces.holdings:
        raise NothingToLend(code=record.reference_code)
    for holding in pieces.holdings:
        unit.session.add(Holding(item_uid=holding.item_uid, is_copy=True, created_at=unit.now))
    return pieces.items


def rows(
    unit: Unit, *, code: str | None = None, reader: str | None = None, visitor: str | None = None
) -> Sequence[CopyRow]:
    """The register of copies, the newest first: lines of records this person may see, and his own."""
    unit.look(Act.COPY_SEE)
    wanted = select(CopyOrder).where(_seen(unit)).order_by(CopyOrder.made_at.desc(), CopyOrder.number.desc())
    if code is not None:
        wanted = wanted.where(CopyOrder.record_uid == unit.record(code).uid)
    if reader is not None or visitor is not None:
        who = readers.named(unit, reader, visitor)
        wanted = wanted.where((CopyOrder.person_uid == who.uid) | (CopyOrder.visitor_uid == who.uid))
    orders = list(unit.session.scalars(wanted))
    kept = at_hand(unit, (one for order in orders for one in _named(order)))
    records = [_record(unit, order) for order in orders]
    unit.listed(Act.COPY_SEE, (one for one in records if unit.may(Act.RECORD_SEE, one)))
    approved = approvers(unit, [(order.line_uid, order.grant_uid) for order in orders])
    told = [
        _row(unit, order, record, by) for order, record, by in zip(orders, records, approved, strict=True)
    ]
    kept.clear()
    return told


def _named(order: CopyOrder) -> Sequence[tuple[type[Any], str | None]]:
    """Everything a line of the register names."""
    return (
        (Volume, order.record_uid), (Item, order.record_uid), (Visitor, order.visitor_uid),
        (Person, order.person_uid), (Person, order.made_by),
    )  # fmt: skip


def _seen(unit: Unit) -> ColumnElement[bool]:
    """Orders of records the actor may see, and those made for him."""
    return or_(
        CopyOrder.person_uid == unit.actor.uid,
        *(
            exists().where(and_(kind.uid == CopyOrder.record_uid, policy.visible(unit.actor, kind)))
            for kind in (Volume, Item)
        ),
    )


def _record(unit: Unit, order: CopyOrder) -> Volume | Item:
    return unit.session.get(Volume, order.record_uid) or unit.session.get_one(Item, order.record_uid)


def _row(unit: Unit, order: CopyOrder, record: Volume | Item, approved_by: str) -> CopyRow:
    seen = unit.may(Act.RECORD_SEE, record)
    card = _card(unit, record, order)
    person = unit.session.get(Person, order.person_uid) if order.person_uid else None
    visitor = unit.session.get(Visitor, order.visitor_uid) if order.visitor_uid else None
    return CopyRow(
        number=order.number,
        kind=order.kind,
        code=record.reference_code if seen else "",
        title=unit.card(record).title if seen else "",
        reader=seen_name(unit, person, visitor),
        pages=order.pages,
        which=card["which"] if seen else "",
        purpose=card["purpose"],
        certified=order.certified,
        kept=int(card["kept"] or 0),
        approved_by=approved_by,
        made_by=people.name_of(unit, unit.session.get_one(Person, order.made_by)),
        made_at=order.made_at,
    )


def _card(unit: Unit, record: Volume | Item, order: CopyOrder) -> dict[str, str]:
    return unit.told(record.uid, f"{COPY_KEY}|{order.number}", order.card)


def _number(unit: Unit) -> str:
    prefix = f"FZ{unit.today.year}-"
    return f"{prefix}{next_number(unit, prefix):05d}"


def _said(field: str, text: str) -> str:
    if not text.strip():
        raise BadValue(field=field, value=text, expected="…")
    return text.strip()
