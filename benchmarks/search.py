"""Our search engine beside SQLite FTS5, tantivy and Whoosh as shipped: the same records, tokens and questions.

`python benchmarks/search.py [--json] [--rows 10000] [--rounds 5] [--commits 40] [--engines ours,tantivy]`

Records of about 600 Chinese characters (trade.py). Every engine runs in a process of its own; it builds, ends,
and is opened anew with its files out of the page cache; then the engines take turns within every round. A figure of
a question is its median over the rounds; p50 and p95 are over the questions of a class. Every answer must
count the same records in every engine, or the run fails (Whoosh as shipped miscounts now and then: that is told). Whoosh as shipped is built up to 10,000 records and
for more only measured for its building. `tantivy` is a benchmark extra; without it the run goes on.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import engines
import trade
from rounds import Timing, percentile, report, summed
from verdict import verdicts

from indexer.question.highlight import snippet

BATCH = 4_000
STOCK_ROWS, STOCK_SAMPLE = 10_000, 3_000
CLASSES = ("rare name", "code", "common word", "sampled phrase", "common phrase", "boolean and filter",
           "twenty with highlight", "facets")  # fmt: skip
CHINESE = {
    "build docs/s": "建库 篇/秒", "index MB": "索引 MB", "commit p50 ms": "单件提交 p50", "commit p95 ms": "单件提交 p95",
    "cold open ms": "冷启动首问", "peak MiB, building": "建库峰值内存", "peak MiB, asking": "检索峰值内存", "rare name": "罕见人名",
    "code": "编号", "common word": "常用词", "sampled phrase": "抽样词组", "common phrase": "常用词组", "boolean and filter": "组合加筛选",
    "twenty with highlight": "二十条带高亮", "facets": "分面计数",
}  # fmt: skip


# --- the process of one engine --------------------------------------------------------------------


class Child:
    """What one engine's process does when it is told to."""

    def __init__(self, name: str, folder: Path, rows: int) -> None:
        self.engine, self.folder, self.rows = engines.engine(name, folder), folder, rows
        self._asks: dict[str, list[trade.Ask]] = {}
        self._bodies: dict[int, str] = {}

    def build(self) -> dict[str, float]:
        """All records, batch after batch; only the engine's own work is on the clock."""
        wall = cpu = 0.0
        for step in self._steps():
            started, used = time.perf_counter(), time.process_time()
            step()
            wall, cpu = wall + time.perf_counter() - started, cpu + time.process_time() - used
        return {"seconds": wall, "cpu": cpu, "bytes": engines.size(self.folder), "peak": peak()}

    def _steps(self) -> Iterator[Callable[[], None]]:
        yield self.engine.create
        for start in range(0, self.rows, BATCH):
            records = [trade.record(number) for number in range(start, min(start + BATCH, self.rows))]
            yield lambda records=records: self.engine.add(records)
        yield self.engine.finish

    def open(self) -> dict[str, float]:
        """Open with cold files, up to the first answer."""
        self._asks = questions(self.rows)
        chill(self.folder)
        started = time.perf_counter()
        self.engine.open()
        self.engine.search(self._asks["rare name"][0])
        return {"seconds": time.perf_counter() - started}

    def round(self) -> dict[str, list[Any]]:
        """Every question once: wall and processor seconds, and what was counted."""
        return {name: [self._asked(name, ask) for ask in asks] for name, asks in self._asks.items()}

    def _asked(self, name: str, ask: trade.Ask) -> tuple[float, float, object]:
        work: Callable[[], Any] = lambda: self.engine.search(ask)  # noqa: E731
        if name == "facets":
            work = lambda: self.engine.facets(ask)  # noqa: E731
        wall, cpu, answer = clocked(work)
        if name == "facets":
            return wall, cpu, {column: dict(sorted(counts.items())) for column, counts in answer.items()}
        numbers, total = answer
        if name == "twenty with highlight":
            more, used, _ = clocked(self._highlighting(ask, numbers))
            wall, cpu = wall + more, cpu + used
        return wall, cpu, total

    def _highlighting(self, ask: trade.Ask, numbers: Sequence[int]) -> Callable[[], object]:
        """The passages of the hits; fetching their texts is not on the clock."""
        tree, bodies = engines.Ours.tree(ask), [self._body(number) for number in numbers]
        return lambda: [snippet(body, tree) for body in bodies]

    def _body(self, number: int) -> str:
        if number not in self._bodies:
            self._bodies[number] = trade.record(number).body
        return self._bodies[number]

    def commits(self, many: int) -> list[float]:
        """One more record at a time, each durable before the next."""
        return [
            clocked(lambda at=at: self.engine.commit(trade.record(10_000_000 + at)))[0] for at in range(many)
        ]

    def memory(self) -> float:
        """MiB at the peak."""
        return peak()


def questions(rows: int) -> dict[str, list[trade.Ask]]:
    """By class; the last two ask what others ask, for more."""
    asks = trade.questions(rows)
    phrases = asks["sampled phrase"][:20] + asks["common phrase"]
    return {**asks, "twenty with highlight": phrases, "facets": asks["common word"] + asks["common phrase"]}


def clocked(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall and processor seconds of *work*, and what it gave."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return time.perf_counter() - wall, time.process_time() - cpu, answer


def chill(folder: Path) -> None:
    """Ask the system to forget the pages of every file below *folder*."""
    os.sync()
    for where, _, names in os.walk(folder):
        for name in names:
            with open(Path(where) / name, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def peak() -> float:
    """The most memory this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def serve(name: str, folder: str, rows: int) -> None:
    """Do what each line of the input says, and answer with a line."""
    child = Child(name, Path(folder), rows)
    for line in sys.stdin:
        act, *given = json.loads(line)
        print(json.dumps(getattr(child, act)(*given)), flush=True)


# --- the run --------------------------------------------------------------------------------------


class Process:
    """An engine's process as the run sees it."""

    def __init__(self, name: str, folder: Path, rows: int) -> None:
        command = [sys.executable, __file__, f"--child={name}", f"--folder={folder}", f"--rows={rows}"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, act: str, *given: object) -> Any:
        """Do *act* and wait for its answer; the run ends if the process did."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([act, *given]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{act}: the process ended with {self._process.wait()}")
        return json.loads(line)

    def end(self) -> None:
        """Let it go and wait."""
        self._process.communicate()


@dataclass
class Measured:
    """What came of one engine."""

    building: dict[str, float] = field(default_factory=dict)
    opening: float = 0.0
    rounds: list[dict[str, list[Any]]] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    asking: float = 0.0

    def timing(self, engine: str, name: str) -> Timing:
        """One class: of each question the median over the rounds, summed up over the questions."""
        per_question = list(zip(*(one[name] for one in self.rounds), strict=True))
        walls = [statistics.median(wall for wall, _, _ in of) for of in per_question]
        return summed(
            f"{engine}: {name}", walls, [statistics.median(cpu for _, cpu, _ in of) for of in per_question]
        )


def run(names: Sequence[str], rows: int, rounds: int, commits: int, base: Path) -> dict[str, Measured]:
    """Build one after the other, then ask in turns, then commit in turns."""
    found = {name: Measured() for name in names}
    for name in names:
        built = rows if name != engines.STOCK or rows <= STOCK_ROWS else STOCK_SAMPLE
        process = Process(name, base / name, built)
        found[name].building = {**process.tell("build"), "rows": built}
        process.end()
    asked = {name: Process(name, base / name, rows) for name in names if found[name].building["rows"] == rows}
    for name, process in asked.items():
        found[name].opening = process.tell("open")["seconds"]
    for number in range(rounds + 1):
        for name, process in asked.items():
            answers = process.tell("round")
            if number or not rounds:
                found[name].rounds.append(answers)
    for name, process in asked.items():
        found[name].asking = process.tell("memory")
        found[name].commits = process.tell("commits", commits)
        process.end()
    return found


def disagreements(found: Mapping[str, Measured]) -> list[str]:
    """Questions that not all engines count alike."""
    answering = {name: one.rounds[0] for name, one in found.items() if one.rounds}
    unlike = []
    for name in CLASSES:
        rows = {engine: [answer for _, _, answer in answers[name]] for engine, answers in answering.items()}
        for at, counts in enumerate(zip(*rows.values(), strict=True)):
            if any(count != counts[0] for count in counts):
                unlike.append(f"{name} {at}: {dict(zip(rows, counts, strict=True))}")
    return unlike


def checked(found: Mapping[str, Measured]) -> list[str]:
    """What Whoosh as shipped counts otherwise, which it does now and then; the run ends if others differ."""
    unlike = disagreements({name: one for name, one in found.items() if name != engines.STOCK})
    if unlike:
        raise SystemExit("the engines do not agree:\n" + "\n".join(unlike[:20]))
    return [f"Whoosh as shipped counts otherwise: {line}" for line in disagreements(found)]


# --- telling --------------------------------------------------------------------------------------


def figures_of(name: str, one: Measured) -> dict[str, float]:
    """The figures of an engine beside its classes of questions."""
    told = {
        "build docs/s": one.building["rows"] / one.building["seconds"],
        "build docs/s of processor": one.building["rows"] / one.building["cpu"],
        "index MB": one.building["bytes"] / 1e6,
        "peak MiB, building": one.building["peak"],
    }
    if one.rounds:
        told |= {"cold open ms": one.opening * 1e3, "peak MiB, asking": one.asking}
        told |= {
            "commit p50 ms": statistics.median(one.commits) * 1e3,
            "commit p95 ms": percentile(one.commits, 0.95) * 1e3,
        }
        for kind in CLASSES:
            timing = one.timing(name, kind)
            told |= {
                f"{kind}: p50 ms": timing.median * 1e3,
                f"{kind}: p95 ms": timing.p95 * 1e3,
                f"{kind}: cpu ms": timing.cpu * 1e3,
            }
    return told


def extrapolated(figures: Mapping[str, Mapping[str, float]], rows: int) -> Iterator[str]:
    """What a million records would take at this rate; only from many."""
    if rows >= 100_000:
        for name, of in figures.items():
            hours, size = 1e6 / of["build docs/s"] / 3600, of["index MB"] / rows * 1e6 / 1e3
            yield f"1,000,000 外推 extrapolated, {name}: build {hours:.1f} h, index {size:.1f} GB"


def table(figures: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Lines for people: a row for each measure, a column for each engine; questions as p50 / p95."""
    names = list(figures)
    yield "| 项目 | Measure | " + " | ".join(names) + " |"
    yield "|---|---|" + "--:|" * len(names)
    for measure in (
        "build docs/s",
        "index MB",
        "commit p50 ms",
        "commit p95 ms",
        "cold open ms",
        "peak MiB, building",
        "peak MiB, asking",
    ):
        yield _row(measure, [_number(figures[name].get(measure)) for name in names])
    for kind in CLASSES:
        pairs = (
            (figures[name].get(f"{kind}: p50 ms"), figures[name].get(f"{kind}: p95 ms")) for name in names
        )
        yield _row(
            kind, [f"{_number(half)} / {_number(most)}" if half is not None else "–" for half, most in pairs]
        )


def _row(measure: str, cells: Sequence[str]) -> str:
    return f"| {CHINESE[measure]} | {measure} | {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def arguments() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--rows", type=int, default=10_000, help="records")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, one more to warm up")
    parser.add_argument("--commits", type=int, help="single commits (40; 3 without rounds)")
    parser.add_argument("--engines", help="some of them, by name, with commas")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser


def wanted_engines(some: str | None) -> list[str]:
    """Those asked for; all but `ours sealed` if none is, without tantivy if it is not installed."""
    every = [*engines.ENGINES, engines.STOCK]
    names = (
        [name.strip() for name in some.split(",")]
        if some
        else [name for name in every if name != "ours sealed"]
    )
    if "tantivy" in names and importlib.util.find_spec("tantivy") is None:
        print("tantivy: not run, it is not installed", file=sys.stderr)
        names.remove("tantivy")
    return names


def main(given: list[str] | None = None) -> None:
    """Measure, compare, tell."""
    asked = arguments().parse_args(given)
    if asked.child:
        serve(asked.child, asked.folder, asked.rows)
        return
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as folder:
        commits = asked.commits or (40 if asked.rounds else 3)
        found = run(wanted_engines(asked.engines), asked.rows, asked.rounds, commits, Path(folder))
    notes = checked(found)
    figures = {name: figures_of(name, one) for name, one in found.items()}
    lines = [*verdicts(figures, asked.rows), *extrapolated(figures, asked.rows), *notes]
    if not asked.json:
        print(
            f"{asked.rows:,} records, {asked.rounds} rounds; ms are p50 / p95; counts compared in all engines"
        )
        print("\n".join([*table(figures), "", *lines]))
        return
    flat = {f"{name}: {measure}": value for name, of in figures.items() for measure, value in of.items()}
    timings = {
        f"{name}: {kind}": one.timing(name, kind)
        for name, one in found.items()
        if one.rounds
        for kind in CLASSES
    }
    report("search", {"rows": asked.rows, **flat, "verdicts": lines}, timings, as_json=True)


if __name__ == "__main__":
    main()
