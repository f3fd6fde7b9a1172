"""What a version moves: previewed, applied where it is longer, left to be re-marked where it is shorter."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from archive import items, reckoning
from archive.acts import Act
from archive.errors import (
    AskedTwice,
    BadValue,
    ClassUnknown,
    InVolume,
    NotAllowed,
    NotForRemark,
    NotFound,
    NothingToRemark,
)
from archive.model import Appraisal, AppraisalLine, Event, Item, PeriodMark, new_uid
from archive.statuses import AppraisalState, MarkCause, Verdict
from archive.values import Period, Trigger, VolumeState
from retention.clock import run
from retention.drift import drifted
from retention.holding import placing
from retention.scheduling import moving, preview, remarking, schedules
from retention.scheduling.moving import Shift
from retention.scheduling.remarking import Barrier
from retention.scheduling.rules import Change, of_class
from tests import make
from tests.retention.revisions import adopted, drafted, reviewed

P = Period.parse
D = dt.date.fromisoformat


def alone(office, *dates, class_code="WS·BG", **given):
    """Papers kept alone, one of each date (None: undated); their uids."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        made = []
        for number, dated in enumerate(dates, 1):
            year = dated.year if dated else 2016
            paper = make.paper(f"{class_code} 第 {number} 件", class_code, dated=dated)
            made += items.file_alone(unit, make.matter(class_code, year=year, **given), [paper])
        return [item.uid for item in made]


def changed(office, kind, uid, **columns):
    """Set columns of a record as something else would have."""
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        unit.session.execute(update(kind.__table__).where(kind.__table__.c.uid == uid).values(**columns))


def stands(office):
    """uid: period, trigger, review date and code of every record that stands for itself."""
    with office.ask("archivist") as unit:
        return {
            one.uid: (one.period, one.trigger, one.review_due, one.reference_code)
            for kind in moving.KINDS
            for one in unit.session.scalars(select(kind).where(kind.scope_uid == kind.uid))
        }


def ask(office, question, who="archivist"):
    with office.ask(who, Act.SCHEDULE_SEE) as unit:
        return question(unit)


def remarked(office, *codes, class_code=None, reason="按现行期限表"):
    with office.work("archivist", Act.SCHEDULE_REMARK) as unit:
        if class_code:
            return remarking.remark_class(unit, class_code, reason=reason)
        return remarking.remark(unit, list(codes), reason=reason)


def steady(office):
    """Every stored date is what the pure clock says of papers and events."""
    with office.ask("auditor", Act.INSTANCE_INSPECT) as unit:
        assert [] == drifted(unit)


# --- preview ---------------------------------------------------------------------------------------


def test_ret_the_preview_tells_every_record_and_by_how_much(office):
    """Totals and lines before adoption; nothing has moved yet."""
    alone(office, D("2020-03-01"), D("2021-12-31"), None)
    before = stands(office)
    drafted(office, Change("WS·BG", P("D30")))

    (total,) = ask(office, lambda unit: preview.totals(unit, "2026.2"))
    assert ("D10", "D30", 3, 3, 0, 0) == (
        total.period, total.new_period, total.records, total.later, total.waiting, total.decided
    )  # fmt: skip
    lines = ask(office, lambda unit: preview.lines(unit, "2026.2"))
    assert [
        (D("2031-01-01"), D("2051-01-01"), 7305), (D("2032-01-01"), D("2052-01-01"), 7305),
        (D("2027-01-01"), D("2047-01-01"), 7305),
    ] == [(line.review_due, line.new_review_due, line.days) for line in lines]  # fmt: skip
    assert 7305 == total.most_days
    assert 2 == len(ask(office, lambda unit: preview.lines(unit, "2026.2", limit=2)))
    assert before == stands(office)


def test_ret_the_preview_is_what_adoption_then_does(office):
    """Line by line: what was said to follow has followed, what was said to wait waits as it was."""
    alone(office, D("2020-03-01"), D("2015-12-31"))
    make.volume(office, "FW·01", year=2025)
    make.volume(office, "HT·05")
    drafted(
        office, Change("WS·BG", P("D30")), Change("FW·01", P("D1")), Change("HT·05", P("Y")), name="2026.9"
    )
    reviewed(office, "2026.9")
    told = ask(office, lambda unit: {line.code: line for line in preview.lines(unit, "2026.9")})
    before = stands(office)
    with office.work("gm", Act.CLASS_ADOPT) as unit:
        made = schedules.adopt(unit, "2026.9")

    assert (4, schedules.Adopted("2026.9", 3, 1)) == (len(told), made)
    for uid, (period, _, due, code) in stands(office).items():
        line = told[code]
        follows = line.shift in moving.FOLLOWS
        assert (period, due) == (
            (line.new_period, line.new_review_due) if follows else (before[uid][0], before[uid][2])
        )
    steady(office)


def test_inv_V23_the_preview_counts_only_what_its_reader_sees(office):
    """Decision 6: a tenant's file is neither counted nor listed for who may not see it."""
    make.volume(office, "YH·06")
    alone(office, D("2020-03-01"))
    drafted(office, Change("WS·BG", P("D30")), Change("YH·06", P("D30")), name="x")
    seen = {
        who: (
            [line.records for line in ask(office, lambda unit: preview.totals(unit, "x"), who)],
            len(ask(office, lambda unit: preview.lines(unit, "x"), who)),
        )
        for who in ("gm", "staff", "admin")
    }

    assert {"gm": ([1, 1], 2), "staff": ([1, 0], 1), "admin": ([0, 0], 0)} == seen


def test_inv_V25_a_list_of_confidential_codes_leaves_a_line(office):
    """Who looked at codes of confidential records is in the log, with how many; else nothing is."""
    make.volume(office, "YH·06")
    alone(office, D("2020-03-01"))
    drafted(office, Change("WS·BG", P("D30")), name="a")
    drafted(office, Change("YH·06", P("D30")), name="b")
    ask(office, lambda unit: preview.lines(unit, "a"))
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        looks = select(Event).where(Event.act == "schedule.see")
        assert [] == list(unit.session.scalars(looks))
    ask(office, lambda unit: preview.lines(unit, "b"))
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        (line,) = unit.session.scalars(looks)
        assert '"confidential":1' in line.facts


# --- adoption --------------------------------------------------------------------------------------


def test_ret_what_is_kept_longer_follows_at_once_and_is_marked(office):
    """Period, dates and papers of the volume follow; the mark keeps the old ones; the index of marks tells who."""
    volume = make.volume(office, "FW·01", 2, held=True, year=2024)
    made = adopted(office, Change("FW·01", P("D10")))

    assert (1, 0) == (made.follow, made.wait)
    with office.ask("archivist") as unit:
        found = unit.volume(volume)
        papers = list(unit.session.scalars(select(Item).where(Item.volume_uid == volume)))
        assert ("D10", D("2034-12-31"), D("2035-01-01")) == (found.period, found.expires_on, found.review_due)
        assert [("D10", None)] * 2 == [(paper.period, paper.review_due) for paper in papers]
    (mark,) = ask(office, lambda unit: remarking.history(unit, volume))
    assert ("D3", "D10", D("2027-12-31"), D("2034-12-31")) == (
        mark.before, mark.after, mark.expires_before, mark.expires_after
    )  # fmt: skip
    assert (MarkCause.SCHEDULE, "2026.2", "褚总") == (mark.cause, mark.source, mark.marked_by)
    steady(office)


def test_inv_V24_no_change_of_the_schedule_touches_a_reference_code(office):
    """DA/T 13 4.3, 条例 24: the code goes on saying D10, after a longer rule and after re-marking."""
    alone(office, D("2020-03-01"))
    make.volume(office, "FW·01", year=2025)
    codes = {uid: row[3] for uid, row in stands(office).items()}
    adopted(office, Change("WS·BG", P("D30")), Change("FW·01", P("D1")), name="x")
    remarked(office, class_code="FW·01")

    assert codes == {uid: row[3] for uid, row in stands(office).items()}
    assert any("·D10·" in code for code in codes.values())


def test_ret_a_shorter_rule_moves_nothing_until_it_is_remarked(office):
    """Domain §6.2: never silently. After re-marking the day is the new rule's and the mark says why."""
    (uid,) = alone(office, D("2020-03-01"))
    made = adopted(office, Change("WS·BG", P("D8")))
    (line,) = ask(office, remarking.waiting)

    assert (0, 1) == (made.follow, made.wait)
    assert ("D10", D("2031-01-01")) == (stands(office)[uid][0], stands(office)[uid][2])
    assert (Shift.EARLIER, "D10", "D8", D("2029-01-01"), None) == (
        line.shift, line.period, line.new_period, line.new_review_due, line.barrier
    )  # fmt: skip
    assert 1 == ask(office, remarking.count)
    assert remarking.Remarked(1, 0) == remarked(office, uid)
    assert ("D8", D("2029-01-01")) == (stands(office)[uid][0], stands(office)[uid][2])
    assert [MarkCause.REMARK] == [
        mark.cause for mark in ask(office, lambda unit: remarking.history(unit, uid))
    ]
    assert [] == ask(office, remarking.waiting)
    steady(office)


@pytest.mark.parametrize(
    "way", ["kept anew", "on an appraisal", "decided", "own period", "leaving", "destroyed"]
)
def test_ret_what_is_decided_or_has_its_own_period_stays(office, way):
    """Never applied to what somebody has decided: neither by adoption nor by re-marking."""
    (uid,) = alone(office, D("2020-03-01"))
    _in_the_way(office, uid, way)
    before = stands(office)
    drafted(office, Change("WS·BG", P("D30")))
    totals = ask(office, lambda unit: preview.totals(unit, "2026.2"))
    reviewed(office)
    with office.work("gm", Act.CLASS_ADOPT) as unit:
        schedules.adopt(unit, "2026.2")
    with pytest.raises(NotForRemark):
        remarked(office, uid)
    with pytest.raises(NothingToRemark):
        remarked(office, class_code="WS·BG")

    assert before == stands(office)
    assert 0 == totals[0].later + totals[0].waiting
    with office.ask("archivist") as unit:
        assert [] == list(unit.session.scalars(select(PeriodMark)))


def test_ret_a_longer_period_given_at_filing_is_the_papers_own(office):
    """V3, domain §6.2: a permanent paper of a ten-year class does not wait to be shortened, now or after a revision."""
    (uid,) = alone(office, D("2020-03-01"), period="Y")
    adopted(office, Change("WS·BG", P("D8")))

    assert [] == ask(office, remarking.waiting)
    assert [] == refused_marks(office, uid)
    assert "Y" == stands(office)[uid][0]


def refused_marks(office, uid):
    """Re-marking one's own period is refused; the marks that stand afterwards."""
    with pytest.raises(NotForRemark):
        remarked(office, uid)
    return ask(office, lambda unit: remarking.history(unit, uid))


def _in_the_way(office, uid, way):
    if way in {"on an appraisal", "decided"}:
        _appraised(office, uid, way)
        return
    columns = {
        "kept anew": {"kept_from": D("2026-01-01")},
        "own period": {"own_period": "D10"},
        "leaving": {"state": VolumeState.TRANSFERRED},
        "destroyed": {"state": VolumeState.TRANSFERRED, "kept_from": D("2026-01-01")},
    }
    changed(office, Item, uid, **columns[way])


def _appraised(office, uid, way):
    decided = way == "decided"
    with office.work("archivist", Act.APPRAISAL_BEGIN) as unit:
        unit.act(Act.APPRAISAL_BEGIN)
        made = Appraisal(
            uid=new_uid(), number="JD2026-0001", year=2026, as_of=unit.today, begun_at=unit.now,
            begun_by=unit.actor.uid, state=AppraisalState.CLOSED if decided else AppraisalState.OPEN,
        )  # fmt: skip
        unit.session.add(made)
        unit.session.flush()
        unit.session.add(
            AppraisalLine(
                appraisal_uid=made.uid, nth=1, record_uid=uid, code="x", period="D10",
                verdict=Verdict.DESTROY if decided else None, decided_at=unit.now if decided else None,
            )
        )  # fmt: skip


def test_ret_a_record_taken_off_an_appraisal_follows_again(office):
    """What was taken off undecided is as free as before: the witness of the rule above."""
    (uid,) = alone(office, D("2020-03-01"))
    _appraised(office, uid, "on an appraisal")
    with office.work("archivist", Act.APPRAISAL_REMOVE) as unit:
        unit.act(Act.APPRAISAL_REMOVE)
        unit.session.scalar(select(AppraisalLine)).removed_at = unit.now

    assert 1 == adopted(office, Change("WS·BG", P("D30"))).follow


def test_ret_T11_a_new_trigger_is_reckoned_from_what_was_recorded(office):
    """A class that counts from an event instead of its year: what has happened counts, what has not stops the clock."""
    ended, running, struck = (make.volume(office, "FW·01", year=year) for year in (2023, 2024, 2025))
    with office.work("archivist", Act.TRIGGER_RECORD) as unit:
        reckoning.record_trigger(unit, ended, "CASE_CLOSED", D("2026-01-15"), note="登记表")
        reckoning.record_trigger(unit, struck, "CASE_CLOSED", D("2026-01-15"), note="登记表")
    with office.work("archivist", Act.TRIGGER_VOID) as unit:
        reckoning.void(unit, struck, "CASE_CLOSED", D("2026-01-15"), reason="误录")
    made = adopted(office, Change("FW·01", trigger=Trigger.CASE_CLOSED))
    found = stands(office)

    assert 3 == made.follow
    assert [D("2030-01-01"), None, None] == [found[uid][2] for uid in (ended, running, struck)]
    assert {Trigger.CASE_CLOSED} == {row[1] for row in found.values()}
    steady(office)

    office.tick(days=1)
    made = adopted(office, Change("FW·01", trigger=Trigger.FORMED))
    assert (0, 3) == (made.follow, made.wait)
    assert found == stands(office)
    assert 3 == remarked(office, class_code="FW·01").count
    assert {Trigger.FORMED} == {row[1] for row in stands(office).values()}
    steady(office)


@pytest.mark.parametrize(
    ("has", "due", "rule", "new", "expected"),
    [
        ("D10", "2031-01-01", "D30", "2051-01-01", Shift.LATER),
        ("D10", "2031-01-01", "D8", "2029-01-01", Shift.EARLIER),
        ("D10", "2031-01-01", "Y", None, Shift.STOPS),
        ("Y", None, "D30", "2051-01-01", Shift.STARTS),
        ("D10", None, "D30", None, Shift.SAME),
        ("D30", None, "D10", None, Shift.EARLIER),
        ("Y", None, "D10", None, Shift.EARLIER),
        ("D30", "2041-01-01", "D10", None, Shift.EARLIER),
        ("D10", None, "E", None, Shift.EARLIER),
        ("D10", "2031-01-01", "D10", None, Shift.STOPS),
        ("D10", "2031-01-01", "D10", "2031-01-01", Shift.SAME),
        ("D10", "2031-01-01", "D9", "2031-01-01", Shift.EARLIER),
        ("D10", "2031-01-01", "D5", "2032-01-01", Shift.LATER),
    ],
)
def test_ret_where_a_due_date_goes(has, due, rule, new, expected):
    """A day that is no longer known goes with its period: a shorter one waits, a longer one follows."""
    old, then = (D(day) if day else None for day in (due, new))
    assert expected is moving.shift(P(has), old, P(rule), then)


# --- re-marking ------------------------------------------------------------------------------------


def test_ret_remarking_passes_over_what_expired_or_is_held(office):
    """Domain §6.2: only what has not expired and is not held; by code it is refused with its reason."""
    expired, held, free = alone(office, D("2012-03-01"), D("2020-03-01"), D("2021-03-01"))
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="与某公司的诉讼", records=[held])
    adopted(office, Change("WS·BG", P("D8")))
    before = stands(office)
    barriers = {line.code: line.barrier for line in ask(office, remarking.waiting)}
    assert [Barrier.EXPIRED, Barrier.HELD, None] == [
        barriers[before[uid][3]] for uid in (expired, held, free)
    ]
    for uid, why in ((expired, Barrier.EXPIRED), (held, Barrier.HELD)):
        with pytest.raises(NotForRemark) as caught:
            remarked(office, free, uid)
        assert why is caught.value.facts["why"]
    assert before == stands(office)

    assert remarking.Remarked(1, 2) == remarked(office, class_code="WS·BG")
    after = stands(office)
    assert (before[expired], before[held]) == (after[expired], after[held])
    assert "D8" == after[free][0]


def test_bad_remarkings_are_refused_and_change_nothing(office):
    """Unknown, hidden, twice, inside a volume, without a reason, by who may not, nothing there to re-mark."""
    (uid,) = alone(office, D("2020-03-01"))
    volume, hidden = make.volume(office, "FW·01", year=2025), make.volume(office, "YH·06")
    adopted(office, Change("WS·BG", P("D8")), Change("FW·01", P("D1")), name="x")
    with office.ask("archivist") as unit:
        paper = unit.session.scalar(select(Item.uid).where(Item.volume_uid == volume))
    before = stands(office)
    for wrong, codes, reason in (
        (NotFound, [uid, "K001-没有"], "x"), (AskedTwice, [uid, uid], "x"), (InVolume, [paper], "x"),
        (BadValue, [uid], "  "), (BadValue, [uid], "字" * 1001),
    ):  # fmt: skip
        with pytest.raises(wrong):
            remarked(office, *codes, reason=reason)
    for wrong, code in ((ClassUnknown, "WS·XX"), (NothingToRemark, "WS·HY")):
        with pytest.raises(wrong):
            remarked(office, class_code=code)
    with pytest.raises(NotAllowed), office.work("manager", Act.SCHEDULE_REMARK) as unit:
        remarking.remark(unit, [uid], reason="x")
    with pytest.raises(NotFound), office.ask("staff", Act.SCHEDULE_SEE) as unit:
        remarking.history(unit, hidden)

    assert before == stands(office)


def test_a_large_class_moves_in_batches_with_all_its_papers(office):
    """More records than fit in a batch, volumes and papers alone: each is moved once, marked once."""
    count = 2 * moving.BATCH + 7
    (uid,) = alone(office, D("2020-03-01"))
    with office.work("archivist", Act.ITEM_FILE) as unit:
        unit.act(Act.ITEM_FILE)
        row = dict(
            unit.session.execute(select(Item.__table__).where(Item.__table__.c.uid == uid)).one()._mapping
        )
        uids = unit.new_uids("WS·BG", count)
        rows = [
            row
            | {
                "uid": new,
                "scope_uid": new,
                "reference_code": f"多-{n:05}",
                "seq_no": n,
                "dated": D("2021-01-01"),
            }
            for n, new in enumerate(uids, 100)
        ]
        unit.insert(Item, rows)
    made = adopted(office, Change("WS·BG", P("D30")))

    assert count + 1 == made.follow
    with office.ask("archivist") as unit:
        assert {"D30"} == set(unit.session.scalars(select(Item.period)))
        marks = list(unit.session.scalars(select(PeriodMark.record_uid)))
        assert count + 1 == len(marks) == len(set(marks))


# --- properties ------------------------------------------------------------------------------------

PERIODS = ("Y", "D30", "D15", "D10", "D8", "D5", "D3", "T400")
TRIGGERS = (None, Trigger.FORMED, Trigger.YEAR_END, Trigger.CASE_CLOSED, Trigger.SUPERSEDED)
CLASSES = ("WS·BG", "FW·01", "HT·05", "FW·06")
NEVER = dt.date.max


def shelf(office):
    """Records of four classes: dated, undated, in volumes, decided, held, with their own period, long expired."""
    made = alone(office, D("2012-05-01"), D("2019-05-01"), D("2023-05-01"), None, D("2024-02-29"))
    made += [
        make.volume(office, "FW·01", year=year, held=held) for year, held in ((2015, True), (2024, False))
    ]
    made += [make.volume(office, "HT·05", year=2020), make.volume(office, "FW·06", year=2022)]
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        anew, own = (unit.session.get(Item, uid) for uid in (made[1], made[4]))
        anew.kept_from, own.own_period = D("2025-12-31"), "D10"
        reckoning.resettle(unit, anew)
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="审计", records=[made[2], made[6]])
    with office.work("archivist", Act.TRIGGER_RECORD) as unit:
        reckoning.record_trigger(unit, made[6], "CASE_CLOSED", D("2026-02-01"), note="登记表")
    return made


def shortened(before, after):
    """What is kept shorter than it was: an earlier day, or none known and a shorter period."""
    found = []
    for uid, (period, _, due, _) in before.items():
        now, _, new, _ = after[uid]
        unknown = new is None and P(now).least < P(period).least
        if unknown or (new or NEVER) < (due or NEVER):
            found.append(uid)
    return found


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(CLASSES), st.sampled_from(PERIODS), st.sampled_from(TRIGGERS)),
        min_size=1, max_size=3, unique_by=lambda one: one[0],
    )
)  # fmt: skip
def test_ret_adoption_shortens_nothing_and_remarking_spares_what_expired_is_held_or_decided(office, chosen):
    """Whatever versions follow one another: adoption alone only lengthens; dates stay the clock's; codes stay."""
    with office.ask("archivist") as unit:
        made = list(unit.session.scalars(select(Item.uid).where(Item.scope_uid == Item.uid).limit(1)))
    if not made:
        shelf(office)
    before = stands(office)
    decided, held = _spared(office)
    changes = [Change(code, P(period), trigger=trigger) for code, period, trigger in chosen]
    name = f"第{office.now.timestamp():.0f}版"
    office.tick(minutes=5)
    try:
        adopted(office, *changes, name=name)
    except schedules.ScheduleUnchanged:
        return
    after = stands(office)

    assert [] == shortened(before, after)
    assert [] == [uid for uid in decided if before[uid] != after[uid]]
    for code, *_ in chosen:
        try:
            remarked(office, class_code=code)
        except NothingToRemark:
            continue
    final = stands(office)
    expired = {uid for uid, row in after.items() if row[2] is not None and row[2] <= D("2026-03-02")}
    spared = decided | held | {uid for uid in expired if uid in shortened(after, final)}
    assert [] == [uid for uid in spared if after[uid] != final[uid]]
    assert {row[3] for row in before.values()} == {row[3] for row in final.values()}
    steady(office)


def _spared(office):
    """The decided ones (or with their own period), and those an active hold names."""
    with office.ask("archivist") as unit:
        own = select(Item.uid).where((Item.kept_from.is_not(None)) | (Item.own_period.is_not(None)))
        decided = set(unit.session.scalars(own.where(Item.scope_uid == Item.uid)))
        uids = [uid for kind in moving.KINDS for uid in unit.session.scalars(select(kind.uid))]
        return decided, set(remarking.held_among(unit, uids)) & set(stands(office))


def test_ret_the_check_of_the_property_catches_an_adoption_that_shortens(office):
    """Witness: the same records moved whatever the direction are found by the same check."""
    shelf(office)
    before = stands(office)
    with office.work("archivist", Act.SCHEDULE_REMARK) as unit:
        unit.act(Act.SCHEDULE_REMARK)
        rule = of_class(unit.session.get(schedules.RecordClass, "WS·BG"))
        short = type(rule)(rule.code, P("D3"), None, rule.trigger, rule.disposition)
        moving.apply(unit, moving.moves(unit, [short], moving.everything), MarkCause.SCHEDULE, "坏版")

    assert 3 <= len(shortened(before, stands(office)))


@pytest.mark.parametrize("trigger", [Trigger.FORMED, Trigger.YEAR_END])
def test_ret_a_moved_date_is_the_pure_clocks(office, trigger):
    """The stream and `retention.clock` agree on every date of a leap year and its neighbours."""
    dates = [D(day) for day in ("2023-12-31", "2024-01-01", "2024-02-29", "2024-12-31", "2025-01-01")]
    uids = alone(office, *dates)
    adopted(office, Change("WS·BG", P("D30"), trigger=trigger))
    found = stands(office)

    assert [run(P("D30"), trigger, day).review_due for day in dates] == [found[uid][2] for uid in uids]
