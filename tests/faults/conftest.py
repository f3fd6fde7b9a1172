"""A stocked office on disk for children to work on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests import make
from tests.conftest import Office, opened
from tests.faults.workers import Cut

#: As many loans of the first volume are approved beforehand; a test that lends it more often asks for more.
APPROVED = 160


@pytest.fixture(scope="session")
def stocked(template: Path, tmp_path_factory) -> tuple[Path, Path, list[str]]:
    """A folder with an office that holds four volumes, the first approved to be lent; its home, its key, their uids."""
    home = tmp_path_factory.mktemp("stocked") / "home"
    shutil.copytree(template / "home", home)
    office = Office(None)
    office.instance = opened(home, template / "key", lambda: office.now)
    uids = [make.volume(office, "ZX·02", 2, held=True, dossier=f"A1203-2025-{number}") for number in range(4)]
    make.approved(office, uids[0], times=APPROVED)
    office.instance.close()
    return home, template / "key", uids


@pytest.fixture
def cuts(stocked, tmp_path: Path) -> Iterator[Cut]:
    """Fresh copies of the stocked office, as many as wanted."""

    def copies():
        for number in count():
            home = tmp_path / f"home{number}"
            shutil.copytree(stocked[0], home)
            yield Cut(home, stocked[1])
            shutil.rmtree(home)

    return copies()


@pytest.fixture
def cut(cuts) -> Cut:
    """One fresh copy of the stocked office."""
    return next(cuts)


@pytest.fixture
def shelf(stocked) -> list[str]:
    """The uids of the volumes that can be lent."""
    return stocked[2]
