"""What a change of the schedule would move, over large catalogues: seconds, and how much memory a row costs.

`python benchmarks/preview.py [--json] [--rows N] [--rounds N]`; N volumes, 1,000,000 by default, all of the class
that the draft changes, so that each of them moves.

Volumes are inserted straight into the tables; their cards are never opened by a preview and hold nothing. A second
shelf of a tenth of them shows how cost and memory grow. Reference in the same run: the bare SQL of the same rows and
columns, fetched and thrown away. Memory is what the process holds at its most: by how much a preview raises it.
"""

from __future__ import annotations

import datetime as dt
import resource
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import office
from rounds import Timing, measure, report

from archive import people
from archive.acts import Act
from archive.instance import Instance
from archive.model import RecordClass, Volume, new_uid
from archive.unit import Unit
from archive.values import Disposition, Period, Role, VolumeState
from retention.scheduling import preview, schedules
from retention.scheduling.rules import Change

BATCH = 5000
CLASS = "FW·06"
VERSION = "2026-b"
LINES = 100

#: name: hundredths of --rows
SHELVES = {"a tenth": 10, "all": 100}

BARE = """
    SELECT uid, reference_code, level, period, own_period, trigger, trigger_date, archive_year, last_date, dossier_uid,
           expires_on, review_due, kept_from
    FROM volume WHERE class_code = ? AND scope_uid = uid
    AND state NOT IN ('DUE', 'TRANSFERRED', 'DESTROYED') AND (period <> 'D30' OR trigger <> 'YEAR_END')
"""


def row(unit: Unit, rule: RecordClass, number: int) -> dict[str, Any]:
    """One volume of the class as the clock has it; years 1990 to 2025."""
    uid, year, kept = new_uid(), 1990 + number % 36, int(rule.period[1:])
    return {
        "uid": uid, "scope_uid": uid, "reference_code": f"K001-{rule.series}·{year}-{number:07}",
        "volume_key": f"{rule.code}|{number}", "class_code": rule.code, "level": rule.level, "own_level": None,
        "use_mode": rule.use_mode, "own_use_mode": None, "department": "KF", "custody": rule.custody,
        "custodians_closed": False, "personal": rule.personal, "family": rule.family, "archive_year": year,
        "period": rule.period, "own_period": None, "trigger": rule.trigger, "trigger_date": dt.date(year, 12, 31),
        "expires_on": dt.date(year + kept, 12, 31), "review_due": dt.date(year + kept + 1, 1, 1),
        "undated": False, "state": VolumeState.HELD, "external": False, "items": 1, "pages": 3,
        "first_date": dt.date(year, 3, 2), "last_date": dt.date(year, 9, 1), "version": 1, "card": b"",
        "centralised": False, "created_at": unit.now,
    }  # fmt: skip


def fill(instance: Instance, count: int) -> None:
    """Put *count* volumes of the class on the shelf."""
    for start in range(0, count, BATCH):
        with office.as_archivist(instance, Act.VOLUME_OPEN) as unit:
            unit.act(Act.VOLUME_OPEN)
            rule = unit.session.get_one(RecordClass, CLASS)
            unit.insert(
                Volume, [row(unit, rule, number) for number in range(start, min(start + BATCH, count))]
            )


def drafted(instance: Instance) -> None:
    """A version that keeps the class for thirty years."""
    with instance.work(office.who("admin"), Act.PERSON_ADD) as unit:
        people.add(
            unit,
            "manager",
            name="冯经理",
            department="KF",
            roles=(Role.DEPT_MANAGER,),
            password=office.PASSWORD,
        )
    with office.as_archivist(instance, Act.SCHEDULE_DRAFT) as unit:
        change = Change(CLASS, Period.parse("D30"), disposition=Disposition.REVIEW)
        schedules.draft_one(unit, change, version=VERSION, reason="比较")


def totals(instance: Instance) -> int:
    """The preview by the public path; how many records it says move."""
    with instance.ask(office.who("archivist"), Act.SCHEDULE_SEE) as unit:
        (line,) = preview.totals(unit, VERSION)
        return line.later


def lines(instance: Instance) -> int:
    """The first lines of it; how many."""
    with instance.ask(office.who("archivist"), Act.SCHEDULE_SEE) as unit:
        return len(preview.lines(unit, VERSION, limit=LINES))


def bare(raw: sqlite3.Connection) -> int:
    """The reference; how many rows."""
    return sum(1 for _ in raw.execute(BARE, (CLASS,)))


def held() -> float:
    """The most memory this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def shelves(
    stack: ExitStack, folder: Path, rows: int
) -> Iterator[tuple[str, int, float, Instance, sqlite3.Connection]]:
    """A filled office for each shelf, how much is on it, what a first preview took, its database opened barely."""
    template = office.found(folder)
    for name, share in SHELVES.items():
        count = rows * share // 100
        instance = stack.enter_context(office.opened(office.copied(template, f"shelf-{count}")))
        fill(instance, count)
        drafted(instance)
        raw = stack.enter_context(closing(office.bare(instance.database)))
        found, before = bare(raw), held()
        if not found == totals(instance) == count:
            raise SystemExit(f"{totals(instance)} moved, {found} rows, {count} expected")
        yield name, count, held() - before, instance, raw


def figures(timings: dict[str, Timing], counts: dict[str, int], memory: dict[str, float]) -> dict[str, float]:
    """Seconds, the ratio to the bare select, and what ten times the rows cost in time and memory."""
    found: dict[str, float] = {}
    for name, count in counts.items():
        ours, reference = timings[f"preview, {name}"], timings[f"bare select, {name}"]
        found[f"preview, {name}: s"] = ours.median
        found[f"preview, {name}: microseconds a record"] = ours.median / count * 1e6
        found[f"preview, {name}: times the bare select"] = ours.median / reference.median
        found[f"preview, {name}: MiB more than before it"] = memory[name]
    found["most memory of the whole run: MiB"] = held()
    found[f"first {LINES} lines: s"] = timings["first lines"].median
    found["10x records: times the cost"] = timings["preview, all"].median / timings["preview, a tenth"].median
    return found


def main(arguments: list[str] | None = None) -> None:
    """Fill the shelves, measure, report."""
    told = office.arguments(__doc__, rows=1_000_000, rounds=3).parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="anjuan-bench-")))
        cases: dict[str, Callable[[], object]] = {}
        counts: dict[str, int] = {}
        memory: dict[str, float] = {}
        for name, count, taken, instance, raw in shelves(stack, folder, told.rows):
            counts[name], memory[name] = count, taken
            cases[f"preview, {name}"] = partial(totals, instance)
            cases[f"bare select, {name}"] = partial(bare, raw)
        cases["first lines"] = lambda: lines(instance)
        timings = measure(cases, max(told.rounds, 1))
    report("preview", {"volumes": told.rows, **figures(timings, counts, memory)}, timings, as_json=told.json)


if __name__ == "__main__":
    main()
