"""Taking an import back: everything it made goes, in batches and only while nothing hangs on it; its rows and the log stay.

The schema itself lets go of nothing else (`migrations.guards.undoing`). Codes are free again, so that the same list,
read another way, gets the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from archive import items, numbering, policy
from archive.acts import Act
from archive.codes import running
from archive.errors import BadValue, ImportUsed, NotAllowed
from archive.exchange import ImportState, MadeKind, Use
from archive.faults import point
from archive.instance import Instance, Who
from archive.lives import IMPORT
from archive.model import (
    Dossier,
    Hold,
    Holding,
    HoldTarget,
    ImportRow,
    ImportRun,
    Item,
    Loan,
    Movement,
    Outing,
    Party,
    Premises,
    Series,
    Volume,
)
from archive.model.base import Base
from archive.sheets import ledger
from archive.sheets.dependents import IN_THE_WAY, Dependent, Whose
from archive.sheets.running import RunLine, Told, line_of
from archive.statuses import HoldScope, HoldState
from archive.unit import Unit
from archive.values import LoanState, VolumeState

#: Things let go of in one transaction.
BATCH = 500
#: How many of what stands in the way are named.
NAMED = 5
#: What goes first: nothing that is left may name what is gone.
ORDER = (
    MadeKind.LOAN, MadeKind.ITEM, MadeKind.VOLUME, MadeKind.DOSSIER, MadeKind.PARTY, MadeKind.PREMISES,
)  # fmt: skip
_MODELS: Mapping[MadeKind, Any] = {
    MadeKind.LOAN: Loan,
    MadeKind.ITEM: Item,
    MadeKind.VOLUME: Volume,
    MadeKind.DOSSIER: Dossier,
    MadeKind.PARTY: Party,
    MadeKind.PREMISES: Premises,
}
_CODES: Mapping[MadeKind, Any] = {
    MadeKind.LOAN: Loan.number,
    MadeKind.ITEM: Item.reference_code,
    MadeKind.VOLUME: Volume.reference_code,
    MadeKind.DOSSIER: Dossier.code,
    MadeKind.PARTY: Party.code,
    MadeKind.PREMISES: Premises.code,
}
#: What is needed to have made it, and so to take it back: records of an import, and what its loans took over is of.
_RIGHTS = ((Volume, Act.VOLUME_OPEN), (Item, Act.ITEM_FILE))
_LENT = ((Volume, Loan.volume_uid), (Item, Loan.item_uid))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something an import made that cannot go, and why."""

    code: str
    use: Use


def undo(instance: Instance, who: Who, number: str, *, reason: str, progress: Told | None = None) -> RunLine:
    """Take back everything import *number* made; cut off, it is finished by running it again.

    Raises `NotFound`, `WrongState` for one undone already, `BadValue` without a reason, `NotAllowed`,
    `ImportUsed` naming the first things that are in use: then nothing is taken back.
    """
    with instance.work(who, Act.SHEET_UNDO) as unit:
        _begin(unit, number, reason)
    point("sheets.undo_begun")
    total, done, gone = 0, 0, list[str]()
    while True:
        with instance.work(who, Act.SHEET_UNDO) as unit:
            kind, uids, left = _next(unit, number)
            total = max(total, done + left)
            if kind is None:
                break
            _let_go(unit, number, kind, uids)
            gone += uids if kind in {MadeKind.ITEM, MadeKind.VOLUME} else []
        point("sheets.after_undo_batch")
        done += len(uids)
        if len(gone) >= BATCH:
            instance.keys.drop_keys(gone)
            gone = []
        if progress:
            progress(done, total)
    instance.keys.drop_keys(gone)
    point("sheets.undo_keys")
    return _end(instance, who, number)


def obstacles(unit: Unit, run: ImportRun) -> Iterator[Obstacle]:
    """What of the things *run* made cannot go, and why; those that are gone already are not asked for."""
    for kind in ORDER:
        for uids in _batches(ledger.made_uids(unit, run, kind)):
            yield from _barred(unit, run, kind, uids)


def _begin(unit: Unit, number: str, reason: str) -> None:
    run = ledger.found(unit, number)
    unit.act(Act.SHEET_UNDO, run, private={"reason": reason}, made=run.made)
    if not reason.strip():
        raise BadValue(field="reason", value="—", expected="…")
    if run.state is ImportState.UNDOING:  # cut off; it has been asked already
        return
    state = IMPORT.after(run.state, Act.SHEET_UNDO)
    _allowed(unit, run)
    first = [one for one, _ in zip(obstacles(unit, run), range(NAMED), strict=False)]
    if first:
        raise ImportUsed(number=run.number, what=first[0].use, codes=sorted({one.code for one in first}))
    run.state, run.finished_at = state, run.finished_at or unit.now
    ledger.say_more(unit, run, undone_for=reason.strip())
    unit.session.flush()


def _allowed(unit: Unit, run: ImportRun) -> None:
    """Raise `NotAllowed` unless the actor could have made every record and loan of the import himself."""
    mine = select(ImportRow.thing_uid).where(ImportRow.run_uid == run.uid)
    made = [(kind, act, kind.uid.in_(mine)) for kind, act in _RIGHTS]
    for kind, of in _LENT:
        lent = select(of).where(Loan.uid.in_(mine), of.is_not(None))
        made.append((kind, Act.LOAN_TAKE_OVER, kind.uid.in_(lent)))
    for kind, act, its in made:
        rows = select(kind.uid).where(its)
        if unit.session.scalar(rows.where(~policy.visible(unit.actor, kind, act)).limit(1)) is not None:
            raise NotAllowed(act=Act.SHEET_UNDO)


def _next(unit: Unit, number: str) -> tuple[MadeKind | None, list[str], int]:
    """The next things to go, last made first, and how many are left in all."""
    run = ledger.found(unit, number)
    left, found, chosen = 0, list[str](), None
    for kind in ORDER:
        model = _MODELS[kind]
        rows = (
            select(ImportRow.thing_uid)
            .join(model, model.uid == ImportRow.thing_uid)
            .where(ImportRow.run_uid == run.uid, ImportRow.fate == "MADE")
        )
        count = unit.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
        left += count
        if count and chosen is None:
            latest = rows.order_by(ImportRow.row.desc(), ImportRow.ordinal.desc()).limit(BATCH)
            chosen, found = kind, [uid for uid in unit.session.scalars(latest) if uid]
    return chosen, found, left


def _let_go(unit: Unit, number: str, kind: MadeKind, uids: Sequence[str]) -> None:
    """Delete these things with what is part of them; raises `ImportUsed` for what came into use meanwhile."""
    run = ledger.found(unit, number)
    unit.act(Act.SHEET_UNDO, run, kind=kind, count=len(uids))
    for one in _barred(unit, run, kind, uids):
        raise ImportUsed(number=run.number, what=one.use, codes=[one.code])
    codes = set(unit.session.scalars(select(_CODES[kind]).where(_MODELS[kind].uid.in_(uids))))
    homes = _homes(unit, uids) if kind is MadeKind.ITEM else []
    for table, column in _parts(kind):
        unit.session.execute(
            delete(table).where(column.in_(uids)), execution_options={"synchronize_session": False}
        )
    unit.session.expire_all()
    items.recount(unit, homes)
    if kind in {MadeKind.ITEM, MadeKind.VOLUME}:
        unit.tell_index([(uid, 1) for uid in uids])
    _step_back(unit, kind, codes)
    unit.session.flush()


def _parts(kind: MadeKind) -> Sequence[tuple[Any, Any]]:
    """The tables to delete from, what hangs on it first."""
    if kind is MadeKind.LOAN:
        return (Outing, Outing.loan_uid), (Loan, Loan.uid)
    if kind is MadeKind.ITEM:
        return (Holding, Holding.item_uid), (Item, Item.uid)
    model = _MODELS[kind]
    return ((model, model.uid),)


def _homes(unit: Unit, uids: Sequence[str]) -> list[str]:
    rows = select(Item.volume_uid).where(Item.uid.in_(uids), Item.volume_uid.is_not(None)).distinct()
    return [uid for uid in unit.session.scalars(rows) if uid]


def _end(instance: Instance, who: Who, number: str) -> RunLine:
    with instance.work(who, Act.SHEET_UNDO) as unit:
        run = ledger.found(unit, number)
        unit.act(Act.SHEET_UNDO, run, finished=True)
        run.state = IMPORT.after(run.state, Act.SHEET_UNDO)
        run.undone_at, run.undone_by = unit.now, unit.actor.uid
        records = ledger.made_uids(unit, run, MadeKind.VOLUME, MadeKind.ITEM)
        line = line_of(run)
    for batch in _batches(records):  # of a run that was cut off between the rows and their keys
        instance.keys.drop_keys(batch)
    return line


# --- what stands in the way -----------------------------------------------------------------------


def _barred(unit: Unit, run: ImportRun, kind: MadeKind, uids: Sequence[str]) -> Iterator[Obstacle]:
    ways: list[Callable[[], Collection[tuple[str, Use]]]] = [lambda: _changed(unit, kind, uids)]
    ways += [
        lambda name=name, one=one: _named(unit, run, name, one, uids)  # type: ignore[misc]
        for name, one in IN_THE_WAY.items()
        if kind in one.kinds
    ]
    for way in ways:
        found = dict(way())
        if found:
            rows = select(_MODELS[kind].uid, _CODES[kind]).where(_MODELS[kind].uid.in_(found))
            yield from (Obstacle(code, found[uid]) for uid, code in unit.session.execute(rows))


def _changed(unit: Unit, kind: MadeKind, uids: Sequence[str]) -> list[tuple[str, Use]]:
    """Records that are no longer as they came, or on hold by their class; papers that others follow; loans renewed."""
    if kind is MadeKind.LOAN:
        moved = (Loan.state != LoanState.OUT) | (Loan.renewals != 0) | Loan.recalled_at.is_not(None)
        rows = select(Loan.uid).where(Loan.uid.in_(uids), moved)
        return [(uid, Use.LENDING) for uid in unit.session.scalars(rows)]
    if kind not in {MadeKind.ITEM, MadeKind.VOLUME}:
        return []
    model = _MODELS[kind]
    mine = model.uid.in_(uids)
    changed = select(model.uid).where(mine, (model.state != VolumeState.OPEN) | (model.version != 1))
    found = [(uid, Use.CHANGED) for uid in unit.session.scalars(changed)]
    held = select(HoldTarget.target).join(Hold, Hold.uid == HoldTarget.hold_uid)
    classes = list(
        unit.session.scalars(held.where(Hold.state == HoldState.ACTIVE, HoldTarget.scope == HoldScope.CLASS))
    )
    for code in classes:
        below = (model.class_code == code) | model.class_code.startswith(f"{code}·", autoescape=True)
        found += [(uid, Use.RETENTION) for uid in unit.session.scalars(select(model.uid).where(mine, below))]
    return found + (_followed(unit, uids) if kind is MadeKind.ITEM else [])


def _followed(unit: Unit, uids: Sequence[str]) -> list[tuple[str, Use]]:
    """Papers after which somebody else has filed into the same volume: its numbers would get a gap (V4)."""
    later = Item.__table__.alias("later")
    ours = exists().where(ImportRow.thing_uid == later.c.uid, ImportRow.fate == "MADE")
    mine = (
        select(ImportRow.run_uid)
        .where(ImportRow.thing_uid == Item.uid, ImportRow.fate == "MADE")
        .scalar_subquery()
    )
    ours = ours.where(ImportRow.run_uid == mine)
    rows = select(Item.uid).where(
        Item.uid.in_(uids),
        Item.volume_uid.is_not(None),
        exists().where(later.c.volume_uid == Item.volume_uid, later.c.seq_no > Item.seq_no, ~ours),
    )
    return [(uid, Use.CONTENTS) for uid in unit.session.scalars(rows)]


def _named(
    unit: Unit, run: ImportRun, name: str, one: Dependent, uids: Sequence[str]
) -> list[tuple[str, Use]]:
    """Those of *uids* that a row in column *name* names."""
    table, column = _column(name)
    rows = select(column).where(column.in_(uids)).distinct()
    if one.whose is Whose.OTHERS:
        ours = select(ImportRow.thing_uid).where(ImportRow.run_uid == run.uid, ImportRow.fate == "MADE")
        rows = rows.where(table.c.uid.not_in(ours))
    if name == "movement.record_uid":  # where it was put when it came is no move
        came = exists().where(Volume.uid == column, Volume.created_at == Movement.moved_at) | exists().where(
            Item.uid == column, Item.created_at == Movement.moved_at
        )
        rows = rows.where(~came)
    return [(uid, one.use) for uid in unit.session.scalars(rows)]


def _column(name: str) -> tuple[Any, InstrumentedAttribute[Any] | Any]:
    table, _, column = name.partition(".")
    found = Base.metadata.tables[table]
    return found, found.c[column]


# --- numbers --------------------------------------------------------------------------------------


def _step_back(unit: Unit, kind: MadeKind, codes: Collection[str]) -> None:
    """Let each series go on after the highest number that is still given, if its tail was let go of."""
    gone: dict[str, set[int]] = {}
    for prefix, number in filter(None, map(running, codes)):
        if kind is MadeKind.LOAN or not numbering.of_slips(prefix):
            gone.setdefault(prefix, set()).add(number)
    for prefix, numbers in gone.items():
        row = unit.session.get(Series, prefix, with_for_update=True)
        if row is not None and row.last in numbers:
            row.last = _highest(unit, prefix)


def _highest(unit: Unit, prefix: str) -> int:
    """The highest number given under *prefix* in any of the columns that take theirs from a series."""
    highest = 0
    for column in (Volume.reference_code, Item.reference_code, Party.code, Loan.number):
        for code in unit.session.scalars(select(column).where(column.startswith(prefix, autoescape=True))):
            told = running(code)
            if told is not None and told[0] == prefix:
                highest = max(highest, told[1])
    return highest


def _batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))
