"""移交 out of the company: what may go, who says so, what is checked again at the last moment (issue point 6)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from archive import items, objects, reckoning, registry, volumes
from archive.acts import Act
from archive.circulation import incidents, lending, readings
from archive.custody import handover, stocktake, validity, whereabouts
from archive.errors import (
    AskedTwice,
    BadValue,
    Confidential,
    CustodianClosed,
    HandedOn,
    InVolume,
    LineRefused,
    LinesUnseen,
    NotAllowed,
    NotForTransfer,
    NotFound,
    NothingToTransfer,
    NotOnShelf,
    OnHold,
    OnOtherList,
    PieceLost,
    ReceiptDiffers,
    SealIntact,
    SelfApproval,
    TransferOtherwise,
    TransferTooSoon,
    TransferUndated,
    WrongState,
)
from archive.model import (
    Event,
    Grant,
    Item,
    Location,
    Movement,
    Seal,
    TransferLine,
    TransferList,
    Volume,
)
from archive.statuses import IncidentKind, SealState, StocktakeKind, TransferState, Verdict
from archive.values import PlaceKind, VolumeState
from retention import due
from retention.holding import placing
from retention.transferring import transfer, transfer_book, transferable
from tests import make
from tests.archive.counter import contents
from tests.retention import handing
from tests.retention.handing import approved, drafted, packed, roll, signed

DAY = dt.date(2026, 3, 2)


def books(office) -> str:
    """All rows but the log: equal means nothing changed."""
    return contents(office.home / "catalogue.db")


def state(office, uid: str) -> VolumeState:
    with office.ask("archivist") as unit:
        return unit.record(uid).state


def hold(office, uid: str) -> str:
    with office.work("manager", Act.HOLD_PLACE) as unit:
        return placing.place(unit, reason="诉讼", records=[uid]).number


def lend(office, uid: str) -> None:
    make.approved(office, uid)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="核对")


def alone(
    office, class_code: str = "WS·BG", *, dated: dt.date | None = dt.date(2012, 5, 4), by: str = "archivist"
) -> str:
    """A held paper, with a file, of a class kept item by item."""
    with office.work(by, Act.ITEM_FILE) as unit:
        paper = make.paper("年度报告", class_code, dated=dated)
        item = items.file_alone(unit, make.matter(class_code, year=2012), [paper])[0]
        objects.attach_to(unit, item, b"report", name="报告.txt")
        uid = item.uid
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    return uid


# --- what may go ------------------------------------------------------------------------------


def _open(office) -> str:
    return make.volume(office, "CJ·02", year=2024)


def _paper(office) -> str:
    uid = roll(office)
    with office.ask("archivist") as unit:
        return unit.session.scalar(select(Item.uid).where(Item.volume_uid == uid).limit(1))


def _to_destroy(office) -> str:
    return make.volume(office, "FW·06", held=True, year=2010)


def _running(office) -> str:
    return roll(office, ended=False)


def _running_years(office) -> str:
    return make.volume(office, "ZX·02", held=True)


def _voided(office) -> str:
    uid = roll(office)
    with office.work("archivist", Act.TRIGGER_VOID) as unit:
        reckoning.void(unit, uid, "SERVICE_ENDED", handing.ENDED, reason="记错")
    return uid


def _undated(office) -> str:
    uid = alone(office, dated=None)
    handing.verdict(office, uid, Verdict.TRANSFER)
    return uid


def _held_back(office) -> str:
    uid = roll(office)
    hold(office, uid)
    return uid


def _lent(office) -> str:
    uid = make.volume(office, "ZX·02", held=True)
    handing.over(office, uid)
    lend(office, uid)
    return uid


def _lost(office) -> str:
    uid = roll(office, class_code="CJ·02", papers=1)
    with office.work("archivist", Act.INCIDENT_REPORT) as unit:
        incidents.report(unit, uid, kind=IncidentKind.LOST, found_on=DAY, course="搬库后不见")
    return uid


def _listed(office) -> str:
    uid = roll(office)
    drafted(office, uid)
    return uid


def _judged_to_destroy(office) -> str:
    uid = roll(office)
    handing.verdict(office, uid, Verdict.TRANSFER)
    handing.verdict(office, uid, Verdict.DESTROY)
    return uid


REFUSED = {
    "not accepted yet": (_open, WrongState),
    "a paper of a volume": (_paper, InVolume),
    "its class says destroy": (_to_destroy, NotForTransfer),
    "its service goes on": (_running, TransferTooSoon),
    "its years run": (_running_years, TransferTooSoon),
    "the end was struck out": (_voided, TransferTooSoon),
    "its date is not known": (_undated, TransferUndated),
    "a hold": (_held_back, OnHold),
    "on loan": (_lent, NotOnShelf),
    "lost": (_lost, PieceLost),
    "on another list": (_listed, OnOtherList),
    "the newest appraisal says destroy": (_judged_to_destroy, NotForTransfer),
}


def test_what_may_not_go_is_refused_with_its_reason_and_nothing_changes(office):
    """
    One such record refuses the whole list; with `skip` it is left off and told, and the good one goes.
    """
    good = roll(office, class_code="CJ·02", year=2019)
    bad = {name: prepare(office) for name, (prepare, _) in REFUSED.items()}
    for name, (_, why) in REFUSED.items():
        before = books(office)
        with pytest.raises(LineRefused) as refused:
            drafted(office, good, bad[name])
        assert (why, 2) == (type(refused.value.why), refused.value.facts["line"]), name
        assert before == books(office)
    with office.work("archivist", Act.TRANSFER_DRAFT) as unit:
        made = transfer.draft(unit, to="U001", codes=[good, *bad.values()], reason="移交", skip=True)

    assert [why for _, why in REFUSED.values()] == [type(one.why) for one in made.skipped]
    assert 1 == made.count


def test_the_same_records_may_go_once_nothing_stands_against_them(office):
    """
    Witness of the table above: service over, hold released, loan back, appraised to be transferred.
    """
    ended, free, back, judged = _running(office), roll(office, year=2019), _lent(office), _to_destroy(office)
    handing.over(office, ended)
    number = hold(office, free)
    with office.work("manager", Act.HOLD_RELEASE) as unit:
        placing.release(unit, number, reason="结案")
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, back)
    handing.verdict(office, judged, Verdict.TRANSFER)
    number = drafted(office, ended, free, back, judged)

    with office.ask("archivist", Act.TRANSFER_SEE) as unit:
        assert [1, 2, 3, 4] == [line.nth for line in transfer_book.show(unit, number)]


def test_what_is_drafted_wrongly_is_refused(office):
    """
    A natural person does not receive; a reason is said; a record is there, once.
    """
    uid = roll(office)
    wrong = (
        ({"to": "P001"}, [uid], BadValue),
        ({"to": "NOBODY"}, [uid], NotFound),
        ({"reason": "  "}, [uid], BadValue),
        ({"reason": "a\x00b"}, [uid], BadValue),
        ({}, [], BadValue),
        ({}, ["K001-没有"], NotFound),
        ({}, [uid, uid], AskedTwice),
    )
    before = books(office)
    for given, codes, error in wrong:
        with pytest.raises(error):
            drafted(office, *codes, **given)

        assert before == books(office)


def test_only_who_keeps_the_archive_drafts(office):
    """
    Domain §9: who keeps proposes.
    """
    uid = roll(office, class_code="CJ·02")
    for account in ("clerk", "manager", "gm", "staff", "auditor", "admin"):
        with pytest.raises((NotAllowed, NotFound)):
            drafted(office, uid, by=account)

    assert drafted(office, uid, by="secretary")


def test_all_that_is_due_is_taken_and_what_stands_against_some_is_told(office):
    """
    By class and clock, by the end of the service, by appraisal; not what others keep hidden, nor another class.
    """
    rolls, common, judged = roll(office), roll(office, class_code="CJ·02"), _to_destroy(office)
    handing.verdict(office, judged, Verdict.TRANSFER)
    held = roll(office, year=2018)
    hold(office, held)
    with office.ask("archivist", Act.TRANSFER_SEE) as unit:
        assert {rolls, common, judged, held} == {one.uid for one in transferable.candidates(unit)}
        assert {rolls, held} == {one.uid for one in transferable.candidates(unit, "YH")}
    with office.work("secretary", Act.TRANSFER_DRAFT) as unit:
        made = transfer.draft(unit, to="U001", due=True, class_code="CJ", reason="移交")
    assert 1 == made.count
    with office.work("archivist", Act.TRANSFER_DRAFT) as unit:
        made = transfer.draft(unit, to="U001", due=True, reason="移交")

    assert (2, {OnHold, OnOtherList}) == (made.count, {type(one.why) for one in made.skipped})
    with pytest.raises(NothingToTransfer), office.work("archivist", Act.TRANSFER_DRAFT) as unit:
        transfer.draft(unit, to="U001", due=True, class_code="WS", reason="移交")


def test_a_personnel_volume_is_the_business_of_hr_alone(office):
    """
    7-1.5: refused to the archivist, though appraised so; HR drafts, packs and signs.
    """
    uid = roll(office, class_code="RS·01", by="hr", ended=False, party="P002")
    handing.verdict(office, uid, Verdict.TRANSFER)
    with pytest.raises(CustodianClosed):
        drafted(office, uid)
    with office.ask("archivist", Act.TRANSFER_SEE) as unit:
        assert [] == transferable.candidates(unit)
    with pytest.raises(NotFound):
        drafted(office, roll(office), by="hr")

    assert [uid] == [line.record_uid for line in _lines(office, drafted(office, uid, by="hr"))]


def _lines(office, number: str) -> list[TransferLine]:
    with office.ask("hr", Act.TRANSFER_SEE) as unit:
        return list(transfer.lines(unit, transfer.one(unit, number)))


# --- pulling, withdrawing, approving ----------------------------------------------------------


def test_a_record_is_pulled_with_a_reason_and_free_again(office):
    """
    Its line stays; another list may name it; what is not on the list is not found.
    """
    one, two = roll(office), roll(office, year=2018)
    number = drafted(office, one, two)
    for given, error in (
        (([one], ""), BadValue),
        (([], "x"), BadValue),
        (([roll(office, year=2017)], "x"), NotFound),
        (([one, one], "x"), AskedTwice),
    ):
        before = books(office)
        with pytest.raises(error), office.work("archivist", Act.TRANSFER_PULL) as unit:
            transfer.pull(unit, number, given[0], reason=given[1])
        assert before == books(office)
    with office.work("archivist", Act.TRANSFER_PULL) as unit:
        transfer.pull(unit, number, [one], reason="仍在诉讼")
    drafted(office, one)

    with office.ask("archivist", Act.TRANSFER_SEE) as unit:
        assert [True, False] == [line.pulled for line in transfer_book.show(unit, number)]
        (row, _) = transfer_book.rows(unit)
        assert (1, 1, 2) == (row.lines, row.pulled, row.items)


def test_an_empty_list_is_not_approved_and_an_approved_one_not_pulled(office):
    """
    Every line pulled: nothing to transfer; approved: withdraw it instead.
    """
    uid = roll(office)
    number = drafted(office, uid)
    with office.work("archivist", Act.TRANSFER_PULL) as unit:
        transfer.pull(unit, number, [uid], reason="缓办")
    with pytest.raises(NothingToTransfer), office.work("gm", Act.TRANSFER_APPROVE) as unit:
        transfer.approve(unit, number)
    number = approved(office, uid)

    with pytest.raises(WrongState), office.work("archivist", Act.TRANSFER_PULL) as unit:
        transfer.pull(unit, number, [uid], reason="缓办")


def test_a_withdrawn_list_binds_nothing(office):
    """
    From draft, approved or packed; with a reason; not twice, and not after the signature.
    """
    uid = roll(office)
    number = approved(office, uid)
    with pytest.raises(BadValue), office.work("archivist", Act.TRANSFER_WITHDRAW) as unit:
        transfer.withdraw(unit, number, reason=" ")
    with office.work("archivist", Act.TRANSFER_WITHDRAW) as unit:
        transfer.withdraw(unit, number, reason="接收方未成立")
    with pytest.raises(WrongState), office.work("archivist", Act.TRANSFER_WITHDRAW) as unit:
        transfer.withdraw(unit, number, reason="再撤")
    with office.ask("archivist", Act.TRANSFER_SEE) as unit:
        assert "接收方未成立" == transfer_book.rows(unit)[0].withdrawn
        assert [] == transfer_book.rows(unit, open_only=True)

    assert number != drafted(office, uid)


def test_the_general_manager_approves_and_nobody_approves_his_own(office):
    """
    Not the archivist; not who drafted it, and the schema says so too; what is held by then is refused.
    """
    uid = roll(office)
    number = drafted(office, uid)
    with pytest.raises(NotAllowed), office.work("archivist", Act.TRANSFER_APPROVE) as unit:
        transfer.approve(unit, number)
    with office.work("gm", Act.TRANSFER_APPROVE) as unit:
        unit.act(Act.TRANSFER_APPROVE)
        mine = update(TransferList).values(drafted_by=unit.actor.uid)
        unit.session.execute(mine)
        with pytest.raises(SelfApproval):
            transfer.approve(unit, number)
        with pytest.raises(IntegrityError):
            unit.session.execute(update(TransferList).values(approved_by=unit.actor.uid))
        unit.session.rollback()
    placed = hold(office, uid)
    with pytest.raises(LineRefused) as refused, office.work("gm", Act.TRANSFER_APPROVE) as unit:
        transfer.approve(unit, number)

    assert [placed] == refused.value.why.facts["numbers"]


def test_inv_V9_the_approval_opens_what_is_confidential_to_who_drafted_it_until_it_is_over(office, tmp_path):
    """
    The grant names person, record and act; another keeper is refused; withdrawing or signing ends it.
    """
    uid, plain = alone(office, "WS·MM", by="secretary"), roll(office, class_code="CJ·02")
    handing.verdict(office, uid, Verdict.TRANSFER)
    number = drafted(office, uid, plain)
    with office.ask("archivist") as unit:
        assert not unit.may(Act.ITEM_GET, unit.record(uid))
    with office.work("gm", Act.TRANSFER_APPROVE) as unit:
        transfer.approve(unit, number)
    with office.ask("archivist") as unit:
        assert unit.may(Act.ITEM_GET, unit.record(uid))
        (grant,) = unit.session.scalars(select(Grant).where(Grant.record_uid.is_not(None)))
        assert (uid, DAY + dt.timedelta(days=90)) == (grant.record_uid, grant.expires_on)
    with pytest.raises(Confidential):
        packed(office, number, tmp_path / "out", by="secretary")
    packed(office, number, tmp_path / "out")
    with office.work("secretary", Act.TRANSFER_WITHDRAW) as unit:
        transfer.withdraw(unit, number, reason="缓办")

    with office.ask("archivist") as unit:
        assert not unit.may(Act.ITEM_GET, unit.record(uid))


def test_dec_6_nobody_answers_for_a_list_of_which_he_sees_only_a_part(office, tmp_path):
    """
    The secretary does not see what the department keeps confidential: she neither packs, signs nor withdraws it.
    """
    number = approved(office, roll(office), roll(office, class_code="CJ·02"))
    with pytest.raises(LinesUnseen):
        packed(office, number, tmp_path / "hers", by="secretary")
    packed(office, number, tmp_path / "out")
    with pytest.raises(LinesUnseen):
        signed(office, number, by="secretary")
    with pytest.raises(LinesUnseen), office.work("secretary", Act.TRANSFER_WITHDRAW) as unit:
        transfer.withdraw(unit, number, reason="缓办")

    assert 2 == signed(office, number).count


# --- signing ----------------------------------------------------------------------------------


def test_every_record_leaves_with_its_papers_and_stays_in_the_catalogue(office, tmp_path):
    """
    State, place, papers, list; titles and history stay; nothing here lends, counts or lists it as due any more.
    """
    uid, other = roll(office), roll(office, class_code="CJ·02")
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, uid, "R1-C1")
    number = approved(office, uid, other)
    made = packed(office, number, tmp_path / "out")
    told = signed(office, number, package=made.package[:16].upper())
    assert (2, 4, 0) == (told.count, told.items, told.ceilings)

    with office.ask("archivist") as unit:
        record = unit.record(uid)
        papers = list(unit.session.scalars(select(Item).where(Item.volume_uid == uid)))
        assert {VolumeState.TRANSFERRED} == {one.state for one in (record, *papers)}
        assert record.place_uid is None
        assert "R1-C1" == unit.session.scalar(
            select(Location.code)
            .join(Movement, Movement.to_uid == Location.uid)
            .where(Movement.record_uid == uid)
        )
        assert "YH·09 案卷" == unit.card(record).title
        assert VolumeState.TRANSFERRED is whereabouts.where(unit, uid).whereabouts
        assert [] == [line.code for line in due.due(unit, DAY) if line.code == record.reference_code]
        assert [] == transferable.candidates(unit)
        (row,) = transfer_book.rows(unit)
        assert (TransferState.SIGNED, DAY, "高主任", "收2026-7") == (
            row.state, row.signed_on, row.receiver_name, row.receipt_no,
        )  # fmt: skip


USES = (
    (Act.LOAN_LEND, lambda unit, uid, _: lending.lend(unit, uid, to="staff", purpose="x")),
    (
        Act.READING_BEGIN,
        lambda unit, uid, _: readings.begin(unit, uid, reader="staff", purpose="x", place="R1"),
    ),
    (Act.VOLUME_MOVE, lambda unit, uid, _: volumes.move(unit, uid, "R1-C2")),
    (Act.VOLUME_EDIT, lambda unit, uid, _: volumes.edit(unit, uid, note="x")),
    (Act.ITEM_ATTACH, lambda unit, _, paper: objects.attach(unit, paper, b"x", name="x")),
)


def test_what_has_left_is_used_no_more(office, tmp_path):
    """
    Lending, reading, moving, editing, attaching: its life is over.
    """
    uid = roll(office, class_code="ZX·02")
    with office.ask("archivist") as unit:
        paper = unit.session.scalar(select(Item.uid).where(Item.volume_uid == uid).limit(1))
    number = approved(office, uid)
    packed(office, number, tmp_path / "out")
    signed(office, number)
    make.approved(office, uid, acts=(Act.LOAN_LEND, Act.RECORD_READ))
    before = books(office)
    for act, use in USES:
        with pytest.raises(WrongState), office.work("archivist", act) as unit:
            use(unit, uid, paper)

        assert before == books(office), act


def test_content_of_what_has_left_is_not_opened_here(office, tmp_path):
    """
    Before the signature it can be taken out; after it who received it opens it.
    """
    uid = roll(office, class_code="CJ·02")
    with office.ask("archivist") as unit:
        paper = unit.session.scalar(select(Item.uid).where(Item.volume_uid == uid, Item.seq_no == 1))
    number = approved(office, uid)
    packed(office, number, tmp_path / "out")
    with office.ask("archivist", Act.ITEM_GET) as unit:
        objects.fetch(unit, paper, tmp_path / "before", purpose="核对")
    signed(office, number)

    with pytest.raises(HandedOn), office.ask("archivist", Act.ITEM_GET) as unit:
        objects.fetch(unit, paper, tmp_path / "after", purpose="核对")
    assert not (tmp_path / "after").exists()


def test_a_stocktake_and_a_review_of_validity_no_longer_expect_it(office, tmp_path):
    """
    Its line of the books is gone from the count; its review is due no more.
    """
    uid, stays = roll(office, class_code="CJ·02"), make.volume(office, "ZX·02", held=True)
    with office.work("archivist", Act.VALIDITY_SET) as unit:
        validity.set(unit, uid, on=DAY + dt.timedelta(days=1), reason="年度")
    number = approved(office, uid)
    packed(office, number, tmp_path / "out")
    signed(office, number)
    office.tick(days=3)

    with office.ask("archivist", Act.VALIDITY_SEE) as unit:
        assert [] == validity.due(unit)
        assert 0 == validity.due_count(unit)
        assert 1 == len(validity.rows(unit))
    with office.work("archivist", Act.STOCKTAKE_BEGIN) as unit:
        begun = stocktake.begin(unit, StocktakeKind.SPOT, counters=("clerk", "records"))
        expected = unit.session.scalars(
            text("SELECT record_uid FROM stocktake_line WHERE stocktake_uid = :uid").bindparams(uid=begun.uid)
        )
        assert [stays] == list(expected)


def _held_later(office, uid, _):
    hold(office, uid)


def _lent_later(office, uid, _):
    lend(office, uid)


def _edited_later(office, uid, _):
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        volumes.edit(unit, uid, note="补记")


def _paper_edited_later(office, uid, _):
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        paper = unit.session.scalar(select(Item.uid).where(Item.volume_uid == uid).limit(1))
        items.edit(unit, paper, note="补记")


def _counted_otherwise(office, uid, _):
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        unit.session.execute(update(Volume).where(Volume.uid == uid).values(pages=Volume.pages + 1))


def _struck_out(office, uid, _):
    with office.work("archivist", Act.TRIGGER_VOID) as unit:
        reckoning.void(unit, uid, "SERVICE_ENDED", handing.ENDED, reason="记错")


LATER = {
    "held": (_held_later, LineRefused),
    "lent": (_lent_later, LineRefused),
    "edited": (_edited_later, TransferOtherwise),
    "a paper edited": (_paper_edited_later, TransferOtherwise),
    "counted otherwise": (_counted_otherwise, TransferOtherwise),
    "service goes on": (_struck_out, LineRefused),
}


@pytest.mark.parametrize("name", LATER)
def test_what_has_changed_since_it_was_packed_is_not_signed_for(office, tmp_path, name):
    """
    The gate in the one transaction: none of the records leaves, the list stays packed.
    """
    happens, error = LATER[name]
    first = make.volume(office, "ZX·02", held=True)
    second = make.volume(office, "ZX·02", held=True, dossier="A1203-2025-2")
    for uid in (first, second):
        handing.over(office, uid)
    number = approved(office, first, second)
    packed(office, number, tmp_path / "out")
    happens(office, second, tmp_path)
    before = books(office)
    with pytest.raises(error):
        signed(office, number)

    assert before == books(office)
    assert VolumeState.HELD is state(office, first)


WRONG_RECEIPTS = (
    ({"receiver_name": " "}, BadValue),
    ({"receiver_name": "高" * 81}, BadValue),
    ({"receipt_no": ""}, BadValue),
    ({"receipt_no": "7\x1b[2J"}, BadValue),
    ({"on": dt.date(2026, 3, 1)}, BadValue),
    ({"on": dt.date(2026, 3, 3)}, BadValue),
    ({"package": "0" * 64}, ReceiptDiffers),
    ({"package": "abc"}, ReceiptDiffers),
)


def test_a_wrong_receipt_is_refused(office, tmp_path):
    """
    No name, no number, a day before the package or after today, another package; nothing changes.
    """
    number = approved(office, roll(office))
    packed(office, number, tmp_path / "out")
    before = books(office)
    for given, error in WRONG_RECEIPTS:
        with pytest.raises(error):
            signed(office, number, **given)

        assert before == books(office), given


def test_nobody_signs_before_the_package_nor_twice_nor_without_the_right(office, tmp_path):
    """
    Draft, approved, signed: each refused; the general manager does not hand over.
    """
    uid = roll(office)
    number = drafted(office, uid)
    with pytest.raises(WrongState):
        signed(office, number)
    with pytest.raises(WrongState):
        packed(office, number, tmp_path / "early")
    with office.work("gm", Act.TRANSFER_APPROVE) as unit:
        transfer.approve(unit, number)
    with pytest.raises(WrongState):
        signed(office, number)
    packed(office, number, tmp_path / "out")
    with pytest.raises(NotAllowed):
        signed(office, number, by="gm")
    signed(office, number)
    with pytest.raises(WrongState):
        signed(office, number)
    with pytest.raises(NotFound):
        signed(office, "YC2026-9999")

    assert not (tmp_path / "early").exists()


def _sealed(office, *uids: str) -> None:
    """All in one bag with a whole seal, as the books have it."""
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        bag = registry.add_location(unit, "D1", kind=PlaceKind.BAG, name="档案袋", inside="R1-C1")
        two = (unit.person("clerk").uid, unit.person("manager").uid)
        seal = Seal(
            uid="5" * 32, number="FC2026-0001", seal_no="000123", bag_uid=bag.uid, state=SealState.SEALED,
            sealed_on=DAY, sealed_by=two[0], checked_by=two[1],
        )  # fmt: skip
        unit.session.add(seal)
        for uid in uids:
            for kind, mine in ((Volume, Volume.uid == uid), (Item, Item.volume_uid == uid)):
                unit.session.execute(update(kind).where(mine).values(state=VolumeState.SEALED))
            unit.session.execute(update(Volume).where(Volume.uid == uid).values(place_uid=bag.uid))


def test_a_sealed_bag_goes_as_a_whole(office, tmp_path):
    """
    8-1.4.4: half of it is refused, all of it goes.
    """
    one, two = roll(office), roll(office, year=2018)
    _sealed(office, one, two)
    number = drafted(office, one)
    with pytest.raises(SealIntact), office.work("gm", Act.TRANSFER_APPROVE) as unit:
        transfer.approve(unit, number)
    with office.work("archivist", Act.TRANSFER_WITHDRAW) as unit:
        transfer.withdraw(unit, number, reason="整袋移交")
    number = approved(office, one, two)
    packed(office, number, tmp_path / "out")
    signed(office, number)

    assert VolumeState.TRANSFERRED is state(office, two)


def test_an_item_kept_alone_is_transferred_alone(office, tmp_path):
    """
    By appraisal: a class kept item by item has no volume.
    """
    uid = alone(office)
    handing.verdict(office, uid, Verdict.TRANSFER)
    number = approved(office, uid)
    packed(office, number, tmp_path / "out")

    assert 1 == signed(office, number).items
    assert VolumeState.TRANSFERRED is state(office, uid)


def test_inv_V18_without_the_gate_the_schema_still_keeps_what_is_held_or_lent(office, tmp_path, monkeypatch):
    """
    Witness: no check asked any more; the rows refuse to leave all the same.
    """
    uids = [make.volume(office, "ZX·02", held=True, dossier=f"A1203-2025-{n}") for n in (1, 2)]
    numbers = []
    for uid in uids:
        handing.over(office, uid)
        numbers.append(approved(office, uid))
        packed(office, numbers[-1], tmp_path / numbers[-1])
    hold(office, uids[0])
    lend(office, uids[1])
    monkeypatch.setattr(transferable, "CHECKS", ())
    for number, why in zip(numbers, ("is held", "is out"), strict=True):
        with pytest.raises(IntegrityError, match=why):
            signed(office, number)

    assert [VolumeState.HELD] * 2 == [state(office, uid) for uid in uids]


def test_ceil_what_no_longer_may_be_kept_here_is_said_at_the_signature(office, tmp_path):
    """
    个保法 47: of a class with a ceiling the digital copy here must still be destroyed; the list says which.
    """
    uid = roll(office, class_code="YH·02", ended=False, year=2020)
    handing.verdict(office, uid, Verdict.TRANSFER)
    number = approved(office, uid, roll(office))
    packed(office, number, tmp_path / "out")

    assert 1 == signed(office, number).ceilings
    with office.ask("archivist", Act.TRANSFER_SEE) as unit:
        assert [True, False] == [line.still_here for line in transfer_book.show(unit, number)]


def test_a_signature_broken_off_half_way_leaves_everything_as_it_was(office, tmp_path, monkeypatch):
    """
    rel_C1: the machine fails after the first record; witness: unharmed, both leave.
    """
    from archive import faults
    from archive.errors import StorageFailed

    one, two = roll(office), roll(office, year=2018)
    number = approved(office, one, two)
    packed(office, number, tmp_path / "out")
    before = books(office)
    with faults.armed("transfer.after_line:1:eio"), pytest.raises((OSError, StorageFailed)):
        signed(office, number)
    assert before == books(office)
    signed(office, number)

    assert [VolumeState.TRANSFERRED] * 2 == [state(office, uid) for uid in (one, two)]


# --- the register -----------------------------------------------------------------------------


def test_dec_6_the_register_counts_what_each_person_may_see_and_no_more(office):
    """
    The uncleared clerk: the open record only; nothing visible: no list; the auditor: numbers without words.
    """
    hidden, seen = roll(office), roll(office, class_code="CJ·02")
    both, secret = drafted(office, hidden, seen), drafted(office, roll(office, year=2018))
    with office.ask("archivist", Act.TRANSFER_SEE) as unit:
        assert [(both, 2), (secret, 1)] == [(row.number, row.lines) for row in transfer_book.rows(unit)]
    with office.ask("records", Act.TRANSFER_SEE) as unit:
        (row,) = transfer_book.rows(unit)
        assert (both, 1, 2) == (row.number, row.lines, row.items)
        (line,) = transfer_book.show(unit, both)
        assert "CJ·02 案卷" == line.title
        with pytest.raises(NotFound):
            transfer_book.show(unit, secret)
    with office.ask("auditor", Act.TRANSFER_SEE) as unit:
        assert [(both, 0, ""), (secret, 0, "")] == [
            (row.number, row.lines, row.reason) for row in transfer_book.rows(unit)
        ]
    with pytest.raises(NotAllowed), office.ask("staff", Act.TRANSFER_SEE) as unit:
        transfer_book.rows(unit)


def test_inv_V25_names_and_reasons_are_nowhere_in_clear(office, tmp_path):
    """
    Not in the tables, not in the log; a list that shows confidential titles leaves its line.
    """
    number = approved(office, roll(office))
    packed(office, number, tmp_path / "out")
    signed(office, number)
    with office.ask("archivist", Act.TRANSFER_SEE) as unit:
        transfer_book.rows(unit)
    raw = (office.home / "catalogue.db").read_bytes()

    assert [] == [word for word in ("高主任", "收2026-7", "物业服务合同终止") if word.encode() in raw]
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        looked = unit.session.scalar(
            select(func.count())
            .select_from(Event)
            .where(Event.act == Act.TRANSFER_SEE, Event.outcome == "done")
        )
        assert looked == 1
