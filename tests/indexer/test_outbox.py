"""Whatever is done to a record, the index hears of it: after each act it is what a rebuild would give."""

from __future__ import annotations

import dataclasses
from itertools import chain

import pytest

from archive import items, lives, objects, registry, volumes
from archive.acts import Act
from archive.circulation import copies, decisions, lending, readings, requests, taking_over
from archive.custody import bagging, drafts, handover, repairs, wholes
from archive.statuses import HandoverKind, RepairMethod, RequestKind, SecrecyOutcome, Verdict
from archive.unit import Unit
from archive.values import Level, PlaceKind, VolumeState
from indexer import rebuilding, sync
from indexer.facets import FACETS
from retention import secrecy
from retention.destroying import destruction
from tests import make
from tests.faults import ageing
from tests.indexer.asking import page
from tests.indexer.shelves import filed
from tests.retention import handing


def in_step(office):
    """Drain, then True if the index is what a rebuild would give."""
    sync.drain(office.instance)
    return not rebuilding.differs(office.instance)


def acts(office):
    """Every act of the life cycles of volumes and items, done once to something; yields what it did."""
    drawing, other, alone = (
        filed(office, title="甲图纸", text="装修", class_code="ZX·02"),
        filed(office, title="乙图纸", class_code="ZX·02", premises="A1204", dossier="A1204-2025-1"),
        filed(office, title="单件纪要", class_code="WS·HY", text="会议"),
    )
    yield Act.ITEM_FILE
    with office.ask("archivist") as unit:
        first, second = unit.item(drawing).volume_uid, unit.item(other).volume_uid

    def done(act, do):
        with office.work("archivist", act) as unit:
            do(unit)
        return act

    yield done(Act.ITEM_ATTACH, lambda unit: objects.attach(unit, alone, "补充".encode(), name="补.txt"))
    yield done(Act.ITEM_EDIT, lambda unit: items.edit(unit, drawing, title="甲图纸改", note="备注"))
    yield done(Act.ITEM_MOVE, lambda unit: items.move(unit, other, first))
    yield done(Act.VOLUME_EDIT, lambda unit: volumes.edit(unit, first, title="甲卷改"))
    yield done(
        Act.VOLUME_LEVEL, lambda unit: volumes.set_level(unit, first, Level.CONFIDENTIAL, reason="涉诉")
    )
    yield done(Act.VOLUME_MOVE, lambda unit: volumes.move(unit, first, "R1-C1"))
    yield done(Act.VOLUME_LEVEL, lambda unit: volumes.set_level(unit, first, Level.INTERNAL, reason="已结"))
    yield done(Act.VOLUME_MOVE, lambda unit: volumes.move(unit, alone, "R1-C2"))
    yield done(Act.VOLUME_CLOSE, lambda unit: volumes.close(unit, first))
    yield done(Act.HANDOVER_SIGN, lambda unit: handover.accept(unit, [first, alone], given_by="clerk"))
    make.approved(office, first, to="clerk")
    yield done(Act.LOAN_LEND, lambda unit: lending.lend(unit, first, to="clerk", purpose="核对"))
    yield done(Act.LOAN_RETURN, lambda unit: lending.take_back(unit, first))
    paper = taking_over.Entered(lent_on=office.now.date())
    yield done(
        Act.LOAN_TAKE_OVER,
        lambda unit: taking_over.take_over(unit, unit.volume(first), unit.person("clerk"), paper),
    )
    yield done(Act.LOAN_RETURN, lambda unit: lending.take_back(unit, first))
    yield from used(office, done, first)
    yield from sealed(office, done, first)
    yield done(Act.PARTY_EDIT, lambda unit: registry.edit_party(unit, "P001", name="张三丰"))
    yield done(Act.LOCATION_EDIT, lambda unit: registry.edit_location(unit, "R1-C1", name="甲柜"))
    assert second != first


def used(office, done, volume):
    """Read, mended, copied, and a copy of another lent."""
    read = {"reader": "clerk", "place": "R1", "purpose": "查看"}
    make.approved(office, volume, to="clerk", acts=(Act.RECORD_READ,))
    yield done(Act.READING_BEGIN, lambda unit: readings.begin(unit, volume, **read))
    yield done(Act.READING_END, lambda unit: readings.end(unit, volume))
    torn = {"method": RepairMethod.MEND, "damage": "撕裂", "handler": "修裱室", "found_on": office.now.date()}
    yield done(Act.REPAIR_ORDER, lambda unit: repairs.order(unit, volume, **torn))
    yield done(
        Act.REPAIR_DONE, lambda unit: repairs.done(unit, "XF2026-0001", result="已修", original="归位")
    )
    plans = make.volume(office, "CJ·01", 1, held=True)
    make.approved(office, plans, to="clerk", acts=(Act.ITEM_GET, Act.LOAN_LEND))
    wanted = {"kind": RequestKind.COPY, "reader": "clerk", "pages": 2, "which": "全部", "purpose": "施工"}
    yield done(
        Act.COPY_MAKE, lambda unit: copies.make(unit, plans, **wanted, certified=True, keep_holding=True)
    )
    yield done(
        Act.LOAN_LEND_COPY, lambda unit: lending.lend(unit, plans, to="clerk", purpose="施工", copy=True)
    )


def sealed(office, done, volume):
    """Asked for and sealed; asked for and opened; drafted for the central store."""
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "D1", kind=PlaceKind.BAG, name="一号袋", inside="R1-C1")
    seal = {"bag": "D1", "seal_no": "000001", "checked_by": "clerk"}
    for kind, act, do in (
        (RequestKind.SEAL, Act.SEAL_CLOSE, lambda unit: bagging.close(unit, [volume], **seal)),
        (
            RequestKind.UNSEAL,
            Act.SEAL_OPEN,
            lambda unit: bagging.open_bag(unit, "D1", witness="secretary", reason="查证"),
        ),
    ):
        with office.work("archivist", Act.REQUEST_ASK) as unit:
            asked = requests.ask(unit, kind, [volume], purpose="存满一年")
        with office.work("manager", Act.REQUEST_APPROVE) as unit:
            decisions.decide(unit, [asked.number], Act.REQUEST_APPROVE, reason="同意")
        yield done(act, do)
    central = {
        "kind": HandoverKind.CENTRAL,
        "to_department": "ZJB",
        "reason": "集中保管",
        "before_check": True,
    }
    yield done(Act.HANDOVER_DRAFT, lambda unit: drafts.draft(unit, [volume], **central))


def endings(office):
    """Kept longer, declassified, handed on; begun to be destroyed and taken back, pulled, destroyed."""
    longer, handed, gone, pulled = (
        *ageing.volumes_due(office, 1),
        handing.roll(office),
        *ageing.items_due(office, 2),
    )
    bids = make.volume(office, "HT·07", 1, held=True)
    ageing.appraised(office, [longer], Verdict.PERMANENT)
    yield Act.APPRAISAL_DECIDE
    with office.work("archivist", Act.SECRECY_PROPOSE) as unit:
        asked = {"outcome": SecrecyOutcome.DECLASSIFY, "reason": "已公开"}
        number = secrecy.propose(unit, bids, **asked).number
    with office.work("gm", Act.SECRECY_DECIDE) as unit:
        secrecy.decide(unit, number, agree=True)
    yield Act.SECRECY_DECIDE
    number = handing.approved(office, handed)
    handing.packed(office, number, office.home.parent / "package")
    handing.signed(office, number)
    yield Act.TRANSFER_SIGN
    ageing.appraised(office, [gone, pulled])
    for last in (False, True):
        number = ageing.listed(office, [gone, pulled])
        ageing.approve(office, number)
        ageing.begin(office, number)
        yield Act.DESTRUCTION_BEGIN
        if not last:
            with office.work("archivist", Act.DESTRUCTION_WITHDRAW) as unit:
                destruction.withdraw(unit, number, reason="改期")
            yield Act.DESTRUCTION_WITHDRAW
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [pulled], reason="未找到")
    yield Act.DESTRUCTION_PULL
    ageing.confirm(office, number)
    ageing.carry_out(office, number)
    yield Act.DESTRUCTION_EXECUTE


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_after_every_act_of_the_life_cycles_the_index_is_what_a_rebuild_gives(office, every):
    """One after the other over all of them, looked at after one in so many: nothing changed is forgotten."""
    assert in_step(office)
    done = set()
    for number, act in enumerate(chain(acts(office), endings(office))):
        assert number % every or in_step(office), act
        done.add(act)
    assert in_step(office)
    assert {step.act for life in (lives.VOLUME, lives.ITEM) for step in life} <= done


def test_a_handover_that_tells_only_of_the_volume_is_caught(office, monkeypatch):
    """Witness: the papers of the volume change their state too; told of the volume alone, the index differs."""
    uid = make.volume(office, "ZX·02")
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, uid)
    assert in_step(office)
    monkeypatch.setattr(wholes, "changed_whole", Unit.changed)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    assert not in_step(office)


def test_the_state_of_papers_is_found_and_counted_as_it_is(office):
    """Open, closed, held: volume and papers alike, at once."""
    uid = make.volume(office, "ZX·02")
    for state, act, do in (
        (VolumeState.OPEN, None, None),
        (VolumeState.CLOSED, Act.VOLUME_CLOSE, lambda unit: volumes.close(unit, uid)),
        (VolumeState.HELD, Act.HANDOVER_SIGN, lambda unit: handover.accept(unit, [uid], given_by="clerk")),
    ):
        if act:
            with office.work("archivist", act) as unit:
                do(unit)
        sync.drain(office.instance)
        found = page(office, f"状态:{state.value}", "archivist", facets=frozenset(FACETS))
        assert found.total == 3
        assert {row.state for row in found.rows} == {state}


@pytest.mark.parametrize(
    "words", ["单元:A1203", "单元:A-1203", "合同号:HT-2024-0032", "contract:HT2024*", "名称:清源保洁"]
)
def test_premises_and_contract_numbers_have_fields_of_their_own(office, words):
    """Of the record itself or of its dossier; a volume too is found by them."""
    make.volume(office, "ZX·02")
    make.volume(office, "HT·01")
    sync.drain(office.instance)
    found = page(office, words, "archivist")
    prefix = "ZX" if "单元" in words else "HT"
    kinds = {row.kind.value for row in found.rows}

    assert {row.class_code[:2] for row in found.rows} == {prefix}
    assert kinds == ({"item"} if "清源" in words else {"volume", "item"})
    assert page(office, "名称:HT-2024-0032", "archivist").total == 0


def test_the_fields_of_an_entry_are_all_filled(office):
    """Nothing of what the index can hold of a record is left out by mistake."""
    from indexer import entries

    uid = filed(office, title="合同", text="文", class_code="HT·01", creator="责", document_no="号1")
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, unit.item(uid).volume_uid, "R1-C1")
    filed_too = filed(office, title="甲图纸", class_code="ZX·02")
    sync.drain(office.instance)
    with office.ask("archivist") as unit:
        found, _ = entries.told(unit, [uid, filed_too])
    empty = {
        one.name
        for one in dataclasses.fields(found[0])
        if all(getattr(entry, one.name) in {"", 0} for entry in found)
    }
    assert empty == set()
