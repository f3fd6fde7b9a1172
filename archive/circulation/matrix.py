"""The approval matrix (domain §9): a pure table that says who must approve what use of which record.

This module does not know who holds the posts, nor what was decided.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from archive import tables
from archive.errors import BadValue
from archive.statuses import RequestKind
from archive.tables import demand
from archive.values import Level, Role, Worded


class Reader(Worded):
    """Who wants to use a record, as the matrix tells people apart."""

    STAFF = "STAFF"
    OUTSIDE = "OUTSIDE"
    PARENT_COMPANY = "PARENT_COMPANY"
    OWNER = "OWNER"


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked for: of which kind, by whom, of a record of which level, whose, of which class."""

    kind: RequestKind
    reader: Reader
    level: Level
    own: bool
    personnel: bool = False
    owners: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One row; an empty tuple or None fits anything."""

    clause: str
    kinds: tuple[RequestKind, ...] = ()
    readers: tuple[Reader, ...] = ()
    levels: tuple[Level, ...] = ()
    own: bool | None = None
    personnel: bool | None = None
    owners: bool | None = None
    steps: tuple[Role, ...] = ()
    refused: bool = False

    def fits(self, asking: Asking) -> bool:
        """True if this row speaks of *asking*."""
        return (
            (not self.kinds or asking.kind in self.kinds)
            and (not self.readers or asking.reader in self.readers)
            and (not self.levels or asking.level in self.levels)
            and self.own in {None, asking.own}
            and self.personnel in {None, asking.personnel}
            and self.owners in {None, asking.owners}
        )


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows in order, under the name of their version."""

    version: str
    rules: tuple[Rule, ...]

    def rule(self, asking: Asking) -> Rule:
        """The first row that fits; what none fits is refused."""
        return next((rule for rule in self.rules if rule.fits(asking)), NOTHING)


#: What holds where no row fits: nobody can approve it.
NOTHING = Rule(clause="house", refused=True)
#: The posts that may decide.
DECIDERS = frozenset(
    {Role.DEPT_MANAGER, Role.GM_SECRETARY, Role.GM, Role.HR, Role.CS_SUPERVISOR, Role.ARCHIVIST}
)


@cache
def shipped() -> Matrix:
    """The matrix that comes with the product; in force until the company adopts another."""
    return read(tables.shipped("approvals.toml"))


def parse(text: str) -> Matrix:
    """The matrix written *text* (TOML); raises `BadValue` with the place of the slip."""
    try:
        return read(tomllib.loads(text))
    except tomllib.TOMLDecodeError as slip:
        raise BadValue(field="matrix", value=str(slip), expected="TOML") from slip


def read(table: Mapping[str, Any]) -> Matrix:
    """The matrix in *table*; raises `BadValue`.

    Confidential records are the general manager's alone to open, never lent and never taken out (R48);
    a matrix that says otherwise is refused as a whole.
    """
    version = table.get("version")
    demand(isinstance(version, str) and 0 < len(str(version)) <= 40, "version", version, "1–40")
    rules = tables.rows(Rule, "rule", table.get("rule", []))
    for place, rule in enumerate(rules, 1):
        _sound(rule, f"rule[{place}]")
    matrix = Matrix(str(version), rules)
    _keeps_secrets(matrix)
    return matrix


def _sound(rule: Rule, where: str) -> None:
    wrong = [step for step in rule.steps if step not in DECIDERS]
    demand(not wrong, f"{where}.steps", wrong, " ".join(sorted(DECIDERS)))
    demand(len(set(rule.steps)) == len(rule.steps) <= 4, f"{where}.steps", rule.steps, "≤ 4")
    demand(not (rule.refused and rule.steps), f"{where}.refused", rule.steps, "[]")


def _keeps_secrets(matrix: Matrix) -> None:
    for level in (Level.CONFIDENTIAL, Level.SECRET):
        for kind in (
            RequestKind.READ,
            RequestKind.COPY,
            RequestKind.EXTRACT,
            RequestKind.LOAN,
            RequestKind.TAKE_OUT,
        ):
            for reader in Reader:
                for own in (True, False):
                    for owners in (True, False):
                        rule = matrix.rule(Asking(kind, reader, level, own, owners=owners))
                        _secret_kept(rule, kind, level)


def _secret_kept(rule: Rule, kind: RequestKind, level: Level) -> None:
    leaves = kind in {RequestKind.LOAN, RequestKind.TAKE_OUT}
    demand(
        rule.refused or (not leaves and Role.GM in rule.steps), f"{kind} {level.name}", rule.steps, "7-1.4"
    )
