"""The outbox: every notice is a row first, and leaves the house afterwards; none is lost when mail is down.

At least once: a letter is claimed before it is sent and marked after, and its Message-ID never changes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CursorResult, Select, func, or_, select, update

from archive import people
from archive.acts import Act
from archive.cards import plain
from archive.circulation.mail import Failure, Letter, Postman, Wire, subject_checked
from archive.circulation.stages import Stage
from archive.errors import BadValue, MailOff, NotFound, WrongState
from archive.faults import point
from archive.instance import Instance, Who
from archive.lives import NOTICE
from archive.model import Item, Loan, Notice, Person, Volume, new_uid
from archive.statuses import Channel, NoticeState
from archive.unit import Unit
from archive.values import LoanState, Role
from archive.volumes import next_number

NOTICE_KEY = "notice"
#: The stage of what a person said in his own words.
HAND = "hand"
#: Letters claimed together; with a silent server their claims outlast the attempt.
BATCH = 20
#: How long a failed letter waits before the next attempt, by the number of attempts made.
PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (10, 30, 120, 360, 1440))
#: After so many attempts mail has had its chance: somebody must tell the person (the notice stays waiting).
LAST_ATTEMPT = 10
#: States in which a notice has not reached anybody.
UNSENT = (NoticeState.WAITING, NoticeState.FAILED)
#: The channels of somebody who tells the person himself.
BY_HAND = frozenset({Channel.TELEPHONE, Channel.IN_PERSON, Channel.PAPER})


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One line of the outbox; subject and text only for who may see what they speak of."""

    number: str
    account: str
    stage: str
    loan: str
    channel: Channel
    state: NoticeState
    made_at: dt.datetime
    sent_at: dt.datetime | None
    attempts: int
    next_try_at: dt.datetime | None
    failure: str
    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run of the outbox came to: letters sent and failed, and what still waits for mail or for a person."""

    sent: int = 0
    failed: int = 0
    cancelled: int = 0
    waiting: int = 0
    by_hand: int = 0
    failure: str = ""
    down: bool = False


# --- writing --------------------------------------------------------------------------------------


def queue(
    unit: Unit, person: Person, *, stage: str, subject: str, text: str, loan: Loan | None = None,
    channel: Channel | None = None, said_of: Loan | None = None,
) -> Notice:  # fmt: skip
    """Put a notice to *person* into the outbox; the caller has named his act.

    Without *channel* it goes by mail if there is an address, else on paper. Of a *loan* there is one notice of a
    stage to a person for one due day: asked again, that one is given back. What a person says in his own words is *said_of* a loan: sealed under its record's key, as often
    as it is said. Raises `BadValue`.
    """
    if loan is not None:
        same = select(Notice).where(
            Notice.loan_uid == loan.uid, Notice.due_on == loan.due_on, Notice.stage == stage,
            Notice.person_uid == person.uid,
        )  # fmt: skip
        found = unit.session.scalar(same)
        if found is not None:
            return found
    uid, first, about = new_uid(), numbers(unit, 1)[0], loan or said_of
    made = Notice(
        uid=uid, number=first, loan_uid=about.uid if about else None, due_on=loan.due_on if loan else None,
        stage=stage, person_uid=person.uid, channel=channel or channel_of(unit, person),
        state=NoticeState.WAITING, made_at=unit.now, made_by=unit.actor.uid,
        card=sealed(unit, uid, subject, text, said_of=said_of), attempts=0, next_try_at=unit.now,
    )  # fmt: skip
    unit.session.add(made)
    unit.session.flush()
    return made


def numbers(unit: Unit, count: int) -> list[str]:
    """The next *count* numbers of notices, CH2026-00001 and on."""
    prefix = f"CH{unit.today.year}-"
    first = next_number(unit, prefix, count)
    return [f"{prefix}{number:05d}" for number in range(first, first + count)]


def channel_of(unit: Unit, person: Person) -> Channel:
    """By mail where there is an address, else somebody hands it over."""
    return Channel.MAIL if people.contact_of(unit, person).mail else Channel.PAPER


def sealed(unit: Unit, uid: str, subject: str, text: str, *, said_of: Loan | None = None) -> bytes:
    """Subject and text of notice *uid*, sealed; raises `BadValue` if one is empty, or the subject is no plain line."""
    subject_checked(subject)
    if not text.strip():
        raise BadValue(field="text", value=text, expected="…")
    return seal(unit, uid, {"subject": subject, "text": text}, said_of)


def words(unit: Unit, notice: Notice) -> tuple[str, str]:
    """Subject and text of a notice, opened; empty once the record they speak of is destroyed. The caller has judged."""
    told = opened(unit, notice.uid, notice.card, loan_of(unit, notice) if notice.stage == HAND else None)
    return told.get("subject", ""), told.get("text", "")


def seal(unit: Unit, place: str, said: Mapping[str, Any], loan: Loan | None) -> bytes:
    """What was *said*, under the key of the record that *loan* is of; without a loan under the house's."""
    if loan is None:
        return unit.keys.seal_with(NOTICE_KEY, place.encode(), plain(said))
    return unit.keys.seal(loan.volume_uid or loan.item_uid or "", f"{NOTICE_KEY}|{place}", plain(said))


def opened(unit: Unit, place: str, raw: bytes, loan: Loan | None) -> dict[str, Any]:
    """What `seal` was given; nothing if the record's key is destroyed."""
    if loan is None:
        return dict(json.loads(unit.keys.open_with(NOTICE_KEY, place.encode(), raw)))
    return unit.told(loan.volume_uid or loan.item_uid or "", f"{NOTICE_KEY}|{place}", raw)


def loan_of(unit: Unit, notice: Notice) -> Loan | None:
    """The loan a notice speaks of."""
    return unit.session.get(Loan, notice.loan_uid) if notice.loan_uid else None


def cancel_for(unit: Unit, loan: Loan, act: Act) -> int:
    """Cancel what waits to be said of *loan*, returned or renewed by *act*; how many notices."""
    target = NOTICE.after(NoticeState.WAITING, act)
    waiting = update(Notice).where(Notice.loan_uid == loan.uid, Notice.state.in_(UNSENT))
    return _count(unit, waiting.values(state=target))


def _count(unit: Unit, statement: object) -> int:
    done = unit.session.execute(statement, execution_options={"synchronize_session": "fetch"})  # type: ignore[call-overload]
    assert isinstance(done, CursorResult)
    return max(0, done.rowcount)


# --- delivering -----------------------------------------------------------------------------------


def deliver(instance: Instance, who: Who, *, wire: Wire | None = None) -> Delivered:
    """Send what waits for mail, each letter marked in a transaction of its own; stops when the line is down.

    Without a server set nothing is sent. Raises `SettingBad`, `FileMissing`, `SecretFileUnsafe` before it begins.
    """
    told = Delivered(cancelled=_tidied(instance, who))
    if instance.settings.smtp_host:
        with Postman(instance.settings, instance.home, wire) as postman:
            while postman.broken is None and (batch := _claimed(instance, who)):
                for letter in batch:
                    told = _posted(instance, who, postman, letter, told)
            told = replace(told, down=postman.broken is not None)
    with instance.ask(who, Act.NOTICE_SEE) as unit:
        waiting, by_hand = waiting_count(unit)
    return replace(told, waiting=waiting, by_hand=by_hand)


def demand_mail(unit: Unit) -> None:
    """Raise `MailOff` if no mail server is set."""
    if not unit.settings.smtp_host:
        raise MailOff(waiting=waiting_count(unit)[0])


def _tidied(instance: Instance, who: Who) -> int:
    """Cancel what speaks of loans that came back, or of due days that a renewal has moved."""
    with instance.work(who, Act.NOTICE_SEND) as unit:
        unit.act(Act.NOTICE_SEND)
        back = select(Loan.uid).where(Loan.uid == Notice.loan_uid, Loan.state != LoanState.OUT).exists()
        moved = select(Loan.uid).where(Loan.uid == Notice.loan_uid, Loan.due_on != Notice.due_on).exists()
        chased = or_(
            Notice.stage.in_(("before", "due")), Notice.stage.startswith("overdue-", autoescape=True)
        )
        unsent = update(Notice).where(Notice.state.in_(UNSENT))
        returned = NOTICE.after(NoticeState.WAITING, Act.LOAN_RETURN)
        renewed = NOTICE.after(NoticeState.WAITING, Act.LOAN_RENEW)
        done = _count(unit, unsent.where(back).values(state=returned))
        done += _count(unit, unsent.where(chased, moved).values(state=renewed))
        unit.lines[-1].facts = {"cancelled": done}
        if not done:
            unit.lines.pop()
    return done


def _claimed(instance: Instance, who: Who) -> list[Letter]:
    """The next letters, claimed: another run passes them over until their pause is past."""
    with instance.work(who, Act.NOTICE_SEND) as unit:
        unit.act(Act.NOTICE_SEND)
        due = or_(Notice.next_try_at.is_(None), Notice.next_try_at <= unit.now)
        rows = _by_mail(select(Notice)).where(due).order_by(Notice.made_at, Notice.number).limit(BATCH)
        found = list(unit.session.scalars(rows.with_for_update(skip_locked=True)))
        letters = [letter for notice in found if (letter := _claim(unit, notice)) is not None]
        unit.lines[-1].facts = {"claimed": [notice.number for notice in found]}
        if not found:
            unit.lines.pop()
    point("notices.claimed")
    return letters


def _by_mail(rows: Select[Notice]) -> Select[Notice]:
    return rows.where(Notice.channel == Channel.MAIL, Notice.state.in_(UNSENT))


def _claim(unit: Unit, notice: Notice) -> Letter | None:
    """The letter of *notice*; None where nobody is to be reached by mail any more: it is to be handed over."""
    address = people.contact_of(unit, unit.session.get_one(Person, notice.person_uid)).mail
    if not address:
        notice.channel = Channel.PAPER
        return None
    notice.attempts += 1
    notice.next_try_at = unit.now + PAUSES[min(notice.attempts, len(PAUSES)) - 1]
    subject, text = words(unit, notice)
    return Letter(notice.uid, address, subject, text, notice.made_at)


def _posted(instance: Instance, who: Who, postman: Postman, letter: Letter, told: Delivered) -> Delivered:
    failure = postman.send(letter)
    point("notices.sent")
    with instance.work(who, Act.NOTICE_SEND) as unit:
        _mark(unit, unit.session.get_one(Notice, letter.uid), failure)
    if failure is None:
        return replace(told, sent=told.sent + 1)
    return replace(told, failed=told.failed + 1, failure=failure.code)


def _mark(unit: Unit, notice: Notice, failure: Failure | None) -> None:
    """Note how the attempt ended; what was cancelled or told meanwhile stays so."""
    unit.act(Act.NOTICE_SEND, notice, attempt=notice.attempts, failure=failure.code if failure else None)
    if notice.state not in UNSENT:
        return
    if failure is None:
        notice.state = NOTICE.after(notice.state, Act.NOTICE_SEND)
        notice.sent_at, notice.next_try_at, notice.failure = unit.now, None, ""
        return
    notice.state, notice.failure = NoticeState.FAILED, failure.code
    if failure.final:
        notice.next_try_at = unit.now + PAUSES[-1]
    if notice.attempts >= LAST_ATTEMPT:
        notice.channel = Channel.PAPER


# --- told by a person -----------------------------------------------------------------------------


def told(unit: Unit, number: str, *, channel: Channel) -> Notice:
    """Note that a notice was told or handed over by a person; raises `NotFound`, `BadValue`, `WrongState`."""
    notice = one(unit, number)
    unit.act(Act.NOTICE_SEND, notice, channel=channel)
    if channel not in BY_HAND:
        raise BadValue(field="channel", value=channel, expected=sorted(BY_HAND))
    if notice.state not in UNSENT:
        raise WrongState(state=notice.state, act=Act.NOTICE_SEND)
    notice.state, notice.channel = NOTICE.after(notice.state, Act.NOTICE_SEND), channel
    notice.sent_at, notice.next_try_at = unit.now, None
    return notice


def one(unit: Unit, number: str) -> Notice:
    """The notice with this number; raises `NotFound`."""
    found = unit.session.scalar(select(Notice).where(Notice.number == number))
    if found is None:
        raise NotFound(what="notice", code=number)
    return found


# --- looking --------------------------------------------------------------------------------------


def rows(unit: Unit, *, waiting: bool = False, by_hand: bool = False, limit: int = 1000) -> list[NoticeLine]:
    """The newest lines of the outbox, without their words; *waiting*: unsent; *by_hand*: to be told by a person."""
    unit.look(Act.NOTICE_SEE)
    found = select(Notice, Person.account, Loan.number).join(Person, Person.uid == Notice.person_uid)
    found = found.outerjoin(Loan, Loan.uid == Notice.loan_uid)
    if waiting or by_hand:
        found = found.where(Notice.state.in_(UNSENT))
    if by_hand:
        found = found.where(Notice.channel != Channel.MAIL)
    newest = found.order_by(Notice.made_at.desc(), Notice.number.desc()).limit(limit)
    return [_line(notice, account, number or "") for notice, account, number in unit.session.execute(newest)]


def show(unit: Unit, number: str) -> NoticeLine:
    """One notice; its words for whom it is addressed to, and for the archivist who may see what it speaks of."""
    notice = one(unit, number)
    unit.look(Act.NOTICE_SEE, notice)
    account = unit.session.get_one(Person, notice.person_uid).account
    loan = loan_of(unit, notice)
    line = _line(notice, account, loan.number if loan else "")
    if not _may_read(unit, notice, loan):
        return line
    subject, text = words(unit, notice)
    return replace(line, subject=subject, text=text)


def _may_read(unit: Unit, notice: Notice, loan: Loan | None) -> bool:
    if notice.person_uid == unit.actor.uid:
        return True
    if loan is None:
        return unit.actor.has(Role.ARCHIVIST)
    return unit.may(Act.RECORD_SEE, record_of(unit, loan))


def record_of(unit: Unit, loan: Loan) -> Volume | Item:
    """What a loan is of; the caller judges."""
    if loan.volume_uid is not None:
        return unit.session.get_one(Volume, loan.volume_uid)
    return unit.session.get_one(Item, loan.item_uid)


def _line(notice: Notice, account: str, loan: str) -> NoticeLine:
    return NoticeLine(
        number=notice.number, account=account, stage=Stage(notice.stage), loan=loan, channel=notice.channel,
        state=notice.state, made_at=notice.made_at, sent_at=notice.sent_at, attempts=notice.attempts,
        next_try_at=notice.next_try_at if notice.state in UNSENT else None, failure=notice.failure,
    )  # fmt: skip


def waiting_count(unit: Unit) -> tuple[int, int]:
    """How many notices wait for mail, and how many for somebody to tell them."""
    unit.look(Act.NOTICE_SEE)
    unsent = select(Notice.channel == Channel.MAIL, func.count()).where(Notice.state.in_(UNSENT))
    counted = {
        bool(mail): count
        for mail, count in unit.session.execute(unsent.group_by(Notice.channel == Channel.MAIL))
    }
    return counted.get(True, 0), counted.get(False, 0)
