"""The checks of the four properties, as a table (DA/T 70, domain §3.8); pure.

An id keeps its meaning: Z 真实性, W 完整性, K 可用性, A 安全性. What a check looks at differs between a record that is
kept here and a package; what it is called, and which property it proves, does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archive.exchange import Passing, Property
from archive.words import Language, say

RECORD, PACKAGE = "record", "package"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its id, the property it proves, the clause that wants it, of what it can be made."""

    id: str
    proves: Property
    clause: str
    of: frozenset[str]

    @property
    def word(self) -> str:
        """The key of what it checks."""
        return f"check.{self.id.lower()}"


_P = Property
_BOTH = frozenset({RECORD, PACKAGE})
_RECORD, _PACKAGE = frozenset({RECORD}), frozenset({PACKAGE})

TABLE: tuple[Check, ...] = (
    Check("Z-1", _P.AUTHENTIC, "DA/T 18-2022; DA/T 70", _BOTH),
    Check("Z-2", _P.AUTHENTIC, "DA/T 46-2009; DA/T 70", _BOTH),
    Check("Z-3", _P.AUTHENTIC, "DA/T 70", _BOTH),
    Check("Z-4", _P.AUTHENTIC, "条例 39; DA/T 70", _BOTH),
    Check("Z-5", _P.AUTHENTIC, "DA/T 46-2009; PREMIS 3", _BOTH),
    Check("Z-6", _P.AUTHENTIC, "ISO 15489-1", _RECORD),
    Check("Z-7", _P.AUTHENTIC, "RFC 8493", _PACKAGE),
    Check("W-1", _P.COMPLETE, "V4; DA/T 70", _BOTH),
    Check("W-2", _P.COMPLETE, "V4; DA/T 70", _BOTH),
    Check("W-3", _P.COMPLETE, "DA/T 22-2015", _RECORD),
    Check("W-4", _P.COMPLETE, "DA/T 70", _BOTH),
    Check("W-5", _P.COMPLETE, "DA/T 70", _RECORD),
    Check("W-6", _P.COMPLETE, "DA/T 70", _BOTH),
    Check("K-1", _P.USABLE, "DA/T 70", _BOTH),
    Check("K-2", _P.USABLE, "DA/T 70", _BOTH),
    Check("K-3", _P.USABLE, "DA/T 70", _BOTH),
    Check("K-4", _P.USABLE, "DA/T 70", _RECORD),
    Check("K-5", _P.USABLE, "DA/T 70", _PACKAGE),
    Check("A-1", _P.SECURE, "DA/T 70", _RECORD),
    Check("A-2", _P.SECURE, "DA/T 70", _BOTH),
    Check("A-3", _P.SECURE, "R22", _RECORD),
    Check("A-4", _P.SECURE, "DA/T 70", _RECORD),
    Check("A-5", _P.SECURE, "DA/T 70", _BOTH),
    Check("A-6", _P.SECURE, "RFC 8493", _PACKAGE),
)
BY_ID: Mapping[str, Check] = {one.id: one for one in TABLE}


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something in evidence that is read aloud by its word."""

    word: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen, as a sentence `evidence.<key>` with its facts: codes, counts, days; no title, no file name."""

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def told(self, language: Language) -> str:
        """The sentence."""
        return say(f"evidence.{self.key}", language, **self.facts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check came to."""

    passing: Passing
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of a report: which check of which record or package, what it came to, on what evidence."""

    subject: str
    check: Check
    passing: Passing
    evidence: Evidence

    @property
    def id(self) -> str:
        """The id of the check."""
        return self.check.id

    @property
    def proves(self) -> Property:
        """The property it proves."""
        return self.check.proves

    @property
    def clause(self) -> str:
        """The clause that wants it."""
        return self.check.clause


def passed(key: str, **facts: Any) -> Outcome:
    """The check passed."""
    return Outcome(Passing.PASSED, Evidence(key, facts))


def warned(key: str, **facts: Any) -> Outcome:
    """Nothing is wrong, but a person should look."""
    return Outcome(Passing.WARNED, Evidence(key, facts))


def failed(key: str, **facts: Any) -> Outcome:
    """The check failed."""
    return Outcome(Passing.FAILED, Evidence(key, facts))


def not_applicable(key: str, **facts: Any) -> Outcome:
    """There is nothing the check could look at."""
    return Outcome(Passing.NOT_APPLICABLE, Evidence(key, facts))


def counts(verdicts: Iterable[Verdict]) -> Mapping[Property, Mapping[Passing, int]]:
    """How many checks of each property came to what."""
    found = {one: dict.fromkeys(Passing, 0) for one in Property}
    for verdict in verdicts:
        found[verdict.proves][verdict.passing] += 1
    return found


def few(codes: Iterable[str], most: int = 5) -> list[str]:
    """The first of *codes*, for a sentence."""
    return sorted(set(codes))[:most]
