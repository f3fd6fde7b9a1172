"""One founded office as a template, copied for each test; a clock that tests can set."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, select

from archive import classes, db, duty, founding, grants, identity, people, registry, scheme
from archive.acts import Act
from archive.conditions import Actor
from archive.config import Settings
from archive.instance import Instance, open_instance
from archive.keys import Keyring
from archive.model import Person
from archive.ports import Ports
from archive.unit import Unit
from archive.values import Level, PartyKind, PlaceKind, Role
from indexer.copies import Copies
from retention.clockwork import Clockwork

settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("house")

PASSWORD = "correct horse battery"
TODAY = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
PORTS = Ports(Clockwork(), Copies())

#: account, name, department, roles, clearance
PEOPLE = (
    ("staff", "孙员工", "GC", (Role.STAFF,), Level.INTERNAL),
    ("clerk", "周文员", "KF", (Role.CLERK,), Level.CONFIDENTIAL),
    ("records", "吴资料", "GC", (Role.RECORDS_CLERK,), Level.INTERNAL),
    ("archivist", "郑档案", "ZJB", (Role.ARCHIVIST,), Level.SECRET),
    ("supervisor", "王主管", "KF", (Role.CS_SUPERVISOR,), Level.CONFIDENTIAL),
    ("manager", "冯经理", "KF", (Role.DEPT_MANAGER,), Level.CONFIDENTIAL),
    ("secretary", "陈秘书", "ZJB", (Role.GM_SECRETARY,), Level.SECRET),
    ("gm", "褚总", "ZJB", (Role.GM,), Level.SECRET),
    ("hr", "卫人事", "RS", (Role.HR,), Level.SECRET),
    ("security", "蒋保密", "ZJB", (Role.SECURITY_ADMIN,), Level.INTERNAL),
    ("auditor", "沈审计", "ZJB", (Role.AUDITOR,), Level.INTERNAL),
)


@dataclass
class Office:
    """A founded instance with a settable clock, spoken to as named people."""

    instance: Instance
    now: dt.datetime = TODAY
    tokens: dict[str, str] = field(default_factory=dict)

    def who(self, account: str) -> Callable[..., Actor]:
        """The person with *account*, resolved inside each transaction as a log-in would be."""

        def resolve(session, now):
            person = session.scalar(select(Person).where(Person.account == account))
            return identity.actor(session, person, now.astimezone(self.instance.settings.zone).date())

        return resolve

    @contextmanager
    def work(self, account: str, intent: Act = Act.RECORD_SEE) -> Iterator[Unit]:
        with self.instance.work(self.who(account), intent) as unit:
            yield unit

    @contextmanager
    def ask(self, account: str, intent: Act = Act.RECORD_SEE) -> Iterator[Unit]:
        with self.instance.ask(self.who(account), intent) as unit:
            yield unit

    def actor(self, account: str) -> Actor:
        with self.ask(account) as unit:
            return unit.actor

    @property
    def home(self) -> Path:
        return self.instance.home

    def tick(self, **step: int) -> None:
        """Let time pass."""
        self.now += dt.timedelta(**step)


@pytest.fixture(scope="session", autouse=True)
def one_compiler() -> Iterator[None]:
    """Every office asks the same questions: what SQLAlchemy compiled for one serves all, as in one long-lived process."""
    create = db.create_engine
    first = create("sqlite://", query_cache_size=5_000)
    first.connect().close()

    def sharing(url: str, **pool: object) -> Engine:
        engine = create(url, **pool)
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "create_engine", sharing)
        yield
    first.dispose()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Passwords are stretched cheaply, so that a hundred log-ins cost no minute; processes of their own do it in earnest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture
def earnest(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords are stretched as the program does it."""
    monkeypatch.setattr(identity, "_HASHER", PasswordHasher())
    identity._dummy.cache_clear()
    yield
    identity._dummy.cache_clear()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, cheap_passwords: None) -> Path:
    """A folder with `home/` and `key`: an office with everybody in it, adopted scheme, places, parties."""
    base = tmp_path_factory.mktemp("template")
    _found(base)
    return base


def _found(base: Path) -> None:
    wanted = Settings(company="和园物业", key_file=str(base / "key"), password_length=8)
    first = founding.Founding(wanted, "admin", "赵管理", PASSWORD)
    instance, recovery = founding.found(base / "home", first, PORTS, clock=lambda: TODAY)
    (base / "recovery").write_text(recovery)
    office = Office(instance)
    with office.work("admin", Act.PERSON_ADD) as unit:
        for code, name in (("KF", "客服部"), ("GC", "工程部"), ("RS", "人事行政部"), ("CW", "财务部")):
            people.add_department(unit, code, name)
        for account, name, department, roles, _ in PEOPLE:
            people.add(unit, account, name=name, department=department, roles=roles, password=PASSWORD)
    with office.work("security", Act.PERSON_CLEAR) as unit:
        for account, *_, level in PEOPLE:
            if account != "security":
                people.clear(unit, account, level)
    with office.work("gm", Act.CLASS_ADOPT) as unit:
        classes.adopt(unit, scheme.load().version)
        grants.give_proposed(unit, duty.proposed(scheme.load()))
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "R1", kind=PlaceKind.ROOM, name="一号库房")
        registry.add_location(
            unit, "R1-C1", kind=PlaceKind.CABINET, name="一号柜", inside="R1", lockable=True
        )
        registry.add_location(unit, "R1-C2", kind=PlaceKind.CABINET, name="二号柜", inside="R1")
        for code in ("A1203", "A1204", "B0101"):
            registry.add_premises(unit, code, building=code[0] + "座", floor=code[1:3])
        registry.add_party(unit, "P001", name="张三", kind=PartyKind.OWNER, natural_person=True)
        registry.add_party(unit, "P002", name="李四", kind=PartyKind.TENANT, natural_person=True)
        registry.add_party(unit, "U001", name="东城供电局", kind=PartyKind.OUTSIDE_UNIT, natural_person=False)
        registry.add_party(
            unit, "U002", name="西城水务公司", kind=PartyKind.OUTSIDE_UNIT, natural_person=False
        )
    instance.close()


def opened(folder: Path, key: Path, clock: Callable[[], dt.datetime]) -> Instance:
    """The instance in *folder*, unlocked with *key*."""
    return open_instance(folder, lambda home, _: Keyring.unlock(home, key_file=key), PORTS, clock=clock)


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    """A fresh copy of the template office."""
    home = tmp_path / "home"
    shutil.copytree(template / "home", home)
    os.chmod(home, 0o700)
    made = Office(None)  # type: ignore[arg-type]
    made.instance = opened(home, template / "key", lambda: made.now)
    yield made
    made.instance.close()
