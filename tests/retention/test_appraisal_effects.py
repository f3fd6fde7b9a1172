"""What each verdict does: extended, kept for ever, taken out, handed on, destroyed (条例 24, T14, V24, V25)."""

import datetime as dt
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from archive import registry, volumes
from archive.acts import Act
from archive.circulation import decisions, requests
from archive.custody import bagging
from archive.errors import LineRefused, PeriodShorter, SealedUp
from archive.model import Event, PeriodMark, TakenOut
from archive.reckoning import record_trigger
from archive.statuses import MarkCause, RequestKind, Verdict
from archive.values import PlaceKind, VolumeState
from retention import due
from retention.appraising import verdicts
from retention.drift import drifted
from tests.retention import campaigns as c

D = dt.date.fromisoformat


def marks(office, uid):
    """The changes of a record's period, as (before, after, kept from, ends before, ends after)."""
    with office.ask("gm") as unit:
        rows = unit.session.scalars(c.select(PeriodMark).where(PeriodMark.record_uid == uid))
        return [(one.before, one.after, one.kept_from, one.expires_before, one.expires_after) for one in rows]


def steady(office):
    """Every stored due date is what the clock says."""
    with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
        return drifted(unit) == []


def test_ret_T14_extended_in_2026_by_ten_years_it_is_due_on_the_first_of_2037(office):
    """
    A paper of 2015-06-03, ten years, appraised on 2026-03-10: from 2027-01-01 until 2036-12-31; its code still says D10.
    """
    (uid,) = c.alone(office, dated="2015-06-03")
    before = c.record(office, uid)
    office.tick(days=8)
    number = c.judged(office, uid, verdict=Verdict.EXTEND, period="10")
    after = c.record(office, uid)

    assert D("2026-03-10") == office.now.date()
    assert (D("2026-12-31"), D("2036-12-31"), D("2037-01-01")) == (
        after.kept_from, after.expires_on, after.review_due,
    )  # fmt: skip
    assert before.reference_code == after.reference_code
    assert "·D10·" in after.reference_code
    assert [("D10", "D10", D("2026-12-31"), D("2025-12-31"), D("2036-12-31"))] == marks(office, uid)
    with office.ask("gm") as unit:
        mark = unit.session.scalar(c.select(PeriodMark))
        assert D("2027-01-01") == due.course(unit.item(uid)).start
    assert (number, MarkCause.APPRAISAL) == (mark.source, mark.cause)
    assert steady(office)


def test_by_the_other_rule_the_extension_goes_on_from_the_old_end(office):
    """
    `extend_from = "expiry"`: from the end of 2025 ten years until the end of 2035.
    """
    office.instance.settings = replace(office.instance.settings, extend_from="expiry")
    (uid,) = c.alone(office, dated="2015-06-03")
    c.judged(office, uid, verdict=Verdict.EXTEND, period="D10")
    after = c.record(office, uid)

    assert (D("2025-12-31"), D("2035-12-31")) == (after.kept_from, after.expires_on)


def test_inv_V24_an_extended_volume_keeps_its_codes_and_its_papers_follow(office):
    """
    The period of every paper in it is the new one; no code changes; the old period stays readable in its line.
    """
    volume = c.volume(office)
    with office.ask("gm") as unit:
        rows = c.select(c.Item).where(c.Item.volume_uid == volume).order_by(c.Item.seq_no)
        codes = [item.reference_code for item in unit.session.scalars(rows)]
    code = c.record(office, volume).reference_code
    number = c.judged(office, volume, verdict=Verdict.EXTEND, period="D30")
    after = c.record(office, volume)

    with office.ask("gm") as unit:
        papers = list(unit.session.scalars(rows))
        assert (codes, {"D30"}) == ([one.reference_code for one in papers], {one.period for one in papers})
    assert (code, "D30", "D30", D("2056-12-31")) == (
        after.reference_code, after.period, after.own_period, after.expires_on,
    )  # fmt: skip
    assert ("D3", "D30") == (c.line(office, number, volume).period, c.line(office, number, volume).new_period)
    assert steady(office)


def test_kept_for_ever_a_record_is_never_due_again(office):
    """
    Its period is permanent, from before the appraisal on; a later event does not start its clock.
    """
    contract = c.volume(office, "HT·05", events=[("CONTRACT_EXPIRED", "2012-12-31")])
    c.judged(office, contract, verdict=Verdict.PERMANENT)
    with office.work("archivist", Act.TRIGGER_RECORD) as unit:
        record_trigger(unit, contract, "CONTRACT_TERMINATED", D("2013-01-01"), note="登记表")
    after = c.record(office, contract)

    assert ("Y", None, None) == (after.period, after.expires_on, after.review_due)
    assert [("D10", "Y", None, D("2022-12-31"), None)] == marks(office, contract)
    assert steady(office)


def test_to_destroy_or_to_hand_on_is_only_written_down(office):
    """
    Nothing happens to the record itself: its state, period and place stay, until others carry it out.
    """
    first, second = c.alone(office, 2)
    c.judged(office, first)
    c.judged(office, second, verdict=Verdict.TRANSFER)

    for uid in (first, second):
        after = c.record(office, uid)
        assert (VolumeState.HELD, "D10", None) == (after.state, after.period, after.kept_from)
        assert [] == marks(office, uid)


def test_papers_taken_out_are_kept_alone_and_the_rest_stands_as_let_go(office):
    """
    抽出单立: one paper for ever, one for ten years more; both keep code, class, level and place; the volume counts two less.
    """
    volume = c.volume(office, count=4)
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, volume, "R1-C1")
    papers = inside(office, volume)
    before = [c.record(office, uid) for uid in papers]
    home = c.record(office, volume)
    number = c.judged(
        office, volume, verdict=Verdict.TAKE_OUT, papers={before[3].reference_code: "Y", papers[1]: "10"}
    )
    out = [c.record(office, papers[1]), c.record(office, papers[3])]
    after = c.record(office, volume)

    assert [before[1].reference_code, before[3].reference_code] == [one.reference_code for one in out]
    for one in out:
        assert (None, one.uid, VolumeState.HELD) == (one.volume_uid, one.scope_uid, one.state)
        assert (home.class_code, home.level, home.place_uid, home.held_on) == (
            one.class_code, one.level, one.place_uid, one.held_on,
        )  # fmt: skip
    assert [("D10", D("2036-12-31")), ("Y", None)] == [(one.period, one.expires_on) for one in out]
    assert (2, 4, home.reference_code, "D3") == (after.items, after.pages, after.reference_code, after.period)
    assert [papers[0], papers[2]] == inside(office, volume)
    assert Verdict.TAKE_OUT is c.line(office, number, volume).verdict
    assert [("D3", "D10", D("2026-12-31"), D("2018-12-31"), D("2036-12-31"))] == marks(office, papers[1])
    with office.ask("gm") as unit:
        rows = unit.session.scalars(c.select(TakenOut).order_by(TakenOut.seq_no))
        assert [(papers[1], 2, 3), (papers[3], 4, 7)] == [
            (one.item_uid, one.seq_no, one.first_page) for one in rows
        ]
        assert [True, True] == [unit.card(unit.item(uid)).title.startswith("FW·01") for uid in papers[1::2]]
    assert steady(office)


def inside(office, volume):
    """The uids of the papers in a volume, in order."""
    with office.ask("gm") as unit:
        rows = c.select(c.Item.uid).where(c.Item.volume_uid == volume).order_by(c.Item.seq_no)
        return list(unit.session.scalars(rows))


def test_nothing_is_taken_out_of_a_sealed_bag(office):
    """
    The bag is opened first, by its own procedure.
    """
    volume = c.volume(office)
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "D1", kind=PlaceKind.BAG, name="一号袋", inside="R1-C1")
        volumes.move(unit, volume, "D1")
    papers = inside(office, volume)
    number = c.begun(office)
    c.agreed(office, number, verdict=Verdict.TAKE_OUT, papers={papers[0]: "Y"})
    with office.work("archivist", Act.REQUEST_ASK) as unit:
        asked = requests.ask(unit, RequestKind.SEAL, [volume], purpose="存满一年").number
    with office.work("manager", Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, [asked], Act.REQUEST_APPROVE, reason="同意")
    with office.work("archivist", Act.SEAL_CLOSE) as unit:
        bagging.close(unit, [volume], bag="D1", seal_no="000123", checked_by="clerk")
    (left,) = c.decide(office, number).left

    assert isinstance(left.why, SealedUp)
    assert 3 == c.record(office, volume).items


@settings(max_examples=8)
@given(
    year=st.integers(1990, 2024), length=st.integers(1, 60), rule=st.sampled_from(["appraisal", "expiry"]),
    whole=st.booleans(), again=st.integers(1, 60),
)  # fmt: skip
def test_an_extension_never_shortens(office, year, length, rule, whole, again):
    """
    Whatever period, date, kind of record and rule: through the panel the last day only moves away, or the line is refused.
    """
    office.instance.settings = replace(office.instance.settings, extend_from=rule)
    uid = c.volume(office, "FW·06", 1, year=year) if whole else c.alone(office, dated=f"{year}-05-01")[0]
    for period in (f"D{length}", f"D{again}"):
        assert longer(office, uid, period)


def longer(office, uid, period):
    """Extend through the panel; True if its last day moved away, or it was refused and stayed."""
    before = c.record(office, uid).expires_on
    number = c.begun(office, codes=[uid])
    try:
        c.agreed(office, number, uid, verdict=Verdict.EXTEND, period=period)
    except LineRefused as refused:
        with office.work("gm", Act.APPRAISAL_CANCEL) as unit:
            c.appraisal.cancel(unit, number, reason="期限不足")
        return isinstance(refused.why, PeriodShorter) and before == c.record(office, uid).expires_on
    c.decide(office, number)
    c.closed(office, number)
    return c.record(office, uid).expires_on > before


def test_witness_without_the_check_an_extension_shortens(office, monkeypatch):
    """
    Witness: with nothing asked of the last day, a paper of 2024 is extended to an earlier one.
    """
    (uid,) = c.alone(office, dated="2024-05-01")
    monkeypatch.setitem(verdicts.CHECKS, Verdict.EXTEND, ())

    assert not longer(office, uid, "D3")


def test_the_log_tells_who_decided_what_and_names_every_record(office):
    """
    V25: the act of deciding leaves a line for each record, with verdict and period.
    """
    first, second = c.alone(office, 2)
    c.judged(office, verdict=Verdict.EXTEND, period="D10")
    with office.ask("gm") as unit:
        rows = unit.session.scalars(
            c.select(Event).where(Event.act == "appraisal.decide", Event.object_kind == "item")
        )
        found = {
            row.object_uid: (row.account, '"verdict":"EXTEND"' in row.facts.replace(" ", "")) for row in rows
        }

    assert {first: ("gm", True), second: ("gm", True)} == found
