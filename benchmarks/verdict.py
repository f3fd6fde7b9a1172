"""What decision 19 demands of search, held against the figures of a run of benchmarks/search.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

#: Rows whose hits are ranked, or narrowed by conditions: ours must not be behind FTS5.
RANKED = ("common word", "sampled phrase", "common phrase", "boolean and filter", "twenty with highlight")
ROWS = ("rare name", "code", *RANKED, "facets")
MOST_MS, COMMIT_MS, MEMORY_MIB = 50.0, 10.0, 500.0
BUILD_OF_FTS5, BUILD_OF_WHOOSH, NEAR_TANTIVY = 0.8, 7.0, 3.0

Figures = Mapping[str, Mapping[str, float]]


def verdicts(figures: Figures, rows: int) -> Iterator[str]:
    """A line for each demand: met, not met, or what is missing to say so."""
    ours = figures.get("ours")
    if ours is None:
        yield "no verdict: ours was not run"
        return
    slowest = max(ROWS, key=lambda row: ours[f"{row}: p95 ms"])
    yield _line("约束 binding", f"p95 <= {MOST_MS:.0f} ms on every row at 100,000 (here {rows:,})",
                ours[f"{slowest}: p95 ms"] <= MOST_MS, f"slowest: {slowest} {ours[f'{slowest}: p95 ms']:.1f} ms")  # fmt: skip
    yield _line("约束 binding", f"one-record commit <= {COMMIT_MS:.0f} ms", ours["commit p50 ms"] <= COMMIT_MS,
                f"p50 {ours['commit p50 ms']:.1f}, p95 {ours['commit p95 ms']:.1f} ms")  # fmt: skip
    yield from _building(figures, ours)
    yield from _beside(figures, ours, "SQLite FTS5", RANKED, 1.0, "约束 binding", "at or ahead of FTS5")
    yield from _beside(figures, ours, "tantivy", ROWS, NEAR_TANTIVY, "期望 wanted", "within 3x of tantivy")
    sealed = figures.get("ours sealed", ours)
    yield _line("约束 binding", f"memory <= {MEMORY_MIB:.0f} MiB", sealed["peak MiB, asking"] <= MEMORY_MIB,
                f"{sealed['peak MiB, asking']:.0f} MiB asking, {sealed['peak MiB, building']:.0f} MiB building")  # fmt: skip


def _building(figures: Figures, ours: Mapping[str, float]) -> Iterator[str]:
    for other, least in (("SQLite FTS5", BUILD_OF_FTS5), ("Whoosh", BUILD_OF_WHOOSH)):
        if other in figures:
            share = ours["build docs/s"] / figures[other]["build docs/s"]
            used = ours["build docs/s of processor"] / figures[other]["build docs/s of processor"]
            yield _line(
                "约束 binding",
                f"build >= {least}x {other}",
                share >= least,
                f"{share:.2f}x, by processor time {used:.2f}x",
            )


def _beside(
    figures: Figures,
    ours: Mapping[str, float],
    other: str,
    rows: tuple[str, ...],
    most: float,
    kind: str,
    demand: str,
) -> Iterator[str]:
    """Our p50 of each row as a multiple of the other's."""
    if other not in figures:
        return
    times = {row: ours[f"{row}: p50 ms"] / figures[other][f"{row}: p50 ms"] for row in rows}
    told = ", ".join(f"{row} {share:.2f}x" for row, share in times.items())
    yield _line(kind, demand, all(share <= most for share in times.values()), told)


def _line(kind: str, demand: str, met: bool, told: str) -> str:
    return f"{'达到 met    ' if met else '未达到 missed'} [{kind}] {demand}: {told}"
