"""One line of JSON for each request, and the counts behind `/metrics`: never a code, a question or a body.

A request is named by its route (`/volume/<code>`), so that neither line nor count tells which record was looked at.
"""

from __future__ import annotations

import json
import secrets
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from flask import Flask, Response, g, request

from web.guard import KNOWN

#: Upper bounds of the classes of durations, in seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 10.0)

_lock = threading.Lock()


def write(line: Mapping[str, Any], stream: IO[str] | None = None) -> None:
    """Write *line* as one line of JSON, whole, to *stream* (standard error)."""
    told = json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False)
    with _lock:
        print(told, file=stream or sys.stderr, flush=True)


@dataclass
class Counts:
    """What was answered since the start: by method, route and status; how long it took; what is under way."""

    answered: dict[tuple[str, str, int], int] = field(default_factory=lambda: defaultdict(int))
    slower: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0
    running: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begun(self) -> None:
        """A request has come in."""
        with self.lock:
            self.running += 1

    def done(self, method: str, route: str, status: int, seconds: float) -> None:
        """It was answered."""
        place = next((at for at, bound in enumerate(BUCKETS) if seconds <= bound), len(BUCKETS))
        with self.lock:
            self.running -= 1
            self.answered[method, route, status] += 1
            self.slower[place] += 1
            self.seconds += seconds

    def text(self) -> str:
        """Everything in Prometheus's text format."""
        with self.lock:
            lines = [*self._requests(), *self._durations()]
            lines += ["# TYPE anjuan_requests_running gauge", f"anjuan_requests_running {self.running}"]
        return "\n".join([*lines, ""])

    def _requests(self) -> list[str]:
        told = [
            f'anjuan_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
            for (method, route, status), count in sorted(self.answered.items())
        ]
        return ["# TYPE anjuan_requests_total counter", *told]

    def _durations(self) -> list[str]:
        told, total = ["# TYPE anjuan_request_seconds histogram"], 0
        for bound, count in zip((*BUCKETS, "+Inf"), self.slower, strict=True):
            total += count
            told.append(f'anjuan_request_seconds_bucket{{le="{bound}"}} {total}')
        return [
            *told,
            f"anjuan_request_seconds_sum {self.seconds:.6f}",
            f"anjuan_request_seconds_count {total}",
        ]


def recorded(
    app: Flask, clock: Callable[[], Any], *, stream: IO[str] | None = None, quiet: bool = False
) -> None:
    """Let *app* count every request, give it a number, and write its line unless *quiet*; set up before all else.

    Of static files only those that were not there are worth a line.
    """
    counts = app.extensions["anjuan-counts"] = Counts()

    @app.before_request
    def _begun() -> None:
        g.request_id, g.begun = secrets.token_hex(8), time.perf_counter()
        counts.begun()

    @app.after_request
    def _done(answer: Response) -> Response:
        if "begun" not in g:
            return answer
        took = time.perf_counter() - g.begun
        counts.done(_method(), _route(), answer.status_code, took)
        answer.headers["X-Request-Id"] = g.request_id
        if not quiet and (request.endpoint != "static" or answer.status_code >= 400):
            write(_line(clock, answer.status_code, took), stream)
        return answer


def _line(clock: Callable[[], Any], status: int, took: float) -> dict[str, Any]:
    return {
        "at": clock().isoformat(timespec="milliseconds"),
        "id": g.request_id,
        "method": _method(),
        "route": _route(),
        "status": status,
        "ms": round(took * 1000, 1),
        "defect": g.get("defect"),
    }


def _method() -> str:
    """How it was asked; nothing of a way that nobody knows, which could be anything and ever another."""
    return request.method if request.method in KNOWN else "-"


def _route() -> str:
    """The rule of the address without what was filled into it; nothing of an address that is none of ours."""
    rule = request.url_rule
    return rule.rule.replace("<stamp>/", "") if rule is not None else "-"
