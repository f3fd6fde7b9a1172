"""阅览: on site, counted and signed at both ends, over at closing time; visitors and owners (R36, R38, R39, R42, V8, V11)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from archive import config, grants, items, people, volumes
from archive.acts import Act
from archive.circulation import counting, decisions, incidents, lending, reading_book, readings, requests
from archive.custody import handover
from archive.errors import (
    AboveClearance,
    AlreadyOut,
    ApprovalNeeded,
    ArchiveError,
    BadValue,
    ClosedToUse,
    CompanionNeeded,
    CountDiffers,
    LetterExpired,
    NotApprovable,
    NotEmployed,
    NotFound,
    NothingToLend,
    NotReading,
    PieceLost,
    ReadingOnly,
    RoomClosed,
    SameSigner,
    SelfApproval,
    SettingBad,
    SeveralReadings,
    WrongState,
)
from archive.instance import SYSTEM
from archive.model import Event, Holding, Incident, Item, Outing, Reading
from archive.statuses import Condition, IncidentKind, ReadingState, RequestKind, VisitorKind
from archive.values import Employment, Level
from tests import make
from tests.archive.counter import counter as a_counter
from tests.archive.test_visitors import add as visitor

BOTH = (Act.LOAN_LEND, Act.RECORD_READ)


@pytest.fixture
def volume(office) -> str:
    """A held ZX·02 volume of two papers and four pages, open to staff for loan and reading."""
    uid = make.volume(office, held=True)
    make.approved(office, uid, to="staff", acts=BOTH)
    return uid


def begin(office, code, by="archivist", **given) -> str:
    """Staff begins to read *code*, with what *given* changes; the number of the reading."""
    usual: dict[str, Any] = {"reader": "staff", "place": "R1", "purpose": "核对管线"}
    if "visitor" in given:
        usual["reader"] = None
    with office.work(by, Act.READING_BEGIN) as unit:
        return readings.begin(unit, code, **{**usual, **given}).number


def end(office, code, by="archivist", **given) -> Reading:
    with office.work(by, Act.READING_END) as unit:
        return readings.end(unit, code, **given)


def listed(office, by="archivist", **wanted):
    with office.ask(by, Act.READING_SEE) as unit:
        return reading_book.rows(unit, **wanted)


def late(office) -> int:
    with office.ask("archivist", Act.READING_SEE) as unit:
        return readings.late(unit)


def count(office, kind) -> int:
    with office.instance.engine.connect() as raw:
        return raw.scalar(select(func.count()).select_from(kind)) or 0


def papers(office, uid) -> list[str]:
    with office.ask("archivist") as unit:
        rows = select(Item).where(Item.volume_uid == unit.volume(uid).uid).order_by(Item.seq_no)
        return [item.reference_code for item in unit.session.scalars(rows)]


# --- beginning and ending ---------------------------------------------------------------------------


def test_req_R39_a_reading_is_counted_and_signed_at_both_ends(office, volume):
    """Begun by the archivist for staff, ended with the same count: two signers, dated, intact, on one line."""
    number = begin(office, volume, items=2, pages=4)
    assert number == "YL2026-00001"
    office.tick(hours=2)
    done = end(office, number, items=2, pages=4, effect="已核对")
    assert (done.state, done.intact, done.items_back, done.pages_back) == (ReadingState.ENDED, True, 2, 4)
    (row,) = listed(office)
    assert (row.reader, row.begun_by, row.ended_by, row.approved_by) == ("孙员工", "郑档案", "郑档案", "褚总")
    assert (row.purpose, row.effect, row.room, row.items, row.pages) == ("核对管线", "已核对", "R1", 2, 4)
    assert row.title == "ZX·02 案卷"
    assert count(office, Incident) == 0


def test_req_R36_inv_V8_what_is_never_lent_is_read_on_site(office):
    """An administrative volume: the loan is refused by its class, the reading is done."""
    (uid,) = make.filed(office, "WS·BG", 1)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    make.approved(office, uid, to="staff", acts=BOTH)
    with pytest.raises(ReadingOnly), office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="查阅")
    assert begin(office, uid) == "YL2026-00001"


def test_req_R35_reading_other_departments_papers_needs_its_managers_word(office):
    """Without an approval it is refused; the owning department's own people need none at 内部."""
    uid = make.volume(office, held=True)
    with pytest.raises(ApprovalNeeded):
        begin(office, uid)
    assert begin(office, uid, reader="supervisor") == "YL2026-00001"


def test_req_R35_an_approval_lets_one_read_again_until_it_expires(office, volume):
    """Reading does not spend it; the day after its last it opens nothing."""
    for day in range(2):
        begin(office, volume)
        end(office, volume)
        office.tick(days=1)
        assert count(office, Reading) == day + 1
    office.tick(days=400)
    with pytest.raises(ApprovalNeeded):
        begin(office, volume)


@pytest.mark.parametrize("wrong", [{"items": 1}, {"items": 3}, {"pages": 3}, {"items": 2, "pages": 40}])
def test_inv_V11_a_count_that_differs_at_the_beginning_is_refused(office, volume, wrong):
    """Nothing leaves the shelf before both agree."""
    with pytest.raises(CountDiffers):
        begin(office, volume, **wrong)
    assert count(office, Reading) == count(office, Outing) == 0


def test_inv_V11_witness_without_the_count_a_short_volume_goes_out(office, volume, monkeypatch):
    """The same slip passes when nobody compares: the test above would notice."""
    monkeypatch.setattr(counting.Pieces, "agree", lambda *given: None)
    begin(office, volume, items=1)
    assert count(office, Reading) == 1


def test_inv_V11_nobody_signs_both_sides(office, volume):
    """The archivist hands nothing to himself, and only somebody else than the reader takes back."""
    make.approved(office, volume, to="archivist", acts=BOTH)
    make.approved(office, volume, to="clerk", acts=BOTH)
    with pytest.raises(SameSigner):
        begin(office, volume, reader="archivist")
    begin(office, volume, reader="clerk")
    with pytest.raises(SameSigner):
        end(office, volume, by="clerk")
    assert end(office, volume).intact


def test_inv_V11_the_schema_itself_refuses_one_signer(office, volume):
    """Past the service, by plain SQL, the same person still cannot stand on both sides."""
    begin(office, volume)
    with pytest.raises(IntegrityError, match="two_signers"), office.instance.engine.begin() as raw:
        raw.execute(text("UPDATE reading SET begun_by = person_uid"))


@pytest.mark.parametrize(
    "wrong",
    [{"purpose": " "}, {"place": "R1-C1"}, {"reader": None}, {"visitor": "LF2026-00001", "reader": "staff"}],
)
def test_a_slip_at_the_beginning_is_refused_and_changes_nothing(office, volume, wrong):
    """No purpose, a cabinet for a room, nobody or two people to read."""
    with pytest.raises(BadValue):
        begin(office, volume, **wrong)
    assert count(office, Reading) == count(office, Outing) == 0


@pytest.mark.parametrize(
    "wrong", [{"place": "R9"}, {"reader": "nobody"}, {"companion": "nobody"}, {"visitor": "LF2026-00009"}]
)
def test_what_is_not_there_is_not_found(office, volume, wrong):
    """Room, reader, companion, visitor."""
    with pytest.raises(NotFound):
        begin(office, volume, **wrong)
    assert count(office, Reading) == 0


def test_an_unknown_and_a_hidden_record_answer_alike(office):
    """A clerk of another department asks for a confidential volume: as if it were not there."""
    hidden = make.volume(office, "YH·04", held=True)
    told = []
    for code in (hidden, "K001-没有"):
        with pytest.raises(NotFound) as refused:
            begin(office, code, by="records")
        told.append(refused.value.facts["what"])
    assert told == ["record", "record"]


def test_what_is_not_held_cannot_be_read(office):
    """An open volume is still being filed: the life cycle refuses."""
    uid = make.volume(office)
    make.approved(office, uid, to="staff", acts=BOTH)
    with pytest.raises(WrongState):
        begin(office, uid)


def test_a_reader_who_has_gone_reads_nothing(office, volume):
    """Suspended: refused, whatever was approved."""
    with office.work("admin", Act.PERSON_EDIT) as unit:
        unit.act(Act.PERSON_EDIT, unit.person("staff"))
        unit.person("staff").employment = Employment.SUSPENDED
    with pytest.raises(NotEmployed):
        begin(office, volume)


# --- confidential, closed, personnel ------------------------------------------------------------------


def test_req_R48_inv_V9_a_confidential_volume_is_read_on_a_grant_of_the_gm_alone(office):
    """Default deny; with the grant named to the person it is read, and every step is in the log."""
    uid = make.volume(office, "YH·04", held=True)
    with pytest.raises(ApprovalNeeded):
        begin(office, uid, reader="supervisor")
    make.approved(office, uid, to="supervisor", acts=(Act.RECORD_READ,))
    begin(office, uid, reader="supervisor")
    with office.instance.engine.connect() as raw:
        done = raw.execute(select(Event.act, Event.outcome).where(Event.act == Act.READING_BEGIN.value)).all()
    assert [outcome for _, outcome in done] == ["approval-needed", "done"]


def test_req_R48_a_reader_below_the_level_reads_nothing_though_it_be_approved(office):
    """A grant given before the clearance was taken opens nothing now."""
    uid = make.volume(office, "YH·04", held=True)
    make.approved(office, uid, to="supervisor", acts=(Act.RECORD_READ,))
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "supervisor", Level.INTERNAL)
    with pytest.raises(AboveClearance):
        begin(office, uid, reader="supervisor")


def test_req_R48_who_sits_beside_a_confidential_record_is_cleared_for_it(office):
    """The companion of a reader knows no more than he may."""
    uid = make.volume(office, "YH·04", held=True)
    make.approved(office, uid, to="supervisor", acts=(Act.RECORD_READ,))
    with pytest.raises(AboveClearance):
        begin(office, uid, reader="supervisor", companion="staff")


def test_req_R38_a_class_closed_to_use_is_opened_by_nothing_but_a_grant(office):
    """不供查阅: although the matrix asks nothing of the own department at 内部."""
    uid = make.volume(office, held=True)
    with office.instance.engine.begin() as raw:
        raw.execute(text("UPDATE volume SET use_mode = 'CLOSED'"))
    with pytest.raises(ClosedToUse):
        begin(office, uid, reader="supervisor")
    make.approved(office, uid, to="supervisor", acts=(Act.RECORD_READ,))
    assert begin(office, uid, reader="supervisor")


def test_req_R49_inv_V10_personnel_files_are_not_read_on_one_persons_word(office):
    """Not even a grant of the GM alone opens them: HR and GM must have approved the request."""
    uid = make.volume(office, "RS·01", held=False, by="hr", department="RS", dossier="E001")
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, uid)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="hr")
    make.approved(office, uid, to="secretary", acts=(Act.RECORD_READ,))
    with pytest.raises(ApprovalNeeded):
        begin(office, uid, reader="secretary")
    with office.work("archivist", Act.REQUEST_ASK) as unit:
        asked = requests.ask(unit, RequestKind.READ, [uid], purpose="核实学历", for_="secretary").number
    for by in ("hr", "gm"):
        with office.work(by, Act.REQUEST_APPROVE) as unit:
            decisions.decide(unit, [asked], Act.REQUEST_APPROVE, reason="同意")
    assert begin(office, uid, reader="secretary") == "YL2026-00001"


# --- pieces: what is read is not lent, what is lost is not read -----------------------------------------


def test_what_is_being_read_is_not_lent_and_what_is_lent_is_not_read(office, volume):
    """Across levels too: a paper being read blocks its volume, the volume blocks its papers."""
    one, two = papers(office, volume)
    make.approved(office, one, to="staff", acts=BOTH)
    begin(office, one)
    with pytest.raises(AlreadyOut), office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, volume, to="staff", purpose="核对")
    end(office, one)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, volume, to="staff", purpose="核对")
    for code in (one, two, volume):
        with pytest.raises(AlreadyOut):
            begin(office, code, reader="supervisor")
    assert count(office, Reading) == 1


def test_witness_without_the_index_a_thing_is_read_and_lent_at_once(office, volume):
    """The index is what refuses: without it the second hand takes it too."""
    with office.instance.engine.begin() as raw:
        raw.execute(text("DROP INDEX one_open_outing_per_holding"))
    begin(office, volume)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, volume, to="staff", purpose="核对")
    assert twice(office)


def twice(office) -> list[str]:
    """Pieces that are in two hands."""
    open_ones = select(Outing.holding_uid).where(Outing.returned_at.is_(None)).group_by(Outing.holding_uid)
    with office.instance.engine.connect() as raw:
        return list(raw.scalars(open_ones.having(func.count() > 1)))


STEPS = st.lists(
    st.tuples(st.sampled_from(("read", "end", "lend", "return")), st.integers(0, 2)), max_size=14
)


@settings(max_examples=12)
@given(steps=STEPS)
def test_inv_V11_no_piece_is_ever_in_two_hands(office, steps):
    """Random readings and loans of a volume and its papers: an act succeeds exactly if all its pieces are in."""
    uid = make.volume(office, held=True, dossier=f"A1203-2025-{office.now:%H%M%S}")
    codes = [uid, *papers(office, uid)]
    touched = ({1, 2}, {1}, {2})
    hands: dict[tuple[str, int], set[int]] = {}
    for kind, which in steps:
        begins = kind in {"read", "lend"}
        key = ("read" if kind in {"read", "end"} else "lend", which)
        out = set().union(*hands.values())
        expected = not touched[which] & out if begins else key in hands
        try:
            _do(office, kind, codes[which])
        except ArchiveError:
            assert not expected
        else:
            assert expected
            if begins:
                hands[key] = touched[which]
            else:
                del hands[key]
        assert not twice(office)
    for kind, which in list(hands):
        _do(office, "end" if kind == "read" else "return", codes[which])
    office.tick(seconds=1)


def _do(office, kind: str, code: str) -> None:
    if kind == "read":
        begin(office, code, reader="supervisor")
    elif kind == "end":
        end(office, code)
    else:
        if kind == "lend":
            make.approved(office, code)
        with office.work("archivist", Act.LOAN_LEND if kind == "lend" else Act.LOAN_RETURN) as unit:
            if kind == "lend":
                lending.lend(unit, code, to="staff", purpose="核对")
            else:
                lending.take_back(unit, code)


def test_what_is_electronic_only_is_read_without_a_count_and_by_several_at_once(office):
    """Nothing leaves a shelf; with two readings open, which one has ended must be said."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        (item,) = items.file_matter(
            unit, make.matter(), [make.paper(on_paper=False)], volume_title="电子案卷"
        )
        uid = item.volume_uid
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, uid)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    make.approved(office, uid, to="staff", acts=BOTH)
    first, _ = begin(office, uid), begin(office, uid, reader="supervisor")
    assert count(office, Outing) == 0
    with pytest.raises(SeveralReadings):
        end(office, uid)
    assert end(office, first).intact
    assert end(office, uid).intact
    with pytest.raises(NothingToLend), office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="核对")


def lose(office, code: str) -> None:
    with office.instance.engine.begin() as raw:
        uid = raw.scalar(select(Item.uid).where(Item.reference_code == code))
        raw.execute(text("UPDATE holding SET condition = 'LOST' WHERE item_uid = :uid"), {"uid": uid})


def test_req_R40_a_lost_paper_is_not_counted_and_a_lost_volume_not_read(office, volume):
    """One of two lost: the other is read, counted as one; both lost: nothing is left to read."""
    one, two = papers(office, volume)
    lose(office, one)
    with pytest.raises(PieceLost):
        begin(office, one)
    begin(office, volume, items=1, pages=2)
    end(office, volume)
    lose(office, two)
    with pytest.raises(PieceLost):
        begin(office, volume)


def test_a_further_copy_kept_in_the_archive_is_not_part_of_the_count(office, volume):
    """The copy stays where it is; the original is what goes over the counter."""
    with office.instance.engine.begin() as raw:
        for uid in list(raw.scalars(select(Holding.item_uid))):
            raw.execute(Holding.__table__.insert().values(
                uid=f"copy{uid[:28]}", item_uid=uid, is_copy=True, condition=Condition.SOUND, created_at=office.now,
            ))  # fmt: skip
    begin(office, volume, items=2, pages=4)
    with office.instance.engine.connect() as raw:
        out = raw.scalars(select(Holding.is_copy).join(Outing, Outing.holding_uid == Holding.uid)).all()
    assert list(out) == [False, False]


# --- coming back short ----------------------------------------------------------------------------------


def test_inv_V11_a_missing_paper_opens_an_incident_and_is_on_the_books_as_lost(office, volume):
    """Named missing: the count is one less, the line not intact, the incident names the reading."""
    one, _ = papers(office, volume)
    number = begin(office, volume)
    done = end(office, number, missing=[one, one])
    assert (done.items_back, done.pages_back, done.intact) == (1, 2, False)
    with office.ask("archivist") as unit:
        (incident,) = unit.session.scalars(select(Incident))
        lost = unit.session.scalars(
            select(Item.reference_code)
            .join(Holding, Holding.item_uid == Item.uid)
            .where(Holding.condition == Condition.LOST)
        )
        assert (incident.kind, incident.reading_uid, list(lost)) == (IncidentKind.LOST, done.uid, [one])
    assert not twice(office)


@pytest.mark.parametrize("told", [{"items": 1}, {"pages": 3}, {"damaged": True}])
def test_inv_V11_every_difference_at_the_end_opens_one_incident(office, volume, told):
    """Fewer pieces, fewer pages, damage: the reading ends, the incident goes on."""
    begin(office, volume)
    assert end(office, volume, **told).intact is False
    assert count(office, Incident) == 1


def test_inv_V11_witness_a_difference_nobody_reports_is_noticed(office, volume, monkeypatch):
    """Were the incident not opened, a line that is not intact would stand without one."""
    monkeypatch.setattr(incidents, "from_reading", lambda *given, **more: None)
    begin(office, volume)
    end(office, volume, items=1)
    with office.instance.engine.connect() as raw:
        unexplained = select(Reading.number).where(
            Reading.intact.is_(False), Reading.uid.not_in(select(Incident.reading_uid))
        )
        assert raw.scalars(unexplained).all() == ["YL2026-00001"]


@pytest.mark.parametrize("wrong", [{"items": -1}, {"pages": -4}])
def test_a_count_below_nothing_is_refused(office, volume, wrong):
    """The reading stays open."""
    begin(office, volume)
    with pytest.raises(BadValue):
        end(office, volume, **wrong)
    assert listed(office, open_only=True)


def test_only_a_paper_that_was_handed_out_can_be_missing(office, volume):
    """A paper of another volume is refused, one that is not there not found; the reading stays open."""
    other = make.volume(office, held=True, premises="A1204", dossier="A1204-2025-1")
    begin(office, volume)
    for code, error in ((papers(office, other)[0], BadValue), ("K001-没有", NotFound)):
        with pytest.raises(error):
            end(office, volume, missing=[code])
    assert [row.state for row in listed(office)] == [ReadingState.OPEN]
    assert count(office, Incident) == 0


def test_what_nobody_reads_cannot_be_taken_back(office, volume):
    """By code, by the number of an ended reading, by a number that never was."""
    with pytest.raises(NotReading):
        end(office, volume)
    number = begin(office, volume)
    end(office, number)
    with pytest.raises(WrongState):
        end(office, number)
    with pytest.raises(NotFound):
        end(office, "YL2026-00099")


def test_a_reading_of_a_hidden_record_answers_as_one_that_never_was(office):
    """By number or by code: a clerk without the right learns nothing."""
    uid = make.volume(office, "YH·04", held=True)
    make.approved(office, uid, to="supervisor", acts=(Act.RECORD_READ,))
    number = begin(office, uid, reader="supervisor")
    for code in (number, uid, "YL2026-00099"):
        with pytest.raises(NotFound):
            end(office, code, by="records")
    assert listed(office, by="records") == listed(office, by="staff") == []


# --- closing time ---------------------------------------------------------------------------------------


def test_a_reading_lasts_until_the_room_closes_and_is_flagged_from_then(office, volume):
    """17:30 in Shanghai is 09:30 UTC: at that minute it is late, for the rounds and in the list."""
    begin(office, volume)
    office.now = dt.datetime(2026, 3, 2, 9, 29, tzinfo=dt.UTC)
    assert (late(office), listed(office)[0].late) == (0, False)
    office.tick(minutes=1)
    assert (late(office), listed(office)[0].late) == (1, True)
    assert [row.number for row in listed(office, late=True)] == ["YL2026-00001"]
    with office.ask("archivist", Act.READING_SEE) as unit:
        assert len(reading_book.overdue(unit)) == 1
    with office.instance.work(SYSTEM, Act.ROUNDS_RUN) as unit:
        assert readings.late(unit) == 1
    end(office, volume)
    assert late(office) == 0 and listed(office, late=True) == []


def test_after_closing_time_only_a_reason_opens_the_room_and_until_midnight(office, volume):
    """Refused with the hour; with a reason it closes when the day is over; the reason is sealed on the card."""
    office.now = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
    with pytest.raises(RoomClosed):
        begin(office, volume)
    with pytest.raises(BadValue):
        begin(office, volume, late=" ")
    begin(office, volume, late="总经理急用")
    assert listed(office)[0].closes_at == dt.datetime(2026, 3, 2, 16, 0, tzinfo=dt.UTC)
    with office.ask("archivist") as unit:
        reading = unit.session.scalars(select(Reading)).one()
        assert readings.card(unit, readings.subject(unit, reading), reading)["late"] == "总经理急用"


@pytest.mark.parametrize("hour", ["1730", "25:00", "17:30:00", "5pm", "17:3"])
def test_an_hour_that_no_clock_shows_is_no_closing_time(hour):
    """Refused when the settings are read; an hour as written passes."""
    with pytest.raises(SettingBad):
        config.chosen(reading_closes=hour)
    assert config.chosen(reading_closes="18:00").reading_closes == "18:00"


# --- visitors and owners ----------------------------------------------------------------------------------


def guest(office, volume, number="", **given) -> str:
    usual = {"visitor": number or visitor(office), "companion": "clerk", "purpose": "查档"}
    return begin(office, volume, **{**usual, **given})


def let(office, uid: str, number: str) -> None:
    """The visitor's request, asked for by his host and approved by who must."""
    with office.work("clerk", Act.REQUEST_ASK) as unit:
        asked = requests.ask(unit, RequestKind.READ, [uid], purpose="查档", visitor=number).number
    with office.work("manager", Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, [asked], Act.REQUEST_APPROVE, reason="同意")


def test_req_R42_an_outside_visitor_reads_on_his_approval_with_letter_and_companion(office):
    """F15: unit, letter, masked document, who approved, who sat beside him; his name for who may see visitors."""
    uid, number = make.volume(office, held=True), visitor(office)
    with pytest.raises(ApprovalNeeded):
        guest(office, uid, number)
    let(office, uid, number)
    guest(office, uid, number)
    (row,) = listed(office, visitor=number)
    assert (row.reader, row.organisation, row.letter_no) == ("钱外宾", "东城供电局", "介字12号")
    assert (row.document, row.companion, row.approved_by) == ("110" + "*" * 13 + "2X", "周文员", "冯经理")
    (seen,) = listed(office, by="staff")
    assert (seen.reader, seen.organisation, seen.document) == (number, "", "")


def test_req_R42_a_visitor_is_never_alone(office):
    """No companion, or the custodian for one: refused; the companion does not take back what he watched."""
    uid, number = make.volume(office, held=True), visitor(office)
    let(office, uid, number)
    with pytest.raises(CompanionNeeded):
        guest(office, uid, number, companion=None)
    with pytest.raises(SameSigner):
        guest(office, uid, number, companion="archivist")
    guest(office, uid, number)
    with pytest.raises(SameSigner):
        end(office, uid, by="clerk")
    assert end(office, uid).intact


def test_req_R42_an_expired_letter_opens_nothing(office):
    """The day after its last the visitor is sent for a new one."""
    uid, number = make.volume(office, held=True), visitor(office)
    let(office, uid, number)
    office.tick(days=30)
    with pytest.raises(LetterExpired):
        guest(office, uid, number)


def test_req_R42_a_visitor_reads_a_confidential_file_on_the_word_of_manager_and_gm_never_of_his_host(office):
    """秘密: two posts in turn; who answers for the visitor approves nothing for him; the companion is cleared."""
    uid, number = make.volume(office, "YH·04", held=True), visitor(office, host="manager")
    with office.work("archivist", Act.REQUEST_ASK) as unit:
        asked = requests.ask(unit, RequestKind.READ, [uid], purpose="协助调查", visitor=number).number
        lines = [f"{asked}/1"]
    with pytest.raises(SelfApproval), office.work("manager", Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, lines, Act.REQUEST_APPROVE, reason="同意")
    with pytest.raises(ApprovalNeeded):
        guest(office, uid, number, companion="supervisor")
    with office.work("gm", Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, lines, Act.REQUEST_APPROVE, reason="同意")
    with pytest.raises(AboveClearance):
        guest(office, uid, number, companion="staff")
    assert guest(office, uid, number, companion="supervisor") == "YL2026-00001"


def owner(office) -> str:
    return visitor(
        office, kind=VisitorKind.OWNER, premises="A1203", party="P001", organisation="", letter_no="",
        letter_date=None,
    )  # fmt: skip


def test_an_owner_reads_what_belongs_to_all_owners_without_approval(office):
    """阅*: water tests are open to owners with document and companion; other classes as for anybody outside."""
    open_one = make.volume(office, "WG·08", held=True)
    number = owner(office)
    with pytest.raises(CompanionNeeded):
        guest(office, open_one, number, companion=None)
    guest(office, open_one, number)
    with pytest.raises(ApprovalNeeded):
        guest(office, make.volume(office, held=True), number)
    with pytest.raises(ApprovalNeeded):
        guest(office, open_one, visitor(office))


def test_an_owner_reads_no_tenants_file_and_nothing_confidential_of_the_common_ones(office):
    """A tenant's file is 秘密; a common record raised to 秘密 is closed to owners again."""
    number = owner(office)
    with pytest.raises(ApprovalNeeded):
        guest(office, make.volume(office, "YH·04", held=True), number, companion="supervisor")
    common = make.volume(office, "WG·08", held=True)
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, common, Level.CONFIDENTIAL, reason="涉及安防")
    with pytest.raises(ApprovalNeeded):
        guest(office, common, number, companion="supervisor")
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, common, Level.SECRET, reason="涉及安防")
    with pytest.raises((NotApprovable, AboveClearance)):
        guest(office, common, number, companion="secretary")


# --- the register -----------------------------------------------------------------------------------------


def test_the_register_is_narrowed_by_day_record_and_reader(office, volume):
    """Open, today, of one record, of one reader; an unknown reader is not found."""
    other = make.volume(office, held=True, premises="A1204", dossier="A1204-2025-1")
    begin(office, volume)
    end(office, volume)
    office.tick(days=1)
    begin(office, other, reader="supervisor")
    numbers = {
        "open": [row.number for row in listed(office, open_only=True)],
        "today": [row.number for row in listed(office, today=True)],
        "code": [row.number for row in listed(office, code=volume)],
        "reader": [row.number for row in listed(office, reader="staff")],
        "all": [row.number for row in listed(office)],
    }
    first, second = "YL2026-00001", "YL2026-00002"
    assert numbers == {
        "open": [second], "today": [second], "code": [first], "reader": [first], "all": [second, first],
    }  # fmt: skip
    with pytest.raises(NotFound):
        listed(office, reader="nobody")


def test_inv_V23_one_sees_ones_own_reading_but_not_the_title_of_what_is_hidden_now(office, volume):
    """Raised to 秘密 meanwhile: the reader keeps his line, without code and title."""
    begin(office, volume)
    end(office, volume)
    with office.work("gm", Act.GRANT_REVOKE) as unit:
        for line in grants.grants(unit):
            if line.live and line.who == "staff":
                grants.revoke(unit, line.uid)
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, volume, Level.CONFIDENTIAL, reason="涉及安防")
    (row,) = listed(office, by="staff")
    assert (row.number, row.code, row.title, row.purpose) == ("YL2026-00001", "", "", "核对管线")
    assert listed(office, by="records") == []


def test_inv_V25_a_register_that_shows_confidential_lines_is_logged(office):
    """One line for the list, with how many; a list of internal records leaves none."""
    uid = make.volume(office, "YH·04", held=True)
    make.approved(office, uid, to="supervisor", acts=(Act.RECORD_READ,))
    begin(office, uid, reader="supervisor")
    assert len(listed(office)) == 1
    with office.instance.engine.connect() as raw:
        facts = raw.scalars(select(Event.facts).where(Event.act == Act.READING_SEE.value)).all()
    assert len(facts) == 1 and '"confidential":1' in facts[0].replace(" ", "")


def test_purposes_and_reasons_stand_nowhere_in_clear(office, volume):
    """Sealed under the record's key on the line and in the log."""
    begin(office, volume, purpose="暗访专项检查")
    end(office, volume, effect="找到了隐患", items=1)
    kept = b"".join(path.read_bytes() for path in office.home.glob("catalogue.db*"))
    for word in ("暗访专项检查", "找到了隐患"):
        assert word.encode() not in kept
    assert b"YL2026-00001" in kept


# --- over the counter -------------------------------------------------------------------------------------


@pytest.fixture
def desk(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def _on_shelf(desk, flat: str = "A1203") -> str:
    """A held volume of one paper, filed over the counter; its code."""
    told = desk.run(
        "archivist", "item", "file", "--class", "ZX·02", "--department", "KF", "--premises", flat, "--dossier",
        f"{flat}-2025-1", "--title", "装修平面图", "--date", "2025-03-02", "--pages", "2",
    ).check()  # fmt: skip
    code = next(word for word in told.out.replace("，", " ").split() if word.startswith("K001")).removesuffix(
        "-001"
    )
    desk.run("archivist", "volume", "close", code, "--confirm", code).check()
    desk.run("archivist", "handover", "accept", code, "--from", "clerk").check()
    return code


def test_a_reading_goes_through_the_counter_and_the_forgotten_one_is_told(desk):
    """begin, list, the warning at the next begin after closing time, end short: the incident is told."""
    code = _on_shelf(desk)
    at = ("--reader", "supervisor", "--at", "R1", "--for", "核对")
    told = desk.run("archivist", "reading", "begin", code, *at, "--items", 1, "--pages", 2).check()
    assert "YL2026-00001" in told.out and "17:30" in told.out and told.err == ""
    assert desk.rows("archivist", "reading", "list", "--open")[0]["code"] == code
    again = desk.run("archivist", "reading", "begin", code, *at).check(1)
    assert "已" in again.err and again.out == ""
    desk.now += dt.timedelta(hours=9)
    assert desk.run("archivist", "reading", "begin", code, *at).check(1).out == ""
    assert desk.rows("archivist", "reading", "list", "--late")[0]["late"] is True
    told = desk.run("archivist", "reading", "end", "YL2026-00001", "--pages", 1, "--effect", "已核对").check()
    assert "incident list" in told.err
    assert desk.rows("archivist", "reading", "list", "--today", "--code", code)[0]["intact"] is False


def test_a_forgotten_reading_is_told_at_the_next_begin(desk):
    """Somebody stayed past closing time: who begins the next one is warned with the number of them."""
    code = _on_shelf(desk)
    at = ("--at", "R1", "--for", "核对")
    desk.run("archivist", "reading", "begin", f"{code}-001", "--reader", "supervisor", *at).check()
    desk.run("archivist", "reading", "end", f"{code}-001").check()
    desk.run("archivist", "reading", "begin", f"{code}-001", "--reader", "supervisor", *at).check()
    second = _on_shelf(desk, "A1204")
    desk.now = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
    told = desk.run("archivist", "reading", "begin", second, "--reader", "manager", *at)
    assert "17:30" in told.check(1).err
    told = desk.run(
        "archivist", "reading", "begin", second, "--reader", "manager", *at, "--late", "急用"
    ).check()
    assert "1" in told.err and "reading list --late" in told.err
