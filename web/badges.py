"""The numbers beside entries of the menu: what waits for the person signed in, counted only of what he may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archive.acts import Act
from archive.unit import Unit
from web.asking import asking

#: How each number is counted, and as the reading of which act.
COUNTS: Mapping[str, tuple[Act, Callable[[Unit], int]]] = {}


def counted(name: str) -> int:
    """The number called *name*; nothing waits where nobody counts."""
    if name not in COUNTS:
        return 0
    act, count = COUNTS[name]
    with asking(act) as unit:
        return count(unit)
