"""The duty grants proposed with the class tree (decision 1): data, checked.

This module does not know which grants were approved; the register of grants does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive import tables
from archive.acts import DUTY, Act
from archive.scheme import Scheme
from archive.tables import demand
from archive.values import Role

#: Nobody is given these by his post alone (R49, V10).
NEVER = frozenset({"RS"})


@dataclass(frozen=True, slots=True)
class DutyGrant:
    """A proposed grant to a post (decision 1); `department` is the holder's, empty for any."""

    post: Role
    series: tuple[str, ...]
    acts: tuple[Act, ...]
    own_department: bool
    months: int
    approver: Role
    clause: str
    zh: str
    en: str
    department: str = ""
    closed: tuple[str, ...] = ()


def proposed(scheme: Scheme, table: Mapping[str, Any] | None = None) -> tuple[DutyGrant, ...]:
    """The duty grants proposed with *scheme*; raises `BadValue` (never RS, never over a year)."""
    given = tables.shipped("duty_grants.toml") if table is None else table
    grants = tables.rows(DutyGrant, "grant", given.get("grant", []))
    allowed = {one.code for one in scheme.series} - NEVER
    for place, grant in enumerate(grants, 1):
        where = f"grant[{place}]"
        demand(set(grant.series) <= allowed, f"{where}.series", grant.series, " ".join(sorted(allowed)))
        demand(set(grant.acts) <= DUTY, f"{where}.acts", grant.acts, " ".join(sorted(DUTY)))
        demand(1 <= grant.months <= 12, f"{where}.months", grant.months, "1-12")
        demand(grant.approver is Role.GM, f"{where}.approver", grant.approver, Role.GM)
        for code in grant.closed:
            scheme.rule(code)
    return grants
