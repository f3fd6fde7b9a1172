"""催还: the daily run over all open loans, what was said by hand, the replies (R47, F12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select

from archive import people, policy
from archive.acts import Act
from archive.circulation import calendar, notices
from archive.circulation.notices import BY_HAND, HAND
from archive.circulation.stages import BEFORE, DUE, OVERDUE, Stage, copied_to, horizon, nth, stage
from archive.errors import BadValue, NotFound, NotOnLoan
from archive.instance import Instance, Who
from archive.lives import LOAN
from archive.model import Department, Item, Loan, Notice, Person, Post, Volume, new_uid
from archive.statuses import Channel, NoticeState
from archive.unit import Line, Unit
from archive.values import Employment, LoanState, Role
from archive.words import say

#: Loans chased in one transaction.
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Chased:
    """What one run wrote: notices to borrowers, copies to superiors, and how many go by mail."""

    notices: int = 0
    copies: int = 0
    by_mail: int = 0
    last: tuple[dt.date, str] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ChaseLine:
    """One line of the chasing record (F12) that this person may see."""

    number: str
    loan: str
    code: str
    borrower: str
    due_on: dt.date
    stage: str
    channel: Channel
    state: NoticeState
    made_at: dt.datetime
    sent_at: dt.datetime | None
    text: str
    reply: str
    made_by: str = ""


# --- the daily run --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Late:
    """An open loan whose borrower has not had the notice of its stage."""

    uid: str
    number: str
    code: str
    due_on: dt.date
    borrower: str
    keeper: str
    stage: str


def all_due(instance: Instance, who: Who) -> Chased:
    """`run` until nothing is left, each batch in a transaction of its own: nobody at the counter waits long."""
    total, made = Chased(), Chased(BATCH)
    while made.notices == BATCH:
        with instance.work(who, Act.CHASE_SEND) as unit:
            made = run(unit, limit=BATCH, after=made.last)
        total = Chased(total.notices + made.notices, total.copies + made.copies, total.by_mail + made.by_mail)
    return total


def run(unit: Unit, *, limit: int | None = None, after: tuple[dt.date, str] | None = None) -> Chased:
    """Write the notices that are due today and were not written yet; a second run the same day writes none.

    At most *limit* loans, those due longest first, from behind *after* (due day and number) on. Opens names and addresses, never a title: notices carry
    reference codes only (decision 5).
    """
    unit.act(Act.CHASE_SEND)
    late = _candidates(unit, limit, after)
    if not late:
        unit.lines.pop()
        return Chased()
    known = _People(unit)
    wanted = [(one, known.person(one.borrower), False) for one in late]
    wanted += [(one, superior, True) for one in late for superior in known.superiors(one)]
    numbers = notices.numbers(unit, len(wanted))
    rows = [_row(unit, known, *given) for given in zip(numbers, wanted, strict=True)]
    unit.insert(Notice, rows)
    by_mail = sum(row["channel"] is Channel.MAIL for row in rows)
    told = Chased(len(late), len(rows) - len(late), by_mail, (late[-1].due_on, late[-1].number))
    unit.lines[-1].facts = {"notices": told.notices, "copies": told.copies, "by_mail": told.by_mail}
    unit.lines += [_noted(row, one) for row, (one, *_) in zip(rows, wanted, strict=True)]
    return told


def _noted(row: Mapping[str, Any], late: _Late) -> Line:
    facts = {"number": row["number"], "stage": row["stage"], "due_on": late.due_on, "channel": row["channel"]}
    return Line(Act.CHASE_SEND, "loan", late.uid, late.number, facts=facts)


def _candidates(unit: Unit, limit: int | None, after: tuple[dt.date, str] | None) -> list[_Late]:
    """Open loans that have reached a stage of which their borrower has no notice: one question to the database."""
    until = horizon(unit.today, unit.settings, calendar.working(unit).is_workday)
    oldest = unit.session.scalar(
        select(func.min(Loan.due_on)).where(Loan.state == LoanState.OUT, Loan.due_on <= until)
    )
    if oldest is None:
        return []
    reached = case(*_ranges(unit, oldest), else_=literal(BEFORE))
    told = select(Notice.uid).where(
        Notice.loan_uid == Loan.uid, Notice.due_on == Loan.due_on, Notice.stage == reached,
        Notice.person_uid == Loan.borrower_uid,
    )  # fmt: skip
    code = func.coalesce(Volume.reference_code, Item.reference_code)
    rows = (
        select(Loan.uid, Loan.number, code, Loan.due_on, Loan.borrower_uid, Loan.lent_by, reached)
        .outerjoin(Volume, Volume.uid == Loan.volume_uid)
        .outerjoin(Item, Item.uid == Loan.item_uid)
        .where(Loan.state == LoanState.OUT, Loan.due_on <= until, ~told.exists())
        .order_by(Loan.due_on, Loan.number)
        .limit(limit)
    )
    if after is not None:
        day, number = after
        rows = rows.where(Loan.due_on >= day, or_(Loan.due_on > day, Loan.number > number))
    return [_Late(*row) for row in unit.session.execute(rows)]


def _ranges(unit: Unit, oldest: dt.date) -> list[tuple[Any, Any]]:
    """`stage` as conditions on the due day, newest first: as many as there are stages since *oldest*."""
    today, every = unit.today, dt.timedelta(days=unit.settings.chase_every_days)
    found: list[tuple[Any, Any]] = [
        (Loan.due_on > today, literal(BEFORE)),
        (Loan.due_on == today, literal(DUE)),
    ]
    first = today
    while first > oldest:
        first -= every
        name = stage(first, today, unit.settings) or ""
        found.append((Loan.due_on >= first, literal(name)))
    return found


class _People:
    """Borrowers, keepers and superiors of one run, each opened once."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._people: dict[str, Person] = {}
        self._names: dict[str, str] = {}
        self._channels: dict[str, Channel] = {}
        self._holders: dict[tuple[Role, str | None], list[Person]] = {}
        rows = unit.session.execute(select(Department.code, Department.name, Department.name_en))
        english = unit.settings.language == "en"
        self.departments = {code: (name_en if english and name_en else name) for code, name, name_en in rows}

    def person(self, uid: str) -> Person:
        """The person with this uid."""
        if uid not in self._people:
            self._people[uid] = self._unit.session.get_one(Person, uid)
        return self._people[uid]

    def name(self, uid: str) -> str:
        """The name, opened."""
        if uid not in self._names:
            self._names[uid] = people.name_of(self._unit, self.person(uid))
        return self._names[uid]

    def maker(self, uid: str) -> str:
        """The name of who wrote a notice by hand; nothing for the clock."""
        return self.name(uid) if self._unit.session.get(Person, uid) else ""

    def channel(self, person: Person) -> Channel:
        """By mail, or on paper."""
        if person.uid not in self._channels:
            self._channels[person.uid] = notices.channel_of(self._unit, person)
        return self._channels[person.uid]

    def superiors(self, late: _Late) -> list[Person]:
        """Who gets a copy: holders of the posts of `COPIES`, never the borrower, nobody twice."""
        home = self.person(late.borrower).department
        found = {
            person.uid: person
            for copy in copied_to(late.stage)
            for person in self._holding(copy.post, home if copy.at_home else None)
        }
        found.pop(late.borrower, None)
        return list(found.values())

    def _holding(self, post: Role, department: str | None) -> list[Person]:
        if (post, department) not in self._holders:
            rows = select(Person).join(Post, Post.person_uid == Person.uid)
            rows = rows.where(
                Post.role == post, Post.ended_at.is_(None), Person.employment == Employment.ACTIVE
            )
            if department is not None:
                rows = rows.where(Person.department == department)
            self._holders[post, department] = list(self._unit.session.scalars(rows.order_by(Person.account)))
        return self._holders[post, department]


def _row(unit: Unit, known: _People, number: str, wanted: tuple[_Late, Person, bool]) -> dict[str, Any]:
    late, person, copied = wanted
    uid, subject, text = new_uid(), *_wording(unit, known, late, number, person, copied=copied)
    return {
        "uid": uid, "number": number, "loan_uid": late.uid, "due_on": late.due_on, "stage": late.stage,
        "person_uid": person.uid, "channel": known.channel(person), "state": NoticeState.WAITING,
        "made_at": unit.now, "made_by": unit.actor.uid, "card": notices.sealed(unit, uid, subject, text),
        "attempts": 0, "next_try_at": unit.now, "failure": "", "reply": b"",
    }  # fmt: skip


def _wording(
    unit: Unit, known: _People, late: _Late, number: str, person: Person, *, copied: bool
) -> tuple[str, str]:
    """Subject and text of a notice in the instance's language: codes and days, never a title."""
    tongue, kind = unit.settings.tongue, late.stage if late.stage in {BEFORE, DUE} else "overdue"
    borrower = known.person(late.borrower)
    facts = {
        "number": late.number, "code": late.code, "due_on": late.due_on, "days": abs((unit.today - late.due_on).days),
        "nth": nth(late.stage), "name": known.name(late.borrower), "keeper": known.name(late.keeper),
        "department": known.departments.get(borrower.department, borrower.department), "notice": number,
        "company": unit.settings.company, "reader": known.name(person.uid),
    }  # fmt: skip
    subject, text = (say(f"chase-{part}.{kind}", tongue, **facts) for part in ("subject", "text"))
    if not copied:
        return subject, text
    return (
        say("chase-subject.copy", tongue, subject=subject),
        say("chase-text.copy", tongue, text=text, **facts),
    )


# --- by hand --------------------------------------------------------------------------------------


def send(unit: Unit, code: str, *, channel: Channel, text: str) -> Notice:
    """Chase what *code* (a record or a loan number) is out on: told by telephone, in person or on paper, or mailed.

    What a person has told is told; mail goes through the outbox. Raises what the policy refuses, `NotOnLoan`,
    `WrongState`, `BadValue`.
    """
    loan, record = _loan(unit, code)
    unit.act(
        Act.CHASE_SEND, record, private={"text": text}, channel=channel, number=loan.number if loan else ""
    )
    if loan is None:
        raise NotOnLoan(code=record.reference_code)
    LOAN.after(loan.state, Act.CHASE_SEND)
    borrower = unit.session.get_one(Person, loan.borrower_uid)
    if channel is Channel.MAIL and not people.contact_of(unit, borrower).mail:
        raise BadValue(field="channel", value=channel, expected=sorted(BY_HAND))
    subject = say("chase-subject.hand", unit.settings.tongue, number=loan.number, code=record.reference_code)
    made = notices.queue(
        unit, borrower, stage=HAND, subject=subject, text=text.strip(), channel=channel, said_of=loan
    )
    if channel in BY_HAND:
        made.state, made.sent_at, made.next_try_at = NoticeState.SENT, unit.now, None
    unit.session.flush()
    return made


def _loan(unit: Unit, code: str) -> tuple[Loan | None, Volume | Item]:
    """The loan with this number, or the open one of the record with this code, as far as it may be seen."""
    loan = unit.session.scalar(select(Loan).where(Loan.number == code))
    if loan is not None:
        record = notices.record_of(unit, loan)
        if unit.may(Act.RECORD_SEE, record):
            return loan, record
    record = unit.record(code)
    mine = Loan.volume_uid == record.uid if isinstance(record, Volume) else Loan.item_uid == record.uid
    return unit.session.scalar(select(Loan).where(mine, Loan.state == LoanState.OUT)), record


def reply(unit: Unit, number: str, text: str) -> Notice:
    """Note what was answered to a notice: by whom it is addressed to, or by who may chase; replies are added up.

    Raises `NotFound` alike for a notice that is not there and one of somebody else, `BadValue`.
    """
    notice = unit.session.scalar(select(Notice).where(Notice.number == number))
    mine = notice is not None and _may_answer(unit, notice)
    unit.act(Act.CHASE_REPLY, notice if mine else None, private={"text": text, "asked": number[:40]})
    if notice is None or not mine:
        raise NotFound(what="notice", code=number)
    if not text.strip():
        raise BadValue(field="text", value=text, expected="…")
    said = [*_replies(unit, notice), {"at": unit.now.isoformat(), "by": unit.actor.uid, "text": text.strip()}]
    notice.reply = notices.seal(unit, _reply_place(notice.uid), {"said": said}, notices.loan_of(unit, notice))
    notice.replied_at = unit.now
    return notice


def _may_answer(unit: Unit, notice: Notice) -> bool:
    if notice.person_uid == unit.actor.uid:
        return True
    loan = notices.loan_of(unit, notice)
    return loan is not None and unit.may(Act.CHASE_SEND, notices.record_of(unit, loan))


def _replies(unit: Unit, notice: Notice) -> list[dict[str, str]]:
    if not notice.reply:
        return []
    loan = notices.loan_of(unit, notice)
    return list(notices.opened(unit, _reply_place(notice.uid), notice.reply, loan).get("said", ()))


def _reply_place(uid: str) -> str:
    return f"reply|{uid}"


# --- looking --------------------------------------------------------------------------------------


def rows(
    unit: Unit, *, code: str | None = None, borrower: str | None = None, open_only: bool = False,
    number: str | None = None, limit: int = 1000,
) -> list[ChaseLine]:  # fmt: skip
    """The chasing record, newest first: of loans of records this person may see, and of his own.

    *code* is a record or a loan number, *borrower* an account, *open_only* leaves out what has come back,
    *number* is that of one notice.
    """
    unit.look(Act.CHASE_SEE)
    found = (
        select(Notice, Loan, Volume, Item)
        .join(Loan, Loan.uid == Notice.loan_uid)
        .outerjoin(Volume, Volume.uid == Loan.volume_uid)
        .outerjoin(Item, Item.uid == Loan.item_uid)
        .where(_seen(unit), Notice.person_uid == Loan.borrower_uid)
        .order_by(Notice.made_at.desc(), Notice.number.desc())
    )
    if code is not None:
        named = Volume.reference_code == code, Item.reference_code == code, Loan.number == code
        found = found.where(or_(*named))
    if borrower is not None:
        found = found.where(Loan.borrower_uid == unit.person(borrower).uid)
    if open_only:
        found = found.where(Loan.state == LoanState.OUT)
    if number is not None:
        found = found.where(Notice.number == number.strip())
    shown = [
        (notice, loan, volume or item)
        for notice, loan, volume, item in unit.session.execute(found.limit(limit))
    ]
    unit.listed(Act.CHASE_SEE, (record for *_, record in shown))
    known = _People(unit)
    return [_line(unit, known, *one) for one in shown]


def _seen(unit: Unit) -> Any:
    volumes = and_(Loan.volume_uid.is_not(None), policy.visible(unit.actor, Volume))
    items = and_(Loan.item_uid.is_not(None), policy.visible(unit.actor, Item))
    return or_(Loan.borrower_uid == unit.actor.uid, volumes, items)


def _line(unit: Unit, known: _People, notice: Notice, loan: Loan, record: Volume | Item) -> ChaseLine:
    return ChaseLine(
        number=notice.number, loan=loan.number, code=record.reference_code, borrower=known.name(loan.borrower_uid),
        due_on=notice.due_on or loan.due_on, stage=Stage(notice.stage), channel=notice.channel, state=notice.state,
        made_at=notice.made_at, sent_at=notice.sent_at,
        text=notices.words(unit, notice)[1] if notice.stage == HAND else "",
        reply="\n".join(said["text"] for said in _replies(unit, notice)), made_by=known.maker(notice.made_by),
    )  # fmt: skip


def counts(unit: Unit, loan_uids: Iterable[str]) -> dict[str, int]:
    """How often each of these loans was chased: notices to the borrower once it was due, and those by hand.

    Left out is what was cancelled; a loan never chased has no entry. The caller has judged.
    """
    counted: dict[str, int] = {}
    wanted = sorted(set(loan_uids))
    chased = or_(Notice.stage.in_((DUE, HAND)), Notice.stage.startswith(OVERDUE))
    for start in range(0, len(wanted), 500):
        found = (
            select(Notice.loan_uid, func.count())
            .join(Loan, and_(Loan.uid == Notice.loan_uid, Loan.borrower_uid == Notice.person_uid))
            .where(Notice.loan_uid.in_(wanted[start : start + 500]), chased)
            .where(Notice.state != NoticeState.CANCELLED)
            .group_by(Notice.loan_uid)
        )
        counted |= {str(uid): count for uid, count in unit.session.execute(found)}
    return counted
