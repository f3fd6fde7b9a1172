"""The counter in full: approvals, limits, boxes, copies, batches, renewals, recalls, and the register (F11)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
from sqlalchemy import select, text

from archive import items, registry, views, volumes
from archive.acts import Act
from archive.circulation import copies, counter, decisions, ledger, lending, renewing, requests
from archive.circulation.lending import Return, Terms
from archive.custody import handover
from archive.errors import (
    AlreadyOut,
    ApprovalNeeded,
    BadValue,
    BorrowerOverdue,
    CopiesOnly,
    CountDiffers,
    DueUnfit,
    EmptyBox,
    LineRefused,
    LoanLimit,
    LoanOverdue,
    LoanRecalled,
    NoCopy,
    NotAllowed,
    NotApprovable,
    NotFound,
    NotOnLoan,
    OtherFonds,
    PieceLost,
    RenewalsSpent,
    ScannedTwice,
    SealedUp,
    SeveralLoans,
    SomebodyFirst,
    SomebodyWaits,
    WithItsVolume,
)
from archive.model import Grant, Holding, Incident, Item, Loan, Location, Notice, Outing, Renewal, Volume
from archive.statuses import Condition, IncidentKind, RequestKind
from archive.values import Level, LoanState, PlaceKind, VolumeState
from archive.words import Language
from tests import make
from tests.archive.counter import counter as counters
from tests.faults.invariants import check_all

OTHER = "K002-ZY·ZX·2025·D3-0001"


def lend(office, code, to="staff", by="archivist", *, asked=True, **given):
    if asked:
        make.approved(office, code, to=to)
    with office.work(by, Act.LOAN_LEND) as unit:
        return lending.lend(unit, code, to=to, purpose="核对图纸", **given).number


def take_back(office, code, by="archivist", **given):
    with office.work(by, Act.LOAN_RETURN) as unit:
        return lending.take_back(unit, code, **given).number


def renew(office, code, by="staff", **given):
    with office.work(by, Act.LOAN_RENEW) as unit:
        return renewing.renew(unit, code, **given).due_on


def recall(office, code, by="archivist", **given):
    with office.work(by, Act.LOAN_RECALL) as unit:
        return renewing.recall(unit, code, reason="检查组调阅", **given).due_on


def register(office, by="archivist", **given):
    with office.ask(by, Act.LOAN_SEE) as unit:
        return ledger.register(unit, **given)


def state(office) -> list[tuple[object, ...]]:
    """All rows of the ledger: equal means nothing changed."""
    with office.instance.engine.connect() as raw:
        return [
            tuple(row)
            for table in ("loan", "outing", "renewal", "notice", "incident", "access_grant", "series")
            for row in raw.execute(text(f"SELECT * FROM {table} ORDER BY 1"))
        ]


def code_of(office, uid) -> str:
    with office.ask("archivist") as unit:
        return unit.record(uid).reference_code


def papers(office, volume) -> list[str]:
    with office.ask("archivist") as unit:
        return [line.code for line in views.inner_list(unit, unit.volume(volume))]


def drawings(office, number: int = 1, count: int = 2, **given) -> str:
    """The reference code of a held volume of drawings."""
    return code_of(
        office, make.volume(office, "ZX·02", count, held=True, dossier=f"A1203-2025-{number}", **given)
    )


def set_(office, **settings) -> None:
    office.instance.settings = dataclasses.replace(office.instance.settings, **settings)


# --- what a loan rests on ---------------------------------------------------------------------


def asked(office, code, to="staff", kind=RequestKind.LOAN, approved=True) -> None:
    """A request by *to*, approved by whom the matrix names."""
    with office.work(to, Act.REQUEST_ASK) as unit:
        number = requests.ask(unit, kind, [code], purpose="核对").number
    if approved:
        by = "gm" if kind is RequestKind.TAKE_OUT else "manager"
        with office.work(by, Act.REQUEST_APPROVE) as unit:
            decisions.decide(unit, [number], Act.REQUEST_APPROVE)


def test_req_R35_nothing_is_lent_without_an_approval_and_one_approval_is_for_one_loan(office):
    """Refused unasked, refused while it waits, lent once approved, refused again after its return."""
    code = drawings(office)
    before = state(office)
    with pytest.raises(ApprovalNeeded) as refused:
        lend(office, code, asked=False)
    assert state(office) == before and "request ask" in refused.value.message(Language.ZH)
    asked(office, code, approved=False)
    with pytest.raises(ApprovalNeeded):
        lend(office, code, asked=False)
    with office.work("manager", Act.REQUEST_APPROVE) as unit:
        (line,) = decisions.decide(unit, ["SQ2026-00001"], Act.REQUEST_APPROVE)
    number = lend(office, code, asked=False)
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        loan = unit.session.scalar(select(Loan).where(Loan.number == number))
        grant = unit.session.get_one(Grant, loan.grant_uid)
        assert (grant.line_uid, grant.spent_at is None, loan.take_out) == (line.uid, False, False)
    take_back(office, code)
    with pytest.raises(ApprovalNeeded):
        lend(office, code, asked=False)


def test_inv_V12_nothing_leaves_the_premises_unless_the_general_manager_said_so(office):
    """`may leave` is false, and true only with an approval of its own kind, named in the log (R45)."""
    code = drawings(office)
    lend(office, code)
    assert [row.take_out for row in register(office)] == [False]
    take_back(office, code)
    with pytest.raises(ApprovalNeeded):
        lend(office, code, take_out=True)
    asked(office, code, kind=RequestKind.TAKE_OUT)
    lend(office, code, asked=False, take_out=True)
    assert [row.take_out for row in register(office, open_only=True)] == [True]
    with office.instance.engine.connect() as raw:
        done = raw.scalar(text("SELECT count(*) FROM event WHERE act='loan.take-out' AND outcome='done'"))
    assert done == 1 and check_all(office) == []


def test_the_first_thing_to_know_of_what_is_out_is_that_it_is_out(office):
    """Somebody without an approval is not sent to ask for one while another has it."""
    code = drawings(office)
    lend(office, code)
    with pytest.raises(AlreadyOut):
        lend(office, code, to="clerk", asked=False)


def test_a_borrower_has_so_many_loans_and_no_more(office):
    """The limit of the settings; one comes back, another may go."""
    set_(office, loan_limit=2)
    codes = [drawings(office, number) for number in range(3)]
    for code in codes[:2]:
        lend(office, code)
    with pytest.raises(LoanLimit):
        lend(office, codes[2])
    take_back(office, codes[0])
    lend(office, codes[2], asked=False)


def test_req_R44_who_keeps_something_long_overdue_gets_nothing_more(office):
    """A week's grace by the settings, then nothing until it is back."""
    first, second = drawings(office, 1), drawings(office, 2)
    number = lend(office, first, days=1)
    office.tick(days=8)
    take_back(office, lend(office, second))
    office.tick(days=1)
    with pytest.raises(BorrowerOverdue) as refused:
        lend(office, second)
    assert (refused.value.facts["number"], refused.value.facts["days"]) == (number, 8)
    take_back(office, first)
    lend(office, second, asked=False)


def test_what_lies_in_a_sealed_bag_is_unsealed_first(office):
    """R21: the life cycle itself refuses."""
    code = drawings(office)
    with office.work("archivist", Act.SEAL_CLOSE) as unit:
        volume = unit.volume(code)
        unit.act(Act.SEAL_CLOSE, volume)
        volume.state = VolumeState.SEALED
    with pytest.raises(SealedUp):
        lend(office, code)


# --- pieces: lost, missing, copies -----------------------------------------------------------


def test_inv_V11_a_difference_at_the_return_opens_an_incident_that_names_the_papers(office):
    """What is missing is lost on the books, the rest is back; the lost piece is neither lent nor counted any more."""
    code = drawings(office, count=3)
    inside = papers(office, code)
    lend(office, code, items=3, pages=6)
    take_back(office, code, missing=[inside[1]], note="缺水电图")
    (row,) = register(office)
    assert (row.items_back, row.pages_back, row.intact, row.note) == (2, 4, False, "缺水电图")
    with office.ask("archivist", Act.INCIDENT_SEE) as unit:
        (incident,) = unit.session.scalars(select(Incident))
        assert (incident.kind, incident.loan_uid is not None) == (IncidentKind.LOST, True)
        conditions = unit.session.execute(
            select(Item.seq_no, Holding.condition).join(Item, Item.uid == Holding.item_uid)
        )
        assert {seq: told for seq, told in conditions if told is Condition.LOST} == {2: Condition.LOST}
        assert not unit.session.scalars(select(Outing).where(Outing.returned_at.is_(None))).all()
    with pytest.raises(PieceLost):
        lend(office, inside[1])
    with pytest.raises(CountDiffers):
        lend(office, code, items=3)
    lend(office, code, asked=False, items=2, pages=4)
    assert check_all(office) == []


@pytest.mark.parametrize(
    ("back", "kind"),
    [
        ({"items": 1}, IncidentKind.LOST),
        ({"pages": 3}, IncidentKind.LOST),
        ({"intact": False}, IncidentKind.DAMAGED),
        ({"items": 3}, IncidentKind.DAMAGED),
        ({}, None),
    ],
)
def test_inv_V11_every_difference_opens_an_incident_and_nothing_else_does(office, back, kind):
    """Fewer, damaged, more than went out; what comes back as it went opens none."""
    code = drawings(office)
    lend(office, code)
    take_back(office, code, **back)
    with office.ask("archivist", Act.INCIDENT_SEE) as unit:
        assert [one.kind for one in unit.session.scalars(select(Incident))] == ([kind] if kind else [])


def test_what_is_said_to_be_missing_must_have_gone_out(office):
    """A paper of another volume, one that never was, a count below nothing: told, nothing changed."""
    code, other = drawings(office, 1), drawings(office, 2)
    lend(office, code)
    before = state(office)
    for wrong in (
        {"missing": [papers(office, other)[0]]},
        {"missing": ["K001-NO"]},
        {"pages": -1},
        {"items": -1},
    ):
        with pytest.raises(BadValue):
            take_back(office, code, **wrong)
    assert state(office) == before


def copied(office, class_code="CJ·01") -> str:
    """A held volume of plans with a copy of each paper kept in the archive."""
    code = code_of(office, make.volume(office, class_code, 2, held=True))
    make.approved(office, code, acts=(Act.ITEM_GET,))
    with office.work("archivist", Act.COPY_MAKE) as unit:
        copies.make(unit, code, pages=4, which="全部", purpose="备用", reader="staff", keep_holding=True)
    return code


def test_of_what_is_lent_as_copies_only_the_original_stays(office):
    """The copy goes over the counter; the original is never counted as out, and is still refused."""
    code = copied(office)
    with pytest.raises(CopiesOnly):
        lend(office, code)
    number = lend(office, code, asked=False, copy=True, items=2)
    with office.ask("archivist") as unit:
        volume = unit.volume(code)
        assert ledger.open_loan(unit, volume) is None and ledger.holder(unit, volume) is None
        assert [line.out for line in views.volumes(unit)] == [False]
        out = select(Holding.is_copy).join(Outing, Outing.holding_uid == Holding.uid)
        assert unit.session.scalars(out).all() == [True, True]
    make.approved(office, code)
    with pytest.raises(NoCopy):
        lend(office, code, asked=False, copy=True)
    assert register(office)[0].is_copy and take_back(office, code) == number
    lend(office, code, asked=False, copy=True)
    assert check_all(office) == []


def test_original_and_copy_out_together_come_back_by_number(office):
    """The code alone would not say which."""
    code = copied(office, "ZX·02")
    numbers = [lend(office, code), lend(office, code, to="clerk", copy=True)]
    with pytest.raises(SeveralLoans):
        take_back(office, code)
    assert [take_back(office, number) for number in reversed(numbers)] == numbers[::-1]
    with pytest.raises(NotOnLoan):
        take_back(office, numbers[0])


def test_a_volume_without_copies_lends_none(office):
    """And the original does not go in its place."""
    with pytest.raises(NoCopy):
        lend(office, drawings(office), copy=True)


# --- boxes ------------------------------------------------------------------------------------


def boxed(office, count=3) -> list[str]:
    """Volumes in box B1, each approved for the staff member."""
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "B1", kind=PlaceKind.BOX, name="一号盒", inside="R1-C2")
    codes = [drawings(office, number) for number in range(count)]
    for code in codes:
        with office.work("archivist", Act.VOLUME_MOVE) as unit:
            volumes.move(unit, code, "B1")
        make.approved(office, code)
    return codes


def over_the_counter(office, code="B1", **given):
    with office.work("archivist", Act.LOAN_LEND) as unit:
        return [loan.number for loan in counter.lend(unit, code, Terms("staff", "年度核对"), **given)]


def box_back(office, **given):
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        return [loan.intact for loan in counter.take_back(unit, "B1", Return(**given))]


def test_a_box_goes_and_comes_back_as_a_whole(office):
    """A line for each volume, one parcel for the limit, counted together at both ends."""
    set_(office, loan_limit=1)
    codes = boxed(office)
    with pytest.raises(CountDiffers):
        over_the_counter(office, items=5)
    assert len(over_the_counter(office, items=6, pages=12)) == 3
    with pytest.raises(AlreadyOut):
        lend(office, papers(office, codes[0])[0], to="clerk")
    with pytest.raises(CountDiffers):
        box_back(office, items=5)
    assert box_back(office, items=6, pages=12) == [True, True, True]
    with pytest.raises(EmptyBox):
        box_back(office)
    assert check_all(office) == []


def test_a_box_that_comes_back_short_says_whose_paper_is_missing(office):
    """The incident is opened for that volume only."""
    codes = boxed(office)
    over_the_counter(office)
    gone = papers(office, codes[1])[0]
    with pytest.raises(BadValue):
        box_back(office, missing=["K001-NO"])
    assert box_back(office, items=5, missing=[gone]) == [True, False, True]
    with office.ask("archivist", Act.INCIDENT_SEE) as unit:
        (incident,) = unit.session.scalars(select(Incident))
        assert unit.session.get_one(Volume, incident.record_uid).reference_code == codes[1]


def test_a_box_with_one_volume_that_cannot_go_stays_whole(office):
    """One of it is out already, or not approved; or nothing stands in the box: nothing is lent."""
    codes = boxed(office)
    lend(office, codes[2], to="clerk")
    before = state(office)
    with pytest.raises(AlreadyOut):
        over_the_counter(office)
    assert state(office) == before
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "B2", kind=PlaceKind.BOX, name="空盒", inside="R1-C2")
    with pytest.raises(EmptyBox):
        over_the_counter(office, "B2")


def test_inv_V23_a_box_with_something_hidden_in_it_is_not_lent_and_names_nothing(office):
    """A lender who may not see all of it is told no more than that he may not lend it."""
    boxed(office)
    hidden = make.volume(office, "YH·01", 1, held=True)
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        box = unit.one(Location, "location", "B1")
        volume = unit.volume(hidden)
        unit.act(Act.VOLUME_MOVE, volume)
        volume.place_uid = box.uid
    with pytest.raises(NotAllowed) as refused, office.work("records", Act.LOAN_LEND) as unit:
        counter.lend(unit, "B1", Terms("staff", "核对"))
    assert "code" not in refused.value.facts and register(office) == []


# --- the queue --------------------------------------------------------------------------------


def test_who_was_approved_first_has_it_first_unless_passed_over_with_a_reason(office):
    """The second is refused, then lent out of turn with the reason kept; the first keeps his place."""
    code = drawings(office)
    asked(office, code, to="supervisor")
    office.tick(hours=1)
    asked(office, code, to="staff")
    before = state(office)
    with pytest.raises(SomebodyFirst) as refused:
        lend(office, code, asked=False)
    assert refused.value.facts["who"] == "王主管" and state(office) == before
    with pytest.raises(SomebodyFirst) as refused:
        lend(office, code, asked=False, by="clerk")
    assert refused.value.facts["who"] == "—"
    number = lend(office, code, asked=False, pass_over="主管同意让借")
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        loan = unit.session.scalar(select(Loan).where(Loan.number == number))
        assert ledger.card_of(unit, loan)["passed_over"] == "主管同意让借"
        assert [one.account for one in ledger.waiting(unit, unit.volume(code))] == ["supervisor"]
    take_back(office, code)
    lend(office, code, to="supervisor", asked=False)


# --- renewing and recalling -------------------------------------------------------------------


def test_a_loan_is_renewed_from_its_due_day_as_often_as_the_settings_say(office):
    """By the borrower and by the desk; each renewal is a row; the third is refused."""
    number = lend(office, drawings(office), days=7)
    assert renew(office, number, days=7) == dt.date(2026, 3, 16)
    assert renew(office, number, by="archivist") == dt.date(2026, 3, 31)
    with pytest.raises(RenewalsSpent):
        renew(office, number)
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        rows = [(one.nth, one.from_day, one.to_day) for one in unit.session.scalars(select(Renewal))]
    assert sorted(rows) == [
        (1, dt.date(2026, 3, 9), dt.date(2026, 3, 16)), (2, dt.date(2026, 3, 16), dt.date(2026, 3, 31)),
    ]  # fmt: skip
    assert register(office)[0].renewals == 2 and check_all(office) == []


def test_who_may_not_renew_and_what_is_not_renewed(office):
    """A stranger; what is overdue, recalled, not out, waited for; a day that is none or lies before."""
    code = drawings(office)
    number = lend(office, code, days=7)
    before = state(office)
    for by, wrong, refusal in (
        ("supervisor", {}, NotAllowed),
        ("staff", {"due_on": dt.date(2026, 3, 6)}, BadValue),
        ("staff", {"due_on": dt.date(2026, 3, 14)}, DueUnfit),
        ("staff", {"days": 0}, BadValue),
        ("staff", {"days": 366}, DueUnfit),
        ("staff", {"days": -1}, BadValue),
    ):
        with pytest.raises(refusal):
            renew(office, number, by=by, **wrong)
    assert state(office) == before
    asked(office, code, to="supervisor")
    with pytest.raises(SomebodyWaits):
        renew(office, number)
    office.tick(days=8)
    with pytest.raises(LoanOverdue):
        renew(office, number)
    take_back(office, number)
    with pytest.raises(NotOnLoan):
        renew(office, number)


def test_req_R48_what_was_raised_while_it_is_out_is_not_renewed(office):
    """It comes back, and is not lent again; not even the archivist lets it run on."""
    volume = drawings(office)
    lend(office, volume, to="supervisor")
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, volume, Level.CONFIDENTIAL, reason="内有身份证复印件")
    before = state(office)
    with pytest.raises(NotApprovable):
        renew(office, volume, by="archivist")
    assert state(office) == before
    take_back(office, volume)


def test_a_recall_moves_the_day_nearer_and_tells_the_borrower(office):
    """Three working days unless said; a notice with number, code and day; never renewed nor recalled again."""
    code = drawings(office)
    number = lend(office, code)
    with pytest.raises(BadValue):
        recall(office, number, days=-1)
    assert recall(office, number) == dt.date(2026, 3, 5)
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        (notice,) = unit.session.scalars(select(Notice))
        assert (notice.stage, notice.due_on) == ("recall", dt.date(2026, 3, 5))
        assert ledger.card_of(unit, unit.session.scalar(select(Loan)))["recalled"] == "检查组调阅"
    for again in (recall, renew):
        with pytest.raises(LoanRecalled):
            again(office, number)
    assert register(office)[0].recalled_on == dt.date(2026, 3, 2)
    take_back(office, code)
    with pytest.raises(NotOnLoan):
        recall(office, number)


def test_a_recall_never_gives_more_time_and_wants_a_reason_and_the_right(office):
    """A loan due tomorrow stays due tomorrow."""
    number = lend(office, drawings(office), days=1)
    with pytest.raises(NotAllowed):
        recall(office, number, by="staff")
    with pytest.raises(BadValue), office.work("archivist", Act.LOAN_RECALL) as unit:
        renewing.recall(unit, number, reason=" ")
    assert recall(office, number, due_on=dt.date(2026, 3, 20)) == dt.date(2026, 3, 3)


# --- batches ----------------------------------------------------------------------------------


def lend_many(office, codes, to="staff"):
    with office.work("archivist", Act.LOAN_LEND) as unit:
        return [loan.number for loan in counter.lend_many(unit, codes, Terms(to, "年度核对"))]


def return_many(office, codes, **given):
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        return counter.return_many(unit, codes, **given)


def test_what_was_scanned_is_lent_and_taken_back_together(office):
    """Each its own line in ledger and log, one transaction."""
    codes = [drawings(office, number) for number in range(3)]
    for code in codes:
        make.approved(office, code)
    numbers = lend_many(office, ["", codes[0], f" {codes[1]} ", codes[2]])
    assert numbers == ["JY2026-00001", "JY2026-00002", "JY2026-00003"]
    told = return_many(office, [codes[2], numbers[0], codes[1]])
    assert [(one.line, one.number, one.done) for one in told] == [
        (1, numbers[2], True), (2, numbers[0], True), (3, numbers[1], True),
    ]  # fmt: skip
    assert check_all(office) == []


def bad_lines(office):
    """A batch with something wrong on its third line, and the refusal told for it."""
    good, other = drawings(office, 1), drawings(office, 2)
    hidden = code_of(office, make.volume(office, "YH·01", 1, held=True))
    yield [good, other, good], ScannedTwice
    yield [good, "", OTHER], OtherFonds
    yield [good, "", "K001-ZY·ZX·2025·D3-9999"], NotFound
    yield [good, "", papers(office, good)[0]], WithItsVolume
    yield [good, "", "4711"], NotFound
    yield [good, "", hidden], None
    lend(office, other, to="clerk")
    yield [good, "", other], AlreadyOut


def test_one_bad_line_and_nothing_of_the_batch_is_lent(office):
    """Double scan, another archive's code, an unknown one, a paper with its volume, what is out: told by line."""
    make.approved(office, make_first := drawings(office, 9))
    for codes, why in bad_lines(office):
        for code in {codes[0], codes[1]} - {""}:
            make.approved(office, code)
        before = state(office)
        with pytest.raises(LineRefused) as refused:
            lend_many(office, [codes[0], *codes[1:]])
        assert refused.value.facts["line"] == 3 and (why is None or type(refused.value.why) is why), codes
        for language in Language:
            told = refused.value.message(language)
            assert "3" in told and codes[2] in told and "{" not in told
        assert state(office) == before
    lend_many(office, [make_first])


def test_a_batch_without_codes_or_with_far_too_many_is_refused(office):
    """Nothing, empty lines, a thousand and one."""
    for codes in ([], ["", " "], [f"K001-{number}" for number in range(counter.MOST + 1)]):
        with pytest.raises(BadValue):
            lend_many(office, codes)


def test_a_batch_return_stops_at_the_first_bad_line_or_goes_on_and_tells(office):
    """Without `keep_going` nothing is taken back; with it the rest is, and each refusal has its line in the log."""
    codes = [drawings(office, number) for number in range(3)]
    lend(office, codes[0])
    lend(office, codes[2])
    scanned = [codes[0], codes[1], codes[0], OTHER, codes[2]]
    before = state(office)
    with pytest.raises(LineRefused) as refused:
        return_many(office, scanned)
    assert refused.value.facts["line"] == 2 and state(office) == before
    told = return_many(office, scanned, keep_going=True)
    assert [(one.line, type(one.why) if one.why else None) for one in told] == [
        (1, None), (2, NotOnLoan), (3, ScannedTwice), (4, OtherFonds), (5, None),
    ]  # fmt: skip
    assert register(office, open_only=True) == [] and check_all(office) == []
    with office.instance.engine.connect() as raw:
        rows = raw.execute(text("SELECT outcome FROM event ORDER BY seq DESC LIMIT 5")).scalars()
    assert sorted(rows) == ["done", "done", "not-found", "not-on-loan", "scanned-twice"]


# --- the register -----------------------------------------------------------------------------


def test_form_F11_the_register_has_every_column_of_the_book(office):
    """Who, from which department, what, why, approved by whom, until when, counted twice, signed on both sides."""
    code = drawings(office)
    asked(office, code)
    lend(office, code, asked=False, note="随附光盘")
    renew(office, code, days=7)
    office.tick(days=3)
    take_back(office, code, by="archivist", items=2, pages=4, note="外封有折痕")
    (row,) = register(office)
    told = dataclasses.asdict(row)
    assert told | {
        "number": "JY2026-00001", "code": code, "level": Level.INTERNAL, "borrower": "孙员工", "department": "GC",
        "state": LoanState.RETURNED, "purpose": "核对图纸", "approved_by": "冯经理", "lent_on": dt.date(2026, 3, 2),
        "due_on": dt.date(2026, 3, 24), "items": 2, "pages": 4, "lent_by": "郑档案", "renewals": 1, "chases": 0,
        "returned_on": dt.date(2026, 3, 5), "items_back": 2, "pages_back": 4, "returned_by": "孙员工",
        "received_by": "郑档案", "intact": True, "note": "随附光盘；外封有折痕", "recalled_on": None,
    } == told  # fmt: skip


def test_inv_V23_title_and_purpose_are_for_those_who_may_see_the_record(office):
    """The borrower of what became confidential keeps his line, without its title; others lose the line."""
    code = drawings(office)
    lend(office, code)
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, code, Level.CONFIDENTIAL, reason="含证件")
    (row,) = register(office, by="staff")
    assert (row.code, row.title, row.purpose) == (code, "", "")
    assert register(office, by="supervisor") == []
    assert register(office)[0].title and register(office)[0].purpose == "核对图纸"


def test_who_has_it_tells_of_the_volume_and_of_its_papers(office):
    """The history of a volume shows loans of single papers, that of a paper the loans of its volume."""
    code = drawings(office)
    one, two = papers(office, code)
    numbers = [lend(office, one)]
    office.tick(hours=1)
    take_back(office, one)
    numbers.append(lend(office, code, to="clerk"))
    for asked_of, expected in ((code, numbers[::-1]), (one, numbers[::-1]), (two, numbers[1:])):
        with office.ask("archivist", Act.LOAN_SEE) as unit:
            assert [row.number for row in ledger.history(unit, asked_of)] == expected
    with pytest.raises(NotFound), office.ask("archivist", Act.LOAN_SEE) as unit:
        ledger.history(unit, "K001-NO")


def test_an_item_kept_alone_has_a_history_of_its_own(office):
    """No other item's loans are taken for its own."""
    uids = make.filed(office, "ZK·01", 2)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, uids, given_by="clerk")
    lend(office, uids[0])
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        assert [len(ledger.history(unit, uid)) for uid in uids] == [1, 0]


def test_ones_own_loans_first_due_first_and_pages_of_the_register(office):
    """`mine` shows what is out, and all on demand; the register turns its pages without loss."""
    codes = [drawings(office, number) for number in range(3)]
    numbers = [lend(office, code, days=days) for code, days in zip(codes, (9, 2, 5), strict=True)]
    take_back(office, codes[2])
    with office.ask("staff", Act.LOAN_SEE) as unit:
        assert [row.number for row in ledger.mine(unit)] == [numbers[1], numbers[0]]
        assert len(ledger.mine(unit, open_only=False)) == 3
    for wrong in ({"limit": 0}, {"limit": -1}, {"offset": -1}, {"offset": 10**30}):
        with pytest.raises(BadValue):
            register(office, **wrong)
    pages = [register(office, limit=2, offset=start) for start in (0, 2)]
    assert [row.number for page in pages for row in page] == numbers
    assert [row.number for row in register(office, borrower="staff", open_only=True)] == numbers[1::-1]


QUESTIONS = {
    "overdue": ("state = 'OUT' AND due_on < '2026-03-02' ORDER BY due_on, number", "ix_loan_due"),
    "of one person": ("borrower_uid = 'x' AND state = 'OUT'", "ix_loan_borrower"),
    "page by page": ("1 ORDER BY lent_at, number LIMIT 100", "ix_loan_lent"),
    "of one volume": ("volume_uid = 'x'", "ix_loan_volume_uid"),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_questions_of_the_counter_are_answered_from_an_index(office, question):
    """However long the ledger grows: none of them reads all of it."""
    where, index = QUESTIONS[question]
    with office.instance.engine.connect() as raw:
        plan = " ".join(
            row[3] for row in raw.execute(text(f"EXPLAIN QUERY PLAN SELECT * FROM loan WHERE {where}"))
        )
    assert index in plan and "TEMP B-TREE" not in plan


def test_items_of_a_volume_are_out_with_it_and_an_item_out_keeps_it_here(office):
    """Containment both ways, and copies outside it (X1)."""
    code = drawings(office)
    one = papers(office, code)[0]
    lend(office, one)
    with pytest.raises(AlreadyOut):
        lend(office, code, to="clerk")
    take_back(office, one)
    lend(office, code, asked=False, to="clerk")
    with office.ask("archivist") as unit:
        assert ledger.holder(unit, unit.item(one)).number == "JY2026-00002"


# --- the command line -------------------------------------------------------------------------


@pytest.fixture
def desk(template, tmp_path, monkeypatch):
    return counters(template, tmp_path, monkeypatch)


def held(desk, number: int = 1) -> str:
    told = desk.run(
        "archivist", "item", "file", "--class", "ZX·02", "--department", "KF", "--premises", "A1203", "--party", "P001",
        "--dossier", f"A1203-2025-{number}", "--title", "平面图", "--date", "2025-03-02", "--pages", "2",
    ).check().out  # fmt: skip
    volume = re.search(r"(K001-[^\s，。]+)-001", told)[1]
    desk.run("archivist", "volume", "close", volume, "--confirm", volume).check()
    desk.run("archivist", "handover", "accept", volume, "--from", "clerk").check()
    desk.approve(volume)
    return volume


def test_the_counter_from_the_command_line(desk):
    """Lend, renew, recall, ask who has it, take back damaged: each with its line of confirmation."""
    volume = held(desk)
    told = desk.run(
        "archivist", "loan", "lend", volume, "--to", "staff", "--for", "核对", "--items", "1", "--pages", "2"
    )
    assert "JY2026-00001" in told.check().out and "2026-03-17" in told.out
    assert "2026-03-24" in desk.run("staff", "loan", "renew", "JY2026-00001", "--days", "7").check().out
    assert "2026-03-05" in desk.run("archivist", "loan", "recall", volume, "--reason", "急用").check().out
    assert [row["renewals"] for row in desk.rows("staff", "loan", "mine")] == [1]
    assert [row["borrower"] for row in desk.rows("archivist", "loan", "who", volume)] == ["孙员工"]
    told = desk.run("archivist", "loan", "return", volume, "--damaged").check()
    assert "SG2026-0001" in told.err
    assert desk.rows("staff", "loan", "mine") == [] and len(desk.rows("staff", "loan", "mine", "--all")) == 1


def test_scanned_codes_from_the_command_line(desk, tmp_path):
    """By file and by standard input; a bad line is named in both languages and nothing changes."""
    codes = [held(desk, number) for number in (1, 2)]
    listed = tmp_path / "scanned.txt"
    listed.write_text("\n".join([codes[0], "", OTHER]) + "\n", "utf-8-sig")
    lend_them = ("loan", "lend-many", "--to", "staff", "--for", "核对", "--file")
    before = desk.state()
    for language, marks in (
        ("zh", ("第 3 行", "不是本全宗")),
        ("en", ("Line 3", "no reference code of this archive")),
    ):
        desk.language = language
        told = desk.run("archivist", *lend_them, listed).check(4)
        assert all(mark in told.err for mark in marks), told.err
    assert desk.state() == before
    desk.language = "zh"
    told = desk.run("archivist", *lend_them, "-", typed="\n".join(codes)).check()
    assert "JY2026-00001、JY2026-00002" in told.out
    told = desk.run(
        "archivist", "loan", "return-many", codes[0], codes[0], codes[1], "--keep-going", "--json"
    ).check(1)
    assert "第 2 行" in told.err and '"done": false' in told.out
    assert desk.rows("archivist", "loan", "list", "--open") == []


BAD = {
    "an unknown code": (4, "K001-ZY·ZX·2025·D3-0099", (), "没有找到", "not found"),
    "a code of another archive": (4, OTHER, (), "不是本全宗", "no reference code of this archive"),
    "due in the past": (2, "", ("--due", "2026-02-27"), "2026-03-02", "2026-03-02"),
    "due on a day off": (2, "", ("--due", "2026-05-01"), "2026-05-06", "2026-05-06"),
    "too long a period": (2, "", ("--days", "400"), "366", "366"),
    "an unknown borrower": (4, "", ("--to", "nobody"), "nobody", "nobody"),
    "another count": (1, "", ("--items", "7"), "账面数", "7"),
    "no copy": (1, "", ("--copy",), "没有可借的复制件", "no copy"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_at_the_counter_is_told_and_changes_nothing(desk, what):
    """Status and sentence in both languages; the ledger stays as it was."""
    status, code, more, zh, en = BAD[what]
    volume = held(desk)
    before = desk.state()
    for language, mark in (("zh", zh), ("en", en)):
        desk.language = language
        told = desk.run(
            "archivist", "loan", "lend", code or volume, "--to", "staff", "--for", "核对", *more
        ).check(status)
        assert mark in told.err
    assert desk.state() == before


def test_a_return_of_what_is_not_out_is_told(desk):
    """By code and by number."""
    volume = held(desk)
    for code in (volume, "JY2026-00001"):
        desk.run("archivist", "loan", "return", code).check(1 if code == volume else 4)


def test_items_are_still_filed_under_their_volume(office):
    """A code of a paper, whole, is what a scanner gives: it finds that paper."""
    code = drawings(office)
    with office.ask("archivist") as unit:
        assert isinstance(lending.found(unit, f"{code}-001"), Item) and items is not None
