"""The daily rounds in January: the year's appraisal is begun once, everything else is counted; nothing is decided."""

import datetime as dt

import pytest
from sqlalchemy import func, select

import cli
from archive import rounds as daily
from archive.acts import Act
from archive.inspection import Health
from archive.instance import SYSTEM
from archive.model import Appraisal, AppraisalLine, Event
from archive.rounds import Part
from archive.statuses import AppraisalState
from retention import rounds, secrecy
from retention.holding import placing
from tests import make
from tests.retention import campaigns

MINE = (Part.DUE, Part.APPRAISAL, Part.HOLDS, Part.SECRECY, Part.DESTRUCTION)


def turn(office):
    """What retention's parts of the rounds came to."""
    lines = daily.run(office.instance, SYSTEM, rounds.JOBS)
    return {line.part: line for line in lines if line.part in MINE}


def january(office, year=2027) -> None:
    office.now = dt.datetime(year, 1, 2, 1, 0, tzinfo=dt.UTC)


def campaigns_begun(office):
    with office.ask("gm") as unit:
        return list(unit.session.scalars(select(Appraisal).order_by(Appraisal.number)))


def test_the_first_rounds_of_the_year_begin_its_appraisal_and_the_next_do_not(office):
    """
    §6.2: once a year, of everything due on 1 January; run again it changes nothing; next year it is another.
    """
    campaigns.alone(office, 3)
    january(office)
    first, again = turn(office)[Part.APPRAISAL], turn(office)[Part.APPRAISAL]
    (made,) = campaigns_begun(office)

    assert ({"number": made.number, "count": 3}, Health.WARN) == (first.facts, first.state)
    assert ({}, Health.OK) == (again.facts, again.state)
    assert (2027, dt.date(2027, 1, 1), AppraisalState.OPEN, None) == (
        made.year,
        made.as_of,
        made.state,
        made.leader_uid,
    )
    campaigns.alone(office, 1)
    january(office, 2028)
    assert 1 == turn(office)[Part.APPRAISAL].facts["count"]


def test_with_nothing_due_no_appraisal_is_begun(office):
    """
    No empty campaign, no number used.
    """
    make.filed(office, "WS·BG", 1)
    january(office)

    assert {} == turn(office)[Part.APPRAISAL].facts and [] == campaigns_begun(office)


def test_the_clock_decides_nothing_and_tells_no_titles(office):
    """
    No verdict, no opinion, no person seated; its lines are its own actor's; what it says are numbers.
    """
    campaigns.alone(office, 2)
    january(office)
    found = turn(office)
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        acts = set(
            unit.session.scalars(select(Event.act).where(Event.account == "system", Event.at >= "2027"))
        )
        decided = select(func.count()).select_from(AppraisalLine).where(AppraisalLine.verdict.is_not(None))
        assert 0 == unit.session.scalar(decided)

    assert (
        acts <= {"rounds.run", "appraisal.begin", "vault.sweep", "audit.anchor"} and "appraisal.begin" in acts
    )
    assert "旧文件" not in str([line.facts for line in found.values()])


def test_what_waits_is_counted_held_ones_apart(office):
    """
    Ready for appraisal without the held; holds to be reviewed; secrecy periods over.
    """
    one, _ = campaigns.alone(office, 2)
    secret = make.volume(office, "HT·01", 1, held=True)
    with office.work("gm", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="诉讼", records=[one], review_on=dt.date(2026, 3, 20))
    with office.work("archivist", Act.SECRECY_SET) as unit:
        secrecy.set_until(unit, secret, until=dt.date(2026, 3, 31))
    office.tick(days=40)
    found = turn(office)

    assert {"due": 1} == found[Part.DUE].facts
    assert ({"hold_overdue": 1}, Health.WARN) == (found[Part.HOLDS].facts, found[Part.HOLDS].state)
    assert ({"due": 1}, Health.WARN) == (found[Part.SECRECY].facts, found[Part.SECRECY].state)
    assert ({"lines": 0}, Health.OK) == (found[Part.DESTRUCTION].facts, found[Part.DESTRUCTION].state)
    assert 0 == daily.exit_status(list(found.values()))


def test_witness_an_appraisal_that_breaks_stops_no_other_part(office, monkeypatch):
    """
    Sabotage: a part that fails is told by a number, the others still run.
    """
    from retention.appraising import appraisal

    def broken(*_):
        raise RuntimeError("秘密的题名")

    monkeypatch.setattr(appraisal, "begin_for_year", broken)
    found = turn(office)

    assert (1, Health.BAD) == (found[Part.APPRAISAL].status, found[Part.APPRAISAL].state)
    assert "秘密的题名" not in found[Part.APPRAISAL].why
    assert {0} == {line.status for part, line in found.items() if part is not Part.APPRAISAL}


def test_the_clock_may_begin_and_finish_but_neither_open_nor_judge(office):
    """
    Decision 5: the acts of the parts are the scheduler's; reading and deciding are not.
    """
    with office.instance.ask(SYSTEM, Act.ROUNDS_RUN) as unit:
        assert unit.may(Act.APPRAISAL_BEGIN) and unit.may(Act.DESTRUCTION_EXECUTE)
        assert not any(
            unit.may(act) for act in (Act.APPRAISAL_DECIDE, Act.SECRECY_DECIDE, Act.DESTRUCTION_APPROVE)
        )
        assert not unit.may(Act.RECORD_READ)


@pytest.mark.parametrize("part", MINE)
def test_every_part_is_handed_in_at_the_command_line(part):
    """
    `rounds run` does them all.
    """
    assert part in rounds.JOBS and "run" in cli.rounds.commands
