"""A stocktake of a large archive: freezing the books, taking the scanned codes, comparing, the sheet.

`python benchmarks/stocktake.py [--json] [--rows N] [--rounds N]`; N volumes held, 200,000 by default.

Volumes, papers, pieces and loans are inserted straight into the tables; the count then goes the public way. One in
twenty is on loan, one in fifty is not scanned, one in fifty is scanned in the next cabinet, one in a hundred on loan
is scanned. Reference in the same run: the same join of books and scans by bare SQL, read only, and written.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import office
from rounds import Timing, report
from sqlalchemy import text

from archive import registry
from archive.acts import Act
from archive.custody import counts, stocktake, tallies, whereabouts
from archive.instance import Instance
from archive.model import Holding, Item, Loan, Outing, RecordClass, Volume, new_uid
from archive.statuses import StocktakeKind
from archive.unit import Unit
from archive.values import LoanState, PlaceKind, VolumeState

CLASS = "FW·06"
CABINETS = 40
BATCH = 5000
LENT, UNSEEN, MOVED = 20, 50, 50
TWO = ("clerk", "gm")

JOIN = """
    FROM stocktake_line AS l LEFT JOIN stocktake_scan AS s ON s.stocktake_uid = l.stocktake_uid AND s.code = l.code
    WHERE l.stocktake_uid = (SELECT uid FROM stocktake ORDER BY number DESC LIMIT 1)
"""
BARE_READ = "SELECT l.record_uid, l.expected, l.place_uid, s.place_uid, s.damaged" + JOIN
BARE_WRITE = """
    UPDATE stocktake_line SET finding = found.finding, seen_uid = found.seen FROM (
        SELECT l.record_uid, s.place_uid AS seen, CASE
            WHEN l.expected NOT IN ('SHELF', 'UNPLACED') THEN CASE WHEN s.code IS NULL THEN 'AWAY' ELSE 'UNEXPECTED' END
            WHEN s.code IS NULL THEN 'MISSING' WHEN s.damaged THEN 'DAMAGED'
            WHEN s.place_uid <> l.place_uid THEN 'MISPLACED' ELSE 'PRESENT' END AS finding
""" + JOIN + """
    ) AS found WHERE stocktake_uid = (SELECT uid FROM stocktake ORDER BY number DESC LIMIT 1)
    AND stocktake_line.record_uid = found.record_uid
"""  # fmt: skip


# --- an archive of N volumes ------------------------------------------------------------------


def fill(instance: Instance, rows: int) -> None:
    """*rows* held volumes of one paper in cabinets, one in `LENT` of them on loan; cards are never opened here."""
    with office.as_archivist(instance, Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "R1", kind=PlaceKind.ROOM, name="一号库房")
        for number in range(CABINETS):
            registry.add_location(
                unit, f"C{number:02}", kind=PlaceKind.CABINET, name=f"{number}号柜", inside="R1"
            )
    for start in range(0, rows, BATCH):
        with office.as_archivist(instance, Act.VOLUME_OPEN) as unit:
            unit.act(Act.VOLUME_OPEN)
            _batch(unit, range(start, min(start + BATCH, rows)))


def code(number: int) -> str:
    """The reference code of one volume."""
    return f"K001-FW·2020-{number:06}"


def _batch(unit: Unit, numbers: range) -> None:
    rule = unit.session.get_one(RecordClass, CLASS)
    places = {one.code: one.uid for one in unit.session.execute(text("SELECT code, uid FROM location"))}
    clerk = unit.person("clerk").uid
    uids = {number: new_uid() for number in numbers}
    unit.insert(
        Volume, [_volume(unit, rule, uid, n, places[f"C{n % CABINETS:02}"]) for n, uid in uids.items()]
    )
    unit.insert(Item, [_item(unit, rule, uid, n) for n, uid in uids.items()])
    unit.insert(
        Holding,
        [{"uid": f"h{uid[1:]}", "item_uid": f"i{uid[1:]}", "created_at": unit.now} for uid in uids.values()],
    )
    lent = {n: uid for n, uid in uids.items() if n % LENT == 0}
    unit.insert(Loan, [_loan(unit, uid, n, clerk) for n, uid in lent.items()])
    unit.insert(
        Outing,
        [
            {"uid": new_uid(), "holding_uid": f"h{uid[1:]}", "loan_uid": f"l{uid[1:]}"}
            for uid in lent.values()
        ],
    )


def _record(unit: Unit, rule: RecordClass, uid: str, scope: str, told: str) -> dict[str, Any]:
    return {
        "uid": uid, "scope_uid": scope, "reference_code": told, "class_code": rule.code, "level": rule.level,
        "own_level": None, "use_mode": rule.use_mode, "own_use_mode": None, "department": "KF",
        "custody": rule.custody, "custodians_closed": False, "personal": False, "family": rule.family,
        "archive_year": 2020, "period": rule.period, "own_period": None, "trigger": rule.trigger,
        "trigger_date": None, "expires_on": None, "review_due": None, "undated": False, "external": False,
        "state": VolumeState.HELD, "held_on": dt.date(2021, 1, 4), "version": 1, "card": b"",
        "created_at": unit.now,
    }  # fmt: skip


def _volume(unit: Unit, rule: RecordClass, uid: str, number: int, place: str) -> dict[str, Any]:
    own = {"volume_key": f"{CLASS}|{number}", "items": 1, "pages": 3, "place_uid": place}
    return _record(unit, rule, uid, uid, code(number)) | own


def _item(unit: Unit, rule: RecordClass, volume: str, number: int) -> dict[str, Any]:
    own = {"volume_uid": volume, "seq_no": 1, "first_page": 1, "page_count": 3, "is_original": True}
    return _record(unit, rule, f"i{volume[1:]}", volume, f"{code(number)}-001") | own


def _loan(unit: Unit, volume: str, number: int, clerk: str) -> dict[str, Any]:
    return {
        "uid": f"l{volume[1:]}", "number": f"JY2020-{number:06}", "volume_uid": volume, "borrower_uid": clerk,
        "state": LoanState.OUT, "card": b"", "lent_by": unit.actor.uid, "lent_on": dt.date(2025, 1, 2),
        "lent_at": dt.datetime(2025, 1, 2, tzinfo=dt.UTC), "due_on": dt.date(2030, 1, 2), "items_out": 1,
        "pages_out": 3,
    }  # fmt: skip


def scans(rows: int) -> Iterable[str]:
    """Every cabinet in turn: its code, then what is found in it."""
    for cabinet in range(CABINETS):
        yield f"C{cabinet:02}"
        for number in range(cabinet, rows, CABINETS):
            if number % LENT == 0 and number % 100:
                continue  # on loan
            if number % UNSEEN == 7:
                continue  # not found
            if number % MOVED != 13:
                yield code(number)
        neighbour = (cabinet - 1) % CABINETS
        yield from (code(number) for number in range(neighbour, rows, CABINETS) if number % MOVED == 13)


# --- one round --------------------------------------------------------------------------------


def one_round(
    instance: Instance, raw: sqlite3.Connection, codes: list[str]
) -> Iterator[tuple[str, office.Spent]]:
    """One run from freezing to the sheet, and the references on the same rows."""
    with office.as_archivist(instance, Act.STOCKTAKE_BEGIN) as unit:
        yield "freeze", office.timed(lambda: stocktake.begin(unit, StocktakeKind.SPOT, counters=TWO))
        number = stocktake.rows(unit, open_only=True)[0].number
    with instance.work(office.who("clerk"), Act.STOCKTAKE_COUNT) as unit:
        yield "scan", office.timed(lambda: counts.scan(unit, number, codes))
    with office.as_archivist(instance, Act.STOCKTAKE_COMPARE) as unit:
        yield "compare", office.timed(lambda: counts.compare(unit, number))
    checked(instance, number, len(codes))
    with instance.ask(office.who("archivist"), Act.STOCKTAKE_SEE) as unit:
        yield "sheet", office.timed(lambda: tallies.report(unit, number))
        wanted = unit.record(code(20))
        yield "where is one", office.timed(lambda: whereabouts.of(unit, wanted))
    yield "bare join", office.timed(lambda: raw.execute(BARE_READ).fetchall())
    yield "bare join written", office.timed(lambda: _written(raw))
    with office.as_archivist(instance, Act.STOCKTAKE_CANCEL) as unit:
        stocktake.cancel(unit, number, reason="下一轮")


def _written(raw: sqlite3.Connection) -> None:
    raw.execute("BEGIN IMMEDIATE")
    raw.execute(BARE_WRITE)
    raw.execute("COMMIT")


def checked(instance: Instance, number: str, scanned: int) -> None:
    """The findings are those of a plain loop over the same facts."""
    with instance.ask(office.who("archivist"), Act.STOCKTAKE_SEE) as unit:
        told = tallies.report(unit, number)
        rows = (told.expected or 0) + (told.out or 0)
        lent = list(range(0, rows, LENT))
        missing = [one for one in range(rows) if one % LENT and one % UNSEEN == 7]
        moved = [one for one in range(rows) if one % LENT and one % MOVED == 13]
        over = [one for one in lent if one % 100 == 0]
        found = (told.out, len(told.short), len(told.misplaced), len(told.over))
        if found != (len(lent), len(missing), len(moved), len(over)):
            raise SystemExit(
                f"{found} found of {scanned} codes, expected {len(lent)} {len(missing)} {len(moved)} {len(over)}"
            )


def figures(timings: dict[str, Timing], rows: int) -> dict[str, float]:
    """Seconds of each step, and how many times the bare join comparing costs."""
    found = {f"{name}: s": timing.median for name, timing in timings.items()}
    found["compare: processor s"] = timings["compare"].cpu
    found["freeze: processor s"] = timings["freeze"].cpu
    found["codes compared a second"] = rows / timings["compare"].median
    found["compare: times the bare join written"] = (
        timings["compare"].median / timings["bare join written"].median
    )
    found["compare: times the bare join read"] = timings["compare"].median / timings["bare join"].median
    return found


def main(arguments: list[str] | None = None) -> None:
    """Fill the archive, count it, report."""
    told = office.arguments(__doc__, rows=200_000).parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as folder:
        home = office.found(Path(folder))
        with office.opened(home) as instance:
            fill(instance, told.rows)
            codes = list(scans(told.rows))
            with closing(office.bare(instance.database)) as raw:
                timings = office.in_turn(lambda: one_round(instance, raw, codes), told.rounds)
    report(
        "stocktake",
        {"volumes held": told.rows, **figures(timings, told.rows)},
        timings,
        as_json=told.json,
    )


if __name__ == "__main__":
    main()
