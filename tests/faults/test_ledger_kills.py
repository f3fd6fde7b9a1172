"""kill -9 at random moments of a clerk's day: asking, approving, lending, renewing, reading, returning (C2)."""

from __future__ import annotations

import random
import time
from contextlib import nullcontext

import pytest
from sqlalchemy import select

from archive import faults
from archive.acts import Act
from archive.circulation import decisions, lending, readings, renewing, requests
from archive.errors import ArchiveError
from archive.model import Grant, Loan, Reading, Renewal, Request, RequestLine
from archive.statuses import ReadingState, RequestKind, RequestState
from archive.values import LoanState
from tests.faults.invariants import check_all
from tests.faults.ledger import ledger_faults
from tests.faults.test_kills import how_long
from tests.faults.workers import Cut, child, told


def day(pipe, cut: Cut, code: str, rounds: int, fault: str | None = None, early: bool = False) -> None:
    """Ask, approve, lend, renew, take back; ask, approve, show, end: each told after its commit, as fact and number.

    With *early* each is told before it is committed: what no clerk may do.
    """
    with cut.open() as office, faults.armed(fault) if fault else nullcontext():
        pipe.send("ready")
        for _ in range(rounds):
            for who, act, name, do in errands(office, code):
                with office.work(who, act) as unit:
                    fact = (name, do(unit).number)
                    if early:
                        pipe.send(fact)
                if not early:
                    pipe.send(fact)
        pipe.send("finished")


def errands(office, code: str):
    """The acts of one round, each with who does it and what it is called."""

    def ask(kind):
        return lambda unit: requests.ask(unit, kind, [code], purpose="核对")

    def newest_of(unit):
        return unit.session.scalar(select(Request).order_by(Request.number.desc()).limit(1))

    def withdraw(unit):
        newest = newest_of(unit)
        requests.withdraw(unit, [newest.number])
        return newest

    def approve(unit):
        newest = newest_of(unit)
        decisions.decide(unit, [newest.number], Act.REQUEST_APPROVE, reason="同意")
        return newest

    loan, read = RequestKind.LOAN, RequestKind.READ
    return (
        ("staff", Act.REQUEST_ASK, "asked", ask(loan)),
        ("manager", Act.REQUEST_APPROVE, "approved", approve),
        ("archivist", Act.LOAN_LEND, "lent", lambda unit: lending.lend(unit, code, to="staff", purpose="核对")),
        ("staff", Act.LOAN_RENEW, "renewed", lambda unit: renewing.renew(unit, code)),
        ("archivist", Act.LOAN_RETURN, "returned", lambda unit: lending.take_back(unit, code)),
        ("staff", Act.REQUEST_ASK, "asked", ask(read)),
        ("manager", Act.REQUEST_APPROVE, "approved", approve),
        ("archivist", Act.READING_BEGIN, "shown", lambda unit: readings.begin(unit, code, reader="staff", place="R1", purpose="查看")),
        ("archivist", Act.READING_END, "ended", lambda unit: readings.end(unit, code)),
        ("staff", Act.REQUEST_WITHDRAW, "withdrawn", withdraw),
    )  # fmt: skip


def lost(unit, facts: list[tuple[str, str]]) -> list[str]:
    """What was acknowledged and is not in the books."""
    loans = {one.number: one for one in unit.session.scalars(select(Loan))}
    showings = {one.number: one for one in unit.session.scalars(select(Reading))}
    requested = dict(unit.session.execute(select(Request.number, Request.uid)).all())
    states = {line.request_uid: line.state for line in unit.session.scalars(select(RequestLine))}
    renewed = set(unit.session.scalars(select(Renewal.loan_uid)))
    through = {RequestState.APPROVED, RequestState.FULFILLED, RequestState.WITHDRAWN}
    there = {
        "asked": lambda number: number in requested,
        "approved": lambda number: states.get(requested.get(number)) in through,
        "withdrawn": lambda number: states.get(requested.get(number)) is RequestState.WITHDRAWN,
        "lent": lambda number: number in loans,
        "renewed": lambda number: number in loans and loans[number].uid in renewed,
        "returned": lambda number: number in loans and loans[number].state is LoanState.RETURNED,
        "shown": lambda number: number in showings,
        "ended": lambda number: number in showings and showings[number].state is ReadingState.ENDED,
    }
    return [f"{name} {number}" for name, number in facts if not there[name](number)]


def cleared_away(office, code: str) -> None:
    """Bring back whatever a killed clerk had handed out, and withdraw what he had asked."""
    with office.ask("gm") as unit:
        rows = select(Request.number).join(RequestLine, RequestLine.request_uid == Request.uid)
        open_states = (RequestState.ASKED, RequestState.ENDORSED, RequestState.APPROVED)
        waiting = list(unit.session.scalars(rows.where(RequestLine.state.in_(open_states))))
    for act, do in (
        (Act.LOAN_RETURN, lambda unit: lending.take_back(unit, code)),
        (Act.READING_END, lambda unit: readings.end(unit, code)),
    ):
        try:
            with office.work("archivist", act) as unit:
                do(unit)
        except ArchiveError as refusal:
            assert refusal.code in {"not-on-loan", "not-reading"}, refusal
    for number in waiting:
        with office.work("staff", Act.REQUEST_WITHDRAW) as unit:
            requests.withdraw(unit, [number])


def days_killed(cut: Cut, code: str, kills: int, seed: int) -> tuple[int, int]:
    """Kill *kills* clerks; returns how much was acknowledged and how many kills hit in between."""
    rng, facts, between = random.Random(seed), [], 0
    whole = how_long(day, cut, code, 3)
    for number in range(kills):
        process, pipe = child(day, cut, code, 3)
        assert pipe.recv() == "ready"
        time.sleep(rng.uniform(0, whole))
        process.kill()
        heard = told(pipe)
        process.join(60)
        facts += [word for word in heard if isinstance(word, tuple)]
        between += "finished" not in heard
        with cut.open() as office:
            assert check_all(office) == [], number
            with office.ask("gm") as unit:
                assert ledger_faults(unit) == [], number
                assert lost(unit, facts) == [], number
            cleared_away(office, code)
    return len(facts), between


def test_rel_C2_eight_clerks_killed_in_the_middle_of_their_day_lose_nothing(cut, shelf):
    """8 kills: every acknowledged request, approval, loan, renewal and reading stands, and work goes on."""
    promised, between = days_killed(cut, shelf[0], 8, seed=5)
    assert promised > 8
    assert between >= 2, "the kills must hit clerks at work"


@pytest.mark.long
def test_rel_C2_fifty_clerks_killed(cut, shelf, capsys):
    """The same fifty times."""
    promised, between = days_killed(cut, shelf[0], 50, seed=6)
    with capsys.disabled():
        print(f"\n50 kills: {promised} acts acknowledged, {between} clerks in the middle of something")
    assert promised > 200


def test_rel_C1_an_approval_killed_before_its_grant_is_no_approval(cut, shelf):
    """Killed between decision and grant: the request still waits, nothing was opened, and it can be approved."""
    process, pipe = child(day, cut, shelf[0], 1, "decisions.before_grant:1:kill")
    facts = [word for word in told(pipe) if isinstance(word, tuple)]
    process.join(60)
    assert [name for name, _ in facts] == ["asked"] and process.exitcode == -9
    with cut.open() as office:
        assert check_all(office) == []
        with office.ask("gm") as unit:
            (line,) = unit.session.scalars(select(RequestLine))
            assert line.state is RequestState.ASKED and ledger_faults(unit) == []
            assert unit.session.scalars(select(Grant).where(Grant.line_uid.is_not(None))).all() == []
        with office.work("manager", Act.REQUEST_APPROVE) as unit:
            decisions.decide(unit, [facts[0][1]], Act.REQUEST_APPROVE, reason="同意")


def test_witness_rel_C2_what_is_acknowledged_before_its_commit_is_missed(cut, shelf):
    """A clerk who says done too early, killed before the commit: the same check names what is lost."""
    process, pipe = child(day, cut, shelf[0], 1, "db.before_commit:3:kill", True)
    facts = [word for word in told(pipe) if isinstance(word, tuple)]
    process.join(60)
    with cut.open() as office, office.ask("gm") as unit:
        assert lost(unit, facts) == [f"{name} {number}" for name, number in facts[-1:]]
