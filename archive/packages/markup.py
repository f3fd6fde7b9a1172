"""XML written element by element in flat memory: escaped, well-formed and the same bytes for the same facts.

This module does not know what the elements mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from xml.sax.saxutils import escape, quoteattr

#: What XML 1.0 cannot hold, escaped or not.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes) -> None:
        """Append *data*."""
        ...


class Markup:
    """One XML document being written to *sink*; elements are closed in order."""

    def __init__(self, sink: Sink) -> None:
        self._sink, self._open = sink, list[str]()
        sink.write(_DECLARATION)

    def begin(self, name: str, **attributes: str) -> None:
        """Open an element; an attribute `xsi__type` is written `xsi:type`, one without value is left out."""
        self._write(f"<{name}{_attributes(attributes)}>\n")
        self._open.append(name)

    def end(self) -> None:
        """Close the element opened last."""
        self._write(f"</{self._open.pop()}>\n")

    def leaf(self, name: str, text: object = "", **attributes: str) -> None:
        """An element with nothing but *text* in it, which may be empty."""
        told = escape(writable(str(text)), {"\r": "&#13;"})
        self._write(f"<{name}{_attributes(attributes)}>{told}</{name}>\n")

    @contextmanager
    def inside(self, name: str, **attributes: str) -> Iterator[None]:
        """What is written in the block stands inside the element."""
        self.begin(name, **attributes)
        yield
        self.end()

    def _write(self, text: str) -> None:
        self._sink.write(text.encode())


def writable(text: str) -> str:
    """*text* with what XML cannot hold replaced."""
    return _UNWRITABLE.sub("\ufffd", text)


def _attributes(given: dict[str, str]) -> str:
    told = ((name.rstrip("_").replace("__", ":"), value) for name, value in given.items() if value)
    return "".join(f" {name}={quoteattr(writable(value))}" for name, value in told)
