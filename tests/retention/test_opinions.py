"""Opinions and decisions line by line: reasons, disagreement, what is refused (F21, V18, 条例 24, 个保法 19)."""

import datetime as dt

import pytest

from archive.acts import Act
from archive.errors import (
    BadValue,
    CeilingReached,
    LineDecided,
    LineRefused,
    NobodyProposed,
    NotFound,
    NotLeader,
    NotStarted,
    OpinionsMissing,
    PapersUnfit,
    PeriodShorter,
    TooEarlyToDestroy,
)
from archive.statuses import Unfinished, Verdict
from archive.words import Language
from retention.appraising import deciding, opinions, standards, verdicts, worklist
from retention.appraising.opinions import LineState
from retention.holding import placing
from tests.retention import campaigns as c

D = dt.date.fromisoformat


def refused(act):
    """The error of the one line that was refused."""
    with pytest.raises(LineRefused) as why:
        act()
    return type(why.value.why)


# --- giving ---------------------------------------------------------------------------------------


def test_a_later_opinion_of_the_same_member_replaces_the_earlier_which_stays(office):
    """
    Both are on the sheet with their reasons; the last counts.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)
    c.opine(office, "clerk", number, uid, reason="无用")
    c.opine(office, "clerk", number, uid, verdict=Verdict.EXTEND, period="30", reason="尚有纠纷")
    with office.ask("archivist", Act.APPRAISAL_SEE) as unit:
        sheet = worklist.sheet(unit, number, uid)

    assert [("无用", False, ""), ("尚有纠纷", True, "D30")] == [
        (row.reason, row.counts, row.new_period) for row in sheet.opinions
    ]
    assert ["clerk 延长 D30"] == [one.told(Language.ZH) for one in sheet.line.opinions]


def test_a_standard_text_is_reason_enough_and_must_fit_the_opinion(office):
    """
    S1 is for destroying; for keeping it is refused, and no reason at all is refused too.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)
    for given in (
        {"verdict": Verdict.PERMANENT, "standard": "S1"}, {"standard": "Z9"}, {"reason": "　 "},
        {"reason": "长" * 4001},
    ):  # fmt: skip
        with pytest.raises(BadValue):
            c.opine(office, "clerk", number, uid, **given)
    c.opine(office, "clerk", number, uid, standard="s1")
    with office.ask("archivist", Act.APPRAISAL_SEE) as unit:
        (row,) = worklist.opinion_rows(unit, number, uid)

    assert ("S1", standards.all_of()["S1"].zh) == (row.standard, row.reason)


def test_many_lines_at_once_or_none_and_all_that_is_still_open(office):
    """
    One bad line of those named refuses all; over everything open, what cannot be is left and told.
    """
    c.alone(office, 3)
    (undated,) = c.alone(office, dated=None, year=2010)
    number = c.begun(office)

    assert TooEarlyToDestroy is refused(lambda: c.opine(office, "clerk", number, "2", "3", undated))
    assert not any(given(office, number))
    c.opine(office, "clerk", number, "2", verdict=Verdict.PERMANENT)
    done = c.opine(office, "clerk", number)
    assert (2, ["too-early-to-destroy"]) == (done.count, [one.why.code for one in done.left])
    assert [0, 1, 1, 1] == sorted(len(one) for one in given(office, number))


def given(office, number):
    """The opinions of each line."""
    with office.ask("gm", Act.APPRAISAL_SEE) as unit:
        return [one.opinions for one in worklist.work(unit, number)]


def test_lines_are_filtered_by_what_is_still_to_do(office):
    """
    Mine, the undecided, the disputed.
    """
    c.alone(office, 3)
    number = c.begun(office)
    c.agreed(office, number, "1")
    c.opine(office, "clerk", number, "2")
    c.opine(office, "archivist", number, "2", verdict=Verdict.PERMANENT)
    c.decide(office, number)

    for who, asked, lines in (
        ("clerk", {"mine": True}, [3]), ("gm", {"undecided": True}, [2, 3]), ("gm", {"disputed": True}, [2]),
        ("gm", {}, [1, 2, 3]),
    ):  # fmt: skip
        with office.ask(who, Act.APPRAISAL_SEE) as unit:
            assert lines == [one.nth for one in worklist.work(unit, number, **asked)]


def test_what_a_line_says_before_and_after(office):
    """
    F21: number, code, title, dates, level, period, start, end, why, uses, what is unfinished.
    """
    (uid,) = c.alone(office, dated="2015-06-03")
    number = c.begun(office)
    with office.ask("archivist", Act.APPRAISAL_SEE) as unit:
        (one,) = worklist.work(unit, number)

    assert (1, "WS·BG 旧文件之1", "2015-06-03", "D10") == (one.nth, one.title, one.formed, one.period)
    assert (D("2016-01-01"), D("2025-12-31"), 0, []) == (one.start, one.expires_on, one.uses, one.unfinished)
    assert "形成于 2015 年" in one.why(Language.ZH)
    assert LineState.AWAITED is one.progress
    c.agreed(office, number, uid, verdict=Verdict.EXTEND, period="D10")
    c.decide(office, number)
    with office.ask("archivist", Act.APPRAISAL_SEE) as unit:
        (after,) = worklist.work(unit, number)
    assert ("D10", D("2025-12-31"), "D10", None) == (
        after.period,
        after.expires_on,
        after.new_period,
        after.start,
    )


# --- what may be thought --------------------------------------------------------------------------


def test_inv_V18_nothing_is_judged_destroyable_before_its_time_or_without_a_date(office):
    """
    A record added early may be extended or kept for ever; to destroy it, or an undated one, is refused (T17).
    """
    (early,) = c.alone(office, dated="2020-05-01")
    (undated,) = c.alone(office, dated=None, year=2010)
    number = c.begun(office, codes=[early, undated])

    for uid in (early, undated):
        assert TooEarlyToDestroy is refused(lambda uid=uid: c.opine(office, "clerk", number, uid))
        c.opine(office, "clerk", number, uid, verdict=Verdict.PERMANENT)
    c.opine(office, "clerk", number, early, verdict=Verdict.EXTEND, period="D30")


def test_witness_without_the_check_the_early_record_is_judged(office, monkeypatch):
    """
    Witness: with nothing asked of the day, the opinion is taken.
    """
    (early,) = c.alone(office, dated="2020-05-01")
    number = c.begun(office, codes=[early])
    monkeypatch.setitem(verdicts.CHECKS, Verdict.DESTROY, ())

    assert 1 == c.opine(office, "clerk", number, early).count


def test_an_extension_must_end_later_than_the_old_period(office):
    """
    Kept until 2030: ten years from 2026 are longer, three are not, nor is for ever extended, nor what never started.
    """
    (early,) = c.alone(office, dated="2020-05-01")
    (permanent,) = c.alone(office, 1, "WS·DA", dated="2010-01-01")
    let = c.volume(office, "YH·06")
    number = c.begun(office, codes=[early, permanent, let])

    def extend(uid, period):
        return lambda: c.opine(office, "clerk", number, uid, verdict=Verdict.EXTEND, period=period)

    assert PeriodShorter is refused(extend(early, "D3"))
    assert PeriodShorter is refused(extend(early, "4"))
    assert PeriodShorter is refused(extend(permanent, "D30"))
    assert NotStarted is refused(extend(let, "D30"))
    assert 1 == extend(early, "D5")().count


@pytest.mark.parametrize("period", ["", "0", "-1", "T90", "E", "Y", "D", "十年", "D99999", "1.5", "D10;"])
def test_periods_that_are_none(period):
    """
    An extension is a number of years; nothing else is understood.
    """
    with pytest.raises(BadValue):
        verdicts.ruled(Verdict.EXTEND, period)


def test_what_does_not_belong_to_an_opinion_is_refused():
    """
    A period with what is destroyed, papers with what is kept whole, taking out nothing.
    """
    for verdict, period, papers in (
        (Verdict.DESTROY, "D10", None), (Verdict.PERMANENT, "", {"a": "Y"}), (Verdict.TAKE_OUT, "", {}),
        (Verdict.TAKE_OUT, "", {"a": "T90"}), (Verdict.TRANSFER, "Y", None),
    ):  # fmt: skip
        with pytest.raises(BadValue):
            verdicts.ruled(verdict, period, papers)
    assert verdicts.ruled(Verdict.EXTEND, " d10 ") == verdicts.ruled(Verdict.EXTEND, "10")


def test_personal_data_is_not_kept_past_its_ceiling_unless_a_hold_demands_it(office):
    """
    个保法 19: a visitors' book (a year at most) is neither extended nor made permanent; under a hold it is.
    """
    book = c.volume(office, "FW·04", year=2020)
    number = c.begun(office)
    longer = ({"verdict": Verdict.EXTEND, "period": "D1"}, {"verdict": Verdict.PERMANENT})
    for given in longer:
        assert CeilingReached is refused(lambda given=given: c.opine(office, "clerk", number, book, **given))
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="访客纠纷诉讼", records=[book])

    for given in longer:
        assert 1 == c.opine(office, "clerk", number, book, **given).count


def test_papers_to_take_out_are_of_the_volume_and_leave_some(office):
    """
    A stranger's paper, all of them, an item kept alone, a period that is no longer than the old: refused.
    """
    volume = c.volume(office)
    (alone,) = c.alone(office)
    number = c.begun(office)
    papers = inside(office, volume)

    def out(uid, *given):
        return lambda: c.opine(office, "clerk", number, uid, verdict=Verdict.TAKE_OUT, papers=dict(given))

    assert PapersUnfit is refused(out(volume, ("K001-没有", "Y")))
    assert PapersUnfit is refused(out(volume, (alone, "Y")))
    assert PapersUnfit is refused(out(volume, *((uid, "Y") for uid in papers)))
    assert PapersUnfit is refused(out(alone, (alone, "Y")))
    assert 1 == out(volume, (papers[0], "Y"))().count


def inside(office, volume):
    """The uids of the papers in a volume, in order."""
    with office.ask("gm") as unit:
        rows = c.select(c.Item.uid).where(c.Item.volume_uid == volume).order_by(c.Item.seq_no)
        return list(unit.session.scalars(rows))


# --- deciding -------------------------------------------------------------------------------------


def test_agreed_lines_are_decided_together_the_others_are_left_with_the_reason(office):
    """
    Agreed; differing periods are a difference; missing ones are named.
    """
    c.alone(office, 3)
    number = c.begun(office)
    c.agreed(office, number, "1")
    c.opine(office, "clerk", number, "2", verdict=Verdict.EXTEND, period="D10")
    c.opine(office, "archivist", number, "2", verdict=Verdict.EXTEND, period="D30")
    c.opine(office, "clerk", number, "3")
    done = c.decide(office, number)

    assert (1, ["opinions-differ", "opinions-missing"]) == (done.count, [one.why.code for one in done.left])
    assert ["archivist"] == done.left[1].why.facts["who"]


def test_the_leader_decides_a_difference_with_a_reason(office):
    """
    The line says that he did, and why; without a reason he does not.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)
    c.opine(office, "clerk", number, uid)
    c.opine(office, "archivist", number, uid, verdict=Verdict.PERMANENT)
    with pytest.raises(BadValue):
        c.decide(office, number, uid, verdict=Verdict.PERMANENT, reason="")
    with pytest.raises(NotLeader):
        c.decide(office, number, uid, verdict=Verdict.PERMANENT, by="archivist")
    assert 1 == c.decide(office, number, uid, verdict=Verdict.PERMANENT, reason="宁可多存")
    with office.ask("clerk", Act.APPRAISAL_SEE) as unit:
        sheet = worklist.sheet(unit, number, uid)

    assert (True, "宁可多存", "褚总", Verdict.PERMANENT, "Y") == (
        sheet.line.by_leader, sheet.reason, sheet.leader, sheet.line.verdict, sheet.line.new_period,
    )  # fmt: skip
    assert "Y" == c.record(office, uid).period


def test_inv_V18_the_leader_lets_nothing_go_that_no_member_proposed_to_let_go(office):
    """
    Two members want to keep it: he may keep it longer, not destroy or hand it on; nor decide before all were heard.
    """
    first, second = c.alone(office, 2)
    number = c.begun(office)
    c.opine(office, "clerk", number, first, verdict=Verdict.PERMANENT)
    c.opine(office, "archivist", number, first, verdict=Verdict.EXTEND, period="D10")
    c.opine(office, "clerk", number, second)

    for verdict in (Verdict.DESTROY, Verdict.TRANSFER):
        assert NobodyProposed is refused(
            lambda verdict=verdict: c.decide(office, number, first, verdict=verdict)
        )
    assert OpinionsMissing is refused(lambda: c.decide(office, number, second, verdict=Verdict.DESTROY))
    assert 1 == c.decide(office, number, first, verdict=Verdict.EXTEND, period="D30")


def test_a_decision_stays(office):
    """
    Neither another opinion nor another decision changes a decided line; what was done in one call is all or nothing.
    """
    c.alone(office, 2)
    number = c.begun(office)
    c.agreed(office, number, "1")
    c.decide(office, number)
    c.agreed(office, number, "2")

    assert LineDecided is refused(lambda: c.opine(office, "clerk", number, "1", verdict=Verdict.PERMANENT))
    assert LineDecided is refused(lambda: c.decide(office, number, "2", "1", verdict=Verdict.DESTROY))
    with office.ask("gm", Act.APPRAISAL_SEE) as unit:
        states = [one.progress for one in worklist.work(unit, number)]
    assert [LineState.DECIDED, LineState.AGREED] == states


def test_reasons_are_sealed_under_the_record_and_logged_without_words(office):
    """
    The database's bytes hold no reason; the log tells act, record, verdict.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)
    c.agreed(office, number, uid, reason="张三家事不宜外传")
    c.decide(office, number, uid, verdict=Verdict.DESTROY, reason="李四所言不实")
    raw = office.instance.database.read_bytes()
    with office.ask("gm") as unit:
        facts = [
            row.facts
            for row in unit.session.scalars(c.select(opinions_log()).where(opinions_log().object_uid == uid))
            if row.act.startswith("appraisal")
        ]

    assert not any(word.encode() in raw for word in ("家事", "所言不实"))
    assert 3 == len(facts)
    assert all(number in one for one in facts)


def opinions_log():
    """The log."""
    from archive.model import Event

    return Event


def test_inv_V23_a_hidden_line_answers_as_one_that_is_not_there(office):
    """
    By code, by uid, by its number on the list.
    """
    hidden = c.volume(office, "YH·06", events=[("CASE_CLOSED", "2010-01-01")])
    c.alone(office)
    number = c.begun(office, members=("archivist", "records"))
    nth = c.begun_line(office, number, "YH·06")

    for name in (hidden, str(nth), c.record(office, hidden).reference_code, "77", "K001-没有"):
        with pytest.raises(NotFound):
            c.opine(office, "records", number, name, verdict=Verdict.PERMANENT)


def test_flags_are_raised_with_an_opinion_and_settled_with_a_reason(office):
    """
    A debt somebody knows of; what only the books tell cannot be flagged, what nobody flagged cannot be settled.
    """
    (uid,) = c.alone(office)
    number = c.begun(office)
    with pytest.raises(BadValue):
        c.opine(office, "clerk", number, uid, unfinished=[Unfinished.HOLD])
    c.opine(office, "clerk", number, uid, unfinished=[Unfinished.DEBT, Unfinished.LAWSUIT])
    c.opine(office, "archivist", number, uid)

    assert "still-unfinished" == c.decide(office, number).left[0].why.code
    for matter in (Unfinished.DEBT, Unfinished.LAWSUIT):
        with office.work("gm", Act.APPRAISAL_OPINE) as unit:
            assert 1 == opinions.settle(unit, number, [uid], matter, reason="已全部收讫")
    for matter, reason, code in (
        (Unfinished.DEBT, "已收", "not-flagged"),
        (Unfinished.DEBT, " ", "bad-value"),
    ):
        with pytest.raises(Exception) as why, office.work("clerk", Act.APPRAISAL_OPINE) as unit:
            opinions.settle(unit, number, [uid], matter, reason=reason)
        assert code == why.value.code
    assert 1 == c.decide(office, number).count


def test_deciding_nothing_is_refused(office):
    """
    Without lines there is nothing to decide by his own word.
    """
    c.alone(office)
    number = c.begun(office)

    with pytest.raises(BadValue), office.work("gm", Act.APPRAISAL_DECIDE) as unit:
        deciding.decide(unit, number, [], verdict=Verdict.DESTROY, reason="无")


def test_standard_texts_are_told_in_both_languages_and_cover_every_verdict():
    """
    Each verdict has one at least; codes and texts are distinct.
    """
    every = standards.all_of().values()

    assert set(Verdict) == {verdict for one in every for verdict in one.verdicts}
    assert len(every) == len({one.zh for one in every}) == len({one.en for one in every})
    assert all(one.told(Language.EN) != one.told(Language.ZH) for one in every)
    assert [one.code for one in standards.fitting(Verdict.TRANSFER)] == ["T1", "T2"]
