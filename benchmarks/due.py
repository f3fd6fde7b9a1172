"""The due list over large catalogues: does it cost by what is due, or by what is kept?

`python benchmarks/due.py [--json] [--rows N] [--rounds N] [--few]`; N volumes on the largest shelf, 100,000 by
default; with --few the shelf of many due ones is left out (a million of them takes a while to fill).

Volumes are inserted straight into the tables, with real keys and sealed cards, for speed; the list is then read
by the public path with no record key in memory, as a fresh command would. Holds stand on some of what is due and
on whole classes, and a closed appraisal has decided on others, so that both joins cost what they cost in an office.
Reference in the same run: the bare SQL of the same rows and columns by the same index, no card opened.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import office
from rounds import Timing, measure, report
from sqlalchemy import insert, select

from archive.acts import Act
from archive.cards import Card
from archive.instance import Instance
from archive.model import Appraisal, AppraisalLine, RecordClass, Volume, new_uid
from archive.statuses import AppraisalState, Verdict
from archive.unit import Unit
from archive.values import VolumeState
from retention.drift import drifted
from retention.due import count, due
from retention.forecast import forecast
from retention.holding import placing

ON = dt.date(2026, 1, 1)
BATCH = 2000

#: name: volumes kept, and of these due on ON, in hundredths of --rows
SHELVES = {"a tenth kept, few due": (10, 1), "all kept, few due": (100, 1), "all kept, many due": (100, 10)}
SMALL, KEPT, DUE = SHELVES

#: Open, internal and confidential ones, all by the calendar year: due after 5 years, after 3, after 10.
CLASSES = ("FW·06", "WG·04", "KU·03")

BARE = """
    SELECT uid, reference_code, scope_uid, class_code, department, level, state, period, trigger, trigger_date,
           archive_year, undated, expires_on, review_due, version, card
    FROM volume WHERE review_due <= ? AND state NOT IN ('TRANSFERRED', 'DESTROYED')
    ORDER BY review_due, reference_code
"""


def row(unit: Unit, rule: RecordClass, uid: str, number: int, *, is_due: bool) -> dict[str, Any]:
    """One volume with a sealed card, its period over on ON or only just begun."""
    kept = int(rule.period[1:])
    year = 2025 - kept - number % 3 if is_due else 2025 + number % 2
    card = Card(f"{rule.name} {year} 年第 {number} 卷", fields={"note": "楼宇 A 座 1203 单元"})
    return {
        "uid": uid, "scope_uid": uid, "reference_code": f"K001-{rule.series}·{year}-{number:06}",
        "volume_key": f"{rule.code}|{number}", "class_code": rule.code, "level": rule.level, "own_level": None,
        "use_mode": rule.use_mode, "own_use_mode": None, "department": "KF", "custody": rule.custody,
        "custodians_closed": False, "personal": rule.personal, "family": rule.family, "archive_year": year,
        "period": rule.period, "own_period": None, "trigger": rule.trigger, "trigger_date": dt.date(year, 12, 31),
        "expires_on": dt.date(year + kept, 12, 31), "review_due": dt.date(year + kept + 1, 1, 1),
        "undated": False, "state": VolumeState.HELD, "external": False, "items": 1, "pages": 3,
        "first_date": dt.date(year, 3, 2), "last_date": dt.date(year, 9, 1), "version": 1,
        "card": unit.keys.seal(uid, "card|1", card.to_bytes()), "created_at": unit.now,
    }  # fmt: skip


def fill(instance: Instance, kept: int, due_now: int) -> None:
    """Put *kept* volumes on the shelf, *due_now* of them due on ON, evenly spread."""
    for start in range(0, kept, BATCH):
        with office.as_archivist(instance, Act.VOLUME_OPEN) as unit:
            unit.act(Act.VOLUME_OPEN)
            numbers = range(start, min(start + BATCH, kept))
            rule = unit.session.get_one(RecordClass, CLASSES[start // BATCH % len(CLASSES)])
            uids = [new_uid() for _ in numbers]
            unit.keys.new_keys(uids, rule.code)
            every = kept // due_now
            rows = [
                row(unit, rule, uid, number, is_due=number % every == 0)
                for uid, number in zip(uids, numbers, strict=True)
            ]
            unit.session.execute(insert(Volume), rows)


def beset(instance: Instance, due_now: int) -> None:
    """Hold ten of the records that are due, and two classes; let an appraisal have kept a thousand others longer."""
    with office.as_archivist(instance, Act.HOLD_PLACE) as unit:
        first = select(Volume.reference_code).where(Volume.review_due <= ON).limit(min(10, due_now))
        placing.place(unit, reason="与承包商诉讼", records=list(unit.session.scalars(first)))
        placing.place(unit, reason="审计", classes=["HT·01", "ZX·02"])
    with office.as_archivist(instance, Act.APPRAISAL_BEGIN) as unit:
        unit.act(Act.APPRAISAL_BEGIN)
        made = Appraisal(
            uid=new_uid(), number="JD2025-0001", year=2025, as_of=ON, state=AppraisalState.CLOSED,
            begun_at=unit.now, begun_by=unit.actor.uid, closed_at=unit.now,
        )  # fmt: skip
        unit.session.add(made)
        unit.session.flush()
        kept = select(Volume.uid, Volume.reference_code).order_by(Volume.review_due).limit(1000)
        lines = [
            {
                "uid": new_uid(), "appraisal_uid": made.uid, "nth": nth, "record_uid": uid, "code": code,
                "period": "D5", "uses": 0, "unfinished": "", "verdict": Verdict.EXTEND, "new_period": "D5",
                "decided_at": unit.now, "by_leader": False, "card": b"",
            }
            for nth, (uid, code) in enumerate(unit.session.execute(kept).all())
        ]  # fmt: skip
        unit.session.execute(insert(AppraisalLine), lines)


def asked(instance: Instance, question: Callable[[Unit], Any], act: Act = Act.DUE_SEE) -> Any:
    """The answer to *question*, with no record key left in memory from the last time."""
    instance.keys.forget()
    with instance.ask(office.who("archivist"), act) as unit:
        return question(unit)


def listed(instance: Instance) -> int:
    """The due list by the public path; how many lines."""
    return len(asked(instance, lambda unit: due(unit, ON)))


def bare(raw: sqlite3.Connection) -> int:
    """The reference; how many rows."""
    return len(raw.execute(BARE, (ON.isoformat(),)).fetchall())


def checked(instance: Instance, raw: sqlite3.Connection, expected: int) -> None:
    """Both sides answer the same lines, and the shelf is what the clock would have made it."""
    lines = asked(instance, lambda unit: due(unit, ON))
    rows = raw.execute(BARE, (ON.isoformat(),)).fetchall()
    if [line.code for line in lines] != [found[1] for found in rows] or len(lines) != expected:
        raise SystemExit(f"{len(lines)} lines, {len(rows)} rows, {expected} expected")


def shelves(
    stack: ExitStack, folder: Path, rows: int, wanted: Sequence[str]
) -> Iterator[tuple[str, int, Instance, sqlite3.Connection]]:
    """A filled office for each shelf, how much is due in it, and its database opened barely."""
    template = office.found(folder)
    for name in wanted:
        kept, due_now = (rows * share // 100 for share in SHELVES[name])
        home = office.copied(template, f"shelf-{kept}-{due_now}")
        instance = stack.enter_context(office.opened(home))
        fill(instance, kept, due_now)
        beset(instance, due_now)
        raw = stack.enter_context(closing(office.bare(instance.database)))
        checked(instance, raw, due_now)
        yield name, due_now, instance, raw


def figures(timings: dict[str, Timing], lines: dict[str, int]) -> dict[str, float]:
    """Seconds, the ratio to the bare select, and how cost grows with what is kept and with what is due."""
    found: dict[str, float] = {}
    for name, number in lines.items():
        ours, reference = timings[f"due list, {name}"], timings[f"bare select, {name}"]
        found[f"due list, {name}: s"] = ours.median
        found[f"due list, {name}: microseconds a line"] = ours.median / number * 1e6
        found[f"due list, {name}: times the bare select"] = ours.median / reference.median
    last = list(lines)[-1]
    found["first 50 lines of " + last + ": s"] = timings["first 50 lines"].median
    found["count, " + last + ": s"] = timings["count"].median
    found["forecast of 10 years, " + last + ": s"] = timings["forecast"].median
    found["10x kept, same due: times the cost"] = _growth(timings, KEPT, SMALL)
    if DUE in lines:
        found["10x due, same kept: times the cost"] = _growth(timings, DUE, KEPT)
    return found


def _growth(timings: dict[str, Timing], more: str, less: str) -> float:
    return timings[f"due list, {more}"].median / timings[f"due list, {less}"].median


def main(arguments: list[str] | None = None) -> None:
    """Fill the shelves, measure, report."""
    parser = office.arguments(__doc__, rows=100_000)
    parser.add_argument("--few", action="store_true", help="only the shelves where little is due")
    told = parser.parse_args(arguments)
    wanted = (SMALL, KEPT) if told.few else (SMALL, KEPT, DUE)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="anjuan-bench-")))
        cases: dict[str, Callable[[], object]] = {}
        lines: dict[str, int] = {}
        for name, due_now, instance, raw in shelves(stack, folder, told.rows, wanted):
            lines[name] = due_now
            cases[f"due list, {name}"] = partial(listed, instance)
            cases[f"bare select, {name}"] = partial(bare, raw)
        cases["first 50 lines"] = lambda: asked(instance, lambda unit: due(unit, ON, limit=50))
        cases["count"] = lambda: asked(instance, lambda unit: count(unit, ON))
        cases["forecast"] = lambda: asked(instance, lambda unit: forecast(unit, 10))
        timings = measure(cases, told.rounds)
        if asked(instance, drifted, Act.INSTANCE_INSPECT):
            raise SystemExit("the shelf is not what the clock says")
    report("due", {"volumes kept": told.rows, **figures(timings, lines)}, timings, as_json=told.json)


if __name__ == "__main__":
    main()
