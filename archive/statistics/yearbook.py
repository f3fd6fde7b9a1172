"""档案工作年报: the figures an office reports once a year, on one sheet.

Holdings are those taken in by the end of the year and still here then; electronic files are counted as they are
kept today. Every figure counts only what this person may see (decision 6).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from archive.acts import Act
from archive.errors import BadValue
from archive.model import DestructionLine, Location, TransferLine, TransferList
from archive.policy import visible
from archive.statistics import growth, holdings, use
from archive.statistics.holdings import GONE, Amount, Kind, class_names, period_name
from archive.statistics.spans import By, Span, bound, named, spans
from archive.statuses import DestructionStep, TransferState
from archive.unit import Unit
from archive.values import Level, PlaceKind, Worded
from archive.words import Language, say, spoken


class YearPart(Worded):
    """A part of the sheet."""

    HOLDINGS = "HOLDINGS"
    BY_CLASS = "BY_CLASS"
    BY_PERIOD = "BY_PERIOD"
    BY_LEVEL = "BY_LEVEL"
    TAKEN_IN = "TAKEN_IN"
    USE = "USE"
    LEFT = "LEFT"
    STORE = "STORE"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: in which part it stands, what it counts, the number, in what it is counted."""

    part: YearPart
    name: str
    number: int | float
    unit: str


def yearbook(unit: Unit, year: int, language: Language) -> list[Figure]:
    """The sheet of *year*, or of this year so far; raises `BadValue` for a year to come."""
    unit.look(Act.STATISTICS_SEE)
    if not 1900 <= year <= unit.today.year:
        raise BadValue(field="year", value=year, expected=f"1900–{unit.today.year}")
    (span,) = spans(By.YEAR, dt.date(year, 12, 31), count=1)
    return [Figure(part, name, number, word) for part, name, number, word in _sheet(unit, span, language)]


Told = Iterator[tuple[YearPart, str, int | float, str]]


def _sheet(unit: Unit, span: Span, language: Language) -> Told:
    meant = _here_at(unit, span.after)
    found = holdings.counted(unit, meant, ("class_code", "period", "level"), share=True)
    yield from _whole(sum(found.values(), Amount()), language)
    for part, amounts in _grouped(unit, found, language):
        for name, amount in amounts.items():
            yield part, name, amount.volumes, _word("volumes", language)
            yield part, name, amount.items, _word("items", language)
    yield from _moved(unit, span, language)
    yield from _used(unit, span, language)
    yield from _store(unit, span.after, language)


def _word(name: str, language: Language) -> str:
    return say(f"statistics.unit.{name}", language)


def _name(name: str, language: Language) -> str:
    return say(f"statistics.figure.{name}", language)


# --- holdings at the end of the year --------------------------------------------------------------


def _here_at(unit: Unit, after: dt.date) -> Any:
    """What had been taken in before *after* and was still here then, as far as it may be seen."""
    left = _left_since(unit, after)

    def meant(kind: Kind) -> ColumnElement[bool]:
        here = or_(kind.state.not_in(GONE), *(kind.scope_uid.in_(uids) for uids in left))
        return and_(visible(unit.actor, kind), kind.held_on < after, here)

    return meant


def _left_since(unit: Unit, after: dt.date) -> Sequence[Any]:
    """The records that were destroyed or transferred only on *after* or later."""
    line = DestructionLine
    destroyed = select(line.record_uid).where(
        line.step == DestructionStep.DESTROYED,
        line.destroyed_at >= bound(line.destroyed_at, after, unit.settings.zone),
    )
    gone = select(TransferLine.record_uid).join(TransferList, TransferList.uid == TransferLine.list_uid)
    transferred = gone.where(
        TransferList.state == TransferState.SIGNED,
        TransferLine.pulled_at.is_(None),
        TransferList.signed_on >= after,
    )
    return destroyed, transferred


def _whole(whole: Amount, language: Language) -> Told:
    for name in ("volumes", "items", "pages", "files"):
        yield YearPart.HOLDINGS, _name(name, language), getattr(whole, name), _word(name, language)
    yield YearPart.HOLDINGS, _name("bytes", language), round(whole.bytes / 2**20, 1), "MB"
    yield YearPart.HOLDINGS, _name("electronic", language), whole.electronic, _word("items", language)
    share = round(100 * whole.electronic / whole.items, 1) if whole.items else 0.0
    yield YearPart.HOLDINGS, _name("share", language), share, "%"


def _grouped(
    unit: Unit, found: Mapping[tuple[Any, ...], Amount], language: Language
) -> Iterator[tuple[YearPart, dict[str, Amount]]]:
    """The same by group of classes, by period, by level."""
    sums: list[dict[Any, Amount]] = [defaultdict(Amount) for _ in range(3)]
    for (code, *others), amount in found.items():
        for place, key in enumerate((code.partition("·")[0], *others)):
            sums[place][key] += amount
    (groups, periods, levels), names = sums, class_names(unit, language)
    yield YearPart.BY_CLASS, {f"{code} {names[code]}": groups[code] for code in names if code in groups}
    ordered = holdings.longest_first(periods)
    yield YearPart.BY_PERIOD, {period_name(code, language): periods[code] for code in ordered}
    yield YearPart.BY_LEVEL, {spoken(level, language): levels[level] for level in Level if level in levels}


# --- what happened in the year --------------------------------------------------------------------


def _moved(unit: Unit, span: Span, language: Language) -> Told:
    sums = Counter(growth.counted(unit, [span]).get(span.key, {}))
    for part, what in (
        (YearPart.TAKEN_IN, "accepted"), (YearPart.TAKEN_IN, "filed"), (YearPart.LEFT, "destroyed"), (YearPart.LEFT, "transferred"),
    ):  # fmt: skip
        for name in ("volumes", "items"):
            yield part, _name(what, language), sums[f"{what}_{name}"], _word(name, language)


#: What of a register stands on the sheet, and in what it is counted.
_USE = (
    ("borrowers", "persons"), ("loans", "times"), ("lent_items", "items"), ("readers", "persons"),
    ("readings", "times"), ("visitors", "persons"), ("copies", "times"), ("copied_pages", "pages"),
    ("renewals", "times"),
)  # fmt: skip


def _used(unit: Unit, span: Span, language: Language) -> Told:
    found = use.counted(unit, [span], lambda column: named(column, [span], unit.settings.zone))
    sums = found.get(span.key, {})
    for name, word in _USE:
        yield YearPart.USE, _name(name, language), sums.get(name) or 0, _word(word, language)


def _store(unit: Unit, after: dt.date, language: Language) -> Told:
    made = Location.created_at < bound(Location.created_at, after, unit.settings.zone)
    rows = select(Location.kind, func.count()).where(made).group_by(Location.kind)
    counts = {kind: number for kind, number in unit.session.execute(rows)}  # noqa: C416  rows are no pairs
    for kind in (PlaceKind.ROOM, PlaceKind.CABINET):
        yield YearPart.STORE, spoken(kind, language), counts.get(kind, 0), _word(kind.value.lower(), language)
