"""The messages between parent and child: a few JSON facts and a block of bytes, each with its length."""

from __future__ import annotations

import json
import os
import select
import struct
import time
from collections.abc import Mapping
from typing import Any, BinaryIO

_LENGTHS = struct.Struct("!4sII")
_MARK = b"AJx1"
MOST_FACTS = 64 * 1024
_PIECE = 1024 * 1024

Facts = Mapping[str, Any]


def packed(facts: Facts, block_length: int) -> bytes:
    """The head of a message; the block follows it."""
    told = json.dumps(facts).encode()
    return _LENGTHS.pack(_MARK, len(told), block_length) + told


def lengths(head: bytes, most: int) -> tuple[int, int]:
    """The lengths of facts and block; ValueError if this is no message or exceeds *most*."""
    mark, facts, block = _LENGTHS.unpack(head)
    if mark != _MARK or facts > MOST_FACTS or block > most:
        raise ValueError("frame")
    return facts, block


# --- the child's side: plain blocking files ----------------------------------------------------


def put(sink: BinaryIO, facts: Facts, block: bytes = b"") -> None:
    """Send one message."""
    sink.write(packed(facts, len(block)))
    sink.write(block)
    sink.flush()


def take(source: BinaryIO, most: int) -> tuple[Facts, bytes] | None:
    """Receive one message; None when the other side has gone."""
    head = source.read(_LENGTHS.size)
    if len(head) < _LENGTHS.size:
        return None
    facts, block = lengths(head, most)
    told = json.loads(source.read(facts))
    return told, source.read(block)


# --- the parent's side: never waits longer than until the deadline -----------------------------


class Line:
    """The two ends of the pipes to a child, used against a deadline (`time.monotonic`)."""

    def __init__(self, to_child: int, from_child: int) -> None:
        self._to, self._from = to_child, from_child
        os.set_blocking(to_child, False)
        os.set_blocking(from_child, False)

    def put(self, facts: Facts, block: bytes, deadline: float) -> None:
        """Send one message; TimeoutError past the deadline, OSError if the child has gone."""
        for piece in (packed(facts, len(block)), block):
            rest = memoryview(piece)
            while rest:
                _wait(self._to, select.POLLOUT, deadline)
                try:
                    rest = rest[os.write(self._to, rest[:_PIECE]) :]
                except BlockingIOError:
                    continue

    def take(self, most: int, deadline: float) -> tuple[Facts, bytes]:
        """Receive one message of at most *most* bytes; EOFError if the child has gone, ValueError on nonsense."""
        facts, block = lengths(self._read(_LENGTHS.size, deadline), most)
        told = json.loads(self._read(facts, deadline))
        if not isinstance(told, dict):
            raise ValueError("facts")  # noqa: TRY004  nonsense is one kind of fault here
        return told, self._read(block, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        got = bytearray()
        while len(got) < size:
            _wait(self._from, select.POLLIN, deadline)
            try:
                piece = os.read(self._from, min(size - len(got), _PIECE))
            except BlockingIOError:
                continue
            if not piece:
                raise EOFError
            got += piece
        return bytes(got)


def _wait(handle: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(handle, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError
