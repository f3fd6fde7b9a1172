"""Reference codes that records have already on paper: kept as they are, none given twice (DA/T 13 4.1, V1, V24)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from sqlalchemy import select

from archive.codes import reference_checked, running
from archive.errors import BadValue, CodeTaken
from archive.model import Item, Series, Volume
from archive.unit import Unit

#: Slips, lists and runs are numbered so: letters, the year.
_SLIPS = re.compile(r"[A-Z]{2}[0-9]{4}-")


def of_slips(prefix: str) -> bool:
    """True for a series of slips (`JY2026-`): a record whose code on paper is spelt like one moves it neither on nor back."""
    return _SLIPS.fullmatch(prefix) is not None


def taken(unit: Unit, codes: Collection[str]) -> set[str]:
    """Those of *codes* that a record has, hidden ones among them: none is given twice (V1)."""
    found: set[str] = set()
    wanted = sorted(set(codes))
    kinds: tuple[type[Volume | Item], ...] = (Volume, Item)
    for start in range(0, len(wanted), 500):
        batch = wanted[start : start + 500]
        for kind in kinds:
            found |= set(
                unit.session.scalars(select(kind.reference_code).where(kind.reference_code.in_(batch)))
            )
    return found


def kept_codes(unit: Unit, codes: Sequence[str]) -> None:
    """Keep *codes* that records have already on paper: free ones only, and their series go on after them (V1, V24).

    Raises `CodeTaken`, `BadValue`.
    """
    for code in codes:
        if reference_checked(code) != code:
            raise BadValue(field="code", value=code[:40], expected=reference_checked(code))
    clash = taken(unit, codes) or {code for code in codes if codes.count(code) > 1 and len(codes) > 1}
    if clash:
        raise CodeTaken(code=min(clash))
    ends: dict[str, int] = {}
    for prefix, number in filter(None, map(running, codes)):
        if not of_slips(prefix):
            ends[prefix] = max(number, ends.get(prefix, 0))
    for prefix, number in sorted(ends.items()):
        row = unit.session.get(Series, prefix, with_for_update=True)
        if row is None:
            unit.session.add(Series(prefix=prefix, last=number))
        else:
            row.last = max(row.last, number)
    unit.session.flush()
