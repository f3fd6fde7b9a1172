"""Long index files: sealed, the same unsealed, and a plain file mapped into memory. `--json`; `--rows=` megabytes.

What it costs to keep search segments encrypted (decision 15): writing with fsync, reading in order and at
random, and a key of its own for each file, with keys made in advance and without.
"""

from __future__ import annotations

import itertools
import mmap
import os
import random
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rounds import measure, report

from archive.chunks import CHUNK, ChunkCipher
from archive.keys import Keyring
from archive.sealing import TAG_BYTES, Kept
from indexer.embedded.chunks import ChunkCache
from indexer.embedded.keypool import KeyPool
from indexer.embedded.storage import SealedFolder

ROUNDS = 7
MEGABYTES = 100
READS = 400
FILES = 32
SHORT = 3000
STEP = 16 * CHUNK


# ruff: noqa: ARG002 - the clear ways take what the sealed ones need


class ClearCipher(ChunkCipher):
    """Chunks as they are, with an empty tag: the same code path without encryption. Never for use."""

    def seal(self, number, data, *, final):
        return bytes(data) + bytes(TAG_BYTES)

    def open(self, number, sealed, *, final):
        return sealed[:-TAG_BYTES]


class ClearKeys:
    """No keys at all."""

    def renew_segment_keys(self, count, kept):
        return tuple(os.urandom(16).hex() for _ in range(count))

    def confirm_segment_key(self, name):
        pass

    def segment_cipher(self, name, salt, place):
        return ClearCipher(bytes(32), b"", what=Kept.SEGMENT, where="")


class Pooled:
    """A sealer with nothing but keys for long files."""

    def __init__(self, folder, keys, **given):
        self.pool = KeyPool(folder, keys, **given)


def folders(base: Path, rings: list[Keyring]) -> dict[str, SealedFolder]:
    """The three ways, each in an index of its own."""
    ways = {
        "sealed": (rings[0], {}),
        "sealed, a key at a time": (rings[1], {"ahead": 1}),
        "clear": (ClearKeys(), {}),
    }
    return {
        name: SealedFolder(
            base / name, Pooled(base / name, *keys, **more), name, chunks=ChunkCache(4 * CHUNK)
        )
        for name, (*keys, more) in ways.items()
    }


def written(folder: SealedFolder, name: str, data: bytes) -> None:
    with folder.create(name) as out:
        for at in range(0, len(data), STEP):
            out.write(memoryview(data)[at : at + STEP])
    folder.settle()


def plainly_written(path: Path, data: bytes) -> None:
    with path.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def reading_cases(folder: SealedFolder, name: str, places: list[int]) -> dict[str, Callable[[], object]]:
    file = folder.opened("long")

    def in_order(step: int) -> None:
        for at in range(0, file.size, step):
            file.read(at, min(step, file.size - at))

    def at_random(length: int) -> None:
        for at in places:
            file.read(at, length)

    return {
        f"{name}: in order, 1 MiB a time": partial(in_order, STEP),
        f"{name}: in order, 4 KiB a time": partial(in_order, 4096),
        f"{name}: 64 KiB at random": partial(at_random, CHUNK),
        f"{name}: 100 bytes at random": partial(at_random, 100),
    }


def mapped_cases(path: Path, places: list[int]) -> dict[str, Callable[[], object]]:
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def in_order(step: int) -> None:
        for at in range(0, len(mapped), step):
            _ = mapped[at : at + step]

    def at_random(length: int) -> None:
        for at in places:
            _ = mapped[at : at + length]

    return {
        "mapped: in order, 1 MiB a time": partial(in_order, STEP),
        "mapped: in order, 4 KiB a time": partial(in_order, 4096),
        "mapped: 64 KiB at random": partial(at_random, CHUNK),
        "mapped: 100 bytes at random": partial(at_random, 100),
    }


def writing_cases(found: dict[str, SealedFolder], base: Path, data: bytes) -> dict[str, Callable[[], object]]:
    turn = itertools.count()

    def long(folder: SealedFolder) -> None:
        written(folder, "new", data)
        folder.delete("new")

    def short(folder: SealedFolder) -> None:
        for _ in range(FILES):
            written(folder, f"{next(turn)}", data[:SHORT])

    def plain(length: int, times: int) -> None:
        for _ in range(times):
            plainly_written(base / "plain", data[:length])
            folder = os.open(base, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)

    cases: dict[str, Callable[[], object]] = {
        "plain: write": partial(plain, len(data), 1),
        "plain: short file": partial(plain, SHORT, FILES),
    }
    cases |= {f"{name}: write": partial(long, found[name]) for name in ("sealed", "clear")}
    return cases | {f"{name}: short file": partial(short, folder) for name, folder in found.items()}


def figures_of(timings, size: int) -> dict[str, float]:
    figures = {}
    for case, timing in timings.items():
        if case.endswith("random"):
            figures[f"{case}: microseconds each"] = timing.median / READS * 1e6
        elif case.endswith("short file"):
            figures[f"{case}: milliseconds each"] = timing.median / FILES * 1e3
        else:
            figures[f"{case}: MB/s"] = size / 1e6 / timing.median
    return figures


def given(name: str, otherwise: int) -> int:
    """`--name=7` from the command line."""
    return next((int(a.partition("=")[2]) for a in sys.argv[1:] if a.startswith(f"--{name}=")), otherwise)


def main() -> None:
    size = given("rows", MEGABYTES) * 1_000_000
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as place:
        base = Path(place)
        rings = [Keyring.create(base / f"instance {n}", key_file=base / f"key {n}")[0] for n in range(2)]
        data = random.Random(1).randbytes(size)
        with rings[0], rings[1]:
            found = folders(base / "index", rings)
            spots = random.Random(2).choices(range(size - CHUNK), k=READS)
            plainly_written(base / "long", data)
            cases = mapped_cases(base / "long", spots)
            for name in ("sealed", "clear"):
                written(found[name], "long", data)
                cases |= reading_cases(found[name], name, spots)
            cases |= writing_cases(found, base, data)
            timings = measure(cases, given("rounds", ROUNDS) or 1, warm=min(1, given("rounds", ROUNDS)))
        report("index segments", figures_of(timings, size), timings)


if __name__ == "__main__":
    main()
