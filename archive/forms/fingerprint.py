"""The line at the foot of registers of loans and destruction: how long the log was, and its short root.

`audit verify --expect` takes it as it is printed: a log rewritten afterwards no longer fits the paper (R40, A3).
"""

from __future__ import annotations

from archive import audit
from archive.unit import Unit
from archive.words import Language, say


def line(unit: Unit, language: Language) -> str:
    """The foot of a register printed now: the log as it stands before the line that this print leaves."""
    anchor = audit.standing(unit.session)
    return say("printed.foot", language, anchor=f"{anchor.size}:{anchor.fingerprint}", day=unit.today)
