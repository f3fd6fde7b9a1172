"""A founded office to measure in: real keys, real people, premises and parties; no test fixtures.

An office is founded once per run; every round works on a fresh copy of its folder.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from rounds import Timing, summed
from sqlalchemy import select

from archive import classes, db, founding, identity, people, registry, scheme
from archive.acts import Act
from archive.config import Settings
from archive.instance import Instance, Who, open_instance
from archive.keys import Keyring
from archive.keystore import keystore_path
from archive.model import Person
from archive.ports import Ports
from archive.unit import Unit
from archive.values import Level, PartyKind, Role
from retention.clockwork import Clockwork

PASSWORD = "correct horse battery"
PREMISES = tuple(
    f"{building}{floor:02}{flat:02}" for building in "AB" for floor in (1, 2) for flat in range(1, 11)
)
PARTIES = tuple(f"P{number:03}" for number in range(1, 21))
PORTS = Ports(Clockwork())

#: account, name, role
PEOPLE = (("archivist", "郑档案", Role.ARCHIVIST), ("clerk", "周文员", Role.CLERK), ("gm", "褚总", Role.GM),
          ("security", "蒋保密", Role.SECURITY_ADMIN))  # fmt: skip


def who(account: str) -> Who:
    """The person with *account*, resolved inside each transaction as a log-in would be."""

    def resolve(session: Any, now: dt.datetime) -> Any:
        person = session.scalar(select(Person).where(Person.account == account))
        return identity.actor(session, person, now.date())

    return resolve


def found(folder: Path) -> Path:
    """An office in *folder*: `home/` and its key file beside it; returns the home."""
    wanted = Settings(company="和园物业", key_file=str(folder / "key"))
    first = founding.Founding(wanted, "admin", "赵管理", PASSWORD)
    instance, _ = founding.found(folder / "home", first, PORTS)
    with closing(instance):
        _staffed(instance)
    return folder / "home"


def _staffed(instance: Instance) -> None:
    with instance.work(who("admin"), Act.PERSON_ADD) as unit:
        people.add_department(unit, "KF", "客服部")
        for account, name, role in PEOPLE:
            people.add(unit, account, name=name, department="KF", roles=(role,), password=PASSWORD)
    with instance.work(who("security"), Act.PERSON_CLEAR) as unit:
        people.clear(unit, "archivist", Level.SECRET)
    with instance.work(who("gm"), Act.CLASS_ADOPT) as unit:
        classes.adopt(unit, scheme.load().version)
    with instance.work(who("archivist"), Act.PREMISES_ADD) as unit:
        for code in PREMISES:
            registry.add_premises(unit, code, building=code[0] + "座", floor=code[1:3])
        for code in PARTIES:
            registry.add_party(unit, code, name=f"业户{code}", kind=PartyKind.OWNER, natural_person=True)


@contextmanager
def opened(home: Path) -> Iterator[Instance]:
    """The office in *home*, unlocked with the key file beside the first one."""
    key = next(folder / "key" for folder in home.parents if (folder / "key").exists())
    instance = open_instance(home, lambda folder, _: Keyring.unlock(folder, key_file=key), PORTS)
    with closing(instance):
        yield instance


def copied(home: Path, name: str) -> Path:
    """A fresh copy of *home* beside it."""
    target = home.parent / name
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(home, target))


@contextmanager
def as_archivist(instance: Instance, intent: Act) -> Iterator[Unit]:
    """A unit of work of the archivist."""
    with instance.work(who("archivist"), intent) as unit:
        yield unit


# --- rounds with something to set up --------------------------------------------------------------


def arguments(purpose: str, *, rows: int, rounds: int = 5) -> argparse.ArgumentParser:
    """The options every benchmark here has."""
    parser = argparse.ArgumentParser(
        description=purpose, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--rows", type=int, default=rows, help="how much in each round")
    parser.add_argument("--rounds", type=int, default=rounds, help="how many rounds, one more to warm up")
    return parser


Spent = tuple[float, float]


def timed(work: Callable[[], object], *, collecting: bool = False) -> Spent:
    """Wall and processor seconds of *work*; the collector rests meanwhile, unless long work needs it."""
    gc.collect()
    if not collecting:
        gc.disable()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    spent = time.perf_counter() - wall, time.process_time() - cpu
    gc.enable()
    return spent


def in_turn(one_round: Callable[[], Iterable[tuple[str, Spent]]], rounds: int) -> dict[str, Timing]:
    """*rounds* rounds after one to warm up, each giving every case once: `rounds.measure` with setting-up."""
    walls: dict[str, list[float]] = {}
    cpus: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        for name, (wall, cpu) in one_round():
            if number or not rounds:
                walls.setdefault(name, []).append(wall)
                cpus.setdefault(name, []).append(cpu)
    return {name: summed(name, walls[name], cpus[name]) for name in walls}


# --- the bare database to compare with --------------------------------------------------------


def bare(path: Path) -> sqlite3.Connection:
    """The catalogue at *path* through `sqlite3` alone, with the settings the program uses."""
    raw = sqlite3.connect(path, isolation_level=None)
    mode = db.journal_mode("auto")
    for name, value in db.PRAGMAS.items():
        raw.execute(f"PRAGMA {name}={value}")
    raw.execute(f"PRAGMA journal_mode={mode}")
    raw.execute("PRAGMA synchronous=" + ("FULL" if mode == "wal" else "EXTRA"))
    return raw


def bare_keys(home: Path) -> sqlite3.Connection:
    """The keystore of *home* likewise."""
    raw = sqlite3.connect(keystore_path(home), isolation_level=None)
    for name, value in {"journal_mode": "DELETE", "synchronous": "EXTRA", "secure_delete": "ON"}.items():
        raw.execute(f"PRAGMA {name}={value}")
    return raw
