"""月末清点、年度核对: the books frozen, counted by two people, checked by a third (R24, R28, V16, F16).

Counting itself is in `archive.custody.counts`, the figures in `archive.custody.tallies`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, literal, or_, select

from archive import people, quorum, registry
from archive.acts import Act
from archive.cards import plain
from archive.custody import whereabouts
from archive.errors import BadValue, CountOpen, NotEmployed, NotFound, NothingToCount, SameSigner, TwoCounters
from archive.lives import STOCKTAKE
from archive.model import (
    Department,
    Item,
    Location,
    Person,
    RecordClass,
    Stocktake,
    StocktakeLine,
    Volume,
    new_uid,
)
from archive.policy import visible
from archive.statuses import StocktakeKind, StocktakeState
from archive.unit import Unit
from archive.values import Employment, VolumeState
from archive.volumes import next_number

CARD_KEY = "stocktake"
#: What the archive holds, and so must be able to show.
HELD = frozenset(
    {VolumeState.HELD, VolumeState.SEALED, VolumeState.UNSEALED, VolumeState.DUE, VolumeState.RETAINED}
)
LIVE = frozenset({StocktakeState.COUNTING, StocktakeState.COMPARED})
#: The annual check is held early in the year (R28): by the end of this month.
ANNUAL_BY = 3

PERIODS: Mapping[StocktakeKind, tuple[str, str]] = {
    StocktakeKind.MONTH: ("%Y-%m", r"\d{4}-(0[1-9]|1[0-2])"),
    StocktakeKind.YEAR: ("%Y", r"\d{4}"),
    StocktakeKind.SPOT: ("%Y-%m-%d", r"\d{4}-\d\d-\d\d"),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: all that is held, or only a class, a department, a place."""

    class_code: str = ""
    department: str = ""
    place: Location | None = None

    def of(self, kind: type[Volume | Item]) -> list[Any]:
        """The conditions on *kind*."""
        found: list[Any] = [kind.state.in_(HELD)]
        if kind is Item:
            found.append(Item.volume_uid.is_(None))
        if self.class_code:
            below = kind.class_code.startswith(f"{self.class_code}·", autoescape=True)
            found.append(or_(kind.class_code == self.class_code, below))
        if self.department:
            found.append(kind.department == self.department)
        if self.place is not None:
            found.append(kind.place_uid.in_(registry.within(self.place)))
        return found


@dataclass(frozen=True, slots=True)
class StocktakeRow:
    """One run in the list of stocktakes."""

    number: str
    kind: StocktakeKind
    period: str
    scope: str
    blind: bool
    state: StocktakeState
    begun_at: dt.datetime
    counters: tuple[str, str]
    checked_by: str
    closed_at: dt.datetime | None
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class DueCount:
    """A count that is due: for which period, by which day, how many days late."""

    kind: StocktakeKind
    period: str
    due_on: dt.date
    overdue_days: int


# --- beginning --------------------------------------------------------------------------------


def begin(
    unit: Unit, kind: StocktakeKind, period: str | None = None, *, counters: tuple[str, str], class_code: str = "",
    department: str = "", place: str | None = None, blind: bool = False,
) -> Stocktake:  # fmt: skip
    """Freeze the books for a count by two people, named by their accounts; *period* is the present one if not given.

    Raises `NotFound`, `NotEmployed`, `SameSigner`, `BadValue` (a period to come), `CountOpen`, `NothingToCount`.
    """
    first, second = (unit.person(account) for account in counters)
    unit.act(Act.STOCKTAKE_BEGIN, kind=kind, period=period, counters=[first.account, second.account])
    _two_counters(first, second)
    scope = _scope(unit, class_code, department, place)
    _none_open(unit, kind, scope)
    _something(unit, scope)
    prefix = f"QD{unit.today.year}-"
    run = Stocktake(
        uid=new_uid(), number=f"{prefix}{next_number(unit, prefix):04d}", kind=kind,
        period=_period(unit, kind, period), class_code=scope.class_code, department=scope.department,
        place_uid=scope.place.uid if scope.place else None, blind=blind, state=StocktakeState.COUNTING,
        begun_by=unit.actor.uid, begun_at=unit.now, counter_one=first.uid, counter_two=second.uid,
    )  # fmt: skip
    unit.session.add(run)
    unit.session.flush()
    line = unit.lines[-1]
    line.kind, line.uid, line.code = "stocktake", run.uid, run.number
    _freeze(unit, run, scope)
    return run


def two(accounts: Sequence[str]) -> tuple[str, str]:
    """The accounts of exactly two counters; raises `TwoCounters` for fewer or more (F16)."""
    if len(accounts) != 2:
        raise TwoCounters(field="counters", value=len(accounts), expected=2)
    return accounts[0], accounts[1]


def _two_counters(first: Person, second: Person) -> None:
    if first.uid == second.uid:
        raise SameSigner(act=Act.STOCKTAKE_COUNT)
    for person in (first, second):
        if person.employment is not Employment.ACTIVE:
            raise NotEmployed(account=person.account)


def _scope(unit: Unit, class_code: str, department: str, place: str | None) -> Scope:
    if class_code and unit.session.get(RecordClass, class_code) is None:
        raise NotFound(what="class", code=class_code)
    if department:
        unit.one(Department, "department", department)
    return Scope(class_code, department, unit.one(Location, "location", place) if place else None)


def _none_open(unit: Unit, kind: StocktakeKind, scope: Scope) -> None:
    same = select(Stocktake.number).where(
        Stocktake.kind == kind,
        Stocktake.state.in_(LIVE),
        Stocktake.class_code == scope.class_code,
        Stocktake.department == scope.department,
        Stocktake.place_uid == (scope.place.uid if scope.place else None),
    )
    number = unit.session.scalar(same.limit(1))
    if number is not None:
        raise CountOpen(number=number)


def _period(unit: Unit, kind: StocktakeKind, given: str | None) -> str:
    form, pattern = PERIODS[kind]
    now = unit.today.strftime(form)
    period = now if given is None else given.strip()
    if not re.fullmatch(pattern, period, re.ASCII) or period > now:
        raise BadValue(field="period_of_plan", value=period[:20], expected=f"≤ {now}")
    return period


def _something(unit: Unit, scope: Scope) -> None:
    """Raise `NothingToCount` where this person sees nothing to count: told alike if there is nothing (V23)."""
    for kind in (Volume, Item):
        seen = select(kind.uid).where(*scope.of(kind), visible(unit.actor, kind))
        if unit.session.scalar(seen.limit(1)) is not None:
            return
    raise NothingToCount


def _freeze(unit: Unit, run: Stocktake, scope: Scope) -> None:
    """Write a line for every volume and lone item in *scope*, by two statements; nothing is opened."""
    columns = ["stocktake_uid", "record_uid", "code", "expected", "place_uid"]
    for kind, key in ((Volume, Item.volume_uid), (Item, Item.uid)):
        alone = Item.volume_uid.is_(None) if kind is Item else Item.volume_uid.is_not(None)
        gone = whereabouts.papers(key).where(alone).subquery("gone")
        where = whereabouts.kind_of(gone, kind.place_uid)
        rows = select(literal(run.uid), kind.uid, kind.reference_code, where, kind.place_uid).select_from(
            kind
        )
        rows = rows.outerjoin(gone, gone.c.record_uid == kind.uid).where(*scope.of(kind))
        unit.session.execute(insert(StocktakeLine).from_select(columns, rows))


# --- finding runs -----------------------------------------------------------------------------


def one(unit: Unit, number: str) -> Stocktake:
    """The run with this number; raises `NotFound`. The caller judges."""
    run = unit.session.scalar(select(Stocktake).where(Stocktake.number == number))
    if run is None:
        raise NotFound(what="stocktake", code=number)
    return run


def counts_in(unit: Unit, run: Stocktake) -> bool:
    """True if the actor is one of the two counters."""
    return unit.actor.uid in {run.counter_one, run.counter_two}


def blinded(unit: Unit, run: Stocktake) -> bool:
    """True while the actor counts blind: he is not told what is expected."""
    return run.blind and run.state is StocktakeState.COUNTING and counts_in(unit, run)


def card(unit: Unit, run: Stocktake) -> dict[str, Any]:
    """What was written on a run at its end: remarks, the day by which faults are mended, why it was cancelled."""
    if not run.card:
        return {}
    return dict(json.loads(unit.keys.open_with(CARD_KEY, run.uid.encode(), run.card)))


def write(unit: Unit, run: Stocktake, **told: object) -> None:
    """Seal what is *told* on the run; the caller has named the act."""
    run.card = unit.keys.seal_with(CARD_KEY, run.uid.encode(), plain({**card(unit, run), **told}))


def rows(unit: Unit, *, open_only: bool = False) -> list[StocktakeRow]:
    """All runs, newest first; no figures, which depend on what one may see."""
    unit.look(Act.STOCKTAKE_SEE)
    found = select(Stocktake).order_by(Stocktake.begun_at.desc(), Stocktake.number.desc())
    if open_only:
        found = found.where(Stocktake.state.in_(LIVE))
    return [_row(unit, run) for run in unit.session.scalars(found)]


def _row(unit: Unit, run: Stocktake) -> StocktakeRow:
    return StocktakeRow(
        run.number, run.kind, run.period, told_scope(unit, run), run.blind, run.state, run.begun_at,
        (name(unit, run.counter_one), name(unit, run.counter_two)), name(unit, run.checked_by), run.closed_at,
        run.agrees,
    )  # fmt: skip


def told_scope(unit: Unit, run: Stocktake) -> str:
    """The scope by its codes; empty for all."""
    place = unit.session.get(Location, run.place_uid) if run.place_uid else None
    return " ".join(part for part in (run.class_code, run.department, place.code if place else "") if part)


def name(unit: Unit, uid: str | None) -> str:
    """The name of the person with this uid, or nothing for nobody."""
    return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""


# --- ending without a result ------------------------------------------------------------------


def cancel(unit: Unit, number: str, *, reason: str) -> Stocktake:
    """Give a run up; its lines stay. Raises `NotFound`, `WrongState`, `BadValue` without a reason."""
    run = one(unit, number)
    unit.act(Act.STOCKTAKE_CANCEL, run, private={"reason": reason})
    run.state = STOCKTAKE.after(run.state, Act.STOCKTAKE_CANCEL)
    if not reason.strip():
        raise BadValue(field="reason", value=reason, expected="…")
    write(unit, run, reason=reason.strip())
    return run


# --- what is due ------------------------------------------------------------------------------


def missing_months(unit: Unit, since: dt.date | None = None) -> list[str]:
    """The months (2026-02), from the first with something held to last month, without a closed month-end run (V16).

    A month is counted by one run over everything, or by runs of every department that had something then.
    """
    unit.look(Act.STOCKTAKE_SEE)
    firsts = _first_held(unit)
    if not firsts:
        return []
    done, found = _closed(unit, StocktakeKind.MONTH), []
    for month in _months(max(since or dt.date.min, min(firsts.values())), unit.today):
        holding = {department for department, day in firsts.items() if day < _next_month(month)}
        if holding and not _covered(done, f"{month:%Y-%m}", holding):
            found.append(f"{month:%Y-%m}")
    return found


def annual_done(unit: Unit, year: int) -> bool:
    """True if the annual check held in *year* has been closed, for all or department by department (R28)."""
    return _covered(_closed(unit, StocktakeKind.YEAR), f"{year:04d}", set(_first_held(unit)))


def due(unit: Unit) -> list[DueCount]:
    """Every count that is due or late: missed months, this month's, this year's annual check (by March)."""
    months = [dt.date.fromisoformat(f"{month}-01") for month in missing_months(unit)]
    firsts = _first_held(unit)
    this = unit.today.replace(day=1)
    if firsts and not _covered(_closed(unit, StocktakeKind.MONTH), f"{this:%Y-%m}", set(firsts)):
        months.append(this)
    found = [_due(unit, StocktakeKind.MONTH, f"{one:%Y-%m}", _next_month(one)) for one in months]
    if min(firsts.values(), default=unit.today).year < unit.today.year and not annual_done(
        unit, unit.today.year
    ):
        by = dt.date(unit.today.year, ANNUAL_BY + 1, 1)
        found.append(_due(unit, StocktakeKind.YEAR, f"{unit.today:%Y}", by))
    return found


def _due(unit: Unit, kind: StocktakeKind, period: str, after: dt.date) -> DueCount:
    day = after - dt.timedelta(days=1)
    return DueCount(kind, period, day, max(0, (unit.today - day).days))


def _first_held(unit: Unit) -> dict[str, dt.date]:
    """For every department the day on which its first record was accepted."""
    found: dict[str, dt.date] = {}
    for kind in (Volume, Item):
        days = select(kind.department, func.min(kind.held_on)).where(kind.held_on.is_not(None))
        for department, day in unit.session.execute(days.group_by(kind.department)):
            found[department] = min(day or unit.today, found.get(department, unit.today))
    return found


def _closed(unit: Unit, kind: StocktakeKind) -> dict[str, set[str]]:
    """For every period the departments counted in closed runs; an empty name stands for all of them."""
    found: dict[str, set[str]] = {}
    runs = select(Stocktake.period, Stocktake.department).where(
        Stocktake.kind == kind,
        Stocktake.state == StocktakeState.CLOSED,
        Stocktake.class_code == "",
        Stocktake.place_uid.is_(None),
    )
    for period, department in unit.session.execute(runs):
        found.setdefault(period, set()).add(department)
    return found


def _covered(done: Mapping[str, set[str]], period: str, holding: Iterable[str]) -> bool:
    counted, wanted = done.get(period, set()), set(holding)
    return "" in counted or (bool(wanted) and wanted <= counted)


def _months(first: dt.date, today: dt.date) -> Sequence[dt.date]:
    """The first days of the months from that of *first* to the last one that is over."""
    found, month = [], first.replace(day=1)
    while month < today.replace(day=1):
        found.append(month)
        month = _next_month(month)
    return found


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def close(unit: Unit, run: Stocktake, *, agrees: bool) -> None:
    """Close a counted run: by a third person, who did not count. `archive.custody.tallies.close` asks first.

    Raises `MissingPeople`, `SameSigner`, `WrongState`.
    """
    quorum.demand(unit, Act.STOCKTAKE_CLOSE)
    if counts_in(unit, run):
        raise SameSigner(act=Act.STOCKTAKE_CLOSE)
    run.state = STOCKTAKE.after(run.state, Act.STOCKTAKE_CLOSE)
    run.checked_by, run.closed_at, run.agrees = unit.actor.uid, unit.now, agrees
