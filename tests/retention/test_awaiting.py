"""What waits for whose word: each thing for who can answer it, for nobody else, and no more once he has."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from archive import volumes
from archive.acts import Act
from archive.circulation import awaiting, clearance, incidents
from archive.custody import drafts
from archive.model import Adoption
from archive.statuses import IncidentKind, ScheduleState, SecrecyOutcome
from archive.values import Period
from retention import awaiting as of_retention
from retention import secrecy
from retention.destroying import destruction, signing
from retention.scheduling import schedules
from retention.scheduling.rules import Change
from tests import make
from tests.retention import campaigns, lists

EVERYBODY = (
    "staff", "clerk", "records", "archivist", "supervisor", "manager", "secretary", "gm", "hr", "admin", "security",
    "auditor",
)  # fmt: skip


def waits(office, act: Act) -> set[str]:
    """Whose inbox names something to be answered by *act*."""
    found = set()
    for who in EVERYBODY:
        with office.ask(who, Act.REQUEST_SEE) as unit:
            before = len(unit.lines)
            if any(one.act is act for one in awaiting.rows(unit, of_retention.LOOKS)):
                found.add(who)
            assert len(unit.lines) == before, "a badge leaves no line in the log"
    return found


def row(office, who: str) -> awaiting.Awaited:
    with office.ask(who, Act.REQUEST_SEE) as unit:
        (found,) = awaiting.rows(unit, of_retention.LOOKS)
    return found


def test_req_R53_a_frozen_list_waits_for_the_general_manager_and_then_for_its_supervisors(office):
    number = lists.frozen(office, campaigns.alone(office, 2))
    assert waits(office, Act.DESTRUCTION_APPROVE) == {"gm"}
    told = row(office, "gm")
    assert (told.noun, told.number, told.by, told.count) == ("destruction", number, "郑档案", 2)
    lists.approve(office, number)
    assert waits(office, Act.DESTRUCTION_APPROVE) == set()
    lists.begin(office, number, "manager", "supervisor")
    assert waits(office, Act.DESTRUCTION_CONFIRM) == {"manager", "supervisor"}
    with office.work("manager", Act.DESTRUCTION_CONFIRM) as unit:
        signing.confirm(unit, number, place="碎纸间")
    assert waits(office, Act.DESTRUCTION_CONFIRM) == {"supervisor"}
    with office.ask("gm") as unit:
        assert destruction.one(unit, number).number == number


def test_a_worklist_waits_for_the_members_who_have_not_said_what_they_think(office):
    campaigns.alone(office, 3)
    number = campaigns.begun(office)
    assert waits(office, Act.APPRAISAL_OPINE) == {"archivist", "clerk"}
    assert (row(office, "clerk").number, row(office, "clerk").count) == (number, 3)
    campaigns.opine(office, "clerk", number)
    assert waits(office, Act.APPRAISAL_OPINE) == {"archivist"}


def test_dec6_lines_one_may_not_see_are_not_counted(office):
    uids = [*campaigns.alone(office, 2), make.volume(office, "YH·01", 1, held=True)]
    counted = {}
    for who in ("archivist", "clerk", "records", "admin"):
        with office.ask(who) as unit:
            counted[who] = awaiting.seen(unit, uids)
    assert counted == {"archivist": 3, "clerk": 3, "records": 2, "admin": 0}


def test_req_R48_a_proposal_about_secrecy_waits_for_the_general_manager(office):
    code = make.volume(office, "YH·01", 1, held=True)
    with office.work("archivist", Act.SECRECY_PROPOSE) as unit:
        until = unit.today + dt.timedelta(days=400)
        number = secrecy.propose(
            unit, code, outcome=SecrecyOutcome.PROLONG, reason="仍在合同期内", until=until
        ).number
    assert waits(office, Act.SECRECY_DECIDE) == {"gm"} and row(office, "gm").number == number
    with office.work("gm", Act.SECRECY_DECIDE) as unit:
        secrecy.decide(unit, number, agree=True)
    assert waits(office, Act.SECRECY_DECIDE) == set()


def test_a_draft_of_the_schedule_waits_to_be_reviewed_and_then_to_be_adopted(office):
    with office.work("archivist", Act.SCHEDULE_DRAFT) as unit:
        made = schedules.draft_one(unit, Change("WS·BG", Period.parse("D30")), reason="与集团一致")
    assert waits(office, Act.SCHEDULE_REVIEW) == {"manager"}
    with office.work("manager", Act.SCHEDULE_REVIEW) as unit:
        schedules.review(unit, made.version)
    assert waits(office, Act.SCHEDULE_REVIEW) == set() and waits(office, Act.CLASS_ADOPT) == {"gm"}


def test_the_schedule_as_it_comes_waits_for_the_general_manager_of_a_new_office(office):
    with office.work("gm", Act.CLASS_ADOPT) as unit:
        unit.act(Act.CLASS_ADOPT)
        shipped = unit.session.scalars(select(Adoption)).one()
        shipped.state, shipped.adopted_at = ScheduleState.REVIEWED, None
        version = shipped.version
    assert waits(office, Act.CLASS_ADOPT) == {"gm"} and row(office, "gm").number == version


def test_req_R41_a_leaver_waits_for_his_manager_and_then_for_the_archivist(office):
    with office.work("hr", Act.CLEARANCE_BEGIN) as unit:
        number = clearance.begin(unit, "supervisor", unit.today).number
    assert waits(office, Act.CLEARANCE_SIGN) == {"manager", "gm"}
    assert (row(office, "manager").number, row(office, "manager").about) == (number, "王主管")
    with office.work("manager", Act.CLEARANCE_SIGN) as unit:
        clearance.sign(unit, number)
    assert waits(office, Act.CLEARANCE_SIGN) == set() and waits(office, Act.CLEARANCE_CERTIFY) == {
        "archivist"
    }


def test_req_R40_an_incident_waits_for_who_answers_for_the_record_and_not_for_who_reported_it(office):
    code = make.volume(office, "ZX·02", 1, held=True)
    with office.work("clerk", Act.INCIDENT_REPORT) as unit:
        number = incidents.report(
            unit, code, kind=IncidentKind.DAMAGED, found_on=unit.today, course="受潮"
        ).number
    assert waits(office, Act.INCIDENT_JUDGE) == {"manager", "gm"}
    with office.work("manager", Act.INCIDENT_JUDGE) as unit:
        incidents.judge(unit, number, liability="管道漏水，无人担责")
    assert waits(office, Act.INCIDENT_JUDGE) == set() and waits(office, Act.INCIDENT_DECIDE) == {"gm"}


def test_a_handover_list_waits_for_the_archive(office):
    code = make.volume(office, "ZX·02", 1)
    with office.work("clerk", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, code)
    with office.work("clerk", Act.HANDOVER_DRAFT) as unit:
        number = drafts.draft(unit, [code], reason="年度移交").number
    found = waits(office, Act.HANDOVER_SIGN)
    assert "archivist" in found and "clerk" not in found and found <= {"archivist", "secretary"}
    assert row(office, "archivist").number == number


def test_witness_without_judging_the_same_things_would_wait_for_everybody(office, monkeypatch):
    lists.frozen(office, campaigns.alone(office, 1))
    monkeypatch.setattr(of_retention, "_answer", lambda *_: Act.DESTRUCTION_APPROVE)
    assert waits(office, Act.DESTRUCTION_APPROVE) > {"gm"}
