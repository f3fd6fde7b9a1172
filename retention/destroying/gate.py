"""The gate: all that must be true before anything is destroyed, as one table; every breach names its clause (V18).

The facts are gathered in one transaction and judged by pure functions: when a list is drafted, frozen, approved,
begun and, once more, carried out. This module changes nothing; a refusal leaves its line in the log (K4).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from archive.acts import Act
from archive.errors import GateClosed
from archive.model import DestructionLine, DestructionList
from archive.statuses import DestructionState, DestructionStep
from archive.unit import Unit
from archive.values import Worded
from archive.words import Language, say
from retention.destroying.standing import Sheet, Standing, sheet, standings

T = TypeVar("T")
#: Breaches that a refusal tells in full; all are counted, and `destruction check` lists them.
TOLD = 3


class Stage(Worded):
    """When the gate is asked."""

    DRAFT = "DRAFT"
    FREEZE = "FREEZE"
    APPROVE = "APPROVE"
    BEGIN = "BEGIN"
    EXECUTE = "EXECUTE"


#: At which act each stage stands; a record's life cycle is asked about the last two.
ACTS = {
    Stage.DRAFT: Act.DESTRUCTION_DRAFT,
    Stage.FREEZE: Act.DESTRUCTION_FREEZE,
    Stage.APPROVE: Act.DESTRUCTION_APPROVE,
    Stage.BEGIN: Act.DESTRUCTION_BEGIN,
    Stage.EXECUTE: Act.DESTRUCTION_EXECUTE,
}
ALWAYS = frozenset(Stage)
FIXED = frozenset({Stage.APPROVE, Stage.BEGIN, Stage.EXECUTE})
GOING = frozenset({Stage.BEGIN, Stage.EXECUTE})
LAST = frozenset({Stage.EXECUTE})


@dataclass(frozen=True, slots=True)
class Check(Generic[T]):
    """One rule: its name, the clause that demands it, when it is asked, and what breaks it.

    `broken` answers False, or True, or the fact that the sentence `gate.<name>` tells.
    """

    name: str
    clause: str
    when: frozenset[Stage]
    broken: Callable[[T], object]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One breach: of the list as a whole, or (with a reference code) of one record on it."""

    check: str
    clause: str
    code: str
    detail: object

    def told(self, language: Language) -> str:
        """The breach as a sentence with its clause."""
        what = say(f"gate.{self.check}", language, detail=self.detail)
        form = "breach.line" if self.code else "breach.list"
        return say(form, language, code=self.code, what=what, clause=self.clause)


@dataclass(frozen=True, slots=True)
class Told:
    """Several breaches in one sentence: the first few in full."""

    obstacles: tuple[Obstacle, ...]

    def told(self, language: Language) -> str:
        """Them, one after the other."""
        return say("breach.joint", language).join(one.told(language) for one in self.obstacles[:TOLD])


def _early(one: Standing) -> object:
    """T16: not inside the last day; what has not started is never due."""
    if one.review_due is None:
        return "—"
    return one.review_due if one.review_due > one.today else False


def _waits(one: Sheet) -> object:
    return one.earliest_on if one.earliest_on is not None and one.earliest_on > one.today else False


def _among(one: Sheet, *people: str | None) -> object:
    """The accounts of the supervisors who are one of *people*."""
    return one.accounts(uid for uid in one.supervisors if uid in people)


#: Of each record on the list.
LINES: tuple[Check[Standing], ...] = (
    Check("alone", "8-1.5.1", ALWAYS, lambda one: not one.alone),
    Check("state", "8-1.5.1", ALWAYS, lambda one: not one.may_go and one.state),
    Check("appraised", "AR24", ALWAYS, lambda one: not one.appraised),
    Check("early", "V18", ALWAYS, _early),
    Check("undated", "T17", ALWAYS, lambda one: one.undated),
    Check("held", "V18", ALWAYS, lambda one: one.held),
    Check("elsewhere", "V18", ALWAYS, lambda one: one.elsewhere),
    Check("out", "V18", GOING, lambda one: one.out),
    Check("bagged", "8-1.4.4", GOING, lambda one: one.bag),
    Check("changed", "V18", FIXED, lambda one: not one.same),
    Check("method", "8-1.5.2", FIXED, lambda one: not one.method_fits and one.method),
)

#: Of the list and of the people around it.
LISTS: tuple[Check[Sheet], ...] = (
    Check("empty", "8-1.5.1", ALWAYS, lambda one: one.lines == 0),
    Check("hash", "V18", FIXED, lambda one: not one.hash_holds),
    Check("approved", "7-1.7", GOING, lambda one: not one.approved),
    Check("begun", "8-1.5.1", LAST, lambda one: not one.begun),
    Check("own-approval", "V18", GOING, lambda one: one.approver in {one.drafter, *one.helpers}),
    Check("countersigned", "DAT42-7.7", GOING, lambda one: one.legal_missing),
    Check("personnel", "7-1.5", GOING, lambda one: one.hr_missing),
    Check("waits", "V18", GOING, _waits),
    Check("two-supervisors", "V18", GOING, lambda one: one.crewed and len(set(one.supervisors)) != 2),
    Check("operator-approved", "V18", GOING, lambda one: one.accounts(one.hands & {one.approver})),
    Check("operator-supervises", "V18", GOING, lambda one: _among(one, *one.hands)),
    Check("approver-supervises", "V18", GOING, lambda one: _among(one, one.approver)),
    Check("drafter-supervises", "V18", GOING, lambda one: _among(one, one.drafter, *one.helpers)),
    Check("countersigner-supervises", "V18", GOING, lambda one: _among(one, *one.countersigners)),
    Check("supervisor-gone", "V18", GOING, lambda one: one.accounts(one.unfit)),
    Check("supervisor-clearance", "7-1.4", GOING, lambda one: one.accounts(one.uncleared)),
    Check("confirmed", "8-1.5.2", LAST, lambda one: one.accounts(one.unconfirmed)),
    Check("clock", "M1", GOING, lambda one: one.leapt),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crew:
    """Who would carry it out: the operator and the two supervisors, by uid."""

    operator: str
    supervisors: tuple[str, ...]


def judged(one: T, checks: Sequence[Check[T]], stage: Stage, code: str = "") -> list[Obstacle]:
    """What of *checks* the facts *one* break at *stage*; pure."""
    found = ((check, check.broken(one)) for check in checks if stage in check.when)
    return [
        Obstacle(check.name, check.clause, code, "" if detail is True else detail)
        for check, detail in found
        if detail
    ]


def stage_of(made: DestructionList) -> Stage:
    """The next stage a list comes to."""
    return {
        DestructionState.DRAFT: Stage.FREEZE,
        DestructionState.FROZEN: Stage.APPROVE,
        DestructionState.APPROVED: Stage.BEGIN,
    }.get(made.state, Stage.EXECUTE)


def obstacles(
    unit: Unit, made: DestructionList, lines: Sequence[DestructionLine], *, stage: Stage | None = None,
    crew: Crew | None = None, hands: Collection[str] = (),
) -> list[Obstacle]:  # fmt: skip
    """All that stands against the next stage of *made*, the list's own first, then line by line (V18).

    *lines* are judged as far as they are still to go. *crew* is who would begin it; *hands* are the uids of
    others who lay hand on it.
    """
    stage = stage or stage_of(made)
    going = [line for line in lines if line.step is DestructionStep.LISTED]
    operator, supervisors = (crew.operator, crew.supervisors) if crew else (made.operator_uid, None)
    whole = sheet(unit, made, operator=operator, supervisors=supervisors, hands=hands)
    found = judged(whole, LISTS, stage)
    wanted = [line.record_uid for line in going]
    for one in standings(unit, wanted, ACTS[stage], going):
        found += judged(one, LINES, stage, one.code)
    return found


def of_records(unit: Unit, uids: Sequence[str]) -> list[Obstacle]:
    """What stands against putting these records on a list, in the order given (T15, T16, T17)."""
    found: list[Obstacle] = []
    for one in standings(unit, uids, Act.DESTRUCTION_DRAFT):
        found += judged(one, LINES, Stage.DRAFT, one.code)
    return found


def demand(
    unit: Unit, made: DestructionList, lines: Sequence[DestructionLine], *, crew: Crew | None = None
) -> None:
    """Raise `GateClosed` unless nothing stands against the next stage, which the actor carries out (V18, K4).

    The act has been named; its line in the log then says which checks were broken, and how often.
    """
    found = obstacles(unit, made, lines, crew=crew, hands={unit.actor.uid})
    if found:
        refuse(unit, found, made.number, ACTS[stage_of(made)])


def refuse(unit: Unit, found: Sequence[Obstacle], number: str, act: Act) -> None:
    """Raise `GateClosed` for *found*, leaving in the log which checks were broken."""
    line = unit.lines[-1]
    line.outcome = GateClosed.code
    line.facts = {
        **line.facts,
        "broken": sorted({f"{one.check} {one.clause}" for one in found}),
        "count": len(found),
    }
    raise GateClosed(act=act, number=number, count=len(found), why=Told(tuple(found)))
