"""Counting a large catalogue: what do holdings by class, growth and the yearbook cost beside a bare count?

`python benchmarks/counting.py [--json] [--rows N] [--rounds N]`; N items, 100,000 by default, a quarter of them
kept alone and the rest in volumes of ten; every third has an electronic file, one in ten is confidential.

Rows are inserted straight into the tables, sealed cards included (one of them for all: counting opens none).
Reference in the same run: `SELECT count(*)` of the same items, and the bare group-by that sums their pages.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import office
from rounds import measure, report
from sqlalchemy import insert

from archive.acts import Act
from archive.instance import Instance
from archive.model import Blob, Component, DigitalObject, Item, RecordClass, Volume, new_uid
from archive.statistics import growth, holdings, use, yearbook
from archive.statistics.holdings import View
from archive.statistics.spans import By
from archive.statistics.use import UseBy
from archive.unit import Unit
from archive.values import ComponentKind, Level, ObjectPurpose, VolumeState
from archive.words import Language

ZH = Language.ZH
CLASSES = ("FW·06", "WG·04", "KU·03", "WS·BG", "HT·03", "YH·01", "ZX·02", "GC·01")
IN_A_VOLUME, ALONE, FILED, SECRET = 10, 4, 3, 10
BATCH = 5_000
#: As long as a sealed card is.
CARD = b"\x00" * 400

COUNT = "SELECT count(*) FROM item"
BARE = "SELECT class_code, count(*), sum(page_count) FROM item GROUP BY class_code"


def record(rule: RecordClass, uid: str, scope: str, number: int) -> dict[str, Any]:
    """What volumes and items have in common."""
    year = 2005 + number % 20
    level = Level.CONFIDENTIAL if number % SECRET == 0 else max(rule.level, Level.INTERNAL)
    return {
        "uid": uid, "scope_uid": scope, "reference_code": f"K001-{rule.series}·{year}-{number:08}",
        "class_code": rule.code, "level": level, "own_level": None, "use_mode": rule.use_mode, "own_use_mode": None,
        "department": "KF", "custody": rule.custody, "custodians_closed": False, "personal": rule.personal,
        "family": rule.family, "archive_year": year, "period": rule.period, "own_period": None,
        "trigger": rule.trigger, "trigger_date": dt.date(year, 12, 31), "undated": False, "expires_on": None,
        "review_due": None, "state": VolumeState.HELD, "external": False, "version": 1, "card": CARD,
        "centralised": False, "held_on": dt.date(year + 1, 3, 1 + number % 28),
        "created_at": dt.datetime(year, 1 + number % 12, 1, tzinfo=dt.UTC),
    }  # fmt: skip


def item(common: dict[str, Any], volume: str | None, number: int) -> dict[str, Any]:
    """One item of a few pages."""
    return common | {
        "volume_uid": volume, "seq_no": number % IN_A_VOLUME + 1, "first_page": 1, "page_count": 1 + number % 9,
        "dated": common["trigger_date"], "is_original": True,
    }  # fmt: skip


def fill(instance: Instance, rows: int) -> None:
    """Put *rows* items on the shelf."""
    for start in range(0, rows, BATCH):
        with office.as_archivist(instance, Act.VOLUME_OPEN) as unit:
            unit.act(Act.VOLUME_OPEN)
            _batch(unit, range(start, min(start + BATCH, rows)))


def _batch(unit: Unit, numbers: range) -> None:
    rules = [rule for code in CLASSES if (rule := unit.session.get(RecordClass, code)) is not None]
    volumes, items, parts, blobs, stored = [], [], [], [], []
    volume: str | None = None
    for number in numbers:
        rule = rules[number // IN_A_VOLUME % len(rules)]
        if number % IN_A_VOLUME == 0:
            volume = new_uid() if number // IN_A_VOLUME % ALONE else None
            if volume:
                whole = {"volume_key": f"{number}", "items": IN_A_VOLUME, "pages": 45}
                volumes.append(record(rule, volume, volume, number) | whole)
        uid = new_uid()
        common = record(rule, uid, volume or uid, number)
        common["reference_code"] += "-1" if volume else ""
        items.append(item(common, volume, number))
        if number % FILED == 0:
            _file(unit, uid, parts, blobs, stored)
    for kind, made in (
        (Volume, volumes),
        (Item, items),
        (Component, parts),
        (Blob, blobs),
        (DigitalObject, stored),
    ):
        if made:
            unit.session.execute(insert(kind), made)


def _file(unit: Unit, uid: str, parts: list[Any], blobs: list[Any], stored: list[Any]) -> None:
    part, blob = new_uid(), new_uid()
    at = unit.now
    parts.append({"uid": part, "item_uid": uid, "kind": ComponentKind.TEXT, "seq_no": 1, "created_at": at})
    blobs.append(
        {"uid": blob, "content_id": blob * 2, "size": 123_456, "stored_size": 123_500, "stored_sha256": blob * 2,
         "created_at": at}
    )  # fmt: skip
    stored.append(
        {"uid": new_uid(), "item_uid": uid, "component_uid": part, "purpose": ObjectPurpose.CONTENT, "version": 1,
         "blob_uid": blob, "wrapped_key": CARD[:60], "card": CARD[:80], "created_at": at}
    )  # fmt: skip


def asked(instance: Instance, question: Callable[[Unit], Any]) -> Any:
    """The answer to *question* as the archivist asks it."""
    with instance.ask(office.who("archivist"), Act.STATISTICS_SEE) as unit:
        return question(unit)


def checked(instance: Instance, raw: sqlite3.Connection, rows: int) -> None:
    """Ours and the bare group-by count the same."""
    lines = asked(instance, lambda unit: holdings.holdings(unit, View.CLASS, ZH))
    bare = {code: (count, pages) for code, count, pages in raw.execute(BARE)}
    if {line.key: (line.items, line.pages) for line in lines} != bare or sum(
        count for count, _ in bare.values()
    ) != rows:
        raise SystemExit("the two do not count alike")


def main(arguments: list[str] | None = None) -> None:
    """Fill the shelf, measure, report."""
    told = office.arguments(__doc__, rows=100_000, rounds=5).parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="anjuan-bench-")))
        instance = stack.enter_context(office.opened(office.found(folder)))
        fill(instance, told.rows)
        raw = stack.enter_context(closing(office.bare(instance.database)))
        checked(instance, raw, told.rows)
        cases: dict[str, Callable[[], object]] = {
            "bare count(*)": lambda: raw.execute(COUNT).fetchall(),
            "bare group-by of pages": lambda: raw.execute(BARE).fetchall(),
            "holdings by class": lambda: asked(
                instance, lambda unit: holdings.holdings(unit, View.CLASS, ZH)
            ),
            "holdings by place": lambda: asked(
                instance, lambda unit: holdings.holdings(unit, View.PLACE, ZH)
            ),
            "growth of 10 years": lambda: asked(instance, lambda unit: growth.growth(unit, By.YEAR)),
            "growth of 12 months": lambda: asked(instance, lambda unit: growth.growth(unit, By.MONTH)),
            "use of 12 months": lambda: asked(instance, lambda unit: use.use(unit, UseBy.MONTH, ZH)),
            "yearbook": lambda: asked(instance, lambda unit: yearbook.yearbook(unit, 2024, ZH)),
        }
        timings = measure(cases, told.rounds)
    figures: dict[str, float] = {"items": told.rows}
    for name in list(cases)[2:]:
        figures[f"{name}: ms"] = timings[name].median * 1000
        figures[f"{name}: times bare count(*)"] = timings[name].median / timings["bare count(*)"].median
        figures[f"{name}: times bare group-by"] = (
            timings[name].median / timings["bare group-by of pages"].median
        )
    report("statistics", figures, timings, as_json=told.json)


if __name__ == "__main__":
    main()
