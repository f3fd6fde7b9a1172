"""The gate: every breach of V18 is refused with its clause, changes nothing, and is in the log (K4)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest
from sqlalchemy import insert

from archive import items, people, registry, volumes
from archive.acts import Act
from archive.circulation import lending
from archive.custody import repairs
from archive.errors import GateClosed, SelfApproval
from archive.model import AppraisalLine, DestructionLine, DestructionList, Item, Seal, Volume
from archive.statuses import DestructionState, Method, RepairMethod, SealState, Verdict
from archive.values import Level, PlaceKind, Role, VolumeState
from archive.words import Language
from retention.destroying import destruction, gate, logged, signing
from retention.destroying.gate import LINES, LISTS, Stage, judged
from retention.destroying.standing import Sheet, Standing
from retention.holding import placing
from tests.retention import letting_go, lists
from tests.retention.letting_go import contract, letters

D = dt.date.fromisoformat

# --- the table, as pure functions -----------------------------------------------------------------

GOOD_LINE = Standing(
    code="K001-1", state=VolumeState.HELD, today=D("2026-01-01"), review_due=D("2026-01-01"), alone=True,
    may_go=True, appraised=True, undated=False, held=False, out=False, same=True, method_fits=True,
)  # fmt: skip
GOOD_LIST = Sheet(
    today=D("2026-01-01"), lines=1, hash_holds=True, approved=True, begun=True, crewed=True, drafter="d",
    approver="gm", earliest_on=D("2026-01-01"), supervisors=("a", "b"), hands=frozenset({"d"}),
    countersigners=frozenset({"c"}), legal_missing="", hr_missing=False, unfit=frozenset(),
    uncleared=frozenset(), unconfirmed=frozenset(), leapt=False, names={},
)  # fmt: skip

#: Check, clause, what is wrong, the last stage that must notice.
BAD_LINES = (
    ("alone", "8-1.5.1", {"alone": False}),
    ("state", "8-1.5.1", {"may_go": False}),
    ("appraised", "AR24", {"appraised": False}),
    ("early", "V18", {"review_due": D("2026-01-02")}),
    ("early", "V18", {"review_due": None}),
    ("undated", "T17", {"undated": True}),
    ("held", "V18", {"held": True}),
    ("elsewhere", "V18", {"elsewhere": "XH2025-0001"}),
    ("out", "V18", {"out": True}),
    ("bagged", "8-1.4.4", {"bag": "D1"}),
    ("changed", "V18", {"same": False}),
    ("method", "8-1.5.2", {"method_fits": False, "method": Method.TEAR}),
)
BAD_LISTS = (
    ("empty", "8-1.5.1", {"lines": 0}),
    ("hash", "V18", {"hash_holds": False}),
    ("approved", "7-1.7", {"approved": False}),
    ("begun", "8-1.5.1", {"begun": False}),
    ("own-approval", "V18", {"approver": "d", "hands": frozenset({"o"})}),
    ("countersigned", "DAT42-7.7", {"legal_missing": "boss"}),
    ("personnel", "7-1.5", {"hr_missing": True}),
    ("waits", "V18", {"earliest_on": D("2026-01-02")}),
    ("two-supervisors", "V18", {"supervisors": ("a", "a")}),
    ("two-supervisors", "V18", {"supervisors": ("a",)}),
    ("operator-approved", "V18", {"hands": frozenset({"d", "gm"})}),
    ("operator-supervises", "V18", {"hands": frozenset({"d", "b"})}),
    ("approver-supervises", "V18", {"supervisors": ("gm", "b")}),
    ("own-approval", "V18", {"helpers": frozenset({"gm"})}),
    ("drafter-supervises", "V18", {"supervisors": ("d", "b"), "hands": frozenset({"o"})}),
    ("drafter-supervises", "V18", {"helpers": frozenset({"b"})}),
    ("countersigner-supervises", "V18", {"supervisors": ("c", "b")}),
    ("supervisor-gone", "V18", {"unfit": frozenset({"a"})}),
    ("supervisor-clearance", "7-1.4", {"uncleared": frozenset({"a"})}),
    ("confirmed", "8-1.5.2", {"unconfirmed": frozenset({"a"})}),
    ("clock", "M1", {"leapt": ["2026-01-01", "2027-01-01"]}),
)


@pytest.mark.parametrize(
    ("good", "table", "name", "clause", "wrong"),
    [(GOOD_LINE, LINES, *bad) for bad in BAD_LINES] + [(GOOD_LIST, LISTS, *bad) for bad in BAD_LISTS],
    ids=[f"{bad[0]}-{n}" for n, bad in enumerate((*BAD_LINES, *BAD_LISTS))],
)
def test_inv_V18_each_check_alone_stops_what_it_is_for(good, table, name, clause, wrong):
    """
    One fact wrong gives that one breach with its clause; the table without the check lets it through (witness).
    """
    bad = dataclasses.replace(good, **wrong)
    found = judged(bad, table, Stage.EXECUTE)
    assert [(name, clause)] == [(one.check, one.clause) for one in found]
    assert [] == judged(good, table, Stage.EXECUTE)
    assert [] == judged(bad, [one for one in table if one.name != name], Stage.EXECUTE)


@pytest.mark.parametrize("language", Language)
def test_every_check_is_tried_and_has_a_sentence_with_its_clause(language):
    """
    No check of the table is left out above, and each is told in both languages.
    """
    assert {one.name for one in LINES} == {bad[0] for bad in BAD_LINES}
    assert {one.name for one in LISTS} == {bad[0] for bad in BAD_LISTS}
    for name, clause, _ in BAD_LINES:
        told = gate.Obstacle(name, clause, "K001-1", "").told(language)
        assert told.startswith("K001-1 ") and clause in told
    for name, clause, _ in BAD_LISTS:
        assert clause in gate.Obstacle(name, clause, "", "").told(language)


def test_ret_T16_T18_the_last_day_is_still_inside_the_period():
    """
    Due on 1 January: refused on 31 December, let through on 1 January (decision 9).
    """
    last = dataclasses.replace(GOOD_LINE, today=D("2025-12-31"))
    (found,) = judged(last, LINES, Stage.EXECUTE)
    assert ("early", D("2026-01-01")) == (found.check, found.detail)
    assert [] == judged(dataclasses.replace(last, today=D("2026-01-01")), LINES, Stage.EXECUTE)


def test_a_list_is_asked_only_what_its_stage_can_answer():
    """
    A draft is not asked who supervises; nothing that is asked at an early stage is forgotten at a later one.
    """
    order = list(Stage)
    for check in (*LINES, *LISTS):
        first = min(order.index(stage) for stage in check.when)
        assert check.when == set(order[first:]), check.name
    unsigned = dataclasses.replace(GOOD_LIST, approved=False, unconfirmed=frozenset({"a", "b"}))
    assert [] == judged(unsigned, LISTS, Stage.APPROVE)
    assert ["approved"] == [one.check for one in judged(unsigned, LISTS, Stage.BEGIN)]


# --- the gate in the office -----------------------------------------------------------------------


def _hold(office, uids, **given):
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="业主诉讼", **given or {"records": [uids[0]]})


def _hold_the_class(office, uids):
    _hold(office, uids, classes=["WS"])


def _hold_a_paper_inside(office, uids):
    with office.ask("archivist") as unit:
        inside = unit.session.query(Item).filter(Item.volume_uid == uids[-1]).first()
    _hold(office, uids, records=[inside.uid])


def _lend(office, uids):
    from tests import make

    make.approved(office, uids[-1])
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uids[-1], to="staff", purpose="核对")


def _mend(office, uids):
    with office.work("archivist", Act.REPAIR_ORDER) as unit:
        repairs.order(
            unit, uids[0], method=RepairMethod.MEND, damage="霉斑", handler="郑档案", found_on=unit.today
        )


def _newer_verdict(office, uids):
    lists.judged(office, uids[:1], Verdict.EXTEND)


def _same_verdict_anew(office, uids):
    lists.judged(office, uids[:1])


def _edit(office, uids):
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        items.edit(unit, uids[0], title="改过的题名")


def _edit_inside(office, uids):
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        inside = unit.session.query(Item).filter(Item.volume_uid == uids[-1]).first()
        items.edit(unit, inside.uid, title="改过的卷内文件")


def _raise(office, uids):
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, uids[-1], Level.CONFIDENTIAL, reason="含商业秘密")


def _extend(office, uids):
    lists.tampered(
        office,
        Item,
        Item.uid == uids[0],
        period="D30",
        expires_on=D("2042-12-31"),
        review_due=D("2043-01-01"),
    )


def _undate(office, uids):
    lists.tampered(office, Item, Item.uid == uids[0], undated=True)


def _reopen(office, uids):
    lists.tampered(office, Item, Item.uid == uids[0], state=VolumeState.OPEN)


def _forge_pages(office, uids):
    lists.tampered(office, DestructionLine, DestructionLine.record_uid == uids[0], pages=1)


def _forge_method(office, uids):
    lists.tampered(office, DestructionLine, DestructionLine.record_uid == uids[0], method=Method.ERASE)


def _forge_approver(office, uids):
    with office.ask("archivist") as unit:
        manager = unit.person("hr").uid
    lists.tampered(office, DestructionList, DestructionList.content_hash != "", approved_by=manager)


def _list_twice(office, uids):
    """The same record on a second list, as only somebody with the database could put it there."""
    (other,) = letters(office, 1)
    lists.judged(office, [other])
    second, (line,) = lists.made(office, lists.drafted(office, [other]))
    columns = {name.name: getattr(line, name.name) for name in DestructionLine.__table__.columns}
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        unit.act(Act.ITEM_EDIT)
        unit.session.execute(insert(DestructionLine).values({**columns, "record_uid": uids[0]}))
    return second


def _represented(office, uids):
    lists.represented(office, "supervisor")


def _leap(office, uids):
    office.tick(days=3)


def _suspend(office, uids):
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "manager", reason="停职")


def _reset(office, uids):
    with office.work("admin", Act.PERSON_RESET) as unit:
        people.reset(unit, "manager")


def _bag_with_another(office, uids):
    """One letter of the list and one that is not on it in a sealed bag, as the books have it."""
    (other,) = letters(office, 1)
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        bag = registry.add_location(unit, "D1", kind=PlaceKind.BAG, name="档案袋", inside="R1-C1").uid
        two = (unit.person("clerk").uid, unit.person("manager").uid)
        seal = Seal(
            uid="5" * 32, number="FC2026-0001", seal_no="000123", bag_uid=bag, state=SealState.SEALED,
            sealed_on=unit.today, sealed_by=two[0], checked_by=two[1],
        )  # fmt: skip
        unit.session.add(seal)
    sealed = Item.uid.in_([uids[0], other])
    lists.tampered(office, Item, sealed, state=VolumeState.SEALED, place_uid=bag)


def _run_anew(office, uids):
    """Due again, but from a day after the verdict: what was judged then is not what is due now."""
    yesterday = office.now.date() - dt.timedelta(days=1)
    lists.tampered(office, AppraisalLine, AppraisalLine.record_uid == uids[0],
                   decided_at=office.now - dt.timedelta(days=30))  # fmt: skip
    lists.tampered(office, Item, Item.uid == uids[0], review_due=yesterday)


WORLDS = (
    (_hold, {"held"}), (_hold_the_class, {"held"}), (_hold_a_paper_inside, {"held"}), (_lend, {"out"}),
    (_mend, {"out"}), (_newer_verdict, {"appraised"}), (_same_verdict_anew, {"appraised"}), (_edit, {"changed"}),
    (_edit_inside, {"changed"}), (_raise, {"changed"}), (_extend, {"early", "changed"}),
    (_undate, {"undated"}), (_reopen, {"state"}), (_forge_pages, {"changed", "hash"}),
    (_forge_method, {"method", "hash"}), (_forge_approver, {"approved"}), (_list_twice, {"elsewhere"}),
    (_represented, {"countersigned"}), (_leap, {"clock"}), (_suspend, {"supervisor-gone"}),
    (_reset, {"supervisor-gone"}), (_bag_with_another, {"bagged"}), (_run_anew, {"appraised", "changed"}),
)  # fmt: skip


@pytest.fixture(scope="module")
def prepared(template, tmp_path_factory):
    """An office with two letters and a volume, appraised, frozen and approved; its folder, their uids, the number."""
    made = lists.copied(template / "home", template / "key", tmp_path_factory.mktemp("prepared"))
    uids = [*letters(made, 2), contract(made, 1)]
    number = lists.approved(made, uids)
    made.instance.close()
    return made.home, uids, number, made.now


@pytest.fixture
def listed(template, prepared, tmp_path):
    """A fresh copy of that office, the uids and the number of the list."""
    folder, uids, number, now = prepared
    made = lists.copied(folder, template / "key", tmp_path)
    made.now = now
    yield made, uids, number
    made.instance.close()


@pytest.mark.parametrize(("breaking", "broken"), WORLDS, ids=[world[0].__name__[1:] for world in WORLDS])
def test_inv_V18_rel_K4_whatever_happened_since_the_approval_stops_it(listed, monkeypatch, breaking, broken):
    """
    Refused with its clause, nothing changed, the breach in the log; without that check it would begin (witness).
    """
    office, uids, number = listed
    breaking(office, uids)
    before = lists.state(office)
    with pytest.raises(GateClosed) as refused:
        lists.begin(office, number)
    assert lists.state(office) == before
    clauses = {one.name: one.clause for one in (*LINES, *LISTS)}
    assert {one.check for one in refused.value.facts["why"].obstacles} == broken
    for name in broken:
        assert clauses[name] in refused.value.message(Language.ZH)
    logged = json.loads(lists.last_line(office, "gate-closed").facts)
    assert [f"{name} {clauses[name]}" for name in sorted(broken)] == sorted(logged["broken"])

    for table in ("LINES", "LISTS"):
        monkeypatch.setattr(gate, table, tuple(one for one in getattr(gate, table) if one.name not in broken))
    with office.work("archivist", Act.DESTRUCTION_BEGIN) as unit:
        made = destruction.one(unit, number)
        assert [] == gate.obstacles(unit, made, destruction.lines(unit, made), stage=Stage.BEGIN)


CREWS = (
    ("archivist", ("manager", "manager"), {"two-supervisors"}),
    ("archivist", ("manager", "archivist"), {"operator-supervises", "drafter-supervises"}),
    ("archivist", ("gm", "manager"), {"approver-supervises"}),
    ("secretary", ("archivist", "manager"), {"drafter-supervises"}),
)


def test_inv_V18_who_approves_operates_and_supervises_are_four_people(listed):
    """
    Every crew in which one person stands twice is refused, and the list stays approved; four people may begin.
    """
    office, uids, number = listed
    before = lists.state(office)
    for operator, supervisors, broken in CREWS:
        with pytest.raises(GateClosed) as refused:
            lists.begin(office, number, *supervisors, by=operator)
        assert {one.check for one in refused.value.facts["why"].obstacles} == broken
        assert {one.clause for one in refused.value.facts["why"].obstacles} == {"V18"}
    assert lists.state(office) == before
    lists.begin(office, number, "clerk", "supervisor")
    found, _ = lists.made(office, number)
    assert found.state is DestructionState.BEGUN


def test_inv_V18_who_added_to_a_list_supervises_it_as_little_as_who_drafted_it(office, monkeypatch):
    """
    The secretary added a record to the archivist's list. Asked only who drafted it, he would supervise (witness).
    """
    one, two = letters(office, 2)
    lists.judged(office, [one, two])
    number = lists.drafted(office, [one])
    with office.work("secretary", Act.DESTRUCTION_DRAFT) as unit:
        destruction.add(unit, number, [two])
    with office.work("archivist", Act.DESTRUCTION_FREEZE) as unit:
        destruction.freeze(unit, number)
    lists.approve(office, number)
    with pytest.raises(GateClosed) as refused:
        lists.begin(office, number, "manager", "secretary")
    assert {"drafter-supervises"} == {one.check for one in refused.value.facts["why"].obstacles}
    monkeypatch.setattr(logged, "choosers", lambda unit, made: frozenset({made.drafted_by}))
    lists.begin(office, number, "manager", "secretary")


def test_inv_V18_who_added_to_a_list_does_not_approve_it(office, monkeypatch):
    """
    The general manager is the archivist as well and adds a record to the secretary's list: not his to approve any more.
    """
    one, two = letters(office, 2)
    lists.judged(office, [one, two])
    number = lists.drafted(office, [one], by="secretary")
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "gm", [Role.GM, Role.ARCHIVIST])
    with office.work("gm", Act.DESTRUCTION_DRAFT) as unit:
        destruction.add(unit, number, [two])
    with office.work("archivist", Act.DESTRUCTION_FREEZE) as unit:
        destruction.freeze(unit, number)
    with pytest.raises(SelfApproval):
        lists.approve(office, number)
    monkeypatch.setattr(signing, "choosers", lambda unit, made: frozenset({made.drafted_by}))
    lists.approve(office, number)


def test_inv_V18_the_general_manager_does_not_countersign_for_personnel_as_well(office):
    """
    He approved and has the post of HR too: a personnel file still waits for somebody else's countersignature.
    """
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "gm", [Role.GM, Role.HR])
    number = lists.approved(office, [lists.personnel(office)])
    content = lists.made(office, number)[0].content_hash

    def broken(who):
        with office.work(who, Act.DESTRUCTION_COUNTERSIGN) as unit:
            signing.countersign(unit, number, fingerprint=content)
        with pytest.raises(GateClosed) as refused:
            lists.begin(office, number)  # supervisors whose clearance does not reach
        return {one.check for one in refused.value.facts["why"].obstacles}

    assert {"personnel", "supervisor-clearance"} == broken("gm")
    assert {"supervisor-clearance"} == broken("hr")


def test_inv_V18_a_countersigner_does_not_supervise(listed):
    """
    The legal representative countersigned: he is no supervisor any more, another is.
    """
    office, _, number = listed
    lists.represented(office, "supervisor")
    with office.work("supervisor", Act.DESTRUCTION_COUNTERSIGN) as unit:
        signing.countersign(unit, number, fingerprint=destruction.one(unit, number).content_hash)
    with pytest.raises(GateClosed) as refused:
        lists.begin(office, number, "supervisor", "manager")
    assert ["countersigner-supervises"] == [one.check for one in refused.value.facts["why"].obstacles]
    lists.begin(office, number, "secretary", "manager")


def test_inv_V18_personnel_files_wait_for_hr(office):
    """
    A personnel file is on the list: HR countersigns before it may begin (domain §9), nobody else can for him.
    """
    uid = lists.personnel(office)
    number = lists.approved(office, [uid])
    with pytest.raises(GateClosed) as refused:
        lists.begin(office, number, "manager", "secretary")
    found = {one.check for one in refused.value.facts["why"].obstacles}
    assert {"personnel"} <= found <= {"personnel", "supervisor-clearance"}
    with office.work("hr", Act.DESTRUCTION_COUNTERSIGN) as unit:
        signing.countersign(unit, number, fingerprint=destruction.one(unit, number).content_hash)
    with pytest.raises(GateClosed) as refused:
        lists.begin(office, number, "staff", "secretary")
    assert ["supervisor-clearance"] == [one.check for one in refused.value.facts["why"].obstacles]
    assert "7-1.4" in refused.value.message(Language.EN)


def test_inv_V18_before_the_day_the_general_manager_set_nothing_begins(office):
    """
    Approved for the 4th: refused on the 2nd and 3rd with the day, let through on the 4th.
    """
    number = lists.frozen(office, letters(office, 1))
    lists.approve(office, number, not_before=D("2026-03-04"))
    for _ in range(2):
        with pytest.raises(GateClosed) as refused:
            lists.begin(office, number)
        assert "2026-03-04" in refused.value.message(Language.ZH)
        office.tick(days=1)
    lists.begin(office, number)


def test_rel_M1_a_leap_of_the_clock_before_the_approval_counts_too(office):
    """
    The office was closed for a month between appraisal and approval: the clock is confirmed before anything goes.
    """
    number = lists.frozen(office, letters(office, 1))
    office.tick(days=30)
    letters(office, 1)
    office.tick(minutes=1)
    lists.approve(office, number)
    with pytest.raises(GateClosed) as found:
        lists.begin(office, number)
    assert {one.check for one in found.value.facts["why"].obstacles} == {"clock"}


def test_rel_M1_a_leap_of_the_clock_before_the_appraisal_is_none_of_the_lists(office):
    """
    The office was closed for a month and at work again before the records were taken up: nothing to confirm.
    """
    uids = letters(office, 1)
    office.tick(days=30)
    letters(office, 1)
    office.tick(minutes=1)
    number = lists.frozen(office, uids)
    lists.approve(office, number)
    lists.begin(office, number)


def test_rel_M1_a_clock_set_ahead_before_the_appraisal_makes_nothing_due(office, monkeypatch):
    """
    Not due for months, a clock set ahead by a year, everything from the appraisal on done under it: refused until the
    clock is confirmed. Asked only from the appraisal on, it would go (witness).
    """
    monkeypatch.setattr(letting_go, "OLD", D("2016-05-01"))
    uids = letters(office, 1)
    with office.ask("archivist") as unit:
        assert unit.today < unit.session.get_one(Item, uids[0]).review_due
    office.tick(days=400)
    letters(office, 1)
    office.tick(minutes=1)
    number = lists.frozen(office, uids)
    lists.approve(office, number)
    with pytest.raises(GateClosed) as found:
        lists.begin(office, number)
    assert {one.check for one in found.value.facts["why"].obstacles} == {"clock"}
    monkeypatch.setattr(logged, "_due", lambda unit, going: dt.datetime.min.replace(tzinfo=dt.UTC))
    lists.begin(office, number)


def test_inv_V18_the_gate_is_asked_again_when_it_is_carried_out(listed):
    """
    Held after it was begun: the last stage finds it, and that nobody has witnessed it; both are gone once mended.
    """
    office, uids, number = listed
    lists.begin(office, number)

    def open_points():
        with office.work("archivist", Act.DESTRUCTION_EXECUTE) as unit:
            made = destruction.one(unit, number)
            return {one.check for one in gate.obstacles(unit, made, destruction.lines(unit, made))}

    _hold(office, uids)
    assert {"held", "confirmed"} == open_points()
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [uids[0]], reason="业主诉讼")
    lists.confirm(office, number, "manager")
    assert {"confirmed"} == open_points()
    lists.confirm(office, number, "secretary")
    assert set() == open_points()
    lists.tampered(office, Volume, Volume.uid == uids[-1], pages=99)
    assert {"changed"} == open_points()


def test_inv_V18_a_supervisor_may_not_carry_it_out_himself(listed):
    """
    The secretary supervises; she has the post to execute, and the gate does not let her.
    """
    office, _, number = listed
    lists.begin(office, number)
    lists.confirm(office, number)
    with office.work("secretary", Act.DESTRUCTION_EXECUTE) as unit:
        unit.act(Act.DESTRUCTION_EXECUTE)
        made = destruction.one(unit, number)
        with pytest.raises(GateClosed) as refused:
            gate.demand(unit, made, destruction.lines(unit, made))
        assert ["operator-supervises"] == [one.check for one in refused.value.facts["why"].obstacles]
        unit.lines.clear()
