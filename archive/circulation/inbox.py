"""审批待办: the request lines that wait for the actor, with every fact to decide by, fetched together; and how many.

Many lines stand at the same step for the same reasons: whose turn that is, is asked once for all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select, true

from archive import people
from archive.acts import Act
from archive.circulation import absences, asked, routing, slips
from archive.circulation.routing import Seat, Turn
from archive.model import Decision, Holding, Item, Loan, Outing, Person, Record, Request, RequestLine
from archive.policy import waiting
from archive.statuses import RequestKind
from archive.unit import Unit
from archive.values import Level, LoanState, Role

#: Lines of one page, and how far a badge counts.
PAGE, MOST = 50, 100


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One line that waits for the actor: what is asked, by whom, how he keeps to dates, who endorsed it already.

    *words* are what was asked for without a code; *endorsed* names posts with who decided in them.
    """

    number: str
    kind: RequestKind
    code: str
    title: str
    level: Level | None
    words: str
    reader: str
    department: str
    account: str
    outside: bool
    purpose: str
    asked_on: dt.date
    until: dt.date
    open_loans: int
    overdue: int
    out: bool
    endorsed: Sequence[tuple[Role, str]]
    last: bool
    deputy_for: str
    post: Role | None


def page(unit: Unit, *, limit: int = PAGE, offset: int = 0) -> tuple[list[InboxLine], bool]:
    """The lines that wait for the actor, the oldest first, and whether there are more behind them."""
    unit.look(Act.REQUEST_SEE)
    found = list(_waiting(unit, offset + limit + 1))[offset:]
    lines, more = found[:limit], len(found) > limit
    kept = slips.at_hand(unit, lines)
    records = {line.uid: slips.record_of(unit, line) for line in lines}
    shown = {uid: one for uid, one in records.items() if one is not None and unit.may(Act.RECORD_SEE, one)}
    unit.listed(Act.REQUEST_SEE, shown.values())
    about = _About(unit, lines, shown)
    return ([about.told(line) for line in lines] if kept else []), more


def count(unit: Unit, most: int = MOST) -> int:
    """How many lines wait for the actor, counted no further than *most*."""
    if waiting(unit.actor, Act.REQUEST_SEE) is not None or not unit.may(Act.REQUEST_SEE):
        return 0
    return sum(1 for _ in _waiting(unit, most))


# --- whose turn -----------------------------------------------------------------------------------


def _waiting(unit: Unit, most: int) -> Iterator[RequestLine]:
    """The lines that wait for the actor, read in slices until there are *most* of them."""
    if not _decides(unit):
        return
    found, start, called = 0, 0, _once(unit)
    while True:
        rows = _rows(unit).limit(2 * PAGE).offset(start)
        some = list(unit.session.scalars(rows))
        kept = slips.at_hand(unit, some)
        for line in some:
            if found < most and called(line):
                found += 1
                yield line
        start += len(some)
        del kept
        if found >= most or len(some) < 2 * PAGE:
            return


def _decides(unit: Unit) -> bool:
    """True if anything can wait for the actor at all: most people decide nothing and are not made to wait for it."""
    return unit.may(Act.REQUEST_MATCH) or unit.actor.has(*DECIDING) or bool(_deputised(unit))


#: The posts that a road of approval can lead to.
DECIDING = (Role.DEPT_MANAGER, Role.CS_SUPERVISOR, Role.GM_SECRETARY, Role.GM, Role.HR, Role.ARCHIVIST)


def _deputised(unit: Unit) -> list[str]:
    """Whose deputy the actor is today."""
    return [uid for uid, one in absences.away(unit).items() if one.deputy_uid == unit.actor.uid]


def _rows(unit: Unit) -> Select[RequestLine]:
    return (
        select(RequestLine)
        .join(Request, Request.uid == RequestLine.request_uid)
        .where(RequestLine.state.in_(asked.OPEN_STATES), _perhaps(unit))
        .order_by(Request.asked_at, Request.number, RequestLine.ordinal)
    )


def _perhaps(unit: Unit) -> ColumnElement[bool]:
    """What can wait for the actor: his posts, those he deputises for, words for who matches them."""
    posts = unit.actor.roles.union(*(unit.session.get_one(Person, uid).roles for uid in _deputised(unit)))
    words = RequestLine.record_uid.is_(None)
    return words | (true() if Role.GM in posts else RequestLine.next_role.in_(posts))


def _once(unit: Unit) -> Callable[[RequestLine], bool]:
    """`slips.summons`, asked once for all lines at the same step under the same conditions."""
    known: dict[Turn, bool] = {}

    def called(line: RequestLine) -> bool:
        request = slips.request_of(unit, line)
        turn = slips.turn_of(unit, request, line)
        if turn is None:
            return slips.waits(unit, request, line)
        if turn not in known:
            known[turn] = routing.called(unit, turn)
        return known[turn]

    return called


# --- what one must know to decide -----------------------------------------------------------------


class _About:
    """What lines of the inbox say of readers, records and earlier steps, asked for once for all lines."""

    def __init__(self, unit: Unit, lines: Sequence[RequestLine], shown: Mapping[str, Record]) -> None:
        self.unit, self.shown = unit, shown
        records = list(shown.values())
        cards = unit.cards(records)
        self.titles = {record.uid: card.title for record, card in zip(records, cards, strict=True)}
        requests = [slips.request_of(unit, line) for line in lines]
        self.burdens = _burdens(unit, {one.person_uid for one in requests if one.person_uid})
        self.away = _away(unit, {line.record_uid for line in lines if line.record_uid})
        self.said = _endorsements(unit, [line.uid for line in lines])
        self.seats: dict[Turn, Seat | None] = {}

    def seat(self, turn: Turn | None) -> Seat | None:
        """The seat the actor takes at *turn*."""
        if turn is None:
            return None
        if turn not in self.seats:
            self.seats[turn] = next(iter(routing.seats(self.unit, turn)), None)
        return self.seats[turn]

    def told(self, line: RequestLine) -> InboxLine:
        """*line* with its facts."""
        unit, request = self.unit, slips.request_of(self.unit, line)
        record = self.shown.get(line.uid)
        seat = self.seat(slips.turn_of(unit, request, line))
        reader, department = asked.reader_told(unit, request)
        open_loans, overdue = self.burdens.get(request.person_uid or "", (0, 0))
        person = unit.session.get(Person, request.person_uid) if request.person_uid else None
        return InboxLine(
            number=slips.number_of(request, line), kind=request.kind,
            code=record.reference_code if record else "", title=self.titles.get(record.uid, "") if record else "",
            level=Level(record.level) if record else None, words=slips.words_of(unit, line), reader=reader,
            department=department, account=person.account if person else "", outside=person is None,
            purpose=slips.purpose_of(unit, request),
            asked_on=request.asked_at.astimezone(unit.settings.zone).date(), until=request.until,
            open_loans=open_loans, overdue=overdue, out=line.record_uid in self.away,
            endorsed=self.said.get(line.uid, ()), last=line.step + 1 >= len(line.steps.split()),
            deputy_for=_name(unit, seat.for_uid) if seat and seat.for_uid else "",
            post=seat.post if seat else None,
        )  # fmt: skip


def _burdens(unit: Unit, readers: set[str]) -> dict[str, tuple[int, int]]:
    """How many loans each reader has open, and how many of them are overdue."""
    late = func.count().filter(Loan.due_on < unit.today)
    rows = (
        select(Loan.borrower_uid, func.count(), late)
        .where(Loan.borrower_uid.in_(sorted(readers)), Loan.state == LoanState.OUT)
        .group_by(Loan.borrower_uid)
    )
    return {uid: (int(has), int(overdue)) for uid, has, overdue in unit.session.execute(rows)}


def _away(unit: Unit, records: set[str]) -> set[str]:
    """Those of the records of which a piece is off its shelf now."""
    rows = (
        select(Item.uid, Item.volume_uid)
        .join(Holding, Holding.item_uid == Item.uid)
        .join(Outing, Outing.holding_uid == Holding.uid)
        .where(Outing.returned_at.is_(None))
    )
    wanted = sorted(records)
    mine = Item.uid.in_(wanted) | Item.volume_uid.in_(wanted)
    return {uid for row in unit.session.execute(rows.where(mine)) for uid in row if uid}


def _endorsements(unit: Unit, lines: Sequence[str]) -> dict[str, list[tuple[Role, str]]]:
    rows = select(Decision).where(Decision.line_uid.in_(lines), Decision.act == Act.REQUEST_ENDORSE.value)
    found: dict[str, list[tuple[Role, str]]] = {}
    for one in unit.session.scalars(rows.order_by(Decision.decided_at)):
        found.setdefault(one.line_uid, []).append((Role(one.role), _name(unit, one.decided_by)))
    return found


def _name(unit: Unit, uid: str) -> str:
    return people.name_of(unit, unit.session.get_one(Person, uid))
