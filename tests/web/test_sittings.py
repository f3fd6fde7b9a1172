"""Log-ins of browsers: a new id each time, gone at once where they must go, nothing told to a stranger (W5, W6)."""

from __future__ import annotations

import datetime as dt
import statistics
import time

import pytest
from sqlalchemy import select, text

from archive import identity, people, sessions
from archive.acts import Act
from archive.entrance import SessionKind
from archive.model import LoginSession
from archive.values import Level, Role
from tests.conftest import PASSWORD
from tests.web.conftest import Site, Visitor, site_of

NEW = "a longer horse battery"


def brought(visitor: Visitor) -> dict:
    """What the visitor's cookie holds."""
    with visitor.client.session_transaction() as kept:
        return dict(kept)


def cookie(visitor: Visitor, name: str = "anjuan") -> str:
    """The cookie itself, as an eavesdropper would have it."""
    found = visitor.client.get_cookie(name)
    return found.value if found else ""


def thief(site: Site, stolen: str, name: str = "anjuan") -> Visitor:
    """Another browser with a cookie that is not its own."""
    made = site.nobody()
    made.client.set_cookie(name, stolen)
    return made


def inside(visitor: Visitor) -> bool:
    """Whether the visitor is let in."""
    answer = visitor.get("/account/sessions")
    assert answer.status_code in {200, 303}
    return answer.status_code == 200


def rows(site: Site) -> list[LoginSession]:
    with site.office.ask("admin") as unit:
        return list(unit.session.scalars(select(LoginSession).order_by(LoginSession.begun_at)))


# --- W5: the life of a log-in -------------------------------------------------------------------


def test_rel_W5_a_log_in_begins_under_a_new_id_and_a_new_secret_for_forms(site):
    """What the browser brought before is worth nothing afterwards: no fixation."""
    visitor = site.nobody()
    visitor.get("/login")
    before, planted = brought(visitor), cookie(visitor)
    visitor.sign_in("clerk")

    assert brought(visitor).get("csrf_token") != before["csrf_token"]
    assert not inside(thief(site, planted))
    assert inside(visitor)


def test_rel_W5_logging_in_again_ends_the_log_in_of_the_same_browser(site):
    """One browser, one log-in: the older cookie is dead."""
    visitor = site.visitor("clerk")
    older = cookie(visitor)
    visitor.sign_in("staff")

    assert not inside(thief(site, older))
    assert "孙员工" in visitor.get("/account/sessions").get_data(as_text=True)


def test_rel_W5_logging_out_kills_the_id_and_takes_the_cookie_back(site):
    """A copy of the cookie opens nothing after the log-out."""
    visitor = site.visitor("clerk")
    copied = cookie(visitor)
    assert inside(thief(site, copied))
    answer = visitor.post("/logout")

    assert 303 == answer.status_code
    assert not inside(visitor)
    assert not inside(thief(site, copied))


def test_rel_W5_witness_a_log_out_that_only_forgets_the_cookie_is_caught(site, monkeypatch):
    """With the row left open the copied cookie still opens: the same question tells it."""
    from web import sittings

    monkeypatch.setattr(sittings, "_end", lambda: None)
    visitor = site.visitor("clerk")
    copied = cookie(visitor)
    visitor.post("/logout")

    assert inside(thief(site, copied))


def test_rel_W5_a_change_of_password_ends_every_other_log_in_and_renews_this_one(site):
    """Whoever has stolen a cookie is out; the person goes on under a new id."""
    mine, other = site.visitor("clerk"), site.nobody()
    other.sign_in("clerk")
    older = cookie(mine)
    answer = mine.post("/password", {"old": PASSWORD, "new": NEW, "again": NEW})

    assert (303, "/") == (answer.status_code, answer.location)
    assert inside(mine)
    assert not inside(other)
    assert not inside(thief(site, older))


def test_rel_W5_a_change_of_posts_ends_the_log_ins(site):
    """Rights given or taken: the person logs in anew; the same posts again end nothing."""
    visitor = site.visitor("staff")
    with site.office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "staff", [Role.STAFF])
    assert inside(visitor)
    with site.office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "staff", [Role.STAFF, Role.CLERK])

    assert not inside(visitor)


@pytest.mark.parametrize("change", ["reset", "suspend"])
def test_rel_W5_an_administrator_s_word_ends_the_log_ins(site, change):
    """Reset and suspended accounts are out with the next request."""
    visitor = site.visitor("staff")
    with site.office.work("admin", Act.PERSON_RESET) as unit:
        if change == "reset":
            people.reset(unit, "staff")
        else:
            people.suspend(unit, "staff", reason="停职")

    assert not inside(visitor)


def test_rel_P4_rights_withdrawn_are_gone_with_the_next_request(site):
    """Clearance lowered in the middle of a visit: the page after it knows."""
    visitor = site.visitor("manager")
    assert "秘密" in visitor.get("/do/whoami").get_data(as_text=True)
    with site.office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "manager", Level.PUBLIC)

    assert "秘密" not in visitor.get("/do/whoami").get_data(as_text=True)


def test_rel_W5_an_idle_browser_is_out_after_half_an_hour_and_an_active_one_is_not(site):
    """29 minutes of silence are nothing, 30 are the end."""
    visitor = site.visitor("clerk")
    for _ in range(3):
        site.office.tick(minutes=29)
        assert inside(visitor)
    site.office.tick(minutes=30)

    assert not inside(visitor)


def test_rel_W5_no_activity_carries_a_log_in_past_its_day(site):
    """Ten hours are the absolute end, however busy the browser."""
    visitor, begun = site.visitor("clerk"), site.office.now
    while site.office.now - begun < dt.timedelta(hours=10) - dt.timedelta(minutes=28):
        site.office.tick(minutes=28)
        assert inside(visitor)
    site.office.tick(minutes=28)

    assert not inside(visitor)


def test_rel_W5_a_command_line_log_in_has_no_idle_end(site):
    """Idle ends are the browser's; the log-in of the command line keeps its hours."""
    instance = site.office.instance
    with instance.work(identity.NOBODY, Act.ACCOUNT_LOGIN) as unit:
        token = identity.login(unit, "clerk", PASSWORD)
    site.office.tick(hours=3)
    who = identity.by_token(token, today=lambda now: now.date(), idle=dt.timedelta(minutes=30))
    with instance.ask(who, Act.PERSON_SEE) as unit:
        assert ("clerk", "cli") == (unit.actor.account, unit.actor.client)


def test_rel_W5_the_last_use_is_written_at_most_once_a_minute(site):
    """Decision 18: twenty requests within a minute, one write; and none is waited for."""
    visitor = site.visitor("clerk")
    first = rows(site)[-1].seen_at
    for _ in range(20):
        site.office.tick(seconds=2)
        visitor.get("/account/sessions")
    assert first == rows(site)[-1].seen_at
    site.office.tick(seconds=30)
    visitor.get("/account/sessions")

    assert site.office.now == rows(site)[-1].seen_at


def test_rel_W5_the_last_use_waits_for_nobody_who_writes(site):
    """While another holds the database the page comes at once; the use is written with a later one."""
    visitor = site.visitor("clerk")
    site.office.tick(minutes=2)
    with site.office.instance.engine.connect() as other, other.begin():
        other.execute(text("UPDATE department SET name = name"))
        begun = time.monotonic()
        assert inside(visitor)
        assert time.monotonic() - begun < 1.0
    assert rows(site)[-1].seen_at < site.office.now
    visitor.get("/account/sessions")

    assert site.office.now == rows(site)[-1].seen_at


@pytest.mark.parametrize("tls", [False, True])
def test_rel_W5_the_cookie_is_kept_from_scripts_other_hosts_and_plain_lines(office, tls):
    """Its flags, over TLS and on the machine itself; it lasts no longer than the browser."""
    visitor = site_of(office, tls=tls).nobody()
    base = "https://localhost" if tls else "http://localhost"
    told = visitor.client.get("/login", base_url=base).headers["Set-Cookie"]
    name, flags = told.split("=", 1)[0], {part.strip() for part in told.split(";")[1:]}

    assert name == ("__Host-anjuan" if tls else "anjuan")
    assert flags == {"HttpOnly", "Path=/", "SameSite=Lax"} | ({"Secure"} if tls else set())


def test_rel_W5_the_cookie_tells_nothing_and_a_changed_one_is_nobody_s(site):
    """Sealed under a key of the instance: the token is not in it, and not one letter can be changed."""
    visitor = site.visitor("clerk")
    value, token = cookie(visitor), brought(visitor)["token"]

    assert token not in value
    for at in range(0, len(value) - 1, 17):
        changed = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
        assert not inside(thief(site, changed))
    for junk in ("", "x", "AAAA", "é", value[:-4], value + "AAAA"):
        assert not inside(thief(site, junk))


def test_rel_W5_the_database_alone_opens_nothing(site):
    """What the row keeps is a hash; nobody gets in with it."""
    site.visitor("clerk")
    row = rows(site)[-1]
    other = site.nobody()
    with other.client.session_transaction() as kept:
        kept["token"] = row.token_hash

    assert not inside(other)
    assert SessionKind.WEB is row.kind


def test_rel_W5_a_person_sees_his_log_ins_and_ends_one(site):
    """Another browser of his own is listed and ended; this one cannot be mistaken for it."""
    mine, other = site.visitor("clerk"), site.nobody()
    site.office.tick(minutes=1)
    other.sign_in("clerk")
    with site.office.ask("clerk", Act.SESSION_SEE) as unit:
        listed = sessions.mine(unit)
    page = mine.get("/account/sessions").get_data(as_text=True)
    assert len(listed) == page.count("<tr>") - 1
    answer = mine.post(f"/account/sessions/{listed[0].uid}/end")

    assert 303 == answer.status_code
    assert not inside(other)
    assert inside(mine)


def test_rel_P5_nobody_ends_the_log_in_of_another(site):
    """The id of somebody else's log-in is answered as one that does not exist."""
    mine, other = site.visitor("clerk"), site.visitor("staff")
    uid = next(row.uid for row in rows(site) if row.kind is SessionKind.WEB)
    theirs = other.post(f"/account/sessions/{uid}/end")
    absent = other.post(f"/account/sessions/{'0' * 32}/end")

    assert (404, 404) == (theirs.status_code, absent.status_code)
    assert masked(theirs).replace(uid, "") == masked(absent).replace("0" * 32, "")
    assert inside(mine)


# --- W6: at the door ----------------------------------------------------------------------------


def masked(answer) -> str:
    """A page without what differs from one to the next."""
    import re

    return re.sub(r'(value|content)="[A-Za-z0-9_.-]{40,}"', "", answer.get_data(as_text=True))


def test_rel_W6_an_unknown_account_and_a_wrong_password_are_told_alike(site):
    """Text, status and headers are the same; only what was typed comes back."""
    known = site.nobody().sign_in("clerk", "wrong")
    unknown = site.nobody().sign_in("nobody", "wrong")

    assert masked(known).replace("clerk", "X") == masked(unknown).replace("nobody", "X")
    assert known.status_code == unknown.status_code == 403
    assert sorted(known.headers.keys()) == sorted(unknown.headers.keys())


@pytest.mark.slow
def test_rel_W6_both_take_the_same_work(site, earnest):
    """The medians of three tries each lie within a third of each other: one Argon2 either way, counted in work, not in waiting."""

    def took(account: str) -> float:
        begun = time.process_time()
        site.nobody().sign_in(account, "wrong")
        return time.process_time() - begun

    with site.office.work("admin", Act.PERSON_ADD) as unit:
        for number in range(3):
            people.add(
                unit, f"real{number}", name="某人", department="GC", roles=[Role.STAFF], password=PASSWORD
            )
    took("nobody")
    known = [took(f"real{number}") for number in range(3)]
    unknown = [took(f"unreal{number}") for number in range(3)]

    assert abs(statistics.median(known) - statistics.median(unknown)) < 0.33 * statistics.median(known)


def guessed(site: Site, account: str) -> int:
    """How many guesses are looked at when somebody tries every minute for an hour."""
    visitor, looked_at = site.nobody(), 0
    for _ in range(60):
        looked_at += visitor.sign_in(account, "wrong").status_code == 403
        site.office.tick(minutes=1)
    return looked_at


@pytest.mark.parametrize("account", ["clerk", "nobody"])
def test_rel_W6_guessing_is_throttled_whether_the_account_exists_or_not(site, account):
    """Of 60 tries in an hour 13 at most are looked at; at an hour's wait each, ten thousand take more than a year."""
    looked_at = guessed(site, account)

    assert 5 <= looked_at <= 13
    answer = site.nobody().sign_in(account, PASSWORD)
    assert 429 == answer.status_code
    assert int(answer.headers["Retry-After"]) > 0
    assert (10_000 - looked_at) * identity.LONGEST_BAR > dt.timedelta(days=365)


def test_rel_W6_witness_a_door_without_a_bar_lets_every_guess_through(site, monkeypatch):
    """The same guessing with the bar taken down."""
    monkeypatch.setattr(identity, "_barred", lambda *_: None)
    monkeypatch.setattr(identity, "matches", lambda *_: False)

    assert 60 == guessed(site, "clerk")


def test_rel_W6_a_password_of_a_megabyte_costs_no_more_than_a_short_one(site):
    """Over the limit of a form it is not taken in; below it, it is not stretched."""
    visitor = site.nobody()
    assert 413 == visitor.sign_in("clerk", "x" * (1 << 20)).status_code
    begun = time.perf_counter()
    assert 403 == visitor.sign_in("clerk", "x" * 900_000).status_code

    assert time.perf_counter() - begun < 1.0


def test_rel_W6_a_password_of_256_letters_is_taken_and_of_257_is_not(site):
    """The floor of the settings and the ceiling of the hash, told beside the field."""
    visitor = site.visitor("clerk")
    long = "长" * 257
    refused = visitor.post("/password", {"old": PASSWORD, "new": long, "again": long})
    assert 422 == refused.status_code
    assert 'id="f-new-error"' in refused.get_data(as_text=True)
    taken = visitor.post("/password", {"old": PASSWORD, "new": long[:256], "again": long[:256]})

    assert 303 == taken.status_code
    assert 303 == site.nobody().sign_in("clerk", long[:256]).status_code


def test_rel_W6_a_one_time_password_opens_nothing_but_its_change(site):
    """Every page leads to the change; once it is changed the code is worth nothing."""
    with site.office.work("admin", Act.PERSON_RESET) as unit:
        code = people.reset(unit, "staff")
    visitor = site.nobody()
    visitor.sign_in("staff", code)
    for path in ("/account/sessions", "/do/volume/list", "/do/whoami"):
        assert ("/password", 303) == (visitor.get(path).location, visitor.get(path).status_code)
    same = visitor.post("/password", {"old": code, "new": code, "again": code})
    assert 422 == same.status_code
    visitor.post("/password", {"old": code, "new": NEW, "again": NEW})

    assert inside(visitor)
    assert 403 == site.nobody().sign_in("staff", code).status_code


def test_rel_W6_the_code_of_a_reset_is_good_for_half_an_hour_and_once(site):
    """Told to whoever knows it only; the code of a new account waits for its person."""
    with site.office.work("admin", Act.PERSON_RESET) as unit:
        code = people.reset(unit, "staff")
        _, first = people.add(unit, "newman", name="新人", department="GC", roles=[Role.STAFF])
    site.office.tick(minutes=31)
    late = site.nobody().sign_in("staff", code)
    assert 403 == late.status_code
    assert "30" in late.get_data(as_text=True)
    assert masked(site.nobody().sign_in("staff", "wrong")) == masked(
        site.nobody().sign_in("staff", "wronger")
    )
    assert 303 == site.nobody().sign_in("newman", first).status_code

    with site.office.work("admin", Act.PERSON_RESET) as unit:
        code = people.reset(unit, "staff")
    site.office.tick(minutes=30)
    assert 303 == site.nobody().sign_in("staff", code).status_code


def test_rel_W6_a_wrong_old_password_is_counted_like_a_failed_log_in(site):
    """Whoever sits down at an open browser cannot try passwords either."""
    visitor = site.visitor("clerk")
    told = [visitor.post("/password", {"old": "no", "new": NEW, "again": NEW}).status_code for _ in range(7)]

    assert [403] * 5 + [429] * 2 == told


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/\t/evil.example", "http:evil.example", " //evil.example", "/%09//evil.example\r\nX: y", "https:evil", "///evil.example",
    ],
)  # fmt: skip
def test_rel_W6_the_log_in_leads_nowhere_else(site, place):
    """No address outside the house is gone to after a log-in, a change of language, or by a link that says so."""
    visitor = site.nobody()
    to = visitor.post("/login", {"account": "clerk", "password": PASSWORD, "next": place}).location
    again = visitor.get("/login", next=place).location
    language = visitor.post("/language", {"to": "en", "back": place}).location

    assert {"/"} == {to, again, language}


def test_rel_W6_whoever_must_log_in_comes_back_to_where_he_was_going(site):
    """With the question he asked, and in a part of a page by the whole page."""
    visitor = site.nobody()
    answer = visitor.get("/do/volume/list", state="OPEN")
    assert "/login?next=/do/volume/list?state%3DOPEN" == answer.location
    part = visitor.hx_get("/do/volume/list")
    assert (204, "/login") == (part.status_code, part.headers["HX-Redirect"])
    visitor.get(answer.location)

    back = visitor.post(
        "/login", {"account": "clerk", "password": PASSWORD, "next": "/do/volume/list?state=OPEN"}
    )
    assert "/do/volume/list?state=OPEN" == back.location


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.9", "[::2]", "a b", ""],
)
def test_rel_W6_a_request_made_to_another_name_is_refused(site, host):
    """The name of a stranger ends up in no link, no cookie and no redirect."""
    answer = site.nobody().client.get("/login", headers={"Host": host}, buffered=True)

    assert 400 == answer.status_code
    assert "evil" not in answer.get_data(as_text=True)


def test_rel_W6_the_names_and_addresses_that_are_the_house_s_own_are_answered(office):
    """On a network: the names given, and any address in figures, which no name server of a stranger can point here."""
    lan = site_of(office, tls=True, hosts=("archive.lan", "*"))
    told = {
        host: lan.nobody().client.get("/login", base_url=f"https://{host}").status_code
        for host in (
            "archive.lan",
            "ARCHIVE.LAN:8420",
            "192.168.1.7:8420",
            "[fd00::1]",
            "localhost",
            "other.lan",
        )
    }

    assert {
        "archive.lan": 200,
        "ARCHIVE.LAN:8420": 200,
        "192.168.1.7:8420": 200,
        "[fd00::1]": 200,
        "localhost": 200,
        "other.lan": 400,
    } == told


def test_rel_W5_the_language_of_the_browser_outlives_the_log_in(site):
    """Chosen once, kept in a cookie of its own; anything else is not kept."""
    visitor = site.visitor("clerk")
    visitor.post("/language", {"to": "en", "back": "/account/sessions"})
    assert "My log-ins" in visitor.get("/account/sessions").get_data(as_text=True)
    visitor.post("/language", {"to": "xx"})
    visitor.post("/logout")

    assert '<html lang="en"' in visitor.get("/login").get_data(as_text=True)


def test_rel_W6_trying_passwords_holds_up_nobody_who_writes(site, monkeypatch):
    """While a password is being tried the office goes on working: no transaction is open meanwhile."""
    from web import sittings

    held = []

    def slow(password: str, hashed: str) -> bool:
        with site.office.instance.engine.connect() as other, other.begin():
            held.append(other.execute(text("UPDATE department SET name = name")).rowcount)
        return False

    monkeypatch.setattr(sittings, "_tried", slow)
    site.nobody().sign_in("clerk", "wrong")

    assert held
    assert held[0] > 0


def test_rel_W6_only_few_passwords_are_tried_at_a_time(site, monkeypatch):
    """Whoever finds no turn in time is told to come again."""
    from web import sittings

    monkeypatch.setattr(sittings, "PATIENCE", 0.01)
    for _ in range(sittings.TRIED_AT_A_TIME):
        sittings._TRYING.acquire()
    try:
        answer = site.nobody().sign_in("clerk")
    finally:
        for _ in range(sittings.TRIED_AT_A_TIME):
            sittings._TRYING.release()

    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])
    assert 303 == site.nobody().sign_in("clerk").status_code
