"""鉴定: what is taken up, by whom, once; more, fewer, closed, cancelled (条例 24, R53, V18, decision 6)."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from archive import people
from archive.acts import Act
from archive.errors import (
    AskedTwice,
    BadValue,
    ClassUnknown,
    InVolume,
    LineDecided,
    LinesOpen,
    MissingPeople,
    NotAllowed,
    NotFound,
    NothingDecided,
    NothingToAppraise,
    NotLeader,
    OnAppraisal,
    OnOtherList,
    PanelUnfit,
    SomeDecided,
    WrongState,
)
from archive.instance import SYSTEM
from archive.model import Appraisal, AppraisalLine, DestructionLine, DestructionList
from archive.statuses import AppraisalState, Method, Verdict
from archive.values import Level
from retention.appraising import appraisal, panel, taking_up, worklist
from tests import make
from tests.retention import campaigns as c

D = dt.date.fromisoformat


def listed(office, number, who="gm"):
    """The titles of the worklist as *who* sees it."""
    with office.ask(who, Act.APPRAISAL_SEE) as unit:
        return [one.title for one in worklist.work(unit, number)]


def unchanged(office):
    """No appraisal and no line is there."""
    with office.ask("gm") as unit:
        return not unit.session.scalar(select(func.count()).select_from(AppraisalLine))


# --- what is taken up -----------------------------------------------------------------------------


def test_what_is_due_and_held_is_taken_up_longest_due_first(office):
    """
    Volumes and items kept alone, by the day they came due; what is not due, or not accepted yet, is left.
    """
    c.alone(office, 2)
    c.volume(office)
    c.alone(office, dated="2020-05-01")
    make.filed(office, "FW·06", year=2015)
    number = c.begun(office)

    assert ["FW·01 旧卷", "WS·BG 旧文件之1", "WS·BG 旧文件之2"] == listed(office, number)
    assert "JD2026-0001" == number


def test_a_scope_narrows_by_class_and_department(office):
    """
    A group of classes takes those below it in; another department's records stay for another appraisal.
    """
    c.alone(office)
    c.volume(office)
    c.volume(office, "FW·06", department="GC")

    assert ["FW·01 旧卷", "FW·06 旧卷"] == listed(office, c.begun(office, class_code="FW"))
    assert ["WS·BG 旧文件之1"] == listed(office, c.begun(office, department="KF"))


def test_ret_T18_nothing_is_taken_up_a_day_before_it_is_due(office):
    """
    A paper of 2015, ten years: due on 2026-01-01; as of the day before, there is nothing to appraise.
    """
    c.alone(office, dated="2015-06-03")

    with pytest.raises(NothingToAppraise):
        c.begun(office, year=2025, as_of=D("2025-12-31"))
    assert ["WS·BG 旧文件之1"] == listed(office, c.begun(office, as_of=D("2026-01-01")))


def test_a_record_stands_on_one_open_appraisal_and_waits_for_its_verdict(office):
    """
    What is being appraised, or was judged to be destroyed and still is here, is not taken up again.
    """
    first, second = c.alone(office, 2)
    c.begun(office, codes=[first])

    with pytest.raises(OnAppraisal):
        c.begun(office, codes=[first])
    c.judged(office, second)
    with pytest.raises(NothingToAppraise):
        c.begun(office)


def test_witness_without_the_check_a_waiting_verdict_is_asked_for_again(office, monkeypatch):
    """
    Witness: blind to verdicts that wait, the same beginning takes the record up a second time.
    """
    (uid,) = c.alone(office)
    c.judged(office, uid)
    monkeypatch.setattr(taking_up, "waiting", lambda kind: kind.uid == "")

    assert 1 == len(listed(office, c.begun(office)))


def test_a_later_verdict_to_keep_frees_the_record_for_the_next_appraisal(office):
    """
    Judged to be destroyed, then, named by its code, extended: once the new period has run out it is due again.
    """
    (uid,) = c.alone(office)
    c.judged(office, uid)
    office.tick(days=1)
    c.judged(office, uid, verdict=Verdict.EXTEND, period="D1")
    office.tick(days=800)

    assert ["WS·BG 旧文件之1"] == listed(office, c.begun(office))


def test_inv_V23_what_the_beginner_may_not_see_is_not_taken_up_by_him(office):
    """
    The secretary is not cleared for a secret paper of another keeper; the archivist's appraisal has it.
    """
    c.alone(office, level=Level.INTERNAL)
    c.volume(office, "YH·06", events=[("CASE_CLOSED", "2010-01-01")])

    number = c.begun(office, by="secretary", leader="secretary", members=())
    assert ["WS·BG 旧文件之1"] == listed(office, number, "secretary")
    with office.ask("secretary", Act.APPRAISAL_SEE) as unit:
        assert 1 == worklist.show(unit, number).lines
    assert 1 == len(listed(office, c.begun(office)))


def test_inv_V23_each_member_sees_the_lines_and_counts_of_his_records(office):
    """
    A confidential tenant volume is a line for the general manager, nothing at all for the records clerk.
    """
    c.alone(office)
    c.volume(office, "YH·06", events=[("CASE_CLOSED", "2010-01-01")])
    number = c.begun(office, members=("archivist", "records"))

    assert 2 == len(listed(office, number, "gm"))
    assert ["WS·BG 旧文件之1"] == listed(office, number, "records")
    for who, count in (("gm", 2), ("records", 1), ("auditor", 0)):
        with office.ask(who, Act.APPRAISAL_SEE) as unit:
            assert count == worklist.show(unit, number).lines
    hidden = c.begun_line(office, number, "YH·06")
    with office.ask("records", Act.APPRAISAL_SEE) as unit, pytest.raises(NotFound):
        worklist.sheet(unit, number, str(hidden))


# --- the rounds -----------------------------------------------------------------------------------


def begin_year(office, year=2026):
    """What the January rounds do; the number, or None."""
    with office.instance.work(SYSTEM, Act.APPRAISAL_BEGIN) as unit:
        made = appraisal.begin_for_year(unit, year)
        return made.number if made else None


def test_the_rounds_begin_the_yearly_appraisal_once_and_decide_nothing(office):
    """
    Confidential ones too; no panel yet, no opinion, no verdict; a second run finds it begun.
    """
    c.alone(office)
    c.volume(office, "YH·06", events=[("CASE_CLOSED", "2010-01-01")])
    number = begin_year(office)

    assert "JD2026-0001" == number
    assert begin_year(office) is None
    with office.ask("gm", Act.APPRAISAL_SEE) as unit:
        row = worklist.show(unit, number)
        verdicts = set(unit.session.scalars(select(AppraisalLine.verdict)))
    assert (2, 0, "", [], D("2026-01-01")) == (row.lines, row.decided, row.leader, row.members, row.as_of)
    assert {None} == verdicts


def test_the_rounds_begin_nothing_where_nothing_is_due_and_again_after_a_cancelled_one(office):
    """
    No empty appraisal; a cancelled one does not count as begun.
    """
    assert begin_year(office) is None
    c.alone(office)
    number = begin_year(office)
    with office.work("gm", Act.APPRAISAL_CANCEL) as unit:
        appraisal.cancel(unit, number, reason="范围有误")

    assert "JD2026-0002" == begin_year(office)


def test_the_archivist_appoints_the_panel_of_an_appraisal_the_rounds_began(office):
    """
    From then on it goes as any other.
    """
    (uid,) = c.alone(office)
    number = begin_year(office)
    with office.work("archivist", Act.APPRAISAL_APPOINT) as unit:
        panel.appoint(unit, appraisal.one(unit, number), leader="gm", members=c.MEMBERS)
    c.agreed(office, number)

    assert 1 == c.decide(office, number).count
    assert Verdict.DESTROY is c.line(office, number, uid).verdict


# --- beginning wrongly ----------------------------------------------------------------------------


BAD_BEGINNINGS = (
    ({"as_of": D("2026-03-03")}, BadValue),
    ({"year": 2027}, BadValue),
    ({"year": 2025}, BadValue),
    ({"class_code": "ZX"}, NothingToAppraise),
    ({"class_code": "没有"}, ClassUnknown),
    ({"department": "XX"}, NotFound),
    ({"leader": "nobody"}, NotFound),
    ({"members": ("archivist", "archivist")}, PanelUnfit),
    ({"leader": "admin"}, PanelUnfit),
    ({"members": ("auditor",)}, PanelUnfit),
    ({"codes": ["K001-没有"]}, NotFound),
    ({"by": "staff"}, NotAllowed),
    ({"by": "gm"}, NotAllowed),
)


def test_bad_beginnings_are_refused_and_leave_nothing(office):
    """
    A day or year to come, a scope without anything, people who cannot be on a panel, posts that do not begin one.
    """
    c.alone(office)

    for given, error in BAD_BEGINNINGS:
        with pytest.raises(error):
            c.begun(office, **given)
        assert unchanged(office), given


def test_named_records_are_whole_held_and_named_once(office):
    """
    A paper of a volume, an open volume, one code twice: refused, nothing begun.
    """
    (uid,) = c.alone(office)
    volume = c.volume(office)
    open_ = make.volume(office, "FW·06", year=2015)
    with office.ask("gm") as unit:
        paper = unit.session.scalar(select(c.Item.uid).where(c.Item.volume_uid == volume))

    for codes, error in (([uid, uid], AskedTwice), ([paper], InVolume), ([open_], WrongState)):
        with pytest.raises(error):
            c.begun(office, codes=codes)
    assert unchanged(office)


def test_a_leader_must_be_able_to_see_every_record(office):
    """
    Each line is his to decide: who is not cleared for one cannot lead, nor after one is added.
    """
    c.alone(office)
    secret = c.volume(office, "YH·06", events=[("CASE_CLOSED", "2010-01-01")])

    with pytest.raises(PanelUnfit):
        c.begun(office, leader="staff")
    number = c.begun(office, class_code="WS", leader="staff")
    with pytest.raises(PanelUnfit), office.work("archivist", Act.APPRAISAL_ADD) as unit:
        appraisal.add(unit, number, [secret])
    assert 1 == len(listed(office, number))


# --- more, fewer ----------------------------------------------------------------------------------


def test_records_are_added_early_and_taken_off_with_a_reason(office):
    """
    A record that is not due yet may be added; taken off it may be added again, on its old line.
    """
    c.alone(office)
    (early,) = c.alone(office, dated="2020-05-01")
    number = c.begun(office)
    for _ in range(2):
        with office.work("archivist", Act.APPRAISAL_ADD) as unit:
            assert 1 == appraisal.add(unit, number, [early])
        assert 2 == len(listed(office, number))
        with office.work("archivist", Act.APPRAISAL_REMOVE) as unit:
            assert 1 == appraisal.remove(unit, number, ["2"], reason="留待期满")
        assert 1 == len(listed(office, number))


def test_bad_additions_and_removals_change_nothing(office):
    """
    Already on one, on a destruction list, unknown, without a reason, decided: each has its own error.
    """
    first, second = c.alone(office, 2)
    (early,) = c.alone(office, dated="2020-05-01")
    number = c.begun(office, codes=[first, second])
    c.agreed(office, number, first)
    c.decide(office, number)

    def add(*codes):
        with office.work("archivist", Act.APPRAISAL_ADD) as unit:
            appraisal.add(unit, number, codes)

    def remove(*codes, reason="有误"):
        with office.work("archivist", Act.APPRAISAL_REMOVE) as unit:
            appraisal.remove(unit, number, codes, reason=reason)

    listed_for_destruction(office, early, number, first)
    for act, error in (
        (lambda: add(second), OnAppraisal), (lambda: add("K001-没有"), NotFound), (lambda: add(early), OnOtherList),
        (lambda: remove(first), LineDecided), (lambda: remove(second, reason="  "), BadValue),
        (lambda: remove("99"), NotFound), (lambda: remove(), BadValue), (lambda: remove("2", "2"), AskedTwice),
    ):  # fmt: skip
        with pytest.raises(error):
            act()
    assert 2 == len(listed(office, number))


def listed_for_destruction(office, uid, number, judged):
    """Put a record on a draft list of destruction by hand."""
    line = c.line(office, number, judged)
    with office.work("archivist", Act.DESTRUCTION_DRAFT) as unit:
        unit.act(Act.DESTRUCTION_DRAFT)
        person = unit.person("archivist").uid
        made = DestructionList(number="XH2026-0001", drafted_at=unit.now, drafted_by=person)
        unit.session.add(made)
        unit.session.flush()
        unit.session.add(
            DestructionLine(
                list_uid=made.uid, record_uid=uid, nth=1, code="K001-x", class_code="WS·BG", level=Level.INTERNAL,
                personal=False, archive_year=2020, items=1, pages=2, on_paper=True, period="D10",
                opinion=number, line_uid=line.uid, version=1, method=Method.SHRED,
            )
        )  # fmt: skip


# --- ending ---------------------------------------------------------------------------------------


def test_it_closes_when_every_line_is_decided_or_taken_off(office):
    """
    By the leader only; a closed one is closed for opinions, additions and a second closing.
    """
    first, second = c.alone(office, 2)
    number = c.begun(office)
    c.agreed(office, number, first)
    c.decide(office, number)

    with pytest.raises(LinesOpen) as open_:
        c.closed(office, number)
    with pytest.raises(NotLeader):
        c.closed(office, number, by="archivist")
    with office.work("archivist", Act.APPRAISAL_REMOVE) as unit:
        appraisal.remove(unit, number, [second], reason="另行鉴定")
    c.closed(office, number)

    assert 1 == open_.value.facts["count"]
    for act in (
        lambda: c.closed(office, number), lambda: c.opine(office, "clerk", number, first),
        lambda: c.decide(office, number), lambda: cancel(office, number), lambda: c.decide(office, number, first, verdict=Verdict.DESTROY),
    ):  # fmt: skip
        with pytest.raises(WrongState):
            act()


def cancel(office, number, reason="另行安排"):
    """The archivist cancels it."""
    with office.work("archivist", Act.APPRAISAL_CANCEL) as unit:
        appraisal.cancel(unit, number, reason=reason)


def test_it_is_cancelled_with_a_reason_while_nothing_is_decided(office):
    """
    Its records can be taken up again; once something is decided there is no cancelling.
    """
    first, _ = c.alone(office, 2)
    number = c.begun(office)
    with pytest.raises(BadValue):
        cancel(office, number, reason=" ")
    cancel(office, number)
    again = c.begun(office)
    c.agreed(office, again, first)
    c.decide(office, again)

    with pytest.raises(SomeDecided):
        cancel(office, again)
    with office.ask("gm", Act.APPRAISAL_SEE) as unit:
        assert "另行安排" == worklist.show(unit, number).cancelled
        states = {row.number: row.state for row in worklist.rows(unit)}
        only = [row.number for row in worklist.rows(unit, state=AppraisalState.OPEN, year=2026)]
    assert {number: AppraisalState.CANCELLED, again: AppraisalState.OPEN} == states
    assert [again] == only


def test_an_appraisal_without_a_single_decision_is_cancelled_not_closed(office):
    """
    With every line taken off there is nothing a report could tell.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)
    with office.work("archivist", Act.APPRAISAL_REMOVE) as unit:
        appraisal.remove(unit, number, [uid], reason="有误")

    with pytest.raises(NothingDecided):
        c.closed(office, number)


def test_closing_alone_in_the_house_says_who_is_missing(office):
    """
    Decision 3: with nobody else employed, the appraisal is not closed.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)
    c.agreed(office, number, uid)
    c.decide(office, number)
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        for line in people.everyone(unit):
            if line.account not in {"gm", "admin"}:
                people.suspend(unit, line.account, reason="停业")
    with office.work("gm", Act.APPRAISAL_CLOSE) as unit:
        admin = unit.person("admin")
        unit.act(Act.APPRAISAL_CLOSE)
        admin.employment = "LEFT"

    with pytest.raises(MissingPeople):
        c.closed(office, number)


def test_unknown_numbers_are_not_found(office):
    """
    Whatever is asked of them.
    """
    for act in (
        lambda: listed(office, "JD1999-0001"),
        lambda: c.closed(office, ""),
        lambda: cancel(office, "'"),
    ):
        with pytest.raises(NotFound):
            act()


def test_what_is_said_of_an_appraisal_is_sealed(office):
    """
    Basis and reasons are not in the database's bytes; they are read by who may.
    """
    c.alone(office)
    number = c.begun(office, basis="年度计划第七号")
    with office.ask("staff", Act.APPRAISAL_SEE) as unit:
        told = worklist.show(unit, number).basis
        raw = unit.session.scalar(select(Appraisal.card))

    assert "年度计划第七号" == told
    assert "第七号".encode() not in raw
    assert "第七号".encode() not in office.instance.database.read_bytes()


def test_lines_are_written_by_the_bulk(office):
    """
    A beginning over a thousand rows takes no second for each hundred.
    """
    (uid,) = c.alone(office)
    with office.work("archivist", Act.ITEM_FILE) as unit:
        unit.act(Act.ITEM_FILE)
        item = unit.session.get_one(c.Item, uid)
        columns = {one.key: getattr(item, one.key) for one in c.Item.__mapper__.column_attrs}
        rows = [
            {
                **columns,
                "uid": f"{n:032x}",
                "scope_uid": f"{n:032x}",
                "reference_code": f"K001-X-{n:05}",
                "seq_no": n,
            }
            for n in range(1, 1001)
        ]
        unit.insert(c.Item, rows)
    before = dt.datetime.now(dt.UTC)
    with office.instance.work(SYSTEM, Act.APPRAISAL_BEGIN) as unit:
        made = appraisal.begin_for_year(unit, 2026)
        count = unit.session.scalar(select(func.count()).where(AppraisalLine.appraisal_uid == made.uid))
    took = dt.datetime.now(dt.UTC) - before

    assert 1001 == count
    assert took < dt.timedelta(seconds=10)
