"""First run: an empty folder, a token on the terminal, an archive."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from archive import identity, keys
from archive.errors import DiskFull
from archive.words import Language
from tests.conftest import PORTS
from tests.web.browser import markup
from tests.web.conftest import Visitor
from web.app import create_setup_app
from web.founding import Setup
from web.pages import setup as page

TOKEN = "terminal-token"
GOOD = {
    "token": TOKEN, "contents": "empty", "company": "听涛物业", "fonds": "K009", "admin": "admin", "admin_name": "赵管理",
    "password": "long enough 1", "password_again": "long enough 1", "key": "file",
}  # fmt: skip


@dataclass
class Empty:
    """An empty folder that is served, and what was founded in it."""

    home: Path
    handed: list = field(default_factory=list)
    play: object = None

    def __post_init__(self):
        wanted = Setup(self.home, TOKEN, lambda: PORTS, lambda *given: self.play(*given), self.handed.append)
        self.app = create_setup_app(wanted, testing=True)
        self.app.jinja_env.bytecode_cache = None

    def nobody(self):
        return Visitor(self.app.test_client())

    def form(self, **changed):
        return {**GOOD, "key_file": str(self.home.with_name("new.key")), **changed}


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setattr(identity, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    made = Empty(tmp_path / "new")
    yield made
    for opened in made.handed:
        opened.close()


def text(answer, status=200):
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def words(html):
    return "".join(markup.page_of(html).elements[0].itertext())


def shown_key(html):
    told = markup.page_of(html)
    box = next(one for one in told.elements if one.get("class") == "recovery")
    return "-".join(one.text for one in box.iter("span"))


@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_req_issue7_an_empty_folder_serves_the_set_up_page_and_nothing_else(empty, tongue):
    visitor = empty.nobody()
    visitor.post("/language", {"to": tongue, "back": "/"})
    html = text(visitor.get("/", token=TOKEN))

    assert markup.faults(markup.page_of(html)) == []
    assert f'value="{TOKEN}"' in html
    assert str(empty.home) in html
    for path in ("/login", "/do/loan/list", "/api/v1/loan/list", "/dashboard"):
        assert visitor.get(path).status_code == 404
    assert not empty.home.exists()


@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_rel_W9_where_the_archive_will_be_is_told_to_whoever_has_the_token_only(empty, tongue):
    """Neither its folder nor the place of the key file, asked rightly or wrongly, nor why an attempt has failed."""
    stranger = empty.nobody()
    stranger.post("/language", {"to": tongue, "back": "/"})

    def play(home, _):
        raise DiskFull(path=str(home))

    empty.play = play
    founder = empty.nobody()
    founder.post("/found", {"token": TOKEN, "contents": "demo"})
    for thread in threading.enumerate():
        if thread.name == "demo":
            thread.join(10)
    pages = [
        text(stranger.get("/")),
        text(stranger.get("/", token="x")),
        text(stranger.post("/found", {"token": "x"}), 403),
    ]

    assert [str(empty.home.parent) in page for page in pages] == [False] * 3
    assert str(empty.home) in text(founder.get("/", token=TOKEN))
    assert str(empty.home) in text(stranger.get("/", token=TOKEN))  # the witness: the same look finds it


def test_a_key_file_that_is_not_named_goes_beside_the_folder(empty):
    empty.nobody().post("/found", empty.form(key_file=""))
    empty.handed.append(empty.app.extensions["anjuan-founding"].instance)

    assert empty.home.with_name(f"{empty.home.name}.key").exists()


def test_nobody_founds_without_the_token_of_the_terminal(empty):
    for wrong in ("", "x", TOKEN[:-1], TOKEN + "x", "密码"):
        html = text(empty.nobody().post("/found", empty.form(token=wrong)), 403)
        assert 'aria-describedby="f-token-error"' in html
    assert not empty.home.exists()
    assert empty.handed == []


@pytest.mark.parametrize(
    ("slip", "field"),
    [
        ({"company": " "}, "company"), ({"admin_name": ""}, "admin_name"), ({"fonds": ""}, "fonds"), ({"fonds": "坏 号!!"}, "fonds"), ({"fonds": "K-1"}, "fonds"), ({"company": "长" * 121}, "company"),
        ({"password": "short", "password_again": "short"}, "password"), ({"password_again": "another one"}, "password_again"),
        ({"key_file": "relative.key"}, "key_file"), ({"admin": "Bad Account!"}, "admin"),
        ({"key": "passphrase", "passphrase": "short", "passphrase_again": "short"}, "passphrase"),
        ({"key": "passphrase", "passphrase": "long enough 2", "passphrase_again": "long enough 3"}, "passphrase_again"),
    ],
)  # fmt: skip
def test_a_slip_is_told_beside_its_field_and_leaves_nothing(empty, slip, field):
    html = text(empty.nobody().post("/found", empty.form(**slip)), 422)

    told = markup.page_of(html)
    wrong = [one.get("name") for one in told.elements if one.get("aria-invalid") == "true"]
    assert wrong == [field]
    assert markup.faults(told) == []
    assert "long enough" not in html
    assert not empty.home.exists() or not any(empty.home.iterdir())


def test_a_key_file_within_the_folder_is_refused_beside_its_field(empty):
    html = text(empty.nobody().post("/found", empty.form(key_file=str(empty.home / "in.key"))), 422)

    assert 'aria-describedby="f-key-file-error"' in html


def test_it_is_founded_shows_the_recovery_key_to_that_browser_alone_and_hands_over(empty):
    visitor, other = empty.nobody(), empty.nobody()
    assert visitor.post("/found", empty.form()).status_code == 303
    html = text(visitor.get("/"))
    recovery = shown_key(html)

    assert markup.faults(markup.page_of(html)) == []
    assert recovery not in words(text(other.get("/")))
    keys.Keyring.unlock(empty.home, recovery=recovery).close()
    assert visitor.post("/written", {}).headers["Location"] == "/"
    assert other.post("/written", {"written": "1"}).headers["Location"] == "/"
    assert empty.handed == []
    assert visitor.post("/written", {"written": "1"}).headers["Location"] == "/login"
    assert [one.settings.company for one in empty.handed] == ["听涛物业"]
    assert page.Job().recovery == ""
    assert empty.app.extensions["anjuan-founding"].recovery == ""


def test_it_is_founded_once_whoever_asks_again(empty):
    visitor = empty.nobody()
    visitor.post("/found", empty.form())
    recovery = shown_key(text(visitor.get("/")))

    assert empty.nobody().post("/found", empty.form(company="别家")).status_code == 303
    assert shown_key(text(visitor.get("/"))) == recovery


def test_who_lost_the_page_goes_on_with_the_token(empty):
    empty.nobody().post("/found", empty.form())
    later = empty.nobody()

    assert "aria-invalid" in text(later.post("/resume", {"token": "x"}), 403)
    later.post("/resume", {"token": TOKEN})
    assert shown_key(text(later.get("/")))


def test_a_passphrase_founds_as_well(empty):
    phrase = {
        "key": "passphrase",
        "passphrase": "long enough 2",
        "passphrase_again": "long enough 2",
        "key_file": "",
    }
    visitor = empty.nobody()
    assert visitor.post("/found", empty.form(**phrase)).status_code == 303
    visitor.post("/written", {"written": "1"})

    keys.Keyring.unlock(empty.home, passphrase="long enough 2").close()


def test_the_demonstration_is_played_beside_the_page_which_follows_it(empty):
    begun, go_on = threading.Event(), threading.Event()

    def play(home, tongue):
        begun.set()
        go_on.wait(10)
        raise DiskFull(path=str(home))

    empty.play = play
    visitor = empty.nobody()
    assert visitor.post("/found", {"token": TOKEN, "contents": "demo"}).status_code == 303
    assert begun.wait(10)
    html = text(visitor.get("/"))
    assert 'http-equiv="refresh"' in html
    assert markup.faults(markup.page_of(html)) == []
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "demo":
            thread.join(10)

    assert DiskFull(path=str(empty.home)).message(Language.ZH) in words(text(visitor.get("/")))


def test_req_W4_founding_needs_the_token_of_its_form(empty):
    empty.app.config["WTF_CSRF_ENABLED"] = True
    answer = empty.nobody().client.post("/found", data=empty.form())

    assert answer.status_code == 403
    assert not empty.home.exists()


def test_witness_a_page_that_asks_for_no_token_would_found(empty, monkeypatch):
    monkeypatch.setattr(page.secrets, "compare_digest", lambda *_: True)

    assert empty.nobody().post("/found", empty.form(token="x")).status_code == 303
    assert any(empty.home.iterdir())
