"""The cookie of a visit: sealed under a key of the instance, so that it tells nobody anything and nobody can write one.

It holds the token of the log-in, the secret against forged forms, and what is to be told on the next page.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin

from archive.errors import ArchiveError
from archive.keys import Keyring

#: The key the cookie is sealed under, and what it is bound to.
KEY, PLACE = "web-session", b"cookie"
#: Browsers keep no cookie above 4096 bytes, its name and attributes included.
LONGEST = 3600
#: Letters of a sentence that is not cut any shorter.
SHORT = 120
#: Where Flask keeps what is to be told on the next page.
TOLD = "_flashes"


def name(*, secure: bool) -> str:
    """What the cookie is called; with the prefix, browsers take it from this host and over TLS only."""
    return "__Host-anjuan" if secure else "anjuan"


class SealedCookies(SessionInterface):
    """Flask's session in a sealed cookie that ends with the browser."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """What the visitor brought; of anything not sealed here, nothing."""
        brought = request.cookies.get(self.get_cookie_name(app))
        if not brought:
            return SecureCookieSession()
        try:
            sealed = base64.urlsafe_b64decode(brought.encode("ascii"))
            return SecureCookieSession(json.loads(self._keys.open_with(KEY, PLACE, sealed)))
        except (ArchiveError, ValueError):
            return SecureCookieSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Hand the cookie out if something in it changed; take it back once nothing is left."""
        if session.accessed:
            response.vary.add("Cookie")
        if not session.modified:
            return
        known: dict[str, Any] = {
            "path": "/", "secure": self.get_cookie_secure(app), "httponly": True, "samesite": "Lax"
        }  # fmt: skip
        if session:
            response.set_cookie(self.get_cookie_name(app), self._sealed(session), **known)
        else:
            response.delete_cookie(self.get_cookie_name(app), **known)

    def _sealed(self, session: SessionMixin) -> str:
        """The cookie's text; what is to be told is cut short where it would grow too long, and at last gives way."""
        while len(text := self._text(session)) > LONGEST and session.get(TOLD):
            session[TOLD] = _shorter(session[TOLD])
        return text

    def _text(self, session: SessionMixin) -> str:
        told = json.dumps(dict(session), ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(self._keys.seal_with(KEY, PLACE, told.encode())).decode()


def _shorter(told: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """*told* with half of its longest sentence; once all are short, without the oldest."""
    at = max(range(len(told)), key=lambda one: len(told[one][1]))
    kind, text = told[at]
    if len(text) <= SHORT:
        return told[1:]
    return [*told[:at], (kind, f"{text[: len(text) // 2]}…"), *told[at + 1 :]]
