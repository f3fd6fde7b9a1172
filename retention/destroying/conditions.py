"""The gate as it is read: every condition of it, whether it is met, and whose act would meet it.

The gate itself judges (`retention.destroying.gate`); this module only puts its answer beside the whole table, so that
what was asked and found in order is seen too. Of records the reader may not see nothing is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive import policy
from archive.acts import Act
from archive.unit import Unit
from archive.values import Role, Worded
from retention.destroying import destruction, destruction_book, gate
from retention.destroying.gate import LINES, LISTS, Check, Obstacle, Stage


class Met(Worded):
    """How a condition stands."""

    YES = "YES"
    NO = "NO"
    LATER = "LATER"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: its name and clause, what of it is broken, the act that would mend it and the posts that may.

    *counts* of what is broken; *each* is asked of every record; *stage* when it is asked first, where that is to come.
    """

    check: str
    clause: str
    each: bool
    met: Met
    act: Act
    posts: Sequence[Role]
    broken: Sequence[Obstacle] = field(default_factory=tuple)
    stage: Stage | None = None

    @property
    def word(self) -> str:
        """The key of the condition, said as it ought to be."""
        return f"demand.{self.check}"


#: Whose act mends what a check breaks.
MENDED_BY: Mapping[str, Act] = {
    "alone": Act.DESTRUCTION_PULL,
    "state": Act.DESTRUCTION_PULL,
    "appraised": Act.APPRAISAL_DECIDE,
    "early": Act.DESTRUCTION_PULL,
    "undated": Act.ITEM_EDIT,
    "held": Act.HOLD_RELEASE,
    "elsewhere": Act.DESTRUCTION_PULL,
    "out": Act.LOAN_RETURN,
    "bagged": Act.SEAL_OPEN,
    "changed": Act.DESTRUCTION_WITHDRAW,
    "method": Act.DESTRUCTION_WITHDRAW,
    "empty": Act.DESTRUCTION_DRAFT,
    "hash": Act.DESTRUCTION_WITHDRAW,
    "approved": Act.DESTRUCTION_APPROVE,
    "begun": Act.DESTRUCTION_BEGIN,
    "own-approval": Act.DESTRUCTION_WITHDRAW,
    "countersigned": Act.DESTRUCTION_COUNTERSIGN,
    "personnel": Act.DESTRUCTION_COUNTERSIGN,
    "waits": Act.DESTRUCTION_BEGIN,
    "two-supervisors": Act.DESTRUCTION_BEGIN,
    "operator-approved": Act.DESTRUCTION_BEGIN,
    "operator-supervises": Act.DESTRUCTION_BEGIN,
    "approver-supervises": Act.DESTRUCTION_BEGIN,
    "drafter-supervises": Act.DESTRUCTION_BEGIN,
    "countersigner-supervises": Act.DESTRUCTION_BEGIN,
    "supervisor-gone": Act.DESTRUCTION_WITHDRAW,
    "supervisor-clearance": Act.DESTRUCTION_WITHDRAW,
    "confirmed": Act.DESTRUCTION_CONFIRM,
    "clock": Act.CLOCK_CONFIRM,
}
#: In which order the stages come; what is asked of the crew is known once there is one.
ORDER = tuple(Stage)
_OF_THE_CREW = frozenset(
    {
        "two-supervisors", "operator-approved", "operator-supervises", "approver-supervises",
        "drafter-supervises", "countersigner-supervises", "supervisor-gone", "supervisor-clearance",
    }
)  # fmt: skip


def conditions(unit: Unit, number: str) -> list[Condition]:
    """Every condition of the gate for the next stage of a list and after it, the list's own first; none once it is over.

    What is broken is what `destruction_book.ready` finds, as far as this person may be shown it. Raises `NotFound`.
    """
    found = destruction_book.ready(unit, number)
    made = destruction.one(unit, number)
    if made.state in destruction_book.OVER:
        return []
    stage = gate.stage_of(made)
    crewed = made.supervisor_one is not None
    return [
        _condition(check, stage, found, each=checks is LINES, crewed=crewed)
        for checks in (LISTS, LINES)
        for check in checks
    ]


def _condition(
    check: Check[Any], stage: Stage, found: Sequence[Obstacle], *, each: bool, crewed: bool
) -> Condition:  # fmt: skip
    broken = tuple(one for one in found if one.check == check.name)
    act = MENDED_BY[check.name]
    first = _asked_first(check, stage, crewed=crewed)
    met = Met.NO if broken else Met.YES if first is None else Met.LATER
    return Condition(
        check.name, check.clause, each, met, act, tuple(policy.GRANTS[act]), broken, first if not broken else None
    )  # fmt: skip


def _asked_first(check: Check[Any], stage: Stage, *, crewed: bool) -> Stage | None:
    """The stage to come at which *check* is asked first; None if it is asked now."""
    if stage in check.when and (crewed or check.name not in _OF_THE_CREW):
        return None
    later = (one for one in ORDER[ORDER.index(stage) :] if one in check.when)
    return next(later, None)
