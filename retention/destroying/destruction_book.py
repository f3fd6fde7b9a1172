"""The book of destruction lists: every list with its people and dates, its lines, its signatures; reads only.

Counts and lines are of the records this person may see, and of all of them for who has a part in the list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from archive import backups, people
from archive.acts import Act
from archive.backups.sets import PendingLine
from archive.custody.wholes import by_uid
from archive.model import DestructionLine, DestructionList, Person
from archive.statuses import DestructionState, DestructionStep, Method, SignedAs
from archive.unit import Unit
from archive.values import Level
from retention.destroying import destruction, gate
from retention.destroying.freezing import fingerprint
from retention.destroying.gate import Obstacle
from retention.destroying.standing import said, sheet, signatures

#: Lists on which nothing is left to do.
OVER = (
    DestructionState.DESTROYED,
    DestructionState.FINAL,
    DestructionState.REFUSED,
    DestructionState.WITHDRAWN,
)


@dataclass(frozen=True, slots=True)
class ListRow:
    """One list: what is on it, how far it has come, who signed."""

    number: str
    state: DestructionState
    lines: int
    items: int
    pages: int
    pulled: int
    fingerprint: str
    drafted_by: str
    drafted_on: dt.date
    approved_by: str
    approved_on: dt.date | None
    earliest_on: dt.date | None
    countersigned_by: list[str]
    operator: str
    supervisors: list[str]
    begun_on: dt.date | None
    confirmed_by: list[str]
    live_on: dt.date | None
    all_on: dt.date | None
    reason: str
    refused: str
    withdrawn: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """One record on a list as it was listed; its title only for who may see the record."""

    nth: int
    code: str
    title: str
    class_code: str
    level: Level
    archive_year: int
    items: int
    pages: int
    period: str
    expires_on: dt.date | None
    opinion: str
    method: Method
    step: DestructionStep
    destroyed_on: dt.date | None
    pulled_because: str


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """Who signed a list as what, when, over which content; a supervisor with time and place."""

    signed_as: SignedAs
    person: str
    signed_at: dt.datetime
    happened_at: dt.datetime | None
    place: str
    remark: str
    content: str


@dataclass(frozen=True, slots=True)
class SupervisorRow:
    """One of the two supervisors, and when he signed for what is still to go; None while that is awaited of him."""

    account: str
    name: str
    signed_at: dt.datetime | None
    oneself: bool


def rows(unit: Unit, *, open_only: bool = False) -> list[ListRow]:
    """Every list this person may know of, oldest first."""
    unit.look(Act.DESTRUCTION_SEE)
    return [_row(unit, made) for made in _known(unit, open_only=open_only)]


def _known(unit: Unit, *, open_only: bool = False) -> list[DestructionList]:
    wanted = select(DestructionList).order_by(DestructionList.drafted_at, DestructionList.number)
    if open_only:
        wanted = wanted.where(DestructionList.state.not_in(OVER))
    return [made for made in unit.session.scalars(wanted) if destruction.open_to(unit, made)]


def pending(unit: Unit, number: str | None = None, *, every: bool = False) -> list[PendingLine]:
    """The sets that still hold keys of a list, or of every list this person may know of; raises `NotFound`."""
    unit.look(Act.DESTRUCTION_SEE)
    lists = _known(unit) if number is None else [destruction.one(unit, number)]
    return backups.undone(unit, *(made.uid for made in lists), every=every)


def show(unit: Unit, number: str) -> ListRow:
    """One list by its number; raises `NotFound`."""
    unit.look(Act.DESTRUCTION_SEE)
    return _row(unit, destruction.one(unit, number))


def shown(unit: Unit, made: DestructionList) -> list[DestructionLine]:
    """The lines of *made* this person may be shown, in order."""
    found = destruction.lines(unit, made)
    if unit.actor.uid in destruction.involved(made):
        return found
    seen = destruction.seen(unit, found)
    return [line for line in found if line.record_uid in seen]


def contents(unit: Unit, number: str, *, skip: int = 0, limit: int | None = None) -> list[LineRow]:
    """The lines of a list, some of them where it is long; raises `NotFound`."""
    unit.look(Act.DESTRUCTION_SEE)
    made = destruction.one(unit, number)
    found = shown(unit, made)[skip : None if limit is None else skip + limit]
    seen = destruction.seen(unit, found)
    records = by_uid(unit, seen)
    unit.listed(Act.DESTRUCTION_SEE, records)
    titles = {record.uid: card.title for record, card in zip(records, unit.cards(records), strict=True)}
    return [_line(unit, line, titles.get(line.record_uid, "")) for line in found]


def signed(unit: Unit, number: str) -> list[SignatureRow]:
    """Every signature on a list, oldest first; raises `NotFound`."""
    unit.look(Act.DESTRUCTION_SEE)
    found = []
    for one in signatures(unit, destruction.one(unit, number)):
        told = said(unit, one)
        found.append(
            SignatureRow(
                one.signed_as, name(unit, one.person_uid), one.signed_at, one.happened_at,
                str(told.get("place", "")), str(told.get("remark", "")), one.content_hash,
            )
        )  # fmt: skip
    return found


def supervisors(unit: Unit, number: str) -> list[SupervisorRow]:
    """The two supervisors of a list that was begun, and whether each has signed; raises `NotFound`."""
    unit.look(Act.DESTRUCTION_SEE)
    made = destruction.one(unit, number)
    waited = sheet(unit, made, operator=made.operator_uid, supervisors=None).unconfirmed
    last = {
        one.person_uid: one.signed_at
        for one in signatures(unit, made)
        if one.signed_as is SignedAs.SUPERVISOR and one.person_uid not in waited
    }
    two = [unit.session.get_one(Person, uid) for uid in (made.supervisor_one, made.supervisor_two) if uid]
    return [
        SupervisorRow(
            person.account, people.name_of(unit, person), last.get(person.uid), person.uid == unit.actor.uid
        )
        for person in two
    ]  # fmt: skip


def ready(unit: Unit, number: str) -> list[Obstacle]:
    """What stands against the next stage of a list, as far as this person may be shown it; raises `NotFound`."""
    unit.look(Act.DESTRUCTION_SEE)
    made = destruction.one(unit, number)
    if made.state in OVER:
        return []
    whole = destruction.lines(unit, made)
    hidden = {line.code for line in whole} - {line.code for line in shown(unit, made)}
    return [found for found in gate.obstacles(unit, made, whole) if found.code not in hidden]


def name(unit: Unit, uid: str | None) -> str:
    """A person's name; nothing for nobody."""
    return people.name_of(unit, unit.session.get_one(Person, uid)) if uid else ""


def day(unit: Unit, moment: dt.datetime | None) -> dt.date | None:
    """The day of a moment in the office's zone."""
    return moment.astimezone(unit.settings.zone).date() if moment else None


def names(unit: Unit, made: DestructionList, as_what: SignedAs) -> list[str]:
    """Who signed *made* as that, in the order in which they did."""
    return [name(unit, one.person_uid) for one in signatures(unit, made) if one.signed_as is as_what]


def _row(unit: Unit, made: DestructionList) -> ListRow:
    found = shown(unit, made)
    on_it = [line for line in found if line.step is not DestructionStep.PULLED]
    told = destruction.said_of(unit, made) if found or unit.may(Act.DESTRUCTION_DRAFT) else {}
    return ListRow(
        number=made.number, state=made.state, lines=len(on_it), items=sum(line.items for line in on_it),
        pages=sum(line.pages for line in on_it), pulled=len(found) - len(on_it), fingerprint=fingerprint(made),
        drafted_by=name(unit, made.drafted_by), drafted_on=day(unit, made.drafted_at) or unit.today,
        approved_by=name(unit, made.approved_by), approved_on=day(unit, made.approved_at),
        earliest_on=made.earliest_on, countersigned_by=names(unit, made, SignedAs.COUNTERSIGNER),
        operator=name(unit, made.operator_uid), begun_on=day(unit, made.begun_at),
        supervisors=[name(unit, uid) for uid in (made.supervisor_one, made.supervisor_two) if uid],
        confirmed_by=names(unit, made, SignedAs.SUPERVISOR), live_on=made.live_on, all_on=made.all_on,
        reason=told.get("reason", ""), refused=told.get("refused", ""), withdrawn=told.get("withdrawn", ""),
    )  # fmt: skip


def _line(unit: Unit, line: DestructionLine, title: str) -> LineRow:
    return LineRow(
        nth=line.nth, code=line.code, title=title, class_code=line.class_code, level=line.level,
        archive_year=line.archive_year, items=line.items, pages=line.pages, period=line.period,
        expires_on=line.expires_on, opinion=line.opinion, method=line.method, step=line.step,
        destroyed_on=day(unit, line.destroyed_at),
        pulled_because=destruction.why_pulled(unit, line) if title else "",
    )  # fmt: skip


def totals(found: Sequence[DestructionLine]) -> tuple[int, int, int]:
    """Records, items and pages of some lines."""
    return len(found), sum(line.items for line in found), sum(line.pages for line in found)
