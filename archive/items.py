"""Items: filing documents into volumes (or on their own), one or ten thousand by the same path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from sqlalchemy import func, select, update

from archive import classes, editing, settling
from archive.acts import Act
from archive.codes import Template, running, template
from archive.editing import Changes
from archive.errors import (
    BadValue,
    LevelAbove,
    NotMovable,
    PagesOverlap,
    PeriodMixed,
    VolumeClosed,
)
from archive.exchange import RowFate
from archive.lives import ITEM, VOLUME
from archive.model import Holding, ImportRow, Item, RecordClass, Volume, new_uid
from archive.numbering import kept_codes
from archive.papers import Paper, described, one_source, sources_of
from archive.recordkeys import CACHED
from archive.unit import Line, Unit
from archive.values import Period, VolumeState
from archive.volumes import (
    Found,
    Matter,
    inherited,
    look_up,
    next_number,
    prospect,
    volume_for,
    words,
)


def file_into(
    unit: Unit, code: str, papers: Sequence[Paper], *, period: str | None = None, override: str | None = None
) -> list[Item]:
    """File *papers* into an open volume, in order; all or none.

    A period other than the volume's is refused (V3) unless *override* gives the reason; then the longer rules,
    except where personal-data law sets a ceiling.
    Raises `VolumeClosed`, `PeriodMixed`, `PagesOverlap`, `SourcesMixed`, `LevelAbove`, `BadValue`, field errors.
    """
    volume = unit.volume(code)
    unit.act(
        Act.ITEM_FILE,
        volume,
        private={"override": override} if override else None,
        papers=len(papers),
        period=period,
    )
    if VolumeState.OPEN is not volume.state:
        raise VolumeClosed(code=volume.reference_code, state=volume.state)
    VOLUME.after(volume.state, Act.ITEM_FILE)
    rule = unit.session.get_one(RecordClass, volume.class_code)
    if period is not None:
        one_period(unit, rule, volume, Period.parse(period), override)
    rows = _rows(unit, rule, volume, papers)
    return _insert(unit, rows, volume)


def file_alone(unit: Unit, matter: Matter, papers: Sequence[Paper]) -> list[Item]:
    """File *papers* of a class kept item by item; each gets its own reference code."""
    rule = classes.usable(unit, matter.class_code)
    if template(rule.template).volume_width is not None:
        raise BadValue(field="class", value=rule.code, expected="kept_by = item")
    unit.act(Act.ITEM_FILE, prospect(rule, matter), papers=len(papers), class_code=rule.code)
    found = look_up(unit, matter)
    rows = _rows(unit, found.rule, found, papers)
    return _insert(unit, rows, None)


def file_matter(unit: Unit, matter: Matter, papers: Sequence[Paper], *, volume_title: str = "") -> list[Item]:
    """File *papers* where they belong: in the open volume of the matter, or one by one."""
    rule = classes.usable(unit, matter.class_code)
    if template(rule.template).volume_width is None:
        return file_alone(unit, matter, papers)
    unit.act(Act.ITEM_FILE, prospect(rule, matter), papers=len(papers))
    found = look_up(unit, matter)
    volume = volume_for(unit, found, title=volume_title or papers[0].title)
    return file_into(unit, volume.uid, papers)


def one_period(unit: Unit, rule: RecordClass, volume: Volume, given: Period, override: str | None) -> None:
    """One period for the volume and every paper in it; the longer where a reason is given (V3, T6)."""
    has = Period.parse(volume.period)
    if given == has:
        return
    if not override or rule.ceiling or rule.personal:
        raise PeriodMixed(volume=volume.reference_code, has=has.code, given=given.code)
    volume.period = has.longer_of(given).code
    volume.own_period = volume.period if volume.period != rule.period else None
    unit.session.execute(update(Item).where(Item.volume_uid == volume.uid).values(period=volume.period))


def _rows(
    unit: Unit, rule: RecordClass, home: Volume | Found, papers: Sequence[Paper]
) -> list[dict[str, Any]]:
    sources = sources_of(unit, papers)
    shared = _shared(home)
    codes = _codes(unit, rule, home, papers)
    pages = _pages(home, papers)
    rows = [
        {
            **shared,
            "reference_code": code,
            "seq_no": number,
            "first_page": first,
            "created_at": unit.now,
            **described(unit, rule, home, paper, sources),
        }
        for paper, (number, code), first in zip(papers, codes, pages, strict=True)
    ]
    _seal(unit, rule.code, rows)
    return rows


def _seal(unit: Unit, bucket: str, rows: Sequence[dict[str, Any]]) -> None:
    """Give each row its uid with a key and seal its card, in batches that the key ring keeps at hand."""
    for start in range(0, len(rows), CACHED):
        batch = rows[start : start + CACHED]
        for row, uid in zip(batch, unit.new_uids(bucket, len(batch)), strict=True):
            row["uid"], row["card"] = uid, unit.keys.seal(uid, "card|1", row["card"].to_bytes())
            row.setdefault("scope_uid", uid)


_FROM_VOLUME = (
    "class_code", "level", "use_mode", "department", "custody", "custodians_closed", "personal", "family",
    "archive_year", "period", "trigger", "dossier_uid",
)  # fmt: skip


def _shared(home: Volume | Found) -> dict[str, Any]:
    """What every item of a volume, or of a matter, has alike."""
    fixed = {
        "own_use_mode": None, "own_period": None, "trigger_date": None, "undated": False, "expires_on": None,
        "review_due": None, "state": VolumeState.OPEN, "version": 1, "place_uid": None,
    }  # fmt: skip
    if isinstance(home, Volume):
        inside = {"volume_uid": home.uid, "scope_uid": home.uid}
        return {**fixed, **inside, **{name: getattr(home, name) for name in _FROM_VOLUME}}
    dossier = home.dossier.uid if home.dossier else None
    return {**fixed, **inherited(home), "volume_uid": None, "dossier_uid": dossier}


def _codes(
    unit: Unit, rule: RecordClass, home: Volume | Found, papers: Sequence[Paper]
) -> list[tuple[int, str]]:
    """Number and code of each paper: the code it bears already, else the next one; raises `CodeTaken`."""
    kept_codes(unit, [paper.code for paper in papers if paper.code])
    spelt = template(rule.template)
    if isinstance(home, Volume):
        stem, numbers = home.reference_code, range(home.items + 1, home.items + 1 + len(papers))
        return [
            (number, paper.code or spelt.item(stem, number))
            for number, paper in zip(numbers, papers, strict=True)
        ]
    stem = spelt.series(words(unit, home))
    fresh = [paper for paper in papers if not paper.code]
    coming = iter(range(next_number(unit, stem, len(fresh)), 1 << 62)) if fresh else iter(())
    return [_alone(spelt, stem, paper, coming) for paper in papers]


def _alone(spelt: Template, stem: str, paper: Paper, coming: Iterator[int]) -> tuple[int, str]:
    if paper.code:
        number = running(paper.code)
        return number[1] if number else 0, paper.code
    fresh = next(coming)
    return fresh, spelt.item(stem, fresh)


def _pages(home: Volume | Found, papers: Sequence[Paper]) -> list[int]:
    """The first page of each paper: running on from the volume's last (V4); raises `PagesOverlap`."""
    for paper in papers:
        if not 0 <= paper.pages <= 100_000:
            raise BadValue(field="pages", value=paper.pages, expected="0–100000")
    if not isinstance(home, Volume):
        return [1] * len(papers)
    firsts = list(accumulate((paper.pages for paper in papers), initial=home.pages + 1))[:-1]
    for paper, expected in zip(papers, firsts, strict=True):
        if paper.first_page not in {None, expected}:
            raise PagesOverlap(volume=home.reference_code, expected=expected, first=paper.first_page)
    return firsts


def _insert(unit: Unit, rows: list[dict[str, Any]], volume: Volume | None) -> list[Item]:
    on_paper = [row.pop("on_paper") for row in rows]
    if volume is None:
        _settle(unit, rows)
    unit.insert(Item, rows)
    holdings = [
        {"uid": new_uid(), "item_uid": row["uid"], "is_copy": not row["is_original"], "created_at": unit.now}
        for row, real in zip(rows, on_paper, strict=True)
        if real
    ]
    unit.insert(Holding, holdings)
    unit.lines.extend(
        Line(Act.ITEM_FILE, "item", row["uid"], row["reference_code"], facts={"pages": row["page_count"]})
        for row in rows
    )
    unit.tell_index([(row["uid"], 1) for row in rows])
    if volume is not None:
        _grown(unit, volume, rows)
    return _filed(unit, [row["uid"] for row in rows]) if len(rows) <= 200 else []


def _filed(unit: Unit, uids: Sequence[str]) -> list[Item]:
    found = {item.uid: item for item in unit.session.scalars(select(Item).where(Item.uid.in_(uids)))}
    return [found[uid] for uid in uids]


def _settle(unit: Unit, rows: Sequence[dict[str, Any]]) -> None:
    """Reckon items that stand alone; those of one day run alike, since period and trigger are the matter's."""
    courses: dict[dt.date | None, dict[str, Any]] = {}
    for row in rows:
        if row["dated"] not in courses:
            courses[row["dated"]] = _course(unit, row)
        row.update(courses[row["dated"]])


def _course(unit: Unit, row: Mapping[str, Any]) -> dict[str, Any]:
    alone = Item(trigger=row["trigger"], archive_year=row["archive_year"], period=row["period"])
    settling.settle(unit, alone, settling.own_date(alone, row["dated"]))
    return {name: getattr(alone, name) for name in ("trigger_date", "expires_on", "review_due")}


def _grown(unit: Unit, volume: Volume, rows: Sequence[Mapping[str, Any]]) -> None:
    volume.items += len(rows)
    volume.pages += sum(row["page_count"] for row in rows)
    dates = [row["dated"] for row in rows if row["dated"]]
    if dates:
        volume.first_date = min([*dates, *([volume.first_date] if volume.first_date else [])])
        volume.last_date = max([*dates, *([volume.last_date] if volume.last_date else [])])
    volume.undated = volume.last_date is None
    unit.session.flush()
    settling.resettle(unit, volume)
    unit.changed(volume)


def recount(unit: Unit, uids: Sequence[str]) -> None:
    """Count open volumes again whose last papers were taken back; the days a list gave them stay."""
    for uid in uids:
        volume = unit.session.get_one(Volume, uid)
        rows = select(func.count(), func.coalesce(func.sum(Item.page_count), 0)).where(Item.volume_uid == uid)
        volume.items, volume.pages = unit.session.execute(rows).one()
        if not _listed(unit, volume):
            days = select(func.min(Item.dated), func.max(Item.dated)).where(Item.volume_uid == uid)
            volume.first_date, volume.last_date = unit.session.execute(days).one()
        volume.undated = volume.items > 0 and volume.last_date is None
        unit.session.flush()
        settling.resettle(unit, volume)
        unit.changed(volume)


def _listed(unit: Unit, volume: Volume) -> bool:
    """True if the volume came with a list of the office."""
    came = select(ImportRow.row).where(ImportRow.thing_uid == volume.uid, ImportRow.fate == RowFate.MADE)
    return unit.session.scalar(came.limit(1)) is not None


def edit(
    unit: Unit, code: str, *, title: str | None = None, note: str | None = None,
    fields: Mapping[str, str] | None = None, creator: str | None = None, document_no: str | None = None,
    doc_type: str | None = None, seen: int | None = None,
) -> Item:  # fmt: skip
    """Change what an item's card says; the earlier card stays in the history.

    *seen* is the version the change was made from; raises `CardChanged` if somebody was quicker.
    """
    item = unit.item(code)
    unit.act(Act.ITEM_EDIT, item)
    ITEM.after(item.state, Act.ITEM_EDIT)
    changes = Changes(title, note, fields or {}, creator=creator, document_no=document_no, doc_type=doc_type)
    editing.change(unit, item, changes, seen)
    return item


def move(unit: Unit, code: str, to: str) -> Item:
    """Move an item to another open volume of the same class and period, before either is closed."""
    item, target = unit.item(code), unit.volume(to)
    if item.volume_uid in {None, target.uid}:
        raise NotMovable(code=item.reference_code, volume=target.reference_code)
    source = unit.volume(str(item.volume_uid))
    unit.act(Act.ITEM_MOVE, item, to=target.reference_code)
    unit.act(Act.ITEM_MOVE, target, item=item.uid)
    for volume in (source, target):
        VOLUME.after(volume.state, Act.ITEM_MOVE)
    if (source.class_code, source.period) != (target.class_code, target.period):
        raise PeriodMixed(volume=target.reference_code, has=target.period, given=source.period)
    if item.level > target.level:
        raise LevelAbove(volume=target.reference_code, has=target.level, given=item.level)
    rule = unit.session.get_one(RecordClass, target.class_code)
    one_source(rule, target, item.party_uid)
    _inherit_anew(item, target)
    item.volume_uid, item.scope_uid = target.uid, target.uid
    item.seq_no, item.first_page = target.items + 1, target.pages + 1
    item.reference_code = template(rule.template).item(target.reference_code, item.seq_no)
    unit.session.flush()
    _grown(unit, target, [{"page_count": item.page_count, "dated": item.dated}])
    _shrunk(unit, source)
    unit.changed(item)
    return item


def _inherit_anew(item: Item, volume: Volume) -> None:
    """What *item* has from its volume, it has from the new one; a level of its own it keeps."""
    for name in _FROM_VOLUME:
        if name != "level" or item.own_level is None:
            setattr(item, name, getattr(volume, name))


def _shrunk(unit: Unit, volume: Volume) -> None:
    """Count an open volume again after an item has left it, and close the gap in its numbers."""
    rows = select(Item).where(Item.volume_uid == volume.uid).order_by(Item.seq_no)
    items = list(unit.session.scalars(rows))
    rule = unit.session.get_one(RecordClass, volume.class_code)
    page = 1
    for number, item in enumerate(items, 1):
        if item.seq_no != number:
            item.reference_code = template(rule.template).item(volume.reference_code, number)
        item.seq_no, item.first_page = number, page
        page += item.page_count
        unit.session.flush()
    dates = [item.dated for item in items if item.dated]
    volume.items, volume.pages = len(items), page - 1
    volume.first_date, volume.last_date = (min(dates), max(dates)) if dates else (None, None)
    volume.undated = bool(items) and not dates
    unit.session.flush()
    settling.resettle(unit, volume)
    unit.changed(volume, *items)
