"""Many processes at once: one volume, one winner (X1); one series, no gap and no double (X4)."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import text

from tests import make
from tests.faults.invariants import check_all, explained
from tests.faults.workers import CONTEXT, Cut, child, filer, racer, told

RACERS = 16


def race(
    cut: Cut, code: str, rounds: int, *, racers: int = RACERS, careful: bool = False
) -> list[Counter[str]]:
    """The outcomes of each round."""
    barrier = CONTEXT.Barrier(racers)
    running = [child(racer, cut, code, barrier, rounds, careful) for _ in range(racers)]
    heard = [told(pipe) for _, pipe in running]
    for process, _ in running:
        process.join(60)
        assert process.exitcode == 0
    return [Counter(outcomes) for outcomes in zip(*heard, strict=True)]


def one_winner(rounds: list[Counter[str]], racers: int = RACERS) -> bool:
    """True if in every round exactly one lent it and all others were told it is out."""
    return all(outcomes == {"done": 1, "already-out": racers - 1} for outcomes in rounds)


def raced(cut: Cut, code: str, rounds: int) -> None:
    outcomes = race(cut, code, rounds)
    assert len(outcomes) == rounds and one_winner(outcomes), outcomes
    with cut.open() as office:
        assert check_all(office) == []
        with office.ask("archivist") as unit:
            assert explained(unit) == []
        with office.instance.engine.connect() as raw:
            assert raw.scalar(text("SELECT count(*) FROM loan")) == rounds
            lost = raw.scalar(text("SELECT count(*) FROM event WHERE outcome = 'already-out'"))
            assert lost == rounds * (RACERS - 1)


@pytest.mark.parametrize("rounds", [4, pytest.param(12, marks=pytest.mark.slow)])
def test_rel_X1_sixteen_processes_race_for_one_volume_and_one_wins(cut, shelf, rounds):
    """Exactly one winner a round, every loser told and logged, numbers without gap, the ledger sound."""
    raced(cut, shelf[0], rounds)


@pytest.mark.slow
def test_rel_X1_two_hundred_rounds(cut, shelf):
    """The same for 200 rounds."""
    with cut.open() as office:
        make.approved(office, shelf[0], times=100)
    raced(cut, shelf[0], 200)


def test_witness_rel_X1_looking_first_is_not_enough(cut, shelf):
    """Without the unique index, processes that look before they lend still lend twice, and the check sees it."""
    with cut.open() as office, office.instance.engine.begin() as raw:
        raw.execute(text("DROP INDEX one_open_outing_per_holding"))
    outcomes = race(cut, shelf[0], 1, racers=4, careful=True)
    assert not one_winner(outcomes, 4)


def series_faults(codes: list[str], stem: str) -> list[str]:
    """Numbers under *stem* that are missing or given twice."""
    numbers = Counter(int(code.removeprefix(stem)) for code in codes if code.startswith(stem))
    wanted = range(1, max(numbers, default=0) + 1)
    return [f"{number}: {numbers[number]}" for number in wanted if numbers[number] != 1]


def test_rel_X4_processes_filing_into_one_series_leave_no_gap_and_no_double(cut):
    """Four processes, one series of items and one volume, a third of the acts refused half-way."""
    barrier = CONTEXT.Barrier(4)
    running = [child(filer, cut, barrier, 6, "甲乙丙丁"[number] + "组") for number in range(4)]
    codes = [code for _, pipe in running for batch in told(pipe) for code in batch]
    for process, _ in running:
        process.join(60)
        assert process.exitcode == 0
    assert len(codes) == 4 * 4 * 2
    assert series_faults(codes, "K001-ZY·QT·2025·D10·KF-") == []
    assert series_faults(codes, "K001-ZY·FW·2025·D3-0001-") == []
    with cut.open() as office:
        assert check_all(office) == []


def test_witness_rel_X4_a_double_and_a_gap_are_named():
    """The same check on numbers taken without a lock."""
    assert series_faults(["S-1", "S-2", "S-2", "S-4"], "S-") == ["2: 2", "3: 0"]
