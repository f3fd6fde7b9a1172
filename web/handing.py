"""Files handed to a browser: always as files, never as pages, and kept nowhere on the way (W1, W7, decision 14)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from flask import Response

from archive.filenames import portable

#: A file that a browser shows nevertheless may do nothing there.
INERT = "default-src 'none'; img-src 'self'; style-src 'none'; sandbox; frame-ancestors 'self'"
#: What is shown inside a page instead of being kept as a file: pictures that hold nothing that runs.
SHOWN = frozenset({"image/png", "image/jpeg", "image/webp"})


def handed(content: bytes | Iterable[bytes], name: str, media: str = "application/octet-stream") -> Response:
    """*content* as a file called *name*; its bytes pass through, piece by piece if they come so."""
    return _inert(Response(content, mimetype=media), "attachment", name)


def shown(content: bytes | Iterable[bytes], name: str, media: str) -> Response:
    """A picture of our own making, shown within a page; anything else is handed over as a file."""
    way = "inline" if media in SHOWN else "attachment"
    return _inert(Response(content, mimetype=media), way, name)


def _inert(answer: Response, way: str, name: str) -> Response:
    answer.headers["Content-Disposition"] = f"{way}; {disposed(name)}"
    answer.headers["Content-Security-Policy"] = INERT
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def disposed(name: str) -> str:
    """*name* as the header takes it: made portable, in letters every browser reads, and in full (RFC 6266)."""
    whole = portable(name)
    plain = "".join(one if one.isascii() and one not in '"\\;' else "_" for one in whole)
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(whole, safe='')}"
