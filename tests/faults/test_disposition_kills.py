"""kill -9 at every place a destruction passes, and at random moments: the gate holds, nothing is half gone unsaid (C1, C2, K1)."""

from __future__ import annotations

import random
import shutil
import time
from contextlib import nullcontext

import pytest
from sqlalchemy import select

from archive import faults
from archive.model import DestructionLine, DestructionList, Item, Volume
from archive.statuses import DestructionState, DestructionStep
from archive.values import VolumeState
from retention.destroying import execution
from tests.faults import ageing
from tests.faults.disposition import disposition_faults
from tests.faults.invariants import check_all
from tests.faults.test_kills import how_long
from tests.faults.workers import Cut, child, told, watched

LINES = 6


@pytest.fixture(scope="module")
def ready(template, tmp_path_factory):
    """An office whose list of six records was begun and witnessed: only carrying it out is left."""
    home = tmp_path_factory.mktemp("ready") / "home"
    shutil.copytree(template / "home", home)
    cut = Cut(home, template / "key")
    with cut.open() as office:
        kept = ageing.volumes_due(office, 1, files=True)
        uids = ageing.volumes_due(office, 2, files=True) + ageing.items_due(office, LINES - 2)
        ageing.appraised(office, uids)
        number = ageing.listed(office, uids)
        ageing.approve(office, number)
        ageing.begin(office, number)
        ageing.confirm(office, number)
    return cut, number, uids, kept[0]


@pytest.fixture
def offices(ready, tmp_path):
    """Fresh copies of the ready office, as many as wanted."""

    def copies():
        number = 0
        while True:
            home = tmp_path / f"home{number}"
            shutil.copytree(ready[0].home, home)
            yield Cut(home, ready[0].key)
            shutil.rmtree(home)
            number += 1

    return copies()


def carry_out(pipe, cut: Cut, number: str, fault: str | None = None) -> None:
    """Carry the list out; told when it has begun and when it is done."""
    with cut.open() as office, faults.armed(fault) if fault else nullcontext():
        pipe.send("ready")
        ageing.carry_out(office, number)
        pipe.send("finished")


def places(ready, folder) -> dict[str, int]:
    """The fault points a whole destruction passes, and how often."""
    shutil.copytree(ready[0].home, folder)
    with Cut(folder, ready[0].key).open() as office, watched() as seen:
        ageing.carry_out(office, ready[1])
    return dict(seen)


def told_of(office, ready) -> tuple[DestructionState, set[DestructionStep]]:
    """How the list says it stands, after checking that what it says is true."""
    _, number, uids, kept = ready
    assert check_all(office) == []
    with office.ask("gm") as unit:
        assert disposition_faults(unit) == []
        made = unit.session.scalar(select(DestructionList).where(DestructionList.number == number))
        lines = list(unit.session.scalars(select(DestructionLine)))
        for line in lines:
            gone = unit.record(line.record_uid).state is VolumeState.DESTROYED
            assert gone == (line.step in {DestructionStep.DESTROYING, DestructionStep.DESTROYED})
        assert unit.keys.has_key(kept) and unit.card(unit.record(kept)).title
        assert len(lines) == len(uids)
        return made.state, {line.step for line in lines}


def finished(office, ready) -> None:
    """Start-up finishes what was begun; carrying it out again finishes the rest, and nothing is left of any."""
    execution.resume(office.instance, office.who("archivist"))
    state, steps = told_of(office, ready)
    assert DestructionStep.DESTROYING not in steps
    if state is DestructionState.BEGUN or _no_register(office):
        ageing.carry_out(office, ready[1])
        state, steps = told_of(office, ready)
    assert (state, steps) == (DestructionState.DESTROYED, {DestructionStep.DESTROYED})
    with office.ask("gm") as unit:
        for kind in (Volume, Item):
            for uid in unit.session.scalars(select(kind.uid).where(kind.state == VolumeState.DESTROYED)):
                assert not unit.keys.has_key(uid)


def _no_register(office) -> bool:
    with office.ask("gm") as unit:
        return unit.session.scalar(select(DestructionList.register_uid)) is None


def killed_at(ready, offices, name: str, nth: int) -> None:
    """kill -9 at one passage: afterwards all is told, and can be finished."""
    cut = next(offices)
    process, pipe = child(carry_out, cut, ready[1], f"{name}:{nth}:kill")
    heard = told(pipe)
    process.join(60)
    assert process.exitcode == -9 and heard == ["ready"], (name, nth, heard)
    with cut.open() as office:
        told_of(office, ready)
        finished(office, ready)


TURNS = ("destroy.marked", "destroy.keys_dropped", "keys.drop.inside", "destroy.before_close")
EVERY = ("destroy.", "keys.drop.", "keys.scrubbed")


@pytest.mark.parametrize("where", [TURNS, pytest.param(EVERY, marks=pytest.mark.slow)], ids=len)
def test_rel_C1_killed_at_each_step_of_a_destruction_nothing_is_half_gone_unsaid(
    ready, offices, tmp_path, where
):
    """kill -9 at the turning points that destroying itself has, or at each step: all is told and can be finished."""
    steps = {name for name in places(ready, tmp_path / "watched") if name.startswith(where)}
    assert set(TURNS) <= steps
    for name in sorted(steps):
        killed_at(ready, offices, name, 1)


@pytest.mark.slow
def test_rel_C1_killed_at_every_place_a_destruction_passes(ready, offices, tmp_path):
    """The same at the first and the last passage of every fault point on its way: catalogue, keystore, vault, index."""
    for name, times in sorted(places(ready, tmp_path / "watched").items()):
        for nth in sorted({1, times}):
            killed_at(ready, offices, name, nth)


def killed_at_random(ready, offices, kills: int, seed: int) -> int:
    """Kill so many destructions at random moments; how many kills hit in the middle."""
    rng, between = random.Random(seed), 0
    whole = how_long(carry_out, next(offices), ready[1])
    for _ in range(kills):
        cut = next(offices)
        process, pipe = child(carry_out, cut, ready[1])
        assert pipe.recv() == "ready"
        time.sleep(rng.uniform(0, whole))
        process.kill()
        between += "finished" not in told(pipe)
        process.join(60)
        with cut.open() as office:
            told_of(office, ready)
            finished(office, ready)
    return between


def test_rel_C2_destructions_killed_at_random_moments_finish(ready, offices):
    """4 kills: whatever was reached is told, and the rest is carried out afterwards."""
    assert killed_at_random(ready, offices, 4, seed=3) >= 1


@pytest.mark.long
def test_rel_C2_fifty_destructions_killed(ready, offices, capsys):
    """The same fifty times."""
    between = killed_at_random(ready, offices, 50, seed=4)
    with capsys.disabled():
        print(f"\n50 destructions killed, {between} in the middle")
    assert between >= 25


def test_rel_C3_killed_again_while_it_is_being_finished(ready, offices):
    """Killed past the point of no return, then killed three more times while resuming: it can still be finished."""
    cut = next(offices)
    for fault in ("destroy.marked:1:kill", "keys.drop.inside:1:kill", "destroy.keys_dropped:1:kill"):
        process, pipe = child(resumed_or_begun, cut, ready[1], fault)
        told(pipe)
        process.join(60)
        assert process.exitcode == -9, fault
        with cut.open() as office:
            told_of(office, ready)
    with cut.open() as office:
        finished(office, ready)


def resumed_or_begun(pipe, cut: Cut, number: str, fault: str) -> None:
    """What a program does when it starts: finish what is half done, then go on."""
    with cut.open() as office, faults.armed(fault):
        execution.resume(office.instance, office.who("archivist"))
        ageing.carry_out(office, number)
        pipe.send("finished")


def test_witness_rel_C1_a_destruction_that_says_done_before_the_keys_are_gone_is_caught(
    ready, offices, monkeypatch
):
    """Keys are not dropped, and the list says destroyed: the same look at the office names it."""
    cut = next(offices)
    with cut.open() as office:
        monkeypatch.setattr(type(office.instance.keys), "drop_keys", lambda *_: 0)
        monkeypatch.setattr(execution, "_nothing_left", lambda *_: None)
        ageing.carry_out(office, ready[1])
        with pytest.raises(AssertionError, match="still has its key"):
            told_of(office, ready)
