"""kill -9 while a later set is made, a set forgotten, an instance brought back, the vault mended: run again it ends well (B4, C1)."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import select

from archive import backups, faults
from archive.acts import Act
from archive.backups import making, manifest, pools, sets
from archive.errors import ArchiveError, WrongState
from archive.model import Event, Item
from archive.statuses import BackupState
from tests.conftest import PORTS
from tests.faults import ageing
from tests.faults.invariants import check_all
from tests.faults.test_backup_kills import kill, points_of, registered
from tests.faults.workers import Cut


@pytest.fixture(scope="module")
def laid(template, tmp_path_factory):
    """A folder with an office, a set of it in `disk`, and two records filed since; the office's key and its kit."""
    base = tmp_path_factory.mktemp("laid")
    shutil.copytree(template / "home", base / "home")
    cut = Cut(base / "home", template / "key")
    with cut.open() as office:
        ageing.volumes_due(office, 1, files=True)
        backups.create(office.instance, office.who("admin"), base / "disk")
        ageing.volumes_due(office, 1, files=True)
        kit = backups.Kit((template / "recovery").read_text(), backups.current_slip(office.instance.keys))
    return base, template / "key", kit


@pytest.fixture
def fresh(laid, tmp_path):
    """A function that gives a copy of the folder in which the set is registered where it now lies."""
    numbers = iter(range(1000))

    def copy() -> tuple[Path, Cut]:
        folder = tmp_path / f"place{next(numbers)}"
        shutil.copytree(laid[0], folder)
        cut = Cut(folder / "home", laid[1])
        with cut.open() as office, office.work("admin", Act.BACKUP_CREATE) as unit:
            unit.act(Act.BACKUP_CREATE)
            made = sets.one(unit, "BF2026-00001")
            place = str(folder / "disk" / made.number)
            made.card = sets.sealed(unit, made.uid, folder=place, remark="")
        return folder, cut

    return copy


def armed(fault: str | None):
    return faults.armed(fault) if fault else nullcontext()


def sound(cut: Cut, disk: Path) -> None:
    """Every set in use reads well to its last byte; the folder holds what they list and nothing else."""
    with cut.open() as office:
        assert check_all(office) == []
        current = [number for number, state in registered(office).items() if state is BackupState.CURRENT]
        for number in current:
            found = backups.verify(office.instance, office.who("admin"), number)
            assert found.faults == [], number
    lists = [{one.name for one in manifest.listed(disk / number)} for number in current]
    assert {name for name, _ in pools.stored(disk)} == set().union(*lists)
    assert sorted(path.name for path in disk.glob("BF*")) == sorted(current)


# --- a later set --------------------------------------------------------------------------------------


def add(pipe, cut: Cut, disk: Path, fault: str | None = None) -> None:
    """Make a set in *disk*."""
    with cut.open() as office, armed(fault):
        backups.create(office.instance, office.who("admin"), disk)
        pipe.send("finished")


def add_here(folder: Path, cut: Cut) -> None:
    with cut.open() as office:
        backups.create(office.instance, office.who("admin"), folder / "disk")


def added(fresh, places) -> None:
    for name, nth in places:
        folder, cut = fresh()
        before = {path: path.read_bytes() for path in (folder / "disk").rglob("*") if path.is_file()}
        kill(add, cut, folder / "disk", f"{name}:{nth}:kill")
        assert {path: path.read_bytes() for path in before} == before, (name, nth)
        add_here(folder, cut)
        sound(cut, folder / "disk")
        with cut.open() as office:
            alive = [one for one, state in registered(office).items() if state is BackupState.CURRENT]
        assert 2 <= len(alive) <= 3, (name, nth)
        shutil.rmtree(folder)


STEPS = ("backups.registered", "backups.chunk", "backups.pack_written", "backups.after_dirsync")


def test_rel_B4_a_later_set_killed_at_its_main_steps_leaves_the_earlier_one_and_is_made_by_the_next_run(
    fresh,
):
    """Not a byte of the earlier set differs; the rerun makes the set, and nothing lies there that nobody lists."""
    added(fresh, [(name, 2 if name == "backups.chunk" else 1) for name in STEPS])


@pytest.mark.slow
def test_rel_B4_a_later_set_killed_at_every_place(fresh):
    """The same at the first and the last passage of every fault point."""
    folder, cut = fresh()
    added(fresh, points_of(lambda: add_here(folder, cut)))


def test_witness_rel_B4_a_run_that_does_not_clear_up_after_a_killed_one_is_found(fresh, monkeypatch):
    """Left as they were, a half-made set stays in the register and its folder on the disk."""
    folder, cut = fresh()
    kill(add, cut, folder / "disk", "backups.pack_written:1:kill")
    monkeypatch.setattr(making, "_cleared", lambda *_: None)
    add_here(folder, cut)
    with pytest.raises((AssertionError, ArchiveError)):
        sound(cut, folder / "disk")


# --- forgetting ---------------------------------------------------------------------------------------


def forget(pipe, cut: Cut, fault: str | None = None) -> None:
    """Forget the first set."""
    with cut.open() as office, armed(fault):
        backups.forget(office.instance, office.who("admin"), "BF2026-00001", reason="x")
        pipe.send("finished")


def forget_here(cut: Cut) -> None:
    with cut.open() as office:
        backups.forget(office.instance, office.who("admin"), "BF2026-00001", reason="x")


def test_rel_B4_forgetting_killed_at_its_main_steps_is_finished(fresh):
    """The pack is gone or the set still in use; called again, or with the next set, nothing is left over."""
    forgotten(fresh, [("backups.removed", 1), ("backups.forgotten", 1), ("db.after_commit", 1)])


@pytest.mark.slow
def test_rel_B4_forgetting_killed_at_every_place_is_finished(fresh):
    """The same at the first and the last passage of every fault point."""
    folder, cut = fresh()
    add_here(folder, cut)
    forgotten(fresh, points_of(lambda: forget_here(cut)))


def forgotten(fresh, places) -> None:
    for name, nth in places:
        folder, cut = fresh()
        add_here(folder, cut)
        kill(forget, cut, f"{name}:{nth}:kill")
        with cut.open() as office:
            state = registered(office).get("BF2026-00001", BackupState.FORGOTTEN)
            kept = (folder / "disk" / "BF2026-00001" / "keys.pack").exists()
        assert not (kept and state is BackupState.FORGOTTEN), (name, nth)
        try:
            forget_here(cut)
        except WrongState:  # it had been reached
            add_here(folder, cut)
        sound(cut, folder / "disk")
        shutil.rmtree(folder)


# --- bringing back ------------------------------------------------------------------------------------


def restore(pipe, folder: Path, kit: backups.Kit, now, fault: str | None = None) -> None:
    """Bring the set back beside."""
    with armed(fault):
        backups.restore(folder / "disk", folder / "back", kit, PORTS, clock=lambda: now)
        pipe.send("finished")


def restored_well(folder: Path, key: Path, wanted: dict[str, str]) -> None:
    """An instance, whole: invariants, every card and file, one line that tells of it, no mark left."""
    with Cut(folder / "back", key).open() as office:
        assert check_all(office) == []
        assert contents(office) == wanted
        with office.ask("gm") as unit:
            told = unit.session.scalars(select(Event).where(Event.act == Act.BACKUP_RESTORE)).all()
        assert len(told) == 1
    names = {path.name for path in (folder / "back").iterdir()}
    assert not [name for name in names if "restoring" in name] and "anjuan.toml" in names


def contents(office) -> dict[str, str]:
    with office.ask("gm") as unit:
        titles = {item.uid: unit.card(item).title for item in unit.session.scalars(select(Item))}
    stored = {
        name: hashlib.sha256((office.instance.vault.folder / name).read_bytes()).hexdigest()
        for name in office.instance.vault.walk()
    }
    return titles | stored


def brought_back(laid, tmp_path: Path, places, now) -> None:
    base, key, kit = laid
    whole = tmp_path / "whole"
    backups.restore(base / "disk", whole, kit, PORTS, clock=lambda: now)
    with Cut(whole, key).open() as office:
        wanted = contents(office)
    for turn, (name, nth) in enumerate(places):
        folder = tmp_path / f"turn{turn}"
        folder.mkdir()
        shutil.copytree(base / "disk", folder / "disk")
        kill(restore, folder, kit, now, f"{name}:{nth}:kill")
        if not (folder / "back" / "anjuan.toml").exists():
            backups.restore(folder / "disk", folder / "back", kit, PORTS, clock=lambda: now)
        restored_well(folder, key, wanted)
        shutil.rmtree(folder)


MOMENTS = ("restore.keys_back", "restore.catalogue_ready", "restore.before_last", "keys.create.before_rename")


def test_rel_B4_a_restore_killed_at_its_main_steps_is_run_again(laid, tmp_path):
    """Until the settings have their name there is no instance; the second run goes on and ends whole."""
    with Cut(laid[0] / "home", laid[1]).open() as office:
        now = office.now
    files = [
        ("restore.chunk", 4),
        ("restore.after_rename", 1),
        ("restore.after_rename", 4),
        ("db.before_commit", 1),
    ]
    brought_back(laid, tmp_path, [*((name, 1) for name in MOMENTS), *files], now)


@pytest.mark.slow
def test_rel_B4_a_restore_killed_at_every_place_is_run_again(laid, tmp_path):
    """The same at the first and the last passage of every fault point."""
    with Cut(laid[0] / "home", laid[1]).open() as office:
        now = office.now
    places = points_of(
        lambda: backups.restore(laid[0] / "disk", tmp_path / "seen", laid[2], PORTS, clock=lambda: now)
    )
    brought_back(laid, tmp_path, places, now)


# --- mending ------------------------------------------------------------------------------------------


def repair(pipe, cut: Cut, fault: str | None = None) -> None:
    """Mend the vault from the first set."""
    with cut.open() as office, armed(fault):
        backups.repair(office.instance, office.who("admin"), "BF2026-00001")
        pipe.send("finished")


def spoilt(cut: Cut, folder: Path) -> dict[Path, bytes]:
    """Flip a bit in each stored file that the set has; the good bytes."""
    good = {}
    for name in sorted(one.name for one in manifest.listed(folder / "disk" / "BF2026-00001")):
        path = cut.home / name
        good[path] = path.read_bytes()
        path.write_bytes(good[path][:-1] + bytes([good[path][-1] ^ 1]))
    return good


def mended_here(cut: Cut) -> None:
    with cut.open() as office:
        assert backups.repair(office.instance, office.who("admin"), "BF2026-00001").left == 0


def test_rel_I1_mending_killed_at_its_main_steps_is_finished_and_loses_nothing(fresh):
    """Every bad file is mended in the end, and its bad bytes are kept once."""
    mended(fresh, [("repair.aside", 1), ("repair.chunk", 2), ("repair.after_rename", 1)])


@pytest.mark.slow
def test_rel_I1_mending_killed_at_every_place_is_finished_and_loses_nothing(fresh):
    """The same at the first and the last passage of every fault point."""
    folder, cut = fresh()
    spoilt(cut, folder)
    mended(fresh, points_of(lambda: mended_here(cut)))


def mended(fresh, places) -> None:
    for name, nth in places:
        folder, cut = fresh()
        good = spoilt(cut, folder)
        kill(repair, cut, f"{name}:{nth}:kill")
        mended_here(cut)
        assert {path: path.read_bytes() for path in good} == good, (name, nth)
        assert sum(1 for _ in (cut.home / "vault").rglob("*.????????.bad*")) == len(good), (name, nth)
        shutil.rmtree(folder)
