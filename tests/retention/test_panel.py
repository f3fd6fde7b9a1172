"""鉴定小组: seats, replaced members whose opinions stay, the leader (DA/T 42 7.7, issue point 4)."""

import pytest

from archive import people
from archive.acts import Act
from archive.errors import BadValue, LineRefused, NotAllowed, NotFound, NotOnPanel, PanelUnfit, WrongState
from archive.statuses import Unfinished, Verdict
from retention.appraising import appraisal, opinions, panel, worklist
from retention.appraising.opinions import LineState
from tests.retention import campaigns as c


def appoint(office, number, *, by="archivist", **given):
    """Appoint to the panel of an appraisal."""
    with office.work(by, Act.APPRAISAL_APPOINT) as unit:
        panel.appoint(unit, appraisal.one(unit, number), **given)


def progress(office, number):
    """How far each line has come, and whom it waits for."""
    with office.ask("gm", Act.APPRAISAL_SEE) as unit:
        return [(one.progress, one.awaited) for one in worklist.work(unit, number)]


def test_a_replaced_member_keeps_his_opinions_and_they_count_until_the_successor_differs(office):
    """
    The clerk gave his on one line of two and is replaced: that one is agreed still, the other waits for the successor;
    when the successor differs, his opinion counts and the clerk's stays on record.
    """
    first, second = c.alone(office, 2)
    number = c.begun(office)
    c.agreed(office, number, first)
    c.opine(office, "archivist", number, second)
    appoint(office, number, members=["secretary"], replaces="clerk")

    assert [(LineState.AGREED, []), (LineState.AWAITED, ["secretary"])] == progress(office, number)
    with pytest.raises(NotOnPanel):
        c.opine(office, "clerk", number, second)
    c.opine(office, "secretary", number, first, verdict=Verdict.EXTEND, period="D10")
    assert LineState.DISPUTED is progress(office, number)[0][0]
    with office.ask("gm", Act.APPRAISAL_SEE) as unit:
        rows = worklist.opinion_rows(unit, number, "1")
        members = worklist.members(unit, number)
    assert [("archivist", 1, True), ("clerk", 2, False), ("secretary", 2, True)] == [
        (row.account, row.seat, row.counts) for row in rows
    ]
    assert [("gm", None, 0), ("archivist", 1, 2), ("clerk", 2, 1), ("secretary", 2, 1)] == [
        (row.account, row.seat, row.opinions) for row in members
    ]
    assert [False, False, True, False] == [row.until is not None for row in members]


def test_witness_counted_by_person_the_replaced_opinion_is_lost(office, monkeypatch):
    """
    Witness: with a seat of his own for everybody, the line waits for the successor though its seat has spoken.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)
    c.agreed(office, number, uid)

    def new_seat(unit, made, account, seat):
        return sit(unit, made, account, None)

    sit = panel._sit
    monkeypatch.setattr(panel, "_sit", new_seat)
    appoint(office, number, members=["secretary"], replaces="clerk")

    assert [(LineState.AWAITED, ["secretary"])] == progress(office, number)


def test_the_agreed_opinions_of_a_replaced_member_are_decided_on(office):
    """
    The leader need not wait for a successor who has nothing to add.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)
    c.agreed(office, number, uid)
    appoint(office, number, members=["secretary"], replaces="clerk")

    assert 1 == c.decide(office, number).count


def test_a_new_seat_is_heard_before_anything_more_is_decided(office):
    """
    A third member appointed midway: every undecided line waits for him.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)
    c.agreed(office, number, uid)
    appoint(office, number, members=["manager"])

    assert [(LineState.AWAITED, ["manager"])] == progress(office, number)
    assert 0 == c.decide(office, number).count


def test_who_has_left_must_be_replaced(office):
    """
    A suspended member gives no opinion; his seat waits until somebody takes it, whatever he could see.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)
    c.opine(office, "archivist", number, uid)
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "clerk", reason="停职")

    assert [(LineState.AWAITED, ["clerk"])] == progress(office, number)
    appoint(office, number, members=["secretary"], replaces="clerk")
    c.opine(office, "secretary", number, uid)
    assert [(LineState.AGREED, [])] == progress(office, number)


def test_inv_V23_no_opinion_is_awaited_from_who_may_not_see_the_record(office):
    """
    A confidential volume is judged by the members cleared for it; with fewer than two of them it is not decided.
    """
    c.volume(office, "YH·06", events=[("CASE_CLOSED", "2010-01-01")])
    number = c.begun(office, members=("archivist", "records"))
    c.opine(office, "archivist", number)

    assert [(LineState.AWAITED, [])] == progress(office, number)
    (left,) = c.decide(office, number).left
    assert "panel-too-small" == left.why.code
    appoint(office, number, members=["clerk"])
    c.opine(office, "clerk", number)
    assert 1 == c.decide(office, number).count


def test_inv_V18_one_person_on_two_seats_is_one_and_the_leader_is_none(office, monkeypatch):
    """
    The archivist gives his opinion, is replaced, gets a new seat and gives it again: two rulings, one person. Nor does
    the leader's own opinion from a seat make two. Counted by seat, it would be decided (witness).
    """
    (uid,) = c.alone(office)
    number = c.begun(office, members=("archivist",))
    c.opine(office, "archivist", number, uid)
    appoint(office, number, members=["clerk"], replaces="archivist")
    appoint(office, number, members=["archivist"])
    c.opine(office, "archivist", number, uid)

    def refused():
        ((left,), state) = c.decide(office, number).left, progress(office, number)
        return left.why.code, left.why.facts["has"], state

    awaited = [(LineState.AWAITED, [])]
    assert ("panel-too-small", 1, awaited) == refused()
    with pytest.raises(LineRefused):
        c.decide(office, number, uid, verdict=Verdict.DESTROY)
    appoint(office, number, members=["gm"])
    c.opine(office, "gm", number, uid)
    assert ("panel-too-small", 1, awaited) == refused()
    monkeypatch.setattr(opinions.Judged, "heard", property(lambda one: len(one.rulings)))
    assert 1 == c.decide(office, number).count


def test_the_leader_may_sit_on_the_panel_and_be_replaced(office):
    """
    Among the members he gives an opinion like any other; the new leader decides, the old one no longer.
    """
    (uid,) = c.alone(office)
    number = c.begun(office, leader="archivist")
    c.agreed(office, number, uid)
    appoint(office, number, by="gm", leader="gm")

    with pytest.raises(NotAllowed) as refused:
        appoint(office, number, by="staff", leader="staff")
    assert "not-allowed" == refused.value.code
    with pytest.raises(Exception) as old:
        c.decide(office, number, by="archivist")
    assert "not-leader" == old.value.code
    assert 1 == c.decide(office, number).count


def test_bad_appointments_change_nothing(office):
    """
    Nobody named, a stranger replaced, two for one seat, somebody seated already, an administrator, a closed appraisal.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)

    for given, error in (
        ({}, BadValue), ({"members": ["staff"], "replaces": "gm"}, PanelUnfit), ({"leader": "nobody"}, NotFound),
        ({"members": ["staff", "manager"], "replaces": "clerk"}, BadValue), ({"members": ["clerk"]}, PanelUnfit),
        ({"members": ["admin"]}, PanelUnfit), ({"members": ["clerk"], "replaces": "archivist"}, PanelUnfit),
        ({"replaces": "clerk"}, BadValue), ({"members": ["x' OR 1=1"]}, NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            appoint(office, number, **given)
    with office.ask("gm", Act.APPRAISAL_SEE) as unit:
        assert ["gm", "archivist", "clerk"] == [row.account for row in worklist.members(unit, number)]
    c.agreed(office, number, uid)
    c.decide(office, number)
    c.closed(office, number)
    with pytest.raises(WrongState):
        appoint(office, number, leader="archivist")


def test_only_who_is_on_the_panel_gives_opinions_or_settles(office):
    """
    The leader beside the members decides, he has no seat; strangers do neither.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)

    for who in ("gm", "staff", "manager"):
        with pytest.raises(NotOnPanel):
            c.opine(office, who, number, uid)
    with pytest.raises(NotOnPanel), office.work("staff", Act.APPRAISAL_OPINE) as unit:
        opinions.settle(unit, number, [uid], Unfinished.DEBT, reason="已清")
