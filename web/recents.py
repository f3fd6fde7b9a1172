"""What a person searched for lately: kept in his own browser, sealed for him alone, forgotten when he says so.

Nothing of it is written on the server: a search is a question, and questions change nothing (W4). Whoever signs in
next at the same browser cannot open what another left there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence

from flask import Response, current_app, request

from archive.errors import SealBroken
from web import sittings
from web.asking import archive

KEY, COOKIE, DAYS = "web-recent", "anjuan-recent", 30
#: How many searches, and how many bytes of them all: a browser keeps no cookie above 4096.
MOST, LONGEST = 8, 1800

Asked = Mapping[str, str]


def listed() -> Sequence[Asked]:
    """The searches of the person signed in, newest first; nothing of what somebody else left here."""
    brought = request.cookies.get(_name(), "")
    try:
        told = archive().keys.open_with(KEY, _place(), base64.urlsafe_b64decode(brought.encode("ascii")))
        return [dict(one) for one in json.loads(told)][:MOST]
    except (SealBroken, ValueError, TypeError):
        return []


def remembered(answer: Response, asked: Asked) -> Response:
    """*answer*, after which *asked* is the newest search."""
    if not asked:
        return answer
    return _kept(answer, [asked, *(one for one in listed() if one != asked)][:MOST])


def forgotten(answer: Response) -> Response:
    """*answer*, after which nothing is remembered."""
    answer.delete_cookie(_name(), path="/", secure=_secure(), httponly=True, samesite="Lax")
    return answer


def _kept(answer: Response, every: Sequence[Asked]) -> Response:
    kept = list(every)
    while kept and len(plain := json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace")) > LONGEST:
        kept.pop()
    if kept:
        sealed = base64.urlsafe_b64encode(archive().keys.seal_with(KEY, _place(), plain)).decode()
        answer.set_cookie(
            _name(), sealed, max_age=DAYS * 86_400, path="/", secure=_secure(), httponly=True, samesite="Lax"
        )  # fmt: skip
    return answer


def _place() -> bytes:
    here = sittings.sitting()
    return f"recent|{here.uid if here else ''}".encode()


def _secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def _name() -> str:
    return f"__Host-{COOKIE}" if _secure() else COOKIE
