"""A large archive served to many people at once: searching, looking at records, writing; and what a request costs as it grows.

`python benchmarks/serving.py [--json] [--rows 100000] [--rounds 2] [--seconds 20] [--think 10] [--folder KEEP]`

A real `anjuan serve` in a process of its own, over loopback, eight threads. 50 and then 200 people are signed in and each
does one thing after another, pausing for *think* seconds on average (as people do; 0: not at all): 80 of 100 times a search,
15 a record's page, 5 a write (staff keep a search, the keepers file a paper), all by the forms and tokens of the pages.
Then eight people ask without any pause: the most that the service answers.
In every round a bare Flask page behind the same server takes turns with ours, asked by the same people in the same way.
Then one person alone asks archives of 1 %, 10 % and 100 % of the records: what a search, a page and a write cost there.
Server times are those of the service's own log.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import holdings
import office
from rounds import Timing, percentile, report, summed
from visitors import Visitor

PEOPLE, THREADS = (50, 200), 8
MIX = (("search", 80), ("view", 15), ("write", 5))
#: Routes by kind: how the service's log calls what is asked here.
ROUTES = {"search": {"/"}, "view": {"/records/<path:code>"}, "write": {"/do/<path:where>"}}
COSTS = 40
HELLO = """
import sys
from flask import Flask
from cheroot.wsgi import Server
app = Flask("hello")
app.add_url_rule("/", "hello", lambda: "hello")
served = Server(("127.0.0.1", 0), app, numthreads=int(sys.argv[1]), request_queue_size=256)
served.prepare()
print(f"http://127.0.0.1:{served.bind_addr[1]}/", flush=True)
served.serve()
"""


# --- the services ---------------------------------------------------------------------------------


class Service:
    """A server in a process of its own, its log in a file."""

    def __init__(self, command: Sequence[str], log: Path, **environment: str) -> None:
        self.log = log
        self._file = log.open("wb")
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._file, text=True, env={**os.environ, **environment}
        )
        self.port = self._port()

    def _port(self) -> int:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:([0-9]+)/", line):
                return int(found[1])
        raise SystemExit(f"the service did not start: {self.log.read_text()[-2000:]}")

    def lines(self, since: int = 0) -> list[Mapping[str, object]]:
        """What its log says of requests after the first *since* bytes."""
        with self.log.open("rb") as file:
            file.seek(since)
            told = [json.loads(line) for line in file.read().splitlines() if line.startswith(b"{")]
        return [one for one in told if "route" in one]

    def written(self) -> int:
        """How long its log is."""
        return self.log.stat().st_size

    def memory(self) -> dict[str, float]:
        """MiB it holds now and held at most."""
        told = Path(f"/proc/{self._process.pid}/status").read_text()
        found = dict(re.findall(r"(VmRSS|VmHWM):\s+([0-9]+) kB", told))
        return {name: int(value) / 1024 for name, value in found.items()}

    def seconds(self) -> float:
        """Processor seconds it has used."""
        told = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Stop it as an administrator does."""
        self._process.terminate()
        self._process.communicate(timeout=60)
        self._file.close()


@contextlib.contextmanager
def serving(home: Path, log: Path) -> Iterator[Service]:
    """`anjuan serve` over a copy of *home*."""
    copy = office.copied(home, "served")
    command = [
        sys.executable,
        "-c",
        "import cli; cli.main()",
        "--home",
        str(copy),
        "serve",
        "--port",
        "0",
    ]
    service = Service(command, log, PYTHONPATH=str(Path(__file__).resolve().parents[1]), ANJUAN_LANGUAGE="zh")
    try:
        yield service
    finally:
        service.end()
        shutil.rmtree(copy)


@contextlib.contextmanager
def hello(log: Path) -> Iterator[Service]:
    """A bare Flask page behind the same server."""
    service = Service([sys.executable, "-c", HELLO, str(THREADS)], log)
    try:
        yield service
    finally:
        service.end()


# --- the load -------------------------------------------------------------------------------------


@dataclass
class Measured:
    """What came of one load: seconds by kind as people waited, statuses, how long it lasted."""

    waits: dict[str, list[float]] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    lasted: float = 0.0

    def add(self, other: Measured) -> None:
        """Another round of the same."""
        for kind, waits in other.waits.items():
            self.waits.setdefault(kind, []).extend(waits)
        for status, count in other.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + count
        self.lasted += other.lasted

    @property
    def errors(self) -> int:
        """Answers that were none: 5xx, 429, connections that broke."""
        return sum(
            count for status, count in self.statuses.items() if status == 0 or status == 429 or status >= 500
        )


async def loaded(
    visitors: Sequence[Visitor], seconds: float, think: float, *, bare: bool = False
) -> Measured:
    """All *visitors* at once, for so long: each pauses before he begins as he will between what he does."""
    found = Measured({kind: [] for kind, _ in MIX})
    began = time.perf_counter()

    async def day(visitor: Visitor) -> None:
        await pause(visitor)
        while (now := time.perf_counter()) < began + seconds:
            kind = visitor.rng.choices([one for one, _ in MIX], [share for _, share in MIX])[0]
            status, _ = await (visitor.browser.ask("/") if bare else visitor.act(kind))
            found.waits[kind].append(time.perf_counter() - now)
            found.statuses[status] = found.statuses.get(status, 0) + 1
            await pause(visitor)

    async def pause(visitor: Visitor) -> None:
        left = began + seconds - time.perf_counter()
        await asyncio.sleep(max(0.0, min(left, visitor.rng.expovariate(1 / think) if think else 0)))

    await asyncio.gather(*map(day, visitors))
    found.lasted = time.perf_counter() - began
    return found


async def crowd(count: int, port: int, rows: int) -> list[Visitor]:
    """So many people, signed in a few at a time."""
    visitors, few = [Visitor(number, port, rows) for number in range(count)], asyncio.Semaphore(4)

    async def enter(visitor: Visitor) -> None:
        async with few:
            await visitor.sign_in()

    await asyncio.gather(*map(enter, visitors))
    return visitors


@dataclass
class Day:
    """One size of crowd: ours and the bare page, and what the service's own log says of ours."""

    ours: Measured = field(default_factory=Measured)
    bare: Measured = field(default_factory=Measured)
    server: dict[str, list[float]] = field(default_factory=dict)


async def days(service: Service, plain: Service, asked: Asked) -> dict[int, Day]:
    """Every size of crowd, round after round, ours and the bare page in turn."""
    found = {count: Day() for count in asked.people}
    for count, day in found.items():
        visitors = await crowd(count, service.port, asked.rows)
        strangers = [Visitor(number, plain.port, asked.rows) for number in range(count)]
        await loaded(visitors, min(5.0, asked.seconds / 2), asked.think)
        for _ in range(max(1, asked.rounds)):
            mark = service.written()
            day.bare.add(await loaded(strangers, asked.seconds / 4, asked.think, bare=True))
            day.ours.add(await loaded(visitors, asked.seconds, asked.think))
            for kind, times in by_kind(service.lines(mark)).items():
                day.server.setdefault(kind, []).extend(times)
        for visitor in (*visitors, *strangers):
            visitor.browser.close()
    return found


async def busy(service: Service, asked: Asked) -> Measured:
    """Eight people without a pause."""
    visitors = await crowd(THREADS, service.port, asked.rows)
    found = await loaded(visitors, asked.seconds / 2, 0.0)
    for visitor in visitors:
        visitor.browser.close()
    return found


def by_kind(lines: Sequence[Mapping[str, object]]) -> dict[str, list[float]]:
    """Server seconds of what was asked here, by kind."""
    found: dict[str, list[float]] = {kind: [] for kind in ROUTES}
    for line in lines:
        for kind, routes in ROUTES.items():
            if line["route"] in routes and (kind == "write") == (line["method"] == "POST"):
                found[kind].append(float(str(line["ms"])) / 1e3)
    return found


# --- the cost of one request ----------------------------------------------------------------------


@dataclass
class Cost:
    """Of one kind of request: server seconds of each, and processor seconds of one on average."""

    server: list[float]
    cpu: float


async def costs(service: Service, rows: int, times: int) -> dict[str, Cost]:
    """What each kind of request costs somebody who is alone, in an archive of so many records."""
    visitor = Visitor(0, service.port, rows)
    await visitor.sign_in()
    for kind in ("search", "view", "write") * 3:
        await visitor.act(kind)
    found = {}
    for kind in ROUTES:
        mark, used = service.written(), service.seconds()
        for _ in range(times):
            await visitor.act(kind)
        await asyncio.sleep(0.5)  # the index follows
        found[kind] = Cost(by_kind(service.lines(mark))[kind], (service.seconds() - used) / times)
    visitor.browser.close()
    return found


# --- telling --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """The options of a run."""

    rows: int
    rounds: int
    seconds: float
    think: float
    people: Sequence[int]


def of_day(count: int, day: Day) -> Iterator[tuple[str, float]]:
    """The figures of one crowd."""
    waits = [one for kind in day.ours.waits.values() for one in kind]
    server = [one for kind in day.server.values() for one in kind]
    bare = [one for kind in day.bare.waits.values() for one in kind]
    yield f"{count}: requests/s", len(waits) / day.ours.lasted
    yield f"{count}: errors", day.ours.errors
    yield f"{count}: refused", sum(n for status, n in day.ours.statuses.items() if 400 <= status < 500)
    for name, times in (("waited", waits), ("server", server), ("bare Flask", bare)):
        for share in (0.5, 0.95, 0.99):
            yield f"{count}: {name} p{share * 100:.0f} ms", percentile(times, share) * 1e3 if times else 0.0
    for kind, times in day.server.items():
        if times:
            yield f"{count}: {kind}: server p95 ms", percentile(times, 0.95) * 1e3
    yield f"{count}: waited p95 / bare Flask p95", percentile(waits, 0.95) / percentile(bare, 0.95)


def timings(days_: Mapping[int, Day]) -> dict[str, Timing]:
    """The same as lines for machines."""
    return {
        f"{count}: {kind}": summed(f"{count}: {kind}", times, [0.0])
        for count, day in days_.items()
        for kind, times in day.server.items()
        if times
    }


def arguments() -> tuple[Asked, Path | None, bool]:
    """The options."""
    parser = office.arguments(__doc__ or "", rows=100_000, rounds=2)
    parser.add_argument("--seconds", type=float, help="how long each round lasts (20)")
    parser.add_argument("--think", type=float, default=10.0, help="seconds a person pauses on average")
    parser.add_argument("--people", type=int, nargs="*", help="sizes of the crowd (50 200)")
    parser.add_argument("--folder", type=Path, help="where the archives are built and kept for another run")
    given = parser.parse_args()
    quick = given.rounds == 0  # only to see that it runs
    people = given.people or ((3,) if quick else PEOPLE)
    seconds = given.seconds or (2.0 if quick else 20.0)
    return (
        Asked(given.rows, given.rounds, seconds, 0.1 if quick else given.think, people),
        given.folder,
        given.json,
    )


def of_costs(rows: int, alone: Mapping[str, Cost]) -> Iterator[tuple[str, float]]:
    """The figures of somebody alone."""
    for kind, cost in alone.items():
        for share in (0.5, 0.95):
            yield f"{rows}: alone: {kind}: server p{share * 100:.0f} ms", percentile(cost.server, share) * 1e3
        yield f"{rows}: alone: {kind}: cpu ms", max(cost.cpu * 1e3, 0.01)


def crowded(service: Service, asked: Asked, log: Path) -> tuple[dict[str, float], dict[str, Timing]]:
    """The figures of every crowd, of the most that is answered, and of memory then."""
    with hello(log) as plain:
        found = asyncio.run(days(service, plain, asked))
    most = asyncio.run(busy(service, asked))
    figures = {name: figure for count, day in found.items() for name, figure in of_day(count, day)}
    memory = service.memory()
    figures |= {"no pause: requests/s": sum(map(len, most.waits.values())) / most.lasted}
    return figures | {"memory MiB": memory["VmRSS"], "memory at most MiB": memory["VmHWM"]}, timings(found)


def main() -> None:
    """Build, serve, load, tell."""
    asked, kept, as_json = arguments()
    figures: dict[str, float] = {"rows": asked.rows, "think s": asked.think}
    times: dict[str, Timing] = {}
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as folder:
        for rows in sorted(
            {max(60, asked.rows // share) for share in ((100, 10, 1) if asked.rounds else (1,))}
        ):
            home = holdings.built(kept or Path(folder), rows)
            with serving(home, Path(folder) / "log") as service:
                figures |= of_costs(rows, asyncio.run(costs(service, rows, COSTS if asked.rounds else 3)))
                if rows >= asked.rows:
                    more, times = crowded(service, asked, Path(folder) / "hello")
                    figures |= more
    report("serving", figures, times, as_json=as_json)


if __name__ == "__main__":
    main()
