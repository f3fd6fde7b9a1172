"""What a panel works on, as lists and sheets: appraisals, lines with all that F21 asks for, opinions, members; reads only.

Each reader gets the lines of records he may see, and counts of those (decision 6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from archive.acts import Act
from archive.cards import Card
from archive.model import Appraisal, AppraisalLine, AppraisalOpinion, Item, Volume
from archive.policy import visible
from archive.statuses import AppraisalState, Unfinished, Verdict
from archive.unit import Unit
from archive.values import Level
from archive.words import Language, say
from retention.appraising import appraisal, deciding, opinions, panel, unfinished
from retention.appraising.appraisal import Line
from retention.appraising.opinions import Judged, LineState
from retention.clock import Course, explain
from retention.due import course


@dataclass(frozen=True, slots=True)
class AppraisalRow:
    """One appraisal; its lines are counted as far as this person may see them."""

    number: str
    year: int
    as_of: dt.date
    class_code: str
    department: str
    state: AppraisalState
    leader: str
    members: list[str]
    lines: int
    decided: int
    begun_on: dt.date
    begun_by: str
    closed_on: dt.date | None
    report: str
    basis: str
    cancelled: str


@dataclass(frozen=True, slots=True)
class Short:
    """An opinion in a list: who, what, until when."""

    seat: int
    account: str
    verdict: Verdict
    new_period: str

    def told(self, language: Language) -> str:
        """`zhou 延长 D10`."""
        return " ".join(filter(None, (self.account, say(self.verdict.word, language), self.new_period)))


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One line of the worklist (F21); `course` is how the period ran out, None where it was set anew since."""

    nth: int
    code: str
    title: str
    creator: str
    formed: str
    level: Level
    class_code: str
    department: str
    items: int
    pages: int
    period: str
    course: Course | None
    expires_on: dt.date | None
    uses: int
    last_used: dt.date | None
    unfinished: list[Unfinished]
    opinions: list[Short]
    awaited: list[str]
    progress: LineState
    verdict: Verdict | None
    new_period: str
    by_leader: bool | None

    @property
    def start(self) -> dt.date | None:
        """起算日."""
        return self.course.start if self.course else None

    def why(self, language: Language) -> str:
        """到期原因, as a sentence."""
        return explain(self.course, language) if self.course else ""


@dataclass(frozen=True, slots=True)
class OpinionRow:
    """One opinion as it was given; `counts` is False once a later one has taken its place."""

    seat: int
    account: str
    name: str
    verdict: Verdict
    new_period: str
    papers: list[str]
    standard: str
    reason: str
    given_on: dt.date
    counts: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """档案鉴定意见表 (F21) of one record: its line, every opinion, the decision."""

    number: str
    line: WorkLine
    opinions: list[OpinionRow]
    leader: str
    decided_on: dt.date | None
    reason: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Who holds or held a seat, from when until when; the leader has a row of his own if he holds none."""

    seat: int | None
    account: str
    name: str
    since: dt.date | None
    until: dt.date | None
    leader: bool
    opinions: int


#: Which lines of a worklist are meant.
Wanted = Callable[[Judged], bool]


# --- appraisals -----------------------------------------------------------------------------------


def rows(unit: Unit, *, year: int | None = None, state: AppraisalState | None = None) -> list[AppraisalRow]:
    """Every appraisal, newest first."""
    unit.look(Act.APPRAISAL_SEE)
    wanted = select(Appraisal).order_by(Appraisal.begun_at.desc(), Appraisal.number.desc())
    if year is not None:
        wanted = wanted.where(Appraisal.year == year)
    if state is not None:
        wanted = wanted.where(Appraisal.state == state)
    return [_row(unit, made) for made in unit.session.scalars(wanted)]


def show(unit: Unit, number: str) -> AppraisalRow:
    """One appraisal; raises `NotFound`."""
    unit.look(Act.APPRAISAL_SEE)
    return _row(unit, appraisal.one(unit, number))


def _row(unit: Unit, made: Appraisal) -> AppraisalRow:
    lines, decided = _counted(unit, made)
    told = appraisal.told(unit, made)
    return AppraisalRow(
        number=made.number, year=made.year, as_of=made.as_of, class_code=made.class_code,
        department=made.department, state=made.state, leader=panel.name(unit, made.leader_uid),
        members=[panel.name(unit, seat.holder.uid) for seat in panel.seats(unit, made)],
        lines=lines, decided=decided, begun_on=day(unit, made.begun_at),
        begun_by=panel.name(unit, made.begun_by) or made.begun_by,
        closed_on=day(unit, made.closed_at) if made.closed_at else None, report=_report(unit, made),
        basis=told.get("basis", ""), cancelled=told.get("cancelled", ""),
    )  # fmt: skip


def _counted(unit: Unit, made: Appraisal) -> tuple[int, int]:
    """Lines, and those decided, of records this person may see."""
    lines = decided = 0
    for kind in (Volume, Item):
        both = select(func.count(), func.count(AppraisalLine.decided_at)).join(
            kind, kind.uid == AppraisalLine.record_uid
        )
        mine = both.where(
            AppraisalLine.appraisal_uid == made.uid, AppraisalLine.removed_at.is_(None), visible(unit.actor, kind)
        )  # fmt: skip
        found = unit.session.execute(mine).one()
        lines, decided = lines + found[0], decided + found[1]
    return lines, decided


def _report(unit: Unit, made: Appraisal) -> str:
    """The code of the report on file, if this person may see it."""
    filed = unit.session.get(Item, made.report_uid) if made.report_uid else None
    return filed.reference_code if filed is not None and unit.may(Act.RECORD_SEE, filed) else ""


def day(unit: Unit, moment: dt.datetime) -> dt.date:
    """The day of a moment in the instance's zone (decision 9)."""
    return moment.astimezone(unit.settings.zone).date()


# --- lines ----------------------------------------------------------------------------------------


def work(
    unit: Unit, number: str, *, mine: bool = False, undecided: bool = False, disputed: bool = False
) -> list[WorkLine]:
    """The lines of an appraisal in order: all, those that lack *mine* (my opinion), the *undecided*, the *disputed*."""
    unit.look(Act.APPRAISAL_SEE)
    made = appraisal.one(unit, number)
    found = opinions.judged(unit, made, appraisal.seen(unit, appraisal.lines(unit, made)))
    if mine:
        found = [one for one in found if _lacks_mine(unit, one)]
    if undecided:
        found = [one for one in found if one.state is not LineState.DECIDED]
    if disputed:
        found = [one for one in found if one.state is LineState.DISPUTED]
    unit.listed(Act.APPRAISAL_SEE, [one.record for one in found])
    return lines_of(unit, made, found)


def _lacks_mine(unit: Unit, one: Judged) -> bool:
    given = {opinion.person_uid for opinion in one.given.values()}
    return one.state is not LineState.DECIDED and unit.actor.uid not in given


def lines_of(unit: Unit, made: Appraisal, found: Sequence[Judged]) -> list[WorkLine]:
    """*found* as lines with cards opened; the caller has judged and told the log."""
    records = [one.record for one in found]
    matters = unfinished.find(unit, [one.record for one in found if one.line.decided_at is None])
    accounts = {member.person_uid: person.account for member, person in panel.everybody(unit, made)}
    return [
        _line(one, card, matters.get(one.record.uid, frozenset()), accounts)
        for one, card in zip(found, unit.cards(records), strict=True)
    ]


def _line(one: Judged, card: Card, matters: frozenset[Unfinished], accounts: Mapping[str, str]) -> WorkLine:
    line, record = one.line, one.record
    standing = matters | unfinished.spelt(line.unfinished)
    return WorkLine(
        nth=line.nth, code=record.reference_code, title=card.title, creator=card.creator, formed=_formed(record),
        level=record.level, class_code=record.class_code, department=record.department,
        items=record.items if isinstance(record, Volume) else 1,
        pages=record.pages if isinstance(record, Volume) else record.page_count,
        period=line.period, course=_course(line, record), expires_on=line.expires_on, uses=line.uses,
        last_used=line.last_used, unfinished=[matter for matter in Unfinished if matter in standing],
        opinions=[
            Short(seat, accounts[given.person_uid], given.verdict, given.new_period or "")
            for seat, given in sorted(one.given.items())
        ],
        awaited=[seat.holder.account for seat in one.awaited] if line.decided_at is None else [],
        progress=one.state, verdict=line.verdict, new_period=line.new_period or "", by_leader=line.by_leader if line.decided_at else None,
    )  # fmt: skip


def _formed(record: Volume | Item) -> str:
    """形成日期: the day of a paper, first and last of a volume's."""
    if isinstance(record, Item):
        return record.dated.isoformat() if record.dated else ""
    days = dict.fromkeys(day.isoformat() for day in (record.first_date, record.last_date) if day)
    return " – ".join(days)


def _course(line: AppraisalLine, record: Volume | Item) -> Course | None:
    """How the period of the line ran, as long as the record still has it."""
    same = (record.period, record.expires_on) == (line.period, line.expires_on)
    return course(record) if same else None


# --- one line -------------------------------------------------------------------------------------


def sheet(unit: Unit, number: str, code: str) -> Sheet:
    """鉴定意见表 (F21) of one line, by code or line number; raises `NotFound`."""
    (found,) = sheets(unit, number, [code])
    return found


def sheets(unit: Unit, number: str, codes: Sequence[str] = ()) -> list[Sheet]:
    """鉴定意见表 (F21) of the lines named, or of all this person may see, in order; raises `NotFound`."""
    unit.look(Act.APPRAISAL_SEE)
    made = appraisal.one(unit, number)
    every = appraisal.lines(unit, made)
    meant = appraisal.named(unit, made, codes) if codes else appraisal.seen(unit, every)
    unit.listed(Act.APPRAISAL_SEE, [record for _, record in meant])
    judged = opinions.judged(unit, made, meant)
    shown = zip(judged, lines_of(unit, made, judged), strict=True)
    return [_sheet(unit, made, one, line) for one, line in shown]


def _sheet(unit: Unit, made: Appraisal, one: Judged, shown: WorkLine) -> Sheet:
    line = one.line
    return Sheet(
        number=made.number, line=shown, opinions=_opinions(unit, made, (line, one.record)),
        leader=panel.name(unit, line.decided_by),
        decided_on=day(unit, line.decided_at) if line.decided_at else None,
        reason=deciding.reason(unit, one.record, line.uid, line.card),
    )  # fmt: skip


def opinion_rows(unit: Unit, number: str, code: str) -> list[OpinionRow]:
    """Every opinion on one line, replaced ones too, in the order they were given; raises `NotFound`."""
    unit.look(Act.APPRAISAL_SEE)
    made = appraisal.one(unit, number)
    (meant,) = appraisal.named(unit, made, [code])
    unit.listed(Act.APPRAISAL_SEE, [meant[1]])
    return _opinions(unit, made, meant)


def _opinions(unit: Unit, made: Appraisal, meant: Line) -> list[OpinionRow]:
    line, record = meant
    given = opinions.of(unit, [line.uid])[line.uid]
    counting = {opinion.seat: opinion.uid for opinion in given}
    accounts = {member.person_uid: person.account for member, person in panel.everybody(unit, made)}
    return [
        opinion(
            unit, record, one, accounts[one.person_uid], panel.name(unit, one.person_uid),
            counts=one.uid == counting[one.seat],
        )
        for one in given
    ]  # fmt: skip


def opinion(
    unit: Unit, record: Volume | Item, one: AppraisalOpinion, account: str, name: str, *, counts: bool = True
) -> OpinionRow:  # fmt: skip
    """One opinion opened, of the person with that account and name; the caller has judged."""
    said = opinions.words(unit, record, one)
    papers = said.get("papers", {}) or {}
    codes = {item.uid: item.reference_code for item in _papers(unit, list(papers))}
    return OpinionRow(
        seat=one.seat, account=account, name=name, verdict=one.verdict, new_period=one.new_period or "",
        papers=[f"{codes.get(uid, uid)} {period}" for uid, period in sorted(papers.items())],
        standard=one.standard, reason=said.get("reason", ""), given_on=day(unit, one.given_at), counts=counts,
    )  # fmt: skip


def _papers(unit: Unit, uids: Sequence[str]) -> Sequence[Item]:
    return list(unit.session.scalars(select(Item).where(Item.uid.in_(uids)))) if uids else []


def members(unit: Unit, number: str) -> list[MemberRow]:
    """Who sits and sat on the panel, with how many opinions each gave on records the reader may see."""
    unit.look(Act.APPRAISAL_SEE)
    made = appraisal.one(unit, number)
    shown = appraisal.seen(unit, appraisal.lines(unit, made))
    given = opinions.of(unit, [line.uid for line, _ in shown])
    count: dict[tuple[str, int], int] = {}
    for one in (opinion for some in given.values() for opinion in some):
        count[one.person_uid, one.seat] = count.get((one.person_uid, one.seat), 0) + 1
    found = [
        MemberRow(
            seat=member.seat, account=person.account, name=panel.name(unit, person.uid),
            since=day(unit, member.since), until=day(unit, member.until) if member.until else None,
            leader=person.uid == made.leader_uid, opinions=count.get((person.uid, member.seat), 0),
        )
        for member, person in panel.everybody(unit, made)
    ]  # fmt: skip
    return [*_leader(unit, made, found), *found]


def _leader(unit: Unit, made: Appraisal, found: Sequence[MemberRow]) -> list[MemberRow]:
    if made.leader_uid is None or any(one.leader for one in found):
        return []
    person = unit.person(made.leader_uid)
    return [MemberRow(None, person.account, panel.name(unit, person.uid), None, None, True, 0)]
