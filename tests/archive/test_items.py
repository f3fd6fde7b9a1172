"""Items: filing into volumes and alone, what is inherited, what may not be mixed, moving, editing."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text

from archive import items, views, volumes
from archive.acts import Act
from archive.errors import (
    BadValue,
    FieldMissing,
    FieldUnknown,
    LevelAbove,
    NotAllowed,
    NotFound,
    NotMovable,
    OtherDepartment,
    PagesOverlap,
    PeriodMixed,
    SourcesMixed,
    VolumeClosed,
    WrongState,
)
from archive.model import Holding, Item, Volume
from archive.values import Level, VolumeState
from tests import make
from tests.archive.test_volumes import order_faults


def file(office, volume, papers, by="archivist", **given):
    with office.work(by, Act.ITEM_FILE) as unit:
        return [item.uid for item in items.file_into(unit, volume, papers, **given)]


def rows(office, volume):
    with office.instance.engine.connect() as raw:
        return raw.execute(select(Item).where(Item.volume_uid == volume).order_by(Item.seq_no)).all()


def head(office, volume):
    with office.instance.engine.connect() as raw:
        return raw.execute(select(Volume).where(Volume.uid == volume)).one()


def untouched(office, volume, before) -> bool:
    """True if the volume, its items and everything that counts are as they were."""
    return (head(office, volume), rows(office, volume)) == before


# --- filing -----------------------------------------------------------------------------------


def test_req_R13_papers_are_filed_in_order_with_code_pages_and_holding(office):
    """Each paper gets its number, its first page and, if it is on paper, one physical holding."""
    volume = make.volume(office, "ZX·02", 1)
    file(
        office, volume, [make.paper("电子图", on_paper=False, pages=5), make.paper("副本", is_original=False)]
    )
    found = rows(office, volume)
    assert [(row.seq_no, row.first_page, row.page_count) for row in found] == [
        (1, 1, 2),
        (2, 3, 5),
        (3, 8, 2),
    ]
    with office.instance.engine.connect() as raw:
        held = dict(raw.execute(select(Holding.item_uid, Holding.is_copy)).all())
    assert held == {found[0].uid: False, found[2].uid: True}
    assert order_faults(office, volume) == []


def test_papers_of_one_matter_share_its_open_volume(office):
    """The same tenancy, year and level: one volume; another project: another volume."""
    first = make.volume(office, "ZX·02", 1)
    assert make.volume(office, "ZX·02", 1) == first
    assert make.volume(office, "ZX·02", 1, dossier="A1203-2025-2") != first


def test_a_closed_volume_takes_no_more_and_the_next_paper_opens_another(office):
    """Filing into what is closed is refused; filing by matter goes on in a new volume."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    with pytest.raises(VolumeClosed):
        file(office, volume, [make.paper()])
    assert make.volume(office, "ZX·02", 1) != volume


@pytest.mark.parametrize(
    ("bad", "refusal"),
    [
        ({"title": "一"}, BadValue),
        ({"pages": -1}, BadValue),
        ({"pages": 100_001}, BadValue),
        ({"dated": dt.date(2026, 3, 3)}, BadValue),
        ({"first_page": 4}, PagesOverlap),
        ({"first_page": 2}, PagesOverlap),
        ({"level": Level.SECRET}, LevelAbove),
        ({"party": "P999"}, NotFound),
        ({"premises": "Z9999"}, NotFound),
        ({"fields": {"counterparty": "甲"}}, FieldUnknown),
        ({"fields": {"accepted_on": "2025-02-29"}}, BadValue),
    ],
)
def test_a_bad_paper_stops_the_whole_act_and_leaves_nothing(office, bad, refusal):
    """All or none: the good paper beside a bad one is not filed either."""
    volume = make.volume(office, "ZX·02", 1)
    before = (head(office, volume), rows(office, volume))
    with pytest.raises(refusal):
        file(
            office, volume, [make.paper("好的一份", first_page=3), make.paper(**{"title": "坏的一份", **bad})]
        )
    assert untouched(office, volume, before)


def test_a_family_demands_its_fields(office):
    """A contract without its number is not filed."""
    with pytest.raises(FieldMissing), office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_matter(
            unit, make.matter("HT·03"), [make.paper("保洁合同", fields={"counterparty": "甲公司"})]
        )


def test_inv_V4_pages_may_be_said_and_must_then_run_on(office):
    """The page a clerk reads off the paper must be the one the volume expects."""
    volume = make.volume(office, "ZX·02", 1)
    file(office, volume, [make.paper(first_page=3, pages=4), make.paper(first_page=7)])
    assert order_faults(office, volume) == []


def test_filing_needs_the_right_and_the_right_department(office):
    """Staff never file; a clerk of another department does not file here."""
    volume = make.volume(office, "ZX·02", 1)
    with pytest.raises(NotAllowed):
        file(office, volume, [make.paper()], by="staff")
    with pytest.raises(OtherDepartment):
        file(office, volume, [make.paper()], by="records")
    assert file(office, volume, [make.paper()], by="clerk")


def test_items_kept_alone_have_their_own_codes_and_no_volume(office):
    """件: a class kept item by item numbers its items under the series."""
    uids = make.filed(office, "QT", 3)
    with office.ask("archivist") as unit:
        pages = [views.page(unit, uid) for uid in uids]
    assert [page.code for page in pages] == [f"K001-ZY·QT·2025·D10·KF-{n:04}" for n in (1, 2, 3)]
    assert {page.level.origin for page in pages} == {"class"}
    with pytest.raises(BadValue), office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_alone(unit, make.matter("ZX·02"), [make.paper()])


# --- inheritance ------------------------------------------------------------------------------


def test_what_an_item_inherits_is_shown_as_inherited_and_its_own_as_its_own(office):
    """Class to volume to item; a paper marked lower shows its own level."""
    volume = make.volume(office, "ZX·02", 1, level=Level.CONFIDENTIAL)
    own = file(office, volume, [make.paper("内部图", level=Level.INTERNAL)])[0]
    with office.ask("archivist") as unit:
        inherited, lowered = views.page(unit, rows(office, volume)[0].uid), views.page(unit, own)
    assert (inherited.level.value, inherited.level.origin) == (Level.CONFIDENTIAL, "volume")
    assert (inherited.period.value, inherited.period.origin) == ("D30", "volume")
    assert (inherited.use_mode.origin, lowered.level.value, lowered.level.origin) == (
        "volume", Level.INTERNAL, "own",
    )  # fmt: skip


def test_a_volume_opened_above_its_class_passes_its_level_on(office):
    """Own level on the volume, inherited on the papers."""
    volume = make.volume(office, "ZX·02", 1, level=Level.CONFIDENTIAL)
    with office.ask("gm") as unit:
        assert views.page(unit, volume).level.origin == "own"
        page = views.page(unit, rows(office, volume)[0].uid)
    assert (page.level.value, page.level.origin) == (Level.CONFIDENTIAL, "volume")


# --- V3: one period ---------------------------------------------------------------------------


def periods(office, volume) -> set[str]:
    return {head(office, volume).period, *(row.period for row in rows(office, volume))}


def test_inv_V3_a_paper_of_another_period_is_refused(office):
    """One volume, one period; without a reason there is no mixing."""
    volume = make.volume(office, "ZX·02", 1)
    with pytest.raises(PeriodMixed):
        file(office, volume, [make.paper()], period="Y")
    assert file(office, volume, [make.paper()], period="D30")


@pytest.mark.parametrize(("given_period", "then"), [("Y", "Y"), ("D10", "D30")])
def test_ret_T6_with_a_reason_the_longer_rules_for_the_whole_volume(office, given_period, then):
    """从长: the volume and every paper in it, and the code stays what it was (V24)."""
    volume = make.volume(office, "ZX·02", 2)
    code = head(office, volume).reference_code
    file(office, volume, [make.paper()], period=given_period, override="结构图与合同合订")
    assert periods(office, volume) == {then}
    assert head(office, volume).reference_code == code
    with office.ask("archivist") as unit:
        assert views.page(unit, volume).period.origin == ("own" if then == "Y" else "class")


def test_inv_V3_the_reason_for_mixing_is_kept_sealed_in_the_log(office):
    """The log line of the override opens to the reason, and does not show it in clear."""
    volume = make.volume(office, "ZX·02", 1)
    file(office, volume, [make.paper()], period="Y", override="结构图与合同合订")
    with office.instance.engine.connect() as raw:
        found = raw.execute(
            text("SELECT facts, sealed FROM event WHERE act = 'item.file' AND object_uid = :uid"),
            {"uid": volume},
        ).all()
    opened = [office.instance.keys.open(volume, "log", row.sealed).decode() for row in found if row.sealed]
    assert any("结构图与合同合订" in told for told in opened)
    assert not any("结构图" in row.facts for row in found)


@pytest.mark.parametrize("class_code", ["YH·02", "YH·01", "FW·04", "AQ·02"])
def test_inv_V3_no_reason_lengthens_what_personal_data_law_limits(office, class_code):
    """A ceiling is a ceiling: override or not."""
    volume = make.volume(office, class_code, 1)
    before = (head(office, volume), rows(office, volume))
    with pytest.raises(PeriodMixed):
        file(office, volume, [make.paper()], period="Y", override="领导要求")
    assert untouched(office, volume, before)


# --- V6: sources ------------------------------------------------------------------------------


def letter(**given):
    return make.paper("来函一件", "WS·LW", **given)


def test_inv_V6_two_outside_units_never_share_a_volume(office):
    """Each correspondent has its own volume; a letter of another is refused there."""
    electric = make.volume(office, "WS·LW", 1, party="U001")
    water = make.volume(office, "WS·LW", 1, party="U002")
    assert electric != water
    with pytest.raises(SourcesMixed):
        file(office, electric, [letter(party="U002")])
    assert file(office, electric, [letter(party="U001")])


def test_inv_V6_moving_does_not_mix_outside_units_either(office):
    """The way round by moving is closed too; a letter without a named sender may be put right."""
    electric = make.volume(office, "WS·LW", 1, party="U001")
    water = make.volume(office, "WS·LW", 1, party="U002")
    theirs, unnamed = file(office, electric, [letter(party="U001"), letter()])
    with pytest.raises(SourcesMixed), office.work("archivist", Act.ITEM_MOVE) as unit:
        items.move(unit, theirs, water)
    with office.work("archivist", Act.ITEM_MOVE) as unit:
        items.move(unit, unnamed, water)
    assert [len(rows(office, volume)) for volume in (electric, water)] == [2, 2]


def test_inv_V6_internal_and_external_are_different_volumes_by_class(office):
    """An external class makes external volumes and papers, an internal one never does."""
    external, internal = make.volume(office, "WS·LW", 1), make.volume(office, "FW·01", 1)
    assert head(office, external).external and rows(office, external)[0].external
    assert not head(office, internal).external and not rows(office, internal)[0].external


# --- moving -----------------------------------------------------------------------------------


def test_inv_V6_a_moved_item_is_in_one_volume_and_both_are_in_order(office):
    """Numbers close up behind it, run on before it, and every count follows."""
    source, target = make.volume(office, "ZX·02", 3), make.volume(office, "ZX·02", 2, dossier="A1203-2025-2")
    moved = rows(office, source)[1].uid
    with office.work("archivist", Act.ITEM_MOVE) as unit:
        items.move(unit, moved, target)
    assert [len(rows(office, volume)) for volume in (source, target)] == [2, 3]
    assert order_faults(office, source) == order_faults(office, target) == []
    last = rows(office, target)[-1]
    assert (last.uid, last.scope_uid, last.dossier_uid) == (moved, target, head(office, target).dossier_uid)


def test_a_moved_item_takes_level_and_department_from_its_new_volume(office):
    """Inherited means inherited: what comes into a confidential volume is confidential."""
    source = make.volume(office, "ZX·02", 2, level=Level.CONFIDENTIAL)
    target = make.volume(office, "ZX·02", 1, level=Level.SECRET, department="GC")
    inherited, lowered = (
        rows(office, source)[0].uid,
        file(office, source, [make.paper(level=Level.INTERNAL)])[0],
    )
    with office.work("archivist", Act.ITEM_MOVE) as unit:
        items.move(unit, inherited, target)
        items.move(unit, lowered, target)
    by_uid = {row.uid: row for row in rows(office, target)}
    assert (by_uid[inherited].level, by_uid[lowered].level) == (Level.SECRET, Level.INTERNAL)
    assert {row.department for row in by_uid.values()} == {"GC"}


def test_an_emptied_or_undated_volume_says_so(office):
    """The last dated paper gone, the volume is undated; the last paper gone, it is empty, not undated."""
    source = make.volume(office, "ZX·02", 1)
    undated = file(office, source, [make.paper(dated=None)])[0]
    target = make.volume(office, "ZX·02", 1, dossier="A1203-2025-2")
    for uid, then in ((rows(office, source)[0].uid, True), (undated, False)):
        with office.work("archivist", Act.ITEM_MOVE) as unit:
            items.move(unit, uid, target)
        assert head(office, source).undated is then
    assert (head(office, source).items, head(office, source).last_date) == (0, None)


def test_an_item_is_not_moved_where_it_does_not_belong(office):
    """Another class, a lower level, a closed volume, another's department, or no volume at all."""
    source = make.volume(office, "ZX·02", 2, level=Level.CONFIDENTIAL)
    uid = rows(office, source)[0].uid
    plain = make.volume(office, "ZX·02", 1)
    closed = make.volume(office, "ZX·02", 1, held=True, dossier="A1203-2025-3")
    cases = (
        (make.volume(office, "FW·01", 1), PeriodMixed),
        (plain, LevelAbove),
        (closed, WrongState),
        (uid, NotFound),
    )
    for target, refusal in cases:
        with pytest.raises(refusal), office.work("archivist", Act.ITEM_MOVE) as unit:
            items.move(unit, uid, target)
    alone = make.filed(office, "QT", 1)[0]
    with pytest.raises(NotMovable), office.work("archivist", Act.ITEM_MOVE) as unit:
        items.move(unit, alone, plain)


def test_a_clerk_does_not_move_papers_into_another_departments_volume(office):
    """Both ends are judged, not only the paper in hand."""
    mine, theirs = make.volume(office, "FW·01", 2), make.volume(office, "FW·01", 1, department="GC")
    uid = rows(office, mine)[0].uid
    with pytest.raises(OtherDepartment), office.work("clerk", Act.ITEM_MOVE) as unit:
        items.move(unit, uid, theirs)


# --- editing ----------------------------------------------------------------------------------


def test_an_item_is_edited_at_every_stage_and_its_past_stays(office):
    """Correcting the description of a held item is allowed and leaves the earlier card."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    uid = rows(office, volume)[0].uid
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        items.edit(unit, uid, title="更正后的题名", note="原题名有误", fields={"permit_no": "ZX-9"})
    with office.ask("archivist") as unit:
        page, past = views.page(unit, uid), views.history(unit, uid)
    assert (page.card.title, page.card.note, page.state) == ("更正后的题名", "原题名有误", VolumeState.HELD)
    assert [line.title for line in past] == ["ZX·02 文件之1"]


def test_editing_keeps_the_fields_a_family_demands(office):
    """A contract's number may be changed and not taken away."""
    uid = make.filed(office, "HT·03", 1)[0]
    with pytest.raises(FieldMissing), office.work("archivist", Act.ITEM_EDIT) as unit:
        items.edit(unit, uid, fields={"contract_no": " "})
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        items.edit(unit, uid, fields={"amount": "28,000"})
    with office.ask("archivist") as unit:
        fields = views.page(unit, uid).card.fields
    assert fields["contract_no"] == "HT-2024-0032" and fields["amount"] == "28000.00"


def test_the_acts_a_page_offers_are_those_that_work(office):
    """Buttons are the steps of the table that the policy allows this person."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    with office.ask("archivist") as unit:
        assert set(views.page(unit, volume).may) == {
            Act.VOLUME_EDIT, Act.VOLUME_LEVEL, Act.VOLUME_MOVE, Act.LOAN_LEND, Act.LOAN_LEND_COPY,
            Act.READING_BEGIN, Act.COPY_MAKE, Act.REPAIR_ORDER, Act.SEAL_CLOSE, Act.HANDOVER_DRAFT,
        }  # fmt: skip
    with office.ask("staff") as unit:
        assert views.page(unit, volume).may == []


def test_closing_makes_the_papers_closed_too(office):
    """Volume and papers change state together, on closing and on acceptance."""
    volume = make.volume(office, "ZX·02", 2)
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, volume)
    assert {row.state for row in rows(office, volume)} == {VolumeState.CLOSED}
