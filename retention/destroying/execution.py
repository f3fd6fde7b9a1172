"""执行销毁: past the point of no return, line by line, and finished whatever moment the process died (ADR 0017).

*Marking* is one transaction for some lines: the gate once more, the records DESTROYED, their cards tombstones, the
log. From then on nothing is taken back: *finishing* drops keys, removes files, takes every trace out of the index,
rewrites the key packs of the backup sets, proves absence, and only then says DESTROYED (V18, V19, K1, K2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from archive import erasing
from archive.acts import Act
from archive.custody.wholes import by_uid
from archive.errors import Busy, Defect, GateClosed, NothingToDestroy, StillThere
from archive.faults import point
from archive.instance import Instance, Who
from archive.lives import DESTRUCTION
from archive.model import BackupSet, DestructionLine, DestructionList, PendingErasure
from archive.ports import Copies
from archive.statuses import DestructionState, DestructionStep
from archive.unit import Unit
from archive.values import Role
from retention.destroying import certificate, destruction, gate, register
from retention.destroying.standing import standings

#: Records marked, or erased, together: a transaction costs as much as hundreds of rows.
BATCH = 500
#: Records a sentence names.
NAMED = 5
#: A list that is closed; its register may still have to be filed.
CLOSED = (DestructionState.DESTROYED, DestructionState.FINAL)

Told = Callable[[int, int], None]
_STEP = DestructionStep


@dataclass(frozen=True, slots=True)
class Executed:
    """What a list came to: lines and keys destroyed in all, both dates, and the backup sets still pending."""

    number: str
    state: DestructionState
    lines: int
    keys: int
    live_on: dt.date | None
    all_on: dt.date | None
    pending: list[str]


@dataclass(frozen=True, slots=True)
class Gone:
    """A destroyed record as the log names it: who carries it out need not be somebody who may see it."""

    uid: str
    reference_code: str


def execute(instance: Instance, who: Who, number: str, *, progress: Told | None = None) -> Executed:
    """Destroy every line still listed, and close the list: register and certificate follow (8-1.5.1, V18-V20).

    What stands against a record stops the rest, not what was begun. Run again it goes on where it stopped.
    Raises `GateClosed`, `WrongState`, `NothingToDestroy`, `StillThere`, `Busy`, `StorageFailed`, `NotFound`.
    """
    with erasing.alone(instance):
        uid, todo = _admitted(instance, who, number)
        step = _steps(progress, todo)
        refused: GateClosed | None = None
        try:
            while marked := _mark(instance, who, uid):
                step(marked)
        except GateClosed as found:
            refused = found
        _finish(instance, who, uid, step)
        if refused is not None:
            raise refused
        _close(instance, who, uid)
    return told(instance, who, number)


def resume(instance: Instance, who: Who) -> int:
    """Finish what a run left half done, on any list; how many lines. Raises as `execute` does.

    While another process destroys there is nothing to do. The register of a list that closes so is filed when
    a keeper calls `execute` again: the clock files no papers.
    """
    if not erasing.unfinished(instance):
        return 0
    try:
        with erasing.alone(instance):
            lists = erasing.unfinished(instance)
            done = [_finish(instance, who, uid, _steps(None, 0)) for uid in lists]
            for uid in lists:
                _close(instance, who, uid)
    except Busy as busy:
        if busy.facts.get("what") is Act.DESTRUCTION_EXECUTE:
            return 0
        raise
    return sum(done)


def told(instance: Instance, who: Who, number: str) -> Executed:
    """How far a list has come; raises `NotFound`."""
    with instance.ask(who, Act.DESTRUCTION_SEE) as unit:
        made = destruction.one(unit, number)
        unit.look(Act.DESTRUCTION_SEE, made)
        mine = (DestructionLine.list_uid == made.uid) & (DestructionLine.step == _STEP.DESTROYED)
        rows = select(func.count(), func.coalesce(func.sum(DestructionLine.keys), 0)).where(mine)
        lines, keys = (int(one or 0) for one in unit.session.execute(rows).one())
        waiting = certificate.pending(unit, made)
        return Executed(made.number, made.state, lines, keys, made.live_on, made.all_on, waiting)


# --- past the point of no return ------------------------------------------------------------------


def _admitted(instance: Instance, who: Who, number: str) -> tuple[str, int]:
    """The list and how many lines are to be marked, after the whole gate; refusals leave their line (K4)."""
    _copies(instance)
    with instance.work(who, Act.DESTRUCTION_EXECUTE) as unit:
        made = destruction.one(unit, number)
        listed = _lines(unit, made.uid, _STEP.LISTED)
        unit.act(Act.DESTRUCTION_EXECUTE, made, listed=len(listed))
        if made.state in CLOSED and made.register_uid is None:
            return made.uid, 0
        DESTRUCTION.after(made.state, Act.DESTRUCTION_EXECUTE)
        if listed:
            gate.demand(unit, made, destruction.lines(unit, made))
        elif not _lines(unit, made.uid, _STEP.DESTROYING, _STEP.DESTROYED):
            raise NothingToDestroy
        return made.uid, len(listed)


def _mark(instance: Instance, who: Who, uid: str) -> int:
    """Take the next lines past the point of no return, in one transaction; how many."""
    with instance.work(who, Act.DESTRUCTION_EXECUTE) as unit:
        batch = _lines(unit, uid, _STEP.LISTED, most=BATCH)
        if not batch:
            return 0
        made = unit.session.get_one(DestructionList, uid)
        unit.act(Act.DESTRUCTION_EXECUTE, made, marked=len(batch))
        DESTRUCTION.after(made.state, Act.DESTRUCTION_EXECUTE)
        _still_may(unit, made, batch)
        whole = erasing.papers(unit, [line.record_uid for line in batch])
        held = unit.keys.keys_held([one for many in whole.values() for one in many])
        for line in batch:
            line.step = _STEP.DESTROYING
            line.keys = len(held.intersection(whole[line.record_uid]))
            unit.act(Act.DESTRUCTION_EXECUTE, Gone(line.record_uid, line.code), list=made.number)
        unit.session.flush()  # the schema lets go of what is being destroyed, of nothing else
        erasing.bury(unit, by_uid(unit, whole), Act.DESTRUCTION_EXECUTE)
    point("destroy.marked")
    return len(batch)


def _still_may(unit: Unit, made: DestructionList, batch: Sequence[DestructionLine]) -> None:
    """The gate once more for these records: what was held or lent meanwhile stays (X3); raises `GateClosed`."""
    uids = [line.record_uid for line in batch]
    found: list[gate.Obstacle] = []
    for one in standings(unit, uids, Act.DESTRUCTION_EXECUTE, batch):
        found += gate.judged(one, gate.LINES, gate.Stage.EXECUTE, one.code)
    if found:
        gate.refuse(unit, found, made.number, Act.DESTRUCTION_EXECUTE)


# --- and after it ---------------------------------------------------------------------------------


def _finish(instance: Instance, who: Who, uid: str, step: Callable[[int], None]) -> int:
    """Take what marked lines leave behind, prove that it is gone, and say so; how many lines."""
    with instance.ask(who, Act.DESTRUCTION_EXECUTE) as unit:
        records = [line.record_uid for line in _lines(unit, uid, _STEP.DESTROYING)]
    if not records:
        return 0
    gone: list[str] = []
    for start in range(0, len(records), BATCH):
        gone += _erased(instance, who, uid, records[start : start + BATCH])
        step(len(records[start : start + BATCH]))
    instance.keys.scrub()
    copies = _copies(instance)
    copies.purge(instance, gone)
    point("destroy.purged")
    _nothing_left(instance, who, uid, copies.remaining(instance, gone))
    _say_done(instance, who, uid, records)
    point("destroy.line_done")
    return len(records)


def _erased(instance: Instance, who: Who, uid: str, records: Sequence[str]) -> Sequence[str]:
    """Erase keys and files of some marked records; the uids they had."""
    with instance.ask(who, Act.DESTRUCTION_EXECUTE) as unit:
        left = erasing.traces(unit, records)
    erasing.erase(instance, left)
    _nothing_left(instance, who, uid, erasing.remaining(instance, left))
    return left.uids


def _nothing_left(instance: Instance, who: Who, uid: str, found: Sequence[str]) -> None:
    """Raise `StillThere` if anything was found of what should be gone; it leaves its line."""
    if not found:
        return
    with instance.work(who, Act.DESTRUCTION_EXECUTE) as unit:
        made = unit.session.get_one(DestructionList, uid)
        unit.act(Act.DESTRUCTION_EXECUTE, made, left=len(found))
        raise StillThere(number=made.number, count=len(found), what=list(found[:NAMED]))


def _say_done(instance: Instance, who: Who, uid: str, records: Sequence[str]) -> None:
    """Rewrite the key packs within reach, name the sets that are not, and the lines are DESTROYED (K2, K3)."""
    from archive import backups

    refreshed = backups.refresh(instance, who, Act.DESTRUCTION_EXECUTE)
    with instance.work(who, Act.DESTRUCTION_EXECUTE) as unit:
        made = unit.session.get_one(DestructionList, uid)
        unit.act(Act.DESTRUCTION_EXECUTE, made, destroyed=len(records), pending=refreshed.pending)
        _await(unit, made, refreshed.pending)
        change = update(DestructionLine).where(
            DestructionLine.list_uid == uid, DestructionLine.step == _STEP.DESTROYING
        )
        values = {"step": _STEP.DESTROYED, "destroyed_at": unit.now}
        unit.session.execute(change.values(values), execution_options={"synchronize_session": False})


def _await(unit: Unit, made: DestructionList, numbers: Sequence[str]) -> None:
    """Note on the list the backup sets that are out of reach."""
    for one in unit.session.scalars(select(BackupSet).where(BackupSet.number.in_(numbers))):
        row = unit.session.get(PendingErasure, (made.uid, one.uid))
        if row is None:
            unit.session.add(PendingErasure(list_uid=made.uid, set_uid=one.uid, since=unit.now))
        elif row.done_at is not None:
            row.since, row.done_at = unit.now, None


def _close(instance: Instance, who: Who, uid: str) -> None:
    """Close a list of which no line is left: dates, certificate, and the register filed for ever (V20)."""
    with instance.work(who, Act.DESTRUCTION_EXECUTE) as unit:
        made = unit.session.get_one(DestructionList, uid)
        if _lines(unit, uid, _STEP.LISTED, most=1):
            return
        unit.act(Act.DESTRUCTION_EXECUTE, made, closed=True)
        point("destroy.before_close")
        if made.state is DestructionState.BEGUN:
            made.state = DESTRUCTION.after(made.state, Act.DESTRUCTION_EXECUTE)
            made.live_on = unit.today
            made.all_on = None if certificate.pending(unit, made) else unit.today
            certificate.issue(instance, unit, made)
        if made.register_uid is None and Role.SYSTEM not in unit.actor.roles:
            register.file(unit, made)
    point("destroy.closed")


def _lines(unit: Unit, uid: str, *steps: DestructionStep, most: int | None = None) -> list[DestructionLine]:
    rows = select(DestructionLine).where(DestructionLine.list_uid == uid, DestructionLine.step.in_(steps))
    return list(unit.session.scalars(rows.order_by(DestructionLine.nth).limit(most)))


def _copies(instance: Instance) -> Copies:
    if instance.ports.copies is None:
        raise Defect("nothing is destroyed where nobody can take it out of the index")
    return instance.ports.copies


def _steps(progress: Told | None, todo: int) -> Callable[[int], None]:
    """A bar over marking and erasing: each line counts twice."""
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(min(done, 2 * todo), 2 * todo)

    return step
