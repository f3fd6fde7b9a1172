"""Sealed bags on a list: what leaves goes with all that lies in its bag, or the bag is unsealed first (8-1.4.4, V17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from archive.model import Item, Location, Seal, Volume
from archive.statuses import SealState
from archive.unit import Unit
from archive.values import VolumeState


def split(unit: Unit, records: Sequence[Volume | Item]) -> Mapping[str, tuple[str, str]]:
    """The sealed bags of which *records* are only a part, by the uid of the bag: its code and the number of its seal."""
    going = {record.uid for record in records}
    bags = {str(record.place_uid) for record in records if record.state is VolumeState.SEALED}
    whole = select(Seal, Location.code).join(Location, Location.uid == Seal.bag_uid)
    found: dict[str, tuple[str, str]] = {}
    for seal, code in unit.session.execute(
        whole.where(Seal.bag_uid.in_(bags), Seal.state == SealState.SEALED)
    ):
        for kind in (Volume, Item):
            inside = select(kind.uid).where(kind.place_uid == seal.bag_uid, kind.scope_uid == kind.uid)
            if not going.issuperset(unit.session.scalars(inside)):
                found[seal.bag_uid] = (code, seal.seal_no)
    return found
