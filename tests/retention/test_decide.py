"""What is to become of a record, and why: golden cases in both languages, and properties of the pure function."""

import dataclasses
import datetime as dt
import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import retention.decide as subject
from archive.statuses import Verdict
from archive.values import Disposition, Period, PeriodKind, Trigger, VolumeState
from archive.words import Language
from retention.decide import OVER, Case, Decision, DueState, Ground, decide

GOLDEN = Path(__file__).parent / "golden"
USUAL = {
    "period": "D10", "trigger": "FORMED", "trigger_date": dt.date(2015, 6, 3), "filed": 2015,
    "today": dt.date(2026, 1, 1),
}  # fmt: skip
KINDS = {
    "period": Period.parse,
    "trigger": Trigger,
    "state": VolumeState,
    "verdict": Verdict,
    "disposition": Disposition,
}


def cases() -> dict[str, Case]:
    """Every case of the golden file by its name."""
    found = {}
    for name, told in tomllib.loads((GOLDEN / "decide.toml").read_text("utf-8")).items():
        facts = {**USUAL, **told}
        if facts.pop("no_date", False):
            facts["trigger_date"] = None
        if facts.pop("no_filing", False):
            facts["filed"] = None
        found[name] = Case(
            **{key: KINDS.get(key, lambda value: value)(value) for key, value in facts.items()}
        )
    return found


def said(name: str, decision: Decision) -> str:
    return "\t".join([name, decision.state.value, decision.told(Language.ZH), decision.told(Language.EN)])


def written(decider=decide) -> str:
    return "".join(f"{said(name, decider(case))}\n" for name, case in cases().items())


def test_every_golden_case_comes_to_what_is_written_and_says_why():
    """
    More than sixty named cases: state and reasons, word for word, in both languages.
    """
    file = GOLDEN / "decide.tsv"
    if os.environ.get("ANJUAN_UPDATE_GOLDEN"):
        file.write_text(written(), "utf-8")

    assert len(cases()) >= 60
    assert file.read_text("utf-8") == written()


def test_the_golden_file_holds_every_state_and_every_ground():
    """
    No row of the two tables stands unproved.
    """
    found = [decide(case) for case in cases().values()]

    assert set(DueState) == {one.state for one in found}
    assert set(Ground) == {ground for one in found for ground in one.grounds}
    assert all(one.grounds for one in found)


@pytest.mark.parametrize("state", [DueState.HELD, DueState.GOING, DueState.KEEP, DueState.UNDATED])
def test_witness_a_question_left_out_breaks_the_golden_file(monkeypatch, state):
    """
    Sabotage: without the question of holds (or another) the same file is no longer what is written.
    """
    kept = tuple(row for row in subject.QUESTIONS if row[0] is not state)
    monkeypatch.setattr(subject, "QUESTIONS", kept)

    assert (GOLDEN / "decide.tsv").read_text("utf-8") != written()


# --- properties --------------------------------------------------------------------------------------

DAYS = st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31))
PERIODS = st.sampled_from(["Y", "D1", "D3", "D10", "D30", "E", "T90"]).map(Period.parse)
CASES = st.builds(
    Case, PERIODS, st.sampled_from(Trigger), DAYS, trigger_date=st.none() | DAYS, kept_from=st.none() | DAYS,
    undated=st.booleans(), filed=st.integers(1950, 2100), state=st.sampled_from(VolumeState), held=st.booleans(),
    out=st.booleans(), appraising=st.booleans(), verdict=st.none() | st.sampled_from(Verdict),
    ceiling=st.booleans(), disposition=st.sampled_from(Disposition),
)  # fmt: skip
FREE = {
    "held": False,
    "out": False,
    "appraising": False,
    "verdict": None,
    "undated": False,
    "state": VolumeState.HELD,
}


def but(case: Case, **facts) -> Case:
    return dataclasses.replace(case, **facts)


@given(CASES, st.integers(0, 20000))
def test_ret_a_later_day_never_makes_due_undue(case, later):
    """
    What is due stays due while nothing else happens.
    """
    free = but(case, **FREE)
    if decide(free).state is DueState.DUE:
        assert DueState.DUE is decide(but(free, today=free.today + dt.timedelta(days=later))).state


@given(CASES)
def test_ret_T15_a_hold_always_wins(case):
    """
    T15: held, nothing is due, decided or going; and a hold makes nothing due that was not.
    """
    held, free = decide(but(case, held=True)), decide(but(case, held=False))

    assert held.state in {
        DueState.HELD,
        DueState.GONE,
        DueState.PERMANENT,
        DueState.NOT_STARTED,
        DueState.KEEP,
    }
    assert (held.state is DueState.HELD) == (free.state in OVER)
    assert held.course == free.course


@given(CASES, st.sampled_from([VolumeState.DESTROYED, VolumeState.TRANSFERRED]))
def test_ret_what_is_gone_is_never_due(case, gone):
    """
    Destroyed or handed on: whatever else is said of it.
    """
    assert DueState.GONE is decide(but(case, state=gone)).state


@given(CASES, st.integers(1, 60), st.booleans())
def test_ret_T14_extending_never_shortens(case, years, from_expiry):
    """
    T14: kept for N more years at an appraisal after its end, it is due later than it was, however N counts.
    """
    before = decide(but(case, **FREE, kept_from=None))
    if before.state is not DueState.DUE or case.period.kind is not PeriodKind.YEARS:
        return
    since = before.course.expires_on if from_expiry else dt.date(case.today.year, 12, 31)
    longer = decide(but(case, **FREE, kept_from=since, period=Period(PeriodKind.YEARS, years)))

    assert longer.course.review_due > before.course.review_due
    assert not (not from_expiry and longer.state is DueState.DUE)


@given(CASES)
def test_ret_V18_nothing_is_due_inside_its_last_day(case):
    """
    V18, T16: due only from the day after; what has not started, or is permanent, has no day.
    """
    found = decide(case)
    if found.state in OVER and case.state is not VolumeState.DUE:
        assert found.course.review_due is not None and found.course.review_due <= case.today
        assert found.course.expires_on is None or found.course.expires_on < case.today


def test_ret_V24_the_reference_code_is_no_fact_of_the_decision():
    """
    V24: a code that says D10 decides nothing; the function cannot even be told it.
    """
    names = {field.name for field in dataclasses.fields(Case)}

    assert not {name for name in names if "code" in name or "reference" in name}


def test_witness_ret_T14_a_clock_that_forgets_the_extension_is_caught():
    """
    Sabotage: without `kept_from` the kept paper of T14 is due at once, as before.
    """
    case = Case(Period.parse("D10"), Trigger.FORMED, dt.date(2030, 1, 1), trigger_date=dt.date(2015, 6, 3),
                kept_from=dt.date(2026, 12, 31))  # fmt: skip

    assert DueState.KEEP is decide(case).state
    assert DueState.DUE is decide(but(case, kept_from=None)).state
