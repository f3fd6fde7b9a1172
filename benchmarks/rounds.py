"""Timing for every benchmark here: interleaved rounds, medians, and a report a machine can read.

A benchmark names its cases, calls `measure` with all of them, and hands the result to `report`.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Timing:
    """Seconds of one case over its rounds: wall clock, and processor time of this process."""

    name: str
    rounds: int
    median: float
    p95: float
    best: float
    worst: float
    cpu: float


def percentile(values: list[float], share: float) -> float:
    """The smallest value that *share* (0 to 1) of *values* does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def summed(name: str, walls: list[float], cpus: list[float]) -> Timing:
    """One case's rounds as a line."""
    middle = statistics.median(walls)
    return Timing(
        name, len(walls), middle, percentile(walls, 0.95), min(walls), max(walls), statistics.median(cpus)
    )


def measure(
    cases: Mapping[str, Callable[[], object]], rounds: int = 7, *, warm: int = 1
) -> dict[str, Timing]:
    """Run every case once per round, in turn, so that a slow moment of the machine hits them all alike.

    *warm* rounds before are not counted; the collector rests while the clock runs.
    """
    walls: dict[str, list[float]] = {name: [] for name in cases}
    cpus: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(warm + rounds):
        for name, work in cases.items():
            gc.collect()
            gc.disable()
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            gc.enable()
            if number >= warm:
                walls[name].append(wall)
                cpus[name].append(cpu)
    return {name: summed(name, walls[name], cpus[name]) for name in cases}


def machine() -> dict[str, object]:
    """What the figures were measured on, without names of places or people."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def report(
    benchmark: str,
    figures: Mapping[str, Any],
    timings: Mapping[str, Timing] | None = None,
    *,
    as_json: bool | None = None,
) -> None:
    """Print *figures* (and the timings behind them) as JSON with date and machine, or as lines for people."""
    if as_json is None:
        as_json = "--json" in sys.argv[1:]
    if as_json:
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        lines = {name: asdict(timing) for name, timing in (timings or {}).items()}
        whole = {
            "benchmark": benchmark,
            "at": now,
            "machine": machine(),
            "figures": dict(figures),
            "timings": lines,
        }
        print(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    print(benchmark)
    for name, figure in figures.items():
        print(f"  {name:<52}{figure:>14,.3f}" if isinstance(figure, float) else f"  {name:<52}{figure!s:>14}")
