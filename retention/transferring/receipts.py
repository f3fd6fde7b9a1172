"""签收: the receiver has signed for a package, and every record on the list leaves, all at once or none (PMR-29).

Lines and entries stay in the catalogue; the digital copies stay sealed here and are opened no more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from archive.acts import Act
from archive.custody import wholes
from archive.errors import BadValue, ReceiptDiffers, TransferOtherwise
from archive.faults import point
from archive.lives import TRANSFER
from archive.model import Item, RecordClass, TransferList, Volume
from archive.unit import Unit
from retention.transferring import transfer

#: The longest name of a receiver or number of a receipt, in letters.
LONGEST = 80
#: Letters of a check value that say enough.
LEAST = 12


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the receiver signed: in whose name, under which number, when; *package* is the check value he read."""

    receiver_name: str
    receipt_no: str
    on: dt.date
    package: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """A list signed for; of its records *ceilings* are of classes that personal-data law lets nobody keep longer."""

    made: TransferList
    count: int
    items: int
    ceilings: int


def sign(unit: Unit, number: str, receipt: Receipt) -> Signed:
    """Enter the signed receipt: in one transaction everything is checked again and every record leaves, or none.

    Raises `WrongState`, `BadValue`, `ReceiptDiffers`, `LineRefused`, `TransferOtherwise`, `NotFound`.
    """
    made = transfer.one(unit, number)
    private = {"receiver": receipt.receiver_name, "receipt": receipt.receipt_no}
    unit.act(Act.TRANSFER_SIGN, made, private=private, on=receipt.on, package=made.package)
    line = unit.lines[-1]
    state = TRANSFER.after(made.state, Act.TRANSFER_SIGN)
    _fits(unit, made, receipt)
    records = transfer.gate(unit, made)
    if transfer.noted(unit, made).get("contents") != transfer.contents(unit, records):
        raise TransferOtherwise(number=made.number, codes=None)
    made.state, made.signed_on, made.signed_by = state, receipt.on, unit.actor.uid
    name, receipt_no = (
        _named(receipt.receiver_name, "receiver_name"),
        _named(receipt.receipt_no, "receipt_no"),
    )
    transfer.note(unit, made, receiver_name=name, receipt_no=receipt_no)
    for record in records:
        unit.act(Act.TRANSFER_SIGN, record, number=made.number)
        wholes.step(unit, record, Act.TRANSFER_SIGN, place_uid=None)
        point("transfer.after_line")
    transfer.shut(unit, made)
    told = Signed(made, len(records), sum(wholes.size(one)[0] for one in records), _ceilings(unit, records))
    line.facts = {**line.facts, "count": told.count, "items": told.items, "ceilings": told.ceilings}
    return told


def _named(text: str, field: str) -> str:
    text = transfer.said(text, field)
    if len(text) > LONGEST:
        raise BadValue(field=field, value=text[:40], expected=f"≤ {LONGEST}", letters=LONGEST)
    return text


def _fits(unit: Unit, made: TransferList, receipt: Receipt) -> None:
    """Raise `BadValue` or `ReceiptDiffers` unless the receipt can be for the package made last."""
    assert made.packed_at is not None
    packed = made.packed_at.astimezone(unit.settings.zone).date()
    if not packed <= receipt.on <= unit.today:
        raise BadValue(field="on", value=receipt.on, expected=f"{packed} – {unit.today}")
    told = receipt.package.strip().lower()
    if told and (len(told) < LEAST or not made.package.startswith(told)):
        raise ReceiptDiffers(number=made.number, field="package", value=told[:64])


def _ceilings(unit: Unit, records: Sequence[Volume | Item]) -> int:
    """How many of *records* no longer may be kept here either (个保法 19, 47)."""
    rows = select(RecordClass.code).where(RecordClass.ceiling)
    bound = frozenset(unit.session.scalars(rows))
    return sum(record.class_code in bound for record in records)
