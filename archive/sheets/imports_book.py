"""The book of imports: which lists came in, what became of each row; and what came in handed over to the archive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive import volumes
from archive.acts import Act
from archive.custody import drafts
from archive.errors import ArchiveError, BadValue, ListDiffers, NothingClosed
from archive.exchange import ImportState, MadeKind, RowFate, SheetKind
from archive.model import (
    Dossier,
    HandoverDraft,
    HandoverDraftLine,
    ImportRow,
    ImportRun,
    Item,
    Loan,
    Party,
    Premises,
    Volume,
)
from archive.policy import visible
from archive.sheets import ledger
from archive.sheets.running import RunLine, line_of
from archive.statuses import HandoverState
from archive.unit import Unit
from archive.values import VolumeState

#: From this exit status on it is not the record's fault.
MACHINE = 6


@dataclass(frozen=True, slots=True)
class RowLine:
    """What became of one row; *code* only of what this person may see, *error* the code of a refusal."""

    row: int
    fate: RowFate
    kind: MadeKind | None
    code: str
    error: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A volume of an import that was not closed and handed over, and why."""

    code: str
    error: ArchiveError


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The lists drafted (one for each department), how many records are on them, and what was left out."""

    numbers: list[str]
    records: int
    left_out: list[LeftOut]


def runs(unit: Unit, *, kind: SheetKind | None = None, limit: int = 100) -> list[RunLine]:
    """The imports, newest first."""
    unit.look(Act.SHEET_SEE)
    rows = select(ImportRun).order_by(ImportRun.started_at.desc(), ImportRun.number.desc())
    if kind is not None:
        rows = rows.where(ImportRun.kind == kind)
    return [line_of(run) for run in unit.session.scalars(rows.limit(limit))]


def run(unit: Unit, number: str) -> RunLine:
    """One import; raises `NotFound`."""
    unit.look(Act.SHEET_SEE)
    return line_of(ledger.found(unit, number))


def rows(
    unit: Unit, number: str, *, fate: RowFate | None = None, limit: int = 1000, offset: int = 0
) -> list[RowLine]:
    """What became of the rows of an import, in their order; raises `NotFound`."""
    unit.look(Act.SHEET_SEE)
    run = ledger.found(unit, number)
    wanted = select(ImportRow).where(ImportRow.run_uid == run.uid)
    if fate is not None:
        wanted = wanted.where(ImportRow.fate == fate)
    ordered = wanted.order_by(ImportRow.row, ImportRow.ordinal).limit(limit).offset(offset)
    found = list(unit.session.scalars(ordered))
    codes = _codes(unit, [row.thing_uid for row in found if row.thing_uid])
    return [
        RowLine(row.row, row.fate, row.kind, codes.get(row.thing_uid or "", ""), row.error) for row in found
    ]


def _codes(unit: Unit, uids: Sequence[str]) -> dict[str, str]:
    """The codes of these things, of records only where they may be seen."""
    found: dict[str, str] = {}
    columns: Sequence[tuple[Any, Any]] = (
        (Volume, Volume.reference_code), (Item, Item.reference_code), (Dossier, Dossier.code), (Party, Party.code),
        (Premises, Premises.code), (Loan, Loan.number),
    )  # fmt: skip
    for start in range(0, len(uids), 500):
        batch = uids[start : start + 500]
        for model, code in columns:
            mine = select(model.uid, code).where(model.uid.in_(batch))
            if model in {Volume, Item}:
                mine = mine.where(visible(unit.actor, model))
            found |= dict(unit.session.execute(mine).all())
    return found


# --- handing over ---------------------------------------------------------------------------------


def hand_over(unit: Unit, number: str, *, reason: str, to_department: str = "") -> HandedOver:
    """Close every open volume of an import that holds what its list claims, and draft lists to hand them over (R11).

    Papers kept by themselves go on the list as they are. What does not agree, or may not be closed, is left out and
    told. Raises `NotFound`, `BadValue`, `NothingClosed`, and what drafting a list raises.
    """
    run = ledger.found(unit, number)
    unit.act(Act.SHEET_HANDOVER, run, private={"reason": reason})
    line = unit.lines[-1]
    if run.state is not ImportState.DONE:
        raise BadValue(field="state", value=run.state.value, expected=ImportState.DONE.value)
    ready, left_out = _closed(unit, run)
    if not ready:
        raise NothingClosed(number=run.number)
    by_department: dict[str, list[str]] = {}
    for record in ready:
        by_department.setdefault(record.department, []).append(record.uid)
    made: list[HandoverDraft] = [
        drafts.draft(unit, uids, reason=reason, to_department=to_department)
        for _, uids in sorted(by_department.items())
    ]
    line.facts = {"records": len(ready), "left_out": len(left_out), "drafts": [one.number for one in made]}
    return HandedOver([one.number for one in made], len(ready), left_out)


def _closed(unit: Unit, run: ImportRun) -> tuple[list[Volume | Item], list[LeftOut]]:
    """What can go on a list, volumes closed; and what cannot."""
    records = _records(unit, run)
    claims = ledger.claimed(unit, [record.uid for record in records])
    drafted = _on_a_list(unit, [record.uid for record in records])
    ready: list[Volume | Item] = []
    left_out: list[LeftOut] = []
    for record in records:
        if record.uid in drafted or record.state not in {VolumeState.OPEN, VolumeState.CLOSED}:
            continue
        mark = len(unit.lines)
        try:
            with unit.session.begin_nested():
                _close(unit, record, claims.get(record.uid, (None, None)))
            ready.append(record)
        except ArchiveError as error:
            if error.exit >= MACHINE:
                raise
            del unit.lines[mark:]
            left_out.append(LeftOut(record.reference_code, error))
    return ready, left_out


def _close(unit: Unit, record: Volume | Item, claim: tuple[int | None, int | None]) -> None:
    """Close a volume that holds what its list claims; raises `ListDiffers`, and what closing raises."""
    if isinstance(record, Item):
        return
    for counted, claimed in zip((record.items, record.pages), claim, strict=True):
        if claimed is not None and counted != claimed:
            told = " / ".join("—" if one is None else str(one) for one in claim)
            raise ListDiffers(
                code=record.reference_code, counted=f"{record.items} / {record.pages}", claimed=told
            )
    if record.state is VolumeState.OPEN:
        volumes.close(unit, record.uid)


def _records(unit: Unit, run: ImportRun) -> list[Volume | Item]:
    """The volumes an import made or filed into, and the papers it filed by themselves, that this person may see."""
    mine = select(ImportRow.thing_uid).where(ImportRow.run_uid == run.uid, ImportRow.thing_uid.is_not(None))
    homes = select(Item.volume_uid).where(Item.uid.in_(mine), Item.volume_uid.is_not(None))
    of_it = Volume.uid.in_(mine) | Volume.uid.in_(homes)
    whole = select(Volume).where(of_it, visible(unit.actor, Volume)).order_by(Volume.reference_code)
    alone = select(Item).where(Item.uid.in_(mine), Item.volume_uid.is_(None), visible(unit.actor, Item))
    return [*unit.session.scalars(whole), *unit.session.scalars(alone.order_by(Item.reference_code))]


def _on_a_list(unit: Unit, uids: Iterable[str]) -> set[str]:
    wanted, found = sorted(uids), set[str]()
    for start in range(0, len(wanted), 500):
        rows = select(HandoverDraftLine.record_uid).join(
            HandoverDraft, HandoverDraft.uid == HandoverDraftLine.draft_uid
        )
        mine = HandoverDraftLine.record_uid.in_(wanted[start : start + 500])
        found |= set(unit.session.scalars(rows.where(mine, HandoverDraft.state == HandoverState.DRAFT)))
    return found
