"""The search benchmark compares like with like, and says what decision 19 demands of what it measured."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def parts():
    """The benchmark's own modules, which are no package."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import engines
        import search
        import trade
        import verdict
    finally:
        sys.path.remove(str(BENCHMARKS))
    return engines, search, trade, verdict


@pytest.fixture(scope="module")
def built(parts, tmp_path_factory):
    """Our engine and FTS5 over the same 60 records."""
    engines, _, trade, _ = parts
    held = {}
    for name in ("ours", "SQLite FTS5"):
        folder = tmp_path_factory.mktemp("bench") / "of"
        first = engines.engine(name, folder)
        first.create()
        first.add([trade.record(number) for number in range(60)])
        first.finish()
        held[name] = engines.engine(name, folder)
        held[name].open()
    yield held
    for one in held.values():
        one.finish()


def test_search_benchmark_records_are_the_same_for_the_same_number_and_about_600_characters(parts):
    """Every engine's process makes the records anew."""
    _, _, trade, _ = parts
    made = [trade.record(number) for number in range(40)]

    assert made == [trade.record(number) for number in range(40)]
    assert len({one.body for one in made}) == 40
    assert all(600 <= len(one.body) <= 760 for one in made)
    assert all(one.name in one.body and one.register in one.body for one in made)


def test_search_benchmark_engines_count_the_same_for_every_question(parts, built):
    """Totals and facets of all classes agree between ours and FTS5."""
    _, search, _, _ = parts
    asked = search.questions(60)
    counted = {
        name: [
            engine.facets(ask) if kind == "facets" else engine.search(ask)[1]
            for kind in asked
            for ask in asked[kind]
        ]
        for name, engine in built.items()
    }

    assert counted["ours"] == counted["SQLite FTS5"]
    assert sum(isinstance(one, int) and one > 0 for one in counted["ours"]) > 100


def test_search_benchmark_witness_an_engine_that_misses_one_record_stops_the_run(parts):
    """One total that differs is named; equal ones are not."""
    _, search, _, _ = parts
    alike = {kind: [(0.1, 0.1, 5)] for kind in search.CLASSES}
    missing = {**alike, "code": [(0.1, 0.1, 4)]}

    assert [] == search.disagreements(
        {"a": search.Measured(rounds=[alike]), "b": search.Measured(rounds=[alike])}
    )
    assert ["code 0: {'a': 5, 'b': 4}"] == search.disagreements(
        {"a": search.Measured(rounds=[alike]), "b": search.Measured(rounds=[missing])}
    )


def _figures(verdict, ms, docs):
    rows = {f"{row}: {share} ms": ms for row in verdict.ROWS for share in ("p50", "p95")}
    return {
        **rows, "build docs/s": docs, "build docs/s of processor": docs, "commit p50 ms": ms, "commit p95 ms": ms,
        "peak MiB, asking": 100.0, "peak MiB, building": 100.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ms", "docs", "missed"),
    [
        (1.0, 1000.0, 0),
        (1.0, 790.0, 1),  # 0.79 of FTS5
        (2.5, 1000.0, 1),  # behind FTS5, still within three times tantivy
        (3.5, 1000.0, 2),  # and not within it
        (60.0, 1000.0, 4),  # too slow a row, too slow a commit
    ],
)
def test_search_benchmark_verdict_says_which_demands_are_missed(parts, ms, docs, missed):
    """Decision 19: each demand is held against the figures, and a missed one says so."""
    *_, verdict = parts
    others = {"SQLite FTS5": _figures(verdict, 2.0, 1000.0), "tantivy": _figures(verdict, 1.0, 1000.0)}
    lines = list(verdict.verdicts({"ours": _figures(verdict, ms, docs), **others}, 100_000))

    assert len(lines) == 6
    assert sum("missed" in line for line in lines) == missed
