"""People: accounts, the three separated posts, clearances, resets that are not impersonation (decisions 3, 4)."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import grants, people, views
from archive.acts import Act
from archive.errors import (
    BadValue,
    CodeTaken,
    NotAllowed,
    NotFound,
    NotUnlocked,
    PostsSeparated,
    SelfApproval,
    WeakPassword,
)
from archive.values import SEPARATED_POSTS, Employment, Level, Role
from tests import make


def add(office, account="new", roles=(Role.STAFF,), by="admin", **given):
    usual = {"name": "新来的", "department": "KF"}
    with office.work(by, Act.PERSON_ADD) as unit:
        return people.add(unit, account, roles=roles, **{**usual, **given})


def line(office, account: str):
    with office.ask("admin", Act.PERSON_SEE) as unit:
        return next(one for one in people.everyone(unit) if one.account == account)


def test_ppl_a_new_account_has_a_one_time_code_and_no_clearance_beyond_internal(office):
    """The code is shown once; the row says who, where, which post."""
    person, code = add(office, "New-Clerk", (Role.CLERK,))

    assert code is not None
    assert ("new-clerk", True, True) == (person.account, person.one_time, person.confirmed)
    told = line(office, "new-clerk")
    assert ("新来的", "KF", [Role.CLERK], Level.INTERNAL) == (
        told.name,
        told.department,
        told.roles,
        told.clearance,
    )


def test_ppl_names_are_not_in_the_database_file(office):
    """A person's name is sealed (decision 6)."""
    add(office, name="欧阳不在明文里")
    raw = office.instance.database.read_bytes()

    assert [] == [code for code in ("utf-8", "utf-16-le", "gb18030") if "欧阳不在明文里".encode(code) in raw]


@pytest.mark.parametrize(
    ("given_", "refusal"),
    [
        ({"account": "staff"}, CodeTaken),
        ({"account": "STAFF"}, CodeTaken),
        ({"account": "two words"}, BadValue),
        ({"account": ""}, BadValue),
        ({"name": " "}, BadValue),
        ({"name": "甲" * 61}, BadValue),
        ({"department": "NONE"}, NotFound),
        ({"roles": ()}, BadValue),
        ({"roles": (Role.SYSTEM,)}, BadValue),
        ({"password": "short"}, WeakPassword),
        ({"clearance": Level.SECRET}, NotAllowed),
        ({"by": "gm"}, NotAllowed),
        ({"by": "security"}, NotAllowed),
    ],
)
def test_ppl_an_account_that_cannot_be_is_refused_and_nobody_is_added(office, given_, refusal):
    """Taken, unspellable, nowhere, without post, as the clock, too weak, too high, or not the admin's hand."""
    with office.ask("admin") as unit:
        before = len(people.everyone(unit))
    with pytest.raises(refusal):
        add(office, **{"account": "fresh", **given_})
    with office.ask("admin") as unit:
        assert before == len(people.everyone(unit))


@pytest.mark.parametrize("posts", [*combinations(sorted(SEPARATED_POSTS), 2), tuple(sorted(SEPARATED_POSTS))])
def test_ppl_nobody_holds_two_of_the_three_administrative_posts(office, posts):
    """Neither from the beginning nor by a later change (decision 3)."""
    with pytest.raises(PostsSeparated):
        add(office, roles=posts)
    with pytest.raises(PostsSeparated), office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "auditor", posts)

    assert [Role.AUDITOR] == line(office, "auditor").roles


@settings(max_examples=40)
@given(st.lists(st.frozensets(st.sampled_from(sorted(set(Role) - {Role.SYSTEM})), min_size=1), max_size=4))
def test_ppl_any_series_of_posts_leaves_at_most_one_administrative_post(series):
    """The rule is a property of the set, whatever the order of changes."""
    held: frozenset[Role] = frozenset({Role.STAFF})
    for roles in series:
        held = held if len(roles & SEPARATED_POSTS) > 1 else roles

    assert len(held & SEPARATED_POSTS) <= 1


def test_ppl_posts_begin_and_end_and_their_rows_stay(office):
    """Taking a post away ends it; giving it back opens a new line."""
    for roles in ([Role.CLERK, Role.DEPT_MANAGER], [Role.CLERK], [Role.DEPT_MANAGER]):
        with office.work("admin", Act.PERSON_EDIT) as unit:
            person = people.set_roles(unit, "clerk", roles)
            posts = [(post.role, post.ended_at is None) for post in person.posts]

    assert [Role.DEPT_MANAGER] == line(office, "clerk").roles
    assert [(Role.CLERK, False), (Role.DEPT_MANAGER, False), (Role.DEPT_MANAGER, True)] == sorted(posts)


@pytest.mark.parametrize(
    ("who", "act", "call"),
    [
        ("admin", Act.PERSON_EDIT, lambda u: people.set_roles(u, "admin", [Role.SYSTEM_ADMIN, Role.GM])),
        ("admin", Act.PERSON_RESET, lambda u: people.reset(u, "admin")),
        ("admin", Act.PERSON_LEAVE, lambda u: people.leave(u, "admin")),
        ("security", Act.PERSON_CLEAR, lambda u: people.clear(u, "security", Level.SECRET)),
        ("security", Act.PERSON_CLEAR, lambda u: people.confirm(u, "security")),
    ],
)
def test_ppl_nobody_decides_about_himself(office, who, act, call):
    """Posts, reset, leaving, clearance, confirmation: always another hand."""
    before = line(office, who)
    with pytest.raises(SelfApproval), office.work(who, act) as unit:
        call(unit)

    assert before == line(office, who)


def sees(office, account: str, uid: str) -> bool:
    try:
        with office.ask(account, Act.RECORD_SEE) as unit:
            return bool(views.page(unit, uid))
    except NotFound:
        return False


def test_ppl_a_reset_suspends_clearance_and_grants_until_the_security_administrator_confirms(office):
    """Between reset and confirmation the account sees what an uncleared colleague sees (decision 4)."""
    uid = make.volume(office, "YH·01")
    assert sees(office, "archivist", uid)
    with office.work("admin", Act.PERSON_RESET) as unit:
        people.reset(unit, "archivist")
        unit.person("archivist").one_time = False  # as after the change of password
    assert not sees(office, "archivist", uid)
    assert not line(office, "archivist").confirmed
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.confirm(unit, "archivist")

    assert sees(office, "archivist", uid)


def test_ppl_a_reset_general_manager_approves_nothing_until_confirmed(office):
    """Whoever resets the password of the one who approves has not got his approval with it."""
    with office.work("admin", Act.PERSON_RESET) as unit:
        people.reset(unit, "gm")
        unit.person("gm").one_time = False
    later = office.now.date().replace(month=6)
    with pytest.raises(NotUnlocked), office.work("gm", Act.GRANT_GIVE_DUTY) as unit:
        grants.give_duty(unit, Role.CLERK, "YH", acts=[Act.RECORD_READ], expires_on=later, reason="x")
    with pytest.raises(NotAllowed), office.work("admin", Act.PERSON_CLEAR) as unit:
        people.confirm(unit, "gm")


def test_ppl_leaving_ends_posts_and_keeps_the_row(office):
    """The person is listed as gone, without posts; nothing is deleted."""
    make.cleared(office, "staff")
    with office.work("admin", Act.PERSON_LEAVE) as unit:
        people.leave(unit, "staff")
    told = line(office, "staff")

    assert (Employment.LEFT, []) == (told.employment, told.roles)


def test_ppl_a_department_is_added_once(office):
    """Adding it again changes nothing; a code that cannot be is refused."""
    with office.work("admin", Act.PERSON_EDIT) as unit:
        first = people.add_department(unit, "XX", "新部门")
        again = people.add_department(unit, "XX", "新部门")

        assert first is again
        assert "新部门" == again.name
    with pytest.raises(CodeTaken), office.work("admin", Act.PERSON_EDIT) as unit:
        people.add_department(unit, "XX", "另一个名字")
    with pytest.raises(BadValue), office.work("admin", Act.PERSON_EDIT) as unit:
        people.add_department(unit, "a b/c", "不行")
