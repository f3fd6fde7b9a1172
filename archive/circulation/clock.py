"""Two administrators say that the clock is right though the log is ahead of it, or far behind (M1); then all goes on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from archive import clocks, quorum
from archive.acts import Act
from archive.errors import ClockRight, SameSigner
from archive.model import ClockNote, Person, new_uid
from archive.unit import Unit


@dataclass(frozen=True, slots=True)
class ClockState:
    """The clock beside the newest line of the log, and who has said so far that the clock is right.

    The gap is the first in which the log was silent for more than a day, unless two people confirmed it: it bars
    destruction only.
    """

    now: dt.datetime
    newest: dt.datetime | None
    behind: bool
    proposed_at: dt.datetime | None
    proposed_by: str
    gap_from: dt.datetime | None = None
    gap_to: dt.datetime | None = None


def confirm(unit: Unit) -> ClockNote:
    """Say that the clock is right; it holds when a second administrator has said so too.

    What is confirmed is a clock set back, else a clock that ran ahead by more than a day since the last time.
    Raises `ClockRight` if there is nothing to confirm, `SameSigner` if one person says it twice.
    """
    last = _doubtful(unit)
    unit.act(Act.CLOCK_CONFIRM, newest=last)
    quorum.demand(unit, Act.CLOCK_CONFIRM)
    if last is None:
        raise ClockRight(now=unit.now, last=clocks.newest(unit.session))
    note = clocks.proposal(unit.session, last, unit.now)
    if note is not None and note.proposed_by == unit.actor.uid:
        raise SameSigner(act=Act.CLOCK_CONFIRM)
    if note is None:
        note = ClockNote(uid=new_uid(), newest=last, proposed_at=unit.now, proposed_by=unit.actor.uid)
        unit.session.add(note)
    else:
        note.confirmed_at, note.confirmed_by = unit.now, unit.actor.uid
    unit.lines[-1].facts = {"newest": last, "confirmed": note.confirmed_at is not None}
    unit.session.flush()
    return note


def state(unit: Unit) -> ClockState:
    """The clock as it stands beside the log."""
    unit.look(Act.INSTANCE_INSPECT)
    behind, gap = clocks.behind(unit.session, unit.now), clocks.leapt(unit.session, unit.now)
    last = behind or (gap.before if gap is not None else None)
    note = clocks.proposal(unit.session, last, unit.now) if last is not None else None
    who = unit.session.get_one(Person, note.proposed_by).account if note is not None else ""
    newest = clocks.newest(unit.session)
    return ClockState(
        unit.now, newest, behind is not None, note.proposed_at if note else None, who,
        gap_from=gap.before if gap else None, gap_to=gap.after if gap else None,
    )  # fmt: skip


def _doubtful(unit: Unit) -> dt.datetime | None:
    """The line of the log that the clock is to be confirmed against: the newest, or the one before a leap ahead."""
    behind = clocks.behind(unit.session, unit.now)
    if behind is not None:
        return behind
    gap = clocks.leapt(unit.session, unit.now)
    return gap.before if gap is not None else None
