"""Filing 10,000 items by the public path, against a bare `executemany` of the very rows it wrote.

`python benchmarks/catalogue.py [--json] [--rows N] [--rounds N]`

Ours: one unit of work, half of the items kept one by one, half in volumes of 500: judging, look-ups,
validation, a key and a sealed card for each, a log line for each with its hash, outbox, commit with fsync.
Theirs: the rows of catalogue, log, outbox and keystore read back from that run and inserted into fresh copies
of both databases: same tables, indexes, triggers and PRAGMAs, one transaction each.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import office
from rounds import report

from archive import items, volumes
from archive.acts import Act
from archive.instance import Instance
from archive.papers import Paper
from archive.volumes import Matter

ALONE = Matter("WS·DW", 2024, "KF")
BOUND = Matter("FW·01", 2024, "KF")
PER_VOLUME = 500

#: What the rows are read back with and inserted by; the order keeps foreign keys satisfied.
TABLES = ("item", "holding", "event", "checkpoint", "index_task")
Rows = dict[str, list[tuple]]


def paper(number: int, *, alone: bool) -> Paper:
    fields = {"direction": "IN", "correspondent": "东城供电局"} if alone else {}
    return Paper(
        f"关于第{number}号事项的往来函件",
        dated=dt.date(2024, 1 + number % 12, 1 + number % 28),
        creator="客户服务部",
        document_no=f"和园〔2024〕{number}号",
        pages=1 + number % 5,
        premises=office.PREMISES[number % len(office.PREMISES)],
        party=office.PARTIES[number % len(office.PARTIES)],
        fields=fields,
    )


def open_volumes(home: Path, rows: int) -> list[str]:
    with office.opened(home) as instance, office.as_archivist(instance, Act.VOLUME_OPEN) as unit:
        return [
            volumes.open_volume(unit, BOUND, title=f"巡查记录 {number}").uid
            for number in range(-(-rows // PER_VOLUME))
        ]


def file_all(instance: Instance, alone: list[Paper], bound: dict[str, list[Paper]]) -> None:
    with office.as_archivist(instance, Act.ITEM_FILE) as unit:
        items.file_alone(unit, ALONE, alone)
        for uid, papers in bound.items():
            items.file_into(unit, uid, papers)


def papers_for(volume_uids: list[str], rows: int) -> tuple[list[Paper], dict[str, list[Paper]]]:
    half = rows // 2
    alone = [paper(number, alone=True) for number in range(half)]
    rest = [paper(number, alone=False) for number in range(half, rows)]
    return alone, {uid: rest[n * PER_VOLUME : (n + 1) * PER_VOLUME] for n, uid in enumerate(volume_uids)}


# --- the reference ----------------------------------------------------------------------------


def written(before: Path, after: Path) -> Rows:
    """The rows that *after* has and *before* has not, table by table."""
    rows: Rows = {}
    with closing(office.bare(after / "catalogue.db")) as raw:
        raw.execute("ATTACH ? AS earlier", (str(before / "catalogue.db"),))
        for table in TABLES:
            new = (
                f"SELECT * FROM {table} WHERE rowid NOT IN (SELECT rowid FROM earlier.{table}) ORDER BY rowid"
            )
            rows[table] = raw.execute(new).fetchall()
    with closing(office.bare_keys(after)) as raw:
        raw.execute("ATTACH ? AS earlier", (str(before / "keys" / "keystore.db"),))
        new = "SELECT * FROM dek WHERE uid NOT IN (SELECT uid FROM earlier.dek) ORDER BY random()"
        rows["dek"] = raw.execute(new).fetchall()
    return rows


def replay(catalogue: sqlite3.Connection, keystore: sqlite3.Connection, rows: Rows) -> None:
    """`executemany` of every table, one transaction in each database."""
    for raw, tables in ((keystore, ("dek",)), (catalogue, TABLES)):
        raw.execute("BEGIN IMMEDIATE")
        for table in tables:
            if rows[table]:
                holes = ",".join("?" * len(rows[table][0]))
                raw.executemany(f"INSERT INTO {table} VALUES ({holes})", rows[table])
        raw.execute("COMMIT")


# --- rounds -----------------------------------------------------------------------------------


def one_round(
    home: Path, papers: tuple[list[Paper], dict[str, list[Paper]]]
) -> Iterator[tuple[str, office.Spent]]:
    """Ours on a fresh copy, theirs on another: wall and processor seconds of each, and the rows."""
    ours, theirs = office.copied(home, "ours"), office.copied(home, "theirs")
    with office.opened(ours) as instance:
        yield "filing", office.timed(lambda: file_all(instance, *papers))
    rows = written(home, ours)
    assert len(rows["item"]) == len(rows["dek"]) == len(papers[0]) + sum(map(len, papers[1].values()))
    with (
        closing(office.bare(theirs / "catalogue.db")) as catalogue,
        closing(office.bare_keys(theirs)) as keystore,
    ):
        yield "bare executemany", office.timed(lambda: replay(catalogue, keystore, rows))


def main(arguments: list[str] | None = None) -> None:
    asked = office.arguments(__doc__, rows=10_000).parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as place:
        home = office.found(Path(place))
        papers = papers_for(open_volumes(home, asked.rows - asked.rows // 2), asked.rows)
        timings = office.in_turn(lambda: one_round(home, papers), asked.rounds)
    ours, theirs = timings["filing"], timings["bare executemany"]
    figures = {
        "rows": asked.rows,
        "filing: rows per second": asked.rows / ours.median,
        "filing: microseconds a row": ours.median / asked.rows * 1e6,
        "bare executemany: rows per second": asked.rows / theirs.median,
        "filing: time / bare executemany": ours.median / theirs.median,
    }
    report("catalogue", figures, timings, as_json=asked.json)


if __name__ == "__main__":
    main()
