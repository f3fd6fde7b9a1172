"""Killed at any point of an export or an import: the next run finishes, nothing is lost, doubled or left half (C1, C2)."""

from __future__ import annotations

import os
import signal

import bagit
import pytest
from sqlalchemy import func, select

from archive import faults
from archive.errors import DiskFull, StorageFailed
from archive.exchange import ImportState, RowFate
from archive.model import DigitalObject, ImportRun, Item, Volume
from archive.packages import exporting, importing
from archive.packages.arriving import Usual
from archive.packages.exporting import Asked
from tests.archive.parcels import brought, exported, second, shelved
from tests.conftest import opened

LEAVING = ("bag.chunk:3", "bag.after_fsync:2", "package.before_rename:1", "package.after_rename:1")
ARRIVING = ("package.before_record:2", "vault.after_rename:2", "db.after_commit:4")
MORE = (
    "package.before_record:1",
    "vault.chunk:2",
    "db.before_commit:3",
    "db.after_commit:3",
    "db.after_commit:5",
)


def killed(home, key, now, fault: str, work) -> int:
    """Do *work* with an instance in a child of its own that dies at a fault point; the signal it died of."""
    child = os.fork()
    if child == 0:
        with faults.armed(f"{fault}:kill"):
            work(opened(home, key, lambda: now))
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def test_rel_C1_killed_while_exporting_leaves_no_half_package(office, template, tmp_path):
    """
    Under the name nothing or a whole package; the next run clears what the first left, and only that.
    """
    uid = shelved(office)
    (tmp_path / ".other.part").mkdir()
    for fault in LEAVING:
        out = tmp_path / fault
        asked = Asked([uid], out, "移交")
        died = killed(
            office.home,
            template / "key",
            office.now,
            fault,
            lambda one, asked=asked: exporting.export(one, office.who("archivist"), asked),
        )
        assert signal.SIGKILL == died
        assert ("after_rename" in fault) == out.exists()
        if not out.exists():
            exported(office, out, uid)
        bagit.Bag(str(out)).validate()

    assert sorted([".other.part", "home", *LEAVING]) == sorted(path.name for path in tmp_path.iterdir())


def test_rel_D2_a_failing_disk_is_told_and_leaves_no_package(office, tmp_path):
    """
    EIO and ENOSPC while writing: no folder, no leftover.
    """
    uid = shelved(office)
    for effect, error in (("eio", StorageFailed), ("enospc", DiskFull)):
        with faults.armed(f"bag.chunk:4:{effect}"), pytest.raises(error):
            exported(office, tmp_path / "out", uid)
        assert ["home"] == [path.name for path in tmp_path.iterdir()]


def test_rel_C2_killed_while_importing_the_next_run_finishes_and_doubles_nothing(office, template, tmp_path):
    """
    At each point: run again, the run is done, both volumes are there once with all their files.
    """
    killed_arriving(office, template, tmp_path, ARRIVING)


@pytest.mark.slow
def test_rel_C2_killed_while_importing_at_more_places(office, template, tmp_path):
    """
    The same at the other points and passages.
    """
    killed_arriving(office, template, tmp_path, MORE)


def killed_arriving(office, template, tmp_path, places):
    exported(office, tmp_path / "bag", shelved(office), shelved(office, "CJ·02"))
    for fault in places:
        there = second(template, tmp_path / fault)
        there.instance.close()
        died = killed(
            tmp_path / fault, template / "key", there.now, fault,
            lambda one: importing.bring(one, there.who("archivist"), tmp_path / "bag", Usual()),
        )  # fmt: skip
        assert signal.SIGKILL == died, fault
        there.instance = opened(tmp_path / fault, template / "key", lambda: there.now)
        rows = brought(there, tmp_path / "bag").rows
        with there.ask("archivist") as unit:
            counts = [
                unit.session.scalar(select(func.count()).select_from(kind))
                for kind in (Volume, Item, DigitalObject, ImportRun)
            ]
            states = set(unit.session.scalars(select(ImportRun.state)))
        there.instance.close()

        assert ([2, 4, 4, 1], {ImportState.DONE}) == (counts, states), fault
        assert {row.fate for row in rows} <= {RowFate.MADE, RowFate.KNOWN}
