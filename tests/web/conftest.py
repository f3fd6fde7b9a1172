"""The web application over the office of the tests, and visitors who sign in for real."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from archive.clikit.declared import Verb, walked
from indexer import sync, texts
from indexer.extract.extractor import Extractor
from tests.conftest import PASSWORD, TODAY, Office, opened
from web.app import create_app


@cache
def verbs() -> Mapping[tuple[str, ...], Verb]:
    """Every verb of the command line, read once."""
    from cli import root

    return {verb.path: verb for verb in walked(root)}


@dataclass
class Visitor:
    """A browser: its cookies, and the token its forms carry."""

    client: FlaskClient
    account: str = ""

    def get(self, path: str, **query: Any) -> TestResponse:
        """Ask for a page."""
        return self.client.get(path, query_string=query or None, buffered=True)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **given: Any) -> TestResponse:
        """Send a form, with the token that a page of this visit would have carried."""
        filled = {"csrf_token": self.token(), **(data or {})}
        return self.client.post(path, data=filled, buffered=True, **given)

    def hx_get(self, path: str, **query: Any) -> TestResponse:
        """Ask for a part of a page."""
        return self.client.get(path, query_string=query or None, headers=_PART, buffered=True)

    def hx_post(self, path: str, data: Mapping[str, Any] | None = None) -> TestResponse:
        """Send a form out of a part of a page."""
        return self.post(path, data, headers=_PART)

    def put_bytes(self, path: str, content: bytes, **headers: str) -> TestResponse:
        """Send one chunk of a file; `Upload_Offset="0"` becomes the header `Upload-Offset`."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        told |= {"X-CSRFToken": self.token(), "Content-Type": "application/octet-stream"}
        return self.client.put(path, data=content, headers=told, buffered=True)

    def token(self) -> str:
        """A token for forms, as `csrf_token()` would make it for this visit."""
        with self.client.session_transaction() as kept:
            secret = kept.setdefault("csrf_token", secrets.token_hex(20))
        return URLSafeTimedSerializer(self.client.application.secret_key, salt="wtf-csrf-token").dumps(secret)

    def sign_in(self, account: str, password: str = PASSWORD) -> TestResponse:
        """Log in on the log-in page."""
        self.account = account
        return self.post("/login", {"account": account, "password": password})


_PART = {"HX-Request": "true"}


@dataclass
class Site:
    """The application over an office, and its visitors by account."""

    office: Office
    app: Flask
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, account: str) -> Visitor:
        """The person with *account*, signed in; the same browser each time."""
        if account not in self.visitors:
            made = self.nobody()
            answer = made.sign_in(account)
            assert answer.status_code == 303, answer.get_data(as_text=True)
            self.visitors[account] = made
        return self.visitors[account]

    def nobody(self) -> Visitor:
        """A browser in which nobody is signed in."""
        return Visitor(self.app.test_client())


class Compiled(BytecodeCache):
    """Templates compiled once for all the applications of a test run, as in one long-lived process."""

    kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def one_router() -> Iterator[None]:
    """Addresses are compiled once for all the applications of a test run, which saves each of them most of its making."""
    compiled: dict[tuple, Any] = {}
    make = Rule._compile_builder

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        kinds = tuple(sorted((name, type(kind).__name__) for name, kind in rule._converters.items()))
        key = (rule.rule, rule.subdomain, repr(rule.defaults), kinds, append_unknown)
        if key not in compiled:
            compiled[key] = make(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


@pytest.fixture(scope="session")
def template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office of all tests with its index built once, which the first change of each site would do otherwise."""
    base = tmp_path_factory.mktemp("indexed") / "office"
    shutil.copytree(template, base)
    (base / "home").chmod(0o700)
    instance = opened(base / "home", base / "key", lambda: TODAY)
    sync.drain(instance)
    instance.close()
    return base


class Kept(Extractor):
    """A reader of files whose child lives on from one catching up to the next."""

    def __exit__(self, *_: object) -> None:
        """Go on living."""


@pytest.fixture(scope="session", autouse=True)
def one_reader() -> Iterator[None]:
    """One child reads the files of all tests, as in one long-lived process that brings many at once."""
    kept = Kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "Extractor", lambda _: kept)
        yield
    kept.close()


def site_of(office: Office, **given: Any) -> Site:
    """The application over *office*; *given* as of `create_app`."""
    app = create_app(office.instance, verbs(), testing=True, **given)
    app.jinja_env.bytecode_cache = Compiled()
    return Site(office, app)


@pytest.fixture(scope="module")
def shared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all tests of a module that leave everything as it is."""
    home = tmp_path_factory.mktemp("shared") / "home"
    shutil.copytree(template / "home", home)
    home.chmod(0o700)
    made = Office(None)  # type: ignore[arg-type]
    made.instance = opened(home, template / "key", lambda: made.now)
    yield site_of(made)
    made.instance.close()


@pytest.fixture
def site(office: Office) -> Iterator[Site]:
    """The application over a fresh office."""
    yield site_of(office)
