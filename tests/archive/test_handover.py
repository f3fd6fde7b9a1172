"""移交: nothing is held without a list that two people signed (R11, V7)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from archive import items, volumes
from archive.acts import Act
from archive.circulation import lending
from archive.custody import drafts, handed, handover
from archive.errors import (
    AlreadyThere,
    ArchiveError,
    AskedTwice,
    BadValue,
    CentrallyKept,
    CheckFirst,
    CopyUnexplained,
    CountDiffers,
    InVolume,
    NotAllowed,
    NotFit,
    NotFound,
    NothingAccepted,
    NotOnShelf,
    OnDraft,
    OtherDepartment,
    SameSigner,
    TransferOutside,
    Unchecked,
    WrongSide,
    WrongState,
)
from archive.model import Handover, HandoverLine, Item, Volume
from archive.statuses import HandoverKind
from archive.values import VolumeState
from tests import make
from tests.archive.counter import contents
from tests.archive.counter import counter as a_counter


def closed(office, number: int = 1) -> str:
    volume = make.volume(office, "ZX·02", 2, dossier=f"A1203-2025-{number}")
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, volume)
    return volume


def accept(office, codes, by="archivist", given_by="clerk", **given):
    with office.work(by, Act.HANDOVER_SIGN) as unit:
        return handover.accept(unit, codes, given_by=given_by, **given).number


def states(office, kind=Volume) -> list[VolumeState]:
    with office.instance.engine.connect() as raw:
        return list(raw.scalars(select(kind.state).order_by(kind.created_at, kind.reference_code)))


def unsigned(office) -> list[str]:
    """V7: records that are held and stand on no list with two different signers."""
    with office.instance.engine.connect() as raw:
        signed = select(HandoverLine.record_uid).join(Handover, Handover.uid == HandoverLine.handover_uid)
        signed = signed.where(Handover.given_by != Handover.accepted_by)
        held = select(Volume.reference_code).where(
            Volume.state == VolumeState.HELD, Volume.uid.not_in(signed)
        )
        alone = select(Item.reference_code).where(
            Item.volume_uid.is_(None), Item.state == VolumeState.HELD, Item.uid.not_in(signed)
        )
        return [*raw.scalars(held), *raw.scalars(alone)]


def test_inv_V7_a_volume_is_held_from_the_day_two_people_sign_its_list(office):
    """The list has its number, its signers and the counts of each record; papers follow their volume."""
    uids = [closed(office, 1), closed(office, 2)]
    assert accept(office, uids, count=2) == "YJ2026-0001"
    assert set(states(office)) == set(states(office, Item)) == {VolumeState.HELD}
    with office.instance.engine.connect() as raw:
        lines = raw.execute(select(HandoverLine.record_uid, HandoverLine.items, HandoverLine.pages)).all()
    assert sorted(lines) == sorted((uid, 2, 4) for uid in uids)
    assert unsigned(office) == []


def test_items_kept_alone_are_accepted_on_the_same_list(office):
    """以件为单位: straight from filing to acceptance."""
    uids = make.filed(office, "QT", 2)
    accept(office, [*uids, closed(office)])
    assert set(states(office, Item)) == {VolumeState.HELD} and unsigned(office) == []


def test_inv_V7_all_lines_or_none(office):
    """One record that is not ready keeps the whole list from being signed, and no number is used up."""
    ready, open_one = closed(office, 1), make.volume(office, "ZX·02", 1, dossier="A1203-2025-2")
    with pytest.raises(WrongState):
        accept(office, [ready, open_one])
    assert states(office) == [VolumeState.CLOSED, VolumeState.OPEN]
    assert accept(office, [ready]) == "YJ2026-0001"


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"given_by": "archivist"}, SameSigner),
        ({"given_by": "nobody"}, NotFound),
        ({"count": 2}, CountDiffers),
        ({"by": "clerk", "given_by": "archivist"}, NotAllowed),
        ({"by": "staff"}, NotAllowed),
        ({"by": "admin"}, NotFound),
    ],
)
def test_inv_V7_a_list_that_is_not_properly_signed_holds_nothing(office, given, refusal):
    """One person for both sides, an unknown giver, a wrong count, an accepter without the right."""
    volume = closed(office)
    with pytest.raises(refusal):
        accept(office, [volume], **given)
    assert states(office) == [VolumeState.CLOSED]


def test_an_empty_list_and_a_record_listed_twice_are_refused(office):
    """Nothing to hand over, and the same thing handed over twice, are mistakes of the list."""
    volume = closed(office)
    with pytest.raises(BadValue):
        accept(office, [])
    with pytest.raises(WrongState):
        accept(office, [volume, volume])
    with pytest.raises(NotFound):
        accept(office, [volume, "K001-NONE"])
    assert states(office) == [VolumeState.CLOSED]


@pytest.mark.parametrize(
    "change",
    ["UPDATE handover SET given_by = accepted_by", "DELETE FROM handover", "DELETE FROM handover_line"],
)
def test_inv_V7_a_signed_list_is_frozen(office, change):
    """Not even raw SQL changes or removes it."""
    accept(office, [closed(office)])
    with office.instance.engine.connect() as raw:
        with pytest.raises(IntegrityError):
            raw.execute(text(change))
        raw.rollback()


def test_witness_inv_V7_a_volume_held_without_a_list_is_named(office):
    """The check above on a volume set to HELD by hand."""
    volume = closed(office)
    with office.instance.engine.begin() as raw:
        raw.execute(text("UPDATE volume SET state = 'HELD' WHERE uid = :uid"), {"uid": volume})
    assert unsigned(office) == ["K001-ZY·ZX·2025·D30-0001"]


# --- lists drafted, checked and signed -----------------------------------------------------------


def draft(office, codes, by="clerk", **given):
    with office.work(by, Act.HANDOVER_DRAFT) as unit:
        return drafts.draft(unit, codes, **{"reason": "年度归档", **given}).number


def check(office, number, code, by="archivist", **given):
    with office.work(by, Act.HANDOVER_CHECK) as unit:
        drafts.check(unit, number, code, **{"accepted": True, **given})


def sign(office, number, by="archivist", **given):
    with office.work(by, Act.HANDOVER_SIGN) as unit:
        return handover.sign(unit, number, **{"other": "clerk", **given}).number


def held(office, number: int = 1) -> str:
    return make.volume(office, "ZX·02", 2, held=True, dossier=f"A1203-2025-{number}")


def column(office, uid: str, name: str):
    with office.instance.engine.connect() as raw:
        return raw.scalar(select(getattr(Volume, name)).where(Volume.uid == uid))


def everything(office) -> str:
    return contents(office.home / "catalogue.db")


def test_form_F9_a_list_is_drafted_checked_line_by_line_and_signed_by_both_sides(office):
    """What is accepted is held from that day; what is refused stays open to another list, with its reason."""
    good, bad = closed(office, 1), closed(office, 2)
    number = draft(office, [good, bad])
    assert number == "YD2026-0001"
    check(office, number, good)
    check(office, number, bad, accepted=False, ink=False, reason="圆珠笔书写")
    assert sign(office, number, count=1, witness="secretary") == "YJ2026-0001"
    assert (column(office, good, "state"), column(office, bad, "state")) == (
        VolumeState.HELD,
        VolumeState.CLOSED,
    )
    assert column(office, good, "held_on") == dt.date(2026, 3, 2) and column(office, bad, "held_on") is None
    with office.instance.engine.connect() as raw:
        assert set(raw.scalars(select(Item.held_on).where(Item.volume_uid == good))) == {dt.date(2026, 3, 2)}
    with office.ask("archivist", Act.HANDOVER_SEE) as unit:
        row = handed.rows(unit)[0]
        lines = handed.show(unit, number)
        assert handed.show(unit, "YJ2026-0001") == lines
    assert (row.lines, row.refused, row.given_by, row.accepted_by, row.witness, row.reason) == (
        2, 1, "周文员", "郑档案", "陈秘书", "年度归档",
    )  # fmt: skip
    assert [line.reason for line in lines] == ["", "圆珠笔书写"] and lines[0].title == "ZX·02 案卷"
    assert draft(office, [bad]) == "YD2026-0002" and unsigned(office) == []


def test_req_R11_a_list_with_a_line_unchecked_or_all_refused_is_not_signed(office):
    """Nothing becomes held, and the list stays open."""
    one, two = closed(office, 1), closed(office, 2)
    number = draft(office, [one, two])
    check(office, number, one)
    before = everything(office)
    with pytest.raises(Unchecked) as told:
        sign(office, number)
    assert told.value.facts["count"] == 1 and everything(office) == before
    for uid in (one, two):
        check(office, number, uid, accepted=False, reason="缺页")
    with pytest.raises(NothingAccepted):
        sign(office, number)
    assert states(office) == [VolumeState.CLOSED] * 2


#: What is wrong with the signatures of a checked list, and how it is refused.
NOT_SIGNED = (
    ({"other": "archivist"}, SameSigner),
    ({"witness": "archivist"}, SameSigner),
    ({"witness": "clerk"}, SameSigner),
    ({"other": "nobody"}, NotFound),
    ({"other": "records"}, WrongSide),
    ({"count": 2}, CountDiffers),
    ({"by": "clerk", "other": "archivist"}, NotAllowed),
)


def test_inv_V7_a_checked_list_that_is_not_properly_signed_holds_nothing(office):
    """One person twice, somebody of another department, a wrong count, an accepter without the right."""
    volume = closed(office)
    number = draft(office, [volume])
    check(office, number, volume)
    before = everything(office)
    for wrong, refusal in NOT_SIGNED:
        with pytest.raises(refusal):
            sign(office, number, **wrong)
    assert everything(office) == before


#: What is wrong with a line, and how it is refused.
NOT_ACCEPTED = (
    ({"complete": False}, NotFit),
    ({"ink": False}, NotFit),
    ({"originals": False}, CopyUnexplained),
    ({"originals": False, "reason": "原件存建委"}, CopyUnexplained),
    ({"accepted": False}, BadValue),
    ({"by": "clerk"}, NotAllowed),
)


def test_req_R8_req_R9_req_R10_a_line_is_accepted_only_if_it_is_fit(office):
    """Originals (or a reason and where they are), complete, in lasting ink; a refusal says why."""
    volume = closed(office)
    number = draft(office, [volume])
    before = everything(office)
    for wrong, refusal in NOT_ACCEPTED:
        with pytest.raises(refusal):
            check(office, number, volume, **wrong)
    assert everything(office) == before


def test_req_R8_a_copy_is_taken_with_a_reason_and_the_place_of_the_original(office):
    """What the books call a copy counts as one unless the checker has the original before him."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        (item,) = items.file_matter(unit, make.matter("QT"), [make.paper("证照", "QT", is_original=False)])
        uid = item.uid
    number = draft(office, [uid])
    with pytest.raises(CopyUnexplained):
        check(office, number, uid)
    check(office, number, uid, reason="原件须随身携带", original_at="集团档案室")
    with office.ask("archivist", Act.HANDOVER_SEE) as unit:
        (line,) = handed.show(unit, number)
    assert (line.originals, line.reason, line.original_at) == (False, "原件须随身携带", "集团档案室")
    check(office, number, uid, originals=True)
    sign(office, number)
    raw = b"".join(path.read_bytes() for path in office.home.glob("catalogue.db*"))
    assert "集团档案室".encode() not in raw and unsigned(office) == []


def test_req_R11_nobody_checks_the_list_that_he_drafted(office):
    """One side drafts, the other checks."""
    volume = closed(office)
    number = draft(office, [volume], by="archivist")
    with pytest.raises(SameSigner):
        check(office, number, volume)
    check(office, number, volume, by="secretary")
    sign(office, number)
    assert states(office) == [VolumeState.HELD]


def test_a_record_stands_on_one_open_list_at_most(office):
    """Neither on a second list nor accepted past the first; free again once it is withdrawn."""
    volume = closed(office)
    number = draft(office, [volume])
    with pytest.raises(OnDraft) as told:
        draft(office, [volume])
    assert told.value.facts["number"] == number
    with pytest.raises(OnDraft):
        accept(office, [volume])
    with office.work("clerk", Act.HANDOVER_WITHDRAW) as unit:
        drafts.withdraw(unit, number)
    for late in (lambda: check(office, number, volume), lambda: sign(office, number)):
        with pytest.raises(WrongState):
            late()
    accept(office, [volume])
    assert states(office) == [VolumeState.HELD]


def test_req_R11_bad_lists_are_refused_and_change_nothing(office):
    """Open volumes, two departments, codes twice, unknown, none, no reason, a paper of a volume, held ones."""
    ready, open_one, stored = closed(office, 1), make.volume(office, dossier="A1203-2025-2"), held(office, 3)
    other = make.volume(office, "ZX·02", 1, dossier="A1203-2025-4", department="GC")
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, other)
    with office.ask("archivist") as unit:
        paper = unit.session.scalar(select(Item.uid).where(Item.volume_uid == ready))
    before = everything(office)
    for codes, given, refusal in (
        ([open_one], {}, WrongState), ([stored], {}, WrongState), ([ready, other], {"by": "archivist"}, BadValue),
        ([ready, ready], {}, AskedTwice), (["K001-NONE"], {}, NotFound), ([], {}, BadValue),
        ([ready], {"reason": " "}, BadValue), ([paper], {}, InVolume), ([ready], {"to_department": "XX"}, NotFound),
        ([other], {}, OtherDepartment), ([ready], {"by": "records"}, OtherDepartment), ([ready], {"by": "staff"}, NotAllowed),
    ):  # fmt: skip
        with pytest.raises(refusal):
            draft(office, codes, **given)
    assert everything(office) == before


def test_a_line_that_is_not_on_the_list_and_a_list_that_is_not_there(office):
    """The clerk of another department cannot take back a list that is not his."""
    one, two = closed(office, 1), closed(office, 2)
    number = draft(office, [one])
    before = everything(office)
    for call, refusal in (
        (lambda: check(office, number, two), NotFound),
        (lambda: check(office, "YD2026-0099", one), NotFound),
        (lambda: sign(office, "YD2026-0099"), NotFound),
    ):
        with pytest.raises(refusal):
            call()
    with pytest.raises(OtherDepartment), office.work("records", Act.HANDOVER_WITHDRAW) as unit:
        drafts.withdraw(unit, number)
    assert everything(office) == before


def test_inv_V24_a_list_with_a_record_one_may_not_see_is_answered_as_absent(office):
    """Neither its lines nor its number are told; a list signed at once shows only what may be seen."""
    secret = make.volume(office, "ZX·03", 1)
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, secret)
    number = draft(office, [secret])
    with office.ask("records", Act.HANDOVER_SEE) as unit:
        assert handed.rows(unit) == []
        with pytest.raises(NotFound):
            handed.show(unit, number)
    with pytest.raises(NotFound), office.work("records", Act.HANDOVER_WITHDRAW) as unit:
        drafts.withdraw(unit, number)
    with office.work("clerk", Act.HANDOVER_WITHDRAW) as unit:
        drafts.withdraw(unit, number)
    signed = accept(office, [secret, closed(office)])
    with office.ask("records", Act.HANDOVER_SEE) as unit:
        (row,) = handed.rows(unit)
        assert (row.number, row.lines, len(handed.show(unit, signed))) == (signed, 1, 1)


# --- into the central store, and back ------------------------------------------------------------


def centralised(office, *uids: str) -> str:
    number = draft(office, list(uids), kind=HandoverKind.CENTRAL, to_department="ZJB", before_check=True)
    for uid in uids:
        check(office, number, uid)
    sign(office, number)
    return number


def test_req_R28_after_central_storing_the_department_lends_no_longer(office):
    """The clerk lends before, is refused after, and lends again what came back; the archivist always may."""
    uid = held(office)
    make.approved(office, uid)

    def lends(who: str) -> type[Exception] | None:
        try:
            with office.work(who, Act.LOAN_LEND) as unit:
                lending.lend(unit, uid, to="staff", purpose="核对")
                raise Undone
        except Undone:
            return None
        except ArchiveError as refusal:
            return type(refusal)

    assert (lends("clerk"), lends("archivist")) == (None, None)
    centralised(office, uid)
    assert (lends("clerk"), lends("archivist")) == (CentrallyKept, None)
    assert column(office, uid, "centralised") is True
    with office.instance.engine.connect() as raw:
        assert set(raw.scalars(select(Item.centralised))) == {True}
    number = draft(office, [uid], by="archivist", kind=HandoverKind.OUT)
    check(office, number, uid)
    sign(office, number)
    assert lends("clerk") is None and column(office, uid, "centralised") is False
    with office.ask("archivist", Act.HANDOVER_SEE) as unit:
        back = handed.rows(unit)[1]
    assert (back.from_department, back.to_department, back.given_by, back.accepted_by) == (
        "ZJB", "KF", "郑档案", "周文员",
    )  # fmt: skip


class Undone(Exception):
    """Ends a unit without keeping it."""


def test_req_R28_the_annual_check_comes_first(office):
    """Without a closed check of this year records stay where they are, unless a reason is given."""
    uid = held(office)
    before = everything(office)
    with pytest.raises(CheckFirst) as told:
        draft(office, [uid], kind=HandoverKind.CENTRAL, to_department="ZJB")
    assert told.value.facts["year"] == 2026 and everything(office) == before
    with office.instance.engine.begin() as raw:
        raw.execute(ANNUAL_CHECK)
    assert draft(office, [uid], kind=HandoverKind.CENTRAL, to_department="ZJB") == "YD2026-0001"


#: A closed annual check of everything, as the stocktake leaves it.
ANNUAL_CHECK = text(
    "INSERT INTO stocktake (uid, number, kind, period, class_code, department, blind, state, begun_by, begun_at,"
    " counter_one, counter_two, checked_by, closed_at, agrees, card)"
    " SELECT 's', 'PD2026-0001', 'YEAR', '2026', '', '', 0, 'CLOSED', a.uid, '2026-02-01', a.uid, b.uid, c.uid,"
    " '2026-02-02', 1, x'' FROM person a, person b, person c"
    " WHERE a.account = 'archivist' AND b.account = 'clerk' AND c.account = 'secretary'"
)


def test_req_R28_what_is_there_already_or_out_or_goes_elsewhere_is_refused(office):
    """Twice into the store, back without having been there, to another department or company, while on loan."""
    uid = held(office)
    with pytest.raises(AlreadyThere):
        draft(office, [uid], by="archivist", kind=HandoverKind.OUT)
    with pytest.raises(WrongState):
        draft(office, [closed(office, 2)], kind=HandoverKind.CENTRAL, before_check=True)
    make.approved(office, uid)
    number = draft(office, [uid], kind=HandoverKind.CENTRAL, to_department="ZJB", before_check=True)
    check(office, number, uid)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="核对")
    with pytest.raises(NotOnShelf):
        sign(office, number)
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, uid)
    sign(office, number)
    with pytest.raises(AlreadyThere):
        draft(office, [uid], kind=HandoverKind.CENTRAL, before_check=True)
    for to in ("GC", "市档案馆"):
        with pytest.raises(TransferOutside):
            draft(office, [uid], by="archivist", kind=HandoverKind.OUT, to_department=to)


def test_req_R21_a_sealed_bag_goes_into_the_central_store_unopened(office):
    """Handing over changes who keeps it, not the seal."""
    uid = held(office)
    with office.instance.engine.begin() as raw:
        raw.execute(text("UPDATE volume SET state = 'SEALED'"))
        raw.execute(text("UPDATE item SET state = 'SEALED'"))
    centralised(office, uid)
    assert (column(office, uid, "state"), column(office, uid, "centralised")) == (VolumeState.SEALED, True)
    assert set(states(office, Item)) == {VolumeState.SEALED}


def test_form_F9_the_counter_drafts_checks_signs_and_lists(template, tmp_path, monkeypatch):
    """Every verb of `handover`; a refused line is told with its reason; a list that is taken back stays listed."""
    desk = a_counter(template, tmp_path, monkeypatch)
    volumes = [filed_by_hand(desk, number) for number in (1, 2)]
    scans = desk.desk / "scans"
    scans.write_text("\n".join(volumes), "utf-8")
    desk.run("clerk", "handover", "draft", "--file", scans, "--reason", "年度归档").check()
    assert (
        "anjuan handover check"
        in desk.run("archivist", "handover", "sign", "YD2026-0001", "--with", "clerk").check(1).err
    )
    wrong = ("--refuse", "--wrong-ink", "--reason", "圆珠笔")
    told = desk.run("archivist", "handover", "check", "YD2026-0001", volumes[0], *wrong).check().out
    assert "1" in told
    desk.run("archivist", "handover", "check", "YD2026-0001", "--file", "-", typed=f"{volumes[1]}\n").check()
    signing = ("handover", "sign", "YD2026-0001", "--with", "clerk", "--witness", "secretary", "--count", "1")
    assert "YJ2026-0001" in desk.run("archivist", *signing).check().out
    lines = desk.rows("archivist", "handover", "show", "YD2026-0001")
    assert [line["outcome"] for line in lines] == ["REFUSED", "ACCEPTED"] and "圆珠笔" in lines[0].values()
    desk.run("clerk", "handover", "draft", volumes[0], "--reason", "补正").check()
    desk.run("clerk", "handover", "withdraw", "YD2026-0002").check()
    desk.run("archivist", "handover", "accept", volumes[0], "--from", "clerk", "--count", "1").check()
    listed = desk.rows("archivist", "handover", "list")
    assert [line["state"] for line in listed] == ["SIGNED", "WITHDRAWN", "SIGNED"]
    assert desk.rows("archivist", "handover", "list", "--open") == []
    central = ("handover", "draft", volumes[1], "--kind", "central", "--to", "ZJB", "--reason", "年初集中")
    assert "--before-check" in desk.run("clerk", *central).check(1).err
    desk.run("clerk", *central, "--before-check").check()
    assert desk.run("archivist", "handover", "list", "--csv").check().out.count("\n") == 5


def filed_by_hand(desk, number: int) -> str:
    """A closed volume with one paper, by the clerk."""
    filing = ("item", "file", "--class", "ZX·02", "--department", "KF", "--premises", "A1203", "--dossier",
              f"A1203-2025-{number}", "--title", "装修平面图", "--date", "2025-03-02", "--pages", "2")  # fmt: skip
    item = re.search(r"K001-[^\s，。]+", desk.run("clerk", *filing).check().out)[0]
    volume = item.removesuffix("-001")
    desk.run("clerk", "volume", "close", volume, "--confirm", volume).check()
    return volume
