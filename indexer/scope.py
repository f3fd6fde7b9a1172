"""What a person may find: the policy asked of every access bucket, and of the records opened to him by name.

While the index lags it shows some records by facts that are no longer true. Those are known (the outbox
names them); each that this person may not search as it is *now* is left out of hits, totals, counts and
suggestions alike. It comes back, as far as he may see it, once the index has heard of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from sqlalchemy import select

from archive.acts import Act
from archive.errors import Damaged, NotFound
from archive.model import IndexTask, Item, Record, Volume
from archive.policy import refusal, visible
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Level
from indexer.engine import Engine, Part, Scope
from indexer.entries import stand_in
from indexer.intake import Mark


def scope(unit: Unit, index: Engine) -> Scope:
    """The buckets and single records this person may see, and those whose text he may search.

    Raises `Damaged` for an index of another history.
    """
    without = untrue(unit, index)
    see, search = _judged(unit, index.buckets(sealed=unit.actor.clearance >= CONFIDENTIAL))
    named = frozenset[str]().union(*unit.actor.granted.values())
    opened = _named(unit, Act.RECORD_SEE, named)
    return Scope(
        see_buckets=frozenset(see),
        search_buckets=search,
        see_uids=frozenset(opened),
        search_uids=frozenset(_named(unit, Act.RECORD_SEARCH, named)),
        without=without,
        sealed=any(level >= CONFIDENTIAL for level in (*opened.values(), *see.values())),
    )


def untrue(unit: Unit, index: Engine) -> frozenset[str]:
    """Records the index shows by facts that may be out of date, and that this person may not search now.

    Raises `Damaged` for an index of another history, whose facts are about records that never were.
    """
    mark = Mark.read(index)
    if not mark.remembered(unit):
        raise Damaged(what=Part.WHOLE, where="mark")
    later = select(IndexTask.record_uid).where(IndexTask.id > mark.task)
    lagging = set(unit.session.scalars(later))
    for kind in (Volume, Item) if lagging else ():
        now = select(kind.uid).where(kind.uid.in_(later), visible(unit.actor, kind, Act.RECORD_SEARCH))
        lagging.difference_update(unit.session.scalars(now))
    return frozenset(lagging)


def _judged(unit: Unit, buckets: Iterable[str]) -> tuple[dict[str, int], frozenset[str]]:
    """The buckets this person may see, with their levels, and those whose texts he may search.

    One question to the policy tells both: what may not be seen is not found, whatever is asked.
    """
    see, search = dict[str, int](), set[str]()
    for bucket in buckets if unit.may(Act.RECORD_SEE) else ():
        like = stand_in(bucket)
        found = refusal(unit.actor, Act.RECORD_SEARCH, cast("Record", like))
        if not isinstance(found, NotFound):
            see[bucket] = like.level
        if found is None:
            search.add(bucket)
    return see, frozenset(search)


def _named(unit: Unit, act: Act, uids: Iterable[str]) -> dict[str, Level]:
    """The records opened to this person by name (a volume opens its items) with their levels, if *act* is allowed."""
    wanted = sorted(uids)
    if not wanted:
        return {}
    volumes = select(Volume.uid, Volume.level).where(Volume.uid.in_(wanted), visible(unit.actor, Volume, act))
    inside = Item.uid.in_(wanted) | Item.volume_uid.in_(wanted)  # each by its index; `scope_uid` has none
    items = select(Item.uid, Item.level).where(inside, visible(unit.actor, Item, act))
    return {uid: level for rows in (volumes, items) for uid, level in unit.session.execute(rows)}
