"""Tokens of programs: never beyond one's own posts, shown once, gone the moment their person's rights are (W5, P4)."""

from __future__ import annotations

import datetime as dt

import pytest

from archive import identity, people, policy, tokens
from archive.acts import LOOKS, Act
from archive.entrance import SessionKind
from archive.errors import BadValue, LoginNeeded, NotAllowed, NotEmployed, NotFound, OutOfScope
from archive.model import LoginSession
from archive.values import Level, Role
from tests.conftest import PASSWORD
from tests.web.conftest import Site


def made(office, account: str, *scopes: str, days: int = 90) -> tokens.Token:
    """A token of this person's."""
    with office.work(account, Act.TOKEN_MAKE) as unit:
        return tokens.make(unit, "门户", scopes, days)


def shown(office, token: str):
    """The credential of a program that shows *token*."""
    return tokens.credential(token, today=lambda now: now.date())


def stored(office, uid: str) -> LoginSession:
    with office.ask("admin") as unit:
        return unit.session.get_one(LoginSession, uid)


@pytest.mark.parametrize("account", ["staff", "clerk", "archivist", "gm", "admin", "auditor", "security"])
def test_rel_P4_no_scope_reaches_beyond_the_posts_of_its_maker(office, account):
    """Whatever is chosen, the acts written with the token are a part of what the maker's posts know."""
    with office.ask(account) as unit:
        own, nouns = tokens.his_own(unit.actor), tokens.nouns(tokens.his_own(unit.actor))
    token = made(office, account, "read", *nouns)
    acts = {Act(one) for one in stored(office, token.uid).scopes.split()}

    assert acts - {Act.RECORD_SEE, Act.PERSON_SEE} <= own
    assert acts & LOOKS
    assert not acts & tokens.BARRED
    assert not acts & policy.APPROVALS


def test_rel_W5_a_single_act_beyond_ones_posts_is_refused_by_name(office):
    """A clerk's program destroys nothing, and the refusal says which act."""
    with pytest.raises(NotAllowed) as told:
        made(office, "clerk", "read", "destruction.execute")

    assert told.value.facts["act"] is Act.DESTRUCTION_EXECUTE


@pytest.mark.parametrize(
    "scope", ["token.make", "account.password", "session.end", "account", "everything", ""]
)
def test_rel_W5_a_token_makes_no_tokens_ends_no_log_ins_and_changes_no_password(office, scope):
    """What is a person's own business is no scope."""
    with pytest.raises(BadValue):
        made(office, "admin", scope)


def test_rel_W5_an_approval_is_chosen_by_its_own_name_only(office):
    """`request` holds no approving; `request.approve` does, where the posts allow it."""
    whole = stored(office, made(office, "manager", "request").uid).scopes.split()
    single = stored(office, made(office, "manager", "request.approve").uid).scopes.split()

    assert Act.REQUEST_ASK in whole
    assert Act.REQUEST_APPROVE not in whole
    assert {Act.REQUEST_APPROVE, Act.REQUEST_SEE, Act.RECORD_SEE} <= set(single)


@pytest.mark.parametrize(("days", "good"), [(0, False), (1, True), (366, True), (367, False), (-1, False)])
def test_rel_W5_a_token_lasts_a_year_at_most(office, days, good):
    """And at least a day."""
    if good:
        assert made(office, "clerk", "read", days=days).expires_at == office.now + dt.timedelta(days=days)
    else:
        with pytest.raises(BadValue):
            made(office, "clerk", "read", days=days)


def test_rel_W5_only_a_hash_of_a_token_is_kept_and_its_name_is_sealed(office):
    """Whoever reads the database opens nothing, and learns not what the program is called."""
    token = made(office, "clerk", "read")
    raw = (office.home / "catalogue.db").read_bytes()

    assert token.token.encode() not in raw
    assert "门户".encode() not in raw
    assert stored(office, token.uid).token_hash == identity.token_hash(token.token)


def test_rel_W5_a_token_does_what_was_chosen_and_nothing_else(office):
    """A token for loans reads loans; adding a person is outside it, even for who may."""
    who = shown(office, made(office, "admin", "person.see").token)

    with office.instance.ask(who, Act.PERSON_SEE) as unit:
        assert unit.actor.account == "admin"
        assert unit.actor.client == "api"
    with pytest.raises(OutOfScope), office.instance.work(who, Act.PERSON_ADD) as unit:
        people.add_department(unit, "ZZ", "新部门")


def test_rel_W5_a_person_s_log_in_opens_nothing_to_a_program(office):
    """What a browser or a terminal was given is no token: it has no scope, so it is refused."""
    with office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
        kept = identity.login(unit, "clerk", PASSWORD, kind=SessionKind.WEB)

    with office.instance.ask(identity.by_token(kept, today=lambda now: now.date()), Act.PERSON_SEE) as unit:
        assert unit.actor.account == "clerk"  # the witness: it is good where it belongs
    with pytest.raises(LoginNeeded), office.instance.ask(shown(office, kept), Act.PERSON_SEE):
        pass


def ended_by_time(office, _):
    office.tick(days=90)


def ended_by_hand(office, token):
    with office.work("clerk", Act.SESSION_END) as unit:
        tokens.end(unit, token.uid)


def ended_by_password(office, _):
    new = "another battery staple"
    with office.work("clerk", Act.ACCOUNT_PASSWORD) as unit:
        known = identity.Typed(PASSWORD, {identity.kept(unit, "clerk"): True})
        identity.change_password(unit, known, new, identity.hashed(new))


def ended_by_reset(office, _):
    with office.work("admin", Act.PERSON_RESET) as unit:
        people.reset(unit, "clerk")


def ended_by_new_posts(office, _):
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "clerk", [Role.STAFF])


def ended_by_administrator(office, token):
    with office.work("admin", Act.SESSION_END) as unit:
        tokens.end(unit, token.uid)


@pytest.mark.parametrize(
    "ending",
    [
        ended_by_time,
        ended_by_hand,
        ended_by_password,
        ended_by_reset,
        ended_by_new_posts,
        ended_by_administrator,
    ],
)
def test_rel_W5_a_token_ends_with_its_time_by_hand_and_with_the_password(office, ending):
    """At the next request, wherever the program runs."""
    token = made(office, "clerk", "read")
    with office.instance.ask(shown(office, token.token), Act.PERSON_SEE):
        pass
    ending(office, token)

    with pytest.raises(LoginNeeded), office.instance.ask(shown(office, token.token), Act.PERSON_SEE):
        pass


def test_rel_P4_a_clearance_lowered_is_lowered_in_the_token_at_once(office):
    """The token stands; what its person may not see any more it does not see either."""
    who = shown(office, made(office, "manager", "read").token)
    with office.instance.ask(who, Act.RECORD_SEE) as unit:
        assert unit.actor.clearance is Level.CONFIDENTIAL
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "manager", Level.PUBLIC)

    with office.instance.ask(who, Act.RECORD_SEE) as unit:
        assert unit.actor.clearance is Level.PUBLIC


def test_rel_W5_who_is_suspended_is_refused(office):
    """His programs stop with him."""
    token = made(office, "clerk", "read")
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "clerk", reason="停职核查")

    with (
        pytest.raises((LoginNeeded, NotEmployed)),
        office.instance.ask(shown(office, token.token), Act.PERSON_SEE),
    ):
        pass


def test_rel_W5_one_sees_and_ends_one_s_own_tokens_only(office):
    """Of anybody else's it is said that there is none; the administrator sees them without their names."""
    token = made(office, "clerk", "read", "loan")
    with office.ask("clerk", Act.SESSION_SEE) as unit:
        mine = tokens.listed(unit)
    with office.ask("staff", Act.SESSION_SEE) as unit:
        others = tokens.listed(unit)
        with pytest.raises(NotAllowed):
            tokens.listed(unit, everybody=True)
    with office.ask("admin", Act.SESSION_SEE) as unit:
        seen = [line for line in tokens.listed(unit, everybody=True) if line.account == "clerk"]

    assert [(line.uid, line.name, line.scopes) for line in mine] == [(token.uid, "门户", ("read", "loan"))]
    assert others == []
    assert [(line.uid, line.name, line.scopes) for line in seen] == [(token.uid, "", ())]
    with pytest.raises(NotFound), office.work("staff", Act.SESSION_END) as unit:
        tokens.end(unit, token.uid)


# --- the page ---------------------------------------------------------------------------------


def test_req_R39_a_token_is_made_on_the_page_and_shown_once(site: Site):
    """The page that makes it shows it; the page opened again lists it without."""
    visitor = site.visitor("clerk")
    answer = visitor.post("/account/tokens", {"name": "业主门户", "days": "30", "scopes": ["read", "loan"]})
    page = answer.get_data(as_text=True)
    token = page.split("Bearer ")[1].split('"')[0].removesuffix("&#34;").split("&")[0]
    again = visitor.get("/account/tokens").get_data(as_text=True)

    assert answer.status_code == 200
    assert site.app.test_client().get("/api/v1/whoami", headers={"Authorization": f"Bearer {token}"}).status_code == 200  # fmt: skip
    assert token not in again
    assert "业主门户" in again


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": "", "days": "30", "scopes": "read"}, "name"),
        ({"name": "a", "days": "1000", "scopes": "read"}, "days"),
        ({"name": "a", "days": "x", "scopes": "read"}, "days"),
        ({"name": "a", "days": "3"}, "scopes"),
        ({"name": "a", "days": "3", "scopes": "destruction.execute"}, "scopes"),
    ],
)
def test_req_R39_what_is_wrong_with_a_token_is_told_beside_its_field(site: Site, sent, field):
    """And nothing is made."""
    visitor = site.visitor("clerk")
    answer = visitor.post("/account/tokens", sent)
    page = answer.get_data(as_text=True)

    assert answer.status_code in {403, 422}
    assert "has-error" in page.split(f'data-field="{field}"')[0].rsplit("<", 1)[1]
    assert "Bearer" not in page


def test_req_R39_a_token_is_ended_on_the_page(site: Site):
    """With the one form of the act."""
    visitor = site.visitor("clerk")
    uid = made(site.office, "clerk", "read").uid
    answer = visitor.post("/do/token/end", {"uid": uid, "back": "/account/tokens"})

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/account/tokens"
    assert stored(site.office, uid).ended_at is not None


@pytest.mark.parametrize("account", ["staff", "gm", "admin", "auditor"])
def test_req_R39_the_pages_for_programs_open_to_everybody(site: Site, account):
    """Everybody may have a program; the interface is told in both languages."""
    visitor = site.visitor(account)
    pages = ["/account/tokens", "/api", "/api?noun=loan"]

    assert [visitor.get(page).status_code for page in pages] == [200, 200, 200]
    assert visitor.get("/api?noun=nothing").status_code == 404
    assert visitor.get("/account/tokens?of=everybody").status_code == (200 if account == "admin" else 403)


def test_req_R39_the_command_s_own_page_shows_the_token_too(site: Site):
    """One declaration: the form of `token make` tells it once, and where nobody else looks."""
    visitor = site.visitor("clerk")
    answer = visitor.post("/do/token/make", {"name": "门户", "scopes": "read", "days": "5"})
    page = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert [line for line in site_tokens(site, "clerk") if line.name == "门户"]
    assert any(len(word) == 43 for word in page.replace("<", " ").replace(">", " ").split())


def site_tokens(site: Site, account: str) -> list[tokens.TokenLine]:
    with site.office.ask(account, Act.SESSION_SEE) as unit:
        return tokens.listed(unit)
