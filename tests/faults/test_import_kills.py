"""kill -9 at every fault point of bringing a list in and of taking it back (C1, C2): `sheets.` and all it passes.

After each: what was acknowledged is there, nothing is half done or doubled, and running it again finishes it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive.exchange import ImportState
from archive.model import Dossier, ImportRow, ImportRun, Item, Party, Series, Volume
from tests.faults.imports import ROWS, bring_in, bringer, take_back, taker
from tests.faults.invariants import check_all
from tests.faults.workers import Cut, child, told, watched

COUNTED = (Party, Dossier, Volume, Item)


def books(cut: Cut) -> tuple:
    """How many of each there are, the codes, and how far each series has come."""
    with cut.open() as office, office.ask("gm") as unit:
        counts = tuple(unit.session.scalar(select(func.count()).select_from(kind)) for kind in COUNTED)
        codes = sorted(unit.session.scalars(select(Item.reference_code)))
        series = {row.prefix: row.last for row in unit.session.scalars(select(Series)) if row.last}
        return counts, codes, series


def wrong(cut: Cut, acked: int = 0) -> list[str]:
    """Violations, read by a process that was not there; *acked* rows must be in the book of the import."""
    with cut.open() as office:
        found = check_all(office)
        with office.ask("gm") as unit:
            rows = select(func.count()).select_from(ImportRow).where(ImportRow.ordinal == 0)
            noted = unit.session.scalar(rows)
        return found + ([f"I2 {acked} rows were acknowledged, {noted} are noted"] if noted < acked else [])


def states(cut: Cut) -> list[ImportState]:
    with cut.open() as office, office.ask("gm") as unit:
        return list(unit.session.scalars(select(ImportRun.state)))


@pytest.fixture(scope="module")
def walk(stocked, tmp_path_factory) -> dict:
    """What an undisturbed import and undo pass, and the books before and after."""
    home = tmp_path_factory.mktemp("walk") / "home"
    shutil.copytree(stocked[0], home)
    cut = Cut(home, stocked[1])
    found = {"before": books(cut)}
    with cut.open() as office:
        with watched() as seen:
            bring_in(office)
        found["import"] = dict(seen)
    found["after"] = books(cut)
    shutil.copytree(home, home.parent / "brought")
    found["brought"] = home.parent / "brought"
    with cut.open() as office:
        with watched() as seen:
            take_back(office)
        found["undo"] = dict(seen)
    found["undone"] = books(cut)
    return found


def moments(passages: dict[str, int], only: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Half-way through each point of *only*; without it every passage of every point."""
    if only:
        yield from ((name, passages[name] // 2 + 1) for name in only)
        return
    for name, count in sorted(passages.items()):
        yield from ((name, nth) for nth in range(1, count + 1))


def killed(work, cut: Cut, fault: str, **more) -> int:
    """Kill *work* there; the last row it had acknowledged."""
    process, pipe = child(work, cut, fault, *more.values())
    heard = told(pipe)
    process.join(60)
    assert process.exitcode == -9, (fault, heard)
    return max((word for word in heard if isinstance(word, int)), default=0)


def imports_walked(cuts: Iterator[Cut], walk: dict, *only: str) -> None:
    for (name, nth), cut in zip(moments(walk["import"], only), cuts, strict=False):
        done = killed(bringer, cut, f"{name}:{nth}:kill")
        assert wrong(cut, done) == [], (name, nth)
        if ImportState.DONE not in states(cut):
            with cut.open() as office:
                assert bring_in(office).made == ROWS
        assert (wrong(cut, ROWS), books(cut)[:2]) == ([], walk["after"][:2]), (name, nth)


def undos_walked(tmp_path: Path, key: Path, walk: dict, *only: str) -> None:
    for number, (name, nth) in enumerate(moments(walk["undo"], only)):
        home = tmp_path / f"undo{number}"
        shutil.copytree(walk["brought"], home)
        cut = Cut(home, key)
        killed(taker, cut, f"{name}:{nth}:kill")
        assert wrong(cut) == [], (name, nth)
        if states(cut) != [ImportState.UNDONE]:
            with cut.open() as office:
                assert take_back(office).state is ImportState.UNDONE
        assert (wrong(cut), books(cut)) == ([], walk["undone"]), (name, nth)
        shutil.rmtree(home)


def test_the_walk_leaves_the_books_as_they_were(walk):
    """An undisturbed undo gives back every count, code and number."""
    before, undone = walk["before"], walk["undone"]
    assert undone[:2] == before[:2]
    assert {prefix: last for prefix, last in undone[2].items() if prefix not in before[2]} == {"DR2026-": 1}
    assert walk["after"][0] == tuple(
        one + more for one, more in zip(before[0], (2, ROWS, ROWS, ROWS), strict=True)
    )


def test_rel_C1_an_import_killed_half_way_goes_on_where_it_stopped(cuts, walk):
    """With keys kept, rows not yet, rows just committed: nothing lost, nothing doubled, the same codes in the end."""
    imports_walked(cuts, walk, "keys.new.committed", "db.before_commit", "sheets.after_batch")


def test_rel_C1_an_undo_killed_half_way_is_finished_by_running_it_again(tmp_path, stocked, walk):
    """Begun, among its groups, before its keys go: in the end nothing of the import is left, and no number is lost."""
    undos_walked(
        tmp_path, stocked[1], walk, "sheets.undo_begun", "sheets.after_undo_batch", "sheets.undo_keys"
    )


@pytest.mark.slow
def test_rel_C1_an_import_killed_at_every_passage(cuts, walk):
    """At every single passage."""
    imports_walked(cuts, walk)


@pytest.mark.slow
def test_rel_C1_an_undo_killed_at_every_passage(tmp_path, stocked, walk):
    """At every single passage."""
    undos_walked(tmp_path, stocked[1], walk)


def test_witness_rows_told_before_they_are_committed_are_found_missing(cuts):
    """A broken variant that says done too early is caught by the same check."""
    cut = next(cuts)
    done = killed(bringer, cut, "sheets.after_batch:1:kill", early=True)
    assert wrong(cut, done) == []
    cut = next(cuts)
    done = killed(bringer, cut, "keys.new.committed:1:kill", early=True)
    assert done > 0 and any("acknowledged" in one for one in wrong(cut, done))


def test_witness_keys_that_go_before_their_rows_are_missed(tmp_path, stocked, walk):
    """A broken variant that drops keys inside the transaction loses records when it is killed there."""
    home = tmp_path / "hasty"
    shutil.copytree(walk["brought"], home)
    cut = Cut(home, stocked[1])
    killed(taker, cut, "keys.drop.committed:1:kill", early=True)
    assert any("has no key" in one for one in wrong(cut))
