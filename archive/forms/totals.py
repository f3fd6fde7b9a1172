"""总目录 (F8): volumes, items and pages by class, year, period and department, of what the reader may see (V5).

Counted by the database in five questions, however many volumes there are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, and_, case, func, select

from archive.forms.holdings import Names, narrowed
from archive.forms.kinds import Wanted
from archive.model import Item, Loan, Volume
from archive.policy import visible
from archive.unit import Unit
from archive.values import CONFIDENTIAL, LoanState, VolumeState
from archive.words import Language, say

Key = tuple[str, int, str, str]
_GONE = (VolumeState.DESTROYED, VolumeState.TRANSFERRED)


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One line of the 总目录; *standing*: in store / on loan / destroyed / handed on, in volumes (or lone items)."""

    class_code: str
    class_name: str
    year: str
    period: str
    department: str
    codes: str
    volumes: int
    items: int
    pages: int
    standing: str
    place: str
    counts: tuple[int, int, int, int]
    confidential: int


@dataclass(slots=True)
class _Tally:
    """What was counted of one class, year, period and department."""

    volumes: int = 0
    lone: int = 0
    items: int = 0
    pages: int = 0
    out: int = 0
    confidential: int = 0
    codes: list[str] = field(default_factory=list)
    places: dict[str, None] = field(default_factory=dict)
    states: Counter[VolumeState] = field(default_factory=Counter)


def series(unit: Unit, wanted: Wanted, names: Names) -> list[SeriesRow]:
    """The lines in the order of their classes, years, periods and departments."""
    found: dict[Key, _Tally] = defaultdict(_Tally)
    for kind in (Volume, Item):
        _states(unit, wanted, kind, found)
        _places(unit, wanted, kind, names, found)
        _loans(unit, wanted, kind, found)
    _inside(unit, wanted, found)
    return [_row(key, found[key], names) for key in sorted(found)]


def summed(rows: Sequence[SeriesRow], language: Language) -> SeriesRow:
    """合计: the sums of all lines (V5)."""
    counts = [sum(row.counts[place] for row in rows) for place in range(4)]
    return SeriesRow(
        "", say("catalogue.sum", language), "", "", "", "", sum(row.volumes for row in rows),
        sum(row.items for row in rows), sum(row.pages for row in rows), _slashed(counts), "",
        (counts[0], counts[1], counts[2], counts[3]), 0,
    )  # fmt: skip


def _slashed(counts: Iterable[int]) -> str:
    return " / ".join(map(str, counts))


def _seen(unit: Unit, wanted: Wanted, kind: type[Any], *columns: Any) -> Select[Any]:
    """Columns of visible volumes, or of visible items kept alone, after the four that make a line."""
    key = (kind.class_code, kind.archive_year, kind.period, kind.department)
    rows = select(*key, *columns).where(visible(unit.actor, kind))
    if kind is Item:
        rows = rows.where(Item.volume_uid.is_(None))
    found: Select[Any] = narrowed(rows, kind, wanted)
    return found


def _states(unit: Unit, wanted: Wanted, kind: type[Any], found: dict[Key, _Tally]) -> None:
    pages = func.sum(Item.page_count) if kind is Item else func.count()
    secret = func.sum(case((kind.level >= CONFIDENTIAL, 1), else_=0))
    ends = func.min(kind.reference_code), func.max(kind.reference_code)
    rows = _seen(unit, wanted, kind, kind.state, func.count(), pages, secret, *ends)
    grouped = rows.group_by(kind.class_code, kind.archive_year, kind.period, kind.department, kind.state)
    for *key, state, count, summed_pages, confidential, first, last in unit.session.execute(grouped):
        one = found[_key(key)]
        one.states[state] += count
        one.codes += [first, last]
        one.confidential += confidential
        if kind is Volume:
            one.volumes += count
        else:
            one.lone, one.items, one.pages = (
                one.lone + count,
                one.items + count,
                one.pages + int(summed_pages or 0),
            )


def _inside(unit: Unit, wanted: Wanted, found: dict[Key, _Tally]) -> None:
    """The visible items of the visible volumes."""
    rows = _seen(unit, wanted, Volume, func.count(), func.sum(Item.page_count))
    joined = rows.join(Item, and_(Item.volume_uid == Volume.uid, visible(unit.actor, Item)))
    grouped = joined.group_by(Volume.class_code, Volume.archive_year, Volume.period, Volume.department)
    for *key, count, pages in unit.session.execute(grouped):
        one = found[_key(key)]
        one.items, one.pages = one.items + count, one.pages + int(pages or 0)


def _loans(unit: Unit, wanted: Wanted, kind: type[Any], found: dict[Key, _Tally]) -> None:
    """Those on loan as a whole."""
    of = Loan.volume_uid if kind is Volume else Loan.item_uid
    out = and_(of == kind.uid, Loan.state == LoanState.OUT, Loan.only_copy.is_(False))
    rows = _seen(unit, wanted, kind, func.count(kind.uid.distinct())).join(Loan, out)
    grouped = rows.group_by(kind.class_code, kind.archive_year, kind.period, kind.department)
    for *key, count in unit.session.execute(grouped):
        found[_key(key)].out += count


def _places(unit: Unit, wanted: Wanted, kind: type[Any], names: Names, found: dict[Key, _Tally]) -> None:
    """Rooms and cabinets they stand in: the two outermost places."""
    rows = _seen(unit, wanted, kind, kind.place_uid).where(kind.place_uid.is_not(None)).distinct()
    for *key, uid in unit.session.execute(rows):
        way = names.place(uid).split(" / ")[:2]
        found[_key(key)].places[" / ".join(way)] = None


def _key(key: Sequence[Any]) -> Key:
    code, year, period, department = key
    return code, year, period, department


def _row(key: Key, one: _Tally, names: Names) -> SeriesRow:
    code, year, period, department = key
    gone = [one.states[state] for state in _GONE]
    counts = sum(one.states.values()) - one.out - sum(gone), one.out, gone[0], gone[1]
    return SeriesRow(
        code, names.class_of(code), str(year), names.period(period), names.department(department),
        _ends(one.codes), one.volumes, one.items, one.pages, _slashed(counts), "、".join(sorted(one.places)),
        counts, one.confidential,
    )  # fmt: skip


def _ends(codes: Sequence[str]) -> str:
    """起止号: the numbers alone where what stands before them is the same, else both codes whole."""
    first, last = min(codes), max(codes)
    stem, dash, number = first.rpartition("-")
    other, _, end = last.rpartition("-")
    if stem == other and dash:
        return number if number == end else f"{number}–{end}"
    return f"{first}\n{last}"
