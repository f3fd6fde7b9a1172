"""What starts a period, recorded with its evidence, corrected, struck out; for items kept alone too (issue D 2)."""

import datetime as dt

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from archive import reckoning, settling
from archive.acts import Act
from archive.custody import validity
from archive.errors import BadValue, GoneForGood, InVolume, NotFound
from archive.model import Event, Item, TriggerEvent, Volume
from archive.statuses import Happening, ReviewOutcome
from archive.words import Language, knows
from retention.clockwork import Clockwork
from retention.drift import drifted
from tests import make

D = dt.date.fromisoformat
TENANCY = "A1203-P001"


def happen(office, code, kind, on, by="archivist", **given) -> list[str]:
    given = given or {"note": "登记表"}
    office.tick(minutes=1)
    with office.work(by, Act.TRIGGER_RECORD) as unit:
        return [record.uid for record in reckoning.record_trigger(unit, code, kind, D(on), **given)]


def void(office, code, kind, on, by="archivist", reason="登错了房号") -> None:
    office.tick(minutes=1)
    with office.work(by, Act.TRIGGER_VOID) as unit:
        reckoning.void(unit, code, kind, D(on), reason=reason)


def dates(office, uid):
    with office.ask("gm") as unit:
        found = unit.session.get(Volume, uid) or unit.session.get_one(Item, uid)
        return found.trigger_date, found.review_due


def events(office, code, who="archivist"):
    with office.ask(who) as unit:
        return reckoning.events(unit, code)


def rows(office) -> int:
    with office.ask("gm") as unit:
        return unit.session.scalar(select(func.count()).select_from(TriggerEvent))


def steady(office) -> bool:
    with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
        return not drifted(unit)


def licence(office) -> str:
    """An item kept alone that waits to be superseded: reference material, kept until then."""
    return make.filed(office, "ZK·01", 1)[0]


def test_ret_an_item_kept_alone_starts_by_its_own_event(office):
    """
    Reference material runs until it is superseded: never due before, due on that day; drift agrees.
    """
    uid = licence(office)
    before = dates(office, uid)
    moved = happen(office, uid, "SUPERSEDED", "2026-02-01")

    assert ((None, None), [uid]) == (before, moved)
    assert (D("2026-02-01"), D("2026-02-01")) == dates(office, uid)
    assert steady(office)


def test_ret_a_validity_review_that_supersedes_an_item_records_the_event(office):
    """
    R34: the outcome SUPERSEDED starts the clock of an item kept alone as it does a volume's.
    """
    uid = licence(office)
    with office.work("archivist", Act.VALIDITY_SET) as unit:
        validity.set(unit, uid, on=D("2026-03-20"), reason="每年复核")
    office.tick(days=20)
    with office.work("archivist", Act.VALIDITY_REVIEW) as unit:
        validity.review(unit, uid, outcome=ReviewOutcome.SUPERSEDED, note="已有新版")

    assert [Happening.SUPERSEDED] == [one.kind for one in events(office, uid)]
    assert D("2026-03-22") == dates(office, uid)[1]


def test_ret_the_evidence_is_named_and_its_words_are_sealed(office):
    """
    Evidence by code, words for those who may see the record; neither stands in clear in the database.
    """
    make.volume(office, "YH·01", 1)
    proof = make.filed(office, "WS·BG", 1)[0]
    happen(office, TENANCY, "TENANCY_ENDED", "2025-06-15", evidence=proof, note="退租协议第三页有签字")
    (one,) = events(office, TENANCY)

    with office.ask("gm") as unit:
        assert unit.item(proof).reference_code == one.evidence
    assert ("退租协议第三页有签字", TENANCY, True) == (one.note, one.dossier, one.counts)
    assert "退租协议".encode() not in b"".join(
        path.read_bytes() for path in office.home.rglob("*") if path.is_file()
    )


def test_req_R48_evidence_that_a_reader_may_not_see_has_no_code_for_him(office):
    """
    V23: the event is listed for whoever sees the record, the confidential paper that proves it is not.
    """
    uid = make.volume(office, "HT·05", 1)
    secret = make.volume(office, "YH·01", 1)
    happen(office, "HT-2024-0032", "CONTRACT_TERMINATED", "2025-06-15", evidence=secret)

    with office.ask("records") as unit:
        assert unit.may(Act.RECORD_SEE, unit.session.get_one(Volume, uid))
    assert "" == events(office, "HT-2024-0032", "records")[0].evidence
    assert events(office, "HT-2024-0032")[0].evidence


def test_ret_a_later_entry_of_the_same_kind_corrects_the_earlier(office):
    """
    A wrong day is corrected by recording the right one, earlier or later; both rows stay.
    """
    uid = make.volume(office, "YH·03", 1)
    for day in ("2025-08-15", "2023-08-15"):
        happen(office, TENANCY, "TENANCY_ENDED", day)

    assert (D("2023-08-15"), D("2029-01-01")) == dates(office, uid)
    assert 2 == len(events(office, TENANCY)) and steady(office)


def test_witness_ret_a_clock_that_takes_the_latest_day_keeps_the_wrong_one():
    """
    Sabotage: the latest of all days recorded is not the last recorded; T10's agreed ends are, in any order.
    """
    told = [("TENANCY_ENDED", D("2025-08-15")), ("TENANCY_ENDED", D("2023-08-15"))]
    ends = [("CONTRACT_EXPIRED", D("2024-06-30")), ("CONTRACT_EXPIRED", D("2022-12-31"))]
    trigger = settling.HAPPENINGS[Happening.TENANCY_ENDED]

    assert D("2023-08-15") == Clockwork().trigger_date(trigger, told) != max(day for _, day in told)
    assert D("2024-06-30") == Clockwork().trigger_date(settling.HAPPENINGS[Happening.CONTRACT_EXPIRED], ends)


def test_ret_T7_what_did_not_happen_is_struck_out_and_the_clock_stands_still_again(office):
    """
    Recorded on the wrong dossier: struck out, its row and the reason stay, nothing is due; it can be recorded anew.
    """
    uid = make.volume(office, "YH·03", 1)
    happen(office, TENANCY, "TENANCY_ENDED", "2019-08-15")
    due = dates(office, uid)[1]
    void(office, TENANCY, "TENANCY_ENDED", "2019-08-15")
    (one,) = events(office, TENANCY)

    assert D("2025-01-01") == due
    assert (None, None) == dates(office, uid) and steady(office)
    assert (False, "登错了房号", 2) == (one.counts, one.why_void, rows(office))
    happen(office, TENANCY, "TENANCY_ENDED", "2020-08-15")
    assert D("2026-01-01") == dates(office, uid)[1]


def test_an_event_is_struck_out_once_and_only_if_it_was_recorded(office):
    """
    Nothing to strike out, twice, another day, no reason, no right: refused, nothing changed.
    """
    uid = make.volume(office, "YH·03", 1)
    happen(office, TENANCY, "TENANCY_ENDED", "2019-08-15")
    before = (rows(office), dates(office, uid))
    for error, given in (
        (NotFound, {"on": "2019-08-16"}),
        (NotFound, {"kind": "CASE_CLOSED"}),
        (BadValue, {"kind": "ENDED"}),
        (BadValue, {"reason": "  "}),
        (NotFound, {"by": "staff"}),
    ):
        told = {"kind": "TENANCY_ENDED", "on": "2019-08-15", **given}
        with pytest.raises(error):
            void(office, TENANCY, told.pop("kind"), told.pop("on"), **told)

    assert before == (rows(office), dates(office, uid))
    void(office, TENANCY, "TENANCY_ENDED", "2019-08-15")
    with pytest.raises(NotFound):
        void(office, TENANCY, "TENANCY_ENDED", "2019-08-15")


def test_bad_input_records_nothing(office):
    """
    A day to come, an unknown kind, evidence that is not there, a paper of a volume, too many words.
    """
    uid = make.volume(office, "YH·03", 1)
    with office.ask("gm") as unit:
        paper = unit.session.scalar(select(Item.uid).where(Item.volume_uid == uid))
    for error, code, given in (
        (BadValue, TENANCY, {"on": "2026-03-03"}),
        (BadValue, TENANCY, {"kind": "MOVED"}),
        (NotFound, TENANCY, {"evidence": "K001-WS·2020·D10·KF-9999"}),
        (NotFound, "A9999-P001", {}),
        (InVolume, paper, {}),
        (BadValue, TENANCY, {"note": "字" * 20001}),
        (BadValue, TENANCY, {"note": " "}),
    ):
        told = {"kind": "TENANCY_ENDED", "on": "2025-08-15", **given}
        with pytest.raises(error):
            happen(office, code, told.pop("kind"), told.pop("on"), **told)
        office.now = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)

    assert (0, (None, None)) == (rows(office), dates(office, uid))


def test_ret_nothing_happens_any_more_to_what_is_gone(office):
    """
    A record handed on has no clock to move.
    """
    uid = make.volume(office, "FW·06", 1)
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        unit.session.execute(text("DROP TRIGGER volume_may_go"))
        unit.session.execute(text("UPDATE volume SET state = 'TRANSFERRED'"))

    with pytest.raises(GoneForGood):
        happen(office, uid, "CASE_CLOSED", "2025-01-01")
    assert [] == events(office, uid)


def test_inv_V18_recorded_events_are_neither_changed_nor_erased(office):
    """
    Whatever program writes: the row stays as it was recorded.
    """
    make.volume(office, "YH·03", 1)
    happen(office, TENANCY, "TENANCY_ENDED", "2019-08-15")
    for change in ("UPDATE trigger_event SET happened_on = '2001-01-01'", "DELETE FROM trigger_event"):
        with office.instance.engine.connect() as raw, pytest.raises(DatabaseError, match="kept"):
            raw.execute(text(change))


def test_both_acts_leave_their_line_and_have_their_words(office):
    """
    Who struck out what is in the log, with the day; the reason is sealed.
    """
    make.volume(office, "YH·03", 1)
    happen(office, TENANCY, "TENANCY_ENDED", "2019-08-15")
    void(office, TENANCY, "TENANCY_ENDED", "2019-08-15")
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        acts = ("trigger.record", "trigger.void")
        lines = list(unit.session.scalars(select(Event).where(Event.act.in_(acts)).order_by(Event.seq)))

    assert ["trigger.record", "trigger.void"] == [line.act for line in lines]
    assert all('"on":"2019-08-15"' in line.facts and "登错" not in line.facts for line in lines)
    assert all(knows(f"happening.{one.value.lower()}", tongue) for one in Happening for tongue in Language)
