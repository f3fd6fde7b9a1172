"""鉴定: what is due is taken up once a year, line by line, judged by a panel, closed by its leader (条例 24, F21, F22).

A record stands on one open appraisal at most, and is not taken up again while a verdict waits to be carried out.
What the beginner may not see is not taken up by him; the January rounds take up everything, and open no card.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence

from sqlalchemy import func, select

from archive import classes, quorum
from archive.acts import Act
from archive.cards import plain
from archive.circulation.incidents import said
from archive.custody.wholes import by_uid
from archive.errors import (
    AskedTwice,
    BadValue,
    LineDecided,
    LinesOpen,
    NotFound,
    NothingDecided,
    NothingToAppraise,
    SomeDecided,
)
from archive.lives import APPRAISAL
from archive.model import Appraisal, AppraisalLine, Department, Item, Person, Volume, new_uid
from archive.statuses import AppraisalState
from archive.unit import Unit
from archive.volumes import next_number
from retention.appraising import panel
from retention.appraising.taking_up import Scope, due, fit, row_of, write

APPRAISAL_KEY = "appraisal"

Line = tuple[AppraisalLine, Volume | Item]


# --- beginning ------------------------------------------------------------------------------------


def begin(
    unit: Unit, *, year: int | None = None, as_of: dt.date | None = None, class_code: str = "",
    department: str = "", leader: str | None = None, members: Sequence[str] = (), codes: Sequence[str] = (),
    basis: str = "",
) -> Appraisal:  # fmt: skip
    """Begin an appraisal of what is due on *as_of* (today), or of the records named by *codes*, due or not.

    *year* is the year a new period counts from (this year). Raises `NothingToAppraise`, `BadValue`, `PanelUnfit`,
    `NotFound`, and for named records what `add` raises.
    """
    scope = Scope(as_of or unit.today, class_code, department)
    year = unit.today.year if year is None else year
    unit.act(Act.APPRAISAL_BEGIN, year=year, class_code=class_code, department=department)
    _sensible(unit, year, scope)
    _known(unit, scope)
    rows = [row_of(record) for record in fit(unit, codes)] if codes else due(unit, scope)
    if not rows:
        raise NothingToAppraise(year=year)
    made = _enter(unit, year, scope, basis)
    write(unit, made, rows)
    panel.seat_anew(unit, made, leader=leader, members=members)
    return made


def begin_for_year(unit: Unit, year: int) -> Appraisal | None:
    """The yearly appraisal of what is due on 1 January, for the rounds; None if it has begun, or nothing is due.

    Nothing is decided and no card is opened; the panel is appointed by people afterwards.
    """
    whole = select(Appraisal.uid).where(
        Appraisal.year == year, Appraisal.class_code == "", Appraisal.department == "",
        Appraisal.state != AppraisalState.CANCELLED, Appraisal.as_of >= dt.date(year, 1, 1),
    )  # fmt: skip
    if unit.session.scalar(whole.limit(1)) is not None:
        return None
    scope = Scope(dt.date(year, 1, 1))
    rows = due(unit, scope)
    if not rows:
        return None
    unit.act(Act.APPRAISAL_BEGIN, year=year)
    made = _enter(unit, year, scope, "")
    write(unit, made, rows)
    return made


def _known(unit: Unit, scope: Scope) -> None:
    """A mistyped class or department is not an empty appraisal; raises `ClassUnknown`, `NotFound`."""
    if scope.class_code:
        classes.known(unit, scope.class_code)
    if scope.department:
        unit.one(Department, "department", scope.department)


def _sensible(unit: Unit, year: int, scope: Scope) -> None:
    """Nothing is taken up before it is due, nor into a year to come."""
    if scope.as_of > unit.today:
        raise BadValue(field="as_of", value=scope.as_of, expected=f"≤ {unit.today}")
    if not scope.as_of.year <= year <= unit.today.year:
        raise BadValue(field="year", value=year, expected=f"{scope.as_of.year}–{unit.today.year}")


def _enter(unit: Unit, year: int, scope: Scope, basis: str) -> Appraisal:
    """The row of a new appraisal; the line of the log bears its number."""
    prefix = f"JD{year}-"
    made = Appraisal(
        uid=new_uid(), number=f"{prefix}{next_number(unit, prefix):04d}", year=year, as_of=scope.as_of,
        class_code=scope.class_code, department=scope.department, state=AppraisalState.OPEN,
        begun_at=unit.now, begun_by=unit.actor.uid,
    )  # fmt: skip
    if basis.strip():
        _seal(unit, made, basis=said(basis, "basis"))
    unit.session.add(made)
    unit.session.flush()
    line = unit.lines[-1]
    line.kind, line.uid, line.code = "appraisal", made.uid, made.number
    return made


# --- more, fewer ----------------------------------------------------------------------------------


def add(unit: Unit, number: str, codes: Sequence[str]) -> int:
    """Take up more records, due or not; what is not due yet may be kept longer, never destroyed (V18).

    How many. Raises `WrongState`, `OnAppraisal`, `OnOtherList`, `InVolume`, `AskedTwice`, `NotFound`.
    """
    made = one(unit, number)
    unit.act(Act.APPRAISAL_ADD, made)
    APPRAISAL.after(made.state, Act.APPRAISAL_ADD)
    records = fit(unit, codes)
    for record in records:
        unit.act(Act.APPRAISAL_ADD, record, number=made.number)
    off = {line.record_uid: line for line in lines(unit, made, removed=True) if line.removed_at is not None}
    for record in records:
        if record.uid in off:
            off[record.uid].removed_at = None
    write(unit, made, [row_of(record) for record in records if record.uid not in off])
    if made.leader_uid is not None:  # he decides all of them, so he must be able to see the new ones too
        leader = unit.session.get_one(Person, made.leader_uid).account
        panel.seat_anew(unit, made, leader=leader, members=())
    return len(records)


def remove(unit: Unit, number: str, codes: Sequence[str], *, reason: str) -> int:
    """Take undecided lines off, with a reason; how many. Raises `WrongState`, `LineDecided`, `NotFound`, `BadValue`."""
    made = one(unit, number)
    unit.act(Act.APPRAISAL_REMOVE, made)
    APPRAISAL.after(made.state, Act.APPRAISAL_REMOVE)
    told = said(reason, "reason")
    meant = named(unit, made, codes)
    for line, record in meant:
        unit.act(Act.APPRAISAL_REMOVE, record, number=made.number, private={"reason": told})
        undecided(line)
        line.removed_at = unit.now
    unit.session.flush()
    return len(meant)


# --- ending ---------------------------------------------------------------------------------------


def close(unit: Unit, number: str) -> Appraisal:
    """The leader closes it: every line decided or taken off; from now on its verdicts may be carried out.

    Raises `NotLeader`, `WrongState`, `LinesOpen`, `NothingDecided`, `MissingPeople`.
    """
    made = one(unit, number)
    unit.act(Act.APPRAISAL_CLOSE, made)
    state = APPRAISAL.after(made.state, Act.APPRAISAL_CLOSE)
    panel.lead(unit, made, Act.APPRAISAL_CLOSE)
    quorum.demand(unit, Act.APPRAISAL_CLOSE)
    left = [line for line in lines(unit, made) if line.decided_at is None]
    if left:
        raise LinesOpen(number=made.number, count=len(seen(unit, left)))
    if not _decided(unit, made):
        raise NothingDecided(number=made.number)
    made.state, made.closed_at, made.closed_by = state, unit.now, unit.actor.uid
    unit.session.flush()
    return made


def cancel(unit: Unit, number: str, *, reason: str) -> Appraisal:
    """Cancel it while nothing was decided; raises `WrongState`, `SomeDecided`, `BadValue`."""
    made = one(unit, number)
    unit.act(Act.APPRAISAL_CANCEL, made, private={"reason": reason})
    state = APPRAISAL.after(made.state, Act.APPRAISAL_CANCEL)
    told = said(reason, "reason")
    decided = _decided(unit, made)
    if decided:
        raise SomeDecided(number=made.number, count=decided)
    _seal(unit, made, cancelled=told)
    made.state, made.closed_at, made.closed_by = state, unit.now, unit.actor.uid
    unit.session.flush()
    return made


def _decided(unit: Unit, made: Appraisal) -> int:
    rows = select(func.count()).where(
        AppraisalLine.appraisal_uid == made.uid, AppraisalLine.decided_at.is_not(None)
    )
    return unit.session.scalar(rows) or 0


# --- finding --------------------------------------------------------------------------------------


def one(unit: Unit, number: str) -> Appraisal:
    """The appraisal with this number; raises `NotFound`."""
    found = unit.session.scalar(select(Appraisal).where(Appraisal.number == number.strip().upper()))
    if found is None:
        raise NotFound(what="appraisal", code=number[:120])
    return found


def lines(unit: Unit, made: Appraisal, *, removed: bool = False) -> list[AppraisalLine]:
    """The lines in order, without those taken off unless *removed*; hidden ones among them: the caller judges."""
    rows = select(AppraisalLine).where(AppraisalLine.appraisal_uid == made.uid)
    if not removed:
        rows = rows.where(AppraisalLine.removed_at.is_(None))
    return list(unit.session.scalars(rows.order_by(AppraisalLine.nth)))


def seen(unit: Unit, given: Sequence[AppraisalLine]) -> list[Line]:
    """Of these lines, those whose record the actor may see, with it."""
    records = {record.uid: record for record in by_uid(unit, [line.record_uid for line in given])}
    return [
        (line, records[line.record_uid])
        for line in given
        if unit.may(Act.RECORD_SEE, records[line.record_uid])
    ]


def named(unit: Unit, made: Appraisal, codes: Collection[str]) -> list[Line]:
    """The lines of these reference codes, uids or line numbers, as far as the actor may see them.

    Raises `NotFound` alike for what is not on the list and what is hidden, `AskedTwice`, `BadValue` for none.
    """
    if not codes:
        raise BadValue(field="codes", value="—", expected="≥ 1")
    wanted = set(codes)
    meant = [line for line in lines(unit, made) if not wanted.isdisjoint(_names(line))]
    known = {name: (line, record) for line, record in seen(unit, meant) for name in _names(line)}
    found: dict[str, Line] = {}
    for code in codes:
        if code not in known:
            raise NotFound(what="line", code=code)
        if known[code][0].uid in found:
            raise AskedTwice(code=code)
        found[known[code][0].uid] = known[code]
    return list(found.values())


def _names(line: AppraisalLine) -> tuple[str, str, str]:
    """What a line may be called."""
    return str(line.nth), line.code, line.record_uid


def undecided(line: AppraisalLine) -> None:
    """Raise `LineDecided` for a line that was decided."""
    if line.decided_at is not None:
        raise LineDecided(code=line.code, verdict=line.verdict)


def told(unit: Unit, made: Appraisal) -> dict[str, str]:
    """What was said about the appraisal as a whole: basis, why it was cancelled."""
    if not made.card:
        return {}
    opened: dict[str, str] = json.loads(unit.keys.open_with(APPRAISAL_KEY, made.uid.encode(), made.card))
    return opened


def _seal(unit: Unit, made: Appraisal, **said_now: str) -> None:
    card = {**told(unit, made), **said_now} if made.card else said_now
    made.card = unit.keys.seal_with(APPRAISAL_KEY, made.uid.encode(), plain(card))
