"""Pages of a long list: which one is asked for, where it begins, and the address of the next."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

#: No page beyond: what is not found by then is found by asking more narrowly.
FURTHEST = 2000


@dataclass(frozen=True, slots=True)
class Paging:
    """One page of *size* lines, counted from 1."""

    page: int
    size: int

    @property
    def skip(self) -> int:
        """How many lines come before it."""
        return (self.page - 1) * self.size

    def more(self, total: int) -> bool:
        """True if a list of *total* lines goes on after it."""
        return self.page < FURTHEST and self.skip + self.size < total


def asked(size: int) -> Paging:
    """The page this request asks for; what is no number is the first."""
    told = request.args.get("page", "1")
    page = int(told) if told.isascii() and told.isdecimal() and len(told) < 6 else 1
    return Paging(min(max(page, 1), FURTHEST), size)


def there(**changed: object) -> str:
    """The address of this page with some of its questions asked otherwise; None leaves one out."""
    kept = {name: values for name, values in request.args.lists() if name not in changed}
    kept |= {name: [str(value)] for name, value in changed.items() if value not in {None, ""}}
    query = urlencode(kept, doseq=True)
    return f"{request.path}?{query}" if query else request.path


def turned(page: int) -> str:
    """The address of another page of the same list."""
    return there(page=None if page == 1 else page)
