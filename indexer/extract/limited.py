"""A limited child process seen from its parent: asked over pipes, replaced when worn, outlived when it dies."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

from archive.errors import ReaderUnavailable
from indexer.extract.frames import Facts, Line
from indexer.extract.kinds import Outcome
from indexer.extract.sandbox import Limits, Sandbox

_BOOT = "import sys; sys.path.append(sys.argv[1]); from indexer.extract.{} import main; main()"
_HOME = str(Path(__file__).resolve().parents[2])
_OUT_OF_MEMORY = (b"memory allocation of", b"MemoryError", b"Cannot allocate memory", b"capacity overflow")
_ABORTS = frozenset({-signal.SIGILL, -signal.SIGTRAP, -signal.SIGABRT})
"""How native libraries end the process when they get no memory."""
_NEARLY = 0.7
"""A process that aborts having held this share of its memory has run out of it."""


class Ended(Exception):
    """The child did not answer: what that makes of the file, and why."""

    def __init__(self, outcome: Outcome, note: str) -> None:
        super().__init__(note)
        self.outcome, self.note = outcome, note


class Limited:
    """One child at a time of the module *program*, replaced every so many files; threads take turns."""

    def __init__(
        self,
        program: str,
        limits: Limits,
        *,
        start: float = 30.0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """*start*: seconds a child may take to load what it needs and lock itself in; it sees only *environment*."""
        self._program, self._limits, self._start = program, limits, start
        self._environment = environment or {}
        self._turn = Lock()
        self.child: Child | None = None

    def ask(self, facts: Facts, data: bytes, most: int) -> tuple[Facts, bytes]:
        """Its answer, at most *most* bytes; `Ended` if there is none, `ReaderUnavailable` if no child starts."""
        with self._turn:
            child = self._ready()
            try:
                return child.ask(facts, data, most)
            except TimeoutError:
                self.close()
                raise Ended(Outcome.TIMED_OUT, "why=wall-clock") from None
            except (OSError, EOFError, ValueError, TypeError, KeyError):
                self.child = None
                raise Ended(*child.cause_of_death()) from None
            except BaseException:
                self.close()  # half a message lies in the pipe
                raise

    def sandbox(self) -> Sandbox:
        """What holds the child; starts one if there is none."""
        with self._turn:
            return self._ready().sandbox

    def close(self) -> None:
        """End the child."""
        if self.child:
            self.child.end()
        self.child = None

    def _ready(self) -> Child:
        if self.child is None or self.child.worn():
            self.close()
            self.child = self._started()
        return self.child

    def _started(self) -> Child:
        """A child that said it is ready; a second try, then `ReaderUnavailable`."""
        for last in (False, True):
            try:
                return Child(self._program, self._limits, self._start, self._environment)
            except (OSError, EOFError, ValueError, TypeError) as fault:
                if last:
                    raise ReaderUnavailable(why=type(fault).__name__) from fault
        raise AssertionError


def _spawned(program: str, limits: str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """The bare process: isolated Python, nothing of our environment, no folder of ours, three pipes."""
    boot = _BOOT.format(program)
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-W", "ignore", "-c", boot, _HOME, limits]
    pipe = subprocess.PIPE
    return subprocess.Popen(  # noqa: S603  every word of the command is ours
        command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, cwd="/", bufsize=0
    )


class Child:
    """One process, from its first word to its end."""

    def __init__(self, program: str, limits: Limits, start: float, environment: Mapping[str, str]) -> None:
        self._limits = limits
        self._files = 0
        self._spent = False
        self._process = _spawned(program, json.dumps(dataclasses.asdict(limits)), environment)
        assert self._process.stdin
        assert self._process.stdout
        self._line = Line(self._process.stdin.fileno(), self._process.stdout.fileno())
        try:
            facts, _ = self._line.take(0, time.monotonic() + start)
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

    def ask(self, facts: Facts, data: bytes, most: int) -> tuple[Facts, bytes]:
        """What the child answers; TimeoutError, or another exception if it died or spoke nonsense."""
        self._files += 1
        deadline = time.monotonic() + self._limits.wall
        self._line.put(facts, data, deadline)
        told, block = self._line.take(most, deadline)
        self._spent = bool(told["spent"])
        return told, block

    def cause_of_death(self) -> tuple[Outcome, str]:
        """Why the child is gone, as far as its status, what it held and its last words tell."""
        status, peak = self._ended(time.monotonic() + 1)
        words = self._last_words() if status is not None else b""
        self.end()
        if status == -signal.SIGXCPU:
            return Outcome.TIMED_OUT, "why=processor-time"
        aborted = status in _ABORTS and peak > self._limits.memory * _NEARLY
        if aborted or any(sign in words for sign in _OUT_OF_MEMORY):
            return Outcome.OVERSIZED, "why=memory"
        return Outcome.CRASHED, "why=nonsense" if status is None else f"why=status{status}"

    def _ended(self, deadline: float) -> tuple[int | None, int]:
        """How the process ended, None if it lives, and the most memory it held, in bytes."""
        while self._process.returncode is None:
            with suppress(ChildProcessError):
                pid, status, used = os.wait4(self._process.pid, os.WNOHANG)
                if pid:
                    self._process.returncode = os.waitstatus_to_exitcode(status)
                    return self._process.returncode, used.ru_maxrss * 1024
            if time.monotonic() > deadline:
                return None, 0
            time.sleep(0.01)
        return self._process.returncode, 0

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
