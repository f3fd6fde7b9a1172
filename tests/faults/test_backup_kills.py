"""kill -9 while a backup set is made and while a destruction is finalised: no copy of keys nobody knows of, no dead end (C1, K1, K3)."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest

from archive import backups, faults
from archive.acts import Act
from archive.errors import ArchiveError, WrongSlip
from archive.statuses import BackupState, DestructionState
from retention.destroying import destruction, finalizing
from tests.faults import ageing
from tests.faults.disposition import disposition_faults
from tests.faults.invariants import check_all
from tests.faults.workers import Cut, child, told, watched


@pytest.fixture(scope="module")
def stocked_old(template, tmp_path_factory):
    """An office with two old volumes that have files; home and key, uids."""
    home = tmp_path_factory.mktemp("old") / "home"
    shutil.copytree(template / "home", home)
    cut = Cut(home, template / "key")
    with cut.open() as office:
        uids = ageing.volumes_due(office, 2, files=True)
    return cut, uids


@pytest.fixture
def fresh(stocked_old, tmp_path):
    """A function that gives a fresh folder with a copy of the office in it."""
    numbers = iter(range(1000))

    def copy() -> tuple[Path, Cut]:
        folder = tmp_path / f"place{next(numbers)}"
        shutil.copytree(stocked_old[0].home, folder / "home")
        return folder, Cut(folder / "home", stocked_old[0].key)

    return copy


def make_set(pipe, cut: Cut, folder: Path, fault: str | None = None) -> None:
    """Make a backup set in *folder*."""
    with cut.open() as office, faults.armed(fault) if fault else nullcontext():
        backups.create(office.instance, office.who("admin"), folder)
        pipe.send("finished")


def registered(office) -> dict[str, BackupState]:
    with office.ask("admin", Act.BACKUP_SEE) as unit:
        return {one.number: one.state for one in backups.listing(unit)}


def kill(work, cut: Cut, *given: object) -> None:
    """Run *work* in a process that kills itself where it is told to."""
    process, pipe = child(work, cut, *given)
    heard = told(pipe)
    process.join(60)
    assert (process.exitcode, heard) == (-9, []), given


def points_of(work) -> list[tuple[str, int]]:
    """The fault points that *work* passes: the first and the last passage of each."""
    with watched() as seen:
        work()
    return [(name, nth) for name, times in sorted(seen.items()) for nth in sorted({1, times})]


def made_in(folder: Path, cut: Cut) -> None:
    with cut.open() as office:
        backups.create(office.instance, office.who("admin"), folder / "set")


@pytest.mark.slow
def test_rel_C1_a_set_killed_while_it_is_made_is_registered_or_holds_no_keys(fresh):
    """At every place: the office is whole; a pack on the disk has its line in the register; another set can be made."""
    folder, cut = fresh()
    for name, nth in points_of(lambda: made_in(folder, cut)):
        folder, cut = fresh()
        kill(make_set, cut, folder / "set", f"{name}:{nth}:kill")
        with cut.open() as office:
            assert check_all(office) == [], name
            packs = list((folder / "set").rglob("*pack*")) if (folder / "set").exists() else []
            assert not packs or registered(office), (name, nth)
            made = backups.create(office.instance, office.who("admin"), folder / "another")
            assert registered(office)[made.number] is BackupState.CURRENT
            assert list(backups.open_pack(made.folder, backups.current_slip(office.instance.keys)))
        shutil.rmtree(folder)


def finalize(pipe, cut: Cut, number: str, fault: str | None = None) -> None:
    """Finalise the destruction."""
    with cut.open() as office, faults.armed(fault) if fault else nullcontext():
        finalizing.finalize(office.instance, office.who("archivist"), number)
        pipe.send("finished")


@pytest.fixture(scope="module")
def drawn(stocked_old, tmp_path_factory):
    """A folder with an office whose first volume was destroyed while one of two sets lay in a drawer; number, uids, slip."""
    folder = tmp_path_factory.mktemp("drawn")
    shutil.copytree(stocked_old[0].home, folder / "home")
    with Cut(folder / "home", stocked_old[0].key).open() as office:
        far = backups.create(office.instance, office.who("admin"), folder / "far")
        far.folder.rename(folder / "drawer")
        number = ageing.destroyed(office, stocked_old[1][:1])
        slip = backups.current_slip(office.instance.keys)
    return folder, number, stocked_old[1], slip


@pytest.fixture
def finals(drawn, stocked_old, tmp_path):
    """A function that gives a copy of the drawn office with a near set made where it now stands."""
    numbers = iter(range(1000))

    def copy() -> tuple[Path, Cut]:
        folder = tmp_path / f"final{next(numbers)}"
        shutil.copytree(drawn[0], folder)
        cut = Cut(folder / "home", stocked_old[0].key)
        with cut.open() as office:
            backups.create(office.instance, office.who("admin"), folder / "near")
        return folder, cut

    return copy


def finished(folder: Path, cut: Cut, drawn) -> None:
    """Whatever was reached: finalising (again) ends it; the drawer opens for nobody, the near set does, nothing is gone."""
    _, number, (gone, kept), old = drawn
    with cut.open() as office:
        assert check_all(office) == []
        try:
            finalizing.finalize(office.instance, office.who("archivist"), number)
        except ArchiveError as refusal:
            assert refusal.code == "wrong-state"  # it had been reached
        epochs = office.instance.keys.pack_epochs()
        assert len(epochs) == 1 and epochs[0] > old.epoch
        new = backups.current_slip(office.instance.keys)
        with pytest.raises(WrongSlip):
            list(backups.open_pack(folder / "drawer", new))
        (near,) = (folder / "near").glob("BF*")
        packed = {row[1] for row in backups.open_pack(near, new) if row[0] == "dek"}
        assert kept in packed and gone not in packed
        with pytest.raises(WrongSlip):
            list(backups.open_pack(near, old))
        with office.ask("archivist", Act.DESTRUCTION_SEE) as unit:
            made = destruction.one(unit, number)
            assert made.state is DestructionState.FINAL and made.all_on == unit.today
        with office.ask("gm") as unit:
            assert disposition_faults(unit) == []


def test_rel_K1_finalising_killed_at_each_step_of_its_own_is_taken_up_again(drawn, finals):
    """Killed when the epoch was made, a pack written, the old secret erased: calling it again ends it."""
    for name in ("backups.epoch_made", "backups.pack_written", "backups.epoch_retired"):
        folder, cut = finals()
        kill(finalize, cut, drawn[1], f"{name}:1:kill")
        finished(folder, cut, drawn)
        shutil.rmtree(folder)


@pytest.mark.slow
def test_rel_K1_finalising_killed_at_every_place_is_taken_up_again(drawn, finals):
    """The same at the first and the last passage of every fault point on its way."""
    folder, cut = finals()
    with cut.open() as office:
        places = points_of(lambda: finalizing.finalize(office.instance, office.who("archivist"), drawn[1]))
    for name, nth in places:
        folder, cut = finals()
        kill(finalize, cut, drawn[1], f"{name}:{nth}:kill")
        finished(folder, cut, drawn)
        shutil.rmtree(folder)


def test_witness_rel_K3_an_old_secret_that_is_not_erased_is_found(drawn, finals, monkeypatch):
    """The old epoch is kept: the same look at keystore, drawer and near set names it."""
    folder, cut = finals()
    with cut.open() as office:
        monkeypatch.setattr(type(office.instance.keys), "retire_pack_epochs", lambda _: None)
    with pytest.raises(AssertionError):
        finished(folder, cut, drawn)
