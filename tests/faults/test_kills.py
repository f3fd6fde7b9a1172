"""kill -9 at random moments and at every fault point, during an import and during loans (C1, C2).

After each: nothing acknowledged is lost, nothing is half done, no manual step is needed, and work goes on.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import select, text

from archive import faults
from archive.acts import Act
from archive.circulation import ledger, lending
from archive.model import Item
from archive.values import LoanState
from tests import make
from tests.faults.invariants import Acked, check_all
from tests.faults.workers import (
    BATCH,
    Cut,
    child,
    counter,
    import_all,
    importer,
    lend_and_return,
    told,
    watched,
)

CANARY = "绝密金丝雀八号1147"
FILES = 6
ROUNDS = 6

#: Fault points that other files walk, each with a kill or a failing disk there.
ELSEWHERE = {
    "backups.": "tests/faults/test_backup_kills.py",
    "destroy.": "tests/faults/test_disposition_kills.py",
    "keys.scrubbed": "tests/faults/test_disposition_kills.py",
    "bag.": "tests/retention/test_transfer_packing.py",
    "decisions.": "tests/faults/test_ledger_kills.py",
    "export.": "tests/archive/test_vault.py",
    "index.": "tests/indexer/test_sync.py",
    "intake.": "tests/archive/test_scans_kills.py",
    "keys.create.": "tests/archive/test_keys.py",
    "keys.drop.": "tests/archive/test_keys.py",
    "keys.rotate.": "tests/archive/test_keys.py",
    "keys.segments.": "tests/archive/test_segmentkeys.py",
    "keys.upgrade.": "tests/archive/test_segmentkeys.py",
    "notices.": "tests/archive/test_notices.py",
    "package.": "tests/archive/test_packages_kills.py",
    "scans.": "tests/archive/test_scans_kills.py",
    "repair.": "tests/faults/test_restore_kills.py",
    "restore.": "tests/faults/test_restore_kills.py",
    "segment.": "tests/indexer/test_chunks_writing.py",
    "sheets.": "tests/faults/test_import_kills.py",
    "transfer.": "tests/retention/test_transfer_packing.py",
}


def papers(folder: Path, name: str, count: int = FILES) -> list[str]:
    """A new folder of *count* files, each with its own bytes but the last two; their titles in order."""
    folder.mkdir()
    titles = [f"{name}之{number:02}" for number in range(count)]
    for number, title in enumerate(titles):
        (folder / f"{title}.txt").write_text(f"{CANARY} {name} {min(number, count - 2)}\n" * 40)
    return titles


def killed(process, pipe, after: float) -> list:
    """Everything *process* said before it was killed *after* seconds from its first word."""
    first = pipe.recv()
    time.sleep(after)
    process.kill()
    heard = [first, *told(pipe)]
    process.join(60)
    return heard


def how_long(work, *given) -> float:
    """Seconds from the first word of a child to its last, undisturbed."""
    process, pipe = child(work, *given)
    assert pipe.recv() == "ready"
    began = time.monotonic()
    assert told(pipe)[-1] == "finished"
    process.join(60)
    return time.monotonic() - began


def titles_in(office, name: str) -> list[str]:
    with office.ask("gm") as unit:
        found = [unit.card(item).title for item in unit.session.scalars(select(Item))]
    return sorted(title for title in found if title.startswith(name))


def survived(cut: Cut, acked: Acked) -> list[str]:
    """What is wrong after a kill, read by a process that was not there."""
    began = time.monotonic()
    with cut.open() as office:
        wrong = check_all(office, acked, canary=CANARY)
    assert time.monotonic() - began < 30
    return wrong


# --- import -----------------------------------------------------------------------------------


def imports_killed(cuts: Iterator[Cut], folder: Path, kills: int, seed: int) -> tuple[int, int]:
    """Kill *kills* imports; returns how many acknowledged files there were, and how many kills hit in between."""
    rng, promised, between, titles = random.Random(seed), 0, 0, papers(folder, "批次")
    whole = how_long(importer, next(cuts), folder)
    for cut in islice(cuts, kills):
        heard = killed(*child(importer, cut, folder), rng.uniform(0, whole))
        done = sum(word for word in heard if isinstance(word, int))
        promised, between = promised + done, between + ("finished" not in heard)
        whole *= 1 if done else 1.2  # a machine that has other work takes longer than it did at first
        assert survived(cut, Acked(titles=titles[:done])) == []
        resumed(cut, folder, titles)
    return promised, between


def resumed(cut: Cut, folder: Path, titles: list[str]) -> None:
    """Import the same folder again: every file is there once, and nothing is wrong."""
    with cut.open() as office:
        import_all(office, folder)
        assert check_all(office, Acked(titles=titles)) == []
        assert titles_in(office, titles[0][:2]) == titles


@pytest.mark.parametrize("kills", [8, pytest.param(20, marks=pytest.mark.slow)])
def test_rel_C2_imports_killed_at_random_lose_nothing(cuts, tmp_path, kills):
    """Every acknowledged file is there once, nothing half done, and resuming files exactly the rest."""
    promised, between = imports_killed(cuts, tmp_path / "folder", kills, seed=1)
    assert between >= kills // 4, "the kills must hit imports that are under way"
    assert promised > 0


@pytest.mark.slow
def test_rel_C2_a_hundred_imports_killed(cuts, tmp_path):
    """The same a hundred times."""
    imports_killed(cuts, tmp_path / "folder", 100, seed=2)


# --- loans ------------------------------------------------------------------------------------


def loans_killed(cut: Cut, code: str, kills: int, seed: int) -> tuple[int, int]:
    """Kill *kills* children that lend and take back; returns acknowledged acts, and kills that hit in between."""
    rng, promised, between = random.Random(seed), [], 0
    whole = how_long(counter, cut, code, ROUNDS)
    for number in range(kills):
        heard = killed(*child(counter, cut, code, ROUNDS), rng.uniform(0, whole))
        promised += [word for word in heard if isinstance(word, tuple)]
        between += "finished" not in heard
        assert survived(cut, Acked(loans=promised)) == [], number
        with cut.open() as office:
            put_back(office, code)
            lend_and_return(office, code, lambda number, state: promised.append((number, state)))
    assert survived(cut, Acked(loans=promised)) == []
    return len(promised), between


def put_back(office, code: str) -> None:
    """Take back what a killed process had lent and could not say."""
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        is_out = ledger.open_loan(unit, unit.volume(code)) is not None
    if is_out:
        with office.work("archivist", Act.LOAN_RETURN) as unit:
            lending.take_back(unit, code)


@pytest.mark.parametrize("kills", [8, pytest.param(20, marks=pytest.mark.slow)])
def test_rel_C2_kills_during_loans_lose_nothing(cut, shelf, kills):
    """Every acknowledged loan and return stands in ledger and log, and the volume can be lent again."""
    promised, between = loans_killed(cut, shelf[0], kills, seed=3)
    assert between >= kills // 4, "the kills must hit loans that are under way"
    assert promised > kills


@pytest.mark.slow
def test_rel_C2_a_hundred_kills_during_loans(cut, shelf):
    """The same a hundred times."""
    with cut.open() as office:
        make.approved(office, shelf[0], times=700)
    loans_killed(cut, shelf[0], 100, seed=4)


# --- every fault point ------------------------------------------------------------------------


def last(passages: int) -> list[int]:
    """The last of *passages*."""
    return [passages]


def nths(passages: int) -> list[int]:
    """The first and the last of *passages*."""
    return sorted({1, passages})


@pytest.fixture(scope="module")
def passed(stocked, tmp_path_factory) -> dict[str, dict[str, int]]:
    """How often an import, and a loan there and back, pass each fault point."""
    base = tmp_path_factory.mktemp("passed")
    shutil.copytree(stocked[0], base / "home")
    papers(base / "folder", "数点")
    seen = {}
    with Cut(base / "home", stocked[1]).open() as office:
        with watched() as count:
            import_all(office, base / "folder")
        seen["import"] = dict(count)
        with watched() as count:
            lend_and_return(office, stocked[2][0], lambda *_: None)
        seen["loan"] = dict(count)
    return seen


def test_rel_C1_every_fault_point_is_walked_by_somebody(passed):
    """A point that no test kills at is a point whose recovery nobody has seen."""
    here = passed["import"].keys() | passed["loan"].keys()
    left = {name for name in faults.POINTS - here if not name.startswith(tuple(ELSEWHERE))}
    assert left == set()
    root = Path(__file__).parents[2]
    assert all(prefix in (root / path).read_text("utf-8") for prefix, path in ELSEWHERE.items())


@pytest.mark.parametrize("which", [last, pytest.param(nths, marks=pytest.mark.slow)])
def test_rel_C1_an_import_killed_at_every_point_is_whole_and_resumes(cuts, tmp_path, passed, which):
    """At the last passage of every point of an import; where there is time at the first too."""
    walked(cuts, tmp_path / "folder", passed["import"], which)


@pytest.mark.slow
def test_rel_C1_an_import_killed_at_every_passage(cuts, tmp_path, passed):
    """At every single passage of every point."""
    walked(cuts, tmp_path / "folder", passed["import"], lambda passages: range(1, passages + 1))


def walked(cuts: Iterator[Cut], folder: Path, passages: dict[str, int], which: Callable) -> None:
    titles = papers(folder, "数点")
    moments = [(name, nth) for name, count in sorted(passages.items()) for nth in which(count)]
    for (name, nth), cut in zip(moments, cuts, strict=False):
        process, pipe = child(importer, cut, folder, f"{name}:{nth}:kill")
        heard = told(pipe)
        process.join(60)
        assert process.exitcode == -9, (name, nth, heard)
        done = sum(word for word in heard if isinstance(word, int))
        assert survived(cut, Acked(titles=titles[:done])) == [], (name, nth)
        resumed(cut, folder, titles)


def test_rel_C1_a_loan_killed_at_every_point_is_whole(cut, shelf, passed):
    """At every passage of every point of a loan and its return."""
    promised = []
    for name, passages in sorted(passed["loan"].items()):
        for nth in range(1, passages + 1):
            process, pipe = child(counter, cut, shelf[0], 1, f"{name}:{nth}:kill")
            heard = told(pipe)
            process.join(60)
            assert process.exitcode == -9, (name, nth, heard)
            promised += [word for word in heard if isinstance(word, tuple)]
            assert survived(cut, Acked(loans=promised)) == [], (name, nth)
            with cut.open() as office:
                put_back(office, shelf[0])
    with cut.open() as office:
        lend_and_return(office, shelf[0], lambda *_: None)


# --- witnesses --------------------------------------------------------------------------------


def test_witness_rel_C2_an_import_acknowledged_before_its_commit_is_caught(cut, tmp_path):
    """A worker that says done too early, killed before the commit: the same check names what is lost."""
    titles = papers(tmp_path / "early", "抢先")
    process, pipe = child(importer, cut, tmp_path / "early", "db.before_commit:2:kill", True)
    done = sum(word for word in told(pipe) if isinstance(word, int))
    process.join(60)
    wrong = survived(cut, Acked(titles=titles[:done]))
    assert len(wrong) == BATCH and all(line.startswith("I2") for line in wrong)


def test_witness_rel_C2_a_loan_acknowledged_before_its_commit_is_caught(cut, shelf):
    """The same at the counter."""
    process, pipe = child(counter, cut, shelf[0], 3, "db.before_commit:3:kill", True)
    promised = [word for word in told(pipe) if isinstance(word, tuple)]
    process.join(60)
    assert promised[-1] == ("JY2026-00002", LoanState.OUT)
    assert [line[:2] for line in survived(cut, Acked(loans=promised))] == ["I2"]


SABOTAGE = {
    "I1": "UPDATE item SET class_code = 'NONE' WHERE seq_no = 1",
    "I3 item": "DELETE FROM index_task",
    "I4": "UPDATE digital_object SET wrapped_key = x'00'",
    "I6": "UPDATE loan SET state = 'OUT', returned_at = NULL",
    "I8": "UPDATE event SET account = 'x' WHERE seq = 3",
}


@pytest.mark.parametrize("violated", SABOTAGE)
def test_witness_check_all_names_each_violation(cut, shelf, tmp_path, violated):
    """Break one thing by raw SQL, triggers dropped: the list of violations is no longer empty."""
    papers(tmp_path / "some", "若干", 4)
    with cut.open() as office:
        import_all(office, tmp_path / "some")
        lend_and_return(office, shelf[0], lambda *_: None)
        assert check_all(office) == []
        with office.instance.engine.connect() as raw:
            raw.rollback()
            raw.connection.execute("PRAGMA foreign_keys = OFF")
            for name in raw.connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                raw.connection.execute(f"DROP TRIGGER {name[0]}")
            raw.connection.execute(SABOTAGE[violated])
        assert any(line.startswith(violated) for line in check_all(office))


def test_witness_a_missing_blob_a_stray_file_and_a_canary_are_named(cut, tmp_path):
    """The faults of the folder, as those of the database."""
    papers(tmp_path / "some", "若干", 4)
    with cut.open() as office:
        import_all(office, tmp_path / "some")
        vault = office.instance.vault
        (vault.folder / "stray").write_text(CANARY)
        (vault.folder / next(vault.walk())).unlink()
        kinds = {line[:3].strip() for line in check_all(office, canary=CANARY)}
    assert kinds == {"I4", "I5", "I10"}


def test_no_row_is_ever_taken_back(cut, tmp_path):
    """A killed import leaves no lines of items that do not exist, and its log still verifies from the start."""
    papers(tmp_path / "one", "一次")
    process, pipe = child(importer, cut, tmp_path / "one", "vault.after_rename:5:kill")
    told(pipe)
    process.join(60)
    with cut.open() as office:
        assert check_all(office) == []
        with office.instance.engine.connect() as raw:
            assert raw.scalar(text("SELECT count(*) FROM imported_file")) == BATCH
