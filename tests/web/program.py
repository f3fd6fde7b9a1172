"""A program that asks with a token of somebody's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive import tokens
from archive.acts import Act
from tests.web.conftest import Site


def token_of(site: Site, account: str, *scopes: str, days: int = 90) -> str:
    """A token of the person's, good for *scopes*, or for all that his posts know."""
    with site.office.work(account, Act.TOKEN_MAKE) as unit:
        wanted = scopes or sorted(tokens.his_own(unit.actor))
        return tokens.make(unit, "门户", wanted, days).token


def program(site: Site, account: str, *scopes: str) -> Program:
    """A program of the person's, with a token good for *scopes*."""
    return Program(site.app.test_client(use_cookies=False), token_of(site, account, *scopes))


@dataclass
class Program:
    """What asks over HTTP by a token."""

    client: FlaskClient
    token: str

    def get(self, where: str, query: Any = None, **headers: str) -> TestResponse:
        """Look something up."""
        told = self.headers(headers)
        return self.client.get(f"/api/v1/{where}", query_string=query, headers=told, buffered=True)

    def post(self, where: str, values: Any = None, **headers: str) -> TestResponse:
        """Have something done; `Idempotency_Key="a"` becomes the header."""
        told = self.headers(headers)
        return self.client.post(f"/api/v1/{where}", json=values or {}, headers=told, buffered=True)

    def put(self, where: str, content: bytes, **headers: str) -> TestResponse:
        """Send the bytes of a file."""
        told = self.headers(headers) | {"Content-Type": "application/octet-stream"}
        return self.client.put(f"/api/v1/{where}", data=content, headers=told, buffered=True)

    def headers(self, more: Mapping[str, str]) -> dict[str, str]:
        """The token, and what else is told in the head."""
        return {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): value for name, value in more.items()
        }
