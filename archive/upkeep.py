"""Collecting what a crash may have left: keys and blobs whose rows never came (decision 13).

Order of writing makes them possible and harmless: never dangling, at most orphaned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive.acts import Act
from archive.model import Blob, Item, Volume
from archive.objects import blob_ref
from archive.unit import Unit

GRACE_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was collected."""

    keys: int
    blobs: int


def sweep(unit: Unit, *, grace: float = GRACE_SECONDS) -> Swept:
    """Remove keys and blobs older than *grace* seconds that no row of the catalogue knows."""
    unit.act(Act.VAULT_SWEEP, grace=int(grace))
    orphans = list(unit.keys.orphans(lambda uids: _recorded(unit, uids), older_than=grace))
    dropped = unit.keys.drop_keys(orphans) if orphans else 0
    removed = unit.vault.sweep(lambda names: _stored(unit, names), grace)
    unit.lines[-1].facts = {"keys": dropped, "blobs": len(removed)}
    return Swept(dropped, len(removed))


def _recorded(unit: Unit, uids: Sequence[str]) -> Iterable[str]:
    kinds: tuple[type[Any], ...] = (Volume, Item)
    for kind in kinds:
        yield from unit.session.scalars(select(kind.uid).where(kind.uid.in_(uids)))


def _stored(unit: Unit, names: Sequence[str]) -> Iterable[str]:
    contents = {name.rsplit("/", 1)[-1].split(".")[0] for name in names}
    rows = unit.session.scalars(select(Blob).where(Blob.content_id.in_(contents)))
    return [blob_ref(blob).name for blob in rows]
