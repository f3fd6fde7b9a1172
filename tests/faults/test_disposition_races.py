"""One destroys, one hands out, one holds, all at once: never destroyed while out or held, and one final state (X3)."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter

import pytest
from sqlalchemy import text

from archive.acts import Act
from archive.errors import ArchiveError
from archive.values import VolumeState
from retention.holding import placing
from tests import make
from tests.conftest import Office, opened
from tests.faults import ageing
from tests.faults.disposition import disposition_faults
from tests.faults.invariants import check_all
from tests.faults.ledger import ledger_faults
from tests.faults.workers import CONTEXT, Cut, child, told


def destroyer(office, number: str, _: str, rng: random.Random) -> str:
    """Begin, witness, carry out; whatever refuses ends it."""
    time.sleep(rng.uniform(0, 0.03))
    ageing.begin(office, number)
    time.sleep(rng.uniform(0, 0.02))
    ageing.confirm(office, number)
    time.sleep(rng.uniform(0, 0.02))
    return ageing.carry_out(office, number).state


def counter(office, _: str, uid: str, rng: random.Random) -> str:
    """Hand it out, as was approved before: lent, or shown where it may only be read."""
    time.sleep(rng.uniform(0, 0.03))
    (ageing.show if rng.random() < 0.3 else ageing.lend)(office, uid, approved=True)
    return "out"


def holder(office, _: str, uid: str, rng: random.Random) -> str:
    """Freeze it."""
    time.sleep(rng.uniform(0, 0.25))
    with office.work("gm", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="诉讼", records=[uid])
    return "held"


RACERS = (destroyer, counter, holder)
#: In one race of so many the others come late, so that on a slow disk too something is destroyed.
LATE = 8


def race(pipe, cut: Cut, which: int, pairs: list[tuple[str, str]], barrier, seed: int) -> None:
    """Run one racer over all *pairs* of list and record, in step with the others; tells what came of each."""
    rng = random.Random(seed * 10 + which)
    with cut.open() as office:
        for nth, (number, uid) in enumerate(pairs, 1):
            barrier.wait(120)
            if nth % LATE == 0 and RACERS[which] is not destroyer:
                time.sleep(1)
            try:
                pipe.send((uid, which, RACERS[which](office, number, uid, rng)))
            except ArchiveError as refusal:
                pipe.send((uid, which, refusal.code))


def raced(cut: Cut, pairs: list[tuple[str, str]], seed: int) -> dict[str, dict[int, str]]:
    """What each racer says came of each record."""
    barrier = CONTEXT.Barrier(len(RACERS))
    running = [child(race, cut, which, pairs, barrier, seed) for which in range(len(RACERS))]
    came: dict[str, dict[int, str]] = {}
    for process, pipe in running:
        for uid, which, word in told(pipe):
            came.setdefault(uid, {})[which] = str(word)
        process.join(120)
        assert process.exitcode == 0
    return came


def laid_out(template, folder, count: int) -> tuple[Cut, list[tuple[str, str]]]:
    """An office with *count* records, each on an approved list of its own."""
    shutil.copytree(template / "home", folder)
    cut = Cut(folder, template / "key")
    with cut.open() as office:
        uids = ageing.volumes_due(office, count - count // 4) + ageing.items_due(office, count // 4)
        ageing.appraised(office, uids)
        pairs = []
        for uid in uids:
            make.approved(office, uid, acts=(Act.LOAN_LEND, Act.RECORD_READ))
            number = ageing.listed(office, [uid])
            ageing.approve(office, number)
            pairs.append((number, uid))
    random.Random(count).shuffle(pairs)
    return cut, pairs


def sound(cut: Cut, came: dict[str, dict[int, str]]) -> Counter:
    """Every record is in one state that its racers' words explain; how often each came out."""
    ends: Counter = Counter()
    with cut.open() as office:
        with office.ask("gm") as unit:
            assert disposition_faults(unit) == []
            assert ledger_faults(unit) == []
            for uid, words in came.items():
                gone = unit.record(uid).state is VolumeState.DESTROYED
                assert gone == (words[0] == "DESTROYED"), words
                assert not (gone and words[1] == "out"), words
                ends[
                    "destroyed"
                    if gone
                    else "out"
                    if words[1] == "out"
                    else "held"
                    if words[2] == "held"
                    else "?"
                ] += 1
        assert check_all(office) == []
    return ends


def test_rel_X3_destroying_against_lending_against_holding(template, tmp_path):
    """16 races of three processes: nothing is destroyed while out or held; each of them wins now and then."""
    cut, pairs = laid_out(template, tmp_path / "home", 16)
    came = raced(cut, pairs, seed=1)
    ends = sound(cut, came)
    assert len(came) == 16
    assert ends["destroyed"] > 0 and ends["out"] > 0, ends
    assert "gate-closed" in {words[0] for words in came.values()}, ends


@pytest.mark.long
def test_rel_X3_two_thousand_races(template, tmp_path, capsys):
    """The same over 2,000 records, in ten offices."""
    began, ends = time.monotonic(), Counter()
    for seed in range(10):
        cut, pairs = laid_out(template, tmp_path / f"home{seed}", 200)
        ends += sound(cut, raced(cut, pairs, seed))
        shutil.rmtree(cut.home)
    with capsys.disabled():
        print(f"\n2,000 races in {time.monotonic() - began:.0f} s: {dict(ends)}")
    assert sum(ends.values()) == 2000


def test_witness_rel_X3_without_gate_and_guards_a_held_record_goes_and_is_named(
    template, tmp_path, monkeypatch
):
    """The gate answers yes to everything and the schema's guards are dropped: the same checks name the held record."""
    from retention.destroying import execution, gate

    cut, [(number, uid), *_] = laid_out(template, tmp_path / "home", 4)
    office = Office(None)
    office.instance = opened(cut.home, cut.key, lambda: office.now)
    with office.work("gm", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="诉讼", records=[uid])
    with pytest.raises(ArchiveError):
        ageing.begin(office, number)
    monkeypatch.setattr(gate, "obstacles", lambda *_, **__: [])
    monkeypatch.setattr(execution, "_still_may", lambda *_: None)
    with office.instance.engine.begin() as raw:
        for name in ("volume_may_go", "item_may_go"):
            raw.execute(text(f"DROP TRIGGER {name}"))
    office.tick(minutes=2)
    ageing.begin(office, number)
    ageing.confirm(office, number)
    ageing.carry_out(office, number)
    with office.ask("gm") as unit:
        assert {fault.split()[0] for fault in disposition_faults(unit)} == {"HOLD"}
    office.instance.close()
