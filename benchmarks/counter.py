"""The counter: how many loans there and back a second, by one process and by eight at once.

`python benchmarks/counter.py [--json] [--rows PAIRS] [--rounds N]`; PAIRS loans and returns by each process, each
over a volume of its own of twenty papers, every act committed, logged and fsynced.

Reference in the same run, on a copy of the same catalogue with the same PRAGMAs and as many processes: bare
transactions that read what the act reads and write rows of the same shape (loan, outings, grant, log, number).
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import secrets
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import office
from rounds import report

from archive import grants, items, volumes
from archive.acts import Act
from archive.circulation import lending
from archive.custody import handover
from archive.instance import Instance
from archive.papers import Paper
from archive.volumes import Matter

PROCESSES = 8
PAPERS = 20
CONTEXT = multiprocessing.get_context("spawn")


def stocked(home: Path, pairs: int) -> list[str]:
    """As many accepted volumes as there are processes, each opened to the clerk as often as it will be lent."""
    with office.opened(home) as instance:
        with office.as_archivist(instance, Act.VOLUME_OPEN) as unit:
            uids = [_volume(unit, number) for number in range(PROCESSES)]
        with office.as_archivist(instance, Act.VOLUME_CLOSE) as unit:
            for uid in uids:
                volumes.close(unit, uid)
            handover.accept(unit, uids, given_by="clerk")
        with instance.work(office.who("gm"), Act.GRANT_GIVE) as unit:
            until = unit.today + dt.timedelta(days=300)
            for uid in uids:
                for _ in range(pairs):
                    grants.give(
                        unit, uid, to="clerk", acts=[Act.LOAN_LEND], expires_on=until, reason="核对台账"
                    )
    return uids


def _volume(unit: Any, number: int) -> str:
    volume = volumes.open_volume(unit, Matter("FW·01", 2024 - number, "KF"), title=f"巡查记录 {number}")
    items.file_into(unit, volume.uid, [Paper(f"巡查记录 {number}-{n}", pages=2) for n in range(PAPERS)])
    return volume.uid


# --- ours -----------------------------------------------------------------------------------------


def our_pairs(home: Path, uid: str, pairs: int, barrier: Any) -> None:
    """Lend and take back, *pairs* times."""
    with office.opened(home) as instance:
        barrier.wait()
        for _ in range(pairs):
            _lend(instance, uid)
            _take_back(instance, uid)
        barrier.wait()


def _lend(instance: Instance, uid: str) -> None:
    with office.as_archivist(instance, Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="clerk", purpose="核对设备台账")


def _take_back(instance: Instance, uid: str) -> None:
    with office.as_archivist(instance, Act.LOAN_RETURN) as unit:
        lending.take_back(unit, uid)


# --- the reference ---------------------------------------------------------------------------------


def shaped(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """One loan with its pieces and its two lines of the log, as they stand in the catalogue in *home*."""
    with closing(office.bare(home / "catalogue.db")) as raw:
        loan = raw.execute("SELECT * FROM loan ORDER BY number LIMIT 1").fetchall()
        outings = raw.execute("SELECT * FROM outing WHERE loan_uid = ?", (loan[0][0],)).fetchall()
        lines = raw.execute(
            "SELECT * FROM event WHERE act IN ('loan.lend', 'loan.return') LIMIT 2"
        ).fetchall()
        names = [column[0] for column in raw.execute("SELECT * FROM loan").description]
    return {"loan": loan, "outings": outings, "lines": lines, "names": [tuple(names)]}


def bare_pairs(
    home: Path, uid: str, pairs: int, barrier: Any, shape: dict[str, list[tuple[Any, ...]]]
) -> None:
    """The same as bare transactions."""
    with closing(office.bare(home / "catalogue.db")) as raw:
        raw.execute("PRAGMA busy_timeout = 60000")
        barrier.wait()
        for _ in range(pairs):
            loan = _bare_lend(raw, uid, shape)
            _bare_return(raw, uid, loan, shape)
        barrier.wait()


def _bare_lend(raw: sqlite3.Connection, uid: str, shape: dict[str, list[tuple[Any, ...]]]) -> str:
    loan = secrets.token_hex(16)
    raw.execute("BEGIN IMMEDIATE")
    _read(raw, uid)
    raw.execute(
        "SELECT * FROM access_grant WHERE record_uid = ? AND spent_at IS NULL LIMIT 1", (uid,)
    ).fetchall()
    raw.execute("SELECT count(*) FROM loan WHERE borrower_uid = ? AND state = 'OUT'", (uid,)).fetchall()
    raw.execute("UPDATE series SET last = last + 1 WHERE prefix LIKE 'JY%'")
    row = dict(zip(shape["names"][0], shape["loan"][0], strict=True)) | _open(loan)
    _insert(raw, "loan", tuple(row.values()))
    pieces = "SELECT holding.uid FROM holding JOIN item ON item.uid = item_uid WHERE volume_uid = ?"
    for piece in raw.execute(pieces, (uid,)).fetchall():
        _insert(raw, "outing", (secrets.token_hex(16), piece[0], loan, None, None, None))
    raw.execute(
        "UPDATE access_grant SET spent_at = '2026-01-01' WHERE uid ="
        " (SELECT uid FROM access_grant WHERE record_uid = ? AND spent_at IS NULL LIMIT 1)",
        (uid,),
    )
    _log(raw, shape["lines"][0])
    raw.execute("COMMIT")
    return loan


def _open(loan: str) -> dict[str, Any]:
    back = ("received_by", "returned_by", "returned_at", "items_back", "pages_back", "intact")
    return {"uid": loan, "number": loan, "state": "OUT", **dict.fromkeys(back)}


def _bare_return(
    raw: sqlite3.Connection, uid: str, loan: str, shape: dict[str, list[tuple[Any, ...]]]
) -> None:
    first = dict(zip(shape["names"][0], shape["loan"][0], strict=True))
    raw.execute("BEGIN IMMEDIATE")
    _read(raw, uid)
    raw.execute("SELECT * FROM loan WHERE volume_uid = ? AND state = 'OUT'", (uid,)).fetchall()
    raw.execute(
        "UPDATE loan SET state = 'RETURNED', received_by = ?, returned_by = ?, returned_at = ?, items_back = 20,"
        " pages_back = 40, intact = 1 WHERE uid = ?",
        (first["lent_by"], first["borrower_uid"], first["lent_at"], loan),
    )
    raw.execute("UPDATE outing SET returned_at = ? WHERE loan_uid = ?", (first["lent_at"], loan))
    _log(raw, shape["lines"][1])
    raw.execute("COMMIT")


def _read(raw: sqlite3.Connection, uid: str) -> None:
    raw.execute("SELECT * FROM volume WHERE uid = ?", (uid,)).fetchall()
    raw.execute("SELECT * FROM person LIMIT 2").fetchall()


def _log(raw: sqlite3.Connection, line: tuple[Any, ...]) -> None:
    """A line of the log of the same shape, numbered on."""
    (last,) = raw.execute("SELECT max(seq) FROM event").fetchone()
    _insert(raw, "event", (last + 1, *line[1:]))


def _insert(raw: sqlite3.Connection, table: str, row: tuple[Any, ...]) -> None:
    raw.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row)


# --- rounds -----------------------------------------------------------------------------------------


def seconds(work: Callable[..., None], home: Path, uids: list[str], pairs: int, *more: Any) -> float:
    """Wall seconds until every process has done its pairs, from the moment all stand ready."""
    barrier = CONTEXT.Barrier(len(uids) + 1)
    running = [CONTEXT.Process(target=work, args=(home, uid, pairs, barrier, *more)) for uid in uids]
    for process in running:
        process.start()
    barrier.wait(120)
    begun = time.perf_counter()
    barrier.wait(600)
    spent = time.perf_counter() - begun
    for process in running:
        process.join()
    return spent


def main(arguments: list[str] | None = None) -> None:
    asked = office.arguments(__doc__, rows=40, rounds=3).parse_args(arguments)
    figures: dict[str, float] = {"pairs by each process": asked.rows, "rounds": asked.rounds}
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as place:
        home = office.found(Path(place))
        uids = stocked(home, asked.rows)
        for crew in (1, PROCESSES):
            ours, theirs = [], []
            for _ in range(asked.rounds):
                mine = office.copied(home, "ours")
                ours.append(seconds(our_pairs, mine, uids[:crew], asked.rows))
                bare = office.copied(home, "theirs")
                theirs.append(seconds(bare_pairs, bare, uids[:crew], asked.rows, shaped(mine)))
            done, took, took_bare = crew * asked.rows, statistics.median(ours), statistics.median(theirs)
            figures[f"{crew} process(es): pairs a second"] = done / took
            figures[f"{crew} process(es): bare pairs a second"] = done / took_bare
            figures[f"{crew} process(es): ours / bare, time"] = took / took_bare
    report("the counter", figures, as_json=asked.json)


if __name__ == "__main__":
    main()
