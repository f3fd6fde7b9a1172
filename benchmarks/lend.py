"""Lending and taking back, one act at a time, each committed, over a catalogue of 10,000 items.

`python benchmarks/lend.py [--json] [--rows ITEMS] [--rounds N]`; a round is 40 volumes lent and returned.

Reference in the same run, on a copy of the same catalogue with the same PRAGMAs: one bare transaction that
finds the volume and its papers, then writes the very rows of the act (loan, lines, log, number) and commits.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import office
from rounds import percentile, report, summed

from archive import grants, items, volumes
from archive.acts import Act
from archive.circulation import lending
from archive.custody import handover
from archive.instance import Instance
from archive.papers import Paper
from archive.volumes import Matter

LENT = 40
PER_VOLUME = 20
FRESH = "SELECT * FROM {table} WHERE rowid > ? ORDER BY rowid"
Latencies = dict[str, list[float]]


def stocked(home: Path, rows: int) -> list[str]:
    """*rows* items in volumes of 20, and up to 40 of the volumes accepted, ready to be lent; their uids."""
    with office.opened(home) as instance:
        with office.as_archivist(instance, Act.VOLUME_OPEN) as unit:
            uids = [_volume(unit, number) for number in range(max(2, rows // PER_VOLUME))]
        lent = uids[:LENT]
        with office.as_archivist(instance, Act.VOLUME_CLOSE) as unit:
            for uid in lent:
                volumes.close(unit, uid)
            handover.accept(unit, lent, given_by="clerk")
        with instance.work(office.who("gm"), Act.GRANT_GIVE) as unit:
            for uid in lent:
                until = unit.today + dt.timedelta(days=30)
                grants.give(unit, uid, to="clerk", acts=[Act.LOAN_LEND], expires_on=until, reason="核对台账")
    return lent


def _volume(unit, number: int) -> str:
    volume = volumes.open_volume(unit, Matter("FW·01", 2024, "KF"), title=f"巡查记录 {number}")
    items.file_into(unit, volume.uid, [Paper(f"巡查记录 {number}-{n}", pages=2) for n in range(PER_VOLUME)])
    return volume.uid


def lend(instance: Instance, uid: str) -> None:
    with office.as_archivist(instance, Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="clerk", purpose="核对设备台账")


def take_back(instance: Instance, uid: str) -> None:
    with office.as_archivist(instance, Act.LOAN_RETURN) as unit:
        lending.take_back(unit, uid)


# --- the reference ----------------------------------------------------------------------------


class Bare:
    """The same acts as plain SQL over *catalogue*: what was read, and what was written, nothing else."""

    def __init__(self, catalogue: sqlite3.Connection, written: Path) -> None:
        self.raw = catalogue
        last = {table: self._last(table) for table in ("loan", "event")}
        with closing(office.bare(written)) as source:
            self.loans = source.execute(FRESH.format(table="loan"), (last["loan"],)).fetchall()
            self.names = [column[0] for column in source.execute("SELECT * FROM loan").description]
            lines = "SELECT uid, holding_uid, loan_uid, NULL, NULL, NULL FROM outing"
            self.lines = source.execute(lines).fetchall()
            self.events = iter(source.execute(FRESH.format(table="event"), (last["event"],)).fetchall())

    def _last(self, table: str) -> int:
        return self.raw.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0]

    def _log(self) -> None:
        event = next(self.events)
        self.raw.execute(f"INSERT INTO event VALUES ({','.join('?' * len(event))})", event)

    def lend(self, number: int) -> None:
        loan = dict(zip(self.names, self.loans[number], strict=True))
        loan |= {"state": "OUT", **dict.fromkeys(("received_by", "returned_by", "returned_at", "items_back", "pages_back", "intact"))}  # fmt: skip
        lines = [line for line in self.lines if line[2] == loan["uid"]]
        self.raw.execute("BEGIN IMMEDIATE")
        self.raw.execute("SELECT * FROM volume WHERE uid = ?", (loan["volume_uid"],)).fetchall()
        held = "SELECT holding.* FROM holding JOIN item ON item.uid = item_uid WHERE volume_uid = ? ORDER BY seq_no"
        self.raw.execute(held, (loan["volume_uid"],)).fetchall()
        self.raw.execute("UPDATE series SET last = last + 1 WHERE prefix LIKE 'JY%'")
        self.raw.execute(f"INSERT INTO loan VALUES ({','.join('?' * len(loan))})", tuple(loan.values()))
        self.raw.executemany("INSERT INTO outing VALUES (?, ?, ?, ?, ?, ?)", lines)
        self._log()
        self.raw.execute("COMMIT")

    def take_back(self, number: int) -> None:
        loan = dict(zip(self.names, self.loans[number], strict=True))
        self.raw.execute("BEGIN IMMEDIATE")
        self.raw.execute("SELECT * FROM volume WHERE uid = ?", (loan["volume_uid"],)).fetchall()
        found = "SELECT * FROM loan WHERE volume_uid = ? AND state = 'OUT'"
        assert self.raw.execute(found, (loan["volume_uid"],)).fetchall()
        back = "UPDATE loan SET state = 'RETURNED', received_by = ?, returned_by = ?, returned_at = ?, items_back = ?, pages_back = ?, intact = ? WHERE uid = ?"
        names = ("received_by", "returned_by", "returned_at", "items_back", "pages_back", "intact", "uid")
        self.raw.execute(back, [loan[name] for name in names])
        self.raw.execute(
            "UPDATE outing SET returned_at = ? WHERE loan_uid = ?", (loan["returned_at"], loan["uid"])
        )
        self._log()
        self.raw.execute("COMMIT")


# --- rounds -----------------------------------------------------------------------------------


def clocked(work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def one_round(home: Path, uids: list[str]) -> Iterator[tuple[str, float]]:
    """Every volume lent and returned; then the same rows by bare SQL on another copy."""
    ours, theirs = office.copied(home, "ours"), office.copied(home, "theirs")
    with office.opened(ours) as instance:
        for uid in uids:
            yield "lend", clocked(lambda uid=uid: lend(instance, uid))
            yield "return", clocked(lambda uid=uid: take_back(instance, uid))
    with closing(office.bare(theirs / "catalogue.db")) as catalogue:
        bare = Bare(catalogue, ours / "catalogue.db")
        for number in range(len(uids)):
            yield "bare lend", clocked(lambda number=number: bare.lend(number))
            yield "bare return", clocked(lambda number=number: bare.take_back(number))


def main(arguments: list[str] | None = None) -> None:
    asked = office.arguments(__doc__, rows=10_000).parse_args(arguments)
    spent: Latencies = {}
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as place:
        home = office.found(Path(place))
        uids = stocked(home, asked.rows)
        for number in range(asked.rounds + 1):
            for case, seconds in one_round(home, uids):
                if number or not asked.rounds:
                    spent.setdefault(case, []).append(seconds)
    figures: dict[str, float] = {"items": asked.rows, "acts of each kind": len(spent["lend"])}
    for case, seconds in spent.items():
        figures[f"{case}: p50 ms"] = percentile(seconds, 0.5) * 1e3
        figures[f"{case}: p95 ms"] = percentile(seconds, 0.95) * 1e3
    for case in ("lend", "return"):
        for share, name in ((0.5, "p50"), (0.95, "p95")):
            ratio = percentile(spent[case], share) / percentile(spent[f"bare {case}"], share)
            figures[f"{case}: {name} / bare transaction"] = ratio
    timings = {case: summed(case, seconds, seconds) for case, seconds in spent.items()}
    report("lending", figures, timings, as_json=asked.json)


if __name__ == "__main__":
    main()
