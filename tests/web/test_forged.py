"""Forged requests: what changes something wants the token of a form of ours, our own origin, and never a GET (W4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from flask import Blueprint
from werkzeug.routing import AnyConverter, Rule

from archive.acts import LOOKS, Act
from tests.web.conftest import Site, Visitor, site_of
from web import guard
from web.asking import working

#: Filled into addresses that want something; of the right form, and of nothing that is there.
FILLED = {"uid": "0" * 32, "code": "K001-XX", "where": "loan/lend", "number": "1", "year": "2026"}
#: Handing out what somebody asked to read leaves a line too (V25), and changes nothing else.
HANDED = {Act.FORM_PRINT, Act.LABEL_PRINT, Act.ITEM_GET, Act.SHEET_EXPORT, Act.AUDIT_EXPORT}
#: Tables that say what was looked at, and when somebody was here; everything else is what the archive holds.
TOLD = {"event", "checkpoint", "login_session", "login_bar"}


def changing(site: Site) -> Iterator[tuple[str, str]]:
    """Method and address of every way to change something with a cookie."""
    adapter = site.app.url_map.bind("localhost")
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            continue
        for method in sorted((rule.methods or set()) - guard.SAFE):
            yield method, adapter.build(rule.endpoint, filled(rule), method=method)


def filled(rule: Rule) -> dict[str, str]:
    """A value for everything that an address wants: one of those it knows, else what is nothing's."""
    one_of = {
        name: min(kind.items) for name, kind in rule._converters.items() if isinstance(kind, AnyConverter)
    }
    return {name: one_of.get(name) or FILLED.get(name, "1") for name in rule.arguments}


def sent(visitor: Visitor, method: str, path: str, **headers: str) -> int:
    """The status of a change asked for with these headers, out of a part of a page: its refusal is short."""
    told = {"HX-Request": "true"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return visitor.client.open(
        path, method=method, headers=told, buffered=True, **_content(visitor, path, method)
    ).status_code


def _content(visitor: Visitor, path: str, method: str) -> dict:
    """A file without a token, for a form that is read as it arrives and carries its token inside; else nothing."""
    endpoint, _ = visitor.client.application.url_map.bind("localhost").match(path, method=method)
    if endpoint not in guard.STREAMED:
        return {}
    part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF\r\n--x--\r\n'
    return {"data": part.encode(), "content_type": "multipart/form-data; boundary=x"}


def unguarded(site: Site, account: str = "archivist") -> Iterator[str]:
    """Ways to change something that take a request without a token, from another house, or with another's token."""
    visitor, other = site.visitor(account), site.nobody()
    for method, path in changing(site):
        mine, theirs = visitor.token(), other.token()
        tries = {
            "no token": {},
            "token of another visit": {"X_CSRFToken": theirs},
            "foreign origin": {"X_CSRFToken": mine, "Origin": "https://evil.example"},
            "origin hidden": {"X_CSRFToken": mine, "Origin": "null"},
            "begun elsewhere": {"X_CSRFToken": mine, "Sec_Fetch_Site": "cross-site"},
            "begun by a neighbour": {"X_CSRFToken": mine, "Sec_Fetch_Site": "same-site"},
        }
        yield from (
            f"{method} {path}: {why}"
            for why, headers in tries.items()
            if sent(visitor, method, path, **headers) != 403
        )


def test_rel_W4_no_change_is_made_without_our_token_and_our_origin(site):
    """Every address of the map that takes a change, in six ways; 403 each time, and nothing is written."""
    site.visitor("archivist")
    before = held(site)

    assert list(changing(site))
    assert [] == list(unguarded(site))
    assert before == held(site)


def test_rel_W4_witness_an_application_without_the_check_is_caught(office):
    """The same reading over the same pages with the token's check switched off."""
    open_house = site_of(office)
    open_house.app.config["WTF_CSRF_ENABLED"] = False

    assert any("no token" in one for one in unguarded(open_house))


def test_rel_W4_witness_an_application_that_takes_any_origin_is_caught(office, monkeypatch):
    """The same with the check of the sender switched off."""
    monkeypatch.setattr(guard, "own_sender", lambda: None)

    assert any("foreign origin" in one for one in unguarded(site_of(office)))


def test_rel_W4_our_own_pages_may_change_something(site):
    """With its token, and the headers a browser sends from our own page, a form is taken."""
    visitor = site.visitor("clerk")
    answer = visitor.post(
        "/language", {"to": "en"}, headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    )

    assert 303 == answer.status_code


# --- asking changes nothing ---------------------------------------------------------------------


def held(site: Site) -> dict[str, list[tuple]]:
    """Everything the archive holds, table by table, without what is noted of looking."""
    base = sqlite3.connect(f"file:{site.office.instance.database}?mode=ro", uri=True)
    try:
        names = [
            row[0]
            for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        return {
            name: sorted(map(repr, base.execute(f"SELECT * FROM {name}")))
            for name in names
            if name not in TOLD
        }
    finally:
        base.close()


def done(site: Site) -> list[str]:
    """What the log says was done that is no look, and no handing out of what somebody asked to read."""
    base = sqlite3.connect(f"file:{site.office.instance.database}?mode=ro", uri=True)
    try:
        acts = [
            Act(act) for (act,) in base.execute("SELECT act FROM event WHERE outcome = 'done' ORDER BY seq")
        ]
    finally:
        base.close()
    return [act.value for act in acts if act not in LOOKS | HANDED]


def asked(site: Site, account: str, every: int) -> list[str]:
    """One in *every* of the addresses that are asked for with GET, once, by *account*; those that fell over."""
    visitor = site.visitor(account)
    adapter = site.app.url_map.bind("localhost")
    paths = [
        adapter.build(rule.endpoint, filled(rule))
        for rule in site.app.url_map.iter_rules()
        if "GET" in (rule.methods or set())
        and rule.endpoint != "static"
        and not rule.endpoint.startswith("api.")
    ]
    writes = [
        verb for verb in site.app.extensions["anjuan"].verbs.values() if verb.open_to_all and not verb.reads
    ]
    paths += [
        f"/do/{'/'.join(verb.path)}?{'&'.join(f'{ask.name}=1' for ask in verb.asks)}" for verb in writes[::20]
    ]
    return [path for path in paths[::every] if visitor.get(path).status_code >= 500]


@pytest.mark.parametrize(
    ("account", "every"),
    [("archivist", 3), *(pytest.param(one, 1, marks=pytest.mark.slow) for one in ("archivist", "admin"))],
)
def test_rel_W4_no_get_changes_anything(site, account, every):
    """Pages, and every twentieth form, filled in by its address: the archive holds what it held, the log says nothing was done."""
    site.visitor(account)
    before, lines = held(site), done(site)

    assert [] == asked(site, account, every)
    assert before == held(site)
    assert lines == done(site)


def test_rel_W4_witness_a_page_that_changes_something_when_asked_for_is_caught(office):
    """A page that ends a log-in by GET: the same comparison sees it."""
    broken = Blueprint("broken", __name__)

    @broken.get("/broken")
    def end() -> str:
        with working(Act.PERSON_EDIT) as unit:
            from archive import people

            people.add_department(unit, "XX", "新部门")
        return "done"

    site = site_of(office)
    site.app.register_blueprint(broken)
    site.visitor("admin")
    before, lines = held(site), done(site)
    site.visitor("admin").get("/broken")

    assert before != held(site)
    assert lines != done(site)


@pytest.mark.parametrize("path", ["/login", "/logout", "/password", "/language", "/account/sessions/1/end"])
def test_rel_W4_a_method_that_a_page_does_not_know_is_refused(site, path):
    """DELETE and inventions of a client are answered 405, never guessed at."""
    visitor = site.visitor("clerk")

    for method in ("DELETE", "PATCH", "PROPFIND"):
        headers = {"X-CSRFToken": visitor.token()}
        assert 405 == visitor.client.open(path, method=method, headers=headers, buffered=True).status_code
