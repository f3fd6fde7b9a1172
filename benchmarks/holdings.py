"""A large archive to serve from: records of many classes, years and levels, on shelves, some of them lent, indexed.

`python benchmarks/holdings.py FOLDER --rows 100000` builds one and keeps it there; `serving.py` does so by itself.
Half of the records are items kept one by one, half stand in volumes of 50; titles and notes (300 characters each)
come from trade.py; one in twenty is confidential. 25 people work there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import office
import trade

from archive import grants, items, people, registry, volumes
from archive.acts import Act
from archive.circulation import lending
from archive.custody import handover
from archive.instance import Instance
from archive.papers import Paper
from archive.values import Level, PlaceKind, Role
from archive.volumes import Matter
from indexer import sync

#: What is kept item by item, and what in volumes.
ALONE, BOUND = ("WS·HY", "WS·BG", "WS·NB", "WS·GS"), ("FW·01", "WG·01", "WG·02", "FW·03")
YEARS, DEPARTMENTS = range(2008, 2026), ("KF", "GC")
PER_VOLUME, BATCH, SHELVES, LENT = 50, 500, 40, 40
STAFF = 20


def built(folder: Path, rows: int) -> Path:
    """The office with *rows* records in *folder*, built unless it is there already; returns its home."""
    home, done = folder / f"{rows}" / "home", folder / f"{rows}" / "done"
    if not done.exists():
        shutil.rmtree(home.parent, ignore_errors=True)
        home.parent.mkdir(parents=True)
        office.found(home.parent)
        with office.opened(home) as instance:
            _staffed(instance)
            _shelved(instance)
            _filed(instance, rows)
            sync.drain(instance)
        done.touch()
    return home


def _staffed(instance: Instance) -> None:
    with instance.work(office.who("admin"), Act.PERSON_ADD) as unit:
        people.add_department(unit, "GC", "工程部")
        for number in range(STAFF):
            name, department = f"员工{number:02}", DEPARTMENTS[number % 2]
            people.add(
                unit, f"staff{number:02}", name=name, department=department, roles=(Role.STAFF,), password=office.PASSWORD
            )  # fmt: skip


def _shelved(instance: Instance) -> None:
    with instance.work(office.who("archivist"), Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "R1", kind=PlaceKind.ROOM, name="一号库房")
        for number in range(SHELVES):
            registry.add_location(
                unit,
                f"R1-{number:02}",
                kind=PlaceKind.CABINET,
                name=f"{number}号柜",
                inside="R1",
                lockable=True,
            )


def _filed(instance: Instance, rows: int) -> None:
    papers = _papers()
    for number in range(max(2, rows // 2 // BATCH)):
        matter = Matter(
            ALONE[number % len(ALONE)],
            YEARS[number % len(YEARS)],
            DEPARTMENTS[number % 2],
            level=_level(number),
        )
        with office.as_archivist(instance, Act.ITEM_FILE) as unit:
            items.file_alone(unit, matter, [next(papers) for _ in range(min(BATCH, rows // 4))])
    with_volumes = [
        _bound(instance, number, papers) for number in range(max(2, rows // 2 // (PER_VOLUME + 1)))
    ]
    _lent(instance, with_volumes[:LENT])


def _level(number: int) -> Level | None:
    return Level.CONFIDENTIAL if number % 20 == 7 else None


def _papers() -> Iterator[Paper]:
    for number in itertools.count():
        told = trade.record(number)
        yield Paper(
            told.title,
            creator=told.creator,
            dated=dt.date.fromisoformat(told.date),
            pages=1 + number % 5,
            note=told.body[:300],
        )


def _bound(instance: Instance, number: int, papers: Iterator[Paper]) -> str:
    matter = Matter(
        BOUND[number % len(BOUND)], YEARS[number % len(YEARS)], DEPARTMENTS[number % 2], level=_level(number)
    )
    with office.as_archivist(instance, Act.VOLUME_OPEN) as unit:
        volume = volumes.open_volume(
            unit, matter, title=f"{matter.year}年度{trade.TOPICS[number % len(trade.TOPICS)]}记录 {number}"
        )
        items.file_into(unit, volume.uid, [next(papers) for _ in range(PER_VOLUME)])
        volumes.move(unit, volume.uid, f"R1-{number % SHELVES:02}")
    return volume.uid


def _lent(instance: Instance, uids: list[str]) -> None:
    """Accept these volumes, and lend every second of those that may be lent."""
    with office.as_archivist(instance, Act.VOLUME_CLOSE) as unit:
        for uid in uids:
            volumes.close(unit, uid)
        handover.accept(unit, uids, given_by="clerk")
    with instance.work(office.who("gm"), Act.GRANT_GIVE) as unit:
        until = unit.today + dt.timedelta(days=30)
        for uid in uids[::2]:
            grants.give(unit, uid, to="clerk", acts=[Act.LOAN_LEND], expires_on=until, reason="核对台账")
    with office.as_archivist(instance, Act.LOAN_LEND) as unit:
        for uid in uids[::2][:8]:
            if unit.record(uid).level < Level.CONFIDENTIAL:
                lending.lend(unit, uid, to="clerk", purpose="核对台账")


def main() -> None:
    """Build one where it is told to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    asked = parser.parse_args()
    began = time.perf_counter()
    home = built(asked.folder, asked.rows)
    print(f"{home.parent.name}: {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
