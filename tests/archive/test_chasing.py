"""催还: every stage on its day and once, one record of each word said, and no title in any of it (R47, F12)."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from archive import people
from archive.acts import Act
from archive.circulation import chasing, lending, notices, renewing, stages
from archive.circulation.chasing import Chased
from archive.circulation.stages import COPIES, copied_to, horizon, nth, stage
from archive.config import Settings
from archive.errors import ArchiveError, BadValue, NotAllowed, NotFound, NotOnLoan, OtherDepartment
from archive.instance import SYSTEM
from archive.model import Event, Loan, Notice, Volume, new_uid
from archive.statuses import Channel, NoticeState
from archive.values import LoanState, Role
from tests import make
from tests.archive.test_notices import address

USUAL = Settings()
MONDAY = dt.date(2026, 3, 9)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


# --- stages ---------------------------------------------------------------------------------------

#: due on, today, stage: three working days before, every seven days after. 2026-03-09 is a Monday.
VECTORS = [
    ("2026-03-13", "2026-03-09", None), ("2026-03-13", "2026-03-10", "before"), ("2026-03-13", "2026-03-12", "before"),
    ("2026-03-13", "2026-03-13", "due"), ("2026-03-13", "2026-03-14", "overdue-1"), ("2026-03-13", "2026-03-20", "overdue-1"),
    ("2026-03-13", "2026-03-21", "overdue-2"), ("2026-03-13", "2026-03-28", "overdue-3"), ("2026-03-13", "2026-04-11", "overdue-5"),
    # a weekend between: Wednesday reaches Monday; due on a Saturday is spoken of on Tuesday
    ("2026-03-16", "2026-03-11", "before"), ("2026-03-16", "2026-03-10", None), ("2026-03-14", "2026-03-10", "before"),
    # the new year's holiday, and the spring festival of 2026 (15-23 February, 14 and 28 worked)
    ("2026-01-05", "2025-12-29", None), ("2026-01-05", "2025-12-31", "before"), ("2026-02-24", "2026-02-12", "before"),
    ("2026-02-24", "2026-02-11", None),
]  # fmt: skip


@pytest.mark.parametrize(("due_on", "today", "expected"), VECTORS)
def test_req_R47_stages_come_on_their_days(due_on, today, expected):
    """Before, on the day, the day after, and every week; counted back over weekends and holidays."""
    assert expected == stage(day(due_on), day(today), USUAL)


def skipped(one=stage) -> list:
    """Due days of two years that are never reminded of before they are due, walking day by day."""
    found = []
    for ahead in range(0, 700, 3):
        due_on = MONDAY + dt.timedelta(days=ahead)
        walk = [one(due_on, due_on - dt.timedelta(days=back), USUAL) for back in range(30, 0, -1)]
        firsts = [number for number, told in enumerate(walk) if told == "before"]
        if not firsts or walk[firsts[0] :] != ["before"] * len(walk[firsts[0] :]):
            found.append(due_on)
    return found


def test_req_R47_every_due_day_is_reminded_of_and_then_without_a_gap():
    """Also due days on weekends and in holidays."""
    assert [] == skipped()


def test_req_R47_witness_reminders_on_one_exact_day_miss_due_days_on_weekends():
    """The same walk over a stage that asks for exactly three days finds the gaps."""

    def exact(due_on, today, settings):
        return "before" if (due_on - today).days == settings.chase_before_days else None

    assert skipped(exact)


@given(st.integers(-400, 4000), st.integers(1, 40), st.integers(1, 30))
def test_req_R47_stages_never_go_back(late, every, before):
    """From one day to the next the stage stays or goes one on."""
    wanted = Settings(chase_every_days=every, chase_before_days=before)
    today = MONDAY + dt.timedelta(days=late)
    one, two = stage(MONDAY, today, wanted), stage(MONDAY, today + dt.timedelta(days=1), wanted)
    order = [None, "before", "due", "overdue-1"]
    if late >= 1:
        assert nth(two or "") - nth(one or "") in {0, 1}
        assert nth(one or "") == 1 + (late - 1) // every
    elif late >= -1:
        assert (one, two) in set(zip(order, order[1:], strict=False)) | {("before", "before")}


def test_req_R47_superiors_hear_of_it_from_the_third_and_the_fifth_time():
    """The ladder is a table of posts with its clause; a calendar without working days ends."""
    assert {Role.DEPT_MANAGER: 3, Role.GM_SECRETARY: 5} == {copy.post: copy.nth for copy in COPIES}
    assert [0, 0, 0, 1, 1, 2] == [
        len(copied_to(name))
        for name in ("before", "due", "overdue-2", "overdue-3", "overdue-4", "overdue-12")
    ]
    assert {"8-1.3.5"} == {copy.clause for copy in COPIES}
    assert horizon(MONDAY, USUAL, lambda _: False) - MONDAY <= stages.FURTHEST + dt.timedelta(days=1)


# --- the daily run --------------------------------------------------------------------------------


def lent(office, *, to="staff", days=10, **given):
    """A held volume lent for *days*; the loan."""
    volume = make.volume(office, "ZX·02", 1, held=True, **given)
    make.approved(office, volume, to=to)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        return lending.lend(unit, volume, to=to, purpose="核对图纸", days=days)


def go(office, on) -> Chased:
    """The run on the day *on*."""
    office.now = dt.datetime.combine(on, dt.time(1), dt.UTC)
    with office.instance.work(SYSTEM, Act.CHASE_SEND) as unit:
        return chasing.run(unit)


def told(office, kind=Notice.stage) -> list:
    with office.ask("archivist", Act.CHASE_SEE) as unit:
        return list(unit.session.scalars(select(kind).order_by(Notice.number)))


def test_req_R47_a_loan_is_chased_stage_by_stage_each_once(office):
    """Run every day for two months, some days twice: every stage of every day once, copies as the ladder says."""
    loan = lent(office)
    start = office.now.date()
    for step in range(60):
        go(office, start + dt.timedelta(days=step))
        if step % 7 == 0:
            assert Chased() == go(office, start + dt.timedelta(days=step))

    with office.ask("archivist", Act.CHASE_SEE) as unit:
        rows = unit.session.execute(select(Notice.stage, Notice.person_uid).order_by(Notice.number)).all()
        secretary, staff = unit.person("secretary").uid, unit.person("staff").uid
    late = (start + dt.timedelta(days=59) - loan.due_on).days
    wanted = ["before", "due", *(f"overdue-{n}" for n in range(1, 2 + (late - 1) // 7))]
    assert wanted == [name for name, uid in rows if uid == staff]
    assert [name for name in wanted if nth(name) >= 5] == [name for name, uid in rows if uid == secretary]


def test_req_R47_days_missed_bring_the_newest_stage_and_no_flood(office):
    """After a month without rounds there is one notice, of today's stage."""
    loan = lent(office)
    found = go(office, loan.due_on + dt.timedelta(days=30))

    assert Chased(notices=1, copies=1) == found
    assert ["overdue-5", "overdue-5"] == told(office)


def test_req_R47_a_large_chase_is_done_in_short_transactions(office, monkeypatch):
    """Batch by batch, every loan once, each batch with the line of its counts."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    many(office, volume, [office.now.date()] * 25)
    monkeypatch.setattr(chasing, "BATCH", 10)

    assert Chased(notices=25) == chasing.all_due(office.instance, SYSTEM)
    assert Chased() == chasing.all_due(office.instance, SYSTEM)
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        counted = select(Event.facts).where(Event.act == "chase.send", Event.object_kind == "")
        assert [10, 10, 5] == [json.loads(facts)["notices"] for facts in unit.session.scalars(counted)]


def test_req_R47_the_borrowers_own_manager_gets_the_copy(office):
    """A borrower of the customer service's goes to its manager; a manager is not sent a copy of his own chase."""
    lent(office, to="clerk")
    lent(office, to="manager", premises="A1204", dossier="A1204-2025-1")
    go(office, office.now.date() + dt.timedelta(days=10 + 16))

    with office.ask("archivist", Act.CHASE_SEE) as unit:
        named = {
            (unit.session.get_one(Loan, one.loan_uid).borrower_uid, one.person_uid)
            for one in unit.session.scalars(select(Notice))
        }
        uid = {name: unit.person(name).uid for name in ("clerk", "manager")}
    assert named == {
        (uid["clerk"], uid["clerk"]), (uid["clerk"], uid["manager"]), (uid["manager"], uid["manager"]),
    }  # fmt: skip


def test_req_R47_a_renewal_begins_anew(office):
    """Chased for the old day, renewed, and reminded again of the new one."""
    loan = lent(office)
    go(office, loan.due_on)
    with office.work("archivist", Act.LOAN_RENEW) as unit:
        renewed = renewing.renew(unit, loan.number)
    assert Chased() == go(office, loan.due_on)
    go(office, renewed.due_on)

    assert ["due", "due"] == told(office)
    assert [loan.due_on, renewed.due_on] == told(office, Notice.due_on)


def test_req_R47_what_came_back_is_chased_no_more(office):
    """Nothing after the return."""
    loan = lent(office)
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, loan.number)
    assert Chased() == go(office, loan.due_on + dt.timedelta(days=3))


def many(office, volume, due) -> None:
    """Open loans of *volume* by one borrower, one for each day of *due*, put into the tables as they are."""
    with office.work("archivist", Act.LOAN_LEND) as unit:
        unit.act(Act.LOAN_LEND)
        archivist, staff = unit.person("archivist").uid, unit.person("staff").uid
        rows = [
            {
                "uid": new_uid(), "number": f"JY1-{n:05}", "volume_uid": volume, "borrower_uid": staff,
                "state": LoanState.OUT, "card": b"", "lent_by": archivist, "lent_on": day("2020-01-01"),
                "lent_at": unit.now, "due_on": due_on, "items_out": 1, "pages_out": 1, "only_copy": False,
                "take_out": False, "renewals": 0,
            }
            for n, due_on in enumerate(due)
        ]  # fmt: skip
        unit.session.execute(insert(Loan), rows)


def differing(office, on, pure=stage) -> list:
    """Loans whose notice of the run differs from what the pure stage says."""
    go(office, on)
    with office.ask("archivist", Act.CHASE_SEE) as unit:
        staff = unit.person("staff").uid
        mine = select(Notice.loan_uid, Notice.stage).where(Notice.person_uid == staff)
        noted = dict(unit.session.execute(mine).all())
        return [
            (loan.due_on, noted.get(loan.uid))
            for loan in unit.session.scalars(select(Loan))
            if noted.get(loan.uid) != pure(loan.due_on, on, office.instance.settings)
        ]


def test_req_R47_the_database_asks_for_exactly_what_the_table_of_stages_says(office):
    """Due days from three years back to a month ahead, in one run: each loan has the stage of the pure function."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    today = office.now.date()
    many(office, volume, [today + dt.timedelta(days=n) for n in (*range(-60, 30), *range(-1100, -60, 13))])

    assert [] == differing(office, today)


def test_req_R47_witness_a_table_counting_from_the_due_day_itself_is_noticed(office):
    """The same comparison finds a stage one day off."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    today = office.now.date()
    many(office, volume, [today + dt.timedelta(days=n) for n in range(-20, 5)])

    assert differing(
        office, today, lambda due_on, on, settings: stage(due_on, on + dt.timedelta(days=1), settings)
    )


def test_conf_notices_carry_codes_and_never_titles(office):
    """Number, code, day, days and to whom to bring it; in the instance's language; the title nowhere, not even sealed."""
    address(office)
    loan = lent(office)
    go(office, loan.due_on + dt.timedelta(days=2))
    with office.ask("archivist", Act.CHASE_SEE) as unit:
        record = unit.record(unit.session.scalar(select(Volume.uid)) or "")
        title, name = unit.card(record).title, people.name_of(unit, unit.person("staff"))
        (notice,) = unit.session.scalars(select(Notice)).all()
        subject, text = notices.words(unit, notice)
    for fact in (
        loan.number,
        record.reference_code,
        str(loan.due_on),
        "2 天",
        "第 1 次",
        "郑档案",
        name,
        notice.number,
    ):
        assert fact in subject + text
    assert title not in subject + text
    raw = (office.home / "catalogue.db").read_bytes()
    assert all(word.encode() not in raw for word in (text, name, "sun@example.com"))


def test_conf_the_log_of_a_run_has_counts_and_numbers_and_no_name(office):
    """One line with the counts, one for each notice on the number of its loan."""
    loan = lent(office)
    go(office, loan.due_on)
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        lines = unit.session.scalars(select(Event).where(Event.act == "chase.send").order_by(Event.seq)).all()
    assert [{"notices": 1, "copies": 0, "by_mail": 0}] == [json.loads(one.facts) for one in lines[:1]]
    assert [("loan", loan.uid, loan.number)] == [
        (one.object_kind, one.object_uid, one.object_code) for one in lines[1:]
    ]
    assert {b""} == {one.sealed for one in lines}


def test_conf_who_may_not_chase_may_not_run_the_chase(office):
    """A borrower and the system administrator are refused before anything is written."""
    lent(office)
    for who in ("staff", "admin"):
        with pytest.raises(NotAllowed), office.work(who, Act.CHASE_SEND) as unit:
            chasing.run(unit)


# --- by hand --------------------------------------------------------------------------------------


def say_it(office, code, *, who="archivist", channel=Channel.TELEPHONE, text="本周五前送回"):
    with office.work(who, Act.CHASE_SEND) as unit:
        return chasing.send(unit, code, channel=channel, text=text)


def listed(office, who="archivist", **given):
    with office.ask(who, Act.CHASE_SEE) as unit:
        return chasing.rows(unit, **given)


def test_req_R47_what_was_said_by_hand_is_on_the_record_with_channel_text_time_and_reply(office):
    """By loan number or by code; answered by the borrower and by the archivist; both answers stay."""
    loan = lent(office)
    made = say_it(office, loan.number)
    for who, text in (("staff", "下周一归还"), ("archivist", "已约定下周一")):
        with office.work(who, Act.CHASE_REPLY) as unit:
            chasing.reply(unit, made.number, text)

    (line,) = listed(office, borrower="staff", open_only=True)
    assert (loan.number, "孙员工", Channel.TELEPHONE, NoticeState.SENT) == (
        line.loan, line.borrower, line.channel, line.state,
    )  # fmt: skip
    assert ("本周五前送回", "下周一归还\n已约定下周一", office.now) == (line.text, line.reply, line.sent_at)
    assert (
        [line]
        == listed(office, "staff")
        == listed(office, code=line.code)
        == listed(office, code=loan.number)
    )
    assert [] == listed(office, borrower="clerk")


def test_conf_words_said_of_a_record_go_with_its_key(office):
    """What was said and answered opens with the record's key only: destroyed, the line stays and its words are gone."""
    loan = lent(office)
    made = say_it(office, loan.number)
    with office.work("staff", Act.CHASE_REPLY) as unit:
        chasing.reply(unit, made.number, "下周一归还")
    office.instance.keys.drop_keys([loan.volume_uid])

    (line,) = listed(office)
    assert (made.number, "", "") == (line.number, line.text, line.reply)


def test_req_R47_chases_are_counted_for_the_register(office):
    """Notices once due, and words by hand; reminders before, copies and what was cancelled do not count."""
    loan = lent(office)
    go(office, loan.due_on - dt.timedelta(days=1))
    go(office, loan.due_on)
    go(office, loan.due_on + dt.timedelta(days=20))
    for _ in range(2):
        say_it(office, loan.number)
    with office.work("archivist", Act.NOTICE_SEND) as unit:
        assert {loan.uid: 4} == chasing.counts(unit, [loan.uid, "f" * 32])
        unit.act(Act.NOTICE_SEND)
        unit.session.execute(update(Notice).where(Notice.stage == "due").values(state=NoticeState.CANCELLED))
        assert {loan.uid: 3} == chasing.counts(unit, [loan.uid])
        assert {} == chasing.counts(unit, [])


BAD = [
    (lambda loan: "JY2026-09999", Channel.TELEPHONE, "x", NotFound),
    (lambda loan: "K002-ZX", Channel.TELEPHONE, "x", NotFound),
    (lambda loan: loan.number, Channel.TELEPHONE, " \n", BadValue),
    (lambda loan: loan.number, Channel.MAIL, "x", BadValue),
]


@pytest.mark.parametrize(("code", "channel", "text", "error"), BAD)
def test_req_R47_a_slip_in_a_chase_changes_nothing(office, code, channel, text, error):
    """An unknown number, another fonds, no words, mail without an address."""
    loan = lent(office)
    with pytest.raises(error):
        say_it(office, code(loan), channel=channel, text=text)
    assert [] == listed(office)


def test_req_R47_what_is_not_out_is_not_chased(office):
    """Returned, by loan number or by code; never lent."""
    loan = lent(office)
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, loan.number)
        code = unit.session.get_one(Volume, loan.volume_uid).reference_code
    for asked in (loan.number, code):
        with pytest.raises(ArchiveError) as refused:
            say_it(office, asked)
        assert asked == code and refused.type is NotOnLoan or refused.value.code == "wrong-state"


def test_conf_chasing_is_for_who_keeps_the_record_and_replies_for_whom_it_concerns(office):
    """Another department's desk is refused; a stranger's reply and list see nothing of it."""
    loan = lent(office)
    with pytest.raises(OtherDepartment):
        say_it(office, loan.number, who="records")
    made = say_it(office, loan.number, who="clerk")
    before = listed(office)
    for number in (made.number, "CH2026-09999"):
        with pytest.raises(NotFound) as refused, office.work("supervisor", Act.CHASE_REPLY) as unit:
            chasing.reply(unit, number, "x")
        assert {"what": "notice", "code": number} == refused.value.facts
    with pytest.raises(BadValue), office.work("staff", Act.CHASE_REPLY) as unit:
        chasing.reply(unit, made.number, " ")
    assert before == listed(office)


def test_conf_the_chasing_record_hides_what_the_catalogue_hides(office):
    """A raised level takes the line from those not cleared; the borrower keeps his own line."""
    loan = lent(office)
    say_it(office, loan.number)
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        unit.act(Act.VOLUME_LEVEL)
        unit.session.execute(update(Volume).where(Volume.uid == loan.volume_uid).values(level=30))

    assert [] == listed(office, "records")
    assert [loan.number] == [line.loan for line in listed(office, "staff")]
    assert [loan.number] == [line.loan for line in listed(office, "gm")]
    with pytest.raises(NotFound):
        say_it(office, loan.number, who="clerk")
