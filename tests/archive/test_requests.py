"""Requests and approvals: each line on its own road, decided by distinct people, opening no more than was approved."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pytest
from sqlalchemy import select, true

from archive import grants, identity, people, registry, volumes
from archive.acts import Act
from archive.circulation import (
    absences,
    asked,
    authority,
    decisions,
    lending,
    requests,
    routing,
    slips,
    visitors,
)
from archive.errors import (
    AboveClearance,
    ApprovalNeeded,
    ApproverAway,
    ArchiveError,
    AskedAlready,
    AskedTwice,
    AwayYourself,
    BadValue,
    MissingPeople,
    NotAllowed,
    NotApprovable,
    NotEmployed,
    NotFound,
    NotInWords,
    NotUnlocked,
    NotYourTurn,
    ReadingOnly,
    RequestUnmatched,
    SameSigner,
    SelfApproval,
    WrongState,
)
from archive.instance import SYSTEM
from archive.model import Decision, Event, Grant, Person, RequestLine, Volume
from archive.statuses import DocumentKind, RequestKind, RequestState, VisitorKind
from archive.values import Level, PlaceKind, Role
from archive.words import Language
from tests import make
from tests.archive.counter import contents

READ, LOAN, COPY = RequestKind.READ, RequestKind.LOAN, RequestKind.COPY


@pytest.fixture
def drawings(office) -> str:
    """An internal volume of KF, kept by the department."""
    return make.volume(office, "ZX·02", held=True)


@pytest.fixture
def tenant(office) -> str:
    """A tenant volume (秘) of KF."""
    return make.volume(office, "YH·01", held=True)


def ask(office, *codes, who="staff", kind=LOAN, purpose="核对图纸", **given) -> str:
    with office.work(who, Act.REQUEST_ASK) as unit:
        return requests.ask(unit, kind, list(codes), purpose=purpose, **given).number


def decide(office, who, *numbers, act=Act.REQUEST_APPROVE, reason="工作需要") -> list[RequestState]:
    with office.work(who, act) as unit:
        return [line.state for line in decisions.decide(unit, numbers, act, reason=reason)]


def refuse(office, who, *numbers, reason="与工作无关"):
    return decide(office, who, *numbers, act=Act.REQUEST_REFUSE, reason=reason)


def line(office, number: str) -> RequestLine:
    """The row behind a number, whoever may see it."""
    with office.ask("gm", Act.REQUEST_SEE) as unit:
        return slips._spelt(unit, number)[0]


def states(office, number: str) -> list[RequestState]:
    with office.ask("gm", Act.REQUEST_SEE) as unit:
        return [one.state for one in slips._spelt(unit, number)]


def warrant(office, code: str, kind=LOAN, who: str = "staff"):
    with office.ask("archivist", Act.LOAN_SEE) as unit:
        return authority.demand(unit, kind, unit.record(code), unit.person(who))


def inbox(office, who: str) -> list[str]:
    with office.ask(who, Act.REQUEST_SEE) as unit:
        return [row.number for row in asked.inbox(unit)]


def log(office, act: Act) -> list[Event]:
    with office.instance._session() as session:
        rows = select(Event).where(Event.act == act.value).order_by(Event.seq)
        found = list(session.scalars(rows))
        session.expunge_all()
        return found


def absent(office, who: str, *, days: int = 5, deputy: str | None = None, by: str | None = None) -> dt.date:
    with office.work(by or who, Act.ABSENCE_SET) as unit:
        last = unit.today + dt.timedelta(days=days)
        absences.enter(unit, unit.today, last, account=who, deputy=deputy, reason="出差")
        return last


def visitor(office, *, host="supervisor", days=10) -> str:
    with office.work("archivist", Act.VISITOR_ADD) as unit:
        until = unit.today + dt.timedelta(days=days)
        return visitors.add(
            unit, kind=VisitorKind.OUTSIDE, name="钱来访", organisation="东城供电局", letter_no="东供函 7 号",
            letter_date=unit.today, document_kind=DocumentKind.PASSPORT, document_no="E12345678",
            host=host, valid_until=until,
        ).number  # fmt: skip


def roles(office, account: str, *held: Role) -> None:
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, account, held)


def clear(office, account: str, level: Level) -> None:
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, account, level)


# --- asking and approving --------------------------------------------------------------------------


def test_req_R35_nothing_is_used_before_the_owning_manager_approves_and_then_by_this_person_alone(
    office, drawings
):
    """The line waits for KF's manager; his approval is the borrower's warrant and grant until the day asked for."""
    number = ask(office, drawings)
    with pytest.raises(ApprovalNeeded):
        warrant(office, drawings)
    assert [f"{number}/1"] == inbox(office, "manager")
    assert [] == inbox(office, "gm") + inbox(office, "archivist") + inbox(office, "supervisor")

    assert [RequestState.APPROVED] == decide(office, "manager", number)
    found = warrant(office, drawings)
    assert found.line_uid == line(office, number).uid
    with office.ask("gm", Act.GRANT_SEE) as unit:
        given = unit.session.get(Grant, found.grant_uid)
        assert (dt.date(2026, 3, 16), unit.person("manager").uid) == (given.expires_on, given.approved_by)
        assert "loan.lend record.see" == given.acts
    for who, kind in (("records", LOAN), ("staff", COPY)):
        with pytest.raises(ApprovalNeeded):
            warrant(office, drawings, kind, who)
    assert [] == inbox(office, "manager")


def test_req_R35_what_needs_nobodys_word_is_approved_at_once(office, drawings):
    """Reading the own department's internal records; the register says so, no grant is needed."""
    number = ask(office, drawings, who="clerk", kind=READ)

    assert [RequestState.APPROVED] == states(office, number)
    assert authority.Warrant() == warrant(office, drawings, READ, "clerk")
    assert [RequestState.ASKED] == states(office, ask(office, drawings, kind=READ))


def test_inv_V9_reading_the_confidential_is_the_gms_alone_and_opens_reading_on_site_only(office, tenant):
    """Routed to the GM; his grant opens reading to this person until its day, no copy, nobody else."""
    number = ask(office, tenant, who="clerk", kind=READ)
    with pytest.raises(NotYourTurn):
        decide(office, "manager", number)
    assert [f"{number}/1"] == inbox(office, "gm")
    decide(office, "gm", number)

    def opens(who: str, act: Act) -> bool:
        with office.ask(who, act) as unit:
            return unit.may(act, unit.session.get(type(unit.record(tenant)), tenant))

    assert opens("clerk", Act.RECORD_READ)
    assert not opens("clerk", Act.ITEM_GET)
    assert not opens("archivist", Act.RECORD_READ)
    office.tick(days=15)
    assert not opens("clerk", Act.RECORD_READ)


def test_inv_V9_a_copy_of_the_confidential_is_asked_for_by_itself(office, tenant):
    """Reading approved is no copy; a copy approved is."""
    decide(office, "gm", ask(office, tenant, who="clerk", kind=READ))
    with pytest.raises(ApprovalNeeded):
        warrant(office, tenant, COPY, "clerk")
    decide(office, "gm", ask(office, tenant, who="clerk", kind=COPY))

    with office.ask("clerk", Act.ITEM_GET) as unit:
        assert unit.may(Act.ITEM_GET, unit.record(tenant))


@pytest.mark.parametrize(
    ("class_code", "kind", "refusal"),
    [
        ("YH·01", LOAN, NotApprovable),
        ("YH·01", RequestKind.TAKE_OUT, NotApprovable),
        ("WS·LW", LOAN, ReadingOnly),
        ("WS·LW", RequestKind.TAKE_OUT, ReadingOnly),
        ("RS·01", LOAN, NotApprovable),
        ("RS·01", COPY, NotApprovable),
    ],
)
def test_req_R36_what_nobody_can_approve_is_refused_at_once(office, class_code, kind, refusal):
    """Confidential papers do not leave, administrative ones are read only, personnel files not copied (R36, R48, R49)."""
    who, given = ("hr", {"dossier": "E001"}) if class_code == "RS·01" else ("archivist", {})
    code = make.volume(office, class_code, by=who, **given)
    before = contents(office.home / "catalogue.db")
    with pytest.raises(refusal):
        ask(office, code, who=who, kind=kind)

    assert before == contents(office.home / "catalogue.db")


# --- who decides -----------------------------------------------------------------------------------


def test_req_R35_the_requester_never_approves_nor_does_who_entered_it(office, drawings):
    """The manager's own request goes to the GM; for whom it was entered and who entered it are both barred."""
    own = ask(office, drawings, who="manager")
    entered = ask(office, drawings, who="clerk", for_="supervisor")
    assert ["GM", "DEPT_MANAGER"] == [line(office, number).next_role for number in (own, entered)]
    roles(office, "clerk", Role.CLERK, Role.DEPT_MANAGER)
    roles(office, "supervisor", Role.CS_SUPERVISOR, Role.DEPT_MANAGER)
    for who, number in (("manager", own), ("clerk", entered), ("supervisor", entered)):
        with pytest.raises(SelfApproval):
            decide(office, who, number)

    assert [] == inbox(office, "clerk") + inbox(office, "supervisor")
    assert [RequestState.APPROVED] == decide(office, "gm", own)
    assert [RequestState.APPROVED] == decide(office, "manager", entered)


def test_req_R35_witness_without_the_bar_one_would_approve_for_oneself(office, drawings, monkeypatch):
    """The same steps succeed as soon as nobody is barred, and only the database's own rule is left."""
    monkeypatch.setattr(decisions, "askers", lambda *_: frozenset())
    monkeypatch.setattr(slips, "askers", lambda *_: frozenset())
    number = ask(office, drawings, who="clerk", for_="supervisor")
    roles(office, "clerk", Role.CLERK, Role.DEPT_MANAGER)

    assert [RequestState.APPROVED] == decide(office, "clerk", number)


def test_req_R35_a_department_without_a_manager_and_custody_elsewhere_find_their_approver(office):
    """GC has no manager: the GM; what the secretary keeps: the secretary, or the GM for her own request."""
    engineering = make.volume(office, "ZX·02", held=True, department="GC")
    policy = make.volume(office, "WS·LW", held=True)
    assert "GM" == line(office, ask(office, engineering, who="clerk")).next_role
    assert "GM_SECRETARY" == line(office, ask(office, policy, kind=COPY)).next_role
    assert "GM" == line(office, ask(office, policy, kind=COPY, who="secretary")).next_role


def test_req_R35_the_gm_may_decide_any_lower_step_in_his_own_name(office, drawings):
    """It does not appear in his inbox twice nor as the manager's decision."""
    number = ask(office, drawings)
    with office.work("gm", Act.REQUEST_APPROVE) as unit:
        decisions.decide(unit, [number], Act.REQUEST_APPROVE, reason="急用")
    with office.ask("gm", Act.REQUEST_SEE) as unit:
        (decision,) = asked.show(unit, number).decisions

    assert (Role.GM, None, "褚总") == (decision.post, decision.deputy_for, decision.decider)


def test_req_R42_an_outsiders_confidential_reading_wants_manager_and_gm_two_people(office, tenant):
    """First endorsed by KF's manager, then approved by the GM; for a visitor the line itself is the warrant."""
    outsider = visitor(office)
    number = ask(office, tenant, who="clerk", kind=READ, visitor=outsider)
    with pytest.raises(NotYourTurn):
        decide(office, "gm", number)
    assert [RequestState.ENDORSED] == decide(office, "manager", number)
    roles(office, "manager", Role.DEPT_MANAGER, Role.GM)
    clear(office, "manager", Level.SECRET)
    with pytest.raises(SameSigner):
        decide(office, "manager", number)
    assert [] == inbox(office, "manager")
    assert [RequestState.APPROVED] == decide(office, "gm", number)

    with office.ask("archivist", Act.READING_SEE) as unit:
        found = authority.demand(unit, READ, unit.record(tenant), visitors.one(unit, outsider))
        assert (line(office, number).uid, None) == (found.line_uid, found.grant_uid)
        assert ["request.endorse", "request.approve"] == [
            one.act.value for one in asked.show(unit, number).decisions
        ]


def test_req_R42_visitors_are_never_lent_to_nor_asked_for_by_strangers_nor_past_their_letter(
    office, drawings, tenant
):
    """Loan and secret are refused; the host does not approve; a stranger learns nothing of the visitor."""
    outsider = visitor(office, host="manager")
    with pytest.raises(NotApprovable):
        ask(office, drawings, who="clerk", visitor=outsider)
    with pytest.raises(NotFound):
        ask(office, drawings, kind=READ, visitor=outsider)
    with pytest.raises(NotFound):
        ask(office, drawings, kind=READ, visitor="LF2026-99999")
    with pytest.raises(BadValue):
        ask(office, drawings, who="clerk", kind=READ, visitor=outsider, until=dt.date(2026, 3, 13))
    with pytest.raises(BadValue):
        ask(office, drawings, who="clerk", kind=READ, visitor=outsider, for_="staff")
    number = ask(office, drawings, who="clerk", kind=READ, visitor=outsider)
    assert (dt.date(2026, 3, 12), "GM") == (_until(office, number), line(office, number).next_role)
    with pytest.raises(SelfApproval):
        decide(office, "manager", number)


def _until(office, number: str) -> dt.date:
    with office.ask("gm", Act.REQUEST_SEE) as unit:
        return asked.show(unit, number).until


def test_req_R49_a_personnel_file_is_read_by_the_word_of_hr_and_gm_together(office):
    """HR, then the GM, neither alone, nor the GM in HR's place, nor a grant he gave by himself."""
    file = make.volume(office, "RS·01", by="hr", department="RS", dossier="E001")
    number = ask(office, file, who="archivist", kind=READ)
    with pytest.raises(NotYourTurn):
        decide(office, "gm", number)
    with office.work("gm", Act.GRANT_GIVE) as unit:
        grants.give(unit, file, to="secretary", acts=[Act.RECORD_READ], expires_on=unit.today, reason="查")
    with pytest.raises(ApprovalNeeded):
        warrant(office, file, READ, "secretary")
    assert [RequestState.ENDORSED] == decide(office, "hr", number)
    assert [RequestState.APPROVED] == decide(office, "gm", number)
    assert warrant(office, file, READ, "archivist").line_uid
    with pytest.raises(MissingPeople):
        ask(office, file, who="hr", kind=READ)


# --- bulk, refusal, races ----------------------------------------------------------------------------


def many(office, count: int = 3) -> list[str]:
    return [make.volume(office, "ZX·02", 1, dossier=f"A1203-2025-{n}") for n in range(1, count + 1)]


def test_req_R35_bulk_approval_decides_and_logs_every_line(office):
    """Three lines of one request and one of another: four decisions, four lines in the log, four grants."""
    codes = many(office)
    first, second = ask(office, *codes), ask(office, codes[0], who="records")
    assert [RequestState.APPROVED] * 4 == decide(office, "manager", first, f"{second}/1", f"{first}/2")

    told = log(office, Act.REQUEST_APPROVE)
    assert ["done"] * 4 == [one.outcome for one in told]
    assert {f"{first}/1", f"{first}/2", f"{first}/3", f"{second}/1"} == {
        json.loads(one.facts)["number"] for one in told
    }
    assert len(set(codes)) == len({one.object_uid for one in told})
    with office.ask("gm", Act.GRANT_SEE) as unit:
        assert 4 == len(list(unit.session.scalars(select(Grant).where(Grant.line_uid.is_not(None)))))
        assert 4 == len(list(unit.session.scalars(select(Decision))))


def test_req_R35_a_bulk_with_one_line_that_cannot_be_decided_changes_nothing(office):
    """All or none: a refused, an unknown or another's line undoes the rest and is named."""
    codes = many(office)
    number = ask(office, *codes)
    refuse(office, "manager", f"{number}/2")
    engineering = ask(office, make.volume(office, "ZX·02", department="GC", dossier="A1203-2025-9"))
    before = contents(office.home / "catalogue.db")
    for bad, refusal in (
        (f"{number}/2", WrongState), ("SQ2026-00099", NotFound), (engineering, NotYourTurn),
        (f"{number}/9", NotFound), ("nonsense", NotFound), ("", NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            decide(office, "manager", f"{number}/1", bad)

    assert before == contents(office.home / "catalogue.db")
    with pytest.raises(BadValue):
        decide(office, "manager")


def test_req_R35_a_whole_request_means_what_waits_for_me(office):
    """Of a request over two departments each decides his own lines by the same number."""
    mine, theirs = (
        make.volume(office, "ZX·02"),
        make.volume(office, "ZX·02", department="GC", dossier="A1203-2025-9"),
    )
    number = ask(office, mine, theirs, who="records")

    assert [RequestState.APPROVED] == decide(office, "manager", number)
    assert [RequestState.APPROVED, RequestState.ASKED] == states(office, number)
    with pytest.raises(NotYourTurn):
        decide(office, "manager", number)
    assert [RequestState.APPROVED] == decide(office, "gm", number)


def test_req_R35_a_refusal_needs_a_reason_and_ends_the_line(office, drawings):
    """Blank or endless reasons are no reasons; the asker reads it; he may ask again."""
    number = ask(office, drawings)
    for reason in ("", "  \n", "x" * 1001):
        with pytest.raises(BadValue):
            refuse(office, "manager", number, reason=reason)
    assert [RequestState.REFUSED] == refuse(office, "manager", number)
    with office.ask("staff", Act.REQUEST_SEE) as unit:
        assert ["与工作无关"] == [one.reason for one in asked.show(unit, number).decisions]
    with pytest.raises(WrongState):
        decide(office, "gm", number)
    with pytest.raises(ApprovalNeeded):
        warrant(office, drawings)

    assert [RequestState.ASKED] == states(office, ask(office, drawings))


def raced(office, number: str) -> list[object]:
    """What the manager and the GM get who approve the same line at the same moment."""
    told, ready = [], threading.Barrier(2)

    def run(who: str) -> None:
        ready.wait()
        try:
            told.append(decide(office, who, number))
        except ArchiveError as error:
            told.append(type(error))

    threads = [threading.Thread(target=run, args=(who,)) for who in ("manager", "gm")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def decided(office) -> int:
    with office.ask("gm", Act.REQUEST_SEE) as unit:
        return len(list(unit.session.scalars(select(Decision))))


def test_req_R35_of_two_who_approve_the_same_line_at_once_the_second_is_told(office, drawings):
    """One decision, one grant; the later one reads that it is decided."""
    number = ask(office, drawings)
    told = raced(office, number)

    assert [RequestState.APPROVED] in told
    assert WrongState in told
    assert 1 == decided(office)


def test_req_R35_witness_without_the_life_cycle_both_would_have_decided(office, drawings, monkeypatch):
    """The same race with the states unasked yields two decisions."""
    monkeypatch.setattr(decisions, "_next_state", lambda *_: RequestState.APPROVED)
    monkeypatch.setattr(slips, "waits", lambda *_: True)
    monkeypatch.setattr(decisions, "_seat", lambda *_: routing.Seat(Role.GM))
    raced(office, ask(office, drawings))

    assert 2 == decided(office)


# --- hidden and absent, words ------------------------------------------------------------------------


def refusal_of(office, *given, **asked_for) -> str:
    with pytest.raises(ArchiveError) as told:
        ask(office, *given, **asked_for)
    return told.value.message(Language.ZH)


def test_rel_P1_asking_for_the_hidden_and_for_the_absent_is_answered_alike(office, tenant):
    """By code or by uid; staff cannot tell a tenant file from nothing; a stranger's request is nothing either."""
    with office.ask("archivist", Act.RECORD_SEE) as unit:
        code = unit.record(tenant).reference_code
    absent_code = code.replace("0001", "9999")

    assert refusal_of(office, code).replace(code, "?") == refusal_of(office, absent_code).replace(
        absent_code, "?"
    )
    number = ask(office, tenant, who="clerk", kind=READ)
    for spelled in (number, f"{number}/1", line(office, number).uid, "SQ2026-09999"):
        with pytest.raises(NotFound) as told:
            decide(office, "staff", spelled)
        assert {"what": "request", "code": spelled} == told.value.facts
        with pytest.raises(NotFound), office.ask("staff", Act.REQUEST_SEE) as unit:
            asked.show(unit, spelled)
        with pytest.raises(NotFound), office.work("staff", Act.REQUEST_WITHDRAW) as unit:
            requests.withdraw(unit, [spelled])


def test_rel_P1_words_for_the_hidden_and_for_the_absent_read_the_same_until_they_are_decided(office, tenant):
    """Matched by a custodian to a hidden record or not, the asker's lines differ in nothing but his own words."""
    clear(office, "staff", Level.CONFIDENTIAL)
    number = ask(office, kind=READ, wanted=["A1203 的业主资料", "并不存在的东西"])
    with office.work("archivist", Act.REQUEST_MATCH) as unit:
        requests.match(unit, f"{number}/1", tenant)
    with office.ask("staff", Act.REQUEST_SEE) as unit:
        hidden, absent_one = asked.mine(unit)

    different = {
        name for name in asked.RequestRow.__dataclass_fields__
        if getattr(hidden, name) != getattr(absent_one, name)
    }  # fmt: skip
    assert {"number", "title", "uid"} == different
    assert ("A1203 的业主资料", "", None) == (hidden.title, hidden.code, hidden.waits_for)
    decide(office, "gm", f"{number}/1")
    refuse(office, "archivist", f"{number}/2")
    with office.ask("staff", Act.REQUEST_SEE) as unit:
        assert ["K001", ""] == [row.code[:4] for row in asked.mine(unit)]


def test_rel_P1_witness_a_row_that_told_the_post_would_betray_the_hidden(office, tenant, monkeypatch):
    """The comparison above sees it as soon as the waiting post is shown for a record one may not see."""
    monkeypatch.setattr(asked, "asked_by_me", lambda *_: False)
    clear(office, "staff", Level.CONFIDENTIAL)
    number = ask(office, kind=READ, wanted=["A1203 的业主资料", "并不存在的东西"])
    with office.work("archivist", Act.REQUEST_MATCH) as unit:
        requests.match(unit, f"{number}/1", tenant)
    with office.ask("staff", Act.REQUEST_SEE) as unit:
        hidden, absent_one = asked.mine(unit)

    assert hidden.waits_for != absent_one.waits_for


def test_rel_P1_words_that_were_refused_do_not_tell_whether_there_was_anything(office, tenant):
    """Refused by the GM for a hidden record, or by the archivist because nothing fits: the sheet reads the same."""
    clear(office, "staff", Level.CONFIDENTIAL)
    number = ask(office, kind=READ, wanted=["A1203 的业主资料", "并不存在的东西"])
    with office.work("archivist", Act.REQUEST_MATCH) as unit:
        requests.match(unit, f"{number}/1", tenant)
    refuse(office, "gm", f"{number}/1", reason="不予查阅")
    refuse(office, "archivist", f"{number}/2", reason="不予查阅")

    with office.ask("staff", Act.REQUEST_SEE) as unit:
        first, second = asked.show(unit, number).decisions
    with office.ask("gm", Act.REQUEST_SEE) as unit:
        by_gm = asked.show(unit, number).decisions[0]
    assert (first.act, first.reason) == (Act.REQUEST_REFUSE, "不予查阅")
    told = [(one.step, one.act, one.post, one.decider, one.deputy_for, one.reason) for one in (first, second)]
    assert told[0] == told[1]
    assert (Role.GM, "褚总") == (by_gm.post, by_gm.decider), "who may see it is told who decided"


def test_rel_P1_a_step_done_for_the_hidden_is_not_told(office):
    """Endorsed on its way to the GM, it still reads as asked, also where only one state is asked for."""
    clear(office, "staff", Level.SECRET)
    file = make.volume(office, "RS·01", by="hr", department="RS", dossier="E001")
    number = ask(office, kind=READ, wanted=["某人的档案", "并不存在的东西"])
    with office.work("archivist", Act.REQUEST_MATCH) as unit:
        requests.match(unit, f"{number}/1", file)
    decide(office, "hr", f"{number}/1")

    assert states(office, number) == [RequestState.ENDORSED, RequestState.ASKED]
    with office.ask("staff", Act.REQUEST_SEE) as unit:
        assert [row.state for row in asked.mine(unit)] == [RequestState.ASKED] * 2
        assert len(asked.mine(unit, state=RequestState.ASKED)) == 2
        assert asked.mine(unit, state=RequestState.ENDORSED) == []
        assert asked.show(unit, number).decisions == []


def test_req_R35_words_are_matched_by_a_custodian_and_then_go_the_usual_road(office, drawings, tenant):
    """Nobody approves words; a wrong match may be mended; what cannot be is told to the custodian alone."""
    number = ask(office, wanted=["A1203 的平面图"])
    assert [f"{number}/1"] == inbox(office, "archivist") == inbox(office, "clerk")
    with pytest.raises(RequestUnmatched):
        decide(office, "archivist", number)
    with pytest.raises(NotFound):
        decide(office, "manager", number)

    def match(who: str, code: str, spelled: str = number) -> str:
        with office.work(who, Act.REQUEST_MATCH) as unit:
            return requests.match(unit, spelled, code).next_role

    with pytest.raises(NotApprovable):
        match("archivist", tenant)
    with pytest.raises(NotFound):
        match("records", tenant)
    with pytest.raises(NotAllowed):
        match("staff", drawings)
    other = make.volume(office, "ZX·02", premises="A1204", dossier="A1204-2025-1")
    assert "DEPT_MANAGER" == match("clerk", other)
    assert "DEPT_MANAGER" == match("clerk", drawings, f"{number}/1")
    decide(office, "manager", number)
    with pytest.raises(WrongState):
        match("clerk", other)
    with pytest.raises(NotInWords):
        match("clerk", other, ask(office, other, who="records"))

    assert warrant(office, drawings).line_uid == line(office, number).uid


def test_req_R48_words_of_somebody_not_cleared_never_reach_the_secret(office, tenant):
    """The custodian is told, the line stays as it was; cleared down before the approval it is refused too."""
    number = ask(office, kind=READ, wanted=["业主资料"])
    with pytest.raises(AboveClearance), office.work("archivist", Act.REQUEST_MATCH) as unit:
        requests.match(unit, number, tenant)
    assert line(office, number).record_uid is None
    second = ask(office, tenant, who="clerk", kind=READ)
    clear(office, "clerk", Level.INTERNAL)
    with pytest.raises(AboveClearance):
        decide(office, "gm", second)


# --- boxes, withdrawing, lapsing, the queue ----------------------------------------------------------


def test_req_R35_a_box_is_asked_for_record_by_record_and_shows_nothing_hidden(office, drawings):
    """One line for each record in it that the asker may see; an empty or hidden box is no box to him."""
    second = make.volume(office, "ZX·02", premises="A1204", dossier="A1204-2025-1")
    hidden = make.volume(office, "YH·01")
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "H1", kind=PlaceKind.BOX, name="一号盒", inside="R1-C1", lockable=True)
        registry.add_location(unit, "H2", kind=PlaceKind.BOX, name="二号盒", inside="R1-C1", lockable=True)
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        for code, box in ((drawings, "H1"), (second, "H1"), (hidden, "H1")):
            volumes.move(unit, code, box)
    number = ask(office, "H1")

    assert 2 == len(states(office, number))
    with pytest.raises(AskedTwice):
        ask(office, "H1", second, who="records")
    with pytest.raises(NotFound):
        ask(office, "H2", who="records")
    assert refusal_of(office, "H2").replace("H2", "?") == refusal_of(office, "H3").replace("H3", "?")


def test_req_R35_withdrawing_takes_the_grant_with_it(office, drawings):
    """Before or after approval; by who asked or for whom, by nobody else; what is done stays done."""
    number = ask(office, drawings)
    decide(office, "manager", number)
    for who in ("manager", "archivist"):
        with pytest.raises(NotAllowed), office.work(who, Act.REQUEST_WITHDRAW) as unit:
            requests.withdraw(unit, [number])
    with office.work("staff", Act.REQUEST_WITHDRAW) as unit:
        requests.withdraw(unit, [number])
    with pytest.raises(ApprovalNeeded):
        warrant(office, drawings)
    with office.ask("gm", Act.GRANT_SEE) as unit:
        assert [False] == [one.live for one in grants.grants(unit) if one.who == "staff"]
    with pytest.raises(WrongState), office.work("staff", Act.REQUEST_WITHDRAW) as unit:
        requests.withdraw(unit, [number])


def test_inv_V9_a_revoked_or_spent_grant_opens_nothing(office, tenant, drawings):
    """Neither to the policy nor as a warrant, though the line still says approved."""
    number = ask(office, tenant, who="clerk", kind=READ)
    decide(office, "gm", number)
    with office.work("security", Act.GRANT_REVOKE) as unit:
        grants.revoke(unit, unit.session.scalar(select(Grant.uid).where(Grant.line_uid.is_not(None))))
    with pytest.raises(ApprovalNeeded):
        warrant(office, tenant, READ, "clerk")
    decide(office, "manager", ask(office, drawings))
    with office.work("archivist", Act.LOAN_LEND) as unit:
        unit.act(Act.LOAN_LEND)
        found = authority.demand(unit, LOAN, unit.record(drawings), unit.person("staff"))
        authority.spend(unit, found, Act.LOAN_LEND)
    with pytest.raises(ApprovalNeeded):
        warrant(office, drawings)

    assert {} == office.actor("staff").granted
    assert Act.RECORD_READ not in office.actor("clerk").granted


def raised(office, code: str) -> None:
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, code, Level.CONFIDENTIAL, reason="内有业主身份证复印件")


def opens(office, code: str, who: str = "staff") -> bool:
    """Whether *who* may read the record on a screen."""
    with office.ask(who, Act.RECORD_READ) as unit:
        volume = unit.session.scalar(select(Volume).where(Volume.uid == code))
        return unit.may(Act.RECORD_READ, volume)


@pytest.mark.parametrize("kind", [READ, COPY, RequestKind.EXTRACT])
def test_inv_V9_a_managers_word_opens_nothing_once_the_record_is_confidential(office, drawings, kind):
    """Approved while it was internal, raised since: neither the counter nor the screen opens it without the GM."""
    clear(office, "staff", Level.CONFIDENTIAL)
    decide(office, "manager", ask(office, drawings, kind=kind))
    assert (opens(office, drawings), bool(warrant(office, drawings, kind).line)) == (True, True)
    raised(office, drawings)

    assert not opens(office, drawings)
    with pytest.raises(ApprovalNeeded):
        warrant(office, drawings, kind)


def test_inv_V9_what_the_gm_approved_himself_outlasts_the_raise_and_what_his_deputy_did_does_not(office):
    """The GM's own word is what the higher level asks for; a deputy's never is (R48)."""
    clear(office, "staff", Level.CONFIDENTIAL)
    first, second = (make.volume(office, dossier=f"A1203-2025-{n}", held=True) for n in (1, 7))
    decide(office, "gm", ask(office, first, kind=READ))
    clear(office, "secretary", Level.SECRET)
    number = ask(office, second, kind=READ)
    absent(office, "gm", deputy="secretary", by="hr")
    decide(office, "secretary", number)
    for code in (first, second):
        raised(office, code)

    assert (opens(office, first), opens(office, second)) == (True, False)
    assert warrant(office, first, READ).line is not None
    with pytest.raises(ApprovalNeeded):
        warrant(office, second, READ)


def test_inv_V9_what_is_raised_while_it_waits_is_no_longer_the_managers_to_approve(office, drawings):
    """A line on the lower road is refused to the manager and open to the GM; a loan to nobody any more."""
    clear(office, "staff", Level.CONFIDENTIAL)
    reading, loan = ask(office, drawings, kind=READ), ask(office, drawings)
    raised(office, drawings)

    with pytest.raises(ApprovalNeeded):
        decide(office, "manager", reading)
    with pytest.raises(NotApprovable):
        decide(office, "gm", loan)
    assert (states(office, reading), opens(office, drawings)) == ([RequestState.ASKED], False)
    assert decide(office, "gm", reading) == [RequestState.APPROVED]
    assert opens(office, drawings)


def test_inv_V9_witness_without_asking_who_approved_the_raised_record_would_be_open(
    office, drawings, monkeypatch
):
    """The check above sees it as soon as any approval counts."""
    clear(office, "staff", Level.CONFIDENTIAL)
    decide(office, "manager", ask(office, drawings, kind=READ))
    raised(office, drawings)
    monkeypatch.setattr(authority, "covers", lambda *_: True)
    monkeypatch.setattr(identity, "_high_enough", true)
    monkeypatch.setattr(identity, "_live", identity._live.__wrapped__)  # written anew, not as it is kept

    assert (opens(office, drawings), bool(warrant(office, drawings, READ).line)) == (True, True)


def test_inv_V9_witness_a_spent_grant_would_open_if_it_were_not_looked_at(office, drawings):
    """Unspent by hand, the same grant opens again: what closes it is that it was spent."""
    decide(office, "manager", ask(office, drawings))
    with office.work("gm", Act.GRANT_REVOKE) as unit:
        unit.act(Act.GRANT_REVOKE)
        given = unit.session.scalar(select(Grant).where(Grant.line_uid.is_not(None)))
        given.spent_at = unit.now
    assert Act.LOAN_LEND not in office.actor("staff").granted
    with office.work("gm", Act.GRANT_REVOKE) as unit:
        unit.act(Act.GRANT_REVOKE)
        unit.session.get(Grant, given.uid).spent_at = None

    assert Act.LOAN_LEND in office.actor("staff").granted


def test_req_R35_what_is_past_its_day_lapses_and_cannot_be_approved_any_more(office, drawings):
    """The rounds close it once, whatever its state; before they have run nobody approves it either."""
    numbers = [ask(office, drawings), ask(office, drawings, who="records"), ask(office, wanted=["图"])]
    decide(office, "manager", numbers[1])
    office.tick(days=15)
    with pytest.raises(WrongState) as told:
        decide(office, "manager", numbers[0])
    assert RequestState.LAPSED == told.value.facts["state"]
    with office.instance.work(SYSTEM, Act.ROUNDS_RUN) as unit:
        assert 3 == requests.lapse(unit)
    with office.instance.work(SYSTEM, Act.ROUNDS_RUN) as unit:
        assert 0 == requests.lapse(unit)

    assert [RequestState.LAPSED] * 3 == [states(office, number)[0] for number in numbers]
    with pytest.raises(NotAllowed), office.work("archivist", Act.ROUNDS_RUN) as unit:
        requests.lapse(unit)


def test_req_R35_the_queue_is_in_the_order_of_approval(office, drawings):
    """Not of asking; past their day, spent and withdrawn ones have left it."""
    first, second = ask(office, drawings), ask(office, drawings, who="records")
    ask(office, drawings, who="supervisor", until=dt.date(2026, 3, 3))
    for number in (second, first):
        office.tick(minutes=1)
        decide(office, "manager", number)

    def waiting() -> list[str]:
        with office.ask("archivist", Act.REQUEST_SEE) as unit:
            found = requests.queue(unit, unit.record(drawings))
            return [slips.request_of(unit, one).number for one in found]

    assert [second, first] == waiting()
    with office.work("records", Act.REQUEST_WITHDRAW) as unit:
        requests.withdraw(unit, [second])
    assert [first] == waiting()
    office.tick(days=15)
    assert [] == waiting()


# --- absences ----------------------------------------------------------------------------------------


def test_req_R35_a_deputy_decides_in_the_post_of_the_absent(office, drawings):
    """Within the days, in his name, told with whose place it was; afterwards no more."""
    last = absent(office, "manager", deputy="supervisor")
    number = ask(office, drawings)
    with office.ask("supervisor", Act.REQUEST_SEE) as unit:
        assert ["冯经理"] == [row.deputy_for for row in asked.inbox(unit)]
    decide(office, "supervisor", number)
    with office.ask("gm", Act.REQUEST_SEE) as unit:
        (told,) = asked.show(unit, number).decisions
    assert ("王主管", "冯经理", Role.DEPT_MANAGER) == (told.decider, told.deputy_for, told.post)
    office.tick(days=(last - dt.date(2026, 3, 2)).days + 1)
    second = ask(office, drawings, who="records")
    with pytest.raises(NotYourTurn):
        decide(office, "supervisor", second)
    assert [RequestState.APPROVED] == decide(office, "manager", second)


def test_req_R35_who_is_away_decides_nothing_until_he_ends_it(office, drawings):
    """The manager entered himself; the line goes to the GM meanwhile; ended, it is his again."""
    absent(office, "manager")
    number = ask(office, drawings)
    with pytest.raises(AwayYourself):
        decide(office, "manager", number)
    assert [] == inbox(office, "manager")
    with office.work("manager", Act.ABSENCE_END) as unit:
        absences.end(unit, "manager")

    assert [RequestState.APPROVED] == decide(office, "manager", number)


def test_req_R35_a_deputy_never_decides_his_own_nor_the_absent_ones_request(office, drawings):
    """The deputy's request waits for the GM; the absent manager's cannot come back through his deputy."""
    absent(office, "manager", deputy="supervisor")
    own = ask(office, drawings, who="supervisor")
    theirs = ask(office, drawings, who="clerk", for_="manager")
    with pytest.raises(SelfApproval):
        decide(office, "supervisor", own)
    with pytest.raises(NotYourTurn):
        decide(office, "supervisor", theirs)

    assert [RequestState.APPROVED] * 2 == decide(office, "gm", own, theirs)


def test_req_R48_secret_matters_have_no_deputy_and_an_absent_gm_is_told_with_his_return(
    office, tenant, drawings
):
    """The GM's deputy may not; asking is refused with the day he is back, runs of absences together; nothing is kept."""
    clear(office, "manager", Level.SECRET)
    before_number = ask(office, tenant, who="clerk", kind=READ)
    last = absent(office, "gm", deputy="manager", by="hr")
    with office.work("secretary", Act.ABSENCE_SET) as unit:
        absences.enter(
            unit, last + dt.timedelta(days=1), last + dt.timedelta(days=3), account="gm", reason="休假"
        )
    before = contents(office.home / "catalogue.db")
    with pytest.raises(ApproverAway) as told:
        ask(office, tenant, who="clerk", kind=COPY)
    assert {"post": Role.GM, "back": last + dt.timedelta(days=4)} == told.value.facts
    assert "总经理" in told.value.message(Language.ZH)
    with pytest.raises(NotYourTurn):
        decide(office, "manager", before_number)
    assert before == contents(office.home / "catalogue.db")
    # ordinary matters of a department without a manager do go to the GM's deputy
    engineering = make.volume(office, "ZX·02", department="GC", dossier="A1203-2025-9")
    assert [RequestState.APPROVED] == decide(office, "manager", ask(office, engineering))


def test_req_R48_witness_with_deputies_for_everything_the_secret_would_be_decided(
    office, tenant, monkeypatch
):
    """Levels unasked, the GM's deputy opens a tenant file: the level is what stops him."""
    clear(office, "manager", Level.SECRET)
    number = ask(office, tenant, who="clerk", kind=READ)
    absent(office, "gm", deputy="manager", by="hr")
    monkeypatch.setattr(routing, "CONFIDENTIAL", 99)

    assert [RequestState.APPROVED] == decide(office, "manager", number)


def test_req_R35_nobody_there_to_decide_is_told_at_once(office, drawings, tenant):
    """Manager and GM away, the day of the manager's return; without any GM the missing post is named."""
    absent(office, "manager", days=2)
    absent(office, "gm", days=9, by="hr")
    with pytest.raises(ApproverAway) as told:
        ask(office, drawings)
    assert {"post": Role.DEPT_MANAGER, "back": dt.date(2026, 3, 5)} == told.value.facts
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "gm", reason="离职")
    with pytest.raises(MissingPeople) as told:
        ask(office, tenant, who="clerk", kind=READ)
    assert {Role.GM} == set(told.value.facts["missing"])


# --- bad input, facts, secrecy ------------------------------------------------------------------------

BAD = {
    "no purpose": ({"purpose": "  "}, BadValue),
    "an endless purpose": ({"purpose": "用" * 1001}, BadValue),
    "a day gone by": ({"until": dt.date(2026, 3, 1)}, BadValue),
    "a day too far": ({"until": dt.date(2027, 3, 4)}, BadValue),
    "an unknown account": ({"who": "archivist", "for_": "nobody"}, NotFound),
    "an unknown visitor": ({"who": "archivist", "visitor": "LF2026-00001"}, NotFound),
    "for somebody else without a desk": ({"for_": "records"}, NotAllowed),
    "empty words": ({"wanted": [" "]}, BadValue),
    "more words than a request holds": ({"wanted": ["图"] * 500}, BadValue),
}


@pytest.mark.parametrize(("given", "refusal"), BAD.values(), ids=BAD)
def test_req_R35_what_cannot_be_asked_is_told_clearly_and_changes_nothing(office, drawings, given, refusal):
    """A sentence in both languages, and not a row more."""
    before = contents(office.home / "catalogue.db")
    with pytest.raises(refusal) as told:
        ask(office, drawings, **given)

    assert told.value.message(Language.ZH) != told.value.message(Language.EN)
    assert before == contents(office.home / "catalogue.db")


def test_req_R35_codes_that_cannot_be_asked_for_are_told_clearly_and_change_nothing(office, drawings):
    """Nothing at all, the same twice, asked already, another fonds, no such code, an administrator asking."""
    ask(office, drawings, who="records")
    before = contents(office.home / "catalogue.db")
    for codes, who, refusal in (
        ((), "staff", BadValue),
        ((drawings, drawings), "staff", AskedTwice),
        ((drawings,), "records", AskedAlready),
        (("X999-ZY·ZX·2025·D30-0001",), "staff", NotFound),
        (("",), "staff", NotFound),
        (("K001-'; DROP TABLE request; --",), "staff", NotFound),
        ((drawings,), "admin", NotAllowed),
        ((drawings,), "auditor", NotAllowed),
    ):
        with pytest.raises(refusal):
            ask(office, *codes, who=who)

    assert before == contents(office.home / "catalogue.db")


def test_req_R35_who_has_left_neither_asks_nor_is_approved_for(office, drawings):
    """Entered for a leaver it is refused; one who left meanwhile gets nothing."""
    number = ask(office, drawings)
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "staff", reason="离职")
    with pytest.raises(NotEmployed):
        ask(office, drawings, who="archivist", for_="staff")
    with pytest.raises(NotEmployed):
        decide(office, "manager", number)


def test_req_R35_the_inbox_tells_how_the_reader_keeps_to_dates_and_whether_it_is_out(office, drawings):
    """One loan overdue, and the very volume out: the manager sees both before he decides."""
    other = make.volume(office, "ZX·02", held=True, premises="A1204", dossier="A1204-2025-1")
    number = ask(office, drawings)
    for code, to in ((drawings, "records"), (other, "staff")):
        make.approved(office, code, to=to)
        with office.work("archivist", Act.LOAN_LEND) as unit:
            lending.lend(unit, code, to=to, purpose="核对", days=1)
    office.tick(days=7)
    with office.ask("manager", Act.REQUEST_SEE) as unit:
        (row,) = asked.inbox(unit)

    assert (f"{number}/1", 1, 1, True) == (row.number, row.open_loans, row.overdue, row.out)
    assert ("孙员工", "GC", Level.INTERNAL, "核对图纸") == (
        row.reader,
        row.reader_department,
        row.level,
        row.purpose,
    )


def test_req_R35_the_register_shows_ones_own_and_what_one_answers_for(office, drawings, tenant):
    """Colleagues do not read each other's purposes; keepers see what stands in their catalogue."""
    first, second = ask(office, drawings), ask(office, tenant, who="clerk", kind=READ)
    with office.ask("records", Act.REQUEST_SEE) as unit:
        assert [first] == [row.number[:12] for row in asked.rows(unit)]  # a keeper, tenant files hidden
    with office.ask("staff", Act.REQUEST_SEE) as unit:
        assert [first] == [row.number[:12] for row in asked.rows(unit)]
    with office.ask("archivist", Act.REQUEST_SEE) as unit:
        assert [first, second] == [row.number[:12] for row in asked.rows(unit)]
        assert [second] == [row.number[:12] for row in asked.rows(unit, person="clerk")]
        assert [first] == [row.number[:12] for row in asked.rows(unit, code=drawings)]
        assert [] == asked.rows(unit, state=RequestState.REFUSED)
    listed = [one for one in log(office, Act.REQUEST_SEE) if '"listed":true' in one.facts]
    assert ["archivist"] * 2 == [one.account for one in listed]  # each list that showed the tenant file


def test_rel_E1_purposes_words_and_reasons_are_sealed(office, drawings):
    """What people wrote stands nowhere in the catalogue's file, and is gone with the record's key."""
    number = ask(office, drawings, purpose="纪检核查用途", wanted=["某某的押金单"])
    refuse(office, "manager", f"{number}/1", reason="证据不足不批")
    raw = (office.home / "catalogue.db").read_bytes()
    for text in ("纪检核查用途", "某某的押金单", "证据不足不批"):
        assert text.encode() not in raw
    assert number.encode() in raw  # the witness: what is not sealed would be found
    office.instance.keys.drop_keys([drawings])
    with office.ask("staff", Act.REQUEST_SEE) as unit:
        sheet = asked.show(unit, number)

    assert [""] == [one.reason for one in sheet.decisions]
    assert ["", "某某的押金单"] == [one.title for one in sheet.lines]


def test_req_R35_a_suspended_approver_waits_for_his_confirmation(office, drawings):
    """After a reset nobody approves (decision 4), and he does not count as there."""
    with office.work("admin", Act.PERSON_RESET) as unit:
        people.reset(unit, "manager")
    with office.instance._session() as session:
        person = session.scalar(select(Person).where(Person.account == "manager"))
        assert not identity.actor(session, person, dt.date(2026, 3, 2)).password_due is False

    assert "GM" == line(office, ask(office, drawings)).next_role


def suspended(office, account: str) -> None:
    """Reset, and in again with a password of his own; nobody has confirmed him yet."""
    with office.work("admin", Act.PERSON_RESET) as unit:
        people.reset(unit, account)
    with office.instance._session() as session:
        session.scalar(select(Person).where(Person.account == account)).one_time = False
        session.commit()


def test_pol_a_suspended_approver_names_no_deputy_and_the_one_he_has_waits_with_him(office, drawings):
    """Who cannot approve cannot let another do it for him: neither named before nor after the reset (decision 4)."""
    number = ask(office, drawings)
    absent(office, "manager", deputy="supervisor")
    suspended(office, "manager")

    with pytest.raises(NotYourTurn):
        decide(office, "supervisor", number)
    with office.work("hr", Act.ABSENCE_END) as unit:
        absences.end(unit, "manager")
    with pytest.raises(NotUnlocked):
        absent(office, "manager", deputy="supervisor")
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.confirm(unit, "manager")
    absent(office, "manager", deputy="supervisor")
    assert decide(office, "supervisor", number) == [RequestState.APPROVED]


@pytest.mark.parametrize(
    "act", [Act.CLEARANCE_SIGN, Act.CLEARANCE_CERTIFY, Act.INCIDENT_DECIDE, Act.CLOCK_CONFIRM]
)
def test_pol_a_second_persons_word_waits_while_his_account_is_suspended(office, act):
    """What one person must not do alone is not done by who can reset the other's password (decision 4)."""
    who = {Act.CLEARANCE_CERTIFY: "archivist", Act.CLOCK_CONFIRM: "security"}.get(act, "gm")
    with office.ask(who) as unit:
        assert unit.may(act)
    suspended(office, who)
    with office.ask(who) as unit:
        assert not unit.may(act)


def test_rel_E1_a_name_typed_for_an_account_is_not_in_the_clear_log(office, drawings):
    """People type names where accounts are meant; the line of the refusal keeps them sealed."""
    for wrong in ({"for_": "张三丰"}, {"visitor": "李四光"}):
        with pytest.raises(NotFound):
            ask(office, drawings, who="archivist", **wrong)
    ask(office, drawings, who="archivist", for_="staff")
    facts = [event.facts for event in log(office, Act.REQUEST_ASK)]
    assert not any(name in fact for fact in facts for name in ("张三丰", "李四光"))
    assert any('"to":"staff"' in fact for fact in facts)
