"""The mark of a next page: an engine's cursor as a short text that only the same person's same question reads.

    token = base64url( MAC (12) · records before (4) · key (8) · weights (2 + 8 each) · code · 0 · uid )

The MAC binds the rest to person, question and order; numbers are big endian. A token tells nothing that the
page before did not show, and cannot be made up.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass

from archive.errors import PageLost
from archive.unit import Unit
from indexer.engine import Cursor, Order
from indexer.question.tree import Tree

PURPOSE = "search-page"
_MAC, _HEAD = 12, struct.Struct(">IdH")
#: A token longer than this is none: 64 weights and the longest code.
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after *cursor*, and *before* records on the pages before it."""

    cursor: Cursor
    before: int


def token(unit: Unit, tree: Tree, order: Order, place: Place) -> str:
    """*place* in the answer to *tree* in *order*, for this person."""
    cursor = place.cursor
    body = _HEAD.pack(place.before, cursor.key, len(cursor.weights))
    body += struct.pack(f">{len(cursor.weights)}d", *cursor.weights)
    body += f"{cursor.code}\0{cursor.uid}".encode()
    return base64.urlsafe_b64encode(_mac(unit, tree, order, body) + body).decode().rstrip("=")


def place(unit: Unit, tree: Tree, order: Order, token: str) -> Place:
    """The place that `token` named; PageLost for another question, order or person, and for what is no token."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise PageLost from None
    body = raw[_MAC:]
    if len(token) > _LONGEST or not hmac.compare_digest(raw[:_MAC], _mac(unit, tree, order, body)):
        raise PageLost
    before, key, count = _HEAD.unpack_from(body)
    weights = struct.unpack_from(f">{count}d", body, _HEAD.size)
    code, _, uid = body[_HEAD.size + 8 * count :].decode().partition("\0")
    return Place(Cursor(key, code, uid, weights), before)


def _mac(unit: Unit, tree: Tree, order: Order, body: bytes) -> bytes:
    asked = "\x1f".join((unit.actor.uid, order.value, repr(tree)))
    return unit.keys.mac(PURPOSE, b"\x1e".join((asked.encode("utf-8", "surrogatepass"), body)))[:_MAC]
