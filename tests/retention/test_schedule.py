"""Versions of the schedule: drafted, reviewed, adopted by three people; what the law allows; what is refused."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from archive import classes, people, scheme, tables
from archive.acts import Act
from archive.errors import (
    AboveCeiling,
    BadValue,
    BaseOutdated,
    BelowFloor,
    ClassUnknown,
    CodeTaken,
    MissingPeople,
    NoneInForce,
    NotAllowed,
    NotFound,
    ScheduleUnchanged,
    SelfApproval,
    TriggerBound,
    WrongState,
)
from archive.model import Adoption, Event, Item, RecordClass
from archive.statuses import ScheduleState
from archive.values import Disposition, Period, Role, Trigger
from retention.scheduling import rules, schedules
from retention.scheduling.rules import Change, Draft
from tests import make
from tests.retention.revisions import adopted, drafted, reviewed

P = Period.parse
KNOWN = scheme.load()


def version(office, name):
    with office.ask("staff", Act.SCHEDULE_SEE) as unit:
        return next((line for line in schedules.versions(unit) if line.version == name), None)


# --- the road of a version -------------------------------------------------------------------------


def test_ret_a_version_is_drafted_reviewed_and_adopted_by_three_people(office):
    """Each step is by another person and dated; the version before it is named as its base."""
    drafted(office, Change("WS·BG", P("D30")))
    assert ScheduleState.DRAFT is version(office, "2026.2").state
    reviewed(office)
    assert ScheduleState.REVIEWED is version(office, "2026.2").state
    with office.work("gm", Act.CLASS_ADOPT) as unit:
        schedules.adopt(unit, "2026.2")

    found = version(office, "2026.2")
    assert (ScheduleState.ADOPTED, True, "2026.1", 1) == (
        found.state,
        found.in_force,
        found.base,
        found.classes,
    )
    assert ("郑档案", "冯经理", "褚总") == (found.drafted_by, found.reviewed_by, found.adopted_by)
    assert dt.date(2026, 3, 2) == found.adopted_on
    assert not version(office, "2026.1").in_force


def test_inv_V2_what_is_filed_from_now_on_takes_the_new_rule(office):
    """Period, important papers, trigger and disposition are those of the version in force."""
    adopted(office, Change("WS·BG", P("D30"), P("Y"), Trigger.YEAR_END, Disposition.REVIEW))
    (uid,) = make.filed(office, "WS·BG", 1)

    with office.ask("archivist") as unit:
        item, rule = unit.item(uid), unit.session.get(RecordClass, "WS·BG")
        assert ("D30", Trigger.YEAR_END, dt.date(2056, 1, 1)) == (item.period, item.trigger, item.review_due)
        assert ("Y", Disposition.REVIEW) == (rule.period_important, rule.disposition)
        assert "·D30·" in item.reference_code


def test_inv_V2_a_class_without_a_period_cannot_be_used(office):
    """The schema itself refuses a usable class without a rule, and a code that is no class is not filed in."""
    with office.instance.engine.begin() as raw, pytest.raises(IntegrityError):
        raw.execute(text("UPDATE record_class SET period = '' WHERE code = 'WS·BG'"))
    with pytest.raises(ClassUnknown):
        make.filed(office, "WS", 1)


def test_nobody_reviews_or_adopts_his_own_draft(office):
    """Who drafted does not review, who drafted or reviewed does not adopt, whatever posts he holds."""
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "archivist", [Role.ARCHIVIST, Role.DEPT_MANAGER])
        people.set_roles(unit, "manager", [Role.DEPT_MANAGER, Role.GM])
    drafted(office, Change("WS·BG", P("D30")))

    with pytest.raises(SelfApproval), office.work("archivist", Act.SCHEDULE_REVIEW) as unit:
        schedules.review(unit, "2026.2")
    reviewed(office)
    with pytest.raises(SelfApproval), office.work("manager", Act.CLASS_ADOPT) as unit:
        schedules.adopt(unit, "2026.2")
    assert ScheduleState.REVIEWED is version(office, "2026.2").state


def test_a_draft_that_nobody_reviewed_is_not_adopted_nor_one_withdrawn(office):
    """The life cycle has no such step; nothing is changed."""
    drafted(office, Change("WS·BG", P("D30")))
    with pytest.raises(WrongState), office.work("gm", Act.CLASS_ADOPT) as unit:
        schedules.adopt(unit, "2026.2")
    with office.work("archivist", Act.SCHEDULE_WITHDRAW) as unit:
        schedules.withdraw(unit, "2026.2", reason="另拟一版")
    for who, act, step in (
        ("manager", Act.SCHEDULE_REVIEW, schedules.review),
        ("gm", Act.CLASS_ADOPT, schedules.adopt),
    ):
        with pytest.raises(WrongState), office.work(who, act) as unit:
            step(unit, "2026.2")

    assert (ScheduleState.WITHDRAWN, "另拟一版") == (
        version(office, "2026.2").state,
        version(office, "2026.2").reason,
    )
    with office.ask("archivist") as unit:
        assert "D10" == unit.session.get(RecordClass, "WS·BG").period


def test_a_draft_never_comes_into_force_over_a_newer_version(office):
    """Two drafts on one base: once one is adopted the other is refused, at review and at adoption."""
    drafted(office, Change("WS·BG", P("D30")))
    drafted(office, Change("WS·NB", P("D30")))
    drafted(office, Change("WS·HY", P("Y")))
    reviewed(office, "2026.2", "2026.3")
    office.tick(days=1)
    with office.work("gm", Act.CLASS_ADOPT) as unit:
        schedules.adopt(unit, "2026.2")
    with pytest.raises(BaseOutdated) as caught, office.work("gm", Act.CLASS_ADOPT) as unit:
        schedules.adopt(unit, "2026.3")
    with pytest.raises(BaseOutdated), office.work("manager", Act.SCHEDULE_REVIEW) as unit:
        schedules.review(unit, "2026.4")

    assert "重新拟修" in str(caught.value)
    with office.ask("archivist") as unit:
        assert "D10" == unit.session.get(RecordClass, "WS·NB").period


def test_the_shipped_schedule_is_adopted_once_and_only_then_revised(office):
    """Before the general manager adopts it nothing can be drafted; a revision is not adopted as if it were shipped."""
    with pytest.raises(WrongState), office.work("gm", Act.CLASS_ADOPT) as unit:
        classes.adopt(unit, "2026.1")
    drafted(office, Change("WS·BG", P("D30")))
    reviewed(office)
    with pytest.raises(BadValue) as caught, office.work("gm", Act.CLASS_ADOPT) as unit:
        classes.adopt(unit, "2026.2")
    assert "anjuan schedule adopt 2026.2" in str(caught.value)

    with office.work("gm", Act.CLASS_ADOPT) as unit:
        unit.act(Act.CLASS_ADOPT)
        shipped = unit.session.get(Adoption, "2026.1")
        shipped.state, shipped.adopted_at = ScheduleState.REVIEWED, None
    with pytest.raises(NoneInForce):
        drafted(office, Change("WS·NB", P("D30")))
    with office.work("gm", Act.CLASS_ADOPT) as unit:
        assert schedules.Adopted("2026.1", 0, 0) == schedules.adopt(unit, "2026.1")


@pytest.mark.parametrize(
    ("who", "act", "step"),
    [
        (
            "staff",
            Act.SCHEDULE_DRAFT,
            lambda u: schedules.draft_one(u, Change("WS·BG", P("D30")), reason="x"),
        ),
        ("archivist", Act.SCHEDULE_REVIEW, lambda u: schedules.review(u, "2026.2")),
        ("manager", Act.CLASS_ADOPT, lambda u: schedules.adopt(u, "2026.2")),
        ("manager", Act.SCHEDULE_WITHDRAW, lambda u: schedules.withdraw(u, "2026.2", reason="x")),
    ],
)
def test_inv_V25_only_the_posts_named_take_a_step_and_a_refusal_leaves_its_line(office, who, act, step):
    """Domain §9: the archivist drafts, the manager reviews, the general manager adopts."""
    drafted(office, Change("WS·BG", P("D30")))
    reviewed(office)
    with pytest.raises(NotAllowed), office.work(who, act) as unit:
        step(unit)

    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        last = unit.session.scalar(select(Event).order_by(Event.seq.desc()).limit(1))
        assert (act.value, "not-allowed", who) == (last.act, last.outcome, last.account)


def test_a_draft_needs_a_reviewer_and_a_general_manager(office):
    """Decision 3: with too few people the act is refused and says who is missing."""
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "manager", [Role.STAFF])
    with pytest.raises(MissingPeople) as caught:
        drafted(office, Change("WS·BG", P("D30")))

    assert frozenset({Role.DEPT_MANAGER}) == caught.value.facts["missing"]


def test_the_reason_of_a_draft_is_sealed(office):
    """Free text stands nowhere in the database in clear; the list of versions tells it."""
    drafted(office, Change("WS·BG", P("D30")), reason="因某业户诉讼延长")

    assert "因某业户诉讼延长" == version(office, "2026.2").reason
    assert "某业户诉讼".encode() not in office.instance.database.read_bytes()


# --- what a draft may say --------------------------------------------------------------------------

BAD = {
    "no TOML": "version = ",
    "no version": "[[class]]\ncode = 'WS·BG'\nperiod = 'D30'",
    "an empty version": "version = ' '\n[[class]]\ncode = 'WS·BG'\nperiod = 'D30'",
    "a version with a line break": 'version = "a\\nb"\n[[class]]\ncode = "WS·BG"\nperiod = "D30"',
    "a version too long": f"version = '{'9' * 41}'\n[[class]]\ncode = 'WS·BG'\nperiod = 'D30'",
    "a version that is a number": "version = 3\n[[class]]\ncode = 'WS·BG'\nperiod = 'D30'",
    "no class": "version = 'a'",
    "an unknown table": "version = 'a'\n[[rule]]\ncode = 'WS·BG'",
    "an unknown key": "version = 'a'\n[[class]]\ncode = 'WS·BG'\nlevel = 'SECRET'",
    "a class twice": "version = 'a'\n" + "[[class]]\ncode = 'WS·BG'\nperiod = 'D30'\n" * 2,
    "no period": "version = 'a'\n[[class]]\ncode = 'WS·BG'\nperiod = 'D0'",
    "a period below zero": "version = 'a'\n[[class]]\ncode = 'WS·BG'\nperiod = 'D-5'",
    "a period beyond the calendar": "version = 'a'\n[[class]]\ncode = 'WS·BG'\nperiod = 'D9999'",
    "a period in words": "version = 'a'\n[[class]]\ncode = 'WS·BG'\nperiod = '三十年'",
    "an unknown trigger": "version = 'a'\n[[class]]\ncode = 'WS·BG'\ntrigger = 'WHENEVER'",
    "an unknown disposition": "version = 'a'\n[[class]]\ncode = 'WS·BG'\ndisposition = 'BURN'",
    "an end without years on a date": "version = 'a'\n[[class]]\ncode = 'WS·BG'\nperiod = 'E'",
    "an event's end on a date": "version = 'a'\n[[class]]\ncode = 'YH·09'\ntrigger = 'FORMED'",
    "important papers kept shorter": "version = 'a'\n[[class]]\ncode = 'WS·BG'\nperiod_important = 'D5'",
    "a period for reference material": "version = 'a'\n[[class]]\ncode = 'ZK·01'\nperiod = 'D10'",
    "a draft too long": "version = 'a' #" + "x" * rules.LONGEST,
}


def test_bad_drafts_are_refused_and_nothing_is_laid_down(office):
    """Every slip is told with its place; no version is left behind."""
    for slip, text_ in BAD.items():
        with pytest.raises(BadValue), office.work("archivist", Act.SCHEDULE_DRAFT) as unit:
            schedules.draft(unit, text_, reason="年度修订")
        assert version(office, "a") is None, slip


def test_a_draft_of_what_is_unknown_unchanged_taken_or_without_a_reason_is_refused(office):
    """Each says what is wrong; a version's name is used once, whatever became of it."""
    drafted(office, Change("WS·BG", P("D30")))
    for wrong, change, named, why in (
        (ClassUnknown, Change("WS·XX", P("D30")), None, "x"),
        (ClassUnknown, Change("WS", P("D30")), None, "x"),
        (ScheduleUnchanged, Change("WS·BG", P("D10")), None, "x"),
        (ScheduleUnchanged, Change("WS·BG"), None, "x"),
        (CodeTaken, Change("WS·NB", P("D30")), "2026.2", "x"),
        (CodeTaken, Change("WS·NB", P("D30")), "2026.1", "x"),
        (BadValue, Change("WS·NB", P("D30")), None, " "),
        (BadValue, Change("WS·NB", P("D30")), None, "字" * 1001),
    ):
        with pytest.raises(wrong), office.work("archivist", Act.SCHEDULE_DRAFT) as unit:
            schedules.draft_one(unit, change, version=named, reason=why)
    for act, who, step in (
        (Act.SCHEDULE_REVIEW, "manager", schedules.review), (Act.CLASS_ADOPT, "gm", schedules.adopt),
        (Act.SCHEDULE_SEE, "gm", schedules.show), (Act.SCHEDULE_SEE, "gm", schedules.changed),
    ):  # fmt: skip
        with pytest.raises(NotFound), office.work(who, act) as unit:
            step(unit, "没有这版")
    with office.ask("staff", Act.SCHEDULE_SEE) as unit:
        assert ["2026.1", "2026.2"] == [line.version for line in schedules.versions(unit)]


@pytest.mark.parametrize(
    "change",
    [
        Change("WS·BG", P("D30"), P("Y"), Trigger.YEAR_END, Disposition.REVIEW),
        Change("WS·BG", P("T90")),
        Change('WS"·\\BG', trigger=Trigger.FORMED),
    ],
)
def test_what_is_written_is_read_again(change):
    """A draft of one class is kept as TOML, whatever its code is spelt like."""
    made = Draft('版本 "2026"', (change,))
    assert made == rules.parse(rules.written(made))


# --- floors and ceilings ---------------------------------------------------------------------------

#: Domain §6.1, restated: class, the least in law, the clause, and the longest period that is still too short.
FLOORS = [
    ("YH·08", "D10", "TAX-29", "D9"), ("ZX·01", "D5", "CQM-40", "D4"), ("ZX·02", "D5", "CQM-40", "D4"),
    ("ZX·03", "D5", "CQM-40", "D4"), ("ZX·04", "D5", "CQM-40", "D4"), ("ZX·05", "D5", "CQM-40", "D4"),
    ("ZX·06", "D5", "CQM-40", "D4"), ("HT·04", "D2", "SSR-21", "D1"), ("AQ·02", "T30", "SSR-25", "T29"),
    ("RS·01", "D2", "LCL-50", "D1"), ("KU·01", "D30", "MOF79-14", "D29"), ("KU·02", "D30", "MOF79-14", "D29"),
    ("KU·03", "D10", "MOF79-14", "D9"), ("KU·04", "Y", "MOF79-14", "D999"), ("KU·05", "D10", "MOF79-14", "D9"),
    ("KU·06", "D5", "MOF79-14", "D4"), ("KU·07", "D30", "MOF79-14", "D29"), ("KU·08", "Y", "MOF79-14", "D999"),
]  # fmt: skip
#: What personal-data law does not let be kept longer (PIPL-19), and the shortest period that is too long.
CEILINGS = [("YH·02", "D3", "D4"), ("FW·04", "D1", "D2"), ("AQ·02", "T90", "T91")]


@pytest.mark.parametrize(("code", "floor", "clause", "short"), FLOORS)
def test_ret_a_class_is_never_kept_shorter_than_its_law_wants(code, floor, clause, short):
    """Domain §6.1: refused with the clause below the floor, allowed at it, whatever the period is now."""
    rule = replace(rules.of_scheme(KNOWN.rule(code)), period=P("Y"), period_important=None)
    with pytest.raises(BelowFloor) as caught:
        rules.lawful(rule, Change(code, P(short)), 2027)

    assert (floor, clause) == (caught.value.facts["floor"], caught.value.facts["clause"])
    assert clause in str(caught.value)
    if not KNOWN.rule(code).ceiling:
        assert P(floor) == rules.lawful(rule, Change(code, P(floor)), 2027).period


@pytest.mark.parametrize(("code", "ceiling", "long"), CEILINGS)
def test_conf_personal_data_is_never_kept_longer_than_its_ceiling(code, ceiling, long):
    """PIPL-19: a longer period is refused, for the class and for its important papers; the ceiling itself is not."""
    rule = replace(rules.of_scheme(KNOWN.rule(code)), period=P("T40"))
    for change in (Change(code, P(long)), Change(code, P("Y")), Change(code, period_important=P(long))):
        with pytest.raises(AboveCeiling) as caught:
            rules.lawful(rule, change, 2027)
        assert "PIPL-19" in str(caught.value)
    assert P(ceiling) == rules.lawful(rule, Change(code, P(ceiling)), 2027).period


def test_ret_every_floor_and_ceiling_is_in_the_tables_above():
    """The data has no floor or ceiling that these tests do not name, and none is missing."""
    floors = {(rule.code, rule.floor.code, rule.floor_by) for rule in KNOWN.classes if rule.floor}
    ceilings = {(rule.code, rule.ceiling_period.code) for rule in KNOWN.classes if rule.ceiling_period}

    assert {row[:3] for row in FLOORS} == floors
    assert {row[:2] for row in CEILINGS} == ceilings
    assert {rule.code for rule in KNOWN.classes if rule.ceiling} == {code for code, _ in ceilings}


@pytest.mark.parametrize("code", ["RS·01", "YH·02", "AQ·02", "KU·06"])
def test_ret_what_a_legal_term_counts_from_is_not_changed(code):
    """Two years after the end of a contract are not two years after its making."""
    rule = rules.of_scheme(KNOWN.rule(code))
    other = next(one for one in Trigger if one is not rule.trigger)
    with pytest.raises(TriggerBound):
        rules.lawful(rule, Change(code, trigger=other), 2027)


def test_the_refusal_comes_from_the_figures_in_the_data():
    """Witness: a scheme whose figures are taken out, or turned round, refuses nothing, or is refused itself."""
    table = tables.shipped("classes.toml")
    row = next(one for one in table["class"] if one["code"] == "RS·01")
    del row["floor"], row["floor_by"]
    assert not scheme.parse(table).rule("RS·01").below_floor(P("D1"))
    assert KNOWN.rule("RS·01").below_floor(P("D1"))

    for wrong in ({"floor": "D40", "floor_by": "LCL-50"}, {"floor": "D2"}, {"floor_by": "LCL-50"},
                  {"ceiling_period": "D30", "ceiling_by": "PIPL-19"}, {"floor": "D2", "floor_by": "nowhere"}):  # fmt: skip
        row.update(wrong)
        with pytest.raises(BadValue):
            scheme.parse(table)
        for name in wrong:
            del row[name]


@pytest.mark.parametrize(("period", "least"), [("Y", 999_999_999), ("D2", 730), ("T30", 30), ("E", 0)])
def test_a_period_surely_lasts_so_many_days(period, least):
    """What lasts until its event lasts no day longer; a year has 365 days at the least."""
    assert least == P(period).least


# --- what is laid down ------------------------------------------------------------------------------


def test_the_rules_are_shown_with_the_law_behind_them(office):
    """In force, as shipped, or as a draft would have them: of a draft only what it changes."""
    drafted(office, Change("RS·01", P("D5"), disposition=Disposition.REVIEW))
    with office.ask("staff", Act.SCHEDULE_SEE) as unit:
        force, shipped, revised = (schedules.show(unit, one) for one in (None, "2026.1", "2026.2"))

    assert force == shipped
    assert len(KNOWN.classes) == len(force)
    (line,) = revised
    assert ("RS·01", "D5", Disposition.REVIEW) == (line.class_code, line.period, line.disposition)
    assert ("D2", "LCL-50 劳动合同法", "") == (line.floor, line.floor_by, line.ceiling)


def test_important_papers_keep_a_period_of_their_own_only_while_it_is_longer(office):
    """A class that is kept for ever has no papers kept longer."""
    adopted(office, Change("WS·ZC", P("Y")))
    with office.ask("archivist") as unit:
        assert unit.session.get(RecordClass, "WS·ZC").period_important is None
        assert [] == list(unit.session.scalars(select(Item)))
