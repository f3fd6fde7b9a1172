"""Grants: named person, record and acts until a day; duty grants to a post; never oneself, never personnel (V9)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from archive import cells, classes, duty, grants, people, scheme, views
from archive.acts import CONTENT, DUTY, Act
from archive.errors import (
    BadValue,
    ClassUnknown,
    Confidential,
    DepartmentsMissing,
    NotAllowed,
    NotFound,
    SelfApproval,
)
from archive.model import Adoption, Grant
from archive.statuses import ScheduleState
from archive.values import Role
from archive.words import Language
from tests import make

LAST_DAY = dt.date(2026, 3, 31)


@pytest.fixture
def tenant(office) -> str:
    """A tenant volume (秘) of the customer-service department."""
    return make.volume(office, "YH·01")


def give(
    office,
    code: str,
    *,
    to="manager",
    acts=(Act.RECORD_READ,),
    expires_on=LAST_DAY,
    by="gm",
    reason="投诉核对",
):
    with office.work(by, Act.GRANT_GIVE) as unit:
        return grants.give(unit, code, to=to, acts=acts, expires_on=expires_on, reason=reason).uid


def give_duty(
    office, role=Role.STAFF, code="HT", *, acts=(Act.RECORD_SEARCH,), expires_on=LAST_DAY, by="gm", **given
):
    with office.work(by, Act.GRANT_GIVE_DUTY) as unit:
        return grants.give_duty(
            unit, role, code, acts=acts, expires_on=expires_on, reason="岗位需要", **given
        ).uid


def opens(office, account: str, act: Act, uid: str) -> bool:
    with office.ask(account, act) as unit:
        volume = unit.session.get(views.Volume, uid)
        return unit.may(act, volume)


def at(office, day: dt.date, hour: int = 9, minute: int = 0, second: int = 0) -> None:
    """Set the clock to a moment of *day* in the office's zone."""
    office.now = dt.datetime.combine(
        day, dt.time(hour, minute, second), office.instance.settings.zone
    ).astimezone(dt.UTC)


def test_inv_V9_a_grant_opens_one_record_to_one_person_for_the_named_act(office, tenant):
    """The supervisor may read this volume, not take its files out, and not the neighbour's."""
    neighbour = make.volume(office, "YH·01", premises="A1204")
    assert not opens(office, "supervisor", Act.RECORD_READ, tenant)
    give(office, tenant, to="supervisor")

    assert opens(office, "supervisor", Act.RECORD_READ, tenant)
    assert opens(office, "supervisor", Act.RECORD_SEE, tenant)
    assert not opens(office, "supervisor", Act.ITEM_GET, tenant)
    assert not opens(office, "supervisor", Act.RECORD_READ, neighbour)
    assert not opens(office, "clerk", Act.RECORD_READ, tenant)


def test_inv_V9_a_grant_holds_to_the_last_second_of_its_day_in_the_offices_zone(office, tenant):
    """Until 23:59:59 of the last day in Shanghai; at midnight it is gone (decision 9)."""
    give(office, tenant, to="supervisor")
    at(office, LAST_DAY, 23, 59, 59)
    assert opens(office, "supervisor", Act.RECORD_READ, tenant)
    office.tick(seconds=1)

    assert not opens(office, "supervisor", Act.RECORD_READ, tenant)


def test_inv_P4_a_revoked_grant_is_gone_at_the_very_next_act(office, tenant):
    """Withdrawn by the security administrator, refused at once; withdrawing twice finds nothing."""
    uid = give(office, tenant)
    with office.work("security", Act.GRANT_REVOKE) as unit:
        grants.revoke(unit, uid)

    assert not opens(office, "manager", Act.ITEM_GET, tenant)
    with pytest.raises(NotFound), office.work("gm", Act.GRANT_REVOKE) as unit:
        grants.revoke(unit, uid)


def test_inv_P4_a_duty_grant_goes_with_the_post(office, tenant):
    """The clerk's post opened the catalogue; without the post it is closed at the next act."""
    assert opens(office, "clerk", Act.RECORD_SEE, tenant)
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "clerk", [Role.STAFF])

    assert not opens(office, "clerk", Act.RECORD_SEE, tenant)


def test_inv_V9_nobody_approves_for_himself(office, tenant):
    """The general manager grants himself nothing, neither in the service nor in the schema."""
    with pytest.raises(SelfApproval):
        give(office, tenant, to="gm")
    with office.ask("gm") as unit:
        assert [] == unit.session.scalars(select(Grant).where(Grant.person_uid == unit.actor.uid)).all()


@pytest.mark.parametrize("who", ["archivist", "manager", "secretary", "hr"])
def test_inv_V9_only_the_general_manager_gives(office, tenant, who):
    """Others are refused, or do not even learn that the record exists."""
    with pytest.raises((NotAllowed, NotFound)):
        give(office, tenant, to="staff", by=who)


@pytest.mark.parametrize(
    "given_",
    [
        {"expires_on": dt.date(2026, 3, 1)},
        {"expires_on": dt.date(2027, 3, 4)},
        {"acts": [Act.LOAN_LEND]},
        {"acts": [Act.VOLUME_EDIT]},
        {"reason": "  "},
    ],
)
def test_inv_V9_a_grant_that_cannot_be_is_refused(office, tenant, given_):
    """Expired, longer than a year, for an act that cannot be granted, or without reason."""
    with pytest.raises(BadValue):
        give(office, tenant, **given_)
    with office.ask("gm") as unit:
        assert [] == unit.session.scalars(select(Grant).where(Grant.record_uid == tenant)).all()


def test_inv_V9_the_longest_grant_is_a_year(office, tenant):
    """366 days from today is the last day there is."""
    assert give(office, tenant, expires_on=dt.date(2027, 3, 3))
    assert give_duty(office, expires_on=dt.date(2027, 3, 3))
    with pytest.raises(BadValue):
        give_duty(office, expires_on=dt.date(2027, 3, 4))


@pytest.mark.parametrize("code", ["RS", "RS·01"])
@pytest.mark.parametrize("role", [Role.ARCHIVIST, Role.HR, Role.GM_SECRETARY])
def test_inv_V10_no_duty_grant_opens_personnel(office, code, role):
    """Neither the class nor the series above it, to no post."""
    with pytest.raises(BadValue):
        give_duty(office, role, code, acts=sorted(DUTY))


@pytest.mark.parametrize("act", sorted(set(CONTENT) - DUTY))
def test_inv_V9_a_duty_grant_never_takes_files_out(office, act):
    """See, search and read are the most a post gets (decision 1)."""
    with pytest.raises(BadValue):
        give_duty(office, acts=[act])


def test_inv_V9_a_duty_grant_names_a_class_that_exists_and_a_department_that_exists(office):
    """Otherwise it is refused and says so."""
    with pytest.raises(ClassUnknown):
        give_duty(office, code="NO·99")
    with pytest.raises(NotFound):
        give_duty(office, department="NONE")


def test_inv_V9_a_duty_grant_holds_for_the_series_and_only_in_its_department(office):
    """Given for HT to the staff of GC it opens HT·01 there, and to nobody of the post elsewhere."""
    contract = make.volume(office, "HT·01")
    give_duty(office, Role.STAFF, "HT", department="GC")
    clear(office, "staff")
    assert opens(office, "staff", Act.RECORD_SEARCH, contract)
    with office.work("admin", Act.PERSON_EDIT) as unit:
        unit.act(Act.PERSON_EDIT, unit.person("staff"))
        unit.person("staff").department = "CW"

    assert not opens(office, "staff", Act.RECORD_SEARCH, contract)


def test_inv_V9_a_grant_at_home_opens_only_the_own_departments_records(office):
    """The owning manager reads his own department's records, not the same class elsewhere."""
    mine, theirs = (
        make.volume(office, "ZX·01"),
        make.volume(office, "ZX·01", department="GC", dossier="A1203-2025-2"),
    )

    assert opens(office, "manager", Act.RECORD_READ, mine)
    assert not opens(office, "manager", Act.RECORD_SEE, theirs)


def clear(office, account: str) -> None:
    from archive.values import Level

    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, account, Level.CONFIDENTIAL)


def test_inv_V9_the_proposed_duty_grants_open_what_the_tree_proposes_and_no_more(office, tenant):
    """Clerk and archivist: see and search, not read; the manager reads and so finds; the closed classes stay closed."""
    register = make.volume(office, "YH·02")
    rights = {
        who: [act.value for act in sorted(DUTY) if opens(office, who, act, tenant)]
        for who in ("clerk", "archivist", "manager", "staff", "supervisor", "auditor", "admin")
    }

    assert {
        "clerk": ["record.search", "record.see"],
        "archivist": ["record.search", "record.see"],
        "manager": ["record.read", "record.search", "record.see"],
        "staff": [], "supervisor": [], "auditor": [], "admin": [],
    } == rights  # fmt: skip
    assert not opens(office, "manager", Act.RECORD_READ, register)
    proposals = duty.proposed(scheme.load())
    assert "RS" not in {code for proposal in proposals for code in proposal.series}


def test_inv_V9_a_refused_reading_says_whom_to_ask(office, tenant):
    """The archivist knows the volume exists, and is told to go to the general manager."""
    with pytest.raises(Confidential, match="总经理"), office.ask("archivist", Act.RECORD_READ) as unit:
        unit.look(Act.RECORD_READ, unit.record(tenant))


def test_inv_V9_the_register_shows_everything_to_its_keepers_and_each_his_own(office, tenant):
    """Reason, approver and end are on the line; others' grants are not shown to staff."""
    give(office, tenant, to="supervisor")
    with office.ask("gm", Act.GRANT_SEE) as unit:
        line = next(one for one in grants.grants(unit) if one.who == "supervisor")
    assert ("投诉核对", "褚总", LAST_DAY, True) == (line.reason, line.approved_by, line.expires_on, line.live)
    with office.ask("staff", Act.GRANT_SEE) as unit:
        assert [] == grants.grants(unit)
    with office.ask("supervisor", Act.GRANT_SEE) as unit:
        assert ["supervisor"] == [one.who for one in grants.grants(unit)]
    at(office, LAST_DAY + dt.timedelta(days=1))
    with office.ask("supervisor", Act.GRANT_SEE) as unit:
        assert [False] == [one.live for one in grants.grants(unit)]


def test_inv_V9_the_reason_is_sealed(office, tenant):
    """Why somebody looks into a tenant's file is itself confidential."""
    give(office, tenant, reason="怀疑违规转租的核对")

    assert "怀疑违规转租".encode() not in office.instance.database.read_bytes()


def test_duty_grants_for_a_department_nobody_entered_are_refused_and_nothing_is_adopted_half(office):
    """The sentence names the department and the command; neither the scheme nor one of the grants is adopted."""
    version = scheme.load().version
    with office.work("gm", Act.CLASS_ADOPT) as unit:  # a scheme is adopted once: back to before that
        unit.act(Act.CLASS_ADOPT)
        found = unit.session.get(Adoption, version)
        found.state, found.adopted_at, found.adopted_by = ScheduleState.REVIEWED, None, None
    with office.work("gm", Act.GRANT_SEE) as unit:
        before = [one.uid for one in grants.grants(unit)], unit.session.get(Adoption, version).adopted_at
    office.now += dt.timedelta(days=1)
    proposals = [*duty.proposed(scheme.load()), replace(duty.proposed(scheme.load())[0], department="XX")]
    with pytest.raises(DepartmentsMissing) as caught, office.work("gm", Act.CLASS_ADOPT) as unit:
        classes.adopt(unit, version)
        grants.give_proposed(unit, proposals)

    assert "anjuan department add XX" in str(caught.value)
    with office.ask("gm", Act.GRANT_SEE) as unit:
        assert before == (
            [one.uid for one in grants.grants(unit)], unit.session.get(Adoption, version).adopted_at
        )  # fmt: skip


def test_whom_a_grant_of_a_post_is_for_is_told_in_words_to_people_and_by_its_code_to_programs():
    """`CLERK@KF` is for programs only; an account is told as it is."""
    post, person = grants.Grantee("CLERK@KF"), grants.Grantee("zhou")
    assert [cells.cell(post, one) for one in Language] == ["文员 · KF", "clerk · KF"]
    assert cells.cell(grants.Grantee("GM"), Language.ZH) == "总经理"
    assert (cells.cell(person, Language.ZH), cells.plain(post)) == ("zhou", "CLERK@KF")
