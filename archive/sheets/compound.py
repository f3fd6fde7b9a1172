"""The container of old office files (MS-CFB): one stream out of it, every chain held to the size of the file."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _FREE = 0xFFFFFFFE, 0xFFFFFFFF
_ENTRY, _STREAM, _ROOT = 128, 2, 5


class Compound:
    """An old office file in memory; raises ValueError or struct.error where it is damaged."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(MAGIC) or len(data) < 512:
            raise ValueError("no compound file")
        self._data = data
        shift, self._mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in {9, 12} or self._mini_shift != 6:
            raise ValueError("sector size")
        self._size = 1 << shift
        (first_folder,) = struct.unpack_from("<L", data, 48)
        self._cutoff, first_mini = struct.unpack_from("<LL", data, 56)
        self._next = self._table()
        self._streams = dict(self._folder(self._chained(first_folder)))
        self._mini_next = array("I", self._whole(self._chained(first_mini), 4))
        start, size = self._streams.get("", (_END, 0))
        self._mini = self._chained(start)[:size]

    def names(self) -> set[str]:
        """The names of its streams."""
        return set(self._streams) - {""}

    def stream(self, name: str) -> bytes:
        """The bytes of stream *name*; raises KeyError if there is none."""
        start, size = self._streams[name]
        if size >= self._cutoff:
            return self._chained(start)[:size]
        step = 1 << self._mini_shift
        pieces = (self._mini[at * step : (at + 1) * step] for at in _chain(self._mini_next, start))
        return b"".join(pieces)[:size]

    def _table(self) -> array[int]:
        """Which sector follows which, gathered from the sectors that say so."""
        places = list(struct.unpack_from("<109L", self._data, 76))
        (more,) = struct.unpack_from("<L", self._data, 68)
        seen = 0
        while more < _END and seen <= len(self._data) // self._size:
            sector = struct.unpack(f"<{self._size // 4}L", self._sector(more))
            places += sector[:-1]
            more, seen = sector[-1], seen + 1
        found = array("I")
        for place in dict.fromkeys(one for one in places if one < _END):
            found.frombytes(self._sector(place))
        return found

    def _sector(self, place: int) -> bytes:
        start = (place + 1) * self._size
        piece = self._data[start : start + self._size]
        if not piece:
            raise ValueError("sector beyond the end")
        return piece.ljust(self._size, b"\0")

    def _chained(self, start: int) -> bytes:
        return b"".join(map(self._sector, _chain(self._next, start)))

    @staticmethod
    def _whole(data: bytes, size: int) -> bytes:
        return data[: len(data) // size * size]

    def _folder(self, data: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
        """Name, first sector and length of every stream; the one without a name holds the small ones."""
        for at in range(0, len(data) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", data, at + 64)
            start, size = struct.unpack_from("<LL", data, at + 116)
            if kind == _ROOT:
                yield "", (start, size)
            elif kind == _STREAM and 2 <= length <= 64:
                yield data[at : at + length - 2].decode("utf-16-le"), (start, size)


def _chain(following: array[int], start: int) -> Iterator[int]:
    """The places of a chain; raises ValueError for one that runs in a circle."""
    left = len(following) + 1
    while start < _END:
        if left == 0 or start >= len(following):
            raise ValueError("chain")
        yield start
        start, left = following[start], left - 1
