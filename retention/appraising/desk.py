"""What a member works on: some lines of an appraisal at a time, the opinions side by side, and how far all have come.

Reads only. All lines are judged to be counted, only those of the page are opened; of records the reader may see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.acts import Act
from archive.model import Appraisal
from archive.statuses import Unfinished
from archive.unit import Unit
from archive.values import Worded
from retention.appraising import appraisal, deciding, opinions, panel, unfinished, worklist
from retention.appraising.opinions import Judged, LineState
from retention.appraising.worklist import OpinionRow, WorkLine

#: Lines of a page, unless said otherwise.
PAGE = 20


class DeskView(Worded):
    """Which lines are meant."""

    ALL = "ALL"
    MINE = "MINE"
    UNDECIDED = "UNDECIDED"
    DISPUTED = "DISPUTED"
    AGREED = "AGREED"


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One line with the opinions that count, the reader's own among them, and what may be settled by hand."""

    line: WorkLine
    opinions: Sequence[OpinionRow]
    own: OpinionRow | None
    flagged: Sequence[Unfinished]
    awaited: Sequence[str]
    reason: str
    decided_by: str

    @property
    def alike(self) -> OpinionRow | None:
        """The opinion of the others where they all say the same."""
        others = [one for one in self.opinions if self.own is None or one.seat != self.own.seat]
        said = {(one.verdict, one.new_period, tuple(one.papers)) for one in others}
        return others[0] if len(said) == 1 else None


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of a worklist: its lines, how many the view has, how far the whole has come, and who reads it."""

    lines: Sequence[DeskLine]
    count: int
    total: int
    states: Mapping[LineState, int]
    mine: int
    sits: bool
    leads: bool


def page(unit: Unit, number: str, view: DeskView = DeskView.ALL, *, skip: int = 0, limit: int = PAGE) -> Desk:
    """A page of the worklist; raises `NotFound`."""
    made, found = _judged(unit, number)
    chosen = [one for one in found if _in_view(unit, one, view)]
    shown = chosen[skip : skip + limit]
    unit.listed(Act.APPRAISAL_SEE, [one.record for one in shown])
    return _desk(unit, made, found, _lines(unit, made, shown), len(chosen))


def line(unit: Unit, number: str, code: str) -> Desk:
    """One line by number or code, with how far the whole has come; raises `NotFound`."""
    made, found = _judged(unit, number)
    ((meant, record),) = appraisal.named(unit, made, [code])
    unit.listed(Act.APPRAISAL_SEE, [record])
    only = [one for one in found if one.line.uid == meant.uid]
    return _desk(unit, made, found, _lines(unit, made, only), 1)


def _judged(unit: Unit, number: str) -> tuple[Appraisal, list[Judged]]:
    unit.look(Act.APPRAISAL_SEE)
    made = appraisal.one(unit, number)
    return made, opinions.judged(unit, made, appraisal.seen(unit, appraisal.lines(unit, made)))


def _in_view(unit: Unit, one: Judged, view: DeskView) -> bool:
    if view is DeskView.MINE:
        return _lacks_mine(unit, one)
    if view is DeskView.UNDECIDED:
        return one.state is not LineState.DECIDED
    wanted = {DeskView.DISPUTED: LineState.DISPUTED, DeskView.AGREED: LineState.AGREED}.get(view)
    return wanted is None or one.state is wanted


def _lacks_mine(unit: Unit, one: Judged) -> bool:
    """True if a seat of the reader's waits: on an undecided line, and nobody has spoken from it himself yet."""
    given = {opinion.person_uid for opinion in one.given.values()}
    return one.state is not LineState.DECIDED and unit.actor.uid not in given


def _desk(
    unit: Unit, made: Appraisal, found: Sequence[Judged], lines: Sequence[DeskLine], count: int
) -> Desk:  # fmt: skip
    sits = any(seat.holder.uid == unit.actor.uid for seat in panel.seats(unit, made))
    return Desk(
        lines=lines, count=count, total=len(found), states=Counter(one.state for one in found),
        mine=sum(_lacks_mine(unit, one) for one in found) if sits else 0,
        sits=sits, leads=made.leader_uid == unit.actor.uid,
    )  # fmt: skip


# --- lines ----------------------------------------------------------------------------------------


def _lines(unit: Unit, made: Appraisal, shown: Sequence[Judged]) -> list[DeskLine]:
    members = {member.person_uid: person for member, person in panel.everybody(unit, made)}
    accounts = {uid: person.account for uid, person in members.items()}
    names = {uid: panel.name(unit, uid) for uid in members}
    own = next((seat.number for seat in panel.seats(unit, made) if seat.holder.uid == unit.actor.uid), None)
    return [
        _line(unit, one, row, accounts, names, own)
        for one, row in zip(shown, worklist.lines_of(unit, made, shown), strict=True)
    ]


def _line(
    unit: Unit, one: Judged, row: WorkLine, accounts: Mapping[str, str], names: Mapping[str, str], own: int | None
) -> DeskLine:  # fmt: skip
    given = [
        worklist.opinion(unit, one.record, said, accounts[said.person_uid], names[said.person_uid])
        for _, said in sorted(one.given.items())
    ]
    open_ = one.line.decided_at is None
    flagged = unfinished.spelt(one.line.unfinished) if open_ else frozenset()
    return DeskLine(
        line=row, opinions=given, own=next((said for said in given if said.seat == own), None),
        flagged=[matter for matter in Unfinished if matter in flagged],
        awaited=[names[seat.holder.uid] for seat in one.awaited] if open_ else [],
        reason=deciding.reason(unit, one.record, one.line.uid, one.line.card),
        decided_by=panel.name(unit, one.line.decided_by),
    )  # fmt: skip
