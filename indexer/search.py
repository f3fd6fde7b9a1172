"""From a person's words to the records he may see: policy in the index and again on the rows.

Decision 6: what is not in the catalogue right does not exist; totals count only what the viewer may see.

While the index lags it shows some records by facts that are no longer true. Those are known (the outbox
names them), and as long as one of them could be a hit, a record that this person may not search as it is
*now* is left out of hits, totals and pages alike: no page shows it, no total counts it. It comes back, as
far as he may see it, once the index has heard of it. Only its weight in the order of other hits may last
until then; it was open to him when it was written.
"""

from __future__ import annotations

import datetime as dt
import difflib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select

from archive import objects, views
from archive.acts import Act
from archive.errors import BadValue, ClassUnknown, Damaged
from archive.instance import Instance, Who
from archive.model import Department, IndexTask, Item, Location, Record, RecordClass, Volume
from archive.policy import allowed, visible
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Level, UseMode, VolumeState
from indexer import sync
from indexer.engine import Engine, Filters, Found, Part, Scope
from indexer.entries import ASKED, UNREADABLE, bucket, class_path, day_of, place_path
from indexer.highlight import Snippet, snippet, spans
from indexer.query import Field, Tree, parse
from indexer.shelf import Shelf

MOST = 200
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search is narrowed to; None: anything. A class or place means everything in it too."""

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


def answer(
    instance: Instance, who: Who, shelf: Shelf, words: str, wanted: Wanted = Wanted(), *, limit: int = 20,
    offset: int = 0,
) -> Page:  # fmt: skip
    """`search` as an act of its own; an index found unfit is rebuilt, and the question asked again.

    Raises what `search` raises, and `Busy` while another process rebuilds an unfit index.
    """
    for tries in range(_TRIES):
        build = _build(shelf)
        try:
            with instance.ask(who, Act.RECORD_SEARCH) as unit:
                page = search(unit, shelf.engine(), words, wanted, limit=limit, offset=offset)
            if build == _build(shelf):
                return page
        except sync.UNFIT:
            if tries == _TRIES - 1:
                raise
            if build == _build(shelf):
                sync.mend(instance, build)
    return page


def _build(shelf: Shelf) -> str | None:
    try:
        return shelf.current()
    except Damaged:
        return None


def search(
    unit: Unit, index: Engine, words: str, wanted: Wanted = Wanted(), *, limit: int = 20, offset: int = 0
) -> Page:
    """What *words* find among the records the person may see, best first; shows exact totals.

    Raises `QueryUnclear`, `QueryTooLarge`, `BadValue`, `ClassUnknown`, `NotFound`; what makes the index
    unfit. A search that may touch confidential records leaves a line; its words are sealed (decision 6).
    """
    if not 0 < limit <= MOST or offset < 0:
        raise BadValue(field="limit", value=limit, expected=f"1–{MOST}")
    unit.look(Act.RECORD_SEARCH)
    tree, filters = parse(words), _filters(unit, wanted)
    within = scope(unit)
    if within.sealed:
        unit.act(Act.RECORD_SEARCH, private={"words": words})
    found = _found(index, tree, within, filters, _untrue(unit, index), slice(offset, offset + limit))
    page = _opened(unit, tree, found, offset)
    if within.sealed:
        _noted(unit, page)
    return page


def _noted(unit: Unit, page: Page) -> None:
    """Say in the line of the search how much it found, and how much of what it showed is confidential (V25)."""
    line = next(line for line in unit.lines if line.act is Act.RECORD_SEARCH)
    shown = sum(row.level >= CONFIDENTIAL for row in page.rows)
    line.facts = {"total": page.total, "confidential": shown}


def _filters(unit: Unit, wanted: Wanted) -> Filters:
    for least, most in ((wanted.year_from, wanted.year_to), (wanted.date_from, wanted.date_to)):
        if least is not None and most is not None and least > most:  # type: ignore[operator]
            raise BadValue(field="date", value=f"{least} … {most}", expected=f"{most} … {least}")
    place = unit.one(Location, "location", wanted.place) if wanted.place else None
    department = unit.one(Department, "department", wanted.department) if wanted.department else None
    return Filters(
        class_prefix=_class(unit, wanted.class_code) if wanted.class_code else None,
        year_from=wanted.year_from,
        year_to=wanted.year_to,
        level=None if wanted.level is None else int(wanted.level),
        department=department.code if department else None,
        place=place_path(unit, place) if place else None,
        date_from=wanted.date_from.isoformat() if wanted.date_from else None,
        date_to=wanted.date_to.isoformat() if wanted.date_to else None,
    )


def _class(unit: Unit, code: str) -> str:
    if unit.session.get(RecordClass, code) is None:
        known = unit.session.scalars(select(RecordClass.code)).all()
        near = difflib.get_close_matches(code, known, 1, 0.0)
        raise ClassUnknown(code=code, suggestion=near[0] if near else "")
    return class_path(code)


# --- what this person may find ----------------------------------------------------------------


def scope(unit: Unit) -> Scope:
    """The buckets and single records this person may see, and those whose text he may search."""
    likes = _likes(unit)
    see = [like for like in likes if _may(unit, Act.RECORD_SEE, like)]
    named = frozenset[str]().union(*unit.actor.granted.values())
    opened = _named(unit, Act.RECORD_SEE, named)
    return Scope(
        see_buckets=frozenset(map(bucket, see)),
        search_buckets=frozenset(bucket(like) for like in see if _may(unit, Act.RECORD_SEARCH, like)),
        see_uids=frozenset(opened),
        search_uids=frozenset(_named(unit, Act.RECORD_SEARCH, named)),
        sealed=any(level >= CONFIDENTIAL for level in [*opened.values(), *(like.level for like in see)]),
    )


def _likes(unit: Unit) -> list[Any]:
    """One stand-in for each bucket there is: the columns the policy asks, and no name."""
    found: dict[tuple[Any, ...], Any] = {}
    for kind in (Volume, Item):
        rows = select(*(getattr(kind, name) for name in ASKED)).distinct()
        for row in unit.session.execute(rows):
            found[tuple(row)] = SimpleNamespace(uid="", scope_uid="", reference_code="", **row._mapping)  # noqa: SLF001
    return list(found.values())


def _may(unit: Unit, act: Act, like: Any) -> bool:
    return allowed(unit.actor, act, cast("Record", like))


def _named(unit: Unit, act: Act, uids: Iterable[str]) -> dict[str, Level]:
    """The records opened to this person by name (a volume opens its items) with their levels, if *act* is allowed."""
    wanted = sorted(uids)
    found: dict[str, Level] = {}
    for kind in (Volume, Item) if wanted else ():
        mine = kind.uid.in_(wanted) | kind.scope_uid.in_(wanted)
        rows = select(kind.uid, kind.level).where(mine, visible(unit.actor, kind, act))
        found.update((uid, level) for uid, level in unit.session.execute(rows))
    return found


# --- hits -------------------------------------------------------------------------------------


def _untrue(unit: Unit, index: Engine) -> set[str]:
    """Records the index shows by facts that may be out of date, and that this person may not search now.

    Raises `Damaged` for an index of another history, whose facts are about records that never were.
    """
    mark = sync.Mark.read(index)
    if not mark.remembered(unit):
        raise Damaged(what=Part.WHOLE, where="mark")
    later = select(IndexTask.record_uid).where(IndexTask.id > mark.task)
    lagging = set(unit.session.scalars(later))
    for kind in (Volume, Item) if lagging else ():
        now = select(kind.uid).where(kind.uid.in_(later), visible(unit.actor, kind, Act.RECORD_SEARCH))
        lagging.difference_update(unit.session.scalars(now))
    return lagging


def _found(
    index: Engine, tree: Tree, within: Scope, filters: Filters, untrue: set[str], asked: slice
) -> Found:
    """The hits asked for and how many there are; *untrue* ones are in neither."""
    if not untrue:
        limit = asked.stop - asked.start
        return index.find(tree, within, filters, limit=limit, offset=asked.start)
    named = replace(within, see_uids=within.see_uids - untrue, search_uids=within.search_uids - untrue)
    every = index.find(tree, named, filters, limit=sys.maxsize, offset=0)
    true = [hit for hit in every.hits if hit.uid not in untrue]
    return Found(tuple(true[asked]), len(true))


def _opened(unit: Unit, tree: Tree, found: Found, offset: int) -> Page:
    records = _seen(unit, [hit.uid for hit in found.hits])
    sheet = _Sheet(unit, tree, records)
    rows = [sheet.row(records[hit.uid], hit.score) for hit in found.hits if hit.uid in records]
    return Page(rows, found.total - (len(found.hits) - len(rows)), offset)


def _seen(unit: Unit, uids: Sequence[str]) -> dict[str, Record]:
    """The rows behind the hits, asked of the policy once more: nothing the index says can leak."""
    volumes = select(Volume).where(Volume.uid.in_(uids), visible(unit.actor, Volume))
    items = select(Item).where(Item.uid.in_(uids), visible(unit.actor, Item))
    found: dict[str, Record] = {row.uid: row for row in unit.session.scalars(volumes)}
    found.update((row.uid, row) for row in unit.session.scalars(items))
    return found


class _Sheet:
    """One page being opened for this person: what its rows need is fetched together."""

    def __init__(self, unit: Unit, tree: Tree, records: Mapping[str, Record]) -> None:
        self._unit, self._tree = unit, tree
        items = [record for record in records.values() if isinstance(record, Item)]
        around = {item.volume_uid for item in items}
        self._volumes = list(unit.session.scalars(select(Volume).where(Volume.uid.in_(around))))
        readable = [item.uid for item in items if unit.may(Act.RECORD_READ, item)]
        self._texts = objects.texts(unit, readable)

    def row(self, record: Record, score: float) -> Row:
        """One hit, opened."""
        title = self._title(record)
        return Row(
            kind="volume" if isinstance(record, Volume) else "item",
            code=record.reference_code,
            title=title,
            title_spans=spans(title, self._tree, Field.TITLE),
            passage=self._passage(record),
            class_code=record.class_code,
            year=record.archive_year,
            level=record.level,
            department=record.department,
            dated=day_of(record),
            use_mode=record.use_mode,
            state=record.state,
            place=views.place(self._unit, record),
            score=score,
        )

    def _title(self, record: Record) -> str:
        """The title; nothing where the card does not open (`vault verify` names it)."""
        try:
            return self._unit.card(record).title
        except UNREADABLE:
            return ""

    def _passage(self, record: Record) -> Snippet | None:
        """The passage that answers; reading a confidential one leaves its line (V25)."""
        if record.uid not in self._texts:
            return None
        try:
            text = objects.opened(self._unit, self._texts[record.uid])
        except UNREADABLE:
            return None
        found = snippet(text, self._tree)
        if not found.spans:
            return None
        self._unit.look(Act.RECORD_READ, record, passage=True)
        return found
