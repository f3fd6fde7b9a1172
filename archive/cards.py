"""The catalogue card: the descriptive text of a record, sealed as one piece under the record's key.

This module does not know who may read a card; a unit opens it after the policy has spoken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from archive.errors import BadValue


@dataclass(frozen=True, slots=True)
class Card:
    """What the catalogue says about a record in words (DA/T 18: 题名, 责任者, 文件编号, 附注)."""

    title: str
    creator: str = ""
    document_no: str = ""
    note: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    doc_type: str = ""

    def to_bytes(self) -> bytes:
        """As JSON without empty parts."""
        parts = ((name, getattr(self, name)) for name in _PARTS)
        return plain({name: value for name, value in parts if value})

    @classmethod
    def from_bytes(cls, raw: bytes) -> Card:
        """The card written by `to_bytes`."""
        return cls(**json.loads(raw))


_PARTS = tuple(part.name for part in fields(Card))


def plain(facts: Mapping[str, Any]) -> bytes:
    """Facts as JSON bytes, to be sealed."""
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def title_checked(title: str) -> str:
    """A title that says something: 2 to 200 printable characters; raises `BadValue`."""
    text = " ".join(title.split())
    if not 2 <= len(text) <= 200 or not text.isprintable():
        raise BadValue(field="title", value=text[:40], expected="2–200")
    return text
