"""归档计划: what each department files how often, and what has not come (R1, R2, R12)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from archive import classes, items, tables
from archive.acts import Act
from archive.custody import periods, plan
from archive.errors import (
    BadValue,
    ClassUnknown,
    CodeTaken,
    NotAllowed,
    NotEmployed,
    NotFound,
    PeriodSettled,
)
from archive.model import PlanLine
from archive.statuses import Frequency
from tests import make
from tests.archive.counter import contents
from tests.archive.counter import counter as a_counter

D = dt.date
DAYS = st.dates(D(1999, 1, 1), D(2101, 1, 1))
MONTH, QUARTER, YEAR = Frequency.MONTH, Frequency.QUARTER, Frequency.YEAR


def enter(office, by: str = "archivist", **given) -> str:
    told = {
        "department": "KF", "class_code": "FW·01", "name": "值班记录", "frequency": MONTH, "grace_days": 10,
        "since": D(2025, 12, 1), **given,
    }  # fmt: skip
    with office.work(by, Act.PLAN_EDIT) as unit:
        return plan.enter(unit, **told).uid


def file(office, class_code: str = "FW·01", dated: D | None = None, **given) -> None:
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper("值班记录", class_code, dated=dated)]
        items.file_matter(unit, make.matter(class_code, **given), papers, volume_title="值班记录")


def missing(office, by: str = "archivist", **given) -> list[tuple[str, int]]:
    with office.ask(by, Act.PLAN_SEE) as unit:
        found = plan.overdue(unit, **given)
        if by == "archivist" and not given:
            assert plan.overdue_count(unit) == len(found)
        return [(one.period, one.late_days) for one in found]


def excuse(office, uid: str, period: str, by: str = "archivist", reason: str = "本期停用"):
    with office.work(by, Act.PLAN_EXCUSE) as unit:
        plan.excuse(unit, uid, period, reason=reason)


def everything(office) -> str:
    return contents(office.home / "catalogue.db")


# --- periods ------------------------------------------------------------------------------------


@given(DAYS, st.sampled_from(Frequency))
def test_a_day_lies_in_its_period_which_is_read_back_as_it_is_written(day, frequency):
    """First and last day enclose it; the next period begins the day after."""
    span = periods.around(day, frequency)
    assert span.first <= day <= span.last
    assert span.next().first == span.last + dt.timedelta(days=1)
    assert periods.parse(span.code, frequency) == span == periods.around(span.last, frequency)


@given(DAYS, st.integers(0, 900), st.integers(0, 900), st.sampled_from(Frequency))
def test_ended_periods_follow_each_other_without_gap_up_to_yesterday(since, until, today, frequency):
    """From the one that the beginning lies in; none that is still running, none that ends after the last day."""
    last, now = since + dt.timedelta(days=until), since + dt.timedelta(days=today)
    spans = periods.ended(frequency, since, last, now)
    assert all(one.next() == other for one, other in zip(spans, spans[1:], strict=False))
    assert not spans or spans[0] == periods.around(since, frequency)
    over = [span for span in spans if span.last >= now or span.last > last]
    following = spans[-1].next() if spans else periods.around(since, frequency)
    assert not over and (following.last >= now or following.last > last)


@pytest.mark.parametrize(
    ("code", "frequency", "first"),
    [
        ("2026-03", MONTH, D(2026, 3, 1)), ("2026-12", MONTH, D(2026, 12, 1)), ("2026-Q1", QUARTER, D(2026, 1, 1)),
        (" 2026-q4 ", QUARTER, D(2026, 10, 1)), ("2026", YEAR, D(2026, 1, 1)),
    ],
)  # fmt: skip
def test_periods_are_written_2026_03_2026_q1_and_2026(code, frequency, first):
    """The three ways, small letters and spaces forgiven."""
    assert periods.parse(code, frequency).first == first


@pytest.mark.parametrize(
    ("code", "frequency"),
    [
        ("2026-13", MONTH), ("2026-00", MONTH), ("2026-Q5", QUARTER), ("2026-Q0", QUARTER), ("2026-1", MONTH),
        ("26-01", MONTH), ("", YEAR), ("三月", MONTH), ("2026", MONTH), ("2026-03", YEAR), ("2026-Q1", MONTH),
        ("9999", YEAR), ("２０２６", YEAR),
    ],
)  # fmt: skip
def test_what_is_no_period_of_this_kind_is_refused(code, frequency):
    """Months that are none, another frequency, words, years beyond reckoning."""
    with pytest.raises(BadValue):
        periods.parse(code, frequency)


# --- what has not come --------------------------------------------------------------------------


def test_req_R12_a_month_without_a_paper_is_overdue_from_the_day_after_its_grace(office):
    """On 2 March 2026: December and January are late, February still has its ten days."""
    enter(office)
    assert missing(office) == [("2025-12", 51), ("2026-01", 20)]
    office.tick(days=8)
    assert missing(office) == [("2025-12", 59), ("2026-01", 28)]
    office.tick(days=1)
    assert missing(office) == [("2025-12", 60), ("2026-01", 29), ("2026-02", 1)]


def test_req_R12_a_period_is_filed_by_a_paper_of_the_class_and_department_dated_in_it(office):
    """Neither another class, nor another department, nor another month will do."""
    enter(office)
    file(office, dated=D(2025, 11, 30), year=2025)
    file(office, dated=D(2026, 1, 5), year=2026, department="GC")
    file(office, "FW·03", D(2026, 1, 5), year=2026)
    assert [period for period, _ in missing(office)] == ["2025-12", "2026-01"]
    file(office, dated=D(2026, 1, 31), year=2026)
    assert [period for period, _ in missing(office)] == ["2025-12"]


def test_req_R12_quarters_and_years_are_reckoned_by_the_calendar(office):
    """A yearly series is filed by a paper of that archive year, dated or not."""
    enter(office, frequency=QUARTER, since=D(2025, 7, 1), name="回访", class_code="FW·03")
    enter(office, frequency=YEAR, since=D(2023, 5, 1), name="活动", class_code="FW·06")
    assert [period for period, _ in missing(office)] == ["2023", "2024", "2025-Q3", "2025-Q4", "2025"]
    file(office, "FW·06", None, year=2024)
    file(office, "FW·06", D(2025, 6, 1), year=2025)
    file(office, "FW·03", D(2025, 10, 1), year=2025)
    assert [period for period, _ in missing(office)] == ["2023", "2025-Q3"]


def test_req_R2_a_series_that_has_ended_is_not_asked_for_after_its_last_day(office):
    """Whole periods before the last day are; the line stays for those who look for it."""
    uid = enter(office, since=D(2025, 10, 1))
    with office.work("archivist", Act.PLAN_EDIT) as unit:
        plan.end(unit, uid, on=D(2025, 12, 30))
    assert [period for period, _ in missing(office)] == ["2025-10", "2025-11"]
    with office.ask("archivist", Act.PLAN_SEE) as unit:
        assert plan.rows(unit) == [] and [row.uid for row in plan.rows(unit, ended=True)] == [uid]
    for day in (D(2025, 9, 30), D(2026, 1, 1)):
        with pytest.raises(BadValue), office.work("archivist", Act.PLAN_EDIT) as unit:
            plan.end(unit, uid, on=day)


def test_req_R12_a_period_with_nothing_to_file_is_excused_with_a_reason_once(office):
    """Kept sealed; neither twice, nor what was filed, nor a time that the plan does not reach."""
    uid = enter(office)
    file(office, dated=D(2026, 1, 5), year=2026)
    excuse(office, uid[:6], "2025-12", reason="张三休假")
    assert missing(office) == []
    before = everything(office)
    for period, refusal in (
        ("2025-12", PeriodSettled), ("2026-01", PeriodSettled), ("2025-11", BadValue), ("2026-04", BadValue),
        ("2026", BadValue), ("2026-13", BadValue),
    ):  # fmt: skip
        with pytest.raises(refusal):
            excuse(office, uid, period)
    with pytest.raises(BadValue):
        excuse(office, uid, "2026-02", reason=" ")
    with pytest.raises(NotAllowed):
        excuse(office, uid, "2026-02", by="clerk")
    for unknown in ("", "ffffff", uid[:5]):
        with pytest.raises(NotFound):
            excuse(office, unknown, "2026-02")
    assert everything(office) == before
    raw = b"".join(path.read_bytes() for path in office.home.glob("catalogue.db*"))
    assert "张三休假".encode() not in raw


def test_witness_req_R12_an_excuse_taken_away_makes_the_period_overdue_again(office):
    """The rows of excuses are kept by the database; without one the same question answers otherwise."""
    uid = enter(office, since=D(2026, 1, 1))
    excuse(office, uid, "2026-01")
    assert missing(office) == []
    with office.instance.engine.connect() as raw:
        with pytest.raises(IntegrityError):
            raw.execute(text("DELETE FROM plan_excuse"))
        raw.rollback()
        names = list(
            raw.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'plan_excuse'")
            )
        )
        for name in names:
            raw.execute(text(f'DROP TRIGGER "{name}"'))  # noqa: S608 (names out of the schema)
        raw.execute(text("DELETE FROM plan_excuse"))
        raw.commit()
    assert [period for period, _ in missing(office)] == ["2026-01"]


# --- planning -----------------------------------------------------------------------------------


def test_req_R1_a_named_person_answers_for_a_series_and_sees_what_is_his(office):
    """The list may be asked for one keeper, or one department."""
    enter(office, keeper="clerk", since=D(2026, 1, 1))
    uid = enter(office, department="GC", class_code="WG·06", name="维修记录", since=D(2026, 1, 1))
    assert len(missing(office)) == 2
    assert len(missing(office, keeper="clerk")) == len(missing(office, department="GC")) == 1
    assert missing(office, keeper="staff") == []
    with office.work("archivist", Act.PLAN_EDIT) as unit:
        plan.edit(unit, uid, name="设备维修", grace_days=60, keeper="records")
    with office.ask("archivist", Act.PLAN_SEE) as unit:
        row = next(row for row in plan.rows(unit) if row.uid == uid)
    assert (row.name, row.grace_days, row.keeper) == ("设备维修", 60, "吴资料")
    assert missing(office, department="GC") == []


def test_req_R2_a_department_plans_and_sees_only_its_own(office):
    """The manager of KF neither plans for GC nor sees its list; its records clerk does see it."""
    enter(office, by="manager")
    gc = enter(office, department="GC", class_code="WG·06", name="维修记录")
    for call in (
        lambda: enter(office, by="manager", department="GC", name="巡检"),
        lambda: excuse(office, gc, "2026-01", by="manager"),
        lambda: enter(office, by="clerk", name="另一"),
    ):
        with pytest.raises(NotAllowed):
            call()
    with office.ask("manager", Act.PLAN_SEE) as unit:
        assert {row.department for row in plan.rows(unit)} == {"KF"} and plan.rows(
            unit, department="GC"
        ) == []
    assert len(missing(office, by="manager")) == len(missing(office, by="records")) == 2


#: What is wrong with a line of the plan, and how it is refused.
NOT_PLANNED = (
    ({"department": "XX"}, NotFound), ({"class_code": "FW"}, ClassUnknown), ({"class_code": "??"}, ClassUnknown),
    ({"name": ""}, BadValue), ({"name": "记" * 81}, BadValue), ({"name": "a\x07b"}, BadValue),
    ({"grace_days": -1}, BadValue), ({"grace_days": 367}, BadValue), ({"keeper": "nobody"}, NotFound),
    ({"keeper": "supervisor"}, NotEmployed), ({"name": "  值班记录 "}, CodeTaken),
)  # fmt: skip


def test_req_R2_a_line_that_is_not_in_order_is_not_planned(office):
    """Unknown department, class or keeper, names and days out of bounds, the same series twice."""
    enter(office)
    with office.instance.engine.begin() as raw:
        raw.execute(text("UPDATE person SET employment = 'SUSPENDED' WHERE account = 'supervisor'"))
    before = everything(office)
    for wrong, refusal in NOT_PLANNED:
        with pytest.raises(refusal):
            enter(office, **wrong)
    assert everything(office) == before


def test_req_R2_the_proposed_plan_of_a_department_is_entered_by_one_act_and_not_twice(office):
    """KF's own lines; RS's; a department nobody thought of gets its yearly classes in use."""
    with office.work("manager", Act.PLAN_EDIT) as unit:
        made = plan.propose(unit, "KF", keeper="clerk")
        assert {line.class_code for line in made} >= {"FW·01", "FW·05", "WG·05"}
        assert {line.since for line in made} == {D(2026, 1, 1)}
    with office.work("archivist", Act.PLAN_EDIT) as unit:
        assert plan.propose(unit, "KF") == []
        assert [line.frequency for line in plan.propose(unit, "RS")] == [MONTH, YEAR]
    assert "2026-01" in [period for period, _ in missing(office)]
    with pytest.raises(NotFound), office.work("archivist", Act.PLAN_EDIT) as unit:
        plan.propose(unit, "XX")


def test_req_R2_a_department_that_no_line_names_is_proposed_what_it_has(office):
    """Every class it has records of whose retention runs from the year's end, once a year."""
    with office.work("admin", Act.PERSON_EDIT) as unit:
        from archive import people

        people.add_department(unit, "BA", "保安部")
    file(office, "AQ·01", D(2025, 6, 1), department="BA")
    file(office, "YH·06", D(2025, 6, 1), department="BA")
    with office.work("archivist", Act.PLAN_EDIT) as unit:
        (line,) = plan.propose(unit, "BA")
        assert (line.class_code, line.frequency, line.grace_days) == ("AQ·01", YEAR, 90)


def test_the_shipped_plan_names_classes_that_exist_and_a_slip_in_it_is_told(office):
    """Every line's class may be filed in; a misspelt key is refused with its place."""
    lines, rest = plan.shipped()
    with office.ask("archivist", Act.PLAN_SEE) as unit:
        for line in lines:
            assert classes.usable(unit, line.class_code).usable
            assert 2 <= len(line.zh) <= 80 and 2 <= len(line.en) <= 80
    assert rest.frequency is YEAR and len({(one.department, one.class_code) for one in lines}) == len(lines)
    with pytest.raises(BadValue):
        tables.rows(plan.Proposal, "line", [{"department": "KF", "class": "FW·01"}])


def test_req_R12_the_clock_counts_what_is_overdue_without_a_name(office):
    """The system actor may ask for the number and nothing else of the plan is written by it."""
    enter(office)
    from archive.instance import SYSTEM

    with office.instance.ask(SYSTEM, Act.ROUNDS_RUN) as unit:
        assert plan.overdue_count(unit) == 2
        assert not unit.may(Act.PLAN_EDIT)
        assert unit.session.scalars(select(PlanLine)).all()


def test_req_R2_the_counter_plans_lists_and_excuses(template, tmp_path, monkeypatch):
    """Every verb of `plan`; the overdue list prints JSON and CSV."""
    desk = a_counter(template, tmp_path, monkeypatch)
    desk.run(
        "archivist", "plan", "set", "--department", "KF", "--class", "FW·01", "--name", "值班记录", "--every", "month",
        "--keeper", "clerk", "--since", "2026-01-15",
    ).check()  # fmt: skip
    (row,) = desk.rows("clerk", "plan", "overdue", "--keeper", "clerk")
    line = row["uid"]
    assert row["period"] == "2026-01" and row["late_days"] == 20
    desk.run("manager", "plan", "excuse", line[:8], "2026-01", "--reason", "一月停业").check()
    assert (
        "2026-01" in desk.run("manager", "plan", "excuse", line, "2026-01", "--reason", "再说").check(1).err
    )
    assert desk.rows("clerk", "plan", "overdue") == []
    desk.run("manager", "plan", "edit", line, "--grace", "30", "--name", "值班与交接").check()
    desk.run("manager", "plan", "end", line, "--on", "2026-03-31").check()
    assert "FW·05" in desk.run("manager", "plan", "propose", "KF").check().out
    listed = desk.rows("archivist", "plan", "list", "--department", "KF")
    assert {one["class_code"] for one in listed} >= {"FW·01", "FW·05"}
    assert desk.run("archivist", "plan", "overdue", "--csv").check().out.count("\n") > 1
