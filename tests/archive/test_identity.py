"""Log-ins: told alike, throttled alike, ended when they must; one-time codes (W5, W6, P4, decision 4)."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from archive import identity, people, registry, views
from archive.acts import Act
from archive.errors import (
    LoginFailed,
    LoginNeeded,
    LoginThrottled,
    NotEmployed,
    PasswordDue,
    SamePassword,
    WeakPassword,
)
from archive.model import LoginBar, LoginSession, Person
from archive.values import PartyKind
from archive.words import Language
from tests import make
from tests.conftest import PASSWORD

OTHER = "another good password"


def log_in(office, account: str, password: str = PASSWORD) -> str:
    with office.instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
        return identity.login(unit, account, password)


def credential(office, token: str):
    zone = office.instance.settings.zone
    return identity.by_token(token, today=lambda now: now.astimezone(zone).date())


def still_in(office, token: str) -> bool:
    try:
        with office.instance.ask(credential(office, token), Act.CLASS_SEE) as unit:
            return bool(unit.actor.account)
    except LoginNeeded:
        return False


def refused(office, account: str, password: str = "wrong password") -> Exception:
    with pytest.raises((LoginFailed, LoginThrottled, NotEmployed)) as told:
        log_in(office, account, password)
    return told.value


def test_idn_a_token_acts_as_its_person_with_todays_rights(office):
    """Logging in gives a token; the token alone is the credential, and the database keeps only its hash."""
    token = log_in(office, "Archivist ")
    with office.instance.ask(credential(office, token), Act.RECORD_SEE) as unit:
        assert ("archivist", "ZJB") == (unit.actor.account, unit.actor.department)
    raw = office.instance.database.read_bytes()

    assert token.encode() not in raw
    assert PASSWORD.encode() not in raw


def test_idn_W6_an_unknown_account_and_a_wrong_password_are_told_alike(office):
    """Same class, same facts, same sentence in both languages."""
    unknown, wrong = refused(office, "nosuchperson"), refused(office, "staff")

    assert (type(unknown), unknown.facts) == (type(wrong), wrong.facts)
    assert [unknown.message(tongue) for tongue in Language] == [wrong.message(tongue) for tongue in Language]


def answers(office, account: str, tries: int) -> list[tuple]:
    return [(type(found), found.facts) for found in (refused(office, account) for _ in range(tries))]


def test_idn_W6_known_and_unknown_accounts_are_throttled_alike_and_the_witness_is_not(office):
    """Six failures in a row: five free, then barred; where only some are counted the series differ."""
    known, unknown = answers(office, "staff", 6), answers(office, "nosuchperson", 6)

    assert known == unknown
    assert [LoginFailed] * 5 + [LoginThrottled] == [kind for kind, _ in known]
    with sqlite3.connect(office.instance.database) as raw:
        raw.execute("CREATE TRIGGER forgetful AFTER INSERT ON login_bar BEGIN DELETE FROM login_bar; END")
    assert known != answers(office, "nobodyelse", 6)


def test_idn_W6_while_barred_even_the_right_password_is_refused_and_later_accepted(office):
    """The bar lasts 15 seconds after the fifth failure and doubles; success forgets it."""
    for _ in range(identity.FREE_TRIES):
        refused(office, "staff")
    assert isinstance(refused(office, "staff", PASSWORD), LoginThrottled)
    office.tick(seconds=15)
    assert isinstance(refused(office, "staff"), LoginFailed)  # the sixth: barred for 30
    office.tick(seconds=29)
    assert isinstance(refused(office, "staff", PASSWORD), LoginThrottled)
    office.tick(seconds=1)
    assert log_in(office, "staff")

    assert isinstance(refused(office, "staff"), LoginFailed)
    assert isinstance(refused(office, "staff"), LoginFailed)


def test_idn_W6_a_bar_is_never_longer_than_an_hour_and_is_forgotten_after_a_day(office):
    """However many failures: locking somebody else out for good is no weapon."""
    refused(office, "staff")
    with sqlite3.connect(office.instance.database) as raw:
        raw.execute("UPDATE login_bar SET failures = 4000")
    refused(office, "staff")
    assert 3600 >= refused(office, "staff").facts["seconds"]
    office.tick(hours=1)
    assert log_in(office, "staff")
    refused(office, "x1")
    office.tick(days=2)
    refused(office, "y1")
    with office.ask("auditor") as unit:
        assert 1 == len(unit.session.scalars(select(LoginBar)).all())


def test_idn_W6_odd_passwords_are_refused_quietly(office):
    """Empty, endless or with a NUL: one failure like any other."""
    odd = ["", "x" * 257, "y" * 1_000_000, "nul\0inside"]

    assert [LoginFailed] * len(odd) == [type(refused(office, "staff", password)) for password in odd]


def test_idn_W5_a_session_ends_when_its_hours_are_over(office):
    """Ten hours by the settings, to the second."""
    token = log_in(office, "staff")
    office.tick(hours=10, seconds=-1)
    assert still_in(office, token)
    office.tick(seconds=1)

    assert not still_in(office, token)


def test_idn_W5_logging_out_ends_the_session_and_only_that_one(office):
    """The token is dead at once; the same person's other log-in lives."""
    token, other = log_in(office, "staff"), log_in(office, "staff")
    with office.instance.work(credential(office, token), Act.ACCOUNT_LOGOUT) as unit:
        identity.logout(unit, token)

    assert (False, True) == (still_in(office, token), still_in(office, other))


def change(office, token: str, old: str, new: str) -> None:
    typed, kept = identity.Typed(old), identity.hashed(new)

    def changed() -> None:
        with office.instance.work(credential(office, token), Act.ACCOUNT_PASSWORD) as unit:
            identity.change_password(unit, typed, new, kept)

    identity.beforehand(typed, changed)


def test_idn_W5_changing_the_password_ends_every_session_and_the_old_password(office):
    """Whoever had got in by the old one is out."""
    token, other = log_in(office, "staff"), log_in(office, "staff")
    change(office, token, PASSWORD, OTHER)

    assert (False, False) == (still_in(office, token), still_in(office, other))
    assert isinstance(refused(office, "staff", PASSWORD), LoginFailed)
    assert still_in(office, log_in(office, "staff", OTHER))


def test_idn_W5_a_wrong_old_password_changes_nothing_and_counts(office):
    """A borrowed session cannot try passwords without end."""
    token = log_in(office, "staff")
    for _ in range(identity.FREE_TRIES):
        with pytest.raises(LoginFailed):
            change(office, token, "wrong password", OTHER)
    with pytest.raises(LoginThrottled):
        change(office, token, PASSWORD, OTHER)
    office.tick(minutes=1)

    assert log_in(office, "staff")


def test_idn_a_poor_new_password_is_refused_and_the_old_one_stays(office):
    """Too short, too long, or the old one again."""
    token = log_in(office, "staff")
    for new, refusal in (("short", WeakPassword), ("x" * 257, WeakPassword), (PASSWORD, SamePassword)):
        with pytest.raises(refusal):
            change(office, token, PASSWORD, new)

    assert still_in(office, token)
    assert log_in(office, "staff")


def test_idn_W5_a_reset_ends_every_session_and_gives_a_code_that_only_changes_the_password(office):
    """The code opens the change of password and nothing else, even reading; the new password opens the rest."""
    token = log_in(office, "archivist")
    with office.work("admin", Act.PERSON_RESET) as unit:
        code = people.reset(unit, "archivist")
    assert not still_in(office, token)
    token = log_in(office, "archivist", code)
    for door in (office.instance.work, office.instance.ask):
        with pytest.raises(PasswordDue), door(credential(office, token), Act.RECORD_SEE):
            pytest.fail("the door must not open")
    with pytest.raises(SamePassword):
        change(office, token, code, code)
    change(office, token, code, OTHER)

    assert still_in(office, log_in(office, "archivist", OTHER))
    assert isinstance(refused(office, "archivist", code), LoginFailed)


def test_idn_a_one_time_code_is_refused_in_the_unit_too_whatever_the_intent_says(office):
    """A command that names the wrong intent is judged by its acts all the same."""
    with office.work("admin", Act.PERSON_ADD) as unit:
        _, code = people.add(unit, "newbie", name="新人", department="KF", roles=["CLERK"])
    token = log_in(office, "newbie", code)
    with (
        pytest.raises(PasswordDue),
        office.instance.work(credential(office, token), Act.ACCOUNT_PASSWORD) as unit,
    ):
        registry.add_party(unit, "P77", name="某", kind=PartyKind.OWNER, natural_person=True)
    with office.instance.ask(credential(office, token), Act.ACCOUNT_PASSWORD) as unit:
        assert not unit.may(Act.RECORD_SEE)


def test_idn_P4_a_session_has_the_rights_of_this_moment(office):
    """A post taken away ends the session, and a new one has it not; leaving ends the session too."""
    token = log_in(office, "clerk")
    with office.instance.ask(credential(office, token), Act.PARTY_SEE) as unit:
        assert registry.parties(unit)
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "clerk", ["STAFF"])
    assert not still_in(office, token)
    token = log_in(office, "clerk")
    with (
        pytest.raises(Exception, match="往来单位"),
        office.instance.ask(credential(office, token), Act.PARTY_SEE) as unit,
    ):
        registry.parties(unit)
    make.cleared(office, "clerk")
    with office.work("admin", Act.PERSON_LEAVE) as unit:
        people.leave(unit, "clerk")

    assert not still_in(office, token)
    assert isinstance(refused(office, "clerk", PASSWORD), NotEmployed)
    assert isinstance(refused(office, "clerk", "wrong password"), LoginFailed)


def test_idn_P5_a_made_up_token_opens_nothing(office):
    """No session, no actor."""
    log_in(office, "staff")

    assert [] == [token for token in ("", "x", "' OR 1=1 --", "\0", "Ω" * 1000) if still_in(office, token)]


def test_idn_tokens_are_random_and_kept_as_hashes(office):
    """256 bits each, never twice; the rows hold SHA-256 only."""
    tokens = {log_in(office, "staff") for _ in range(3)}
    with office.ask("auditor") as unit:
        hashes = set(unit.session.scalars(select(LoginSession.token_hash)))

    assert 3 == len(tokens) == len(hashes)
    assert all(len(token) >= 43 for token in tokens)
    assert not tokens & hashes


def test_idn_passwords_are_argon2id_and_never_alike(office, earnest):
    """Two accounts with one password have two hashes."""
    one, two = identity.hash_password(PASSWORD, least=8), identity.hash_password(PASSWORD, least=8)

    assert one != two
    assert one.startswith("$argon2id$")
    assert not identity.matches(PASSWORD, "not a hash at all")


@given(st.text(max_size=40))
def test_idn_anything_at_all_may_be_typed_against_a_broken_hash(text):
    """Matching never raises."""
    assert not identity.matches(text, "$argon2id$broken")


def test_idn_one_time_codes_are_easy_to_read_aloud_and_hard_to_guess():
    """Sixteen letters in four groups out of 31, none that look alike; never the same."""
    codes = {identity.one_time_code() for _ in range(200)}

    assert 200 == len(codes)
    assert not set("".join(codes)) & set("01ILO")


def test_idn_P5_a_reused_account_inherits_nothing(office):
    """An account is never given again; its row, posts and grants stay with the person who left."""
    make.cleared(office, "clerk")
    with office.work("admin", Act.PERSON_LEAVE) as unit:
        people.leave(unit, "clerk")
    with pytest.raises(Exception, match="不得重复"), office.work("admin", Act.PERSON_ADD) as unit:
        people.add(unit, "CLERK", name="新来的", department="KF", roles=["CLERK"])
    with office.ask("auditor") as unit:
        assert 1 == len(unit.session.scalars(select(Person).where(Person.account == "clerk")).all())


def test_idn_the_page_of_a_record_needs_a_living_session(office):
    """End to end: the token that was good for a page is refused after log-out."""
    token = log_in(office, "archivist")
    with office.instance.ask(credential(office, token), Act.RECORD_SEE) as unit:
        views.tree(unit)
    with office.instance.work(credential(office, token), Act.ACCOUNT_LOGOUT) as unit:
        identity.logout(unit, token)
    with pytest.raises(LoginNeeded), office.instance.ask(credential(office, token), Act.RECORD_SEE) as unit:
        views.tree(unit)
