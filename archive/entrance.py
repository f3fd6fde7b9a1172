"""The words of log-ins, signatures and letters: by which face a person came in, how he signed, which way a letter went."""

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


class Direction(Worded):
    """Which way a letter went: received, sent, or between departments (F17, F18); only the first two are registered."""

    IN = "IN"
    OUT = "OUT"
    INTERNAL = "INTERNAL"
