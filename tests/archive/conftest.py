"""An office in which everything has happened once, lived through once a session and copied for each test."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archive.full_office import Full, populated
from tests.conftest import Office, opened


@pytest.fixture(scope="session")
def lived(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Full]:
    """The home of the populated office, closed, and what came of its spring."""
    home = tmp_path_factory.mktemp("lived") / "home"
    shutil.copytree(template / "home", home)
    home.chmod(0o700)
    office = Office(None)  # type: ignore[arg-type]
    office.instance = opened(home, template / "key", lambda: office.now)
    full = populated(office)
    office.instance.close()
    return home, full


@pytest.fixture
def full(lived: tuple[Path, Full], template: Path, tmp_path: Path) -> Iterator[Full]:
    """A fresh copy of the populated office, on the day its spring ended."""
    home, made = lived
    shutil.copytree(home, tmp_path / "lived")
    (tmp_path / "lived").chmod(0o700)
    office = Office(None, now=made.office.now)  # type: ignore[arg-type]
    office.instance = opened(tmp_path / "lived", template / "key", lambda: office.now)
    yield Full(office, copy.copy(made.codes), copy.copy(made.numbers))
    office.instance.close()
