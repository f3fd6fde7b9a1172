"""Creating an instance: an empty folder becomes settings, keys, database, class tree and first account."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from archive import audit, classes, codes, config, db, migrate, people, scheme, secretfile, system
from archive.acts import Act
from archive.config import Settings
from archive.durable import private_folder, storing
from archive.errors import FileMissing, KeyFileUnsafe, NotEmpty
from archive.hardening import harden_process
from archive.identity import hash_password
from archive.instance import SYSTEM, Instance, utc_now
from archive.keys import Keyring
from archive.model import Fonds
from archive.ports import Ports
from archive.vault import Vault
from archive.words import say


@dataclass(frozen=True, slots=True)
class Founding:
    """What must be known to create an instance; exactly one of *key_file* and *passphrase*."""

    settings: Settings
    admin: str
    admin_name: str
    admin_password: str
    department: tuple[str, str] = ("ZJB", "总经理办公室")
    passphrase: str | None = None


def found(
    home: Path, founding: Founding, ports: Ports, *, clock: Callable[[], dt.datetime] = utc_now
) -> tuple[Instance, str]:
    """Create the instance in *home* and open it; returns it with the recovery key, to be printed once.

    Raises `NotEmpty`, `KeyFileUnsafe`, `WeakPassword`, `FileMissing`, `BadValue`; what fails leaves the folder empty, and no key file.
    """
    harden_process()
    ready(home)
    codes.fonds_checked(founding.settings.fonds)
    codes.name_checked(founding.settings.company, "company", least=0)
    hash_password(founding.admin_password, least=founding.settings.password_length)
    with storing(home):
        private_folder(home)
    key_file = _key_file(founding.settings)
    lay_there = key_file is not None and os.path.lexists(key_file)
    try:
        return _build(home, founding, ports, clock)
    except BaseException:
        _emptied(home)
        if key_file is not None and not lay_there:
            key_file.unlink(missing_ok=True)  # it opens nothing, and would bar the next attempt
        raise


def _key_file(settings: Settings) -> Path | None:
    return Path(settings.key_file).expanduser() if settings.key_file else None


def ready(home: Path) -> None:
    """Raise `NotEmpty` or `FileMissing` unless an instance can be made in *home*."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise NotEmpty(path=home)
    if not home.parent.is_dir():
        raise FileMissing(path=home.parent)


def _build(
    home: Path, founding: Founding, ports: Ports, clock: Callable[[], dt.datetime]
) -> tuple[Instance, str]:
    settings = founding.settings
    key_file = _key_file(settings)
    if key_file is not None and not key_file.is_absolute():
        raise KeyFileUnsafe(path=key_file, why=str(key_file))
    keys, recovery = Keyring.create(home, passphrase=founding.passphrase, key_file=key_file)
    engine = db.open_engine(db.sqlite_url(home / "catalogue.db"), journal=settings.journal)
    with db.told(home / "catalogue.db"):
        migrate.upgrade(engine)
    instance = Instance(
        home, settings, config.load_from(settings), keys, Vault(home, keys), engine, ports, clock
    )
    with instance.work(SYSTEM, Act.INSTANCE_INIT) as unit:
        people.bootstrap(
            unit, founding.admin, name=founding.admin_name, password=founding.admin_password,
            department=founding.department,
        )  # fmt: skip
        unit.session.add(Fonds(code=settings.fonds, name=settings.company or settings.fonds))
        classes.propose(unit, scheme.load())
        token = system.make(unit, by=None)
    secretfile.write(system.token_file(home, settings), token)
    _write_settings(home, settings)
    return instance, recovery


def _write_settings(home: Path, settings: Settings) -> None:
    """Written last: a folder without it is not an instance."""
    comments = {one.name: say(f"setting.{one.name}", settings.tongue) for one in fields(Settings)}
    path = home / config.FILE
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(config.render(settings, comments))
        file.flush()
        os.fsync(file.fileno())


def _emptied(home: Path) -> None:
    for path in home.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def public_key(instance: Instance) -> str:
    """The log's public key as text, to be kept with the anchors."""
    return audit.public_text(instance.signer)
