"""Pictures: no text without character recognition, but a number of pages (a fax or scan in TIFF has many)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from indexer.extract.kinds import Extracted, Kind, Outcome

MOST_PAGES = 10_000
_TIFF = {b"II*\x00": "<", b"MM\x00*": ">"}


def read(data: bytes) -> Extracted:
    """A picture is image only; TIFF by its directories, anything else is one page."""
    order = _TIFF.get(data[:4])
    count = sum(1 for _ in _directories(data, order)) if order else 1
    return Extracted(Outcome.IMAGE_ONLY, kind=Kind.IMAGE.value, pages=count or None, scans=count)


def _directories(data: bytes, order: str) -> Iterator[int]:
    """The places of the page directories (TIFF 6.0, section 2); a chain that loops or leaves the file ends."""
    seen: set[int] = set()
    (at,) = struct.unpack_from(order + "I", data.ljust(8, b"\0"), 4)
    while at and at not in seen and at + 2 <= len(data) and len(seen) < MOST_PAGES:
        seen.add(at)
        yield at
        (entries,) = struct.unpack_from(order + "H", data, at)
        after = at + 2 + 12 * entries
        at = struct.unpack_from(order + "I", data, after)[0] if after + 4 <= len(data) else 0
