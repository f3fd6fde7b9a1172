"""Conditions of the policy: rules about a person and a record, each written once and asked two ways.

Of a record a condition answers yes or no, of a mapped class it answers with SQL; so a list shows exactly what
the same person could open one by one (P1, V23). This module does not know which act needs which condition.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archive.acts import Act
from archive.errors import (
    CentrallyKept,
    ClosedToUse,
    Confidential,
    CopiesOnly,
    CustodianClosed,
    OtherDepartment,
    ReadingOnly,
    Refused,
)
from archive.values import CONFIDENTIAL, Custody, Level, Role, UseMode


@dataclass(frozen=True, slots=True)
class Actor:
    """The person an act is done by, with what is granted to him today."""

    uid: str
    account: str
    roles: frozenset[Role]
    department: str
    clearance: Level
    client: str = "cli"
    suspended: bool = False
    password_due: bool = False
    granted: Mapping[Act, frozenset[str]] = field(default_factory=dict)
    duty: Mapping[Act, frozenset[str]] = field(default_factory=dict)
    duty_at_home: Mapping[Act, frozenset[str]] = field(default_factory=dict)
    as_of: dt.date | None = None
    scope: frozenset[Act] | None = None

    def has(self, *roles: Role) -> bool:
        """True if he holds one of *roles*."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class Condition:
    """One rule: which refusal its failing gives, which clause demands it, and when it holds.

    `holds(actor, act, record)` must use only `==`, `<`, `&`, `|` and `among` on NOT NULL columns.
    """

    refusal: type[Refused]
    clause: str
    holds: Callable[[Actor, Act, Any], Any]


def among(value: Any, allowed: frozenset[Any]) -> Any:
    """`value in allowed`, of a value or of a column."""
    return value.in_(sorted(allowed)) if hasattr(value, "in_") else value in allowed


def either(*conditions: Condition) -> Condition:
    """Enough if one holds; failing gives the first one's refusal."""

    def holds(actor: Actor, act: Act, record: Any) -> Any:
        result = conditions[0].holds(actor, act, record)
        for condition in conditions[1:]:
            result = result | condition.holds(actor, act, record)
        return result

    return Condition(conditions[0].refusal, conditions[0].clause, holds)


def _granted(actor: Actor, act: Act, record: Any) -> Any:
    named = actor.granted.get(act, frozenset())
    duty = actor.duty.get(act, frozenset())
    home = actor.duty_at_home.get(act, frozenset())
    by_name = among(record.uid, named) | among(record.scope_uid, named)
    by_post = among(record.class_code, duty)
    return by_name | by_post | (among(record.class_code, home) & (record.department == actor.department))


def _cleared(actor: Actor, _: Act, record: Any) -> Any:
    return (record.level < CONFIDENTIAL) | (record.level <= actor.clearance)


CLEARED = Condition(Confidential, "7-1.4", _cleared)
OPEN = Condition(Confidential, "8-1.2.4", lambda _, __, r: r.level < CONFIDENTIAL)
GRANTED = Condition(Confidential, "7-1.4", _granted)
PUBLIC = Condition(OtherDepartment, "8-1.2.1", lambda _, __, r: r.level == Level.PUBLIC)
OWN = Condition(OtherDepartment, "8-1.2.1", lambda a, _, r: r.department == a.department)
SECRETARY_KEEPS = Condition(OtherDepartment, "8-2.2", lambda _, __, r: r.custody == Custody.SECRETARY)
HR_KEEPS = Condition(OtherDepartment, "7-1.5", lambda _, __, r: r.custody == Custody.HR)
NOT_PERSONNEL = Condition(CustodianClosed, "7-1.5", lambda _, __, r: r.custodians_closed == False)  # noqa: E712
LENDABLE = Condition(ReadingOnly, "8-1.2.2", lambda _, __, r: r.use_mode != UseMode.READ_ON_SITE)
NOT_CLOSED = Condition(ClosedToUse, "8-1.2.4", lambda _, __, r: r.use_mode != UseMode.CLOSED)
WITH_DEPARTMENT = Condition(CentrallyKept, "8-1.3.6", lambda _, __, r: r.centralised == False)  # noqa: E712
ORIGINALS = Condition(CopiesOnly, "DA/T 42", lambda _, __, r: r.use_mode != UseMode.LOAN_COPIES)

SEEN = either(OPEN, GRANTED)
USABLE = either(NOT_CLOSED, GRANTED)
OWN_OR_GRANTED = either(OWN, PUBLIC, GRANTED)
OPEN_OWN_OR_GRANTED = either(OPEN, OWN, GRANTED)
OPEN_SECRETARY_OR_GRANTED = either(OPEN, SECRETARY_KEEPS, GRANTED)
OPEN_HR_OR_GRANTED = either(OPEN, HR_KEEPS, GRANTED)
SECRETARY_OR_OWN = either(SECRETARY_KEEPS, OWN)
OWN_OR_HR = either(OWN, HR_KEEPS)
