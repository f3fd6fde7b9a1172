"""终结销毁: a new key epoch, after which no registered copy of what was destroyed opens for anybody (K3, PIPL-47, ADR 0018).

Also what closes a list later: a set that was out of reach came back and was rewritten.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select

from archive import backups
from archive.acts import Act
from archive.errors import BackupUnderWay
from archive.inspection import Health
from archive.instance import Instance, Who
from archive.lives import DESTRUCTION
from archive.model import DestructionList, PendingErasure
from archive.rounds import FAULTS, Found
from archive.statuses import DestructionState
from archive.unit import Unit
from archive.words import say
from retention.destroying import certificate, destruction

#: Lists whose records are gone from the live instance.
CARRIED_OUT = (DestructionState.DESTROYED, DestructionState.FINAL)


def finalize(instance: Instance, who: Who, number: str) -> str:
    """End a destruction for good; the slip of the new epoch, after which its holder destroys the old one.

    Sets in reach are packed anew; those out of reach are dead. Killed at any moment, it is taken up by being
    called again. Raises `WrongState` unless the list is DESTROYED, `Busy`, `NotFound`, and `StorageFailed` or
    `DiskFull` where a set in reach cannot be written: then the old epoch stands.
    """
    with instance.work(who, Act.DESTRUCTION_FINALIZE) as unit:
        made = destruction.one(unit, number)
        unit.act(Act.DESTRUCTION_FINALIZE, made, begun=True)
        DESTRUCTION.after(made.state, Act.DESTRUCTION_FINALIZE)
    rekeyed = backups.rekey(instance, who)
    with instance.work(who, Act.DESTRUCTION_FINALIZE) as unit:
        made = destruction.one(unit, number)
        unit.act(Act.DESTRUCTION_FINALIZE, made, epoch=rekeyed.epoch, dead=rekeyed.dead)
        backups.close_pending(unit)
        made.state = DESTRUCTION.after(made.state, Act.DESTRUCTION_FINALIZE)
        made.all_on = made.all_on or unit.today
        _certified(instance, unit, [made, *(one for one in _settled(unit) if one.uid != made.uid)])
    return rekeyed.slip


def settle(instance: Instance, who: Who) -> int:
    """Date the lists of which no set holds keys any more, and sign their certificates anew; how many lists."""
    with instance.ask(who, Act.BACKUP_CATCH_UP) as unit:
        if not _settled(unit):
            return 0
    with instance.work(who, Act.BACKUP_CATCH_UP) as unit:
        lists = _settled(unit)
        for made in lists:
            unit.act(Act.BACKUP_CATCH_UP, made, all_on=unit.today)
        _certified(instance, unit, lists)
    return len(lists)


def rounds(instance: Instance, who: Who) -> Found:
    """The daily look at backup sets: those that have come back are rewritten, a share of each is read (B4, K3)."""
    made = backups.catch_up(instance, who)
    away = len(made.pending)
    facts: dict[str, object] = {
        "sets_current": len(made.current), "sets_pending": away, "settled": settle(instance, who),
    }  # fmt: skip
    try:
        read = backups.daily(instance, who)
    except BackupUnderWay:  # a set is being made: it is read tomorrow
        read = []
    facts["sets_read"] = len(read)
    bad = [one.number for one in read if one.faults]
    if bad:
        facts["damaged"] = bad
        return Found(
            facts, Health.BAD, say("told.sets-damaged", instance.settings.tongue, numbers=bad), FAULTS
        )
    if not away:
        return Found(facts)
    why = say("told.sets-pending", instance.settings.tongue, count=away, numbers=made.pending)
    return Found(facts, Health.WARN, why)


def _settled(unit: Unit) -> list[DestructionList]:
    """Carried out, not dated for all copies, and owed nothing by any set."""
    mine = PendingErasure.list_uid == DestructionList.uid
    owed = exists().where(mine, PendingErasure.done_at.is_(None))
    rows = select(DestructionList).where(
        DestructionList.state.in_(CARRIED_OUT), DestructionList.all_on.is_(None), ~owed
    )
    return list(unit.session.scalars(rows.order_by(DestructionList.number)))


def _certified(instance: Instance, unit: Unit, lists: Sequence[DestructionList]) -> None:
    for made in lists:
        made.all_on = made.all_on or unit.today
        certificate.issue(instance, unit, made)
