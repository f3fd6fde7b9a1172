"""The outbox: nothing is lost when mail is down, nothing is sent twice without its being recognisable."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from archive import faults, people
from archive.acts import Act
from archive.circulation import lending, notices
from archive.circulation.mail import Wire
from archive.circulation.notices import Delivered
from archive.errors import BadValue, FileMissing, MailOff, NotAllowed, NotFound, SettingBad, WrongState
from archive.instance import SYSTEM
from archive.model import Event, Loan, Notice
from archive.statuses import Channel, NoticeState
from tests import make
from tests.archive import postoffice
from tests.archive.postoffice import Box, mute, server

QUICK = Wire(timeout=1)
SUBJECT, TEXT = "请还档案 JY2026-00001", "请于今日归还 K001-ZX·02。"


def address(office, account="staff", mail="sun@example.com", phone=None):
    with office.work(account, Act.PERSON_CONTACT) as unit:
        return people.set_contact(unit, account, mail=mail, phone=phone)


def queued(office, account="staff", count=1, **given):
    """*count* notices to somebody, by the archivist; their numbers."""
    with office.work("archivist", Act.NOTICE_SEND) as unit:
        unit.act(Act.NOTICE_SEND)
        made = [
            notices.queue(unit, unit.person(account), stage="test", subject=SUBJECT, text=TEXT, **given)
            for _ in range(count)
        ]
        return [notice.number for notice in made]


def towards(office, port, **given):
    """From now on the office's mail goes to *port* of this machine."""
    found = postoffice.settings(port, **given)
    wanted = {name: getattr(found, name) for name in ("smtp_host", "smtp_port", "smtp_security", "smtp_from")}
    office.instance.settings = replace(office.instance.settings, **wanted)


def deliver(office, wire=QUICK):
    return notices.deliver(office.instance, SYSTEM, wire=wire)


def rows(office):
    with office.ask("archivist", Act.NOTICE_SEE) as unit:
        return {line.number: line for line in notices.rows(unit)}


# --- queueing -------------------------------------------------------------------------------------


def test_req_R47_a_notice_goes_by_mail_where_there_is_an_address_else_on_paper(office):
    """An address makes the channel; the list tells account, stage and channel, and no word of the notice."""
    (paper,) = queued(office)
    address(office)
    (mail,) = queued(office)

    found = rows(office)
    assert (Channel.PAPER, Channel.MAIL) == (found[paper].channel, found[mail].channel)
    assert ("CH2026-00001", "CH2026-00002") == (paper, mail)
    assert {NoticeState.WAITING} == {line.state for line in found.values()}
    assert SUBJECT not in repr(found)


def test_req_R47_a_loan_has_one_notice_of_a_stage_for_a_due_day(office):
    """Asked for again the same notice is given back; another due day is another notice."""
    loan = lent(office)

    def recall(day=None):
        with office.work("archivist", Act.NOTICE_SEND) as unit:
            unit.act(Act.NOTICE_SEND)
            mine = unit.session.get_one(Loan, loan.uid)
            mine.due_on = day or mine.due_on
            unit.session.flush()
            borrower = unit.person("staff")
            made = notices.queue(unit, borrower, stage="recall", subject=SUBJECT, text=TEXT, loan=mine)
            return made.number

    first, again, later = recall(), recall(), recall(loan.due_on + dt.timedelta(days=7))
    assert first == again != later


@pytest.mark.parametrize(
    ("subject", "text"),
    [("", "x"), ("a\nb", "x"), ("  ", "x"), ("=?utf-8?q?a?=", "x"), ("a", ""), ("a", " \n")],
)
def test_rel_an_empty_or_many_lined_notice_is_refused(office, subject, text):
    """Nothing enters the outbox that could not be sent as it is."""
    with pytest.raises(BadValue), office.work("archivist", Act.NOTICE_SEND) as unit:
        unit.act(Act.NOTICE_SEND)
        notices.queue(unit, unit.person("staff"), stage="test", subject=subject, text=text)
    assert {} == rows(office)


# --- delivering -----------------------------------------------------------------------------------


def test_rel_waiting_mail_is_sent_once(office):
    """A run sends what waits, marks each sent with its time, and leaves nothing for the next run."""
    address(office)
    numbers = queued(office, count=25)
    box = Box()
    with server(box) as running:
        towards(office, running.port)
        first, second = deliver(office), deliver(office)

    assert (Delivered(sent=25), Delivered()) == (first, second)
    assert 25 == len({letter["Message-ID"] for letter in box.letters()}) == len(box.taken)
    assert {(NoticeState.SENT, office.now, 1)} == {
        (line.state, line.sent_at, line.attempts) for line in rows(office).values()
    }
    assert set(numbers) == set(rows(office))


def test_rel_without_a_server_no_notice_moves_and_the_command_says_so(office):
    """No host, no connection, no change; a person who asks for sending is told why not."""
    address(office)
    queued(office)
    before = rows(office)

    assert Delivered(waiting=1) == deliver(office)
    assert before == rows(office)
    with pytest.raises(MailOff), office.ask("archivist", Act.NOTICE_SEE) as unit:
        notices.demand_mail(unit)


def test_rel_nothing_is_lost_while_mail_is_down(office, monkeypatch):
    """Down for days: every notice is kept with the failure's code and tried after growing pauses; up again, each arrives once."""
    monkeypatch.setattr(notices, "BATCH", 4)
    address(office)
    queued(office, count=6)
    port = postoffice.free_port()
    towards(office, port)
    waits = []
    for _ in range(5):
        found = deliver(office)
        assert (4, "down", True, 6) == (found.failed, found.failure, found.down, found.waiting)
        assert Delivered(failed=2, failure="down", down=True, waiting=6) == deliver(office)
        assert Delivered(waiting=6) == deliver(office)
        tried = {line.next_try_at for line in rows(office).values()}
        assert {("down", NoticeState.FAILED)} == {
            (line.failure, line.state) for line in rows(office).values()
        }
        waits.append(max(tried) - office.now)
        office.now = max(tried)
    box = Box()
    with server(box, port=port):
        found = deliver(office)

    assert sorted(waits) == waits == [dt.timedelta(minutes=m) for m in (10, 30, 120, 360, 1440)]
    assert (6, 6, 0) == (found.sent, len(box.taken), found.waiting)
    assert {""} == {line.failure for line in rows(office).values()}


def test_rel_a_silent_server_does_not_hold_up_the_house(office):
    """One time limit, then the run ends; the notices are kept."""
    address(office)
    queued(office, count=3)
    with mute() as port:
        towards(office, port)
        assert (3, "timeout") == (lambda found: (found.failed, found.failure))(
            deliver(office, Wire(timeout=0.3))
        )
    assert {NoticeState.FAILED} == {line.state for line in rows(office).values()}


def test_rel_one_refused_letter_holds_up_no_other(office):
    """550 for one address: kept for a day with its code; the rest arrive."""
    address(office)
    address(office, "clerk", "zhou@example.com")
    queued(office)
    queued(office, "clerk")

    class Picky(Box):
        async def handle_RCPT(self, server, session, envelope, name, options):
            self.rcpt = "550 unknown" if name.startswith("sun") else ""
            return await super().handle_RCPT(server, session, envelope, name, options)

    box = Picky()
    with server(box) as running:
        towards(office, running.port)
        found = deliver(office)

    refused = next(line for line in rows(office).values() if line.account == "staff")
    assert (1, 1, "550", False) == (found.sent, found.failed, found.failure, found.down)
    assert (NoticeState.FAILED, office.now + dt.timedelta(days=1)) == (refused.state, refused.next_try_at)


def test_rel_after_ten_attempts_a_person_must_tell(office):
    """Mail that never works goes on the list of what is to be told by hand, its last failure kept."""
    address(office)
    queued(office)
    box = Box(rcpt="451 later")
    with server(box) as running:
        towards(office, running.port)
        for _ in range(12):
            found = deliver(office)
            office.tick(days=2)

    (line,) = rows(office).values()
    assert (Channel.PAPER, NoticeState.FAILED, "451", 10) == (
        line.channel,
        line.state,
        line.failure,
        line.attempts,
    )
    assert (0, 1) == (found.waiting, found.by_hand)
    with office.ask("archivist", Act.NOTICE_SEE) as unit:
        assert [line.number] == [one.number for one in notices.rows(unit, by_hand=True)]


def test_rel_an_address_taken_back_turns_mail_into_paper(office):
    """Whoever has no address when the letter is taken in hand is to be told by somebody."""
    address(office)
    queued(office)
    address(office, mail="")
    with server(box := Box()) as running:
        towards(office, running.port)
        assert Delivered(by_hand=1) == deliver(office)
    assert [] == box.taken


def test_rel_a_bad_setting_is_told_before_any_notice_is_claimed(office):
    """A missing password file or a clear-text line to a stranger: an error, and no attempt counted."""
    address(office)
    queued(office)
    towards(office, 25, smtp_host="mail.example.com")
    with pytest.raises(SettingBad):
        deliver(office)
    towards(office, 25)
    office.instance.settings = replace(
        office.instance.settings, smtp_user="x", smtp_password_file="/none/there"
    )
    with pytest.raises(FileMissing):
        deliver(office)
    assert {(NoticeState.WAITING, 0)} == {(line.state, line.attempts) for line in rows(office).values()}


# --- at least once --------------------------------------------------------------------------------


def cut(office, place) -> None:
    """A run that the machine ends at *place*."""
    with faults.armed(f"{place}:1:eio"), pytest.raises(OSError):  # noqa: PT011
        deliver(office)


@pytest.mark.parametrize(("place", "letters"), [("notices.claimed", 1), ("notices.sent", 2)])
def test_rel_a_run_cut_short_sends_again_under_the_same_message_id(office, place, letters):
    """Cut before sending: it is sent later. Cut between sending and marking: a repeat that can be recognised."""
    address(office)
    queued(office)
    box = Box()
    with server(box) as running:
        towards(office, running.port)
        cut(office, place)
        early = deliver(office)
        office.tick(minutes=11)
        late = deliver(office)

    assert (0, 1) == (early.sent, late.sent)
    assert letters == len(box.taken)
    assert 1 == len({letter["Message-ID"] for letter in box.letters()})
    assert {NoticeState.SENT} == {line.state for line in rows(office).values()}


def doubled(office, runs) -> int:
    """How many letters two runs at the same time send twice."""
    address(office)
    queued(office, count=12)
    box = Box()
    with server(box) as running:
        towards(office, running.port)
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(runs, office) for _ in range(2)]:
                done.result()
    sent = [letter["Message-ID"] for letter in box.letters()]
    assert 12 == len(set(sent))
    return len(sent) - len(set(sent))


def test_rel_two_runs_at_once_send_each_letter_once(office):
    """Claims keep two runs apart."""
    assert 0 == doubled(office, deliver)


def test_rel_witness_runs_without_claims_send_letters_twice(office, monkeypatch):
    """The same check finds the repeats of a run that forgets to claim."""
    real, pause = notices._claim, notices.Postman.send

    def unclaimed(unit, notice):
        made = real(unit, notice)
        notice.next_try_at = unit.now
        return made

    def slowly(self, letter):
        import time

        time.sleep(0.01)
        return pause(self, letter)

    monkeypatch.setattr(notices, "_claim", unclaimed)
    monkeypatch.setattr(notices.Postman, "send", slowly)
    assert doubled(office, deliver) > 0


# --- loans that came back -------------------------------------------------------------------------


def lent(office):
    volume = make.volume(office, "ZX·02", 2, held=True)
    make.approved(office, volume, to="staff")
    with office.work("archivist", Act.LOAN_LEND) as unit:
        return lending.lend(unit, volume, to="staff", purpose="核对图纸")


def about(office, loan, stage="overdue-1"):
    """A notice of *stage* about *loan* in the outbox."""
    with office.work("archivist", Act.NOTICE_SEND) as unit:
        unit.act(Act.NOTICE_SEND)
        mine = unit.session.get_one(Loan, loan.uid)
        notices.queue(unit, unit.person("staff"), stage=stage, subject=SUBJECT, text=TEXT, loan=mine)


@pytest.mark.parametrize("by_counter", [True, False])
def test_req_R47_what_waits_about_a_returned_loan_is_cancelled(office, by_counter):
    """Taken back over the counter it is cancelled at once; however it came back, at the latest before mail is sent."""
    address(office)
    loan = lent(office)
    about(office, loan)
    about(office, loan, "recall")
    if by_counter:
        with office.work("archivist", Act.LOAN_RETURN) as unit:
            lending.take_back(unit, loan.number)
        assert {NoticeState.CANCELLED} == {line.state for line in rows(office).values()}
    else:
        with office.work("archivist", Act.LOAN_RETURN) as unit:
            unit.act(Act.LOAN_RETURN)
            came = {"state": "RETURNED", "returned_at": unit.now, "returned_by": loan.borrower_uid}
            unit.session.execute(update(Loan).values(**came, received_by=unit.actor.uid))
    with server(box := Box()) as running:
        towards(office, running.port)
        assert (0 if by_counter else 2, 0) == (lambda d: (d.cancelled, d.sent))(deliver(office))
    assert [] == box.taken


def test_req_R47_a_chase_of_a_day_that_was_moved_is_cancelled_but_a_recall_stays(office):
    """After a renewal nobody is chased for the old day; what was recalled stays recalled."""
    address(office)
    loan = lent(office)
    about(office, loan)
    about(office, loan, "recall")
    with office.work("archivist", Act.LOAN_RENEW) as unit:
        unit.act(Act.LOAN_RENEW)
        unit.session.execute(update(Loan).values(due_on=loan.due_on + dt.timedelta(days=7)))
    with server(box := Box()) as running:
        towards(office, running.port)
        found = deliver(office)
    assert (1, 1, 1) == (found.cancelled, found.sent, len(box.taken))


# --- told by a person; who sees what --------------------------------------------------------------


def test_req_R47_a_notice_told_by_a_person_is_done(office):
    """The channel it was told by is kept; a second time, by mail, or of no such number it is refused."""
    (number,) = queued(office)
    with pytest.raises(BadValue), office.work("archivist", Act.NOTICE_SEND) as unit:
        notices.told(unit, number, channel=Channel.MAIL)
    with office.work("archivist", Act.NOTICE_SEND) as unit:
        notices.told(unit, number, channel=Channel.TELEPHONE)
    with pytest.raises(WrongState), office.work("archivist", Act.NOTICE_SEND) as unit:
        notices.told(unit, number, channel=Channel.TELEPHONE)
    with pytest.raises(NotFound), office.work("archivist", Act.NOTICE_SEND) as unit:
        notices.told(unit, "CH2026-09999", channel=Channel.TELEPHONE)
    line = rows(office)[number]
    assert (NoticeState.SENT, Channel.TELEPHONE, office.now) == (line.state, line.channel, line.sent_at)


def shown(office, who, number):
    with office.ask(who, Act.NOTICE_SEE) as unit:
        return notices.show(unit, number)


def test_conf_the_words_of_a_notice_are_for_who_may_see_what_it_speaks_of(office):
    """The archivist reads it, the system administrator sees that there is one; a clerk is refused the outbox."""
    loan = lent(office)
    about(office, loan)
    (number,) = rows(office)

    assert (SUBJECT, TEXT) == (lambda line: (line.subject, line.text))(shown(office, "archivist", number))
    assert ("", "") == (lambda line: (line.subject, line.text))(shown(office, "admin", number))
    with pytest.raises(NotAllowed):
        shown(office, "clerk", number)
    with pytest.raises(NotFound):
        shown(office, "archivist", "CH1-1")


def test_conf_log_and_database_hold_no_word_of_a_notice(office):
    """Subject, text, address and name are sealed; the log has numbers and codes of failures."""
    address(office)
    queued(office)
    box = Box(rcpt="550 no such person sun@example.com here")
    with server(box) as running:
        towards(office, running.port)
        deliver(office)
    raw = (office.home / "catalogue.db").read_bytes()
    for word in (SUBJECT, TEXT, "sun@example.com", "no such person"):
        assert word.encode() not in raw
    with office.instance.ask(SYSTEM, Act.NOTICE_SEE) as unit:
        facts = unit.session.scalars(select(Event.facts).where(Event.act == "notice.send")).all()
        cards = unit.session.scalars(select(Notice.card)).all()
    assert {"attempt": 1, "failure": "550"} in [json.loads(one) for one in facts]
    assert all(TEXT.encode() not in card for card in cards)


# --- addresses ------------------------------------------------------------------------------------


def test_ppl_everybody_sets_his_own_address_and_hr_or_the_administrator_anybodys(office):
    """Set, changed in part, removed; a colleague may not set it, and only keepers and managers may read it."""
    address(office, phone="0755-12345678")
    with office.work("hr", Act.PERSON_CONTACT) as unit:
        people.set_contact(unit, "staff", phone="+86 138 0013 8000")
    with office.ask("staff", Act.PERSON_SEE) as unit:
        mine = people.contact(unit, "staff")
    assert ("sun@example.com", "+86 138 0013 8000") == (mine.mail, mine.phone)
    for who in ("clerk", "gm", "auditor"):
        with pytest.raises(NotAllowed), office.work(who, Act.PERSON_CONTACT) as unit:
            people.set_contact(unit, "staff", mail="x@example.com")
    for who in ("auditor", "security"):
        with pytest.raises(NotAllowed), office.ask(who, Act.PERSON_SEE) as unit:
            people.contact(unit, "staff")
    with office.ask("manager", Act.PERSON_SEE) as unit:
        assert mine == people.contact(unit, "staff")
    address(office, mail="", phone="")
    with office.ask("staff", Act.PERSON_SEE) as unit:
        assert ("", "") == (lambda one: (one.mail, one.phone))(people.contact(unit, "staff"))


@pytest.mark.parametrize("phone", ["abc", "1", "138\n0013", "１３８００１３８０００", "-138001", "1" * 40])
def test_ppl_a_telephone_number_is_digits_or_refused(office, phone):
    """A slip changes nothing."""
    with pytest.raises(BadValue):
        address(office, mail=None, phone=phone)
    with office.ask("staff", Act.PERSON_SEE) as unit:
        assert people.contact(unit, "staff").phone == ""
