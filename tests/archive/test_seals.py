"""封存: a bag, a numbered seal, two people and an approval; out again only so (R21, F25, V17)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from archive import items, people, registry, volumes
from archive.acts import Act
from archive.circulation import decisions, lending, requests
from archive.custody import bagging, handover, seals
from archive.errors import (
    AboveClearance,
    ApprovalNeeded,
    AskedTwice,
    BadValue,
    CodeTaken,
    InVolume,
    LeftInBag,
    MissingPeople,
    NotAllowed,
    NotEmployed,
    NotFound,
    NotLockable,
    NotOnShelf,
    SameSigner,
    SealedUp,
    SealIntact,
    ThirdPerson,
    WrongState,
)
from archive.lives import ITEM, VOLUME
from archive.model import Item, Movement, Seal, SealLine, SealOpening, Volume
from archive.statuses import RequestKind, SealState, Whereabouts
from archive.values import PlaceKind, VolumeState
from tests import make
from tests.archive.counter import contents
from tests.archive.counter import counter as a_counter


@pytest.fixture
def office(office):
    """The office with three bags: two in the locked cabinet, one in the open one."""
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        for code, inside in (("D1", "R1-C1"), ("D2", "R1-C1"), ("D3", "R1-C2")):
            registry.add_location(unit, code, kind=PlaceKind.BAG, name="档案袋", inside=inside)
    return office


def held(office, number: int = 1, class_code: str = "ZX·02") -> str:
    return make.volume(office, class_code, 2, held=True, dossier=f"A1203-2025-{number}")


def approved(office, kind: RequestKind, *uids: str, asker: str = "archivist", by: str = "manager") -> None:
    """A request by the one who will do it, approved line by line."""
    with office.work(asker, Act.REQUEST_ASK) as unit:
        number = requests.ask(unit, kind, uids, purpose="存满一年").number
    with office.work(by, Act.REQUEST_APPROVE) as unit:
        lines = [f"{number}/{place}" for place in range(1, len(uids) + 1)]
        decisions.decide(unit, lines, Act.REQUEST_APPROVE, reason="同意")


def close(office, *uids: str, by: str = "archivist", **given):
    told = {"bag": "D1", "seal_no": "000123", "checked_by": "clerk", **given}
    with office.work(by, Act.SEAL_CLOSE) as unit:
        return bagging.close(unit, list(uids), **told).number


def open_bag(office, code: str = "D1", by: str = "archivist", **given):
    with office.work(by, Act.SEAL_OPEN) as unit:
        bagging.open_bag(unit, code, **{"witness": "clerk", "reason": "复查", **given})


def sealed(office, number: int = 1) -> str:
    """A volume sealed in D1 under 000123."""
    uid = held(office, number)
    approved(office, RequestKind.SEAL, uid)
    close(office, uid)
    return uid


def rows(office, statement):
    with office.instance.engine.connect() as raw:
        return raw.execute(statement).all()


def state(office, uid: str) -> VolumeState:
    return rows(office, select(Volume.state).where(Volume.uid == uid))[0][0]


def state_of_all(office) -> str:
    return contents(office.home / "catalogue.db")


def broken_seals(office) -> list[str]:
    """V17: sealed records without an unbroken seal and its bag, one of the two people missing, the bag elsewhere."""
    with office.instance.engine.connect() as raw:
        lines = raw.execute(
            text(
                "SELECT v.reference_code FROM volume v WHERE v.state = 'SEALED' AND NOT EXISTS ("
                " SELECT 1 FROM seal_line l JOIN seal s ON s.uid = l.seal_uid WHERE l.record_uid = v.uid"
                " AND s.state = 'SEALED' AND s.sealed_by <> s.checked_by AND s.bag_uid = v.place_uid)"
            )
        )
        opened = raw.execute(
            text(
                "SELECT s.number FROM seal s LEFT JOIN seal_opening o ON o.seal_uid = s.uid"
                " LEFT JOIN request_line l ON l.uid = o.line_uid"
                " WHERE s.state <> 'SEALED' AND (o.line_uid IS NULL OR l.state <> 'FULFILLED')"
            )
        )
        return [row[0] for row in (*lines, *opened)]


# --- due ----------------------------------------------------------------------------------------


def test_req_R21_a_record_is_due_one_year_after_it_was_stored(office):
    """Not on the day before; on the day it is listed with its title, and the rounds count it."""
    uid = held(office)
    for day, late in ((dt.date(2027, 3, 1), []), (dt.date(2027, 3, 2), [0]), (dt.date(2027, 3, 12), [10])):
        with office.ask("archivist", Act.SEAL_SEE) as unit:
            found = seals.due(unit, day)
        assert [line.late_days for line in found] == late
    assert found[0].title == "ZX·02 案卷" and found[0].due_on == dt.date(2027, 3, 2)
    office.tick(days=365)
    with office.ask("archivist", Act.SEAL_SEE) as unit:
        assert seals.due_count(unit) == len(seals.due(unit)) == 1
    approved(office, RequestKind.SEAL, uid)
    close(office, uid)
    with office.ask("archivist", Act.SEAL_SEE) as unit:
        assert seals.due_count(unit) == 0 and seals.due(unit) == []


def test_req_R21_items_kept_alone_are_due_and_what_is_electronic_only_is_not(office):
    """What has no paper needs no bag; papers of a volume are due with it, not by themselves."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper("纸质", "QT"), make.paper("电子", "QT", on_paper=False)]
        uids = [item.uid for item in items.file_matter(unit, make.matter("QT"), papers)]
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, uids, given_by="clerk")
    approved(office, RequestKind.SEAL, uids[1])
    with pytest.raises(NotOnShelf) as told:
        close(office, uids[1])
    assert told.value.facts["where"] is Whereabouts.ELECTRONIC
    held(office)
    office.tick(days=366)
    with office.ask("archivist", Act.SEAL_SEE) as unit:
        assert len(seals.due(unit)) == seals.due_count(unit) == 2


@given(st.dates(dt.date(2019, 1, 1), dt.date(2033, 1, 1)), st.dates(dt.date(2019, 1, 1), dt.date(2033, 1, 1)))
def test_req_R21_the_year_is_reckoned_alike_in_both_directions(stored, today):
    """Stored by the last day whose year is over, exactly if its own year is over; 29 February too."""
    assert (seals.year_after(stored) <= today) == (stored <= seals.stored_by(today))


def test_req_R21_a_leap_day_comes_back_on_the_first_of_march():
    """29 February 2028 is stored for a year on 1 March 2029."""
    assert seals.year_after(dt.date(2028, 2, 29)) == dt.date(2029, 3, 1)
    assert seals.stored_by(dt.date(2028, 2, 29)) == dt.date(2027, 2, 28)


def test_req_R21_who_may_not_see_a_record_is_not_told_that_it_is_due(office):
    """A confidential volume stands on the list of those who keep it, not on the records clerk's."""
    held(office, 1, "ZX·03")
    office.tick(days=365)
    found = {}
    for who in ("archivist", "records", "manager"):
        with office.ask(who, Act.SEAL_SEE) as unit:
            found[who] = len(seals.due(unit))
    assert found == {"archivist": 1, "records": 0, "manager": 1}


# --- sealing ------------------------------------------------------------------------------------


def test_form_F25_sealing_moves_the_whole_into_the_bag_and_keeps_who_and_when(office):
    """Volume and papers are sealed; the move is on the books; the register shows range, sealer, checker."""
    uids = [held(office, 1), held(office, 2)]
    approved(office, RequestKind.SEAL, *uids)
    number = close(office, *uids)
    assert number == "FC2026-0001"
    assert {state(office, uid) for uid in uids} == {VolumeState.SEALED}
    assert {row[0] for row in rows(office, select(Item.state))} == {VolumeState.SEALED}
    assert len(rows(office, select(Movement.uid))) == 2
    with office.ask("archivist", Act.SEAL_SEE) as unit:
        row = seals.show(unit, "000123")
        assert seals.show(unit, "D1") == seals.show(unit, number) == row
        assert [one.title for one in seals.contents(unit, number)] == ["ZX·02 案卷"] * 2
    assert (row.bag, row.place, row.count, row.sealed_by, row.checked_by) == (
        "D1", "R1 / R1-C1 / D1", 2, "郑档案", "周文员",
    )  # fmt: skip
    assert row.first_code < row.last_code and row.opened_on is None
    assert broken_seals(office) == []


def test_inv_V17_what_the_bag_holds_is_not_used_before_it_is_opened(office):
    """Lending, moving, sealing again: refused with what to do, and nothing changes."""
    uid = sealed(office)
    before = state_of_all(office)
    make.approved(office, uid)
    with pytest.raises(SealedUp) as told, office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="核对")
    assert "anjuan seal open" in str(told.value)
    with pytest.raises(SealedUp), office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, uid, "R1-C2")
    with pytest.raises(SealIntact):
        close(office, uid, seal_no="000124")
    with pytest.raises(SealedUp):
        close(office, uid, bag="D2", seal_no="000124")
    assert [line for line in state_of_all(office).splitlines() if "access_grant" not in line] == [
        line for line in before.splitlines() if "access_grant" not in line
    ]


#: What is wrong with a sealing, and how it is refused.
NOT_SEALED = (
    ({"checked_by": "archivist"}, SameSigner),
    ({"checked_by": "manager"}, ThirdPerson),
    ({"checked_by": "nobody"}, NotFound),
    ({"bag": "R1-C1"}, BadValue),
    ({"bag": "D9"}, NotFound),
    ({"seal_no": ""}, BadValue),
    ({"seal_no": "封 1"}, BadValue),
    ({"by": "staff"}, NotAllowed),
    ({"by": "clerk", "checked_by": "archivist"}, ApprovalNeeded),
)


def test_req_R21_a_bag_is_not_sealed_unless_all_is_in_order(office):
    """The sealer alone, the approver as checker, no bag, no number, somebody else's approval: nothing changes."""
    uid = held(office)
    approved(office, RequestKind.SEAL, uid)
    before = state_of_all(office)
    for wrong, refusal in NOT_SEALED:
        with pytest.raises(refusal):
            close(office, uid, **wrong)
    assert state_of_all(office) == before


def test_req_R21_nothing_is_sealed_without_an_approval_or_twice_on_one(office):
    """The approved line is used up by sealing; another volume needs its own."""
    uid = held(office, 1)
    with pytest.raises(ApprovalNeeded):
        close(office, uid)
    approved(office, RequestKind.SEAL, uid)
    close(office, uid)
    with pytest.raises(ApprovalNeeded):
        close(office, held(office, 2), bag="D2", seal_no="000124")


def test_req_R21_what_is_out_or_not_yet_held_or_listed_wrongly_is_not_sealed(office):
    """On loan, still open, an item of a volume, a code twice, an unknown code, no code at all."""
    uid, open_one = held(office, 1), make.volume(office, "ZX·02", 1, dossier="A1203-2025-2")
    approved(office, RequestKind.SEAL, uid)
    paper = rows(office, select(Item.reference_code).where(Item.volume_uid == uid))[0][0]
    make.approved(office, uid)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="核对")
    before = state_of_all(office)
    for codes, refusal in (
        ([uid], NotOnShelf), ([open_one], WrongState), ([paper], InVolume), ([uid, uid], AskedTwice),
        (["K001-NONE"], NotFound), ([], BadValue),
    ):  # fmt: skip
        with pytest.raises(refusal) as told:
            close(office, *codes)
        if refusal is NotOnShelf:
            assert told.value.facts["where"] is Whereabouts.LOAN
    assert state_of_all(office) == before


def test_req_R22_confidential_papers_are_sealed_only_in_a_bag_behind_a_lock(office):
    """D3 stands in the open cabinet; D1 in the locked one; the general manager approves."""
    uid = held(office, 1, "ZX·03")
    approved(office, RequestKind.SEAL, uid, by="gm")
    with pytest.raises(NotLockable):
        close(office, uid, bag="D3")
    with pytest.raises(AboveClearance):
        close(office, uid, checked_by="staff")
    close(office, uid)
    assert state(office, uid) is VolumeState.SEALED


def test_req_R21_a_suspended_checker_and_an_office_of_two_are_refused(office):
    """Three people: who seals, who checks, who approved."""
    uid = held(office)
    approved(office, RequestKind.SEAL, uid)
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "clerk", reason="停职")
    with pytest.raises(NotEmployed):
        close(office, uid)
    with office.instance.engine.begin() as raw:
        raw.execute(
            text("UPDATE person SET employment = 'SUSPENDED' WHERE account NOT IN ('archivist', 'staff')")
        )
    with pytest.raises(MissingPeople):
        close(office, uid, checked_by="staff")


def test_form_F25_a_seal_number_is_used_once_for_ever(office):
    """Neither on another bag, nor after the bag was opened."""
    sealed(office, 1)
    other = held(office, 2)
    approved(office, RequestKind.SEAL, other)
    with pytest.raises(CodeTaken):
        close(office, other, bag="D2")
    close(office, other, bag="D2", seal_no="000124")
    with office.instance.engine.connect() as raw, pytest.raises(IntegrityError):
        raw.execute(text("UPDATE seal SET seal_no = '000123'"))


def test_form_F25_a_bag_is_sealed_with_all_that_stands_in_it(office):
    """What was put in before must be on the list; naming no code means all that is in it."""
    uids = [held(office, 1), held(office, 2)]
    approved(office, RequestKind.SEAL, *uids)
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        for uid in uids:
            volumes.move(unit, uid, "D1")
    with pytest.raises(LeftInBag):
        close(office, uids[0])
    close(office)
    assert len(rows(office, select(SealLine.record_uid))) == 2


# --- opening ------------------------------------------------------------------------------------


def test_inv_V17_a_bag_is_opened_with_reason_approval_and_witness_and_sealed_again(office):
    """Used when open; sealed again under a new number that points to the old one, without a new request."""
    uid = sealed(office)
    approved(office, RequestKind.UNSEAL, uid)
    open_bag(office, "000123")
    assert state(office, uid) is VolumeState.UNSEALED and broken_seals(office) == []
    make.approved(office, uid)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="核对")
    with pytest.raises(NotOnShelf):
        close(office, seal_no="000200")
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, uid)
    with pytest.raises(CodeTaken):
        close(office, uid, seal_no="000123")
    with pytest.raises(ThirdPerson):
        close(office, uid, seal_no="000200", checked_by="manager")
    again = close(office, uid, seal_no="000200")
    with office.ask("archivist", Act.SEAL_SEE) as unit:
        first, second = seals.rows(unit)
        assert seals.rows(unit, state=SealState.SEALED) == [second]
        assert seals.show(unit, "D1") == second
    assert (first.state, first.resealed_as, first.opened_by, first.witness, first.approved_by, first.reason) == (
        SealState.RESEALED, again, "郑档案", "周文员", ["冯经理"], "复查",
    )  # fmt: skip
    assert second.number == again and second.seal_no == "000200" and broken_seals(office) == []


def test_inv_V17_every_record_in_the_bag_needs_its_approval(office):
    """The bag is opened as a whole: one uncovered record keeps it shut, and no approval is used up."""
    uids = [held(office, 1), held(office, 2)]
    approved(office, RequestKind.SEAL, *uids)
    close(office, *uids)
    approved(office, RequestKind.UNSEAL, uids[0])
    before = state_of_all(office)
    with pytest.raises(ApprovalNeeded):
        open_bag(office)
    assert state_of_all(office) == before
    approved(office, RequestKind.UNSEAL, uids[1])
    open_bag(office)
    assert {state(office, uid) for uid in uids} == {VolumeState.UNSEALED}
    assert {row[0] for row in rows(office, text("SELECT state FROM request_line"))} == {"FULFILLED"}


#: What is wrong with an opening, and how it is refused.
NOT_OPENED = (
    ({"witness": "archivist"}, SameSigner),
    ({"witness": "manager"}, ThirdPerson),
    ({"witness": "nobody"}, NotFound),
    ({"reason": "  "}, BadValue),
    ({"code": "D2"}, NotFound),
    ({"code": "FC2026-0009"}, NotFound),
    ({"by": "clerk", "witness": "archivist"}, ApprovalNeeded),
    ({"by": "staff"}, NotAllowed),
)


def test_inv_V17_a_bag_stays_shut_unless_all_is_in_order(office):
    """The opener alone, the approver as witness, no reason, no such bag: nothing changes."""
    uid = sealed(office)
    approved(office, RequestKind.UNSEAL, uid)
    before = state_of_all(office)
    for wrong, refusal in NOT_OPENED:
        with pytest.raises(refusal):
            open_bag(office, **wrong)
    assert state_of_all(office) == before


def test_inv_V17_an_open_bag_is_not_opened_again(office):
    """One seal is broken once."""
    uid = sealed(office)
    approved(office, RequestKind.UNSEAL, uid)
    open_bag(office)
    with pytest.raises(WrongState):
        open_bag(office)


def test_inv_V17_a_bag_with_something_hidden_in_it_is_answered_as_absent(office):
    """The records clerk of another department sees neither the confidential volume nor the bag's seal."""
    uid = held(office, 1, "ZX·03")
    approved(office, RequestKind.SEAL, uid, by="gm")
    close(office, uid)
    with pytest.raises(NotFound):
        open_bag(office, by="records")
    with office.ask("records", Act.SEAL_SEE) as unit:
        assert seals.rows(unit) == []
        for ask in (seals.show, seals.contents):
            with pytest.raises(NotFound):
                ask(unit, "D1")


def test_req_R21_what_lies_open_for_more_than_a_week_is_called_in(office):
    """Seven days are given; from the eighth it is on the list until it is sealed again."""
    uid = sealed(office)
    approved(office, RequestKind.UNSEAL, uid)
    open_bag(office)
    late = []
    for days in (0, 7, 1):
        office.tick(days=days)
        with office.ask("archivist", Act.SEAL_SEE) as unit:
            late.append(len(seals.unsealed(unit)))
    assert late == [0, 0, 1]
    close(office, uid, seal_no="000200")
    with office.ask("archivist", Act.SEAL_SEE) as unit:
        assert seals.unsealed(unit) == []


#: What raw SQL must not do to the register.
FROZEN = (
    "DELETE FROM seal",
    "DELETE FROM seal_line",
    "DELETE FROM seal_opening",
    "UPDATE seal_opening SET witness_uid = opened_by",
    "UPDATE seal SET checked_by = sealed_by",
)


def test_form_F25_the_register_of_seals_is_kept(office):
    """Not even raw SQL removes a line or lets one person be both."""
    uid = sealed(office)
    approved(office, RequestKind.UNSEAL, uid)
    open_bag(office)
    for change in FROZEN:
        with office.instance.engine.connect() as raw:
            with pytest.raises(IntegrityError):
                raw.execute(text(change))
            raw.rollback()


def test_inv_V17_a_paper_in_a_sealed_volume_is_sealed_with_it(office):
    """It is not lent by itself either; only opening leads out of the bag, or going for good with what is in it."""
    uid = sealed(office)
    paper = rows(office, select(Item.uid).where(Item.volume_uid == uid))[0][0]
    make.approved(office, paper)
    with pytest.raises(SealedUp), office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, paper, to="staff", purpose="核对")
    uses = (
        Act.LOAN_LEND,
        Act.LOAN_LEND_COPY,
        Act.READING_BEGIN,
        Act.COPY_MAKE,
        Act.REPAIR_ORDER,
        Act.VOLUME_MOVE,
    )
    for life in (VOLUME, ITEM):
        for act in uses:
            with pytest.raises(SealedUp):
                life.after(VolumeState.SEALED, act)
            assert life.after(VolumeState.UNSEALED, act) is VolumeState.UNSEALED
        out = {step.target for step in life if step.source is VolumeState.SEALED} - {VolumeState.SEALED}
        assert out == {VolumeState.UNSEALED, VolumeState.TRANSFERRED, VolumeState.DUE}


@pytest.mark.parametrize(
    "sabotage",
    [
        "UPDATE volume SET state = 'SEALED'",
        "UPDATE volume SET place_uid = (SELECT uid FROM location WHERE code = 'R1-C2')",
        "UPDATE seal SET state = 'UNSEALED'",
    ],
)
def test_witness_inv_V17_a_sealed_record_without_its_seal_is_named(office, sabotage):
    """The check of the tests above, on states made by hand."""
    sealed(office)
    held(office, 2)
    with office.instance.engine.begin() as raw:
        raw.execute(text(sabotage))
    assert broken_seals(office)


def test_inv_V17_sealing_and_opening_are_logged_without_the_reason_in_clear(office):
    """The acts are in the log by record; the reason is sealed there and on the register."""
    uid = sealed(office)
    approved(office, RequestKind.UNSEAL, uid)
    open_bag(office, reason="某某的病历")
    acts = [
        row[0] for row in rows(office, text("SELECT act FROM event WHERE act LIKE 'seal.%' ORDER BY seq"))
    ]
    assert acts == ["seal.close", "seal.open"]
    raw = b"".join(path.read_bytes() for path in office.home.glob("catalogue.db*"))
    assert "病历".encode() not in raw
    assert len(rows(office, select(SealOpening.seal_uid))) == len(rows(office, select(Seal.uid))) == 1


# --- over the counter ---------------------------------------------------------------------------


def test_form_F25_the_counter_seals_opens_and_lists(template, tmp_path, monkeypatch):
    """Every verb of `seal` with codes from a file; the register prints JSON and CSV; refusals say what to do."""
    desk = a_counter(template, tmp_path, monkeypatch)
    volume = held_by_hand(desk)
    desk.run(
        "archivist", "location", "add", "D1", "--kind", "bag", "--name", "档案袋", "--inside", "R1-C1"
    ).check()
    close = ("seal", "close", "--bag", "D1", "--seal-no", "77", "--checked-by", "clerk", "--file", "-")
    refused = desk.run("archivist", *close, typed=f"{volume}\n").check(3)
    assert "anjuan request ask" in refused.err
    allow(desk, volume, "seal")
    told = desk.run("archivist", *close, typed=f"\n{volume}\n").check().out
    assert "FC2026-0001" in told and "77" in told
    assert "anjuan seal open" in desk.run("archivist", "volume", "move", volume, "--to", "R1-C2").check(1).err
    assert [row["code"] for row in desk.rows("archivist", "seal", "contents", "D1")] == [volume]
    allow(desk, volume, "unseal")
    opening = ("seal", "open", "77", "--witness", "clerk", "--reason", "复查")
    assert "D1" in desk.run("archivist", *opening).check().out
    assert "2026-03-02" in desk.run("archivist", "seal", "show", "FC2026-0001").check().out
    (row,) = desk.rows("archivist", "seal", "list", "--state", "unsealed")
    assert row["count"] == 1 and "复查" in row.values()
    assert desk.rows("archivist", "seal", "due", "--on", "2030-01-01") == []
    desk.now += dt.timedelta(days=8)
    desk.known.clear()
    assert [row["code"] for row in desk.rows("archivist", "seal", "due", "--again")] == [volume]
    assert desk.run("archivist", "seal", "list", "--csv").check().out.count("\n") == 2


def held_by_hand(desk) -> str:
    """A volume with one paper, drafted, checked and signed over the counter."""
    filing = ("item", "file", "--class", "ZX·02", "--department", "KF", "--premises", "A1203", "--dossier",
              "A1203-2025-1", "--title", "装修平面图", "--date", "2025-03-02", "--pages", "2")  # fmt: skip
    item = re.search(r"K001-[^\s，。]+", desk.run("clerk", *filing).check().out)[0]
    volume = item.removesuffix("-001")
    desk.run("clerk", "volume", "close", volume, "--confirm", volume).check()
    desk.run("clerk", "handover", "draft", volume, "--reason", "年度归档").check()
    desk.run("archivist", "handover", "check", "YD2026-0001", volume).check()
    desk.run("archivist", "handover", "sign", "YD2026-0001", "--with", "clerk", "--count", "1").check()
    return volume


def allow(desk, volume: str, kind: str) -> None:
    """Asked for and approved over the counter."""
    told = desk.run("archivist", "request", "ask", volume, "--kind", kind, "--for", "存满一年").check().out
    number = re.search(r"SQ2026-\d+", told)[0]
    desk.run("manager", "request", "approve", number).check()
