"""Secrecy periods: marked, over, proposed, decided; apart from retention (issue D 9, 7-1.4)."""

import datetime as dt
import json

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from archive import clikit, views
from archive.acts import Act
from archive.errors import (
    BadValue,
    GoneForGood,
    InVolume,
    MissingPeople,
    NoSecrecy,
    NotAllowed,
    NotFound,
    SameSigner,
    SecrecyDecided,
    SecrecyFloor,
    SecrecyMoved,
    SecrecyPending,
)
from archive.model import Event, IndexTask, Item, Person, SecrecyReview, Volume
from archive.statuses import SecrecyOutcome
from archive.values import Employment, Level
from retention import secrecy, secrecy_book
from retention.drift import drifted
from tests import make
from tests.archive.counter import Counter

D = dt.date.fromisoformat
O = SecrecyOutcome


def mark(office, code, by="archivist", **given):
    with office.work(by, Act.SECRECY_SET) as unit:
        return secrecy.set_until(unit, code, **given)


def propose(office, code, outcome, by="archivist", reason="合同已公开履行完毕", **given):
    with office.work(by, Act.SECRECY_PROPOSE) as unit:
        return secrecy.propose(unit, code, outcome=outcome, reason=reason, **given).number


def decide(office, number, by="gm", agree=True, note=""):
    with office.work(by, Act.SECRECY_DECIDE) as unit:
        return secrecy.decide(unit, number, agree=agree, note=note).number


def due(office, who="archivist", **given):
    with office.ask(who, Act.SECRECY_SEE) as unit:
        return [line.code for line in secrecy_book.due(unit, **given)]


def unmarked(office, who="archivist"):
    with office.ask(who, Act.SECRECY_SEE) as unit:
        return [line.code for line in secrecy_book.unmarked(unit)]


def standing(office, uid):
    """Level and secrecy of a record and of its papers; what belongs to retention."""
    with office.ask("gm") as unit:
        one = unit.session.get(Volume, uid) or unit.session.get_one(Item, uid)
        papers = list(unit.session.scalars(select(Item).where(Item.volume_uid == uid)))
        marks = {(one.level, one.secrecy_until), *((item.level, item.secrecy_until) for item in papers)}
        return marks, (one.reference_code, one.period, one.trigger_date, one.expires_on, one.review_due)


def contract(office) -> str:
    """A held volume of a confidential class without personal data."""
    return make.volume(office, "HT·01", 2, held=True)


def code_of(office, uid) -> str:
    return standing(office, uid)[1][0]


def test_a_secrecy_period_is_marked_by_day_by_years_or_as_usual_for_the_level(office):
    """
    保密期限: a day, so many years, or ten for 秘密; the papers of a volume follow it.
    """
    uid = contract(office)

    assert D("2036-03-02") == mark(office, uid)
    assert D("2031-03-02") == mark(office, uid, years=5)
    assert D("2027-12-31") == mark(office, uid, until=D("2027-12-31"))
    assert {(Level.CONFIDENTIAL, D("2027-12-31"))} == standing(office, uid)[0]


def test_what_is_over_is_listed_from_the_day_after_and_what_was_never_marked_apart(office):
    """
    On its last day it is still secret; unmarked confidential records stand in a list of their own.
    """
    uid, other = contract(office), make.volume(office, "YH·01", 1)
    make.volume(office, "FW·06", 1)
    mark(office, uid, until=D("2026-03-31"))
    code, never = code_of(office, uid), code_of(office, other)

    assert ([], [code], [never]) == (
        due(office, on=D("2026-03-31")),
        due(office, on=D("2026-04-01")),
        unmarked(office),
    )
    office.now += dt.timedelta(days=40)
    with office.ask("archivist", Act.SECRECY_SEE) as unit:
        (line,) = secrecy_book.due(unit)
        assert (11, 1, "") == (line.over_days, secrecy_book.due_count(unit), line.proposal)


def test_req_R48_who_may_not_see_a_record_does_not_see_that_its_secrecy_is_over(office):
    """
    V23: the uncleared clerk has neither line, nor proposal, nor the number of one.
    """
    uid = contract(office)
    mark(office, uid, until=D("2026-03-31"))
    number = propose(office, uid, O.DECLASSIFY)
    office.now += dt.timedelta(days=40)

    assert [] == due(office, "records") == unmarked(office, "records")
    with office.ask("records", Act.SECRECY_SEE) as unit:
        assert [] == secrecy_book.reviews(unit)
        with pytest.raises(NotFound):
            secrecy.one(unit, number)
    assert [code_of(office, uid)] == due(office)


def test_req_R48_declassified_by_the_general_manager_it_is_found_by_others(office):
    """
    Below its class's own level, its papers too, no period left; the index reads it anew; the uncleared see it now.
    """
    uid = contract(office)
    mark(office, uid)
    code, before = code_of(office, uid), standing(office, uid)[1]
    with office.ask("records") as unit:
        hidden = [line.code for line in views.volumes(unit)]
    number = propose(office, uid, O.DECLASSIFY, level=Level.INTERNAL)
    with office.ask("gm") as unit:
        asked = unit.session.scalar(select(func.count()).select_from(IndexTask))
    decide(office, number)

    assert code not in hidden
    assert ({(Level.INTERNAL, None)}, before) == standing(office, uid)
    with office.ask("records") as unit:
        assert code in [line.code for line in views.volumes(unit)]
        assert asked + 3 == unit.session.scalar(select(func.count()).select_from(IndexTask))


def test_a_secret_is_lowered_one_level_and_gets_the_usual_period_of_that(office):
    """
    降密: from 机密 to 秘密; a level that is not lower, or not confidential, is refused.
    """
    uid = make.volume(office, "HT·01", 2, held=True, level=Level.SECRET)
    for level in (None, Level.SECRET, Level.INTERNAL):
        with pytest.raises(BadValue):
            propose(office, uid, O.DOWNGRADE, level=level)
    decide(office, propose(office, uid, O.DOWNGRADE, level=Level.CONFIDENTIAL))

    assert {(Level.CONFIDENTIAL, D("2036-03-02"))} == standing(office, uid)[0]


def test_prolonged_by_decision_only(office):
    """
    Marking again takes earlier days only; the later one is the general manager's.
    """
    uid = contract(office)
    mark(office, uid, until=D("2027-12-31"))
    with pytest.raises(BadValue):
        mark(office, uid, until=D("2028-01-01"))
    for until in (None, D("2027-12-31"), D("2056-03-03")):
        with pytest.raises(BadValue):
            propose(office, uid, O.PROLONG, until=until)
    number = propose(office, uid, O.PROLONG, until=D("2032-12-31"))

    assert {(Level.CONFIDENTIAL, D("2027-12-31"))} == standing(office, uid)[0]
    decide(office, number)
    assert {(Level.CONFIDENTIAL, D("2032-12-31"))} == standing(office, uid)[0]


def test_refused_with_a_reason_nothing_changes_and_another_may_follow(office):
    """
    Not agreed: the record stays as it was, the register says why; a second proposal takes the next number.
    """
    uid = contract(office)
    before = standing(office, uid)
    number = propose(office, uid, O.DECLASSIFY)
    with pytest.raises(SecrecyPending):
        propose(office, uid, O.DECLASSIFY)
    with pytest.raises(BadValue):
        decide(office, number, agree=False)
    decide(office, number, agree=False, note="合同尚在履行")
    with pytest.raises(SecrecyDecided):
        decide(office, number)

    assert before == standing(office, uid)
    assert ["MS2026-0001", "MS2026-0002"] == [number, propose(office, uid, O.DECLASSIFY)]
    with office.ask("archivist", Act.SECRECY_SEE) as unit:
        (_, first) = secrecy_book.reviews(unit)
        (waiting,) = secrecy_book.reviews(unit, uid, waiting=True)
    assert (False, "合同尚在履行", "合同已公开履行完毕") == (first.agreed, first.note, first.reason)
    assert (None, "MS2026-0002") == (waiting.agreed, waiting.number)


@pytest.mark.parametrize(
    ("class_code", "by", "level"), [("YH·01", "archivist", Level.PUBLIC), ("RS·01", "hr", Level.INTERNAL)]
)
def test_ret_personal_data_and_personnel_files_are_not_opened_to_all(office, class_code, by, level):
    """
    PIPL 51, 7-1.5: a tenant's papers never public, a personnel file never below 秘密; with the clause in the refusal.
    """
    given = {"party": "P001"} if class_code == "RS·01" else {}
    uid = make.volume(office, class_code, 1, by=by, **given)
    before = standing(office, uid)
    with pytest.raises(SecrecyFloor) as refused:
        propose(office, uid, O.DECLASSIFY, by=by, level=level)

    assert refused.value.facts["clause"] in {"PIPL-51", "7-1.5"}
    assert before == standing(office, uid)


def test_witness_without_the_floor_the_same_proposal_goes_through(office, monkeypatch):
    """
    Sabotage: a floor that lets everything through makes the tenant's papers public, and the test above would see it.
    """
    monkeypatch.setattr(secrecy, "floor", lambda record: (Level.PUBLIC, "—"))
    uid = make.volume(office, "YH·01", 1)
    decide(office, propose(office, uid, O.DECLASSIFY, level=Level.PUBLIC))

    assert {(Level.PUBLIC, None)} == standing(office, uid)[0]


def test_two_people_decide_and_a_changed_record_wants_a_new_proposal(office):
    """
    The archivist does not decide, nor does who proposed; a level changed meanwhile voids the proposal.
    """
    uid = contract(office)
    number = propose(office, uid, O.DECLASSIFY)
    with pytest.raises(NotAllowed):
        decide(office, number, by="archivist")
    mark(office, uid, until=D("2026-12-31"))
    with pytest.raises(SecrecyMoved):
        decide(office, number)
    decide(office, number, agree=False, note="期限已改")
    again = propose(office, uid, O.DECLASSIFY)
    with office.work("archivist", Act.SECRECY_PROPOSE) as unit:
        unit.act(Act.SECRECY_PROPOSE, unit.volume(uid))
        gm = unit.person("gm").uid
        unit.session.scalar(select(SecrecyReview).where(SecrecyReview.number == again)).proposed_by = gm
    with pytest.raises(SameSigner):
        decide(office, again)

    assert {(Level.CONFIDENTIAL, D("2026-12-31"))} == standing(office, uid)[0]


def test_one_person_alone_is_told_who_is_missing(office):
    """
    Quorum: with nobody else employed the general manager decides nothing.
    """
    number = propose(office, contract(office), O.DECLASSIFY)
    with office.work("admin", Act.PERSON_LEAVE) as unit:
        unit.act(Act.PERSON_LEAVE)
        for person in unit.session.scalars(select(Person).where(Person.account != "gm")):
            person.employment = Employment.LEFT

    with pytest.raises(MissingPeople):
        decide(office, number)


def test_bad_input_is_refused_and_changes_nothing(office):
    """
    Not confidential, a paper of a volume, no such record, gone, both day and years, days out of range, no reason.
    """
    uid, plain = contract(office), make.volume(office, "FW·06", 1)
    with office.ask("gm") as unit:
        paper = unit.session.scalar(select(Item.uid).where(Item.volume_uid == uid))
    for error, code, given in (
        (NoSecrecy, plain, {}), (InVolume, paper, {}), (NotFound, "K001-X", {}),
        (BadValue, uid, {"until": D("2027-01-01"), "years": 3}), (BadValue, uid, {"until": D("2026-03-02")}),
        (BadValue, uid, {"years": 0}), (BadValue, uid, {"years": 31}), (BadValue, uid, {"years": -5}),
    ):  # fmt: skip
        with pytest.raises(error):
            mark(office, code, **given)
    for given in ({"reason": " "}, {"until": D("2030-01-01")}, {"level": Level.SECRET}):
        with pytest.raises(BadValue):
            propose(office, uid, O.DECLASSIFY, **given)
    with pytest.raises(NotFound):
        mark(office, uid, by="staff")

    assert {(Level.CONFIDENTIAL, None)} == standing(office, uid)[0]
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        unit.session.execute(text("DROP TRIGGER volume_may_go"))
        unit.session.execute(text("UPDATE volume SET state = 'DESTROYED'"))
    with pytest.raises(GoneForGood), office.work("archivist", Act.SECRECY_SET) as unit:
        secrecy._alone(unit, uid, Act.SECRECY_SET)


def test_ret_secrecy_and_retention_do_not_move_each_other(office):
    """
    Marking, prolonging, declassifying: period, trigger and due day stay; drift agrees; nor is a code changed (V24).
    """
    uid = make.volume(office, "HT·01", 1, held=True)
    before = standing(office, uid)[1]
    mark(office, uid, until=D("2027-01-01"))
    decide(office, propose(office, uid, O.PROLONG, until=D("2030-01-01")))
    decide(office, propose(office, uid, O.DECLASSIFY))

    assert before == standing(office, uid)[1]
    with office.ask("admin", Act.INSTANCE_INSPECT) as unit:
        assert [] == drifted(unit)


def test_reasons_are_sealed_and_the_ledger_keeps_two_people_and_every_row(office):
    """
    No word of a reason in the files or the log's facts; whatever program writes, no own decision, no row erased.
    """
    uid = contract(office)
    decide(office, propose(office, uid, O.DECLASSIFY, reason="清源保洁已公告合同"))
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        facts = [
            json.loads(row.facts)
            for row in unit.session.scalars(select(Event).where(Event.act.startswith("secrecy")))
        ]
    kept = b"".join(path.read_bytes() for path in office.home.rglob("*") if path.is_file())

    assert 2 == len(facts) and "清源保洁已公告".encode() not in kept
    for change in ("UPDATE secrecy_review SET decided_by = proposed_by", "DELETE FROM secrecy_review"):
        with (
            office.instance.engine.connect() as raw,
            pytest.raises(DatabaseError, match="secrecy_review|kept|CHECK"),
        ):
            raw.execute(text(change))


def test_the_whole_way_at_the_command_line(office, tmp_path, monkeypatch):
    """
    set by a file of codes, due, propose, decide, list; a missing choice and a bad number are told in a sentence.
    """
    code = code_of(office, contract(office))
    office.instance.close()
    counter = Counter(office.home, tmp_path / "desk")
    counter.desk.mkdir()
    monkeypatch.setattr(clikit.wiring, "clock", lambda: counter.now)
    monkeypatch.setattr(clikit.wiring, "after_work", None)
    codes = counter.desk / "codes.txt"
    codes.write_text(f"{code}\n", "utf-8")

    counter.run("archivist", "secrecy", "set", "--file", codes, "--until", "2026-06-30").check()
    assert [code] == [
        row["code"] for row in counter.rows("archivist", "secrecy", "due", "--on", "2026-07-01")
    ]
    assert [] == counter.rows("archivist", "secrecy", "due", "--unmarked")
    asked = ("secrecy", "propose", code, "解密", "--reason", "合同已公开")
    assert "MS2026-0001" in counter.run("archivist", *asked).check().out
    assert "MS2026-0001" in counter.run("archivist", *asked).check(1).err
    counter.run("gm", "secrecy", "decide", "MS2026-0001").check(2)
    assert "MS2026-0009" in counter.run("gm", "secrecy", "decide", "MS2026-0009", "--agree").check(4).err
    counter.run("gm", "secrecy", "decide", "MS2026-0001", "--agree").check()
    (row,) = counter.rows("archivist", "secrecy", "list", code)
    assert (True, "INTERNAL", "DECLASSIFY") == (row["agreed"], row["level_after"], row["outcome"])
    counter.language = "en"
    assert "is not confidential" in " ".join(
        counter.run("archivist", "secrecy", "set", code).check(1).err.split()
    )
