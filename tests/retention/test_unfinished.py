"""未了事项: each matter the books know of bars letting a record go, and goes when it is settled there (F21, V18)."""

import datetime as dt

import pytest

from archive import reckoning
from archive.acts import Act
from archive.circulation import incidents, lending, readings, requests
from archive.custody import repairs
from archive.statuses import IncidentKind, RepairMethod, RequestKind, Unfinished, Verdict
from archive.words import Language
from retention.appraising import opinions, unfinished, usage, worklist
from retention.holding import placing
from tests import make
from tests.retention import campaigns as c

D = dt.date.fromisoformat


def found(office, uid):
    """What stands open about a record today."""
    with office.ask("archivist") as unit:
        return set(unfinished.find(unit, [unit.record(uid)])[uid])


def barred(office, *uids, verdict=Verdict.DESTROY):
    """Why an agreed verdict is not decided today: the matters of each record, empty where it is."""
    number = c.begun(office, codes=uids)
    c.agreed(office, number, verdict=verdict)
    left = {one.code: one.why for one in c.decide(office, number).left}
    return [
        left[code].facts["matters"] if (code := c.record(office, uid).reference_code) in left else []
        for uid in uids
    ]


def happened(office, uid, kind, on):
    """Record that something happened."""
    with office.work("archivist", Act.TRIGGER_RECORD) as unit:
        reckoning.record_trigger(unit, uid, kind, D(on), note="登记表")


def test_nothing_stands_open_about_a_quiet_record(office):
    """
    The witness of all that follows: without a matter the verdict is decided.
    """
    (uid,) = c.alone(office)

    assert set() == found(office, uid)
    assert [[]] == barred(office, uid)


def test_a_piece_that_is_lent_read_or_mended_is_out(office):
    """
    A loan of the whole volume, a reading of a paper, a repair order: until it is back.
    """
    volume = c.volume(office, "ZX·02", year=2012, premises="A1203", party="P001", dossier="A1203-2012-1")
    (uid,) = c.alone(office)
    make.approved(office, volume)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, volume, to="staff", purpose="核对")
    with office.work("archivist", Act.REPAIR_ORDER) as unit:
        repairs.order(
            unit, uid, method=RepairMethod.MEND, damage="虫蛀", handler="周师傅", found_on=unit.today
        )

    assert Unfinished.LOAN in found(office, volume)
    assert [[Unfinished.LOAN]] == barred(office, uid)
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, volume)
    assert Unfinished.LOAN not in found(office, volume)


def test_ret_T15_what_is_held_is_listed_and_neither_destroyed_nor_transferred(office):
    """
    It may be kept longer; released, the same opinions are decided.
    """
    (uid,) = c.alone(office)
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        number = placing.place(unit, reason="诉讼", records=[uid]).number
    made = c.begun(office)
    for verdict in (Verdict.TRANSFER, Verdict.DESTROY):
        c.agreed(office, made, uid, verdict=verdict)
        (left,) = c.decide(office, made).left
        assert [Unfinished.HOLD] == left.why.facts["matters"]
    with office.ask("clerk", Act.APPRAISAL_SEE) as unit:
        assert [[Unfinished.HOLD]] == [one.unfinished for one in worklist.work(unit, made)]
    with office.work("archivist", Act.HOLD_RELEASE) as unit:
        placing.release(unit, number, reason="已调解")

    assert 1 == c.decide(office, made).count


def test_witness_without_the_bar_a_held_record_is_judged_to_be_destroyed(office, monkeypatch):
    """
    Witness: with nothing barring destruction, the held record goes through.
    """
    (uid,) = c.alone(office)
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="诉讼", records=[uid])
    monkeypatch.setitem(unfinished.BARS, Verdict.DESTROY, frozenset())

    assert [[]] == barred(office, uid)


def test_an_open_incident_and_an_open_request_bar(office):
    """
    A damaged paper nobody has judged yet, a reading somebody has asked for.
    """
    first, second = c.alone(office, 2)
    with office.work("clerk", Act.INCIDENT_REPORT) as unit:
        incidents.report(unit, first, kind=IncidentKind.DAMAGED, found_on=unit.today, course="受潮")
    with office.work("staff", Act.REQUEST_ASK) as unit:
        requests.ask(unit, RequestKind.READ, [second], purpose="核对")

    assert [[Unfinished.INCIDENT], [Unfinished.REQUEST]] == barred(office, first, second)


def test_a_request_for_a_paper_bars_its_volume(office):
    """
    Whoever asked for one paper in it asked for part of the volume.
    """
    volume = c.volume(office)
    with office.ask("archivist") as unit:
        paper = unit.session.scalars(c.select(c.Item.uid).where(c.Item.volume_uid == volume)).first()
    with office.work("staff", Act.REQUEST_ASK) as unit:
        requests.ask(unit, RequestKind.READ, [paper], purpose="核对")

    assert {Unfinished.REQUEST} == found(office, volume)


def test_a_contract_that_runs_on_bars_until_it_is_ended(office):
    """
    Its term ends in the future: recorded as expired it still bars, terminated it does not.
    """
    fields = {"fields": {"contract_no": "HT-1", "counterparty": "清源保洁", "term_to": "2030-12-31"}}
    running = c.volume(office, "HT·05", events=[("CONTRACT_EXPIRED", "2012-12-31")], fields=fields)
    ended = c.volume(office, "HT·05", dossier="HT-2", events=[("CONTRACT_EXPIRED", "2012-12-31")])
    never = c.volume(office, "HT·05", dossier="HT-3")

    assert [{Unfinished.CONTRACT}, set(), {Unfinished.CONTRACT}] == [
        found(office, one) for one in (running, ended, never)
    ]
    happened(office, running, "CONTRACT_TERMINATED", "2013-03-01")
    assert set() == found(office, running)


def test_a_fit_out_bars_until_its_deposit_is_settled_and_its_warranty_is_over(office):
    """
    Accepted on 2021-03-03 the warranty lasts until 2026-03-03; both events may be told of the dossier or the volume.
    """
    given = {"premises": "A1203", "party": "P001", "dossier": "A1203-2021-1"}
    volume = c.volume(office, "ZX·07", year=2021, events=[("FIT_OUT_ACCEPTED", "2021-03-03")], **given)

    assert {Unfinished.DEPOSIT, Unfinished.WARRANTY} == found(office, volume)
    happened(office, "A1203-2021-1", "DEPOSIT_SETTLED", "2021-04-01")
    assert {Unfinished.WARRANTY} == found(office, volume)
    office.tick(days=1)
    assert set() == found(office, volume)


def test_a_fit_out_accepted_on_a_leap_day_is_under_warranty_until_the_first_of_march():
    """
    Five years after 29 February there is none.
    """
    assert D("2029-03-01") == unfinished._warranted(D("2024-02-29"))


def test_ret_T17_an_undated_paper_is_never_let_go_by_destruction(office):
    """
    It stands in the list as undated; transferred it may be.
    """
    (uid,) = c.alone(office, dated=None, year=2010)

    assert {Unfinished.UNDATED} == found(office, uid)
    assert [[]] == barred(office, uid, verdict=Verdict.TRANSFER)


def test_what_a_person_flags_bars_beside_what_the_books_say(office):
    """
    Both are named; keeping the record is never barred.
    """
    first, second = c.alone(office, 2)
    number = c.begun(office)
    c.opine(office, "clerk", number, first, unfinished=[Unfinished.DEBT])
    c.opine(office, "archivist", number, first)
    with office.work("staff", Act.REQUEST_ASK) as unit:
        requests.ask(unit, RequestKind.READ, [first], purpose="核对")
    c.agreed(office, number, second, verdict=Verdict.EXTEND, period="D10", unfinished=[Unfinished.LAWSUIT])
    done = c.decide(office, number)

    assert [Unfinished.DEBT, Unfinished.REQUEST] == done.left[0].why.facts["matters"]
    assert "债权债务未清、申请未结" in done.left[0].why.message(Language.ZH)
    assert (1, "LAWSUIT") == (done.count, c.line(office, number, second).unfinished)
    with office.work("clerk", Act.APPRAISAL_OPINE) as unit:
        opinions.settle(unit, number, [first], Unfinished.DEBT, reason="已收讫")
    assert [Unfinished.REQUEST] == c.decide(office, number).left[0].why.facts["matters"]


def test_every_matter_is_checked_or_said_by_hand():
    """
    No word of the list is left without a source; what lets go is barred by every one but, for handing on, a date.
    """
    assert set(Unfinished) == set(unfinished.CHECKS) | unfinished.BY_HAND
    assert set(Verdict) == set(unfinished.BARS)
    assert unfinished.BARS[Verdict.DESTROY] == set(Unfinished) == unfinished.BARS[Verdict.TAKE_OUT]
    assert unfinished.spelt(unfinished.written({Unfinished.LOAN, Unfinished.DEBT})) == {
        Unfinished.LOAN,
        Unfinished.DEBT,
    }


def test_uses_are_counted_of_the_record_and_of_its_papers(office):
    """
    A loan of the volume and a reading of one paper in it: two uses, the last today.
    """
    volume = c.volume(office, "ZX·02", year=2012, premises="A1203", party="P001", dossier="A1203-2012-1")
    (quiet,) = c.alone(office)
    make.approved(office, volume)
    with office.ask("archivist") as unit:
        paper = unit.session.scalars(c.select(c.Item.uid).where(c.Item.volume_uid == volume)).first()
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, volume, to="staff", purpose="核对")
    office.tick(days=2)
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, volume)
    make.approved(office, paper, acts=(Act.RECORD_READ,))
    with office.work("archivist", Act.READING_BEGIN) as unit:
        readings.begin(unit, paper, place="R1", reader="staff", purpose="查阅")
    with office.ask("archivist") as unit:
        used = usage.of(unit, [volume, quiet])

    assert {volume: usage.Use(2, D("2026-03-04"))} == used


def test_bad_words_in_the_column_are_a_defect():
    """
    Only words of the list are read back.
    """
    with pytest.raises(ValueError, match="NONSENSE"):
        unfinished.spelt("DEBT NONSENSE")
