"""The approval matrix (domain §9): a pure table that says who must approve what use of which record.

This module does not know who holds the posts, nor what was decided.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
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
    class_code: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row; an empty tuple or None fits anything, but personnel files only where it says so (R49).

    A class named here also means the classes below it; a department is the one that owns the record.
    """

    clause: str
    kinds: tuple[RequestKind, ...] = ()
    readers: tuple[Reader, ...] = ()
    levels: tuple[Level, ...] = ()
    own: bool | None = None
    personnel: bool = False
    owners: bool | None = None
    classes: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    steps: tuple[Role, ...] = ()
    refused: bool = False

    def fits(self, asking: Asking) -> bool:
        """True if this row speaks of *asking*."""
        return (
            (not self.kinds or asking.kind in self.kinds)
            and (not self.readers or asking.reader in self.readers)
            and (not self.levels or asking.level in self.levels)
            and self.own in {None, asking.own}
            and self.personnel == asking.personnel
            and self.owners in {None, asking.owners}
            and (not self.classes or any(_within(asking.class_code, one) for one in self.classes))
            and (not self.departments or asking.department in self.departments)
        )


def _within(code: str, above: str) -> bool:
    return code == above or code.startswith(f"{above}·")


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows in order, under the name of their version."""

    version: str
    rules: tuple[Rule, ...]

    def rule(self, asking: Asking) -> Rule:
        """The first row that fits; what none fits is refused."""
        return next((rule for rule in self.rules if rule.fits(asking)), NOTHING)

    @property
    def classes(self) -> frozenset[str]:
        """The classes that any row names."""
        return frozenset(code for rule in self.rules for code in rule.classes)

    @property
    def departments(self) -> frozenset[str]:
        """The departments that any row names."""
        return frozenset(code for rule in self.rules for code in rule.departments)


#: What holds where no row fits: nobody can approve it.
NOTHING = Rule(clause="", refused=True)
#: The posts that may decide.
DECIDERS = frozenset(
    {Role.DEPT_MANAGER, Role.GM_SECRETARY, Role.GM, Role.HR, Role.CS_SUPERVISOR, Role.ARCHIVIST}
)


#: What opens a record or takes it away; sealing it does neither.
USES = frozenset(RequestKind) - {RequestKind.SEAL, RequestKind.UNSEAL}
LEAVING = frozenset({RequestKind.LOAN, RequestKind.TAKE_OUT})
SECRETS = frozenset({Level.CONFIDENTIAL, Level.SECRET})
MOST_RULES, MOST_PLACES, LONGEST = 200, 120, 100_000


@cache
def shipped() -> Matrix:
    """The matrix that comes with the product; in force until the company adopts another."""
    return read(tables.shipped("approvals.toml"))


@lru_cache(maxsize=16)
def parse(text: str) -> Matrix:
    """The matrix written *text* (TOML); raises `BadValue` with the place of the slip."""
    demand(len(text) <= LONGEST, "matrix", len(text), f"≤ {LONGEST}")
    try:
        return read(tomllib.loads(text))
    except tomllib.TOMLDecodeError as slip:
        raise BadValue(field="matrix", value=str(slip), expected="TOML") from slip


def read(table: Mapping[str, Any]) -> Matrix:
    """The matrix in *table*; raises `BadValue`.

    Confidential records are the general manager's alone to open, never lent and never taken out (R48);
    personnel files are only read, and only by the word of HR and the general manager together (R49).
    A matrix that says otherwise is refused as a whole.
    """
    version = table.get("version")
    sound = isinstance(version, str) and 0 < len(version.strip()) <= 40 and version.isprintable()
    demand(sound, "version", version, "1–40")
    unknown = sorted(set(table) - {"version", "rule"})
    demand(not unknown, "matrix", unknown, "version, [[rule]]")
    rules = tables.rows(Rule, "rule", table.get("rule", []))
    demand(0 < len(rules) <= MOST_RULES, "rule", len(rules), f"1–{MOST_RULES}")
    for place, rule in enumerate(rules, 1):
        _sound(rule, f"rule[{place}]")
        _keeps_secrets(rule, f"rule[{place}]")
    made = Matrix(str(version).strip(), rules)
    named = (len(made.classes) + 1) * (len(made.departments) + 1)
    demand(named <= MOST_PLACES, "rule", named, f"classes × departments ≤ {MOST_PLACES}")
    return made


def _sound(rule: Rule, where: str) -> None:
    wrong = [step for step in rule.steps if step not in DECIDERS]
    demand(not wrong, f"{where}.steps", wrong, " ".join(sorted(DECIDERS)))
    demand(len(set(rule.steps)) == len(rule.steps) <= 4, f"{where}.steps", rule.steps, "≤ 4")
    demand(not (rule.refused and rule.steps), f"{where}.refused", rule.steps, "[]")
    demand(0 < len(rule.clause.strip()) <= 40, f"{where}.clause", rule.clause, "1–40")


def _keeps_secrets(rule: Rule, where: str) -> None:
    """Each row is judged alone, so that no order of rows opens anything."""
    kinds = (set(rule.kinds) or set(RequestKind)) & USES
    if rule.refused or not kinds:
        return
    if rule.personnel:
        joint = kinds == {RequestKind.READ} and {Role.HR, Role.GM} <= set(rule.steps)
        demand(joint, f"{where}.personnel", rule.steps, "READ: HR GM (7-1.5)")
    elif (set(rule.levels) or set(Level)) & SECRETS:
        demand(not kinds & LEAVING, f"{where}.kinds", sorted(kinds & LEAVING), "READ COPY EXTRACT (7-1.4)")
        demand(Role.GM in rule.steps, f"{where}.steps", rule.steps, "GM (7-1.4)")
