"""The command line as tests use it: people at the counter of one office, in this process."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

import cli
from archive import clikit
from tests.conftest import PASSWORD, TODAY

#: What may change although an act was refused: the log, and who is logged in or barred.
MAY_CHANGE = {"event", "checkpoint", "login_session", "login_bar"}


@dataclass
class Counter:
    """A home, and a configuration folder for each person."""

    home: Path
    desk: Path
    now: dt.datetime = TODAY
    language: str = "zh"
    known: set[str] = field(default_factory=set)

    def run(self, who: str, *args: Any, typed: str | None = None, **env: str) -> Told:
        """`anjuan ARGS` by *who* (logged in first, unless nobody)."""
        if who and who not in self.known:
            self.known.add(who)
            self._run(who, "login", who, "--password-file", self.secret(PASSWORD)).check()
        return self._run(who, *args, typed=typed, **env)

    def _run(self, who: str, *args: Any, typed: str | None = None, **env: str) -> Told:
        given = ["--home", str(self.home), "--lang", self.language, *map(str, args)]
        told = {"XDG_CONFIG_HOME": str(self.desk / (who or "nobody")), **env}
        result = CliRunner().invoke(cli.root, given, input=typed, env=told)
        return Told(result.exit_code, result.stdout, result.stderr, result)

    def secret(self, text: str) -> Path:
        """A file whose first line is *text*."""
        path = self.desk / f"secret-{abs(hash(text))}"
        path.write_text(f"{text}\n", "utf-8")
        return path

    def approve(self, code: str, to: str = "staff", *acts: str) -> None:
        """The general manager lets *to* borrow the record: what a loan rests on without a request."""
        named = [word for act in acts or ("lend",) for word in ("--act", act)]
        given = ("grant", "give", code, "--to", to, *named, "--until", "2026-12-31", "--reason", "工作需要")
        self.run("gm", *given).check()

    def rows(self, who: str, *args: Any) -> Any:
        """What a listing prints with --json."""
        return json.loads(self.run(who, *args, "--json").check().out)

    def state(self) -> str:
        """All rows of all tables but the log, as text: equal means nothing changed."""
        return contents(self.home / "catalogue.db")


@dataclass
class Told:
    """Exit status and what was printed."""

    status: int
    out: str
    err: str
    result: Result

    def check(self, status: int = 0) -> Told:
        """This, if it ended with *status*."""
        assert status == self.status, self.err + self.out + repr(self.result.exception)
        return self


def slip(out: str) -> str:
    """The recovery key as it stands in its frame, on as many lines; empty if it is not told exactly once."""
    lines = [line.strip("│ ") for line in out.splitlines() if "│" in line]
    key = "\n".join(line for line in lines if re.fullmatch(r"[0-9A-Z]{5}(-[0-9A-Z]{5}){1,4}", line))
    return key if len(re.findall(r"[0-9A-Z]{5}", key)) == 13 else ""


def contents(database: Path) -> str:
    """The rows of every table but those of `MAY_CHANGE`."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    names = [
        row[0]
        for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")
    ]
    told = [
        f"{name} {row}"
        for name in names
        if name not in MAY_CHANGE
        for row in connection.execute(f'SELECT * FROM "{name}"')
    ]
    connection.close()
    return "\n".join(told)


def counter(template: Path, folder: Path, monkeypatch: Any) -> Counter:
    """A fresh copy of the template office with its own clock; the index is left alone."""
    home, desk = folder / "home", folder / "desk"
    shutil.copytree(template / "home", home)
    for path in [home, *home.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    desk.mkdir()
    made = Counter(home, desk)
    monkeypatch.setattr(clikit.wiring, "clock", lambda: made.now)
    monkeypatch.setattr(clikit.wiring, "after_work", None)
    monkeypatch.setattr(clikit.wiring, "checks", [])
    return made
