"""Handing files to the limited child, and surviving whatever they do to it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path, PurePath
from threading import Lock
from types import TracebackType
from typing import Self

from archive.errors import ReaderUnavailable
from indexer.extract.frames import Facts, Line
from indexer.extract.kinds import HEAD, MOST_INPUT, MOST_TEXT, OLE, ZIP, Extracted, Kind, Outcome, kind_of
from indexer.extract.sandbox import Limits, Sandbox

_BOOT = "import sys; sys.path.append(sys.argv[1]); from indexer.extract.child import main; main()"
_HOME = str(Path(__file__).resolve().parents[2])
_START = 30.0
"""Seconds a child may take to load its parsers and lock itself in."""
_OUT_OF_MEMORY = (b"memory allocation of", b"MemoryError", b"Cannot allocate memory", b"capacity overflow")


class Extractor:
    """Reads files one after the other in a limited child, which is replaced every so many files.

    A context manager; may be shared by threads, which then take turns. Nothing of a file is written anywhere.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._child: _Child | None = None
        self._turn = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def extract(self, data: bytes, name: str) -> Extracted:
        """The text of *data*, or why there is none; *name* gives the ending (`.docx`), nothing else.

        Never raises for what the bytes are; `ReaderUnavailable` if no child can be started.
        """
        suffix = PurePath(name).suffix.lower()[:16]
        kind = kind_of(data[:HEAD], suffix)
        if settled := _settled(data, kind):
            return settled
        with self._turn:
            return self._ask(data, suffix, kind)

    def sandbox(self) -> Sandbox:
        """What holds the child; starts one if there is none."""
        with self._turn:
            return self._ready().sandbox

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._child.end()
        self._child = None

    def _ready(self) -> _Child:
        if self._child is None or self._child.worn():
            self.close()
            self._child = _started(self._limits)
        return self._child

    def _ask(self, data: bytes, suffix: str, kind: Kind) -> Extracted:
        child = self._ready()
        try:
            return child.read(data, suffix)
        except TimeoutError:
            self.close()
            return Extracted(Outcome.TIMED_OUT, kind=kind.value, note="why=wall-clock")
        except (OSError, EOFError, ValueError, TypeError, KeyError):
            self._child = None
            outcome, note = child.cause_of_death()
            return Extracted(outcome, kind=kind.value, note=note)
        except BaseException:
            self.close()  # half a message lies in the pipe
            raise


def sandbox_level() -> str:
    """`landlock+limits`, or `limits-only` where the child's own tries were not all denied (F3)."""
    with Extractor() as extractor:
        return extractor.sandbox().level


def _settled(data: bytes, kind: Kind) -> Extracted | None:
    """What needs no parser to be known."""
    if not data:
        return Extracted(Outcome.EMPTY, kind=kind.value)
    if kind is Kind.IMAGE:
        return Extracted(Outcome.IMAGE_ONLY, kind=kind.value)
    if kind is Kind.UNKNOWN and not data.startswith((ZIP, OLE)):
        return Extracted(Outcome.UNSUPPORTED, kind=kind.value)
    if len(data) > MOST_INPUT:
        return Extracted(Outcome.OVERSIZED, kind=kind.value, note="why=file-size")
    return None


def _started(limits: Limits) -> _Child:
    """A child that said it is ready; a second try, then `ReaderUnavailable`."""
    for last in (False, True):
        try:
            return _Child(limits)
        except (OSError, EOFError, ValueError, TypeError) as fault:
            if last:
                raise ReaderUnavailable(why=type(fault).__name__) from fault
    raise AssertionError


def _spawned(limits: str) -> subprocess.Popen[bytes]:
    """The bare process: isolated Python, no environment, no folder of ours, three pipes."""
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-W", "ignore", "-c", _BOOT, _HOME, limits]
    pipe = subprocess.PIPE
    return subprocess.Popen(  # noqa: S603  every word of the command is ours
        command, stdin=pipe, stdout=pipe, stderr=pipe, env={}, cwd="/", bufsize=0
    )


class _Child:
    """One process, from its first word to its end."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._files = 0
        self._spent = False
        self._process = _spawned(json.dumps(dataclasses.asdict(limits)))
        assert self._process.stdin
        assert self._process.stdout
        self._line = Line(self._process.stdin.fileno(), self._process.stdout.fileno())
        try:
            facts, _ = self._line.take(0, time.monotonic() + _START)
            self.sandbox = Sandbox(**{**facts, "open": tuple(facts["open"])})
        except BaseException:
            self.end()
            raise

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def worn(self) -> bool:
        """True if a fresh child should read the next file."""
        return self._spent or self._files >= self._limits.files_per_child or self._process.poll() is not None

    def read(self, data: bytes, suffix: str) -> Extracted:
        """What the child answers; TimeoutError, or another exception if it died or spoke nonsense."""
        self._files += 1
        deadline = time.monotonic() + self._limits.wall
        self._line.put({"suffix": suffix}, data, deadline)
        facts, text = self._line.take(MOST_TEXT, deadline)
        self._spent = bool(facts["spent"])
        return _understood(facts, text)

    def cause_of_death(self) -> tuple[Outcome, str]:
        """Why the child is gone, as far as its status and last words tell."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        status = self._process.poll()
        words = self._last_words() if status is not None else b""
        self.end()
        if status == -signal.SIGXCPU:
            return Outcome.TIMED_OUT, "why=processor-time"
        if any(sign in words for sign in _OUT_OF_MEMORY):
            return Outcome.OVERSIZED, "why=memory"
        return Outcome.CRASHED, "why=nonsense" if status is None else f"why=status{status}"

    def _last_words(self) -> bytes:
        assert self._process.stderr
        os.set_blocking(self._process.stderr.fileno(), False)
        return self._process.stderr.read(65536) or b""

    def end(self) -> None:
        """Kill the process and close its pipes."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                with suppress(OSError):
                    pipe.close()


def _understood(facts: Facts, text: bytes) -> Extracted:
    """The answer as ours; the child has met the file and is not trusted: ValueError, TypeError, KeyError."""
    pages, title, created = facts["pages"], facts["title"], facts["created"]
    if not (pages is None or isinstance(pages, int)) or not (title is None or isinstance(title, str)):
        raise TypeError
    return Extracted(
        Outcome(facts["outcome"]),
        text.decode(),
        Kind(facts["kind"]).value,
        pages,
        title,
        dt.date.fromisoformat(created) if created else None,
        str(facts["note"])[:200],
    )
