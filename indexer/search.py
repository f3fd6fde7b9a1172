"""From a person's words to the records he may see: policy in the index and again on the rows.

Decision 6: what is not in the catalogue right does not exist; totals count only what the viewer may see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select

from archive import objects, registry, views
from archive.acts import Act
from archive.errors import BadValue
from archive.model import Item, Location, Record, Volume
from archive.policy import allowed, visible
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Level, UseMode, VolumeState
from indexer.engine import Engine, Filters, Found, Scope
from indexer.highlight import Snippet, snippet, spans
from indexer.query import Field, Tree, parse
from indexer.sync import bucket

MOST = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search is narrowed to; None: anything."""

    class_code: str | None = None
    year_from: int | None = None
    year_to: int | None = None
    level: Level | None = None
    department: str | None = None
    place: str | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One hit, opened for this person; no passage where he may not read the text."""

    kind: str
    code: str
    title: str
    title_spans: tuple[tuple[int, int], ...]
    passage: Snippet | None
    class_code: str
    year: int
    level: Level
    department: str
    dated: dt.date | None
    use_mode: UseMode
    state: VolumeState
    place: str
    score: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page of hits and how many there are in all."""

    rows: list[Row]
    total: int
    offset: int


def search(
    unit: Unit, index: Engine, words: str, wanted: Wanted = Wanted(), *, limit: int = 20, offset: int = 0
) -> Page:
    """What *words* find among the records the person may see, best first; shows exact totals.

    Raises `QueryUnclear`, `QueryTooLarge`, `BadValue`. A search that may touch confidential records leaves a
    line; its words are sealed (decision 6).
    """
    if not 0 < limit <= MOST or offset < 0:
        raise BadValue(field="limit", value=limit, expected=f"1–{MOST}")
    tree = parse(words)
    within = scope(unit)
    found = index.find(tree, within, _filters(unit, wanted), limit=limit, offset=offset)
    _noted(unit, words, within, found)
    records = _seen(unit, [hit.uid for hit in found.hits])
    rows = [_row(unit, records[hit.uid], tree, hit.score) for hit in found.hits if hit.uid in records]
    return Page(rows, found.total - (len(found.hits) - len(rows)), offset)


def _noted(unit: Unit, words: str, within: Scope, found: Found) -> None:
    if within.sealed:
        unit.act(Act.RECORD_SEARCH, private={"words": words}, total=found.total)
    else:
        unit.look(Act.RECORD_SEARCH)


def _filters(unit: Unit, wanted: Wanted) -> Filters:
    place = None
    if wanted.place:
        location = unit.one(Location, "location", wanted.place)
        place = "/".join(one.code for one in registry.path(unit, location))
    return Filters(
        class_prefix=wanted.class_code,
        year_from=wanted.year_from,
        year_to=wanted.year_to,
        level=None if wanted.level is None else int(wanted.level),
        department=wanted.department,
        place=place,
        date_from=wanted.date_from.isoformat() if wanted.date_from else None,
        date_to=wanted.date_to.isoformat() if wanted.date_to else None,
    )


# --- what this person may find ----------------------------------------------------------------

_ASKED = ("class_code", "level", "department", "use_mode", "custody", "custodians_closed")


def scope(unit: Unit) -> Scope:
    """The buckets and single records this person may see, and those whose text he may search."""
    likes = _likes(unit)
    see = {bucket(like) for like in likes if _may(unit, Act.RECORD_SEE, like)}
    texts = {bucket(like) for like in likes if _may(unit, Act.RECORD_SEARCH, like)}
    named = frozenset[str]().union(*unit.actor.granted.values()) if unit.actor.granted else frozenset[str]()
    see_uids = _named(unit, Act.RECORD_SEE, named)
    sealed = any(like.level >= CONFIDENTIAL for like in likes if bucket(like) in see) or bool(see_uids)
    return Scope(
        see_buckets=frozenset(see),
        search_buckets=frozenset(texts),
        see_uids=see_uids,
        search_uids=_named(unit, Act.RECORD_SEARCH, named),
        sealed=sealed,
    )


def _likes(unit: Unit) -> list[Any]:
    """One stand-in for each bucket there is: the columns the policy asks, and no name."""
    found: dict[tuple[Any, ...], Any] = {}
    for kind in (Volume, Item):
        rows = select(*(getattr(kind, name) for name in _ASKED)).distinct()
        for row in unit.session.execute(rows):
            found[tuple(row)] = SimpleNamespace(uid="", scope_uid="", reference_code="", **row._mapping)  # noqa: SLF001
    return list(found.values())


def _may(unit: Unit, act: Act, like: Any) -> bool:
    return allowed(unit.actor, act, cast("Record", like))


def _named(unit: Unit, act: Act, uids: Iterable[str]) -> frozenset[str]:
    """The records opened to this person by name (a volume opens its items), if *act* is allowed on them."""
    wanted = sorted(uids)
    if not wanted:
        return frozenset()
    found: set[str] = set()
    for kind in (Volume, Item):
        mine = kind.uid.in_(wanted) | kind.scope_uid.in_(wanted)
        found.update(unit.session.scalars(select(kind.uid).where(mine, visible(unit.actor, kind, act))))
    return frozenset(found)


def _seen(unit: Unit, uids: Sequence[str]) -> dict[str, Record]:
    """The rows behind the hits, asked of the policy once more: an index that lags cannot leak."""
    found: dict[str, Record] = {}
    volumes = select(Volume).where(Volume.uid.in_(uids), visible(unit.actor, Volume))
    items = select(Item).where(Item.uid.in_(uids), visible(unit.actor, Item))
    found.update({row.uid: row for row in unit.session.scalars(volumes)})
    found.update({row.uid: row for row in unit.session.scalars(items)})
    return found


def _row(unit: Unit, record: Record, tree: Tree, score: float) -> Row:
    title = unit.card(record).title
    return Row(
        kind="volume" if isinstance(record, Volume) else "item",
        code=record.reference_code,
        title=title,
        title_spans=spans(title, tree, Field.TITLE),
        passage=_passage(unit, record, tree),
        class_code=record.class_code,
        year=record.archive_year,
        level=record.level,
        department=record.department,
        dated=record.dated if isinstance(record, Item) else None,
        use_mode=record.use_mode,
        state=record.state,
        place=views.place(unit, record),
        score=score,
    )


def _passage(unit: Unit, record: Record, tree: Tree) -> Snippet | None:
    """The passage that answers; reading a confidential one leaves its line (V25)."""
    if not isinstance(record, Item) or not unit.may(Act.RECORD_READ, record):
        return None
    text = objects.text_of(unit, record)
    if not text:
        return None
    found = snippet(text, tree)
    if not found.spans:
        return None
    unit.look(Act.RECORD_READ, record, passage=True)
    return found
