"""Signed notes (C2SP): a text anybody can read, and a signature whose absence or wrongness shows.

This module does not know what is stated; what a note is about is its first line, the origin.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def signed(key: Ed25519PrivateKey, body: str) -> str:
    """*body* (lines that each end, the first of them the origin) with its signature below."""
    origin = body.partition("\n")[0]
    signature = key.sign(body.encode())
    return f"{body}\n{_signature(origin, key.public_key(), signature)}\n"


def body_of(note: str, origin: str, public: Ed25519PublicKey) -> str | None:
    """The body of a note about *origin*, or None if it was not signed with the key that *public* belongs to."""
    body, _, tail = note.partition("\n\n")
    try:
        raw = base64.b64decode(tail.strip().split(" ")[2])
        public.verify(raw[4:], f"{body}\n".encode())
    except (binascii.Error, ValueError, IndexError, InvalidSignature):
        return None
    if tail.strip() != _signature(origin, public, raw[4:]):  # base64 has other letters for the same bytes
        return None
    return f"{body}\n" if body.partition("\n")[0] == origin else None


def _signature(origin: str, public: Ed25519PublicKey, signature: bytes) -> str:
    return f"— {origin} {base64.b64encode(_key_id(origin, public) + signature).decode()}"


def _key_id(origin: str, public: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(f"{origin}\n".encode() + b"\1" + public.public_bytes_raw()).digest()[:4]
