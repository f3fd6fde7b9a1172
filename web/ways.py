"""Where a page leads back to: only to places of this house (W4: no open redirect)."""

from __future__ import annotations

from urllib.parse import urlsplit

#: Longest way back that is kept.
LONGEST = 2000


def local(path: str | None, otherwise: str = "/") -> str:
    """*path* if it is a place of this application, else *otherwise*."""
    if not path or len(path) > LONGEST or not path.startswith("/") or path.startswith(("//", "/\\")):
        return otherwise
    if any(ord(letter) < 33 or letter == "\\" for letter in path):
        return otherwise
    parts = urlsplit(path)
    return otherwise if parts.scheme or parts.netloc else path
