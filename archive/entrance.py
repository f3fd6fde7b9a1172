"""The words of log-ins and signatures: by which face a person came in, and how he signed."""

from __future__ import annotations

from archive.values import Worded


class SessionKind(Worded):
    """By which face somebody is signed in."""

    CLI = "CLI"
    WEB = "WEB"
    API = "API"


class SignedBy(Worded):
    """How somebody signed at the counter (issue 7.4)."""

    PAD = "PAD"
    ACCOUNT = "ACCOUNT"
