"""Who may do what: one = many, default deny, the reviewed truth table, hiding, and content rights (V9, V10, V23)."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, false, insert, or_, select
from sqlalchemy.orm import Session

from archive import conditions, grants, migrate, permissions, policy, views
from archive.acts import CONTENT, Act
from archive.conditions import Actor, Condition
from archive.errors import NotFound, NotUnlocked, PasswordDue, Refused
from archive.model import Event, Item, RecordClass, Volume
from archive.policy import GRANTS, allowed, refusal, visible
from archive.values import (
    Custody,
    Disposition,
    Family,
    Level,
    Role,
    Trigger,
    UseMode,
    VolumeState,
)
from tests import make

TRUTH = tomllib.loads((Path(__file__).parent / "policy_truth.toml").read_text("utf-8"))
HUMANS = tuple(role for role in Role if role is not Role.SYSTEM)
CLASSES = ("YH·01", "ZX·02", "RS·01", "WS·LW")
DEPARTMENTS = ("KF", "GC", "RS")
RECORD_ACTS = sorted(
    {act for acts, _, conditions in permissions.TABLE for act in acts if conditions}
    | {Act.RECORD_SEE, Act.VOLUME_LEVEL}
)


def fields(uid: str, **given) -> dict:
    """The columns of a record that policy reads, and what else the schema demands."""
    usual = {
        "uid": uid, "reference_code": f"code-{uid}", "scope_uid": uid, "class_code": "ZX·02", "level": Level.INTERNAL,
        "own_level": None, "use_mode": UseMode.LOAN_IN_COMPANY, "own_use_mode": None, "department": "KF",
        "custody": Custody.DEPARTMENT, "custodians_closed": False, "personal": False, "family": Family.GENERAL,
        "archive_year": 2025, "period": "D10", "own_period": None, "trigger": Trigger.FORMED, "trigger_date": None,
        "undated": False, "expires_on": None, "review_due": None, "state": VolumeState.HELD, "card": b"c", "version": 1,
        "place_uid": None, "centralised": False, "held_on": None, "created_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    }  # fmt: skip
    return {**usual, **given}


def record(kind: type = Volume, **given):
    """A record that is in no database."""
    more = {"volume_key": "k"} if kind is Volume else {"seq_no": 1, "first_page": 1, "page_count": 1}
    return kind(**{**fields("r1"), **more, **given})


# --- one = many -------------------------------------------------------------------------------

SHELF = st.fixed_dictionaries(
    {
        "level": st.sampled_from(Level),
        "use_mode": st.sampled_from(UseMode),
        "department": st.sampled_from(DEPARTMENTS),
        "custody": st.sampled_from(Custody),
        "custodians_closed": st.booleans(),
        "centralised": st.booleans(),
        "class_code": st.sampled_from(CLASSES),
    }
)
UIDS = tuple(f"{n:032x}" for n in range(8))
OPENED = st.dictionaries(
    st.sampled_from(sorted(grants.GIVABLE)), st.frozensets(st.sampled_from(CLASSES), max_size=2), max_size=2
)
ACTORS = st.builds(
    Actor,
    uid=st.just("me"),
    account=st.just("me"),
    roles=st.frozensets(st.sampled_from(Role), max_size=3),
    department=st.sampled_from(DEPARTMENTS),
    clearance=st.sampled_from(Level),
    suspended=st.booleans(),
    password_due=st.sampled_from([False, False, False, True]),
    granted=st.dictionaries(
        st.sampled_from(sorted(grants.GIVABLE)), st.frozensets(st.sampled_from(UIDS), max_size=3), max_size=2
    ),
    duty=OPENED,
    duty_at_home=OPENED,
)


@pytest.fixture(scope="module")
def shelf_engine():
    """An empty catalogue with the classes of the shelf, built by the real migrations."""
    engine = create_engine("sqlite://")
    migrate.upgrade(engine)
    with Session(engine) as session:
        session.add_all(
            RecordClass(
                code=code, parent=None, series="S", name=code, name_en=code, usable=True, family=Family.GENERAL,
                level=Level.PUBLIC, use_mode=UseMode.LOAN_IN_COMPANY, period="D10", trigger=Trigger.FORMED,
                disposition=Disposition.REVIEW, custody=Custody.DEPARTMENT, kept_by="volume", volume_by="year",
                template="t", clause="c", sort=1,
            )
            for code in CLASSES
        )  # fmt: skip
        session.commit()
    return engine


def shelved(session: Session, shelf: list[dict]) -> None:
    """Volumes and items with the given traits; every other item stands in the volume before it."""
    session.execute(
        insert(Volume),
        [
            {**fields(uid, **given), "volume_key": uid, "external": False, "items": 0, "pages": 0}
            for uid, given in zip(UIDS, shelf, strict=False)
        ],
    )
    session.execute(
        insert(Item),
        [
            {
                **fields(f"i{uid[1:]}", **given), "scope_uid": uid if n % 2 else f"i{uid[1:]}", "seq_no": n,
                "volume_uid": None, "first_page": 1, "page_count": 1, "is_original": True,
                "external": False,
            }
            for n, (uid, given) in enumerate(zip(UIDS, reversed(shelf), strict=False))
        ],
    )  # fmt: skip


def disagreements(
    session: Session, actor: Actor, kind: type, act: Act, listed_by=visible, single=allowed
) -> set[str]:
    """The records on which the list and the single answer differ."""
    one_by_one = {row.uid for row in session.scalars(select(kind)) if single(actor, act, row)}
    listed = set(session.scalars(select(kind.uid).where(listed_by(actor, kind, act))))
    return one_by_one ^ listed


@settings(max_examples=150)
@given(actor=ACTORS, act=st.sampled_from(RECORD_ACTS), shelf=st.lists(SHELF, min_size=1, max_size=8))
def test_pol_P1_a_list_shows_exactly_what_the_same_person_could_open_one_by_one(
    shelf_engine, actor, act, shelf
):
    """The SQL face and the Python face of every condition agree, over volumes and items (V23, P1)."""
    with Session(shelf_engine) as session:
        shelved(session, shelf)

        assert set() == disagreements(session, actor, Volume, act)
        assert set() == disagreements(session, actor, Item, act)


def test_pol_witness_a_dropped_condition_in_one_face_is_caught(shelf_engine):
    """A list that forgets the department, and a single answer that forgets the keepers, both disagree."""
    clerk = Actor("me", "me", frozenset({Role.CLERK}), "KF", Level.SECRET)
    personnel = {"custodians_closed": True, "level": Level.INTERNAL}

    def forgetful(actor, kind, act):
        return or_(
            false(), conditions.CLEARED.holds(actor, act, kind) & conditions.OPEN.holds(actor, act, kind)
        )

    def careless(actor, act, row):
        kept = [c for c in GRANTS[act][Role.CLERK] if c is not conditions.NOT_PERSONNEL]
        return all(condition.holds(actor, act, row) for condition in kept)

    with Session(shelf_engine) as session:
        shelved(session, [{"department": "GC"}, personnel])

        assert disagreements(session, clerk, Volume, Act.RECORD_READ, listed_by=forgetful)
        assert disagreements(session, clerk, Volume, Act.RECORD_READ, single=careless)
        assert set() == disagreements(session, clerk, Volume, Act.RECORD_READ)


def test_pol_witness_a_column_that_may_be_empty_drifts_and_is_caught():
    """With an empty use mode Python keeps the row and SQL drops it: the same comparison sees it."""
    table = Table("loose", MetaData(), Column("uid", Integer, primary_key=True), Column("use_mode", String))
    engine = create_engine("sqlite://")
    table.create(engine)
    condition = Condition(Refused, "", lambda _, __, r: r.use_mode != "READ_ON_SITE")
    with engine.begin() as connection:
        connection.execute(insert(table), [{"uid": 1, "use_mode": "LOAN"}, {"uid": 2, "use_mode": None}])
        single = {row.uid for row in connection.execute(select(table)) if condition.holds(None, None, row)}
        listed = set(
            connection.execute(select(table.c.uid).where(condition.holds(None, None, table.c))).scalars()
        )

    assert {2} == single ^ listed


@pytest.mark.parametrize("kind", [Volume, Item])
def test_pol_no_column_that_policy_reads_may_be_empty(kind):
    """The drift above cannot happen: the schema forbids NULL in every such column."""
    read = (
        "uid",
        "scope_uid",
        "class_code",
        "level",
        "use_mode",
        "department",
        "custody",
        "custodians_closed",
    )

    assert [] == [name for name in read if kind.__table__.c[name].nullable]


# --- default deny -----------------------------------------------------------------------------


def test_pol_every_act_without_a_row_is_refused_to_every_role():
    """Default deny: the roles that may do an act are those the table names, alone or with every other role."""
    stranger = record(level=Level.PUBLIC, use_mode=UseMode.LOAN_IN_COMPANY)
    everything = Actor("me", "me", frozenset(), "KF", Level.SECRET)
    for act, role in product(Act, Role):
        if role not in GRANTS[act]:
            actor = replace(everything, roles=frozenset({role}))
            assert not allowed(actor, act), (act, role)
            assert not allowed(actor, act, stranger), (act, role)


def test_pol_nobody_without_a_role_may_do_anything():
    """A person without posts, and the stranger at the door, are refused every act on everything."""
    nobody = Actor("", "", frozenset(), "", Level.SECRET)

    assert [] == [act for act in Act if allowed(nobody, act) or allowed(nobody, act, record())]


def test_pol_every_act_is_allowed_to_somebody():
    """No act is dead: the table opens each to a role."""
    assert [] == [act for act in Act if not GRANTS[act]]


def test_pol_no_administrator_opens_a_record():
    """The three administrators have no right to any record, not even to see that it exists (decision 3)."""
    admins = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR}
    about_records = {
        *CONTENT,
        Act.RECORD_SEE,
        Act.LOAN_LEND,
        Act.LOAN_RETURN,
        *permissions._CATALOGUING,
        Act.VOLUME_LEVEL,
    }

    assert set() == {(act, role) for act in about_records for role in admins if role in GRANTS[act]}


# --- the truth table, reviewed ----------------------------------------------------------------

ACTS = {
    "see": Act.RECORD_SEE, "search": Act.RECORD_SEARCH, "read": Act.RECORD_READ, "get": Act.ITEM_GET,
    "lend": Act.LOAN_LEND, "pack": Act.TRANSFER_PACK, "propose": Act.SECRECY_PROPOSE, "decide": Act.SECRECY_DECIDE,
}  # fmt: skip
LEVELS = {"公": Level.PUBLIC, "内": Level.INTERNAL, "秘": Level.CONFIDENTIAL, "机": Level.SECRET}
MODES = {
    "阅": UseMode.READ_ON_SITE, "借": UseMode.LOAN_IN_COMPANY, "复": UseMode.LOAN_COPIES, "禁": UseMode.CLOSED,
}  # fmt: skip
HIDDEN = "hidden"


def answer(actor: Actor, act: Act, thing: Volume) -> str:
    """What the policy says, in the words of the table: ok, the code of the refusal, or hidden."""
    found = refusal(actor, act, thing)
    if isinstance(found, NotFound):
        return HIDDEN
    return "ok" if found is None else found.code


def decided() -> dict[tuple[str, ...], str]:
    """Every cell: role × whose × act × level × use mode, for a fully cleared person without any grant."""
    cells = {}
    for role, (whose, department), (name, act) in product(
        HUMANS, (("own", "KF"), ("other", "GC")), ACTS.items()
    ):
        actor = Actor("me", "me", frozenset({role}), "KF", Level.SECRET)
        for (letter, level), (mark, mode) in product(LEVELS.items(), MODES.items()):
            thing = record(level=level, use_mode=mode, department=department)
            cells[role.value, whose, name, letter, mark] = answer(actor, act, thing)
    return cells


@cache
def reviewed() -> dict[tuple[str, ...], str]:
    """The same cells as `policy_truth.toml` states them; rows are read top down, a later row narrows an earlier."""
    cells = {}
    for row in TRUTH["row"]:
        for role, whose, act, level, mode in product(
            row["roles"], row.get("whose", ["own", "other"]), row["acts"], row.get("levels", "公内秘机"),
            row.get("modes", "阅借复禁"),
        ):  # fmt: skip
            cells[role, whose, act, level, mode] = row["answer"]
    return cells


def test_pol_P1_every_decision_is_the_one_in_the_reviewed_table():
    """12 roles × own and other × 8 acts × 4 levels × 4 use modes equal the table of domain §9 and §8, cell by cell."""
    wrong = {
        cell: (said, reviewed().get(cell)) for cell, said in decided().items() if reviewed().get(cell) != said
    }

    assert {} == wrong
    assert set(reviewed()) == set(decided())
    assert 12 * 2 * 8 * 4 * 4 == len(decided())


def test_pol_witness_a_condition_taken_out_of_the_table_changes_reviewed_cells(monkeypatch):
    """The reviewed table is a second opinion: without the clearing of lendable modes it disagrees."""
    rows = {**GRANTS[Act.LOAN_LEND], Role.ARCHIVIST: (conditions.CLEARED, conditions.OPEN)}
    monkeypatch.setitem(policy.GRANTS, Act.LOAN_LEND, rows)
    wrong = [cell for cell, said in decided().items() if reviewed()[cell] != said]

    assert wrong
    assert {"ARCHIVIST"} == {cell[0] for cell in wrong}


#: Nouns of disposition: every act of theirs has its posts in the reviewed table.
DISPOSITION = {"schedule", "appraisal", "hold", "transfer", "destruction", "secrecy", "subject", "backup"}


def posts() -> dict[str, set[str]]:
    """Which posts may do each act of disposition, as reviewed; an act stands in one row only."""
    told = [(act, set(row["roles"])) for row in TRUTH["posts"] for act in row["acts"]]
    assert len(told) == len({act for act, _ in told})
    return dict(told)


def test_pol_P1_every_act_of_disposition_is_given_to_the_reviewed_posts_and_to_no_others():
    """Domain §9: who drafts, reviews, approves, carries out, looks; no administrator touches a record (decision 3)."""
    given_to = {act.value: {role.value for role in GRANTS[act]} for act in Act}
    wrong = {act: (roles, given_to[act]) for act, roles in posts().items() if roles != given_to[act]}

    assert {} == wrong
    assert {act.value for act in Act if act.value.partition(".")[0] in DISPOSITION} <= set(posts())
    assert not any(
        {"SYSTEM_ADMIN", "SECURITY_ADMIN"} & roles
        for act, roles in posts().items()
        if not act.startswith(("backup.", "schedule.see", "form.see"))
    )


def test_pol_witness_a_post_added_or_taken_away_is_named(monkeypatch):
    """The comparison above would fail: a clerk who approves a destruction, an archivist who may not draft one."""
    for act, rows in ((Act.DESTRUCTION_APPROVE, {Role.GM: (), Role.CLERK: ()}), (Act.DESTRUCTION_DRAFT, {})):
        with monkeypatch.context() as broken:
            broken.setitem(policy.GRANTS, act, rows)
            assert posts()[act.value] != {role.value for role in GRANTS[act]}


def test_req_R28_what_the_central_store_has_is_no_longer_the_departments_to_hand_out():
    """A desk clerk lends, shows, copies, seals and mends what his department keeps; not what was centralised."""
    acts = {Act.LOAN_LEND, Act.READING_BEGIN, Act.COPY_MAKE, Act.SEAL_CLOSE, Act.REPAIR_ORDER}
    for role, may in ((Role.CLERK, False), (Role.RECORDS_CLERK, False), (Role.ARCHIVIST, True)):
        actor = Actor("me", "me", frozenset({role}), "KF", Level.SECRET)
        assert {act for act in acts if allowed(actor, act, record())} == acts
        assert {act for act in acts if allowed(actor, act, record(centralised=True))} == (
            acts if may else set()
        )


@pytest.mark.parametrize("level", list(Level)[2:])
@pytest.mark.parametrize("role", HUMANS)
def test_inv_V9_clearance_alone_opens_no_confidential_content(role, level):
    """Without a grant nobody but the granter himself reads, searches or takes out confidential content."""
    actor = Actor("me", "me", frozenset({role}), "KF", Level.SECRET)
    opened = {act for act in CONTENT if allowed(actor, act, record(level=level))}

    assert (set(CONTENT) if role is Role.GM else set()) == opened


@pytest.mark.parametrize("role", HUMANS)
def test_inv_V9_a_grant_without_clearance_opens_nothing(role):
    """Need to know and clearance are both needed: a grant does not lift a level above the person."""
    all_acts = dict.fromkeys(CONTENT | {Act.RECORD_SEE}, frozenset({"r1"}))
    actor = Actor("me", "me", frozenset({role}), "KF", Level.INTERNAL, granted=all_acts)

    assert [] == [act for act in all_acts if allowed(actor, act, record(level=Level.CONFIDENTIAL))]


def test_inv_V9_a_grant_opens_only_the_named_act_and_record():
    """A grant to read record r1 opens neither its taking out nor its neighbour."""
    told = {Act.RECORD_SEE: frozenset({"r1"}), Act.RECORD_READ: frozenset({"r1"})}
    actor = Actor("me", "me", frozenset({Role.STAFF}), "GC", Level.CONFIDENTIAL, granted=told)
    mine = record(level=Level.CONFIDENTIAL)
    neighbour = record(level=Level.CONFIDENTIAL, uid="r2", scope_uid="r2")

    assert allowed(actor, Act.RECORD_READ, mine)
    assert "confidential" == answer(actor, Act.ITEM_GET, mine)
    assert HIDDEN == answer(actor, Act.RECORD_READ, neighbour)


def test_inv_V9_a_grant_on_a_volume_opens_its_items_and_not_the_other_way_round():
    """Grants name a volume or an item; the scope goes down only."""
    told = {act: frozenset({"v1"}) for act in (Act.RECORD_SEE, Act.RECORD_READ)}
    reader = Actor("me", "me", frozenset({Role.STAFF}), "GC", Level.SECRET, granted=told)
    inside = record(Item, level=Level.SECRET, uid="i1", scope_uid="v1")

    assert allowed(reader, Act.RECORD_READ, inside)
    only_item = replace(reader, granted={act: frozenset({"i1"}) for act in told})
    assert HIDDEN == answer(only_item, Act.RECORD_READ, record(level=Level.SECRET, uid="v1", scope_uid="v1"))


@pytest.mark.parametrize("role", [role for role in HUMANS if role is not Role.HR])
@pytest.mark.parametrize("act", sorted(CONTENT))
@pytest.mark.parametrize("level", Level)
def test_inv_V10_personnel_content_is_closed_to_everybody_but_hr_whatever_is_granted(role, act, level):
    """No grant to a person or a post opens personnel content to keepers, clerks, managers or the general manager."""
    opened = dict.fromkeys(CONTENT | {Act.RECORD_SEE}, frozenset({"r1", "RS·01"}))
    actor = Actor(
        "me", "me", frozenset({role}), "RS", Level.SECRET, granted=opened, duty=opened, duty_at_home=opened
    )
    thing = record(
        level=level, custodians_closed=True, class_code="RS·01", custody=Custody.HR, department="RS",
        use_mode=UseMode.CLOSED,
    )  # fmt: skip

    assert answer(actor, act, thing) in {"custodian-closed", "not-allowed", HIDDEN}


def test_inv_V10_hr_needs_the_general_managers_grant_for_a_secret_personnel_file():
    """HR sees that a personnel file exists, and opens it only under a grant: both must agree (§9)."""
    hr = Actor("me", "me", frozenset({Role.HR}), "RS", Level.SECRET)
    thing = record(
        level=Level.SECRET,
        custodians_closed=True,
        custody=Custody.HR,
        department="RS",
        use_mode=UseMode.CLOSED,
    )
    granted = replace(hr, granted={Act.RECORD_READ: frozenset({"r1"})})

    assert ("ok", "confidential") == (answer(hr, Act.RECORD_SEE, thing), answer(hr, Act.RECORD_READ, thing))
    assert "ok" == answer(granted, Act.RECORD_READ, thing)
    assert "confidential" == answer(granted, Act.ITEM_GET, thing)


def test_pol_a_closed_class_is_read_only_under_a_grant_even_when_internal():
    """禁 means closed to every use, not only to lending (domain §8: FW·04 内 禁→阅)."""
    clerk = Actor("me", "me", frozenset({Role.CLERK}), "KF", Level.INTERNAL)
    register = record(level=Level.INTERNAL, use_mode=UseMode.CLOSED)

    assert "closed-to-use" == answer(clerk, Act.RECORD_READ, register)
    assert "closed-to-use" == answer(clerk, Act.RECORD_SEARCH, register)
    granted = replace(clerk, granted={Act.RECORD_READ: frozenset({"r1"})})
    assert "ok" == answer(granted, Act.RECORD_READ, register)


@settings(max_examples=200)
@given(actor=ACTORS, given_=SHELF, extra=st.sampled_from(Role))
def test_pol_what_may_be_done_to_a_record_may_be_seen(actor, given_, extra):
    """Nothing is done to a record outside the catalogue right: the answer there is absence (V23)."""
    actor = replace(actor, roles=actor.roles | {extra}, password_due=False)
    thing = record(**given_)
    if not allowed(actor, Act.RECORD_SEE, thing):
        answers = {answer(actor, act, thing) for act in RECORD_ACTS if act not in policy.CREATES}
        assert answers <= {HIDDEN, "suspended"}


def test_pol_a_one_time_code_opens_nothing_but_the_change_of_password():
    """Whatever the post, a person with a one-time code may log in and out and change it, nothing else."""
    actor = Actor("me", "me", frozenset(HUMANS), "KF", Level.SECRET, password_due=True)
    refused = {act for act in Act if isinstance(refusal(actor, act, None), PasswordDue)}

    assert set(Act) - {Act.ACCOUNT_LOGIN, Act.ACCOUNT_LOGOUT, Act.ACCOUNT_PASSWORD} == refused


def test_pol_a_suspended_account_approves_nothing():
    """After a reset approvals wait for the security administrator, whatever the post (decision 4)."""
    actor = Actor("me", "me", frozenset(HUMANS), "KF", Level.SECRET, suspended=True)
    refused = {act for act in Act if isinstance(refusal(actor, act, None), NotUnlocked)}

    assert refused == {
        Act.GRANT_GIVE,
        Act.GRANT_GIVE_DUTY,
        Act.CLASS_ADOPT,
        Act.MATRIX_ADOPT,
        Act.PERSON_CLEAR,
        Act.REQUEST_APPROVE,
        Act.REQUEST_ENDORSE,
        Act.ABSENCE_SET,
        Act.CLEARANCE_SIGN,
        Act.CLEARANCE_CERTIFY,
        Act.INCIDENT_DECIDE,
        Act.CLOCK_CONFIRM,
        Act.APPRAISAL_OPINE,
        Act.APPRAISAL_DECIDE,
        Act.APPRAISAL_CLOSE,
        Act.HOLD_RELEASE,
        Act.SCHEDULE_REVIEW,
        Act.SECRECY_DECIDE,
        Act.TRANSFER_APPROVE,
        Act.DESTRUCTION_APPROVE,
        Act.DESTRUCTION_COUNTERSIGN,
        Act.DESTRUCTION_BEGIN,
        Act.DESTRUCTION_CONFIRM,
        Act.DESTRUCTION_EXECUTE,
        Act.DESTRUCTION_FINALIZE,
        Act.TRANSFER_PACK,
        Act.TRANSFER_SIGN,
        Act.SCHEDULE_REMARK,
        Act.APPRAISAL_APPOINT,
        Act.PACKAGE_EXPORT,
    }


# --- hiding equals absence (V23), confidential looks are logged (V25) --------------------------


def hidden_and_absent(office, who: str, code: str) -> tuple[list[str], list[int]]:
    """The messages for a hidden and a non-existing code of the same length, and the log lines each left."""
    messages, lines = [], []
    for asked in (code, "Ω" * len(code)):
        before = count(office)
        with pytest.raises(NotFound) as told, office.ask(who, Act.RECORD_SEE) as unit:
            views.page(unit, asked)
        messages.append(str(told.value).replace(asked, "…"))
        lines.append(count(office) - before)
    return messages, lines


def count(office) -> int:
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        return len(unit.session.scalars(select(Event.seq)).all())


def test_inv_V23_a_hidden_record_is_told_exactly_like_an_absent_one(office):
    """Same sentence byte for byte, same exit and http status, one line in the log each; by code and by uid."""
    uid = make.volume(office, "YH·01")
    with office.ask("archivist", Act.RECORD_SEE) as unit:
        code = unit.volume(uid).reference_code
    for asked in (code, uid):
        messages, lines = hidden_and_absent(office, "staff", asked)

        assert messages[0] == messages[1]
        assert [1, 1] == lines


def test_inv_V23_the_line_of_a_hidden_look_keeps_what_was_asked_sealed(office):
    """What somebody typed in search of a confidential record does not stand in clear in the log."""
    code = "K001-ZY·YH·A1203-0007"
    with pytest.raises(NotFound), office.ask("staff", Act.RECORD_SEE) as unit:
        unit.record(code)
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        line = unit.session.scalars(select(Event).order_by(Event.seq.desc())).first()

        assert ("record.see", "not-found", "") == (line.act, line.outcome, line.object_code)
        assert code not in line.facts
        assert code in unit.keys.open_with("log", b"log", line.sealed).decode()


def test_inv_V23_no_list_or_total_betrays_a_hidden_volume(office):
    """The catalogue list, the inner list and the totals of the tree are the same with and without it."""

    def told():
        with office.ask("staff", Act.RECORD_SEE) as unit:
            return views.volumes(unit), views.items(unit), views.tree(unit)

    make.volume(office, "ZX·02")
    before = told()
    make.volume(office, "YH·01")

    assert before == told()


def test_inv_V25_a_look_at_a_confidential_record_is_logged_and_at_an_open_one_not(office):
    """Reading the page of a tenant volume leaves a line naming it; a drawings volume leaves none."""
    tenant, drawings = make.volume(office, "YH·01"), make.volume(office, "ZX·02")
    before = count(office)
    for uid in (tenant, drawings):
        with office.ask("archivist", Act.RECORD_SEE) as unit:
            views.page(unit, uid)
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        rows = unit.session.scalars(select(Event).where(Event.seq > before)).all()

    assert [(tenant, "record.see", "done")] == [(row.object_uid, row.act, row.outcome) for row in rows]


def test_inv_V25_a_confidential_look_is_logged_even_if_the_asker_falls_over_it(office):
    """A program that dies with the page open, by whatever error, has still left the line."""
    tenant = make.volume(office, "YH·01")
    before = count(office)
    with pytest.raises(BrokenPipeError), office.ask("archivist", Act.RECORD_SEE) as unit:
        views.page(unit, tenant)
        raise BrokenPipeError

    assert 1 == count(office) - before
