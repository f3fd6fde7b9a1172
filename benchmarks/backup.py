"""Backup sets: MB/s of a first set, a later one with 1 % new, reading, bringing back; against a plain copy with SHA-256.

`python benchmarks/backup.py [--json] [--rows N] [--rounds N]`; N stored files of 100 KB, 5,000 (500 MB) by default.

References in the same round, over the same stored files: copied one by one with their SHA-256 taken; the same with
each new file put on the disk, as a set's are. A set is more than its files: catalogue, key pack and settings are in
the time, not in the megabytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import office
from rounds import Timing, report

from archive import backups, items, objects
from archive.acts import Act
from archive.chunks import CHUNK
from archive.instance import Instance
from archive.papers import Paper
from archive.volumes import Matter

SIZE = 100_000
BATCH = 100
NEW = 100  # one in so many is new in the later set


def filed(instance: Instance, count: int) -> None:
    """*count* letters, each with a stored file of its own."""
    for start in range(0, count, BATCH):
        with office.as_archivist(instance, Act.ITEM_FILE) as unit:
            numbers = range(start, min(start + BATCH, count))
            papers = [Paper(f"巡查记录第{n}号", dated=dt.date(2026, 1, 5), pages=2) for n in numbers]
            matter = Matter("WS·BG", year=2026, department="KF", period="D10")
            with unit.vault.together() as vault:
                unit.vault = vault
                for item in items.file_alone(unit, matter, papers):
                    objects.attach_to(unit, item, io.BytesIO(os.urandom(SIZE)), name="记录.bin")


def plain(vault: Path, to: Path, *, synced: bool) -> None:
    """Every stored file copied, its SHA-256 taken; put on the disk if *synced*."""
    for path in sorted(path for path in vault.rglob("*") if path.is_file()):
        target = to / path.relative_to(vault)
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with path.open("rb") as source, target.open("wb") as out:
            while piece := source.read(CHUNK):
                digest.update(piece)
                out.write(piece)
            if synced:
                out.flush()
                os.fsync(out.fileno())


def one_round(scratch: Path, home: Path, count: int) -> Iterator[tuple[str, office.Spent]]:
    """A first set, a later one, a reading, a restore; and both references."""
    work = scratch / "round"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    admin = office.who("admin")
    with office.opened(office.copied(home, "ours")) as instance:
        vault = instance.vault.folder
        yield "plain copy", office.timed(lambda: plain(vault, work / "plain", synced=False))
        yield "plain copy, synced", office.timed(lambda: plain(vault, work / "synced", synced=True))
        yield "first set", office.timed(lambda: backups.create(instance, admin, work / "disk"))
        filed(instance, count // NEW)
        yield "later set", office.timed(lambda: backups.create(instance, admin, work / "disk"))
        number = f"BF{instance.clock().year}-00002"
        yield "verify", office.timed(lambda: backups.verify(instance, admin, number))
        kit = backups.Kit(instance.keys.new_recovery(), backups.current_slip(instance.keys))
        backups.refresh(instance, admin, Act.BACKUP_CATCH_UP)  # the new recovery key is in the packs
        yield (
            "restore",
            office.timed(lambda: backups.restore(work / "disk", work / "back", kit, office.PORTS)),
        )


def figures(timings: dict[str, Timing], count: int) -> dict[str, float]:
    """MB/s of each, and how many times as long as the references."""
    megabytes = count * SIZE / 1e6
    sizes = {"later set": megabytes * (1 + 1 / NEW), "verify": megabytes * (1 + 1 / NEW)}
    told: dict[str, float] = {"files": count, "megabytes": megabytes}
    for name, timing in timings.items():
        told[f"{name}: s"] = timing.median
        told[f"{name}: MB/s"] = sizes.get(name, megabytes) / timing.median
    for name in ("first set", "later set", "verify", "restore"):
        told[f"{name}: times a plain copy with SHA-256"] = timings[name].median / timings["plain copy"].median
        told[f"{name}: times the same, synced"] = timings[name].median / timings["plain copy, synced"].median
    told["peak memory: MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return told


def main(arguments: list[str] | None = None) -> None:
    """Fill an office, measure, report."""
    told = office.arguments(__doc__, rows=5_000, rounds=1).parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as place:
        scratch = Path(place)
        home = office.found(scratch)
        with office.opened(home) as instance:
            filed(instance, told.rows)
        timings = office.in_turn(lambda: one_round(scratch, home, told.rows), told.rounds)
    report("backup", figures(timings, told.rows), timings, as_json=told.json)


if __name__ == "__main__":
    main()
