"""Many processes at one counter, lending, taking back, renewing and recalling the same things at once (X1, V11, V12)."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from sqlalchemy import func, select, text

from archive import views
from archive.acts import Act
from archive.circulation import lending, renewing
from archive.errors import ArchiveError
from archive.model import Loan, Renewal
from archive.values import LoanState
from tests import make
from tests.faults.invariants import check_all, explained
from tests.faults.ledger import ledger_faults
from tests.faults.workers import CONTEXT, Cut, child, told

BORROWERS = ("staff", "records", "supervisor", "manager")
ACTS = ("lend", "lend", "return", "return", "renew", "recall")


def lent(office, code: str, rng: random.Random) -> None:
    """The general manager lets somebody have it, and the archivist hands it over."""
    to = rng.choice(BORROWERS)
    make.approved(office, code, to=to)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, code, to=to, purpose="核对")


def taken_back(office, code: str, _: random.Random) -> None:
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, code)


def renewed(office, code: str, _: random.Random) -> None:
    with office.work("archivist", Act.LOAN_RENEW) as unit:
        renewing.renew(unit, code)


def recalled(office, code: str, _: random.Random) -> None:
    with office.work("archivist", Act.LOAN_RECALL) as unit:
        renewing.recall(unit, code, reason="急用")


DO = {"lend": lent, "return": taken_back, "renew": renewed, "recall": recalled}


def clerk(pipe, cut: Cut, codes: list[str], barrier, rounds: int, seed: int) -> None:
    """Do *rounds* random acts to random things; tells how often each act came to what."""
    rng, came = random.Random(seed), Counter()
    with cut.open() as office:
        barrier.wait(120)
        for _ in range(rounds):
            act, code = rng.choice(ACTS), rng.choice(codes)
            try:
                DO[act](office, code, rng)
            except ArchiveError as refusal:
                came[act, refusal.code] += 1
            else:
                came[act, "done"] += 1
        pipe.send(came)


def mixed(cut: Cut, codes: list[str], processes: int, rounds: int) -> Counter:
    """What all clerks together say came of their acts."""
    barrier = CONTEXT.Barrier(processes)
    running = [child(clerk, cut, codes, barrier, rounds, seed) for seed in range(processes)]
    came: Counter = Counter()
    for process, pipe in running:
        (one,) = told(pipe)
        came += one
        process.join(120)
        assert process.exitcode == 0
    return came


def things(cut: Cut, shelf: list[str]) -> list[str]:
    """Volumes and papers of them: a whole and its parts are asked for at once."""
    with cut.open() as office, office.ask("archivist") as unit:
        parts = [views.inner_list(unit, unit.volume(uid))[0].code for uid in shelf[:2]]
    return [*shelf, *parts]


def sound(cut: Cut, came: Counter) -> None:
    """What was acknowledged is in the ledger, no more and no less, and every piece's history can be told."""
    with cut.open() as office:
        with office.ask("gm") as unit:
            count = unit.session.scalar
            assert count(select(func.count()).select_from(Loan)) == came["lend", "done"]
            back = select(func.count()).select_from(Loan).where(Loan.state == LoanState.RETURNED)
            assert count(back) == came["return", "done"]
            assert count(select(func.count()).select_from(Renewal)) == came["renew", "done"]
            assert explained(unit) == []
            assert ledger_faults(unit) == []
        assert check_all(office) == []


def test_rel_X1_eight_clerks_at_once_never_lend_anything_twice(cut, shelf):
    """8 processes x 15 mixed acts over four volumes and two papers of them: the ledger is sound and complete."""
    came = mixed(cut, things(cut, shelf), 8, 15)
    sound(cut, came)
    assert came["lend", "done"] > 5
    assert came["return", "done"] > 3
    assert came["lend", "already-out"] > 0


@pytest.mark.long
def test_rel_X1_thirty_two_clerks_five_hundred_rounds(cut, shelf, capsys):
    """32 processes x 500 rounds of lend, return, renew and recall over shared holdings: 0 double loans."""
    began = time.monotonic()
    came = mixed(cut, things(cut, shelf), 32, 500)
    sound(cut, came)
    with capsys.disabled():
        done = {act: came[act, "done"] for act in DO}
        print(
            f"\n32 x 500: {sum(came.values())} acts in {time.monotonic() - began:.0f} s; done {done}; {came}"
        )
    assert sum(came.values()) == 32 * 500


def test_witness_rel_X1_without_the_index_clerks_lend_twice_and_it_is_told(cut, shelf):
    """The unique index dropped, a thing that is out is lent again: the same checks name it."""
    with cut.open() as office:
        with office.instance.engine.begin() as raw:
            raw.execute(text("DROP INDEX one_open_outing_per_holding"))
        for to in ("staff", "records"):
            make.approved(office, shelf[0], to=to)
            with office.work("archivist", Act.LOAN_LEND) as unit:
                lending.lend(unit, shelf[0], to=to, purpose="核对")
        with office.ask("gm") as unit:
            assert any(fault.startswith("X1") for fault in ledger_faults(unit))
