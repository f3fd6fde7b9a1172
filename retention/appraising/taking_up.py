"""Which records an appraisal takes up, and the lines it writes for them; how, is the same for one and ten thousand.

This module does not know who judges them; a line keeps the period and days as they stood (F21).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from archive.acts import Act
from archive.custody.wholes import after
from archive.errors import AskedTwice, OnAppraisal, OnOtherList
from archive.model import (
    Appraisal,
    AppraisalLine,
    DestructionLine,
    DestructionList,
    Item,
    TransferLine,
    TransferList,
    Volume,
    new_uid,
)
from archive.policy import visible
from archive.statuses import AppraisalState, DestructionState, DestructionStep, TransferState
from archive.unit import Unit
from archive.values import VolumeState
from archive.volumes import on_its_own
from retention.appraising import usage
from retention.appraising.verdicts import LETS_GO

#: Records in these states can be appraised: accepted by the archive, and not going yet.
KEPT = (VolumeState.HELD, VolumeState.SEALED, VolumeState.UNSEALED)
KINDS: tuple[type[Volume | Item], ...] = (Volume, Item)
#: Lists of destruction and transfer that are still going on.
_GOING = (
    DestructionState.DRAFT,
    DestructionState.FROZEN,
    DestructionState.APPROVED,
    DestructionState.BEGUN,
)
_LEAVING = (TransferState.DRAFT, TransferState.APPROVED, TransferState.PACKED)

#: The columns of a line that are its record's.
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """What an appraisal takes up: everything due on a day, of a class (with those below it) and a department if said."""

    as_of: dt.date
    class_code: str = ""
    department: str = ""


def due(unit: Unit, scope: Scope) -> list[Row]:
    """The rows of everything in the scope that the actor may see, longest due first."""
    found: list[Any] = []
    for kind in KINDS:
        rows = select(kind.uid, kind.reference_code, kind.period, kind.expires_on, kind.review_due).where(
            kind.scope_uid == kind.uid, kind.review_due <= scope.as_of, kind.state.in_(KEPT),
            visible(unit.actor, kind), ~on_open(kind), ~waiting(kind),
        )  # fmt: skip
        if scope.class_code:
            rows = rows.where(within(kind, scope.class_code))
        if scope.department:
            rows = rows.where(kind.department == scope.department)
        found += unit.session.execute(rows)
    return [row_of(row) for row in sorted(found, key=lambda row: (row.review_due, row.reference_code))]


def row_of(record: Any) -> Row:
    """What a line keeps of a record as it stands."""
    return {
        "record_uid": record.uid, "code": record.reference_code, "period": record.period,
        "expires_on": record.expires_on, "review_due": record.review_due,
    }  # fmt: skip


def within(kind: type[Volume | Item], class_code: str) -> ColumnElement[bool]:
    """The records of *kind* in a class or in one below it, as a clause."""
    return (kind.class_code == class_code) | kind.class_code.startswith(f"{class_code}·", autoescape=True)


@cache
def on_open(kind: type[Volume | Item]) -> ColumnElement[bool]:
    """It stands on an open appraisal; a clause built once."""
    return exists().where(
        AppraisalLine.record_uid == kind.uid, AppraisalLine.removed_at.is_(None),
        Appraisal.uid == AppraisalLine.appraisal_uid, Appraisal.state == AppraisalState.OPEN,
    )  # fmt: skip


@cache
def waiting(kind: type[Volume | Item]) -> ColumnElement[bool]:
    """Its newest verdict lets it go, and nobody has carried that out yet; a clause built once."""
    newer, its = aliased(AppraisalLine), aliased(Appraisal)
    later = exists().where(
        newer.record_uid == AppraisalLine.record_uid, newer.decided_at > AppraisalLine.decided_at,
        its.uid == newer.appraisal_uid, its.state == AppraisalState.CLOSED,
    )  # fmt: skip
    return exists().where(
        AppraisalLine.record_uid == kind.uid, AppraisalLine.verdict.in_(sorted(LETS_GO)),
        Appraisal.uid == AppraisalLine.appraisal_uid, Appraisal.state == AppraisalState.CLOSED, ~later,
    )  # fmt: skip


def write(unit: Unit, made: Appraisal, rows: Sequence[Row]) -> None:
    """Write a line for each row, with how often the record was used."""
    before = select(func.max(AppraisalLine.nth)).where(AppraisalLine.appraisal_uid == made.uid)
    first = (unit.session.scalar(before) or 0) + 1
    used = usage.of(unit, [row["record_uid"] for row in rows])
    lines = [
        {
            **row, "uid": new_uid(), "appraisal_uid": made.uid, "nth": nth, "unfinished": "", "by_leader": False,
            "uses": used.get(row["record_uid"], usage.NONE).times, "card": b"",
            "last_used": used.get(row["record_uid"], usage.NONE).last,
        }
        for nth, row in enumerate(rows, first)
    ]  # fmt: skip
    unit.insert(AppraisalLine, lines)
    unit.lines[-1].facts = {**unit.lines[-1].facts, "count": len(lines)}


# --- named ones -----------------------------------------------------------------------------------


def fit(unit: Unit, codes: Sequence[str]) -> list[Volume | Item]:
    """The records with these codes, each fit to be appraised.

    Raises `NotFound`, `AskedTwice`, `InVolume`, `WrongState`, `OnAppraisal`, `OnOtherList`.
    """
    found = [unit.record(code) for code in codes]
    seen: set[str] = set()
    for record in found:
        if record.uid in seen:
            raise AskedTwice(code=record.reference_code)
        seen.add(record.uid)
        on_its_own(unit, record, Act.APPRAISAL_ADD)
        after(record, Act.APPRAISAL_DECIDE)
        _free(unit, record)
    return found


def _free(unit: Unit, record: Volume | Item) -> None:
    """Raise `OnAppraisal` or `OnOtherList` for what is being appraised, transferred or destroyed already."""
    open_ = select(Appraisal.number).join(AppraisalLine, AppraisalLine.appraisal_uid == Appraisal.uid)
    open_ = open_.where(Appraisal.state == AppraisalState.OPEN, AppraisalLine.removed_at.is_(None))
    number = unit.session.scalar(open_.where(AppraisalLine.record_uid == record.uid))
    if number is not None:
        raise OnAppraisal(code=record.reference_code, number=number)
    destroyed = select(DestructionList.number).join(DestructionLine)
    destroyed = destroyed.where(
        DestructionLine.record_uid == record.uid, DestructionLine.step != DestructionStep.PULLED,
        DestructionList.state.in_(_GOING),
    )  # fmt: skip
    moved = select(TransferList.number).join(TransferLine)
    moved = moved.where(
        TransferLine.record_uid == record.uid, TransferLine.pulled_at.is_(None), TransferList.state.in_(_LEAVING)
    )  # fmt: skip
    for rows in (destroyed, moved):
        other = unit.session.scalar(rows.limit(1))
        if other is not None:
            raise OnOtherList(code=record.reference_code, number=other)
