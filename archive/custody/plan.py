"""归档计划: which series each department files how often, who answers for it, and what has not come (R1, R2, R12).

A period counts as filed as soon as one item of the class and department is dated in it (of a yearly series also
one of that archive year); whether everything has come is the stocktake's and the checklists' to say. Kinds of
paper inside a class are not told apart: they stand on sealed cards, which no reminder opens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import select

from archive import classes, people, tables
from archive.acts import Act
from archive.cards import plain
from archive.custody import periods
from archive.custody.periods import Span
from archive.errors import BadValue, CodeTaken, NotAllowed, NotEmployed, NotFound, PeriodSettled
from archive.model import Department, Item, Person, PlanExcuse, PlanLine, RecordClass, Volume
from archive.statuses import Frequency
from archive.tables import demand
from archive.unit import Unit
from archive.values import Employment, Role, Trigger
from archive.words import Language

EXCUSE_KEY = "plan-excuse"
#: Who plans for every department; a manager plans for his own.
EVERYWHERE = (Role.ARCHIVIST, Role.GM_SECRETARY, Role.GM, Role.SYSTEM)
LONGEST_GRACE = 366


class LineId(str):
    """What names a planned series; people read its beginning, which is enough to name it again."""

    __slots__ = ()

    def told(self, _: Language) -> str:
        """The first eight characters."""
        return self[:8]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One planned series."""

    uid: LineId
    department: str
    class_code: str
    name: str
    frequency: Frequency
    grace_days: int
    keeper: str
    since: dt.date
    until: dt.date | None


@dataclass(frozen=True, slots=True)
class Missing:
    """One period of a planned series that nothing was filed for, past its day."""

    uid: LineId
    department: str
    class_code: str
    name: str
    period: str
    due_on: dt.date
    late_days: int
    keeper: str


# --- planning ---------------------------------------------------------------------------------


def enter(
    unit: Unit, *, department: str, class_code: str, name: str, frequency: Frequency, grace_days: int,
    keeper: str | None = None, since: dt.date | None = None,
) -> PlanLine:  # fmt: skip
    """Plan a series from the period that *since* (today if not said) lies in; *keeper* answers for it (R1).

    Raises `NotAllowed` for another department, `NotFound`, `ClassUnknown`, `BadValue`, `NotEmployed`, `CodeTaken`.
    """
    unit.act(Act.PLAN_EDIT, class_code, department=department, frequency=frequency, grace_days=grace_days)
    _own(unit, department, Act.PLAN_EDIT)
    unit.one(Department, "department", department)
    rule = classes.usable(unit, class_code)
    line = PlanLine(
        department=department, class_code=rule.code, name=_named(name), frequency=frequency,
        grace_days=_grace(grace_days), keeper_uid=_keeper(unit, keeper), since=since or unit.today, doc_type="",
    )  # fmt: skip
    if any(one.name == line.name for one in _live(unit, department, rule.code)):
        raise CodeTaken(code=line.name)
    unit.session.add(line)
    unit.session.flush()
    return line


def edit(
    unit: Unit, uid: str, *, name: str | None = None, grace_days: int | None = None, keeper: str | None = None
) -> PlanLine:
    """Change a line's name, its days of grace, or who answers for it; raises as `enter` does."""
    line = _line(unit, uid)
    unit.act(Act.PLAN_EDIT, line.class_code, line=line.uid, grace_days=grace_days, keeper=keeper)
    _own(unit, line.department, Act.PLAN_EDIT)
    line.name = _named(name) if name is not None else line.name
    line.grace_days = _grace(grace_days) if grace_days is not None else line.grace_days
    line.keeper_uid = _keeper(unit, keeper) if keeper is not None else line.keeper_uid
    return line


def end(unit: Unit, uid: str, *, on: dt.date | None = None) -> PlanLine:
    """Stop expecting a series: periods that end after the day *on* (today if not said) are not asked for."""
    line, day = _line(unit, uid), on or unit.today
    unit.act(Act.PLAN_EDIT, line.class_code, line=line.uid, until=day)
    _own(unit, line.department, Act.PLAN_EDIT)
    if day < line.since or (line.until is not None and line.until < day):
        raise BadValue(field="on", value=day, expected=f"{line.since} … {line.until or ''}")
    line.until = day
    return line


def excuse(unit: Unit, uid: str, period: str, *, reason: str) -> PlanExcuse:
    """Say that a period had nothing to file, and why. Raises `BadValue`, `PeriodSettled`, `NotFound`, `NotAllowed`."""
    line = _line(unit, uid)
    unit.act(Act.PLAN_EXCUSE, line.class_code, private={"reason": reason}, line=line.uid, period=period[:10])
    _own(unit, line.department, Act.PLAN_EXCUSE)
    if not reason.strip():
        raise BadValue(field="reason", value=reason, expected="…")
    span = periods.parse(period, line.frequency)
    if not periods.around(line.since, line.frequency) <= span <= periods.around(unit.today, line.frequency):
        first, last = (periods.around(day, line.frequency).code for day in (line.since, unit.today))
        raise BadValue(field="period_of_plan", value=period, expected=f"{first} … {last}")
    if span in _excused(unit, line) or span in _filed(unit, line, [span]):
        raise PeriodSettled(period=span.code)
    card = unit.keys.seal_with(EXCUSE_KEY, _place(line.uid, span.code), plain({"reason": reason.strip()}))
    said = PlanExcuse(
        plan_uid=line.uid, period=span.code, excused_by=unit.actor.uid, excused_at=unit.now, card=card
    )
    unit.session.add(said)
    unit.session.flush()
    return said


def _place(uid: str, period: str) -> bytes:
    return f"{uid}|{period}".encode()


def _named(name: str) -> str:
    text = " ".join(name.split())
    demand(2 <= len(text) <= 80 and text.isprintable(), "name", name[:40], "2–80")
    return text


def _grace(days: int) -> int:
    demand(0 <= days <= LONGEST_GRACE, "grace_days", days, f"0–{LONGEST_GRACE}")
    return days


def _keeper(unit: Unit, account: str | None) -> str | None:
    if not account:
        return None
    person = unit.person(account)
    if person.employment is not Employment.ACTIVE:
        raise NotEmployed(account=person.account)
    return person.uid


def _own(unit: Unit, department: str, act: Act) -> None:
    if department != unit.actor.department and not unit.actor.has(*EVERYWHERE):
        raise NotAllowed(act=act)


def _line(unit: Unit, uid: str) -> PlanLine:
    """The planned series with this uid, or the only one whose uid begins so; raises `NotFound`."""
    start = PlanLine.uid.startswith(uid, autoescape=True)
    found = list(unit.session.scalars(select(PlanLine).where(start).limit(2)))
    if len(uid) < 6 or len(found) != 1:
        raise NotFound(what="plan", code=uid)
    return found[0]


def _live(unit: Unit, department: str, class_code: str) -> list[PlanLine]:
    rows = select(PlanLine).where(
        PlanLine.department == department, PlanLine.class_code == class_code,
        PlanLine.until.is_(None) | (PlanLine.until >= unit.today),
    )  # fmt: skip
    return list(unit.session.scalars(rows))


# --- the proposed plan ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    """One line of `archive/data/plan.toml`."""

    department: str
    class_code: str
    frequency: Frequency
    grace_days: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What is proposed to a department that no line names."""

    frequency: Frequency
    grace_days: int


@cache
def shipped() -> tuple[tuple[Proposal, ...], Otherwise]:
    """The plan that comes with the product; raises `BadValue` with the place of a slip."""
    table = tables.shipped("plan.toml")
    return tables.rows(Proposal, "line", table["line"]), tables.row(
        Otherwise, "otherwise", table["otherwise"]
    )


def propose(unit: Unit, department: str, *, keeper: str | None = None) -> list[PlanLine]:
    """Enter the proposed lines of a department, those that stand already left out; raises as `enter` does."""
    unit.act(Act.PLAN_EDIT, department, proposed=True)
    _own(unit, department, Act.PLAN_EDIT)
    unit.one(Department, "department", department)
    wanted = [one for one in shipped()[0] if one.department == department] or _by_use(unit, department)
    since = dt.date(unit.today.year, 1, 1)
    zh = unit.settings.tongue is Language.ZH
    return [
        enter(
            unit, department=department, class_code=one.class_code, name=one.zh if zh else one.en,
            frequency=one.frequency, grace_days=one.grace_days, keeper=keeper, since=since,
        )
        for one in wanted
        if not _live(unit, department, one.class_code)
    ]  # fmt: skip


def _by_use(unit: Unit, department: str) -> list[Proposal]:
    """Every class the department has records of whose retention runs from the year's end."""
    used = select(Volume.class_code).where(Volume.department == department)
    alone = select(Item.class_code).where(Item.department == department)
    rows = select(RecordClass).where(
        RecordClass.trigger == Trigger.YEAR_END, RecordClass.code.in_(used) | RecordClass.code.in_(alone)
    )
    rest = shipped()[1]
    return [
        Proposal(department, rule.code, rest.frequency, rest.grace_days, rule.name[:80], rule.name_en[:80])
        for rule in unit.session.scalars(rows.order_by(RecordClass.sort))
    ]


# --- what has not come ------------------------------------------------------------------------


def rows(unit: Unit, *, department: str | None = None, ended: bool = False) -> list[PlanRow]:
    """The plan of the departments this person answers for, by department and class; *ended* lines if asked."""
    unit.look(Act.PLAN_SEE)
    found = _lines(unit, department)
    return shown(unit, [line for line in found if ended or line.until is None or line.until >= unit.today])


def shown(unit: Unit, lines: Iterable[PlanLine]) -> list[PlanRow]:
    """Lines of the plan as lists show them."""
    return [_row(unit, line) for line in lines]


def overdue(unit: Unit, *, keeper: str | None = None, department: str | None = None) -> list[Missing]:
    """The periods past their day that nothing was filed for, longest late first (R2, R12).

    A department's own people see its plan; whether something was filed is no secret to them.
    """
    unit.look(Act.PLAN_SEE)
    answers = unit.person(keeper).uid if keeper else None
    lines = [line for line in _lines(unit, department) if answers in {None, line.keeper_uid}]
    found = [
        _missing(unit, line, span)
        for line in lines
        for span in expected(unit, line)
        if _late(unit, line, span)
    ]
    return sorted(found, key=lambda one: (-one.late_days, one.department, one.class_code, one.period))


def overdue_count(unit: Unit) -> int:
    """How many periods of the whole plan are overdue: a number for the rounds, no card opened."""
    unit.look(Act.PLAN_SEE)
    lines = unit.session.scalars(select(PlanLine)).all()
    return sum(_late(unit, line, span) for line in lines for span in expected(unit, line))


def late_of(unit: Unit, person: Person) -> list[Missing]:
    """The overdue periods of the series somebody answers for, for his clearance (R41); the caller has judged."""
    lines = unit.session.scalars(select(PlanLine).where(PlanLine.keeper_uid == person.uid)).all()
    return [
        _missing(unit, line, span)
        for line in lines
        for span in expected(unit, line)
        if _late(unit, line, span)
    ]


def expected(unit: Unit, line: PlanLine, today: dt.date | None = None) -> list[Span]:
    """The periods of a line that are over, and neither filed nor excused."""
    spans = periods.ended(line.frequency, line.since, line.until, today or unit.today)
    settled = _excused(unit, line) | _filed(unit, line, spans)
    return [span for span in spans if span not in settled]


def _late(unit: Unit, line: PlanLine, span: Span) -> bool:
    return _due(line, span) < unit.today


def _due(line: PlanLine, span: Span) -> dt.date:
    return span.last + dt.timedelta(days=line.grace_days)


def _excused(unit: Unit, line: PlanLine) -> set[Span]:
    codes = unit.session.scalars(select(PlanExcuse.period).where(PlanExcuse.plan_uid == line.uid))
    return {periods.parse(code, line.frequency) for code in codes}


def _filed(unit: Unit, line: PlanLine, spans: Collection[Span]) -> set[Span]:
    """Those of *spans* in which an item of the class and department is dated, or whose archive year it bears."""
    if not spans:
        return set()
    first, last = min(span.first for span in spans), max(span.last for span in spans)
    mine = (Item.class_code == line.class_code, Item.department == line.department)
    days = select(Item.dated).where(*mine, Item.dated.between(first, last)).distinct()
    filed = _spans(unit.session.scalars(days), line.frequency)
    if line.frequency is Frequency.YEAR:
        years = (
            select(Item.archive_year)
            .where(*mine, Item.archive_year.between(first.year, last.year))
            .distinct()
        )
        filed |= _spans((dt.date(year, 1, 1) for year in unit.session.scalars(years)), line.frequency)
    return filed & set(spans)


def _spans(days: Iterable[dt.date | None], frequency: Frequency) -> set[Span]:
    return {periods.around(day, frequency) for day in days if day is not None}


def _lines(unit: Unit, department: str | None) -> list[PlanLine]:
    wanted: Any = select(PlanLine).order_by(PlanLine.department, PlanLine.class_code, PlanLine.name)
    if department:
        wanted = wanted.where(PlanLine.department == department)
    if not unit.actor.has(*EVERYWHERE):
        wanted = wanted.where(PlanLine.department == unit.actor.department)
    return list(unit.session.scalars(wanted))


def _row(unit: Unit, line: PlanLine) -> PlanRow:
    return PlanRow(
        LineId(line.uid), line.department, line.class_code, line.name, line.frequency, line.grace_days, _name(unit, line),
        line.since, line.until,
    )  # fmt: skip


def _missing(unit: Unit, line: PlanLine, span: Span) -> Missing:
    late = (unit.today - _due(line, span)).days
    return Missing(
        LineId(line.uid),
        line.department,
        line.class_code,
        line.name,
        span.code,
        _due(line, span),
        late,
        _name(unit, line),
    )


def _name(unit: Unit, line: PlanLine) -> str:
    return people.name_of(unit, unit.session.get_one(Person, line.keeper_uid)) if line.keeper_uid else ""
