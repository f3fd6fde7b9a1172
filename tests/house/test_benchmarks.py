"""The benchmarks run, on a handful of rows, and tell what a machine can read; how fast they are is not judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Run every day; the others where there is time.
DAILY = "lend"
#: benchmark, rows, and the figures that docs/performance.md quotes from it
BENCHMARKS = (
    ("catalogue", 12, {"filing: rows per second", "filing: time / bare executemany"}),
    ("lend", 40, {"lend: p50 ms", "lend: p95 ms", "lend: p50 / bare transaction", "return: p95 ms"}),
    (
        "search",
        24,
        {
            "ours: build docs/s",
            "ours: common phrase: p95 ms",
            "SQLite FTS5: index MB",
            "Whoosh: build docs/s",
        },
    ),
    (
        "chasing",
        100,
        {"run: s", "run: notices a second", "run: times the bare insert", "who has it: ms", "overdue: ms"},
    ),
    ("destroy", 10, {"execute: records per second", "execute: times the bare deletes"}),
    (
        "preview",
        60,
        {"preview, all: s", "preview, all: times the bare select", "most memory of the whole run: MiB"},
    ),
    ("importing", 40, {"import: files per second", "import: time / plain copy", "memory at peak, all: MiB"}),
    ("preview", 20, {"preview, all: s", "preview, all: times the bare select", "first 100 lines: s"}),
    (
        "segments",
        1,
        {
            "sealed: write: MB/s",
            "sealed: 64 KiB at random: microseconds each",
            "mapped: 64 KiB at random: microseconds each",
        },
    ),
)


def told(name: str, rows: int, rounds: int = 0) -> dict:
    """What the benchmark prints for machines, run as its user runs it."""
    command = [sys.executable, f"benchmarks/{name}.py", "--json", f"--rows={rows}", f"--rounds={rounds}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert 0 == done.returncode, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("name", "rows", "wanted"),
    [pytest.param(*row, marks=[] if row[0] == DAILY else pytest.mark.slow, id=row[0]) for row in BENCHMARKS],
)
def test_a_benchmark_runs_and_its_figures_are_positive_numbers(name, rows, wanted):
    """Date, machine, every figure that is quoted, and a median behind each case."""
    answer = told(name, rows)

    assert {"benchmark", "at", "machine", "figures", "timings"} == answer.keys()
    assert wanted <= answer["figures"].keys()
    assert [] == [figure for figure in wanted if not answer["figures"][figure] > 0]
    assert all(timing["median"] > 0 and timing["rounds"] >= 1 for timing in answer["timings"].values())


def test_every_benchmark_has_a_section_in_the_performance_page():
    """docs/performance.md names the command of each file in benchmarks/ that measures something."""
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    measuring = [
        path.name
        for path in sorted((ROOT / "benchmarks").glob("*.py"))
        if "def main" in path.read_text("utf-8")
    ]

    assert {"catalogue.py", "importing.py", "lend.py"} <= set(measuring)
    assert [] == [name for name in measuring if f"benchmarks/{name}" not in page]
