"""离职清缴: nobody leaves with the archive's papers in hand; a numbered certificate says so (R41, V13, F14)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from archive import identity, people
from archive.acts import Act
from archive.circulation import absences, clearance, incidents, leaving, lending, readings, requests
from archive.circulation.inhand import OpenPoint, PointKind
from archive.custody import plan
from archive.errors import (
    BadValue,
    ClearanceOpen,
    LoginNeeded,
    MissingPeople,
    NotAllowed,
    NotClear,
    NotCleared,
    NotEmployed,
    NotFound,
    NotHisManager,
    SameSigner,
    SelfApproval,
    WrongState,
)
from archive.model import Absence, Clearance, ClearanceLine, Event, Grant, Incident, Person, RequestLine
from archive.statuses import ClearanceItem, ClearanceState, Frequency, RequestKind, RequestState
from archive.values import Employment, Role
from tests import make
from tests.archive.test_incidents import close, decide, judge
from tests.conftest import PASSWORD, TODAY

DAY = TODAY.date()
LEAVING = DAY + dt.timedelta(days=30)
UNFILED, KEY = ClearanceItem.UNFILED, ClearanceItem.KEY


def begin(office, account="staff", by="hr", on=LEAVING) -> str:
    with office.work(by, Act.CLEARANCE_BEGIN) as unit:
        return clearance.begin(unit, account, on).number


def add(office, which="staff", by="hr", kind=UNFILED, what="一季度巡检表三份") -> int:
    with office.work(by, Act.CLEARANCE_ADD) as unit:
        return clearance.add(unit, which, kind=kind, what=what).nth


def settle(office, place, which="staff", by="archivist", **given) -> None:
    with office.work(by, Act.CLEARANCE_SETTLE) as unit:
        clearance.settle(unit, which, place, **given)


def sign(office, which="staff", by="gm") -> ClearanceState:
    with office.work(by, Act.CLEARANCE_SIGN) as unit:
        return clearance.sign(unit, which).state


def certify(office, which="staff", by="archivist") -> str | None:
    with office.work(by, Act.CLEARANCE_CERTIFY) as unit:
        return clearance.certify(unit, which).certificate


def cancel(office, which="staff", by="hr") -> ClearanceState:
    with office.work(by, Act.CLEARANCE_CANCEL) as unit:
        return clearance.cancel(unit, which, reason="不再离职").state


def points(office, account="staff", by="hr") -> list[OpenPoint]:
    with office.ask(by, Act.CLEARANCE_SEE) as unit:
        return clearance.open_points(unit, account)


def kinds(office, account="staff") -> set[PointKind]:
    return {point.kind for point in points(office, account)}


def show(office, which, by="hr") -> clearance.ClearancePage:
    with office.ask(by, Act.CLEARANCE_SEE) as unit:
        return clearance.show(unit, which)


def listed(office, by="hr", **given) -> list[str]:
    with office.ask(by, Act.CLEARANCE_SEE) as unit:
        return [row.number for row in clearance.rows(unit, **given)]


def leave(office, account="staff") -> None:
    with office.work("admin", Act.PERSON_LEAVE) as unit:
        people.leave(unit, account)


def employment(office, account="staff") -> Employment:
    with office.ask("hr") as unit:
        return unit.person(account).employment


def lend(office, volume, to="staff") -> str:
    make.approved(office, volume, to=to)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        return lending.lend(unit, volume, to=to, purpose="核对").number


def take_back(office, volume, **given) -> None:
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, volume, **given)


@pytest.fixture
def volume(office) -> str:
    return make.volume(office, "ZX·02", 2, held=True)


# --- the road ---------------------------------------------------------------------------------------


def test_req_R41_from_a_leaving_day_to_a_numbered_certificate(office):
    """Begun, entered, handed over, signed, certified: the sheet has every field of F14."""
    number = begin(office)
    assert number == "QJ2026-0001"
    assert [add(office), add(office, kind=KEY, what="三号柜钥匙")] == [1, 2]
    settle(office, 1)
    settle(office, 2)
    assert sign(office) is ClearanceState.SIGNED
    office.tick(days=2)
    assert certify(office) == "ZM2026-0001"
    page = show(office, number)
    assert (page.account, page.name, page.department, page.leaving_on) == ("staff", "孙员工", "GC", LEAVING)
    assert (page.begun_by, page.begun_on, page.clear, page.points) == ("卫人事", DAY, True, [])
    assert (page.signed_by, page.signed_on) == ("褚总", DAY)
    assert (page.certified_by, page.certified_on) == ("郑档案", DAY + dt.timedelta(days=2))
    assert [(one.kind, one.content, one.settled_by) for one in page.entries] == [
        (UNFILED, "一季度巡检表三份", "郑档案"), (KEY, "三号柜钥匙", "郑档案"),
    ]  # fmt: skip
    leave(office)
    assert employment(office) is Employment.LEFT


def test_req_R41_certificates_are_numbered_without_a_gap(office):
    """A refused certificate uses up no number."""
    for place, account in enumerate(("staff", "records", "clerk"), 1):
        begin(office, account)
        add(office, account)
        with pytest.raises(NotClear):
            sign(office, account)
        settle(office, 1, account)
        sign(office, account)
        assert certify(office, account) == f"ZM2026-{place:04d}"


def test_inv_V13_an_open_loan_refuses_signature_certificate_and_leaving(office, volume):
    """Until it is returned; the refusal names the loan and the record one may see."""
    loan = lend(office, volume)
    begin(office)
    (point,) = [one for one in points(office) if one.blocks]
    assert (point.kind, point.slip_number) == (PointKind.LOAN, loan)
    with pytest.raises(NotClear) as told:
        sign(office)
    assert loan in str(told.value) and "未还借阅" in str(told.value)
    take_back(office, volume)
    sign(office)
    lend(office, volume)
    with pytest.raises(NotClear):
        certify(office)
    take_back(office, volume)
    certify(office)
    lend(office, volume)
    with pytest.raises(NotClear):
        leave(office)
    take_back(office, volume)
    leave(office)


def test_inv_V13_an_entry_not_handed_over_refuses_and_takes_the_signature_back(office):
    """What is added after the manager has signed must be signed anew."""
    begin(office)
    sign(office)
    add(office)
    assert show(office, "staff").signed_by == ""
    with pytest.raises(WrongState):
        certify(office)
    with pytest.raises(NotClear):
        sign(office)
    settle(office, 1)
    sign(office)
    assert certify(office) == "ZM2026-0001"


def test_witness_without_the_check_a_certificate_is_given_over_an_open_loan(office, volume, monkeypatch):
    """The same steps pass once the list of what blocks is empty."""
    lend(office, volume)
    begin(office)
    monkeypatch.setattr(leaving, "blocking", lambda *_: [])
    sign(office)
    assert certify(office) == "ZM2026-0001"


# --- what is open -----------------------------------------------------------------------------------


def test_req_R41_a_reading_not_ended_and_a_loss_not_closed_block(office, volume):
    """What came back short blocks until the incident is closed (R40)."""
    make.approved(office, volume, acts=(Act.RECORD_READ,))
    with office.work("archivist", Act.READING_BEGIN) as unit:
        reading = readings.begin(unit, volume, reader="staff", place="R1", purpose="核对").number
    assert {PointKind.READING, PointKind.GRANT} == kinds(office)
    with office.work("archivist", Act.READING_END) as unit:
        readings.end(unit, reading)
    lend(office, volume)
    take_back(office, volume, items=1)
    assert PointKind.INCIDENT in kinds(office)
    with office.ask("archivist") as unit:
        number = unit.session.scalar(select(Incident.number))
    for step in (judge, decide, close):
        begun = any(point.blocks for point in points(office))
        assert begun
        step(office, number, by={"judge": "manager", "decide": "gm", "close": "secretary"}[step.__name__])
    assert not any(point.blocks for point in points(office))


def test_req_R41_a_series_he_answers_for_that_is_overdue_blocks(office):
    """What should have been filed is filed, or excused, first (R1, R12)."""
    with office.work("archivist", Act.PLAN_EDIT) as unit:
        line = plan.enter(
            unit, department="GC", class_code="ZL·02", name="设备巡检", frequency=Frequency.MONTH, grace_days=5,
            keeper="staff", since=dt.date(2026, 1, 1),
        )  # fmt: skip
        uid = line.uid
    found = [point for point in points(office) if point.kind is PointKind.SERIES]
    assert [(point.slip_number, point.content) for point in found] == [("2026-01", "设备巡检")]
    begin(office)
    with pytest.raises(NotClear):
        sign(office)
    with office.work("archivist", Act.PLAN_EXCUSE) as unit:
        plan.excuse(unit, uid, "2026-01", reason="停机检修")
    assert sign(office) is ClearanceState.SIGNED


def test_req_R41_the_certificate_ends_grants_requests_and_deputyships(office, volume):
    """They do not block; they are listed, and gone with the certificate, all in one act."""
    make.approved(office, volume, acts=(Act.RECORD_READ,))
    with office.work("staff", Act.REQUEST_ASK) as unit:
        requests.ask(unit, RequestKind.LOAN, [volume], purpose="核对")
    with office.work("records", Act.ABSENCE_SET) as unit:
        absences.enter(unit, DAY, DAY + dt.timedelta(days=9), deputy="staff", reason="休假")
    assert {PointKind.GRANT, PointKind.REQUEST, PointKind.DEPUTY} == kinds(office)
    begin(office)
    sign(office)
    certify(office)
    assert kinds(office) == set()
    with office.instance.engine.connect() as raw:
        mine = select(Grant.revoked_at).join(Person, Person.uid == Grant.person_uid)
        assert None not in list(raw.scalars(mine.where(Person.account == "staff")))
        assert list(raw.scalars(select(RequestLine.state))) == [RequestState.WITHDRAWN]
        assert None not in list(raw.scalars(select(Absence.ended_at)))
        facts = raw.scalar(select(Event.facts).where(Event.act == Act.CLEARANCE_CERTIFY.value))
    assert '"deputyships":1' in facts and '"requests":1' in facts and '"grants":1' in facts


def test_requests_that_only_he_can_decide_are_told_and_do_not_block(office):
    """With a second manager of the department there is nothing to tell."""
    other = make.volume(office, "ZX·02", 1, held=True, department="GC", dossier="A1203-2025-9")
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "records", [Role.DEPT_MANAGER])
    with office.work("clerk", Act.REQUEST_ASK) as unit:
        requests.ask(unit, RequestKind.LOAN, [other], purpose="核对")
    (point,) = points(office, "records")
    assert (point.kind, point.count, point.blocks) == (PointKind.WAITING, 1, False)
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "staff", [Role.DEPT_MANAGER])
    assert points(office, "records") == []


# --- who may ----------------------------------------------------------------------------------------


def test_req_R41_three_different_people_leaver_manager_and_archivist(office):
    """Nobody signs or certifies for himself, nor twice; only the own manager signs, or the GM."""
    begin(office, "clerk")
    add(office, "clerk")
    with pytest.raises(SelfApproval):
        settle(office, 1, "clerk", by="clerk")
    settle(office, 1, "clerk", by="archivist")
    assert sign(office, "clerk", by="manager") is ClearanceState.SIGNED
    begin(office, "archivist")
    sign(office, "archivist", by="gm")
    with pytest.raises(SelfApproval):
        certify(office, "archivist")
    begin(office, "manager")
    with pytest.raises(SelfApproval):
        sign(office, "manager", by="manager")
    begin(office, "staff")
    with pytest.raises(NotFound):  # another department's manager does not even see it
        sign(office, "staff", by="manager")
    for who in ("clerk", "hr", "manager"):
        with pytest.raises(NotAllowed):
            certify(office, "clerk", by=who)
    for who in ("staff", "clerk", "manager"):
        with pytest.raises(NotAllowed):
            begin(office, "records", by=who)


def test_who_is_manager_and_archivist_at_once_does_not_certify_what_he_signed(office):
    """Two signatures of one hand are one."""
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "archivist", [Role.ARCHIVIST, Role.DEPT_MANAGER])
    begin(office, "secretary")
    sign(office, "secretary", by="archivist")
    with pytest.raises(SameSigner):
        certify(office, "secretary")
    begin(office, "staff")
    with pytest.raises(NotHisManager):
        sign(office, "staff", by="archivist")


def test_with_too_few_people_there_is_no_certificate(office):
    """The act says who is missing."""
    begin(office)
    sign(office)
    with office.instance.engine.begin() as raw:
        few = Person.account.not_in(["staff", "archivist"])
        raw.execute(update(Person).where(few).values(employment=Employment.SUSPENDED))
    with pytest.raises(MissingPeople):
        certify(office)


def test_conf_a_clearance_is_seen_by_the_leaver_and_who_deals_with_it(office, volume):
    """Others find nothing; administrators see how much is open, not what; a code only if its record is seen."""
    secret = make.volume(office, "YH·01", 1, held=True)
    number = begin(office)
    add(office, what="独有的密件名称")
    for who in ("staff", "hr", "archivist", "secretary", "gm", "records"):
        assert show(office, number, by=who).entries[0].content == "独有的密件名称", who
        assert listed(office, by=who) == [number], who
    for who in ("admin", "security"):
        page = show(office, number, by=who)
        assert page.entries[0].content == "" and "独有" not in str(page)
    for who in ("clerk", "manager", "supervisor"):
        assert listed(office, by=who) == []
        with pytest.raises(NotFound):
            show(office, number, by=who)
        with pytest.raises(NotAllowed):
            points(office, "staff", by=who)
    with office.work("archivist", Act.INCIDENT_REPORT) as unit:
        incidents.report(
            unit, secret, kind=incidents.IncidentKind.LEAKED, found_on=DAY, course="x", concerned=["staff"]
        )
    loan = lend(office, volume)
    assert [point.slip_number for point in points(office, by="admin") if point.kind is PointKind.LOAN] == [
        loan
    ]
    assert [point.code for point in points(office, by="admin")] == [""] * len(points(office))
    assert points(office, "staff", by="staff")[0].code.startswith("K001-")
    with office.instance.engine.connect() as raw:
        assert "独有" not in str(
            [list(raw.execute(select(kind))) for kind in (ClearanceLine, Clearance, Event)]
        )


# --- leaving and barring ----------------------------------------------------------------------------


def test_req_R41_nobody_leaves_without_a_certificate(office):
    """Not before it is begun, nor while it is open, nor after it was cancelled; nor twice."""
    with pytest.raises(NotCleared):
        leave(office)
    begin(office)
    with pytest.raises(NotCleared):
        leave(office)
    sign(office)
    assert cancel(office) is ClearanceState.CANCELLED
    with pytest.raises(NotCleared):
        leave(office)
    assert employment(office) is Employment.ACTIVE
    make.cleared(office, "staff")
    leave(office)
    with pytest.raises(WrongState):
        leave(office)
    with pytest.raises(NotEmployed):
        begin(office)


def log_in(office, account="staff") -> str:
    with office.instance.work(lambda *_: identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
        return identity.login(unit, account, PASSWORD)


def acts_with(office, token) -> bool:
    with office.instance.ask(identity.by_token(token, today=lambda now: now.date()), Act.RECORD_SEE) as unit:
        return unit.actor.account == "staff"


def suspend(office, account="staff", by="admin", reason="钥匙失窃") -> None:
    with office.work(by, Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, account, reason=reason)


def restore(office, account="staff", by="admin", reason="已查明") -> None:
    with office.work(by, Act.PERSON_RESTORE) as unit:
        people.restore(unit, account, reason=reason)


def test_idn_a_suspended_account_is_out_at_once_and_comes_back_by_a_new_login(office):
    """The session ends, the password opens nothing; restored, the old session stays dead."""
    token = log_in(office)
    assert acts_with(office, token)
    suspend(office)
    with pytest.raises((LoginNeeded, NotEmployed)):
        acts_with(office, token)
    with pytest.raises(NotEmployed):
        log_in(office)
    assert employment(office) is Employment.SUSPENDED
    restore(office)
    with pytest.raises(LoginNeeded):
        acts_with(office, token)
    assert acts_with(office, log_in(office))


def test_idn_suspending_is_for_the_administrator_never_for_oneself_and_step_by_step(office):
    """With a reason; not twice; a suspended person may still be cleared and leave."""
    for who in ("security", "gm", "hr", "staff"):
        with pytest.raises(NotAllowed):
            suspend(office, by=who)
    with pytest.raises(SelfApproval):
        suspend(office, "admin")
    with pytest.raises(BadValue):
        suspend(office, reason=" ")
    with pytest.raises(NotFound):
        suspend(office, "nobody")
    with pytest.raises(WrongState):
        restore(office)
    suspend(office)
    with pytest.raises(WrongState):
        suspend(office)
    make.cleared(office, "staff")
    leave(office)
    for step in (suspend, restore):
        with pytest.raises(WrongState):
            step(office)


# --- bad input --------------------------------------------------------------------------------------


def test_bad_input_is_refused_with_a_sentence_and_changes_nothing(office):
    """Unknown people and numbers, days out of reason, one begun twice, nothing said, entries that are none."""
    for on in (DAY + dt.timedelta(days=367), DAY - dt.timedelta(days=367)):
        with pytest.raises(BadValue):
            begin(office, on=on)
    with pytest.raises(NotFound):
        begin(office, "nobody")
    number = begin(office)
    with pytest.raises(ClearanceOpen) as told:
        begin(office)
    assert number in str(told.value) and str(told.value).endswith("。")
    with pytest.raises(BadValue):
        add(office, what="  ")
    add(office)
    for place in (0, 2, -1):
        with pytest.raises(NotFound):
            settle(office, place)
    with pytest.raises(NotFound):
        settle(office, 1, handover="YJ2026-0099")
    settle(office, 1)
    with pytest.raises(NotFound):
        settle(office, 1)
    for call in (sign, certify, cancel, add):
        with pytest.raises(NotFound):
            call(office, "QJ2026-0099")
    with pytest.raises(BadValue), office.work("hr", Act.CLEARANCE_CANCEL) as unit:
        clearance.cancel(unit, number, reason=" ")
    with pytest.raises(WrongState):
        certify(office)
    assert listed(office, open_only=True) == [number]
    cancel(office)
    assert listed(office, open_only=True) == [] and listed(office) == [number]
    assert begin(office) == "QJ2026-0002"


def test_a_handover_list_can_be_named_for_what_was_handed_over(office):
    """Its number stands on the sheet (F14)."""
    make.volume(office, "ZX·02", 1, held=True)
    begin(office)
    add(office)
    settle(office, 1, handover="YJ2026-0001")
    assert show(office, "staff").entries[0].handover == "YJ2026-0001"
