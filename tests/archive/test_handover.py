"""移交: nothing is held without a list that two people signed (R11, V7)."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from archive import volumes
from archive.acts import Act
from archive.custody import handover
from archive.errors import BadValue, CountDiffers, NotAllowed, NotFound, SameSigner, WrongState
from archive.model import Handover, HandoverLine, Item, Volume
from archive.values import VolumeState
from tests import make


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
