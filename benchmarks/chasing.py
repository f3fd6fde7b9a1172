"""Chasing: the daily run over open loans, and what the ledger answers over very many lines.

`python benchmarks/chasing.py [--json] [--rows LOANS] [--rounds N]`; the run goes over LOANS open loans (100,000 by
default) that are all due or overdue, the questions over ten times as many lines, a twentieth of them open.

Loans are inserted straight into the tables. Every round of the run works on a fresh copy. Reference in the same
run: the notices and log lines of that very run inserted by `executemany` in one bare transaction, nothing sealed
or asked. The questions are asked of the database by the statements of the ledger, no card opened.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import office
from rounds import Timing, measure, report
from sqlalchemy import insert, select

from archive import items, people, volumes
from archive.acts import Act
from archive.circulation import chasing, ledger
from archive.instance import SYSTEM, Instance
from archive.model import Holding, Item, Loan, Outing, Person, new_uid
from archive.papers import Paper
from archive.unit import Unit
from archive.values import LoanState
from archive.volumes import Matter

VOLUMES = 97
BATCH = VOLUMES * 50
#: Open loans are due from so many days ago to today.
SPREAD = 60
BORROWERS = 499
FRESH = "SELECT * FROM {table} WHERE rowid > ? ORDER BY rowid"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Volumes with the item and piece each holds, who lends them, and who borrows them: uids."""

    pieces: list[tuple[str, str, str]]
    keeper: str
    borrowers: list[str]


def shelf(instance: Instance) -> Shelf:
    """Volumes of one paper each, a keeper, and many borrowers."""
    with office.as_archivist(instance, Act.VOLUME_OPEN) as unit:
        for number in range(VOLUMES):
            volume = volumes.open_volume(unit, Matter("FW·01", 2024, "KF"), title=f"巡查记录 {number}")
            items.file_into(unit, volume.uid, [Paper("巡查记录", pages=2)])
        pieces = select(Item.volume_uid, Item.uid, Holding.uid).join(Holding, Holding.item_uid == Item.uid)
        clerk, uids = unit.person("clerk"), [new_uid() for _ in range(BORROWERS)]
        unit.session.execute(insert(Person), [_borrower(unit, clerk, uid, n) for n, uid in enumerate(uids)])
        found = [(volume or "", item, piece) for volume, item, piece in unit.session.execute(pieces)]
        return Shelf(found, unit.person("archivist").uid, uids)


def _borrower(unit: Unit, like: Person, uid: str, number: int) -> dict[str, Any]:
    name = unit.keys.seal_with(people.NAMES_KEY, f"person|{uid}".encode(), f"借阅人{number}".encode())
    return {
        "uid": uid, "account": f"b{number}", "card": name, "department": "KF", "clearance": like.clearance,
        "employment": like.employment, "password_hash": like.password_hash, "one_time": False, "confirmed": True,
        "created_at": unit.now,
    }  # fmt: skip


def row(unit: Unit, number: int, who: Shelf, *, out: bool) -> dict[str, Any]:
    """One line of the register, open or returned."""
    borrower = who.borrowers[number % BORROWERS]
    lent = unit.now - dt.timedelta(days=SPREAD + 15, seconds=number)
    back = {"returned_at": unit.now, "returned_by": borrower, "received_by": who.keeper, "items_back": 1}
    return {
        "uid": new_uid(), "number": f"JY2025-{number:07}", "volume_uid": who.pieces[number % VOLUMES][0],
        "borrower_uid": borrower, "state": LoanState.OUT if out else LoanState.RETURNED, "card": b"x" * 120,
        "lent_by": who.keeper, "lent_on": lent.date(), "lent_at": lent,
        "due_on": unit.today - dt.timedelta(days=number % SPREAD), "items_out": 1, "pages_out": 2,
        "only_copy": False, "take_out": False, "renewals": 0, **(dict.fromkeys(back) if out else back),
    }  # fmt: skip


def outings(who: Shelf, lines: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The pieces of open lines, each its own, and what went out for every line."""
    pieces, gone = [], []
    for number, line in enumerate(lines):
        _, item, piece = who.pieces[number % VOLUMES]
        if line["returned_at"] is None:
            piece = new_uid()
            pieces.append({"uid": piece, "item_uid": item, "is_copy": False, "created_at": line["lent_at"]})
        gone.append(
            {
                "uid": new_uid(),
                "holding_uid": piece,
                "loan_uid": line["uid"],
                "returned_at": line["returned_at"],
            }
        )
    return pieces, gone


def fill(instance: Instance, count: int, *, every: int = 1) -> None:
    """*count* lines in the register, one in *every* open, and what is off its shelf for each."""
    who = shelf(instance)
    for start in range(0, count, BATCH):
        with office.as_archivist(instance, Act.LOAN_LEND) as unit:
            unit.act(Act.LOAN_LEND)
            numbers = range(start, min(start + BATCH, count))
            lines = [row(unit, n, who, out=n % every == 0) for n in numbers]
            pieces, gone = outings(who, lines)
            unit.insert(Loan, lines)
            unit.insert(Holding, pieces)
            unit.insert(Outing, gone)


# --- the run and its reference --------------------------------------------------------------------


def chased(instance: Instance) -> None:
    """The run of one day, committed and logged batch by batch."""
    chasing.all_due(instance, SYSTEM)


def written(source: sqlite3.Connection, target: sqlite3.Connection) -> Callable[[], None]:
    """The rows that a run wrote into *source*, to be put into *target* in one bare transaction."""
    rows = {}
    for table in ("notice", "event"):
        last = target.execute(f"SELECT COALESCE(MAX(rowid), 0) FROM {table}").fetchone()[0]
        rows[table] = source.execute(FRESH.format(table=table), (last,)).fetchall()

    def put() -> None:
        target.execute("BEGIN IMMEDIATE")
        for table, found in rows.items():
            holes = ",".join("?" * len(found[0]))
            target.executemany(f"INSERT INTO {table} VALUES ({holes})", found)
        target.execute("COMMIT")

    return put


def one_round(filled: Path) -> Iterator[tuple[str, office.Spent]]:
    """The run, the run again the same day, and the bare insert of what it wrote; each over a fresh copy."""
    ours, theirs = office.copied(filled, "ours"), office.copied(filled, "theirs")
    with office.opened(ours) as instance:
        yield "run", office.timed(partial(chased, instance))
        yield "again the same day", office.timed(partial(chased, instance))
    with (
        closing(office.bare(ours / "catalogue.db")) as source,
        closing(office.bare(theirs / "catalogue.db")) as target,
    ):
        yield "bare insert", office.timed(written(source, target))


# --- questions ------------------------------------------------------------------------------------


def questions(stack: ExitStack, home: Path) -> dict[str, Callable[[], object]]:
    """Who has what, one person's loans, the number overdue, and what there is to chase, over the large register."""
    instance = stack.enter_context(office.opened(home))
    unit = stack.enter_context(instance.ask(office.who("archivist"), Act.LOAN_SEE))
    record = unit.record(unit.session.scalar(_any_volume()) or "")
    return {
        "who has it": lambda: ledger.holder(unit, record),
        "what one person has": lambda: ledger.burden(unit, _one_person(unit)),
        "overdue": lambda: ledger.overdue(unit),
    }


def _any_volume() -> Any:
    return select(Loan.volume_uid).limit(1)


def _one_person(unit: Unit) -> Person:
    return unit.person("b7")


def figures(timings: dict[str, Timing], rows: int) -> dict[str, float]:
    """Seconds, notices a second, the ratio to the bare insert; milliseconds for each question."""
    found = {
        "run: s": timings["run"].median,
        "run: notices a second": rows / timings["run"].median,
        "run: times the bare insert": timings["run"].median / timings["bare insert"].median,
        "again the same day: s": timings["again the same day"].median,
    }
    for name in ("who has it", "what one person has", "overdue"):
        found[f"{name}: ms"] = timings[name].median * 1000
    return found


def main(arguments: list[str] | None = None) -> None:
    """Fill two offices, run, ask, report."""
    told = office.arguments(__doc__, rows=100_000, rounds=3).parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="anjuan-bench-")))
        empty = office.found(folder)
        filled, large = office.copied(empty, "filled"), office.copied(empty, "large")
        with office.opened(filled) as instance:
            fill(instance, told.rows)
        with office.opened(large) as instance:
            fill(instance, told.rows * 10, every=20)
        timings = office.in_turn(partial(one_round, filled), told.rounds)
        timings |= measure(questions(stack, large), max(told.rounds, 1))
    report("chasing", {"open loans": told.rows, **figures(timings, told.rows)}, timings, as_json=told.json)


if __name__ == "__main__":
    main()
